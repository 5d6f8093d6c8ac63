//! Keeps SQLite's write-ahead log small. SQLite moves it into the database by itself every 1000 pages, but never while
//! a reader holds an old state, and never shrinks the file.

use std::{fs, path::Path};

use diesel::{QueryResult, connection::SimpleConnection as _};

use crate::{Connection, per_backend};

/// A log larger than this is cut back.
const LARGE: u64 = 64 << 20;

/// Moves what can be moved without waiting, and cuts a large log back. Returns its size before.
pub(crate) fn now_and_then(connection: &mut Connection, database: &Path) -> QueryResult<u64> {
    let bytes = log_bytes(database);
    // TRUNCATE waits for readers, and every write would wait with it: not for long.
    connection.batch_execute(if bytes > LARGE {
        "PRAGMA busy_timeout = 100; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA busy_timeout = 5000;"
    } else {
        "PRAGMA wal_checkpoint(PASSIVE);"
    })?;
    Ok(bytes)
}

/// Leaves a SQLite database as one file, so that copying the folder copies everything.
pub(crate) fn at_the_end(connection: &mut Connection) -> QueryResult<()> {
    per_backend!(
        connection,
        sqlite: |c| c.batch_execute("PRAGMA wal_checkpoint(TRUNCATE);"),
        postgres: |_| Ok(()),
    )
}

fn log_bytes(database: &Path) -> u64 {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    fs::metadata(log).map_or(0, |log| log.len())
}
