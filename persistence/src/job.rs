//! A write on its way through the writer: run as often as needed, answered once.

use std::panic::{AssertUnwindSafe, catch_unwind};

use kernel::{CaseId, Centre};
use tokio::sync::oneshot;

use crate::{
    StoreError, Tx,
    trace::{self, Trace},
};

/// How one run of a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ran {
    Done,
    Refused,
    Panicked,
}

/// A write whose types are forgotten, so that a writer can queue all kinds.
pub(crate) trait Job: Send {
    /// Runs the closure and keeps what it returned as the answer.
    fn run(&mut self, tx: &mut Tx<'_>) -> Ran;

    /// Replaces the answer.
    fn fail(&mut self, error: StoreError);

    /// Gives the answer to whoever waits for it.
    fn answer(self: Box<Self>);

    /// Nobody waits any more, so a job that has not begun need not begin.
    fn is_abandoned(&self) -> bool;

    /// The case that it reads first, if that is known.
    fn case(&self) -> Option<(Centre, CaseId)>;
}

pub(crate) struct Task<F, T, E> {
    work: F,
    case: Option<(Centre, CaseId)>,
    /// Of whoever asked for it.
    trace: Option<Trace>,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Task<F, T, E> {
    pub(crate) fn new(work: F, case: Option<(Centre, CaseId)>, reply: oneshot::Sender<Result<T, E>>) -> Self {
        Self { work, case, trace: trace::current(), result: None, reply }
    }
}

impl<F, T, E> Job for Task<F, T, E>
where
    F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> Ran {
        // The transaction is rolled back after a panic, so nothing half-done is seen again.
        let result = trace::working(self.trace.clone(), || catch_unwind(AssertUnwindSafe(|| (self.work)(tx))));
        let ran = match &result {
            Ok(Ok(_)) => Ran::Done,
            Ok(Err(_)) => Ran::Refused,
            Err(_) => Ran::Panicked,
        };
        self.result = Some(result.unwrap_or_else(|_| Err(StoreError::Panicked.into())));
        ran
    }

    fn fail(&mut self, error: StoreError) {
        self.result = Some(Err(error.into()));
    }

    fn answer(self: Box<Self>) {
        let result = self.result.unwrap_or_else(|| Err(StoreError::Closed.into()));
        // The caller may have gone; what was committed stays committed.
        let _ = self.reply.send(result);
    }

    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn case(&self) -> Option<(Centre, CaseId)> {
        self.case
    }
}
