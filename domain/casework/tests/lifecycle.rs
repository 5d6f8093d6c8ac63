//! Random sequences of commands by random people against a model that knows nothing of the house's code: what goes
//! through, what is refused, and what holds after every step (clauses B1-1, B1-2, B2-5, B2-6, B3-2, B5-1, B5-2).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod hall;
mod model;

use std::collections::HashSet;

use approval::Outcome;
use casework::{Case, Event, Recorded, Stage};
use catalog::DeliveryMethod;
use chrono::Months;
use hall::{Desk, FOR_SIX_MONTHS, ON_THE_SPOT, PROMISED_TIME, Person, WITHOUT_COURIER, item, morning};
use kernel::{
    access::may_on,
    ledger::{self, Ledger},
};
use model::{Ask, Model, ask, forward};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use strum::VariantArray;

/// One turn: time passes, then somebody asks for something.
#[derive(Clone, Debug)]
enum Turn {
    /// Whatever brings the case on, so that sequences get to its end.
    Forward(u8),
    /// Anything by anybody.
    Wild(Person, Ask),
}

fn turns() -> impl Strategy<Value = Vec<(i64, Turn)>> {
    let person = proptest::sample::select(Person::ALL.to_vec());
    let turn = prop_oneof![
        3 => any::<u8>().prop_map(Turn::Forward),
        2 => (person, ask()).prop_map(|(person, ask)| Turn::Wild(person, ask)),
    ];
    proptest::collection::vec((0..4000_i64, turn), 1..45)
}

#[derive(Clone, Debug)]
struct Beginning {
    item: &'static str,
    by: Person,
    delivery: DeliveryMethod,
}

fn beginning() -> impl Strategy<Value = Beginning> {
    let by = proptest::sample::select(vec![Person::Clerk, Person::Applicant, Person::Adapter]);
    let code = proptest::sample::select(vec![ON_THE_SPOT, FOR_SIX_MONTHS, PROMISED_TIME, WITHOUT_COURIER]);
    (code, by).prop_flat_map(|(code, by)| {
        let delivery = proptest::sample::select(item(code).delivery.clone());
        delivery.prop_map(move |delivery| Beginning { item: code, by, delivery })
    })
}

fn live(beginning: &Beginning, turns: &[(i64, Turn)], seen: &mut HashSet<Stage>) {
    let mut desk = Desk::open(item(beginning.item), beginning.by, beginning.delivery);
    let mut model = Model::new(desk.item, beginning.by, beginning.delivery);
    for (minutes, turn) in turns {
        desk.now = desk.now.plus(chrono::Duration::minutes(*minutes));
        let (person, ask) = match turn {
            Turn::Forward(choice) => match forward(&model, *choice) {
                Some(step) => step,
                None => continue,
            },
            Turn::Wild(person, ask) => (*person, ask.clone()),
        };
        step(&mut desk, &mut model, person, &ask);
        seen.insert(desk.case.stage);
    }
}

fn step(desk: &mut Desk, model: &mut Model, person: Person, ask: &Ask) {
    let what = format!("{ask:?} by {person:?} in {model:?}");
    let before = desk.clone();
    let actor = person.at(desk.item);
    let command = ask.command(desk.item, desk.now);
    let outcome = match may_on(&actor, command.action(), &desk.case.whereabouts()) {
        Err(denial) => Err(denial.code()),
        Ok(()) => desk.tell(&actor, command).map_err(|refusal| refusal.code),
    };
    assert_eq!(outcome.is_ok(), model.take(person, ask, desk.now), "{what}: {outcome:?}");
    assert_eq!(desk.case.stage, model.stage, "{what}");
    match outcome {
        Ok(events) => changed(desk, &events, &what),
        Err(code) => unchanged(&before, desk, code, &what),
    }
}

/// A refusal leaves nothing behind, not even a number, and a case that has ended refuses everything for that reason.
fn unchanged(before: &Desk, after: &Desk, code: &str, what: &str) {
    assert_eq!(after.numbers.issued, before.numbers.issued, "{what}: refused with {code}, yet a number is gone");
    assert_eq!(after.case, before.case, "{what}");
    if before.case.stage.is_final() {
        assert!(["wrong_stage", "role_not_allowed", "not_found"].contains(&code), "{what}: {code}");
    }
}

fn changed(desk: &Desk, events: &[Event], what: &str) {
    let case = &desk.case;
    assert_eq!(Case::fold(&desk.record).as_ref(), Some(case), "{what}: the record adds up to something else");
    assert_eq!(case.version, desk.record.len() as u64, "{what}");
    assert_eq!(case.ended_at.is_some(), case.stage.is_final(), "{what}");
    assert_eq!(case.window, desk.item.window, "{what}");
    numbers_are_used_once(desk, what);
    clocks_follow_the_stage(desk, what);
    what_is_granted_is_valid_as_the_item_says(desk, what);
    first_contact_is_the_first_at_a_window_or_desk(&desk.record, case, what);
    assert_eq!(&serde_json::from_str::<Case>(&serde_json::to_string(case).unwrap()).unwrap(), case, "{what}");
    for event in events {
        assert_eq!(&serde_json::from_str::<Event>(&serde_json::to_string(event).unwrap()).unwrap(), event, "{what}");
    }
}

/// Every number handed out stands on exactly one paper. Of a refusal the decision itself is issued, under its number.
fn numbers_are_used_once(desk: &Desk, what: &str) {
    let refused = desk.case.outcome() == Some(Outcome::Refuse);
    let decision = desk.case.approval.decision.as_ref().map(|decision| &decision.document);
    let (issued, others): (Vec<_>, Vec<_>) =
        desk.record.iter().map(|recorded| &recorded.event).partition(|event| matches!(event, Event::Issued(_)));
    let issued: Vec<_> = issued.into_iter().filter_map(Event::document).collect();
    assert!(issued.len() <= 1, "{what}");
    let mut on_paper: Vec<_> = others.into_iter().filter_map(Event::document).collect();
    if refused {
        assert!(issued.iter().all(|number| Some(*number) == decision), "{what}: a refusal under a second number");
    } else {
        on_paper.extend(issued);
    }
    assert_eq!(on_paper, desk.numbers.issued.iter().collect::<Vec<_>>(), "{what}");
}

/// 有效期: not before the day of the decision, never without an end where the item sets one, and never beyond it. What
/// was refused is valid for nothing and ends never.
fn what_is_granted_is_valid_as_the_item_says(desk: &Desk, what: &str) {
    let Some(result) = &desk.case.issuance.result else { return };
    let decided = desk.case.clocks.delivery.as_ref().map(|ledger| ledger.start);
    assert!(Some(result.valid_from) >= decided, "{what}");
    assert!(result.valid_until.is_none_or(|until| until >= result.valid_from), "{what}");
    match (desk.case.outcome(), desk.item.result_validity_months) {
        (Some(Outcome::Grant), Some(months)) => {
            let too_late = result.valid_from + Months::new(u32::from(months.get()));
            assert!(result.valid_until.is_some_and(|until| until < too_late), "{what}");
        }
        (Some(Outcome::Refuse), _) => {
            assert_eq!((Some(result.valid_from), result.valid_until), (decided, None), "{what}");
        }
        _ => {}
    }
}

/// Rules L4, L12: limits of the decision run from acceptance and stop together at the decision, where delivery begins;
/// the one that ends first binds, and once nothing is due nothing runs.
fn clocks_follow_the_stage(desk: &Desk, what: &str) {
    let (case, clocks, today) = (&desk.case, &desk.case.clocks, desk.now.day());
    let day_of = |kind: &str| {
        desk.record.iter().find(|recorded| recorded.event.kind() == kind).map(|recorded| recorded.at.day())
    };
    let runs = |ledger: &Option<Ledger>| ledger.as_ref().is_some_and(|ledger| ledger.stopped.is_none());
    let ended = case.ended_at.map(|at| at.day());
    let (accepted, decided) = (day_of("accepted"), day_of("decided"));
    // A courier's delivery is the day the carrier saw it, which may be before the day we heard of it.
    let delivered = desk.record.iter().find_map(|recorded| match &recorded.event {
        Event::Delivered { at, .. } => Some(at.day()),
        _ => None,
    });

    for ledger in [&clocks.statutory, &clocks.promised] {
        assert_eq!(ledger.as_ref().map(|ledger| ledger.start), accepted, "{what}");
        assert_eq!(ledger.as_ref().and_then(|ledger| ledger.stopped), accepted.and(decided.or(ended)), "{what}");
    }
    assert_eq!(clocks.delivery.as_ref().map(|ledger| ledger.start), decided, "{what}");
    assert_eq!(clocks.delivery.as_ref().and_then(|ledger| ledger.stopped), delivered, "{what}");
    assert!(!(runs(&clocks.promised) && runs(&clocks.delivery)), "{what}: two limits bind");

    let awaited = matches!(case.stage, Stage::InReview | Stage::Decided | Stage::Issued | Stage::InTransit);
    let running = clocks.all().filter(|ledger| ledger.stopped.is_none());
    let first_to_end = ledger::binding(running, desk.calendar(), today);
    let due = |ledger: &Ledger| ledger.due(desk.calendar(), today);
    let binding = clocks.binding(desk.calendar(), today);
    assert_eq!(binding.is_some(), awaited, "{what}");
    assert_eq!(binding.map(due), first_to_end.map(due), "{what}");
}

/// Clause B5-1: the first member of staff who signed anything, for good.
fn first_contact_is_the_first_at_a_window_or_desk(record: &[Recorded], case: &Case, what: &str) {
    let first = record.iter().find(|recorded| !["applicant", "adapter"].contains(&recorded.by.role.into()));
    assert_eq!(case.first_contact.as_ref().map(|code| code.as_str()), first.map(|it| it.by.code.as_str()), "{what}");
}

/// Clauses B1-1, B1-2, B2-5, B2-6, B3-2, B5-1, B5-2
#[test]
fn every_life_of_a_case_is_one_the_rules_know() {
    let mut seen = HashSet::new();
    let mut runner = TestRunner::new(Config { cases: 500, failure_persistence: None, ..Config::default() });
    let result = runner.run(&(beginning(), turns()), |(beginning, turns)| {
        let mut stages = HashSet::new();
        live(&beginning, &turns, &mut stages);
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));

    // The same with fixed dice, to be sure that the lives above get everywhere.
    let mut fixed = TestRunner::deterministic();
    let strategy = (beginning(), turns());
    for _ in 0..100 {
        let (beginning, turns) = strategy.new_tree(&mut fixed).unwrap().current();
        live(&beginning, &turns, &mut seen);
    }
    let missed: Vec<_> = Stage::VARIANTS.iter().filter(|stage| !seen.contains(stage)).collect();
    assert!(missed.is_empty(), "never reached: {missed:?}");
}

/// A record that does not begin with a receipt is no case.
#[test]
fn a_record_begins_with_a_receipt() {
    let desk = Desk::open(item(PROMISED_TIME), Person::Clerk, DeliveryMethod::Courier);
    let stray = Recorded { version: 1, at: morning(), by: desk.record[0].by.clone(), event: Event::Closed };
    assert_eq!(Case::fold(&[]), None);
    assert_eq!(Case::fold(&[stray]), None);
}
