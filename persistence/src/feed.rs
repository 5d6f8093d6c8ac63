//! 事件流: every event of a centre in one order that nothing is put in front of later, so that whoever has read up to a
//! number has seen everything before it (promise P3).

use std::collections::{BTreeMap, VecDeque};

use diesel::{
    Connection as _, PgConnection,
    dsl::{max, sql},
    prelude::*,
    sql_types::{Array, BigInt, Bool, Text},
};
use kernel::{Centre, EventId, Instant};

use crate::{
    connection::Connection,
    decode::{parse, unsigned},
    per_backend,
    schema::events,
};

/// A line of the feed: what happened to what, without what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its place, from 1 in each centre, without gaps.
    pub seq: u64,
    pub id: EventId,
    /// Of what it is: the id of a case or an impasse, or the name of a register.
    pub stream: String,
    pub version: u64,
    pub kind: String,
    pub at: Instant,
    /// `traceparent` of what caused it.
    pub trace: Option<String>,
    /// `tracestate` that came with it.
    pub tracestate: Option<String>,
}

type Row = (Option<i64>, String, String, i64, String, chrono::NaiveDateTime, Option<String>, Option<String>);

/// The lines after a place, oldest first. Walks `events_by_seq`.
pub fn after(connection: &mut Connection, centre: Centre, seq: u64, limit: i64) -> QueryResult<Vec<Line>> {
    let rows = events::table
        .filter(events::centre.eq(centre.as_str()))
        .filter(events::seq.gt(unsigned::<_, i64>("seq", seq)?))
        .order(events::seq.asc())
        .limit(limit)
        .select((
            events::seq,
            events::id,
            events::stream,
            events::version,
            events::kind,
            events::at,
            events::trace,
            events::tracestate,
        ))
        .load::<Row>(connection)?;
    rows.into_iter()
        .map(|(seq, id, stream, version, kind, at, trace, tracestate)| {
            Ok(Line {
                seq: unsigned("seq", seq.unwrap_or_default())?,
                id: parse("event id", &id)?,
                stream,
                version: unsigned("version", version)?,
                kind,
                at: Instant::from_naive_utc(at),
                trace,
                tracestate,
            })
        })
        .collect()
}

/// On a concrete connection, whose prepared statements Diesel knows by their types.
macro_rules! newest {
    ($c:expr, $centre:expr) => {
        events::table.filter(events::centre.eq($centre)).select(max(events::seq)).get_result::<Option<i64>>($c)
    };
}

/// The last place that was given; 0 while none was. Walks `events_by_seq`.
pub fn last(connection: &mut Connection, centre: Centre) -> QueryResult<u64> {
    let last = per_backend!(connection, |c| newest!(c, centre.as_str()))?;
    unsigned("seq", last.unwrap_or_default())
}

/// The place after which the one writer of SQLite goes on.
pub(crate) fn last_on(c: &mut SqliteConnection, centre: &str) -> QueryResult<i64> {
    Ok(newest!(c, centre)?.unwrap_or_default())
}

/// A place before everything that happened at `at` or later. What happened about the same time may stand in another order
/// than it happened in, so that a minute before counts as well.
pub fn place_before(connection: &mut Connection, centre: Centre, at: Instant) -> QueryResult<u64> {
    oldest(connection, centre, at.plus(-chrono::Duration::minutes(1)))
}

/// A place after which comes something that happened at `since` or later, and before which something older, if anything.
pub fn oldest(connection: &mut Connection, centre: Centre, since: Instant) -> QueryResult<u64> {
    let (mut before, mut until) = (0, last(connection, centre)? + 1);
    while until - before > 1 {
        let middle = before.midpoint(until);
        match after(connection, centre, middle - 1, 1)?.first() {
            Some(line) if line.at < since => before = middle,
            _ => until = middle,
        }
    }
    Ok(before)
}

/// How many events wait for their place. Walks `events_unnumbered`.
pub fn waiting(connection: &mut Connection, centre: Centre) -> QueryResult<i64> {
    events::table
        .filter(events::centre.eq(centre.as_str()))
        .filter(events::seq.is_null())
        .count()
        .get_result(connection)
}

/// Gives committed events their places, at most `limit` of them, each stream in the order of its versions. How many. On
/// SQLite an event has its place from the beginning. Of two at once, one does nothing.
pub fn number(connection: &mut Connection, centre: Centre, limit: i64) -> QueryResult<usize> {
    match connection {
        Connection::Sqlite(_) => Ok(0),
        Connection::Postgres(c) => c.transaction(|c| number_on(c, centre, limit)),
    }
}

fn number_on(c: &mut PgConnection, centre: Centre, limit: i64) -> QueryResult<usize> {
    if !is_alone(c, centre)? {
        return Ok(0);
    }
    // By version first: whatever is among them, so is what came before it in its stream.
    let found = events::table
        .filter(events::centre.eq(centre.as_str()))
        .filter(events::seq.is_null())
        .order((events::version.asc(), events::id.asc()))
        .limit(limit)
        .select((events::id, events::stream, events::version))
        .load::<(String, String, i64)>(c)?;
    if found.is_empty() {
        return Ok(0);
    }
    let ids = in_order(found);
    let last = newest!(&mut *c, centre.as_str())?.unwrap_or_default();
    let places: Vec<i64> = (last + 1..).take(ids.len()).collect();
    diesel::sql_query(
        "UPDATE events SET seq = numbered.seq FROM unnest($1, $2) AS numbered (id, seq) \
         WHERE events.centre = $3 AND events.id = numbered.id AND events.seq IS NULL",
    )
    .bind::<Array<Text>, _>(ids)
    .bind::<Array<BigInt>, _>(places)
    .bind::<Text, _>(centre.as_str())
    .execute(c)
}

/// Until the end of the transaction, nobody else numbers in this centre.
fn is_alone(c: &mut PgConnection, centre: Centre) -> QueryResult<bool> {
    diesel::select(
        sql::<Bool>("pg_try_advisory_xact_lock(hashtext('feed'), ").bind::<Text, _>(centre.as_str()).sql("::integer)"),
    )
    .get_result(c)
}

/// The ids in the order in which they are numbered: as old as they say, but each stream in the order of its versions,
/// because two processes and a clock that stands still do not number in order.
fn in_order(mut found: Vec<(String, String, i64)>) -> Vec<String> {
    let mut waiting: BTreeMap<String, VecDeque<String>> = BTreeMap::new();
    for (id, stream, _) in &found {
        waiting.entry(stream.clone()).or_default().push_back(id.clone());
    }
    found.sort_unstable();
    found.iter().filter_map(|(_, stream, _)| waiting.get_mut(stream)?.pop_front()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Promise P3: per case in the order of its versions.
    #[test]
    fn a_version_waits_for_the_one_before() {
        let by_version = [("3", "a", 1), ("2", "b", 1), ("1", "a", 2), ("4", "b", 2)];
        let found = by_version.map(|(id, stream, version)| (id.to_owned(), stream.to_owned(), version));
        assert_eq!(in_order(found.to_vec()), ["3", "2", "1", "4"]);
    }
}
