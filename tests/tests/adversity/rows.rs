//! The whole database, as a connection of our own sees it.

use std::collections::BTreeMap;

use persistence::Connection;
use tests::{Hall, texts};

/// Every row of every table.
pub type Contents = BTreeMap<String, Vec<String>>;

pub fn contents(hall: &Hall) -> Contents {
    let mut connection = hall.outside();
    let tables = match &connection {
        Connection::Sqlite(_) => {
            "SELECT name AS line FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        }
        Connection::Postgres(_) => {
            "SELECT CAST(table_name AS TEXT) AS line FROM information_schema.tables WHERE table_schema = 'public'"
        }
    };
    let tables = texts(&mut connection, tables);
    assert!(tables.len() > 10, "{tables:?}");
    tables.into_iter().map(|table| (table.clone(), rows(&mut connection, &table))).collect()
}

fn rows(connection: &mut Connection, table: &str) -> Vec<String> {
    let columns = match connection {
        // Its place in the feed comes to an event later, whatever else happens or does not.
        Connection::Postgres(_) => format!("CAST(to_jsonb({table}.*) - 'seq' AS TEXT)"),
        Connection::Sqlite(_) => {
            let names = texts(connection, &format!("SELECT name AS line FROM pragma_table_info('{table}')"));
            names.iter().map(|name| format!("quote({name})")).collect::<Vec<_>>().join(" || ',' || ")
        }
    };
    texts(connection, &format!("SELECT {columns} AS line FROM {table} ORDER BY 1"))
}

/// The tables in which anything differs, each with how many rows it had and has.
pub fn differences(before: &Contents, after: &Contents) -> Vec<String> {
    let told = |table: &String| format!("{table}: {} → {} rows", before[table].len(), after[table].len());
    // How far the feed was read is kept later, whatever else happens or does not.
    let kept = before.keys().filter(|table| *table != "feed_readers");
    kept.filter(|table| before[*table] != after[*table]).map(told).collect()
}

/// How many rows a table has.
pub fn count(hall: &Hall, table: &str) -> usize {
    contents(hall)[table].len()
}
