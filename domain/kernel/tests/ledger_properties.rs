//! Properties of the time-limit ledger, and the ledger against a model that walks one day at a time.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use chrono::{Days, NaiveDate, TimeDelta};
use kernel::{
    Calendar, Role, Text, WorkingDays,
    access::Signature,
    calendar::{Arrangement, Override},
    ledger::{DayLine, Extension, Ground, Ledger, Light, LimitKind, Suspension, Thresholds, binding},
};
use proptest::{collection::vec, option, prelude::*, sample::Index};

/// More days than any ledger made here can run.
const HORIZON: usize = 2000;

const AMBER: Thresholds = Thresholds { amber_days: WorkingDays(2) };

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn shifted(date: NaiveDate, days: i64) -> NaiveDate {
    date + TimeDelta::days(days)
}

fn extension(days: u16) -> Extension {
    Extension {
        days: WorkingDays(days),
        approved_on: day("2025-03-03"),
        approved_by: Signature { role: Role::Approver, code: "fgw-001".to_owned(), through: None },
        reason: Text::new("案情复杂").unwrap(),
    }
}

fn suspension(from: NaiveDate, until: Option<NaiveDate>) -> Suspension {
    Suspension { from, until, ground: Ground::Testing }
}

/// Days relative to the ledger's start, so that many lie before it, within it and after its due date. An interval
/// without a length is open; one of negative length covers nothing.
#[derive(Clone, Debug)]
enum Interval {
    At { offset: i64, length: Option<i64> },
    AfterThePrevious { length: i64 },
}

fn any_interval() -> impl Strategy<Value = Interval> {
    prop_oneof![
        4 => (-30i64..150, option::weighted(0.75, -2i64..60))
            .prop_map(|(offset, length)| Interval::At { offset, length }),
        1 => (0i64..20).prop_map(|length| Interval::AfterThePrevious { length }),
    ]
}

fn suspensions(start: NaiveDate, intervals: &[Interval]) -> Vec<Suspension> {
    let mut next = start;
    let placed = intervals.iter().map(|interval| {
        let (from, length) = match *interval {
            Interval::At { offset, length } => (shifted(start, offset), length),
            Interval::AfterThePrevious { length } => (next, Some(length)),
        };
        let until = length.map(|days| shifted(from, days));
        next = until.unwrap_or(from) + Days::new(1);
        suspension(from, until)
    });
    placed.collect()
}

prop_compose! {
    fn any_start()(days in 0i64..1200) -> NaiveDate {
        shifted(day("2023-06-01"), days)
    }
}

prop_compose! {
    /// A ledger and a day on which to look at it.
    fn any_reading()(
        start in any_start(), counts_start in any::<bool>(), budget in prop_oneof![1 => 0u16..4, 2 => 4u16..60],
        intervals in vec(any_interval(), 0..=4), extended in vec(0u16..20, 0..=2),
        stopped in option::weighted(0.2, -5i64..200), today in -10i64..250,
    ) -> (Ledger, NaiveDate) {
        let ledger = Ledger {
            counts_start,
            suspensions: suspensions(start, &intervals),
            extensions: extended.into_iter().map(extension).collect(),
            stopped: stopped.map(|days| shifted(start, days)),
            ..Ledger::new(LimitKind::Statutory, WorkingDays(budget), start)
        };
        (ledger, shifted(start, today))
    }
}

prop_compose! {
    fn any_override(around: NaiveDate)(days in -20i64..150, works in any::<bool>()) -> Override {
        let kind = if works { Arrangement::Workday } else { Arrangement::Holiday };
        Override { date: shifted(around, days), kind, name: "调整".into() }
    }
}

prop_compose! {
    /// A reading, and a later notice that names days about it.
    fn any_reading_and_edition()(reading in any_reading())(
        edition in vec(any_override(reading.0.start), 1..6), reading in Just(reading),
    ) -> ((Ledger, NaiveDate), Calendar) {
        (reading, edition.into_iter().collect())
    }
}

/// The model: the days that count, found one at a time.
struct Model {
    start: NaiveDate,
    as_of: NaiveDate,
    total: usize,
    counted: Vec<NaiveDate>,
}

/// Whether `day` counts, as things stand on `as_of`. The first day of a limit of no days never does.
fn counts(ledger: &Ledger, calendar: &Calendar, as_of: NaiveDate, day: NaiveDate) -> bool {
    let running = day > ledger.start || (day == ledger.start && ledger.counts_start && total(ledger) > 0);
    let suspended = ledger.suspensions.iter().any(|s| s.from <= day && day <= s.until.unwrap_or(as_of));
    running && calendar.is_working(day) && !suspended
}

fn total(ledger: &Ledger) -> usize {
    ledger.extensions.iter().map(|e| usize::from(e.days.0)).sum::<usize>() + usize::from(ledger.budget.0)
}

impl Model {
    fn new(ledger: &Ledger, calendar: &Calendar, today: NaiveDate) -> Self {
        let as_of = ledger.stopped.map_or(today, |stopped| stopped.min(today));
        let days = ledger.start.iter_days().take(HORIZON);
        let counted = days.filter(|day| counts(ledger, calendar, as_of, *day)).collect();
        Self { start: ledger.start, as_of, total: total(ledger), counted }
    }

    /// The day on which the count reaches `count`; a count of none is reached on the day the clock starts.
    fn reaches(&self, count: usize) -> NaiveDate {
        count.checked_sub(1).map_or(self.start, |index| self.counted[index])
    }

    fn due(&self) -> NaiveDate {
        self.reaches(self.total)
    }

    fn amber_from(&self, thresholds: &Thresholds) -> NaiveDate {
        self.reaches(self.total.saturating_sub(usize::from(thresholds.amber_days.0)))
    }

    fn light(&self, thresholds: &Thresholds) -> Light {
        match self.as_of {
            day if day > self.due() => Light::Red,
            day if day >= self.amber_from(thresholds) => Light::Amber,
            _ => Light::Green,
        }
    }

    fn used(&self) -> i64 {
        i64::try_from(self.counted.iter().filter(|day| **day <= self.as_of).count()).unwrap()
    }
}

fn days_counted(lines: &[DayLine]) -> Vec<(NaiveDate, Option<u32>)> {
    lines.iter().map(|line| (line.date, line.ordinal)).collect()
}

fn whole(total: WorkingDays) -> i64 {
    i64::from(total.0)
}

proptest! {
    /// Rules L1, L2, L5: every figure of a ledger, on any day, under any calendar.
    #[test]
    fn a_ledger_agrees_with_a_walk(((ledger, today), edition) in any_reading_and_edition(), amber in 0u16..5) {
        let calendar = Calendar::first_edition().merged_with(&edition);
        let thresholds = Thresholds { amber_days: WorkingDays(amber) };
        let model = Model::new(&ledger, &calendar, today);
        prop_assert_eq!(ledger.due(&calendar, today).date, model.due());
        prop_assert_eq!(ledger.used(&calendar, today), model.used());
        prop_assert_eq!(ledger.remaining(&calendar, today), whole(ledger.total()) - model.used());
        prop_assert_eq!(ledger.amber_from(&calendar, today, &thresholds), model.amber_from(&thresholds));
        prop_assert_eq!(ledger.light(&calendar, today, &thresholds), model.light(&thresholds));
        prop_assert_eq!(ledger.is_overdue(&calendar, today), model.as_of > model.due());
    }

    /// Rules L1, L2, L5: the explanation is the walk: each day once, as many counted as the limit has, each of the
    /// others for the article that takes it out.
    #[test]
    fn an_explanation_adds_up((ledger, today) in any_reading()) {
        let calendar = Calendar::first_edition();
        let model = Model::new(&ledger, &calendar, today);
        let lines = ledger.explain(&calendar, today);
        let dates: Vec<NaiveDate> = lines.iter().map(|line| line.date).collect();
        let walked: Vec<NaiveDate> = ledger.start.iter_days().take_while(|date| *date <= model.due()).collect();
        prop_assert_eq!(dates, walked);
        let counted: Vec<NaiveDate> = lines.iter().filter(|line| line.counted).map(|line| line.date).collect();
        prop_assert_eq!(&counted[..], &model.counted[..model.total]);
        let ordinals: Vec<u32> = lines.iter().filter_map(|line| line.ordinal).collect();
        prop_assert_eq!(ordinals, (1..=u32::from(ledger.total().0)).collect::<Vec<_>>());
        for line in &lines {
            prop_assert_eq!(line.counted, line.ordinal.is_some());
            let article = match line.ordinal {
                Some(ordinal) if ordinal > u32::from(ledger.budget.0) => "《行政许可法》第四十二条",
                None if line.date == ledger.start && !(ledger.counts_start && model.total > 0) => "《民法典》第二百零一条",
                None if line.reason.starts_with(Ground::Testing.label()) => "《行政许可法》第四十五条",
                _ => "《行政许可法》第八十二条",
            };
            prop_assert_eq!(line.article, article, "{}", line.date);
        }
        let walked_provisional = lines.iter().skip(usize::from(!ledger.counts_start)).any(|line| line.provisional);
        prop_assert!(lines.len() == 1 || ledger.due(&calendar, today).provisional == walked_provisional);
    }

    /// Rule L5
    #[test]
    fn a_suspension_never_makes_a_date_earlier((ledger, today) in any_reading(), more in any_interval()) {
        let calendar = Calendar::first_edition();
        let mut longer = ledger.clone();
        longer.suspensions.extend(suspensions(ledger.start, &[more]));
        prop_assert!(longer.due(&calendar, today).date >= ledger.due(&calendar, today).date);
        prop_assert!(longer.amber_from(&calendar, today, &AMBER) >= ledger.amber_from(&calendar, today, &AMBER));
        prop_assert!(longer.used(&calendar, today) <= ledger.used(&calendar, today));
    }

    /// Rules L2 and L3
    #[test]
    fn an_extension_never_moves_a_date_earlier((ledger, today) in any_reading(), days in 1u16..30) {
        let calendar = Calendar::first_edition();
        let mut longer = ledger.clone();
        longer.extensions.push(extension(0));
        prop_assert_eq!(longer.due(&calendar, today), ledger.due(&calendar, today));
        longer.extensions.push(extension(days));
        let due = ledger.due(&calendar, today).date;
        if ledger.counts_start && ledger.total().0 == 0 {
            prop_assert!(longer.due(&calendar, today).date >= due, "only now there is a first day that counts");
        } else {
            prop_assert!(longer.due(&calendar, today).date >= due + Days::new(u64::from(days)));
            prop_assert_eq!(longer.used(&calendar, today), ledger.used(&calendar, today));
        }
    }

    /// Rule L1: where nothing suspends, the rest of a limit runs from where its first part ends.
    #[test]
    fn the_due_of_a_sum_is_the_sum_of_the_dues(start in any_start(), one in 0u16..60, two in 0u16..60) {
        let calendar = Calendar::first_edition();
        let due = |start, days| Ledger::new(LimitKind::Statutory, WorkingDays(days), start).due(&calendar, start).date;
        prop_assert_eq!(due(due(start, one), two), due(start, one + two));
        let mut extended = Ledger::new(LimitKind::Statutory, WorkingDays(one), start);
        extended.extensions.push(extension(two));
        prop_assert_eq!(extended.due(&calendar, start).date, due(start, one + two));
    }

    /// Rule L5: however an interval is cut into pieces that overlap or adjoin, repeated or put in another order, its
    /// days are left out once.
    #[test]
    fn an_overlap_counts_once(
        (ledger, today) in any_reading(), from in -20i64..100, length in 0i64..40, cut in 0i64..40, overlap in 0i64..10,
    ) {
        let calendar = Calendar::first_edition();
        let from = shifted(ledger.start, from);
        let until = shifted(from, length);
        let middle = shifted(from, cut.min(length));
        let with = |more: Vec<Suspension>| {
            let suspensions = ledger.suspensions.iter().cloned().chain(more).collect();
            Ledger { suspensions, ..ledger.clone() }
        };
        let once = with(vec![suspension(from, Some(until))]);
        let mut pieces = with(vec![
            suspension(from, Some(middle)),
            suspension(shifted(middle, 1 - overlap).max(from), Some(until)),
            suspension(from, Some(middle)),
        ]);
        pieces.suspensions.reverse();
        prop_assert_eq!(pieces.due(&calendar, today), once.due(&calendar, today));
        prop_assert_eq!(pieces.used(&calendar, today), once.used(&calendar, today));
        let told = [&pieces, &once].map(|ledger| days_counted(&ledger.explain(&calendar, today)));
        prop_assert_eq!(&told[0], &told[1]);
    }

    /// Rules L2 and L5: each day uses itself if it counts, and nothing else; what is used and what remains
    /// are together the limit. While nothing is open, all of it is used on the due date and not before.
    #[test]
    fn the_budget_is_conserved((ledger, _) in any_reading()) {
        let calendar = Calendar::first_edition();
        let mut used = 0;
        for today in shifted(ledger.start, -3).iter_days().take(260) {
            let running = ledger.stopped.is_none_or(|stopped| today <= stopped);
            used += i64::from(running && counts(&ledger, &calendar, today, today));
            prop_assert_eq!(ledger.used(&calendar, today), used, "{}", today);
            prop_assert_eq!(ledger.used(&calendar, today) + ledger.remaining(&calendar, today), whole(ledger.total()));
        }
        let mut closed = ledger;
        closed.stopped = None;
        closed.suspensions.retain(|suspension| suspension.until.is_some());
        let due = closed.due(&calendar, closed.start).date;
        prop_assert_eq!(closed.remaining(&calendar, due), 0);
        if closed.total().0 > 0 {
            prop_assert_eq!(closed.remaining(&calendar, shifted(due, -1)), 1);
        }
    }

    /// Rule L5: an interval that is over when the clock starts, or begins after the due date, moves nothing; what is
    /// used up to the due date stays used.
    #[test]
    fn a_suspension_outside_the_limit_changes_nothing(
        (ledger, today) in any_reading(), before in any::<bool>(), gap in 0i64..20, length in option::of(0i64..40),
    ) {
        let calendar = Calendar::first_edition();
        let due = ledger.due(&calendar, today).date;
        let outside = if before {
            let until = shifted(ledger.start, -gap - i64::from(ledger.counts_start));
            suspension(shifted(until, -length.unwrap_or(0)), Some(until))
        } else {
            let from = shifted(due, 1 + gap);
            suspension(from, length.map(|days| shifted(from, days)))
        };
        let mut with = ledger.clone();
        with.suspensions.push(outside);
        prop_assert_eq!(with.due(&calendar, today), ledger.due(&calendar, today));
        prop_assert_eq!(with.explain(&calendar, today), ledger.explain(&calendar, today));
        prop_assert_eq!(with.is_overdue(&calendar, today), ledger.is_overdue(&calendar, today));
        prop_assert_eq!(with.amber_from(&calendar, today, &AMBER), ledger.amber_from(&calendar, today, &AMBER));
        prop_assert_eq!(with.light(&calendar, today, &AMBER), ledger.light(&calendar, today, &AMBER));
        if before || today <= due {
            prop_assert_eq!(with.used(&calendar, today), ledger.used(&calendar, today));
        }
    }

    /// Rule L5: to close an interval today gives the date that was shown while it was open, and the date then stays.
    #[test]
    fn closing_an_open_suspension_today_changes_nothing_today((ledger, today) in any_reading(), later in 0u64..60) {
        let calendar = Calendar::first_edition();
        let ledger = Ledger { stopped: None, ..ledger };
        let mut closed = ledger.clone();
        closed.suspensions.iter_mut().for_each(|s| s.until = s.until.or(Some(today)));
        prop_assert_eq!(closed.due(&calendar, today), ledger.due(&calendar, today));
        prop_assert_eq!(closed.used(&calendar, today), ledger.used(&calendar, today));
        prop_assert_eq!(closed.is_suspended(today), ledger.is_suspended(today));
        let later = today + Days::new(later);
        prop_assert_eq!(closed.due(&calendar, later), closed.due(&calendar, today));
        prop_assert!(ledger.due(&calendar, later).date >= ledger.due(&calendar, today).date, "an open one only adds");
    }

    /// Rule L12: of limits side by side the one that ends first binds, of equals the first named.
    #[test]
    fn the_earliest_limit_binds(
        readings in vec(any_reading(), 0..5), budgets in option::of(vec(0u16..4, 5)), today in any_start(),
    ) {
        let calendar = Calendar::first_edition();
        let mut ledgers: Vec<Ledger> = readings.into_iter().map(|(ledger, _)| ledger).collect();
        for (ledger, budget) in ledgers.iter_mut().zip(budgets.into_iter().flatten()) {
            *ledger = Ledger::new(LimitKind::Promised, WorkingDays(budget), today);
        }
        let dues: Vec<NaiveDate> = ledgers.iter().map(|l| Model::new(l, &calendar, today).due()).collect();
        let earliest = dues.iter().min().and_then(|min| dues.iter().position(|due| due == min));
        let bound = binding(&ledgers, &calendar, today);
        prop_assert_eq!(bound.map(std::ptr::from_ref), earliest.map(|index| std::ptr::from_ref(&ledgers[index])));
    }

    /// Rule L1: a later notice moves a due date only if it changes a day that was walked and not suspended; else every
    /// day keeps its number. It never makes a date provisional that it leaves in its place.
    #[test]
    fn a_later_edition_moves_only_the_limits_that_walk_a_changed_day(
        ((ledger, today), edition) in any_reading_and_edition(),
    ) {
        let older = Calendar::first_edition();
        let merged = older.merged_with(&edition);
        let (before, after) = (ledger.due(&older, today), ledger.due(&merged, today));
        let (told, retold) = (ledger.explain(&older, today), ledger.explain(&merged, today));
        let touched = told.iter().any(|line| {
            let walked = line.date > ledger.start || ledger.counts_start;
            let suspended = line.reason.starts_with(Ground::Testing.label());
            walked && !suspended && older.is_working(line.date) != merged.is_working(line.date)
        });
        if !touched {
            prop_assert_eq!(after.date, before.date);
            prop_assert_eq!(days_counted(&retold), days_counted(&told));
        }
        prop_assert!(before.provisional || !after.provisional || after.date > before.date);
    }

    /// Rule L1: one changed day of the walk moves the date in its own direction, and always.
    #[test]
    fn one_changed_day_moves_the_date_its_own_way((ledger, today) in any_reading(), which in any::<Index>()) {
        let older = Calendar::first_edition();
        let lines = ledger.explain(&older, today);
        let walked = lines.iter().skip(1).filter(|line| !line.reason.starts_with(Ground::Testing.label()));
        let walked: Vec<&DayLine> = walked.collect();
        if walked.is_empty() {
            return Ok(());
        }
        let line = which.get(&walked);
        let kind = if line.counted { Arrangement::Holiday } else { Arrangement::Workday };
        let edition = Calendar::from_iter([Override { date: line.date, kind, name: "调整".into() }]);
        let (before, after) = (ledger.due(&older, today).date, ledger.due(&older.merged_with(&edition), today).date);
        prop_assert!(if line.counted { after > before } else { after < before }, "{} {} {}", line.date, before, after);
    }
}
