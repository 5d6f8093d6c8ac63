//! Keeps SQLite's write-ahead log small. What is in it moves into the database on a thread of its own and not within
//! a commit. Where the log has grown long, the writer moves the little that is left, after which SQLite begins the
//! log anew; but never while a reader holds an old state, and it never shrinks the file.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, bounded};
use diesel::{
    QueryResult, QueryableByName, RunQueryDsl as _, connection::SimpleConnection as _, sql_query, sql_types::Integer,
};

use crate::{Connection, disk, line::Line, per_backend};

/// A log larger than this is cut back.
const LARGE: u64 = 192 << 20;
/// How often it is moved while there are writes. Those that meet its sync wait for it, longer the more is moved: where
/// few are written it is soon over, and where many are, few of them meet it.
const EVERY: Duration = Duration::from_secs(2);
/// Pages; a log that is longer is to begin anew. The writer stands still for it, so it is seldom.
const LONG: i32 = 24_000;
/// Pages that the writer moves without many noticing.
const LITTLE: i32 = 200;
/// How often what came meanwhile is moved as well, each time less.
const ROUNDS: usize = 4;

/// What a writer knows of the thread that moves its log.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    ask: Sender<()>,
    /// Little is left to move, and the log is long.
    rest: Arc<AtomicBool>,
    asked: Instant,
}

impl Checkpoints {
    /// And the work of that thread, which ends when this is dropped.
    pub(crate) fn beside(line: Line) -> (Self, impl FnOnce() + Send + 'static) {
        let ((ask, asked), rest) = (bounded(1), Arc::new(AtomicBool::new(false)));
        let work = {
            let rest = Arc::clone(&rest);
            move || move_when_asked(line, &asked, &rest)
        };
        (Self { ask, rest, asked: Instant::now() }, work)
    }

    pub(crate) fn after_a_batch(&mut self) {
        if self.asked.elapsed() >= EVERY {
            self.asked = Instant::now();
            // Whoever was asked and has not begun moves this as well.
            let _ = self.ask.try_send(());
        }
    }

    /// Whether the rest of a long log is left for the writer to move now.
    pub(crate) fn left_the_rest(&self) -> bool {
        self.rest.swap(false, Ordering::Relaxed)
    }
}

fn move_when_asked(mut line: Line, asked: &Receiver<()>, rest: &AtomicBool) {
    while asked.recv().is_ok() {
        let moved = match line.connection() {
            Ok(connection) => move_most(connection).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match moved {
            Ok(pages) => rest.store(pages > LONG, Ordering::Relaxed),
            Err(error) => {
                tracing::warn!(%error, "checkpoint failed");
                line.abandon();
            }
        }
    }
    line.abandon();
}

/// How much a checkpoint moves.
#[derive(Clone, Copy)]
enum Mode {
    /// What it can, without waiting for anybody.
    Passive,
    /// All of it, and leaves the file empty; waits for readers as long as the connection waits for locks.
    Truncate,
}

/// As the pragma says it, in pages.
#[derive(QueryableByName)]
struct Moved {
    /// Something stood in the way.
    #[diesel(sql_type = Integer)]
    busy: i32,
    #[diesel(sql_type = Integer)]
    log: i32,
    #[diesel(sql_type = Integer)]
    checkpointed: i32,
}

/// None on PostgreSQL, which takes care of its own.
fn checkpoint(connection: &mut Connection, mode: Mode) -> QueryResult<Option<Moved>> {
    let pragma = match mode {
        Mode::Passive => "PRAGMA wal_checkpoint(PASSIVE)",
        Mode::Truncate => "PRAGMA wal_checkpoint(TRUNCATE)",
    };
    per_backend!(connection, sqlite: |c| sql_query(pragma).get_result(c).map(Some), postgres: |_| Ok(None))
}

/// Moves the log until little of a long one is left, without waiting. Returns its length in pages.
fn move_most(connection: &mut Connection) -> QueryResult<i32> {
    let (mut length, mut moved) = (0, 0);
    for _ in 0..ROUNDS {
        let Some(round) = checkpoint(connection, Mode::Passive)? else { break };
        length = round.log;
        if length <= LONG || length - moved < LITTLE {
            break;
        }
        moved = round.checkpointed;
    }
    Ok(length)
}

/// Moves what can be moved without waiting, and cuts a large log back. Returns its size before.
pub(crate) fn now_and_then(connection: &mut Connection, database: &Path) -> QueryResult<u64> {
    let bytes = log_bytes(database);
    if bytes > LARGE {
        // Every write waits as long as this waits for readers.
        connection.batch_execute("PRAGMA busy_timeout = 100")?;
        let moved = checkpoint(connection, Mode::Truncate);
        connection.batch_execute("PRAGMA busy_timeout = 5000")?;
        moved?;
    } else {
        checkpoint(connection, Mode::Passive)?;
    }
    Ok(bytes)
}

/// Moves all of it, so that nothing depends on what the disk holds of it and copying the database copies everything. False
/// where a reader stood in the way for too long.
pub(crate) fn all(connection: &mut Connection) -> QueryResult<bool> {
    Ok(checkpoint(connection, Mode::Truncate)?.is_none_or(|moved| moved.busy == 0))
}

fn log_bytes(database: &Path) -> u64 {
    fs::metadata(disk::log_of(database)).map_or(0, |log| log.len())
}
