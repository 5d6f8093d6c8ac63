//! The working calendar against a table made another way: the reference file read by hand into a plain set of working
//! days, and a walk over them one day at a time.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeSet, HashMap};

use chrono::{Datelike, Days, NaiveDate};
use kernel::{
    Calendar, Due, WorkingDays,
    calendar::{Arrangement, Override},
    ledger::{Ledger, LimitKind},
};
use proptest::{collection::vec, prelude::*};

const LONGEST_LIMIT: u16 = 60;
const FIRST_PUBLISHED: i32 = 2023;
const LAST_PUBLISHED: i32 = 2026;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn new_year(year: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, 1, 1).unwrap()
}

fn in_plain_week(date: NaiveDate) -> bool {
    date.weekday().number_from_monday() <= 5
}

fn days(first: &str, last: &str) -> impl Iterator<Item = NaiveDate> {
    let last = day(last);
    day(first).iter_days().take_while(move |date| *date <= last)
}

/// Monday to Friday of 2022 to mid-2027, then line by line what the notices say.
fn working_days() -> BTreeSet<NaiveDate> {
    let mut working: BTreeSet<NaiveDate> = days("2022-01-01", "2027-06-30").filter(|d| in_plain_week(*d)).collect();
    for line in include_str!("../data/cn_holidays.csv").lines().skip(1) {
        let columns: Vec<&str> = line.split(',').collect();
        match columns[1] {
            "workday" => assert!(working.insert(day(columns[0])), "{line}: already a working day"),
            "holiday" => _ = working.remove(&day(columns[0])),
            other => panic!("{other}"),
        }
    }
    working
}

/// The table itself: the numbers of working days that the State Council's notices give.
#[test]
fn the_table_has_the_published_number_of_working_days() {
    let working = working_days();
    let in_year = |year| working.iter().filter(|date| date.year() == year).count();
    assert_eq!([2023, 2024, 2025, 2026].map(in_year), [249, 251, 248, 248]);
    let calendar = Calendar::first_edition();
    for date in days("2022-01-01", "2027-06-30") {
        assert_eq!(calendar.is_working(date), working.contains(&date), "{date}");
    }
}

/// Rule L1, 行政许可法 art. 82: every day of 2023 to 2026, every limit of 1 to 60 working days, of the calendar and of a
/// plain ledger. A date is provisional exactly when the walk to it leaves the published years.
#[test]
fn every_limit_from_every_day_ends_where_a_walk_ends() {
    let working = working_days();
    let calendar = Calendar::first_edition();
    let mut compared = 0;
    let mut provisional_dates = 0;
    for start in days("2023-01-01", "2026-12-31") {
        let (mut date, mut left_published) = (start, false);
        for limit in (1..=LONGEST_LIMIT).map(WorkingDays) {
            loop {
                date = date.succ_opt().unwrap();
                left_published |= date.year() > LAST_PUBLISHED;
                if working.contains(&date) {
                    break;
                }
            }
            let due = Due { date, provisional: left_published };
            assert_eq!(calendar.after(start, limit), due, "{start} + {limit}");
            let ledger = Ledger::new(LimitKind::Statutory, limit, start);
            assert_eq!(ledger.due(&calendar, start), due, "ledger of {start} + {limit}");
            compared += 1;
            provisional_dates += u32::from(left_published);
        }
    }
    assert_eq!(compared, 1461 * u32::from(LONGEST_LIMIT));
    assert!(provisional_dates > 0 && provisional_dates < compared / 10);
}

/// Rule L1: the vectors on which five independent calendars agree, and New Year 2027, which no notice names yet.
/// The day a clock starts is not walked: of what year it is does not matter.
#[test]
fn limits_end_where_independent_calendars_say() {
    let calendar = Calendar::first_edition();
    let vectors = [
        ("2023-09-28", 5, "2023-10-11", false),
        ("2024-02-09", 10, "2024-02-29", false),
        ("2025-01-26", 1, "2025-01-27", false),
        ("2026-04-30", 1, "2026-05-06", false),
        ("2026-12-30", 1, "2026-12-31", false),
        ("2026-12-31", 1, "2027-01-01", true),
        ("2022-12-30", 1, "2023-01-03", true),
        ("2022-12-31", 1, "2023-01-03", false),
    ];
    for (start, limit, date, provisional) in vectors {
        let due = Due { date: day(date), provisional };
        assert_eq!(calendar.after(day(start), WorkingDays(limit)), due, "{start} + {limit}");
    }
}

prop_compose! {
    fn any_day()(days in 0u64..2000) -> NaiveDate {
        day("2022-11-01") + Days::new(days)
    }
}

prop_compose! {
    fn any_override()(
        date in prop_oneof![9 => any_day(), 1 => (2022..2029).prop_map(new_year)], works in any::<bool>(),
    ) -> Override {
        let kind = if works { Arrangement::Workday } else { Arrangement::Holiday };
        Override { date, kind, name: "调整".into() }
    }
}

/// A later notice: up to 30 days anywhere, of published years and of years not yet published.
fn any_edition() -> impl Strategy<Value = Vec<Override>> {
    vec(any_override(), 0..30)
}

proptest! {
    /// Rule L1: the newer notice decides the days it names, the older the others, and plain weeks the rest.
    #[test]
    fn a_newer_edition_decides_the_days_it_names(edition in any_edition(), date in any_day()) {
        let named: HashMap<NaiveDate, bool> =
            edition.iter().map(|o| (o.date, o.kind == Arrangement::Workday)).collect();
        let working = working_days();
        let newer: Calendar = edition.into_iter().collect();
        let merged = Calendar::first_edition().merged_with(&newer);
        for date in named.keys().copied().chain([date]) {
            let older = if date > day("2027-06-30") { in_plain_week(date) } else { working.contains(&date) };
            prop_assert_eq!(merged.is_working(date), named.get(&date).copied().unwrap_or(older), "{}", date);
        }
        prop_assert_eq!(merged.merged_with(&newer), merged.clone(), "an edition imported twice is imported once");
        prop_assert_eq!(merged.merged_with(&Calendar::default()), merged);
    }

    /// Rule L1: a date is provisional exactly when some day walked to it is of a year whose 元旦 neither edition has.
    /// So no edition makes dates provisional that stay where they were.
    #[test]
    fn only_a_walk_through_an_unpublished_year_is_provisional(
        edition in any_edition(), start in any_day(), limit in 1u16..300,
    ) {
        let told: Vec<i32> = edition.iter().filter(|o| o.date == new_year(o.date.year())).map(|o| o.date.year()).collect();
        let older = Calendar::first_edition();
        let merged = older.merged_with(&edition.into_iter().collect());
        let published: BTreeSet<i32> = (FIRST_PUBLISHED..=LAST_PUBLISHED).chain(told).collect();
        let due = merged.after(start, WorkingDays(limit));
        let mut walked = start.iter_days().skip(1).take_while(|date| *date <= due.date);
        prop_assert_eq!(due.provisional, walked.any(|date| !published.contains(&date.year())));

        let before = older.after(start, WorkingDays(limit));
        prop_assert!(before.provisional || !due.provisional || due.date > before.date);
    }
}
