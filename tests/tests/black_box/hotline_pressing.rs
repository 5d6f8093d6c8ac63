//! 12345 催督: whoever a work order was given to is reminded and supervised, the hotline's urging is answered, and all of it
//! stands in the figures.

use diesel::connection::SimpleConnection as _;
use tests::*;

const ORDERS: &str = "/v1/hotline/work-orders";

/// W-1, given to the justice department on the morning of its dispatch.
async fn given(hall: &Hall, hotline: &api::simulator::hotline::Hotline) {
    hall.dispatched(hotline, "W-1").await;
    hall.supervisor().signs_for("W-1").await.ok();
    hall.supervisor().assigns_work_order("W-1", "justice").await.ok();
}

async fn says(hotline: &api::simulator::hotline::Hotline, message: Value) {
    hotline.says("W-1", message);
    let answers = hotline.sends().await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
}

/// The rungs that were told of, with the first of whom each was told.
async fn told(hall: &Hall) -> Vec<(String, String)> {
    let order = hall.work_order("W-1").await;
    let reminders = order["reminders"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    reminders.iter().map(|it| (text(&it["rung"]), text(&it["to"][0]["who"]))).collect()
}

/// The orders of a list, narrowed.
async fn listed(caller: &Caller, query: &str) -> Vec<String> {
    let list = caller.get(&format!("{ORDERS}?{query}")).await.ok();
    list.data().iter().map(|row| row["external_no"].as_str().unwrap().to_owned()).collect()
}

fn pair(rung: &str, who: &str) -> (String, String) {
    (rung.to_owned(), who.to_owned())
}

async fn supervises(caller: &Caller, step: &str, taken: bool) -> Answer {
    let body = json!({ "step": step, "taken": taken, "reason": "无正当理由逾期。" });
    caller.handles("W-1", "supervision", Some(body)).await
}

/// A figure of these days, which is what its list adds up to.
async fn figure(hall: &Hall, measure: &str, (from, to): (&str, &str)) -> u64 {
    let days = format!("from={from}&to={to}");
    let figures = hall.manager().get(&format!("/v1/hotline/figures?{days}")).await.ok();
    let row = figures["figures"].as_array().unwrap().iter().find(|row| row["measure"] == measure).unwrap().clone();
    let list = hall.manager().get(&format!("/v1/hotline/figures/{measure}?{days}")).await.ok();
    let listed: u64 = list.data().iter().map(|line| line["count"].as_u64().unwrap()).sum();
    assert_eq!(row["count"], json!(listed), "{measure}: {}", list.body);
    assert!(list.data().iter().all(|line| line["work_order"]["external_no"] == "W-1"));
    listed
}

tests::on_both_stores! {
    /// Rules L15, L16: told before it is due and, with a numbered notice, the day after; each once; then time proposes the steps of
    /// the ladder, which the reform office rules on from the bottom. All of it is for those inside, and stands in the figures.
    async fn whoever_has_a_work_order_is_pressed(hall: Hall) {
        let hotline = hall.with_hotline().await;
        let today = hall.a_new_morning().await;
        given(&hall, &hotline).await;
        hall.working_days(5).await;
        assert_eq!(told(&hall).await, [("amber".to_owned(), "assignee".to_owned())]);
        hall.working_days(1).await;
        let order = hall.reviewer("justice").get(&format!("{ORDERS}/W-1")).await.ok();
        let late = order.at("/reminders/1");
        assert_eq!((&late["rung"], &late["due"]), (&json!("overdue"), &json!(hall.after(today, 5))));
        assert!(late["document"].as_str().unwrap().contains('催'), "{late}");
        assert_eq!((&late["to"][0]["department"], &late["to"][1]["who"]), (&json!("justice"), &json!("head")));
        assert_eq!(order["supervision"], Value::Null);
        let reform = hall.reform();
        supervises(&reform, "criticism", true).await.refused("no_supervision_pending");
        hall.working_days(5).await;
        hall.working_days(5).await;
        assert_eq!(told(&hall).await.len(), 2, "once");
        let waiting = reform.get(&format!("{ORDERS}?supervision_pending=true")).await.ok();
        assert_eq!(waiting.at("/data/0/external_no"), &json!("W-1"), "it need not be looked for");
        supervises(&hall.manager(), "criticism", true).await.denied(403, "role_not_allowed");
        supervises(&reform, "listing", true).await.refused("earlier_step_pending");
        supervises(&reform, "criticism", false).await.ok();
        let order = supervises(&hall.supervisor(), "listing", true).await.ok();
        let steps: Vec<_> = order["supervision"].as_array().unwrap().iter().map(|it| (&it["step"], &it["department"])).collect();
        assert_eq!(steps, [(&json!("criticism"), &json!("justice")), (&json!("listing"), &json!("justice"))]);
        assert_eq!((order.at("/supervision/0/ruling/taken"), order.at("/supervision/1/ruling/taken")), (&json!(false), &json!(true)));
        assert!(reform.get(&format!("{ORDERS}?supervision_pending=true")).await.ok().data().is_empty());

        let theirs = hall.hotline(hotline::HOTLINE);
        theirs.get(&format!("{ORDERS}?supervision_pending=true")).await.problem(400, "invalid_parameter");
        let seen = theirs.get(&format!("{ORDERS}/W-1")).await.ok();
        assert_eq!((&seen["reminders"], &seen["supervision"]), (&Value::Null, &Value::Null));
        let timeline = theirs.get(&format!("{ORDERS}/W-1/timeline?limit=200")).await.ok().body;
        let kinds: Vec<_> = timeline.as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["dispatched", "acknowledged", "assigned", "ran_out"]);

        let (first, last) = (today.to_string(), hall.today().to_string());
        let days = (first.as_str(), last.as_str());
        for (measure, count) in [("dispatched", 1), ("reminders", 1), ("urging_notices", 1), ("criticisms", 0), ("listings", 1)] {
            assert_eq!(figure(&hall, measure, days).await, count, "{measure}");
        }
        let before = hall.after(today, 11).to_string();
        assert_eq!(figure(&hall, "supervision_pending", (first.as_str(), before.as_str())).await, 1, "as it was then");
        assert_eq!(figure(&hall, "supervision_pending", days).await, 0);
        hall.manager().get(&format!("/v1/hotline/figures/no_such?from={first}&to={last}")).await.hidden();
        hall.hotline(hotline::HOTLINE).get(&format!("/v1/hotline/figures?from={first}&to={last}")).await.denied(403, "role_not_allowed");
    }

    /// Clause D2-2, rules L15, L16: what nobody was given is the supervision section's, which is told before it is due and, with the
    /// centre, once it has run out; whoever sees an overdue order finds it in the list.
    async fn what_nobody_was_given_presses_the_section(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        hall.dispatched(&hotline, "W-2").await;
        let section = hall.supervisor();
        section.signs_for("W-2").await.ok();
        section.answers_work_order("W-2").await.ok();
        hall.working_days(5).await;
        assert_eq!(told(&hall).await, [pair("amber", "supervision_section")]);
        assert_eq!(listed(&section, "overdue=true").await, [""; 0], "on its last day");
        hall.working_days(1).await;
        assert_eq!(told(&hall).await, [pair("amber", "supervision_section"), pair("overdue", "supervision_section")]);
        let order = hall.work_order("W-1").await;
        assert_eq!((order.at("/reminders/1/to/1/who"), &order["supervision"]), (&json!("centre"), &Value::Null));
        let theirs = hall.hotline(hotline::HOTLINE);
        for caller in [&section, &theirs] {
            assert_eq!(listed(caller, "overdue=true").await, ["W-1"]);
            assert_eq!(listed(caller, "overdue=false").await, ["W-2"]);
        }
        let line = section.get(&format!("{ORDERS}?overdue=true")).await.ok();
        assert_eq!(line.at("/data/0/light"), &json!("red"));
        section.signs_for("W-1").await.ok();
        section.assigns_work_order("W-1", "justice").await.ok();
        assert_eq!(listed(&hall.reviewer("justice"), "overdue=true").await, ["W-1"]);
        assert_eq!(listed(&hall.reviewer("commerce"), "overdue=true").await, [""; 0]);
        hall.reviewer("justice").answers_work_order("W-1").await.ok();
        assert_eq!(listed(&section, "overdue=true").await, [""; 0]);
    }

    /// Rule L15: the clock runs from the hotline's own dispatch: anew where it dispatches anew after it upheld a return, and on
    /// where the section only gives the order to somebody else.
    async fn a_new_dispatch_has_a_limit_of_its_own(hall: Hall) {
        let hotline = hall.with_hotline().await;
        let first = hall.a_new_morning().await;
        let section = hall.supervisor();
        hall.dispatched(&hotline, "W-1").await;
        section.returns_work_order("W-1").await.ok();
        says(&hotline, json!({ "kind": "return_ruling", "upheld": true, "reason": "属市政。" })).await;
        let again = hall.working_days(7).await;
        assert_eq!(listed(&section, "overdue=true").await, [""; 0], "it is not ours");
        hall.dispatched(&hotline, "W-1").await;
        let order = hall.work_order("W-1").await;
        assert_eq!((order.at("/limits/0/start"), order.at("/limits/0/stopped")), (&json!(first), &json!(first)));
        let due = json!(hall.after(again, 5));
        assert_eq!((order.at("/limits/1/start"), order.at("/limits/1/due")), (&json!(again), &due));
        assert_eq!((&order["round"], listed(&section, "overdue=true").await), (&json!(1), Vec::new()));
        let days = (first.to_string(), again.to_string());
        assert_eq!(figure(&hall, "dispatched", (days.0.as_str(), days.1.as_str())).await, 2);
        assert_eq!(figure(&hall, "dispatched", (days.1.as_str(), days.1.as_str())).await, 1);
        section.signs_for("W-1").await.ok();
        section.assigns_work_order("W-1", "justice").await.ok();
        hall.working_days(1).await;
        section.assigns_work_order("W-1", "commerce").await.ok();
        let order = hall.work_order("W-1").await;
        assert_eq!((order.at("/limits/1/due"), order["limits"].as_array().unwrap().len()), (&due, 2));
        hall.everything_is_told(&hotline, "W-1").await;
    }

    /// Rule L15: each urging stands with who had the order, and with the first thing that was done about it.
    async fn an_urging_is_answered_by_what_is_done(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        given(&hall, &hotline).await;
        says(&hotline, json!({ "kind": "urge", "reason": "群众再次来电。" })).await;
        let order = hall.work_order("W-1").await;
        assert_eq!((order.at("/urgings/0/department"), order.at("/urgings/0/response")), (&json!("justice"), &Value::Null));
        let today = hall.today().to_string();
        let days = (today.as_str(), today.as_str());
        assert_eq!((figure(&hall, "urgings", days).await, figure(&hall, "urgings_answered", days).await), (1, 0));
        hall.head("justice").asks_for_time("W-1").await.ok();
        says(&hotline, json!({ "kind": "urge" })).await;
        let order = hall.reviewer("justice").answers_work_order("W-1").await.ok();
        let what: Vec<_> = order["urgings"].as_array().unwrap().iter().map(|it| &it["response"]["what"]).collect();
        assert_eq!(what, [&json!("extension_asked"), &json!("answered")]);
        assert_eq!((&order["urged"], order.at("/urgings/0/response/by")), (&json!(2), &json!("department_head-justice")));
        assert_eq!((figure(&hall, "urgings", days).await, figure(&hall, "urgings_answered", days).await), (2, 2));
    }

    /// Rule L15: urgings of orders from before each was kept count all the same, with what was done about them: the record has
    /// both.
    async fn urgings_of_long_ago_are_counted(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        given(&hall, &hotline).await;
        says(&hotline, json!({ "kind": "urge", "reason": "群众再次来电。" })).await;
        hall.head("justice").asks_for_time("W-1").await.ok();
        says(&hotline, json!({ "kind": "urge" })).await;
        let without = match hall.database() {
            Database::Sqlite => "json_remove(body, '$.urgings')",
            Database::Postgres => "CAST(CAST(body AS jsonb) - 'urgings' AS text)",
        };
        hall.outside().batch_execute(&format!("UPDATE work_orders SET body = {without}")).unwrap();
        assert_eq!(hall.work_order("W-1").await["urgings"], Value::Null, "as it was stored then");
        let today = hall.today().to_string();
        let days = (today.as_str(), today.as_str());
        assert_eq!((figure(&hall, "urgings", days).await, figure(&hall, "urgings_answered", days).await), (2, 1));
    }

    /// Clause G3, rule L16: what the hotline wants raised is a step of the order's ladder, told to whoever is over the assignee and
    /// to the reform office; one that an impasse drives is pressed by the ladder of the impasse alone.
    async fn what_is_to_be_raised_is_told_above(hall: Hall) {
        let hotline = hall.with_hotline().await;
        let today = hall.a_new_morning().await;
        given(&hall, &hotline).await;
        says(&hotline, json!({ "kind": "escalate", "reason": "群众要求提级。" })).await;
        let order = hall.work_order("W-1").await;
        let raised = order.at("/reminders/0");
        assert_eq!((&raised["rung"], &raised["due"]), (&json!("raised"), &json!(hall.after(today, 1))));
        let who: Vec<_> = raised["to"].as_array().unwrap().iter().map(|it| it["who"].clone()).collect();
        assert_eq!(who, [json!("head"), json!("reform_office")]);
        let day = today.to_string();
        assert_eq!(figure(&hall, "raised", (day.as_str(), day.as_str())).await, 1);
        hall.supervisor().escalates_work_order("W-1", &Person::new()).await.ok();
        hall.working_days(6).await;
        hall.working_days(6).await;
        assert_eq!(told(&hall).await.len(), 1, "its impasse presses");
        assert_eq!(hall.work_order("W-1").await["supervision"], Value::Null);
    }
}
