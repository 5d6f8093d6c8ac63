use escalation::hotline::{CodeMap, Event, WorkOrder};
use kernel::{Context, Fact, Recorded};
use persistence::{StoreError, Tx, work_orders::code_maps};
use serde_json::{Value, json};

use crate::{
    desk::Desk,
    outbox::{self, Draft},
    problem::Answer,
};

/// Calls the hotline back for every change of state, and for what it has to rule on or wants to hear of besides. In the
/// transaction of the change, and numbered per order, so that none is lost and none overtakes another.
pub(super) fn tell(
    desk: &Desk,
    tx: &mut Tx<'_>,
    before: &WorkOrder,
    events: &[Recorded<Event>],
    ctx: &Context<'_>,
) -> Answer<()> {
    let mut order = before.clone();
    let mut told = Vec::new();
    for recorded in events {
        let earlier = order.state;
        order.apply(recorded);
        if order.state != earlier || is_told_anyway(&recorded.event) {
            told.push((order.clone(), recorded));
        }
    }
    told.into_iter().try_for_each(|(order, recorded)| put(desk, tx, &order, recorded, ctx))
}

/// The dispatch itself: that it has arrived.
pub(super) fn tell_dispatch(
    desk: &Desk,
    tx: &mut Tx<'_>,
    order: &WorkOrder,
    first: &Recorded<Event>,
    ctx: &Context<'_>,
) -> Answer<()> {
    put(desk, tx, order, first, ctx)
}

fn is_told_anyway(event: &Event) -> bool {
    matches!(
        event,
        Event::ExtensionAsked { .. }
            | Event::Assigned { .. }
            | Event::ImpasseRegistered { .. }
            | Event::Followed { .. }
    )
}

fn put(desk: &Desk, tx: &mut Tx<'_>, order: &WorkOrder, recorded: &Recorded<Event>, ctx: &Context<'_>) -> Answer<()> {
    let hotline = desk.settings.hotlines.iter().find(|hotline| hotline.code == order.hotline);
    if hotline.is_none_or(|hotline| hotline.callback_url.is_empty()) {
        return Ok(());
    }
    let codes = code_maps::get(tx.read(), order.centre, &order.hotline).map_err(StoreError::from)?.map;
    let (target, kind) = (outbox::hotline_target(&order.hotline), recorded.event.kind());
    let draft = Draft { target: &target, ordering_key: order.external_no.as_str(), kind };
    outbox::put(desk, tx, order.centre, &draft, ctx.now, |id, sequence| {
        serde_json::to_string(&callback(order, recorded, &codes, (id, sequence), ctx))
    })
}

/// 回调: a CloudEvent with what the hotline needs and nothing of the caller, whom it knows better.
fn callback(
    order: &WorkOrder,
    recorded: &Recorded<Event>,
    codes: &CodeMap,
    (id, sequence): (&str, u64),
    ctx: &Context<'_>,
) -> Value {
    let kind = recorded.event.kind();
    let mut data = json!({
        "external_no": order.external_no,
        "sequence": sequence,
        "kind": kind,
        "state": codes.state(order.state),
        "round": order.round,
        "due": order.due(ctx.calendar, ctx.today()),
    });
    if let (Some(data), Value::Object(said)) = (data.as_object_mut(), said(&recorded.event)) {
        data.extend(said);
    }
    json!({
        "specversion": "1.0",
        "id": id,
        "source": format!("urn:yichuang:{}", order.centre),
        "type": format!("cn.gov.yichuang.work_order.{kind}.v1"),
        "subject": order.external_no,
        "time": recorded.at,
        "datacontenttype": "application/json",
        "sequence": sequence.to_string(),
        "partitionkey": order.external_no,
        "data": data,
    })
}

fn said(event: &Event) -> Value {
    match event {
        Event::Returned { reason } | Event::Escalated { reason } => json!({ "reason": reason }),
        Event::ExtensionAsked { days, reason } => json!({ "days": days, "reason": reason }),
        Event::Assigned { to, .. } => json!({ "assigned_to": to }),
        Event::RouteTold { route, explanation } => json!({ "route": route, "answer": explanation }),
        Event::Answered { text } => json!({ "answer": text }),
        Event::Followed { milestone, .. } => json!({ "milestone": milestone }),
        Event::Merged { into } => json!({ "merged_into": into }),
        _ => json!({}),
    }
}
