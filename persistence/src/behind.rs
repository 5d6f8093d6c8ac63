//! 滞后: how far behind those are who are told of things, and what time does.

use chrono::NaiveDateTime;
use diesel::{
    dsl::{count_star, min},
    prelude::*,
};
use kernel::{Centre, Instant};

use crate::{
    connection::Connection,
    decode::unsigned,
    schema::{cases, drafts, follow_up_plans, impasses, outbox, work_orders},
};

/// 待发: what one destination has not been delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    pub target: String,
    pub letters: u64,
    /// When the oldest of them was put into the box.
    pub since: Instant,
}

/// What waits in the outbox, by destination. Walks `outbox_undelivered`.
pub fn undelivered(connection: &mut Connection, centre: Centre) -> QueryResult<Vec<Undelivered>> {
    let rows = outbox::table
        .filter(outbox::centre.eq(centre.as_str()))
        .filter(outbox::delivered_at.is_null())
        .filter(outbox::given_up_at.is_null())
        .group_by(outbox::target)
        .select((outbox::target, count_star(), min(outbox::created_at)))
        .load::<(String, i64, Option<NaiveDateTime>)>(connection)?;
    let undelivered = |(target, letters, since): (String, i64, Option<NaiveDateTime>)| {
        let since = Instant::from_naive_utc(since.unwrap_or_default());
        Ok(Undelivered { target, letters: unsigned("letters", letters)?, since })
    };
    rows.into_iter().map(undelivered).collect()
}

/// The moment at which the longest overdue of each should have been looked at; None where nothing waits. Walks the
/// indexes by `wake_at`.
pub fn longest_due(
    connection: &mut Connection,
    centre: Centre,
    now: Instant,
) -> QueryResult<[(&'static str, Option<Instant>); 5]> {
    macro_rules! first {
        ($table:ident) => {
            $table::table
                .filter($table::centre.eq(centre.as_str()))
                .filter($table::wake_at.le(now.naive_utc()))
                .select(min($table::wake_at))
                .get_result::<Option<NaiveDateTime>>(connection)?
                .map(Instant::from_naive_utc)
        };
    }
    Ok([
        ("case", first!(cases)),
        ("impasse", first!(impasses)),
        ("work_order", first!(work_orders)),
        ("follow_up_plan", first!(follow_up_plans)),
        ("draft", first!(drafts)),
    ])
}
