//! A hall without a server: its people, an impasse on a desk, and what can be asked of it in short words.
#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses its part of the hall, and a test may panic")]

pub(crate) mod acts;
pub(crate) mod scene;

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::LazyLock,
};

use escalation::{
    Category, Channel, Command, Event, FollowUpWay, Impasse, Order, Recorded, Registration, Source, State, Terms,
    register,
};
use kernel::{
    Action, Actor, Calendar, Centre, Context, DepartmentCode, DocumentKind, DocumentNumber, Instant, PartyId, Posting,
    Practice, Refusal, Registry, Role, StaffCode, Text, WindowCode,
    access::{Scopes, Who, may, may_on},
    id::ImpasseId,
    identity::Assurance,
};
use strum::{EnumIter, IntoEnumIterator};

static CALENDAR: LazyLock<Calendar> = LazyLock::new(Calendar::first_edition);
pub(crate) static PRACTICE: LazyLock<Practice> = LazyLock::new(Practice::default);

pub(crate) const LAND: &str = "natural-resources";
pub(crate) const FIRE: &str = "fire";
const FALLBACK: &str = "fallback";
const POLICY: &str = "policy";

/// Those who have to do with an impasse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumIter)]
pub(crate) enum Person {
    /// At the fallback window.
    Clerk,
    /// At the fallback window besides.
    Colleague,
    /// At another window.
    Elsewhere,
    Manager,
    Supervisor,
    Reform,
    LandReviewer,
    LandDeputy,
    LandApprover,
    LandHead,
    FireReviewer,
    FireApprover,
    FireHead,
    Applicant,
    /// Somebody else's account.
    Stranger,
    Adapter,
    Hotline,
}

impl Person {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Self::iter()
    }

    /// 工号 of staff, the name of a system.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Clerk => "clerk",
            Self::Colleague => "colleague",
            Self::Elsewhere => "elsewhere",
            Self::Manager => "manager",
            Self::Supervisor => "supervisor",
            Self::Reform => "reform",
            Self::LandReviewer => "land-reviewer",
            Self::LandDeputy => "land-deputy",
            Self::LandApprover => "land-approver",
            Self::LandHead => "land-head",
            Self::FireReviewer => "fire-reviewer",
            Self::FireApprover => "fire-approver",
            Self::FireHead => "fire-head",
            Self::Applicant => "applicant",
            Self::Stranger => "stranger",
            Self::Adapter => "zjzwfw",
            Self::Hotline => "12345",
        }
    }

    pub(crate) fn staff(self) -> StaffCode {
        self.code().parse().unwrap()
    }

    /// 承办部门 of who is posted to one.
    pub(crate) fn department(self) -> Option<&'static str> {
        match self {
            Self::LandReviewer | Self::LandDeputy | Self::LandApprover | Self::LandHead => Some(LAND),
            Self::FireReviewer | Self::FireApprover | Self::FireHead => Some(FIRE),
            _ => None,
        }
    }

    pub(crate) fn actor(self) -> Actor {
        let posted = |role: Role, department: &str, window: Option<&str>| Who::Staff {
            code: self.staff(),
            role,
            postings: vec![Posting {
                role,
                department: department.parse().unwrap(),
                window: window.map(|window| window.parse().unwrap()),
            }],
        };
        let of = |role: Role| posted(role, self.department().unwrap(), None);
        let official = |role: Role| Who::Official { code: self.staff(), role };
        let who = match self {
            Self::Clerk | Self::Colleague => posted(Role::Clerk, "centre", Some(FALLBACK)),
            Self::Elsewhere => posted(Role::Clerk, "centre", Some("law")),
            Self::Manager => official(Role::Manager),
            Self::Supervisor => official(Role::Supervisor),
            Self::Reform => official(Role::ReformOfficer),
            Self::LandReviewer | Self::LandDeputy | Self::FireReviewer => of(Role::Reviewer),
            Self::LandApprover | Self::FireApprover => of(Role::Approver),
            Self::LandHead | Self::FireHead => of(Role::DepartmentHead),
            Self::Applicant => Who::Applicant { party: applicant() },
            Self::Stranger => Who::Applicant { party: "01900000-0000-7000-8000-000000000009".parse().unwrap() },
            Self::Adapter => Who::Adapter { client: self.staff(), scopes: Scopes::ALL },
            Self::Hotline => Who::Hotline { hotline: self.staff() },
        };
        Actor { centre: Centre::WENLING, who }
    }
}

pub(crate) fn applicant() -> PartyId {
    "01900000-0000-7000-8000-000000000001".parse().unwrap()
}

pub(crate) fn at(time: &str) -> Instant {
    Instant::parse(&format!("{time}+08:00")).unwrap()
}

pub(crate) fn day(date: &str) -> chrono::NaiveDate {
    date.parse().unwrap()
}

/// A Monday at nine.
pub(crate) fn morning() -> Instant {
    at("2026-03-02T09:00:00")
}

pub(crate) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

pub(crate) fn department(code: &str) -> DepartmentCode {
    code.parse().unwrap()
}

/// Hands out every number once and remembers all of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers {
    /// How many were handed out before.
    pub(crate) before: u64,
    pub(crate) issued: Vec<(DocumentKind, DocumentNumber)>,
}

impl Registry for Numbers {
    fn number(&mut self, kind: DocumentKind) -> Result<DocumentNumber, Refusal> {
        let number = DocumentNumber::new(Centre::WENLING, kind, 2026, self.before + self.issued.len() as u64 + 1);
        self.issued.push((kind, number.clone()));
        Ok(number)
    }

    fn seal(&self, text: &str) -> String {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        format!("{:064x}", hasher.finish())
    }
}

/// What is brought, by somebody who stands at the fallback window unless said otherwise.
pub(crate) fn registration(channel: Channel) -> Registration {
    let window: WindowCode = if channel == Channel::Window { POLICY } else { FALLBACK }.parse().unwrap();
    Registration {
        id: "01900000-0000-7000-8000-000000000002".parse::<ImpasseId>().unwrap(),
        centre: Centre::WENLING,
        category: Category::Other { why: text("没有对应的服务事项") },
        channel,
        window,
        fallback: FALLBACK.parse().unwrap(),
        department: department("centre"),
        applicant: applicant(),
        assurance: Assurance::InPerson,
        client: None,
        vouched_by: None,
        external_number: None,
        failed_case: None,
        negative_reply: None,
        consultation: None,
        first_asked: None,
        speaker: None,
        referred_by: None,
        refused_by: Vec::new(),
        subject: text("屋顶光伏无处备案"),
        facts: text("申请人跑了三个窗口，均称不属于本窗口职责"),
        wanted: text("明确由哪个部门备案"),
        in_person: channel == Channel::FallbackWindow,
    }
}

/// Holding which session, meeting or submission gives the right to a command that is no single action.
fn session_of(command: &Command) -> Action {
    match command {
        Command::Grade { .. } | Command::LeaveOver { .. } => Action::HoldTriage,
        Command::Discuss { .. } | Command::RuleOnReturn { .. } => Action::HoldMeeting,
        _ => Action::SubmitToGovernment,
    }
}

/// A call or a 重办 of the hotline that brought it: heard through its work order, so that nobody asks what its role may
/// (`api/src/hotline/follow.rs`).
fn is_heard(impasse: &Impasse, command: &Command, ctx: &Context<'_>) -> bool {
    let Who::Hotline { hotline } = &ctx.actor.who else { return false };
    let is_theirs = impasse.channel == Channel::Hotline && impasse.client.as_ref() == Some(hotline);
    let is_call = |source: &Source| matches!(source, Source::HotlineCall { .. });
    match command {
        Command::RecordSatisfaction(said) => is_theirs && is_call(&said.source),
        Command::Redo { .. } => is_theirs,
        _ => false,
    }
}

/// What is heard of a closed impasse opens it again, or says nothing to it.
fn heard_when_closed(command: &Command) -> Option<Command> {
    let is_satisfied = matches!(command, Command::RecordSatisfaction(said) if said.satisfied);
    let findings = text("12345热线回访：申请人不满意");
    (!is_satisfied).then_some(Command::FollowUp { way: FollowUpWay::Complaint, good: false, findings })
}

/// What a command of somebody comes to, who may give it asked first.
pub(crate) fn decided(
    impasse: &Impasse,
    command: Command,
    terms: &Terms,
    numbers: &mut Numbers,
    ctx: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    if is_heard(impasse, &command, ctx) {
        let heard = if impasse.state == State::ClosedOut { heard_when_closed(&command) } else { Some(command) };
        return heard.map_or_else(|| Ok(Vec::new()), |command| impasse.decide(command, terms, numbers, ctx));
    }
    let is_of_a_meeting = matches!(command, Command::RuleOnReturn { meeting: Some(_), .. });
    let allowed = match command.action().filter(|_| !is_of_a_meeting) {
        Some(action) => may_on(ctx.actor, action, &impasse.whereabouts()),
        None => may(ctx.actor, session_of(&command)),
    };
    allowed.map_err(|denial| Refusal::new(denial.code(), denial.reason()))?;
    impasse.decide(command, terms, numbers, ctx)
}

/// An impasse on a desk, with the record it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    pub(crate) impasse: Impasse,
    pub(crate) record: Vec<Recorded>,
    pub(crate) numbers: Numbers,
    pub(crate) now: Instant,
    pub(crate) terms: Terms,
    /// The edition in force.
    pub(crate) calendar: &'static Calendar,
}

impl Desk {
    pub(crate) fn register(registration: Registration, by: Person, now: Instant) -> Result<Self, Refusal> {
        let (actor, terms) = (by.actor(), Terms::default());
        let ctx = Context { now, actor: &actor, calendar: &CALENDAR, practice: &PRACTICE };
        let event = register(registration, &terms, &ctx)?;
        let first = Recorded { version: 1, at: now, by: actor.signature(), event };
        let impasse = Impasse::begin(&first).unwrap();
        Ok(Self { impasse, record: vec![first], numbers: Numbers::default(), now, terms, calendar: &CALENDAR })
    }

    pub(crate) fn context<'a>(&self, actor: &'a Actor) -> Context<'a> {
        Context { now: self.now, actor, calendar: self.calendar, practice: &PRACTICE }
    }

    pub(crate) fn calendar(&self) -> &'static Calendar {
        self.calendar
    }

    /// Carries a command out, or leaves everything as it is. Asks who may first, as the API does.
    pub(crate) fn tell(&mut self, by: Person, command: Command) -> Result<Vec<Event>, Refusal> {
        let actor = by.actor();
        let ctx = Context { now: self.now, actor: &actor, calendar: self.calendar, practice: &PRACTICE };
        let events = decided(&self.impasse, command, &self.terms, &mut self.numbers, &ctx)?;
        self.note(&actor, &events);
        Ok(events)
    }

    pub(crate) fn note(&mut self, actor: &Actor, events: &[Event]) {
        for event in events {
            let version = self.record.len() as u64 + 1;
            let recorded = Recorded { version, at: self.now, by: actor.signature(), event: event.clone() };
            self.impasse.apply(&recorded);
            self.record.push(recorded);
        }
    }

    /// [`Desk::tell`] for what must go well.
    #[must_use]
    #[track_caller]
    pub(crate) fn after(mut self, by: Person, command: Command) -> Self {
        let told = format!("{command:?} by {by:?}");
        if let Err(refusal) = self.tell(by, command) {
            panic!("{told}: {refusal}");
        }
        self
    }

    /// Why a command of somebody is refused, by its code.
    #[track_caller]
    pub(crate) fn refused(&self, by: Person, command: Command) -> &'static str {
        self.clone().tell(by, command).expect_err("refused").code
    }

    /// What fell due by now happens, as time does it.
    pub(crate) fn fall_due(&mut self) -> Vec<Event> {
        let actor = Actor { centre: Centre::WENLING, who: Who::System };
        let ctx = self.context(&actor);
        let mut numbers = std::mem::take(&mut self.numbers);
        let events = self.impasse.fall_due(&mut numbers, &ctx).unwrap();
        self.numbers = numbers;
        self.note(&actor, &events);
        events
    }

    pub(crate) fn wakes_at(&self) -> Option<Instant> {
        self.impasse.wakes_at(self.calendar, &PRACTICE, self.now)
    }

    /// The clock moves on, looking at the impasse whenever it wakes. Gives what happened by itself, and when.
    pub(crate) fn wait_until(&mut self, end: Instant) -> Vec<(Instant, Event)> {
        let mut happened = Vec::new();
        assert!(end >= self.now, "time does not run backwards");
        while let Some(wakes) = self.wakes_at().filter(|wakes| *wakes <= end) {
            self.now = wakes.max(self.now);
            let events = self.fall_due();
            assert!(!events.is_empty(), "woken for nothing");
            happened.extend(events.into_iter().map(|event| (self.now, event)));
        }
        self.now = end;
        happened
    }

    /// The same, for where it does not matter what time does meanwhile.
    #[must_use]
    pub(crate) fn on(mut self, moment: &str) -> Self {
        self.wait_until(at(moment));
        self
    }

    /// The clock jumps: nobody looked at it meanwhile.
    #[must_use]
    pub(crate) fn later(mut self, moment: &str) -> Self {
        self.now = at(moment);
        self
    }

    #[track_caller]
    pub(crate) fn order(&self, sequence: u32) -> &Order {
        self.impasse.order(sequence).expect("an order")
    }

    pub(crate) fn kinds(&self) -> Vec<&'static str> {
        self.record.iter().map(|recorded| kernel::Fact::kind(&recorded.event)).collect()
    }
}
