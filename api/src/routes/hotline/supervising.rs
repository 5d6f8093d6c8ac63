//! 工单督办: the ladder of what is overdue with whoever it is assigned to, and the figures of what presses (rules L15, L16).

use actix_web::{
    get, post,
    web::{Data, Json},
};
use escalation::{
    Step,
    hotline::{Act, Command, Measure},
};
use kernel::{Action, Text, access::may, id::WorkOrderId};
use persistence::{StoreError, work_orders::figures};
use serde::Deserialize;
use utoipa::ToSchema;

use super::on_order::{OnOrder, OrderChanged};
use crate::{
    auth::Caller,
    desk::Desk,
    edge::{Body, PathId, Query},
    paging::{Listed, Paging},
    problem::{Answer, Error},
    reply::Reply,
    routes::register::{BATCH, FiguresQuery, PeriodPageQuery, period_of_figures},
    schema,
    views::{
        Page,
        work_order::{MeasureLine, MeasuresView, WorkOrderLine},
    },
};

/// 裁定工单督办
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkOrderSupervisionRequest {
    /// 拟采取的措施
    #[schema(schema_with = schema::variants::<Step>)]
    step: Step,
    /// 采取，或者不予采取
    taken: bool,
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
}

#[utoipa::path(
    tag = "热线", operation_id = "supervise_work_order", summary = "裁定对工单的督办",
    description = "转办的工单在到期前提醒承办单位，逾期次日发催办通知书并告知其负责人，尚未转办的提醒督查科并告知中心；逾期满5、10、15、20个工作日，依次拟书面批评、挂牌警示、点名通报、问责，\
                   由改革办或督查科逐项裁定采取与否。待裁定的见 `/v1/hotline/work-orders?supervision_pending=true`。\
                   已转为办不成事事项的，由该事项的督办带动。Clause D10-1, rules L15 and L16.",
    params(OnOrder), request_body = WorkOrderSupervisionRequest, responses(OrderChanged)
)]
#[post("/v1/hotline/work-orders/{external_no}/supervision")]
pub async fn supervise(desk: Data<Desk>, on: OnOrder, body: Body<WorkOrderSupervisionRequest>) -> Answer<Reply> {
    let Body { value: WorkOrderSupervisionRequest { step, taken, reason }, digest } = body;
    desk.change_work_order(on.change(Some(digest)), Act::RuleOnSupervision, move |_, _, _| {
        Ok(Command::RuleOnSupervision { step, taken, reason: reason.clone() })
    })
    .await
}

#[utoipa::path(
    tag = "热线", operation_id = "read_work_order_figures", summary = "工单督办统计",
    description = "期间的派单、提醒、催办通知书、热线催办及已处置的、热线提级、采取的督办措施，期末待裁定的督办。由记录算出，与当时一致。\
                   Rules L15 and L16.",
    params(FiguresQuery), responses((status = 200, body = MeasuresView, description = "统计"))
)]
#[get("/v1/hotline/figures")]
pub async fn read_figures(desk: Data<Desk>, caller: Caller, query: Query<FiguresQuery>) -> Answer<Json<MeasuresView>> {
    may(&caller, Action::ReadImpasseRegister)?;
    let (period, centre) = (query.into_inner().period()?, caller.centre);
    let (mut view, mut after) = (MeasuresView::of(period), None);
    loop {
        let batch = desk
            .store
            .read(move |connection| Ok::<_, StoreError>(figures::of_period(connection, centre, period, after, BATCH)?));
        let batch = batch.await?;
        let Some(last) = batch.last() else { return Ok(Json(view)) };
        after = Some(last.id);
        batch.iter().for_each(|order| view.add(order, period));
    }
}

#[utoipa::path(
    tag = "热线", operation_id = "list_work_orders_of_figure", summary = "指标所含工单",
    description = "一个指标由哪些工单构成，各计几次；合计等于统计中的数字。按派单到达先后，显示工单的现状。Rules L15 and L16.",
    params(("measure" = inline(MeasureName), Path, description = "指标"), PeriodPageQuery),
    responses((status = 200, body = Page<MeasureLine>, description = "一页工单"))
)]
#[get("/v1/hotline/figures/{measure}")]
pub async fn list_figure(
    desk: Data<Desk>,
    caller: Caller,
    measure: PathId<Measure>,
    query: Query<PeriodPageQuery>,
) -> Answer<Listed> {
    may(&caller, Action::ReadImpasseRegister)?;
    let measure = measure.0;
    let mut query = query.into_inner();
    let (limit, cursor) = (query.limit.take(), query.cursor.take());
    let period = period_of_figures(query.from, query.to)?;
    let path = format!("/v1/hotline/figures/{measure}");
    let paging = Paging::new(desk.secret(), path, caller.scope(), &query, limit)?;
    let mut after: Option<WorkOrderId> = paging.place(cursor.as_deref())?;
    let at = desk.clone();
    desk.store
        .read(move |connection| {
            let calendar = at.calendar(connection, caller.centre)?;
            let ctx = at.context(&caller, &calendar, at.now(caller.centre));
            let wanted = usize::try_from(paging.rows()).map_err(Error::internal)?;
            let mut found = Vec::new();
            while found.len() < wanted {
                let batch = figures::of_period(connection, caller.centre, period, after, BATCH);
                let batch = batch.map_err(StoreError::from)?;
                let Some(end) = batch.last() else { break };
                after = Some(end.id);
                let counted = batch.into_iter().map(|order| (measure.of(&order, period), order));
                found.extend(counted.filter(|(count, _)| *count > 0));
            }
            found.truncate(wanted);
            paging.page(
                found,
                |(_, order)| order.id,
                |(count, order)| MeasureLine { count, work_order: WorkOrderLine::of(&order, &ctx) },
            )
        })
        .await
}

/// 指标 in the path.
struct MeasureName;

impl utoipa::PartialSchema for MeasureName {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        schema::variants::<Measure>()
    }
}

impl utoipa::ToSchema for MeasureName {}
