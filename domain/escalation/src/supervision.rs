//! 督办: the ladder for what is overdue, an order with its department or the handling with whoever's turn it is (clause
//! D10-1, rules L16 and L17). Time proposes each step; the reform office takes it or waives it with its reason.

use chrono::NaiveDate;
use kernel::{Calendar, Instant, Practice, Refusal, Role, WorkingDays, ledger::Ledger};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::{
    event::Event,
    impasse::Impasse,
    order::{Order, Ruling},
    turn::{Turn, Whose},
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
    pub(crate) fn after_due(self) -> WorkingDays {
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
    /// Of the handling: whose turn it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<Turn>,
    /// Granted where the step was taken, not where it was waived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruling: Option<Ruling>,
}

impl Supervision {
    /// Whom it is against; None of an order, which says so itself.
    pub fn whose(&self) -> Option<Whose> {
        self.turn.map(|turn| turn.whose)
    }
}

impl Order {
    /// The steps that are still to be proposed while it runs, and when, in working time.
    fn steps_ahead(&self, calendar: &Calendar, practice: &Practice, now: Instant) -> Vec<(Instant, Event)> {
        steps_ahead(&self.limit, &self.supervision, Some(self.sequence), None, (calendar, practice, now))
    }
}

/// Nobody climbs for the time before their turn, and each turn begins at the bottom.
fn steps_ahead(
    limit: &Ledger,
    proposed: &[Supervision],
    order: Option<u32>,
    turn: Option<Turn>,
    (calendar, practice, now): (&Calendar, &Practice, Instant),
) -> Vec<(Instant, Event)> {
    if !limit.is_running() {
        return Vec::new();
    }
    let due = limit.due(calendar, now.day()).date;
    let from = turn.map_or(due, |turn| due.max(turn.since));
    // What was proposed before this run of the limit, or before an extension of it, says nothing of its due date.
    let of_this_run = |sent: &&Supervision| {
        let of_this_date = limit.extensions.is_empty() || sent.due >= due;
        sent.proposed_at.day() > limit.start && of_this_date && sent.turn == turn
    };
    let is_left = |step: &&Step| !proposed.iter().filter(of_this_run).any(|sent| sent.step == **step);
    let ahead = Step::VARIANTS.iter().filter(is_left).map(|&step| {
        let day = calendar.after(from, step.after_due()).date;
        let at = practice.next_at_work(practice.opening(day).max(now), calendar);
        (at, Event::SupervisionProposed { order, step, due, turn })
    });
    ahead.collect()
}

impl Impasse {
    /// The steps ahead of its orders; of its own handling, where the centre or the reform office has the next step. The
    /// government is only reminded.
    pub(crate) fn supervision_ahead(
        &self,
        calendar: &Calendar,
        practice: &Practice,
        now: Instant,
    ) -> Vec<(Instant, Event)> {
        let of_orders = self.open_orders().flat_map(|order| order.steps_ahead(calendar, practice, now));
        let at = (calendar, practice, now);
        let climbs = |turn: &Turn| matches!(turn.whose, Whose::Responsible | Whose::ReformOffice);
        let handling = self.limits.handling.iter().zip(self.turn.filter(climbs));
        let of_handling =
            handling.flat_map(|(limit, turn)| steps_ahead(limit, &self.supervision, None, Some(turn), at));
        of_orders.chain(of_handling).collect()
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

    /// 裁定督办 of an order, or of the handling: the lowest step that waits, taken or waived. The reform office does not rule
    /// on its own.
    pub(crate) fn rule_on_supervision(
        &self,
        order: Option<u32>,
        step: Step,
        ruling: Ruling,
    ) -> Result<Vec<Event>, Refusal> {
        let is_own =
            |it: &Supervision| ruling.by.role == Role::ReformOfficer && it.whose() == Some(Whose::ReformOffice);
        let proposed = match order {
            Some(sequence) => &self.named(sequence)?.supervision,
            None => &self.supervision,
        };
        match proposed.iter().find(|proposed| proposed.ruling.is_none()) {
            None => Err(Refusal::new("no_supervision_pending", "没有待裁定的督办措施")),
            Some(first) if first.step != step => {
                Err(Refusal::new("earlier_step_pending", format!("请先裁定「{}」", first.step.label())))
            }
            Some(first) if is_own(first) => Err(Refusal::new("own_work", "对改革办的督办由督查科裁定")),
            Some(_) => Ok(vec![Event::SupervisionRuled { order, step, ruling }]),
        }
    }
}
