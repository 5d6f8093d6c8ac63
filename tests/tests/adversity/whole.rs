//! 整库: moved from one database to the other and back, dumped and restored, without anything lost.

use std::path::Path;

use diesel::connection::SimpleConnection as _;
use persistence::{DatabaseUrl, whole::Whole};
use tests::*;

use crate::{
    ran::{below, folder, on, on_both, run_in, without_log},
    rows::{Contents, contents},
};

/// A hall in which much has happened, with nobody serving it.
async fn lived_in(database: Database) -> Hall {
    let hall = Hall::open(database).await;
    hall.restarts_with(|settings| {
        settings.hotlines = vec![api::settings::Hotline::new(hotline::HOTLINE.parse().unwrap())];
    })
    .await;
    let person = Person::new();
    let case =
        hall.received(Application::for_item(items::PROMISED).by(&person).courier_to(&person), "rule-of-law").await;
    hall.clerk_of(&case).attaches(&case, "application", "application/pdf", PDF).await.ok();
    hall.issue(&case).await;
    hall.applicant_of(&case).reads_personal_data(&case).await.ok();
    hall.graded_impasse("difficult").await;
    hall.closed_out_impasse().await;
    hall.exports_today_for("province").await;
    hall.clerk("rule-of-law").raises_ticket(&Person::new()).await.created();
    hall.clerk("rule-of-law").says_no_to(&Person::new()).await.created();
    hall.clerk("rule-of-law").is_asked(to_window("finance"), json!({})).await.created();
    until("every event has its place in the feed", async || {
        let waiting = texts(&mut hall.outside(), "SELECT id AS line FROM events WHERE seq IS NULL");
        waiting.is_empty().then_some(())
    })
    .await;
    hall.close().await;
    hall
}

fn url(hall: &Hall) -> String {
    match hall.database_url() {
        url if url.is_empty() => format!("sqlite:{}", hall.data().join("yichuang.sqlite3").display()),
        url => url,
    }
}

/// Each table of a database with its rows, whichever database it is.
fn everything(url: &str) -> Vec<(String, Vec<String>)> {
    let url: DatabaseUrl = url.parse().unwrap();
    let mut whole = Whole::read(&url).unwrap();
    let tables = whole.tables().to_vec();
    let read = |table: persistence::whole::Table| {
        let mut rows = Vec::new();
        whole
            .each(&table, |row| {
                rows.push(row.to_owned());
                Ok(())
            })
            .unwrap();
        (table.name().to_owned(), rows)
    };
    tables.into_iter().map(read).collect()
}

/// No table that the schema has is forgotten, and its rows are all there.
fn nothing_is_forgotten(known: &Contents, found: &[(String, Vec<String>)]) {
    for (table, rows) in known.iter().filter(|(table, _)| !table.starts_with("__")) {
        let (_, there) = found.iter().find(|(name, _)| name == table).unwrap_or_else(|| panic!("{table} is forgotten"));
        assert_eq!(there.len(), rows.len(), "{table}");
    }
    let filled = found.iter().filter(|(_, rows)| !rows.is_empty()).count();
    assert!(filled > 15, "hardly anything has happened: {filled}");
}

/// From SQLite to PostgreSQL and back to another SQLite: row by row the same, the chains whole, the feed going on.
#[tokio::test]
async fn a_move_there_and_back_loses_nothing() {
    if Database::Postgres.is_left_out() {
        return;
    }
    let (here, there) = (lived_in(Database::Sqlite).await, Hall::open(Database::Postgres).await);
    there.close().await;
    let before = everything(&url(&here));
    nothing_is_forgotten(&contents(&here), &before);
    let refused = without_log(on(&here, &["move", "--to", &there.database_url()]));
    refused.says_only(1, "不是空的");

    there.outside().batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").unwrap();
    let moved = without_log(on(&here, &["move", "--to", &there.database_url()])).is(0);
    assert!(moved.out.contains("逐表核对一致") && moved.out.contains("记录与现状一致"), "{moved:?}");
    assert_eq!(everything(&there.database_url()), before);
    let back = folder();
    let target = format!("sqlite:{}", back.path().join("back.sqlite3").display());
    without_log(on(&there, &["move", "--to", &target])).is(0);
    assert_eq!(everything(&target), before);
    assert_eq!(everything(&url(&here)), before, "what was moved is still where it was");

    let verified = without_log(on(&there, &["verify"])).is(0);
    assert!(verified.out.contains("哈希链完整"), "{verified:?}");
    there.restarts().await;
    let places = || {
        let counted = "SELECT CAST(max(seq) AS TEXT) || ' ' || CAST(count(seq) AS TEXT) AS line FROM events";
        let counted = texts(&mut there.outside(), counted).remove(0);
        let (last, given) = counted.split_once(' ').unwrap();
        (last.parse::<u64>().unwrap(), given.parse::<u64>().unwrap())
    };
    let (last, _) = places();
    there.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
    let (newest, given) = until("the feed goes on", async || Some(places()).filter(|(newest, _)| *newest > last)).await;
    assert_eq!(newest, given, "without a gap");
    there.close().await;
}

async fn is_restored(database: Database) {
    let hall = lived_in(database).await;
    let out = folder();
    let dump = out.path().join("dump");
    let to = dump.to_str().unwrap();
    let dumped = without_log(on(&hall, &["dump", "--out", to])).is(0);
    assert!(dumped.out.contains("events") && dumped.out.contains("parties"), "{dumped:?}");
    assert_eq!(below(&dump), ["files", "keys", "manifest.json", "tables"]);
    without_log(on(&hall, &["dump", "--out", to])).says_only(1, "not empty");
    without_log(on(&hall, &["restore", "--from", to])).says_only(1, "已有密钥");

    let fresh = folder();
    let restored = without_log(run_in(fresh.path(), &["restore", "--from", to], &[])).is(0);
    assert!(restored.out.contains("逐表核对一致"), "{restored:?}");
    let restored = format!("sqlite:{}", fresh.path().join("yichuang.sqlite3").display());
    assert_eq!(everything(&restored), everything(&url(&hall)));
    assert_eq!(files(&fresh.path().join("files")), files(&hall.data().join("files")));
    assert_eq!(files(&fresh.path().join("keys")), files(&hall.data().join("keys")));
    assert!(!files(&hall.data().join("files")).is_empty());
    is_a_sandbox(fresh.path()).await;

    // A line that was changed is noticed, and nothing is left half done.
    let path = dump.join("tables/parties.ndjson");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("person", "enterprise", 1)).unwrap();
    let empty = folder();
    without_log(run_in(empty.path(), &["restore", "--from", to], &[])).says_only(1, "与清单不符");
    let database = format!("sqlite:{}", empty.path().join("yichuang.sqlite3").display());
    assert!(everything(&database).iter().all(|(_, rows)| rows.is_empty()));
}

/// A sandbox that was restored is one, and nothing else.
async fn is_a_sandbox(data: &Path) {
    let settings = |sandbox| api::settings::Settings {
        data: data.to_owned(),
        listen: std::net::SocketAddr::from(([127, 0, 0, 1], 0)),
        management: String::new(),
        sandbox,
        ..api::settings::Settings::default()
    };
    assert!(api::server::start(settings(false)).await.is_err());
    api::server::start(settings(true)).await.unwrap().stop_now().await;
}

/// Every file below, with what it says.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for name in if folder.exists() { below(folder) } else { Vec::new() } {
        let path = folder.join(&name);
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(rest, bytes)| (format!("{name}/{rest}"), bytes)));
        } else {
            found.push((name, std::fs::read(path).unwrap()));
        }
    }
    found
}

/// A dump of SQLite in another data folder: tables, files and keys.
#[tokio::test]
async fn a_dump_of_sqlite_is_restored() {
    is_restored(Database::Sqlite).await;
}

/// A dump of PostgreSQL restored into SQLite.
#[tokio::test]
async fn a_dump_of_postgres_is_restored() {
    if !Database::Postgres.is_left_out() {
        is_restored(Database::Postgres).await;
    }
}

async fn is_found(database: Database) {
    let hall = lived_in(database).await;
    without_log(on(&hall, &["verify"])).is(0);
    let mut connection = hall.outside();
    // As it was stored before bodies said in what role somebody answers.
    let of_new = "SELECT id AS line FROM impasses WHERE body LIKE '%\"answers_as\"%'";
    assert!(!texts(&mut connection, of_new).is_empty());
    let of_old = "UPDATE impasses SET body = replace(body, ',\"answers_as\":\"clerk\"', '')";
    connection.batch_execute(of_old).unwrap();
    assert_eq!(texts(&mut connection, of_new), [""; 0]);
    drop(connection);
    without_log(on(&hall, &["verify"])).is(0);
    let mut connection = hall.outside();
    let change = "UPDATE cases SET body = replace(body, '\"stage\":\"issued\"', '\"stage\":\"decided\"')";
    connection.batch_execute(change).unwrap();
    let change = "UPDATE consultations SET body = replace(body, '露营', '野营') WHERE open";
    connection.batch_execute(change).unwrap();
    drop(connection);
    let found = without_log(on(&hall, &["verify"])).is(1);
    assert!(found.err.contains("现状与记录不符") && found.err.contains("2处"), "{found:?}");
}

/// `verify` finds what somebody changed behind the program's back in SQLite.
#[tokio::test]
async fn what_was_tampered_with_in_sqlite_is_found() {
    is_found(Database::Sqlite).await;
}

/// And in PostgreSQL.
#[tokio::test]
async fn what_was_tampered_with_in_postgres_is_found() {
    if !Database::Postgres.is_left_out() {
        is_found(Database::Postgres).await;
    }
}

/// `catalog export` writes what `catalog import` reads: the round trip changes nothing, and fills a new installation.
#[tokio::test]
async fn a_catalogue_goes_round() {
    on_both(async |hall| {
        let file = hall.data().join("exported.json");
        let path = file.to_str().unwrap();
        let exported = without_log(on(&hall, &["catalog", "export", path])).is(0);
        assert!(exported.out.contains("事项25"), "{exported:?}");
        let imported = without_log(on(&hall, &["catalog", "import", path])).is(0);
        assert!(imported.out.contains("新增0，修订0，未变25；派驻：新增0"), "{imported:?}");
        let fresh = folder();
        let imported = without_log(run_in(fresh.path(), &["catalog", "import", path], &[])).is(0);
        assert!(imported.out.contains("新增25"), "{imported:?}");
    })
    .await;
}
