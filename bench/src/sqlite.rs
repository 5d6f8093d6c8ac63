//! The ceiling of writes on SQLite: the same statements with rows of the same sizes, in a copy of the same database,
//! through the same driver with the same settings (but each commit syncs by itself, and checkpoints are as SQLite makes
//! them), one connection, one commit each, no HTTP.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use diesel::{
    Connection as _, SqliteConnection,
    connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager as _},
    prelude::*,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{BigInt, Text},
    sqlite::Sqlite,
};

use crate::{
    Outcome,
    calls::Measure,
    load::Dice,
    rows::{Case, Event, Party, Remembered, cases, events, idempotency, item_versions, parties},
};

const SETTINGS: &str = "PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
     PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4000; \
     PRAGMA recursive_triggers = ON;";
const OLDER_THAN_ANY: &str = "00000000-0000-7000-8000-";

/// A copy of the database, with a row of each kind to write more of.
pub struct Ceiling {
    connection: SqliteConnection,
    dice: Dice,
    serial: u64,
    ids: Vec<String>,
    case: Case,
    party: Party,
    received: Event,
    checked: Event,
    answers: [Remembered; 2],
}

impl Ceiling {
    /// `database` is the copy, of a server that was stopped.
    pub fn new(database: &Path) -> Outcome<Self> {
        let mut connection = SqliteConnection::establish(&database.to_string_lossy())?;
        connection.batch_execute(SETTINGS)?;
        let answered = |status: i32| idempotency::table.filter(idempotency::status.eq(status)).limit(1);
        Ok(Self {
            dice: Dice::new(1),
            serial: 0,
            ids: cases::table.select(cases::id).load(&mut connection)?,
            case: cases::table.first(&mut connection)?,
            party: parties::table.first(&mut connection)?,
            received: events::table.filter(events::kind.eq("received")).first(&mut connection)?,
            checked: events::table.filter(events::kind.eq("scope_checked")).first(&mut connection)?,
            answers: [answered(201).first(&mut connection)?, answered(200).first(&mut connection)?],
            connection,
        })
    }

    /// Commits a second, of a measure that writes.
    pub fn per_second(&mut self, measure: Measure, length: Duration) -> Outcome<f64> {
        let began = Instant::now();
        let mut commits = 0_u32;
        while began.elapsed() < length {
            AnsiTransactionManager::begin_transaction_sql(&mut self.connection, "BEGIN IMMEDIATE")?;
            self.serial += 1;
            match measure {
                Measure::Create => self.create()?,
                Measure::TransitionWithKey => {
                    self.recall(1)?;
                    self.transition()?;
                    self.remember(1)?;
                }
                _ => self.transition()?,
            }
            AnsiTransactionManager::commit_transaction(&mut self.connection)?;
            commits += 1;
        }
        Ok(f64::from(commits) / began.elapsed().as_secs_f64())
    }

    fn transition(&mut self) -> QueryResult<()> {
        let id = &self.ids[self.dice.roll(self.ids.len())];
        let centre = &self.case.centre;
        let (body, head, _, _, version) = cases::table
            .inner_join(parties::table.on(parties::centre.eq(cases::centre).and(parties::id.eq(cases::applicant))))
            .filter(cases::centre.eq(centre))
            .filter(cases::id.eq(id))
            .select((cases::body, cases::head, parties::kind, parties::name, cases::version))
            .first::<(String, String, String, String, i64)>(&mut self.connection)?;
        let moved = Move { centre, id, seen: version, head: &head, body: &body }.execute(&mut self.connection)?;
        if moved != 1 {
            return Err(diesel::result::Error::NotFound);
        }
        let event = Event {
            stream: id.clone(),
            version: version + 1,
            id: format!("{OLDER_THAN_ANY}{:012}", self.serial),
            ..self.checked.clone()
        };
        self.record(event)
    }

    fn create(&mut self) -> QueryResult<()> {
        self.recall(0)?;
        let serial = self.serial;
        // Ids rise with time, so new rows go to the end of every index, as they do in the server.
        let id = format!("ffffffff-ffff-7fff-8fff-{serial:012}");
        let party = Party { id: id.clone(), document_digest: format!("{serial:064}"), ..self.party.clone() };
        let case = Case {
            id: id.clone(),
            applicant: id.clone(),
            number: format!("33108199999999{serial:012}"),
            external_number: Some(format!("more-{serial:012}")),
            ..self.case.clone()
        };
        let event = Event { stream: id.clone(), version: 1, id, ..self.received.clone() };
        item_versions::table
            .filter(item_versions::centre.eq(&case.centre))
            .filter(item_versions::item.eq(&case.item))
            .order(item_versions::version.desc())
            .select(item_versions::body)
            .load::<String>(&mut self.connection)?;
        cases::table
            .filter(cases::centre.eq(&case.centre))
            .filter(cases::client.eq(&case.client))
            .filter(cases::external_number.eq(&case.external_number))
            .select(cases::id)
            .first::<String>(&mut self.connection)
            .optional()?;
        parties::table
            .filter(parties::centre.eq(&party.centre))
            .filter(parties::document_kind.eq(&party.document_kind))
            .filter(parties::document_digest.eq(&party.document_digest))
            .select(parties::id)
            .first::<String>(&mut self.connection)
            .optional()?;
        diesel::insert_into(parties::table).values(party).execute(&mut self.connection)?;
        self.record(event)?;
        diesel::insert_into(cases::table).values(case).execute(&mut self.connection)?;
        self.remember(0)
    }

    fn record(&mut self, event: Event) -> QueryResult<()> {
        let newest = events::table.filter(events::centre.eq(&event.centre)).order(events::seq.desc());
        let newest = newest.select(events::seq).first::<Option<i64>>(&mut self.connection)?;
        let event = Event { seq: newest.map(|seq| seq + 1), ..event };
        diesel::insert_into(events::table).values(event).execute(&mut self.connection).map(drop)
    }

    fn recall(&mut self, answer: usize) -> QueryResult<()> {
        let answer = &self.answers[answer];
        idempotency::table
            .filter(idempotency::centre.eq(&answer.centre))
            .filter(idempotency::caller.eq(&answer.caller))
            .filter(idempotency::key.eq(format!("more-{:012}", self.serial)))
            .select((
                idempotency::fingerprint,
                idempotency::status,
                idempotency::etag,
                idempotency::location,
                idempotency::body,
            ))
            .first::<(String, i32, Option<String>, Option<String>, String)>(&mut self.connection)
            .optional()
            .map(drop)
    }

    fn remember(&mut self, answer: usize) -> QueryResult<()> {
        let answer = Remembered { key: format!("more-{:012}", self.serial), ..self.answers[answer].clone() };
        diesel::insert_into(idempotency::table).values(answer).execute(&mut self.connection).map(drop)
    }
}

/// The compare-and-set of a case of which only the body changes. Prepared once, as the server has it; Diesel's own `update`
/// never is.
struct Move<'a> {
    centre: &'a str,
    id: &'a str,
    seen: i64,
    head: &'a str,
    body: &'a str,
}

impl QueryFragment<Sqlite> for Move<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("UPDATE cases SET version = 1 + ");
        out.push_bind_param::<BigInt, _>(&self.seen)?;
        for (place, text) in [(", head = ", self.head), (", body = ", self.body)] {
            out.push_sql(place);
            out.push_bind_param::<Text, str>(text)?;
        }
        for (place, text) in [(" WHERE centre = ", self.centre), (" AND id = ", self.id)] {
            out.push_sql(place);
            out.push_bind_param::<Text, str>(text)?;
        }
        out.push_sql(" AND version = ");
        out.push_bind_param::<BigInt, _>(&self.seen)
    }
}

impl QueryId for Move<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<SqliteConnection> for Move<'_> {}
