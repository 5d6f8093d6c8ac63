//! 滞后: how far behind each consumer is: those who read the feed, those who are sent things, and time itself. For operators;
//! nothing depends on it.

mod readers;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use kernel::{Centre, Instant};
use persistence::{
    Connection, StoreError,
    behind::{self, Reading, Undelivered},
    feed, hall,
};
use serde::Serialize;

use self::readers::Readers;
use crate::{desk::Desk, outbox::webhook_target, problem::Answer};

/// What is remembered between two looks, of this process.
#[derive(Debug, Default)]
pub struct Watch {
    readers: Readers,
    /// Destinations that had something to wait for: what has been delivered is shown as nothing.
    targets: Mutex<BTreeSet<(Centre, String)>>,
    /// Endpoints that there were: one that is deleted is shown as told of everything.
    endpoints: Mutex<BTreeSet<(Centre, String)>>,
}

/// 滞后情况
#[derive(Clone, Debug, Serialize)]
pub struct Behind {
    pub feed: Vec<Reader>,
    pub outbox: Vec<Destination>,
    pub webhooks: Vec<Endpoint>,
    pub timers: Vec<Timer>,
}

/// 读者 of the feed, whichever process it asks.
#[derive(Clone, Debug, Serialize)]
pub struct Reader {
    pub centre: Centre,
    pub client: String,
    /// Places in the feed that it has not asked past.
    pub events: u64,
    /// Since it last asked.
    pub seconds: f64,
}

/// 收信方
#[derive(Clone, Debug, Serialize)]
pub struct Destination {
    pub centre: Centre,
    pub target: String,
    pub letters: u64,
    /// Age of the oldest letter.
    pub seconds: f64,
}

/// 推送订阅: what waits in the feed and is not in the outbox yet, because it is not reached, full or off.
#[derive(Clone, Debug, Serialize)]
pub struct Endpoint {
    pub centre: Centre,
    pub target: String,
    /// Places in the feed that it has not come past.
    pub events: u64,
}

/// 到期处理
#[derive(Clone, Debug, Serialize)]
pub struct Timer {
    pub centre: Centre,
    pub of: &'static str,
    /// How long the longest overdue should have happened ago.
    pub seconds: f64,
}

/// What the store says of one centre at one moment.
struct Found {
    centre: Centre,
    now: Instant,
    last: u64,
    readings: Vec<(String, Reading)>,
    switched_off: Vec<String>,
    undelivered: Vec<Undelivered>,
    endpoints: BTreeMap<String, u64>,
    timers: [(&'static str, Option<Instant>); 5],
}

impl Found {
    fn of(connection: &mut Connection, centre: Centre, now: Instant) -> Result<Self, StoreError> {
        let endpoints = behind::endpoints(connection, centre)?;
        Ok(Self {
            centre,
            now,
            last: feed::last(connection, centre)?,
            readings: behind::readings(connection, centre)?,
            switched_off: behind::switched_off(connection, centre)?,
            undelivered: behind::undelivered(connection, centre)?,
            endpoints: endpoints.into_iter().map(|(id, place)| (webhook_target(id), place)).collect(),
            timers: behind::longest_due(connection, centre, now)?,
        })
    }
}

impl Desk {
    /// How far behind everybody is now.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn behind(self: &Arc<Self>) -> Answer<Behind> {
        let desk = Arc::clone(self);
        let look = move |connection: &mut Connection| {
            let centres = hall::centres(connection)?;
            let of = |centre| Found::of(connection, centre, desk.now(centre));
            centres.into_iter().map(of).collect::<Result<Vec<_>, StoreError>>()
        };
        let (found, machine_now) = (self.store.read(look).await?, self.clock.machine_now());
        let mut shown = Behind { feed: Vec::new(), outbox: Vec::new(), webhooks: Vec::new(), timers: Vec::new() };
        for found in &found {
            shown.feed.extend(self.watch.feed(found, machine_now));
            shown.outbox.extend(self.watch.outbox(found));
            shown.webhooks.extend(self.watch.webhooks(found));
            let timer = |(of, due): (_, Option<Instant>)| Timer {
                centre: found.centre,
                of,
                seconds: due.map_or(0.0, |due| seconds(due, found.now)),
            };
            shown.timers.extend(found.timers.into_iter().map(timer));
        }
        Ok(shown)
    }
}

impl Watch {
    /// By what each has said last, to whichever process. Whoever is switched off is waited for no more.
    fn feed(&self, found: &Found, machine_now: Instant) -> Vec<Reader> {
        let reader = |(client, reading): (String, Reading)| {
            let is_off = found.switched_off.contains(&client);
            Reader {
                centre: found.centre,
                client,
                events: if is_off { 0 } else { found.last.saturating_sub(reading.place) },
                seconds: if is_off { 0.0 } else { seconds(reading.asked_at, machine_now) },
            }
        };
        self.readers.newest(found.centre, &found.readings).into_iter().map(reader).collect()
    }

    fn outbox(&self, found: &Found) -> Vec<Destination> {
        let of_centre = remembered(&self.targets, found.centre, found.undelivered.iter().map(|it| &it.target));
        let destination = |target: String| {
            let waits = found.undelivered.iter().find(|it| it.target == target);
            Destination {
                centre: found.centre,
                target,
                letters: waits.map_or(0, |it| it.letters),
                seconds: waits.map_or(0.0, |it| seconds(it.since, found.now)),
            }
        };
        of_centre.into_iter().map(destination).collect()
    }

    fn webhooks(&self, found: &Found) -> Vec<Endpoint> {
        let of_centre = remembered(&self.endpoints, found.centre, found.endpoints.keys());
        let endpoint = |target: String| {
            let events = found.endpoints.get(&target).map_or(0, |place| found.last.saturating_sub(*place));
            Endpoint { centre: found.centre, target, events }
        };
        of_centre.into_iter().map(endpoint).collect()
    }
}

/// These of a centre and those that there were before.
fn remembered<'a>(
    known: &Mutex<BTreeSet<(Centre, String)>>,
    centre: Centre,
    now: impl Iterator<Item = &'a String>,
) -> Vec<String> {
    let mut known = held(known);
    known.extend(now.map(|target| (centre, target.clone())));
    known.iter().filter(|(of, _)| *of == centre).map(|(_, target)| target.clone()).collect()
}

impl Behind {
    /// Puts it among the figures of this process.
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    pub fn publish(&self) {
        for Reader { centre, client, events, seconds } in &self.feed {
            let labels = [("centre", centre.to_string()), ("client", client.clone())];
            metrics::gauge!("feed_lag_events", &labels).set(*events as f64);
            metrics::gauge!("feed_silent_seconds", &labels).set(*seconds);
        }
        for Destination { centre, target, letters, seconds } in &self.outbox {
            let labels = [("centre", centre.to_string()), ("target", target.clone())];
            metrics::gauge!("outbox_undelivered", &labels).set(*letters as f64);
            metrics::gauge!("outbox_oldest_seconds", &labels).set(*seconds);
        }
        for Endpoint { centre, target, events } in &self.webhooks {
            let labels = [("centre", centre.to_string()), ("target", target.clone())];
            metrics::gauge!("webhook_lag_events", &labels).set(*events as f64);
        }
        for Timer { centre, of, seconds } in &self.timers {
            let labels = [("centre", centre.to_string()), ("of", (*of).to_owned())];
            metrics::gauge!("timers_late_seconds", &labels).set(*seconds);
        }
    }
}

fn seconds(since: Instant, now: Instant) -> f64 {
    (now.utc() - since.utc()).as_seconds_f64().max(0.0)
}

// Nothing behind these locks can be left half-changed by a panic.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
