//! A database of its own for each test, on SQLite and on the PostgreSQL at `YICHUANG_TEST_POSTGRES`: a throw-away server
//! whose user may create databases. Without that address the tests on PostgreSQL fail, unless
//! `YICHUANG_TEST_SQLITE_ONLY=1` says that going without is meant.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub, missing_debug_implementations)]

pub mod centre;

use std::{
    future::Future,
    sync::{Arc, atomic::Ordering, mpsc},
};

use diesel::{
    Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, connection::SimpleConnection as _, sql_query,
    sql_types::BigInt,
};
use kernel::Refusal;
use persistence::{Connection, DatabaseUrl, Shard, Store, StoreError, StoreOptions, Tx};
use tempfile::TempDir;
use tokio::task::JoinHandle;

const ADMIN: &str = "YICHUANG_TEST_POSTGRES";
const SQLITE_ONLY: &str = "YICHUANG_TEST_SQLITE_ONLY";

/// Declares each test twice, once for each database.
#[macro_export]
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($database:ident: Database) $body:block)*) => {
        mod sqlite {
            use super::*;
            $($(#[$meta])* #[tokio::test] async fn $name() {
                let $database = Database::sqlite();
                $body
            })*
        }
        mod postgres {
            use super::*;
            $($(#[$meta])* #[tokio::test] async fn $name() {
                let Some($database) = Database::postgres() else { return };
                $body
            })*
        }
    };
}

/// A fresh database that goes away with this value.
pub struct Database {
    pub url: DatabaseUrl,
    place: Place,
}

enum Place {
    Folder(TempDir),
    Server { admin: String, name: String },
}

impl Database {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { url: DatabaseUrl::sqlite(folder.path().join("test.db")), place: Place::Folder(folder) }
    }

    /// None only where a developer chose to go without.
    pub fn postgres() -> Option<Self> {
        let Ok(admin) = std::env::var(ADMIN) else {
            let chosen = std::env::var(SQLITE_ONLY).is_ok_and(|value| value == "1");
            assert!(
                chosen,
                "{ADMIN} is not set: it must hold the address of a throw-away PostgreSQL, as `scripts/postgres start` \
                 prints it. Set {SQLITE_ONLY}=1 to go without."
            );
            return None;
        };
        let name = format!("t_{}", uuid::Uuid::now_v7().simple());
        PgConnection::establish(&admin).unwrap().batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
        let url = at(&admin, &name).parse().unwrap();
        Some(Self { url, place: Place::Server { admin, name } })
    }

    pub fn options(&self) -> StoreOptions {
        StoreOptions::new(self.url.clone())
    }

    /// A store with the tables that these tests write to.
    pub async fn store(&self) -> Store {
        self.store_with(self.options()).await
    }

    pub async fn store_with(&self, options: StoreOptions) -> Store {
        let store = Store::open(options).unwrap();
        let create = "CREATE TABLE IF NOT EXISTS scratch (id BIGINT PRIMARY KEY, body TEXT NOT NULL)";
        store
            .write(Shard::of("setup"), move |tx| Ok::<_, StoreError>(tx.write().batch_execute(create)?))
            .await
            .unwrap();
        store
    }

    /// The address as text, with its password; of a server only.
    pub fn address(&self) -> Option<String> {
        match &self.place {
            Place::Folder(_) => None,
            Place::Server { admin, name } => Some(at(admin, name)),
        }
    }

    /// A connection that the store knows nothing of.
    pub fn outside(&self) -> Connection {
        match &self.place {
            Place::Folder(folder) => {
                let path = folder.path().join("test.db");
                let mut connection = diesel::SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                // A store that is closing holds the file for a moment.
                connection.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
                Connection::Sqlite(connection)
            }
            Place::Server { admin, name } => Connection::Postgres(PgConnection::establish(&at(admin, name)).unwrap()),
        }
    }
}

/// The same server, another database.
fn at(admin: &str, name: &str) -> String {
    let end = admin.find('?').unwrap_or(admin.len());
    let start = admin[..end].rfind('/').unwrap() + 1;
    format!("{}{name}{}", &admin[..start], &admin[end..])
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Place::Server { admin, name } = &self.place
            && let Ok(mut connection) = PgConnection::establish(admin)
        {
            let _ = connection.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

/// What a test's write can fail with.
#[derive(Debug)]
pub enum Failure {
    Store(StoreError),
    /// The job itself said no, with this code.
    Refused(&'static str),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.code)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

diesel::table! {
    scratch (id) {
        id -> BigInt,
        body -> Text,
    }
}

pub fn insert(tx: &mut Tx<'_>, id: i64) -> Result<(), Failure> {
    use diesel::ExpressionMethods as _;
    diesel::insert_into(scratch::table).values((scratch::id.eq(id), scratch::body.eq("x"))).execute(tx.write())?;
    Ok(())
}

/// The ids in the scratch table, in order, as seen from outside of the store.
pub fn rows(database: &Database) -> Vec<i64> {
    use diesel::QueryDsl as _;
    scratch::table.select(scratch::id).order(scratch::id).load(&mut database.outside()).unwrap()
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// The answer to a query that gives one number and calls it `number`.
pub fn number(connection: &mut Connection, query: &str) -> Result<i64, StoreError> {
    Ok(sql_query(query).get_result::<Number>(connection)?.number)
}

/// Holds one writer inside a job, so that what is sent meanwhile ends up in one batch.
pub struct Gate {
    open: mpsc::Sender<()>,
    holder: JoinHandle<Result<(), StoreError>>,
}

impl Gate {
    pub async fn close(store: &Store, shard: Shard) -> Self {
        let (open, opened) = mpsc::channel();
        let (enter, entered) = tokio::sync::oneshot::channel();
        let mut enter = Some(enter);
        let store = store.clone();
        let holder = tokio::spawn(async move {
            let wait = move |_: &mut Tx<'_>| {
                enter.take().map(|enter| enter.send(()));
                let _ = opened.recv();
                Ok(())
            };
            store.write(shard, wait).await
        });
        entered.await.unwrap();
        Self { open, holder }
    }

    pub async fn open(self) {
        drop(self.open);
        self.holder.await.unwrap().unwrap();
    }
}

/// Sends a write and returns once it waits in the queue.
pub async fn queued<T: Send + 'static>(
    store: &Store,
    shard: Shard,
    job: impl FnMut(&mut Tx<'_>) -> Result<T, Failure> + Send + 'static,
) -> JoinHandle<Result<T, Failure>> {
    let before = store.stats().write_queue.load(Ordering::Relaxed);
    let sender = store.clone();
    let answer = tokio::spawn(async move { sender.write(shard, job).await });
    until(|| store.stats().write_queue.load(Ordering::Relaxed) > before).await;
    answer
}

/// Lets the other tasks run until it is so.
pub async fn until(so: impl Fn() -> bool) {
    while !so() {
        tokio::task::yield_now().await;
    }
}

/// Runs all at once and returns their answers in order.
pub async fn all<T: Send + 'static>(
    tasks: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let started: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
    let mut answers = Vec::new();
    for task in started {
        answers.push(task.await.unwrap());
    }
    answers
}

/// Counts from several threads.
pub type Count = Arc<std::sync::atomic::AtomicU64>;

pub fn counted(count: &Count) -> u64 {
    count.load(Ordering::Relaxed)
}
