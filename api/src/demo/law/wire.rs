//! What the rules read of the server's answers, beyond what [`super::super::wire`] does.

use chrono::NaiveDate;
use kernel::{Instant, ledger::LimitKind};
use serde::Deserialize;

/// 办件
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    pub id: String,
    pub number: String,
    pub stage: String,
    pub stage_label: String,
    pub acceptance: Option<Acceptance>,
    pub rejection: Option<Notice>,
    #[serde(default)]
    pub corrections: Vec<Round>,
    pub condition: Option<Condition>,
    pub commitment: Option<Commitment>,
    pub acceptance_revocation: Option<Revocation>,
    #[serde(default)]
    pub procedures: Vec<Procedure>,
    pub joint_review: Option<JointReview>,
    pub delivery: Delivery,
    pub clocks: Vec<Clock>,
    #[serde(default)]
    pub reminders: Vec<Reminder>,
}

/// 受理
#[derive(Clone, Debug, Deserialize)]
pub struct Acceptance {
    pub notice: Option<String>,
    pub on: Option<NaiveDate>,
    pub basis: String,
    pub basis_label: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Notice {
    pub notice: String,
    pub ground: Option<String>,
}

/// 一次性告知
#[derive(Clone, Debug, Deserialize)]
pub struct Round {
    pub notice: String,
    pub due: NaiveDate,
    pub consequence: String,
}

/// 容缺
#[derive(Clone, Debug, Deserialize)]
pub struct Condition {
    pub due: Option<NaiveDate>,
}

/// 告知承诺
#[derive(Clone, Debug, Deserialize)]
pub struct Commitment {
    pub instead_of: Vec<String>,
    pub verifications: Vec<Verification>,
}

/// 承诺核查
#[derive(Clone, Debug, Deserialize)]
pub struct Verification {
    pub order: Option<String>,
    pub mend_by: Option<NaiveDate>,
}

/// 撤销受理
#[derive(Clone, Debug, Deserialize)]
pub struct Revocation {
    pub document: String,
    pub ground: String,
    pub reason: String,
}

/// 特别程序
#[derive(Clone, Debug, Deserialize)]
pub struct Procedure {
    pub notice: String,
    pub label: String,
}

/// 联审
#[derive(Clone, Debug, Deserialize)]
pub struct JointReview {
    pub participants: Vec<Participant>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Participant {
    pub department: String,
    pub state: String,
    pub state_label: String,
    pub starts: NaiveDate,
    pub due: NaiveDate,
    pub silent_since: Option<NaiveDate>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Delivery {
    pub grant_end: Option<GrantEnd>,
}

/// 撤销许可
#[derive(Clone, Debug, Deserialize)]
pub struct GrantEnd {
    pub document: String,
    pub ground: String,
}

/// 期限
#[derive(Clone, Debug, Deserialize)]
pub struct Clock {
    pub kind: LimitKind,
    pub label: String,
    pub binding: bool,
    pub working_days: u16,
    pub due: NaiveDate,
    pub provisional: bool,
    pub stopped: Option<NaiveDate>,
}

/// 提醒
#[derive(Clone, Debug, Deserialize)]
pub struct Reminder {
    pub limit: LimitKind,
    pub rung: String,
    pub due: NaiveDate,
    pub to: Option<Responsible>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Responsible {
    pub code: String,
}

/// 期限说明
#[derive(Debug, Deserialize)]
pub struct Explanation {
    pub clocks: Vec<Explained>,
}

#[derive(Debug, Deserialize)]
pub struct Explained {
    pub kind: LimitKind,
    pub days: Vec<Day>,
}

/// 逐日说明
#[derive(Debug, Deserialize)]
pub struct Day {
    pub date: NaiveDate,
    pub counted: bool,
    pub reason: String,
    pub article: String,
}

/// 到期日
#[derive(Debug, Deserialize)]
pub struct Calculated {
    pub due: NaiveDate,
    pub published_through: NaiveDate,
}

/// 导入结果
#[derive(Debug, Deserialize)]
pub struct Imported {
    pub recomputation: Option<String>,
}

/// 期限重算
#[derive(Debug, Deserialize)]
pub struct Recomputation {
    pub finished_at: Option<Instant>,
    pub examined: u64,
    pub moved: u64,
}

/// 变动的期限
#[derive(Debug, Deserialize)]
pub struct Moved {
    /// Absent of an impasse and of a follow-up plan.
    pub case: Option<String>,
    pub limit: LimitKind,
    pub due_before: NaiveDate,
    pub due_after: NaiveDate,
}

/// 可复用的材料
#[derive(Debug, Deserialize)]
pub struct OnFile {
    pub material: String,
    pub name: String,
    pub from_case: String,
    pub from_number: String,
}

/// 时钟
#[derive(Debug, Deserialize)]
pub struct Reading {
    pub now: Instant,
    pub sandbox: bool,
}

impl Case {
    pub fn clock(&self, kind: LimitKind) -> Option<&Clock> {
        self.clocks.iter().find(|clock| clock.kind == kind)
    }

    pub fn due(&self, kind: LimitKind) -> Option<NaiveDate> {
        self.clock(kind).map(|clock| clock.due)
    }

    pub fn accepted_on(&self, basis: &str) -> Option<NaiveDate> {
        self.acceptance.as_ref().filter(|acceptance| acceptance.basis == basis)?.on
    }

    pub fn participant(&self, department: &str) -> Option<&Participant> {
        self.joint_review.as_ref()?.participants.iter().find(|participant| participant.department == department)
    }
}
