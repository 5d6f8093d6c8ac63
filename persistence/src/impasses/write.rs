//! Writing an impasse: the aggregate, its index columns, its record, and the applicant's answer that a close-out needs.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use escalation::{Event, Impasse, Recorded, State};
use kernel::{DepartmentCode, Instant};

use super::Loaded;
use crate::{
    cases::{Clockwork, Saved},
    chain::Digest,
    connection::Connection,
    decode::{to_json, unsigned},
    per_backend, record,
    schema::{impasse_answers, impasse_parts, impasses},
};

/// The columns that change with it, rebuilt from the aggregate on every write.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = impasses, treat_none_as_null = true)]
struct Columns {
    number: Option<String>,
    version: i64,
    state: &'static str,
    level: Option<&'static str>,
    filed_at: Option<NaiveDateTime>,
    due_on: Option<NaiveDate>,
    amber_on: Option<NaiveDate>,
    wake_at: Option<NaiveDateTime>,
    closed_at: Option<NaiveDateTime>,
    close_round: Option<i32>,
    close_satisfied: Option<bool>,
    rounds: i32,
    supervision_pending: bool,
    returned: bool,
    head: String,
    body: String,
}

impl Columns {
    fn of(impasse: &Impasse, head: Digest, clockwork: &Clockwork<'_>) -> QueryResult<Self> {
        let Clockwork { calendar, thresholds, today, wake_at } = clockwork;
        let pressing = impasse.running().map(|(ledger, _)| ledger);
        let pressing = pressing.min_by_key(|ledger| ledger.due(calendar, *today).date);
        let closed = impasse.state == State::ClosedOut;
        let rounds = unsigned("rounds", impasse.rounds.len())?;
        Ok(Self {
            number: impasse.filing.as_ref().map(|filing| filing.number.to_string()),
            version: unsigned("version", impasse.version)?,
            state: impasse.state.into(),
            level: impasse.level.map(Into::into),
            filed_at: impasse.filing.as_ref().map(|filing| filing.at.naive_utc()),
            due_on: pressing.map(|ledger| ledger.due(calendar, *today).date),
            amber_on: pressing.map(|ledger| ledger.amber_from(calendar, *today, thresholds)),
            wake_at: wake_at.map(Instant::naive_utc),
            closed_at: impasse.closed_at.map(Instant::naive_utc),
            close_round: closed.then_some(rounds),
            close_satisfied: closed.then_some(true),
            rounds,
            supervision_pending: impasse.awaits_supervision(),
            returned: impasse.is_returned(),
            head: head.to_string(),
            body: to_json(impasse)?,
        })
    }
}

/// Stores a new impasse and its first events.
pub fn insert(
    connection: &mut Connection,
    impasse: &Impasse,
    events: &[Recorded],
    clockwork: Clockwork<'_>,
) -> QueryResult<Digest> {
    let head = record::append(connection, impasse.centre, &impasse.id.to_string(), Digest::NONE, events)?;
    diesel::insert_into(impasses::table)
        .values((
            (
                impasses::centre.eq(impasse.centre.as_str()),
                impasses::id.eq(impasse.id.to_string()),
                impasses::category.eq(<&str>::from(impasse.category.kind())),
                impasses::channel.eq(<&str>::from(impasse.channel)),
                impasses::window_code.eq(impasse.window.as_str()),
                impasses::fallback.eq(impasse.fallback.as_str()),
                impasses::applicant.eq(impasse.applicant.to_string()),
                impasses::client.eq(impasse.client.as_ref().map(ToString::to_string)),
                impasses::external_number.eq(impasse.external_number.as_deref()),
                impasses::failed_case.eq(impasse.failed_case.map(|case| case.to_string())),
                impasses::subject.eq(impasse.subject.as_str()),
                impasses::registered_at.eq(impasse.registered_at.naive_utc()),
            ),
            Columns::of(impasse, head, &clockwork)?,
        ))
        .execute(connection)?;
    put_parts(connection, impasse, &clockwork)?;
    Ok(head)
}

/// Moves an impasse by compare-and-set on the version it was read at, and only then puts the events on the record.
pub fn save(
    connection: &mut Connection,
    before: &Loaded,
    impasse: &Impasse,
    events: &[Recorded],
    clockwork: Clockwork<'_>,
) -> QueryResult<Saved> {
    let stream = impasse.id.to_string();
    let links = record::links(impasse.centre, &stream, before.head, events)?;
    let head = links.last().map_or(before.head, |(_, digest)| *digest);
    put_answers(connection, before, events)?;
    let row = impasses::table
        .filter(impasses::centre.eq(impasse.centre.as_str()))
        .filter(impasses::id.eq(&stream))
        .filter(impasses::version.eq(unsigned::<_, i64>("version", before.impasse.version)?));
    match diesel::update(row).set(Columns::of(impasse, head, &clockwork)?).execute(connection)? {
        1 => {
            record::insert(connection, links)?;
            put_parts(connection, impasse, &clockwork)?;
            Ok(Saved::Done(head))
        }
        _ => Ok(Saved::Stale),
    }
}

/// 满意度, before the row that may refer to it. Each round has one answer at most; whoever comes second finds the row
/// moved as well, and is refused by that.
fn put_answers(connection: &mut Connection, before: &Loaded, events: &[Recorded]) -> QueryResult<()> {
    let mut round = before.impasse.rounds.len();
    for recorded in events {
        match &recorded.event {
            Event::SatisfactionRecorded(said) => {
                let answer = (
                    impasse_answers::centre.eq(before.impasse.centre.as_str()),
                    impasse_answers::impasse.eq(before.impasse.id.to_string()),
                    impasse_answers::round.eq(unsigned::<_, i32>("round", round)?),
                    impasse_answers::applicant.eq(before.impasse.applicant.to_string()),
                    impasse_answers::responded.eq(said.responded),
                    impasse_answers::solved.eq(said.solved),
                    impasse_answers::satisfied.eq(said.satisfied),
                    impasse_answers::source.eq(said.source.name()),
                    impasse_answers::at.eq(said.at.naive_utc()),
                );
                per_backend!(connection, |c| diesel::insert_into(impasse_answers::table)
                    .values(answer)
                    .on_conflict_do_nothing()
                    .execute(c))?;
            }
            Event::RoundBegun { .. } => round += 1,
            _ => {}
        }
    }
    Ok(())
}

/// 承办、协办部门 and whoever referred it: open while an order of theirs is.
fn put_parts(connection: &mut Connection, impasse: &Impasse, clockwork: &Clockwork<'_>) -> QueryResult<()> {
    let (centre, id) = (impasse.centre.as_str(), impasse.id.to_string());
    let mut departments: Vec<&DepartmentCode> = impasse.whereabouts().participants;
    departments.sort_unstable();
    departments.dedup();
    if departments.is_empty() {
        return Ok(());
    }
    let old = impasse_parts::table.filter(impasse_parts::centre.eq(centre)).filter(impasse_parts::impasse.eq(&id));
    diesel::delete(old).execute(connection)?;
    for department in departments {
        let open = impasse.open_orders().filter(|order| order.departments().any(|other| other == department));
        let due = open.map(|order| order.limit.due(clockwork.calendar, clockwork.today).date).min();
        diesel::insert_into(impasse_parts::table)
            .values((
                impasse_parts::centre.eq(centre),
                impasse_parts::department.eq(department.as_str()),
                impasse_parts::impasse.eq(&id),
                impasse_parts::open.eq(due.is_some()),
                impasse_parts::due_on.eq(due),
            ))
            .execute(connection)?;
    }
    Ok(())
}
