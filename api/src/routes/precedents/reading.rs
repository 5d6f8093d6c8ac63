//! 案例的办理, for those who make them: lists, the text in the making, the record (clauses C2-2, D6-2).

use actix_web::{
    HttpRequest, get,
    http::header::IF_NONE_MATCH,
    web::{Data, Json},
};
use escalation::precedent::{Event, State};
use kernel::{
    Action,
    access::may,
    id::{ImpasseId, PrecedentId},
};
use persistence::{StoreError, precedents, proposals, record};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    auth::Caller,
    desk::Desk,
    edge::{PathId, Query, etag},
    paging::{Listed, Paging, page_size},
    problem::{Answer, Error},
    reply::Reply,
    routes::cases::{TimelineEntry, TimelineQuery, timeline_entry},
    schema,
    views::{
        Page,
        precedent::{PrecedentDraftView, PrecedentStandingView},
    },
};

/// 案例办理筛选
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PrecedentDraftQuery {
    #[param(schema_with = schema::variants::<State>)]
    state: Option<State>,
    /// 来源: the impasse (clause C2-2).
    #[param(schema_with = schema::id)]
    impasse: Option<ImpasseId>,
    /// 每页条数，默认20
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// 上一页返回的 next_cursor
    #[param(schema_with = schema::cursor)]
    cursor: Option<String>,
}

#[utoipa::path(
    tag = "案例", operation_id = "list_precedent_drafts", summary = "案例办理清单",
    description = "各种状态的案例，包括未发布和已撤下的，最新起草的在前。Clauses C2-2, D6-2.",
    params(PrecedentDraftQuery),
    responses((status = 200, body = Page<PrecedentStandingView>, description = "一页案例"))
)]
#[get("/v1/precedent-drafts")]
pub async fn list(desk: Data<Desk>, caller: Caller, query: Query<PrecedentDraftQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadDraftPrecedents)?;
    let mut query = query.into_inner();
    let (limit, cursor) = (query.limit.take(), query.cursor.take());
    let paging = Paging::new(desk.secret(), "/v1/precedent-drafts", caller.scope(), &query, limit)?;
    let before: Option<PrecedentId> = paging.place(cursor.as_deref())?;
    desk.store
        .read(move |connection| {
            let PrecedentDraftQuery { state, impasse, .. } = query;
            let rows = precedents::list(connection, caller.centre, state, impasse, before, paging.rows());
            let rows = rows.map_err(StoreError::from)?;
            paging.page(rows, |last| last.precedent.id, |loaded| PrecedentStandingView::from(&loaded))
        })
        .await
}

#[utoipa::path(
    tag = "案例", operation_id = "read_precedent_draft", summary = "案例文稿",
    description = "编写中的文字、疑似个人信息和认定情况，最近发布的文字，由此提出的事项建议。Clauses D6-2, C2-2.",
    params(
        ("precedent" = String, Path, format = Uuid, description = "案例标识"),
        ("If-None-Match" = Option<String>, Header, description = "已有的 ETag")
    ),
    responses(
        (status = 200, body = PrecedentDraftView, description = "案例文稿", headers(("ETag" = String))),
        (status = 304, description = "没有变化")
    )
)]
#[get("/v1/precedent-drafts/{precedent}")]
pub async fn read(
    desk: Data<Desk>,
    caller: Caller,
    precedent: PathId<PrecedentId>,
    request: HttpRequest,
) -> Answer<Reply> {
    may(&caller, Action::ReadDraftPrecedents)?;
    let known = request.headers().get(IF_NONE_MATCH).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
    desk.store
        .read(move |connection| {
            let loaded = precedents::load(connection, caller.centre, precedent.0).map_err(StoreError::from)?;
            let loaded = loaded.ok_or_else(Error::not_found)?;
            let it = &loaded.precedent;
            if known.is_some_and(|known| known == etag(it.version)) {
                return Ok(Reply::not_modified(it.version));
            }
            let published = precedents::edition(connection, it.centre, it.id, it.edition).map_err(StoreError::from)?;
            let born = proposals::Filter { precedent: Some(it.id), ..proposals::Filter::default() };
            let born = proposals::list(connection, it.centre, &born, None, super::MOST_PROPOSALS);
            let view = PrecedentDraftView {
                standing: (&loaded).into(),
                manuscript: loaded.manuscript.as_ref().map(Into::into),
                published: published.map(|edition| edition.text.content().into()),
                proposals: born
                    .map_err(StoreError::from)?
                    .iter()
                    .map(|it| it.proposal.proposed.id.to_string())
                    .collect(),
            };
            Ok(Reply::json(200, &view)?.tagged(it.version))
        })
        .await
}

#[utoipa::path(
    tag = "案例", operation_id = "read_precedent_timeline", summary = "案例的办理过程",
    description = "只增不改的记录，不含案例文字。Clauses C2-2, D6-2.",
    params(("precedent" = String, Path, format = Uuid, description = "案例标识"), TimelineQuery),
    responses((status = 200, body = Vec<TimelineEntry>, description = "办理过程"))
)]
#[get("/v1/precedent-drafts/{precedent}/timeline")]
pub async fn timeline(
    desk: Data<Desk>,
    caller: Caller,
    precedent: PathId<PrecedentId>,
    query: Query<TimelineQuery>,
) -> Answer<Json<Vec<TimelineEntry>>> {
    may(&caller, Action::ReadDraftPrecedents)?;
    let (limit, after) = (page_size(query.0.limit)?, u64::from(query.0.after.unwrap_or(0)));
    let id = precedent.0;
    desk.store
        .read(move |connection| {
            let loaded = precedents::load(connection, caller.centre, id).map_err(StoreError::from)?;
            loaded.ok_or_else(Error::not_found)?;
            let entries = record::timeline::<Event>(connection, caller.centre, &id.to_string(), after, limit);
            let entries = entries.map_err(StoreError::from)?.into_iter().map(|entry| {
                let (label, document) = (entry.recorded.event.label(), entry.recorded.event.document().cloned());
                timeline_entry(entry, label, document, true)
            });
            entries.collect::<Answer<_>>().map(Json)
        })
        .await
}
