//! Typed UUIDv7 identifiers. Mixing two kinds is a type error.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::{Timestamp, Uuid};

use crate::time::Instant;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new identifier whose first 48 bits are `now` in milliseconds, so that ids sort by age.
            pub fn fresh(now: Instant) -> Self {
                let (seconds, nanos) = now.unix();
                Self(Uuid::new_v7(Timestamp::from_unix(uuid::ContextV7::new(), seconds, nanos)))
            }

            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// 办件: one application and everything that happens to it.
    CaseId
    /// One entry of a case's record.
    EventId
    /// An uploaded file (材料附件).
    FileId
    /// 申请人: a person or an organisation known to the centre.
    PartyId
    /// 派驻: a member of staff posted to a window or a department.
    PostingId
    /// 套餐申请: one application over several items (clause C1-1).
    PackageApplicationId
    /// 办不成事事项: what could not be got done, from its registration to its close-out (clause D5-2).
    ImpasseId
    /// 否定答复: a window's own "no", on file (clause D7-1).
    NegativeReplyId
    /// 咨询: what somebody asked at the hall, and where they were sent (clause A1-2).
    ConsultationId
    /// 部门协调会议 (clause D4-3).
    MeetingId
    /// 案例 (clause D6-2).
    PrecedentId
    /// 事项建议: a proposal to add or change a service item (clauses C2-2, D11-1).
    ProposalId
    /// 工单: a work order of the 12345 hotline (clause D2-2).
    WorkOrderId
    /// 转热线事项: what a window passes on to the hotline (rule L18).
    TicketId
    /// 回访计划 (clause D8-1).
    FollowUpPlanId
    /// 草稿: an application that is not handed in yet.
    DraftId
    /// 推送订阅: where a system wants to be told of events (clause B5-7).
    WebhookEndpointId
    /// 评价: what an applicant said of the service in a case (clause B5-8).
    RatingId
}
