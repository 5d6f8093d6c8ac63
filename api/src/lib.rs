//! 一窗: the HTTP interface, the command line, and what holds them together.

mod assemblies;
pub mod auth;
mod behind;
pub mod blob;
pub mod bootstrap;
mod bounds;
pub mod cli;
mod clock;
mod codes;
mod commands;
pub mod console;
mod consultations;
mod cursor;
mod day;
pub mod demo;
pub mod desk;
pub mod docs;
mod duty;
pub mod edge;
mod editions;
mod exports;
mod feed;
mod follow_ups;
mod health;
mod hotline;
mod impasses;
mod leaving;
pub mod outbox;
mod packages;
mod paging;
mod papers;
pub mod problem;
pub mod quotas;
mod range;
mod ratings;
mod recompute;
pub mod reply;
pub mod routes;
mod sandbox;
mod schema;
pub mod server;
mod setbacks;
pub mod settings;
pub mod simulator;
pub mod telemetry;
mod views;
mod webhooks;

/// A case is read and shown in hundreds of small pieces; the system's allocator took a tenth of the time of a read. Here
/// and not in `main`, so that whatever runs the server in its own process runs the same one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
