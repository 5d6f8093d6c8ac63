//! What comes of an attempt, for the letter and for the endpoint that it went to: one transaction.

use std::sync::Arc;

use kernel::{Actor, Centre, Instant, access::Who};
use persistence::{
    Shard, StoreError, Tx,
    outbox::{self, Attempt, Stored},
    webhooks::{self, Endpoint, State},
};

use super::{Destination, Outcome, schedule};
use crate::{desk::Desk, problem::Answer, webhooks::note};

impl Desk {
    pub(super) async fn settle(self: &Arc<Self>, to: Arc<Destination>, letter: Stored, outcome: Outcome) -> Answer<()> {
        let (desk, now, shard) = (Arc::clone(self), self.now(to.centre), Shard::of(&letter.id));
        let settle = move |tx: &mut Tx<'_>| {
            let took_ms = u64::try_from(outcome.took.as_millis()).unwrap_or(u64::MAX);
            let attempt = Attempt { at: now, outcome: outcome.said.clone(), took_ms };
            outbox::log(tx.write(), to.centre, letter.id, &attempt)?;
            if outcome.is_delivered() {
                delivered(tx, &to, &letter, &outcome, now)
            } else if outcome.is_refused() && to.endpoint.is_some() {
                desk.refused(tx, &to, &letter, &outcome, now)
            } else {
                desk.failed(tx, &to, &letter, &outcome, now)
            }
        };
        Ok(self.store.write(shard, settle).await?)
    }

    /// It is the letter's own fault: tried again by the schedule and then given up, and nothing is held against the endpoint.
    fn refused(
        &self,
        tx: &mut Tx<'_>,
        to: &Destination,
        letter: &Stored,
        outcome: &Outcome,
        now: Instant,
    ) -> Result<(), StoreError> {
        // Before it has its next time, which is not now.
        is_there(tx, to, now)?;
        let next = (!schedule::is_used_up(letter.attempts)).then(|| schedule::next(now, letter.attempts, None));
        outbox::failed(tx.write(), to.centre, letter.id, &self.process, &outcome.said, next, now)?;
        Ok(())
    }

    fn failed(
        &self,
        tx: &mut Tx<'_>,
        to: &Destination,
        letter: &Stored,
        outcome: &Outcome,
        now: Instant,
    ) -> Result<(), StoreError> {
        let health = match &to.endpoint {
            Some(endpoint) => webhooks::failed(tx.write(), to.centre, endpoint.id, now)?,
            None => None,
        };
        let opens = health.as_ref().is_some_and(|health| schedule::opens_circuit(health.failures));
        // It is the letter's own fault only where others arrive; what a hotline is told must arrive in any case.
        let gives_up = to.endpoint.is_some() && !opens && schedule::is_used_up(letter.attempts);
        let next = (!gives_up).then(|| schedule::next(now, letter.attempts, outcome.retry_after));
        outbox::failed(tx.write(), to.centre, letter.id, &self.process, &outcome.said, next, now)?;
        let Some(health) = health else { return Ok(()) };
        let longest = chrono::Duration::hours(self.settings.webhooks.disable_after_hours.into());
        if outcome.is_gone() {
            return disable(tx, to.centre, health, State::Gone, now);
        }
        if health.failing_since.is_some_and(|since| since.plus(longest) <= now) {
            return disable(tx, to.centre, health, State::Failing, now);
        }
        match schedule::hold(now, health.failures, outcome.retry_after) {
            Some(until) => Ok(webhooks::hold(tx.write(), to.centre, health.id, until)?),
            None => Ok(()),
        }
    }
}

fn delivered(
    tx: &mut Tx<'_>,
    to: &Destination,
    letter: &Stored,
    outcome: &Outcome,
    now: Instant,
) -> Result<(), StoreError> {
    outbox::delivered(tx.write(), to.centre, letter.id, &outcome.said, now)?;
    is_there(tx, to, now)
}

/// The other side answers: the circuit of an endpoint is closed, and what waited for a probe goes on.
fn is_there(tx: &mut Tx<'_>, to: &Destination, now: Instant) -> Result<(), StoreError> {
    if let Some(endpoint) = &to.endpoint {
        webhooks::recovered(tx.write(), to.centre, endpoint.id)?;
        if to.is_probe() {
            outbox::hasten(tx.write(), to.centre, &to.target, now)?;
        }
    }
    Ok(())
}

/// 停用: nothing more is sent until its owner says so; its place in the feed is kept. The owner is told by the feed.
fn disable(tx: &mut Tx<'_>, centre: Centre, health: Endpoint, state: State, now: Instant) -> Result<(), StoreError> {
    let disabled = Endpoint { version: health.version + 1, state, ..health };
    if !webhooks::save(tx.write(), centre, &disabled)? {
        return Ok(());
    }
    tracing::warn!(endpoint = %disabled.id, client = %disabled.client, why = %state, "a webhook endpoint was disabled");
    let by = Actor { centre, who: Who::System }.signature();
    note(tx, centre, &by, "webhook_disabled", &disabled, now)
}
