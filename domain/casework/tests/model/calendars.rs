//! Editions of the calendar, and a limit read by one of them day by day.

use std::sync::LazyLock;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use kernel::{
    Calendar, Due,
    calendar::{Arrangement, Override},
    ledger::Ledger,
};

/// As first shipped; with every Wednesday off; with every Saturday worked; with the next year told of.
static EDITIONS: LazyLock<[Calendar; 4]> = LazyLock::new(|| {
    let first = Calendar::first_edition();
    let over = |newer: Calendar| first.merged_with(&newer);
    let days_off = over(every(Weekday::Wed, Arrangement::Holiday));
    let days_worked = over(every(Weekday::Sat, Arrangement::Workday));
    let next_year = over(Calendar::from_iter([moved(day(2027, 1, 1), Arrangement::Holiday)]));
    [first, days_off, days_worked, next_year]
});

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn moved(date: NaiveDate, kind: Arrangement) -> Override {
    Override { date, kind, name: "试验".into() }
}

/// In the year of the lives, from a little before they begin.
fn every(weekday: Weekday, kind: Arrangement) -> Calendar {
    let days = day(2026, 2, 1).iter_days().take_while(|date| date.year() == 2026);
    days.filter(|date| date.weekday() == weekday).map(|date| moved(date, kind)).collect()
}

pub(crate) fn edition(nth: u8) -> &'static Calendar {
    &EDITIONS[usize::from(nth) % EDITIONS.len()]
}

/// Day by day: the working days outside every interval, until they are as many as the budget. What came when the hall was
/// closed starts on the next working day by this calendar.
pub(crate) fn due_by_hand(ledger: &Ledger, calendar: &Calendar, today: NaiveDate) -> Due {
    let out = |day: NaiveDate| ledger.suspensions.iter().any(|it| it.from <= day && day <= it.until.unwrap_or(today));
    let opens = |came: NaiveDate| came.iter_days().skip(1).find(|date| calendar.is_working(*date)).unwrap();
    let start = ledger.came.map_or(ledger.start, opens);
    let (mut left, mut date) = (ledger.total().0, start);
    while left > 0 {
        date = date + Days::new(1);
        left -= u16::from(calendar.is_working(date) && !out(date));
    }
    let told = |year: i32| calendar.overrides().any(|it| it.date == day(year, 1, 1));
    let first = (start + Days::new(1)).min(date);
    Due { date, provisional: (first.year()..=date.year()).any(|year| !told(year)) }
}
