//! Form bodies, for the one endpoint whose standard asks for them.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use super::{
    Edge,
    body::{check_head, collect},
};
use crate::problem::{Error, Kind};

const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// 表单: complete, in time, of bounded size, each field once and known.
#[derive(Debug)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let head = Edge::of(request)
            .and_then(|edge| check_head(request.headers(), MEDIA_TYPE, edge.limits).map(|()| edge.limits));
        let payload = payload.take();
        Box::pin(async move {
            let bytes = collect(payload, head?).await?;
            let malformed = |_| Error::of(Kind::MalformedRequest, "表单缺少字段、字段重复或者有未定义的字段。");
            serde_urlencoded::from_bytes(&bytes).map(Self).map_err(malformed)
        })
    }
}
