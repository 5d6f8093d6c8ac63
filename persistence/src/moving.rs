//! The compare-and-set of a case, as a statement that is prepared once. Diesel never keeps an `update` as a prepared
//! statement, and this one is part of every transition: SQLite would parse it, PostgreSQL get a round trip more, each
//! time.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::{
    QueryResult, RunQueryDsl,
    backend::Backend,
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{BigInt, Date, HasSqlType, Nullable, Text, Timestamp},
};

use crate::record::Link;

/// Moves one row of `cases` from the version it was `seen` at; affects no row where somebody else was faster.
pub(crate) struct Move<'a> {
    pub centre: &'a str,
    pub id: &'a str,
    pub seen: i64,
    pub version: i64,
    /// None where only the body changes, so that no index entry moves and no CHECK has to be evaluated.
    pub columns: Option<Columns<'a>>,
    pub head: String,
    pub body: String,
}

/// What lists filter and order by, as far as it can change.
pub(crate) struct Columns<'a> {
    pub stage: &'a str,
    pub department: &'a str,
    pub holder: Option<&'a str>,
    pub accepted_on: Option<NaiveDate>,
    pub due_on: Option<NaiveDate>,
    pub amber_on: Option<NaiveDate>,
    pub decided_on: Option<NaiveDate>,
    pub ended_at: Option<NaiveDateTime>,
    pub wake_at: Option<NaiveDateTime>,
    pub returned_at: Option<NaiveDateTime>,
}

impl<DB> QueryFragment<DB> for Move<'_>
where
    DB: Backend + HasSqlType<BigInt> + HasSqlType<Text> + HasSqlType<Date> + HasSqlType<Timestamp>,
    i64: ToSql<BigInt, DB>,
    str: ToSql<Text, DB>,
    NaiveDate: ToSql<Date, DB>,
    NaiveDateTime: ToSql<Timestamp, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("UPDATE cases SET version = ");
        out.push_bind_param::<BigInt, _>(&self.version)?;
        if let Some(columns) = &self.columns {
            out.push_sql(", stage = ");
            out.push_bind_param::<Text, str>(columns.stage)?;
            out.push_sql(", department = ");
            out.push_bind_param::<Text, str>(columns.department)?;
            out.push_sql(", holder = ");
            out.push_bind_param::<Nullable<Text>, _>(&columns.holder)?;
            out.push_sql(", accepted_on = ");
            out.push_bind_param::<Nullable<Date>, _>(&columns.accepted_on)?;
            out.push_sql(", due_on = ");
            out.push_bind_param::<Nullable<Date>, _>(&columns.due_on)?;
            out.push_sql(", amber_on = ");
            out.push_bind_param::<Nullable<Date>, _>(&columns.amber_on)?;
            out.push_sql(", decided_on = ");
            out.push_bind_param::<Nullable<Date>, _>(&columns.decided_on)?;
            out.push_sql(", ended_at = ");
            out.push_bind_param::<Nullable<Timestamp>, _>(&columns.ended_at)?;
            out.push_sql(", wake_at = ");
            out.push_bind_param::<Nullable<Timestamp>, _>(&columns.wake_at)?;
            out.push_sql(", returned_at = ");
            out.push_bind_param::<Nullable<Timestamp>, _>(&columns.returned_at)?;
        }
        out.push_sql(", head = ");
        out.push_bind_param::<Text, str>(&self.head)?;
        out.push_sql(", body = ");
        out.push_bind_param::<Text, str>(&self.body)?;
        out.push_sql(" WHERE centre = ");
        out.push_bind_param::<Text, str>(self.centre)?;
        out.push_sql(" AND id = ");
        out.push_bind_param::<Text, str>(self.id)?;
        out.push_sql(" AND version = ");
        out.push_bind_param::<BigInt, _>(&self.seen)
    }
}

/// The move and its one event in a single round trip: the event goes on the record if, and only if, the row moved.
/// For PostgreSQL; SQLite has no data-modifying WITH, and no round trips.
pub(crate) struct MoveAndRecord<'a> {
    pub moving: Move<'a>,
    pub link: Link,
}

impl QueryFragment<Pg> for MoveAndRecord<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Link {
            centre,
            stream,
            version,
            id,
            kind,
            at,
            actor_role,
            actor,
            body,
            digest,
            trace,
            tracestate,
            acted_through,
        } = &self.link;
        out.push_sql("WITH moved AS (");
        self.moving.walk_ast(out.reborrow())?;
        out.push_sql(
            " RETURNING 1) INSERT INTO events \
             (version, at, trace, tracestate, acted_through, centre, stream, id, kind, actor_role, actor, body, digest) \
             SELECT ",
        );
        out.push_bind_param::<BigInt, _>(version)?;
        out.push_sql(", ");
        out.push_bind_param::<Timestamp, _>(at)?;
        for text in [trace, tracestate, acted_through] {
            out.push_sql(", ");
            out.push_bind_param::<Nullable<Text>, _>(text)?;
        }
        for text in [centre, stream, id, kind, actor_role, actor, body, digest] {
            out.push_sql(", ");
            out.push_bind_param::<Text, str>(text)?;
        }
        out.push_sql(" FROM moved");
        Ok(())
    }
}

// Two shapes of one type, so they are told apart by their text.
impl QueryId for Move<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryId for MoveAndRecord<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C> RunQueryDsl<C> for Move<'_> {}
impl<C> RunQueryDsl<C> for MoveAndRecord<'_> {}
