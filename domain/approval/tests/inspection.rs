//! 联合踏勘: one visit for all, and what absence costs (clause B3-4, 行政许可法 art. 34).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};

use approval::inspection::{Attendance, Finding, InspectionRecord, JointInspection};
use chrono::NaiveDate;
use kernel::{
    Calendar, DepartmentCode, Instant, Refusal, StaffCode, Text, WorkingDays,
    ledger::{Ledger, LimitKind},
};
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn departments(codes: &[&str]) -> BTreeSet<DepartmentCode> {
    codes.iter().map(|code| code.parse().unwrap()).collect()
}

fn department(code: &str) -> DepartmentCode {
    code.parse().unwrap()
}

fn staff(code: &str) -> StaffCode {
    code.parse().unwrap()
}

fn at() -> Instant {
    Instant::parse("2026-03-10T02:00:00Z").unwrap()
}

fn place() -> Text<200> {
    Text::new("城东街道示范路1号").unwrap()
}

/// For Tuesday 2026-03-10.
fn appointed() -> JointInspection {
    let invited = departments(&["fire", "water", "planning"]);
    JointInspection::schedule(None, day("2026-03-10"), place(), invited, day("2026-03-02")).unwrap()
}

fn attended(codes: &[&str]) -> Attendance {
    let findings = Some(Text::new("与图纸一致").unwrap());
    Attendance::Attended { staff: codes.iter().map(|code| staff(code)).collect(), findings }
}

fn told(lines: &[(&str, Attendance)]) -> BTreeMap<DepartmentCode, Attendance> {
    lines.iter().map(|(code, it)| (department(code), it.clone())).collect()
}

/// fire stays away.
fn attendance() -> BTreeMap<DepartmentCode, Attendance> {
    told(&[("fire", Attendance::Absent), ("water", attended(&["w1"])), ("planning", attended(&["p1"]))])
}

fn took_place() -> JointInspection {
    let mut inspection = appointed();
    let held_on = day("2026-03-10");
    let (by, findings) = (staff("p1"), BTreeMap::new());
    let limit = Some(Ledger::new(LimitKind::Findings, WorkingDays(3), held_on));
    let (attendance, silent) = (attendance(), BTreeMap::new());
    inspection.record(InspectionRecord { held_on, attendance, by, at: at(), findings, limit, silent });
    inspection
}

#[track_caller]
fn refused<T: std::fmt::Debug>(verdict: Result<T, Refusal>, code: &str) {
    assert_eq!(verdict.unwrap_err().code, code);
}

/// Clause B3-4: never a second visit, and never two appointed at once.
#[test]
fn there_is_one_visit_for_the_whole_case() {
    let again = |previous: &JointInspection| {
        let invited = departments(&["fire"]);
        JointInspection::schedule(Some(previous), day("2026-03-20"), place(), invited, day("2026-03-11"))
    };
    refused(again(&appointed()), "inspection_scheduled");
    refused(again(&took_place()), "inspection_took_place");
    refused(took_place().may_move(day("2026-03-20"), day("2026-03-11")), "inspection_took_place");
    refused(took_place().may_record(day("2026-03-10"), &attendance(), day("2026-03-11")), "inspection_took_place");
    refused(took_place().may_demand_another(&department("water")), "inspection_took_place");
}

/// Clause B3-4
#[test]
fn a_visit_is_appointed_ahead_and_for_somebody() {
    let on = |on: &str, invited: &[&str]| {
        JointInspection::schedule(None, day(on), place(), departments(invited), day("2026-03-02"))
    };
    assert!(on("2026-03-02", &["fire"]).is_ok(), "today will do");
    refused(on("2026-03-01", &["fire"]), "inspection_in_the_past");
    refused(on("2026-03-02", &[]), "nobody_invited");
}

/// Clause B3-4: 改期 keeps the day that was given up, and why.
#[test]
fn a_visit_may_be_moved_before_it_took_place() {
    let mut inspection = appointed();
    let (to, after_the_day) = (day("2026-03-16"), day("2026-03-12"));
    refused(inspection.may_move(day("2026-03-10"), day("2026-03-03")), "same_inspection_date");
    refused(inspection.may_move(day("2026-03-11"), after_the_day), "inspection_in_the_past");
    assert_eq!(inspection.may_move(to, after_the_day), Ok(()), "also when the appointed day went by");
    inspection.record_move(to, Text::new("暴雨").unwrap(), staff("p1"), at());
    assert_eq!(inspection.on, to);
    let moved: Vec<_> = inspection.moved.iter().map(|it| (it.from, it.reason.as_str())).collect();
    assert_eq!(moved, [(day("2026-03-10"), "暴雨")]);
    refused(inspection.may_record(day("2026-03-10"), &attendance(), to), "inspection_before_its_date");
}

/// Clause B3-4: every department invited, nobody else, on a day that has come.
#[test]
fn the_record_is_complete_and_not_ahead_of_the_visit() {
    let inspection = appointed();
    let on = |held: &str, today: &str| inspection.may_record(day(held), &attendance(), day(today));
    assert_eq!(on("2026-03-10", "2026-03-10"), Ok(()));
    assert_eq!(on("2026-03-10", "2026-03-13"), Ok(()), "written up later");
    refused(on("2026-03-09", "2026-03-13"), "inspection_before_its_date");
    refused(on("2026-03-10", "2026-03-09"), "inspection_in_the_future");
    let with = |attendance: &BTreeMap<_, _>| inspection.may_record(day("2026-03-10"), attendance, day("2026-03-10"));
    let mut incomplete = attendance();
    incomplete.remove(&department("fire"));
    refused(with(&incomplete), "attendance_missing");
    let mut crowded = attendance();
    crowded.insert(department("health"), attended(&["h1"]));
    refused(with(&crowded), "not_invited");
}

/// Clause B3-4: nobody is absent from a visit on a day it was not told.
#[test]
fn absence_is_from_the_appointed_day() {
    let inspection = appointed();
    let (held, today) = (day("2026-03-11"), day("2026-03-12"));
    refused(inspection.may_record(held, &attendance(), today), "absent_on_another_day");
    let mut complete = attendance();
    complete.insert(department("fire"), attended(&["f1"]));
    assert_eq!(inspection.may_record(held, &complete, today), Ok(()));
}

/// 行政许可法 art. 34: two at least, counted as people.
#[test]
fn two_of_staff_at_least_inspect() {
    let with = |fire, water, planning| {
        let attendance = told(&[("fire", fire), ("water", water), ("planning", planning)]);
        appointed().may_record(day("2026-03-10"), &attendance, day("2026-03-10"))
    };
    let absent = || Attendance::Absent;
    assert_eq!(with(absent(), absent(), attended(&["p1", "p2"])), Ok(()));
    assert_eq!(with(absent(), attended(&["w1"]), attended(&["p1"])), Ok(()));
    refused(with(absent(), absent(), attended(&["p1"])), "too_few_inspectors");
    refused(with(absent(), attended(&["p1"]), attended(&["p1"])), "too_few_inspectors");
    refused(with(absent(), absent(), absent()), "too_few_inspectors");
    refused(with(absent(), attended(&[]), attended(&["p1", "p2"])), "attended_by_nobody");
}

/// Clause B3-4: 缺席默认, for those who stayed away and nobody else; what was to be seen was seen by who was there, and not
/// before the visit.
#[test]
fn whoever_stayed_away_is_held_to_it() {
    let inspection = took_place();
    assert_eq!(inspection.absent().collect::<Vec<_>>(), [&department("fire")]);
    assert!(inspection.bars(&department("fire")) && !inspection.bars(&department("water")));
    refused(inspection.may_object_on_the_site(&department("fire")), "absent_from_inspection");
    refused(inspection.may_demand_another(&department("fire")), "absent_from_inspection");
    assert_eq!(inspection.may_object_on_the_site(&department("water")), Ok(()));
    refused(inspection.may_object_on_the_site(&department("health")), "not_invited");
    refused(appointed().may_object_on_the_site(&department("water")), "inspection_not_held");
    assert_eq!(Attendance::Absent.consequence(), Some("视为无意见，不得就同一事项再次要求踏勘"));
    assert_eq!(attended(&["w1"]).consequence(), None);
}

/// Clause B3-4: whoever was there owes its findings, says them once and by itself, and bases nothing on the site before.
#[test]
fn findings_are_owed_by_whoever_was_there() {
    let water = department("water");
    refused(appointed().may_find(&water), "inspection_not_held");
    refused(appointed().must_be_owed_findings(), "inspection_not_held");
    assert!(appointed().asks(&water), "to come");
    let mut inspection = took_place();
    let record = inspection.record.as_mut().unwrap();
    record.attendance.insert(water.clone(), Attendance::Attended { staff: [staff("w1")].into(), findings: None });
    assert_eq!(inspection.owing().collect::<Vec<_>>(), [&water]);
    assert!(inspection.asks(&water) && !inspection.asks(&department("planning")));
    refused(inspection.may_object_on_the_site(&water), "findings_missing");
    refused(inspection.may_find(&department("fire")), "absent_from_inspection");
    refused(inspection.may_find(&department("health")), "not_invited");
    refused(inspection.may_find(&department("planning")), "findings_given");
    assert_eq!((inspection.may_find(&water), inspection.must_be_owed_findings()), (Ok(()), Ok(())));
    let finding = Finding { text: Text::new("与图纸一致").unwrap(), by: staff("w1"), at: at() };
    inspection.record_finding(water.clone(), finding);
    assert_eq!((inspection.owing().count(), inspection.may_object_on_the_site(&water)), (0, Ok(())));
    refused(inspection.may_find(&water), "findings_given");
    refused(inspection.must_be_owed_findings(), "findings_given");
}

/// Clause B3-4: whoever came and is silent at its limit counts as whoever stayed away, until its findings are in after all.
#[test]
fn whoever_lets_its_limit_pass_is_waited_for_no_more() {
    let (water, calendar) = (department("water"), Calendar::first_edition());
    let mut inspection = took_place();
    let record = inspection.record.as_mut().unwrap();
    record.attendance.insert(water.clone(), Attendance::Attended { staff: [staff("w1")].into(), findings: None });
    let overdue = |inspection: &JointInspection, today| inspection.overdue(&calendar, day(today)).count();
    assert_eq!((overdue(&inspection, "2026-03-13"), overdue(&inspection, "2026-03-14")), (0, 1));
    assert_eq!(inspection.limit_of(&water), took_place().record.unwrap().limit.as_ref());
    assert_eq!(inspection.limit_of(&department("fire")), None, "it was absent");
    assert_eq!((appointed().limit_of(&water), inspection.may_find(&water)), (None, Ok(())));
    assert!(inspection.asks(&water) && inspection.silent_since(&water).is_none());
    inspection.record_silence(water.clone(), day("2026-03-14"));
    inspection.record_silence(water.clone(), day("2026-03-20"));
    assert_eq!(inspection.silent_since(&water), Some(day("2026-03-14")), "named once");
    assert!(!inspection.asks(&water) && inspection.awaited().count() == 0);
    assert_eq!((overdue(&inspection, "2026-03-13"), inspection.may_find(&water)), (1, Ok(())), "it may still say");
    let finding = Finding { text: Text::new("与图纸一致").unwrap(), by: staff("w1"), at: at() };
    inspection.record_finding(water, finding);
    assert_eq!(overdue(&inspection, "2026-03-16"), 0);
}

/// What was recorded when the lead department wrote everybody's findings down is read as complete.
#[test]
fn a_record_of_old_owes_nothing() {
    let old = r#"{"held_on":"2026-03-10","attendance":{"water":{"attendance":"attended","staff":["w1","w2"],"findings":"一致"}},
        "by":"p1","at":"2026-03-10T02:00:00Z"}"#;
    let record: InspectionRecord = serde_json::from_str(old).unwrap();
    assert_eq!(JointInspection { record: Some(record), ..appointed() }.owing().count(), 0);
}

#[test]
fn an_inspection_reads_back_as_written() {
    let mut inspection = took_place();
    inspection.record_move(day("2026-03-16"), Text::new("暴雨").unwrap(), staff("p1"), at());
    let json = serde_json::to_value(&inspection).unwrap();
    assert_eq!(json["record"]["attendance"]["fire"]["attendance"], "absent");
    assert_eq!(serde_json::from_value::<JointInspection>(json).unwrap(), inspection);
}

proptest! {
    /// Clause B3-4, 行政许可法 art. 34: a record is taken exactly when it covers those invited, by two people or more.
    #[test]
    fn a_record_is_taken_exactly_when_it_is_whole(
        present in proptest::collection::btree_map(
            proptest::sample::select(vec!["fire", "water", "planning", "health"]),
            proptest::collection::btree_set(proptest::sample::select(vec!["s1", "s2", "s3"]), 0..3),
            0..=4,
        ),
        absent in proptest::sample::subsequence(vec!["fire", "water", "planning", "health"], 0..=4),
    ) {
        let mut attendance: BTreeMap<_, _> = absent.iter().map(|code| (department(code), Attendance::Absent)).collect();
        for (code, people) in &present {
            attendance.insert(department(code), attended(&people.iter().copied().collect::<Vec<_>>()));
        }
        let covered = attendance.keys().cloned().collect::<BTreeSet<_>>() == appointed().departments;
        let people: BTreeSet<_> = present.values().flatten().collect();
        let whole = covered && people.len() >= 2 && present.values().all(|it| !it.is_empty());
        let verdict = appointed().may_record(day("2026-03-10"), &attendance, day("2026-03-10"));
        prop_assert_eq!(verdict.is_ok(), whole, "{:?}", verdict);
    }
}
