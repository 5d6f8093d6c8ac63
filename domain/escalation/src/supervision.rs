//! 督办: the ladder for what is overdue, an order with its department or the handling at a window (clause D10-1, rules L16
//! and L17). Time proposes each step; the reform office takes it or waives it with its reason.

use chrono::NaiveDate;
use kernel::{Calendar, Instant, Practice, Refusal, WorkingDays, ledger::Ledger};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::{
    event::Event,
    impasse::Impasse,
    level::Level,
    order::{Order, OrderState, Ruling},
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
    fn steps_ahead(&self, calendar: &Calendar, practice: &Practice, now: Instant) -> Vec<(Instant, Event)> {
        steps_ahead(&self.limit, &self.supervision, Some(self.sequence), (calendar, practice, now))
    }
}

fn steps_ahead(
    limit: &Ledger,
    proposed: &[Supervision],
    order: Option<u32>,
    (calendar, practice, now): (&Calendar, &Practice, Instant),
) -> Vec<(Instant, Event)> {
    if !limit.is_running() {
        return Vec::new();
    }
    let due = limit.due(calendar, now.day()).date;
    // What was proposed before this run of the limit, or before an extension of it, says nothing of its due date.
    let of_this_run =
        |sent: &&Supervision| sent.proposed_at.day() > limit.start && (limit.extensions.is_empty() || sent.due >= due);
    let is_left = |step: &&Step| !proposed.iter().filter(of_this_run).any(|sent| sent.step == **step);
    let ahead = Step::VARIANTS.iter().filter(is_left).map(|&step| {
        let day = calendar.after(due, step.after_due()).date;
        let at = practice.next_at_work(practice.opening(day).max(now), calendar);
        (at, Event::SupervisionProposed { order, step, due })
    });
    ahead.collect()
}

impl Impasse {
    /// The steps ahead of its orders; of its own handling, where the window is to settle it and no department has it.
    pub(crate) fn supervision_ahead(
        &self,
        calendar: &Calendar,
        practice: &Practice,
        now: Instant,
    ) -> Vec<(Instant, Event)> {
        let of_orders = self.open_orders().flat_map(|order| order.steps_ahead(calendar, practice, now));
        let at = (calendar, practice, now);
        let handling = self.limits.handling.iter().filter(|_| self.is_the_windows());
        of_orders.chain(handling.flat_map(|limit| steps_ahead(limit, &self.supervision, None, at))).collect()
    }

    fn is_the_windows(&self) -> bool {
        let with_a_department = |order: &Order| order.round == self.rounds.len() && order.state != OrderState::Returned;
        self.level == Some(Level::General) && !self.orders.iter().any(with_a_department)
    }

    /// Every step, with the order that it is of; the handling's own first.
    pub fn supervisions(&self) -> impl Iterator<Item = (Option<&Order>, &Supervision)> {
        let of_orders = self.orders.iter().flat_map(|order| order.supervision.iter().map(move |it| (Some(order), it)));
        self.supervision.iter().map(|it| (None, it)).chain(of_orders)
    }

    /// Whether a step waits for its ruling.
    pub fn awaits_supervision(&self) -> bool {
        self.supervisions().any(|(_, proposed)| proposed.ruling.is_none())
    }

    /// 裁定督办 of an order, or of the handling: the lowest step that waits, taken or waived.
    pub(crate) fn rule_on_supervision(
        &self,
        order: Option<u32>,
        step: Step,
        ruling: Ruling,
    ) -> Result<Vec<Event>, Refusal> {
        let proposed = match order {
            Some(sequence) => &self.named(sequence)?.supervision,
            None => &self.supervision,
        };
        match proposed.iter().find(|proposed| proposed.ruling.is_none()) {
            None => Err(Refusal::new("no_supervision_pending", "没有待裁定的督办措施")),
            Some(first) if first.step != step => {
                Err(Refusal::new("earlier_step_pending", format!("请先裁定「{}」", first.step.label())))
            }
            Some(_) => Ok(vec![Event::SupervisionRuled { order, step, ruling }]),
        }
    }
}
