//! The command line: what it prints, with what it leaves, and that it says what is wrong in one sentence (78 for a wrong
//! configuration, as in `sysexits.h`).

use tests::*;

use crate::{
    PROGRAM,
    ran::{below, ended, folder, run_in, without_log},
};

const SUBCOMMANDS: [&[&str]; 15] = [
    &["serve"],
    &["migrate"],
    &["demo"],
    &["token"],
    &["catalog"],
    &["catalog", "import"],
    &["catalog", "export"],
    &["calendar", "import"],
    &["export"],
    &["dump"],
    &["restore"],
    &["move"],
    &["verify"],
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
        ("centre = \"33\"\n", "行政区划"),
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

/// Whatever is asked of it: the file to read is good, and none is written.
#[test]
fn every_command_leaves_with_78_for_a_database_url_that_names_nothing() {
    let (data, files) = (folder(), folder());
    let at = |name: &str| files.path().join(name).to_str().unwrap().to_owned();
    let (catalogue, calendar, written, out) = (at("catalogue.json"), at("calendar.csv"), at("written"), at("out"));
    std::fs::write(&catalogue, catalog::WENLING).unwrap();
    std::fs::write(&calendar, "date,kind,name\n2027-01-01,holiday,元旦\n").unwrap();
    for arguments in [
        &["catalog", "import", &catalogue][..],
        &["catalog", "export", &written],
        &["calendar", "import", &calendar],
        &["export", "--from", "2026-11-01", "--to", "2026-11-30", "--out", &out],
        &["dump", "--out", &written],
        &["verify"],
    ] {
        let ran = run_in(data.path(), arguments, &[("YICHUANG_DATABASE_URL", "mysql://root:s3cret-pw@127.0.0.1/x")]);
        let ran = ran.says_only(78, "数据库地址");
        assert!(!ran.err.contains("cret-pw"), "{ran:?}");
        assert!(!std::path::Path::new(&written).exists(), "{arguments:?}");
    }
    assert_eq!(below(data.path()), [""; 0]);
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
    // A folder that is misspelt is not made.
    for command in ["serve", "migrate"] {
        let ran = run_in(data.path(), &[command], &[("YICHUANG_DATABASE_URL", &url)]);
        without_log(ran).says_only(1, "no/such/folder/x.db");
    }
    assert!(!data.path().join("no").exists());
    let file = data.path().join("a-file");
    std::fs::write(&file, "not a database\n".repeat(1000)).unwrap();
    let ran = ended(program(PROGRAM, data.path()).args(["serve", "--data"]).arg(&file));
    without_log(ran).says_only(1, "a-file");
    let url = format!("sqlite:{}", file.display());
    let ran = run_in(data.path(), &["serve"], &[("YICHUANG_DATABASE_URL", &url)]);
    without_log(ran).says_only(1, "");
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

tests::on_both_stores! {
    /// `token` prints a token and nothing else, and the server takes it.
    async fn token_prints_a_token_and_nothing_else(hall: Hall) {
        let without_keys = folder();
        run_in(without_keys.path(), &["token", "--role", "manager"], &[]).says_only(1, "密钥");
        assert_eq!(below(without_keys.path()), [""; 0]);
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
    }
}
