//! 审批: two pairs of eyes, and what a refusal must say (clause B3-2, 行政许可法 art. 38).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use approval::{Approval, Outcome, Review, Ruling, ruling};
use kernel::{Calendar, Instant, RemedyWay, StaffCode, Text, remedies};

fn staff(code: &str) -> StaffCode {
    code.parse().unwrap()
}

fn at() -> Instant {
    Instant::parse("2026-03-02T01:00:00Z").unwrap()
}

fn reviewed_by(code: &str, recommends: Outcome) -> Approval {
    let opinion = Text::new("材料属实").unwrap();
    Approval { review: Some(Review { recommends, opinion, by: staff(code), at: at() }), ..Approval::default() }
}

fn basis() -> Text<500> {
    Text::new("《建筑法》第八条").unwrap()
}

/// Clause B3-2
#[test]
fn a_decision_follows_a_review() {
    let calendar = Calendar::first_edition();
    let verdict = Approval::default().may_decide(&staff("approver"), None, &calendar, at().day());
    assert_eq!(verdict.unwrap_err().code, "not_reviewed");
}

/// Clause B3-2: whoever reviewed does not decide, whatever their role and their opinion.
#[test]
fn the_reviewer_does_not_decide() {
    let calendar = Calendar::first_edition();
    for recommends in [Outcome::Grant, Outcome::Refuse] {
        let approval = reviewed_by("approver", recommends);
        let decide = |by: &str| approval.may_decide(&staff(by), None, &calendar, at().day());
        assert_eq!(decide("approver").unwrap_err().code, "reviewer_cannot_decide");
        assert_eq!(decide("deputy"), Ok(()), "the review does not bind the one who decides");
    }
}

/// Clause B3-2: what was reviewed before the materials last changed does not carry a decision.
#[test]
fn a_review_of_other_materials_does_not_carry_a_decision() {
    let approval = reviewed_by("reviewer", Outcome::Grant);
    let later = at().plus(chrono::Duration::seconds(1));
    let (calendar, by) = (Calendar::first_edition(), staff("approver"));
    let decide = |changed| approval.may_decide(&by, changed, &calendar, at().day()).map_err(|refusal| refusal.code);
    assert_eq!(decide(Some(later)), Err("review_outdated"));
    assert_eq!(decide(Some(at())), Ok(()));
}

/// 行政许可法 art. 38(2): reasons in law and the ways to contest it, both by name.
#[test]
fn a_refusal_carries_its_legal_basis_and_both_remedies() {
    let Ruling::Refuse { legal_basis, remedies } = ruling(Outcome::Refuse, Some(basis())).unwrap() else {
        panic!("refused, yet granted")
    };
    assert_eq!(legal_basis, basis());
    let ways: Vec<_> = remedies.iter().map(|remedy| remedy.way).collect();
    assert_eq!(ways, [RemedyWay::AdministrativeReview, RemedyWay::Litigation]);
}

/// 行政许可法 art. 38
#[test]
fn a_refusal_without_a_legal_basis_and_a_grant_with_one_cannot_be_written() {
    assert_eq!(ruling(Outcome::Refuse, None).unwrap_err().code, "legal_basis_missing");
    assert_eq!(ruling(Outcome::Grant, Some(basis())).unwrap_err().code, "legal_basis_superfluous");
    assert_eq!(ruling(Outcome::Grant, None), Ok(Ruling::Grant));
}

/// 行政复议法 art. 20: 60 days; 行政诉讼法 art. 46: six months. Both run from knowing of the act.
#[test]
fn each_remedy_names_its_time_its_law_and_its_place() {
    let told = |way: RemedyWay| remedies().into_iter().find(|remedy| remedy.way == way).unwrap().notice;
    for (way, words) in [
        (RemedyWay::AdministrativeReview, ["60日内", "《行政复议法》第二十条", "申请行政复议"]),
        (RemedyWay::Litigation, ["6个月内", "《行政诉讼法》第四十六条", "人民法院提起行政诉讼"]),
    ] {
        let notice = told(way);
        assert!(notice.starts_with("可自知道") && words.iter().all(|word| notice.contains(word)), "{notice}");
    }
}

/// What is written down says what was decided, on both sides of the store.
#[test]
fn a_ruling_reads_back_as_it_was_written() {
    for (outcome, legal_basis) in [(Outcome::Grant, None), (Outcome::Refuse, Some(basis()))] {
        let ruling = ruling(outcome, legal_basis).unwrap();
        assert_eq!(ruling.outcome(), outcome);
        let json = serde_json::to_value(&ruling).unwrap();
        assert_eq!(json["outcome"], outcome.to_string());
        assert_eq!(serde_json::from_value::<Ruling>(json).unwrap(), ruling);
    }
    let bare = serde_json::json!({ "outcome": "refuse", "legal_basis": "《建筑法》第八条" });
    assert!(serde_json::from_value::<Ruling>(bare).is_err(), "a refusal without remedies is not readable");
}
