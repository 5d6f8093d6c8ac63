//! JSON bodies.

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap},
    web::BytesMut,
};
use futures_util::{StreamExt, future::LocalBoxFuture};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;
use sha2::{Digest, Sha256};

use super::{BodyLimits, Edge, objects::ObjectsOnly, screen::screen};
use crate::{
    auth::SignedDigest,
    problem::{Error, FieldProblem, Kind},
};

/// 请求体: JSON, complete, in time, of bounded size and depth, without unknown fields.
#[derive(Debug)]
pub struct Body<T> {
    pub value: T,
    /// SHA-256 of the bytes as sent, for [`super::IdempotencyKey::stamp`].
    pub digest: [u8; 32],
}

impl<T> Body<T> {
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T> std::ops::Deref for Body<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// 推送的请求体: the same, of which it matters what it says rather than how that is spelled.
#[derive(Debug)]
pub struct PushedBody<T> {
    pub value: T,
    /// SHA-256 of what it says: the members of each object by their names, and no space between.
    pub digest: [u8; 32],
}

fn digest_of_what_is_said(bytes: &[u8]) -> Result<[u8; 32], Error> {
    let mut value: Value = serde_json::from_slice(bytes).map_err(Error::internal)?;
    value.sort_all_objects();
    Ok(Sha256::digest(value.to_string()).into())
}

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let whole = whole(request, payload);
        Box::pin(async move {
            let (bytes, digest) = whole.await?;
            Ok(Self { value: read(&bytes)?, digest })
        })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for PushedBody<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let whole = whole(request, payload);
        Box::pin(async move {
            let (bytes, _) = whole.await?;
            Ok(Self { value: read(&bytes)?, digest: digest_of_what_is_said(&bytes)? })
        })
    }
}

/// All bytes of a body of JSON, and their SHA-256, which is what was signed if anything was.
fn whole(
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<(BytesMut, [u8; 32]), Error>> + use<> {
    let head = Edge::of(request)
        .and_then(|edge| check_head(request.headers(), "application/json", edge.limits).map(|()| edge.limits));
    let (request, payload) = (request.clone(), payload.take());
    async move {
        let bytes = collect(payload, head?).await?;
        let digest = Sha256::digest(&bytes).into();
        SignedDigest::check(&request, &digest)?;
        Ok((bytes, digest))
    }
}

pub(super) fn check_head(headers: &HeaderMap, media_type: &str, limits: BodyLimits) -> Result<(), Error> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let (essence, parameters) = text(CONTENT_TYPE).map(|of| of.split_once(';').unwrap_or((of, ""))).unwrap_or_default();
    let charset = parameters.trim().to_ascii_lowercase();
    let is_utf8 = matches!(charset.as_str(), "" | "charset=utf-8" | "charset=\"utf-8\"");
    if !essence.trim().eq_ignore_ascii_case(media_type) || !is_utf8 {
        return Err(Error::of(Kind::UnsupportedMediaType, format!("请求体应为 {media_type}，UTF-8 编码。")));
    }
    if text(CONTENT_ENCODING).is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        return Err(Error::of(Kind::UnsupportedMediaType, "不接受压缩的请求体。"));
    }
    let announced = text(CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limits.bytes) { Err(too_large(limits)) } else { Ok(()) }
}

pub(super) async fn collect(mut payload: Payload, limits: BodyLimits) -> Result<BytesMut, Error> {
    let reading = async {
        let mut bytes = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Error::of(Kind::MalformedRequest, "请求体传输中断。"))?;
            if bytes.len() + chunk.len() > limits.bytes {
                return Err(too_large(limits));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    let late = |_| Error::of(Kind::RequestTimeout, "请求体未在规定时间内传完。");
    tokio::time::timeout(limits.deadline, reading).await.map_err(late)?
}

fn too_large(limits: BodyLimits) -> Error {
    Error::of(Kind::TooLarge, format!("请求体最多 {} 字节。", limits.bytes))
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    screen(bytes)?;
    // Reading is repeated with the place being tracked only when something is wrong. The library calls it a fault of
    // syntax, too, where a name was expected and there is another kind of value.
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let whole = T::deserialize(ObjectsOnly(&mut json)).and_then(|value| json.end().map(|()| value));
    whole.map_err(|error| {
        if error.is_data() || serde_json::from_slice::<Value>(bytes).is_ok() {
            return explain::<T>(bytes);
        }
        Error::of(Kind::MalformedJson, format!("第{}行第{}列附近无法解析。", error.line(), error.column()))
    })
}

fn explain<T: DeserializeOwned>(bytes: &[u8]) -> Error {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let Err(error) = serde_path_to_error::deserialize::<_, T>(ObjectsOnly(&mut json)) else {
        return Error::of(Kind::MalformedJson, "请求体末尾有多余内容。");
    };
    let message = error.inner().to_string();
    let mut pointer = pointer_to(error.path());
    let named = message.split('`').nth(1);
    if message.starts_with("unknown field") {
        let name = escaped(named.unwrap_or_default());
        if !pointer.ends_with(&format!("/{name}")) {
            pointer = format!("{pointer}/{name}");
        }
        return Error::Unknown(Kind::UnknownField, vec![FieldProblem::at(pointer, "unknown_field", "未定义的字段")]);
    }
    let of_the_object = [("missing field", "required", "缺少必填字段"), ("duplicate field", "duplicate", "字段重复")];
    if let Some((_, code, detail)) = of_the_object.into_iter().find(|(start, ..)| message.starts_with(start)) {
        pointer = format!("{pointer}/{}", escaped(named.unwrap_or_default()));
        return Error::Invalid(vec![FieldProblem::at(pointer, code, detail)]);
    }
    Error::Invalid(vec![FieldProblem::at(pointer, "invalid_value", complaint(&message))])
}

/// What a type of ours said in Chinese, or a plain word: serde's own sentences tell of the program's insides.
fn complaint(message: &str) -> String {
    let said = message.rfind(" at line ").map_or(message, |end| &message[..end]);
    if said.starts_with("invalid type") {
        return "类型不正确".to_owned();
    }
    let is_ours = said.chars().next().is_some_and(|first| !first.is_ascii());
    if is_ours { said.to_owned() } else { "取值不符合要求".to_owned() }
}

/// RFC 6901.
fn pointer_to(path: &serde_path_to_error::Path) -> String {
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", escaped(key)),
            Segment::Enum { .. } | Segment::Unknown => String::new(),
        })
        .collect()
}

fn escaped(key: &str) -> String {
    key.chars().take(64).collect::<String>().replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_a_body_says_does_not_depend_on_its_spelling() {
        let digest = |text: &str| digest_of_what_is_said(text.as_bytes()).unwrap();
        let one = digest(r#"{"name":"合成甲","files":[{"b":1,"a":2.50}]}"#);
        for spelled in [
            "{ \"files\": [ { \"a\": 2.50, \"b\": 1 } ],\r\n  \"name\": \"合成甲\" }",
            r#"{"files":[{"a":2.50,"b":1}],"name":"\u5408\u6210\u7532"}"#,
        ] {
            assert_eq!(digest(spelled), one, "{spelled}");
        }
        for different in [
            r#"{"name":"合成甲","files":[{"b":2,"a":2.50}]}"#,
            r#"{"name":"合成甲"}"#,
            r#"{"name":"合成甲","files":[]}"#,
        ] {
            assert_ne!(digest(different), one, "{different}");
        }
    }
}
