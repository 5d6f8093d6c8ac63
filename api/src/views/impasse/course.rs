//! 办理经过: what was said and found, step by step.

use chrono::NaiveDate;
use escalation::{Contact, FollowUpWay, FollowedUp, Graded, Grading, LeftOver, Level, Said, Submitted};
use kernel::{Instant, Role};
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema;

/// 补充情况 or 催办
#[derive(Debug, Serialize, ToSchema)]
pub struct SaidView {
    pub text: String,
    #[schema(schema_with = schema::variants::<Role>)]
    pub role: Role,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

impl From<&Said> for SaidView {
    fn from(said: &Said) -> Self {
        Self { text: said.text.to_string(), role: said.by.role, at: said.at }
    }
}

/// 联系申请人
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactedView {
    pub reached: bool,
    pub note: String,
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

impl From<&Contact> for ContactedView {
    fn from(contact: &Contact) -> Self {
        Self { reached: contact.reached, note: contact.note.to_string(), by: contact.by.code.clone(), at: contact.at }
    }
}

/// 定级
#[derive(Debug, Serialize, ToSchema)]
pub struct GradingView {
    #[schema(schema_with = schema::variants::<Level>)]
    pub level: Level,
    #[schema(value_type = String)]
    pub level_label: &'static str,
    /// `triage`, `raised`, `lowered` or `after_rounds`.
    #[schema(value_type = String)]
    pub how: &'static str,
    /// 分类梳理的周
    #[serde(skip_serializing_if = "Option::is_none")]
    pub week: Option<String>,
    pub reason: String,
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

impl From<&Grading> for GradingView {
    fn from(grading: &Grading) -> Self {
        let (how, week) = match grading.how {
            Graded::Triage(week) => ("triage", Some(week.to_string())),
            Graded::Raised => ("raised", None),
            Graded::Lowered => ("lowered", None),
            Graded::AfterRounds(_) => ("after_rounds", None),
        };
        Self {
            level: grading.level,
            level_label: grading.level.label(),
            how,
            week,
            reason: grading.reason.to_string(),
            by: grading.by.code.clone(),
            at: grading.at,
        }
    }
}

/// 顺延
#[derive(Debug, Serialize, ToSchema)]
pub struct LeftOverView {
    pub week: String,
    pub reason: String,
}

impl From<&LeftOver> for LeftOverView {
    fn from(left: &LeftOver) -> Self {
        Self { week: left.week.to_string(), reason: left.reason.to_string() }
    }
}

/// 提交市政府
#[derive(Debug, Serialize, ToSchema)]
pub struct GovernmentView {
    /// 月份, `2026-12`
    pub month: String,
    pub number: String,
    /// 研究意见，只供工作人员；申请人以答复为准
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub decided_on: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
}

impl GovernmentView {
    /// What was decided is for those inside, until the applicant is answered with it; when it was is for all.
    pub fn of(submitted: &Submitted, inside: bool) -> Self {
        let decision = submitted.decision.as_ref();
        let told = decision.filter(|_| inside);
        Self {
            month: submitted.month.format("%Y-%m").to_string(),
            number: submitted.number.to_string(),
            decision: told.map(|it| it.decision.to_string()),
            decided_on: decision.map(|it| it.decided_on),
            document: told.and_then(|it| it.document.as_ref()).map(ToString::to_string),
        }
    }
}

/// 回访
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowedUpView {
    #[schema(schema_with = schema::variants::<FollowUpWay>)]
    pub way: FollowUpWay,
    pub good: bool,
    pub findings: String,
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

impl From<&FollowedUp> for FollowedUpView {
    fn from(found: &FollowedUp) -> Self {
        Self {
            way: found.way,
            good: found.good,
            findings: found.findings.to_string(),
            by: found.by.code.clone(),
            at: found.at,
        }
    }
}
