//! The store: one set of queries over two databases, an embedded SQLite and PostgreSQL.
//!
//! Writes go through [`Store::write`], which groups what is waiting into one transaction and answers after the commit;
//! reads go through [`Store::read`] on connections of their own.

pub mod bars;
pub mod cases;
pub mod chain;
mod checkpoint;
pub mod clients;
mod connection;
pub mod days;
mod decode;
mod error;
pub mod feed;
pub mod figures;
pub mod follow_ups;
pub mod hall;
pub mod idempotency;
pub mod impasses;
pub mod items;
mod job;
pub mod leases;
mod line;
pub mod meetings;
pub mod migrate;
mod moving;
pub mod negative_replies;
mod numbers;
mod open;
pub mod outbox;
pub mod packages;
mod page;
pub mod participants;
pub mod parties;
mod personal;
pub mod precedents;
pub mod proposals;
mod readers;
pub mod recomputations;
pub mod record;
mod schema;
mod stats;
mod store;
pub mod submissions;
pub mod tickets;
pub mod triage;
mod tx;
mod url;
pub mod work_orders;
mod writer;

pub use connection::{Connection, MultiBackend, MultiField, MultiRawValue, MultiRow};
pub use error::{OpenError, StoreError};
pub use open::StoreOptions;
pub use stats::StoreStats;
pub use store::{Shard, Store};
pub use tx::Tx;
pub use url::{Backend, BadUrl, DatabaseUrl};
