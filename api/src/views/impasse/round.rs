//! 轮次: what was answered, and what the applicant said to it; 挂账, where nothing more can be done.

use chrono::NaiveDate;
use escalation::{
    Capacity, Carrying, CarryingGround, CarryingProposal, Cause, Level, Outcome, Round, hotline::Verification,
};
use kernel::{Instant, identity::Assurance};
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema;

/// 轮次
#[derive(Debug, Serialize, ToSchema)]
pub struct ImpasseRoundView {
    #[schema(schema_with = schema::day)]
    pub began: NaiveDate,
    #[schema(schema_with = schema::variants::<Level>)]
    pub level: Level,
    #[schema(schema_with = schema::variants::<Cause>)]
    pub cause: Cause,
    /// 本轮的部门协调会议
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub meetings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<ImpasseAnswerView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub satisfaction: Option<SatisfactionView>,
}

/// 答复
#[derive(Debug, Serialize, ToSchema)]
pub struct ImpasseAnswerView {
    #[schema(schema_with = schema::variants::<Outcome>)]
    pub outcome: Outcome,
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

/// 满意度
#[derive(Debug, Serialize, ToSchema)]
pub struct SatisfactionView {
    pub responded: bool,
    pub solved: bool,
    pub satisfied: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// `applicant`, `at_the_window`, `platform` or `hotline_call`.
    #[schema(value_type = String)]
    pub source: &'static str,
    /// 核验等级; absent where the hotline asked by telephone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<Assurance>)]
    pub assurance: Option<Assurance>,
    /// 代表企业表态的人的身份
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<Capacity>)]
    pub capacity: Option<Capacity>,
    /// 热线核验表态人的方式
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<Verification>)]
    pub verification: Option<Verification>,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

/// 挂账
#[derive(Debug, Serialize, ToSchema)]
pub struct CarryingView {
    #[schema(schema_with = schema::variants::<CarryingGround>)]
    pub ground: CarryingGround,
    #[schema(value_type = String)]
    pub ground_label: &'static str,
    pub explanation: String,
    /// 申请人或审批人
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    /// 复核次数
    pub reviews: usize,
}

impl From<&CarryingProposal> for CarryingView {
    fn from(proposal: &CarryingProposal) -> Self {
        Self {
            ground: proposal.ground,
            ground_label: proposal.ground.label(),
            explanation: proposal.explanation.to_string(),
            by: proposal.by.code.clone(),
            at: proposal.at,
            reviews: 0,
        }
    }
}

impl From<&Carrying> for CarryingView {
    fn from(carrying: &Carrying) -> Self {
        Self {
            ground: carrying.ground,
            ground_label: carrying.ground.label(),
            explanation: carrying.explanation.to_string(),
            by: carrying.approved_by.code.clone(),
            at: carrying.approved_at,
            reviews: carrying.reviews.len(),
        }
    }
}

impl From<&Round> for ImpasseRoundView {
    fn from(round: &Round) -> Self {
        Self {
            began: round.began,
            level: round.level,
            cause: round.cause,
            meetings: round.meetings.iter().map(ToString::to_string).collect(),
            answer: round.answer.as_ref().map(|answer| ImpasseAnswerView {
                outcome: answer.outcome,
                text: answer.text.to_string(),
                legal_basis: answer.legal_basis.as_ref().map(ToString::to_string),
                by: answer.by.code.clone(),
                at: answer.at,
            }),
            satisfaction: round.satisfaction.as_ref().map(|said| SatisfactionView {
                responded: said.responded,
                solved: said.solved,
                satisfied: said.satisfied,
                comment: said.comment.as_ref().map(ToString::to_string),
                source: said.source.name(),
                assurance: said.source.assurance(),
                capacity: said.source.speaker().map(|speaker| speaker.capacity),
                verification: said.source.verified(),
                at: said.at,
            }),
        }
    }
}
