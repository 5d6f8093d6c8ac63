//! Callers who never finish: each has its time, and nobody else waits for them (§3.3(1), ASVS 15.3.x).

use std::time::{Duration, Instant};

use tests::*;

use crate::{
    line::{Line, head},
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

fn application() -> Value {
    json!({
        "item": items::PROMISED, "channel": "counter", "applicant": Person::new().applicant(),
        "delivery": { "method": "pick_up" },
    })
}

tests::on_both_stores! {
    /// §3.3(1): half a body that stays half is answered 408, and nothing of it is kept, not even its key.
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

    /// §3.3(1): a body that drips does not last longer than one that stalls.
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

    /// An upload that stalls is given up, and leaves no file.
    async fn a_stalled_upload_runs_out_of_time(hall: Hall) {
        hurried(&hall).await;
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let clerk = hall.clerk("rule-of-law");
        let (before, files) = (contents(&hall), files_in(hall.data()));
        let path = case.path("materials/application/files");
        let token = clerk.token().unwrap();
        let mut line = Line::open(&hall).await;
        line.says(&format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/pdf\r\n\
             content-length: 500000\r\nif-match: *\r\n\r\n%PDF-1.4\n"
        ))
        .await;
        let heard = line.hears().await;
        assert!(heard.starts_with("HTTP/1.1 408"), "{heard}");
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
        until("its file is gone", async || (files_in(hall.data()) == files).then_some(())).await;
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
