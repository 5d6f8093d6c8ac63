//! Plain counters, for whoever publishes metrics.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Counters since the store was opened, and gauges where they say so. Reading them costs nothing.
#[derive(Debug, Default)]
pub struct StoreStats {
    /// Transactions committed by the writers.
    pub batches: AtomicU64,
    /// Writes answered, whatever the answer.
    pub writes: AtomicU64,
    /// Transactions rolled back because one of several writes failed; the others ran again.
    pub rerun_batches: AtomicU64,
    /// Single writes tried again after a deadlock, a lock timeout or a lost connection.
    pub retries: AtomicU64,
    /// Commits whose outcome is unknown, a failed sync included.
    pub unknown_outcomes: AtomicU64,
    /// Time from COMMIT until it was on the disk, in microseconds.
    pub commit_micros: AtomicU64,
    /// The longest of these times, in microseconds.
    pub slowest_commit_micros: AtomicU64,
    /// Reads answered.
    pub reads: AtomicU64,
    /// Reads and writes turned away because a queue was full.
    pub overloaded: AtomicU64,
    /// Connections opened, the first ones included.
    pub connections: AtomicU64,
    /// Gauge: writes waiting.
    pub write_queue: AtomicU64,
    /// Gauge: reads waiting.
    pub read_queue: AtomicU64,
    /// Gauge, SQLite only: size of the write-ahead log when last looked at, in bytes.
    pub wal_bytes: AtomicU64,
}

impl StoreStats {
    pub(crate) fn committed(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        add(&self.batches, 1);
        self.commit_micros.fetch_add(micros, Ordering::Relaxed);
        self.slowest_commit_micros.fetch_max(micros, Ordering::Relaxed);
    }
}

pub(crate) fn add(counter: &AtomicU64, amount: usize) {
    counter.fetch_add(amount as u64, Ordering::Relaxed);
}
