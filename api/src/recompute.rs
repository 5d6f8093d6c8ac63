//! 期限重算: after the calendar has changed every open limit is read anew; whatever moved is listed with before and after
//! and goes on the record of its case. In the background, case by case, and taken up where it was left.

mod packages;

use std::sync::Arc;

use casework::{DeadlineMove, Event};
use kernel::{Actor, Calendar, CaseId, Centre, Context, Instant, access::Who, calendar::Override};
use persistence::{
    Shard, StoreError, Tx, cases, hall,
    recomputations::{self, Moved, Recomputation},
};
use uuid::Uuid;

use crate::{
    desk::Desk,
    problem::{Answer, Error},
};

/// How many cases are fetched at a time.
const BATCH: i64 = 200;

/// Puts a recomputation on the list of duties, with the calendar that was in force until now.
///
/// # Errors
/// Those of the store.
pub fn order(
    tx: &mut Tx<'_>,
    centre: Centre,
    cause: &str,
    before: &Calendar,
    now: Instant,
) -> Result<Uuid, StoreError> {
    let id = Uuid::now_v7();
    let before = serde_json::json!(before.overrides().collect::<Vec<_>>());
    recomputations::begin(tx.write(), centre, id, cause, &before, now)?;
    Ok(id)
}

impl Desk {
    /// Works off the recomputations of every centre.
    ///
    /// # Errors
    /// Those of the store; the next call goes on from there.
    pub async fn recompute(self: &Arc<Self>) -> Answer<()> {
        let centres = self.store.read(|connection| Ok::<_, StoreError>(hall::centres(connection)?)).await?;
        for centre in centres {
            while let Some(current) = self.current(centre).await? {
                if !self.holds(centre, "recomputation").await? {
                    break;
                }
                self.forget_calendar(centre);
                self.recompute_some(centre, current).await?;
            }
        }
        Ok(())
    }

    async fn current(&self, centre: Centre) -> Answer<Option<Recomputation>> {
        let current = move |connection: &mut _| Ok::<_, StoreError>(recomputations::current(connection, centre)?);
        Ok(self.store.read(current).await?)
    }

    /// The next cases of a recomputation, or its end.
    async fn recompute_some(self: &Arc<Self>, centre: Centre, current: Recomputation) -> Answer<()> {
        let days: Vec<Override> = serde_json::from_value(current.before.clone()).map_err(Error::internal)?;
        let before: Arc<Calendar> = Arc::new(days.into_iter().collect());
        let after = current.cursor;
        let open = move |connection: &mut _| Ok::<_, StoreError>(cases::open_after(connection, centre, after, BATCH)?);
        let open = self.store.read(open).await?;
        if open.is_empty() {
            self.refresh_impasses(centre).await?;
            self.refresh_work_orders(centre).await?;
            self.refresh_plans(centre).await?;
            self.recompute_packages(centre, current.id, before).await?;
            let (id, now) = (current.id, self.now(centre));
            let finish =
                move |tx: &mut Tx<'_>| Ok::<_, StoreError>(recomputations::finish(tx.write(), centre, id, now)?);
            self.store.write(Shard::of(&id), finish).await?;
            return Ok(());
        }
        let mut current = current;
        for id in open {
            current = self.recompute_one(centre, id, current, Arc::clone(&before)).await?;
        }
        Ok(())
    }

    /// One case: what moved goes on its record and on the list in one transaction, with how far the work has come.
    async fn recompute_one(
        self: &Arc<Self>,
        centre: Centre,
        id: CaseId,
        current: Recomputation,
        old: Arc<Calendar>,
    ) -> Answer<Recomputation> {
        let desk = Arc::clone(self);
        let step = move |tx: &mut Tx<'_>| {
            let found = cases::load(tx.read(), centre, id).map_err(StoreError::from)?;
            let before = found.ok_or_else(|| Error::internal("an open case is gone"))?;
            let calendar = desk.calendar(tx.read(), centre)?;
            let actor = Actor { centre, who: Who::System };
            let ctx = Context { now: desk.now(centre), actor: &actor, calendar: &calendar, practice: &desk.practice };
            let moves = before.case.moved_by(&old, &calendar, ctx.today());
            let moved: Vec<Moved> = moves.iter().map(|it| moved(id, it)).collect();
            let event = (!moves.is_empty()).then_some(Event::DeadlinesMoved { moves });
            desk.write_down(tx, before, event.into_iter().collect(), &ctx)?;
            let mut next = current.clone();
            if recomputations::advance(tx.write(), centre, &current, id, 1, &moved).map_err(StoreError::from)? {
                next.cursor = Some(id);
                next.examined += 1;
                next.moved += u64::from(!moved.is_empty());
                return Ok(next);
            }
            Err(Error::from(tx.contended()))
        };
        self.store.write(Shard::of(&id), step).await
    }
}

fn moved(case: CaseId, it: &DeadlineMove) -> Moved {
    Moved {
        case,
        limit: it.limit,
        department: it.department.clone(),
        due_before: it.before.date,
        due_after: it.after.date,
        provisional_before: it.before.provisional,
        provisional_after: it.after.provisional,
    }
}
