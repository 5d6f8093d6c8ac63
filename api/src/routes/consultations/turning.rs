//! 咨询转办不成事: one step from where somebody was sent to a registered impasse (clause A1-3).

use actix_web::{post, web::Data};
use escalation::{Channel, Registration, Speaker};
use kernel::{
    Context, PartyId, Text, WindowCode,
    access::{Action, may},
    id::{ConsultationId, ImpasseId},
    identity::Assurance,
};
use persistence::{Shard, Tx};
use reception::{Command, Consultation, Event};
use serde::Deserialize;
use utoipa::ToSchema;

use super::visible;
use crate::{
    auth::Caller,
    consultations::write_down,
    desk::Desk,
    edge::{Body, Fields, IdempotencyKey, IfMatch, PathId},
    impasses,
    problem::{Answer, Error},
    reply::Reply,
    routes::{
        impasses::{RegisteredSpeakerRequest, Registering, registered},
        receipt::{
            ApplicantRequest,
            people::{Applicant, assurance},
        },
    },
    schema,
    views::impasse::{CategoryBody, ImpasseView},
};

/// 咨询转办不成事: what the consultation does not say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsultationTurningRequest {
    category: CategoryBody,
    /// 基本情况; no personal data.
    #[schema(schema_with = schema::text::<4000>)]
    facts: Text<4000>,
    /// 诉求
    #[schema(schema_with = schema::text::<1000>)]
    wanted: Text<1000>,
    /// 申请人, as the window has verified them; the one who asked, where they said who they are.
    applicant: ApplicantRequest,
    /// 代表企业反映的人, of an enterprise; may speak for it at the end, once verified.
    #[serde(default)]
    #[schema(required = false)]
    speaker: Option<RegisteredSpeakerRequest>,
}

/// A turning whose every field has been checked.
struct Turning {
    consultation: ConsultationId,
    impasse: ImpasseId,
    seen: IfMatch,
    category: CategoryBody,
    facts: Text<4000>,
    wanted: Text<1000>,
    applicant: Applicant,
    assurance: Assurance,
    speaker: Option<Registering>,
}

#[utoipa::path(
    tag = "咨询", operation_id = "turn_consultation", summary = "咨询转办不成事",
    description = "一步登记为办不成事事项：由责任人，或者由分流到的兜底窗口（登记即接受）核验申请人后办理；\
                   事项注明来自哪一咨询及其首问责任人，申请人可以查看办理进度。Clauses A1-3, B5-1.",
    params(("consultation" = String, Path, format = Uuid, description = "咨询标识"), IfMatch, IdempotencyKey),
    request_body = ConsultationTurningRequest,
    responses((status = 201, body = ImpasseView, description = "登记成功", headers(("ETag" = String), ("Location" = String))))
)]
#[post("/v1/consultations/{consultation}/impasse")]
pub async fn turn(
    desk: Data<Desk>,
    caller: Caller,
    consultation: PathId<ConsultationId>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<ConsultationTurningRequest>,
) -> Answer<Reply> {
    may(&caller, Action::RegisterImpasse)?;
    may(&caller, Action::HandleConsultation)?;
    let Body { value: ConsultationTurningRequest { category, facts, wanted, applicant, speaker }, digest } = body;
    let (now, id, who) = (desk.now(caller.centre), consultation.0, caller.clone());
    // Whoever may not know of it is told so before anything is said of the body.
    desk.store.read(move |connection| visible(connection, &who, id).map(drop)).await?;
    let mut fields = Fields::new();
    let assurance = assurance(None, &caller, &mut fields);
    let applicant = Applicant::of(Some(applicant), &caller, &mut fields, &desk, now);
    let speaker = speaker.and_then(|speaker| speaker.checked(applicant.as_ref(), now.day(), &mut fields));
    let (applicant,) = fields.all((applicant,))?;
    let (impasse, by) = (ImpasseId::fresh(now), caller.clone());
    let turning = Turning { consultation: id, impasse, seen, category, facts, wanted, applicant, assurance, speaker };
    desk.once(by, Shard::of(&id), key.stamp(Some(digest)), move |desk, tx, now| {
        let calendar = desk.calendar(tx.read(), caller.centre)?;
        turning.done(desk, tx, &caller, &desk.context(&caller, &calendar, now))
    })
    .await
}

impl Turning {
    fn done(&self, desk: &Desk, tx: &mut Tx<'_>, caller: &Caller, ctx: &Context<'_>) -> Answer<Reply> {
        let before = visible(tx.read(), caller, self.consultation)?;
        self.seen.check(before.consultation.version)?;
        let who = self.applicant.registered(tx, caller.centre, ctx.now)?;
        let event = before.consultation.decide(Command::Turn { impasse: self.impasse, applicant: who.id }, ctx)?;
        let Event::BecameImpasse { window, .. } = &event else {
            return Err(Error::internal("a consultation that became something else"));
        };
        let speaker = self.speaker.as_ref();
        let speaker = speaker.map(|it| it.registered(tx, caller.centre, desk.secret(), ctx.now)).transpose()?;
        let registration = self.registration(desk, &before.consultation, window.clone(), who.id, speaker)?;
        let loaded = impasses::register(desk, tx, registration, (who.kind, who.name), ctx)?;
        write_down(tx, before, event, ctx)?;
        registered(tx, &loaded, ctx)
    }

    /// At the window of whoever registers it, who answers for it from then on.
    fn registration(
        &self,
        desk: &Desk,
        from: &Consultation,
        window: WindowCode,
        applicant: PartyId,
        speaker: Option<Speaker>,
    ) -> Answer<Registration> {
        let escalation = &desk.settings.escalation;
        let at_the_fallback = window == escalation.window;
        Ok(Registration {
            id: self.impasse,
            centre: from.asked.centre,
            category: self.category.clone().into(),
            channel: if at_the_fallback { Channel::FallbackWindow } else { Channel::Window },
            window,
            fallback: escalation.window.clone(),
            department: escalation.department.clone(),
            referred_by: None,
            refused_by: Vec::new(),
            applicant,
            speaker,
            assurance: self.assurance,
            client: None,
            vouched_by: None,
            external_number: None,
            failed_case: None,
            negative_reply: None,
            consultation: Some(from.asked.id),
            first_asked: Some(from.asked.by.clone()),
            subject: from.subject().ok_or_else(|| Error::internal("a question without a beginning"))?,
            facts: self.facts.clone(),
            wanted: self.wanted.clone(),
            in_person: true,
        })
    }
}
