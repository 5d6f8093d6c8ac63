//! 草稿: an applicant keeps what is not to be handed in yet, alone or through a front end that acts for them, and hands it in
//! as an application in one call. Nobody else sees it, and it leaves no record (clauses B1-2, B1-3).

mod form;

use actix_web::{delete, get, post, put, web::Data};
use kernel::{
    Action, CaseId, Instant, PartyId, Personal, Refusal, StaffCode,
    access::{may, may_for},
    id::DraftId,
};
use persistence::{
    Connection, Shard, StoreError, Tx,
    drafts::{self, Draft},
    parties,
};
use serde::Serialize;
use utoipa::ToSchema;

use form::DraftApplication;

use super::{
    applications::{attachments, carry_out},
    receipt::Application,
};
use crate::{
    auth::Caller,
    desk::Desk,
    edge::{Body, IdempotencyKey, IfMatch, PathId},
    paging::{Listed, PageQuery, Paging},
    problem::{Answer, Error},
    reply::Reply,
    schema,
    views::{
        Page,
        case::{CaseView, Lens},
    },
};

/// Nobody has more of them.
const MOST: i64 = 50;

/// 申请草稿, without what it says.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftLine {
    #[schema(schema_with = schema::id)]
    pub id: String,
    pub version: u64,
    /// 事项代码
    pub item: String,
    #[schema(schema_with = schema::instant)]
    pub changed_at: Instant,
    /// 到期时刻: forgotten then, unless it changes before.
    #[schema(schema_with = schema::instant)]
    pub expires_at: Instant,
}

/// 申请草稿, as its applicant reads it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftView {
    #[serde(flatten)]
    pub line: DraftLine,
    /// 已填写的内容
    pub application: DraftApplication,
}

impl From<&Draft> for DraftLine {
    fn from(draft: &Draft) -> Self {
        Self {
            id: draft.id.to_string(),
            version: draft.version,
            item: draft.item.to_string(),
            changed_at: draft.changed_at,
            expires_at: draft.wake_at,
        }
    }
}

fn applicant(caller: &Caller) -> Answer<PartyId> {
    caller.party().ok_or_else(|| Error::internal("a draft of nobody"))
}

fn found(connection: &mut Connection, caller: &Caller, id: DraftId, now: Instant) -> Answer<Draft> {
    let found = drafts::find(connection, caller.centre, applicant(caller)?, id, now).map_err(StoreError::from)?;
    found.ok_or_else(Error::not_found)
}

fn written(draft: &Draft) -> Answer<DraftApplication> {
    // Without serde's own words, which can quote the form.
    serde_json::from_str(draft.form.expose()).map_err(|_| Error::internal("a draft's form does not decode"))
}

/// A draft with this in it, from now on.
fn keeping(desk: &Desk, draft: Draft, request: &DraftApplication, now: Instant) -> Answer<Draft> {
    let form = Personal::new(serde_json::to_string(request).map_err(Error::internal)?);
    let wake_at = now.plus(chrono::Duration::days(desk.settings.drafts.keep_days.into()));
    Ok(Draft { item: request.item.clone(), form, changed_at: now, wake_at, ..draft })
}

#[utoipa::path(
    tag = "草稿", operation_id = "keep_draft", summary = "保存草稿",
    description = "填到哪里存到哪里，提交时再核验；每人至多50份，最后一次修改后的保存天数由本部署配置（默认30天），到期即删。只有申请人本人（及持有效代办凭据的系统）\
                   看得到。Clauses B1-2, B1-3.",
    params(IdempotencyKey), request_body = DraftApplication,
    responses((status = 201, body = DraftLine, description = "已保存", headers(("ETag" = String), ("Location" = String))))
)]
#[post("/v1/drafts")]
pub async fn keep(
    desk: Data<Desk>,
    caller: Caller,
    key: IdempotencyKey,
    body: Body<DraftApplication>,
) -> Answer<Reply> {
    may(&caller, Action::KeepDraft)?;
    let Body { value, digest } = body;
    may_for(&caller, Action::KeepDraft, Some(&value.item))?;
    let (centre, applicant, id) = (caller.centre, applicant(&caller)?, DraftId::fresh(desk.now(caller.centre)));
    desk.once(caller, Shard::of(&applicant), key.stamp(Some(digest)), move |desk, tx, now| {
        if parties::find(tx.read(), centre, applicant).map_err(StoreError::from)?.is_none() {
            return Err(Refusal::new("applicant_unknown", "申请人尚未登记").into());
        }
        let own = drafts::list(tx.read(), centre, applicant, now, None, MOST).map_err(StoreError::from)?;
        if i64::try_from(own.len()).is_ok_and(|own| own >= MOST) {
            return Err(Refusal::new("too_many_drafts", format!("草稿已有{MOST}份，请先提交或删除一些")).into());
        }
        let (item, form) = (value.item.clone(), Personal::new(String::new()));
        let empty = Draft { id, version: 1, applicant, item, form, changed_at: now, wake_at: now };
        let draft = keeping(desk, empty, &value, now)?;
        drafts::insert(tx.write(), centre, &draft).map_err(StoreError::from)?;
        Ok(Reply::json(201, &DraftLine::from(&draft))?.tagged(1).at(format!("/v1/drafts/{id}")))
    })
    .await
}

#[utoipa::path(
    tag = "草稿", operation_id = "list_drafts", summary = "本人的草稿",
    description = "新的在前。Clauses B1-2, B1-3.",
    params(PageQuery), responses((status = 200, body = Page<DraftLine>, description = "一页草稿"))
)]
#[get("/v1/drafts")]
pub async fn list(desk: Data<Desk>, caller: Caller, query: crate::edge::Query<PageQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadOwnDrafts)?;
    let PageQuery { limit, cursor } = query.into_inner();
    let paging = Paging::new(desk.secret(), "/v1/drafts", caller.scope(), &(), limit)?;
    let before: Option<DraftId> = paging.place(cursor.as_deref())?;
    let (applicant, now) = (applicant(&caller)?, desk.now(caller.centre));
    let listing = desk.store.read(move |connection| {
        let rows = drafts::list(connection, caller.centre, applicant, now, before, paging.rows());
        paging.page(rows.map_err(StoreError::from)?, |last| last.id, |draft| DraftLine::from(&draft))
    });
    listing.await
}

#[utoipa::path(
    tag = "草稿", operation_id = "read_draft", summary = "查看草稿",
    description = "含已填写的内容，不脱敏：是其本人填写的。Clauses B1-2, B1-3.",
    params(("draft" = String, Path, format = Uuid, description = "草稿标识")),
    responses((status = 200, body = DraftView, description = "草稿", headers(("ETag" = String))))
)]
#[get("/v1/drafts/{draft}")]
pub async fn read(desk: Data<Desk>, caller: Caller, id: PathId<DraftId>) -> Answer<Reply> {
    may(&caller, Action::ReadOwnDrafts)?;
    let now = desk.now(caller.centre);
    let reading = desk.store.read(move |connection| {
        let draft = found(connection, &caller, id.0, now)?;
        let view = DraftView { line: DraftLine::from(&draft), application: written(&draft)? };
        Ok(Reply::json(200, &view)?.tagged(draft.version))
    });
    reading.await
}

#[utoipa::path(
    tag = "草稿", operation_id = "change_draft", summary = "修改草稿",
    description = "整份替换，保存天数重新起算。Clauses B1-2, B1-3.",
    params(("draft" = String, Path, format = Uuid, description = "草稿标识"), IdempotencyKey, IfMatch),
    request_body = DraftApplication,
    responses((status = 200, body = DraftLine, description = "已修改", headers(("ETag" = String))))
)]
#[put("/v1/drafts/{draft}")]
pub async fn change(
    desk: Data<Desk>,
    caller: Caller,
    id: PathId<DraftId>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<DraftApplication>,
) -> Answer<Reply> {
    may(&caller, Action::KeepDraft)?;
    let Body { value, digest } = body;
    desk.once(caller.clone(), Shard::of(&id.0), key.stamp(Some(digest)), move |desk, tx, now| {
        let before = found(tx.read(), &caller, id.0, now)?;
        for item in [&before.item, &value.item] {
            may_for(&caller, Action::KeepDraft, Some(item))?;
        }
        seen.check(before.version)?;
        let draft = keeping(desk, Draft { version: before.version + 1, ..before }, &value, now)?;
        if !drafts::save(tx.write(), caller.centre, &draft).map_err(StoreError::from)? {
            return Err(tx.contended().into());
        }
        Ok(Reply::json(200, &DraftLine::from(&draft))?.tagged(draft.version))
    })
    .await
}

#[utoipa::path(
    tag = "草稿", operation_id = "discard_draft", summary = "删除草稿",
    description = "删去即无。Clauses B1-2, B1-3.",
    params(("draft" = String, Path, format = Uuid, description = "草稿标识"), IdempotencyKey, IfMatch),
    responses((status = 200, body = DraftLine, description = "已删除"))
)]
#[delete("/v1/drafts/{draft}")]
pub async fn discard(
    desk: Data<Desk>,
    caller: Caller,
    id: PathId<DraftId>,
    seen: IfMatch,
    key: IdempotencyKey,
) -> Answer<Reply> {
    may(&caller, Action::KeepDraft)?;
    desk.once(caller.clone(), Shard::of(&id.0), key.stamp(None), move |_, tx, now| {
        let draft = found(tx.read(), &caller, id.0, now)?;
        may_for(&caller, Action::KeepDraft, Some(&draft.item))?;
        seen.check(draft.version)?;
        removed(tx, &caller, &draft)?;
        Reply::json(200, &DraftLine::from(&draft))
    })
    .await
}

fn removed(tx: &mut Tx<'_>, caller: &Caller, draft: &Draft) -> Answer<()> {
    match drafts::delete(tx.write(), caller.centre, draft).map_err(StoreError::from)? {
        true => Ok(()),
        false => Err(tx.contended().into()),
    }
}

#[utoipa::path(
    tag = "草稿", operation_id = "submit_draft", summary = "提交草稿",
    description = "核验、收件、归入所列材料并删去草稿，一次完成；不合要求的逐项说明，草稿不变。以同一幂等键重试只收一件。Clauses B1-1, B1-2, promise P2.",
    params(("draft" = String, Path, format = Uuid, description = "草稿标识"), IdempotencyKey, IfMatch),
    responses((status = 201, body = CaseView, description = "收件成功", headers(("ETag" = String), ("Location" = String))))
)]
#[post("/v1/drafts/{draft}/submission")]
pub async fn submit(
    desk: Data<Desk>,
    caller: Caller,
    id: PathId<DraftId>,
    seen: IfMatch,
    key: IdempotencyKey,
) -> Answer<Reply> {
    may(&caller, Action::KeepDraft)?;
    may(&caller, Action::Receive)?;
    let case = CaseId::fresh(desk.now(caller.centre));
    desk.once(caller.clone(), Shard::of(&id.0), key.stamp(None), move |desk, tx, now| {
        let draft = found(tx.read(), &caller, id.0, now)?;
        seen.check(draft.version)?;
        let (form, materials) = written(&draft)?.parts()?;
        let application = Application::checked(form, &caller, desk, now)?;
        let calendar = desk.calendar(tx.read(), caller.centre)?;
        let ctx = desk.context(&caller, &calendar, now);
        let (loaded, item) = application.receive(tx, &caller, (case, &draft.item), &ctx)?;
        let loaded = match materials.is_empty() {
            true => loaded,
            false => {
                let commands = attachments(tx, (caller.centre, &uploader(&caller)?), &materials, &item, now)?;
                carry_out(desk, tx, loaded, commands, &item, &ctx)?
            }
        };
        removed(tx, &caller, &draft)?;
        let view = CaseView::of(&loaded, &Lens { ctx, item: &item }, &[]);
        Ok(Reply::case(201, &view)?.at(format!("/v1/cases/{case}")))
    })
    .await
}

/// The front end whose uploads the materials are.
fn uploader(caller: &Caller) -> Answer<StaffCode> {
    let unknown = || Refusal::new("upload_unknown", "草稿所列附件须由代办系统上传");
    Ok(caller.identity.client_id.parse().map_err(|_| unknown())?)
}
