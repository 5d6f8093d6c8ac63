//! 草稿: what an applicant has not handed in yet. What it says of people is personal data, and is forgotten in time.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use kernel::{Centre, Instant, ItemCode, PartyId, Personal, id::DraftId};

use crate::{
    connection::{Connection, MultiBackend},
    decode::{parse, unsigned},
    personal::PersonalText,
    schema::drafts,
};

/// 草稿 of an application for one item.
#[derive(Clone, Debug)]
pub struct Draft {
    pub id: DraftId,
    pub version: u64,
    pub applicant: PartyId,
    pub item: ItemCode,
    /// JSON of what the form says so far.
    pub form: Personal<String>,
    pub changed_at: Instant,
    /// When it is forgotten, unless it changes before.
    pub wake_at: Instant,
}

type Row = (String, i64, String, String, PersonalText, NaiveDateTime, NaiveDateTime);

macro_rules! columns {
    () => {
        (
            drafts::id,
            drafts::version,
            drafts::applicant,
            drafts::item,
            drafts::form,
            drafts::changed_at,
            drafts::wake_at,
        )
    };
}

fn draft((id, version, applicant, item, form, changed_at, wake_at): Row) -> QueryResult<Draft> {
    Ok(Draft {
        id: parse("draft", &id)?,
        version: unsigned("version", version)?,
        applicant: parse("party id", &applicant)?,
        item: parse("item", &item)?,
        form: form.open(),
        changed_at: Instant::from_naive_utc(changed_at),
        wake_at: Instant::from_naive_utc(wake_at),
    })
}

/// A draft of this applicant that is not to be forgotten by `now`: nobody else's is there.
pub fn find(
    connection: &mut Connection,
    centre: Centre,
    applicant: PartyId,
    id: DraftId,
    now: Instant,
) -> QueryResult<Option<Draft>> {
    drafts::table
        .filter(drafts::centre.eq(centre.as_str()))
        .filter(drafts::id.eq(id.to_string()))
        .filter(drafts::applicant.eq(applicant.to_string()))
        .filter(drafts::wake_at.gt(now.naive_utc()))
        .select(columns!())
        .get_result::<Row>(connection)
        .optional()?
        .map(draft)
        .transpose()
}

/// A page of an applicant's drafts, the newest first, before `before`. Walks `drafts_by_applicant`.
pub fn list(
    connection: &mut Connection,
    centre: Centre,
    applicant: PartyId,
    now: Instant,
    before: Option<DraftId>,
    limit: i64,
) -> QueryResult<Vec<Draft>> {
    let mut query = drafts::table
        .filter(drafts::centre.eq(centre.to_string()))
        .filter(drafts::applicant.eq(applicant.to_string()))
        .filter(drafts::wake_at.gt(now.naive_utc()))
        .into_boxed::<MultiBackend>();
    if let Some(before) = before {
        query = query.filter(drafts::id.lt(before.to_string()));
    }
    let rows = query.order(drafts::id.desc()).limit(limit).select(columns!()).load::<Row>(connection)?;
    rows.into_iter().map(draft).collect()
}

pub fn insert(connection: &mut Connection, centre: Centre, draft: &Draft) -> QueryResult<()> {
    diesel::insert_into(drafts::table)
        .values((
            drafts::centre.eq(centre.as_str()),
            drafts::id.eq(draft.id.to_string()),
            drafts::version.eq(unsigned::<_, i64>("version", draft.version)?),
            drafts::applicant.eq(draft.applicant.to_string()),
            drafts::item.eq(draft.item.as_str()),
            drafts::form.eq(PersonalText::seal(&draft.form)),
            drafts::changed_at.eq(draft.changed_at.naive_utc()),
            drafts::wake_at.eq(draft.wake_at.naive_utc()),
        ))
        .execute(connection)
        .map(drop)
}

/// Replaces what was of the version before; false where somebody else was first.
pub fn save(connection: &mut Connection, centre: Centre, draft: &Draft) -> QueryResult<bool> {
    let version = unsigned::<_, i64>("version", draft.version)?;
    diesel::update(
        drafts::table
            .filter(drafts::centre.eq(centre.as_str()))
            .filter(drafts::id.eq(draft.id.to_string()))
            .filter(drafts::version.eq(version - 1)),
    )
    .set((
        drafts::version.eq(version),
        drafts::item.eq(draft.item.as_str()),
        drafts::form.eq(PersonalText::seal(&draft.form)),
        drafts::changed_at.eq(draft.changed_at.naive_utc()),
        drafts::wake_at.eq(draft.wake_at.naive_utc()),
    ))
    .execute(connection)
    .map(|rows| rows == 1)
}

/// Removes a draft as it was seen; false where somebody else was first.
pub fn delete(connection: &mut Connection, centre: Centre, seen: &Draft) -> QueryResult<bool> {
    diesel::delete(
        drafts::table
            .filter(drafts::centre.eq(centre.as_str()))
            .filter(drafts::id.eq(seen.id.to_string()))
            .filter(drafts::version.eq(unsigned::<_, i64>("version", seen.version)?)),
    )
    .execute(connection)
    .map(|rows| rows == 1)
}

/// Drafts whose time is over, the longest first. Walks `drafts_by_wake`.
pub fn due(connection: &mut Connection, centre: Centre, now: Instant, limit: i64) -> QueryResult<Vec<DraftId>> {
    let ids = drafts::table
        .filter(drafts::centre.eq(centre.as_str()))
        .filter(drafts::wake_at.le(now.naive_utc()))
        .order((drafts::wake_at.asc(), drafts::id.asc()))
        .limit(limit)
        .select(drafts::id)
        .load::<String>(connection)?;
    ids.iter().map(|id| parse("draft", id)).collect()
}

/// Forgets a draft, unless it has changed meanwhile and its time is not over any more.
pub fn forget(connection: &mut Connection, centre: Centre, id: DraftId, now: Instant) -> QueryResult<()> {
    diesel::delete(
        drafts::table
            .filter(drafts::centre.eq(centre.as_str()))
            .filter(drafts::id.eq(id.to_string()))
            .filter(drafts::wake_at.le(now.naive_utc())),
    )
    .execute(connection)
    .map(drop)
}
