//! 服务套餐: packages on offer, and applications for them (clause C1-1).

pub mod applications;
pub mod moves;

use catalog::{Package, VersionState};
use diesel::prelude::*;
use kernel::{Centre, code::PackageCode};

use crate::{
    connection::{Connection, MultiBackend},
    decode::{from_json, to_json},
    schema::packages,
};

/// Puts a package there or brings it up to date; none is ever removed, because applications refer to it.
pub fn put(connection: &mut Connection, centre: Centre, package: &Package) -> QueryResult<()> {
    let body = to_json(package)?;
    let says = (
        packages::state.eq(package.state.to_string()),
        packages::name.eq(package.name.as_str()),
        packages::body.eq(body.as_str()),
    );
    let known =
        packages::table.filter(packages::centre.eq(centre.as_str())).filter(packages::code.eq(package.code.as_str()));
    if diesel::update(known).set(says.clone()).execute(connection)? == 1 {
        return Ok(());
    }
    diesel::insert_into(packages::table)
        .values((packages::centre.eq(centre.as_str()), packages::code.eq(package.code.as_str()), says))
        .execute(connection)
        .map(drop)
}

pub fn get(connection: &mut Connection, centre: Centre, code: &PackageCode) -> QueryResult<Option<Package>> {
    packages::table
        .filter(packages::centre.eq(centre.as_str()))
        .filter(packages::code.eq(code.as_str()))
        .select(packages::body)
        .get_result::<String>(connection)
        .optional()?
        .map(|body| from_json("package", &body))
        .transpose()
}

/// A page of packages by code, after `after`; those in one state where one is named.
pub fn list(
    connection: &mut Connection,
    centre: Centre,
    state: Option<VersionState>,
    after: Option<&PackageCode>,
    limit: i64,
) -> QueryResult<Vec<Package>> {
    let mut query = packages::table.filter(packages::centre.eq(centre.to_string())).into_boxed::<MultiBackend>();
    if let Some(state) = state {
        query = query.filter(packages::state.eq(state.to_string()));
    }
    if let Some(after) = after {
        query = query.filter(packages::code.gt(after.to_string()));
    }
    let bodies = query.order(packages::code.asc()).limit(limit).select(packages::body).load::<String>(connection)?;
    bodies.iter().map(|body| from_json("package", body)).collect()
}
