//! 12345 提级: what the hotline wants raised although it is no impasse yet comes before the supervision section.

use api::simulator::hotline::Hotline;
use tests::*;

async fn escalates(hotline: &Hotline, number: &str) {
    hotline.says(number, json!({ "kind": "escalate", "reason": "群众要求提级。" }));
    let answers = hotline.sends().await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
}

/// The numbers of the orders that wait for the supervision section.
async fn waiting(hall: &Hall) -> Vec<String> {
    let list = hall.supervisor().get("/v1/hotline/work-orders?escalated=true").await.ok();
    list.data().iter().map(|row| row["external_no"].as_str().unwrap().to_owned()).collect()
}

/// Waits until the feed tells this caller exactly these events of these kinds: the kind, and the number of the order.
async fn is_told(caller: &Caller, kinds: &[&str], expected: &[(&str, &str)]) {
    let types: Vec<_> = kinds.iter().map(|kind| format!("cn.gov.yichuang.work_order.{kind}.v1")).collect();
    let path = format!("/v1/events?limit=200&types={}", types.join(","));
    until("the feed tells", async || {
        let events = caller.get(&path).await.ok().data().clone();
        let kind = |event: &Value| event["type"].as_str().unwrap().split('.').nth(4).unwrap().to_owned();
        let told: Vec<_> = events.iter().map(|it| (kind(it), it["data"]["number"].as_str().unwrap())).collect();
        let told: Vec<_> = told.iter().map(|(kind, number)| (kind.as_str(), *number)).collect();
        (told == expected).then_some(())
    })
    .await;
}

async fn declines(hall: &Hall, number: &str) -> Answer {
    let reason = json!({ "reason": "部门正在抢修，两日内可办结。" });
    hall.supervisor().handles(number, "escalation/refusal", Some(reason)).await
}

tests::on_both_stores! {
    /// Clauses D2-2, G3: what the hotline wants raised and is no impasse is put before the supervision section: listed, with a
    /// limit of its own, in the feed, an alarm once where nobody acts; asked for twice it is one matter, and its refusal is
    /// called back with the reason.
    async fn what_is_to_be_raised_comes_before_the_section(hall: Hall) {
        let hotline = hall.with_hotline().await;
        let today = hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        hall.dispatched(&hotline, "W-2").await;
        let section = hall.supervisor();
        section.signs_for("W-1").await.ok();
        declines(&hall, "W-1").await.refused("no_escalation_pending");
        escalates(&hotline, "W-1").await;
        escalates(&hotline, "W-1").await;
        assert_eq!(waiting(&hall).await, ["W-1"]);
        let order = hall.work_order("W-1").await;
        assert_eq!((&order["escalated"], order["escalations"].as_array().unwrap().len()), (&json!(2), 1), "{}", order.body);
        assert_eq!(order.at("/escalations/0/limit/due"), &json!(hall.after(today, 1)));
        let rest = section.get("/v1/hotline/work-orders?escalated=false").await.ok();
        assert_eq!(rest.data().iter().map(|row| row["external_no"].clone()).collect::<Vec<_>>(), ["W-2"]);

        section.answers_work_order("W-1").await.ok();
        section.completes_work_order("W-1").await.refused("escalation_pending");
        hall.clerk("fallback").post("/v1/hotline/work-orders/W-1/escalation/refusal").if_match("*")
            .json(&json!({ "reason": "不属兜底窗口。" })).await.denied(403, "role_not_allowed");
        hall.working_days(2).await;
        hall.working_days(1).await;
        let timeline = section.get("/v1/hotline/work-orders/W-1/timeline?limit=200").await.ok().body;
        let alarms = timeline.as_array().unwrap().iter().filter(|entry| entry["kind"] == "escalation_ran_out").count();
        assert_eq!(alarms, 1, "{timeline}");
        let kinds = ["escalated", "escalation_ran_out"];
        let all = [("escalated", "W-1"), ("escalated", "W-1"), ("escalation_ran_out", "W-1")];
        for caller in [hall.manager(), hall.supervisor(), hall.reform()] {
            is_told(&caller, &kinds, &all).await;
        }
        is_told(&hall.adapter("zjzwfw"), &kinds, &[]).await;

        let declined = declines(&hall, "W-1").await.ok();
        let ruling = declined.at("/escalations/0/ruling");
        assert_eq!((&ruling["granted"], declined.at("/escalations/0/ran_out")), (&json!(false), &json!(true)));
        declines(&hall, "W-1").await.refused("no_escalation_pending");
        assert!(waiting(&hall).await.is_empty());
        section.completes_work_order("W-1").await.ok();
        hall.everything_is_told(&hotline, "W-1").await;
        let heard = hotline.received_of("W-1").into_iter().find(|it| it.kind == "escalation_declined").unwrap();
        assert_eq!(heard.data["reason"], "部门正在抢修，两日内可办结。");
    }

    /// Clauses D2-2, D3-1, G3, rule L17: raised, it goes into the closed loop, and what the hotline wanted stands on its record.
    async fn what_is_raised_becomes_an_impasse(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        let section = hall.supervisor();
        section.signs_for("W-1").await.ok();
        escalates(&hotline, "W-1").await;
        let order = section.escalates_work_order("W-1", &Person::new()).await.ok();
        assert_eq!(order.at("/escalations/0/ruling/granted"), &json!(true));
        assert!(waiting(&hall).await.is_empty());
        let impasse = hall.manager().get(&format!("/v1/impasses/{}", order.text("/impasse"))).await.ok();
        assert_eq!(impasse.text("/channel"), "hotline");
        assert!(impasse.text("/supplements/0/text").contains("群众要求提级"), "{}", impasse.body);
        declines(&hall, "W-1").await.refused("no_escalation_pending");
        escalates(&hotline, "W-1").await;
        assert!(waiting(&hall).await.is_empty(), "its impasse hears it");
    }

    /// Clause G3: what was answered and is to be raised is handled again, and can still become an impasse.
    async fn what_was_answered_is_taken_up_again(hall: Hall) {
        let hotline = hall.with_hotline().await;
        let today = hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        let section = hall.supervisor();
        section.signs_for("W-1").await.ok();
        section.answers_work_order("W-1").await.ok();
        section.completes_work_order("W-1").await.ok();
        escalates(&hotline, "W-1").await;
        let order = hall.work_order("W-1").await;
        assert_eq!((&order["state"], &order["round"]), (&json!("in_handling"), &json!(2)));
        assert_eq!(order.at("/limits/1/due"), &json!(hall.after(today, 5)));
        section.answers_work_order("W-1").await.ok();
        let raised = section.escalates_work_order("W-1", &Person::new()).await.ok();
        assert_eq!((&raised["state"], raised.at("/limits/1/stopped")), (&json!("in_handling"), &Value::Null));
    }

    /// Clause G3: merged into another order, the wish goes on with the matter, while a return is ruled on nobody is late, and what
    /// is not ours any more waits for nobody.
    async fn the_wish_goes_on_with_the_matter(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        for number in ["W-1", "W-2", "W-3"] {
            hall.dispatched(&hotline, number).await;
        }
        let section = hall.supervisor();
        escalates(&hotline, "W-1").await;
        hotline.says("W-1", json!({ "kind": "merge", "into": "W-2" }));
        assert_eq!(hotline.sends().await[0].status, 200);
        assert_eq!(waiting(&hall).await, ["W-2"]);
        section.returns_work_order("W-3").await.ok();
        escalates(&hotline, "W-3").await;
        declines(&hall, "W-3").await.refused("wrong_state");
        hall.working_days(2).await;
        hall.working_days(1).await;
        is_told(&section, &["escalation_ran_out"], &[("escalation_ran_out", "W-2")]).await;
        hotline.says("W-3", json!({ "kind": "return_ruling", "upheld": true, "reason": "属市政。" }));
        hotline.sends().await;
        assert_eq!(waiting(&hall).await, ["W-2"]);
    }
}
