use std::{
    future::{Future, IntoFuture},
    pin::Pin,
};

use reqwest::Method;
use serde_json::Value;

use crate::{Answer, Caller};

/// A request being put together; await it to send it.
#[derive(Clone, Debug)]
pub struct Call {
    caller: Caller,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Call {
    pub(crate) fn new(caller: &Caller, method: Method, path: &str) -> Self {
        Self { caller: caller.clone(), method, path: path.to_owned(), headers: Vec::new(), body: None }
    }

    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    #[must_use]
    pub fn body(mut self, content_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = Some(bytes.into());
        self.header("content-type", content_type)
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub fn if_match(self, tag: &str) -> Self {
        self.header("if-match", tag)
    }

    /// Under this idempotency key.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    async fn send(self) -> Answer {
        let Self { caller, method, path, mut headers, body } = self;
        // A system must send a key with every write; one of its own is as good as none for a test that names none.
        let is_keyed = headers.iter().any(|(name, _)| name == "idempotency-key");
        if caller.is_system() && !method.is_safe() && !is_keyed {
            headers.push(("idempotency-key".to_owned(), uuid::Uuid::now_v7().to_string()));
        }
        let described = format!("{} {method} {path}", caller.name());
        let mut request = caller.hall.http().request(method, caller.hall.url(&path));
        if let Some(token) = caller.token() {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await.unwrap_or_else(|error| panic!("{described}: {error:?}"));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap_or_else(|error| panic!("{described}: {error:?}")).to_vec();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        assert!(status != 500, "{described} answered 500 {}", String::from_utf8_lossy(&bytes));
        Answer { request: described, status, headers, body, bytes }
    }
}

impl IntoFuture for Call {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
