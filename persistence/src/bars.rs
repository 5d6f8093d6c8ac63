//! Applicants who broke a commitment (告知承诺, rule L13) and may not use one again.

use chrono::NaiveDate;
use diesel::prelude::*;
use kernel::{CaseId, Centre, PartyId};

use crate::{connection::Connection, per_backend, schema::bars};

/// Bars an applicant for what came out in a case; a second time changes nothing.
pub fn add(
    connection: &mut Connection,
    centre: Centre,
    party: PartyId,
    case: CaseId,
    since: NaiveDate,
) -> QueryResult<()> {
    let row = (
        bars::centre.eq(centre.as_str()),
        bars::party.eq(party.to_string()),
        bars::case_id.eq(case.to_string()),
        bars::since.eq(since),
    );
    per_backend!(connection, |c| diesel::insert_into(bars::table).values(row).on_conflict_do_nothing().execute(c))
        .map(drop)
}

/// Whether an applicant is barred in this centre.
pub fn is_barred(connection: &mut Connection, centre: Centre, party: PartyId) -> QueryResult<bool> {
    let bars = bars::table
        .filter(bars::centre.eq(centre.as_str()))
        .filter(bars::party.eq(party.to_string()))
        .select(bars::since)
        .limit(1)
        .load::<NaiveDate>(connection)?;
    Ok(!bars.is_empty())
}
