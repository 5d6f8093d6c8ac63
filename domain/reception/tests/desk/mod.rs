//! A consultation on a desk without a server, with the record it comes from, and the people who have to do with it.
#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses its part of the desk, and a test may panic")]

use std::sync::LazyLock;

use kernel::{
    Actor, Calendar, Centre, Context, Instant, PartyId, Posting, Practice, Refusal, Role, StaffCode, Text, WindowCode,
    access::Who,
    id::ImpasseId,
    responsibility::{Responsible, Taken},
};
use reception::{Asking, Command, Consultation, Direction, Event, FallbackReason, Recorded, record};

static CALENDAR: LazyLock<Calendar> = LazyLock::new(Calendar::first_edition);
static PRACTICE: LazyLock<Practice> = LazyLock::new(Practice::default);

/// Where it is asked, two windows it may be offered to, and the fallback window.
pub(crate) const WINDOWS: [&str; 4] = ["enquiry", "policy", "project", "fallback"];

/// A clerk by their code, posted to these windows.
pub(crate) fn clerk(code: &str, windows: &[&str]) -> Actor {
    let postings = windows.iter().map(|window| posting(window)).collect();
    Actor { centre: Centre::WENLING, who: Who::Staff { code: staff(code), role: Role::Clerk, postings } }
}

/// The clerk of a window, of its name.
pub(crate) fn of(window: &str) -> Actor {
    clerk(window, &[window])
}

pub(crate) fn posting(window: &str) -> Posting {
    Posting { role: Role::Clerk, department: "centre".parse().unwrap(), window: Some(at(window)) }
}

pub(crate) fn staff(code: &str) -> StaffCode {
    code.parse().unwrap()
}

pub(crate) fn at(window: &str) -> WindowCode {
    window.parse().unwrap()
}

pub(crate) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

pub(crate) fn party(nth: u8) -> PartyId {
    format!("01900000-0000-7000-8000-0000000000{nth:02}").parse().unwrap()
}

pub(crate) fn impasse() -> ImpasseId {
    "01900000-0000-7000-8000-0000000000b1".parse().unwrap()
}

pub(crate) fn to_window(window: &str) -> Direction {
    Direction::Window { window: at(window) }
}

pub(crate) fn to_fallback() -> Direction {
    Direction::Fallback { reason: FallbackReason::NoLead, words: None }
}

pub(crate) fn online() -> Direction {
    Direction::Online { item: None }
}

pub(crate) fn decline() -> Command {
    Command::Decline { reason: text("不属于本窗口") }
}

pub(crate) fn conclude() -> Command {
    Command::Conclude { outcome: text("已告知办理途径"), case: None }
}

pub(crate) fn turn(applicant: PartyId) -> Command {
    Command::Turn { impasse: impasse(), applicant }
}

/// A consultation with its record; a minute goes by with each event.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    pub(crate) it: Consultation,
    pub(crate) record: Vec<Recorded>,
}

impl Desk {
    /// Asked at this window of its clerk, by somebody or nobody in particular.
    pub(crate) fn asked(window: &str, applicant: Option<PartyId>, direction: Direction) -> Result<Self, Refusal> {
        let asking = Asking {
            id: "01900000-0000-7000-8000-0000000000a1".parse().unwrap(),
            centre: Centre::WENLING,
            window: at(window),
            department: "centre".parse().unwrap(),
            fallback: at("fallback"),
            item: None,
            question: text(&"露营基地由哪个部门备案？".repeat(20)),
            applicant,
            direction,
        };
        let actor = of(window);
        let event = record(asking, &context(&actor, minute(0)))?;
        let record = vec![Recorded { version: 1, at: minute(0), by: actor.signature(), event }];
        Ok(Self { it: Consultation::fold(&record).unwrap(), record })
    }

    pub(crate) fn does(&mut self, actor: &Actor, command: Command) -> Result<(), Refusal> {
        let now = minute(self.record.len());
        let event = self.it.decide(command, &context(actor, now))?;
        self.note(actor, event);
        Ok(())
    }

    pub(crate) fn refused(&mut self, actor: &Actor, command: Command) -> &'static str {
        let before = self.it.clone();
        let refusal = self.does(actor, command).unwrap_err();
        assert_eq!(self.it, before);
        refusal.code
    }

    /// What happens once somebody has only these postings left.
    pub(crate) fn leaves(&mut self, code: &str, windows: &[&str]) -> bool {
        let running: Vec<Posting> = windows.iter().map(|window| posting(window)).collect();
        let event = self.it.after_leaving(&staff(code), &running);
        let system = Actor { centre: Centre::WENLING, who: Who::System };
        event.map(|event| self.note(&system, event)).is_some()
    }

    fn note(&mut self, actor: &Actor, event: Event) {
        let (version, now) = (self.it.version + 1, minute(self.record.len()));
        let recorded = Recorded { version, at: now, by: actor.signature(), event };
        self.it.apply(&recorded);
        self.record.push(recorded);
        assert_eq!(Consultation::fold(&self.record).as_ref(), Some(&self.it));
    }

    /// The chain of responsibility as (who, how), after seeing that it has neither gap nor overlap and ends when it ends.
    pub(crate) fn chain(&self) -> Vec<(Responsible, Taken)> {
        let tenures = self.it.responsibility.tenures();
        assert_eq!(tenures[0].from, self.it.at);
        assert!(tenures.windows(2).all(|pair| pair[0].until == Some(pair[1].from)), "{tenures:?}");
        assert_eq!(tenures.last().unwrap().until, self.it.ended_at);
        assert_eq!(self.it.ended_at.is_none(), self.it.is_open());
        tenures.iter().map(|tenure| (tenure.who.clone(), tenure.how)).collect()
    }
}

pub(crate) fn by(code: &str, how: Taken) -> (Responsible, Taken) {
    (Responsible::Staff(staff(code)), how)
}

fn context(actor: &Actor, now: Instant) -> Context<'_> {
    Context { now, actor, calendar: &CALENDAR, practice: &PRACTICE }
}

/// The nth minute of a Monday's work.
fn minute(nth: usize) -> Instant {
    let (hour, minute) = (9 + nth / 60, nth % 60);
    Instant::parse(&format!("2026-03-02T{hour:02}:{minute:02}:00+08:00")).unwrap()
}
