//! 模拟对端: the other side of an integration as a real HTTP peer, for tests, demonstrations and whoever integrates.

pub mod hotline;
