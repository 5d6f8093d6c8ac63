//! Every open limit computed anew after the calendar changed: how far it is, and what moved (rule L3).

use std::collections::HashSet;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use kernel::{CaseId, Centre, DepartmentCode, Instant, ledger::LimitKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    connection::{Connection, MultiBackend},
    decode::{damaged, from_json, parse, parse_some, to_json, unsigned},
    schema::{recomputation_moves, recomputations},
};

/// One recomputation.
#[derive(Clone, Debug, PartialEq)]
pub struct Recomputation {
    pub id: Uuid,
    pub cause: String,
    /// What was in force before, for telling what moved.
    pub before: Value,
    pub started_at: Instant,
    /// The last case that was looked at.
    pub cursor: Option<CaseId>,
    /// How many cases were looked at, and in how many of them a limit moved.
    pub examined: u64,
    pub moved: u64,
    pub finished_at: Option<Instant>,
}

/// A limit that moved, or became or ceased to be provisional.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    pub case: CaseId,
    pub limit: LimitKind,
    /// Whose opinion it is for; None of a limit of the case's own.
    pub department: Option<DepartmentCode>,
    pub due_before: NaiveDate,
    pub due_after: NaiveDate,
    pub provisional_before: bool,
    pub provisional_after: bool,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = recomputations)]
struct Row {
    id: String,
    cause: String,
    before: String,
    started_at: NaiveDateTime,
    cursor: Option<String>,
    examined: i64,
    moved: i64,
    finished_at: Option<NaiveDateTime>,
}

impl Row {
    fn recomputation(self) -> QueryResult<Recomputation> {
        Ok(Recomputation {
            id: parse("recomputation id", &self.id)?,
            cause: self.cause,
            before: from_json("calendar before", &self.before)?,
            started_at: Instant::from_naive_utc(self.started_at),
            cursor: parse_some("case id", self.cursor.as_deref())?,
            examined: unsigned("examined", self.examined)?,
            moved: unsigned("moved", self.moved)?,
            finished_at: self.finished_at.map(Instant::from_naive_utc),
        })
    }
}

/// Puts a recomputation on the list of what is to be done.
pub fn begin(
    connection: &mut Connection,
    centre: Centre,
    id: Uuid,
    cause: &str,
    before: &Value,
    now: Instant,
) -> QueryResult<()> {
    diesel::insert_into(recomputations::table)
        .values((
            recomputations::centre.eq(centre.as_str()),
            recomputations::id.eq(id.to_string()),
            recomputations::cause.eq(cause),
            recomputations::before.eq(to_json(before)?),
            recomputations::started_at.eq(now.naive_utc()),
            recomputations::examined.eq(0),
            recomputations::moved.eq(0),
        ))
        .execute(connection)
        .map(drop)
}

/// The one to work on: of those unfinished, the oldest. Walks `recomputations_unfinished`.
pub fn current(connection: &mut Connection, centre: Centre) -> QueryResult<Option<Recomputation>> {
    recomputations::table
        .filter(recomputations::centre.eq(centre.as_str()))
        .filter(recomputations::finished_at.is_null())
        .order(recomputations::id.asc())
        .select(Row::as_select())
        .first::<Row>(connection)
        .optional()?
        .map(Row::recomputation)
        .transpose()
}

/// Puts on record that all cases up to `cursor` were looked at, `examined` more than `seen` says, and what moved in
/// them. False, and nothing done, where somebody else went on from `seen` first.
///
/// # Errors
/// Those of the database; and where `examined` is 0, which would not tell one step from the next.
pub fn advance(
    connection: &mut Connection,
    centre: Centre,
    seen: &Recomputation,
    cursor: CaseId,
    examined: u64,
    moves: &[Moved],
) -> QueryResult<bool> {
    if examined == 0 {
        return Err(damaged("step of a recomputation", "no case was examined"));
    }
    let cases: HashSet<CaseId> = moves.iter().map(|moved| moved.case).collect();
    let moved = seen.moved + unsigned::<_, u64>("moved", cases.len())?;
    let advanced = diesel::update(
        recomputations::table
            .filter(recomputations::centre.eq(centre.as_str()))
            .filter(recomputations::id.eq(seen.id.to_string()))
            .filter(recomputations::examined.eq(unsigned::<_, i64>("examined", seen.examined)?))
            .filter(recomputations::finished_at.is_null()),
    )
    .set((
        recomputations::cursor.eq(cursor.to_string()),
        recomputations::examined.eq(unsigned::<_, i64>("examined", seen.examined + examined)?),
        recomputations::moved.eq(unsigned::<_, i64>("moved", moved)?),
    ))
    .execute(connection)?;
    if advanced == 0 {
        return Ok(false);
    }
    for moved in moves {
        diesel::insert_into(recomputation_moves::table)
            .values((
                recomputation_moves::centre.eq(centre.as_str()),
                recomputation_moves::recomputation.eq(seen.id.to_string()),
                recomputation_moves::case_id.eq(moved.case.to_string()),
                recomputation_moves::limit_kind.eq(<&str>::from(moved.limit)),
                recomputation_moves::subject.eq(subject(moved.department.as_ref())),
                recomputation_moves::due_before.eq(moved.due_before),
                recomputation_moves::due_after.eq(moved.due_after),
                recomputation_moves::provisional_before.eq(moved.provisional_before),
                recomputation_moves::provisional_after.eq(moved.provisional_after),
            ))
            .execute(connection)?;
    }
    Ok(true)
}

/// Ends a recomputation; false where it has ended already.
pub fn finish(connection: &mut Connection, centre: Centre, id: Uuid, now: Instant) -> QueryResult<bool> {
    let finished = diesel::update(
        recomputations::table
            .filter(recomputations::centre.eq(centre.as_str()))
            .filter(recomputations::id.eq(id.to_string()))
            .filter(recomputations::finished_at.is_null()),
    )
    .set(recomputations::finished_at.eq(now.naive_utc()))
    .execute(connection)?;
    Ok(finished == 1)
}

pub fn get(connection: &mut Connection, centre: Centre, id: Uuid) -> QueryResult<Option<Recomputation>> {
    recomputations::table
        .filter(recomputations::centre.eq(centre.as_str()))
        .filter(recomputations::id.eq(id.to_string()))
        .select(Row::as_select())
        .get_result::<Row>(connection)
        .optional()?
        .map(Row::recomputation)
        .transpose()
}

/// A page of recomputations, newest first, before `before`.
pub fn list(
    connection: &mut Connection,
    centre: Centre,
    before: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Recomputation>> {
    let mut query =
        recomputations::table.filter(recomputations::centre.eq(centre.to_string())).into_boxed::<MultiBackend>();
    if let Some(before) = before {
        query = query.filter(recomputations::id.lt(before.to_string()));
    }
    let rows = query.order(recomputations::id.desc()).limit(limit).select(Row::as_select()).load::<Row>(connection)?;
    rows.into_iter().map(Row::recomputation).collect()
}

/// What stands for the case itself where a department is named otherwise.
const OF_THE_CASE: &str = "case";

fn subject(department: Option<&DepartmentCode>) -> &str {
    department.map_or(OF_THE_CASE, DepartmentCode::as_str)
}

/// Where a list of moves goes on: after the last line that was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedKey {
    pub case: CaseId,
    pub limit: LimitKind,
    pub department: Option<DepartmentCode>,
}

impl Moved {
    pub fn key(&self) -> MovedKey {
        MovedKey { case: self.case, limit: self.limit, department: self.department.clone() }
    }
}

type MovedRow = (String, String, String, NaiveDate, NaiveDate, bool, bool);

/// A page of what moved, by case, kind of limit and department, after `after`. Walks the primary key.
pub fn moves(
    connection: &mut Connection,
    centre: Centre,
    id: Uuid,
    after: Option<&MovedKey>,
    limit: i64,
) -> QueryResult<Vec<Moved>> {
    let mut query = recomputation_moves::table
        .filter(recomputation_moves::centre.eq(centre.to_string()))
        .filter(recomputation_moves::recomputation.eq(id.to_string()))
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        let (case, kind) = (after.case.to_string(), <&str>::from(after.limit));
        let later = recomputation_moves::limit_kind.gt(kind).or(recomputation_moves::limit_kind
            .eq(kind)
            .and(recomputation_moves::subject.gt(subject(after.department.as_ref()))));
        query = query
            .filter(recomputation_moves::case_id.gt(case.clone()).or(recomputation_moves::case_id.eq(case).and(later)));
    }
    let rows = query
        .order((
            recomputation_moves::case_id.asc(),
            recomputation_moves::limit_kind.asc(),
            recomputation_moves::subject.asc(),
        ))
        .limit(limit)
        .select((
            recomputation_moves::case_id,
            recomputation_moves::limit_kind,
            recomputation_moves::subject,
            recomputation_moves::due_before,
            recomputation_moves::due_after,
            recomputation_moves::provisional_before,
            recomputation_moves::provisional_after,
        ))
        .load::<MovedRow>(connection)?;
    let moved = |(case, limit, subject, due_before, due_after, provisional_before, provisional_after): MovedRow| {
        let limit = parse("limit kind", &limit)?;
        Ok(Moved {
            case: parse("case id", &case)?,
            limit,
            // Told by the limit, as a department could have any code.
            department: (limit == LimitKind::Opinion).then(|| parse("department", &subject)).transpose()?,
            due_before,
            due_after,
            provisional_before,
            provisional_after,
        })
    };
    rows.into_iter().map(moved).collect()
}
