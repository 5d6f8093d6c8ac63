//! 每日额度: how much of what a system may have on one day of the hall has been used, by all processes together.

use chrono::NaiveDate;
use diesel::prelude::*;
use kernel::{Centre, StaffCode};
use strum::IntoStaticStr;

use crate::{
    connection::Connection,
    decode::unsigned,
    per_backend,
    schema::{client_usage, clients},
};

/// A block is this part of what is left, so that the last calls of a day are counted one by one.
const PART: u32 = 16;
/// The largest block.
const LARGEST: u32 = 100;

/// 每日额度 of a system; None for no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// 调用次数
    pub calls: Option<u32>,
    /// 新申请, a case each
    pub applications: Option<u32>,
}

impl Quota {
    pub(crate) fn read((calls, applications): (Option<i64>, Option<i64>)) -> QueryResult<Self> {
        let number = |column: Option<i64>| column.map(|number| unsigned("quota", number)).transpose();
        Ok(Self { calls: number(calls)?, applications: number(applications)? })
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Counted {
    Calls,
    Applications,
}

/// What was taken of a quota, and how much of it was used then by everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    pub taken: u32,
    pub used: u32,
}

/// The quota of a system; none for one that is not registered.
pub fn quota(connection: &mut Connection, centre: Centre, client: &StaffCode) -> QueryResult<Quota> {
    let row = clients::table
        .filter(clients::centre.eq(centre.as_str()))
        .filter(clients::code.eq(client.as_str()))
        .select((clients::daily_calls, clients::daily_applications))
        .get_result::<(Option<i64>, Option<i64>)>(connection)
        .optional()?;
    Quota::read(row.unwrap_or_default())
}

/// Takes one of a quota, or a block of what is left of it; nothing where nothing is left. None where somebody else took some
/// just now.
pub fn take(
    connection: &mut Connection,
    (centre, client): (Centre, &StaffCode),
    counted: Counted,
    day: NaiveDate,
    quota: u32,
    block: bool,
) -> QueryResult<Option<Taken>> {
    let kind: &str = counted.into();
    let row = (
        client_usage::centre.eq(centre.as_str()),
        client_usage::client.eq(client.as_str()),
        client_usage::kind.eq(kind),
        client_usage::day.eq(day),
        client_usage::used.eq(0_i64),
    );
    let mut used = used_on(connection, (centre, client), counted, day)?;
    if used.is_none() {
        per_backend!(connection, |c| diesel::insert_into(client_usage::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(c))?;
        used = used_on(connection, (centre, client), counted, day)?;
    }
    let used: u32 = used.unwrap_or_default();
    let left = quota.saturating_sub(used);
    let taken = if block { left.min((left / PART).clamp(1, LARGEST)) } else { left.min(1) };
    if taken == 0 {
        return Ok(Some(Taken { taken, used }));
    }
    let used_now = used + taken;
    let moved = diesel::update(
        client_usage::table
            .filter(client_usage::centre.eq(centre.as_str()))
            .filter(client_usage::client.eq(client.as_str()))
            .filter(client_usage::kind.eq(kind))
            .filter(client_usage::day.eq(day))
            .filter(client_usage::used.eq(i64::from(used))),
    )
    .set(client_usage::used.eq(i64::from(used_now)))
    .execute(connection)?;
    Ok((moved == 1).then_some(Taken { taken, used: used_now }))
}

fn used_on(
    connection: &mut Connection,
    (centre, client): (Centre, &StaffCode),
    counted: Counted,
    day: NaiveDate,
) -> QueryResult<Option<u32>> {
    client_usage::table
        .filter(client_usage::centre.eq(centre.as_str()))
        .filter(client_usage::client.eq(client.as_str()))
        .filter(client_usage::kind.eq(<&str>::from(counted)))
        .filter(client_usage::day.eq(day))
        .select(client_usage::used)
        .get_result::<i64>(connection)
        .optional()?
        .map(|used| unsigned("used", used))
        .transpose()
}

/// Forgets what was used on days before `before`.
pub fn forget(connection: &mut Connection, centre: Centre, before: NaiveDate) -> QueryResult<usize> {
    diesel::delete(
        client_usage::table.filter(client_usage::centre.eq(centre.as_str())).filter(client_usage::day.lt(before)),
    )
    .execute(connection)
}
