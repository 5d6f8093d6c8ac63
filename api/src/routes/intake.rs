//! 受理: the checks at the window and the three outcomes (clauses B2-1 to B2-3, B2-5; 行政许可法 art. 32).

use actix_web::{post, put, web::Data};
use casework::{Collector, Command, MaterialFinding, OnTheSpot, ResultDetails};
use chrono::NaiveDate;
use intake::{CopyCheck, Presented, ScopeFinding};
use kernel::{Action, Text};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    identity::{IdentityProof, proven},
    on_case::{CaseChanged, OnCase},
};
use crate::{
    desk::Desk,
    edge::{Body, PathId},
    problem::{Answer, Error},
    reply::Reply,
    schema,
};

/// 受理范围核验
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeCheckRequest {
    #[schema(schema_with = schema::variants::<ScopeFinding>)]
    finding: ScopeFinding,
    #[schema(schema_with = schema::some_text::<500>)]
    #[serde(default)]
    note: Option<Text<500>>,
}

#[utoipa::path(
    tag = "受理", operation_id = "check_scope", summary = "核验受理范围",
    description = "对照已发布的事项核验申请是否在受理范围内。Clause B2-1.",
    params(OnCase), request_body = ScopeCheckRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/scope-check")]
pub async fn check_scope(desk: Data<Desk>, on: OnCase, body: Body<ScopeCheckRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    let command = Command::CheckScope { finding: value.finding, note: value.note };
    desk.change(on.change(Action::CheckScope, Some(digest)), move |_| Ok(command.clone())).await
}

/// 材料核验
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MaterialCheckRequest {
    /// 是否提交
    present: bool,
    /// 是否齐全
    complete: bool,
    /// 是否符合法定形式
    legal_form: bool,
    /// 出示形式; absent where nothing was handed in.
    #[schema(schema_with = schema::some_variant::<Presented>)]
    #[serde(default)]
    presented: Option<Presented>,
    /// 与原件核对; for a copy on paper and nothing else.
    #[schema(schema_with = schema::some_variant::<CopyCheck>)]
    #[serde(default)]
    copy_check: Option<CopyCheck>,
    /// 存在的问题和补正办法; required where something is wrong.
    #[schema(schema_with = schema::some_text::<500>)]
    #[serde(default)]
    note: Option<Text<500>>,
}

#[utoipa::path(
    tag = "受理", operation_id = "check_material", summary = "核验材料",
    description = "逐项记录材料是否提交、齐全、符合法定形式，复印件与原件是否一致。Clauses B2-2, B2-3.",
    params(OnCase, ("material" = String, Path, description = "材料代码", max_length = 40)),
    request_body = MaterialCheckRequest, responses(CaseChanged)
)]
#[put("/v1/cases/{case}/materials/{material}/check")]
pub async fn check_material(
    desk: Data<Desk>,
    on: OnCase,
    path: PathId<(String, String)>,
    body: Body<MaterialCheckRequest>,
) -> Answer<Reply> {
    let Body { value, digest } = body;
    let material = path.0.1.parse().map_err(|_| Error::not_found())?;
    let MaterialCheckRequest { present, complete, legal_form, presented, copy_check, note } = value;
    let finding = MaterialFinding { material, present, complete, legal_form, presented, copy_check, note };
    let command = Command::CheckMaterial(finding);
    desk.change(on.change(Action::CheckMaterial, Some(digest)), move |_| Ok(command.clone())).await
}

#[utoipa::path(
    tag = "受理",
    operation_id = "accept_case",
    summary = "受理",
    description = "材料齐全、符合法定形式的，出具受理通知书，起算期限，流转至承办部门。Clause B1-1.",
    params(OnCase),
    responses(CaseChanged)
)]
#[post("/v1/cases/{case}/acceptance")]
pub async fn accept(desk: Data<Desk>, on: OnCase) -> Answer<Reply> {
    desk.change(on.change(Action::Accept, None), |_| Ok(Command::Accept)).await
}

/// 不予受理
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectionRequest {
    #[schema(schema_with = schema::text::<2000>)]
    reason: Text<2000>,
    /// 法律依据
    #[schema(schema_with = schema::text::<500>)]
    legal_basis: Text<500>,
    /// 应向其申请的机关; for want of power only.
    #[schema(schema_with = schema::some_text::<200>)]
    #[serde(default)]
    competent_body: Option<Text<200>>,
}

#[utoipa::path(
    tag = "受理", operation_id = "reject_case", summary = "不予受理",
    description = "不属于本机关职权范围的，即时不予受理，告知有权机关；补正后仍不符合要求的，不予受理并说明理由。均告知救济途径。行政许可法 art. 32(1)(2), rule L7.",
    params(OnCase), request_body = RejectionRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/rejection")]
pub async fn reject(desk: Data<Desk>, on: OnCase, body: Body<RejectionRequest>) -> Answer<Reply> {
    let Body { value: RejectionRequest { reason, legal_basis, competent_body }, digest } = body;
    let command = Command::Reject { reason, legal_basis, competent_body };
    desk.change(on.change(Action::Reject, Some(digest)), move |_| Ok(command.clone())).await
}

/// 不受理
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotRequiredRequest {
    #[schema(schema_with = schema::text::<2000>)]
    reason: Text<2000>,
    /// 法律依据
    #[schema(schema_with = schema::text::<500>)]
    legal_basis: Text<500>,
}

#[utoipa::path(
    tag = "受理", operation_id = "declare_not_required", summary = "不受理",
    description = "依法不需要取得许可的，即时告知不受理。行政许可法 art. 32(1)(1).",
    params(OnCase), request_body = NotRequiredRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/not-required")]
pub async fn declare_not_required(desk: Data<Desk>, on: OnCase, body: Body<NotRequiredRequest>) -> Answer<Reply> {
    let Body { value: NotRequiredRequest { reason, legal_basis }, digest } = body;
    let command = Command::DeclareNotRequired { reason, legal_basis };
    desk.change(on.change(Action::DeclareNotRequired, Some(digest)), move |_| Ok(command.clone())).await
}

/// 撤回申请
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawalRequest {
    #[schema(schema_with = schema::text::<500>)]
    pub(super) reason: Text<500>,
}

#[utoipa::path(
    tag = "受理", operation_id = "withdraw_case", summary = "撤回申请",
    description = "申请人在作出决定前可以撤回申请。",
    params(OnCase), request_body = WithdrawalRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/withdrawal")]
pub async fn withdraw(desk: Data<Desk>, on: OnCase, body: Body<WithdrawalRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    let command = Command::Withdraw { reason: value.reason };
    desk.change(on.change(Action::Withdraw, Some(digest)), move |_| Ok(command.clone())).await
}

/// 即办: granted and issued in one call. What is to be refused goes the way of review and decision.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OnTheSpotRequest {
    #[schema(schema_with = schema::text::<2000>)]
    reasons: Text<2000>,
    result: ResultRequest,
    /// Given to the applicant there and then (clause B2-5): the document shown is checked against the case.
    #[serde(default)]
    handed_to: Option<IdentityProof>,
}

/// 结果文书
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResultRequest {
    /// 证照或批文名称
    #[schema(schema_with = schema::text::<200>)]
    title: Text<200>,
    /// 有效期起始; the day of the decision at the earliest.
    #[schema(schema_with = schema::day)]
    #[serde(deserialize_with = "crate::day::required")]
    valid_from: NaiveDate,
    /// 有效期截止; as long as the item says where absent.
    #[schema(schema_with = schema::some_day)]
    #[serde(default, deserialize_with = "crate::day::optional")]
    valid_until: Option<NaiveDate>,
}

impl From<ResultRequest> for ResultDetails {
    fn from(request: ResultRequest) -> Self {
        let ResultRequest { title, valid_from, valid_until } = request;
        Self { title, valid_from, valid_until }
    }
}

#[utoipa::path(
    tag = "受理", operation_id = "decide_on_the_spot", summary = "即办件当场办结",
    description = "一次调用完成受理、决定、出件；当面核验身份的，同时完成送达和办结。Clause B2-5.",
    params(OnCase), request_body = OnTheSpotRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/on-the-spot")]
pub async fn decide_on_the_spot(desk: Data<Desk>, on: OnCase, body: Body<OnTheSpotRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    let today = desk.now(on.caller.centre).day();
    let proof = value.handed_to.map(|proof| proof.checked("/handed_to", today)).transpose()?;
    let sitting = OnTheSpot { reasons: value.reasons, result: value.result.into(), handed_to: None };
    let at = desk.clone();
    desk.change(on.change(Action::DecideOnTheSpot, Some(digest)), move |matter| {
        let handed_to: Option<Collector> =
            proof.as_ref().map(|document| proven(at.secret(), matter, document)).transpose()?;
        Ok(Command::DecideOnTheSpot(OnTheSpot { handed_to, ..sitting.clone() }))
    })
    .await
}
