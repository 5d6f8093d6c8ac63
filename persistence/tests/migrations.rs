//! The two sets of migrations say the same, and go up, down and up again.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use diesel::{QueryableByName, RunQueryDsl as _, sql_query, sql_types::Text};
use persistence::{Connection, migrate};
use support::Database;

#[derive(QueryableByName, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Fact {
    #[diesel(sql_type = Text)]
    fact: String,
}

/// Each statement gives lines in the same words on its database; a difference in meaning is a difference in the lines.
const ON_SQLITE: &[&str] = &[
    "SELECT 'column ' || m.name || '.' || c.name || ' ' || c.type || CASE WHEN c.\"notnull\" THEN '' ELSE ' null' END AS fact
     FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite%'",
    "SELECT CASE WHEN i.origin = 'pk' THEN 'key ' WHEN i.\"unique\" THEN 'unique ' ELSE 'index ' END || m.name || ' '
            || (SELECT group_concat(x.name, ',') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno) x)
            || CASE WHEN i.partial THEN ' partial' ELSE '' END AS fact
     FROM sqlite_master m, pragma_index_list(m.name) i WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\'",
    "SELECT 'foreign ' || m.name || ' ' || group_concat(f.\"from\", ',') || ' > ' || f.\"table\" || ' ' || group_concat(f.\"to\", ',') AS fact
     FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' GROUP BY m.name, f.id, f.\"table\"",
];

const ON_POSTGRES: &[&str] = &[
    "SELECT 'column ' || table_name || '.' || column_name || ' '
            || CASE WHEN data_type IN ('integer', 'bigint', 'boolean') THEN 'INTEGER' ELSE 'TEXT' END
            || CASE WHEN is_nullable = 'YES' THEN ' null' ELSE '' END AS fact
     FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'",
    "SELECT CASE WHEN i.indisprimary THEN 'key ' WHEN i.indisunique THEN 'unique ' ELSE 'index ' END || t.relname || ' '
            || (SELECT string_agg(a.attname, ',' ORDER BY k.n) FROM unnest(i.indkey) WITH ORDINALITY k(attnum, n)
                JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum)
            || CASE WHEN i.indpred IS NULL THEN '' ELSE ' partial' END AS fact
     FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace s ON s.oid = t.relnamespace
     WHERE s.nspname = 'public' AND t.relname NOT LIKE '\\_\\_%'",
    "SELECT 'foreign ' || t.relname || ' '
            || (SELECT string_agg(a.attname, ',' ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY k(attnum, n)
                JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum)
            || ' > ' || r.relname || ' '
            || (SELECT string_agg(a.attname, ',' ORDER BY k.n) FROM unnest(c.confkey) WITH ORDINALITY k(attnum, n)
                JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.attnum) AS fact
     FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid WHERE c.contype = 'f'",
];

fn facts(connection: &mut Connection, queries: &[&str]) -> BTreeSet<String> {
    let ask = |query: &&str| sql_query(*query).load::<Fact>(connection).unwrap();
    queries.iter().flat_map(ask).map(|fact| fact.fact).collect()
}

/// What the migration text itself promises besides, counted per table: checks and append-only triggers.
fn promises(sql: &str) -> BTreeMap<String, (usize, bool)> {
    let mut found: BTreeMap<String, (usize, bool)> = BTreeMap::new();
    for statement in sql.split(";\n") {
        if let Some((_, rest)) = statement.split_once("CREATE TABLE ") {
            let table = rest.split_whitespace().next().unwrap().to_owned();
            // A boolean is checked to be one only where the type does not say so.
            let checks = rest.matches("CHECK (").count() - rest.matches("IN (0, 1)").count();
            found.entry(table).or_default().0 = checks;
        }
        if let Some((_, rest)) = statement.split_once("BEFORE UPDATE") {
            let table = rest.split(" ON ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
            found.entry(table).or_default().1 = true;
        }
    }
    found
}

#[tokio::test]
async fn both_schemas_mean_the_same() {
    let sqlite = Database::sqlite();
    let Some(postgres) = Database::postgres() else { return };
    migrate::up(&sqlite.url).unwrap();
    migrate::up(&postgres.url).unwrap();
    let on_sqlite = facts(&mut sqlite.outside(), ON_SQLITE);
    let on_postgres = facts(&mut postgres.outside(), ON_POSTGRES);
    assert!(on_sqlite.len() > 100, "the catalogue was read: {}", on_sqlite.len());
    let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect::<Vec<_>>();
    assert_eq!((only(&on_sqlite, &on_postgres), only(&on_postgres, &on_sqlite)), (vec![], vec![]));
}

#[test]
fn both_schemas_check_the_same() {
    let sqlite = promises(include_str!("../../migrations/sqlite/2026-11-23-000000_spine/up.sql"));
    let postgres = promises(include_str!("../../migrations/postgres/2026-11-23-000000_spine/up.sql"));
    assert!(sqlite["cases"].0 >= 6 && sqlite["events"].1, "{sqlite:?}");
    assert_eq!(sqlite, postgres);
}

on_both! {
    async fn up_down_and_up_again(database: Database) {
        let applied = migrate::up(&database.url).unwrap();
        assert!(!applied.is_empty());
        assert_eq!(migrate::up(&database.url).unwrap(), Vec::<String>::new(), "twice is harmless");
        migrate::down_all(&database.url).unwrap();
        let status = migrate::status(&database.url).unwrap();
        assert!(status.applied.is_empty(), "{status:?}");
        assert_eq!(migrate::up(&database.url).unwrap(), applied);
    }
}
