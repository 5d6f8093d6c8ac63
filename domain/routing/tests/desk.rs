//! 流转: from the worklist to a desk, and from desk to desk (clauses A3-1, B1-1).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use kernel::{Instant, Refusal, StaffCode, Text};
use routing::{Colleague, Holder, Responsibility, Responsible, Routing, Taken, Transfer, WindowOffer};

fn staff(code: &str) -> StaffCode {
    code.parse().unwrap()
}

fn of_department(code: &str) -> Colleague {
    Colleague { staff: staff(code), department: "commerce".parse().unwrap() }
}

fn of_another(code: &str) -> Colleague {
    Colleague { staff: staff(code), department: "justice".parse().unwrap() }
}

fn since() -> Instant {
    Instant::parse("2026-03-02T01:00:00Z").unwrap()
}

fn on_the_worklist() -> Routing {
    Routing::to_department("commerce".parse().unwrap())
}

fn with(code: &str) -> Routing {
    Routing { holder: Holder::With { staff: staff(code), since: since() }, ..on_the_worklist() }
}

fn offered(from: &str, to: &str) -> Routing {
    let reason = Text::new("出差").unwrap();
    let (staff, to) = (staff(from), staff(to));
    let holder = Holder::Offered { staff, since: since(), to, reason, until: None, limit: None };
    Routing { holder, ..on_the_worklist() }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(verdict: Result<T, Refusal>, code: &str) {
    assert_eq!(verdict.unwrap_err().code, code);
}

/// Clause A3-1
#[test]
fn a_reviewer_takes_what_nobody_holds_and_nothing_else() {
    let by = staff("reviewer");
    assert_eq!(on_the_worklist().may_assign(&of_department("reviewer"), &by, false), Ok(()));
    refused(on_the_worklist().may_assign(&of_department("other"), &by, false), "only_for_oneself");
    refused(with("other").may_assign(&of_department("reviewer"), &by, false), "already_assigned");
    refused(offered("other", "reviewer").may_assign(&of_department("reviewer"), &by, false), "already_assigned");
}

/// Clause A3-1
#[test]
fn an_approver_gives_a_case_to_anybody_of_the_department_even_from_another_desk() {
    let by = staff("approver");
    for routing in [on_the_worklist(), with("other"), offered("other", "third")] {
        assert_eq!(routing.may_assign(&of_department("reviewer"), &by, true), Ok(()));
        assert_eq!(routing.may_assign(&of_department("approver"), &by, true), Ok(()));
        refused(routing.may_assign(&of_another("reviewer"), &by, true), "not_a_colleague");
    }
}

/// Clause B1-1
#[test]
fn only_the_holder_offers_a_hand_over_and_only_to_a_colleague() {
    let by = staff("reviewer");
    assert_eq!(with("reviewer").may_offer(&of_department("other"), &by), Ok(()));
    refused(with("other").may_offer(&of_department("third"), &by), "not_the_holder");
    refused(on_the_worklist().may_offer(&of_department("other"), &by), "not_assigned");
    refused(with("reviewer").may_offer(&of_another("other"), &by), "not_a_colleague");
    refused(with("reviewer").may_offer(&of_department("reviewer"), &by), "handover_to_oneself");
    refused(offered("reviewer", "other").may_offer(&of_department("third"), &by), "handover_pending");
}

/// Clause B1-1: until a hand-over is accepted the one who offered it answers for the case, and nobody works on it.
#[test]
fn responsibility_has_no_gap_while_a_hand_over_is_pending() {
    let pending = offered("reviewer", "other");
    assert_eq!(pending.holder(), Some(&staff("reviewer")));
    refused(pending.must_be_held_by(&staff("reviewer")), "handover_pending");
    refused(pending.must_be_held_by(&staff("other")), "handover_pending");
}

/// Clause B1-1
#[test]
fn only_the_one_it_was_offered_to_answers_a_hand_over() {
    let pending = offered("reviewer", "other");
    assert_eq!(pending.offer_to(&staff("other")), Ok(&staff("reviewer")));
    refused(pending.offer_to(&staff("third")), "not_offered_to_you");
    refused(pending.offer_to(&staff("reviewer")), "not_offered_to_you");
    refused(with("reviewer").offer_to(&staff("other")), "no_handover_pending");
    refused(on_the_worklist().offer_to(&staff("other")), "no_handover_pending");
}

/// Clause A3-1
#[test]
fn work_on_a_case_is_its_holders_alone() {
    assert_eq!(with("reviewer").must_be_held_by(&staff("reviewer")), Ok(()));
    refused(with("reviewer").must_be_held_by(&staff("other")), "not_the_holder");
    refused(on_the_worklist().must_be_held_by(&staff("reviewer")), "not_assigned");
    assert_eq!(on_the_worklist().holder(), None);
}

fn transferred(routing: Routing) -> Routing {
    let (to, reason) = ("justice".parse().unwrap(), Text::new("职责调整").unwrap());
    let transfer = Transfer { to, reason, by: staff("approver"), until: since(), limit: None };
    Routing { transfer: Some(transfer), ..routing }
}

/// Clause B5-1: one offer at a time, to a colleague or to a department, and no work meanwhile.
#[test]
fn nothing_is_offered_twice_at_a_time() {
    let away = transferred(with("reviewer"));
    let by = staff("reviewer");
    refused(away.may_offer(&of_department("other"), &by), "handover_pending");
    refused(away.may_delegate(&of_department("other"), &by), "handover_pending");
    refused(away.may_transfer(&"finance".parse().unwrap()), "handover_pending");
    refused(offered("reviewer", "other").may_transfer(&"justice".parse().unwrap()), "handover_pending");
    refused(away.must_be_worked_by(&by), "handover_pending");
    refused(with("reviewer").may_transfer(&"commerce".parse().unwrap()), "transfer_to_oneself");
    refused(with("reviewer").transfer(), "no_transfer_pending");
    assert_eq!(on_the_worklist().may_transfer(&"justice".parse().unwrap()), Ok(()), "nobody need hold it");
}

/// 委派: the work is the delegate's too, the hand-over of the case the holder's alone.
#[test]
fn a_delegate_works_and_hands_nothing_on() {
    let delegated = Routing { delegate: Some(staff("other")), ..with("reviewer") };
    for code in ["reviewer", "other"] {
        assert_eq!(delegated.must_be_worked_by(&staff(code)), Ok(()), "{code}");
        assert_eq!(delegated.may_end_delegation(&staff(code)), Ok(()), "{code}");
    }
    refused(delegated.must_be_worked_by(&staff("third")), "not_the_holder");
    refused(delegated.may_end_delegation(&staff("third")), "not_the_holder");
    refused(delegated.may_offer(&of_department("third"), &staff("other")), "not_the_holder");
    refused(with("reviewer").may_end_delegation(&staff("reviewer")), "no_delegation");
    refused(with("reviewer").may_delegate(&of_department("reviewer"), &staff("reviewer")), "delegation_to_oneself");
    refused(with("reviewer").may_delegate(&of_another("other"), &staff("reviewer")), "not_a_colleague");
}

/// Clauses B5-1, D7-1: one tenure ends where the next begins; passing to whoever answers already changes nothing.
#[test]
fn responsibility_passes_without_gap_or_overlap() {
    let later = |minutes| since().plus(chrono::Duration::minutes(minutes));
    let who = |code: &str| Responsible::Staff(staff(code));
    let mut chain = Responsibility::begin(who("clerk"), since());
    chain.pass(who("clerk"), Taken::Taken, later(1));
    assert_eq!(chain.tenures().len(), 1);
    chain.pass(who("reviewer"), Taken::Assigned, later(2));
    chain.end(later(3));
    chain.end(later(4));
    let ends: Vec<_> = chain.tenures().iter().map(|tenure| (tenure.from, tenure.until)).collect();
    assert_eq!(ends, [(since(), Some(later(2))), (later(2), Some(later(3)))], "it ends once");
    assert_eq!(chain.now(), None);
    chain.pass(who("reviewer"), Taken::Reopened, later(5));
    assert_eq!(chain.now(), Some(&who("reviewer")), "the same person may answer for it again");
    assert_eq!(chain.tenures().len(), 3);
}

/// Clause B5-1: whoever left has nothing of the case any more, and what was others' stays theirs.
#[test]
fn whoever_left_lets_everything_go() {
    let gone = |mut routing: Routing, code: &str| {
        assert!(routing.involves(&staff(code)), "{routing:?}");
        routing.let_go(&staff(code));
        assert!(!routing.involves(&staff(code)), "{routing:?}");
        routing
    };
    let delegated = Routing { delegate: Some(staff("other")), ..with("reviewer") };
    assert_eq!(gone(with("reviewer"), "reviewer"), on_the_worklist());
    assert_eq!(gone(offered("reviewer", "other"), "reviewer"), on_the_worklist());
    assert_eq!(gone(offered("reviewer", "other"), "other"), with("reviewer"));
    assert_eq!(gone(delegated.clone(), "other"), with("reviewer"));
    assert_eq!(gone(delegated.clone(), "reviewer"), on_the_worklist(), "who works on it works for the holder");
    let mut untouched = transferred(delegated);
    untouched.let_go(&staff("third"));
    assert!(untouched.transfer.is_some() && untouched.delegate.is_some() && !untouched.involves(&staff("third")));
}

/// Clause B5-1: the same at the window, before acceptance.
#[test]
fn only_the_clerk_it_was_offered_to_answers_an_offer_at_the_window() {
    let reason = Text::new("出差").unwrap();
    let offer = WindowOffer { from: staff("clerk"), to: staff("other"), reason, until: since(), limit: None };
    let pending = Routing { window_offer: Some(offer), ..on_the_worklist() };
    assert_eq!(pending.window_offer_to(&staff("other")), Ok(&staff("clerk")));
    refused(pending.window_offer_to(&staff("clerk")), "not_offered_to_you");
    refused(on_the_worklist().window_offer_to(&staff("other")), "no_handover_pending");
}

/// Clause B5-1: what came back to the unit is so until somebody takes it.
#[test]
fn what_is_back_with_the_unit_is_known_by_its_last_tenure() {
    let later = since().plus(chrono::Duration::minutes(1));
    let mut chain = Responsibility::begin(Responsible::Staff(staff("clerk")), since());
    assert_eq!(chain.returned_at(), None);
    chain.pass(Responsible::Window("project".parse().unwrap()), Taken::Returned, later);
    assert_eq!(chain.returned_at(), Some(later));
    chain.end(later);
    assert_eq!(chain.returned_at(), None, "it has ended");
}
