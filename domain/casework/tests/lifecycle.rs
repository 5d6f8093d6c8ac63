//! Random sequences of commands by random people, the clock moving on between them, against a model that knows nothing of
//! the house's code: what goes through, what is refused, and what holds after every step (rules L2 to L13, clauses B1 to
//! B5). More sequences than usual with `LAW_SEQUENCES=100000`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod hall;
mod model;

use std::collections::HashSet;

use approval::Outcome;
use casework::{Case, Event, Recorded, Stage};
use catalog::{DeliveryMethod, ItemVersion, Silence};
use chrono::Months;
use hall::{
    Desk, FOR_SIX_MONTHS, ON_THE_SPOT, PROMISED_TIME, Person, WITHOUT_COURIER, item, joint, lenient, morning,
    tested_on_the_site,
};
use kernel::{
    Fact, Instant,
    access::{may_on, roles_for},
    ledger::{Ledger, LimitKind},
};
use model::{Ask, Model, ask, forward};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use strum::{VariantArray, VariantNames};

/// One turn: time passes, then somebody asks for something.
#[derive(Clone, Debug)]
enum Turn {
    /// Whatever brings the case on, so that sequences get to its end.
    Forward(u8),
    /// Anything by one of those whose role it is for.
    Fitting(u8, Ask),
    /// Anything by anybody.
    Wild(Person, Ask),
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
        8 => any::<u8>().prop_map(Turn::Forward),
        4 => (any::<u8>(), ask()).prop_map(|(who, ask)| Turn::Fitting(who, ask)),
        1 => (person, ask()).prop_map(|(person, ask)| Turn::Wild(person, ask)),
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
        };
        step(&mut desk, &mut model, person, &ask);
        seen.stages.insert(desk.case.stage);
    }
    adds_up(&desk, &format!("{turns:?}"));
    seen.events.extend(desk.record.iter().map(|recorded| recorded.event.kind()));
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
    let mut fall_due = |desk: &mut Desk, at: Instant| {
        desk.now = at;
        let was = desk.case.clone();
        let events = desk.fall_due();
        model.time_passes(at, desk.calendar());
        let what = format!("{events:?} at {at}");
        changed(&was, desk, &events, &what);
        assert!(desk.wakes_at().is_none_or(|next| next > at), "{what}: no progress");
        assert_eq!(desk.case.stage, model.stage, "{what} in {model:?}");
    };
    while let Some(wakes) = desk.wakes_at().filter(|wakes| passing.watched && *wakes < end) {
        fall_due(desk, wakes.max(start));
    }
    fall_due(desk, end);
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
    match outcome {
        Ok(events) => changed(&before, desk, &events, &what),
        Err(code) => {
            assert_eq!(desk.numbers.issued.len(), numbers, "{what}: refused with {code}, yet a number is gone");
            assert_eq!(desk.case, before, "{what}");
        }
    }
}

fn changed(before: &Case, desk: &Desk, events: &[Event], what: &str) {
    let case = &desk.case;
    assert_eq!(case.version, desk.record.len() as u64, "{what}");
    assert_eq!(case.ended_at.is_some(), case.stage.is_final(), "{what}");
    assert_eq!(case.window, desk.item.window, "{what}");
    an_ended_case_stays_ended(before, events, what);
    somebody_answers(case, what);
    no_limit_runs_twice(desk, what);
    budgets_are_conserved(desk, what);
    reminders_are_sent_once(desk, what);
    what_is_granted_is_valid_as_the_item_says(desk, what);
    first_contact_is_the_first_at_a_window_or_desk(&desk.record, case, what);
    for event in events {
        assert_eq!(&serde_json::from_str::<Event>(&serde_json::to_string(event).unwrap()).unwrap(), event, "{what}");
    }
    if before.stage != case.stage {
        adds_up(desk, what);
    }
}

/// The state is what the record adds up to, and survives the store. Asked whenever the stage has changed, and at the end.
fn adds_up(desk: &Desk, what: &str) {
    let case = &desk.case;
    assert_eq!(Case::fold(&desk.record).as_ref(), Some(case), "{what}: the record adds up to something else");
    assert_eq!(&serde_json::from_str::<Case>(&serde_json::to_string(case).unwrap()).unwrap(), case, "{what}");
    numbers_are_used_once(desk, what);
}

/// The limits that outlive a case.
const OF_A_COMMITMENT: [LimitKind; 2] = [LimitKind::Verification, LimitKind::Mending];

/// Nothing happens to a case that has ended but what is about its record or its grant, until it is reopened.
fn an_ended_case_stays_ended(before: &Case, events: &[Event], what: &str) {
    let late = ["note_added", "reopened", "grant_ended", "result_replaced", "commitment_verified", "acknowledged"];
    for event in events.iter().filter(|_| before.stage.is_final()) {
        let reminded = matches!(event, Event::Reminded(reminder) if OF_A_COMMITMENT.contains(&reminder.limit));
        assert!(late.contains(&event.kind()) || reminded, "{what}: {event:?} after the end");
    }
}

/// Clause B5-1: one chain without overlap from the receipt on; a gap only while the case was over.
fn somebody_answers(case: &Case, what: &str) {
    let tenures = case.responsibility.tenures();
    assert_eq!(tenures[0].from, case.received_at, "{what}");
    for pair in tenures.windows(2) {
        let reopened = case.reopenings.iter().any(|reopening| reopening.at == pair[1].from);
        let until = pair[0].until.unwrap();
        assert!(until == pair[1].from || (reopened && until < pair[1].from), "{what}: {tenures:?}");
        assert!(pair[0].from <= until, "{what}: {tenures:?}");
    }
    assert_eq!(case.responsibility.now().is_some(), !case.stage.is_final(), "{what}");
    assert_eq!(tenures.last().unwrap().until, case.ended_at, "{what}");
}

/// Every number handed out stands on exactly one paper. Of a refusal the decision itself is issued, under its number.
fn numbers_are_used_once(desk: &Desk, what: &str) {
    let mut on_paper: Vec<_> = desk.record.iter().filter_map(|recorded| recorded.event.document()).collect();
    let papers = on_paper.len();
    on_paper.sort();
    on_paper.dedup();
    let mut issued: Vec<_> = desk.numbers.issued.iter().collect();
    issued.sort();
    assert_eq!(on_paper, issued, "{what}");
    let decided = desk.record.iter().filter(|it| it.event.kind() == "decided").collect_documents();
    let repeated = desk.record.iter().filter(|it| it.event.kind() == "issued").collect_documents();
    assert_eq!(papers, on_paper.len() + repeated.intersection(&decided).count(), "{what}");
}

trait Documents<'a> {
    fn collect_documents(self) -> HashSet<&'a str>;
}

impl<'a, I: Iterator<Item = &'a Recorded>> Documents<'a> for I {
    fn collect_documents(self) -> HashSet<&'a str> {
        self.filter_map(|recorded| recorded.event.document()).map(kernel::DocumentNumber::as_str).collect()
    }
}

/// Rules L2, L4 to L8: the applicant's limits, the window's, the decision's and delivery's follow each other; each runs
/// in its stage and once, and nothing but what is owed for a commitment outlives the case.
fn no_limit_runs_twice(desk: &Desk, what: &str) {
    let (case, clocks) = (&desk.case, &desk.case.clocks);
    let runs = |ledger: &Option<Ledger>| ledger.as_ref().is_some_and(Ledger::is_running);
    let stage = case.stage;
    assert_eq!(runs(&clocks.check), stage == Stage::UnderCheck, "{what}");
    assert_eq!(runs(&clocks.correction), stage == Stage::AwaitingCorrection, "{what}");
    assert_eq!(runs(&clocks.statutory), stage == Stage::InReview, "{what}");
    assert_eq!(runs(&clocks.promised), stage == Stage::InReview, "{what}");
    // The applicant's to bring what was left open, or the window's to look at it, and never both.
    let is_open = case.intake.open_condition().is_some() && !stage.is_final();
    assert_eq!(runs(&clocks.condition) || runs(&clocks.condition_check), is_open, "{what}");
    assert!(!runs(&clocks.condition) || !runs(&clocks.condition_check), "{what}");
    let to_deliver = matches!(stage, Stage::Decided | Stage::Issued | Stage::InTransit);
    assert_eq!(runs(&clocks.delivery), to_deliver, "{what}");
    assert!(!runs(&clocks.review) || stage == Stage::InReview, "{what}");
    assert!(!stage.is_final() || clocks.running().all(|it| OF_A_COMMITMENT.contains(&it.kind)), "{what}");
    let commitment = case.intake.commitment.as_ref();
    let ordered = commitment.and_then(|it| it.verifications.last()).is_some_and(|last| last.order.is_some());
    let to_mend = ordered && !case.issuance.has_ended();
    assert!(runs(&clocks.mending) == to_mend || !case.reopenings.is_empty(), "{what}");
    let mut kinds: Vec<_> = clocks.all().map(|ledger| ledger.kind).collect();
    kinds.sort();
    kinds.dedup();
    assert_eq!(kinds.len(), clocks.all().count(), "{what}: a limit twice");
    let binds = stage == Stage::UnderCheck || stage == Stage::InReview || to_deliver;
    assert_eq!(clocks.binding(desk.calendar(), desk.now.day()).is_some(), binds, "{what}");
}

/// Rules L1 to L3, L5: every working day through the due date is counted or inside a procedure, and those counted are the
/// budget with its one extension.
fn budgets_are_conserved(desk: &Desk, what: &str) {
    let today = desk.now.day();
    for ledger in [&desk.case.clocks.statutory, &desk.case.clocks.promised].into_iter().flatten() {
        assert!(ledger.extensions.len() <= 1, "{what}: extended twice");
        let last = ledger.due(desk.calendar(), today).date;
        let as_of = ledger.stopped.map_or(today, |stopped| stopped.min(today));
        let out = |day: &chrono::NaiveDate| {
            ledger.suspensions.iter().any(|it| it.from <= *day && *day <= it.until.unwrap_or(as_of))
        };
        let days = ledger.start.iter_days().skip(1).take_while(|day| *day <= last);
        let counted = days.filter(|day| desk.calendar().is_working(*day) && !out(day)).count();
        assert_eq!(counted, usize::from(ledger.total().0), "{what}: {ledger:?}");
        let item = [desk.item.statutory, desk.item.promised];
        assert!(item.contains(&ledger.budget), "{what}: the item's budget");
    }
}

/// Each rung of a run of a limit once, to one desk; again only where a limit of the decision was moved to a later day.
fn reminders_are_sent_once(desk: &Desk, what: &str) {
    let sent = &desk.case.reminders;
    for (at, one) in sent.iter().enumerate() {
        let same = |it: &&casework::Reminder| {
            let run = (it.limit, it.rung, it.start) == (one.limit, one.rung, one.start);
            let moved = matches!(one.limit, LimitKind::Statutory | LimitKind::Promised) && it.due > one.due;
            run && !moved && it.procedure == one.procedure && (one.limit != LimitKind::Opinion || it.to == one.to)
        };
        assert!(sent[at + 1..].iter().find(same).is_none(), "{what}: {one:?} twice");
    }
    let in_hours = |it: &&Recorded| matches!(it.event, Event::Reminded(_) | Event::Chased);
    for recorded in desk.record.iter().filter(in_hours) {
        assert!(desk.practice.at_work(recorded.at, desk.calendar()), "{what}: {recorded:?}");
    }
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

/// Clause B5-1: the first at a window or a desk who signed anything, for good; a head who only approves is none of them.
fn first_contact_is_the_first_at_a_window_or_desk(record: &[Recorded], case: &Case, what: &str) {
    let first = record.iter().find(|recorded| {
        matches!(recorded.by.role, kernel::Role::Clerk | kernel::Role::Reviewer | kernel::Role::Approver)
    });
    assert_eq!(case.first_contact.as_ref().map(|code| code.as_str()), first.map(|it| it.by.code.as_str()), "{what}");
}

/// Rules L2 to L13, clauses B1-1, B1-2, B2-4 to B2-7, B3-2 to B3-4, B5-1 to B5-3
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
    for _ in 0..500 {
        let (beginning, turns) = strategy.new_tree(&mut fixed).unwrap().current();
        live(&beginning, &turns, &mut seen);
    }
    let missed: Vec<_> = Stage::VARIANTS.iter().filter(|stage| !seen.stages.contains(stage)).collect();
    assert!(missed.is_empty(), "never reached: {missed:?}");
    // Packages and a new calendar do these, and seals change nothing.
    let elsewhere = ["check_started", "deadlines_moved", "sealed"];
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
