//! 问题详情 (RFC 9457). One error type for the whole API and one place that says which status and which words it gets.

mod kind;

use std::{borrow::Cow, fmt};

use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    body::BoxBody,
    http::{
        StatusCode,
        header::{ALLOW, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE},
    },
};
use kernel::{Refusal, access::Denial};
use persistence::StoreError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use kind::Kind;

/// Result of a handler.
pub type Answer<T> = Result<T, Error>;

/// The media type of every error.
pub const PROBLEM_JSON: &str = "application/problem+json; charset=utf-8";

/// 问题详情, RFC 9457: the body of every error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Stable URI of the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "urn:yichuang:problem:invalid_fields")]
    pub kind: String,
    /// 标题, the same for all problems of the kind.
    #[schema(example = "字段不符合要求")]
    pub title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    pub status: u16,
    /// Stable `snake_case` name for programs.
    #[schema(example = "invalid_fields")]
    pub code: String,
    /// 说明, for people.
    pub detail: String,
    /// The request, as in its `X-Request-Id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Whether the same request can succeed later.
    pub retryable: bool,
    /// 逐项说明, where several things are wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// 最早位置: from where the feed can be read, where it no longer has what was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<String>,
}

/// 逐项说明: one thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldProblem {
    /// JSON pointer (RFC 6901) into the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/applicant/phone")]
    pub pointer: Option<String>,
    /// Name of the query parameter or header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    #[schema(example = "invalid_value")]
    pub code: String,
    pub detail: String,
}

impl FieldProblem {
    pub fn at(pointer: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: Some(pointer.into()), parameter: None, code: code.into(), detail: detail.into() }
    }

    pub fn parameter(name: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: None, parameter: Some(name.into()), code: code.into(), detail: detail.into() }
    }
}

/// Everything that can go wrong with a request.
#[derive(Debug)]
pub enum Error {
    /// The rules do not allow it now.
    Refused(Refusal),
    /// The caller may not.
    Denied(Denial),
    /// Something about the request itself, with what to say of it.
    Of(Kind, Cow<'static, str>),
    /// Values that are not what they should be: 422.
    Invalid(Vec<FieldProblem>),
    /// Names that do not exist, in the body or the query: 400.
    Unknown(Kind, Vec<FieldProblem>),
    /// 412, with the version that is current.
    VersionMismatch { current: u64 },
    /// 416, with how many bytes there are.
    RangeNotSatisfiable { bytes: u64 },
    /// 410: the feed has forgotten what comes after the place, with the oldest place it can be read from.
    CursorTooOld { oldest: u64 },
    /// 405, with what is allowed.
    MethodNotAllowed { allow: String },
    /// 401: no token, or not a good one. The reason is for the log.
    Unauthenticated(Option<&'static str>),
    /// 429 or 503, and after how many seconds to come again.
    Later(Kind, u64),
    /// 500: a defect or a fault. The cause is logged and never sent.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    pub fn of(kind: Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Of(kind, detail.into())
    }

    pub fn not_found() -> Self {
        Self::Of(Kind::NotFound, Cow::Borrowed("所请求的内容不存在，或您无权知悉。"))
    }

    /// One field is wrong.
    pub fn field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldProblem::at(pointer, "invalid_value", detail)])
    }

    /// One query parameter is wrong.
    pub fn parameter(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Unknown(Kind::InvalidParameter, vec![FieldProblem::parameter(name, "invalid_value", detail)])
    }

    /// A defect or a fault that is none of the caller's business.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    /// What stands in for an error that some library answered with nothing but a status.
    pub fn from_status(status: StatusCode) -> Self {
        match Kind::usual(status) {
            Some(kind) => Self::Of(kind, Cow::Borrowed(kind.title())),
            None => Self::internal(format!("answered {status} without saying why")),
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Refused(refusal) => Kind::of_refusal(refusal.code),
            Self::Denied(Denial::Hidden) => Kind::NotFound,
            Self::Denied(Denial::NotForRole) => Kind::RoleNotAllowed,
            Self::Denied(Denial::NotPostedHere) => Kind::NotPostedHere,
            Self::Denied(Denial::OutOfScope) => Kind::ScopeNotAllowed,
            Self::Denied(Denial::OtherDepartment) => Kind::OtherDepartment,
            Self::Denied(Denial::VoucherRequired) => Kind::VoucherRequired,
            Self::Denied(Denial::BeyondMandate) => Kind::BeyondMandate,
            Self::Denied(Denial::ItemBeyondMandate) => Kind::ItemBeyondMandate,
            Self::Denied(Denial::MandateEnded) => Kind::MandateEnded,
            Self::Of(kind, _) | Self::Unknown(kind, _) | Self::Later(kind, _) => *kind,
            Self::Invalid(_) => Kind::InvalidFields,
            Self::VersionMismatch { .. } => Kind::VersionMismatch,
            Self::CursorTooOld { .. } => Kind::CursorTooOld,
            Self::RangeNotSatisfiable { .. } => Kind::RangeNotSatisfiable,
            Self::MethodNotAllowed { .. } => Kind::MethodNotAllowed,
            Self::Unauthenticated(None) => Kind::Unauthenticated,
            Self::Unauthenticated(Some(_)) => Kind::InvalidToken,
            Self::Internal(_) => Kind::Internal,
        }
    }

    /// Stable `snake_case`; part of the published contract.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code,
            _ => self.kind().code(),
        }
    }

    fn detail(&self) -> Cow<'static, str> {
        match self {
            Self::Refused(refusal) => refusal.detail.clone(),
            Self::Denied(denial) => Cow::Borrowed(denial.reason()),
            Self::Of(_, detail) => detail.clone(),
            Self::Invalid(errors) | Self::Unknown(_, errors) => Cow::Owned(summary(errors)),
            Self::VersionMismatch { current } => Cow::Owned(format!("当前版本为 {current}，请重新读取后再提交。")),
            Self::RangeNotSatisfiable { bytes } => Cow::Owned(format!("文件共 {bytes} 字节。")),
            Self::CursorTooOld { oldest } => Cow::Owned(format!(
                "其后有事件已过保留期，事件流不再提供。请先以 after={oldest} 为新的起点记下，按办件和办不成事列表核对一遍，再从该位置续读。"
            )),
            Self::MethodNotAllowed { allow } => Cow::Owned(format!("此路径只支持 {allow}。")),
            Self::Unauthenticated(None) => Cow::Borrowed("请在 Authorization 头中提供 Bearer 令牌。"),
            Self::Unauthenticated(Some(_)) => Cow::Borrowed("令牌无效、已过期或不被信任。"),
            Self::Later(_, seconds) => Cow::Owned(format!("请在 {seconds} 秒后重试。")),
            Self::Internal(_) => Cow::Borrowed("服务内部错误，已记录；请凭请求编号联系管理员。"),
        }
    }

    /// The body, for the request of that id.
    pub fn problem(&self, request_id: Option<&str>) -> Problem {
        let kind = self.kind();
        let errors = match self {
            Self::Invalid(errors) | Self::Unknown(_, errors) => errors.clone(),
            _ => Vec::new(),
        };
        let oldest = match self {
            Self::CursorTooOld { oldest } => Some(oldest.to_string()),
            _ => None,
        };
        Problem {
            kind: format!("urn:yichuang:problem:{}", self.code()),
            title: kind.title().to_owned(),
            status: kind.status().as_u16(),
            code: self.code().to_owned(),
            detail: self.detail().into_owned(),
            instance: request_id.map(|id| format!("urn:yichuang:request:{id}")),
            retryable: kind.is_retryable(),
            errors,
            oldest,
        }
    }

    /// The response, for the request of that id.
    pub fn response(&self, request_id: Option<&str>) -> HttpResponse {
        let mut response = HttpResponseBuilder::new(self.kind().status());
        response.insert_header((CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON)));
        match self {
            Self::VersionMismatch { current } => {
                response.insert_header((ETAG, crate::edge::etag(*current)));
            }
            Self::RangeNotSatisfiable { bytes } => {
                response.insert_header((CONTENT_RANGE, format!("bytes */{bytes}")));
            }
            Self::MethodNotAllowed { allow } => {
                response.insert_header((ALLOW, allow.as_str()));
            }
            Self::Unauthenticated(reason) => {
                let challenge = match reason {
                    None => r#"Bearer realm="yichuang""#,
                    Some(_) => r#"Bearer realm="yichuang", error="invalid_token""#,
                };
                response.insert_header((WWW_AUTHENTICATE, challenge));
            }
            Self::Denied(Denial::OutOfScope) => {
                response.insert_header((WWW_AUTHENTICATE, r#"Bearer realm="yichuang", error="insufficient_scope""#));
            }
            Self::Later(_, seconds) => {
                response.insert_header((RETRY_AFTER, *seconds));
            }
            _ => {
                if let Some(seconds) = self.kind().retry_after() {
                    response.insert_header((RETRY_AFTER, seconds));
                }
            }
        }
        response.json(self.problem(request_id))
    }
}

/// The first complaint, and how many more there are.
fn summary(errors: &[FieldProblem]) -> String {
    let Some(first) = errors.first() else { return String::new() };
    let place = first.pointer.as_deref().or(first.parameter.as_deref()).unwrap_or_default();
    match errors.len() {
        1 => format!("{place}：{}", first.detail),
        n => format!("{place}：{}；另有{}项，详见 errors。", first.detail, n - 1),
    }
}

/// For logs. Says nothing that a caller sent.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthenticated(Some(reason)) => write!(f, "{}: {reason}", self.code()),
            Self::Internal(cause) => {
                write!(f, "{}: {cause}", self.code())?;
                let mut deeper = cause.source();
                while let Some(cause) = deeper {
                    write!(f, ": {cause}")?;
                    deeper = cause.source();
                }
                Ok(())
            }
            _ => f.write_str(self.code()),
        }
    }
}

impl std::error::Error for Error {}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        self.kind().status()
    }

    /// Without the request's id, which the edge adds: see [`crate::edge::answer`].
    fn error_response(&self) -> HttpResponse<BoxBody> {
        self.response(None)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Nothing was done, except where it says that this is not known.
impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Overloaded => Self::of(Kind::Overloaded, "请求过多，请稍后重试。"),
            StoreError::Contended => Self::of(Kind::Overloaded, "同一内容正被其他操作修改，请稍后重试。"),
            StoreError::Closed => Self::of(Kind::Unavailable, "服务正在停止，请稍后重试。"),
            StoreError::Full => Self::of(Kind::StorageFull, "存储空间不足，本次操作未执行。"),
            StoreError::OutcomeUnknown => Self::of(Kind::OutcomeUnknown, "请用相同的 Idempotency-Key 重试以得知结果。"),
            StoreError::Unavailable(cause) => {
                tracing::error!(cause, "the database is not available");
                Self::of(Kind::Unavailable, "数据库暂不可用，本次操作未执行。")
            }
            error => Self::internal(error),
        }
    }
}

impl From<Denial> for Error {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}

#[cfg(test)]
mod tests;
