use chrono::NaiveDate;
use kernel::{
    CaseId, Centre, DepartmentCode, DocumentNumber, Fact, PartyId, StaffCode, Text, WindowCode,
    id::{ConsultationId, ImpasseId, MeetingId, NegativeReplyId},
    identity::Assurance,
    ledger::{Extension, Ledger},
    responsibility::Responsible,
};
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

use crate::{
    carrying::{Carrying, CarryingProposal, CarryingReview},
    category::Category,
    impasse::{Channel, Contact, Filing, FollowedUp, GovernmentDecision, HandOver, LeftOver, Reminder, Said},
    level::Grading,
    moves::DeadlineMove,
    order::{Completion, ExtensionRequest, Order, ReturnRequest, Ruling, SentBack, Signed},
    round::{Answer, Cause, Satisfaction, Speaker},
    supervision::Step,
    turn::Turn,
};

/// 办理记录: an event of an impasse as it goes on the record.
pub type Recorded = kernel::Recorded<Event>;

/// What happened to an impasse. The record is the list of these (clause D6-1); the state is their sum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Event {
    /// 登记
    ImpasseRegistered(Box<Registered>),
    /// 联系申请人
    ApplicantContacted(Contact),
    /// 备案登记, and with it the limit of the triage starts.
    ImpasseFiled { filing: Filing, triage: Ledger },
    /// 补充情况
    Supplemented(Said),
    /// 催办
    Urged(Said),
    /// 提出移交首问责任
    ResponsibilityOffered(HandOver),
    /// 接受首问责任
    ResponsibilityAccepted { by: StaffCode },
    /// 退回首问责任
    ResponsibilityDeclined { by: StaffCode, reason: Text<500> },
    /// 移交逾期未接受, 自动退回
    ResponsibilityLapsed { to: StaffCode },
    /// 岗位终止: nothing rests any more on somebody who left. Who answers now: the window, or whoever did before.
    ReturnedToUnit { staff: StaffCode, to: Responsible },
    /// 定级、提级、降级; handling has the limit of the level from now on.
    LevelSet { grading: Grading, handling: Option<Ledger> },
    /// 分类梳理未定, 顺延
    LeftOver(LeftOver),
    /// 上部门协调会议
    Discussed {
        meeting: MeetingId,
        /// 到会部门
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        departments: Vec<DepartmentCode>,
    },
    /// 提交市政府
    SubmittedToGovernment { month: NaiveDate, number: DocumentNumber },
    /// 市政府研究意见
    GovernmentDecided { month: NaiveDate, decision: GovernmentDecision },
    /// 交办
    OrderIssued(Box<Order>),
    /// 签收
    OrderAcknowledged { order: u32, responsible: StaffCode },
    /// 申请退回
    OrderReturnRequested { order: u32, request: ReturnRequest },
    /// 裁定退回
    OrderReturnRuled {
        order: u32,
        ruling: Ruling,
        /// 成为指定承办. What was recorded without it bound whenever it was refused.
        #[serde(default = "bound")]
        binds: bool,
    },
    /// 申请延期
    OrderExtensionRequested { order: u32, request: ExtensionRequest },
    /// 审批延期
    OrderExtensionRuled {
        order: u32,
        ruling: Ruling,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        extension: Option<Extension>,
    },
    /// 反馈完成情况
    OrderCompleted { order: u32, completion: Completion },
    /// 主管领导签字
    OrderSigned { order: u32, signed: Signed },
    /// 退回重办
    OrderSentBack { order: u32, sent_back: SentBack },
    /// 交办单责任人岗位终止: the department names another one.
    OrderReturnedToUnit { order: u32, staff: StaffCode },
    /// 拟采取督办措施
    SupervisionProposed {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order: Option<u32>,
        step: Step,
        due: NaiveDate,
        /// Of the handling: whose turn it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        turn: Option<Turn>,
    },
    /// 裁定督办措施
    SupervisionRuled {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order: Option<u32>,
        step: Step,
        ruling: Ruling,
    },
    /// 答复申请人, who is asked from now on.
    Answered { answer: Answer, feedback: Ledger },
    /// 待表态人: an enterprise is said to be satisfied by somebody who was not named and verified, or a person by somebody
    /// else, which closes nothing out (clause D5-2).
    SpeakerAwaited,
    /// 登记满意度
    SatisfactionRecorded(Satisfaction),
    /// 销号: only ever together with a satisfied answer (clause D5-2).
    ClosedOut,
    /// 开始一轮办理
    RoundBegun { cause: Cause, handling: Ledger },
    /// 申请挂账
    CarryingProposed(CarryingProposal),
    /// 不同意挂账
    CarryingRefused { reason: Text<500> },
    /// 同意挂账
    CarryingApproved { carrying: Carrying, review: Ledger },
    /// 挂账复核，继续挂账
    CarryingKept { done: CarryingReview, review: Ledger },
    /// 挂账复核，恢复办理
    CarryingEnded { reason: Text<500> },
    /// 回访
    FollowedUp(FollowedUp),
    /// 提醒
    Reminded(Reminder),
    /// 期限重算
    DeadlinesMoved { moves: Vec<DeadlineMove> },
}

/// 登记内容
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    pub id: ImpasseId,
    pub centre: Centre,
    pub category: Category,
    pub channel: Channel,
    pub window: WindowCode,
    pub fallback: WindowCode,
    pub department: DepartmentCode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referred_by: Option<DepartmentCode>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused_by: Vec<DepartmentCode>,
    pub applicant: PartyId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<Speaker>,
    pub assurance: Assurance,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<StaffCode>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub vouched: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_number: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_case: Option<CaseId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub negative_reply: Option<NegativeReplyId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consultation: Option<ConsultationId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_asked: Option<StaffCode>,
    pub subject: Text<100>,
    pub facts: Text<4000>,
    pub wanted: Text<1000>,
    /// None where the applicant was spoken to on the spot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_contact: Option<Ledger>,
    pub filing: Ledger,
}

fn bound() -> bool {
    true
}

impl Fact for Event {
    fn kind(&self) -> &'static str {
        self.into()
    }
}

impl Event {
    /// 内部环节: how those who handle it are pressed, and what they only propose. Whoever is outside sees what comes of it.
    pub const INTERNAL: [&str; 5] =
        ["reminded", "supervision_proposed", "supervision_ruled", "carrying_proposed", "carrying_refused"];

    /// For people.
    pub fn label(&self) -> &'static str {
        match self {
            Self::ImpasseRegistered(_) => "登记",
            Self::ApplicantContacted(contact) if contact.reached => "联系申请人",
            Self::ApplicantContacted(_) => "联系申请人未果",
            Self::ImpasseFiled { .. } => "备案登记",
            Self::Supplemented(_) => "补充情况",
            Self::Urged(_) => "催办",
            Self::ResponsibilityOffered(_) => "提出移交首问责任",
            Self::ResponsibilityAccepted { .. } => "接受首问责任",
            Self::ResponsibilityDeclined { .. } => "退回首问责任",
            Self::ResponsibilityLapsed { .. } => "移交逾期，自动退回",
            Self::ReturnedToUnit { to: Responsible::Staff(_), .. } => "移交随岗位终止取消",
            Self::ReturnedToUnit { to: Responsible::Window(_) | Responsible::Department(_), .. } => {
                "首问责任随岗位终止回到窗口"
            }
            Self::LevelSet { .. } => "定级",
            Self::LeftOver(_) => "分类梳理顺延",
            Self::Discussed { .. } => "上部门协调会议",
            Self::SubmittedToGovernment { .. } => "提交市政府",
            Self::GovernmentDecided { .. } => "市政府研究意见",
            Self::OrderIssued(_) => "交办",
            Self::OrderAcknowledged { .. } => "签收交办单",
            Self::OrderReturnRequested { .. } => "申请退回交办单",
            Self::OrderReturnRuled { ruling, .. } if ruling.granted => "同意退回交办单",
            Self::OrderReturnRuled { .. } => "不同意退回交办单",
            Self::OrderExtensionRequested { .. } => "申请交办延期",
            Self::OrderExtensionRuled { ruling, .. } if ruling.granted => "同意交办延期",
            Self::OrderExtensionRuled { .. } => "不同意交办延期",
            Self::OrderCompleted { .. } => "反馈完成情况",
            Self::OrderSigned { .. } => "主管领导签字",
            Self::OrderSentBack { .. } => "退回重办",
            Self::OrderReturnedToUnit { .. } => "交办单责任随岗位终止回到部门",
            Self::SupervisionProposed { .. } => "拟督办",
            Self::SupervisionRuled { ruling, .. } if ruling.granted => "督办",
            Self::SupervisionRuled { .. } => "不予督办",
            Self::Answered { .. } => "答复申请人",
            Self::SpeakerAwaited => "热线报满意，待申请人本人或者经核验的表态人表态",
            Self::SatisfactionRecorded(said) if said.satisfied => "申请人满意",
            Self::SatisfactionRecorded(_) => "申请人不满意",
            Self::ClosedOut => "销号",
            Self::RoundBegun { .. } => "开始办理",
            Self::CarryingProposed(_) => "申请挂账",
            Self::CarryingRefused { .. } => "不同意挂账",
            Self::CarryingApproved { .. } => "同意挂账",
            Self::CarryingKept { .. } => "复核后继续挂账",
            Self::CarryingEnded { .. } => "复核后恢复办理",
            Self::FollowedUp(_) => "回访",
            Self::Reminded(_) => "提醒",
            Self::DeadlinesMoved { .. } => "期限重算",
        }
    }

    /// The paper the event gave rise to.
    pub fn document(&self) -> Option<&DocumentNumber> {
        match self {
            Self::ImpasseFiled { filing, .. } => Some(&filing.number),
            Self::OrderIssued(order) => Some(&order.number),
            Self::SubmittedToGovernment { number, .. } => Some(number),
            Self::Reminded(reminder) => reminder.document.as_ref(),
            _ => None,
        }
    }
}
