//! The law of the case, rule by rule and in random lives.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod clocks;
mod condition;
#[path = "../hall/mod.rs"]
mod hall;
mod inspection;
mod issuance;
mod joint;
mod leaving;
mod lifecycle;
mod matrix;
#[path = "../model/mod.rs"]
mod model;
mod offers;
mod opinion_limits;
mod rating;
mod routing;
mod rules;
mod window;
