//! 发件箱: what is to be sent to others, written in the transaction of the change that it tells of, and taken out of it
//! once the other side has said yes. Sent at least once; within a target and an ordering key never the second before
//! the first is delivered or given up. A row is claimed for a while by the machine's clock, so that processes do not send
//! the same at once and what a dead one had claimed is taken up by another.

use chrono::{DateTime, NaiveDateTime};
use diesel::{
    dsl::{exists, max, not},
    prelude::*,
};
use kernel::{Centre, EventId, Instant};
use strum::{Display, EnumString, VariantArray};

use crate::{
    connection::{Connection, MultiBackend},
    decode::{parse, parse_some, unsigned},
    schema::{outbox, outbox_attempts},
};

/// Something to be told.
#[derive(Clone, Debug)]
pub struct Letter<'a> {
    pub id: EventId,
    /// What it tells of, where others are told of the same.
    pub message: Option<EventId>,
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
    /// By which the other side knows it again: of the message, or the letter's own.
    pub message: EventId,
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
    pub given_up_at: Option<Instant>,
}

/// 推送结果: how far a letter has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumString, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Progress {
    Pending,
    Delivered,
    /// 已放弃
    Failed,
}

impl Stored {
    pub fn progress(&self) -> Progress {
        match (self.delivered_at, self.given_up_at) {
            (Some(_), _) => Progress::Delivered,
            (None, Some(_)) => Progress::Failed,
            (None, None) => Progress::Pending,
        }
    }
}

/// 推送尝试
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub at: Instant,
    /// A status, or why there was none.
    pub outcome: String,
    pub took_ms: u64,
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
    insert(connection, centre, letter, now, now)
}

/// Puts a letter into the box, to be sent before whatever waits for its target already.
pub fn put_first(connection: &mut Connection, centre: Centre, letter: &Letter<'_>, now: Instant) -> QueryResult<()> {
    insert(connection, centre, letter, now, Instant::new(DateTime::UNIX_EPOCH))
}

fn insert(
    connection: &mut Connection,
    centre: Centre,
    letter: &Letter<'_>,
    now: Instant,
    due: Instant,
) -> QueryResult<()> {
    diesel::insert_into(outbox::table)
        .values((
            outbox::centre.eq(centre.as_str()),
            outbox::id.eq(letter.id.to_string()),
            outbox::message.eq(letter.message.map(|message| message.to_string())),
            outbox::target.eq(letter.target),
            outbox::ordering_key.eq(letter.ordering_key),
            outbox::sequence.eq(unsigned::<_, i64>("sequence", letter.sequence)?),
            outbox::kind.eq(letter.kind),
            outbox::body.eq(letter.body),
            outbox::created_at.eq(now.naive_utc()),
            outbox::attempts.eq(0),
            outbox::next_attempt_at.eq(due.naive_utc()),
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
    Option<String>,
    Option<NaiveDateTime>,
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
            outbox::message,
            outbox::given_up_at,
        )
    };
}

fn stored(row: Row) -> QueryResult<Stored> {
    let (
        id,
        target,
        ordering_key,
        sequence,
        kind,
        body,
        created_at,
        attempts,
        next_attempt_at,
        delivered_at,
        last,
        m,
        g,
    ) = row;
    let id = parse("outbox id", &id)?;
    Ok(Stored {
        id,
        message: parse_some("message", m.as_deref())?.unwrap_or(id),
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
        given_up_at: g.map(Instant::from_naive_utc),
    })
}

/// As a letter is that was never tried.
macro_rules! anew {
    ($now:expr) => {
        (
            outbox::attempts.eq(0),
            outbox::next_attempt_at.eq($now.naive_utc()),
            outbox::delivered_at.eq(None::<NaiveDateTime>),
            outbox::given_up_at.eq(None::<NaiveDateTime>),
        )
    };
}

pub mod waiting;

diesel::alias!(outbox as before: Before);

/// What a target can be sent now: due by `by`, claimed by nobody at the machine's time, and nothing before it unsettled.
/// Walks `outbox_due`, and for each row looks into `outbox_undelivered`.
pub fn due(
    connection: &mut Connection,
    centre: Centre,
    target: &str,
    by: Instant,
    machine_now: Instant,
    limit: i64,
) -> QueryResult<Vec<Stored>> {
    let earlier = before
        .filter(before.field(outbox::centre).eq(outbox::centre))
        .filter(before.field(outbox::target).eq(outbox::target))
        .filter(before.field(outbox::ordering_key).eq(outbox::ordering_key))
        .filter(before.field(outbox::sequence).lt(outbox::sequence))
        .filter(before.field(outbox::delivered_at).is_null())
        .filter(before.field(outbox::given_up_at).is_null());
    outbox::table
        .filter(outbox::centre.eq(centre.as_str()))
        .filter(outbox::target.eq(target))
        .filter(outbox::delivered_at.is_null())
        .filter(outbox::given_up_at.is_null())
        .filter(outbox::next_attempt_at.le(by.naive_utc()))
        .filter(outbox::claimed_until.is_null().or(outbox::claimed_until.le(machine_now.naive_utc()).assume_not_null()))
        .filter(not(exists(earlier)))
        .order((outbox::next_attempt_at.asc(), outbox::id.asc()))
        .limit(limit)
        .select(columns!())
        .load::<Row>(connection)?
        .into_iter()
        .map(stored)
        .collect()
}

/// Claims a letter until `until` by the machine's clock, by compare-and-set with the attempts that were seen; false where
/// somebody else has it, or had it meanwhile, or it is settled.
pub fn claim(
    connection: &mut Connection,
    centre: Centre,
    seen: &Stored,
    by: &str,
    machine_now: Instant,
    until: Instant,
) -> QueryResult<bool> {
    let free = outbox::claimed_until.is_null().or(outbox::claimed_until.le(machine_now.naive_utc()).assume_not_null());
    diesel::update(
        outbox::table
            .filter(outbox::centre.eq(centre.as_str()))
            .filter(outbox::id.eq(seen.id.to_string()))
            .filter(outbox::delivered_at.is_null())
            .filter(outbox::given_up_at.is_null())
            .filter(outbox::attempts.eq(unsigned::<_, i32>("attempts", seen.attempts)?))
            .filter(free),
    )
    .set((outbox::claimed_by.eq(by), outbox::claimed_until.eq(until.naive_utc())))
    .execute(connection)
    .map(|rows| rows == 1)
}

/// Lets go of the claims of a process that ends, so that another one need not wait for them to run out: how many.
pub fn release(connection: &mut Connection, by: &str) -> QueryResult<usize> {
    // What is settled has no claim: so nothing but what is waiting is looked at.
    diesel::update(
        outbox::table
            .filter(outbox::delivered_at.is_null())
            .filter(outbox::given_up_at.is_null())
            .filter(outbox::claimed_by.eq(by)),
    )
    .set((outbox::claimed_by.eq(None::<String>), outbox::claimed_until.eq(None::<NaiveDateTime>)))
    .execute(connection)
}

/// Lets go of all claims, whoever has them: of processes that are gone, where there can be no other.
pub fn release_all(connection: &mut Connection) -> QueryResult<usize> {
    diesel::update(outbox::table.filter(outbox::claimed_by.is_not_null()))
        .set((outbox::claimed_by.eq(None::<String>), outbox::claimed_until.eq(None::<NaiveDateTime>)))
        .execute(connection)
}

/// Keeps what came of an attempt.
pub fn log(connection: &mut Connection, centre: Centre, letter: EventId, attempt: &Attempt) -> QueryResult<()> {
    diesel::insert_into(outbox_attempts::table)
        .values((
            outbox_attempts::centre.eq(centre.as_str()),
            outbox_attempts::letter.eq(letter.to_string()),
            outbox_attempts::id.eq(EventId::fresh(attempt.at).to_string()),
            outbox_attempts::at.eq(attempt.at.naive_utc()),
            outbox_attempts::outcome.eq(&attempt.outcome),
            outbox_attempts::took_ms.eq(unsigned::<_, i64>("took_ms", attempt.took_ms)?),
        ))
        .execute(connection)
        .map(drop)
}

/// The attempts at a letter, the oldest first, at most `limit`. Walks the primary key.
pub fn attempts(connection: &mut Connection, centre: Centre, letter: EventId, limit: i64) -> QueryResult<Vec<Attempt>> {
    let rows = outbox_attempts::table
        .filter(outbox_attempts::centre.eq(centre.as_str()))
        .filter(outbox_attempts::letter.eq(letter.to_string()))
        .order(outbox_attempts::id.asc())
        .limit(limit)
        .select((outbox_attempts::at, outbox_attempts::outcome, outbox_attempts::took_ms))
        .load::<(NaiveDateTime, String, i64)>(connection)?;
    rows.into_iter()
        .map(|(at, outcome, took)| {
            Ok(Attempt { at: Instant::from_naive_utc(at), outcome, took_ms: unsigned("took_ms", took)? })
        })
        .collect()
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

/// It was not delivered: to be tried again at `next`, or given up at `now` where there is none. False where the claim was
/// lost meanwhile.
pub fn failed(
    connection: &mut Connection,
    centre: Centre,
    id: EventId,
    by: &str,
    outcome: &str,
    next: Option<Instant>,
    now: Instant,
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
        outbox::next_attempt_at.eq(next.unwrap_or(now).naive_utc()),
        outbox::given_up_at.eq(next.is_none().then(|| now.naive_utc())),
        outbox::last_outcome.eq(outcome),
        outbox::claimed_by.eq(None::<String>),
        outbox::claimed_until.eq(None::<NaiveDateTime>),
    ))
    .execute(connection)
    .map(|rows| rows == 1)
}

/// Puts a letter into the box, or one that is there again to be sent anew, whatever came of it.
pub fn put_again(connection: &mut Connection, centre: Centre, letter: &Letter<'_>, now: Instant) -> QueryResult<()> {
    let there = outbox::table
        .filter(outbox::centre.eq(centre.as_str()))
        .filter(outbox::target.eq(letter.target))
        .filter(outbox::ordering_key.eq(letter.ordering_key))
        .filter(outbox::sequence.eq(unsigned::<_, i64>("sequence", letter.sequence)?));
    match diesel::update(there).set(anew!(now)).execute(connection)? {
        0 => put(connection, centre, letter, now),
        _ => Ok(()),
    }
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

/// Sends one letter of a target anew, whatever came of it; false where there is none.
pub fn retry(
    connection: &mut Connection,
    centre: Centre,
    target: &str,
    id: EventId,
    now: Instant,
) -> QueryResult<bool> {
    let one = outbox::table
        .filter(outbox::centre.eq(centre.as_str()))
        .filter(outbox::target.eq(target))
        .filter(outbox::id.eq(id.to_string()));
    diesel::update(one).set(anew!(now)).execute(connection).map(|rows| rows == 1)
}

/// Sends anew whatever of a target was given up; how many. Walks `outbox_unsettled`.
pub fn retry_all(connection: &mut Connection, centre: Centre, target: &str, now: Instant) -> QueryResult<usize> {
    let given_up = outbox::table
        .filter(outbox::centre.eq(centre.as_str()))
        .filter(outbox::target.eq(target))
        .filter(outbox::delivered_at.is_null())
        .filter(outbox::given_up_at.is_not_null());
    diesel::update(given_up).set(anew!(now)).execute(connection)
}

/// Lets nothing of a target wait longer than `now` for its next attempt: the other side is there again.
pub fn hasten(connection: &mut Connection, centre: Centre, target: &str, now: Instant) -> QueryResult<usize> {
    let waiting = outbox::table
        .filter(outbox::centre.eq(centre.as_str()))
        .filter(outbox::target.eq(target))
        .filter(outbox::delivered_at.is_null())
        .filter(outbox::given_up_at.is_null())
        .filter(outbox::next_attempt_at.gt(now.naive_utc()));
    diesel::update(waiting).set(outbox::next_attempt_at.eq(now.naive_utc())).execute(connection)
}

/// Whether more than `many` letters of a target wait. Walks `outbox_due`.
pub fn is_full(connection: &mut Connection, centre: Centre, target: &str, many: i64) -> QueryResult<bool> {
    let one_more = outbox::table
        .filter(outbox::centre.eq(centre.as_str()))
        .filter(outbox::target.eq(target))
        .filter(outbox::delivered_at.is_null())
        .filter(outbox::given_up_at.is_null())
        .order(outbox::next_attempt_at.asc())
        .offset(many)
        .limit(1)
        .select(outbox::id)
        .load::<String>(connection)?;
    Ok(!one_more.is_empty())
}

/// Where a list of letters goes on: when a letter was put into the box, its number, and its id for what has both the same.
pub type Place = (Instant, u64, EventId);

impl Stored {
    pub fn place(&self) -> Place {
        (self.created_at, self.sequence, self.id)
    }
}

/// A page of a target's letters, the newest first, before `older_than`: of what was put into the box together, what happened
/// last is the newest. Walks `outbox_by_target`, or `outbox_unsettled`.
pub fn list(
    connection: &mut Connection,
    centre: Centre,
    target: &str,
    progress: Option<Progress>,
    older_than: Option<Place>,
    limit: i64,
) -> QueryResult<Vec<Stored>> {
    let mut query = outbox::table
        .filter(outbox::centre.eq(centre.to_string()))
        .filter(outbox::target.eq(target.to_owned()))
        .into_boxed::<MultiBackend>();
    if let Some((at, sequence, id)) = older_than {
        let (at, sequence) = (at.naive_utc(), unsigned::<_, i64>("sequence", sequence)?);
        let last = outbox::sequence.eq(sequence).and(outbox::id.lt(id.to_string()));
        let together = outbox::created_at.eq(at).and(outbox::sequence.lt(sequence).or(last));
        query = query.filter(outbox::created_at.le(at)).filter(outbox::created_at.lt(at).or(together));
    }
    query = match progress {
        None => query,
        Some(Progress::Delivered) => query.filter(outbox::delivered_at.is_not_null()),
        Some(Progress::Pending) => query.filter(outbox::delivered_at.is_null()).filter(outbox::given_up_at.is_null()),
        Some(Progress::Failed) => {
            query.filter(outbox::delivered_at.is_null()).filter(outbox::given_up_at.is_not_null())
        }
    };
    let newest = (outbox::created_at.desc(), outbox::sequence.desc(), outbox::id.desc());
    let rows = query.order(newest).limit(limit).select(columns!()).load::<Row>(connection)?;
    rows.into_iter().map(stored).collect()
}

/// One letter of a target.
pub fn find(connection: &mut Connection, centre: Centre, target: &str, id: EventId) -> QueryResult<Option<Stored>> {
    outbox::table
        .filter(outbox::centre.eq(centre.as_str()))
        .filter(outbox::target.eq(target))
        .filter(outbox::id.eq(id.to_string()))
        .select(columns!())
        .get_result::<Row>(connection)
        .optional()?
        .map(stored)
        .transpose()
}

/// Forgets letters of a target that were written before `until`, with their attempts, at most `limit` at a time; those
/// that are unsettled only where `unsettled` says so. How many. Walks `outbox_by_target`.
pub fn forget(
    connection: &mut Connection,
    centre: Centre,
    target: &str,
    until: Instant,
    unsettled: bool,
    limit: i64,
) -> QueryResult<usize> {
    let is_settled = outbox::delivered_at.is_not_null().or(outbox::given_up_at.is_not_null());
    let mut query = outbox::table
        .filter(outbox::centre.eq(centre.to_string()))
        .filter(outbox::target.eq(target.to_owned()))
        .filter(outbox::created_at.lt(until.naive_utc()))
        .into_boxed::<MultiBackend>();
    if !unsettled {
        query = query.filter(is_settled);
    }
    let oldest = (outbox::created_at.asc(), outbox::sequence.asc(), outbox::id.asc());
    let old = query.order(oldest).limit(limit).select(outbox::id).load::<String>(connection)?;
    diesel::delete(
        outbox_attempts::table
            .filter(outbox_attempts::centre.eq(centre.as_str()))
            .filter(outbox_attempts::letter.eq_any(old.clone())),
    )
    .execute(connection)?;
    diesel::delete(outbox::table.filter(outbox::centre.eq(centre.as_str())).filter(outbox::id.eq_any(old)))
        .execute(connection)
}
