//! What only SQLite does: one process per file, and transactions that end by themselves.
#![allow(clippy::unwrap_used)]

mod support;

use std::{fs, path::PathBuf, process::Command, sync::atomic::Ordering};

use diesel::connection::SimpleConnection as _;
use persistence::{Connection, DatabaseUrl, OpenError, Shard, Store, StoreError, StoreOptions, Tx, migrate};
use support::*;

fn shard() -> Shard {
    Shard::of("one aggregate")
}

#[tokio::test]
async fn a_second_process_is_told_so() {
    let database = Database::sqlite();
    let store = database.store().await;
    let path = database.url.sqlite_path().unwrap();
    let detour = path.parent().unwrap().join("../").join(path.parent().unwrap().file_name().unwrap()).join("test.db");
    for url in [database.url.clone(), DatabaseUrl::sqlite(detour)] {
        let refused = Store::open(StoreOptions::new(url.clone())).unwrap_err();
        assert!(matches!(refused, OpenError::AlreadyOpen(_)), "{refused}");
        assert!(refused.to_string().contains("已被另一个进程使用"));
        assert!(matches!(migrate::status(&url), Err(OpenError::AlreadyOpen(_))));
    }
    store.shutdown().await;
    Store::open(database.options()).unwrap().shutdown().await;
}

#[tokio::test]
async fn the_file_is_private_and_one_after_shutdown() {
    let database = Database::sqlite();
    let store = database.store().await;
    store.write(shard(), |tx| insert(tx, 1)).await.unwrap();
    let path = database.url.sqlite_path().unwrap().to_owned();
    let mode = |name: &str| {
        use std::os::unix::fs::PermissionsExt as _;
        fs::metadata(path.with_file_name(name)).unwrap().permissions().mode() & 0o777
    };
    assert_eq!((mode("test.db"), mode("test.db-wal"), mode("test.db.lock")), (0o600, 0o600, 0o600));
    store.shutdown().await;
    assert!(!path.with_file_name("test.db-wal").exists());
}

#[tokio::test]
async fn every_connection_is_set_up() {
    let database = Database::sqlite();
    let store = database.store().await;
    // How a connection syncs is the business of those that move the log and of `Disk`.
    let pragmas = [("foreign_keys", 1), ("trusted_schema", 0), ("temp_store", 2), ("busy_timeout", 5000)];
    for (pragma, value) in pragmas {
        let query = format!(
            "SELECT CAST({} AS BIGINT) AS number FROM pragma_{pragma}",
            if pragma == "busy_timeout" { "timeout" } else { pragma }
        );
        let again = query.clone();
        assert_eq!(store.write(shard(), move |tx| number(tx.read(), &query)).await.unwrap(), value, "{pragma}");
        assert_eq!(store.read(move |c| number(c, &again)).await.unwrap(), value, "{pragma}");
    }
    let query_only = "SELECT CAST(query_only AS BIGINT) AS number FROM pragma_query_only";
    assert_eq!(store.read(move |c| number(c, query_only)).await.unwrap(), 1);
    let wal = "SELECT CAST(journal_mode = 'wal' AS BIGINT) AS number FROM pragma_journal_mode";
    assert_eq!(store.read(move |c| number(c, wal)).await.unwrap(), 1);
}

#[test]
fn what_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("absent/test.db");
    let refused = Store::open(StoreOptions::new(DatabaseUrl::sqlite(&nowhere))).unwrap_err();
    assert!(matches!(refused, OpenError::File { .. }), "{refused}");
    assert!(!nowhere.parent().unwrap().exists());

    let text = folder.path().join("notes.txt");
    let content = "not a database, ".repeat(100);
    fs::write(&text, &content).unwrap();
    let refused = Store::open(StoreOptions::new(DatabaseUrl::sqlite(&text))).unwrap_err();
    assert!(refused.to_string().ends_with("file is not a database"), "{refused}");
    assert_eq!(fs::read_to_string(&text).unwrap(), content);
}

#[tokio::test]
async fn a_damaged_file_is_refused() {
    const PAGE: usize = 4096;
    for schema_too in [false, true] {
        let database = Database::sqlite();
        let store = database.store().await;
        let long = format!("INSERT INTO scratch VALUES (1, '{}')", "x".repeat(20 * PAGE));
        let written = store.write(shard(), move |tx| Ok::<_, Failure>(tx.write().batch_execute(&long)?)).await;
        written.unwrap();
        store.shutdown().await;
        let path = database.url.sqlite_path().unwrap();
        let mut bytes = fs::read(path).unwrap();
        let from = if schema_too { PAGE } else { bytes.len() - PAGE };
        bytes[from..].fill(0xA5);
        fs::write(path, bytes).unwrap();
        let refused = Store::open(database.options()).unwrap_err();
        assert!(matches!(refused, OpenError::Damaged(_)), "{refused}");
    }
}

/// Fills the "disk" by forbidding the file to grow, and meets the end of it through each of Diesel's two ways to run
/// a statement, one of which tells nobody. SQLite then ends the whole transaction by itself.
fn overfill(connection: &mut Connection, quietly: bool) -> Result<(), Failure> {
    connection.batch_execute("PRAGMA max_page_count = 1")?;
    let insert = format!("INSERT INTO scratch VALUES (100, '{}')", "x".repeat(1_000_000));
    if quietly {
        number(connection, &insert)?;
    } else {
        connection.batch_execute(&insert)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_full_disk_fails_only_what_does_not_fit() {
    for quietly in [false, true] {
        let database = Database::sqlite();
        let store = database.store().await;
        let alone = store.write(shard(), move |tx| overfill(tx.write(), quietly)).await;
        assert!(matches!(alone, Err(Failure::Store(StoreError::Full))), "{alone:?}");
        let gate = Gate::close(&store, shard()).await;
        let before = queued(&store, shard(), |tx| insert(tx, 1)).await;
        let full = queued(&store, shard(), move |tx| overfill(tx.write(), quietly)).await;
        let after = queued(&store, shard(), |tx| insert(tx, 2)).await;
        gate.open().await;
        before.await.unwrap().unwrap();
        after.await.unwrap().unwrap();
        let full = full.await.unwrap();
        assert!(matches!(full, Err(Failure::Store(StoreError::Full))), "{full:?}");
        assert_eq!(rows(&database), [1, 2]);
    }
}

/// Without care the statements after this would each commit alone, and half a write could stay.
#[tokio::test]
async fn a_refusal_that_hides_the_end_of_the_transaction_is_noticed() {
    let database = Database::sqlite();
    let store = database.store().await;
    let gate = Gate::close(&store, shard()).await;
    let before = queued(&store, shard(), |tx| insert(tx, 1)).await;
    let hiding = |tx: &mut Tx<'_>| {
        assert!(overfill(tx.read(), true).is_err());
        Err::<(), _>(Failure::Refused("half_done"))
    };
    let hiding = queued(&store, shard(), hiding).await;
    let half = queued(&store, shard(), |tx| insert(tx, 2).and(Err::<(), _>(Failure::Refused("half_done")))).await;
    let after = queued(&store, shard(), |tx| insert(tx, 3)).await;
    gate.open().await;
    before.await.unwrap().unwrap();
    assert!(matches!(hiding.await.unwrap(), Err(Failure::Refused(_))));
    assert!(matches!(half.await.unwrap(), Err(Failure::Refused(_))));
    after.await.unwrap().unwrap();
    assert_eq!(rows(&database), [1, 3]);
}

#[tokio::test]
async fn a_file_that_was_taken_away_is_not_replaced_by_an_empty_one() {
    let database = Database::sqlite();
    let store = database.store().await;
    let path = database.url.sqlite_path().unwrap().to_owned();
    let vanish = move |tx: &mut Tx<'_>| {
        fs::remove_file(&path).unwrap();
        overfill(tx.write(), false)
    };
    assert!(store.write(shard(), vanish).await.is_err());
    let answer = store.write(shard(), |tx| insert(tx, 1)).await;
    assert!(matches!(answer, Err(Failure::Store(StoreError::Unavailable(_)))), "{answer:?}");
    assert!(!database.url.sqlite_path().unwrap().exists());
}

/// Where SQLite's log was, and where it is now: what has it open goes on with it.
fn put_log_aside(database: &Database) -> (PathBuf, PathBuf) {
    let log = database.url.sqlite_path().unwrap().with_file_name("test.db-wal");
    let aside = log.with_extension("aside");
    fs::rename(&log, &aside).unwrap();
    (log, aside)
}

fn count(connection: &mut Connection) -> Result<i64, StoreError> {
    number(connection, "SELECT COUNT(*) AS number FROM scratch")
}

/// Committed is not enough. In the place of the log stands something that cannot be opened, and so not be
/// synced, before somebody opens its other end.
#[tokio::test]
async fn nothing_is_answered_before_it_is_on_the_disk() {
    let database = Database::sqlite();
    let store = database.store().await;
    store.write(shard(), |tx| insert(tx, 1)).await.unwrap();
    let (log, aside) = put_log_aside(&database);
    assert!(Command::new("mkfifo").arg(&log).status().unwrap().success());

    let (writer, reader) = (store.clone(), store.clone());
    let written = tokio::spawn(async move { writer.write(shard(), |tx| insert(tx, 2)).await });
    let waits = || async {
        tokio::select! {
            biased;
            seen = reader.read_by_key(count) => Some(seen.unwrap()),
            () = std::future::ready(()) => None,
        }
    };
    while let Some(seen) = waits().await {
        assert_eq!(seen, 1, "what is not on the disk is not shown");
        tokio::task::yield_now().await;
    }
    let (tell, told) = tokio::sync::oneshot::channel();
    let mut tell = Some(tell);
    let seen = move |tx: &mut Tx<'_>| {
        let seen = count(tx.read())?;
        tell.take().map(|tell| tell.send(seen));
        Err::<(), _>(Failure::Refused("seen"))
    };
    let writer = store.clone();
    let refused = tokio::spawn(async move { writer.write(shard(), seen).await });
    assert_eq!(told.await.unwrap(), 2, "it is committed");
    assert_eq!(waits().await, None);
    assert!(!written.is_finished() && !refused.is_finished());

    drop(fs::OpenOptions::new().write(true).open(&log).unwrap());
    assert!(
        matches!(written.await.unwrap(), Err(Failure::Store(StoreError::OutcomeUnknown))),
        "a pipe cannot be synced"
    );
    assert!(refused.await.unwrap().is_err());
    assert_eq!(store.read(count).await.unwrap(), 2);
    fs::rename(&aside, &log).unwrap();
    store.write(shard(), |tx| insert(tx, 3)).await.unwrap();
    assert_eq!(rows(&database), [1, 2, 3]);
}

/// After a sync that failed the disk may hold less of the log than it should, whatever the next one says.
#[tokio::test]
async fn a_log_that_could_not_be_synced_is_moved_before_anything_is_answered() {
    let database = Database::sqlite();
    let store = database.store().await;
    store.write(shard(), |tx| insert(tx, 1)).await.unwrap();
    let (log, aside) = put_log_aside(&database);
    for id in [2, 3] {
        let answer = store.write(shard(), move |tx| insert(tx, id)).await;
        assert!(matches!(answer, Err(Failure::Store(StoreError::OutcomeUnknown))), "{answer:?}");
    }
    assert_eq!(store.read(count).await.unwrap(), 3, "reads go on");
    assert_eq!(store.stats().unknown_outcomes.load(Ordering::Relaxed), 2);
    fs::rename(&aside, &log).unwrap();
    store.write(shard(), |tx| insert(tx, 4)).await.unwrap();
    let without_log = Database::sqlite();
    fs::copy(database.url.sqlite_path().unwrap(), without_log.url.sqlite_path().unwrap()).unwrap();
    assert_eq!(rows(&without_log), [1, 2, 3]);
    assert_eq!(rows(&database), [1, 2, 3, 4]);
}

/// A process that was killed may have left a log whose sync had failed, and no later sync of it would say so. While somebody
/// else has the database open, SQLite does not move it by itself.
#[tokio::test]
async fn what_a_killed_process_left_in_the_log_is_moved_at_the_start() {
    let database = Database::sqlite();
    let store = database.store().await;
    store.write(shard(), |tx| insert(tx, 1)).await.unwrap();
    let (killed, without_log) = (Database::sqlite(), Database::sqlite());
    let (from, to) = (database.url.sqlite_path().unwrap(), killed.url.sqlite_path().unwrap());
    for name in ["test.db", "test.db-wal"] {
        fs::copy(from.with_file_name(name), to.with_file_name(name)).unwrap();
    }
    let mut somebody = killed.outside();
    assert_eq!(count(&mut somebody).unwrap(), 1);
    let again = Store::open(killed.options()).unwrap();
    fs::copy(to, without_log.url.sqlite_path().unwrap()).unwrap();
    assert_eq!(rows(&without_log), [1]);
    drop(again);
}
