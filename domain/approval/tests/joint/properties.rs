//! What holds of every plan and of every history: clause B3-3 and rule L10 as properties.

use std::collections::BTreeMap;

use approval::joint::{Actual, Desk, JointReview, LineState, Opinion, Participant, Plan, schedule};
use catalog::Silence;
use chrono::{Days, NaiveDate};
use kernel::{Calendar, DepartmentCode, WorkingDays};
use proptest::{prelude::*, sample::Index};

use super::{day, department, given, plan, terms};

fn code(n: usize) -> DepartmentCode {
    department(&format!("d{n}"))
}

/// Up to eight participants in any order, each after some of those with a smaller number.
fn participants() -> impl Strategy<Value = Vec<Participant>> {
    let desks = proptest::collection::vec((1u16..=30, any::<u8>()), 1..=8);
    let numbered = desks.prop_map(|desks| {
        let numbered = desks.into_iter().enumerate().map(|(n, (days, mask))| {
            let after = (0..n).filter(|earlier| mask & (1 << earlier) != 0).map(code).collect();
            Participant { department: code(n), days: WorkingDays(days), after }
        });
        numbered.collect::<Vec<_>>()
    });
    numbered.prop_shuffle()
}

fn any_day() -> impl Strategy<Value = NaiveDate> {
    (0u64..4 * 365).prop_map(|days| day("2023-01-01") + Days::new(days))
}

fn silence() -> impl Strategy<Value = Silence> {
    prop_oneof![Just(Silence::Consent), Just(Silence::Open)]
}

/// Days go by and desks speak when they may; whoever falls silent is named, sometimes late.
fn lived_through(
    plan: Plan,
    silence: Silence,
    from: NaiveDate,
    counts_start: bool,
    steps: &[(u64, usize, bool)],
) -> (JointReview, NaiveDate) {
    let calendar = Calendar::first_edition();
    let mut review = JointReview { counts_start, ..JointReview::new(plan, silence, from) };
    let mut today = from;
    for (days, who, timer) in steps {
        today = today + Days::new(*days);
        if *timer {
            for fallen in review.falls_silent(&calendar, today) {
                review.record_silence(&fallen, today);
            }
        }
        let speaker = code(*who);
        if review.may_give(&speaker, &calendar, today).is_ok() {
            review.record_opinion(&speaker, given(Opinion::Agree, &today.to_string()));
        }
    }
    (review, today)
}

fn steps() -> impl Strategy<Value = Vec<(u64, usize, bool)>> {
    proptest::collection::vec((0u64..12, 0usize..8, any::<bool>()), 0..30)
}

proptest! {
    /// Clause B3-3: nothing ends after the end, and everything starts on the last of what it waits for, whatever happened.
    #[test]
    fn the_schedule_ends_with_its_last_line(
        drawn in participants(), from in any_day(), silence in silence(), counts_start: bool, steps in steps(),
    ) {
        let calendar = Calendar::first_edition();
        let (review, today) = lived_through(plan(&drawn), silence, from, counts_start, &steps);
        let now = review.schedule(&calendar, today);
        let ends: BTreeMap<_, _> = now.lines.iter().map(|line| (line.department.clone(), line.ends)).collect();
        prop_assert_eq!(Some(&now.ends.date), ends.values().max());
        for line in &now.lines {
            let wanted = &drawn.iter().find(|it| it.department == line.department).unwrap().after;
            let last = wanted.iter().map(|it| ends[it]).max().unwrap_or(from);
            prop_assert_eq!(line.starts, last);
            let counted = line.starts.iter_days().skip(usize::from(!counts_start)).take_while(|it| *it <= line.due.date);
            let working = counted.filter(|it| calendar.is_working(*it)).count();
            prop_assert_eq!(working, usize::from(review.plan.participant(&line.department).unwrap().days.0));
        }
    }

    /// Rule L10: the schedule, the ledgers and the record of who has started tell the same story.
    #[test]
    fn schedule_and_ledgers_agree(
        drawn in participants(), from in any_day(), silence in silence(), counts_start: bool, steps in steps(),
    ) {
        let calendar = Calendar::first_edition();
        let (review, today) = lived_through(plan(&drawn), silence, from, counts_start, &steps);
        let now = review.schedule(&calendar, today);
        for line in &now.lines {
            let ledger = review.ledger(&line.department);
            prop_assert_eq!(ledger.is_none(), line.state == LineState::Waiting);
            let Some(ledger) = ledger else { continue };
            prop_assert_eq!((ledger.start, ledger.due(&calendar, today)), (line.starts, line.due));
            let open = now.holders.contains(&line.department);
            prop_assert_eq!(open, ledger.stopped.is_none());
        }
        let all_spoke = review.may_conclude().is_ok();
        prop_assert_eq!(all_spoke, now.holders.is_empty(), "while anything is open, somebody holds the case");
    }

    /// Rule L10: the one acceptance starts every parallel participant, and nobody else.
    #[test]
    fn parallel_participants_all_start_at_the_acceptance(drawn in participants(), from in any_day()) {
        let review = JointReview::new(plan(&drawn), Silence::Open, from);
        for it in &drawn {
            let start = review.ledger(&it.department).map(|ledger| ledger.start);
            prop_assert_eq!(start, it.after.is_empty().then_some(from));
        }
    }

    /// Clause B3-3: slack is what it says: so much later moves nothing, one working day more moves the end.
    #[test]
    fn slack_is_exactly_the_delay_that_costs_nothing(drawn in participants(), from in any_day(), counts_start: bool) {
        let calendar = Calendar::first_edition();
        let plan = plan(&drawn);
        let planned = schedule(&plan, from, counts_start, &BTreeMap::new(), &calendar, from);
        prop_assert!(planned.lines.iter().any(|line| line.critical));
        for line in &planned.lines {
            prop_assert_eq!(line.critical, line.slack == WorkingDays(0));
            let delayed_by = |days| {
                let on = calendar.after(line.ends, WorkingDays(days)).date;
                let actuals = BTreeMap::from([(line.department.clone(), Actual::Gave(on))]);
                schedule(&plan, from, counts_start, &actuals, &calendar, from).ends.date
            };
            prop_assert_eq!(delayed_by(line.slack.0), planned.ends.date);
            prop_assert!(delayed_by(line.slack.0 + 1) > planned.ends.date);
        }
    }

    /// Clause B3-3: more order never takes less time, whatever happened meanwhile.
    #[test]
    fn another_dependency_never_shortens(
        drawn in participants(), from in any_day(), counts_start: bool, steps in steps(), first in any::<Index>(), second in any::<Index>(),
    ) {
        prop_assume!(drawn.len() > 1);
        let second = 1 + second.index(drawn.len() - 1);
        let first = first.index(second);
        let calendar = Calendar::first_edition();
        let mut stricter = drawn.clone();
        stricter.iter_mut().find(|it| it.department == code(second)).unwrap().after.insert(code(first));
        let (lived, today) = lived_through(plan(&drawn), Silence::Open, from, counts_start, &steps);
        let gave = |(code, desk): (&DepartmentCode, &Desk)| Some((code.clone(), Actual::Gave(desk.gave_on()?)));
        for actuals in [BTreeMap::new(), lived.desks.iter().filter_map(gave).collect()] {
            let ends = |plan: &Plan| schedule(plan, from, counts_start, &actuals, &calendar, today).ends.date;
            prop_assert!(ends(&plan(&drawn)) <= ends(&plan(&stricter)));
        }
    }

    /// Clause B3-3: of the plans that honour the item and give each its full limit none ends before the shortest, whatever
    /// order and whomever else they add.
    #[test]
    fn the_shortest_plan_is_the_shortest(
        drawn in participants(), kept in proptest::collection::vec(any::<(bool, u8)>(), 8), from in any_day(),
        counts_start: bool,
    ) {
        let calendar = Calendar::first_edition();
        let required: Vec<_> = (0..drawn.len()).filter(|n| kept[*n].0).collect();
        prop_assume!(!required.is_empty());
        let required = required.iter().map(|n| {
            let wanted = drawn.iter().find(|it| it.department == code(*n)).unwrap();
            let order = required.iter().filter(|earlier| kept[*n].1 & (1 << **earlier) != 0).map(|n| code(*n));
            Participant { after: order.filter(|it| wanted.after.contains(it)).collect(), ..wanted.clone() }
        });
        let required: Vec<_> = required.collect();
        let terms = terms(&required);
        let drawn = plan(&drawn);
        prop_assert_eq!(drawn.must_honour(&terms), Ok(()));
        let shortest = Plan::shortest(&terms).unwrap();
        prop_assert_eq!(shortest.must_honour(&terms), Ok(()));
        let ends = |plan: &Plan| schedule(plan, from, counts_start, &BTreeMap::new(), &calendar, from).ends.date;
        prop_assert!(ends(&shortest) <= ends(&drawn));
    }
}
