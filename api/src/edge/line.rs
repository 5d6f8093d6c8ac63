//! 连接: how long one may be kept. The server itself waits so long for the first head of a connection, and for a
//! next one to begin; but for ever for the rest of that one, and for an answer to be read.

use std::{
    any::Any,
    net::Shutdown,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::{body::BodySize, dev::Extensions};
use socket2::{SockRef, Socket};
use tokio::net::TcpStream;

use crate::settings::Settings;

/// While a request is served: what it waits for has deadlines of its own.
const BUSY: u64 = u64::MAX;

/// 各条连接: all that are open. One for all workers.
#[derive(Debug)]
pub struct Lines {
    terms: Terms,
    open: Mutex<Vec<Weak<Line>>>,
}

/// One connection; among the data that its requests find it by.
#[derive(Debug)]
pub(super) struct Line {
    /// A second handle, by which it can be ended from outside its worker.
    socket: Socket,
    terms: Terms,
    /// Until when it is kept, in seconds since the start.
    until: AtomicU64,
}

/// 办理中: a request of a connection is under way, for as long as this lives.
#[derive(Debug)]
pub(super) struct Busy {
    line: Arc<Line>,
    /// What there is of the answer to be read.
    bytes: u64,
}

#[derive(Clone, Copy, Debug)]
struct Terms {
    start: Instant,
    /// How long nothing of what was sent may be taken.
    stalled: Duration,
    /// Seconds after an answer until the next head must be whole.
    free: u64,
    /// Bytes a second that are read of an answer at least.
    min_rate: u64,
}

impl Terms {
    fn now(&self) -> u64 {
        self.start.elapsed().as_secs()
    }

    fn until(&self, now: u64, bytes: u64) -> u64 {
        // Rounded up, so that nobody has less time than they are told.
        now.saturating_add(1).saturating_add(self.free).saturating_add(bytes.div_ceil(self.min_rate))
    }
}

impl Lines {
    pub fn new(settings: &Settings) -> Self {
        let http = &settings.http;
        let terms = Terms {
            start: Instant::now(),
            stalled: Duration::from_secs(http.keep_alive_seconds),
            free: http.keep_alive_seconds.saturating_add(http.head_seconds),
            min_rate: settings.files.min_rate,
        };
        Self { terms, open: Mutex::default() }
    }

    /// Takes on a connection that was just made, if it is one over TCP.
    pub fn take_on(&self, io: &dyn Any, data: &mut Extensions) {
        let Some(stream) = io.downcast_ref::<TcpStream>() else { return };
        let socket = SockRef::from(stream);
        // Elsewhere whoever reads nothing is ended by the rate alone.
        #[cfg(target_os = "linux")]
        if let Err(error) = socket.set_tcp_user_timeout(Some(self.terms.stalled)) {
            tracing::debug!(%error, "a connection has no time of its own to be read in");
        }
        match socket.try_clone() {
            Ok(second) => {
                let until = AtomicU64::new(self.terms.until(self.terms.now(), 0));
                let line = Arc::new(Line { socket: second, terms: self.terms, until });
                self.held().push(Arc::downgrade(&line));
                data.insert(line);
            }
            // Out of descriptors, most likely: it could not be ended any more.
            Err(error) => {
                tracing::debug!(%error, "a connection was turned away");
                let _ = socket.shutdown(Shutdown::Both);
            }
        }
    }

    /// Ends the connections that have been kept long enough, and forgets those that have ended.
    pub fn end_overdue(&self) {
        self.end_overdue_at(self.terms.now());
    }

    fn end_overdue_at(&self, now: u64) {
        self.held().retain(|line| {
            let Some(line) = line.upgrade() else { return false };
            if line.until.load(Ordering::Relaxed) < now {
                // An error says that it has ended.
                let _ = line.socket.shutdown(Shutdown::Both);
            }
            true
        });
    }

    fn held(&self) -> MutexGuard<'_, Vec<Weak<Line>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// Keeps it. The requests of a connection are served one after the other.
    pub(super) fn serve(self: &Arc<Self>) -> Busy {
        self.until.store(BUSY, Ordering::Relaxed);
        Busy { line: Arc::clone(self), bytes: 0 }
    }
}

impl Busy {
    /// What there is to be read, once this is dropped.
    pub(super) fn answers(&mut self, size: BodySize) {
        self.bytes = match size {
            BodySize::None => 0,
            BodySize::Sized(bytes) => bytes,
            // Nobody knows how long it will take.
            BodySize::Stream => u64::MAX,
        };
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let Line { terms, until, .. } = &*self.line;
        until.store(terms.until(terms.now(), self.bytes), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use tokio::{io::AsyncReadExt, net::TcpListener, time::timeout};

    use super::*;
    use crate::settings::{Files, Http};

    /// A connection, as its client and its requests see it.
    async fn connected(lines: &Lines) -> (TcpStream, Extensions) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        let mut data = Extensions::default();
        lines.take_on(&server, &mut data);
        // Only the second handle is left.
        drop(server);
        (client, data)
    }

    async fn is_open(client: &mut TcpStream) -> bool {
        timeout(Duration::from_millis(100), client.read(&mut [0])).await.is_err()
    }

    /// A connection is ended when its time is over, and not while a request of it is served.
    #[tokio::test]
    async fn a_connection_is_ended_when_its_time_is_over() {
        let http = Http { keep_alive_seconds: 60, head_seconds: 5, ..Http::default() };
        let lines = Lines::new(&Settings { http, ..Settings::default() });
        let (mut idle, _idle) = connected(&lines).await;
        let (mut served, data) = connected(&lines).await;
        let busy = data.get::<Arc<Line>>().map(Line::serve).unwrap();
        lines.end_overdue_at(65);
        assert!(is_open(&mut idle).await, "it has its time");
        lines.end_overdue_at(1000);
        assert!(!is_open(&mut idle).await);
        assert!(is_open(&mut served).await, "a request of it is under way");
        drop(busy);
        lines.end_overdue_at(1000);
        assert!(!is_open(&mut served).await);
        drop(data);
        lines.end_overdue_at(0);
        assert_eq!(lines.held().len(), 1, "what has ended is forgotten");
    }

    /// So has an answer, by its size: who reads it at the least rate is not cut short.
    #[tokio::test]
    async fn a_large_answer_has_more_time() {
        let http = Http { keep_alive_seconds: 1, head_seconds: 1, ..Http::default() };
        let files = Files { min_rate: 1000, ..Files::default() };
        let lines = Lines::new(&Settings { http, files, ..Settings::default() });
        for (size, kept, ended) in
            [(BodySize::None, 2, 100), (BodySize::Sized(100_000), 102, 200), (BodySize::Stream, 1_000_000, u64::MAX)]
        {
            let (mut client, data) = connected(&lines).await;
            let mut busy = data.get::<Arc<Line>>().map(Line::serve).unwrap();
            busy.answers(size);
            drop(busy);
            lines.end_overdue_at(kept);
            assert!(is_open(&mut client).await, "{size:?}");
            lines.end_overdue_at(ended);
            assert!(!is_open(&mut client).await, "{size:?}");
        }
    }
}
