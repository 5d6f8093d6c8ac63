//! 地方口径: what the law leaves to local practice, as data. Every value has the law's or the common default.

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike, Weekday};
use serde::{Deserialize, Serialize};

use crate::{
    calendar::{Calendar, DayKind},
    ledger::{Ledger, LimitKind, Thresholds},
    time::{Instant, WorkingDays},
};

/// Local practice of one installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Practice {
    /// When a light turns amber.
    pub thresholds: Thresholds,
    /// 提前预警: how long before a deemed acceptance its owner is warned.
    pub warn_before: WorkingDays,
    /// 最长补正期限 a correction notice may set, and a conditional acceptance.
    pub longest_correction: WorkingDays,
    /// 追溯补录: how far back the start of a special procedure may be recorded, with a reason.
    pub backdating: WorkingDays,
    /// 移交接受时限: an offer not accepted within it goes back.
    pub hand_over: WorkingDays,
    /// 审核时限 of the department's own review.
    pub review: WorkingDays,
    /// 催领: how often an applicant is reminded of a result that waits at the window.
    pub unclaimed: WorkingDays,
    /// 工作时间 of an ordinary working day. Reminders are sent within it.
    pub hours: Hours,
    /// 周末开放日: days of the week on which the hall takes in applications though they are no working days. They say when
    /// a receipt is within service hours and nothing else: no limit counts them, and nobody is reminded on them.
    pub weekend_opening: Vec<Weekday>,
    /// 工作时间外收件 counts as of the next working day, or of its own day.
    pub late_receipt: LateReceipt,
    /// 首日计入: the day a clock starts is its first day; the law's default is that it is not counted.
    pub day_zero_counts: bool,
}

/// From (inclusive) until (exclusive), by the clock on the wall of the hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    pub from: NaiveTime,
    pub until: NaiveTime,
}

/// 工作时间外收件.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateReceipt {
    /// 视为下一工作日收到
    #[default]
    NextWorkingDay,
    /// 按当日计
    SameDay,
}

impl Default for Practice {
    fn default() -> Self {
        Self {
            thresholds: Thresholds { amber_days: WorkingDays(2) },
            warn_before: WorkingDays(2),
            longest_correction: WorkingDays(30),
            backdating: WorkingDays(5),
            hand_over: WorkingDays(1),
            review: WorkingDays(3),
            unclaimed: WorkingDays(10),
            hours: Hours { from: time(8, 30), until: time(17, 0) },
            weekend_opening: Vec::new(),
            late_receipt: LateReceipt::default(),
            day_zero_counts: false,
        }
    }
}

impl Practice {
    /// 收到之日 in law of something that came at `at`: a day on which the hall is open, or else the next
    /// working day, unless configured otherwise.
    pub fn day_of_receipt(&self, at: Instant, calendar: &Calendar) -> NaiveDate {
        let day = at.day();
        let in_time = self.is_open(day, calendar) && at.local().time() < self.hours.until;
        match self.late_receipt {
            LateReceipt::NextWorkingDay if !in_time => calendar.next_working_day(day).date,
            _ => day,
        }
    }

    /// 服务日历: a working day, or a weekend on which the hall is open. A public holiday is neither.
    fn is_open(&self, day: NaiveDate, calendar: &Calendar) -> bool {
        match calendar.kind(day) {
            DayKind::Weekend => self.weekend_opening.contains(&day.weekday()),
            kind => kind.is_working(),
        }
    }

    /// A limit that starts on `start`, counted the way this installation counts.
    pub fn limit(&self, kind: LimitKind, budget: WorkingDays, start: NaiveDate) -> Ledger {
        Ledger { counts_start: self.day_zero_counts, ..Ledger::new(kind, budget, start) }
    }

    /// The same of a limit that starts with what came at `at`.
    pub fn limit_from_receipt(&self, kind: LimitKind, budget: WorkingDays, at: Instant, calendar: &Calendar) -> Ledger {
        let (came, day) = (at.day(), self.day_of_receipt(at, calendar));
        Ledger { came: (day != came).then_some(came), ..self.limit(kind, budget, day) }
    }

    /// 接受时限 of an offer made on `day`, which never counts itself: it would be over the same night.
    pub fn answer_limit(&self, kind: LimitKind, day: NaiveDate) -> Ledger {
        Ledger::new(kind, self.hand_over, day)
    }

    /// Whether people are at work.
    pub fn at_work(&self, now: Instant, calendar: &Calendar) -> bool {
        let time = now.local().time();
        calendar.is_working(now.day()) && self.hours.from <= time && time < self.hours.until
    }

    /// The first moment from `at` on at which people are at work.
    pub fn next_at_work(&self, at: Instant, calendar: &Calendar) -> Instant {
        let day = at.day();
        let time = at.local().time();
        match calendar.is_working(day) {
            true if time < self.hours.from => self.opening(day),
            true if time < self.hours.until => at,
            _ => self.opening(calendar.next_working_day(day).date),
        }
    }

    /// 上班时刻 of a day.
    pub fn opening(&self, day: NaiveDate) -> Instant {
        let from = self.hours.from;
        let seconds = i64::from(from.num_seconds_from_midnight());
        Instant::midnight(day).plus(chrono::Duration::seconds(seconds))
    }

    /// How many working days before its end a limit's owner is reminded.
    pub fn reminds_before(&self, kind: LimitKind) -> Thresholds {
        match kind {
            LimitKind::Check => Thresholds { amber_days: self.warn_before },
            _ => self.thresholds,
        }
    }
}

fn time(hour: u32, minute: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_else(|| unreachable!("a time of day"))
}
