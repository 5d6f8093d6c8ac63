//! 岗位终止: postings that have ended and of which something may still rest on whoever left.

use chrono::NaiveDate;
use diesel::{dsl::exists, prelude::*};
use kernel::{Centre, Instant, Posting, PostingId, StaffCode};

use super::{MOST, PostingRow, StoredPosting};
use crate::{connection::Connection, schema::postings};

/// Those that ended before `day` and are not settled, the longest over first. Walks `postings_unsettled`.
pub fn unsettled(
    connection: &mut Connection,
    centre: Centre,
    day: NaiveDate,
    limit: i64,
) -> QueryResult<Vec<StoredPosting>> {
    let rows = postings::table
        .filter(postings::centre.eq(centre.as_str()))
        .filter(postings::settled_at.is_null())
        .filter(postings::until_day.lt(day))
        .order((postings::until_day.asc(), postings::id.asc()))
        .limit(limit)
        .select(PostingRow::as_select())
        .load::<PostingRow>(connection)?;
    rows.into_iter().map(PostingRow::stored).collect()
}

/// Nothing rests any more on whoever was posted so.
pub fn settle(connection: &mut Connection, centre: Centre, id: PostingId, now: Instant) -> QueryResult<()> {
    let known = postings::table.filter(postings::centre.eq(centre.as_str())).filter(postings::id.eq(id.to_string()));
    diesel::update(known).set(postings::settled_at.eq(now.naive_utc())).execute(connection).map(drop)
}

/// Everything that a member of staff is posted to on a day, in whatever role. Walks `postings_by_staff`.
pub fn running(
    connection: &mut Connection,
    centre: Centre,
    staff: &StaffCode,
    day: NaiveDate,
) -> QueryResult<Vec<Posting>> {
    let rows = postings::table
        .filter(postings::centre.eq(centre.as_str()))
        .filter(postings::staff.eq(staff.as_str()))
        .limit(MOST)
        .select(PostingRow::as_select())
        .load::<PostingRow>(connection)?;
    let records = rows.into_iter().map(PostingRow::stored).collect::<QueryResult<Vec<_>>>()?;
    Ok(records.iter().filter(|stored| stored.record.in_force(day)).map(|stored| stored.record.posting()).collect())
}

/// Whether a posting of somebody ended before `day`. Walks `postings_by_staff`.
pub fn has_left(connection: &mut Connection, centre: Centre, staff: &StaffCode, day: NaiveDate) -> QueryResult<bool> {
    let ended = postings::table
        .filter(postings::centre.eq(centre.as_str()))
        .filter(postings::staff.eq(staff.as_str()))
        .filter(postings::until_day.lt(day));
    diesel::select(exists(ended)).get_result(connection)
}
