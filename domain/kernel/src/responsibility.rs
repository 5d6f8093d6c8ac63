//! 首问责任: who answers for a matter, without gap or overlap.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::{
    code::{DepartmentCode, StaffCode, WindowCode},
    time::Instant,
};

/// 首问责任: from the first touch to the end somebody answers for the matter (clauses B5-1, D7-1). One tenure ends at the
/// moment the next begins, so that there is neither gap nor overlap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Responsibility(Vec<Tenure>);

/// 责任区间: from (inclusive) until (exclusive); the last one of an open case has no end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenure {
    pub who: Responsible,
    pub how: Taken,
    pub from: Instant,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
}

/// 责任人: a member of staff, or the window as a whole while nobody of it has touched an online case, or since whoever
/// answered has left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Responsible {
    Window(WindowCode),
    Department(DepartmentCode),
    Staff(StaffCode),
}

/// How responsibility came to somebody.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Taken {
    /// 首问: the first who was asked.
    FirstContact,
    /// 领取: taken from the worklist.
    Taken,
    /// 分派: by order of the department's approver.
    Assigned,
    /// 接受移交
    Accepted,
    /// 出件: the unified window takes the result over.
    Issuing,
    /// 恢复办理
    Reopened,
    /// 岗位终止: back to the unit, because whoever answered is no longer posted to it.
    Returned,
}

impl Responsibility {
    pub fn begin(who: Responsible, at: Instant) -> Self {
        Self(vec![Tenure { who, how: Taken::FirstContact, from: at, until: None }])
    }

    /// Hands responsibility on. Nothing changes where it is already there.
    pub fn pass(&mut self, who: Responsible, how: Taken, at: Instant) {
        if let Some(last) = self.0.last_mut().filter(|last| last.until.is_none()) {
            if last.who == who {
                return;
            }
            last.until = Some(at);
        }
        self.0.push(Tenure { who, how, from: at, until: None });
    }

    /// The case has ended, and with it the last tenure.
    pub fn end(&mut self, at: Instant) {
        if let Some(last) = self.0.last_mut() {
            last.until.get_or_insert(at);
        }
    }

    /// Who answers now; None after the end.
    pub fn now(&self) -> Option<&Responsible> {
        self.0.last().filter(|tenure| tenure.until.is_none()).map(|tenure| &tenure.who)
    }

    /// Since when it has been back with the unit because whoever answered left it; None once somebody has taken it.
    pub fn returned_at(&self) -> Option<Instant> {
        let last = self.0.last().filter(|tenure| tenure.until.is_none())?;
        (last.how == Taken::Returned).then_some(last.from)
    }

    pub fn tenures(&self) -> &[Tenure] {
        &self.0
    }
}
