//! 一版放假安排, as a recomputation looks at it: by its own two calendars, and by what was there when it took effect.

use std::fmt::Display;

use kernel::{Calendar, Centre, Fact, Instant, Recorded, calendar::Override};
use persistence::{
    StoreError, Tx, days,
    recomputations::{Examined, Recomputation},
    record,
};
use serde_json::Value;

use crate::{
    desk::Desk,
    problem::{Answer, Error},
};

/// What an edition changed, and since when.
#[derive(Debug)]
pub(crate) struct Edition {
    pub(crate) old: Calendar,
    pub(crate) new: Calendar,
    pub(crate) since: Instant,
}

impl Edition {
    /// Whether it was there when the edition took effect.
    pub(super) fn met(&self, tx: &mut Tx<'_>, centre: Centre, of: Examined) -> Answer<bool> {
        let began = record::began(tx.read(), centre, &of.id()).map_err(StoreError::from)?;
        Ok(began.is_some_and(|at| at < self.since))
    }

    /// The record of one of them up to the moment at which the edition took effect.
    pub(super) fn record<E: Fact>(
        &self,
        tx: &mut Tx<'_>,
        centre: Centre,
        id: impl Display,
    ) -> Answer<Vec<Recorded<E>>> {
        Ok(record::until(tx.read(), centre, &id.to_string(), self.since).map_err(StoreError::from)?)
    }
}

impl Desk {
    /// The edition that a recomputation is about. One that was begun by an older program is told by the calendar in force.
    pub(super) async fn edition(&self, centre: Centre, current: &Recomputation) -> Answer<Edition> {
        let new = match current.after.clone() {
            Some(after) => calendar(after)?,
            None => {
                let in_force = move |connection: &mut _| Ok::<_, StoreError>(days::load(connection, centre)?);
                self.store.read(in_force).await?.unwrap_or_else(Calendar::first_edition)
            }
        };
        Ok(Edition { old: calendar(current.before.clone())?, new, since: current.started_at })
    }
}

fn calendar(days: Value) -> Answer<Calendar> {
    let days: Vec<Override> = serde_json::from_value(days).map_err(Error::internal)?;
    Ok(days.into_iter().collect())
}
