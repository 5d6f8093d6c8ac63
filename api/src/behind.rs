//! 滞后: how far behind each consumer is: those who read the feed, those who are sent things, and time itself. For operators;
//! nothing depends on it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use kernel::{Centre, Instant};
use persistence::{StoreError, behind, feed, hall};
use serde::Serialize;

use crate::{auth::Caller, desk::Desk, problem::Answer};

/// What is remembered between two looks, of this process.
#[derive(Debug, Default)]
pub struct Watch {
    /// The place that each program has read the feed up to, and when it said so.
    readers: Mutex<BTreeMap<(Centre, String), (u64, Instant)>>,
    /// Destinations that had something to wait for: what has been delivered is shown as nothing.
    targets: Mutex<BTreeSet<(Centre, String)>>,
}

/// 滞后情况
#[derive(Clone, Debug, Serialize)]
pub struct Behind {
    pub feed: Vec<Reader>,
    pub outbox: Vec<Destination>,
    pub timers: Vec<Timer>,
}

/// 读者 of the feed, as far as this process was asked.
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

/// 到期处理
#[derive(Clone, Debug, Serialize)]
pub struct Timer {
    pub centre: Centre,
    pub of: &'static str,
    /// How long the longest overdue should have happened ago.
    pub seconds: f64,
}

impl Watch {
    /// A program has everything up to `after`. Programs are registered, so there are as many entries.
    pub fn has_read(&self, caller: &Caller, after: u64, now: Instant) {
        if let Some(client) = caller.client() {
            held(&self.readers).insert((caller.centre, client.to_string()), (after, now));
        }
    }
}

impl Desk {
    /// How far behind everybody is now.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn behind(self: &Arc<Self>) -> Answer<Behind> {
        let desk = Arc::clone(self);
        let look = move |connection: &mut _| {
            let centres = hall::centres(connection)?;
            let of = |centre| {
                let now = desk.now(centre);
                let timers = behind::longest_due(connection, centre, now)?;
                Ok((centre, now, feed::last(connection, centre)?, behind::undelivered(connection, centre)?, timers))
            };
            centres.into_iter().map(of).collect::<Result<Vec<_>, StoreError>>()
        };
        let found = self.store.read(look).await?;
        let mut shown = Behind { feed: Vec::new(), outbox: Vec::new(), timers: Vec::new() };
        let (readers, machine_now) = (held(&self.watch.readers).clone(), self.clock.machine_now());
        let mut targets = held(&self.watch.targets);
        for (centre, now, last, undelivered, timers) in found {
            let own = readers.iter().filter(|((of, _), _)| *of == centre);
            shown.feed.extend(own.map(|((_, client), (after, at))| Reader {
                centre,
                client: client.clone(),
                events: last.saturating_sub(*after),
                seconds: seconds(*at, machine_now),
            }));
            targets.extend(undelivered.iter().map(|it| (centre, it.target.clone())));
            for (_, target) in targets.iter().filter(|(of, _)| *of == centre) {
                let waits = undelivered.iter().find(|it| it.target == *target);
                shown.outbox.push(Destination {
                    centre,
                    target: target.clone(),
                    letters: waits.map_or(0, |it| it.letters),
                    seconds: waits.map_or(0.0, |it| seconds(it.since, now)),
                });
            }
            let timer = |(of, due): (_, Option<Instant>)| Timer {
                centre,
                of,
                seconds: due.map_or(0.0, |due| seconds(due, now)),
            };
            shown.timers.extend(timers.into_iter().map(timer));
        }
        Ok(shown)
    }
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
