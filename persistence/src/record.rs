//! The record: append-only, hash-chained per stream. The stream of a case or an impasse is its id; registers have streams of their own.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::{dsl::max, prelude::*};
use kernel::{Centre, EventId, Fact, Instant, Recorded, access::Signature};

use crate::{
    chain::{self, Digest},
    connection::{Connection, MultiBackend},
    decode::{from_json, parse, to_json, unsigned},
    feed,
    schema::events,
    trace,
};

/// An event ready to be stored: encoded, numbered, linked to the one before.
#[derive(Clone, Debug, Insertable, Queryable, Selectable)]
// So that the text of the insert does not depend on what is there, and Diesel need not write it anew each time.
#[diesel(table_name = events, treat_none_as_default_value = false)]
pub(crate) struct Link {
    pub(crate) centre: String,
    pub(crate) stream: String,
    pub(crate) version: i64,
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) at: NaiveDateTime,
    pub(crate) actor_role: String,
    pub(crate) actor: String,
    pub(crate) body: String,
    pub(crate) digest: String,
    pub(crate) trace: Option<String>,
    pub(crate) tracestate: Option<String>,
    pub(crate) acted_through: Option<String>,
}

impl Link {
    /// What the digest should be after `previous`.
    fn after(&self, previous: &Digest) -> QueryResult<Digest> {
        let mut actor = format!("{}:{}", self.actor_role, self.actor);
        // What was recorded before anybody was recorded with it is covered as it was.
        if let Some(through) = &self.acted_through {
            actor = format!("{actor}:{through}");
        }
        let entry = chain::Entry {
            centre: parse("centre", &self.centre)?,
            stream: &self.stream,
            version: unsigned("version", self.version)?,
            kind: &self.kind,
            at: Instant::from_naive_utc(self.at),
            actor: &actor,
            body: self.body.as_bytes(),
        };
        Ok(chain::link(previous, &entry))
    }
}

/// The events of an aggregate as links that continue from `head`.
pub(crate) fn links<E: Fact>(
    centre: Centre,
    stream: &str,
    head: Digest,
    recorded: &[Recorded<E>],
) -> QueryResult<Vec<(Link, Digest)>> {
    let mut previous = head;
    let link = |recorded: &Recorded<E>| {
        let body = to_json(&recorded.event)?;
        let link = linked(
            centre,
            stream,
            recorded.version,
            recorded.event.kind(),
            recorded.at,
            &recorded.by,
            body,
            &previous,
        )?;
        previous = link.1;
        Ok(link)
    };
    recorded.iter().map(link).collect()
}

#[expect(clippy::too_many_arguments, reason = "the columns of a link, each once")]
fn linked(
    centre: Centre,
    stream: &str,
    version: u64,
    kind: &str,
    at: Instant,
    by: &Signature,
    body: String,
    previous: &Digest,
) -> QueryResult<(Link, Digest)> {
    let trace = trace::current();
    let mut link = Link {
        centre: centre.to_string(),
        stream: stream.to_owned(),
        version: unsigned("version", version)?,
        id: EventId::fresh(at).to_string(),
        kind: kind.to_owned(),
        at: at.naive_utc(),
        actor_role: by.role.to_string(),
        actor: by.code.clone(),
        body,
        digest: String::new(),
        trace: trace.as_ref().map(|trace| trace.parent.to_string()),
        tracestate: trace.and_then(|trace| trace.state).map(|state| state.to_string()),
        acted_through: by.through.as_ref().map(to_json).transpose()?,
    };
    let digest = link.after(previous)?;
    link.digest = digest.to_string();
    Ok((link, digest))
}

pub(crate) fn insert(connection: &mut Connection, links: Vec<(Link, Digest)>) -> QueryResult<()> {
    // On a concrete connection Diesel knows the prepared statement by its type, without writing its text.
    match connection {
        Connection::Sqlite(c) => {
            let Some((first, _)) = links.first() else { return Ok(()) };
            let mut seq = feed::last_on(c, &first.centre)?;
            for (link, _) in links {
                seq += 1;
                diesel::insert_into(events::table).values((link, events::seq.eq(seq))).execute(c)?;
            }
        }
        Connection::Postgres(c) => {
            for (link, _) in links {
                diesel::insert_into(events::table).values(link).execute(c)?;
            }
        }
    }
    Ok(())
}

/// Appends events of an aggregate after `head`; returns the new head.
pub(crate) fn append<E: Fact>(
    connection: &mut Connection,
    centre: Centre,
    stream: &str,
    head: Digest,
    recorded: &[Recorded<E>],
) -> QueryResult<Digest> {
    let links = links(centre, stream, head, recorded)?;
    let head = links.last().map_or(head, |(_, digest)| *digest);
    insert(connection, links)?;
    Ok(head)
}

/// Appends an act of administration to the stream of a register (`catalog`, `postings`, `calendar`). Programs do so by
/// [`Tx::note`](crate::Tx::note), which knows what it means that another process was faster.
pub fn note(
    connection: &mut Connection,
    centre: Centre,
    register: &str,
    kind: &str,
    at: Instant,
    by: &Signature,
    body: &serde_json::Value,
) -> QueryResult<()> {
    let newest = events::table
        .filter(events::centre.eq(centre.as_str()))
        .filter(events::stream.eq(register))
        .order(events::version.desc())
        .select((events::version, events::digest))
        .first::<(i64, String)>(connection)
        .optional()?;
    let (version, head) = match newest {
        Some((version, digest)) => (unsigned("version", version)?, parse("digest", &digest)?),
        None => (0, Digest::NONE),
    };
    insert(connection, vec![linked(centre, register, version + 1, kind, at, by, to_json(body)?, &head)?])
}

/// What was put into a stream last. Walks the primary key.
pub fn last_kind(connection: &mut Connection, centre: Centre, stream: &str) -> QueryResult<Option<String>> {
    events::table
        .filter(events::centre.eq(centre.as_str()))
        .filter(events::stream.eq(stream))
        .order(events::version.desc())
        .select(events::kind)
        .first::<String>(connection)
        .optional()
}

/// Whether the newest entry of these streams was made on a day: then whoever has the version that it made has read it on
/// that day or later. Walks the primary key.
pub fn is_of_day(connection: &mut Connection, centre: Centre, streams: &[String], day: NaiveDate) -> QueryResult<bool> {
    let newest = events::table
        .filter(events::centre.eq(centre.as_str()))
        .filter(events::stream.eq_any(streams))
        .select(max(events::at))
        .get_result::<Option<NaiveDateTime>>(connection)?;
    Ok(newest.is_some_and(|at| Instant::from_naive_utc(at).day() == day))
}

/// An entry of an aggregate's record as it is read back.
#[derive(Clone, Debug)]
pub struct Entry<E> {
    pub id: EventId,
    pub digest: String,
    pub recorded: Recorded<E>,
}

/// A page of an aggregate's record, oldest first, after a version. Walks the primary key.
pub fn timeline<E: Fact>(
    connection: &mut Connection,
    centre: Centre,
    stream: &str,
    after: u64,
    limit: i64,
) -> QueryResult<Vec<Entry<E>>> {
    timeline_without(connection, centre, stream, &[], after, limit)
}

/// As [`timeline`], but for events of these kinds.
pub fn timeline_without<E: Fact>(
    connection: &mut Connection,
    centre: Centre,
    stream: &str,
    kinds: &[&str],
    after: u64,
    limit: i64,
) -> QueryResult<Vec<Entry<E>>> {
    let links = page(connection, centre, stream, kinds, after, limit)?;
    links.into_iter().map(entry).collect()
}

/// The whole records of several aggregates, each oldest first; of those that have none, nothing. `until` leaves out what
/// happened then or later. Walks the primary key.
pub(crate) fn whole<E: Fact>(
    connection: &mut Connection,
    centre: Centre,
    streams: &[String],
    until: Option<Instant>,
) -> QueryResult<BTreeMap<String, Vec<Recorded<E>>>> {
    if streams.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut query = events::table
        .filter(events::centre.eq(centre.to_string()))
        .filter(events::stream.eq_any(streams.to_vec()))
        .into_boxed::<MultiBackend>();
    if let Some(until) = until {
        query = query.filter(events::at.lt(until.naive_utc()));
    }
    let links = query
        .select(Link::as_select())
        .order((events::stream.asc(), events::version.asc()))
        .load::<Link>(connection)?;
    let mut records = BTreeMap::<String, Vec<Recorded<E>>>::new();
    for link in links {
        let stream = link.stream.clone();
        records.entry(stream).or_default().push(entry(link)?.recorded);
    }
    Ok(records)
}

/// The record of one aggregate as it stood at `until`, oldest first: without what happened then or later. Walks the primary
/// key.
pub fn until<E: Fact>(
    connection: &mut Connection,
    centre: Centre,
    stream: &str,
    until: Instant,
) -> QueryResult<Vec<Recorded<E>>> {
    let mut records = whole(connection, centre, &[stream.to_owned()], Some(until))?;
    Ok(records.remove(stream).unwrap_or_default())
}

/// When an aggregate began; None where there is nothing of it. By the primary key.
pub fn began(connection: &mut Connection, centre: Centre, stream: &str) -> QueryResult<Option<Instant>> {
    let first = events::table
        .filter(events::centre.eq(centre.as_str()))
        .filter(events::stream.eq(stream))
        .filter(events::version.eq(1))
        .select(events::at)
        .get_result::<NaiveDateTime>(connection)
        .optional()?;
    Ok(first.map(Instant::from_naive_utc))
}

fn page(
    connection: &mut Connection,
    centre: Centre,
    stream: &str,
    without: &[&str],
    after: u64,
    limit: i64,
) -> QueryResult<Vec<Link>> {
    let mut query = events::table
        .filter(events::centre.eq(centre.to_string()))
        .filter(events::stream.eq(stream.to_owned()))
        .filter(events::version.gt(unsigned::<_, i64>("version", after)?))
        .into_boxed::<MultiBackend>();
    for kind in without {
        query = query.filter(events::kind.ne((*kind).to_owned()));
    }
    query.order(events::version.asc()).limit(limit).select(Link::as_select()).load::<Link>(connection)
}

fn entry<E: Fact>(link: Link) -> QueryResult<Entry<E>> {
    let event: E = from_json("event", &link.body)?;
    let through = link.acted_through.as_deref().map(|through| from_json("acted_through", through)).transpose()?;
    let by = Signature { role: parse("role", &link.actor_role)?, code: link.actor, through };
    let recorded =
        Recorded { version: unsigned("version", link.version)?, at: Instant::from_naive_utc(link.at), by, event };
    Ok(Entry { id: parse("event id", &link.id)?, digest: link.digest, recorded })
}

/// What a verification of a stream found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    pub events: u64,
    pub head: Digest,
    /// The first version at which a number is missing, a link does not continue, or a digest does not fit.
    pub broken_at: Option<u64>,
}

const VERIFY_PAGE: i64 = 500;

/// Walks a stream from its beginning and recomputes every digest.
pub fn verify(connection: &mut Connection, centre: Centre, stream: &str) -> QueryResult<Verification> {
    let mut found = Verification { events: 0, head: Digest::NONE, broken_at: None };
    loop {
        let links = page(connection, centre, stream, &[], found.events, VERIFY_PAGE)?;
        let last_page = i64::try_from(links.len()).is_ok_and(|length| length < VERIFY_PAGE);
        for link in links {
            let version: u64 = unsigned("version", link.version)?;
            let digest = link.after(&found.head)?;
            if version != found.events + 1 || link.digest != digest.to_string() {
                found.broken_at = Some(found.events + 1);
                return Ok(found);
            }
            found.events = version;
            found.head = digest;
        }
        if last_page {
            return Ok(found);
        }
    }
}
