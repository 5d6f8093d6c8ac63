//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header). What was done is recorded in the transaction that did
//! it; here is only reading the header, and refusing the same key while the first request is still under way.

use std::{
    collections::HashSet,
    future::{Ready, ready},
    sync::{Mutex, PoisonError},
};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::header::{CONTENT_TYPE, HeaderMap, HeaderName},
};
use sha2::{Digest, Sha256};
use utoipa::{
    IntoParams,
    openapi::path::{Parameter, ParameterBuilder, ParameterIn},
    openapi::{ObjectBuilder, Required, schema::Type},
};

use crate::{
    auth::Caller,
    problem::{Error, Kind},
};

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
const MAX: usize = 255;

/// 幂等键, from the header. Optional for people, required of systems.
#[derive(Clone, Debug)]
pub struct IdempotencyKey {
    of: Option<(String, String)>,
    head: [u8; 32],
}

/// 幂等标识: what a stored answer is found by, and what it was the answer to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Whose key it is: two callers can use the same key without meeting.
    pub scope: String,
    pub key: String,
    /// SHA-256 over method, path, query, content type and body.
    pub fingerprint: [u8; 32],
}

impl IdempotencyKey {
    /// The stamp of a request with this body (see [`super::Body::digest`]), if it carries a key.
    pub fn stamp(&self, body: Option<[u8; 32]>) -> Option<Stamp> {
        let (scope, key) = self.of.clone()?;
        let fingerprint = digest([&self.head[..], &body.unwrap_or_default()]);
        Some(Stamp { scope, key, fingerprint })
    }
}

impl FromRequest for IdempotencyKey {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request))
    }
}

fn read(request: &HttpRequest) -> Result<IdempotencyKey, Error> {
    let extensions = request.extensions();
    let caller = extensions.get::<Caller>();
    let key = key_in(request.headers())?;
    if key.is_none() && caller.is_some_and(|caller| caller.client().is_some()) {
        return Err(Error::of(Kind::IdempotencyKeyMissing, "对接系统的每次写操作都应带 Idempotency-Key 头。"));
    }
    let content_type = request.headers().get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    let parts =
        [request.method().as_str().as_bytes(), request.uri().path().as_bytes(), request.query_string().as_bytes()];
    let head = digest(parts.into_iter().chain([content_type]));
    let of = key.and_then(|key| Some((caller?.scope(), key)));
    Ok(IdempotencyKey { of, head })
}

fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Bare, or quoted as a structured field.
fn key_in(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let mut all = headers.get_all(HEADER);
    let Some(value) = all.next() else { return Ok(None) };
    let malformed =
        || Error::of(Kind::IdempotencyKeyMalformed, "应为1至255个可见ASCII字符，可加双引号，且只出现一次。");
    if all.next().is_some() {
        return Err(malformed());
    }
    let text = value.to_str().map_err(|_| malformed())?.trim();
    let key = match text.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').ok_or_else(malformed)?,
        None => text,
    };
    let is_good =
        (1..=MAX).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
    if is_good { Ok(Some(key.to_owned())) } else { Err(malformed()) }
}

/// 处理中的幂等键 of this process. Two processes are kept apart by the stored record.
#[derive(Debug, Default)]
pub struct InFlight(Mutex<HashSet<[u8; 32]>>);

/// Leaves when dropped.
#[derive(Debug)]
pub(super) struct InFlightGuard<'a> {
    among: &'a InFlight,
    key: [u8; 32],
}

impl InFlight {
    /// Takes the caller's key, if there is one.
    ///
    /// # Errors
    /// `idempotency_in_flight` when a request with it is under way; `idempotency_key_malformed`.
    pub(super) fn enter(&self, caller: &Caller, headers: &HeaderMap) -> Result<Option<InFlightGuard<'_>>, Error> {
        let Some(key) = key_in(headers)? else { return Ok(None) };
        let key = digest([caller.scope().as_bytes(), key.as_bytes()]);
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key) {
            Ok(Some(InFlightGuard { among: self, key }))
        } else {
            Err(Error::of(Kind::IdempotencyInFlight, "请稍候，用相同的键重试即可得到结果。"))
        }
    }
}

impl Drop for InFlightGuard<'_> {
    fn drop(&mut self) {
        self.among.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl IntoParams for IdempotencyKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(MAX))
            .pattern(Some(r"^[!#-\[\]-~]+$"));
        let parameter = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some("幂等键：同一键的重试得到同一结果。对接系统必须提供。"))
            .schema(Some(schema));
        vec![parameter.build()]
    }
}
