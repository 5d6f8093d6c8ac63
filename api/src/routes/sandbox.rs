//! 演练: the clock of a sandbox, which integrators and demonstrations move forward to see limits run out.

use actix_web::{
    get, post,
    web::{Data, Json},
};
use kernel::{Action, Instant, access::may};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    auth::Caller,
    desk::Desk,
    edge::Body,
    problem::{Answer, Error, Kind},
    schema,
};

/// 时钟
#[derive(Debug, Serialize, ToSchema)]
pub struct ClockReading {
    #[schema(schema_with = schema::instant)]
    pub now: Instant,
    /// 是否演练
    pub sandbox: bool,
}

#[utoipa::path(
    tag = "演练", operation_id = "read_clock", summary = "当前时刻", security(()),
    description = "服务的时钟；演练服务的时钟可能已经拨快。公开。",
    responses((status = 200, body = ClockReading, description = "当前时刻"))
)]
#[get("/v1/clock")]
pub async fn read_clock(desk: Data<Desk>) -> Json<ClockReading> {
    Json(ClockReading { now: desk.now(), sandbox: desk.clock.is_movable() })
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
    description = "仅演练服务（serve --sandbox）。只能向前；返回时，到期的事项均已处理。",
    request_body = ClockRequest, responses((status = 200, body = ClockReading, description = "当前时刻"))
)]
#[post("/v1/clock")]
pub async fn move_clock(desk: Data<Desk>, caller: Caller, body: Body<ClockRequest>) -> Answer<Json<ClockReading>> {
    const FURTHEST: chrono::Duration = chrono::Duration::days(3660);
    may(&caller, Action::MoveClock)?;
    if !desk.clock.is_movable() {
        return Err(Error::of(Kind::Refused, "不是演练服务，时钟不能拨动"));
    }
    let to = body.value.to;
    let in_reach = to <= desk.clock.machine_now().plus(FURTHEST);
    if !in_reach || !desk.clock.move_to(to).map_err(Error::internal)? {
        return Err(Error::of(Kind::Refused, "时钟只能向前拨，且不超过十年"));
    }
    desk.do_duties().await?;
    Ok(Json(ClockReading { now: desk.now(), sandbox: true }))
}
