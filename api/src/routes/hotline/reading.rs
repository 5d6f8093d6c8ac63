//! 查看工单: by the hotline its own, by the window or department that has it what is assigned to it, by the centre all.

use actix_web::{
    HttpResponse, get,
    http::header::ETAG,
    web::{Data, Json},
};
use escalation::hotline::{Event, ExternalNo, MessageKind, State, WorkOrder};
use kernel::{
    Action, Centre, Fact,
    access::may,
    id::{ImpasseId, WorkOrderId},
};
use persistence::{
    Connection, Shard, StoreError, Tx, outbox,
    record::{self, Entry},
    work_orders::{
        self, Filter,
        callers::{self, WorkOrderCaller},
        code_maps,
        deliveries::{self, Delivery},
    },
};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::{OfHotline, hotline_code, on_order::OrderInPath};
use crate::{
    auth::Caller,
    desk::Desk,
    edge::{PathId, Query, etag},
    hotline::{find, merged_under, survivor, whose},
    outbox::hotline_target,
    paging::{Listed, Paging},
    problem::{Answer, Error},
    reply::Reply,
    schema,
    views::{
        Page,
        impasse::shows_workings,
        work_order::{CallbackView, DeliveryLine, WorkOrderCallerView, WorkOrderEntry, WorkOrderLine, WorkOrderView},
    },
};

/// 工单筛选
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WorkOrderQuery {
    /// 热线代码
    #[param(min_length = 1, max_length = 64, pattern = "^[a-z0-9][a-z0-9_-]*$")]
    hotline: Option<String>,
    /// 工单状态
    #[param(schema_with = schema::variants::<State>)]
    state: Option<State>,
    /// 是否有待督查科处置的提级
    escalated: Option<bool>,
    /// 是否有待裁定的督办；只供工作人员筛选
    supervision_pending: Option<bool>,
    /// 是否超期：办理时限已过，尚未答复
    overdue: Option<bool>,
    /// 每页条数，默认20
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// 上一页返回的 next_cursor
    #[param(schema_with = schema::cursor)]
    cursor: Option<String>,
}

#[utoipa::path(
    tag = "热线", operation_id = "list_work_orders", summary = "工单列表",
    description = "新的在前。热线只见自己的，窗口和部门只见转办给自己的；escalated=true 的有待督查科处置的提级，supervision_pending=true 的待改革办或督查科裁定督办，overdue=true 的办理时限已过、尚未答复。Clauses D2-2, G3, rules L15 and L18.",
    params(WorkOrderQuery), responses((status = 200, body = Page<WorkOrderLine>, description = "一页工单"))
)]
#[get("/v1/hotline/work-orders")]
pub async fn list(desk: Data<Desk>, caller: Caller, query: Query<WorkOrderQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadWorkOrders)?;
    let mut query = query.into_inner();
    if query.supervision_pending.is_some() && !shows_workings(&caller) {
        return Err(Error::parameter("supervision_pending", "只供工作人员筛选"));
    }
    let (limit, cursor) = (query.limit.take(), query.cursor.take());
    let named = query.hotline.as_deref().map(hotline_code).transpose()?;
    let paging = Paging::new(desk.secret(), "/v1/hotline/work-orders", caller.scope(), &query, limit)?;
    let before: Option<WorkOrderId> = paging.place(cursor.as_deref())?;
    let filter = Filter {
        hotline: named,
        state: query.state,
        escalated: query.escalated,
        supervision_pending: query.supervision_pending,
        overdue: query.overdue,
    };
    let lister = desk.clone();
    desk.store
        .read(move |connection| {
            let calendar = lister.calendar(connection, caller.centre)?;
            let ctx = lister.context(&caller, &calendar, lister.now(caller.centre));
            let (sight, today) = (caller.sight(), ctx.today());
            let rows = work_orders::list(connection, caller.centre, &sight, &filter, today, before, paging.rows());
            let rows = rows.map_err(StoreError::from)?;
            paging.page(rows, |last| last.order.id, |row| WorkOrderLine::of(&row.order, &ctx))
        })
        .await
}

#[utoipa::path(
    tag = "热线", operation_id = "read_work_order", summary = "工单",
    description = "含时限、退单、延期、答复、三问、提醒、催办及其处置、督办、脱敏的来电人、并入本单的工单，以及本人现在可做什么。Clause D2-2, rule L18.",
    params(OrderInPath, OfHotline),
    responses((status = 200, body = WorkOrderView, description = "工单", headers(("ETag" = String))))
)]
#[get("/v1/hotline/work-orders/{external_no}")]
pub async fn read(
    desk: Data<Desk>,
    caller: Caller,
    number: PathId<String>,
    query: Query<OfHotline>,
) -> Answer<HttpResponse> {
    let (number, hotline) = named(&caller, &number, query, Action::ReadWorkOrders)?;
    let reader = desk.clone();
    let view = desk
        .store
        .read(move |connection| {
            let order = find(connection, &caller, Action::ReadWorkOrders, hotline.as_ref(), &number)?.order;
            let codes = code_maps::get(connection, order.centre, &order.hotline).map_err(StoreError::from)?;
            let calendar = reader.calendar(connection, caller.centre)?;
            let now = reader.now(caller.centre);
            let view = WorkOrderView::of(&order, &codes.map, &reader.context(&caller, &calendar, now));
            Ok::<_, Error>(WorkOrderView {
                caller: who_called(connection, &order)?.map(Into::into),
                followed_under: survivor(connection, &order)?.map(|number| number.to_string()),
                merged: merged_under(connection, &order)?.into_iter().map(Into::into).collect(),
                ..view
            })
        })
        .await?;
    Ok(HttpResponse::Ok().insert_header((ETAG, etag(view.version))).json(view))
}

/// 来电人, as the newest dispatch that has been dealt with says.
fn who_called(connection: &mut Connection, order: &WorkOrder) -> Answer<Option<WorkOrderCaller>> {
    let (centre, hotline, number) = (order.centre, &order.hotline, &order.external_no);
    let done = deliveries::position(connection, (centre, hotline, number)).map_err(StoreError::from)?.line.done;
    Ok(callers::newest(connection, centre, hotline, number, done).map_err(StoreError::from)?)
}

/// 来电人 of the work order that an impasse came as, and of those merged into it.
pub(in crate::routes) fn callers_of(
    connection: &mut Connection,
    centre: Centre,
    impasse: ImpasseId,
) -> Answer<Vec<WorkOrderCaller>> {
    let order = work_orders::of_impasse(connection, centre, impasse).map_err(StoreError::from)?;
    let Some(order) = order else { return Ok(Vec::new()) };
    let mut callers = Vec::new();
    for order in std::iter::once(&order.order).chain(&merged_under(connection, &order.order)?) {
        callers.extend(who_called(connection, order)?);
    }
    Ok(callers)
}

fn named(
    caller: &Caller,
    number: &PathId<String>,
    query: Query<OfHotline>,
    action: Action,
) -> Answer<(ExternalNo, Option<kernel::StaffCode>)> {
    may(caller, action)?;
    let number = number.0.parse().map_err(|_| Error::not_found())?;
    Ok((number, query.into_inner().code()?))
}

/// 续读: of a list that goes on after a number.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AfterQuery {
    /// 热线代码；不同热线编号相同时须指明
    #[param(min_length = 1, max_length = 64, pattern = "^[a-z0-9][a-z0-9_-]*$")]
    hotline: Option<String>,
    /// 从此号之后
    #[param(minimum = 0, maximum = 4294967295u32)]
    after: Option<u32>,
    /// 条数，默认20
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

impl AfterQuery {
    fn parts(self) -> Answer<(OfHotline, u64, i64)> {
        let limit = crate::paging::page_size(self.limit)?;
        Ok((OfHotline { hotline: self.hotline }, u64::from(self.after.unwrap_or(0)), limit))
    }
}

#[utoipa::path(
    tag = "热线", operation_id = "read_work_order_timeline", summary = "工单记录",
    description = "发生过什么，按版本；`after` 为已读到的版本。提醒和督办只供工作人员。Clause D6-1.",
    params(OrderInPath, AfterQuery),
    responses((status = 200, body = Vec<WorkOrderEntry>, description = "记录"))
)]
#[get("/v1/hotline/work-orders/{external_no}/timeline")]
pub async fn timeline(
    desk: Data<Desk>,
    caller: Caller,
    number: PathId<String>,
    query: Query<AfterQuery>,
) -> Answer<Json<Vec<WorkOrderEntry>>> {
    let (of, after, limit) = query.into_inner().parts()?;
    let (number, hotline) = named(&caller, &number, Query(of), Action::ReadWorkOrders)?;
    desk.store
        .read(move |connection| {
            let order = find(connection, &caller, Action::ReadWorkOrders, hotline.as_ref(), &number)?.order;
            let without: &[&str] = if shows_workings(&caller) { &[] } else { &Event::INTERNAL };
            let stream = order.id.to_string();
            let entries = record::timeline_without(connection, order.centre, &stream, without, after, limit);
            let entries = entries.map_err(StoreError::from)?.into_iter();
            Ok(Json(entries.map(entry).collect::<Answer<_>>()?))
        })
        .await
}

fn entry(Entry { digest, recorded, .. }: Entry<Event>) -> Answer<WorkOrderEntry> {
    Ok(WorkOrderEntry {
        version: recorded.version,
        kind: recorded.event.kind().to_owned(),
        at: recorded.at,
        role: recorded.by.role.into(),
        by: recorded.by.code,
        event: serde_json::to_value(&recorded.event).map_err(Error::internal)?,
        digest,
    })
}

#[utoipa::path(
    tag = "热线", operation_id = "list_work_order_deliveries", summary = "工单消息",
    description = "热线推送过的每个序号及其结果；暂存的也在其中，工单尚未派单时亦可查。Clause G3.",
    params(OrderInPath, AfterQuery),
    responses((status = 200, body = Vec<DeliveryLine>, description = "消息"))
)]
#[get("/v1/hotline/work-orders/{external_no}/deliveries")]
pub async fn list_deliveries(
    desk: Data<Desk>,
    caller: Caller,
    number: PathId<String>,
    query: Query<AfterQuery>,
) -> Answer<Json<Vec<DeliveryLine>>> {
    let (of, after, limit) = query.into_inner().parts()?;
    let (number, hotline) = named(&caller, &number, Query(of), Action::ReadWorkOrderExchange)?;
    desk.store
        .read(move |connection| {
            let hotline = whose(connection, &caller, hotline.as_ref(), &number)?;
            let key = (caller.centre, &hotline, &number);
            let found = deliveries::list(connection, key, after, limit).map_err(StoreError::from)?;
            if found.is_empty() && after == 0 {
                return Err(Error::not_found());
            }
            Ok(Json(found.into_iter().map(line).collect()))
        })
        .await
}

pub(super) fn line(it: Delivery) -> DeliveryLine {
    let said = it.answer.as_ref().and_then(|answer| serde_json::from_str::<serde_json::Value>(&answer.body).ok());
    let said = said.unwrap_or_default();
    let is_refused = it.answer.is_some_and(|answer| answer.status >= 400);
    let code = said["code"].as_str().filter(|_| is_refused).map(str::to_owned);
    let kind: MessageKind = it.kind;
    DeliveryLine {
        sequence: it.sequence,
        kind,
        label: kind.label(),
        state: it.state,
        code,
        speaker_awaited: said["speaker_awaited"] == true,
        received_at: it.received_at,
        settled_at: it.settled_at,
    }
}

#[utoipa::path(
    tag = "热线", operation_id = "list_work_order_callbacks", summary = "工单回调",
    description = "对热线的每次回调：是否送达、尝试次数、下次尝试。Clause G3.",
    params(OrderInPath, AfterQuery),
    responses((status = 200, body = Vec<CallbackView>, description = "回调"))
)]
#[get("/v1/hotline/work-orders/{external_no}/callbacks")]
pub async fn list_callbacks(
    desk: Data<Desk>,
    caller: Caller,
    number: PathId<String>,
    query: Query<AfterQuery>,
) -> Answer<Json<Vec<CallbackView>>> {
    let (of, after, limit) = query.into_inner().parts()?;
    let (number, hotline) = named(&caller, &number, Query(of), Action::ReadWorkOrderExchange)?;
    desk.store
        .read(move |connection| {
            let order = find(connection, &caller, Action::ReadWorkOrderExchange, hotline.as_ref(), &number)?.order;
            let target = hotline_target(&order.hotline);
            let letters = outbox::about(connection, order.centre, &target, number.as_str(), after, limit);
            Ok(Json(letters.map_err(StoreError::from)?.into_iter().map(CallbackView::from).collect()))
        })
        .await
}

#[utoipa::path(
    tag = "热线", operation_id = "read_work_order_caller", summary = "来电人",
    description = "完整个人信息，督查科和承办的窗口、部门可看；每次查看均留痕（网络数据安全管理条例第十二条）。Rule L18.",
    params(OrderInPath, OfHotline),
    responses((status = 200, body = WorkOrderCallerView, description = "来电人"))
)]
#[get("/v1/hotline/work-orders/{external_no}/caller")]
pub async fn read_caller(
    desk: Data<Desk>,
    caller: Caller,
    number: PathId<String>,
    query: Query<OfHotline>,
) -> Answer<Reply> {
    let (number, hotline) = named(&caller, &number, query, Action::ReadWorkOrderCaller)?;
    let now = desk.now(caller.centre);
    desk.store
        .write(Shard::of("hotline_disclosures"), move |tx: &mut Tx<'_>| {
            let order = find(tx.read(), &caller, Action::ReadWorkOrderCaller, hotline.as_ref(), &number)?.order;
            let found = who_called(tx.read(), &order)?.ok_or_else(Error::not_found)?;
            let body = serde_json::json!({ "work_order": order.id });
            let (kind, by) = ("work_order_caller_read", caller.signature());
            tx.note(order.centre, "hotline_disclosures", kind, now, &by, &body)?;
            Reply::json(200, &WorkOrderCallerView::from(found))
        })
        .await
}
