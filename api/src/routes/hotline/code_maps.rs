//! 代码对照: data, per hotline, kept by the supervision section.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, http::header::ETAG, put, web::Data};
use escalation::hotline::{CodeMap, LegalRoute, State, WorkOrderKind};
use kernel::{Action, SectorCode, StaffCode, Text, access::may};
use persistence::{
    Shard, StoreError, hall,
    work_orders::code_maps::{self, Stored},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    auth::Caller,
    desk::Desk,
    edge::{Body, Fields, IdempotencyKey, IfMatch, PathId, etag},
    problem::{Answer, Error},
    reply::Reply,
    schema,
};

/// No map has more entries.
const MOST: usize = 500;

/// 代码对照
#[derive(Debug, Serialize, ToSchema)]
pub struct CodeMapsView {
    pub hotline: String,
    /// 0 for the one that every hotline begins with.
    pub version: u64,
    pub kinds: Vec<KindCode>,
    pub categories: Vec<CategoryCode>,
    pub routes: Vec<RouteCode>,
    pub states: Vec<StateCode>,
}

/// 工单类型: theirs and ours.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KindCode {
    #[schema(schema_with = schema::text::<64>)]
    code: Text<64>,
    #[schema(schema_with = schema::variants::<WorkOrderKind>)]
    kind: WorkOrderKind,
}

/// 分类: theirs, and our sector (板块).
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryCode {
    #[schema(schema_with = schema::text::<64>)]
    code: Text<64>,
    #[schema(schema_with = schema::code::<40>)]
    sector: SectorCode,
}

/// 法定途径: their category, and the route that it belongs to.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteCode {
    #[schema(schema_with = schema::text::<64>)]
    code: Text<64>,
    #[schema(schema_with = schema::variants::<LegalRoute>)]
    route: LegalRoute,
}

/// 状态: ours and theirs. One that is not listed is sent by our own name.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StateCode {
    #[schema(schema_with = schema::variants::<State>)]
    state: State,
    #[schema(schema_with = schema::text::<64>)]
    code: Text<64>,
}

impl CodeMapsView {
    fn of(hotline: &StaffCode, stored: Stored) -> Answer<Self> {
        let text = |code: &str| Text::new(code).map_err(|fault| Error::internal(fault.to_string()));
        let CodeMap { kinds, categories, routes, states } = stored.map;
        let kinds = kinds.into_iter().map(|(code, kind)| Ok(KindCode { code: text(&code)?, kind }));
        let categories = categories.into_iter().map(|(code, sector)| Ok(CategoryCode { code: text(&code)?, sector }));
        let routes = routes.into_iter().map(|(code, route)| Ok(RouteCode { code: text(&code)?, route }));
        let states = states.into_iter().map(|(state, code)| Ok(StateCode { state, code: text(&code)? }));
        Ok(Self {
            hotline: hotline.to_string(),
            version: stored.version,
            kinds: kinds.collect::<Answer<_>>()?,
            categories: categories.collect::<Answer<_>>()?,
            routes: routes.collect::<Answer<_>>()?,
            states: states.collect::<Answer<_>>()?,
        })
    }
}

#[utoipa::path(
    tag = "热线", operation_id = "read_code_maps", summary = "代码对照",
    description = "热线的类型、分类、法定途径、状态代码与本系统的对照。Clause G3.",
    params(("hotline" = String, Path, description = "热线代码", max_length = 64)),
    responses((status = 200, body = CodeMapsView, description = "代码对照", headers(("ETag" = String))))
)]
#[get("/v1/hotlines/{hotline}/code-maps")]
pub async fn read(desk: Data<Desk>, caller: Caller, hotline: PathId<String>) -> Answer<HttpResponse> {
    may(&caller, Action::EditCodeMaps)?;
    let hotline = known(&desk, &hotline)?;
    let centre = caller.centre;
    let of = hotline.clone();
    let stored =
        desk.store.read(move |connection| Ok::<_, StoreError>(code_maps::get(connection, centre, &of)?)).await?;
    let view = CodeMapsView::of(&hotline, stored)?;
    Ok(HttpResponse::Ok().insert_header((ETAG, etag(view.version))).json(view))
}

fn known(desk: &Desk, hotline: &PathId<String>) -> Answer<StaffCode> {
    let code: StaffCode = hotline.0.parse().map_err(|_| Error::not_found())?;
    desk.hotline(&code).map_err(|_| Error::not_found())?;
    Ok(code)
}

/// 代码对照, all of it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeMapsRequest {
    #[schema(min_items = 1, max_items = 500)]
    #[serde(deserialize_with = "crate::bounds::few::<_, _, _, 1, MOST>")]
    kinds: Vec<KindCode>,
    #[schema(max_items = 500)]
    #[serde(deserialize_with = "crate::bounds::few::<_, _, _, 0, MOST>")]
    categories: Vec<CategoryCode>,
    /// 属于法定途径的分类
    #[schema(max_items = 500, required = false)]
    #[serde(default, deserialize_with = "crate::bounds::few::<_, _, _, 0, MOST>")]
    routes: Vec<RouteCode>,
    #[schema(max_items = 500)]
    #[serde(deserialize_with = "crate::bounds::few::<_, _, _, 0, MOST>")]
    states: Vec<StateCode>,
}

impl CodeMapsRequest {
    fn checked(self) -> Answer<CodeMap> {
        let mut fields = Fields::new();
        let kinds = each_once(&mut fields, "kinds", self.kinds.into_iter().map(|it| (it.code.to_string(), it.kind)));
        let categories = self.categories.into_iter().map(|it| (it.code.to_string(), it.sector));
        let categories = each_once(&mut fields, "categories", categories);
        let routes = self.routes.into_iter().map(|it| (it.code.to_string(), it.route));
        let routes = each_once(&mut fields, "routes", routes);
        let states =
            each_once(&mut fields, "states", self.states.into_iter().map(|it| (it.state, it.code.to_string())));
        fields.finish()?;
        Ok(CodeMap { kinds, categories, routes, states })
    }
}

fn each_once<K: Ord, V>(fields: &mut Fields, list: &str, entries: impl Iterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    for (at, (key, value)) in entries.enumerate() {
        if map.insert(key, value).is_some() {
            fields.refuse(format!("/{list}/{at}"), "duplicate", "重复");
        }
    }
    map
}

#[utoipa::path(
    tag = "热线", operation_id = "put_code_maps", summary = "维护代码对照",
    description = "整份替换；此后推送和回调即用新对照。分类可对照到板块、法定途径，或者两者；未对照的类型或分类代码被拒并指明字段。Clause G3.",
    params(("hotline" = String, Path, description = "热线代码", max_length = 64), IfMatch, IdempotencyKey),
    request_body = CodeMapsRequest,
    responses((status = 200, body = CodeMapsView, description = "代码对照", headers(("ETag" = String))))
)]
#[put("/v1/hotlines/{hotline}/code-maps")]
pub async fn put(
    desk: Data<Desk>,
    caller: Caller,
    hotline: PathId<String>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<CodeMapsRequest>,
) -> Answer<Reply> {
    may(&caller, Action::EditCodeMaps)?;
    let hotline = known(&desk, &hotline)?;
    let Body { value, digest } = body;
    let map = value.checked()?;
    let by = caller.clone();
    let shard = Shard::of(&hotline);
    desk.once(caller, shard, key.stamp(Some(digest)), move |_, tx, now| {
        let centre = by.centre;
        let before = code_maps::get(tx.read(), centre, &hotline).map_err(StoreError::from)?;
        seen.check(before.version)?;
        let sectors = hall::sectors(tx.read(), centre).map_err(StoreError::from)?;
        let mut fields = Fields::new();
        for (at, sector) in map.categories.values().enumerate() {
            if !sectors.iter().any(|known| known.code == *sector) {
                fields.refuse(format!("/categories/{at}/sector"), "invalid_value", "板块不存在");
            }
        }
        fields.finish()?;
        let put = code_maps::put(tx.write(), centre, &hotline, before.version, &map);
        if !tx.first(put)? {
            return Err(tx.contended().into());
        }
        let note = serde_json::json!({ "hotline": hotline, "before": before.map, "after": map });
        let signature = by.signature();
        tx.note(centre, "hotline_code_maps", "code_maps_changed", now, &signature, &note)?;
        let after = Stored { map: map.clone(), version: before.version + 1 };
        let view = CodeMapsView::of(&hotline, after)?;
        Ok(Reply::json(200, &view)?.tagged(view.version))
    })
    .await
}
