//! 12345: work orders from dispatch to the caller's three answers, over HTTP with a real peer.

use api::simulator::hotline::Hotline;
use kernel::Role;
use tests::{
    hotline::{HOTLINE, dispatch},
    *,
};

fn path(number: &str, rest: &str) -> String {
    format!("/v1/hotline/work-orders/{number}{rest}")
}

async fn puts(hall: &Hall, number: &str, body: &Value) -> Answer {
    hall.hotline(HOTLINE).put(&path(number, "")).json(body).await
}

async fn posts(hall: &Hall, number: &str, body: &Value) -> Answer {
    hall.hotline(HOTLINE).post(&path(number, "/messages")).json(body).await
}

fn numbered(mut body: Value, sequence: u64) -> Value {
    body["sequence"] = json!(sequence);
    body
}

/// The kinds of callbacks of an order, in the order in which they came.
fn told(hotline: &Hotline, number: &str) -> Vec<String> {
    hotline.received_of(number).into_iter().map(|it| it.kind).collect()
}

/// The same body with its members the other way round, and spaced out.
fn respelled(body: &Value) -> String {
    let members = body.as_object().unwrap().iter().map(|(name, value)| format!("{} :\t{value}", json!(name)));
    let mut members: Vec<String> = members.collect();
    members.reverse();
    format!("{{\n  {}\n}}", members.join(" ,\n  "))
}

async fn states(hall: &Hall, number: &str) -> Vec<(u64, String)> {
    let lines = hall.supervisor().get(&path(number, "/deliveries?limit=200")).await.ok().body;
    let line = |it: &Value| (it["sequence"].as_u64().unwrap(), it["state"].as_str().unwrap().to_owned());
    lines.as_array().unwrap().iter().map(line).collect()
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

    /// Clause G3: the same again, however it is spelled, has the same answer and no effect; the same number with another body is
    /// refused.
    async fn a_repetition_changes_nothing(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        let body = numbered(dispatch(&hall.now()), 1);
        let first = puts(&hall, "W-1", &body).await.ok();
        let version = hall.work_order("W-1").await["version"].clone();
        for _ in 0..3 {
            assert_eq!(puts(&hall, "W-1", &body).await.ok().body, first.body);
        }
        let spelled = hall.hotline(HOTLINE).put(&path("W-1", "")).body("application/json", respelled(&body)).await.ok();
        assert_eq!(spelled.body, first.body);
        let mut other = body.clone();
        other["subject"] = json!("另一件事");
        puts(&hall, "W-1", &other).await.refused("sequence_reused");
        let urge = json!({ "sequence": 2, "kind": "urge" });
        let once = posts(&hall, "W-1", &urge).await.ok();
        assert_eq!(posts(&hall, "W-1", &urge).await.ok().body, once.body);
        let spelled = hall.hotline(HOTLINE).post(&path("W-1", "/messages")).body("application/json", respelled(&urge));
        assert_eq!(spelled.await.ok().body, once.body);
        posts(&hall, "W-1", &json!({ "sequence": 2, "kind": "urge", "reason": "快。" })).await.refused("sequence_reused");
        let order = hall.work_order("W-1").await;
        assert_eq!((&order["urged"], &order["version"]), (&json!(1), &json!(version.as_u64().unwrap() + 1)));
        // A refusal is an answer like any other.
        let early = json!({ "sequence": 3, "kind": "satisfaction", "responded": true, "solved": true, "satisfied": true });
        for _ in 0..2 {
            posts(&hall, "W-1", &early).await.refused("not_answered");
        }
        posts(&hall, "W-1", &json!({ "sequence": 4, "kind": "urge" })).await.ok();
        assert_eq!(hall.work_order("W-1").await["urged"], 2, "what was refused holds nothing up");
        drop(hotline);
    }

    /// Clause G3: what comes too early is held, seen, and dealt with in order once the gap is filled; before the dispatch too.
    async fn what_comes_too_early_waits(hall: Hall) {
        let _hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        let supplement = |sequence: u64| json!({ "sequence": sequence, "kind": "supplement", "text": format!("补充{sequence}") });
        for sequence in [4, 3] {
            let held = posts(&hall, "W-1", &supplement(sequence)).await;
            assert_eq!((held.status, &held["state"], &held["waits_for"]), (202, &json!("held"), &json!(1)));
        }
        assert_eq!(posts(&hall, "W-1", &supplement(4)).await.status, 202, "again");
        let seen = hall.hotline(HOTLINE).get(&path("W-1", "/deliveries")).await.ok().body;
        assert_eq!((&seen[0]["sequence"], &seen[0]["state"], &seen[1]["state"]), (&json!(3), &json!("held"), &json!("held")));
        hall.hotline(HOTLINE).get(&path("W-1", "")).await.hidden();
        puts(&hall, "W-1", &numbered(dispatch(&hall.now()), 1)).await.ok();
        assert_eq!(hall.work_order("W-1").await["supplements"], json!([]));
        posts(&hall, "W-1", &supplement(2)).await.ok();
        assert_eq!(hall.work_order("W-1").await["supplements"], json!(["补充2", "补充3", "补充4"]));
        let all = (1..=4).map(|sequence| (sequence, "applied".to_owned())).collect::<Vec<_>>();
        assert_eq!(states(&hall, "W-1").await, all);
        assert_eq!(posts(&hall, "W-1", &supplement(3)).await.ok()["state"], "applied");
    }

    /// Clause G3: what is refused for its fields has not taken its number: it is corrected under the same one, and what was held
    /// after it goes on. The simulated hotline tells it once and does so, too.
    async fn what_is_refused_for_its_fields_is_corrected_under_its_number(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        let (wordless, worded) = (json!({ "kind": "supplement" }), json!({ "kind": "supplement", "text": "夜间无法通行。" }));
        let urge = json!({ "kind": "urge" });
        puts(&hall, "W-1", &numbered(dispatch(&hall.now()), 1)).await.ok();
        posts(&hall, "W-1", &numbered(wordless.clone(), 2)).await.names_field("/text");
        let held = posts(&hall, "W-1", &numbered(urge.clone(), 3)).await;
        assert_eq!((held.status, &held["waits_for"]), (202, &json!(2)));
        posts(&hall, "W-1", &numbered(worded.clone(), 2)).await.ok();
        assert_eq!(hall.work_order("W-1").await["urged"], 1);

        let sends = async || hotline.sends().await.iter().map(|it| (it.sequence, it.status)).collect::<Vec<_>>();
        let mut unheard_of = dispatch(&hall.now());
        unheard_of["kind"] = json!("unheard_of");
        hotline.dispatches("W-2", unheard_of);
        assert_eq!(sends().await, [(1, 422)]);
        assert_eq!((sends().await, hotline.waiting()), (vec![], 1));
        hall.dispatched(&hotline, "W-2").await;
        hotline.says("W-2", wordless);
        hotline.says("W-2", urge.clone());
        assert_eq!(sends().await, [(2, 422), (3, 202)]);
        hotline.says("W-2", worded);
        assert_eq!(sends().await, [(2, 200)]);
        hotline.says("W-2", urge);
        assert_eq!((sends().await, hotline.waiting()), (vec![(4, 200)], 0));
        let order = hall.work_order("W-2").await;
        assert_eq!((&order["supplements"], &order["urged"]), (&json!(["夜间无法通行。"]), &json!(2)));
    }

    /// Clause G3: two deliveries of one order that meet leave none behind.
    async fn deliveries_that_meet_lose_none(hall: Hall) {
        let _hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        puts(&hall, "W-1", &numbered(dispatch(&hall.now()), 1)).await.ok();
        let mut tasks = Vec::new();
        for sequence in (2..=13u64).rev() {
            let hall = hall.clone();
            tasks.push(tokio::spawn(async move { posts(&hall, "W-1", &json!({ "sequence": sequence, "kind": "urge" })).await }));
        }
        for task in tasks {
            let answer = task.await.unwrap();
            assert!(matches!(answer.status, 200 | 202 | 503), "{}", answer.body);
        }
        for sequence in 2..=13u64 {
            posts(&hall, "W-1", &json!({ "sequence": sequence, "kind": "urge" })).await.ok();
        }
        assert_eq!(hall.work_order("W-1").await["urged"], 12);
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

    /// Clause G3: duplicates are merged into an order that is there.
    async fn duplicates_are_merged(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        for number in ["W-1", "W-2"] {
            hall.dispatched(&hotline, number).await;
        }
        hotline.says("W-2", json!({ "kind": "merge", "into": "W-1" }));
        hotline.sends().await;
        let merged = hall.work_order("W-2").await;
        assert_eq!((&merged["state"], &merged["merged_into"]), (&json!("merged"), &json!("W-1")));
        hall.supervisor().signs_for("W-2").await.refused("wrong_state");
    }

    /// Clause G3: merged in a chain, each is found under the last one, which shows them all, hears what is said of any, and
    /// answers for all; a ring is refused.
    async fn merges_in_a_chain_lose_nobody(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        for number in ["W-1", "W-2", "W-3"] {
            hall.dispatched(&hotline, number).await;
        }
        let section = hall.supervisor();
        section.signs_for("W-1").await.ok();
        section.answers_work_order("W-1").await.ok();
        for (from, into) in [("W-1", "W-2"), ("W-2", "W-3")] {
            hotline.says(from, json!({ "kind": "merge", "into": into }));
            assert_eq!(hotline.sends().await[0].status, 200);
        }
        hotline.says("W-3", json!({ "kind": "merge", "into": "W-1" }));
        assert_eq!(hotline.sends().await[0].body["code"], "merge_cycle");
        let first = hall.work_order("W-1").await;
        assert_eq!((&first["merged_into"], &first["followed_under"]), (&json!("W-2"), &json!("W-3")));
        let last = hall.work_order("W-3").await;
        assert_eq!((&last["state"], &last["merged"][0]["external_no"], &last["merged"][1]["external_no"]), (&json!("dispatched"), &json!("W-1"), &json!("W-2")));

        for (number, message) in [
            ("W-1", json!({ "kind": "satisfaction", "responded": true, "solved": false, "satisfied": false, "reason": "仍不亮。" })),
            ("W-1", json!({ "kind": "supplement", "text": "另一盏也不亮。" })),
            ("W-2", json!({ "kind": "urge", "reason": "再次来电。" })),
            ("W-2", json!({ "kind": "escalate", "reason": "多次来电。" })),
        ] {
            hotline.says(number, message);
            let answer = hotline.sends().await[0].clone();
            assert_eq!((answer.status, &answer.body["passed_on_to"]), (200, &json!("W-3")), "{answer:?}");
        }
        let last = hall.work_order("W-3").await;
        assert_eq!((&last["urged"], &last["escalated"], &last["supplements"]), (&json!(2), &json!(1), &json!(["另一盏也不亮。"])));
        section.signs_for("W-3").await.ok();
        section.answers_work_order("W-3").await.ok();
        hall.everything_is_told(&hotline, "W-3").await;
        let told = hotline.received_of("W-3").last().unwrap().clone();
        assert_eq!((told.kind.as_str(), &told.data["merged"]), ("answered", &json!(["W-1", "W-2"])));
        hotline.says("W-1", json!({ "kind": "redo", "reason": "又坏了。" }));
        hotline.sends().await;
        assert_eq!(hall.work_order("W-3").await["round"], 2);
        let relayed = section.get(&path("W-3", "/timeline?limit=200")).await.ok().body;
        let from = |it: &Value| (it["kind"] == "relayed").then(|| it["event"]["from"].as_str().unwrap().to_owned());
        let from: Vec<String> = relayed.as_array().unwrap().iter().filter_map(from).collect();
        assert_eq!(from, ["W-1", "W-1", "W-2", "W-2", "W-1"]);
    }

    /// Clause G3: merged into one that has not come yet, it stays in handling, and is merged when that one comes.
    async fn a_merge_waits_for_its_target(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        hotline.says("W-1", json!({ "kind": "merge", "into": "W-9" }));
        assert_eq!(hotline.sends().await[0].status, 200);
        hall.supervisor().signs_for("W-1").await.ok();
        let waiting = hall.work_order("W-1").await;
        assert_eq!((&waiting["state"], &waiting["awaits_merge"]), (&json!("acknowledged"), &json!("W-9")));
        assert_eq!(waiting["limits"][0]["stopped"], Value::Null);
        hotline.says("W-1", json!({ "kind": "urge" }));
        hotline.sends().await;
        assert_eq!(hall.work_order("W-1").await["urged"], 1);
        hall.dispatched(&hotline, "W-9").await;
        let merged = hall.work_order("W-1").await;
        assert_eq!((&merged["state"], &merged["followed_under"]), (&json!("merged"), &json!("W-9")));
        assert_eq!(hall.work_order("W-9").await["merged"][0]["external_no"], "W-1");
        hall.everything_is_told(&hotline, "W-1").await;
        assert_eq!(told(&hotline, "W-1"), ["dispatched", "acknowledged", "merged"]);
    }

    /// Clause G3: two orders merged into each other at once, and one merged into another while that one arrives: neither
    /// goes round, neither waits for what is there.
    async fn merges_that_meet_lose_nobody(hall: Hall) {
        let _hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        for n in 0..6 {
            let (one, other, late) = (format!("A-{n}"), format!("B-{n}"), format!("C-{n}"));
            let dispatched = numbered(dispatch(&hall.now()), 1);
            for number in [&one, &other] {
                puts(&hall, number, &dispatched).await.ok();
            }
            let merge = |into: &str, sequence: u64| json!({ "sequence": sequence, "kind": "merge", "into": into });
            let (there, back) = (merge(&other, 2), merge(&one, 2));
            let (first, second) = tokio::join!(posts(&hall, &one, &there), posts(&hall, &other, &back));
            for (number, body, answer) in [(&one, &there, first), (&other, &back, second)] {
                if answer.status == 503 {
                    posts(&hall, number, body).await;
                }
            }
            let states = [hall.work_order(&one).await["state"].clone(), hall.work_order(&other).await["state"].clone()];
            assert_eq!(states.iter().filter(|state| **state == json!("merged")).count(), 1, "{states:?}");
            let survivor = if states[0] == "merged" { &other } else { &one };
            let late_merge = merge(&late, 3);
            let (merged, arrived) = tokio::join!(posts(&hall, survivor, &late_merge), puts(&hall, &late, &dispatched));
            if merged.status == 503 {
                posts(&hall, survivor, &late_merge).await.ok();
            }
            if arrived.status == 503 {
                puts(&hall, &late, &dispatched).await.ok();
            }
            for number in [&one, &other] {
                assert_eq!(hall.work_order(number).await["followed_under"], json!(late));
            }
        }
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

    /// Clause G3: both sides are compared, and whatever differs is listed.
    async fn both_sides_are_reconciled(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        let from = hall.now();
        for number in ["W-1", "W-2", "W-3"] {
            hall.dispatched(&hotline, number).await;
        }
        hall.everything_is_told(&hotline, "W-3").await;
        let until_then = || (chrono::DateTime::parse_from_rfc3339(&from).unwrap() + chrono::Duration::days(1)).to_rfc3339();
        let compare = async |caller: Caller, orders: Value| {
            let body = json!({ "hotline": HOTLINE, "from": from, "until": until_then(), "orders": orders });
            caller.post("/v1/hotline/reconciliations").json(&body).await
        };
        let theirs = || serde_json::to_value(hotline.list()).unwrap();
        let strip = |mut list: Value| { list.as_array_mut().unwrap().iter_mut().for_each(|it| { it.as_object_mut().unwrap().remove("dispatched_at"); }); list };
        for number in ["W-1", "W-2"] { hall.everything_is_told(&hotline, number).await; }
        let agreed = compare(hall.hotline(HOTLINE), strip(theirs())).await.ok();
        assert_eq!((&agreed["agreed"], &agreed["ours"], &agreed["differences"]), (&json!(true), &json!(3), &json!([])));
        assert_eq!((&agreed["theirs"], &agreed["compared"]), (&json!(3), &json!(3)));
        hotline.goes_down().await;
        hall.supervisor().signs_for("W-1").await.ok();
        posts(&hall, "W-2", &json!({ "sequence": 3, "kind": "urge" })).await;
        let mut list = strip(theirs());
        list.as_array_mut().unwrap().retain(|it| it["external_no"] != "W-3");
        list.as_array_mut().unwrap().push(json!({ "external_no": "W-9", "state": "dispatched", "sequence": 2 }));
        let answer = compare(hall.supervisor(), list).await.ok();
        let found: Vec<(String, String)> = answer["differences"].as_array().unwrap().iter()
            .map(|it| (it["external_no"].as_str().unwrap().to_owned(), it["kind"].as_str().unwrap().to_owned())).collect();
        let found: Vec<(&str, &str)> = found.iter().map(|(number, kind)| (number.as_str(), kind.as_str())).collect();
        assert_eq!(found, [
            ("W-1", "state_differs"), ("W-1", "callback_undelivered"), ("W-2", "message_held"),
            ("W-3", "missing_there"), ("W-9", "missing_here"),
        ], "{}", answer.body);
        assert_eq!((&answer["ours"], &answer["theirs"], &answer["compared"]), (&json!(3), &json!(3), &json!(4)));
        compare(hall.hotline("another"), json!([])).await.hidden();
    }

    /// Clause G3: a period with more orders than can be compared at once is refused, and nothing of it is left out unsaid;
    /// up to there every one is compared, page by page.
    async fn a_long_period_is_compared_whole_or_refused(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        let from = hall.now();
        hall.dispatched(&hotline, "W-0").await;
        let day = |text: &str, hours: i64| (chrono::DateTime::parse_from_rfc3339(text).unwrap() + chrono::Duration::hours(hours)).to_rfc3339();
        let compare = async || {
            let body = json!({ "hotline": HOTLINE, "from": from, "until": day(&from, 24), "orders": [] });
            hall.supervisor().post("/v1/hotline/reconciliations").json(&body).await
        };
        let copies = |first: u32, last: u32| {
            let series = match hall.database() {
                Database::Sqlite => format!("WITH RECURSIVE s(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM s WHERE n < {last}) "),
                Database::Postgres => format!("WITH s(n) AS (SELECT generate_series({first}, {last})) "),
            };
            let text = match hall.database() { Database::Sqlite => "n", Database::Postgres => "n::text" };
            let number = format!("'W-' || {text}");
            let copy = format!(
                "{series} INSERT INTO work_orders (centre, id, hotline, external_no, version, state, dispatched_at, wake_at, head, body) \
                 SELECT centre, substr(id, 1, 24) || substr('000000000000' || {text}, -12), hotline, {number}, version, state, dispatched_at, NULL, head, \
                 replace(replace(body, '\"W-0\"', '\"' || {number} || '\"'), id, substr(id, 1, 24) || substr('000000000000' || {text}, -12)) \
                 FROM work_orders, s WHERE external_no = 'W-0'"
            );
            let copy = match hall.database() { Database::Sqlite => copy, Database::Postgres => copy.replace("substr('000000000000' || n::text, -12)", "right('000000000000' || n::text, 12)") };
            diesel::RunQueryDsl::execute(diesel::sql_query(copy), &mut hall.outside()).unwrap();
        };
        copies(1, 1999);
        let answer = compare().await.ok();
        assert_eq!((&answer["ours"], &answer["compared"]), (&json!(2000), &json!(2000)));
        let missing = answer["differences"].as_array().unwrap().iter().filter(|it| it["kind"] == "missing_there").count();
        assert_eq!(missing, 2000);
        copies(2000, 2000);
        compare().await.refused("period_too_long");
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
