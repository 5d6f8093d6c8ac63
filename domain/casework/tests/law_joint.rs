//! Joint review and joint inspection at work on a case (clauses B3-3, B3-4, rules L3, L10).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod hall;

use approval::{
    Outcome, Step,
    inspection::Attendance,
    joint::{Opinion, Wanted},
};
use casework::{Addressee, Command, Event, Part, Resumption, Rung, Stage};
use catalog::Silence;
use chrono::NaiveDate;
use hall::{
    Desk, FIRE, Person, STATISTICS, TRAFFIC, WATER,
    acts::{
        answer_more, ask_more, asked, assign, attach, conditionally, decide, draw_plan, draw_plan_again, end_procedure,
        findings, found, inspected, inspection, missing, objection, opine, reopen, review, rework, taken, withdraw,
    },
    at, department, joint, lenient, staff, tested_on_the_site,
};
use kernel::{
    Action, Calendar, Practice, WorkingDays,
    calendar::{Arrangement, Override},
    ledger::{Ground, LimitKind},
};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The item's own plan, drawn on the day of acceptance, Monday 2 March.
fn planned(silence: Silence) -> Desk {
    taken(joint(silence)).after(Person::Reviewer, draw_plan(None))
}

fn all_agree() -> Desk {
    planned(Silence::Open)
        .after(Person::Fire, opine(FIRE, Opinion::Agree))
        .after(Person::Water, opine(WATER, Opinion::Agree))
        .after(Person::Traffic, opine(TRAFFIC, Opinion::Agree))
}

fn limit(desk: &Desk, code: &str) -> Option<(NaiveDate, NaiveDate)> {
    let ledger = desk.case.approval.joint.as_ref().unwrap().ledger(&department(code))?;
    Some((ledger.start, ledger.due(desk.calendar(), desk.now.day()).date))
}

/// Rule L10: parallel participants start at the one acceptance, a serial one at its predecessor's written completion.
#[test]
fn participants_start_at_the_acceptance_or_one_after_another() {
    let desk = planned(Silence::Open);
    assert_eq!(limit(&desk, FIRE), Some((day("2026-03-02"), day("2026-03-09"))));
    assert_eq!(limit(&desk, TRAFFIC), Some((day("2026-03-02"), day("2026-03-06"))));
    assert_eq!(limit(&desk, WATER), None);
    assert_eq!(desk.refused(Person::Water, opine(WATER, Opinion::Agree)), "predecessors_not_completed");
    let desk = desk.later("2026-03-05T10:00:00").after(Person::Fire, opine(FIRE, Opinion::Agree));
    assert_eq!(limit(&desk, WATER), Some((day("2026-03-05"), day("2026-03-10"))));
}

/// Rule L10: a plan that comes too late to leave its participants time gives them their limits from its own day.
#[test]
fn a_late_plan_starts_on_its_own_day() {
    let start = |moment: &str| {
        let desk = taken(joint(Silence::Open)).later(moment).after(Person::Reviewer, draw_plan(None));
        limit(&desk, FIRE).unwrap().0
    };
    assert_eq!(start("2026-03-05T10:00:00"), day("2026-03-02"));
    assert_eq!(start("2026-03-06T10:00:00"), day("2026-03-06"), "traffic's four days would be over");
}

/// Rule L10: a plan that replaces another starts where that one did, so that nobody gains time by it; where that leaves its
/// participants none it starts on its own day, for a stated reason.
#[test]
fn a_plan_drawn_anew_starts_where_the_first_one_did() {
    let by = Person::Reviewer;
    let redrawn = planned(Silence::Open).later("2026-03-04T10:00:00").after(by, draw_plan(None));
    assert_eq!(limit(&redrawn, FIRE), Some((day("2026-03-02"), day("2026-03-09"))));
    let late = redrawn.later("2026-03-06T10:00:00");
    assert_eq!(late.refused(by, draw_plan(None)), "redraw_reason_missing", "traffic's last day");
    let late = late.after(by, draw_plan_again());
    assert_eq!(limit(&late, FIRE).unwrap().0, day("2026-03-06"));
    let again = late.later("2026-03-09T10:00:00").after(by, draw_plan(None));
    assert_eq!(limit(&again, FIRE).unwrap().0, day("2026-03-06"), "nor is it put off without one");
    let returned =
        again.after(Person::Fire, opine(FIRE, Opinion::Agree)).after(Person::Approver, rework(Step::JointReview));
    let returned = returned.later("2026-03-10T10:00:00").after(by, draw_plan(None));
    assert_eq!(limit(&returned, FIRE).unwrap().0, day("2026-03-09"), "the day on which all were asked again");
}

/// Clause B3-3: whoever works on the case draws the plan, the item's requirements in it, until opinions are in.
#[test]
fn a_plan_is_drawn_by_who_works_on_the_case() {
    let by = Person::Reviewer;
    let desk = taken(joint(Silence::Open));
    let drawn = |participants| draw_plan(Some(participants));
    assert_eq!(desk.refused(Person::Deputy, draw_plan(None)), "not_the_holder");
    assert_eq!(desk.refused(by, drawn(vec![asked(FIRE, 5)])), "participant_dropped");
    let lead = asked(desk.item.department.as_str(), 5);
    assert_eq!(desk.refused(by, drawn(vec![lead])), "lead_among_participants");
    assert_eq!(taken(lenient()).refused(by, draw_plan(None)), "participants_missing");
    let of_its_own = taken(lenient()).after(by, drawn(vec![asked(STATISTICS, 5)]));
    assert!(of_its_own.case.is_joint(of_its_own.item), "a department may ask though the item does not require it");
    assert_eq!(all_agree().refused(by, draw_plan(None)), "plan_under_way");
}

/// Clause B3-3: nothing is decided without the plan that the item requires, nor before all have spoken.
#[test]
fn a_decision_waits_for_the_joint_review() {
    let reviewed = |desk: Desk| desk.after(Person::Reviewer, review(Outcome::Grant));
    let unplanned = reviewed(taken(joint(Silence::Open)));
    assert_eq!(unplanned.refused(Person::Approver, decide(Outcome::Grant)), "joint_review_missing");
    assert_eq!(unplanned.refused(Person::Fire, opine(FIRE, Opinion::Agree)), "no_joint_review");
    let waiting = reviewed(planned(Silence::Open));
    assert_eq!(waiting.refused(Person::Approver, decide(Outcome::Grant)), "opinions_missing");
    assert_eq!(reviewed(all_agree()).after(Person::Approver, decide(Outcome::Grant)).case.stage, Stage::Decided);
}

/// Clause B3-3: an objection stands in the way of a grant, not of a refusal, until its department changes it.
#[test]
fn an_objection_is_not_overridden() {
    let objected =
        all_agree().after(Person::Fire, opine(FIRE, objection())).after(Person::Reviewer, review(Outcome::Grant));
    assert_eq!(objected.refused(Person::Approver, decide(Outcome::Grant)), "objection_stands");
    assert_eq!(objected.clone().after(Person::Approver, decide(Outcome::Refuse)).case.stage, Stage::Decided);
    let conditions = Opinion::AgreeWithConditions { conditions: hall::text("增设消防栓") };
    let mended = objected.after(Person::Fire, opine(FIRE, conditions));
    assert_eq!(mended.after(Person::Approver, decide(Outcome::Grant)).case.stage, Stage::Decided);
}

/// Clause B3-3: each department speaks for itself.
#[test]
fn a_department_speaks_for_itself_alone() {
    let desk = planned(Silence::Open);
    assert_eq!(desk.refused(Person::Traffic, opine(FIRE, Opinion::Agree)), "not_of_that_department");
    assert_eq!(desk.refused(Person::Traffic, ask_more(FIRE)), "not_of_that_department");
    assert_eq!(desk.refused(Person::Statistics, opine(STATISTICS, Opinion::Agree)), "not_a_participant");
    assert_eq!(desk.case.participations().len(), 3);
    assert!(desk.case.participations().iter().all(|it| it.part == Part::JointReview));
}

/// Clause B3-3, rule L5: something more is asked for once, before the opinion, and stops no clock.
#[test]
fn something_more_is_asked_for_once() {
    let desk = planned(Silence::Open);
    assert_eq!(desk.refused(Person::Reviewer, answer_more(FIRE)), "nothing_asked");
    let before = limit(&desk, FIRE);
    let desk = desk.after(Person::Fire, ask_more(FIRE));
    assert_eq!(desk.refused(Person::Fire, ask_more(FIRE)), "already_asked");
    let desk = desk.later("2026-03-04T10:00:00").after(Person::Reviewer, answer_more(FIRE));
    assert_eq!(desk.refused(Person::Reviewer, answer_more(FIRE)), "already_answered");
    assert_eq!(limit(&desk, FIRE), before);
    let given = desk.after(Person::Traffic, opine(TRAFFIC, Opinion::Agree));
    assert_eq!(given.refused(Person::Traffic, ask_more(TRAFFIC)), "opinion_given");
}

/// Clauses B2-7, B3-3: a question names the materials that it asks for as the guide does, and none on paper that the guide
/// accepts electronically; one of before, in words alone, is read as it was.
#[test]
fn a_question_demands_no_paper() {
    let desk = planned(Silence::Open);
    let code = |at: usize| desk.item.materials[at].code.to_string();
    let ask = |what: &str, wanted: &[(&str, bool)]| Command::AskMore {
        department: department(FIRE),
        what: hall::text(what),
        materials: wanted
            .iter()
            .map(|(material, on_paper)| Wanted { material: material.parse().unwrap(), on_paper: *on_paper })
            .collect(),
    };
    let (by, first) = (Person::Fire, code(0));
    let first = first.as_str();
    assert!(desk.item.materials[0].electronic_accepted);
    assert_eq!(desk.refused(by, ask("请补交", &[(first, true)])), "paper_not_to_be_demanded");
    assert_eq!(desk.refused(by, ask("请提供纸质总平面图", &[])), "materials_not_named");
    assert_eq!(desk.refused(by, ask("请提供纸质总平面图", &[(first, false)])), "materials_not_named", "as a file");
    assert_eq!(desk.refused(by, ask("请补交", &[("not-in-the-guide", false)])), "material_not_listed");
    assert_eq!(desk.refused(by, ask("请补交", &[(first, false), (first, false)])), "material_repeated");
    let asked = desk.after(by, ask("请补交清晰的扫描件", &[(first, false)]));
    let question = |desk: &Desk| desk.case.approval.joint.as_ref().unwrap().desks[&department(FIRE)].asked.clone();
    assert_eq!(question(&asked).unwrap().materials.len(), 1);
    assert_eq!(casework::Case::fold(&asked.record).as_ref(), Some(&asked.case));
    let old = r#"{"what":"请补充纸质总平面图","by":"fire","on":"2026-03-02"}"#;
    assert!(serde_json::from_str::<approval::joint::Asked>(old).unwrap().materials.is_empty());
}

/// Clause B3-3: a participant that is silent at its limit is named and handled as the item says, after a warning.
#[test]
fn silence_is_named_and_handled_as_the_item_says() {
    for silence in [Silence::Consent, Silence::Open] {
        let mut desk = planned(silence);
        let happened = desk.until("2026-03-10T09:00:00");
        let fell = |code: &str| {
            let named = happened.iter().find(
                |(_, event)| matches!(event, Event::FellSilent { department: it, .. } if *it == department(code)),
            );
            named.map(|(at, _)| *at)
        };
        assert_eq!(fell(TRAFFIC), Some(at("2026-03-07T00:00:00")));
        assert_eq!(fell(FIRE), Some(at("2026-03-10T00:00:00")));
        let rungs = desk.case.reminders.iter().filter(|it| it.to == Addressee::Department(department(FIRE)));
        let rungs: Vec<_> = rungs.map(|it| (it.limit, it.rung)).collect();
        let amber = (LimitKind::Opinion, Rung::Amber);
        if silence == Silence::Consent {
            assert_eq!(rungs, [amber]);
            assert_eq!(limit(&desk, WATER).unwrap().0, day("2026-03-10"), "consent sets its successor going");
            assert_eq!(desk.refused(Person::Fire, opine(FIRE, objection())), "silence_was_consent");
        } else {
            assert_eq!(rungs, [amber, (LimitKind::Opinion, Rung::Overdue)]);
            assert_eq!(limit(&desk, WATER), None, "the opinion is still owed");
            let late = desk.after(Person::Fire, opine(FIRE, Opinion::Agree));
            assert_eq!(limit(&late, WATER).unwrap().0, day("2026-03-10"));
        }
    }
}

/// Clause B3-3: consent through silence is no opinion that a decision has to wait for.
#[test]
fn a_case_is_decided_on_consent_through_silence() {
    let mut desk = planned(Silence::Consent);
    desk.until("2026-03-20T09:00:00");
    assert!(desk.case.participations().iter().all(|it| !it.open));
    let desk = desk.after(Person::Reviewer, review(Outcome::Grant)).after(Person::Approver, decide(Outcome::Grant));
    assert_eq!(desk.case.stage, Stage::Decided);
}

/// Clause B3-3: an opinion about other materials has to be given again, before it is reviewed again.
#[test]
fn an_opinion_on_other_materials_is_outdated() {
    let desk = hall::acts::received(joint(Silence::Open), catalog::DeliveryMethod::PickUp)
        .with_materials_in_order()
        .after(Person::Clerk, missing(lenient(), 2))
        .after(Person::Clerk, conditionally(10))
        .after(Person::Reviewer, Command::Assign { to: Person::Reviewer.colleague(lenient()) })
        .after(Person::Reviewer, draw_plan(None))
        .after(Person::Fire, opine(FIRE, Opinion::Agree))
        .after(Person::Water, opine(WATER, Opinion::Agree))
        .after(Person::Traffic, opine(TRAFFIC, Opinion::Agree))
        .after(Person::Reviewer, review(Outcome::Grant))
        .later("2026-03-03T10:00:00");
    let now = desk.now;
    let desk = desk.after(Person::Applicant, attach(lenient(), 2, now)).after(Person::Clerk, found(lenient(), 2));
    assert_eq!(desk.refused(Person::Approver, decide(Outcome::Grant)), "opinion_outdated");
    let desk = desk
        .after(Person::Fire, opine(FIRE, Opinion::Agree))
        .after(Person::Water, opine(WATER, Opinion::Agree))
        .after(Person::Traffic, opine(TRAFFIC, Opinion::Agree));
    assert_eq!(desk.refused(Person::Approver, decide(Outcome::Grant)), "review_outdated");
    let desk = desk.after(Person::Reviewer, review(Outcome::Grant)).after(Person::Approver, decide(Outcome::Grant));
    assert_eq!(desk.case.approval.joint.as_ref().unwrap().desks[&department(FIRE)].earlier.len(), 1, "kept");
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

/// Clause B3-3: who let its limit pass stays named, with that limit and in the figures, whatever plan is drawn since; it gets
/// another limit for a reason alone, and its one question is still its one question.
#[test]
fn a_plan_drawn_anew_forgets_nobody_who_was_silent() {
    let by = Person::Reviewer;
    for silence in [Silence::Consent, Silence::Open] {
        let mut desk = planned(silence).after(Person::Traffic, ask_more(TRAFFIC));
        desk.until("2026-03-07T09:00:00");
        assert_eq!(desk.refused(by, draw_plan(None)), "silent_asked_again");
        let desk = desk.after(by, draw_plan_again());
        let named = |desk: &Desk| {
            let named = desk.case.approval.joint.as_ref().unwrap().named.iter();
            named.map(|it| (it.department.to_string(), it.due, it.since)).collect::<Vec<_>>()
        };
        let traffic = (TRAFFIC.to_owned(), day("2026-03-06"), day("2026-03-07"));
        assert_eq!(named(&desk), std::slice::from_ref(&traffic));
        assert_eq!(limit(&desk, TRAFFIC).unwrap().0, day("2026-03-07"), "a new limit");
        assert_eq!(desk.refused(by, draw_plan(None)), "silent_asked_again", "nor a third one");
        assert_eq!(desk.refused(Person::Traffic, ask_more(TRAFFIC)), "already_asked");
        let desk = desk.after(by, answer_more(TRAFFIC)).after(Person::Traffic, opine(TRAFFIC, Opinion::Agree));
        let mut desk = desk.after(Person::Approver, rework(Step::JointReview));
        assert_eq!(named(&desk), [traffic], "a return forgets nobody either");
        desk.until("2026-03-31T09:00:00");
        let days = day("2026-03-01")..=day("2026-03-31");
        let silent = desk.case.window_count(&days, desk.calendar(), desk.now.day()).silent;
        let times = silent.iter().filter(|it| **it == department(TRAFFIC)).count();
        assert_eq!(times, 2, "each time in the figures: {silent:?}");
        assert_eq!(casework::Case::fold(&desk.record).as_ref(), Some(&desk.case));
    }
}

/// Clause B3-3: a return asks everybody anew, and the one question of each is still its one question, with its answer.
#[test]
fn a_return_forgets_no_question() {
    let by = Person::Reviewer;
    let desk = planned(Silence::Open)
        .after(Person::Fire, ask_more(FIRE))
        .after(by, answer_more(FIRE))
        .after(Person::Traffic, ask_more(TRAFFIC))
        .after(Person::Fire, opine(FIRE, Opinion::Agree))
        .after(Person::Approver, rework(Step::JointReview));
    let answered = |desk: &Desk, code: &str| {
        let asked = desk.case.approval.joint.as_ref().unwrap().desks[&department(code)].asked.clone();
        asked.map(|asked| asked.answer.is_some())
    };
    assert_eq!([FIRE, TRAFFIC, WATER].map(|code| answered(&desk, code)), [Some(true), Some(false), None]);
    assert_eq!(desk.refused(Person::Fire, ask_more(FIRE)), "already_asked");
    assert_eq!(desk.refused(Person::Traffic, ask_more(TRAFFIC)), "already_asked");
    assert_eq!(desk.refused(by, answer_more(FIRE)), "already_answered");
    let again = desk.after(by, answer_more(TRAFFIC)).after(Person::Approver, rework(Step::JointReview));
    assert_eq!(answered(&again, TRAFFIC), Some(true), "nor after another return");
    assert_eq!(casework::Case::fold(&again.record).as_ref(), Some(&again.case));
}

/// A return that is on record without the questions adds up to the case that was stored with it.
#[test]
fn a_return_of_old_is_read_as_it_was_written() {
    let desk =
        planned(Silence::Open).after(Person::Fire, ask_more(FIRE)).after(Person::Approver, rework(Step::JointReview));
    let mut record = desk.record.clone();
    for recorded in &mut record {
        if let Event::ReturnedForRework(rework) = &mut recorded.event {
            let mut json = serde_json::to_value(&*rework).unwrap();
            assert!(json.as_object_mut().unwrap().remove("asked").is_some());
            *rework = serde_json::from_value(json).unwrap();
        }
    }
    let case = casework::Case::fold(&record).unwrap();
    assert!(case.approval.joint.unwrap().desks.values().all(|desk| desk.asked.is_none()));
}

/// Clause B3-3: nobody is asked twice without a reason though the clock was not looked at when its limit passed.
#[test]
fn a_limit_that_passed_unseen_passed_all_the_same() {
    let desk = planned(Silence::Open).later("2026-03-09T09:00:00");
    assert_eq!(desk.refused(Person::Reviewer, draw_plan(None)), "silent_asked_again");
    let desk = desk.after(Person::Reviewer, draw_plan_again());
    let joint = desk.case.approval.joint.unwrap();
    assert_eq!(joint.named.iter().map(|it| it.since).collect::<Vec<_>>(), [day("2026-03-09")]);
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

fn statutory(desk: &Desk) -> NaiveDate {
    desk.case.clocks.statutory.as_ref().unwrap().due(desk.calendar(), desk.now.day()).date
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

/// 首日计入: where practice counts the first day, it counts for opinions too, also after rework.
#[test]
fn an_opinion_counts_its_first_day_where_practice_says_so() {
    let mut desk = taken(joint(Silence::Open));
    desk.practice = Box::leak(Box::new(Practice { day_zero_counts: true, ..Practice::default() }));
    let desk = desk.after(Person::Reviewer, draw_plan(None));
    assert_eq!(limit(&desk, FIRE), Some((day("2026-03-02"), day("2026-03-06"))));
    let desk = desk.after(Person::Fire, opine(FIRE, Opinion::Agree));
    assert_eq!(limit(&desk, WATER), Some((day("2026-03-02"), day("2026-03-04"))));
    let desk = desk.later("2026-03-04T10:00:00").after(Person::Approver, rework(Step::JointReview));
    assert_eq!(limit(&desk, FIRE), Some((day("2026-03-04"), day("2026-03-10"))));
}

/// Clause B3-3, rule L1: a new edition of the calendar moves the limits of opinions that are owed, and each is named.
#[test]
fn the_limits_of_opinions_move_with_the_calendar() {
    let desk = planned(Silence::Open).after(Person::Traffic, opine(TRAFFIC, Opinion::Agree));
    let holiday = |date| Override { date, kind: Arrangement::Holiday, name: "试验假".into() };
    let new = desk.calendar().merged_with(&Calendar::from_iter([holiday(day("2026-03-05"))]));
    let moves = desk.case.moved_by((desk.calendar(), &new), desk.practice, desk.now.day());
    let told: Vec<_> =
        moves.iter().map(|it| (it.limit, it.department.clone(), it.before.date, it.after.date)).collect();
    let of = |limit, department, before, after| (limit, department, day(before), day(after));
    assert_eq!(
        told,
        [
            of(LimitKind::Promised, None, "2026-03-16", "2026-03-17"),
            of(LimitKind::Statutory, None, "2026-03-30", "2026-03-31"),
            of(LimitKind::Review, None, "2026-03-05", "2026-03-06"),
            of(LimitKind::Opinion, Some(department(FIRE)), "2026-03-09", "2026-03-10"),
        ]
    );
    assert!(desk.case.moved_by((&new, &new), desk.practice, desk.now.day()).is_empty());
}

/// Rule L1: what began after an edition was counted by it from its first day, and nothing of it moved.
#[test]
fn what_began_after_an_edition_did_not_move() {
    let then = taken(joint(Silence::Open));
    let desk = then.clone().after(Person::Reviewer, draw_plan(None));
    let holiday = Override { date: day("2026-03-05"), kind: Arrangement::Holiday, name: "试验假".into() };
    let new = desk.calendar().merged_with(&Calendar::from_iter([holiday]));
    let moves = desk.case.moved_by((desk.calendar(), &new), desk.practice, desk.now.day());
    assert!(moves.iter().any(|it| it.limit == LimitKind::Opinion), "{moves:?}");
    let before = desk.case.moved_since(Some(&then.case), moves.clone());
    let of_the_case: Vec<_> = moves.iter().filter(|it| it.department.is_none()).cloned().collect();
    assert_eq!(before, of_the_case, "no opinion was asked for yet");
    assert_eq!(desk.case.moved_since(Some(&desk.case), moves.clone()), moves);
    assert!(desk.case.moved_since(None, moves).is_empty(), "it was not there yet");
}
