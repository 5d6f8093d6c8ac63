//! 12345 工单 as rows: the aggregate in `body`, and beside it the columns that lists are found by. What the hotline
//! delivered is in [`deliveries`]; who called, the only personal data, in [`callers`].

pub mod callers;
pub mod code_maps;
pub mod deliveries;
pub mod figures;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::{helper_types::IntoBoxed, prelude::*};
use escalation::hotline::{Event, ExternalNo, State, WorkOrder};
use kernel::{
    Centre, Instant, Recorded, StaffCode,
    access::Sight,
    id::{ImpasseId, WorkOrderId},
};

use strum::VariantArray as _;

use crate::{
    cases::Clockwork,
    chain::Digest,
    connection::{Connection, MultiBackend},
    decode::{from_json, parse, to_json, unsigned},
    page::Paged as _,
    record,
    schema::work_orders,
};

/// A work order with the digest that its next event links to.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub order: WorkOrder,
    pub head: Digest,
    /// When it wakes by itself, as stored.
    pub wake_at: Option<Instant>,
}

type Row = (String, String, Option<NaiveDateTime>);

fn loaded((body, head, wake_at): Row) -> QueryResult<Loaded> {
    Ok(Loaded {
        order: from_json("work order", &body)?,
        head: parse("digest", &head)?,
        wake_at: wake_at.map(Instant::from_naive_utc),
    })
}

fn escalated_at(order: &WorkOrder) -> Option<NaiveDateTime> {
    order.pending_escalation().map(|escalation| escalation.at.naive_utc())
}

/// 到期日 of the limit that runs.
fn due_on(order: &WorkOrder, clockwork: Clockwork<'_>) -> Option<NaiveDate> {
    let limit = order.limit().filter(|limit| limit.is_running());
    limit.map(|limit| limit.due(clockwork.calendar, clockwork.today).date)
}

/// Stores a new work order and its first events.
pub fn insert(
    connection: &mut Connection,
    order: &WorkOrder,
    events: &[Recorded<Event>],
    clockwork: Clockwork<'_>,
) -> QueryResult<Loaded> {
    let wake_at = clockwork.wake_at;
    let head = record::append(connection, order.centre, &order.id.to_string(), Digest::NONE, events)?;
    diesel::insert_into(work_orders::table)
        .values((
            work_orders::centre.eq(order.centre.as_str()),
            work_orders::id.eq(order.id.to_string()),
            work_orders::hotline.eq(order.hotline.as_str()),
            work_orders::external_no.eq(order.external_no.as_str()),
            work_orders::version.eq(unsigned::<_, i64>("version", order.version)?),
            work_orders::state.eq(<&str>::from(order.state)),
            work_orders::dispatched_at.eq(order.dispatched_at.naive_utc()),
            work_orders::impasse.eq(order.impasse.map(|id| id.to_string())),
            work_orders::wake_at.eq(wake_at.map(Instant::naive_utc)),
            work_orders::assigned_window.eq(order.whereabouts().window.map(ToString::to_string)),
            work_orders::assigned_department.eq(order.whereabouts().department.map(ToString::to_string)),
            work_orders::merged_into.eq(order
                .merged_into
                .as_ref()
                .or(order.awaits_merge.as_ref())
                .map(ToString::to_string)),
            work_orders::escalated_at.eq(escalated_at(order)),
            work_orders::supervision_pending.eq(order.waiting_step().is_some()),
            work_orders::due_on.eq(due_on(order, clockwork)),
            work_orders::head.eq(head.to_string()),
            work_orders::body.eq(to_json(order)?),
        ))
        .execute(connection)?;
    Ok(Loaded { order: order.clone(), head, wake_at })
}

/// Moves a work order by compare-and-set on the version it was read at, and only then puts the events on the record.
/// None where somebody else was faster.
pub fn save(
    connection: &mut Connection,
    before: &Loaded,
    order: &WorkOrder,
    events: &[Recorded<Event>],
    clockwork: Clockwork<'_>,
) -> QueryResult<Option<Loaded>> {
    let wake_at = clockwork.wake_at;
    let stream = order.id.to_string();
    let links = record::links(order.centre, &stream, before.head, events)?;
    let head = links.last().map_or(before.head, |(_, digest)| *digest);
    let moved = diesel::update(
        work_orders::table
            .filter(work_orders::centre.eq(order.centre.as_str()))
            .filter(work_orders::id.eq(&stream))
            .filter(work_orders::version.eq(unsigned::<_, i64>("version", before.order.version)?)),
    )
    .set((
        work_orders::version.eq(unsigned::<_, i64>("version", order.version)?),
        work_orders::state.eq(<&str>::from(order.state)),
        work_orders::impasse.eq(order.impasse.map(|id| id.to_string())),
        work_orders::wake_at.eq(wake_at.map(Instant::naive_utc)),
        work_orders::assigned_window.eq(order.whereabouts().window.map(ToString::to_string)),
        work_orders::assigned_department.eq(order.whereabouts().department.map(ToString::to_string)),
        work_orders::merged_into.eq(order
            .merged_into
            .as_ref()
            .or(order.awaits_merge.as_ref())
            .map(ToString::to_string)),
        work_orders::escalated_at.eq(escalated_at(order)),
        work_orders::supervision_pending.eq(order.waiting_step().is_some()),
        work_orders::due_on.eq(due_on(order, clockwork)),
        work_orders::head.eq(head.to_string()),
        work_orders::body.eq(to_json(order)?),
    ))
    .execute(connection)?;
    if moved != 1 {
        return Ok(None);
    }
    record::insert(connection, links)?;
    Ok(Some(Loaded { order: order.clone(), head, wake_at }))
}

/// The work order of this number, of this hotline.
pub fn find(
    connection: &mut Connection,
    centre: Centre,
    hotline: &StaffCode,
    external_no: &ExternalNo,
) -> QueryResult<Option<Loaded>> {
    work_orders::table
        .filter(work_orders::centre.eq(centre.as_str()))
        .filter(work_orders::hotline.eq(hotline.as_str()))
        .filter(work_orders::external_no.eq(external_no.as_str()))
        .select((work_orders::body, work_orders::head, work_orders::wake_at))
        .get_result::<Row>(connection)
        .optional()?
        .map(loaded)
        .transpose()
}

type Boxed = IntoBoxed<'static, work_orders::table, MultiBackend>;

/// The same predicate as [`Sight::covers`], for the database (rule L18).
fn seen_by(centre: Centre, sight: &Sight) -> Boxed {
    fn texts<T: ToString>(codes: &[T]) -> Vec<String> {
        codes.iter().map(ToString::to_string).collect()
    }
    let query = work_orders::table.into_boxed::<MultiBackend>().filter(work_orders::centre.eq(centre.to_string()));
    match sight {
        Sight::Centre => query,
        Sight::Client(hotline) => query.filter(work_orders::hotline.eq(hotline.to_string())),
        Sight::Windows(windows) => query.filter(work_orders::assigned_window.eq_any(texts(windows))),
        Sight::Departments(departments) => query.filter(work_orders::assigned_department.eq_any(texts(departments))),
        Sight::Nothing | Sight::Applicant(_) => query.filter(work_orders::id.eq("")),
    }
}

/// The hotlines that have a work order of this number in sight; nearly always one. Walks `work_orders_by_number`.
pub fn hotlines_with(
    connection: &mut Connection,
    centre: Centre,
    sight: &Sight,
    external_no: &ExternalNo,
) -> QueryResult<Vec<StaffCode>> {
    let codes = seen_by(centre, sight)
        .filter(work_orders::external_no.eq(external_no.to_string()))
        .order(work_orders::id.asc())
        .limit(2)
        .select(work_orders::hotline)
        .load::<String>(connection)?;
    codes.iter().map(|code| parse("hotline", code)).collect()
}

/// Those of a hotline that were merged into an order of this number, or wait for it, by id after `after`. Walks
/// `work_orders_by_merge`.
pub fn merged_into(
    connection: &mut Connection,
    centre: Centre,
    (hotline, into): (&StaffCode, &ExternalNo),
    after: Option<WorkOrderId>,
    limit: i64,
) -> QueryResult<Vec<Loaded>> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let rows = work_orders::table
        .filter(work_orders::centre.eq(centre.as_str()))
        .filter(work_orders::hotline.eq(hotline.as_str()))
        .filter(work_orders::merged_into.eq(into.as_str()))
        .filter(work_orders::id.gt(after))
        .order(work_orders::id.asc())
        .limit(limit)
        .select((work_orders::body, work_orders::head, work_orders::wake_at))
        .load::<Row>(connection)?;
    rows.into_iter().map(loaded).collect()
}

pub fn load(connection: &mut Connection, centre: Centre, id: WorkOrderId) -> QueryResult<Option<Loaded>> {
    work_orders::table
        .filter(work_orders::centre.eq(centre.as_str()))
        .filter(work_orders::id.eq(id.to_string()))
        .select((work_orders::body, work_orders::head, work_orders::wake_at))
        .get_result::<Row>(connection)
        .optional()?
        .map(loaded)
        .transpose()
}

/// The work order that was registered as this impasse, if it came so.
pub fn of_impasse(connection: &mut Connection, centre: Centre, impasse: ImpasseId) -> QueryResult<Option<Loaded>> {
    work_orders::table
        .filter(work_orders::centre.eq(centre.as_str()))
        .filter(work_orders::impasse.eq(impasse.to_string()))
        .select((work_orders::body, work_orders::head, work_orders::wake_at))
        .get_result::<Row>(connection)
        .optional()?
        .map(loaded)
        .transpose()
}

/// What a list is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub hotline: Option<StaffCode>,
    pub state: Option<State>,
    /// 有待处置的提级
    pub escalated: Option<bool>,
    /// 有待裁定的督办
    pub supervision_pending: Option<bool>,
    /// 超期: a limit runs whose last day is over.
    pub overdue: Option<bool>,
}

/// A page of those in sight, newest first, before `before`. Walks `work_orders_by_hotline`, `work_orders_by_state`,
/// `work_orders_by_window`, `work_orders_by_department`, `work_orders_by_escalation`, `work_orders_by_supervision`,
/// `work_orders_by_due` or the primary key.
pub fn list(
    connection: &mut Connection,
    centre: Centre,
    sight: &Sight,
    filter: &Filter,
    today: NaiveDate,
    before: Option<WorkOrderId>,
    limit: i64,
) -> QueryResult<Vec<Loaded>> {
    let mut query = seen_by(centre, sight);
    if let Some(hotline) = &filter.hotline {
        query = query.filter(work_orders::hotline.eq(hotline.to_string()));
    }
    if let Some(state) = filter.state {
        query = query.filter(work_orders::state.eq(<&str>::from(state)));
    }
    query = match filter.escalated {
        None => query,
        Some(true) => query.filter(work_orders::escalated_at.is_not_null()),
        Some(false) => query.filter(work_orders::escalated_at.is_null()),
    };
    if let Some(pending) = filter.supervision_pending {
        query = query.filter(work_orders::supervision_pending.eq(pending));
    }
    query = match filter.overdue {
        None => query,
        Some(true) => query.filter(work_orders::due_on.lt(today)),
        Some(false) => query.filter(work_orders::due_on.is_null().or(work_orders::due_on.ge(today))),
    };
    if let Some(before) = before {
        query = query.filter(work_orders::id.lt(before.to_string()));
    }
    let rows = query
        .order(work_orders::id.desc())
        .select((work_orders::body, work_orders::head, work_orders::wake_at))
        .page(limit)
        .load::<Row>(connection)?;
    rows.into_iter().map(loaded).collect()
}

/// Those of a hotline that were dispatched from one moment until before another, in that order, after one of them, at most
/// `limit`. Walks `work_orders_by_dispatch`.
pub fn dispatched_between(
    connection: &mut Connection,
    centre: Centre,
    hotline: &StaffCode,
    (from, until): (Instant, Instant),
    after: Option<(Instant, WorkOrderId)>,
    limit: i64,
) -> QueryResult<Vec<WorkOrder>> {
    let (from, id) = after.map_or((from, String::new()), |(at, id)| (at, id.to_string()));
    let at = from.naive_utc();
    let bodies = work_orders::table
        .filter(work_orders::centre.eq(centre.as_str()))
        .filter(work_orders::hotline.eq(hotline.as_str()))
        .filter(work_orders::dispatched_at.ge(at))
        .filter(work_orders::dispatched_at.lt(until.naive_utc()))
        .filter(work_orders::dispatched_at.gt(at).or(work_orders::id.gt(id)))
        .order((work_orders::dispatched_at.asc(), work_orders::id.asc()))
        .limit(limit)
        .select(work_orders::body)
        .load::<String>(connection)?;
    bodies.iter().map(|body| from_json("work order", body)).collect()
}

/// Those in which a limit runs, by id after `after`. Walks the primary key.
pub fn open_after(
    connection: &mut Connection,
    centre: Centre,
    after: Option<WorkOrderId>,
    limit: i64,
) -> QueryResult<Vec<WorkOrderId>> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let running = State::VARIANTS.iter().filter(|state| state.is_running()).map(<&str>::from);
    let running: Vec<&str> = running.collect();
    let ids = work_orders::table
        .filter(work_orders::centre.eq(centre.as_str()))
        .filter(work_orders::id.gt(after))
        .filter(work_orders::state.eq_any(running).or(work_orders::escalated_at.is_not_null()))
        .order(work_orders::id.asc())
        .limit(limit)
        .select(work_orders::id)
        .load::<String>(connection)?;
    ids.iter().map(|id| parse("work order id", id)).collect()
}

/// Those whose time has come, the longest overdue first. Walks `work_orders_by_wake`.
pub fn due(connection: &mut Connection, centre: Centre, now: Instant, limit: i64) -> QueryResult<Vec<WorkOrderId>> {
    let ids = work_orders::table
        .filter(work_orders::centre.eq(centre.as_str()))
        .filter(work_orders::wake_at.le(now.naive_utc()))
        .order((work_orders::wake_at.asc(), work_orders::id.asc()))
        .limit(limit)
        .select(work_orders::id)
        .load::<String>(connection)?;
    ids.iter().map(|id| parse("work order id", id)).collect()
}
