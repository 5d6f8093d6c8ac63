//! 办结之后: corrected and replaced documents, revocation and cancellation, notes, reopening, and the applicant's word that
//! an electronic delivery arrived (行政许可法 arts. 69, 70).

use actix_web::{post, web::Data};
use casework::{Command, GrantEnd};
use issuance::Replacement;
use kernel::{Action, Text};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    intake::ResultRequest,
    on_case::{CaseChanged, OnCase},
};
use crate::{desk::Desk, edge::Body, packages, problem::Answer, reply::Reply, schema};

#[utoipa::path(
    tag = "出件",
    operation_id = "acknowledge_delivery",
    summary = "确认收到",
    description = "申请人确认收到电子送达的结果。",
    params(OnCase),
    responses(CaseChanged)
)]
#[post("/v1/cases/{case}/delivery/acknowledgement")]
pub async fn acknowledge(desk: Data<Desk>, on: OnCase) -> Answer<Reply> {
    desk.change(on.change(Action::AcknowledgeDelivery, None), |_| Ok(Command::AcknowledgeDelivery)).await
}

/// 更正或补发
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplacementRequest {
    #[schema(schema_with = schema::variants::<Replacement>)]
    how: Replacement,
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
    result: ResultRequest,
}

#[utoipa::path(
    tag = "出件", operation_id = "replace_result", summary = "更正或补发结果",
    description = "新的结果文书取代原文书，原文书和理由留存。原文书已经送达的，其送达和确认一并留存，新文书另行送达、确认；\
                   办件状态和送达期限不变。Clauses B1-3, B2-6.",
    params(OnCase), request_body = ReplacementRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/result/replacement")]
pub async fn replace(desk: Data<Desk>, on: OnCase, body: Body<ReplacementRequest>) -> Answer<Reply> {
    let Body { value: ReplacementRequest { how, reason, result }, digest } = body;
    let command = Command::ReplaceResult { how, reason, result: result.into() };
    desk.change(on.change(Action::ReplaceResult, Some(digest)), move |_| Ok(command.clone())).await
}

/// 撤销 or 注销
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantEndRequest {
    #[schema(schema_with = schema::text::<2000>)]
    reason: Text<2000>,
    /// 法律依据
    #[schema(schema_with = schema::text::<500>)]
    legal_basis: Text<500>,
}

impl From<GrantEndRequest> for GrantEnd {
    fn from(request: GrantEndRequest) -> Self {
        let GrantEndRequest { reason, legal_basis } = request;
        Self { reason, legal_basis }
    }
}

#[utoipa::path(
    tag = "出件", operation_id = "revoke_grant", summary = "撤销许可",
    description = "由本行政机关负责人撤销，告知救济途径。行政许可法 art. 69, rule L13.",
    params(OnCase), request_body = GrantEndRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/grant/revocation")]
pub async fn revoke(desk: Data<Desk>, on: OnCase, body: Body<GrantEndRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    let command = Command::RevokeGrant(value.into());
    desk.change(on.change(Action::RevokeGrant, Some(digest)), move |_| Ok(command.clone())).await
}

#[utoipa::path(
    tag = "出件", operation_id = "cancel_grant", summary = "注销许可",
    description = "期满未延续、申请人放弃等依法应当注销的情形。行政许可法 art. 70.",
    params(OnCase), request_body = GrantEndRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/grant/cancellation")]
pub async fn cancel(desk: Data<Desk>, on: OnCase, body: Body<GrantEndRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    let command = Command::CancelGrant(value.into());
    desk.change(on.change(Action::CancelGrant, Some(digest)), move |_| Ok(command.clone())).await
}

/// 补充说明
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteRequest {
    #[schema(schema_with = schema::text::<2000>)]
    text: Text<2000>,
}

#[utoipa::path(
    tag = "办件", operation_id = "add_note", summary = "补充说明",
    description = "办结后补记，不改变办件的任何结论。",
    params(OnCase), request_body = NoteRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/notes")]
pub async fn add_note(desk: Data<Desk>, on: OnCase, body: Body<NoteRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    let command = Command::AddNote { text: value.text };
    desk.change(on.change(Action::AddNote, Some(digest)), move |_| Ok(command.clone())).await
}

/// 恢复办理
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopeningRequest {
    #[schema(schema_with = schema::text::<1000>)]
    reason: Text<1000>,
}

#[utoipa::path(
    tag = "办件", operation_id = "reopen_case", summary = "恢复办理",
    description = "本行政机关负责人说明理由后恢复：未受理即终结的重新审查，不予许可或已撤销的重新审批；期限重新起算。",
    params(OnCase), request_body = ReopeningRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/reopening")]
pub async fn reopen(desk: Data<Desk>, on: OnCase, body: Body<ReopeningRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    let (at, command) = (desk.clone(), Command::Reopen { reason: value.reason });
    desk.change(on.change(Action::Reopen, Some(digest)), move |matter| {
        matter.guard(Action::Reopen)?;
        packages::must_be_its_turn(&at, matter.tx.read(), matter.case)?;
        Ok(command.clone())
    })
    .await
}
