//! 对接系统: the programs that may ask for tokens (clauses B1-2, B5-7).

use chrono::NaiveDateTime;
use diesel::prelude::*;
use kernel::{Centre, Instant, Role, StaffCode};

use crate::{
    connection::Connection,
    decode::{parse, unsigned},
    per_backend,
    schema::{client_assertions, client_secrets, clients},
    usage::Quota,
};

/// A program that is known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    pub code: StaffCode,
    pub version: u64,
    /// [`Role::Adapter`] or [`Role::Hotline`].
    pub role: Role,
    pub name: String,
    /// What its tokens may allow, separated by blanks.
    pub scopes: String,
    pub active: bool,
    /// The JWK set that its assertions are signed with.
    pub keys: Option<String>,
    /// Tokens issued until then are no longer good.
    pub revoked_until: Option<Instant>,
    pub created_at: Instant,
    pub daily: Quota,
}

/// A secret that is good; what it says is not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSecret {
    pub id: String,
    pub issued_at: Instant,
}

type Row = (
    String,
    i64,
    String,
    String,
    String,
    bool,
    Option<String>,
    Option<NaiveDateTime>,
    NaiveDateTime,
    Option<i64>,
    Option<i64>,
);

macro_rules! columns {
    () => {
        (
            clients::code,
            clients::version,
            clients::role,
            clients::name,
            clients::scopes,
            clients::active,
            clients::keys,
            clients::revoked_until,
            clients::created_at,
            clients::daily_calls,
            clients::daily_applications,
        )
    };
}

fn client(row: Row) -> QueryResult<Client> {
    let (code, version, role, name, scopes, active, keys, revoked_until, created_at, calls, applications) = row;
    Ok(Client {
        code: parse("client", &code)?,
        version: unsigned("version", version)?,
        role: parse("role", &role)?,
        name,
        scopes,
        active,
        keys,
        revoked_until: revoked_until.map(Instant::from_naive_utc),
        created_at: Instant::from_naive_utc(created_at),
        daily: Quota::read((calls, applications))?,
    })
}

pub fn find(connection: &mut Connection, centre: Centre, code: &StaffCode) -> QueryResult<Option<Client>> {
    clients::table
        .filter(clients::centre.eq(centre.as_str()))
        .filter(clients::code.eq(code.as_str()))
        .select(columns!())
        .get_result::<Row>(connection)
        .optional()?
        .map(client)
        .transpose()
}

/// A page of them by code, after `after`. Walks the primary key.
pub fn list(
    connection: &mut Connection,
    centre: Centre,
    after: Option<&StaffCode>,
    limit: i64,
) -> QueryResult<Vec<Client>> {
    clients::table
        .filter(clients::centre.eq(centre.as_str()))
        .filter(clients::code.gt(after.map_or("", StaffCode::as_str)))
        .order(clients::code.asc())
        .limit(limit)
        .select(columns!())
        .load::<Row>(connection)?
        .into_iter()
        .map(client)
        .collect()
}

/// Stores a new one; false where the code is taken.
pub fn insert(connection: &mut Connection, centre: Centre, client: &Client) -> QueryResult<bool> {
    let row = (
        clients::centre.eq(centre.as_str()),
        clients::code.eq(client.code.as_str()),
        clients::version.eq(unsigned::<_, i64>("version", client.version)?),
        clients::role.eq(<&str>::from(client.role)),
        clients::name.eq(&client.name),
        clients::scopes.eq(&client.scopes),
        clients::active.eq(client.active),
        clients::keys.eq(client.keys.as_deref()),
        clients::revoked_until.eq(client.revoked_until.map(Instant::naive_utc)),
        clients::created_at.eq(client.created_at.naive_utc()),
        clients::daily_calls.eq(client.daily.calls.map(i64::from)),
        clients::daily_applications.eq(client.daily.applications.map(i64::from)),
    );
    let inserted = per_backend!(connection, |c| diesel::insert_into(clients::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(inserted == 1)
}

/// Replaces what was of the version before; false where somebody else was first.
pub fn save(connection: &mut Connection, centre: Centre, client: &Client) -> QueryResult<bool> {
    let version = unsigned::<_, i64>("version", client.version)?;
    diesel::update(
        clients::table
            .filter(clients::centre.eq(centre.as_str()))
            .filter(clients::code.eq(client.code.as_str()))
            .filter(clients::version.eq(version - 1)),
    )
    .set((
        clients::version.eq(version),
        clients::name.eq(&client.name),
        clients::scopes.eq(&client.scopes),
        clients::active.eq(client.active),
        clients::keys.eq(client.keys.as_deref()),
        clients::revoked_until.eq(client.revoked_until.map(Instant::naive_utc)),
        clients::daily_calls.eq(client.daily.calls.map(i64::from)),
        clients::daily_applications.eq(client.daily.applications.map(i64::from)),
    ))
    .execute(connection)
    .map(|rows| rows == 1)
}

/// The secrets that are good, the oldest first.
pub fn secrets(connection: &mut Connection, centre: Centre, client: &StaffCode) -> QueryResult<Vec<LiveSecret>> {
    let rows = client_secrets::table
        .filter(client_secrets::centre.eq(centre.as_str()))
        .filter(client_secrets::client.eq(client.as_str()))
        .filter(client_secrets::ended_at.is_null())
        .order((client_secrets::issued_at.asc(), client_secrets::id.asc()))
        .select((client_secrets::id, client_secrets::issued_at))
        .load::<(String, NaiveDateTime)>(connection)?;
    Ok(rows.into_iter().map(|(id, at)| LiveSecret { id, issued_at: Instant::from_naive_utc(at) }).collect())
}

pub fn add_secret(
    connection: &mut Connection,
    centre: Centre,
    client: &StaffCode,
    id: &str,
    now: Instant,
) -> QueryResult<()> {
    diesel::insert_into(client_secrets::table)
        .values((
            client_secrets::centre.eq(centre.as_str()),
            client_secrets::client.eq(client.as_str()),
            client_secrets::id.eq(id),
            client_secrets::issued_at.eq(now.naive_utc()),
        ))
        .execute(connection)
        .map(drop)
}

/// False where there is none, or it is no longer good.
pub fn end_secret(
    connection: &mut Connection,
    centre: Centre,
    client: &StaffCode,
    id: &str,
    now: Instant,
) -> QueryResult<bool> {
    diesel::update(
        client_secrets::table
            .filter(client_secrets::centre.eq(centre.as_str()))
            .filter(client_secrets::client.eq(client.as_str()))
            .filter(client_secrets::id.eq(id))
            .filter(client_secrets::ended_at.is_null()),
    )
    .set(client_secrets::ended_at.eq(now.naive_utc()))
    .execute(connection)
    .map(|rows| rows == 1)
}

/// Uses up an assertion; false where it was used before, by whichever process.
pub fn use_up(
    connection: &mut Connection,
    centre: Centre,
    client: &StaffCode,
    digest: &str,
    expires_at: Instant,
) -> QueryResult<bool> {
    let row = (
        client_assertions::centre.eq(centre.as_str()),
        client_assertions::client.eq(client.as_str()),
        client_assertions::digest.eq(digest),
        client_assertions::expires_at.eq(expires_at.naive_utc()),
    );
    let used = per_backend!(connection, |c| diesel::insert_into(client_assertions::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(used == 1)
}

/// Until when something that was used up is kept as that; None for what was not.
pub fn used_until(
    connection: &mut Connection,
    centre: Centre,
    client: &StaffCode,
    digest: &str,
) -> QueryResult<Option<Instant>> {
    let until = client_assertions::table
        .filter(client_assertions::centre.eq(centre.as_str()))
        .filter(client_assertions::client.eq(client.as_str()))
        .filter(client_assertions::digest.eq(digest))
        .select(client_assertions::expires_at)
        .get_result::<NaiveDateTime>(connection)
        .optional()?;
    Ok(until.map(Instant::from_naive_utc))
}

/// Forgets assertions that would be refused for their age. Walks `client_assertions_by_expiry`.
pub fn forget_assertions(connection: &mut Connection, centre: Centre, now: Instant) -> QueryResult<usize> {
    diesel::delete(
        client_assertions::table
            .filter(client_assertions::centre.eq(centre.as_str()))
            .filter(client_assertions::expires_at.lt(now.naive_utc())),
    )
    .execute(connection)
}
