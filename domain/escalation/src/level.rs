use kernel::{Instant, Text, access::Signature};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::week::Week;

/// 问题等级 (clauses D4-2 to D4-4).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Level {
    /// 一般: settled by the centre on the spot or with a window.
    General,
    /// 疑难复杂: a coordination meeting called by the reform office.
    Difficult,
    /// 特别疑难复杂: submitted to the municipal government once a month.
    Exceptional,
}

impl Level {
    pub fn label(self) -> &'static str {
        match self {
            Self::General => "一般问题",
            Self::Difficult => "疑难复杂问题",
            Self::Exceptional => "特别疑难复杂问题",
        }
    }

    /// The next level up; none above the government.
    pub fn above(self) -> Option<Self> {
        match self {
            Self::General => Some(Self::Difficult),
            Self::Difficult => Some(Self::Exceptional),
            Self::Exceptional => None,
        }
    }
}

/// 定级: a level, and how it came to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grading {
    pub level: Level,
    pub how: Graded,
    pub reason: Text<500>,
    pub by: Signature,
    pub at: Instant,
}

/// How an impasse came to its level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Graded {
    /// 每周分类梳理
    Triage(Week),
    /// 提级
    Raised,
    /// 降级, by the reform office only.
    Lowered,
    /// 多轮不满意或者要求重办，自动提级
    AfterRounds(u32),
}
