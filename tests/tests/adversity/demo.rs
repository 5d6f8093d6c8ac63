//! The demonstration, run as a newcomer runs it: against a serving hall, with nothing but its data folder.

use tests::*;

use crate::{PROGRAM, ran::run_in};

on_both_stores! {
    /// Clause B1-1, B1-2, B1-3, B2-5, B2-6
    async fn twenty_cases_go_the_whole_way(hall: Hall) {
        let apart = Hall::open_program(hall.database(), PROGRAM, "");
        let server = format!("http://{}", apart.address());
        let ran = run_in(apart.data(), &["demo", "--server", &server], &[]).is(0);
        assert_eq!(ran.out.lines().last(), Some("20 cases delivered, 0 failed"), "{ran:?}");
        let again = run_in(apart.data(), &["demo", "--server", &server, "--cases", "8"], &[]).is(0);
        assert_eq!(again.out.lines().last(), Some("8 cases delivered, 0 failed"), "{again:?}");
        apart.close().await;
    }
}

/// Nobody is there: one sentence, and not a success.
#[tokio::test]
async fn a_demonstration_without_a_server_fails() {
    let hall = Hall::open(Database::Sqlite).await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ran = run_in(hall.data(), &["demo", "--server", &format!("http://{nobody}")], &[]);
    assert_eq!((ran.status, ran.err.lines().count()), (1, 1), "{ran:?}");
    hall.close().await;
}
