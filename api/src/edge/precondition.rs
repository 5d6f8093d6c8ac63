//! `If-Match` and `ETag` (RFC 9110 §13, RFC 6585 §3).

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::IF_MATCH};
use utoipa::{
    IntoParams,
    openapi::path::{Parameter, ParameterBuilder, ParameterIn},
    openapi::{ObjectBuilder, Required, schema::Type},
};

use crate::problem::{Error, Kind};

/// The strong tag of a version.
pub fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

/// 前提版本: the version that the caller has seen. Required where it is extracted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// `*`: whatever version there is.
    Any,
    Version(u64),
}

impl IfMatch {
    /// # Errors
    /// `version_mismatch`, with the current version.
    pub fn check(self, current: u64) -> Result<(), Error> {
        match self {
            Self::Version(seen) if seen != current => Err(Error::VersionMismatch { current }),
            _ => Ok(()),
        }
    }

    /// The version that must be current, if one was named.
    pub fn version(self) -> Option<u64> {
        match self {
            Self::Any => None,
            Self::Version(version) => Some(version),
        }
    }

    fn read(request: &HttpRequest) -> Result<Self, Error> {
        let mut all = request.headers().get_all(IF_MATCH);
        let Some(value) = all.next() else {
            return Err(Error::of(Kind::PreconditionRequired, "请先读取，再把得到的 ETag 放入 If-Match 头。"));
        };
        let read = match value.to_str().map(str::trim) {
            Ok("*") => Some(Self::Any),
            Ok(tag) => {
                tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).and_then(version_of).map(Self::Version)
            }
            Err(_) => None,
        };
        match (read, all.next()) {
            (Some(read), None) => Ok(read),
            _ => Err(Error::of(Kind::MalformedPrecondition, "应为读取时得到的 ETag，例如 \"3\"。")),
        }
    }
}

/// The version in a tag, with or without the mark of a masked representation (`"3.m"`).
fn version_of(tag: &str) -> Option<u64> {
    let digits = tag.strip_suffix(".m").unwrap_or(tag);
    let is_plain = (1..=19).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if is_plain { digits.parse().ok() } else { None }
}

impl FromRequest for IfMatch {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::read(request))
    }
}

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter(Required::True, "读取时得到的 ETag；缺少为428，已变化为412。")]
    }
}

/// 前提版本, where a caller need not name one: absent is as `*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionalIfMatch(pub IfMatch);

impl FromRequest for OptionalIfMatch {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let seen = match request.headers().contains_key(IF_MATCH) {
            true => IfMatch::read(request),
            false => Ok(IfMatch::Any),
        };
        ready(seen.map(Self))
    }
}

impl IntoParams for OptionalIfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter(Required::False, "读取时得到的 ETag；不带则不核对，已变化为412。")]
    }
}

fn parameter(required: Required, description: &str) -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::String).pattern(Some(r#"^(\*|"[0-9]{1,19}(\.m)?")$"#));
    ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .required(required)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}
