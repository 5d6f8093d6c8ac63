use escalation::hotline::{Event, ExternalNo, Message, State, WorkOrder, chain};
use kernel::{Context, Refusal, id::WorkOrderId};
use persistence::{
    Connection, StoreError, Tx,
    work_orders::{self, Loaded, deliveries},
};

use super::follow::Speaker;
use crate::{
    desk::Desk,
    problem::{Answer, Error},
};

/// How many orders are looked at together.
const BATCH: i64 = 200;
/// No list of orders that are followed under another one is longer.
const MOST: usize = 200;

/// The orders from one to the one that it is followed under in the end.
pub(super) fn followed(connection: &mut Connection, first: WorkOrder) -> Answer<Vec<WorkOrder>> {
    let (centre, hotline) = (first.centre, first.hotline.clone());
    let find = |number: &ExternalNo| {
        let found = work_orders::find(connection, centre, &hotline, number).map_err(StoreError::from)?;
        Ok::<_, Error>(found.map(|found| found.order))
    };
    chain(first, find)
}

/// 并入本单的工单: those that are followed under an order, at whatever remove; at most [`MOST`].
pub(crate) fn merged_under(connection: &mut Connection, order: &WorkOrder) -> Answer<Vec<WorkOrder>> {
    let mut found: Vec<WorkOrder> = Vec::new();
    let mut targets = vec![order.external_no.clone()];
    while let Some(into) = targets.pop() {
        let most = i64::try_from(MOST - found.len()).unwrap_or(0);
        let rows = work_orders::merged_into(connection, order.centre, (&order.hotline, &into), None, most);
        for row in rows.map_err(StoreError::from)? {
            let is_known = found.iter().chain([order]).any(|it| it.id == row.order.id);
            if row.order.state == State::Merged && !is_known {
                targets.push(row.order.external_no.clone());
                found.push(row.order);
            }
        }
    }
    found.sort_by(|a, b| (a.dispatched_at, &a.external_no).cmp(&(b.dispatched_at, &b.external_no)));
    Ok(found)
}

/// The number of the order that a merged one is followed under in the end.
pub(crate) fn survivor(connection: &mut Connection, order: &WorkOrder) -> Answer<Option<ExternalNo>> {
    if order.state != State::Merged {
        return Ok(None);
    }
    let chain = followed(connection, order.clone())?;
    Ok(chain.last().map(|last| last.external_no.clone()))
}

impl Desk {
    /// 并单. Whoever is merged, dispatched or returned meanwhile in the chain that it goes into has moved its line by then, and
    /// one of both begins anew.
    pub(super) fn merge(
        &self,
        tx: &mut Tx<'_>,
        before: Loaded,
        into: ExternalNo,
        ctx: &Context<'_>,
    ) -> Answer<WorkOrder> {
        let (centre, hotline) = (before.order.centre, before.order.hotline.clone());
        let mut seen = Vec::new();
        // The line before the order: what has moved between the two is noticed.
        let mut find = |number: &ExternalNo| {
            let line = deliveries::position(tx.read(), (centre, &hotline, number)).map_err(StoreError::from)?;
            seen.push((number.clone(), line));
            let found = work_orders::find(tx.read(), centre, &hotline, number).map_err(StoreError::from)?;
            Ok::<_, Error>(found.map(|found| found.order))
        };
        let chain = match find(&into)? {
            Some(target) => chain(target, find)?,
            None => Vec::new(),
        };
        let event = before.order.merge(into, &chain)?;
        for (number, line) in seen {
            let advanced = deliveries::advance(tx.write(), (centre, &hotline, &number), line, line.line);
            if !tx.first(advanced)? {
                return Err(tx.contended().into());
            }
        }
        self.write_merge(tx, before, event, ctx)
    }

    /// What the hotline wants raised goes on with the matter.
    fn write_merge(&self, tx: &mut Tx<'_>, before: Loaded, event: Event, ctx: &Context<'_>) -> Answer<WorkOrder> {
        let pending = before.order.pending_escalation().map(|escalation| escalation.reason.clone());
        let merged = self.write_work_order(tx, before, vec![event], ctx)?.order;
        if let Some(reason) = pending.filter(|_| merged.state == State::Merged) {
            match self.pass_on(tx, &merged, Message::Escalate { reason }, ctx) {
                // Not ours any more: there is nobody here to act on it, and the merge stands.
                Ok(_) | Err(Error::Refused(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(merged)
    }

    /// Merges into an order that has just been dispatched those that were waiting for it.
    pub(super) fn merge_those_that_wait(&self, tx: &mut Tx<'_>, order: &WorkOrder, ctx: &Context<'_>) -> Answer<()> {
        let mut after: Option<WorkOrderId> = None;
        loop {
            let into = (&order.hotline, &order.external_no);
            let waiting = work_orders::merged_into(tx.read(), order.centre, into, after, BATCH);
            let waiting = waiting.map_err(StoreError::from)?;
            let Some(last) = waiting.last() else { return Ok(()) };
            after = Some(last.order.id);
            for one in waiting.into_iter().filter(|one| one.order.awaits_merge.is_some()) {
                let one = self.work_order_after_what_fell_due(tx, one, ctx.now)?;
                if let Ok(event) = one.order.merge(order.external_no.clone(), std::slice::from_ref(order)) {
                    self.write_merge(tx, one, event, ctx)?;
                }
            }
        }
    }

    /// Lets the order that a merged one is followed under hear what is said of the merged one.
    pub(super) fn pass_on(
        &self,
        tx: &mut Tx<'_>,
        merged: &WorkOrder,
        message: Message,
        ctx: &Context<'_>,
    ) -> Answer<ExternalNo> {
        let chain = followed(tx.read(), merged.clone())?;
        let (centre, hotline) = (merged.centre, &merged.hotline);
        let Some(last) = chain.last().filter(|last| last.state != State::Merged) else {
            return Err(Refusal::new("not_ours", "工单已不由本中心办理").into());
        };
        let found = work_orders::find(tx.read(), centre, hotline, &last.external_no).map_err(StoreError::from)?;
        // Merged itself since the chain was read: it begins anew.
        let Some(survivor) = found.filter(|found| found.order.state != State::Merged) else {
            return Err(tx.contended().into());
        };
        let survivor = self.work_order_after_what_fell_due(tx, survivor, ctx.now)?;
        let (message, events) = survivor.order.hear_for(merged, message, &self.hotline_terms(hotline), ctx)?;
        let on_impasse = self.heard_by_impasse(tx, &survivor.order, (Speaker::AnotherCaller, &message), ctx)?;
        let after = self.write_work_order(tx, survivor, events, ctx)?;
        let number = after.order.external_no.clone();
        if let Some(effect) = on_impasse {
            self.let_impasse_hear(tx, after, effect, ctx)?;
        }
        Ok(number)
    }
}
