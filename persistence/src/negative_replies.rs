//! 否定答复 as rows (clauses D1-2, D7-1).

use std::cmp::Reverse;

use diesel::prelude::*;
use escalation::negative::{NegativeReply, Recorded};
use kernel::{Centre, PartyId, Personal, access::Sight, id::NegativeReplyId};

use crate::{
    cases::Saved,
    chain::Digest,
    connection::{Connection, MultiBackend},
    decode::{from_json, parse, to_json, unsigned},
    page::Paged as _,
    parties::PartyKind,
    personal::PersonalText,
    record,
    schema::{negative_replies, parties},
};

/// A negative reply with what a view of it needs besides: the applicant's name, and the digest its next event links to.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub reply: NegativeReply,
    pub head: Digest,
    pub applicant_kind: PartyKind,
    pub applicant_name: Personal<String>,
}

type Row = (String, String, String, PersonalText);

fn loaded((body, head, kind, name): Row) -> QueryResult<Loaded> {
    Ok(Loaded {
        reply: from_json("negative reply", &body)?,
        head: parse("digest", &head)?,
        applicant_kind: parse("party kind", &kind)?,
        applicant_name: name.open(),
    })
}

#[diesel::dsl::auto_type]
fn with_applicant() -> _ {
    negative_replies::table.inner_join(
        parties::table
            .on(parties::centre.eq(negative_replies::centre).and(parties::id.eq(negative_replies::applicant))),
    )
}

/// One by its id. Who may see it is asked of the one that comes back.
pub fn load(connection: &mut Connection, centre: Centre, id: NegativeReplyId) -> QueryResult<Option<Loaded>> {
    with_applicant()
        .filter(negative_replies::centre.eq(centre.as_str()))
        .filter(negative_replies::id.eq(id.to_string()))
        .select((negative_replies::body, negative_replies::head, parties::kind, parties::name))
        .get_result::<Row>(connection)
        .optional()?
        .map(loaded)
        .transpose()
}

/// What a list may be narrowed by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// 登记编号
    pub number: Option<String>,
    /// Whether it became an impasse.
    pub turned: Option<bool>,
}

/// Whose, of the ways to see one: each is a walk along an index.
enum Within {
    Centre,
    At(Vec<String>),
    KnownAt(Vec<String>),
    Of(PartyId),
}

/// A page of those the caller can see, newest first, before `before`. Walks the primary key, or the indexes of the
/// applicant, the window and the fallback window; of a number, the key of the numbers.
pub fn list(
    connection: &mut Connection,
    centre: Centre,
    sight: &Sight,
    filter: &Filter,
    before: Option<NegativeReplyId>,
    limit: i64,
) -> QueryResult<Vec<Loaded>> {
    let mut page = |within| page(connection, centre, within, filter, before, limit);
    match sight {
        Sight::Centre => page(Within::Centre),
        Sight::Applicant(party) => page(Within::Of(*party)),
        Sight::Windows(windows) => {
            let windows: Vec<String> = windows.iter().map(ToString::to_string).collect();
            // Either condition has an index that is in order; both in one statement have none.
            let mut found = page(Within::At(windows.clone()))?;
            found.extend(page(Within::KnownAt(windows))?);
            found.sort_unstable_by_key(|loaded| Reverse(loaded.reply.given.id));
            found.dedup_by_key(|loaded| loaded.reply.given.id);
            found.truncate(usize::try_from(limit).unwrap_or(0));
            Ok(found)
        }
        Sight::Nothing | Sight::Departments(_) | Sight::Client(_) => Ok(Vec::new()),
    }
}

fn page(
    connection: &mut Connection,
    centre: Centre,
    within: Within,
    filter: &Filter,
    before: Option<NegativeReplyId>,
    limit: i64,
) -> QueryResult<Vec<Loaded>> {
    let query = with_applicant().into_boxed::<MultiBackend>().filter(negative_replies::centre.eq(centre.to_string()));
    let mut query = match within {
        Within::Centre => query,
        Within::At(windows) => query.filter(negative_replies::window_code.eq_any(windows)),
        Within::KnownAt(windows) => query.filter(negative_replies::fallback.eq_any(windows)),
        Within::Of(party) => query.filter(negative_replies::applicant.eq(party.to_string())),
    };
    if let Some(number) = &filter.number {
        query = query.filter(negative_replies::number.eq(number.clone()));
    }
    query = match filter.turned {
        None => query,
        Some(true) => query.filter(negative_replies::impasse.is_not_null()),
        Some(false) => query.filter(negative_replies::impasse.is_null()),
    };
    if let Some(before) = before {
        query = query.filter(negative_replies::id.lt(before.to_string()));
    }
    query
        .order(negative_replies::id.desc())
        .select((negative_replies::body, negative_replies::head, parties::kind, parties::name))
        .page(limit)
        .load::<Row>(connection)?
        .into_iter()
        .take(usize::try_from(limit).unwrap_or(0))
        .map(loaded)
        .collect()
}

/// Stores a new one and its first event.
pub fn insert(connection: &mut Connection, reply: &NegativeReply, events: &[Recorded]) -> QueryResult<Digest> {
    let given = &reply.given;
    let head = record::append(connection, given.centre, &given.id.to_string(), Digest::NONE, events)?;
    diesel::insert_into(negative_replies::table)
        .values((
            negative_replies::centre.eq(given.centre.as_str()),
            negative_replies::id.eq(given.id.to_string()),
            negative_replies::number.eq(given.number.to_string()),
            negative_replies::version.eq(unsigned::<_, i64>("version", reply.version)?),
            negative_replies::window_code.eq(given.window.as_str()),
            negative_replies::fallback.eq(given.fallback.as_str()),
            negative_replies::applicant.eq(given.applicant.to_string()),
            negative_replies::case_id.eq(given.case.map(|case| case.to_string())),
            negative_replies::head.eq(head.to_string()),
            negative_replies::body.eq(to_json(reply)?),
        ))
        .execute(connection)?;
    Ok(head)
}

/// Moves one by compare-and-set on the version it was read at, and only then puts the events on the record.
pub fn save(
    connection: &mut Connection,
    before: &Loaded,
    reply: &NegativeReply,
    events: &[Recorded],
) -> QueryResult<Saved> {
    let (centre, id) = (reply.given.centre, reply.given.id.to_string());
    let links = record::links(centre, &id, before.head, events)?;
    let head = links.last().map_or(before.head, |(_, digest)| *digest);
    let moved = diesel::update(
        negative_replies::table
            .filter(negative_replies::centre.eq(centre.as_str()))
            .filter(negative_replies::id.eq(&id))
            .filter(negative_replies::version.eq(unsigned::<_, i64>("version", before.reply.version)?)),
    )
    .set((
        negative_replies::version.eq(unsigned::<_, i64>("version", reply.version)?),
        negative_replies::impasse.eq(reply.impasse.map(|impasse| impasse.to_string())),
        negative_replies::head.eq(head.to_string()),
        negative_replies::body.eq(to_json(reply)?),
    ))
    .execute(connection)?;
    if moved == 0 {
        return Ok(Saved::Stale);
    }
    record::insert(connection, links)?;
    Ok(Saved::Done(head))
}
