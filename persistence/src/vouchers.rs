//! 代办凭据: for whom a system has vouched, and until when it acts for them (clauses B1-2, B1-3).

use chrono::NaiveDateTime;
use diesel::prelude::*;
use kernel::{Centre, EventId, Instant, PartyId, StaffCode};

use crate::{
    connection::{Connection, MultiBackend},
    decode::parse,
    schema::vouchers,
};

/// A system vouched for an applicant. Of the agent only a keyed digest of the document is kept.
#[derive(Clone, Debug)]
pub struct Voucher {
    pub id: EventId,
    pub client: StaffCode,
    pub party: PartyId,
    /// An assurance level of `kernel::identity`, by its stable name.
    pub assurance: String,
    /// The digest of the agent's document and the number of the mandate.
    pub agent: Option<(String, String)>,
    pub at: Instant,
    pub ended_at: Option<Instant>,
}

type Row = (String, String, String, String, Option<String>, Option<String>, NaiveDateTime, Option<NaiveDateTime>);

macro_rules! columns {
    () => {
        (
            vouchers::id,
            vouchers::client,
            vouchers::party,
            vouchers::assurance,
            vouchers::agent_digest,
            vouchers::mandate,
            vouchers::at,
            vouchers::ended_at,
        )
    };
}

fn voucher((id, client, party, assurance, digest, mandate, at, ended_at): Row) -> QueryResult<Voucher> {
    Ok(Voucher {
        id: parse("voucher", &id)?,
        client: parse("client", &client)?,
        party: parse("party id", &party)?,
        assurance,
        agent: digest.zip(mandate),
        at: Instant::from_naive_utc(at),
        ended_at: ended_at.map(Instant::from_naive_utc),
    })
}

pub fn insert(connection: &mut Connection, centre: Centre, voucher: &Voucher) -> QueryResult<()> {
    let (digest, mandate) = voucher.agent.as_ref().map(|(digest, mandate)| (digest, mandate)).unzip();
    diesel::insert_into(vouchers::table)
        .values((
            vouchers::centre.eq(centre.as_str()),
            vouchers::id.eq(voucher.id.to_string()),
            vouchers::client.eq(voucher.client.as_str()),
            vouchers::party.eq(voucher.party.to_string()),
            vouchers::assurance.eq(&voucher.assurance),
            vouchers::agent_digest.eq(digest),
            vouchers::mandate.eq(mandate),
            vouchers::at.eq(voucher.at.naive_utc()),
            vouchers::ended_at.eq(voucher.ended_at.map(Instant::naive_utc)),
        ))
        .execute(connection)
        .map(drop)
}

pub fn find(connection: &mut Connection, centre: Centre, id: EventId) -> QueryResult<Option<Voucher>> {
    vouchers::table
        .filter(vouchers::centre.eq(centre.as_str()))
        .filter(vouchers::id.eq(id.to_string()))
        .select(columns!())
        .get_result::<Row>(connection)
        .optional()?
        .map(voucher)
        .transpose()
}

/// A page of a system's vouchers, the newest first, before `before`; only those that it has not ended, or has. Walks
/// `vouchers_by_client`.
pub fn list(
    connection: &mut Connection,
    centre: Centre,
    client: &StaffCode,
    ended: Option<bool>,
    before: Option<EventId>,
    limit: i64,
) -> QueryResult<Vec<Voucher>> {
    let mut query = vouchers::table
        .filter(vouchers::centre.eq(centre.to_string()))
        .filter(vouchers::client.eq(client.to_string()))
        .into_boxed::<MultiBackend>();
    query = match ended {
        None => query,
        Some(true) => query.filter(vouchers::ended_at.is_not_null()),
        Some(false) => query.filter(vouchers::ended_at.is_null()),
    };
    if let Some(before) = before {
        query = query.filter(vouchers::id.lt(before.to_string()));
    }
    let rows = query.order(vouchers::id.desc()).limit(limit).select(columns!()).load::<Row>(connection)?;
    rows.into_iter().map(voucher).collect()
}

/// Ends one; what had ended before keeps its time.
pub fn end(connection: &mut Connection, centre: Centre, id: EventId, now: Instant) -> QueryResult<()> {
    diesel::update(
        vouchers::table
            .filter(vouchers::centre.eq(centre.as_str()))
            .filter(vouchers::id.eq(id.to_string()))
            .filter(vouchers::ended_at.is_null()),
    )
    .set(vouchers::ended_at.eq(now.naive_utc()))
    .execute(connection)
    .map(drop)
}

/// Whether a system has ever vouched for an applicant. Walks `vouchers_by_party`.
pub fn has_vouched(
    connection: &mut Connection,
    centre: Centre,
    client: &StaffCode,
    party: PartyId,
) -> QueryResult<bool> {
    let found = vouchers::table
        .filter(vouchers::centre.eq(centre.as_str()))
        .filter(vouchers::party.eq(party.to_string()))
        .filter(vouchers::client.eq(client.as_str()))
        .order(vouchers::id.desc())
        .limit(1)
        .select(vouchers::id)
        .get_result::<String>(connection)
        .optional()?;
    Ok(found.is_some())
}
