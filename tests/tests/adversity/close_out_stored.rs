//! 销号: whatever is written into the database or restored, closes nothing out without the satisfied word of the applicant
//! (clause D5-2).

use std::path::Path;

use diesel::connection::SimpleConnection as _;
use persistence::Connection;
use sha2::{Digest as _, Sha256};
use tests::*;

use crate::ran::{folder, on, run_in, without_log};

tests::on_both_stores! {
    /// Clause D5-2: the database refuses it from every state, however the columns are filled; refuses a row that begins closed out;
    /// and keeps the answer that closed one as it is.
    async fn the_database_refuses_it_in_every_state(hall: Hall) {
        hall.a_new_morning().await;
        let (closed, _) = hall.closed_out_impasse().await;
        let (manager, reform) = (hall.manager(), hall.reform());
        let mut open = vec![hall.registered_impasse().await.0, hall.filed_impasse().await.0, hall.answered_impasse().await.0];
        for level in ["general", "difficult", "exceptional"] {
            open.push(hall.graded_impasse(level).await.0);
        }
        let (carried, _) = hall.graded_impasse("general").await;
        manager.explains(&carried).await.ok();
        manager.proposes_carrying(&carried, "not_allowed_by_law").await.ok();
        reform.rules_on_carrying(&carried, true, 20).await.ok();
        let (reopened, _) = hall.closed_out_impasse().await;
        reform.follows_up(&reopened, false).await.ok();
        let (dissatisfied, _) = hall.answered_impasse().await;
        let applicant = hall.applicant_in(&dissatisfied);
        applicant.says(&dissatisfied, false).await.ok();
        open.extend([carried, reopened, dissatisfied]);

        let (yes, no) = if hall.database() == Database::Sqlite { ("1", "0") } else { ("TRUE", "FALSE") };
        let (theirs, nobody) = (&closed.id, uuid::Uuid::now_v7());
        let closing = "UPDATE impasses SET state = 'closed_out', closed_at = registered_at";
        let filed = "level = 'general', number = '331081办〔2026〕999999号', filed_at = registered_at";
        let said = "replace(body, '\"state\":\"' || state || '\"', '\"state\":\"closed_out\"')";
        let written_otherwise = "replace(body, '\"state\":\"' || state || '\"', '\"state\" : \"closed\\u005fout\"')";
        let mut tried = Vec::new();
        for impasse in &open {
            let id = &impasse.id;
            tried.extend([
                format!("UPDATE impasses SET state = 'closed_out' WHERE id = '{id}'"),
                format!("{closing}, {filed} WHERE id = '{id}'"),
                format!("{closing}, {filed}, close_round = rounds, close_satisfied = {yes} WHERE id = '{id}'"),
                format!("{closing}, {filed}, close_round = 1, close_satisfied = {yes}, rounds = 1 WHERE id = '{id}'"),
                format!("{closing}, {filed}, close_round = 1, close_satisfied = {no}, rounds = 1 WHERE id = '{id}'"),
                format!(
                    "{closing}, {filed}, close_round = 1, close_satisfied = {yes}, rounds = 1, \
                     applicant = (SELECT applicant FROM impasse_answers WHERE impasse = '{theirs}') WHERE id = '{id}'"
                ),
                format!("UPDATE impasse_answers SET impasse = '{id}' WHERE impasse = '{theirs}'"),
                format!("UPDATE impasses SET body = {said} WHERE id = '{id}'"),
                format!("UPDATE impasses SET body = {written_otherwise} WHERE id = '{id}'"),
            ]);
        }
        tried.extend([
            format!(
                "INSERT INTO impasses (centre, id, number, version, state, level, category, channel, window_code, fallback, applicant, \
                 subject, registered_at, filed_at, closed_at, close_round, close_satisfied, rounds, head, body) \
                 SELECT centre, '{nobody}', '331081办〔2026〕999998号', version, state, level, category, channel, window_code, fallback, \
                 applicant, subject, registered_at, filed_at, closed_at, close_round, close_satisfied, rounds, head, body \
                 FROM impasses WHERE id = '{theirs}'"
            ),
            format!("UPDATE impasses SET id = '{nobody}' WHERE id = '{theirs}'"),
            format!("UPDATE impasse_answers SET satisfied = {no} WHERE impasse = '{theirs}'"),
            format!("UPDATE impasse_answers SET satisfied = {yes} WHERE satisfied = {no}"),
            format!("DELETE FROM impasse_answers WHERE impasse = '{theirs}'"),
            format!("DELETE FROM impasses WHERE id = '{theirs}'"),
        ]);
        let mut outside = hall.outside();
        let before = stands(&mut outside);
        for statement in tried {
            assert!(outside.batch_execute(&statement).is_err(), "{statement}");
        }
        assert_eq!(stands(&mut outside), before);
    }
}

/// What each impasse stands at, and what was said of it.
fn stands(outside: &mut Connection) -> (Vec<String>, Vec<String>) {
    let impasses = texts(outside, "SELECT id || ' ' || state AS line FROM impasses ORDER BY 1");
    let answers = "SELECT impasse || ' ' || CAST(round AS TEXT) || ' ' || CAST(satisfied AS TEXT) AS line \
                   FROM impasse_answers ORDER BY 1";
    (impasses, texts(outside, answers))
}

/// Clause D5-2: a dump of SQLite that claims a close-out is not restored, not even with an answer made up for it.
#[tokio::test]
async fn a_dump_of_sqlite_closes_nothing_out() {
    closes_nothing_out(Database::Sqlite).await;
}

/// Clause D5-2: nor is one of PostgreSQL.
#[tokio::test]
async fn a_dump_of_postgres_closes_nothing_out() {
    if !Database::Postgres.is_left_out() {
        closes_nothing_out(Database::Postgres).await;
    }
}

async fn closes_nothing_out(database: Database) {
    let hall = Hall::open(database).await;
    hall.a_new_morning().await;
    let (closed, _) = hall.closed_out_impasse().await;
    let (open, _) = hall.answered_impasse().await;
    hall.close().await;
    let out = folder();
    let dump = out.path().join("dump");
    let from = dump.to_str().unwrap();
    without_log(on(&hall, &["dump", "--out", from])).is(0);
    let there = Hall::open(database).await;
    there.close().await;
    let restored = || {
        let (fresh, url) = (folder(), there.database_url());
        let place = [("YICHUANG_DATABASE_URL", url.as_str())];
        let environment = if url.is_empty() { &place[..0] } else { &place[..] };
        if !url.is_empty() {
            there.outside().batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").unwrap();
        }
        without_log(run_in(fresh.path(), &["restore", "--from", from], environment))
    };
    restored().is(0);

    let rows = lines(&dump, "impasses");
    let row = |id: &str| rows.iter().find(|row| row["id"] == id).cloned().unwrap();
    let (theirs, mut claimed) = (row(&closed.id), row(&open.id));
    for field in ["state", "closed_at", "close_round", "close_satisfied"] {
        claimed[field] = theirs[field].clone();
    }
    let forged =
        |claimed: &Value| rows.iter().map(|row| if row["id"] == open.id { claimed } else { row }.clone()).collect();
    rewrite(&dump, "impasses", forged(&claimed));
    assert_eq!(restored().status, 1, "no answer");

    let mut answers = lines(&dump, "impasse_answers");
    let mut answer = answers[0].clone();
    (answer["impasse"], answer["applicant"]) = (json!(open.id), claimed["applicant"].clone());
    answers.push(answer);
    answers.sort_by_key(|row| row["impasse"].as_str().unwrap().to_owned());
    rewrite(&dump, "impasse_answers", answers);
    restored().says_only(1, "没有记录可依");

    let body = claimed["body"].as_str().unwrap().replacen("\"awaiting_applicant\"", "\"closed_out\"", 1);
    claimed["body"] = json!(body);
    rewrite(&dump, "impasses", forged(&claimed));
    restored().says_only(1, "没有记录可依");
}

/// The rows of a table in a dump.
fn lines(dump: &Path, table: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(dump.join(format!("tables/{table}.ndjson"))).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Other rows, and a manifest that knows them.
fn rewrite(dump: &Path, table: &str, rows: Vec<Value>) {
    let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
    std::fs::write(dump.join(format!("tables/{table}.ndjson")), &text).unwrap();
    let path = dump.join("manifest.json");
    let mut manifest: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let tables = manifest["tables"].as_array_mut().unwrap();
    let known = tables.iter_mut().find(|it| it["table"] == table).unwrap();
    let sha256: String = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    (known["rows"], known["sha256"]) = (json!(rows.len()), json!(sha256));
    std::fs::write(&path, manifest.to_string()).unwrap();
}
