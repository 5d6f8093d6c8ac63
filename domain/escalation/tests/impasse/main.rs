//! The loop of 办不成事, step by step.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod closing;
mod due;
mod follow_up;
#[path = "../hall/mod.rs"]
mod hall;
mod leaving;
mod lifecycle;
mod matrix;
mod meeting;
mod negative;
mod orders;
mod precedent;
mod precedent_search;
mod proposal;
mod redaction;
mod register;
mod rulings;
mod signatures;
mod submission;
mod supervision;
mod triage;
mod week;
