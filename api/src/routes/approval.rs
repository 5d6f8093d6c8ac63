//! 审批: review and reasoned decision (clause B3-2).

use actix_web::{post, web::Data};
use approval::Outcome;
use casework::Command;
use kernel::{Action, Text};
use serde::Deserialize;
use utoipa::ToSchema;

use super::on_case::{CaseChanged, OnCase};
use crate::{desk::Desk, edge::Body, problem::Answer, reply::Reply, schema};

/// 审核意见
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewRequest {
    #[schema(schema_with = schema::variants::<Outcome>)]
    recommends: Outcome,
    #[schema(schema_with = schema::text::<2000>)]
    opinion: Text<2000>,
}

#[utoipa::path(
    tag = "审批", operation_id = "review_case", summary = "审核",
    description = "承办人完成实质性审核，提出准予或不予的意见。Clause B3-2.",
    params(OnCase), request_body = ReviewRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/review")]
pub async fn review(desk: Data<Desk>, on: OnCase, body: Body<ReviewRequest>) -> Answer<Reply> {
    let Body { value: ReviewRequest { recommends, opinion }, digest } = body;
    let command = Command::Review { recommends, opinion };
    desk.change(on.change(Action::Review, Some(digest)), move |_| Ok(command.clone())).await
}

/// 决定
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionRequest {
    #[schema(schema_with = schema::variants::<Outcome>)]
    outcome: Outcome,
    #[schema(schema_with = schema::text::<2000>)]
    reasons: Text<2000>,
    /// 不予许可的法律依据; for a refusal and nothing else.
    #[schema(schema_with = schema::some_text::<500>)]
    #[serde(default)]
    legal_basis: Option<Text<500>>,
}

#[utoipa::path(
    tag = "审批", operation_id = "decide_case", summary = "作出决定",
    description = "审批负责人作出准予或不予的决定；不予的写明理由、依据和救济途径。Clause B3-2, 行政许可法 art. 38.",
    params(OnCase), request_body = DecisionRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/decision")]
pub async fn decide(desk: Data<Desk>, on: OnCase, body: Body<DecisionRequest>) -> Answer<Reply> {
    let Body { value: DecisionRequest { outcome, reasons, legal_basis }, digest } = body;
    let command = Command::Decide { outcome, reasons, legal_basis };
    desk.change(on.change(Action::Decide, Some(digest)), move |_| Ok(command.clone())).await
}
