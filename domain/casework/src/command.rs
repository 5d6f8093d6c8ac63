use approval::Outcome;
use catalog::{DeliveryMethod, ItemVersion};
use chrono::NaiveDate;
use intake::{AttachedFile, CopyCheck, Presented, ScopeFinding};
use issuance::Tracked;
use kernel::{Action, CaseId, Centre, MaterialCode, PartyId, StaffCode, Text, identity::Assurance};
use routing::Colleague;

use crate::case::{CaseNumber, Channel};

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
}

/// What a caller may ask of a case. Whatever needs looking up (a colleague's posting, a checked identity, a digest) is
/// looked up before and comes in a type that says so.
#[derive(Clone, Debug)]
pub enum Command {
    AttachFile {
        material: MaterialCode,
        file: AttachedFile,
    },
    CheckScope {
        finding: ScopeFinding,
        note: Option<Text<500>>,
    },
    CheckMaterial(MaterialFinding),
    Accept,
    Reject {
        reason: Text<2000>,
        legal_basis: Text<500>,
        competent_body: Text<200>,
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
    AcceptHandOver,
    DeclineHandOver {
        reason: Text<500>,
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
    Close,
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
    /// 本人 or 联系人, as it goes on the receipt.
    pub relation: &'static str,
}

impl Command {
    pub fn action(&self) -> Action {
        match self {
            Self::AttachFile { .. } => Action::AttachFile,
            Self::CheckScope { .. } => Action::CheckScope,
            Self::CheckMaterial(_) => Action::CheckMaterial,
            Self::Accept => Action::Accept,
            Self::Reject { .. } => Action::Reject,
            Self::DeclareNotRequired { .. } => Action::DeclareNotRequired,
            Self::Withdraw { .. } => Action::Withdraw,
            Self::ChooseDelivery { .. } => Action::ChooseDelivery,
            Self::Assign { .. } => Action::Assign,
            Self::OfferHandOver { .. } => Action::OfferHandOver,
            Self::AcceptHandOver => Action::AcceptHandOver,
            Self::DeclineHandOver { .. } => Action::DeclineHandOver,
            Self::Review { .. } => Action::Review,
            Self::Decide { .. } => Action::Decide,
            Self::DecideOnTheSpot(_) => Action::DecideOnTheSpot,
            Self::IssueResult(_) => Action::IssueResult,
            Self::HandOut { .. } => Action::HandOut,
            Self::Dispatch { .. } => Action::Dispatch,
            Self::Track(_) => Action::Track,
            Self::DeliverElectronically { .. } => Action::DeliverElectronically,
            Self::Close => Action::Close,
        }
    }
}

/// Who a staff command is signed by, for the stages that keep a name.
pub(crate) fn staff_of(actor: &kernel::Actor) -> Result<&StaffCode, kernel::Refusal> {
    actor.staff().ok_or_else(|| kernel::Refusal::new("staff_only", "此操作须由工作人员办理"))
}
