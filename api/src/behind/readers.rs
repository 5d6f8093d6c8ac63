//! 读者: where each system has read the feed up to, as this process was told. Every few seconds it is kept for the other
//! processes and for the next one.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use kernel::{Centre, Instant};
use persistence::{
    Shard, StoreError, Tx,
    behind::{self, Reading},
};

use super::{Watch, held};
use crate::{auth::Caller, desk::Desk};

/// How often it is kept.
const KEEP: Duration = Duration::from_secs(3);

type Program = (Centre, String);

#[derive(Debug, Default)]
pub(super) struct Readers(Mutex<BTreeMap<Program, Told>>);

#[derive(Clone, Copy, Debug)]
struct Told {
    reading: Reading,
    is_kept: bool,
}

impl Readers {
    /// What each of a centre has said last, to this process or to another one.
    pub(super) fn newest(&self, centre: Centre, kept: &[(String, Reading)]) -> BTreeMap<String, Reading> {
        let mut newest: BTreeMap<String, Reading> = kept.iter().cloned().collect();
        for ((_, client), told) in held(&self.0).iter().filter(|((of, _), _)| *of == centre) {
            let known = newest.entry(client.clone()).or_insert(told.reading);
            if known.asked_at <= told.reading.asked_at {
                *known = told.reading;
            }
        }
        newest
    }

    fn not_kept(&self) -> Vec<(Program, Reading)> {
        let told = held(&self.0);
        told.iter().filter(|(_, told)| !told.is_kept).map(|(program, told)| (program.clone(), told.reading)).collect()
    }

    fn are_kept(&self, kept: &[(Program, Reading)]) {
        let mut told = held(&self.0);
        for (program, reading) in kept {
            if let Some(told) = told.get_mut(program).filter(|told| told.reading == *reading) {
                told.is_kept = true;
            }
        }
    }
}

impl Watch {
    /// A program has everything up to `place`. Programs are registered, so there are as many entries.
    pub fn has_read(&self, caller: &Caller, place: u64, now: Instant) {
        if let Some(client) = caller.client() {
            let told = Told { reading: Reading { place, asked_at: now }, is_kept: false };
            held(&self.readers.0).insert((caller.centre, client.to_string()), told);
        }
    }
}

impl Desk {
    /// Keeps what readers of the feed have said, for as long as it is polled.
    pub async fn keep_readers(self: Arc<Self>) {
        loop {
            tokio::time::sleep(KEEP).await;
            if let Err(error) = self.put_readers().await {
                tracing::warn!(%error, "how far the feed was read was not kept; it will be");
            }
        }
    }

    /// Keeps what is not kept yet.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn put_readers(&self) -> Result<(), StoreError> {
        let said = self.watch.readers.not_kept();
        if said.is_empty() {
            return Ok(());
        }
        let keeping = said.clone();
        let keep = move |tx: &mut Tx<'_>| {
            for ((centre, client), reading) in &keeping {
                behind::keep(tx.write(), *centre, client, *reading)?;
            }
            Ok::<_, StoreError>(())
        };
        self.store.write(Shard::of("feed_readers"), keep).await?;
        self.watch.readers.are_kept(&said);
        Ok(())
    }
}
