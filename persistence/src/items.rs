//! 事项 and their versions. The content of a version that was published never changes and may be cached for good; its state
//! and its last day may change, and are read anew.

use catalog::{BaseCode, ImplementationCode, ItemVersion, VersionState};
use chrono::NaiveDate;
use diesel::{
    dsl::{exists, not},
    prelude::*,
};
use kernel::{Centre, ItemCode, SectorCode};

use crate::{
    chain::Digest,
    connection::{Connection, MultiBackend},
    decode::{from_json, parse, to_json, unsigned},
    schema::item_versions,
};

pub fn version(
    connection: &mut Connection,
    centre: Centre,
    item: &ItemCode,
    version: u32,
) -> QueryResult<Option<ItemVersion>> {
    item_versions::table
        .filter(item_versions::centre.eq(centre.as_str()))
        .filter(item_versions::item.eq(item.as_str()))
        .filter(item_versions::version.eq(unsigned::<_, i32>("item version", version)?))
        .select(item_versions::body)
        .get_result::<String>(connection)
        .optional()?
        .map(|body| from_json("item version", &body))
        .transpose()
}

/// All versions of an item, newest first.
pub fn versions(connection: &mut Connection, centre: Centre, item: &ItemCode) -> QueryResult<Vec<ItemVersion>> {
    Ok(tagged_versions(connection, centre, item)?.0)
}

/// All versions of an item, newest first, and their tag (版本标记): another number whenever any of them, or which there are,
/// has changed, and 0 where there are none. A digest of what is stored, and short enough for an `ETag`.
pub fn tagged_versions(
    connection: &mut Connection,
    centre: Centre,
    item: &ItemCode,
) -> QueryResult<(Vec<ItemVersion>, u64)> {
    let bodies = item_versions::table
        .filter(item_versions::centre.eq(centre.as_str()))
        .filter(item_versions::item.eq(item.as_str()))
        .order(item_versions::version.desc())
        .select(item_versions::body)
        .load::<String>(connection)?;
    let versions = bodies.iter().map(|body| from_json("item version", body)).collect::<QueryResult<Vec<_>>>()?;
    Ok((versions, tag_of(&bodies)))
}

/// From the first eight bytes of the digest, without the bit by which it could have more than nineteen decimal digits.
fn tag_of(bodies: &[String]) -> u64 {
    if bodies.is_empty() {
        return 0;
    }
    let digest = Digest::of(bodies.concat().as_bytes());
    let (head, _) = digest.as_bytes().split_at(8);
    head.iter().fold(0_u64, |tag, byte| (tag << 8) | u64::from(*byte)) >> 1
}

/// Holds the rows of an item until the end of the transaction: on PostgreSQL another process may be about to change one of
/// them, and what is read after this is what that process leaves.
pub fn hold(connection: &mut Connection, centre: Centre, item: &ItemCode) -> QueryResult<()> {
    diesel::update(
        item_versions::table
            .filter(item_versions::centre.eq(centre.as_str()))
            .filter(item_versions::item.eq(item.as_str())),
    )
    .set(item_versions::state.eq(item_versions::state))
    .execute(connection)
    .map(drop)
}

/// The newest version that was ever published, withdrawn ones among them.
pub fn newest_published(
    connection: &mut Connection,
    centre: Centre,
    item: &ItemCode,
) -> QueryResult<Option<ItemVersion>> {
    Ok(versions(connection, centre, item)?.into_iter().find(|version| version.state != VersionState::Draft))
}

/// The version an application of today begins with.
pub fn on_offer(
    connection: &mut Connection,
    centre: Centre,
    item: &ItemCode,
    today: NaiveDate,
) -> QueryResult<Option<ItemVersion>> {
    Ok(catalog::in_force(&versions(connection, centre, item)?, today).cloned())
}

/// The newest published version of every item, by item code.
pub fn published(connection: &mut Connection, centre: Centre) -> QueryResult<Vec<ItemVersion>> {
    let bodies = item_versions::table
        .filter(item_versions::centre.eq(centre.as_str()))
        .filter(item_versions::state.eq(VersionState::Published.to_string()))
        .order((item_versions::item.asc(), item_versions::version.desc()))
        .select(item_versions::body)
        .load::<String>(connection)?;
    let versions = bodies.iter().map(|body| from_json::<ItemVersion>("item version", body));
    let mut versions = versions.collect::<QueryResult<Vec<_>>>()?;
    versions.dedup_by(|older, newer| older.item == newer.item);
    Ok(versions)
}

/// 国家编码: by which another system may name an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NationalCode {
    Implementation(ImplementationCode),
    Base(BaseCode),
}

/// The versions on offer today that carry a national code; of different items, where several do. Walks
/// `item_versions_by_implementation` or `item_versions_by_base`.
pub fn by_national_code(
    connection: &mut Connection,
    centre: Centre,
    code: &NationalCode,
    today: NaiveDate,
) -> QueryResult<Vec<ItemVersion>> {
    let query = item_versions::table.filter(item_versions::centre.eq(centre.to_string())).into_boxed::<MultiBackend>();
    let query = match code {
        NationalCode::Implementation(code) => query.filter(item_versions::implementation_code.eq(code.to_string())),
        NationalCode::Base(code) => query.filter(item_versions::base_code.eq(code.to_string())),
    };
    let items = query.select(item_versions::item).distinct().load::<String>(connection)?;
    let mut found = Vec::new();
    for item in &items {
        found.extend(on_offer(connection, centre, &parse("item", item)?, today)?);
    }
    // An earlier version may have gone by another code.
    found.retain(|version| match code {
        NationalCode::Implementation(code) => version.implementation_code == *code,
        NationalCode::Base(code) => version.base_code == *code,
    });
    Ok(found)
}

diesel::alias!(item_versions as later: Later);

/// A page of the versions on offer on a day, one for each item as [`on_offer`] has it, by item code, after `after`. Walks
/// `item_versions_by_sector` where a sector is named, else the primary key, and for each row looks into that.
pub fn page(
    connection: &mut Connection,
    centre: Centre,
    day: NaiveDate,
    sector: Option<&SectorCode>,
    after: Option<&ItemCode>,
    limit: i64,
) -> QueryResult<Vec<ItemVersion>> {
    // Whatever its sector: an item that has moved is no longer on offer where it was.
    let superseding = later
        .filter(later.field(item_versions::centre).eq(item_versions::centre))
        .filter(later.field(item_versions::item).eq(item_versions::item))
        .filter(later.field(item_versions::version).gt(item_versions::version))
        .filter(later.field(item_versions::state).eq(VersionState::Published.to_string()))
        .filter(later.field(item_versions::valid_from).le(day))
        .filter(later.field(item_versions::valid_until).is_null().or(later.field(item_versions::valid_until).ge(day)));
    let mut query = item_versions::table
        .filter(item_versions::centre.eq(centre.as_str()))
        .filter(item_versions::state.eq(VersionState::Published.to_string()))
        .filter(item_versions::valid_from.le(day))
        .filter(item_versions::valid_until.is_null().or(item_versions::valid_until.ge(day)))
        .filter(not(exists(superseding)))
        .into_boxed::<MultiBackend>();
    if let Some(sector) = sector {
        query = query.filter(item_versions::sector.eq(sector.as_str()));
    }
    if let Some(item) = after {
        query = query.filter(item_versions::item.gt(item.as_str()));
    }
    query
        .order(item_versions::item.asc())
        .limit(limit)
        .select(item_versions::body)
        .load::<String>(connection)?
        .iter()
        .map(|body| from_json("item version", body))
        .collect()
}

pub fn insert(connection: &mut Connection, centre: Centre, version: &ItemVersion) -> QueryResult<()> {
    diesel::insert_into(item_versions::table)
        .values((
            item_versions::centre.eq(centre.as_str()),
            item_versions::item.eq(version.item.as_str()),
            item_versions::version.eq(unsigned::<_, i32>("item version", version.version)?),
            item_versions::state.eq(version.state.to_string()),
            item_versions::name.eq(version.name.as_str()),
            item_versions::sector.eq(version.sector.as_str()),
            item_versions::department.eq(version.department.as_str()),
            item_versions::window_code.eq(version.window.as_str()),
            item_versions::valid_from.eq(version.valid_from),
            item_versions::valid_until.eq(version.valid_until),
            item_versions::body.eq(to_json(version)?),
            item_versions::implementation_code.eq(version.implementation_code.as_str()),
            item_versions::base_code.eq(version.base_code.as_str()),
        ))
        .execute(connection)?;
    Ok(())
}

/// Replaces a version that is still what it was read as; false where somebody was faster.
pub fn replace(
    connection: &mut Connection,
    centre: Centre,
    before: &ItemVersion,
    after: &ItemVersion,
) -> QueryResult<bool> {
    let replaced = diesel::update(
        item_versions::table
            .filter(item_versions::centre.eq(centre.as_str()))
            .filter(item_versions::item.eq(before.item.as_str()))
            .filter(item_versions::version.eq(unsigned::<_, i32>("item version", before.version)?))
            .filter(item_versions::body.eq(to_json(before)?)),
    )
    .set((
        item_versions::state.eq(after.state.to_string()),
        item_versions::name.eq(after.name.as_str()),
        item_versions::sector.eq(after.sector.as_str()),
        item_versions::department.eq(after.department.as_str()),
        item_versions::window_code.eq(after.window.as_str()),
        item_versions::valid_from.eq(after.valid_from),
        item_versions::valid_until.eq(after.valid_until),
        item_versions::body.eq(to_json(after)?),
        item_versions::implementation_code.eq(after.implementation_code.as_str()),
        item_versions::base_code.eq(after.base_code.as_str()),
    ))
    .execute(connection)?;
    Ok(replaced == 1)
}

/// Removes a draft that is still what it was read as; nothing but a draft is ever removed.
pub fn discard(connection: &mut Connection, centre: Centre, draft: &ItemVersion) -> QueryResult<bool> {
    let removed = diesel::delete(
        item_versions::table
            .filter(item_versions::centre.eq(centre.as_str()))
            .filter(item_versions::item.eq(draft.item.as_str()))
            .filter(item_versions::version.eq(unsigned::<_, i32>("item version", draft.version)?))
            .filter(item_versions::state.eq(VersionState::Draft.to_string()))
            .filter(item_versions::body.eq(to_json(draft)?)),
    )
    .execute(connection)?;
    Ok(removed == 1)
}
