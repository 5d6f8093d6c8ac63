//! Instants and days. Stored and sent as UTC; a date in law is a date in Shanghai.

use std::fmt;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, SecondsFormat, SubsecRound, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A point in time, UTC, truncated to microseconds: PostgreSQL keeps no more, and a value must survive a round trip.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(DateTime<Utc>);

impl Instant {
    pub fn new(at: DateTime<Utc>) -> Self {
        Self(at.trunc_subsecs(6))
    }

    pub fn from_naive_utc(at: NaiveDateTime) -> Self {
        Self::new(at.and_utc())
    }

    /// Reads RFC 3339.
    pub fn parse(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|at| Self::new(at.with_timezone(&Utc)))
    }

    pub fn naive_utc(self) -> NaiveDateTime {
        self.0.naive_utc()
    }

    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// Whole seconds and the remaining nanoseconds since 1970.
    pub fn unix(self) -> (u64, u32) {
        (u64::try_from(self.0.timestamp()).unwrap_or(0), self.0.timestamp_subsec_nanos())
    }

    /// The date in law: the day in Shanghai, UTC+8 the whole year.
    pub fn day(self) -> NaiveDate {
        self.local().date_naive()
    }

    /// 零时 of a day in Shanghai: the moment a date in law begins.
    pub fn midnight(day: NaiveDate) -> Self {
        let local = day.and_time(chrono::NaiveTime::MIN);
        Self::from_naive_utc(local - shanghai())
    }

    pub fn year(self) -> i32 {
        self.day().year()
    }

    /// The instant as read from a clock on the wall of the hall.
    pub fn local(self) -> DateTime<FixedOffset> {
        self.0.with_timezone(&shanghai())
    }

    #[must_use]
    pub fn plus(self, duration: chrono::Duration) -> Self {
        Self::new(self.0 + duration)
    }
}

fn shanghai() -> FixedOffset {
    const EIGHT_HOURS: i32 = 8 * 3600;
    FixedOffset::east_opt(EIGHT_HOURS).unwrap_or_else(|| unreachable!("eight hours is a valid offset"))
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("not an RFC 3339 instant"))
    }
}

/// 工作日: a number of working days, the unit of every limit (行政许可法 art. 82).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkingDays(pub u16);

impl fmt::Display for WorkingDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}个工作日", self.0)
    }
}
