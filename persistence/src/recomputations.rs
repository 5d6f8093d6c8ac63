//! Every open limit computed anew after the calendar changed: how far it is, and what moved (rule L3).

use std::collections::HashSet;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use kernel::{
    CaseId, Centre, DepartmentCode, Instant,
    id::{FollowUpPlanId, ImpasseId, WorkOrderId},
    ledger::LimitKind,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    connection::{Connection, MultiBackend},
    decode::{damaged, from_json, parse, to_json, unsigned},
    schema::{recomputation_moves, recomputations},
};

/// Of what limits are computed anew: all cases, then all impasses, all follow-up plans, and all work orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Examined {
    Case(CaseId),
    Impasse(ImpasseId),
    FollowUpPlan(FollowUpPlanId),
    WorkOrder(WorkOrderId),
}

impl Examined {
    pub fn kind(self) -> &'static str {
        match self {
            Self::Case(_) => "case",
            Self::Impasse(_) => "impasse",
            Self::FollowUpPlan(_) => "follow_up_plan",
            Self::WorkOrder(_) => "work_order",
        }
    }

    pub fn id(self) -> String {
        match self {
            Self::Case(id) => id.to_string(),
            Self::Impasse(id) => id.to_string(),
            Self::FollowUpPlan(id) => id.to_string(),
            Self::WorkOrder(id) => id.to_string(),
        }
    }

    fn parse(kind: &str, id: &str) -> QueryResult<Self> {
        match kind {
            "case" => Ok(Self::Case(parse("case id", id)?)),
            "impasse" => Ok(Self::Impasse(parse("impasse id", id)?)),
            "follow_up_plan" => Ok(Self::FollowUpPlan(parse("follow-up plan id", id)?)),
            "work_order" => Ok(Self::WorkOrder(parse("work order id", id)?)),
            other => Err(damaged("kind of what was examined", other)),
        }
    }

    /// As in `cursor`; a case by its id alone.
    fn place(self) -> String {
        match self {
            Self::Case(id) => id.to_string(),
            other => format!("{}:{}", other.kind(), other.id()),
        }
    }

    fn at(place: &str) -> QueryResult<Self> {
        match place.split_once(':') {
            Some((kind, id)) => Self::parse(kind, id),
            None => Self::parse("case", place),
        }
    }
}

/// One recomputation.
#[derive(Clone, Debug, PartialEq)]
pub struct Recomputation {
    pub id: Uuid,
    pub cause: String,
    /// What was in force before its edition, and what with it, for telling what it moved. What was begun by an older program
    /// does not say what came after.
    pub before: Value,
    pub after: Option<Value>,
    /// When its edition took effect.
    pub started_at: Instant,
    /// The last one that was looked at.
    pub cursor: Option<Examined>,
    /// How many of those that its edition met were looked at, and in how many of them a limit moved.
    pub examined: u64,
    pub moved: u64,
    pub finished_at: Option<Instant>,
}

/// A limit that moved, or became or ceased to be provisional.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    pub of: Examined,
    pub limit: LimitKind,
    /// Whose opinion it is for; None of a limit of the case's own.
    pub department: Option<DepartmentCode>,
    /// The order of an impasse that it is of.
    pub order: Option<u32>,
    /// 特别程序告知书编号, where it is the time that the notice says the procedure needs.
    pub procedure: Option<String>,
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
    after: Option<String>,
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
            after: self.after.as_deref().map(|after| from_json("calendar after", after)).transpose()?,
            started_at: Instant::from_naive_utc(self.started_at),
            cursor: self.cursor.as_deref().map(Examined::at).transpose()?,
            examined: unsigned("examined", self.examined)?,
            moved: unsigned("moved", self.moved)?,
            finished_at: self.finished_at.map(Instant::from_naive_utc),
        })
    }
}

/// Puts a recomputation on the list of what is to be done, with the calendars before and after its edition.
pub fn begin(
    connection: &mut Connection,
    centre: Centre,
    id: Uuid,
    cause: &str,
    (before, after): (&Value, &Value),
    now: Instant,
) -> QueryResult<()> {
    diesel::insert_into(recomputations::table)
        .values((
            recomputations::centre.eq(centre.as_str()),
            recomputations::id.eq(id.to_string()),
            recomputations::cause.eq(cause),
            recomputations::before.eq(to_json(before)?),
            recomputations::after.eq(to_json(after)?),
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

/// Puts on record that all up to `cursor` were looked at, `examined` more than `seen` says, and what moved in
/// them. False, and nothing done, where somebody else went on from `seen` first; a step over what began after the edition
/// counts nothing, and doing it twice does no harm.
///
/// # Errors
/// Those of the database; and where `examined` is 0 though something moved.
pub fn advance(
    connection: &mut Connection,
    centre: Centre,
    seen: &Recomputation,
    cursor: Examined,
    examined: u64,
    moves: &[Moved],
) -> QueryResult<bool> {
    if examined == 0 && !moves.is_empty() {
        return Err(damaged("step of a recomputation", "moved without being examined"));
    }
    let moved: HashSet<Examined> = moves.iter().map(|moved| moved.of).collect();
    let moved = seen.moved + unsigned::<_, u64>("moved", moved.len())?;
    let advanced = diesel::update(
        recomputations::table
            .filter(recomputations::centre.eq(centre.as_str()))
            .filter(recomputations::id.eq(seen.id.to_string()))
            .filter(recomputations::examined.eq(unsigned::<_, i64>("examined", seen.examined)?))
            .filter(recomputations::finished_at.is_null()),
    )
    .set((
        recomputations::cursor.eq(cursor.place()),
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
                recomputation_moves::kind.eq(moved.of.kind()),
                recomputation_moves::item_id.eq(moved.of.id()),
                recomputation_moves::limit_kind.eq(<&str>::from(moved.limit)),
                recomputation_moves::subject.eq(moved.subject()),
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

/// What stands for the whole of it where a department, an order or a notice is named otherwise.
const OF_THE_WHOLE: &str = "case";

/// Where a list of moves goes on: after the last line that was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedKey {
    pub of: Examined,
    pub limit: LimitKind,
    pub subject: String,
}

impl Moved {
    pub fn key(&self) -> MovedKey {
        MovedKey { of: self.of, limit: self.limit, subject: self.subject() }
    }

    fn subject(&self) -> String {
        let order = self.order.map(|order| order.to_string());
        let department = self.department.as_ref().map(ToString::to_string);
        order.or(department).or_else(|| self.procedure.clone()).unwrap_or_else(|| OF_THE_WHOLE.to_owned())
    }
}

type MovedRow = (String, String, String, String, NaiveDate, NaiveDate, bool, bool);

/// A page of what moved, by what it is of, kind of limit, and department, order or notice, after `after`. Walks the primary
/// key.
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
        let (kind, id, limit) = (after.of.kind(), after.of.id(), <&str>::from(after.limit));
        let later = recomputation_moves::limit_kind
            .gt(limit)
            .or(recomputation_moves::limit_kind.eq(limit).and(recomputation_moves::subject.gt(after.subject.clone())));
        let later = recomputation_moves::item_id.gt(id.clone()).or(recomputation_moves::item_id.eq(id).and(later));
        query = query.filter(recomputation_moves::kind.gt(kind).or(recomputation_moves::kind.eq(kind).and(later)));
    }
    let rows = query
        .order((
            recomputation_moves::kind.asc(),
            recomputation_moves::item_id.asc(),
            recomputation_moves::limit_kind.asc(),
            recomputation_moves::subject.asc(),
        ))
        .limit(limit)
        .select((
            recomputation_moves::kind,
            recomputation_moves::item_id,
            recomputation_moves::limit_kind,
            recomputation_moves::subject,
            recomputation_moves::due_before,
            recomputation_moves::due_after,
            recomputation_moves::provisional_before,
            recomputation_moves::provisional_after,
        ))
        .load::<MovedRow>(connection)?;
    let moved = |(kind, id, limit, subject, due_before, due_after, provisional_before, provisional_after): MovedRow| {
        let limit: LimitKind = parse("limit kind", &limit)?;
        // Told by the limit, as a department could have any code.
        let of_an_order = matches!(limit, LimitKind::Order | LimitKind::OrderReceipt);
        Ok(Moved {
            of: Examined::parse(&kind, &id)?,
            limit,
            department: limit.is_of_a_part().then(|| parse("department", &subject)).transpose()?,
            order: of_an_order.then(|| parse("order", &subject)).transpose()?,
            procedure: (limit == LimitKind::Procedure).then_some(subject),
            due_before,
            due_after,
            provisional_before,
            provisional_after,
        })
    };
    rows.into_iter().map(moved).collect()
}
