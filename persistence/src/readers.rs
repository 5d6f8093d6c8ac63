//! Reader threads: each owns a connection that cannot write, all take from one queue.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError, RwLock, atomic::Ordering},
    time::{Duration, Instant},
};

use crossbeam_channel::Receiver;
use tokio::sync::oneshot;

use crate::{Connection, StoreError, StoreStats, error::Trouble, line::Line, open::Claim, stats::add};

/// A connection that nobody used for so long is tried before it is trusted.
const STALE: Duration = Duration::from_secs(15);

/// A read whose types are forgotten: given a connection, or the reason why there is none.
pub(crate) type Read = Box<dyn FnOnce(Result<&mut Connection, StoreError>) -> Finished + Send>;

/// Whether the read ended without a panic.
pub(crate) type Finished = bool;

pub(crate) fn read<T, E>(
    work: impl FnOnce(&mut Connection) -> Result<T, E> + Send + 'static,
    reply: oneshot::Sender<Result<T, E>>,
) -> Read
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    Box::new(move |connection| {
        if reply.is_closed() {
            return true;
        }
        let (result, finished) = attempt(work, connection);
        let _ = reply.send(result);
        finished
    })
}

fn attempt<T, E: From<StoreError>>(
    work: impl FnOnce(&mut Connection) -> Result<T, E>,
    connection: Result<&mut Connection, StoreError>,
) -> (Result<T, E>, Finished) {
    // A connection that saw a panic is thrown away.
    let result = match connection {
        Ok(connection) => catch_unwind(AssertUnwindSafe(|| work(connection))),
        Err(error) => Ok(Err(error.into())),
    };
    let finished = result.is_ok();
    (result.unwrap_or_else(|_| Err(StoreError::Panicked.into())), finished)
}

pub(crate) struct Reader {
    line: Line,
    used: Instant,
    reads: Receiver<Read>,
    stats: Arc<StoreStats>,
    _claim: Arc<Claim>,
}

impl Reader {
    pub(crate) fn new(line: Line, reads: Receiver<Read>, stats: Arc<StoreStats>, claim: Arc<Claim>) -> Self {
        Self { line, used: Instant::now(), reads, stats, _claim: claim }
    }

    /// Works until every sender is gone and the queue is empty.
    pub(crate) fn run(mut self) {
        while let Ok(read) = self.reads.recv() {
            self.stats.read_queue.fetch_sub(1, Ordering::Relaxed);
            self.lend(|connection| ((), read(connection)));
        }
        self.line.abandon();
    }

    /// The connection for one read, which says whether it ended without a panic.
    fn lend<T>(&mut self, read: impl FnOnce(Result<&mut Connection, StoreError>) -> (T, Finished)) -> T {
        add(&self.stats.reads, 1);
        if self.used.elapsed() > STALE && !self.line.answers() {
            self.line.abandon();
        }
        self.line.take_trouble();
        let (result, finished) = read(self.line.connection());
        self.used = Instant::now();
        if !finished || !self.is_sound() {
            self.line.abandon();
        }
        result
    }

    /// No transaction left open, no error that says more about the connection than about the query.
    fn is_sound(&mut self) -> bool {
        let trouble = self.line.take_trouble();
        let idle = |connection: &mut Connection| connection.depth().is_ok_and(|depth| depth == 0);
        !matches!(trouble, Some(Trouble::Lost | Trouble::Other)) && self.line.current().is_some_and(idle)
    }
}

/// Connections for whoever reads a few rows by key and does it on the spot: on SQLite, handing such a read to a thread
/// and its answer back takes longer than the read.
#[derive(Default)]
pub(crate) struct OnTheSpot(RwLock<Vec<Mutex<Reader>>>);

impl OnTheSpot {
    pub(crate) fn with(readers: Vec<Reader>) -> Self {
        Self(RwLock::new(readers.into_iter().map(Mutex::new).collect()))
    }

    /// Does the read, or gives it back where no connection is free.
    pub(crate) fn try_read<T, E: From<StoreError>, W>(&self, work: W) -> Result<Result<T, E>, W>
    where
        W: FnOnce(&mut Connection) -> Result<T, E>,
    {
        // Nothing behind these locks can be left half-changed by a panic.
        let readers = self.0.read().unwrap_or_else(PoisonError::into_inner);
        match readers.iter().find_map(|reader| reader.try_lock().ok()) {
            Some(mut reader) => Ok(reader.lend(|connection| attempt(work, connection))),
            None => Err(work),
        }
    }

    /// Closes all; from now on everything is given back.
    pub(crate) fn close(&self) {
        let readers = std::mem::take(&mut *self.0.write().unwrap_or_else(PoisonError::into_inner));
        for reader in readers {
            reader.into_inner().unwrap_or_else(PoisonError::into_inner).line.abandon();
        }
    }
}
