//! The limits of opinions in a joint review, and silence at their end (clause B3-3, rules L1, L10).

use approval::{Outcome, Step, joint::Opinion};
use casework::{Addressee, Event, Rung, Stage};
use catalog::Silence;
use kernel::{
    Calendar, Practice,
    calendar::{Arrangement, Override},
    ledger::LimitKind,
};

use crate::hall::{
    Desk, FIRE, Person, TRAFFIC, WATER,
    acts::{
        answer_more, ask_more, decide, draw_plan, draw_plan_again, objection, opine, planned, review, rework, taken,
    },
    at, day, department, joint, limit,
};

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

/// Clause B3-3: nobody is asked twice without a reason though the clock was not looked at when its limit passed.
#[test]
fn a_limit_that_passed_unseen_passed_all_the_same() {
    let desk = planned(Silence::Open).later("2026-03-09T09:00:00");
    assert_eq!(desk.refused(Person::Reviewer, draw_plan(None)), "silent_asked_again");
    let desk = desk.after(Person::Reviewer, draw_plan_again());
    let joint = desk.case.approval.joint.unwrap();
    assert_eq!(joint.named.iter().map(|it| it.since).collect::<Vec<_>>(), [day("2026-03-09")]);
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
