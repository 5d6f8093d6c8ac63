//! Power gone in the middle of work (promises P1, P2, P4, P6): the program is killed under load, again and again, and
//! started on the same data. Whatever it had answered is there, once; whatever it had not, a retry tells.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::Write as _,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tests::*;

use crate::PROGRAM;

const CLIENTS: usize = 8;
/// Answers per cycle before the kill.
const ANSWERS: usize = 60;
const QUIET: &str = "log = \"warn\"\n[http]\nworkers = 2\n";

fn cycles() -> usize {
    std::env::var("YICHUANG_TEST_CRASH_CYCLES").ok().and_then(|text| text.parse().ok()).unwrap_or(5)
}

/// A write as its client knows it.
#[derive(Clone, Debug)]
struct Write {
    key: String,
    path: String,
    body: Value,
}

/// An answer that was received: what must never be lost.
#[derive(Clone, Debug)]
struct Acknowledged {
    write: Write,
    case: String,
    version: u64,
    answer: Value,
}

/// 台账: every acknowledged write, on disk before the client goes on.
struct Ledger {
    file: Mutex<File>,
    acknowledged: Mutex<Vec<Acknowledged>>,
    unknown: Mutex<Vec<Write>>,
    answers: AtomicUsize,
}

impl Ledger {
    fn new(hall: &Hall) -> Self {
        let file = File::create(hall.data().join("ledger.txt")).unwrap();
        Self {
            file: Mutex::new(file),
            acknowledged: Mutex::default(),
            unknown: Mutex::default(),
            answers: AtomicUsize::new(0),
        }
    }

    fn acknowledge(&self, write: Write, answer: Value) {
        let case = answer["id"].as_str().unwrap().to_owned();
        let version = answer["version"].as_u64().unwrap();
        let mut file = self.file.lock().unwrap();
        writeln!(file, "{} {case} {version}", write.key).unwrap();
        file.sync_all().unwrap();
        drop(file);
        self.acknowledged.lock().unwrap().push(Acknowledged { write, case, version, answer });
        self.answers.fetch_add(1, Ordering::SeqCst);
    }
}

fn application() -> Write {
    let key = uuid::Uuid::now_v7().to_string();
    let body = json!({
        "item": items::PROMISED, "channel": "web", "applicant": Person::new().applicant(),
        "delivery": { "method": "pick_up" }, "external_number": key,
    });
    Write { key, path: "/v1/cases".to_owned(), body }
}

/// 撤回申请 under a number of its own, so that it can be told whether it was done once.
fn withdrawal(case: &str) -> Write {
    let key = uuid::Uuid::now_v7().to_string();
    let body = json!({ "reason": format!("计划有变 {key}") });
    Write { key, path: format!("/v1/cases/{case}/withdrawal"), body }
}

/// None where the line broke, so that nobody knows.
async fn send(hall: &Hall, to: std::net::SocketAddr, write: &Write) -> Option<(u16, Value)> {
    let adapter = hall.adapter("zjzwfw");
    let request = hall.http().post(format!("http://{to}{}", write.path)).bearer_auth(adapter.token().unwrap());
    let request = request.header("idempotency-key", &write.key).header("if-match", "\"1\"").json(&write.body);
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    Some((status, response.json().await.ok()?))
}

/// Applies and sometimes withdraws, until nobody answers any more.
async fn works(hall: Hall, to: std::net::SocketAddr, ledger: Arc<Ledger>) {
    for turn in 0_usize.. {
        let write = application();
        let Some(case) = sends(&hall, to, &ledger, write).await else { return };
        if turn % 3 == 0 && sends(&hall, to, &ledger, withdrawal(&case)).await.is_none() {
            return;
        }
    }
}

async fn sends(hall: &Hall, to: std::net::SocketAddr, ledger: &Ledger, write: Write) -> Option<String> {
    match send(hall, to, &write).await {
        Some((200 | 201, answer)) => {
            let case = answer["id"].as_str().unwrap().to_owned();
            ledger.acknowledge(write, answer);
            Some(case)
        }
        Some((status, answer)) => panic!("{write:?}: {status} {answer}"),
        None => {
            ledger.unknown.lock().unwrap().push(write);
            None
        }
    }
}

/// Every write that was cut off is either done or not, and its retry says which and leaves it done, once.
async fn resolve(hall: &Hall, ledger: &Ledger) -> (usize, usize) {
    let unknown = std::mem::take(&mut *ledger.unknown.lock().unwrap());
    let mut were_done = 0;
    for write in &unknown {
        let done_before = Done::now(hall).has(write);
        let (status, answer) = send(hall, hall.address(), write).await.expect("nobody answers a retry");
        assert!(matches!(status, 200 | 201), "{write:?}: {status} {answer}");
        assert!(Done::now(hall).has(write), "answered and not done: {write:?}");
        were_done += usize::from(done_before);
        ledger.acknowledge(write.clone(), answer);
    }
    (unknown.len(), were_done)
}

/// What was done, by the marks that the writes left, and how often.
struct Done(BTreeMap<String, usize>);

impl Done {
    fn now(hall: &Hall) -> Self {
        let mut connection = hall.outside();
        let applied = texts(&mut connection, "SELECT external_number AS line FROM cases");
        let withdrawn = texts(&mut connection, "SELECT body AS line FROM events WHERE kind = 'withdrawn'");
        let marks = withdrawn.iter().map(|body| {
            let event: Value = serde_json::from_str(body).unwrap();
            let reason = event.pointer("/data/reason").and_then(Value::as_str).unwrap();
            reason.rsplit(' ').next().unwrap().to_owned()
        });
        let mut done = BTreeMap::new();
        for mark in applied.into_iter().chain(marks) {
            *done.entry(mark).or_default() += 1;
        }
        Self(done)
    }

    fn has(&self, write: &Write) -> bool {
        let times = self.0.get(&write.key).copied().unwrap_or(0);
        assert!(times <= 1, "{write:?} was done {times} times");
        times == 1
    }
}

/// Everything in the ledger is there, exactly once, and what was answered is what is stored.
async fn check(hall: &Hall, ledger: &Ledger) {
    let acknowledged = ledger.acknowledged.lock().unwrap().clone();
    let on_disk = std::fs::read_to_string(hall.data().join("ledger.txt")).unwrap();
    assert_eq!(on_disk.lines().count(), acknowledged.len());
    let done = Done::now(hall);
    let mut versions: BTreeMap<&str, u64> = BTreeMap::new();
    for entry in &acknowledged {
        assert!(done.has(&entry.write), "acknowledged and gone: {entry:?}");
        let version = versions.entry(&entry.case).or_default();
        *version = entry.version.max(*version);
    }
    let stored = texts(&mut hall.outside(), "SELECT id || ' ' || CAST(version AS TEXT) AS line FROM cases ORDER BY id");
    let expected: Vec<_> = versions.iter().map(|(case, version)| format!("{case} {version}")).collect();
    assert_eq!(stored, expected, "more cases, fewer, or others than were answered");
    let query = "SELECT stream || ' ' || CAST(max(version) AS TEXT) AS line FROM events WHERE stream NOT IN \
                 ('catalog', 'calendar', 'postings') GROUP BY stream HAVING count(*) = max(version) ORDER BY stream";
    assert_eq!(texts(&mut hall.outside(), query), expected, "the record differs from the cases");
    let numbers: BTreeSet<_> = acknowledged.iter().filter_map(|entry| entry.answer["number"].as_str()).collect();
    assert_eq!(numbers.len(), versions.len(), "a case number was given twice");
}

/// The last of each client are asked for over HTTP: a retry repeats the answer, and the record is whole.
async fn ask(hall: &Hall, ledger: &Ledger) {
    let acknowledged = ledger.acknowledged.lock().unwrap().clone();
    for entry in acknowledged.iter().rev().take(ANSWERS) {
        let (_, again) = send(hall, hall.address(), &entry.write).await.expect("nobody answers a retry");
        assert_eq!(again, entry.answer);
        let path = format!("/v1/cases/{}/record-verification", entry.case);
        let verified = hall.audit_admin().get(&path).await.ok();
        assert_eq!((&verified["intact"], verified["broken_at"].is_null()), (&json!(true), true), "{}", verified.body);
    }
}

async fn is_killed_and_comes_back(database: Database) {
    let hall = Hall::open_program(database, PROGRAM, QUIET);
    let ledger = Arc::new(Ledger::new(&hall));
    let (mut cut_off, mut were_done) = (0, 0);
    for cycle in 1..=cycles() {
        let (to, enough) = (hall.address(), ledger.answers.load(Ordering::SeqCst) + ANSWERS + 7 * cycle);
        let clients: Vec<_> =
            (0..CLIENTS).map(|_| tokio::spawn(works(hall.clone(), to, Arc::clone(&ledger)))).collect();
        let busy = async || (ledger.answers.load(Ordering::SeqCst) >= enough).then_some(());
        until("enough was answered", busy).await;
        hall.process().kill();
        for client in clients {
            client.await.unwrap();
        }
        hall.starts_again(PROGRAM);
        let (cut, done) = resolve(&hall, &ledger).await;
        cut_off += cut;
        were_done += done;
        check(&hall, &ledger).await;
        ask(&hall, &ledger).await;
    }
    assert!(cut_off >= cycles(), "only {cut_off} writes were cut off, {were_done} of them done: not under load");
    drop(hall.process());
}

/// Promises P1, P2, P4, P6.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_answered_is_lost_on_sqlite() {
    is_killed_and_comes_back(Database::Sqlite).await;
}

/// Promises P1, P2, P4, P6.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_answered_is_lost_on_postgres() {
    if Database::Postgres.is_left_out() {
        return;
    }
    is_killed_and_comes_back(Database::Postgres).await;
}
