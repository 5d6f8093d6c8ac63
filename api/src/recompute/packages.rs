//! 套餐时限: after the cases, the dates that packages show of their own. Each that moved is told of, once of an edition.

use std::{collections::BTreeMap, sync::Arc};

use casework::{
    Case,
    package::{Application, MemberCase, MemberCases, PackageMove},
};
use kernel::{Actor, Centre, ItemCode, access::Who, id::PackageApplicationId};
use persistence::{
    Shard, StoreError, Tx,
    packages::{applications, moves},
};
use serde_json::json;
use uuid::Uuid;

use super::{BATCH, Edition};
use crate::{
    desk::Desk,
    packages::{Bundle, DEADLINES_MOVED, hold},
    problem::{Answer, Error},
};

impl Desk {
    /// The own dates of each open application, as it was when the edition took effect, by the old calendar and by the new
    /// one. Interrupted, it begins anew and comes to the same.
    pub(super) async fn recompute_packages(
        self: &Arc<Self>,
        centre: Centre,
        recomputation: Uuid,
        edition: Arc<Edition>,
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
                let (desk, edition) = (Arc::clone(self), Arc::clone(&edition));
                let step = move |tx: &mut Tx<'_>| {
                    let bundle = Bundle::load(&desk, tx.read(), centre, id)?;
                    let bundle = bundle.ok_or_else(|| Error::internal("an application is gone"))?;
                    let moved = moved(&desk, tx, &bundle, &edition)?;
                    let is_new = moves::put(tx.write(), centre, recomputation, id, &moved).map_err(StoreError::from)?;
                    match is_new && !moved.is_empty() {
                        true => tell(&desk, tx, bundle.application, recomputation, &moved),
                        false => Ok(()),
                    }
                };
                let put = self.store.write(Shard::of(&id), step).await;
                self.setbacks.unless_its_own(put, "package", centre, id)?;
            }
        }
    }
}

/// Puts on the record of an application, and so into the feed, what moved. Its tag changes, as what it shows did.
fn tell(
    desk: &Desk,
    tx: &mut Tx<'_>,
    application: Application,
    recomputation: Uuid,
    moves: &[PackageMove],
) -> Answer<()> {
    let Application { centre, id, .. } = hold(tx, application)?;
    let by = Actor { centre, who: Who::System }.signature();
    let body = json!({ "recomputation": recomputation.to_string(), "moves": moves });
    Ok(tx.note(centre, &id.to_string(), DEADLINES_MOVED, desk.now(centre), &by, &body)?)
}

/// What an edition moved of an application that it met, its cases as they were then.
fn moved(desk: &Desk, tx: &mut Tx<'_>, bundle: &Bundle, edition: &Edition) -> Answer<Vec<PackageMove>> {
    let application = &bundle.application;
    if application.created_at >= edition.since {
        return Ok(Vec::new());
    }
    let mut then: BTreeMap<&ItemCode, Case> = BTreeMap::new();
    for (item, held) in &bundle.cases {
        let record = edition.record(tx, application.centre, held.loaded.case.id)?;
        then.extend(Case::fold(&record).map(|case| (item, case)));
    }
    let members = bundle.cases.iter().filter_map(|(item, held)| {
        let case = then.get(item)?;
        Some((item.clone(), MemberCase { case, item: &held.item }))
    });
    let members: MemberCases<'_> = members.collect();
    let calendars = (&edition.old, &edition.new);
    Ok(application.moved_by(&members, calendars, &desk.practice, edition.since.day()))
}
