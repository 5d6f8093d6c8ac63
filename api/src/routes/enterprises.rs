//! 企业全景: one enterprise by its 统一社会信用代码 or its 企业码 (clause B5-6).

pub(super) mod changes;

use std::sync::Arc;

use actix_web::{
    get, put,
    web::{Data, Json},
};
use casework::package::ProgressState;
use kernel::{
    Action, ExternalNo, PartyId, Personal, Refusal,
    access::{Sight, may},
    identity::{Document, DocumentKind},
};
use persistence::{
    Connection, Shard, StoreError, cases, consultations, enterprise_codes, impasses,
    packages::applications,
    parties::{self, Party},
    tickets,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    auth::Caller,
    codes,
    desk::Desk,
    edge::{Body, IdempotencyKey, PathId},
    packages::Bundle,
    problem::{Answer, Error, Kind},
    reply::Reply,
    schema,
    views::{
        consultation::ConsultationView, enterprise::EnterpriseView, impasse::ImpasseLine,
        package_application::PackageApplicationLine, parts::ApplicantView, summary::CaseSummary,
        ticket::HotlineTicketView,
    },
};

/// How many of each kind are shown.
const SHOWN: usize = 200;

#[utoipa::path(
    tag = "办件", operation_id = "read_enterprise", summary = "企业全景",
    description = "凭统一社会信用代码或企业码，一次看全该企业未办结的办件、办理中的套餐、未销号的办不成事、热线尚未答复的转热线事项、\
                   在办的咨询，附期限和红黄灯。只含调用者有权查看的；一件也看不到的，视同不存在。12345转来的工单不按企业归集，\
                   转为办不成事后才列入。Clauses B5-1, B5-6.",
    params(("code" = String, Path, description = "统一社会信用代码或企业码", min_length = 1, max_length = 64,
            pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$")),
    responses((status = 200, body = EnterpriseView, description = "企业全景"))
)]
#[get("/v1/enterprises/{code}")]
pub async fn read(desk: Data<Desk>, caller: Caller, code: PathId<String>) -> Answer<Json<EnterpriseView>> {
    may(&caller, Action::ReadCase)?;
    may(&caller, Action::ReadImpasse)?;
    let code: ExternalNo = code.0.parse().map_err(|_| Error::not_found())?;
    let at = Arc::clone(&desk);
    desk.store
        .read(move |connection| {
            let party = named(&at, connection, &caller, &code)?;
            seen(&at, connection, &caller, party.id)?;
            Ok(Json(everything_open(&at, connection, &caller, &party)?))
        })
        .await
}

/// The enterprise that a code names.
fn named(desk: &Desk, connection: &mut Connection, caller: &Caller, code: &ExternalNo) -> Answer<Party> {
    let kind = DocumentKind::UnifiedSocialCreditCode;
    let digest = match Document::parse(kind, code.as_str(), desk.now(caller.centre).day()) {
        Ok(document) => Some(codes::document_digest(desk.secret(), &document)),
        Err(_) => enterprise_codes::get(connection, caller.centre, code)
            .map_err(StoreError::from)?
            .map(|bound| bound.document_digest),
    };
    let digest = digest.ok_or_else(Error::not_found)?;
    let found = parties::find_by_document(connection, caller.centre, kind.into(), &digest).map_err(StoreError::from)?;
    let party = parties::find(connection, caller.centre, found.ok_or_else(Error::not_found)?);
    party.map_err(StoreError::from)?.ok_or_else(Error::not_found)
}

/// Whoever sees nothing of an enterprise, open or not, does not learn that it is known here.
fn seen(desk: &Desk, connection: &mut Connection, caller: &Caller, party: PartyId) -> Answer<()> {
    let (sight, today) = (caller.sight(), desk.now(caller.centre).day());
    if sight == Sight::Centre {
        return Ok(());
    }
    let filter = cases::Filter { applicant: Some(party), ..cases::Filter::default() };
    let of_cases = cases::list(connection, caller.centre, &sight, &filter, today, None, 1);
    if !of_cases.map_err(StoreError::from)?.is_empty() {
        return Ok(());
    }
    let filter = impasses::Filter { applicant: Some(party), ..impasses::Filter::default() };
    let of_impasses = impasses::list(connection, caller.centre, &sight, &filter, today, None, 1);
    if !of_impasses.map_err(StoreError::from)?.is_empty() {
        return Ok(());
    }
    let filter = tickets::Filter { applicant: Some(party), ..tickets::Filter::default() };
    if !passed_on(connection, caller, filter, 1)?.is_empty() {
        return Ok(());
    }
    let filter = consultations::Filter { applicant: Some(party), ..consultations::Filter::default() };
    if asked(connection, caller, &filter, 1)?.is_empty() { Err(Error::not_found()) } else { Ok(()) }
}

/// 转热线事项 that somebody can see; none for whoever reads none.
fn passed_on(
    connection: &mut Connection,
    caller: &Caller,
    filter: tickets::Filter,
    rows: i64,
) -> Answer<Vec<tickets::Loaded>> {
    if may(caller, Action::ReadTickets).is_err() {
        return Ok(Vec::new());
    }
    let found = tickets::list(connection, caller.centre, &caller.sight(), filter, None, rows);
    Ok(found.map_err(StoreError::from)?)
}

/// 咨询 that somebody can see; none for whoever reads none.
fn asked(
    connection: &mut Connection,
    caller: &Caller,
    filter: &consultations::Filter,
    rows: i64,
) -> Answer<Vec<consultations::Loaded>> {
    if may(caller, Action::ReadConsultations).is_err() {
        return Ok(Vec::new());
    }
    let found = consultations::list(connection, caller.centre, &caller.sight(), filter, None, rows);
    Ok(found.map_err(StoreError::from)?)
}

fn everything_open(desk: &Desk, connection: &mut Connection, caller: &Caller, party: &Party) -> Answer<EnterpriseView> {
    let (centre, sight) = (caller.centre, caller.sight());
    let calendar = desk.calendar(connection, centre)?;
    let ctx = desk.context(caller, &calendar, desk.now(centre));
    let (today, rows) = (ctx.today(), i64::try_from(SHOWN + 1).unwrap_or(i64::MAX));
    let filter = cases::Filter { applicant: Some(party.id), open: true, ..cases::Filter::default() };
    let found = cases::list(connection, centre, &sight, &filter, today, None, rows).map_err(StoreError::from)?;
    let mut has_more = found.len() > SHOWN;
    let cases = found.into_iter().take(SHOWN).map(|row| CaseSummary::of(row, &calendar, today)).collect();
    let filter = impasses::Filter { applicant: Some(party.id), open: true, ..impasses::Filter::default() };
    let found = impasses::list(connection, centre, &sight, &filter, today, None, rows).map_err(StoreError::from)?;
    has_more |= found.len() > SHOWN;
    let impasses = found.iter().take(SHOWN).map(|row| ImpasseLine::of(row, &ctx)).collect();
    let found = applications::open_of_applicant(connection, centre, party.id, rows).map_err(StoreError::from)?;
    has_more |= found.len() > SHOWN;
    let mut packages = Vec::new();
    for stored in found.into_iter().take(SHOWN) {
        match Bundle::visible(desk, connection, caller, stored.application.id) {
            Ok(bundle) => packages.extend(open_line(&bundle)),
            Err(error) if error.kind() == Kind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    let filter = tickets::Filter { applicant: Some(party.id), open: true, ..tickets::Filter::default() };
    let found = passed_on(connection, caller, filter, rows)?;
    has_more |= found.len() > SHOWN;
    let tickets = found.iter().take(SHOWN).map(HotlineTicketView::from).collect();
    let filter =
        consultations::Filter { applicant: Some(party.id), open: Some(true), ..consultations::Filter::default() };
    let found = asked(connection, caller, &filter, rows)?;
    has_more |= found.len() > SHOWN;
    let consultations = found.iter().take(SHOWN).map(|loaded| ConsultationView::of(loaded, caller)).collect();
    let applicant = ApplicantView::new(party.id.to_string(), party.kind, &party.name);
    Ok(EnterpriseView::new(applicant, cases, packages, impasses, tickets, consultations, has_more))
}

fn open_line(bundle: &Bundle) -> Option<PackageApplicationLine> {
    let progress = bundle.application.progress(&bundle.member_cases());
    (progress.state == ProgressState::Open).then(|| bundle.into())
}

/// 企业码登记
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnterpriseCodeRequest {
    /// 统一社会信用代码
    #[schema(schema_with = schema::document_number)]
    credit_code: Personal<String>,
}

/// 企业码
#[derive(Debug, Serialize, ToSchema)]
pub struct EnterpriseCodeView {
    pub code: String,
}

#[utoipa::path(
    tag = "对接", operation_id = "put_enterprise_code", summary = "登记企业码",
    description = "登记企业码所指企业的统一社会信用代码；重复登记无害，已指向其他企业的为 409，登记有误的可以更正或者撤销。Clause B5-6.",
    params(("code" = String, Path, description = "企业码", min_length = 1, max_length = 64,
            pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$"), IdempotencyKey),
    request_body = EnterpriseCodeRequest,
    responses(
        (status = 201, body = EnterpriseCodeView, description = "已登记"),
        (status = 200, body = EnterpriseCodeView, description = "此前已登记"),
    )
)]
#[put("/v1/enterprise-codes/{code}")]
pub async fn put_code(
    desk: Data<Desk>,
    caller: Caller,
    code: PathId<String>,
    key: IdempotencyKey,
    body: Body<EnterpriseCodeRequest>,
) -> Answer<Reply> {
    may(&caller, Action::MapEnterpriseCode)?;
    let code: ExternalNo = code.0.parse().map_err(|_| Error::not_found())?;
    let Body { value, digest } = body;
    let kind = DocumentKind::UnifiedSocialCreditCode;
    let document = Document::parse(kind, value.credit_code.expose(), desk.now(caller.centre).day());
    let document = document.map_err(|fault| Error::field("/credit_code", fault.to_string()))?;
    let stands_for = codes::document_digest(desk.secret(), &document);
    let by = caller.clone();
    desk.once(caller, Shard::of(&code), key.stamp(Some(digest)), move |_, tx, now| {
        let view = EnterpriseCodeView { code: code.to_string() };
        match enterprise_codes::get(tx.read(), by.centre, &code).map_err(StoreError::from)? {
            Some(known) if known.document_digest == stands_for => return Reply::json(200, &view),
            Some(_) => {
                return Err(Refusal::new("enterprise_code_taken", "该企业码已指向其他企业，登记有误的请更正").into());
            }
            None => {}
        }
        let inserted = enterprise_codes::insert(tx.write(), by.centre, &code, (stands_for.as_str(), by.client()), now);
        tx.first(inserted)?;
        let note = serde_json::json!({ "code": code });
        tx.note(by.centre, "enterprise_codes", "enterprise_code_mapped", now, &by.signature(), &note)?;
        Reply::json(201, &view)
    })
    .await
}
