//! 地方口径: the hall's own calendar beside the legal one (rules L1, L6).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use chrono::{NaiveDate, Weekday};
use kernel::{
    Calendar, Due, Instant, Practice, WorkingDays,
    calendar::{Arrangement, Override},
    ledger::LimitKind,
};

fn at(time: &str) -> Instant {
    Instant::parse(&format!("{time}:00+08:00")).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn open_on_saturdays() -> Practice {
    Practice { weekend_opening: vec![Weekday::Sat], ..Practice::default() }
}

/// Rule L6: what comes on a Saturday on which the hall is open has come on that day; on a public holiday it is closed.
#[test]
fn weekend_opening_says_when_something_has_come() {
    let calendar = Calendar::first_edition();
    let (usual, open) = (Practice::default(), open_on_saturdays());
    let came = |practice: &Practice, time: &str| practice.day_of_receipt(at(time), &calendar);
    assert_eq!(came(&usual, "2026-03-07T10:00"), day("2026-03-09"));
    assert_eq!(came(&open, "2026-03-07T10:00"), day("2026-03-07"));
    assert_eq!(came(&open, "2026-03-07T18:00"), day("2026-03-09"), "after hours");
    assert_eq!(came(&open, "2026-03-08T10:00"), day("2026-03-09"), "on a Sunday");
    assert_eq!(came(&open, "2026-10-03T10:00"), day("2026-10-08"), "on a Saturday of the National Day");
    for practice in [&usual, &open] {
        assert_eq!(came(practice, "2026-10-10T10:00"), day("2026-10-10"), "a make-up Saturday is a working day");
    }
}

/// Rule L1: the hall's calendar is not the legal one: no limit counts its Saturdays, and nobody is reminded on them.
#[test]
fn no_limit_counts_a_weekend_opening() {
    let calendar = Calendar::first_edition();
    let (usual, open) = (Practice::default(), open_on_saturdays());
    let friday = day("2026-03-06");
    for budget in 0..60 {
        let due =
            |practice: &Practice| practice.limit(LimitKind::Check, WorkingDays(budget), friday).due(&calendar, friday);
        assert_eq!(due(&usual), due(&open));
    }
    let saturday = at("2026-03-07T10:00");
    assert!(!open.at_work(saturday, &calendar));
    assert_eq!(open.next_at_work(saturday, &calendar), at("2026-03-09T08:30"));
}

/// Rules L1, L6: what came when the hall was closed starts on the next working day by whatever calendar is in force, so that a
/// holiday that is announced later moves that day, too.
#[test]
fn what_came_after_hours_starts_by_the_calendar_in_force() {
    let old = Calendar::first_edition();
    let new_year = Override { date: day("2027-01-01"), kind: Arrangement::Holiday, name: "元旦".into() };
    let new = old.merged_with(&Calendar::from_iter([new_year]));
    let from = |time: &str| {
        Practice::default().limit_from_receipt(LimitKind::Check, WorkingDays(5), at(time), &Calendar::first_edition())
    };
    let (late, eve) = (from("2026-12-31T18:00"), day("2026-12-31"));
    assert_eq!((late.starts_on(&old), late.starts_on(&new)), (day("2027-01-01"), day("2027-01-04")));
    assert_eq!(late.due(&old, eve), Due { date: day("2027-01-08"), provisional: true });
    assert_eq!(late.due(&new, eve), Due { date: day("2027-01-11"), provisional: false });
    let lines = late.explain(&new, eve);
    assert_eq!(lines.first().map(|line| (line.date, line.counted)), Some((day("2027-01-04"), false)));
    assert_eq!(lines.iter().filter(|line| line.counted).count(), 5);
    let in_time = from("2026-12-31T10:00");
    assert_eq!((in_time.came, in_time.starts_on(&new)), (None, eve));
}

/// Clause B5-1: where practice counts the first day, an offer is still not over in the night after it was made; and it is over
/// at midnight, by whatever calendar is in force.
#[test]
fn an_offer_never_counts_its_own_day() {
    let (calendar, friday) = (Calendar::first_edition(), day("2026-03-06"));
    let saturday = Override { date: day("2026-03-07"), kind: Arrangement::Workday, name: "试验班".into() };
    let worked = calendar.merged_with(&Calendar::from_iter([saturday]));
    for day_zero_counts in [false, true] {
        let practice = Practice { day_zero_counts, ..Practice::default() };
        let limit = practice.answer_limit(LimitKind::HandOver, friday);
        assert_eq!(limit.over_at(&calendar, friday), at("2026-03-10T00:00"));
        assert_eq!(limit.over_at(&worked, friday), at("2026-03-08T00:00"));
    }
}
