//! 期限重算: which limits of a case a new edition of the calendar moves.

use chrono::NaiveDate;
use kernel::{
    Calendar, DepartmentCode,
    ledger::{Ledger, LimitKind},
};

use crate::{case::Case, event::DeadlineMove};

impl Case {
    /// The running limits whose date, or whose certainty, the new calendar changes: the case's own, and those of the
    /// departments that still owe it an opinion or their findings.
    pub fn moved_by(&self, old: &Calendar, new: &Calendar, today: NaiveDate) -> Vec<DeadlineMove> {
        let read = |limit: &Ledger, department: Option<DepartmentCode>| {
            let (before, after) = (limit.due(old, today), limit.due(new, today));
            (before != after).then_some(DeadlineMove { limit: limit.kind, department, before, after })
        };
        let own = self.clocks.running().filter_map(|limit| read(limit, None));
        let asked = self.participations().into_iter().filter(|it| it.open);
        own.chain(asked.filter_map(|it| read(&it.limit?, Some(it.department)))).collect()
    }

    /// Of these moves those of limits that were there when the case was as `then`. What began later was counted by the new
    /// calendar from its first day, and nothing of it moved; nor of a case that was not there yet (None).
    pub fn moved_since(&self, then: Option<&Self>, mut moves: Vec<DeadlineMove>) -> Vec<DeadlineMove> {
        let started = |case: &Self, it: &DeadlineMove| case.start_of(it.limit, it.department.as_ref());
        moves.retain(|it| then.is_some_and(|then| started(then, it).is_some_and(|day| started(self, it) == Some(day))));
        moves
    }

    fn start_of(&self, limit: LimitKind, department: Option<&DepartmentCode>) -> Option<NaiveDate> {
        let Some(department) = department else {
            return self.clocks.all().find(|ledger| ledger.kind == limit).map(|ledger| ledger.start);
        };
        let asked = self.participations().into_iter().filter(|it| it.department == *department);
        asked.filter_map(|it| it.limit).find(|ledger| ledger.kind == limit).map(|ledger| ledger.start)
    }
}
