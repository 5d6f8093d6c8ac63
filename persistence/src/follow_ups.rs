//! 回访计划 as rows, with a row for each of the sample (clause D8-1).

use diesel::prelude::*;
use escalation::follow_up::{Plan, Recorded};
use kernel::{
    Centre, Instant,
    id::{FollowUpPlanId, ImpasseId},
};

use crate::{
    cases::Saved,
    chain::Digest,
    connection::{Connection, MultiBackend},
    decode::{from_json, parse, to_json, unsigned},
    page::Paged as _,
    record,
    schema::{follow_up_plans, follow_up_samples, impasses},
};

/// A plan with the digest that its next event links to.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub plan: Plan,
    pub head: Digest,
}

type Row = (String, String);

fn loaded((body, head): Row) -> QueryResult<Loaded> {
    Ok(Loaded { plan: from_json("follow-up plan", &body)?, head: parse("digest", &head)? })
}

/// 期间销号: what was closed out from `from` until `until` and is closed out, by id. Walks `impasses_by_closing`.
pub fn closed_out(
    connection: &mut Connection,
    centre: Centre,
    from: Instant,
    until: Instant,
) -> QueryResult<Vec<ImpasseId>> {
    let ids = impasses::table
        .filter(impasses::centre.eq(centre.as_str()))
        .filter(impasses::closed_at.ge(from.naive_utc()))
        .filter(impasses::closed_at.lt(until.naive_utc()))
        .order(impasses::closed_at.asc())
        .select(impasses::id)
        .load::<String>(connection)?;
    ids.iter().map(|id| parse("impasse id", id)).collect()
}

pub fn load(connection: &mut Connection, centre: Centre, id: FollowUpPlanId) -> QueryResult<Option<Loaded>> {
    follow_up_plans::table
        .filter(follow_up_plans::centre.eq(centre.as_str()))
        .filter(follow_up_plans::id.eq(id.to_string()))
        .select((follow_up_plans::body, follow_up_plans::head))
        .get_result::<Row>(connection)
        .optional()?
        .map(loaded)
        .transpose()
}

/// A page of plans, newest first, before `before`; of those that are open or not, where it is said which. Walks
/// `follow_up_plans_by_open` or the primary key.
pub fn list(
    connection: &mut Connection,
    centre: Centre,
    open: Option<bool>,
    before: Option<FollowUpPlanId>,
    limit: i64,
) -> QueryResult<Vec<Loaded>> {
    let mut query =
        follow_up_plans::table.filter(follow_up_plans::centre.eq(centre.to_string())).into_boxed::<MultiBackend>();
    if let Some(open) = open {
        query = query.filter(follow_up_plans::open.eq(open));
    }
    if let Some(before) = before {
        query = query.filter(follow_up_plans::id.lt(before.to_string()));
    }
    query
        .order(follow_up_plans::id.desc())
        .select((follow_up_plans::body, follow_up_plans::head))
        .page(limit)
        .load::<Row>(connection)?
        .into_iter()
        .take(usize::try_from(limit).unwrap_or(0))
        .map(loaded)
        .collect()
}

/// Those whose time has come, the longest overdue first. Walks `follow_up_plans_by_wake`.
pub fn due(connection: &mut Connection, centre: Centre, now: Instant, limit: i64) -> QueryResult<Vec<FollowUpPlanId>> {
    let ids = follow_up_plans::table
        .filter(follow_up_plans::centre.eq(centre.as_str()))
        .filter(follow_up_plans::wake_at.le(now.naive_utc()))
        .order((follow_up_plans::wake_at.asc(), follow_up_plans::id.asc()))
        .limit(limit)
        .select(follow_up_plans::id)
        .load::<String>(connection)?;
    ids.iter().map(|id| parse("follow-up plan id", id)).collect()
}

/// The open ones, by id after `after`. Walks `follow_up_plans_by_open`.
pub fn open_after(
    connection: &mut Connection,
    centre: Centre,
    after: Option<FollowUpPlanId>,
    limit: i64,
) -> QueryResult<Vec<FollowUpPlanId>> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let ids = follow_up_plans::table
        .filter(follow_up_plans::centre.eq(centre.as_str()))
        .filter(follow_up_plans::open.eq(true))
        .filter(follow_up_plans::id.gt(after))
        .order(follow_up_plans::id.asc())
        .limit(limit)
        .select(follow_up_plans::id)
        .load::<String>(connection)?;
    ids.iter().map(|id| parse("follow-up plan id", id)).collect()
}

/// The plans that wait for a follow-up on this impasse, the oldest first. Walks `follow_up_samples_by_impasse`.
pub fn waiting_for(connection: &mut Connection, centre: Centre, impasse: ImpasseId) -> QueryResult<Vec<Loaded>> {
    let plans = follow_up_samples::table
        .filter(follow_up_samples::centre.eq(centre.as_str()))
        .filter(follow_up_samples::impasse.eq(impasse.to_string()))
        .filter(follow_up_samples::open.eq(true))
        .order(follow_up_samples::plan.asc())
        .select(follow_up_samples::plan)
        .load::<String>(connection)?;
    let mut found = Vec::new();
    for plan in plans {
        found.extend(load(connection, centre, parse("follow-up plan id", &plan)?)?);
    }
    Ok(found)
}

/// Stores a new plan, its sample and its first event.
pub fn insert(
    connection: &mut Connection,
    plan: &Plan,
    events: &[Recorded],
    wake_at: Option<Instant>,
) -> QueryResult<Digest> {
    let (centre, id) = (plan.drawn.centre, plan.drawn.id.to_string());
    let head = record::append(connection, centre, &id, Digest::NONE, events)?;
    diesel::insert_into(follow_up_plans::table)
        .values((
            follow_up_plans::centre.eq(centre.as_str()),
            follow_up_plans::id.eq(&id),
            follow_up_plans::version.eq(unsigned::<_, i64>("version", plan.version)?),
            follow_up_plans::open.eq(plan.completed_at.is_none()),
            follow_up_plans::wake_at.eq(wake_at.map(Instant::naive_utc)),
            follow_up_plans::head.eq(head.to_string()),
            follow_up_plans::body.eq(to_json(plan)?),
        ))
        .execute(connection)?;
    for sampled in &plan.sample {
        diesel::insert_into(follow_up_samples::table)
            .values((
                follow_up_samples::centre.eq(centre.as_str()),
                follow_up_samples::plan.eq(&id),
                follow_up_samples::impasse.eq(sampled.impasse.to_string()),
                follow_up_samples::open.eq(sampled.done.is_none()),
            ))
            .execute(connection)?;
    }
    Ok(head)
}

/// Moves a plan by compare-and-set, after a follow-up on one of its sample or a reminder, and only then puts the events on
/// the record.
pub fn save(
    connection: &mut Connection,
    before: &Loaded,
    plan: &Plan,
    ticked: Option<ImpasseId>,
    events: &[Recorded],
    wake_at: Option<Instant>,
) -> QueryResult<Saved> {
    let (centre, id) = (plan.drawn.centre, plan.drawn.id.to_string());
    let links = record::links(centre, &id, before.head, events)?;
    let head = links.last().map_or(before.head, |(_, digest)| *digest);
    let moved = diesel::update(
        follow_up_plans::table
            .filter(follow_up_plans::centre.eq(centre.as_str()))
            .filter(follow_up_plans::id.eq(&id))
            .filter(follow_up_plans::version.eq(unsigned::<_, i64>("version", before.plan.version)?)),
    )
    .set((
        follow_up_plans::version.eq(unsigned::<_, i64>("version", plan.version)?),
        follow_up_plans::open.eq(plan.completed_at.is_none()),
        follow_up_plans::wake_at.eq(wake_at.map(Instant::naive_utc)),
        follow_up_plans::head.eq(head.to_string()),
        follow_up_plans::body.eq(to_json(plan)?),
    ))
    .execute(connection)?;
    if moved == 0 {
        return Ok(Saved::Stale);
    }
    record::insert(connection, links)?;
    let Some(ticked) = ticked else { return Ok(Saved::Done(head)) };
    diesel::update(
        follow_up_samples::table
            .filter(follow_up_samples::centre.eq(centre.as_str()))
            .filter(follow_up_samples::plan.eq(&id))
            .filter(follow_up_samples::impasse.eq(ticked.to_string())),
    )
    .set(follow_up_samples::open.eq(false))
    .execute(connection)?;
    Ok(Saved::Done(head))
}
