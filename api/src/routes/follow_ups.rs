//! 回访计划 of the reform office (clause D8-1). The follow-ups themselves are done on the impasses.

use std::sync::Arc;

use actix_web::{get, post, web::Data};
use chrono::{Days, NaiveDate};
use escalation::{
    FollowUpWay,
    follow_up::{Extent, Plan, Planning},
};
use kernel::{
    Instant, WorkingDays,
    access::{Action, may},
    id::FollowUpPlanId,
};
use persistence::{Shard, StoreError, follow_ups};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    auth::Caller,
    desk::{Desk, recorded},
    edge::{Body, Fields, IdempotencyKey, PathId, Query},
    paging::{Listed, Paging},
    papers::Papers,
    problem::{Answer, Error},
    reply::Reply,
    schema,
    views::{
        Page,
        follow_up::{FollowUpPlanLine, FollowUpPlanView},
    },
};

/// 制定回访计划
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FollowUpPlanRequest {
    /// 销号日期起，含当日
    #[schema(schema_with = schema::day)]
    #[serde(deserialize_with = "crate::day::required")]
    from: NaiveDate,
    /// 销号日期止，含当日，不晚于今天
    #[schema(schema_with = schema::day)]
    #[serde(deserialize_with = "crate::day::required")]
    to: NaiveDate,
    /// 抽样件数; this or `percent`.
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 500, required = false)]
    #[serde(default, deserialize_with = "crate::bounds::some_within::<_, _, 1, 500>")]
    count: Option<u16>,
    /// 抽样百分比, rounded up.
    #[schema(value_type = Option<u8>, minimum = 1, maximum = 100, required = false)]
    #[serde(default, deserialize_with = "crate::bounds::some_within::<_, _, 1, 100>")]
    percent: Option<u8>,
    /// 回访方式
    #[schema(schema_with = schema::variants::<FollowUpWay>)]
    way: FollowUpWay,
    /// 完成时限（工作日）
    #[schema(value_type = u16, minimum = 1, maximum = 250)]
    #[serde(deserialize_with = "crate::bounds::days::<_, 250>")]
    days: WorkingDays,
}

impl FollowUpPlanRequest {
    fn extent(&self) -> Answer<Extent> {
        let mut fields = Fields::new();
        let extent = match (self.count, self.percent) {
            (Some(count), None) => Some(Extent::Count(count)),
            (None, Some(percent)) => Some(Extent::Percent(percent)),
            _ => {
                fields.refuse("/count", "invalid_value", "抽样件数和百分比须填写一项，且只填一项");
                None
            }
        };
        let (extent,) = fields.all((extent,))?;
        Ok(extent)
    }
}

#[utoipa::path(
    tag = "回访", operation_id = "plan_follow_ups", summary = "制定回访计划",
    description = "从期间已销号的事项中抽样。按“计划标识:事项标识”的 SHA-256 从小到大取前若干件：可以复算，不能挑选。\
                   Clause D8-1.",
    params(IdempotencyKey), request_body = FollowUpPlanRequest,
    responses((status = 201, body = FollowUpPlanView, description = "已制定", headers(("ETag" = String), ("Location" = String))))
)]
#[post("/v1/follow-up-plans")]
pub async fn draw(
    desk: Data<Desk>,
    caller: Caller,
    key: IdempotencyKey,
    body: Body<FollowUpPlanRequest>,
) -> Answer<Reply> {
    may(&caller, Action::PlanFollowUps)?;
    let Body { value, digest } = body;
    let extent = value.extent()?;
    let FollowUpPlanRequest { from, to, way, days, .. } = value;
    let (id, by) = (FollowUpPlanId::fresh(desk.now(caller.centre)), caller.clone());
    desk.once(by, Shard::of(&id), key.stamp(Some(digest)), move |desk, tx, now| {
        let centre = caller.centre;
        let calendar = desk.calendar(tx.read(), centre)?;
        let ctx = desk.context(&caller, &calendar, now);
        let planning = Planning { id, centre, from, to, extent, way, days };
        planning.must_have_a_period(&ctx)?;
        let until = Instant::midnight(to + Days::new(1));
        let closed_out = follow_ups::closed_out(tx.read(), centre, Instant::midnight(from), until);
        let closed_out = closed_out.map_err(StoreError::from)?;
        let event = Papers::with(tx, &ctx, |papers| planning.draw(&closed_out, papers, &ctx))?;
        let events = recorded(0, vec![event], &ctx);
        let plan = Plan::fold(&events).ok_or_else(|| Error::internal("an event begins no plan"))?;
        let wake_at = plan.wakes_at(&calendar, ctx.practice, now);
        let inserted = follow_ups::insert(tx.write(), &plan, &events, wake_at);
        tx.first(inserted)?;
        Ok(FollowUpPlanView::of(&plan, &ctx).reply(201)?.at(format!("/v1/follow-up-plans/{id}")))
    })
    .await
}

/// 回访计划列表的筛选
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FollowUpPlanQuery {
    /// 是否尚未完成
    open: Option<bool>,
    /// 每页条数，默认20
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// 上一页返回的 next_cursor
    #[param(schema_with = schema::cursor)]
    cursor: Option<String>,
}

#[utoipa::path(
    tag = "回访", operation_id = "list_follow_up_plans", summary = "回访计划列表",
    description = "最新的在前，含进度、是否逾期、发现问题的件数。Clause D8-1.",
    params(FollowUpPlanQuery), responses((status = 200, body = Page<FollowUpPlanLine>, description = "一页回访计划"))
)]
#[get("/v1/follow-up-plans")]
pub async fn list(desk: Data<Desk>, caller: Caller, query: Query<FollowUpPlanQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadFollowUps)?;
    let mut query = query.into_inner();
    let (limit, cursor) = (query.limit.take(), query.cursor.take());
    let paging = Paging::new(desk.secret(), "/v1/follow-up-plans", caller.scope(), &query, limit)?;
    let before: Option<FollowUpPlanId> = paging.place(cursor.as_deref())?;
    let at = Arc::clone(&desk);
    desk.store
        .read(move |connection| {
            let calendar = at.calendar(connection, caller.centre)?;
            let ctx = at.context(&caller, &calendar, at.now(caller.centre));
            let rows = follow_ups::list(connection, caller.centre, query.open, before, paging.rows());
            let rows = rows.map_err(StoreError::from)?;
            paging.page(rows, |last| last.plan.drawn.id, |row| FollowUpPlanLine::of(&row.plan, &ctx))
        })
        .await
}

#[utoipa::path(
    tag = "回访", operation_id = "read_follow_up_plan", summary = "查看回访计划",
    description = "样本、每件是否已回访、结论，以及恢复办理的。Clause D8-1.",
    params(("plan" = String, Path, format = Uuid, description = "回访计划标识")),
    responses((status = 200, body = FollowUpPlanView, description = "回访计划", headers(("ETag" = String))))
)]
#[get("/v1/follow-up-plans/{plan}")]
pub async fn read(desk: Data<Desk>, caller: Caller, plan: PathId<FollowUpPlanId>) -> Answer<Reply> {
    may(&caller, Action::ReadFollowUps)?;
    let at = Arc::clone(&desk);
    desk.store
        .read(move |connection| {
            let calendar = at.calendar(connection, caller.centre)?;
            let ctx = at.context(&caller, &calendar, at.now(caller.centre));
            let found = follow_ups::load(connection, caller.centre, plan.0).map_err(StoreError::from)?;
            FollowUpPlanView::of(&found.ok_or_else(Error::not_found)?.plan, &ctx).reply(200)
        })
        .await
}
