//! A hall without a server: the reference catalogue's items, the people of one of them, and a desk that carries commands
//! out and keeps the record.
#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses its part of the hall, and a test may panic")]

pub(crate) mod acts;

use std::sync::LazyLock;

use casework::{
    Case, CaseNumber, Channel, Collector, Command, Event, MaterialFinding, Receipt, Recorded, ResultDetails, receive,
};
use catalog::{Catalog, DeliveryMethod, ItemVersion, JointTerms, Material, MaterialForm, WENLING};
use chrono::NaiveDate;
use intake::{AttachedFile, CopyCheck, Presented};
use kernel::{
    Action, Actor, Calendar, CaseId, Centre, Context, DepartmentCode, DocumentKind, DocumentNumber, FileId, Instant,
    PartyId, Posting, Practice, Refusal, Registry, Role, StaffCode, Text, WindowCode,
    access::{Scopes, Who},
};
use routing::{Colleague, WindowColleague};

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    let today = morning().day();
    catalog::read(WENLING, today).unwrap_or_else(|report| panic!("{report}"))
});
static CALENDAR: LazyLock<Calendar> = LazyLock::new(Calendar::first_edition);
static PRACTICE: LazyLock<Practice> = LazyLock::new(Practice::default);
/// [`PROMISED_TIME`] with an optional material besides; its third material is tolerable, its second may be committed to.
static LENIENT: LazyLock<ItemVersion> = LazyLock::new(|| edited(None));
/// [`LENIENT`], handled together: fire and traffic side by side, water after fire; silence is consent, or is not.
static JOINT: LazyLock<[ItemVersion; 2]> = LazyLock::new(|| ["consent", "open"].map(|silence| edited(Some(silence))));

/// [`JOINT`] where silence is no consent, and whose inspection is one of the special procedures.
static TESTED: LazyLock<ItemVersion> = LazyLock::new(|| {
    let mut json = serde_json::to_value(joint(catalog::Silence::Open)).unwrap();
    json["content"]["joint"]["inspection"] = "testing".into();
    serde_json::from_value(json).unwrap()
});

fn edited(silence: Option<&str>) -> ItemVersion {
    let mut json = serde_json::to_value(item(PROMISED_TIME)).unwrap();
    let materials = json.pointer_mut("/content/materials").and_then(serde_json::Value::as_array_mut).unwrap();
    materials[1]["by_commitment"] = true.into();
    materials[2]["tolerable"] = true.into();
    let mut optional = materials[0].clone();
    optional["code"] = "testimonial".into();
    optional["name"] = "推荐函".into();
    optional["required"] = false.into();
    materials.push(optional);
    let joint = silence.map(|silence| {
        serde_json::json!({
            "silence": silence,
            "participants": [
                { "department": FIRE, "days": 5 },
                { "department": WATER, "days": 3, "after": [FIRE] },
                { "department": TRAFFIC, "days": 4 },
            ],
        })
    });
    let joint: Option<JointTerms> = joint.map(|terms| serde_json::from_value(terms).unwrap());
    json["content"]["joint"] = serde_json::to_value(joint).unwrap();
    let item: ItemVersion = serde_json::from_value(json).unwrap();
    assert!(item.flaws().is_empty() && item.gaps().is_empty());
    item
}

/// Departments besides the one that handles the case.
pub(crate) const FIRE: &str = "fire";
pub(crate) const WATER: &str = "water";
pub(crate) const TRAFFIC: &str = "traffic";
/// One that no plan asks.
pub(crate) const STATISTICS: &str = "statistics";

pub(crate) fn lenient() -> &'static ItemVersion {
    &LENIENT
}

pub(crate) fn joint(silence: catalog::Silence) -> &'static ItemVersion {
    let [consent, open] = &*JOINT;
    if silence == catalog::Silence::Consent { consent } else { open }
}

pub(crate) fn tested_on_the_site() -> &'static ItemVersion {
    &TESTED
}

pub(crate) fn department(code: &str) -> DepartmentCode {
    code.parse().unwrap()
}

pub(crate) fn at(time: &str) -> Instant {
    Instant::parse(&format!("{time}+08:00")).unwrap()
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

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
    /// A colleague of the clerk at the window.
    SecondClerk,
    Reviewer,
    SecondReviewer,
    Approver,
    Deputy,
    Applicant,
    Adapter,
    DepartmentHead,
    GovernmentHead,
    /// The window's supervisor.
    Manager,
    /// Reviewers of other departments.
    Fire,
    Water,
    Traffic,
    Statistics,
}

impl Person {
    pub(crate) const ALL: [Self; 15] = [
        Self::Clerk,
        Self::SecondClerk,
        Self::Reviewer,
        Self::SecondReviewer,
        Self::Approver,
        Self::Deputy,
        Self::Applicant,
        Self::Adapter,
        Self::DepartmentHead,
        Self::GovernmentHead,
        Self::Manager,
        Self::Fire,
        Self::Water,
        Self::Traffic,
        Self::Statistics,
    ];
    /// Those to whom the department can give a case.
    pub(crate) const COLLEAGUES: [Self; 4] = [Self::Reviewer, Self::SecondReviewer, Self::Approver, Self::Deputy];

    pub(crate) const AT_THE_WINDOW: [Self; 2] = [Self::Clerk, Self::SecondClerk];

    pub(crate) fn is_clerk(self) -> bool {
        Self::AT_THE_WINDOW.contains(&self)
    }

    /// 工号 of staff, the name of a system.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Clerk => "clerk",
            Self::SecondClerk => SECOND_CLERK,
            Self::Reviewer => "reviewer",
            Self::SecondReviewer => "reviewer2",
            Self::Approver => "approver",
            Self::Deputy => "approver2",
            Self::Applicant => "applicant",
            Self::Adapter => "zjzwfw",
            Self::DepartmentHead => "head",
            Self::GovernmentHead => "mayor",
            Self::Manager => "manager",
            Self::Fire => FIRE,
            Self::Water => WATER,
            Self::Traffic => TRAFFIC,
            Self::Statistics => STATISTICS,
        }
    }

    pub(crate) fn colleague(self, item: &ItemVersion) -> Colleague {
        Colleague { staff: staff(self.code()), department: item.department.clone() }
    }

    pub(crate) fn window_colleague(self, item: &ItemVersion) -> WindowColleague {
        WindowColleague { staff: staff(self.code()), window: item.window.clone() }
    }

    pub(crate) fn at(self, item: &ItemVersion) -> Actor {
        let of = |department: &DepartmentCode, role: Role| Who::Staff {
            code: staff(self.code()),
            role,
            postings: vec![Posting {
                role,
                department: department.clone(),
                window: (role == Role::Clerk).then(|| item.window.clone()),
            }],
        };
        let posted = |role: Role| of(&item.department, role);
        let official = |role: Role| Who::Official { code: staff(self.code()), role };
        let who = match self {
            Self::Clerk | Self::SecondClerk => posted(Role::Clerk),
            Self::Reviewer | Self::SecondReviewer => posted(Role::Reviewer),
            Self::Approver | Self::Deputy => posted(Role::Approver),
            Self::Applicant => Who::Applicant { party: applicant() },
            Self::Adapter => Who::Adapter { client: staff(self.code()), scopes: Scopes::ALL },
            Self::DepartmentHead => posted(Role::DepartmentHead),
            Self::GovernmentHead => official(Role::GovernmentHead),
            Self::Manager => official(Role::Manager),
            Self::Fire | Self::Water | Self::Traffic | Self::Statistics => of(&department(self.code()), Role::Reviewer),
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

pub(crate) fn stranger_at_another_window() -> WindowColleague {
    WindowColleague { staff: staff("stranger"), window: "elsewhere".parse::<WindowCode>().unwrap() }
}

/// [`Person::SecondClerk`]
pub(crate) const SECOND_CLERK: &str = "clerk2";

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
    pub(crate) practice: &'static Practice,
    /// The edition in force.
    pub(crate) calendar: &'static Calendar,
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
            package: None,
            waits: false,
            vouched_by: None,
        };
        Self::receive(&receipt, &actor, now, &PRACTICE)
    }

    pub(crate) fn receive(
        receipt: &Receipt<'static>,
        actor: &Actor,
        now: Instant,
        practice: &'static Practice,
    ) -> Result<Self, Refusal> {
        let (item, receipt) = (receipt.item, receipt.clone());
        let ctx = Context { now, actor, calendar: &CALENDAR, practice };
        let event = receive(receipt, &ctx)?;
        let first = Recorded { version: 1, at: now, by: actor.signature(), event };
        let (case, numbers) = (Case::begin(&first).unwrap(), Numbers::default());
        Ok(Self { item, case, record: vec![first], numbers, now, practice, calendar: &CALENDAR })
    }

    pub(crate) fn context<'a>(&self, actor: &'a Actor) -> Context<'a> {
        Context { now: self.now, actor, calendar: self.calendar, practice: self.practice }
    }

    pub(crate) fn calendar(&self) -> &'static Calendar {
        self.calendar
    }

    /// Carries a command out, or leaves everything as it is. Authority has been settled before, as in the API.
    pub(crate) fn tell(&mut self, actor: &Actor, command: Command) -> Result<Vec<Event>, Refusal> {
        let ctx = self.context(actor);
        let events = self.case.decide(command, self.item, &mut self.numbers, &ctx)?;
        self.record(actor, &events);
        Ok(events)
    }

    pub(crate) fn record(&mut self, actor: &Actor, events: &[Event]) {
        for event in events {
            let version = self.record.len() as u64 + 1;
            let recorded = Recorded { version, at: self.now, by: actor.signature(), event: event.clone() };
            self.case.apply(&recorded);
            self.record.push(recorded);
        }
    }

    /// Why a command of somebody is refused, by its code.
    #[track_caller]
    pub(crate) fn refused(&self, by: Person, command: Command) -> &'static str {
        self.clone().tell(&by.at(self.item), command).expect_err("refused").code
    }

    /// What fell due by now happens, as time does it.
    pub(crate) fn fall_due(&mut self) -> Vec<Event> {
        let actor = Actor { centre: Centre::WENLING, who: Who::System };
        let ctx = self.context(&actor);
        let events = self.case.fall_due(self.item, &mut self.numbers, &ctx).unwrap();
        self.record(&actor, &events);
        events
    }

    pub(crate) fn wakes_at(&self) -> Option<Instant> {
        self.case.wakes_at(self.calendar, self.practice, self.now)
    }

    /// The clock moves on to `moment`, looking at the case whenever it wakes. Gives what happened by itself, and when.
    pub(crate) fn until(&mut self, moment: &str) -> Vec<(Instant, Event)> {
        let (end, mut happened) = (at(moment), Vec::new());
        assert!(end >= self.now, "time does not run backwards");
        while let Some(wakes) = self.wakes_at().filter(|wakes| *wakes <= end) {
            self.now = wakes.max(self.now);
            let events = self.fall_due();
            happened.extend(events.into_iter().map(|event| (self.now, event)));
        }
        self.now = end;
        happened
    }

    /// The clock jumps: nobody looked at the case meanwhile.
    #[must_use]
    pub(crate) fn later(mut self, moment: &str) -> Self {
        self.now = at(moment);
        self
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

/// From when until when a department may give its opinion, once it has been asked for it.
pub(crate) fn limit(desk: &Desk, code: &str) -> Option<(NaiveDate, NaiveDate)> {
    let ledger = desk.case.approval.joint.as_ref().unwrap().ledger(&department(code))?;
    Some((ledger.start, ledger.due(desk.calendar(), desk.now.day()).date))
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
        from_case: None,
        at_window: false,
    }
}

pub(crate) fn result(now: Instant) -> ResultDetails {
    ResultDetails { title: text("办理结果"), valid_from: now.day(), valid_until: None }
}

pub(crate) fn collector() -> Collector {
    Collector { relation: "本人", mandate: None }
}

/// Where an action is for several roles, the one whose daily work it is.
pub(crate) fn whose(action: Action) -> Person {
    match action {
        Action::AttachFile | Action::ReuseMaterial | Action::SubmitCorrections | Action::AcknowledgeDelivery => {
            Person::Applicant
        }
        Action::Withdraw | Action::ChooseDelivery | Action::Rate => Person::Applicant,
        Action::Assign | Action::Decide | Action::Transfer | Action::StartProcedure => Person::Approver,
        Action::ReturnForRework | Action::ReplaceResult | Action::CancelGrant => Person::Approver,
        Action::OfferHandOver | Action::Delegate | Action::EndDelegation | Action::Review => Person::Reviewer,
        Action::EndProcedure | Action::Pause | Action::Resume | Action::DrawPlan | Action::AnswerMore => {
            Person::Reviewer
        }
        Action::ScheduleInspection | Action::RecordInspection | Action::VerifyCommitment => Person::Reviewer,
        Action::AcceptHandOver | Action::DeclineHandOver => Person::SecondReviewer,
        Action::GiveOpinion | Action::AskMore | Action::GiveFindings => Person::Fire,
        Action::AcceptTransfer | Action::DeclineTransfer => Person::Statistics,
        Action::Extend | Action::RevokeGrant | Action::Reopen => Person::DepartmentHead,
        Action::AllowSecondNotice => Person::Manager,
        _ => Person::Clerk,
    }
}
