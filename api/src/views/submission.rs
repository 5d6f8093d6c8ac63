//! 每月提交市政府 as it is shown (clause D4-4).

use chrono::NaiveDate;
use escalation::{
    Addressee, GovernmentDecision,
    submission::{Entry, Item, Month, State, Submission},
};
use kernel::Instant;
use serde::Serialize;
use utoipa::ToSchema;

use super::impasse::AddresseeView;
use crate::{problem::Answer, reply::Reply, schema};

/// 一个月的提交
#[derive(Debug, Serialize, ToSchema)]
pub struct SubmissionLine {
    /// ISO 8601 月, `2026-11`
    #[schema(value_type = String)]
    pub month: Month,
    #[schema(schema_with = schema::variants::<State>)]
    pub state: State,
    #[schema(value_type = String)]
    pub state_label: &'static str,
    /// 事项数
    pub items: usize,
    /// 结转事项数
    pub carried_over: usize,
    /// 已有研究意见的事项数
    pub decided: usize,
    /// 呈报编号
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// 漏报警示：月末仍未提交的事项数
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missed: Option<usize>,
}

impl SubmissionLine {
    pub fn of(submission: &Submission) -> Self {
        let items = || submission.items.iter();
        Self {
            month: submission.month,
            state: submission.state,
            state_label: submission.state.label(),
            items: submission.items.len(),
            carried_over: items().filter(|item| item.entry.carried_over.is_some()).count(),
            decided: items().filter(|item| item.decision.is_some()).count(),
            number: submission.submitted.as_ref().map(|submitted| submitted.number.to_string()),
            missed: submission.missed.as_ref().map(|missed| missed.entries.len()),
        }
    }
}

/// 每月提交
#[derive(Debug, Serialize, ToSchema)]
pub struct SubmissionView {
    #[serde(flatten)]
    pub line: SubmissionLine,
    pub version: u64,
    pub list: Vec<SubmissionItemView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub refreshed_at: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub frozen_at: Option<Instant>,
    /// SHA-256 of the packet as it is served
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub submitted_at: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub completed_at: Option<Instant>,
    /// 漏报警示
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm: Option<MissedMonthView>,
}

/// 漏报警示: what was for the government when the month was over and nothing had been sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct MissedMonthView {
    /// 发现时间
    #[schema(schema_with = schema::instant)]
    pub noticed_at: Instant,
    /// 由谁处理
    pub to: AddresseeView,
    pub list: Vec<SubmissionEntryView>,
}

/// 提交的事项
#[derive(Debug, Serialize, ToSchema)]
pub struct SubmissionItemView {
    #[serde(flatten)]
    pub entry: SubmissionEntryView,
    /// 撤下的原因
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<GovernmentDecisionView>,
}

/// 事项, and since when it has been for the government.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubmissionEntryView {
    #[schema(schema_with = schema::id)]
    pub impasse: String,
    pub number: String,
    pub subject: String,
    /// 何时成为特别疑难复杂问题
    #[schema(schema_with = schema::instant)]
    pub since: Instant,
    /// 结转：错过的月份
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub carried_over_from: Option<Month>,
    /// 再次提交
    pub again: bool,
}

/// 市政府研究意见
#[derive(Debug, Serialize, ToSchema)]
pub struct GovernmentDecisionView {
    pub decision: String,
    #[schema(schema_with = schema::day)]
    pub decided_on: NaiveDate,
    /// 文号
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
}

impl From<&Entry> for SubmissionEntryView {
    fn from(entry: &Entry) -> Self {
        Self {
            impasse: entry.impasse.to_string(),
            number: entry.number.to_string(),
            subject: entry.subject.to_string(),
            since: entry.since,
            carried_over_from: entry.carried_over,
            again: entry.again,
        }
    }
}

impl From<&GovernmentDecision> for GovernmentDecisionView {
    fn from(decision: &GovernmentDecision) -> Self {
        Self {
            decision: decision.decision.to_string(),
            decided_on: decision.decided_on,
            document: decision.document.as_ref().map(ToString::to_string),
        }
    }
}

fn item(item: &Item) -> SubmissionItemView {
    SubmissionItemView {
        entry: SubmissionEntryView::from(&item.entry),
        withdrawn: item.withdrawn.as_ref().map(ToString::to_string),
        decision: item.decision.as_ref().map(GovernmentDecisionView::from),
    }
}

impl SubmissionView {
    pub fn of(submission: &Submission) -> Self {
        let (frozen, submitted) = (submission.frozen.as_ref(), submission.submitted.as_ref());
        Self {
            line: SubmissionLine::of(submission),
            version: submission.version,
            list: submission.items.iter().map(item).collect(),
            refreshed_at: submission.refreshed.as_ref().map(|refreshed| refreshed.at),
            frozen_at: frozen.map(|frozen| frozen.at),
            digest: frozen.map(|frozen| frozen.digest.clone()),
            submitted_at: submitted.map(|submitted| submitted.at),
            completed_at: submission.completed_at,
            alarm: submission.missed.as_ref().map(|missed| MissedMonthView {
                noticed_at: missed.at,
                to: AddresseeView::from(&Addressee::ReformOffice),
                list: missed.entries.iter().map(SubmissionEntryView::from).collect(),
            }),
        }
    }

    /// With its version as the tag.
    pub fn reply(&self, status: u16) -> Answer<Reply> {
        Ok(Reply::json(status, self)?.tagged(self.version))
    }
}
