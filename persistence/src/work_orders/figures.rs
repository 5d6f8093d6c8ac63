//! 工单督办统计 is made from: the orders of a period.

use diesel::{dsl::exists, prelude::*};
use escalation::{figures::Period, hotline::WorkOrder};
use kernel::{Centre, id::WorkOrderId};

use crate::{
    connection::Connection,
    decode::from_json,
    schema::{events, work_orders},
};

/// 期内工单: what may count in a period, by id, after `after`: dispatched before its end, and changed since its beginning or
/// with a step of the ladder that waits. Walks the primary key.
pub fn of_period(
    connection: &mut Connection,
    centre: Centre,
    period: Period,
    after: Option<WorkOrderId>,
    limit: i64,
) -> QueryResult<Vec<WorkOrder>> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    // Its newest event says when it changed last.
    let changed = events::table
        .filter(events::centre.eq(work_orders::centre))
        .filter(events::stream.eq(work_orders::id))
        .filter(events::version.eq(work_orders::version))
        .filter(events::at.ge(period.start().naive_utc()));
    let bodies = work_orders::table
        .filter(work_orders::centre.eq(centre.as_str()))
        .filter(work_orders::id.gt(after))
        .filter(work_orders::dispatched_at.lt(period.end().naive_utc()))
        .filter(work_orders::supervision_pending.eq(true).or(exists(changed)))
        .order(work_orders::id.asc())
        .limit(limit)
        .select(work_orders::body)
        .load::<String>(connection)?;
    bodies.iter().map(|body| from_json("work order", body)).collect()
}
