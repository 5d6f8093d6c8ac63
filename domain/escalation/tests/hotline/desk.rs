//! A work order and those who handle it.

use escalation::hotline::{
    Command, Dispatch, Event, HotlineTerms, Message, Satisfaction, WorkOrder, WorkOrderKind, dispatch,
};
use kernel::{
    Actor, Calendar, Centre, Context, DocumentKind, DocumentNumber, Instant, Practice, Recorded, Refusal, Registry,
    Role, Text, access::Who, id::WorkOrderId,
};

/// A Wednesday at ten in Wenling.
pub const MORNING: &str = "2026-03-04T02:00:00Z";

pub fn text<const MAX: usize>(said: &str) -> Text<MAX> {
    Text::new(said).unwrap()
}

pub fn offer(assigned: bool) -> Dispatch {
    Dispatch {
        kind: WorkOrderKind::Help,
        sector: None,
        route: None,
        subject: text("路灯不亮"),
        facts: text("报修一月未修。"),
        assigned,
        lead: None,
        co_organisers: vec![text("某街道办事处")],
        dispatched_at: Instant::parse(MORNING).unwrap(),
    }
}

/// A work order and everything that has happened to it.
#[derive(Clone)]
pub struct Desk {
    pub order: WorkOrder,
    pub events: Vec<Recorded<Event>>,
    pub now: Instant,
    pub calendar: Calendar,
    pub practice: Practice,
    pub terms: HotlineTerms,
    pub numbers: Numbers,
}

/// 文书编号, one after the other.
#[derive(Clone, Default)]
pub struct Numbers(u64);

impl Registry for Numbers {
    fn number(&mut self, kind: DocumentKind) -> Result<DocumentNumber, Refusal> {
        self.0 += 1;
        Ok(DocumentNumber::new(Centre::WENLING, kind, 2026, self.0))
    }

    fn seal(&self, _: &str) -> String {
        String::new()
    }
}

pub fn actor(role: Role) -> Actor {
    let code = "taizhou-12345".parse().unwrap();
    let who = match role {
        Role::Hotline => Who::Hotline { hotline: code },
        role => Who::Official { code, role },
    };
    Actor { centre: Centre::WENLING, who }
}

impl Desk {
    pub fn numbered(number: &str) -> Self {
        let mut desk = Self::dispatched(false);
        desk.order.external_no = number.parse().unwrap();
        desk
    }

    /// Into one that is not merged itself.
    pub fn merges_into(mut self, other: &WorkOrder) -> Self {
        let event = self.order.merge(other.external_no.clone(), std::slice::from_ref(other)).unwrap();
        self.take(vec![event], &actor(Role::Hotline));
        self
    }

    pub fn dispatched(assigned: bool) -> Self {
        let (calendar, practice, terms) = (Calendar::first_edition(), Practice::default(), HotlineTerms::default());
        let now = Instant::parse(MORNING).unwrap();
        let by = actor(Role::Hotline);
        let ctx = Context { now, actor: &by, calendar: &calendar, practice: &practice };
        let event = dispatch(offer(assigned), &terms, &ctx).unwrap();
        let events = vec![Recorded { version: 1, at: now, by: by.signature(), event }];
        let hotline = "taizhou-12345".parse().unwrap();
        let order =
            WorkOrder::fold(WorkOrderId::fresh(now), Centre::WENLING, &hotline, &"W-1".parse().unwrap(), &events);
        Self { order: order.unwrap(), events, now, calendar, practice, terms, numbers: Numbers::default() }
    }

    pub fn after(mut self, hours: i64) -> Self {
        self.now = self.now.plus(chrono::Duration::hours(hours));
        self
    }

    pub fn try_it(&mut self, role: Role, command: Command) -> Result<(), Refusal> {
        let by = actor(role);
        let ctx = Context { now: self.now, actor: &by, calendar: &self.calendar, practice: &self.practice };
        let events = self.order.decide(command, &self.terms, &ctx)?;
        self.take(events, &by);
        Ok(())
    }

    pub fn take(&mut self, events: Vec<Event>, by: &Actor) {
        for event in events {
            let version = self.order.version + 1;
            let recorded = Recorded { version, at: self.now, by: by.signature(), event };
            self.order.apply(&recorded);
            self.events.push(recorded);
        }
    }

    pub fn section(mut self, command: Command) -> Self {
        self.try_it(Role::Supervisor, command).unwrap();
        self
    }

    pub fn hears(mut self, message: Message) -> Self {
        self.try_it(Role::Hotline, Command::Receive(message)).unwrap();
        self
    }

    pub fn refuses(&mut self, command: Command) -> &'static str {
        let before = self.order.clone();
        let code = self.try_it(Role::Supervisor, command).unwrap_err().code;
        assert_eq!(self.order, before);
        code
    }

    pub fn due(&self) -> String {
        self.order.due(&self.calendar, self.now.day()).unwrap().to_string()
    }

    /// Until then, each time at the moment at which something wakes.
    pub fn lives_until(&mut self, end: &str) {
        let end = Instant::parse(end).unwrap();
        while let Some(at) = self.order.wakes_at(&self.calendar, &self.practice, self.now).filter(|at| *at <= end) {
            self.now = self.now.max(at);
            assert!(self.passes() > 0, "no progress at {at:?}");
        }
        self.now = end;
    }

    pub fn passes(&mut self) -> usize {
        let by = Actor { centre: Centre::WENLING, who: Who::System };
        let ctx = Context { now: self.now, actor: &by, calendar: &self.calendar, practice: &self.practice };
        let events = self.order.fall_due(&mut self.numbers, &ctx).unwrap();
        let many = events.len();
        self.take(events, &by);
        many
    }
}

pub fn back() -> Command {
    Command::Return { reason: text("不属于我单位职责。") }
}

pub fn ruling(upheld: bool) -> Message {
    Message::ReturnRuling { upheld, reason: text("依职责清单。") }
}

pub fn escalate() -> Message {
    Message::Escalate { reason: text("群众要求提级。") }
}

pub fn word(satisfied: bool) -> Message {
    Message::Satisfaction(Satisfaction { responded: true, solved: true, satisfied, note: None, spoken: None })
}

pub fn reply() -> Command {
    Command::Answer { text: text("已修复。") }
}
