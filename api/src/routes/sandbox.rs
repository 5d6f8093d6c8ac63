//! 演练: centres of their own for integrators, test systems, and clocks that are moved forward to see limits run out.

use actix_web::{
    get, post,
    web::{Data, Json},
};
use kernel::{Action, Instant, access::may};
use serde::Deserialize;
use utoipa::ToSchema;

use super::hall::InCentre;
use crate::{
    auth::Caller,
    desk::Desk,
    edge::{Body, IdempotencyKey, Query},
    problem::{Answer, Error, Kind},
    reply::Reply,
    schema,
    views::{
        client::ClientView,
        sandbox::{ClockReading, SandboxCentreView},
    },
};

fn must_be_a_sandbox(desk: &Desk) -> Answer<()> {
    if desk.clock.is_movable() {
        Ok(())
    } else {
        Err(Error::of(Kind::Refused, "不是演练服务（serve --sandbox）"))
    }
}

#[utoipa::path(
    tag = "演练", operation_id = "read_clock", summary = "当前时刻", security(()),
    description = "一个中心的时钟；演练服务中，各中心的时钟各自拨动。公开。",
    params(InCentre), responses((status = 200, body = ClockReading, description = "当前时刻"))
)]
#[get("/v1/sandbox/clock")]
pub async fn read_clock(desk: Data<Desk>, query: Query<InCentre>) -> Answer<Json<ClockReading>> {
    let centre = query.0.or_default(&desk)?;
    Ok(Json(ClockReading { now: desk.now(centre), sandbox: desk.clock.is_movable() }))
}

/// 拨动时钟
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockRequest {
    /// 拨到; later than now, by ten years at the most.
    #[schema(schema_with = schema::instant)]
    to: Instant,
}

#[utoipa::path(
    tag = "演练", operation_id = "move_clock", summary = "拨快演练时钟",
    description = "仅演练服务（serve --sandbox），本中心的时钟。只能向前；返回时，到期的事项均已处理，其他进程一秒内跟上。",
    request_body = ClockRequest, responses((status = 200, body = ClockReading, description = "当前时刻"))
)]
#[post("/v1/sandbox/clock")]
pub async fn move_clock(desk: Data<Desk>, caller: Caller, body: Body<ClockRequest>) -> Answer<Json<ClockReading>> {
    const FURTHEST: chrono::Duration = chrono::Duration::days(3660);
    may(&caller, Action::MoveClock)?;
    must_be_a_sandbox(&desk)?;
    let to = body.value.to;
    let in_reach = to <= desk.clock.machine_now().plus(FURTHEST);
    if !in_reach || !desk.move_clock(caller.centre, to).await? {
        return Err(Error::of(Kind::Refused, "时钟只能向前拨，且不超过十年"));
    }
    desk.do_duties().await?;
    Ok(Json(ClockReading { now: desk.now(caller.centre), sandbox: true }))
}

#[utoipa::path(
    tag = "演练", operation_id = "open_sandbox_centre", summary = "开设演练中心",
    description = "仅演练服务。自成一体的空中心：参考目录、窗口、派驻齐全，时钟独立，并登记测试系统，密钥随答复给出。",
    params(IdempotencyKey), responses((status = 201, body = SandboxCentreView, description = "已开设"))
)]
#[post("/v1/sandbox/centres")]
pub async fn open_centre(desk: Data<Desk>, caller: Caller, key: IdempotencyKey) -> Answer<Reply> {
    may(&caller, Action::OpenCentre)?;
    must_be_a_sandbox(&desk)?;
    desk.open_centre(caller, key.stamp(None)).await
}

#[utoipa::path(
    tag = "演练", operation_id = "list_test_clients", summary = "测试系统",
    description = "仅演练服务。本中心的测试系统（适配器、前端、热线）及其密钥。",
    responses((status = 200, body = Vec<ClientView>, description = "测试系统"))
)]
#[get("/v1/sandbox/clients")]
pub async fn list_test_clients(desk: Data<Desk>, caller: Caller) -> Answer<Json<Vec<ClientView>>> {
    may(&caller, Action::OpenCentre)?;
    must_be_a_sandbox(&desk)?;
    Ok(Json(desk.test_clients(caller.centre).await?))
}
