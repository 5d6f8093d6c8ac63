//! 整库: everything a database holds, table by table, as lines of JSON that are the same whichever database they come from.
//! Which tables and columns there are is read from the database itself, so that none can be forgotten.

mod catalogue;
mod check;
mod close_out;

use std::collections::BTreeMap;

use diesel::{
    QueryResult, RunQueryDsl as _, connection::DefaultLoadingMode, connection::SimpleConnection as _,
    pg::PgRowByRowLoadingMode, sql_query, sql_types,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

pub use catalogue::Table;
pub use check::{Checked, Fault, check};
pub use close_out::closed_without_ground;

use crate::{
    Backend, Connection, DatabaseUrl, OpenError, StoreError,
    connection::Purpose,
    decode::{damaged, from_json},
    migrate,
    open::{self, Claim},
    per_backend,
};

/// How many rows are put in at a time.
const BATCH: usize = 200;

/// Why a database cannot be read whole, or filled.
#[derive(Debug, thiserror::Error)]
pub enum WholeError {
    #[error("{0}")]
    Open(#[from] OpenError),
    #[error("目标数据库不是空的：表 {0} 已有数据（the target is not empty）")]
    NotEmpty(String),
    #[error("表结构不同：{0}（the schemas differ）")]
    Schema(String),
    #[error("表 {table} 读出与写入不符（rows differ after writing）")]
    Differs { table: String },
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("数据库错误（{0}）")]
    Database(#[from] diesel::result::Error),
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// How many rows a table has, and SHA-256 over its lines in the order of its key, each with its line end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub table: String,
    pub rows: u64,
    pub sha256: String,
}

#[derive(diesel::QueryableByName)]
pub(crate) struct Line {
    #[diesel(sql_type = sql_types::Text)]
    pub(crate) line: String,
}

/// A database as it stands at one moment; of SQLite nobody else has it meanwhile.
pub struct Whole {
    connection: Connection,
    tables: Vec<Table>,
    _claim: Claim,
}

impl Whole {
    /// For reading, at the schema of this program.
    ///
    /// # Errors
    /// As [`crate::Store::open`]; an older schema.
    pub fn read(url: &DatabaseUrl) -> Result<Self, WholeError> {
        let claim = Claim::on(url)?;
        let mut connection = open::first_connection(url)?;
        migrate::require_current(&mut connection)?;
        connection.batch_execute(match url.backend() {
            Backend::Sqlite => "BEGIN",
            Backend::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        })?;
        let tables = catalogue::tables(&mut connection)?;
        Ok(Self { connection, tables, _claim: claim })
    }

    /// For filling: brought to the schema of this program, and empty.
    ///
    /// # Errors
    /// As [`crate::Store::open`]; `NotEmpty`.
    pub fn empty(url: &DatabaseUrl) -> Result<Self, WholeError> {
        migrate::up(url)?;
        let claim = Claim::on(url)?;
        open::first_connection(url)?;
        // What is filled is written as any other write is, with every key between the tables checked.
        let mut connection = open::connect(url, Purpose::Write)?;
        connection.batch_execute(match url.backend() {
            Backend::Sqlite => "BEGIN IMMEDIATE",
            Backend::Postgres => {
                "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"
            }
        })?;
        let tables = catalogue::tables(&mut connection)?;
        for table in &tables {
            let any = format!("SELECT '' AS line FROM {} LIMIT 1", table.name());
            if !sql_query(any).load::<Line>(&mut connection)?.is_empty() {
                return Err(WholeError::NotEmpty(table.name().to_owned()));
            }
        }
        Ok(Self { connection, tables, _claim: claim })
    }

    /// Every table, each after those that its rows refer to.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Goes through a table in the order of its key, a line for each row.
    ///
    /// # Errors
    /// Those of the database and of `each`.
    pub fn each(
        &mut self,
        table: &Table,
        mut each: impl FnMut(&str) -> Result<(), WholeError>,
    ) -> Result<Summary, WholeError> {
        let query = sql_query(table.select(&self.connection));
        let (mut rows, mut hash) = (0, Sha256::new());
        let mut take = |line: QueryResult<Line>| {
            let line = canonical(&line?.line)?;
            hash.update(&line);
            hash.update("\n");
            rows += 1;
            each(&line)
        };
        per_backend!(
            &mut self.connection,
            sqlite: |c| query.load_iter::<Line, DefaultLoadingMode>(c)?.try_for_each(&mut take)?,
            postgres: |c| query.load_iter::<Line, PgRowByRowLoadingMode>(c)?.try_for_each(&mut take)?,
        );
        let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Summary { table: table.name().to_owned(), rows, sha256 })
    }

    /// Puts lines of a table in, and reads it again: what is there afterwards is what was given.
    ///
    /// # Errors
    /// Those of the database and of the lines; `Differs`.
    pub fn fill(
        &mut self,
        table: &str,
        lines: impl IntoIterator<Item = Result<String, WholeError>>,
    ) -> Result<Summary, WholeError> {
        let Some(table) = self.tables.iter().find(|known| known.name() == table).cloned() else {
            return Err(WholeError::Schema(format!("没有表 {table}")));
        };
        let (mut hash, mut batch, mut rows) = (Sha256::new(), Vec::with_capacity(BATCH), 0);
        for line in lines {
            let line = line?;
            hash.update(&line);
            hash.update("\n");
            rows += 1;
            batch.push(line);
            if batch.len() == BATCH {
                self.put(&table, &mut batch)?;
            }
        }
        self.put(&table, &mut batch)?;
        let sha256: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let given = Summary { table: table.name().to_owned(), rows, sha256 };
        let there = self.each(&table, |_| Ok(()))?;
        if there == given { Ok(there) } else { Err(WholeError::Differs { table: given.table }) }
    }

    fn put(&mut self, table: &Table, batch: &mut Vec<String>) -> QueryResult<()> {
        if batch.is_empty() {
            return Ok(());
        }
        let rows = format!("[{}]", batch.join(","));
        batch.clear();
        let insert = sql_query(table.insert(&self.connection)).bind::<sql_types::Text, _>(rows);
        per_backend!(&mut self.connection, |c| insert.execute(c)).map(drop)
    }

    /// Keeps what was put in.
    ///
    /// # Errors
    /// Those of the database.
    pub fn keep(mut self) -> Result<(), WholeError> {
        Ok(self.connection.batch_execute("COMMIT")?)
    }
}

impl std::fmt::Debug for Whole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Whole").field("tables", &self.tables.len()).finish_non_exhaustive()
    }
}

/// Everything from one database into an empty one: in one transaction there, table by table, each read again and equal.
///
/// # Errors
/// As [`Whole::read`], [`Whole::empty`] and [`Whole::fill`]; the target is empty then.
pub fn copy(from: &DatabaseUrl, to: &DatabaseUrl) -> Result<Vec<Summary>, WholeError> {
    let (mut source, mut target) = (Whole::read(from)?, Whole::empty(to)?);
    if source.tables != target.tables {
        return Err(WholeError::Schema("源与目标的表或列不一致".to_owned()));
    }
    let mut copied = Vec::new();
    for table in source.tables.clone() {
        let (sender, lines) = std::sync::mpsc::sync_channel::<String>(BATCH);
        let (read, filled) = std::thread::scope(|scope| {
            let reading = scope.spawn(|| {
                source.each(&table, move |line| {
                    // The other side is gone only where it failed, and says so itself.
                    let _ = sender.send(line.to_owned());
                    Ok(())
                })
            });
            let filled = target.fill(table.name(), lines.into_iter().map(Ok));
            (reading.join(), filled)
        });
        let filled = filled?;
        let read = read.unwrap_or_else(|_| Err(StoreError::Panicked.into()))?;
        if read != filled {
            return Err(WholeError::Differs { table: filled.table });
        }
        copied.push(filled);
    }
    target.keep()?;
    Ok(copied)
}

/// Gives the events that have no place in the feed one, behind all that have: on SQLite, where an event has its place
/// from the beginning, and which therefore gives none later. How many.
///
/// # Errors
/// As [`crate::Store::open`].
pub fn number(url: &DatabaseUrl) -> Result<usize, WholeError> {
    if url.backend() != Backend::Sqlite {
        return Ok(0);
    }
    let _claim = Claim::on(url)?;
    let mut connection = open::first_connection(url)?;
    // By version first, and so each stream in the order of its versions.
    let numbered = "WITH last AS (SELECT centre, coalesce(max(seq), 0) AS seq FROM events GROUP BY centre), \
        numbered AS (SELECT events.centre, stream, version, \
            last.seq + row_number() OVER (PARTITION BY events.centre ORDER BY version, id) AS seq \
            FROM events JOIN last ON last.centre = events.centre WHERE events.seq IS NULL) \
        UPDATE events SET seq = numbered.seq FROM numbered \
        WHERE events.centre = numbered.centre AND events.stream = numbered.stream AND events.version = numbered.version";
    Ok(sql_query(numbered).execute(&mut connection)?)
}

/// One spelling for one row: the columns by name, without spaces.
fn canonical(line: &str) -> QueryResult<String> {
    let columns: BTreeMap<String, Value> = from_json("row", line)?;
    serde_json::to_string(&columns).map_err(|why| damaged("row", why))
}
