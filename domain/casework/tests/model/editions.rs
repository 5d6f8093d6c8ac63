//! 日历版次: a notice that changes what days are, in the middle of a life (rule L1).

use approval::Procedure;
use casework::{Case, DeadlineMove, Event};
use chrono::NaiveDate;
use kernel::{
    Actor, Calendar, Centre, DepartmentCode, DocumentNumber, Due,
    access::Who,
    ledger::{Ledger, LimitKind},
};

use super::calendars::due_by_hand;
pub(crate) use super::calendars::edition;
use crate::hall::Desk;

/// What is told of the case when this edition comes into force: its own, and those of who owes it an opinion.
pub(crate) fn moves(desk: &Desk, new: &Calendar, what: &str) -> Vec<DeadlineMove> {
    let (old, today) = (desk.calendar(), desk.now.day());
    let moves = desk.case.moved_by((old, new), desk.practice, today);
    let told = moves.iter().map(|it| (it.limit, it.department.clone(), it.procedure.clone(), it.before, it.after));
    assert_eq!(told.collect::<Vec<_>>(), by_hand(&desk.case, old, new, today), "{what}");
    moves
}

/// Rule L1: it comes into force. The same ledgers are read anew, whatever moves is told once, and nothing else changes.
pub(crate) fn publish(desk: &mut Desk, nth: u8, what: &str) -> Vec<Event> {
    let (before, new) = (desk.case.clone(), edition(nth));
    let moves = moves(desk, new, what);
    desk.calendar = new;
    let events: Vec<Event> = (!moves.is_empty()).then_some(Event::DeadlinesMoved { moves }).into_iter().collect();
    desk.record(&Actor { centre: Centre::WENLING, who: Who::System }, &events);
    assert_eq!(Case { version: before.version, ..desk.case.clone() }, before, "{what}: more than dates moved");
    assert!(desk.case.moved_by((new, new), desk.practice, desk.now.day()).is_empty(), "{what}: told twice");
    events
}

type Told = (LimitKind, Option<DepartmentCode>, Option<DocumentNumber>, Due, Due);

fn by_hand(case: &Case, old: &Calendar, new: &Calendar, today: NaiveDate) -> Vec<Told> {
    let own = case.clocks.all().filter(|ledger| ledger.stopped.is_none()).chain(case.hand_over_limit());
    let own = own.map(|ledger| (ledger.clone(), None, None));
    let asked = case.participations().into_iter().filter(|it| it.open);
    let asked = asked.filter_map(|it| Some((it.limit?, Some(it.department), None)));
    let outside = case.approval.procedures.iter().filter(|it| it.until.is_none() && !case.stage.is_final());
    let needed = |it: &Procedure| Ledger::new(LimitKind::Procedure, it.needs, it.from);
    let outside = outside.map(|it| (needed(it), None, Some(it.notice.clone())));
    let read = |(ledger, department, procedure): (Ledger, Option<DepartmentCode>, Option<DocumentNumber>)| {
        let (before, after) = (due_by_hand(&ledger, old, today), due_by_hand(&ledger, new, today));
        (before != after).then_some((ledger.kind, department, procedure, before, after))
    };
    own.chain(asked).chain(outside).filter_map(read).collect()
}
