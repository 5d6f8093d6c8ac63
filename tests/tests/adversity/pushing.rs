//! An adapter that retries blindly: at once, through several processes, and through a server that is killed meanwhile
//! (clause G1, promises P1, P2, P4). One number makes one case.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tests::{pushing::pushed, *};

use crate::{PROGRAM, rows::count};

const RETRIES: usize = 200;
const NUMBERS: usize = 16;
/// Answers to each number before the kill, and after it.
const ANSWERS: usize = 3;
const QUIET: &str = "log = \"warn\"\n[http]\nworkers = 2\n";

/// Status and case of one try under a key that was never used; None where nobody answered.
async fn tries(hall: &Hall, to: SocketAddr, number: &str, body: &Value) -> Option<(u16, String)> {
    let adapter = hall.adapter("zjzwfw");
    let request = hall.http().put(format!("http://{to}/v1/applications/{number}"));
    let request =
        request.bearer_auth(adapter.token().unwrap()).header("idempotency-key", uuid::Uuid::now_v7().to_string());
    let response = request.json(body).send().await.ok()?;
    let status = response.status().as_u16();
    let answer: Value = response.json().await.ok()?;
    match status {
        200 | 201 => Some((status, answer["case"].as_str().unwrap().to_owned())),
        // Too many, or busy: come again.
        429 | 503 => None,
        _ => panic!("{number}: {status} {answer}"),
    }
}

/// Tries until it is answered.
async fn insists(hall: Hall, to: SocketAddr, number: &str, body: &Value) -> (u16, String) {
    until_within(60, "it is answered", async || tries(&hall, to, number, body).await).await
}

/// As many retries as that at once, one after the other through these processes: one makes the case, and all are answered
/// with it.
async fn all_at_once(hall: &Hall, addresses: &[SocketAddr]) {
    let body = pushed(&Person::new(), None);
    let one = |n: usize| {
        let (hall, to, body) = (hall.clone(), addresses[n % addresses.len()], body.clone());
        tokio::task::spawn_local(async move { insists(hall, to, "Z-1", &body).await })
    };
    let (mut statuses, mut cases) = (BTreeMap::<u16, usize>::new(), BTreeSet::new());
    let answered = async {
        for task in (0..RETRIES).map(one).collect::<Vec<_>>() {
            let (status, case) = task.await.unwrap();
            *statuses.entry(status).or_default() += 1;
            cases.insert(case);
        }
    };
    tokio::task::LocalSet::new().run_until(answered).await;
    assert_eq!(statuses, BTreeMap::from([(200, RETRIES - 1), (201, 1)]));
    assert_eq!((cases.len(), count(hall, "cases"), count(hall, "parties")), (1, 1, 1));
}

tests::on_both_stores! {
    /// Clause G1, promise P2: two hundred retries at the same moment are one case.
    async fn two_hundred_retries_at_once_are_one_case(hall: Hall) {
        all_at_once(&hall, &[hall.address()]).await;
    }
}

/// Clause G1, promise P2: so are they when three processes on one PostgreSQL take them.
#[tokio::test]
async fn three_processes_make_one_case_of_one_number() {
    run(Database::Postgres, async |hall: Hall| {
        let (second, third) = (hall.beside(PROGRAM), hall.beside(PROGRAM));
        all_at_once(&hall, &[hall.address(), second.address, third.address]).await;
    })
    .await;
}

/// The receipts that a reader of the feed is told of by this process, until they are so many.
async fn follows(hall: Hall, at: SocketAddr, most: usize) -> Vec<String> {
    let adapter = hall.adapter("zjzwfw");
    let (mut seen, mut after) = (Vec::new(), "0".to_owned());
    while seen.len() < most {
        let query = format!("after={after}&wait=5&types=cn.gov.yichuang.case.received.v1");
        let request = hall.http().get(format!("http://{at}/v1/events?{query}")).bearer_auth(adapter.token().unwrap());
        let page: Value = request.send().await.unwrap().json().await.unwrap();
        page["next"].as_str().unwrap().clone_into(&mut after);
        seen.extend(page["data"].as_array().unwrap().iter().map(|event| event["subject"].as_str().unwrap().to_owned()));
    }
    seen
}

/// Clause G1, promise P3: three processes write at the same moment, and a reader of each is told of everything, once and in
/// the one order.
#[tokio::test]
async fn three_processes_tell_everything_in_one_order() {
    run(Database::Postgres, async |hall: Hall| {
        let (second, third) = (hall.beside(PROGRAM), hall.beside(PROGRAM));
        let addresses = [hall.address(), second.address, third.address];
        let told = async {
            let reader = |at: SocketAddr| tokio::task::spawn_local(follows(hall.clone(), at, RETRIES));
            let readers: Vec<_> = addresses.into_iter().map(reader).collect();
            let write = |n: usize| {
                let (hall, to, body) = (hall.clone(), addresses[n % addresses.len()], pushed(&Person::new(), None));
                tokio::task::spawn_local(async move { insists(hall, to, &format!("F-{n}"), &body).await })
            };
            let mut cases = BTreeSet::new();
            for written in (0..RETRIES).map(write).collect::<Vec<_>>() {
                cases.insert(written.await.unwrap().1);
            }
            let mut told = Vec::new();
            for reader in readers {
                told.push(tokio::time::timeout(Duration::from_secs(60), reader).await.unwrap().unwrap());
            }
            (cases, told)
        };
        let (cases, told) = tokio::task::LocalSet::new().run_until(told).await;
        assert_eq!(cases.len(), RETRIES);
        for one in &told {
            assert_eq!((one.len(), one == &told[0]), (RETRIES, true), "each is told once, in one order");
            assert!(cases.iter().all(|case| one.iter().any(|subject| subject.contains(case))));
        }
    })
    .await;
}

/// What an adapter that never gives up was answered, and where it sends now.
struct Insisting {
    to: Mutex<SocketAddr>,
    enough: AtomicBool,
    answers: Mutex<BTreeMap<String, Vec<(u16, String)>>>,
}

impl Insisting {
    async fn sends(self: Arc<Self>, hall: Hall, number: String) {
        let body = pushed(&Person::new(), None);
        while !self.enough.load(Ordering::SeqCst) {
            let to = *self.to.lock().unwrap();
            match tries(&hall, to, &number, &body).await {
                Some(answer) => self.answers.lock().unwrap().entry(number.clone()).or_default().push(answer),
                None => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    }

    /// Every number has been answered this often.
    async fn has(&self, times: usize) {
        let all = async || {
            let answers = self.answers.lock().unwrap();
            (answers.len() == NUMBERS && answers.values().all(|of| of.len() >= times)).then_some(())
        };
        until("every number was answered often enough", all).await;
    }

    fn most(&self) -> usize {
        self.answers.lock().unwrap().values().map(Vec::len).max().unwrap_or_default()
    }
}

async fn is_retried_through_a_kill(database: Database) {
    let hall = Hall::open_program(database, PROGRAM, QUIET);
    let adapter = Arc::new(Insisting {
        to: Mutex::new(hall.address()),
        enough: AtomicBool::new(false),
        answers: Mutex::default(),
    });
    let number = |n: usize| tokio::spawn(Arc::clone(&adapter).sends(hall.clone(), format!("K-{n}")));
    let sending: Vec<_> = (0..NUMBERS).map(number).collect();
    adapter.has(1).await;
    for _ in 0..2 {
        hall.process().kill();
        hall.starts_again(PROGRAM);
        *adapter.to.lock().unwrap() = hall.address();
        adapter.has(adapter.most() + ANSWERS).await;
    }
    adapter.enough.store(true, Ordering::SeqCst);
    for task in sending {
        task.await.unwrap();
    }
    let answers = adapter.answers.lock().unwrap().clone();
    let mut cases = BTreeSet::new();
    for (number, answers) in &answers {
        let of: BTreeSet<_> = answers.iter().map(|(_, case)| case).collect();
        assert_eq!(of.len(), 1, "{number}: {answers:?}");
        assert!(answers.iter().filter(|(status, _)| *status == 201).count() <= 1, "{number}: {answers:?}");
        cases.extend(of);
    }
    assert_eq!((cases.len(), count(&hall, "cases"), count(&hall, "pushes")), (NUMBERS, NUMBERS, NUMBERS));
    drop(hall.process());
}

/// Clause G1, promises P1, P2, P4.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_outlives_a_kill_on_sqlite() {
    is_retried_through_a_kill(Database::Sqlite).await;
}

/// Clause G1, promises P1, P2, P4.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_outlives_a_kill_on_postgres() {
    if Database::Postgres.is_left_out() {
        return;
    }
    is_retried_through_a_kill(Database::Postgres).await;
}
