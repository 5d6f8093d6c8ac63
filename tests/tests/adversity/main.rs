//! What goes wrong around a hall: bad input, repetition, crowds, crashes, wrong settings, slow lines. One program, so that
//! it is linked once.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod bad_input;
mod bad_queries;
mod bad_requests;
mod behind;
mod close_out;
mod close_out_stored;

mod command_line;
mod concurrency;
mod crash;
mod demo;
mod due;
mod exports;
mod faults;
mod good_impasse;
mod hotline;
mod idempotency;
mod imports;
mod line;
mod logs;
mod overload;
mod pushing;
mod ran;
mod rows;
mod serving;
mod slow_client;
mod webhooks;
mod whole;

/// The program as it is shipped.
const PROGRAM: &str = env!("CARGO_BIN_EXE_yichuang-under-test");
