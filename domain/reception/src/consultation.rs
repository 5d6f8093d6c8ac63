//! 咨询: events → state, and what can be read of it.

use std::collections::BTreeSet;

use kernel::{
    CaseId, DepartmentCode, Instant, PartyId, StaffCode, Text, Whereabouts, WindowCode,
    id::ImpasseId,
    responsibility::{Responsibility, Responsible, Taken},
};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::{
    direction::{Directed, Direction, Reply},
    event::{Asked, Event, Recorded},
};

/// 咨询, from the question to what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consultation {
    /// How many events have happened to it.
    pub version: u64,
    pub asked: Asked,
    pub at: Instant,
    /// 申请人, once it is known who they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applicant: Option<PartyId>,
    /// 责任窗口: where whoever answers for it does so.
    pub held_at: WindowCode,
    /// 分流经过, the newest last.
    pub directions: Vec<Directed>,
    pub responsibility: Responsibility,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Instant>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Ending {
    /// 当场答复
    Answered,
    /// 办结
    Concluded {
        outcome: Text<1000>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        case: Option<CaseId>,
    },
    /// 转为办不成事事项
    BecameImpasse { impasse: ImpasseId },
}

/// 状态. Each but the first is an end.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum State {
    /// 在办
    Open,
    /// 当场答复
    Answered,
    /// 已办结
    Concluded,
    /// 已转办不成事
    BecameImpasse,
}

impl State {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "在办",
            Self::Answered => "当场答复",
            Self::Concluded => "已办结",
            Self::BecameImpasse => "已转办不成事",
        }
    }
}

impl Consultation {
    /// The first event makes one; None for any other event.
    pub fn begin(recorded: &Recorded) -> Option<Self> {
        let Event::ConsultationRecorded(asked) = &recorded.event else { return None };
        let asked = (**asked).clone();
        let directed =
            Directed { direction: asked.direction.clone(), by: asked.by.clone(), at: recorded.at, reply: None };
        let mut it = Self {
            version: recorded.version,
            at: recorded.at,
            applicant: asked.applicant,
            held_at: asked.window.clone(),
            directions: vec![directed],
            responsibility: Responsibility::begin(Responsible::Staff(asked.by.clone()), recorded.at),
            ending: None,
            ended_at: None,
            asked,
        };
        if matches!(it.asked.direction, Direction::Answered { .. }) {
            it.end(Ending::Answered, recorded.at);
        }
        Some(it)
    }

    /// The whole record, from the first event; None where there is none.
    pub fn fold(record: &[Recorded]) -> Option<Self> {
        let (first, rest) = record.split_first()?;
        let mut it = Self::begin(first)?;
        rest.iter().for_each(|recorded| it.apply(recorded));
        Some(it)
    }

    pub fn apply(&mut self, recorded: &Recorded) {
        self.version = recorded.version;
        let at = recorded.at;
        match recorded.event.clone() {
            Event::ConsultationRecorded(_) => {}
            Event::Directed { by, direction } => {
                self.touched(&by, at);
                self.directions.push(Directed { direction, by, at, reply: None });
            }
            Event::Accepted { by, window } => self.passes_to(by, window, at),
            Event::Declined { by, department, reason, .. } => {
                self.replied(Reply::Declined { by, department, at, reason });
            }
            Event::Concluded { by, outcome, case } => {
                self.touched(&by, at);
                self.end(Ending::Concluded { outcome, case }, at);
            }
            Event::BecameImpasse { by, window, impasse, applicant } => {
                if window == self.held_at {
                    self.touched(&by, at);
                } else {
                    self.passes_to(by, window, at);
                }
                self.applicant = Some(applicant);
                self.end(Ending::BecameImpasse { impasse }, at);
            }
            Event::ReturnedToUnit { window, .. } => {
                self.responsibility.pass(Responsible::Window(window), Taken::Returned, at);
            }
        }
    }

    /// Whoever of the window does something about it takes it, where only the window answered for it.
    fn touched(&mut self, by: &StaffCode, at: Instant) {
        self.responsibility.pass(Responsible::Staff(by.clone()), Taken::Taken, at);
    }

    fn passes_to(&mut self, by: StaffCode, window: WindowCode, at: Instant) {
        self.replied(Reply::Accepted { by: by.clone(), at });
        self.held_at = window;
        self.responsibility.pass(Responsible::Staff(by), Taken::Accepted, at);
    }

    fn replied(&mut self, reply: Reply) {
        if let Some(last) = self.directions.last_mut() {
            last.reply = Some(reply);
        }
    }

    fn end(&mut self, ending: Ending, at: Instant) {
        self.responsibility.end(at);
        (self.ending, self.ended_at) = (Some(ending), Some(at));
    }

    pub fn state(&self) -> State {
        match &self.ending {
            None => State::Open,
            Some(Ending::Answered) => State::Answered,
            Some(Ending::Concluded { .. }) => State::Concluded,
            Some(Ending::BecameImpasse { .. }) => State::BecameImpasse,
        }
    }

    pub fn is_open(&self) -> bool {
        self.ending.is_none()
    }

    /// The impasse that it became.
    pub fn impasse(&self) -> Option<ImpasseId> {
        match self.ending {
            Some(Ending::BecameImpasse { impasse }) => Some(impasse),
            _ => None,
        }
    }

    /// The case that it led to.
    pub fn case(&self) -> Option<CaseId> {
        match self.ending {
            Some(Ending::Concluded { case, .. }) => case,
            _ => None,
        }
    }

    /// Who answers for it in person.
    pub fn answerer(&self) -> Option<&StaffCode> {
        match self.responsibility.now() {
            Some(Responsible::Staff(staff)) => Some(staff),
            _ => None,
        }
    }

    /// The window that has yet to accept or decline it. At the window that holds it nothing waits.
    pub fn offered_to(&self) -> Option<&WindowCode> {
        let last = self.directions.last().filter(|last| self.is_open() && last.reply.is_none())?;
        last.direction.window(&self.asked.fallback).filter(|window| **window != self.held_at)
    }

    /// 事由 of the impasse: what was asked, as far as there is room.
    pub fn subject<const MAX: usize>(&self) -> Option<Text<MAX>> {
        let beginning: String = self.asked.question.as_str().chars().take(MAX).collect();
        Text::new(&beginning).ok()
    }

    /// 未受理的部门: which declined it, each once.
    pub fn declined_by(&self) -> BTreeSet<&DepartmentCode> {
        let replies = self.directions.iter().filter_map(|directed| directed.reply.as_ref());
        let departments = replies.filter_map(|reply| match reply {
            Reply::Declined { department, .. } => department.as_ref(),
            Reply::Accepted { .. } => None,
        });
        departments.collect()
    }

    pub fn whereabouts(&self) -> Whereabouts<'_> {
        Whereabouts {
            centre: self.asked.centre,
            item: self.asked.item.as_ref(),
            window: Some(&self.asked.window),
            fallback: Some(&self.asked.fallback),
            besides: self.offered_to().into_iter().chain([&self.held_at]).collect(),
            department: Some(&self.asked.department),
            participants: Vec::new(),
            at_work: Vec::new(),
            applicant: self.applicant,
            client: None,
            vouched: false,
        }
    }
}
