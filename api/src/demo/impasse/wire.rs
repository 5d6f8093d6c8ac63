//! What the play reads of the server's answers about impasses.

use chrono::NaiveDate;
use escalation::{Channel, FollowUpWay, Level, State};
use kernel::Instant;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub struct Reading {
    pub now: Instant,
    pub sandbox: bool,
}

/// 期限试算
#[derive(Debug, Deserialize)]
pub struct Calculated {
    pub due: NaiveDate,
}

/// 办不成事事项
#[derive(Clone, Debug, Deserialize)]
pub struct Impasse {
    pub id: String,
    pub number: Option<String>,
    pub state: State,
    pub state_label: String,
    pub level: Option<Level>,
    pub channel: Channel,
    pub applicant: Applicant,
    pub external_number: Option<String>,
    #[serde(default)]
    pub left_over: Vec<LeftOver>,
    #[serde(default)]
    pub government: Vec<Government>,
    #[serde(default)]
    pub orders: Vec<Order>,
    #[serde(default)]
    pub rounds: Vec<Round>,
    pub carrying: Option<Carrying>,
    #[serde(default)]
    pub follow_ups: Vec<FollowedUp>,
}

impl Impasse {
    pub fn level_label(&self) -> &'static str {
        self.level.map_or("", Level::label)
    }

    /// 本轮满意
    pub fn is_satisfied(&self) -> bool {
        let said = self.rounds.last().and_then(|round| round.satisfaction.as_ref());
        said.is_some_and(|said| said.satisfied)
    }
}

/// A line of the list.
#[derive(Debug, Deserialize)]
pub struct Line {
    pub id: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Applicant {
    pub id: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct LeftOver {
    pub week: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Government {
    pub month: String,
    pub number: String,
    pub decision: Option<String>,
}

/// 交办单
#[derive(Clone, Debug, Deserialize)]
pub struct Order {
    pub sequence: u32,
    pub number: String,
    pub state: escalation::OrderState,
    pub basis: String,
    pub binding: bool,
    pub department: String,
    pub limit: Clock,
    pub return_request: Option<Asked>,
    pub extension_request: Option<Asked>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Clock {
    pub due: NaiveDate,
}

/// 申请退回、申请延期
#[derive(Clone, Debug, Deserialize)]
pub struct Asked {
    pub ruling: Option<Ruling>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Ruling {
    pub granted: bool,
}

impl Asked {
    pub fn is_granted(asked: Option<&Self>) -> bool {
        asked.and_then(|asked| asked.ruling.as_ref()).is_some_and(|ruling| ruling.granted)
    }
}

#[derive(Clone, Debug, Deserialize)]
pub struct Round {
    pub satisfaction: Option<Satisfaction>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Satisfaction {
    pub satisfied: bool,
    pub source: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Carrying {
    pub ground_label: String,
    pub by: String,
    pub reviews: usize,
}

#[derive(Clone, Debug, Deserialize)]
pub struct FollowedUp {
    pub way: FollowUpWay,
    pub good: bool,
}

/// 分类梳理
#[derive(Debug, Deserialize)]
pub struct Session {
    pub week: String,
    pub state: String,
    pub graded: usize,
    pub left_over: usize,
}

#[derive(Debug, Deserialize)]
pub struct Agenda {
    pub items: Vec<AgendaItem>,
}

#[derive(Debug, Deserialize)]
pub struct AgendaItem {
    pub id: String,
    pub settled: bool,
}

/// 部门协调会议
#[derive(Debug, Deserialize)]
pub struct Meeting {
    pub id: String,
    pub state: String,
    pub number: Option<String>,
}

/// 提交市政府
#[derive(Debug, Deserialize)]
pub struct Submission {
    pub state_label: String,
    pub number: Option<String>,
    pub digest: Option<String>,
    pub list: Vec<Entry>,
}

impl Submission {
    pub fn entry(&self, impasse: &str) -> Option<&Entry> {
        self.list.iter().find(|entry| entry.impasse == impasse)
    }
}

#[derive(Debug, Deserialize)]
pub struct Entry {
    pub impasse: String,
    pub carried_over_from: Option<String>,
}

/// 工单
#[derive(Debug, Deserialize)]
pub struct WorkOrder {
    pub external_no: String,
    pub state: escalation::hotline::State,
    pub state_label: String,
    pub urged: u32,
    #[serde(default)]
    pub supplements: Vec<String>,
    pub impasse: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Callback {
    pub id: String,
    pub delivered_at: Option<Instant>,
}

impl Callback {
    pub fn is_delivered(&self) -> bool {
        self.delivered_at.is_some()
    }
}

#[derive(Debug, Deserialize)]
pub struct Reconciliation {
    pub ours: usize,
    pub theirs: usize,
    pub agreed: bool,
    pub differences: Vec<serde_json::Value>,
}

/// 案例 as those who write it see it.
#[derive(Debug, Deserialize)]
pub struct Draft {
    pub manuscript: Option<Manuscript>,
}

#[derive(Debug, Deserialize)]
pub struct Manuscript {
    pub findings: Vec<serde_json::Value>,
}

/// 案例 as it stands.
#[derive(Debug, Deserialize)]
pub struct Standing {
    pub id: String,
    pub number: Option<String>,
}

/// 案例 as everybody reads it.
#[derive(Debug, Deserialize)]
pub struct Precedent {
    pub number: String,
    pub catalogue: Vec<Version>,
}

#[derive(Debug, Deserialize)]
pub struct Version {
    pub item: String,
    pub version: u32,
}

/// 事项建议
#[derive(Debug, Deserialize)]
pub struct Proposal {
    pub id: String,
    pub number: String,
    pub state_label: String,
    pub catalogue: Option<Version>,
}

#[derive(Debug, Deserialize)]
pub struct Verification {
    pub intact: bool,
}
