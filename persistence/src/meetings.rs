//! 部门协调会议 as rows, with what is on their agenda and which departments know of them.

use diesel::prelude::*;
use escalation::meeting::{Meeting, Recorded, State};
use kernel::{
    Centre,
    access::Sight,
    id::{ImpasseId, MeetingId},
};

use crate::{
    cases::Saved,
    chain::Digest,
    connection::{Connection, MultiBackend},
    decode::{from_json, parse, to_json, unsigned},
    record,
    schema::{meeting_departments, meeting_items, meetings},
};

/// A meeting with the digest that its next event links to.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub meeting: Meeting,
    pub head: Digest,
}

fn loaded((body, head): (String, String)) -> QueryResult<Loaded> {
    Ok(Loaded { meeting: from_json("meeting", &body)?, head: parse("digest", &head)? })
}

/// One meeting by its id. Who may see it is asked of the one that comes back ([`Meeting::is_in`]).
pub fn load(connection: &mut Connection, centre: Centre, id: MeetingId) -> QueryResult<Option<Loaded>> {
    meetings::table
        .filter(meetings::centre.eq(centre.as_str()))
        .filter(meetings::id.eq(id.to_string()))
        .select((meetings::body, meetings::head))
        .get_result::<(String, String)>(connection)
        .optional()?
        .map(loaded)
        .transpose()
}

/// A page of meetings, the newest first, before `before`, bound by the same predicate as [`Meeting::is_in`]. Walks the
/// primary key backwards; a department's are a range of the key of `meeting_departments`.
pub fn list(
    connection: &mut Connection,
    centre: Centre,
    sight: &Sight,
    before: Option<MeetingId>,
    limit: i64,
) -> QueryResult<Vec<Loaded>> {
    let mut query = meetings::table.filter(meetings::centre.eq(centre.to_string())).into_boxed::<MultiBackend>();
    query = match sight {
        Sight::Centre => query,
        Sight::Departments(departments) => {
            let departments: Vec<String> = departments.iter().map(ToString::to_string).collect();
            let known = meeting_departments::table
                .filter(meeting_departments::centre.eq(centre.to_string()))
                .filter(meeting_departments::department.eq_any(departments))
                .select(meeting_departments::meeting);
            query.filter(meetings::id.eq_any(known))
        }
        _ => query.filter(meetings::id.eq("")),
    };
    if let Some(before) = before {
        query = query.filter(meetings::id.lt(before.to_string()));
    }
    query
        .order(meetings::id.desc())
        .limit(limit)
        .select((meetings::body, meetings::head))
        .load::<(String, String)>(connection)?
        .into_iter()
        .map(loaded)
        .collect()
}

/// The meeting that an impasse waits for, if there is one. Walks `meeting_items_waiting`.
pub fn waited_for(connection: &mut Connection, centre: Centre, impasse: ImpasseId) -> QueryResult<Option<MeetingId>> {
    meeting_items::table
        .filter(meeting_items::centre.eq(centre.as_str()))
        .filter(meeting_items::impasse.eq(impasse.to_string()))
        // As the partial index has it: a value that is bound would not be known to be true.
        .filter(meeting_items::waits)
        .select(meeting_items::meeting)
        .get_result::<String>(connection)
        .optional()?
        .map(|id| parse("meeting id", &id))
        .transpose()
}

/// Stores a new meeting and its first event. An impasse that waits for another meeting is a duplicate.
pub fn insert(connection: &mut Connection, meeting: &Meeting, events: &[Recorded]) -> QueryResult<Digest> {
    let head = record::append(connection, meeting.centre, &meeting.id.to_string(), Digest::NONE, events)?;
    diesel::insert_into(meetings::table)
        .values((
            meetings::centre.eq(meeting.centre.as_str()),
            meetings::id.eq(meeting.id.to_string()),
            meetings::version.eq(unsigned::<_, i64>("version", meeting.version)?),
            meetings::state.eq(<&str>::from(meeting.state)),
            meetings::at.eq(meeting.at.naive_utc()),
            meetings::head.eq(head.to_string()),
            meetings::body.eq(to_json(meeting)?),
        ))
        .execute(connection)?;
    for impasse in &meeting.agenda {
        diesel::insert_into(meeting_items::table)
            .values((
                meeting_items::centre.eq(meeting.centre.as_str()),
                meeting_items::meeting.eq(meeting.id.to_string()),
                meeting_items::impasse.eq(impasse.to_string()),
                meeting_items::waits.eq(true),
            ))
            .execute(connection)?;
    }
    put_departments(connection, meeting)?;
    Ok(head)
}

/// Moves a meeting by compare-and-set on the version it was read at, and only then puts the events on the record.
pub fn save(
    connection: &mut Connection,
    before: &Loaded,
    meeting: &Meeting,
    events: &[Recorded],
) -> QueryResult<Saved> {
    let links = record::links(meeting.centre, &meeting.id.to_string(), before.head, events)?;
    let head = links.last().map_or(before.head, |(_, digest)| *digest);
    let moved = diesel::update(
        meetings::table
            .filter(meetings::centre.eq(meeting.centre.as_str()))
            .filter(meetings::id.eq(meeting.id.to_string()))
            .filter(meetings::version.eq(unsigned::<_, i64>("version", before.meeting.version)?)),
    )
    .set((
        meetings::version.eq(unsigned::<_, i64>("version", meeting.version)?),
        meetings::state.eq(<&str>::from(meeting.state)),
        meetings::at.eq(meeting.at.naive_utc()),
        meetings::head.eq(head.to_string()),
        meetings::body.eq(to_json(meeting)?),
    ))
    .execute(connection)?;
    if moved == 0 {
        return Ok(Saved::Stale);
    }
    record::insert(connection, links)?;
    if meeting.state != State::Called {
        diesel::update(
            meeting_items::table
                .filter(meeting_items::centre.eq(meeting.centre.as_str()))
                .filter(meeting_items::meeting.eq(meeting.id.to_string())),
        )
        .set(meeting_items::waits.eq(false))
        .execute(connection)?;
    }
    if meeting.departments() != before.meeting.departments() {
        put_departments(connection, meeting)?;
    }
    Ok(Saved::Done(head))
}

fn put_departments(connection: &mut Connection, meeting: &Meeting) -> QueryResult<()> {
    diesel::delete(
        meeting_departments::table
            .filter(meeting_departments::centre.eq(meeting.centre.as_str()))
            .filter(meeting_departments::meeting.eq(meeting.id.to_string())),
    )
    .execute(connection)?;
    for department in meeting.departments() {
        diesel::insert_into(meeting_departments::table)
            .values((
                meeting_departments::centre.eq(meeting.centre.as_str()),
                meeting_departments::department.eq(department.as_str()),
                meeting_departments::meeting.eq(meeting.id.to_string()),
            ))
            .execute(connection)?;
    }
    Ok(())
}
