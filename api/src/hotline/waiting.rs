//! 未送达的回调: counted, put on the record when they have waited for too long, and sent again when told to (clause G3).

use std::sync::Arc;

use kernel::{
    Actor, Centre, StaffCode,
    access::{Signature, Who},
};
use persistence::{
    Connection, Shard, StoreError, Tx, hall,
    outbox::{
        self,
        waiting::{self, Standing},
    },
    record,
};

use crate::{desk::Desk, outbox::hotline_target, problem::Answer};

/// The register that notes about callbacks stand in.
const REGISTER: &str = "hotline_callbacks";
/// 回调积压 of a hotline, and its end: alarms that the feed tells.
const OVERDUE: &str = "callbacks_overdue";
const CAUGHT_UP: &str = "callbacks_caught_up";
pub(crate) const KINDS: [&str; 2] = [OVERDUE, CAUGHT_UP];
/// What the stream of a hotline's alarms begins with.
const STREAM: &str = "callbacks:";
/// How long a callback may wait before the supervision section is to know of it.
const TOO_LONG: chrono::Duration = chrono::Duration::hours(24);

fn callbacks_of(hotline: &StaffCode) -> String {
    format!("{STREAM}{hotline}")
}

/// The hotline whose alarms stand in a stream.
pub(crate) fn of_callbacks(stream: &str) -> Option<StaffCode> {
    stream.strip_prefix(STREAM)?.parse().ok()
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
        record::note(tx.write(), centre, REGISTER, "callbacks_resent", now, by, &body).map_err(StoreError::from)?;
        Ok(hastened)
    }

    /// Puts on the record, and so into the feed, that a hotline could not be told something for a day, once for each
    /// trouble; and that the trouble is over, when nothing has waited for so long any more.
    ///
    /// # Errors
    /// Those of the store; the next call notes it.
    pub(crate) async fn watch_callbacks(self: &Arc<Self>, centre: Centre) -> Answer<()> {
        let desk = Arc::clone(self);
        let turned = move |connection: &mut Connection| desk.turned(connection, centre);
        let turned = self.store.read(turned).await?;
        if turned.is_empty() || !self.holds(centre, "callbacks").await? {
            return Ok(());
        }
        let desk = Arc::clone(self);
        let note = move |tx: &mut Tx<'_>| {
            let by = Actor { centre, who: Who::System }.signature();
            for (hotline, kind, standing) in desk.turned(tx.read(), centre)? {
                let body = serde_json::json!({
                    "hotline": hotline, "undelivered": standing.undelivered, "since": standing.since,
                });
                record::note(tx.write(), centre, &callbacks_of(&hotline), kind, desk.now(centre), &by, &body)?;
                tracing::warn!(%hotline, undelivered = standing.undelivered, kind, "callbacks that waited for a day");
            }
            Ok::<_, StoreError>(())
        };
        Ok(self.store.write(Shard::of(REGISTER), note).await?)
    }

    /// Each hotline whose trouble began or ended since it was noted last, with what is to be noted.
    fn turned(
        &self,
        connection: &mut Connection,
        centre: Centre,
    ) -> Result<Vec<(StaffCode, &'static str, Standing)>, StoreError> {
        let mut turned = Vec::new();
        for hotline in &self.settings.hotlines {
            let standing = waiting::standing(connection, centre, &hotline_target(&hotline.code))?;
            let is_late = standing.since.is_some_and(|since| since.plus(TOO_LONG) <= self.now(centre));
            let noted = record::last_kind(connection, centre, &callbacks_of(&hotline.code))?;
            if is_late != (noted.as_deref() == Some(OVERDUE)) {
                turned.push((hotline.code.clone(), if is_late { OVERDUE } else { CAUGHT_UP }, standing));
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
