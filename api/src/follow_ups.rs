//! 回访计划: a follow-up on an impasse ticks it off in every plan that waits for it, in the same transaction; and whoever made
//! a plan is reminded of it (clause D8-1).

use std::sync::Arc;

use escalation::{Event, Recorded, follow_up};
use kernel::{
    Actor, Centre, Context,
    access::Who,
    id::{FollowUpPlanId, ImpasseId},
};
use persistence::{
    Shard, StoreError, Tx,
    cases::Saved,
    follow_ups::{self, Loaded},
    recomputations::{Examined, Moved},
};

use crate::{
    desk::{self, Desk},
    problem::{Answer, Error},
    recompute::{Edition, a_move},
};

impl Desk {
    /// Reminds of every plan whose time has come. Of how many.
    ///
    /// # Errors
    /// Those of the store; what was done until then stays done.
    pub(crate) async fn let_time_pass_over_plans(self: &Arc<Self>, centre: Centre) -> Answer<usize> {
        self.each_due(centre, "follow_up_plan", follow_ups::due, |id| self.look_at_plan(centre, id)).await
    }

    /// Lets happen to one plan what has fallen due, and notes when to look again.
    async fn look_at_plan(self: &Arc<Self>, centre: Centre, id: FollowUpPlanId) -> Answer<()> {
        let desk = Arc::clone(self);
        let look = move |tx: &mut Tx<'_>| {
            let Some(before) = follow_ups::load(tx.read(), centre, id).map_err(StoreError::from)? else {
                return Ok(());
            };
            let actor = Actor { centre, who: Who::System };
            let calendar = desk.calendar(tx.read(), centre)?;
            let ctx = desk.context(&actor, &calendar, desk.now(centre));
            let events = before.plan.fall_due(&ctx);
            write_down(tx, &before, None, events, &ctx)
        };
        self.store.write(Shard::of(&id), look).await
    }
}

/// What an edition of the calendar moves of a plan that it met goes on its record, and it is looked at in its time by the
/// calendar in force.
///
/// # Errors
/// Those of the store.
pub(crate) fn moved(
    tx: &mut Tx<'_>,
    id: FollowUpPlanId,
    edition: &Edition,
    ctx: &Context<'_>,
) -> Answer<Option<Moved>> {
    let found = follow_ups::load(tx.read(), ctx.actor.centre, id).map_err(StoreError::from)?;
    let before = found.ok_or_else(|| Error::internal("an open plan is gone"))?;
    let moved = before.plan.moved_by(&edition.old, &edition.new).filter(|_| before.plan.at < edition.since);
    let event = moved.map(|moved| follow_up::Event::FollowUpsMoved { moved });
    write_down(tx, &before, None, event.into_iter().collect(), ctx)?;
    Ok(moved.map(|it| a_move(Examined::FollowUpPlan(id), it.limit, it.before, it.after)))
}

/// Follows what has just been put on the record of an impasse.
///
/// # Errors
/// Those of the store; where another process was faster with a plan, the write is done again.
pub fn ticked(tx: &mut Tx<'_>, impasse: ImpasseId, recorded: &[Recorded], ctx: &Context<'_>) -> Answer<()> {
    for recorded in recorded {
        let Event::FollowedUp(found) = &recorded.event else { continue };
        let waiting = follow_ups::waiting_for(tx.read(), ctx.actor.centre, impasse).map_err(StoreError::from)?;
        for before in waiting {
            if let Some(event) = before.plan.tick(impasse, found) {
                write_down(tx, &before, Some(impasse), vec![event], ctx)?;
            }
        }
    }
    Ok(())
}

fn write_down(
    tx: &mut Tx<'_>,
    before: &Loaded,
    ticked: Option<ImpasseId>,
    events: Vec<follow_up::Event>,
    ctx: &Context<'_>,
) -> Answer<()> {
    let recorded = desk::recorded(before.plan.version, events, ctx);
    let mut plan = before.plan.clone();
    recorded.iter().for_each(|event| plan.apply(event));
    let wake_at = plan.wakes_at(ctx.calendar, ctx.practice, ctx.now);
    match follow_ups::save(tx.write(), before, &plan, ticked, &recorded, wake_at).map_err(StoreError::from)? {
        Saved::Stale => Err(tx.contended().into()),
        Saved::Done(_) => Ok(()),
    }
}
