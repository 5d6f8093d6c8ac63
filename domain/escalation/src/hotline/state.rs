use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident $label:literal)* }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Display, EnumString,
            IntoStaticStr, VariantArray,
        )]
        #[serde(rename_all = "snake_case")]
        #[strum(serialize_all = "snake_case")]
        pub enum $name {
            $($(#[$of])* $variant,)*
        }

        impl $name {
            /// For people.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)* }
            }
        }
    };
}

named! {
    /// 工单状态.
    State {
        /// Dispatched to the centre, not yet signed for. The clock runs.
        Dispatched "已派单"
        Acknowledged "已签收"
        /// Returned as not ours; the hotline has to rule.
        Returned "退单待裁定"
        /// The return was upheld. Only a new dispatch brings it back.
        NotOurs "退单成立"
        InHandling "办理中"
        Answered "已答复"
        /// 告知法定途径: belongs to a court, a petition office, a review …
        RouteTold "已告知法定途径"
        /// 挂账: explained, and kept open on the register. Never counted as completed.
        Carried "挂账"
        Completed "已办结"
        /// Followed under another order.
        Merged "已并单"
    }
}

impl State {
    /// 办理时限 runs.
    pub fn is_running(self) -> bool {
        matches!(self, Self::Dispatched | Self::Acknowledged | Self::Returned | Self::InHandling)
    }

    /// Nothing of ours is left to do unless the hotline says so.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::NotOurs | Self::RouteTold | Self::Completed | Self::Merged)
    }
}

named! {
    /// 工单类型 (GB/T 39666).
    WorkOrderKind {
        Consultation "咨询"
        Help "求助"
        Complaint "投诉"
        Report "举报"
        Suggestion "建议"
        Praise "表扬"
    }
}

named! {
    /// 法定途径: what is not for the hotline to settle (国办函〔2025〕66号).
    LegalRoute {
        Litigation "诉讼"
        Arbitration "仲裁"
        Discipline "纪检监察"
        Reconsideration "行政复议"
        Petition "信访"
        InformationDisclosure "政府信息公开"
    }
}

named! {
    /// What became of the impasse that a work order was registered as.
    Milestone {
        Filed "已备案"
        OrderIssued "已交办"
        Answered "已答复"
        /// The applicant was not satisfied, or it was reopened.
        SentBack "不满意重办"
        Carried "已挂账"
        ClosedOut "已销号"
    }
}
