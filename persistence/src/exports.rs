//! 数据交换 as rows: batches and how far each is, and what each receiver has been told.

use casework::Recorded;
use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use exchange::{Change, Format, Known, Operation, Table};
use kernel::{CaseId, Centre, EventId, Instant, StaffCode, Text, access::Signature};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Tx,
    connection::{Connection, MultiBackend},
    decode::{from_json, parse, parse_some, to_json, unsigned},
    record,
    schema::{exchange_rows, export_parts, export_sendings, exports},
};

/// 交换批次
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    pub id: Uuid,
    pub receiver: StaffCode,
    /// From 1 for each receiver, and higher with each batch.
    pub version: u64,
    pub format: Format,
    /// Whether personal data goes out as it is.
    pub unmasked: bool,
    /// The days on which something happened to the cases that are looked at, both included.
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub ordered_by: Signature,
    pub started_at: Instant,
    /// The last case that was looked at.
    pub cursor: Option<CaseId>,
    /// How many cases were looked at, and to how many of them something happened in the period.
    pub examined: u64,
    pub matched: u64,
    /// One of each table that was asked for.
    pub files: Vec<File>,
    pub finished_at: Option<Instant>,
}

/// 批次文件: one of each table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    pub table: Table,
    pub inserted: u64,
    pub updated: u64,
    pub deleted: u64,
    /// Once the batch is finished.
    pub stored: Option<Stored>,
}

/// What is known of a file once it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    pub bytes: u64,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
}

/// 重发: a batch was handed over again as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    pub reason: Text<200>,
    pub by: Signature,
    pub at: Instant,
}

impl File {
    pub fn of(table: Table) -> Self {
        Self { table, inserted: 0, updated: 0, deleted: 0, stored: None }
    }

    pub fn rows(&self) -> u64 {
        self.inserted + self.updated + self.deleted
    }

    pub fn count(&mut self, operation: Operation) {
        let of = match operation {
            Operation::Insert => &mut self.inserted,
            Operation::Update => &mut self.updated,
            Operation::Delete => &mut self.deleted,
        };
        *of += 1;
    }
}

impl Export {
    /// 批次号: at most 32 characters.
    pub fn batch(&self) -> String {
        self.id.simple().to_string()
    }

    pub fn tables(&self) -> Vec<Table> {
        self.files.iter().map(|file| file.table).collect()
    }

    /// The name of a table's file.
    pub fn name(&self, table: Table) -> String {
        format!("{table}.{}", self.format)
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = exports)]
struct Row {
    id: String,
    receiver: String,
    version: i64,
    format: String,
    unmasked: bool,
    from_day: NaiveDate,
    to_day: NaiveDate,
    actor_role: String,
    actor: String,
    started_at: NaiveDateTime,
    cursor: Option<String>,
    examined: i64,
    matched: i64,
    files: String,
    finished_at: Option<NaiveDateTime>,
}

impl Row {
    fn export(self) -> QueryResult<Export> {
        Ok(Export {
            id: parse("export id", &self.id)?,
            receiver: parse("receiver", &self.receiver)?,
            version: unsigned("version", self.version)?,
            format: parse("format", &self.format)?,
            unmasked: self.unmasked,
            from: self.from_day,
            to: self.to_day,
            ordered_by: Signature { role: parse("role", &self.actor_role)?, code: self.actor, through: None },
            started_at: Instant::from_naive_utc(self.started_at),
            cursor: parse_some("case id", self.cursor.as_deref())?,
            examined: unsigned("examined", self.examined)?,
            matched: unsigned("matched", self.matched)?,
            files: from_json("export files", &self.files)?,
            finished_at: self.finished_at.map(Instant::from_naive_utc),
        })
    }
}

/// The version that a receiver's next batch has.
pub fn next_version(connection: &mut Connection, centre: Centre, receiver: &StaffCode) -> QueryResult<u64> {
    let last = exports::table
        .filter(exports::centre.eq(centre.as_str()))
        .filter(exports::receiver.eq(receiver.as_str()))
        .order(exports::version.desc())
        .select(exports::version)
        .first::<i64>(connection)
        .optional()?;
    unsigned("version", last.unwrap_or_default() + 1)
}

/// Puts a batch on the list of what is to be done; a version that is taken is a taken key.
pub fn begin(connection: &mut Connection, centre: Centre, export: &Export) -> QueryResult<()> {
    diesel::insert_into(exports::table)
        .values((
            exports::centre.eq(centre.as_str()),
            exports::id.eq(export.id.to_string()),
            exports::receiver.eq(export.receiver.as_str()),
            exports::version.eq(unsigned::<_, i64>("version", export.version)?),
            exports::format.eq(<&str>::from(export.format)),
            exports::unmasked.eq(export.unmasked),
            exports::from_day.eq(export.from),
            exports::to_day.eq(export.to),
            exports::actor_role.eq(export.ordered_by.role.to_string()),
            exports::actor.eq(&export.ordered_by.code),
            exports::started_at.eq(export.started_at.naive_utc()),
            exports::examined.eq(0),
            exports::matched.eq(0),
            exports::files.eq(to_json(&export.files)?),
        ))
        .execute(connection)
        .map(drop)
}

/// The one to work on: of those unfinished, the oldest, so that a receiver's batches follow one another. Walks
/// `exports_unfinished`.
pub fn current(connection: &mut Connection, centre: Centre) -> QueryResult<Option<Export>> {
    exports::table
        .filter(exports::centre.eq(centre.as_str()))
        .filter(exports::finished_at.is_null())
        .order(exports::id.asc())
        .select(Row::as_select())
        .first::<Row>(connection)
        .optional()?
        .map(Row::export)
        .transpose()
}

pub fn get(connection: &mut Connection, centre: Centre, id: Uuid) -> QueryResult<Option<Export>> {
    exports::table
        .filter(exports::centre.eq(centre.as_str()))
        .filter(exports::id.eq(id.to_string()))
        .select(Row::as_select())
        .get_result::<Row>(connection)
        .optional()?
        .map(Row::export)
        .transpose()
}

/// A page of batches, newest first, before `before`; of one receiver, where one is named.
pub fn list(
    connection: &mut Connection,
    centre: Centre,
    receiver: Option<&StaffCode>,
    before: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Export>> {
    let mut query = exports::table.filter(exports::centre.eq(centre.to_string())).into_boxed::<MultiBackend>();
    if let Some(receiver) = receiver {
        query = query.filter(exports::receiver.eq(receiver.to_string()));
    }
    if let Some(before) = before {
        query = query.filter(exports::id.lt(before.to_string()));
    }
    let rows = query.order(exports::id.desc()).limit(limit).select(Row::as_select()).load::<Row>(connection)?;
    rows.into_iter().map(Row::export).collect()
}

/// One step: the cases that were looked at, with what a receiver is told of them.
#[derive(Clone, Debug)]
pub struct Step {
    /// The last case that was looked at.
    pub cursor: CaseId,
    pub examined: u64,
    pub told: Vec<(CaseId, Vec<Change>)>,
    /// The pieces that were written, by their keys in the file store.
    pub parts: Vec<(Table, String)>,
    /// As the files stand after it.
    pub files: Vec<File>,
    pub matched: u64,
}

/// Puts a step on record. False, and nothing done, where somebody else went on from `seen` first.
pub fn advance(connection: &mut Connection, centre: Centre, seen: &Export, step: &Step) -> QueryResult<bool> {
    let advanced = diesel::update(
        exports::table
            .filter(exports::centre.eq(centre.as_str()))
            .filter(exports::id.eq(seen.id.to_string()))
            .filter(exports::examined.eq(unsigned::<_, i64>("examined", seen.examined)?))
            .filter(exports::finished_at.is_null()),
    )
    .set((
        exports::cursor.eq(step.cursor.to_string()),
        exports::examined.eq(unsigned::<_, i64>("examined", seen.examined + step.examined)?),
        exports::matched.eq(unsigned::<_, i64>("matched", seen.matched + step.matched)?),
        exports::files.eq(to_json(&step.files)?),
    ))
    .execute(connection)?;
    if advanced == 0 {
        return Ok(false);
    }
    for (table, key) in &step.parts {
        diesel::insert_into(export_parts::table)
            .values((
                export_parts::centre.eq(centre.as_str()),
                export_parts::export.eq(seen.id.to_string()),
                export_parts::table_name.eq(<&str>::from(*table)),
                // As many cases as were looked at before: every step has another.
                export_parts::number.eq(unsigned::<_, i64>("examined", seen.examined)?),
                export_parts::key.eq(key),
            ))
            .execute(connection)?;
    }
    for (case, changes) in &step.told {
        for change in changes {
            tell(connection, centre, seen, *case, change)?;
        }
    }
    Ok(true)
}

/// Remembers what the receiver has of a row from now on.
fn tell(
    connection: &mut Connection,
    centre: Centre,
    export: &Export,
    case: CaseId,
    change: &Change,
) -> QueryResult<()> {
    diesel::delete(
        exchange_rows::table
            .filter(exchange_rows::centre.eq(centre.as_str()))
            .filter(exchange_rows::receiver.eq(export.receiver.as_str()))
            .filter(exchange_rows::case_id.eq(case.to_string()))
            .filter(exchange_rows::table_name.eq(<&str>::from(change.row.table)))
            .filter(exchange_rows::row_guid.eq(change.row.guid.to_string())),
    )
    .execute(connection)?;
    if change.operation == Operation::Delete {
        return Ok(());
    }
    diesel::insert_into(exchange_rows::table)
        .values((
            exchange_rows::centre.eq(centre.as_str()),
            exchange_rows::receiver.eq(export.receiver.as_str()),
            exchange_rows::case_id.eq(case.to_string()),
            exchange_rows::table_name.eq(<&str>::from(change.row.table)),
            exchange_rows::row_guid.eq(change.row.guid.to_string()),
            exchange_rows::digest.eq(&change.digest),
            exchange_rows::version.eq(unsigned::<_, i64>("version", export.version)?),
        ))
        .execute(connection)
        .map(drop)
}

/// What a receiver has of a case.
pub fn known(connection: &mut Connection, centre: Centre, receiver: &StaffCode, case: CaseId) -> QueryResult<Known> {
    let rows = exchange_rows::table
        .filter(exchange_rows::centre.eq(centre.as_str()))
        .filter(exchange_rows::receiver.eq(receiver.as_str()))
        .filter(exchange_rows::case_id.eq(case.to_string()))
        .select((exchange_rows::table_name, exchange_rows::row_guid, exchange_rows::digest))
        .load::<(String, String, String)>(connection)?;
    rows.into_iter()
        .map(|(table, guid, digest)| Ok(((parse("table", &table)?, parse("row", &guid)?), digest)))
        .collect()
}

/// The pieces of a table's file, by their keys, in their order.
pub fn parts(connection: &mut Connection, centre: Centre, export: Uuid, table: Table) -> QueryResult<Vec<String>> {
    export_parts::table
        .filter(export_parts::centre.eq(centre.as_str()))
        .filter(export_parts::export.eq(export.to_string()))
        .filter(export_parts::table_name.eq(<&str>::from(table)))
        .order(export_parts::number.asc())
        .select(export_parts::key)
        .load::<String>(connection)
}

/// Ends a batch with its files as they were written; false where it has ended already.
pub fn finish(
    connection: &mut Connection,
    centre: Centre,
    id: Uuid,
    files: &[File],
    now: Instant,
) -> QueryResult<bool> {
    let finished = diesel::update(
        exports::table
            .filter(exports::centre.eq(centre.as_str()))
            .filter(exports::id.eq(id.to_string()))
            .filter(exports::finished_at.is_null()),
    )
    .set((exports::files.eq(to_json(&files)?), exports::finished_at.eq(now.naive_utc())))
    .execute(connection)?;
    diesel::delete(
        export_parts::table
            .filter(export_parts::centre.eq(centre.as_str()))
            .filter(export_parts::export.eq(id.to_string())),
    )
    .execute(connection)?;
    Ok(finished == 1)
}

type SendingRow = (String, String, String, NaiveDateTime);

/// Every time that a batch was handed over again, in order.
pub fn sendings(connection: &mut Connection, centre: Centre, export: Uuid) -> QueryResult<Vec<Sending>> {
    let rows = export_sendings::table
        .filter(export_sendings::centre.eq(centre.as_str()))
        .filter(export_sendings::export.eq(export.to_string()))
        .order(export_sendings::number.asc())
        .select((export_sendings::reason, export_sendings::actor_role, export_sendings::actor, export_sendings::at))
        .load::<SendingRow>(connection)?;
    let sending = |(reason, role, code, at): SendingRow| {
        Ok(Sending {
            reason: Text::new(&reason).map_err(|why| crate::decode::damaged("reason", why))?,
            by: Signature { role: parse("role", &role)?, code, through: None },
            at: Instant::from_naive_utc(at),
        })
    };
    rows.into_iter().map(sending).collect()
}

/// Marks a batch as handed over again.
///
/// # Errors
/// Those of the database; somebody else's mark at the same moment makes it run again.
pub fn resend(tx: &mut Tx<'_>, centre: Centre, export: Uuid, sending: &Sending) -> Result<(), crate::StoreError> {
    let before = sendings(tx.read(), centre, export)?.len();
    let inserted = diesel::insert_into(export_sendings::table)
        .values((
            export_sendings::centre.eq(centre.as_str()),
            export_sendings::export.eq(export.to_string()),
            export_sendings::number.eq(unsigned::<_, i64>("sendings", before + 1)?),
            export_sendings::reason.eq(sending.reason.as_str()),
            export_sendings::actor_role.eq(sending.by.role.to_string()),
            export_sendings::actor.eq(&sending.by.code),
            export_sendings::at.eq(sending.at.naive_utc()),
        ))
        .execute(tx.write());
    tx.first(inserted).map(drop)
}

/// The whole record of a case with the ids of its entries, oldest first.
pub fn record_of(connection: &mut Connection, centre: Centre, case: CaseId) -> QueryResult<Vec<(EventId, Recorded)>> {
    const PAGE: i64 = 200;
    let (stream, mut whole) = (case.to_string(), Vec::<(EventId, Recorded)>::new());
    loop {
        let after = whole.last().map_or(0, |(_, recorded)| recorded.version);
        let page = record::timeline::<casework::Event>(connection, centre, &stream, after, PAGE)?;
        let is_last = i64::try_from(page.len()).is_ok_and(|length| length < PAGE);
        whole.extend(page.into_iter().map(|entry| (entry.id, entry.recorded)));
        if is_last {
            return Ok(whole);
        }
    }
}
