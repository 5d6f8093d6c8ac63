//! 转热线 as rows (rule L18).

use std::cmp::Reverse;

use diesel::prelude::*;
use escalation::hotline::ticket::{Recorded, Ticket, TicketState};
use kernel::{Centre, PartyId, Personal, StaffCode, access::Sight, id::TicketId};
use strum::VariantArray as _;

use crate::{
    cases::Saved,
    chain::Digest,
    connection::{Connection, MultiBackend},
    decode::{from_json, parse, to_json, unsigned},
    page::Paged as _,
    parties::PartyKind,
    personal::PersonalText,
    record,
    schema::{hotline_tickets, parties},
};

/// A ticket with what a view of it needs besides: the applicant's name, and the digest its next event links to.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub ticket: Ticket,
    pub head: Digest,
    pub applicant_kind: PartyKind,
    pub applicant_name: Personal<String>,
}

type Row = (String, String, String, PersonalText);

fn loaded((body, head, kind, name): Row) -> QueryResult<Loaded> {
    Ok(Loaded {
        ticket: from_json("ticket", &body)?,
        head: parse("digest", &head)?,
        applicant_kind: parse("party kind", &kind)?,
        applicant_name: name.open(),
    })
}

#[diesel::dsl::auto_type]
fn with_applicant() -> _ {
    hotline_tickets::table.inner_join(
        parties::table.on(parties::centre.eq(hotline_tickets::centre).and(parties::id.eq(hotline_tickets::applicant))),
    )
}

/// One by its id. Who may see it is asked of the one that comes back.
pub fn load(connection: &mut Connection, centre: Centre, id: TicketId) -> QueryResult<Option<Loaded>> {
    with_applicant()
        .filter(hotline_tickets::centre.eq(centre.as_str()))
        .filter(hotline_tickets::id.eq(id.to_string()))
        .select((hotline_tickets::body, hotline_tickets::head, parties::kind, parties::name))
        .get_result::<Row>(connection)
        .optional()?
        .map(loaded)
        .transpose()
}

/// Whose, of the ways to see one: each is a walk along an index.
enum Within {
    Centre,
    At(Vec<String>),
    KnownAt(Vec<String>),
    Of(StaffCode),
}

/// Which are wanted of those that can be seen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    pub state: Option<TicketState>,
    /// Walks `hotline_tickets_by_applicant`.
    pub applicant: Option<PartyId>,
    /// 未办结: the hotline has neither answered nor refused.
    pub open: bool,
}

/// A page of those the caller can see, newest first, before `before`.
pub fn list(
    connection: &mut Connection,
    centre: Centre,
    sight: &Sight,
    filter: Filter,
    before: Option<TicketId>,
    limit: i64,
) -> QueryResult<Vec<Loaded>> {
    let mut page = |within| page(connection, centre, within, filter, before, limit);
    match sight {
        Sight::Centre => page(Within::Centre),
        Sight::Client(hotline) => page(Within::Of(hotline.clone())),
        Sight::Windows(windows) => {
            let windows: Vec<String> = windows.iter().map(ToString::to_string).collect();
            // Either condition has an index that is in order; both in one statement have none.
            let mut found = page(Within::At(windows.clone()))?;
            found.extend(page(Within::KnownAt(windows))?);
            found.sort_unstable_by_key(|loaded| Reverse(loaded.ticket.raised.id));
            found.dedup_by_key(|loaded| loaded.ticket.raised.id);
            found.truncate(usize::try_from(limit).unwrap_or(0));
            Ok(found)
        }
        Sight::Nothing | Sight::Departments(_) | Sight::Applicant(_) => Ok(Vec::new()),
    }
}

fn page(
    connection: &mut Connection,
    centre: Centre,
    within: Within,
    filter: Filter,
    before: Option<TicketId>,
    limit: i64,
) -> QueryResult<Vec<Loaded>> {
    let query = with_applicant().into_boxed::<MultiBackend>().filter(hotline_tickets::centre.eq(centre.to_string()));
    let mut query = match within {
        Within::Centre => query,
        Within::At(windows) => query.filter(hotline_tickets::window_code.eq_any(windows)),
        Within::KnownAt(windows) => query.filter(hotline_tickets::fallback.eq_any(windows)),
        Within::Of(hotline) => query.filter(hotline_tickets::hotline.eq(hotline.to_string())),
    };
    if let Some(state) = filter.state {
        query = query.filter(hotline_tickets::state.eq(state.to_string()));
    }
    if let Some(applicant) = filter.applicant {
        query = query.filter(hotline_tickets::applicant.eq(applicant.to_string()));
    }
    if filter.open {
        let open = TicketState::VARIANTS.iter().filter(|state| !state.is_settled());
        query = query.filter(hotline_tickets::state.eq_any(open.map(ToString::to_string).collect::<Vec<_>>()));
    }
    if let Some(before) = before {
        query = query.filter(hotline_tickets::id.lt(before.to_string()));
    }
    query
        .order(hotline_tickets::id.desc())
        .select((hotline_tickets::body, hotline_tickets::head, parties::kind, parties::name))
        .page(limit)
        .load::<Row>(connection)?
        .into_iter()
        .take(usize::try_from(limit).unwrap_or(0))
        .map(loaded)
        .collect()
}

/// Stores a new one and its first event.
pub fn insert(connection: &mut Connection, ticket: &Ticket, events: &[Recorded]) -> QueryResult<Digest> {
    let raised = &ticket.raised;
    let head = record::append(connection, raised.centre, &raised.id.to_string(), Digest::NONE, events)?;
    diesel::insert_into(hotline_tickets::table)
        .values((
            hotline_tickets::centre.eq(raised.centre.as_str()),
            hotline_tickets::id.eq(raised.id.to_string()),
            hotline_tickets::version.eq(unsigned::<_, i64>("version", ticket.version)?),
            hotline_tickets::hotline.eq(raised.hotline.as_str()),
            hotline_tickets::window_code.eq(raised.window.as_str()),
            hotline_tickets::fallback.eq(raised.fallback.as_str()),
            hotline_tickets::applicant.eq(raised.applicant.to_string()),
            hotline_tickets::state.eq(ticket.state.to_string()),
            hotline_tickets::head.eq(head.to_string()),
            hotline_tickets::body.eq(to_json(ticket)?),
        ))
        .execute(connection)?;
    Ok(head)
}

/// Moves one by compare-and-set on the version it was read at, and only then puts the events on the record.
pub fn save(connection: &mut Connection, before: &Loaded, ticket: &Ticket, events: &[Recorded]) -> QueryResult<Saved> {
    let (centre, id) = (ticket.raised.centre, ticket.raised.id.to_string());
    let links = record::links(centre, &id, before.head, events)?;
    let head = links.last().map_or(before.head, |(_, digest)| *digest);
    let moved = diesel::update(
        hotline_tickets::table
            .filter(hotline_tickets::centre.eq(centre.as_str()))
            .filter(hotline_tickets::id.eq(&id))
            .filter(hotline_tickets::version.eq(unsigned::<_, i64>("version", before.ticket.version)?)),
    )
    .set((
        hotline_tickets::version.eq(unsigned::<_, i64>("version", ticket.version)?),
        hotline_tickets::state.eq(ticket.state.to_string()),
        hotline_tickets::head.eq(head.to_string()),
        hotline_tickets::body.eq(to_json(ticket)?),
    ))
    .execute(connection)?;
    if moved == 0 {
        return Ok(Saved::Stale);
    }
    record::insert(connection, links)?;
    Ok(Saved::Done(head))
}
