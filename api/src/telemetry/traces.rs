//! 分布式追踪: one span for each request and each letter, joined to the trace of whoever caused it (W3C Trace Context) and
//! sent by OTLP where the operator says so. Like the figures, one set for a process. Nothing of a path, a query, a body or
//! a person is in a span.

use std::{sync::OnceLock, thread, time::Duration};

use actix_web::http::header::{HeaderMap, HeaderValue};
use opentelemetry::{
    Context, KeyValue,
    trace::{
        Span as _, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId,
        TraceState, Tracer as _, TracerProvider as _,
    },
};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler, SdkTracerProvider},
};
use persistence::trace::{Trace, TraceParent};

use crate::settings::Traces;

const NAME: &str = "yichuang";
/// How long a collector may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// Begins to send spans, if anybody wants them. A second call changes nothing.
///
/// # Errors
/// With the reason why nothing can be sent there.
pub fn init(settings: &Traces) -> Result<(), String> {
    if settings.otlp.is_empty() || PROVIDER.get().is_some() {
        return Ok(());
    }
    let (endpoint, share) = (settings.otlp.clone(), settings.share);
    // The client blocks, and must not be made on a thread of the runtime.
    let made = thread::spawn(move || provider(&endpoint, share)).join();
    let made = made.map_err(|_| "panicked".to_owned())??;
    // Whoever was faster has what we have.
    let _ = PROVIDER.set(made);
    Ok(())
}

fn provider(endpoint: &str, share: f64) -> Result<SdkTracerProvider, String> {
    let client = reqwest::blocking::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .build()
        .map_err(|error| error.to_string())?;
    let exporter = SpanExporter::builder().with_http().with_http_client(client).with_endpoint(endpoint).build();
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter.map_err(|error| error.to_string())?)
        // By the trace alone: a caller cannot make us keep more than we want to.
        .with_sampler(Sampler::TraceIdRatioBased(share))
        .with_resource(Resource::builder_empty().with_attribute(KeyValue::new("service.name", NAME)).build())
        .build())
}

/// Sends what was not sent yet.
pub(crate) async fn flush() {
    if let Some(provider) = PROVIDER.get()
        && let Ok(Err(error)) = tokio::task::spawn_blocking(|| provider.force_flush()).await
    {
        tracing::warn!(%error, "the last spans were not sent");
    }
}

/// In whose trace a request says that it is; None where it says nothing, or nothing that makes sense.
pub(crate) fn named_by(headers: &HeaderMap) -> Option<Trace> {
    let parent = headers.get("traceparent")?.to_str().ok()?.trim();
    // Several lines are one list (RFC 9110 §5.3); where one of them is none, there is none.
    let lines: Result<Vec<&str>, _> = headers.get_all("tracestate").map(HeaderValue::to_str).collect();
    let state = lines.ok().map(|lines| lines.join(","));
    Trace::read(parent, state.as_deref().map(str::trim))
}

/// A stretch of work; where nobody wants to know, only the trace that it is part of.
#[derive(Debug)]
pub(crate) struct Span {
    begun: Option<opentelemetry_sdk::trace::Span>,
    parent: Option<Trace>,
}

impl Span {
    /// `name` is what was asked for, not by whom or of what.
    pub(crate) fn begin(kind: SpanKind, name: impl FnOnce() -> String, parent: Option<Trace>) -> Self {
        let begin = |provider: &SdkTracerProvider| {
            let builder = SpanBuilder::from_name(name()).with_kind(kind);
            provider.tracer(NAME).build_with_context(builder, &context(parent.as_ref()))
        };
        Self { begun: PROVIDER.get().map(begin), parent }
    }

    /// What others go on from.
    pub(crate) fn trace(&self) -> Option<Trace> {
        let Some(begun) = &self.begun else { return self.parent.clone() };
        let of = begun.span_context();
        let parent = TraceParent {
            trace: u128::from_be_bytes(of.trace_id().to_bytes()),
            span: u64::from_be_bytes(of.span_id().to_bytes()),
            is_sampled: of.is_sampled(),
        };
        Some(Trace { parent, state: self.parent.as_ref().and_then(|parent| parent.state.clone()) })
    }

    pub(crate) fn end(self, attributes: impl FnOnce() -> Vec<KeyValue>, has_failed: bool) {
        let Some(mut begun) = self.begun.filter(opentelemetry::trace::Span::is_recording) else { return };
        begun.set_attributes(attributes());
        if has_failed {
            begun.set_status(Status::error(""));
        }
        begun.end();
    }
}

fn context(parent: Option<&Trace>) -> Context {
    let Some(Trace { parent: TraceParent { trace, span, is_sampled }, state }) = parent else { return Context::new() };
    let flags = if *is_sampled { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
    let (trace, span) = (TraceId::from_bytes(trace.to_be_bytes()), SpanId::from_bytes(span.to_be_bytes()));
    let state = state.as_ref().and_then(|state| state.to_string().parse::<TraceState>().ok()).unwrap_or_default();
    Context::new().with_remote_span_context(SpanContext::new(trace, span, flags, true, state))
}
