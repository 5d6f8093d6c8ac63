//! 放假调休安排: taking an edition into the calendar of a centre.

use chrono::NaiveDate;
use kernel::{Calendar, Centre, Instant, access::Signature};
use persistence::{StoreError, Tx, days, record};
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
    let changed = edition.overrides().filter(|day| !current.overrides().any(|known| known == *day)).count();
    let cause = format!("导入放假调休安排，{changed}日有变化");
    let recomputation = (changed > 0).then(|| recompute::order(tx, centre, &cause, (&current, &merged), now));
    let recomputation = recomputation.transpose()?;
    let imported = Imported {
        days: edition.overrides().len(),
        changed,
        recomputation: recomputation.map(|id| id.to_string()),
        published_through: merged.published_through(),
    };
    let body = serde_json::json!({ "overrides": edition.overrides().collect::<Vec<_>>() });
    record::note(tx.write(), centre, "calendar", "calendar_imported", now, by, &body)?;
    Ok(imported)
}
