//! 数据交换 from the command line, and when the power goes in the middle of a batch.

use std::collections::BTreeSet;

use tests::*;

use crate::{
    PROGRAM,
    ran::{below, folder, on, on_both, without_log},
};

const CASES: usize = 400;

fn application() -> Value {
    json!({
        "item": items::PROMISED, "channel": "web", "applicant": Person::new().applicant(), "delivery": { "method": "pick_up" },
    })
}

/// Received by the program, some at a time.
async fn receives(hall: &Hall, cases: usize) {
    let adapter = hall.adapter("platform");
    for _ in 0..cases / 20 {
        let sent = (0..20).map(|_| {
            let adapter = adapter.clone();
            tokio::spawn(async move { adapter.post("/v1/cases").json(&application()).await.created() })
        });
        for case in sent.collect::<Vec<_>>() {
            case.await.unwrap();
        }
    }
}

/// Longer than the lease of a process that is gone.
const PATIENCE: u64 = 90;

fn rows(answer: &Answer) -> Vec<Value> {
    let text = std::str::from_utf8(&answer.bytes).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Killed in the middle of a batch, the program goes on where it stopped: every case is there, once.
async fn goes_on_after_a_kill(database: Database) {
    let hall = Hall::open_program(database, PROGRAM, "log = \"warn\"\n[rates]\nper_second_and_client = 0\n");
    receives(&hall, CASES).await;
    let order = json!({ "receiver": "province", "from": today(), "to": today() });
    let ordered = hall.manager().post("/v1/exports").json(&order).await;
    assert_eq!(ordered.status, 202, "{}", ordered.body);
    let path = ordered.header("location").to_owned();
    let export = async || hall.manager().get(&path).await.ok();
    let half_done = until_within(PATIENCE, "the batch is begun", async || {
        let export = export().await;
        (export["examined"].as_u64().unwrap() > 0).then_some(export)
    });
    assert_eq!(half_done.await["state"], "running", "it is killed in the middle");
    hall.process().kill();
    hall.starts_again(PROGRAM);
    let finished = async || {
        let export = export().await;
        (export["state"] == "finished").then_some(export)
    };
    let export = until_within(PATIENCE, "the batch is finished", finished).await;
    assert_eq!((&export["examined"], &export["matched"]), (&json!(CASES), &json!(CASES)));
    let accept = rows(&hall.manager().get(&format!("{path}/files/up_pro_accept.ndjson")).await.ok());
    let numbers: BTreeSet<_> = accept.iter().map(|row| row["project_no"].as_str().unwrap()).collect();
    assert_eq!((accept.len(), numbers.len()), (CASES, CASES), "every case once");
    assert_eq!(export["files"][0]["rows"], json!(CASES));
    drop(hall.process());
}

/// Promise P4, clause B5-7.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_goes_on_after_a_kill_on_sqlite() {
    goes_on_after_a_kill(Database::Sqlite).await;
}

/// Promise P4, clause B5-7.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_goes_on_after_a_kill_on_postgres() {
    if !Database::Postgres.is_left_out() {
        goes_on_after_a_kill(Database::Postgres).await;
    }
}

/// `export`: the same batches without a server, into a folder that was empty.
#[tokio::test]
async fn the_command_line_exports_into_a_folder() {
    on_both(async |hall| {
        hall.restarts().await;
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        hall.close().await;
        let day = today().to_string();
        let out = folder();
        let to = out.path().to_str().unwrap().to_owned();
        let arguments = ["export", "--receiver", "province", "--from", &day, "--to", &day, "--out", &to];
        let ran = without_log(on(&hall, &arguments)).is(0);
        assert!(ran.out.contains("版本 1") && ran.out.contains("up_pro_accept.ndjson：1行"), "{ran:?}");
        assert_eq!(
            below(out.path()),
            [
                "manifest.json",
                "up_pro_accept.ndjson",
                "up_pro_material.ndjson",
                "up_pro_process.ndjson",
                "up_pro_result.ndjson",
                "up_pro_special_procedure.ndjson",
            ]
        );
        let accept = std::fs::read_to_string(out.path().join("up_pro_accept.ndjson")).unwrap();
        assert!(accept.contains(&case.number) && accept.lines().count() == 1, "{accept}");
        let manifest: Value =
            serde_json::from_slice(&std::fs::read(out.path().join("manifest.json")).unwrap()).unwrap();
        assert_eq!((&manifest["state"], &manifest["files"][0]["bytes"]), (&json!("finished"), &json!(accept.len())));
        without_log(on(&hall, &arguments)).says_only(1, "not empty");
        let elsewhere = folder();
        let again = [
            "export",
            "--receiver",
            "province",
            "--from",
            &day,
            "--to",
            &day,
            "--out",
            elsewhere.path().to_str().unwrap(),
        ];
        let again = without_log(on(&hall, &again)).is(0);
        assert!(again.out.contains("版本 2") && again.out.contains("up_pro_accept.ndjson：0行"), "{again:?}");
    })
    .await;
}
