#![allow(clippy::unwrap_used)]

use super::{check::is_origin, *};

const MANUAL: &str = include_str!("../../../yichuang.toml");

/// The manual with the lines that `prefix` hides brought to life.
fn revealed(prefix: &str) -> String {
    let line = |line: &'static str| match line.strip_prefix(prefix) {
        Some(rest) if !rest.starts_with(' ') || prefix != "#" => rest,
        _ => line,
    };
    MANUAL.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn keys(table: &toml::Table, prefix: &str, into: &mut Vec<String>) {
    for (key, value) in table {
        match value {
            toml::Value::Table(table) => keys(table, &format!("{prefix}{key}."), into),
            _ => into.push(format!("{prefix}{key}")),
        }
    }
}

#[test]
fn the_manual_as_it_is_changes_nothing() {
    assert_eq!(toml::from_str::<Settings>(MANUAL).unwrap(), Settings::default());
}

#[test]
fn the_manual_names_every_setting_with_its_default() {
    let manual: toml::Table = toml::from_str(&revealed("#")).unwrap();
    let code = toml::Table::try_from(Settings::default()).unwrap();
    let (mut in_manual, mut in_code) = (Vec::new(), Vec::new());
    keys(&manual, "", &mut in_manual);
    keys(&code, "", &mut in_code);
    in_code.retain(|key| !["tokens.trusted", "hotlines"].contains(&key.as_str()));
    in_manual.sort();
    in_code.sort();
    assert_eq!(in_manual, in_code);
    assert_eq!(toml::from_str::<Settings>(&revealed("#")).unwrap(), Settings::default());
}

#[test]
fn the_examples_in_the_manual_are_good() {
    let settings: Settings = toml::from_str(&revealed("#   ")).unwrap();
    let settings = settings.checked().unwrap();
    assert_eq!(settings.tokens.trusted[0].roles, super::serving::roles_of_outsiders());
    assert_eq!(settings.files.s3.unwrap().bucket, "yichuang");
    assert_eq!(settings.hotlines[0].code.as_str(), "taizhou-12345");
}

/// Clauses D3-1, D4-1, D4-2, D13-1: each limit of the closed loop is set by the line of its name.
#[test]
fn every_limit_of_the_closed_loop_can_be_set() {
    use kernel::WorkingDays;
    let written = "[escalation]
        first_contact_days = 21
        filing_days = 22
        triage_days = 23
        general_days = 24
        difficult_days = 25
        exceptional_days = 26
        order_receipt_days = 27
        longest_order_days = 28
        longest_extension_days = 29
        extensions = 30
        returns = 31
        feedback_days = 32
        longest_carrying_days = 33
        contact_attempts = 34
        rounds_before_escalation = 35";
    let settings: Settings = toml::from_str(written).unwrap();
    let terms = escalation::Terms {
        first_contact: WorkingDays(21),
        filing: WorkingDays(22),
        triage: WorkingDays(23),
        general: WorkingDays(24),
        difficult: WorkingDays(25),
        exceptional: WorkingDays(26),
        order_receipt: WorkingDays(27),
        longest_order: WorkingDays(28),
        longest_extension: WorkingDays(29),
        extensions: 30,
        returns: 31,
        feedback: WorkingDays(32),
        longest_carrying: WorkingDays(33),
        contact_attempts: 34,
        rounds_before_escalation: 35,
    };
    assert_eq!(settings.escalation.terms(), terms);
}

#[test]
fn an_unknown_key_is_refused() {
    assert!(toml::from_str::<Settings>("listn = \"127.0.0.1:1\"").is_err());
    assert!(toml::from_str::<Settings>("[http]\nworker = 1").is_err());
}

#[test]
fn a_file_in_the_data_folder_is_read_and_overridden() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE), "listen = \"127.0.0.1:9000\"\ncentre = \"330000\"\n").unwrap();
    let overrides = Overrides { data: Some(folder.path().into()), ..Overrides::default() };
    let from_file = Settings::load(overrides.clone()).unwrap();
    assert_eq!((from_file.listen.port(), from_file.centre.as_str()), (9000, "330000"));
    let listen = Some(SocketAddr::from(([127, 0, 0, 1], 9001)));
    assert_eq!(Settings::load(Overrides { listen, ..overrides }).unwrap().listen.port(), 9001);
}

#[test]
fn a_mistake_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE), "log = \"info\"\nlisten = \"here\"\n").unwrap();
    let overrides = Overrides { data: Some(folder.path().into()), ..Overrides::default() };
    let complaint = Settings::load(overrides).unwrap_err().to_string();
    assert!(complaint.contains("line 2"), "{complaint}");
}

#[test]
fn management_listens_on_loopback_only() {
    let with = |management: &str| Settings { management: management.to_owned(), ..Settings::default() }.checked();
    assert!(with("0.0.0.0:8081").is_err());
    assert!(with("192.168.1.1:8081").is_err());
    assert!(with("nowhere").is_err());
    assert_eq!(with("").unwrap().management_address().unwrap(), None);
    assert!(with("[::1]:8081").is_ok());
}

#[test]
fn keys_of_other_issuers_come_over_https() {
    assert!(is_safe_url("https://login.example.gov.cn/jwks"));
    assert!(is_safe_url("http://127.0.0.1:9/jwks"));
    assert!(is_safe_url("http://[::1]:9/jwks"));
    for url in ["http://login.example.gov.cn/jwks", "ftp://x/y", "https://user@host/", "file:///etc/passwd", "jwks"] {
        assert!(!is_safe_url(url), "{url}");
    }
}

#[test]
fn a_password_is_never_printed() {
    let settings = Settings { database: Hidden("postgres://a:letmein@b/c".to_owned()), ..Settings::default() };
    assert!(!format!("{settings:?}").contains("letmein"));
}

#[test]
fn an_origin_is_a_scheme_a_host_and_perhaps_a_port() {
    for origin in ["https://app.example.gov.cn", "https://app.example.gov.cn:8443", "http://localhost:5173"] {
        assert!(is_origin(origin), "{origin}");
    }
    let none = [
        "*",
        "null",
        "",
        "https://*.gov.cn/",
        "https://a.cn/",
        "https://a.cn/x",
        "http://a.cn",
        "HTTPS://A.CN",
        "https://a.cn:443",
    ];
    for text in none {
        assert!(!is_origin(text), "{text}");
    }
}
