//! 暂存的消息: what a hotline pushed ahead of a number that has not come, of every work order (clause G3).

use actix_web::{get, web::Data};
use kernel::{Action, access::may};
use persistence::{StoreError, work_orders::deliveries};

use super::{
    callbacks::{WaitingQuery, meant},
    hotline_code,
    reading::line,
};
use crate::{
    auth::Caller,
    desk::Desk,
    edge::Query,
    paging::{Listed, Paging},
    problem::Answer,
    views::{Page, work_order::HeldMessageView},
};

#[utoipa::path(
    tag = "热线", operation_id = "list_held_messages", summary = "暂存的消息",
    description = "一条热线先于其前面的序号到达、尚未生效的全部消息，按工单和序号；所缺的序号补齐后即按序生效，不再列出。最早的一条超过一天即留痕，并在事件流告警（`messages_held`，每次积压一次；恢复后 `messages_caught_up`）。Clause G3.",
    params(WaitingQuery), responses((status = 200, body = Page<HeldMessageView>, description = "一页暂存的消息"))
)]
#[get("/v1/hotline/held-messages")]
pub async fn list(desk: Data<Desk>, caller: Caller, query: Query<WaitingQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadWorkOrderExchange)?;
    let mut query = query.into_inner();
    let (limit, cursor) = (query.limit.take(), query.cursor.take());
    let named = query.hotline.as_deref().map(hotline_code).transpose()?;
    let paging = Paging::new(desk.secret(), "/v1/hotline/held-messages", caller.scope(), &query, limit)?;
    let after: Option<(String, u64)> = paging.place(cursor.as_deref())?;
    let hotline = meant(&caller, named)?;
    desk.store
        .read(move |connection| {
            let rows = deliveries::list_held(connection, caller.centre, &hotline, after, paging.rows());
            let rows = rows.map_err(StoreError::from)?;
            let view = |(external_no, message)| HeldMessageView { external_no, message: line(message) };
            paging.page(rows, |(number, last)| (number.clone(), last.sequence), view)
        })
        .await
}
