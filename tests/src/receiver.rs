use std::{
    fmt, io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
    time::Duration,
};

use api::outbox::{SigningKey, verify};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// 接收方: somebody who is told by webhooks, as friendly or hostile as a test wants. Clones are the same one.
#[derive(Clone)]
pub struct Receiver(Arc<Inside>);

struct Inside {
    address: SocketAddr,
    came: Mutex<Vec<Came>>,
    behaviour: Mutex<Behaviour>,
    listening: Mutex<Option<JoinHandle<()>>>,
    connections: AtomicU32,
    /// Bytes of bodies that never end.
    flooded: AtomicUsize,
}

type Behaviour = Arc<dyn Fn(&Came) -> Reply + Send + Sync>;

/// How it answers.
#[derive(Clone, Debug)]
pub enum Reply {
    /// This status, with these header lines.
    Status(u16, &'static str),
    /// The same, after a while.
    Late(Duration, u16),
    /// Nothing, for longer than anybody waits.
    Silence,
    /// It hangs up.
    HangUp,
    /// 200, and then a body that never ends.
    Flood,
    /// 200, and then a byte now and then.
    Drip,
    /// 200, with much more announced than there is.
    Short,
    /// What is no HTTP.
    Garbage,
    /// A redirection to this address.
    Redirect(String),
}

impl Reply {
    pub fn ok() -> Self {
        Self::Status(204, "")
    }

    fn accepts(&self) -> bool {
        match self {
            Self::Status(status, _) | Self::Late(_, status) => (200..300).contains(status),
            Self::Flood | Self::Drip | Self::Short => true,
            Self::Silence | Self::HangUp | Self::Garbage | Self::Redirect(_) => false,
        }
    }
}

/// One attempt that arrived.
#[derive(Clone, Debug)]
pub struct Came {
    pub id: String,
    pub timestamp: String,
    pub signature: String,
    /// `traceparent`; empty where there is none.
    pub trace: String,
    /// `tracestate`; empty where there is none.
    pub trace_state: String,
    pub raw: Vec<u8>,
    pub event: Value,
    pub accepted: bool,
}

impl Came {
    pub fn subject(&self) -> &str {
        self.event["subject"].as_str().unwrap_or_default()
    }

    pub fn sequence(&self) -> u64 {
        self.event["sequence"].as_str().unwrap_or_default().parse().unwrap()
    }

    /// Whether this key signed it, just now.
    pub fn is_signed_by(&self, key: &SigningKey) -> bool {
        let now = chrono::Utc::now().timestamp();
        verify(key, (&self.id, &self.timestamp, &self.signature), &self.raw, now)
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("address", &self.0.address).finish_non_exhaustive()
    }
}

impl Receiver {
    /// Listens, and accepts everything.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self(Arc::new(Inside {
            address: listener.local_addr().unwrap(),
            came: Mutex::default(),
            behaviour: Mutex::new(Arc::new(|_| Reply::ok())),
            listening: Mutex::default(),
            connections: AtomicU32::new(0),
            flooded: AtomicUsize::new(0),
        }));
        receiver.listen(listener);
        receiver
    }

    fn listen(&self, listener: TcpListener) {
        let receiver = self.clone();
        let task = tokio::spawn(async move {
            let mut open = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                receiver.0.connections.fetch_add(1, Ordering::Relaxed);
                let receiver = receiver.clone();
                open.spawn(async move {
                    let _ = receiver.talk(stream).await;
                });
                while open.try_join_next().is_some() {}
            }
        });
        *self.0.listening.lock().unwrap() = Some(task);
    }

    pub fn url(&self) -> String {
        format!("http://{}/hooks", self.0.address)
    }

    /// From now on it answers like this.
    pub fn answers(&self, behaviour: impl Fn(&Came) -> Reply + Send + Sync + 'static) {
        *self.0.behaviour.lock().unwrap() = Arc::new(behaviour);
    }

    /// From now on nobody listens.
    pub async fn goes_down(&self) {
        let task = self.0.listening.lock().unwrap().take();
        if let Some(task) = task {
            task.abort();
            let _ = task.await;
        }
    }

    /// Listens again where it did.
    pub async fn comes_back(&self) {
        self.listen(TcpListener::bind(self.0.address).await.unwrap());
    }

    /// Every attempt that arrived.
    pub fn came(&self) -> Vec<Came> {
        self.0.came.lock().unwrap().clone()
    }

    /// What it accepted, in that order.
    pub fn accepted(&self) -> Vec<Came> {
        self.came().into_iter().filter(|came| came.accepted).collect()
    }

    /// How often somebody connected.
    pub fn connections(&self) -> u32 {
        self.0.connections.load(Ordering::Relaxed)
    }

    /// How much of [`Reply::Flood`] was taken from it, what lies in the buffers of the machine included.
    pub fn flooded(&self) -> usize {
        self.0.flooded.load(Ordering::Relaxed)
    }

    async fn talk(&self, mut stream: TcpStream) -> io::Result<()> {
        let Some(mut came) = read(&mut stream).await? else { return Ok(()) };
        let behaviour = Arc::clone(&self.0.behaviour.lock().unwrap());
        let reply = behaviour(&came);
        if let Reply::Late(pause, _) = reply {
            tokio::time::sleep(pause).await;
        }
        came.accepted = reply.accepts();
        self.0.came.lock().unwrap().push(came);
        write(&mut stream, reply, &self.0.flooded).await
    }
}

async fn read(stream: &mut TcpStream) -> io::Result<Option<Came>> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let header = |name: &str| {
        let lines = text.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).next()
    };
    let length: usize = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while bytes.len() < head + 4 + length {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
    let raw = bytes[head + 4..head + 4 + length].to_vec();
    Ok(Some(Came {
        id: header("webhook-id").unwrap_or_default(),
        timestamp: header("webhook-timestamp").unwrap_or_default(),
        signature: header("webhook-signature").unwrap_or_default(),
        trace: header("traceparent").unwrap_or_default(),
        trace_state: header("tracestate").unwrap_or_default(),
        event: serde_json::from_slice(&raw).unwrap_or_default(),
        raw,
        accepted: false,
    }))
}

async fn write(stream: &mut TcpStream, reply: Reply, flooded: &AtomicUsize) -> io::Result<()> {
    const ENDLESS: &[u8] = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
    match reply {
        Reply::Status(status, headers) => {
            let head = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n{headers}\r\n");
            stream.write_all(head.as_bytes()).await
        }
        Reply::Late(_, status) => {
            let head = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).await
        }
        Reply::Redirect(to) => {
            let head = format!("HTTP/1.1 307 X\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).await
        }
        // Until the sender has had enough.
        Reply::Silence => stream.read(&mut [0]).await.map(drop),
        Reply::HangUp => Ok(()),
        Reply::Garbage => stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n\r\n").await,
        Reply::Short => stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\nfew").await,
        Reply::Flood => {
            stream.write_all(ENDLESS).await?;
            loop {
                let taken = stream.write(&[b'x'; 64 * 1024]).await?;
                flooded.fetch_add(taken, Ordering::Relaxed);
            }
        }
        Reply::Drip => {
            stream.write_all(ENDLESS).await?;
            loop {
                stream.write_all(b"x").await?;
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        }
    }
}
