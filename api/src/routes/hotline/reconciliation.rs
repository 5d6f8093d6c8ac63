//! 对账: both sides compared for a period (clause G3).

use std::collections::BTreeMap;

use actix_web::{
    post,
    web::{Data, Json},
};
use escalation::hotline::ExternalNo;
use kernel::{Action, Instant, StaffCode, Text, access::may};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    auth::Caller,
    desk::Desk,
    edge::{Body, Fields, IdempotencyKey},
    hotline::{MOST_RECONCILED, Period, Theirs, reconcile},
    problem::{Answer, Error},
    schema,
    views::work_order::DifferenceView,
};

/// 对方清单 of the orders it dispatched in the period.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReconciliationRequest {
    /// 热线代码; named by the supervision section, one's own otherwise.
    #[schema(schema_with = schema::some_code::<64>)]
    #[serde(default)]
    hotline: Option<StaffCode>,
    /// 派单时间起
    #[schema(schema_with = schema::instant)]
    from: Instant,
    /// 派单时间止, not included.
    #[schema(schema_with = schema::instant)]
    until: Instant,
    #[schema(max_items = 2000)]
    #[serde(deserialize_with = "crate::bounds::few::<_, _, _, 0, MOST_RECONCILED>")]
    orders: Vec<TheirOrder>,
}

/// 对方的一张工单
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TheirOrder {
    #[schema(value_type = String, min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    external_no: ExternalNo,
    /// 状态代码
    #[schema(schema_with = schema::text::<64>)]
    state: Text<64>,
    /// The last number given to a message of it.
    #[schema(minimum = 1, maximum = 1_000_000)]
    #[serde(deserialize_with = "crate::bounds::within::<_, _, 1, 1_000_000>")]
    sequence: u64,
}

/// 对账结果
#[derive(Debug, Serialize, ToSchema)]
pub struct ReconciliationView {
    pub hotline: String,
    /// 我方工单数 of the period.
    pub ours: usize,
    /// 对方工单数
    pub theirs: usize,
    /// 比对单数: orders that either side has.
    pub compared: usize,
    pub agreed: bool,
    pub differences: Vec<DifferenceView>,
}

#[utoipa::path(
    tag = "热线", operation_id = "reconcile_work_orders", summary = "工单对账",
    description = "提交对方某一时段的工单清单，返回两边不一致之处：缺单、状态不一、序号不一、每单第一条暂存的消息、第一次未送达的回调，以及比对了多少单。一方超过2000单的不作部分比对：拒绝（`period_too_long`），请缩短时段。不改变任何数据。Clause G3.",
    params(IdempotencyKey), request_body = ReconciliationRequest,
    responses((status = 200, body = ReconciliationView, description = "对账结果"))
)]
#[post("/v1/hotline/reconciliations")]
pub async fn compare(
    desk: Data<Desk>,
    caller: Caller,
    _key: IdempotencyKey,
    body: Body<ReconciliationRequest>,
) -> Answer<Json<ReconciliationView>> {
    may(&caller, Action::ReconcileWorkOrders)?;
    let ReconciliationRequest { hotline, from, until, orders } = body.into_inner();
    let mut fields = Fields::new();
    if until <= from {
        fields.refuse("/until", "invalid_value", "应晚于 from");
    }
    if hotline.is_none() && caller.client().is_none() {
        fields.refuse("/hotline", "required", "须指明热线");
    }
    let theirs = orders.len();
    let mut listed = BTreeMap::new();
    for (at, TheirOrder { external_no, state, sequence }) in orders.into_iter().enumerate() {
        if listed.insert(external_no, Theirs { state: state.to_string(), sequence }).is_some() {
            fields.refuse(format!("/orders/{at}/external_no"), "duplicate", "编号重复");
        }
    }
    fields.finish()?;
    let hotline = match (caller.client(), hotline) {
        (Some(own), Some(named)) if *own != named => return Err(Error::not_found()),
        (Some(own), _) => own.clone(),
        (None, named) => named.ok_or_else(Error::not_found)?,
    };
    desk.hotline(&hotline)?;
    let (centre, of) = (caller.centre, hotline.clone());
    let differences =
        desk.store.read(move |connection| reconcile(connection, centre, &of, Period { from, until }, &listed)).await?;
    let (ours, compared, found) = (differences.ours, differences.compared, differences.found);
    let hotline = hotline.to_string();
    Ok(Json(ReconciliationView { hotline, ours, theirs, compared, agreed: found.is_empty(), differences: found }))
}
