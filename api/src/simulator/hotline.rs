//! 12345 热线 as a peer: it dispatches work orders and says things of them, late, twice and out of order if it is told
//! to; it receives callbacks, checks their signatures and their order, and can be down. Everything is in memory.

mod automaton;
mod receiver;
mod sender;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actix_web::dev::ServerHandle;
use kernel::Instant;
use serde::Serialize;
use serde_json::Value;
use tokio::task::JoinHandle;

pub use self::sender::Answered;
use crate::outbox::SigningKey;

/// How it behaves as a peer. None of it is wrong: a network does all of this.
#[derive(Clone, Debug, Default)]
pub struct Behaviour {
    /// It answers a callback so much later.
    pub late: Duration,
    /// It sends everything twice.
    pub twice: bool,
    /// Of what waits to be sent it sends the last first.
    pub disorder: bool,
    /// It answers the first so many attempts of each callback with 500.
    pub fail: u32,
    /// The body of its answers, in bytes.
    pub flood: usize,
    /// With what it answers instead of 500, and how long it asks us to wait.
    pub busy: Option<u64>,
}

/// 回调 that was accepted, once.
#[derive(Clone, Debug, Serialize)]
pub struct Received {
    pub id: String,
    pub external_no: String,
    pub sequence: u64,
    pub kind: String,
    pub state: String,
    pub data: Value,
}

/// An order as the hotline has it.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    pub external_no: String,
    /// As the last callback said; before the first one, that it was dispatched.
    pub state: String,
    /// The last number it gave a message.
    pub sequence: u64,
    #[serde(skip)]
    pub dispatched_at: Option<Instant>,
}

/// What it remembers.
#[derive(Debug, Default)]
struct Memory {
    behaviour: Behaviour,
    received: Vec<Received>,
    /// By `webhook-id`: how often each came.
    attempts: BTreeMap<String, u32>,
    seen: BTreeSet<String>,
    again: u32,
    unsigned: u32,
    /// Callbacks that came before one they should have come after.
    disordered: Vec<String>,
    orders: BTreeMap<String, Listed>,
    queue: Vec<sender::Message>,
    sent: Vec<Answered>,
    /// How many callbacks it has reacted to.
    reacted: usize,
}

struct Inside {
    memory: Mutex<Memory>,
    key: SigningKey,
    sender: sender::Sender,
}

impl Inside {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Listening {
    handle: ServerHandle,
    task: JoinHandle<io::Result<()>>,
}

/// 热线模拟. Clones are the same hotline.
#[derive(Clone)]
pub struct Hotline {
    address: SocketAddr,
    inside: Arc<Inside>,
    listening: Arc<tokio::sync::Mutex<Option<Listening>>>,
}

impl fmt::Debug for Hotline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hotline").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Why it does not start.
#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    #[error("签名密钥无效（not a whsec_ secret）")]
    BadSecret,
    #[error("无法监听（cannot listen: {0}）")]
    Listen(#[from] io::Error),
    #[error("无法准备发送（{0}）")]
    Client(#[from] reqwest::Error),
}

/// Gives a token for the server whenever one is asked for.
pub type Tokens = Arc<dyn Fn() -> String + Send + Sync>;

impl Hotline {
    /// Listens on `listen`, port 0 for any, and checks callbacks by `secret`. Where it sends to is said by
    /// [`Hotline::calls`].
    ///
    /// # Errors
    /// When the secret is none, or it cannot listen.
    pub async fn start(listen: SocketAddr, secret: &str) -> Result<Self, NotStarted> {
        let key = SigningKey::parse(secret).ok_or(NotStarted::BadSecret)?;
        let inside = Arc::new(Inside { memory: Mutex::default(), key, sender: sender::Sender::new()? });
        let (address, listening) = receiver::listen(listen, &inside)?;
        Ok(Self { address, inside, listening: Arc::new(tokio::sync::Mutex::new(Some(listening))) })
    }

    /// Where the server that it talks to is, and with whose token.
    pub fn calls(&self, server: &str, tokens: Tokens) {
        self.inside.sender.calls(server, tokens);
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// 回调地址
    pub fn callback_url(&self) -> String {
        format!("http://{}/callbacks", self.address)
    }

    pub fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.inside.memory().behaviour);
    }

    /// From now on nobody listens.
    pub async fn goes_down(&self) {
        if let Some(Listening { handle, task }) = self.listening.lock().await.take() {
            handle.stop(false).await;
            let _ = task.await;
        }
    }

    /// Listens again where it did.
    ///
    /// # Errors
    /// When somebody else has the port.
    pub async fn comes_back(&self) -> io::Result<()> {
        let mut listening = self.listening.lock().await;
        if listening.is_none() {
            *listening = Some(receiver::listen(self.address, &self.inside)?.1);
        }
        Ok(())
    }

    /// Callbacks in the order in which they were accepted, each once.
    pub fn received(&self) -> Vec<Received> {
        self.inside.memory().received.clone()
    }

    /// Those of one order.
    pub fn received_of(&self, external_no: &str) -> Vec<Received> {
        self.received().into_iter().filter(|it| it.external_no == external_no).collect()
    }

    /// How often a callback came that had been accepted before.
    pub fn repetitions(&self) -> u32 {
        self.inside.memory().again
    }

    /// All attempts at callbacks, refused ones included.
    pub fn attempts(&self) -> u32 {
        self.inside.memory().attempts.values().sum()
    }

    /// How often a callback came whose signature is not ours.
    pub fn unsigned(&self) -> u32 {
        self.inside.memory().unsigned
    }

    /// Callbacks that came before one they should have come after.
    pub fn disordered(&self) -> Vec<String> {
        self.inside.memory().disordered.clone()
    }

    /// What it has, for a reconciliation.
    pub fn list(&self) -> Vec<Listed> {
        self.inside.memory().orders.values().cloned().collect()
    }

    /// 派单: queues the dispatch of an order, or that of one that was returned. The body is that of the request without
    /// its sequence.
    pub fn dispatches(&self, external_no: &str, body: Value) {
        sender::queue(&mut self.inside.memory(), external_no, true, body);
    }

    /// Queues a message about an order. The body is that of the request without its sequence.
    pub fn says(&self, external_no: &str, body: Value) {
        sender::queue(&mut self.inside.memory(), external_no, false, body);
    }

    /// How many messages wait to be sent, or to be said otherwise.
    pub fn waiting(&self) -> usize {
        self.inside.memory().queue.len()
    }

    /// Everything that was ever sent and answered, in that order.
    pub fn sent(&self) -> Vec<Answered> {
        self.inside.memory().sent.clone()
    }

    /// Sends what waits, as it behaves; what was not answered stays, and what has not taken its number. What was answered now.
    pub async fn sends(&self) -> Vec<Answered> {
        sender::send_all(&self.inside).await
    }

    /// Does what a hotline does by itself, once: rules on what was returned or asked for, asks callers back, and sends; of an
    /// enterprise it then names who spoke, where that is asked for.
    pub async fn goes_on(&self) -> Vec<Answered> {
        automaton::react(&self.inside);
        let mut answered = self.sends().await;
        if automaton::name_speakers(&self.inside, &answered) {
            answered.extend(self.sends().await);
        }
        answered
    }
}
