//! 办不成事 as rows: the whole aggregate in `body`, and beside it the columns that lists filter and order by.

mod list;
mod write;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use escalation::{Impasse, Level, State};
use kernel::{Centre, EventId, Instant, Personal, StaffCode, access::Signature, id::ImpasseId};

pub use list::{Filter, Task, TaskKey, list, tasks};
pub use write::{insert, save};

use crate::{
    chain::Digest,
    connection::{Connection, MultiBackend},
    decode::{from_json, parse},
    parties::PartyKind,
    personal::PersonalText,
    schema::{impasse_disclosures, impasses, parties},
};

/// An impasse with what a view of it needs besides: the applicant's name, and the digest its next event links to.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub impasse: Impasse,
    pub head: Digest,
    pub applicant_kind: PartyKind,
    pub applicant_name: Personal<String>,
    /// When it wakes by itself, as stored.
    pub wake_at: Option<Instant>,
}

type LoadedRow = (String, String, String, PersonalText, Option<NaiveDateTime>);

fn loaded((body, head, kind, name, wake_at): LoadedRow) -> QueryResult<Loaded> {
    Ok(Loaded {
        impasse: from_json("impasse", &body)?,
        head: parse("digest", &head)?,
        applicant_kind: parse("party kind", &kind)?,
        applicant_name: name.open(),
        wake_at: wake_at.map(Instant::from_naive_utc),
    })
}

#[diesel::dsl::auto_type]
fn with_applicant() -> _ {
    impasses::table
        .inner_join(parties::table.on(parties::centre.eq(impasses::centre).and(parties::id.eq(impasses::applicant))))
}

/// One impasse by its id. Who may see it is asked of the one that comes back ([`kernel::access::Sight::covers`]).
pub fn load(connection: &mut Connection, centre: Centre, id: ImpasseId) -> QueryResult<Option<Loaded>> {
    with_applicant()
        .filter(impasses::centre.eq(centre.as_str()))
        .filter(impasses::id.eq(id.to_string()))
        .select((impasses::body, impasses::head, parties::kind, parties::name, impasses::wake_at))
        .get_result::<LoadedRow>(connection)
        .optional()?
        .map(loaded)
        .transpose()
}

/// What a system already brought in under this external number, if anything.
pub fn by_external_number(
    connection: &mut Connection,
    centre: Centre,
    client: &StaffCode,
    external_number: &str,
) -> QueryResult<Option<ImpasseId>> {
    impasses::table
        .filter(impasses::centre.eq(centre.as_str()))
        .filter(impasses::client.eq(client.as_str()))
        .filter(impasses::external_number.eq(external_number))
        .select(impasses::id)
        .get_result::<String>(connection)
        .optional()?
        .map(|id| parse("impasse id", id.as_str()))
        .transpose()
}

/// All of a state, and of a level where one is named, the oldest first: an agenda. Walks `impasses_by_state`; what waits
/// is never more than people can talk about.
pub fn in_state(
    connection: &mut Connection,
    centre: Centre,
    state: State,
    level: Option<Level>,
) -> QueryResult<Vec<Loaded>> {
    let mut query = with_applicant()
        .filter(impasses::centre.eq(centre.to_string()))
        .filter(impasses::state.eq(<&str>::from(state)))
        .into_boxed::<MultiBackend>();
    if let Some(level) = level {
        query = query.filter(impasses::level.eq(<&str>::from(level)));
    }
    query
        .order(impasses::id.asc())
        .select((impasses::body, impasses::head, parties::kind, parties::name, impasses::wake_at))
        .load::<LoadedRow>(connection)?
        .into_iter()
        .map(loaded)
        .collect()
}

/// Impasses whose time has come, the longest overdue first. Walks `impasses_by_wake`.
pub fn due(connection: &mut Connection, centre: Centre, now: Instant, limit: i64) -> QueryResult<Vec<ImpasseId>> {
    let ids = impasses::table
        .filter(impasses::centre.eq(centre.as_str()))
        .filter(impasses::wake_at.le(now.naive_utc()))
        .order((impasses::wake_at.asc(), impasses::id.asc()))
        .limit(limit)
        .select(impasses::id)
        .load::<String>(connection)?;
    ids.iter().map(|id| parse("impasse id", id)).collect()
}

/// Those with a limit that may still move, by id after `after`; of them those that name a member of staff, which are all that
/// can rest on them, and others. Walks the primary key; the closed ones are passed over.
pub fn open_after(
    connection: &mut Connection,
    centre: Centre,
    naming: Option<&StaffCode>,
    after: Option<ImpasseId>,
    limit: i64,
) -> QueryResult<Vec<ImpasseId>> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let mut query = impasses::table
        .filter(impasses::centre.eq(centre.to_string()))
        .filter(impasses::id.gt(after))
        .filter(impasses::state.ne(<&str>::from(State::ClosedOut)))
        .into_boxed::<MultiBackend>();
    if let Some(staff) = naming {
        // A code holds no `%`; its `_` lets others in at most.
        query = query.filter(impasses::body.like(format!("%\"{staff}\"%")));
    }
    let ids = query.order(impasses::id.asc()).limit(limit).select(impasses::id).load::<String>(connection)?;
    ids.iter().map(|id| parse("impasse id", id)).collect()
}

/// Puts on record that somebody read the applicant's data unmasked.
pub fn disclose(
    connection: &mut Connection,
    centre: Centre,
    impasse: ImpasseId,
    by: &Signature,
    now: Instant,
) -> QueryResult<()> {
    diesel::insert_into(impasse_disclosures::table)
        .values((
            impasse_disclosures::centre.eq(centre.as_str()),
            impasse_disclosures::id.eq(EventId::fresh(now).to_string()),
            impasse_disclosures::impasse.eq(impasse.to_string()),
            impasse_disclosures::actor_role.eq(by.role.to_string()),
            impasse_disclosures::actor.eq(&by.code),
            impasse_disclosures::at.eq(now.naive_utc()),
        ))
        .execute(connection)
        .map(drop)
}
