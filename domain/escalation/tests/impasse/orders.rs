//! 问题交办单: what annex 2 asks for, from issue to the leader's signature (clauses D4-3, D13-1, rule L15).

use escalation::{Basis, Command, Event, Level, OrderState, OrderTerms, Outcome};
use kernel::{
    Calendar, DocumentKind, WorkingDays,
    calendar::{Arrangement, Override},
    ledger::LimitKind,
};

use crate::hall::{
    Desk, FIRE, LAND, Person, acts,
    acts::{meeting, month},
    at, day, department,
    scene::{
        acknowledged, bound, by_hotline, completed, discussed, government_decided, graded, ordered, returned, signed,
        with_fire,
    },
    text,
};

fn terms(days: u16) -> Command {
    let Command::IssueOrder(order) = acts::order(LAND) else { unreachable!() };
    Command::IssueOrder(OrderTerms { days: WorkingDays(days), ..order })
}

/// Rule L1: an order that was issued after an edition of the calendar was counted by it from its first day.
#[test]
fn an_order_issued_after_an_edition_did_not_move() {
    let (then, desk) = (graded(Level::General), ordered());
    let holiday = Override { date: day("2026-03-04"), kind: Arrangement::Holiday, name: "试验假".into() };
    let new = desk.calendar().merged_with(&Calendar::from_iter([holiday]));
    let moves = desk.impasse.moved_by(desk.calendar(), &new, desk.now.day());
    assert!(moves.iter().any(|it| (it.limit, it.order) == (LimitKind::Order, Some(1))), "{moves:?}");
    let before = desk.impasse.moved_since(Some(&then.impasse), moves.clone());
    let of_the_impasse: Vec<_> = moves.iter().filter(|it| it.order.is_none()).copied().collect();
    assert_eq!(before, of_the_impasse, "no order was there yet");
    assert!(before.iter().any(|it| it.limit == LimitKind::Handling), "{before:?}");
    assert_eq!(desk.impasse.moved_since(Some(&desk.impasse), moves.clone()), moves);
    assert!(desk.impasse.moved_since(None, moves).is_empty(), "it was not there yet");
}

/// Clause D13-1: every column of annex 2 that is the department's and the centre's.
#[test]
fn an_order_says_all_that_the_annex_asks() {
    let with = [FIRE, LAND, FIRE].map(department).to_vec();
    let Command::IssueOrder(order) = acts::order(LAND) else { unreachable!() };
    let desk = graded(Level::General)
        .on("2026-03-03T10:00:00")
        .after(Person::Manager, Command::IssueOrder(OrderTerms { with, ..order }))
        .on("2026-03-04T09:00:00")
        .after(Person::LandReviewer, acts::acknowledge(1, Person::LandReviewer))
        .on("2026-03-05T15:00:00")
        .after(Person::LandReviewer, acts::complete(1))
        .on("2026-03-06T09:00:00")
        .after(Person::LandHead, acts::sign(1));
    let order = desk.order(1);
    assert!(desk.numbers.issued.contains(&(DocumentKind::AssignmentOrder, order.number.clone())), "编号");
    assert_eq!(order.issued_at, at("2026-03-03T10:00:00"), "交办时间");
    assert_eq!(order.issued_by.code, "manager");
    assert_eq!(order.department, department(LAND), "承办部门");
    assert_eq!(order.with, [department(FIRE)], "协办部门, each once and none that leads");
    assert_eq!(order.limit.due(desk.calendar(), desk.now.day()).date, day("2026-03-10"), "完成时限");
    assert_eq!(order.responsible, Some(Person::LandReviewer.staff()), "责任人");
    assert_eq!(order.matter, text("明确备案路径并答复申请人"), "交办事项");
    let completion = order.completion.as_ref().unwrap();
    assert_eq!(completion.text, text("已在系统开通备案入口"), "完成情况");
    assert_eq!(
        (completion.signed.by.code.as_str(), completion.signed.at),
        ("land-reviewer", at("2026-03-05T15:00:00"))
    );
    let leader = order.leader.as_ref().unwrap();
    assert_eq!((leader.by.code.as_str(), leader.at), ("land-head", at("2026-03-06T09:00:00")), "主管领导(签字)");
    assert_eq!(order.receipt.stopped, Some(day("2026-03-04")));
    assert_eq!(order.limit.stopped, Some(day("2026-03-06")), "done when it is signed");
    let desk = desk.after(Person::Clerk, acts::answer(Outcome::Solved)).after(Person::Applicant, acts::word(true));
    let round = &desk.impasse.rounds[desk.order(1).round - 1];
    assert!(round.satisfaction.is_some(), "申请人意见反馈、申请人(签字) stand in the order's round");
}

/// Clause D13-1: a signature is of what stands there, and two people sign.
#[test]
fn two_different_people_sign_what_stands_there() {
    let desk = acknowledged();
    assert_eq!(desk.refused(Person::LandDeputy, acts::complete(1)), "not_the_responsible_person");
    assert_eq!(desk.refused(Person::LandHead, acts::complete(1)), "role_not_allowed");
    assert_eq!(desk.refused(Person::LandHead, acts::sign(1)), "wrong_order_state");
    let sealed = Command::Complete { order: 1, text: text("已开通"), seal: Some(text("MIIB")) };
    let otherwise = desk.clone().after(Person::LandReviewer, sealed);
    let desk = desk.after(Person::LandReviewer, acts::complete(1));
    let digest = |desk: &Desk| desk.order(1).completion.clone().unwrap().signed.digest;
    assert_eq!(digest(&desk).len(), 64);
    assert_ne!(digest(&desk), digest(&otherwise), "other words, another digest");
    assert_eq!(otherwise.order(1).completion.as_ref().unwrap().signed.seal, Some(text("MIIB")));
    assert_eq!(desk.refused(Person::LandReviewer, acts::sign(1)), "role_not_allowed");
    assert_eq!(desk.refused(Person::FireHead, acts::sign(1)), "not_found");
    let desk = desk.after(Person::LandHead, acts::sign(1));
    assert_eq!(desk.order(1).leader.as_ref().unwrap().digest, digest(&desk), "both signed the same");
    assert_eq!(desk.order(1).state, OrderState::Signed);
}

/// Clause D13-1: somebody with two postings is still one person.
#[test]
fn whoever_completed_it_does_not_sign_as_the_leader() {
    let desk = acknowledged().after(Person::LandReviewer, acts::complete(1));
    let mut leader = Person::LandHead.actor();
    if let kernel::access::Who::Staff { code, .. } = &mut leader.who {
        *code = Person::LandReviewer.staff();
    }
    let refusal =
        desk.impasse.decide(acts::sign(1), &desk.terms, &mut desk.numbers.clone(), &desk.context(&leader)).unwrap_err();
    assert_eq!(refusal.code, "same_person");
}

/// Clauses D2-2, D4-2 to D4-4: the level says who assigns.
#[test]
fn the_level_says_who_assigns() {
    let by = |basis| acts::order_by(basis, LAND);
    let general = graded(Level::General);
    assert_eq!(general.refused(Person::Reform, by(Basis::Meeting(meeting(1)))), "not_discussed");
    assert_eq!(general.refused(Person::Reform, by(Basis::Government(month(3)))), "government_decision_missing");
    assert_eq!(general.refused(Person::Supervisor, by(Basis::Supervision)), "not_from_the_hotline");
    for level in [Level::Difficult, Level::Exceptional] {
        assert_eq!(graded(level).refused(Person::Manager, by(Basis::Centre)), "needs_meeting");
    }
    let submitted = graded(Level::Exceptional).after(Person::Reform, acts::submit(3));
    assert_eq!(submitted.refused(Person::Reform, by(Basis::Government(month(3)))), "government_decision_missing");
    let hotline = by_hotline()
        .after(Person::Manager, acts::file())
        .after(Person::Manager, acts::grade(Level::Difficult))
        .after(Person::Supervisor, by(Basis::Supervision));
    let centre = ordered();
    for desk in [&hotline, &centre] {
        assert!(!desk.order(1).binding);
    }
    let meeting = discussed().after(Person::Reform, by(Basis::Meeting(meeting(1))));
    let government = government_decided().after(Person::Reform, by(Basis::Government(month(3))));
    for desk in [&meeting, &government] {
        assert!(desk.order(1).binding, "what was ruled binds");
    }
}

/// Terms: an order is for one working day at least and for no longer than the terms allow.
#[test]
fn the_limit_of_an_order_has_bounds() {
    let desk = graded(Level::General);
    for (days, refused) in [(0, true), (1, false), (60, false), (61, true)] {
        let told = desk.clone().tell(Person::Manager, terms(days));
        assert_eq!(told.is_err(), refused, "{days}");
        if let Err(refusal) = told {
            assert_eq!(refusal.code, "days_out_of_range");
        }
    }
    assert!(!desk.numbers.issued.iter().any(|(kind, _)| *kind == DocumentKind::AssignmentOrder));
}

#[test]
fn a_department_has_one_open_order_at_a_time() {
    let desk = ordered();
    assert_eq!(desk.refused(Person::Manager, acts::order(LAND)), "order_open");
    let desk = with_fire(desk);
    assert_eq!(desk.order(2).department, department(FIRE));
    let again = signed().after(Person::Manager, acts::order(LAND));
    assert_eq!(again.order(2).sequence, 2);
}

/// Clause D13-1: nobody else's order.
#[test]
fn a_department_acts_on_its_own_order_only() {
    let desk = with_fire(ordered());
    for (by, command) in [
        (Person::FireReviewer, acts::acknowledge(1, Person::FireReviewer)),
        (Person::FireApprover, acts::give_back(1)),
        (Person::LandApprover, acts::give_back(2)),
    ] {
        assert_eq!(desk.refused(by, command), "not_of_that_department");
    }
    assert_eq!(desk.refused(Person::LandReviewer, acts::acknowledge(3, Person::LandReviewer)), "no_such_order");
}

/// Rule L15: a return is ruled on, and the clock runs meanwhile.
#[test]
fn a_return_is_asked_for_and_ruled_on() {
    let desk = ordered();
    assert_eq!(desk.refused(Person::LandReviewer, acts::give_back(1)), "role_not_allowed");
    let asked = desk.after(Person::LandApprover, acts::give_back(1));
    let order = asked.order(1);
    assert_eq!(order.state, OrderState::ReturnRequested);
    assert!(order.limit.is_running() && order.receipt.is_running());
    assert_eq!(asked.refused(Person::LandReviewer, acts::acknowledge(1, Person::LandReviewer)), "wrong_order_state");
    assert_eq!(asked.refused(Person::LandHead, acts::rule_on_return(1, true)), "role_not_allowed");

    let granted = asked.clone().after(Person::Manager, acts::rule_on_return(1, true));
    let order = granted.order(1);
    assert_eq!(order.state, OrderState::Returned);
    assert!(!order.limit.is_running() && !order.receipt.is_running());
    assert_eq!(granted.impasse.open_orders().count(), 0);

    let denied = asked.clone().after(Person::Manager, acts::rule_on_return(1, false));
    let order = denied.order(1);
    assert_eq!((order.state, order.binding), (OrderState::Issued, false), "the centre does not rule");
    assert_eq!(denied.refused(Person::LandApprover, acts::give_back(1)), "return_ruled", "a meeting's, now");
    assert!(order.return_request.as_ref().unwrap().ruling.is_some());

    let ruled = asked.after(Person::Supervisor, acts::rule_on_return(1, false));
    assert_eq!(
        (ruled.order(1).state, ruled.order(1).binding),
        (OrderState::Issued, true),
        "ruled, and binding from now on"
    );
    assert_eq!(ruled.refused(Person::LandApprover, acts::give_back(1)), "order_binding");

    let late = acknowledged()
        .after(Person::LandApprover, acts::give_back(1))
        .after(Person::Manager, acts::rule_on_return(1, false));
    assert_eq!(late.order(1).state, OrderState::Acknowledged, "back to where it was");
}

/// Rule L15, clause D4-3: where nobody else could, a meeting rules on who is responsible, asked or not; only once, and only a
/// meeting of this round.
#[test]
fn a_meeting_rules_on_any_open_order_that_does_not_bind() {
    let in_dispute = || {
        returned()
            .after(Person::Manager, acts::order(FIRE))
            .after(Person::Manager, acts::raise(Level::Difficult))
            .after(Person::Reform, acts::discuss(1))
    };
    assert_eq!(in_dispute().refused(Person::FireApprover, acts::give_back(2)), "returns_exhausted");
    assert_eq!(in_dispute().refused(Person::Reform, acts::rule_on_return(2, false)), "wrong_order_state");
    assert_eq!(in_dispute().refused(Person::Reform, acts::rule_in_meeting(2, 2, false)), "not_discussed");
    let bound = in_dispute().after(Person::Reform, acts::rule_in_meeting(1, 2, false));
    assert_eq!((bound.order(2).state, bound.order(2).binding), (OrderState::Issued, true));
    assert_eq!(bound.refused(Person::Reform, acts::rule_in_meeting(1, 2, true)), "order_binding");
    let instead = in_dispute()
        .after(Person::Reform, acts::rule_in_meeting(1, 2, true))
        .after(Person::Reform, acts::order_by(Basis::Meeting(acts::meeting(1)), LAND));
    assert_eq!((instead.order(2).state, instead.order(3).binding), (OrderState::Returned, true));
    assert!(!instead.order(2).limit.is_running() && !instead.order(2).receipt.is_running());
}

/// Rule L15: what was refused before it was recorded whether that binds, binds.
#[test]
fn an_old_ruling_binds() {
    let ruled = Event::OrderReturnRuled { order: 1, ruling: a_ruling(), binds: false };
    let mut stored = serde_json::to_value(&ruled).unwrap();
    assert!(stored["data"].as_object_mut().unwrap().remove("binds").is_some());
    let read: Event = serde_json::from_value(stored).unwrap();
    assert_eq!(read, Event::OrderReturnRuled { order: 1, ruling: a_ruling(), binds: true });
}

fn a_ruling() -> escalation::Ruling {
    let denied = ordered()
        .after(Person::LandApprover, acts::give_back(1))
        .after(Person::Manager, acts::rule_on_return(1, false));
    denied.order(1).return_request.clone().unwrap().ruling.unwrap()
}

/// Rule L15: what a meeting or the government assigned cannot be given back.
#[test]
fn what_was_ruled_is_not_given_back() {
    assert_eq!(bound().refused(Person::LandApprover, acts::give_back(1)), "order_binding");
    assert_eq!(bound().refused(Person::LandHead, acts::give_back(1)), "order_binding");
    let government = government_decided().after(Person::Reform, acts::order_by(Basis::Government(month(3)), LAND));
    assert_eq!(government.refused(Person::LandHead, acts::give_back(1)), "order_binding");
}

/// Rule L15: it does not go round and round, and not by two departments at the same time either.
#[test]
fn returns_are_capped() {
    let desk = returned().after(Person::Manager, acts::order(FIRE));
    assert_eq!(desk.refused(Person::FireApprover, acts::give_back(2)), "returns_exhausted");
    let both = with_fire(ordered()).after(Person::LandApprover, acts::give_back(1));
    assert_eq!(both.refused(Person::FireApprover, acts::give_back(2)), "returns_exhausted", "one is being asked for");
    let denied = both.after(Person::Manager, acts::rule_on_return(1, false));
    let desk = denied.after(Person::FireApprover, acts::give_back(2));
    assert_eq!(desk.order(2).state, OrderState::ReturnRequested, "what was denied does not count");
}

/// Rule L15: extended once, before it is due, with approval.
#[test]
fn an_extension_is_asked_for_before_it_is_due() {
    let desk = acknowledged();
    for days in [0, 11] {
        assert_eq!(desk.refused(Person::LandReviewer, acts::ask_days(1, days)), "days_out_of_range");
    }
    assert_eq!(ordered().refused(Person::LandReviewer, acts::ask_days(1, 3)), "wrong_order_state");
    let late = desk.clone().on("2026-03-10T09:00:00");
    assert_eq!(late.refused(Person::LandReviewer, acts::ask_days(1, 3)), "already_overdue");
    let asked = desk.on("2026-03-09T16:00:00").after(Person::LandReviewer, acts::ask_days(1, 3));
    let due = |desk: &Desk| desk.order(1).limit.due(desk.calendar(), desk.now.day()).date;
    assert_eq!(due(&asked), day("2026-03-09"), "asking does not extend");
    assert_eq!(asked.refused(Person::LandReviewer, acts::ask_days(1, 3)), "extension_pending");
    assert_eq!(asked.refused(Person::LandHead, acts::rule_on_days(1, true)), "role_not_allowed");

    let granted = asked.clone().after(Person::Supervisor, acts::rule_on_days(1, true));
    assert_eq!(due(&granted), day("2026-03-12"));
    assert_eq!(granted.order(1).limit.extensions[0].approved_by.code, "supervisor");
    assert_eq!(granted.refused(Person::LandReviewer, acts::ask_days(1, 3)), "extensions_exhausted");
    assert_eq!(granted.refused(Person::Manager, acts::rule_on_days(1, true)), "no_extension_pending");

    let denied = asked.after(Person::Manager, acts::rule_on_days(1, false));
    assert_eq!(due(&denied), day("2026-03-09"));
    assert!(!denied.order(1).extension_request.as_ref().unwrap().ruling.as_ref().unwrap().granted);
}

/// Rule L15: what was done late is not made timely by a ruling that comes afterwards.
#[test]
fn nothing_is_extended_after_it_was_done() {
    let desk = acknowledged()
        .on("2026-03-09T16:00:00")
        .after(Person::LandReviewer, acts::ask_days(1, 3))
        .on("2026-03-11T09:00:00")
        .after(Person::LandReviewer, acts::complete(1))
        .after(Person::LandHead, acts::sign(1));
    assert!(desk.order(1).limit.is_overdue(desk.calendar(), desk.now.day()));
    assert_eq!(desk.refused(Person::Manager, acts::rule_on_days(1, true)), "wrong_order_state");
}

/// Clause D13-1: a completion that does not hold is sent back, and kept.
#[test]
fn what_does_not_hold_is_sent_back() {
    let desk = completed();
    let by_leader = desk.clone().after(Person::LandHead, acts::send_back(1));
    assert_eq!(by_leader.order(1).state, OrderState::Acknowledged);
    assert_eq!(by_leader.order(1).completion, None);
    assert_eq!(by_leader.order(1).sent_back[0].completion, desk.order(1).completion.clone().unwrap());

    let signed = desk.on("2026-03-04T09:00:00").after(Person::LandHead, acts::sign(1));
    assert_eq!(
        signed.refused(Person::LandHead, acts::send_back(1)),
        "wrong_order_state",
        "signed is signed, for the leader"
    );
    let again = signed.after(Person::Manager, acts::send_back(1));
    assert_eq!((again.order(1).state, &again.order(1).leader), (OrderState::Acknowledged, &None));
    assert!(again.order(1).limit.is_running(), "in its old limit");
    assert_eq!(again.order(1).limit.start, day("2026-03-02"));
    let done = again.after(Person::LandReviewer, acts::complete(1)).after(Person::LandHead, acts::sign(1));
    assert_eq!(done.order(1).state, OrderState::Signed);
    assert_eq!(acknowledged().refused(Person::Manager, acts::send_back(1)), "wrong_order_state");
}

/// Clause D5-1: the answer comes when everything ordered is done, and an order of an earlier round is not woken again.
#[test]
fn the_answer_waits_for_every_order() {
    let answer = || acts::answer(Outcome::Solved);
    for desk in [ordered(), acknowledged(), completed(), with_fire(signed())] {
        assert_eq!(desk.refused(Person::Clerk, answer()), "order_open");
    }
    let asked = ordered().after(Person::LandApprover, acts::give_back(1));
    assert_eq!(asked.refused(Person::Clerk, answer()), "order_open");
    let next = signed().after(Person::Clerk, answer()).after(Person::Applicant, acts::word(false));
    assert_eq!(next.refused(Person::Manager, acts::send_back(1)), "earlier_round");
    let next = next.after(Person::Manager, acts::order(LAND));
    assert_eq!((next.order(2).sequence, next.order(2).round), (2, 2));
    assert_eq!(returned().after(Person::Clerk, answer()).impasse.state, escalation::State::AwaitingApplicant);
}

/// Rule L15: not ours is said within a day of working time, not when it gets difficult.
#[test]
fn a_return_is_asked_for_at_once() {
    let acknowledged =
        ordered().on("2026-03-03T10:00:00").after(Person::LandReviewer, acts::acknowledge(1, Person::LandReviewer));
    let order = acknowledged.order(1);
    let last = order.receipt.due(acknowledged.calendar(), acknowledged.now.day()).date;
    let on_time = acknowledged.later(&format!("{last}T16:00:00"));
    assert_eq!(on_time.after(Person::LandApprover, acts::give_back(1)).order(1).state, OrderState::ReturnRequested);
    let late = ordered().on("2026-03-05T10:00:00");
    assert_eq!(late.refused(Person::LandApprover, acts::give_back(1)), "too_late_to_return");
}

/// Clause D7-1: whoever is responsible for an order may leave; the order then gets another one, and its receipt is not
/// dated again.
#[test]
fn an_order_never_hangs_on_somebody_who_left() {
    let desk = acknowledged();
    let receipt = desk.order(1).receipt.stopped;
    assert_eq!(desk.refused(Person::LandHead, acts::acknowledge(1, Person::LandReviewer)), "already_responsible");
    let renamed = desk.later("2026-03-06T10:00:00").after(Person::LandHead, acts::acknowledge(1, Person::LandApprover));
    assert_eq!(renamed.order(1).responsible, Some(Person::LandApprover.staff()));
    assert_eq!(renamed.order(1).receipt.stopped, receipt);
    assert_eq!(renamed.refused(Person::LandReviewer, acts::complete(1)), "not_the_responsible_person");
    assert_eq!(renamed.after(Person::LandApprover, acts::complete(1)).order(1).state, OrderState::Completed);
}

/// Rule L15: the centre assigns, and does not rule on who is responsible.
#[test]
fn an_order_of_the_centre_does_not_bind() {
    let Command::IssueOrder(order) = acts::order(LAND) else { unreachable!() };
    let binding = Command::IssueOrder(OrderTerms { binding: true, ..order });
    assert_eq!(graded(Level::General).refused(Person::Manager, binding), "centre_does_not_rule");
}
