//! 跨域 (the Fetch standard): pages of the origins that are configured may call, and no others.

use actix_cors::Cors;
use actix_web::{
    http::{
        Method,
        header::{
            ACCEPT_RANGES, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, IF_MATCH,
            IF_NONE_MATCH, IF_RANGE, LINK, LOCATION, RANGE, RETRY_AFTER,
        },
    },
    middleware::{Compat, Condition},
};

use super::{Allowances, Deprecation, RequestId, SANDBOX};

/// Seconds that a browser may remember what it was allowed.
const REMEMBERED: usize = 600;

/// For exactly these origins; without any, nothing is added and a preflight is a method like any other. No cookies are
/// known here, so that none are asked for.
pub fn cors(origins: &[String]) -> Compat<Condition<Cors>> {
    let named = HeaderName::from_static;
    let allowed = origins.iter().fold(Cors::default(), |cors, origin| cors.allowed_origin(origin));
    let cors = allowed
        .allowed_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE])
        .allowed_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            IF_MATCH,
            IF_NONE_MATCH,
            RANGE,
            IF_RANGE,
            named("idempotency-key"),
            named("traceparent"),
            named("tracestate"),
            RequestId::HEADER,
        ])
        .expose_headers([
            ETAG,
            LINK,
            LOCATION,
            RETRY_AFTER,
            ACCEPT_RANGES,
            CONTENT_RANGE,
            CONTENT_DISPOSITION,
            named("idempotency-replayed"),
            Allowances::POLICY,
            Allowances::LEFT,
            Deprecation::SINCE,
            Deprecation::SUNSET,
            RequestId::HEADER,
            SANDBOX,
        ])
        .max_age(REMEMBERED);
    Compat::new(Condition::new(!origins.is_empty(), cors))
}
