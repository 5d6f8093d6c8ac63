//! 代码对照 of each hotline.

use diesel::prelude::*;
use escalation::hotline::CodeMap;
use kernel::{Centre, StaffCode};

use crate::{
    connection::Connection,
    decode::{from_json, to_json, unsigned},
    schema::hotline_code_maps,
};

/// A map with its version; 0 for the one that every hotline begins with.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    pub map: CodeMap,
    pub version: u64,
}

pub fn get(connection: &mut Connection, centre: Centre, hotline: &StaffCode) -> QueryResult<Stored> {
    let row = hotline_code_maps::table
        .filter(hotline_code_maps::centre.eq(centre.as_str()))
        .filter(hotline_code_maps::hotline.eq(hotline.as_str()))
        .select((hotline_code_maps::version, hotline_code_maps::body))
        .get_result::<(i64, String)>(connection)
        .optional()?;
    match row {
        None => Ok(Stored::default()),
        Some((version, body)) => {
            Ok(Stored { map: from_json("code map", &body)?, version: unsigned("version", version)? })
        }
    }
}

/// Puts a map in the place of the one that was `seen`; false where somebody else was faster. A first one whose row has
/// appeared meanwhile is a taken key.
pub fn put(
    connection: &mut Connection,
    centre: Centre,
    hotline: &StaffCode,
    seen: u64,
    map: &CodeMap,
) -> QueryResult<bool> {
    let body = to_json(map)?;
    if seen == 0 {
        let row = (
            hotline_code_maps::centre.eq(centre.as_str()),
            hotline_code_maps::hotline.eq(hotline.as_str()),
            hotline_code_maps::version.eq(1),
            hotline_code_maps::body.eq(body),
        );
        return diesel::insert_into(hotline_code_maps::table).values(row).execute(connection).map(|rows| rows == 1);
    }
    let seen = unsigned::<_, i64>("version", seen)?;
    diesel::update(
        hotline_code_maps::table
            .filter(hotline_code_maps::centre.eq(centre.as_str()))
            .filter(hotline_code_maps::hotline.eq(hotline.as_str()))
            .filter(hotline_code_maps::version.eq(seen)),
    )
    .set((hotline_code_maps::version.eq(seen + 1), hotline_code_maps::body.eq(body)))
    .execute(connection)
    .map(|rows| rows == 1)
}
