//! Reader threads: each owns a connection that cannot write, all take from one queue.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::Ordering},
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
        // A connection that saw a panic is thrown away.
        let result = match connection {
            Ok(connection) => catch_unwind(AssertUnwindSafe(|| work(connection))),
            Err(error) => Ok(Err(error.into())),
        };
        let finished = result.is_ok();
        let _ = reply.send(result.unwrap_or_else(|_| Err(StoreError::Panicked.into())));
        finished
    })
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
            add(&self.stats.reads, 1);
            if self.used.elapsed() > STALE && !self.line.answers() {
                self.line.abandon();
            }
            self.line.take_trouble();
            let finished = read(self.line.connection());
            self.used = Instant::now();
            if !finished || !self.is_sound() {
                self.line.abandon();
            }
        }
        self.line.abandon();
    }

    /// No transaction left open, no error that says more about the connection than about the query.
    fn is_sound(&mut self) -> bool {
        let trouble = self.line.take_trouble();
        let idle = |connection: &mut Connection| connection.depth().is_ok_and(|depth| depth == 0);
        !matches!(trouble, Some(Trouble::Lost | Trouble::Other)) && self.line.current().is_some_and(idle)
    }
}
