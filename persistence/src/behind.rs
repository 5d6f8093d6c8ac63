//! 滞后: how far behind those are who are told of things, and what time does.

use chrono::NaiveDateTime;
use diesel::{
    dsl::{count_star, min},
    prelude::*,
};
use kernel::{Centre, Instant, id::WebhookEndpointId};

use crate::{
    connection::Connection,
    decode::{parse, unsigned},
    per_backend,
    schema::{cases, clients, drafts, feed_readers, follow_up_plans, impasses, outbox, webhook_endpoints, work_orders},
};

/// 读到: up to where a system has said that it has read the feed, and when it said so last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    pub place: u64,
    pub asked_at: Instant,
}

/// What each system has said of itself to any process.
pub fn readings(connection: &mut Connection, centre: Centre) -> QueryResult<Vec<(String, Reading)>> {
    let rows = feed_readers::table
        .filter(feed_readers::centre.eq(centre.as_str()))
        .select((feed_readers::client, feed_readers::place, feed_readers::asked_at))
        .load::<(String, i64, NaiveDateTime)>(connection)?;
    let reading = |(client, place, asked_at): (String, i64, NaiveDateTime)| {
        let asked_at = Instant::from_naive_utc(asked_at);
        Ok((client, Reading { place: unsigned("place", place)?, asked_at }))
    };
    rows.into_iter().map(reading).collect()
}

/// Keeps what a system has said, where it has said nothing since.
pub fn keep(connection: &mut Connection, centre: Centre, client: &str, reading: Reading) -> QueryResult<()> {
    let (place, asked_at) = (unsigned::<_, i64>("place", reading.place)?, reading.asked_at.naive_utc());
    let moved = diesel::update(
        feed_readers::table
            .filter(feed_readers::centre.eq(centre.as_str()))
            .filter(feed_readers::client.eq(client))
            .filter(feed_readers::asked_at.lt(asked_at)),
    )
    .set((feed_readers::place.eq(place), feed_readers::asked_at.eq(asked_at)))
    .execute(connection)?;
    if moved == 1 {
        return Ok(());
    }
    let row = (
        feed_readers::centre.eq(centre.as_str()),
        feed_readers::client.eq(client),
        feed_readers::place.eq(place),
        feed_readers::asked_at.eq(asked_at),
    );
    per_backend!(connection, |c| diesel::insert_into(feed_readers::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))
    .map(drop)
}

/// 停用 systems: nobody waits for them to read on.
pub fn switched_off(connection: &mut Connection, centre: Centre) -> QueryResult<Vec<String>> {
    clients::table
        .filter(clients::centre.eq(centre.as_str()))
        .filter(clients::active.eq(false))
        .select(clients::code)
        .load(connection)
}

/// Up to where in the feed each endpoint that is not deleted was put into the outbox.
pub fn endpoints(connection: &mut Connection, centre: Centre) -> QueryResult<Vec<(WebhookEndpointId, u64)>> {
    let rows = webhook_endpoints::table
        .filter(webhook_endpoints::centre.eq(centre.as_str()))
        .filter(webhook_endpoints::state.ne("deleted"))
        .order(webhook_endpoints::id.asc())
        .select((webhook_endpoints::id, webhook_endpoints::place))
        .load::<(String, i64)>(connection)?;
    rows.into_iter().map(|(id, place)| Ok((parse("webhook endpoint", &id)?, unsigned("place", place)?))).collect()
}

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
