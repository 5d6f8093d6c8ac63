//! 推送: what a system would read in the feed is put into the outbox for each of its endpoints, in the order of the feed.
//! An endpoint's place in the feed moves in the same transaction, by compare-and-set, so that whatever process does it and
//! whenever it is killed, nothing is left out and nothing is put in twice.

use std::{sync::Arc, time::Duration};

use kernel::{
    Actor, Centre, EventId, Instant,
    access::{Scopes, Signature, Who},
};
use persistence::{
    Shard, StoreError, Tx, feed, hall,
    outbox::{self, Letter},
    webhooks::{self, Endpoint},
};
use serde_json::json;

use crate::{
    desk::Desk,
    feed::{Seen, Wanted, look},
    outbox::webhook_target,
    problem::{Answer, Error},
};

/// How often it is asked whether something has happened.
const LOOK: Duration = Duration::from_millis(100);
/// How many events are put into the outbox in one transaction.
const BATCH: usize = 200;
/// An endpoint for which so many letters wait gets no more until they are fewer. The feed keeps the rest.
const FULL: i64 = 2000;

/// 事件 of an endpoint itself, as the record names them.
pub const KINDS: [&str; 7] = [
    "webhook_registered",
    "webhook_changed",
    "webhook_secret_issued",
    "webhook_secret_ended",
    "webhook_replayed",
    "webhook_disabled",
    "webhook_deleted",
];

impl Desk {
    /// Puts events into the outbox for as long as it is polled.
    pub async fn keep_telling(self: Arc<Self>) {
        loop {
            match self.tell_endpoints().await {
                Ok(true) => {}
                Ok(false) => tokio::time::sleep(LOOK).await,
                Err(error) => {
                    tracing::warn!(%error, "what happened was not put into the outbox for webhooks; it will be");
                    tokio::time::sleep(LOOK * 10).await;
                }
            }
        }
    }

    /// One batch for each endpoint that has not been told of everything. Whether it is worth asking again at once.
    async fn tell_endpoints(&self) -> Answer<bool> {
        let behind = self.store.read(|connection| {
            let mut all = Vec::new();
            for centre in hall::centres(connection)? {
                let mut behind = webhooks::active(connection, centre)?;
                if !behind.is_empty() {
                    let last = feed::last(connection, centre)?;
                    behind.retain(|endpoint| endpoint.place < last && endpoint.probe_at.is_none());
                }
                all.extend(behind.into_iter().map(|endpoint| (centre, endpoint)));
            }
            Ok::<_, StoreError>(all)
        });
        let mut more = false;
        for (centre, endpoint) in behind.await? {
            more |= self.tell(centre, endpoint).await?;
        }
        Ok(more)
    }

    async fn tell(&self, centre: Centre, endpoint: Endpoint) -> Answer<bool> {
        let (seen, kept_since) = (endpoint.clone(), self.feed_kept_since(centre));
        let looking = self.store.read(move |connection| {
            let target = webhook_target(endpoint.id);
            if outbox::is_full(connection, centre, &target, FULL).map_err(StoreError::from)? {
                return Ok(None);
            }
            let Endpoint { client, place, types, .. } = endpoint;
            let wanted = Wanted { after: Some(place), most: BATCH, types, patience: Duration::ZERO, kept_since };
            // What the feed shows to it, whatever it may do besides.
            let scopes = Scopes { events: true, ..Scopes::default() };
            let owner = Actor { centre, who: Who::Adapter { client, scopes } };
            match look(connection, &owner, &wanted) {
                // It was off for longer than events are kept, and goes on with the oldest.
                Err(Error::CursorTooOld { oldest }) => {
                    look(connection, &owner, &Wanted { after: Some(oldest), ..wanted }).map(Some)
                }
                seen => seen.map(Some),
            }
        });
        let Some(Seen { events, place, more, .. }) = looking.await? else { return Ok(false) };
        let mut letters = Vec::with_capacity(events.len());
        for event in events {
            let body = serde_json::to_string(&event).map_err(Error::internal)?;
            letters.push((event, body));
        }
        let (now, wake, target) = (self.now(centre), self.outbox.wake(), webhook_target(seen.id));
        let put = move |tx: &mut Tx<'_>| {
            if !webhooks::advance(tx.write(), centre, &seen, place)? {
                return Ok(false);
            }
            for (event, body) in &letters {
                let letter = Letter {
                    id: EventId::fresh(now),
                    message: Some(event.event),
                    target: &target,
                    ordering_key: &event.partitionkey,
                    sequence: event.place,
                    kind: &event.r#type,
                    body,
                };
                outbox::put_again(tx.write(), centre, &letter, now)?;
            }
            if !letters.is_empty() {
                let wake = Arc::clone(&wake);
                tx.on_commit(move || wake.notify_one());
            }
            Ok::<_, StoreError>(true)
        };
        Ok(self.store.write(Shard::of("webhooks"), put).await? && more)
    }
}

impl Desk {
    /// Forgets deliveries that nobody asks for any more, a few at a time so that no write waits long: what was settled after
    /// the days of the configuration, and what was for an endpoint that is deleted.
    pub async fn forget_old_deliveries(&self) -> Answer<()> {
        const AT_A_TIME: i64 = 500;
        for centre in self.store.read(|connection| Ok::<_, StoreError>(hall::centres(connection)?)).await? {
            let all =
                self.store.read(move |connection| Ok::<_, StoreError>(webhooks::all(connection, centre)?)).await?;
            let now = self.now(centre);
            let kept = now.plus(-chrono::Duration::days(self.settings.webhooks.keep_days.into()));
            // Nothing of it is on its way any more.
            let yesterday = now.plus(-chrono::Duration::days(1));
            for (endpoint, is_deleted) in all {
                let before = if is_deleted { yesterday } else { kept };
                let forget = move |tx: &mut Tx<'_>| {
                    let target = webhook_target(endpoint);
                    Ok::<_, StoreError>(outbox::forget(tx.write(), centre, &target, before, is_deleted, AT_A_TIME)?)
                };
                while self.store.write(Shard::of("webhooks"), forget).await? > 0 {}
            }
        }
        Ok(())
    }
}

/// Puts on the record, and so into the feed of its owner, what happened to an endpoint.
///
/// # Errors
/// Those of the store.
pub fn note(
    tx: &mut Tx<'_>,
    centre: Centre,
    by: &Signature,
    kind: &'static str,
    endpoint: &Endpoint,
    now: Instant,
) -> Result<(), StoreError> {
    let body = json!({
        "client": endpoint.client, "version": endpoint.version, "name": endpoint.name, "url": endpoint.url,
        "types": endpoint.types, "signature": endpoint.signature.to_string(), "state": endpoint.state.to_string(),
    });
    tx.note(centre, &endpoint.id.to_string(), kind, now, by, &body)
}
