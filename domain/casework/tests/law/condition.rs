//! 容缺受理 and 告知承诺 at work on a case (rules L8, L13; clause B5-3).

use std::collections::BTreeMap;

use approval::Outcome;
use casework::{Addressee, Case, Command, Event, Reminder, Resumption, Rung, Stage, Turn};
use catalog::DeliveryMethod;
use intake::{AcceptanceBasis, CommitmentFinding, NotReused, RevocationGround};
use issuance::EndGround;
use kernel::{WorkingDays, ledger::LimitKind, responsibility::Responsible};

use crate::hall::{
    self, Desk, Person,
    acts::{
        assign, attach, conditionally, decide, found, grant_end, incomplete, lacking, missing, on_commitment, received,
        reopen, review, verify,
    },
    at, day, lenient, morning, result, text,
};

fn reminders(happened: &[(kernel::Instant, Event)], limit: LimitKind) -> Vec<(kernel::Instant, &Reminder)> {
    let sent = happened.iter().filter_map(|(at, event)| match event {
        Event::Reminded(reminder) if reminder.limit == limit => Some((*at, reminder)),
        _ => None,
    });
    sent.collect()
}

/// Rule L8, clause B5-3: 容缺 is for want of tolerable materials only.
#[test]
fn only_tolerable_materials_may_come_later() {
    let by = Person::Clerk;
    assert_eq!(lacking(lenient(), &[0, 2]).refused(by, conditionally(10)), "not_tolerable");
    assert_eq!(lacking(lenient(), &[]).refused(by, conditionally(10)), "nothing_missing");
    let unseen = received(lenient(), DeliveryMethod::PickUp);
    assert_eq!(unseen.refused(by, conditionally(10)), "not_all_checked");
    let untouched = Desk::open(lenient(), Person::Applicant, DeliveryMethod::PickUp);
    assert_eq!(untouched.refused(by, conditionally(10)), "scope_not_checked");
    let lacks = lacking(lenient(), &[2]);
    assert_eq!(lacks.refused(by, conditionally(0)), "limit_out_of_range");
    let desk = lacks.after(by, conditionally(10));
    let condition = desk.case.intake.condition.as_ref().unwrap();
    assert!(condition.missing.iter().eq([&lenient().materials[2].code]));
    assert_eq!(desk.case.intake.acceptance.as_ref().unwrap().basis, AcceptanceBasis::Conditional);
    assert_eq!(desk.case.clocks.condition.as_ref().map(|it| it.start), Some(day("2026-03-02")));
}

/// Rules L8, L11: what is missing and on file is not left to come either, unless its applicant does not want it taken over or it
/// is out of date.
#[test]
fn what_is_on_file_is_not_left_to_come() {
    let (by, code) = (Person::Clerk, |at: usize| lenient().materials[at].code.clone());
    let on_condition = |not_reused: &[(usize, NotReused)]| {
        let Command::AcceptConditionally { undertaking, days, .. } = conditionally(10) else { panic!() };
        let on_file = [2, 3].map(|at| (code(at), "33108120260105000001".to_owned())).into();
        let not_reused = not_reused.iter().map(|(at, why)| (code(*at), *why)).collect();
        Command::AcceptConditionally { undertaking, days, on_file, not_reused }
    };
    let missing = lacking(lenient(), &[2]);
    assert_eq!(missing.refused(by, on_condition(&[])), "material_on_file");
    let (declined, outdated) = (NotReused::Declined, NotReused::Outdated);
    assert_eq!(missing.refused(by, on_condition(&[(2, declined), (3, outdated)])), "nothing_on_file", "it is there");
    for why in [declined, outdated] {
        let condition = missing.clone().after(by, on_condition(&[(2, why)])).case.intake.condition.unwrap();
        assert_eq!(condition.not_reused, BTreeMap::from([(code(2), why)]));
    }
    let wrong = lacking(lenient(), &[]).after(by, incomplete(lenient(), 2));
    assert_eq!(wrong.refused(by, on_condition(&[(2, outdated)])), "nothing_on_file");
    assert_eq!(wrong.after(by, on_condition(&[])).case.stage, Stage::InReview);
    let old = r#"{"missing":["testimonial"],"undertaking":"承诺按期补齐"}"#;
    assert!(serde_json::from_str::<intake::Condition>(old).unwrap().not_reused.is_empty());
}

fn conditional() -> Desk {
    lacking(lenient(), &[2]).after(Person::Clerk, conditionally(10))
}

fn granted(desk: Desk) -> Desk {
    desk.after(Person::Reviewer, assign(Person::Reviewer, lenient()))
        .after(Person::Reviewer, review(Outcome::Grant))
        .after(Person::Approver, decide(Outcome::Grant))
}

/// Rule L8: the decision may be prepared, but nothing is issued before the materials are in.
#[test]
fn nothing_is_issued_before_the_condition_is_met() {
    let desk = granted(conditional());
    let issue = || Command::IssueResult(Some(result(morning())));
    assert_eq!(desk.refused(Person::Clerk, issue()), "condition_open");
    let now = desk.now;
    assert_eq!(desk.refused(Person::Applicant, attach(lenient(), 0, now)), "not_left_open");
    assert_eq!(desk.refused(Person::Clerk, found(lenient(), 0)), "not_left_open");
    let desk = desk.after(Person::Applicant, attach(lenient(), 2, now));
    assert_eq!(desk.refused(Person::Clerk, issue()), "condition_open", "in, but not looked at");
    let desk = desk.after(Person::Clerk, found(lenient(), 2));
    assert_eq!(desk.case.intake.condition.as_ref().unwrap().met_at, Some(now));
    assert_eq!(desk.case.clocks.condition.as_ref().unwrap().stopped, Some(now.day()));
    assert_eq!(desk.refused(Person::Applicant, attach(lenient(), 2, now)), "not_left_open");
    assert_eq!(desk.after(Person::Clerk, issue()).case.stage, Stage::Issued);
}

/// Rule L8: late, and the acceptance is revoked by a reasoned document, whether or not it has been decided.
#[test]
fn acceptance_is_revoked_when_the_condition_is_overdue() {
    for desk in [conditional(), granted(conditional())] {
        let mut desk = desk;
        let happened = desk.until("2026-03-17T00:00:00");
        let [(reminded, reminder)] = reminders(&happened, LimitKind::Condition)[..] else { panic!("{happened:?}") };
        assert_eq!((reminded, &reminder.to), (at("2026-03-12T08:30:00"), &Addressee::Applicant));
        let revocation = desk.case.intake.revocation.as_ref().unwrap();
        assert_eq!((desk.case.stage, revocation.ground), (Stage::AcceptanceRevoked, RevocationGround::Overdue));
        assert_eq!(revocation.remedies, kernel::remedies());
        assert!(desk.case.clocks.running().next().is_none() && desk.wakes_at().is_none());
    }
}

/// Rule L8: what came in time is for the window to look at, however long that takes; found wrong after the limit, the
/// acceptance is revoked for that.
#[test]
fn whoever_handed_in_on_time_does_not_answer_for_the_window() {
    for desk in [conditional(), granted(conditional())] {
        let now = desk.now;
        let mut desk = desk.after(Person::Applicant, attach(lenient(), 2, now));
        let happened = desk.until("2026-03-27T00:00:00");
        assert!(desk.case.intake.revocation.is_none(), "{happened:?}");
        assert!(reminders(&happened, LimitKind::Condition).is_empty(), "it is not the applicant's turn: {happened:?}");
        let window = Addressee::Responsible(Responsible::Window(desk.case.window.clone()));
        let pressed = reminders(&happened, LimitKind::ConditionCheck);
        let pressed: Vec<_> = pressed.into_iter().map(|(at, it)| (at, it.rung, it.to.clone())).collect();
        let (amber, overdue) = (at("2026-03-05T08:30:00"), at("2026-03-10T08:30:00"));
        assert_eq!(pressed, [(amber, Rung::Amber, window.clone()), (overdue, Rung::Overdue, window)]);
        let met = desk.clone().after(Person::Clerk, found(lenient(), 2));
        assert!(met.case.intake.condition.as_ref().unwrap().met_at.is_some());
        let mut wrong = desk.after(Person::Clerk, incomplete(lenient(), 2));
        wrong.until("2026-03-27T09:00:00");
        let revocation = wrong.case.intake.revocation.as_ref().unwrap();
        assert_eq!(revocation.ground, RevocationGround::StillDeficient);
    }
}

/// Rule L8, clause C3-2: what the window looked at in time and found wrong is not late at the window when its limit runs out,
/// whenever the timer runs.
#[test]
fn what_was_found_wrong_in_time_is_not_late_at_the_window() {
    let wrong = conditional().after(Person::Clerk, incomplete(lenient(), 2));
    for looked in ["2026-03-17T00:00:00", "2026-03-20T09:00:00"] {
        let mut desk = wrong.clone().later(looked);
        desk.fall_due();
        let revocation = desk.case.intake.revocation.as_ref().unwrap();
        assert_eq!(revocation.ground, RevocationGround::StillDeficient);
        let days = day("2026-03-01")..=day("2026-03-31");
        assert!(desk.case.window_count(&days, desk.calendar(), desk.now.day()).late.is_empty(), "{looked}");
        let desk = desk.after(Person::DepartmentHead, reopen());
        assert!(desk.case.clocks.earlier.iter().all(|it| it.kind != LimitKind::Condition), "{looked}");
        // What a record of before it said so adds up to.
        let mut record = desk.record.clone();
        let reopened = record.iter_mut().find_map(|it| match &mut it.event {
            Event::Reopened { to: Resumption::Check { waited, .. }, .. } => Some(waited),
            _ => None,
        });
        assert_eq!(reopened.and_then(Option::take), Some(false));
        let old = Case::fold(&record).unwrap();
        assert!(old.clocks.earlier.iter().any(|it| it.kind == LimitKind::Condition), "{looked}");
    }
}

/// Rule L8, clause B5-2: while what came in time waits for the window, the turn and the light are the window's.
#[test]
fn what_waits_to_be_looked_at_is_the_turn_of_the_window() {
    let waiting = conditional();
    let binding = |desk: &Desk| desk.case.binding(desk.calendar(), desk.now.day()).map(|limit| limit.kind);
    let turn = |desk: &Desk| desk.case.turn(LimitKind::Condition);
    assert_eq!((turn(&waiting), binding(&waiting)), (Turn::Applicant, Some(LimitKind::Promised)));
    let now = waiting.now;
    let came = waiting.after(Person::Applicant, attach(lenient(), 2, now));
    assert_eq!((turn(&came), binding(&came)), (Turn::Office, Some(LimitKind::ConditionCheck)));
    let came = granted(came);
    assert_eq!((turn(&came), binding(&came)), (Turn::Office, Some(LimitKind::ConditionCheck)));
    let met = came.after(Person::Clerk, found(lenient(), 2));
    assert_eq!(binding(&met), Some(LimitKind::Delivery));
}

/// Rule L8: found wrong while there is time, the applicant's limit goes on where it stood; what comes again is looked at
/// within a limit of its own, and one run is over before the next begins.
#[test]
fn what_is_found_wrong_goes_back_to_the_applicant() {
    let desk = conditional();
    let now = desk.now;
    let came = desk.after(Person::Applicant, attach(lenient(), 2, now));
    let kinds = |desk: &Desk| desk.case.clocks.running().map(|it| it.kind).collect::<Vec<_>>();
    assert!(kinds(&came).contains(&LimitKind::ConditionCheck) && !kinds(&came).contains(&LimitKind::Condition));
    let twice = came.clone().after(Person::Applicant, attach(lenient(), 2, now));
    assert_eq!(twice.case.clocks.condition_check, came.case.clocks.condition_check, "the limit runs on");
    let wrong = came.later("2026-03-04T10:00:00").after(Person::Clerk, incomplete(lenient(), 2));
    assert!(!kinds(&wrong).contains(&LimitKind::ConditionCheck) && kinds(&wrong).contains(&LimitKind::Condition));
    let wrong = wrong.later("2026-03-05T10:00:00");
    let now = wrong.now;
    let again = wrong.after(Person::Applicant, attach(lenient(), 2, now));
    assert_eq!(again.case.clocks.condition_check.as_ref().map(|it| it.start), Some(day("2026-03-05")));
    let first = again.case.clocks.earlier.last().map(|it| (it.kind, it.stopped));
    assert_eq!(first, Some((LimitKind::ConditionCheck, Some(day("2026-03-04")))));
    let met = again.after(Person::Clerk, found(lenient(), 2));
    assert!(!kinds(&met).contains(&LimitKind::ConditionCheck) && !kinds(&met).contains(&LimitKind::Condition));
}

/// Rule L8: what came and is wrong lets the window revoke; that nothing has come yet does not, before the limit is over.
#[test]
fn acceptance_is_revoked_for_what_came_wrong_and_not_for_what_is_still_to_come() {
    let revoke = || Command::RevokeAcceptance { reason: text("补交的材料仍不符合要求") };
    assert_eq!(conditional().refused(Person::Clerk, revoke()), "condition_still_open");
    let looked = conditional().after(Person::Clerk, missing(lenient(), 2));
    assert_eq!(looked.refused(Person::Clerk, revoke()), "condition_still_open", "its limit is not over");
    let wrong = conditional().after(Person::Clerk, incomplete(lenient(), 2));
    let revoked = wrong.after(Person::Clerk, revoke());
    assert_eq!(revoked.case.intake.revocation.as_ref().unwrap().ground, RevocationGround::StillDeficient);
    let unconditional = lacking(lenient(), &[]).after(Person::Clerk, Command::Accept);
    assert_eq!(unconditional.refused(Person::Clerk, revoke()), "no_open_condition");
}

/// Reopened after a revoked acceptance, the decision that had been prepared stays known.
#[test]
fn a_decision_prepared_under_a_condition_is_kept_on_reopening() {
    let mut desk = granted(conditional());
    desk.until("2026-03-17T00:00:00");
    assert_eq!((desk.case.stage, desk.case.outcome()), (Stage::AcceptanceRevoked, None), "it never took effect");
    let desk = desk.after(Person::DepartmentHead, reopen());
    assert_eq!((desk.case.stage, desk.case.approval.earlier_decisions.len()), (Stage::UnderCheck, 1));
    assert_eq!((desk.case.outcome(), &desk.case.intake.condition), (None, &None));
}

/// Rule L13: decided on the applicant's word where the item allows, and not for who broke it before.
#[test]
fn a_commitment_stands_in_where_the_item_says_so() {
    let by = Person::Clerk;
    assert_eq!(lacking(lenient(), &[2]).refused(by, on_commitment(false)), "not_by_commitment");
    assert_eq!(lacking(lenient(), &[]).refused(by, on_commitment(false)), "nothing_missing");
    let lacks = lacking(lenient(), &[1]);
    assert_eq!(lacks.refused(by, on_commitment(true)), "barred_from_commitment");
    let desk = lacks.after(by, on_commitment(false));
    assert_eq!(desk.case.intake.acceptance.as_ref().unwrap().basis, AcceptanceBasis::Commitment);
    assert_eq!(desk.refused(Person::Reviewer, Command::AddNote { text: text("x") }), "wrong_stage");
    assert_eq!(desk.refused(Person::Reviewer, verify(CommitmentFinding::Kept, None)), "wrong_stage");
}

fn trusted() -> Desk {
    granted(lacking(lenient(), &[1]).after(Person::Clerk, on_commitment(false)))
        .after(Person::Clerk, Command::IssueResult(Some(result(morning()))))
        .after(Person::Clerk, Command::HandOut { collector: hall::collector() })
        .after(Person::Clerk, Command::Close)
}

/// Rule L13: sixty working days after the decision, whoever decides is reminded, though the case has ended.
#[test]
fn a_commitment_is_verified_within_sixty_working_days() {
    let mut desk = trusted();
    let limit = desk.case.clocks.verification.clone().unwrap();
    assert_eq!((limit.budget, limit.start, limit.stopped), (WorkingDays(60), day("2026-03-02"), None));
    let happened = desk.until("2026-06-30T12:00:00");
    let sent: Vec<_> = reminders(&happened, LimitKind::Verification);
    let rungs: Vec<_> = sent.iter().map(|(_, reminder)| reminder.rung).collect();
    assert_eq!(rungs, [Rung::Amber, Rung::Overdue]);
    assert!(sent.iter().all(|(_, it)| it.to == Addressee::Department(desk.item.department.clone())));
    assert_eq!(happened.len(), 2, "and nothing else happens to a case that has ended");
    let kept = desk.after(Person::Reviewer, verify(CommitmentFinding::Kept, None));
    assert_eq!(kept.refused(Person::Reviewer, verify(CommitmentFinding::Kept, None)), "commitment_settled");
    assert_eq!((kept.case.stage, kept.wakes_at()), (Stage::Closed, None));
}

/// Rules L1, L13: a limit that runs on after the end of its case is looked at day by day once it is overdue, which puts
/// nothing on the record, so that a new edition of the calendar finds it.
#[test]
fn an_overdue_verification_stays_awake() {
    let mut desk = trusted();
    let happened = desk.until("2026-06-30T12:00:00");
    assert_eq!(reminders(&happened, LimitKind::Verification).last().map(|(_, it)| it.rung), Some(Rung::Overdue));
    let version = desk.case.version;
    assert_eq!(desk.wakes_at(), Some(at("2026-07-01T00:00:00")));
    assert!(desk.until("2026-07-31T12:00:00").is_empty());
    assert_eq!((desk.case.version, desk.wakes_at()), (version, Some(at("2026-08-01T00:00:00"))));
    let ended = desk.after(Person::DepartmentHead, Command::RevokeGrant(grant_end()));
    assert_eq!(ended.wakes_at(), None);
}

/// Rule L13: broken once, it is ordered to be mended; broken still when the limit is over, the grant is revoked for it.
#[test]
fn a_broken_commitment_is_mended_or_the_grant_is_revoked() {
    use CommitmentFinding::{Broken, Kept};
    let (desk, by) = (trusted(), Person::Reviewer);
    assert_eq!(desk.refused(by, verify(Broken, None)), "mending_limit_missing");
    assert_eq!(desk.refused(by, verify(Kept, Some(5))), "mending_limit_superfluous");
    assert_eq!(desk.refused(by, verify(Broken, Some(31))), "limit_out_of_range");
    let ordered = desk.after(by, verify(Broken, Some(5)));
    assert!(ordered.record.last().unwrap().event.document().is_some(), "an order in writing");
    assert!(!ordered.case.intake.commitment.as_ref().unwrap().is_broken());
    assert_eq!(ordered.refused(by, verify(Broken, None)), "mending_limit_running");
    assert_eq!(ordered.clone().later("2026-03-09T10:00:00").refused(by, verify(Broken, None)), "mending_limit_running");
    let mended = ordered.clone().after(by, verify(Kept, None));
    assert!(mended.case.intake.commitment.as_ref().unwrap().is_settled());

    let late = ordered.later("2026-03-10T10:00:00");
    assert_eq!(late.refused(by, verify(Broken, Some(5))), "mending_limit_superfluous");
    let broken = late.after(by, verify(Broken, None)).after(Person::DepartmentHead, Command::RevokeGrant(grant_end()));
    let issuance::Standing::Ended(ended) = &broken.case.issuance.standing else { panic!("in force") };
    assert_eq!(ended.ground, EndGround::CommitmentBroken);
}

/// Rule L13: the order to mend sets a limit of the applicant's, who is reminded of it though the case has ended; it ends with
/// the next look, or with the grant.
#[test]
fn the_limit_to_mend_runs_until_the_next_look() {
    use CommitmentFinding::{Broken, Kept};
    let by = Person::Reviewer;
    let ordered = trusted().after(by, verify(Broken, Some(5)));
    let limit = ordered.case.clocks.mending.clone().unwrap();
    assert_eq!((limit.kind, limit.start, limit.budget), (LimitKind::Mending, day("2026-03-02"), WorkingDays(5)));
    assert_eq!(ordered.case.clocks.running().map(|it| it.kind).collect::<Vec<_>>(), [LimitKind::Mending]);
    assert!(ordered.case.clocks.binding(ordered.calendar(), ordered.now.day()).is_none(), "it binds the applicant");

    let mut left = ordered.clone();
    let happened = left.until("2026-04-01T12:00:00");
    let sent: Vec<_> = reminders(&happened, LimitKind::Mending);
    let rungs: Vec<_> = sent.iter().map(|(at, it)| (*at, it.rung, it.to.clone())).collect();
    let (amber, overdue) = (at("2026-03-05T08:30:00"), at("2026-03-10T08:30:00"));
    let to = Addressee::Applicant;
    assert_eq!(rungs, [(amber, Rung::Amber, to.clone()), (overdue, Rung::Overdue, to)]);
    assert_eq!(happened.len(), 2);

    let looked = ordered.clone().later("2026-03-04T10:00:00").after(by, verify(Kept, None));
    assert_eq!(looked.case.clocks.mending.as_ref().unwrap().stopped, Some(day("2026-03-04")));
    assert_eq!(looked.wakes_at(), None);
    let ended = ordered.after(Person::DepartmentHead, Command::RevokeGrant(grant_end()));
    assert_eq!(ended.case.clocks.running().count(), 0);
    assert_eq!(ended.refused(by, verify(Broken, None)), "grant_ended", "there is nothing left to verify");
}

/// Rule L13: there is something to verify only where a commitment was given and something granted on it.
#[test]
fn only_a_grant_on_commitment_is_verified() {
    let by = Person::Reviewer;
    let plain = granted(lacking(lenient(), &[]).after(Person::Clerk, Command::Accept));
    assert_eq!(plain.refused(by, verify(CommitmentFinding::Kept, None)), "no_commitment");
    let refused = lacking(lenient(), &[1])
        .after(Person::Clerk, on_commitment(false))
        .after(by, assign(by, lenient()))
        .after(by, review(Outcome::Refuse))
        .after(Person::Approver, decide(Outcome::Refuse));
    assert_eq!(refused.refused(by, verify(CommitmentFinding::Kept, None)), "nothing_granted");
    assert_eq!(refused.case.clocks.verification, None);
}
