use std::fmt;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

/// 请求编号: the caller's own `X-Request-Id` where it is harmless, else a new one. In every answer, log line and problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Box<str>);

impl RequestId {
    pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");
    const MAX: usize = 64;

    pub fn of(headers: &HeaderMap) -> Self {
        let harmless = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        let given = headers.get(Self::HEADER).and_then(|value| value.to_str().ok());
        match given {
            Some(id) if (1..=Self::MAX).contains(&id.len()) && id.bytes().all(harmless) => Self(id.into()),
            _ => Self(Uuid::now_v7().to_string().into()),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn value(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).unwrap_or_else(|_| HeaderValue::from_static("invalid"))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
