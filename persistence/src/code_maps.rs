//! 代码对照 as rows: one for each holder (a hotline, a platform, an exchange) and subject.

use casework::codes::{CodePairs, Codes, Subject};
use diesel::prelude::*;
use kernel::{Centre, StaffCode};
use serde::{Serialize, de::DeserializeOwned};
use strum::VariantArray as _;

use crate::{
    connection::Connection,
    decode::{from_json, parse, to_json, unsigned},
    schema::code_maps,
};

/// A map with its version; 0 for the one that every holder begins with.
#[derive(Clone, Debug, Default)]
pub struct Stored<M = CodePairs> {
    pub map: M,
    pub version: u64,
}

pub fn get<M: DeserializeOwned + Default>(
    connection: &mut Connection,
    centre: Centre,
    holder: &StaffCode,
    subject: &str,
) -> QueryResult<Stored<M>> {
    let row = code_maps::table
        .filter(code_maps::centre.eq(centre.as_str()))
        .filter(code_maps::holder.eq(holder.as_str()))
        .filter(code_maps::subject.eq(subject))
        .select((code_maps::version, code_maps::body))
        .get_result::<(i64, String)>(connection)
        .optional()?;
    match row {
        None => Ok(Stored { map: M::default(), version: 0 }),
        Some((version, body)) => {
            Ok(Stored { map: from_json("code map", &body)?, version: unsigned("version", version)? })
        }
    }
}

/// Every map of a holder by its subject, as both directions ask for it.
pub fn of_holder(connection: &mut Connection, centre: Centre, holder: &StaffCode) -> QueryResult<Codes> {
    let rows = code_maps::table
        .filter(code_maps::centre.eq(centre.as_str()))
        .filter(code_maps::holder.eq(holder.as_str()))
        .filter(code_maps::subject.eq_any(Subject::VARIANTS.iter().map(<&str>::from)))
        .select((code_maps::subject, code_maps::body))
        .load::<(String, String)>(connection)?;
    let one = |(subject, body): (String, String)| Ok((parse("subject", &subject)?, from_json("code map", &body)?));
    rows.into_iter().map(one).collect::<QueryResult<_>>().map(Codes)
}

/// Puts a map in the place of the one that was `seen`; false where somebody else was faster. A first one whose row has
/// appeared meanwhile is a taken key.
pub fn put<M: Serialize>(
    connection: &mut Connection,
    centre: Centre,
    holder: &StaffCode,
    subject: &str,
    seen: u64,
    map: &M,
) -> QueryResult<bool> {
    let body = to_json(map)?;
    if seen == 0 {
        let row = (
            code_maps::centre.eq(centre.as_str()),
            code_maps::holder.eq(holder.as_str()),
            code_maps::subject.eq(subject),
            code_maps::version.eq(1),
            code_maps::body.eq(body),
        );
        return diesel::insert_into(code_maps::table).values(row).execute(connection).map(|rows| rows == 1);
    }
    let seen = unsigned::<_, i64>("version", seen)?;
    diesel::update(
        code_maps::table
            .filter(code_maps::centre.eq(centre.as_str()))
            .filter(code_maps::holder.eq(holder.as_str()))
            .filter(code_maps::subject.eq(subject))
            .filter(code_maps::version.eq(seen)),
    )
    .set((code_maps::version.eq(seen + 1), code_maps::body.eq(body)))
    .execute(connection)
    .map(|rows| rows == 1)
}
