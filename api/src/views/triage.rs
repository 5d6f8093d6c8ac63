//! 每周分类梳理 as it is shown (clause D4-1).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use escalation::{
    Addressee, CategoryKind, Channel, Impasse, Level, Week,
    triage::{Outcome, Session, State},
};
use kernel::{Calendar, Context, Instant, id::ImpasseId, ledger::Ledger};
use persistence::triage::{Loaded, Named};
use serde::Serialize;
use utoipa::ToSchema;

use super::impasse::{AddresseeView, LeftOverView};
use crate::{problem::Answer, reply::Reply, schema};

/// 事项, by number and subject, neither of which changes any more.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ImpasseRef {
    #[schema(schema_with = schema::id)]
    pub id: String,
    /// 备案登记编号
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    pub subject: String,
}

/// What people call impasses, as [`crate::assemblies::names`] gave it.
pub type Names = BTreeMap<ImpasseId, Named>;

impl ImpasseRef {
    pub fn of(id: ImpasseId, names: &Names) -> Self {
        let named = names.get(&id);
        Self {
            id: id.to_string(),
            number: named.and_then(|named| named.number.clone()),
            subject: named.map(|named| named.subject.clone()).unwrap_or_default(),
        }
    }
}

/// 一周的分类梳理
#[derive(Debug, Serialize, ToSchema)]
pub struct TriageSessionLine {
    /// ISO 8601 周, `2026-W48`
    #[schema(value_type = String)]
    pub week: Week,
    /// 周一
    #[schema(schema_with = schema::day)]
    pub from: NaiveDate,
    /// 本周最后一个工作日; none in a week without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub last_day: Option<NaiveDate>,
    #[schema(schema_with = schema::variants::<State>)]
    pub state: State,
    #[schema(value_type = String)]
    pub state_label: &'static str,
    /// 定级
    pub graded: usize,
    /// 顺延
    pub left_over: usize,
    /// 漏开警示：周末时仍待分类的事项数
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missed: Option<usize>,
}

impl TriageSessionLine {
    pub fn of(session: &Session, calendar: &Calendar) -> Self {
        let left_over = |it: &&escalation::triage::Settled| it.outcome == Outcome::LeftOver;
        Self {
            week: session.week,
            from: session.week.monday(),
            last_day: session.last_day(calendar),
            state: session.state,
            state_label: session.state.label(),
            graded: session.outcomes.iter().filter(|it| !left_over(it)).count(),
            left_over: session.outcomes.iter().filter(left_over).count(),
            missed: session.missed.as_ref().map(|missed| missed.agenda.len()),
        }
    }
}

/// 一周的分类梳理, with what was said of each item.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriageSessionView {
    #[serde(flatten)]
    pub line: TriageSessionLine,
    pub version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub opened_at: Option<Instant>,
    pub outcomes: Vec<TriageOutcomeView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub held_at: Option<Instant>,
    /// 漏开警示
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm: Option<MissedWeekView>,
}

/// 漏开警示: what was waiting when the week was over.
#[derive(Debug, Serialize, ToSchema)]
pub struct MissedWeekView {
    /// 发现时间
    #[schema(schema_with = schema::instant)]
    pub noticed_at: Instant,
    /// 由谁处理
    pub to: AddresseeView,
    pub agenda: Vec<ImpasseRef>,
}

/// 一项的梳理结果
#[derive(Debug, Serialize, ToSchema)]
pub struct TriageOutcomeView {
    pub impasse: ImpasseRef,
    #[schema(schema_with = schema::variants::<OutcomeKind>)]
    pub outcome: OutcomeKind,
    /// The level it was given here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<Level>)]
    pub level: Option<Level>,
    pub reason: String,
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

/// 定级 or 顺延
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize, strum::Display, strum::VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum OutcomeKind {
    Graded,
    LeftOver,
}

impl TriageSessionView {
    pub fn of(loaded: &Loaded, names: &Names, calendar: &Calendar) -> Self {
        let session = &loaded.session;
        let held = session.held.as_ref();
        Self {
            line: TriageSessionLine::of(session, calendar),
            version: session.version,
            opened_by: session.opened.as_ref().map(|act| act.by.code.clone()),
            opened_at: session.opened.as_ref().map(|act| act.at),
            outcomes: session.outcomes.iter().map(|settled| outcome(settled, names)).collect(),
            note: held.and_then(|held| held.note.as_ref()).map(ToString::to_string),
            held_at: held.map(|held| held.at),
            alarm: session.missed.as_ref().map(|missed| MissedWeekView {
                noticed_at: missed.at,
                to: AddresseeView::from(&Addressee::Centre),
                agenda: missed.agenda.iter().map(|id| ImpasseRef::of(*id, names)).collect(),
            }),
        }
    }

    /// With its version as the tag.
    pub fn reply(&self, status: u16) -> Answer<Reply> {
        Ok(Reply::json(status, self)?.tagged(self.version))
    }
}

fn outcome(settled: &escalation::triage::Settled, names: &Names) -> TriageOutcomeView {
    let (outcome, level) = match settled.outcome {
        Outcome::Graded(level) => (OutcomeKind::Graded, Some(level)),
        Outcome::LeftOver => (OutcomeKind::LeftOver, None),
    };
    TriageOutcomeView {
        impasse: ImpasseRef::of(settled.impasse, names),
        outcome,
        level,
        reason: settled.reason.to_string(),
        by: settled.by.code.clone(),
        at: settled.at,
    }
}

/// The impasses that a session speaks of.
pub fn spoken_of(session: &Session) -> impl Iterator<Item = ImpasseId> {
    let missed = session.missed.iter().flat_map(|missed| missed.agenda.iter().copied());
    session.outcomes.iter().map(|settled| settled.impasse).chain(missed)
}

/// 议程上的一项
#[derive(Debug, Serialize, ToSchema)]
pub struct AgendaItemView {
    #[schema(schema_with = schema::id)]
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    pub subject: String,
    pub facts: String,
    pub wanted: String,
    #[schema(schema_with = schema::variants::<CategoryKind>)]
    pub category: CategoryKind,
    #[schema(value_type = String)]
    pub category_label: &'static str,
    #[schema(schema_with = schema::variants::<Channel>)]
    pub channel: Channel,
    #[schema(schema_with = schema::instant)]
    pub registered_at: Instant,
    /// 备案时间；尚未备案的没有，备案之前只能顺延
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub filed_at: Option<Instant>,
    /// 分类期限；尚未备案的为备案期限
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub due_on: Option<NaiveDate>,
    /// 顺延次数
    pub times_left_over: usize,
    pub left_over: Vec<LeftOverView>,
    /// 本次已顺延
    pub settled: bool,
}

impl AgendaItemView {
    pub fn of(impasse: &Impasse, session: &Session, ctx: &Context<'_>) -> Self {
        let due = |ledger: &Ledger| ledger.due(ctx.calendar, ctx.today()).date;
        Self {
            id: impasse.id.to_string(),
            number: impasse.filing.as_ref().map(|filing| filing.number.to_string()),
            subject: impasse.subject.to_string(),
            facts: impasse.facts.to_string(),
            wanted: impasse.wanted.to_string(),
            category: impasse.category.kind(),
            category_label: impasse.category.kind().label(),
            channel: impasse.channel,
            registered_at: impasse.registered_at,
            filed_at: impasse.filing.as_ref().map(|filing| filing.at),
            due_on: impasse.limits.triage.as_ref().or(impasse.limits.filing.as_ref()).map(due),
            times_left_over: impasse.left_over.len(),
            left_over: impasse
                .left_over
                .iter()
                .map(|left| LeftOverView { week: left.week.to_string(), reason: left.reason.to_string() })
                .collect(),
            settled: session.is_left_over(impasse.id),
        }
    }
}
