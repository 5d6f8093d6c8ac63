//! What an import makes of an item, by what is known of it (clause B3-1).
#![allow(clippy::unwrap_used)]

use std::sync::LazyLock;

use catalog::{Import, ItemContent, ItemVersion, VersionState, WENLING, in_force};
use chrono::NaiveDate;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn today() -> NaiveDate {
    day("2026-11-23")
}

fn content() -> ItemContent {
    static CONTENT: LazyLock<ItemContent> =
        LazyLock::new(|| catalog::read(WENLING, today()).unwrap().items[0].content().clone());
    CONTENT.clone()
}

fn draft(from: Option<&str>, until: Option<&str>) -> ItemVersion {
    let draft = ItemVersion::draft("food-licence".parse().unwrap(), content()).unwrap();
    draft.edit(content(), from.map(day), until.map(day)).unwrap()
}

fn published(from: &str, until: Option<&str>) -> ItemVersion {
    draft(Some(from), until).publish(today()).unwrap()
}

#[track_caller]
fn revised(import: Import) -> (ItemVersion, Vec<(ItemVersion, ItemVersion)>) {
    match import {
        Import::Revised { next, ended } => (next, ended),
        other => panic!("{other:?}"),
    }
}

/// Clause B3-1: what is unknown is new, and what is offered as it is brought is left alone, a draft beside it or not.
#[test]
fn what_is_offered_already_is_unchanged() {
    let known = published("2023-11-27", None);
    assert_eq!(known.imported_over(&[], today()), Import::New(known.clone()));
    assert_eq!(known.imported_over(std::slice::from_ref(&known), today()), Import::Unchanged);
    let with_a_draft = [known.revise().unwrap(), known.clone()];
    assert_eq!(known.imported_over(&with_a_draft, today()), Import::Unchanged);
    // A document that names no first day.
    let undated = draft(None, None).publish(today()).unwrap();
    assert_eq!(undated.imported_over(&[known], today()), Import::Unchanged);
    let coming = published("2027-01-01", None);
    assert_eq!(revised(undated.imported_over(&[coming], today())).0.valid_from, Some(today()));
}

/// Clause B3-1: another first or last day is another version, of the very same content too.
#[test]
fn another_validity_is_a_revision() {
    let known = [published("2023-11-27", None)];
    let validities = [("2024-01-01", None), ("2027-01-01", None), ("2023-11-27", Some("2027-01-31"))];
    for (from, until) in validities {
        let brought = published(from, until);
        let (next, _) = revised(brought.imported_over(&known, today()));
        assert_eq!((next.version, next.state), (2, VersionState::Published));
        assert_eq!((next.valid_from, next.valid_until), (brought.valid_from, brought.valid_until));
    }
    let gone = [known[0].withdraw(today()).unwrap()];
    assert_eq!(revised(known[0].imported_over(&gone, today())).0.version, 2, "what was withdrawn is offered again");
}

/// Clause B3-1: when a version with a last day is over, no earlier one comes back.
#[test]
fn no_earlier_version_comes_back() {
    let first = published("2023-11-27", None);
    let mut coming = published("2027-06-01", None);
    coming.version = 2;
    let brought = published("2023-11-27", Some("2027-01-31"));
    let (next, ended) = revised(brought.imported_over(&[coming.clone(), first.clone()], today()));
    assert_eq!(ended.iter().map(|(before, _)| before).collect::<Vec<_>>(), [&coming, &first]);
    let now: Vec<_> = ended.into_iter().map(|(_, after)| after).chain([next]).collect();
    let governs = |text| in_force(&now, day(text)).map(|version| version.version);
    assert_eq!(["2026-11-23", "2027-01-31", "2027-02-01", "2027-06-01"].map(governs), [Some(3), Some(3), None, None]);
}

/// Clause B3-1: a draft is neither published nor left below what an import brings.
#[test]
fn a_draft_is_in_the_way_of_a_revision() {
    let brought = published("2023-11-27", None);
    assert_eq!(brought.imported_over(&[draft(Some("2023-11-27"), None)], today()), Import::DraftInTheWay(1));
    let known = published("2024-01-01", None);
    assert_eq!(brought.imported_over(&[known.revise().unwrap(), known], today()), Import::DraftInTheWay(2));
}
