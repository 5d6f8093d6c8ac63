//! 消息: what the hotline delivered, numbered by itself, and how far each order has come with it.

use chrono::NaiveDateTime;
use diesel::{
    dsl::{count_star, min, sql},
    expression::SqlLiteral,
    prelude::*,
    sql_types::Bool,
};
use escalation::hotline::{ExternalNo, Line, Message, MessageKind};
use kernel::{Centre, Instant, StaffCode};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::{
    connection::{Connection, MultiBackend},
    decode::{from_json, parse, to_json, unsigned},
    schema::{hotline_deliveries, hotline_lines},
};

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum DeliveryState {
    /// 暂存: the gap before it is not filled.
    Held,
    Applied,
    /// 规则不允许. It has had its turn all the same.
    Refused,
}

/// An answer as it was given, to be given again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    pub status: u16,
    pub body: String,
}

#[derive(Clone, Debug)]
pub struct Delivery {
    pub sequence: u64,
    pub kind: MessageKind,
    pub state: DeliveryState,
    /// Keyed digest of what the body says.
    pub digest: String,
    pub received_at: Instant,
    pub settled_at: Option<Instant>,
    pub message: Message,
    pub answer: Option<Given>,
}

/// Whose message, of which order.
pub type Key<'a> = (Centre, &'a StaffCode, &'a ExternalNo);

/// How far an order has come, with the revision to move it from; 0 where nothing was ever dealt with.
#[derive(Clone, Copy, Debug)]
pub struct Position {
    pub line: Line,
    revision: i64,
}

pub fn position(connection: &mut Connection, (centre, hotline, number): Key<'_>) -> QueryResult<Position> {
    let row = hotline_lines::table
        .filter(hotline_lines::centre.eq(centre.as_str()))
        .filter(hotline_lines::hotline.eq(hotline.as_str()))
        .filter(hotline_lines::external_no.eq(number.as_str()))
        .select((hotline_lines::revision, hotline_lines::done))
        .get_result::<(i64, i64)>(connection)
        .optional()?;
    let (revision, done) = row.unwrap_or_default();
    Ok(Position { line: Line { done: unsigned("line", done)? }, revision })
}

/// Moves a line on by compare-and-set, whether or not its number changes: of two processes that deal with messages of
/// one order at the same time one must begin anew. False where this one must. A first row that has appeared meanwhile
/// is a taken key.
pub fn advance(
    connection: &mut Connection,
    (centre, hotline, number): Key<'_>,
    from: Position,
    to: Line,
) -> QueryResult<bool> {
    let done = unsigned::<_, i64>("line", to.done)?;
    if from.revision == 0 {
        let row = (
            hotline_lines::centre.eq(centre.as_str()),
            hotline_lines::hotline.eq(hotline.as_str()),
            hotline_lines::external_no.eq(number.as_str()),
            hotline_lines::revision.eq(1),
            hotline_lines::done.eq(done),
        );
        return diesel::insert_into(hotline_lines::table).values(row).execute(connection).map(|rows| rows == 1);
    }
    diesel::update(
        hotline_lines::table
            .filter(hotline_lines::centre.eq(centre.as_str()))
            .filter(hotline_lines::hotline.eq(hotline.as_str()))
            .filter(hotline_lines::external_no.eq(number.as_str()))
            .filter(hotline_lines::revision.eq(from.revision)),
    )
    .set((hotline_lines::revision.eq(from.revision + 1), hotline_lines::done.eq(done)))
    .execute(connection)
    .map(|rows| rows == 1)
}

/// Keeps a delivery as held.
pub fn insert(
    connection: &mut Connection,
    (centre, hotline, number): Key<'_>,
    (sequence, digest): (u64, &str),
    message: &Message,
    now: Instant,
) -> QueryResult<()> {
    diesel::insert_into(hotline_deliveries::table)
        .values((
            hotline_deliveries::centre.eq(centre.as_str()),
            hotline_deliveries::hotline.eq(hotline.as_str()),
            hotline_deliveries::external_no.eq(number.as_str()),
            hotline_deliveries::sequence.eq(unsigned::<_, i64>("sequence", sequence)?),
            hotline_deliveries::kind.eq(<&str>::from(message.kind())),
            hotline_deliveries::state.eq(<&str>::from(DeliveryState::Held)),
            hotline_deliveries::digest.eq(digest),
            hotline_deliveries::received_at.eq(now.naive_utc()),
            hotline_deliveries::body.eq(to_json(message)?),
        ))
        .execute(connection)
        .map(drop)
}

/// Says what became of a delivery that was held until now.
pub fn settle(
    connection: &mut Connection,
    (centre, hotline, number): Key<'_>,
    sequence: u64,
    (state, answer): (DeliveryState, &Given),
    now: Instant,
) -> QueryResult<bool> {
    diesel::update(
        hotline_deliveries::table
            .filter(hotline_deliveries::centre.eq(centre.as_str()))
            .filter(hotline_deliveries::hotline.eq(hotline.as_str()))
            .filter(hotline_deliveries::external_no.eq(number.as_str()))
            .filter(hotline_deliveries::sequence.eq(unsigned::<_, i64>("sequence", sequence)?))
            .filter(hotline_deliveries::state.eq(<&str>::from(DeliveryState::Held))),
    )
    .set((
        hotline_deliveries::state.eq(<&str>::from(state)),
        hotline_deliveries::settled_at.eq(now.naive_utc()),
        hotline_deliveries::status.eq(i32::from(answer.status)),
        hotline_deliveries::answer.eq(&answer.body),
    ))
    .execute(connection)
    .map(|rows| rows == 1)
}

type Row = (i64, String, String, String, NaiveDateTime, Option<NaiveDateTime>, String, Option<i32>, Option<String>);

fn delivery(row: Row) -> QueryResult<Delivery> {
    let (sequence, kind, state, digest, received_at, settled_at, body, status, answer) = row;
    let given = |(status, body)| Ok::<_, diesel::result::Error>(Given { status: unsigned("status", status)?, body });
    Ok(Delivery {
        sequence: unsigned("sequence", sequence)?,
        kind: parse("message kind", &kind)?,
        state: parse("delivery state", &state)?,
        digest,
        received_at: Instant::from_naive_utc(received_at),
        settled_at: settled_at.map(Instant::from_naive_utc),
        message: from_json("message", &body)?,
        answer: status.zip(answer).map(given).transpose()?,
    })
}

macro_rules! columns {
    () => {
        (
            hotline_deliveries::sequence,
            hotline_deliveries::kind,
            hotline_deliveries::state,
            hotline_deliveries::digest,
            hotline_deliveries::received_at,
            hotline_deliveries::settled_at,
            hotline_deliveries::body,
            hotline_deliveries::status,
            hotline_deliveries::answer,
        )
    };
}

pub fn get(
    connection: &mut Connection,
    (centre, hotline, number): Key<'_>,
    sequence: u64,
) -> QueryResult<Option<Delivery>> {
    hotline_deliveries::table
        .filter(hotline_deliveries::centre.eq(centre.as_str()))
        .filter(hotline_deliveries::hotline.eq(hotline.as_str()))
        .filter(hotline_deliveries::external_no.eq(number.as_str()))
        .filter(hotline_deliveries::sequence.eq(unsigned::<_, i64>("sequence", sequence)?))
        .select(columns!())
        .get_result::<Row>(connection)
        .optional()?
        .map(delivery)
        .transpose()
}

/// A page of an order's deliveries in the hotline's order, after a number. Walks the primary key.
pub fn list(
    connection: &mut Connection,
    (centre, hotline, number): Key<'_>,
    after: u64,
    limit: i64,
) -> QueryResult<Vec<Delivery>> {
    hotline_deliveries::table
        .filter(hotline_deliveries::centre.eq(centre.as_str()))
        .filter(hotline_deliveries::hotline.eq(hotline.as_str()))
        .filter(hotline_deliveries::external_no.eq(number.as_str()))
        .filter(hotline_deliveries::sequence.gt(unsigned::<_, i64>("sequence", after)?))
        .order(hotline_deliveries::sequence.asc())
        .limit(limit)
        .select(columns!())
        .load::<Row>(connection)?
        .into_iter()
        .map(delivery)
        .collect()
}

/// The first message of an order that is held, if one is. Walks `hotline_deliveries_held`.
pub fn first_held(connection: &mut Connection, (centre, hotline, number): Key<'_>) -> QueryResult<Option<u64>> {
    let first = hotline_deliveries::table
        .filter(hotline_deliveries::centre.eq(centre.as_str()))
        .filter(hotline_deliveries::hotline.eq(hotline.as_str()))
        .filter(hotline_deliveries::external_no.eq(number.as_str()))
        .filter(is_held())
        .order(hotline_deliveries::sequence.asc())
        .limit(1)
        .select(hotline_deliveries::sequence)
        .get_result::<i64>(connection)
        .optional()?;
    first.map(|sequence| unsigned("sequence", sequence)).transpose()
}

/// As the partial index has it: a value that is bound would not be known to be this one.
fn is_held() -> SqlLiteral<Bool> {
    sql("hotline_deliveries.state = 'held'")
}

/// 暂存: how much of a hotline's waits for a number before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub messages: u64,
    /// When the oldest of it came in.
    pub since: Option<Instant>,
}

/// Walks `hotline_deliveries_held`.
pub fn held(connection: &mut Connection, centre: Centre, hotline: &StaffCode) -> QueryResult<Held> {
    let (many, since) = hotline_deliveries::table
        .filter(hotline_deliveries::centre.eq(centre.as_str()))
        .filter(hotline_deliveries::hotline.eq(hotline.as_str()))
        .filter(is_held())
        .select((count_star(), min(hotline_deliveries::received_at)))
        .get_result::<(i64, Option<NaiveDateTime>)>(connection)?;
    Ok(Held { messages: unsigned("messages", many)?, since: since.map(Instant::from_naive_utc) })
}

/// A page of what is held of a hotline, with the number of its order: by that and in order, after a place. Walks
/// `hotline_deliveries_held`.
pub fn list_held(
    connection: &mut Connection,
    centre: Centre,
    hotline: &StaffCode,
    after: Option<(String, u64)>,
    limit: i64,
) -> QueryResult<Vec<(String, Delivery)>> {
    let mut query = hotline_deliveries::table
        .into_boxed::<MultiBackend>()
        .filter(hotline_deliveries::centre.eq(centre.to_string()))
        .filter(hotline_deliveries::hotline.eq(hotline.to_string()))
        .filter(is_held());
    if let Some((number, sequence)) = after {
        let sequence = unsigned::<_, i64>("sequence", sequence)?;
        query = query.filter(
            hotline_deliveries::external_no
                .gt(number.clone())
                .or(hotline_deliveries::external_no.eq(number).and(hotline_deliveries::sequence.gt(sequence))),
        );
    }
    query
        .order((hotline_deliveries::external_no.asc(), hotline_deliveries::sequence.asc()))
        .limit(limit)
        .select((hotline_deliveries::external_no, columns!()))
        .load::<(String, Row)>(connection)?
        .into_iter()
        .map(|(number, row)| Ok((number, delivery(row)?)))
        .collect()
}
