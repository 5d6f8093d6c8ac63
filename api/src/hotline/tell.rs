use escalation::hotline::{CodeMap, Event, WorkOrder, ticket::Ticket};
use kernel::{Context, Fact, Recorded, StaffCode};
use persistence::{StoreError, Tx, work_orders::code_maps};
use serde_json::{Value, json};

use super::merging::merged_under;
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

/// Whether the hotline has said where it wants to be told.
fn is_called_back(desk: &Desk, code: &StaffCode) -> bool {
    let hotline = desk.settings.hotlines.iter().find(|hotline| hotline.code == *code);
    hotline.is_some_and(|hotline| !hotline.callback_url.is_empty())
}

fn is_told_anyway(event: &Event) -> bool {
    matches!(
        event,
        Event::ExtensionAsked { .. }
            | Event::Assigned { .. }
            | Event::ImpasseRegistered { .. }
            | Event::Followed { .. }
            | Event::EscalationDeclined { .. }
            | Event::DeadlinesMoved { .. }
    )
}

fn put(desk: &Desk, tx: &mut Tx<'_>, order: &WorkOrder, recorded: &Recorded<Event>, ctx: &Context<'_>) -> Answer<()> {
    if !is_called_back(desk, &order.hotline) {
        return Ok(());
    }
    let codes = code_maps::get(tx.read(), order.centre, &order.hotline).map_err(StoreError::from)?.map;
    let (target, kind) = (outbox::hotline_target(&order.hotline), recorded.event.kind());
    let draft = Draft { target: &target, ordering_key: order.external_no.as_str(), kind };
    let merged: Vec<String> =
        merged_under(tx.read(), order)?.into_iter().map(|merged| merged.external_no.to_string()).collect();
    outbox::put(desk, tx, order.centre, &draft, ctx.now, |id, sequence| {
        let mut callback = callback(order, recorded, &codes, (id, sequence), ctx);
        // What is said of it is the answer to each of them as well.
        if !merged.is_empty() {
            callback["data"]["merged"] = json!(merged);
        }
        callback
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
        Event::Returned { reason } | Event::EscalationDeclined { reason } => json!({ "reason": reason }),
        Event::ExtensionAsked { days, reason } => json!({ "days": days, "reason": reason }),
        Event::Assigned { to, .. } => json!({ "assigned_to": to }),
        Event::RouteTold { route, explanation } => json!({ "route": route, "answer": explanation }),
        Event::Answered { text } => json!({ "answer": text }),
        Event::Followed { milestone, .. } => json!({ "milestone": milestone }),
        Event::Merged { into } => json!({ "merged_into": into }),
        _ => json!({}),
    }
}

/// What a window passes on: the matter, and nothing of whoever came to the window.
pub(crate) fn tell_ticket(desk: &Desk, tx: &mut Tx<'_>, ticket: &Ticket) -> Answer<()> {
    let raised = &ticket.raised;
    if !is_called_back(desk, &raised.hotline) {
        return Ok(());
    }
    let (target, key) = (outbox::hotline_target(&raised.hotline), raised.id.to_string());
    let draft = Draft { target: &target, ordering_key: &key, kind: "ticket_raised" };
    outbox::put(desk, tx, raised.centre, &draft, ticket.at, |id, sequence| {
        json!({
            "specversion": "1.0",
            "id": id,
            "source": format!("urn:yichuang:{}", raised.centre),
            "type": "cn.gov.yichuang.hotline_ticket.ticket_raised.v1",
            "subject": key,
            "time": ticket.at,
            "datacontenttype": "application/json",
            "sequence": sequence.to_string(),
            "partitionkey": key,
            "data": {
                "ticket": key,
                "sequence": sequence,
                "kind": "ticket_raised",
                "state": ticket.state,
                "window": raised.window,
                "subject": raised.subject,
                "text": raised.text,
            },
        })
    })
}
