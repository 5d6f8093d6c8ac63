//! The command line: what it prints, with what it leaves, and that it says what is wrong in one sentence (conventions of
//! `sysexits.h`: 78 for a wrong configuration).

use std::{
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use tests::*;

use crate::{
    PROGRAM,
    line::under_way,
    rows::{contents, count, differences},
};

/// What the program prints and with what it leaves.
#[derive(Debug)]
struct Ran {
    status: i32,
    out: String,
    err: String,
}

impl Ran {
    #[track_caller]
    fn is(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// Left with this, after one sentence of ours and nothing else.
    #[track_caller]
    fn says_only(self, status: i32, words: &str) -> Self {
        let ran = self.is(status);
        assert!(ran.out.is_empty() && ran.err.lines().count() == 1, "{ran:?}");
        assert!(ran.err.starts_with("yichuang: ") && ran.err.contains(words), "{ran:?}");
        assert!(!ran.err.contains("panicked") && !ran.err.contains("RUST_BACKTRACE"), "{ran:?}");
        ran
    }
}

fn run_in(data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    let mut command = program(PROGRAM, data);
    command.args(arguments).envs(environment.iter().copied());
    ended(&mut command)
}

/// Waits for its end, for a minute at most.
fn ended(command: &mut Command) -> Ran {
    let (out, err) = (tempfile::NamedTempFile::new().unwrap(), tempfile::NamedTempFile::new().unwrap());
    let mut child = command.stdout(out.reopen().unwrap()).stderr(err.reopen().unwrap()).spawn().unwrap();
    let text = |file: &tempfile::NamedTempFile| std::fs::read_to_string(file.path()).unwrap();
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if began.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{command:?} does not end: {} {}", text(&out), text(&err));
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Ran { status: status.code().unwrap_or(-1), out: text(&out), err: text(&err) }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// A database that has been set up, with nobody serving it.
async fn closed(database: Database) -> Hall {
    let hall = Hall::open(database).await;
    hall.close().await;
    hall
}

/// On the database of a hall.
fn on(hall: &Hall, arguments: &[&str]) -> Ran {
    match hall.database_url() {
        url if url.is_empty() => run_in(hall.data(), arguments, &[]),
        url => run_in(hall.data(), arguments, &[("YICHUANG_DATABASE_URL", &url)]),
    }
}

async fn on_both(test: impl AsyncFn(Hall)) {
    for database in [Database::Sqlite, Database::Postgres] {
        if !database.is_left_out() {
            test(closed(database).await).await;
        }
    }
}

/// Every file and folder below.
fn below(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

const SUBCOMMANDS: [&[&str]; 9] = [
    &["serve"],
    &["migrate"],
    &["demo"],
    &["token"],
    &["catalog"],
    &["catalog", "import"],
    &["calendar", "import"],
    &["openapi"],
    &["config", "check"],
];

/// Good help: every subcommand, with exit codes and where settings come from; nothing is touched by reading it.
#[test]
fn help_tells_of_everything() {
    let data = folder();
    for flag in ["--help", "-h", "help"] {
        let help = run_in(data.path(), &[flag], &[]).is(0);
        for subcommand in SUBCOMMANDS {
            assert!(help.out.contains(subcommand[0]), "{} in {}", subcommand[0], help.out);
        }
        assert!(help.out.contains("78") && help.out.contains("yichuang.toml"), "{}", help.out);
    }
    for subcommand in SUBCOMMANDS {
        let help = run_in(data.path(), &[subcommand, &["--help"]].concat(), &[]).is(0);
        assert!(!help.out.is_ascii() && help.out.lines().count() > 3 && help.err.is_empty(), "{help:?}");
    }
    let version = run_in(data.path(), &["--version"], &[]).is(0);
    assert_eq!(version.out.split(' ').next(), Some("yichuang"));
    assert_eq!(below(data.path()), [""; 0]);
}

/// Exit codes that mean something: 2 for a wrong command line, and it says what is right.
#[test]
fn a_wrong_command_line_leaves_with_2() {
    let data = folder();
    for arguments in [
        &["nonsense"][..],
        &["--nonsense"],
        &["serve", "extra"],
        &["serve", "--listen", "nowhere"],
        &["serve", "--listen", "127.0.0.1:99999"],
        &["token"],
        &["token", "--role", "king"],
        &["token", "--role", "clerk", "--minutes", "6000"],
        &["token", "--role", "manager", "--centre", "33"],
        &["demo", "--cases", "0"],
        &["catalog"],
        &["catalog", "import"],
        &["config", "look"],
    ] {
        let ran = run_in(data.path(), arguments, &[]).is(2);
        assert!(ran.out.is_empty() && !ran.err.is_empty() && !ran.err.contains("panicked"), "{arguments:?}: {ran:?}");
    }
    assert_eq!(below(data.path()), [""; 0]);
}

/// 78 for a wrong configuration, whatever was asked for, and the setting is named.
#[test]
fn a_wrong_configuration_leaves_with_78() {
    for (toml, words) in [
        ("lisen = \"127.0.0.1:8080\"\n", "lisen"),
        ("[http]\nbody_secs = 1\n", "line 2"),
        ("listen = 8080\n", "line 1"),
        ("listen = \"127.0.0.1\"\n", "line 1"),
        ("log = \"info\"\n\n[http\n", "line 3"),
        ("management = \"0.0.0.0:8081\"\n", "management"),
        ("management = \"192.0.2.1:8081\"\n", "management"),
        ("centre = \"33\"\n", "centre"),
        ("[http]\nbody_bytes = 0\n", "http"),
        ("[[tokens.trusted]]\nissuer = \"x\"\njwks_url = \"http://192.0.2.1/k\"\ncentres = [\"331081\"]\n", "jwks_url"),
        ("log = \"info,=\"\n", "log"),
    ] {
        let data = folder();
        std::fs::write(data.path().join("yichuang.toml"), toml).unwrap();
        for arguments in [&["config", "check"][..], &["serve"], &["migrate"]] {
            run_in(data.path(), arguments, &[]).says_only(78, words);
        }
        assert_eq!(below(data.path()), ["yichuang.toml"]);
    }
    let data = folder();
    run_in(data.path(), &["serve", "--management", "0.0.0.0:0"], &[]).says_only(78, "management");
    run_in(data.path(), &["config", "check"], &[("YICHUANG_MANAGEMENT", "[::]:0")]).says_only(78, "management");
}

/// A good one is shown without its password, and nothing is begun.
#[test]
fn config_check_says_what_would_be_used() {
    let data = folder();
    let check = run_in(data.path(), &["config", "check"], &[]).is(0);
    assert!(check.out.contains("127.0.0.1:8080") && check.out.contains("sqlite") && check.err.is_empty(), "{check:?}");
    let url = [("YICHUANG_DATABASE_URL", "postgres://yichuang:s3cret-pw@db.example/yichuang")];
    let check = run_in(data.path(), &["config", "check", "--listen", "127.0.0.1:9"], &url).is(0);
    assert!(check.out.contains("127.0.0.1:9") && check.out.contains("db.example"), "{check:?}");
    assert!(!check.out.contains("s3cret-pw"), "{check:?}");
    // A flag wins over the environment, and that over the file.
    std::fs::write(data.path().join("yichuang.toml"), "listen = \"127.0.0.1:1\"\n").unwrap();
    let environment = [("YICHUANG_LISTEN", "127.0.0.1:2")];
    assert!(run_in(data.path(), &["config", "check"], &[]).out.contains("127.0.0.1:1"));
    assert!(run_in(data.path(), &["config", "check"], &environment).out.contains("127.0.0.1:2"));
    let flag = run_in(data.path(), &["config", "check", "--listen", "127.0.0.1:3"], &environment);
    assert!(flag.out.contains("127.0.0.1:3"));
    assert_eq!(below(data.path()), ["yichuang.toml"]);
}

/// A refused database URL: one sentence, 78, no password, and no file made of a typing mistake.
#[test]
fn a_database_url_that_names_nothing_is_refused() {
    for url in [
        "mysql://root:s3cret-pw@127.0.0.1/x",
        "s3cret-pw",
        "yichuang.db",
        "sqlite:",
        "sqlite:/",
        "postgres:s3cret-pw",
        "postgres://",
        "postgres://u:s3cret-pw@:99999/x",
        "postgres://u:s3cret-pw@127.0.0.1:port/x",
        "postgres://u:s3cret-pw@127.0.0.1/x y",
        "postgres://u:s3 cret-pw@127.0.0.1/x",
        "sqlite:a\nb",
    ] {
        let data = folder();
        for command in ["serve", "migrate"] {
            let ran = run_in(data.path(), &[command], &[("YICHUANG_DATABASE_URL", url)]).says_only(78, "数据库地址");
            assert!(!ran.err.contains("cret-pw"), "{ran:?}");
        }
        run_in(data.path(), &["config", "check"], &[("YICHUANG_DATABASE_URL", url)]).says_only(78, "数据库地址");
        assert_eq!(below(data.path()), [""; 0], "{url}");
    }
}

/// An unreachable one: one sentence, 1, no password.
#[test]
fn a_database_that_is_not_there_is_told_in_one_sentence() {
    let data = folder();
    for url in [
        "postgres://u:s3cret-pw@127.0.0.1:1/x",
        "postgres://u:s3cret-pw@127.0.0.1:1/x?sslmode=disable&connect_timeout=2",
        "postgresql://u@127.0.0.1:1/x?password=s3cret-pw",
        "postgres://u:s3cret%2Dpw@localhost:1/x",
    ] {
        for command in ["serve", "migrate"] {
            let ran = run_in(data.path(), &[command], &[("YICHUANG_DATABASE_URL", url)]);
            let ran = without_log(ran).says_only(1, "");
            assert!(!ran.err.contains("s3cret"), "{ran:?}");
        }
    }
    let nowhere = data.path().join("no/such/folder/x.db");
    let url = format!("sqlite:{}", nowhere.display());
    let ran = run_in(data.path(), &["migrate"], &[("YICHUANG_DATABASE_URL", &url)]);
    assert!(matches!(ran.status, 0 | 1) && !ran.err.contains("panicked"), "{ran:?}");
    let file = data.path().join("a-file");
    std::fs::write(&file, "not a database\n".repeat(1000)).unwrap();
    let ran = ended(program(PROGRAM, data.path()).args(["serve", "--data"]).arg(&file));
    without_log(ran).says_only(1, "a-file");
    let url = format!("sqlite:{}", file.display());
    let ran = run_in(data.path(), &["serve"], &[("YICHUANG_DATABASE_URL", &url)]);
    without_log(ran).says_only(1, "");
}

/// The log's JSON lines are for machines; what is for people is what is left.
fn without_log(ran: Ran) -> Ran {
    let err = ran.err.lines().filter(|line| !line.starts_with('{')).map(|line| format!("{line}\n")).collect();
    Ran { err, ..ran }
}

/// `openapi` prints the contract, equal to the file that is published.
#[test]
fn openapi_prints_what_is_published() {
    let data = folder();
    let printed = run_in(data.path(), &["openapi"], &[]).is(0);
    assert!(printed.err.is_empty());
    assert!(printed.out == include_str!("../../../openapi.yaml"), "openapi.yaml is stale");
    assert_eq!(below(data.path()), [""; 0]);
}

/// `token` prints a token and nothing else, and the server takes it.
#[tokio::test]
async fn token_prints_a_token_and_nothing_else() {
    let without_keys = folder();
    run_in(without_keys.path(), &["token", "--role", "manager"], &[]).says_only(1, "密钥");
    assert_eq!(below(without_keys.path()), [""; 0]);
    let hall = Hall::open(Database::Sqlite).await;
    for (role, org, path) in [
        ("manager", None, "/v1/cases"),
        ("clerk", Some("project"), "/v1/worklist"),
        ("reviewer", Some("taxation"), "/v1/worklist"),
        ("approver", Some("taxation"), "/v1/cases"),
        ("security_admin", None, "/v1/postings"),
        ("audit_admin", None, "/v1/cases"),
        ("adapter", Some("zjzwfw"), "/v1/cases"),
    ] {
        let org = org.map_or(vec![], |org| vec!["--org", org]);
        let token = run_in(hall.data(), &[&["token", "--role", role], &org[..]].concat(), &[]).is(0);
        assert!(token.err.is_empty() && token.out.lines().count() == 1, "{token:?}");
        let token = token.out.trim_end();
        assert_eq!(token.split('.').count(), 3, "{token}");
        hall.stranger().with_token(token).get(path).await.ok();
    }
    run_in(hall.data(), &["token", "--role", "clerk"], &[]).is(2);
    run_in(hall.data(), &["token", "--role", "clerk", "--org", "Not A Window"], &[]).is(2);
    let elsewhere = run_in(hall.data(), &["token", "--role", "manager", "--centre", OTHER_CENTRE], &[]).is(0);
    let answer = hall.stranger().with_token(elsewhere.out.trim_end()).get("/v1/cases").await.ok();
    assert!(answer.data().is_empty());
    hall.close().await;
}

/// `migrate` brings a new database up to date, and the second time has nothing to do.
#[tokio::test]
async fn migrate_twice_is_migrate_once() {
    let data = folder();
    let first = run_in(data.path(), &["migrate"], &[]).is(0);
    assert!(first.out.contains("已应用") && first.err.is_empty(), "{first:?}");
    let second = run_in(data.path(), &["migrate"], &[]).is(0);
    assert!(second.out.contains("已是最新") && second.err.is_empty(), "{second:?}");
    on_both(async |hall| {
        let before = contents(&hall);
        let again = on(&hall, &["migrate"]).is(0);
        assert!(again.out.contains("已是最新") && again.err.is_empty(), "{again:?}");
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
    })
    .await;
}

/// Promise P5: a schema newer than the program is not touched.
#[tokio::test]
async fn a_newer_schema_is_left_alone() {
    on_both(async |hall| {
        let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000000')";
        diesel::connection::SimpleConnection::batch_execute(&mut hall.outside(), newer).unwrap();
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

/// `catalog import`: everything or nothing, with a report of every bad row at once.
#[tokio::test]
async fn a_catalogue_is_imported_whole_or_not_at_all() {
    on_both(async |hall| {
        let mut catalog: Value = serde_json::from_str(catalog::WENLING).unwrap();
        let file = hall.data().join("catalogue.json");
        let write = |catalog: &Value| std::fs::write(&file, catalog.to_string()).unwrap();
        let import = || on(&hall, &["catalog", "import", file.to_str().unwrap()]);
        let before = contents(&hall);
        write(&catalog);
        let same = import().is(0);
        assert!(same.out.contains("新增0，修订0，未变24"), "{same:?}");
        let changed = differences(&before, &contents(&hall));
        assert_eq!(changed, ["events: 1 → 2 rows"]);

        let before = contents(&hall);
        let mut bad = catalog.clone();
        bad["items"][0]["name"] = json!("改了名的事项");
        bad["items"][3]["department"] = json!("no-such-department");
        bad["items"][5]["promised"] = json!(9999);
        bad["items"][7]["implementation_code"] = json!("11331081");
        write(&bad);
        let refused = import().is(1);
        let named = |at: usize| {
            refused.err.contains(&format!("/items/{at}"))
                || refused.err.contains(catalog["items"][at]["code"].as_str().unwrap())
        };
        assert!(named(3) && named(5) && named(7) && !named(0), "{refused:?}");
        assert!(refused.err.contains("未导入") && refused.out.is_empty(), "{refused:?}");
        for text in ["", "{}", "[]", "not json", "{\"centre\":\"331081\""] {
            std::fs::write(&file, text).unwrap();
            let refused = import().is(1);
            assert!(!refused.err.contains("panicked") && !refused.err.is_empty(), "{refused:?}");
        }
        on(&hall, &["catalog", "import", "/no/such/file"]).says_only(1, "/no/such/file");
        assert_eq!(differences(&before, &contents(&hall)), [""; 0], "something was loaded");

        catalog["items"][0]["guide"]["fee_note"] = json!("免收费用。");
        write(&catalog);
        let revised = import().is(0);
        assert!(revised.out.contains("新增0，修订1，未变23"), "{revised:?}");
        assert_eq!(count(&hall, "item_versions"), 25);
    })
    .await;
}

/// `calendar import`: the same for a year's 放假安排.
#[tokio::test]
async fn a_calendar_is_imported_whole_or_not_at_all() {
    on_both(async |hall| {
        let file = hall.data().join("2027.csv");
        let import = |text: &str| {
            std::fs::write(&file, text).unwrap();
            on(&hall, &["calendar", "import", file.to_str().unwrap()])
        };
        let before = contents(&hall);
        let refused =
            import("date,kind,name\n2027-01-01,holiday,元旦\n2027-02-30,holiday,无此日\n2027-01-02,feast,元旦\n").is(1);
        assert!(
            refused.err.contains('3') && refused.err.contains('4') && refused.err.contains("未导入"),
            "{refused:?}"
        );
        import("").is(1);
        import("date,kind,name\n").is(1);
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
        let days = count(&hall, "calendar_days");
        let imported = import("date,kind,name\n2027-01-01,holiday,元旦\n").is(0);
        assert!(imported.out.contains('1') && imported.err.is_empty(), "{imported:?}");
        assert_eq!(count(&hall, "calendar_days"), days + 1);
    })
    .await;
}

/// First start: keys that nobody else can read; second start: the same keys, quickly.
#[tokio::test]
async fn the_first_start_makes_keys_for_nobody_else() {
    let hall = Hall::open_program(Database::Sqlite, PROGRAM, "");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let keys = hall.data().join("keys");
    assert_eq!(mode(&keys), 0o700);
    assert!(below(&keys).len() >= 2);
    let read = || below(&keys).into_iter().map(|name| std::fs::read(keys.join(name)).unwrap()).collect::<Vec<_>>();
    for name in below(&keys) {
        assert_eq!(mode(&keys.join(&name)), 0o600, "{name}");
    }
    let database = hall.data().join("yichuang.sqlite3");
    assert_eq!(mode(&database) & 0o007, 0, "the database can be read by anybody");
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
#[tokio::test]
async fn metrics_are_on_the_management_listener_alone() {
    let hall = Hall::open_program(Database::Sqlite, PROGRAM, "");
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
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "ready": false }));
    line.says(other).await;
    let heard = line.hears().await;
    assert!(heard.starts_with("HTTP/1.1 201"), "{heard}");
    let ended = process.exit().await;
    assert_eq!(ended.code(), Some(0), "{}", std::fs::read_to_string(hall.data().join("stderr.log")).unwrap());
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
