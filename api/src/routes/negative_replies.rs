//! 否定答复: a window says no, in writing and numbered, and the applicant can take it into the loop (clauses D1-2, D7-1).

use actix_web::{get, post, web::Data};
use escalation::{
    Registration,
    negative::{self, Given, Giving, NegativeReply},
};
use kernel::{
    CaseId, Centre, Context, ItemCode, Text, WindowCode,
    access::{Action, Sight, may, may_on},
    id::NegativeReplyId,
};
use persistence::{
    Connection, Shard, StoreError, Tx,
    cases::Saved,
    items,
    negative_replies::{self, Filter, Loaded},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::impasses::{Turning, TurningRequest, agent_speaks, failed_with, registered};
use super::receipt::{
    ApplicantRequest,
    people::{Applicant, Registered},
    vouched_by,
};
use crate::{
    auth::Caller,
    desk::{Desk, recorded},
    edge::{Body, Fields, IdempotencyKey, IfMatch, PathId, Query},
    impasses,
    paging::{Listed, Paging},
    papers::Papers,
    problem::{Answer, Error},
    reply::Reply,
    schema,
    views::{Page, impasse::ImpasseView, negative_reply::NegativeReplyView},
};

/// 登记否定答复
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NegativeReplyRequest {
    applicant: ApplicantRequest,
    /// 事项代码; this or `asked`.
    #[schema(schema_with = schema::some_code::<64>, required = false)]
    #[serde(default)]
    item: Option<ItemCode>,
    /// 申办事项的名称, where the catalogue has no item for it; no personal data.
    #[schema(schema_with = schema::some_text::<200>, required = false)]
    #[serde(default)]
    asked: Option<Text<200>>,
    /// 未受理或者未办成的办件, of the same applicant.
    #[schema(value_type = Option<String>, format = Uuid, required = false)]
    #[serde(default)]
    case: Option<CaseId>,
    /// 不予受理或者不能办理的原因; no personal data.
    #[schema(schema_with = schema::text::<1000>)]
    reason: Text<1000>,
    /// 依据
    #[schema(schema_with = schema::text::<500>)]
    legal_basis: Text<500>,
    /// 答复窗口; where the clerk is posted to several.
    #[schema(schema_with = schema::some_code::<40>, required = false)]
    #[serde(default)]
    window: Option<WindowCode>,
}

/// A request whose every field has been checked.
struct Form {
    applicant: Applicant,
    item: Option<ItemCode>,
    asked: Option<Text<200>>,
    case: Option<CaseId>,
    reason: Text<1000>,
    legal_basis: Text<500>,
    window: Option<WindowCode>,
}

impl Form {
    fn checked(request: NegativeReplyRequest, caller: &Caller, desk: &Desk) -> Answer<Self> {
        let mut fields = Fields::new();
        let NegativeReplyRequest { applicant, item, asked, case, reason, legal_basis, window } = request;
        if item.is_some() == asked.is_some() {
            fields.refuse("/item", "invalid_value", "事项代码和申办事项名称须填写一项，且只填一项");
        }
        let applicant = Applicant::of(Some(applicant), caller, &mut fields, desk, desk.now(caller.centre));
        let (applicant,) = fields.all((applicant,))?;
        Ok(Self { applicant, item, asked, case, reason, legal_basis, window })
    }

    fn give(&self, desk: &Desk, tx: &mut Tx<'_>, id: NegativeReplyId, ctx: &Context<'_>) -> Answer<Reply> {
        let centre = ctx.actor.centre;
        let (window, department) = ctx.actor.posted_at(self.window.as_ref())?;
        let who = self.applicant.registered(tx, centre, ctx.now)?;
        failed_with(tx.read(), centre, self.case, who.id)?;
        let giving = Giving {
            id,
            centre,
            window,
            department,
            fallback: desk.settings.escalation.window.clone(),
            item: self.item.clone(),
            asked: self.named(tx.read(), centre)?,
            applicant: who.id,
            case: self.case,
            reason: self.reason.clone(),
            legal_basis: self.legal_basis.clone(),
        };
        let event = Papers::with(tx, ctx, |papers| negative::give(giving, papers))?;
        let events = recorded(0, vec![event], ctx);
        let reply = NegativeReply::fold(&events).ok_or_else(|| Error::internal("an event begins no reply"))?;
        let inserted = negative_replies::insert(tx.write(), &reply, &events);
        let head = tx.first(inserted)?;
        let Registered { kind, name, .. } = who;
        let loaded = Loaded { reply, head, applicant_kind: kind, applicant_name: name };
        Ok(NegativeReplyView::from(&loaded).reply(201)?.at(format!("/v1/negative-replies/{id}")))
    }

    /// 申办事项: as the guide calls it, or as the applicant does.
    fn named(&self, connection: &mut Connection, centre: Centre) -> Answer<Text<200>> {
        let Some(item) = &self.item else {
            return self.asked.clone().ok_or_else(|| Error::field("/asked", "须填写申办事项"));
        };
        let newest = items::newest_published(connection, centre, item).map_err(StoreError::from)?;
        newest.map(|version| version.content().name.clone()).ok_or_else(|| Error::field("/item", "没有这一事项"))
    }
}

#[utoipa::path(
    tag = "否定答复", operation_id = "give_negative_reply", summary = "登记否定答复",
    description = "窗口答复不能受理或者不能办理的，书面登记原因和依据并编号，告知救济途径；答复人承担首问责任。\
                   申请人可以随时转为办不成事事项，不设期限。Clauses D1-2, D7-1.",
    params(IdempotencyKey), request_body = NegativeReplyRequest,
    responses((status = 201, body = NegativeReplyView, description = "已登记", headers(("ETag" = String), ("Location" = String))))
)]
#[post("/v1/negative-replies")]
pub async fn give(
    desk: Data<Desk>,
    caller: Caller,
    key: IdempotencyKey,
    body: Body<NegativeReplyRequest>,
) -> Answer<Reply> {
    may(&caller, Action::FileNegativeReply)?;
    let Body { value, digest } = body;
    let (id, by) = (NegativeReplyId::fresh(desk.now(caller.centre)), caller.clone());
    let form = Form::checked(value, &caller, &desk)?;
    desk.once(by, Shard::of(&id), key.stamp(Some(digest)), move |desk, tx, now| {
        let calendar = desk.calendar(tx.read(), caller.centre)?;
        form.give(desk, tx, id, &desk.context(&caller, &calendar, now))
    })
    .await
}

/// 否定答复列表的筛选
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NegativeReplyQuery {
    /// 登记编号
    #[param(schema_with = schema::text::<30>)]
    number: Option<Text<30>>,
    /// 是否已转为办不成事事项
    turned: Option<bool>,
    /// 每页条数，默认20
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// 上一页返回的 next_cursor
    #[param(schema_with = schema::cursor)]
    cursor: Option<String>,
}

#[utoipa::path(
    tag = "否定答复", operation_id = "list_negative_replies", summary = "否定答复列表",
    description = "窗口看本窗口的，兜底窗口和中心看全部，申请人看本人的；最新的在前。Clause D7-1.",
    params(NegativeReplyQuery), responses((status = 200, body = Page<NegativeReplyView>, description = "一页否定答复"))
)]
#[get("/v1/negative-replies")]
pub async fn list(desk: Data<Desk>, caller: Caller, query: Query<NegativeReplyQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadNegativeReplies)?;
    let mut query = query.into_inner();
    let (limit, cursor) = (query.limit.take(), query.cursor.take());
    let paging = Paging::new(desk.secret(), "/v1/negative-replies", caller.scope(), &query, limit)?;
    let before: Option<NegativeReplyId> = paging.place(cursor.as_deref())?;
    let filter = Filter { number: query.number.map(|number| number.to_string()), turned: query.turned };
    desk.store
        .read(move |connection| {
            let sight = caller.sight();
            let rows = negative_replies::list(connection, caller.centre, &sight, &filter, before, paging.rows());
            let rows = rows.map_err(StoreError::from)?;
            paging.page(rows, |last| last.reply.given.id, |row| NegativeReplyView::from(&row))
        })
        .await
}

#[utoipa::path(
    tag = "否定答复", operation_id = "read_negative_reply", summary = "查看否定答复",
    description = "原因、依据、答复人，以及转成的办不成事事项。Clause D7-1.",
    params(("reply" = String, Path, format = Uuid, description = "否定答复标识")),
    responses((status = 200, body = NegativeReplyView, description = "否定答复", headers(("ETag" = String))))
)]
#[get("/v1/negative-replies/{reply}")]
pub async fn read(desk: Data<Desk>, caller: Caller, reply: PathId<NegativeReplyId>) -> Answer<Reply> {
    may(&caller, Action::ReadNegativeReplies)?;
    desk.store.read(move |connection| NegativeReplyView::from(&visible(connection, &caller, reply.0)?).reply(200)).await
}

/// The reply, if the caller may know of it.
fn visible(connection: &mut Connection, caller: &Caller, id: NegativeReplyId) -> Answer<Loaded> {
    let loaded = negative_replies::load(connection, caller.centre, id).map_err(StoreError::from)?;
    let loaded = loaded.ok_or_else(Error::not_found)?;
    may_on(caller, Action::ReadNegativeReplies, &loaded.reply.whereabouts())?;
    Ok(loaded)
}

#[utoipa::path(
    tag = "否定答复", operation_id = "turn_negative_reply", summary = "否定答复转办不成事",
    description = "申请人本人网上提出，或者由答复窗口、兜底窗口核验后代为提出；一份否定答复只转一次。Clauses D1-2, D7-1.",
    params(("reply" = String, Path, format = Uuid, description = "否定答复标识"), IfMatch, IdempotencyKey),
    request_body = TurningRequest,
    responses((status = 201, body = ImpasseView, description = "登记成功", headers(("ETag" = String), ("Location" = String))))
)]
#[post("/v1/negative-replies/{reply}/impasse")]
pub async fn turn(
    desk: Data<Desk>,
    caller: Caller,
    reply: PathId<NegativeReplyId>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<TurningRequest>,
) -> Answer<Reply> {
    may(&caller, Action::RegisterImpasse)?;
    may(&caller, Action::ReadNegativeReplies)?;
    let Body { value, digest } = body;
    let (id, who, by) = (reply.0, caller.clone(), caller.clone());
    // Whoever may not know of it is told so before anything is said of the body.
    desk.store.read(move |connection| visible(connection, &who, id).map(drop)).await?;
    let turning = Turning::checked(value, &caller, &desk)?;
    desk.once(by, Shard::of(&id), key.stamp(Some(digest)), move |desk, tx, now| {
        let calendar = desk.calendar(tx.read(), caller.centre)?;
        let before = visible(tx.read(), &caller, id)?;
        seen.check(before.reply.version)?;
        become_impasse(&before, &turning, desk, tx, &caller, &desk.context(&caller, &calendar, now))
    })
    .await
}

fn become_impasse(
    before: &Loaded,
    turning: &Turning,
    desk: &Desk,
    tx: &mut Tx<'_>,
    caller: &Caller,
    ctx: &Context<'_>,
) -> Answer<Reply> {
    let given = &before.reply.given;
    let who = turning.applicant.registered(tx, caller.centre, ctx.now)?;
    let event = before.reply.turn(turning.impasse(), who.id)?;
    let speaker = turning.speaker(desk, tx, ctx)?.or_else(|| agent_speaks(caller, who.kind));
    let failed_with = failed_with(tx.read(), caller.centre, given.case, who.id)?;
    let window = where_registered(given, caller, desk);
    let registration = Registration {
        speaker,
        refused_by: std::iter::once(given.department.clone()).chain(failed_with).collect(),
        vouched_by: vouched_by(tx, caller)?,
        failed_case: given.case,
        negative_reply: Some(given.id),
        first_asked: before.reply.by.code.parse().ok(),
        ..turning.registration(desk, caller, window, who.id, before.reply.subject()?)
    };
    let loaded = impasses::register(desk, tx, registration, (who.kind, who.name), ctx)?;
    let events = recorded(before.reply.version, vec![event], ctx);
    let mut reply = before.reply.clone();
    events.iter().for_each(|event| reply.apply(event));
    match negative_replies::save(tx.write(), before, &reply, &events).map_err(StoreError::from)? {
        Saved::Stale => Err(tx.contended().into()),
        Saved::Done(_) => registered(tx, &loaded, ctx),
    }
}

/// At the window that said no where the clerk is posted there, or else at the fallback window; what the applicant brings
/// online is at the fallback window.
fn where_registered(given: &Given, caller: &Caller, desk: &Desk) -> WindowCode {
    let here = matches!(caller.sight(), Sight::Windows(posted) if posted.contains(&given.window));
    if here { given.window.clone() } else { desk.settings.escalation.window.clone() }
}
