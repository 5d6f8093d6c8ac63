//! The working calendar against a table made another way: walking one day at a time over a set of dates.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};
use kernel::{Calendar, Due, WorkingDays};

const LONGEST_LIMIT: u16 = 60;

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// The days of the reference file that work, against all others; read here by hand, independently of the kernel.
fn is_working(table: &HashMap<&str, bool>, date: NaiveDate) -> bool {
    let in_week = date.weekday().number_from_monday() <= 5;
    table.get(date.to_string().as_str()).copied().unwrap_or(in_week)
}

/// Rule L1, 行政许可法 art. 82: every day of 2023 to 2026, every limit of 1 to 60 working days.
#[test]
fn every_limit_from_every_day_ends_where_a_walk_ends() {
    let table: HashMap<&str, bool> = include_str!("../data/cn_holidays.csv")
        .lines()
        .skip(1)
        .map(|line| line.split_once(',').unwrap())
        .map(|(date, rest)| (date, rest.starts_with("workday")))
        .collect();
    let calendar = Calendar::first_edition();
    let days: Vec<(NaiveDate, bool)> = day(2023, 1, 1)
        .iter_days()
        .take_while(|date| *date < day(2027, 5, 1))
        .map(|date| (date, is_working(&table, date)))
        .collect();

    let mut compared = 0;
    for (index, (start, working)) in days.iter().enumerate().take_while(|(_, (date, _))| date.year() <= 2026) {
        assert_eq!(calendar.is_working(*start), *working, "{start}");
        let dues = days[index + 1..].iter().filter(|(_, working)| *working).map(|(date, _)| *date);
        for (limit, date) in (1..=LONGEST_LIMIT).zip(dues) {
            let due = calendar.after(*start, WorkingDays(limit));
            assert_eq!(due, Due { date, provisional: date.year() > 2026 }, "{start} + {limit}");
            compared += 1;
        }
    }
    assert_eq!(compared, 1461 * u32::from(LONGEST_LIMIT));
}
