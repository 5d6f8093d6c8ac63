//! Joint inspection at work on a case: the visit, its findings and its clock (clause B3-4, rules L1, L5).

use approval::{Outcome, Step, inspection::Attendance};
use casework::{Addressee, Command, Event, Part, Resumption, Rung, Stage};
use catalog::Silence;
use chrono::NaiveDate;
use kernel::{
    Action, Calendar, WorkingDays,
    calendar::{Arrangement, Override},
    ledger::{Ground, LimitKind},
};

use crate::hall::{
    self, Desk, FIRE, Person, STATISTICS, TRAFFIC, WATER,
    acts::{
        all_agree, assign, decide, draw_plan, end_procedure, findings, inspected, inspection, objection, planned,
        reopen, review, rework, taken, withdraw,
    },
    at, day, department, limit, staff, tested_on_the_site,
};

fn statutory(desk: &Desk) -> NaiveDate {
    desk.case.clocks.statutory.as_ref().unwrap().due(desk.calendar(), desk.now.day()).date
}

/// Clause B3-4: one visit for all, appointed, moved with a reason, recorded with who was there, and never a second one.
#[test]
fn one_visit_for_the_whole_case() {
    let by = Person::Reviewer;
    let today = day("2026-03-02");
    let desk = all_agree().after(by, review(Outcome::Grant));
    assert_eq!(desk.refused(by, inspected(today, &[FIRE], &[])), "no_inspection");
    assert_eq!(desk.refused(Person::Deputy, inspection(today, &[FIRE], false)), "not_the_holder");
    let desk = desk.after(by, inspection(day("2026-03-04"), &[FIRE, TRAFFIC], false));
    assert_eq!(desk.refused(Person::Approver, decide(Outcome::Grant)), "inspection_pending");
    assert_eq!(desk.refused(by, inspection(day("2026-03-05"), &[FIRE], false)), "inspection_scheduled");
    assert_eq!(desk.refused(by, inspection(day("2026-03-05"), &[FIRE], true)), "inspection_differs");
    let desk = desk.after(by, inspection(day("2026-03-05"), &[FIRE, TRAFFIC], true)).later("2026-03-05T16:00:00");
    let desk = desk.after(by, inspected(day("2026-03-05"), &[FIRE], &[TRAFFIC]));
    let kept = desk.case.approval.inspection.as_ref().unwrap();
    assert_eq!((kept.moved.len(), kept.absent().count()), (1, 1));
    for again in [inspection(day("2026-03-09"), &[FIRE], true), inspected(day("2026-03-05"), &[FIRE], &[TRAFFIC])] {
        assert_eq!(desk.refused(by, again), "inspection_took_place");
    }
    let on_the_site =
        |by: &str| Command::GiveOpinion { department: department(by), opinion: objection(), on_the_site: true };
    assert_eq!(all_agree().refused(Person::Fire, on_the_site(FIRE)), "no_inspection");
    assert_eq!(desk.refused(Person::Water, on_the_site(WATER)), "not_invited");
    assert_eq!(desk.refused(Person::Traffic, on_the_site(TRAFFIC)), "absent_from_inspection");
    assert_eq!(desk.refused(Person::Fire, on_the_site(FIRE)), "findings_missing");
    let found = desk.after(Person::Fire, findings(FIRE));
    assert_eq!(found.after(Person::Fire, on_the_site(FIRE)).case.stage, Stage::InReview);
}

/// Clause B3-4: each department that was there says for itself what it found; there is no decision before, nor one on a
/// review that knew nothing of it.
#[test]
fn findings_are_each_departments_own() {
    let (by, today) = (Person::Reviewer, day("2026-03-02"));
    let desk = all_agree().after(by, inspection(today, &[FIRE, TRAFFIC, STATISTICS], false));
    assert_eq!(desk.refused(Person::Fire, findings(FIRE)), "inspection_not_held");
    let asked_of = |desk: &Desk| {
        let parts = desk.case.participations().into_iter().filter(|it| it.part == Part::Inspection && it.open);
        parts.map(|it| it.department.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(asked_of(&desk), [FIRE, STATISTICS, TRAFFIC], "all are asked to come");
    let Command::RecordInspection { held_on, mut attendance } = inspected(today, &[FIRE, TRAFFIC], &[STATISTICS])
    else {
        unreachable!()
    };
    let people = [staff("reviewer"), staff("inspector")].into();
    attendance.insert(department(FIRE), Attendance::Attended { staff: people, findings: Some(hall::text("一致")) });
    let for_others = Command::RecordInspection { held_on, attendance };
    assert_eq!(desk.refused(by, for_others), "not_of_that_department");

    let desk = desk.after(by, inspected(today, &[FIRE, TRAFFIC], &[STATISTICS])).after(by, review(Outcome::Grant));
    assert_eq!(asked_of(&desk), [FIRE, TRAFFIC]);
    assert_eq!(desk.refused(Person::Approver, decide(Outcome::Grant)), "findings_missing");
    assert_eq!(desk.refused(by, findings(FIRE)), "not_of_that_department");
    assert_eq!(desk.refused(Person::Statistics, findings(STATISTICS)), "absent_from_inspection");
    assert_eq!(desk.refused(Person::Water, findings(WATER)), "not_invited");
    let desk = desk.later("2026-03-03T10:00:00").after(Person::Fire, findings(FIRE));
    assert_eq!(desk.refused(Person::Fire, findings(FIRE)), "findings_given");
    let desk = desk.after(Person::Traffic, findings(TRAFFIC));
    assert!(asked_of(&desk).is_empty());
    assert_eq!(desk.refused(Person::Approver, decide(Outcome::Grant)), "review_outdated");
    let desk = desk.after(by, review(Outcome::Grant)).after(Person::Approver, decide(Outcome::Grant));
    assert_eq!(desk.case.stage, Stage::Decided);
    assert_eq!(casework::Case::fold(&desk.record).as_ref(), Some(&desk.case));
}

/// Clauses B3-3, B3-4: whoever has consented by its silence holds the decision up with its findings no more.
#[test]
fn nobody_waits_for_the_findings_of_who_has_consented() {
    let (by, today) = (Person::Reviewer, day("2026-03-02"));
    let mut desk = planned(Silence::Consent)
        .after(by, inspection(today, &[FIRE], false))
        .after(by, inspected(today, &[FIRE], &[]));
    desk.until("2026-03-20T09:00:00");
    let desk = desk.after(by, review(Outcome::Grant)).after(Person::Approver, decide(Outcome::Grant));
    assert_eq!(desk.case.stage, Stage::Decided);
}

/// Clause B3-4, rule L1: findings have a limit of their own, warned of and moved like any other; past it nobody waits for
/// them, and the review knows what comes after it all the same.
#[test]
fn findings_are_waited_for_until_their_limit() {
    let (by, today) = (Person::Reviewer, day("2026-03-02"));
    let desk = all_agree().after(by, inspection(today, &[FIRE], false)).after(by, inspected(today, &[FIRE], &[]));
    let mut desk = desk.after(by, review(Outcome::Grant));
    let mut parts = desk.case.participations().into_iter().filter(|it| it.part == Part::Inspection);
    let limit = parts.next().unwrap().limit.unwrap();
    assert_eq!((limit.kind, limit.due(desk.calendar(), today).date), (LimitKind::Findings, day("2026-03-05")));
    let holiday = Override { date: day("2026-03-04"), kind: Arrangement::Holiday, name: "试验假".into() };
    let new = desk.calendar().merged_with(&Calendar::from_iter([holiday]));
    let moves = desk.case.moved_by((desk.calendar(), &new), desk.practice, today);
    let moved =
        |it: &casework::DeadlineMove| it.limit == LimitKind::Findings && it.department == Some(department(FIRE));
    assert!(moves.iter().any(moved), "{moves:?}");

    desk.until("2026-03-05T17:00:00");
    assert_eq!(desk.refused(Person::Approver, decide(Outcome::Grant)), "findings_missing");
    desk.until("2026-03-06T09:00:00");
    let sent = desk.case.reminders.iter().filter(|it| it.limit == LimitKind::Findings);
    let sent: Vec<_> = sent.map(|it| (it.rung, it.to.clone())).collect();
    let to = Addressee::Department(department(FIRE));
    assert_eq!(sent, [(Rung::Amber, to)], "and named when it is over");
    let missed = |recorded: &&casework::Recorded| matches!(recorded.event, Event::FindingsMissed { .. });
    let named: Vec<_> = desk.record.iter().filter(missed).map(|it| (it.at, it.event.clone())).collect();
    let (fire, on) = (department(FIRE), day("2026-03-06"));
    assert_eq!(named, [(at("2026-03-06T00:00:00"), Event::FindingsMissed { department: fire.clone(), on })], "once");
    let is_asked = |it: casework::Participation| it.part == Part::Inspection && it.open;
    assert!(!desk.case.participations().into_iter().any(is_asked), "nothing is asked of it any more");
    assert_eq!(desk.case.approval.inspection.as_ref().unwrap().silent_since(&fire), Some(on));
    let late = desk.clone().after(Person::Fire, findings(FIRE));
    assert_eq!(late.refused(Person::Approver, decide(Outcome::Grant)), "review_outdated");
    let desk = desk.after(Person::Approver, decide(Outcome::Grant));
    assert_eq!(desk.case.stage, Stage::Decided);
    assert_eq!(casework::Case::fold(&desk.record).as_ref(), Some(&desk.case));
}

/// Clauses B3-3, B3-4: nothing is announced to a department of which it is not asked.
#[test]
fn nobody_is_offered_what_is_asked_of_others() {
    let (by, today) = (Person::Reviewer, day("2026-03-02"));
    let desk = planned(Silence::Open)
        .after(by, inspection(today, &[FIRE, STATISTICS], false))
        .after(by, inspected(today, &[FIRE], &[STATISTICS]));
    let verdict = |who: Person, action: Action| {
        let actor = who.at(desk.item);
        let permits = desk.case.permits(desk.item, &[], &desk.context(&actor));
        permits.into_iter().find(|it| it.action == action).unwrap().verdict.map_err(|refusal| refusal.code)
    };
    for action in [Action::GiveOpinion, Action::AskMore] {
        assert_eq!(verdict(Person::Statistics, action), Err("not_a_participant"));
        assert_eq!(verdict(Person::Fire, action), Ok(()));
    }
    assert_eq!(verdict(Person::Statistics, Action::GiveFindings), Err("absent_from_inspection"));
    assert_eq!(verdict(Person::Water, Action::GiveFindings), Err("not_invited"));
    assert_eq!(verdict(Person::Fire, Action::GiveFindings), Ok(()));
}

/// Rework leaves the visit what it was: there is no second one for the same matter.
#[test]
fn a_return_does_not_bring_a_second_visit() {
    let today = day("2026-03-02");
    let desk = all_agree()
        .after(Person::Reviewer, inspection(today, &[FIRE], false))
        .after(Person::Reviewer, inspected(today, &[FIRE], &[]))
        .after(Person::Approver, rework(Step::JointReview));
    assert_eq!(desk.refused(Person::Reviewer, inspection(today, &[FIRE], false)), "inspection_took_place");
}

/// Clauses B3-3, B3-4: what is checked again from its start has had its visit, and whoever was silent before it ended stays in
/// the figures.
#[test]
fn a_reopened_case_has_had_its_visit_and_its_silence() {
    let (by, today, item) = (Person::Reviewer, day("2026-03-02"), tested_on_the_site());
    let mut desk = taken(item)
        .after(Person::Reviewer, draw_plan(None))
        .after(Person::Approver, inspection(today, &[FIRE, STATISTICS], false))
        .after(by, inspected(today, &[FIRE], &[STATISTICS]));
    desk.until("2026-03-07T09:00:00");
    let silent = |desk: &Desk| {
        let days = day("2026-03-01")..=day("2026-03-31");
        desk.case.window_count(&days, desk.calendar(), desk.now.day()).silent
    };
    assert_eq!(silent(&desk), [department(TRAFFIC)]);
    let desk = desk.after(Person::Applicant, withdraw()).later("2026-03-20T09:00:00");
    let desk = desk.after(Person::DepartmentHead, reopen());
    assert_eq!(silent(&desk), [department(TRAFFIC)], "and not fire, whose limit was over after the end");
    let desk = desk.after(Person::Clerk, Command::Accept).after(by, assign(by, item));
    for who in [by, Person::Approver] {
        assert_eq!(desk.refused(who, inspection(day("2026-03-23"), &[FIRE], false)), "inspection_took_place");
    }
    let kept = desk.case.approval.inspection.as_ref().unwrap();
    assert_eq!(kept.absent().collect::<Vec<_>>(), [&department(STATISTICS)]);
    assert_eq!((kept.silent_since(&department(FIRE)), kept.procedure.as_ref()), (Some(day("2026-03-06")), None));
    let desk = desk.after(by, draw_plan(None));
    assert_eq!(silent(&desk), [department(TRAFFIC)], "once");
    assert_eq!(casework::Case::fold(&desk.record).as_ref(), Some(&desk.case));
    let old = r#"{"check":{"limit":{"kind":"check","budget":5,"start":"2026-03-20"}}}"#;
    let old: Resumption = serde_json::from_str(old).unwrap();
    assert!(matches!(old, Resumption::Check { inspection: None, deemed_on: None, silent, .. } if silent.is_empty()));
}

/// Clause B3-4: a visit that was appointed and never held may still take place.
#[test]
fn a_reopened_case_may_have_the_visit_that_was_never_held() {
    let by = Person::Reviewer;
    let desk = planned(Silence::Open).after(by, inspection(day("2026-03-04"), &[FIRE], false));
    let item = desk.item;
    let desk = desk.after(Person::Applicant, withdraw()).after(Person::DepartmentHead, reopen());
    let desk = desk.after(Person::Clerk, Command::Accept).after(by, assign(by, item));
    assert!(desk.case.approval.inspection.is_none());
    assert_eq!(desk.after(by, inspection(day("2026-03-05"), &[FIRE], false)).case.stage, Stage::InReview);
}

/// Clause B3-4, rule L5: by default the days of a joint inspection count.
#[test]
fn a_visit_stops_no_clock_unless_the_item_says_so() {
    let desk = planned(Silence::Open).after(Person::Reviewer, inspection(day("2026-03-05"), &[FIRE], false));
    assert!(desk.case.approval.procedures.is_empty());
    assert_eq!(statutory(&desk), day("2026-03-30"));
}

/// Clause B3-4, rule L5, 行政许可法 art. 45: where the item says so a visit is a special procedure, with its ground, approver
/// and written notice of the time it needs, from that notice until its findings.
#[test]
fn a_visit_that_is_a_special_procedure_stops_the_clock() {
    let by = Person::Approver;
    let desk = taken(tested_on_the_site()).after(Person::Reviewer, draw_plan(None)).later("2026-03-04T10:00:00");
    let visit = inspection(day("2026-03-09"), &[FIRE], false);
    assert_eq!(desk.refused(Person::Reviewer, visit.clone()), "inspection_needs_approval");
    let desk = desk.after(by, visit);
    let [procedure] = &desk.case.approval.procedures[..] else { panic!("{:?}", desk.case.approval.procedures) };
    assert_eq!((procedure.ground, procedure.from, procedure.until), (Ground::Testing, day("2026-03-04"), None));
    assert_eq!((procedure.needs, procedure.approved_by.clone()), (WorkingDays(4), staff("approver")));
    let notice = procedure.notice.clone();
    assert_eq!(desk.record.last().unwrap().event.document(), Some(&notice), "in writing");
    assert_eq!(desk.case.approval.inspection.as_ref().unwrap().procedure, Some(notice.clone()));
    assert_eq!(desk.refused(by, decide(Outcome::Grant)), "procedure_open");

    let desk = desk.later("2026-03-11T10:00:00");
    assert_eq!(statutory(&desk), day("2026-04-08"), "six days of it by now, and the Qingming holiday");
    let desk = desk.after(Person::Reviewer, inspected(day("2026-03-09"), &[FIRE], &[]));
    let ended = &desk.case.approval.procedures[0];
    assert_eq!((ended.notice.clone(), ended.until), (notice, Some(day("2026-03-09"))), "the day of the findings");
    assert_eq!(statutory(&desk), day("2026-04-03"), "four working days did not count");
    assert_eq!(
        limit(&desk, FIRE),
        Some((day("2026-03-02"), day("2026-03-09"))),
        "an opinion's limit stops for nothing"
    );
}

/// Clause B3-4, rule L5: another day is another notice; the days between count once.
#[test]
fn a_visit_that_is_moved_is_noticed_again() {
    let by = Person::Approver;
    let desk = taken(tested_on_the_site())
        .after(by, inspection(day("2026-03-05"), &[FIRE], false))
        .later("2026-03-04T10:00:00")
        .after(by, inspection(day("2026-03-10"), &[FIRE], true));
    let procedures = &desk.case.approval.procedures;
    let spans: Vec<_> = procedures.iter().map(|it| (it.from, it.until, it.needs)).collect();
    let (first, second) = (day("2026-03-02"), day("2026-03-04"));
    assert_eq!(spans, [(first, Some(second), WorkingDays(4)), (second, None, WorkingDays(5))]);
    assert_eq!(desk.case.approval.inspection.as_ref().unwrap().procedure, Some(procedures[1].notice.clone()));
    let desk = desk.later("2026-03-10T16:00:00").after(Person::Reviewer, inspected(day("2026-03-10"), &[FIRE], &[]));
    assert!(desk.case.approval.procedures.iter().all(|it| !it.is_open()));
    assert_eq!(statutory(&desk), day("2026-04-08"), "six working days from Tuesday on, and the holiday");
}

/// Rule L5: ended by hand before the visit, the clock runs again, and the record of the visit stops it no more.
#[test]
fn a_visit_whose_procedure_was_ended_by_hand_is_recorded_all_the_same() {
    let desk = taken(tested_on_the_site()).after(Person::Approver, inspection(day("2026-03-05"), &[FIRE], false));
    let notice = desk.case.approval.procedures[0].notice.clone();
    let desk = desk.later("2026-03-03T10:00:00").after(Person::Reviewer, end_procedure(notice, None));
    let desk = desk.later("2026-03-05T16:00:00").after(Person::Reviewer, inspected(day("2026-03-05"), &[FIRE], &[]));
    assert_eq!(desk.case.approval.procedures[0].until, Some(day("2026-03-03")));
    assert_eq!(statutory(&desk), day("2026-03-31"));
}
