//! What the register and the figures are made from: impasses in the order of their registration, and as they were when a
//! period ended (clauses D12-1, G4); and the cases of a period (clause C3-2).

use casework::Case;
use diesel::{dsl::exists, prelude::*};
use escalation::{Event, Impasse, Recorded, figures::Period};
use kernel::{CaseId, Centre, Instant, WindowCode, id::ImpasseId};

use crate::{
    connection::{Connection, MultiBackend},
    decode::{damaged, from_json},
    page::Paged as _,
    record,
    schema::{cases, events, impasses},
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
/// its beginning; or closed out before, with a step of the ladder that waits or was ruled on since. Each is as it was when
/// the period ended. Walks the primary key.
pub fn at_the_end_of(
    connection: &mut Connection,
    centre: Centre,
    period: Period,
    after: Option<ImpasseId>,
    limit: i64,
) -> QueryResult<Vec<Impasse>> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let open_or_later = impasses::closed_at.is_null().or(impasses::closed_at.ge(period.start().naive_utc()));
    // Its newest event says when it changed last.
    let changed = events::table
        .filter(events::centre.eq(impasses::centre))
        .filter(events::stream.eq(impasses::id))
        .filter(events::version.eq(impasses::version))
        .filter(events::at.ge(period.start().naive_utc()));
    let mut rows = impasses::table
        .filter(impasses::centre.eq(centre.as_str()))
        .filter(impasses::id.gt(after))
        .filter(impasses::registered_at.lt(period.end().naive_utc()))
        .filter(open_or_later.or(impasses::supervision_pending.eq(true)).or(exists(changed)))
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

/// Where the cases of a period go on: after one that ended then, or one that has not ended.
pub type CaseKey = (Option<Instant>, CaseId);

/// 期内办件: what may count in a period, those that ended first: received before its end, and not ended before its
/// beginning. Each is as it is now. Walks `cases_by_end`.
pub fn cases_of(
    connection: &mut Connection,
    centre: Centre,
    period: Period,
    window: Option<&WindowCode>,
    after: Option<CaseKey>,
    limit: i64,
) -> QueryResult<Vec<Case>> {
    let of_period = || {
        let query = cases::table
            .filter(cases::centre.eq(centre.to_string()))
            .filter(cases::received_at.lt(period.end().naive_utc()))
            .into_boxed::<MultiBackend>();
        match window {
            Some(window) => query.filter(cases::window_code.eq(window.to_string())),
            None => query,
        }
    };
    let mut bodies = Vec::new();
    if !matches!(after, Some((None, _))) {
        let mut ended = of_period().filter(cases::ended_at.ge(period.start().naive_utc()));
        if let Some((Some(at), id)) = after {
            // Said as a range as well, so that a later page is not reached by way of all those before it.
            let later = cases::ended_at.gt(at.naive_utc()).or(cases::id.gt(id.to_string()));
            ended = ended.filter(cases::ended_at.ge(at.naive_utc())).filter(later);
        }
        let ended = ended.order((cases::ended_at.asc(), cases::id.asc())).select(cases::body).page(limit);
        bodies = ended.load::<String>(connection)?;
    }
    let most = usize::try_from(limit).unwrap_or(0);
    if bodies.len() < most {
        let mut open = of_period().filter(cases::ended_at.is_null());
        if let Some((None, id)) = after {
            open = open.filter(cases::id.gt(id.to_string()));
        }
        bodies.extend(open.order(cases::id.asc()).select(cases::body).page(limit).load::<String>(connection)?);
    }
    bodies.iter().take(most).map(|body| from_json("case", body)).collect()
}
