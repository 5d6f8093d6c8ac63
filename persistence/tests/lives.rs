//! Random lives of cases through the store, on both databases: several at a time, on one clock, each step loaded, decided
//! and saved as the program does it, held against the same life in memory and against the model that knows nothing of the
//! house's code (rules L1 to L9, L11 to L13), new editions of the calendar and seals included. More lives than usual with
//! `LAW_SEQUENCES=100000`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

#[path = "lives/edition.rs"]
mod edition;
#[path = "../../domain/casework/tests/hall/mod.rs"]
mod hall;
#[path = "lives/look.rs"]
mod look;
#[path = "../../domain/casework/tests/model/mod.rs"]
mod model;
#[path = "lives/plan.rs"]
mod plan;
#[path = "lives/put.rs"]
mod put;
#[path = "lives/step.rs"]
mod step;

use std::{collections::HashSet, sync::Mutex, vec};

use casework::{Case, CaseNumber, Channel, Event, Receipt, Recorded, Stage};
use diesel::{QueryResult, connection::SimpleConnection as _};
use hall::{Desk, FIRE, Person, STATISTICS, TRAFFIC, WATER, department};
use kernel::{
    Actor, Calendar, CaseId, Instant,
    access::{Who, may_on, roles_for},
    identity::Assurance,
};
use model::{Ask, Model, forward, invariants};
use persistence::{
    Connection,
    cases::{self, Loaded},
    participants::{Participant, TaskKey},
};
use plan::{Passing, Plan, Turn, company};
use proptest::test_runner::{Config, TestRunner};
use put::{PRACTICE, clockwork, rows};
use step::Step;
use support::{
    Database, all,
    centre::{CENTRE, Hall, case_id, morning},
};
use tokio::runtime::Handle;

/// How many cases live side by side, on average.
const SIDE_BY_SIDE: usize = 20;
/// How many lives there are without being asked for more.
const LIVES: usize = 1000;
/// Of so many rounds one ends with a look at all that the store holds of them, and one with a look at the records.
const A_LOOK: usize = 5;
const A_LOOK_AT_THE_RECORDS: usize = 12;
const ALL_OF_THEM: i64 = 1_000_000;

/// A case as it is without a store, and when the store was told that it wakes.
struct Life {
    desk: Desk,
    model: Model,
    wakes_at: Option<Instant>,
    turns: vec::IntoIter<Turn>,
}

impl Life {
    fn begin(plan: Plan, id: CaseId, n: u64, now: Instant) -> Self {
        let Plan { item, by, delivery, turns } = plan;
        let receipt = Receipt {
            id,
            centre: CENTRE,
            number: CaseNumber::new(CENTRE, now.day(), n),
            item,
            channel: if by == Person::Clerk { Channel::Counter } else { Channel::Web },
            applicant: hall::applicant(),
            assurance: Assurance::InPerson,
            external_number: None,
            delivery,
            package: None,
            waits: false,
            vouched_by: None,
        };
        let desk = Desk::receive(&receipt, &by.at(item), now, &PRACTICE).unwrap();
        let model = Model::new(item, by, delivery, now, desk.calendar());
        Self { wakes_at: desk.wakes_at(), model, turns: turns.into_iter(), desk }
    }

    fn id(&self) -> CaseId {
        self.desk.case.id
    }

    fn next(&mut self) -> Option<(Person, Ask)> {
        match self.turns.next()? {
            Turn::Rest => None,
            Turn::Forward(choice) => forward(&self.model, choice),
            Turn::Fitting(who, ask) => {
                let desk = &self.desk;
                let action = ask.command(desk.item, &desk.case, desk.now).action();
                let may = |person: &Person| roles_for(action).contains(&person.at(desk.item).role());
                let people: Vec<_> = Person::ALL.into_iter().filter(may).collect();
                Some((people[usize::from(who) % people.len()], ask))
            }
            Turn::Wild(person, ask) => Some((person, ask)),
        }
    }

    /// The step for the store to take: what somebody asks for, or what fell due.
    fn step(&self, by: Option<(Person, Ask)>) -> Step {
        let Desk { item, numbers, now, case, .. } = &self.desk;
        Step {
            id: case.id,
            item,
            numbers: numbers.clone(),
            now: *now,
            actor: by.as_ref().map_or(Actor { centre: CENTRE, who: Who::System }, |(person, _)| person.at(item)),
            ask: by.map(|(_, ask)| ask),
            calendar: self.desk.calendar(),
            edition: None,
        }
    }

    /// The same step without a store.
    fn take(&mut self, person: Person, ask: &Ask) -> Result<Vec<Event>, &'static str> {
        let actor = person.at(self.desk.item);
        let command = ask.command(self.desk.item, &self.desk.case, self.desk.now);
        may_on(&actor, command.action(), &self.desk.case.whereabouts()).map_err(|denial| denial.code())?;
        self.desk.tell(&actor, command).map_err(|refusal| refusal.code)
    }

    fn agrees_with_its_model(&self, what: &str) {
        assert_eq!(self.desk.case.stage, self.model.stage, "{what} in {:?}", self.model);
        self.model.agrees_at_the_window(&self.desk.case, what);
    }

    /// The departments that still have something to do, and until when.
    fn tasks(&self) -> impl Iterator<Item = TaskKey> {
        let parts = rows(&self.desk.case, self.desk.calendar(), self.desk.now).into_iter();
        let (case, key) = (self.id(), |it: Participant| (it.due_on, it.department, it.part));
        parts.filter(|it| it.open).map(key).map(move |(due_on, department, part)| TaskKey {
            due_on,
            case,
            department,
            part,
        })
    }
}

/// Those who live side by side, in the order of their ids.
struct Company<'a> {
    hall: &'a Hall,
    lives: Vec<Life>,
    now: Instant,
}

impl Company<'_> {
    /// Nothing else is in the store, so that whatever is found there is one of these.
    async fn received(&self) -> Vec<Loaded> {
        type Begun = (Case, Vec<Recorded>, &'static Calendar, Option<Instant>);
        let begun = |life: &Life| -> Begun {
            (life.desk.case.clone(), life.desk.record.clone(), life.desk.calendar(), life.wakes_at)
        };
        let (begun, now) = (self.lives.iter().map(begun).collect::<Vec<_>>(), self.now);
        let insert = move |c: &mut Connection| {
            c.batch_execute("DELETE FROM participants; DELETE FROM cases")?;
            let insert = |(case, record, calendar, wakes_at): &Begun| -> QueryResult<Loaded> {
                cases::insert(c, case, record, clockwork(calendar, now, *wakes_at))?;
                cases::load(c, CENTRE, case.id).map(Option::unwrap)
            };
            begun.iter().map(insert).collect::<QueryResult<Vec<_>>>()
        };
        self.hall.write(insert).await
    }

    /// Whatever falls due happens when it does, where the clock is watched, or all at once afterwards.
    async fn pass(&mut self, passing: Passing) {
        let end = self.now.plus(chrono::Duration::minutes(passing.minutes));
        loop {
            let next = self.lives.iter().filter_map(|life| life.wakes_at).min();
            let next = next.filter(|wakes| passing.watched && *wakes < end).map(|wakes| wakes.max(self.now));
            self.fall_due(next.unwrap_or(end), next.is_none()).await;
            if next.is_none() {
                return;
            }
        }
    }

    /// Rules L6 to L8: the cases whose time has come are found, in the order in which it came, and no others have any; to
    /// `everybody` else nothing happens.
    async fn fall_due(&mut self, now: Instant, everybody: bool) {
        self.now = now;
        let found = self.hall.read(move |c| cases::due(c, CENTRE, now, ALL_OF_THEM)).await;
        let wakes = |life: &Life| life.wakes_at.filter(|at| *at <= now).map(|at| (at, life.id()));
        let mut expected: Vec<_> = self.lives.iter().filter_map(wakes).collect();
        expected.sort_unstable();
        assert_eq!(found, expected.into_iter().map(|(_, id)| id).collect::<Vec<_>>(), "at {now}");
        self.lives.iter_mut().for_each(|life| life.desk.now = now);
        let due = self.lives.iter().filter(|life| wakes(life).is_some());
        let steps = due.map(|life| life.step(None).taken(self.hall.store.clone()));
        let mut stored = all(steps.collect::<Vec<_>>()).await.into_iter();
        for life in &mut self.lives {
            let is_due = wakes(life).is_some();
            if !is_due && !everybody {
                continue;
            }
            let before = life.desk.case.clone();
            let events = life.desk.fall_due();
            let what = format!("{events:?} at {now}");
            if !events.is_empty() {
                invariants::of_a_step(&before, &life.desk, &events, &what);
            }
            let happened = if is_due { stored.next().unwrap() } else { Ok(Vec::new()) };
            assert_eq!(happened.as_ref(), Ok(&events), "at {now}");
            life.model.time_passes(now, life.desk.calendar());
            life.agrees_with_its_model(&what);
            let wakes_at = life.desk.wakes_at();
            if is_due {
                life.wakes_at = wakes_at;
            }
            assert_eq!(life.wakes_at, wakes_at, "at {now} it would wake at another time than is stored");
            assert!(wakes_at.is_none_or(|wakes| wakes > now), "{what}: no progress");
        }
    }

    /// Everybody's turn at once, so that the store groups them.
    async fn act(&mut self) {
        let asked: Vec<_> = self.lives.iter_mut().map(Life::next).collect();
        let acting = self.lives.iter().zip(&asked).filter(|(_, asked)| asked.is_some());
        let steps = acting.map(|(life, asked)| life.step(asked.clone()).taken(self.hall.store.clone()));
        let mut stored = all(steps.collect::<Vec<_>>()).await.into_iter();
        for (life, asked) in self.lives.iter_mut().zip(asked) {
            let Some((person, ask)) = asked else { continue };
            let what = format!("{ask:?} by {person:?} at {}", self.now);
            let before = life.desk.case.clone();
            let outcome = life.take(person, &ask);
            if let Ok(events) = &outcome {
                invariants::of_a_step(&before, &life.desk, events, &what);
            }
            assert_eq!(stored.next().unwrap(), outcome, "{what}");
            let expected = life.model.take(person, &ask, self.now, life.desk.calendar());
            assert_eq!(outcome.is_ok(), expected, "{what}: {outcome:?} in {:?}", life.model);
            life.agrees_with_its_model(&what);
            life.wakes_at = if outcome.is_ok() { life.desk.wakes_at() } else { life.wakes_at };
        }
    }
}

/// Stages that were reached, and by how many lives.
#[derive(Default)]
struct Seen {
    stages: HashSet<Stage>,
    lives: usize,
}

async fn live(hall: &Hall, plans: Vec<Plan>, passings: Vec<Passing>, seen: &Mutex<Seen>) {
    let first = u64::try_from(seen.lock().unwrap().lives).unwrap() + 1;
    seen.lock().unwrap().lives += plans.len();
    let begin = |(n, plan)| Life::begin(plan, case_id(n), n, morning());
    let mut company = Company { hall, lives: (first..).zip(plans).map(begin).collect(), now: morning() };
    let received = company.received().await;
    for (round, passing) in passings.into_iter().enumerate() {
        if company.lives.iter().all(|life| life.turns.len() == 0) {
            break;
        }
        company.pass(passing).await;
        if let Some(nth) = passing.edition {
            company.publish(nth).await;
        }
        company.act().await;
        if round % A_LOOK == A_LOOK - 1 {
            company.agrees().await;
        }
        if round % A_LOOK_AT_THE_RECORDS == A_LOOK_AT_THE_RECORDS - 1 {
            company.adds_up().await;
        }
        seen.lock().unwrap().stages.extend(company.lives.iter().map(|life| life.desk.case.stage));
    }
    company.whoever_is_late_is_refused(received).await;
    company.adds_up().await;
    company.lists_agree().await;
}

on_both! {
    /// Rules L1 to L9, L11 to L13, clauses B1-1 to B1-3, B2-1 to B2-6, B3-2 to B3-4, B5-1 to B5-3
    async fn every_life_is_the_same_in_the_store(database: Database) {
        let hall = Hall::open(database).await;
        hall.knows(hall::applicant(), &[FIRE, WATER, TRAFFIC, STATISTICS].map(department)).await;
        let lives = std::env::var("LAW_SEQUENCES").ok().and_then(|lives| lives.parse().ok()).unwrap_or(LIVES);
        let runtime = Handle::current();
        // The runner of proptest knows nothing of futures.
        let running = tokio::task::spawn_blocking(move || {
            let seen = Mutex::<Seen>::default();
            // There may be fewer in a company than on average.
            loop {
                let more = lives.saturating_sub(seen.lock().unwrap().lives);
                if more == 0 {
                    return seen.into_inner().unwrap();
                }
                let cases = u32::try_from(more.div_ceil(SIDE_BY_SIDE)).unwrap();
                let config = Config { cases, failure_persistence: None, max_shrink_time: 20_000, ..Config::default() };
                let result = TestRunner::new(config).run(&company(), |(plans, passings)| {
                    runtime.block_on(live(&hall, plans, passings, &seen));
                    Ok(())
                });
                result.unwrap_or_else(|failure| panic!("{failure}"));
            }
        });
        let seen: Seen = running.await.unwrap();
        assert!(seen.stages.contains(&Stage::Closed), "none got to its end: {:?}", seen.stages);
    }
}
