//! 案例的审核: by the reform office, and not by who wrote it: published, sent back, withdrawn; and corrected (clause D6-2).

use actix_web::{post, web::Data};
use escalation::precedent::Command;
use kernel::{Action, Text, id::PrecedentId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::drafts::Change;
use crate::{
    auth::Caller,
    desk::Desk,
    edge::{Body, IdempotencyKey, IfMatch, PathId},
    problem::Answer,
    reply::Reply,
    schema,
    views::precedent::PrecedentStandingView,
};

/// 理由
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PrecedentReasonRequest {
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
}

#[utoipa::path(
    tag = "案例", operation_id = "publish_precedent", summary = "发布案例",
    description = "首次发布时编号，每次发布为新的版次，旧版次仍可阅读。编写过该稿的人员不能审核；来源事项已重新办理的，再次销号前不能发布。Clause D6-2.",
    params(("precedent" = String, Path, format = Uuid, description = "案例标识"), IfMatch, IdempotencyKey),
    responses((status = 200, body = PrecedentStandingView, description = "案例的最新情况", headers(("ETag" = String))))
)]
#[post("/v1/precedent-drafts/{precedent}/publication")]
pub async fn publish(
    desk: Data<Desk>,
    caller: Caller,
    precedent: PathId<PrecedentId>,
    seen: IfMatch,
    key: IdempotencyKey,
) -> Answer<Reply> {
    let change = Change { caller, id: precedent.0, seen, stamp: key.stamp(None), action: Action::PublishPrecedent };
    change.by(&desk, Command::Publish).await
}

#[utoipa::path(
    tag = "案例", operation_id = "send_back_precedent", summary = "退回修改",
    description = "说明理由，退回编写人员修改。Clause D6-2.",
    params(("precedent" = String, Path, format = Uuid, description = "案例标识"), IfMatch, IdempotencyKey),
    request_body = PrecedentReasonRequest,
    responses((status = 200, body = PrecedentStandingView, description = "案例的最新情况", headers(("ETag" = String))))
)]
#[post("/v1/precedent-drafts/{precedent}/return")]
pub async fn send_back(
    desk: Data<Desk>,
    caller: Caller,
    precedent: PathId<PrecedentId>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<PrecedentReasonRequest>,
) -> Answer<Reply> {
    let Body { value, digest } = body;
    let stamp = key.stamp(Some(digest));
    let change = Change { caller, id: precedent.0, seen, stamp, action: Action::PublishPrecedent };
    change.by(&desk, Command::SendBack { reason: value.reason }).await
}

#[utoipa::path(
    tag = "案例", operation_id = "correct_precedent", summary = "修订案例",
    description = "以现行版次的文字开始新的文稿；发布前现行版次照常公开。Clause D6-2.",
    params(("precedent" = String, Path, format = Uuid, description = "案例标识"), IfMatch, IdempotencyKey),
    request_body = PrecedentReasonRequest,
    responses((status = 200, body = PrecedentStandingView, description = "案例的最新情况", headers(("ETag" = String))))
)]
#[post("/v1/precedent-drafts/{precedent}/correction")]
pub async fn correct(
    desk: Data<Desk>,
    caller: Caller,
    precedent: PathId<PrecedentId>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<PrecedentReasonRequest>,
) -> Answer<Reply> {
    let Body { value, digest } = body;
    let stamp = key.stamp(Some(digest));
    let change = Change { caller, id: precedent.0, seen, stamp, action: Action::DraftPrecedent };
    change.by(&desk, Command::Correct { reason: value.reason }).await
}

#[utoipa::path(
    tag = "案例", operation_id = "withdraw_precedent", summary = "撤下案例",
    description = "说明理由；各版次不再公开，编写中的文字一并删去。Clause D6-2.",
    params(("precedent" = String, Path, format = Uuid, description = "案例标识"), IfMatch, IdempotencyKey),
    request_body = PrecedentReasonRequest,
    responses((status = 200, body = PrecedentStandingView, description = "案例的最新情况", headers(("ETag" = String))))
)]
#[post("/v1/precedent-drafts/{precedent}/withdrawal")]
pub async fn withdraw(
    desk: Data<Desk>,
    caller: Caller,
    precedent: PathId<PrecedentId>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<PrecedentReasonRequest>,
) -> Answer<Reply> {
    let Body { value, digest } = body;
    let stamp = key.stamp(Some(digest));
    let change = Change { caller, id: precedent.0, seen, stamp, action: Action::PublishPrecedent };
    change.by(&desk, Command::Withdraw { reason: value.reason }).await
}
