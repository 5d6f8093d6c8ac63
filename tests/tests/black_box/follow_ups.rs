//! 回访计划: what the reform office looks at again.

use diesel::connection::SimpleConnection as _;
use sha2::{Digest, Sha256};
use tests::*;

/// The lot of an impasse in a plan, as the contract says.
fn lot(plan: &str, impasse: &str) -> String {
    Sha256::digest(format!("{plan}:{impasse}")).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sampled(plan: &Answer) -> Vec<String> {
    let sample = plan["sample"].as_array().unwrap();
    sample.iter().map(|one| one["impasse"].as_str().unwrap().to_owned()).collect()
}

tests::on_both_stores! {
    /// Clause D8-1: the program draws the sample, and anybody can draw it again.
    async fn the_sample_can_be_drawn_again(hall: Hall) {
        let day = hall.a_new_morning().await;
        let mut closed = Vec::new();
        for _ in 0..4 {
            closed.push(hall.closed_out_impasse().await.0.id.clone());
        }
        hall.answered_impasse().await;
        let reform = hall.reform();
        let plan = reform.plans_follow_ups((day, day), json!({ "percent": 50 }), 5).await.created();
        assert_eq!((plan["closed_out"].as_u64(), plan["sampled"].as_u64()), (Some(4), Some(2)));
        let id = plan.text("/id");
        closed.sort_by_key(|impasse| lot(&id, impasse));
        assert_eq!(sampled(&plan), closed[..2]);
        let all = reform.plans_follow_ups((day, day), json!({ "count": 10 }), 5).await.created();
        closed.sort_by_key(|impasse| lot(&all.text("/id"), impasse));
        assert_eq!(sampled(&all), closed, "never one that is still open");
        assert_eq!(reform.reads_plan(&id).await.ok().body, plan.body);
        assert_eq!(reform.get("/v1/follow-up-plans").await.ok().ids(), [all.text("/id"), id]);
    }

    /// Clause D8-1: a plan needs a period, a size and something to look at.
    async fn a_plan_that_cannot_be_is_refused(hall: Hall) {
        let day = hall.a_new_morning().await;
        let (reform, period) = (hall.reform(), (day, day));
        reform.plans_follow_ups(period, json!({ "count": 1 }), 5).await.refused("nothing_to_sample");
        let tomorrow = (day, day.succ_opt().unwrap());
        reform.plans_follow_ups(tomorrow, json!({ "count": 1 }), 5).await.refused("period_in_future");
        reform.plans_follow_ups((tomorrow.1, day), json!({ "count": 1 }), 5).await.refused("period_out_of_range");
        reform.plans_follow_ups(period, json!({}), 5).await.names_field("/count");
        reform.plans_follow_ups(period, json!({ "count": 1, "percent": 1 }), 5).await.names_field("/count");
        reform.plans_follow_ups(period, json!({ "count": 0 }), 5).await.names_field("/count");
        reform.plans_follow_ups(period, json!({ "percent": 101 }), 5).await.names_field("/percent");
        reform.plans_follow_ups(period, json!({ "count": 501 }), 5).await.names_field("/count");
        reform.plans_follow_ups(period, json!({ "count": 1 }), 0).await.names_field("/days");
        reform.plans_follow_ups(period, json!({ "count": 1 }), 251).await.names_field("/days");
        reform.plans_follow_ups(period, json!({ "count": 1, "way": "telepathy" }), 5).await.names_field("/way");
        let extent = json!({ "count": 1 });
        hall.manager().plans_follow_ups(period, extent.clone(), 5).await.denied(403, "role_not_allowed");
        hall.clerk("fallback").get("/v1/follow-up-plans").await.denied(403, "role_not_allowed");
    }

    /// Clause D8-1: a follow-up ticks its impasse off in every plan that waits for it; a bad one reopened it.
    async fn a_follow_up_ticks_it_off(hall: Hall) {
        let day = hall.a_new_morning().await;
        let (good, _) = hall.closed_out_impasse().await;
        let (bad, _) = hall.closed_out_impasse().await;
        let (unasked, _) = hall.answered_impasse().await;
        let reform = hall.reform();
        let mut plans = Vec::new();
        for _ in 0..2 {
            plans.push(reform.plans_follow_ups((day, day), json!({ "percent": 100 }), 5).await.created().text("/id"));
        }
        reform.reads(&bad).await.ok();
        reform.follows_up(&bad, false).await.ok();
        assert_eq!(bad.state(), "in_handling", "a bad finding reopens");
        let plan = reform.reads_plan(&plans[0]).await.ok();
        assert_eq!((plan["done"].as_u64(), plan["bad"].as_u64(), plan["version"].as_u64()), (Some(1), Some(1), Some(2)));
        let of = |plan: &Answer, impasse: &str| {
            let sample = plan["sample"].as_array().unwrap();
            sample.iter().find(|one| one["impasse"] == impasse).unwrap().clone()
        };
        assert_eq!((of(&plan, &bad.id)["reopened"].clone(), of(&plan, &bad.id)["way"].clone()), (json!(true), json!("phone")));
        assert_eq!(of(&plan, &good.id)["done"], false);
        reform.reads(&good).await.ok();
        reform.follows_up(&good, true).await.ok();
        reform.follows_up(&good, true).await.ok();
        for id in &plans {
            let plan = reform.reads_plan(id).await.ok();
            assert_eq!((plan["done"].as_u64(), plan["bad"].as_u64(), plan["version"].as_u64()), (Some(2), Some(1), Some(3)));
            assert!(plan["completed_at"].is_string());
        }
        assert!(reform.get("/v1/follow-up-plans?open=true").await.ok().ids().is_empty());
        assert_eq!(reform.get("/v1/follow-up-plans?open=false").await.ok().ids().len(), 2);
        let again = "UPDATE follow_up_samples SET open = true";
        assert!(hall.outside().batch_execute(again).is_err(), "the database itself ticks one off once");
        reform.reads(&unasked).await.ok();
        reform.follows_up(&unasked, true).await.refused("wrong_state");
    }

    /// Clauses D8-1, B5-2: a plan has its working days, and is shown late when they are over.
    async fn a_plan_is_late_when_its_days_are_over(hall: Hall) {
        let day = hall.a_new_morning().await;
        let (impasse, _) = hall.closed_out_impasse().await;
        let reform = hall.reform();
        let plan = reform.plans_follow_ups((day, day), json!({ "count": 1 }), 2).await.created();
        assert_eq!((plan["due"].clone(), plan["late"].clone()), (json!(hall.after(day, 2)), json!(false)));
        hall.working_days(2).await;
        assert_eq!(reform.reads_plan(&plan.text("/id")).await.ok()["late"], false);
        hall.working_days(1).await;
        assert_eq!(reform.reads_plan(&plan.text("/id")).await.ok()["late"], true);
        assert_eq!(reform.get("/v1/follow-up-plans").await.ok().at("/data/0/late"), true);
        reform.reads(&impasse).await.ok();
        reform.follows_up(&impasse, true).await.ok();
        let plan = reform.reads_plan(&plan.text("/id")).await.ok();
        assert!(plan["completed_at"].is_string() && plan["late"] == true, "done, and late all the same");
    }

    /// Clause D8-1: whoever planned is reminded before it is due and when it is late, each once, and not when it is done.
    async fn a_plan_is_reminded_of(hall: Hall) {
        let day = hall.a_new_morning().await;
        let (one, _) = hall.closed_out_impasse().await;
        hall.closed_out_impasse().await;
        let reform = hall.reform();
        let plan = reform.plans_follow_ups((day, day), json!({ "count": 2 }), 5).await.created().text("/id");
        hall.working_days(8).await;
        hall.working_days(1).await;
        let late = reform.reads_plan(&plan).await.ok();
        let rungs: Vec<_> = late["reminders"].as_array().unwrap().iter().map(|it| it["rung"].clone()).collect();
        assert_eq!(rungs.last(), Some(&json!("overdue")), "{}", late.body);
        assert_eq!(rungs.iter().filter(|rung| **rung == json!("overdue")).count(), 1);
        let today = hall.today();
        let soon = reform.plans_follow_ups((day, day), json!({ "count": 1 }), 1).await.created();
        reform.reads(&one).await.ok();
        let other = sampled(&soon)[0].clone();
        for impasse in [&one.id, &other] {
            let at = format!("/v1/impasses/{impasse}");
            let seen = reform.get(&at).await.ok();
            let found = json!({ "way": "phone", "good": true, "findings": "属实。" });
            reform.post(&format!("{at}/follow-ups")).if_match(seen.header("etag")).json(&found).await.ok();
        }
        hall.working_days(5).await;
        let done = reform.reads_plan(&soon.text("/id")).await.ok();
        assert_eq!((&done["reminders"], done["late"] == true), (&Value::Null, false), "done on {today}: {}", done.body);
    }
}
