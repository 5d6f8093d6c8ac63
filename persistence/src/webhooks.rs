//! 推送订阅: where systems want to be told of what they can see in the feed, how far each was told, and how it does.
//! What is to be sent stands in the [`crate::outbox`], under the target of the endpoint.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use kernel::{Centre, EventId, Instant, StaffCode, id::WebhookEndpointId};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::{
    connection::{Connection, MultiBackend},
    decode::{parse, unsigned},
    schema::{clients, webhook_endpoints, webhook_secrets},
};

/// 签名方式: what an endpoint's letters are signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Signature {
    /// `v1` of Standard Webhooks.
    HmacSha256,
    /// `v1sm3`: the same with SM3 (GB/T 32905).
    HmacSm3,
}

/// 推送状态
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum State {
    Active,
    /// 停用, by its owner or an administrator.
    Off,
    /// 停用, because nothing was delivered for days.
    Failing,
    /// 停用, because it answered 410.
    Gone,
}

/// An endpoint as its owner decided, and how it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub id: WebhookEndpointId,
    /// Of what the owner decides; not of how it does.
    pub version: u64,
    pub client: StaffCode,
    pub name: String,
    pub url: String,
    /// 事件类型; all where empty.
    pub types: Vec<String>,
    pub signature: Signature,
    pub state: State,
    /// Up to where in the feed it was put into the outbox.
    pub place: u64,
    /// How many attempts failed since the last one that did not.
    pub failures: u32,
    pub failing_since: Option<Instant>,
    /// 熔断: nothing is sent but one letter then. None while it is not open.
    pub probe_at: Option<Instant>,
    pub created_at: Instant,
}

/// A secret that signs, until `ends_at` if that is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    pub id: String,
    pub issued_at: Instant,
    pub ends_at: Option<Instant>,
}

type Row = (
    String,
    i64,
    String,
    String,
    String,
    String,
    String,
    String,
    i64,
    i32,
    Option<NaiveDateTime>,
    Option<NaiveDateTime>,
    NaiveDateTime,
);

macro_rules! columns {
    () => {
        (
            webhook_endpoints::id,
            webhook_endpoints::version,
            webhook_endpoints::client,
            webhook_endpoints::name,
            webhook_endpoints::url,
            webhook_endpoints::types,
            webhook_endpoints::signature,
            webhook_endpoints::state,
            webhook_endpoints::place,
            webhook_endpoints::failures,
            webhook_endpoints::failing_since,
            webhook_endpoints::probe_at,
            webhook_endpoints::created_at,
        )
    };
}

fn endpoint(row: Row) -> QueryResult<Endpoint> {
    let (id, version, client, name, url, types, signature, state, place, failures, failing_since, probe_at, created_at) =
        row;
    Ok(Endpoint {
        id: parse("webhook endpoint", &id)?,
        version: unsigned("version", version)?,
        client: parse("client", &client)?,
        name,
        url,
        types: types.split_whitespace().map(str::to_owned).collect(),
        signature: parse("signature", &signature)?,
        state: parse("state", &state)?,
        place: unsigned("place", place)?,
        failures: unsigned("failures", failures)?,
        failing_since: failing_since.map(Instant::from_naive_utc),
        probe_at: probe_at.map(Instant::from_naive_utc),
        created_at: Instant::from_naive_utc(created_at),
    })
}

pub fn insert(connection: &mut Connection, centre: Centre, endpoint: &Endpoint) -> QueryResult<()> {
    diesel::insert_into(webhook_endpoints::table)
        .values((
            webhook_endpoints::centre.eq(centre.as_str()),
            webhook_endpoints::id.eq(endpoint.id.to_string()),
            webhook_endpoints::version.eq(unsigned::<_, i64>("version", endpoint.version)?),
            webhook_endpoints::client.eq(endpoint.client.as_str()),
            webhook_endpoints::name.eq(&endpoint.name),
            webhook_endpoints::url.eq(&endpoint.url),
            webhook_endpoints::types.eq(endpoint.types.join(" ")),
            webhook_endpoints::signature.eq(<&str>::from(endpoint.signature)),
            webhook_endpoints::state.eq(<&str>::from(endpoint.state)),
            webhook_endpoints::place.eq(unsigned::<_, i64>("place", endpoint.place)?),
            webhook_endpoints::failures.eq(unsigned::<_, i32>("failures", endpoint.failures)?),
            webhook_endpoints::failing_since.eq(endpoint.failing_since.map(Instant::naive_utc)),
            webhook_endpoints::probe_at.eq(endpoint.probe_at.map(Instant::naive_utc)),
            webhook_endpoints::created_at.eq(endpoint.created_at.naive_utc()),
        ))
        .execute(connection)
        .map(drop)
}

/// None for one that was deleted.
pub fn find(connection: &mut Connection, centre: Centre, id: WebhookEndpointId) -> QueryResult<Option<Endpoint>> {
    webhook_endpoints::table
        .filter(webhook_endpoints::centre.eq(centre.as_str()))
        .filter(webhook_endpoints::id.eq(id.to_string()))
        .filter(webhook_endpoints::state.ne("deleted"))
        .select(columns!())
        .get_result::<Row>(connection)
        .optional()?
        .map(endpoint)
        .transpose()
}

/// Whose it is, or was before it was deleted.
pub fn owner(connection: &mut Connection, centre: Centre, id: WebhookEndpointId) -> QueryResult<Option<StaffCode>> {
    webhook_endpoints::table
        .filter(webhook_endpoints::centre.eq(centre.as_str()))
        .filter(webhook_endpoints::id.eq(id.to_string()))
        .select(webhook_endpoints::client)
        .get_result::<String>(connection)
        .optional()?
        .map(|client| parse("client", &client))
        .transpose()
}

/// A page of them by id, after `after`: of one client, or of all. Those that were deleted are left out.
pub fn list(
    connection: &mut Connection,
    centre: Centre,
    client: Option<&StaffCode>,
    after: Option<WebhookEndpointId>,
    limit: i64,
) -> QueryResult<Vec<Endpoint>> {
    let mut query = webhook_endpoints::table
        .filter(webhook_endpoints::centre.eq(centre.to_string()))
        .filter(webhook_endpoints::state.ne("deleted"))
        .into_boxed::<MultiBackend>();
    if let Some(client) = client {
        query = query.filter(webhook_endpoints::client.eq(client.to_string()));
    }
    if let Some(after) = after {
        query = query.filter(webhook_endpoints::id.gt(after.to_string()));
    }
    let rows = query.order(webhook_endpoints::id.asc()).limit(limit).select(columns!()).load::<Row>(connection)?;
    rows.into_iter().map(endpoint).collect()
}

/// Those that are to be told: active, of a system that is active and may read.
pub fn active(connection: &mut Connection, centre: Centre) -> QueryResult<Vec<Endpoint>> {
    let rows = webhook_endpoints::table
        .inner_join(
            clients::table
                .on(clients::centre.eq(webhook_endpoints::centre).and(clients::code.eq(webhook_endpoints::client))),
        )
        .filter(webhook_endpoints::centre.eq(centre.as_str()))
        .filter(webhook_endpoints::state.eq("active"))
        .filter(clients::active.eq(true))
        .filter(clients::role.eq("adapter"))
        .order(webhook_endpoints::id.asc())
        .select((columns!(), clients::scopes))
        .load::<(Row, String)>(connection)?;
    let may_read = |scopes: &str| scopes.split(' ').any(|scope| scope == "events:read");
    rows.into_iter().filter(|(_, scopes)| may_read(scopes)).map(|(row, _)| endpoint(row)).collect()
}

/// Replaces what the owner decides, of the version before; false where somebody else was first.
pub fn save(connection: &mut Connection, centre: Centre, endpoint: &Endpoint) -> QueryResult<bool> {
    let version = unsigned::<_, i64>("version", endpoint.version)?;
    diesel::update(
        webhook_endpoints::table
            .filter(webhook_endpoints::centre.eq(centre.as_str()))
            .filter(webhook_endpoints::id.eq(endpoint.id.to_string()))
            .filter(webhook_endpoints::version.eq(version - 1))
            .filter(webhook_endpoints::state.ne("deleted")),
    )
    .set((
        webhook_endpoints::version.eq(version),
        webhook_endpoints::name.eq(&endpoint.name),
        webhook_endpoints::url.eq(&endpoint.url),
        webhook_endpoints::types.eq(endpoint.types.join(" ")),
        webhook_endpoints::signature.eq(<&str>::from(endpoint.signature)),
        webhook_endpoints::state.eq(<&str>::from(endpoint.state)),
    ))
    .execute(connection)
    .map(|rows| rows == 1)
}

/// From now on it is found no more, and nothing is sent to it; false where there is none.
pub fn delete(connection: &mut Connection, centre: Centre, id: WebhookEndpointId) -> QueryResult<bool> {
    diesel::update(
        webhook_endpoints::table
            .filter(webhook_endpoints::centre.eq(centre.as_str()))
            .filter(webhook_endpoints::id.eq(id.to_string()))
            .filter(webhook_endpoints::state.ne("deleted")),
    )
    .set((webhook_endpoints::state.eq("deleted"), webhook_endpoints::version.eq(webhook_endpoints::version + 1)))
    .execute(connection)
    .map(|rows| rows == 1)
}

/// Moves the place in the feed of one that is active, by compare-and-set with its version; false where another process was
/// faster, or the owner has decided otherwise.
pub fn advance(connection: &mut Connection, centre: Centre, seen: &Endpoint, place: u64) -> QueryResult<bool> {
    diesel::update(
        webhook_endpoints::table
            .filter(webhook_endpoints::centre.eq(centre.as_str()))
            .filter(webhook_endpoints::id.eq(seen.id.to_string()))
            .filter(webhook_endpoints::version.eq(unsigned::<_, i64>("version", seen.version)?))
            .filter(webhook_endpoints::state.eq("active"))
            .filter(webhook_endpoints::place.eq(unsigned::<_, i64>("place", seen.place)?)),
    )
    .set(webhook_endpoints::place.eq(unsigned::<_, i64>("place", place)?))
    .execute(connection)
    .map(|rows| rows == 1)
}

/// Moves the place back to `place`, where it is not there already, so that what came after it is told again.
pub fn rewind(connection: &mut Connection, centre: Centre, id: WebhookEndpointId, place: u64) -> QueryResult<()> {
    let place = unsigned::<_, i64>("place", place)?;
    diesel::update(
        webhook_endpoints::table
            .filter(webhook_endpoints::centre.eq(centre.as_str()))
            .filter(webhook_endpoints::id.eq(id.to_string()))
            .filter(webhook_endpoints::place.gt(place)),
    )
    .set(webhook_endpoints::place.eq(place))
    .execute(connection)
    .map(drop)
}

/// All there ever were, and whether each was deleted.
pub fn all(connection: &mut Connection, centre: Centre) -> QueryResult<Vec<(WebhookEndpointId, bool)>> {
    let rows = webhook_endpoints::table
        .filter(webhook_endpoints::centre.eq(centre.as_str()))
        .select((webhook_endpoints::id, webhook_endpoints::state))
        .load::<(String, String)>(connection)?;
    rows.into_iter().map(|(id, state)| Ok((parse("webhook endpoint", &id)?, state == "deleted"))).collect()
}

/// One attempt more has failed. How it does now; None where it is no longer active.
pub fn failed(
    connection: &mut Connection,
    centre: Centre,
    id: WebhookEndpointId,
    now: Instant,
) -> QueryResult<Option<Endpoint>> {
    let one = webhook_endpoints::table
        .filter(webhook_endpoints::centre.eq(centre.as_str()))
        .filter(webhook_endpoints::id.eq(id.to_string()))
        .filter(webhook_endpoints::state.eq("active"));
    // The first statement holds the row, so that the second sees what it left.
    let first = one.clone().filter(webhook_endpoints::failures.eq(0));
    let began = diesel::update(first)
        .set((webhook_endpoints::failures.eq(1), webhook_endpoints::failing_since.eq(now.naive_utc())))
        .execute(connection)?;
    if began == 0 {
        let again = one.filter(webhook_endpoints::failures.gt(0));
        diesel::update(again)
            .set(webhook_endpoints::failures.eq(webhook_endpoints::failures + 1))
            .execute(connection)?;
    }
    Ok(find(connection, centre, id)?.filter(|endpoint| endpoint.state == State::Active))
}

/// The other side is there: nothing has failed since. False where nothing had.
pub fn recovered(connection: &mut Connection, centre: Centre, id: WebhookEndpointId) -> QueryResult<bool> {
    diesel::update(
        webhook_endpoints::table
            .filter(webhook_endpoints::centre.eq(centre.as_str()))
            .filter(webhook_endpoints::id.eq(id.to_string()))
            .filter(webhook_endpoints::failures.gt(0)),
    )
    .set((
        webhook_endpoints::failures.eq(0),
        webhook_endpoints::failing_since.eq(None::<NaiveDateTime>),
        webhook_endpoints::probe_at.eq(None::<NaiveDateTime>),
    ))
    .execute(connection)
    .map(|rows| rows == 1)
}

/// Opens the circuit, or keeps it open, until `until`.
pub fn hold(connection: &mut Connection, centre: Centre, id: WebhookEndpointId, until: Instant) -> QueryResult<()> {
    diesel::update(
        webhook_endpoints::table
            .filter(webhook_endpoints::centre.eq(centre.as_str()))
            .filter(webhook_endpoints::id.eq(id.to_string()))
            .filter(webhook_endpoints::state.eq("active")),
    )
    .set(webhook_endpoints::probe_at.eq(until.naive_utc()))
    .execute(connection)
    .map(drop)
}

/// Takes the probe that is due `at`, by compare-and-set; false where another process has it.
pub fn take_probe(
    connection: &mut Connection,
    centre: Centre,
    id: WebhookEndpointId,
    at: Instant,
    until: Instant,
) -> QueryResult<bool> {
    diesel::update(
        webhook_endpoints::table
            .filter(webhook_endpoints::centre.eq(centre.as_str()))
            .filter(webhook_endpoints::id.eq(id.to_string()))
            .filter(webhook_endpoints::state.eq("active"))
            .filter(webhook_endpoints::probe_at.eq(at.naive_utc())),
    )
    .set(webhook_endpoints::probe_at.eq(until.naive_utc()))
    .execute(connection)
    .map(|rows| rows == 1)
}

/// The secrets that sign at `now`, the oldest first.
pub fn secrets(
    connection: &mut Connection,
    centre: Centre,
    id: WebhookEndpointId,
    now: Instant,
) -> QueryResult<Vec<Secret>> {
    let is_live = webhook_secrets::ends_at.is_null().or(webhook_secrets::ends_at.gt(now.naive_utc()).assume_not_null());
    let rows = webhook_secrets::table
        .filter(webhook_secrets::centre.eq(centre.as_str()))
        .filter(webhook_secrets::endpoint.eq(id.to_string()))
        .filter(is_live)
        .order((webhook_secrets::issued_at.asc(), webhook_secrets::id.asc()))
        .select((webhook_secrets::id, webhook_secrets::issued_at, webhook_secrets::ends_at))
        .load::<(String, NaiveDateTime, Option<NaiveDateTime>)>(connection)?;
    let secret = |(id, issued_at, ends_at): (String, NaiveDateTime, Option<NaiveDateTime>)| Secret {
        id,
        issued_at: Instant::from_naive_utc(issued_at),
        ends_at: ends_at.map(Instant::from_naive_utc),
    };
    Ok(rows.into_iter().map(secret).collect())
}

pub fn add_secret(
    connection: &mut Connection,
    centre: Centre,
    endpoint: WebhookEndpointId,
    id: EventId,
    now: Instant,
) -> QueryResult<()> {
    diesel::insert_into(webhook_secrets::table)
        .values((
            webhook_secrets::centre.eq(centre.as_str()),
            webhook_secrets::endpoint.eq(endpoint.to_string()),
            webhook_secrets::id.eq(id.to_string()),
            webhook_secrets::issued_at.eq(now.naive_utc()),
        ))
        .execute(connection)
        .map(drop)
}

/// Lets a secret sign until `at` and no longer; false where there is none that is set to sign longer.
pub fn end_secret(
    connection: &mut Connection,
    centre: Centre,
    endpoint: WebhookEndpointId,
    id: &str,
    at: Instant,
) -> QueryResult<bool> {
    let signs_longer =
        webhook_secrets::ends_at.is_null().or(webhook_secrets::ends_at.gt(at.naive_utc()).assume_not_null());
    diesel::update(
        webhook_secrets::table
            .filter(webhook_secrets::centre.eq(centre.as_str()))
            .filter(webhook_secrets::endpoint.eq(endpoint.to_string()))
            .filter(webhook_secrets::id.eq(id))
            .filter(signs_longer),
    )
    .set(webhook_secrets::ends_at.eq(at.naive_utc()))
    .execute(connection)
    .map(|rows| rows == 1)
}
