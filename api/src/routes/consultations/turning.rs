//! 咨询转办不成事: one step from where somebody was sent to a registered impasse (clause A1-3).

use actix_web::{post, web::Data};
use escalation::Registration;
use kernel::{
    Context,
    access::{Action, may},
    id::ConsultationId,
};
use persistence::{Shard, Tx, consultations::Loaded};
use reception::{Command, Event};

use super::visible;
use crate::{
    auth::Caller,
    consultations::write_down,
    desk::Desk,
    edge::{Body, IdempotencyKey, IfMatch, PathId},
    impasses,
    problem::{Answer, Error},
    reply::Reply,
    routes::impasses::{Turning, TurningRequest, registered},
    views::impasse::ImpasseView,
};

#[utoipa::path(
    tag = "咨询", operation_id = "turn_consultation", summary = "咨询转办不成事",
    description = "一步登记为办不成事事项：由责任人，或者由分流到的兜底窗口（登记即接受）核验申请人后办理；\
                   事项注明来自哪一咨询及其首问责任人，申请人可以查看办理进度。Clauses A1-3, B5-1.",
    params(("consultation" = String, Path, format = Uuid, description = "咨询标识"), IfMatch, IdempotencyKey),
    request_body = TurningRequest,
    responses((status = 201, body = ImpasseView, description = "登记成功", headers(("ETag" = String), ("Location" = String))))
)]
#[post("/v1/consultations/{consultation}/impasse")]
pub async fn turn(
    desk: Data<Desk>,
    caller: Caller,
    consultation: PathId<ConsultationId>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<TurningRequest>,
) -> Answer<Reply> {
    may(&caller, Action::RegisterImpasse)?;
    may(&caller, Action::HandleConsultation)?;
    let Body { value, digest } = body;
    let (id, who, by) = (consultation.0, caller.clone(), caller.clone());
    // Whoever may not know of it is told so before anything is said of the body.
    desk.store.read(move |connection| visible(connection, &who, id).map(drop)).await?;
    let turning = Turning::checked(value, &caller, &desk)?;
    desk.once(by, Shard::of(&id), key.stamp(Some(digest)), move |desk, tx, now| {
        let calendar = desk.calendar(tx.read(), caller.centre)?;
        let before = visible(tx.read(), &caller, id)?;
        seen.check(before.consultation.version)?;
        become_impasse(before, &turning, desk, tx, &caller, &desk.context(&caller, &calendar, now))
    })
    .await
}

/// At the window of whoever registers it, who answers for it from then on.
fn become_impasse(
    before: Loaded,
    turning: &Turning,
    desk: &Desk,
    tx: &mut Tx<'_>,
    caller: &Caller,
    ctx: &Context<'_>,
) -> Answer<Reply> {
    let it = &before.consultation;
    let who = turning.applicant.registered(tx, caller.centre, ctx.now)?;
    let event = it.decide(Command::Turn { impasse: turning.impasse(), applicant: who.id }, ctx)?;
    let Event::BecameImpasse { window, .. } = &event else {
        return Err(Error::internal("a consultation that became something else"));
    };
    let subject = it.subject().ok_or_else(|| Error::internal("a question without a beginning"))?;
    let registration = Registration {
        speaker: turning.speaker(desk, tx, ctx)?,
        refused_by: it.declined_by().into_iter().cloned().collect(),
        consultation: Some(it.asked.id),
        first_asked: Some(it.asked.by.clone()),
        ..turning.registration(desk, caller, window.clone(), who.id, subject)
    };
    let loaded = impasses::register(desk, tx, registration, (who.kind, who.name), ctx)?;
    write_down(tx, before, event, ctx)?;
    registered(tx, &loaded, ctx)
}
