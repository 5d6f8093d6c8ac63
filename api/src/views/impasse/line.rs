//! 办不成事列表的一行.

use chrono::NaiveDate;
use escalation::{CategoryKind, Channel, Level, State};
use kernel::{Context, Instant, ledger::Light};
use persistence::impasses::Loaded;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{schema, views::parts::ApplicantView};

/// 办不成事列表的一行
#[derive(Debug, Serialize, ToSchema)]
pub struct ImpasseLine {
    #[schema(schema_with = schema::id)]
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    pub version: u64,
    #[schema(schema_with = schema::variants::<State>)]
    pub state: State,
    #[schema(value_type = String)]
    pub state_label: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<Level>)]
    pub level: Option<Level>,
    #[schema(schema_with = schema::variants::<CategoryKind>)]
    pub category: CategoryKind,
    #[schema(schema_with = schema::variants::<Channel>)]
    pub channel: Channel,
    pub subject: String,
    pub applicant: ApplicantView,
    /// 涉及部门
    pub departments: Vec<String>,
    pub rounds: usize,
    #[schema(schema_with = schema::instant)]
    pub registered_at: Instant,
    /// The limit that ends first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub due: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<Light>)]
    pub light: Option<Light>,
}

impl ImpasseLine {
    pub fn of(loaded: &Loaded, ctx: &Context<'_>) -> Self {
        let it = &loaded.impasse;
        let running = it.running().map(|(ledger, _)| ledger);
        let binding = kernel::ledger::binding(running, ctx.calendar, ctx.today());
        Self {
            id: it.id.to_string(),
            number: it.filing.as_ref().map(|filing| filing.number.to_string()),
            version: it.version,
            state: it.state,
            state_label: it.state.label(),
            level: it.level,
            category: it.category.kind(),
            channel: it.channel,
            subject: it.subject.to_string(),
            applicant: ApplicantView::new(it.applicant.to_string(), loaded.applicant_kind, &loaded.applicant_name),
            departments: it.departments().iter().map(ToString::to_string).collect(),
            rounds: it.rounds.len(),
            registered_at: it.registered_at,
            due: binding.map(|ledger| ledger.due(ctx.calendar, ctx.today()).date),
            light: binding.map(|ledger| ledger.light(ctx.calendar, ctx.today(), &ctx.practice.thresholds)),
        }
    }
}
