//! Random sequences of commands by random people, the clock moving on between them, against a model that knows nothing of
//! the house's code: what goes through, what is refused, and what holds after every step (rules L2 to L13, clauses B1 to
//! B5). More sequences than usual with `LAW_SEQUENCES=100000`.

use std::collections::HashSet;

use casework::{Case, Event, Recorded, Stage};
use catalog::{DeliveryMethod, ItemVersion, Silence};
use kernel::{
    DocumentNumber, Fact, Instant,
    access::{may_on, roles_for},
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use strum::{VariantArray, VariantNames};

use crate::hall::{
    Desk, FOR_SIX_MONTHS, ON_THE_SPOT, PROMISED_TIME, Person, WITHOUT_COURIER, item, joint, lenient, morning,
    tested_on_the_site,
};
use crate::model::{Ask, Model, ask, editions, forward, invariants};

/// One turn: time passes, then somebody asks for something.
#[derive(Clone, Debug)]
enum Turn {
    /// Whatever brings the case on, so that sequences get to its end.
    Forward(u8),
    /// Anything by one of those whose role it is for.
    Fitting(u8, Ask),
    /// Anything by anybody.
    Wild(Person, Ask),
    /// Another edition of the calendar comes into force.
    Edition(u8),
}

/// How time passes: how long, and whether anybody looks at the case meanwhile.
#[derive(Clone, Copy, Debug)]
struct Passing {
    minutes: i64,
    watched: bool,
}

fn turns() -> impl Strategy<Value = Vec<(Passing, Turn)>> {
    let person = proptest::sample::select(Person::ALL.to_vec());
    let turn = prop_oneof![
        24 => any::<u8>().prop_map(Turn::Forward),
        12 => (any::<u8>(), ask()).prop_map(|(who, ask)| Turn::Fitting(who, ask)),
        3 => (person, ask()).prop_map(|(person, ask)| Turn::Wild(person, ask)),
        1 => any::<u8>().prop_map(Turn::Edition),
    ];
    let minutes = prop_oneof![6 => 0..600_i64, 3 => 600..4000_i64, 1 => 4000..40_000_i64];
    let passing = (minutes, any::<bool>()).prop_map(|(minutes, watched)| Passing { minutes, watched });
    proptest::collection::vec((passing, turn), 1..60)
}

#[derive(Clone, Debug)]
struct Beginning {
    item: &'static ItemVersion,
    by: Person,
    delivery: DeliveryMethod,
}

fn beginning() -> impl Strategy<Value = Beginning> {
    let by = proptest::sample::select(vec![Person::Clerk, Person::Applicant, Person::Adapter]);
    let given = [ON_THE_SPOT, FOR_SIX_MONTHS, PROMISED_TIME, WITHOUT_COURIER].map(item);
    let lenient = [lenient(), lenient(), joint(Silence::Consent), joint(Silence::Open), tested_on_the_site()];
    let items = proptest::sample::select([&given[..], &lenient[..]].concat());
    (items, by).prop_flat_map(|(item, by)| {
        let delivery = proptest::sample::select(item.delivery.clone());
        delivery.prop_map(move |delivery| Beginning { item, by, delivery })
    })
}

/// What a set of lives has come across.
#[derive(Default)]
struct Seen {
    stages: HashSet<Stage>,
    events: HashSet<&'static str>,
}

fn live(beginning: &Beginning, turns: &[(Passing, Turn)], seen: &mut Seen) {
    let mut desk = Desk::open(beginning.item, beginning.by, beginning.delivery);
    let mut model = Model::new(desk.item, beginning.by, beginning.delivery, desk.now, desk.calendar());
    for (passing, turn) in turns {
        pass(&mut desk, &mut model, *passing);
        seen.stages.insert(desk.case.stage);
        let (person, ask) = match turn {
            Turn::Forward(choice) => match forward(&model, *choice) {
                Some(step) => step,
                None => continue,
            },
            Turn::Fitting(who, ask) => (fitting(&desk, *who, ask), ask.clone()),
            Turn::Wild(person, ask) => (*person, ask.clone()),
            Turn::Edition(nth) => {
                publish(&mut desk, *nth);
                continue;
            }
        };
        step(&mut desk, &mut model, person, &ask);
        seen.stages.insert(desk.case.stage);
    }
    invariants::adds_up(&desk, &format!("{turns:?}"));
    seen.events.extend(desk.record.iter().map(|recorded| recorded.event.kind()));
}

/// Rule L1: what it moves falls due, or does no more, when the clock is next looked at.
fn publish(desk: &mut Desk, nth: u8) {
    let (was, what) = (desk.case.clone(), format!("edition {nth} at {}", desk.now));
    let events = editions::publish(desk, nth, &what);
    invariants::hold(&was, desk, &events, &what);
}

fn fitting(desk: &Desk, who: u8, ask: &Ask) -> Person {
    let action = ask.command(desk.item, &desk.case, desk.now).action();
    let may = |person: &Person| roles_for(action).contains(&person.at(desk.item).role());
    let people: Vec<_> = Person::ALL.into_iter().filter(may).collect();
    people[usize::from(who) % people.len()]
}

/// Whatever falls due happens: when it does, where somebody watches, or all at once afterwards. Then it is done, and
/// anything further lies ahead.
fn pass(desk: &mut Desk, model: &mut Model, passing: Passing) {
    let end = desk.now.plus(chrono::Duration::minutes(passing.minutes));
    let start = desk.now;
    let mut wakes = if passing.watched { desk.wakes_at() } else { None };
    while let Some(at) = wakes.filter(|wakes| *wakes < end) {
        wakes = fall_due(desk, model, at.max(start));
    }
    fall_due(desk, model, end);
}

/// Gives when something further falls due.
fn fall_due(desk: &mut Desk, model: &mut Model, at: Instant) -> Option<Instant> {
    desk.now = at;
    let was = desk.case.clone();
    let events = desk.fall_due();
    model.time_passes(at, desk.calendar());
    let (what, wakes) = (format!("{events:?} at {at}"), desk.wakes_at());
    if !events.is_empty() {
        invariants::hold(&was, desk, &events, &what);
    }
    assert!(wakes.is_none_or(|next| next > at), "{what}: no progress");
    assert_eq!(desk.case.stage, model.stage, "{what} in {model:?}");
    model.agrees_at_the_window(&desk.case, &what);
    model.agrees_on_figures(&desk.case, desk.now, desk.calendar(), &what);
    wakes
}

/// What a command's own words are refused for, whatever the state of the case announces.
const ABOUT_DETAILS: &[&str] = &[
    "not_left_open",
    "too_many_files",
    "material_not_listed",
    "electronic_not_accepted",
    "original_required",
    "paper_not_to_be_demanded",
    "check_incoherent",
    "notice_incomplete",
    "nothing_to_correct",
    "limit_out_of_range",
    "barred_from_commitment",
    "competent_body_missing",
    "competent_body_superfluous",
    "delivery_not_offered",
    "not_a_colleague",
    "only_for_oneself",
    "handover_to_oneself",
    "delegation_to_oneself",
    "transfer_to_oneself",
    "transfer_to_participant",
    "procedure_in_future",
    "procedure_before_acceptance",
    "backdated_too_far",
    "backdating_reason_missing",
    "no_such_procedure",
    "procedure_ended",
    "procedure_end_out_of_range",
    "participants_missing",
    "participant_dropped",
    "lead_among_participants",
    "not_of_that_department",
    "not_a_participant",
    "predecessors_not_completed",
    "silence_was_consent",
    "already_asked",
    "opinion_given",
    "nothing_asked",
    "already_answered",
    "inspection_scheduled",
    "same_inspection_date",
    "inspection_in_the_past",
    "inspection_before_its_date",
    "absent_on_another_day",
    "silent_asked_again",
    "redraw_reason_missing",
    "not_invited",
    "absent_from_inspection",
    "findings_given",
    "step_not_taken",
    "objection_stands",
    "legal_basis_missing",
    "legal_basis_superfluous",
    "other_delivery_method",
    "validity_backdated",
    "validity_reversed",
    "validity_too_long",
    "result_missing",
    "result_superfluous",
    "tracking_out_of_order",
    "tracking_in_future",
    "mending_limit_missing",
    "mending_limit_superfluous",
    "mending_limit_running",
    "no_such_document",
    "document_superseded",
    "already_sealed",
];

fn step(desk: &mut Desk, model: &mut Model, person: Person, ask: &Ask) {
    let what = format!("{ask:?} by {person:?} at {}", desk.now);
    let (before, numbers) = (desk.case.clone(), desk.numbers.issued.len());
    let actor = person.at(desk.item);
    let command = ask.command(desk.item, &desk.case, desk.now);
    let action = command.action();
    let announced = desk.case.guard(action, desk.item, &desk.context(&actor)).map_err(|refusal| refusal.code);
    let outcome = match may_on(&actor, action, &desk.case.whereabouts()) {
        Err(denial) => Err(denial.code()),
        Ok(()) => {
            let outcome = desk.tell(&actor, command).map_err(|refusal| refusal.code);
            match (announced, &outcome) {
                // What is announced to a clerk is an offer at the window, and to the department's own one among them.
                (Ok(()), Err(_)) if person.is_clerk() && matches!(ask, Ask::Offer(_)) => {}
                (Ok(()), Err(_)) if !person.is_clerk() && matches!(ask, Ask::OfferAtWindow(_)) => {}
                (Ok(()), Err(code)) => assert!(ABOUT_DETAILS.contains(code), "{what}: announced, yet {code}"),
                (Err(announced), outcome) => assert_eq!(outcome.as_ref().err(), Some(&announced), "{what}"),
                _ => {}
            }
            outcome
        }
    };
    let expected = model.take(person, ask, desk.now, desk.calendar());
    assert_eq!(outcome.is_ok(), expected, "{what}: {outcome:?} in {model:?}");
    assert_eq!(desk.case.stage, model.stage, "{what} in {model:?}");
    model.agrees_at_the_window(&desk.case, &what);
    model.agrees_on_figures(&desk.case, desk.now, desk.calendar(), &what);
    assert_eq!(sealed(&desk.case), model.sealed(), "{what}: of the papers that stand, in {model:?}");
    match outcome {
        Ok(events) => invariants::hold(&before, desk, &events, &what),
        Err(code) => {
            assert_eq!(desk.numbers.issued.len(), numbers, "{what}: refused with {code}, yet a number is gone");
            assert_eq!(desk.case, before, "{what}");
        }
    }
}

fn sealed(case: &Case) -> Vec<bool> {
    let is_sealed = |paper: &DocumentNumber| case.seals.iter().any(|seal| seal.document == *paper);
    case.papers.iter().map(is_sealed).collect()
}

/// Rules L1 to L13, clauses B1-1, B1-2, B2-4 to B2-7, B3-2 to B3-4, B5-1 to B5-3
#[test]
fn every_life_of_a_case_is_one_the_law_knows() {
    let more = std::env::var("LAW_SEQUENCES").ok().and_then(|cases| cases.parse().ok());
    let config = Config { cases: more.unwrap_or(1500), failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&(beginning(), turns()), |(beginning, turns)| {
        live(&beginning, &turns, &mut Seen::default());
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
    for _ in 0..600 {
        let (beginning, turns) = strategy.new_tree(&mut fixed).unwrap().current();
        live(&beginning, &turns, &mut seen);
    }
    let missed: Vec<_> = Stage::VARIANTS.iter().filter(|stage| !seen.stages.contains(stage)).collect();
    assert!(missed.is_empty(), "never reached: {missed:?}");
    // Packages, whose lives are among their own tests, the posting register and whoever rates do these.
    let elsewhere = ["check_started", "held_back", "hold_ended", "returned_to_unit", "rated"];
    let missed = Event::VARIANTS.iter().filter(|kind| !seen.events.contains(*kind) && !elsewhere.contains(*kind));
    assert_eq!(missed.collect::<Vec<_>>(), [&""; 0], "never happened");
}

/// A record that does not begin with a receipt is no case.
#[test]
fn a_record_begins_with_a_receipt() {
    let desk = Desk::open(item(PROMISED_TIME), Person::Clerk, DeliveryMethod::Courier);
    let stray = Recorded { version: 1, at: morning(), by: desk.record[0].by.clone(), event: Event::Closed };
    assert_eq!(Case::fold(&[]), None);
    assert_eq!(Case::fold(&[stray]), None);
}
