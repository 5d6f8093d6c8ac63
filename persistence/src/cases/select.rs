//! The statement behind every list of cases. Through Diesel's select for either database it would be put together anew
//! for each page, and its rows decoded by way of an enum; that took a third of the time of a page.

use std::borrow::Cow;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::{
    QueryResult, RunQueryDsl,
    backend::Backend,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{BigInt, Date, HasSqlType, Integer, Nullable, Text, Timestamp},
};
use kernel::{CaseId, Centre, access::Sight};

const SELECT: &str = "SELECT cases.id, cases.number, cases.version, cases.stage, cases.item, cases.item_version, \
    cases.channel, cases.applicant, parties.kind, parties.name, cases.window_code, cases.department, cases.holder, \
    cases.received_at, cases.accepted_on, cases.due_on, cases.amber_on, cases.ended_at \
    FROM cases JOIN parties ON parties.centre = cases.centre AND parties.id = cases.applicant WHERE ";

/// The types of what [`SELECT`] names, in its order.
pub(super) type Columns = (
    Text,
    Text,
    BigInt,
    Text,
    Text,
    Integer,
    Text,
    Text,
    Text,
    Text,
    Text,
    Text,
    Nullable<Text>,
    Timestamp,
    Nullable<Date>,
    Nullable<Date>,
    Nullable<Date>,
    Nullable<Timestamp>,
);

/// How many values a condition may name and still be kept as a prepared statement: one for each number of them.
const FEW: usize = 8;

/// Lines of a list: the cases of one centre that meet every condition.
#[derive(Clone, Debug)]
pub(super) struct Lines<'a> {
    conditions: Vec<Condition<'a>>,
    order: &'static str,
}

/// A piece of SQL and what stands behind it.
#[derive(Clone, Debug)]
enum Condition<'a> {
    Text(&'static str, Cow<'a, str>),
    Among(&'static str, Vec<Cow<'a, str>>),
    Day(&'static str, NaiveDate),
    Moment(&'static str, NaiveDateTime),
    Plain(&'static str),
}

impl<'a> Lines<'a> {
    /// The same predicate as [`Sight::covers`], for the database, but for the cases that a department only has a part
    /// in.
    pub(super) fn seen_by(centre: Centre, sight: &'a Sight) -> Self {
        let centre = Condition::Text("cases.centre = ", centre.as_str().to_owned().into());
        let mut lines = Self { conditions: vec![centre], order: "cases.id DESC" };
        match sight {
            Sight::Centre => {}
            Sight::Nothing => lines.plain(" AND cases.id = ''"),
            Sight::Windows(windows) => {
                lines.among(" AND cases.window_code", windows.iter().map(|code| code.as_str().into()))
            }
            Sight::Departments(departments) => {
                lines.among(" AND cases.department", departments.iter().map(|code| code.as_str().into()))
            }
            Sight::Applicant(party) => lines.text(" AND cases.applicant = ", party.to_string()),
            Sight::Client(client) => lines.text(" AND cases.client = ", client.as_str()),
        }
        lines
    }

    pub(super) fn text(&mut self, sql: &'static str, text: impl Into<Cow<'a, str>>) {
        self.conditions.push(Condition::Text(sql, text.into()));
    }

    pub(super) fn day(&mut self, sql: &'static str, day: NaiveDate) {
        self.conditions.push(Condition::Day(sql, day));
    }

    pub(super) fn moment(&mut self, sql: &'static str, moment: NaiveDateTime) {
        self.conditions.push(Condition::Moment(sql, moment));
    }

    pub(super) fn among(&mut self, column: &'static str, texts: impl IntoIterator<Item = Cow<'a, str>>) {
        self.conditions.push(Condition::Among(column, texts.into_iter().collect()));
    }

    pub(super) fn plain(&mut self, sql: &'static str) {
        self.conditions.push(Condition::Plain(sql));
    }

    /// The most urgent first and what has no limit last, from behind `after` on.
    pub(super) fn by_urgency(&mut self, after: Option<(Option<NaiveDate>, CaseId)>) {
        self.order = "cases.due_on IS NULL, cases.due_on ASC, cases.id ASC";
        let Some((due, id)) = after else { return };
        match due {
            Some(due) => {
                self.day(" AND (cases.due_on > ", due);
                self.day(" OR (cases.due_on = ", due);
                self.text(" AND cases.id > ", id.to_string());
                self.plain(") OR cases.due_on IS NULL)");
            }
            None => self.text(" AND cases.due_on IS NULL AND cases.id > ", id.to_string()),
        }
    }
}

impl<DB> QueryFragment<DB> for Lines<'_>
where
    DB: Backend + HasSqlType<Text> + HasSqlType<Date> + HasSqlType<Timestamp>,
    str: ToSql<Text, DB>,
    NaiveDate: ToSql<Date, DB>,
    NaiveDateTime: ToSql<Timestamp, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(SELECT);
        for condition in &self.conditions {
            match condition {
                Condition::Plain(sql) => out.push_sql(sql),
                Condition::Text(sql, text) => {
                    out.push_sql(sql);
                    out.push_bind_param::<Text, str>(text)?;
                }
                Condition::Day(sql, day) => {
                    out.push_sql(sql);
                    out.push_bind_param::<Date, _>(day)?;
                }
                Condition::Moment(sql, moment) => {
                    out.push_sql(sql);
                    out.push_bind_param::<Timestamp, _>(moment)?;
                }
                Condition::Among(column, texts) => among(column, texts, out.reborrow())?,
            }
        }
        out.push_sql(" ORDER BY ");
        out.push_sql(self.order);
        Ok(())
    }
}

fn among<'b, DB>(column: &str, texts: &'b [Cow<'_, str>], mut out: AstPass<'_, 'b, DB>) -> QueryResult<()>
where
    DB: Backend + HasSqlType<Text>,
    str: ToSql<Text, DB>,
{
    out.push_sql(column);
    match texts {
        [] => out.push_sql(" IN (NULL)"),
        [one] => {
            out.push_sql(" = ");
            out.push_bind_param::<Text, str>(one)?;
        }
        several => {
            if several.len() > FEW {
                out.unsafe_to_cache_prepared();
            }
            for (index, text) in several.iter().enumerate() {
                out.push_sql(if index == 0 { " IN (" } else { ", " });
                out.push_bind_param::<Text, str>(text)?;
            }
            out.push_sql(")");
        }
    }
    Ok(())
}

impl Query for Lines<'_> {
    type SqlType = Columns;
}

// Of one type and many texts.
impl QueryId for Lines<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C> RunQueryDsl<C> for Lines<'_> {}
