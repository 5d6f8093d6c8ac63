//! 每周分类梳理 (clause D4-1): one session a week over everything new, filed or not, and an alarm where there was none.

use chrono::{Days, NaiveDate};
use kernel::{Calendar, Centre, Context, Fact, Instant, Refusal, Text, access::Signature, id::ImpasseId};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray, VariantNames};

use crate::{level::Level, week::Week};

/// 分类梳理会: the session of one week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub centre: Centre,
    pub week: Week,
    /// How many events have happened to it.
    pub version: u64,
    pub state: State,
    /// None of a week in which nobody opened one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<Act>,
    /// What was said of each item, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<Settled>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<Missed>,
}

/// 状态. An open session becomes held, or its week ends without it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum State {
    /// 进行中
    Open,
    /// 已召开
    Held,
    /// 本周未召开: an alarm.
    Missed,
}

impl State {
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "进行中",
            Self::Held => "已召开",
            Self::Missed => "本周未召开",
        }
    }
}

/// Who did it, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    pub by: Signature,
    pub at: Instant,
}

/// 梳理结果 of one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    pub impasse: ImpasseId,
    pub outcome: Outcome,
    pub reason: Text<500>,
    pub by: Signature,
    pub at: Instant,
}

/// 定级 or 顺延.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 定级
    Graded(Level),
    /// 顺延 to the next session.
    LeftOver,
}

/// 召开情况
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text<2000>>,
    pub by: Signature,
    pub at: Instant,
}

/// 漏开: what was waiting when the week was over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    pub agenda: Vec<ImpasseId>,
    /// When it was noticed, which may be long after the week.
    pub at: Instant,
}

/// What happened to a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Event {
    /// 开始分类梳理
    TriageOpened { week: Week },
    /// 一项定级或顺延
    TriageSettled { impasse: ImpasseId, outcome: Outcome, reason: Text<500> },
    /// 分类梳理已召开
    TriageHeld {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Text<2000>>,
    },
    /// 本周未召开分类梳理
    TriageMissed { week: Week, agenda: Vec<ImpasseId> },
}

impl Fact for Event {
    fn kind(&self) -> &'static str {
        self.into()
    }
}

impl Event {
    /// For people.
    pub fn label(&self) -> &'static str {
        match self {
            Self::TriageOpened { .. } => "开始分类梳理",
            Self::TriageSettled { outcome: Outcome::Graded(_), .. } => "定级",
            Self::TriageSettled { outcome: Outcome::LeftOver, .. } => "顺延",
            Self::TriageHeld { .. } => "分类梳理已召开",
            Self::TriageMissed { .. } => "本周未召开分类梳理",
        }
    }
}

/// 梳理记录: an event of a session as it goes on the record.
pub type Recorded = kernel::Recorded<Event>;

/// What is to be done in a session.
#[derive(Clone, Debug)]
pub enum Command {
    Settle {
        impasse: ImpasseId,
        outcome: Outcome,
        reason: Text<500>,
    },
    Hold {
        note: Option<Text<2000>>,
    },
    /// The week is over, and this was still waiting.
    Miss {
        agenda: Vec<ImpasseId>,
    },
}

/// 本周截止: the moment at which the last working day of a week is over; None of a week without one.
pub fn closes(week: Week, calendar: &Calendar) -> Option<Instant> {
    let last = (0..7).rev().map(|back| week.monday() + Days::new(back)).find(|day| calendar.is_working(*day))?;
    Some(Instant::midnight(last + Days::new(1)))
}

/// 漏开的周: the weeks that were over by `now`, from that of the oldest item on, each with what waited when it ended.
/// `registered` is what awaits triage; only a session takes anything off it, so that it is today what it was then. A session
/// that was `opened` and never concluded was not held, though nothing waited any more.
pub fn weeks_over(
    registered: &[(ImpasseId, Instant)],
    opened: &[Week],
    calendar: &Calendar,
    now: Instant,
) -> Vec<(Week, Vec<ImpasseId>)> {
    let of_items = registered.iter().map(|(_, at)| Week::of(at.day()));
    let Some(first) = of_items.chain(opened.iter().copied()).min() else { return Vec::new() };
    let weeks = std::iter::successors(Some(first), |week| Some(week.next()));
    weeks
        .take_while(|week| Instant::midnight(week.monday()) <= now)
        .filter_map(|week| Some((week, closes(week, calendar).filter(|end| *end <= now)?)))
        .map(|(week, end)| (week, awaiting(registered, end)))
        .filter(|(week, agenda)| !agenda.is_empty() || opened.contains(week))
        .collect()
}

/// 议程: what was registered before a week's end, the oldest first.
pub fn awaiting(registered: &[(ImpasseId, Instant)], end: Instant) -> Vec<ImpasseId> {
    registered.iter().filter(|(_, at)| *at < end).map(|(id, _)| *id).collect()
}

/// 开始本周分类梳理. That a week has one session only is the store's to say, which alone knows the others.
///
/// # Errors
/// `week_over` once the week's last working day is over, or where it has none.
pub fn open(ctx: &Context<'_>) -> Result<Event, Refusal> {
    let week = Week::of(ctx.today());
    match closes(week, ctx.calendar) {
        Some(end) if ctx.now < end => Ok(Event::TriageOpened { week }),
        _ => Err(Refusal::new("week_over", "本周工作日已结束，请在下周召开分类梳理")),
    }
}

impl Session {
    /// The first event makes one: opened, or missed without ever having been opened. None for any other event.
    pub fn begin(centre: Centre, recorded: &Recorded) -> Option<Self> {
        let (Event::TriageOpened { week } | Event::TriageMissed { week, .. }) = recorded.event else {
            return None;
        };
        let opened = matches!(recorded.event, Event::TriageOpened { .. });
        let mut session = Self {
            centre,
            week,
            version: recorded.version,
            state: State::Open,
            opened: opened.then(|| Act { by: recorded.by.clone(), at: recorded.at }),
            outcomes: Vec::new(),
            held: None,
            missed: None,
        };
        session.apply(recorded);
        Some(session)
    }

    /// The whole record, from the first event; None where there is none.
    pub fn fold(centre: Centre, record: &[Recorded]) -> Option<Self> {
        let (first, rest) = record.split_first()?;
        let mut session = Self::begin(centre, first)?;
        rest.iter().for_each(|recorded| session.apply(recorded));
        Some(session)
    }

    pub fn apply(&mut self, recorded: &Recorded) {
        self.version = recorded.version;
        let (by, at) = (recorded.by.clone(), recorded.at);
        match recorded.event.clone() {
            Event::TriageOpened { .. } => {}
            Event::TriageSettled { impasse, outcome, reason } => {
                self.outcomes.push(Settled { impasse, outcome, reason, by, at });
            }
            Event::TriageHeld { note } => {
                self.held = Some(Held { note, by, at });
                self.state = State::Held;
            }
            Event::TriageMissed { agenda, .. } => {
                self.missed = Some(Missed { agenda, at });
                self.state = State::Missed;
            }
        }
    }

    /// What a command comes to. `agenda` is what awaits triage and was registered before the week's end.
    ///
    /// # Errors
    /// `session_closed`; `week_over` where it is to be concluded later; `not_on_agenda`; `already_left_over`; `agenda_open`
    /// while something has no outcome.
    pub fn decide(&self, command: Command, agenda: &[ImpasseId], ctx: &Context<'_>) -> Result<Event, Refusal> {
        // Whether or not it has been noted as missed by then.
        if matches!(command, Command::Hold { .. }) && self.state != State::Held && self.is_over(ctx) {
            let detail = format!("{}的工作日已结束，当周的分类梳理不能再补开", self.week);
            return Err(Refusal::new("week_over", detail));
        }
        if self.state != State::Open {
            return Err(Refusal::new("session_closed", format!("{}的分类梳理{}", self.week, self.state.label())));
        }
        match command {
            Command::Settle { impasse, outcome, reason } => {
                if !agenda.contains(&impasse) {
                    return Err(Refusal::new("not_on_agenda", "该事项不在本次分类梳理的议程上"));
                }
                if outcome == Outcome::LeftOver && self.is_left_over(impasse) {
                    return Err(Refusal::new("already_left_over", "该事项已在本次分类梳理中顺延"));
                }
                Ok(Event::TriageSettled { impasse, outcome, reason })
            }
            Command::Hold { note } => {
                let open = agenda.iter().filter(|impasse| !self.is_left_over(**impasse)).count();
                if open > 0 {
                    return Err(Refusal::new("agenda_open", format!("议程上还有{open}项未定级或顺延")));
                }
                Ok(Event::TriageHeld { note })
            }
            Command::Miss { agenda } => Ok(Event::TriageMissed { week: self.week, agenda }),
        }
    }

    fn is_over(&self, ctx: &Context<'_>) -> bool {
        closes(self.week, ctx.calendar).is_some_and(|end| end <= ctx.now)
    }

    /// 顺延: left over here, and not graded after all.
    pub fn is_left_over(&self, impasse: ImpasseId) -> bool {
        let last = self.outcomes.iter().rev().find(|settled| settled.impasse == impasse);
        last.is_some_and(|settled| settled.outcome == Outcome::LeftOver)
    }

    /// 截止日: the last day on which it can be held.
    pub fn last_day(&self, calendar: &Calendar) -> Option<NaiveDate> {
        closes(self.week, calendar).and_then(|end| end.day().pred_opt())
    }
}
