//! The life of a serving process: what keeps it from starting, what it makes, how it ends.

use std::{
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use diesel::connection::SimpleConnection as _;
use tests::*;

use crate::{
    PROGRAM,
    line::under_way,
    ran::{below, closed, ended, folder, on, on_both, run_in, without_log},
    rows::{contents, count, differences},
};

/// Promise P5: a schema newer than the program is not touched.
#[tokio::test]
async fn a_newer_schema_is_left_alone() {
    on_both(async |hall| {
        let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000000')";
        hall.outside().batch_execute(newer).unwrap();
        let before = contents(&hall);
        for command in ["serve", "migrate"] {
            let ran = without_log(on(&hall, &[command]));
            assert!(!ran.err.contains("password"), "{ran:?}");
            ran.says_only(1, "29991231000000");
        }
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
    })
    .await;
}

/// A second process on the same SQLite folder is told so, and the first goes on.
#[tokio::test]
async fn a_second_process_on_the_same_folder_is_told_so() {
    let hall = Hall::open_program(Database::Sqlite, PROGRAM, "");
    let listen = ["serve", "--listen", "127.0.0.1:0", "--management", ""];
    let began = Instant::now();
    without_log(run_in(hall.data(), &listen, &[])).says_only(1, "另一");
    without_log(run_in(hall.data(), &["migrate"], &[])).is(1);
    assert!(began.elapsed() < Duration::from_secs(30), "told, but only after {:?}", began.elapsed());
    hall.manager().get("/v1/cases").await.ok();
    hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
    let process = hall.process();
    process.terminate();
}

/// A port that is taken: one sentence, 1.
#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (data, address) = (folder(), taken.local_addr().unwrap().to_string());
    let ran = run_in(data.path(), &["serve", "--listen", &address, "--management", ""], &[]);
    without_log(ran).says_only(1, &address);
    let ran = run_in(data.path(), &["serve", "--listen", "127.0.0.1:0", "--management", &address], &[]);
    without_log(ran).says_only(1, &address);
}

tests::on_both_stores! {
    /// First start: keys that nobody else can read; second start: the same keys, quickly.
    async fn the_first_start_makes_keys_for_nobody_else(beside: Hall) {
        let hall = Hall::open_program(beside.database(), PROGRAM, "");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let keys = hall.data().join("keys");
        assert_eq!(mode(&keys), 0o700);
        assert!(below(&keys).len() >= 2);
        let read = || below(&keys).into_iter().map(|name| std::fs::read(keys.join(name)).unwrap()).collect::<Vec<_>>();
        for name in below(&keys) {
            assert_eq!(mode(&keys.join(&name)), 0o600, "{name}");
        }
        if hall.database() == Database::Sqlite {
            let database = hall.data().join("yichuang.sqlite3");
            assert_eq!(mode(&database) & 0o007, 0, "the database can be read by anybody");
        }
        let first = read();
        let mut process = hall.process();
        process.terminate();
        assert_eq!(process.exit().await.code(), Some(0));
        let began = Instant::now();
        hall.starts_again(PROGRAM);
        hall.stranger().get("/readyz").await.ok();
        // A debug build on a busy machine: the two seconds are the bench's to show.
        assert!(began.elapsed() < Duration::from_secs(20), "ready after {:?}", began.elapsed());
        assert_eq!(read(), first);
        drop(hall.process());
    }

    /// The management listener is on loopback and its own; the main one knows nothing of it.
    async fn metrics_are_on_the_management_listener_alone(beside: Hall) {
        let hall = Hall::open_program(beside.database(), PROGRAM, "");
        assert!(hall.management().ip().is_loopback() && hall.management() != hall.address());
        hall.stranger().get("/metrics").await.problem(404, "not_found");
        hall.stranger().get("/healthz").await.ok();
        let metrics = hall.http().get(format!("http://{}/metrics", hall.management())).send().await.unwrap();
        assert_eq!(metrics.status(), 200);
        let metrics = metrics.text().await.unwrap();
        assert!(metrics.contains("http_server_request_duration_seconds"), "{metrics}");
        let process = hall.process();
        process.terminate();
    }
}

/// A stop during the start, which waits for a lock that somebody else holds: it never serves, 0.
#[tokio::test]
async fn a_signal_during_the_start_ends_it() {
    let hall = closed(Database::Sqlite).await;
    let mut outside = hall.outside();
    outside.batch_execute("BEGIN IMMEDIATE").unwrap();
    let number = hall.data().join("pid");
    let data = hall.data().to_owned();
    let starting = tokio::task::spawn_blocking(move || {
        let serve = ["serve", "--listen", "127.0.0.1:0", "--management", ""];
        ended(program("sh", &data).args(["-c", "echo $$ >pid && exec \"$0\" \"$@\"", PROGRAM]).args(serve))
    });
    let has_opened = async || {
        let process = std::fs::read_to_string(&number).ok()?;
        let open = std::fs::read_dir(format!("/proc/{}/fd", process.trim())).ok()?;
        let names = open.flatten().filter_map(|open| std::fs::read_link(open.path()).ok());
        names.into_iter().any(|name| name.ends_with("yichuang.sqlite3")).then_some(process)
    };
    let process = until("it has opened the database", has_opened).await;
    let told = Command::new("sh").arg("-c").arg(format!("kill -TERM {process}")).status().unwrap();
    assert!(told.success());
    let ran = without_log(starting.await.unwrap()).is(0);
    assert!(ran.out.is_empty() && ran.err.is_empty(), "{ran:?}");
    drop(outside);
    on(&hall, &["migrate"]).is(0);
}

/// Graceful shutdown: not ready at once, what is under way is finished and kept, 0.
async fn a_signal_lets_what_is_under_way_finish(database: Database) {
    let hall = Hall::open_program(database, PROGRAM, "[http]\ndrain_seconds = 2\nshutdown_seconds = 20\nworkers = 2\n");
    let adapter = hall.adapter("zjzwfw");
    let body = json!({
        "item": items::PROMISED, "channel": "web", "applicant": Person::new().applicant(),
        "delivery": { "method": "pick_up" },
    })
    .to_string();
    let (one, other) = body.split_at(body.len() / 2);
    let (mut line, _) = under_way(&adapter, "/v1/cases", "last", one, body.len()).await;
    let address = hall.address();
    let ready = format!("http://{address}/readyz");
    let mut process = hall.process();
    process.terminate();
    let client = hall.http();
    let status = async || {
        let answer = client.get(&ready).send().await.ok()?;
        (answer.status() == 503).then_some(answer)
    };
    let answer = until("it is not ready any more", status).await;
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "ready": false, "sandbox": false }));
    line.says(other).await;
    let heard = line.hears().await;
    assert!(heard.starts_with("HTTP/1.1 201"), "{heard}");
    let ended = process.exit().await;
    assert_eq!(ended.code(), Some(0), "{}", std::fs::read_to_string(log_of(hall.data())).unwrap());
    assert!(client.get(&ready).send().await.is_err(), "somebody still listens");
    assert_eq!(count(&hall, "cases"), 1);
    hall.starts_again(PROGRAM);
    let again = hall.adapter("zjzwfw").post("/v1/cases").key("last").body("application/json", body).await.created();
    assert_eq!(again.header("idempotency-replayed"), "true");
    drop(hall.process());
}

#[tokio::test]
async fn a_signal_lets_what_is_under_way_finish_on_sqlite() {
    a_signal_lets_what_is_under_way_finish(Database::Sqlite).await;
}

#[tokio::test]
async fn a_signal_lets_what_is_under_way_finish_on_postgres() {
    if !Database::Postgres.is_left_out() {
        a_signal_lets_what_is_under_way_finish(Database::Postgres).await;
    }
}
