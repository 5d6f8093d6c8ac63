//! 反映登记: at the fallback window, at any other window, by a department, or online (clauses D2-1, D2-3, D3-1).

use actix_web::{post, web::Data};
use escalation::{Channel, Registration};
use kernel::{
    CaseId, Centre, Context, DepartmentCode, Instant, PartyId, Refusal, Role, Text, WindowCode,
    access::{Action, Posting, Who, may},
    id::ImpasseId,
    identity::Assurance,
};
use persistence::{Connection, Shard, StoreError, Tx, cases, impasses::Loaded};
use serde::Deserialize;
use utoipa::ToSchema;

use super::speaker::{RegisteredSpeakerRequest, Registering, agent_speaks, shown};
use crate::{
    auth::Caller,
    desk::Desk,
    edge::{Body, Fields, IdempotencyKey},
    impasses,
    problem::Answer,
    reply::Reply,
    routes::{
        precedents::near,
        receipt::{
            ApplicantRequest,
            people::{Applicant, assurance},
            vouched_by,
        },
    },
    schema,
    views::impasse::{CategoryBody, ImpasseView},
};

/// “办不成事”反映（兜底）问题申请单
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImpasseRequest {
    category: CategoryBody,
    /// 事由
    #[schema(schema_with = schema::text::<100>)]
    subject: Text<100>,
    /// 基本情况; no personal data, which has fields of its own.
    #[schema(schema_with = schema::text::<4000>)]
    facts: Text<4000>,
    /// 诉求
    #[schema(schema_with = schema::text::<1000>)]
    wanted: Text<1000>,
    /// 申请人; absent where the applicant calls in person.
    #[serde(default)]
    applicant: Option<ApplicantRequest>,
    /// 代表企业反映的人, of an enterprise; may speak for it at the end, once verified.
    #[serde(default)]
    #[schema(required = false)]
    speaker: Option<RegisteredSpeakerRequest>,
    /// 身份核验等级, of what a platform hands in.
    #[schema(schema_with = schema::some_variant::<Assurance>)]
    #[serde(default)]
    identity_assurance: Option<Assurance>,
    /// 未办成的办件, of the same applicant.
    #[schema(value_type = Option<String>, format = Uuid)]
    #[serde(default)]
    failed_case: Option<CaseId>,
    /// 登记窗口; where the member of staff is posted to several.
    #[schema(schema_with = schema::some_code::<40>)]
    #[serde(default)]
    window: Option<WindowCode>,
    /// 转来的部门; where a member of a department is posted to several.
    #[schema(schema_with = schema::some_code::<40>, required = false)]
    #[serde(default)]
    department: Option<DepartmentCode>,
    /// 外部编号: the system's own number, once only.
    #[schema(schema_with = schema::some_text::<64>)]
    #[serde(default)]
    external_number: Option<Text<64>>,
}

#[utoipa::path(
    tag = "办不成事", operation_id = "register_impasse", summary = "反映登记",
    description = "兜底窗口、其他窗口、部门或者网上反映办不成的事；类别决定须填写的内容，未办成的办件可以关联。登记人承担首问责任。企业由法定代表人或者代理人反映的，可以记录其身份、证件和委托书编号，查看时脱敏。\
                   Clauses D1-1, D1-2, D2-1, D2-3, D3-1, D7-1.",
    params(IdempotencyKey), request_body = ImpasseRequest,
    responses((status = 201, body = ImpasseView, description = "登记成功", headers(("ETag" = String), ("Location" = String))))
)]
#[post("/v1/impasses")]
pub async fn register(
    desk: Data<Desk>,
    caller: Caller,
    key: IdempotencyKey,
    body: Body<ImpasseRequest>,
) -> Answer<Reply> {
    may(&caller, Action::RegisterImpasse)?;
    let Body { value, digest } = body;
    let now = desk.now(caller.centre);
    let (id, by) = (ImpasseId::fresh(now), caller.clone());
    let form = Form::checked(value, &caller, &desk, now)?;
    desk.once(by, Shard::of(&id), key.stamp(Some(digest)), move |desk, tx, now| form.file(desk, tx, &caller, id, now))
        .await
}

/// A registration whose every field has been checked.
struct Form {
    category: CategoryBody,
    subject: Text<100>,
    facts: Text<4000>,
    wanted: Text<1000>,
    applicant: Applicant,
    speaker: Option<Registering>,
    assurance: Assurance,
    failed_case: Option<CaseId>,
    place: Place,
    external_number: Option<String>,
}

/// By which channel it comes, and where.
#[derive(Clone)]
struct Place {
    channel: Channel,
    window: WindowCode,
    referred_by: Option<DepartmentCode>,
}

impl Form {
    fn checked(request: ImpasseRequest, caller: &Caller, desk: &Desk, now: Instant) -> Answer<Self> {
        let mut fields = Fields::new();
        if request.external_number.is_some() && caller.client().is_none() {
            fields.refuse("/external_number", "invalid_value", "外部编号只由对接系统提交");
        }
        let assurance = assurance(request.identity_assurance, caller, &mut fields);
        let applicant = Applicant::of(request.applicant, caller, &mut fields, desk, now);
        let today = now.day();
        let speaker = request.speaker.and_then(|speaker| speaker.checked(applicant.as_ref(), today, &mut fields));
        let place = place(request.window, request.department, caller, desk, &mut fields);
        let (applicant, place) = fields.all((applicant, place))?;
        Ok(Self {
            category: request.category,
            subject: request.subject,
            facts: request.facts,
            wanted: request.wanted,
            applicant,
            speaker,
            assurance,
            failed_case: request.failed_case,
            place,
            external_number: request.external_number.map(|number| number.to_string()),
        })
    }

    fn file(&self, desk: &Desk, tx: &mut Tx<'_>, caller: &Caller, id: ImpasseId, now: Instant) -> Answer<Reply> {
        let calendar = desk.calendar(tx.read(), caller.centre)?;
        let ctx = desk.context(caller, &calendar, now);
        let who = self.applicant.registered(tx, caller.centre, now)?;
        let failed_with = failed_with(tx.read(), caller.centre, self.failed_case, who.id)?;
        let speaker = self.speaker.as_ref();
        let speaker = speaker.map(|it| it.registered(tx, caller.centre, desk.secret(), now)).transpose()?;
        let speaker = speaker.or_else(|| agent_speaks(caller, who.kind));
        let Place { channel, window, referred_by } = self.place.clone();
        let registration = Registration {
            id,
            centre: caller.centre,
            category: self.category.clone().into(),
            in_person: matches!(channel, Channel::FallbackWindow | Channel::Window),
            channel,
            window,
            fallback: desk.settings.escalation.window.clone(),
            department: desk.settings.escalation.department.clone(),
            referred_by,
            refused_by: failed_with.into_iter().collect(),
            applicant: who.id,
            speaker,
            assurance: self.assurance,
            client: caller.client().cloned(),
            vouched_by: vouched_by(tx, caller)?,
            external_number: self.external_number.clone(),
            failed_case: self.failed_case,
            negative_reply: None,
            consultation: None,
            first_asked: None,
            subject: self.subject.clone(),
            facts: self.facts.clone(),
            wanted: self.wanted.clone(),
        };
        let loaded = impasses::register(desk, tx, registration, (who.kind, who.name), &ctx)?;
        registered(tx, &loaded, &ctx)
    }
}

/// What whoever registered it is shown: the impasse, and what was solved before and is like it (clause D6-2).
pub(in crate::routes) fn registered(tx: &mut Tx<'_>, loaded: &Loaded, ctx: &Context<'_>) -> Answer<Reply> {
    let nearest_precedents = near(tx.read(), &loaded.impasse)?;
    let speaker = shown(tx.read(), &loaded.impasse, ctx.today())?;
    let item = impasses::item_of(tx.read(), ctx.actor, loaded.impasse.failed_case)?;
    let view = ImpasseView { nearest_precedents, speaker, ..ImpasseView::of(loaded, item.as_ref(), ctx) };
    Ok(view.reply(201)?.at(format!("/v1/impasses/{}", loaded.impasse.id)))
}

/// 未办成的部门: with whom the case failed, which must be the applicant's own (clause D1-2).
///
/// # Errors
/// `not_the_applicants_case`.
pub(in crate::routes) fn failed_with(
    connection: &mut Connection,
    centre: Centre,
    case: Option<CaseId>,
    applicant: PartyId,
) -> Answer<Option<DepartmentCode>> {
    let Some(case) = case else { return Ok(None) };
    let loaded = cases::load(connection, centre, case).map_err(StoreError::from)?;
    match loaded.filter(|loaded| loaded.case.applicant == applicant) {
        Some(theirs) => Ok(Some(theirs.case.routing.department)),
        None => Err(Refusal::new("not_the_applicants_case", "关联的办件不存在或者不是该申请人的").into()),
    }
}

/// Staff register where they are posted (clause A2-3); what comes online is at the fallback window.
fn place(
    named: Option<WindowCode>,
    department: Option<DepartmentCode>,
    caller: &Caller,
    desk: &Desk,
    fields: &mut Fields,
) -> Option<Place> {
    let fallback = &desk.settings.escalation.window;
    let postings = match &caller.who {
        Who::Staff { postings, .. } => postings.as_slice(),
        _ => &[],
    };
    let refers = matches!(caller.role(), Role::Reviewer | Role::Approver);
    if department.is_some() && !refers {
        fields.refuse("/department", "invalid_value", "只由部门人员填写");
        return None;
    }
    match caller.role() {
        Role::Clerk => {
            let mut windows = postings.iter().filter_map(|posting| posting.window.clone());
            let window = match named {
                Some(named) => windows.find(|window| *window == named),
                None => windows.next(),
            };
            let Some(window) = window else {
                fields.refuse("/window", "invalid_value", "您未派驻到该窗口");
                return None;
            };
            let channel = if window == *fallback { Channel::FallbackWindow } else { Channel::Window };
            Some(Place { channel, window, referred_by: None })
        }
        _ if named.is_some() => {
            fields.refuse("/window", "invalid_value", "只由窗口人员填写");
            None
        }
        _ if refers => {
            let referred_by = referring(department.as_ref(), postings, fields);
            Some(Place { channel: Channel::Department, window: fallback.clone(), referred_by })
        }
        _ => Some(Place { channel: Channel::Online, window: fallback.clone(), referred_by: None }),
    }
}

/// 转来的部门: the one that is named, or the only one that the caller is posted to.
fn referring(named: Option<&DepartmentCode>, postings: &[Posting], fields: &mut Fields) -> Option<DepartmentCode> {
    let mut theirs: Vec<_> = postings.iter().map(|posting| &posting.department).collect();
    theirs.sort_unstable();
    theirs.dedup();
    match (named, theirs.as_slice()) {
        (Some(named), theirs) if theirs.contains(&named) => return Some(named.clone()),
        (Some(_), _) => fields.refuse("/department", "invalid_value", "您未派驻到该部门"),
        (None, [only]) => return Some((*only).clone()),
        (None, []) => {}
        (None, _) => fields.refuse("/department", "required", "您派驻在多个部门，须写明由哪个部门转来"),
    }
    None
}
