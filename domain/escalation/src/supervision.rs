//! 督办: the ladder for an order that is overdue (clause D10-1, rules L16 and L17). Time proposes each step; the reform
//! office takes it or waives it with its reason.

use chrono::NaiveDate;
use kernel::{Calendar, Instant, Practice, Refusal, WorkingDays};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::{
    event::Event,
    impasse::Impasse,
    order::{Order, Ruling},
};

/// The first step is proposed so long after the due date (rule L16), and each other so long after the one before it: the
/// notice names the steps and not their days.
const BETWEEN_STEPS: u16 = 5;

/// 督办措施, in the order of the ladder.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Step {
    /// 书面批评
    Criticism,
    /// 挂牌警示
    Listing,
    /// 点名通报
    Naming,
    /// 问责
    Accountability,
}

impl Step {
    pub fn label(self) -> &'static str {
        match self {
            Self::Criticism => "书面批评",
            Self::Listing => "挂牌警示",
            Self::Naming => "点名通报",
            Self::Accountability => "问责",
        }
    }

    /// How long after the due date it is proposed.
    fn after_due(self) -> WorkingDays {
        let steps = match self {
            Self::Criticism => 1,
            Self::Listing => 2,
            Self::Naming => 3,
            Self::Accountability => 4,
        };
        WorkingDays(steps * BETWEEN_STEPS)
    }
}

/// A step that time proposed, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supervision {
    pub step: Step,
    /// The date that was missed.
    pub due: NaiveDate,
    pub proposed_at: Instant,
    /// Granted where the step was taken, not where it was waived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruling: Option<Ruling>,
}

impl Order {
    /// The steps that are still to be proposed while it runs, and when, in working time.
    pub(crate) fn steps_ahead(&self, calendar: &Calendar, practice: &Practice, now: Instant) -> Vec<(Instant, Event)> {
        if !self.limit.is_running() {
            return Vec::new();
        }
        let due = self.limit.due(calendar, now.day()).date;
        let is_left = |step: &&Step| !self.was_proposed(**step, due);
        let proposed = Step::VARIANTS.iter().filter(is_left).map(|&step| {
            let day = calendar.after(due, step.after_due()).date;
            let at = practice.next_at_work(practice.opening(day).max(now), calendar);
            (at, Event::SupervisionProposed { order: self.sequence, step, due })
        });
        proposed.collect()
    }

    /// What was proposed before an extension says nothing of the new due date.
    fn was_proposed(&self, step: Step, due: NaiveDate) -> bool {
        let extended = !self.limit.extensions.is_empty();
        self.supervision.iter().any(|sent| sent.step == step && (!extended || sent.due >= due))
    }
}

impl Impasse {
    /// 裁定督办: the lowest step that waits, taken or waived.
    pub(crate) fn rule_on_supervision(&self, sequence: u32, step: Step, ruling: Ruling) -> Result<Vec<Event>, Refusal> {
        let order = self.named(sequence)?;
        let waiting = order.supervision.iter().find(|proposed| proposed.ruling.is_none());
        match waiting {
            None => Err(Refusal::new("no_supervision_pending", "没有待裁定的督办措施")),
            Some(first) if first.step != step => {
                Err(Refusal::new("earlier_step_pending", format!("请先裁定「{}」", first.step.label())))
            }
            Some(_) => Ok(vec![Event::SupervisionRuled { order: sequence, step, ruling }]),
        }
    }
}
