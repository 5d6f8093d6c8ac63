//! 办件 as rows: the whole aggregate in `body`, and beside it the columns that lists filter and order by.

mod ahead;
mod list;
mod select;
mod times;
mod write;

use std::collections::BTreeSet;

use casework::{Case, Stage};
use catalog::PostingRecord;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use kernel::{CaseId, Centre, Instant, PartyId, Personal, StaffCode, id::PackageApplicationId};
use strum::VariantArray as _;

pub(crate) use ahead::Ahead;
pub(crate) use list::lines;
pub use list::{Filter, Summary, list, worklist};
pub use write::{Clockwork, Saved, index_agrees, insert, save};

use crate::{
    chain::Digest,
    connection::{Connection, MultiBackend},
    decode::{from_json, parse, unsigned},
    parties::PartyKind,
    per_backend,
    personal::PersonalText,
    schema::{cases, events, parties},
};

/// A case with what a view of it needs besides: the applicant's name, and the digest its next event links to.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub case: Case,
    pub head: Digest,
    pub applicant_kind: PartyKind,
    pub applicant_name: Personal<String>,
    /// When it wakes by itself, as stored.
    pub wake_at: Option<Instant>,
}

type LoadedRow = (String, String, String, PersonalText, Option<NaiveDateTime>);

// By a unique key a row is asked for without `first`: its `LIMIT ?` would make SQLite plan the statement anew each time.

/// One case by its id. Who may see it is asked of the case that comes back ([`Sight::covers`]).
pub fn load(connection: &mut Connection, centre: Centre, id: CaseId) -> QueryResult<Option<Loaded>> {
    let query = with_applicant()
        .filter(cases::centre.eq(centre.as_str()))
        .filter(cases::id.eq(id.to_string()))
        .select((cases::body, cases::head, parties::kind, parties::name, cases::wake_at));
    // On a concrete connection Diesel knows the prepared statement by the query's type, without writing its text.
    let row: QueryResult<LoadedRow> = per_backend!(connection, |c| query.get_result(c));
    row.optional()?.map(loaded).transpose()
}

/// Those cases that are there, of many ids; each is decoded when it is asked for. Walks the primary key.
pub fn several(
    connection: &mut Connection,
    centre: Centre,
    ids: &BTreeSet<&str>,
) -> QueryResult<impl Iterator<Item = QueryResult<Case>> + use<>> {
    let bodies = cases::table
        .filter(cases::centre.eq(centre.as_str()))
        .filter(cases::id.eq_any(ids))
        .select(cases::body)
        .load::<String>(connection)?;
    Ok(bodies.into_iter().map(|body| from_json("case", &body)))
}

/// One case by its number, for the public progress query.
pub fn load_by_number(connection: &mut Connection, centre: Centre, number: &str) -> QueryResult<Option<Loaded>> {
    let row = with_applicant()
        .filter(cases::centre.eq(centre.as_str()))
        .filter(cases::number.eq(number))
        .select((cases::body, cases::head, parties::kind, parties::name, cases::wake_at))
        .get_result::<LoadedRow>(connection)
        .optional()?;
    row.map(loaded).transpose()
}

fn loaded((body, head, kind, name, wake_at): LoadedRow) -> QueryResult<Loaded> {
    Ok(Loaded {
        case: from_json("case", &body)?,
        head: parse("digest", &head)?,
        applicant_kind: parse("party kind", &kind)?,
        applicant_name: name.open(),
        wake_at: wake_at.map(Instant::from_naive_utc),
    })
}

#[diesel::dsl::auto_type]
fn with_applicant() -> _ {
    cases::table.inner_join(parties::table.on(parties::centre.eq(cases::centre).and(parties::id.eq(cases::applicant))))
}

/// The newest cases of an applicant. Walks `cases_by_applicant`.
pub fn of_applicant(
    connection: &mut Connection,
    centre: Centre,
    applicant: PartyId,
    limit: i64,
) -> QueryResult<Vec<Loaded>> {
    let rows = with_applicant()
        .filter(cases::centre.eq(centre.as_str()))
        .filter(cases::applicant.eq(applicant.to_string()))
        .order(cases::id.desc())
        .limit(limit)
        .select((cases::body, cases::head, parties::kind, parties::name, cases::wake_at))
        .load::<LoadedRow>(connection)?;
    rows.into_iter().map(loaded).collect()
}

/// What a system already handed in under this external number, if anything.
pub fn by_external_number(
    connection: &mut Connection,
    centre: Centre,
    client: &StaffCode,
    external_number: &str,
) -> QueryResult<Option<CaseId>> {
    cases::table
        .filter(cases::centre.eq(centre.as_str()))
        .filter(cases::client.eq(client.as_str()))
        .filter(cases::external_number.eq(external_number))
        .select(cases::id)
        .get_result::<String>(connection)
        .optional()?
        .map(|id| parse("case id", &id))
        .transpose()
}

/// The cases of one application for a package (服务套餐), in the order of their receipt. Walks `cases_by_package`.
pub fn of_package(
    connection: &mut Connection,
    centre: Centre,
    package: PackageApplicationId,
) -> QueryResult<Vec<Loaded>> {
    with_applicant()
        .filter(cases::centre.eq(centre.as_str()))
        .filter(cases::package.eq(package.to_string()))
        .order(cases::id.asc())
        .select((cases::body, cases::head, parties::kind, parties::name, cases::wake_at))
        .load::<LoadedRow>(connection)?
        .into_iter()
        .map(loaded)
        .collect()
}

/// Cases whose time has come, the longest overdue first. Walks `cases_by_wake`.
pub fn due(connection: &mut Connection, centre: Centre, now: Instant, limit: i64) -> QueryResult<Vec<CaseId>> {
    let ids = cases::table
        .filter(cases::centre.eq(centre.as_str()))
        .filter(cases::wake_at.le(now.naive_utc()))
        .order((cases::wake_at.asc(), cases::id.asc()))
        .limit(limit)
        .select(cases::id)
        .load::<String>(connection)?;
    ids.iter().map(|id| parse("case id", id)).collect()
}

/// Cases with a limit that may still move, by id after `after`: those that have not ended, and those that wake after
/// their end (the verification of a commitment, rule L13; a corrected result that nobody fetches). A range of
/// `cases_by_stage` for each stage and one of `cases_waking_after_end`, so that the many that have ended are not walked
/// over.
pub fn open_after(
    connection: &mut Connection,
    centre: Centre,
    after: Option<CaseId>,
    limit: i64,
) -> QueryResult<Vec<CaseId>> {
    let of_centre = || {
        let query = cases::table.filter(cases::centre.eq(centre.to_string())).into_boxed::<MultiBackend>();
        match after {
            Some(after) => query.filter(cases::id.gt(after.to_string())),
            None => query,
        }
    };
    let waking = of_centre().filter(cases::ended_at.is_not_null()).filter(cases::wake_at.is_not_null());
    let stages = Stage::VARIANTS.iter().filter(|stage| !stage.is_final());
    let ranges = stages.map(|stage| of_centre().filter(cases::stage.eq(<&str>::from(*stage)))).chain([waking]);
    let mut open = Vec::new();
    for range in ranges {
        let ids = range.order(cases::id.asc()).limit(limit).select(cases::id).load::<String>(connection)?;
        open.extend(ids.iter().map(|id| parse("case id", id)).collect::<QueryResult<Vec<CaseId>>>()?);
    }
    open.sort_unstable();
    open.truncate(unsigned("limit", limit)?);
    Ok(open)
}

/// Cases that have not ended of the window or department that a posting is to, by id after `after`. A range of
/// `cases_by_stage` for each stage, as of [`open_after`].
pub fn open_at(
    connection: &mut Connection,
    centre: Centre,
    posting: &PostingRecord,
    after: Option<CaseId>,
    limit: i64,
) -> QueryResult<Vec<CaseId>> {
    let mut open = Vec::new();
    for stage in Stage::VARIANTS.iter().filter(|stage| !stage.is_final()) {
        let query = cases::table
            .filter(cases::centre.eq(centre.to_string()))
            .filter(cases::stage.eq(<&str>::from(*stage)))
            .into_boxed::<MultiBackend>();
        let query = match &posting.window {
            Some(window) => query.filter(cases::window_code.eq(window.to_string())),
            None => query.filter(cases::department.eq(posting.department.to_string())),
        };
        let query = match after {
            Some(after) => query.filter(cases::id.gt(after.to_string())),
            None => query,
        };
        let ids = query.order(cases::id.asc()).limit(limit).select(cases::id).load::<String>(connection)?;
        open.extend(ids.iter().map(|id| parse("case id", id)).collect::<QueryResult<Vec<CaseId>>>()?);
    }
    open.sort_unstable();
    open.truncate(unsigned("limit", limit)?);
    Ok(open)
}

/// Some cases in the order of their ids, and those of them to which something happened in a period.
#[derive(Clone, Debug, Default)]
pub struct Stretch {
    /// The last one, if there was any.
    pub last: Option<CaseId>,
    pub examined: u64,
    pub touched: Vec<CaseId>,
}

/// The next cases after `after`, at most `limit` of them, with those to which something happened from `from` on and
/// before `until`. Walks two primary keys.
pub fn touched(
    connection: &mut Connection,
    centre: Centre,
    after: Option<CaseId>,
    (from, until): (Instant, Instant),
    limit: i64,
) -> QueryResult<Stretch> {
    let ids = cases::table
        .filter(cases::centre.eq(centre.as_str()))
        .filter(cases::id.gt(after.map(|id| id.to_string()).unwrap_or_default()))
        .order(cases::id.asc())
        .limit(limit)
        .select(cases::id)
        .load::<String>(connection)?;
    let Some(last) = ids.last() else { return Ok(Stretch::default()) };
    let touched = events::table
        .filter(events::centre.eq(centre.as_str()))
        .filter(events::stream.eq_any(&ids))
        .filter(events::at.ge(from.naive_utc()))
        .filter(events::at.lt(until.naive_utc()))
        .select(events::stream)
        .distinct()
        .order(events::stream.asc())
        .load::<String>(connection)?;
    Ok(Stretch {
        last: Some(parse("case id", last)?),
        examined: unsigned("cases", ids.len())?,
        touched: touched.iter().map(|id| parse("case id", id)).collect::<QueryResult<_>>()?,
    })
}
