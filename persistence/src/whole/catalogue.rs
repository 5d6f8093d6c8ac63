//! Which tables and columns a database has, as it says itself.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{QueryableByName, RunQueryDsl as _, sql_query, sql_types};

use super::WholeError;
use crate::{Connection, per_backend};

/// A table, the same in both databases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    name: String,
    /// In the order of their names.
    columns: Vec<Column>,
    /// The columns of the primary key, in its order.
    key: Vec<String>,
}

#[derive(Clone, Debug)]
struct Column {
    name: String,
    /// As PostgreSQL calls it; SQLite knows less of it.
    kind: Kind,
}

/// What a column holds, as far as it must be known to spell it alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    Boolean,
    Date,
    Moment,
}

/// By name alone: what kind it is only one of the two databases tells.
impl PartialEq for Column {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Column {}

#[derive(QueryableByName)]
struct ColumnRow {
    #[diesel(sql_type = sql_types::Text)]
    table_name: String,
    #[diesel(sql_type = sql_types::Text)]
    column_name: String,
    #[diesel(sql_type = sql_types::Text)]
    kind: String,
    /// In the primary key, from 1; 0 where it is none of it.
    #[diesel(sql_type = sql_types::BigInt)]
    place: i64,
}

#[derive(QueryableByName)]
struct Reference {
    #[diesel(sql_type = sql_types::Text)]
    table_name: String,
    #[diesel(sql_type = sql_types::Text)]
    refers_to: String,
}

// Tables with two underscores in front are Diesel's own.
const COLUMNS_ON_SQLITE: &str = "SELECT m.name AS table_name, c.name AS column_name, c.type AS kind, c.pk AS place \
    FROM sqlite_master m, pragma_table_info(m.name) c \
    WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite%' \
    ORDER BY m.name, c.name";
const COLUMNS_ON_POSTGRES: &str = "SELECT t.relname::text AS table_name, a.attname::text AS column_name, \
    format_type(a.atttypid, NULL) AS kind, \
    coalesce((SELECT k.place FROM unnest(i.indkey) WITH ORDINALITY k (attnum, place) WHERE k.attnum = a.attnum), 0) AS place \
    FROM pg_class t JOIN pg_namespace s ON s.oid = t.relnamespace \
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped \
    LEFT JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary \
    WHERE t.relkind = 'r' AND s.nspname = current_schema() AND t.relname NOT LIKE '\\_\\_%' \
    ORDER BY t.relname COLLATE \"C\", a.attname COLLATE \"C\"";
const REFERENCES_ON_SQLITE: &str = "SELECT DISTINCT m.name AS table_name, f.\"table\" AS refers_to \
    FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'";
const REFERENCES_ON_POSTGRES: &str = "SELECT DISTINCT t.relname::text AS table_name, r.relname::text AS refers_to \
    FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid \
    JOIN pg_namespace s ON s.oid = t.relnamespace WHERE c.contype = 'f' AND s.nspname = current_schema()";

/// Every table, each after those that its rows refer to, and otherwise by name.
pub(super) fn tables(connection: &mut Connection) -> Result<Vec<Table>, WholeError> {
    let (columns, references) = match connection {
        Connection::Sqlite(_) => (COLUMNS_ON_SQLITE, REFERENCES_ON_SQLITE),
        Connection::Postgres(_) => (COLUMNS_ON_POSTGRES, REFERENCES_ON_POSTGRES),
    };
    let columns: Vec<ColumnRow> = sql_query(columns).load(connection)?;
    let references: Vec<Reference> = sql_query(references).load(connection)?;
    let mut waiting: BTreeMap<String, Table> = BTreeMap::new();
    let mut keys: BTreeMap<String, BTreeMap<i64, String>> = BTreeMap::new();
    for ColumnRow { table_name, column_name, kind, place } in columns {
        let kind = Kind::of(&table_name, &column_name, &kind)?;
        if place > 0 {
            keys.entry(table_name.clone()).or_default().insert(place, column_name.clone());
        }
        let table = waiting.entry(table_name.clone());
        let table = table.or_insert_with(|| Table { name: table_name, columns: Vec::new(), key: Vec::new() });
        table.columns.push(Column { name: column_name, kind });
    }
    for (name, table) in &mut waiting {
        table.key = keys.remove(name).unwrap_or_default().into_values().collect();
        if table.key.is_empty() {
            return Err(WholeError::Schema(format!("表 {name} 没有主键")));
        }
    }
    in_order(waiting, &references)
}

fn in_order(mut waiting: BTreeMap<String, Table>, references: &[Reference]) -> Result<Vec<Table>, WholeError> {
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let held_up: BTreeSet<&str> = references
            .iter()
            .filter(|it| it.table_name != it.refers_to && waiting.contains_key(&it.refers_to))
            .map(|it| it.table_name.as_str())
            .collect();
        let free: Vec<String> = waiting.keys().filter(|name| !held_up.contains(name.as_str())).cloned().collect();
        if free.is_empty() {
            return Err(WholeError::Schema("表之间互相引用".to_owned()));
        }
        ordered.extend(free.iter().filter_map(|name| waiting.remove(name)));
    }
    Ok(ordered)
}

impl Kind {
    /// What is not known would not be spelled alike, and so is refused.
    fn of(table: &str, column: &str, kind: &str) -> Result<Self, WholeError> {
        match kind {
            "TEXT" | "INTEGER" | "text" | "integer" | "bigint" => Ok(Self::Plain),
            "boolean" => Ok(Self::Boolean),
            "date" => Ok(Self::Date),
            "timestamp without time zone" => Ok(Self::Moment),
            other => Err(WholeError::Schema(format!("{table}.{column} 的类型 {other}"))),
        }
    }

    /// In the spelling of SQLite: whole numbers for truth, and of a moment no more digits than it has.
    fn on_postgres(self, column: &str) -> String {
        match self {
            Self::Plain => format!("\"{column}\""),
            Self::Boolean => format!("\"{column}\"::int"),
            Self::Date => format!("to_char(\"{column}\", 'YYYY-MM-DD')"),
            Self::Moment => format!(
                "to_char(\"{column}\", CASE \
                 WHEN extract(microseconds FROM \"{column}\")::bigint % 1000000 = 0 THEN 'YYYY-MM-DD HH24:MI:SS' \
                 WHEN extract(microseconds FROM \"{column}\")::bigint % 1000 = 0 THEN 'YYYY-MM-DD HH24:MI:SS.MS' \
                 ELSE 'YYYY-MM-DD HH24:MI:SS.US' END)"
            ),
        }
    }
}

impl Table {
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One JSON object a row, in the order of the key.
    pub(super) fn select(&self, connection: &Connection) -> String {
        let (function, cast) = match connection {
            Connection::Sqlite(_) => ("json_object", ""),
            Connection::Postgres(_) => ("json_build_object", "::text"),
        };
        let fields = self.columns.iter().map(|Column { name, kind }| {
            let value =
                per_backend!(connection, sqlite: |_| format!("\"{name}\""), postgres: |_| kind.on_postgres(name));
            format!("'{name}', {value}")
        });
        let (fields, key) = (fields.collect::<Vec<_>>().join(", "), quoted(&self.key));
        format!("SELECT {function}({fields}){cast} AS line FROM \"{}\" ORDER BY {key}", self.name)
    }

    /// Takes an array of such objects.
    pub(super) fn insert(&self, connection: &Connection) -> String {
        let (name, names) = (&self.name, self.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>());
        let columns = quoted(&names);
        match connection {
            Connection::Sqlite(_) => {
                let values: Vec<String> = names.iter().map(|it| format!("json_extract(value, '$.{it}')")).collect();
                format!("INSERT INTO \"{name}\" ({columns}) SELECT {} FROM json_each($1)", values.join(", "))
            }
            Connection::Postgres(_) => {
                let rows = format!("json_populate_recordset(NULL::\"{name}\", $1::json)");
                format!("INSERT INTO \"{name}\" ({columns}) SELECT {columns} FROM {rows}")
            }
        }
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}
