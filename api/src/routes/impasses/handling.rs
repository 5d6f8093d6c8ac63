//! 联系、备案、补充、催办、移交、提级、降级 (clauses D3-1, D4-1, D7-1).

use actix_web::{post, web::Data};
use escalation::{Command, Level};
use kernel::{Action, StaffCode, Text};
use serde::Deserialize;
use utoipa::ToSchema;

use super::on_impasse::{ImpasseChanged, OnImpasse};
use crate::{desk::Desk, edge::Body, problem::Answer, reply::Reply, schema};

/// 联系申请人
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactedRequest {
    /// 是否联系到本人
    reached: bool,
    #[schema(schema_with = schema::text::<500>)]
    note: Text<500>,
}

#[utoipa::path(
    tag = "办不成事", operation_id = "contact_applicant", summary = "联系申请人",
    description = "登记当日首次联系；联系未果也要登记，连同日期作为无法联系的依据。Clause D3-1.",
    params(OnImpasse), request_body = ContactedRequest, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/contacts")]
pub async fn contact(desk: Data<Desk>, on: OnImpasse, body: Body<ContactedRequest>) -> Answer<Reply> {
    let Body { value: ContactedRequest { reached, note }, digest } = body;
    let command = Command::Contact { reached, note };
    desk.change_impasse(on.change(Action::ContactApplicant, Some(digest)), move |_| Ok(command.clone())).await
}

/// 备案登记
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilingRequest {
    /// 核实情况
    #[schema(schema_with = schema::text::<1000>)]
    verified: Text<1000>,
}

#[utoipa::path(
    tag = "办不成事", operation_id = "file_impasse", summary = "备案登记",
    description = "中心核实情况后备案，取得编号，进入每周分类梳理。Clause D3-1.",
    params(OnImpasse), request_body = FilingRequest, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/filing")]
pub async fn file(desk: Data<Desk>, on: OnImpasse, body: Body<FilingRequest>) -> Answer<Reply> {
    let Body { value: FilingRequest { verified }, digest } = body;
    let command = Command::File { verified };
    desk.change_impasse(on.change(Action::FileImpasse, Some(digest)), move |_| Ok(command.clone())).await
}

/// 补充情况 or 催办
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaidRequest {
    #[schema(schema_with = schema::text::<1000>)]
    text: Text<1000>,
}

#[utoipa::path(
    tag = "办不成事", operation_id = "supplement_impasse", summary = "补充情况",
    description = "申请人一方或者窗口补充事实。Clause D6-1.",
    params(OnImpasse), request_body = SaidRequest, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/supplements")]
pub async fn supplement(desk: Data<Desk>, on: OnImpasse, body: Body<SaidRequest>) -> Answer<Reply> {
    let Body { value: SaidRequest { text }, digest } = body;
    let command = Command::Supplement { text };
    desk.change_impasse(on.change(Action::SupplementImpasse, Some(digest)), move |_| Ok(command.clone())).await
}

#[utoipa::path(
    tag = "办不成事", operation_id = "urge_impasse", summary = "催办",
    description = "申请人一方催办，记录在案。Clauses D5-1, G3.",
    params(OnImpasse), request_body = SaidRequest, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/urgings")]
pub async fn urge(desk: Data<Desk>, on: OnImpasse, body: Body<SaidRequest>) -> Answer<Reply> {
    let Body { value: SaidRequest { text }, digest } = body;
    let command = Command::Urge { text };
    desk.change_impasse(on.change(Action::UrgeImpasse, Some(digest)), move |_| Ok(command.clone())).await
}

/// 移交首问责任
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImpasseHandOver {
    /// 接受人工号
    #[schema(schema_with = schema::code::<64>)]
    to: StaffCode,
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
}

#[utoipa::path(
    tag = "办不成事", operation_id = "offer_impasse", summary = "移交首问责任",
    description = "接受前仍由原责任人负责；逾期未接受的自动退回。Clauses B5-1, D7-1.",
    params(OnImpasse), request_body = ImpasseHandOver, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/hand-over")]
pub async fn offer(desk: Data<Desk>, on: OnImpasse, body: Body<ImpasseHandOver>) -> Answer<Reply> {
    let Body { value: ImpasseHandOver { to, reason }, digest } = body;
    let command = Command::Offer { to, reason };
    desk.change_impasse(on.change(Action::OfferImpasse, Some(digest)), move |_| Ok(command.clone())).await
}

#[utoipa::path(
    tag = "办不成事",
    operation_id = "accept_impasse",
    summary = "接受首问责任",
    description = "由移交的接受人本人接受。Clauses B5-1, D7-1.",
    params(OnImpasse),
    responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/hand-over/acceptance")]
pub async fn accept_offer(desk: Data<Desk>, on: OnImpasse) -> Answer<Reply> {
    desk.change_impasse(on.change(Action::AcceptImpasse, None), |_| Ok(Command::AcceptOffer)).await
}

/// 理由
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImpasseReason {
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
}

#[utoipa::path(
    tag = "办不成事", operation_id = "decline_impasse", summary = "退回首问责任",
    description = "由移交的接受人退回，责任不变。Clauses B5-1, D7-1.",
    params(OnImpasse), request_body = ImpasseReason, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/hand-over/refusal")]
pub async fn decline_offer(desk: Data<Desk>, on: OnImpasse, body: Body<ImpasseReason>) -> Answer<Reply> {
    let Body { value: ImpasseReason { reason }, digest } = body;
    let command = Command::DeclineOffer { reason };
    desk.change_impasse(on.change(Action::DeclineImpasse, Some(digest)), move |_| Ok(command.clone())).await
}

/// 等级变更
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelRequest {
    #[schema(schema_with = schema::variants::<Level>)]
    to: Level,
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
}

#[utoipa::path(
    tag = "办不成事", operation_id = "raise_level", summary = "提级",
    description = "办理中可以提级，说明理由。Clauses D4-3, D4-4.",
    params(OnImpasse), request_body = LevelRequest, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/level/raise")]
pub async fn raise(desk: Data<Desk>, on: OnImpasse, body: Body<LevelRequest>) -> Answer<Reply> {
    let Body { value: LevelRequest { to, reason }, digest } = body;
    let command = Command::Raise { to, reason };
    desk.change_impasse(on.change(Action::RaiseLevel, Some(digest)), move |_| Ok(command.clone())).await
}

#[utoipa::path(
    tag = "办不成事", operation_id = "lower_level", summary = "降级",
    description = "只由改革办批准。Clause D4-1.",
    params(OnImpasse), request_body = LevelRequest, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/level/lower")]
pub async fn lower(desk: Data<Desk>, on: OnImpasse, body: Body<LevelRequest>) -> Answer<Reply> {
    let Body { value: LevelRequest { to, reason }, digest } = body;
    let command = Command::Lower { to, reason };
    desk.change_impasse(on.change(Action::LowerLevel, Some(digest)), move |_| Ok(command.clone())).await
}
