//! 代办凭据: for whom a system has vouched, and until when it acts for them (clauses B1-2, B1-3).

use std::{collections::BTreeSet, fmt, str::FromStr};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use kernel::{
    Centre, EventId, Instant, ItemCode, PartyId, Personal, StaffCode, Text,
    access::{Agent, Mandate, Through},
};

use crate::{
    connection::{Connection, MultiBackend},
    decode::{damaged, parse, parse_some},
    personal::PersonalText,
    schema::vouchers,
};

/// A system vouched for an applicant.
#[derive(Clone, Debug)]
pub struct Voucher {
    pub id: EventId,
    pub client: StaffCode,
    pub party: PartyId,
    /// An assurance level of `kernel::identity`, by its stable name.
    pub assurance: String,
    pub agent: Option<Mandated>,
    pub at: Instant,
    pub ended_at: Option<Instant>,
}

/// 代理人 with the mandate. Of the document only a keyed digest is kept here.
#[derive(Clone, Debug)]
pub struct Mandated {
    pub document_digest: String,
    pub agent: Agent,
    /// Where the system says that they are reached.
    pub phone: Option<Personal<String>>,
    pub mandate: Mandate,
}

impl Voucher {
    /// How the record names whoever acts by it.
    pub fn through(&self) -> Through {
        let agent = self.agent.as_ref().map(|it| it.agent.clone());
        Through { client: self.client.clone(), voucher: self.id, agent }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = vouchers)]
struct Row {
    id: String,
    client: String,
    party: String,
    assurance: String,
    agent_digest: Option<String>,
    mandate: Option<String>,
    at: NaiveDateTime,
    ended_at: Option<NaiveDateTime>,
    agent: Option<String>,
    mandate_until: Option<NaiveDate>,
    mandate_powers: Option<String>,
    agent_phone: Option<PersonalText>,
    mandate_items: Option<String>,
}

impl Row {
    fn mandated(&self) -> QueryResult<Option<Mandated>> {
        let Some((digest, number)) = self.agent_digest.as_ref().zip(self.mandate.as_deref()) else { return Ok(None) };
        let powers = listed("power", self.mandate_powers.as_deref())?;
        let items = listed("item", self.mandate_items.as_deref())?;
        let mandate = Text::new(number).map_err(|why| damaged("mandate", why))?;
        Ok(Some(Mandated {
            document_digest: digest.clone(),
            agent: Agent { party: parse_some("agent", self.agent.as_deref())?, mandate },
            phone: self.agent_phone.clone().map(PersonalText::open),
            mandate: Mandate { powers, items, until: self.mandate_until },
        }))
    }
}

fn listed<T: FromStr + Ord>(what: &'static str, words: Option<&str>) -> QueryResult<Option<BTreeSet<T>>>
where
    T::Err: fmt::Display,
{
    let Some(words) = words else { return Ok(None) };
    let words = words.split(' ').filter(|word| !word.is_empty());
    words.map(|word| parse(what, word)).collect::<QueryResult<_>>().map(Some)
}

fn voucher(row: Row) -> QueryResult<Voucher> {
    let agent = row.mandated()?;
    Ok(Voucher {
        id: parse("voucher", &row.id)?,
        client: parse("client", &row.client)?,
        party: parse("party id", &row.party)?,
        assurance: row.assurance,
        agent,
        at: Instant::from_naive_utc(row.at),
        ended_at: row.ended_at.map(Instant::from_naive_utc),
    })
}

pub fn insert(connection: &mut Connection, centre: Centre, voucher: &Voucher) -> QueryResult<()> {
    let mandated = voucher.agent.as_ref();
    let powers = mandated.and_then(|it| it.mandate.powers.as_ref()).map(|powers| {
        let names: Vec<&str> = powers.iter().map(|power| <&str>::from(*power)).collect();
        names.join(" ")
    });
    let items = mandated.and_then(|it| it.mandate.items.as_ref()).map(|items| {
        let codes: Vec<&str> = items.iter().map(ItemCode::as_str).collect();
        codes.join(" ")
    });
    diesel::insert_into(vouchers::table)
        .values((
            vouchers::centre.eq(centre.as_str()),
            vouchers::id.eq(voucher.id.to_string()),
            vouchers::client.eq(voucher.client.as_str()),
            vouchers::party.eq(voucher.party.to_string()),
            vouchers::assurance.eq(&voucher.assurance),
            vouchers::agent_digest.eq(mandated.map(|it| it.document_digest.as_str())),
            vouchers::mandate.eq(mandated.map(|it| it.agent.mandate.as_str())),
            vouchers::agent.eq(mandated.and_then(|it| it.agent.party).map(|party| party.to_string())),
            vouchers::mandate_until.eq(mandated.and_then(|it| it.mandate.until)),
            vouchers::mandate_powers.eq(powers),
            vouchers::mandate_items.eq(items),
            vouchers::agent_phone.eq(mandated.and_then(|it| it.phone.as_ref()).map(PersonalText::seal)),
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
        .select(Row::as_select())
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
    let rows = query.order(vouchers::id.desc()).limit(limit).select(Row::as_select()).load::<Row>(connection)?;
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
