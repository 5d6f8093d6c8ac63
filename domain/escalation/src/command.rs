use chrono::NaiveDate;
use kernel::{
    Action, CaseId, Centre, DepartmentCode, PartyId, StaffCode, Text, WindowCode, WorkingDays,
    id::{ConsultationId, ImpasseId, MeetingId, NegativeReplyId},
    identity::Assurance,
};

use crate::{
    carrying::CarryingGround,
    category::Category,
    impasse::{Channel, FollowUpWay, GovernmentDecision},
    level::Level,
    order::Basis,
    round::{Outcome, Satisfaction, Speaker},
    supervision::Step,
    week::Week,
};

/// 反映登记 as it comes in (clause D3-1).
#[derive(Clone, Debug)]
pub struct Registration {
    pub id: ImpasseId,
    pub centre: Centre,
    pub category: Category,
    pub channel: Channel,
    pub window: WindowCode,
    pub fallback: WindowCode,
    pub department: DepartmentCode,
    /// 转来的部门, where one did.
    pub referred_by: Option<DepartmentCode>,
    /// 不予受理或者未办成的部门
    pub refused_by: Vec<DepartmentCode>,
    pub applicant: PartyId,
    /// 代表企业反映的人
    pub speaker: Option<Speaker>,
    pub assurance: Assurance,
    pub client: Option<StaffCode>,
    /// 代办系统, where the applicant registers through it in person.
    pub vouched_by: Option<StaffCode>,
    pub external_number: Option<String>,
    pub failed_case: Option<CaseId>,
    pub negative_reply: Option<NegativeReplyId>,
    pub consultation: Option<ConsultationId>,
    /// 首问责任人 of that consultation or negative reply, who need not be whoever registers.
    pub first_asked: Option<StaffCode>,
    pub subject: Text<100>,
    pub facts: Text<4000>,
    pub wanted: Text<1000>,
    /// 当面反映: the applicant stood there, so that first contact was made.
    pub in_person: bool,
}

/// What is to be done to an impasse. Who may has been settled before.
#[derive(Clone, Debug)]
pub enum Command {
    Contact {
        reached: bool,
        note: Text<500>,
    },
    File {
        verified: Text<1000>,
    },
    Supplement {
        text: Text<1000>,
    },
    Urge {
        text: Text<1000>,
    },
    Offer {
        to: StaffCode,
        reason: Text<500>,
    },
    AcceptOffer,
    DeclineOffer {
        reason: Text<500>,
    },
    /// 定级, by a triage session.
    Grade {
        level: Level,
        reason: Text<500>,
        week: Week,
    },
    /// 顺延, by a triage session.
    LeaveOver {
        week: Week,
        reason: Text<500>,
    },
    Raise {
        to: Level,
        reason: Text<500>,
    },
    Lower {
        to: Level,
        reason: Text<500>,
    },
    /// 上会, by a coordination meeting.
    Discuss {
        meeting: MeetingId,
        /// 到会部门
        departments: Vec<DepartmentCode>,
    },
    /// 提交市政府
    Submit {
        month: NaiveDate,
        number: kernel::DocumentNumber,
    },
    /// 市政府研究意见
    RecordDecision {
        month: NaiveDate,
        decision: GovernmentDecision,
    },
    IssueOrder(OrderTerms),
    Acknowledge {
        order: u32,
        responsible: StaffCode,
    },
    Return {
        order: u32,
        reason: Text<500>,
    },
    /// 裁定退回, or by a meeting who is responsible.
    RuleOnReturn {
        order: u32,
        granted: bool,
        reason: Text<500>,
        /// None of whoever issued it, or rules for them.
        meeting: Option<MeetingId>,
    },
    RequestExtension {
        order: u32,
        days: WorkingDays,
        reason: Text<500>,
    },
    RuleOnExtension {
        order: u32,
        granted: bool,
        reason: Text<500>,
    },
    /// 裁定督办: the step is taken, or waived.
    RuleOnSupervision {
        /// None of the handling at the window.
        order: Option<u32>,
        step: Step,
        taken: bool,
        reason: Text<500>,
    },
    Complete {
        order: u32,
        text: Text<2000>,
        seal: Option<Text<4000>>,
    },
    Sign {
        order: u32,
        seal: Option<Text<4000>>,
    },
    SendBack {
        order: u32,
        reason: Text<500>,
    },
    Answer {
        outcome: Outcome,
        text: Text<2000>,
        legal_basis: Option<Text<500>>,
    },
    RecordSatisfaction(Satisfaction),
    /// 热线要求重办: another round, of which nobody asked the applicant.
    Redo {
        reason: Text<500>,
    },
    /// 待核验的表态人: satisfied, for an enterprise, and nobody named who spoke for it; or by somebody else than the person.
    AwaitSpeaker,
    ProposeCarrying {
        ground: CarryingGround,
        explanation: Text<2000>,
    },
    RuleOnCarrying {
        granted: bool,
        reason: Text<500>,
        /// 复核间隔, of what is approved.
        days: Option<WorkingDays>,
    },
    /// 复核: keep it carried for so many days more, or take it up again.
    ReviewCarried {
        keep: Option<WorkingDays>,
        reason: Text<500>,
    },
    FollowUp {
        way: FollowUpWay,
        good: bool,
        findings: Text<2000>,
    },
}

/// 交办内容
#[derive(Clone, Debug)]
pub struct OrderTerms {
    pub basis: Basis,
    pub department: DepartmentCode,
    pub with: Vec<DepartmentCode>,
    pub matter: Text<2000>,
    pub days: WorkingDays,
    /// 指定承办
    pub binding: bool,
}

impl Command {
    /// What it is, for the policy and the guard; None of what only a session, a meeting or the government does.
    pub fn action(&self) -> Option<Action> {
        Some(match self {
            Self::Contact { .. } => Action::ContactApplicant,
            Self::File { .. } => Action::FileImpasse,
            Self::Supplement { .. } => Action::SupplementImpasse,
            Self::Urge { .. } => Action::UrgeImpasse,
            Self::Offer { .. } => Action::OfferImpasse,
            Self::AcceptOffer => Action::AcceptImpasse,
            Self::DeclineOffer { .. } => Action::DeclineImpasse,
            Self::Raise { .. } => Action::RaiseLevel,
            Self::Lower { .. } => Action::LowerLevel,
            Self::IssueOrder(_) => Action::IssueOrder,
            Self::Acknowledge { .. } => Action::AcknowledgeOrder,
            Self::Return { .. } => Action::ReturnOrder,
            Self::RuleOnReturn { .. } => Action::RuleOnReturn,
            Self::RequestExtension { .. } => Action::RequestOrderExtension,
            Self::RuleOnExtension { .. } => Action::RuleOnOrderExtension,
            Self::RuleOnSupervision { .. } => Action::RuleOnSupervision,
            Self::Complete { .. } => Action::CompleteOrder,
            Self::Sign { .. } => Action::SignOrder,
            Self::SendBack { .. } => Action::SendBackOrder,
            Self::Answer { .. } => Action::AnswerApplicant,
            Self::RecordSatisfaction(_) | Self::AwaitSpeaker | Self::Redo { .. } => Action::RecordSatisfaction,
            Self::ProposeCarrying { .. } => Action::ProposeCarrying,
            Self::RuleOnCarrying { .. } => Action::RuleOnCarrying,
            Self::ReviewCarried { .. } => Action::ReviewCarried,
            Self::FollowUp { .. } => Action::FollowUp,
            Self::Grade { .. }
            | Self::LeaveOver { .. }
            | Self::Discuss { .. }
            | Self::Submit { .. }
            | Self::RecordDecision { .. } => return None,
        })
    }
}
