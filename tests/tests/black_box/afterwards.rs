//! 办结之后: documents replaced, grants that end, notes, reopening, and results that nobody fetches.

use tests::*;

/// Granted, issued and delivered electronically.
async fn delivered(hall: &Hall) -> Case {
    let case =
        hall.received(Application::for_item(items::PROMISED).by(&Person::new()).electronic(), "rule-of-law").await;
    hall.issue(&case).await;
    hall.clerk("rule-of-law").delivers_electronically(&case).await.ok();
    case
}

async fn closed(hall: &Hall) -> Case {
    let case = delivered(hall).await;
    hall.clerk("rule-of-law").closes(&case).await.ok();
    case
}

tests::on_both_stores! {
    /// Clause B2-6: whoever got it electronically says so, once, and nobody else does.
    async fn the_applicant_acknowledges_an_electronic_delivery(hall: Hall) {
        hall.a_new_morning().await;
        let early = hall.received(Application::for_item(items::PROMISED).by(&Person::new()).electronic(), "rule-of-law").await;
        hall.applicant_of(&early).acknowledges(&early).await.refused("wrong_stage");
        let case = delivered(&hall).await;
        hall.applicant_of(&early).acknowledges(&case).await.hidden();
        hall.clerk("rule-of-law").acknowledges(&case).await.denied(403, "role_not_allowed");
        hall.applicant_of(&case).acknowledges(&case).await.ok();
        assert!(case.at("/delivery/acknowledged_at").is_string());
        hall.applicant_of(&case).acknowledges(&case).await.refused("already_acknowledged");
    }

    /// Clauses B1-3, B3-2: a new document takes the place of the old one, which stays on record with the reason.
    async fn a_result_is_replaced_with_trace(hall: Hall) {
        hall.a_new_morning().await;
        let case = closed(&hall).await;
        let (approver, old) = (hall.approver("justice"), case.text("/delivery/result/number"));
        hall.clerk("rule-of-law").replaces_result(&case, "correction").await.denied(403, "role_not_allowed");
        hall.approver("commerce").replaces_result(&case, "correction").await.hidden();
        approver.replaces_result(&case, "forgery").await.names_field("/how");
        approver.replaces_result(&case, "correction").await.ok();
        let new = case.text("/delivery/result/number");
        assert_ne!(old, new);
        assert_eq!((case.text("/delivery/replaced/0/document/number"), case.text("/delivery/replaced/0/how")), (old, "correction".into()));
        approver.replaces_result(&case, "reissue").await.ok();
        assert_eq!(case.at("/delivery/replaced").as_array().unwrap().len(), 2);
        hall.audit_admin().verifies(&case).await.ok();
    }

    /// Clauses B1-3, B2-6, rule L4: a corrected result reaches the applicant of a closed case too, and is acknowledged anew; how
    /// the first one did is in the trace, and neither the end of the case nor the limit of its delivery moves.
    async fn what_replaces_a_delivered_result_is_delivered_and_acknowledged(hall: Hall) {
        hall.a_new_morning().await;
        let case = delivered(&hall).await;
        let (clerk, applicant) = (hall.clerk("rule-of-law"), hall.applicant_of(&case));
        applicant.acknowledges(&case).await.ok();
        clerk.closes(&case).await.ok();
        let ended = (case.stage(), case.at("/ended_at"), case.due("delivery"));
        let (old, first) = (case.text("/delivery/result/number"), case.at("/delivery/delivered"));
        let acknowledged = case.at("/delivery/acknowledged_at");
        clerk.delivers_electronically(&case).await.refused("wrong_stage");
        hall.working_days(3).await;
        hall.approver("justice").replaces_result(&case, "correction").await.ok();

        applicant.reads(&case).await.ok();
        let new = case.text("/delivery/result/number");
        assert_eq!((case.at("/delivery/delivered"), case.at("/delivery/acknowledged_at")), (Value::Null, Value::Null));
        assert_eq!((case.text("/delivery/replaced/0/document/number"), case.at("/delivery/replaced/0/delivered")), (old, first.clone()));
        assert_eq!(case.at("/delivery/replaced/0/acknowledged_at"), acknowledged);
        applicant.acknowledges(&case).await.refused("not_delivered");
        clerk.reads(&case).await.ok();
        assert!(case.allows("deliver_electronically") && !case.allows("dispatch"));
        clerk.delivers_electronically(&case).await.ok();
        applicant.acknowledges(&case).await.ok();
        assert_eq!(case.text("/delivery/result/number"), new);
        assert!(case.text("/delivery/delivered/at").as_str() > first["at"].as_str().unwrap());
        assert!(case.text("/delivery/acknowledged_at").as_str() > acknowledged.as_str().unwrap());
        applicant.acknowledges(&case).await.refused("already_acknowledged");
        clerk.delivers_electronically(&case).await.refused("wrong_stage");
        clerk.closes(&case).await.refused("wrong_stage");
        assert_eq!((case.stage(), case.at("/ended_at"), case.due("delivery")), ended);
        hall.audit_admin().verifies(&case).await.ok();
    }

    /// Clause B2-6: a result made out again after it was fetched is fetched again, with a code of its own, and once.
    async fn what_replaces_a_fetched_result_is_handed_out(hall: Hall) {
        hall.a_new_morning().await;
        let person = Person::new();
        let case = hall.received(Application::for_item(items::PROMISED).by(&person), "rule-of-law").await;
        hall.issue(&case).await;
        let (clerk, applicant) = (hall.clerk("rule-of-law"), hall.applicant_of(&case));
        let code = applicant.reads_pick_up_code(&case).await.ok().text("/code");
        clerk.hands_out(&case, &code, &person).await.ok();
        clerk.closes(&case).await.ok();
        clerk.hands_out(&case, &code, &person).await.refused("wrong_stage");
        hall.approver("justice").replaces_result(&case, "reissue").await.ok();
        let again = applicant.reads_pick_up_code(&case).await.ok().text("/code");
        clerk.hands_out(&case, &code, &person).await.refused("pick_up_code_differs");
        clerk.hands_out(&case, &again, &person).await.ok();
        assert_eq!((case.stage().as_str(), case.text("/delivery/delivered/how").as_str()), ("closed", "pick_up"));
        assert!(case.text("/delivery/replaced/0/delivered/receipt").contains("申请人本人"));
        clerk.hands_out(&case, &again, &person).await.refused("wrong_stage");
    }

    /// Clause B1-3: a result made out again after the courier brought it is sent again, with a waybill of its own, before the
    /// case is closed.
    async fn what_replaces_a_result_that_was_sent_is_sent(hall: Hall) {
        hall.a_new_morning().await;
        let person = Person::new();
        let case = hall.received(Application::for_item(items::PROMISED).by(&person).courier_to(&person), "rule-of-law").await;
        hall.issue(&case).await;
        let (clerk, approver) = (hall.clerk("rule-of-law"), hall.approver("justice"));
        clerk.dispatches(&case, "EMS1").await.ok();
        clerk.tracks(&case, "signed").await.ok();
        approver.replaces_result(&case, "correction").await.ok();
        assert_eq!((case.stage().as_str(), case.at("/delivery/parcel")), ("delivered", Value::Null));
        assert_eq!(case.text("/delivery/replaced/0/parcel/waybill"), "EMS1");
        clerk.closes(&case).await.refused("not_delivered");
        clerk.dispatches(&case, "EMS2").await.ok();
        approver.replaces_result(&case, "correction").await.refused("wrong_stage");
        clerk.tracks(&case, "in_transit").await.ok();
        assert_eq!((case.stage().as_str(), case.at("/delivery/delivered")), ("delivered", Value::Null));
        clerk.tracks(&case, "signed").await.ok();
        assert_eq!(case.text("/delivery/parcel/waybill"), "EMS2");
        clerk.tracks(&case, "signed").await.refused("wrong_stage");
        clerk.closes(&case).await.ok();
        assert_eq!(case.stage(), "closed");
    }

    /// 行政许可法 arts. 69, 70: revoked by the department's head, cancelled by its approver; once, with basis and remedies.
    async fn a_grant_ends_once(hall: Hall) {
        hall.a_new_morning().await;
        let case = closed(&hall).await;
        let (head, approver) = (hall.head("justice"), hall.approver("justice"));
        approver.revokes_grant(&case).await.denied(403, "role_not_allowed");
        head.cancels_grant(&case).await.denied(403, "role_not_allowed");
        head.reopens(&case).await.refused("grant_in_force");
        head.revokes_grant(&case).await.ok();
        let code = hall.clerk("rule-of-law").reads_receipt(&case).await.ok().text("/query_code");
        let progress = hall.stranger().asks_progress(&case.number, &code).await.ok();
        assert_eq!((&progress["outcome"], &progress["grant_ended_on"]), (&json!("grant"), &case.at("/delivery/grant_end/on")));
        assert_eq!((case.text("/delivery/grant_end/ground").as_str(), case.stage().as_str()), ("unlawful", "closed"));
        assert!(!case.at("/delivery/grant_end/remedies").as_array().unwrap().is_empty());
        let again = [head.revokes_grant(&case).await, approver.cancels_grant(&case).await, approver.replaces_result(&case, "reissue").await];
        for answer in again {
            assert_eq!(answer.status, 409, "{}", answer.body);
        }
        let other = closed(&hall).await;
        approver.cancels_grant(&other).await.ok();
        assert_eq!(other.text("/delivery/grant_end/ground"), "lapsed");
        let open = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        head.revokes_grant(&open).await.refused("wrong_stage");
    }

    /// What comes to light afterwards is noted and changes nothing.
    async fn a_note_changes_nothing(hall: Hall) {
        hall.a_new_morning().await;
        let case = closed(&hall).await;
        let clerk = hall.clerk("rule-of-law");
        let before = (case.stage(), case.at("/decision"), case.at("/delivery"), case.at("/ended_at"));
        clerk.adds_note(&case, "").await.names_field("/text");
        hall.applicant_of(&case).adds_note(&case, "谢谢。").await.denied(403, "role_not_allowed");
        clerk.adds_note(&case, "申请人来电确认。").await.ok();
        assert_eq!((case.stage(), case.at("/decision"), case.at("/delivery"), case.at("/ended_at")), before);
        assert_eq!(case.text("/notes/0/text"), "申请人来电确认。");
        let open = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        clerk.adds_note(&open, "过早。").await.refused("wrong_stage");
    }

    /// Reopened by the department's head with a reason: what never was accepted is checked anew, what was refused is
    /// decided anew, within new limits; the chain of responsibility goes on.
    async fn what_ended_is_reopened_with_authority_and_reason(hall: Hall) {
        hall.a_new_morning().await;
        let head = hall.head("justice");
        let withdrawn = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        head.reopens(&withdrawn).await.refused("wrong_stage");
        hall.applicant_of(&withdrawn).withdraws(&withdrawn).await.ok();
        let refused = hall.received(Application::for_item(items::PROMISED).by(&Person::new()).electronic(), "rule-of-law").await;
        hall.accept(&refused).await;
        hall.reviewer("justice").takes(&refused).await.ok();
        hall.reviewer("justice").reviews(&refused, "refuse").await.ok();
        hall.approver("justice").refuses(&refused).await.ok();
        let clerk = hall.clerk("rule-of-law");
        clerk.issues_the_refusal(&refused).await.ok();
        clerk.delivers_electronically(&refused).await.ok();
        clerk.closes(&refused).await.ok();

        let today = hall.working_days(20).await;
        for case in [&withdrawn, &refused] {
            head.reads(case).await.ok();
            hall.approver("justice").reopens(case).await.denied(403, "role_not_allowed");
            hall.head("commerce").reopens(case).await.hidden();
            head.reopens(case).await.ok();
            assert_eq!((case.at("/reopenings").as_array().unwrap().len(), case.at("/ended_at")), (1, Value::Null));
            assert!(hall.manager().reads_responsibility(case).await.ok()["now"].is_object());
        }
        assert_eq!((withdrawn.stage().as_str(), withdrawn.due("check")), ("under_check", hall.after(today, 5)));
        assert_eq!((refused.stage().as_str(), refused.due("statutory")), ("in_review", hall.after(today, 7)));
        hall.accept(&withdrawn).await;
        assert_eq!(refused.at("/decision"), Value::Null);
        hall.reviewer("justice").reads(&refused).await.ok();
        if refused.text("/holder").is_empty() {
            hall.reviewer("justice").takes(&refused).await.ok();
        }
        hall.reviewer("justice").reviews(&refused, "grant").await.ok();
        hall.approver("justice").grants(&refused).await.ok();
        assert_eq!(refused.text("/decision/outcome"), "grant");
    }

    /// Clause B1-3: who does not fetch a result is asked to, in working hours, three times and no more.
    async fn an_unclaimed_result_is_chased(hall: Hall) {
        let today = hall.a_new_morning().await;
        let person = Person::new();
        let case = hall.received(Application::for_item(items::PROMISED).by(&person), "rule-of-law").await;
        hall.issue(&case).await;
        let clerk = hall.clerk("rule-of-law");
        let chased = async || {
            clerk.reads(&case).await.ok();
            case.at("/delivery/chased").as_array().map_or(0, Vec::len)
        };
        hall.time_passes_to_day(hall.after(today, 10), 7, 0).await;
        assert_eq!(chased().await, 0);
        for times in 1..=3 {
            hall.time_passes_to_day(hall.after(today, 10 * times), 9, 0).await;
            assert_eq!(chased().await, usize::from(times));
        }
        hall.working_days(30).await;
        assert_eq!(chased().await, 3);
        let code = hall.applicant_of(&case).reads_pick_up_code(&case).await.ok().text("/code");
        clerk.hands_out(&case, &code, &person).await.ok();
    }

    /// Clause B1-3: what comes back is sent again; what is lost is made out anew first.
    async fn a_parcel_comes_back_or_is_lost(hall: Hall) {
        hall.a_new_morning().await;
        let person = Person::new();
        let case = hall.received(Application::for_item(items::PROMISED).by(&person).courier_to(&person), "rule-of-law").await;
        hall.issue(&case).await;
        let clerk = hall.clerk("rule-of-law");
        clerk.dispatches(&case, "EMS1").await.ok();
        clerk.tracks(&case, "returned").await.ok();
        assert_eq!(case.stage(), "issued");
        clerk.dispatches(&case, "EMS2").await.ok();
        clerk.tracks(&case, "lost").await.ok();
        assert_eq!(case.stage(), "issued");
        clerk.dispatches(&case, "EMS3").await.refused("document_lost");
        hall.approver("justice").replaces_result(&case, "reissue").await.ok();
        clerk.dispatches(&case, "EMS3").await.ok();
        clerk.tracks(&case, "signed").await.ok();
        assert_eq!((case.stage().as_str(), case.text("/delivery/delivered/how").as_str()), ("delivered", "courier"));
    }
}
