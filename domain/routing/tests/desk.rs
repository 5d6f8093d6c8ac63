//! 流转: from the worklist to a desk, and from desk to desk (clauses A3-1, B1-1).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use kernel::{Instant, Refusal, StaffCode, Text};
use routing::{Colleague, Holder, Routing};

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
    let holder = Holder::Offered { staff: staff(from), since: since(), to: staff(to), reason };
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
