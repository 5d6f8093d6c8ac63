//! The schema's history: embedded in the program, applied in order, never guessed.

use diesel::{
    QueryResult, RunQueryDsl as _,
    migration::{Migration, MigrationSource},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::{
    Connection, DatabaseUrl, OpenError,
    open::{self, Claim},
    per_backend,
};

const SQLITE: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../migrations/postgres");

/// An arbitrary number that no other program on the same database should use.
const ADVISORY_LOCK: i64 = 0x7969_6368_7561;

/// Which versions of the schema a database has, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Applied and known to this program.
    pub applied: Vec<String>,
    /// Known to this program and not applied.
    pub pending: Vec<String>,
    /// Applied by a newer program.
    pub unknown: Vec<String>,
}

/// Applies what is missing and returns the versions applied. Refuses a schema newer than this program.
pub fn up(url: &DatabaseUrl) -> Result<Vec<String>, OpenError> {
    let _claim = Claim::on(url)?;
    let mut connection = open::first_connection(url)?;
    apply_pending(&mut connection)
}

/// Undoes every migration, newest first, and with it **all data**. For tests.
pub fn down_all(url: &DatabaseUrl) -> Result<(), OpenError> {
    let _claim = Claim::on(url)?;
    let mut connection = open::first_connection(url)?;
    alone(&mut connection, |connection| {
        per_backend!(
            connection,
            sqlite: |c| c.revert_all_migrations(SQLITE).map(drop),
            postgres: |c| c.revert_all_migrations(POSTGRES).map(drop),
        )
        .map_err(failed)
    })
}

/// Looks without changing anything but Diesel's own table of versions, which it creates.
pub fn status(url: &DatabaseUrl) -> Result<Status, OpenError> {
    let _claim = Claim::on(url)?;
    read_status(&mut open::first_connection(url)?)
}

pub(crate) fn apply_pending(connection: &mut Connection) -> Result<Vec<String>, OpenError> {
    alone(connection, |connection| {
        let status = read_status(connection)?;
        refuse_newer(&status)?;
        per_backend!(
            connection,
            sqlite: |c| c.run_pending_migrations(SQLITE).map(drop),
            postgres: |c| c.run_pending_migrations(POSTGRES).map(drop),
        )
        .map_err(failed)?;
        Ok(status.pending)
    })
}

/// For a store that must not migrate by itself.
pub(crate) fn require_current(connection: &mut Connection) -> Result<(), OpenError> {
    let status = read_status(connection)?;
    refuse_newer(&status)?;
    status.pending.into_iter().next().map_or(Ok(()), |version| Err(OpenError::OlderSchema(version)))
}

fn refuse_newer(status: &Status) -> Result<(), OpenError> {
    status.unknown.last().map_or(Ok(()), |version| Err(OpenError::NewerSchema(version.clone())))
}

fn read_status(connection: &mut Connection) -> Result<Status, OpenError> {
    fn versions<DB: diesel::backend::Backend>(source: EmbeddedMigrations) -> Result<Vec<String>, OpenError> {
        let all: Vec<Box<dyn Migration<DB>>> = source.migrations().map_err(failed)?;
        Ok(all.iter().map(|migration| migration.name().version().to_string()).collect())
    }
    let known = per_backend!(
        connection,
        sqlite: |_| versions::<diesel::sqlite::Sqlite>(SQLITE),
        postgres: |_| versions::<diesel::pg::Pg>(POSTGRES),
    )?;
    let mut present: Vec<String> =
        per_backend!(connection, |c| c.applied_migrations()).map_err(failed)?.iter().map(ToString::to_string).collect();
    present.sort_unstable();
    let pending = known.iter().filter(|version| !present.contains(version)).cloned().collect();
    let (applied, unknown) = present.into_iter().partition(|version| known.contains(version));
    Ok(Status { applied, pending, unknown })
}

/// Two processes started at once on PostgreSQL take turns: the second waits, then finds nothing left to do. The lock
/// belongs to the session, so it needs a direct connection, not a pooler in transaction mode, and a process that dies
/// lets go of it. On SQLite the lock file already keeps others out.
fn alone<T>(
    connection: &mut Connection,
    work: impl FnOnce(&mut Connection) -> Result<T, OpenError>,
) -> Result<T, OpenError> {
    fn call(connection: &mut Connection, function: &str) -> QueryResult<()> {
        per_backend!(
            connection,
            sqlite: |_| Ok(()),
            postgres: |c| diesel::sql_query(format!("SELECT {function}({ADVISORY_LOCK})")).execute(c).map(drop),
        )
    }
    call(connection, "pg_advisory_lock")?;
    let result = work(connection);
    call(connection, "pg_advisory_unlock")?;
    result
}

fn failed(cause: impl std::fmt::Display) -> OpenError {
    OpenError::Migration(cause.to_string())
}
