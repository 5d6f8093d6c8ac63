//! 查看: lists, one impasse, its limits, its record, and the orders that wait for a department.

use std::sync::Arc;

use actix_web::{
    HttpRequest, get,
    http::header::IF_NONE_MATCH,
    web::{Data, Json},
};
use chrono::{Days, NaiveDate};
use escalation::{CategoryKind, Channel, Level, Order, State};
use kernel::{
    CaseId, DepartmentCode, Instant, PartyId,
    access::{Action, Sight, may},
    id::ImpasseId,
    ledger::Light,
};
use persistence::{
    Shard, StoreError,
    impasses::{self, Filter, TaskKey},
    parties, record,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{on_impasse::ImpasseInPath, speaker};
use crate::{
    auth::Caller,
    desk::Desk,
    edge::{PathId, Query, etag},
    impasses as desk_of_impasses,
    paging::{Listed, PageQuery, Paging, page_size},
    problem::{Answer, Error},
    reply::Reply,
    routes::cases::{
        PersonView, PersonalView, TimelineEntry, TimelineQuery, VerificationView, timeline_entry, verified,
    },
    schema,
    views::{
        Page,
        deadline::DeadlineView,
        impasse::{ImpasseLine, ImpasseView, deadline as deadline_of, shows_workings},
        order::OrderView,
    },
};

/// 办不成事列表的筛选
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImpasseFilter {
    #[param(schema_with = schema::variants::<State>)]
    state: Option<State>,
    #[param(schema_with = schema::variants::<Level>)]
    level: Option<Level>,
    #[param(schema_with = schema::variants::<CategoryKind>)]
    category: Option<CategoryKind>,
    #[param(schema_with = schema::variants::<Channel>)]
    channel: Option<Channel>,
    /// 承办或协办部门
    #[param(schema_with = schema::code::<40>)]
    department: Option<DepartmentCode>,
    #[param(schema_with = schema::id)]
    applicant: Option<PartyId>,
    /// 未办成的办件
    #[param(schema_with = schema::id)]
    failed_case: Option<CaseId>,
    #[param(schema_with = schema::variants::<Light>)]
    light: Option<Light>,
    /// 有待裁定的督办措施；只供工作人员筛选
    supervision_pending: Option<bool>,
    /// 岗位终止后职责回到窗口，或者交办单责任人离岗，尚无人接手；只供工作人员筛选
    returned: Option<bool>,
    /// 登记日期起，含当日
    #[param(schema_with = schema::day)]
    #[serde(default, deserialize_with = "crate::day::optional")]
    registered_from: Option<NaiveDate>,
    /// 登记日期止，含当日
    #[param(schema_with = schema::day)]
    #[serde(default, deserialize_with = "crate::day::optional")]
    registered_to: Option<NaiveDate>,
    /// 每页条数，默认20
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// 上一页返回的 next_cursor
    #[param(schema_with = schema::cursor)]
    cursor: Option<String>,
}

#[utoipa::path(
    tag = "办不成事", operation_id = "list_impasses", summary = "办不成事清单",
    description = "只列出调用者可见的事项，最新登记在前。状态为 closed_out 的即销号清单，carried 的为挂账；\
                   supervision_pending=true 的待改革办或督查科裁定督办，returned=true 的责任人已离岗、尚无人接手。Clauses D5-1, D7-1, D10-1.",
    params(ImpasseFilter), responses((status = 200, body = Page<ImpasseLine>, description = "一页事项"))
)]
#[get("/v1/impasses")]
pub async fn list(desk: Data<Desk>, caller: Caller, query: Query<ImpasseFilter>) -> Answer<Listed> {
    may(&caller, Action::ReadImpasse)?;
    let mut query = query.into_inner();
    if query.supervision_pending.is_some() && !shows_workings(&caller) {
        return Err(Error::parameter("supervision_pending", "只供工作人员筛选"));
    }
    if query.returned.is_some() && !shows_workings(&caller) {
        return Err(Error::parameter("returned", "只供工作人员筛选"));
    }
    let (limit, cursor) = (query.limit.take(), query.cursor.take());
    let paging = Paging::new(desk.secret(), "/v1/impasses", caller.scope(), &query, limit)?;
    let before: Option<ImpasseId> = paging.place(cursor.as_deref())?;
    let filter = Filter {
        state: query.state,
        level: query.level,
        category: query.category,
        channel: query.channel,
        department: query.department,
        applicant: query.applicant,
        failed_case: query.failed_case,
        light: query.light,
        supervision_pending: query.supervision_pending,
        returned: query.returned,
        registered_from: query.registered_from.map(Instant::midnight),
        registered_until: query.registered_to.and_then(|day| day.checked_add_days(Days::new(1))).map(Instant::midnight),
        open: false,
    };
    let at = Arc::clone(&desk);
    desk.store
        .read(move |connection| {
            let calendar = at.calendar(connection, caller.centre)?;
            let ctx = at.context(&caller, &calendar, at.now(caller.centre));
            let sight = caller.sight();
            let rows = impasses::list(connection, caller.centre, &sight, &filter, ctx.today(), before, paging.rows());
            let rows = rows.map_err(StoreError::from)?;
            paging.page(rows, |last| last.impasse.id, |row| ImpasseLine::of(&row, &ctx))
        })
        .await
}

#[utoipa::path(
    tag = "办不成事", operation_id = "read_impasse", summary = "查看办不成事事项",
    description = "办理经过、交办单、轮次和满意度，以及当前调用者可以进行的操作和不能进行的原因。Clauses A1-3, D6-1.",
    params(ImpasseInPath, ("If-None-Match" = Option<String>, Header, description = "已有的 ETag")),
    responses(
        (status = 200, body = ImpasseView, description = "事项", headers(("ETag" = String))),
        (status = 304, description = "没有变化；期限逐日变化，版本形成的次日起总给出全文")
    )
)]
#[get("/v1/impasses/{impasse}")]
pub async fn read(desk: Data<Desk>, caller: Caller, impasse: PathId<ImpasseId>, request: HttpRequest) -> Answer<Reply> {
    let known = request.headers().get(IF_NONE_MATCH).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
    desk.look_at_impasse(caller, impasse.0, Action::ReadImpasse, move |_, connection, loaded, ctx| {
        let version = loaded.impasse.version;
        let stream = [loaded.impasse.id.to_string()];
        // The limits move from day to day, the tag does not.
        if known.is_some_and(|known| known == etag(version))
            && record::is_of_day(connection, loaded.impasse.centre, &stream, ctx.today()).map_err(StoreError::from)?
        {
            return Ok(Reply::not_modified(version));
        }
        let speaker = speaker::shown(connection, &loaded.impasse, ctx.today())?;
        let item = desk_of_impasses::item_of(connection, ctx.actor, loaded.impasse.failed_case)?;
        ImpasseView { speaker, ..ImpasseView::of(loaded, item.as_ref(), ctx) }.reply(200)
    })
    .await
}

#[utoipa::path(
    tag = "办不成事", operation_id = "read_impasse_deadline", summary = "办不成事期限说明",
    description = "联系、备案、分类、办理、交办、征询、复核各期限，逐日说明为何计入或不计入。Clauses B5-2, D4-3.",
    params(ImpasseInPath), responses((status = 200, body = DeadlineView, description = "期限说明"))
)]
#[get("/v1/impasses/{impasse}/deadline")]
pub async fn deadline(desk: Data<Desk>, caller: Caller, impasse: PathId<ImpasseId>) -> Answer<Json<DeadlineView>> {
    desk.look_at_impasse(caller, impasse.0, Action::ReadImpasse, |_, _, loaded, ctx| {
        Ok(Json(deadline_of(&loaded.impasse, ctx)))
    })
    .await
}

#[utoipa::path(
    tag = "办不成事", operation_id = "read_impasse_timeline", summary = "办不成事办理过程",
    description = "全程记录，只增不改，逐条相连。申请人、对接系统和热线看不到提醒、督办和挂账审批等内部环节。Clause D6-1.",
    params(ImpasseInPath, TimelineQuery),
    responses((status = 200, body = Vec<TimelineEntry>, description = "办理过程"))
)]
#[get("/v1/impasses/{impasse}/timeline")]
pub async fn timeline(
    desk: Data<Desk>,
    caller: Caller,
    impasse: PathId<ImpasseId>,
    query: Query<TimelineQuery>,
) -> Answer<Json<Vec<TimelineEntry>>> {
    let limit = page_size(query.0.limit)?;
    let after = u64::from(query.0.after.unwrap_or(0));
    desk.look_at_impasse(caller, impasse.0, Action::ReadImpasse, move |_, connection, loaded, ctx| {
        let inside = shows_workings(ctx.actor);
        let without: &[&str] = if inside { &[] } else { &escalation::Event::INTERNAL };
        let (centre, id) = (ctx.actor.centre, loaded.impasse.id.to_string());
        let entries = record::timeline_without::<escalation::Event>(connection, centre, &id, without, after, limit);
        let entries = entries.map_err(StoreError::from)?.into_iter();
        let view = |entry: record::Entry<escalation::Event>| {
            let (label, document) = (entry.recorded.event.label(), entry.recorded.event.document().cloned());
            timeline_entry(entry, label, document, inside)
        };
        Ok(Json(entries.map(view).collect::<Answer<_>>()?))
    })
    .await
}

#[utoipa::path(
    tag = "办不成事", operation_id = "read_impasse_personal_data", summary = "查看反映人完整信息",
    description = "未脱敏，用于联系申请人和代表企业反映的人；每次查看都留下记录。",
    params(ImpasseInPath), responses((status = 200, body = PersonalView, description = "完整个人信息"))
)]
#[get("/v1/impasses/{impasse}/personal-data")]
pub async fn personal_data(desk: Data<Desk>, caller: Caller, impasse: PathId<ImpasseId>) -> Answer<Json<PersonalView>> {
    let id = impasse.0;
    may(&caller, Action::ReadApplicant)?;
    let now = desk.now(caller.centre);
    let shown = desk.store.write(Shard::of(&id), move |tx| {
        let loaded = desk_of_impasses::visible(tx.read(), &caller, id)?;
        let (centre, applicant) = (loaded.impasse.centre, loaded.impasse.applicant);
        impasses::disclose(tx.write(), centre, id, &caller.signature(), now).map_err(StoreError::from)?;
        let party = parties::find(tx.read(), centre, applicant).map_err(StoreError::from)?;
        let party = party.ok_or_else(|| Error::internal("an impasse without its applicant"))?;
        Ok::<_, Error>((party, speaker::of(tx.read(), &loaded.impasse)?))
    });
    let (applicant, speaker) = shown.await?;
    let contacts = speaker.map(|(_, party)| PersonView::instead("speaker", party));
    Ok(Json(PersonalView { applicant: PersonView::applicant(applicant), contacts: contacts.into_iter().collect() }))
}

#[utoipa::path(
    tag = "办不成事", operation_id = "verify_impasse_record", summary = "校验办不成事记录",
    description = "安全审计员逐条重算摘要，确认记录未被篡改、未被截断。Clause D6-1.",
    params(ImpasseInPath), responses((status = 200, body = VerificationView, description = "校验结果"))
)]
#[get("/v1/impasses/{impasse}/record-verification")]
pub async fn verify(desk: Data<Desk>, caller: Caller, impasse: PathId<ImpasseId>) -> Answer<Json<VerificationView>> {
    desk.look_at_impasse(caller, impasse.0, Action::VerifyRecord, |_, connection, loaded, ctx| {
        let it = &loaded.impasse;
        let found = record::verify(connection, ctx.actor.centre, &it.id.to_string()).map_err(StoreError::from)?;
        Ok(Json(verified(found, it.version, loaded.head)))
    })
    .await
}

/// 待办交办单
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderTask {
    pub impasse: ImpasseLine,
    /// The department that it waits for.
    pub department: String,
    /// Its open orders.
    pub orders: Vec<OrderView>,
}

#[utoipa::path(
    tag = "办不成事", operation_id = "list_order_tasks", summary = "待办交办单",
    description = "本部门承办或者协办、尚未办结的交办单，最紧的期限在前。Clauses D10-1, D13-1.",
    params(PageQuery), responses((status = 200, body = Page<OrderTask>, description = "一页待办"))
)]
#[get("/v1/assignment-orders")]
pub async fn orders(desk: Data<Desk>, caller: Caller, query: Query<PageQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadOrderTasks)?;
    let PageQuery { limit, cursor } = query.into_inner();
    let paging = Paging::new(desk.secret(), "/v1/assignment-orders", caller.scope(), &(), limit)?;
    let after: Option<(NaiveDate, ImpasseId, DepartmentCode)> = paging.place(cursor.as_deref())?;
    let after = after.map(|(due_on, impasse, department)| TaskKey { due_on, impasse, department });
    let departments = match caller.sight() {
        Sight::Departments(departments) => departments,
        _ => Vec::new(),
    };
    let at = Arc::clone(&desk);
    desk.store
        .read(move |connection| {
            let calendar = at.calendar(connection, caller.centre)?;
            let ctx = at.context(&caller, &calendar, at.now(caller.centre));
            let rows = impasses::tasks(connection, caller.centre, &departments, after.as_ref(), paging.rows());
            let rows = rows.map_err(StoreError::from)?;
            let place = |last: &impasses::Task| (last.key.due_on, last.key.impasse, last.key.department.clone());
            paging.page(rows, place, |task| {
                let it = &task.loaded.impasse;
                let its = |order: &&Order| order.departments().any(|department| *department == task.key.department);
                let open = it.open_orders().filter(its);
                OrderTask {
                    impasse: ImpasseLine::of(&task.loaded, &ctx),
                    department: task.key.department.to_string(),
                    orders: open.map(|order| OrderView::of(order, it, &ctx)).collect(),
                }
            })
        })
        .await
}
