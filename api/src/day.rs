//! A day in law as requests write it: `YYYY-MM-DD` and nothing else. Left to itself the library reads `26-1-1`, too, and
//! a certificate would be valid from the year 26.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, de::Error};

const EARLIEST: i32 = 1900;

/// For `#[serde(deserialize_with)]`.
pub(crate) fn required<'de, D: Deserializer<'de>>(from: D) -> Result<NaiveDate, D::Error> {
    parse(&String::deserialize(from)?)
}

/// The same for a field that need not be there; it needs `#[serde(default)]`.
pub(crate) fn optional<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveDate>, D::Error> {
    Option::<String>::deserialize(from)?.map(|text| parse(&text)).transpose()
}

fn parse<E: Error>(text: &str) -> Result<NaiveDate, E> {
    let is_whole = text.len() == 10 && text.starts_with(|first: char| first.is_ascii_digit());
    let day = text.parse::<NaiveDate>().ok().filter(|day| is_whole && day.year() >= EARLIEST);
    day.ok_or_else(|| E::custom("日期应为 YYYY-MM-DD 格式的有效日期，1900年以后"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> Option<NaiveDate> {
        parse::<serde::de::value::Error>(text).ok()
    }

    #[test]
    fn a_day_is_written_one_way() {
        assert_eq!(read("2026-02-28"), NaiveDate::from_ymd_opt(2026, 2, 28));
        assert_eq!(read("9999-12-31"), NaiveDate::from_ymd_opt(9999, 12, 31), "长期");
        for text in
            ["26-01-01", "2026-1-01", "2026-01-1", "+2026-01-1", "2026-02-30", "0026-01-01", "2026-01-01 ", "长"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
