//! Issuance, and what becomes of a case and its grant afterwards (clauses B1-3, B2-5, B2-6; 行政许可法 arts. 44, 69, 70).

use approval::Outcome;
use casework::{Addressee, Case, Collector, Command, Event, MandateNumber, Rung, Stage};
use catalog::DeliveryMethod;
use chrono::Days;
use intake::ScopeFinding;
use issuance::{EndGround, Replacement, Standing, TrackingState};
use kernel::ledger::LimitKind;
use routing::Responsible;

use crate::hall::{
    self, Desk, Person,
    acts::{
        assign, conditionally, decide, decided, dispatch, grant_end, issued, lacking, note, received, reject, reopen,
        replace, review, scope, tracked, withdraw,
    },
    at, collector, day, lenient, morning,
};

fn hand_out() -> Command {
    Command::HandOut { collector: collector() }
}

fn closed() -> Desk {
    issued(DeliveryMethod::PickUp).after(Person::Clerk, hand_out()).after(Person::Clerk, Command::Close)
}

fn refusal(method: DeliveryMethod) -> Desk {
    decided(lenient(), Outcome::Refuse)
        .after(Person::Applicant, Command::ChooseDelivery { method })
        .after(Person::Clerk, Command::IssueResult(None))
}

/// 更正、补发: the new document has a number of its own, and the old one is kept with who replaced it and why.
#[test]
fn a_document_is_superseded_with_trace() {
    let before = closed();
    let first = before.case.issuance.result.clone().unwrap();
    let now = before.now;
    let backdated = replace(Replacement::Correction, morning().plus(-chrono::Duration::days(1)));
    assert_eq!(before.refused(Person::Approver, backdated), "validity_backdated");
    let desk = before
        .after(Person::Approver, replace(Replacement::Correction, now))
        .after(Person::Approver, replace(Replacement::Reissue, now));
    let issuance = &desk.case.issuance;
    assert_eq!(issuance.replaced[0].document, first);
    let how: Vec<_> = issuance.replaced.iter().map(|it| (it.how, it.by.as_str())).collect();
    assert_eq!(how, [(Replacement::Correction, "approver"), (Replacement::Reissue, "approver")]);
    let mut numbers: Vec<_> = issuance.replaced.iter().map(|it| &it.document.number).collect();
    numbers.push(&issuance.result.as_ref().unwrap().number);
    numbers.dedup();
    assert_eq!((numbers.len(), desk.case.stage), (3, Stage::Closed));
    assert_eq!(
        refusal(DeliveryMethod::PickUp).refused(Person::Approver, replace(Replacement::Reissue, now)),
        "nothing_granted"
    );
}

fn correct(desk: Desk) -> Desk {
    let now = desk.now;
    desk.after(Person::Approver, replace(Replacement::Correction, now))
}

fn deliver_electronically() -> Command {
    Command::DeliverElectronically { receipt: hall::text("已在平台下载") }
}

/// Clauses B1-3, B2-6, rule L4: what takes the place of a result that was delivered and acknowledged is delivered and
/// acknowledged in its turn; what became of the first one is in the trace, and its limit and the end of the case stay.
#[test]
fn what_replaces_a_delivered_result_is_delivered_too() {
    let acknowledged = issued(DeliveryMethod::Electronic)
        .after(Person::Clerk, deliver_electronically())
        .after(Person::Applicant, Command::AcknowledgeDelivery);
    let first = acknowledged.case.issuance.clone();
    let ended = acknowledged.after(Person::Clerk, Command::Close).later("2026-03-11T10:00:00");
    assert_eq!(ended.refused(Person::Clerk, deliver_electronically()), "wrong_stage");
    let replaced = correct(ended.clone());
    let issuance = &replaced.case.issuance;
    assert_eq!((&issuance.delivered, issuance.acknowledged_at), (&None, None));
    let trace = &issuance.replaced[0];
    assert_eq!((Some(&trace.document), &trace.delivered), (first.result.as_ref(), &first.delivered));
    assert!(trace.acknowledged_at.is_some() && trace.acknowledged_at == first.acknowledged_at);
    assert_eq!(replaced.refused(Person::Applicant, Command::AcknowledgeDelivery), "not_delivered");
    assert_eq!(replaced.refused(Person::Clerk, hand_out()), "other_delivery_method");
    let mut pressed = replaced.clone();
    pressed.until("2026-03-31T00:00:00");
    let window = Addressee::Responsible(Responsible::Window(pressed.case.window.clone()));
    let told = |it: &&casework::Reminder| it.limit == LimitKind::Delivery && it.start == day("2026-03-11");
    let told: Vec<_> = pressed.case.reminders.iter().filter(told).map(|it| (it.rung, it.due, it.to.clone())).collect();
    let due = day("2026-03-25");
    assert_eq!(told, [(Rung::Amber, due, window.clone()), (Rung::Overdue, due, window)]);
    let desk = replaced
        .later("2026-03-12T10:00:00")
        .after(Person::Clerk, deliver_electronically())
        .after(Person::Applicant, Command::AcknowledgeDelivery);
    assert_eq!(desk.case.issuance.delivered.as_ref().map(|it| it.at), Some(desk.now));
    assert_eq!(desk.case.issuance.acknowledged_at, Some(desk.now));
    assert_eq!(desk.refused(Person::Clerk, deliver_electronically()), "wrong_stage");
    assert_eq!(desk.refused(Person::Applicant, Command::AcknowledgeDelivery), "already_acknowledged");
    assert_eq!((desk.case.stage, desk.case.ended_at), (Stage::Closed, ended.case.ended_at));
    assert_eq!((&desk.case.clocks, &desk.case.responsibility), (&ended.case.clocks, &ended.case.responsibility));
    assert_eq!(Case::fold(&desk.record).as_ref(), Some(&desk.case));
}

/// Clause B1-3: the courier goes once more, in an ended case too; while he is on his way nothing else is made out, and what
/// comes back may be fetched instead.
#[test]
fn what_replaces_a_delivered_result_is_sent_too() {
    let sent = issued(DeliveryMethod::Courier).after(Person::Clerk, dispatch());
    let now = sent.now;
    let signed = sent.after(Person::Clerk, tracked(TrackingState::Signed, now)).after(Person::Clerk, Command::Close);
    let way = Command::ChooseDelivery { method: DeliveryMethod::PickUp };
    assert_eq!(signed.refused(Person::Clerk, dispatch()), "wrong_stage");
    assert_eq!(signed.refused(Person::Clerk, tracked(TrackingState::Returned, now)), "wrong_stage");
    assert_eq!(signed.refused(Person::Applicant, way.clone()), "wrong_stage");
    let parcel = signed.case.issuance.parcel.clone();
    let again = correct(signed).after(Person::Clerk, dispatch());
    assert_eq!((again.case.stage, &again.case.issuance.replaced[0].parcel), (Stage::Closed, &parcel));
    assert_eq!(again.refused(Person::Approver, replace(Replacement::Reissue, now)), "wrong_stage");
    assert_eq!(again.refused(Person::Clerk, dispatch()), "wrong_stage");
    let arrived = again.clone().after(Person::Clerk, tracked(TrackingState::Signed, now));
    assert!(arrived.case.issuance.delivered.is_some() && arrived.case.stage == Stage::Closed);
    let lost = again.clone().after(Person::Clerk, tracked(TrackingState::Lost, now));
    assert_eq!(lost.refused(Person::Clerk, dispatch()), "document_lost");
    assert_eq!(correct(lost).after(Person::Clerk, dispatch()).case.issuance.replaced.len(), 2);
    let fetched = again
        .after(Person::Clerk, tracked(TrackingState::Returned, now))
        .after(Person::Applicant, way)
        .after(Person::Clerk, hand_out());
    let how = fetched.case.issuance.delivered.as_ref().map(|it| it.how);
    assert_eq!((fetched.case.stage, how), (Stage::Closed, Some(DeliveryMethod::PickUp)));
    assert_eq!(Case::fold(&fetched.record).as_ref(), Some(&fetched.case));
}

/// Clause B2-6: a case is not closed over a result that has yet to be delivered, and a grant that has ended is delivered no
/// more.
#[test]
fn a_case_is_not_closed_over_an_undelivered_result() {
    let replaced = correct(issued(DeliveryMethod::PickUp).after(Person::Clerk, hand_out()));
    assert_eq!(
        (replaced.case.stage, replaced.refused(Person::Clerk, Command::Close)),
        (Stage::Delivered, "not_delivered")
    );
    let done = replaced.clone().after(Person::Clerk, hand_out());
    assert_eq!((done.case.stage, done.refused(Person::Clerk, hand_out())), (Stage::Delivered, "wrong_stage"));
    assert_eq!(done.after(Person::Clerk, Command::Close).case.stage, Stage::Closed);
    let revoked = replaced.after(Person::DepartmentHead, Command::RevokeGrant(grant_end()));
    assert_eq!((revoked.refused(Person::Clerk, hand_out()), revoked.wakes_at()), ("wrong_stage", None));
}

/// 催领: a corrected result that waits at the window is chased three times of its own, whatever was chased before.
#[test]
fn a_corrected_result_is_chased_too() {
    let mut slow = issued(DeliveryMethod::PickUp);
    slow.until("2026-03-17T09:00:00");
    let ended = slow.after(Person::Clerk, hand_out()).after(Person::Clerk, Command::Close);
    let mut desk = correct(ended);
    assert_eq!(desk.case.issuance.chased.len(), 1);
    desk.until("2026-12-31T00:00:00");
    assert_eq!((desk.case.issuance.chased.len(), desk.case.issuance.chased[1]), (4, at("2026-03-31T08:30:00")));
    assert_eq!(desk.wakes_at(), Some(at("2027-01-01T00:00:00")), "its limit runs on, and may still move (rule L1)");
    assert_eq!(desk.after(Person::Clerk, hand_out()).wakes_at(), None);
    let mut fetched = correct(closed()).after(Person::Clerk, hand_out());
    assert!(fetched.until("2026-12-31T00:00:00").is_empty());
}

/// What was replaced before a result was delivered twice is read as it was stored, and delivered once it is replaced again.
#[test]
fn a_replacement_of_old_is_read_as_it_was() {
    let before = closed();
    let mut desk = correct(before.clone());
    let Some(last) = desk.record.last_mut() else { panic!("no record") };
    let mut old = serde_json::to_value(&last.event).unwrap();
    old["data"].as_object_mut().unwrap().remove("deliver_anew");
    last.event = serde_json::from_value(old.clone()).unwrap();
    assert_eq!(serde_json::to_value(&last.event).unwrap(), old);
    desk.case = Case::fold(&desk.record).unwrap();
    assert_eq!(desk.case.issuance.delivered, before.case.issuance.delivered);
    assert_eq!(desk.refused(Person::Clerk, hand_out()), "wrong_stage");
    let again = correct(desk).after(Person::Clerk, hand_out());
    assert_eq!((again.case.stage, again.case.issuance.replaced.len()), (Stage::Closed, 2));
}

/// 现行有效: of its papers those that were neither replaced nor revoked, nor set aside when it was taken up again.
#[test]
fn papers_that_fell_do_not_stand() {
    let standing = |desk: &Desk| {
        let papers = desk.record.iter().filter_map(|recorded| recorded.event.document());
        papers.filter(|paper| desk.case.stands(paper)).map(|paper| paper.kind().unwrap().title()).collect::<Vec<_>>()
    };
    let whole = ["受理通知书", "准予决定书", "办理结果"];
    let granted = closed();
    assert_eq!(standing(&granted), whole);
    let first = granted.case.issuance.result.as_ref().unwrap().number.clone();
    let corrected = correct(granted.clone());
    assert_eq!(standing(&corrected), whole);
    assert!(corrected.case.papers.contains(&first) && !corrected.case.stands(&first));
    let revoked = corrected.after(Person::DepartmentHead, Command::RevokeGrant(grant_end()));
    assert_eq!(standing(&revoked), ["受理通知书", "撤销许可决定书"]);
    let anew = revoked.after(Person::DepartmentHead, reopen());
    assert_eq!(standing(&anew), ["受理通知书", "撤销许可决定书"]);
    let cancelled = granted.after(Person::Approver, Command::CancelGrant(grant_end()));
    assert_eq!(standing(&cancelled), ["受理通知书", "注销许可决定书"]);

    let refused = refusal(DeliveryMethod::PickUp).after(Person::Clerk, hand_out()).after(Person::Clerk, Command::Close);
    assert_eq!(standing(&refused), ["受理通知书", "不予许可决定书", "不予许可决定书"], "decided, and issued as it is");
    assert_eq!(standing(&refused.after(Person::DepartmentHead, reopen())), ["受理通知书"]);

    let mut conditional = lacking(lenient(), &[2]).after(Person::Clerk, conditionally(5));
    assert_eq!(standing(&conditional), ["容缺受理通知书"]);
    conditional.until("2026-03-20T09:00:00");
    assert_eq!(standing(&conditional), ["撤销受理决定书"]);
    assert!(standing(&conditional.after(Person::DepartmentHead, reopen())).is_empty());

    let open = || received(lenient(), DeliveryMethod::PickUp);
    let rejected = open().after(Person::Clerk, scope(ScopeFinding::OutsidePower)).after(Person::Clerk, reject(true));
    let withdrawn = open().after(Person::Applicant, withdraw());
    for (ended, paper) in [(rejected, "不予受理通知书"), (withdrawn, "撤回申请确认书")] {
        assert_eq!(standing(&ended), [paper]);
        assert!(standing(&ended.after(Person::DepartmentHead, reopen())).is_empty(), "{paper}");
    }
}

/// Clause B1-3: what was lost on its way is made out anew before it is sent or handed out again.
#[test]
fn what_was_lost_is_made_out_anew() {
    let sent = issued(DeliveryMethod::Courier).after(Person::Clerk, dispatch());
    let now = sent.now;
    let lost = sent.after(Person::Clerk, tracked(TrackingState::Lost, now));
    assert_eq!(lost.case.stage, Stage::Issued);
    assert_eq!(lost.refused(Person::Clerk, dispatch()), "document_lost");
    let fetched = lost.clone().after(Person::Applicant, Command::ChooseDelivery { method: DeliveryMethod::PickUp });
    assert_eq!(fetched.refused(Person::Clerk, hand_out()), "document_lost");
    let anew = lost.after(Person::Approver, replace(Replacement::Reissue, now)).after(Person::Clerk, dispatch());
    assert_eq!((anew.case.stage, anew.case.issuance.replaced.len()), (Stage::InTransit, 1));
}

/// Clause B1-3: what came back is sent again as it is.
#[test]
fn what_came_back_is_sent_again() {
    let sent = issued(DeliveryMethod::Courier).after(Person::Clerk, dispatch());
    let now = sent.now;
    let returned = sent.after(Person::Clerk, tracked(TrackingState::Returned, now));
    assert_eq!(returned.case.clocks.delivery.as_ref().unwrap().stopped, None);
    assert_eq!(returned.after(Person::Clerk, dispatch()).case.stage, Stage::InTransit);
}

/// 行政许可法 art. 38(2): the decision itself is what a refusal delivers; lost, it is printed again.
#[test]
fn a_lost_refusal_is_simply_sent_again() {
    let sent = refusal(DeliveryMethod::Courier).after(Person::Clerk, dispatch());
    let now = sent.now;
    let lost = sent.after(Person::Clerk, tracked(TrackingState::Lost, now));
    assert_eq!(lost.after(Person::Clerk, dispatch()).case.stage, Stage::InTransit);
}

/// 催领: a result that waits at the window is chased every ten working days, in working hours, three times.
#[test]
fn an_unclaimed_result_is_chased() {
    let mut desk = issued(DeliveryMethod::PickUp);
    desk.until("2026-12-31T00:00:00");
    let chased: Vec<_> = desk.case.issuance.chased.clone();
    assert_eq!(chased, [at("2026-03-16T08:30:00"), at("2026-03-30T08:30:00"), at("2026-04-14T08:30:00")]);
    let mut in_the_post = issued(DeliveryMethod::Courier);
    in_the_post.until("2026-12-31T00:00:00");
    assert!(in_the_post.case.issuance.chased.is_empty());
    let mut fetched = issued(DeliveryMethod::PickUp).after(Person::Clerk, hand_out());
    assert!(fetched.until("2026-12-31T00:00:00").is_empty());
}

/// 催领 after a downtime: once, when people are at work, and the next one counts from then.
#[test]
fn a_chase_that_was_missed_comes_once() {
    let mut desk = issued(DeliveryMethod::PickUp).later("2026-04-18T12:00:00");
    assert!(desk.fall_due().is_empty(), "a Saturday");
    let happened = desk.until("2026-04-20T12:00:00");
    let chases = happened.iter().filter(|(_, event)| *event == Event::Chased).count();
    assert_eq!((chases, desk.case.issuance.chased[0]), (1, at("2026-04-20T08:30:00")));
}

/// Clause B2-5: an agent fetches a result on a mandate, whose number goes on the receipt.
#[test]
fn an_agent_fetches_a_result_on_a_mandate() {
    let by_mandate = |number: &str| number.parse::<MandateNumber>();
    for wrong in ["", "张三的委托", &"A".repeat(41)] {
        assert_eq!(by_mandate(wrong).unwrap_err().code, "mandate_number_malformed", "{wrong}");
    }
    let collector = Collector { relation: "代领人", mandate: by_mandate("WT-2026-0017").ok() };
    let desk = issued(DeliveryMethod::PickUp).after(Person::Clerk, Command::HandOut { collector });
    let receipt = desk.case.issuance.delivered.unwrap().receipt;
    assert!(receipt.as_str().contains("代领人") && receipt.as_str().contains("WT-2026-0017"), "{receipt}");
}

/// 电子送达 is acknowledged by whom it reached, once.
#[test]
fn an_electronic_delivery_is_acknowledged() {
    let by = Person::Applicant;
    let delivered = issued(DeliveryMethod::Electronic)
        .after(Person::Clerk, Command::DeliverElectronically { receipt: hall::text("已在平台下载") });
    assert_eq!(delivered.case.issuance.acknowledged_at, None, "sent is not yet received");
    let late = delivered.clone().after(Person::Clerk, Command::Close).after(by, Command::AcknowledgeDelivery);
    assert!(late.case.issuance.acknowledged_at.is_some() && late.case.stage == Stage::Closed);
    let desk = delivered.after(by, Command::AcknowledgeDelivery);
    assert_eq!(desk.refused(by, Command::AcknowledgeDelivery), "already_acknowledged");
    assert_eq!(closed().refused(by, Command::AcknowledgeDelivery), "other_delivery_method");
    let revoked = issued(DeliveryMethod::Electronic).after(Person::DepartmentHead, Command::RevokeGrant(grant_end()));
    assert_eq!(revoked.refused(by, Command::AcknowledgeDelivery), "not_delivered");
}

/// 出件: the unified window answers for a result until the applicant has it.
#[test]
fn the_window_answers_for_a_result() {
    let now = issued(DeliveryMethod::PickUp).case.responsibility.now().cloned();
    assert_eq!(now, Some(Responsible::Staff(hall::staff("clerk"))));
}

/// After the end: notes change nothing but the notes.
#[test]
fn a_late_addition_is_a_note() {
    let before = closed();
    assert_eq!(issued(DeliveryMethod::PickUp).refused(Person::Clerk, note()), "wrong_stage");
    let mut after = before.clone().after(Person::Reviewer, note());
    assert_eq!(after.case.notes[0].by.as_str(), "reviewer");
    after.case.notes.clear();
    after.case.version -= 1;
    assert_eq!(after.case, before.case);
}

/// 撤销 (art. 69) and 注销 (art. 70): acts of their own, each with its document; either ends the grant for good.
#[test]
fn a_grant_ends_once() {
    let ends = [
        (Person::DepartmentHead, Command::RevokeGrant(grant_end()), EndGround::Unlawful),
        (Person::Approver, Command::CancelGrant(grant_end()), EndGround::Lapsed),
    ];
    for (by, end, ground) in ends {
        for desk in [closed(), issued(DeliveryMethod::PickUp)] {
            let desk = desk.after(by, end.clone());
            let Standing::Ended(ended) = &desk.case.issuance.standing else { panic!("in force") };
            assert_eq!((ended.ground, desk.case.stage), (ground, Stage::Closed));
            assert_eq!(ended.remedies, kernel::remedies());
            assert!(desk.numbers.issued.contains(&ended.document));
            assert!(desk.case.clocks.running().next().is_none() && desk.wakes_at().is_none());
            assert!(desk.case.responsibility.now().is_none());
            assert_eq!(desk.refused(by, end.clone()), "grant_ended");
            assert_eq!(desk.refused(Person::Approver, replace(Replacement::Reissue, morning())), "grant_ended");
        }
        assert_eq!(refusal(DeliveryMethod::PickUp).refused(by, end.clone()), "nothing_granted");
        assert_eq!(decided(lenient(), Outcome::Grant).refused(by, end.clone()), "wrong_stage");
    }
}

/// 恢复办理 of what was refused: decided again within new limits, the first decision kept.
#[test]
fn a_refusal_is_reopened_with_new_limits() {
    let ended = refusal(DeliveryMethod::PickUp).after(Person::Clerk, hand_out()).after(Person::Clerk, Command::Close);
    let desk = ended.later("2026-04-07T10:00:00").after(Person::DepartmentHead, reopen());
    assert_eq!((desk.case.stage, desk.case.ended_at), (Stage::InReview, None));
    let starts: Vec<_> = desk.case.clocks.running().map(|ledger| (ledger.kind, ledger.start)).collect();
    assert_eq!(starts, [(LimitKind::Promised, day("2026-04-07")), (LimitKind::Statutory, day("2026-04-07"))]);
    assert_eq!((desk.case.outcome(), desk.case.approval.earlier_decisions.len()), (None, 1));
    let reopening = &desk.case.reopenings[0];
    assert_eq!((reopening.from, reopening.by.code.as_str()), (Stage::Closed, "head"));
    assert_eq!(
        desk.case.responsibility.now(),
        Some(&Responsible::Department(lenient().department.clone())),
        "until somebody takes it"
    );
    assert_eq!(desk.refused(Person::Approver, decide(Outcome::Grant)), "not_reviewed");
    let now = desk.now;
    let desk = desk
        .after(Person::Reviewer, assign(Person::Reviewer, lenient()))
        .after(Person::Reviewer, review(Outcome::Grant))
        .after(Person::Approver, decide(Outcome::Grant))
        .after(Person::Clerk, Command::IssueResult(Some(hall::result(now))));
    assert_eq!(desk.case.stage, Stage::Issued);
    assert_eq!(desk.case.clocks.delivery.as_ref().unwrap().start, now.day());
}

/// 恢复办理 of what ended before acceptance: checked again, and a grant in force is not decided again at all.
#[test]
fn what_was_not_accepted_is_checked_again() {
    assert_eq!(closed().refused(Person::DepartmentHead, reopen()), "grant_in_force");
    assert_eq!(issued(DeliveryMethod::PickUp).refused(Person::DepartmentHead, reopen()), "wrong_stage");
    let revoked = closed().after(Person::DepartmentHead, Command::RevokeGrant(grant_end()));
    assert_eq!(revoked.after(Person::DepartmentHead, reopen()).case.stage, Stage::InReview);
    let rejected = received(lenient(), DeliveryMethod::PickUp)
        .after(Person::Clerk, scope(ScopeFinding::OutsidePower))
        .after(Person::Clerk, reject(true));
    let desk = rejected.later("2026-03-09T10:00:00").after(Person::DepartmentHead, reopen());
    assert_eq!((desk.case.stage, &desk.case.intake.rejection), (Stage::UnderCheck, &None));
    assert_eq!(desk.case.clocks.check.as_ref().unwrap().start, day("2026-03-09"));
    assert_eq!(desk.case.responsibility.now(), Some(&Responsible::Window(lenient().window.clone())));
    let tenures = desk.case.responsibility.tenures();
    let [.., last, reopened] = tenures else { panic!("{tenures:?}") };
    assert!(last.until.unwrap() < reopened.from, "nobody answered for it while it was over");
    let touched = desk.after(Person::Clerk, scope(ScopeFinding::Within));
    assert_eq!(touched.case.responsibility.now(), Some(&Responsible::Staff(hall::staff("clerk"))));
}

/// Rule L4: a result that was signed for late is on record with the day it arrived, not the day it was heard of.
#[test]
fn the_delivery_limit_stops_with_the_signature() {
    let sent = issued(DeliveryMethod::Courier).after(Person::Clerk, dispatch());
    let signed = sent.now.plus(chrono::Duration::days(2));
    let desk = sent.later("2026-03-20T10:00:00").after(Person::Clerk, tracked(TrackingState::Signed, signed));
    assert_eq!(desk.case.clocks.delivery.as_ref().unwrap().stopped, Some(morning().day() + Days::new(2)));
}
