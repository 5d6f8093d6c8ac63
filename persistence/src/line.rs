//! A thread's line to the database: one connection, replaced when it can no longer be relied upon.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    Connection, DatabaseUrl, StoreError, StoreStats,
    connection::{Purpose, Watch},
    error::Trouble,
    stats::add,
};

/// How long an unreachable server is not asked again, so that a full queue fails fast.
const PAUSE: Duration = Duration::from_secs(1);

pub(crate) struct Line {
    url: DatabaseUrl,
    purpose: Purpose,
    open: Option<(Connection, Watch)>,
    /// When the last attempt failed, and why.
    unreachable: Option<(Instant, String)>,
    stats: Arc<StoreStats>,
}

impl Line {
    pub(crate) fn new(url: DatabaseUrl, purpose: Purpose, stats: Arc<StoreStats>) -> Self {
        Self { url, purpose, open: None, unreachable: None, stats }
    }

    pub(crate) fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// The connection, opened again where there is none.
    pub(crate) fn connection(&mut self) -> Result<&mut Connection, StoreError> {
        if self.open.is_none() {
            let mut connection = self.connect().map_err(StoreError::Unavailable)?;
            let watch = Watch::over(&mut connection);
            self.open = Some((connection, watch));
        }
        self.current().ok_or(StoreError::Closed)
    }

    /// The connection if there is one.
    pub(crate) fn current(&mut self) -> Option<&mut Connection> {
        self.open.as_mut().map(|(connection, _)| connection)
    }

    /// The gravest trouble on this connection since last asked.
    pub(crate) fn take_trouble(&mut self) -> Option<Trouble> {
        self.open.as_ref().and_then(|(_, watch)| watch.take())
    }

    pub(crate) fn answers(&mut self) -> bool {
        self.current().is_some_and(Connection::answers)
    }

    /// Drops the connection, and with it whatever transaction was open.
    pub(crate) fn abandon(&mut self) {
        let open = self.open.take();
        // Diesel panics when SQLite does not like to be closed, as after an I/O error.
        if catch_unwind(AssertUnwindSafe(|| drop(open))).is_err() {
            tracing::error!("a connection could not be closed properly");
        }
    }

    fn connect(&mut self) -> Result<Connection, String> {
        if let Some((when, cause)) = &self.unreachable
            && when.elapsed() < PAUSE
        {
            return Err(cause.clone());
        }
        match Connection::connect(&self.url, self.purpose) {
            Ok(connection) => {
                add(&self.stats.connections, 1);
                self.unreachable = None;
                Ok(connection)
            }
            Err(cause) => {
                tracing::error!(url = %self.url, %cause, "the database cannot be reached");
                self.unreachable = Some((Instant::now(), cause.clone()));
                Err(cause)
            }
        }
    }
}
