//! 发件: sends what stands in the outbox, at least once, in order within each ordering key, signed as Standard Webhooks
//! say. Whatever happens to this process, the row is still there, and another one takes it up when the claim runs out.

mod post;
mod schedule;
mod signature;

use std::{fmt, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use kernel::{Centre, Instant};
use persistence::{
    Shard, StoreError, Tx, hall,
    outbox::{self, Stored},
};
use reqwest::{Client, redirect};
use tokio::sync::{Mutex, Notify};

pub use self::{
    post::Outcome,
    signature::{SigningKey, sign, verify},
};
use crate::{
    desk::Desk,
    problem::{Answer, Error},
};

/// How many letters are looked at, and how many are on their way, at a time.
const BATCH: i64 = 64;
const AT_A_TIME: usize = 8;
/// How long a process may be silent before another one takes its letter: longer than an attempt can last.
const CLAIM: chrono::Duration = chrono::Duration::seconds(45);

/// Where a target's letters go.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub url: String,
    /// All of them sign; more than one while they are changed.
    pub keys: Vec<SigningKey>,
}

/// 发件箱 of this process: what it sends with. What is to be sent is in the database.
pub struct Outbox {
    client: Client,
    sending: Mutex<()>,
    wake: Arc<Notify>,
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").finish_non_exhaustive()
    }
}

impl Outbox {
    /// # Errors
    /// When no client can be made.
    pub fn new() -> reqwest::Result<Self> {
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(Duration::from_secs(5))
            .timeout(post::PATIENCE)
            .pool_idle_timeout(Duration::from_secs(30))
            .build()?;
        Ok(Self { client, sending: Mutex::default(), wake: Arc::default() })
    }

    /// To be called once something has been put into the box for good.
    fn waker(&self) -> impl FnOnce() + Send + use<> {
        let wake = Arc::clone(&self.wake);
        move || wake.notify_one()
    }
}

impl Desk {
    /// Sends for as long as it is polled: at once when woken, and each second what another process or time has left.
    pub async fn keep_sending(self: Arc<Self>) {
        const LOOK: Duration = Duration::from_secs(1);
        loop {
            let _ = tokio::time::timeout(LOOK, self.outbox.wake.notified()).await;
            if let Err(error) = self.send_what_is_due().await {
                tracing::warn!(%error, "what is in the outbox was not sent; it will be");
            }
        }
    }

    /// Sends whatever is due by the desk's clock, in every centre, until nothing more is. How many were delivered.
    ///
    /// # Errors
    /// Those of the store; what was sent until then is sent, and perhaps sent again.
    pub async fn send_what_is_due(self: &Arc<Self>) -> Answer<usize> {
        let _alone = self.outbox.sending.lock().await;
        let centres = self.store.read(|connection| Ok::<_, StoreError>(hall::centres(connection)?)).await?;
        let mut delivered = 0;
        for centre in centres {
            delivered += self.send_in(centre).await?;
        }
        Ok(delivered)
    }

    async fn send_in(self: &Arc<Self>, centre: Centre) -> Answer<usize> {
        let mut delivered = 0;
        loop {
            let now = self.now(centre);
            let due = move |connection: &mut _| Ok::<_, StoreError>(outbox::due(connection, centre, now, BATCH)?);
            let due = self.store.read(due).await?;
            if due.is_empty() {
                return Ok(delivered);
            }
            let outcomes: Vec<Answer<Option<bool>>> = stream::iter(due)
                .map(|letter| Arc::clone(self).deliver(centre, letter))
                .buffer_unordered(AT_A_TIME)
                .collect()
                .await;
            let mut mine = 0;
            for outcome in outcomes {
                let outcome = outcome?;
                mine += usize::from(outcome.is_some());
                delivered += usize::from(outcome == Some(true));
            }
            // All of them are another process's: it will see to them.
            if mine == 0 {
                return Ok(delivered);
            }
        }
    }

    /// One attempt at one letter; None where another process has it.
    async fn deliver(self: Arc<Self>, centre: Centre, letter: Stored) -> Answer<Option<bool>> {
        let (id, shard) = (letter.id, Shard::of(&letter.id));
        let (at, by) = (self.now(centre), self.process.clone());
        let claim =
            move |tx: &mut Tx<'_>| Ok::<_, StoreError>(outbox::claim(tx.write(), centre, id, &by, at, at.plus(CLAIM))?);
        if !self.store.write(shard, claim).await? {
            return Ok(None);
        }
        let outcome = match self.endpoint(&letter.target) {
            Some(endpoint) => post::post(&self.outbox.client, &endpoint, &letter, self.clock.machine_now()).await,
            None => Outcome::failed("no_endpoint"),
        };
        metrics::counter!("webhook_attempts_total", "outcome" => outcome.label()).increment(1);
        let (now, by, said) = (self.now(centre), self.process.clone(), outcome.said.clone());
        let is_delivered = outcome.is_delivered();
        let next = schedule::next(now, letter.attempts, outcome.retry_after);
        let record = move |tx: &mut Tx<'_>| {
            let recorded = if is_delivered {
                outbox::delivered(tx.write(), centre, id, &said, now)
            } else {
                outbox::failed(tx.write(), centre, id, &by, &said, next)
            };
            Ok::<_, StoreError>(recorded?)
        };
        self.store.write(shard, record).await?;
        if !is_delivered {
            tracing::info!(
                target = letter.target,
                attempts = letter.attempts + 1,
                outcome = outcome.said,
                "not delivered"
            );
        }
        Ok(Some(is_delivered))
    }

    /// Where a target is. None for one that is no longer in the configuration: its letters wait.
    fn endpoint(&self, target: &str) -> Option<Endpoint> {
        let code = target.strip_prefix(HOTLINE)?;
        let hotline = self.settings.hotlines.iter().find(|hotline| hotline.code.as_str() == code)?;
        if hotline.callback_url.is_empty() {
            return None;
        }
        let keys = hotline.secrets.iter().filter_map(|secret| SigningKey::parse(&secret.0)).collect();
        Some(Endpoint { url: hotline.callback_url.clone(), keys })
    }
}

const HOTLINE: &str = "hotline:";

/// The target that a hotline's callbacks have.
pub fn hotline_target(hotline: &kernel::StaffCode) -> String {
    format!("{HOTLINE}{hotline}")
}

/// A letter that is written now, for [`put`].
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    pub target: &'a str,
    pub ordering_key: &'a str,
    pub kind: &'a str,
}

/// Puts a letter into the box, in the transaction of the change that it tells of; `body` is told its id and number.
///
/// # Errors
/// Those of the store, and of the body.
pub fn put(
    desk: &Desk,
    tx: &mut Tx<'_>,
    centre: Centre,
    draft: &Draft<'_>,
    now: Instant,
    body: impl FnOnce(&str, u64) -> Result<String, serde_json::Error>,
) -> Answer<()> {
    let Draft { target, ordering_key, kind } = *draft;
    let sequence = outbox::next_sequence(tx.read(), centre, target, ordering_key).map_err(StoreError::from)?;
    let id = kernel::EventId::fresh(now);
    let body = body(&id.to_string(), sequence).map_err(Error::internal)?;
    let letter = outbox::Letter { id, target, ordering_key, sequence, kind, body: &body };
    let inserted = outbox::put(tx.write(), centre, &letter, now);
    tx.first(inserted)?;
    let wake = desk.outbox.waker();
    tx.on_commit(wake);
    Ok(())
}
