//! 演练: which database is a sandbox, and how far the clock of each of its centres is ahead.

use diesel::prelude::*;
use kernel::Centre;

use crate::{
    connection::Connection,
    decode::parse,
    per_backend,
    schema::{calendar_days, departments, events, sandbox_clocks},
};

/// How far each centre's clock is ahead of the machine's, in microseconds. Empty for a database that is no sandbox.
pub fn clocks(connection: &mut Connection) -> QueryResult<Vec<(Centre, i64)>> {
    let rows = sandbox_clocks::table
        .order(sandbox_clocks::centre.asc())
        .select((sandbox_clocks::centre, sandbox_clocks::ahead))
        .load::<(String, i64)>(connection)?;
    rows.into_iter().map(|(centre, ahead)| Ok((parse("centre", &centre)?, ahead))).collect()
}

/// Whether nothing was ever put into this database that could be somebody's.
pub fn is_empty(connection: &mut Connection) -> QueryResult<bool> {
    let halls = departments::table.select(departments::centre).limit(1).load::<String>(connection)?;
    let days = calendar_days::table.select(calendar_days::centre).limit(1).load::<String>(connection)?;
    let events = events::table.select(events::centre).limit(1).load::<String>(connection)?;
    Ok(halls.is_empty() && days.is_empty() && events.is_empty())
}

/// Puts a centre's clock ahead of the machine's by `ahead` microseconds; false where it is further ahead already.
pub fn put_ahead(connection: &mut Connection, centre: Centre, ahead: i64) -> QueryResult<bool> {
    let moved = diesel::update(
        sandbox_clocks::table
            .filter(sandbox_clocks::centre.eq(centre.as_str()))
            .filter(sandbox_clocks::ahead.le(ahead)),
    )
    .set(sandbox_clocks::ahead.eq(ahead))
    .execute(connection)?;
    Ok(moved == 1 || open(connection, centre, ahead)?)
}

/// Makes a centre one of the sandbox; false where it is one already.
pub fn open(connection: &mut Connection, centre: Centre, ahead: i64) -> QueryResult<bool> {
    let row = (sandbox_clocks::centre.eq(centre.as_str()), sandbox_clocks::ahead.eq(ahead));
    let first = per_backend!(connection, |c| diesel::insert_into(sandbox_clocks::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(first == 1)
}
