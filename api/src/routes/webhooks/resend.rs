//! 测试、重推、重放: an owner lets something be sent that would not be sent by itself, or not yet.

use actix_web::{post, web::Data};
use kernel::{Action, EventId, Instant, Refusal, access::may, id::WebhookEndpointId};
use persistence::{
    Shard, StoreError, Tx, feed,
    outbox::{self, Letter},
    webhooks::{self, Endpoint, State},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{found, shown};
use crate::{
    auth::Caller,
    desk::Desk,
    edge::{Body, IdempotencyKey, PathId, Stamp},
    feed::oldest,
    outbox::webhook_target,
    problem::{Answer, Error},
    reply::Reply,
    schema,
    views::{
        feed::FeedEventView,
        webhook::{WebhookDeliveryView, WebhookEndpointView},
    },
    webhooks::note,
};

/// 重放
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// 自此时刻: everything that its owner can see and that happened since.
    #[schema(schema_with = schema::instant)]
    from: Instant,
}

/// Something that is done to an endpoint as it is, once, and then looked for by the senders.
async fn once(
    desk: &Data<Desk>,
    caller: Caller,
    id: WebhookEndpointId,
    stamp: Option<Stamp>,
    act: impl Fn(&mut Tx<'_>, &Caller, Endpoint, Instant) -> Answer<Reply> + Send + 'static,
) -> Answer<Reply> {
    may(&caller, Action::EditWebhooks)?;
    desk.once(caller.clone(), Shard::of("webhooks"), stamp, move |desk, tx, now| {
        let endpoint = found(tx.read(), &caller, id)?;
        let reply = act(tx, &caller, endpoint, now)?;
        let wake = desk.outbox.wake();
        tx.on_commit(move || wake.notify_one());
        Ok(reply)
    })
    .await
}

fn answer(tx: &mut Tx<'_>, caller: &Caller, id: WebhookEndpointId, now: Instant) -> Answer<Reply> {
    let endpoint = found(tx.read(), caller, id)?;
    let version = endpoint.version;
    Ok(Reply::json(200, &shown(tx.read(), caller.centre, endpoint, now)?)?.tagged(version))
}

#[utoipa::path(
    tag = "推送", operation_id = "ping_webhook_endpoint", summary = "测试推送",
    description = "立即推送一个 `cn.gov.yichuang.webhook.ping.v1`；暂停推送中的也先试这一次。结果见该推送。",
    params(IdempotencyKey),
    responses((status = 201, body = WebhookDeliveryView, description = "已在推送", headers(("Location" = String))))
)]
#[post("/v1/webhook-endpoints/{endpoint}/ping")]
pub async fn ping(
    desk: Data<Desk>,
    caller: Caller,
    id: PathId<WebhookEndpointId>,
    key: IdempotencyKey,
) -> Answer<Reply> {
    let act = |tx: &mut Tx<'_>, caller: &Caller, endpoint: Endpoint, now: Instant| {
        if endpoint.state != State::Active {
            return Err(Refusal::new("endpoint_off", "推送订阅已停用，请先启用").into());
        }
        let (centre, id, target) = (caller.centre, EventId::fresh(now), webhook_target(endpoint.id));
        let event = FeedEventView::ping(id, endpoint.id, endpoint.version, centre, now);
        let body = serde_json::to_string(&event).map_err(Error::internal)?;
        // Of its own key, so that it waits for nothing and nothing for it.
        let key = id.to_string();
        let letter = Letter {
            id,
            message: Some(id),
            target: &target,
            ordering_key: &key,
            sequence: 1,
            kind: &event.r#type,
            body: &body,
        };
        if endpoint.probe_at.is_some() {
            // The probe takes what is due first, and that is due at once.
            outbox::put_first(tx.write(), centre, &letter, now).map_err(StoreError::from)?;
            webhooks::hold(tx.write(), centre, endpoint.id, now).map_err(StoreError::from)?;
        } else {
            outbox::put(tx.write(), centre, &letter, now).map_err(StoreError::from)?;
        }
        let letter = outbox::find(tx.read(), centre, &target, id).map_err(StoreError::from)?;
        let letter = letter.ok_or_else(Error::not_found)?;
        let place = format!("/v1/webhook-endpoints/{}/deliveries/{id}", endpoint.id);
        Ok(Reply::json(201, &WebhookDeliveryView::from(letter))?.at(place))
    };
    once(&desk, caller, id.0, key.stamp(None), act).await
}

#[utoipa::path(
    tag = "推送", operation_id = "replay_webhook_events", summary = "自某时刻起重放",
    description = "自该时刻起其可见的事件按事件流次序再推送一遍，已送达的也再送；`webhook-id` 不变，接收方据此识别。\
                   早于保留期的时刻为410 `cursor_too_old`，与事件流相同。",
    params(IdempotencyKey), request_body = Replay,
    responses((status = 200, body = WebhookEndpointView, description = "已开始", headers(("ETag" = String))))
)]
#[post("/v1/webhook-endpoints/{endpoint}/replay")]
pub async fn replay(
    desk: Data<Desk>,
    caller: Caller,
    id: PathId<WebhookEndpointId>,
    key: IdempotencyKey,
    body: Body<Replay>,
) -> Answer<Reply> {
    let (from, stamp) = (body.from, key.stamp(Some(body.digest)));
    let kept_since = desk.feed_kept_since(caller.centre);
    let act = move |tx: &mut Tx<'_>, caller: &Caller, endpoint: Endpoint, now: Instant| {
        let centre = caller.centre;
        if kept_since.is_some_and(|since| from < since) {
            return Err(Error::CursorTooOld { oldest: oldest(tx.read(), centre, kept_since)? });
        }
        let place = feed::place_before(tx.read(), centre, from).map_err(StoreError::from)?;
        webhooks::rewind(tx.write(), centre, endpoint.id, place).map_err(StoreError::from)?;
        note(tx, centre, &caller.signature(), "webhook_replayed", &endpoint, now)?;
        answer(tx, caller, endpoint.id, now)
    };
    once(&desk, caller, id.0, stamp, act).await
}

#[utoipa::path(
    tag = "推送", operation_id = "retry_webhook_deliveries", summary = "重推全部已放弃的",
    params(IdempotencyKey),
    responses((status = 200, body = WebhookEndpointView, description = "已开始", headers(("ETag" = String))))
)]
#[post("/v1/webhook-endpoints/{endpoint}/retry")]
pub async fn retry_all(
    desk: Data<Desk>,
    caller: Caller,
    id: PathId<WebhookEndpointId>,
    key: IdempotencyKey,
) -> Answer<Reply> {
    let act = |tx: &mut Tx<'_>, caller: &Caller, endpoint: Endpoint, now: Instant| {
        let target = webhook_target(endpoint.id);
        outbox::retry_all(tx.write(), caller.centre, &target, now).map_err(StoreError::from)?;
        answer(tx, caller, endpoint.id, now)
    };
    once(&desk, caller, id.0, key.stamp(None), act).await
}

#[utoipa::path(
    tag = "推送", operation_id = "retry_webhook_delivery", summary = "重推一个",
    description = "不论此前结果，再推送一次。",
    params(
        ("endpoint" = String, Path, format = Uuid, description = "推送订阅"),
        ("delivery" = String, Path, format = Uuid, description = "推送"), IdempotencyKey
    ),
    responses((status = 200, body = WebhookDeliveryView, description = "已在推送"))
)]
#[post("/v1/webhook-endpoints/{endpoint}/deliveries/{delivery}/retry")]
pub async fn retry(
    desk: Data<Desk>,
    caller: Caller,
    path: PathId<(WebhookEndpointId, EventId)>,
    key: IdempotencyKey,
) -> Answer<Reply> {
    let (id, delivery) = path.0;
    let act = move |tx: &mut Tx<'_>, caller: &Caller, endpoint: Endpoint, now: Instant| {
        let (centre, target) = (caller.centre, webhook_target(endpoint.id));
        let letter = outbox::find(tx.read(), centre, &target, delivery).map_err(StoreError::from)?;
        letter.ok_or_else(Error::not_found)?;
        outbox::retry(tx.write(), centre, &target, delivery, now).map_err(StoreError::from)?;
        let letter = outbox::find(tx.read(), centre, &target, delivery).map_err(StoreError::from)?;
        Reply::json(200, &WebhookDeliveryView::from(letter.ok_or_else(Error::not_found)?))
    };
    once(&desk, caller, id, key.stamp(None), act).await
}
