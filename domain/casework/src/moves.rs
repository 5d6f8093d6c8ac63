//! 期限重算: which limits of a case a new edition of the calendar moves.

use chrono::NaiveDate;
use kernel::{Calendar, DepartmentCode, ledger::Ledger};

use crate::{case::Case, event::DeadlineMove};

impl Case {
    /// The running limits whose date, or whose certainty, the new calendar changes: the case's own, and those of the
    /// departments that still owe it an opinion.
    pub fn moved_by(&self, old: &Calendar, new: &Calendar, today: NaiveDate) -> Vec<DeadlineMove> {
        let read = |limit: &Ledger, department: Option<DepartmentCode>| {
            let (before, after) = (limit.due(old, today), limit.due(new, today));
            (before != after).then_some(DeadlineMove { limit: limit.kind, department, before, after })
        };
        let own = self.clocks.running().filter_map(|limit| read(limit, None));
        let asked = self.participations().into_iter().filter(|it| it.open);
        own.chain(asked.filter_map(|it| read(&it.limit?, Some(it.department)))).collect()
    }
}
