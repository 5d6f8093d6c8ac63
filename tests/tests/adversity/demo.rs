//! The demonstration, run as a newcomer runs it: against a serving hall, with nothing but its data folder.

use tests::*;

use crate::{PROGRAM, ran::run_in};

on_both_stores! {
    /// Clause B1-1, B1-2, B1-3, B2-5, B2-6
    async fn twenty_cases_go_the_whole_way(hall: Hall) {
        let apart = Hall::open_program(hall.database(), PROGRAM, "");
        let server = format!("http://{}", apart.address());
        let begun = today();
        let ran = run_in(apart.data(), &["demo", "--server", &server], &[]).is(0);
        assert_eq!(ran.out.lines().last(), Some("20 cases delivered, 0 failed"), "{ran:?}");
        let days = [begun, today()].map(|day| day.to_string());
        let accepted = ran.out.lines().any(|line| {
            let columns: Vec<&str> = line.split_whitespace().collect();
            columns.windows(3).any(|it| {
                it[0] == "受理" && it[1].starts_with("综合受理员·clerk-") && days.iter().any(|day| day == it[2])
            })
        });
        assert!(accepted, "nobody accepts anything: {ran:?}");
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

    /// Clause C2-2, D1-1, D2-1, D2-2, D2-3, D3-1, D4-1, D4-2, D4-3, D4-4, D5-2, D6-2, D8-1, D11-1, D13-1, G3, rule L15, L17
    async fn twelve_impasses_are_closed_out_or_carried_and_none_is_lost(hall: Hall) {
        let apart = Hall::open_sandbox(hall.database(), PROGRAM);
        drop(apart.process());
        names_a_hotline(&apart, "demo-12345");
        apart.starts_again(PROGRAM);
        let server = format!("http://{}", apart.address());
        let impasses = ["demo", "--scenario", "impasse", "--server", &server];
        // Again in the month that follows, beside what the first time left on the register.
        for _ in 0..2 {
            let ran = run_in(apart.data(), &impasses, &[]).is(0);
            let figures = "12 impasses, 11 closed out satisfied, 1 carried with approval, 0 lost";
            assert_eq!(ran.out.lines().last(), Some(figures), "{ran:?}");
            let borne_out: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("属实")).collect();
            for claim in [
                "重试后全部送达", "对账：我方2单，热线2单，差异0处", "结转", "第二轮满意", "仍在册，未销号",
                "版，已公开", "公开，不含申请人姓名和电话", "全程记录逐条校验，12件完整",
            ] {
                assert!(borne_out.iter().any(|line| line.contains(claim)), "{claim}: {ran:?}");
            }
        }
        apart.close().await;
    }

    /// Clause B1-2, B5-7, G1, G3, promises P1, P2, P3: the three users come with tokens of their own, and each of them is served.
    async fn what_an_integrator_relies_on_holds(hall: Hall) {
        let (folder, database) = (crate::ran::folder(), Unserved::new(hall.database()));
        let url = Some(database.url()).filter(|url| !url.is_empty());
        let place: Vec<(&str, &str)> = url.iter().map(|url| ("YICHUANG_DEMO_DATABASE_URL", url.as_str())).collect();
        let ran = run_in(folder.path(), &["demo", "--scenario", "integration"], &place).is(0);
        let claims = "1 case from 200 retries, feed 0 lost 0 twice, webhooks 0 lost, export reconciled";
        assert_eq!(ran.out.lines().last(), Some(claims), "{ran:?}");
        for (who, steps) in [
            (
                "政务服务平台·demo-platform",
                vec!["private_key_jwt", "盲目重试200次", "从中断处续读", "验签收到", "重发后再下载"],
            ),
            (
                "第三方前端·demo-front-end",
                vec!["client_credentials", "担保", "附材料", "只见本人1件", "决定 refuse", "令牌随即失效"],
            ),
            ("12345热线·demo-12345", vec!["client_credentials", "三条消息", "按序验签收到", "回访", "比对1单，差异0处"]),
        ] {
            let lines: Vec<&str> = ran.out.lines().filter(|line| line.starts_with(who)).collect();
            for step in steps {
                assert!(lines.iter().any(|line| line.contains(step)), "{who} {step}: {ran:?}");
            }
        }
    }
}

/// A hotline that nobody else in the tests listens for, in the settings of the server and of the demonstration.
fn names_a_hotline(hall: &Hall, code: &str) {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let secret = tests::hotline::SECRET;
    let lines = format!(
        "[[hotlines]]\ncode = \"{code}\"\ncallback_url = \"http://{free}/callbacks\"\nsecrets = [\"{secret}\"]\n"
    );
    std::fs::write(hall.data().join("yichuang.toml"), lines).unwrap();
}

/// Where something goes wrong, the figures are those that were found, and the exit is not 0.
#[tokio::test]
async fn a_demonstration_that_goes_wrong_says_what_it_found() {
    let apart = Hall::open_sandbox(Database::Sqlite, PROGRAM);
    // The server was started before and does not know this one.
    names_a_hotline(&apart, "unknown-12345");
    let server = format!("http://{}", apart.address());
    let ran = run_in(apart.data(), &["demo", "--scenario", "impasse", "--server", &server], &[]).is(1);
    let figures = "4 impasses, 0 closed out satisfied, 0 carried with approval, 0 lost";
    assert_eq!(ran.out.lines().last(), Some(figures), "{ran:?}");
    assert!(ran.out.contains("hotline_unknown"), "{ran:?}");
    apart.close().await;
}

/// The clock of a real hall is nobody's to move: one sentence, and nothing was begun.
#[tokio::test]
async fn the_rules_are_not_rehearsed_in_a_real_hall() {
    let apart = Hall::open_program(Database::Sqlite, PROGRAM, "");
    let server = format!("http://{}", apart.address());
    for scenario in ["law", "impasse"] {
        let ran = run_in(apart.data(), &["demo", "--scenario", scenario, "--server", &server], &[]);
        ran.says_only(1, "not a sandbox");
    }
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
