//! The one middleware.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Instant};

use actix_web::{
    HttpMessage, HttpResponse,
    body::{BoxBody, MessageBody as _},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        Method, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderValue,
            REFERRER_POLICY, TRANSFER_ENCODING, X_CONTENT_TYPE_OPTIONS,
        },
    },
    middleware::Next,
    web::Data,
};
use futures_util::FutureExt;
use opentelemetry::{KeyValue, trace::SpanKind};
use persistence::trace;

use super::{
    Allowance, Allowances, Deprecation, Edge, Found, Operation, Peer, RequestId, SANDBOX, idempotency::InFlightGuard,
    line::Line, load::Place, rate::Counted,
};
use crate::{
    auth::Caller,
    desk::Desk,
    docs,
    problem::{Error, FieldProblem, Kind},
    telemetry::{
        self,
        traces::{self, Span},
    },
};

/// 入口: identifies, admits, calls, and dresses the answer.
///
/// # Errors
/// Only for a handler that panicked: there is no request left to answer to, so the answer travels inside the error.
pub async fn gate(
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let edge = Edge::of(request.request())?;
    let mut busy = request.conn_data::<Arc<Line>>().map(Line::serve);
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let method = request.method().clone();
    let is_docs = docs::is_page(request.path());
    let found = edge.contract.find(request.path());
    let route = found.map(|route| Arc::clone(&route.template));
    let operation = found.and_then(|route| route.operation(&method));
    if let Some(operation) = operation {
        request.extensions_mut().insert(Found(operation.number));
    }
    let deprecation = operation.and_then(|operation| operation.deprecation.as_ref());
    let sandbox = edge.sandbox;
    let name = || format!("{method} {}", route.as_deref().unwrap_or("_unmatched"));
    let span = Span::begin(SpanKind::Server, name, traces::named_by(request.headers()));
    let trace = span.trace();
    let dress = Dress { id: &id, method, route, deprecation, is_docs, sandbox, started, span };

    let admitted = match found {
        None if is_docs => edge.let_in_to_pages(&request),
        None => Err(Error::not_found()),
        Some(route) => match route.operation(&dress.method) {
            Some(operation) => edge.let_in(&request, operation).await,
            None => Err(Error::MethodNotAllowed { allow: route.allow() }),
        },
    };
    let (guard, place) = match admitted {
        Ok(admitted) => admitted,
        Err(error) => {
            dress.log_fault(&error);
            let response = error.response(Some(id.as_str()));
            return Ok(dress.finish(request.into_response(response)));
        }
    };
    // The server leaves the body out by the method as it came; the handlers know reading only.
    if dress.method == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let outcome = trace::within(trace, AssertUnwindSafe(next.call(request)).catch_unwind()).await;
    drop((guard, place));
    match outcome {
        Ok(Ok(response)) => {
            let response = dress.explain(response);
            if let Some(busy) = &mut busy
                && dress.method != Method::HEAD
            {
                busy.answers(response.response().body().size());
            }
            Ok(dress.finish(response))
        }
        Ok(Err(error)) => Err(dress.lost(&error)),
        Err(_) => Err(dress.lost(&Error::internal("a handler panicked").into())),
    }
}

impl Edge {
    /// Who calls; None where anybody may.
    async fn identify(&self, request: &ServiceRequest, operation: &Operation) -> Result<Option<Caller>, Error> {
        if operation.is_public {
            return Ok(None);
        }
        self.auth.caller(request.request()).await?.ok_or(Error::Unauthenticated(None)).map(Some)
    }

    /// A place first, so that turning somebody away costs next to nothing. But a stranger with a body to send, who may keep
    /// it for long, has the address counted before.
    async fn let_in(
        &self,
        request: &ServiceRequest,
        operation: &Operation,
    ) -> Result<(Option<InFlightGuard<'_>>, Option<Place>), Error> {
        if operation.takes_from_strangers() {
            let guard = self.admit(request, operation).await?;
            return Ok((guard, self.load.enter_as_stranger(Peer::of(request.request())?)?));
        }
        let place = self.load.enter(operation, request.query_string())?;
        if let Some(place) = &place {
            request.extensions_mut().insert(place.may_wait());
        }
        Ok((self.admit(request, operation).await?, place))
    }

    /// To the pages of the documentation, which are no operations.
    fn let_in_to_pages(&self, request: &ServiceRequest) -> Result<(Option<InFlightGuard<'_>>, Option<Place>), Error> {
        let place = self.load.enter_to_read()?;
        let (left, is_within_rate) = parted(self.rates.address(Peer::of(request.request())?));
        if let Some(left) = left {
            request.extensions_mut().insert(Allowances(vec![left]));
        }
        is_within_rate.map(|()| (None, Some(place)))
    }

    /// Everything that the contract alone can say of a request.
    async fn admit(&self, request: &ServiceRequest, operation: &Operation) -> Result<Option<InFlightGuard<'_>>, Error> {
        let caller = self.identify(request, operation).await;
        let (at_once, is_within_rate) = parted(match &caller {
            Ok(Some(caller)) => self.rates.client(caller),
            Ok(None) if operation.is_probe => None,
            // Who calls could not be looked up, which is no fault of the address.
            Err(error) if error.kind().status().is_server_error() => None,
            Ok(None) | Err(_) => self.rates.address(Peer::of(request.request())?),
        });
        let daily = match (&caller, request.app_data::<Data<Desk>>()) {
            (Ok(Some(caller)), Some(desk)) if is_within_rate.is_ok() => desk.count_call(caller).await,
            _ => Ok(None),
        };
        let (daily, is_within_day) = daily.map_or_else(|error| (None, Err(error)), parted);
        let allowances = Allowances(at_once.into_iter().chain(daily).collect());
        // Before it is refused: whoever asks for too much needs them most.
        if !allowances.0.is_empty() {
            request.extensions_mut().insert(allowances);
        }
        is_within_rate.and(is_within_day)?;
        if let Some(caller) = caller? {
            if let Some(desk) = request.app_data::<Data<Desk>>() {
                caller.must_have_mandate(desk.now(caller.centre).day())?;
            }
            request.extensions_mut().insert(caller);
        }
        refuse_unknown_parameters(request.query_string(), operation)?;
        if !operation.has_body && announces_body(request.headers()) {
            return Err(Error::of(Kind::UnexpectedBody, "请去掉请求体。"));
        }
        match request.extensions().get::<Caller>() {
            Some(caller) if !request.method().is_safe() => self.in_flight.enter(caller, request.headers()),
            _ => Ok(None),
        }
    }
}

/// What is left, and whether the request may go on; for what is not counted it may.
fn parted(counted: Option<Counted>) -> (Option<Allowance>, Result<(), Error>) {
    counted.map_or((None, Ok(())), |(left, is_within)| (Some(left), is_within))
}

fn refuse_unknown_parameters(query: &str, operation: &Operation) -> Result<(), Error> {
    if query.is_empty() {
        return Ok(());
    }
    let mut unknown = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if !operation.query.iter().any(|known| *known == name) {
            let name: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
            unknown.push(FieldProblem::parameter(name, "unknown_parameter", "未定义的查询参数"));
        } else if value.chars().any(char::is_control) {
            return Err(Error::parameter(name, "含有不允许的控制字符"));
        }
    }
    if unknown.is_empty() { Ok(()) } else { Err(Error::Unknown(Kind::UnknownParameter, unknown)) }
}

/// Whether a body follows.
pub(crate) fn announces_body(headers: &HeaderMap) -> bool {
    headers.contains_key(TRANSFER_ENCODING) || headers.get(CONTENT_LENGTH).is_some_and(|length| length != "0")
}

/// What is known of a request once it has been taken in.
struct Dress<'a> {
    id: &'a RequestId,
    method: Method,
    route: Option<Arc<str>>,
    deprecation: Option<&'a Deprecation>,
    is_docs: bool,
    sandbox: bool,
    started: Instant,
    span: Span,
}

impl Dress<'_> {
    /// Gives an error its request id, and one that a library answered its problem.
    fn explain(&self, response: ServiceResponse) -> ServiceResponse {
        if !response.status().is_client_error() && !response.status().is_server_error() {
            return response;
        }
        let replacement = match response.response().error() {
            Some(error) => Some(self.problem(error)),
            None if is_json(response.headers()) => None,
            None => Some(Error::from_status(response.status()).response(Some(self.id.as_str()))),
        };
        match replacement {
            Some(replacement) => ServiceResponse::new(response.into_parts().0, replacement),
            None => response,
        }
    }

    fn problem(&self, error: &actix_web::Error) -> HttpResponse {
        match error.as_error::<Error>() {
            Some(error) => {
                self.log_fault(error);
                error.response(Some(self.id.as_str()))
            }
            None => {
                let error = Error::from_status(error.as_response_error().status_code());
                self.log_fault(&error);
                error.response(Some(self.id.as_str()))
            }
        }
    }

    /// An answer without a request to belong to.
    fn lost(self, error: &actix_web::Error) -> actix_web::Error {
        let mut response = self.problem(error);
        let status = response.status();
        self.add_headers(response.headers_mut());
        self.record(status, None);
        InternalError::from_response("see the log", response).into()
    }

    fn finish(self, mut response: ServiceResponse) -> ServiceResponse {
        let status = response.status();
        self.add_headers(response.headers_mut());
        let allowances = response.request().extensions_mut().remove::<Allowances>();
        if let Some(allowances) = allowances {
            allowances.dress(response.headers_mut());
        }
        let role = response.request().extensions().get::<Caller>().map(|caller| caller.role().into());
        self.record(status, role);
        response
    }

    fn add_headers(&self, headers: &mut HeaderMap) {
        headers.insert(RequestId::HEADER, self.id.value());
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if self.sandbox {
            headers.insert(SANDBOX, HeaderValue::from_static("true"));
        }
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        let policy = if self.is_docs { docs::PAGE_POLICY } else { "default-src 'none'; frame-ancestors 'none'" };
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
        if let Some(deprecation) = self.deprecation {
            deprecation.dress(headers);
        }
        if !headers.contains_key(CACHE_CONTROL) {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        if headers.get(CONTENT_TYPE).is_some_and(|of| of == "application/json") {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        }
    }

    fn log_fault(&self, error: &Error) {
        // Turning many away must not cost a line each beside the one that every request leaves.
        if error.kind().status().is_server_error() && error.kind() != Kind::Overloaded {
            tracing::error!(request_id = %self.id, route = self.route.as_deref(), %error, "request failed");
        }
    }

    /// One log line and one measurement. Neither has anything of the path, the query or the caller's identity.
    fn record(self, status: StatusCode, role: Option<&'static str>) {
        let took = self.started.elapsed();
        let route = self.route.clone().unwrap_or_else(|| Arc::from(if self.is_docs { "/docs" } else { "_unmatched" }));
        tracing::info!(
            target: telemetry::ACCESS,
            request_id = %self.id,
            method = %self.method,
            route = &*route,
            status = status.as_u16(),
            role,
            ms = took.as_secs_f64() * 1000.0,
            trace_id = self.span.trace().map(|trace| format!("{:032x}", trace.parent.trace)),
        );
        let attributes = || {
            vec![
                KeyValue::new("http.request.method", self.method.to_string()),
                KeyValue::new("http.route", route.to_string()),
                KeyValue::new("http.response.status_code", i64::from(status.as_u16())),
                KeyValue::new("yichuang.request_id", self.id.to_string()),
            ]
        };
        self.span.end(attributes, status.is_server_error());
        telemetry::request_took(&self.method, route, status, took);
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let of = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    of.starts_with("application/json") || of.starts_with("application/problem+json")
}
