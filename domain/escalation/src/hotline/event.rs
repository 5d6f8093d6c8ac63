use chrono::NaiveDate;
use kernel::{Fact, Instant, Text, WorkingDays, id::ImpasseId, ledger::Ledger};
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

use super::{
    command::Assignee,
    external_no::ExternalNo,
    message::{Dispatch, MessageKind, Satisfaction},
    pressing::OrderReminder,
    state::{LegalRoute, Milestone},
};
use crate::{moves::DeadlineMove, order::Ruling, supervision::Step};

/// What happened to a work order. No personal data in any of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantNames)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Event {
    /// 派单. Also 改派 after a return was upheld: by a new word of the hotline, with a limit of its own.
    Dispatched {
        dispatch: Dispatch,
        /// 办理时限; none of 改派 that was recorded while it went on with the limit before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<Ledger>,
        return_until: Instant,
        returns_allowed: u32,
    },
    Acknowledged,
    Returned {
        reason: Text<500>,
    },
    ReturnRuled {
        upheld: bool,
        reason: Text<500>,
    },
    Assigned {
        to: Assignee,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Text<500>>,
        /// 退回转办截止
        #[serde(default, skip_serializing_if = "Option::is_none")]
        return_until: Option<Instant>,
    },
    /// 退回转办: back to the supervision section, which assigns it again; the limit runs on.
    AssignmentReturned {
        reason: Text<500>,
    },
    ExtensionAsked {
        days: WorkingDays,
        reason: Text<500>,
    },
    ExtensionRuled {
        approved: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text<500>>,
    },
    RouteTold {
        route: LegalRoute,
        explanation: Text<2000>,
    },
    Answered {
        text: Text<2000>,
    },
    Completed {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Text<500>>,
    },
    ImpasseRegistered {
        impasse: ImpasseId,
    },
    /// What became of the impasse.
    Followed {
        milestone: Milestone,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<Ledger>,
    },
    Urged {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text<500>>,
    },
    Supplemented {
        text: Text<1000>,
    },
    SatisfactionGiven {
        #[serde(flatten)]
        satisfaction: Satisfaction,
    },
    /// 重办: by the hotline's word, or because the caller was not satisfied. A round of its own with its own limit.
    SentBack {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text<500>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<Ledger>,
    },
    Escalated {
        reason: Text<500>,
        /// 提级处置时限, where the supervision section is to act on it; none where an impasse hears it, or one runs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<Ledger>,
    },
    /// 不予提级
    EscalationDeclined {
        reason: Text<500>,
    },
    /// 提级逾期未处置: an alarm. Once an escalation.
    EscalationRanOut,
    Merged {
        into: ExternalNo,
    },
    /// 待并单: the one that it is to go into has not been dispatched yet.
    MergeAwaited {
        into: ExternalNo,
    },
    /// 转达: what follows was said of an order that is followed under this one.
    Relayed {
        from: ExternalNo,
        message: MessageKind,
    },
    /// 超期: the limit ran out without an answer. Once a limit.
    RanOut,
    /// 提醒 of whoever has it, or of whoever is over them.
    Reminded(OrderReminder),
    /// 拟采取督办措施
    SupervisionProposed {
        step: Step,
        due: NaiveDate,
        against: Assignee,
    },
    /// 裁定督办措施
    SupervisionRuled {
        step: Step,
        ruling: Ruling,
    },
    /// 时限变动, because the calendar changed.
    DeadlinesMoved {
        moves: Vec<DeadlineMove>,
    },
}

impl Event {
    /// 内部环节: how those who handle it are pressed. The hotline sees what comes of it.
    pub const INTERNAL: [&str; 3] = ["reminded", "supervision_proposed", "supervision_ruled"];
}

impl Fact for Event {
    fn kind(&self) -> &'static str {
        self.into()
    }
}
