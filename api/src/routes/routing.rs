//! 流转: from the department's worklist to a person, and from person to person (clauses A3-1, B1-1).

use actix_web::{post, web::Data};
use casework::Command;
use kernel::{Action, Refusal, Role, StaffCode, Text};
use persistence::{StoreError, hall};
use routing::{Colleague, WindowColleague};
use serde::Deserialize;
use utoipa::ToSchema;

use super::on_case::{CaseChanged, OnCase};
use crate::{
    desk::{Desk, Matter},
    edge::Body,
    problem::Answer,
    reply::Reply,
    schema,
};

/// 分派
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignmentRequest {
    /// 工号; oneself where absent.
    #[schema(schema_with = schema::some_code::<64>)]
    #[serde(default)]
    to: Option<StaffCode>,
}

#[utoipa::path(
    tag = "流转", operation_id = "assign_case", summary = "分派或领取",
    description = "审批负责人分派给本部门审批人员；审批人员领取待办。Clause A3-1.",
    params(OnCase), request_body = AssignmentRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/assignment")]
pub async fn assign(desk: Data<Desk>, on: OnCase, body: Body<AssignmentRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    desk.change(on.change(Action::Assign, Some(digest)), move |matter| {
        Ok(Command::Assign { to: colleague(matter, value.to.as_ref())? })
    })
    .await
}

/// 移交
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOverRequest {
    /// 工号
    #[schema(schema_with = schema::code::<64>)]
    to: StaffCode,
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
}

#[utoipa::path(
    tag = "流转", operation_id = "offer_hand_over", summary = "提出移交",
    description = "承办人把办件移交给同部门的审批人员，受理前由首问责任人移交给同窗口的受理人员；对方接受之前仍由移交人负责，逾期未接受的自动退回。Clauses B1-1, B5-1.",
    params(OnCase), request_body = HandOverRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/hand-over")]
pub async fn offer_hand_over(desk: Data<Desk>, on: OnCase, body: Body<HandOverRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    desk.change(on.change(Action::OfferHandOver, Some(digest)), move |matter| {
        let reason = value.reason.clone();
        if matter.ctx.actor.role() == Role::Clerk {
            matter.guard(Action::OfferHandOver)?;
            return Ok(Command::OfferAtWindow { to: window_colleague(matter, &value.to)?, reason });
        }
        Ok(Command::OfferHandOver { to: colleague(matter, Some(&value.to))?, reason })
    })
    .await
}

#[utoipa::path(
    tag = "流转",
    operation_id = "accept_hand_over",
    summary = "接受移交",
    params(OnCase),
    responses(CaseChanged)
)]
#[post("/v1/cases/{case}/hand-over/acceptance")]
pub async fn accept_hand_over(desk: Data<Desk>, on: OnCase) -> Answer<Reply> {
    desk.change(on.change(Action::AcceptHandOver, None), |_| Ok(Command::AcceptHandOver)).await
}

/// 退回移交
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOverDeclined {
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
}

#[utoipa::path(
    tag = "流转", operation_id = "decline_hand_over", summary = "退回移交",
    params(OnCase), request_body = HandOverDeclined, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/hand-over/refusal")]
pub async fn decline_hand_over(desk: Data<Desk>, on: OnCase, body: Body<HandOverDeclined>) -> Answer<Reply> {
    let Body { value, digest } = body;
    let command = Command::DeclineHandOver { reason: value.reason };
    desk.change(on.change(Action::DeclineHandOver, Some(digest)), move |_| Ok(command.clone())).await
}

/// Somebody posted to the case's department today; the caller where nobody is named.
pub(super) fn colleague(matter: &mut Matter<'_, '_>, named: Option<&StaffCode>) -> Answer<Colleague> {
    let department = &matter.case.routing.department;
    let staff = named.or(matter.ctx.actor.staff()).ok_or_else(not_a_colleague)?;
    let found = hall::colleague(matter.tx.read(), matter.case.centre, department, staff, matter.ctx.today());
    Ok(found.map_err(StoreError::from)?.ok_or_else(not_a_colleague)?)
}

/// Somebody posted to the case's window today.
fn window_colleague(matter: &mut Matter<'_, '_>, staff: &StaffCode) -> Answer<WindowColleague> {
    let today = matter.ctx.today();
    let found = hall::window_colleague(matter.tx.read(), matter.case.centre, &matter.case.window, staff, today);
    let stranger = || Refusal::new("not_a_colleague", "该工号当前未派驻到受理窗口");
    Ok(found.map_err(StoreError::from)?.ok_or_else(stranger)?)
}

pub(super) fn not_a_colleague() -> Refusal {
    Refusal::new("not_a_colleague", "该工号当前未派驻到承办部门的审批岗位")
}
