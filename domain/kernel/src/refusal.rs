//! Why the law, or the state of things, does not allow a command.

use std::{borrow::Cow, fmt};

/// A typed refusal: a stable code for programs, a Chinese sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Stable `snake_case`; part of the published contract.
    pub code: &'static str,
    /// What stands in the way, in Chinese, naming the rule where there is one. Never personal data.
    pub detail: Cow<'static, str>,
}

impl Refusal {
    pub fn new(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for Refusal {}
