//! Rules of the lifecycle that are easier to read one by one.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod hall;

use approval::{Outcome, Ruling};
use casework::{Command, Event, OnTheSpot, Stage};
use catalog::DeliveryMethod;
use hall::{Desk, ON_THE_SPOT, PROMISED_TIME, Person, WITHOUT_COURIER, collector, file, item, morning, result, text};
use intake::ScopeFinding;
use kernel::{DocumentKind, Instant, WorkingDays};
use strum::VariantArray;

fn checked(code: &str, by: Person) -> Desk {
    let scope = Command::CheckScope { finding: ScopeFinding::Within, note: None };
    Desk::open(item(code), by, DeliveryMethod::PickUp).after(Person::Clerk, scope).with_materials_in_order()
}

fn sitting(outcome: Outcome, now: Instant) -> Command {
    Command::DecideOnTheSpot(OnTheSpot {
        outcome,
        reasons: text("当场核实"),
        legal_basis: (outcome == Outcome::Refuse).then(|| text("《税收征收管理法》第三十四条")),
        result: result(now),
        handed_to: Some(collector()),
    })
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
    let desk = desk.after(Person::Clerk, sitting(Outcome::Grant, now));
    assert_eq!(desk.case.stage, Stage::Closed);
    assert_eq!(papers(&desk), ["准予决定书", "办理结果"]);
    assert_eq!(desk.case.ended_at, Some(now));
    assert!(desk.case.clocks.all().all(|ledger| ledger.stopped == Some(now.day())));
}

/// Clause B3-2, 行政许可法 art. 38(2): a refusal at the window says no less than one from the back office.
#[test]
fn a_refusal_on_the_spot_names_its_basis_and_remedies() {
    let desk = checked(ON_THE_SPOT, Person::Clerk);
    let command = sitting(Outcome::Refuse, desk.now);
    let desk = desk.after(Person::Clerk, command);
    assert_eq!(papers(&desk)[0], "不予许可决定书");
    let decision = desk.case.approval.decision.unwrap();
    assert!(matches!(decision.ruling, Ruling::Refuse { remedies, .. } if remedies.len() == 2));
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
            competent_body: text("台州市经济和信息化局"),
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
    let own = Command::Assign { to: Person::Reviewer.colleague(item(PROMISED_TIME)) };
    let refused = checked(PROMISED_TIME, Person::Adapter)
        .after(Person::Clerk, Command::Accept)
        .after(Person::Reviewer, own)
        .after(Person::Reviewer, Command::Review { recommends: Outcome::Grant, opinion: text("符合条件") })
        .after(
            Person::Approver,
            Command::Decide {
                outcome: Outcome::Refuse,
                reasons: text("审核意见依据不足"),
                legal_basis: Some(text("《优质中小企业梯度培育管理暂行办法》第八条")),
            },
        );
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
    let budgets: Vec<_> = desk.case.clocks.all().map(|ledger| ledger.budget).collect();
    assert_eq!(budgets, [desk.item.statutory, desk.item.promised]);
    assert_eq!(desk.case.clocks.binding().map(|ledger| ledger.budget), Some(desk.item.promised));

    let spot = checked(ON_THE_SPOT, Person::Clerk);
    let command = sitting(Outcome::Grant, spot.now);
    let spot = spot.after(Person::Clerk, command);
    assert_eq!(spot.case.clocks.delivery.unwrap().budget, WorkingDays(10));
}

/// 行政许可法 art. 44: the limit is for the applicant to have it, so a returned parcel does not stop it.
#[test]
fn a_returned_parcel_leaves_the_delivery_limit_running() {
    use issuance::{Tracked, TrackingState};
    let spot = Desk::open(item(ON_THE_SPOT), Person::Clerk, DeliveryMethod::Courier)
        .after(Person::Clerk, Command::CheckScope { finding: ScopeFinding::Within, note: None })
        .with_materials_in_order();
    let now = spot.now;
    let Command::DecideOnTheSpot(handed) = sitting(Outcome::Grant, now) else { panic!("another command") };
    let returned = Command::Track(Tracked { state: TrackingState::Returned, at: now, note: None });
    let desk = spot
        .after(Person::Clerk, Command::DecideOnTheSpot(OnTheSpot { handed_to: None, ..handed }))
        .after(Person::Clerk, Command::Dispatch { carrier: text("EMS"), waybill: text("EA123456789CN") })
        .after(Person::Clerk, returned);
    assert_eq!(desk.case.stage, Stage::Issued);
    assert_eq!(desk.case.clocks.delivery.unwrap().stopped, None);
    assert!(!desk.record.iter().any(|recorded| matches!(recorded.event, Event::Delivered { .. })));
}
