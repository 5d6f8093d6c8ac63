//! 企业码: which enterprise a code stands for, and what it stood for before (clause B5-6).

use chrono::NaiveDateTime;
use diesel::prelude::*;
use kernel::{Centre, ExternalNo, Instant, StaffCode, Text, access::Signature};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::{
    connection::Connection,
    decode::{damaged, parse, parse_some, unsigned},
    schema::{enterprise_code_changes, enterprise_codes},
};

/// What a code stands for: the keyed digest of a credit code, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    pub document_digest: String,
    pub at: Instant,
    /// The system that registered the code, or was assigned it; none of an administrator, and of what it stood for before.
    pub client: Option<StaffCode>,
}

/// How a code came to stand for something no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum How {
    /// 更正
    Corrected,
    /// 撤销
    Revoked,
}

/// What a code stood for, until when, and why no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub before: Bound,
    pub ended_at: Instant,
    pub how: How,
    pub reason: Text<500>,
    pub by: Signature,
}

pub fn get(connection: &mut Connection, centre: Centre, code: &ExternalNo) -> QueryResult<Option<Bound>> {
    let row = enterprise_codes::table
        .filter(enterprise_codes::centre.eq(centre.as_str()))
        .filter(enterprise_codes::code.eq(code.as_str()))
        .select((enterprise_codes::document_digest, enterprise_codes::at, enterprise_codes::client))
        .get_result::<(String, NaiveDateTime, Option<String>)>(connection)
        .optional()?;
    row.map(|(document_digest, at, client)| {
        let client = parse_some("client", client.as_deref())?;
        Ok(Bound { document_digest, at: Instant::from_naive_utc(at), client })
    })
    .transpose()
}

/// A code that was not there before, and the system that registers it.
pub fn insert(
    connection: &mut Connection,
    centre: Centre,
    code: &ExternalNo,
    (digest, client): (&str, Option<&StaffCode>),
    now: Instant,
) -> QueryResult<()> {
    diesel::insert_into(enterprise_codes::table)
        .values((
            enterprise_codes::centre.eq(centre.as_str()),
            enterprise_codes::code.eq(code.as_str()),
            enterprise_codes::document_digest.eq(digest),
            enterprise_codes::at.eq(now.naive_utc()),
            enterprise_codes::client.eq(client.map(StaffCode::as_str)),
        ))
        .execute(connection)
        .map(drop)
}

/// Binds a code to something else, from now; false where it stands no longer for what was seen.
pub fn rebind(
    connection: &mut Connection,
    centre: Centre,
    code: &ExternalNo,
    (seen, digest): (&Bound, &str),
    now: Instant,
) -> QueryResult<bool> {
    diesel::update(
        enterprise_codes::table
            .filter(enterprise_codes::centre.eq(centre.as_str()))
            .filter(enterprise_codes::code.eq(code.as_str()))
            .filter(enterprise_codes::document_digest.eq(&seen.document_digest)),
    )
    .set((enterprise_codes::document_digest.eq(digest), enterprise_codes::at.eq(now.naive_utc())))
    .execute(connection)
    .map(|rows| rows == 1)
}

/// From now a code is this system's to correct and to revoke; false where it stands no longer for what was seen.
pub fn assign(
    connection: &mut Connection,
    centre: Centre,
    code: &ExternalNo,
    (seen, client): (&Bound, &StaffCode),
) -> QueryResult<bool> {
    diesel::update(
        enterprise_codes::table
            .filter(enterprise_codes::centre.eq(centre.as_str()))
            .filter(enterprise_codes::code.eq(code.as_str()))
            .filter(enterprise_codes::document_digest.eq(&seen.document_digest)),
    )
    .set(enterprise_codes::client.eq(client.as_str()))
    .execute(connection)
    .map(|rows| rows == 1)
}

/// From now a code stands for nothing; false where it stands no longer for what was seen.
pub fn unbind(connection: &mut Connection, centre: Centre, code: &ExternalNo, seen: &Bound) -> QueryResult<bool> {
    diesel::delete(
        enterprise_codes::table
            .filter(enterprise_codes::centre.eq(centre.as_str()))
            .filter(enterprise_codes::code.eq(code.as_str()))
            .filter(enterprise_codes::document_digest.eq(&seen.document_digest)),
    )
    .execute(connection)
    .map(|rows| rows == 1)
}

type ChangeRow = (String, NaiveDateTime, NaiveDateTime, String, String, String, String);

/// What a code stood for before, the oldest first. Walks the primary key.
pub fn changes(connection: &mut Connection, centre: Centre, code: &ExternalNo) -> QueryResult<Vec<Change>> {
    let rows = enterprise_code_changes::table
        .filter(enterprise_code_changes::centre.eq(centre.as_str()))
        .filter(enterprise_code_changes::code.eq(code.as_str()))
        .order(enterprise_code_changes::number.asc())
        .select((
            enterprise_code_changes::document_digest,
            enterprise_code_changes::bound_at,
            enterprise_code_changes::ended_at,
            enterprise_code_changes::how,
            enterprise_code_changes::reason,
            enterprise_code_changes::actor_role,
            enterprise_code_changes::actor,
        ))
        .load::<ChangeRow>(connection)?;
    let change = |(document_digest, bound_at, ended_at, how, reason, role, code): ChangeRow| {
        Ok(Change {
            before: Bound { document_digest, at: Instant::from_naive_utc(bound_at), client: None },
            ended_at: Instant::from_naive_utc(ended_at),
            how: parse("change of an enterprise code", &how)?,
            reason: Text::new(&reason).map_err(|why| damaged("reason", why))?,
            by: Signature { role: parse("role", &role)?, code, through: None },
        })
    };
    rows.into_iter().map(change).collect()
}

/// Keeps what a code stood for; `number` counts from 1.
pub fn keep(
    connection: &mut Connection,
    centre: Centre,
    code: &ExternalNo,
    number: usize,
    change: &Change,
) -> QueryResult<()> {
    diesel::insert_into(enterprise_code_changes::table)
        .values((
            enterprise_code_changes::centre.eq(centre.as_str()),
            enterprise_code_changes::code.eq(code.as_str()),
            enterprise_code_changes::number.eq(unsigned::<_, i64>("number", number)?),
            enterprise_code_changes::document_digest.eq(&change.before.document_digest),
            enterprise_code_changes::bound_at.eq(change.before.at.naive_utc()),
            enterprise_code_changes::ended_at.eq(change.ended_at.naive_utc()),
            enterprise_code_changes::how.eq(<&str>::from(change.how)),
            enterprise_code_changes::reason.eq(change.reason.as_str()),
            enterprise_code_changes::actor_role.eq(change.by.role.to_string()),
            enterprise_code_changes::actor.eq(&change.by.code),
        ))
        .execute(connection)
        .map(drop)
}
