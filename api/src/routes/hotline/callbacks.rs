//! 未送达的回调: what a hotline could not be told yet, of every work order and ticket, and sending it again (clause G3).

use actix_web::{get, post, web::Data};
use kernel::{Action, StaffCode, access::may};
use persistence::{Shard, StoreError, outbox::waiting};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::hotline_code;
use crate::{
    auth::Caller,
    desk::Desk,
    edge::{Body, IdempotencyKey, Query},
    outbox::hotline_target,
    paging::{Listed, Paging},
    problem::{Answer, Error},
    reply::Reply,
    schema,
    views::{Page, work_order::UndeliveredView},
};

/// 未送达的回调和暂存的消息的筛选
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WaitingQuery {
    /// 热线代码；督查科须指明，热线只见自己的
    #[param(min_length = 1, max_length = 64, pattern = "^[a-z0-9][a-z0-9_-]*$")]
    pub(super) hotline: Option<String>,
    /// 每页条数，默认20
    #[param(minimum = 1, maximum = 200)]
    pub(super) limit: Option<i64>,
    /// 上一页返回的 next_cursor
    #[param(schema_with = schema::cursor)]
    pub(super) cursor: Option<String>,
}

#[utoipa::path(
    tag = "热线", operation_id = "list_undelivered_callbacks", summary = "未送达的回调",
    description = "对一条热线尚未送达的全部回调，按工单和序号；不会放弃：前一天试十二次，此后每八小时一次，超过一天即留痕，并在事件流告警（`callbacks_overdue`，每次积压一次；恢复后 `callbacks_caught_up`）。Clause G3.",
    params(WaitingQuery), responses((status = 200, body = Page<UndeliveredView>, description = "一页未送达的回调"))
)]
#[get("/v1/hotline/callbacks")]
pub async fn list(desk: Data<Desk>, caller: Caller, query: Query<WaitingQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadWorkOrderExchange)?;
    let mut query = query.into_inner();
    let (limit, cursor) = (query.limit.take(), query.cursor.take());
    let named = query.hotline.as_deref().map(hotline_code).transpose()?;
    let paging = Paging::new(desk.secret(), "/v1/hotline/callbacks", caller.scope(), &query, limit)?;
    let after: Option<(String, u64)> = paging.place(cursor.as_deref())?;
    let target = hotline_target(&meant(&caller, named)?);
    desk.store
        .read(move |connection| {
            let rows = waiting::list(connection, caller.centre, &target, after, paging.rows());
            let rows = rows.map_err(StoreError::from)?;
            paging.page(rows, |last| (last.ordering_key.clone(), last.sequence), UndeliveredView::from)
        })
        .await
}

/// A hotline means itself.
pub(super) fn meant(caller: &Caller, named: Option<StaffCode>) -> Answer<StaffCode> {
    match (caller.client(), named) {
        (Some(own), Some(named)) if *own != named => Err(Error::not_found()),
        (Some(own), _) => Ok(own.clone()),
        (None, Some(named)) => Ok(named),
        (None, None) => Err(Error::parameter("hotline", "须指明热线")),
    }
}

/// 重发
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResendingRequest {
    /// 热线代码
    #[schema(schema_with = schema::code::<64>)]
    hotline: StaffCode,
}

/// 重发的回调数
#[derive(Debug, Serialize, ToSchema)]
pub struct ResendingView {
    pub hotline: String,
    /// Those that would have waited longer.
    pub hastened: usize,
}

#[utoipa::path(
    tag = "热线", operation_id = "resend_callbacks", summary = "重发未送达的回调",
    description = "对一条热线尚未送达的全部回调立即重试，仍按工单的次序。Clause G3.",
    params(IdempotencyKey), request_body = ResendingRequest,
    responses((status = 200, body = ResendingView, description = "立即重试的回调数"))
)]
#[post("/v1/hotline/callbacks/resending")]
pub async fn resend(
    desk: Data<Desk>,
    caller: Caller,
    key: IdempotencyKey,
    body: Body<ResendingRequest>,
) -> Answer<Reply> {
    may(&caller, Action::HandleWorkOrder)?;
    let Body { value: ResendingRequest { hotline }, digest } = body;
    desk.hotline(&hotline)?;
    let (centre, by) = (caller.centre, caller.signature());
    desk.once(caller, Shard::of("hotline_callbacks"), key.stamp(Some(digest)), move |desk, tx, _| {
        let hastened = desk.resend_callbacks(tx, centre, &hotline, &by)?;
        Reply::json(200, &ResendingView { hotline: hotline.to_string(), hastened })
    })
    .await
}
