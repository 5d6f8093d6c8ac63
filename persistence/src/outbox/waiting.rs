//! 未送达: what a target has not been delivered, and how all of it is tried again at once.

use diesel::{
    dsl::{count_star, min},
    prelude::*,
};
use kernel::{Centre, Instant};

use super::{Row, Stored, stored};
use crate::{
    connection::{Connection, MultiBackend},
    decode::unsigned,
    schema::outbox,
};

/// How much a target has not been delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub undelivered: u64,
    /// When the oldest of it was written.
    pub since: Option<Instant>,
}

/// Walks `outbox_undelivered`.
pub fn standing(connection: &mut Connection, centre: Centre, target: &str) -> QueryResult<Standing> {
    let (many, since) = outbox::table
        .filter(outbox::centre.eq(centre.as_str()))
        .filter(outbox::target.eq(target))
        .filter(outbox::delivered_at.is_null())
        .filter(outbox::given_up_at.is_null())
        .select((count_star(), min(outbox::created_at)))
        .get_result::<(i64, Option<chrono::NaiveDateTime>)>(connection)?;
    Ok(Standing { undelivered: unsigned("undelivered", many)?, since: since.map(Instant::from_naive_utc) })
}

/// A page by what it is about and in order, after a place. Walks `outbox_undelivered`.
pub fn list(
    connection: &mut Connection,
    centre: Centre,
    target: &str,
    after: Option<(String, u64)>,
    limit: i64,
) -> QueryResult<Vec<Stored>> {
    let mut query = outbox::table
        .into_boxed::<MultiBackend>()
        .filter(outbox::centre.eq(centre.to_string()))
        .filter(outbox::target.eq(target.to_owned()))
        .filter(outbox::delivered_at.is_null())
        .filter(outbox::given_up_at.is_null());
    if let Some((key, sequence)) = after {
        let sequence = unsigned::<_, i64>("sequence", sequence)?;
        query = query.filter(
            outbox::ordering_key.gt(key.clone()).or(outbox::ordering_key.eq(key).and(outbox::sequence.gt(sequence))),
        );
    }
    query
        .order((outbox::ordering_key.asc(), outbox::sequence.asc()))
        .limit(limit)
        .select(columns!())
        .load::<Row>(connection)?
        .into_iter()
        .map(stored)
        .collect()
}
