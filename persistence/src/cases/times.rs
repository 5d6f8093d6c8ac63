//! Days and moments of a row, read without Diesel's search for the format that a text of SQLite may be in: a list has
//! dozens of them.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::{
    deserialize::{self, FromSql, FromSqlRow},
    pg::{Pg, PgValue},
    sql_types,
    sqlite::{Sqlite, SqliteValue},
};
use kernel::Instant;

/// A day as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromSqlRow)]
#[diesel(sql_type = sql_types::Date)]
pub(super) struct StoredDay(pub(super) NaiveDate);

/// A moment as stored, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromSqlRow)]
#[diesel(sql_type = sql_types::Timestamp)]
pub(super) struct StoredMoment(NaiveDateTime);

impl StoredMoment {
    pub(super) fn instant(self) -> Instant {
        Instant::from_naive_utc(self.0)
    }
}

impl FromSql<sql_types::Date, Sqlite> for StoredDay {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        match day(value.read_text().as_bytes()) {
            Some(day) => Ok(Self(day)),
            None => FromSql::<sql_types::Date, Sqlite>::from_sql(value).map(Self),
        }
    }
}

impl FromSql<sql_types::Date, Pg> for StoredDay {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        FromSql::<sql_types::Date, Pg>::from_sql(value).map(Self)
    }
}

impl FromSql<sql_types::Timestamp, Sqlite> for StoredMoment {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        match moment(value.read_text().as_bytes()) {
            Some(moment) => Ok(Self(moment)),
            None => FromSql::<sql_types::Timestamp, Sqlite>::from_sql(value).map(Self),
        }
    }
}

impl FromSql<sql_types::Timestamp, Pg> for StoredMoment {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        FromSql::<sql_types::Timestamp, Pg>::from_sql(value).map(Self)
    }
}

/// `2026-03-02`; None of anything else.
fn day(text: &[u8]) -> Option<NaiveDate> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text else { return None };
    NaiveDate::from_ymd_opt(i32::try_from(number(&[y1, y2, y3, y4])?).ok()?, number(&[m1, m2])?, number(&[d1, d2])?)
}

/// `2026-03-02 01:00:00`, with or without a fraction; None of anything else.
fn moment(text: &[u8]) -> Option<NaiveDateTime> {
    let (date, time) = text.split_at_checked(10)?;
    let ([b' ', h1, h2, b':', m1, m2, b':', s1, s2], fraction) = time.split_first_chunk::<9>()? else { return None };
    let nanos = match fraction {
        [] => 0,
        [b'.', digits @ ..] if (1..=9).contains(&digits.len()) => {
            number(digits)? * 10_u32.pow(9 - u32::try_from(digits.len()).ok()?)
        }
        _ => return None,
    };
    day(date)?.and_hms_nano_opt(number(&[*h1, *h2])?, number(&[*m1, *m2])?, number(&[*s1, *s2])?, nanos)
}

/// At most nine decimal digits.
fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chrono::NaiveTime;

    use super::*;

    #[test]
    fn what_diesel_writes_is_read() {
        let date = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        assert_eq!(day(b"2026-03-02"), Some(date));
        for nanos in [0, 1_000, 120_000_000, 123_456_000, 999_999_999] {
            let written = date.and_time(NaiveTime::from_hms_nano_opt(23, 59, 58, nanos).unwrap());
            let text = written.format("%F %T%.f").to_string();
            assert_eq!(moment(text.as_bytes()), Some(written), "{text}");
        }
    }

    #[test]
    fn anything_else_is_left_to_diesel() {
        for text in ["", "2026-02-30", "2026-3-02", "2026-03-02x", "+026-03-02", "20260302"] {
            assert_eq!(day(text.as_bytes()), None, "{text}");
        }
        for text in [
            "2026-03-02",
            "2026-03-02T01:00:00",
            "2026-03-02 01:00",
            "2026-03-02 25:00:00",
            "2026-03-02 01:00:00.",
            "2026-03-02 01:00:00.1234567890",
            "2026-03-02 01:00:00Z",
        ] {
            assert_eq!(moment(text.as_bytes()), None, "{text}");
        }
    }
}
