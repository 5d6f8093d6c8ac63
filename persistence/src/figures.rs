//! What the register and the figures are made from: impasses in the order of their registration, and as they were when a
//! period ended (clauses D12-1, G4).

use diesel::prelude::*;
use escalation::{Event, Impasse, Recorded, figures::Period};
use kernel::{Centre, Instant, id::ImpasseId};

use crate::{
    connection::{Connection, MultiBackend},
    decode::{damaged, from_json},
    page::Paged as _,
    record,
    schema::{events, impasses},
};

/// Where the register goes on: after the last line that was shown.
pub type RegisterKey = (Instant, ImpasseId);

/// 登记在册: what was registered in the period, oldest first, after `after`. Walks `impasses_by_registration`.
pub fn registered(
    connection: &mut Connection,
    centre: Centre,
    period: Period,
    after: Option<RegisterKey>,
    limit: i64,
) -> QueryResult<Vec<Impasse>> {
    // Said as a range as well, so that a later page is not reached by way of all those before it.
    let start = after.map_or(period.start(), |(at, _)| at);
    let mut query = impasses::table
        .filter(impasses::centre.eq(centre.to_string()))
        .filter(impasses::registered_at.ge(start.naive_utc()))
        .filter(impasses::registered_at.lt(period.end().naive_utc()))
        .into_boxed::<MultiBackend>();
    if let Some((at, id)) = after {
        query = query.filter(impasses::registered_at.gt(at.naive_utc()).or(impasses::id.gt(id.to_string())));
    }
    let bodies = query
        .order((impasses::registered_at.asc(), impasses::id.asc()))
        .select(impasses::body)
        .page(limit)
        .load::<String>(connection)?;
    bodies.iter().take(usize::try_from(limit).unwrap_or(0)).map(|body| from_json("impasse", body)).collect()
}

/// The whole record of each impasse, oldest first, in the order of the impasses.
pub fn records_of(
    connection: &mut Connection,
    centre: Centre,
    impasses: &[Impasse],
) -> QueryResult<Vec<Vec<Recorded>>> {
    let ids: Vec<String> = impasses.iter().map(|impasse| impasse.id.to_string()).collect();
    let mut records = record::whole::<Event>(connection, centre, &ids, None)?;
    Ok(ids.iter().map(|id| records.remove(id).unwrap_or_default()).collect())
}

/// 期内事项: what may count in a period, by id, after `after`: registered before its end, and not closed out for good before
/// its beginning. Each is as it was when the period ended. Walks the primary key.
pub fn at_the_end_of(
    connection: &mut Connection,
    centre: Centre,
    period: Period,
    after: Option<ImpasseId>,
    limit: i64,
) -> QueryResult<Vec<Impasse>> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let open_or_later = impasses::closed_at.is_null().or(impasses::closed_at.ge(period.start().naive_utc()));
    let mut rows = impasses::table
        .filter(impasses::centre.eq(centre.as_str()))
        .filter(impasses::id.gt(after))
        .filter(impasses::registered_at.lt(period.end().naive_utc()))
        .filter(open_or_later)
        .order(impasses::id.asc())
        .select((impasses::id, impasses::body))
        .page(limit)
        .load::<(String, String)>(connection)?;
    rows.truncate(usize::try_from(limit).unwrap_or(0));
    let ids: Vec<&str> = rows.iter().map(|(id, _)| id.as_str()).collect();
    let moved_on = events::table
        .filter(events::centre.eq(centre.as_str()))
        .filter(events::stream.eq_any(ids))
        .filter(events::at.ge(period.end().naive_utc()))
        .select(events::stream)
        .distinct()
        .load::<String>(connection)?;
    let mut records = record::whole::<Event>(connection, centre, &moved_on, Some(period.end()))?;
    let then = |(id, body): &(String, String)| {
        if !moved_on.contains(id) {
            return from_json("impasse", body);
        }
        let record = records.remove(id).unwrap_or_default();
        Impasse::fold(&record).ok_or_else(|| damaged("record of an impasse", "it does not begin"))
    };
    rows.iter().map(then).collect()
}
