//! 分类梳理会 as rows, one a week, and what they have before them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;
use diesel::prelude::*;
use escalation::{
    State, Week,
    triage::{self, Recorded, Session},
};
use kernel::{Centre, Instant, id::ImpasseId};

use crate::{
    cases::Saved,
    chain::Digest,
    connection::{Connection, MultiBackend},
    decode::{from_json, parse, to_json, unsigned},
    record,
    schema::{impasses, triage_sessions},
};

/// A session with the digest that its next event links to.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub session: Session,
    pub head: Digest,
}

fn loaded((body, head): (String, String)) -> QueryResult<Loaded> {
    Ok(Loaded { session: from_json("triage session", &body)?, head: parse("digest", &head)? })
}

/// The stream of a session's record.
pub fn stream(week: Week) -> String {
    format!("triage:{week}")
}

/// 待分类: what has no level yet, filed or not, and when it was registered, the oldest first. Walks `impasses_by_state`.
pub fn awaiting(connection: &mut Connection, centre: Centre) -> QueryResult<Vec<(ImpasseId, Instant)>> {
    let rows = impasses::table
        .filter(impasses::centre.eq(centre.as_str()))
        .filter(impasses::state.eq_any([State::Registered, State::Filed].map(<&str>::from)))
        .order(impasses::id.asc())
        .select((impasses::id, impasses::registered_at))
        .load::<(String, NaiveDateTime)>(connection)?;
    let row = |(id, at): (String, NaiveDateTime)| Ok((parse("impasse id", &id)?, Instant::from_naive_utc(at)));
    rows.into_iter().map(row).collect()
}

/// Of these weeks on, those that need no alarm any more: held, or noted as missed. Walks the primary key.
pub fn settled_since(connection: &mut Connection, centre: Centre, first: Week) -> QueryResult<BTreeSet<Week>> {
    let weeks = triage_sessions::table
        .filter(triage_sessions::centre.eq(centre.as_str()))
        .filter(triage_sessions::week.ge(first.to_string()))
        .filter(triage_sessions::state.ne(<&str>::from(triage::State::Open)))
        .select(triage_sessions::week)
        .load::<String>(connection)?;
    weeks.iter().map(|week| parse("week", week)).collect()
}

/// 进行中: the weeks whose session was opened, and neither held nor noted as missed. Walks `triage_sessions_by_state`.
pub fn opened(connection: &mut Connection, centre: Centre) -> QueryResult<Vec<Week>> {
    let weeks = triage_sessions::table
        .filter(triage_sessions::centre.eq(centre.as_str()))
        .filter(triage_sessions::state.eq(<&str>::from(triage::State::Open)))
        .select(triage_sessions::week)
        .load::<String>(connection)?;
    weeks.iter().map(|week| parse("week", week)).collect()
}

/// What people call an impasse.
#[derive(Clone, Debug)]
pub struct Named {
    pub number: Option<String>,
    pub subject: String,
}

/// These impasses by number and subject, for whoever lists them. By the primary key.
pub fn named(
    connection: &mut Connection,
    centre: Centre,
    ids: impl IntoIterator<Item = ImpasseId>,
) -> QueryResult<BTreeMap<ImpasseId, Named>> {
    let ids: Vec<String> = ids.into_iter().map(|id| id.to_string()).collect();
    let rows = impasses::table
        .filter(impasses::centre.eq(centre.to_string()))
        .filter(impasses::id.eq_any(ids))
        .select((impasses::id, impasses::number, impasses::subject))
        .load::<(String, Option<String>, String)>(connection)?;
    let named = |(id, number, subject): (String, Option<String>, String)| {
        Ok((parse("impasse id", &id)?, Named { number, subject }))
    };
    rows.into_iter().map(named).collect()
}

/// The session of a week, if there is one.
pub fn load(connection: &mut Connection, centre: Centre, week: Week) -> QueryResult<Option<Loaded>> {
    triage_sessions::table
        .filter(triage_sessions::centre.eq(centre.as_str()))
        .filter(triage_sessions::week.eq(week.to_string()))
        .select((triage_sessions::body, triage_sessions::head))
        .get_result::<(String, String)>(connection)
        .optional()?
        .map(loaded)
        .transpose()
}

/// A page of sessions, the newest week first, before `before`. Walks the primary key backwards.
pub fn list(connection: &mut Connection, centre: Centre, before: Option<Week>, limit: i64) -> QueryResult<Vec<Loaded>> {
    let mut query =
        triage_sessions::table.filter(triage_sessions::centre.eq(centre.to_string())).into_boxed::<MultiBackend>();
    if let Some(before) = before {
        query = query.filter(triage_sessions::week.lt(before.to_string()));
    }
    query
        .order(triage_sessions::week.desc())
        .limit(limit)
        .select((triage_sessions::body, triage_sessions::head))
        .load::<(String, String)>(connection)?
        .into_iter()
        .map(loaded)
        .collect()
}

/// Stores a new session and its first event. A week that has one already is a duplicate.
pub fn insert(connection: &mut Connection, session: &Session, events: &[Recorded]) -> QueryResult<Digest> {
    let head = record::append(connection, session.centre, &stream(session.week), Digest::NONE, events)?;
    diesel::insert_into(triage_sessions::table)
        .values((
            triage_sessions::centre.eq(session.centre.as_str()),
            triage_sessions::week.eq(session.week.to_string()),
            triage_sessions::version.eq(unsigned::<_, i64>("version", session.version)?),
            triage_sessions::state.eq(<&str>::from(session.state)),
            triage_sessions::head.eq(head.to_string()),
            triage_sessions::body.eq(to_json(session)?),
        ))
        .execute(connection)?;
    Ok(head)
}

/// Moves a session by compare-and-set on the version it was read at, and only then puts the events on the record.
pub fn save(
    connection: &mut Connection,
    before: &Loaded,
    session: &Session,
    events: &[Recorded],
) -> QueryResult<Saved> {
    let links = record::links(session.centre, &stream(session.week), before.head, events)?;
    let head = links.last().map_or(before.head, |(_, digest)| *digest);
    let moved = diesel::update(
        triage_sessions::table
            .filter(triage_sessions::centre.eq(session.centre.as_str()))
            .filter(triage_sessions::week.eq(session.week.to_string()))
            .filter(triage_sessions::version.eq(unsigned::<_, i64>("version", before.session.version)?)),
    )
    .set((
        triage_sessions::version.eq(unsigned::<_, i64>("version", session.version)?),
        triage_sessions::state.eq(<&str>::from(session.state)),
        triage_sessions::head.eq(head.to_string()),
        triage_sessions::body.eq(to_json(session)?),
    ))
    .execute(connection)?;
    if moved == 0 {
        return Ok(Saved::Stale);
    }
    record::insert(connection, links)?;
    Ok(Saved::Done(head))
}
