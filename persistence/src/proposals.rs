//! 事项建议, and what each was born of.

use diesel::prelude::*;
use escalation::proposal::{Outcome, Proposal, Recorded, State};
use kernel::{
    Centre, ItemCode,
    id::{ImpasseId, PrecedentId, ProposalId},
};

use crate::{
    cases::Saved,
    chain::Digest,
    connection::{Connection, MultiBackend},
    decode::{from_json, parse, to_json, unsigned},
    record,
    schema::{item_proposals, proposal_sources},
};

/// A proposal with the digest its next event links to.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub proposal: Proposal,
    pub head: Digest,
}

/// What a list may be narrowed by: by either end of the chain, too.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub state: Option<State>,
    pub impasse: Option<ImpasseId>,
    pub precedent: Option<PrecedentId>,
    /// The item to be changed, or the one that came of it.
    pub item: Option<ItemCode>,
    pub item_version: Option<u32>,
}

type Row = (String, String);

fn loaded((body, head): Row) -> QueryResult<Loaded> {
    Ok(Loaded { proposal: from_json("proposal", &body)?, head: parse("digest", &head)? })
}

/// Stores a new proposal, its first events and its sources.
pub fn insert(connection: &mut Connection, proposal: &Proposal, events: &[Recorded]) -> QueryResult<Digest> {
    let proposed = &proposal.proposed;
    let (centre, id) = (proposed.centre, proposed.id.to_string());
    let head = record::append(connection, centre, &id, Digest::NONE, events)?;
    diesel::insert_into(item_proposals::table)
        .values((
            item_proposals::centre.eq(centre.as_str()),
            item_proposals::id.eq(&id),
            item_proposals::version.eq(unsigned::<_, i64>("version", proposal.version)?),
            item_proposals::number.eq(proposal.number.as_str()),
            item_proposals::state.eq(<&str>::from(proposal.state())),
            item_proposals::item.eq(proposal.item().map(ItemCode::as_str)),
            item_proposals::head.eq(head.to_string()),
            item_proposals::body.eq(to_json(proposal)?),
        ))
        .execute(connection)?;
    let impasses = proposed.impasses.iter().map(|impasse| (impasse.to_string(), "impasse"));
    let precedent = proposed.precedent.iter().map(|precedent| (precedent.to_string(), "precedent"));
    for (source, kind) in impasses.chain(precedent) {
        diesel::insert_into(proposal_sources::table)
            .values((
                proposal_sources::centre.eq(centre.as_str()),
                proposal_sources::source.eq(source),
                proposal_sources::proposal.eq(&id),
                proposal_sources::kind.eq(kind),
            ))
            .execute(connection)?;
    }
    Ok(head)
}

/// Moves a proposal by compare-and-set, and only then puts the events on the record.
pub fn save(
    connection: &mut Connection,
    before: &Loaded,
    proposal: &Proposal,
    events: &[Recorded],
) -> QueryResult<Saved> {
    let (centre, id) = (proposal.proposed.centre, proposal.proposed.id.to_string());
    let links = record::links(centre, &id, before.head, events)?;
    let head = links.last().map_or(before.head, |(_, digest)| *digest);
    let version = match &proposal.outcome {
        Some(Outcome::Adopted { item_version, .. }) => Some(unsigned::<_, i32>("item version", *item_version)?),
        _ => None,
    };
    let moved = diesel::update(
        item_proposals::table
            .filter(item_proposals::centre.eq(centre.as_str()))
            .filter(item_proposals::id.eq(&id))
            .filter(item_proposals::version.eq(unsigned::<_, i64>("version", before.proposal.version)?)),
    )
    .set((
        item_proposals::version.eq(unsigned::<_, i64>("version", proposal.version)?),
        item_proposals::state.eq(<&str>::from(proposal.state())),
        item_proposals::item.eq(proposal.item().map(ItemCode::as_str)),
        item_proposals::item_version.eq(version),
        item_proposals::head.eq(head.to_string()),
        item_proposals::body.eq(to_json(proposal)?),
    ))
    .execute(connection)?;
    if moved != 1 {
        return Ok(Saved::Stale);
    }
    record::insert(connection, links)?;
    Ok(Saved::Done(head))
}

pub fn load(connection: &mut Connection, centre: Centre, id: ProposalId) -> QueryResult<Option<Loaded>> {
    item_proposals::table
        .filter(item_proposals::centre.eq(centre.as_str()))
        .filter(item_proposals::id.eq(id.to_string()))
        .select((item_proposals::body, item_proposals::head))
        .get_result::<Row>(connection)
        .optional()?
        .map(loaded)
        .transpose()
}

#[diesel::dsl::auto_type]
fn born_of(centre: String, source: String) -> _ {
    proposal_sources::table
        .filter(proposal_sources::centre.eq(centre))
        .filter(proposal_sources::source.eq(source))
        .select(proposal_sources::proposal)
}

/// A page of proposals, the newest first, before `before`. Walks `item_proposals_by_item`, `item_proposals_by_state` or
/// the primary key; of a source, the key of `proposal_sources`.
pub fn list(
    connection: &mut Connection,
    centre: Centre,
    filter: &Filter,
    before: Option<ProposalId>,
    limit: i64,
) -> QueryResult<Vec<Loaded>> {
    let mut query =
        item_proposals::table.filter(item_proposals::centre.eq(centre.to_string())).into_boxed::<MultiBackend>();
    if let Some(state) = filter.state {
        query = query.filter(item_proposals::state.eq(<&str>::from(state)));
    }
    let sources = [filter.impasse.map(|id| id.to_string()), filter.precedent.map(|id| id.to_string())];
    for source in sources.into_iter().flatten() {
        query = query.filter(item_proposals::id.eq_any(born_of(centre.to_string(), source)));
    }
    if let Some(item) = &filter.item {
        query = query.filter(item_proposals::item.eq(item.to_string()));
    }
    if let Some(version) = filter.item_version {
        query = query.filter(item_proposals::item_version.eq(i32::try_from(version).unwrap_or(0)));
    }
    if let Some(before) = before {
        query = query.filter(item_proposals::id.lt(before.to_string()));
    }
    query
        .order(item_proposals::id.desc())
        .limit(limit)
        .select((item_proposals::body, item_proposals::head))
        .load::<Row>(connection)?
        .into_iter()
        .map(loaded)
        .collect()
}
