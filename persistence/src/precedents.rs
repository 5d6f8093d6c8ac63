//! 案例: the precedents, their editions, and what they are found by. The text in the making is personal data; what is
//! public is not.

mod search;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use escalation::precedent::{Manuscript, Precedent, PublicText, Recorded, State, search as terms};
use kernel::{
    Centre, Instant, Personal,
    id::{ImpasseId, PrecedentId},
};

pub use search::{Near, Place, Search, nearest, search};

use crate::{
    cases::Saved,
    chain::Digest,
    connection::{Connection, MultiBackend},
    decode::{from_json, parse, to_json, unsigned},
    personal::PersonalText,
    record,
    schema::{precedent_editions, precedent_terms, precedents},
};

/// A precedent with the text that is being written, if one is, and the digest its next event links to.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub precedent: Precedent,
    pub manuscript: Option<Manuscript>,
    pub head: Digest,
}

/// 版次: what was public from one day on.
#[derive(Clone, Debug)]
pub struct Edition {
    pub edition: u32,
    pub published_at: Instant,
    pub text: PublicText,
}

type Row = (String, Option<PersonalText>, String);

fn loaded((body, manuscript, head): Row) -> QueryResult<Loaded> {
    Ok(Loaded {
        precedent: from_json("precedent", &body)?,
        manuscript: manuscript.map(|text| from_json("manuscript", text.open().expose())).transpose()?,
        head: parse("digest", &head)?,
    })
}

fn sealed(manuscript: Option<&Manuscript>) -> QueryResult<Option<PersonalText>> {
    manuscript.map(|text| Ok(PersonalText::seal(&Personal::new(to_json(text)?)))).transpose()
}

/// Stores a new draft and its first events.
pub fn insert(
    connection: &mut Connection,
    precedent: &Precedent,
    manuscript: &Manuscript,
    events: &[Recorded],
) -> QueryResult<Digest> {
    let id = precedent.id.to_string();
    let head = record::append(connection, precedent.centre, &id, Digest::NONE, events)?;
    diesel::insert_into(precedents::table)
        .values((
            precedents::centre.eq(precedent.centre.as_str()),
            precedents::id.eq(id),
            precedents::version.eq(unsigned::<_, i64>("version", precedent.version)?),
            precedents::state.eq(<&str>::from(precedent.state)),
            precedents::impasse.eq(precedent.impasse.to_string()),
            precedents::category.eq(<&str>::from(precedent.category)),
            precedents::edition.eq(0),
            precedents::head.eq(head.to_string()),
            precedents::body.eq(to_json(precedent)?),
            precedents::manuscript.eq(sealed(Some(manuscript))?),
        ))
        .execute(connection)?;
    Ok(head)
}

/// Moves a precedent by compare-and-set, and only then puts the events on the record. A text that is `published` becomes
/// an edition and the one that is found; what is public no more is found no more.
pub fn save(
    connection: &mut Connection,
    before: &Loaded,
    precedent: &Precedent,
    manuscript: Option<&Manuscript>,
    published: Option<&PublicText>,
    events: &[Recorded],
) -> QueryResult<Saved> {
    let (centre, id) = (precedent.centre, precedent.id.to_string());
    let links = record::links(centre, &id, before.head, events)?;
    let head = links.last().map_or(before.head, |(_, digest)| *digest);
    let public_since = precedent.published_at.filter(|_| precedent.state.is_public()).map(Instant::naive_utc);
    let moved = diesel::update(
        precedents::table
            .filter(precedents::centre.eq(centre.as_str()))
            .filter(precedents::id.eq(&id))
            .filter(precedents::version.eq(unsigned::<_, i64>("version", before.precedent.version)?)),
    )
    .set((
        precedents::version.eq(unsigned::<_, i64>("version", precedent.version)?),
        precedents::state.eq(<&str>::from(precedent.state)),
        precedents::number.eq(precedent.number.as_ref().map(|number| number.as_str())),
        precedents::edition.eq(unsigned::<_, i32>("edition", precedent.edition)?),
        precedents::published_at.eq(public_since),
        precedents::head.eq(head.to_string()),
        precedents::body.eq(to_json(precedent)?),
        precedents::manuscript.eq(sealed(manuscript)?),
    ))
    .execute(connection)?;
    if moved != 1 {
        return Ok(Saved::Stale);
    }
    record::insert(connection, links)?;
    if published.is_some() || public_since.is_none() {
        forget_terms(connection, centre, &id)?;
    }
    if let (Some(text), Some(at)) = (published, public_since) {
        put_edition(connection, precedent, text, at)?;
    }
    Ok(Saved::Done(head))
}

fn forget_terms(connection: &mut Connection, centre: Centre, id: &str) -> QueryResult<()> {
    let of_it = precedent_terms::table
        .filter(precedent_terms::centre.eq(centre.as_str()))
        .filter(precedent_terms::precedent.eq(id));
    diesel::delete(of_it).execute(connection).map(drop)
}

fn put_edition(
    connection: &mut Connection,
    precedent: &Precedent,
    text: &PublicText,
    at: NaiveDateTime,
) -> QueryResult<()> {
    let (centre, id) = (precedent.centre.as_str(), precedent.id.to_string());
    diesel::insert_into(precedent_editions::table)
        .values((
            precedent_editions::centre.eq(centre),
            precedent_editions::precedent.eq(&id),
            precedent_editions::edition.eq(unsigned::<_, i32>("edition", precedent.edition)?),
            precedent_editions::published_at.eq(at),
            precedent_editions::body.eq(to_json(text)?),
        ))
        .execute(connection)?;
    let [(_, title), (_, situation), (_, solution), (_, lesson)] = text.texts();
    let mut terms = terms::index(title, &[situation, solution, lesson]);
    terms.entry(terms::category_term(precedent.category)).or_default();
    for department in &text.departments {
        terms.entry(terms::department_term(department)).or_default();
    }
    for item in &text.items {
        terms.entry(terms::item_term(item)).or_default();
    }
    for (term, weight) in terms {
        diesel::insert_into(precedent_terms::table)
            .values((
                precedent_terms::centre.eq(centre),
                precedent_terms::term.eq(term),
                precedent_terms::precedent.eq(&id),
                precedent_terms::in_title.eq(unsigned::<_, i32>("hits", weight.in_title)?),
                precedent_terms::hits.eq(unsigned::<_, i32>("hits", weight.hits)?),
            ))
            .execute(connection)?;
    }
    Ok(())
}

pub fn load(connection: &mut Connection, centre: Centre, id: PrecedentId) -> QueryResult<Option<Loaded>> {
    precedents::table
        .filter(precedents::centre.eq(centre.as_str()))
        .filter(precedents::id.eq(id.to_string()))
        .select((precedents::body, precedents::manuscript, precedents::head))
        .get_result::<Row>(connection)
        .optional()?
        .map(loaded)
        .transpose()
}

/// One edition of a precedent, public now or once.
pub fn edition(
    connection: &mut Connection,
    centre: Centre,
    id: PrecedentId,
    edition: u32,
) -> QueryResult<Option<Edition>> {
    let row = precedent_editions::table
        .filter(precedent_editions::centre.eq(centre.as_str()))
        .filter(precedent_editions::precedent.eq(id.to_string()))
        .filter(precedent_editions::edition.eq(i32::try_from(edition).unwrap_or(0)))
        .select((precedent_editions::published_at, precedent_editions::body))
        .get_result::<(NaiveDateTime, String)>(connection)
        .optional()?;
    row.map(|(at, body)| {
        Ok(Edition { edition, published_at: Instant::from_naive_utc(at), text: from_json("precedent text", &body)? })
    })
    .transpose()
}

/// What became of an impasse: its precedents, the newest first (clause C2-2); one at most is not withdrawn. Walks the
/// primary key.
pub fn of_impasse(connection: &mut Connection, centre: Centre, impasse: ImpasseId) -> QueryResult<Vec<Precedent>> {
    precedents::table
        .filter(precedents::centre.eq(centre.as_str()))
        .filter(precedents::impasse.eq(impasse.to_string()))
        .order(precedents::id.desc())
        .select(precedents::body)
        .load::<String>(connection)?
        .iter()
        .map(|body| from_json("precedent", body))
        .collect()
}

/// A page of precedents in any state, or in one, the newest first, before `before`: for those who make them. Walks
/// `precedents_by_state` or the primary key.
pub fn list(
    connection: &mut Connection,
    centre: Centre,
    state: Option<State>,
    impasse: Option<ImpasseId>,
    before: Option<PrecedentId>,
    limit: i64,
) -> QueryResult<Vec<Loaded>> {
    let mut query = precedents::table.filter(precedents::centre.eq(centre.to_string())).into_boxed::<MultiBackend>();
    if let Some(state) = state {
        query = query.filter(precedents::state.eq(<&str>::from(state)));
    }
    if let Some(impasse) = impasse {
        query = query.filter(precedents::impasse.eq(impasse.to_string()));
    }
    if let Some(before) = before {
        query = query.filter(precedents::id.lt(before.to_string()));
    }
    query
        .order(precedents::id.desc())
        .limit(limit)
        .select((precedents::body, precedents::manuscript, precedents::head))
        .load::<Row>(connection)?
        .into_iter()
        .map(loaded)
        .collect()
}
