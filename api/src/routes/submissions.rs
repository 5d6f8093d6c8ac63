//! 每月提交市政府 (clause D4-4): drafted, frozen, sent and decided upon, item by item.

use std::{collections::BTreeSet, sync::Arc};

use actix_web::{
    HttpRequest, get,
    http::header::IF_NONE_MATCH,
    post,
    web::{Data, Json},
};
use chrono::NaiveDate;
use escalation::{
    GovernmentDecision,
    submission::{Month, Withdrawn},
};
use kernel::{
    Context, Text,
    access::{Action, may},
    id::ImpasseId,
};
use persistence::{
    StoreError, Tx,
    submissions::{self, Loaded},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::transfer::must_be_known;
use crate::{
    assemblies::{self, note_missed_months, submission_shard},
    auth::Caller,
    desk::Desk,
    edge::{Body, IdempotencyKey, IfMatch, PathId, Query, etag},
    paging::{Listed, PageQuery, Paging},
    problem::{Answer, Error},
    reply::Reply,
    schema,
    views::{
        Page,
        meeting::AssignmentBody,
        submission::{SubmissionEntryView, SubmissionLine, SubmissionView},
    },
};

/// 拟稿
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmissionRequest {
    /// 再次提交: what was decided upon before and goes to the government again.
    #[schema(value_type = Vec<uuid::Uuid>, required = false, max_items = 50)]
    #[serde(default, deserialize_with = "crate::bounds::few::<_, _, _, 0, 50>")]
    again: BTreeSet<ImpasseId>,
}

#[utoipa::path(
    tag = "提交市政府", operation_id = "draft_submission", summary = "拟稿本月提交",
    description = "每月一次：办理中、未在市政府研究的特别疑难事项自动列入，上月错过的列明结转。Clause D4-4, rule L17.",
    params(IdempotencyKey), request_body = SubmissionRequest,
    responses((status = 201, body = SubmissionView, description = "本月提交", headers(("ETag" = String), ("Location" = String))))
)]
#[post("/v1/government-submissions")]
pub async fn draft(
    desk: Data<Desk>,
    caller: Caller,
    key: IdempotencyKey,
    body: Body<SubmissionRequest>,
) -> Answer<Reply> {
    may(&caller, Action::SubmitToGovernment)?;
    let Body { value, digest } = body;
    let (by, centre) = (caller.clone(), caller.centre);
    desk.once(by, submission_shard(centre), key.stamp(Some(digest)), move |desk, tx, now| {
        let calendar = desk.calendar(tx.read(), centre)?;
        let ctx = desk.context(&caller, &calendar, now);
        let again: Vec<ImpasseId> = value.again.iter().copied().collect();
        let loaded = assemblies::draft(desk, tx, &again, &ctx)?;
        let month = loaded.submission.month;
        Ok(SubmissionView::of(&loaded.submission).reply(201)?.at(format!("/v1/government-submissions/{month}")))
    })
    .await
}

#[utoipa::path(
    tag = "提交市政府", operation_id = "list_submissions", summary = "提交市政府列表",
    description = "最近的月份在前；当月应提交而未提交的，列为漏报警示。Clause D4-4.",
    params(PageQuery), responses((status = 200, body = Page<SubmissionLine>, description = "一页提交"))
)]
#[get("/v1/government-submissions")]
pub async fn list(desk: Data<Desk>, caller: Caller, query: Query<PageQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadSubmissions)?;
    let PageQuery { limit, cursor } = query.into_inner();
    let paging = Paging::new(desk.secret(), "/v1/government-submissions", caller.scope(), &(), limit)?;
    let before: Option<Month> = paging.place(cursor.as_deref())?;
    desk.store
        .read(move |connection| {
            let rows = submissions::list(connection, caller.centre, before, paging.rows()).map_err(StoreError::from)?;
            paging.page(rows, |last| last.submission.month, |row| SubmissionLine::of(&row.submission))
        })
        .await
}

fn month_of(text: &str) -> Answer<Month> {
    text.parse().map_err(|_| Error::not_found())
}

#[utoipa::path(
    tag = "提交市政府", operation_id = "read_submission", summary = "查看提交市政府",
    description = "事项、结转、研究意见。Clause D4-4.",
    params(
        ("month" = String, Path, description = "月份，如 2026-11", max_length = 7),
        ("If-None-Match" = Option<String>, Header, description = "已有的 ETag")
    ),
    responses(
        (status = 200, body = SubmissionView, description = "提交", headers(("ETag" = String))),
        (status = 304, description = "没有变化")
    )
)]
#[get("/v1/government-submissions/{month}")]
pub async fn read(desk: Data<Desk>, caller: Caller, month: PathId<String>, request: HttpRequest) -> Answer<Reply> {
    may(&caller, Action::ReadSubmissions)?;
    let month = month_of(&month.0)?;
    let known = request.headers().get(IF_NONE_MATCH).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
    desk.store
        .read(move |connection| {
            let loaded = assemblies::found(connection, caller.centre, month)?;
            if known.as_deref() == Some(&etag(loaded.submission.version)) {
                return Ok(Reply::not_modified(loaded.submission.version));
            }
            SubmissionView::of(&loaded.submission).reply(200)
        })
        .await
}

#[utoipa::path(
    tag = "提交市政府", operation_id = "read_submission_packet", summary = "查看定稿材料",
    description = "定稿时的全部内容，逐字节不变；SHA-256 与 digest 一致。Clause D4-4.",
    params(("month" = String, Path, description = "月份，如 2026-11", max_length = 7)),
    responses((status = 200, body = Object, description = "定稿材料"))
)]
#[get("/v1/government-submissions/{month}/packet")]
pub async fn packet(desk: Data<Desk>, caller: Caller, month: PathId<String>) -> Answer<actix_web::HttpResponse> {
    may(&caller, Action::ReadSubmissions)?;
    let month = month_of(&month.0)?;
    let packet = desk.store.read(move |connection| {
        submissions::packet(connection, caller.centre, month).map_err(StoreError::from)?.ok_or_else(Error::not_found)
    });
    let packet = packet.await?;
    Ok(actix_web::HttpResponse::Ok().content_type("application/json; charset=utf-8").body(packet))
}

#[utoipa::path(
    tag = "提交市政府", operation_id = "read_missed_items", summary = "错过本月的事项",
    description = "定稿之后才成为特别疑难的事项，列入下月并注明。Clause D4-4.",
    params(("month" = String, Path, description = "月份，如 2026-11", max_length = 7)),
    responses((status = 200, body = Vec<SubmissionEntryView>, description = "错过本月的事项"))
)]
#[get("/v1/government-submissions/{month}/missed")]
pub async fn missed(desk: Data<Desk>, caller: Caller, month: PathId<String>) -> Answer<Json<Vec<SubmissionEntryView>>> {
    may(&caller, Action::ReadSubmissions)?;
    let month = month_of(&month.0)?;
    desk.store
        .read(move |connection| {
            let loaded = assemblies::found(connection, caller.centre, month)?;
            let missed = assemblies::missed(connection, &loaded.submission)?;
            Ok(Json(missed.iter().map(SubmissionEntryView::from).collect()))
        })
        .await
}

#[utoipa::path(
    tag = "提交市政府", operation_id = "refresh_submission", summary = "更新拟稿",
    description = "按现状重新汇集。Clause D4-4.",
    params(("month" = String, Path, description = "月份，如 2026-11", max_length = 7), IfMatch, IdempotencyKey),
    request_body = SubmissionRequest,
    responses((status = 200, body = SubmissionView, description = "提交", headers(("ETag" = String))))
)]
#[post("/v1/government-submissions/{month}/refreshing")]
pub async fn refresh(
    desk: Data<Desk>,
    caller: Caller,
    month: PathId<String>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<SubmissionRequest>,
) -> Answer<Reply> {
    let Body { value, digest } = body;
    let on = OnSubmission { caller, month: month_of(&month.0)?, seen, key };
    on.change(&desk, Some(digest), move |_, tx, before, ctx| {
        let again: Vec<ImpasseId> = value.again.iter().copied().collect();
        assemblies::refresh(tx, before, &again, ctx)
    })
    .await
}

#[utoipa::path(
    tag = "提交市政府", operation_id = "freeze_submission", summary = "定稿",
    description = "形成定稿材料和摘要，此后不能更改；拟稿不是最新的，先更新。Clause D4-4.",
    params(("month" = String, Path, description = "月份，如 2026-11", max_length = 7), IfMatch, IdempotencyKey),
    responses((status = 200, body = SubmissionView, description = "提交", headers(("ETag" = String))))
)]
#[post("/v1/government-submissions/{month}/freezing")]
pub async fn freeze(
    desk: Data<Desk>,
    caller: Caller,
    month: PathId<String>,
    seen: IfMatch,
    key: IdempotencyKey,
) -> Answer<Reply> {
    let on = OnSubmission { caller, month: month_of(&month.0)?, seen, key };
    on.change(&desk, None, |_, tx, before, ctx| assemblies::freeze(tx, before, ctx)).await
}

/// 提交
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SendingRequest {
    /// 撤下的事项
    #[schema(required = false, max_items = 50)]
    #[serde(default, deserialize_with = "crate::bounds::few::<_, _, _, 0, 50>")]
    withdrawn: Vec<WithdrawnRequest>,
}

/// 撤下的事项
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawnRequest {
    #[schema(schema_with = schema::id)]
    impasse: ImpasseId,
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
}

#[utoipa::path(
    tag = "提交市政府", operation_id = "send_submission", summary = "提交市政府",
    description = "取得呈报编号；定稿后不再适合提交的事项说明理由撤下。Clause D4-4.",
    params(("month" = String, Path, description = "月份，如 2026-11", max_length = 7), IfMatch, IdempotencyKey),
    request_body = SendingRequest,
    responses((status = 200, body = SubmissionView, description = "提交", headers(("ETag" = String))))
)]
#[post("/v1/government-submissions/{month}/sending")]
pub async fn send(
    desk: Data<Desk>,
    caller: Caller,
    month: PathId<String>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<SendingRequest>,
) -> Answer<Reply> {
    let Body { value, digest } = body;
    let on = OnSubmission { caller, month: month_of(&month.0)?, seen, key };
    on.change(&desk, Some(digest), move |desk, tx, before, ctx| {
        let withdrawn = value.withdrawn.iter().cloned();
        let withdrawn = withdrawn.map(|it| Withdrawn { impasse: it.impasse, reason: it.reason }).collect();
        assemblies::submit(desk, tx, before, withdrawn, ctx)
    })
    .await
}

/// 市政府研究意见
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GovernmentDecisionRequest {
    #[schema(schema_with = schema::id)]
    impasse: ImpasseId,
    #[schema(schema_with = schema::text::<2000>)]
    decision: Text<2000>,
    #[schema(schema_with = schema::day)]
    #[serde(deserialize_with = "crate::day::required")]
    decided_on: NaiveDate,
    /// 文号
    #[schema(schema_with = schema::some_text::<60>)]
    #[serde(default)]
    document: Option<Text<60>>,
    /// 随即交办
    #[serde(default)]
    order: Option<AssignmentBody>,
}

#[utoipa::path(
    tag = "提交市政府", operation_id = "record_government_decision", summary = "登记市政府研究意见",
    description = "逐项登记，可以随即交办；每项都有意见的，该月办结。Clause D4-4.",
    params(("month" = String, Path, description = "月份，如 2026-11", max_length = 7), IfMatch, IdempotencyKey),
    request_body = GovernmentDecisionRequest,
    responses((status = 200, body = SubmissionView, description = "提交", headers(("ETag" = String))))
)]
#[post("/v1/government-submissions/{month}/decisions")]
pub async fn decide(
    desk: Data<Desk>,
    caller: Caller,
    month: PathId<String>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<GovernmentDecisionRequest>,
) -> Answer<Reply> {
    let Body { value, digest } = body;
    let on = OnSubmission { caller, month: month_of(&month.0)?, seen, key };
    on.change(&desk, Some(digest), move |desk, tx, before, ctx| {
        let GovernmentDecisionRequest { impasse, decision, decided_on, document, order } = value.clone();
        let order = order.map(escalation::meeting::Assignment::from);
        if let Some(order) = &order {
            must_be_known(tx, ctx.actor.centre, std::iter::once(&order.department).chain(&order.with))?;
        }
        let decision = GovernmentDecision { decision, decided_on, document };
        assemblies::decide(desk, tx, before, (impasse, decision), order, ctx)
    })
    .await
}

/// A write to one month's submission as it arrives.
struct OnSubmission {
    caller: Caller,
    month: Month,
    seen: IfMatch,
    key: IdempotencyKey,
}

impl OnSubmission {
    async fn change(
        self,
        desk: &Arc<Desk>,
        body: Option<[u8; 32]>,
        change: impl Fn(&Desk, &mut Tx<'_>, Loaded, &Context<'_>) -> Answer<Loaded> + Send + 'static,
    ) -> Answer<Reply> {
        let Self { caller, month, seen, key } = self;
        may(&caller, Action::SubmitToGovernment)?;
        desk.once(caller.clone(), submission_shard(caller.centre), key.stamp(body), move |desk, tx, now| {
            seen.check(assemblies::found(tx.read(), caller.centre, month)?.submission.version)?;
            note_missed_months(desk, tx, caller.centre, now)?;
            let before = assemblies::found(tx.read(), caller.centre, month)?;
            let calendar = desk.calendar(tx.read(), caller.centre)?;
            let ctx = desk.context(&caller, &calendar, now);
            let after = change(desk, tx, before, &ctx)?;
            SubmissionView::of(&after.submission).reply(200)
        })
        .await
    }
}
