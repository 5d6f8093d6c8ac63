//! Joint review at work on a case: the plan, the opinions and the questions (clause B3-3, rules L3, L5).

use approval::{
    Outcome, Step,
    joint::{Opinion, Participant, Wanted},
};
use casework::{Command, Event, Part, Stage};
use catalog::Silence;
use kernel::Action;

use crate::hall::{
    self, Desk, FIRE, Person, STATISTICS, TRAFFIC, WATER,
    acts::{
        all_agree, answer_more, ask_more, asked, attach, conditionally, decide, draw_plan, found, missing, objection,
        opine, planned, review, rework, taken,
    },
    department, joint, lenient, limit,
};

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

/// Clause B3-3: a serial opinion rests on what was said before it. Where that has changed it is given again and the case
/// reviewed again, and a return to the review skips neither.
#[test]
fn an_opinion_on_what_a_predecessor_said_is_outdated_with_it() {
    let by = Person::Reviewer;
    let spoke = all_agree().later("2026-03-03T10:00:00");
    let again = spoke.clone().after(Person::Traffic, opine(TRAFFIC, Opinion::Agree)).after(by, review(Outcome::Grant));
    let again = again.after(Person::Approver, decide(Outcome::Grant));
    assert_eq!(again.case.stage, Stage::Decided, "nobody waited for traffic");

    let conditions = Opinion::AgreeWithConditions { conditions: hall::text("增设消防栓") };
    let changed = spoke
        .after(by, review(Outcome::Grant))
        .after(Person::Approver, rework(Step::Review))
        .after(Person::Fire, opine(FIRE, conditions))
        .later("2026-03-04T10:00:00")
        .after(by, review(Outcome::Grant));
    let joint = changed.case.approval.joint.as_ref().unwrap();
    let outdated = [FIRE, WATER, TRAFFIC].map(|code| joint.outdated_by(&department(code), None));
    assert_eq!(outdated, [None, Some("前置部门的意见"), None]);
    let asked = |desk: &Desk| {
        let open = desk.case.participations().into_iter().filter(|it| it.open);
        open.map(|it| (it.department.to_string(), it.limit.is_some())).collect::<Vec<_>>()
    };
    assert_eq!(asked(&changed), [(WATER.to_owned(), false)], "it is asked anew");
    assert_eq!(changed.refused(Person::Approver, decide(Outcome::Grant)), "opinion_outdated");
    let approver = Person::Approver.at(changed.item);
    let announced = changed.case.guard(Action::Decide, changed.item, &changed.context(&approver)).unwrap_err();
    assert_eq!(announced.detail, "「water」反馈意见后前置部门的意见有变化，须重新反馈");
    let given = changed.later("2026-03-05T10:00:00").after(Person::Water, opine(WATER, Opinion::Agree));
    assert_eq!(given.refused(Person::Approver, decide(Outcome::Grant)), "review_outdated");
    assert_eq!(asked(&given), []);
    let desk = given.after(by, review(Outcome::Grant)).after(Person::Approver, decide(Outcome::Grant));
    assert_eq!(desk.case.stage, Stage::Decided);
}

/// Clause B3-3, rule L10: through a department whose silence was consent, what was said before it is still what the next one
/// rests on.
#[test]
fn an_opinion_is_outdated_through_a_silent_predecessor() {
    let after = |one: &str, asked: Participant| Participant { after: [department(one)].into(), ..asked };
    let plan = vec![asked(FIRE, 5), after(FIRE, asked(WATER, 3)), after(WATER, asked(TRAFFIC, 4))];
    let mut desk = taken(joint(Silence::Consent))
        .after(Person::Reviewer, draw_plan(Some(plan)))
        .after(Person::Fire, opine(FIRE, Opinion::Agree));
    let next = desk.case.approval.joint.as_ref().unwrap().ledger(&department(WATER)).unwrap();
    let due = next.due(desk.calendar(), desk.now.day()).date;
    desk.until(&format!("{}T09:00:00", due + chrono::Days::new(1)));
    let spoke = desk.after(Person::Traffic, opine(TRAFFIC, Opinion::Agree));
    let later = format!("{}T10:00:00", due + chrono::Days::new(1));
    let conditions = Opinion::AgreeWithConditions { conditions: hall::text("增设消防栓") };
    let changed = spoke.later(&later).after(Person::Fire, opine(FIRE, conditions));
    let joint = changed.case.approval.joint.as_ref().unwrap();
    let outdated = [FIRE, WATER, TRAFFIC].map(|code| joint.outdated_by(&department(code), None));
    assert_eq!(outdated, [None, None, Some("前置部门的意见")]);
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
