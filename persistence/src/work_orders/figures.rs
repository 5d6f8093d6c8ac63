//! 工单督办统计 is made from: the orders of a period.

use diesel::{dsl::exists, prelude::*};
use escalation::{
    figures::Period,
    hotline::{Event, WorkOrder},
};
use kernel::{Centre, id::WorkOrderId};

use crate::{
    connection::Connection,
    decode::from_json,
    record,
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
    let orders = bodies.iter().map(|body| from_json("work order", body)).collect::<QueryResult<Vec<WorkOrder>>>()?;
    with_urgings(connection, centre, orders)
}

/// 热线催办 of before each was kept are only counted in the order; the record says when they came and what was done.
fn with_urgings(
    connection: &mut Connection,
    centre: Centre,
    mut orders: Vec<WorkOrder>,
) -> QueryResult<Vec<WorkOrder>> {
    let is_short = |order: &WorkOrder| usize::try_from(order.urged).is_ok_and(|urged| order.urgings.len() < urged);
    let streams: Vec<String> = orders.iter().filter(|it| is_short(it)).map(|it| it.id.to_string()).collect();
    let mut records = record::whole::<Event>(connection, centre, &streams, None)?;
    for order in &mut orders {
        let record = records.remove(&order.id.to_string()).unwrap_or_default();
        if let Some(told) = WorkOrder::fold(order.id, centre, &order.hotline, &order.external_no, &record) {
            order.urgings = told.urgings;
        }
    }
    Ok(orders)
}
