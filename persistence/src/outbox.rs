//! 发件箱: what is to be sent to others, written in the transaction of the change that it tells of, and taken out of it
//! once the other side has said yes. Sent at least once; within a target and an ordering key never the second before
//! the first is delivered. A row is claimed for a while, so that processes do not send the same at once and what a dead
//! one had claimed is taken up by another.

use chrono::NaiveDateTime;
use diesel::{
    dsl::{exists, max, not},
    prelude::*,
};
use kernel::{Centre, EventId, Instant};

use crate::{
    connection::Connection,
    decode::{parse, unsigned},
    schema::outbox,
};

/// Something to be told.
#[derive(Clone, Debug)]
pub struct Letter<'a> {
    pub id: EventId,
    /// To whom, by the code of an endpoint.
    pub target: &'a str,
    /// What must stay in order, by its number.
    pub ordering_key: &'a str,
    pub sequence: u64,
    pub kind: &'a str,
    pub body: &'a str,
}

/// 待发: a letter that was not delivered yet, or one that was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub id: EventId,
    pub target: String,
    pub ordering_key: String,
    pub sequence: u64,
    pub kind: String,
    pub body: String,
    pub created_at: Instant,
    pub attempts: u32,
    pub next_attempt_at: Instant,
    pub delivered_at: Option<Instant>,
    /// Of the last attempt: a status, or why there was none.
    pub last_outcome: Option<String>,
}

/// The number after the last one of a target and an ordering key. Whoever numbers letters of one key must hold what
/// they tell of, by its compare-and-set.
pub fn next_sequence(connection: &mut Connection, centre: Centre, target: &str, key: &str) -> QueryResult<u64> {
    let last = outbox::table
        .filter(outbox::centre.eq(centre.as_str()))
        .filter(outbox::target.eq(target))
        .filter(outbox::ordering_key.eq(key))
        .select(max(outbox::sequence))
        .get_result::<Option<i64>>(connection)?;
    unsigned("sequence", last.unwrap_or_default() + 1)
}

/// Puts a letter into the box, to be sent at once.
pub fn put(connection: &mut Connection, centre: Centre, letter: &Letter<'_>, now: Instant) -> QueryResult<()> {
    diesel::insert_into(outbox::table)
        .values((
            outbox::centre.eq(centre.as_str()),
            outbox::id.eq(letter.id.to_string()),
            outbox::target.eq(letter.target),
            outbox::ordering_key.eq(letter.ordering_key),
            outbox::sequence.eq(unsigned::<_, i64>("sequence", letter.sequence)?),
            outbox::kind.eq(letter.kind),
            outbox::body.eq(letter.body),
            outbox::created_at.eq(now.naive_utc()),
            outbox::attempts.eq(0),
            outbox::next_attempt_at.eq(now.naive_utc()),
        ))
        .execute(connection)
        .map(drop)
}

type Row = (
    String,
    String,
    String,
    i64,
    String,
    String,
    NaiveDateTime,
    i32,
    NaiveDateTime,
    Option<NaiveDateTime>,
    Option<String>,
);

macro_rules! columns {
    () => {
        (
            outbox::id,
            outbox::target,
            outbox::ordering_key,
            outbox::sequence,
            outbox::kind,
            outbox::body,
            outbox::created_at,
            outbox::attempts,
            outbox::next_attempt_at,
            outbox::delivered_at,
            outbox::last_outcome,
        )
    };
}

fn stored(row: Row) -> QueryResult<Stored> {
    let (id, target, ordering_key, sequence, kind, body, created_at, attempts, next_attempt_at, delivered_at, last) =
        row;
    Ok(Stored {
        id: parse("outbox id", &id)?,
        target,
        ordering_key,
        sequence: unsigned("sequence", sequence)?,
        kind,
        body,
        created_at: Instant::from_naive_utc(created_at),
        attempts: unsigned("attempts", attempts)?,
        next_attempt_at: Instant::from_naive_utc(next_attempt_at),
        delivered_at: delivered_at.map(Instant::from_naive_utc),
        last_outcome: last,
    })
}

diesel::alias!(outbox as before: Before);

/// What can be sent now: due by `now`, claimed by nobody then, and nothing before it undelivered. Walks
/// `outbox_due`, and for each row looks into `outbox_undelivered`.
pub fn due(connection: &mut Connection, centre: Centre, now: Instant, limit: i64) -> QueryResult<Vec<Stored>> {
    let earlier = before
        .filter(before.field(outbox::centre).eq(outbox::centre))
        .filter(before.field(outbox::target).eq(outbox::target))
        .filter(before.field(outbox::ordering_key).eq(outbox::ordering_key))
        .filter(before.field(outbox::sequence).lt(outbox::sequence))
        .filter(before.field(outbox::delivered_at).is_null());
    outbox::table
        .filter(outbox::centre.eq(centre.as_str()))
        .filter(outbox::delivered_at.is_null())
        .filter(outbox::next_attempt_at.le(now.naive_utc()))
        .filter(outbox::claimed_until.is_null().or(outbox::claimed_until.le(now.naive_utc()).assume_not_null()))
        .filter(not(exists(earlier)))
        .order((outbox::next_attempt_at.asc(), outbox::id.asc()))
        .limit(limit)
        .select(columns!())
        .load::<Row>(connection)?
        .into_iter()
        .map(stored)
        .collect()
}

/// Claims a letter until `until`, by compare-and-set; false where somebody else has it, or it is delivered.
pub fn claim(
    connection: &mut Connection,
    centre: Centre,
    id: EventId,
    by: &str,
    now: Instant,
    until: Instant,
) -> QueryResult<bool> {
    let free = outbox::claimed_until.is_null().or(outbox::claimed_until.le(now.naive_utc()).assume_not_null());
    diesel::update(
        outbox::table
            .filter(outbox::centre.eq(centre.as_str()))
            .filter(outbox::id.eq(id.to_string()))
            .filter(outbox::delivered_at.is_null())
            .filter(free),
    )
    .set((outbox::claimed_by.eq(by), outbox::claimed_until.eq(until.naive_utc())))
    .execute(connection)
    .map(|rows| rows == 1)
}

/// The other side has it. Said whoever has the claim by now.
pub fn delivered(
    connection: &mut Connection,
    centre: Centre,
    id: EventId,
    outcome: &str,
    now: Instant,
) -> QueryResult<bool> {
    diesel::update(
        outbox::table
            .filter(outbox::centre.eq(centre.as_str()))
            .filter(outbox::id.eq(id.to_string()))
            .filter(outbox::delivered_at.is_null()),
    )
    .set((
        outbox::delivered_at.eq(now.naive_utc()),
        outbox::attempts.eq(outbox::attempts + 1),
        outbox::last_outcome.eq(outcome),
        outbox::claimed_by.eq(None::<String>),
        outbox::claimed_until.eq(None::<NaiveDateTime>),
    ))
    .execute(connection)
    .map(|rows| rows == 1)
}

/// It was not delivered: to be tried again at `next`. False where the claim was lost meanwhile.
pub fn failed(
    connection: &mut Connection,
    centre: Centre,
    id: EventId,
    by: &str,
    outcome: &str,
    next: Instant,
) -> QueryResult<bool> {
    diesel::update(
        outbox::table
            .filter(outbox::centre.eq(centre.as_str()))
            .filter(outbox::id.eq(id.to_string()))
            .filter(outbox::delivered_at.is_null())
            .filter(outbox::claimed_by.eq(by)),
    )
    .set((
        outbox::attempts.eq(outbox::attempts + 1),
        outbox::next_attempt_at.eq(next.naive_utc()),
        outbox::last_outcome.eq(outcome),
        outbox::claimed_by.eq(None::<String>),
        outbox::claimed_until.eq(None::<NaiveDateTime>),
    ))
    .execute(connection)
    .map(|rows| rows == 1)
}

/// All letters about one thing, in order. Walks the unique key.
pub fn about(
    connection: &mut Connection,
    centre: Centre,
    target: &str,
    ordering_key: &str,
    after: u64,
    limit: i64,
) -> QueryResult<Vec<Stored>> {
    outbox::table
        .filter(outbox::centre.eq(centre.as_str()))
        .filter(outbox::target.eq(target))
        .filter(outbox::ordering_key.eq(ordering_key))
        .filter(outbox::sequence.gt(unsigned::<_, i64>("sequence", after)?))
        .order(outbox::sequence.asc())
        .limit(limit)
        .select(columns!())
        .load::<Row>(connection)?
        .into_iter()
        .map(stored)
        .collect()
}

/// The number of the first letter about one thing that is not delivered, if one is. Walks `outbox_undelivered`.
pub fn first_undelivered(
    connection: &mut Connection,
    centre: Centre,
    target: &str,
    ordering_key: &str,
) -> QueryResult<Option<u64>> {
    let first = outbox::table
        .filter(outbox::centre.eq(centre.as_str()))
        .filter(outbox::target.eq(target))
        .filter(outbox::ordering_key.eq(ordering_key))
        .filter(outbox::delivered_at.is_null())
        .order(outbox::sequence.asc())
        .limit(1)
        .select(outbox::sequence)
        .get_result::<i64>(connection)
        .optional()?;
    first.map(|sequence| unsigned("sequence", sequence)).transpose()
}

pub mod waiting;
