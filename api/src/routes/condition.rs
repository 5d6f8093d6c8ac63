//! 容缺受理 and 告知承诺: accepted before everything is there, on an undertaking or on the applicant's word, and what
//! follows when it is not kept (clause B5-3, rules L8, L13).

use std::collections::BTreeMap;

use actix_web::{post, web::Data};
use casework::Command;
use intake::{CommitmentFinding, NotReused};
use kernel::{Action, MaterialCode, Text, WorkingDays};
use persistence::{StoreError, bars};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    correction::numbers_on_file,
    on_case::{CaseChanged, OnCase},
};
use crate::{
    desk::Desk,
    edge::Body,
    problem::{Answer, Error, FieldProblem},
    reply::Reply,
    schema,
};

/// 容缺受理
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConditionalAcceptance {
    /// 容缺承诺
    #[schema(schema_with = schema::text::<2000>)]
    undertaking: Text<2000>,
    /// 补齐期限（工作日）
    #[schema(value_type = u16, minimum = 1, maximum = 250)]
    #[serde(deserialize_with = "crate::bounds::days::<_, 250>")]
    days: WorkingDays,
    /// 不调用在档材料的原因, of each missing material of which a copy on file could be taken over (rule L11).
    #[schema(max_items = 50, required = false)]
    #[serde(default, deserialize_with = "crate::bounds::few::<_, _, _, 0, 50>")]
    not_reused: Vec<NotReusedRequest>,
}

/// 不调用的在档材料
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotReusedRequest {
    /// 材料代码
    #[schema(schema_with = schema::code::<40>)]
    material: MaterialCode,
    #[schema(schema_with = schema::variants::<NotReused>)]
    reason: NotReused,
}

/// Each material once.
fn not_reused(entries: &[NotReusedRequest]) -> Answer<BTreeMap<MaterialCode, NotReused>> {
    let (mut reasons, mut wrong) = (BTreeMap::new(), Vec::new());
    for (at, NotReusedRequest { material, reason }) in entries.iter().enumerate() {
        if reasons.insert(material.clone(), *reason).is_some() {
            let pointer = format!("/not_reused/{at}/material");
            wrong.push(FieldProblem::at(pointer, "invalid_value", format!("“{material}”重复")));
        }
    }
    if wrong.is_empty() { Ok(reasons) } else { Err(Error::Invalid(wrong)) }
}

#[utoipa::path(
    tag = "受理", operation_id = "accept_conditionally", summary = "容缺受理",
    description = "主件齐全、仅缺可容缺材料的，先予受理，一次告知补齐内容和期限；补齐前不出件，逾期或仍不符合的撤销受理。\
                   有在档材料的，先经申请人确认后调用，不得要求再次提交。Clause B5-3, rules L8, L11.",
    params(OnCase), request_body = ConditionalAcceptance, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/conditional-acceptance")]
pub async fn accept_conditionally(desk: Data<Desk>, on: OnCase, body: Body<ConditionalAcceptance>) -> Answer<Reply> {
    let Body { value: ConditionalAcceptance { undertaking, days, not_reused: entries }, digest } = body;
    let (at, reasons) = (desk.clone(), not_reused(&entries)?);
    desk.change(on.change(Action::AcceptConditionally, Some(digest)), move |matter| {
        matter.guard(Action::AcceptConditionally)?;
        let (undertaking, on_file) = (undertaking.clone(), numbers_on_file(&at, matter)?);
        Ok(Command::AcceptConditionally { undertaking, days, on_file, not_reused: reasons.clone() })
    })
    .await
}

/// 告知承诺
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommitmentRequest {
    /// 承诺书
    #[schema(schema_with = schema::text::<2000>)]
    undertaking: Text<2000>,
}

#[utoipa::path(
    tag = "受理", operation_id = "accept_on_commitment", summary = "告知承诺受理",
    description = "以书面承诺代替可告知承诺的材料；先作决定，六十个工作日内核查。曾违反承诺的申请人不再适用。Rule L13.",
    params(OnCase), request_body = CommitmentRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/commitment")]
pub async fn accept_on_commitment(desk: Data<Desk>, on: OnCase, body: Body<CommitmentRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    desk.change(on.change(Action::AcceptOnCommitment, Some(digest)), move |matter| {
        let barred = bars::is_barred(matter.tx.read(), matter.case.centre, matter.case.applicant);
        let barred = barred.map_err(StoreError::from)?;
        Ok(Command::AcceptOnCommitment { undertaking: value.undertaking.clone(), barred })
    })
    .await
}

/// 撤销受理
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevocationRequest {
    #[schema(schema_with = schema::text::<2000>)]
    reason: Text<2000>,
}

#[utoipa::path(
    tag = "受理", operation_id = "revoke_acceptance", summary = "撤销受理",
    description = "容缺材料补交后仍不符合要求的，撤销受理并书面说明理由；逾期未补齐的由系统撤销。Rule L8.",
    params(OnCase), request_body = RevocationRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/acceptance/revocation")]
pub async fn revoke_acceptance(desk: Data<Desk>, on: OnCase, body: Body<RevocationRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    let command = Command::RevokeAcceptance { reason: value.reason };
    desk.change(on.change(Action::RevokeAcceptance, Some(digest)), move |_| Ok(command.clone())).await
}

/// 承诺核查
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerificationRequest {
    #[schema(schema_with = schema::variants::<CommitmentFinding>)]
    finding: CommitmentFinding,
    /// 核查情况
    #[schema(schema_with = schema::text::<1000>)]
    note: Text<1000>,
    /// 限期整改（工作日）; the first time the commitment is found broken, and only then.
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 250)]
    #[serde(default, deserialize_with = "crate::bounds::some_days::<_, 250>")]
    mend_within: Option<WorkingDays>,
}

#[utoipa::path(
    tag = "审批", operation_id = "verify_commitment", summary = "承诺核查",
    description = "作出决定后六十个工作日内核查；不一致的责令限期整改，仍不一致的撤销许可，该申请人不再适用告知承诺。Rule L13.",
    params(OnCase), request_body = VerificationRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/commitment/verification")]
pub async fn verify_commitment(desk: Data<Desk>, on: OnCase, body: Body<VerificationRequest>) -> Answer<Reply> {
    let Body { value: VerificationRequest { finding, note, mend_within }, digest } = body;
    let command = Command::VerifyCommitment { finding, note, mend_within };
    desk.change(on.change(Action::VerifyCommitment, Some(digest)), move |_| Ok(command.clone())).await
}
