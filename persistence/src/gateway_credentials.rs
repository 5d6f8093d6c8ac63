//! 网关凭据: what a gateway issued to a program, and not we (clause G1). The secrets are sealed by whoever stores them.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use kernel::{Centre, EventId, ExternalNo, Instant, StaffCode};

use crate::{connection::Connection, decode::parse, schema::gateway_credentials};

/// An access key that is good, with its sealed secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    pub id: EventId,
    pub client: StaffCode,
    pub access_key: ExternalNo,
    pub sealed: String,
    pub issued_at: Instant,
}

type Row = (String, String, String, String, NaiveDateTime);

macro_rules! columns {
    () => {
        (
            gateway_credentials::id,
            gateway_credentials::client,
            gateway_credentials::access_key,
            gateway_credentials::sealed,
            gateway_credentials::issued_at,
        )
    };
}

fn credential((id, client, access_key, sealed, issued_at): Row) -> QueryResult<Credential> {
    Ok(Credential {
        id: parse("gateway credential", &id)?,
        client: parse("client", &client)?,
        access_key: parse("access key", &access_key)?,
        sealed,
        issued_at: Instant::from_naive_utc(issued_at),
    })
}

/// Whose an access key is now. Walks `gateway_credentials_live`.
pub fn live_by_key(
    connection: &mut Connection,
    centre: Centre,
    access_key: &ExternalNo,
) -> QueryResult<Option<Credential>> {
    gateway_credentials::table
        .filter(gateway_credentials::centre.eq(centre.as_str()))
        .filter(gateway_credentials::access_key.eq(access_key.as_str()))
        .filter(gateway_credentials::ended_at.is_null())
        .select(columns!())
        .get_result::<Row>(connection)
        .optional()?
        .map(credential)
        .transpose()
}

/// Those of a program that are good, the oldest first. Walks `gateway_credentials_by_client`.
pub fn live(connection: &mut Connection, centre: Centre, client: &StaffCode) -> QueryResult<Vec<Credential>> {
    let rows = gateway_credentials::table
        .filter(gateway_credentials::centre.eq(centre.as_str()))
        .filter(gateway_credentials::client.eq(client.as_str()))
        .filter(gateway_credentials::ended_at.is_null())
        .order(gateway_credentials::id.asc())
        .select(columns!())
        .load::<Row>(connection)?;
    rows.into_iter().map(credential).collect()
}

pub fn insert(connection: &mut Connection, centre: Centre, credential: &Credential) -> QueryResult<()> {
    diesel::insert_into(gateway_credentials::table)
        .values((
            gateway_credentials::centre.eq(centre.as_str()),
            gateway_credentials::id.eq(credential.id.to_string()),
            gateway_credentials::client.eq(credential.client.as_str()),
            gateway_credentials::access_key.eq(credential.access_key.as_str()),
            gateway_credentials::sealed.eq(&credential.sealed),
            gateway_credentials::issued_at.eq(credential.issued_at.naive_utc()),
        ))
        .execute(connection)
        .map(drop)
}

/// False where there is none, or it is no longer good.
pub fn end(
    connection: &mut Connection,
    centre: Centre,
    client: &StaffCode,
    id: EventId,
    now: Instant,
) -> QueryResult<bool> {
    diesel::update(
        gateway_credentials::table
            .filter(gateway_credentials::centre.eq(centre.as_str()))
            .filter(gateway_credentials::client.eq(client.as_str()))
            .filter(gateway_credentials::id.eq(id.to_string()))
            .filter(gateway_credentials::ended_at.is_null()),
    )
    .set(gateway_credentials::ended_at.eq(now.naive_utc()))
    .execute(connection)
    .map(|rows| rows == 1)
}
