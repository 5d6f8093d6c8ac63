//! Logs and figures. Neither ever holds personal data, a path or a query.

use std::{
    panic,
    sync::{Arc, OnceLock},
    time::Duration,
};

use actix_web::http::{Method, StatusCode};
use metrics::SharedString;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{EnvFilter, filter::ParseError};

const DURATION: &str = "http_server_request_duration_seconds";
/// As the OpenTelemetry conventions have them.
const BUCKETS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

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
    if log.with_writer(std::io::stderr).try_init().is_ok() {
        panic::set_hook(Box::new(|info| {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(place, "panicked");
        }));
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
