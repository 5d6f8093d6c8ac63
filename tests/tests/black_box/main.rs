//! Black box over HTTP. One program, so that it is linked once; every test in a hall of its own, on both stores.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod afterwards;
mod approval;
mod authorisation;
mod catalogue;
mod centres;
mod clauses;
mod clocks;
mod conditional;
mod contract;
mod corrections;
mod deadline;
mod delivery;
mod files;
mod intake;
mod joint;
mod lifecycle;
mod lists;
mod packages;
mod postings;
mod privacy;
mod progress;
mod queries;
mod recomputation;
mod record;
mod responsibility;
mod routing;
mod sandbox;
mod walk;
