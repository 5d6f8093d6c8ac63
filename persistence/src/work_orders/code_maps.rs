//! 代码对照 of each hotline: of its types, categories and states together, one document.

use diesel::prelude::*;
use escalation::hotline::CodeMap;
use kernel::{Centre, StaffCode};

use crate::{code_maps, connection::Connection};

const SUBJECT: &str = "work_orders";

pub type Stored = code_maps::Stored<CodeMap>;

pub fn get(connection: &mut Connection, centre: Centre, hotline: &StaffCode) -> QueryResult<Stored> {
    code_maps::get(connection, centre, hotline, SUBJECT)
}

/// As [`code_maps::put`].
pub fn put(
    connection: &mut Connection,
    centre: Centre,
    hotline: &StaffCode,
    seen: u64,
    map: &CodeMap,
) -> QueryResult<bool> {
    code_maps::put(connection, centre, hotline, SUBJECT, seen, map)
}
