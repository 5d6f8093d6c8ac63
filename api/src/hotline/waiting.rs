//! 积压 of a hotline: 未送达的回调, counted, and sent again when told to, and 暂存的消息; either is put on the record when it has
//! waited for too long (clause G3).

use std::sync::Arc;

use kernel::{
    Actor, Centre, Instant, StaffCode,
    access::{Signature, Who},
};
use persistence::{
    Connection, Shard, StoreError, Tx, hall,
    outbox::{self, waiting},
    record,
    work_orders::deliveries,
};

use crate::{desk::Desk, outbox::hotline_target, problem::Answer};

/// The register that notes about callbacks stand in.
const REGISTER: &str = "hotline_callbacks";
/// 回调积压 and 消息积压 of a hotline, and the end of each: alarms that the feed tells.
const CALLBACKS_OVERDUE: &str = "callbacks_overdue";
const CALLBACKS_CAUGHT_UP: &str = "callbacks_caught_up";
const MESSAGES_HELD: &str = "messages_held";
const MESSAGES_CAUGHT_UP: &str = "messages_caught_up";
pub(crate) const KINDS: [&str; 4] = [CALLBACKS_OVERDUE, CALLBACKS_CAUGHT_UP, MESSAGES_HELD, MESSAGES_CAUGHT_UP];
/// How long anything may wait before the supervision section is to know of it.
const TOO_LONG: chrono::Duration = chrono::Duration::hours(24);

/// How much waits, and since when.
type Standing = Result<(u64, Option<Instant>), StoreError>;

/// What may wait between a hotline and us.
struct Backlog {
    /// What the stream of a hotline's alarms begins with.
    stream: &'static str,
    overdue: &'static str,
    caught_up: &'static str,
    /// What a note calls how much waits.
    counted: &'static str,
    /// Where it is listed.
    list: &'static str,
    standing: fn(&mut Connection, Centre, &StaffCode) -> Standing,
}

static BACKLOGS: [Backlog; 2] = [
    Backlog {
        stream: "callbacks:",
        overdue: CALLBACKS_OVERDUE,
        caught_up: CALLBACKS_CAUGHT_UP,
        counted: "undelivered",
        list: "callbacks",
        standing: undelivered,
    },
    Backlog {
        stream: "messages:",
        overdue: MESSAGES_HELD,
        caught_up: MESSAGES_CAUGHT_UP,
        counted: "held",
        list: "held-messages",
        standing: held,
    },
];

fn undelivered(connection: &mut Connection, centre: Centre, hotline: &StaffCode) -> Standing {
    let standing = waiting::standing(connection, centre, &hotline_target(hotline))?;
    Ok((standing.undelivered, standing.since))
}

fn held(connection: &mut Connection, centre: Centre, hotline: &StaffCode) -> Standing {
    let held = deliveries::held(connection, centre, hotline)?;
    Ok((held.messages, held.since))
}

/// The hotline whose alarms stand in a stream, and under `/v1/hotline/` where what waits is listed.
pub(crate) fn of_alarms(stream: &str) -> Option<(StaffCode, &'static str)> {
    BACKLOGS.iter().find_map(|backlog| Some((stream.strip_prefix(backlog.stream)?.parse().ok()?, backlog.list)))
}

/// An alarm that began or ended since it was noted last.
struct Turned {
    /// In which it is noted.
    stream: String,
    kind: &'static str,
    body: serde_json::Value,
}

impl Desk {
    /// Lets everything that a hotline has not been told be tried again at once. How much.
    pub(crate) fn resend_callbacks(
        &self,
        tx: &mut Tx<'_>,
        centre: Centre,
        hotline: &StaffCode,
        by: &Signature,
    ) -> Answer<usize> {
        let now = self.now(centre);
        let hastened = outbox::hasten(tx.write(), centre, &hotline_target(hotline), now).map_err(StoreError::from)?;
        let body = serde_json::json!({ "hotline": hotline, "hastened": hastened });
        tx.note(centre, REGISTER, "callbacks_resent", now, by, &body)?;
        Ok(hastened)
    }

    /// Puts on the record, and so into the feed, that a hotline could not be told something for a day, or that something of
    /// its own is held for a day, once for each trouble; and that the trouble is over, when nothing has waited for so long
    /// any more.
    ///
    /// # Errors
    /// Those of the store; the next call notes it.
    pub(crate) async fn watch_backlogs(self: &Arc<Self>, centre: Centre) -> Answer<()> {
        let desk = Arc::clone(self);
        let turned = move |connection: &mut Connection| desk.turned(connection, centre);
        let turned = self.store.read(turned).await?;
        if turned.is_empty() || !self.holds(centre, "callbacks").await? {
            return Ok(());
        }
        let desk = Arc::clone(self);
        let note = move |tx: &mut Tx<'_>| {
            let by = Actor { centre, who: Who::System }.signature();
            for Turned { stream, kind, body } in desk.turned(tx.read(), centre)? {
                tx.note(centre, &stream, kind, desk.now(centre), &by, &body)?;
                tracing::warn!(kind, %body, "what waited for a day");
            }
            Ok::<_, StoreError>(())
        };
        Ok(self.store.write(Shard::of(REGISTER), note).await?)
    }

    /// What began or ended since it was noted last, of each hotline.
    fn turned(&self, connection: &mut Connection, centre: Centre) -> Result<Vec<Turned>, StoreError> {
        let mut turned = Vec::new();
        for hotline in self.settings.hotlines.iter().map(|hotline| &hotline.code) {
            for backlog in &BACKLOGS {
                let (waiting, since) = (backlog.standing)(connection, centre, hotline)?;
                let is_late = since.is_some_and(|since| since.plus(TOO_LONG) <= self.now(centre));
                let stream = format!("{}{hotline}", backlog.stream);
                let noted = record::last_kind(connection, centre, &stream)?;
                if is_late != (noted.as_deref() == Some(backlog.overdue)) {
                    let kind = if is_late { backlog.overdue } else { backlog.caught_up };
                    let counted = backlog.counted;
                    let body = serde_json::json!({ "hotline": hotline, counted: waiting, "since": since });
                    turned.push(Turned { stream, kind, body });
                }
            }
        }
        Ok(turned)
    }

    /// Sets the figures of what hotlines have not been told.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn measure_callbacks(self: &Arc<Self>) -> Answer<()> {
        let desk = Arc::clone(self);
        let measure = move |connection: &mut Connection| {
            let mut all = Vec::new();
            for centre in hall::centres(connection)? {
                for hotline in &desk.settings.hotlines {
                    let target = hotline_target(&hotline.code);
                    all.push((centre, hotline.code.clone(), waiting::standing(connection, centre, &target)?));
                }
            }
            Ok::<_, StoreError>(all)
        };
        for (centre, hotline, standing) in self.store.read(measure).await? {
            let now = self.now(centre);
            let seconds = standing.since.map_or(0, |since| (now.utc() - since.utc()).num_seconds().max(0));
            let labels = [("centre", centre.to_string()), ("hotline", hotline.to_string())];
            #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
            let (undelivered, seconds) = (standing.undelivered as f64, seconds as f64);
            metrics::gauge!("hotline_callbacks_undelivered", &labels).set(undelivered);
            metrics::gauge!("hotline_callbacks_oldest_seconds", &labels).set(seconds);
        }
        Ok(())
    }
}
