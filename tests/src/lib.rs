//! The hall as black-box tests see it: a real server over HTTP on a database of its own, callers with tokens of their
//! own, and what each of them can do, in the hall's words.
//!
//! ```ignore
//! tests::on_both_stores! {
//!     /// Clause B2-1
//!     async fn a_case_is_accepted_only_in_scope(hall: Hall) {
//!         let clerk = hall.clerk("rule-of-law");
//!         let case = clerk.receives(Application::for_item(items::PROMISED).by(&Person::new())).await.case();
//!         clerk.accepts(&case).await.refused("not_in_order");
//!     }
//! }
//! ```
//!
//! Every test runs twice: on SQLite, and on the PostgreSQL at `YICHUANG_TEST_POSTGRES`, whose user may create databases.
//! Without that variable the second run fails, unless `YICHUANG_TEST_SQLITE_ONLY=1` says that this is meant.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod answer;
mod application;
mod call;
mod caller;
mod case;
pub mod compatibility;
pub mod contract;
mod database;
mod hall;
mod impasse;
pub mod packages;
mod people;
mod process;
mod raw;
mod receiver;
mod s3;
mod time;
mod verbs;

pub use answer::Answer;
pub use application::{Application, items};
pub use call::Call;
pub use caller::{Caller, OTHER_CENTRE};
pub use case::Case;
pub use database::{Database, Unserved, texts};
pub use hall::{Hall, run};
pub use impasse::Impasse;
pub use packages::{PackageApplication, for_items};
pub use people::{Applicant, Enterprise, Person};
pub use process::{Process, log_of, program};
pub use raw::RawAnswer;
pub use receiver::{Came, Receiver, Reply};
pub use s3::ObjectStore;
pub use serde_json::{Value, json};
pub use time::limit;
pub use verbs::webhooks::{Webhook, once};
pub use verbs::{Grievance, PDF, Precedent, Proposal, now, precedent_text, to_fallback, to_window, today};
pub use verbs::{hotline, pushing};

/// Declares each test twice, once for each store.
#[macro_export]
macro_rules! on_both_stores {
    ($($(#[$meta:meta])* async fn $name:ident($hall:ident: Hall) $body:block)*) => {
        $($(#[$meta])* async fn $name($hall: $crate::Hall) $body)*

        mod sqlite {
            $(#[tokio::test] async fn $name() {
                $crate::run($crate::Database::Sqlite, super::$name).await;
            })*
        }

        mod postgres {
            $(#[tokio::test] async fn $name() {
                $crate::run($crate::Database::Postgres, super::$name).await;
            })*
        }
    };
}

/// Asks until it is so, for ten seconds at most.
pub async fn until<T>(what: &str, ask: impl AsyncFnMut() -> Option<T>) -> T {
    until_within(10, what, ask).await
}

/// Asks until it is so, for so many seconds at most.
pub async fn until_within<T>(seconds: u64, what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    match tokio::time::timeout(std::time::Duration::from_secs(seconds), asking).await {
        Ok(answer) => answer,
        Err(_) => panic!("it never came to be: {what}"),
    }
}
