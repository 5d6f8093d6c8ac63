//! 每月提交市政府 as rows, one a month, and the packets that were frozen for them.

use diesel::prelude::*;
use escalation::submission::{Month, Recorded, State, Submission};
use kernel::{Centre, Instant};

use crate::{
    cases::Saved,
    chain::Digest,
    connection::{Connection, MultiBackend},
    decode::{from_json, parse, to_json, unsigned},
    record,
    schema::{submission_packets, submissions},
};

/// A submission with the digest that its next event links to.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub submission: Submission,
    pub head: Digest,
}

fn loaded((body, head): (String, String)) -> QueryResult<Loaded> {
    Ok(Loaded { submission: from_json("submission", &body)?, head: parse("digest", &head)? })
}

/// The stream of a submission's record.
pub fn stream(month: Month) -> String {
    format!("submission:{month}")
}

/// The submission of a month, if there is one.
pub fn load(connection: &mut Connection, centre: Centre, month: Month) -> QueryResult<Option<Loaded>> {
    submissions::table
        .filter(submissions::centre.eq(centre.as_str()))
        .filter(submissions::month.eq(month.to_string()))
        .select((submissions::body, submissions::head))
        .get_result::<(String, String)>(connection)
        .optional()?
        .map(loaded)
        .transpose()
}

/// A page of submissions, the newest month first, before `before`. Walks the primary key backwards.
pub fn list(
    connection: &mut Connection,
    centre: Centre,
    before: Option<Month>,
    limit: i64,
) -> QueryResult<Vec<Loaded>> {
    let mut query = submissions::table.filter(submissions::centre.eq(centre.to_string())).into_boxed::<MultiBackend>();
    if let Some(before) = before {
        query = query.filter(submissions::month.lt(before.to_string()));
    }
    query
        .order(submissions::month.desc())
        .limit(limit)
        .select((submissions::body, submissions::head))
        .load::<(String, String)>(connection)?
        .into_iter()
        .map(loaded)
        .collect()
}

/// Those of a month and of the ones after it. Walks the primary key.
pub fn since(connection: &mut Connection, centre: Centre, first: Month) -> QueryResult<Vec<Loaded>> {
    submissions::table
        .filter(submissions::centre.eq(centre.as_str()))
        .filter(submissions::month.ge(first.to_string()))
        .order(submissions::month.asc())
        .select((submissions::body, submissions::head))
        .load::<(String, String)>(connection)?
        .into_iter()
        .map(loaded)
        .collect()
}

/// 已定稿未提交: packets on their way. A handful at most; walks the primary key.
pub fn frozen(connection: &mut Connection, centre: Centre) -> QueryResult<Vec<Loaded>> {
    submissions::table
        .filter(submissions::centre.eq(centre.as_str()))
        .filter(submissions::state.eq(<&str>::from(State::Frozen)))
        .order(submissions::month.asc())
        .select((submissions::body, submissions::head))
        .load::<(String, String)>(connection)?
        .into_iter()
        .map(loaded)
        .collect()
}

/// Stores a new submission and its first event. A month that has one already is a duplicate.
pub fn insert(connection: &mut Connection, submission: &Submission, events: &[Recorded]) -> QueryResult<Digest> {
    let head = record::append(connection, submission.centre, &stream(submission.month), Digest::NONE, events)?;
    diesel::insert_into(submissions::table)
        .values((
            submissions::centre.eq(submission.centre.as_str()),
            submissions::month.eq(submission.month.to_string()),
            submissions::version.eq(unsigned::<_, i64>("version", submission.version)?),
            submissions::state.eq(<&str>::from(submission.state)),
            submissions::head.eq(head.to_string()),
            submissions::body.eq(to_json(submission)?),
        ))
        .execute(connection)?;
    Ok(head)
}

/// Stores the packet of a month, for good, before the submission names it.
pub fn keep_packet(
    connection: &mut Connection,
    centre: Centre,
    month: Month,
    digest: Digest,
    frozen_at: Instant,
    packet: &str,
) -> QueryResult<()> {
    diesel::insert_into(submission_packets::table)
        .values((
            submission_packets::centre.eq(centre.as_str()),
            submission_packets::month.eq(month.to_string()),
            submission_packets::digest.eq(digest.to_string()),
            submission_packets::frozen_at.eq(frozen_at.naive_utc()),
            submission_packets::packet.eq(packet),
        ))
        .execute(connection)
        .map(drop)
}

/// The packet of a month as it was frozen, byte for byte.
pub fn packet(connection: &mut Connection, centre: Centre, month: Month) -> QueryResult<Option<String>> {
    submission_packets::table
        .filter(submission_packets::centre.eq(centre.as_str()))
        .filter(submission_packets::month.eq(month.to_string()))
        .select(submission_packets::packet)
        .get_result(connection)
        .optional()
}

/// Moves a submission by compare-and-set on the version it was read at, and only then puts the events on the record.
pub fn save(
    connection: &mut Connection,
    before: &Loaded,
    submission: &Submission,
    events: &[Recorded],
) -> QueryResult<Saved> {
    let links = record::links(submission.centre, &stream(submission.month), before.head, events)?;
    let head = links.last().map_or(before.head, |(_, digest)| *digest);
    let moved = diesel::update(
        submissions::table
            .filter(submissions::centre.eq(submission.centre.as_str()))
            .filter(submissions::month.eq(submission.month.to_string()))
            .filter(submissions::version.eq(unsigned::<_, i64>("version", before.submission.version)?)),
    )
    .set((
        submissions::version.eq(unsigned::<_, i64>("version", submission.version)?),
        submissions::state.eq(<&str>::from(submission.state)),
        submissions::digest.eq(submission.frozen.as_ref().map(|frozen| frozen.digest.clone())),
        submissions::number.eq(submission.submitted.as_ref().map(|submitted| submitted.number.to_string())),
        submissions::head.eq(head.to_string()),
        submissions::body.eq(to_json(submission)?),
    ))
    .execute(connection)?;
    if moved == 0 {
        return Ok(Saved::Stale);
    }
    record::insert(connection, links)?;
    Ok(Saved::Done(head))
}
