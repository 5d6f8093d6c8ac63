//! What has to be true before a store opens.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query, sql_types::Text,
};

use crate::{Connection, DatabaseUrl, OpenError, checkpoint, connection::Purpose, per_backend, url::Backend};

/// How to open a store.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    pub url: DatabaseUrl,
    /// Writer threads, each with a connection. SQLite has one, whatever is said here.
    pub writers: usize,
    /// Reader threads, each with a connection.
    pub readers: usize,
    /// How many reads, and how many writes per writer, may wait before more are turned away.
    pub queue: usize,
    /// How many waiting writes one transaction takes at most.
    pub batch: usize,
    /// Bring the schema up to date; otherwise an old schema refuses to open.
    pub migrate: bool,
}

impl StoreOptions {
    pub fn new(url: DatabaseUrl) -> Self {
        // While SQLite's one writer works on a batch, the answers to the one before are written and the next one gathers.
        let (writers, readers, batch) = match url.backend() {
            Backend::Sqlite => (1, 2, 24),
            Backend::Postgres => (2, 4, 128),
        };
        Self { url, writers, readers, queue: 1024, batch, migrate: true }
    }
}

/// The right to be the only process on a SQLite database, held as a lock on `<database>.lock` until dropped or dead.
/// The database itself must not be opened for locking: closing any descriptor of it drops SQLite's own locks.
#[derive(Debug)]
pub(crate) struct Claim(#[expect(dead_code, reason = "held, not used")] Option<File>);

impl Claim {
    pub(crate) fn on(url: &DatabaseUrl) -> Result<Self, OpenError> {
        let Some(path) = url.sqlite_path() else { return Ok(Self(None)) };
        let mut lock = real_path(path)?.into_os_string();
        lock.push(".lock");
        let file = private_file().create(true).open(&lock).map_err(|cause| file_error(path, cause))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(Some(file))),
            Err(TryLockError::WouldBlock) => Err(OpenError::AlreadyOpen(url.clone())),
            Err(TryLockError::Error(cause)) => Err(file_error(path, cause)),
        }
    }
}

/// One name for one file, however it was spelled.
pub(crate) fn real_path(path: &Path) -> Result<PathBuf, OpenError> {
    let real = || {
        if path.exists() {
            return path.canonicalize();
        }
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok(folder.canonicalize()?.join(name))
    };
    real().map_err(|cause| file_error(path, cause))
}

/// For the owner's eyes only; SQLite gives its log the same mode.
fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn file_error(path: &Path, cause: io::Error) -> OpenError {
    OpenError::File { path: path.display().to_string(), cause }
}

/// The first connection of a process: creates a SQLite file that is not there, and refuses a database that could not
/// keep what it acknowledges. The caller holds the [`Claim`].
pub(crate) fn first_connection(url: &DatabaseUrl) -> Result<Connection, OpenError> {
    if let Some(path) = url.sqlite_path() {
        match private_file().create_new(true).open(path) {
            Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => return Err(file_error(path, cause)),
            _ => {}
        }
    }
    let mut connection = connect(url, Purpose::Migrate)?;
    per_backend!(&mut connection, sqlite: |c| prepare_sqlite(c)?, postgres: |c| check_postgres(c)?);
    // A process that was killed may have left a log whose sync had failed, and no later sync of it would say so.
    match checkpoint::all(&mut connection) {
        Ok(true) => {}
        Ok(false) => tracing::warn!("what is left in the log could not be moved, somebody reads it"),
        Err(error) => tracing::warn!(%error, "what is left in the log could not be moved"),
    }
    Ok(connection)
}

pub(crate) fn connect(url: &DatabaseUrl, purpose: Purpose) -> Result<Connection, OpenError> {
    Connection::connect(url, purpose).map_err(|cause| match cause.to_string() {
        // The first statement reads the schema, and so meets a damaged page of it before the check does.
        damaged if damaged.contains("disk image is malformed") => OpenError::Damaged(damaged),
        _ => OpenError::Unreachable { url: url.clone(), cause },
    })
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Text)]
    answer: String,
}

fn prepare_sqlite(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let check = "SELECT quick_check AS answer FROM pragma_quick_check LIMIT 1";
    let check = sql_query(check).get_result::<Answer>(connection);
    match check {
        Ok(Answer { answer }) if answer == "ok" => {}
        Ok(Answer { answer }) => return Err(OpenError::Damaged(answer)),
        Err(cause) => return Err(OpenError::Damaged(cause.to_string())),
    }
    // Kept in the file, so once is enough; setting it on every connection can meet "database is locked".
    let mode = sql_query("PRAGMA journal_mode = WAL").execute(connection);
    let now = sql_query("SELECT journal_mode AS answer FROM pragma_journal_mode").get_result::<Answer>(connection)?;
    mode?;
    if now.answer != "wal" {
        return Err(OpenError::Unsafe { setting: "journal_mode".to_owned(), value: now.answer });
    }
    Ok(())
}

fn check_postgres(connection: &mut PgConnection) -> Result<(), OpenError> {
    let version = sql_query("SELECT version() AS answer").get_result::<Answer>(connection)?.answer;
    if is_too_old(&version) {
        return Err(OpenError::TooOld(version));
    }
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        if setting_of(connection, setting)?.is_some_and(|value| value == "off") {
            return Err(OpenError::Unsafe { setting: setting.to_owned(), value: "off".to_owned() });
        }
    }
    Ok(())
}

/// Wire-compatible engines count their versions differently and are taken at their word.
fn is_too_old(version: &str) -> bool {
    let number =
        version.strip_prefix("PostgreSQL ").map(|rest| rest.chars().take_while(char::is_ascii_digit).collect());
    number.is_some_and(|major: String| major.parse::<u32>().is_ok_and(|major| major < 13))
}

/// From the catalogue and not by `SHOW`, which fails on engines that do not know the setting.
fn setting_of(connection: &mut PgConnection, name: &str) -> QueryResult<Option<String>> {
    let found: Vec<Answer> = sql_query("SELECT setting AS answer FROM pg_settings WHERE name = $1")
        .bind::<Text, _>(name)
        .load(connection)?;
    Ok(found.into_iter().next().map(|row| row.answer))
}

#[cfg(test)]
mod tests {
    use super::is_too_old;

    #[test]
    fn only_plain_postgresql_is_measured_by_its_version() {
        assert!(is_too_old("PostgreSQL 12.22 on x86_64-pc-linux-gnu"));
        assert!(is_too_old("PostgreSQL 9.6.24 on x86_64"));
        assert!(!is_too_old("PostgreSQL 13.0 on x86_64"));
        assert!(!is_too_old("PostgreSQL 18beta1 on x86_64"));
        assert!(!is_too_old("(openGauss 6.0.0 build aee4abd5) compiled at 2024"));
    }
}
