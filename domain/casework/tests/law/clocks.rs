//! Clocks at work on a case: what stops one, what does not, what lengthens one, and who is reminded (rules L2 to L5, L12).

use approval::Outcome;
use casework::{Addressee, Case, Command, DeadlineMove, Event, Rung, Stage};
use chrono::NaiveDate;
use kernel::{
    Calendar, DocumentNumber, Fact, Instant, WorkingDays,
    calendar::{Arrangement, Override},
    ledger::{Ledger, LimitKind},
};
use routing::Responsible;

use crate::hall::{
    Desk, Person,
    acts::{
        accepted, assign, decide, draw_plan, end_procedure, extend, lacking, pause, procedure, received, review,
        rework, taken, withdraw,
    },
    at, day, joint, lenient, staff,
};

fn due(desk: &Desk, ledger: &Option<Ledger>) -> NaiveDate {
    ledger.as_ref().unwrap().due(desk.calendar(), desk.now.day()).date
}

/// 法定期限 and 承诺期限 as they stand.
fn dates(desk: &Desk) -> (NaiveDate, NaiveDate) {
    (due(desk, &desk.case.clocks.statutory), due(desk, &desk.case.clocks.promised))
}

fn reminders(happened: &[(Instant, Event)]) -> Vec<(Instant, LimitKind, Rung)> {
    let sent = happened.iter().filter_map(|(at, event)| match event {
        Event::Reminded(reminder) => Some((*at, reminder.limit, reminder.rung)),
        _ => None,
    });
    sent.collect()
}

fn notice(desk: &Desk) -> DocumentNumber {
    desk.case.approval.procedures.last().unwrap().notice.clone()
}

/// Rules L2, L12: both limits run side by side from acceptance, and the shorter one binds.
#[test]
fn the_promise_binds_where_it_is_shorter() {
    let desk = accepted(lenient());
    assert_eq!(dates(&desk), (day("2026-03-30"), day("2026-03-16")));
    let binding = desk.case.clocks.binding(desk.calendar(), desk.now.day()).unwrap();
    assert_eq!(binding.kind, LimitKind::Promised);
}

/// Rule L2: once, by ten working days at most, by the head of the department, in writing.
#[test]
fn the_head_of_the_department_extends_once() {
    let desk = accepted(lenient());
    assert_eq!(desk.refused(Person::GovernmentHead, extend(10)), "not_the_approving_head");
    assert_eq!(desk.refused(Person::Approver, extend(10)), "not_the_approving_head");
    assert_eq!(desk.refused(Person::DepartmentHead, extend(0)), "limit_out_of_range");
    assert_eq!(desk.refused(Person::DepartmentHead, extend(11)), "limit_out_of_range");
    let desk = desk.after(Person::DepartmentHead, extend(10));
    assert_eq!(dates(&desk), (day("2026-04-14"), day("2026-03-30")));
    assert!(desk.record.last().unwrap().event.document().is_some(), "the applicant is told why");
    let extension = &desk.case.clocks.statutory.as_ref().unwrap().extensions[0];
    assert_eq!((extension.approved_by.code.as_str(), extension.reason.as_str()), ("head", "案情复杂"));
    assert_eq!(desk.refused(Person::DepartmentHead, extend(1)), "already_extended");
}

/// Rule L2: as long as the statutory limit is not over, though the promise be broken.
#[test]
fn what_is_overdue_is_not_extended() {
    let last = accepted(lenient()).later("2026-03-30T16:00:00");
    let over = last.clone().later("2026-03-31T08:00:00");
    assert_eq!(over.refused(Person::DepartmentHead, extend(10)), "limit_over");
    let extended = last.after(Person::DepartmentHead, extend(5));
    assert_eq!(dates(&extended), (day("2026-04-07"), day("2026-03-16")), "a broken promise stays broken");
    let promise = extended.case.clocks.promised.as_ref().unwrap();
    assert!(promise.is_overdue(extended.calendar(), extended.now.day()));
    assert_eq!(lacking(lenient(), &[]).refused(Person::DepartmentHead, extend(10)), "wrong_stage");
}

/// Rule L3: where departments handle it together, the government's head, by fifteen.
#[test]
fn joint_handling_is_extended_by_the_government() {
    let desk = taken(joint(catalog::Silence::Open)).after(Person::Reviewer, draw_plan(None));
    assert_eq!(desk.refused(Person::DepartmentHead, extend(10)), "not_the_approving_head");
    assert_eq!(desk.refused(Person::GovernmentHead, extend(16)), "limit_out_of_range");
    let desk = desk.after(Person::GovernmentHead, extend(15));
    assert_eq!(desk.case.clocks.statutory.as_ref().unwrap().total(), WorkingDays(35));
}

/// Rule L5: a special procedure stops both limits of the decision for its own days, and no other limit.
#[test]
fn a_special_procedure_stops_the_limits_of_the_decision_alone() {
    let desk = taken(lenient()).after(Person::Approver, procedure(None, false, 20));
    let procedure = desk.case.approval.procedures[0].clone();
    assert_eq!((procedure.needs, procedure.approved_by.as_str()), (WorkingDays(20), "approver"));
    assert!(desk.case.clocks.review.as_ref().unwrap().suspensions.is_empty());
    let desk = desk.later("2026-03-06T10:00:00");
    let number = notice(&desk);
    let desk = desk.after(Person::Reviewer, end_procedure(number, None));
    // From Monday through Friday: the first day did not count anyhow.
    assert_eq!(dates(&desk), (day("2026-04-03"), day("2026-03-20")));
    assert_eq!(dates(&desk.clone().later("2026-03-18T10:00:00")), dates(&desk), "it runs on");
}

/// Rule L5: a procedure stops the clock for as long as it lasts, but nobody forgets it past the time that the applicant was
/// told.
#[test]
fn whoever_holds_the_case_is_reminded_of_a_procedure_that_takes_too_long() {
    let started = taken(lenient()).after(Person::Approver, procedure(None, false, 5));
    let of_procedure = |desk: &mut Desk, until: &str| {
        let happened = desk.until(until);
        let sent = reminders(&happened).into_iter().filter(|(_, limit, _)| *limit == LimitKind::Procedure);
        sent.map(|(at, _, rung)| (at.day(), rung)).collect::<Vec<_>>()
    };
    let expected = [(day("2026-03-05"), Rung::Amber), (day("2026-03-10"), Rung::Overdue)];
    assert_eq!(of_procedure(&mut started.clone(), "2026-03-30T10:00:00"), expected);
    let number = notice(&started);
    let mut ended = started.later("2026-03-04T10:00:00").after(Person::Reviewer, end_procedure(number, None));
    assert_eq!(of_procedure(&mut ended, "2026-03-30T10:00:00"), []);
}

/// Rule L5: two procedures that begin on one day are two to remember.
#[test]
fn procedures_that_begin_on_one_day_are_reminded_of_each() {
    let mut desk = taken(lenient()).after(Person::Approver, procedure(None, false, 5));
    let first = notice(&desk);
    desk = desk.after(Person::Approver, procedure(None, false, 5));
    let second = notice(&desk);
    let happened = desk.until("2026-03-30T10:00:00");
    let of = |of: &DocumentNumber| {
        let sent = happened.iter().filter_map(|(_, event)| match event {
            Event::Reminded(reminder) if reminder.procedure.as_ref() == Some(of) => Some(reminder.rung),
            _ => None,
        });
        sent.collect::<Vec<_>>()
    };
    assert_eq!([of(&first), of(&second)], [[Rung::Amber, Rung::Overdue], [Rung::Amber, Rung::Overdue]]);
}

/// Rule L2: what was warned of before an extension is warned of again before the new date.
#[test]
fn an_extended_limit_warns_a_second_time() {
    let mut desk = taken(lenient());
    let statutory = |happened: &[(Instant, Event)]| {
        let sent = reminders(happened).into_iter().filter(|(_, limit, _)| *limit == LimitKind::Statutory);
        sent.map(|(at, _, rung)| (at.day(), rung)).collect::<Vec<_>>()
    };
    let before = desk.until("2026-03-27T10:00:00");
    assert_eq!(statutory(&before), [(day("2026-03-26"), Rung::Amber)]);
    let mut desk = desk.after(Person::DepartmentHead, extend(5));
    let after = desk.until("2026-04-20T10:00:00");
    assert_eq!(statutory(&after), [(day("2026-04-02"), Rung::Amber), (day("2026-04-08"), Rung::Overdue)]);
}

/// Rule L5: while a procedure is open the dates move with every day, and the index with them; nothing is decided.
#[test]
fn an_open_ended_procedure_moves_the_dates_day_by_day() {
    let mut desk = taken(lenient())
        .after(Person::Reviewer, review(Outcome::Grant))
        .after(Person::Approver, procedure(None, false, 20));
    assert_eq!(desk.refused(Person::Approver, decide(Outcome::Grant)), "procedure_open");
    assert_eq!(desk.wakes_at(), Some(at("2026-03-03T00:00:00")));
    let before = dates(&desk).1;
    assert!(desk.until("2026-03-20T23:00:00").is_empty(), "no reminder of a limit that stands still");
    assert_eq!(before, day("2026-03-16"));
    assert_eq!(dates(&desk).1, day("2026-04-03"), "fourteen working days later than Monday 16 March");
    assert_eq!(desk.wakes_at(), Some(at("2026-03-21T00:00:00")));
}

/// Clause B3-2, rule L5: a review that knew nothing of what a special procedure came to does not carry a decision; an end of
/// before its moment was kept is read as it was written.
#[test]
fn a_review_of_before_the_end_of_a_procedure_does_not_stand() {
    let by = Person::Reviewer;
    let desk = taken(lenient()).after(by, review(Outcome::Grant)).after(Person::Approver, procedure(None, false, 5));
    let number = notice(&desk);
    let ended = desk.later("2026-03-04T10:00:00").after(by, end_procedure(number, None));
    assert_eq!(ended.refused(Person::Approver, decide(Outcome::Grant)), "review_outdated");
    let again = ended.clone().after(by, review(Outcome::Grant)).after(Person::Approver, decide(Outcome::Grant));
    assert_eq!(again.case.stage, Stage::Decided);

    let mut record = ended.record.clone();
    let mut last = serde_json::to_value(&record.last().unwrap().event).unwrap();
    assert!(last["data"].as_object_mut().unwrap().remove("at").is_some());
    record.last_mut().unwrap().event = serde_json::from_value(last).unwrap();
    let old = Case::fold(&record).unwrap().approval;
    assert_eq!((old.procedures[0].until, old.procedures[0].ended_at), (Some(day("2026-03-04")), None));
}

/// Rule L5: what was warned of before a procedure is warned of once more before the date that comes of it, and not while the
/// date moves day by day.
#[test]
fn a_limit_that_stands_still_is_warned_of_when_it_runs_on() {
    let promised = |happened: &[(Instant, Event)]| {
        let sent = reminders(happened).into_iter().filter(|(_, limit, _)| *limit == LimitKind::Promised);
        sent.map(|(at, _, rung)| (at.day(), rung)).collect::<Vec<_>>()
    };
    let mut desk = taken(lenient());
    assert_eq!(promised(&desk.until("2026-03-12T10:00:00")), [(day("2026-03-12"), Rung::Amber)]);
    let mut desk = desk.later("2026-03-13T10:00:00").after(Person::Approver, procedure(None, false, 20));
    assert_eq!(promised(&desk.until("2026-03-20T10:00:00")), []);
    let number = notice(&desk);
    let mut desk = desk.after(Person::Reviewer, end_procedure(number, None));
    let after = promised(&desk.until("2026-03-31T10:00:00"));
    assert_eq!(after, [(day("2026-03-23"), Rung::Amber), (day("2026-03-25"), Rung::Overdue)]);
}

/// Rule L5: overlapping procedures take each day out once.
#[test]
fn overlapping_procedures_count_once() {
    let mut desk = accepted(lenient()).after(Person::Approver, procedure(None, false, 5)).later("2026-03-04T10:00:00");
    let first = notice(&desk);
    desk = desk.after(Person::Approver, procedure(None, false, 5));
    let second = notice(&desk);
    desk = desk.later("2026-03-05T10:00:00").after(Person::Approver, end_procedure(first.clone(), None));
    assert_eq!(desk.refused(Person::Approver, end_procedure(first, None)), "procedure_ended");
    desk = desk.later("2026-03-06T10:00:00").after(Person::Approver, end_procedure(second, None));
    assert_eq!(dates(&desk), (day("2026-04-03"), day("2026-03-20")), "four days, not five");
}

/// Rules L1, L5: a new edition of the calendar moves the time that each procedure needs, named by its notice, while somebody
/// waits for it.
#[test]
fn the_time_that_a_procedure_needs_moves_with_the_calendar() {
    let one = taken(lenient()).after(Person::Approver, procedure(None, false, 5));
    let two = one.clone().after(Person::Approver, procedure(None, false, 3));
    let (first, second) = (notice(&one), notice(&two));
    let holiday = Override { date: day("2026-03-05"), kind: Arrangement::Holiday, name: "试验假".into() };
    let new = two.calendar().merged_with(&Calendar::from_iter([holiday]));
    let moves = |desk: &Desk| desk.case.moved_by((desk.calendar(), &new), desk.practice, desk.now.day());
    let needed = |moves: Vec<DeadlineMove>| {
        let needed = moves.into_iter().filter(|it| it.limit == LimitKind::Procedure);
        needed.map(|it| (it.procedure, it.before.date, it.after.date)).collect::<Vec<_>>()
    };
    let of_first = (Some(first.clone()), day("2026-03-09"), day("2026-03-10"));
    let of_second = (Some(second), day("2026-03-05"), day("2026-03-06"));
    assert_eq!(needed(moves(&two)), [of_first.clone(), of_second.clone()]);
    assert!(moves(&two).iter().all(|it| (it.limit == LimitKind::Procedure) == it.procedure.is_some()));
    let since = |then: &Desk| needed(two.case.moved_since(Some(&then.case), moves(&two)));
    assert_eq!(since(&two), [of_first.clone(), of_second.clone()]);
    assert_eq!(since(&one), [of_first], "the other one was counted by the new calendar from its first day");

    let ended = two.clone().later("2026-03-04T10:00:00").after(Person::Reviewer, end_procedure(first, None));
    assert_eq!(needed(moves(&ended)), [of_second], "what is over stays as it was");
    assert_eq!(needed(moves(&two.after(Person::Applicant, withdraw()))), []);
}

/// Rule L5: put on record later with a reason, within the bound of local practice; never before the clock, never ahead.
#[test]
fn a_procedure_is_backdated_within_bounds() {
    let (desk, by) = (accepted(lenient()).later("2026-03-13T10:00:00"), Person::Approver);
    let from = |text, backdated| procedure(Some(day(text)), backdated, 5);
    assert_eq!(desk.refused(by, from("2026-03-16", true)), "procedure_in_future");
    assert_eq!(desk.refused(by, from("2026-02-27", true)), "procedure_before_acceptance");
    assert_eq!(desk.refused(by, from("2026-03-05", true)), "backdated_too_far");
    assert_eq!(desk.refused(by, from("2026-03-06", false)), "backdating_reason_missing");
    assert_eq!(desk.refused(by, procedure(None, false, 0)), "limit_out_of_range");
    assert_eq!(desk.refused(by, procedure(None, false, 251)), "limit_out_of_range");
    let desk = desk.after(by, from("2026-03-06", true));
    let number = notice(&desk);
    let ended = |until| end_procedure(number.clone(), Some(day(until)));
    assert_eq!(desk.refused(by, ended("2026-03-05")), "procedure_end_out_of_range");
    assert_eq!(desk.refused(by, ended("2026-03-16")), "procedure_end_out_of_range");
    let unknown = DocumentNumber::new(kernel::Centre::WENLING, kernel::DocumentKind::ProcedureNotice, 2026, 99);
    assert_eq!(desk.refused(by, end_procedure(unknown, None)), "no_such_procedure");
    let desk = desk.after(by, ended("2026-03-09"));
    assert_eq!(dates(&desk).1, day("2026-03-18"), "Friday and Monday did not count");
    assert_eq!(desk.refused(by, ended("2026-03-09")), "no_procedure_open");
}

/// Rule L5: any other pause is recorded as what it is, and stops nothing.
#[test]
fn a_pause_stops_nothing() {
    let desk = taken(lenient());
    assert_eq!(desk.refused(Person::Reviewer, Command::Resume), "not_paused");
    let paused = desk.clone().after(Person::Reviewer, pause());
    assert_eq!(paused.refused(Person::Reviewer, pause()), "already_paused");
    let resumed = paused.later("2026-03-12T10:00:00").after(Person::Reviewer, Command::Resume);
    assert_eq!(resumed.case.clocks, desk.case.clocks);
    assert_eq!(resumed.case.approval.pauses[0].until, Some(day("2026-03-12")));
}

/// Lights and reminders: two working days before the end and on the first working day after it, once each, at opening
/// time, to whoever answers for the case.
#[test]
fn every_rung_of_a_limit_is_reminded_of_once() {
    use LimitKind::{Promised, Review, Statutory};
    use Rung::{Amber, Overdue};
    let mut desk = taken(lenient());
    let happened = desk.until("2026-05-01T00:00:00");
    let morning_of = |text: &str| at(&format!("{text}T08:30:00"));
    assert_eq!(
        reminders(&happened),
        [
            (morning_of("2026-03-03"), Review, Amber),
            (morning_of("2026-03-06"), Review, Overdue),
            (morning_of("2026-03-12"), Promised, Amber),
            (morning_of("2026-03-17"), Promised, Overdue),
            (morning_of("2026-03-26"), Statutory, Amber),
            (morning_of("2026-03-31"), Statutory, Overdue),
        ]
    );
    let holder = Addressee::Responsible(Responsible::Staff(staff("reviewer")));
    assert!(desk.case.reminders.iter().all(|reminder| reminder.to == holder));
    assert_eq!(desk.wakes_at(), None);
}

/// After a downtime a reminder comes late rather than never, and never outside working hours; a warning of what is over
/// does not come at all.
#[test]
fn a_reminder_comes_late_rather_than_never() {
    let mut desk = taken(lenient()).later("2026-03-14T20:00:00");
    assert!(desk.fall_due().is_empty(), "a Saturday evening");
    assert_eq!(desk.wakes_at(), Some(at("2026-03-16T08:30:00")));
    let happened = desk.until("2026-03-16T12:00:00");
    let (opens, promised) = (at("2026-03-16T08:30:00"), LimitKind::Promised);
    let sent = reminders(&happened);
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert!(sent.contains(&(opens, promised, Rung::Amber)), "its last day: late, and still a warning");
    assert!(sent.contains(&(opens, LimitKind::Review, Rung::Overdue)), "not the warning before it");
}

/// A warning that could only come after its day is not planned either: midnight changes nothing of when the case is looked at
/// again. Here a day off moves the end of the review to the evening that it is: no warning, and once more that it is overdue.
#[test]
fn no_warning_is_planned_for_after_its_day() {
    let mut desk = taken(lenient()).later("2026-03-06T09:00:00");
    let sent: Vec<_> = desk.fall_due();
    assert!(
        matches!(&sent[..], [Event::Reminded(it)] if (it.limit, it.rung) == (LimitKind::Review, Rung::Overdue)),
        "{sent:?}"
    );
    let holiday = Override { date: day("2026-03-05"), kind: Arrangement::Holiday, name: "试验假".into() };
    desk.calendar = Box::leak(Box::new(desk.calendar().merged_with(&Calendar::from_iter([holiday]))));
    assert_eq!(due(&desk, &desk.case.clocks.review), day("2026-03-06"));
    let evening = desk.later("2026-03-06T20:00:00");
    assert_eq!(evening.wakes_at(), Some(at("2026-03-09T08:30:00")), "overdue by the new day");
    assert_eq!(evening.clone().later("2026-03-07T00:00:00").wakes_at(), evening.wakes_at());
}

/// 工作时间: what falls due while people are at work is sent then and there.
#[test]
fn a_late_reminder_is_sent_at_once_in_working_hours() {
    let mut desk = taken(lenient()).later("2026-03-17T15:20:00");
    let events = desk.fall_due();
    let kinds: Vec<_> = events.iter().map(Fact::kind).collect();
    assert_eq!(kinds, ["reminded", "reminded"], "{events:?}");
    assert!(desk.fall_due().is_empty(), "once");
}

/// Rule L4: the decision stops the limits that led to it and starts ten working days for delivery, with rungs of its own.
#[test]
fn delivery_has_a_limit_of_its_own() {
    let mut desk = taken(lenient())
        .after(Person::Reviewer, review(Outcome::Grant))
        .later("2026-03-03T10:00:00")
        .after(Person::Approver, decide(Outcome::Grant));
    assert_eq!(desk.case.clocks.promised.as_ref().unwrap().stopped, Some(day("2026-03-03")));
    assert_eq!(due(&desk, &desk.case.clocks.delivery), day("2026-03-17"));
    let sent = reminders(&desk.until("2026-04-30T00:00:00"));
    assert_eq!(
        sent,
        [
            (at("2026-03-13T08:30:00"), LimitKind::Delivery, Rung::Amber),
            (at("2026-03-18T08:30:00"), LimitKind::Delivery, Rung::Overdue),
        ]
    );
}

/// A second arrival at the review starts a limit and reminders of its own; what went before is not reminded of again.
#[test]
fn a_second_arrival_at_the_review_has_its_own_limit_and_reminders() {
    let mut desk = taken(lenient());
    let first = reminders(&desk.until("2026-03-03T12:00:00"));
    assert_eq!(first, [(at("2026-03-03T08:30:00"), LimitKind::Review, Rung::Amber)]);
    let mut desk = desk
        .after(Person::Reviewer, review(Outcome::Grant))
        .later("2026-03-04T10:00:00")
        .after(Person::Approver, rework(approval::Step::Review));
    let review = desk.case.clocks.review.as_ref().unwrap();
    assert_eq!((review.start, review.stopped), (day("2026-03-04"), None));
    let second = reminders(&desk.until("2026-03-10T09:00:00"));
    assert_eq!(
        second,
        [
            (at("2026-03-05T08:30:00"), LimitKind::Review, Rung::Amber),
            (at("2026-03-10T08:30:00"), LimitKind::Review, Rung::Overdue),
        ]
    );
}

/// From desk to desk within the department the limit of the review runs on.
#[test]
fn a_case_that_changes_desks_keeps_its_review_limit() {
    let desk = taken(lenient()).later("2026-03-04T10:00:00");
    let moved = desk.after(Person::Approver, assign(Person::SecondReviewer, lenient()));
    assert_eq!(moved.case.clocks.review.as_ref().map(|it| it.start), Some(day("2026-03-02")));
}

/// Nothing is pending for a case that has ended, whatever ran before.
#[test]
fn time_does_nothing_to_an_ended_case() {
    let mut desk =
        taken(lenient()).after(Person::Approver, procedure(None, false, 5)).after(Person::Applicant, withdraw());
    assert_eq!((desk.case.stage, desk.wakes_at()), (Stage::Withdrawn, None));
    assert!(desk.case.clocks.running().next().is_none());
    assert!(desk.until("2027-03-01T00:00:00").is_empty());
    let untouched = received(lenient(), catalog::DeliveryMethod::PickUp).after(Person::Applicant, withdraw());
    assert_eq!(untouched.wakes_at(), None);
}
