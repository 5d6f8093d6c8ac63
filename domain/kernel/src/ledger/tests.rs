#![expect(clippy::unwrap_used, reason = "a test may panic")]

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
        approved_by: Signature { role: Role::Approver, code: "fgw-001".to_owned(), through: None },
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

/// Rule L3, 行政许可法 art. 42(2): unified or joint handling has 45 working days, and 15 more.
#[test]
fn joint_handling_has_its_own_lengths() {
    let calendar = Calendar::first_edition();
    let mut limit = ledger("2025-12-01", 45);
    assert_eq!(limit.due(&calendar, limit.start).date, day("2026-02-03"));
    limit.extensions.push(extension(15));
    assert_eq!(limit.due(&calendar, limit.start).date, day("2026-03-02"));
}

/// Rule L4, 行政许可法 art. 44: ten working days from the decision, whatever the limit of the decision had left.
#[test]
fn delivery_has_a_clock_of_its_own() {
    let calendar = Calendar::first_edition();
    let decided = day("2025-09-26");
    let mut statutory = ledger("2025-09-01", 20);
    statutory.suspensions.push(suspension("2025-09-03", None));
    statutory.stopped = Some(decided);
    let delivery = Ledger::new(LimitKind::Delivery, WorkingDays(10), decided);
    for today in ["2025-09-26", "2025-10-16", "2025-12-01"].map(day) {
        assert_eq!(delivery.due(&calendar, today).date, day("2025-10-16"));
        assert_eq!(statutory.due(&calendar, today), statutory.due(&calendar, decided));
    }
    assert!(delivery.is_overdue(&calendar, day("2025-10-17")) && !statutory.is_overdue(&calendar, day("2025-10-17")));
}

/// Rule L1: local practice may count the first day, if it is a working day, to the applicant's advantage.
#[test]
fn the_first_day_may_count() {
    let calendar = Calendar::first_edition();
    let due = |start, budget| Ledger { counts_start: true, ..ledger(start, budget) }.due(&calendar, day(start)).date;
    assert_eq!(due("2025-03-03", 1), day("2025-03-03"));
    assert_eq!(due("2025-03-03", 5), day("2025-03-07"));
    assert_eq!(due("2025-03-08", 1), day("2025-03-10"), "a Saturday");
    assert_eq!(due("2025-01-26", 1), day("2025-01-26"), "a make-up Sunday");
}

#[test]
fn a_limit_of_no_days_is_due_on_its_start_even_where_the_first_day_counts() {
    let calendar = Calendar::first_edition();
    let start = day("2025-03-03");
    let limit = Ledger { counts_start: true, ..ledger("2025-03-03", 0) };
    assert_eq!((limit.due(&calendar, start).date, limit.remaining(&calendar, start)), (start, 0));
    assert_eq!(limit.explain(&calendar, start).iter().filter(|line| !line.counted).count(), 1);
    let short = Ledger { counts_start: true, ..ledger("2025-03-03", 1) };
    assert_eq!(short.amber_from(&calendar, start, &THRESHOLDS), start, "no light before the clock starts");
}

/// Rule L5: the grounds of 行政许可法 art. 45 stop the clock alike, and the explanation names them.
#[test]
fn every_ground_stops_the_clock_alike() {
    let calendar = Calendar::first_edition();
    for ground in Ground::VARIANTS {
        let mut limit = ledger("2025-03-03", 2);
        limit.suspensions.push(Suspension { ground: *ground, ..suspension("2025-03-04", Some("2025-03-06")) });
        let lines = limit.explain(&calendar, limit.start);
        assert_eq!(lines.last().map(|line| line.date), Some(day("2025-03-10")));
        assert_eq!(lines[1].reason, format!("{}期间（2025-03-04至2025-03-06），不计入", ground.label()));
    }
}

/// Rule L5: which of two intervals took a day out, and how far one reaches that nobody has ended.
#[test]
fn the_explanation_names_the_interval() {
    let calendar = Calendar::first_edition();
    let mut limit = ledger("2025-03-03", 5);
    limit.suspensions = vec![suspension("2025-03-04", Some("2025-03-05")), suspension("2025-03-07", None)];
    let today = day("2025-03-11");
    let reason = |limit: &Ledger, date: &str| {
        let lines = limit.explain(&calendar, today);
        lines.into_iter().find(|line| line.date == day(date)).map(|line| line.reason).unwrap()
    };
    assert_eq!(reason(&limit, "2025-03-05"), "鉴定期间（2025-03-04至2025-03-05），不计入");
    assert_eq!(reason(&limit, "2025-03-10"), "鉴定期间（2025-03-07至今），不计入");
    limit.stopped = Some(day("2025-03-10"));
    assert_eq!(reason(&limit, "2025-03-10"), "鉴定期间（2025-03-07至2025-03-10），不计入");
}

/// Rule L6: what came when the hall was closed, and why its clock starts on another day.
#[test]
fn the_explanation_says_why_the_clock_starts_later() {
    let calendar = Calendar::first_edition();
    let late = Ledger { came: Some(day("2025-03-08")), ..ledger("2025-03-10", 2) };
    let reasons = |limit: &Ledger| {
        let lines = limit.explain(&calendar, limit.start);
        lines.into_iter().map(|line| line.reason).collect::<Vec<_>>()
    };
    let why = "2025-03-08工作时间外收到，自下一工作日起算；";
    assert_eq!(reasons(&late), [format!("{why}起算当日，不计入"), "工作日".to_owned(), "工作日".to_owned()]);
    let counting = Ledger { counts_start: true, ..late };
    assert_eq!(reasons(&counting), [format!("{why}工作日"), "工作日".to_owned()]);
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
    2025-09-29 0 鉴定期间（2025-09-29至2025-09-29），不计入 《行政许可法》第四十五条
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
