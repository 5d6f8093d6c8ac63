//! Days, counted one by one by the calendar in force.

use chrono::{Days, NaiveDate, Timelike};
use kernel::{Calendar, Instant};

fn next_working_day(calendar: &Calendar, day: NaiveDate) -> NaiveDate {
    due(calendar, day, 1)
}

/// The last of so many working days after `start`, counted one by one.
pub(super) fn due(calendar: &Calendar, start: NaiveDate, days: u16) -> NaiveDate {
    let mut day = start;
    for _ in 0..days {
        day = day + Days::new(1);
        while !calendar.is_working(day) {
            day = day + Days::new(1);
        }
    }
    day
}

/// 收到之日, the hall closing at five: what came when it was closed counts from the next working day, whichever that is by
/// the calendar in force.
#[derive(Clone, Copy, Debug)]
pub(super) struct Came {
    day: NaiveDate,
    late: bool,
}

pub(super) fn received_on(calendar: &Calendar, at: Instant) -> Came {
    let open = calendar.is_working(at.day()) && at.local().hour() < 17;
    Came { day: at.day(), late: !open }
}

impl Came {
    pub(super) fn counts_from(self, calendar: &Calendar) -> NaiveDate {
        if self.late { next_working_day(calendar, self.day) } else { self.day }
    }
}
