//! 好差评: given by the applicant's side of their own accord, read back, and told to whoever is rated without telling them
//! who an anonymous one is from (clause B5-8).

use actix_web::{get, post, web::Data, web::Json};
use casework::{Command, MOST_TAGS, RatingChannel, RatingForm, RatingLevel, ServiceStage, is_rated};
use chrono::{Datelike, NaiveDate};
use kernel::{Action, CaseId, DepartmentCode, Instant, Text, WindowCode, access::may, id::RatingId};
use persistence::{
    StoreError,
    ratings::{self, Filter},
};
use serde::{Deserialize, Serialize};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{RefOr, Schema, schema::ArrayBuilder},
};

use super::on_case::{CaseChanged, CaseInPath, OnCase};
use crate::{
    auth::Caller,
    desk::{Desk, Matter},
    edge::{Body, PathId, Query},
    paging::{Listed, Paging},
    problem::Answer,
    ratings::anonymous_for,
    reply::Reply,
    schema,
    views::{
        Page,
        rating::{RatingLine, RatingView},
    },
};

/// 评价
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RatingRequest {
    /// 服务环节; one that has taken place.
    #[schema(schema_with = schema::variants::<ServiceStage>)]
    stage: ServiceStage,
    /// 满意度
    #[schema(schema_with = schema::variants::<RatingLevel>)]
    level: RatingLevel,
    /// 评价渠道
    #[schema(schema_with = schema::variants::<RatingChannel>)]
    channel: RatingChannel,
    /// 评价标签
    #[schema(schema_with = tags, required = false)]
    #[serde(default, deserialize_with = "crate::bounds::few::<_, _, _, 0, MOST_TAGS>")]
    tags: Vec<Text<20>>,
    /// 文字评价
    #[schema(schema_with = schema::some_text::<500>, required = false)]
    #[serde(default)]
    text: Option<Text<500>>,
    /// 匿名: the window and the department are not told of which case it is.
    #[serde(default)]
    #[schema(required = false)]
    anonymous: bool,
    /// 追评, of a stage that was rated once.
    #[serde(default)]
    #[schema(required = false)]
    additional: bool,
}

fn tags() -> RefOr<Schema> {
    ArrayBuilder::new().items(schema::text::<20>()).max_items(Some(MOST_TAGS)).into()
}

impl RatingRequest {
    fn form(&self, now: Instant) -> RatingForm {
        RatingForm {
            id: RatingId::fresh(if self.anonymous { month_of(now) } else { now }),
            stage: self.stage,
            additional: self.additional,
            level: self.level,
            tags: self.tags.clone(),
            text: self.text.clone(),
            channel: self.channel,
        }
    }
}

/// An id tells when it was made, and of an anonymous rating places in lists are made of it.
fn month_of(now: Instant) -> Instant {
    let day = now.day();
    Instant::midnight(day.with_day(1).unwrap_or(day))
}

#[utoipa::path(
    tag = "好差评", operation_id = "rate_case", summary = "评价",
    description = "申请人一方自愿评价，一个服务环节评价一次，可追评一次（`additional`）；评价不可更改，不设默认评价，办结后仍可评价。\
                   匿名的，窗口和承办部门看不到出自哪个办件：不入办理过程，办件的 `version` 和 `ETag` 不变；其追评也须匿名。Clause B5-8.",
    params(OnCase), request_body = RatingRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/ratings")]
pub async fn rate(desk: Data<Desk>, on: OnCase, body: Body<RatingRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    let change = on.change(Action::Rate, Some(digest));
    if value.anonymous {
        return desk.rate_anonymously(change, move |now| value.form(now)).await;
    }
    desk.change(change, move |matter| {
        let Matter { tx, case, ctx, .. } = matter;
        let anonymous = ratings::anonymous(tx.read(), case.centre, case.id).map_err(StoreError::from)?;
        Ok(Command::Rate { form: value.form(ctx.now), anonymous })
    })
    .await
}

#[utoipa::path(
    tag = "好差评", operation_id = "read_ratings", summary = "查看办件的评价",
    description = "按评价先后；匿名评价不向窗口和承办部门显示。Clause B5-8.",
    params(CaseInPath), responses((status = 200, body = Vec<RatingView>, description = "评价"))
)]
#[get("/v1/cases/{case}/ratings")]
pub async fn of_case(desk: Data<Desk>, caller: Caller, case: PathId<CaseId>) -> Answer<Json<Vec<RatingView>>> {
    desk.look(caller, case.0, Action::ReadCase, |_, connection, loaded, lens| {
        let (case, role) = (&loaded.case, lens.ctx.actor.role());
        Ok(Json(RatingView::all(case, role, &anonymous_for(connection, case, role)?)))
    })
    .await
}

/// 评价列表的筛选
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RatingQuery {
    /// 受理窗口
    #[param(schema_with = schema::code::<40>)]
    window: Option<WindowCode>,
    /// 承办部门
    #[param(schema_with = schema::code::<40>)]
    department: Option<DepartmentCode>,
    /// 满意度
    #[param(schema_with = schema::variants::<RatingLevel>)]
    level: Option<RatingLevel>,
    /// 只看差评（不满意、非常不满意）
    bad: Option<bool>,
    /// 评价日期起，含当日；窗口和部门按日期筛选时，结果不含匿名评价
    #[param(schema_with = schema::day)]
    #[serde(default, deserialize_with = "crate::day::optional")]
    since: Option<NaiveDate>,
    /// 每页条数，默认20
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// 上一页返回的 next_cursor
    #[param(schema_with = schema::cursor)]
    cursor: Option<String>,
}

#[utoipa::path(
    tag = "好差评", operation_id = "list_ratings", summary = "评价列表",
    description = "窗口看本窗口办件的，部门看本部门办件的，中心看全部；最新的在前，差评有标记。\
                   匿名评价对窗口和部门不显示办件、次数和日期，排序只到月，在当月其他评价之后。Clause B5-8.",
    params(RatingQuery), responses((status = 200, body = Page<RatingLine>, description = "一页评价"))
)]
#[get("/v1/ratings")]
pub async fn list(desk: Data<Desk>, caller: Caller, query: Query<RatingQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadRatings)?;
    let mut query = query.into_inner();
    let (limit, cursor) = (query.limit.take(), query.cursor.take());
    let paging = Paging::new(desk.secret(), "/v1/ratings", caller.scope(), &query, limit)?;
    let before: Option<RatingId> = paging.place(cursor.as_deref())?;
    // A day that it was given on or after would tell when an anonymous one was given.
    let by_name = query.since.is_some() && is_rated(caller.role());
    let filter = Filter {
        by_name,
        window: query.window,
        department: query.department,
        level: query.level,
        bad: query.bad.unwrap_or(false),
        since: query.since.map(Instant::midnight),
    };
    desk.store
        .read(move |connection| {
            let rows = ratings::list(connection, caller.centre, &caller.sight(), &filter, before, paging.rows());
            let rows = rows.map_err(StoreError::from)?;
            paging.page(rows, |last| last.id, |row| RatingLine::of(row, is_rated(caller.role())))
        })
        .await
}
