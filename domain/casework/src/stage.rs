use kernel::Action;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// 办件状态: where a case stands.
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
pub enum Stage {
    /// 收件核验中
    UnderCheck,
    /// 审核中: accepted and with the department.
    InReview,
    /// 已决定，待出件
    Decided,
    /// 已出件，待送达
    Issued,
    /// 寄送中
    InTransit,
    /// 已送达
    Delivered,
    /// 已办结
    Closed,
    /// 不予受理
    Rejected,
    /// 不受理
    NotRequired,
    /// 已撤回
    Withdrawn,
    /// 待补正: told once what is wrong, and the applicant's turn.
    AwaitingCorrection,
    /// 已撤销受理
    AcceptanceRevoked,
}

impl Stage {
    pub fn label(self) -> &'static str {
        match self {
            Self::UnderCheck => "收件核验中",
            Self::InReview => "审核中",
            Self::Decided => "已决定，待出件",
            Self::Issued => "已出件，待送达",
            Self::InTransit => "寄送中",
            Self::Delivered => "已送达",
            Self::Closed => "已办结",
            Self::Rejected => "不予受理",
            Self::NotRequired => "不受理",
            Self::Withdrawn => "已撤回",
            Self::AwaitingCorrection => "待补正",
            Self::AcceptanceRevoked => "已撤销受理",
        }
    }

    /// Why something is not possible in this stage. Fixed texts: every view of a case says this of most actions.
    pub(crate) fn forbids(self) -> &'static str {
        match self {
            Self::UnderCheck => "办件当前状态为「收件核验中」，不能进行此操作",
            Self::InReview => "办件当前状态为「审核中」，不能进行此操作",
            Self::Decided => "办件当前状态为「已决定，待出件」，不能进行此操作",
            Self::Issued => "办件当前状态为「已出件，待送达」，不能进行此操作",
            Self::InTransit => "办件当前状态为「寄送中」，不能进行此操作",
            Self::Delivered => "办件当前状态为「已送达」，不能进行此操作",
            Self::Closed => "办件当前状态为「已办结」，不能进行此操作",
            Self::Rejected => "办件当前状态为「不予受理」，不能进行此操作",
            Self::NotRequired => "办件当前状态为「不受理」，不能进行此操作",
            Self::Withdrawn => "办件当前状态为「已撤回」，不能进行此操作",
            Self::AwaitingCorrection => "办件当前状态为「待补正」，不能进行此操作",
            Self::AcceptanceRevoked => "办件当前状态为「已撤销受理」，不能进行此操作",
        }
    }

    /// The case has ended. Only a reopening, with authority and reason, sets it going again.
    pub fn is_final(self) -> bool {
        Self::FINAL.contains(&self)
    }

    /// Neither decided nor ended.
    pub const UNDECIDED: [Self; 3] = [Self::UnderCheck, Self::AwaitingCorrection, Self::InReview];

    const FINAL: &[Self] = &[Self::Closed, Self::Rejected, Self::NotRequired, Self::Withdrawn, Self::AcceptanceRevoked];

    /// The stages in which an action on a case is possible at all; the rest of the law comes on top.
    pub fn of(action: Action) -> &'static [Self] {
        use Action as A;
        const UNDER_CHECK: &[Stage] = &[Stage::UnderCheck];
        const IN_REVIEW: &[Stage] = &[Stage::InReview];
        // The latter two for what took the place of a result that was delivered.
        const TO_DELIVER: &[Stage] = &[Stage::Issued, Stage::Delivered, Stage::Closed];
        match action {
            A::AttachFile | A::ReuseMaterial => {
                &[Self::UnderCheck, Self::AwaitingCorrection, Self::InReview, Self::Decided]
            }
            A::CheckMaterial => &[Self::UnderCheck, Self::InReview, Self::Decided],
            A::CheckScope | A::NotifyCorrections | A::AllowSecondNotice => UNDER_CHECK,
            A::Accept | A::AcceptConditionally | A::AcceptOnCommitment => UNDER_CHECK,
            A::Reject | A::DeclareNotRequired | A::DecideOnTheSpot => UNDER_CHECK,
            A::SubmitCorrections => &[Self::AwaitingCorrection],
            A::RevokeAcceptance => &[Self::InReview, Self::Decided],
            A::Withdraw => &[Self::UnderCheck, Self::AwaitingCorrection, Self::InReview],
            A::ChooseDelivery => &[
                Self::UnderCheck,
                Self::AwaitingCorrection,
                Self::InReview,
                Self::Decided,
                Self::Issued,
                Self::Delivered,
                Self::Closed,
            ],
            A::OfferHandOver | A::AcceptHandOver | A::DeclineHandOver => {
                &[Self::UnderCheck, Self::AwaitingCorrection, Self::InReview]
            }
            A::Assign => IN_REVIEW,
            A::Delegate | A::EndDelegation | A::Transfer | A::AcceptTransfer | A::DeclineTransfer => IN_REVIEW,
            A::StartProcedure | A::EndProcedure | A::Pause | A::Resume | A::Extend => IN_REVIEW,
            A::DrawPlan | A::GiveOpinion | A::AskMore | A::AnswerMore => IN_REVIEW,
            A::ScheduleInspection | A::RecordInspection | A::GiveFindings => IN_REVIEW,
            A::Review | A::ReturnForRework | A::Decide => IN_REVIEW,
            A::IssueResult => &[Self::Decided],
            A::HandOut | A::Dispatch | A::DeliverElectronically => TO_DELIVER,
            A::Track => &[Self::InTransit, Self::Delivered, Self::Closed],
            A::AcknowledgeDelivery => &[Self::Delivered, Self::Closed],
            A::Close => &[Self::Delivered],
            A::VerifyCommitment => &[Self::Decided, Self::Issued, Self::InTransit, Self::Delivered, Self::Closed],
            A::ReplaceResult => &[Self::Issued, Self::Delivered, Self::Closed],
            A::RevokeGrant | A::CancelGrant => &[Self::Issued, Self::Delivered, Self::Closed],
            A::SealDocument | A::Rate => Self::VARIANTS,
            A::AddNote | A::Reopen => Self::FINAL,
            _ => &[],
        }
    }
}
