//! 案例的编写: drafted from a closed-out impasse, cleared of everybody in it, handed to the reform office (clause D6-2).

use std::{collections::BTreeSet, sync::Arc};

use actix_web::{post, put, web::Data};
use escalation::{
    Impasse,
    precedent::{self, Command, Content, Manuscript, Precedent, Solved, State},
    redaction::Known,
};
use kernel::{
    Action, Centre, DepartmentCode, Instant, ItemCode, PartyId, Refusal, Text,
    access::may,
    id::{ImpasseId, PrecedentId},
};
use persistence::{
    Connection, Shard, StoreError, Tx,
    cases::Saved,
    hall, impasses, items,
    parties::{self, PartyKind},
    precedents::{self, Loaded},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    auth::Caller,
    desk::{Desk, recorded},
    edge::{Body, Fields, IdempotencyKey, IfMatch, PathId, Stamp},
    impasses::visible,
    papers::Papers,
    problem::{Answer, Error},
    reply::Reply,
    routes::hotline::reading::callers_of,
    schema,
    views::precedent::PrecedentStandingView,
};

/// 起草案例; what is absent is taken from the impasse.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PrecedentDraftRequest {
    /// 标题; 反映事项 otherwise.
    #[schema(schema_with = schema::some_text::<100>, required = false)]
    #[serde(default)]
    title: Option<Text<100>>,
    /// 涉及部门; those of the impasse otherwise.
    #[schema(schema_with = schema::codes::<40>, required = false)]
    #[serde(default, deserialize_with = "crate::bounds::some_few::<_, _, 1, 50>")]
    departments: Option<Vec<DepartmentCode>>,
    /// 涉及事项
    #[schema(schema_with = schema::codes::<64>, required = false)]
    #[serde(default, deserialize_with = "crate::bounds::few::<_, _, _, 0, 50>")]
    items: BTreeSet<ItemCode>,
    /// 问题情况; 基本情况 otherwise.
    #[schema(schema_with = schema::some_text::<4000>, required = false)]
    #[serde(default)]
    situation: Option<Text<4000>>,
    /// 解决办法; the answer to the applicant otherwise.
    #[schema(schema_with = schema::some_text::<4000>, required = false)]
    #[serde(default)]
    solution: Option<Text<4000>>,
    /// 经验启示
    #[schema(schema_with = schema::text::<2000>)]
    lesson: Text<2000>,
    /// 隐去单位名称, which is public and stays otherwise.
    #[serde(default)]
    hides_organisation: bool,
}

impl PrecedentDraftRequest {
    fn content(self, solved: &Solved) -> Answer<Content> {
        let answered = || solved.how.as_ref().and_then(|how| Text::new(how.as_str()).ok());
        let Some(solution) = self.solution.or_else(answered) else {
            return Err(Error::field("/solution", "该事项没有答复，应填写解决办法"));
        };
        Ok(Content {
            title: self.title.unwrap_or_else(|| solved.subject.clone()),
            departments: self.departments.map_or_else(|| solved.departments.clone(), |of| of.into_iter().collect()),
            items: self.items,
            situation: self.situation.unwrap_or_else(|| solved.facts.clone()),
            solution,
            lesson: self.lesson,
        })
    }
}

#[utoipa::path(
    tag = "案例", operation_id = "draft_precedent", summary = "起草案例",
    description = "只有群众满意并已销号的事项可以形成案例。程序找出文字中疑似个人信息之处，由人逐一认定。Clauses D6-2, C2-2.",
    params(("impasse" = String, Path, format = Uuid, description = "办不成事事项标识"), IdempotencyKey),
    request_body = PrecedentDraftRequest,
    responses((status = 201, body = PrecedentStandingView, description = "已起草", headers(("ETag" = String), ("Location" = String))))
)]
#[post("/v1/impasses/{impasse}/precedent")]
pub async fn draft(
    desk: Data<Desk>,
    caller: Caller,
    impasse: PathId<ImpasseId>,
    key: IdempotencyKey,
    body: Body<PrecedentDraftRequest>,
) -> Answer<Reply> {
    may(&caller, Action::DraftPrecedent)?;
    let Body { value, digest } = body;
    let (id, impasse) = (PrecedentId::fresh(desk.now(caller.centre)), impasse.0);
    desk.once(caller.clone(), Shard::of(&impasse), key.stamp(Some(digest)), move |desk, tx, now| {
        let from = visible(tx.read(), &caller, impasse)?;
        let solved = Solved::of(&from.impasse)?;
        let earlier = precedents::of_impasse(tx.read(), caller.centre, impasse).map_err(StoreError::from)?;
        if earlier.iter().any(|it| it.state != State::Withdrawn) {
            return Err(Refusal::new("precedent_exists", "该事项已经形成案例").into());
        }
        let content = value.clone().content(&solved)?;
        must_be_on_file(tx.read(), caller.centre, &content)?;
        let known = known_of(tx.read(), caller.centre, impasse, value.hides_organisation)?;
        let manuscript = Manuscript::new(content, &known, value.hides_organisation);
        let calendar = desk.calendar(tx.read(), caller.centre)?;
        let ctx = desk.context(&caller, &calendar, now);
        let decided = Papers::with(tx, &ctx, |papers| precedent::draft(id, &solved, manuscript.clone(), papers))?;
        let events = recorded(0, vec![decided.event], &ctx);
        let drafted = Precedent::fold(&events).ok_or_else(|| Error::internal("a draft begins no precedent"))?;
        let inserted = precedents::insert(tx.write(), &drafted, &manuscript, &events);
        tx.first(inserted)?;
        let view = PrecedentStandingView::of(&drafted, Some(&manuscript));
        Ok(Reply::json(201, &view)?.tagged(drafted.version).at(format!("/v1/precedent-drafts/{id}")))
    })
    .await
}

/// Departments and items that are named must exist.
fn must_be_on_file(connection: &mut Connection, centre: Centre, content: &Content) -> Answer<()> {
    let mut fields = Fields::new();
    let departments = hall::departments(connection, centre).map_err(StoreError::from)?;
    for code in content.departments.iter().filter(|code| !departments.iter().any(|it| it.code == **code)) {
        fields.refuse("/departments", "invalid_value", format!("没有部门“{code}”"));
    }
    for code in &content.items {
        if items::versions(connection, centre, code).map_err(StoreError::from)?.is_empty() {
            fields.refuse("/items", "invalid_value", format!("没有事项“{code}”"));
        }
    }
    fields.finish()
}

/// 来源事项, as it is now.
fn source(connection: &mut Connection, centre: Centre, impasse: ImpasseId) -> Answer<Impasse> {
    let from = impasses::load(connection, centre, impasse).map_err(StoreError::from)?;
    Ok(from.ok_or_else(|| Error::internal("a precedent of no impasse"))?.impasse)
}

/// What the finder is told of the people concerned: the applicant, whoever spoke for them, whom their failed case was to
/// reach, and whoever called the hotline.
fn known_of(connection: &mut Connection, centre: Centre, impasse: ImpasseId, organisation: bool) -> Answer<Known> {
    let from = source(connection, centre, impasse)?;
    let spoke = from.rounds.iter().filter_map(|round| round.satisfaction.as_ref()?.source.speaker());
    let speakers = from.speaker.iter().chain(spoke).map(|speaker| speaker.party);
    let people: BTreeSet<PartyId> = std::iter::once(from.applicant).chain(speakers).collect();
    let mut known = Known::default();
    for party in people {
        add_party(connection, centre, party, organisation, &mut known)?;
    }
    if let Some(case) = from.failed_case {
        for contact in parties::contacts(connection, centre, case).map_err(StoreError::from)? {
            known.persons.push(contact.name);
            known.addresses.extend(contact.address);
        }
    }
    for caller in callers_of(connection, centre, impasse)? {
        known.persons.extend(caller.name);
        known.addresses.extend(caller.address);
    }
    Ok(known)
}

fn add_party(
    connection: &mut Connection,
    centre: Centre,
    party: PartyId,
    organisation: bool,
    known: &mut Known,
) -> Answer<()> {
    let Some(party) = parties::find(connection, centre, party).map_err(StoreError::from)? else { return Ok(()) };
    match party.kind {
        PartyKind::Person => {
            known.persons.push(party.name);
            known.addresses.extend(party.address);
        }
        PartyKind::Enterprise if organisation => known.organisations.push(party.name),
        PartyKind::Enterprise => {}
    }
    Ok(())
}

/// A write to a precedent, by somebody, with what they had seen of it.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) caller: Caller,
    pub(super) id: PrecedentId,
    pub(super) seen: IfMatch,
    pub(super) stamp: Option<Stamp>,
    pub(super) action: Action,
}

impl Change {
    /// Load, decide, compare-and-set with the events, answer with how it stands.
    pub(super) async fn by(self, desk: &Arc<Desk>, command: Command) -> Answer<Reply> {
        let Self { caller, id, seen, stamp, action } = self;
        may(&caller, action)?;
        desk.once(caller.clone(), Shard::of(&id), stamp, move |desk, tx, now| {
            let before = precedents::load(tx.read(), caller.centre, id).map_err(StoreError::from)?;
            let before = before.ok_or_else(Error::not_found)?;
            seen.check(before.precedent.version)?;
            change(desk, tx, &before, command.clone(), &caller, now)
        })
        .await
    }
}

fn change(
    desk: &Desk,
    tx: &mut Tx<'_>,
    before: &Loaded,
    command: Command,
    caller: &Caller,
    now: Instant,
) -> Answer<Reply> {
    let (centre, it) = (caller.centre, &before.precedent);
    let mut known = Known::default();
    let mut manuscript = before.manuscript.clone();
    match &command {
        Command::Edit { content, hides_organisation } => {
            must_be_on_file(tx.read(), centre, content)?;
            known = known_of(tx.read(), centre, it.impasse, *hides_organisation)?;
        }
        Command::Correct { .. } => {
            known = known_of(tx.read(), centre, it.impasse, false)?;
            let edition = precedents::edition(tx.read(), centre, it.id, it.edition).map_err(StoreError::from)?;
            manuscript = edition.map(|edition| Manuscript::new(edition.text.content().clone(), &known, false));
        }
        // What was reopened since the draft is not solved, and teaches nothing until it is again.
        Command::Submit | Command::Publish => {
            Solved::of(&source(tx.read(), centre, it.impasse)?)?;
        }
        _ => {}
    }
    let calendar = desk.calendar(tx.read(), centre)?;
    let ctx = desk.context(caller, &calendar, now);
    let decided =
        Papers::with(tx, &ctx, |papers| it.decide(command.clone(), manuscript.as_ref(), &known, papers, &ctx))?;
    let events = recorded(it.version, vec![decided.event], &ctx);
    let mut after = it.clone();
    events.iter().for_each(|event| after.apply(event));
    let (manuscript, published) = (decided.manuscript.as_ref(), decided.published.as_ref());
    let saved = precedents::save(tx.write(), before, &after, manuscript, published, &events);
    match saved.map_err(StoreError::from)? {
        Saved::Stale => Err(tx.contended().into()),
        Saved::Done(_) => Ok(Reply::json(200, &PrecedentStandingView::of(&after, manuscript))?.tagged(after.version)),
    }
}

/// 案例文字, the whole of it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PrecedentContentRequest {
    #[schema(schema_with = schema::text::<100>)]
    title: Text<100>,
    #[schema(schema_with = schema::some_codes::<40>)]
    #[serde(deserialize_with = "crate::bounds::few::<_, _, _, 1, 50>")]
    departments: BTreeSet<DepartmentCode>,
    #[schema(schema_with = schema::codes::<64>)]
    #[serde(deserialize_with = "crate::bounds::few::<_, _, _, 0, 50>")]
    items: BTreeSet<ItemCode>,
    #[schema(schema_with = schema::text::<4000>)]
    situation: Text<4000>,
    #[schema(schema_with = schema::text::<4000>)]
    solution: Text<4000>,
    #[schema(schema_with = schema::text::<2000>)]
    lesson: Text<2000>,
    #[serde(default)]
    hides_organisation: bool,
}

#[utoipa::path(
    tag = "案例", operation_id = "edit_precedent", summary = "修改案例",
    description = "文字整体替换，并重新查找个人信息；没有改动的文字，认定不变。Clause D6-2.",
    params(("precedent" = String, Path, format = Uuid, description = "案例标识"), IfMatch, IdempotencyKey),
    request_body = PrecedentContentRequest,
    responses((status = 200, body = PrecedentStandingView, description = "案例的最新情况", headers(("ETag" = String))))
)]
#[put("/v1/precedent-drafts/{precedent}")]
pub async fn edit(
    desk: Data<Desk>,
    caller: Caller,
    precedent: PathId<PrecedentId>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<PrecedentContentRequest>,
) -> Answer<Reply> {
    let Body { value, digest } = body;
    let PrecedentContentRequest { title, departments, items, situation, solution, lesson, hides_organisation } = value;
    let content = Content { title, departments, items, situation, solution, lesson };
    let stamp = key.stamp(Some(digest));
    let change = Change { caller, id: precedent.0, seen, stamp, action: Action::DraftPrecedent };
    change.by(&desk, Command::Edit { content, hides_organisation }).await
}

/// 认定
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingRequest {
    /// 保留的理由; absent where it is to be taken out. Numbers of documents and telephones cannot be left in.
    #[schema(schema_with = schema::some_text::<200>, required = false)]
    #[serde(default)]
    keep_because: Option<Text<200>>,
}

#[utoipa::path(
    tag = "案例", operation_id = "settle_finding", summary = "认定疑似个人信息",
    description = "确认脱敏，或者说明理由后保留；证件号码和电话不能保留。Clause D6-2.",
    params(
        ("precedent" = String, Path, format = Uuid, description = "案例标识"),
        ("finding" = u32, Path, minimum = 0, maximum = 100000, description = "在清单中的位置，从0起"), IfMatch, IdempotencyKey
    ),
    request_body = FindingRequest,
    responses((status = 200, body = PrecedentStandingView, description = "案例的最新情况", headers(("ETag" = String))))
)]
#[post("/v1/precedent-drafts/{precedent}/findings/{finding}")]
pub async fn settle(
    desk: Data<Desk>,
    caller: Caller,
    path: PathId<(PrecedentId, usize)>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<FindingRequest>,
) -> Answer<Reply> {
    let Body { value, digest } = body;
    let ((id, finding), stamp) = (path.0, key.stamp(Some(digest)));
    let change = Change { caller, id, seen, stamp, action: Action::DraftPrecedent };
    change.by(&desk, Command::Settle { finding, keep: value.keep_because }).await
}

#[utoipa::path(
    tag = "案例", operation_id = "submit_precedent", summary = "提交审核",
    description = "还有没有认定的个人信息，或者来源事项已重新办理的，不能提交。Clause D6-2.",
    params(("precedent" = String, Path, format = Uuid, description = "案例标识"), IfMatch, IdempotencyKey),
    responses((status = 200, body = PrecedentStandingView, description = "案例的最新情况", headers(("ETag" = String))))
)]
#[post("/v1/precedent-drafts/{precedent}/submission")]
pub async fn submit(
    desk: Data<Desk>,
    caller: Caller,
    precedent: PathId<PrecedentId>,
    seen: IfMatch,
    key: IdempotencyKey,
) -> Answer<Reply> {
    let change = Change { caller, id: precedent.0, seen, stamp: key.stamp(None), action: Action::DraftPrecedent };
    change.by(&desk, Command::Submit).await
}
