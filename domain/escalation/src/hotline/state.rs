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

named! {
    /// 提醒级别 of a work order, from the bottom of its ladder; the steps of supervision come after them.
    Press {
        /// Before it is due.
        Amber "临期提醒"
        /// The day after it was due, with a notice.
        Overdue "逾期催办"
        /// The hotline wants it raised.
        Raised "热线提级"
    }
}

named! {
    /// 催办后的处置.
    Response {
        Acknowledged "签收"
        Returned "退单"
        Assigned "转办"
        AssignmentReturned "退回转办"
        ExtensionAsked "申请延期"
        RouteTold "告知法定途径"
        Answered "答复"
        Completed "办结"
        ImpasseRegistered "转为办不成事事项"
        EscalationDeclined "不予提级"
        Supervised "督办"
        /// The impasse that drives it has moved.
        ImpasseMoved "办不成事事项有进展"
    }
}

named! {
    /// 核验方式: how the hotline knows who spoke for an enterprise.
    Verification {
        /// 回拨企业登记或者公开的电话.
        CalledBack "回拨企业电话核实"
        /// 核对证件号码等登记信息.
        Document "核对证件信息"
        /// 线上实名认证.
        Online "线上实名认证"
    }
}

named! {
    /// 工单督办指标 of a period.
    Measure {
        Dispatched "派单"
        Reminders "临期提醒"
        UrgingNotices "催办通知书"
        Urgings "热线催办"
        /// Of these, those about which something was done by the end of the period.
        UrgingsAnswered "已处置的催办"
        /// Of orders without an impasse.
        Raised "热线提级"
        Criticisms "书面批评"
        Listings "挂牌警示"
        Namings "点名通报"
        Accountabilities "问责"
        /// At the end of the period.
        SupervisionPending "待裁定督办"
    }
}
