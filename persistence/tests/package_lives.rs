//! Random lives of whole packages through the store, on both databases: the cases of an application loaded, decided and saved
//! as the program does it, what follows for the others in the same transaction, held against the same life in memory and so
//! against its models (clause C1-1, rules L1, L10). More lives than usual with `LAW_SEQUENCES=100000`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

#[path = "../../domain/casework/tests/package/lives/deed.rs"]
mod deed;
#[path = "../../domain/casework/tests/hall/mod.rs"]
mod hall;
#[path = "../../domain/casework/tests/model/mod.rs"]
mod model;
#[path = "../../domain/casework/tests/package/lives/order.rs"]
mod order;
#[path = "../../domain/casework/tests/package/lives/plan.rs"]
mod plan;
#[path = "lives/put.rs"]
mod put;
#[allow(dead_code, reason = "cases that have come to this or that are not asked for here")]
#[path = "../../domain/casework/tests/package/scene.rs"]
mod scene;
#[path = "package_lives/through.rs"]
mod through;
#[allow(dead_code, reason = "time passes in the store here")]
#[path = "../../domain/casework/tests/package/lives/whole.rs"]
mod whole;

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use casework::{Case, Event, package::Application};
use catalog::Package;
use deed::Deed;
use diesel::{QueryResult, connection::SimpleConnection as _};
use hall::{FIRE, Person, STATISTICS, TRAFFIC, WATER, department};
use intake::AttachedFile;
use kernel::{CaseId, Instant, ItemCode};
use model::editions;
use persistence::{
    Connection, Shard, Tx, cases,
    packages::{self, applications},
    record::{self, Verification},
};
use plan::{Passing, Turn, beginning, taken_up_again, turns};
use proptest::{
    prop_oneof,
    test_runner::{Config, TestRunner},
};
use put::{clockwork, written};
use support::{
    Database, Failure, all,
    centre::{CENTRE, Hall},
};
use through::Through;
use tokio::runtime::Handle;
use whole::{Seen, Whole};

/// How many lives there are without being asked for more.
const LIVES: u32 = 48;
/// How many live side by side, on average, so that the store groups what they write.
const SIDE_BY_SIDE: usize = 8;
/// Of so many turns one ends with a look at what the store holds.
const A_LOOK: usize = 5;
const ALL_OF_THEM: i64 = 1_000_000;

/// A package in memory, with the store beside.
struct Life<'a> {
    hall: Arc<Hall>,
    whole: Whole<'a>,
}

impl Life<'_> {
    async fn begins(&self) {
        let application = self.whole.application.clone();
        let (calendar, now) = (self.whole.parts[0].desk.calendar(), self.whole.now);
        let desks = self.whole.parts.iter().map(|part| &part.desk);
        let begun: Vec<_> = desks.map(|it| (it.case.clone(), it.record.clone(), it.wakes_at())).collect();
        let insert = move |c: &mut Connection| -> QueryResult<()> {
            applications::insert(c, &application, None)?;
            for (case, record, wakes_at) in &begun {
                cases::insert(c, case, record, clockwork(calendar, now, *wakes_at))?;
            }
            Ok(())
        };
        self.hall.write(insert).await;
    }

    /// Whatever is done in the store at this moment.
    fn through(&self, now: Instant) -> Through {
        let desks = self.whole.parts.iter().map(|part| &part.desk);
        Through {
            id: self.whole.application.id,
            now,
            calendar: self.whole.parts[0].desk.calendar(),
            numbers: desks.map(|desk| (desk.item.item.clone(), desk.numbers.clone())).collect(),
        }
    }

    async fn write(
        &self,
        now: Instant,
        work: impl Fn(&mut Through, &mut Tx<'_>) -> Result<(), Failure> + Send + 'static,
    ) -> Result<(), &'static str> {
        let through = self.through(now);
        let shard = Shard::of(&through.id);
        written(self.hall.store.clone(), shard, move |tx| work(&mut through.clone(), tx)).await
    }

    /// Whatever falls due happens when it does, where the clock is watched, or all at once afterwards.
    async fn pass(&mut self, passing: Passing) {
        let end = self.whole.now.plus(chrono::Duration::minutes(passing.minutes));
        loop {
            let next = self.whole.parts.iter().filter_map(|part| part.desk.wakes_at()).min();
            let next = next.filter(|wakes| passing.watched && *wakes < end).map(|wakes| wakes.max(self.whole.now));
            self.fall_due(next.unwrap_or(end)).await;
            if next.is_none() {
                return;
            }
        }
    }

    /// Those whose time has come are found, and no others.
    async fn fall_due(&mut self, now: Instant) {
        let found = self.hall.read(move |c| cases::due(c, CENTRE, now, ALL_OF_THEM)).await;
        let own: BTreeSet<CaseId> = self.whole.application.cases.values().copied().collect();
        let found: BTreeSet<CaseId> = found.into_iter().filter(|id| own.contains(id)).collect();
        let due = self.whole.parts.iter().filter(|part| part.desk.wakes_at().is_some_and(|at| at <= now));
        assert_eq!(found, due.map(|part| part.desk.case.id).collect::<BTreeSet<_>>(), "at {now}");
        if !found.is_empty() {
            self.write(now, |through, tx| through.fall_due(tx)).await.unwrap();
        }
        self.whole.fall_due(now);
    }

    /// Something is asked of both, and both give the same answer.
    async fn does(&mut self, deed: &Deed) {
        let now = self.whole.now;
        let stored = match deed.clone() {
            Deed::Act(at, person, ask) => {
                let id = self.whole.parts[at].desk.case.id;
                self.write(now, move |through, tx| through.act(tx, id, person, &ask)).await
            }
            Deed::Withdraw(named, with_dependents, by) => {
                let item = |at: &usize| self.whole.application.members[*at].item.clone();
                let named: BTreeSet<ItemCode> = named.iter().map(item).collect();
                self.write(now, move |through, tx| through.withdraw(tx, &named, with_dependents, by)).await
            }
            Deed::HandIn(nth, by) => {
                let shared = self.whole.shared(nth).code.clone();
                let file = AttachedFile { id: self.whole.next_file(), ..hall::file(now) };
                self.write(now, move |through, tx| through.hand_in(tx, &shared, &file, by)).await
            }
            Deed::Edition(nth) => self.publish(nth).await,
        };
        let told = self.whole.does(deed);
        assert_eq!(stored, told, "{deed:?} at {now}");
    }

    /// Rule L1: those whose limits may still move are found and read anew.
    async fn publish(&self, nth: u8) -> Result<(), &'static str> {
        let open = self.hall.read(move |c| cases::open_after(c, CENTRE, None, ALL_OF_THEM)).await;
        let own = self.whole.parts.iter().map(|part| part.desk.case.id).filter(|id| open.contains(id));
        let (own, new) = (own.collect::<Vec<CaseId>>(), editions::edition(nth));
        let publish =
            move |through: &mut Through, tx: &mut Tx<'_>| own.iter().try_for_each(|id| through.publish(tx, *id, new));
        self.write(self.whole.now, publish).await
    }

    /// What the store holds is what there is without one.
    async fn agrees(&self) {
        let (id, now) = (self.whole.application.id, self.whole.now);
        let read = move |c: &mut Connection| -> QueryResult<_> {
            Ok((applications::get(c, CENTRE, id)?.unwrap().application, cases::of_package(c, CENTRE, id)?))
        };
        let (application, loaded) = self.hall.read(read).await;
        let version = self.whole.application.version;
        assert_eq!(Application { version, ..application }, self.whole.application, "at {now}");
        assert_eq!(loaded.len(), self.whole.parts.len());
        for part in &self.whole.parts {
            let stored = loaded.iter().find(|it| it.case.id == part.desk.case.id).unwrap();
            assert_eq!(stored.case, part.desk.case, "at {now}");
            assert_eq!(stored.wake_at, part.desk.wakes_at(), "at {now}");
        }
    }

    /// The records add up to the cases, and the application is found while one of them is open.
    async fn adds_up(&self) {
        let id = self.whole.application.id;
        let streams: Vec<String> = self.whole.parts.iter().map(|part| part.desk.case.id.to_string()).collect();
        let read = move |c: &mut Connection| -> QueryResult<_> {
            let read = |stream: &String| -> QueryResult<_> {
                let entries = record::timeline::<Event>(c, CENTRE, stream, 0, ALL_OF_THEM)?;
                Ok((entries, record::verify(c, CENTRE, stream)?))
            };
            let records = streams.iter().map(read).collect::<QueryResult<Vec<_>>>()?;
            Ok((records, applications::open_after(c, CENTRE, None, ALL_OF_THEM)?))
        };
        let (records, open) = self.hall.read(read).await;
        for (part, (entries, verified)) in self.whole.parts.iter().zip(records) {
            let Verification { events, broken_at, .. } = verified;
            assert_eq!((events, broken_at), (part.desk.case.version, None));
            let recorded: Vec<_> = entries.into_iter().map(|entry| entry.recorded).collect();
            assert_eq!(recorded, part.desk.record);
            assert_eq!(Case::fold(&recorded).as_ref(), Some(&part.desk.case));
        }
        let is_open = self.whole.parts.iter().any(|part| part.desk.case.ended_at.is_none());
        assert_eq!(open.contains(&id), is_open);
    }
}

async fn live(hall: Arc<Hall>, nth: u64, (package, by): (Package, Person), turns: Vec<(Passing, Turn)>) -> Seen {
    let mut seen = Seen::default();
    let mut life = Life { hall, whole: Whole::file(&package, by, nth, &mut seen) };
    life.begins().await;
    for (round, (passing, turn)) in turns.iter().enumerate() {
        life.pass(*passing).await;
        if let Some(deed) = life.whole.deed(turn) {
            life.does(&deed).await;
        }
        if round % A_LOOK == A_LOOK - 1 {
            life.agrees().await;
        }
    }
    life.agrees().await;
    life.adds_up().await;
    life.whole.adds_up("at the end");
    drop(life);
    seen
}

on_both! {
    /// Clause C1-1, rules L1, L10
    async fn every_life_of_a_package_is_the_same_in_the_store(database: Database) {
        let hall = Arc::new(Hall::open(database).await);
        hall.knows(hall::applicant(), &[FIRE, WATER, TRAFFIC, STATISTICS].map(department)).await;
        hall.write(|c| packages::put(c, CENTRE, &scene::project())).await;
        let lives = std::env::var("LAW_SEQUENCES").ok().and_then(|lives| lives.parse().ok()).unwrap_or(LIVES);
        let cases = lives.div_ceil(u32::try_from(SIDE_BY_SIDE).unwrap());
        let config = Config { cases, failure_persistence: None, max_shrink_time: 20_000, ..Config::default() };
        let runtime = Handle::current();
        // The runner of proptest knows nothing of futures.
        let running = tokio::task::spawn_blocking(move || {
            let (begun, seen) = (AtomicU64::new(0), Mutex::new(Vec::new()));
            let turns = prop_oneof![2 => turns(1..25), 1 => turns(25..70)];
            let company = proptest::collection::vec((beginning(), turns), 1..2 * SIDE_BY_SIDE);
            let company = (company, (beginning(), taken_up_again()));
            let result = TestRunner::new(config).run(&company, |(mut company, again)| {
                company.push(again);
                let first = begun.fetch_add(company.len() as u64, Ordering::Relaxed) + 1;
                let clear = "DELETE FROM participants; DELETE FROM cases; DELETE FROM package_applications";
                runtime.block_on(hall.write(move |c| c.batch_execute(clear)));
                let lives = (first..).zip(company);
                let lives = lives.map(|(nth, (beginning, turns))| live(Arc::clone(&hall), nth, beginning, turns));
                seen.lock().unwrap().extend(runtime.block_on(all(lives.collect::<Vec<_>>())));
                Ok(())
            });
            result.unwrap_or_else(|failure| panic!("{failure}"));
            seen.into_inner().unwrap()
        });
        let seen: Vec<Seen> = running.await.unwrap();
        let count = |of: fn(&Seen) -> usize| seen.iter().map(of).sum::<usize>();
        assert!(count(|it| it.released) > 0 && count(|it| it.given) > 0, "{seen:?}");
        assert!(count(|it| it.held_back) > 0 && count(|it| it.resumed) > 0, "{seen:?}");
    }
}
