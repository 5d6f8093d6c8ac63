//! 出件: how a result reaches the applicant (clauses B1-3, B2-5, B2-6, 行政许可法 art. 44).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use catalog::DeliveryMethod;
use chrono::NaiveDate;
use issuance::{Issuance, Parcel, ResultDocument, Tracked, TrackingState};
use kernel::{Instant, Text};

const METHODS: [DeliveryMethod; 3] = [DeliveryMethod::Courier, DeliveryMethod::PickUp, DeliveryMethod::Electronic];

fn at(time: &str) -> Instant {
    Instant::parse(&format!("2026-03-02T{time}Z")).unwrap()
}

fn tracked(state: TrackingState, time: &str) -> Tracked {
    Tracked { state, at: at(time), note: None }
}

fn sent(states: Vec<Tracked>) -> Issuance {
    let parcel = Parcel { carrier: Text::new("EMS").unwrap(), waybill: Text::new("EA123456789CN").unwrap(), states };
    Issuance { parcel: Some(parcel), ..Issuance::by(DeliveryMethod::Courier) }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Clauses B1-3, B2-5, B2-6: a step of another way is refused, and told which way was chosen.
#[test]
fn every_way_of_delivery_has_its_own_steps() {
    for chosen in METHODS {
        for step in METHODS {
            let verdict = Issuance::by(chosen).must_go_by(step);
            if chosen == step {
                assert_eq!(verdict, Ok(()));
            } else {
                let refusal = verdict.unwrap_err();
                assert_eq!(refusal.code, "other_delivery_method");
                assert!(refusal.detail.contains(chosen.label()), "{refusal}");
            }
        }
    }
}

/// Clause B1-3
#[test]
fn a_carriers_reports_come_in_order() {
    let issuance = sent(vec![tracked(TrackingState::Collected, "02:00:00")]);
    let now = at("04:00:00");
    let refused = |time| issuance.may_track(&tracked(TrackingState::InTransit, time), now).unwrap_err().code;
    assert_eq!(refused("01:59:59"), "tracking_out_of_order");
    assert_eq!(refused("04:00:01"), "tracking_in_future");
    for time in ["02:00:00", "03:00:00", "04:00:00"] {
        assert_eq!(issuance.may_track(&tracked(TrackingState::InTransit, time), now), Ok(()), "{time}");
    }
}

/// Clause B1-3: the order is of the carrier's times, so only the latest report counts.
#[test]
fn a_report_is_compared_with_the_latest_one() {
    let states = vec![tracked(TrackingState::Collected, "01:00:00"), tracked(TrackingState::InTransit, "03:00:00")];
    let verdict = sent(states).may_track(&tracked(TrackingState::Signed, "02:00:00"), at("05:00:00"));
    assert_eq!(verdict.unwrap_err().code, "tracking_out_of_order");
}

/// Clause B1-3
#[test]
fn the_first_report_has_nothing_to_be_later_than() {
    let verdict = sent(Vec::new()).may_track(&tracked(TrackingState::Collected, "01:00:00"), at("05:00:00"));
    assert_eq!(verdict, Ok(()));
}

#[test]
fn a_result_is_valid_some_day_or_without_end() {
    let from = day("2026-03-02");
    let verdict = |until| ResultDocument::must_be_valid_some_day(from, until);
    assert_eq!(verdict(None), Ok(()));
    assert_eq!(verdict(Some(from)), Ok(()), "a permit for one day");
    assert_eq!(verdict(Some(day("2031-03-01"))), Ok(()));
    assert_eq!(verdict(Some(day("2026-03-01"))).unwrap_err().code, "validity_reversed");
}
