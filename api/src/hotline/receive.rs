use escalation::hotline::{Command, ExternalNo, Line, Message, Place, State, WorkOrder, dispatch};
use kernel::{Context, Instant, Refusal, StaffCode, id::WorkOrderId};
use persistence::{
    StoreError, Tx,
    work_orders::{
        self,
        callers::{self, WorkOrderCaller},
        code_maps,
        deliveries::{self, DeliveryState, Given, Key},
    },
};

use super::{
    follow::{Effect, Speaker},
    recorded, tell,
};
use crate::{
    auth::Caller,
    desk::{Desk, clockwork},
    problem::{Answer, Error},
    reply::Reply,
    views::work_order::HotlineDeliveryView,
};

/// 消息 as it was delivered, every field checked.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub hotline: StaffCode,
    pub number: ExternalNo,
    /// The hotline's own, per order.
    pub sequence: u64,
    /// SHA-256 of what the body says.
    pub body: [u8; 32],
    pub message: Message,
    /// 来电人, of a dispatch.
    pub caller: Option<WorkOrderCaller>,
}

impl Desk {
    /// Deals with a message of the hotline in its turn, and with those that were held for it; or holds it; or answers as
    /// before (clause G3).
    pub(crate) fn receive(&self, tx: &mut Tx<'_>, by: &Caller, incoming: &Incoming, now: Instant) -> Answer<Reply> {
        let Incoming { hotline, number, sequence, message, .. } = incoming;
        self.hotline(hotline)?;
        let key: Key<'_> = (by.centre, hotline, number);
        let digest = self.digest(incoming);
        if let Some(known) = deliveries::get(tx.read(), key, *sequence).map_err(StoreError::from)? {
            if known.digest != digest {
                return Err(Refusal::new("sequence_reused", "此序号已用于内容不同的消息").into());
            }
            return match known.answer {
                Some(given) => again(&given),
                None => held(tx, key, incoming),
            };
        }
        let from = deliveries::position(tx.read(), key).map_err(StoreError::from)?;
        let place = from.line.place(*sequence);
        if place == Place::Past {
            return Err(Error::internal("a number that was dealt with has no delivery"));
        }
        let inserted = deliveries::insert(tx.write(), key, (*sequence, &digest), message, now);
        tx.first(inserted)?;
        if let Some(caller) = &incoming.caller {
            let put = callers::put(tx.write(), by.centre, (hotline, number, *sequence), caller);
            put.map_err(StoreError::from)?;
        }
        let calendar = self.calendar(tx.read(), by.centre)?;
        let ctx = self.context(by, &calendar, now);
        let mut line = from.line;
        if place == Place::Next {
            line = self.deal_with_what_is_next(tx, key, line, &ctx)?;
        }
        let advanced = deliveries::advance(tx.write(), key, from, line);
        if !tx.first(advanced)? {
            return Err(tx.contended().into());
        }
        match deliveries::get(tx.read(), key, *sequence).map_err(StoreError::from)?.and_then(|it| it.answer) {
            Some(given) => again(&given),
            None => held(tx, key, incoming),
        }
    }

    /// A keyed digest: that of a body with a document number in it must not be guessed from.
    fn digest(&self, incoming: &Incoming) -> String {
        let digest = self.secret().digest("hotline_delivery", &[&incoming.body]);
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn deal_with_what_is_next(&self, tx: &mut Tx<'_>, key: Key<'_>, mut line: Line, ctx: &Context<'_>) -> Answer<Line> {
        while let Some(next) = deliveries::get(tx.read(), key, line.awaits()).map_err(StoreError::from)? {
            let (state, given) = match self.apply(tx, key, next.sequence, next.message, ctx) {
                Ok(view) => (DeliveryState::Applied, given(200, &view)?),
                // It has had its turn: what comes after it does not wait for ever.
                Err(Error::Refused(refusal)) => {
                    let error = Error::Refused(refusal);
                    (DeliveryState::Refused, given(error.kind().status().as_u16(), &error.problem(None))?)
                }
                Err(error) => return Err(error),
            };
            let settled = deliveries::settle(tx.write(), key, next.sequence, (state, &given), ctx.now);
            if !settled.map_err(StoreError::from)? {
                return Err(tx.contended().into());
            }
            line.done = next.sequence;
        }
        Ok(line)
    }

    /// Lets a message have its effect. A refusal comes before anything is written.
    fn apply(
        &self,
        tx: &mut Tx<'_>,
        key: Key<'_>,
        sequence: u64,
        message: Message,
        ctx: &Context<'_>,
    ) -> Answer<HotlineDeliveryView> {
        let (centre, hotline, number) = key;
        let known = work_orders::find(tx.read(), centre, hotline, number).map_err(StoreError::from)?;
        let kind = message.kind();
        let (mut passed_on_to, mut speaker_awaited) = (None, false);
        let order = match (known, message) {
            (None, Message::Dispatch(what)) => {
                let event = dispatch(what, &self.hotline_terms(hotline), ctx)?;
                let events = recorded(0, vec![event], ctx);
                let order = WorkOrder::fold(WorkOrderId::fresh(ctx.now), centre, hotline, number, &events)
                    .ok_or_else(|| Error::internal("a dispatch begins no work order"))?;
                let wake_at = order.wakes_at(ctx.calendar, ctx.practice, ctx.now);
                let inserted = work_orders::insert(tx.write(), &order, &events, clockwork(wake_at, ctx));
                tx.first(inserted)?;
                if let Some(first) = events.first() {
                    tell::tell_dispatch(self, tx, &order, first, ctx)?;
                }
                self.merge_those_that_wait(tx, &order, ctx)?;
                order
            }
            (None, _) => return Err(Refusal::new("not_dispatched", "工单尚未派单").into()),
            (Some(before), message) if before.order.state == State::Merged && kind.goes_with_the_matter() => {
                passed_on_to = Some(self.pass_on(tx, &before.order, message, ctx)?);
                before.order
            }
            (Some(before), Message::Merge { into }) => {
                let before = self.work_order_after_what_fell_due(tx, before, ctx.now)?;
                self.merge(tx, before, into, ctx)?
            }
            (Some(before), message) => {
                let before = self.work_order_after_what_fell_due(tx, before, ctx.now)?;
                let terms = self.hotline_terms(hotline);
                let events = before.order.decide(Command::Receive(message.clone()), &terms, ctx)?;
                let on_impasse = self.heard_by_impasse(tx, &before.order, (Speaker::Applicant, &message), ctx)?;
                speaker_awaited = on_impasse.as_ref().is_some_and(Effect::awaits_speaker);
                let after = self.write_work_order(tx, before, events, ctx)?;
                match on_impasse {
                    Some(effect) => self.let_impasse_hear(tx, after, effect, ctx)?.order,
                    None => after.order,
                }
            }
        };
        let codes = code_maps::get(tx.read(), centre, hotline).map_err(StoreError::from)?;
        let view = HotlineDeliveryView::applied(number, sequence, kind, codes.map.state(order.state));
        let passed_on_to = passed_on_to.map(|number| number.to_string());
        Ok(HotlineDeliveryView { passed_on_to, speaker_awaited, ..view })
    }
}

fn given(status: u16, value: &impl serde::Serialize) -> Answer<Given> {
    Ok(Given { status, body: serde_json::to_string(value).map_err(Error::internal)? })
}

/// The answer of the first time.
fn again(given: &Given) -> Answer<Reply> {
    let body: serde_json::Value = serde_json::from_str(&given.body).map_err(Error::internal)?;
    Reply::json(given.status, &body)
}

/// 202: it is kept and waits for its turn.
fn held(tx: &mut Tx<'_>, key: Key<'_>, incoming: &Incoming) -> Answer<Reply> {
    let line = deliveries::position(tx.read(), key).map_err(StoreError::from)?.line;
    let Incoming { number, sequence, message, .. } = incoming;
    Reply::json(202, &HotlineDeliveryView::held(number, *sequence, message.kind(), line.awaits()))
}
