//! 推送: what was sent to an endpoint, or will be, and every attempt at it.

use actix_web::{get, web::Data};
use kernel::{Action, EventId, access::may, id::WebhookEndpointId};
use persistence::{
    StoreError,
    outbox::{self, Place, Progress, Stored},
};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::found;
use crate::{
    auth::Caller,
    desk::Desk,
    edge::{PathId, Query},
    outbox::webhook_target,
    paging::{Listed, Paging},
    problem::{Answer, Error},
    reply::Reply,
    schema,
    views::{
        Page,
        webhook::{AttemptView, DeliveryDetailView, WebhookDeliveryView},
    },
};

/// How many attempts are shown.
const SHOWN: i64 = 200;

/// 推送筛选
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveryQuery {
    /// 结果
    #[param(schema_with = schema::variants::<Progress>)]
    state: Option<String>,
    /// 每页条数，默认20
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// 上一页返回的 next_cursor
    #[param(schema_with = schema::cursor)]
    cursor: Option<String>,
}

#[utoipa::path(
    tag = "推送", operation_id = "list_webhook_deliveries", summary = "推送列表",
    description = "新的在前；同时写入的，后发生的在前。",
    params(DeliveryQuery), responses((status = 200, body = Page<WebhookDeliveryView>, description = "一页推送"))
)]
#[get("/v1/webhook-endpoints/{endpoint}/deliveries")]
pub async fn list(
    desk: Data<Desk>,
    caller: Caller,
    id: PathId<WebhookEndpointId>,
    query: Query<DeliveryQuery>,
) -> Answer<Listed> {
    may(&caller, Action::ReadWebhooks)?;
    let mut query = query.into_inner();
    let (limit, cursor) = (query.limit.take(), query.cursor.take());
    let state = query.state.as_deref().map(str::parse::<Progress>).transpose();
    let state = state.map_err(|_| Error::parameter("state", "应为 pending、delivered 或 failed"))?;
    let path = format!("/v1/webhook-endpoints/{}/deliveries", id.0);
    let paging = Paging::new(desk.secret(), path, caller.scope(), &query, limit)?;
    let before: Option<Place> = paging.place(cursor.as_deref())?;
    let listing = desk.store.read(move |connection| {
        let target = webhook_target(found(connection, &caller, id.0)?.id);
        let rows = outbox::list(connection, caller.centre, &target, state, before, paging.rows());
        paging.page(rows.map_err(StoreError::from)?, Stored::place, WebhookDeliveryView::from)
    });
    listing.await
}

#[utoipa::path(
    tag = "推送", operation_id = "read_webhook_delivery", summary = "查看推送",
    description = "含推送内容和每次尝试的结果。",
    params(
        ("endpoint" = String, Path, format = Uuid, description = "推送订阅"),
        ("delivery" = String, Path, format = Uuid, description = "推送")
    ),
    responses((status = 200, body = DeliveryDetailView, description = "推送"))
)]
#[get("/v1/webhook-endpoints/{endpoint}/deliveries/{delivery}")]
pub async fn read(desk: Data<Desk>, caller: Caller, path: PathId<(WebhookEndpointId, EventId)>) -> Answer<Reply> {
    may(&caller, Action::ReadWebhooks)?;
    let (id, delivery) = path.0;
    let reading = desk.store.read(move |connection| {
        let (centre, target) = (caller.centre, webhook_target(found(connection, &caller, id)?.id));
        let letter = outbox::find(connection, centre, &target, delivery).map_err(StoreError::from)?;
        let letter = letter.ok_or_else(Error::not_found)?;
        let log = outbox::attempts(connection, centre, letter.id, SHOWN).map_err(StoreError::from)?;
        let body = letter.body.clone();
        let log = log.into_iter().map(AttemptView::from).collect();
        Reply::json(200, &DeliveryDetailView { delivery: letter.into(), body, log })
    });
    reading.await
}
