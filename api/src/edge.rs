//! The edge: what every request passes through before a handler sees it, and every answer on its way out.
//!
//! The framework's defaults trust too much and say too little (no body deadline, plain-text errors, 404 for a wrong
//! method, a closed connection for a panic). Everything here is driven by the contract itself, so that an operation
//! cannot be forgotten: unknown paths, methods, parameters and bodies are refused, and whatever is not declared public
//! needs a token.

mod body;
mod contract;
mod cors;
mod deprecation;
mod fields;
mod form;
mod gate;
mod idempotency;
mod line;
mod load;
mod objects;
mod path;
mod peer;
mod precondition;
mod query;
mod rate;
mod request_id;
mod screen;

use std::{sync::Arc, time::Duration};

use actix_web::{HttpRequest, http::header::HeaderName, web::Data};

pub use body::{Body, PushedBody};
pub use contract::{Contract, Found, Operation, Route};
pub use cors::cors;
pub use deprecation::{BadDeprecation, Deprecation};
pub use fields::{Fields, Taken};
pub use form::Form;
pub(crate) use gate::announces_body;
pub use gate::gate;
pub use idempotency::{IdempotencyKey, InFlight, Stamp};
pub use line::Lines;
pub use load::{Load, MayWait};
pub use path::PathId;
pub use peer::{Peer, Proxies};
pub use precondition::{IfMatch, OptionalIfMatch, etag};
pub use query::Query;
pub use rate::{Allowance, Allowances, Limiters, RateLimiter};
pub use request_id::RequestId;

use crate::{auth::Authenticator, problem::Error, settings::Settings};

/// 演练: marks every answer of a sandbox, so that none is taken for one of the real service.
pub const SANDBOX: HeaderName = HeaderName::from_static("x-yichuang-sandbox");

/// What the edge needs to know. One for all workers, as application data.
#[derive(Debug)]
pub struct Edge {
    pub contract: Contract,
    pub auth: Authenticator,
    pub in_flight: InFlight,
    pub proxies: Proxies,
    pub limits: BodyLimits,
    pub rates: Limiters,
    pub sandbox: bool,
    pub load: Arc<Load>,
    pub lines: Lines,
}

/// Limits of a JSON body.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    pub bytes: usize,
    pub deadline: Duration,
}

impl Edge {
    pub fn new(contract: Contract, auth: Authenticator, settings: &Settings) -> Self {
        let http = &settings.http;
        Self {
            contract,
            auth,
            in_flight: InFlight::default(),
            proxies: Proxies::new(http.trusted_proxies.clone()),
            rates: Limiters::new(&settings.rates),
            sandbox: settings.sandbox,
            load: Arc::new(Load::new(http)),
            lines: Lines::new(settings),
            limits: BodyLimits { bytes: http.body_bytes, deadline: Duration::from_secs(http.body_seconds) },
        }
    }

    /// The edge that a request came through.
    ///
    /// # Errors
    /// When the application was put together without one, which is a defect.
    pub fn of(request: &HttpRequest) -> Result<Data<Self>, Error> {
        request.app_data::<Data<Self>>().cloned().ok_or_else(|| Error::internal("the application has no edge"))
    }
}

#[cfg(test)]
mod tests;
