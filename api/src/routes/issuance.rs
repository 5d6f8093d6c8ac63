//! 出件: the result and its way to the applicant (clauses B1-3, B2-6).

use actix_web::{
    HttpRequest, get, post, put,
    web::{Data, Json},
};
use casework::Command;
use catalog::DeliveryMethod;
use issuance::{Tracked, TrackingState};
use kernel::{Action, Instant, Refusal, Text, access::may};
use persistence::{StoreError, parties};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

use super::{
    identity::{AgentRequest, IdentityProof, proven},
    intake::ResultRequest,
    on_case::{CaseChanged, CaseInPath, OnCase},
    receipt::{RecipientRequest, recipient_for},
};
use crate::{
    auth::Caller,
    codes,
    desk::Desk,
    edge::{Body, PathId},
    problem::Answer,
    reply::Reply,
    schema,
};

/// 选择送达方式
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryChoice {
    #[schema(schema_with = schema::variants::<DeliveryMethod>)]
    method: DeliveryMethod,
    /// 收件人; required for courier and nothing else.
    #[serde(default)]
    recipient: Option<RecipientRequest>,
}

#[utoipa::path(
    tag = "出件", operation_id = "choose_delivery", summary = "选择送达方式",
    description = "送达前可变更送达方式；推荐邮寄送达。Clause B1-3.",
    params(OnCase), request_body = DeliveryChoice, responses(CaseChanged)
)]
#[put("/v1/cases/{case}/delivery")]
pub async fn choose_delivery(desk: Data<Desk>, on: OnCase, body: Body<DeliveryChoice>) -> Answer<Reply> {
    let Body { value, digest } = body;
    let recipient = recipient_for(value.method, value.recipient, "/recipient")?;
    desk.change(on.change(Action::ChooseDelivery, Some(digest)), move |matter| {
        matter.guard(Action::ChooseDelivery)?;
        if let Some(recipient) = &recipient {
            let (centre, case) = (matter.case.centre, matter.case.id);
            parties::put_contact(matter.tx.write(), centre, case, recipient).map_err(StoreError::from)?;
        }
        Ok(Command::ChooseDelivery { method: value.method })
    })
    .await
}

/// 出件
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssuanceRequest {
    /// 结果文书; for a grant and nothing else: of a refusal, the decision itself is delivered.
    #[serde(default)]
    result: Option<ResultRequest>,
}

#[utoipa::path(
    tag = "出件", operation_id = "issue_result", summary = "出件",
    description = "统一窗口出具结果文书：编号、有效期、摘要；不予许可的，出具不予许可决定书。Clause B1-1.",
    params(OnCase), request_body = IssuanceRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/result")]
pub async fn issue_result(desk: Data<Desk>, on: OnCase, body: Body<IssuanceRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    let command = Command::IssueResult(value.result.map(Into::into));
    desk.change(on.change(Action::IssueResult, Some(digest)), move |_| Ok(command.clone())).await
}

/// 窗口领取
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PickUpRequest {
    /// 领取码
    #[schema(value_type = String, min_length = 6, max_length = 6, pattern = "^[0-9]{6}$")]
    code: Text<6>,
    identity: IdentityProof,
    /// 代领人，出示本人证件和委托书; absent where the applicant or the contact collects.
    #[serde(default)]
    agent: Option<AgentRequest>,
}

#[utoipa::path(
    tag = "出件", operation_id = "hand_out_result", summary = "窗口领取",
    description = "核对领取码和证件后交付结果文书；代领人出示委托书，其身份另行登记。同一办件每分钟最多5次。Clause B2-6.",
    params(OnCase), request_body = PickUpRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/pick-up")]
pub async fn hand_out(desk: Data<Desk>, on: OnCase, body: Body<PickUpRequest>, request: HttpRequest) -> Answer<Reply> {
    let Body { value, digest } = body;
    let document = value.identity.checked("/identity", desk.now(on.caller.centre).day())?;
    let agent = value.agent.map(|agent| agent.checked(&document, &desk)).transpose()?;
    // Only whoever may hand it out at all uses an attempt up.
    may(&on.caller, Action::HandOut)?;
    desk.look(on.caller.clone(), on.case, Action::HandOut, |_, _, _, _| Ok(())).await?;
    desk.pick_up_by_case.check(&request, &on.case)?;
    let at = desk.clone();
    desk.change(on.change(Action::HandOut, Some(digest)), move |matter| {
        matter.guard(Action::HandOut)?;
        let expected = codes::pick_up_code(at.secret(), matter.case).unwrap_or_default();
        if !bool::from(expected.as_bytes().ct_eq(value.code.as_str().as_bytes())) {
            return Err(Refusal::new("pick_up_code_differs", "领取码不正确").into());
        }
        let collector = match &agent {
            Some(agent) => agent.collects(matter)?,
            None => proven(at.secret(), matter, &document)?,
        };
        Ok(Command::HandOut { collector })
    })
    .await
}

/// 领取码
#[derive(Debug, Serialize, ToSchema)]
pub struct PickUpCode {
    #[schema(example = "042719")]
    code: String,
    /// 领取窗口
    window: String,
}

#[utoipa::path(
    tag = "出件", operation_id = "read_pick_up_code", summary = "查看领取码",
    description = "只有申请人一方可以查看。Clause B2-6.",
    params(CaseInPath), responses((status = 200, body = PickUpCode, description = "领取码"))
)]
#[get("/v1/cases/{case}/pick-up-code")]
pub async fn pick_up_code(desk: Data<Desk>, caller: Caller, case: PathId<kernel::CaseId>) -> Answer<Json<PickUpCode>> {
    desk.look(caller, case.0, Action::ReadPickUpCode, |desk, _, loaded, _| {
        loaded.case.issuance.must_go_by(DeliveryMethod::PickUp)?;
        let code = codes::pick_up_code(desk.secret(), &loaded.case)
            .ok_or_else(|| Refusal::new("not_issued", "尚未出件，暂无领取码"))?;
        Ok(Json(PickUpCode { code, window: loaded.case.window.to_string() }))
    })
    .await
}

/// 寄出
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DispatchRequest {
    /// 承运人
    #[schema(schema_with = schema::text::<50>)]
    carrier: Text<50>,
    /// 运单号
    #[schema(schema_with = schema::text::<40>)]
    waybill: Text<40>,
}

#[utoipa::path(
    tag = "出件", operation_id = "dispatch_result", summary = "寄出",
    description = "交寄结果文书，登记运单号。Clause B1-3.",
    params(OnCase), request_body = DispatchRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/dispatch")]
pub async fn dispatch(desk: Data<Desk>, on: OnCase, body: Body<DispatchRequest>) -> Answer<Reply> {
    let Body { value: DispatchRequest { carrier, waybill }, digest } = body;
    let command = Command::Dispatch { carrier, waybill };
    desk.change(on.change(Action::Dispatch, Some(digest)), move |_| Ok(command.clone())).await
}

/// 物流状态
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrackingRequest {
    #[schema(schema_with = schema::variants::<TrackingState>)]
    state: TrackingState,
    /// When it happened, as the carrier says.
    #[schema(schema_with = schema::instant)]
    at: Instant,
    #[schema(schema_with = schema::some_text::<200>)]
    #[serde(default)]
    note: Option<Text<200>>,
}

#[utoipa::path(
    tag = "出件", operation_id = "track_parcel", summary = "物流更新",
    description = "登记承运人的物流状态；签收即为送达，退回的可重新交寄。Clause B1-3.",
    params(OnCase), request_body = TrackingRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/tracking")]
pub async fn track(desk: Data<Desk>, on: OnCase, body: Body<TrackingRequest>) -> Answer<Reply> {
    let Body { value: TrackingRequest { state, at, note }, digest } = body;
    let command = Command::Track(Tracked { state, at, note });
    desk.change(on.change(Action::Track, Some(digest)), move |_| Ok(command.clone())).await
}

/// 电子送达
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ElectronicDelivery {
    /// 送达凭据: where and how it was sent.
    #[schema(schema_with = schema::text::<200>)]
    receipt: Text<200>,
}

#[utoipa::path(
    tag = "出件", operation_id = "deliver_electronically", summary = "电子送达",
    params(OnCase), request_body = ElectronicDelivery, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/electronic-delivery")]
pub async fn deliver_electronically(desk: Data<Desk>, on: OnCase, body: Body<ElectronicDelivery>) -> Answer<Reply> {
    let Body { value, digest } = body;
    let command = Command::DeliverElectronically { receipt: value.receipt };
    desk.change(on.change(Action::DeliverElectronically, Some(digest)), move |_| Ok(command.clone())).await
}

#[utoipa::path(tag = "出件", operation_id = "close_case", summary = "办结归档", params(OnCase), responses(CaseChanged))]
#[post("/v1/cases/{case}/closure")]
pub async fn close(desk: Data<Desk>, on: OnCase) -> Answer<Reply> {
    desk.change(on.change(Action::Close, None), |_| Ok(Command::Close)).await
}
