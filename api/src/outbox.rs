//! 发件: sends what stands in the outbox, at least once, in order within each ordering key, signed as Standard Webhooks
//! say. Whatever happens to this process, the row is still there, and another one takes it up when the claim runs out.
//! Each target is served by itself, so that none waits for another one that is slow.

mod guard;
mod post;
mod schedule;
mod settle;
mod signature;

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt, stream};
use kernel::{Centre, Instant, id::WebhookEndpointId};
use persistence::{
    Backend, Connection, Shard, StoreError, Tx, hall,
    outbox::{self, Stored},
    trace, webhooks,
};
use reqwest::{Client, redirect};
use tokio::{
    sync::{Notify, Semaphore},
    task::{AbortHandle, JoinSet},
};

use self::post::Post;
pub use self::{
    guard::{Guard, Unfit},
    post::Outcome,
    signature::{SigningKey, sign, verify, whsec},
};
use crate::{codes, desk::Desk, problem::Answer, settings::Webhooks};

/// How many letters of one target are looked at, and how many are on their way, at a time.
const BATCH: i64 = 64;
const AT_A_TIME: usize = 8;
/// How many are on their way at a time in all.
const IN_ALL: usize = 64;
/// How long a process may be silent before another one takes its letter: longer than an attempt can last.
const CLAIM: chrono::Duration = chrono::Duration::seconds(45);
/// A probe does not wait for the time at which its letter is due.
const WHENEVER: chrono::Duration = chrono::Duration::days(366);

/// 发件箱 of this process: what it sends with. What is to be sent is in the database.
pub struct Outbox {
    /// To addresses of the configuration, which is the operator's own.
    configured: Client,
    /// To addresses that systems have registered.
    registered: Client,
    pub guard: Guard,
    seats: Semaphore,
    wake: Arc<Notify>,
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").field("guard", &self.guard).finish_non_exhaustive()
    }
}

impl Outbox {
    /// # Errors
    /// When no client can be made.
    pub fn new(settings: &Webhooks) -> reqwest::Result<Self> {
        let guard = Guard::new(&settings.allowed_networks);
        let client = || {
            Client::builder()
                .redirect(redirect::Policy::none())
                .no_proxy()
                .user_agent("yichuang")
                .connect_timeout(Duration::from_secs(5))
                .timeout(post::PATIENCE)
                .pool_idle_timeout(Duration::from_secs(30))
        };
        Ok(Self {
            configured: client().build()?,
            registered: client().dns_resolver(Arc::new(guard.clone())).build()?,
            guard,
            seats: Semaphore::new(IN_ALL),
            wake: Arc::default(),
        })
    }

    /// To be notified once something has been put into the box for good.
    pub(crate) fn wake(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }
}

/// 去处: one of those to whom letters go, and how.
#[derive(Debug)]
struct Destination {
    centre: Centre,
    target: String,
    url: String,
    /// All of them sign; more than one while they are changed.
    keys: Vec<SigningKey>,
    /// An endpoint as it was when it was looked at; none of the configuration.
    endpoint: Option<webhooks::Endpoint>,
    /// Something failed, so that the endpoint is looked at again before more is sent.
    failed: AtomicBool,
}

impl Destination {
    /// 熔断后试探: one letter, to see whether the other side is there again. When that was due.
    fn probe(&self) -> Option<(WebhookEndpointId, Instant)> {
        let endpoint = self.endpoint.as_ref()?;
        Some((endpoint.id, endpoint.probe_at?))
    }

    fn is_probe(&self) -> bool {
        self.probe().is_some()
    }

    fn is_in_doubt(&self) -> bool {
        self.endpoint.is_some() && self.failed.load(Ordering::Relaxed)
    }
}

impl Desk {
    /// Sends for as long as it is polled: at once when woken, and each second what another process or time has left.
    pub async fn keep_sending(self: Arc<Self>) {
        const LOOK: Duration = Duration::from_secs(1);
        /// While something is sent, what has come in the meantime may have been overlooked.
        const LOOK_AGAIN: Duration = Duration::from_millis(200);
        if let Err(error) = self.take_over().await {
            tracing::warn!(%error, "what an earlier process had claimed waits until its claims run out");
        }
        // Ends with this future.
        let mut sending = JoinSet::new();
        let mut busy: HashMap<(Centre, String), AbortHandle> = HashMap::new();
        loop {
            let look = if busy.is_empty() { LOOK } else { LOOK_AGAIN };
            let _ = tokio::time::timeout(look, self.outbox.wake.notified()).await;
            while sending.try_join_next().is_some() {}
            busy.retain(|_, task| !task.is_finished());
            match self.destinations().await {
                Ok(destinations) => {
                    for to in destinations {
                        let key = (to.centre, to.target.clone());
                        let send = || sending.spawn(Arc::clone(&self).serve(Arc::new(to)));
                        busy.entry(key).or_insert_with(send);
                    }
                }
                Err(error) => tracing::warn!(%error, "what is in the outbox was not sent; it will be"),
            }
        }
    }

    /// On SQLite there is no other process: whoever had claimed something is gone, and nobody waits for its claims to run out.
    async fn take_over(&self) -> Answer<()> {
        if self.store.url().backend() == Backend::Sqlite {
            let release = |tx: &mut Tx<'_>| Ok::<_, StoreError>(outbox::release_all(tx.write())?);
            self.store.write(Shard::of("outbox"), release).await?;
        }
        Ok(())
    }

    /// All to whom something may go now: the hotlines of the configuration, and endpoints whose circuit is not open.
    async fn destinations(self: &Arc<Self>) -> Answer<Vec<Destination>> {
        let desk = Arc::clone(self);
        let found = self.store.read(move |connection| {
            let mut all = Vec::new();
            for centre in hall::centres(connection)? {
                all.extend(desk.hotlines_in(centre));
                all.extend(desk.endpoints_in(connection, centre)?);
            }
            Ok::<_, StoreError>(all)
        });
        Ok(found.await?)
    }

    fn hotlines_in(&self, centre: Centre) -> impl Iterator<Item = Destination> {
        let called_back = self.settings.hotlines.iter().filter(|hotline| !hotline.callback_url.is_empty());
        called_back.map(move |hotline| Destination {
            centre,
            target: hotline_target(&hotline.code),
            url: hotline.callback_url.clone(),
            keys: hotline.secrets.iter().filter_map(|secret| SigningKey::parse(&secret.0)).collect(),
            endpoint: None,
            failed: AtomicBool::new(false),
        })
    }

    fn endpoints_in(&self, connection: &mut Connection, centre: Centre) -> Result<Vec<Destination>, StoreError> {
        let now = self.now(centre);
        let mut open = webhooks::active(connection, centre)?;
        open.retain(|endpoint| endpoint.probe_at.is_none_or(|at| at <= now));
        let destination = |endpoint: webhooks::Endpoint| {
            let secrets = webhooks::secrets(connection, centre, endpoint.id, now)?;
            let key = |secret: webhooks::Secret| {
                let text = codes::webhook_secret(self.secret(), centre, endpoint.id, &secret.id);
                SigningKey::parse_for(endpoint.signature, &text)
            };
            Ok::<_, StoreError>(Destination {
                centre,
                target: webhook_target(endpoint.id),
                url: endpoint.url.clone(),
                keys: secrets.into_iter().filter_map(key).collect(),
                endpoint: Some(endpoint),
                failed: AtomicBool::new(false),
            })
        };
        open.into_iter().map(destination).collect()
    }

    /// Sends whatever is due to one target by the desk's clock, until nothing more is.
    async fn serve(self: Arc<Self>, to: Arc<Destination>) {
        let target = to.target.clone();
        if let Err(error) = self.send_all(to).await {
            tracing::warn!(%error, target, "what is in the outbox was not sent; it will be");
        }
    }

    async fn send_all(self: Arc<Self>, to: Arc<Destination>) -> Answer<()> {
        if let Some((endpoint, at)) = to.probe()
            && !self.takes_probe(to.centre, endpoint, at).await?
        {
            return Ok(());
        }
        loop {
            let (centre, machine_now) = (to.centre, self.clock.machine_now());
            let (by, most) =
                if to.is_probe() { (self.now(centre).plus(WHENEVER), 1) } else { (self.now(centre), BATCH) };
            let target = to.target.clone();
            let due = move |connection: &mut _| {
                Ok::<_, StoreError>(outbox::due(connection, centre, &target, by, machine_now, most)?)
            };
            let due = self.store.read(due).await?;
            if due.is_empty() {
                return match to.probe() {
                    Some((endpoint, _)) => self.close_circuit(centre, endpoint).await,
                    None => Ok(()),
                };
            }
            let sent: Vec<Answer<bool>> = stream::iter(due)
                .map(|letter| Arc::clone(&self).deliver(Arc::clone(&to), letter))
                .buffer_unordered(AT_A_TIME)
                .collect()
                .await;
            let sent = sent.into_iter().collect::<Answer<Vec<bool>>>()?;
            // Where all of them are another process's, it will see to them.
            if to.is_probe() || to.is_in_doubt() || !sent.contains(&true) {
                return Ok(());
            }
        }
    }

    async fn takes_probe(&self, centre: Centre, endpoint: WebhookEndpointId, at: Instant) -> Answer<bool> {
        let until = self.now(centre).plus(CLAIM);
        let take =
            move |tx: &mut Tx<'_>| Ok::<_, StoreError>(webhooks::take_probe(tx.write(), centre, endpoint, at, until)?);
        Ok(self.store.write(Shard::of("webhooks"), take).await?)
    }

    /// There is nothing by which it could be seen whether the other side is there again, so it is taken to be.
    async fn close_circuit(&self, centre: Centre, endpoint: WebhookEndpointId) -> Answer<()> {
        let close = move |tx: &mut Tx<'_>| Ok::<_, StoreError>(webhooks::recovered(tx.write(), centre, endpoint)?);
        Ok(self.store.write(Shard::of("webhooks"), close).await.map(drop)?)
    }

    /// One attempt at one letter; false where another process has it, or it must wait.
    async fn deliver(self: Arc<Self>, to: Arc<Destination>, letter: Stored) -> Answer<bool> {
        let Ok(_seat) = self.outbox.seats.acquire().await else { return Ok(false) };
        if to.is_in_doubt() {
            return Ok(false);
        }
        let (shard, machine_now) = (Shard::of(&letter.id), self.clock.machine_now());
        let (centre, seen, by) = (to.centre, letter.clone(), self.process.clone());
        let claim = move |tx: &mut Tx<'_>| {
            let until = machine_now.plus(CLAIM);
            Ok::<_, StoreError>(outbox::claim(tx.write(), centre, &seen, &by, machine_now, until)?)
        };
        if !self.store.write(shard, claim).await? {
            return Ok(false);
        }
        let of = &self.outbox;
        let (client, guard) =
            if to.endpoint.is_some() { (&of.registered, Some(&of.guard)) } else { (&of.configured, None) };
        let outcome = Post { client, guard, url: &to.url, keys: &to.keys }.send(&letter, machine_now).await;
        metrics::counter!("webhook_attempts_total", "outcome" => outcome.label()).increment(1);
        if !outcome.is_delivered() {
            // Whoever refuses one letter is there for the others.
            if !outcome.is_refused() {
                to.failed.store(true, Ordering::Relaxed);
            }
            let attempts = letter.attempts + 1;
            tracing::info!(target = to.target, attempts, outcome = outcome.said, "not delivered");
        }
        self.settle(to, letter, outcome).await?;
        Ok(true)
    }
}

/// The target that a hotline's callbacks have.
pub fn hotline_target(hotline: &kernel::StaffCode) -> String {
    format!("hotline:{hotline}")
}

/// The target that the events of an endpoint have.
pub fn webhook_target(endpoint: WebhookEndpointId) -> String {
    format!("webhook:{endpoint}")
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
    body: impl FnOnce(&str, u64) -> serde_json::Value,
) -> Answer<()> {
    let Draft { target, ordering_key, kind } = *draft;
    let sequence = outbox::next_sequence(tx.read(), centre, target, ordering_key).map_err(StoreError::from)?;
    let id = kernel::EventId::fresh(now);
    let mut body = body(&id.to_string(), sequence);
    if let Some(trace) = trace::current() {
        body["traceparent"] = serde_json::Value::String(trace.parent.to_string());
        if let Some(state) = trace.state {
            body["tracestate"] = serde_json::Value::String(state.to_string());
        }
    }
    let body = body.to_string();
    let letter = outbox::Letter { id, message: None, target, ordering_key, sequence, kind, body: &body };
    let inserted = outbox::put(tx.write(), centre, &letter, now);
    tx.first(inserted)?;
    let wake = desk.outbox.wake();
    tx.on_commit(move || wake.notify_one());
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Clause B5-7, OWASP API7: it is the client itself that looks at what a name leads to now.
    #[tokio::test]
    async fn a_registered_name_that_leads_inside_is_not_connected_to() {
        let outbox = Outbox::new(&Webhooks::default()).unwrap();
        let refused = |client: &Client| client.get("http://localhost:9/").send();
        let error = refused(&outbox.registered).await.unwrap_err();
        assert!(error.is_connect() && format!("{error:?}").contains("Forbidden"), "{error:?}");
        let error = refused(&outbox.configured).await.unwrap_err();
        assert!(!format!("{error:?}").contains("Forbidden"), "the operator's own choice: {error:?}");
    }
}
