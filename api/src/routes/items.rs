//! 事项: the public catalogue, and its keeping: draft → published → withdrawn (clause B3-1).

use actix_web::{delete, get, post, put, web::Data, web::Json};
use catalog::{Hall, ItemContent, ItemVersion, VersionState};
use chrono::NaiveDate;
use kernel::{Action, Centre, ItemCode, Refusal, SectorCode, access::may};
use persistence::{Connection, Shard, StoreError, Tx, hall, items};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::hall::InCentre;
use crate::{
    auth::Caller,
    desk::Desk,
    edge::{Body, Fields, IdempotencyKey, IfMatch, OptionalIfMatch, PathId, Query},
    paging::{Listed, Paging},
    problem::{Answer, Error},
    reply::Reply,
    schema,
    views::{Page, item::ItemVersionView},
};

/// 事项筛选
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ItemQuery {
    /// 行政区划代码，默认本部署的中心
    #[param(min_length = 6, max_length = 6, pattern = "^[0-9]{6}$")]
    centre: Option<String>,
    /// 板块
    #[param(schema_with = schema::code::<40>)]
    sector: Option<SectorCode>,
    /// 每页条数，默认20
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// 上一页返回的 next_cursor
    #[param(schema_with = schema::cursor)]
    cursor: Option<String>,
}

#[utoipa::path(
    tag = "公开", operation_id = "list_items", summary = "事项清单", security(()),
    description = "当前对外受理的事项及其办事指南、材料清单和期限。Clauses B3-1, C9-1.",
    params(ItemQuery), responses((status = 200, body = Page<ItemVersionView>, description = "一页事项"))
)]
#[get("/v1/items")]
pub async fn list(desk: Data<Desk>, query: Query<ItemQuery>) -> Answer<Listed> {
    let mut query = query.into_inner();
    let (limit, cursor) = (query.limit.take(), query.cursor.take());
    let paging = Paging::new(desk.secret(), "/v1/items", String::new(), &query, limit)?;
    let after: Option<ItemCode> = paging.place(cursor.as_deref())?;
    let centre = InCentre { centre: query.centre }.or_default(&desk)?;
    let today = desk.now(centre).day();
    desk.store
        .read(move |connection| {
            let rows = items::page(connection, centre, today, query.sector.as_ref(), after.as_ref(), paging.rows());
            let rows = rows.map_err(StoreError::from)?;
            paging.page(rows, |last| last.item.clone(), |version| ItemVersionView::from(&version))
        })
        .await
}

#[utoipa::path(
    tag = "公开", operation_id = "read_item", summary = "办事指南", security(()),
    description = "今天对外受理的版本。Clause B3-1.",
    params(("item" = String, Path, description = "事项代码", max_length = 64), InCentre),
    responses((status = 200, body = ItemVersionView, description = "办事指南"))
)]
#[get("/v1/items/{item}")]
pub async fn read(desk: Data<Desk>, item: PathId<String>, query: Query<InCentre>) -> Answer<Json<ItemVersionView>> {
    let centre = query.0.or_default(&desk)?;
    let item: ItemCode = item.0.parse().map_err(|_| Error::not_found())?;
    let today = desk.now(centre).day();
    let found = desk
        .store
        .read(move |connection| Ok::<_, StoreError>(items::on_offer(connection, centre, &item, today)?))
        .await?;
    found.map(|version| Json(ItemVersionView::from(&version))).ok_or_else(Error::not_found)
}

#[utoipa::path(
    tag = "事项", operation_id = "list_item_versions", summary = "事项的各个版本",
    description = "含草稿。ETag 是各个版本合在一起的：任何一版有变化即不同，编辑、删除草稿、发布、撤下时放入 If-Match。Clause B3-1.",
    params(("item" = String, Path, description = "事项代码", max_length = 64)),
    responses((status = 200, body = Vec<ItemVersionView>, description = "新版本在前", headers(("ETag" = String))))
)]
#[get("/v1/items/{item}/versions")]
pub async fn versions(desk: Data<Desk>, caller: Caller, item: PathId<String>) -> Answer<Reply> {
    may(&caller, Action::ReadDrafts)?;
    let item: ItemCode = item.0.parse().map_err(|_| Error::not_found())?;
    let centre = caller.centre;
    let reading = move |connection: &mut _| Ok::<_, StoreError>(items::tagged_versions(connection, centre, &item)?);
    let (found, tag) = desk.store.read(reading).await?;
    if found.is_empty() {
        return Err(Error::not_found());
    }
    Ok(Reply::json(200, &found.iter().map(ItemVersionView::from).collect::<Vec<_>>())?.tagged(tag))
}

/// 事项草稿: the whole content of a version.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftRequest {
    /// As in the catalogue: name, codes, limits, guide, materials, delivery.
    #[schema(value_type = crate::views::item::ItemContentView)]
    content: ItemContent,
    #[schema(schema_with = schema::some_day)]
    #[serde(default, deserialize_with = "crate::day::optional")]
    valid_from: Option<NaiveDate>,
    #[schema(schema_with = schema::some_day)]
    #[serde(default, deserialize_with = "crate::day::optional")]
    valid_until: Option<NaiveDate>,
}

#[utoipa::path(
    tag = "事项", operation_id = "put_item_draft", summary = "编辑事项草稿",
    description = "没有草稿时新建：新事项从第1版开始，已有事项从最新版本修订。已发布的版本不变。带 If-Match 的，读取之后他人有改动即为412；\
                   还没有任何版本的事项为 `\"0\"`。Clause B3-1.",
    params(("item" = String, Path, description = "事项代码", max_length = 64), OptionalIfMatch, IdempotencyKey),
    request_body = DraftRequest,
    responses((status = 200, body = ItemVersionView, description = "草稿", headers(("ETag" = String))))
)]
#[put("/v1/items/{item}/draft")]
pub async fn put_draft(
    desk: Data<Desk>,
    caller: Caller,
    item: PathId<String>,
    seen: OptionalIfMatch,
    key: IdempotencyKey,
    body: Body<DraftRequest>,
) -> Answer<Reply> {
    may(&caller, Action::EditItem)?;
    let code: ItemCode = item.0.parse().map_err(|_| Error::not_found())?;
    let Body { value, digest } = body;
    desk.once(caller.clone(), Shard::of(&code), key.stamp(Some(digest)), move |_, tx, now| {
        let DraftRequest { content, valid_from, valid_until } = value.clone();
        must_fit_hall(tx.read(), caller.centre, &content)?;
        let (known, tag) = held(tx, caller.centre, &code)?;
        seen.0.check(tag)?;
        let newest = known.into_iter().next();
        let draft = match &newest {
            None => ItemVersion::draft(code.clone(), content.clone())?,
            Some(version) if version.state == VersionState::Draft => version.clone(),
            Some(version) => version.revise()?,
        };
        let edited = draft.edit(content, valid_from, valid_until)?;
        match &newest {
            Some(version) if version.state == VersionState::Draft => replace(tx, caller.centre, version, &edited)?,
            _ => {
                let inserted = items::insert(tx.write(), caller.centre, &edited);
                tx.first(inserted)?;
            }
        }
        noted(tx, &caller, now, "draft_saved", &edited)
    })
    .await
}

#[utoipa::path(
    tag = "事项", operation_id = "discard_item_draft", summary = "删除事项草稿",
    params(("item" = String, Path, description = "事项代码", max_length = 64), OptionalIfMatch, IdempotencyKey),
    responses((status = 200, body = ItemVersionView, description = "已删除的草稿", headers(("ETag" = String))))
)]
#[delete("/v1/items/{item}/draft")]
pub async fn discard_draft(
    desk: Data<Desk>,
    caller: Caller,
    item: PathId<String>,
    seen: OptionalIfMatch,
    key: IdempotencyKey,
) -> Answer<Reply> {
    may(&caller, Action::EditItem)?;
    let code: ItemCode = item.0.parse().map_err(|_| Error::not_found())?;
    desk.once(caller.clone(), Shard::of(&code), key.stamp(None), move |_, tx, now| {
        let draft = find(tx, caller.centre, &code, seen.0, VersionState::Draft)?;
        if !items::discard(tx.write(), caller.centre, &draft).map_err(StoreError::from)? {
            return Err(tx.contended().into());
        }
        noted(tx, &caller, now, "draft_discarded", &draft)
    })
    .await
}

#[utoipa::path(
    tag = "事项", operation_id = "publish_item", summary = "发布事项",
    description = "草稿齐全后发布；已受理的办件仍按原版本办理。Clause B3-1.",
    params(("item" = String, Path, description = "事项代码", max_length = 64), OptionalIfMatch, IdempotencyKey),
    responses((status = 200, body = ItemVersionView, description = "已发布的版本", headers(("ETag" = String))))
)]
#[post("/v1/items/{item}/publication")]
pub async fn publish(
    desk: Data<Desk>,
    caller: Caller,
    item: PathId<String>,
    seen: OptionalIfMatch,
    key: IdempotencyKey,
) -> Answer<Reply> {
    may(&caller, Action::PublishItem)?;
    let code: ItemCode = item.0.parse().map_err(|_| Error::not_found())?;
    desk.once(caller.clone(), Shard::of(&code), key.stamp(None), move |_, tx, now| {
        let draft = find(tx, caller.centre, &code, seen.0, VersionState::Draft)?;
        let published = draft.publish(now.day())?;
        replace(tx, caller.centre, &draft, &published)?;
        noted(tx, &caller, now, "item_published", &published)
    })
    .await
}

#[utoipa::path(
    tag = "事项", operation_id = "withdraw_item", summary = "撤下事项",
    description = "已发布的各个版本都不再受理新的申请；已受理的办件不受影响，仍按原版本办理。Clause B3-1.",
    params(("item" = String, Path, description = "事项代码", max_length = 64), OptionalIfMatch, IdempotencyKey),
    responses((status = 200, body = ItemVersionView, description = "已撤下的最新版本", headers(("ETag" = String))))
)]
#[post("/v1/items/{item}/withdrawal")]
pub async fn withdraw(
    desk: Data<Desk>,
    caller: Caller,
    item: PathId<String>,
    seen: OptionalIfMatch,
    key: IdempotencyKey,
) -> Answer<Reply> {
    may(&caller, Action::PublishItem)?;
    let code: ItemCode = item.0.parse().map_err(|_| Error::not_found())?;
    desk.once(caller.clone(), Shard::of(&code), key.stamp(None), move |_, tx, now| {
        let (newest, earlier) = find_all(tx, caller.centre, &code, seen.0, VersionState::Published)?;
        // An earlier version would govern again, were it left.
        for version in &earlier {
            take_down(tx, &caller, now, version)?;
        }
        take_down(tx, &caller, now, &newest)
    })
    .await
}

fn take_down(tx: &mut Tx<'_>, caller: &Caller, now: kernel::Instant, published: &ItemVersion) -> Answer<Reply> {
    let withdrawn = published.withdraw(now.day())?;
    replace(tx, caller.centre, published, &withdrawn)?;
    noted(tx, caller, now, "item_withdrawn", &withdrawn)
}

/// All versions of an item, newest first, and their tag. Nobody else changes any of them before the end of the transaction;
/// a first one that another process writes meanwhile is in the way of the insert.
fn held(tx: &mut Tx<'_>, centre: Centre, item: &ItemCode) -> Answer<(Vec<ItemVersion>, u64)> {
    items::hold(tx.write(), centre, item).map_err(StoreError::from)?;
    Ok(items::tagged_versions(tx.read(), centre, item).map_err(StoreError::from)?)
}

/// The newest version of an item in a state, if the item is still as it was seen.
fn find(tx: &mut Tx<'_>, centre: Centre, item: &ItemCode, seen: IfMatch, state: VersionState) -> Answer<ItemVersion> {
    find_all(tx, centre, item, seen, state).map(|(newest, _)| newest)
}

/// The newest version of an item in a state, and those before it, if the item is still as it was seen.
fn find_all(
    tx: &mut Tx<'_>,
    centre: Centre,
    item: &ItemCode,
    seen: IfMatch,
    state: VersionState,
) -> Answer<(ItemVersion, Vec<ItemVersion>)> {
    let (all, tag) = held(tx, centre, item)?;
    if all.is_empty() {
        return Err(Error::not_found());
    }
    seen.check(tag)?;
    let mut found = all.into_iter().filter(|version| version.state == state);
    let newest = found.next();
    let newest = newest.ok_or_else(|| Refusal::new("no_such_version", format!("该事项没有{}的版本", state.label())))?;
    Ok((newest, found.collect()))
}

fn replace(tx: &mut Tx<'_>, centre: Centre, before: &ItemVersion, after: &ItemVersion) -> Answer<()> {
    match items::replace(tx.write(), centre, before, after).map_err(StoreError::from)? {
        true => Ok(()),
        false => Err(tx.contended().into()),
    }
}

fn noted(tx: &mut Tx<'_>, caller: &Caller, now: kernel::Instant, kind: &str, version: &ItemVersion) -> Answer<Reply> {
    let body = serde_json::to_value(version).map_err(Error::internal)?;
    tx.note(caller.centre, "catalog", kind, now, &caller.signature(), &body)?;
    let (_, tag) = items::tagged_versions(tx.read(), caller.centre, &version.item).map_err(StoreError::from)?;
    Ok(Reply::json(200, &ItemVersionView::from(version))?.tagged(tag))
}

/// What the item refers to must exist, and what it says must not contradict itself; everything at once.
fn must_fit_hall(connection: &mut Connection, centre: Centre, content: &ItemContent) -> Answer<()> {
    let zones = hall::zones(connection, centre).map_err(StoreError::from)?;
    let sectors = hall::sectors(connection, centre).map_err(StoreError::from)?;
    let departments = hall::departments(connection, centre).map_err(StoreError::from)?;
    let windows = hall::windows(connection, centre).map_err(StoreError::from)?;
    let mut fields = Fields::new();
    let flaws = Hall::new(&zones, &sectors, &departments, &windows).item_flaws(content);
    for flaw in content.flaws().into_iter().chain(flaws) {
        fields.refuse(format!("/content{}", flaw.pointer), "invalid_value", flaw.detail);
    }
    fields.finish()
}
