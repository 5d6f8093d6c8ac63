//! 容缺受理 and 告知承诺.

use reqwest::Method;
use tests::*;

/// 承诺件 with `premises-proof` that an undertaking may stand in for, and `business-licence` that may come later.
const LICENCE: &str = "talent-hr-service-licence";

async fn checked_but(hall: &Hall, applicant: &Enterprise, missing: &[&str]) -> Case {
    let case = hall.received(Application::for_item(LICENCE).by(applicant).electronic(), "talent").await;
    hall.clerk("talent").checks_all_but(&case, missing).await;
    case
}

/// Accepted with the business licence still to come within five working days.
async fn conditional(hall: &Hall) -> Case {
    let case = checked_but(hall, &Enterprise::new(), &["business-licence"]).await;
    hall.clerk("talent").accepts_conditionally(&case, 5).await.ok();
    case
}

/// Accepted on the applicant's word, granted and delivered.
async fn committed(hall: &Hall, applicant: &Enterprise) -> Case {
    let case = checked_but(hall, applicant, &["premises-proof"]).await;
    let clerk = hall.clerk("talent");
    clerk.accepts_on_commitment(&case).await.ok();
    hall.review(&case).await;
    hall.approver_of(&case).grants(&case).await.ok();
    clerk.issues(&case).await.ok();
    clerk.delivers_electronically(&case).await.ok();
    case
}

tests::on_both_stores! {
    /// Clause B5-3, rule L8: only for materials that the guide says may come later, on an undertaking, with a date.
    async fn only_what_the_guide_tolerates_may_come_later(hall: Hall) {
        let today = hall.a_new_morning().await;
        let clerk = hall.clerk("talent");
        let case = checked_but(&hall, &Enterprise::new(), &["articles", "business-licence"]).await;
        clerk.accepts_conditionally(&case, 5).await.refused("not_tolerable");
        clerk.finds_in_order(&case, "articles").await.ok();
        clerk.accepts(&case).await.refused("not_in_order");
        clerk.accepts_conditionally(&case, 31).await.refused("limit_out_of_range");
        hall.applicant_of(&case).accepts_conditionally(&case, 5).await.denied(403, "role_not_allowed");
        clerk.accepts_conditionally(&case, 5).await.ok();
        clerk.accepts_conditionally(&case, 5).await.refused("wrong_stage");
        assert_eq!((case.stage().as_str(), case.text("/acceptance/basis").as_str()), ("in_review", "conditional"));
        assert_eq!(case.at("/condition/missing"), json!(["business-licence"]));
        assert_eq!(case.at("/condition/due"), json!(hall.after(today, 5)));

        let whole = checked_but(&hall, &Enterprise::new(), &[]).await;
        clerk.accepts_conditionally(&whole, 5).await.refused("nothing_missing");
    }

    /// Rules L8, L11: what is missing and on file for the applicant is not left to come, unless its applicant does not want it
    /// taken over or it is out of date.
    async fn materials_on_file_are_not_left_to_come(hall: Hall) {
        hall.a_new_morning().await;
        let (enterprise, clerk) = (Enterprise::new(), hall.clerk("talent"));
        let first = hall.received(Application::for_item(LICENCE).by(&enterprise).electronic(), "talent").await;
        clerk.attaches(&first, "business-licence", "application/pdf", PDF).await.ok();
        clerk.checks_everything(&first).await;

        let case = checked_but(&hall, &enterprise, &["business-licence"]).await;
        let refusal = clerk.accepts_conditionally(&case, 5).await.refused("material_on_file").text("/detail");
        assert!(refusal.contains(&first.number), "{refusal}");
        let accept = async |entries: Value| {
            let body = json!({ "undertaking": "承诺按期补齐所缺材料。", "days": 5, "not_reused": entries });
            clerk.acts(&case, Method::POST, "conditional-acceptance", Some(body)).await
        };
        let entry = |material: &str| json!({ "material": material, "reason": "declined" });
        accept(json!([entry("business-licence"), entry("articles")])).await.refused("nothing_on_file");
        let twice = accept(json!([entry("business-licence"), entry("business-licence")])).await;
        twice.names_field("/not_reused/1/material");
        accept(json!([entry("business-licence")])).await.ok();
        assert_eq!(case.at("/condition/not_reused"), json!([entry("business-licence")]));

        let reused = checked_but(&hall, &enterprise, &["business-licence"]).await;
        clerk.reuses(&reused, "business-licence", &first).await.ok();
        clerk.finds_in_order(&reused, "business-licence").await.ok();
        clerk.accepts_conditionally(&reused, 5).await.refused("nothing_missing");
        clerk.accepts(&reused).await.ok();
    }

    /// Rule L8: the decision is prepared meanwhile, and nothing is issued before what was missing is there and good.
    async fn nothing_is_issued_before_the_rest_is_there(hall: Hall) {
        hall.a_new_morning().await;
        let (case, clerk) = (conditional(&hall).await, hall.clerk("talent"));
        hall.review(&case).await;
        hall.approver_of(&case).grants(&case).await.ok();
        clerk.reads(&case).await.ok();
        assert_eq!(case.forbids("issue_result"), "condition_open");
        clerk.issues(&case).await.refused("condition_open");
        let applicant = hall.applicant_of(&case);
        applicant.attaches(&case, "articles", "application/pdf", PDF).await.refused("not_left_open");
        applicant.attaches(&case, "business-licence", "application/pdf", PDF).await.ok();
        clerk.issues(&case).await.refused("condition_open");
        clerk.finds_in_order(&case, "business-licence").await.ok();
        assert!(case.at("/condition/met_at").is_string());
        clerk.issues(&case).await.ok();
    }

    /// Rule L8: what came for it and changed nothing that was reviewed is no way around a second look.
    async fn what_came_after_the_review_is_reviewed_again(hall: Hall) {
        hall.a_new_morning().await;
        let case = conditional(&hall).await;
        hall.review(&case).await;
        hall.applicant_of(&case).attaches(&case, "business-licence", "application/pdf", PDF).await.ok();
        hall.approver_of(&case).grants(&case).await.refused("review_outdated");
        hall.reviewer_of(&case).reviews(&case, "grant").await.ok();
        hall.approver_of(&case).grants(&case).await.ok();
    }

    /// Rule L8: overdue, the acceptance is revoked by time, in writing, with its reason; the applicant is reminded before.
    async fn overdue_the_acceptance_is_revoked(hall: Hall) {
        hall.a_new_morning().await;
        let (case, clerk) = (conditional(&hall).await, hall.clerk("talent"));
        let due = case.due("condition");
        clerk.revokes_acceptance(&case).await.refused("condition_still_open");
        hall.time_passes_to_day(due, 12, 0).await;
        let applicant = hall.applicant_of(&case);
        applicant.reads(&case).await.ok();
        let reminders = case.at("/reminders");
        assert!(reminders.as_array().unwrap().iter().any(|sent| sent["limit"] == "condition"), "{reminders}");
        assert_eq!(case.stage(), "in_review");
        hall.the_day_after(due).await;
        applicant.reads(&case).await.ok();
        assert_eq!(case.stage(), "acceptance_revoked");
        assert_eq!(case.text("/acceptance_revocation/ground"), "overdue");
        assert!(case.text("/acceptance_revocation/reason").contains(&due.to_string()));
        assert!(!case.at("/acceptance_revocation/remedies").as_array().unwrap().is_empty());
        applicant.attaches(&case, "business-licence", "application/pdf", PDF).await.refused("wrong_stage");
    }

    /// Rule L8, clause B5-2: what the applicant brought in time waits for the window, which has a limit of its own from that day:
    /// explained day by day, with its light, the window reminded once on each rung.
    async fn what_came_in_time_is_the_turn_of_the_window(hall: Hall) {
        hall.a_new_morning().await;
        let (case, clerk) = (conditional(&hall).await, hall.clerk("talent"));
        let due = case.due("condition");
        hall.review(&case).await;
        hall.approver_of(&case).grants(&case).await.ok();
        assert_eq!(limit(&case.view(), "condition")["turn"], "applicant");
        let red = async || hall.manager().lists("light=red").await.ok().ids();
        hall.time_passes_to_day(due, 9, 0).await;
        hall.applicant_of(&case).reads(&case).await.ok();
        hall.applicant_of(&case).attaches(&case, "business-licence", "application/pdf", PDF).await.ok();
        assert!(red().await.is_empty());
        clerk.reads(&case).await.ok();
        assert_eq!(limit(&case.view(), "condition"), Value::Null, "the applicant has nothing more to do");
        let last = hall.after(due, 5);
        let explained = clerk.reads_deadline(&case).await.ok();
        let check = limit(&explained.body, "condition_check");
        assert_eq!((&check["due"], &check["label"], &check["light"]), (&json!(last), &json!("容缺补交审查期限"), &json!("green")));
        assert_eq!(check["days"].as_array().unwrap().iter().filter(|day| day["counted"] == true).count(), 5);
        hall.time_passes_to_day(hall.after(due, 1), 12, 0).await;
        clerk.reads(&case).await.ok();
        assert_eq!(case.stage(), "decided", "nothing lapses that came in time");
        hall.time_passes_to_day(last, 12, 0).await;
        hall.time_passes_to_day(hall.after(last, 1), 12, 0).await;
        hall.restarts().await;
        hall.working_days(2).await;
        clerk.reads(&case).await.ok();
        let check = limit(&case.view(), "condition_check");
        assert_eq!((&check["light"], &check["turn"]), (&json!("red"), &json!("office")));
        assert_eq!(limit(&case.view(), "delivery")["binding"], true, "it ended earlier still");
        let sent = case.at("/reminders").as_array().unwrap().clone();
        let sent: Vec<_> = sent.iter().filter(|it| it["limit"] == "condition_check").collect();
        let rungs: Vec<_> = sent.iter().map(|it| (&it["rung"], &it["to"])).collect();
        let window = json!({ "kind": "window", "code": "talent" });
        assert_eq!(rungs, [(&json!("amber"), &window), (&json!("overdue"), &window)]);
        assert_eq!(red().await, std::slice::from_ref(&case.id));
        clerk.finds_in_order(&case, "business-licence").await.ok();
        assert_eq!(limit(&case.view(), "condition_check"), Value::Null, "nothing waits any more");
    }

    /// Rule L8: found wrong in time, it is the applicant's turn again within what is left of the time; a second look has a limit
    /// of its own; found wrong after the day, the acceptance is revoked.
    async fn what_was_found_wrong_is_the_turn_of_the_applicant(hall: Hall) {
        let today = hall.a_new_morning().await;
        let (case, clerk) = (conditional(&hall).await, hall.clerk("talent"));
        let due = case.due("condition");
        let applicant = hall.applicant_of(&case);
        applicant.attaches(&case, "business-licence", "application/pdf", PDF).await.ok();
        clerk.reads(&case).await.ok();
        assert_eq!(case.due("condition_check"), hall.after(today, 5));
        clerk.finds_incomplete(&case, "business-licence").await.ok();
        assert_eq!((limit(&case.view(), "condition_check"), case.due("condition")), (Value::Null, due));
        hall.time_passes_to_day(hall.after(today, 3), 9, 0).await;
        applicant.reads(&case).await.ok();
        applicant.attaches(&case, "business-licence", "application/pdf", PDF).await.ok();
        clerk.reads(&case).await.ok();
        assert_eq!(case.due("condition_check"), hall.after(today, 8));
        hall.time_passes_to_day(hall.after(due, 1), 9, 0).await;
        clerk.reads(&case).await.ok();
        clerk.finds_incomplete(&case, "business-licence").await.ok();
        hall.working_days(1).await;
        applicant.reads(&case).await.ok();
        assert_eq!((case.stage().as_str(), case.text("/acceptance_revocation/ground").as_str()), ("acceptance_revoked", "still_deficient"));
    }

    /// Rule L8: what came and is still wrong is a reason to revoke by hand.
    async fn still_wrong_the_acceptance_is_revoked(hall: Hall) {
        hall.a_new_morning().await;
        let (case, clerk) = (conditional(&hall).await, hall.clerk("talent"));
        hall.applicant_of(&case).attaches(&case, "business-licence", "application/pdf", PDF).await.ok();
        clerk.finds_incomplete(&case, "business-licence").await.ok();
        clerk.revokes_acceptance(&case).await.ok();
        assert_eq!((case.stage().as_str(), case.text("/acceptance_revocation/ground").as_str()), ("acceptance_revoked", "still_deficient"));
        clerk.revokes_acceptance(&case).await.refused("wrong_stage");
        hall.reviewer_of(&case).takes(&case).await.refused("wrong_stage");
    }

    /// Rule L13: an undertaking stands in only for what the guide says, and the decision comes first.
    async fn a_commitment_stands_in_for_what_the_guide_says(hall: Hall) {
        let today = hall.a_new_morning().await;
        let clerk = hall.clerk("talent");
        let case = checked_but(&hall, &Enterprise::new(), &["premises-proof", "business-licence"]).await;
        clerk.accepts_on_commitment(&case).await.refused("not_by_commitment");
        let reviewer = hall.reviewer("human-resources");
        let case = committed(&hall, &Enterprise::new()).await;
        assert_eq!((case.stage().as_str(), case.text("/acceptance/basis").as_str()), ("delivered", "commitment"));
        assert_eq!(case.at("/commitment/instead_of"), json!(["premises-proof"]));
        reviewer.reads(&case).await.ok();
        assert_eq!(case.due("verification"), hall.after(today, 60));
        reviewer.verifies_commitment(&case, "kept", Some(5)).await.refused("mending_limit_superfluous");
        reviewer.verifies_commitment(&case, "kept", None).await.ok();
        reviewer.verifies_commitment(&case, "kept", None).await.refused("commitment_settled");

        let plain = checked_but(&hall, &Enterprise::new(), &[]).await;
        clerk.accepts(&plain).await.ok();
        reviewer.takes(&plain).await.ok();
        reviewer.reviews(&plain, "grant").await.ok();
        hall.approver("human-resources").grants(&plain).await.ok();
        reviewer.verifies_commitment(&plain, "kept", None).await.refused("no_commitment");
    }

    /// Rule L13, clause B5-2: the limit to mend is a limit like the others: with a light, explained day by day, the applicant
    /// reminded of it once on each rung, and over with the next look.
    async fn the_limit_to_mend_runs_like_the_others(hall: Hall) {
        let today = hall.a_new_morning().await;
        let (case, reviewer) = (committed(&hall, &Enterprise::new()).await, hall.reviewer("human-resources"));
        let applicant = hall.applicant_of(&case);
        reviewer.reads(&case).await.ok();
        assert_eq!(limit(&case.view(), "mending"), Value::Null);
        reviewer.verifies_commitment(&case, "broken", Some(5)).await.ok();
        let due = hall.after(today, 5);
        let explained = applicant.reads_deadline(&case).await.ok();
        let mending = limit(&explained.body, "mending");
        assert_eq!((&mending["due"], &mending["light"], &mending["label"]), (&json!(due), &json!("green"), &json!("整改期限")));
        assert!(mending["article"].as_str().unwrap().contains("第十四条"), "{mending}");
        assert_eq!(mending["days"].as_array().unwrap().iter().filter(|day| day["counted"] == true).count(), 5);

        hall.time_passes_to_day(due, 12, 0).await;
        applicant.reads(&case).await.ok();
        assert_eq!(limit(&case.view(), "mending")["light"], "amber");
        hall.time_passes_to_day(hall.after(due, 1), 12, 0).await;
        hall.restarts().await;
        hall.working_days(3).await;
        applicant.reads(&case).await.ok();
        assert_eq!(limit(&case.view(), "mending")["light"], "red");
        let sent = case.at("/reminders").as_array().unwrap().clone();
        let sent: Vec<_> = sent.iter().filter(|it| it["limit"] == "mending").collect();
        let rungs: Vec<_> = sent.iter().map(|it| (&it["rung"], &it["to"])).collect();
        assert_eq!(rungs, [(&json!("amber"), &Value::Null), (&json!("overdue"), &Value::Null)], "to the applicant, once each");

        reviewer.reads(&case).await.ok();
        reviewer.verifies_commitment(&case, "kept", None).await.ok();
        let looked_on = hall.today();
        let explained = applicant.reads_deadline(&case).await.ok();
        assert_eq!(limit(&explained.body, "mending")["stopped"], json!(looked_on));
    }

    /// Rule L13: broken is ordered to be mended; broken still is revoked, and the applicant is not believed again.
    async fn whoever_broke_a_commitment_is_not_believed_again(hall: Hall) {
        hall.a_new_morning().await;
        let (enterprise, reviewer, head) = (Enterprise::new(), hall.reviewer("human-resources"), hall.head("human-resources"));
        let (case, clerk) = (committed(&hall, &enterprise).await, hall.clerk("talent"));
        reviewer.verifies_commitment(&case, "broken", None).await.refused("mending_limit_missing");
        reviewer.verifies_commitment(&case, "broken", Some(5)).await.ok();
        assert!(case.text("/commitment/verifications/0/order").len() > 3);
        reviewer.verifies_commitment(&case, "broken", None).await.refused("mending_limit_running");
        let mend_by = case.text("/commitment/verifications/0/mend_by").parse().unwrap();
        hall.the_day_after(mend_by).await;
        reviewer.reads(&case).await.ok();
        reviewer.verifies_commitment(&case, "broken", None).await.ok();
        hall.approver("human-resources").revokes_grant(&case).await.denied(403, "role_not_allowed");
        hall.head("commerce").revokes_grant(&case).await.hidden();
        head.revokes_grant(&case).await.ok();
        assert_eq!(case.text("/delivery/grant_end/ground"), "commitment_broken");
        assert!(!case.at("/delivery/grant_end/remedies").as_array().unwrap().is_empty());

        let again = checked_but(&hall, &enterprise, &["premises-proof"]).await;
        clerk.accepts_on_commitment(&again).await.refused("barred_from_commitment");
        let other = checked_but(&hall, &Enterprise::new(), &["premises-proof"]).await;
        clerk.accepts_on_commitment(&other).await.ok();
    }
}
