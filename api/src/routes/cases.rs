//! 办件: lists and reads. Every one of them is bound to what the caller can see.

use std::sync::Arc;

use actix_web::{
    get,
    http::header::IF_NONE_MATCH,
    web::{Data, Json},
};
use casework::Stage;
use chrono::{Days, NaiveDate, NaiveTime};
use kernel::{
    Action, CaseId, DepartmentCode, DocumentNumber, Fact, Instant, ItemCode, Masked, PartyId, Role, StaffCode,
    WindowCode,
    access::{may, may_on},
    ledger::Light,
};
use persistence::{
    StoreError,
    cases::{self, Filter},
    chain::Digest,
    parties, record,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{on_case::CaseInPath, receipt::people::agent_of};
use crate::{
    auth::Caller,
    codes,
    desk::Desk,
    edge::{PathId, Query, etag},
    packages,
    paging::{Listed, PageQuery, Paging, page_size},
    problem::{Answer, Error},
    ratings,
    reply::Reply,
    schema,
    views::{
        Page, case::CaseView, deadline::DeadlineView, law::ResponsibilityView, summary::CaseSummary,
        through::ThroughView,
    },
};

/// 筛选条件
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CaseFilter {
    /// 状态
    #[param(schema_with = schema::variants::<Stage>)]
    stage: Option<Stage>,
    /// 事项代码
    #[param(schema_with = schema::code::<64>)]
    item: Option<ItemCode>,
    /// 承办部门
    #[param(schema_with = schema::code::<40>)]
    department: Option<DepartmentCode>,
    /// 受理窗口
    #[param(schema_with = schema::code::<40>)]
    window: Option<WindowCode>,
    /// 申请人标识
    #[param(schema_with = schema::id)]
    applicant: Option<PartyId>,
    /// 承办人工号
    #[param(schema_with = schema::code::<64>)]
    holder: Option<StaffCode>,
    /// 红黄灯
    #[param(schema_with = schema::variants::<Light>)]
    light: Option<Light>,
    /// 岗位终止后职责回到部门或窗口，尚无人接手
    returned: Option<bool>,
    /// 收件日期起，含当日
    #[param(schema_with = schema::day)]
    #[serde(default, deserialize_with = "crate::day::optional")]
    received_from: Option<NaiveDate>,
    /// 收件日期止，含当日
    #[param(schema_with = schema::day)]
    #[serde(default, deserialize_with = "crate::day::optional")]
    received_to: Option<NaiveDate>,
    /// 每页条数，默认20
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// 上一页返回的 next_cursor
    #[param(schema_with = schema::cursor)]
    cursor: Option<String>,
}

#[utoipa::path(
    tag = "办件", operation_id = "list_cases", summary = "办件列表",
    description = "只列出调用者可见的办件，最新收件在前。",
    params(CaseFilter), responses((status = 200, body = Page<CaseSummary>, description = "一页办件"))
)]
#[get("/v1/cases")]
pub async fn list(desk: Data<Desk>, caller: Caller, query: Query<CaseFilter>) -> Answer<Listed> {
    may(&caller, Action::ReadCase)?;
    let mut query = query.into_inner();
    let (limit, cursor) = (query.limit.take(), query.cursor.take());
    let paging = Paging::new(desk.secret(), "/v1/cases", caller.scope(), &query, limit)?;
    let before: Option<CaseId> = paging.place(cursor.as_deref())?;
    let filter = Filter {
        stage: query.stage,
        item: query.item,
        department: query.department,
        window: query.window,
        applicant: query.applicant,
        holder: query.holder,
        light: query.light,
        received_from: query.received_from.map(midnight),
        received_until: query.received_to.and_then(|day| day.checked_add_days(Days::new(1))).map(midnight),
        open: false,
        returned: query.returned,
    };
    let today = desk.now(caller.centre).day();
    let at = Arc::clone(&desk);
    desk.store
        .read(move |connection| {
            let rows = cases::list(connection, caller.centre, &caller.sight(), &filter, today, before, paging.rows());
            let calendar = at.calendar(connection, caller.centre)?;
            let view = |row| CaseSummary::of(row, &calendar, today);
            paging.page(rows.map_err(StoreError::from)?, |last| last.id, view)
        })
        .await
}

#[utoipa::path(
    tag = "办件", operation_id = "read_worklist", summary = "待办",
    description = "窗口：待核验、待出件、待送达、待归档；部门：审核中。最紧的期限在前。Clause A3-1.",
    params(PageQuery), responses((status = 200, body = Page<CaseSummary>, description = "一页待办"))
)]
#[get("/v1/worklist")]
pub async fn worklist(desk: Data<Desk>, caller: Caller, query: Query<PageQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadWorklist)?;
    let PageQuery { limit, cursor } = query.into_inner();
    let paging = Paging::new(desk.secret(), "/v1/worklist", caller.scope(), &(), limit)?;
    let after = paging.place(cursor.as_deref())?;
    let stages: &[Stage] = match caller.role() {
        Role::Clerk => &[Stage::UnderCheck, Stage::AwaitingCorrection, Stage::Decided, Stage::Issued, Stage::Delivered],
        _ => &[Stage::InReview],
    };
    let at = Arc::clone(&desk);
    let today = desk.now(caller.centre).day();
    desk.store
        .read(move |connection| {
            let rows = cases::worklist(connection, caller.centre, &caller.sight(), stages, after, paging.rows());
            let calendar = at.calendar(connection, caller.centre)?;
            let view = |row| CaseSummary::of(row, &calendar, today);
            paging.page(rows.map_err(StoreError::from)?, |last| (last.due_on, last.id), view)
        })
        .await
}

fn midnight(day: NaiveDate) -> Instant {
    const EAST: chrono::Duration = chrono::Duration::hours(8);
    Instant::from_naive_utc(day.and_time(NaiveTime::MIN) - EAST)
}

#[utoipa::path(
    tag = "办件", operation_id = "read_case", summary = "查看办件",
    description = "包括当前调用者可以进行的操作，以及不能进行的原因。",
    params(CaseInPath, ("If-None-Match" = Option<String>, Header, description = "已有的 ETag")),
    responses(
        (status = 200, body = CaseView, description = "办件", headers(("ETag" = String))),
        (status = 304, description = "没有变化；期限逐日变化，版本形成的次日起总给出全文")
    )
)]
#[get("/v1/cases/{case}")]
pub async fn read(
    desk: Data<Desk>,
    caller: Caller,
    case: PathId<CaseId>,
    request: actix_web::HttpRequest,
) -> Answer<Reply> {
    let known = request.headers().get(IF_NONE_MATCH).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
    desk.look(caller, case.0, Action::ReadCase, move |desk, connection, loaded, lens| {
        let (version, stream) = (loaded.case.version, [loaded.case.id.to_string()]);
        // The limits move from day to day and an anonymous rating comes, both under the same tag; so the tag does not say
        // enough on a later day, nor to whoever may know of the rating.
        if known.is_some_and(|known| known == etag(version))
            && record::is_of_day(connection, loaded.case.centre, &stream, lens.today()).map_err(StoreError::from)?
            && ratings::anonymous_for(connection, &loaded.case, lens.ctx.actor.role())?.is_empty()
        {
            return Ok(Reply::not_modified(version));
        }
        Reply::case(200, &packages::shown(desk, connection, loaded, lens)?)
    })
    .await
}

#[utoipa::path(
    tag = "办件", operation_id = "read_deadline", summary = "期限说明",
    description = "法定、承诺、送达期限并列，逐日说明为何计入或不计入；会审意见、踏勘意见期限按部门、特别程序所需时间按告知书一并说明，\
                   申请人不见部门的期限。Clause B5-2, rules L1, L2, L4, L12.",
    params(CaseInPath), responses((status = 200, body = DeadlineView, description = "期限说明"))
)]
#[get("/v1/cases/{case}/deadline")]
pub async fn deadline(desk: Data<Desk>, caller: Caller, case: PathId<CaseId>) -> Answer<Json<DeadlineView>> {
    desk.look(caller, case.0, Action::ReadCase, |_, _, loaded, lens| Ok(Json(DeadlineView::of(&loaded.case, lens))))
        .await
}

#[utoipa::path(
    tag = "办件", operation_id = "read_responsibility", summary = "责任链",
    description = "自首次接触到终结，每一刻由谁负责；移交须经接受，既无空档也不重叠。Clause B5-1.",
    params(CaseInPath), responses((status = 200, body = ResponsibilityView, description = "责任链"))
)]
#[get("/v1/cases/{case}/responsibility")]
pub async fn responsibility(
    desk: Data<Desk>,
    caller: Caller,
    case: PathId<CaseId>,
) -> Answer<Json<ResponsibilityView>> {
    desk.look(caller, case.0, Action::ReadCase, |_, _, loaded, _| Ok(Json(ResponsibilityView::of(&loaded.case)))).await
}

/// 办理过程的一步
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelineEntry {
    pub version: u64,
    #[schema(schema_with = schema::id)]
    pub id: String,
    pub kind: String,
    #[schema(value_type = String)]
    pub label: &'static str,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    /// 经办角色和工号
    #[schema(value_type = String)]
    pub role: &'static str,
    #[schema(value_type = String)]
    pub role_label: &'static str,
    pub by: String,
    /// 代办, where a system had vouched for whoever acted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<ThroughView>,
    /// 文书编号
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// The event itself; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub event: Option<serde_json::Value>,
    /// SHA-256 that covers this entry and all before it.
    pub digest: String,
}

/// 办理过程
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TimelineQuery {
    /// Entries after this version.
    #[param(minimum = 0, maximum = 4294967295u32)]
    pub(super) after: Option<u32>,
    /// 每页条数，默认20
    #[param(minimum = 1, maximum = 200)]
    pub(super) limit: Option<i64>,
}

#[utoipa::path(
    tag = "办件", operation_id = "read_timeline", summary = "办理过程",
    description = "只增不改的记录，逐条相连，篡改可见。匿名评价不入此记录。",
    params(CaseInPath, TimelineQuery), responses((status = 200, body = Vec<TimelineEntry>, description = "办理过程"))
)]
#[get("/v1/cases/{case}/timeline")]
pub async fn timeline(
    desk: Data<Desk>,
    caller: Caller,
    case: PathId<CaseId>,
    query: Query<TimelineQuery>,
) -> Answer<Json<Vec<TimelineEntry>>> {
    let limit = page_size(query.0.limit)?;
    let after = u64::from(query.0.after.unwrap_or(0));
    desk.look(caller, case.0, Action::ReadCase, move |_, connection, loaded, lens| {
        let case = &loaded.case;
        let inside = lens.shows_workings();
        let entries = record::timeline(connection, case.centre, &case.id.to_string(), after, limit);
        let view = |entry: record::Entry<casework::Event>| {
            let (label, document) = (entry.recorded.event.label(), entry.recorded.event.document().cloned());
            timeline_entry(entry, label, document, inside)
        };
        Ok(Json(entries.map_err(StoreError::from)?.into_iter().map(view).collect::<Answer<_>>()?))
    })
    .await
}

/// An entry of a record as it is shown: with the event itself to staff only.
pub(super) fn timeline_entry<E: Fact>(
    entry: record::Entry<E>,
    label: &'static str,
    document: Option<DocumentNumber>,
    inside: bool,
) -> Answer<TimelineEntry> {
    let recorded = entry.recorded;
    let event = inside.then(|| serde_json::to_value(&recorded.event)).transpose().map_err(Error::internal)?;
    Ok(TimelineEntry {
        version: recorded.version,
        id: entry.id.to_string(),
        kind: recorded.event.kind().to_owned(),
        label,
        at: recorded.at,
        role: recorded.by.role.into(),
        role_label: recorded.by.role.label(),
        through: recorded.by.through.as_deref().map(ThroughView::from),
        by: recorded.by.code,
        document: document.map(|document| document.to_string()),
        event,
        digest: entry.digest,
    })
}

/// 收件凭证: what the applicant takes home.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceiptView {
    pub number: String,
    /// 查询码: opens the public progress query together with the number.
    #[schema(example = "042719")]
    pub query_code: String,
    /// 事项名称
    pub item: String,
    #[schema(value_type = String)]
    pub applicant: Masked,
    #[schema(schema_with = schema::instant)]
    pub received_at: Instant,
    /// 收到的材料
    pub materials: Vec<String>,
    pub window: String,
}

#[utoipa::path(
    tag = "办件", operation_id = "read_receipt", summary = "收件凭证",
    description = "含公开查询进度用的查询码。Clause B5-5.",
    params(CaseInPath), responses((status = 200, body = ReceiptView, description = "收件凭证"))
)]
#[get("/v1/cases/{case}/receipt")]
pub async fn receipt(desk: Data<Desk>, caller: Caller, case: PathId<CaseId>) -> Answer<Json<ReceiptView>> {
    desk.look(caller, case.0, Action::ReadReceipt, |desk, _, loaded, lens| {
        let view = CaseView::of(loaded, lens, &[]);
        let handed = |material: &crate::views::parts::MaterialView| {
            !material.files.is_empty() || material.check.as_ref().is_some_and(|check| check.present)
        };
        Ok(Json(ReceiptView {
            query_code: codes::query_code(desk.secret(), &view.number),
            number: view.number,
            item: view.item.name,
            applicant: view.applicant.name,
            received_at: view.received_at,
            materials: view.materials.into_iter().filter(handed).map(|material| material.name).collect(),
            window: view.window,
        }))
    })
    .await
}

/// 完整个人信息, shown to who handles the case, and each reading is on record.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonalView {
    pub applicant: PersonView,
    pub contacts: Vec<PersonView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PersonView {
    /// 申请人, 联系人, 收件人, 代理人 or 代表企业反映的人.
    #[schema(value_type = String, example = "applicant")]
    pub role: &'static str,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

impl PersonView {
    pub(super) fn applicant(party: parties::Party) -> Self {
        Self {
            role: "applicant",
            name: party.name.into_exposed(),
            document_kind: Some(party.document_kind),
            document_number: Some(party.document_number.into_exposed()),
            phone: party.phone.map(kernel::Personal::into_exposed),
            address: party.address.map(kernel::Personal::into_exposed),
        }
    }

    /// Whoever acts or speaks in the applicant's place; where they live matters to nobody here.
    pub fn instead(role: &'static str, party: parties::Party) -> Self {
        Self { role, address: None, ..Self::applicant(party) }
    }
}

#[utoipa::path(
    tag = "办件", operation_id = "read_personal_data", summary = "查看完整个人信息",
    description = "未脱敏；每次查看都留下记录。",
    params(CaseInPath), responses((status = 200, body = PersonalView, description = "完整个人信息"))
)]
#[get("/v1/cases/{case}/personal-data")]
pub async fn personal_data(desk: Data<Desk>, caller: Caller, case: PathId<CaseId>) -> Answer<Json<PersonalView>> {
    let id = case.0;
    may(&caller, Action::ReadPersonal)?;
    let now = desk.now(caller.centre);
    let shown = desk.store.write(persistence::Shard::of(&id), move |tx| {
        let loaded = crate::desk::visible(tx.read(), &caller, id)?;
        let case = &loaded.case;
        may_on(&caller, Action::ReadPersonal, &case.whereabouts())?;
        parties::disclose(tx.write(), case.centre, id, &caller.signature(), now).map_err(StoreError::from)?;
        let party = parties::find(tx.read(), case.centre, case.applicant).map_err(StoreError::from)?;
        let party = party.ok_or_else(|| Error::internal("a case without its applicant"))?;
        let contacts = parties::contacts(tx.read(), case.centre, id).map_err(StoreError::from)?;
        Ok::<_, Error>((party, contacts, agent_of(tx.read(), case)?))
    });
    let (party, contacts, agent) = shown.await?;
    // The agent who applied is the contact, unless the application named another one.
    let agent =
        agent.filter(|agent| contacts.iter().all(|it| it.document_number.as_ref() != Some(&agent.document_number)));
    Ok(Json(PersonalView {
        applicant: PersonView::applicant(party),
        contacts: contacts
            .into_iter()
            .map(|contact| PersonView {
                role: contact.role.into(),
                name: contact.name.into_exposed(),
                document_kind: None,
                document_number: contact.document_number.map(kernel::Personal::into_exposed),
                phone: Some(contact.phone.into_exposed()),
                address: contact.address.map(kernel::Personal::into_exposed),
            })
            .chain(agent.map(|party| PersonView::instead("mandated_agent", party)))
            .collect(),
    }))
}

/// 记录校验
#[derive(Debug, Serialize, ToSchema)]
pub struct VerificationView {
    pub intact: bool,
    pub events: u64,
    /// Digest of the newest entry.
    pub head: String,
    /// The first entry that does not fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken_at: Option<u64>,
}

#[utoipa::path(
    tag = "办件", operation_id = "verify_record", summary = "校验记录",
    description = "安全审计员逐条重算摘要，确认记录未被篡改、未被截断。",
    params(CaseInPath), responses((status = 200, body = VerificationView, description = "校验结果"))
)]
#[get("/v1/cases/{case}/record-verification")]
pub async fn verify(desk: Data<Desk>, caller: Caller, case: PathId<CaseId>) -> Answer<Json<VerificationView>> {
    desk.look(caller, case.0, Action::VerifyRecord, |_, connection, loaded, _| {
        let case = &loaded.case;
        let found = record::verify(connection, case.centre, &case.id.to_string()).map_err(StoreError::from)?;
        Ok(Json(verified(found, case.version, loaded.head)))
    })
    .await
}

/// What was found, against what the aggregate says of its own record.
pub(super) fn verified(found: record::Verification, version: u64, head: Digest) -> VerificationView {
    let whole = found.events == version && found.head == head;
    VerificationView {
        intact: whole && found.broken_at.is_none(),
        events: found.events,
        head: found.head.to_string(),
        broken_at: found.broken_at.or((!whole).then_some(found.events + 1)),
    }
}
