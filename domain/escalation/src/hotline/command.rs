use kernel::{Action, DepartmentCode, Text, WindowCode, id::ImpasseId};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use super::{
    message::Message,
    state::{LegalRoute, Milestone},
};
use crate::supervision::Step;

/// What is done to a work order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// What the hotline says next.
    Receive(Message),
    /// 签收
    Acknowledge,
    /// 退单
    Return { reason: Text<500> },
    /// 转办 by procedure (clause D2-2), to a department or, between windows and hotline, to a window (rule L18).
    Assign { to: Assignee, note: Option<Text<500>> },
    /// 退回转办 by whoever it was assigned to (rule L15).
    ReturnAssignment { reason: Text<500> },
    /// 申请延期
    AskExtension { reason: Text<500> },
    /// 告知法定途径
    TellRoute { route: LegalRoute, explanation: Text<2000> },
    /// 答复
    Answer { text: Text<2000> },
    /// 办结
    Complete { note: Option<Text<500>> },
    /// 转为办不成事事项
    RegisterImpasse { impasse: ImpasseId },
    /// 不予提级
    DeclineEscalation { reason: Text<500> },
    /// 裁定督办: the step is taken, or waived.
    RuleOnSupervision { step: Step, taken: bool, reason: Text<500> },
    /// The impasse has moved.
    Follow(Milestone),
}

/// 承办: who is to handle it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assignee {
    Department(DepartmentCode),
    Window(WindowCode),
}

/// What the supervision section, the reform office and whoever an order is assigned to can do, each allowed or refused as a whole.
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
pub enum Act {
    Acknowledge,
    Return,
    Assign,
    ReturnAssignment,
    AskExtension,
    TellRoute,
    Answer,
    Complete,
    RegisterImpasse,
    DeclineEscalation,
    RuleOnSupervision,
}

impl Act {
    /// For whom it is: the section's alone, or whoever the order is assigned to as well (rule L18).
    pub fn action(self) -> Action {
        match self {
            Self::Acknowledge
            | Self::Return
            | Self::Assign
            | Self::Complete
            | Self::RegisterImpasse
            | Self::DeclineEscalation => Action::HandleWorkOrder,
            Self::ReturnAssignment => Action::ReturnAssignment,
            Self::AskExtension => Action::ExtendWorkOrder,
            Self::TellRoute | Self::Answer => Action::AnswerWorkOrder,
            Self::RuleOnSupervision => Action::RuleOnSupervision,
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Acknowledge => "签收",
            Self::Return => "退单",
            Self::Assign => "转办",
            Self::ReturnAssignment => "退回转办",
            Self::AskExtension => "申请延期",
            Self::TellRoute => "告知法定途径",
            Self::Answer => "答复",
            Self::Complete => "办结",
            Self::RegisterImpasse => "转为办不成事事项",
            Self::DeclineEscalation => "不予提级",
            Self::RuleOnSupervision => "裁定督办",
        }
    }
}
