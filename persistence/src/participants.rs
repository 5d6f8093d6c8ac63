//! Departments that have a part in a case besides the one that handles it: they see it, and it is on their list.

use std::collections::HashMap;

use casework::Part;
use chrono::NaiveDate;
use diesel::prelude::*;
use kernel::{CaseId, Centre, DepartmentCode};

use crate::{
    cases::{self, Summary},
    connection::{Connection, MultiBackend},
    decode::{damaged, parse, unsigned},
    schema::participants,
};

/// A department's part in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    pub department: DepartmentCode,
    pub part: Part,
    /// Something is still to be done.
    pub open: bool,
    pub due_on: Option<NaiveDate>,
}

/// Puts these in the place of whatever the case had.
pub fn set(connection: &mut Connection, centre: Centre, case: CaseId, participants: &[Participant]) -> QueryResult<()> {
    diesel::delete(
        participants::table
            .filter(participants::centre.eq(centre.as_str()))
            .filter(participants::case_id.eq(case.to_string())),
    )
    .execute(connection)?;
    for participant in participants {
        diesel::insert_into(participants::table)
            .values((
                participants::centre.eq(centre.as_str()),
                participants::department.eq(participant.department.as_str()),
                participants::case_id.eq(case.to_string()),
                participants::part.eq(<&str>::from(participant.part)),
                participants::open.eq(participant.open),
                participants::due_on.eq(participant.due_on),
            ))
            .execute(connection)?;
    }
    Ok(())
}

/// Where a list of tasks goes on: after the last line that was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskKey {
    pub due_on: Option<NaiveDate>,
    pub case: CaseId,
    pub department: DepartmentCode,
    pub part: Part,
}

/// 待办: a part that is still open.
#[derive(Clone, Debug)]
pub struct Task {
    pub key: TaskKey,
    pub case: Summary,
}

type TaskRow = (Option<NaiveDate>, String, String, String);

/// What departments have still to do in cases of others, most urgent first and what has no limit last, after `after`.
/// Walks `participants_by_due`.
pub fn tasks(
    connection: &mut Connection,
    centre: Centre,
    departments: &[DepartmentCode],
    after: Option<&TaskKey>,
    limit: i64,
) -> QueryResult<Vec<Task>> {
    let mut query = participants::table
        .filter(participants::centre.eq(centre.to_string()))
        .filter(participants::department.eq_any(departments.iter().map(ToString::to_string).collect::<Vec<_>>()))
        .filter(participants::open.eq(true))
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        let (case, department) = (after.case.to_string(), after.department.to_string());
        let later = participants::case_id.gt(case.clone()).or(participants::case_id.eq(case).and(
            participants::department
                .gt(department.clone())
                .or(participants::department.eq(department).and(participants::part.gt(<&str>::from(after.part)))),
        ));
        query = match after.due_on {
            Some(due) => query.filter(
                participants::due_on
                    .gt(due)
                    .or(participants::due_on.is_null())
                    .or(participants::due_on.eq(due).and(later).assume_not_null()),
            ),
            None => query.filter(participants::due_on.is_null().and(later)),
        };
    }
    let rows = query
        .order((
            participants::due_on.is_null(),
            participants::due_on.asc(),
            participants::case_id.asc(),
            participants::department.asc(),
            participants::part.asc(),
        ))
        .limit(limit)
        .select((participants::due_on, participants::case_id, participants::department, participants::part))
        .load::<TaskRow>(connection)?;
    let keys = rows.into_iter().map(key).collect::<QueryResult<Vec<_>>>()?;
    let mut ids: Vec<CaseId> = keys.iter().map(|key| key.case).collect();
    ids.sort_unstable();
    ids.dedup();
    let lines: HashMap<CaseId, Summary> =
        cases::lines(connection, centre, &ids)?.into_iter().map(|line| (line.id, line)).collect();
    let task = |key: TaskKey| {
        let case = lines.get(&key.case).cloned().ok_or_else(|| damaged("participant", "its case is missing"))?;
        Ok(Task { key, case })
    };
    keys.into_iter().map(task).collect()
}

fn key((due_on, case, department, part): TaskRow) -> QueryResult<TaskKey> {
    Ok(TaskKey {
        due_on,
        case: parse("case id", &case)?,
        department: parse("department", &department)?,
        part: parse("part", &part)?,
    })
}

/// The newest cases that departments have a part in, open or not, before `before`, each once. For each department a
/// range of the primary key.
pub(crate) fn newest(
    connection: &mut Connection,
    centre: Centre,
    departments: &[DepartmentCode],
    before: Option<CaseId>,
    limit: i64,
) -> QueryResult<Vec<CaseId>> {
    let mut cases = Vec::new();
    for department in departments {
        let mut query = participants::table
            .filter(participants::centre.eq(centre.to_string()))
            .filter(participants::department.eq(department.to_string()))
            .into_boxed::<MultiBackend>();
        if let Some(before) = before {
            query = query.filter(participants::case_id.lt(before.to_string()));
        }
        let ids = query
            .select(participants::case_id)
            .distinct()
            .order(participants::case_id.desc())
            .limit(limit)
            .load::<String>(connection)?;
        cases.extend(ids.iter().map(|id| parse("case id", id)).collect::<QueryResult<Vec<CaseId>>>()?);
    }
    cases.sort_unstable_by(|a, b| b.cmp(a));
    cases.dedup();
    cases.truncate(unsigned("limit", limit)?);
    Ok(cases)
}
