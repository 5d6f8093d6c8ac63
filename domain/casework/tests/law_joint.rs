//! Joint review and joint inspection at work on a case (clauses B3-3, B3-4, rules L3, L10).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod hall;

use approval::{Outcome, Step, joint::Opinion};
use casework::{Addressee, Command, Event, Part, Rung, Stage};
use catalog::Silence;
use chrono::NaiveDate;
use hall::{
    Desk, FIRE, Person, STATISTICS, TRAFFIC, WATER,
    acts::{
        answer_more, ask_more, asked, attach, conditionally, decide, end_procedure, found, inspected, inspection,
        missing, objection, opine, review, rework, taken,
    },
    at, department, joint, lenient, staff, tested_on_the_site,
};
use kernel::{
    Calendar, Practice, WorkingDays,
    calendar::{Arrangement, Override},
    ledger::{Ground, LimitKind},
};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The item's own plan, drawn on the day of acceptance, Monday 2 March.
fn planned(silence: Silence) -> Desk {
    taken(joint(silence)).after(Person::Reviewer, Command::DrawPlan(None))
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
        let desk = taken(joint(Silence::Open)).later(moment).after(Person::Reviewer, Command::DrawPlan(None));
        limit(&desk, FIRE).unwrap().0
    };
    assert_eq!(start("2026-03-05T10:00:00"), day("2026-03-02"));
    assert_eq!(start("2026-03-06T10:00:00"), day("2026-03-06"), "traffic's four days would be over");
    let redrawn = planned(Silence::Open).later("2026-03-04T10:00:00").after(Person::Reviewer, Command::DrawPlan(None));
    assert_eq!(limit(&redrawn, FIRE).unwrap().0, day("2026-03-04"), "what replaces a plan asks anew");
}

/// Clause B3-3: whoever works on the case draws the plan, the item's requirements in it, until opinions are in.
#[test]
fn a_plan_is_drawn_by_who_works_on_the_case() {
    let by = Person::Reviewer;
    let desk = taken(joint(Silence::Open));
    let drawn = |participants| Command::DrawPlan(Some(participants));
    assert_eq!(desk.refused(Person::Deputy, Command::DrawPlan(None)), "not_the_holder");
    assert_eq!(desk.refused(by, drawn(vec![asked(FIRE, 5)])), "participant_dropped");
    let lead = asked(desk.item.department.as_str(), 5);
    assert_eq!(desk.refused(by, drawn(vec![lead])), "lead_among_participants");
    assert_eq!(taken(lenient()).refused(by, Command::DrawPlan(None)), "participants_missing");
    let of_its_own = taken(lenient()).after(by, drawn(vec![asked(STATISTICS, 5)]));
    assert!(of_its_own.case.is_joint(of_its_own.item), "a department may ask though the item does not require it");
    assert_eq!(all_agree().refused(by, Command::DrawPlan(None)), "plan_under_way");
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
        .after(Person::Reviewer, Command::DrawPlan(None))
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
    assert_eq!(desk.after(Person::Fire, on_the_site(FIRE)).case.stage, Stage::InReview);
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
    let desk =
        taken(tested_on_the_site()).after(Person::Reviewer, Command::DrawPlan(None)).later("2026-03-04T10:00:00");
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
    let desk = desk.after(Person::Reviewer, Command::DrawPlan(None));
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
    let moves = desk.case.moved_by(desk.calendar(), &new, desk.now.day());
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
    assert!(desk.case.moved_by(&new, &new, desk.now.day()).is_empty());
}
