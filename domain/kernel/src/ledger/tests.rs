#![expect(clippy::unwrap_used, reason = "a test may panic")]

use proptest::{collection::vec, option, prelude::*};

use super::*;
use crate::access::Role;

const THRESHOLDS: Thresholds = Thresholds { amber_days: WorkingDays(2) };

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn ledger(start: &str, budget: u16) -> Ledger {
    Ledger::new(LimitKind::Statutory, WorkingDays(budget), day(start))
}

fn suspension(from: &str, until: Option<&str>) -> Suspension {
    Suspension { from: day(from), until: until.map(day), ground: Ground::Appraisal }
}

fn extension(days: u16) -> Extension {
    Extension {
        days: WorkingDays(days),
        approved_on: day("2025-03-03"),
        approved_by: Signature { role: Role::Approver, code: "fgw-001".to_owned() },
        reason: Text::new("案情复杂").unwrap(),
    }
}

/// Rule L1: the day of acceptance is not counted, statutory holidays are not counted.
#[test]
fn a_plain_limit_ends_where_the_calendar_says() {
    let calendar = Calendar::first_edition();
    let limit = ledger("2023-09-28", 5);
    assert_eq!(limit.due(&calendar, day("2023-09-28")), calendar.after(day("2023-09-28"), WorkingDays(5)));
    assert_eq!(limit.used(&calendar, day("2023-10-07")), 1, "a make-up Saturday counts");
    assert_eq!(limit.remaining(&calendar, day("2023-10-11")), 0);
    assert_eq!(limit.remaining(&calendar, day("2023-10-13")), -2);
    assert_eq!(limit.used(&calendar, day("2023-09-01")), 0, "nothing is used before the clock starts");
}

/// Rule L2: an extension adds working days.
#[test]
fn an_extension_moves_the_due_date() {
    let calendar = Calendar::first_edition();
    let mut limit = ledger("2025-03-03", 20);
    limit.extensions.push(extension(10));
    let due = limit.due(&calendar, day("2025-03-03"));
    assert_eq!(due, calendar.after(day("2025-03-03"), WorkingDays(30)));
    let lines = limit.explain(&calendar, day("2025-03-03"));
    assert_eq!(lines.last().unwrap().reason, "工作日（延长期限内）");
}

/// Rule L5: days of a special procedure are not counted; where two overlap, once.
#[test]
fn overlapping_suspensions_count_once() {
    let calendar = Calendar::first_edition();
    let mut limit = ledger("2025-03-03", 5);
    limit.suspensions = vec![
        suspension("2025-03-06", Some("2025-03-07")),
        suspension("2025-03-05", Some("2025-03-10")),
        suspension("2025-03-11", Some("2025-03-11")),
        suspension("2025-03-20", Some("2025-03-12")),
    ];
    assert_eq!(limit.due(&calendar, day("2025-03-03")).date, day("2025-03-17"));
}

/// Rule L5: a limit does not become overdue while it is suspended.
#[test]
fn an_open_suspension_stops_the_clock_through_today() {
    let calendar = Calendar::first_edition();
    let mut limit = ledger("2025-03-03", 5);
    limit.suspensions.push(suspension("2025-03-06", None));
    for today in ["2025-03-06", "2025-03-28", "2025-07-01"].map(day) {
        assert_eq!(limit.remaining(&calendar, today), 3);
        assert_eq!(limit.due(&calendar, today), calendar.after(today, WorkingDays(3)));
        assert_eq!(limit.light(&calendar, today, &THRESHOLDS), Light::Green);
        assert!(limit.is_suspended(today));
    }
    assert!(!limit.is_suspended(day("2025-03-05")));
    assert_eq!(limit.due(&calendar, day("2025-03-05")).date, day("2025-03-10"), "not suspended yet");
}

#[test]
fn a_stopped_clock_is_read_on_the_day_it_stopped() {
    let calendar = Calendar::first_edition();
    let mut limit = ledger("2025-03-03", 5);
    limit.stopped = Some(day("2025-03-05"));
    let later = day("2025-06-30");
    assert_eq!((limit.used(&calendar, later), limit.remaining(&calendar, later)), (2, 3));
    assert_eq!(limit.light(&calendar, later, &THRESHOLDS), Light::Green);
    limit.suspensions.push(suspension("2025-03-05", None));
    assert_eq!(limit.due(&calendar, later), limit.due(&calendar, day("2025-03-05")));
    limit.stopped = Some(day("2025-03-13"));
    limit.suspensions.clear();
    assert!(limit.is_overdue(&calendar, later));
}

#[test]
fn the_light_turns_with_the_days() {
    let calendar = Calendar::first_edition();
    let limit = ledger("2025-03-03", 5);
    let light = |today| limit.light(&calendar, day(today), &THRESHOLDS);
    assert_eq!(limit.amber_from(&calendar, day("2025-03-03"), &THRESHOLDS), day("2025-03-06"));
    assert_eq!([light("2025-03-05"), light("2025-03-06")], [Light::Green, Light::Amber]);
    assert_eq!([light("2025-03-10"), light("2025-03-11")], [Light::Amber, Light::Red]);

    let friday = ledger("2025-03-06", 1);
    let saturday = day("2025-03-08");
    assert_eq!(friday.light(&calendar, saturday, &THRESHOLDS), Light::Red, "over when its last day is over");
    assert_eq!(friday.remaining(&calendar, saturday), 0);
}

/// Rule L12: the promised limit binds where it is the shorter.
#[test]
fn the_shorter_limit_binds() {
    let calendar = Calendar::first_edition();
    let statutory = ledger("2025-03-03", 20);
    let promised = Ledger { kind: LimitKind::Promised, budget: WorkingDays(3), ..statutory.clone() };
    let binding = binding([&statutory, &promised], &calendar, day("2025-03-03"));
    assert_eq!(binding.map(|limit| limit.kind), Some(LimitKind::Promised));
}

#[test]
fn the_explanation_reads_like_the_law() {
    let calendar = Calendar::first_edition();
    let mut limit = ledger("2025-09-26", 4);
    limit.suspensions.push(suspension("2025-09-29", Some("2025-09-29")));
    let lines: Vec<String> = limit
        .explain(&calendar, day("2025-09-26"))
        .iter()
        .map(|line| format!("{} {} {} {}", line.date, line.ordinal.unwrap_or(0), line.reason, line.article))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    2025-09-26 0 起算当日，不计入 《民法典》第二百零一条
    2025-09-27 0 周末，不计入 《行政许可法》第八十二条
    2025-09-28 1 调休上班（国庆节） 《行政许可法》第八十二条
    2025-09-29 0 鉴定期间，不计入 《行政许可法》第四十五条
    2025-09-30 2 工作日 《行政许可法》第八十二条
    2025-10-01 0 放假（国庆节），不计入 《行政许可法》第八十二条
    2025-10-02 0 放假（国庆节），不计入 《行政许可法》第八十二条
    2025-10-03 0 放假（国庆节），不计入 《行政许可法》第八十二条
    2025-10-04 0 放假（国庆节），不计入 《行政许可法》第八十二条
    2025-10-05 0 放假（国庆节），不计入 《行政许可法》第八十二条
    2025-10-06 0 放假（中秋），不计入 《行政许可法》第八十二条
    2025-10-07 0 放假（国庆节），不计入 《行政许可法》第八十二条
    2025-10-08 0 放假（国庆节），不计入 《行政许可法》第八十二条
    2025-10-09 3 工作日 《行政许可法》第八十二条
    2025-10-10 4 工作日 《行政许可法》第八十二条
    ");
}

#[test]
fn a_limit_of_no_days_is_due_at_once() {
    let calendar = Calendar::first_edition();
    let limit = ledger("2025-03-03", 0);
    assert_eq!(limit.due(&calendar, day("2025-03-03")).date, day("2025-03-03"));
    assert_eq!(limit.explain(&calendar, day("2025-03-03")).len(), 1);
    assert_eq!(limit.light(&calendar, day("2025-03-04"), &THRESHOLDS), Light::Red);
}

#[test]
fn a_ledger_survives_its_json() {
    let mut limit = ledger("2025-03-03", 20);
    limit.suspensions.push(suspension("2025-03-05", None));
    limit.extensions.push(extension(10));
    let json = serde_json::to_string(&limit).unwrap();
    assert_eq!(serde_json::from_str::<Ledger>(&json).unwrap(), limit);
    let plain = r#"{"kind":"delivery","budget":10,"start":"2025-03-03"}"#;
    assert_eq!(serde_json::to_string(&serde_json::from_str::<Ledger>(plain).unwrap()).unwrap(), plain);
}

prop_compose! {
    fn any_day()(days in 0i64..500) -> NaiveDate {
        day("2024-01-01") + chrono::Duration::days(days)
    }
}

prop_compose! {
    fn any_suspension()(from in any_day(), length in option::of(0i64..60)) -> Suspension {
        let until = length.map(|days| from + chrono::Duration::days(days));
        Suspension { from, until, ground: Ground::Testing }
    }
}

prop_compose! {
    fn any_ledger()(
        start in any_day(), budget in 0u16..60, suspensions in vec(any_suspension(), 0..4),
        extended in vec(0u16..20, 0..2), stopped in option::weighted(0.2, any_day()),
    ) -> Ledger {
        Ledger {
            kind: LimitKind::Statutory, budget: WorkingDays(budget), start, suspensions,
            extensions: extended.into_iter().map(extension).collect(), stopped,
        }
    }
}

/// The same limit by walking one day at a time: the due date, and the counted days through `through`.
fn walk(ledger: &Ledger, calendar: &Calendar, today: NaiveDate, through: NaiveDate) -> (NaiveDate, i64) {
    let as_of = ledger.stopped.map_or(today, |stopped| stopped.min(today));
    let suspended = |day| ledger.suspensions.iter().any(|s| s.from <= day && day <= s.until.unwrap_or(as_of));
    let counts = |day: &NaiveDate| *day > ledger.start && calendar.is_working(*day) && !suspended(*day);
    let used = ledger.start.iter_days().take_while(|day| *day <= through).filter(counts).count();
    let due = match usize::from(ledger.total().0) {
        0 => ledger.start,
        total => ledger.start.iter_days().filter(counts).nth(total - 1).unwrap(),
    };
    (due, i64::try_from(used).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_ledger_agrees_with_a_walk(ledger in any_ledger(), today in any_day()) {
        let calendar = Calendar::first_edition();
        let as_of = ledger.as_of(today);
        let (due, used) = walk(&ledger, &calendar, today, as_of);
        prop_assert_eq!(ledger.due(&calendar, today).date, due);
        prop_assert_eq!(ledger.used(&calendar, today), used);
        prop_assert_eq!(ledger.remaining(&calendar, today), i64::from(ledger.total().0) - used);
        let amber = ledger.remaining(&calendar, today) <= i64::from(THRESHOLDS.amber_days.0) && as_of >= ledger.start;
        let light = if as_of > due { Light::Red } else if amber { Light::Amber } else { Light::Green };
        prop_assert_eq!(ledger.light(&calendar, today, &THRESHOLDS), light);
    }

    /// Rule L5
    #[test]
    fn a_suspension_never_shortens(ledger in any_ledger(), more in any_suspension(), today in any_day()) {
        let calendar = Calendar::first_edition();
        let mut longer = ledger.clone();
        longer.suspensions.push(more);
        prop_assert!(longer.due(&calendar, today).date >= ledger.due(&calendar, today).date);
    }

    /// Rules L2 and L3
    #[test]
    fn an_extension_never_moves_a_date_earlier(ledger in any_ledger(), days in 0u16..30, today in any_day()) {
        let calendar = Calendar::first_edition();
        let mut longer = ledger.clone();
        longer.extensions.push(extension(days));
        let (before, after) = (ledger.due(&calendar, today).date, longer.due(&calendar, today).date);
        prop_assert!(after >= before);
        prop_assert_eq!(after > before, days > 0);
    }

    #[test]
    fn a_sum_is_due_when_its_parts_are(ledger in any_ledger(), days in 0u16..40, today in any_day()) {
        let calendar = Calendar::first_edition();
        let mut whole = ledger.clone();
        whole.budget.0 += days;
        let rest = Ledger {
            start: ledger.due(&calendar, today).date, budget: WorkingDays(days), extensions: vec![], ..ledger
        };
        prop_assert_eq!(rest.due(&calendar, today).date, whole.due(&calendar, today).date);
    }

    #[test]
    fn an_explanation_adds_up(ledger in any_ledger(), today in any_day()) {
        let calendar = Calendar::first_edition();
        let lines = ledger.explain(&calendar, today);
        let due = ledger.due(&calendar, today);
        prop_assert_eq!(lines[0].date, ledger.start);
        prop_assert_eq!(lines[lines.len() - 1].date, due.date);
        prop_assert!(lines.windows(2).all(|pair| pair[0].date.succ_opt() == Some(pair[1].date)));
        let ordinals: Vec<u32> = lines.iter().filter(|line| line.counted).filter_map(|line| line.ordinal).collect();
        prop_assert_eq!(ordinals, (1..=u32::from(ledger.total().0)).collect::<Vec<_>>());
        prop_assert_eq!(lines[1..].iter().any(|line| line.provisional), due.provisional && lines.len() > 1);
    }
}
