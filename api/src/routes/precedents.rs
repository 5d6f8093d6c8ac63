//! 案例 for everybody: search and reading without an account (clause D6-2). How they come to be is in [`drafts`], [`reading`]
//! and [`review`].

pub mod drafts;
pub mod reading;
pub mod review;

use actix_web::{get, web::Data, web::Json};
use escalation::{
    CategoryKind, Impasse,
    precedent::{Precedent, search::Question},
    proposal::State as ProposalState,
};
use kernel::{
    Action, Centre, DepartmentCode, ItemCode, Text,
    id::{ImpasseId, PrecedentId},
};
use persistence::{
    Connection, StoreError,
    precedents::{self, Place, Search},
    proposals,
};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::hall::InCentre;
use crate::{
    auth::Caller,
    desk::Desk,
    edge::{PathId, Query},
    paging::{Listed, Paging},
    problem::{Answer, Error, Kind},
    schema,
    views::{
        Page,
        precedent::{CatalogueView, NearPrecedentView, PrecedentLine, PrecedentView},
        proposal,
    },
};

/// As many proposals of one precedent are looked at for what came of it.
const MOST_PROPOSALS: i64 = 100;
/// As many precedents are shown beside an impasse.
pub const MOST_NEAR: usize = 5;

/// 案例检索
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PrecedentQuery {
    /// 行政区划代码，默认本部署的中心
    #[param(min_length = 6, max_length = 6, pattern = "^[0-9]{6}$")]
    centre: Option<String>,
    /// 类别
    #[param(schema_with = schema::variants::<CategoryKind>)]
    category: Option<CategoryKind>,
    /// 涉及部门
    #[param(schema_with = schema::code::<40>)]
    department: Option<DepartmentCode>,
    /// 涉及事项
    #[param(schema_with = schema::code::<64>)]
    item: Option<ItemCode>,
    /// 检索词，空格隔开的几个词须同时出现，至多8个
    #[param(schema_with = schema::text::<100>)]
    q: Option<Text<100>>,
    /// 每页条数，默认20
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// 上一页返回的 next_cursor
    #[param(schema_with = schema::cursor)]
    cursor: Option<String>,
}

#[utoipa::path(
    tag = "公开", operation_id = "list_precedents", summary = "案例检索", security(()),
    description = "已公布的案例：按类别、部门、事项和检索词。标题中出现的在前，出现多的在前，新公布的在前；\
                   没有检索词的，新公布的在前。Clause D6-2.",
    params(PrecedentQuery), responses((status = 200, body = Page<PrecedentLine>, description = "一页案例"))
)]
#[get("/v1/precedents")]
pub async fn list(desk: Data<Desk>, query: Query<PrecedentQuery>) -> Answer<Listed> {
    let mut query = query.into_inner();
    let (limit, cursor) = (query.limit.take(), query.cursor.take());
    let paging = Paging::new(desk.secret(), "/v1/precedents", String::new(), &query, limit)?;
    let after: Option<Place> = paging.place(cursor.as_deref())?;
    let PrecedentQuery { centre, category, department, item, q, .. } = query;
    let question = q.as_ref().map(|q| Question::parse(q.as_str())).transpose();
    let question = question.map_err(|fault| Error::parameter("q", fault.to_string()))?;
    let centre = InCentre { centre }.or_default(&desk)?;
    let search = Search { category, department, item, question };
    desk.store
        .read(move |connection| {
            let rows = precedents::search(connection, centre, &search, after, paging.rows());
            let rows = rows.map_err(StoreError::from)?;
            paging.page(rows, |last| last.place, |found| PrecedentLine::of(&found.precedent, &found.edition))
        })
        .await
}

#[utoipa::path(
    tag = "公开", operation_id = "read_precedent", summary = "案例", security(()),
    description = "现行版次。已撤下的为410 `precedent_withdrawn`。Clauses D6-2, C2-2.",
    params(("precedent" = String, Path, format = Uuid, description = "案例标识"), InCentre),
    responses((status = 200, body = PrecedentView, description = "案例"))
)]
#[get("/v1/precedents/{precedent}")]
pub async fn read(
    desk: Data<Desk>,
    precedent: PathId<PrecedentId>,
    query: Query<InCentre>,
) -> Answer<Json<PrecedentView>> {
    let centre = query.0.or_default(&desk)?;
    desk.store.read(move |connection| shown(connection, centre, precedent.0, None)).await
}

#[utoipa::path(
    tag = "公开", operation_id = "read_precedent_edition", summary = "案例的一个版次", security(()),
    description = "被修订的旧版次仍可阅读，并注明现行版次。Clause D6-2.",
    params(
        ("precedent" = String, Path, format = Uuid, description = "案例标识"),
        ("edition" = u32, Path, minimum = 1, maximum = 1000000, description = "版次"), InCentre
    ),
    responses((status = 200, body = PrecedentView, description = "案例"))
)]
#[get("/v1/precedents/{precedent}/editions/{edition}")]
pub async fn read_edition(
    desk: Data<Desk>,
    path: PathId<(PrecedentId, u32)>,
    query: Query<InCentre>,
) -> Answer<Json<PrecedentView>> {
    let centre = query.0.or_default(&desk)?;
    let (id, edition) = path.0;
    desk.store.read(move |connection| shown(connection, centre, id, Some(edition))).await
}

fn shown(
    connection: &mut Connection,
    centre: Centre,
    id: PrecedentId,
    edition: Option<u32>,
) -> Answer<Json<PrecedentView>> {
    let loaded = precedents::load(connection, centre, id).map_err(StoreError::from)?;
    let precedent = loaded.ok_or_else(Error::not_found)?.precedent;
    if !precedent.state.is_public() {
        // What never was public is nobody's business; what was leaves a stone.
        return match precedent.edition {
            0 => Err(Error::not_found()),
            _ => Err(Error::of(Kind::PrecedentWithdrawn, "该案例已经撤下，不再公开。")),
        };
    }
    let edition = precedents::edition(connection, centre, id, edition.unwrap_or(precedent.edition));
    let edition = edition.map_err(StoreError::from)?.ok_or_else(Error::not_found)?;
    let catalogue = catalogue(connection, &precedent)?;
    Ok(Json(PrecedentView::of(&precedent, &edition, catalogue)))
}

/// What came of it in the catalogue (clause C2-2).
fn catalogue(connection: &mut Connection, precedent: &Precedent) -> Answer<Vec<CatalogueView>> {
    let adopted = proposals::Filter {
        state: Some(ProposalState::Adopted),
        precedent: Some(precedent.id),
        ..proposals::Filter::default()
    };
    let adopted = proposals::list(connection, precedent.centre, &adopted, None, MOST_PROPOSALS);
    let adopted = adopted.map_err(StoreError::from)?;
    Ok(adopted.iter().filter_map(|loaded| proposal::catalogue(&loaded.proposal)).collect())
}

#[utoipa::path(
    tag = "办不成事", operation_id = "list_nearest_precedents", summary = "相近案例",
    description = "与该事项最相近的已公布案例，至多5个，同一类别的优先。Clause D6-2.",
    params(("impasse" = String, Path, format = Uuid, description = "办不成事事项标识")),
    responses((status = 200, body = Vec<NearPrecedentView>, description = "最相近的在前"))
)]
#[get("/v1/impasses/{impasse}/precedents")]
pub async fn nearest(
    desk: Data<Desk>,
    caller: Caller,
    impasse: PathId<ImpasseId>,
) -> Answer<Json<Vec<NearPrecedentView>>> {
    desk.look_at_impasse(caller, impasse.0, Action::ReadImpasse, |_, connection, loaded, _| {
        near(connection, &loaded.impasse).map(Json)
    })
    .await
}

/// 相近案例 of an impasse, the nearest first.
pub(super) fn near(connection: &mut Connection, it: &Impasse) -> Answer<Vec<NearPrecedentView>> {
    let text = format!("{}\n{}\n{}", it.subject, it.wanted, it.facts);
    let near = precedents::nearest(connection, it.centre, it.category.kind(), &text, MOST_NEAR);
    Ok(near.map_err(StoreError::from)?.iter().map(NearPrecedentView::from).collect())
}
