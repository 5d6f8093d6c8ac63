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
/// How long a callback may wait before the supervision section is to know of it.
const TOO_LONG: chrono::Duration = chrono::Duration::hours(24);

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

    /// Puts on the record that a hotline could not be told something for a day; once for each callback that is the oldest.
    ///
    /// # Errors
    /// Those of the store; the next call notes it.
    pub(crate) async fn watch_callbacks(self: &Arc<Self>, centre: Centre) -> Answer<()> {
        let desk = Arc::clone(self);
        let late = move |connection: &mut Connection| desk.waits_too_long(connection, centre);
        let late = self.store.read(late).await?;
        if late.is_empty() || !self.holds(centre, "callbacks").await? {
            return Ok(());
        }
        let desk = Arc::clone(self);
        let note = move |tx: &mut Tx<'_>| {
            let by = Actor { centre, who: Who::System }.signature();
            for (hotline, stream, standing) in desk.waits_too_long(tx.read(), centre)? {
                let body = serde_json::json!({
                    "hotline": hotline, "undelivered": standing.undelivered, "since": standing.since,
                });
                record::note(tx.write(), centre, &stream, "callbacks_overdue", desk.now(centre), &by, &body)?;
                tracing::warn!(%hotline, undelivered = standing.undelivered, "the hotline could not be told for a day");
            }
            Ok::<_, StoreError>(())
        };
        Ok(self.store.write(Shard::of(REGISTER), note).await?)
    }

    /// Each hotline that waits too long, with the stream that this is to be noted in and is not yet.
    fn waits_too_long(
        &self,
        connection: &mut Connection,
        centre: Centre,
    ) -> Result<Vec<(StaffCode, String, Standing)>, StoreError> {
        let mut late = Vec::new();
        for hotline in &self.settings.hotlines {
            let target = hotline_target(&hotline.code);
            let standing = waiting::standing(connection, centre, &target)?;
            if standing.since.is_none_or(|since| since.plus(TOO_LONG) > self.now(centre)) {
                continue;
            }
            let Some(oldest) = waiting::oldest(connection, centre, &target)? else { continue };
            let stream = format!("{REGISTER}:{oldest}");
            if !record::has(connection, centre, &stream)? {
                late.push((hotline.code.clone(), stream, standing));
            }
        }
        Ok(late)
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
