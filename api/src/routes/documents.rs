//! 文书: the papers of a case, whose they are, and their seals (行政许可法 art. 32; rule L9).

use actix_web::{
    get, post,
    web::{Data, Json},
};
use casework::{Case, Command, Event};
use catalog::Department;
use kernel::{Action, CaseId, DocumentKind, Instant, Refusal, Text};
use persistence::{StoreError, hall, record};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::on_case::{CaseChanged, CaseInPath, OnCase};
use crate::{
    auth::Caller,
    desk::Desk,
    edge::{Body, PathId},
    problem::Answer,
    reply::Reply,
    schema,
};

/// How long a record is read at a time; few cases have as many entries.
const BATCH: i64 = 200;

/// 文书
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentView {
    /// 文书编号
    pub number: String,
    /// 文书名称
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub title: Option<&'static str>,
    /// 委托机关: in whose name it was made out.
    pub agency: AgencyView,
    /// 经办角色和工号
    #[schema(value_type = String)]
    pub role: &'static str,
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    /// SHA-256 of the entry of the record that the paper is made from: what is sealed.
    pub digest: String,
    /// 现行有效: false once it was replaced, revoked or set aside.
    pub stands: bool,
    /// 电子印章; absent until it bears one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seal: Option<SealView>,
}

/// 委托机关
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AgencyView {
    pub department: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// 统一社会信用代码
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uscc: Option<String>,
    /// 咨询电话
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// 电子印章
#[derive(Debug, Serialize, ToSchema)]
pub struct SealView {
    pub seal: String,
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

impl AgencyView {
    fn of(case: &Case, departments: &[Department]) -> Self {
        let code = &case.routing.department;
        let known = departments.iter().find(|department| department.code == *code);
        Self {
            department: code.to_string(),
            name: known.map(|it| it.name.to_string()),
            uscc: known.map(|it| it.uscc.to_string()),
            phone: known.and_then(|it| it.phone.as_ref()).map(ToString::to_string),
        }
    }
}

impl DocumentView {
    /// None of an entry that gave rise to no paper.
    fn of(case: &Case, entry: record::Entry<Event>, agency: &AgencyView) -> Option<Self> {
        let number = entry.recorded.event.document()?.clone();
        let seal = case.seals.iter().find(|seal| seal.document == number);
        Some(Self {
            title: number.kind().map(DocumentKind::title),
            number: number.to_string(),
            agency: agency.clone(),
            role: entry.recorded.by.role.into(),
            by: entry.recorded.by.code,
            at: entry.recorded.at,
            digest: entry.digest,
            stands: case.stands(&number),
            seal: seal.map(|it| SealView { seal: it.seal.to_string(), by: it.by.code.clone(), at: it.at }),
        })
    }
}

#[utoipa::path(
    tag = "办件", operation_id = "list_documents", summary = "文书",
    description = "办件的每份文书：以哪个机关的名义、由谁、何时作出，是否仍有效，其记录摘要，以及电子印章。当场办结的不出具受理凭证。\
                   Rules L6, L9.",
    params(CaseInPath), responses((status = 200, body = Vec<DocumentView>, description = "文书"))
)]
#[get("/v1/cases/{case}/documents")]
pub async fn list(desk: Data<Desk>, caller: Caller, case: PathId<CaseId>) -> Answer<Json<Vec<DocumentView>>> {
    desk.look(caller, case.0, Action::ReadCase, |_, connection, loaded, _| {
        let case = &loaded.case;
        let agency = AgencyView::of(case, &hall::departments(connection, case.centre).map_err(StoreError::from)?);
        let (mut documents, mut after) = (Vec::new(), 0);
        loop {
            let entries = record::timeline(connection, case.centre, &case.id.to_string(), after, BATCH);
            let entries = entries.map_err(StoreError::from)?;
            let Some(last) = entries.last() else { return Ok(Json(documents)) };
            after = last.recorded.version;
            documents.extend(entries.into_iter().filter_map(|entry| DocumentView::of(case, entry, &agency)));
        }
    })
    .await
}

/// 加盖电子印章
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SealRequest {
    /// 文书编号
    #[schema(schema_with = schema::text::<40>)]
    document: Text<40>,
    /// 电子印章，如 GB/T 38540 的 Base64
    #[schema(schema_with = schema::text::<4000>)]
    seal: Text<4000>,
}

#[utoipa::path(
    tag = "办件", operation_id = "seal_document", summary = "加盖电子印章",
    description = "委托机关对一份文书加盖电子印章，每份一次；盖章所对应的是文书的记录摘要。Rule L9.",
    params(OnCase), request_body = SealRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/documents/seal")]
pub async fn affix(desk: Data<Desk>, on: OnCase, body: Body<SealRequest>) -> Answer<Reply> {
    let Body { value: SealRequest { document, seal }, digest } = body;
    desk.change(on.change(Action::SealDocument, Some(digest)), move |matter| {
        matter.guard(Action::SealDocument)?;
        let named = matter.case.papers.iter().find(|paper| paper.as_str() == document.as_str());
        let named = named.ok_or_else(|| Refusal::new("no_such_document", format!("该办件现行文书中没有{document}")))?;
        Ok(Command::Seal { document: named.clone(), seal: seal.clone() })
    })
    .await
}
