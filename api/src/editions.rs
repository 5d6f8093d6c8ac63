//! 放假调休安排: taking an edition into the calendar of a centre.

use std::fmt;

use chrono::NaiveDate;
use kernel::{Calendar, Centre, Instant, access::Signature, calendar::Override};
use persistence::{StoreError, Tx, days};
use serde::Serialize;
use utoipa::ToSchema;

use crate::recompute;

/// 导入结果
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Imported {
    /// Days in the edition.
    pub days: usize,
    /// Days of it that were new or said something else before.
    pub changed: usize,
    pub published_through: NaiveDate,
    /// 期限重算: the work on open limits that this set going; absent where nothing changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = crate::schema::id)]
    pub recomputation: Option<String>,
    /// 逐日结果: every day of the edition.
    pub rows: Vec<ImportedDay>,
}

/// 逐日结果
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImportedDay {
    #[schema(schema_with = crate::schema::day)]
    pub date: NaiveDate,
    /// As in the edition: `holiday` or `workday`.
    #[schema(value_type = String)]
    pub kind: &'static str,
    pub name: String,
    pub outcome: DayOutcome,
}

/// 新增、修订或者未变
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DayOutcome {
    New,
    Revised,
    Unchanged,
}

impl fmt::Display for ImportedDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = match self.outcome {
            DayOutcome::New => "新增",
            DayOutcome::Revised => "修订",
            DayOutcome::Unchanged => "未变",
        };
        write!(f, "{},{},{}：{outcome}", self.date, self.kind, self.name)
    }
}

fn day_by_day(current: &Calendar, edition: &Calendar) -> Vec<ImportedDay> {
    let row = |day: &Override| {
        let outcome = match current.overrides().find(|known| known.date == day.date) {
            None => DayOutcome::New,
            Some(known) if known == day => DayOutcome::Unchanged,
            Some(_) => DayOutcome::Revised,
        };
        ImportedDay { date: day.date, kind: day.kind.as_str(), name: day.name.to_string(), outcome }
    };
    edition.overrides().map(row).collect()
}

/// Merges an edition day by day into what is there, and puts that on record. It takes effect `now`: what began before
/// counted by the calendar that was there.
///
/// # Errors
/// Those of the store.
pub fn import(
    tx: &mut Tx<'_>,
    centre: Centre,
    edition: &Calendar,
    by: &Signature,
    now: Instant,
) -> Result<Imported, StoreError> {
    let current = days::load(tx.read(), centre)?.unwrap_or_else(Calendar::first_edition);
    let merged = current.merged_with(edition);
    days::replace(tx.write(), centre, &merged)?;
    let rows = day_by_day(&current, edition);
    let changed = rows.iter().filter(|row| row.outcome != DayOutcome::Unchanged).count();
    let cause = format!("导入放假调休安排，{changed}日有变化");
    let recomputation = (changed > 0).then(|| recompute::order(tx, centre, &cause, (&current, &merged), now));
    let recomputation = recomputation.transpose()?;
    let imported = Imported {
        days: rows.len(),
        changed,
        recomputation: recomputation.map(|id| id.to_string()),
        published_through: merged.published_through(),
        rows,
    };
    let body = serde_json::json!({ "overrides": edition.overrides().collect::<Vec<_>>() });
    tx.note(centre, "calendar", "calendar_imported", now, by, &body)?;
    Ok(imported)
}
