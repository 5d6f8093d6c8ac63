//! What only PostgreSQL does: connections that break, other processes on the same rows, transactions that are aborted.
#![allow(clippy::unwrap_used)]

mod support;

use std::{
    collections::HashSet,
    sync::{Arc, Barrier, atomic::Ordering},
    thread,
};

use diesel::{RunQueryDsl as _, connection::SimpleConnection as _};
use kernel::Centre;
use persistence::{Connection, OpenError, Shard, Store, StoreError, StoreOptions, Tx, migrate};
use support::*;

fn shard() -> Shard {
    Shard::of("one aggregate")
}

/// Ends the connection that a job runs on, from outside, and returns when the server has done so.
fn cut(tx: &mut Tx<'_>, outside: &mut Connection) {
    let pid = number(tx.read(), "SELECT CAST(pg_backend_pid() AS BIGINT) AS number").unwrap();
    outside.batch_execute(&format!("SELECT pg_terminate_backend({pid})")).unwrap();
    let gone = format!("SELECT count(*) AS number FROM pg_stat_activity WHERE pid = {pid}");
    while number(outside, &gone).unwrap() > 0 {}
}

#[tokio::test]
async fn a_connection_lost_before_the_commit_is_replaced() {
    let Some(database) = Database::postgres() else { return };
    let store = database.store().await;
    let runs = Count::default();
    let cut_at_first = |id: i64| {
        let (mut outside, count) = (Some(database.outside()), Arc::clone(&runs));
        move |tx: &mut Tx<'_>| {
            count.fetch_add(1, Ordering::Relaxed);
            insert(tx, id)?;
            if let Some(mut outside) = outside.take() {
                cut(tx, &mut outside);
            }
            insert(tx, id + 1)
        }
    };
    store.write(shard(), cut_at_first(1)).await.unwrap();
    assert_eq!((counted(&runs), rows(&database)), (2, vec![1, 2]));
    let gate = Gate::close(&store, shard()).await;
    let neighbour = queued(&store, shard(), |tx| insert(tx, 3)).await;
    let cut = queued(&store, shard(), cut_at_first(4)).await;
    gate.open().await;
    neighbour.await.unwrap().unwrap();
    cut.await.unwrap().unwrap();
    assert_eq!((counted(&runs), rows(&database)), (4, vec![1, 2, 3, 4, 5]));
}

#[tokio::test]
async fn a_commit_without_an_answer_is_called_unknown() {
    let Some(database) = Database::postgres() else { return };
    let store = database.store().await;
    let gate = Gate::close(&store, shard()).await;
    let mut outside = database.outside();
    let wrote = queued(&store, shard(), |tx| insert(tx, 1)).await;
    let only_read =
        queued(&store, shard(), |tx| Ok(number(tx.read(), "SELECT count(*) AS number FROM scratch")?)).await;
    let cuts = queued(&store, shard(), move |tx| {
        insert(tx, 2)?;
        cut(tx, &mut outside);
        Ok(())
    })
    .await;
    gate.open().await;
    for answer in [wrote, cuts] {
        let answer = answer.await.unwrap();
        assert!(matches!(answer, Err(Failure::Store(StoreError::OutcomeUnknown))), "{answer:?}");
    }
    assert_eq!(only_read.await.unwrap().unwrap(), 0, "read again, after what it saw was lost");
    store.write(shard(), |tx| insert(tx, 3)).await.unwrap();
    assert_eq!(rows(&database), [3]);
}

#[tokio::test]
async fn connections_that_broke_while_idle_are_replaced() {
    let Some(database) = Database::postgres() else { return };
    let store = database.store_with(StoreOptions { readers: 1, ..database.options() }).await;
    let others = "SELECT count(pg_terminate_backend(pid)) AS number FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let left = "SELECT count(*) AS number FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let mut outside = database.outside();
    assert_eq!(number(&mut outside, others).unwrap(), 3, "two writers and a reader");
    while number(&mut outside, left).unwrap() > 0 {}
    store.write(shard(), |tx| insert(tx, 1)).await.unwrap();
    let count = "SELECT count(*) AS number FROM scratch";
    let first = store.read(move |c| number(c, count)).await;
    assert!(matches!(first, Err(StoreError::Unavailable(_))), "{first:?}");
    assert_eq!(store.read(move |c| number(c, count)).await.unwrap(), 1);
}

#[tokio::test]
async fn whoever_loses_a_deadlock_runs_again() {
    let Some(database) = Database::postgres() else { return };
    let (one, other) = (database.store().await, database.store().await);
    one.write(shard(), |tx| insert(tx, 1).and_then(|()| insert(tx, 2))).await.unwrap();
    let meet = Arc::new(Barrier::new(2));
    let crossing = |store: Store, first: i64, second: i64| {
        let mut meet = Some(Arc::clone(&meet));
        async move {
            let job = move |tx: &mut Tx<'_>| {
                let touch = |id| format!("UPDATE scratch SET body = body || 'x' WHERE id = {id}");
                tx.write().batch_execute(&touch(first))?;
                meet.take().map(|meet| meet.wait());
                tx.write().batch_execute(&touch(second))?;
                Ok::<_, Failure>(())
            };
            store.write(shard(), job).await
        }
    };
    let answers = all([crossing(one.clone(), 1, 2), crossing(other.clone(), 2, 1)]).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let total =
        number(&mut database.outside(), "SELECT CAST(sum(length(body)) AS BIGINT) AS number FROM scratch").unwrap();
    assert_eq!(total, 6);
    let retries = |store: &Store| store.stats().retries.load(Ordering::Relaxed);
    assert!(retries(&one) + retries(&other) >= 1);
}

/// PostgreSQL answers COMMIT with success and rolls back; an acknowledgement would be a lie.
#[tokio::test]
async fn an_error_kept_secret_is_not_acknowledged() {
    let Some(database) = Database::postgres() else { return };
    let store = database.store().await;
    store.write(shard(), |tx| insert(tx, 1)).await.unwrap();
    let secretive = |tx: &mut Tx<'_>| {
        insert(tx, 2)?;
        let _ = tx.write().batch_execute("INSERT INTO scratch VALUES (1, 'again')");
        Ok::<_, Failure>(())
    };
    let answer = store.write(shard(), secretive).await;
    assert!(matches!(answer, Err(Failure::Store(StoreError::Database(_)))), "{answer:?}");
    let gate = Gate::close(&store, shard()).await;
    let (bad, good) = (queued(&store, shard(), secretive).await, queued(&store, shard(), |tx| insert(tx, 3)).await);
    gate.open().await;
    assert!(bad.await.unwrap().is_err());
    good.await.unwrap().unwrap();
    assert_eq!(rows(&database), [1, 3]);
}

/// Both look first and find nothing; whoever inserts second looks again and finds what the first one did.
#[tokio::test]
async fn whoever_comes_second_to_a_key_looks_again() {
    let Some(database) = Database::postgres() else { return };
    let (one, other) = (database.store().await, database.store().await);
    let both_looked = Arc::new(Barrier::new(2));
    let put_once = |store: Store| {
        let (both_looked, mut first_run) = (Arc::clone(&both_looked), true);
        async move {
            store
                .write(shard(), move |tx| {
                    let known = number(tx.read(), "SELECT count(*) AS number FROM scratch WHERE id = 7")?;
                    if std::mem::take(&mut first_run) {
                        both_looked.wait();
                    }
                    if known > 0 {
                        return Ok::<_, StoreError>("known");
                    }
                    let inserted = diesel::sql_query("INSERT INTO scratch VALUES (7, 'x')").execute(tx.write());
                    tx.first(inserted)?;
                    Ok("new")
                })
                .await
                .unwrap()
        }
    };
    let (a, b) = tokio::join!(tokio::spawn(put_once(one)), tokio::spawn(put_once(other)));
    let mut answers = [a.unwrap(), b.unwrap()];
    answers.sort_unstable();
    assert_eq!((answers, rows(&database)), (["known", "new"], vec![7]));
}

#[tokio::test]
async fn two_processes_never_give_the_same_number() {
    let Some(database) = Database::postgres() else { return };
    let stores = [database.store().await, database.store().await];
    let take = |i: usize| {
        let store = stores[i % 2].clone();
        async move {
            let job = |tx: &mut Tx<'_>| {
                let number = tx.next_number(Centre::WENLING, "acceptance", 2026)?;
                insert(tx, i64::try_from(number).unwrap())?;
                Ok::<_, Failure>(number)
            };
            store.write(Shard::of(&i), job).await.unwrap()
        }
    };
    let given = all((0..400).map(take)).await;
    assert_eq!(given.iter().collect::<HashSet<_>>().len(), 400);
    assert_eq!(rows(&database).len(), 400);
}

#[test]
fn two_processes_may_migrate_at_once() {
    let Some(database) = Database::postgres() else { return };
    let applied: Vec<_> = thread::scope(|scope| {
        let tasks: Vec<_> = (0..4).map(|_| scope.spawn(|| migrate::up(&database.url).unwrap())).collect();
        tasks.into_iter().flat_map(|task| task.join().unwrap()).collect()
    });
    assert_eq!(applied, migrate::status(&database.url).unwrap().applied, "each once");
}

#[tokio::test]
async fn every_session_is_set_up() {
    let Some(database) = Database::postgres() else { return };
    let store = database.store().await;
    let holds = |setting: &str, value: &str| {
        format!("SELECT CAST(current_setting('{setting}') = '{value}' AS INTEGER)::BIGINT AS number")
    };
    for (setting, value) in [
        ("TimeZone", "UTC"),
        ("statement_timeout", "10s"),
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "10s"),
        ("transaction_read_only", "off"),
    ] {
        let query = holds(setting, value);
        assert_eq!(store.write(shard(), move |tx| number(tx.read(), &query)).await.unwrap(), 1, "{setting}");
    }
    for (setting, value) in [("TimeZone", "UTC"), ("statement_timeout", "5s"), ("transaction_read_only", "on")] {
        let query = holds(setting, value);
        assert_eq!(store.read(move |c| number(c, &query)).await.unwrap(), 1, "{setting}");
    }
}

#[tokio::test]
async fn a_database_that_forgets_is_refused() {
    let Some(database) = Database::postgres() else { return };
    let Connection::Postgres(mut outside) = database.outside() else { unreachable!() };
    let name =
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$";
    outside.batch_execute(name).unwrap();
    let refused = Store::open(database.options()).unwrap_err();
    assert!(matches!(refused, OpenError::Unsafe { ref setting, .. } if setting == "synchronous_commit"), "{refused}");
}

/// Needs no server: nothing listens on the first port.
#[test]
fn an_unreachable_server_is_named_with_its_cause_and_without_the_password() {
    let url = "postgres://clerk:s3cret@127.0.0.1:1/yichuang".parse().unwrap();
    let refused = Store::open(StoreOptions::new(url)).unwrap_err().to_string();
    assert!(refused.contains("postgres://clerk:***@127.0.0.1:1/yichuang"), "{refused}");
    assert!(refused.contains("Connection refused"), "{refused}");
    assert!(!refused.contains("s3cret") && !refused.contains('\n'), "{refused}");
}
