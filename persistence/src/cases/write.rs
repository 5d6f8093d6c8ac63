//! Writing a case: the aggregate, its index columns and its record, in one go.

use casework::{Case, Recorded};
use chrono::NaiveDate;
use diesel::prelude::*;
use kernel::{Calendar, Instant, StaffCode, ledger::Thresholds};

use super::Loaded;
use crate::{
    chain::Digest,
    connection::Connection,
    decode::{damaged, to_json, unsigned},
    moving::{Columns, Move, MoveAndRecord},
    per_backend, ratings, record,
    schema::cases,
};

/// The index columns that follow from the ledger of the case: rebuilt on every write, never a truth of their own.
struct Index {
    accepted_on: Option<NaiveDate>,
    due_on: Option<NaiveDate>,
    amber_on: Option<NaiveDate>,
    decided_on: Option<NaiveDate>,
}

impl Index {
    fn of(case: &Case, calendar: &Calendar, thresholds: &Thresholds, today: NaiveDate) -> Self {
        let binding = case.binding(calendar, today);
        Self {
            accepted_on: case.clocks.statutory.as_ref().map(|ledger| ledger.start),
            due_on: binding.map(|ledger| ledger.due(calendar, today).date),
            amber_on: binding.map(|ledger| ledger.amber_from(calendar, today, thresholds)),
            decided_on: case.clocks.delivery.as_ref().map(|ledger| ledger.start),
        }
    }
}

/// What writing a case needs to know besides the case.
#[derive(Clone, Copy, Debug)]
pub struct Clockwork<'a> {
    pub calendar: &'a Calendar,
    pub thresholds: &'a Thresholds,
    pub today: NaiveDate,
    /// When the case must be looked at again without anybody asking; None where nothing runs.
    pub wake_at: Option<Instant>,
}

/// Stores a new case and its first events; the application for a package (服务套餐) that it is part of is stored before.
pub fn insert(
    connection: &mut Connection,
    case: &Case,
    events: &[Recorded],
    clockwork: Clockwork<'_>,
) -> QueryResult<Digest> {
    let head = record::append(connection, case.centre, &case.id.to_string(), Digest::NONE, events)?;
    let index = Index::of(case, clockwork.calendar, clockwork.thresholds, clockwork.today);
    let row = diesel::insert_into(cases::table).values((
        (
            cases::centre.eq(case.centre.as_str()),
            cases::id.eq(case.id.to_string()),
            cases::number.eq(case.number.as_str()),
            cases::version.eq(unsigned::<_, i64>("version", case.version)?),
            cases::stage.eq(<&str>::from(case.stage)),
            cases::item.eq(case.item.code.as_str()),
            cases::item_version.eq(unsigned::<_, i32>("item version", case.item.version)?),
            cases::channel.eq(<&str>::from(case.channel)),
            cases::applicant.eq(case.applicant.to_string()),
            cases::window_code.eq(case.window.as_str()),
            cases::department.eq(case.routing.department.as_str()),
        ),
        (
            cases::holder.eq(case.routing.holder().map(StaffCode::as_str)),
            cases::client.eq(case.client.as_ref().map(StaffCode::as_str)),
            cases::external_number.eq(case.external_number.as_deref()),
            cases::received_at.eq(case.received_at.naive_utc()),
            cases::accepted_on.eq(index.accepted_on),
            cases::due_on.eq(index.due_on),
            cases::amber_on.eq(index.amber_on),
            cases::decided_on.eq(index.decided_on),
            cases::ended_at.eq(case.ended_at.map(Instant::naive_utc)),
            cases::head.eq(head.to_string()),
            cases::body.eq(to_json(case)?),
            cases::wake_at.eq(clockwork.wake_at.map(Instant::naive_utc)),
            cases::package.eq(case.package.map(|id| id.to_string())),
        ),
    ));
    per_backend!(connection, |c| row.execute(c))?;
    Ok(head)
}

/// What came of a guarded update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// Done; the digest of the newest event.
    Done(Digest),
    /// Somebody else was faster: the row no longer has the version that was read.
    Stale,
}

/// Moves a case by compare-and-set on the version it was read at, and only then puts the events on the record.
pub fn save(
    connection: &mut Connection,
    before: &Loaded,
    case: &Case,
    events: &[Recorded],
    clockwork: Clockwork<'_>,
) -> QueryResult<Saved> {
    let stream = case.id.to_string();
    let mut links = record::links(case.centre, &stream, before.head, events)?;
    let head = links.last().map_or(before.head, |(_, digest)| *digest);
    // Without an event of the case's own it is the calendar, or the day, that has changed.
    let calendar_stays = events.iter().any(|recorded| recorded.event.is_its_own());
    let columns_stay = calendar_stays && shown_alike(&before.case, case) && before.wake_at == clockwork.wake_at;
    let moving = Move {
        centre: case.centre.as_str(),
        id: &stream,
        seen: unsigned("version", before.case.version)?,
        version: unsigned("version", case.version)?,
        columns: (!columns_stay).then(|| columns(case, clockwork)),
        head: head.to_string(),
        body: to_json(case)?,
    };
    let moved = match connection {
        Connection::Sqlite(c) => moving.execute(c)?,
        Connection::Postgres(c) => match links.pop() {
            // The usual case: one event, and so one round trip.
            Some((link, _)) if links.is_empty() => MoveAndRecord { moving, link }.execute(c)?,
            last => {
                links.extend(last);
                moving.execute(c)?
            }
        },
    };
    match moved {
        1 => {
            record::insert(connection, links)?;
            ratings::insert(connection, case, events)?;
            Ok(Saved::Done(head))
        }
        _ => Ok(Saved::Stale),
    }
}

fn columns<'a>(case: &'a Case, clockwork: Clockwork<'_>) -> Columns<'a> {
    let index = Index::of(case, clockwork.calendar, clockwork.thresholds, clockwork.today);
    Columns {
        stage: case.stage.into(),
        department: case.routing.department.as_str(),
        holder: case.routing.holder().map(StaffCode::as_str),
        accepted_on: index.accepted_on,
        due_on: index.due_on,
        amber_on: index.amber_on,
        decided_on: index.decided_on,
        ended_at: case.ended_at.map(Instant::naive_utc),
        wake_at: clockwork.wake_at.map(Instant::naive_utc),
        returned_at: case.responsibility.returned_at().map(Instant::naive_utc),
    }
}

/// Whether every column that lists filter and order by stays what it is: nothing they come from has changed.
fn shown_alike(before: &Case, after: &Case) -> bool {
    before.stage == after.stage
        && before.routing.department == after.routing.department
        && before.routing.holder() == after.routing.holder()
        && before.clocks == after.clocks
        && before.ended_at == after.ended_at
        && before.responsibility.returned_at() == after.responsibility.returned_at()
        && before.intake.condition_has_come() == after.intake.condition_has_come()
}

/// Whether the index columns agree with the ledger; a stored due date is only for finding.
pub fn index_agrees(connection: &mut Connection, case: &Case, clockwork: Clockwork<'_>) -> QueryResult<bool> {
    let stored = cases::table
        .filter(cases::centre.eq(case.centre.as_str()))
        .filter(cases::id.eq(case.id.to_string()))
        .select((cases::accepted_on, cases::due_on, cases::amber_on, cases::decided_on))
        .get_result::<(Option<NaiveDate>, Option<NaiveDate>, Option<NaiveDate>, Option<NaiveDate>)>(connection)
        .optional()?
        .ok_or_else(|| damaged("case", "missing"))?;
    let index = Index::of(case, clockwork.calendar, clockwork.thresholds, clockwork.today);
    Ok(stored == (index.accepted_on, index.due_on, index.amber_on, index.decided_on))
}
