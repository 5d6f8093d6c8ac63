//! 交办单: every field of annex 2, returns and extensions by ruling, two signatures.

use diesel::connection::SimpleConnection as _;
use tests::*;

use crate::submissions::told_of;

const OWNER: &str = "reviewer-commerce";

tests::on_both_stores! {
    /// Clause D13-1: every field of the sheet, in the order in which it is filled in.
    async fn an_order_is_carried_out_and_signed_by_two(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, person) = hall.graded_impasse("general").await;
        hall.reviewer("commerce").reads(&impasse).await.hidden();
        hall.manager().orders(&impasse, "nowhere", 5, false).await.refused("department_unknown");
        hall.manager().orders(&impasse, "commerce", 5, false).await.ok();
        hall.manager().orders(&impasse, "commerce", 5, false).await.refused("order_open");
        hall.manager().answers_impasse(&impasse).await.refused("order_open");
        let (reviewer, head) = (hall.reviewer("commerce"), hall.head("commerce"));
        reviewer.completes_order(&impasse, 1).await.refused("wrong_order_state");
        hall.reviewer("justice").acknowledges_order(&impasse, 1, OWNER).await.hidden();
        reviewer.acknowledges_order(&impasse, 1, "reviewer-justice").await.refused("not_a_colleague");
        reviewer.acknowledges_order(&impasse, 1, "reviewer2-commerce").await.ok();
        reviewer.acknowledges_order(&impasse, 1, OWNER).await.ok();
        reviewer.acknowledges_order(&impasse, 1, OWNER).await.refused("already_responsible");
        hall.reviewer2("commerce").completes_order(&impasse, 1).await.refused("not_the_responsible_person");
        head.signs_order(&impasse, 1).await.refused("wrong_order_state");
        reviewer.completes_order(&impasse, 1).await.ok();
        head.sends_back_order(&impasse, 1).await.ok();
        reviewer.completes_order(&impasse, 1).await.ok();
        reviewer.signs_order(&impasse, 1).await.denied(403, "role_not_allowed");
        head.signs_order(&impasse, 1).await.ok();
        let order = impasse.at("/orders/0");
        assert!(order["number"].as_str().unwrap().starts_with("331081交〔"), "{order}");
        assert_eq!((&order["department"], &order["responsible"], &order["state"]), (&json!("commerce"), &json!(OWNER), &json!("signed")));
        assert_eq!((&order["matter"], &order["completion"]), (&json!("牵头办理备案。"), &json!("已完成备案。")));
        assert_eq!(order["limit"]["due"], json!(hall.after(hall.today(), 5)));
        assert_eq!(order["responsible_signature"]["by"], json!(OWNER));
        assert_eq!(order["leader_signature"]["by"], json!("department_head-commerce"));
        assert_eq!(order["responsible_signature"]["digest"], order["leader_signature"]["digest"]);
        assert_eq!(order["responsible_signature"]["seal"], json!("SEAL-1"));
        for signature in ["responsible_signature", "leader_signature"] {
            assert_eq!((&order[signature]["form"], &order[signature]["intact"]), (&json!("order-2"), &json!(true)));
        }
        assert_eq!(order["sent_back"], json!(1));
        hall.manager().answers_impasse(&impasse).await.ok();
        hall.clerk("fallback").records_word_of(&impasse, &person, true).await.ok();
        assert_eq!(impasse.at("/orders/0/applicant_feedback/satisfied"), json!(true));
    }

    /// Rule L15: returned with reasons and by ruling, so often; refused by the centre, it is for a meeting, and by the supervision
    /// section, it binds; what was assigned is not returned at all.
    async fn a_binding_order_is_not_returned(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("general").await;
        hall.manager().orders(&impasse, "commerce", 5, true).await.refused("centre_does_not_rule");
        hall.manager().orders(&impasse, "commerce", 5, false).await.ok();
        hall.working_days(2).await;
        hall.approver("commerce").reads(&impasse).await.ok();
        hall.approver("commerce").returns_order(&impasse, 1).await.refused("too_late_to_return");
        hall.manager().reads(&impasse).await.ok();
        hall.manager().orders(&impasse, "justice", 5, false).await.ok();
        let justice = hall.approver("justice");
        justice.returns_order(&impasse, 2).await.ok();
        justice.returns_order(&impasse, 2).await.refused("wrong_order_state");
        hall.reviewer("justice").rules_on_return(&impasse, 2, true).await.denied(403, "role_not_allowed");
        hall.manager().rules_on_return(&impasse, 2, false).await.ok();
        assert_eq!(impasse.at("/orders/1/binding"), json!(false), "the centre does not rule");
        justice.returns_order(&impasse, 2).await.refused("return_ruled");
        hall.manager().orders(&impasse, "development-reform", 5, false).await.ok();
        hall.approver("development-reform").returns_order(&impasse, 3).await.ok();
        hall.supervisor().rules_on_return(&impasse, 3, false).await.ok();
        hall.approver("development-reform").returns_order(&impasse, 3).await.refused("order_binding");
        hall.manager().orders(&impasse, "taxation", 5, false).await.ok();
        hall.approver("taxation").returns_order(&impasse, 4).await.ok();
        hall.manager().rules_on_return(&impasse, 4, true).await.ok();
        hall.manager().orders(&impasse, "natural-resources", 5, false).await.ok();
        hall.approver("natural-resources").returns_order(&impasse, 5).await.refused("returns_exhausted");
    }

    /// Clause D13-1: what is changed behind the program's back is seen by the signatures.
    async fn a_signed_order_that_is_changed_shows(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("general").await;
        hall.manager().orders(&impasse, "commerce", 5, false).await.ok();
        hall.carries_out(&impasse, 1, "commerce").await;
        let changed = "UPDATE impasses SET body = replace(body, '牵头办理备案。', '不必办理备案。') WHERE id =";
        hall.outside().batch_execute(&format!("{changed} '{}'", impasse.id)).unwrap();
        hall.manager().reads(&impasse).await.ok();
        let order = impasse.at("/orders/0");
        assert_eq!(order["matter"], "不必办理备案。");
        for signature in ["responsible_signature", "leader_signature"] {
            assert_eq!(order[signature]["intact"], json!(false), "{order}");
        }
    }

    /// Rule L15: the ruling on a return is offered to whoever assigned the order, and refused to the others.
    async fn the_ruling_is_offered_to_the_issuer(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("general").await;
        let (manager, reform) = (hall.manager(), hall.reform());
        reform.reads(&impasse).await.ok();
        reform.orders(&impasse, "commerce", 5, false).await.ok();
        assert_eq!(impasse.forbids("rule_on_return"), "wrong_order_state", "nothing was asked");
        hall.approver("commerce").reads(&impasse).await.ok();
        hall.approver("commerce").returns_order(&impasse, 1).await.ok();
        manager.reads(&impasse).await.ok();
        assert_eq!(impasse.forbids("rule_on_return"), "not_the_issuer");
        manager.rules_on_return(&impasse, 1, true).await.refused("not_the_issuer");
        reform.reads(&impasse).await.ok();
        assert_eq!(impasse.forbids("rule_on_return"), "");
        reform.rules_on_return(&impasse, 1, true).await.ok();
    }

    /// Clause D10-1, rules L16 and L17: time proposes each step of the ladder once, the reform office takes or waives it, and
    /// both stand in the order and on the record.
    async fn what_is_overdue_climbs_the_ladder(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("general").await;
        hall.manager().orders(&impasse, "commerce", 3, false).await.ok();
        let (reform, due) = (hall.reform(), hall.after(hall.today(), 3));
        hall.reviewer("commerce").acknowledges_order(&impasse, 1, OWNER).await.ok();
        hall.working_days(7).await;
        reform.reads(&impasse).await.ok();
        reform.supervises_order(&impasse, 1, "criticism", true).await.refused("no_supervision_pending");
        hall.working_days(7).await;
        reform.reads(&impasse).await.ok();
        let steps = impasse.at("/orders/0/supervision");
        let steps: Vec<_> = steps.as_array().unwrap().iter().map(|step| (&step["step"], &step["due"])).collect();
        assert_eq!(steps, [(&json!("criticism"), &json!(due)), (&json!("listing"), &json!(due))]);
        let waiting = reform.get("/v1/impasses?supervision_pending=true").await.ok();
        assert_eq!(waiting.at("/data/0/id"), &json!(impasse.id), "it need not be looked for");
        assert_eq!(reform.get("/v1/impasses?supervision_pending=false").await.ok().at("/data"), &json!([]));
        reform.supervises_order(&impasse, 1, "listing", true).await.refused("earlier_step_pending");
        hall.manager().supervises_order(&impasse, 1, "criticism", true).await.denied(403, "role_not_allowed");
        reform.supervises_order(&impasse, 1, "criticism", false).await.ok();
        reform.supervises_order(&impasse, 1, "listing", true).await.ok();
        assert_eq!(impasse.at("/orders/0/supervision/0/ruling/granted"), json!(false));
        assert_eq!(impasse.at("/orders/0/supervision/1/ruling/by"), json!("reform_officer"));
        assert_eq!(reform.get("/v1/impasses?supervision_pending=true").await.ok().at("/data"), &json!([]));
        hall.reviewer("commerce").reads(&impasse).await.ok();
        assert_eq!(impasse.at("/orders/0/supervision/1/label"), json!("挂牌警示"), "the department sees it");
    }

    /// Clauses A1-3, D6-1, D10-1: whoever is outside sees the level, whose turn it is, the limits and what comes of it; why it was
    /// graded so and how those who handle it are pressed are for those inside, in the view, the record, the list and the feed.
    async fn the_ladder_is_for_those_inside(hall: Hall) {
        hall.a_new_morning().await;
        let adapter = hall.adapter("zjzwfw");
        let impasse = adapter.registers(&Grievance::new(&Person::new())).await.impasse();
        let (manager, reform, commerce) = (hall.manager(), hall.reform(), hall.approver("commerce"));
        manager.files(&impasse).await.ok();
        manager.triages(&impasse, "general").await;
        manager.reads(&impasse).await.ok();
        manager.orders(&impasse, "commerce", 5, false).await.ok();
        commerce.returns_order(&impasse, 1).await.ok();
        manager.rules_on_return(&impasse, 1, false).await.ok();
        hall.working_days(20).await;
        reform.reads(&impasse).await.ok();
        reform.supervises_order(&impasse, 1, "criticism", true).await.ok();
        told_of(&hall, "cn.gov.yichuang.impasse.supervision_ruled.v1").await;
        let kept = ["/gradings", "/reminders", "/orders/0/supervision", "/orders/0/return_request"];
        assert!(kept.iter().all(|field| !impasse.at(field).is_null()), "the reform office sees it all");

        for outside in [adapter.clone(), hall.applicant_in(&impasse)] {
            outside.reads(&impasse).await.ok();
            assert!(kept.iter().all(|field| impasse.at(field).is_null()), "{}", impasse.view());
            assert_eq!((impasse.text("/level").as_str(), impasse.text("/turn/whose").as_str()), ("general", "departments"));
            assert!(impasse.at("/orders/0/limit/due").is_string() && impasse.at("/clocks/0/due").is_string());
            let steps = outside.get(&impasse.path("timeline?limit=200")).await.ok().body;
            let steps = steps.as_array().unwrap();
            let kinds: Vec<&str> = steps.iter().map(|step| step["kind"].as_str().unwrap()).collect();
            assert!(kinds.contains(&"level_set") && kinds.contains(&"order_issued"), "{kinds:?}");
            assert!(!kinds.iter().any(|kind| kind.contains("supervision") || *kind == "reminded"), "{kinds:?}");
            let (mut walked, mut after) = (Vec::new(), 0);
            loop {
                let page = outside.get(&impasse.path(&format!("timeline?limit=2&after={after}"))).await.ok().body;
                let Some(last) = page.as_array().unwrap().last() else { break };
                after = last["version"].as_u64().unwrap();
                walked.extend(page.as_array().unwrap().clone());
            }
            assert_eq!(&walked, steps, "page by page the same");
            outside.get("/v1/impasses?supervision_pending=true").await.problem(400, "invalid_parameter");
        }
        let feed = adapter.get("/v1/events?limit=200").await.ok();
        let told: Vec<&str> = feed.data().iter().map(|event| event["type"].as_str().unwrap()).collect();
        assert!(told.contains(&"cn.gov.yichuang.impasse.order_issued.v1"), "{told:?}");
        assert!(!told.iter().any(|kind| kind.contains("supervision") || kind.contains("reminded")), "{told:?}");
    }

    /// Clause D10-1: a window that leaves a general problem lying climbs the ladder as departments do.
    async fn a_window_climbs_the_ladder_too(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("general").await;
        let reform = hall.reform();
        reform.supervises_handling(&impasse, "criticism", true).await.refused("no_supervision_pending");
        hall.working_days(20).await;
        reform.reads(&impasse).await.ok();
        hall.manager().supervises_handling(&impasse, "criticism", true).await.denied(403, "role_not_allowed");
        reform.supervises_handling(&impasse, "criticism", true).await.ok();
        assert_eq!(impasse.at("/supervision/0/ruling/granted"), json!(true));
        assert_eq!(impasse.at("/supervision/1"), json!({
            "step": "listing", "label": "挂牌警示", "due": impasse.at("/supervision/0/due"),
            "proposed_at": impasse.at("/supervision/1/proposed_at"), "whose": "responsible",
        }));
    }

    /// Clause D13-1: extended once, asked for before it is due, by approval; the clock runs from the day it was issued.
    async fn an_order_is_extended_by_approval_only(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("general").await;
        hall.manager().orders(&impasse, "commerce", 3, false).await.ok();
        let issued = hall.today();
        let reviewer = hall.reviewer("commerce");
        reviewer.reads(&impasse).await.ok();
        reviewer.asks_for_days(&impasse, 1, 5).await.refused("wrong_order_state");
        hall.working_days(2).await;
        reviewer.reads(&impasse).await.ok();
        reviewer.acknowledges_order(&impasse, 1, OWNER).await.ok();
        assert_eq!(impasse.at("/orders/0/limit/due"), json!(hall.after(issued, 3)), "the receipt does not start it anew");
        reviewer.asks_for_days(&impasse, 1, 5).await.ok();
        reviewer.asks_for_days(&impasse, 1, 5).await.refused("extension_pending");
        hall.manager().rules_on_days(&impasse, 1, true).await.ok();
        assert_eq!(impasse.at("/orders/0/limit/due"), json!(hall.after(issued, 8)));
        reviewer.asks_for_days(&impasse, 1, 5).await.refused("extensions_exhausted");
        hall.manager().orders(&impasse, "justice", 1, false).await.ok();
        hall.reviewer("justice").acknowledges_order(&impasse, 2, "reviewer-justice").await.ok();
        hall.working_days(3).await;
        hall.reviewer("justice").reads(&impasse).await.ok();
        hall.reviewer("justice").asks_for_days(&impasse, 2, 5).await.refused("already_overdue");
    }

    /// Clauses D10-1, D13-1: whoever is to help with an order has it on their list, too, until it is done.
    async fn whoever_helps_has_the_order_on_their_list(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("general").await;
        let order = json!({ "department": "commerce", "with": ["justice"], "matter": "牵头办理备案。", "days": 5, "binding": false });
        hall.manager().posts(&impasse, "orders", order).await.ok();
        let tasks = async || hall.reviewer("justice").get("/v1/assignment-orders").await.ok();
        let task = tasks().await;
        let shown = (task.at("/data/0/impasse/id"), task.at("/data/0/department"), task.at("/data/0/orders/0/department"));
        assert_eq!(shown, (&json!(impasse.id), &json!("justice"), &json!("commerce")), "{}", task.body);
        hall.carries_out(&impasse, 1, "commerce").await;
        assert_eq!(tasks().await.data().len(), 0);
    }

    /// Clause D10-1: what waits for a department is on its list, most urgent first, until it is signed.
    async fn open_orders_are_on_the_departments_list(hall: Hall) {
        hall.a_new_morning().await;
        let (slow, _) = hall.graded_impasse("general").await;
        let (quick, _) = hall.graded_impasse("general").await;
        hall.manager().orders(&slow, "commerce", 9, false).await.ok();
        hall.manager().orders(&quick, "commerce", 2, false).await.ok();
        let tasks = async |caller: Caller| {
            let tasks = caller.get("/v1/assignment-orders").await.ok();
            tasks.data().iter().map(|task| task["impasse"]["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(tasks(hall.reviewer("commerce")).await, [quick.id.clone(), slow.id.clone()]);
        assert!(tasks(hall.reviewer("justice")).await.is_empty());
        hall.carries_out(&quick, 1, "commerce").await;
        assert_eq!(tasks(hall.head("commerce")).await, vec![slow.id.clone()]);
        hall.manager().get("/v1/assignment-orders").await.denied(403, "role_not_allowed");
    }

    /// Clauses D4-2, D4-3: the centre assigns what is general and nothing more; what is difficult goes to the meeting.
    async fn the_level_says_who_assigns(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("difficult").await;
        hall.manager().orders(&impasse, "commerce", 5, false).await.refused("needs_meeting");
        hall.reform().orders(&impasse, "commerce", 5, false).await.refused("needs_meeting");
        hall.supervisor().orders(&impasse, "commerce", 5, false).await.refused("not_from_the_hotline");
        hall.manager().answers_impasse(&impasse).await.refused("meeting_missing");
        hall.manager().raises(&impasse, "exceptional").await.ok();
        hall.manager().answers_impasse(&impasse).await.refused("government_decision_missing");
    }
}
