//! 12345: work orders from dispatch to the caller's three answers, over HTTP with a real peer, their codes, and who sees
//! them.

use api::simulator::hotline::Hotline;
use kernel::Role;
use tests::{
    hotline::{HOTLINE, dispatch},
    *,
};

pub(super) fn path(number: &str, rest: &str) -> String {
    format!("/v1/hotline/work-orders/{number}{rest}")
}

pub(super) async fn puts(hall: &Hall, number: &str, body: &Value) -> Answer {
    hall.hotline(HOTLINE).put(&path(number, "")).json(body).await
}

pub(super) async fn posts(hall: &Hall, number: &str, body: &Value) -> Answer {
    hall.hotline(HOTLINE).post(&path(number, "/messages")).json(body).await
}

pub(super) fn numbered(mut body: Value, sequence: u64) -> Value {
    body["sequence"] = json!(sequence);
    body
}

/// The kinds of callbacks of an order, in the order in which they came.
pub(super) fn told(hotline: &Hotline, number: &str) -> Vec<String> {
    hotline.received_of(number).into_iter().map(|it| it.kind).collect()
}

tests::on_both_stores! {
    /// Clauses D2-2, G3: dispatched, signed for, assigned by procedure, answered, completed; every step is called back, in order.
    async fn an_order_goes_all_the_way(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        let section = hall.supervisor();
        section.signs_for("W-1").await.ok();
        section.assigns_work_order("W-1", "housing-construction").await.ok();
        section.answers_work_order("W-1").await.ok();
        let done = section.completes_work_order("W-1").await.ok();
        assert_eq!((&done["state"], &done["limits"][0]["stopped"]), (&json!("completed"), &json!(hall.today())));
        hall.everything_is_told(&hotline, "W-1").await;
        assert_eq!(told(&hotline, "W-1"), ["dispatched", "acknowledged", "assigned", "answered", "completed"]);
        assert_eq!(hotline.received_of("W-1")[3].data["answer"], "路灯已修复。");
        assert_eq!((hotline.unsigned(), hotline.list()[0].state.as_str()), (0, "completed"));
    }

    /// Rule L15: the clock runs from dispatch however late the order comes and is signed for; overtime is recorded once.
    async fn the_clock_runs_from_dispatch(hall: Hall) {
        let hotline = hall.with_hotline().await;
        let dispatched = hall.a_new_morning().await;
        let at = hall.now();
        hall.working_days(2).await;
        hotline.dispatches("W-1", dispatch(&at));
        hotline.sends().await;
        let order = hall.work_order("W-1").await;
        let due = hall.after(dispatched, 5);
        assert_eq!((&order["limits"][0]["start"], &order["limits"][0]["due"]), (&json!(dispatched), &json!(due)));
        hall.supervisor().signs_for("W-1").await.ok();
        assert_eq!(hall.work_order("W-1").await["limits"][0]["due"], json!(due));
        hall.working_days(4).await;
        hall.working_days(1).await;
        let timeline = hall.supervisor().get(&path("W-1", "/timeline")).await.ok().body;
        let times = timeline.as_array().unwrap().iter().filter(|entry| entry["kind"] == "ran_out").count();
        assert_eq!(times, 1, "{timeline}");
    }

    /// Rule L15: returned within twenty-four hours with a reason; the hotline's ruling comes as a message. Rejected, it is ours
    /// and stays ours.
    async fn a_return_is_ruled_on(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        let section = hall.supervisor();
        hall.dispatched(&hotline, "W-1").await;
        assert_eq!(section.returns_work_order("W-1").await.ok()["state"], "returned");
        hall.everything_is_told(&hotline, "W-1").await;
        for answer in hotline.goes_on().await {
            assert_eq!((answer.status, &answer.body["state"]), (200, &json!("applied")));
        }
        assert_eq!(hall.work_order("W-1").await["state"], "acknowledged");
        section.returns_work_order("W-1").await.refused("return_rejected_before");

        hall.dispatched(&hotline, "W-2").await;
        section.returns_work_order("W-2").await.ok();
        hotline.says("W-2", json!({ "kind": "return_ruling", "upheld": true, "reason": "属市政。" }));
        hotline.sends().await;
        assert_eq!(hall.work_order("W-2").await["state"], "not_ours");

        let mut assigned = dispatch(&hall.now());
        assigned["assigned"] = json!(true);
        hotline.dispatches("W-3", assigned);
        hotline.sends().await;
        section.returns_work_order("W-3").await.refused("assigned_not_returnable");
        hall.dispatched(&hotline, "W-4").await;
        hall.time_passes_to_day(hall.today().succ_opt().unwrap(), 9, 30).await;
        section.returns_work_order("W-4").await.refused("return_too_late");
    }

    /// Rule L15: five working days more with approval, once.
    async fn an_extension_needs_the_hotline(hall: Hall) {
        let hotline = hall.with_hotline().await;
        let today = hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        let section = hall.supervisor();
        section.signs_for("W-1").await.ok();
        section.asks_for_time("W-1").await.ok();
        assert_eq!(hall.work_order("W-1").await["limits"][0]["due"], json!(hall.after(today, 5)));
        hall.everything_is_told(&hotline, "W-1").await;
        hotline.goes_on().await;
        assert_eq!(hall.work_order("W-1").await["limits"][0]["due"], json!(hall.after(today, 10)));
        section.asks_for_time("W-1").await.refused("extension_asked_before");
    }

    /// Clause G3: three answers that do not follow from one another; dissatisfied, it goes back with a limit of its own.
    async fn satisfaction_is_three_answers(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        let section = hall.supervisor();
        section.signs_for("W-1").await.ok();
        section.answers_work_order("W-1").await.ok();
        section.completes_work_order("W-1").await.ok();
        let word = |solved: bool, satisfied: bool| json!({ "kind": "satisfaction", "responded": true, "solved": solved, "satisfied": satisfied });
        hotline.says("W-1", word(true, false));
        hotline.sends().await;
        let order = hall.work_order("W-1").await;
        assert_eq!((&order["state"], &order["round"], &order["limits"][1]["due"]), (&json!("in_handling"), &json!(2), &json!(hall.after(hall.today(), 5))));
        assert_eq!(order["satisfactions"][0], json!({ "responded": true, "solved": true, "satisfied": false }));
        section.answers_work_order("W-1").await.ok();
        hotline.says("W-1", word(false, true));
        hotline.sends().await;
        assert_eq!(hall.work_order("W-1").await["state"], "answered", "satisfied though not solved");
        hotline.says("W-1", json!({ "kind": "redo", "reason": "同一问题又出现。" }));
        hotline.says("W-1", json!({ "kind": "escalate", "reason": "多次未解决。" }));
        hotline.sends().await;
        let order = hall.work_order("W-1").await;
        assert_eq!((&order["round"], &order["escalated"]), (&json!(3), &json!(1)));
    }

    /// Clause D2-2: what belongs to courts and petition offices is answered with the way there and becomes no impasse.
    async fn the_legal_route_is_told(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        let section = hall.supervisor();
        section.signs_for("W-1").await.ok();
        let told = json!({ "route": "litigation", "explanation": "属民事纠纷，请向人民法院起诉。" });
        section.handles("W-1", "legal-route", Some(told)).await.ok();
        section.escalates_work_order("W-1", &Person::new()).await.refused("wrong_state");
        section.completes_work_order("W-1").await.ok();
        hall.everything_is_told(&hotline, "W-1").await;
        let callback = hotline.received_of("W-1")[2].clone();
        assert_eq!((callback.state.as_str(), &callback.data["route"]), ("route_told", &json!("litigation")));
    }

    /// Rule L18: tickets pass both ways between the hotline and the windows: assigned to a window, and back as the answer.
    async fn an_order_passes_to_a_window_and_back(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        let section = hall.supervisor();
        section.signs_for("W-1").await.ok();
        section.handles("W-1", "assignment", Some(json!({ "window": "nowhere" }))).await.refused("unknown_assignee");
        section.handles("W-1", "assignment", Some(json!({ "window": "project", "department": "justice" }))).await.names_field("/department");
        let assigned = section.handles("W-1", "assignment", Some(json!({ "window": "project" }))).await.ok();
        assert_eq!((&assigned["state"], &assigned["assignment"]["window"]), (&json!("in_handling"), &json!("project")));
        section.answers_work_order("W-1").await.ok();
        hall.everything_is_told(&hotline, "W-1").await;
        assert_eq!(hotline.received_of("W-1")[2].data["assigned_to"], json!({ "window": "project" }));
    }

    /// Clause G3: codes are data of the hotline; an unknown one is refused by the name of its field, and states go out as theirs.
    async fn codes_are_mapped(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        let maps = format!("/v1/hotlines/{HOTLINE}/code-maps");
        let section = hall.supervisor();
        let before = section.get(&maps).await.ok();
        assert_eq!((&before["version"], before.header("etag")), (&json!(0), "\"0\""));
        let map = json!({
            "kinds": [{ "code": "03", "kind": "complaint" }],
            "categories": [{ "code": "0305", "sector": "project" }],
            "states": [{ "state": "dispatched", "code": "10" }, { "state": "acknowledged", "code": "20" }],
        });
        let mut wrong = map.clone();
        wrong["categories"][0]["sector"] = json!("nowhere");
        section.put(&maps).if_match("\"0\"").json(&wrong).await.names_field("/categories/0/sector");
        section.put(&maps).if_match("\"7\"").json(&map).await.problem(412, "version_mismatch");
        assert_eq!(section.put(&maps).if_match("\"0\"").json(&map).await.ok()["version"], 1);
        assert_eq!(section.get(&maps).await.ok()["kinds"], map["kinds"]);
        let mut body = numbered(dispatch(&hall.now()), 1);
        puts(&hall, "W-1", &body).await.names_field("/kind");
        (body["kind"], body["category"]) = (json!("03"), json!("9999"));
        puts(&hall, "W-1", &body).await.names_field("/category");
        body["category"] = json!("0305");
        assert_eq!(puts(&hall, "W-1", &body).await.ok()["work_order_state"], "10");
        let order = section.signs_for("W-1").await.ok();
        assert_eq!((&order["kind"], &order["sector"], &order["state_code"]), (&json!("complaint"), &json!("project"), &json!("20")));
        hall.everything_is_told(&hotline, "W-1").await;
        let sent: Vec<String> = hotline.received_of("W-1").into_iter().map(|it| it.state).collect();
        assert_eq!(sent, ["10", "20"]);
    }

    /// Clauses D2-2, G3: a category of the hotline's stands for the legal route by its code map; it is proposed, and a person
    /// may choose another; a code that no map knows is refused as before, and one without a route proposes none.
    async fn the_category_says_the_legal_route(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        let section = hall.supervisor();
        let map = json!({
            "kinds": [{ "code": "help", "kind": "help" }],
            "categories": [{ "code": "0305", "sector": "project" }, { "code": "0901", "sector": "rule_of_law" }],
            "routes": [{ "code": "0901", "route": "litigation" }, { "code": "0902", "route": "petition" }],
            "states": [],
        });
        let maps = format!("/v1/hotlines/{HOTLINE}/code-maps");
        let mut twice = map.clone();
        twice["routes"][1]["code"] = json!("0901");
        section.put(&maps).if_match("\"0\"").json(&twice).await.names_field("/routes/1");
        section.put(&maps).if_match("\"0\"").json(&map).await.ok();
        assert_eq!(section.get(&maps).await.ok()["routes"], map["routes"]);
        let dispatched = async |number: &str, category: &str| {
            let mut body = numbered(dispatch(&hall.now()), 1);
            body["category"] = json!(category);
            puts(&hall, number, &body).await
        };
        dispatched("W-9", "0999").await.names_field("/category");
        for (number, category) in [("W-1", "0901"), ("W-2", "0902"), ("W-3", "0305")] {
            dispatched(number, category).await.ok();
            section.signs_for(number).await.ok();
        }
        let order = hall.work_order("W-1").await;
        assert_eq!((&order["proposed_route"], &order["sector"]), (&json!("litigation"), &json!("rule_of_law")));
        let tells = async |number: &str, route: Value| {
            let told = json!({ "route": route, "explanation": "请向有权机关提出。" });
            section.handles(number, "legal-route", Some(told)).await
        };
        let told = tells("W-1", Value::Null).await.ok();
        assert_eq!((&told["state"], told.at("/answers/0/route")), (&json!("route_told"), &json!("litigation")));
        assert_eq!(tells("W-2", json!("arbitration")).await.ok().at("/answers/0/route"), "arbitration", "as chosen");
        assert_eq!(hall.work_order("W-3").await["proposed_route"], Value::Null);
        tells("W-3", Value::Null).await.names_field("/route");
        hall.everything_is_told(&hotline, "W-1").await;
        assert_eq!(hotline.received_of("W-1").last().unwrap().data["route"], "litigation");
    }

    /// Clause G3, 个人信息保护法: who called is in one table and in no event, delivery or callback; reading it leaves a trace.
    async fn the_caller_stays_in_one_place(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        let person = Person::new();
        let mut body = dispatch(&hall.now());
        body["caller"] = json!({
            "name": person.name, "phone": person.phone, "address": person.address,
            "document_kind": "resident_id", "document_number": person.resident_id,
        });
        hotline.dispatches("W-1", body);
        hotline.sends().await;
        hall.supervisor().signs_for("W-1").await.ok();
        hall.everything_is_told(&hotline, "W-1").await;
        let order = hall.work_order("W-1").await;
        let mut shown = vec![order.body.to_string()];
        for rest in ["/timeline", "/deliveries", "/callbacks"] {
            shown.push(hall.supervisor().get(&path("W-1", rest)).await.ok().body.to_string());
        }
        shown.extend(hotline.received().iter().map(|it| it.data.to_string()));
        let mut connection = hall.outside();
        for (table, column) in [("events", "body"), ("hotline_deliveries", "body"), ("work_orders", "body"), ("outbox", "body"), ("idempotency", "body")] {
            shown.extend(texts(&mut connection, &format!("SELECT {column} AS line FROM {table}")));
        }
        for secret in person.secrets() {
            assert!(!shown.iter().any(|text| text.contains(&secret)), "{secret}");
        }
        let caller = hall.supervisor().get(&path("W-1", "/caller")).await.ok();
        assert_eq!((&caller["name"], &caller["document_number"]), (&json!(person.name), &json!(person.resident_id)));
        let traces = texts(&mut connection, "SELECT actor AS line FROM events WHERE kind = 'work_order_caller_read'");
        assert_eq!(traces, ["supervisor"]);
        hall.manager().get(&path("W-1", "/caller")).await.denied(403, "role_not_allowed");
    }

    /// Clauses D2-2, G3: a hotline sees its own orders and no others, and one that is not in the configuration is refused.
    async fn hotlines_are_kept_apart(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        let other = hall.hotline("another");
        other.get(&path("W-1", "")).await.hidden();
        assert!(other.get("/v1/hotline/work-orders").await.ok().data().is_empty());
        other.put(&path("W-1", "")).json(&numbered(dispatch(&hall.now()), 1)).await.refused("hotline_unknown");
        assert_eq!(hall.hotline(HOTLINE).get("/v1/hotline/work-orders").await.ok().data().len(), 1);
        hall.clerk("project").get(&path("W-1", "")).await.hidden();
        hall.staff(Role::Supervisor, "supervisor").in_centre(OTHER_CENTRE).get(&path("W-1", "")).await.hidden();
    }
}
