//! The program run to its end, with what it printed.

use std::{path::Path, process::Command, time::Duration};

use tests::{Database, Hall, program};
use wait_timeout::ChildExt as _;

use crate::PROGRAM;

/// What the program prints and with what it leaves.
#[derive(Debug)]
pub struct Ran {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    #[track_caller]
    pub fn is(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// Left with this, after one sentence of ours and nothing else.
    #[track_caller]
    pub fn says_only(self, status: i32, words: &str) -> Self {
        let ran = self.is(status);
        assert!(ran.out.is_empty() && ran.err.lines().count() == 1, "{ran:?}");
        assert!(ran.err.starts_with("yichuang: ") && ran.err.contains(words), "{ran:?}");
        assert!(!ran.err.contains("panicked") && !ran.err.contains("RUST_BACKTRACE"), "{ran:?}");
        ran
    }
}

pub fn run_in(data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    let mut command = program(PROGRAM, data);
    command.args(arguments).envs(environment.iter().copied());
    ended(&mut command)
}

/// Waits for its end, for three minutes at most.
pub fn ended(command: &mut Command) -> Ran {
    let (out, err) = (tempfile::NamedTempFile::new().unwrap(), tempfile::NamedTempFile::new().unwrap());
    let mut child = command.stdout(out.reopen().unwrap()).stderr(err.reopen().unwrap()).spawn().unwrap();
    let text = |file: &tempfile::NamedTempFile| std::fs::read_to_string(file.path()).unwrap();
    let Some(status) = child.wait_timeout(Duration::from_secs(180)).unwrap() else {
        child.kill().unwrap();
        child.wait().unwrap();
        panic!("{command:?} does not end: {} {}", text(&out), text(&err));
    };
    Ran { status: status.code().unwrap_or(-1), out: text(&out), err: text(&err) }
}

pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// A database that has been set up, with nobody serving it.
pub async fn closed(database: Database) -> Hall {
    let hall = Hall::open_with(database, |settings| settings.sandbox = false).await;
    hall.close().await;
    hall
}

/// On the database of a hall.
pub fn on(hall: &Hall, arguments: &[&str]) -> Ran {
    match hall.database_url() {
        url if url.is_empty() => run_in(hall.data(), arguments, &[]),
        url => run_in(hall.data(), arguments, &[("YICHUANG_DATABASE_URL", &url)]),
    }
}

pub async fn on_both(test: impl AsyncFn(Hall)) {
    for database in [Database::Sqlite, Database::Postgres] {
        if !database.is_left_out() {
            test(closed(database).await).await;
        }
    }
}

/// Every file and folder below.
pub fn below(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The log's JSON lines are for machines; what is for people is what is left.
pub fn without_log(ran: Ran) -> Ran {
    let err = ran.err.lines().filter(|line| !line.starts_with('{')).map(|line| format!("{line}\n")).collect();
    Ran { err, ..ran }
}
