//! Random lives of impasses (办不成事) through the store, on both databases: several at a time, each step loaded, decided and
//! saved as the program does it, held against the same life in memory and against the model that knows nothing of the
//! house's code (clauses D3-1 to D6-1, D7-1, D8-1, D13-1, rule L15). More lives than usual with `LAW_SEQUENCES=100000`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

#[path = "../../domain/escalation/tests/hall/mod.rs"]
mod hall;
#[path = "../../domain/escalation/tests/model/mod.rs"]
mod model;

use std::sync::{
    Arc, LazyLock, Mutex,
    atomic::{AtomicU64, Ordering},
};

use escalation::{Event, Impasse, OrderState, Recorded, State};
use hall::{Desk, FIRE, LAND, Numbers, Person, department, morning};
use kernel::{Actor, Calendar, Context, Instant, Practice, access::Who, id::ImpasseId};
use model::{
    Model, editions, invariants,
    turns::{Passing, Turn, beginning, brought, turns},
};
use persistence::{
    Shard, Store, Tx,
    cases::{Clockwork, Saved},
    impasses::{self, Loaded},
    record::{self, Verification},
};
use proptest::test_runner::{Config, TestRunner};
use support::{
    Database, Failure, all,
    centre::{CENTRE, Hall},
};
use tokio::runtime::Handle;

static PRACTICE: LazyLock<Practice> = LazyLock::new(Practice::default);

/// How many lives there are without being asked for more.
const LIVES: u32 = 60;
/// How many live side by side, so that the store groups what they write.
const SIDE_BY_SIDE: usize = 5;
/// More numbers than one life ever takes.
const NUMBERS: u64 = 1000;
const ALL_OF_THEM: i64 = 1_000_000;

/// An impasse in memory and in the model, with the store beside.
struct Life {
    hall: Arc<Hall>,
    desk: Desk,
    model: Model,
    /// As the store was told.
    wakes_at: Option<Instant>,
}

fn clockwork(calendar: &Calendar, now: Instant, wake_at: Option<Instant>) -> Clockwork<'_> {
    Clockwork { calendar, thresholds: &PRACTICE.thresholds, today: now.day(), wake_at }
}

/// One step as the store takes it, knowing nothing of the impasse but its id.
struct Step {
    id: ImpasseId,
    now: Instant,
    numbers: Numbers,
    calendar: &'static Calendar,
    /// What somebody asks for; nothing for what falls due.
    asked: Option<(Person, escalation::Command)>,
    /// The edition that comes into force with it, in the place of both.
    edition: Option<&'static Calendar>,
}

impl Step {
    async fn taken(self, store: Store) -> Result<Vec<Event>, &'static str> {
        match store.write(Shard::of(&self.id), move |tx| self.written(tx)).await {
            Ok(events) => Ok(events),
            Err(Failure::Refused(code)) => Err(code),
            Err(Failure::Store(error)) => panic!("{error:?}"),
        }
    }

    fn written(&self, tx: &mut Tx<'_>) -> Result<Vec<Event>, Failure> {
        let before = impasses::load(tx.read(), CENTRE, self.id)?.unwrap();
        let system = Actor { centre: CENTRE, who: Who::System };
        let actor = self.asked.as_ref().map_or(system, |(person, _)| person.actor());
        let ctx = Context { now: self.now, actor: &actor, calendar: self.calendar, practice: &PRACTICE };
        let mut numbers = self.numbers.clone();
        let events = match (self.edition, &self.asked) {
            (Some(edition), _) => {
                let moves = before.impasse.moved_by(self.calendar, edition, self.now.day());
                Ok((!moves.is_empty()).then_some(Event::DeadlinesMoved { moves }).into_iter().collect())
            }
            (None, Some((_, command))) => {
                hall::decided(&before.impasse, command.clone(), &escalation::Terms::default(), &mut numbers, &ctx)
            }
            (None, None) => before.impasse.fall_due(&mut numbers, &ctx),
        };
        let events: Vec<Event> = events.map_err(|refusal| Failure::Refused(refusal.code))?;
        let mut impasse = before.impasse.clone();
        let recorded: Vec<_> = (impasse.version + 1..)
            .zip(events.clone())
            .map(|(version, event)| Recorded { version, at: self.now, by: actor.signature(), event })
            .collect();
        recorded.iter().for_each(|recorded| impasse.apply(recorded));
        let calendar = self.edition.unwrap_or(self.calendar);
        let clockwork = clockwork(calendar, self.now, impasse.wakes_at(calendar, &PRACTICE, self.now));
        let saved = impasses::save(tx.write(), &before, &impasse, &recorded, clockwork)?;
        assert!(matches!(saved, Saved::Done(_)), "nobody else writes to it");
        if !events.is_empty() {
            let again = impasses::save(tx.write(), &before, &impasse, &recorded, clockwork)?;
            assert_eq!(again, Saved::Stale, "{events:?} twice");
        }
        Ok(events)
    }
}

impl Life {
    async fn begin(hall: Arc<Hall>, by: Person, n: u64) -> (Self, Loaded) {
        let id = format!("01900000-0000-7000-8000-{n:012}").parse().unwrap();
        let external_number = brought(by).client.is_some().then(|| format!("EXT-{n}"));
        let registration = escalation::Registration { id, external_number, ..brought(by) };
        let mut desk = Desk::register(registration, by, morning()).unwrap();
        desk.numbers.before = n * NUMBERS;
        let wakes_at = desk.wakes_at();
        let (impasse, record) = (desk.impasse.clone(), desk.record.clone());
        let (calendar, now) = (desk.calendar(), desk.now);
        let registered = hall.write(move |c| {
            impasses::insert(c, &impasse, &record, clockwork(calendar, now, wakes_at))?;
            impasses::load(c, CENTRE, id)
        });
        let registered = registered.await.unwrap();
        (Self { hall, model: Model::new(by, desk.now.day()), wakes_at, desk }, registered)
    }

    fn id(&self) -> ImpasseId {
        self.desk.impasse.id
    }

    fn step(&self, asked: Option<(Person, escalation::Command)>) -> Step {
        let Desk { numbers, now, .. } = &self.desk;
        Step {
            id: self.id(),
            now: *now,
            numbers: numbers.clone(),
            calendar: self.desk.calendar(),
            asked,
            edition: None,
        }
    }

    /// Whatever falls due happens when it does, where the clock is watched, or all at once afterwards.
    async fn pass(&mut self, passing: Passing) {
        let end = self.desk.now.plus(chrono::Duration::minutes(passing.minutes));
        let known = self.desk.record.len();
        while let Some(wakes) = self.wakes_at.filter(|wakes| passing.watched && *wakes < end) {
            self.fall_due(wakes.max(self.desk.now)).await;
        }
        self.fall_due(end).await;
        self.model.hears(&self.desk.record[known..]);
        self.model.time_passes(self.desk.now.day(), self.desk.calendar());
    }

    /// It is found when its time has come and not before, and then the store comes to the same as the memory.
    async fn fall_due(&mut self, now: Instant) {
        self.desk.now = now;
        let found = self.hall.read(move |c| impasses::due(c, CENTRE, now, ALL_OF_THEM)).await;
        let is_due = found.contains(&self.id());
        assert_eq!(is_due, self.wakes_at.is_some_and(|wakes| wakes <= now), "at {now}");
        let stored = if is_due { self.step(None).taken(self.hall.store.clone()).await } else { Ok(Vec::new()) };
        assert_eq!(stored, Ok(self.desk.fall_due()), "at {now}");
        if is_due {
            self.wakes_at = self.desk.wakes_at();
        }
        assert!(self.wakes_at.is_none_or(|wakes| wakes > now), "at {now}: no progress");
    }

    /// Rule L1: found and read anew while a limit of it may still move, in the store as without one.
    async fn publish(&mut self, nth: u8) {
        let what = format!("edition {nth} at {}", self.desk.now);
        let found = self.hall.read(move |c| impasses::open_after(c, CENTRE, None, None, ALL_OF_THEM)).await;
        let is_found = found.contains(&self.id());
        let step = Step { edition: Some(editions::edition(nth)), ..self.step(None) };
        let stored = if is_found { step.taken(self.hall.store.clone()).await } else { Ok(Vec::new()) };
        let events = editions::publish(&mut self.desk, nth, &what);
        assert_eq!(stored, Ok(events), "{what}");
        if is_found {
            self.wakes_at = self.desk.wakes_at();
        }
        assert_eq!(self.wakes_at, self.desk.wakes_at(), "{what}: it would wake at another time than is stored");
    }

    /// `known` is how much of the record was there before time passed for it.
    async fn turn(&mut self, turn: &Turn, known: usize) {
        if let Turn::Edition(nth) = turn {
            self.publish(*nth).await;
        }
        let Some((person, ask)) = turn.asked(&self.model) else { return };
        let what = format!("{ask:?} by {person:?} at {} in {:?}", self.desk.now, self.desk.impasse.state);
        let stored = self.step(Some((person, ask.command()))).taken(self.hall.store.clone()).await;
        let expected = self.model.take(person, &ask, self.desk.now.day(), self.desk.calendar());
        let told = self.desk.tell(person, ask.command()).map_err(|refusal| refusal.code);
        assert_eq!(stored, told, "{what}");
        assert_eq!(told.is_ok(), expected, "{what}: {told:?}");
        let (impasse, model) = (&self.desk.impasse, &self.model);
        assert_eq!((impasse.state, impasse.rounds.len()), (model.state, model.rounds()), "{what}");
        if told.is_ok() {
            self.wakes_at = self.desk.wakes_at();
        }
        invariants::hold(&self.desk, known, &what);
    }

    /// What the store holds is what there is without one, and the record adds up to it.
    async fn agrees(&self) {
        let id = self.id();
        let (loaded, entries, verified, tasks, closed) = self
            .hall
            .read(move |c| {
                let loaded = impasses::load(c, CENTRE, id)?.unwrap();
                let entries = record::timeline(c, CENTRE, &id.to_string(), 0, ALL_OF_THEM)?;
                let verified = record::verify(c, CENTRE, &id.to_string())?;
                let tasks = impasses::tasks(c, CENTRE, &[LAND, FIRE].map(department), None, ALL_OF_THEM)?;
                let closed = impasses::in_state(c, CENTRE, State::ClosedOut, None)?;
                Ok((loaded, entries, verified, tasks, closed))
            })
            .await;
        assert_eq!(loaded.impasse, self.desk.impasse);
        assert_eq!(loaded.wake_at, self.wakes_at, "it would wake at another time than is stored");
        let recorded: Vec<_> = entries.into_iter().map(|entry| entry.recorded).collect();
        assert_eq!(recorded, self.desk.record);
        assert_eq!(Impasse::fold(&recorded).as_ref(), Some(&loaded.impasse));
        assert_eq!(verified, Verification { events: loaded.impasse.version, head: loaded.head, broken_at: None });
        let is_closed = closed.iter().any(|it| it.impasse.id == id);
        assert_eq!(is_closed, self.desk.impasse.state == State::ClosedOut);
        for staff in self.desk.impasse.persons().cloned().collect::<Vec<_>>() {
            let found = self.hall.read(move |c| impasses::open_after(c, CENTRE, Some(&staff), None, ALL_OF_THEM)).await;
            assert_eq!(found.contains(&id), !is_closed, "what rests on somebody is found by their code");
        }
        let nobody: kernel::StaffCode = "nobody-at-all".parse().unwrap();
        let found = self.hall.read(move |c| impasses::open_after(c, CENTRE, Some(&nobody), None, ALL_OF_THEM)).await;
        assert_eq!(found, [], "nothing names them");
        let mut listed: Vec<_> =
            tasks.into_iter().filter(|task| task.key.impasse == id).map(|task| task.key.department).collect();
        let to_do = |order: &&escalation::Order| !matches!(order.state, OrderState::Signed | OrderState::Returned);
        let open = self.desk.impasse.orders.iter().filter(to_do);
        let mut open: Vec<_> = open.map(|order| order.department.clone()).collect();
        listed.sort_unstable();
        open.sort_unstable();
        // A department has one line for an impasse, however many orders it has there.
        open.dedup();
        assert_eq!(listed, open, "the departments' lists");
    }

    /// Whoever read it before it last changed can no longer change it.
    async fn whoever_is_late_is_refused(&self, before: Loaded) {
        if before.impasse.version == self.desk.impasse.version {
            return;
        }
        let (calendar, now) = (self.desk.calendar(), self.desk.now);
        let saved = self.hall.write(move |c| {
            let event = Event::Urged(escalation::Said {
                text: hall::text("催办"),
                by: Person::Clerk.actor().signature(),
                at: now,
            });
            let version = before.impasse.version + 1;
            let late = Recorded { version, at: now, by: Person::Clerk.actor().signature(), event };
            let mut impasse = before.impasse.clone();
            impasse.apply(&late);
            impasses::save(c, &before, &impasse, &[late], clockwork(calendar, now, Some(now)))
        });
        assert_eq!(saved.await, Saved::Stale);
        self.agrees().await;
    }
}

async fn live(hall: Arc<Hall>, by: Person, n: u64, turns: Vec<(Passing, Turn)>) -> State {
    let (mut life, registered) = Life::begin(hall, by, n).await;
    for (round, (passing, turn)) in turns.iter().enumerate() {
        let known = life.desk.record.len();
        life.pass(*passing).await;
        life.turn(turn, known).await;
        if round % 4 == 0 {
            life.agrees().await;
        }
    }
    life.agrees().await;
    life.whoever_is_late_is_refused(registered).await;
    life.desk.impasse.state
}

on_both! {
    /// Clauses D3-1 to D6-1, D7-1, D8-1, D13-1, rule L15
    async fn every_life_of_an_impasse_is_the_same_in_the_store(database: Database) {
        let hall = Arc::new(Hall::open(database).await);
        hall.knows(hall::applicant(), &[LAND, FIRE, "centre"].map(department)).await;
        let lives = std::env::var("LAW_SEQUENCES").ok().and_then(|lives| lives.parse().ok()).unwrap_or(LIVES);
        let cases = lives.div_ceil(u32::try_from(SIDE_BY_SIDE).unwrap());
        let config = Config { cases, failure_persistence: None, max_shrink_time: 20_000, ..Config::default() };
        let runtime = Handle::current();
        // The runner of proptest knows nothing of futures.
        let running = tokio::task::spawn_blocking(move || {
            let (begun, seen) = (AtomicU64::new(0), Mutex::new(Vec::new()));
            let beginnings = proptest::collection::vec((beginning(), turns()), 1..=2 * SIDE_BY_SIDE - 1);
            let result = TestRunner::new(config).run(&beginnings, |company| {
                let first = begun.fetch_add(company.len() as u64, Ordering::Relaxed) + 1;
                let lives = (first..).zip(company).map(|(n, (by, turns))| live(Arc::clone(&hall), by, n, turns));
                let states = runtime.block_on(all(lives.collect::<Vec<_>>()));
                seen.lock().unwrap().extend(states);
                Ok(())
            });
            result.unwrap_or_else(|failure| panic!("{failure}"));
            seen.into_inner().unwrap()
        });
        let seen: Vec<State> = running.await.unwrap();
        assert!(seen.contains(&State::ClosedOut), "none got to its end: {seen:?}");
    }
}
