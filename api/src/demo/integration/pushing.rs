//! 盲目重试: the same application again and again, whatever comes back, by an adapter that knows nothing.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use super::{
    super::{
        Player,
        client::{Client, Trouble},
    },
    server::Server,
};

/// How many are on their way at a time.
const AT_A_TIME: usize = 8;
const ANSWER: Duration = Duration::from_secs(10);

/// Pushes it so many times, while the server is killed and restarted. How many were answered with the application.
pub async fn blindly(
    client: &Arc<Client>,
    platform: &Player,
    server: &mut Server,
    number: &str,
    times: usize,
) -> Result<usize, Trouble> {
    let url = format!("{}/v1/applications/{number}", client.base());
    let (token, body) = (client.token(platform)?, application().to_string());
    let http = reqwest::Client::builder().no_proxy().timeout(ANSWER).build()?;
    let (sent, answered) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let pushing = {
        let (sent, answered) = (Arc::clone(&sent), Arc::clone(&answered));
        stream::iter(0..times).for_each_concurrent(AT_A_TIME, move |_| {
            let (sent, answered) = (Arc::clone(&sent), Arc::clone(&answered));
            let request = http.put(&url).bearer_auth(&token).header("content-type", "application/json");
            let request = request.header("idempotency-key", uuid::Uuid::now_v7().to_string()).body(body.clone());
            async move {
                let came = request.send().await.is_ok_and(|answer| answer.status().is_success());
                sent.fetch_add(1, Ordering::Relaxed);
                answered.fetch_add(usize::from(came), Ordering::Relaxed);
                // Nobody is there: it goes on all the same, but not in a moment.
                if !came {
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
        })
    };
    let killing = async {
        while sent.load(Ordering::Relaxed) < times / 4 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        server.is_killed_and_restarted().await
    };
    let ((), killed) = tokio::join!(pushing, killing);
    killed.map_err(Trouble::Amiss)?;
    Ok(answered.load(Ordering::Relaxed))
}

/// By the applicant whose applications are granted (`docs/sandbox.md`).
fn application() -> Value {
    json!({
        "item": "law-legal-aid",
        "channel": "web",
        "applicant": {
            "name": "演练申请人", "document_kind": "resident_id", "document_number": "990000199001010017",
            "phone": "15400000000",
        },
        "delivery": { "method": "electronic" },
    })
}
