use std::ops::Deref;

use crate::{Answer, Case};

/// An impasse (办不成事) as its callers last saw it: read and acted on like a case.
#[derive(Clone, Debug)]
pub struct Impasse(Case);

impl Impasse {
    /// The impasse in an answer.
    #[track_caller]
    pub fn of(answer: &Answer) -> Self {
        Self(Case::at_base(answer, "/v1/impasses"))
    }

    pub fn state(&self) -> String {
        self.text("/state")
    }

    /// 编号, once filed.
    pub fn filing(&self) -> String {
        self.text("/number")
    }
}

impl Deref for Impasse {
    type Target = Case;
    fn deref(&self) -> &Case {
        &self.0
    }
}
