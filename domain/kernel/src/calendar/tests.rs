#![expect(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn after(start: &str, limit: u16) -> (String, bool) {
    let due = Calendar::first_edition().after(day(start), WorkingDays(limit));
    (due.date.to_string(), due.provisional)
}

/// Rule L1, 行政许可法 art. 82: the vectors of five independent calendars.
#[test]
fn limits_end_where_independent_calendars_say() {
    assert_eq!(after("2023-09-28", 5), ("2023-10-11".to_owned(), false));
    assert_eq!(after("2024-02-09", 10), ("2024-02-29".to_owned(), false));
    assert_eq!(after("2025-01-26", 1), ("2025-01-27".to_owned(), false));
    assert_eq!(after("2026-04-30", 1), ("2026-05-06".to_owned(), false));
}

/// Rule L1: New Year 2027 is a holiday that no notice names yet.
#[test]
fn a_date_beyond_the_last_notice_is_provisional() {
    assert!(after("2026-12-31", 1).1);
    assert!(!after("2026-12-30", 1).1);
    assert_eq!(after("2026-12-31", 0), ("2026-12-31".to_owned(), false));
    assert_eq!(Calendar::first_edition().published_through(), day("2026-12-31"));
}

#[test]
fn a_date_before_the_first_notice_or_in_a_gap_is_provisional() {
    assert!(after("2022-12-29", 3).1);
    let gap = Calendar::parse("date,kind,name\n2023-01-01,holiday,元旦\n2025-01-01,holiday,元旦\n").unwrap();
    assert!(gap.after(day("2023-12-29"), WorkingDays(300)).provisional);
    assert!(!gap.after(day("2023-12-28"), WorkingDays(1)).provisional);
    assert!(Calendar::default().after(day("2025-06-02"), WorkingDays(1)).provisional);
}

/// Rule L1: a single day of a year that is changed before its notice settles nothing of that year.
#[test]
fn one_changed_day_publishes_no_year() {
    let newer = Calendar::parse("date,kind,name\n2027-10-01,holiday,国庆节\n").unwrap();
    let calendar = Calendar::first_edition().merged_with(&newer);
    assert_eq!(calendar.after(day("2026-12-31"), WorkingDays(1)), Due { date: day("2027-01-01"), provisional: true });
    assert_eq!(calendar.published_through(), day("2026-12-31"));
    assert!(!calendar.is_working(day("2027-10-01")));
}

#[test]
fn every_kind_of_day_is_told_apart() {
    let calendar = Calendar::first_edition();
    assert_eq!(calendar.kind(day("2026-10-09")), DayKind::Workday);
    assert_eq!(calendar.kind(day("2026-10-11")), DayKind::Weekend);
    assert_eq!(calendar.kind(day("2026-10-04")), DayKind::Holiday("国庆节"));
    assert_eq!(calendar.kind(day("2026-10-10")), DayKind::MakeUpWorkday("国庆节"));
    assert_eq!(calendar.kind(day("2026-10-10")).to_string(), "调休上班（国庆节）");
    assert!(calendar.is_working(day("2024-02-09")), "除夕 was an ordinary working day in 2024");
    assert_eq!(calendar.next_working_day(day("2026-09-30")).date, day("2026-10-08"));
}

#[test]
fn each_year_has_its_published_number_of_working_days() {
    let calendar = Calendar::first_edition();
    let in_year = |year| {
        let last_of = |year| NaiveDate::from_ymd_opt(year, 12, 31).unwrap();
        calendar.working_days_between(last_of(year - 1), last_of(year))
    };
    assert_eq!([2023, 2024, 2025, 2026].map(in_year), [249, 251, 248, 248]);
}

#[test]
fn faults_name_their_line() {
    let csv = "date,kind,name\n2027-01-01,holiday,元旦\n2027-02-30,holiday,春节\n2027-1-2,holiday,元旦\n\
               2027-01-03,feast,元旦\n2027-01-01,workday,元旦\n2027-01-04,holiday\n2027-01-05,holiday,\n\
               1800-01-01,holiday,元旦\n";
    let faults = Calendar::parse(csv).unwrap_err();
    assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(faults[3].to_string(), "第6行：日期2027-01-01与第2行重复");
    assert_eq!(Calendar::parse("").unwrap_err()[0].to_string(), "第1行：首行应为 date,kind,name");
    assert_eq!(Calendar::parse("date,kind,name\n").unwrap_err()[0].to_string(), "第1行：没有任何日期");
}

#[test]
fn a_file_saved_by_a_spreadsheet_is_read() {
    let calendar = Calendar::parse("\u{feff}date,kind,name\r\n2027-01-01,holiday,元旦\r\n\r\n").unwrap();
    assert_eq!(calendar.kind(day("2027-01-01")), DayKind::Holiday("元旦"));
}

/// Rule L1: a later notice moves days, and can take a holiday back.
#[test]
fn a_newer_edition_wins_day_by_day() {
    let newer = "date,kind,name\n2026-10-07,workday,国庆节\n2027-01-01,holiday,元旦\n";
    let merged = Calendar::first_edition().merged_with(&Calendar::parse(newer).unwrap());
    assert_eq!(merged.kind(day("2026-10-07")), DayKind::Workday);
    assert_eq!(merged.kind(day("2026-10-06")), DayKind::Holiday("国庆节"));
    assert_eq!(merged.after(day("2026-12-31"), WorkingDays(1)), Due { date: day("2027-01-04"), provisional: false });
    assert_eq!(merged.overrides().cloned().collect::<Calendar>(), merged);
}

#[test]
fn absurd_dates_saturate() {
    let calendar = Calendar::first_edition();
    for start in [NaiveDate::MIN, Calendar::FIRST, Calendar::LAST, NaiveDate::MAX] {
        let due = calendar.after(start, WorkingDays(u16::MAX));
        assert!(due.date >= start && due.provisional);
        calendar.kind(start);
        calendar.working_days_between(start, NaiveDate::MAX);
    }
}

prop_compose! {
    fn any_day()(days in 0i64..2600) -> NaiveDate {
        day("2022-06-01") + chrono::Duration::days(days)
    }
}

proptest! {
    /// The limit of a sum ends with the sum of the limits.
    #[test]
    fn limits_add_up(start in any_day(), one in 0u16..400, two in 0u16..400) {
        let calendar = Calendar::first_edition();
        let first = calendar.after(start, WorkingDays(one)).date;
        prop_assert_eq!(
            calendar.after(first, WorkingDays(two)).date,
            calendar.after(start, WorkingDays(one + two)).date
        );
    }

    #[test]
    fn counting_back_gives_the_limit(start in any_day(), limit in 1u16..10_000) {
        let calendar = Calendar::first_edition();
        let due = calendar.after(start, WorkingDays(limit)).date;
        prop_assert!(calendar.is_working(due));
        prop_assert_eq!(calendar.working_days_between(start, due), i64::from(limit));
        prop_assert_eq!(calendar.working_days_between(due, start), -i64::from(limit));
    }
}
