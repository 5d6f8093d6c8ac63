use casework::{Channel, Stage};
use chrono::NaiveDate;
use kernel::{Calendar, Instant, ledger::Light};
use persistence::cases::Summary;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{schema, views::parts::ApplicantView};

/// 办件列表的一行.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseSummary {
    #[schema(schema_with = schema::id)]
    pub id: String,
    pub number: String,
    pub version: u64,
    #[schema(schema_with = schema::variants::<Stage>)]
    pub stage: Stage,
    #[schema(value_type = String)]
    pub stage_label: &'static str,
    /// 事项
    pub item: String,
    pub item_version: u32,
    #[schema(schema_with = schema::variants::<Channel>)]
    pub channel: Channel,
    pub applicant: ApplicantView,
    pub window: String,
    pub department: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    #[schema(schema_with = schema::instant)]
    pub received_at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub accepted_on: Option<NaiveDate>,
    /// The day the binding limit ends; absent while nothing runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub due: Option<NaiveDate>,
    /// 暂定
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provisional: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<Light>)]
    pub light: Option<Light>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub ended_at: Option<Instant>,
}

impl CaseSummary {
    pub fn of(summary: Summary, calendar: &Calendar, today: NaiveDate) -> Self {
        // An index keeps no start; no limit that binds begins before this day.
        let start = summary.accepted_on.unwrap_or(summary.received_at.day());
        Self {
            id: summary.id.to_string(),
            stage_label: summary.stage.label(),
            stage: summary.stage,
            version: summary.version,
            item: summary.item,
            item_version: summary.item_version,
            channel: summary.channel,
            applicant: ApplicantView::new(summary.applicant, summary.applicant_kind, &summary.applicant_name),
            window: summary.window,
            department: summary.department,
            holder: summary.holder,
            received_at: summary.received_at,
            accepted_on: summary.accepted_on,
            due: summary.due_on,
            provisional: summary.due_on.map(|due| calendar.is_provisional_after(start, due)),
            light: light(summary.due_on, summary.amber_on, today),
            ended_at: summary.ended_at,
            number: summary.number,
        }
    }
}

/// The light that the two days an index keeps come to; the same as the ledger's while the limit runs.
fn light(due: Option<NaiveDate>, amber: Option<NaiveDate>, today: NaiveDate) -> Option<Light> {
    let (due, amber) = (due?, amber?);
    Some(if today > due {
        Light::Red
    } else if today >= amber {
        Light::Amber
    } else {
        Light::Green
    })
}
