//! 公开查询: progress and result by case number and query code, without an account and without personal data
//! (clause B5-5). A wrong number and a wrong code are the same answer after the same work.

use actix_web::{HttpRequest, post, web::Data, web::Json};
use approval::Outcome;
use casework::{CaseNumber, Stage};
use catalog::DeliveryMethod;
use chrono::NaiveDate;
use issuance::Standing;
use kernel::{Centre, Text};
use persistence::{StoreError, cases};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

use crate::{
    codes,
    desk::Desk,
    edge::{Body, Peer},
    problem::{Answer, Error},
    schema,
};

/// 进度查询
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgressRequest {
    /// 办件编号
    #[schema(value_type = String, min_length = 20, max_length = 26, pattern = "^[0-9]{20,26}$", example = "33108120261123000001")]
    number: Text<26>,
    /// 查询码
    #[schema(value_type = String, min_length = 6, max_length = 6, pattern = "^[0-9]{6}$", example = "042719")]
    query_code: Text<6>,
}

/// 办理进度
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgressView {
    pub number: String,
    /// 事项名称
    pub item: String,
    #[schema(schema_with = schema::variants::<Stage>)]
    pub stage: Stage,
    #[schema(value_type = String)]
    pub stage_label: &'static str,
    #[schema(schema_with = schema::day)]
    pub received_on: NaiveDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub accepted_on: Option<NaiveDate>,
    /// The day the binding limit ends, while one runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub due: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provisional: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<Outcome>)]
    pub outcome: Option<Outcome>,
    /// 准予结果失效之日，已撤销或者注销的
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub grant_ended_on: Option<NaiveDate>,
    #[schema(schema_with = schema::variants::<DeliveryMethod>)]
    pub delivery: DeliveryMethod,
}

#[utoipa::path(
    tag = "公开", operation_id = "query_progress", summary = "查询进度", security(()),
    description = "凭办件编号和查询码，无需登录，不含个人信息。按来源地址（`progress`）和办件编号（`progress-number`）限次，\
                   余量见 `RateLimit`。Clause B5-5.",
    request_body = ProgressRequest, responses((status = 200, body = ProgressView, description = "办理进度"))
)]
#[post("/v1/progress")]
pub async fn query(
    desk: Data<Desk>,
    request: HttpRequest,
    peer: Peer,
    body: Body<ProgressRequest>,
) -> Answer<Json<ProgressView>> {
    desk.progress_by_peer.check(&request, &peer)?;
    let ProgressRequest { number, query_code } = body.into_inner();
    let number = number.to_string();
    desk.progress_by_number.check(&request, &number)?;
    let at = desk.clone();
    // Nothing is looked up until the code is right, so a number that does not exist and a code that is wrong cost the same.
    let expected = codes::query_code(desk.secret(), &number);
    if !bool::from(expected.as_bytes().ct_eq(query_code.as_str().as_bytes())) {
        return Err(Error::not_found());
    }
    desk.store
        .read(move |connection| {
            let centre: Centre = number.get(..6).and_then(|code| code.parse().ok()).unwrap_or(Centre::WENLING);
            let number = CaseNumber::parse(&number).ok_or_else(Error::not_found)?;
            let found = cases::load_by_number(connection, centre, number.as_str()).map_err(StoreError::from)?;
            let loaded = found.ok_or_else(Error::not_found)?;
            let calendar = at.calendar(connection, centre)?;
            let item = at.version_of(connection, &loaded.case)?;
            let case = &loaded.case;
            let today = at.now(centre).day();
            let due = case.clocks.binding(&calendar, today).map(|ledger| ledger.due(&calendar, today));
            Ok(Json(ProgressView {
                number: case.number.to_string(),
                item: item.name.to_string(),
                stage: case.stage,
                stage_label: case.stage.label(),
                received_on: case.received_at.day(),
                accepted_on: case.clocks.statutory.as_ref().map(|ledger| ledger.start),
                due: due.map(|due| due.date),
                provisional: due.map(|due| due.provisional),
                outcome: case.outcome(),
                grant_ended_on: match &case.issuance.standing {
                    Standing::Ended(ended) => Some(ended.on),
                    Standing::InForce => None,
                },
                delivery: case.issuance.method,
            }))
        })
        .await
}
