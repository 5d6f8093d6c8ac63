//! Random lives of what meets over impasses, over moving days, each against a model that knows nothing of the house's code:
//! the monthly submission to the government, the coordination meeting, and the follow-up plan (clauses D4-3, D4-4, D8-1).
//! More lives than usual with `LAW_SEQUENCES=100000`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "organs/follow_ups.rs"]
mod follow_ups;
mod hall;
#[path = "organs/meetings.rs"]
mod meetings;
#[path = "organs/submissions.rs"]
mod submissions;

use escalation::Level;
use hall::{Desk, Person, scene};
use kernel::{Context, Instant, Refusal, id::ImpasseId};
use proptest::{prelude::*, test_runner::Config};

/// How many impasses there are to be met over.
const POOL: u8 = 4;

/// Four hundred lives of each, unless asked for more.
fn config() -> Config {
    let more = std::env::var("LAW_SEQUENCES").ok().and_then(|cases| cases.parse().ok());
    Config { cases: more.unwrap_or(400), failure_persistence: None, ..Config::default() }
}

fn impasse(nth: u8) -> ImpasseId {
    format!("01900000-0000-7000-8000-0000000003{nth:02}").parse().unwrap()
}

/// Those of a mask.
fn named(mask: u8) -> Vec<u8> {
    (0..POOL).filter(|nth| mask >> nth & 1 == 1).collect()
}

/// Something that somebody decides at a moment, with the calendar as first shipped.
fn at_desk<T>(by: Person, now: Instant, decide: impl FnOnce(&Context<'_>) -> T) -> T {
    let desk = Desk { now, ..scene::graded(Level::Exceptional) };
    let actor = by.actor();
    decide(&desk.context(&actor))
}

fn minutes() -> impl Strategy<Value = i64> {
    prop_oneof![4 => 0..2000_i64, 2 => 2000..20_000_i64, 1 => 20_000..60_000_i64]
}

fn code<T>(told: &Result<T, Refusal>) -> Option<&'static str> {
    told.as_ref().err().map(|refusal| refusal.code)
}
