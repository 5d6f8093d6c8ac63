//! Callers who never finish: each has its time, and nobody else waits for them.

use std::time::{Duration, Instant};

use tests::*;

use crate::{
    line::{HEALTH, Line, head},
    overload::figure,
    rows::{contents, differences},
};

/// Short times, so that the tests need not wait for the usual ones.
async fn hurried(hall: &Hall) {
    hall.restarts_with(|settings| {
        settings.http.head_seconds = 1;
        settings.http.body_seconds = 1;
        settings.files.grace_seconds = 1;
    })
    .await;
}

/// An upload of which no more than the beginning comes.
async fn begins_to_upload(hall: &Hall, clerk: &Caller, case: &Case) -> Line {
    let (path, token) = (case.path("materials/application/files"), clerk.token().unwrap());
    let mut line = Line::open(hall).await;
    line.says(&format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/pdf\r\n\
         content-length: 500000\r\nif-match: *\r\n\r\n%PDF-1.4\n"
    ))
    .await;
    line
}

fn application() -> Value {
    json!({
        "item": items::PROMISED, "channel": "counter", "applicant": Person::new().applicant(),
        "delivery": { "method": "pick_up" },
    })
}

tests::on_both_stores! {
    /// Half a body that stays half is answered 408, and nothing of it is kept, not even its key.
    async fn half_a_body_runs_out_of_time(hall: Hall) {
        hurried(&hall).await;
        let (clerk, body) = (hall.clerk("rule-of-law"), application().to_string());
        let before = contents(&hall);
        let mut line = Line::open(&hall).await;
        line.says(&head(&clerk, "/v1/cases", "idempotency-key: slow\r\n", body.len())).await;
        line.says(&body[..body.len() / 2]).await;
        let heard = line.hears().await;
        assert!(heard.starts_with("HTTP/1.1 408"), "{heard}");
        assert!(heard.contains("application/problem+json") && heard.contains("\"code\":\"request_timeout\""), "{heard}");
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
        clerk.post("/v1/cases").key("slow").body("application/json", body).await.created();
    }

    /// A body that drips does not last longer than one that stalls.
    async fn a_dripping_body_runs_out_of_time(hall: Hall) {
        hurried(&hall).await;
        let clerk = hall.clerk("rule-of-law");
        let mut line = Line::open(&hall).await;
        line.says(&head(&clerk, "/v1/cases", "", 100_000)).await;
        let began = Instant::now();
        let mut drip = tokio::time::interval(Duration::from_millis(50));
        // Until it is answered or hung up; nothing more can be said to who has gone.
        while began.elapsed() < Duration::from_secs(5) && line.tries(" ").await {
            drip.tick().await;
            if began.elapsed() > Duration::from_secs(2) {
                break;
            }
        }
        let heard = line.hears().await;
        assert!(heard.starts_with("HTTP/1.1 408"), "{heard}");
    }

    /// A head that is never finished is not waited for.
    async fn half_a_head_runs_out_of_time(hall: Hall) {
        hurried(&hall).await;
        for part in ["G", "GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: "] {
            let mut line = Line::open(&hall).await;
            line.says(part).await;
            let heard = line.hears().await;
            assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 408"), "{heard}");
        }
    }

    /// Neither is the next one on the same connection, and whoever comes then has its place: there are four.
    async fn half_of_a_second_head_runs_out_of_time(hall: Hall) {
        hall.restarts_with(|settings| {
            let http = &mut settings.http;
            (http.head_seconds, http.keep_alive_seconds, http.connections) = (1, 1, 4);
        })
        .await;
        let mut slow = Vec::new();
        for part in ["G", "GET /healthz HTTP/1.1", "POST /v1/cases HTTP/1.1\r\nhost: x\r\n", "GET / HTTP/1.1\r\nx-slow: "] {
            let mut line = Line::open(&hall).await;
            line.says(HEALTH).await;
            let heard = line.hears().await;
            assert!(heard.starts_with("HTTP/1.1 200"), "{heard}");
            line.says(part).await;
            slow.push(line);
        }
        let mut next = Line::open(&hall).await;
        next.says(HEALTH).await;
        let heard = next.hears().await;
        assert!(heard.starts_with("HTTP/1.1 200"), "{heard}");
        for mut line in slow {
            assert_eq!(line.hears().await, "");
        }
    }

    /// A line that is served now and then is kept, and so is one whose request takes longer than an idle one may.
    async fn whoever_is_served_is_not_cut_off(hall: Hall) {
        hall.restarts_with(|settings| (settings.http.head_seconds, settings.http.keep_alive_seconds) = (1, 2)).await;
        let manager = hall.manager();
        let (feed, token) = (manager.get("/v1/events").await.ok(), manager.token().unwrap());
        let mut line = Line::open(&hall).await;
        for request in [
            HEALTH.to_owned(),
            format!(
                "GET /v1/events?after={}&wait=6 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n",
                feed.text("/next")
            ),
            HEALTH.to_owned(),
        ] {
            line.says(&request).await;
            let heard = line.hears().await;
            assert!(heard.starts_with("HTTP/1.1 200"), "{heard}");
        }
    }

    /// An upload that stalls is given up, and leaves no file.
    async fn a_stalled_upload_runs_out_of_time(hall: Hall) {
        hurried(&hall).await;
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let clerk = hall.clerk("rule-of-law");
        let (before, files) = (contents(&hall), files_in(hall.data()));
        let heard = begins_to_upload(&hall, &clerk, &case).await.hears().await;
        assert!(heard.starts_with("HTTP/1.1 408"), "{heard}");
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
        until("its file is gone", async || (files_in(hall.data()) == files).then_some(())).await;
    }

    /// Clause B2-2: eight who upload slowly do not keep the ninth from it.
    async fn slow_uploads_do_not_hold_up_the_next(hall: Hall) {
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let clerk = hall.clerk("rule-of-law");
        let mut slow = Vec::new();
        for _ in 0..8 {
            slow.push(begins_to_upload(&hall, &clerk, &case).await);
        }
        until("they are under way", async || (figure(&hall, "http_requests_under_way").await == Some(8.0)).then_some(()))
            .await;
        let served = async { clerk.attaches(&case, "application", "application/pdf", PDF).await.ok() };
        tokio::time::timeout(Duration::from_secs(5), served).await.expect("somebody waited for the slow");
        drop(slow);
    }

    /// A hundred who never finish keep nobody waiting.
    async fn the_slow_do_not_hold_up_the_others(hall: Hall) {
        let clerk = hall.clerk("rule-of-law");
        let mut slow = Vec::new();
        for _ in 0..100 {
            let mut line = Line::open(&hall).await;
            line.says(&head(&clerk, "/v1/cases", "", 1000)).await;
            slow.push(line);
        }
        let served = async { clerk.post("/v1/cases").json(&application()).await.created() };
        tokio::time::timeout(Duration::from_secs(5), served).await.expect("somebody waited for the slow");
    }
}

/// Every file under the data folder but the database's own.
fn files_in(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_in(&path));
        } else if !path.to_string_lossy().contains("yichuang.sqlite3") {
            found.push(path);
        }
    }
    found.sort();
    found
}
