//! 回访计划: a follow-up on an impasse ticks it off in every plan that waits for it, in the same transaction (clause D8-1).

use escalation::{Event, Recorded, follow_up};
use kernel::{Context, id::ImpasseId};
use persistence::{StoreError, Tx, cases::Saved, follow_ups};

use crate::{desk, problem::Answer};

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
                write_down(tx, &before, impasse, event, ctx)?;
            }
        }
    }
    Ok(())
}

fn write_down(
    tx: &mut Tx<'_>,
    before: &follow_ups::Loaded,
    impasse: ImpasseId,
    event: follow_up::Event,
    ctx: &Context<'_>,
) -> Answer<()> {
    let recorded = desk::recorded(before.plan.version, vec![event], ctx);
    let mut plan = before.plan.clone();
    recorded.iter().for_each(|event| plan.apply(event));
    match follow_ups::save(tx.write(), before, &plan, impasse, &recorded).map_err(StoreError::from)? {
        Saved::Stale => Err(tx.contended().into()),
        Saved::Done(_) => Ok(()),
    }
}
