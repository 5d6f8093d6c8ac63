//! 统计 of what pressed work orders in a period: each figure is a sum over orders, so that behind it stands the list of
//! those that it counts (rules L15, L16).

use super::{
    pressing::OrderSupervision,
    state::{Measure, Press},
    work_order::WorkOrder,
};
use crate::{figures::Period, supervision::Step};

impl Measure {
    /// What one order adds to it. Everything in it bears its time, so that it says of any period what it said then.
    pub fn of(self, order: &WorkOrder, period: Period) -> usize {
        let told = |press| order.reminders.iter().filter(|it| it.press == press && period.has(it.at)).count();
        let urged = || order.urgings.iter().filter(|it| period.has(it.at));
        match self {
            Self::Dispatched => {
                let dispatches = std::iter::once(&order.dispatched_at).chain(&order.redispatched_at);
                dispatches.filter(|at| period.has(**at)).count()
            }
            Self::Reminders => told(Press::Amber),
            Self::UrgingNotices => told(Press::Overdue),
            Self::Urgings => urged().count(),
            Self::UrgingsAnswered => {
                urged().filter(|it| it.response.as_ref().is_some_and(|done| done.at < period.end())).count()
            }
            Self::Raised => order.escalations.iter().filter(|it| period.has(it.at)).count(),
            Self::Criticisms => taken(order, Step::Criticism, period),
            Self::Listings => taken(order, Step::Listing, period),
            Self::Namings => taken(order, Step::Naming, period),
            Self::Accountabilities => taken(order, Step::Accountability, period),
            Self::SupervisionPending => {
                let waits = |it: &&OrderSupervision| {
                    it.proposed_at < period.end() && it.ruling.as_ref().is_none_or(|ruling| ruling.at >= period.end())
                };
                order.supervision.iter().filter(waits).count()
            }
        }
    }
}

/// 采取的督办措施
fn taken(order: &WorkOrder, step: Step, period: Period) -> usize {
    let of_step = order.supervision.iter().filter(|it| it.step == step).filter_map(|it| it.ruling.as_ref());
    of_step.filter(|ruling| ruling.granted && period.has(ruling.at)).count()
}
