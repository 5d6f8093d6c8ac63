//! 追踪上下文 (W3C Trace Context): in whose trace something is done. It goes with a write to the thread that does it and
//! stands beside the events, so that whoever is told of them goes on with the trace. It is no part of the record: the
//! chain of digests does not cover it.

use std::{cell::RefCell, collections::BTreeSet, fmt, str::FromStr, sync::Arc};

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

/// `tracestate`: what the systems of a trace keep in it, each for itself. It goes on as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceState(Arc<str>);

/// Not what the specification says, or more than is handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no tracestate")]
pub struct BadTraceState;

impl TraceState {
    /// As many characters of it, and members in it, as everybody has to hand on.
    pub const MAX: usize = 512;
    const MEMBERS: usize = 32;
}

impl FromStr for TraceState {
    type Err = BadTraceState;

    /// W3C Trace Context §3.3.1; members may be empty, and no key is there twice.
    fn from_str(text: &str) -> Result<Self, BadTraceState> {
        if text.len() > Self::MAX {
            return Err(BadTraceState);
        }
        let members =
            text.split(',').map(|member| member.trim_matches([' ', '\t'])).filter(|member| !member.is_empty());
        let mut keys = BTreeSet::new();
        for member in members {
            let (key, value) = member.split_once('=').ok_or(BadTraceState)?;
            if !is_key(key) || !is_value(value) || !keys.insert(key) || keys.len() > Self::MEMBERS {
                return Err(BadTraceState);
            }
        }
        if keys.is_empty() { Err(BadTraceState) } else { Ok(Self(text.into())) }
    }
}

impl fmt::Display for TraceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A system's name, or a tenant's at a system.
fn is_key(key: &str) -> bool {
    let fits = |part: &str, max: usize, starts: fn(&u8) -> bool| {
        let is_good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b'*' | b'/');
        part.len() <= max && part.as_bytes().first().is_some_and(starts) && part.bytes().all(is_good)
    };
    let starts_a_tenant = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    match key.split_once('@') {
        None => fits(key, 256, u8::is_ascii_lowercase),
        Some((tenant, system)) => fits(tenant, 241, starts_a_tenant) && fits(system, 14, u8::is_ascii_lowercase),
    }
}

fn is_value(value: &str) -> bool {
    let is_good = |b: u8| matches!(b, b' '..=b'~') && b != b',' && b != b'=';
    (1..=256).contains(&value.len()) && value.bytes().all(is_good)
}

/// 追踪上下文: a trace, and what goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    pub parent: TraceParent,
    pub state: Option<TraceState>,
}

impl Trace {
    /// As it is handed in or stands beside an event. A state without a trace says nothing, and a bad one is left out.
    pub fn read(parent: &str, state: Option<&str>) -> Option<Self> {
        let parent = parent.parse().ok()?;
        Some(Self { parent, state: state.and_then(|state| state.parse().ok()) })
    }
}

tokio::task_local! {
    /// Of the task that asks.
    static ASKED: Option<Trace>;
}

thread_local! {
    /// Of the write that a writer's thread is at.
    static WORKING: RefCell<Option<Trace>> = const { RefCell::new(None) };
}

/// Does something in this trace, its writes included.
pub async fn within<F: Future>(trace: Option<Trace>, doing: F) -> F::Output {
    ASKED.scope(trace, doing).await
}

/// The trace of what is being done here.
pub fn current() -> Option<Trace> {
    WORKING.with_borrow(Clone::clone).or_else(|| ASKED.try_with(Clone::clone).ok().flatten())
}

/// Runs a write in the trace of whoever asked for it.
pub(crate) fn working<T>(trace: Option<Trace>, work: impl FnOnce() -> T) -> T {
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
        let trace = Trace::read(GIVEN, Some("zj=1"));
        assert!(trace.as_ref().is_some_and(|trace| trace.state.is_some()));
        assert_eq!(within(trace.clone(), async { current() }).await, trace);
        assert_eq!(current(), None);
        assert_eq!(working(trace.clone(), current), trace);
        assert_eq!(current(), None);
    }

    /// W3C Trace Context §3.3.1
    #[test]
    fn a_state_goes_on_as_it_came_or_not_at_all() {
        let many = |n: usize| (0..n).map(|n| format!("k{n}=v")).collect::<Vec<_>>().join(",");
        for good in ["zj=00f067aa0ba902b7", "a@zj=x y, gov/1=*~", "zj=1,,gov=2 ,", many(32).as_str()] {
            assert_eq!(good.parse::<TraceState>().map(|state| state.to_string()), Ok(good.to_owned()));
        }
        let long = format!("zj={}", "x".repeat(510));
        for bad in
            ["", ",", "zj", "zj=", "=1", "ZJ=1", "zj=1,zj=2", "zj=a=b", "zj=张", "a@b@c=1", "@zj=1", &many(33), &long]
        {
            assert_eq!(bad.parse::<TraceState>(), Err(BadTraceState), "{bad}");
        }
        let trace = Trace::read(GIVEN, Some("zj"));
        assert_eq!(trace.map(|trace| trace.state), Some(None), "the trace is good without it");
        assert_eq!(Trace::read("00", Some("zj=1")), None);
    }
}
