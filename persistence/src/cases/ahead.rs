//! What the writes of a batch read first, fetched in one round trip. On PostgreSQL; SQLite has none to save.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;
use kernel::{CaseId, Centre};

use super::{Loaded, LoadedRow, loaded, with_applicant};
use crate::{
    Connection,
    decode::parse,
    schema::{cases, parties},
};

/// Cases as they were before the batch, each for the first that asks: whoever comes after it is to see what it did.
#[derive(Default)]
pub(crate) struct Ahead(HashMap<(Centre, CaseId), LoadedRow>);

impl Ahead {
    pub(crate) fn fetch(
        connection: &mut Connection,
        wanted: impl Iterator<Item = (Centre, CaseId)>,
    ) -> QueryResult<Self> {
        let Connection::Postgres(c) = connection else { return Ok(Self::default()) };
        let mut ids: BTreeMap<Centre, BTreeSet<String>> = BTreeMap::new();
        for (centre, id) in wanted {
            ids.entry(centre).or_default().insert(id.to_string());
        }
        let mut rows = HashMap::new();
        for (centre, ids) in ids.into_iter().filter(|(_, ids)| ids.len() > 1) {
            let fetched = with_applicant()
                .filter(cases::centre.eq(centre.as_str()))
                .filter(cases::id.eq_any(ids))
                .select((cases::id, (cases::body, cases::head, parties::kind, parties::name, cases::wake_at)))
                .load::<(String, LoadedRow)>(c)?;
            for (id, row) in fetched {
                rows.insert((centre, parse("case id", &id)?), row);
            }
        }
        Ok(Self(rows))
    }

    pub(crate) fn take(&mut self, centre: Centre, id: CaseId) -> Option<QueryResult<Loaded>> {
        self.0.remove(&(centre, id)).map(loaded)
    }
}
