//! 工单办理: what the supervision section does with a work order by procedure, and whoever it is assigned to (clause D2-2,
//! rules L15, L18).

use actix_web::{post, web::Data};
use escalation::hotline::{Act, Assignee, Command, LegalRoute};
use kernel::{Action, DepartmentCode, Refusal, Text, WindowCode, access::may};
use persistence::{StoreError, hall};
use serde::Deserialize;
use utoipa::ToSchema;

use super::on_order::{OnOrder, OrderChanged};
use crate::{
    desk::Desk,
    edge::{Body, Fields},
    problem::{Answer, Error},
    reply::Reply,
    schema,
};

#[utoipa::path(
    tag = "热线",
    operation_id = "acknowledge_work_order",
    summary = "签收工单",
    description = "时限自派单起算，签收与否不影响。Clause D2-2, rule L15.",
    params(OnOrder),
    responses(OrderChanged)
)]
#[post("/v1/hotline/work-orders/{external_no}/acknowledgement")]
pub async fn acknowledge(desk: Data<Desk>, on: OnOrder) -> Answer<Reply> {
    desk.change_work_order(on.change(None), Act::Acknowledge, |_, _, _| Ok(Command::Acknowledge)).await
}

/// 理由
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkOrderReasonRequest {
    #[schema(schema_with = schema::text::<500>)]
    pub(super) reason: Text<500>,
}

#[utoipa::path(
    tag = "热线", operation_id = "return_work_order", summary = "退单",
    description = "派单后规定小时内、说明理由，由热线裁定；指定办理的不得退回；驳回后不得再退；次数有上限；时限不因此中断。Rule L15.",
    params(OnOrder), request_body = WorkOrderReasonRequest, responses(OrderChanged)
)]
#[post("/v1/hotline/work-orders/{external_no}/return")]
pub async fn return_order(desk: Data<Desk>, on: OnOrder, body: Body<WorkOrderReasonRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    desk.change_work_order(on.change(Some(digest)), Act::Return, move |_, _, _| {
        Ok(Command::Return { reason: value.reason.clone() })
    })
    .await
}

/// 转办: to a department or to a window, not both.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkOrderAssignmentRequest {
    #[schema(schema_with = schema::some_code::<40>)]
    #[serde(default)]
    department: Option<DepartmentCode>,
    #[schema(schema_with = schema::some_code::<40>)]
    #[serde(default)]
    window: Option<WindowCode>,
    #[schema(schema_with = schema::some_text::<500>)]
    #[serde(default)]
    note: Option<Text<500>>,
}

#[utoipa::path(
    tag = "热线", operation_id = "assign_work_order", summary = "转办工单",
    description = "督查科按程序转办到部门或窗口；可改派。Clause D2-2, rule L18.",
    params(OnOrder), request_body = WorkOrderAssignmentRequest, responses(OrderChanged)
)]
#[post("/v1/hotline/work-orders/{external_no}/assignment")]
pub async fn assign(desk: Data<Desk>, on: OnOrder, body: Body<WorkOrderAssignmentRequest>) -> Answer<Reply> {
    let Body { value: WorkOrderAssignmentRequest { department, window, note }, digest } = body;
    let change = on.change(Some(digest));
    may(&change.caller, Action::HandleWorkOrder)?;
    let mut fields = Fields::new();
    let to = match (department, window) {
        (Some(department), None) => Some(Assignee::Department(department)),
        (None, Some(window)) => Some(Assignee::Window(window)),
        _ => {
            fields.refuse("/department", "required", "须填写部门或窗口之一");
            None
        }
    };
    let (to,) = fields.all((to,))?;
    desk.change_work_order(change, Act::Assign, move |tx, order, _| {
        let is_there = match &to {
            Assignee::Department(code) => {
                hall::departments(tx.read(), order.centre).map(|all| all.iter().any(|it| it.code == *code))
            }
            Assignee::Window(code) => {
                hall::windows(tx.read(), order.centre).map(|all| all.iter().any(|it| it.code == *code))
            }
        };
        if !is_there.map_err(StoreError::from)? {
            return Err(Refusal::new("unknown_assignee", "承办的部门或窗口不存在").into());
        }
        Ok(Command::Assign { to: to.clone(), note: note.clone() })
    })
    .await
}

#[utoipa::path(
    tag = "热线", operation_id = "return_work_order_assignment", summary = "退回转办工单",
    description = "承办的部门或窗口在转办后规定小时内、说明理由，退回督查科另行转办；退回后又转办给本单位的，不得再退；时限不因此中断。部门由审批人员或者主管领导退回。Rules L15, L18.",
    params(OnOrder), request_body = WorkOrderReasonRequest, responses(OrderChanged)
)]
#[post("/v1/hotline/work-orders/{external_no}/assignment/return")]
pub async fn return_assignment(desk: Data<Desk>, on: OnOrder, body: Body<WorkOrderReasonRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    desk.change_work_order(on.change(Some(digest)), Act::ReturnAssignment, move |_, _, _| {
        Ok(Command::ReturnAssignment { reason: value.reason.clone() })
    })
    .await
}

#[utoipa::path(
    tag = "热线", operation_id = "ask_work_order_extension", summary = "申请工单延期",
    description = "每轮一次，由督查科或者承办的窗口、部门（审批人员或者主管领导）提出，由热线审批。Rules L15, L18.",
    params(OnOrder), request_body = WorkOrderReasonRequest, responses(OrderChanged)
)]
#[post("/v1/hotline/work-orders/{external_no}/extension")]
pub async fn ask_extension(desk: Data<Desk>, on: OnOrder, body: Body<WorkOrderReasonRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    desk.change_work_order(on.change(Some(digest)), Act::AskExtension, move |_, _, _| {
        Ok(Command::AskExtension { reason: value.reason.clone() })
    })
    .await
}

/// 告知法定途径
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LegalRouteRequest {
    /// 法定途径; absent for the one that the hotline's category stands for.
    #[schema(schema_with = schema::some_variant::<LegalRoute>)]
    #[serde(default)]
    route: Option<LegalRoute>,
    #[schema(schema_with = schema::text::<2000>)]
    explanation: Text<2000>,
}

#[utoipa::path(
    tag = "热线", operation_id = "tell_legal_route", summary = "告知法定途径",
    description = "属于诉讼、仲裁、纪检监察、行政复议、信访、政府信息公开的，告知途径作为答复，不转办不成事事项；未选择途径的，用热线分类对照的途径（`proposed_route`）。督查科或者承办的窗口、部门告知。Clause D2-2, rule L18.",
    params(OnOrder), request_body = LegalRouteRequest, responses(OrderChanged)
)]
#[post("/v1/hotline/work-orders/{external_no}/legal-route")]
pub async fn tell_route(desk: Data<Desk>, on: OnOrder, body: Body<LegalRouteRequest>) -> Answer<Reply> {
    let Body { value: LegalRouteRequest { route, explanation }, digest } = body;
    desk.change_work_order(on.change(Some(digest)), Act::TellRoute, move |_, order, _| {
        let route = route.or(order.route).ok_or_else(|| Error::field("/route", "热线分类未对照法定途径，须选择"))?;
        Ok(Command::TellRoute { route, explanation: explanation.clone() })
    })
    .await
}

/// 答复
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkOrderAnswerRequest {
    #[schema(schema_with = schema::text::<2000>)]
    text: Text<2000>,
}

#[utoipa::path(
    tag = "热线", operation_id = "answer_work_order", summary = "答复工单",
    description = "已转为办不成事事项的，由该事项的答复带动。督查科或者承办的窗口、部门答复，其他单位看不到。Clauses D2-2, G3, rule L18.",
    params(OnOrder), request_body = WorkOrderAnswerRequest, responses(OrderChanged)
)]
#[post("/v1/hotline/work-orders/{external_no}/answer")]
pub async fn answer(desk: Data<Desk>, on: OnOrder, body: Body<WorkOrderAnswerRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    desk.change_work_order(on.change(Some(digest)), Act::Answer, move |_, _, _| {
        Ok(Command::Answer { text: value.text.clone() })
    })
    .await
}

/// 办结
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkOrderCompletionRequest {
    #[schema(schema_with = schema::some_text::<500>)]
    #[serde(default)]
    note: Option<Text<500>>,
}

#[utoipa::path(
    tag = "热线", operation_id = "complete_work_order", summary = "办结工单",
    description = "答复或告知法定途径之后。办结后仍可被热线重办。Clause D2-2.",
    params(OnOrder), request_body = WorkOrderCompletionRequest, responses(OrderChanged)
)]
#[post("/v1/hotline/work-orders/{external_no}/completion")]
pub async fn complete(desk: Data<Desk>, on: OnOrder, body: Body<WorkOrderCompletionRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    desk.change_work_order(on.change(Some(digest)), Act::Complete, move |_, _, _| {
        Ok(Command::Complete { note: value.note.clone() })
    })
    .await
}
