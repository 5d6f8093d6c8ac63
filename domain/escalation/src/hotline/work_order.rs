use chrono::NaiveDate;
use kernel::{
    Calendar, Centre, Instant, Recorded, SectorCode, StaffCode, Text, Whereabouts, WorkingDays,
    access::Signature,
    id::{ImpasseId, WorkOrderId},
    ledger::Ledger,
};
use serde::{Deserialize, Serialize};

use super::{
    command::Assignee,
    event::Event,
    external_no::ExternalNo,
    message::Satisfaction,
    pressing::{OrderReminder, OrderSupervision, Urging},
    state::{LegalRoute, State, WorkOrderKind},
};

/// 裁定 of the hotline; of an escalation, the supervision section's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// The return upheld, the extension approved, the order raised.
    pub granted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text<500>>,
    pub at: Instant,
}

/// 退单
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    pub reason: Text<500>,
    pub at: Instant,
    pub by: Signature,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruling: Option<Ruling>,
}

/// 延期
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    pub days: WorkingDays,
    pub reason: Text<500>,
    pub at: Instant,
    pub by: Signature,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruling: Option<Ruling>,
}

/// 转办
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    pub to: Assignee,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text<500>>,
    pub at: Instant,
    /// 退回截止, as many hours as the centre itself has from the dispatch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_until: Option<Instant>,
}

/// 退回转办. Assigned to the same again after it, it is theirs (rule L15).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignmentReturn {
    pub from: Assignee,
    pub reason: Text<500>,
    pub at: Instant,
    pub by: Signature,
}

/// 提级 of an order without an impasse: put before the supervision section, which makes it one or says why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    pub reason: Text<500>,
    pub at: Instant,
    /// 提级处置时限
    pub limit: Ledger,
    /// Whoever is over the assignee, and the reform office, have been told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told: bool,
    /// 逾期未处置 is on the record.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ran_out: bool,
    /// Granted where it became an impasse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruling: Option<Ruling>,
}

/// 答复
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub round: u32,
    pub text: Text<2000>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<LegalRoute>,
    pub at: Instant,
}

/// 工单 (clause D2-2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkOrder {
    pub id: WorkOrderId,
    pub centre: Centre,
    /// Whose it is.
    pub hotline: StaffCode,
    pub external_no: ExternalNo,
    pub version: u64,
    pub state: State,
    pub kind: WorkOrderKind,
    pub sector: Option<SectorCode>,
    /// 拟告知的法定途径, by the hotline's category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<LegalRoute>,
    pub subject: Text<100>,
    pub facts: Text<4000>,
    /// 指定: cannot be returned.
    pub assigned: bool,
    pub lead: Option<Text<100>>,
    pub co_organisers: Vec<Text<100>>,
    pub dispatched_at: Instant,
    /// 改派: when the hotline dispatched it again after a return was upheld, each with a limit of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redispatched_at: Vec<Instant>,
    /// 退单截止
    pub return_until: Instant,
    pub returns_allowed: u32,
    /// 办理时限, one a dispatch and one a round; the last one is in force.
    pub limits: Vec<Ledger>,
    /// 超期 of the limit in force is on the record.
    pub ran_out: bool,
    /// 轮次, from 1.
    pub round: u32,
    pub returns: Vec<Return>,
    pub extension: Option<Extension>,
    pub assignment: Option<Assignment>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assignment_returns: Vec<AssignmentReturn>,
    pub answers: Vec<Answer>,
    pub satisfactions: Vec<Satisfaction>,
    pub urged: u32,
    /// Each of these, since they are kept, and what was done about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urgings: Vec<Urging>,
    pub supplements: Vec<Text<1000>>,
    /// 提级 by the hotline, how often.
    pub escalated: u32,
    /// Those that came while it had no impasse, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escalations: Vec<Escalation>,
    /// 提醒
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reminders: Vec<OrderReminder>,
    /// 督办, the oldest proposal first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supervision: Vec<OrderSupervision>,
    pub merged_into: Option<ExternalNo>,
    /// 待并入: to be merged once that one is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits_merge: Option<ExternalNo>,
    pub impasse: Option<ImpasseId>,
}

impl WorkOrder {
    /// The order that these events, the first of which is its dispatch, add up to.
    pub fn fold(
        id: WorkOrderId,
        centre: Centre,
        hotline: &StaffCode,
        external_no: &ExternalNo,
        events: &[Recorded<Event>],
    ) -> Option<Self> {
        let (first, rest) = events.split_first()?;
        let mut order = Self::begin(id, centre, hotline.clone(), external_no.clone(), first)?;
        rest.iter().for_each(|event| order.apply(event));
        Some(order)
    }

    /// 承办: where it was assigned to (rule L18). Until then it is the supervision section's and its hotline's alone.
    pub fn whereabouts(&self) -> Whereabouts<'_> {
        let (window, department) = match self.assignment.as_ref().map(|assignment| &assignment.to) {
            Some(Assignee::Window(window)) => (Some(window), None),
            Some(Assignee::Department(department)) => (None, Some(department)),
            None => (None, None),
        };
        let (centre, client) = (self.centre, Some(&self.hotline));
        Whereabouts {
            centre,
            item: None,
            window,
            fallback: None,
            besides: Vec::new(),
            department,
            participants: Vec::new(),
            at_work: Vec::new(),
            applicant: None,
            client,
            vouched: false,
        }
    }

    /// 办理时限 in force.
    pub fn limit(&self) -> Option<&Ledger> {
        self.limits.last()
    }

    /// The last day of the limit in force.
    pub fn due(&self, calendar: &Calendar, today: NaiveDate) -> Option<NaiveDate> {
        self.limit().map(|limit| limit.due(calendar, today).date)
    }

    /// 待处置的提级
    pub fn pending_escalation(&self) -> Option<&Escalation> {
        self.escalations.last().filter(|escalation| escalation.limit.is_running())
    }

    /// The limits that run.
    pub fn running(&self) -> impl Iterator<Item = &Ledger> {
        let escalation = self.pending_escalation().map(|escalation| &escalation.limit);
        self.limit().filter(|limit| limit.is_running()).into_iter().chain(escalation)
    }

    /// 提级 that nobody has been told is late. While a return waits for the hotline's ruling nobody here can act on it.
    pub(super) fn unheeded(&self) -> Option<&Escalation> {
        self.pending_escalation().filter(|escalation| !escalation.ran_out && self.state != State::Returned)
    }
}
