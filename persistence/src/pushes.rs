//! 推送: what a system handed in under its own number, so that a retry finds what was done (clause G1).

use casework::Case;
use diesel::prelude::*;
use kernel::{Centre, Instant, StaffCode};
use strum::{Display, IntoStaticStr};

use crate::{connection::Connection, decode::unsigned, schema::pushes};

/// 推送种类
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Act {
    /// 申请
    Application,
    /// 补正材料, numbered by the system.
    Correction,
    /// 撤回
    Withdrawal,
}

/// What a push is found by: whose, under which number, and which act of those (0 where there is only one).
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    pub centre: Centre,
    pub client: &'a StaffCode,
    pub external_no: &'a str,
    pub act: Act,
    pub number: u32,
}

/// The keyed digest of what was handed in; None where nothing was.
pub fn digest(connection: &mut Connection, key: Key<'_>) -> QueryResult<Option<String>> {
    pushes::table
        .filter(pushes::centre.eq(key.centre.as_str()))
        .filter(pushes::client.eq(key.client.as_str()))
        .filter(pushes::external_no.eq(key.external_no))
        .filter(pushes::act.eq(<&str>::from(key.act)))
        .filter(pushes::number.eq(i64::from(key.number)))
        .select(pushes::digest)
        .get_result(connection)
        .optional()
}

/// Keeps that it was done, with the change that it made. A key that is taken was taken by a retry.
pub fn insert(connection: &mut Connection, key: Key<'_>, case: &Case, digest: &str, now: Instant) -> QueryResult<()> {
    diesel::insert_into(pushes::table)
        .values((
            pushes::centre.eq(key.centre.as_str()),
            pushes::client.eq(key.client.as_str()),
            pushes::external_no.eq(key.external_no),
            pushes::act.eq(<&str>::from(key.act)),
            pushes::number.eq(i64::from(key.number)),
            pushes::case_id.eq(case.id.to_string()),
            pushes::digest.eq(digest),
            pushes::at.eq(now.naive_utc()),
        ))
        .execute(connection)?;
    Ok(())
}

/// The numbers of the corrections that were handed in, and when.
pub fn corrections(
    connection: &mut Connection,
    centre: Centre,
    client: &StaffCode,
    external_no: &str,
) -> QueryResult<Vec<(u32, Instant)>> {
    pushes::table
        .filter(pushes::centre.eq(centre.as_str()))
        .filter(pushes::client.eq(client.as_str()))
        .filter(pushes::external_no.eq(external_no))
        .filter(pushes::act.eq(<&str>::from(Act::Correction)))
        .order(pushes::number.asc())
        .select((pushes::number, pushes::at))
        .load::<(i64, chrono::NaiveDateTime)>(connection)?
        .into_iter()
        .map(|(number, at)| Ok((unsigned("number", number)?, Instant::from_naive_utc(at))))
        .collect()
}
