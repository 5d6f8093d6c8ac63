//! The law of correction and acceptance at work on a case (rules L6 to L8, L11, L13; clauses B2-4, B2-7, B5-3).

use approval::Outcome;
use casework::{Addressee, Case, Channel, Command, Event, Receipt, Reminder, Rung, Stage, begin_check};
use catalog::DeliveryMethod;
use intake::{AcceptanceBasis, AttachedFile, NotReused, RejectionGround, ScopeFinding};
use kernel::{
    Actor, Calendar, CaseId, Practice, Text, WorkingDays,
    access::{Agent, Mandate, Through, Who},
    calendar::{Arrangement, Override},
    ledger::LimitKind,
};
use routing::Responsible;

use crate::hall::{
    Desk, Person,
    acts::{
        allow, assign, attach, conditionally, decide, found, incomplete, lacking, missing, notify, on_commitment,
        received, reject, reopen, review, scope, withdraw,
    },
    applicant, at, collector, day, file, item, lenient, morning, staff, text,
};

fn reminders(happened: &[(kernel::Instant, Event)], limit: LimitKind) -> Vec<(kernel::Instant, &Reminder)> {
    let sent = happened.iter().filter_map(|(at, event)| match event {
        Event::Reminded(reminder) if reminder.limit == limit => Some((*at, reminder)),
        _ => None,
    });
    sent.collect()
}

/// The first material missing, told on Monday 2 March with ten working days to mend it.
fn told() -> Desk {
    lacking(lenient(), &[0]).after(Person::Clerk, notify(lenient(), &[0], 10))
}

/// Told, and a file sent in on Wednesday 4 March.
fn corrected() -> Desk {
    let desk = told().later("2026-03-04T10:00:00");
    let now = desk.now;
    desk.after(Person::Applicant, attach(lenient(), 0, now)).after(Person::Applicant, Command::SubmitCorrections)
}

/// Rule L6: nobody asked for corrections in time, so that it is accepted as of the day the materials came, and whoever
/// answers for it was warned two working days before.
#[test]
fn without_a_notice_in_time_a_case_is_accepted_as_of_the_day_it_came() {
    let mut desk = received(lenient(), DeliveryMethod::PickUp);
    let happened = desk.until("2026-03-10T00:00:00");
    let [(warned, warning)] = reminders(&happened, LimitKind::Check)[..] else { panic!("{happened:?}") };
    assert_eq!((warned, warning.rung, warning.due), (at("2026-03-05T08:30:00"), Rung::Amber, day("2026-03-09")));
    assert_eq!(warning.to, Addressee::Responsible(Responsible::Staff(staff("clerk"))));
    let (when, Event::Accepted { acceptance, on, .. }) = &happened[1] else { panic!("{happened:?}") };
    assert_eq!((*when, acceptance.basis), (at("2026-03-10T00:00:00"), AcceptanceBasis::Deemed));
    assert_eq!(*on, day("2026-03-02"));
    assert!(acceptance.notice.is_some());
    assert_eq!(desk.case.stage, Stage::InReview);
    let start = |ledger: &Option<kernel::ledger::Ledger>| ledger.as_ref().map(|ledger| ledger.start);
    assert_eq!(start(&desk.case.clocks.statutory), Some(day("2026-03-02")));
    assert_eq!(start(&desk.case.clocks.promised), Some(day("2026-03-02")));
}

/// Rule L6: of an online case that nobody touched the window as a whole is warned.
#[test]
fn the_window_is_warned_of_what_nobody_has_touched() {
    let mut desk = Desk::open(lenient(), Person::Adapter, DeliveryMethod::PickUp);
    let happened = desk.until("2026-03-06T09:00:00");
    let [(_, warning)] = reminders(&happened, LimitKind::Check)[..] else { panic!("{happened:?}") };
    assert_eq!(warning.to, Addressee::Responsible(Responsible::Window(desk.item.window.clone())));
}

/// Rule L6: a server that was down decides as of the same day, and warns of nothing that is over.
#[test]
fn deemed_acceptance_does_not_depend_on_when_the_timer_runs() {
    let mut desk = received(lenient(), DeliveryMethod::PickUp).later("2026-03-11T20:00:00");
    let events = desk.fall_due();
    assert!(matches!(&events[0], Event::Accepted { on, .. } if *on == day("2026-03-02")), "{events:?}");
    let check = |event: &&Event| matches!(event, Event::Reminded(reminder) if reminder.limit == LimitKind::Check);
    assert_eq!(events.iter().filter(check).count(), 0);
    let mut of_old = serde_json::to_value(&events[0]).unwrap();
    of_old["data"].as_object_mut().unwrap().remove("lapsed").unwrap();
    let of_old = serde_json::from_value::<Event>(of_old).unwrap();
    assert!(matches!(of_old, Event::Accepted { lapsed: None, .. }), "recorded before");
}

/// Rules L1, L6: a deemed acceptance that the calendar puts off is warned of again, two working days before it comes; one that
/// comes earlier again is not, however often that goes to and fro.
#[test]
fn what_the_calendar_puts_off_is_warned_of_again() {
    let mut desk = received(lenient(), DeliveryMethod::PickUp);
    let off = ["2026-03-06", "2026-03-09"];
    let off = off.map(|date| Override { date: day(date), kind: Arrangement::Holiday, name: "试验假".into() });
    let first = desk.calendar();
    let put_off: &'static Calendar = Box::leak(Box::new(first.merged_with(&Calendar::from_iter(off))));
    let mut happened = desk.until("2026-03-05T10:00:00");
    for (calendar, until) in
        [(put_off, "2026-03-05T11:00:00"), (first, "2026-03-05T14:00:00"), (put_off, "2026-03-12T00:00:00")]
    {
        desk.calendar = calendar;
        happened.extend(desk.until(until));
    }
    let sent: Vec<_> = reminders(&happened, LimitKind::Check).into_iter().map(|(at, it)| (at, it.due)).collect();
    let before = (at("2026-03-05T08:30:00"), day("2026-03-09"));
    assert_eq!(sent, [before, (at("2026-03-05T10:00:00"), day("2026-03-11"))]);
    assert!(matches!(happened.last(), Some((_, Event::Accepted { .. }))), "{happened:?}");
}

/// Rule L6: what comes when the hall is closed has come on the next working day, unless practice says otherwise.
#[test]
fn the_limit_of_the_check_starts_on_the_day_of_receipt_in_law() {
    let start = |moment: &str| {
        let desk = Desk::try_open(lenient(), Person::Applicant, DeliveryMethod::PickUp, at(moment)).unwrap();
        desk.case.clocks.check.unwrap().start
    };
    assert_eq!(start("2026-03-06T16:59:59"), day("2026-03-06"));
    assert_eq!(start("2026-03-06T17:00:00"), day("2026-03-09"), "after hours on a Friday");
    assert_eq!(start("2026-03-07T10:00:00"), day("2026-03-09"), "on a Saturday");
    assert_eq!(start("2026-03-06T06:00:00"), day("2026-03-06"), "before the hall opens");
}

/// 首日计入: where practice counts the first day, every limit does.
#[test]
fn the_first_day_counts_where_practice_says_so() {
    let practice: &'static Practice = Box::leak(Box::new(Practice { day_zero_counts: true, ..Practice::default() }));
    let mut desk = lacking(lenient(), &[1]);
    desk.practice = practice;
    let now = desk.now;
    let desk = desk
        .after(Person::Clerk, on_commitment(false))
        .after(Person::Reviewer, assign(Person::Reviewer, lenient()))
        .after(Person::Reviewer, review(Outcome::Grant))
        .after(Person::Approver, decide(Outcome::Grant));
    let counted = desk.case.clocks.all().filter(|ledger| ledger.kind != LimitKind::Check);
    assert!(counted.into_iter().all(|ledger| ledger.counts_start), "{:?}", desk.case.clocks);
    let delivery = desk.case.clocks.delivery.as_ref().unwrap();
    assert_eq!(delivery.due(desk.calendar(), now.day()).date, day("2026-03-13"));
}

/// Rule L6, clause B2-4: a notice stops the clock of the check, and it is the applicant's turn.
#[test]
fn a_notice_in_time_stops_the_clock_of_the_office() {
    let mut desk = told();
    assert_eq!(desk.case.stage, Stage::AwaitingCorrection);
    assert!(!desk.case.clocks.check.as_ref().unwrap().is_running());
    assert_eq!(desk.case.clocks.binding(desk.calendar(), desk.now.day()), None);
    assert!(desk.until("2026-03-11T23:00:00").is_empty(), "nothing falls due to the office");
}

/// Rule L6, clauses B2-4, B2-7: everything that is wrong, once, and nothing else; no paper where a file will do.
#[test]
fn a_notice_lists_everything_that_is_wrong_and_nothing_else() {
    let two = lacking(lenient(), &[0, 2]);
    let by = Person::Clerk;
    assert_eq!(two.refused(by, notify(lenient(), &[0], 10)), "notice_incomplete");
    assert_eq!(two.refused(by, notify(lenient(), &[0, 2, 0], 10)), "correction_repeated");
    assert_eq!(two.refused(by, notify(lenient(), &[0, 2, 3], 10)), "nothing_to_correct");
    assert_eq!(two.refused(by, notify(lenient(), &[0, 2], 0)), "limit_out_of_range");
    assert_eq!(two.refused(by, notify(lenient(), &[0, 2], 31)), "limit_out_of_range");
    let with = |change: &dyn Fn(&mut intake::Correction)| {
        let Command::NotifyCorrections { mut corrections, days, on_file } = notify(lenient(), &[0, 2], 10) else {
            panic!()
        };
        change(&mut corrections[1]);
        Command::NotifyCorrections { corrections, days, on_file }
    };
    assert_eq!(two.refused(by, with(&|it| it.on_paper = true)), "paper_not_to_be_demanded");
    let in_passing =
        [with(&|it| it.wrong = text("未提交纸质材料")), with(&|it| it.mend = text("请到窗口提交纸质材料"))];
    assert!(lenient().materials[2].electronic_accepted);
    for words in in_passing {
        assert_eq!(two.refused(by, words), "paper_not_to_be_demanded");
    }
    assert_eq!(two.refused(by, with(&|it| it.material = "household-register".parse().unwrap())), "material_not_listed");
    assert_eq!(lacking(lenient(), &[]).refused(by, notify(lenient(), &[0], 10)), "nothing_to_correct");
    let unseen = received(lenient(), DeliveryMethod::PickUp);
    assert_eq!(unseen.refused(by, notify(lenient(), &[0], 10)), "not_all_checked");
    let untouched = Desk::open(lenient(), Person::Applicant, DeliveryMethod::PickUp);
    assert_eq!(untouched.refused(by, notify(lenient(), &[0], 10)), "scope_not_checked");
    let told = two.after(by, notify(lenient(), &[0, 2], 30));
    assert_eq!(told.case.intake.rounds[0].limit.budget, WorkingDays(30), "the longest that practice allows");
}

/// Rule L6: what was corrected is checked anew within five working days of its coming, and deemed accepted as of then.
#[test]
fn the_limit_of_the_check_starts_again_with_the_corrections() {
    let early = told().later("2026-03-04T10:00:00");
    assert_eq!(early.refused(Person::Applicant, Command::SubmitCorrections), "correction_missing");
    let on_paper = early.after(Person::Clerk, Command::SubmitCorrections);
    assert_eq!(on_paper.case.stage, Stage::UnderCheck, "came on paper");
    let not_there = on_paper.clone().after(Person::Clerk, missing(lenient(), 0));
    assert_eq!(not_there.refused(Person::Clerk, reject(false)), "scope_finding_differs", "nothing was corrected");
    let wrong = on_paper.after(Person::Clerk, incomplete(lenient(), 0));
    assert_eq!(wrong.after(Person::Clerk, reject(false)).case.stage, Stage::Rejected);

    let mut desk = corrected();
    let check = desk.case.clocks.check.clone().unwrap();
    assert_eq!((check.start, check.stopped), (day("2026-03-04"), None));
    assert!(!desk.case.clocks.correction.as_ref().unwrap().is_running());
    assert_eq!(desk.case.intake.rounds[0].submitted_at, Some(at("2026-03-04T10:00:00")));
    let happened = desk.until("2026-03-12T00:00:00");
    let [(warned, _)] = reminders(&happened, LimitKind::Check)[..] else { panic!("{happened:?}") };
    assert_eq!(warned, at("2026-03-09T08:30:00"));
    let accepted = happened.iter().find(|(_, event)| matches!(event, Event::Accepted { .. })).unwrap();
    assert!(matches!(&accepted.1, Event::Accepted { on, .. } if *on == day("2026-03-04")));
    assert_eq!(accepted.0, at("2026-03-12T00:00:00"));
}

/// Rule L7: not corrected in time is withdrawn, and the applicant was reminded.
#[test]
fn what_is_not_corrected_in_time_is_deemed_withdrawn() {
    let mut desk = told();
    let happened = desk.until("2026-03-17T09:00:00");
    let [(reminded, reminder)] = reminders(&happened, LimitKind::Correction)[..] else { panic!("{happened:?}") };
    assert_eq!((reminded, &reminder.to), (at("2026-03-12T08:30:00"), &Addressee::Applicant));
    let (when, Event::DeemedWithdrawn { due, .. }) = happened.last().unwrap() else { panic!("{happened:?}") };
    assert_eq!((*when, *due), (at("2026-03-17T00:00:00"), day("2026-03-16")));
    assert_eq!((desk.case.stage, desk.case.ended_at), (Stage::Withdrawn, Some(at("2026-03-17T00:00:00"))));
    assert_eq!(desk.wakes_at(), None);
}

/// Rule L7: what came in time is corrected, though the applicant never said that this was all.
#[test]
fn what_came_in_time_is_taken_as_submitted() {
    let mut desk = told().later("2026-03-04T10:00:00");
    let came = desk.now;
    desk = desk.after(Person::Applicant, attach(lenient(), 0, came));
    assert_eq!(desk.case.stage, Stage::AwaitingCorrection);
    let happened = desk.until("2026-03-17T09:00:00");
    assert!(matches!(happened.last(), Some((_, Event::CorrectionsSubmitted { .. }))), "{happened:?}");
    assert_eq!((desk.case.stage, desk.case.ended_at), (Stage::UnderCheck, None));
    assert_eq!(desk.case.clocks.check.as_ref().unwrap().start, day("2026-03-17"));
}

/// Rule L8: who stands at the counter may give up there as long as nothing is accepted.
#[test]
fn an_applicant_at_the_counter_withdraws_while_corrections_are_awaited() {
    let online = told();
    assert_eq!(online.refused(Person::Clerk, withdraw()), "applicant_only");
    let mut at_the_counter = online;
    at_the_counter.case.channel = Channel::Counter;
    assert_eq!(at_the_counter.after(Person::Clerk, withdraw()).case.stage, Stage::Withdrawn);
}

/// Rule L7: what lapsed is told again once it was reopened, because nobody answered the first notice.
#[test]
fn a_lapsed_notice_is_told_again_after_reopening() {
    let mut desk = told();
    desk.until("2026-03-17T09:00:00");
    let desk = desk.after(Person::DepartmentHead, reopen());
    assert_eq!(desk.case.clocks.check.as_ref().unwrap().start, day("2026-03-17"));
    let desk = desk.after(Person::Clerk, notify(lenient(), &[0], 5));
    assert_eq!((desk.case.stage, desk.case.intake.rounds.len()), (Stage::AwaitingCorrection, 2));
    assert_eq!(desk.case.intake.rounds[1].allowed, None, "no fault of the window");
}

/// Rules L6, L7: with what lapsed nothing else is told that could have been seen the first time, unless it was allowed.
#[test]
fn a_lapsed_notice_is_no_leave_to_ask_for_more() {
    let by = Person::Clerk;
    let mut desk = told();
    desk.until("2026-03-17T09:00:00");
    let overlooked = desk.after(Person::DepartmentHead, reopen()).after(by, incomplete(lenient(), 1));
    assert_eq!(overlooked.refused(by, notify(lenient(), &[0, 1], 5)), "already_visible");
    let allowed = overlooked.clone().after(Person::Manager, allow()).after(by, notify(lenient(), &[0, 1], 5));
    assert!(allowed.case.intake.rounds[1].allowed.is_some(), "and it counts");
    let now = overlooked.now;
    let replaced = overlooked.after(Person::Applicant, attach(lenient(), 1, now)).after(by, incomplete(lenient(), 1));
    let told = replaced.after(by, notify(lenient(), &[0, 1], 5));
    assert_eq!(told.case.intake.rounds[1].allowed, None, "it came after the first notice, so that it is new");
}

/// Rule L7, 行政许可法 art. 32(1)(2): the two grounds of a rejection, each with what belongs to it.
#[test]
fn a_rejection_rests_on_power_or_on_what_is_still_wrong() {
    let still_wrong = corrected().after(Person::Clerk, incomplete(lenient(), 0));
    assert_eq!(still_wrong.refused(Person::Clerk, reject(true)), "competent_body_superfluous");
    let rejected = still_wrong.after(Person::Clerk, reject(false));
    let rejection = rejected.case.intake.rejection.as_ref().unwrap();
    assert_eq!((rejection.ground, rejected.case.stage), (RejectionGround::StillDeficient, Stage::Rejected));
    assert_eq!(rejection.remedies, kernel::remedies());
    let outside = received(lenient(), DeliveryMethod::PickUp).after(Person::Clerk, scope(ScopeFinding::OutsidePower));
    assert_eq!(outside.refused(Person::Clerk, reject(false)), "competent_body_missing");
    assert_eq!(lacking(lenient(), &[0]).refused(Person::Clerk, reject(true)), "scope_finding_differs");
}

/// Rule L6: neither the same thing nor what could have been seen the first time is told a second time.
#[test]
fn a_second_notice_is_refused_for_what_was_told_or_visible() {
    let again = corrected().after(Person::Clerk, incomplete(lenient(), 0));
    assert_eq!(again.refused(Person::Clerk, notify(lenient(), &[0], 5)), "already_told");
    let mended = corrected().after(Person::Clerk, found(lenient(), 0));
    let overlooked = mended.clone().after(Person::Clerk, incomplete(lenient(), 1));
    assert_eq!(overlooked.refused(Person::Clerk, notify(lenient(), &[1], 5)), "already_visible");
    let now = mended.now;
    let replaced =
        mended.after(Person::Applicant, attach(lenient(), 1, now)).after(Person::Clerk, incomplete(lenient(), 1));
    let told = replaced.after(Person::Clerk, notify(lenient(), &[1], 5));
    assert_eq!(told.case.intake.rounds.len(), 2, "it came after the first notice, so that it is new");
}

/// Clause B2-4, rule L6: the window makes no defect new by adding a page to what it had seen, or by taking one over; what
/// the applicant sends in is new all the same.
#[test]
fn the_window_makes_no_defect_new() {
    let by = Person::Clerk;
    let mended = corrected().after(by, found(lenient(), 0));
    let now = mended.now;
    let reused = Command::ReuseMaterial { material: lenient().materials[1].code.clone(), files: vec![file(now)] };
    for added in [attach(lenient(), 1, now), reused] {
        let added = mended.clone().after(by, added).after(by, incomplete(lenient(), 1));
        assert_eq!(added.refused(by, notify(lenient(), &[1], 5)), "already_visible");
        let allowed = added.clone().after(Person::Manager, allow()).after(by, notify(lenient(), &[1], 5));
        assert!(allowed.case.intake.rounds[1].allowed.is_some(), "and it counts");
        let sent = added.after(Person::Applicant, attach(lenient(), 1, now)).after(by, incomplete(lenient(), 1));
        assert_eq!(sent.after(by, notify(lenient(), &[1], 5)).case.intake.rounds[1].allowed, None);
    }
    let mut old = serde_json::to_value(file(now)).unwrap();
    assert!(old.as_object_mut().unwrap().remove("at_window").is_none(), "not written where it is not so");
    assert_eq!(serde_json::from_value::<AttachedFile>(old).unwrap(), file(now));
}

/// Clause B2-4, rule L6: what comes in answer to a notice may be put on file at the window.
#[test]
fn corrections_may_be_put_on_file_at_the_window() {
    let desk = told().later("2026-03-04T10:00:00");
    let now = desk.now;
    let desk =
        desk.after(Person::Clerk, attach(lenient(), 0, now)).after(Person::Applicant, Command::SubmitCorrections);
    assert_eq!(desk.case.stage, Stage::UnderCheck);
}

/// Rule L6: the supervisor may allow it, with a reason that stays with the round and counts against the window.
#[test]
fn the_supervisor_allows_a_second_notice_and_it_counts() {
    assert_eq!(lacking(lenient(), &[0]).refused(Person::Manager, allow()), "no_earlier_notice");
    let wrong = corrected().after(Person::Clerk, incomplete(lenient(), 0));
    let allowed = wrong.after(Person::Manager, allow());
    assert_eq!(allowed.refused(Person::Manager, allow()), "already_allowed");
    let told = allowed.after(Person::Clerk, notify(lenient(), &[0], 5));
    let round = &told.case.intake.rounds[1];
    assert_eq!(round.allowed.as_ref().map(|it| it.by.as_str()), Some("manager"));
    assert_eq!(told.case.intake.rounds[0].allowed, None);
    assert_eq!(told.case.intake.exception, None, "used once");
}

/// Clause B2-7: what is there as a file is not said to be missing, whoever asks for paper.
#[test]
fn a_file_in_hand_is_not_asked_for_on_paper() {
    let desk = received(lenient(), DeliveryMethod::PickUp);
    let now = desk.now;
    let desk = desk.after(Person::Applicant, attach(lenient(), 0, now));
    assert_eq!(desk.refused(Person::Clerk, missing(lenient(), 0)), "paper_not_to_be_demanded");
}

/// Clause B2-7: words about paper are for what the guide takes on paper alone.
#[test]
fn a_notice_speaks_of_paper_where_no_file_will_do() {
    let item = item("talent-foreigner-work-permit");
    let on_paper = item.materials.iter().position(|it| it.required && !it.electronic_accepted).unwrap();
    let Command::NotifyCorrections { mut corrections, days, on_file } = notify(item, &[on_paper], 10) else { panic!() };
    corrections[0].mend = text("请到窗口提交纸质材料");
    let told =
        lacking(item, &[on_paper]).after(Person::Clerk, Command::NotifyCorrections { corrections, days, on_file });
    assert_eq!(told.case.stage, Stage::AwaitingCorrection);
}

/// Rule L11: what is on file for the applicant is confirmed and not asked for again; it names the case it came with.
#[test]
fn what_is_on_file_is_taken_over() {
    let earlier: CaseId = "01900000-0000-7000-8000-0000000000aa".parse().unwrap();
    let files = |many| {
        let known = AttachedFile { from_case: Some(earlier), ..file(morning()) };
        Command::ReuseMaterial { material: lenient().materials[0].code.clone(), files: vec![known; many] }
    };
    let desk = received(lenient(), DeliveryMethod::PickUp);
    assert_eq!(desk.refused(Person::Applicant, files(21)), "too_many_files");
    let desk = desk.after(Person::Applicant, files(2));
    let handed = &desk.case.intake.materials[&lenient().materials[0].code];
    assert!(handed.files.len() == 2 && handed.files.iter().all(|file| file.from_case == Some(earlier)));
    assert_eq!(desk.after(Person::Clerk, found(lenient(), 0)).case.stage, Stage::UnderCheck);
}

/// Rule L11: what is missing and on file is taken over and not asked for, unless its applicant does not want that or it is
/// out of date; what was handed in and is wrong may be named, whatever is on file.
#[test]
fn what_is_on_file_is_not_asked_for_again() {
    let by = Person::Clerk;
    let naming = |not_reused: Option<NotReused>| {
        let Command::NotifyCorrections { mut corrections, days, .. } = notify(lenient(), &[0], 10) else { panic!() };
        corrections[0].not_reused = not_reused;
        let on_file = [(lenient().materials[0].code.clone(), "33108120260105000001".to_owned())].into();
        Command::NotifyCorrections { corrections, days, on_file }
    };
    let missing = lacking(lenient(), &[0]);
    let refusal = missing.clone().tell(&by.at(lenient()), naming(None)).unwrap_err();
    assert_eq!(refusal.code, "material_on_file");
    assert!(refusal.detail.contains("在办件33108120260105000001中有在档材料"), "{refusal}");
    for why in [NotReused::Declined, NotReused::Outdated] {
        let told = missing.clone().after(by, naming(Some(why)));
        assert_eq!(told.case.intake.rounds[0].corrections[0].not_reused, Some(why));
    }
    let wrong = lacking(lenient(), &[]).after(by, incomplete(lenient(), 0));
    assert_eq!(wrong.refused(by, naming(Some(NotReused::Outdated))), "nothing_on_file");
    assert_eq!(wrong.after(by, naming(None)).case.stage, Stage::AwaitingCorrection);
    let old = r#"{"material":"testimonial","wrong":"未提交","mend":"请补交"}"#;
    assert_eq!(serde_json::from_str::<intake::Correction>(old).unwrap().not_reused, None);
}

/// Rule L10: a serial item of a package is looked at, but neither told nor accepted before its turn; its five days run
/// from then.
#[test]
fn a_serial_item_waits_for_its_turn() {
    let actor = Person::Applicant.at(lenient());
    let receipt = Receipt {
        id: "01900000-0000-7000-8000-000000000002".parse().unwrap(),
        centre: kernel::Centre::WENLING,
        number: casework::CaseNumber::new(kernel::Centre::WENLING, morning().day(), 1),
        item: lenient(),
        channel: Channel::Web,
        applicant: applicant(),
        assurance: kernel::identity::Assurance::InPerson,
        external_number: None,
        delivery: DeliveryMethod::PickUp,
        package: None,
        waits: true,
        vouched_by: None,
    };
    let practice: &'static Practice = Box::leak(Box::default());
    let desk = Desk::receive(&receipt, &actor, morning(), practice).unwrap();
    assert!(desk.case.is_waiting() && desk.wakes_at().is_none(), "nothing runs");
    let desk = desk
        .after(Person::Clerk, scope(ScopeFinding::Within))
        .with_materials_in_order()
        .after(Person::Clerk, missing(lenient(), 2));
    for command in [Command::Accept, conditionally(5), on_commitment(false), notify(lenient(), &[2], 5)] {
        assert_eq!(desk.refused(Person::Clerk, command), "predecessor_pending");
    }
    let mut desk = desk.later("2026-03-06T10:00:00");
    let actor = Person::Clerk.at(lenient());
    let begun = begin_check(&desk.context(&actor));
    desk.record(&actor, &[begun]);
    assert!(!desk.case.is_waiting());
    assert_eq!(desk.case.clocks.check.as_ref().map(|it| it.start), Some(day("2026-03-06")));
    assert_eq!(desk.after(Person::Clerk, conditionally(5)).case.stage, Stage::InReview);
}

/// Clause B1-3: an agent who files in the applicant's place stands in the case by the mandate, and on its record with the
/// system that vouched; what was filed before anybody was named is read as it was.
#[test]
fn an_agent_stands_in_the_case() {
    let agent = Agent { party: None, mandate: Text::new("WT-2026-1").unwrap() };
    let through = Through {
        client: staff("front-end"),
        voucher: "01900000-0000-7000-8000-000000000007".parse().unwrap(),
        agent: Some(agent.clone()),
    };
    let who = Who::Vouched { party: applicant(), through: Box::new(through.clone()), mandate: Mandate::default() };
    let actor = Actor { centre: kernel::Centre::WENLING, who };
    let desk = Desk::open(lenient(), Person::Applicant, DeliveryMethod::PickUp);
    assert_eq!(desk.case.agent, None);
    let mut filed = serde_json::to_value(&desk.record[0].event).unwrap();
    assert!(filed["data"].get("agent").is_none(), "as it was written before: {filed}");
    filed["data"]["agent"] = serde_json::to_value(&agent).unwrap();
    let mut first = desk.record[0].clone();
    first.event = serde_json::from_value(filed).unwrap();
    assert_eq!(Case::fold(&[first]).unwrap().agent, Some(agent));
    let mut desk = desk;
    desk.tell(&actor, withdraw()).unwrap();
    assert_eq!(desk.record.last().unwrap().by.through.as_deref(), Some(&through));
}

/// Clauses B2-4, C3-2, rule L6: what counts against the window, in the period in which it happened, each day once, and
/// still after the case was taken up again.
#[test]
fn what_counts_against_the_window_is_counted_in_its_period() {
    let mut desk = received(lenient(), DeliveryMethod::PickUp);
    desk.until("2026-03-12T00:00:00");
    let count = |desk: &Desk, from: &str, to: &str| {
        desk.case.window_count(&(day(from)..=day(to)), desk.calendar(), desk.now.day())
    };
    let whole = count(&desk, "2026-03-01", "2026-03-31");
    assert!(whole.received && whole.deemed == 1);
    assert_eq!(whole.late.iter().copied().collect::<Vec<_>>(), [day("2026-03-10")], "the day after the fifth");
    assert!(count(&desk, "2026-03-11", "2026-03-31").is_empty());
    let before = count(&desk, "2026-03-01", "2026-03-09");
    assert!(before.received && before.deemed == 0 && before.late.is_empty());

    let counted = |desk: &Desk, from: &str, to: &str| {
        let count = count(desk, from, to);
        (count.deemed, count.late.into_iter().collect::<Vec<_>>())
    };
    let (clerk, head, till_then) = (Person::Clerk, Person::DepartmentHead, [day("2026-03-10")]);
    let refused = desk
        .clone()
        .after(Person::Reviewer, assign(Person::Reviewer, lenient()))
        .after(Person::Reviewer, review(Outcome::Refuse))
        .after(Person::Approver, decide(Outcome::Refuse))
        .after(clerk, Command::IssueResult(None))
        .after(clerk, Command::HandOut { collector: collector() })
        .after(clerk, Command::Close);
    let mut decided_again = refused.after(head, reopen());
    assert_eq!(decided_again.case.stage, Stage::InReview);
    assert_eq!(counted(&decided_again, "2026-03-01", "2026-03-31"), (1, till_then.to_vec()));
    decided_again = decided_again.after(Person::Applicant, withdraw()).after(head, reopen());
    assert_eq!(decided_again.case.stage, Stage::UnderCheck);
    assert_eq!(counted(&decided_again, "2026-03-01", "2026-03-31"), (1, till_then.to_vec()), "once");

    let mut again = desk.after(Person::Applicant, withdraw()).after(head, reopen());
    assert_eq!(counted(&again, "2026-03-01", "2026-03-31"), (1, till_then.to_vec()));
    again.until("2026-03-25T00:00:00");
    assert_eq!(counted(&again, "2026-03-01", "2026-03-11"), (1, till_then.to_vec()));
    assert_eq!(counted(&again, "2026-03-12", "2026-03-31").0, 1, "and once more, in its own time");
    assert_eq!(Case::fold(&again.record).as_ref(), Some(&again.case));

    let told = told();
    let notices = count(&told, "2026-03-01", "2026-03-31");
    assert_eq!((notices.notices, notices.second_notices), (1, 0));
}

/// Clauses B2-4, C3-2, rule L6: how late a window was and when time accepted for it are the same whenever the timer runs: on
/// time, three days late, or in another month.
#[test]
fn the_figures_do_not_depend_on_when_the_timer_runs() {
    let counted = |desk: &Desk, from: &str, to: &str| {
        let count = desk.case.window_count(&(day(from)..=day(to)), desk.calendar(), desk.now.day());
        (count.deemed, count.late.into_iter().collect::<Vec<_>>())
    };
    for (came, lapsed, late) in [
        ("2026-03-02T10:00:00", "2026-03-10", "2026-03-13T09:00:00"),
        ("2026-03-23T10:00:00", "2026-03-31", "2026-04-03T09:00:00"),
    ] {
        let received = Desk::try_open(lenient(), Person::Clerk, DeliveryMethod::PickUp, at(came)).unwrap();
        let mut on_time = received.clone();
        on_time.until(late);
        for mut desk in [on_time, received.clone().later(late), received.later("2026-05-06T09:00:00")] {
            desk.fall_due();
            let what = format!("came {came}, looked at {}", desk.now);
            assert_eq!(counted(&desk, "2026-03-01", "2026-03-31"), (1, vec![day(lapsed)]), "{what}");
            assert_eq!(counted(&desk, "2026-04-01", "2026-05-31"), (0, Vec::new()), "{what}");
            assert_eq!(Case::fold(&desk.record).as_ref(), Some(&desk.case), "{what}");
        }
    }
}
