//! 期限重算: which of its limits another calendar moves.

use chrono::NaiveDate;
use kernel::{
    Calendar,
    calendar::Due,
    ledger::{Ledger, LimitKind},
};
use serde::{Deserialize, Serialize};

use crate::{follow_up::Plan, hotline::WorkOrder, impasse::Impasse};

/// A limit that moved, or became or ceased to be provisional.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadlineMove {
    pub limit: LimitKind,
    /// The order that the limit is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<u32>,
    pub before: Due,
    pub after: Due,
}

impl Impasse {
    /// The running limits that are other ones by `new` than by `old`, its orders' and that of a hand-over included.
    pub fn moved_by(&self, old: &Calendar, new: &Calendar, today: NaiveDate) -> Vec<DeadlineMove> {
        let running = self.running().chain(self.hand_over_limit().map(|limit| (limit, None)));
        let moves = running.filter_map(|(limit, order)| {
            let (before, after) = (limit.due(old, today), limit.due(new, today));
            let order = order.map(|order| order.sequence);
            (before != after).then_some(DeadlineMove { limit: limit.kind, order, before, after })
        });
        moves.collect()
    }

    /// Of these moves those of limits that were there when the impasse was as `then`. What began later was counted by the new
    /// calendar from its first day, and nothing of it moved; nor of an impasse that was not there yet (None).
    pub fn moved_since(&self, then: Option<&Self>, mut moves: Vec<DeadlineMove>) -> Vec<DeadlineMove> {
        moves.retain(|it| then.is_some_and(|then| then.start_of(it).is_some_and(|day| self.start_of(it) == Some(day))));
        moves
    }

    fn start_of(&self, moved: &DeadlineMove) -> Option<NaiveDate> {
        let is_it = |limit: &&Ledger| limit.kind == moved.limit;
        let limit = match moved.order {
            Some(sequence) => {
                let order = self.orders.iter().find(|order| order.sequence == sequence)?;
                [&order.receipt, &order.limit].into_iter().find(is_it)
            }
            None => self.limits.all().chain(self.hand_over_limit()).find(is_it),
        };
        limit.map(|limit| limit.start)
    }
}

impl WorkOrder {
    /// The same of a work order; what is counted in hours no calendar moves.
    pub fn moved_by(&self, old: &Calendar, new: &Calendar, today: NaiveDate) -> Vec<DeadlineMove> {
        let moves = self.running().filter_map(|limit| {
            let (before, after) = (limit.due(old, today), limit.due(new, today));
            (before != after).then_some(DeadlineMove { limit: limit.kind, order: None, before, after })
        });
        moves.collect()
    }

    /// The same of a work order: a round, and an escalation, has a limit of its own.
    pub fn moved_since(&self, then: Option<&Self>, mut moves: Vec<DeadlineMove>) -> Vec<DeadlineMove> {
        let nth = |order: &Self, limit| match limit {
            LimitKind::WorkOrderEscalation => order.escalations.len(),
            _ => order.limits.len(),
        };
        moves.retain(|it| then.is_some_and(|then| nth(then, it.limit) == nth(self, it.limit)));
        moves
    }
}

impl Plan {
    /// The same of a plan that is not finished.
    pub fn moved_by(&self, old: &Calendar, new: &Calendar) -> Option<DeadlineMove> {
        let due = |calendar: &Calendar| calendar.after(self.at.day(), self.drawn.days);
        let (before, after) = (due(old), due(new));
        let moved = DeadlineMove { limit: LimitKind::FollowUps, order: None, before, after };
        (self.completed_at.is_none() && before != after).then_some(moved)
    }
}
