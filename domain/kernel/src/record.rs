//! 记录: what happened to an aggregate, as it goes on the append-only record.

use serde::{Serialize, de::DeserializeOwned};

use crate::{access::Signature, time::Instant};

/// Something that happened: an event of one kind of aggregate. No personal data in any of them.
pub trait Fact: Serialize + DeserializeOwned {
    /// Stable `snake_case`; part of the published contract.
    fn kind(&self) -> &'static str;
}

/// An event with when and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded<E> {
    /// The aggregate's version after it, from 1.
    pub version: u64,
    pub at: Instant,
    pub by: Signature,
    pub event: E,
}
