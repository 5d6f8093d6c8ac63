//! 回访计划 (clause D8-1): the reform office looks again at a sample of what was closed out. The program draws the sample,
//! so that nobody can choose whom to ask.

use chrono::{Days, NaiveDate};
use kernel::{
    Calendar, Centre, Context, Fact, Instant, Practice, Refusal, Registry, WorkingDays,
    access::Signature,
    id::{FollowUpPlanId, ImpasseId},
    ledger::{Ledger, LimitKind},
};
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use crate::{
    impasse::{FollowUpWay, FollowedUp, Rung},
    moves::DeadlineMove,
};

/// The most that one plan looks at again.
pub const LARGEST_SAMPLE: usize = 500;

const LONGEST_PERIOD: u64 = 366;

/// 回访计划, with what was found so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub version: u64,
    pub drawn: Drawn,
    pub by: Signature,
    pub at: Instant,
    /// In the order in which it was drawn.
    pub sample: Vec<Sampled>,
    /// 提醒, to the reform office.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reminders: Vec<Reminder>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Instant>,
}

/// 抽样: from what, how many, and which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    pub id: FollowUpPlanId,
    pub centre: Centre,
    /// 销号日期, first and last day.
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub extent: Extent,
    /// How it is meant to be done; what was done stands with each one.
    pub way: FollowUpWay,
    pub days: WorkingDays,
    /// 总体: how many were closed out in the period.
    pub closed_out: usize,
    pub impasses: Vec<ImpasseId>,
}

/// 抽样数量
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// 件数; all of them where there are fewer.
    Count(u16),
    /// 百分比, rounded up.
    Percent(u8),
}

impl Extent {
    fn of(self, all: usize) -> usize {
        match self {
            Self::Count(count) => all.min(count.into()),
            Self::Percent(percent) => (all * usize::from(percent)).div_ceil(100),
        }
    }
}

/// One of the sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sampled {
    pub impasse: ImpasseId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<Done>,
}

/// 已回访. What was found stands in full with the impasse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    pub way: FollowUpWay,
    /// A bad finding reopened the impasse.
    pub good: bool,
    pub at: Instant,
}

/// 提醒: each rung once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    pub rung: Rung,
    /// 完成时限 as it was then.
    pub due: NaiveDate,
    pub at: Instant,
}

/// What happened to a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Event {
    /// 制定回访计划
    FollowUpsPlanned(Box<Drawn>),
    /// 完成一件回访
    SampleFollowedUp { impasse: ImpasseId, way: FollowUpWay, good: bool },
    /// 提醒回访
    FollowUpsReminded { rung: Rung, due: NaiveDate },
    /// 期限重算
    FollowUpsMoved { moved: DeadlineMove },
}

impl Fact for Event {
    fn kind(&self) -> &'static str {
        self.into()
    }
}

/// 计划记录: an event of a plan as it goes on the record.
pub type Recorded = kernel::Recorded<Event>;

/// 回访计划 as it is asked for.
#[derive(Clone, Debug)]
pub struct Planning {
    pub id: FollowUpPlanId,
    pub centre: Centre,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub extent: Extent,
    pub way: FollowUpWay,
    pub days: WorkingDays,
}

impl Planning {
    /// Whether the period can be sampled: not in the future, and not too long. Of a day that is not over, what was closed
    /// out by the time of the plan counts.
    ///
    /// # Errors
    /// `period_out_of_range`; `period_in_future`.
    pub fn must_have_a_period(&self, ctx: &Context<'_>) -> Result<(), Refusal> {
        if self.from > self.to || self.from + Days::new(LONGEST_PERIOD) <= self.to {
            return Err(Refusal::new("period_out_of_range", format!("期间应为1至{LONGEST_PERIOD}日")));
        }
        if self.to > ctx.today() {
            return Err(Refusal::new("period_in_future", "期间不能晚于今天"));
        }
        Ok(())
    }

    /// 制定回访计划 from what was closed out in the period and is.
    ///
    /// # Errors
    /// Those of [`Self::must_have_a_period`]; `nothing_to_sample`; `sample_too_large`.
    pub fn draw(self, closed_out: &[ImpasseId], registry: &dyn Registry, ctx: &Context<'_>) -> Result<Event, Refusal> {
        self.must_have_a_period(ctx)?;
        let Self { id, centre, from, to, extent, way, days } = self;
        if closed_out.is_empty() {
            return Err(Refusal::new("nothing_to_sample", "期间内没有已销号的事项"));
        }
        let size = extent.of(closed_out.len());
        if size > LARGEST_SAMPLE {
            return Err(Refusal::new("sample_too_large", format!("一个计划最多抽取{LARGEST_SAMPLE}件")));
        }
        let impasses = sample(id, closed_out, size, registry);
        let closed_out = closed_out.len();
        Ok(Event::FollowUpsPlanned(Box::new(Drawn { id, centre, from, to, extent, way, days, closed_out, impasses })))
    }
}

/// 抽样: the first `size` by SHA-256 of `{plan}:{impasse}`, both ids as they are written, in hexadecimal order. Whoever has
/// the two ids can draw it again; whoever makes the plan cannot choose its id.
pub fn sample(plan: FollowUpPlanId, closed_out: &[ImpasseId], size: usize, registry: &dyn Registry) -> Vec<ImpasseId> {
    let mut lots: Vec<_> = closed_out.iter().map(|it| (registry.seal(&format!("{plan}:{it}")), *it)).collect();
    lots.sort_unstable();
    lots.truncate(size);
    lots.into_iter().map(|(_, impasse)| impasse).collect()
}

impl Plan {
    /// The first event makes one; None for any other event.
    pub fn begin(recorded: &Recorded) -> Option<Self> {
        let Event::FollowUpsPlanned(drawn) = &recorded.event else { return None };
        let drawn = (**drawn).clone();
        let sample = drawn.impasses.iter().map(|impasse| Sampled { impasse: *impasse, done: None }).collect();
        let (version, by, at) = (recorded.version, recorded.by.clone(), recorded.at);
        Some(Self { version, drawn, by, at, sample, reminders: Vec::new(), completed_at: None })
    }

    /// The whole record, from the first event; None where there is none.
    pub fn fold(record: &[Recorded]) -> Option<Self> {
        let (first, rest) = record.split_first()?;
        let mut plan = Self::begin(first)?;
        rest.iter().for_each(|recorded| plan.apply(recorded));
        Some(plan)
    }

    pub fn apply(&mut self, recorded: &Recorded) {
        self.version = recorded.version;
        match recorded.event {
            Event::FollowUpsPlanned(_) | Event::FollowUpsMoved { .. } => {}
            Event::SampleFollowedUp { impasse, way, good } => {
                if let Some(sampled) = self.sample.iter_mut().find(|sampled| sampled.impasse == impasse) {
                    sampled.done = Some(Done { way, good, at: recorded.at });
                }
                if self.open().next().is_none() {
                    self.completed_at.get_or_insert(recorded.at);
                }
            }
            Event::FollowUpsReminded { rung, due } => self.reminders.push(Reminder { rung, due, at: recorded.at }),
        }
    }

    /// What has fallen due by `ctx.now`: a reminder of each rung once for a date, in working time, late rather than never.
    pub fn fall_due(&self, ctx: &Context<'_>) -> Vec<Event> {
        let pending = self.pending(ctx.calendar, ctx.practice, ctx.now).into_iter();
        pending.filter(|(at, _)| *at <= ctx.now).map(|(_, event)| event).collect()
    }

    /// When to look at it again; None while time does nothing to it.
    pub fn wakes_at(&self, calendar: &Calendar, practice: &Practice, now: Instant) -> Option<Instant> {
        self.pending(calendar, practice, now).into_iter().map(|(at, _)| at).min()
    }

    fn pending(&self, calendar: &Calendar, practice: &Practice, now: Instant) -> Vec<(Instant, Event)> {
        if self.completed_at.is_some() {
            return Vec::new();
        }
        let (start, due) = (self.at.day(), self.due(calendar));
        let days = WorkingDays(self.drawn.days.0.saturating_sub(practice.thresholds.amber_days.0));
        let amber = if days.0 == 0 { due } else { calendar.after(start, days).date };
        let late = calendar.next_working_day(due).date;
        let rungs = [(Rung::Amber, amber), (Rung::Overdue, late)].into_iter();
        // Once it is late, nobody is told any more that it will be.
        let due_soon = |rung| rung == Rung::Overdue || now.day() <= due;
        // What was sent before another edition of the calendar says nothing of a later date.
        let was_sent = |rung| self.reminders.iter().any(|sent| sent.rung == rung && sent.due >= due);
        let wanted = rungs.filter(|(rung, _)| due_soon(*rung) && !was_sent(*rung));
        wanted
            .map(|(rung, day)| {
                let at = practice.next_at_work(practice.opening(day).max(now), calendar);
                (at, Event::FollowUpsReminded { rung, due })
            })
            .collect()
    }

    /// What a follow-up on an impasse comes to here; None where it is not of the sample or was done before.
    pub fn tick(&self, impasse: ImpasseId, found: &FollowedUp) -> Option<Event> {
        let is_open = self.open().any(|sampled| sampled.impasse == impasse);
        is_open.then_some(Event::SampleFollowedUp { impasse, way: found.way, good: found.good })
    }

    /// 待回访
    pub fn open(&self) -> impl Iterator<Item = &Sampled> {
        self.sample.iter().filter(|sampled| sampled.done.is_none())
    }

    /// 发现问题, each of which reopened its impasse.
    pub fn bad(&self) -> impl Iterator<Item = &Sampled> {
        self.sample.iter().filter(|sampled| sampled.done.as_ref().is_some_and(|done| !done.good))
    }

    /// 回访期限, stopped by its completion.
    pub fn limit(&self) -> Ledger {
        let stopped = self.completed_at.map(Instant::day);
        Ledger { stopped, ..Ledger::new(LimitKind::FollowUps, self.drawn.days, self.at.day()) }
    }

    /// 完成时限
    pub fn due(&self, calendar: &Calendar) -> NaiveDate {
        self.limit().due(calendar, self.at.day()).date
    }

    /// 逾期: not finished by its last day, or finished after it.
    pub fn is_late(&self, calendar: &Calendar, today: NaiveDate) -> bool {
        self.completed_at.map_or(today, Instant::day) > self.due(calendar)
    }
}
