//! What time does to cases, when the program dies between the moment it is due and the moment it is done.

use diesel::connection::SimpleConnection as _;
use tests::*;

use crate::PROGRAM;

const CASES: usize = 40;

/// How many of these events are on the record of a case.
async fn times(hall: &Hall, case: &Case, kind: &str) -> usize {
    let timeline = hall.manager().reads_timeline(case).await.ok();
    timeline.body.as_array().unwrap().iter().filter(|entry| entry["kind"] == kind).count()
}

/// Moves the clock and does not wait for what falls due. Whether that was answered.
fn moves_clock(hall: &Hall, to: &str) -> tokio::task::JoinHandle<bool> {
    let (address, token) = (hall.address(), hall.system_admin().token().unwrap().to_owned());
    let (client, body) = (hall.http().clone(), json!({ "to": to }).to_string());
    tokio::spawn(async move {
        let request = client.post(format!("http://{address}/v1/sandbox/clock")).bearer_auth(token);
        request.header("content-type", "application/json").body(body).send().await.is_ok()
    })
}

/// Killed while cases are being deemed accepted, the program goes on with the rest and does none twice.
async fn happens_once(database: Database) {
    let hall = Hall::open_sandbox(database, PROGRAM);
    let came = hall.a_new_morning().await;
    let mut cases = Vec::new();
    for _ in 0..CASES {
        let application = Application::for_item(items::PROMISED).by(&Person::new());
        cases.push(hall.received(application, "rule-of-law").await);
    }
    let over = hall.after(came, 6).and_hms_opt(1, 0, 0).unwrap().and_utc().to_rfc3339();
    let moving = moves_clock(&hall, &over);
    let newest = cases.last().unwrap();
    let first = &cases[0];
    until("the first is deemed accepted", async || (times(&hall, first, "accepted").await == 1).then_some(())).await;
    hall.process().kill();
    let answered = moving.await.unwrap();
    hall.starts_again(PROGRAM);
    hall.time_passes_to_day(hall.after(came, 7), 9, 0).await;
    for case in &cases {
        assert_eq!(times(&hall, case, "accepted").await, 1, "answered before it was killed: {answered}");
        let verified = hall.audit_admin().verifies(case).await.ok();
        assert_eq!(verified["intact"], true);
    }
    hall.manager().reads(newest).await.ok();
    assert_eq!((newest.stage(), newest.at("/acceptance/on")), ("in_review".to_owned(), json!(came)));
    drop(hall.process());
}

/// A clock that is moved at one process is so at all of them within a second.
#[tokio::test]
async fn processes_agree_on_the_time_of_a_sandbox() {
    if Database::Postgres.is_left_out() {
        return;
    }
    let hall = Hall::open_sandbox(Database::Postgres, PROGRAM);
    let beside = hall.beside(PROGRAM);
    let day = hall.a_new_morning().await;
    let moved = std::time::Instant::now();
    let url = format!("http://{}/v1/sandbox/clock", beside.address);
    until("the other process knows", async || {
        let reading: Value = hall.http().get(&url).send().await.unwrap().json().await.unwrap();
        let now: chrono::DateTime<chrono::Utc> = reading["now"].as_str().unwrap().parse().unwrap();
        (now >= day.and_hms_opt(1, 0, 0).unwrap().and_utc()).then_some(())
    })
    .await;
    assert!(moved.elapsed() < std::time::Duration::from_secs(1), "{:?}", moved.elapsed());
    drop((hall.process(), beside));
}

/// How many wait in this database for what somebody else holds.
const WAITING: &str = "SELECT CAST(count(*) AS TEXT) AS line FROM pg_stat_activity \
     WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// Rule L6, promises P1, P2: three processes come to the same case at the same moment, and each is deemed accepted once.
#[tokio::test]
async fn three_processes_let_it_happen_once() {
    if Database::Postgres.is_left_out() {
        return;
    }
    let hall = Hall::open_sandbox(Database::Postgres, PROGRAM);
    let beside = [hall.beside(PROGRAM), hall.beside(PROGRAM)];
    let came = hall.a_new_morning().await;
    let mut cases = Vec::new();
    for _ in 0..CASES {
        let application = Application::for_item(items::PROMISED).by(&Person::new());
        cases.push(hall.received(application, "rule-of-law").await);
    }
    // Nobody writes a case before all three have found it due.
    let (mut holding, mut watching) = (hall.outside(), hall.outside());
    holding.batch_execute("BEGIN; LOCK TABLE cases IN SHARE MODE").unwrap();
    let over = hall.after(came, 6).and_hms_opt(1, 0, 0).unwrap().and_utc().to_rfc3339();
    let moving = moves_clock(&hall, &over);
    until("all three come to it", async || (texts(&mut watching, WAITING) == ["3"]).then_some(())).await;
    holding.batch_execute("COMMIT").unwrap();
    assert!(moving.await.unwrap(), "the clock was moved");
    hall.time_passes_to_day(hall.after(came, 7), 9, 0).await;
    for case in &cases {
        assert_eq!(times(&hall, case, "accepted").await, 1);
        hall.audit_admin().verifies(case).await.ok();
    }
    drop((hall.process(), beside));
}

/// Rule L6, promises P1, P2.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_falls_due_happens_once_on_sqlite() {
    happens_once(Database::Sqlite).await;
}

/// Rule L6, promises P1, P2.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_falls_due_happens_once_on_postgres() {
    if Database::Postgres.is_left_out() {
        return;
    }
    happens_once(Database::Postgres).await;
}
