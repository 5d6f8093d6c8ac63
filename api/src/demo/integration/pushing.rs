//! 盲目重试: the same application again and again, whatever comes back, by an adapter that knows nothing.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt, stream};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::{super::client::Trouble, server::Server, system::System};

/// How many are on their way at a time.
const AT_A_TIME: usize = 8;
const ANSWER: Duration = Duration::from_secs(10);

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Pushed {
    /// How often it was sent, and how often that was answered with the application.
    pub sent: usize,
    pub answered: usize,
    /// The cases that were answered.
    pub cases: BTreeSet<String>,
}

/// Pushes it so many times, while the server is killed and restarted.
pub async fn blindly(platform: &System, server: &mut Server, number: &str, times: usize) -> Result<Pushed, Trouble> {
    let url = format!("{}/v1/applications/{number}", platform.client().base());
    let (token, body) = (platform.token().await?, application().to_string());
    let http = reqwest::Client::builder().no_proxy().timeout(ANSWER).build()?;
    let seen = Arc::new(Mutex::new(Pushed::default()));
    let pushing = stream::iter(0..times).for_each_concurrent(AT_A_TIME, |_| {
        let request = http.put(&url).bearer_auth(&token).header("content-type", "application/json");
        let request = request.header("idempotency-key", uuid::Uuid::now_v7().to_string()).body(body.clone());
        let seen = Arc::clone(&seen);
        async move {
            let case = case_of(request).await;
            // Nobody is there: it goes on all the same, but not in a moment.
            let pause = if case.is_none() { Duration::from_millis(500) } else { Duration::ZERO };
            {
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.sent += 1;
                seen.answered += usize::from(case.is_some());
                seen.cases.extend(case);
            }
            tokio::time::sleep(pause).await;
        }
    });
    let so_far = || seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let killing = async {
        while so_far().sent < times / 4 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        server.is_killed_and_restarted().await
    };
    let ((), killed) = tokio::join!(pushing, killing);
    killed.map_err(Trouble::Amiss)?;
    Ok(so_far())
}

async fn case_of(request: RequestBuilder) -> Option<String> {
    let answer = request.send().await.ok()?.error_for_status().ok()?;
    let application: Value = answer.json().await.ok()?;
    Some(application["case"].as_str()?.to_owned())
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
