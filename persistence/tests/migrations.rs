//! The two sets of migrations say the same, go up, down and up again, and keep what is in the tables.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;

use diesel::{
    QueryableByName, RunQueryDsl as _, connection::SimpleConnection as _, migration::MigrationVersion, sql_query,
    sql_types::Text,
};
use diesel_migrations::{FileBasedMigrations, MigrationHarness as _};
use persistence::{Connection, migrate, per_backend};
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

/// Each CHECK of each table, as what the two databases' ways to write it have in common: its words and values, sorted.
fn checks(connection: &mut Connection) -> BTreeSet<String> {
    let query = match connection {
        Connection::Sqlite(_) => {
            "SELECT name || ' ' || sql AS fact FROM sqlite_master WHERE type = 'table' AND sql LIKE '%CHECK (%'"
        }
        Connection::Postgres(_) => {
            "SELECT t.relname || ' ' || pg_get_constraintdef(c.oid) AS fact
             FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid WHERE c.contype = 'c'"
        }
    };
    let mut found = BTreeSet::new();
    for Fact { fact } in sql_query(query).load::<Fact>(connection).unwrap() {
        let (table, text) = fact.split_once(' ').unwrap();
        for (at, opening) in text.match_indices("CHECK (") {
            let check = enclosed(&text[at + opening.len()..]);
            // A boolean is checked to be one only where the type does not say so.
            if !check.ends_with("IN (0, 1)") {
                found.insert(format!("{table}: {}", words(check)));
            }
        }
    }
    found
}

/// Up to the parenthesis that closes the one before.
fn enclosed(text: &str) -> &str {
    let mut depth = 1;
    let end = text.find(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth == 0
    });
    &text[..end.unwrap()]
}

fn words(check: &str) -> String {
    let words = check.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let mut words: Vec<&str> =
        words.filter(|word| !["", "IN", "ANY", "ARRAY", "text", "bigint"].contains(word)).collect();
    words.sort_unstable();
    words.join(" ")
}

/// What each table refuses: the event, its columns where it is only these, and whether only sometimes. That nothing is
/// truncated has no like on SQLite.
fn guards(connection: &mut Connection) -> BTreeSet<String> {
    let query = match connection {
        Connection::Sqlite(_) => "SELECT tbl_name || ' ' || sql AS fact FROM sqlite_master WHERE type = 'trigger'",
        Connection::Postgres(_) => {
            "SELECT t.relname || ' ' || pg_get_triggerdef(g.oid) AS fact
             FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid WHERE NOT g.tgisinternal"
        }
    };
    let mut found = BTreeSet::new();
    for Fact { fact } in sql_query(query).load::<Fact>(connection).unwrap() {
        let (table, trigger) = fact.split_once(' ').unwrap();
        let trigger = trigger.split_whitespace().collect::<Vec<_>>().join(" ");
        let (events, rest) = trigger.split_once("BEFORE ").unwrap().1.split_once(" ON ").unwrap();
        let sometimes = if rest.contains(" WHEN ") { " sometimes" } else { "" };
        let events = events.split(" OR ").filter(|event| *event != "TRUNCATE");
        found.extend(events.map(|event| format!("{table}: {}{sometimes}", words(event))));
    }
    found
}

/// Which rows each partial index is of.
fn predicates(connection: &mut Connection) -> BTreeSet<String> {
    let query = match connection {
        Connection::Sqlite(_) => {
            "SELECT name || ' WHERE ' || substr(sql, instr(sql, ' WHERE ') + 7) AS fact
             FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'"
        }
        Connection::Postgres(_) => {
            "SELECT x.relname || ' WHERE ' || pg_get_expr(i.indpred, i.indrelid) AS fact
             FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_namespace s ON s.oid = x.relnamespace
             WHERE s.nspname = 'public' AND i.indpred IS NOT NULL"
        }
    };
    // One writes brackets, quotes and types where the other does not.
    let plain = |fact: Fact| fact.fact.replace("::text", "").replace(['(', ')', '"'], "");
    sql_query(query).load::<Fact>(connection).unwrap().into_iter().map(plain).collect()
}

fn folder(connection: &Connection) -> FileBasedMigrations {
    let name = match connection {
        Connection::Sqlite(_) => "sqlite",
        Connection::Postgres(_) => "postgres",
    };
    FileBasedMigrations::from_path(format!("{}/../migrations/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// One step up; the store's own settings are those that matter.
fn step_up(connection: &mut Connection) -> Result<String, String> {
    let folder = folder(connection);
    let name = |version: MigrationVersion<'_>| version.to_string();
    per_backend!(connection, |c| c.run_next_migration(folder).map(name).map_err(|why| why.to_string()))
}

fn step_down(connection: &mut Connection) -> Result<String, String> {
    let folder = folder(connection);
    let name = |version: MigrationVersion<'_>| version.to_string();
    per_backend!(connection, |c| c.revert_last_migration(folder).map(name).map_err(|why| why.to_string()))
}

#[tokio::test]
async fn both_schemas_mean_the_same() {
    let sqlite = Database::sqlite();
    let Some(postgres) = Database::postgres() else { return };
    migrate::status(&sqlite.url).unwrap();
    // Step by step, so that a later migration cannot hide what an earlier one got wrong.
    let (sqlite, postgres) = (&mut sqlite.outside(), &mut postgres.outside());
    let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect::<Vec<_>>();
    let mut seen = 0;
    while let Ok(step) = step_up(sqlite) {
        assert_eq!(step_up(postgres).as_ref(), Ok(&step));
        let (here, there) = (facts(sqlite, ON_SQLITE), facts(postgres, ON_POSTGRES));
        assert!(here.len() > 100, "the catalogue was read: {}", here.len());
        assert_eq!((only(&here, &there), only(&there, &here)), (vec![], vec![]), "{step}");
        let (here, there) = (checks(sqlite), checks(postgres));
        assert!(here.iter().filter(|check| check.starts_with("cases: ")).count() >= 6, "{here:?}");
        assert_eq!((only(&here, &there), only(&there, &here)), (vec![], vec![]), "{step}");
        let (here, there) = (guards(sqlite), guards(postgres));
        for kept in ["events: DELETE", "disclosures: UPDATE"] {
            assert!(here.contains(kept), "{kept}: {here:?}");
        }
        assert_eq!((only(&here, &there), only(&there, &here)), (vec![], vec![]), "{step}");
        let (here, there) = (predicates(sqlite), predicates(postgres));
        assert!(here.contains("item_versions_one_draft WHERE state = 'draft'"), "{here:?}");
        assert_eq!((only(&here, &there), only(&there, &here)), (vec![], vec![]), "{step}");
        seen += 1;
    }
    assert!(step_up(postgres).is_err() && seen >= 2, "both have as many: {seen}");
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

    async fn what_the_spine_holds_survives_the_law_and_its_undoing(database: Database) {
        migrate::status(&database.url).unwrap();
        let connection = &mut set_up(&database);
        step_up(connection).unwrap();
        connection.batch_execute(SPINE_ROWS).unwrap();
        let before = rows(connection);
        assert_eq!(before.len(), 5, "{before:?}");
        let schema = checks(connection);
        for round in 1..=2 {
            step_up(connection).unwrap();
            assert_eq!(rows(connection), before, "{round}: up");
            still_guarded(connection);
            connection.batch_execute(LAW_ROWS).unwrap();
            connection.batch_execute(WITHOUT_LAW_ROWS).unwrap();
            step_down(connection).unwrap();
            assert_eq!(rows(connection), before, "{round}: down");
            assert_eq!(checks(connection), schema, "{round}: down");
            still_guarded(connection);
        }
    }

    /// Clause B3-4
    async fn whoever_was_invited_before_the_upgrade_has_its_part(database: Database) {
        migrate::status(&database.url).unwrap();
        let connection = &mut set_up(&database);
        step_up(connection).unwrap();
        connection.batch_execute(SPINE_ROWS).unwrap();
        connection.batch_execute(INVITED).unwrap();
        while !step_up(connection).unwrap().ends_with("1213000001") {}
        for _ in 1..=2 {
            step_up(connection).unwrap();
            let parts = "SELECT department || ' ' || part || CASE WHEN open THEN ' open' ELSE '' END AS fact FROM participants";
            let parts = sql_query(parts).load::<Fact>(connection).unwrap();
            assert_eq!(parts.into_iter().map(|it| it.fact).collect::<Vec<_>>(), ["e inspection open"]);
            step_down(connection).unwrap();
        }
    }

    async fn what_the_spine_has_no_word_for_is_not_thrown_away(database: Database) {
        migrate::status(&database.url).unwrap();
        let connection = &mut set_up(&database);
        step_up(connection).unwrap();
        connection.batch_execute(SPINE_ROWS).unwrap();
        step_up(connection).unwrap();
        connection.batch_execute("UPDATE cases SET stage = 'awaiting_correction', accepted_on = NULL WHERE id = 'a'").unwrap();
        let before = rows(connection);
        assert!(step_down(connection).is_err());
        assert_eq!(rows(connection), before);
    }
}

/// With the settings of the store's own connections that a migration meets.
fn set_up(database: &Database) -> Connection {
    let mut connection = database.outside();
    if let Connection::Sqlite(c) = &mut connection {
        c.batch_execute("PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; PRAGMA trusted_schema = OFF")
            .unwrap();
    }
    connection
}

const SPINE_ROWS: &str = "
    INSERT INTO zones VALUES ('331081', 'z', 'zone');
    INSERT INTO sectors VALUES ('331081', 's', 1, 'sector', NULL, NULL);
    INSERT INTO departments VALUES ('331081', 'd', 'department', 'uscc', NULL);
    INSERT INTO windows VALUES ('331081', 'w', 'window', 'z', 's');
    INSERT INTO item_versions VALUES ('331081', 'i', 1, 'published', 'item', 's', 'd', 'w', '2026-01-01', NULL, '{}');
    INSERT INTO postings (centre, id, staff, role, department, resident, from_day)
        SELECT '331081', 'p', 'staff', 'reviewer', 'd', (until_day IS NULL), '2026-01-01'
        FROM (SELECT CAST(NULL AS TEXT) AS until_day) one;
    INSERT INTO parties VALUES ('331081', 'a', 'person', 'id', 'digest', 'name', 'number', NULL, NULL, '2026-01-01 00:00:00');
    INSERT INTO cases (centre, id, number, version, stage, item, item_version, channel, applicant, window_code, department,
                       received_at, accepted_on, due_on, amber_on, head, body)
        VALUES ('331081', 'a', '1', 2, 'in_review', 'i', 1, 'counter', 'a', 'w', 'd',
                '2026-03-02 01:00:00.5', '2026-03-02', '2026-03-10', '2026-03-06', 'head', '{\"a\":1}');
    INSERT INTO case_contacts (centre, case_id, role, name, phone) VALUES ('331081', 'a', 'contact', 'name', 'phone');
    INSERT INTO events VALUES ('331081', 'a', 1, 'e', 'received', '2026-03-02 01:00:00', 'clerk', 'c', '{}',
        '0000000000000000000000000000000000000000000000000000000000000000');
    INSERT INTO disclosures VALUES ('331081', 'd', 'a', 'clerk', 'c', '2026-03-02 01:00:00')";

const INVITED: &str = "
    INSERT INTO departments VALUES ('331081', 'e', 'another', 'uscc', NULL);
    UPDATE cases SET body = '{\"approval\":{\"inspection\":{\"departments\":[\"d\",\"e\"]}}}'";

const LAW_ROWS: &str = "
    INSERT INTO packages VALUES ('331081', 'p', 'published', 'package', '{}');
    INSERT INTO package_applications VALUES ('331081', 'q', 'p', 'a', NULL, '2026-03-02 01:00:00', 1, '{}');
    UPDATE cases SET package = 'q', wake_at = '2026-03-04 01:00:00';
    INSERT INTO case_contacts (centre, case_id, role, name, phone) VALUES ('331081', 'a', 'agent', 'name', 'phone');
    INSERT INTO bars VALUES ('331081', 'a', 'a', '2026-03-02')";

const WITHOUT_LAW_ROWS: &str = "DELETE FROM case_contacts WHERE role = 'agent'";

/// One line each of a case, a contact, an event, a disclosure and a posting.
fn rows(connection: &mut Connection) -> Vec<String> {
    const QUERIES: [&str; 5] = [
        "SELECT id || number || version || stage || item || item_version || channel || applicant || window_code || department
             || received_at || coalesce(accepted_on, '2000-01-01') || due_on || amber_on || head || body AS fact FROM cases",
        "SELECT case_id || role || name || phone AS fact FROM case_contacts",
        "SELECT stream || version || id || kind || at || actor || body || digest AS fact FROM events",
        "SELECT id || case_id || actor || at AS fact FROM disclosures",
        "SELECT id || staff || role || department || CASE WHEN resident THEN 'r' ELSE '' END || from_day AS fact FROM postings",
    ];
    QUERIES.iter().flat_map(|query| sql_query(*query).load::<Fact>(connection).unwrap()).map(|fact| fact.fact).collect()
}

/// The keys between the tables hold, and the record is still append-only.
fn still_guarded(connection: &mut Connection) {
    for forbidden in [
        "INSERT INTO disclosures VALUES ('331081', 'x', 'nobody', 'clerk', 'c', '2026-03-02 01:00:00')",
        "INSERT INTO case_contacts (centre, case_id, role, name, phone) VALUES ('331081', 'nobody', 'contact', 'n', 'p')",
        "DELETE FROM cases",
        "UPDATE events SET kind = 'x'",
        "DELETE FROM disclosures",
        "UPDATE cases SET stage = 'lost'",
    ] {
        assert!(connection.batch_execute(forbidden).is_err(), "{forbidden}");
    }
    if let Connection::Sqlite(c) = connection {
        let dangling = "SELECT \"table\" AS fact FROM pragma_foreign_key_check";
        assert_eq!(sql_query(dangling).load::<Fact>(c).unwrap(), []);
    }
}
