use std::{
    fmt,
    time::{SystemTime, UNIX_EPOCH},
};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use uuid::{Builder, Uuid};

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
            _ => Self(fresh().to_string().into()),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn value(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).unwrap_or_else(|_| HeaderValue::from_static("invalid"))
    }
}

/// Version 7 like every other id, but with the thread's own randomness: it is asked of the system once, and not for every
/// request.
fn fresh() -> Uuid {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let millis = u64::try_from(since_epoch.as_millis()).unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, &rand::random()).into_uuid()
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
