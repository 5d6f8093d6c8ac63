use chrono::NaiveDate;
use kernel::{
    Actor, Instant, PartyId, Role, Text,
    access::{Signature, Who},
    id::MeetingId,
    identity::Assurance,
};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::{hotline::Verification, level::Level};

/// 轮次: from the day handling begins to the applicant's word, or the hotline's 重办. Dissatisfaction begins another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    pub began: NaiveDate,
    /// The level it has, or had when it ended.
    pub level: Level,
    pub cause: Cause,
    /// 本轮的部门协调会议
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub meetings: Vec<MeetingId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub satisfaction: Option<Satisfaction>,
}

/// Why a round began.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Cause {
    /// 首次办理
    First,
    /// 群众不满意
    Dissatisfied,
    /// 热线要求重办
    Redo,
    /// 回访发现问题
    FollowUp,
    /// 挂账恢复办理
    Resumed,
}

/// 一事一回应: the answer to the applicant (clause D5-1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub outcome: Outcome,
    pub text: Text<2000>,
    /// 依据, where the answer is that the law does not allow it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<Text<500>>,
    pub by: Signature,
    pub at: Instant,
}

/// 办理结果
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Outcome {
    /// 办成
    Solved,
    /// 依法不能办，已解释
    Explained,
}

/// 满意度: three questions and three answers (rule L15, clause D5-2). Solved and satisfied are not the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Satisfaction {
    /// 有回应
    pub responded: bool,
    /// 已解决
    pub solved: bool,
    /// 满意
    pub satisfied: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<Text<1000>>,
    pub source: Source,
    pub by: Signature,
    pub at: Instant,
}

/// Where the applicant's word comes from, and how it is known to be theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Source {
    /// 本人在线; of an enterprise, its own account, by the hand of the agent whom its voucher names.
    Applicant {
        assurance: Assurance,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        speaker: Option<Speaker>,
    },
    /// 窗口核验身份后登记
    AtTheWindow {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        speaker: Option<Speaker>,
    },
    /// 对接平台代为提交
    Platform {
        assurance: Assurance,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        speaker: Option<Speaker>,
    },
    /// 热线回访
    HotlineCall {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        speaker: Option<Speaker>,
        /// How the hotline verified whoever spoke for an enterprise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        verified: Option<Verification>,
    },
}

/// 表态人: the person who speaks for an enterprise. Who it is stands where personal data belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Speaker {
    pub party: PartyId,
    pub capacity: Capacity,
    /// 委托书编号, of an agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mandate: Option<Text<40>>,
}

/// 身份
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Capacity {
    /// 法定代表人
    LegalRepresentative,
    /// 代理人
    Agent,
}

impl Source {
    /// Whether it is this caller from whom a word of that source can come.
    pub(crate) fn is_of(&self, actor: &Actor, applicant: PartyId) -> bool {
        match self {
            Self::Applicant { .. } => actor.party() == Some(applicant),
            Self::AtTheWindow { .. } => actor.role() == Role::Clerk,
            Self::Platform { .. } => matches!(actor.who, Who::Adapter { .. }),
            Self::HotlineCall { .. } => matches!(actor.who, Who::Hotline { .. }),
        }
    }
}

impl Source {
    /// Stable name, as stored and as published.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Applicant { .. } => "applicant",
            Self::AtTheWindow { .. } => "at_the_window",
            Self::Platform { .. } => "platform",
            Self::HotlineCall { .. } => "hotline_call",
        }
    }

    /// Who spoke, where it was somebody for an enterprise.
    pub fn speaker(&self) -> Option<&Speaker> {
        match self {
            Self::Applicant { speaker, .. }
            | Self::AtTheWindow { speaker }
            | Self::Platform { speaker, .. }
            | Self::HotlineCall { speaker, .. } => speaker.as_ref(),
        }
    }

    /// 热线核验方式, of a word that somebody gave for an enterprise by telephone.
    pub fn verified(&self) -> Option<Verification> {
        match self {
            Self::HotlineCall { verified, .. } => *verified,
            Self::Applicant { .. } | Self::AtTheWindow { .. } | Self::Platform { .. } => None,
        }
    }

    /// 核验等级; None of a word that the hotline took by telephone.
    pub fn assurance(&self) -> Option<Assurance> {
        match self {
            Self::Applicant { assurance, .. } | Self::Platform { assurance, .. } => Some(*assurance),
            Self::AtTheWindow { .. } => Some(Assurance::InPerson),
            Self::HotlineCall { .. } => None,
        }
    }
}
