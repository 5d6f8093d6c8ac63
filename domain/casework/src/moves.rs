//! 期限重算: which limits of a case a new edition of the calendar moves.

use chrono::NaiveDate;
use kernel::{
    Calendar, DepartmentCode, DocumentNumber, Practice,
    ledger::{Ledger, LimitKind},
};

use crate::{case::Case, event::DeadlineMove};

impl Case {
    /// The running limits whose date, or whose certainty, the new calendar changes: the case's own and that of a hand-over,
    /// those of the departments that still owe it an answer, an opinion or their findings, and the time that its special
    /// procedures need.
    pub fn moved_by(
        &self,
        (old, new): (&Calendar, &Calendar),
        practice: &Practice,
        today: NaiveDate,
    ) -> Vec<DeadlineMove> {
        let read = |limit: &Ledger, department: Option<DepartmentCode>, procedure: Option<DocumentNumber>| {
            let (before, after) = (limit.due(old, today), limit.due(new, today));
            (before != after).then_some(DeadlineMove { limit: limit.kind, department, procedure, before, after })
        };
        let own = self.clocks.running().chain(self.hand_over_limit()).filter_map(|limit| read(limit, None, None));
        let asked = self.participations().into_iter().filter(|it| it.open);
        let asked = asked.filter_map(|it| read(&it.limit?, Some(it.department), None));
        // A case may end while one is open; then nobody waits for it any more.
        let waited_for = self.approval.procedures.iter().filter(|it| it.is_open() && !self.stage.is_final());
        let outside = waited_for.filter_map(|it| read(&it.limit(practice), None, Some(it.notice.clone())));
        own.chain(asked).chain(outside).collect()
    }

    /// Of these moves those of limits that were there when the case was as `then`. What began later was counted by the new
    /// calendar from its first day, and nothing of it moved; nor of a case that was not there yet (None).
    pub fn moved_since(&self, then: Option<&Self>, mut moves: Vec<DeadlineMove>) -> Vec<DeadlineMove> {
        let started = |case: &Self, it: &DeadlineMove| match &it.procedure {
            Some(notice) => case.start_of_procedure(notice),
            None => case.start_of(it.limit, it.department.as_ref()),
        };
        moves.retain(|it| then.is_some_and(|then| started(then, it).is_some_and(|day| started(self, it) == Some(day))));
        moves
    }

    fn start_of_procedure(&self, notice: &DocumentNumber) -> Option<NaiveDate> {
        self.approval.procedures.iter().find(|it| it.notice == *notice).map(|it| it.from)
    }

    fn start_of(&self, limit: LimitKind, department: Option<&DepartmentCode>) -> Option<NaiveDate> {
        let Some(department) = department else {
            let mut own = self.clocks.all().chain(self.hand_over_limit());
            return own.find(|ledger| ledger.kind == limit).map(|ledger| ledger.start);
        };
        let asked = self.participations().into_iter().filter(|it| it.department == *department);
        asked.filter_map(|it| it.limit).find(|ledger| ledger.kind == limit).map(|ledger| ledger.start)
    }
}
