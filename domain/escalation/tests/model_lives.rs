//! Random lives of an impasse: commands by random people over moving days, against a model that knows nothing of the
//! house's code; what goes through, what is refused, and what holds after every step (clauses D3 to D8, D13, rule L15).
//! More lives than usual with `LAW_SEQUENCES=100000`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod hall;
mod model;

use std::collections::HashSet;

use escalation::{Cause, Event, Recorded, State};
use hall::{Desk, Person, morning};
use kernel::{Fact, Role, responsibility::Responsible};
use model::{
    Model, editions, invariants,
    turns::{Passing, Turn, beginning, brought, turns},
};
use proptest::{
    strategy::{Strategy as _, ValueTree},
    test_runner::{Config, TestRunner},
};
use strum::{VariantArray, VariantNames};

/// What the lives came across.
#[derive(Debug, Default)]
struct Seen {
    states: HashSet<State>,
    events: HashSet<&'static str>,
    /// What it takes the hotline, or a meeting, for.
    organs: HashSet<&'static str>,
    taken: usize,
    refused: usize,
}

fn live(by: Person, turns: &[(Passing, Turn)], seen: &mut Seen) {
    let mut desk = Desk::register(brought(by), by, morning()).unwrap();
    let mut model = Model::new(by, desk.now.day());
    seen.events.insert("impasse_registered");
    for (at, (passing, turn)) in turns.iter().enumerate() {
        let until = desk.now.plus(chrono::Duration::minutes(passing.minutes));
        let known = desk.record.len();
        if passing.watched {
            desk.wait_until(until);
        } else {
            desk.now = until;
            desk.fall_due();
        }
        model.hears(&desk.record[known..]);
        model.time_passes(desk.now.day(), desk.calendar());
        let what = format!("turn {at}, {turn:?}, {:?} of {:?}", desk.now, desk.impasse.state);
        assert!(desk.wakes_at().is_none_or(|wakes| wakes > desk.now), "{what}: left undone");
        agree(&model, &desk, &format!("{what}, before"));
        if let Turn::Edition(nth) = turn {
            invariants::hold(&desk, known, &what);
            editions::publish(&mut desk, *nth, &what);
            agree(&model, &desk, &what);
        }
        let Some((person, ask)) = turn.asked(&model) else { continue };
        let what = format!("{what}: {ask:?} by {person:?}");
        let expected = model.take(person, &ask, desk.now.day(), desk.calendar());
        let untouched = desk.clone();
        let told = desk.tell(person, ask.command());
        assert_eq!(told.is_ok(), expected, "{what}: {:?}", told.err());
        match &told {
            Ok(events) => {
                seen.taken += 1;
                seen.events.extend(events.iter().map(Fact::kind));
            }
            Err(_) => {
                seen.refused += 1;
                assert_eq!(desk.impasse, untouched.impasse, "{what}: refused, and yet it moved");
                assert_eq!(desk.numbers.issued, untouched.numbers.issued, "{what}: refused, and yet it took a number");
            }
        }
        agree(&model, &desk, &what);
        invariants::hold(&desk, known, &what);
        seen.states.insert(desk.impasse.state);
    }
    seen.events.extend(desk.record.iter().map(|recorded| Fact::kind(&recorded.event)));
    seen.organs.extend(desk.record.iter().filter_map(of_an_organ));
}

fn of_an_organ(recorded: &Recorded) -> Option<&'static str> {
    match (&recorded.event, recorded.by.role) {
        (Event::ClosedOut, Role::Hotline) => Some("closed out by the hotline"),
        (Event::FollowedUp(_), Role::Hotline) => Some("reopened by the hotline"),
        (Event::RoundBegun { cause: Cause::Redo, .. }, _) => Some("redone"),
        (Event::OrderReturnRuled { binds: true, .. }, Role::ReformOfficer) => Some("bound by a meeting"),
        _ => None,
    }
}

fn agree(model: &Model, desk: &Desk, what: &str) {
    let impasse = &desk.impasse;
    assert_eq!(impasse.state, model.state, "{what}");
    assert_eq!(impasse.level, model.level, "{what}");
    assert_eq!(impasse.rounds.len(), model.rounds(), "{what}");
    let offered = impasse.hand_over.as_ref().map(|offer| offer.to.to_string());
    assert_eq!(offered.as_deref(), model.offered.map(|(to, _)| to.code()), "{what}");
    if impasse.state != State::ClosedOut {
        let holder = match impasse.responsibility.now() {
            Some(Responsible::Staff(staff)) => Some(staff.to_string()),
            _ => None,
        };
        assert_eq!(holder.as_deref(), model.holder.map(Person::code), "{what}");
    }
}

/// Clauses D3-1, D4-1 to D4-4, D5-1, D5-2, D6-1, D7-1, D8-1, D13-1, rule L15
#[test]
fn every_life_of_an_impasse_is_one_the_notice_knows() {
    let more = std::env::var("LAW_SEQUENCES").ok().and_then(|cases| cases.parse().ok());
    let config = Config { cases: more.unwrap_or(600), failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&(beginning(), turns()), |(by, turns)| {
        live(by, &turns, &mut Seen::default());
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
}

/// The same with fixed dice, to be sure that the lives above get everywhere.
#[test]
fn the_lives_get_everywhere() {
    let mut seen = Seen::default();
    let mut fixed = TestRunner::deterministic();
    let strategy = (beginning(), turns());
    for _ in 0..450 {
        let (by, turns) = strategy.new_tree(&mut fixed).unwrap().current();
        live(by, &turns, &mut seen);
    }
    let missed: Vec<_> = State::VARIANTS.iter().filter(|state| !seen.states.contains(state)).collect();
    assert!(missed.is_empty(), "never reached: {missed:?}");
    // What is said for an enterprise comes with its work order, and nobody's posting ends here.
    let elsewhere = ["speaker_awaited", "returned_to_unit", "order_returned_to_unit"];
    let missed = Event::VARIANTS.iter().filter(|kind| !seen.events.contains(*kind) && !elsewhere.contains(kind));
    assert_eq!(missed.collect::<Vec<_>>(), [&""; 0], "never happened");
    assert_eq!(seen.organs.len(), 4, "{:?}", seen.organs);
    assert!(seen.taken > 3000 && seen.refused > 3000, "{} taken, {} refused", seen.taken, seen.refused);
}
