//! 负荷: more than can be done at once is turned away at once, and whoever waits or reads slowly takes nobody's place.

use std::time::Duration;

use tests::*;

use crate::line::{HEALTH, Line, head};

/// How long somebody who is served may take on a busy machine.
const SERVED: Duration = Duration::from_secs(10);

/// Of the management listener.
pub async fn figure(hall: &Hall, name: &str) -> Option<f64> {
    let text = reqwest::get(format!("http://{}/metrics", hall.management())).await.unwrap().text().await.unwrap();
    let line = text.lines().find(|line| line.split(' ').next() == Some(name))?;
    line.split(' ').nth(1)?.parse().ok()
}

/// Asks for something and reads nothing of the answer.
async fn asks(hall: &Hall, caller: &Caller, path: &str) -> Line {
    let mut line = Line::open(hall).await;
    let token = caller.token().unwrap();
    line.says(&format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n")).await;
    line
}

/// 8 MiB on file: who may read them, and where.
async fn large_file(hall: &Hall) -> (Caller, String, Vec<u8>) {
    let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
    let clerk = hall.clerk("rule-of-law");
    let large = [PDF.to_vec(), vec![b' '; 8 << 20]].concat();
    clerk.attaches(&case, "application", "application/pdf", &large).await.ok();
    let materials = case.materials();
    let material = materials.iter().find(|it| it["code"] == "application").unwrap();
    let path = case.path(&format!("files/{}", material["files"][0]["id"].as_str().unwrap()));
    (clerk, path, large)
}

/// A stranger who wants a token and sends half of what is needed.
async fn half_a_stranger(hall: &Hall) -> Line {
    let mut line = Line::open(hall).await;
    line.says(
        "POST /oauth/token HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: 1000\r\n\r\ngrant_type=",
    )
    .await;
    line
}

tests::on_both_stores! {
    /// Promise P5: with every place taken a request is turned away before anything of it is done, told when to come again;
    /// the server is still said to live, and serves again once there is a place.
    async fn what_is_too_much_is_turned_away(hall: Hall) {
        hall.restarts_with(|settings| settings.http.in_flight = 4).await;
        let (clerk, manager) = (hall.clerk("rule-of-law"), hall.manager());
        let mut slow = Vec::new();
        for _ in 0..4 {
            let mut line = Line::open(&hall).await;
            line.says(&head(&clerk, "/v1/cases", "", 1000)).await;
            slow.push(line);
        }
        let turned_away = until("every place is taken", async || {
            let answer = manager.lists("").await;
            (answer.status == 503).then_some(answer)
        });
        let turned_away = turned_away.await.problem(503, "overloaded");
        assert!(turned_away.header("retry-after").parse::<u64>().unwrap() > 0);
        assert_eq!(turned_away["retryable"], true);
        hall.stranger().get("/healthz").await.ok();
        hall.stranger().get("/readyz").await.ok();
        assert!(figure(&hall, "http_turned_away_total").await.unwrap() >= 1.0);
        assert_eq!(figure(&hall, "http_requests_under_way").await, Some(4.0));
        drop(slow);
        until("there is a place again", async || (manager.lists("").await.status == 200).then_some(())).await;
    }

    /// Clause B5-7: whoever waits for news is counted apart; past the bound they are answered with what there is.
    async fn whoever_waits_takes_nobodys_place(hall: Hall) {
        hall.restarts_with(|settings| (settings.http.in_flight, settings.http.polls) = (1, 1)).await;
        let manager = hall.manager();
        let feed = manager.get("/v1/events").await.ok();
        let path = format!("/v1/events?after={}&wait=25", feed.text("/next"));
        let waiting = asks(&hall, &manager, &path).await;
        until("it waits", async || (figure(&hall, "http_polls_under_way").await == Some(1.0)).then_some(())).await;
        manager.lists("").await.ok();
        let answered = async { manager.get(&path).await.ok() };
        let answered = tokio::time::timeout(SERVED, answered).await.expect("it waited without a place to wait");
        assert!(answered.data().is_empty());
        drop(waiting);
    }

    /// Whoever asks for much and reads nothing of it keeps a connection, and nothing else: with two places, ten
    /// of them hold nobody up.
    async fn a_slow_reader_takes_nobodys_place(hall: Hall) {
        hall.restarts_with(|settings| (settings.http.in_flight, settings.http.workers) = (2, 1)).await;
        let (clerk, path, large) = large_file(&hall).await;
        let mut slow = Vec::new();
        for _ in 0..10 {
            slow.push(asks(&hall, &clerk, &path).await);
            let served = until("somebody else is served", async || {
                (hall.manager().lists("").await.status == 200).then_some(())
            });
            tokio::time::timeout(SERVED, served).await.expect("a slow reader held others up");
        }
        let read = clerk.get(&path).await.ok();
        assert_eq!(read.bytes.len(), large.len(), "and whoever reads gets it");
        drop(slow);
    }

    /// Nor is the connection kept for ever: where there is room for one, the next is served once the reader has
    /// stood still for too long.
    async fn a_reader_who_stands_still_is_let_go(hall: Hall) {
        let (clerk, path, _) = large_file(&hall).await;
        hall.restarts_with(|settings| (settings.http.keep_alive_seconds, settings.http.connections) = (1, 1)).await;
        let mut still = asks(&hall, &clerk, &path).await;
        let begun = still.begins().await;
        assert!(begun.starts_with("HTTP/1.1 200"), "{begun}");
        let mut next = Line::open(&hall).await;
        next.says(HEALTH).await;
        let heard = next.hears().await;
        assert!(heard.starts_with("HTTP/1.1 200"), "{heard}");
        drop(still);
    }

    /// However many strangers begin to ask for a token and never finish, those who are known are served.
    async fn strangers_who_never_finish_take_nobodys_place(hall: Hall) {
        // Eight places for strangers, of which one address has two.
        hall.restarts_with(|settings| settings.http.in_flight = 32).await;
        let mut slow = Vec::new();
        for _ in 0..12 {
            slow.push(half_a_stranger(&hall).await);
        }
        until("they have what places there are", async || {
            (figure(&hall, "http_requests_under_way").await >= Some(2.0)).then_some(())
        })
        .await;
        let heard = half_a_stranger(&hall).await.hears().await;
        assert!(heard.starts_with("HTTP/1.1 503") && heard.contains("overloaded"), "{heard}");
        hall.manager().lists("").await.ok();
        drop(slow);
    }
}
