//! 期限重算: how far it is, and what moved (rules L1, L12; user asks 1 and 18).

use actix_web::{
    get,
    web::{Data, Json},
};
use casework::package::PackageMove;
use kernel::{Action, Instant, access::may, ledger::LimitKind};
use persistence::{
    StoreError,
    packages::moves as packages,
    recomputations::{self, Moved, MovedKey, Recomputation},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    auth::Caller,
    desk::Desk,
    edge::{PathId, Query},
    paging::{Listed, PageQuery, Paging},
    problem::{Answer, Error},
    schema,
    views::Page,
};

/// 期限重算
#[derive(Debug, Serialize, ToSchema)]
pub struct RecomputationView {
    #[schema(schema_with = schema::id)]
    pub id: String,
    pub cause: String,
    /// 该次安排生效的时刻
    #[schema(schema_with = schema::instant)]
    pub started_at: Instant,
    /// Absent while it is going on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub finished_at: Option<Instant>,
    /// 已检查的办件、办不成事事项、回访计划和工单，该次安排生效后才有的不计
    pub examined: u64,
    /// 其中期限有变动的
    pub moved: u64,
}

impl From<Recomputation> for RecomputationView {
    fn from(it: Recomputation) -> Self {
        let Recomputation { id, cause, started_at, finished_at, examined, moved, .. } = it;
        Self { id: id.to_string(), cause, started_at, finished_at, examined, moved }
    }
}

/// 变动的期限, of a case, an impasse, a follow-up plan or a work order.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovedView {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::id)]
    pub case: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::id)]
    pub impasse: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::id)]
    pub follow_up_plan: Option<String>,
    /// 12345工单
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::id)]
    pub work_order: Option<String>,
    /// 交办单序号, where it is the limit of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<u32>,
    #[schema(schema_with = schema::variants::<LimitKind>)]
    pub limit: LimitKind,
    #[schema(value_type = String)]
    pub label: &'static str,
    /// 参与部门, where it is the limit of its answer to a transfer, of its opinion or of its findings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// 特别程序告知书编号, where it is the time that the notice says the procedure needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub procedure: Option<String>,
    #[schema(schema_with = schema::day)]
    pub due_before: chrono::NaiveDate,
    #[schema(schema_with = schema::day)]
    pub due_after: chrono::NaiveDate,
    pub provisional_before: bool,
    pub provisional_after: bool,
}

impl From<Moved> for MovedView {
    fn from(it: Moved) -> Self {
        let id = |kind| (it.of.kind() == kind).then(|| it.of.id());
        Self {
            case: id("case"),
            impasse: id("impasse"),
            follow_up_plan: id("follow_up_plan"),
            work_order: id("work_order"),
            order: it.order,
            limit: it.limit,
            label: it.limit.label(),
            department: it.department.as_ref().map(ToString::to_string),
            procedure: it.procedure,
            due_before: it.due_before,
            due_after: it.due_after,
            provisional_before: it.provisional_before,
            provisional_after: it.provisional_after,
        }
    }
}

#[utoipa::path(
    tag = "日历", operation_id = "list_recomputations", summary = "期限重算列表",
    description = "放假安排变动后，所有未结期限在后台重新计算，最新的在前。",
    params(PageQuery), responses((status = 200, body = Page<RecomputationView>, description = "一页期限重算"))
)]
#[get("/v1/calendar/recomputations")]
pub async fn list(desk: Data<Desk>, caller: Caller, query: Query<PageQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadRecomputations)?;
    let PageQuery { limit, cursor } = query.into_inner();
    let paging = Paging::new(desk.secret(), "/v1/calendar/recomputations", caller.scope(), &(), limit)?;
    let before: Option<Uuid> = paging.place(cursor.as_deref())?;
    desk.store
        .read(move |connection| {
            let rows = recomputations::list(connection, caller.centre, before, paging.rows());
            paging.page(rows.map_err(StoreError::from)?, |last| last.id, RecomputationView::from)
        })
        .await
}

#[utoipa::path(
    tag = "日历", operation_id = "read_recomputation", summary = "期限重算进度",
    params(("recomputation" = Uuid, Path, description = "重算标识")),
    responses((status = 200, body = RecomputationView, description = "进度"))
)]
#[get("/v1/calendar/recomputations/{recomputation}")]
pub async fn read(desk: Data<Desk>, caller: Caller, id: PathId<Uuid>) -> Answer<Json<RecomputationView>> {
    may(&caller, Action::ReadRecomputations)?;
    let found = desk
        .store
        .read(move |connection| Ok::<_, StoreError>(recomputations::get(connection, caller.centre, id.0)?))
        .await?;
    Ok(Json(found.ok_or_else(Error::not_found)?.into()))
}

#[utoipa::path(
    tag = "日历", operation_id = "list_moved_limits", summary = "变动的期限",
    description = "办件及其特别程序、办不成事事项及其交办单、回访计划、12345工单，逐件列出该次安排使其变动的到期日：之前按前一次安排，之后按该次安排；\
                   生效后才起算的不在其中。以小时计的退单时限不随日历变动。",
    params(("recomputation" = Uuid, Path, description = "重算标识"), PageQuery),
    responses((status = 200, body = Page<MovedView>, description = "一页变动的期限"))
)]
#[get("/v1/calendar/recomputations/{recomputation}/moves")]
pub async fn moves(desk: Data<Desk>, caller: Caller, id: PathId<Uuid>, query: Query<PageQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadRecomputations)?;
    let PageQuery { limit, cursor } = query.into_inner();
    let path = format!("/v1/calendar/recomputations/{}/moves", id.0);
    let paging = Paging::new(desk.secret(), path, caller.scope(), &(), limit)?;
    let after: Option<MovedKey> = paging.place(cursor.as_deref())?;
    desk.store
        .read(move |connection| {
            let known = recomputations::get(connection, caller.centre, id.0).map_err(StoreError::from)?;
            known.ok_or_else(Error::not_found)?;
            let rows = recomputations::moves(connection, caller.centre, id.0, after.as_ref(), paging.rows());
            paging.page(rows.map_err(StoreError::from)?, |last| last.key(), MovedView::from)
        })
        .await
}

/// 变动的套餐时限
#[derive(Debug, Serialize, ToSchema)]
pub struct PackageMovedView {
    /// 套餐申请
    #[schema(schema_with = schema::id)]
    pub application: String,
    /// The member whose expected date it is; absent of the end of the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    #[schema(schema_with = schema::day)]
    pub due_before: chrono::NaiveDate,
    #[schema(schema_with = schema::day)]
    pub due_after: chrono::NaiveDate,
    pub provisional_before: bool,
    pub provisional_after: bool,
}

impl From<packages::Moved> for PackageMovedView {
    fn from(it: packages::Moved) -> Self {
        let PackageMove { item, before, after } = it.moved;
        Self {
            application: it.application.to_string(),
            item: item.map(|it| it.to_string()),
            due_before: before.date,
            due_after: after.date,
            provisional_before: before.provisional,
            provisional_after: after.provisional,
        }
    }
}

#[utoipa::path(
    tag = "日历", operation_id = "list_moved_packages", summary = "变动的套餐时限",
    description = "逐件列出套餐申请自身日期（全部办结的日期和各事项的预计日期）变动前后。已起算的期限见其办件。\
                   每件有变动的另有一个事件告知看得到它的人。Clause C1-1.",
    params(("recomputation" = Uuid, Path, description = "重算标识"), PageQuery),
    responses((status = 200, body = Page<PackageMovedView>, description = "一页变动的套餐时限"))
)]
#[get("/v1/calendar/recomputations/{recomputation}/package-moves")]
pub async fn package_moves(
    desk: Data<Desk>,
    caller: Caller,
    id: PathId<Uuid>,
    query: Query<PageQuery>,
) -> Answer<Listed> {
    may(&caller, Action::ReadRecomputations)?;
    let PageQuery { limit, cursor } = query.into_inner();
    let path = format!("/v1/calendar/recomputations/{}/package-moves", id.0);
    let paging = Paging::new(desk.secret(), path, caller.scope(), &(), limit)?;
    let after: Option<packages::MovedKey> = paging.place(cursor.as_deref())?;
    desk.store
        .read(move |connection| {
            let known = recomputations::get(connection, caller.centre, id.0).map_err(StoreError::from)?;
            known.ok_or_else(Error::not_found)?;
            let rows = packages::list(connection, caller.centre, id.0, after.as_ref(), paging.rows());
            paging.page(rows.map_err(StoreError::from)?, |last| last.key(), PackageMovedView::from)
        })
        .await
}
