//! 回访计划: what was drawn stays drawn, each is followed up once, and each rung of the limit is told once, and again only for
//! a date that the calendar puts off.

#[path = "../../../casework/tests/model/calendars.rs"]
mod calendars;

use std::collections::BTreeSet;

use calendars::{due_by_hand, edition};
use chrono::NaiveDate;
use escalation::{
    FollowUpWay, FollowedUp, Rung,
    follow_up::{Event, Extent, Plan, Planning, Recorded},
};
use kernel::{
    Actor, Calendar, Centre, Context, Due, Instant, WorkingDays,
    access::Who,
    ledger::{Ledger, LimitKind},
};
use proptest::prelude::*;

use crate::{
    POOL, at_desk, config,
    hall::{Numbers, PRACTICE, Person, day, morning, text},
    impasse, minutes,
};

#[derive(Clone, Debug)]
enum Ask {
    /// 回访 of one, of the sample or not, and whether it was good.
    FollowUp(u8, bool),
    Edition(u8),
}

fn ask() -> impl Strategy<Value = Ask> {
    prop_oneof![
        3 => (0..POOL + 1, any::<bool>()).prop_map(|(nth, good)| Ask::FollowUp(nth, good)),
        1 => any::<u8>().prop_map(Ask::Edition),
    ]
}

struct Desk {
    plan: Plan,
    record: Vec<Recorded>,
    now: Instant,
    calendar: &'static Calendar,
    open: BTreeSet<u8>,
    told: Vec<(Rung, NaiveDate)>,
}

impl Desk {
    fn draw(extent: Extent, days: u16) -> Self {
        let id = "01900000-0000-7000-8000-0000000000c1".parse().unwrap();
        let (from, to, centre) = (day("2026-02-01"), day("2026-02-28"), Centre::WENLING);
        let planning = Planning { id, centre, from, to, extent, way: FollowUpWay::Phone, days: WorkingDays(days) };
        let closed_out: Vec<_> = (0..POOL).map(impasse).collect();
        let draw = |ctx: &Context<'_>| planning.draw(&closed_out, &Numbers::default(), ctx).unwrap();
        let event = at_desk(Person::Reform, morning(), draw);
        let first = Recorded { version: 1, at: morning(), by: Person::Reform.actor().signature(), event };
        let plan = Plan::fold(std::slice::from_ref(&first)).unwrap();
        let open = (0..POOL).filter(|nth| plan.drawn.impasses.contains(&impasse(*nth))).collect();
        let wanted = match extent {
            Extent::Count(count) => usize::from(count).min(usize::from(POOL)),
            Extent::Percent(percent) => (usize::from(POOL) * usize::from(percent)).div_ceil(100),
        };
        let desk = Self { plan, record: vec![first], now: morning(), calendar: edition(0), open, told: Vec::new() };
        assert_eq!(
            (desk.open.len(), desk.plan.sample.len()),
            (wanted, wanted),
            "each once, and of what was closed out"
        );
        desk
    }

    fn due(&self, calendar: &Calendar) -> Due {
        let limit = Ledger::new(LimitKind::FollowUps, self.plan.drawn.days, morning().day());
        due_by_hand(&limit, calendar, self.now.day())
    }

    fn note(&mut self, events: Vec<Event>) {
        let by = Actor { centre: Centre::WENLING, who: Who::System }.signature();
        for event in events {
            let version = self.plan.version + 1;
            self.record.push(Recorded { version, at: self.now, by: by.clone(), event });
            self.plan.apply(self.record.last().unwrap());
        }
    }

    fn was_told(&self, rung: Rung, due: NaiveDate) -> bool {
        self.told.iter().any(|(told, of)| *told == rung && *of >= due)
    }

    fn wakes_at(&self) -> Option<Instant> {
        self.plan.wakes_at(self.calendar, &PRACTICE, self.now)
    }

    fn pass(&mut self, minutes: i64, watched: bool) {
        let end = self.now.plus(chrono::Duration::minutes(minutes));
        while let Some(wakes) = self.wakes_at().filter(|wakes| watched && *wakes < end) {
            self.fall_due(wakes.max(self.now));
        }
        self.fall_due(end);
    }

    fn fall_due(&mut self, now: Instant) {
        self.now = now;
        let actor = Actor { centre: Centre::WENLING, who: Who::System };
        let events = self.plan.fall_due(&Context { now, actor: &actor, calendar: self.calendar, practice: &PRACTICE });
        let (due, today) = (self.due(self.calendar).date, now.day());
        for event in &events {
            let Event::FollowUpsReminded { rung, due: told } = event else { panic!("{event:?} by itself") };
            assert!(!self.was_told(*rung, *told), "{rung} twice at {now}");
            assert!(PRACTICE.at_work(now, self.calendar) && !self.open.is_empty(), "{rung} at {now}");
            assert_eq!((*told, *rung == Rung::Overdue), (due, today > due), "{rung} at {now}");
            self.told.push((*rung, *told));
        }
        self.note(events);
        let wakes = self.wakes_at();
        assert!(wakes.is_none_or(|wakes| wakes > now), "at {now}: no progress");
        let over = self.open.is_empty() || self.was_told(Rung::Overdue, due);
        assert!(wakes.is_some() || over, "at {now}: asleep, and nobody was told");
    }

    fn take(&mut self, ask: &Ask) {
        match ask {
            Ask::FollowUp(nth, good) => {
                let found = FollowedUp {
                    way: FollowUpWay::UnannouncedVisit,
                    good: *good,
                    findings: text("现场核查"),
                    by: Person::Reform.actor().signature(),
                    at: self.now,
                };
                let ticked = self.plan.tick(impasse(*nth), &found);
                assert_eq!(ticked.is_some(), self.open.remove(nth), "{ask:?} at {}", self.now);
                self.note(ticked.into_iter().collect());
            }
            Ask::Edition(nth) => {
                let (old, new) = (self.calendar, edition(*nth));
                let (before, after) = (self.due(old), self.due(new));
                let moved = self.plan.moved_by(old, new);
                let told = moved.map(|it| (it.limit, it.before, it.after));
                let wanted =
                    (before != after && !self.open.is_empty()).then_some((LimitKind::FollowUps, before, after));
                assert_eq!(told, wanted, "{ask:?} at {}", self.now);
                self.calendar = new;
                self.note(moved.map(|moved| Event::FollowUpsMoved { moved }).into_iter().collect());
            }
        }
    }

    fn holds(&self, before: &Plan, what: &str) {
        let plan = &self.plan;
        assert_eq!(Plan::fold(&self.record).as_ref(), Some(plan), "{what}: the record tells another story");
        assert_eq!(plan.drawn, before.drawn, "{what}: another sample");
        for (was, is) in before.sample.iter().zip(&plan.sample) {
            assert!(was.done.is_none() || was == is, "{what}: followed up again");
        }
        let open: BTreeSet<u8> = (0..POOL).filter(|nth| plan.open().any(|it| it.impasse == impasse(*nth))).collect();
        assert_eq!(open, self.open, "{what}");
        assert_eq!(plan.completed_at.is_some(), self.open.is_empty(), "{what}");
        assert!(before.completed_at.is_none() || before.completed_at == plan.completed_at, "{what}: an end that moved");
        assert_eq!(plan.due(self.calendar), self.due(self.calendar).date, "{what}");
    }
}

proptest! {
    #![proptest_config(config())]

    /// Clause D8-1, rule L1
    #[test]
    fn every_life_of_a_follow_up_plan(
        extent in prop_oneof![(1..6_u16).prop_map(Extent::Count), (1..=100_u8).prop_map(Extent::Percent)],
        days in 1..12_u16,
        asks in proptest::collection::vec((minutes(), any::<bool>(), ask()), 1..25),
    ) {
        let mut desk = Desk::draw(extent, days);
        for (minutes, watched, ask) in asks {
            let before = desk.plan.clone();
            desk.pass(minutes, watched);
            desk.take(&ask);
            desk.holds(&before, &format!("{ask:?} at {}", desk.now));
        }
    }
}
