//! 对接代码对照: what a platform or an exchange calls our codes; data, kept by the system administrator (clause G1).

use std::collections::BTreeSet;

use actix_web::{
    get, put,
    web::{Data, Json},
};
use casework::codes::{CodePair, CodePairs, Codes, Subject};
use kernel::{Action, StaffCode, Text, access::may};
use persistence::{Shard, StoreError, code_maps};
use serde::{Deserialize, Serialize};
use utoipa::{
    IntoParams, ToSchema,
    openapi::Required,
    openapi::path::{Parameter, ParameterBuilder, ParameterIn},
};

use crate::{
    auth::Caller,
    desk::Desk,
    edge::{Body, Fields, IdempotencyKey, IfMatch, PathId},
    problem::{Answer, Error},
    reply::Reply,
    schema,
};

/// No map has more entries.
const MOST: usize = 1000;

/// 代码对照
#[derive(Debug, Serialize, ToSchema)]
pub struct CodePairsView {
    /// 对接系统
    pub holder: String,
    #[schema(schema_with = schema::variants::<Subject>)]
    pub subject: Subject,
    /// 0 while nothing is mapped.
    pub version: u64,
    pub pairs: Vec<CodePairView>,
}

/// 对照项: ours and theirs.
#[derive(Debug, Serialize, ToSchema)]
pub struct CodePairView {
    pub ours: String,
    pub theirs: String,
}

/// 全部代码对照 of one system.
#[derive(Debug, Serialize, ToSchema)]
pub struct CodesView {
    /// 对接系统
    pub holder: String,
    pub maps: Vec<SubjectPairsView>,
}

/// 代码对照 of one subject.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubjectPairsView {
    #[schema(schema_with = schema::variants::<Subject>)]
    pub subject: Subject,
    pub pairs: Vec<CodePairView>,
}

fn pairs(map: CodePairs) -> Vec<CodePairView> {
    map.0.into_iter().map(|CodePair { ours, theirs }| CodePairView { ours, theirs }).collect()
}

impl CodePairsView {
    fn new(holder: &StaffCode, subject: Subject, stored: code_maps::Stored) -> Self {
        Self { holder: holder.to_string(), subject, version: stored.version, pairs: pairs(stored.map) }
    }
}

/// Whose map, and of what.
#[derive(Debug)]
struct MapInPath;

impl IntoParams for MapInPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = |name, description, schema| {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .description(Some(description))
                .schema(Some(schema))
                .build()
        };
        vec![
            parameter("holder", "对接系统代码", schema::code::<64>()),
            parameter("subject", "对照主题", schema::variants::<Subject>()),
        ]
    }
}

/// A system reads its own maps and no others.
fn may_read(caller: &Caller, holder: &StaffCode) -> Answer<()> {
    may(caller, Action::ReadCodeMaps)?;
    match caller.client() {
        Some(client) if client != holder => Err(Error::not_found()),
        _ => Ok(()),
    }
}

#[utoipa::path(
    tag = "对接", operation_id = "list_subject_code_maps", summary = "全部对接代码对照",
    description = "一个对接系统的全部对照；系统只看自己的。Clause G1.",
    params(("holder" = String, Path, description = "对接系统代码", max_length = 64)),
    responses((status = 200, body = CodesView, description = "全部代码对照"))
)]
#[get("/v1/code-maps/{holder}")]
pub async fn list(desk: Data<Desk>, caller: Caller, holder: PathId<StaffCode>) -> Answer<Json<CodesView>> {
    let holder = holder.0;
    may_read(&caller, &holder)?;
    let (centre, of) = (caller.centre, holder.clone());
    let Codes(maps) =
        desk.store.read(move |connection| Ok::<_, StoreError>(code_maps::of_holder(connection, centre, &of)?)).await?;
    let view = |(subject, map)| SubjectPairsView { subject, pairs: pairs(map) };
    Ok(Json(CodesView { holder: holder.to_string(), maps: maps.into_iter().map(view).collect() }))
}

#[utoipa::path(
    tag = "对接", operation_id = "read_subject_code_map", summary = "对接代码对照",
    description = "对接系统在一个主题上的代码与本系统的对照；系统只看自己的。Clause G1.",
    params(MapInPath), responses((status = 200, body = CodePairsView, description = "代码对照", headers(("ETag" = String))))
)]
#[get("/v1/code-maps/{holder}/{subject}")]
pub async fn read(desk: Data<Desk>, caller: Caller, path: PathId<(StaffCode, Subject)>) -> Answer<Reply> {
    let (holder, subject) = path.0;
    may_read(&caller, &holder)?;
    let (centre, of) = (caller.centre, holder.clone());
    let read = move |connection: &mut _| Ok::<_, StoreError>(code_maps::get(connection, centre, &of, subject.into())?);
    let view = CodePairsView::new(&holder, subject, desk.store.read(read).await?);
    Ok(Reply::json(200, &view)?.tagged(view.version))
}

/// 代码对照, all of it; without an entry the system has no codes of its own here.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodePairsRequest {
    #[schema(max_items = 1000)]
    #[serde(deserialize_with = "crate::bounds::few::<_, _, _, 0, MOST>")]
    pairs: Vec<CodePairRequest>,
}

/// 对照项: one of ours and one of theirs. In each direction the first that is listed counts.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodePairRequest {
    /// 本系统代码, one of the subject.
    #[schema(schema_with = schema::text::<64>)]
    ours: Text<64>,
    /// 对方代码
    #[schema(schema_with = schema::text::<64>)]
    theirs: Text<64>,
}

impl CodePairsRequest {
    fn checked(self, subject: Subject) -> Answer<CodePairs> {
        let (mut fields, mut seen) = (Fields::new(), BTreeSet::new());
        for (at, CodePairRequest { ours, theirs }) in self.pairs.iter().enumerate() {
            if !subject.knows(ours.as_str()) {
                fields.refuse(format!("/pairs/{at}/ours"), "invalid_value", "不是本主题的代码");
            }
            if !seen.insert((ours, theirs)) {
                fields.refuse(format!("/pairs/{at}"), "duplicate", "重复");
            }
        }
        fields.finish()?;
        let pair = |it: CodePairRequest| CodePair { ours: it.ours.to_string(), theirs: it.theirs.to_string() };
        Ok(CodePairs(self.pairs.into_iter().map(pair).collect()))
    }
}

#[utoipa::path(
    tag = "对接", operation_id = "put_subject_code_map", summary = "维护对接代码对照",
    description = "整份替换；此后该系统收发即用新对照，未列的代码沿用本系统的。Clause G1.",
    params(MapInPath, IfMatch, IdempotencyKey), request_body = CodePairsRequest,
    responses((status = 200, body = CodePairsView, description = "代码对照", headers(("ETag" = String))))
)]
#[put("/v1/code-maps/{holder}/{subject}")]
pub async fn put(
    desk: Data<Desk>,
    caller: Caller,
    path: PathId<(StaffCode, Subject)>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<CodePairsRequest>,
) -> Answer<Reply> {
    may(&caller, Action::EditCodeMaps)?;
    let (holder, subject) = path.0;
    let Body { value, digest } = body;
    let map = value.checked(subject)?;
    let by = caller.clone();
    desk.once(caller, Shard::of(&holder), key.stamp(Some(digest)), move |_, tx, now| {
        let (centre, name) = (by.centre, subject.into());
        let before: code_maps::Stored = code_maps::get(tx.read(), centre, &holder, name).map_err(StoreError::from)?;
        seen.check(before.version)?;
        let put = code_maps::put(tx.write(), centre, &holder, name, before.version, &map);
        if !tx.first(put)? {
            return Err(tx.contended().into());
        }
        let note = serde_json::json!({ "holder": holder, "subject": subject, "before": before.map, "after": map });
        tx.note(centre, "code_maps", "code_maps_changed", now, &by.signature(), &note)?;
        let after = code_maps::Stored { map: map.clone(), version: before.version + 1 };
        let view = CodePairsView::new(&holder, subject, after);
        Ok(Reply::json(200, &view)?.tagged(view.version))
    })
    .await
}
