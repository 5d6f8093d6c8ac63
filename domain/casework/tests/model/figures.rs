//! 窗口统计 of a case: what it was told, when time accepted it, and how late its checks were (clauses B2-4, C3-2; rule L6).

use std::collections::BTreeSet;

use casework::{Case, Stage};
use chrono::{Datelike, NaiveDate};
use kernel::{Calendar, Instant};

use super::{Came, Model, due};

impl Model {
    /// From when the check counts that runs now.
    pub(super) fn running_check(&self) -> Option<Came> {
        (self.stage == Stage::UnderCheck && !self.waits).then_some(self.check_from)
    }

    /// Of a check that ran until this day, if it runs no more.
    pub(super) fn check_ends(&mut self, ran: Option<Came>, on: NaiveDate) {
        let over = ran.filter(|_| self.running_check().is_none());
        self.checks.extend(over.map(|from| (from, on)));
    }

    /// What counts against the window, in all and in this month alone, as the case has it. What was left open has limits of
    /// its own, by which a day may be late besides.
    pub(crate) fn agrees_on_figures(&self, case: &Case, now: Instant, calendar: &Calendar, what: &str) {
        let today = now.day();
        let first = today.with_day(1).unwrap();
        for days in [NaiveDate::MIN..=today, first..=today] {
            let count = case.window_count(&days, calendar, today);
            let told: Vec<_> = self.rounds.iter().filter(|round| days.contains(&round.told_at.day())).collect();
            let counted = (count.notices, count.second_notices, count.deemed);
            let deemed = self.deemed.iter().filter(|on| days.contains(*on)).count();
            let expected = (told.len(), told.iter().filter(|round| round.allowed).count(), deemed);
            assert_eq!(counted, expected, "{what}: notices, second notices and deemed acceptances of {days:?}");
            let late: BTreeSet<_> = self.late(today, calendar).filter(|day| days.contains(day)).collect();
            let all = if self.was_conditional { count.late.is_superset(&late) } else { count.late == late };
            assert!(all, "{what}: late on {:?} and not {late:?} in {days:?}", count.late);
        }
    }

    /// Each working day after the last one of a check, through the day on which it was over.
    fn late(&self, today: NaiveDate, calendar: &Calendar) -> impl Iterator<Item = NaiveDate> {
        let running = self.running_check().map(|from| (from, today));
        let after_the_last = move |(from, until): (Came, NaiveDate)| {
            let last = due(calendar, from.counts_from(calendar), 5);
            last.iter_days().skip(1).take_while(move |day| *day <= until)
        };
        let late = self.checks.iter().copied().chain(running).flat_map(after_the_last);
        late.filter(move |day| calendar.is_working(*day))
    }
}
