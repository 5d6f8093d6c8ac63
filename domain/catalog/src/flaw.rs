use std::fmt;

use serde::Serialize;

/// One thing that is wrong with a piece of the catalogue, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flaw {
    /// JSON pointer (RFC 6901) from the piece's own root.
    pub pointer: String,
    /// In Chinese.
    pub detail: String,
}

impl Flaw {
    pub(crate) fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }

    /// All of them in one sentence.
    pub(crate) fn sentence(flaws: &[Self]) -> String {
        flaws.iter().map(|flaw| flaw.detail.as_str()).collect::<Vec<_>>().join("；")
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.pointer, self.detail)
    }
}
