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

    /// Rule L1, L2, L3, L4, L5, L6, L7, L8, L9, L10, L11, L12, L13
    async fn thirteen_rules_are_shown_and_none_is_broken(hall: Hall) {
        let apart = Hall::open_sandbox(hall.database(), PROGRAM);
        let server = format!("http://{}", apart.address());
        let law = ["demo", "--scenario", "law", "--server", &server];
        // Again in the December that follows, with whatever the first time left open.
        for _ in 0..2 {
            let ran = run_in(apart.data(), &law, &[]).is(0);
            assert_eq!(ran.out.lines().last(), Some("13 rules shown, 0 broken"), "{ran:?}");
            for rule in 1..=13 {
                let title = format!("L{rule}  ");
                assert_eq!(ran.out.lines().filter(|line| line.starts_with(&title)).count(), 1, "{title}: {ran:?}");
            }
        }
        apart.close().await;
    }
}

/// The clock of a real hall is nobody's to move: one sentence, and nothing was begun.
#[tokio::test]
async fn the_rules_are_not_rehearsed_in_a_real_hall() {
    let apart = Hall::open_program(Database::Sqlite, PROGRAM, "");
    let server = format!("http://{}", apart.address());
    let law = ["demo", "--scenario", "law", "--server", &server];
    run_in(apart.data(), &law, &[]).says_only(1, "not a sandbox");
    apart.close().await;
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
