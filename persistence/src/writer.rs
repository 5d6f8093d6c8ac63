//! The grouping writer: takes what is waiting, runs it in one transaction, commits once, then answers all.
//!
//! Three ways to run a batch, each tried when the one before does not do:
//!
//! 1. *Together*: one transaction, no savepoints. A job that refuses before it wrote is simply answered so.
//! 2. *Guarded*: when a job failed after it wrote, or panicked, all run again, each in a savepoint of its own, still
//!    with one commit. One bad job costs its neighbours a second run, never their result.
//! 3. *Alone*: when the database itself failed, each job runs again in its own transaction, on a new connection.
//!
//! No answer is given before the commit of what it tells about is on the disk; on SQLite the next batch begins
//! meanwhile ([`Disk`]). When COMMIT itself fails and nobody can say whether it took effect, the jobs that wrote are
//! answered [`StoreError::OutcomeUnknown`].

use std::{
    hash::{BuildHasher as _, Hasher as _},
    path::Path,
    sync::{Arc, atomic::Ordering},
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use diesel::{connection::SimpleConnection as _, result::Error as DieselError};

use crate::{
    Connection, StoreError, StoreStats, Tx,
    cases::Ahead,
    checkpoint::{self, Checkpoints},
    disk::{Commit, Disk, Outcome},
    error::Trouble,
    job::{Job, Ran},
    line::Line,
    numbers::Numbers,
    open::Claim,
    per_backend,
    stats::add,
    tx::{Finished, Hook},
};

/// How often an idle or busy writer looks after SQLite's log.
const CARE: Duration = Duration::from_secs(30);
/// How often a job is tried again after losing to others.
const RETRIES: u32 = 3;

pub(crate) type BoxedJob = Box<dyn Job>;

pub(crate) struct Writer {
    line: Line,
    numbers: Numbers,
    ahead: Ahead,
    jobs: Receiver<BoxedJob>,
    batch: usize,
    stats: Arc<StoreStats>,
    cared: Instant,
    /// SQLite only.
    log: Option<Log>,
    _claim: Arc<Claim>,
}

/// What takes care of SQLite's log, each a thread of its own.
pub(crate) struct Log {
    pub(crate) checkpoints: Checkpoints,
    pub(crate) disk: Disk,
}

/// Why a batch was not committed. It is rolled back in every case but the last.
enum Setback {
    /// The fault of one job.
    Job,
    /// The fault of the database, or of the way to it.
    Database,
    /// There was no transaction to begin with, and trying each job alone would meet the same.
    Start(StoreError),
    /// The commit may or may not have taken effect. Says which jobs had written.
    Unknown(Vec<bool>),
}

/// Why a commit was not confirmed.
enum Unconfirmed {
    /// It certainly took no effect.
    Refused(StoreError),
    Unknown,
}

/// How one run of a job left the transaction.
struct Attempt {
    ran: Ran,
    wrote: bool,
    hooks: Vec<Hook>,
    trouble: Option<Trouble>,
}

impl Writer {
    pub(crate) fn new(
        line: Line,
        jobs: Receiver<BoxedJob>,
        batch: usize,
        stats: Arc<StoreStats>,
        log: Option<Log>,
        claim: Arc<Claim>,
    ) -> Self {
        let (numbers, ahead, cared) = (Numbers::default(), Ahead::default(), Instant::now());
        Self { line, numbers, ahead, jobs, batch: batch.max(1), stats, cared, log, _claim: claim }
    }

    /// Works until every sender is gone and the queue is empty.
    pub(crate) fn run(mut self) {
        loop {
            match self.jobs.recv_timeout(CARE) {
                Ok(first) => {
                    let mut batch = vec![first];
                    batch.extend(self.jobs.try_iter().take(self.batch - 1));
                    self.stats.write_queue.fetch_sub(batch.len() as u64, Ordering::Relaxed);
                    batch.retain(|job| !job.is_abandoned());
                    self.work(batch);
                    self.log.iter_mut().for_each(|log| log.checkpoints.after_a_batch());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            let rest = self.log.as_ref().is_some_and(|log| log.checkpoints.left_the_rest());
            if rest || self.cared.elapsed() >= CARE {
                self.care();
            }
        }
        self.close();
    }

    fn work(&mut self, mut batch: Vec<BoxedJob>) {
        add(&self.stats.writes, batch.len());
        if batch.len() < 2 {
            batch.into_iter().for_each(|job| self.alone(job));
            return;
        }
        for guarded in [false, true] {
            let setback = match self.together(&mut batch, guarded) {
                Ok((hooks, commit)) => return self.tell(Outcome { jobs: batch, hooks, commit: Some(commit) }),
                Err(setback) => setback,
            };
            add(&self.stats.rerun_batches, 1);
            match setback {
                Setback::Job => {}
                Setback::Database => break,
                Setback::Start(error) => return fail_all(batch, &error),
                Setback::Unknown(wrote) => return self.after_unknown_outcome(batch, &wrote),
            }
        }
        batch.into_iter().for_each(|job| self.alone(job));
    }

    /// Runs all in one transaction. Returns what to do after the commit.
    fn together(&mut self, batch: &mut [BoxedJob], guarded: bool) -> Result<(Vec<Hook>, Commit), Setback> {
        self.begin().map_err(Setback::Start)?;
        self.fetch_ahead(batch).inspect_err(|_| self.undo())?;
        let mut hooks = Vec::new();
        let mut wrote = Vec::with_capacity(batch.len());
        for job in batch.iter_mut() {
            let attempt = if guarded { self.guarded(job.as_mut()) } else { self.unguarded(job.as_mut()) };
            let attempt = attempt.inspect_err(|_| self.undo())?;
            wrote.push(attempt.wrote);
            hooks.extend(attempt.hooks);
        }
        match self.commit(wrote.contains(&true)) {
            Ok(commit) => Ok((hooks, commit)),
            Err(Unconfirmed::Refused(_)) => Err(Setback::Database),
            Err(Unconfirmed::Unknown) => Err(Setback::Unknown(wrote)),
        }
    }

    fn fetch_ahead(&mut self, batch: &[BoxedJob]) -> Result<(), Setback> {
        let connection = self.line.current().ok_or(Setback::Database)?;
        self.ahead =
            Ahead::fetch(connection, batch.iter().filter_map(|job| job.case())).map_err(|_| Setback::Database)?;
        Ok(())
    }

    /// Good as long as nothing has to be undone: the job is done, or refused before it wrote.
    fn unguarded(&mut self, job: &mut dyn Job) -> Result<Attempt, Setback> {
        let attempt = self.attempt(job)?;
        let untouched = attempt.ran == Ran::Refused && !attempt.wrote;
        let fine = attempt.trouble.is_none() && (attempt.ran == Ran::Done || untouched);
        // A refusal may hide an error that has ended SQLite's transaction.
        let lost = untouched && !self.line.current().is_some_and(Connection::is_in_transaction);
        if fine && !lost { Ok(attempt) } else { Err(Setback::Job) }
    }

    /// In a savepoint, which is kept only if the job is done.
    fn guarded(&mut self, job: &mut dyn Job) -> Result<Attempt, Setback> {
        let mark = self.numbers.mark();
        self.line.current().ok_or(Setback::Database)?.savepoint().map_err(|_| Setback::Database)?;
        let mut attempt = self.attempt(job)?;
        let connection = self.line.current().ok_or(Setback::Database)?;
        if attempt.ran == Ran::Done {
            match connection.commit() {
                Ok(()) => return Ok(attempt),
                // The job kept an error to itself that has ended its savepoint.
                Err(error) => job.fail(error.into()),
            }
        }
        connection.roll_back_to(1).map_err(|_| Setback::Database)?;
        self.numbers.forget_since(mark);
        attempt.hooks.clear();
        attempt.wrote = false;
        Ok(attempt)
    }

    /// Runs the job once; fails if the transaction cannot be relied upon after that.
    fn attempt(&mut self, job: &mut dyn Job) -> Result<Attempt, Setback> {
        let attempt = self.run_once(job);
        match attempt.trouble {
            None | Some(Trouble::Constraint) => Ok(attempt),
            Some(trouble) => {
                tracing::warn!(?trouble, "a batch is rolled back, its writes run alone");
                self.undo_after(Some(trouble));
                Err(Setback::Database)
            }
        }
    }

    fn run_once(&mut self, job: &mut dyn Job) -> Attempt {
        self.line.take_trouble();
        let Some(connection) = self.line.current() else {
            return Attempt { ran: Ran::Refused, wrote: false, hooks: Vec::new(), trouble: Some(Trouble::Lost) };
        };
        let mut tx = Tx::new(connection, &mut self.numbers, &mut self.ahead);
        let ran = job.run(&mut tx);
        let Finished { wrote, contended, mut hooks } = tx.finish();
        if ran != Ran::Done {
            hooks.clear();
        }
        if ran == Ran::Panicked {
            tracing::error!("a write panicked and is rolled back");
        }
        let outran = (contended && ran == Ran::Refused).then_some(Trouble::Contention);
        Attempt { ran, wrote, hooks, trouble: self.line.take_trouble().max(outran) }
    }

    /// Runs one job in its own transaction until it has an answer, and answers.
    fn alone(&mut self, mut job: BoxedJob) {
        let (mut lost_races, mut reconnected) = (0, false);
        let outcome = loop {
            match self.try_alone(job.as_mut()) {
                Ok((hooks, commit)) => break Outcome { jobs: vec![job], hooks, commit: Some(commit) },
                Err(Some(Trouble::Contention)) if lost_races < RETRIES => {
                    lost_races += 1;
                    thread::sleep(jitter(lost_races));
                }
                Err(Some(Trouble::Lost)) if !reconnected => reconnected = true,
                Err(_) => break Outcome::of(vec![job]),
            }
            add(&self.stats.retries, 1);
        };
        self.tell(outcome);
    }

    /// One try. Where it fails, the job holds the answer to give; a trouble is returned where another try may help.
    fn try_alone(&mut self, job: &mut dyn Job) -> Result<(Vec<Hook>, Commit), Option<Trouble>> {
        if let Err(error) = self.begin() {
            return Err(give(job, error));
        }
        let attempt = self.run_once(job);
        if attempt.ran != Ran::Done {
            self.undo_after(attempt.trouble);
            return Err(attempt.trouble);
        }
        // An error that the job kept to itself may have ended the transaction, and COMMIT would not say so.
        let survived = match attempt.trouble {
            None => true,
            Some(Trouble::Constraint) => self.line.answers(),
            Some(_) => false,
        };
        if !survived {
            self.undo_after(attempt.trouble);
            job.fail(StoreError::Database(DieselError::BrokenTransactionManager));
            return Err(attempt.trouble);
        }
        match self.commit(attempt.wrote) {
            Ok(commit) => Ok((attempt.hooks, commit)),
            Err(Unconfirmed::Refused(error)) => Err(give(job, error)),
            Err(Unconfirmed::Unknown) => Err(give(job, StoreError::OutcomeUnknown)),
        }
    }

    /// Gives the answers, on SQLite as soon as the commit is on the disk.
    fn tell(&self, outcome: Outcome) {
        match &self.log {
            Some(log) => log.disk.tell_after_sync(outcome),
            None => outcome.tell(&self.stats),
        }
    }

    /// Whoever only read was told about a state that may not be; it runs again. Whoever wrote must not.
    fn after_unknown_outcome(&mut self, batch: Vec<BoxedJob>, wrote: &[bool]) {
        for (mut job, wrote) in batch.into_iter().zip(wrote) {
            if *wrote {
                job.fail(StoreError::OutcomeUnknown);
                job.answer();
            } else {
                self.alone(job);
            }
        }
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        self.ahead = Ahead::default();
        if self.log.as_ref().is_some_and(|log| log.disk.is_broken()) {
            self.mend_log()?;
        }
        let was_open = self.line.current().is_some();
        let Err(error) = self.line.connection()?.begin_write() else { return Ok(()) };
        self.line.abandon();
        // The server may have gone away while nothing was happening; asking again on a new connection loses nothing.
        if was_open && matches!(Trouble::of(&error), Some(Trouble::Lost | Trouble::Other)) {
            self.line.connection()?.begin_write().inspect_err(|_| self.line.abandon())?;
            return Ok(());
        }
        Err(error.into())
    }

    /// After a sync that failed: what is in the log goes into the database, which is synced by SQLite itself.
    fn mend_log(&mut self) -> Result<(), StoreError> {
        let moved = checkpoint::all(self.line.connection()?).inspect_err(|_| self.line.abandon())?;
        if !moved {
            return Err(StoreError::Contended);
        }
        self.log.iter().for_each(|log| log.disk.mended());
        Ok(())
    }

    fn commit(&mut self, wrote: bool) -> Result<Commit, Unconfirmed> {
        let Some(connection) = self.line.current() else { return Err(Unconfirmed::Refused(StoreError::Closed)) };
        // A job that left a savepoint open would turn COMMIT into the release of that savepoint.
        if !connection.depth().is_ok_and(|depth| depth == 1) {
            self.undo();
            return Err(Unconfirmed::Refused(StoreError::Database(DieselError::BrokenTransactionManager)));
        }
        let commit = Commit::begins(wrote, self.log.as_ref().map(|log| &log.disk));
        let Err(error) = connection.commit() else {
            self.numbers.keep();
            return Ok(commit);
        };
        let refused = was_refused(connection, &error);
        self.numbers.forget_since(0);
        self.line.abandon();
        self.tell(Outcome { commit: Some(commit.unconfirmed()), ..Outcome::of(Vec::new()) });
        if refused {
            return Err(Unconfirmed::Refused(error.into()));
        }
        add(&self.stats.unknown_outcomes, 1);
        tracing::error!(%error, "the outcome of a commit is unknown");
        Err(Unconfirmed::Unknown)
    }

    /// Rolls everything back and keeps the connection if it still does what it is told.
    fn undo(&mut self) {
        self.numbers.forget_since(0);
        let sound = self.line.current().is_some_and(|connection| connection.roll_back_to(0).is_ok());
        if !sound {
            self.line.abandon();
        }
    }

    fn undo_after(&mut self, trouble: Option<Trouble>) {
        self.undo();
        if matches!(trouble, Some(Trouble::Lost | Trouble::Full | Trouble::Other)) {
            self.line.abandon();
        }
    }

    fn care(&mut self) {
        self.cared = Instant::now();
        let Some(path) = self.line.url().sqlite_path().map(Path::to_owned) else { return };
        let Some(connection) = self.line.current() else { return };
        match checkpoint::now_and_then(connection, &path) {
            Ok(bytes) => self.stats.wal_bytes.store(bytes, Ordering::Relaxed),
            Err(error) => {
                tracing::warn!(%error, "checkpoint failed");
                self.line.abandon();
            }
        }
    }

    fn close(mut self) {
        self.log.iter().for_each(|log| log.disk.settle());
        // Where a reader stands in the way, the next start completes it.
        if let Some(connection) = self.line.current()
            && let Err(error) = checkpoint::all(connection)
        {
            tracing::warn!(%error, "the last checkpoint failed; the next start completes it");
        }
        self.line.abandon();
    }
}

/// Leaves an answer with the job and says whether another try may help.
fn give(job: &mut dyn Job, error: StoreError) -> Option<Trouble> {
    let trouble = matches!(error, StoreError::Contended).then_some(Trouble::Contention);
    job.fail(error);
    trouble
}

/// Whether a failed COMMIT certainly took no effect.
///
/// SQLite: a full disk or a lock stops it before its last frame, the one that makes it a commit, is written; after an
/// I/O error that frame may be there for the next start to find. PostgreSQL: a server that answers with an error and
/// lives on has rolled back; when the connection is gone, nobody knows.
fn was_refused(connection: &mut Connection, error: &DieselError) -> bool {
    per_backend!(
        connection,
        sqlite: |_| matches!(Trouble::of(error), Some(Trouble::Full | Trouble::Contention)),
        postgres: |c| c.batch_execute("SELECT 1").is_ok(),
    )
}

fn fail_all(batch: Vec<BoxedJob>, error: &StoreError) {
    for mut job in batch {
        job.fail(match error {
            StoreError::Contended => StoreError::Contended,
            StoreError::Full => StoreError::Full,
            other => StoreError::Unavailable(other.to_string()),
        });
        job.answer();
    }
}

/// 10, 20, 40 ms and up to as much again, so that two losers do not meet a second time.
fn jitter(lost_races: u32) -> Duration {
    let base = 10_u64 << (lost_races - 1);
    let random = std::hash::RandomState::new().build_hasher().finish();
    Duration::from_millis(base + random % base)
}
