//! 企业码的更正、撤销和登记系统: what a code stands for from now on, what it stood for before, and whose it is (clause B5-6).

use actix_web::{
    get, post, put,
    web::{Data, Json},
};
use kernel::{
    Action, ExternalNo, Instant, Personal, Refusal, Role, StaffCode, Text,
    access::may,
    identity::{Document, DocumentKind},
};
use persistence::{
    Connection, Shard, StoreError, Tx, clients,
    enterprise_codes::{self, Bound, Change, How},
    parties,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    auth::Caller,
    codes,
    desk::Desk,
    edge::{Body, IdempotencyKey, PathId},
    problem::{Answer, Error},
    reply::Reply,
    schema,
    views::parts::ApplicantView,
};

/// 企业码更正
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnterpriseCodeCorrection {
    /// 统一社会信用代码, the right one.
    #[schema(schema_with = schema::document_number)]
    credit_code: Personal<String>,
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
}

/// 企业码撤销
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnterpriseCodeRevocation {
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
}

/// 企业码登记系统
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnterpriseCodeOwner {
    /// 对接系统代码
    #[schema(schema_with = schema::code::<64>)]
    client: StaffCode,
}

/// 企业码的登记情况
#[derive(Debug, Serialize, ToSchema)]
pub struct EnterpriseCodeRecord {
    pub code: String,
    /// 现指向的企业; absent once the code is revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stands_for: Option<BoundView>,
    /// 登记系统, which may correct and revoke it besides the administrator; absent where none may.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::code::<64>)]
    pub client: Option<StaffCode>,
    /// 此前的指向，旧的在前
    pub before: Vec<FormerlyBoundView>,
}

/// 企业码所指
#[derive(Debug, Serialize, ToSchema)]
pub struct BoundView {
    /// 统一社会信用代码的摘要 with this installation's key: the same for the same enterprise.
    pub credit_code_digest: String,
    /// 企业, where it is known here; for administrators and auditors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enterprise: Option<ApplicantView>,
    #[schema(schema_with = schema::instant)]
    pub since: Instant,
}

/// 企业码此前所指
#[derive(Debug, Serialize, ToSchema)]
pub struct FormerlyBoundView {
    #[serde(flatten)]
    pub bound: BoundView,
    #[schema(schema_with = schema::instant)]
    pub until: Instant,
    /// `corrected` or `revoked`
    #[schema(schema_with = schema::variants::<How>)]
    pub how: &'static str,
    pub reason: String,
    /// 经办角色和工号
    #[schema(value_type = String)]
    pub role: &'static str,
    pub by: String,
}

#[utoipa::path(
    tag = "对接", operation_id = "read_enterprise_code", summary = "查看企业码",
    description = "企业码现在和此前所指的企业，以及更正、撤销的理由和经办人。Clause B5-6.",
    params(("code" = String, Path, description = "企业码", min_length = 1, max_length = 64,
            pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$")),
    responses((status = 200, body = EnterpriseCodeRecord, description = "企业码的登记情况"))
)]
#[get("/v1/enterprise-codes/{code}")]
pub async fn read(desk: Data<Desk>, caller: Caller, code: PathId<String>) -> Answer<Json<EnterpriseCodeRecord>> {
    may(&caller, Action::ReadEnterpriseCodes)?;
    let code: ExternalNo = code.0.parse().map_err(|_| Error::not_found())?;
    desk.store.read(move |connection| Ok(Json(shown(connection, &caller, &code)?))).await
}

#[utoipa::path(
    tag = "对接", operation_id = "correct_enterprise_code", summary = "更正企业码",
    description = "企业码登记有误的，改指正确的统一社会信用代码并说明理由，此后即按新的解析；原来的指向留痕可查。\
                   已指向该企业的不变；已撤销的为 409，可以重新登记；由其他系统登记的为 409，由系统管理员更正。Clause B5-6.",
    params(("code" = String, Path, description = "企业码", min_length = 1, max_length = 64,
            pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$"), IdempotencyKey),
    request_body = EnterpriseCodeCorrection,
    responses((status = 200, body = EnterpriseCodeRecord, description = "已更正"))
)]
#[post("/v1/enterprise-codes/{code}/correction")]
pub async fn correct(
    desk: Data<Desk>,
    caller: Caller,
    code: PathId<String>,
    key: IdempotencyKey,
    body: Body<EnterpriseCodeCorrection>,
) -> Answer<Reply> {
    may(&caller, Action::MapEnterpriseCode)?;
    let code: ExternalNo = code.0.parse().map_err(|_| Error::not_found())?;
    let Body { value: EnterpriseCodeCorrection { credit_code, reason }, digest } = body;
    let kind = DocumentKind::UnifiedSocialCreditCode;
    let document = Document::parse(kind, credit_code.expose(), desk.now(caller.centre).day());
    let document = document.map_err(|fault| Error::field("/credit_code", fault.to_string()))?;
    let right = codes::document_digest(desk.secret(), &document);
    let by = caller.clone();
    desk.once(caller, Shard::of(&code), key.stamp(Some(digest)), move |_, tx, now| {
        let known = enterprise_codes::get(tx.read(), by.centre, &code).map_err(StoreError::from)?;
        let Some(before) = known else { return Err(unbound(tx, &by, &code)?) };
        its_own(&by, &before)?;
        if before.document_digest != right {
            let moved = enterprise_codes::rebind(tx.write(), by.centre, &code, (&before, right.as_str()), now);
            if !moved.map_err(StoreError::from)? {
                return Err(tx.contended().into());
            }
            let why = Why { how: How::Corrected, reason: &reason, kind: "enterprise_code_corrected" };
            why.kept(tx, &by, &code, before, now)?;
        }
        Reply::json(200, &shown(tx.read(), &by, &code)?)
    })
    .await
}

#[utoipa::path(
    tag = "对接", operation_id = "revoke_enterprise_code", summary = "撤销企业码",
    description = "企业码不再指向任何企业，说明理由；原来的指向留痕可查，此后可以重新登记。已撤销的不变；\
                   由其他系统登记的为 409，由系统管理员撤销。Clause B5-6.",
    params(("code" = String, Path, description = "企业码", min_length = 1, max_length = 64,
            pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$"), IdempotencyKey),
    request_body = EnterpriseCodeRevocation,
    responses((status = 200, body = EnterpriseCodeRecord, description = "已撤销"))
)]
#[post("/v1/enterprise-codes/{code}/revocation")]
pub async fn revoke(
    desk: Data<Desk>,
    caller: Caller,
    code: PathId<String>,
    key: IdempotencyKey,
    body: Body<EnterpriseCodeRevocation>,
) -> Answer<Reply> {
    may(&caller, Action::MapEnterpriseCode)?;
    let code: ExternalNo = code.0.parse().map_err(|_| Error::not_found())?;
    let Body { value: EnterpriseCodeRevocation { reason }, digest } = body;
    let by = caller.clone();
    desk.once(caller, Shard::of(&code), key.stamp(Some(digest)), move |_, tx, now| {
        let known = enterprise_codes::get(tx.read(), by.centre, &code).map_err(StoreError::from)?;
        if let Some(before) = known {
            its_own(&by, &before)?;
            if !enterprise_codes::unbind(tx.write(), by.centre, &code, &before).map_err(StoreError::from)? {
                return Err(tx.contended().into());
            }
            let why = Why { how: How::Revoked, reason: &reason, kind: "enterprise_code_revoked" };
            why.kept(tx, &by, &code, before, now)?;
        }
        Reply::json(200, &shown(tx.read(), &by, &code)?)
    })
    .await
}

#[utoipa::path(
    tag = "对接", operation_id = "assign_enterprise_code", summary = "指定企业码登记系统",
    description = "系统管理员指定由哪个已登记、未停用的对接系统更正、撤销该企业码：早前登记、不知由谁登记的，或者登记的系统已停用的。\
                   所指企业不变，指定留痕。已由该系统登记的不变。Clause B5-6.",
    params(("code" = String, Path, description = "企业码", min_length = 1, max_length = 64,
            pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$"), IdempotencyKey),
    request_body = EnterpriseCodeOwner,
    responses((status = 200, body = EnterpriseCodeRecord, description = "已指定"))
)]
#[put("/v1/enterprise-codes/{code}/owner")]
pub async fn assign(
    desk: Data<Desk>,
    caller: Caller,
    code: PathId<String>,
    key: IdempotencyKey,
    body: Body<EnterpriseCodeOwner>,
) -> Answer<Reply> {
    may(&caller, Action::AssignEnterpriseCode)?;
    let code: ExternalNo = code.0.parse().map_err(|_| Error::not_found())?;
    let Body { value: EnterpriseCodeOwner { client }, digest } = body;
    let by = caller.clone();
    desk.once(caller, Shard::of(&code), key.stamp(Some(digest)), move |_, tx, now| {
        let known = enterprise_codes::get(tx.read(), by.centre, &code).map_err(StoreError::from)?;
        let Some(bound) = known else { return Err(unbound(tx, &by, &code)?) };
        let found = clients::find(tx.read(), by.centre, &client).map_err(StoreError::from)?;
        if found.is_none_or(|found| found.role != Role::Adapter || !found.active) {
            return Err(Error::field("/client", "没有登记此对接系统，或者已停用"));
        }
        if bound.client.as_ref() != Some(&client) {
            if !enterprise_codes::assign(tx.write(), by.centre, &code, (&bound, &client)).map_err(StoreError::from)? {
                return Err(tx.contended().into());
            }
            let note = serde_json::json!({ "code": code, "client": client, "before": bound.client });
            let kind = "enterprise_code_assigned";
            tx.note(by.centre, "enterprise_codes", kind, now, &by.signature(), &note)?;
        }
        Reply::json(200, &shown(tx.read(), &by, &code)?)
    })
    .await
}

/// Why a code stands no longer for what it stood for.
struct Why<'a> {
    how: How,
    reason: &'a Text<500>,
    /// As the record names it.
    kind: &'static str,
}

impl Why<'_> {
    /// Keeps what the code stood for, and puts the act on the record.
    fn kept(&self, tx: &mut Tx<'_>, by: &Caller, code: &ExternalNo, before: Bound, now: Instant) -> Answer<()> {
        let Self { how, reason, kind } = *self;
        let number = enterprise_codes::changes(tx.read(), by.centre, code).map_err(StoreError::from)?.len() + 1;
        let change = Change { before, ended_at: now, how, reason: reason.clone(), by: by.signature() };
        let kept = enterprise_codes::keep(tx.write(), by.centre, code, number, &change);
        tx.first(kept)?;
        let note = serde_json::json!({ "code": code, "reason": reason });
        tx.note(by.centre, "enterprise_codes", kind, now, &by.signature(), &note)?;
        Ok(())
    }
}

/// A system changes what it registered itself; the administrator changes everything.
fn its_own(by: &Caller, bound: &Bound) -> Answer<()> {
    if by.client().is_some_and(|client| bound.client.as_ref() != Some(client)) {
        return Err(Refusal::new("enterprise_code_of_another", "该企业码由其他系统登记，请由系统管理员更正").into());
    }
    Ok(())
}

/// Of a code that stands for nothing: whether it ever did.
fn unbound(tx: &mut Tx<'_>, by: &Caller, code: &ExternalNo) -> Answer<Error> {
    let changes = enterprise_codes::changes(tx.read(), by.centre, code).map_err(StoreError::from)?;
    if changes.is_empty() {
        return Ok(Error::not_found());
    }
    Ok(Refusal::new("enterprise_code_revoked", "该企业码已撤销，请重新登记").into())
}

/// What it stands for and stood for, as this caller may know it.
fn shown(connection: &mut Connection, caller: &Caller, code: &ExternalNo) -> Answer<EnterpriseCodeRecord> {
    let now = enterprise_codes::get(connection, caller.centre, code).map_err(StoreError::from)?;
    let before = enterprise_codes::changes(connection, caller.centre, code).map_err(StoreError::from)?;
    if now.is_none() && before.is_empty() {
        return Err(Error::not_found());
    }
    let client = now.as_ref().and_then(|bound| bound.client.clone());
    let stands_for = now.map(|bound| BoundView::of(connection, caller, bound)).transpose()?;
    let former = |change: Change| -> Answer<FormerlyBoundView> {
        Ok(FormerlyBoundView {
            bound: BoundView::of(connection, caller, change.before)?,
            until: change.ended_at,
            how: change.how.into(),
            reason: change.reason.to_string(),
            role: change.by.role.into(),
            by: change.by.code,
        })
    };
    let before = before.into_iter().map(former).collect::<Answer<Vec<_>>>()?;
    Ok(EnterpriseCodeRecord { code: code.to_string(), stands_for, client, before })
}

impl BoundView {
    /// Whoever sees nothing of an enterprise does not learn here that it is known: systems see the digest alone.
    fn of(connection: &mut Connection, caller: &Caller, bound: Bound) -> Answer<Self> {
        let mut enterprise = None;
        if caller.role() != Role::Adapter {
            let kind: &str = DocumentKind::UnifiedSocialCreditCode.into();
            let id = parties::find_by_document(connection, caller.centre, kind, &bound.document_digest);
            if let Some(id) = id.map_err(StoreError::from)? {
                let party = parties::find(connection, caller.centre, id).map_err(StoreError::from)?;
                enterprise = party.map(|party| ApplicantView::new(party.id.to_string(), party.kind, &party.name));
            }
        }
        Ok(Self { credit_code_digest: bound.document_digest, enterprise, since: bound.at })
    }
}
