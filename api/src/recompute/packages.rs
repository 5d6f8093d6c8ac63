//! 套餐时限: after the cases, the dates that packages show of their own.

use std::sync::Arc;

use kernel::{Calendar, Centre, id::PackageApplicationId};
use persistence::{
    Shard, StoreError, Tx,
    packages::{applications, moves},
};
use uuid::Uuid;

use super::BATCH;
use crate::{
    desk::Desk,
    packages::Bundle,
    problem::{Answer, Error},
};

impl Desk {
    /// Each open application's own dates by the old calendar and by the new one. Interrupted, it begins anew and comes to
    /// the same.
    pub(super) async fn recompute_packages(
        self: &Arc<Self>,
        centre: Centre,
        recomputation: Uuid,
        old: Arc<Calendar>,
    ) -> Answer<()> {
        let mut after = None::<PackageApplicationId>;
        loop {
            let open = move |connection: &mut _| {
                Ok::<_, StoreError>(applications::open_after(connection, centre, after, BATCH)?)
            };
            let open = self.store.read(open).await?;
            let Some(last) = open.last() else { return Ok(()) };
            after = Some(*last);
            for id in open {
                let (desk, old) = (Arc::clone(self), Arc::clone(&old));
                let step = move |tx: &mut Tx<'_>| {
                    let bundle = Bundle::load(&desk, tx.read(), centre, id)?;
                    let bundle = bundle.ok_or_else(|| Error::internal("an application is gone"))?;
                    let (new, today) = (desk.calendar(tx.read(), centre)?, desk.now(centre).day());
                    let cases = bundle.member_cases();
                    let moved = bundle.application.moved_by(&cases, (&old, &new), &desk.practice, today);
                    moves::put(tx.write(), centre, recomputation, id, &moved).map_err(StoreError::from)?;
                    Ok::<_, Error>(())
                };
                let put = self.store.write(Shard::of(&id), step).await;
                self.setbacks.unless_its_own(put, "package", centre, id)?;
            }
        }
    }
}
