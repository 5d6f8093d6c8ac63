//! Logs and figures. Neither ever holds personal data, a path or a query.

pub mod traces;

use std::{
    io::{self, Write},
    panic,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use actix_web::http::{Method, StatusCode};
use metrics::SharedString;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::Metadata;
use tracing_subscriber::{EnvFilter, filter::ParseError, fmt::MakeWriter};

const DURATION: &str = "http_server_request_duration_seconds";
/// As the OpenTelemetry conventions have them.
const BUCKETS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// The target of the line that each request leaves.
pub(crate) const ACCESS: &str = "access";
/// Bytes of such lines that are written without waiting for more.
const MUCH: usize = 16 << 10;

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Reads a log filter.
///
/// # Errors
/// When it is none.
pub fn filter(text: &str) -> Result<EnvFilter, ParseError> {
    EnvFilter::builder().parse(text)
}

/// JSON lines on standard error, and panics in them by place only: what a panic says may be personal. A second call
/// changes nothing.
pub fn init(log: &str) {
    let filter = filter(log).unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter);
    if log.with_writer(Log).try_init().is_ok() {
        panic::set_hook(Box::new(|info| {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(place, "panicked");
        }));
    }
}

/// Standard error. The lines of requests are written several at a time, because each call of the system costs as much as
/// a good part of a read; anything else at once, after whatever waits. A process that is killed loses at most what
/// [`write_log`] would have written next; what was done is on the record, not here.
#[derive(Clone, Copy, Debug)]
struct Log;

static WAITING: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Writes the lines that wait.
pub(crate) fn write_log() {
    written(&mut WAITING.lock().unwrap_or_else(PoisonError::into_inner));
}

fn written(waiting: &mut Vec<u8>) {
    if !waiting.is_empty() {
        // Nobody can be told that the log cannot be written.
        let _ = io::stderr().write_all(waiting);
        waiting.clear();
    }
}

struct Lines {
    at_once: bool,
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Lines;

    fn make_writer(&'a self) -> Lines {
        Lines { at_once: true }
    }

    fn make_writer_for(&'a self, of: &Metadata<'_>) -> Lines {
        Lines { at_once: of.target() != ACCESS }
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend_from_slice(line);
        if self.at_once || waiting.len() >= MUCH {
            written(&mut waiting);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The figures of this process, of which there is one set however many servers run in it.
pub fn figures() -> &'static PrometheusHandle {
    METRICS.get_or_init(|| {
        let builder = PrometheusBuilder::new();
        let builder = match builder.set_buckets_for_metric(Matcher::Full(DURATION.to_owned()), &BUCKETS) {
            Ok(builder) => builder,
            Err(_) => PrometheusBuilder::new(),
        };
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another metrics recorder is installed");
        }
        metrics::describe_histogram!(DURATION, metrics::Unit::Seconds, "Time from a request's head to its answer's");
        handle
    })
}

/// One request was answered.
pub(crate) fn request_took(method: &Method, route: Arc<str>, status: StatusCode, took: Duration) {
    let labels = [
        ("method", SharedString::from(known(method))),
        ("route", SharedString::from_shared(route)),
        ("status", SharedString::from_owned(status.as_str().to_owned())),
    ];
    metrics::histogram!(DURATION, &labels).record(took);
}

/// Methods are the caller's to invent; labels are not.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}
