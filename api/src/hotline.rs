//! 12345: what the hotline delivers, what the supervision section does, and what is called back (clauses D2-2, G3).

mod follow;
mod merging;
mod receive;
mod reconcile;
mod tell;
mod waiting;

use std::sync::Arc;

use escalation::hotline::{Act, Command, Event, ExternalNo, HotlineTerms, WorkOrder};
use kernel::{
    Action, Actor, Centre, Context, Instant, Refusal, StaffCode,
    access::{Who, may, may_on},
    id::WorkOrderId,
};
use persistence::{
    Connection, Shard, StoreError, Tx,
    work_orders::{self, Loaded, code_maps},
};

pub(crate) use self::follow::{follow, raised};
pub(crate) use self::merging::{merged_under, survivor};
pub(crate) use self::{
    receive::Incoming,
    reconcile::{MOST as MOST_RECONCILED, Period, Theirs, reconcile},
    tell::tell_ticket,
    waiting::{KINDS, of_alarms},
};
use crate::{
    auth::Caller,
    desk::{Desk, clockwork, recorded},
    edge::{IfMatch, Stamp},
    papers::Papers,
    problem::{Answer, Error},
    reply::Reply,
    settings::Hotline,
    views::work_order::WorkOrderView,
};

/// A write of the supervision section to one work order.
#[derive(Clone, Debug)]
pub(crate) struct OrderChange {
    pub caller: Caller,
    /// Named where two hotlines use the same number.
    pub hotline: Option<StaffCode>,
    pub number: ExternalNo,
    pub seen: IfMatch,
    pub stamp: Option<Stamp>,
}

/// All that has to do with an order falls into one shard, so that two writers do not meet on it.
pub(crate) fn shard(number: &ExternalNo) -> Shard {
    Shard::of(number)
}

impl Desk {
    /// A hotline of the configuration.
    ///
    /// # Errors
    /// `hotline_unknown`.
    pub(crate) fn hotline(&self, code: &StaffCode) -> Answer<&Hotline> {
        let known = self.settings.hotlines.iter().find(|hotline| hotline.code == *code);
        Ok(known.ok_or_else(|| Refusal::new("hotline_unknown", "该热线未在配置中登记"))?)
    }

    /// Those of an order's hotline; of one that has left the configuration, the usual ones.
    pub(crate) fn hotline_terms(&self, code: &StaffCode) -> HotlineTerms {
        self.settings.hotlines.iter().find(|it| it.code == *code).map_or_else(HotlineTerms::default, Hotline::terms)
    }

    /// One command to one work order, of the supervision section or of whoever it is assigned to (rule L18).
    pub(crate) async fn change_work_order(
        self: &Arc<Self>,
        change: OrderChange,
        act: Act,
        command: impl Fn(&mut Tx<'_>, &WorkOrder, &Context<'_>) -> Answer<Command> + Send + 'static,
    ) -> Answer<Reply> {
        self.change_and_show_work_order(change, act, command, |_, _, view| Ok(view)).await
    }

    /// The same, with more to show of it than the order itself.
    pub(crate) async fn change_and_show_work_order(
        self: &Arc<Self>,
        change: OrderChange,
        act: Act,
        command: impl Fn(&mut Tx<'_>, &WorkOrder, &Context<'_>) -> Answer<Command> + Send + 'static,
        show: impl Fn(&mut Tx<'_>, &WorkOrder, WorkOrderView) -> Answer<WorkOrderView> + Send + 'static,
    ) -> Answer<Reply> {
        let OrderChange { caller, hotline, number, seen, stamp } = change;
        may(&caller, act.action())?;
        self.once(caller.clone(), shard(&number), stamp, move |desk, tx, now| {
            let before = find(tx.read(), &caller, act.action(), hotline.as_ref(), &number)?;
            seen.check(before.order.version)?;
            let before = desk.work_order_after_what_fell_due(tx, before, now)?;
            let calendar = desk.calendar(tx.read(), caller.centre)?;
            let ctx = desk.context(&caller, &calendar, now);
            let command = command(tx, &before.order, &ctx)?;
            let events = before.order.decide(command, &desk.hotline_terms(&before.order.hotline), &ctx)?;
            let after = desk.write_work_order(tx, before, events, &ctx)?;
            let order = &after.order;
            let codes = code_maps::get(tx.read(), order.centre, &order.hotline).map_err(StoreError::from)?;
            let view = show(tx, order, WorkOrderView::of(order, &codes.map, &ctx))?;
            Ok(Reply::json(200, &view)?.tagged(order.version))
        })
        .await
    }

    /// Puts events on the record, the order after them in its row, and what the hotline is to be told in the outbox: one
    /// transaction's worth.
    pub(crate) fn write_work_order(
        &self,
        tx: &mut Tx<'_>,
        before: Loaded,
        events: Vec<Event>,
        ctx: &Context<'_>,
    ) -> Answer<Loaded> {
        let recorded = recorded(before.order.version, events, ctx);
        let mut order = before.order.clone();
        recorded.iter().for_each(|event| order.apply(event));
        let wake_at = order.wakes_at(ctx.calendar, ctx.practice, ctx.now);
        let saved = work_orders::save(tx.write(), &before, &order, &recorded, clockwork(wake_at, ctx));
        let Some(after) = saved.map_err(StoreError::from)? else { return Err(tx.contended().into()) };
        tell::tell(self, tx, &before.order, &recorded, ctx)?;
        Ok(after)
    }

    /// A work order once everything has happened to it that has fallen due by `now`.
    pub(crate) fn work_order_after_what_fell_due(
        &self,
        tx: &mut Tx<'_>,
        before: Loaded,
        now: Instant,
    ) -> Answer<Loaded> {
        let actor = Actor { centre: before.order.centre, who: Who::System };
        let calendar = self.calendar(tx.read(), before.order.centre)?;
        let ctx = self.context(&actor, &calendar, now);
        let events = Papers::with(tx, &ctx, |papers| before.order.fall_due(papers, &ctx))?;
        // The limit decides; the column is only what it is found by, and may be of an older calendar.
        if events.is_empty() && before.wake_at.is_none_or(|at| at > now) {
            return Ok(before);
        }
        self.write_work_order(tx, before, events, &ctx)
    }

    /// Lets everything happen to work orders that has fallen due by now. To how many it happened.
    ///
    /// # Errors
    /// Those of the store; what was done until then stays done.
    pub(crate) async fn let_time_pass_over_work_orders(self: &Arc<Self>, centre: Centre) -> Answer<usize> {
        self.each_due(centre, "work_order", work_orders::due, |id| self.let_work_order_fall_due(centre, id)).await
    }

    async fn let_work_order_fall_due(self: &Arc<Self>, centre: Centre, id: WorkOrderId) -> Answer<()> {
        let desk = Arc::clone(self);
        let fall = move |tx: &mut Tx<'_>| match work_orders::load(tx.read(), centre, id).map_err(StoreError::from)? {
            Some(loaded) => desk.work_order_after_what_fell_due(tx, loaded, desk.now(centre)).map(drop),
            None => Ok(()),
        };
        self.store.write(Shard::of(&id), fall).await
    }
}

/// Whose order of this number is meant: the caller's own where it is a hotline, the one that is named, or the only one.
///
/// # Errors
/// Not found; `hotline_ambiguous`.
pub(crate) fn whose(
    connection: &mut Connection,
    caller: &Caller,
    hotline: Option<&StaffCode>,
    number: &ExternalNo,
) -> Answer<StaffCode> {
    if let Some(own) = caller.client() {
        return if hotline.is_none_or(|named| named == own) { Ok(own.clone()) } else { Err(Error::not_found()) };
    }
    if let Some(named) = hotline {
        return Ok(named.clone());
    }
    let hotlines = work_orders::hotlines_with(connection, caller.centre, &caller.sight(), number);
    let mut hotlines = hotlines.map_err(StoreError::from)?;
    match (hotlines.pop(), hotlines.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => Err(Refusal::new("hotline_ambiguous", "多个热线有此编号的工单，请指明 hotline").into()),
        (None, _) => Err(Error::not_found()),
    }
}

/// The work order of this number, to which the caller may do this.
///
/// # Errors
/// As [`whose`]; not allowed.
pub(crate) fn find(
    connection: &mut Connection,
    caller: &Caller,
    action: Action,
    hotline: Option<&StaffCode>,
    number: &ExternalNo,
) -> Answer<Loaded> {
    let hotline = whose(connection, caller, hotline, number)?;
    let found = work_orders::find(connection, caller.centre, &hotline, number).map_err(StoreError::from)?;
    let found = found.ok_or_else(Error::not_found)?;
    may_on(caller, action, &found.order.whereabouts())?;
    Ok(found)
}
