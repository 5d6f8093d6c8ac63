//! 督办: the ladder for what is overdue, each step proposed by time and ruled on by people.

use escalation::{Addressee, Event, Level, Outcome, Step, Whose};
use kernel::{Instant, ledger::LimitKind};
use strum::VariantArray;

use crate::hall::{
    Desk, Person, acts, at,
    scene::{acknowledged, graded, returned},
};

/// When each step was proposed.
fn steps(happened: Vec<(Instant, Event)>) -> Vec<(Instant, Step)> {
    let step = |(at, event)| match event {
        Event::SupervisionProposed { step, .. } => Some((at, step)),
        _ => None,
    };
    happened.into_iter().filter_map(step).collect()
}

fn overdue() -> Desk {
    let mut desk = acknowledged();
    desk.wait_until(at("2026-03-17T12:00:00"));
    desk
}

/// Clause D10-1, rules L16 and L17: written criticism five working days after the due date, then listing, naming and
/// accountability five after each other, over 清明 too, once each, and then nothing more.
#[test]
fn the_ladder_is_climbed_step_by_step() {
    let mut desk = acknowledged();
    let climbed = steps(desk.wait_until(at("2026-06-30T12:00:00")));
    assert_eq!(
        climbed,
        [
            (at("2026-03-16T08:30:00"), Step::Criticism),
            (at("2026-03-23T08:30:00"), Step::Listing),
            (at("2026-03-30T08:30:00"), Step::Naming),
            (at("2026-04-07T08:30:00"), Step::Accountability),
        ]
    );
    assert_eq!(desk.wakes_at(), None);
}

/// Clause D10-1: a step is recorded when it is taken, or waived with its reason; never before it was proposed, never twice,
/// and none is passed over.
#[test]
fn people_take_or_waive_what_time_proposes() {
    assert_eq!(
        acknowledged().refused(Person::Reform, acts::supervise(1, Step::Criticism, true)),
        "no_supervision_pending"
    );
    let mut desk = overdue();
    for other in [Person::Manager, Person::Clerk, Person::LandHead] {
        assert_eq!(desk.refused(other, acts::supervise(1, Step::Criticism, true)), "role_not_allowed");
    }
    assert_eq!(desk.refused(Person::Reform, acts::supervise(2, Step::Criticism, true)), "no_such_order");
    desk.wait_until(at("2026-03-24T12:00:00"));
    assert_eq!(desk.refused(Person::Reform, acts::supervise(1, Step::Listing, true)), "earlier_step_pending");
    let desk = desk.after(Person::Reform, acts::supervise(1, Step::Criticism, false));
    assert_eq!(desk.refused(Person::Reform, acts::supervise(1, Step::Criticism, true)), "earlier_step_pending");
    let desk = desk.after(Person::Supervisor, acts::supervise(1, Step::Listing, true));
    assert_eq!(desk.refused(Person::Reform, acts::supervise(1, Step::Naming, true)), "no_supervision_pending");
    let ruled: Vec<_> =
        desk.order(1).supervision.iter().map(|it| (it.step, it.ruling.as_ref().unwrap().granted)).collect();
    assert_eq!(ruled, [(Step::Criticism, false), (Step::Listing, true)]);
}

/// An order that is done climbs no further; what was proposed while it was late can still be ruled on.
#[test]
fn what_is_done_climbs_no_further() {
    let mut desk = overdue().after(Person::LandReviewer, acts::complete(1)).after(Person::LandHead, acts::sign(1));
    desk.wait_until(at("2026-06-30T12:00:00"));
    assert_eq!(desk.order(1).supervision.len(), 1);
    let desk = desk.after(Person::Reform, acts::supervise(1, Step::Criticism, true));
    assert!(desk.order(1).supervision[0].ruling.as_ref().unwrap().granted);
}

/// Clause D10-1: a window that neither settles a general problem nor passes it on climbs the ladder too; once a department
/// has it, the department does, and a new round begins with nothing against the window.
#[test]
fn a_window_climbs_for_what_it_leaves_lying() {
    let mut desk = graded(Level::General);
    let due = desk.impasse.limits.handling.as_ref().unwrap().due(desk.calendar(), desk.now.day()).date;
    let climbed = steps(desk.wait_until(at("2026-06-30T12:00:00")));
    let late = climbed.iter().map(|(at, _)| desk.calendar().working_days_between(due, at.day()));
    assert_eq!(late.collect::<Vec<_>>(), [5, 10, 15, 20]);
    assert_eq!(climbed.iter().map(|(_, step)| *step).collect::<Vec<_>>(), Step::VARIANTS);
    let desk = desk.after(Person::Reform, acts::supervise(None, Step::Criticism, true));
    assert_eq!(desk.refused(Person::Reform, acts::supervise(None, Step::Naming, true)), "earlier_step_pending");

    let mut again =
        desk.after(Person::Clerk, acts::answer(Outcome::Solved)).after(Person::Applicant, acts::word(false));
    let anew = steps(again.wait_until(at("2026-12-31T12:00:00")));
    assert_eq!(anew.iter().map(|(_, step)| *step).collect::<Vec<_>>(), Step::VARIANTS);
    assert_eq!(again.impasse.supervision.len(), 8);

    assert_eq!(steps(returned().wait_until(at("2026-06-30T12:00:00"))).len(), 4);
    assert_eq!(steps(acknowledged().wait_until(at("2026-06-30T12:00:00"))).len(), 4, "the department's alone");
}

/// Rules L16, L17: time presses whoever has the next step: the reform office until the meeting is held and the submission
/// made, the government, which is reminded, and the centre again once that is done. Nobody climbs for the time before
/// their turn, and the reform office does not rule on its own.
#[test]
fn time_presses_whoever_has_the_next_step() {
    let whose = |happened: Vec<(Instant, Event)>| -> Vec<Whose> {
        let against = |(_, event)| match event {
            Event::SupervisionProposed { turn, .. } => turn.map(|turn| turn.whose),
            _ => None,
        };
        happened.into_iter().filter_map(against).collect()
    };
    let mut difficult = graded(Level::Difficult);
    assert_eq!(whose(difficult.wait_until(at("2026-06-30T12:00:00"))), [Whose::ReformOffice; 4]);
    assert_eq!(difficult.refused(Person::Reform, acts::supervise(None, Step::Criticism, false)), "own_work");
    let mut difficult = difficult.after(Person::Supervisor, acts::supervise(None, Step::Criticism, true));
    difficult = difficult.after(Person::Reform, acts::discuss(1));
    let began = difficult.now.day();
    let pressed = difficult.wait_until(at("2026-12-31T12:00:00"));
    let reminded = pressed.iter().find(|(_, event)| matches!(event, Event::Reminded(_))).unwrap();
    assert_eq!(difficult.calendar().working_days_between(began, reminded.0.day()), 1, "late, and told at once");
    let first = steps(pressed.clone())[0].0.day();
    assert_eq!(difficult.calendar().working_days_between(began, first), 5, "the days before were not its own");
    assert_eq!(whose(pressed), [Whose::Responsible; 4]);

    let mut exceptional = graded(Level::Exceptional);
    assert_eq!(whose(exceptional.wait_until(at("2026-05-08T12:00:00"))), [Whose::ReformOffice; 3]);
    let mut submitted = exceptional.after(Person::Reform, acts::submit(5));
    let told = submitted.wait_until(at("2026-12-31T12:00:00"));
    let to_government =
        |(_, event): &(Instant, Event)| matches!(event, Event::Reminded(it) if it.to == Addressee::Government);
    assert!(told.iter().any(to_government) && steps(told).is_empty(), "it is reminded");
}

/// Rules L16, L17: once a department has done its part and both have signed, it is the centre's turn, and time goes on.
#[test]
fn what_a_department_has_done_is_the_centres_to_answer() {
    let mut desk = overdue();
    assert!(desk.impasse.turn.is_some_and(|turn| turn.whose == Whose::Departments));
    desk = desk.after(Person::LandReviewer, acts::complete(1)).after(Person::LandHead, acts::sign(1));
    let signed_on = desk.now.day();
    let happened = desk.wait_until(at("2026-06-30T12:00:00"));
    let reminded = |(_, event): &(Instant, Event)| matches!(event, Event::Reminded(it) if matches!(it.to, Addressee::Responsible(_)) && it.limit == LimitKind::Handling);
    assert!(happened.iter().any(reminded), "told that it is theirs again");
    let climbed = steps(happened);
    let late = climbed.iter().map(|(at, _)| desk.calendar().working_days_between(signed_on, at.day()));
    assert_eq!(late.collect::<Vec<_>>(), [5, 10, 15, 20]);
}

/// An extension that is granted late begins the ladder anew, from the new date.
#[test]
fn an_extension_begins_the_ladder_anew() {
    let asked = acknowledged().on("2026-03-06T10:00:00").after(Person::LandReviewer, acts::ask_days(1, 3));
    let mut desk = asked;
    desk.wait_until(at("2026-03-17T12:00:00"));
    let mut desk = desk.after(Person::Manager, acts::rule_on_days(1, true));
    let climbed = steps(desk.wait_until(at("2026-03-31T12:00:00")));
    assert_eq!(climbed, [(at("2026-03-19T08:30:00"), Step::Criticism), (at("2026-03-26T08:30:00"), Step::Listing)]);
}
