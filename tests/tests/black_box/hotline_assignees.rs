//! 承办: whoever the supervision section assigns a work order to, and nobody else (clause D2-2, rules L15, L18).

use tests::*;

const ORDERS: &str = "/v1/hotline/work-orders";

fn path(number: &str) -> String {
    format!("{ORDERS}/{number}")
}

/// The numbers that a caller's list shows, the newest first.
async fn listed(caller: &Caller) -> Vec<String> {
    let page = caller.get(ORDERS).await.ok();
    page.data().iter().map(|line| line["external_no"].as_str().unwrap().to_owned()).collect()
}

/// What a caller can do with an order now.
async fn allowed(caller: &Caller, number: &str) -> Vec<String> {
    let order = caller.get(&path(number)).await.ok();
    let acts = order["allowed_actions"].as_array().unwrap();
    let allowed = acts.iter().filter(|act| act["allowed"] == true);
    allowed.map(|act| act["action"].as_str().unwrap().to_owned()).collect()
}

tests::on_both_stores! {
    /// Clause D2-2, rule L18: the window that an order was given to finds it, answers it, and the hotline is told; no other
    /// window, department or hotline finds it, nor does that window before.
    async fn a_window_answers_what_it_was_given(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        hall.dispatched(&hotline, "W-2").await;
        let (section, window) = (hall.supervisor(), hall.clerk("project"));
        window.get(&path("W-1")).await.hidden();
        section.signs_for("W-1").await.ok();
        section.assigns_work_order_to_window("W-1", "project").await.ok();
        assert_eq!(listed(&window).await, ["W-1"]);
        assert_eq!(allowed(&window, "W-1").await, ["return_assignment", "ask_extension", "tell_route", "answer"]);
        window.get(&format!("{}/timeline", path("W-1"))).await.ok();
        for other in [hall.clerk("finance"), hall.reviewer("justice"), hall.head("justice")] {
            other.get(&path("W-1")).await.hidden();
            other.get(&format!("{}/timeline", path("W-1"))).await.hidden();
            assert!(listed(&other).await.is_empty());
        }
        let version = window.get(&path("W-1")).await.ok().header("etag").to_owned();
        let said = json!({ "text": "已派人修复。" });
        let answer = format!("{}/answer", path("W-1"));
        hall.clerk("finance").post(&answer).if_match(&version).json(&said).await.hidden();
        hall.reviewer("justice").post(&answer).if_match(&version).json(&said).await.hidden();
        window.signs_for("W-1").await.denied(403, "role_not_allowed");
        window.completes_work_order("W-1").await.denied(403, "role_not_allowed");
        window.get(&format!("{}/callbacks", path("W-1"))).await.denied(403, "role_not_allowed");
        assert_eq!(window.answers_work_order("W-1").await.ok()["state"], "answered");
        hall.everything_is_told(&hotline, "W-1").await;
        assert_eq!(hotline.received_of("W-1").last().unwrap().data["answer"], "路灯已修复。");
        // Not satisfied, it is the window's again.
        hotline.says("W-1", json!({ "kind": "redo", "reason": "仍不亮。" }));
        hotline.sends().await;
        assert_eq!(allowed(&window, "W-1").await, ["return_assignment", "ask_extension", "tell_route", "answer"]);
    }

    /// Clause D2-2, rule L15: in a department everybody sees and reviewers answer; more time is asked for by an approver or
    /// the head, and given by the hotline alone.
    async fn a_department_extends_with_approval_and_answers(hall: Hall) {
        let hotline = hall.with_hotline().await;
        let today = hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        let section = hall.supervisor();
        section.signs_for("W-1").await.ok();
        section.assigns_work_order("W-1", "justice").await.ok();
        for member in [hall.reviewer("justice"), hall.approver("justice"), hall.head("justice")] {
            assert_eq!(listed(&member).await, ["W-1"]);
        }
        hall.reviewer("justice").asks_for_time("W-1").await.denied(403, "role_not_allowed");
        hall.head("justice").answers_work_order("W-1").await.denied(403, "role_not_allowed");
        let asked = hall.head("justice").asks_for_time("W-1").await.ok();
        assert_eq!((&asked["extension"]["by"], &asked["limits"][0]["due"]), (&json!("department_head-justice"), &json!(hall.after(today, 5))));
        hotline.says("W-1", json!({ "kind": "extension_ruling", "approved": true }));
        hotline.sends().await;
        let order = hall.reviewer("justice").get(&path("W-1")).await.ok();
        assert_eq!(order["limits"][0]["due"], json!(hall.after(today, 10)));
        hall.approver("justice").asks_for_time("W-1").await.refused("extension_asked_before");
        hall.reviewer("justice").answers_work_order("W-1").await.ok();
    }

    /// Rules L15, L18: not theirs, it goes back to the supervision section with a reason, and whoever returned it sees it no
    /// more; given to the same again it stays; too late it stays too; the limit runs on.
    async fn what_is_not_theirs_goes_back_to_the_section(hall: Hall) {
        let hotline = hall.with_hotline().await;
        let today = hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        let (section, window) = (hall.supervisor(), hall.clerk("project"));
        section.signs_for("W-1").await.ok();
        section.assigns_work_order_to_window("W-1", "project").await.ok();
        window.handles("W-1", "assignment/return", Some(json!({}))).await.names_field("/reason");
        section.returns_assignment("W-1").await.denied(403, "role_not_allowed");
        let version = window.get(&path("W-1")).await.ok().header("etag").to_owned();
        let reason = json!({ "reason": "属于市政养护单位职责。" });
        let back = format!("{}/assignment/return", path("W-1"));
        window.post(&back).if_match(&version).json(&reason).await.ok();
        window.get(&path("W-1")).await.hidden();
        let order = hall.work_order("W-1").await;
        assert_eq!((&order["state"], &order["assignment"]), (&json!("acknowledged"), &Value::Null));
        assert_eq!(order["limits"][0]["due"], json!(hall.after(today, 5)));
        let returned = &order["assignment_returns"][0];
        assert_eq!((&returned["window"], &returned["by"]), (&json!("project"), &json!("clerk-project")));
        section.assigns_work_order_to_window("W-1", "project").await.ok();
        window.returns_assignment("W-1").await.refused("return_rejected_before");
        section.assigns_work_order("W-1", "justice").await.ok();
        window.get(&path("W-1")).await.hidden();
        hall.time_passes_to_day(hall.today().succ_opt().unwrap(), 9, 30).await;
        hall.approver("justice").returns_assignment("W-1").await.refused("return_too_late");
        hall.everything_is_told(&hotline, "W-1").await;
        let told: Vec<String> = hotline.received_of("W-1").into_iter().map(|it| it.kind).collect();
        assert_eq!(told, ["dispatched", "acknowledged", "assigned", "assignment_returned", "assigned", "assigned"]);
    }

    /// Rule L18, 个人信息保护法: whoever has the order sees the caller masked, and reads them whole only by a call that leaves a
    /// trace; whoever does not have it reads nothing.
    async fn the_caller_is_masked_for_whoever_has_the_order(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        let mut body = hotline::dispatch(&hall.now());
        body["caller"] = json!({ "name": "林小满", "phone": "13800000000", "address": "温岭市太平街道某路1号" });
        hotline.dispatches("W-1", body);
        hotline.sends().await;
        let section = hall.supervisor();
        section.signs_for("W-1").await.ok();
        let changed = section.assigns_work_order("W-1", "justice").await.ok();
        assert_eq!(changed["caller"], Value::Null, "remembered answers hold nothing of a caller");
        let reviewer = hall.reviewer("justice");
        let order = reviewer.get(&path("W-1")).await.ok();
        assert_eq!(order["caller"], json!({ "name": "林**", "phone": "138****0000" }));
        assert!(!order.body.to_string().contains("太平街道"), "{}", order.body);
        let caller = format!("{}/caller", path("W-1"));
        hall.reviewer("commerce").get(&caller).await.hidden();
        hall.head("justice").get(&caller).await.denied(403, "role_not_allowed");
        assert_eq!(reviewer.get(&caller).await.ok()["phone"], "13800000000");
        let traces = "SELECT actor AS line FROM events WHERE kind = 'work_order_caller_read'";
        assert_eq!(texts(&mut hall.outside(), traces), ["reviewer-justice"]);
    }

    /// Rule L18: of two hotlines that use one number a window is told only of the one whose order it has.
    async fn one_number_of_two_hotlines(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.restarts_with(|settings| {
            hotline::configured(settings, &hotline);
            settings.hotlines.push(api::settings::Hotline::new("another-12345".parse().unwrap()));
        })
        .await;
        hall.is_called_by(&hotline);
        hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        let mut other = hotline::dispatch(&hall.now());
        other["sequence"] = json!(1);
        hall.hotline("another-12345").put(&path("W-1")).json(&other).await.ok();
        let section = hall.supervisor();
        section.get(&path("W-1")).await.refused("hotline_ambiguous");
        let of = format!("?hotline={}", hotline::HOTLINE);
        for (rest, body) in [("acknowledgement", None), ("assignment", Some(json!({ "window": "project" })))] {
            let call = section.post(&format!("{}/{rest}{of}", path("W-1"))).if_match("*");
            match body {
                Some(body) => call.json(&body).await.ok(),
                None => call.await.ok(),
            };
        }
        let window = hall.clerk("project");
        assert_eq!(window.get(&path("W-1")).await.ok()["hotline"], hotline::HOTLINE);
        window.get(&format!("{}?hotline=another-12345", path("W-1"))).await.hidden();
        assert_eq!(window.get(&format!("{ORDERS}?hotline=another-12345")).await.ok().data().len(), 0);
    }
}
