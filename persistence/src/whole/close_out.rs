//! 无依据的销号: what a dump may claim, and its record does not bear out (clause D5-2).

use diesel::{RunQueryDsl as _, sql_query};
use escalation::{Event, Impasse, State};
use kernel::Centre;

use super::{Line, WholeError};
use crate::{Connection, StoreError, decode::parse, impasses, record};

/// Impasses that stand closed out, in the list or in themselves, although their record, whole, does not end so. Each by its
/// centre and id.
///
/// # Errors
/// Those of the database.
pub fn closed_without_ground(connection: &mut Connection) -> Result<Vec<String>, WholeError> {
    let query = "SELECT centre || ' ' || id AS line FROM impasses \
                 WHERE state = 'closed_out' OR body LIKE '%\"state\":\"closed_out\"%' ORDER BY 1";
    let claimed: Vec<Line> = sql_query(query).load(connection)?;
    let mut groundless = Vec::new();
    for Line { line } in claimed {
        let Some((centre, id)) = line.split_once(' ') else { continue };
        let centre: Centre = parse("centre", centre).map_err(StoreError::from)?;
        let stored = impasses::load(connection, centre, parse("impasse id", id).map_err(StoreError::from)?)?;
        let is_whole = record::verify(connection, centre, id)?.broken_at.is_none();
        let mut records = record::whole::<Event>(connection, centre, &[id.to_owned()], None)?;
        let told = Impasse::fold(&records.remove(id).unwrap_or_default());
        let ends = [stored.map(|stored| stored.impasse.state), told.map(|told| told.state)];
        if !is_whole || ends != [Some(State::ClosedOut); 2] {
            groundless.push(line);
        }
    }
    Ok(groundless)
}
