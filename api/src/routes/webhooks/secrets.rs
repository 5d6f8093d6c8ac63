//! 签名密钥: one follows another, and for a while both sign (Standard Webhooks).

use actix_web::{delete, post, web::Data};
use kernel::{EventId, Instant, Refusal, id::WebhookEndpointId};
use persistence::{StoreError, Tx, webhooks};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Change, with_secret};
use crate::{
    auth::Caller,
    desk::Desk,
    edge::{Body, IdempotencyKey, IfMatch, PathId},
    problem::{Answer, Error},
    reply::Reply,
    views::webhook::WebhookEndpointView,
};

/// How many secrets of one endpoint sign at the same time.
const LIVE_SECRETS: usize = 2;
/// The longest overlap, a week.
const LONGEST: u64 = 168;

/// 签发新密钥
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhookSecret {
    /// 原密钥继续签名的小时数，默认24
    #[schema(minimum = 0, maximum = 168)]
    #[serde(default = "a_day", deserialize_with = "crate::bounds::within::<_, _, 0, LONGEST>")]
    overlap_hours: u16,
}

fn a_day() -> u16 {
    24
}

#[utoipa::path(
    tag = "推送", operation_id = "issue_webhook_secret", summary = "签发新的签名密钥",
    description = "原密钥再签名一段时间，其间每次推送有两个签名，接收方可从容改用新的。",
    params(IdempotencyKey, IfMatch), request_body = NewWebhookSecret,
    responses((status = 200, body = WebhookEndpointView, description = "已签发", headers(("ETag" = String))))
)]
#[post("/v1/webhook-endpoints/{endpoint}/secrets")]
pub async fn issue(
    desk: Data<Desk>,
    caller: Caller,
    id: PathId<WebhookEndpointId>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<NewWebhookSecret>,
) -> Answer<Reply> {
    let (centre, overlap) = (caller.centre, chrono::Duration::hours(body.overlap_hours.into()));
    let stamp = key.stamp(Some(body.digest));
    let change = Change { caller, id: id.0, seen, stamp, kind: "webhook_secret_issued" };
    let by = move |tx: &mut Tx<'_>, endpoint: &mut webhooks::Endpoint, now: Instant| {
        let live = webhooks::secrets(tx.read(), centre, endpoint.id, now).map_err(StoreError::from)?;
        if live.len() >= LIVE_SECRETS {
            return Err(Refusal::new("two_secrets_live", "已有两个有效密钥，请先作废一个").into());
        }
        for old in live {
            webhooks::end_secret(tx.write(), centre, endpoint.id, &old.id, now.plus(overlap))
                .map_err(StoreError::from)?;
        }
        let secret = EventId::fresh(now);
        Ok(webhooks::add_secret(tx.write(), centre, endpoint.id, secret, now).map_err(StoreError::from)?)
    };
    let reply = change.by(&desk, by).await?;
    with_secret(&desk, centre, reply)
}

#[utoipa::path(
    tag = "推送", operation_id = "end_webhook_secret", summary = "作废签名密钥",
    params(
        ("endpoint" = String, Path, format = Uuid, description = "推送订阅"),
        ("webhook_secret" = String, Path, format = Uuid, description = "密钥标识"), IdempotencyKey, IfMatch
    ),
    responses((status = 200, body = WebhookEndpointView, description = "已作废", headers(("ETag" = String))))
)]
#[delete("/v1/webhook-endpoints/{endpoint}/secrets/{webhook_secret}")]
pub async fn end(
    desk: Data<Desk>,
    caller: Caller,
    path: PathId<(WebhookEndpointId, EventId)>,
    seen: IfMatch,
    key: IdempotencyKey,
) -> Answer<Reply> {
    let (centre, (id, secret)) = (caller.centre, path.0);
    let change = Change { caller, id, seen, stamp: key.stamp(None), kind: "webhook_secret_ended" };
    let by = move |tx: &mut Tx<'_>, endpoint: &mut webhooks::Endpoint, now: Instant| {
        let live = webhooks::secrets(tx.read(), centre, endpoint.id, now).map_err(StoreError::from)?;
        if live.iter().all(|live| live.id != secret.to_string()) {
            return Err(Error::not_found());
        }
        if live.len() == 1 {
            return Err(Refusal::new("last_secret", "这是唯一的密钥，请先签发新的").into());
        }
        webhooks::end_secret(tx.write(), centre, endpoint.id, &secret.to_string(), now).map_err(StoreError::from)?;
        Ok(())
    };
    change.by(&desk, by).await
}
