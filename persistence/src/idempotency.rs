//! The answer to every keyed write, kept in the transaction of the write, so that a retry never doubles an effect.

use diesel::prelude::*;
use kernel::{Centre, Instant};

use crate::{
    connection::Connection,
    decode::{parse, unsigned},
    schema::idempotency,
};

/// An answer as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Digest of method, path and body: another request under the same key is a mistake, not a retry.
    pub fingerprint: String,
    pub status: u16,
    pub etag: Option<String>,
    pub location: Option<String>,
    pub body: String,
}

type Row = (String, i32, Option<String>, Option<String>, String);

pub fn recall(connection: &mut Connection, centre: Centre, caller: &str, key: &str) -> QueryResult<Option<Remembered>> {
    let row = idempotency::table
        .filter(idempotency::centre.eq(centre.as_str()))
        .filter(idempotency::caller.eq(caller))
        .filter(idempotency::key.eq(key))
        .select((
            idempotency::fingerprint,
            idempotency::status,
            idempotency::etag,
            idempotency::location,
            idempotency::body,
        ))
        .get_result::<Row>(connection)
        .optional()?;
    row.map(|(fingerprint, status, etag, location, body)| {
        Ok(Remembered { fingerprint, status: unsigned("status", status)?, etag, location, body })
    })
    .transpose()
}

pub fn remember(
    connection: &mut Connection,
    centre: Centre,
    caller: &str,
    key: &str,
    answer: &Remembered,
    now: Instant,
) -> QueryResult<()> {
    diesel::insert_into(idempotency::table)
        .values((
            idempotency::centre.eq(centre.as_str()),
            idempotency::caller.eq(caller),
            idempotency::key.eq(key),
            idempotency::fingerprint.eq(&answer.fingerprint),
            idempotency::status.eq(i32::from(answer.status)),
            idempotency::etag.eq(answer.etag.as_deref()),
            idempotency::location.eq(answer.location.as_deref()),
            idempotency::body.eq(&answer.body),
            idempotency::created_at.eq(now.naive_utc()),
        ))
        .execute(connection)
        .map(drop)
}

/// The centres that have answers remembered.
pub fn centres(connection: &mut Connection) -> QueryResult<Vec<Centre>> {
    let codes = idempotency::table.select(idempotency::centre).distinct().load::<String>(connection)?;
    codes.iter().map(|code| parse("centre", code)).collect()
}

/// Forgets what is older than `before`, at most `limit` answers at a time; returns how many.
pub fn forget(connection: &mut Connection, centre: Centre, before: Instant, limit: i64) -> QueryResult<usize> {
    let old = idempotency::table
        .filter(idempotency::centre.eq(centre.as_str()))
        .filter(idempotency::created_at.lt(before.naive_utc()))
        .limit(limit)
        .select((idempotency::caller, idempotency::key))
        .load::<(String, String)>(connection)?;
    for (caller, key) in &old {
        diesel::delete(
            idempotency::table
                .filter(idempotency::centre.eq(centre.as_str()))
                .filter(idempotency::caller.eq(caller))
                .filter(idempotency::key.eq(key)),
        )
        .execute(connection)?;
    }
    Ok(old.len())
}
