//! 文书: the papers a case gives rise to, each numbered once in a series of its own.

use std::fmt;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::refusal::Refusal;

/// 文书种类. One numbered series a kind and year.
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
pub enum DocumentKind {
    /// 受理通知书, 行政许可法 art. 32.
    AcceptanceNotice,
    /// 不予受理通知书, 行政许可法 art. 32(1)(2).
    RejectionNotice,
    /// 不受理告知书, 行政许可法 art. 32(1)(1).
    NotRequiredNotice,
    /// 撤回申请确认书.
    WithdrawalReceipt,
    /// 准予决定书, 行政许可法 art. 38(1).
    GrantDecision,
    /// 不予许可决定书, 行政许可法 art. 38(2).
    RefusalDecision,
    /// 结果证照或批文.
    Result,
    /// 补正告知书 (一次性告知), 行政许可法 art. 32(1)(4).
    CorrectionNotice,
    /// 视为撤回告知书, 浙江省保障“最多跑一次”改革规定 art. 11(3).
    DeemedWithdrawalNotice,
    /// 容缺受理通知书, the same, art. 11(2).
    ConditionalNotice,
    /// 撤销受理决定书, the same, art. 11(2).
    AcceptanceRevocation,
    /// 延长期限告知书, 行政许可法 art. 42.
    ExtensionNotice,
    /// 特别程序告知书, 行政许可法 art. 45.
    ProcedureNotice,
    /// 限期整改通知书, 浙江省保障“最多跑一次”改革规定 art. 14.
    MendingOrder,
    /// 撤销许可决定书, 行政许可法 art. 69.
    GrantRevocation,
    /// 注销许可决定书, 行政许可法 art. 70.
    GrantCancellation,
    /// 备案登记编号 of an impasse (clause D3-1).
    ImpasseFiling,
    /// 交办单 (clause D13-1).
    AssignmentOrder,
    /// 催办通知书, the day after a limit of an impasse or an order has passed (rule L16).
    UrgingNotice,
    /// 会议纪要 of a coordination meeting (clause D4-3).
    MeetingMinutes,
    /// 呈报件 to the municipal government (clause D4-4).
    GovernmentSubmission,
    /// 否定答复登记编号 (clause D7-1).
    NegativeReply,
    /// 案例编号 (clause D6-2).
    Precedent,
    /// 事项建议编号 (clause D11-1).
    ItemProposal,
}

impl DocumentKind {
    /// The character that stands for the kind in a number.
    pub fn mark(self) -> &'static str {
        match self {
            Self::AcceptanceNotice => "受",
            Self::RejectionNotice => "拒",
            Self::NotRequiredNotice => "免",
            Self::WithdrawalReceipt => "撤",
            Self::GrantDecision => "准",
            Self::RefusalDecision => "驳",
            Self::Result => "证",
            Self::CorrectionNotice => "补",
            Self::DeemedWithdrawalNotice => "视",
            Self::ConditionalNotice => "容",
            Self::AcceptanceRevocation => "废",
            Self::ExtensionNotice => "延",
            Self::ProcedureNotice => "特",
            Self::MendingOrder => "改",
            Self::GrantRevocation => "销",
            Self::GrantCancellation => "注",
            Self::ImpasseFiling => "备",
            Self::AssignmentOrder => "交",
            Self::UrgingNotice => "催",
            Self::MeetingMinutes => "会",
            Self::GovernmentSubmission => "呈",
            Self::NegativeReply => "否",
            Self::Precedent => "例",
            Self::ItemProposal => "议",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::AcceptanceNotice => "受理通知书",
            Self::RejectionNotice => "不予受理通知书",
            Self::NotRequiredNotice => "不受理告知书",
            Self::WithdrawalReceipt => "撤回申请确认书",
            Self::GrantDecision => "准予决定书",
            Self::RefusalDecision => "不予许可决定书",
            Self::Result => "办理结果",
            Self::CorrectionNotice => "补正告知书",
            Self::DeemedWithdrawalNotice => "视为撤回告知书",
            Self::ConditionalNotice => "容缺受理通知书",
            Self::AcceptanceRevocation => "撤销受理决定书",
            Self::ExtensionNotice => "延长期限告知书",
            Self::ProcedureNotice => "特别程序告知书",
            Self::MendingOrder => "限期整改通知书",
            Self::GrantRevocation => "撤销许可决定书",
            Self::GrantCancellation => "注销许可决定书",
            Self::ImpasseFiling => "办不成事备案登记",
            Self::AssignmentOrder => "问题交办单",
            Self::UrgingNotice => "催办通知书",
            Self::MeetingMinutes => "部门协调会议纪要",
            Self::GovernmentSubmission => "提交市政府研究事项",
            Self::NegativeReply => "否定答复登记",
            Self::Precedent => "办事案例",
            Self::ItemProposal => "服务事项建议",
        }
    }
}

/// 文书编号: at most 30 characters (GB/T 39046 表6).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DocumentNumber(String);

impl DocumentNumber {
    /// `331081受〔2026〕000123号`. The centre's code stands where a body would put its abbreviation.
    pub fn new(centre: crate::Centre, kind: DocumentKind, year: i32, sequence: u64) -> Self {
        Self(format!("{centre}{}〔{year}〕{sequence:06}号", kind.mark()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// 文书种类, by its mark; None of what was numbered otherwise.
    pub fn kind(&self) -> Option<DocumentKind> {
        let mark = self.0.chars().find(|c| !c.is_ascii_digit())?;
        DocumentKind::VARIANTS.iter().copied().find(|kind| kind.mark().starts_with(mark))
    }
}

impl fmt::Display for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// 文书登记: numbers and seals papers when a decision is made, last of all, so that a refused command uses no number up.
pub trait Registry {
    fn number(&mut self, kind: DocumentKind) -> Result<DocumentNumber, Refusal>;

    /// SHA-256 of the text of a paper, lower-case hexadecimal.
    fn seal(&self, text: &str) -> String;
}
