//! 答复、满意度、销号、挂账、回访 (clauses D5-1, D5-2, D8-1). There is no route that closes: satisfaction does.

use actix_web::{post, web::Data};
use escalation::{CarryingGround, Command, FollowUpWay, Outcome, Satisfaction, Source, Speaker};
use kernel::{
    Action, Refusal, Role, Text, WorkingDays,
    identity::{Assurance, Document},
};
use persistence::{
    StoreError,
    parties::{self, PartyKind},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    on_impasse::{ImpasseChanged, OnImpasse},
    speaker::{self, SpeakerRequest, Speaking, agent_speaks},
};
use crate::{
    auth::{Caller, Secret},
    codes,
    desk::Desk,
    edge::{Body, Fields},
    impasses::ImpasseMatter,
    problem::{Answer, Error},
    reply::Reply,
    routes::{identity::IdentityProof, receipt::people::assurance},
    schema,
};

/// 答复
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImpasseAnswerRequest {
    #[schema(schema_with = schema::variants::<Outcome>)]
    outcome: Outcome,
    #[schema(schema_with = schema::text::<2000>)]
    text: Text<2000>,
    /// 依据; required where the law does not allow it.
    #[schema(schema_with = schema::some_text::<500>)]
    #[serde(default)]
    legal_basis: Option<Text<500>>,
}

#[utoipa::path(
    tag = "办不成事", operation_id = "answer_applicant", summary = "答复申请人",
    description = "一事一回应：交办单全部办结，疑难的已经会议研究、特别疑难的已经市政府研究之后，答复申请人并征询满意度。Clause D5-1.",
    params(OnImpasse), request_body = ImpasseAnswerRequest, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/answer")]
pub async fn answer(desk: Data<Desk>, on: OnImpasse, body: Body<ImpasseAnswerRequest>) -> Answer<Reply> {
    let Body { value: ImpasseAnswerRequest { outcome, text, legal_basis }, digest } = body;
    let command = Command::Answer { outcome, text, legal_basis };
    desk.change_impasse(on.change(Action::AnswerApplicant, Some(digest)), move |_| Ok(command.clone())).await
}

/// 满意度: three questions.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SatisfactionRequest {
    /// 是否有回应
    responded: bool,
    /// 是否解决
    solved: bool,
    /// 是否满意
    satisfied: bool,
    #[schema(schema_with = schema::some_text::<1000>)]
    #[serde(default)]
    comment: Option<Text<1000>>,
    /// 到场自然人的证件，窗口登记时核验；企业的为表态人的证件; an enterprise's own number is public and proves nobody.
    #[serde(default)]
    identity: Option<IdentityProof>,
    /// 表态人, of an enterprise: who spoke for it at the window or to the platform; absent for the one recorded at
    /// registration.
    #[serde(default)]
    speaker: Option<SpeakerRequest>,
    /// 身份核验等级, of what a platform hands in; never `in_person`.
    #[schema(schema_with = schema::some_variant::<Assurance>)]
    #[serde(default)]
    identity_assurance: Option<Assurance>,
}

#[utoipa::path(
    tag = "办不成事", operation_id = "record_satisfaction", summary = "登记满意度",
    description = "满意即销号；不满意的不予销号，另开一轮办理。只有申请人本人的意见才算：本人在线、平台代交、窗口核验证件后登记，\
                   经办人不能登记；企业由法定代表人或者持委托书的代理人表态，须核验其本人证件；登记时已记录表态人的可不再填写，仍须核验证件。\
                   企业以本企业账户在线表态的，代办凭据写明代理人的由该代理人表态并记录；没有代理人的，该账户本身代表企业。没有其他销号途径。Clauses D5-1, D5-2, rule L17.",
    params(OnImpasse), request_body = SatisfactionRequest, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/satisfaction")]
pub async fn record_satisfaction(desk: Data<Desk>, on: OnImpasse, body: Body<SatisfactionRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    let word = Word::checked(value, &on.caller, &desk)?;
    let secret = desk.clone();
    desk.change_impasse(on.change(Action::RecordSatisfaction, Some(digest)), move |matter| {
        let source = word.source(matter, secret.secret())?;
        let SatisfactionRequest { responded, solved, satisfied, comment, .. } = word.said.clone();
        let (by, now) = (matter.ctx.actor.signature(), matter.ctx.now);
        Ok(Command::RecordSatisfaction(Satisfaction { responded, solved, satisfied, comment, source, by, at: now }))
    })
    .await
}

/// The applicant's word, with who spoke and how that is known.
struct Word {
    said: SatisfactionRequest,
    assurance: Assurance,
    /// The document of the natural person who spoke.
    shown: Option<Document>,
    speaker: Option<Speaking>,
}

impl Word {
    fn checked(said: SatisfactionRequest, caller: &Caller, desk: &Desk) -> Answer<Self> {
        let mut fields = Fields::new();
        let assurance = assurance(said.identity_assurance, caller, &mut fields);
        let verifies = matches!(caller.role(), Role::Clerk | Role::Adapter);
        for (pointer, given) in [("/identity", said.identity.is_some()), ("/speaker", said.speaker.is_some())] {
            if given && !verifies {
                fields.refuse(pointer, "invalid_value", "只由窗口人员和对接系统填写");
            }
        }
        if caller.role() == Role::Clerk && said.identity.is_none() {
            fields.refuse("/identity", "invalid_value", "窗口登记须核验到场人员的证件");
        }
        let today = desk.now(caller.centre).day();
        let shown = said.identity.as_ref().and_then(|shown| {
            if shown.document_kind.is_organisation() {
                fields.refuse("/identity/document_kind", "invalid_value", "须出示自然人证件");
            }
            let number = shown.document_number.expose();
            fields.take("/identity/document_number", Document::parse(shown.document_kind, number, today))
        });
        let speaker = said.speaker.as_ref().and_then(|speaker| speaker.checked(&mut fields));
        fields.finish()?;
        Ok(Self { said, assurance, shown, speaker })
    }

    /// How it is known that these are the applicant's words.
    fn source(&self, matter: &mut ImpasseMatter<'_, '_>, secret: &Secret) -> Answer<Source> {
        let (centre, role, applicant) = (matter.impasse.centre, matter.ctx.actor.role(), matter.impasse.applicant);
        let party = parties::find(matter.tx.read(), centre, applicant).map_err(StoreError::from)?;
        let party = party.ok_or_else(|| Error::internal("an impasse without its applicant"))?;
        if !matches!(role, Role::Clerk | Role::Adapter) {
            let speaker = agent_speaks(matter.ctx.actor, party.kind);
            return Ok(Source::Applicant { assurance: self.assurance, speaker });
        }
        let speaker = match party.kind {
            PartyKind::Enterprise => Some(self.speaker(matter, secret)?),
            PartyKind::Person if self.speaker.is_some() => {
                return Err(Error::field("/speaker", "只有企业由他人表态"));
            }
            PartyKind::Person => None,
        };
        let theirs = |shown: &Document| codes::document_digest(secret, shown) == party.document_digest;
        if speaker.is_none() && self.shown.as_ref().is_some_and(|shown| !theirs(shown)) {
            return Err(Refusal::new("identity_differs", "出示的证件与申请人不一致").into());
        }
        Ok(match role {
            Role::Clerk => Source::AtTheWindow { speaker },
            _ => Source::Platform { assurance: self.assurance, speaker },
        })
    }

    /// Whoever spoke for an enterprise, as the centre knows them: named now, and registered where they are new; or
    /// recorded at registration, and then they show the same document.
    fn speaker(&self, matter: &mut ImpasseMatter<'_, '_>, secret: &Secret) -> Answer<Speaker> {
        let named = self.speaker.as_ref();
        if named.is_none() && matter.impasse.speaker.is_none() {
            return Err(Error::field("/speaker", "申请人是企业的，须写明由谁表态及其身份"));
        }
        let shown = self.shown.as_ref().ok_or_else(|| Error::field("/identity", "须核验表态人的证件"))?;
        match named {
            Some(named) => named.registered(matter.tx, matter.impasse.centre, (shown, secret), matter.ctx.now),
            None => speaker::recorded(matter.tx.read(), matter.impasse, (shown, secret)),
        }
    }
}

/// 申请挂账
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CarryingRequest {
    #[schema(schema_with = schema::variants::<CarryingGround>)]
    ground: CarryingGround,
    /// 解释说明
    #[schema(schema_with = schema::text::<2000>)]
    explanation: Text<2000>,
}

#[utoipa::path(
    tag = "办不成事", operation_id = "propose_carrying", summary = "申请挂账",
    description = "依法不能办、无法联系、不予答复、已告知法定途径的，申请解释挂账；记录须支持所述原因。挂账不是销号，仍在册。Clause D5-2.",
    params(OnImpasse), request_body = CarryingRequest, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/carrying")]
pub async fn propose_carrying(desk: Data<Desk>, on: OnImpasse, body: Body<CarryingRequest>) -> Answer<Reply> {
    let Body { value: CarryingRequest { ground, explanation }, digest } = body;
    let command = Command::ProposeCarrying { ground, explanation };
    desk.change_impasse(on.change(Action::ProposeCarrying, Some(digest)), move |_| Ok(command.clone())).await
}

/// 审批挂账
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CarryingRuling {
    granted: bool,
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
    /// 复核间隔（工作日）; required where it is granted.
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 250)]
    #[serde(default, deserialize_with = "crate::bounds::some_days::<_, 250>")]
    days: Option<WorkingDays>,
}

#[utoipa::path(
    tag = "办不成事", operation_id = "rule_on_carrying", summary = "审批挂账",
    description = "由改革办审批；同意的，同时确定复核间隔。Clause D5-2.",
    params(OnImpasse), request_body = CarryingRuling, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/carrying/ruling")]
pub async fn rule_on_carrying(desk: Data<Desk>, on: OnImpasse, body: Body<CarryingRuling>) -> Answer<Reply> {
    let Body { value: CarryingRuling { granted, reason, days }, digest } = body;
    let command = Command::RuleOnCarrying { granted, reason, days };
    desk.change_impasse(on.change(Action::RuleOnCarrying, Some(digest)), move |_| Ok(command.clone())).await
}

/// 复核挂账
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CarryingReviewRequest {
    /// 继续挂账的工作日; absent to take it up again.
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 250)]
    #[serde(default, deserialize_with = "crate::bounds::some_days::<_, 250>")]
    keep_days: Option<WorkingDays>,
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
}

#[utoipa::path(
    tag = "办不成事", operation_id = "review_carried", summary = "复核挂账",
    description = "改革办按期复核：继续挂账，或者恢复办理。Clause D5-2.",
    params(OnImpasse), request_body = CarryingReviewRequest, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/carrying/review")]
pub async fn review_carried(desk: Data<Desk>, on: OnImpasse, body: Body<CarryingReviewRequest>) -> Answer<Reply> {
    let Body { value: CarryingReviewRequest { keep_days, reason }, digest } = body;
    let command = Command::ReviewCarried { keep: keep_days, reason };
    desk.change_impasse(on.change(Action::ReviewCarried, Some(digest)), move |_| Ok(command.clone())).await
}

/// 回访
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FollowUpRequest {
    #[schema(schema_with = schema::variants::<FollowUpWay>)]
    way: FollowUpWay,
    /// 是否属实解决
    good: bool,
    #[schema(schema_with = schema::text::<2000>)]
    findings: Text<2000>,
}

#[utoipa::path(
    tag = "办不成事", operation_id = "follow_up_impasse", summary = "登记回访",
    description = "改革办回访已销号的事项；发现问题的，恢复办理。Clause D8-1.",
    params(OnImpasse), request_body = FollowUpRequest, responses(ImpasseChanged)
)]
#[post("/v1/impasses/{impasse}/follow-ups")]
pub async fn follow_up(desk: Data<Desk>, on: OnImpasse, body: Body<FollowUpRequest>) -> Answer<Reply> {
    let Body { value: FollowUpRequest { way, good, findings }, digest } = body;
    let command = Command::FollowUp { way, good, findings };
    desk.change_impasse(on.change(Action::FollowUp, Some(digest)), move |_| Ok(command.clone())).await
}
