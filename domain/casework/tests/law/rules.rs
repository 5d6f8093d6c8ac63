//! Rules of the lifecycle that are easier to read one by one.

use approval::{Outcome, Ruling};
use casework::{Command, Event, OnTheSpot, ResultDetails, Stage};
use catalog::DeliveryMethod;
use chrono::{Days, Duration, Months};
use intake::ScopeFinding;
use issuance::{Replacement, Tracked, TrackingState};
use kernel::{Actor, Centre, DocumentKind, Instant, WorkingDays, access::may_on, remedies};
use strum::VariantArray;

use crate::hall::{
    self, Desk, FOR_SIX_MONTHS, ON_THE_SPOT, PROMISED_TIME, Person, WITHOUT_COURIER, collector, file, item, morning,
    result, text,
};

fn checked(code: &str, by: Person) -> Desk {
    let scope = Command::CheckScope { finding: ScopeFinding::Within, note: None };
    Desk::open(item(code), by, DeliveryMethod::PickUp).after(Person::Clerk, scope).with_materials_in_order()
}

fn sitting(now: Instant) -> Command {
    let (reasons, result) = (text("当场核实"), result(now));
    Command::DecideOnTheSpot(OnTheSpot { reasons, result, handed_to: Some(collector()) })
}

/// Reviewed, and waiting for the approver.
fn reviewed() -> Desk {
    let own = Command::Assign { to: Person::Reviewer.colleague(item(PROMISED_TIME)) };
    checked(PROMISED_TIME, Person::Adapter)
        .after(Person::Clerk, Command::Accept)
        .after(Person::Reviewer, own)
        .after(Person::Reviewer, Command::Review { recommends: Outcome::Grant, opinion: text("符合条件") })
}

fn granted() -> Desk {
    let command = Command::Decide { outcome: Outcome::Grant, reasons: text("符合条件"), legal_basis: None };
    reviewed().after(Person::Approver, command)
}

fn refused() -> Desk {
    let command = Command::Decide {
        outcome: Outcome::Refuse,
        reasons: text("审核意见依据不足"),
        legal_basis: Some(text("《优质中小企业梯度培育管理暂行办法》第八条")),
    };
    reviewed().after(Person::Approver, command)
}

/// The papers of a record, by title, in the order of their numbers.
fn papers(desk: &Desk) -> Vec<&'static str> {
    let kind = |number: &str| *DocumentKind::VARIANTS.iter().find(|kind| number.contains(kind.mark())).unwrap();
    desk.numbers.issued.iter().map(|number| kind(number.as_str()).title()).collect()
}

/// Clause B3-1: an application begins with a version that is in force, and keeps it.
#[test]
fn an_item_that_is_not_on_offer_takes_no_application() {
    let item = item(PROMISED_TIME);
    let before = Instant::parse("2020-01-06T01:00:00Z").unwrap();
    let refusal = Desk::try_open(item, Person::Clerk, DeliveryMethod::PickUp, before).unwrap_err();
    assert_eq!(refusal.code, "item_not_on_offer");
    let desk = Desk::open(item, Person::Clerk, DeliveryMethod::PickUp);
    assert_eq!((&desk.case.item.code, desk.case.item.version), (&item.item, item.version));
}

/// Clauses B1-3, B2-6
#[test]
fn a_way_of_delivery_that_the_item_does_not_offer_is_refused_from_the_first_day_on() {
    let item = item(WITHOUT_COURIER);
    let courier = DeliveryMethod::Courier;
    let refusal = Desk::try_open(item, Person::Applicant, courier, morning()).unwrap_err();
    assert_eq!(refusal.code, "delivery_not_offered");
    let mut desk = Desk::open(item, Person::Applicant, DeliveryMethod::PickUp);
    let refusal = desk.tell(&Person::Applicant.at(item), Command::ChooseDelivery { method: courier }).unwrap_err();
    assert_eq!(refusal.code, "delivery_not_offered");
}

/// Clauses B2-2, B2-3: what was checked is no longer what is there.
#[test]
fn a_file_that_comes_after_the_check_has_to_be_checked() {
    let desk = checked(PROMISED_TIME, Person::Adapter);
    let material = desk.item.materials[0].clone();
    let attach = Command::AttachFile { material: material.code.clone(), file: file(desk.now) };
    let mut desk = desk.after(Person::Applicant, attach);
    let refusal = desk.tell(&Person::Clerk.at(desk.item), Command::Accept).unwrap_err();
    assert_eq!(refusal.code, "not_in_order");
    assert_eq!(refusal.detail, format!("「{}」尚未核验", material.name));
}

/// Clause B2-5, 浙江“最多跑一次”规定 art. 11(1): one sitting, one call, and no acceptance notice.
#[test]
fn an_on_the_spot_item_is_over_in_one_call() {
    let desk = checked(ON_THE_SPOT, Person::Clerk);
    let now = desk.now;
    let desk = desk.after(Person::Clerk, sitting(now));
    assert_eq!(desk.case.stage, Stage::Closed);
    assert_eq!(papers(&desk), ["准予决定书", "办理结果"]);
    assert_eq!(desk.case.ended_at, Some(now));
    assert!(desk.case.clocks.all().all(|ledger| ledger.stopped == Some(now.day())));
}

/// Clause B3-2: what is to be refused goes the way of review and decision, for an on-the-spot item too.
#[test]
fn an_on_the_spot_item_is_refused_by_two_pairs_of_eyes() {
    let own = Command::Assign { to: Person::Reviewer.colleague(item(ON_THE_SPOT)) };
    let desk = checked(ON_THE_SPOT, Person::Clerk)
        .after(Person::Clerk, Command::Accept)
        .after(Person::Reviewer, own)
        .after(Person::Reviewer, Command::Review { recommends: Outcome::Refuse, opinion: text("有欠税") })
        .after(
            Person::Approver,
            Command::Decide {
                outcome: Outcome::Refuse,
                reasons: text("有欠税"),
                legal_basis: Some(text("《税收征收管理法》第三十四条")),
            },
        );
    let decision = desk.case.approval.decision.unwrap();
    assert!(matches!(decision.ruling, Ruling::Refuse { remedies, .. } if remedies == kernel::remedies()));
}

/// 行政许可法 art. 38(2): of a refusal the decision itself reaches the applicant, under its own number.
#[test]
fn a_refusal_is_issued_as_what_it_is() {
    let mut desk = refused();
    let decision = desk.case.approval.decision.clone().unwrap().document;
    let clerk = Person::Clerk.at(desk.item);
    let result = Command::IssueResult(Some(result(desk.now)));
    assert_eq!(desk.tell(&clerk, result).unwrap_err().code, "result_superfluous");
    desk.now = desk.now.plus(Duration::days(3));
    let desk = desk.after(Person::Clerk, Command::IssueResult(None));
    let issued = desk.case.issuance.result.clone().unwrap();
    assert_eq!((issued.number, issued.title.as_str()), (decision, "不予许可决定书"));
    assert_eq!((issued.valid_from, issued.valid_until), (morning().day(), None));
    assert_eq!(papers(&desk), ["受理通知书", "不予许可决定书"], "no number is taken for it");
    let desk = desk.after(Person::Clerk, Command::HandOut { collector: collector() });
    assert_eq!(desk.case.stage, Stage::Delivered);
}

/// 有效期: what the item says, from the day of the decision, at the earliest and at the latest.
#[test]
fn a_grant_is_issued_for_as_long_as_the_item_says() {
    let mut desk = granted();
    let decided = desk.now.day();
    desk.now = desk.now.plus(Duration::days(2));
    let clerk = Person::Clerk.at(desk.item);
    assert_eq!(desk.tell(&clerk, Command::IssueResult(None)).unwrap_err().code, "result_missing");
    let end = decided + Months::new(36);
    let from = |valid_from, valid_until| {
        Command::IssueResult(Some(ResultDetails { valid_from, valid_until, ..result(morning()) }))
    };
    let code = |command| desk.clone().tell(&clerk, command).map_err(|refusal| refusal.code).err();
    assert_eq!(code(from(decided - Days::new(1), None)), Some("validity_backdated"));
    assert_eq!(code(from(decided, Some(end))), Some("validity_too_long"));
    assert_eq!(code(from(decided, Some(decided - Days::new(1)))), Some("validity_reversed"));
    assert_eq!(code(from(decided, Some(end - Days::new(1)))), None, "the last day counts");
    let issued = desk.after(Person::Clerk, from(decided, None)).case.issuance.result.unwrap();
    assert_eq!(issued.valid_until, Some(end - Days::new(1)), "the item's where the document names none");
}

/// The same at the window, where nothing takes a number before it is known to be right.
#[test]
fn a_result_on_the_spot_is_valid_for_as_long_as_the_item_says() {
    let mut desk = checked(FOR_SIX_MONTHS, Person::Clerk);
    let today = desk.now.day();
    let Command::DecideOnTheSpot(right) = sitting(desk.now) else { panic!("another command") };
    for (valid_from, valid_until, code) in [
        (today - Days::new(1), None, "validity_backdated"),
        (today, Some(today + Months::new(6)), "validity_too_long"),
        (today, Some(today - Days::new(1)), "validity_reversed"),
    ] {
        let result = ResultDetails { valid_from, valid_until, ..right.result.clone() };
        let command = Command::DecideOnTheSpot(OnTheSpot { result, ..right.clone() });
        assert_eq!(desk.tell(&Person::Clerk.at(desk.item), command).unwrap_err().code, code);
        assert!(desk.numbers.issued.is_empty(), "{code}");
    }
    let issued = desk.after(Person::Clerk, Command::DecideOnTheSpot(right)).case.issuance.result.unwrap();
    assert_eq!(issued.valid_until, Some(today + Months::new(6) - Days::new(1)));
}

/// Rule of withdrawal: nobody but the applicant ends a case without a reasoned document. The window writes down what an
/// applicant says who stands there, as long as nothing has been accepted.
#[test]
fn the_window_withdraws_only_for_who_stands_there() {
    let withdraw = || Command::Withdraw { reason: text("项目取消") };
    let online = Desk::open(item(PROMISED_TIME), Person::Adapter, DeliveryMethod::PickUp);
    let accepted = checked(PROMISED_TIME, Person::Clerk).after(Person::Clerk, Command::Accept);
    for mut desk in [online, accepted] {
        let refusal = desk.tell(&Person::Clerk.at(desk.item), withdraw()).unwrap_err();
        assert_eq!(refusal.code, "applicant_only");
        assert_eq!(desk.after(Person::Applicant, withdraw()).case.stage, Stage::Withdrawn);
    }
    let counter = Desk::open(item(PROMISED_TIME), Person::Clerk, DeliveryMethod::PickUp);
    assert_eq!(counter.after(Person::Clerk, withdraw()).case.stage, Stage::Withdrawn);
}

/// A case is of one centre, and nobody of another is told that it is there.
#[test]
fn a_case_is_not_there_for_another_centre() {
    let desk = checked(PROMISED_TIME, Person::Adapter);
    let elsewhere: Centre = "331082".parse().unwrap();
    for person in Person::ALL {
        let actor = Actor { centre: elsewhere, ..person.at(desk.item) };
        for permit in desk.case.permits(desk.item, &[], &desk.context(&actor)) {
            assert_eq!(permit.verdict.unwrap_err().code, "not_found", "{} by {person:?}", permit.action);
            assert!(may_on(&actor, permit.action, &desk.case.whereabouts()).is_err());
        }
    }
}

/// Every outcome is written in a series of its own (行政许可法 arts. 32, 38).
#[test]
fn every_outcome_has_its_own_paper() {
    let found = |finding| {
        let check = Command::CheckScope { finding, note: None };
        Desk::open(item(PROMISED_TIME), Person::Clerk, DeliveryMethod::PickUp).after(Person::Clerk, check)
    };
    let rejected = found(ScopeFinding::OutsidePower).after(
        Person::Clerk,
        Command::Reject {
            reason: text("不属于本机关职权"),
            legal_basis: text("《行政许可法》第三十二条第一款第二项"),
            competent_body: Some(text("台州市经济和信息化局")),
        },
    );
    let not_required = found(ScopeFinding::NoLicenceNeeded).after(
        Person::Clerk,
        Command::DeclareNotRequired {
            reason: text("依法不需要取得许可"),
            legal_basis: text("《行政许可法》第三十二条第一款第一项"),
        },
    );
    let withdrawn =
        found(ScopeFinding::Within).after(Person::Applicant, Command::Withdraw { reason: text("项目取消") });
    let refused = refused();
    let named = rejected.case.intake.rejection.as_ref().map(|rejection| &rejection.remedies);
    assert_eq!(named, Some(&remedies()), "a rejection names its remedies");
    let named = not_required.case.intake.not_required.as_ref().map(|finding| &finding.remedies);
    assert_eq!(named, Some(&remedies()), "and so does the finding that none is required");
    assert_eq!(papers(&rejected), ["不予受理通知书"]);
    assert_eq!(papers(&not_required), ["不受理告知书"]);
    assert_eq!(papers(&withdrawn), ["撤回申请确认书"]);
    assert_eq!(papers(&refused), ["受理通知书", "不予许可决定书"]);
    assert_eq!(refused.case.outcome(), Some(Outcome::Refuse), "the approver is not bound by the review");
}

/// Rules L4, L12: the limits are the item's, the delivery limit the law's ten days, all in working days.
#[test]
fn limits_are_those_of_the_item_and_ten_days_for_delivery() {
    let desk = checked(PROMISED_TIME, Person::Adapter).after(Person::Clerk, Command::Accept);
    let budgets: Vec<_> = desk.case.clocks.running().map(|ledger| ledger.budget).collect();
    assert_eq!(budgets, [desk.item.promised, desk.item.statutory]);
    let binding = desk.case.clocks.binding(desk.calendar(), desk.now.day());
    assert_eq!(binding.map(|ledger| ledger.budget), Some(desk.item.promised));

    let spot = checked(ON_THE_SPOT, Person::Clerk);
    let command = sitting(spot.now);
    let spot = spot.after(Person::Clerk, command);
    assert_eq!(spot.case.clocks.delivery.unwrap().budget, WorkingDays(10));
}

/// 行政许可法 art. 44: the limit is for the applicant to have it, so a returned parcel does not stop it.
#[test]
fn a_returned_parcel_leaves_the_delivery_limit_running() {
    let spot = Desk::open(item(ON_THE_SPOT), Person::Clerk, DeliveryMethod::Courier)
        .after(Person::Clerk, Command::CheckScope { finding: ScopeFinding::Within, note: None })
        .with_materials_in_order();
    let now = spot.now;
    let Command::DecideOnTheSpot(handed) = sitting(now) else { panic!("another command") };
    let returned = Command::Track(Tracked { state: TrackingState::Returned, at: now, note: None });
    let desk = spot
        .after(Person::Clerk, Command::DecideOnTheSpot(OnTheSpot { handed_to: None, ..handed }))
        .after(Person::Clerk, Command::Dispatch { carrier: text("EMS"), waybill: text("EA123456789CN") })
        .after(Person::Clerk, returned);
    assert_eq!(desk.case.stage, Stage::Issued);
    assert_eq!(desk.case.clocks.delivery.unwrap().stopped, None);
    assert!(!desk.record.iter().any(|recorded| matches!(recorded.event, Event::Delivered { .. })));
}

/// 行政许可法 art. 44: the parcel is delivered when the carrier says it was signed for, not when somebody wrote it down.
#[test]
fn a_parcel_is_delivered_when_it_was_signed_for() {
    let method = Command::ChooseDelivery { method: DeliveryMethod::Courier };
    let mut desk = granted()
        .after(Person::Applicant, method)
        .after(Person::Clerk, Command::IssueResult(Some(result(morning()))))
        .after(Person::Clerk, Command::Dispatch { carrier: text("EMS"), waybill: text("EA123456789CN") });
    let signed = desk.now.plus(Duration::days(1));
    desk.now = desk.now.plus(Duration::days(4));
    let at = |at| Command::Track(Tracked { state: TrackingState::Signed, at, note: None });
    let clerk = Person::Clerk.at(desk.item);
    let before = desk.tell(&clerk, at(morning().plus(-Duration::days(1)))).unwrap_err();
    assert_eq!(before.code, "tracking_out_of_order");
    let desk = desk.after(Person::Clerk, at(signed));
    assert_eq!(desk.case.issuance.delivered.as_ref().map(|it| it.at), Some(signed));
    assert_eq!(desk.case.clocks.delivery.unwrap().stopped, Some(signed.day()));
}

/// Clause B1-3: how it shall come may be chosen until it is on its way, again after it came back.
#[test]
fn delivery_may_be_chosen_until_it_is_on_its_way() {
    let chosen = |method| Command::ChooseDelivery { method };
    let issued = granted().after(Person::Clerk, Command::IssueResult(Some(result(morning()))));
    let mut sent = issued
        .after(Person::Applicant, chosen(DeliveryMethod::Courier))
        .after(Person::Clerk, Command::Dispatch { carrier: text("EMS"), waybill: text("EA123456789CN") });
    let refusal = sent.tell(&Person::Applicant.at(sent.item), chosen(DeliveryMethod::PickUp)).unwrap_err();
    assert_eq!(refusal.code, "wrong_stage");
    let returned = Command::Track(Tracked { state: TrackingState::Returned, at: sent.now, note: None });
    let desk = sent
        .after(Person::Clerk, returned)
        .after(Person::Applicant, chosen(DeliveryMethod::PickUp))
        .after(Person::Clerk, Command::HandOut { collector: collector() });
    assert_eq!(desk.case.stage, Stage::Delivered);
}

/// Rule L9: each paper of a case may bear the seal of the body in whose name it is made out, once; a case that has none
/// has nothing to seal, and one that was finished on the spot needs no voucher.
#[test]
fn a_paper_is_sealed_once() {
    let seal = |desk: &Desk, at: usize| Command::Seal { document: desk.case.papers[at].clone(), seal: text("MIIB") };
    let checked = checked(PROMISED_TIME, Person::Adapter);
    let accepted = checked.clone().after(Person::Clerk, Command::Accept);
    assert_eq!(checked.refused(Person::Clerk, seal(&accepted, 0)), "nothing_to_seal");
    let sealed = accepted.clone().after(Person::Clerk, seal(&accepted, 0));
    let kept = &sealed.case.seals[0];
    assert_eq!((kept.document.kind(), kept.at), (Some(kernel::DocumentKind::AcceptanceNotice), sealed.now));
    assert_eq!(sealed.refused(Person::Clerk, seal(&accepted, 0)), "nothing_to_seal");
    let decided = sealed
        .after(Person::Reviewer, hall::acts::assign(Person::Reviewer, accepted.item))
        .after(Person::Reviewer, hall::acts::review(Outcome::Grant))
        .after(Person::Approver, hall::acts::decide(Outcome::Grant));
    assert_eq!(decided.refused(Person::Approver, seal(&accepted, 0)), "already_sealed");
    let stranger = kernel::DocumentNumber::new(kernel::Centre::WENLING, kernel::DocumentKind::Result, 2026, 99);
    let stranger = Command::Seal { document: stranger, seal: text("MIIB") };
    assert_eq!(decided.refused(Person::Approver, stranger), "no_such_document");
    let decision = seal(&decided, 1);
    assert_eq!(decided.after(Person::Approver, decision).case.seals.len(), 2);
}

/// Rule L9: only the current result bears the seal. One that another has taken the place of stays on record without it, in a
/// case that is reopened too.
#[test]
fn a_superseded_result_is_not_sealed() {
    let by = Person::Approver;
    let seal = |paper: &kernel::DocumentNumber| Command::Seal { document: paper.clone(), seal: text("MIIB") };
    let number = |desk: &Desk| desk.case.issuance.result.as_ref().unwrap().number.clone();
    let issued = granted().after(Person::Clerk, Command::IssueResult(Some(result(morning()))));
    let first = number(&issued);
    for how in [Replacement::Correction, Replacement::Reissue] {
        let replaced = issued.clone().after(Person::Clerk, hall::acts::replace(how, issued.now));
        assert_eq!(replaced.refused(by, seal(&first)), "document_superseded");
        let current = seal(&number(&replaced));
        let sealed = replaced.after(by, current);
        assert_eq!(sealed.case.seals.len(), 1);
        let reopened = sealed
            .after(Person::DepartmentHead, Command::RevokeGrant(hall::acts::grant_end()))
            .after(Person::DepartmentHead, hall::acts::reopen());
        assert!(reopened.case.papers.contains(&first) && reopened.case.issuance.result.is_none());
        assert_eq!(reopened.refused(by, seal(&first)), "document_superseded");
    }
    let again = hall::acts::replace(Replacement::Reissue, issued.now);
    let before = issued.after(by, seal(&first)).after(Person::Clerk, again);
    assert_eq!(before.case.seals.len(), 1, "a seal of before stays");
    assert_eq!(before.refused(by, seal(&first)), "already_sealed");
}

/// Rule L9: every paper that is listed may be sealed, those that only tell something included.
#[test]
fn what_tells_the_applicant_something_is_sealed_too() {
    let sealed = |desk: Desk, by: Person| {
        let paper = desk.record.last().unwrap().event.document().cloned().unwrap();
        let desk = desk.after(by, Command::Seal { document: paper.clone(), seal: text("MIIB") });
        assert_eq!(desk.case.seals.last().unwrap().document, paper);
    };
    let accepted = hall::acts::accepted(hall::lenient());
    sealed(accepted.clone().after(Person::DepartmentHead, hall::acts::extend(10)), Person::Approver);
    sealed(accepted.after(Person::Applicant, hall::acts::withdraw()), Person::Clerk);
}
