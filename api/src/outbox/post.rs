use std::{error::Error as _, time::Duration};

use futures_util::StreamExt;
use kernel::Instant;
use persistence::outbox::Stored;
use reqwest::{Client, Response, StatusCode, header};

use super::{Endpoint, sign};

/// How long one attempt may last from the first byte to the last.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);
/// How much of an answer is read. Nothing in it matters; reading it lets the connection be used again.
const READ: usize = 16 * 1024;

/// 投递结果 of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// A status, or why there was none.
    pub said: String,
    delivered: bool,
    /// How long the other side asks us to wait.
    pub retry_after: Option<Duration>,
}

impl Outcome {
    pub(super) fn failed(why: &str) -> Self {
        Self { said: why.to_owned(), delivered: false, retry_after: None }
    }

    /// Any 2xx.
    pub fn is_delivered(&self) -> bool {
        self.delivered
    }

    pub(super) fn label(&self) -> &'static str {
        if self.delivered { "delivered" } else { "failed" }
    }
}

/// One attempt, signed with the machine's time, whatever the desk's clock says.
pub(super) async fn post(client: &Client, endpoint: &Endpoint, letter: &Stored, machine_now: Instant) -> Outcome {
    let (id, at) = (letter.id.to_string(), machine_now.utc().timestamp());
    let signature = sign(&endpoint.keys, &id, at, letter.body.as_bytes());
    let sent = client
        .post(&endpoint.url)
        .header(header::CONTENT_TYPE, "application/cloudevents+json; charset=utf-8")
        .header("webhook-id", &id)
        .header("webhook-timestamp", at)
        .header("webhook-signature", signature)
        .body(letter.body.clone())
        .send();
    match sent.await {
        Ok(response) => answered(response).await,
        Err(error) if error.is_timeout() => Outcome::failed("timeout"),
        Err(error) if error.is_connect() => Outcome::failed("not_connected"),
        Err(error) => {
            tracing::debug!(cause = ?error.source(), "an attempt broke off");
            Outcome::failed("broken_off")
        }
    }
}

async fn answered(response: Response) -> Outcome {
    let status = response.status();
    let retry_after = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE)
        .then(|| asked_to_wait(&response))
        .flatten();
    let outcome = Outcome { said: status.as_u16().to_string(), delivered: status.is_success(), retry_after };
    let (mut read, mut stream) = (0, response.bytes_stream());
    while let Some(Ok(chunk)) = stream.next().await {
        read += chunk.len();
        if read > READ {
            break;
        }
    }
    outcome
}

/// `Retry-After` in seconds or as a date (RFC 9110 §10.2.3).
fn asked_to_wait(response: &Response) -> Option<Duration> {
    let text = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = chrono::DateTime::parse_from_rfc2822(text).ok()?;
    (at.to_utc() - chrono::Utc::now()).to_std().ok()
}
