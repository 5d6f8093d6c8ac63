//! Brings SQLite's commits to the disk while its writer works on the next batch.
//!
//! The writer's connection commits without a sync (`synchronous = NORMAL`). A thread of its own syncs the log and only
//! then does what is to be done after a commit and gives the answers, so that what is answered is on the disk; a read
//! that may have seen more than that waits for it. After a sync that failed nobody can say what the disk holds of the
//! log: what was committed is answered [`StoreError::OutcomeUnknown`] until the writer has moved the log into the database. Reads go
//! on meanwhile.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::MetadataExt as _,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};

use crossbeam_channel::{Receiver, Sender, bounded};
use tokio::sync::watch;

use crate::{StoreError, StoreStats, stats::add, tx::Hook, writer::BoxedJob};

/// Batches that may wait for their sync before the writer waits for it as well.
const AHEAD: usize = 4;

/// How many commits have begun, and how many of them are on the disk.
#[derive(Debug, Default)]
pub(crate) struct Frontier {
    begun: AtomicU64,
    synced: watch::Sender<u64>,
    broken: AtomicBool,
}

impl Frontier {
    /// Waits until everything that was committed before this was called is on the disk.
    pub(crate) async fn reached(&self) {
        let begun = self.begun.load(Ordering::SeqCst);
        if *self.synced.borrow() < begun {
            // The sender lives as long as this.
            let _ = self.synced.subscribe().wait_for(|synced| *synced >= begun).await;
        }
    }
}

/// A COMMIT, from before it is given.
#[derive(Debug)]
pub(crate) struct Commit {
    number: u64,
    began: Instant,
    effect: Effect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// There is something to sync.
    Written,
    Unchanged,
    /// The COMMIT failed; whoever asked for it knows.
    Unconfirmed,
}

impl Commit {
    /// To be called before it is given, so that no read sees it sooner.
    pub(crate) fn begins(wrote: bool, disk: Option<&Disk>) -> Self {
        let number = disk.map_or(0, |disk| disk.frontier.begun.fetch_add(1, Ordering::SeqCst) + 1);
        Self { number, began: Instant::now(), effect: if wrote { Effect::Written } else { Effect::Unchanged } }
    }

    pub(crate) fn unconfirmed(self) -> Self {
        Self { effect: Effect::Unconfirmed, ..self }
    }
}

/// What a batch came to: the jobs with their answers, and what is to be done after the commit.
pub(crate) struct Outcome {
    pub(crate) jobs: Vec<BoxedJob>,
    pub(crate) hooks: Vec<Hook>,
    pub(crate) commit: Option<Commit>,
}

impl Outcome {
    /// Of jobs that left nothing behind.
    pub(crate) fn of(jobs: Vec<BoxedJob>) -> Self {
        Self { jobs, hooks: Vec::new(), commit: None }
    }

    pub(crate) fn tell(self, stats: &StoreStats) {
        if let Some(commit) = self.commit.filter(|commit| commit.effect != Effect::Unconfirmed) {
            stats.committed(commit.began.elapsed());
        }
        for hook in self.hooks {
            // The write is committed whatever a listener does about it.
            if catch_unwind(AssertUnwindSafe(hook)).is_err() {
                tracing::error!("something to do after a commit panicked");
            }
        }
        for job in self.jobs {
            job.answer();
        }
    }

    fn with_unknown_outcome(mut self) -> Self {
        self.hooks.clear();
        for job in &mut self.jobs {
            job.fail(StoreError::OutcomeUnknown);
        }
        self
    }
}

/// The writer's end.
pub(crate) struct Disk {
    frontier: Arc<Frontier>,
    outcomes: Sender<Outcome>,
}

impl Disk {
    /// And the work of the thread that syncs, which ends when this is dropped and everything is told.
    pub(crate) fn under(
        database: &Path,
        frontier: Arc<Frontier>,
        stats: Arc<StoreStats>,
    ) -> (Self, impl FnOnce() + Send + 'static) {
        let (outcomes, waiting) = bounded(AHEAD);
        let log = LogFile { path: log_of(database), open: None };
        let work = {
            let frontier = Arc::clone(&frontier);
            move || sync_and_tell(&waiting, log, &frontier, &stats)
        };
        (Self { frontier, outcomes }, work)
    }

    pub(crate) fn tell_after_sync(&self, outcome: Outcome) {
        // Whoever waits is told that the outcome is unknown when the answers are dropped.
        if self.outcomes.send(outcome).is_err() {
            tracing::error!("the thread that syncs SQLite's log has ended");
        }
    }

    /// Waits until everything is told.
    pub(crate) fn settle(&self) {
        let (told, all_told) = bounded(1);
        let hook: Hook = Box::new(move || told.send(()).unwrap_or_default());
        self.tell_after_sync(Outcome { jobs: Vec::new(), hooks: vec![hook], commit: None });
        // Without an answer the thread has ended, and told everything or lost it.
        let _ = all_told.recv();
    }

    /// Whether a sync has failed, and the log has not been moved since.
    pub(crate) fn is_broken(&self) -> bool {
        self.frontier.broken.load(Ordering::SeqCst)
    }

    pub(crate) fn mended(&self) {
        self.frontier.broken.store(false, Ordering::SeqCst);
    }
}

fn sync_and_tell(waiting: &Receiver<Outcome>, mut log: LogFile, frontier: &Frontier, stats: &StoreStats) {
    while let Ok(first) = waiting.recv() {
        let mut outcomes = vec![first];
        outcomes.extend(waiting.try_iter());
        let wrote = |outcome: &Outcome| outcome.commit.as_ref().is_some_and(|commit| commit.effect == Effect::Written);
        if outcomes.iter().any(wrote)
            && let Err(error) = log.sync()
        {
            tracing::error!(%error, "SQLite's log could not be synced");
            frontier.broken.store(true, Ordering::SeqCst);
        }
        let broken = frontier.broken.load(Ordering::SeqCst);
        if let Some(last) = outcomes.iter().filter_map(|outcome| outcome.commit.as_ref()).next_back() {
            frontier.synced.send_replace(last.number);
        }
        for outcome in outcomes {
            if broken && outcome.commit.is_some() {
                add(&stats.unknown_outcomes, 1);
                outcome.with_unknown_outcome().tell(stats);
            } else {
                outcome.tell(stats);
            }
        }
    }
}

/// SQLite's write-ahead log. SQLite holds no lock on it, so opening and closing it here ends none, as it would on the database.
struct LogFile {
    path: PathBuf,
    open: Option<File>,
}

impl LogFile {
    fn sync(&mut self) -> io::Result<()> {
        let there = fs::metadata(&self.path)?;
        let same =
            |open: &File| open.metadata().is_ok_and(|open| (open.dev(), open.ino()) == (there.dev(), there.ino()));
        // Kept open, as an error is told once to whoever had the file open. SQLite begins another one only after its
        // last connection was closed.
        let file = match self.open.take().filter(same) {
            Some(file) => file,
            None => {
                if let Some(folder) = self.path.parent() {
                    File::open(folder)?.sync_all()?;
                }
                File::open(&self.path)?
            }
        };
        self.open.insert(file).sync_data()
    }
}

/// Where SQLite keeps the log of a database.
pub(crate) fn log_of(database: &Path) -> PathBuf {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}
