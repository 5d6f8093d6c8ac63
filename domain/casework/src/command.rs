use std::collections::{BTreeMap, BTreeSet};

use approval::{
    Outcome, Step,
    inspection::Attendance,
    joint::{Opinion, Participant, Wanted},
};
use catalog::{DeliveryMethod, ItemVersion};
use chrono::NaiveDate;
use intake::{AttachedFile, CommitmentFinding, CopyCheck, Correction, NotReused, Presented, ScopeFinding};
use issuance::{Replacement, Tracked};
use kernel::{
    Action, CaseId, Centre, DepartmentCode, DocumentNumber, MaterialCode, PartyId, Refusal, StaffCode, Text,
    WorkingDays, id::PackageApplicationId, identity::Assurance, ledger::Ground,
};
use routing::{Colleague, WindowColleague};

use crate::{
    case::{CaseNumber, Channel},
    rating::{Rating, RatingForm},
};

/// 收件: what opens a case.
#[derive(Clone, Debug)]
pub struct Receipt<'a> {
    pub id: CaseId,
    pub centre: Centre,
    pub number: CaseNumber,
    pub item: &'a ItemVersion,
    pub channel: Channel,
    pub applicant: PartyId,
    pub assurance: Assurance,
    pub external_number: Option<String>,
    pub delivery: DeliveryMethod,
    pub package: Option<PackageApplicationId>,
    /// 串联事项: its check begins when the members before it are done (rule L10).
    pub waits: bool,
    /// 代办系统: the one that vouched for the applicant who calls.
    pub vouched_by: Option<StaffCode>,
}

/// What a caller may ask of a case. Whatever needs looking up (a colleague's posting, a checked identity, a digest) is
/// looked up before and comes in a type that says so.
#[derive(Clone, Debug)]
pub enum Command {
    AttachFile {
        material: MaterialCode,
        file: AttachedFile,
    },
    ReuseMaterial {
        material: MaterialCode,
        /// As they are on file for the same applicant.
        files: Vec<AttachedFile>,
    },
    CheckScope {
        finding: ScopeFinding,
        note: Option<Text<500>>,
    },
    CheckMaterial(MaterialFinding),
    NotifyCorrections {
        corrections: Vec<Correction>,
        days: WorkingDays,
        /// 在档材料 of the same applicant that can be taken over, each with the number of its case.
        on_file: BTreeMap<MaterialCode, String>,
    },
    AllowSecondNotice {
        reason: Text<500>,
    },
    SubmitCorrections,
    Accept,
    AcceptConditionally {
        undertaking: Text<2000>,
        days: WorkingDays,
        /// As of a notice.
        on_file: BTreeMap<MaterialCode, String>,
        /// Why such a material is not taken over all the same.
        not_reused: BTreeMap<MaterialCode, NotReused>,
    },
    AcceptOnCommitment {
        undertaking: Text<2000>,
        /// The applicant broke a commitment before and may not give another one.
        barred: bool,
    },
    RevokeAcceptance {
        reason: Text<2000>,
    },
    Reject {
        reason: Text<2000>,
        legal_basis: Text<500>,
        /// For want of power only.
        competent_body: Option<Text<200>>,
    },
    DeclareNotRequired {
        reason: Text<2000>,
        legal_basis: Text<500>,
    },
    Withdraw {
        reason: Text<500>,
    },
    ChooseDelivery {
        method: DeliveryMethod,
    },
    Assign {
        to: Colleague,
    },
    OfferHandOver {
        to: Colleague,
        reason: Text<500>,
    },
    /// Before acceptance, to a colleague at the window.
    OfferAtWindow {
        to: WindowColleague,
        reason: Text<500>,
    },
    AcceptHandOver,
    DeclineHandOver {
        reason: Text<500>,
    },
    Delegate {
        to: Colleague,
    },
    EndDelegation,
    Transfer {
        to: DepartmentCode,
        reason: Text<500>,
    },
    AcceptTransfer,
    DeclineTransfer {
        reason: Text<500>,
    },
    StartProcedure(ProcedureStart),
    EndProcedure {
        notice: DocumentNumber,
        /// The last day that does not count; today where not said.
        until: Option<NaiveDate>,
        result: Text<500>,
    },
    Pause {
        reason: Text<500>,
    },
    Resume,
    Extend {
        days: WorkingDays,
        reason: Text<500>,
    },
    DrawPlan {
        /// The shortest plan that the item allows where none is drawn.
        participants: Option<Vec<Participant>>,
        /// Why whoever let its limit pass is asked again.
        reason: Option<Text<500>>,
    },
    GiveOpinion {
        department: DepartmentCode,
        opinion: Opinion,
        /// It rests on what was to be seen at the joint inspection.
        on_the_site: bool,
    },
    AskMore {
        department: DepartmentCode,
        what: Text<1000>,
        materials: Vec<Wanted>,
    },
    AnswerMore {
        department: DepartmentCode,
        answer: Text<2000>,
    },
    ScheduleInspection(InspectionDate),
    RecordInspection {
        held_on: NaiveDate,
        /// With findings of the recorder's own department at most; every other one records its own.
        attendance: BTreeMap<DepartmentCode, Attendance>,
    },
    GiveFindings {
        department: DepartmentCode,
        findings: Text<2000>,
    },
    ReturnForRework {
        to: Step,
        reason: Text<1000>,
    },
    Review {
        recommends: Outcome,
        opinion: Text<2000>,
    },
    Decide {
        outcome: Outcome,
        reasons: Text<2000>,
        legal_basis: Option<Text<500>>,
    },
    DecideOnTheSpot(OnTheSpot),
    /// With what the item grants; nothing besides where it was refused.
    IssueResult(Option<ResultDetails>),
    HandOut {
        collector: Collector,
    },
    Dispatch {
        carrier: Text<50>,
        waybill: Text<40>,
    },
    Track(Tracked),
    DeliverElectronically {
        receipt: Text<200>,
    },
    AcknowledgeDelivery,
    Close,
    VerifyCommitment {
        finding: CommitmentFinding,
        note: Text<1000>,
        /// 限期整改, for a commitment found broken the first time.
        mend_within: Option<WorkingDays>,
    },
    ReplaceResult {
        how: Replacement,
        reason: Text<500>,
        result: ResultDetails,
    },
    RevokeGrant(GrantEnd),
    CancelGrant(GrantEnd),
    Seal {
        document: DocumentNumber,
        /// 电子印章, as the means made it.
        seal: Text<4000>,
    },
    AddNote {
        text: Text<2000>,
    },
    Reopen {
        reason: Text<1000>,
    },
    /// 评价 by name, of a case with these anonymous ratings.
    Rate {
        form: RatingForm,
        anonymous: Vec<Rating>,
    },
}

/// 启动特别程序
#[derive(Clone, Debug)]
pub struct ProcedureStart {
    pub ground: Ground,
    /// Today where not said.
    pub from: Option<NaiveDate>,
    pub needs: WorkingDays,
    pub reason: Text<500>,
    /// Why it was not put on record on the day.
    pub backdated: Option<Text<500>>,
}

/// 安排联合踏勘; with a reason, another date for the one already appointed.
#[derive(Clone, Debug)]
pub struct InspectionDate {
    pub on: NaiveDate,
    pub place: Text<200>,
    pub departments: BTreeSet<DepartmentCode>,
    pub moved_because: Option<Text<500>>,
}

/// 撤销 or 注销
#[derive(Clone, Debug)]
pub struct GrantEnd {
    pub reason: Text<2000>,
    pub legal_basis: Text<500>,
}

/// What the window found about one material.
#[derive(Clone, Debug)]
pub struct MaterialFinding {
    pub material: MaterialCode,
    pub present: bool,
    pub complete: bool,
    pub legal_form: bool,
    pub presented: Option<Presented>,
    pub copy_check: Option<CopyCheck>,
    pub note: Option<Text<500>>,
}

/// What is granted: a licence or an approval, and how long it is valid; as long as the item says where not said.
#[derive(Clone, Debug)]
pub struct ResultDetails {
    pub title: Text<200>,
    pub valid_from: NaiveDate,
    pub valid_until: Option<NaiveDate>,
}

/// 即办: accepted, granted and issued in one sitting and one call (clause B2-5). What is to be refused goes the way of
/// review and decision.
#[derive(Clone, Debug)]
pub struct OnTheSpot {
    pub reasons: Text<2000>,
    pub result: ResultDetails,
    /// Given to the applicant at the window there and then, identity checked.
    pub handed_to: Option<Collector>,
}

/// Somebody whose identity and pick-up code were checked against the case. Only that check makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collector {
    /// 本人, 联系人 or 代领人, as it goes on the receipt.
    pub relation: &'static str,
    /// 委托书编号, of an agent.
    pub mandate: Option<MandateNumber>,
}

/// 委托书编号: letters, digits and hyphens, so that no personal data gets onto the record with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MandateNumber(String);

impl std::str::FromStr for MandateNumber {
    type Err = Refusal;
    fn from_str(text: &str) -> Result<Self, Refusal> {
        let allowed = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if (1..=40).contains(&text.len()) && allowed {
            return Ok(Self(text.to_owned()));
        }
        Err(Refusal::new("mandate_number_malformed", "委托书编号应为1至40位字母、数字或连字符"))
    }
}

impl std::fmt::Display for MandateNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Command {
    pub fn action(&self) -> Action {
        match self {
            Self::AttachFile { .. } => Action::AttachFile,
            Self::ReuseMaterial { .. } => Action::ReuseMaterial,
            Self::CheckScope { .. } => Action::CheckScope,
            Self::CheckMaterial(_) => Action::CheckMaterial,
            Self::NotifyCorrections { .. } => Action::NotifyCorrections,
            Self::AllowSecondNotice { .. } => Action::AllowSecondNotice,
            Self::SubmitCorrections => Action::SubmitCorrections,
            Self::Accept => Action::Accept,
            Self::AcceptConditionally { .. } => Action::AcceptConditionally,
            Self::AcceptOnCommitment { .. } => Action::AcceptOnCommitment,
            Self::RevokeAcceptance { .. } => Action::RevokeAcceptance,
            Self::Reject { .. } => Action::Reject,
            Self::DeclareNotRequired { .. } => Action::DeclareNotRequired,
            Self::Withdraw { .. } => Action::Withdraw,
            Self::ChooseDelivery { .. } => Action::ChooseDelivery,
            Self::Assign { .. } => Action::Assign,
            Self::OfferHandOver { .. } | Self::OfferAtWindow { .. } => Action::OfferHandOver,
            Self::AcceptHandOver => Action::AcceptHandOver,
            Self::DeclineHandOver { .. } => Action::DeclineHandOver,
            Self::Delegate { .. } => Action::Delegate,
            Self::EndDelegation => Action::EndDelegation,
            Self::Transfer { .. } => Action::Transfer,
            Self::AcceptTransfer => Action::AcceptTransfer,
            Self::DeclineTransfer { .. } => Action::DeclineTransfer,
            Self::StartProcedure(_) => Action::StartProcedure,
            Self::EndProcedure { .. } => Action::EndProcedure,
            Self::Pause { .. } => Action::Pause,
            Self::Resume => Action::Resume,
            Self::Extend { .. } => Action::Extend,
            Self::DrawPlan { .. } => Action::DrawPlan,
            Self::GiveOpinion { .. } => Action::GiveOpinion,
            Self::AskMore { .. } => Action::AskMore,
            Self::AnswerMore { .. } => Action::AnswerMore,
            Self::ScheduleInspection(_) => Action::ScheduleInspection,
            Self::RecordInspection { .. } => Action::RecordInspection,
            Self::GiveFindings { .. } => Action::GiveFindings,
            Self::ReturnForRework { .. } => Action::ReturnForRework,
            Self::Review { .. } => Action::Review,
            Self::Decide { .. } => Action::Decide,
            Self::DecideOnTheSpot(_) => Action::DecideOnTheSpot,
            Self::IssueResult(_) => Action::IssueResult,
            Self::HandOut { .. } => Action::HandOut,
            Self::Dispatch { .. } => Action::Dispatch,
            Self::Track(_) => Action::Track,
            Self::DeliverElectronically { .. } => Action::DeliverElectronically,
            Self::AcknowledgeDelivery => Action::AcknowledgeDelivery,
            Self::Close => Action::Close,
            Self::VerifyCommitment { .. } => Action::VerifyCommitment,
            Self::ReplaceResult { .. } => Action::ReplaceResult,
            Self::RevokeGrant(_) => Action::RevokeGrant,
            Self::CancelGrant(_) => Action::CancelGrant,
            Self::Seal { .. } => Action::SealDocument,
            Self::AddNote { .. } => Action::AddNote,
            Self::Reopen { .. } => Action::Reopen,
            Self::Rate { .. } => Action::Rate,
        }
    }
}

/// Who a staff command is signed by, for the stages that keep a name.
pub(crate) fn staff_of(actor: &kernel::Actor) -> Result<&StaffCode, kernel::Refusal> {
    actor.staff().ok_or_else(|| kernel::Refusal::new("staff_only", "此操作须由工作人员办理"))
}
