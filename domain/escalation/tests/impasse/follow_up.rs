//! 回访计划 (clause D8-1).

use escalation::{
    FollowUpWay, FollowedUp, Rung,
    follow_up::{Event, Extent, LARGEST_SAMPLE, Plan, Planning, Recorded, sample},
};
use kernel::{
    Calendar, Centre, Context, Refusal, WorkingDays,
    id::{FollowUpPlanId, ImpasseId},
};
use proptest::prelude::*;

use crate::hall::{Numbers, PRACTICE, Person, at, day, morning, text};

fn plan_id() -> FollowUpPlanId {
    "01900000-0000-7000-8000-0000000000c1".parse().unwrap()
}

fn impasses(count: usize) -> Vec<ImpasseId> {
    (0..count).map(|n| format!("01900000-0000-7000-8000-{n:012}").parse().unwrap()).collect()
}

fn planning(extent: Extent) -> Planning {
    Planning {
        id: plan_id(),
        centre: Centre::WENLING,
        from: day("2026-02-01"),
        to: day("2026-02-28"),
        extent,
        way: FollowUpWay::Phone,
        days: WorkingDays(5),
    }
}

fn drawn(planning: Planning, closed_out: &[ImpasseId]) -> Result<Event, Refusal> {
    let (actor, calendar) = (Person::Reform.actor(), Calendar::first_edition());
    let ctx = Context { now: morning(), actor: &actor, calendar: &calendar, practice: &PRACTICE };
    planning.draw(closed_out, &Numbers::default(), &ctx)
}

fn recorded(version: u64, at: kernel::Instant, event: Event) -> Recorded {
    Recorded { version, at, by: Person::Reform.actor().signature(), event }
}

fn plan(extent: Extent, closed_out: usize) -> Plan {
    Plan::fold(&[recorded(1, morning(), drawn(planning(extent), &impasses(closed_out)).unwrap())]).unwrap()
}

fn found(good: bool) -> FollowedUp {
    FollowedUp {
        way: FollowUpWay::UnannouncedVisit,
        good,
        findings: text("现场核查"),
        by: Person::Reform.actor().signature(),
        at: morning(),
    }
}

/// Clause D8-1: so many, or such a share rounded up; never more than there are.
#[test]
fn the_sample_is_as_large_as_it_was_asked_to_be() {
    for (extent, all, size) in [
        (Extent::Count(3), 10, 3),
        (Extent::Count(30), 10, 10),
        (Extent::Percent(10), 10, 1),
        (Extent::Percent(10), 11, 2),
        (Extent::Percent(100), 7, 7),
        (Extent::Percent(1), 1, 1),
    ] {
        let plan = plan(extent, all);
        assert_eq!((plan.sample.len(), plan.drawn.closed_out), (size, all), "{extent:?} of {all}");
    }
}

/// Clause D8-1
#[test]
fn a_plan_needs_a_period_and_something_in_it() {
    let refused = |planning, closed_out: &[_]| drawn(planning, closed_out).unwrap_err().code;
    let (some, all) = (impasses(3), || planning(Extent::Percent(100)));
    assert_eq!(refused(all(), &[]), "nothing_to_sample");
    assert_eq!(refused(Planning { to: day("2026-03-03"), ..all() }, &some), "period_in_future");
    assert!(drawn(Planning { to: day("2026-03-02"), ..all() }, &some).is_ok(), "up to today");
    assert_eq!(refused(Planning { to: day("2026-01-31"), ..all() }, &some), "period_out_of_range");
    assert_eq!(refused(Planning { from: day("2025-02-27"), ..all() }, &some), "period_out_of_range");
    assert_eq!(refused(all(), &impasses(LARGEST_SAMPLE + 1)), "sample_too_large");
}

proptest! {
    /// Clause D8-1: the same plan draws the same ones whatever the order they come in, and each only once.
    #[test]
    fn the_sample_can_be_drawn_again(count in 1usize..60, size in 1usize..60, turn in 0usize..60) {
        let all = impasses(count);
        let mut turned = all.clone();
        turned.rotate_left(turn % count);
        let first = sample(plan_id(), &all, size, &Numbers::default());
        prop_assert_eq!(&first, &sample(plan_id(), &turned, size, &Numbers::default()));
        prop_assert_eq!(first.len(), size.min(count));
        let mut distinct = first.clone();
        distinct.sort_unstable();
        distinct.dedup();
        prop_assert_eq!(distinct.len(), first.len());
        prop_assert!(first.iter().all(|drawn| all.contains(drawn)));
    }
}

/// Clause D8-1: another plan draws others, so that nobody knows beforehand who will be asked.
#[test]
fn another_plan_draws_others() {
    let all = impasses(50);
    let other = "01900000-0000-7000-8000-0000000000c2".parse().unwrap();
    let (one, two) = (sample(plan_id(), &all, 5, &Numbers::default()), sample(other, &all, 5, &Numbers::default()));
    assert_ne!(one, two);
}

/// Clause D8-1: each of the sample is ticked off once, a bad one is named, and the last one completes the plan.
#[test]
fn a_follow_up_ticks_one_off() {
    let mut plan = plan(Extent::Percent(100), 2);
    let (first, second) = (plan.sample[0].impasse, plan.sample[1].impasse);
    assert_eq!(plan.tick(impasses(3)[2], &found(true)), None, "not of the sample");
    let event = plan.tick(first, &found(false)).unwrap();
    plan.apply(&recorded(2, morning(), event));
    assert_eq!(plan.tick(first, &found(true)), None, "done before");
    assert_eq!((plan.open().count(), plan.bad().count(), plan.completed_at), (1, 1, None));
    let done = at("2026-03-04T10:00:00");
    let event = plan.tick(second, &found(true)).unwrap();
    plan.apply(&recorded(3, done, event));
    assert_eq!((plan.open().count(), plan.bad().count(), plan.completed_at), (0, 1, Some(done)));
}

/// Clauses D8-1, B5-2: in working days, and late is late even when it was finished after all.
#[test]
fn a_plan_is_late_after_its_last_day() {
    let calendar = Calendar::first_edition();
    let mut plan = plan(Extent::Count(1), 1);
    assert_eq!(plan.due(&calendar), day("2026-03-09"), "five working days after a Monday");
    assert!(!plan.is_late(&calendar, day("2026-03-09")));
    assert!(plan.is_late(&calendar, day("2026-03-10")));
    let event = plan.tick(plan.sample[0].impasse, &found(true)).unwrap();
    let mut in_time = plan.clone();
    in_time.apply(&recorded(2, at("2026-03-09T23:00:00"), event.clone()));
    assert!(!in_time.is_late(&calendar, day("2026-04-01")));
    plan.apply(&recorded(2, at("2026-03-10T09:00:00"), event));
    assert!(plan.is_late(&calendar, day("2026-04-01")));
}

/// Clause D8-1: each rung once, in working hours; late rather than never, and nothing once it is done.
#[test]
fn a_plan_reminds_once_per_rung() {
    let calendar = Calendar::first_edition();
    let actor = Person::Reform.actor();
    let at_time = |now| Context { now, actor: &actor, calendar: &calendar, practice: &PRACTICE };
    let drawn = plan(Extent::Count(1), 3);
    let due = drawn.due(&calendar);
    let mut reminded = drawn.clone();
    let mut seen = Vec::new();
    while let Some(wakes) = reminded.wakes_at(&calendar, &PRACTICE, morning()) {
        assert!(reminded.fall_due(&at_time(wakes.plus(chrono::Duration::seconds(-1)))).is_empty());
        for event in reminded.fall_due(&at_time(wakes)) {
            assert!(PRACTICE.at_work(wakes, &calendar));
            seen.push((wakes.day(), event.clone()));
            reminded.apply(&recorded(reminded.version + 1, wakes, event));
        }
    }
    let rungs: Vec<_> = reminded.reminders.iter().map(|sent| (sent.rung, sent.due)).collect();
    assert_eq!(rungs, [(Rung::Amber, due), (Rung::Overdue, due)]);
    assert!(seen[0].0 <= due && seen[1].0 > due, "{seen:?}");

    let overslept = drawn.fall_due(&at_time(at("2026-06-01T10:00:00")));
    assert_eq!(overslept, [Event::FollowUpsReminded { rung: Rung::Overdue, due }], "only what is still true");
    let mut done = drawn.clone();
    let event = done.tick(done.sample[0].impasse, &found(true)).unwrap();
    done.apply(&recorded(2, morning(), event));
    assert_eq!(done.wakes_at(&calendar, &PRACTICE, morning()), None);
}
