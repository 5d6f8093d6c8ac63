//! 12345: numbered messages, each dealt with once and in order, and merges.

use tests::{
    hotline::{HOTLINE, dispatch},
    *,
};

use crate::hotline::{numbered, path, posts, puts, told};

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
}
