//! Black box over HTTP. One program, so that it is linked once; every test in a hall of its own, on both stores.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod approval;
mod authorisation;
mod catalogue;
mod centres;
mod clauses;
mod contract;
mod deadline;
mod delivery;
mod files;
mod intake;
mod lifecycle;
mod lists;
mod postings;
mod privacy;
mod progress;
mod queries;
mod record;
mod routing;
mod walk;
