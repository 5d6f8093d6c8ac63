//! 咨询: where somebody is sent, and who answers for it meanwhile (clauses A1-2, A1-3, B5-1).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod desk;

use desk::{
    Desk, at, by, clerk, conclude, decline, impasse, of, online, party, posting, staff, text, to_fallback, to_window,
    turn,
};
use kernel::{
    Role,
    responsibility::{Responsible, Taken},
};
use reception::{Command, Direction, Event, Reply, State};

/// Clauses A1-2, B5-1: what is answered on the spot has ended, and whoever was asked is on record.
#[test]
fn an_answer_on_the_spot_ends_it() {
    let answer = Direction::Answered { answer: text("请到二楼税务窗口。") };
    let mut desk = Desk::asked("enquiry", None, answer.clone()).unwrap();
    assert_eq!((desk.it.state(), desk.it.version, desk.it.offered_to()), (State::Answered, 1, None));
    assert_eq!(desk.chain(), [by("enquiry", Taken::FirstContact)]);
    let subject = desk.it.subject::<100>().unwrap();
    assert_eq!(subject.as_str().chars().count(), 100, "as far as there is room");
    for command in [Command::Direct(online()), Command::Accept, decline(), conclude(), turn(party(1))] {
        assert_eq!(desk.refused(&of("enquiry"), command), "consultation_ended");
    }
    let mut open = Desk::asked("enquiry", None, online()).unwrap();
    assert_eq!(open.refused(&of("enquiry"), Command::Direct(answer)), "answered_only_at_once");
}

/// Clause B5-1: whoever was asked first answers for it until a clerk of the window accepts it, from that moment on they do.
#[test]
fn responsibility_passes_when_the_window_accepts() {
    let mut desk = Desk::asked("enquiry", None, to_window("policy")).unwrap();
    assert_eq!((desk.it.offered_to(), desk.it.answerer()), (Some(&at("policy")), Some(&staff("enquiry"))));
    assert_eq!(desk.refused(&of("project"), Command::Accept), "not_offered_to_you");
    assert_eq!(desk.refused(&of("enquiry"), Command::Accept), "not_offered_to_you");
    assert_eq!(desk.refused(&of("policy"), conclude()), "not_the_responsible_person");
    desk.does(&of("policy"), Command::Accept).unwrap();
    assert_eq!((&desk.it.held_at, desk.it.offered_to()), (&at("policy"), None));
    assert!(matches!(&desk.it.directions[0].reply, Some(Reply::Accepted { by, .. }) if *by == staff("policy")));
    assert_eq!(desk.refused(&of("policy"), Command::Accept), "nothing_offered", "once");
    assert_eq!(desk.refused(&of("enquiry"), conclude()), "not_the_responsible_person");
    assert_eq!(desk.refused(&of("enquiry"), Command::Direct(online())), "not_the_responsible_person");
    desk.does(&of("policy"), conclude()).unwrap();
    assert_eq!(desk.chain(), [by("enquiry", Taken::FirstContact), by("policy", Taken::Accepted)]);
    assert_eq!((desk.it.state(), desk.it.answerer()), (State::Concluded, None));
    assert_eq!(desk.it.asked.by, staff("enquiry"), "who was asked first stays on record");
}

/// Clause B5-1: what a window declines is again for whoever answered for it all along to direct anew.
#[test]
fn a_refusal_puts_it_back() {
    let mut desk = Desk::asked("enquiry", None, to_window("policy")).unwrap();
    assert_eq!(desk.refused(&of("project"), decline()), "not_offered_to_you");
    desk.does(&of("policy"), decline()).unwrap();
    assert_eq!((desk.it.offered_to(), desk.it.answerer()), (None, Some(&staff("enquiry"))));
    assert_eq!(desk.refused(&of("policy"), Command::Accept), "nothing_offered");
    assert_eq!(desk.refused(&of("enquiry"), Command::Direct(to_window("enquiry"))), "directed_to_own_window");
    desk.does(&of("enquiry"), Command::Direct(to_window("project"))).unwrap();
    desk.does(&of("enquiry"), Command::Direct(to_fallback())).unwrap();
    assert_eq!(desk.refused(&of("project"), Command::Accept), "not_offered_to_you", "it was offered, and no longer is");
    desk.does(&of("fallback"), Command::Accept).unwrap();
    assert_eq!(desk.chain(), [by("enquiry", Taken::FirstContact), by("fallback", Taken::Accepted)]);
    assert_eq!(desk.it.directions.len(), 3);
    assert!(matches!(desk.it.directions[0].reply, Some(Reply::Declined { .. })));
    assert_eq!(desk.it.declined_by().into_iter().map(ToString::to_string).collect::<Vec<_>>(), ["centre"]);
    assert_eq!(Desk::asked("enquiry", None, to_window("enquiry")).unwrap_err().code, "directed_to_own_window");
    assert_eq!(Desk::asked("enquiry", None, to_window("fallback")).unwrap_err().code, "fallback_without_reason");
}

/// Clause A1-2: sent to assistance or online it is with nobody else, and its clerk says what came of it.
#[test]
fn what_no_window_takes_over_stays_with_whoever_was_asked() {
    for direction in [online(), Direction::Assistance { note: Some(text("代为填表")) }] {
        let mut desk = Desk::asked("enquiry", Some(party(1)), direction).unwrap();
        assert_eq!(desk.it.offered_to(), None);
        assert_eq!(desk.refused(&of("fallback"), Command::Accept), "nothing_offered");
        assert_eq!(desk.refused(&of("fallback"), turn(party(1))), "not_the_responsible_person");
        desk.does(&of("enquiry"), conclude()).unwrap();
        assert_eq!(desk.chain(), [by("enquiry", Taken::FirstContact)]);
    }
}

/// Clause A1-2: nobody is sent about without end.
#[test]
fn nobody_is_sent_about_without_end() {
    let mut desk = Desk::asked("enquiry", None, online()).unwrap();
    for _ in 1..50 {
        desk.does(&of("enquiry"), Command::Direct(online())).unwrap();
    }
    assert_eq!(desk.refused(&of("enquiry"), Command::Direct(to_fallback())), "directed_too_often");
    desk.does(&of("enquiry"), turn(party(1))).unwrap();
}

/// Clauses A1-3, B5-1: one step to a registered impasse; at the fallback window, to which it was offered, that accepts it.
#[test]
fn the_fallback_window_registers_it_in_one_step() {
    let mut desk = Desk::asked("enquiry", Some(party(1)), to_fallback()).unwrap();
    assert_eq!(desk.refused(&of("policy"), turn(party(1))), "not_the_responsible_person");
    assert_eq!(desk.refused(&of("fallback"), turn(party(2))), "not_the_applicant");
    desk.does(&of("fallback"), turn(party(1))).unwrap();
    assert_eq!((desk.it.state(), desk.it.impasse()), (State::BecameImpasse, Some(impasse())));
    assert_eq!(desk.it.held_at, at("fallback"));
    assert!(matches!(desk.it.directions[0].reply, Some(Reply::Accepted { .. })));
    assert_eq!(desk.chain(), [by("enquiry", Taken::FirstContact), by("fallback", Taken::Accepted)]);
    assert_eq!(desk.refused(&of("fallback"), turn(party(1))), "already_an_impasse");
    assert_eq!(desk.refused(&of("enquiry"), conclude()), "already_an_impasse");
}

/// Clause A1-3: whoever answers for it registers it where they are, and it is then known whose it is.
#[test]
fn whoever_answers_registers_it_where_they_are() {
    let mut desk = Desk::asked("enquiry", None, to_window("policy")).unwrap();
    assert_eq!(
        desk.refused(&of("fallback"), turn(party(1))),
        "not_the_responsible_person",
        "offered to another window"
    );
    desk.does(&of("enquiry"), turn(party(1))).unwrap();
    assert_eq!((&desk.it.held_at, desk.it.applicant), (&at("enquiry"), Some(party(1))));
    assert_eq!(desk.chain(), [by("enquiry", Taken::FirstContact)]);
    assert_eq!((desk.it.offered_to(), desk.it.directions[0].reply.as_ref()), (None, None), "never answered");
}

/// Clause A1-3: what is asked at the fallback window and belongs there stays there, and nobody has to accept it.
#[test]
fn at_the_fallback_window_it_stays_there() {
    let mut desk = Desk::asked("fallback", None, to_fallback()).unwrap();
    assert_eq!(desk.it.offered_to(), None);
    assert_eq!(desk.refused(&clerk("colleague", &["fallback"]), turn(party(1))), "not_the_responsible_person");
    desk.does(&of("fallback"), turn(party(1))).unwrap();
    assert_eq!(desk.chain(), [by("fallback", Taken::FirstContact)]);
}

/// Clause B5-1: it goes back to the window in the moment in which the chain of whoever left ends, and the next one there who
/// does something about it takes it.
#[test]
fn what_rests_on_whoever_left_goes_back_to_the_window() {
    let mut desk = Desk::asked("enquiry", None, to_window("policy")).unwrap();
    assert!(!desk.leaves("enquiry", &["enquiry", "policy"]), "still posted there");
    assert!(!desk.leaves("policy", &[]), "it rests on somebody else");
    let moved = clerk("enquiry", &["project", "fallback"]);
    assert_eq!(desk.refused(&moved, turn(party(1))), "not_the_responsible_person", "before time has looked at it");
    assert!(desk.leaves("enquiry", &["project"]));
    assert!(!desk.leaves("enquiry", &["project"]), "once");
    let window = (Responsible::Window(at("enquiry")), Taken::Returned);
    assert_eq!((desk.chain().pop(), desk.it.answerer()), (Some(window.clone()), None));
    assert_eq!(desk.it.offered_to(), Some(&at("policy")), "what was offered still is");
    let next = clerk("next", &["enquiry"]);
    assert_eq!(desk.refused(&clerk("enquiry", &["project"]), conclude()), "not_the_responsible_person");
    desk.does(&next, Command::Direct(online())).unwrap();
    assert_eq!(desk.chain(), [by("enquiry", Taken::FirstContact), window, by("next", Taken::Taken)]);
    desk.does(&next, conclude()).unwrap();
    assert!(!desk.leaves("next", &[]), "nobody answers for it any more");
    let as_reviewer = kernel::Posting { role: Role::Reviewer, ..posting("enquiry") };
    let open = Desk::asked("enquiry", None, online()).unwrap();
    assert!(open.it.after_leaving(&staff("enquiry"), &[as_reviewer]).is_some(), "only clerks act at a window");
}

/// The record is read as it was written, and says nothing of who asked but an id.
#[test]
fn events_are_read_as_they_were_written() {
    let mut desk = Desk::asked("enquiry", Some(party(1)), to_fallback()).unwrap();
    desk.does(&of("fallback"), decline()).unwrap();
    desk.does(&of("enquiry"), Command::Direct(Direction::Assistance { note: None })).unwrap();
    desk.does(&of("enquiry"), turn(party(1))).unwrap();
    for recorded in &desk.record {
        let written = serde_json::to_string(&recorded.event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&written).unwrap(), recorded.event, "{written}");
    }
    let body = serde_json::to_string(&desk.it).unwrap();
    assert_eq!(serde_json::from_str::<reception::Consultation>(&body).unwrap(), desk.it);
}
