use std::collections::BTreeMap;

use approval::{
    Decision, Pause, Procedure, Review, Rework,
    inspection::{Finding, InspectionRecord, JointInspection},
    joint::{Answered, Asked, Given, Named, Plan},
};
use catalog::{DeliveryMethod, Silence};
use chrono::NaiveDate;
use intake::{
    Acceptance, AcceptanceBasis, AcceptanceRevocation, AttachedFile, Commitment, Condition, Exception, MaterialCheck,
    NotRequired, Rejection, RejectionGround, Round, ScopeCheck, Verification,
};
use issuance::{EndGround, Ended, Replacement, ResultDocument, Tracked};
use kernel::{
    CaseId, Centre, DepartmentCode, DocumentNumber, Due, Fact, Instant, MaterialCode, PartyId, StaffCode, Text,
    WindowCode, WorkingDays,
    access::Agent,
    id::PackageApplicationId,
    identity::Assurance,
    ledger::{Extension, Ledger, LimitKind},
};
use routing::{Responsible, Transfer};
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

use crate::{
    case::{CaseNumber, Channel, HeldBack, ItemRef, Note, Reminder, Reopening},
    rating::Rating,
};

/// What happened to a case. The record is the list of these; the state is their sum. No personal data in any of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Event {
    /// 收件
    Received(Box<Received>),
    /// 材料上传
    FileAttached { material: MaterialCode, file: AttachedFile },
    /// 受理范围核验
    ScopeChecked(ScopeCheck),
    /// 材料核验
    MaterialChecked { material: MaterialCode, check: MaterialCheck },
    /// 前置事项办成: the check of a serial item of a package begins (rule L10).
    CheckStarted { limit: Ledger },
    /// 前置事项不再办成, 暂缓办理: its turn had come, and what it waits for is open again or has failed (rule L10).
    HeldBack(HeldBack),
    /// 前置事项重新办成, 恢复办理: what was held back after its check goes on where it stands.
    HoldEnded,
    /// 一次性告知, and with it the clock of the check stops and the applicant's runs.
    CorrectionsNotified(Box<Round>),
    /// 准许再次告知
    SecondNoticeAllowed(Exception),
    /// 提交补正; what was told is to be checked again within a new limit.
    CorrectionsSubmitted { check: Ledger },
    /// 视为撤回: not corrected in time (rule L7).
    DeemedWithdrawn { document: DocumentNumber, due: NaiveDate },
    /// 受理, and with it the clocks start and the case goes to the department.
    Accepted {
        acceptance: Acceptance,
        on: NaiveDate,
        statutory: WorkingDays,
        promised: WorkingDays,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        counts_start: bool,
        /// 视为受理: the day after the last one of the check, however late time was looked at.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lapsed: Option<NaiveDate>,
    },
    /// 容缺约定, with the acceptance.
    ConditionSet { condition: Condition, limit: Ledger },
    /// 容缺材料交齐: everything left open has come, and the window looks at it within its limit.
    ConditionHandedIn { check: Ledger },
    /// 容缺材料补齐
    ConditionMet,
    /// 告知承诺, with the acceptance.
    Committed(Commitment),
    /// 承诺核查
    CommitmentVerified(Verification),
    /// 撤销受理
    AcceptanceRevoked(AcceptanceRevocation),
    /// 不予受理
    Rejected(Rejection),
    /// 不受理
    FoundNotRequired(NotRequired),
    /// 撤回
    Withdrawn { receipt: DocumentNumber, reason: Text<500> },
    /// 变更送达方式
    DeliveryChosen { method: DeliveryMethod },
    /// 分派
    Assigned { to: StaffCode },
    /// 提出移交
    HandOverOffered {
        from: StaffCode,
        to: StaffCode,
        reason: Text<500>,
        /// When it goes back by itself, by the calendar of the day on which it was made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Instant>,
        /// 移交接受时限, which moves with the calendar.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<Ledger>,
    },
    /// 接受移交
    HandOverAccepted { from: StaffCode, to: StaffCode },
    /// 退回移交
    HandOverDeclined { from: StaffCode, to: StaffCode, reason: Text<500> },
    /// 移交逾期未接受, 自动退回
    HandOverLapsed { from: StaffCode, to: StaffCode },
    /// 职责随岗位终止回到部门或窗口: `staff`, who answered for it, was offered it or worked on it for another, is no longer
    /// posted there; `to` answers from now on.
    ReturnedToUnit { staff: StaffCode, to: Responsible },
    /// 委派
    Delegated { to: StaffCode },
    /// 结束委派
    DelegationEnded,
    /// 提出转办
    TransferOffered(Transfer),
    /// 接受转办, and with it responsibility passes.
    TransferAccepted { from: DepartmentCode, to: DepartmentCode, staff: StaffCode },
    /// 退回转办
    TransferDeclined { to: DepartmentCode, reason: Text<500> },
    /// 转办逾期未接受, 自动退回
    TransferLapsed { to: DepartmentCode },
    /// 审核时限开始: the case has arrived at the review, for the first time or again.
    ReviewDue { limit: Ledger },
    /// 启动特别程序
    ProcedureStarted(Procedure),
    /// 结束特别程序
    ProcedureEnded {
        notice: DocumentNumber,
        until: NaiveDate,
        result: Text<500>,
        /// When, so that a review of before it does not stand; none where it was recorded before this was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Instant>,
    },
    /// 登记暂停
    Paused(Pause),
    /// 登记恢复
    Resumed { on: NaiveDate },
    /// 延长期限, and the applicant is told why. A promise that was broken by then stays so.
    Extended {
        notice: DocumentNumber,
        extension: Extension,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        promise_broken: bool,
    },
    /// 制定会审方案
    PlanDrawn {
        plan: Plan,
        silence: Silence,
        from: NaiveDate,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        counts_start: bool,
        /// 重新制定的理由
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text<500>>,
        /// 逾期未反馈 under the plan that this one replaces.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        named: Vec<Named>,
        /// 要求补充说明 under the plan that this one replaces.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        asked: BTreeMap<DepartmentCode, Asked>,
    },
    /// 反馈会审意见
    OpinionGiven { department: DepartmentCode, given: Given },
    /// 会审要求补充
    MoreAsked { department: DepartmentCode, asked: Asked },
    /// 答复会审补充
    MoreAnswered { department: DepartmentCode, answer: Answered },
    /// 逾期未反馈, 列名
    FellSilent { department: DepartmentCode, on: NaiveDate },
    /// 安排联合踏勘
    InspectionScheduled(JointInspection),
    /// 联合踏勘改期, with the special procedure that it is from now on.
    InspectionMoved {
        to: NaiveDate,
        reason: Text<500>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        procedure: Option<DocumentNumber>,
    },
    /// 记录联合踏勘
    InspectionRecorded(InspectionRecord),
    /// 反馈踏勘意见
    FindingsGiven { department: DepartmentCode, finding: Finding },
    /// 踏勘意见逾期未反馈, 列名
    FindingsMissed { department: DepartmentCode, on: NaiveDate },
    /// 审核
    Reviewed(Review),
    /// 退回重办
    ReturnedForRework(Rework),
    /// 决定, and with it the decision clocks stop and the delivery clock starts.
    Decided {
        decision: Decision,
        on: NaiveDate,
        delivery: WorkingDays,
        /// 承诺核查期限, where a commitment stood in for materials.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        verification: Option<WorkingDays>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        counts_start: bool,
    },
    /// 出件
    Issued(ResultDocument),
    /// 寄出
    Dispatched { carrier: Text<50>, waybill: Text<40> },
    /// 物流更新
    Tracked(Tracked),
    /// 送达, whichever way.
    Delivered { how: DeliveryMethod, at: Instant, receipt: Text<200> },
    /// 催领
    Chased,
    /// 确认收到
    Acknowledged,
    /// 办结归档
    Closed,
    /// 更正或补发
    ResultReplaced {
        document: ResultDocument,
        how: Replacement,
        reason: Text<500>,
        /// 重新送达: the earlier one had been delivered, and the new one is to be delivered in its turn.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        deliver_anew: bool,
    },
    /// 撤销许可 or 注销许可
    GrantEnded(Ended),
    /// 加盖电子印章
    Sealed { document: DocumentNumber, seal: Text<4000> },
    /// 补充说明
    NoteAdded(Note),
    /// 恢复办理; the limits that run from now on.
    Reopened { reopening: Reopening, to: Resumption },
    /// 评价 by name; an anonymous one is no event of the case.
    Rated(Box<Rating>),
    /// 提醒
    Reminded(Reminder),
    /// 期限重算: the calendar changed and dates moved with it.
    DeadlinesMoved { moves: Vec<DeadlineMove> },
}

/// 恢复到: where a reopened case goes on, with new limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resumption {
    /// The window checks again.
    Check {
        limit: Ledger,
        /// 联合踏勘 that took place: there is no second one (clause B3-4).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        inspection: Option<Box<JointInspection>>,
        /// 会审逾期未反馈, under every plan there was.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        silent: Vec<Named>,
        /// 视为受理, where that is how the acceptance came about that falls now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deemed_on: Option<NaiveDate>,
        /// Whether the limit to bring what was left open was the window's in the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waited: Option<bool>,
    },
    /// The department decides again.
    Review {
        statutory: Ledger,
        promised: Ledger,
        /// 视为受理, whose clock is over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deemed_on: Option<NaiveDate>,
    },
}

/// One limit whose date a new edition of the calendar moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadlineMove {
    pub limit: LimitKind,
    /// 参与部门, where it is the limit of its answer to a transfer, of its opinion or of its findings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<DepartmentCode>,
    /// 特别程序告知书, where it is the time that the notice says the procedure needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub procedure: Option<DocumentNumber>,
    pub before: Due,
    pub after: Due,
}

/// 收件登记: everything the case begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    pub id: CaseId,
    pub centre: Centre,
    pub number: CaseNumber,
    pub item: ItemRef,
    pub channel: Channel,
    pub applicant: PartyId,
    pub assurance: Assurance,
    pub window: WindowCode,
    pub department: DepartmentCode,
    pub client: Option<StaffCode>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub vouched: bool,
    /// 代理人, where one applied in the applicant's place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Agent>,
    pub external_number: Option<String>,
    pub delivery: DeliveryMethod,
    /// 受理审查期限, from the day of receipt in law; none yet for what waits for another item of its package.
    pub check: Option<Ledger>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<PackageApplicationId>,
}

/// 办理记录: an event of a case as it goes on the record.
pub type Recorded = kernel::Recorded<Event>;

impl Fact for Event {
    fn kind(&self) -> &'static str {
        self.into()
    }
}

impl Event {
    /// Whether something happened to the case itself, and not only to the calendar that its dates are read by.
    pub fn is_its_own(&self) -> bool {
        !matches!(self, Self::DeadlinesMoved { .. })
    }

    /// Whether it was done in a department's part in a case that another one handles.
    pub(crate) fn is_of_a_participant(&self) -> bool {
        matches!(
            self,
            Self::OpinionGiven { .. }
                | Self::MoreAsked { .. }
                | Self::FindingsGiven { .. }
                | Self::TransferDeclined { .. }
        )
    }

    /// For people.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Received(_) => "收件",
            Self::FileAttached { .. } => "上传材料",
            Self::ScopeChecked(_) => "核验受理范围",
            Self::MaterialChecked { .. } => "核验材料",
            Self::CheckStarted { .. } => "前置事项办成，开始审查",
            Self::HeldBack(_) => "前置事项未办成，暂缓办理",
            Self::HoldEnded => "前置事项办成，继续办理",
            Self::CorrectionsNotified(_) => "一次性告知",
            Self::SecondNoticeAllowed(_) => "准许再次告知",
            Self::CorrectionsSubmitted { .. } => "提交补正",
            Self::DeemedWithdrawn { .. } => "逾期未补正，视为撤回",
            Self::Accepted { acceptance, .. } if acceptance.basis == AcceptanceBasis::Deemed => "视为受理",
            Self::Accepted { .. } => "受理",
            Self::ConditionSet { .. } => "容缺约定",
            Self::ConditionHandedIn { .. } => "容缺材料交齐",
            Self::ConditionMet => "容缺材料补齐",
            Self::Committed(_) => "告知承诺",
            Self::CommitmentVerified(_) => "承诺核查",
            Self::AcceptanceRevoked(_) => "撤销受理",
            Self::Rejected(rejection) if rejection.ground == RejectionGround::PredecessorFailed => {
                "前置事项未获准予，不予受理"
            }
            Self::Rejected(_) => "不予受理",
            Self::FoundNotRequired(_) => "不受理",
            Self::Withdrawn { .. } => "撤回申请",
            Self::DeliveryChosen { .. } => "选择送达方式",
            Self::Assigned { .. } => "分派",
            Self::HandOverOffered { .. } => "提出移交",
            Self::HandOverAccepted { .. } => "接受移交",
            Self::HandOverDeclined { .. } => "退回移交",
            Self::HandOverLapsed { .. } => "移交逾期，自动退回",
            Self::ReturnedToUnit { to: Responsible::Department(_), .. } => "职责随岗位终止回到部门",
            Self::ReturnedToUnit { to: Responsible::Window(_), .. } => "职责随岗位终止回到窗口",
            Self::ReturnedToUnit { to: Responsible::Staff(_), .. } => "移交或委派随岗位终止取消",
            Self::Delegated { .. } => "委派",
            Self::DelegationEnded => "结束委派",
            Self::TransferOffered(_) => "提出转办",
            Self::TransferAccepted { .. } => "接受转办",
            Self::TransferDeclined { .. } => "退回转办",
            Self::TransferLapsed { .. } => "转办逾期，自动退回",
            Self::ReviewDue { .. } => "审核计时",
            Self::ProcedureStarted(_) => "启动特别程序",
            Self::ProcedureEnded { .. } => "结束特别程序",
            Self::Paused(_) => "登记暂停",
            Self::Resumed { .. } => "登记恢复",
            Self::Extended { .. } => "延长期限",
            Self::PlanDrawn { .. } => "制定会审方案",
            Self::OpinionGiven { .. } => "反馈会审意见",
            Self::MoreAsked { .. } => "会审要求补充",
            Self::MoreAnswered { .. } => "答复会审补充",
            Self::FellSilent { .. } => "会审逾期未反馈",
            Self::InspectionScheduled(_) => "安排联合踏勘",
            Self::InspectionMoved { .. } => "联合踏勘改期",
            Self::InspectionRecorded(_) => "记录联合踏勘",
            Self::FindingsGiven { .. } => "反馈踏勘意见",
            Self::FindingsMissed { .. } => "踏勘意见逾期未反馈",
            Self::Reviewed(_) => "审核",
            Self::ReturnedForRework(_) => "退回重办",
            Self::Decided { .. } => "决定",
            Self::Issued(_) => "出件",
            Self::Dispatched { .. } => "寄出",
            Self::Tracked(_) => "物流更新",
            Self::Delivered { .. } => "送达",
            Self::Chased => "催领",
            Self::Acknowledged => "确认收到",
            Self::Closed => "办结归档",
            Self::ResultReplaced { how: Replacement::Correction, .. } => "更正结果",
            Self::ResultReplaced { .. } => "补发结果",
            Self::GrantEnded(Ended { ground: EndGround::Lapsed, .. }) => "注销许可",
            Self::GrantEnded(_) => "撤销许可",
            Self::Sealed { .. } => "加盖电子印章",
            Self::NoteAdded(_) => "补充说明",
            Self::Reopened { .. } => "恢复办理",
            Self::Rated(_) => "评价",
            Self::Reminded(_) => "提醒",
            Self::DeadlinesMoved { .. } => "期限重算",
        }
    }

    /// The paper the event gave rise to.
    pub fn document(&self) -> Option<&DocumentNumber> {
        match self {
            Self::Accepted { acceptance, .. } => acceptance.notice.as_ref(),
            Self::Rejected(rejection) => Some(&rejection.notice),
            Self::FoundNotRequired(not_required) => Some(&not_required.notice),
            Self::Withdrawn { receipt, .. } => Some(receipt),
            Self::Decided { decision, .. } => Some(&decision.document),
            Self::Issued(result) | Self::ResultReplaced { document: result, .. } => Some(&result.number),
            Self::CorrectionsNotified(round) => Some(&round.notice),
            Self::DeemedWithdrawn { document, .. } => Some(document),
            Self::AcceptanceRevoked(revocation) => Some(&revocation.document),
            Self::CommitmentVerified(verification) => verification.order.as_ref().map(|order| &order.document),
            Self::ProcedureStarted(procedure) => Some(&procedure.notice),
            Self::Extended { notice, .. } => Some(notice),
            Self::GrantEnded(ended) => Some(&ended.document),
            _ => None,
        }
    }
}
