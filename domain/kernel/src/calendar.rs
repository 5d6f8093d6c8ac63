//! 工作日历. Monday to Friday, corrected by the days that the State Council's yearly notice moves (调休).

mod table;

use std::fmt;

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};
use strum::EnumString;

use crate::time::WorkingDays;
pub use table::CalendarFault;

/// The calendar as first shipped: the notices for 2023 to 2026.
const FIRST_EDITION: &str = include_str!("../data/cn_holidays.csv");

/// What a notice says of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Arrangement {
    /// 放假: nobody works, whatever the day of the week.
    Holiday,
    /// 上班: people work, whatever the day of the week.
    Workday,
}

impl Arrangement {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Holiday => "holiday",
            Self::Workday => "workday",
        }
    }
}

/// 调整日: one day of a notice, with the festival it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    pub date: NaiveDate,
    pub kind: Arrangement,
    pub name: Box<str>,
}

/// 日期类型: what a day is, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayKind<'a> {
    /// 工作日
    Workday,
    /// 周末
    Weekend,
    /// 放假, with the festival's name.
    Holiday(&'a str),
    /// 调休上班: a Saturday or Sunday worked, with the festival it makes up for.
    MakeUpWorkday(&'a str),
}

impl DayKind<'_> {
    pub fn is_working(self) -> bool {
        matches!(self, Self::Workday | Self::MakeUpWorkday(_))
    }

    /// Stable `snake_case` name for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Workday => "workday",
            Self::Weekend => "weekend",
            Self::Holiday(_) => "holiday",
            Self::MakeUpWorkday(_) => "make_up_workday",
        }
    }

    /// In Chinese, without the festival.
    pub fn label(self) -> &'static str {
        match self {
            Self::Workday => "工作日",
            Self::Weekend => "周末",
            Self::Holiday(_) => "放假",
            Self::MakeUpWorkday(_) => "调休上班",
        }
    }
}

impl fmt::Display for DayKind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workday | Self::Weekend => f.write_str(self.label()),
            Self::Holiday(name) | Self::MakeUpWorkday(name) => write!(f, "{}（{name}）", self.label()),
        }
    }
}

/// 到期日.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    pub date: NaiveDate,
    /// 暂定: a day that was walked lies in a year whose notice is not in the calendar, so that the date may still move.
    pub provisional: bool,
}

/// 工作日历, immutable. Every question is answered by binary search, whatever the distance.
///
/// Dates beyond [`Calendar::LAST`] saturate: no input makes it panic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Sorted by date, one for each date.
    overrides: Vec<Override>,
    /// For each override, how many working days it and all before it add to those of plain weeks.
    gained: Vec<i64>,
    /// Sorted years that have a notice: those whose 元旦 is among the overrides.
    years: Vec<i32>,
}

impl Calendar {
    /// The first and last date that a calendar knows how to speak of.
    pub const FIRST: NaiveDate = date(1900, 1, 1);
    pub const LAST: NaiveDate = date(2200, 12, 31);

    /// The embedded reference table: 2023 to 2026.
    pub fn first_edition() -> Self {
        Self::parse(FIRST_EDITION).unwrap_or_else(|faults| unreachable!("the embedded calendar is good: {faults:?}"))
    }

    /// Reads a notice: lines of `date,kind,name` under that heading, `kind` being `holiday` or `workday`. All faults
    /// are reported, each with its line, and nothing is half read.
    ///
    /// An ordinary weekday marked `workday` is admitted: merged over an earlier edition it takes a holiday back.
    pub fn parse(csv: &str) -> Result<Self, Vec<CalendarFault>> {
        table::read(csv).map(Self::from_iter)
    }

    /// This calendar with the days of a newer edition laid over it, day by day.
    #[must_use]
    pub fn merged_with(&self, newer: &Self) -> Self {
        self.overrides.iter().chain(&newer.overrides).cloned().collect()
    }

    /// All days that are not as in a plain week, or that a notice names, by date.
    pub fn overrides(&self) -> impl ExactSizeIterator<Item = &Override> {
        self.overrides.iter()
    }

    /// 31 December of the last year with a notice, that is, with its 元旦; without any, the day before [`Calendar::FIRST`].
    pub fn published_through(&self) -> NaiveDate {
        let published = self.years.last().and_then(|year| NaiveDate::from_ymd_opt(*year, 12, 31));
        published.unwrap_or(Self::FIRST.pred_opt().unwrap_or(Self::FIRST))
    }

    /// Whether some year of the days from `first` through `last` has no notice in the calendar.
    pub fn is_provisional(&self, first: NaiveDate, last: NaiveDate) -> bool {
        let before = self.years.partition_point(|year| *year < first.year());
        let known = self.years.partition_point(|year| *year <= last.year()).saturating_sub(before);
        i64::try_from(known).unwrap_or(0) <= i64::from(last.year()) - i64::from(first.year())
    }

    pub fn kind(&self, day: NaiveDate) -> DayKind<'_> {
        let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        match self.override_on(day) {
            Some(Override { kind: Arrangement::Holiday, name, .. }) => DayKind::Holiday(name),
            Some(Override { kind: Arrangement::Workday, name, .. }) if weekend => DayKind::MakeUpWorkday(name),
            None if weekend => DayKind::Weekend,
            _ => DayKind::Workday,
        }
    }

    pub fn is_working(&self, day: NaiveDate) -> bool {
        self.kind(day).is_working()
    }

    /// The last day of a limit of `limit` working days whose clock starts on `start`; that day itself is not counted
    /// (民法典 art. 201, 行政许可法 art. 82). A limit of no days ends on `start`.
    pub fn after(&self, start: NaiveDate, limit: WorkingDays) -> Due {
        let wanted = self.working_days_through(start) + i64::from(limit.0);
        let date = self.first_day_with(start, |day| self.working_days_through(day) >= wanted);
        Due { date, provisional: self.is_provisional_after(start, date) }
    }

    /// Working days after `after` and up to and including `through`; negative when `through` is the earlier.
    pub fn working_days_between(&self, after: NaiveDate, through: NaiveDate) -> i64 {
        self.working_days_through(through) - self.working_days_through(after)
    }

    /// The first working day later than `day`.
    pub fn next_working_day(&self, day: NaiveDate) -> Due {
        self.after(day, WorkingDays(1))
    }

    /// Whether a walk that begins the day after `start` and ends on `last` leaves the published years.
    pub fn is_provisional_after(&self, start: NaiveDate, last: NaiveDate) -> bool {
        self.is_provisional(start.succ_opt().unwrap_or(start).min(last), last)
    }

    /// The first day from `start` on of which `reached` holds, given that it stays true once it is.
    pub(crate) fn first_day_with(&self, start: NaiveDate, reached: impl Fn(NaiveDate) -> bool) -> NaiveDate {
        let mut span = (Self::LAST - start).num_days().max(0);
        let mut first = start;
        // Limits are short: the search is narrowed in growing strides before it is halved.
        let mut stride = 8;
        while stride < span {
            let reach = first + chrono::Days::new(stride.unsigned_abs());
            if reached(reach) {
                span = stride;
                break;
            }
            first = reach + chrono::Days::new(1);
            span -= stride + 1;
            stride *= 2;
        }
        while span > 0 {
            let half = span / 2;
            let middle = first + chrono::Days::new(half.unsigned_abs());
            if reached(middle) {
                span = half;
            } else {
                first = middle + chrono::Days::new(1);
                span -= half + 1;
            }
        }
        first
    }

    /// Working days since the common era began, through `day`: never decreases, grows by at most one a day.
    fn working_days_through(&self, day: NaiveDate) -> i64 {
        // Day 1 of the common era is a Monday.
        let days = i64::from(day.num_days_from_ce());
        let in_plain_weeks = days.div_euclid(7) * 5 + days.rem_euclid(7).min(5);
        let overridden = self.overrides.partition_point(|o| o.date <= day);
        in_plain_weeks + overridden.checked_sub(1).map_or(0, |last| self.gained[last])
    }

    fn override_on(&self, day: NaiveDate) -> Option<&Override> {
        let found = self.overrides.binary_search_by_key(&day, |o| o.date).ok()?;
        self.overrides.get(found)
    }
}

/// Of two overrides of one date the later in order wins. Persistence builds a calendar from its rows with this.
impl FromIterator<Override> for Calendar {
    fn from_iter<I: IntoIterator<Item = Override>>(overrides: I) -> Self {
        let mut overrides: Vec<Override> = overrides.into_iter().collect();
        overrides.reverse();
        overrides.sort_by_key(|o| o.date);
        overrides.dedup_by_key(|o| o.date);
        let mut total = 0;
        let gained = overrides.iter().map(|o| {
            let weekend = matches!(o.date.weekday(), Weekday::Sat | Weekday::Sun);
            total += match o.kind {
                Arrangement::Holiday if !weekend => -1,
                Arrangement::Workday if weekend => 1,
                _ => 0,
            };
            total
        });
        let gained = gained.collect();
        // A day of a year that is changed before its notice publishes nothing: every notice begins with 元旦.
        let years = overrides.iter().filter(|o| o.date.ordinal() == 1).map(|o| o.date.year()).collect();
        Self { overrides, gained, years }
    }
}

const fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) => date,
        None => panic!("not a date"),
    }
}

#[cfg(test)]
mod tests;
