//! 期限重算: which of its limits another calendar moves.

use chrono::NaiveDate;
use kernel::{Calendar, calendar::Due, ledger::LimitKind};
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
    /// The running limits that are other ones by `new` than by `old`, its orders' included.
    pub fn moved_by(&self, old: &Calendar, new: &Calendar, today: NaiveDate) -> Vec<DeadlineMove> {
        let moves = self.running().filter_map(|(limit, order)| {
            let (before, after) = (limit.due(old, today), limit.due(new, today));
            let order = order.map(|order| order.sequence);
            (before != after).then_some(DeadlineMove { limit: limit.kind, order, before, after })
        });
        moves.collect()
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
