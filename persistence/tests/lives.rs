//! Random lives of cases through the store, on both databases: several at a time, on one clock, each step loaded, decided
//! and saved as the program does it, held against the same life in memory and against the model that knows nothing of the
//! house's code (rules L1 to L13), new editions of the calendar and seals included. More lives than usual with
//! `LAW_SEQUENCES=100000`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

#[path = "lives/edition.rs"]
mod edition;
#[path = "../../domain/casework/tests/hall/mod.rs"]
mod hall;
#[path = "../../domain/casework/tests/model/mod.rs"]
mod model;
#[path = "lives/plan.rs"]
mod plan;
#[path = "lives/step.rs"]
mod step;

use std::{
    collections::HashSet,
    sync::{LazyLock, Mutex},
    vec,
};

use casework::{Case, CaseNumber, Channel, Event, Receipt, Stage};
use catalog::{DeliveryMethod, Department};
use hall::{Desk, FIRE, Person, STATISTICS, TRAFFIC, WATER, department};
use kernel::{
    Actor, CaseId, Instant, Personal, Practice,
    access::{Sight, Who, may_on, roles_for},
    identity::Assurance,
};
use model::{Ask, Model, forward, invariants};
use persistence::{
    cases::{self, Filter, Loaded, Saved},
    participants::{self, Participant, TaskKey},
    parties::{self, Party, PartyKind},
    record::{self, Verification},
};
use plan::{Passing, Plan, Turn, company};
use proptest::test_runner::{Config, TestRunner};
use step::{Step, clockwork, rows};
use support::{
    Database, all,
    centre::{CENTRE, Hall, after, case_id, morning},
};
use tokio::runtime::Handle;

static PRACTICE: LazyLock<Practice> = LazyLock::new(Practice::default);

/// How many cases live side by side, on average.
const SIDE_BY_SIDE: usize = 8;
/// How many lives there are without being asked for more.
const LIVES: usize = 200;
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
    async fn received(&self) -> Vec<Loaded> {
        let mut loaded = Vec::new();
        for life in &self.lives {
            let (case, record, wakes_at) = (life.desk.case.clone(), life.desk.record.clone(), life.wakes_at);
            let (calendar, now) = (life.desk.calendar(), self.now);
            let inserted = self.hall.write(move |c| {
                cases::insert(c, &case, &record, clockwork(calendar, now, wakes_at))?;
                cases::load(c, CENTRE, case.id)
            });
            loaded.push(inserted.await.unwrap());
        }
        loaded
    }

    /// Whatever falls due happens when it does, where the clock is watched, or all at once afterwards.
    async fn pass(&mut self, passing: Passing) {
        let end = self.now.plus(chrono::Duration::minutes(passing.minutes));
        loop {
            let next = self.lives.iter().filter_map(|life| life.wakes_at).min();
            let next = next.filter(|wakes| passing.watched && *wakes < end).map(|wakes| wakes.max(self.now));
            self.fall_due(next.unwrap_or(end)).await;
            if next.is_none() {
                return;
            }
        }
    }

    /// Rules L6 to L8: the cases whose time has come are found, in the order in which it came, and no others have any.
    async fn fall_due(&mut self, now: Instant) {
        self.now = now;
        let found = self.hall.read(move |c| cases::due(c, CENTRE, now, ALL_OF_THEM)).await;
        let found: Vec<_> = found.into_iter().filter(|id| self.lives.iter().any(|life| life.id() == *id)).collect();
        let wakes = |life: &Life| life.wakes_at.filter(|at| *at <= now).map(|at| (at, life.id()));
        let mut expected: Vec<_> = self.lives.iter().filter_map(wakes).collect();
        expected.sort_unstable();
        assert_eq!(found, expected.into_iter().map(|(_, id)| id).collect::<Vec<_>>(), "at {now}");
        self.lives.iter_mut().for_each(|life| life.desk.now = now);
        let is_due = |life: &&Life| found.contains(&life.id());
        let steps = self.lives.iter().filter(is_due).map(|life| life.step(None).taken(self.hall.store.clone()));
        let mut stored = all(steps.collect::<Vec<_>>()).await.into_iter();
        for life in &mut self.lives {
            let before = life.desk.case.clone();
            let events = life.desk.fall_due();
            invariants::hold(&before, &life.desk, &events, &format!("{events:?} at {now}"));
            let happened = if found.contains(&life.id()) { stored.next().unwrap() } else { Ok(Vec::new()) };
            assert_eq!(happened.as_ref(), Ok(&events), "at {now}");
            life.model.time_passes(now, life.desk.calendar());
            assert_eq!(life.desk.case.stage, life.model.stage, "{events:?} at {now} in {:?}", life.model);
            if found.contains(&life.id()) {
                life.wakes_at = life.desk.wakes_at();
            }
            assert_eq!(life.wakes_at, life.desk.wakes_at(), "at {now} it would wake at another time than is stored");
            assert!(life.wakes_at.is_none_or(|wakes| wakes > now), "{events:?} at {now}: no progress");
        }
    }

    /// Everybody's turn at once, so that the store groups them.
    async fn act(&mut self) -> Vec<CaseId> {
        let asked: Vec<_> = self.lives.iter_mut().map(Life::next).collect();
        let acting = self.lives.iter().zip(&asked).filter(|(_, asked)| asked.is_some());
        let steps = acting.map(|(life, asked)| life.step(asked.clone()).taken(self.hall.store.clone()));
        let mut stored = all(steps.collect::<Vec<_>>()).await.into_iter();
        let mut moved = Vec::new();
        for (life, asked) in self.lives.iter_mut().zip(asked) {
            let Some((person, ask)) = asked else { continue };
            let what = format!("{ask:?} by {person:?} at {}", self.now);
            let before = life.desk.case.clone();
            let outcome = life.take(person, &ask);
            if let Ok(events) = &outcome {
                invariants::hold(&before, &life.desk, events, &what);
            }
            assert_eq!(stored.next().unwrap(), outcome, "{what}");
            let expected = life.model.take(person, &ask, self.now, life.desk.calendar());
            assert_eq!(outcome.is_ok(), expected, "{what}: {outcome:?} in {:?}", life.model);
            assert_eq!(life.desk.case.stage, life.model.stage, "{what} in {:?}", life.model);
            life.wakes_at = if outcome.is_ok() { life.desk.wakes_at() } else { life.wakes_at };
            if life.desk.case.stage != before.stage {
                moved.push(life.id());
            }
        }
        moved
    }

    /// What the store holds is what there is without one.
    async fn agrees(&self) {
        let (now, cases) = (self.now, self.lives.iter().map(|life| life.desk.case.clone()).collect::<Vec<_>>());
        let calendar = self.lives[0].desk.calendar();
        let (loaded, indexed, mut tasks) = self
            .hall
            .read(move |c| {
                let load = |case: &Case| cases::load(&mut *c, CENTRE, case.id).map(Option::unwrap);
                let loaded = cases.iter().map(load).collect::<Result<Vec<_>, _>>()?;
                let agrees = |case| cases::index_agrees(&mut *c, case, clockwork(calendar, now, None));
                let indexed = cases.iter().map(agrees).collect::<Result<Vec<_>, _>>()?;
                let tasks = participants::tasks(
                    c,
                    CENTRE,
                    &[FIRE, WATER, TRAFFIC, STATISTICS].map(department),
                    None,
                    ALL_OF_THEM,
                )?;
                Ok((loaded, indexed, tasks.into_iter().map(|task| task.key).collect::<Vec<_>>()))
            })
            .await;
        for ((life, loaded), indexed) in self.lives.iter().zip(loaded).zip(indexed) {
            assert_eq!(loaded.case, life.desk.case, "at {now}");
            assert_eq!(loaded.wake_at, life.wakes_at, "at {now}");
            assert!(indexed, "at {now} the columns of {:?} are out of date", life.desk.case);
        }
        tasks.retain(|key| self.lives.iter().any(|life| life.id() == key.case));
        let mut expected: Vec<_> = self.lives.iter().flat_map(Life::tasks).collect();
        let order = |key: &TaskKey| {
            (key.due_on.is_none(), key.due_on, key.case, key.department.clone(), <&str>::from(key.part))
        };
        expected.sort_by_key(order);
        assert_eq!(tasks, expected, "at {now}");
    }

    /// The record adds up to the case, and nobody has touched it.
    async fn adds_up(&self, ids: Vec<CaseId>) {
        for life in self.lives.iter().filter(|life| ids.contains(&life.id())) {
            let (id, version) = (life.id(), life.desk.case.version);
            let (entries, verified, loaded) = self
                .hall
                .read(move |c| {
                    let entries = record::timeline(c, CENTRE, &id.to_string(), 0, ALL_OF_THEM)?;
                    let verified = record::verify(c, CENTRE, &id.to_string())?;
                    Ok((entries, verified, cases::load(c, CENTRE, id)?.unwrap()))
                })
                .await;
            let recorded: Vec<_> = entries.into_iter().map(|entry| entry.recorded).collect();
            assert_eq!(recorded, life.desk.record);
            assert_eq!(Case::fold(&recorded), Some(loaded.case));
            assert_eq!(verified, Verification { events: version, head: loaded.head, broken_at: None });
        }
    }

    /// Clause B5-1: each is on the lists of the departments that have to do with it, as it now is.
    async fn lists_agree(&self) {
        let today = self.now.day();
        let mut departments: Vec<_> = self.lives.iter().map(|life| life.desk.case.routing.department.clone()).collect();
        departments.extend([FIRE, WATER, TRAFFIC, STATISTICS].map(department));
        for department in departments {
            let sight = Sight::Departments(vec![department.clone()]);
            let lines = self
                .hall
                .read(move |c| cases::list(c, CENTRE, &sight, &Filter::default(), today, None, ALL_OF_THEM))
                .await;
            let seen = lines.into_iter().filter(|line| self.lives.iter().any(|life| life.id() == line.id));
            let seen = seen.map(|it| (it.id, it.version, it.stage, it.department, it.holder, it.ended_at));
            let of_it = self.lives.iter().rev().map(|life| &life.desk.case).filter(|case| {
                case.routing.department == department
                    || case.participations().iter().any(|it| it.department == department)
            });
            let expected = of_it.map(|case| {
                let holder = case.routing.holder().map(ToString::to_string);
                let of = case.routing.department.to_string();
                (case.id, case.version, case.stage, of, holder, case.ended_at)
            });
            assert_eq!(seen.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{department}");
        }
    }

    /// Whoever read a case before it last changed can no longer change it.
    async fn whoever_is_late_is_refused(&self, read: Vec<Loaded>) {
        let moved = |(life, before): &(&Life, Loaded)| before.case.version < life.desk.case.version;
        for (life, before) in self.lives.iter().zip(read).filter(moved) {
            let (calendar, now) = (life.desk.calendar(), self.now);
            let saved = self.hall.write(move |c| {
                let (case, recorded) = after(&before.case, Event::DeliveryChosen { method: DeliveryMethod::PickUp });
                cases::save(c, &before, &case, &[recorded], clockwork(calendar, now, Some(now)))
            });
            assert_eq!(saved.await, Saved::Stale);
        }
        self.agrees().await;
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
        let moved = company.act().await;
        if round % 3 == 0 {
            company.agrees().await;
        }
        company.adds_up(moved).await;
        seen.lock().unwrap().stages.extend(company.lives.iter().map(|life| life.desk.case.stage));
    }
    company.whoever_is_late_is_refused(received).await;
    company.adds_up(company.lives.iter().map(Life::id).collect()).await;
    company.lists_agree().await;
}

on_both! {
    /// Rules L2 to L13, clauses B1-1 to B5-3
    async fn every_life_is_the_same_in_the_store(database: Database) {
        let hall = Hall::open(database).await;
        let known = Party {
            id: hall::applicant(),
            kind: PartyKind::Person,
            document_kind: "id_card".to_owned(),
            document_digest: "another digest".to_owned(),
            name: Personal::new("测试丙".to_owned()),
            document_number: Personal::new("number".to_owned()),
            phone: None,
            address: None,
        };
        let other = hall.catalog.departments[0].clone();
        hall.write(move |c| {
            let others = [FIRE, WATER, TRAFFIC, STATISTICS].map(|code| Department { code: department(code), ..other.clone() });
            others.iter().try_for_each(|it| persistence::hall::put_department(c, CENTRE, it))?;
            parties::register(c, CENTRE, &known, morning())
        }).await;
        let lives = std::env::var("LAW_SEQUENCES").ok().and_then(|lives| lives.parse().ok()).unwrap_or(LIVES);
        let config = Config {
            cases: u32::try_from(lives.div_ceil(SIDE_BY_SIDE)).unwrap(),
            failure_persistence: None,
            max_shrink_time: 20_000,
            ..Config::default()
        };
        let runtime = Handle::current();
        // The runner of proptest knows nothing of futures.
        let running = tokio::task::spawn_blocking(move || {
            let seen = Mutex::default();
            let result = TestRunner::new(config).run(&company(), |(plans, passings)| {
                runtime.block_on(live(&hall, plans, passings, &seen));
                Ok(())
            });
            result.unwrap_or_else(|failure| panic!("{failure}"));
            seen.into_inner().unwrap()
        });
        let seen: Seen = running.await.unwrap();
        assert!(seen.stages.contains(&Stage::Closed), "none got to its end: {:?}", seen.stages);
    }
}
