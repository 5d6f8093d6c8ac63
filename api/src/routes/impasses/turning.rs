//! 转办不成事: what an impasse is told besides where it comes from, a negative reply or a consultation (clauses A1-3, D7-1).

use escalation::{Channel, Registration, Speaker};
use kernel::{Context, PartyId, Text, WindowCode, id::ImpasseId, identity::Assurance};
use persistence::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use super::speaker::{RegisteredSpeakerRequest, Registering};
use crate::{
    auth::Caller,
    desk::Desk,
    edge::Fields,
    problem::Answer,
    routes::receipt::{
        ApplicantRequest,
        people::{Applicant, assurance},
    },
    schema,
    views::impasse::CategoryBody,
};

/// 转为办不成事事项: what is not known of where it comes from.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TurningRequest {
    category: CategoryBody,
    /// 基本情况; no personal data.
    #[schema(schema_with = schema::text::<4000>)]
    facts: Text<4000>,
    /// 诉求
    #[schema(schema_with = schema::text::<1000>)]
    wanted: Text<1000>,
    /// 申请人, as the window has verified them; absent where the applicant calls in person.
    #[serde(default)]
    #[schema(required = false)]
    applicant: Option<ApplicantRequest>,
    /// 代表企业反映的人, of an enterprise; may speak for it at the end, once verified.
    #[serde(default)]
    #[schema(required = false)]
    speaker: Option<RegisteredSpeakerRequest>,
}

/// A turning whose every field has been checked.
pub(in crate::routes) struct Turning {
    impasse: ImpasseId,
    category: CategoryBody,
    facts: Text<4000>,
    wanted: Text<1000>,
    pub applicant: Applicant,
    assurance: Assurance,
    speaker: Option<Registering>,
}

impl Turning {
    pub(in crate::routes) fn checked(request: TurningRequest, caller: &Caller, desk: &Desk) -> Answer<Self> {
        let TurningRequest { category, facts, wanted, applicant, speaker } = request;
        let now = desk.now(caller.centre);
        let mut fields = Fields::new();
        let assurance = assurance(None, caller, &mut fields);
        let applicant = Applicant::of(applicant, caller, &mut fields, desk, now);
        let speaker = speaker.and_then(|speaker| speaker.checked(applicant.as_ref(), now.day(), &mut fields));
        let (applicant,) = fields.all((applicant,))?;
        Ok(Self { impasse: ImpasseId::fresh(now), category, facts, wanted, applicant, assurance, speaker })
    }

    pub(in crate::routes) fn impasse(&self) -> ImpasseId {
        self.impasse
    }

    /// 代表企业反映的人, where one is named.
    pub(in crate::routes) fn speaker(
        &self,
        desk: &Desk,
        tx: &mut Tx<'_>,
        ctx: &Context<'_>,
    ) -> Answer<Option<Speaker>> {
        let registered = |it: &Registering| it.registered(tx, ctx.actor.centre, desk.secret(), ctx.now);
        self.speaker.as_ref().map(registered).transpose()
    }

    /// At this window, of this applicant; where it comes from is for the caller to add.
    pub(in crate::routes) fn registration(
        &self,
        desk: &Desk,
        caller: &Caller,
        window: WindowCode,
        applicant: PartyId,
        subject: Text<100>,
    ) -> Registration {
        let escalation = &desk.settings.escalation;
        let in_person = caller.party().is_none();
        let channel = match in_person {
            false => Channel::Online,
            true if window == escalation.window => Channel::FallbackWindow,
            true => Channel::Window,
        };
        Registration {
            id: self.impasse,
            centre: caller.centre,
            category: self.category.clone().into(),
            channel,
            window,
            fallback: escalation.window.clone(),
            department: escalation.department.clone(),
            referred_by: None,
            refused_by: Vec::new(),
            applicant,
            speaker: None,
            assurance: self.assurance,
            client: None,
            vouched_by: None,
            external_number: None,
            failed_case: None,
            negative_reply: None,
            consultation: None,
            first_asked: None,
            subject,
            facts: self.facts.clone(),
            wanted: self.wanted.clone(),
            in_person,
        }
    }
}
