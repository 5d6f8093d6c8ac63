//! The store: what the rest of the program holds.

use std::{
    fmt,
    hash::{DefaultHasher, Hash, Hasher as _},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
};

use crossbeam_channel::{Sender, TrySendError, bounded};
use kernel::{CaseId, Centre};
use tokio::sync::oneshot;

use crate::{
    Connection, DatabaseUrl, OpenError, StoreError, StoreOptions, StoreStats, Tx,
    checkpoint::Checkpoints,
    connection::Purpose,
    disk::{Disk, Frontier},
    job::Task,
    line::Line,
    migrate,
    open::{self, Claim},
    readers::{self, OnTheSpot, Read, Reader},
    url::Backend,
    writer::{BoxedJob, Log, Writer},
};

/// Decides which writer a write goes to. Writes to one aggregate name the same shard, so that no two writers of this
/// process meet on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    hash: u64,
    case: Option<(Centre, CaseId)>,
}

impl Shard {
    /// The shard of an aggregate, by its identity.
    pub fn of(aggregate: &(impl Hash + ?Sized)) -> Self {
        let mut hasher = DefaultHasher::new();
        aggregate.hash(&mut hasher);
        Self { hash: hasher.finish(), case: None }
    }

    /// The same of a case that the write reads by [`Tx::case`]: what several writes read so may be fetched at once.
    pub fn of_case(centre: Centre, id: CaseId) -> Self {
        Self { case: Some((centre, id)), ..Self::of(&id) }
    }
}

/// One store over either database. Cheap to clone; all clones are the same store.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    url: DatabaseUrl,
    stats: Arc<StoreStats>,
    frontier: Arc<Frontier>,
    /// `None` once shutdown has begun; threads end when their queue is empty and no sender is left.
    writers: RwLock<Option<Vec<Sender<BoxedJob>>>>,
    readers: RwLock<Option<Sender<Read>>>,
    on_the_spot: OnTheSpot,
    writer_threads: RwLock<Vec<JoinHandle<()>>>,
    reader_threads: RwLock<Vec<JoinHandle<()>>>,
}

impl Store {
    /// Opens the database, checks it, brings the schema up to date and starts the threads. Blocks while doing so.
    ///
    /// # Errors
    /// One sentence for people: unreachable, in use by another process, damaged, unsafe settings, a newer schema.
    pub fn open(options: StoreOptions) -> Result<Self, OpenError> {
        let StoreOptions { url, writers, readers, queue, batch, migrate } = options;
        let claim = Arc::new(Claim::on(&url)?);
        let mut first = open::first_connection(&url)?;
        if migrate {
            migrate::apply_pending(&mut first)?;
        } else {
            migrate::require_current(&mut first)?;
        }
        drop(first);

        let (stats, frontier) = (Arc::new(StoreStats::default()), Arc::new(Frontier::default()));
        let line = |purpose| {
            let mut line = Line::new(url.clone(), purpose, Arc::clone(&stats));
            // Whoever cannot connect now is told so now.
            match line.connection() {
                Ok(_) => Ok(line),
                Err(cause) => Err(OpenError::Unreachable { url: url.clone(), cause: cause.detail() }),
            }
        };
        let writers = if url.backend() == Backend::Sqlite { 1 } else { writers.max(1) };
        let (mut senders, mut writer_threads) = (Vec::new(), Vec::new());
        for number in 0..writers {
            let (sender, jobs) = bounded(queue);
            let mut log = None;
            if let Some(path) = url.sqlite_path() {
                let (checkpoints, work) = Checkpoints::beside(line(Purpose::Migrate)?);
                writer_threads.push(spawn("checkpoints".to_owned(), work)?);
                let (disk, work) = Disk::under(&open::real_path(path)?, Arc::clone(&frontier), Arc::clone(&stats));
                writer_threads.push(spawn("disk".to_owned(), work)?);
                log = Some(Log { checkpoints, disk });
            }
            let line = line(Purpose::Write)?;
            let writer = Writer::new(line, jobs, batch, Arc::clone(&stats), log, Arc::clone(&claim));
            writer_threads.push(spawn(format!("writer-{number}"), || writer.run())?);
            senders.push(sender);
        }
        let (reads, queue) = bounded(queue);
        let mut reader_threads = Vec::new();
        for number in 0..readers.max(1) {
            let line = line(Purpose::Read)?;
            let reader = Reader::new(line, queue.clone(), Arc::clone(&stats), Arc::clone(&claim));
            reader_threads.push(spawn(format!("reader-{number}"), || reader.run())?);
        }
        let mut free = Vec::new();
        if url.backend() == Backend::Sqlite {
            for _ in 0..readers {
                free.push(Reader::new(line(Purpose::Read)?, queue.clone(), Arc::clone(&stats), Arc::clone(&claim)));
            }
        }
        Ok(Self(Arc::new(Inner {
            url,
            stats,
            frontier,
            on_the_spot: OnTheSpot::with(free),
            writers: RwLock::new(Some(senders)),
            readers: RwLock::new(Some(reads)),
            writer_threads: RwLock::new(writer_threads),
            reader_threads: RwLock::new(reader_threads),
        })))
    }

    /// Runs `job` in a transaction on the shard's writer and answers after the commit.
    ///
    /// The closure may run more than once, each time on a clean transaction, so it has no effect but through its
    /// [`Tx`]. When it returns `Ok`, what it wrote is committed and synced before this returns. When it returns `Err`,
    /// nothing it wrote is kept. Dropping the future does not undo a write that has begun.
    pub async fn write<T, E>(
        &self,
        shard: Shard,
        job: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.send_write(shard.hash, Box::new(Task::new(job, shard.case, reply)))?;
        // Only a writer that died without a word drops the reply.
        answer.await.unwrap_or_else(|_| Err(StoreError::OutcomeUnknown.into()))
    }

    /// Runs `work` on a connection that cannot write. It sees every write answered before it was called, and answers
    /// nothing that is not on the disk.
    pub async fn read<T, E>(&self, work: impl FnOnce(&mut Connection) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.send_read(readers::read(work, reply))?;
        let answer = answer.await.unwrap_or_else(|_| Err(StoreError::Closed.into()));
        self.0.frontier.reached().await;
        answer
    }

    /// As [`Store::read`], for a few rows by key. On SQLite the caller does it itself, so it must not take long.
    pub async fn read_by_key<T, E>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        match self.0.on_the_spot.try_read(work) {
            Ok(answer) => {
                self.0.frontier.reached().await;
                answer
            }
            Err(work) => self.read(work).await,
        }
    }

    /// Whether every writer can open a transaction and a reader can read, for readiness.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let writers = read_lock(&self.0.writers).as_ref().map_or(0, Vec::len);
        for writer in 0..writers {
            self.write(Shard { hash: writer as u64, case: None }, |tx| Ok::<_, StoreError>(ask(tx.read())?)).await?;
        }
        self.read(|connection| Ok(ask(connection)?)).await
    }

    pub fn stats(&self) -> &StoreStats {
        &self.0.stats
    }

    pub fn url(&self) -> &DatabaseUrl {
        &self.0.url
    }

    /// Accepts nothing more, answers what is waiting, ends the threads and leaves SQLite as one file. A second call
    /// returns at once.
    pub async fn shutdown(&self) {
        let inner = Arc::clone(&self.0);
        let closing = tokio::task::spawn_blocking(move || {
            // Readers first: the last checkpoint waits for none.
            drop(write_lock(&inner.readers).take());
            join(&inner.reader_threads);
            inner.on_the_spot.close();
            drop(write_lock(&inner.writers).take());
            join(&inner.writer_threads);
        });
        if closing.await.is_err() {
            tracing::error!("the store did not close properly");
        }
    }

    fn send_write(&self, shard: u64, job: BoxedJob) -> Result<(), StoreError> {
        let writers = read_lock(&self.0.writers);
        let writers = writers.as_ref().ok_or(StoreError::Closed)?;
        let index = usize::try_from(shard % writers.len() as u64).unwrap_or(0);
        let writer = writers.get(index).ok_or(StoreError::Closed)?;
        self.send(writer, job, &self.0.stats.write_queue)
    }

    fn send_read(&self, read: Read) -> Result<(), StoreError> {
        let readers = read_lock(&self.0.readers);
        self.send(readers.as_ref().ok_or(StoreError::Closed)?, read, &self.0.stats.read_queue)
    }

    fn send<M>(&self, queue: &Sender<M>, message: M, waiting: &AtomicU64) -> Result<(), StoreError> {
        // Counted first, so that whoever takes it never counts below nothing.
        waiting.fetch_add(1, Ordering::Relaxed);
        let Err(error) = queue.try_send(message) else { return Ok(()) };
        waiting.fetch_sub(1, Ordering::Relaxed);
        match error {
            TrySendError::Full(_) => {
                self.0.stats.overloaded.fetch_add(1, Ordering::Relaxed);
                Err(StoreError::Overloaded)
            }
            TrySendError::Disconnected(_) => Err(StoreError::Closed),
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("url", &self.0.url).finish_non_exhaustive()
    }
}

fn ask(connection: &mut Connection) -> diesel::QueryResult<()> {
    diesel::connection::SimpleConnection::batch_execute(connection, "SELECT 1")
}

fn spawn(name: String, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, OpenError> {
    thread::Builder::new().name(name).spawn(work).map_err(OpenError::Thread)
}

fn join(threads: &RwLock<Vec<JoinHandle<()>>>) {
    for thread in write_lock(threads).drain(..) {
        if thread.join().is_err() {
            tracing::error!("a database thread had panicked");
        }
    }
}

// Nothing behind these locks can be left half-changed by a panic.
fn read_lock<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write_lock<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
