//! A hall without a server: the reference catalogue's items, the people of one of them, and a desk that carries commands
//! out and keeps the record.
#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses its part of the hall, and a test may panic")]

use std::sync::LazyLock;

use casework::{
    Case, CaseNumber, Channel, Collector, Command, Event, MaterialFinding, Receipt, Recorded, ResultDetails, receive,
};
use catalog::{Catalog, DeliveryMethod, ItemVersion, Material, MaterialForm, WENLING};
use intake::{AttachedFile, CopyCheck, Presented};
use kernel::{
    Action, Actor, Calendar, CaseId, Centre, Context, DepartmentCode, DocumentKind, DocumentNumber, FileId, Instant,
    PartyId, Posting, Refusal, Registry, Role, StaffCode, Text,
    access::{Scopes, Who},
};
use routing::Colleague;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    let today = morning().day();
    catalog::read(WENLING, today).unwrap_or_else(|report| panic!("{report}"))
});
static CALENDAR: LazyLock<Calendar> = LazyLock::new(Calendar::first_edition);

/// 即办件, two required materials and an optional one.
pub(crate) const ON_THE_SPOT: &str = "policy-no-tax-arrears";
/// 承诺件, four required materials, the result valid for 36 months.
pub(crate) const PROMISED_TIME: &str = "policy-innovative-sme";

/// 即办件, the result valid for six months.
pub(crate) const FOR_SIX_MONTHS: &str = "law-enterprise-check-up";

/// 承诺件, not delivered by courier.
pub(crate) const WITHOUT_COURIER: &str = "data-electronic-seal";

/// A Monday.
pub(crate) fn morning() -> Instant {
    Instant::parse("2026-03-02T01:00:00Z").unwrap()
}

pub(crate) fn item(code: &str) -> &'static ItemVersion {
    CATALOG.items.iter().find(|item| item.item.as_str() == code).unwrap()
}

pub(crate) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

pub(crate) fn staff(code: &str) -> StaffCode {
    code.parse().unwrap()
}

/// Those who have to do with a case of one item. The department has two approvers, so that one may review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Person {
    Clerk,
    Reviewer,
    SecondReviewer,
    Approver,
    Deputy,
    Applicant,
    Adapter,
}

impl Person {
    pub(crate) const ALL: [Self; 7] = [
        Self::Clerk,
        Self::Reviewer,
        Self::SecondReviewer,
        Self::Approver,
        Self::Deputy,
        Self::Applicant,
        Self::Adapter,
    ];
    /// Those to whom the department can give a case.
    pub(crate) const COLLEAGUES: [Self; 4] = [Self::Reviewer, Self::SecondReviewer, Self::Approver, Self::Deputy];

    /// 工号 of staff, the name of a system.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Clerk => "clerk",
            Self::Reviewer => "reviewer",
            Self::SecondReviewer => "reviewer2",
            Self::Approver => "approver",
            Self::Deputy => "approver2",
            Self::Applicant => "applicant",
            Self::Adapter => "zjzwfw",
        }
    }

    pub(crate) fn colleague(self, item: &ItemVersion) -> Colleague {
        Colleague { staff: staff(self.code()), department: item.department.clone() }
    }

    pub(crate) fn at(self, item: &ItemVersion) -> Actor {
        let posted = |role: Role| Who::Staff {
            code: staff(self.code()),
            role,
            postings: vec![Posting {
                role,
                department: item.department.clone(),
                window: (role == Role::Clerk).then(|| item.window.clone()),
            }],
        };
        let who = match self {
            Self::Clerk => posted(Role::Clerk),
            Self::Reviewer | Self::SecondReviewer => posted(Role::Reviewer),
            Self::Approver | Self::Deputy => posted(Role::Approver),
            Self::Applicant => Who::Applicant { party: applicant() },
            Self::Adapter => Who::Adapter { client: staff(self.code()), scopes: Scopes { read: true, write: true } },
        };
        Actor { centre: Centre::WENLING, who }
    }
}

pub(crate) fn applicant() -> PartyId {
    "01900000-0000-7000-8000-000000000001".parse().unwrap()
}

pub(crate) fn stranger() -> Colleague {
    Colleague { staff: staff("stranger"), department: "elsewhere".parse::<DepartmentCode>().unwrap() }
}

/// Hands out every number once and remembers all of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers {
    pub(crate) issued: Vec<DocumentNumber>,
}

impl Registry for Numbers {
    fn number(&mut self, kind: DocumentKind) -> Result<DocumentNumber, Refusal> {
        let number = DocumentNumber::new(Centre::WENLING, kind, 2026, self.issued.len() as u64 + 1);
        self.issued.push(number.clone());
        Ok(number)
    }

    fn seal(&self, text: &str) -> String {
        format!("{:064x}", text.len())
    }
}

/// A case on a desk, with the record it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    pub(crate) item: &'static ItemVersion,
    pub(crate) case: Case,
    pub(crate) record: Vec<Recorded>,
    pub(crate) numbers: Numbers,
    pub(crate) now: Instant,
}

impl Desk {
    pub(crate) fn open(item: &'static ItemVersion, by: Person, delivery: DeliveryMethod) -> Self {
        Self::try_open(item, by, delivery, morning()).unwrap()
    }

    pub(crate) fn try_open(
        item: &'static ItemVersion,
        by: Person,
        delivery: DeliveryMethod,
        now: Instant,
    ) -> Result<Self, Refusal> {
        let actor = by.at(item);
        let receipt = Receipt {
            id: "01900000-0000-7000-8000-000000000002".parse::<CaseId>().unwrap(),
            centre: Centre::WENLING,
            number: CaseNumber::new(Centre::WENLING, now.day(), 1),
            item,
            channel: if by == Person::Clerk { Channel::Counter } else { Channel::Web },
            applicant: applicant(),
            assurance: kernel::identity::Assurance::InPerson,
            external_number: None,
            delivery,
        };
        let ctx = Context { now, actor: &actor, calendar: &CALENDAR };
        let event = receive(receipt, &ctx)?;
        let first = Recorded { version: 1, at: now, by: actor.signature(), event };
        Ok(Self { item, case: Case::begin(&first).unwrap(), record: vec![first], numbers: Numbers::default(), now })
    }

    pub(crate) fn calendar(&self) -> &'static Calendar {
        &CALENDAR
    }

    /// Carries a command out, or leaves everything as it is. Authority has been settled before, as in the API.
    pub(crate) fn tell(&mut self, actor: &Actor, command: Command) -> Result<Vec<Event>, Refusal> {
        let ctx = Context { now: self.now, actor, calendar: &CALENDAR };
        let events = self.case.decide(command, self.item, &mut self.numbers, &ctx)?;
        for event in &events {
            let version = self.record.len() as u64 + 1;
            let recorded = Recorded { version, at: self.now, by: actor.signature(), event: event.clone() };
            self.case.apply(&recorded);
            self.record.push(recorded);
        }
        Ok(events)
    }

    /// [`Desk::tell`] for what must go well.
    #[must_use]
    pub(crate) fn after(mut self, by: Person, command: Command) -> Self {
        let action = command.action();
        self.tell(&by.at(self.item), command).unwrap_or_else(|refusal| panic!("{action} by {by:?}: {refusal}"));
        self
    }

    /// Every required material shown as the guide asks for it.
    #[must_use]
    pub(crate) fn with_materials_in_order(mut self) -> Self {
        for material in self.item.materials.iter().filter(|material| material.required) {
            self = self.after(Person::Clerk, Command::CheckMaterial(in_order(material)));
        }
        self
    }
}

/// A finding without a defect.
pub(crate) fn in_order(material: &Material) -> MaterialFinding {
    let copy = material.form == MaterialForm::Copy;
    MaterialFinding {
        material: material.code.clone(),
        present: true,
        complete: true,
        legal_form: true,
        presented: Some(if copy { Presented::Copy } else { Presented::Original }),
        copy_check: copy.then_some(CopyCheck::Matches),
        note: None,
    }
}

pub(crate) fn file(now: Instant) -> AttachedFile {
    AttachedFile {
        id: "01900000-0000-7000-8000-000000000003".parse::<FileId>().unwrap(),
        digest: "0".repeat(64),
        media_type: "application/pdf".to_owned(),
        bytes: 1024,
        at: now,
    }
}

pub(crate) fn result(now: Instant) -> ResultDetails {
    ResultDetails { title: text("办理结果"), valid_from: now.day(), valid_until: None }
}

pub(crate) fn collector() -> Collector {
    Collector { relation: "本人" }
}

/// Where an action is for several roles, the one whose daily work it is.
pub(crate) fn whose(action: Action) -> Person {
    match action {
        Action::AttachFile | Action::Withdraw | Action::ChooseDelivery => Person::Applicant,
        Action::Assign | Action::Decide => Person::Approver,
        Action::OfferHandOver | Action::Review => Person::Reviewer,
        Action::AcceptHandOver | Action::DeclineHandOver => Person::SecondReviewer,
        _ => Person::Clerk,
    }
}
