//! 催督 of a work order: who is told when, the ladder, urgings, and what the hotline wants raised.

use chrono::NaiveDate;
use escalation::{
    Source, Step,
    figures::Period,
    hotline::{Assignee, Command, Event, Measure, Message, Press, Response, Told},
};
use kernel::{Instant, id::ImpasseId};

use crate::desk::{Desk, back, escalate, reply, ruling, text, word};

fn justice() -> Assignee {
    Assignee::Department("justice".parse().unwrap())
}

fn window() -> Assignee {
    Assignee::Window("project".parse().unwrap())
}

fn assign(to: Assignee) -> Command {
    Command::Assign { to, note: None }
}

fn rule(step: Step, taken: bool) -> Command {
    Command::RuleOnSupervision { step, taken, reason: text("无正当理由逾期。") }
}

/// An order that the justice department has since the morning of its dispatch; due on 11 March.
fn given() -> Desk {
    Desk::dispatched(false).section(Command::Acknowledge).section(assign(justice()))
}

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn told(desk: &Desk) -> Vec<(Press, NaiveDate, Vec<Told>)> {
    desk.order.reminders.iter().map(|it| (it.press, it.due, it.to.clone())).collect()
}

/// Rule L16: whoever has it is told before it is due, and with whoever is over them by a notice the day after; each once
/// and in working hours.
#[test]
fn whoever_has_it_is_told() {
    let mut desk = given();
    desk.lives_until("2026-03-13T02:00:00Z");
    let both = vec![Told::Assignee(justice()), Told::Head("justice".parse().unwrap())];
    let due = day("2026-03-11");
    let expected = [(Press::Amber, due, vec![Told::Assignee(justice())]), (Press::Overdue, due, both)];
    assert_eq!((told(&desk), desk.passes()), (expected.to_vec(), 0));
    let [amber, overdue] = &desk.order.reminders[..] else { panic!("{:?}", desk.order.reminders) };
    assert!(amber.at.day() <= due && desk.practice.at_work(amber.at, &desk.calendar), "{amber:?}");
    assert_eq!((overdue.at, overdue.document.is_some()), (at("2026-03-12T00:30:00Z"), true));
    assert_eq!((amber.document.as_ref(), desk.order.ran_out), (None, true));
}

/// Rule L16: late rather than never; what is too late to be told before is told after.
#[test]
fn it_is_told_late_rather_than_never() {
    let mut desk = given().after(24 * 9 + 10);
    desk.passes();
    assert_eq!(told(&desk), [], "on a Friday evening nobody is at work");
    desk.lives_until("2026-03-16T02:00:00Z");
    let presses: Vec<_> = desk.order.reminders.iter().map(|it| (it.press, it.at)).collect();
    assert_eq!(presses, [(Press::Overdue, at("2026-03-16T00:30:00Z"))]);
}

/// Rules L15, L16: more time has its own reminders.
#[test]
fn an_extension_is_told_of_again() {
    let mut desk = given();
    desk.lives_until("2026-03-10T02:00:00Z");
    let approved = Message::ExtensionRuling { approved: true, reason: None };
    let mut desk = desk.section(Command::AskExtension { reason: text("等待配件。") }).hears(approved);
    desk.lives_until("2026-03-20T02:00:00Z");
    let presses: Vec<_> = desk.order.reminders.iter().map(|it| (it.press, it.due)).collect();
    let (first, second) = (day("2026-03-11"), day("2026-03-18"));
    assert_eq!(presses, [(Press::Amber, first), (Press::Amber, second), (Press::Overdue, second)]);
}

/// Rule L16: time proposes each step of the ladder of assignment orders once; they are ruled on from the bottom, and stand in
/// the figures of the period.
#[test]
fn what_is_overdue_climbs_the_ladder() {
    let mut desk = given();
    assert_eq!(desk.refuses(rule(Step::Criticism, true)), "no_supervision_pending");
    desk.lives_until("2026-03-19T02:00:00Z");
    desk.lives_until("2026-03-26T02:00:00Z");
    let steps: Vec<_> = desk.order.supervision.iter().map(|it| (it.step, it.proposed_at, it.against.clone())).collect();
    let (first, second) = (at("2026-03-18T00:30:00Z"), at("2026-03-25T00:30:00Z"));
    assert_eq!(steps, [(Step::Criticism, first, justice()), (Step::Listing, second, justice())]);
    assert_eq!(desk.refuses(rule(Step::Listing, true)), "earlier_step_pending");
    let desk = desk.section(rule(Step::Criticism, false)).section(rule(Step::Listing, true));
    let march = Period { from: day("2026-03-01"), to: day("2026-03-31") };
    let count = |measure: Measure, period| measure.of(&desk.order, period);
    assert_eq!((count(Measure::Criticisms, march), count(Measure::Listings, march)), (0, 1), "the waived one is none");
    let then = Period { from: day("2026-03-19"), to: day("2026-03-25") };
    assert_eq!((count(Measure::SupervisionPending, then), count(Measure::SupervisionPending, march)), (2, 0));
    assert_eq!((count(Measure::Reminders, march), count(Measure::UrgingNotices, march)), (1, 1));
    let mut late = desk.section(reply());
    late.lives_until("2026-05-20T02:00:00Z");
    assert_eq!(late.order.supervision.len(), 2, "answered, nobody climbs");
    assert_eq!(late.order.wakes_at(&late.calendar, &late.practice, late.now), None);
}

/// Rule L16: whoever is given it late is told so themselves, and begins at the bottom of the ladder.
#[test]
fn nobody_climbs_for_the_time_before() {
    let mut desk = given();
    desk.lives_until("2026-03-13T02:00:00Z");
    let mut desk = desk.section(assign(window()));
    desk.lives_until("2026-03-19T02:00:00Z");
    let last = desk.order.reminders.last().unwrap();
    assert_eq!((last.press, last.at), (Press::Overdue, at("2026-03-16T00:30:00Z")));
    assert_eq!(last.to, [Told::Assignee(window()), Told::Centre]);
    assert_eq!(desk.order.supervision, [], "five days since it was theirs are not over");
    desk.lives_until("2026-03-20T02:00:00Z");
    let steps: Vec<_> = desk.order.supervision.iter().map(|it| (it.step, it.against.clone())).collect();
    assert_eq!(steps, [(Step::Criticism, window())]);
}

/// Rule L16: an impasse presses by its own ladder, and its order is not pressed as well.
#[test]
fn nobody_is_pressed_twice() {
    let desk = given();
    let impasse = ImpasseId::fresh(desk.now);
    let mut driven = desk.section(Command::RegisterImpasse { impasse });
    driven.lives_until("2026-04-20T02:00:00Z");
    assert_eq!((driven.order.ran_out, told(&driven), driven.order.supervision.len()), (true, Vec::new(), 0));
}

/// Clause D2-2, rule L16: what nobody was given is the supervision section's, signed for or not, and after the section's own
/// answer did not satisfy; it is told before the order is due, and with the centre by a notice once it has run out.
#[test]
fn the_section_is_told_of_what_nobody_was_given() {
    let signed_for = || Desk::dispatched(false).section(Command::Acknowledge);
    let sent_back = signed_for().section(reply()).hears(word(false));
    for mut desk in [Desk::dispatched(false), signed_for(), sent_back] {
        desk.lives_until("2026-04-20T02:00:00Z");
        let (due, section) = (day("2026-03-11"), || Told::SupervisionSection);
        let expected = [(Press::Amber, due, vec![section()]), (Press::Overdue, due, vec![section(), Told::Centre])];
        assert_eq!((told(&desk), desk.passes()), (expected.to_vec(), 0));
        assert_eq!((desk.order.ran_out, desk.order.supervision.len()), (true, 0));
        assert!(desk.order.reminders[1].document.is_some());
    }
}

/// Rules L15, L16: whoever is given it is pressed instead, by the clock of the dispatch; given back, it is the section's
/// again, which is not told the same twice.
#[test]
fn what_comes_back_is_the_sections_again() {
    let mut desk = Desk::dispatched(false).section(Command::Acknowledge);
    desk.lives_until("2026-03-11T02:00:00Z");
    assert_eq!(told(&desk).len(), 1);
    let back = Command::ReturnAssignment { reason: text("非本部门职责。") };
    let mut desk = desk.section(assign(justice())).after(1).section(back);
    assert_eq!(desk.due(), "2026-03-11");
    desk.lives_until("2026-03-13T02:00:00Z");
    let presses: Vec<_> = told(&desk).into_iter().map(|(press, _, to)| (press, to)).collect();
    let section = Told::SupervisionSection;
    assert_eq!(presses, [(Press::Amber, vec![section.clone()]), (Press::Overdue, vec![section, Told::Centre])]);
    let mut given = desk.section(assign(window()));
    assert_eq!(given.due(), "2026-03-11", "assigned again, the clock is the same");
    given.lives_until("2026-03-17T02:00:00Z");
    assert_eq!(given.order.reminders.last().unwrap().to, [Told::Assignee(window()), Told::Centre]);
}

/// Rules L15, L16: while the hotline rules on a return nobody is told; ruled to be ours, what is late by then is told at once.
#[test]
fn what_is_returned_presses_nobody() {
    let mut waiting = Desk::dispatched(false).section(back());
    waiting.lives_until("2026-03-13T02:00:00Z");
    assert_eq!((told(&waiting), waiting.order.ran_out), (Vec::new(), true));
    let mut ours = waiting.hears(ruling(false));
    ours.lives_until("2026-03-16T02:00:00Z");
    let presses: Vec<_> = ours.order.reminders.iter().map(|it| (it.press, it.at)).collect();
    assert_eq!(presses, [(Press::Overdue, at("2026-03-13T02:00:00Z"))]);
}

/// Rule L15: each urging is kept with who had the order then, and answered by the first thing that is done after it.
#[test]
fn an_urging_is_answered_by_what_is_done() {
    let urge = || Message::Urge { reason: Some(text("群众再次来电。")) };
    let desk = given().hears(urge());
    assert_eq!((desk.order.urgings[0].to.as_ref(), &desk.order.urgings[0].response), (Some(&justice()), &None));
    let desk =
        desk.section(Command::AskExtension { reason: text("等待配件。") }).hears(urge()).after(2).section(reply());
    let done: Vec<_> = desk.order.urgings.iter().map(|it| it.response.as_ref().unwrap()).collect();
    assert_eq!((done[0].what, done[1].what, done[1].at), (Response::ExtensionAsked, Response::Answered, desk.now));
    let today = Period { from: desk.now.day(), to: desk.now.day() };
    let count = |measure: Measure| measure.of(&desk.order, today);
    assert_eq!((desk.order.urged, count(Measure::Urgings), count(Measure::UrgingsAnswered)), (2, 2, 2));
}

/// Rules L15, L16: an urging of what an impasse drives is not laid to whoever had the order before.
#[test]
fn an_urging_of_an_impasse_is_laid_to_nobody() {
    let desk = given();
    let impasse = ImpasseId::fresh(desk.now);
    let desk = desk.section(Command::RegisterImpasse { impasse }).hears(Message::Urge { reason: None });
    assert_eq!((desk.order.urged, &desk.order.urgings[0].to), (1, &None));
}

/// Clause G3, rule L16: what the hotline wants raised is told to whoever is over the assignee and to the reform office, at
/// once where they are at work and otherwise when they are again.
#[test]
fn what_is_to_be_raised_is_a_step() {
    let over = |head: Told| vec![head, Told::ReformOffice];
    let head = || Told::Head("justice".parse().unwrap());
    let desk = given().hears(escalate()).hears(escalate());
    assert_eq!(told(&desk), [(Press::Raised, day("2026-03-05"), over(head()))], "once an escalation");
    let mut night = given().after(12).hears(escalate());
    assert_eq!(told(&night), []);
    night.lives_until("2026-03-05T02:00:00Z");
    assert_eq!(night.order.reminders.last().map(|it| it.at), Some(at("2026-03-05T00:30:00Z")));
    assert_eq!(told(&night), [(Press::Raised, day("2026-03-05"), over(head()))]);
    let with_nobody = Desk::dispatched(false).hears(escalate());
    assert_eq!(told(&with_nobody)[0].2, over(Told::SupervisionSection));
}

/// What was recorded before still reads.
#[test]
fn older_records_read() {
    let given = r#"{"kind":"satisfaction_given","responded":true,"solved":true,"satisfied":true}"#;
    let Event::SatisfactionGiven { satisfaction } = serde_json::from_str(given).unwrap() else { panic!("{given}") };
    assert_eq!(satisfaction.spoken, None);
    let call: Source = serde_json::from_str(r#"{"kind":"hotline_call"}"#).unwrap();
    assert_eq!((call.speaker(), call.verified()), (None, None));
    let mut old = serde_json::to_value(Desk::dispatched(false).hears(escalate()).order).unwrap();
    for field in ["urgings", "reminders", "supervision"] {
        old.as_object_mut().unwrap().remove(field);
    }
    old["escalations"][0].as_object_mut().unwrap().remove("told");
    let read: escalation::hotline::WorkOrder = serde_json::from_value(old).unwrap();
    assert!(read.reminders.is_empty() && !read.escalations[0].told);
}

/// What is put on the record reads again as it was.
#[test]
fn what_presses_reads_again() {
    let mut desk = given();
    desk.lives_until("2026-03-19T02:00:00Z");
    let desk = desk.section(rule(Step::Criticism, true));
    for recorded in &desk.events {
        let written = serde_json::to_string(&recorded.event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&written).unwrap(), recorded.event, "{written}");
    }
    let internal = desk.events.iter().filter(|it| Event::INTERNAL.contains(&<&str>::from(&it.event))).count();
    assert_eq!(internal, 4, "two reminders, a proposal and its ruling");
}
