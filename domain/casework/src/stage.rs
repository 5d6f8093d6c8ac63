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
        }
    }

    /// Nothing more can happen to the case.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Closed | Self::Rejected | Self::NotRequired | Self::Withdrawn)
    }

    /// The stages in which an action on a case is possible at all; the rest of the law comes on top.
    pub fn of(action: Action) -> &'static [Self] {
        use Action as A;
        match action {
            A::AttachFile | A::CheckScope | A::CheckMaterial => &[Self::UnderCheck],
            A::Accept | A::Reject | A::DeclareNotRequired | A::DecideOnTheSpot => &[Self::UnderCheck],
            A::Withdraw => &[Self::UnderCheck, Self::InReview],
            A::ChooseDelivery => &[Self::UnderCheck, Self::InReview, Self::Decided, Self::Issued],
            A::Assign | A::OfferHandOver | A::AcceptHandOver | A::DeclineHandOver => &[Self::InReview],
            A::Review | A::Decide => &[Self::InReview],
            A::IssueResult => &[Self::Decided],
            A::HandOut | A::Dispatch | A::DeliverElectronically => &[Self::Issued],
            A::Track => &[Self::InTransit],
            A::Close => &[Self::Delivered],
            _ => &[],
        }
    }
}
