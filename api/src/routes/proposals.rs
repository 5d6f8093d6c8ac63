//! 事项建议: from impasses or a precedent to a version of the catalogue (clauses C2-2, D11-1).

use std::collections::BTreeSet;

use actix_web::{
    HttpRequest, get,
    http::header::IF_NONE_MATCH,
    post,
    web::{Data, Json},
};
use catalog::{ItemKind, VersionState};
use escalation::{
    precedent::State as PrecedentState,
    proposal::{self, Event, Proposal, Proposed, Sketch, State, Target},
};
use kernel::{
    Action, Centre, DepartmentCode, Instant, ItemCode, Refusal, Text,
    access::may,
    id::{ImpasseId, PrecedentId, ProposalId},
};
use persistence::{
    Connection, Shard, StoreError, Tx,
    cases::Saved,
    hall, impasses, items, precedents,
    proposals::{self, Filter, Loaded},
    record,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::cases::{TimelineEntry, TimelineQuery, timeline_entry};
use crate::{
    auth::Caller,
    desk::{Desk, recorded},
    edge::{Body, Fields, IdempotencyKey, IfMatch, PathId, Query, Stamp, etag},
    paging::{Listed, Paging, page_size},
    papers::Papers,
    problem::{Answer, Error},
    reply::Reply,
    schema,
    views::{Page, proposal::ProposalView},
};

/// 提出事项建议
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposalRequest {
    /// 拟变更的事项; absent where one is to be added.
    #[schema(schema_with = schema::some_code::<64>, required = false)]
    #[serde(default)]
    change_of: Option<ItemCode>,
    /// 来源事项
    #[schema(value_type = Vec<uuid::Uuid>, max_items = 50, required = false)]
    #[serde(default, deserialize_with = "crate::bounds::few::<_, _, _, 0, 50>")]
    impasses: BTreeSet<ImpasseId>,
    /// 来源案例; the impasse that it was learnt from counts as a source, too.
    #[schema(value_type = Option<uuid::Uuid>, required = false)]
    #[serde(default)]
    precedent: Option<PrecedentId>,
    #[schema(schema_with = schema::text::<2000>)]
    reasons: Text<2000>,
    sketch: SketchRequest,
}

/// 建议内容
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SketchRequest {
    #[schema(schema_with = schema::text::<100>)]
    name: Text<100>,
    #[schema(schema_with = schema::code::<40>)]
    department: DepartmentCode,
    #[schema(schema_with = schema::variants::<ItemKind>)]
    kind: ItemKind,
    #[schema(schema_with = schema::text::<2000>)]
    text: Text<2000>,
}

impl ProposalRequest {
    /// Everything that is named must exist; all that does not is named at once.
    fn proposed(self, connection: &mut Connection, centre: Centre, id: ProposalId) -> Answer<Proposed> {
        let Self { change_of, mut impasses, precedent, reasons, sketch } = self;
        let SketchRequest { name, department, kind, text } = sketch;
        let mut fields = Fields::new();
        for impasse in &impasses {
            if impasses::load(connection, centre, *impasse).map_err(StoreError::from)?.is_none() {
                fields.refuse("/impasses", "invalid_value", "没有这一办不成事事项");
            }
        }
        if let Some(precedent) = precedent {
            let found = precedents::load(connection, centre, precedent).map_err(StoreError::from)?;
            match found.filter(|it| it.precedent.state != PrecedentState::Withdrawn) {
                Some(found) => drop(impasses.insert(found.precedent.impasse)),
                None => fields.refuse("/precedent", "invalid_value", "没有这一案例，或者已经撤下"),
            }
        }
        let departments = hall::departments(connection, centre).map_err(StoreError::from)?;
        if !departments.iter().any(|it| it.code == department) {
            fields.refuse("/sketch/department", "invalid_value", "没有这一部门");
        }
        let mut target = Target::Add;
        if let Some(item) = change_of {
            match items::newest_published(connection, centre, &item).map_err(StoreError::from)? {
                Some(newest) => target = Target::Change { item, after: newest.version },
                None => fields.refuse("/change_of", "invalid_value", "没有这一事项，或者从未发布"),
            }
        }
        fields.finish()?;
        let sketch = Sketch { name, department, kind, text };
        Ok(Proposed { id, centre, target, impasses, precedent, reasons, sketch })
    }
}

#[utoipa::path(
    tag = "案例", operation_id = "propose_item", summary = "提出事项建议",
    description = "由办不成事事项或者案例提出新增、变更事项的建议。Clauses C2-2, D11-1.",
    params(IdempotencyKey), request_body = ProposalRequest,
    responses((status = 201, body = ProposalView, description = "已提出", headers(("ETag" = String), ("Location" = String))))
)]
#[post("/v1/item-proposals")]
pub async fn propose(
    desk: Data<Desk>,
    caller: Caller,
    key: IdempotencyKey,
    body: Body<ProposalRequest>,
) -> Answer<Reply> {
    may(&caller, Action::ProposeItem)?;
    let Body { value, digest } = body;
    let id = ProposalId::fresh(desk.now(caller.centre));
    desk.once(caller.clone(), Shard::of(&id), key.stamp(Some(digest)), move |desk, tx, now| {
        let proposed = value.clone().proposed(tx.read(), caller.centre, id)?;
        let calendar = desk.calendar(tx.read(), caller.centre)?;
        let ctx = desk.context(&caller, &calendar, now);
        let event = Papers::with(tx, &ctx, |papers| proposal::propose(proposed.clone(), papers))?;
        let events = recorded(0, vec![event], &ctx);
        let proposal = Proposal::fold(&events).ok_or_else(|| Error::internal("an event begins no proposal"))?;
        let inserted = proposals::insert(tx.write(), &proposal, &events);
        tx.first(inserted)?;
        let reply = Reply::json(201, &ProposalView::from(&proposal))?.tagged(proposal.version);
        Ok(reply.at(format!("/v1/item-proposals/{id}")))
    })
    .await
}

/// A write to a proposal, by somebody, with what they had seen of it.
struct Change {
    caller: Caller,
    id: ProposalId,
    seen: IfMatch,
    stamp: Option<Stamp>,
}

impl Change {
    async fn by(
        self,
        desk: &Data<Desk>,
        settle: impl Fn(&Proposal, &mut Tx<'_>, Centre) -> Answer<Event> + Send + 'static,
    ) -> Answer<Reply> {
        let Self { caller, id, seen, stamp } = self;
        may(&caller, Action::SettleProposal)?;
        desk.once(caller.clone(), Shard::of(&id), stamp, move |desk, tx, now| {
            let before = found(tx.read(), caller.centre, id)?;
            seen.check(before.proposal.version)?;
            let event = settle(&before.proposal, tx, caller.centre)?;
            write_down(desk, tx, &before, event, &caller, now)
        })
        .await
    }
}

fn found(connection: &mut Connection, centre: Centre, id: ProposalId) -> Answer<Loaded> {
    proposals::load(connection, centre, id).map_err(StoreError::from)?.ok_or_else(Error::not_found)
}

fn write_down(
    desk: &Desk,
    tx: &mut Tx<'_>,
    before: &Loaded,
    event: Event,
    caller: &Caller,
    now: Instant,
) -> Answer<Reply> {
    let calendar = desk.calendar(tx.read(), caller.centre)?;
    let events = recorded(before.proposal.version, vec![event], &desk.context(caller, &calendar, now));
    let mut after = before.proposal.clone();
    events.iter().for_each(|event| after.apply(event));
    match proposals::save(tx.write(), before, &after, &events).map_err(StoreError::from)? {
        Saved::Stale => Err(tx.contended().into()),
        Saved::Done(_) => Ok(Reply::json(200, &ProposalView::from(&after))?.tagged(after.version)),
    }
}

/// 采纳
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdoptionRequest {
    /// 形成的事项
    #[schema(schema_with = schema::code::<64>)]
    item: ItemCode,
    /// 形成的版本
    #[schema(minimum = 1, maximum = 1_000_000)]
    #[serde(deserialize_with = "crate::bounds::within::<_, _, 1, 1_000_000>")]
    version: u32,
}

#[utoipa::path(
    tag = "案例", operation_id = "adopt_proposal", summary = "采纳事项建议",
    description = "列明由此形成并已发布的事项版本；变更的，须为建议之后发布的版本，新增的，该事项在建议之前不得已经实施。Clauses C2-2, D11-1.",
    params(("proposal" = String, Path, format = Uuid, description = "建议标识"), IfMatch, IdempotencyKey),
    request_body = AdoptionRequest,
    responses((status = 200, body = ProposalView, description = "建议的最新情况", headers(("ETag" = String))))
)]
#[post("/v1/item-proposals/{proposal}/adoption")]
pub async fn adopt(
    desk: Data<Desk>,
    caller: Caller,
    proposal: PathId<ProposalId>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<AdoptionRequest>,
) -> Answer<Reply> {
    let Body { value: AdoptionRequest { item, version }, digest } = body;
    let change = Change { caller, id: proposal.0, seen, stamp: key.stamp(Some(digest)) };
    change
        .by(&desk, move |proposal, tx, centre| {
            let known = items::versions(tx.read(), centre, &item).map_err(StoreError::from)?;
            let public = known.iter().filter(|it| it.state != VersionState::Draft);
            let since = public.filter_map(|it| it.valid_from).min();
            let Some(known) = known.iter().find(|it| it.version == version) else {
                return Err(Refusal::new("no_such_version", "没有所列的事项版本").into());
            };
            Ok(proposal.adopt(known, since)?)
        })
        .await
}

/// 不采纳
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposalRefusalRequest {
    #[schema(schema_with = schema::text::<1000>)]
    reasons: Text<1000>,
}

#[utoipa::path(
    tag = "案例", operation_id = "decline_proposal", summary = "不采纳事项建议",
    description = "说明理由。Clause D11-1.",
    params(("proposal" = String, Path, format = Uuid, description = "建议标识"), IfMatch, IdempotencyKey),
    request_body = ProposalRefusalRequest,
    responses((status = 200, body = ProposalView, description = "建议的最新情况", headers(("ETag" = String))))
)]
#[post("/v1/item-proposals/{proposal}/refusal")]
pub async fn decline(
    desk: Data<Desk>,
    caller: Caller,
    proposal: PathId<ProposalId>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<ProposalRefusalRequest>,
) -> Answer<Reply> {
    let Body { value: ProposalRefusalRequest { reasons }, digest } = body;
    let change = Change { caller, id: proposal.0, seen, stamp: key.stamp(Some(digest)) };
    change.by(&desk, move |proposal, _, _| Ok(proposal.decline(reasons.clone())?)).await
}

/// 事项建议筛选
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProposalQuery {
    #[param(schema_with = schema::variants::<State>)]
    state: Option<State>,
    /// 来源事项
    #[param(schema_with = schema::id)]
    impasse: Option<ImpasseId>,
    /// 来源案例
    #[param(schema_with = schema::id)]
    precedent: Option<PrecedentId>,
    /// 拟变更的或者由此形成的事项
    #[param(schema_with = schema::code::<64>)]
    item: Option<ItemCode>,
    /// 由此形成的事项版本
    #[param(minimum = 1, maximum = 1000000)]
    #[serde(default, deserialize_with = "crate::bounds::some_within::<_, _, 1, 1000000>")]
    item_version: Option<u32>,
    /// 每页条数，默认20
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// 上一页返回的 next_cursor
    #[param(schema_with = schema::cursor)]
    cursor: Option<String>,
}

#[utoipa::path(
    tag = "案例", operation_id = "list_item_proposals", summary = "事项建议清单",
    description = "可从链条的任何一端查：问题、案例、事项及其版本。最新提出的在前。Clauses C2-2, D11-1.",
    params(ProposalQuery), responses((status = 200, body = Page<ProposalView>, description = "一页建议"))
)]
#[get("/v1/item-proposals")]
pub async fn list(desk: Data<Desk>, caller: Caller, query: Query<ProposalQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadProposals)?;
    let mut query = query.into_inner();
    let (limit, cursor) = (query.limit.take(), query.cursor.take());
    let paging = Paging::new(desk.secret(), "/v1/item-proposals", caller.scope(), &query, limit)?;
    let before: Option<ProposalId> = paging.place(cursor.as_deref())?;
    let ProposalQuery { state, impasse, precedent, item, item_version, .. } = query;
    let filter = Filter { state, impasse, precedent, item, item_version };
    desk.store
        .read(move |connection| {
            let rows = proposals::list(connection, caller.centre, &filter, before, paging.rows());
            let rows = rows.map_err(StoreError::from)?;
            paging.page(rows, |last| last.proposal.proposed.id, |it| ProposalView::from(&it.proposal))
        })
        .await
}

#[utoipa::path(
    tag = "案例", operation_id = "read_item_proposal", summary = "查看事项建议",
    params(
        ("proposal" = String, Path, format = Uuid, description = "建议标识"),
        ("If-None-Match" = Option<String>, Header, description = "已有的 ETag")
    ),
    responses(
        (status = 200, body = ProposalView, description = "事项建议", headers(("ETag" = String))),
        (status = 304, description = "没有变化")
    )
)]
#[get("/v1/item-proposals/{proposal}")]
pub async fn read(
    desk: Data<Desk>,
    caller: Caller,
    proposal: PathId<ProposalId>,
    request: HttpRequest,
) -> Answer<Reply> {
    may(&caller, Action::ReadProposals)?;
    let known = request.headers().get(IF_NONE_MATCH).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
    desk.store
        .read(move |connection| {
            let proposal = found(connection, caller.centre, proposal.0)?.proposal;
            if known.is_some_and(|known| known == etag(proposal.version)) {
                return Ok(Reply::not_modified(proposal.version));
            }
            Ok(Reply::json(200, &ProposalView::from(&proposal))?.tagged(proposal.version))
        })
        .await
}

#[utoipa::path(
    tag = "案例", operation_id = "read_proposal_timeline", summary = "事项建议的办理过程",
    params(("proposal" = String, Path, format = Uuid, description = "建议标识"), TimelineQuery),
    responses((status = 200, body = Vec<TimelineEntry>, description = "办理过程"))
)]
#[get("/v1/item-proposals/{proposal}/timeline")]
pub async fn timeline(
    desk: Data<Desk>,
    caller: Caller,
    proposal: PathId<ProposalId>,
    query: Query<TimelineQuery>,
) -> Answer<Json<Vec<TimelineEntry>>> {
    may(&caller, Action::ReadProposals)?;
    let (limit, after) = (page_size(query.0.limit)?, u64::from(query.0.after.unwrap_or(0)));
    let id = proposal.0;
    desk.store
        .read(move |connection| {
            found(connection, caller.centre, id)?;
            let entries = record::timeline::<Event>(connection, caller.centre, &id.to_string(), after, limit);
            let entries = entries.map_err(StoreError::from)?.into_iter().map(|entry| {
                let (label, document) = (entry.recorded.event.label(), entry.recorded.event.document().cloned());
                timeline_entry(entry, label, document, true)
            });
            entries.collect::<Answer<_>>().map(Json)
        })
        .await
}
