//! 岗位终止 over impasses and their orders. A work order rests on a window or a department and on nobody in person.

use std::{collections::BTreeSet, sync::Arc};

use escalation::{Event, Impasse};
use kernel::{Actor, Centre, Context, StaffCode, access::Who, id::ImpasseId};
use persistence::{
    Connection, Shard, StoreError, Tx,
    hall::{self, StoredPosting},
    impasses::{self, Loaded},
};

use super::BATCH;
use crate::{
    desk::{Desk, recorded},
    impasses::write_down,
    problem::Answer,
};

impl Desk {
    /// Looks at each open impasse that names whoever left, wherever it is: it may have been handed to anybody of the hall.
    ///
    /// # Errors
    /// As `each_goes_back`.
    pub(super) async fn impasses_go_back(self: &Arc<Self>, centre: Centre, posting: &StoredPosting) -> Answer<()> {
        let staff = posting.record.staff.clone();
        let open = move |connection: &mut Connection, after| {
            Ok(impasses::open_after(connection, centre, Some(&staff), after, BATCH)?)
        };
        let go = |id| self.impasse_goes_back(centre, id, posting.record.staff.clone());
        self.each_goes_back(centre, posting.id, open, go).await
    }

    /// 职责随岗位终止回到窗口或部门. Most impasses rest on others, and are only looked at.
    async fn impasse_goes_back(self: &Arc<Self>, centre: Centre, id: ImpasseId, staff: StaffCode) -> Answer<()> {
        let (desk, of) = (Arc::clone(self), staff.clone());
        let rests = move |connection: &mut Connection| -> Answer<bool> {
            Ok(desk.impasse_going_back(connection, centre, id, &of)?.is_some())
        };
        if !self.store.read(rests).await? {
            return Ok(());
        }
        let desk = Arc::clone(self);
        let go = move |tx: &mut Tx<'_>| -> Answer<()> {
            let Some((before, events)) = desk.impasse_going_back(tx.read(), centre, id, &staff)? else { return Ok(()) };
            let actor = Actor { centre, who: Who::System };
            let calendar = desk.calendar(tx.read(), centre)?;
            let ctx = desk.context(&actor, &calendar, desk.now(centre));
            write_down(&desk, tx, before, events, &ctx).map(drop)
        };
        self.store.write(Shard::of(&id), go).await
    }

    /// The impasse, and what happens to it now that somebody has left; None where nothing of it rests on them.
    fn impasse_going_back(
        &self,
        connection: &mut Connection,
        centre: Centre,
        id: ImpasseId,
        staff: &StaffCode,
    ) -> Answer<Option<(Loaded, Vec<Event>)>> {
        let Some(loaded) = impasses::load(connection, centre, id).map_err(StoreError::from)? else { return Ok(None) };
        if !loaded.impasse.persons().any(|person| person == staff) {
            return Ok(None);
        }
        let today = self.now(centre).day();
        let running = hall::running(connection, centre, staff, today).map_err(StoreError::from)?;
        let events = loaded.impasse.after_leaving(staff, &running);
        Ok((!events.is_empty()).then_some((loaded, events)))
    }
}

/// What is taken up again, a round or an order, does not rest on whoever has left meanwhile: what follows on `events`.
///
/// # Errors
/// Those of the store.
pub(crate) fn taken_up_without(
    tx: &mut Tx<'_>,
    before: &Impasse,
    events: &[Event],
    ctx: &Context<'_>,
) -> Answer<Vec<Event>> {
    let takes_up = |event: &Event| matches!(event, Event::RoundBegun { .. } | Event::OrderSentBack { .. });
    if !events.iter().any(takes_up) {
        return Ok(Vec::new());
    }
    let mut after = before.clone();
    recorded(before.version, events.to_vec(), ctx).iter().for_each(|event| after.apply(event));
    let persons: BTreeSet<StaffCode> = after.persons().cloned().collect();
    let (centre, today) = (before.centre, ctx.today());
    let mut left = Vec::new();
    for staff in persons {
        if hall::has_left(tx.read(), centre, &staff, today).map_err(StoreError::from)? {
            let running = hall::running(tx.read(), centre, &staff, today).map_err(StoreError::from)?;
            left.push((staff, running));
        }
    }
    Ok(after.after_all_left(&left, ctx))
}
