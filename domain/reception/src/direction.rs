//! 分流: where somebody who asked is sent, and what came of it (clauses A1-2, A1-3).

use kernel::{DepartmentCode, Instant, ItemCode, StaffCode, Text, WindowCode};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// 分流去向
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Direction {
    /// 当场答复, which ends it.
    Answered { answer: Text<2000> },
    /// 到窗口办理
    Window { window: WindowCode },
    /// 帮办代办
    Assistance {
        /// 需要帮办的内容
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Text<500>>,
    },
    /// 网上办理
    Online {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<ItemCode>,
    },
    /// 兜底窗口 (clause A1-3)
    Fallback {
        reason: FallbackReason,
        /// 说明, of another reason than those that have a name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<Text<500>>,
    },
}

impl Direction {
    /// For people.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Answered { .. } => "当场答复",
            Self::Window { .. } => "到窗口办理",
            Self::Assistance { .. } => "帮办代办",
            Self::Online { .. } => "网上办理",
            Self::Fallback { .. } => "兜底窗口",
        }
    }

    /// The window that it is to, if it is to one.
    pub fn window<'a>(&'a self, fallback: &'a WindowCode) -> Option<&'a WindowCode> {
        match self {
            Self::Window { window } => Some(window),
            Self::Fallback { .. } => Some(fallback),
            Self::Answered { .. } | Self::Assistance { .. } | Self::Online { .. } => None,
        }
    }
}

/// 转兜底窗口的原因 (clause A1-3)
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum FallbackReason {
    /// 无处受理: no window takes it.
    NoWindow,
    /// 无先例
    NoPrecedent,
    /// 无牵头: no department leads.
    NoLead,
    /// 其他
    Other,
}

impl FallbackReason {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::NoWindow => "无处受理",
            Self::NoPrecedent => "无先例",
            Self::NoLead => "无牵头",
            Self::Other => "其他",
        }
    }
}

/// 一次分流
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directed {
    pub direction: Direction,
    pub by: StaffCode,
    pub at: Instant,
    /// What the window said that it was offered to; none while it has not, and where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Reply>,
}

/// 窗口的答复
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reply {
    /// 接受
    Accepted { by: StaffCode, at: Instant },
    /// 退回, by somebody whom this department had posted to the window.
    Declined {
        by: StaffCode,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        department: Option<DepartmentCode>,
        at: Instant,
        reason: Text<500>,
    },
}
