//! 期限重算: after the calendar has changed every open limit is read anew; whatever moved is listed with before and after
//! and goes on the record of its case, impasse, plan or work order. In the background, one by one, and taken up where it was left.
//!
//! Each edition is looked at by its own two calendars, in the order of editions, and by what was there when it took effect:
//! what comes in meanwhile, and the next edition, are not told as its doing. What lists are found by follows the calendar in
//! force.
//!
//! Other processes on the same database count by the calendar before for some seconds more; a recomputation begins after them,
//! so that whatever they wrote is found by the right day. What another process shows within these seconds is not listed.

mod edition;
mod packages;

use std::{sync::Arc, time::Duration};

use casework::{Case, DeadlineMove, Event};
use escalation::{
    Impasse,
    hotline::{self, WorkOrder},
};
use kernel::{
    Actor, Calendar, CaseId, Centre, Context, Instant,
    access::Who,
    calendar::Due,
    id::{ImpasseId, WorkOrderId},
    ledger::LimitKind,
};
use persistence::{
    Backend, Connection, Shard, StoreError, Tx, cases, follow_ups as follow_up_rows, hall, impasses,
    recomputations::{self, Examined, Moved, Recomputation},
    work_orders,
};
use uuid::Uuid;

pub(crate) use self::edition::Edition;
use crate::{
    desk::{CALENDAR_AGE, Desk},
    follow_ups,
    impasses::write_down,
    problem::{Answer, Error},
};

/// How many are fetched at a time.
const BATCH: i64 = 200;
/// What is allowed for besides, to what was under way when an edition took effect.
const GRACE: Duration = Duration::from_secs(1);

/// Puts a recomputation on the list of duties, with the calendars in force until now and from now on.
///
/// # Errors
/// Those of the store.
pub fn order(
    tx: &mut Tx<'_>,
    centre: Centre,
    cause: &str,
    (before, after): (&Calendar, &Calendar),
    now: Instant,
) -> Result<Uuid, StoreError> {
    let id = Uuid::now_v7();
    let days = |calendar: &Calendar| serde_json::json!(calendar.overrides().collect::<Vec<_>>());
    recomputations::begin(tx.write(), centre, id, cause, (&days(before), &days(after)), now)?;
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
                if !self.is_known_everywhere(centre, &current) {
                    break;
                }
                if !self.holds(centre, "recomputation").await? {
                    break;
                }
                self.forget_calendar(centre);
                self.recompute_some(centre, current).await?;
            }
        }
        Ok(())
    }

    /// Whether no process counts by the calendar before an edition any more. A sandbox waits for nothing.
    fn is_known_everywhere(&self, centre: Centre, edition: &Recomputation) -> bool {
        if self.clock.is_movable() || self.store.url().backend() == Backend::Sqlite {
            return true;
        }
        let age = self.now(centre).utc() - edition.started_at.utc();
        age.to_std().is_ok_and(|age| age >= CALENDAR_AGE + GRACE)
    }

    async fn current(&self, centre: Centre) -> Answer<Option<Recomputation>> {
        let current = move |connection: &mut _| Ok::<_, StoreError>(recomputations::current(connection, centre)?);
        Ok(self.store.read(current).await?)
    }

    /// The next ones of a recomputation, or its end.
    async fn recompute_some(self: &Arc<Self>, centre: Centre, current: Recomputation) -> Answer<()> {
        let edition = Arc::new(self.edition(centre, &current).await?);
        let after = current.cursor;
        let open = self.store.read(move |connection| open_after(connection, centre, after)).await?;
        if open.is_empty() {
            self.recompute_packages(centre, current.id, edition).await?;
            let (id, now) = (current.id, self.now(centre));
            let finish =
                move |tx: &mut Tx<'_>| Ok::<_, StoreError>(recomputations::finish(tx.write(), centre, id, now)?);
            self.store.write(Shard::of(&id), finish).await?;
            return Ok(());
        }
        let mut current = current;
        for of in open {
            let next = self.recompute_one(centre, of, current.clone(), Arc::clone(&edition)).await;
            let next = self.setbacks.unless_its_own(next, of.kind(), centre, of.id())?;
            current = match next {
                Some(next) => next,
                None => self.pass_over(centre, of, current).await?,
            };
        }
        Ok(())
    }

    /// One that cannot be read keeps the others from nothing.
    async fn pass_over(&self, centre: Centre, of: Examined, current: Recomputation) -> Answer<Recomputation> {
        let step = move |tx: &mut Tx<'_>| advanced(tx, centre, of, current.clone(), Some(&[]));
        self.store.write(shard(of), step).await
    }

    /// One of them: what moved goes on its record and on the list in one transaction, with how far the work has come.
    async fn recompute_one(
        self: &Arc<Self>,
        centre: Centre,
        of: Examined,
        current: Recomputation,
        edition: Arc<Edition>,
    ) -> Answer<Recomputation> {
        let desk = Arc::clone(self);
        let step = move |tx: &mut Tx<'_>| {
            let calendar = desk.calendar(tx.read(), centre)?;
            let actor = Actor { centre, who: Who::System };
            let ctx = Context { now: desk.now(centre), actor: &actor, calendar: &calendar, practice: &desk.practice };
            let moved = match of {
                Examined::Case(id) => case_moved(&desk, tx, id, &edition, &ctx)?,
                Examined::Impasse(id) => impasse_moved(&desk, tx, id, &edition, &ctx)?,
                Examined::FollowUpPlan(id) => follow_ups::moved(tx, id, &edition, &ctx)?.into_iter().collect(),
                Examined::WorkOrder(id) => work_order_moved(&desk, tx, id, &edition, &ctx)?,
            };
            let was_there = edition.met(tx, centre, of)?;
            advanced(tx, centre, of, current.clone(), was_there.then_some(moved.as_slice()))
        };
        self.store.write(shard(of), step).await
    }
}

fn shard(of: Examined) -> Shard {
    match of {
        Examined::Case(id) => Shard::of(&id),
        Examined::Impasse(id) => Shard::of(&id),
        Examined::FollowUpPlan(id) => Shard::of(&id),
        Examined::WorkOrder(id) => Shard::of(&id),
    }
}

/// The next open ones after `after`: cases, then impasses, follow-up plans, and work orders.
fn open_after(
    connection: &mut Connection,
    centre: Centre,
    after: Option<Examined>,
) -> Result<Vec<Examined>, StoreError> {
    let (kind, case, impasse, plan, order) = match after {
        None => (0, None, None, None, None),
        Some(Examined::Case(id)) => (0, Some(id), None, None, None),
        Some(Examined::Impasse(id)) => (1, None, Some(id), None, None),
        Some(Examined::FollowUpPlan(id)) => (2, None, None, Some(id), None),
        Some(Examined::WorkOrder(id)) => (3, None, None, None, Some(id)),
    };
    let mut open: Vec<Examined> = Vec::new();
    for kind in kind..=3 {
        match kind {
            0 => open.extend(cases::open_after(connection, centre, case, BATCH)?.into_iter().map(Examined::Case)),
            1 => open.extend(
                impasses::open_after(connection, centre, None, impasse, BATCH)?.into_iter().map(Examined::Impasse),
            ),
            2 => open.extend(
                follow_up_rows::open_after(connection, centre, plan, BATCH)?.into_iter().map(Examined::FollowUpPlan),
            ),
            _ => open.extend(
                work_orders::open_after(connection, centre, order, BATCH)?.into_iter().map(Examined::WorkOrder),
            ),
        }
        if !open.is_empty() {
            break;
        }
    }
    Ok(open)
}

fn case_moved(desk: &Desk, tx: &mut Tx<'_>, id: CaseId, edition: &Edition, ctx: &Context<'_>) -> Answer<Vec<Moved>> {
    let found = cases::load(tx.read(), ctx.actor.centre, id).map_err(StoreError::from)?;
    let before = found.ok_or_else(|| Error::internal("an open case is gone"))?;
    let mut moves = before.case.moved_by((&edition.old, &edition.new), ctx.practice, ctx.today());
    if !moves.is_empty() {
        let then = Case::fold(&edition.record(tx, ctx.actor.centre, id)?);
        moves = before.case.moved_since(then.as_ref(), moves);
    }
    let moved = |it: &DeadlineMove| Moved {
        department: it.department.clone(),
        procedure: it.procedure.as_ref().map(ToString::to_string),
        ..a_move(Examined::Case(id), it.limit, it.before, it.after)
    };
    let moved = moves.iter().map(moved).collect();
    let event = (!moves.is_empty()).then_some(Event::DeadlinesMoved { moves });
    desk.write_down(tx, before, event.into_iter().collect(), ctx)?;
    Ok(moved)
}

fn impasse_moved(
    desk: &Desk,
    tx: &mut Tx<'_>,
    id: ImpasseId,
    edition: &Edition,
    ctx: &Context<'_>,
) -> Answer<Vec<Moved>> {
    let found = impasses::load(tx.read(), ctx.actor.centre, id).map_err(StoreError::from)?;
    let before = found.ok_or_else(|| Error::internal("an open impasse is gone"))?;
    let mut moves = before.impasse.moved_by(&edition.old, &edition.new, ctx.today());
    if !moves.is_empty() {
        let then = Impasse::fold(&edition.record(tx, ctx.actor.centre, id)?);
        moves = before.impasse.moved_since(then.as_ref(), moves);
    }
    let of = Examined::Impasse(id);
    let moved = |it: &escalation::DeadlineMove| Moved { order: it.order, ..a_move(of, it.limit, it.before, it.after) };
    let moved = moves.iter().map(moved).collect();
    let event = (!moves.is_empty()).then_some(escalation::Event::DeadlinesMoved { moves });
    write_down(desk, tx, before, event.into_iter().collect(), ctx)?;
    Ok(moved)
}

fn work_order_moved(
    desk: &Desk,
    tx: &mut Tx<'_>,
    id: WorkOrderId,
    edition: &Edition,
    ctx: &Context<'_>,
) -> Answer<Vec<Moved>> {
    let found = work_orders::load(tx.read(), ctx.actor.centre, id).map_err(StoreError::from)?;
    let before = found.ok_or_else(|| Error::internal("an open work order is gone"))?;
    let mut moves = before.order.moved_by(&edition.old, &edition.new, ctx.today());
    if !moves.is_empty() {
        let (order, record) = (&before.order, edition.record(tx, ctx.actor.centre, id)?);
        let then = WorkOrder::fold(id, order.centre, &order.hotline, &order.external_no, &record);
        moves = order.moved_since(then.as_ref(), moves);
    }
    let moved = moves.iter().map(|it| a_move(Examined::WorkOrder(id), it.limit, it.before, it.after)).collect();
    let event = (!moves.is_empty()).then_some(hotline::Event::DeadlinesMoved { moves });
    desk.write_work_order(tx, before, event.into_iter().collect(), ctx)?;
    Ok(moved)
}

/// How far the work has come with this one; `moved` is None of what its edition did not meet, and that does not count.
fn advanced(
    tx: &mut Tx<'_>,
    centre: Centre,
    of: Examined,
    seen: Recomputation,
    moved: Option<&[Moved]>,
) -> Answer<Recomputation> {
    let (examined, moves) = (u64::from(moved.is_some()), moved.unwrap_or_default());
    if !recomputations::advance(tx.write(), centre, &seen, of, examined, moves).map_err(StoreError::from)? {
        return Err(tx.contended().into());
    }
    let (examined, moved) = (seen.examined + examined, seen.moved + u64::from(!moves.is_empty()));
    Ok(Recomputation { cursor: Some(of), examined, moved, ..seen })
}

/// A limit that moved, as it is listed.
pub(crate) fn a_move(of: Examined, limit: LimitKind, before: Due, after: Due) -> Moved {
    Moved {
        of,
        limit,
        department: None,
        order: None,
        procedure: None,
        due_before: before.date,
        due_after: after.date,
        provisional_before: before.provisional,
        provisional_after: after.provisional,
    }
}
