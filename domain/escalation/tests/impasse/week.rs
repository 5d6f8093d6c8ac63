//! 周 as ISO 8601 writes it, over the year's end too.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use escalation::Week;
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Clause D4-1
#[test]
fn a_week_belongs_to_the_year_of_its_thursday() {
    for (date, week) in [
        ("2025-12-28", "2025-W52"),
        ("2025-12-29", "2026-W01"),
        ("2026-01-04", "2026-W01"),
        ("2026-01-05", "2026-W02"),
        ("2026-12-31", "2026-W53"),
        ("2027-01-03", "2026-W53"),
        ("2027-01-04", "2027-W01"),
    ] {
        assert_eq!(Week::of(day(date)).to_string(), week, "{date}");
    }
    let last: Week = "2026-W53".parse().unwrap();
    assert_eq!((last.monday(), last.sunday()), (day("2026-12-28"), day("2027-01-03")));
    assert_eq!(last.next(), "2027-W01".parse().unwrap());
}

#[test]
fn what_is_no_week_is_refused() {
    for text in
        ["", "2026", "2026-48", "2026-W0", "2026-W00", "2026-W54", "2025-W53", "2026-w48", "2026-W+8", "２０２６-W48"]
    {
        assert!(text.parse::<Week>().is_err(), "{text}");
        assert!(serde_json::from_value::<Week>(text.into()).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn a_week_reads_as_it_was_written(offset in 0_u64..40_000) {
        let date = day("1990-01-01") + Days::new(offset);
        let week = Week::of(date);
        prop_assert!(week.monday() <= date && date <= week.sunday());
        prop_assert_eq!(week.monday().weekday(), Weekday::Mon);
        prop_assert_eq!(week.sunday() - week.monday(), chrono::Duration::days(6));
        prop_assert_eq!(week.to_string().parse::<Week>(), Ok(week));
        prop_assert_eq!(serde_json::from_value::<Week>(serde_json::to_value(week).unwrap()).unwrap(), week);
        prop_assert_eq!(week.next().monday(), week.sunday().succ_opt().unwrap());
        prop_assert!(week < week.next());
    }
}
