//! 待办环节: whose step comes next, so that time presses whoever holds it up and nobody else (rules L16, L17).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::{
    impasse::{Impasse, State},
    level::Level,
};

/// Whose turn it is, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    pub whose: Whose,
    pub since: NaiveDate,
}

/// 由谁办理
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Whose {
    /// 首问责任人: to answer, or to pass it on.
    Responsible,
    /// 承办部门: their orders have limits of their own.
    Departments,
    /// 改革办: to call the meeting, to submit to the government, or to rule on what is to be carried.
    ReformOffice,
    /// 市政府: to decide.
    Government,
}

impl Impasse {
    /// None while it waits for filing, triage, the applicant or a review, which have limits of their own.
    pub(crate) fn whose_turn(&self) -> Option<Whose> {
        let proposed = self.carrying_proposal.is_some();
        match (self.state, self.level) {
            (State::InHandling | State::AwaitingApplicant, _) if proposed => Some(Whose::ReformOffice),
            (State::InHandling, _) if self.open_orders().next().is_some() => Some(Whose::Departments),
            (State::InHandling, Some(Level::Difficult)) if self.meetings_of_this_round().is_empty() => {
                Some(Whose::ReformOffice)
            }
            (State::InHandling, Some(Level::Exceptional)) if self.awaits_the_government() => Some(Whose::Government),
            (State::InHandling, Some(Level::Exceptional)) if !self.is_decided_in_this_round() => {
                Some(Whose::ReformOffice)
            }
            (State::InHandling, _) => Some(Whose::Responsible),
            _ => None,
        }
    }
}
