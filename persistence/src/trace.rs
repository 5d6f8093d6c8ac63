//! 追踪上下文 (W3C Trace Context): in whose trace something is done. It goes with a write to the thread that does it and
//! stands beside the events, so that whoever is told of them goes on with the trace. It is no part of the record: the
//! chain of digests does not cover it.

use std::{cell::Cell, fmt, str::FromStr};

/// `traceparent`: a trace, a place in it, and whether whoever handed it in keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent {
    pub trace: u128,
    pub span: u64,
    pub is_sampled: bool,
}

/// Not what the specification says; whoever sent it is not to be bothered with that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no traceparent")]
pub struct BadTraceParent;

impl FromStr for TraceParent {
    type Err = BadTraceParent;

    /// Of version 00, or of a later one as far as version 00 goes (W3C Trace Context §3.2).
    fn from_str(text: &str) -> Result<Self, BadTraceParent> {
        let mut parts = text.split('-');
        let mut part = |digits| {
            let is_lower_hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
            let fits = |part: &&str| part.len() == digits && part.bytes().all(is_lower_hex);
            parts.next().filter(fits).ok_or(BadTraceParent)
        };
        let (version, trace, span, flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
        let number = |hex: &str| u128::from_str_radix(hex, 16).map_err(|_| BadTraceParent);
        let (trace, flags) = (number(trace)?, number(flags)?);
        let span = u64::from_str_radix(span, 16).map_err(|_| BadTraceParent)?;
        let is_longer_than_it_may_be = version == "00" && parts.next().is_some();
        if version == "ff" || is_longer_than_it_may_be || trace == 0 || span == 0 {
            return Err(BadTraceParent);
        }
        Ok(Self { trace, span, is_sampled: flags & 1 == 1 })
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, u8::from(self.is_sampled))
    }
}

tokio::task_local! {
    /// Of the task that asks.
    static ASKED: Option<TraceParent>;
}

thread_local! {
    /// Of the write that a writer's thread is at.
    static WORKING: Cell<Option<TraceParent>> = const { Cell::new(None) };
}

/// Does something in this trace, its writes included.
pub async fn within<F: Future>(trace: Option<TraceParent>, doing: F) -> F::Output {
    ASKED.scope(trace, doing).await
}

/// The trace of what is being done here.
pub fn current() -> Option<TraceParent> {
    WORKING.get().or_else(|| ASKED.try_with(|trace| *trace).ok().flatten())
}

/// Runs a write in the trace of whoever asked for it.
pub(crate) fn working<T>(trace: Option<TraceParent>, work: impl FnOnce() -> T) -> T {
    WORKING.set(trace);
    let done = work();
    WORKING.set(None);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    /// W3C Trace Context §3.2.2
    #[test]
    fn what_is_given_is_handed_on() {
        let trace = GIVEN.parse::<TraceParent>();
        assert_eq!(trace.map(|trace| (trace.to_string(), trace.is_sampled)), Ok((GIVEN.to_owned(), true)));
        assert_eq!(format!("cc{}-what-the-future-holds", &GIVEN[2..]).parse(), trace);
    }

    #[test]
    fn what_is_malformed_is_none() {
        let with = |from: &str, to: &str| GIVEN.replacen(from, to, 1);
        let upper = GIVEN.to_uppercase();
        let longer = format!("{GIVEN}-00");
        let bad = [
            "",
            "00",
            &upper,
            &longer,
            &with("00-", "ff-"),
            &with("0af7651916cd43dd8448eb211c80319c", &"0".repeat(32)),
            &with("b7ad6b7169203331", &"0".repeat(16)),
            &with("-01", "-1"),
            &with("0af7", "0agz"),
            &with("0af7", "+af7"),
        ]
        .map(str::parse::<TraceParent>);
        assert!(bad.iter().all(|parsed| *parsed == Err(BadTraceParent)), "{bad:?}");
    }

    #[tokio::test]
    async fn a_trace_ends_with_what_is_done_in_it() {
        let trace: Option<TraceParent> = GIVEN.parse().ok();
        assert_eq!(within(trace, async { current() }).await, trace);
        assert_eq!(current(), None);
        assert_eq!(working(trace, current), trace);
        assert_eq!(current(), None);
    }
}
