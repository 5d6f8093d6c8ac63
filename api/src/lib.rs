//! 一窗: the HTTP interface, the command line, and what holds them together.

pub mod auth;
pub mod blob;
pub mod bootstrap;
pub mod cli;
mod codes;
mod commands;
pub mod console;
mod cursor;
mod day;
pub mod demo;
pub mod desk;
pub mod docs;
pub mod edge;
mod editions;
mod health;
mod paging;
mod papers;
pub mod problem;
pub mod reply;
pub mod routes;
mod schema;
pub mod server;
pub mod settings;
pub mod telemetry;
mod views;
