//! 审批: review and decision.

use reqwest::Method;
use tests::*;

async fn accepted(hall: &Hall) -> Case {
    let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
    hall.accept(&case).await;
    case
}

tests::on_both_stores! {
    /// Clause B3-2: no decision without a review, and none by whoever reviewed.
    async fn review_and_decision_are_two_peoples(hall: Hall) {
        let case = accepted(&hall).await;
        let (reviewer, approver) = (hall.reviewer("justice"), hall.approver("justice"));
        approver.grants(&case).await.refused("not_reviewed");
        reviewer.takes(&case).await.ok();
        reviewer.reviews(&case, "grant").await.ok();
        reviewer.grants(&case).await.denied(403, "role_not_allowed");
        approver.grants(&case).await.ok();

        let case = accepted(&hall).await;
        approver.takes(&case).await.ok();
        approver.reviews(&case, "grant").await.ok();
        approver.grants(&case).await.refused("reviewer_cannot_decide");
    }

    /// Clause B3-2: a grant carries no legal basis for refusing, and a decision always carries reasons.
    async fn a_decision_is_reasoned(hall: Hall) {
        let case = accepted(&hall).await;
        hall.review(&case).await;
        let approver = hall.approver("justice");
        let odd = json!({ "outcome": "grant", "reasons": "符合条件。", "legal_basis": "《行政许可法》" });
        approver.acts(&case, Method::POST, "decision", Some(odd)).await.refused("legal_basis_superfluous");
        let bare = json!({ "outcome": "grant" });
        approver.acts(&case, Method::POST, "decision", Some(bare)).await.names_field("/reasons");
        let blank = json!({ "outcome": "grant", "reasons": "  " });
        approver.acts(&case, Method::POST, "decision", Some(blank)).await.names_field("/reasons");
        approver.grants(&case).await.ok();
        assert_eq!(case.at("/decision/remedies"), Value::Null);
        approver.refuses(&case).await.refused("wrong_stage");
    }

    /// Clause B3-2: another department neither reviews nor decides, nor knows.
    async fn another_department_has_no_part_in_it(hall: Hall) {
        let case = accepted(&hall).await;
        hall.review(&case).await;
        hall.approver("commerce").grants(&case).await.hidden();
        hall.reviewer("commerce").takes(&case).await.hidden();
        hall.clerk("finance").reads(&case).await.hidden();
    }

    /// Clause B3-2: how a decision comes about is the department's; the applicant sees what comes of it.
    async fn the_applicant_sees_the_decision_and_not_its_making(hall: Hall) {
        let case = accepted(&hall).await;
        hall.review(&case).await;
        assert!(case.at("/review").is_object());
        let applicant = hall.applicant_of(&case);
        applicant.reads(&case).await.ok();
        assert_eq!(case.at("/review"), Value::Null);
        let timeline = applicant.reads_timeline(&case).await.ok();
        assert!(timeline.body.as_array().unwrap().iter().all(|entry| entry.get("event").is_none()));
        hall.approver("justice").grants(&case).await.ok();
        applicant.reads(&case).await.ok();
        assert_eq!(case.text("/decision/outcome"), "grant");
    }

    /// Clause B3-2: a result is valid from the decision on, and no longer than the item says.
    async fn a_result_is_valid_as_long_as_the_item_says(hall: Hall) {
        let case = accepted(&hall).await;
        hall.review(&case).await;
        hall.approver("justice").grants(&case).await.ok();
        let clerk = hall.clerk("rule-of-law");
        let bad = [
            (json!({ "title": "决定书", "valid_from": "2020-01-01" }), "validity_backdated"),
            (json!({ "title": "决定书", "valid_from": today(), "valid_until": "2020-01-01" }), "validity_reversed"),
        ];
        for (result, code) in bad {
            clerk.acts(&case, Method::POST, "result", Some(json!({ "result": result }))).await.refused(code);
        }
        clerk.issues_the_refusal(&case).await.refused("result_missing");
        clerk.issues(&case).await.ok();
    }
}
