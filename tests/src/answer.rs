use std::ops::Index;

use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::{Case, Impasse};

/// What the server answered, and to what.
#[derive(Clone, Debug)]
pub struct Answer {
    pub request: String,
    pub status: u16,
    pub headers: HeaderMap,
    /// Null where the body is not JSON.
    pub body: Value,
    pub bytes: Vec<u8>,
}

impl Answer {
    #[track_caller]
    fn is(self, status: u16) -> Self {
        let shown = String::from_utf8_lossy(&self.bytes);
        assert_eq!(self.status, status, "{} answered {} {shown}", self.request, self.status);
        self
    }

    /// 200.
    #[track_caller]
    pub fn ok(self) -> Self {
        self.is(200)
    }

    /// 201.
    #[track_caller]
    pub fn created(self) -> Self {
        self.is(201)
    }

    /// A problem of this status and code, complete in form (RFC 9457).
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Self {
        let answer = self.is(status);
        assert_eq!(answer.header("content-type"), "application/problem+json; charset=utf-8", "{}", answer.request);
        assert_eq!(answer["code"], code, "{}: {}", answer.request, answer.body);
        assert_eq!(answer["status"], status, "{}: {}", answer.request, answer.body);
        assert!(answer["title"].as_str().is_some_and(|title| !title.is_ascii()), "no Chinese title: {}", answer.body);
        answer
    }

    /// The rules say no: 409 with the rule's code.
    #[track_caller]
    pub fn refused(self, code: &str) -> Self {
        self.problem(409, code)
    }

    /// The caller may not: 403, or 404 where they may not even know.
    #[track_caller]
    pub fn denied(self, status: u16, code: &str) -> Self {
        assert!(matches!(status, 401 | 403 | 404), "{status} is no denial");
        self.problem(status, code)
    }

    /// 404 as for what does not exist.
    #[track_caller]
    pub fn hidden(self) -> Self {
        self.denied(404, "not_found")
    }

    /// 422 that names this field by its JSON pointer.
    #[track_caller]
    pub fn names_field(self, pointer: &str) -> Self {
        let answer = self.problem(422, "invalid_fields");
        let named = answer["errors"].as_array().into_iter().flatten().any(|error| error["pointer"] == pointer);
        assert!(named, "{} does not name {pointer}: {}", answer.request, answer.body);
        answer
    }

    /// The case that was received.
    #[track_caller]
    pub fn case(self) -> Case {
        Case::of(&self.created())
    }

    /// The impasse that was registered.
    #[track_caller]
    pub fn impasse(self) -> Impasse {
        Impasse::of(&self.created())
    }

    /// A header's text; empty where it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The value at a JSON pointer; null where there is none.
    pub fn at(&self, pointer: &str) -> &Value {
        self.body.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// A text in the body.
    #[track_caller]
    pub fn text(&self, pointer: &str) -> String {
        let found = self.at(pointer).as_str();
        found.unwrap_or_else(|| panic!("{} has no text at {pointer}: {}", self.request, self.body)).to_owned()
    }

    /// The rows of a list.
    #[track_caller]
    pub fn data(&self) -> &Vec<Value> {
        self["data"].as_array().unwrap_or_else(|| panic!("{} is no list: {}", self.request, self.body))
    }

    /// The ids of the rows of a list, in order.
    #[track_caller]
    pub fn ids(&self) -> Vec<String> {
        self.data().iter().map(|row| row["id"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

impl Index<&str> for Answer {
    type Output = Value;
    fn index(&self, key: &str) -> &Value {
        self.body.get(key).unwrap_or(&Value::Null)
    }
}
