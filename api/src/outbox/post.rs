use std::{
    error::Error as _,
    time::{Duration, Instant as Moment},
};

use futures_util::StreamExt;
use kernel::Instant;
use opentelemetry::{KeyValue, trace::SpanKind};
use persistence::{outbox::Stored, trace::Trace};
use reqwest::{Client, Response, StatusCode, header};
use serde::Deserialize;

use super::{SigningKey, guard::Guard, sign};
use crate::telemetry::traces::Span;

/// How long one attempt may last from the first byte to the last.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);
/// How much of an answer is read, and for how long. Nothing in it matters; reading it lets the connection be used again.
const READ: usize = 16 * 1024;
const READING: Duration = Duration::from_secs(2);

/// 投递结果 of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// A status, or why there was none.
    pub said: String,
    status: Option<StatusCode>,
    /// How long the other side asks us to wait.
    pub retry_after: Option<Duration>,
    pub took: Duration,
}

impl Outcome {
    fn failed(why: &str) -> Self {
        Self { said: why.to_owned(), status: None, retry_after: None, took: Duration::ZERO }
    }

    /// Any 2xx.
    pub fn is_delivered(&self) -> bool {
        self.status.is_some_and(|status| status.is_success())
    }

    /// 410: it wants nothing more.
    pub fn is_gone(&self) -> bool {
        self.status == Some(StatusCode::GONE)
    }

    /// 拒收: whoever is there does not take this letter, and that says nothing of others. 401, 403, 404 and 405 are about the
    /// endpoint, 408, 425 and 429 about the time, and 410 is its end.
    pub fn is_refused(&self) -> bool {
        let is_about_it =
            |status: StatusCode| !matches!(status.as_u16(), 401 | 403 | 404 | 405 | 408 | 410 | 425 | 429);
        self.status.is_some_and(|status| status.is_client_error() && is_about_it(status))
    }

    pub(super) fn label(&self) -> &'static str {
        if self.is_delivered() { "delivered" } else { "failed" }
    }
}

/// How a letter goes out.
#[derive(Clone, Debug)]
pub(super) struct Post<'a> {
    pub client: &'a Client,
    /// Of an address that somebody registered; those in the configuration are the operator's own choice.
    pub guard: Option<&'a Guard>,
    pub url: &'a str,
    pub keys: &'a [SigningKey],
}

impl Post<'_> {
    /// One attempt, signed with the machine's time, whatever the desk's clock says.
    pub(super) async fn send(&self, letter: &Stored, machine_now: Instant) -> Outcome {
        let began = Moment::now();
        let span = Span::begin(SpanKind::Producer, || format!("deliver {}", letter.kind), named_by(letter));
        let outcome = self.attempt(letter, machine_now, span.trace()).await;
        let attributes = || vec![KeyValue::new("yichuang.outcome", outcome.said.clone())];
        span.end(attributes, !outcome.is_delivered());
        Outcome { took: began.elapsed(), ..outcome }
    }

    async fn attempt(&self, letter: &Stored, machine_now: Instant, trace: Option<Trace>) -> Outcome {
        if let Some(guard) = self.guard
            && let Err(unfit) = guard.check(self.url).await
        {
            return Outcome::failed(unfit.outcome());
        }
        let (id, at) = (letter.message.to_string(), machine_now.utc().timestamp());
        let signature = sign(self.keys, &id, at, letter.body.as_bytes());
        let mut request = self
            .client
            .post(self.url)
            .header(header::CONTENT_TYPE, "application/cloudevents+json; charset=utf-8")
            .header("webhook-id", &id)
            .header("webhook-timestamp", at)
            .header("webhook-signature", signature);
        if let Some(trace) = trace {
            request = request.header("traceparent", trace.parent.to_string());
            if let Some(state) = trace.state {
                request = request.header("tracestate", state.to_string());
            }
        }
        match request.body(letter.body.clone()).send().await {
            Ok(response) => answered(response).await,
            Err(error) if error.is_timeout() => Outcome::failed("timeout"),
            Err(error) if error.is_connect() => Outcome::failed("not_connected"),
            Err(error) => {
                tracing::debug!(cause = ?error.source(), "an attempt broke off");
                Outcome::failed("broken_off")
            }
        }
    }
}

/// In whose trace what a letter tells of was done.
fn named_by(letter: &Stored) -> Option<Trace> {
    #[derive(Deserialize)]
    struct Named {
        traceparent: Option<String>,
        tracestate: Option<String>,
    }
    let named = serde_json::from_str::<Named>(&letter.body).ok()?;
    Trace::read(&named.traceparent?, named.tracestate.as_deref())
}

async fn answered(response: Response) -> Outcome {
    let status = response.status();
    let retry_after = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE)
        .then(|| asked_to_wait(&response))
        .flatten();
    // The status is the answer, however much or little follows it and whatever length it claims to have.
    let _ = tokio::time::timeout(READING, read_some(response)).await;
    Outcome { said: status.as_u16().to_string(), status: Some(status), retry_after, took: Duration::ZERO }
}

async fn read_some(response: Response) {
    let (mut read, mut stream) = (0, response.bytes_stream());
    while let Some(Ok(chunk)) = stream.next().await {
        read += chunk.len();
        if read > READ {
            break;
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_about_the_letter_is_its_own_fault() {
        let said = |status: u16| Outcome { status: StatusCode::from_u16(status).ok(), ..Outcome::failed("said") };
        for status in [400, 409, 413, 415, 422, 451] {
            assert!(said(status).is_refused(), "{status}");
        }
        for status in [200, 204, 307, 401, 403, 404, 405, 408, 410, 425, 429, 500, 502, 503] {
            assert!(!said(status).is_refused(), "{status}");
        }
        assert!(!Outcome::failed("timeout").is_refused());
    }
}
