//! What the subcommands do.

pub(crate) mod calendar;
pub(crate) mod catalog;
pub(crate) mod config;
pub(crate) mod export;
mod folder;
pub(crate) mod hotline;
pub(crate) mod keys;
pub(crate) mod migrate;
pub(crate) mod openapi;
pub(crate) mod serve;
pub(crate) mod simulate;
pub(crate) mod token;
pub(crate) mod whole;
