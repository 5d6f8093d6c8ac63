//! 交办单: issued, acknowledged, done and signed (clause D13-1, rule L15).

use actix_web::{post, web::Data};
use escalation::{Basis, Command, OrderTerms, Step};
use kernel::{Action, DepartmentCode, Role, StaffCode, Text, WorkingDays};
use persistence::{StoreError, hall};
use serde::Deserialize;
use utoipa::ToSchema;

use super::on_impasse::{ImpasseChanged, OnImpasse, OnOrder};
use crate::{
    desk::Desk,
    edge::Body,
    impasses::ImpasseMatter,
    problem::Answer,
    reply::Reply,
    routes::{routing::not_a_colleague, transfer::must_be_known},
    schema,
};

/// 交办
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderRequest {
    /// 承办部门
    #[schema(schema_with = schema::code::<40>)]
    department: DepartmentCode,
    /// 协办部门
    #[schema(schema_with = schema::codes::<40>, required = false)]
    #[serde(default, deserialize_with = "crate::bounds::few::<_, _, _, 0, 50>")]
    with: Vec<DepartmentCode>,
    /// 交办事项
    #[schema(schema_with = schema::text::<2000>)]
    matter: Text<2000>,
    /// 完成时限（工作日）
    #[schema(value_type = u16, minimum = 1, maximum = 250)]
    #[serde(deserialize_with = "crate::bounds::days::<_, 250>")]
    days: WorkingDays,
    /// 指定承办，不得退回
    #[serde(default)]
    binding: bool,
}

#[utoipa::path(
    tag = "办不成事", operation_id = "issue_order", summary = "交办",
    description = "一般问题由中心交办，热线反映的问题由督查科转办，特别疑难的按市政府研究意见交办；部门协调会议的决议随会议交办。\
                   时限自交办之日起算。Clauses D2-2, D4-2, D13-1.",
    params(OnImpasse), request_body = OrderRequest, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/orders")]
pub async fn issue(desk: Data<Desk>, on: OnImpasse, body: Body<OrderRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    desk.change_impasse(on.change(Action::IssueOrder, Some(digest)), move |matter| {
        let OrderRequest { department, with, matter: what, days, binding } = value.clone();
        let centre = matter.ctx.actor.centre;
        must_be_known(matter.tx, centre, std::iter::once(&department).chain(&with))?;
        let basis = basis(matter);
        Ok(Command::IssueOrder(OrderTerms { basis, department, with, matter: what, days, binding }))
    })
    .await
}

/// Who issues an order says on what basis. What the government decided in an earlier round is none any more.
fn basis(matter: &ImpasseMatter<'_, '_>) -> Basis {
    match matter.ctx.actor.role() {
        Role::Supervisor => Basis::Supervision,
        Role::ReformOfficer => {
            let decided = matter.impasse.decided_in_this_round();
            decided.map_or(Basis::Centre, |submitted| Basis::Government(submitted.month))
        }
        _ => Basis::Centre,
    }
}

/// 签收
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgementRequest {
    /// 责任人工号
    #[schema(schema_with = schema::code::<64>)]
    responsible: StaffCode,
}

#[utoipa::path(
    tag = "办不成事", operation_id = "acknowledge_order", summary = "签收交办单",
    description = "承办部门签收并明确责任人；责任人离岗的，由承办部门另行明确。Clauses D7-1, D13-1.",
    params(OnOrder), request_body = AcknowledgementRequest, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/orders/{order}/acknowledgement")]
pub async fn acknowledge(desk: Data<Desk>, at: OnOrder, body: Body<AcknowledgementRequest>) -> Answer<Reply> {
    let Body { value: AcknowledgementRequest { responsible }, digest } = body;
    let order = at.order;
    desk.change_impasse(at.on.change(Action::AcknowledgeOrder, Some(digest)), move |matter| {
        must_be_posted(matter, order, &responsible)?;
        Ok(Command::Acknowledge { order, responsible: responsible.clone() })
    })
    .await
}

/// An order is nobody's whose responsible person is not of the department. Of no such order the domain tells.
fn must_be_posted(matter: &mut ImpasseMatter<'_, '_>, order: u32, staff: &StaffCode) -> Answer<()> {
    let Some(order) = matter.impasse.order(order) else { return Ok(()) };
    let (centre, today) = (matter.impasse.centre, matter.ctx.today());
    let posted = hall::colleague(matter.tx.read(), centre, &order.department, staff, today);
    posted.map_err(StoreError::from)?.ok_or_else(not_a_colleague)?;
    Ok(())
}

/// 理由
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderReason {
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
}

/// 裁定
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulingRequest {
    granted: bool,
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
}

#[utoipa::path(
    tag = "办不成事", operation_id = "return_order", summary = "申请退回交办单",
    description = "说明理由，由交办方裁定；指定承办的不得退回，次数有限，已不同意的不再申请，期间时限照常计算。\
                   不能再退回的，由部门协调会议裁定承办部门。Rule L15.",
    params(OnOrder), request_body = OrderReason, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/orders/{order}/return")]
pub async fn ask_to_return(desk: Data<Desk>, at: OnOrder, body: Body<OrderReason>) -> Answer<Reply> {
    let Body { value: OrderReason { reason }, digest } = body;
    let command = Command::Return { order: at.order, reason };
    desk.change_impasse(at.on.change(Action::ReturnOrder, Some(digest)), move |_| Ok(command.clone())).await
}

#[utoipa::path(
    tag = "办不成事", operation_id = "rule_on_return", summary = "裁定退回",
    description = "由交办方裁定，中心交办的也可由督查科裁定。同意的，另行交办；督查科不同意的，成为指定承办；\
                   中心、改革办不同意的，不再申请退回，仍可由部门协调会议裁定承办部门。Rule L15.",
    params(OnOrder), request_body = RulingRequest, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/orders/{order}/return/ruling")]
pub async fn rule_on_return(desk: Data<Desk>, at: OnOrder, body: Body<RulingRequest>) -> Answer<Reply> {
    let Body { value: RulingRequest { granted, reason }, digest } = body;
    let command = Command::RuleOnReturn { order: at.order, granted, reason, meeting: None };
    desk.change_impasse(at.on.change(Action::RuleOnReturn, Some(digest)), move |_| Ok(command.clone())).await
}

/// 申请延期
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderExtensionRequest {
    /// 延长的工作日
    #[schema(value_type = u16, minimum = 1, maximum = 250)]
    #[serde(deserialize_with = "crate::bounds::days::<_, 250>")]
    days: WorkingDays,
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
}

#[utoipa::path(
    tag = "办不成事", operation_id = "request_order_extension", summary = "申请交办延期",
    description = "到期前申请，经批准才延长。Clause D13-1.",
    params(OnOrder), request_body = OrderExtensionRequest, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/orders/{order}/extension")]
pub async fn ask_for_days(desk: Data<Desk>, at: OnOrder, body: Body<OrderExtensionRequest>) -> Answer<Reply> {
    let Body { value: OrderExtensionRequest { days, reason }, digest } = body;
    let command = Command::RequestExtension { order: at.order, days, reason };
    desk.change_impasse(at.on.change(Action::RequestOrderExtension, Some(digest)), move |_| Ok(command.clone())).await
}

#[utoipa::path(
    tag = "办不成事", operation_id = "rule_on_order_extension", summary = "审批交办延期",
    description = "同意或者不同意，说明理由。会议或者市政府交办的，由改革办审批。Clause D13-1, rule L15.",
    params(OnOrder), request_body = RulingRequest, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/orders/{order}/extension/ruling")]
pub async fn rule_on_days(desk: Data<Desk>, at: OnOrder, body: Body<RulingRequest>) -> Answer<Reply> {
    let Body { value: RulingRequest { granted, reason }, digest } = body;
    let command = Command::RuleOnExtension { order: at.order, granted, reason };
    desk.change_impasse(at.on.change(Action::RuleOnOrderExtension, Some(digest)), move |_| Ok(command.clone())).await
}

/// 裁定督办
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SupervisionRequest {
    /// 拟采取的措施
    #[schema(schema_with = schema::variants::<Step>)]
    step: Step,
    /// 采取，或者不予采取
    taken: bool,
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
}

#[utoipa::path(
    tag = "办不成事", operation_id = "rule_on_order_supervision", summary = "裁定对交办单的督办",
    description = "交办单逾期满5、10、15、20个工作日，依次拟书面批评、挂牌警示、点名通报、问责；由改革办或督查科逐项裁定采取与否。\
                   待裁定的见 `/v1/impasses?supervision_pending=true`。\
                   Clause D10-1, rules L16 and L17.",
    params(OnOrder), request_body = SupervisionRequest, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/orders/{order}/supervision")]
pub async fn supervise(desk: Data<Desk>, at: OnOrder, body: Body<SupervisionRequest>) -> Answer<Reply> {
    let Body { value: SupervisionRequest { step, taken, reason }, digest } = body;
    let command = Command::RuleOnSupervision { order: Some(at.order), step, taken, reason };
    desk.change_impasse(at.on.change(Action::RuleOnSupervision, Some(digest)), move |_| Ok(command.clone())).await
}

#[utoipa::path(
    tag = "办不成事", operation_id = "rule_on_handling_supervision", summary = "裁定对办理的督办",
    description = "下一步在首问责任人或者改革办的，办理逾期同样依次拟书面批评、挂牌警示、点名通报、问责；由改革办或督查科逐项裁定采取与否，\
                   对改革办的由督查科裁定。Clause D10-1, rules L16 and L17.",
    params(OnImpasse), request_body = SupervisionRequest, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/supervision")]
pub async fn supervise_handling(desk: Data<Desk>, on: OnImpasse, body: Body<SupervisionRequest>) -> Answer<Reply> {
    let Body { value: SupervisionRequest { step, taken, reason }, digest } = body;
    let command = Command::RuleOnSupervision { order: None, step, taken, reason };
    desk.change_impasse(on.change(Action::RuleOnSupervision, Some(digest)), move |_| Ok(command.clone())).await
}

/// 完成情况
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompletionRequest {
    #[schema(schema_with = schema::text::<2000>)]
    text: Text<2000>,
    /// 电子印章
    #[schema(schema_with = schema::some_text::<4000>)]
    #[serde(default)]
    seal: Option<Text<4000>>,
}

#[utoipa::path(
    tag = "办不成事", operation_id = "complete_order", summary = "反馈完成情况",
    description = "由责任人本人反馈并签字：身份、时间、摘要存证，电子印章可选。Clause D13-1.",
    params(OnOrder), request_body = CompletionRequest, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/orders/{order}/completion")]
pub async fn complete(desk: Data<Desk>, at: OnOrder, body: Body<CompletionRequest>) -> Answer<Reply> {
    let Body { value: CompletionRequest { text, seal }, digest } = body;
    let command = Command::Complete { order: at.order, text, seal };
    desk.change_impasse(at.on.change(Action::CompleteOrder, Some(digest)), move |_| Ok(command.clone())).await
}

/// 签字
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SigningRequest {
    /// 电子印章
    #[schema(schema_with = schema::some_text::<4000>)]
    #[serde(default)]
    seal: Option<Text<4000>>,
}

#[utoipa::path(
    tag = "办不成事", operation_id = "sign_order", summary = "主管领导签字",
    description = "承办部门主管领导签字，不能与责任人为同一人。Clause D13-1.",
    params(OnOrder), request_body = SigningRequest, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/orders/{order}/signature")]
pub async fn sign(desk: Data<Desk>, at: OnOrder, body: Body<SigningRequest>) -> Answer<Reply> {
    let Body { value: SigningRequest { seal }, digest } = body;
    let command = Command::Sign { order: at.order, seal };
    desk.change_impasse(at.on.change(Action::SignOrder, Some(digest)), move |_| Ok(command.clone())).await
}

#[utoipa::path(
    tag = "办不成事", operation_id = "send_back_order", summary = "退回重办交办单",
    description = "完成情况不符合要求的，退回责任人重办；原时限继续计算。Clause D13-1.",
    params(OnOrder), request_body = OrderReason, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/orders/{order}/send-back")]
pub async fn send_back(desk: Data<Desk>, at: OnOrder, body: Body<OrderReason>) -> Answer<Reply> {
    let Body { value: OrderReason { reason }, digest } = body;
    let command = Command::SendBack { order: at.order, reason };
    desk.change_impasse(at.on.change(Action::SendBackOrder, Some(digest)), move |_| Ok(command.clone())).await
}
