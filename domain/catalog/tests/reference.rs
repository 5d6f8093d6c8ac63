//! The reference catalogue of Wenling, clauses A2-1 to A2-3 and B3-1.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use catalog::{Catalog, DeliveryMethod, ItemVersion, WENLING, in_force};
use chrono::NaiveDate;
use kernel::{Centre, Role, WorkingDays};

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2023, 11, 27).unwrap()
}

fn wenling() -> Catalog {
    catalog::read(WENLING, today()).unwrap_or_else(|report| panic!("{report}"))
}

/// Clause A2-1
#[test]
fn the_hall_has_four_zones_and_a_window_for_each_of_the_eight_sectors() {
    let catalog = wenling();
    assert_eq!(catalog.centre, Centre::WENLING);
    assert_eq!(catalog.zones.len(), 4);
    let names: Vec<_> = catalog.sectors.iter().map(|sector| sector.name.as_str()).collect();
    let eight = ["项目服务", "政策服务", "金融服务", "人才服务", "法治服务", "科创服务", "开放服务", "数据服务"];
    assert_eq!(names, eight);
    for sector in &catalog.sectors {
        let windows = catalog.windows.iter().filter(|window| window.sector.as_ref() == Some(&sector.code));
        assert_eq!(windows.count(), 1, "{}", sector.name);
    }
}

/// Clause A2-2: the notice names eight windows and seven leads.
#[test]
fn the_lead_of_innovation_is_left_open_and_says_so() {
    let catalog = wenling();
    let open: Vec<_> = catalog.sectors.iter().filter(|sector| sector.lead.is_none()).collect();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].code.as_str(), "innovation");
    assert!(open[0].note.as_ref().is_some_and(|note| note.as_str().contains("未写明")));
}

/// Clause A2-3
#[test]
fn every_window_has_a_clerk_and_every_deciding_department_two_reviewers_and_an_approver() {
    let catalog = wenling();
    let count = |role: Role, place: &dyn Fn(&catalog::PostingRecord) -> bool| {
        catalog.postings.iter().filter(|it| it.role == role && it.resident && it.in_force(today()) && place(it)).count()
    };
    for window in &catalog.windows {
        assert_eq!(count(Role::Clerk, &|it| it.window.as_ref() == Some(&window.code)), 1, "{}", window.name);
    }
    for item in &catalog.items {
        assert_eq!(count(Role::Reviewer, &|it| it.department == item.department), 2, "{}", item.name);
        assert_eq!(count(Role::Approver, &|it| it.department == item.department), 1, "{}", item.name);
    }
}

/// Clause B3-1
#[test]
fn every_sector_offers_three_items_and_one_of_them_on_the_spot() {
    let catalog = wenling();
    let mut sectors: BTreeMap<&str, Vec<&ItemVersion>> = BTreeMap::new();
    for item in &catalog.items {
        sectors.entry(item.sector.as_str()).or_default().push(item);
    }
    assert!(catalog.items.len() >= 24);
    assert_eq!(sectors.len(), 8);
    for (sector, items) in sectors {
        assert!(items.len() >= 3, "{sector}");
        assert!(items.iter().any(|item| item.is_on_the_spot()), "{sector}");
    }
}

/// Clauses B1-3, B2-2, B3-1, rule L12
#[test]
fn every_item_is_in_force_and_tells_what_it_takes() {
    for item in wenling().items {
        assert_eq!(in_force([&item], today()), Some(&item));
        assert!((2..=6).contains(&item.materials.len()), "{}", item.name);
        assert!(item.promised <= item.statutory && item.statutory > WorkingDays(0), "{}", item.name);
        assert_eq!(item.implementation_code.level(), "4", "{}", item.name);
        let courier = item.delivers_by(DeliveryMethod::Courier);
        assert!(!courier || item.delivery[0] == DeliveryMethod::Courier, "{}", item.name);
    }
}

/// What the store keeps is what was read.
#[test]
fn a_version_survives_the_round_trip_through_json() {
    for item in wenling().items {
        let body = serde_json::to_string(&item).unwrap();
        assert_eq!(serde_json::from_str::<ItemVersion>(&body).unwrap(), item);
    }
}
