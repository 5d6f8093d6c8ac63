//! 接受、退回、重新分流、办结: what clerks do about a consultation that is open (clauses A1-2, B5-1).

use std::sync::Arc;

use actix_web::{post, web::Data};
use casework::Case;
use kernel::{
    CaseId, Text,
    access::{Action, may, may_on},
    id::ConsultationId,
};
use persistence::{Connection, Shard, StoreError, cases};
use reception::{Command, Consultation};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{complete, must_lead_somewhere, visible};
use crate::{
    auth::Caller,
    consultations::write_down,
    desk::Desk,
    edge::{Body, Fields, IdempotencyKey, IfMatch, PathId, Stamp},
    problem::{Answer, Error},
    reply::Reply,
    schema,
    views::consultation::{ConsultationView, DirectionBody},
};

/// A write to one consultation, by somebody, with what they had seen of it.
struct Change {
    caller: Caller,
    id: ConsultationId,
    seen: IfMatch,
    stamp: Option<Stamp>,
}

/// One command to one consultation: load, decide, compare-and-set with the event, answer with it.
async fn change(
    desk: &Arc<Desk>,
    change: Change,
    command: impl Fn(&mut Connection, &Caller, &Consultation) -> Answer<Command> + Send + 'static,
) -> Answer<Reply> {
    let Change { caller, id, seen, stamp } = change;
    may(&caller, Action::HandleConsultation)?;
    desk.once(caller.clone(), Shard::of(&id), stamp, move |desk, tx, now| {
        let before = visible(tx.read(), &caller, id)?;
        may_on(&caller, Action::HandleConsultation, &before.consultation.whereabouts())?;
        seen.check(before.consultation.version)?;
        let command = command(tx.read(), &caller, &before.consultation)?;
        let calendar = desk.calendar(tx.read(), caller.centre)?;
        let ctx = desk.context(&caller, &calendar, now);
        let event = before.consultation.decide(command, &ctx)?;
        ConsultationView::of(&write_down(tx, before, event, &ctx)?, &caller).reply(200)
    })
    .await
}

#[utoipa::path(
    tag = "咨询", operation_id = "accept_consultation", summary = "接受咨询",
    description = "分流到的窗口的人员接受，首问责任随之转移；此前仍由原责任人负责。Clauses A1-2, B5-1.",
    params(("consultation" = String, Path, format = Uuid, description = "咨询标识"), IfMatch, IdempotencyKey),
    responses((status = 200, body = ConsultationView, description = "咨询的最新情况", headers(("ETag" = String))))
)]
#[post("/v1/consultations/{consultation}/acceptance")]
pub async fn accept(
    desk: Data<Desk>,
    caller: Caller,
    consultation: PathId<ConsultationId>,
    seen: IfMatch,
    key: IdempotencyKey,
) -> Answer<Reply> {
    let on = Change { caller, id: consultation.0, seen, stamp: key.stamp(None) };
    change(&desk, on, |_, _, _| Ok(Command::Accept)).await
}

/// 退回咨询
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsultationRefusalRequest {
    /// 退回理由; no personal data.
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
}

#[utoipa::path(
    tag = "咨询", operation_id = "decline_consultation", summary = "退回咨询",
    description = "分流到的窗口说明理由退回；责任人没有变，由其重新分流或者办结。Clauses A1-2, B5-1.",
    params(("consultation" = String, Path, format = Uuid, description = "咨询标识"), IfMatch, IdempotencyKey),
    request_body = ConsultationRefusalRequest,
    responses((status = 200, body = ConsultationView, description = "咨询的最新情况", headers(("ETag" = String))))
)]
#[post("/v1/consultations/{consultation}/refusal")]
pub async fn decline(
    desk: Data<Desk>,
    caller: Caller,
    consultation: PathId<ConsultationId>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<ConsultationRefusalRequest>,
) -> Answer<Reply> {
    let Body { value: ConsultationRefusalRequest { reason }, digest } = body;
    let on = Change { caller, id: consultation.0, seen, stamp: key.stamp(Some(digest)) };
    change(&desk, on, move |_, _, _| Ok(Command::Decline { reason: reason.clone() })).await
}

/// 重新分流
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectingRequest {
    direction: DirectionBody,
}

#[utoipa::path(
    tag = "咨询", operation_id = "direct_consultation", summary = "重新分流",
    description = "责任人重新分流，未被接受的原分流随之取消；不能分流到本窗口，也不能改为当场答复。Clauses A1-2, B5-1.",
    params(("consultation" = String, Path, format = Uuid, description = "咨询标识"), IfMatch, IdempotencyKey),
    request_body = DirectingRequest,
    responses((status = 200, body = ConsultationView, description = "咨询的最新情况", headers(("ETag" = String))))
)]
#[post("/v1/consultations/{consultation}/direction")]
pub async fn direct(
    desk: Data<Desk>,
    caller: Caller,
    consultation: PathId<ConsultationId>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<DirectingRequest>,
) -> Answer<Reply> {
    let Body { value: DirectingRequest { direction }, digest } = body;
    let on = Change { caller, id: consultation.0, seen, stamp: key.stamp(Some(digest)) };
    change(&desk, on, move |connection, caller, _| {
        let mut fields = Fields::new();
        let direction = complete(direction.clone(), &mut fields);
        let (direction,) = fields.all((direction,))?;
        must_lead_somewhere(connection, caller.centre, &direction)?;
        Ok(Command::Direct(direction))
    })
    .await
}

/// 办结咨询
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConclusionRequest {
    /// 办理结果; no personal data.
    #[schema(schema_with = schema::text::<1000>)]
    outcome: Text<1000>,
    /// 由此产生的办件, of the same applicant and after the question.
    #[schema(value_type = Option<String>, format = Uuid, required = false)]
    #[serde(default)]
    case: Option<CaseId>,
}

#[utoipa::path(
    tag = "咨询", operation_id = "conclude_consultation", summary = "办结咨询",
    description = "责任人登记办理结果，由此产生办件的一并登记；不办结、不转办不成事的，一直在办。Clauses A1-2, B5-1.",
    params(("consultation" = String, Path, format = Uuid, description = "咨询标识"), IfMatch, IdempotencyKey),
    request_body = ConclusionRequest,
    responses((status = 200, body = ConsultationView, description = "咨询的最新情况", headers(("ETag" = String))))
)]
#[post("/v1/consultations/{consultation}/conclusion")]
pub async fn conclude(
    desk: Data<Desk>,
    caller: Caller,
    consultation: PathId<ConsultationId>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<ConclusionRequest>,
) -> Answer<Reply> {
    let Body { value: ConclusionRequest { outcome, case }, digest } = body;
    let on = Change { caller, id: consultation.0, seen, stamp: key.stamp(Some(digest)) };
    change(&desk, on, move |connection, caller, consultation| {
        must_have_led_to(connection, caller, consultation, case)?;
        Ok(Command::Conclude { outcome: outcome.clone(), case })
    })
    .await
}

/// The case came after the question, and is whoever's who asked; where they did not say who they are, one that the clerk can
/// see.
fn must_have_led_to(
    connection: &mut Connection,
    caller: &Caller,
    consultation: &Consultation,
    case: Option<CaseId>,
) -> Answer<()> {
    let Some(id) = case else { return Ok(()) };
    let loaded = cases::load(connection, caller.centre, id).map_err(StoreError::from)?;
    let led_to = |case: &Case| match consultation.applicant {
        Some(applicant) => case.applicant == applicant,
        None => caller.sight().covers(&case.whereabouts()),
    };
    match loaded {
        Some(it) if it.case.received_at >= consultation.at && led_to(&it.case) => Ok(()),
        _ => Err(Error::field("/case", "没有咨询之后收到的这一办件，或者不是咨询人的")),
    }
}
