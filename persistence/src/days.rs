//! The working calendar of a centre: overrides over Monday to Friday.

use diesel::prelude::*;
use kernel::{
    Calendar, Centre,
    calendar::{Arrangement, Override},
};

use crate::{connection::Connection, decode::parse, schema::calendar_days};

/// The calendar in force; None where none was ever imported.
pub fn load(connection: &mut Connection, centre: Centre) -> QueryResult<Option<Calendar>> {
    let rows = calendar_days::table
        .filter(calendar_days::centre.eq(centre.as_str()))
        .order(calendar_days::day.asc())
        .select((calendar_days::day, calendar_days::kind, calendar_days::name))
        .load::<(chrono::NaiveDate, String, String)>(connection)?;
    if rows.is_empty() {
        return Ok(None);
    }
    let day = |(date, kind, name): (chrono::NaiveDate, String, String)| {
        Ok(Override { date, kind: parse("arrangement", &kind)?, name: name.into() })
    };
    rows.into_iter().map(day).collect::<QueryResult<Calendar>>().map(Some)
}

/// Puts an edition in the place of what is there.
pub fn replace(connection: &mut Connection, centre: Centre, calendar: &Calendar) -> QueryResult<()> {
    diesel::delete(calendar_days::table.filter(calendar_days::centre.eq(centre.as_str()))).execute(connection)?;
    for Override { date, kind, name } in calendar.overrides() {
        diesel::insert_into(calendar_days::table)
            .values((
                calendar_days::centre.eq(centre.as_str()),
                calendar_days::day.eq(date),
                calendar_days::kind.eq(Arrangement::as_str(*kind)),
                calendar_days::name.eq(name.as_ref()),
            ))
            .execute(connection)?;
    }
    Ok(())
}
