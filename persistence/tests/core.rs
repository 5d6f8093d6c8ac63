//! The store's promises, on both databases: what is answered is committed, and one write never fails another.
#![allow(clippy::unwrap_used)]

mod support;

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, atomic::Ordering},
};

use diesel::{
    Connection as _, ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _, connection::SimpleConnection as _,
};
use kernel::Centre;
use persistence::{OpenError, Shard, Store, StoreError, StoreOptions, migrate};
use support::*;

fn shard() -> Shard {
    Shard::of("one aggregate")
}

async fn add(store: &Store, id: i64) -> Result<(), Failure> {
    store.write(shard(), move |tx| insert(tx, id)).await
}

async fn take_number(store: &Store, shard: Shard, keep: bool) -> Result<u64, Failure> {
    let take = move |tx: &mut persistence::Tx<'_>| {
        let number = tx.next_number(Centre::WENLING, "acceptance", 2026)?;
        if keep { Ok(number) } else { Err(Failure::Refused("said_no")) }
    };
    store.write(shard, take).await
}

on_both! {
    async fn what_is_answered_is_seen_from_outside(database: Database) {
        let store = database.store().await;
        for id in 1..=5 {
            add(&store, id).await.unwrap();
            assert_eq!(rows(&database).last(), Some(&id));
        }
        drop(store);
        assert_eq!(rows(&database), [1, 2, 3, 4, 5]);
    }

    async fn one_bad_write_never_fails_its_neighbours(database: Database) {
        let store = database.store().await;
        add(&store, 1).await.unwrap();
        let committed = store.stats().batches.load(Ordering::Relaxed);
        let gate = Gate::close(&store, shard()).await;
        let mut answers = Vec::new();
        for id in 2..=20 {
            let job = move |tx: &mut persistence::Tx<'_>| match id {
                5 => Err(Failure::Refused("said_no")),
                8 => insert(tx, id).and(Err(Failure::Refused("said_no"))),
                11 => insert(tx, id).map(|()| panic!("a fault in a write")),
                14 => insert(tx, 1),
                _ => insert(tx, id),
            };
            answers.push((id, queued(&store, shard(), job).await));
        }
        gate.open().await;
        for (id, answer) in answers {
            let answer = answer.await.unwrap();
            match id {
                5 | 8 => assert!(matches!(answer, Err(Failure::Refused(_))), "{id}: {answer:?}"),
                11 => assert!(matches!(answer, Err(Failure::Store(StoreError::Panicked))), "{answer:?}"),
                14 => assert!(matches!(answer, Err(Failure::Store(StoreError::Duplicate))), "{answer:?}"),
                _ => assert!(answer.is_ok(), "{id}: {answer:?}"),
            }
        }
        let expected: Vec<i64> = (1..=20).filter(|id| ![5, 8, 11, 14].contains(id)).collect();
        assert_eq!(rows(&database), expected);
        let stats = store.stats();
        let commits = stats.batches.load(Ordering::Relaxed) - committed;
        assert_eq!(commits, 2, "the gate's and one for all the others");
        assert_eq!(stats.rerun_batches.load(Ordering::Relaxed), 1);
    }

    async fn a_refusal_before_writing_costs_nothing(database: Database) {
        let store = database.store().await;
        let gate = Gate::close(&store, shard()).await;
        let mut answers = Vec::new();
        for id in 1..=6 {
            let job = move |tx: &mut persistence::Tx<'_>| {
                number(tx.read(), "SELECT count(*) AS number FROM scratch")?;
                if id % 2 == 0 { Err(Failure::Refused("said_no")) } else { insert(tx, id) }
            };
            answers.push(queued(&store, shard(), job).await);
        }
        gate.open().await;
        let mut refused = 0;
        for answer in answers {
            refused += u32::from(answer.await.unwrap().is_err());
        }
        assert_eq!((refused, rows(&database)), (3, vec![1, 3, 5]));
        assert_eq!(store.stats().rerun_batches.load(Ordering::Relaxed), 0);
    }

    async fn a_write_that_fails_leaves_nothing(database: Database) {
        let store = database.store().await;
        let refused = store.write(shard(), |tx| insert(tx, 1).and(Err::<(), _>(Failure::Refused("said_no")))).await;
        assert!(matches!(refused, Err(Failure::Refused(_))));
        let nested = |tx: &mut persistence::Tx<'_>| {
            insert(tx, 2)?;
            tx.write().transaction(|c| {
                c.batch_execute("INSERT INTO scratch VALUES (3, 'x')")?;
                panic!("a fault within a savepoint")
            })
        };
        let panicked: Result<(), Failure> = store.write(shard(), nested).await;
        assert!(matches!(panicked, Err(Failure::Store(StoreError::Panicked))), "{panicked:?}");
        add(&store, 4).await.unwrap();
        assert_eq!(rows(&database), [4]);
    }

    async fn an_expected_error_in_a_savepoint_is_survived(database: Database) {
        let store = database.store().await;
        add(&store, 1).await.unwrap();
        let job = |tx: &mut persistence::Tx<'_>| {
            let taken = tx.write().transaction(|c| {
                diesel::insert_into(scratch::table).values((scratch::id.eq(1), scratch::body.eq("y"))).execute(c)
            });
            assert!(taken.is_err());
            insert(tx, 2)
        };
        store.write(shard(), job).await.unwrap();
        let gate = Gate::close(&store, shard()).await;
        let job = move |tx: &mut persistence::Tx<'_>| {
            let taken = tx.write().transaction(|c| c.batch_execute("INSERT INTO scratch VALUES (1, 'z')"));
            assert!(taken.is_err());
            insert(tx, 3)
        };
        let (one, other) = (queued(&store, shard(), job).await, queued(&store, shard(), |tx| insert(tx, 4)).await);
        gate.open().await;
        one.await.unwrap().unwrap();
        other.await.unwrap().unwrap();
        assert_eq!(rows(&database), [1, 2, 3, 4]);
    }

    async fn a_full_queue_turns_away(database: Database) {
        let store = database.store_with(StoreOptions { queue: 3, ..database.options() }).await;
        let gate = Gate::close(&store, shard()).await;
        let mut waiting = Vec::new();
        for id in 1..=3 {
            waiting.push(queued(&store, shard(), move |tx| insert(tx, id)).await);
        }
        let turned_away = add(&store, 4).await;
        assert!(matches!(turned_away, Err(Failure::Store(StoreError::Overloaded))), "{turned_away:?}");
        gate.open().await;
        for answer in waiting {
            answer.await.unwrap().unwrap();
        }
        assert_eq!(rows(&database), [1, 2, 3]);
        assert_eq!(store.stats().overloaded.load(Ordering::Relaxed), 1);
        assert_eq!(store.stats().write_queue.load(Ordering::Relaxed), 0);
    }

    async fn what_nobody_waits_for_any_more_is_not_begun(database: Database) {
        let store = database.store().await;
        let gate = Gate::close(&store, shard()).await;
        let gone = queued(&store, shard(), |tx| insert(tx, 1)).await;
        gone.abort();
        assert!(gone.await.is_err());
        let stays = queued(&store, shard(), |tx| insert(tx, 2)).await;
        gate.open().await;
        stays.await.unwrap().unwrap();
        assert_eq!(rows(&database), [2]);
    }

    async fn shutdown_answers_what_is_waiting_and_accepts_no_more(database: Database) {
        let store = database.store().await;
        let gate = Gate::close(&store, shard()).await;
        let mut waiting = Vec::new();
        for id in 1..=9 {
            waiting.push(queued(&store, shard(), move |tx| insert(tx, id)).await);
        }
        let closing = { let store = store.clone(); tokio::spawn(async move { store.shutdown().await }) };
        gate.open().await;
        closing.await.unwrap();
        for answer in waiting {
            answer.await.unwrap().unwrap();
        }
        assert_eq!(rows(&database), (1..=9).collect::<Vec<_>>());
        assert!(matches!(add(&store, 10).await, Err(Failure::Store(StoreError::Closed))));
        assert!(matches!(store.read(|_| Ok::<_, StoreError>(())).await, Err(StoreError::Closed)));
        assert!(matches!(store.ping().await, Err(StoreError::Closed)));
    }

    async fn what_follows_a_commit_happens_once_and_before_the_answer(database: Database) {
        let store = database.store().await;
        let told = Arc::new(Mutex::new(Vec::new()));
        for refused_after_writing in [false, true] {
            let first = if refused_after_writing { 4 } else { 1 };
            let gate = Gate::close(&store, shard()).await;
            let mut answers = Vec::new();
            for id in first..first + 3_i64 {
                let told = Arc::clone(&told);
                let job = move |tx: &mut persistence::Tx<'_>| {
                    let told = Arc::clone(&told);
                    tx.on_commit(move || told.lock().unwrap().push(id));
                    let refused = id == first + 1;
                    if !refused || refused_after_writing {
                        insert(tx, id)?;
                    }
                    if refused { Err(Failure::Refused("said_no")) } else { Ok(()) }
                };
                answers.push(queued(&store, shard(), job).await);
            }
            gate.open().await;
            for answer in answers {
                let _ = answer.await.unwrap();
            }
            assert_eq!(told.lock().unwrap().drain(..).collect::<Vec<_>>(), [first, first + 2]);
        }
        let panicking = |tx: &mut persistence::Tx<'_>| {
            tx.on_commit(|| panic!("a listener"));
            insert(tx, 7)
        };
        store.write(shard(), panicking).await.unwrap();
        assert_eq!(rows(&database), [1, 3, 4, 6, 7]);
    }

    async fn concurrent_changes_by_version_lose_nothing(database: Database) {
        let store = database.store().await;
        add(&store, 0).await.unwrap();
        let change = |number: u64| {
            let store = store.clone();
            async move {
                let job = |tx: &mut persistence::Tx<'_>| {
                    let body: String = scratch::table.find(0).select(scratch::body).first(tx.read())?;
                    let changed = diesel::update(scratch::table.find(0))
                        .filter(scratch::body.eq(&body))
                        .set(scratch::body.eq(format!("{body}x")))
                        .execute(tx.write())?;
                    if changed == 1 { Ok(()) } else { Err(Failure::Refused("said_no")) }
                };
                // Different shards on purpose: on PostgreSQL two writers meet on the row.
                while store.write(Shard::of(&number), job).await.is_err() {}
            }
        };
        all((0..100).map(change)).await;
        let length = "SELECT CAST(length(body) AS BIGINT) AS number FROM scratch";
        assert_eq!(number(&mut database.outside(), length).unwrap(), 101);
    }

    async fn no_number_is_given_twice(database: Database) {
        let mut given = Vec::new();
        for _ in 0..2 {
            let store = database.store().await;
            let take = |i: u64| {
                let store = store.clone();
                async move { take_number(&store, Shard::of(&i), !i.is_multiple_of(3)).await.ok() }
            };
            given.extend(all((0..240).map(take)).await.into_iter().flatten());
            store.shutdown().await;
        }
        assert_eq!(given.len(), 320);
        assert_eq!(given.iter().collect::<HashSet<_>>().len(), given.len(), "{given:?}");
        assert!(given.iter().all(|number| *number >= 1));
    }

    async fn a_block_is_ours_only_after_the_commit(database: Database) {
        let store = database.store().await;
        assert!(take_number(&store, shard(), false).await.is_err());
        assert_eq!(take_number(&store, shard(), true).await.unwrap(), 1);
        assert!(take_number(&store, shard(), false).await.is_err());
        assert_eq!(take_number(&store, shard(), true).await.unwrap(), 3, "the refused one's number is a gap");
        store.shutdown().await;
        let store = database.store().await;
        assert_eq!(take_number(&store, shard(), true).await.unwrap(), 51, "the rest of a block ends with the program");
        let other = store.write(shard(), |tx| tx.next_number(Centre::WENLING, "acceptance", 2027)).await.unwrap();
        assert_eq!(other, 1, "each year begins anew");
    }

    async fn readers_cannot_write_and_recover(database: Database) {
        let store = database.store_with(StoreOptions { readers: 1, ..database.options() }).await;
        let write = |c: &mut persistence::Connection| c.batch_execute("INSERT INTO scratch VALUES (1, 'x')");
        assert!(store.read(move |c| Ok::<_, StoreError>(write(c)?)).await.is_err());
        let left_open = |c: &mut persistence::Connection| {
            use diesel::connection::TransactionManager as _;
            <persistence::Connection as diesel::Connection>::TransactionManager::begin_transaction(c)?;
            number(c, "SELECT count(*) AS number FROM scratch")
        };
        assert_eq!(store.read(left_open).await.unwrap(), 0);
        let panicked: Result<(), StoreError> = store.read(|_| panic!("a fault in a read")).await;
        assert!(matches!(panicked, Err(StoreError::Panicked)));
        add(&store, 1).await.unwrap();
        let seen = store.read(|c| number(c, "SELECT count(*) AS number FROM scratch")).await.unwrap();
        assert_eq!(seen, 1, "the transaction left open is gone");
        store.ping().await.unwrap();
    }

    async fn the_schema_goes_up_down_and_up(database: Database) {
        let all = migrate::up(&database.url).unwrap();
        assert_eq!(migrate::up(&database.url).unwrap(), Vec::<String>::new());
        let status = migrate::status(&database.url).unwrap();
        assert_eq!((status.applied, status.pending.len(), status.unknown.len()), (all.clone(), 0, 0));
        migrate::down_all(&database.url).unwrap();
        assert_eq!(migrate::status(&database.url).unwrap().pending, all);
        if let Some(first) = all.first() {
            let refused = Store::open(StoreOptions { migrate: false, ..database.options() }).unwrap_err();
            assert!(matches!(refused, OpenError::OlderSchema(ref version) if version == first), "{refused}");
        }
        assert_eq!(migrate::up(&database.url).unwrap(), all);
    }

    async fn a_newer_schema_refuses_to_open(database: Database) {
        let store = database.store().await;
        let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')";
        store.write(shard(), move |tx| Ok::<_, StoreError>(tx.write().batch_execute(newer)?)).await.unwrap();
        store.shutdown().await;
        for migrate in [true, false] {
            let refused = Store::open(StoreOptions { migrate, ..database.options() }).unwrap_err();
            assert!(matches!(refused, OpenError::NewerSchema(ref version) if version == "29990101000000"), "{refused}");
        }
        assert!(matches!(migrate::up(&database.url), Err(OpenError::NewerSchema(_))));
    }
}
