//! 案例检索: over a table of terms, because neither database is asked for an extension and both must answer alike. See
//! [`escalation::precedent::search`] for what a term is.

use std::{cmp::Reverse, collections::HashMap};

use chrono::NaiveDateTime;
use diesel::{dsl::count_star, prelude::*};
use escalation::{
    CategoryKind,
    precedent::{
        Precedent,
        search::{Question, Wanted, category_term, department_term, item_term, likeness},
    },
};
use kernel::{Centre, DepartmentCode, Instant, ItemCode, id::PrecedentId};
use serde::{Deserialize, Serialize};

use super::{Edition, edition};
use crate::{
    connection::{Connection, MultiBackend},
    decode::{from_json, unsigned},
    schema::{precedent_terms, precedents},
};

/// Of those that have all the words, so many of the newest are put in order; a centre has fewer in all.
const MOST_MATCHES: i64 = 1000;
/// How many ids go into one statement.
const STEP: usize = 200;
/// Of those most like a text, so many are looked at.
const MOST_NEAR: i64 = 50;
/// What belonging to the same category counts for, in terms shared.
const SAME_CATEGORY: i64 = 5;
/// Less than this in common is chance.
const LEAST_SHARED: i64 = 2;

/// What is looked for; all of it must be so.
#[derive(Clone, Debug, Default)]
pub struct Search {
    pub category: Option<CategoryKind>,
    pub department: Option<DepartmentCode>,
    pub item: Option<ItemCode>,
    pub question: Option<Question>,
}

/// Where a list of matches goes on: after the one of this rank. Terms in the title go before hits in the text, and those
/// before the day of publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    in_title: u32,
    hits: u32,
    published_at: Instant,
    id: PrecedentId,
}

/// A precedent that is public, as found.
#[derive(Clone, Debug)]
pub struct Found {
    pub place: Place,
    pub precedent: Precedent,
    pub edition: Edition,
}

/// 相近案例, and how many terms it has in common with the text.
#[derive(Clone, Debug)]
pub struct Near {
    pub precedent: Precedent,
    pub edition: Edition,
    pub shared: i64,
}

#[diesel::dsl::auto_type]
fn with_term(centre: String, term: String) -> _ {
    precedent_terms::table
        .filter(precedent_terms::centre.eq(centre))
        .filter(precedent_terms::term.eq(term))
        .select(precedent_terms::precedent)
}

#[diesel::dsl::auto_type]
fn with_term_between(centre: String, from: String, until: String) -> _ {
    precedent_terms::table
        .filter(precedent_terms::centre.eq(centre))
        .filter(precedent_terms::term.ge(from))
        .filter(precedent_terms::term.lt(until))
        .select(precedent_terms::precedent)
}

type Boxed<'a> = precedents::BoxedQuery<'a, MultiBackend>;

fn public<'a>(centre: Centre, search: &Search) -> Boxed<'a> {
    let mut query = precedents::table
        .filter(precedents::centre.eq(centre.to_string()))
        .filter(precedents::published_at.is_not_null())
        .into_boxed();
    let category = search.category.map(category_term);
    let department = search.department.as_ref().map(department_term);
    let item = search.item.as_ref().map(item_term);
    for term in [category, department, item].into_iter().flatten() {
        query = query.filter(precedents::id.eq_any(with_term(centre.to_string(), term)));
    }
    for wanted in search.question.iter().flat_map(Question::terms) {
        query = match wanted {
            Wanted::Term(term) => query.filter(precedents::id.eq_any(with_term(centre.to_string(), term))),
            Wanted::Between(from, until) => {
                query.filter(precedents::id.eq_any(with_term_between(centre.to_string(), from, until)))
            }
        };
    }
    query
}

/// A page of what is public and matches, the best first, after `after`.
pub fn search(
    connection: &mut Connection,
    centre: Centre,
    search: &Search,
    after: Option<Place>,
    limit: i64,
) -> QueryResult<Vec<Found>> {
    let wanted: usize = unsigned("limit", limit)?;
    let mut query = public(centre, search).order((precedents::published_at.desc(), precedents::id.desc()));
    let Some(question) = &search.question else {
        if let Some(Place { published_at, id, .. }) = after {
            let (at, id) = (published_at.naive_utc(), id.to_string());
            let later = precedents::published_at.eq(at).and(precedents::id.lt(id));
            query = query.filter(precedents::published_at.lt(at).or(later));
        }
        let newest = candidates(connection, query.limit(limit))?;
        return newest.into_iter().map(|it| found(connection, it, Weighed::default())).collect();
    };
    let matches = candidates(connection, query.limit(MOST_MATCHES))?;
    let weights = weigh(connection, centre, question, &matches)?;
    let mut ranked: Vec<(Place, Candidate)> = matches
        .into_iter()
        .map(|it| (it.place(weights.get(&it.precedent.id).copied().unwrap_or_default()), it))
        .filter(|(place, _)| after.is_none_or(|after| *place < after))
        .collect();
    ranked.sort_unstable_by_key(|(place, _)| Reverse(*place));
    let mut page = Vec::new();
    for (place, candidate) in ranked {
        if page.len() == wanted {
            break;
        }
        let weighed = Weighed { in_title: place.in_title, hits: place.hits };
        let found = found(connection, candidate, weighed)?;
        if question.is_answered_by(&found.edition.text.texts().map(|(_, text)| text)) {
            page.push(found);
        }
    }
    Ok(page)
}

struct Candidate {
    precedent: Precedent,
    published_at: Instant,
}

impl Candidate {
    fn place(&self, weighed: Weighed) -> Place {
        let Weighed { in_title, hits } = weighed;
        Place { in_title, hits, published_at: self.published_at, id: self.precedent.id }
    }
}

#[derive(Clone, Copy, Default)]
struct Weighed {
    /// How many of the terms stand in the title.
    in_title: u32,
    hits: u32,
}

fn candidates(connection: &mut Connection, query: Boxed<'_>) -> QueryResult<Vec<Candidate>> {
    let rows = query
        .select((precedents::body, precedents::published_at.assume_not_null()))
        .load::<(String, NaiveDateTime)>(connection)?;
    rows.into_iter()
        .map(|(body, at)| {
            Ok(Candidate { precedent: from_json("precedent", &body)?, published_at: Instant::from_naive_utc(at) })
        })
        .collect()
}

fn found(connection: &mut Connection, candidate: Candidate, weighed: Weighed) -> QueryResult<Found> {
    let edition = current(connection, &candidate.precedent)?;
    Ok(Found { place: candidate.place(weighed), precedent: candidate.precedent, edition })
}

/// The edition that is public.
fn current(connection: &mut Connection, precedent: &Precedent) -> QueryResult<Edition> {
    let found = edition(connection, precedent.centre, precedent.id, precedent.edition)?;
    found.ok_or(diesel::result::Error::NotFound)
}

fn weigh(
    connection: &mut Connection,
    centre: Centre,
    question: &Question,
    matches: &[Candidate],
) -> QueryResult<HashMap<PrecedentId, Weighed>> {
    let mut weights: HashMap<PrecedentId, Weighed> = HashMap::new();
    let ids: Vec<(PrecedentId, String)> =
        matches.iter().map(|it| (it.precedent.id, it.precedent.id.to_string())).collect();
    for ids in ids.chunks(STEP) {
        let of: HashMap<&str, PrecedentId> = ids.iter().map(|(id, text)| (text.as_str(), *id)).collect();
        for wanted in question.terms() {
            let query = precedent_terms::table
                .filter(precedent_terms::centre.eq(centre.to_string()))
                .filter(precedent_terms::precedent.eq_any(ids.iter().map(|(_, text)| text.clone()).collect::<Vec<_>>()))
                .into_boxed::<MultiBackend>();
            let query = match wanted {
                Wanted::Term(term) => query.filter(precedent_terms::term.eq(term)),
                Wanted::Between(from, until) => {
                    query.filter(precedent_terms::term.ge(from)).filter(precedent_terms::term.lt(until))
                }
            };
            let rows = query
                .select((precedent_terms::precedent, precedent_terms::in_title, precedent_terms::hits))
                .load::<(String, i32, i32)>(connection)?;
            for (id, in_title, hits) in rows {
                let Some(id) = of.get(id.as_str()) else { continue };
                let weighed = weights.entry(*id).or_default();
                weighed.in_title += u32::from(in_title > 0);
                weighed.hits = weighed.hits.saturating_add(unsigned("hits", hits)?);
            }
        }
    }
    Ok(weights)
}

/// 相近案例: the public precedents that have most in common with a text, those of the same category before others, the
/// newest of equals first (clause D6-2). Walks `precedent_terms` by the terms of the text.
pub fn nearest(
    connection: &mut Connection,
    centre: Centre,
    category: CategoryKind,
    text: &str,
    limit: usize,
) -> QueryResult<Vec<Near>> {
    let shared = precedent_terms::table
        .filter(precedent_terms::centre.eq(centre.to_string()))
        .filter(precedent_terms::term.eq_any(likeness(text)))
        .group_by(precedent_terms::precedent)
        .select((precedent_terms::precedent, count_star()))
        .order((count_star().desc(), precedent_terms::precedent.desc()))
        .limit(MOST_NEAR)
        .load::<(String, i64)>(connection)?;
    let shared: HashMap<String, i64> = shared.into_iter().filter(|(_, shared)| *shared >= LEAST_SHARED).collect();
    let ids: Vec<String> = shared.keys().cloned().collect();
    let query = public(centre, &Search::default()).filter(precedents::id.eq_any(ids));
    let mut near = Vec::new();
    for Candidate { precedent, .. } in candidates(connection, query)? {
        let common = shared.get(&precedent.id.to_string()).copied().unwrap_or_default();
        let nearer = if precedent.category == category { SAME_CATEGORY } else { 0 };
        near.push((common + nearer, common, precedent));
    }
    near.sort_by_key(|(rank, _, precedent)| Reverse((*rank, precedent.id)));
    near.truncate(limit);
    near.into_iter()
        .map(|(_, shared, precedent)| {
            let edition = current(connection, &precedent)?;
            Ok(Near { precedent, edition, shared })
        })
        .collect()
}
