//! Leases: which process does a piece of background work, so that several on one database do not do it twice, and
//! the work of one that died is taken up by another.

use diesel::prelude::*;
use kernel::{Centre, Instant};

use crate::{connection::Connection, per_backend, schema::leases};

/// Takes or prolongs a lease until `until`, by compare-and-set: where it is free, has run out by `now`, or is the
/// holder's already. False where somebody else has it.
pub fn take(
    connection: &mut Connection,
    centre: Centre,
    name: &str,
    holder: &str,
    now: Instant,
    until: Instant,
) -> QueryResult<bool> {
    let taken = diesel::update(
        leases::table
            .filter(leases::centre.eq(centre.as_str()))
            .filter(leases::name.eq(name))
            .filter(leases::holder.eq(holder).or(leases::until.le(now.naive_utc()))),
    )
    .set((leases::holder.eq(holder), leases::until.eq(until.naive_utc())))
    .execute(connection)?;
    if taken == 1 {
        return Ok(true);
    }
    let row = (
        leases::centre.eq(centre.as_str()),
        leases::name.eq(name),
        leases::holder.eq(holder),
        leases::until.eq(until.naive_utc()),
    );
    let first = per_backend!(connection, |c| diesel::insert_into(leases::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(first == 1)
}

/// Lets go of every lease that a process holds, in every centre: how many. Whoever comes next need not wait for them to
/// run out.
pub fn release_all(connection: &mut Connection, holder: &str) -> QueryResult<usize> {
    diesel::delete(leases::table.filter(leases::holder.eq(holder))).execute(connection)
}
