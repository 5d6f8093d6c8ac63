//! 企业码: which enterprise a code stands for (clause B5-6).

use diesel::prelude::*;
use kernel::{Centre, ExternalNo, Instant};

use crate::{connection::Connection, schema::enterprise_codes};

/// The keyed digest of the credit code that an enterprise code stands for.
pub fn get(connection: &mut Connection, centre: Centre, code: &ExternalNo) -> QueryResult<Option<String>> {
    enterprise_codes::table
        .filter(enterprise_codes::centre.eq(centre.as_str()))
        .filter(enterprise_codes::code.eq(code.as_str()))
        .select(enterprise_codes::document_digest)
        .get_result(connection)
        .optional()
}

/// A code that was not there before.
pub fn insert(
    connection: &mut Connection,
    centre: Centre,
    code: &ExternalNo,
    digest: &str,
    now: Instant,
) -> QueryResult<()> {
    diesel::insert_into(enterprise_codes::table)
        .values((
            enterprise_codes::centre.eq(centre.as_str()),
            enterprise_codes::code.eq(code.as_str()),
            enterprise_codes::document_digest.eq(digest),
            enterprise_codes::at.eq(now.naive_utc()),
        ))
        .execute(connection)
        .map(drop)
}
