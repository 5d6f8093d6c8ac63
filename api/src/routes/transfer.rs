//! 转办, 委派 and 退回重办: within the department, to another one, and back to an earlier step (clause B5-1).

use actix_web::{post, web::Data};
use approval::Step;
use casework::Command;
use kernel::{Action, Centre, DepartmentCode, Refusal, StaffCode, Text};
use persistence::{StoreError, Tx, hall};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    correction::ReasonRequest,
    on_case::{CaseChanged, OnCase},
    routing::colleague,
};
use crate::{
    desk::{Desk, Matter},
    edge::Body,
    problem::Answer,
    reply::Reply,
    schema,
};

/// 委派
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DelegationRequest {
    /// 工号
    #[schema(schema_with = schema::code::<64>)]
    to: StaffCode,
}

#[utoipa::path(
    tag = "流转", operation_id = "delegate_case", summary = "委派",
    description = "同部门的同事代为审核，承办人仍然负责。Clause B5-1.",
    params(OnCase), request_body = DelegationRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/delegation")]
pub async fn delegate(desk: Data<Desk>, on: OnCase, body: Body<DelegationRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    desk.change(on.change(Action::Delegate, Some(digest)), move |matter| {
        Ok(Command::Delegate { to: colleague(matter, Some(&value.to))? })
    })
    .await
}

#[utoipa::path(
    tag = "流转",
    operation_id = "end_delegation",
    summary = "结束委派",
    params(OnCase),
    responses(CaseChanged)
)]
#[post("/v1/cases/{case}/delegation/end")]
pub async fn end_delegation(desk: Data<Desk>, on: OnCase) -> Answer<Reply> {
    desk.change(on.change(Action::EndDelegation, None), |_| Ok(Command::EndDelegation)).await
}

/// 转办
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferRequest {
    /// 部门代码
    #[schema(schema_with = schema::code::<40>)]
    to: DepartmentCode,
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
}

#[utoipa::path(
    tag = "流转", operation_id = "transfer_case", summary = "转办",
    description = "转给另一部门；对方接受之前仍由原部门负责，逾期未接受的自动退回。期限不重新计算。Clause B5-1.",
    params(OnCase), request_body = TransferRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/transfer")]
pub async fn transfer(desk: Data<Desk>, on: OnCase, body: Body<TransferRequest>) -> Answer<Reply> {
    let Body { value: TransferRequest { to, reason }, digest } = body;
    desk.change(on.change(Action::Transfer, Some(digest)), move |matter| {
        must_exist(matter, [&to])?;
        Ok(Command::Transfer { to: to.clone(), reason: reason.clone() })
    })
    .await
}

#[utoipa::path(
    tag = "流转",
    operation_id = "accept_transfer",
    summary = "接受转办",
    params(OnCase),
    responses(CaseChanged)
)]
#[post("/v1/cases/{case}/transfer/acceptance")]
pub async fn accept_transfer(desk: Data<Desk>, on: OnCase) -> Answer<Reply> {
    desk.change(on.change(Action::AcceptTransfer, None), |_| Ok(Command::AcceptTransfer)).await
}

#[utoipa::path(
    tag = "流转", operation_id = "decline_transfer", summary = "退回转办",
    params(OnCase), request_body = ReasonRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/transfer/refusal")]
pub async fn decline_transfer(desk: Data<Desk>, on: OnCase, body: Body<ReasonRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    let command = Command::DeclineTransfer { reason: value.reason };
    desk.change(on.change(Action::DeclineTransfer, Some(digest)), move |_| Ok(command.clone())).await
}

/// A department of this centre, each of them.
pub(super) fn must_exist<'a>(
    matter: &mut Matter<'_, '_>,
    departments: impl IntoIterator<Item = &'a DepartmentCode>,
) -> Answer<()> {
    must_be_known(matter.tx, matter.case.centre, departments)
}

/// Departments that a request names must be on the register.
pub(super) fn must_be_known<'a>(
    tx: &mut Tx<'_>,
    centre: Centre,
    departments: impl IntoIterator<Item = &'a DepartmentCode>,
) -> Answer<()> {
    let known = hall::departments(tx.read(), centre).map_err(StoreError::from)?;
    let is_known = |code: &&DepartmentCode| known.iter().any(|department| department.code == **code);
    match departments.into_iter().find(|code| !is_known(code)) {
        None => Ok(()),
        Some(stranger) => Err(Refusal::new("department_unknown", format!("没有部门「{stranger}」")).into()),
    }
}

/// 退回重办
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReworkRequest {
    /// 退回的环节
    #[schema(schema_with = schema::variants::<Step>)]
    to: Step,
    #[schema(schema_with = schema::text::<1000>)]
    reason: Text<1000>,
}

#[utoipa::path(
    tag = "审批", operation_id = "return_for_rework", summary = "退回重办",
    description = "退回已经办过的环节，其后的环节重新办理，不能跳过；该环节的时限和提醒重新开始。",
    params(OnCase), request_body = ReworkRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/rework")]
pub async fn return_for_rework(desk: Data<Desk>, on: OnCase, body: Body<ReworkRequest>) -> Answer<Reply> {
    let Body { value: ReworkRequest { to, reason }, digest } = body;
    let command = Command::ReturnForRework { to, reason };
    desk.change(on.change(Action::ReturnForRework, Some(digest)), move |_| Ok(command.clone())).await
}
