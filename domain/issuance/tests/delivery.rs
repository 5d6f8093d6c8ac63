//! 出件: how a result reaches the applicant (clauses B1-3, B2-5, B2-6, 行政许可法 art. 44).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::num::NonZeroU16;

use catalog::{DeliveryMethod, ItemVersion, WENLING};
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
    let (carrier, waybill) = (Text::new("EMS").unwrap(), Text::new("EA123456789CN").unwrap());
    let parcel = Parcel { carrier, waybill, dispatched_at: at("01:30:00"), states };
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

/// Clause B1-3: nothing is reported from before the day of dispatch; on that day the carrier's clock may run behind.
#[test]
fn a_report_is_not_older_than_the_dispatch() {
    let now = at("05:00:00");
    let verdict = |time: &str| {
        let state = Tracked { state: TrackingState::Collected, at: Instant::parse(time).unwrap(), note: None };
        sent(Vec::new()).may_track(&state, now).map_err(|refusal| refusal.code)
    };
    assert_eq!(verdict("2026-03-01T15:59:59Z"), Err("tracking_out_of_order"), "the day before, in Shanghai");
    assert_eq!(verdict("2026-03-01T16:00:00Z"), Ok(()), "the day of dispatch");
    assert_eq!(verdict("2026-03-02T01:29:59Z"), Ok(()));
}

/// An item of the reference catalogue whose results are valid for so long.
fn valid_for(months: Option<u16>) -> ItemVersion {
    let catalog = catalog::read(WENLING, day("2026-03-02")).unwrap_or_else(|report| panic!("{report}"));
    let fits = |item: &ItemVersion| item.result_validity_months.map(NonZeroU16::get) == months;
    catalog.items.into_iter().find(fits).unwrap()
}

fn validity(months: Option<u16>, from: &str, until: Option<&str>) -> Result<Option<NaiveDate>, &'static str> {
    let until = until.map(day);
    ResultDocument::validity(&valid_for(months), day("2026-03-02"), day(from), until).map_err(|refusal| refusal.code)
}

/// 有效期: some day at least, and without end where the item sets none.
#[test]
fn a_result_is_valid_some_day_or_without_end() {
    assert_eq!(validity(None, "2026-03-02", None), Ok(None));
    assert_eq!(validity(None, "2026-03-02", Some("2026-03-02")), Ok(Some(day("2026-03-02"))), "for one day");
    assert_eq!(validity(None, "2026-03-02", Some("2056-03-01")), Ok(Some(day("2056-03-01"))));
    for months in [None, Some(12)] {
        assert_eq!(validity(months, "2026-03-02", Some("2026-03-01")), Err("validity_reversed"));
    }
}

/// 有效期: nothing is valid before it was decided.
#[test]
fn a_result_is_not_valid_before_its_decision() {
    for months in [None, Some(12)] {
        assert_eq!(validity(months, "2026-03-01", None), Err("validity_backdated"));
        assert_eq!(validity(months, "2026-03-01", Some("2026-06-01")), Err("validity_backdated"));
        assert!(validity(months, "2026-03-02", None).is_ok());
        assert!(validity(months, "2026-04-01", None).is_ok(), "later is a matter of the decision");
    }
}

/// 有效期: as many months as the item says, the last day being the one before the same date; short months included.
#[test]
fn a_result_is_valid_for_as_many_months_as_the_item_says() {
    let ends = |months, from| validity(Some(months), from, None).unwrap().unwrap();
    assert_eq!(ends(12, "2026-03-02"), day("2027-03-01"));
    assert_eq!(ends(6, "2026-08-31"), day("2027-02-27"));
    assert_eq!(ends(6, "2027-08-31"), day("2028-02-28"), "a leap year");
    assert_eq!(validity(Some(12), "2026-03-02", Some("2027-03-01")), Ok(Some(day("2027-03-01"))));
    assert_eq!(validity(Some(12), "2026-03-02", Some("2027-03-02")), Err("validity_too_long"));
    assert_eq!(validity(Some(12), "2026-03-02", Some("2026-04-01")), Ok(Some(day("2026-04-01"))), "shorter may be");
}
