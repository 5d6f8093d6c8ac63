//! 每月提交市政府: once a month whoever else tries, complete when all is decided, and nothing left out unsaid (clause D4-4).

use reqwest::Method;
use tests::*;

use crate::triage::{at_once, only_one_went_through};

const SUBMISSIONS: &str = "/v1/government-submissions";

async fn drafted(hall: &Hall) -> String {
    hall.reform().post(SUBMISSIONS).json(&json!({})).await.created().header("location").to_owned()
}

fn freezing(hall: &Hall, month: &str) -> Call {
    hall.reform().call(Method::POST, &format!("{month}/freezing")).if_match("*")
}

fn sending(hall: &Hall, month: &str, withdrawn: &[&Impasse]) -> Call {
    let withdrawn: Vec<Value> =
        withdrawn.iter().map(|impasse| json!({ "impasse": impasse.id, "reason": "已降级。" })).collect();
    hall.reform().post(&format!("{month}/sending")).if_match("*").json(&json!({ "withdrawn": withdrawn }))
}

fn deciding(hall: &Hall, month: &str, impasse: &Impasse, department: Option<&str>) -> Call {
    let mut decision = json!({ "impasse": impasse.id, "decision": "同意，由该局牵头。", "decided_on": hall.today() });
    if let Some(department) = department {
        decision["order"] = json!({ "department": department, "matter": "牵头办理。", "days": 20 });
    }
    hall.reform().post(&format!("{month}/decisions")).if_match("*").json(&decision)
}

tests::on_both_stores! {
    /// Clause D4-4: each step is taken once, however many take it at once.
    async fn each_step_of_a_month_is_taken_once(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("exceptional").await;
        let drafts = (0..6).map(|_| hall.reform().post(SUBMISSIONS).json(&json!({})));
        only_one_went_through(&at_once(drafts).await, &["submission_exists"]);
        let list = hall.government().get(SUBMISSIONS).await.ok();
        assert_eq!(list.data().len(), 1);
        let month = format!("{SUBMISSIONS}/{}", list.text("/data/0/month"));
        let wrong = ["wrong_submission_state"];
        only_one_went_through(&at_once((0..6).map(|_| freezing(&hall, &month))).await, &wrong);
        only_one_went_through(&at_once((0..6).map(|_| sending(&hall, &month, &[]))).await, &wrong);
        let deciding = (0..6).map(|_| deciding(&hall, &month, &impasse, Some("commerce")));
        only_one_went_through(&at_once(deciding).await, &["already_decided"]);
        hall.manager().reads(&impasse).await.ok();
        assert_eq!(impasse.at("/government").as_array().unwrap().len(), 1);
        assert_eq!(impasse.at("/orders").as_array().unwrap().len(), 1);
        assert_eq!((impasse.at("/orders/0/basis"), impasse.at("/orders/0/binding")), (json!("government"), json!(true)));
        hall.approver("commerce").reads(&impasse).await.ok();
        hall.approver("commerce").returns_order(&impasse, 1).await.refused("order_binding");
    }

    /// Clause D4-4: what is frozen is the whole list of that moment, so a stale draft is not; it is complete when each has a
    /// decision.
    async fn a_month_is_complete_when_all_is_decided(hall: Hall) {
        hall.a_new_morning().await;
        drafted(&hall).await;
        let month = format!("{SUBMISSIONS}/{}", hall.today().format("%Y-%m"));
        freezing(&hall, &month).await.refused("nothing_to_submit");
        let ((one, _), (other, _)) = (hall.graded_impasse("exceptional").await, hall.graded_impasse("exceptional").await);
        hall.graded_impasse("difficult").await;
        freezing(&hall, &month).await.refused("draft_stale");
        let refreshed = hall.reform().post(&format!("{month}/refreshing")).if_match("\"1\"").json(&json!({})).await.ok();
        let items: Vec<&Value> = refreshed["list"].as_array().unwrap().iter().map(|item| &item["impasse"]).collect();
        assert_eq!(items, [&json!(one.id), &json!(other.id)], "what is difficult is not for the government");
        deciding(&hall, &month, &one, None).await.refused("wrong_submission_state");
        sending(&hall, &month, &[]).await.refused("wrong_submission_state");
        freezing(&hall, &month).await.ok();
        sending(&hall, &month, &[]).await.ok();
        let decided = deciding(&hall, &month, &one, None).await.ok();
        assert_eq!((&decided["state"], &decided["decided"]), (&json!("submitted"), &json!(1)));
        deciding(&hall, &month, &other, Some("nowhere")).await.refused("department_unknown");
        let decided = deciding(&hall, &month, &other, None).await.ok();
        assert_eq!((&decided["state"], &decided["decided"]), (&json!("complete"), &json!(2)));
        hall.manager().reads(&other).await.ok();
        assert_eq!(other.at("/government/0/decision"), json!("同意，由该局牵头。"));
        hall.reviewer("commerce").get(&month).await.denied(403, "role_not_allowed");
        hall.manager().post(&format!("{month}/refreshing")).if_match("*").json(&json!({})).await.denied(403, "role_not_allowed");
        hall.reform().get(&format!("{SUBMISSIONS}/2020-01")).await.hidden();
        hall.reform().get(&format!("{SUBMISSIONS}/2020-1")).await.hidden();
    }

    /// Clause D4-4: what is no longer for the government when the packet goes is withdrawn by name; nothing goes unless all
    /// that is not withdrawn goes. The packet stays what it was.
    async fn what_changed_after_the_freeze_is_withdrawn_by_name(hall: Hall) {
        hall.a_new_morning().await;
        let ((one, _), (other, _)) = (hall.graded_impasse("exceptional").await, hall.graded_impasse("exceptional").await);
        let month = drafted(&hall).await;
        let frozen = freezing(&hall, &month).await.ok();
        let packet = hall.reform().get(&format!("{month}/packet")).await.ok();
        hall.reform().reads(&other).await.ok();
        hall.reform().lowers(&other, "difficult").await.ok();
        let refused = sending(&hall, &month, &[]).await.refused("level_too_low");
        assert!(refused.text("/detail").starts_with(&other.text("/number")), "{}", refused.body);
        hall.manager().reads(&one).await.ok();
        assert_eq!(one.at("/government"), Value::Null, "nothing went");
        sending(&hall, &month, &[&one, &other]).await.refused("nothing_to_submit");
        let sent = sending(&hall, &month, &[&other]).await.ok();
        assert_eq!(sent.at("/list/1/withdrawn"), &json!("已降级。"));
        deciding(&hall, &month, &other, None).await.refused("not_in_packet");
        let complete = deciding(&hall, &month, &one, None).await.ok();
        assert_eq!((&complete["state"], &complete["digest"]), (&json!("complete"), &frozen["digest"]));
        assert_eq!(hall.reform().get(&format!("{month}/packet")).await.ok().bytes, packet.bytes);
    }

    /// Clause D4-4: the database itself keeps what was frozen: the packet, that the month has it, and the month.
    async fn the_database_keeps_a_frozen_month(hall: Hall) {
        use diesel::connection::SimpleConnection as _;
        hall.a_new_morning().await;
        hall.graded_impasse("exceptional").await;
        let month = drafted(&hall).await;
        let frozen = freezing(&hall, &month).await.ok();
        let mut outside = hall.outside();
        for statement in [
            "UPDATE submission_packets SET packet = '{}'",
            "UPDATE submission_packets SET digest = digest",
            "DELETE FROM submission_packets",
            "UPDATE submissions SET state = 'draft', digest = NULL",
            "DELETE FROM submissions",
            "INSERT INTO submissions SELECT * FROM submissions",
        ] {
            assert!(outside.batch_execute(statement).is_err(), "{statement}");
        }
        let after = hall.reform().get(&month).await.ok();
        assert_eq!((&after["digest"], &after["state"]), (&frozen["digest"], &json!("frozen")));
    }

    /// Clause D4-4: what was decided is not sent again by itself, and goes again where the reform office says so.
    async fn what_was_decided_goes_again_only_on_request(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("exceptional").await;
        let month = drafted(&hall).await;
        freezing(&hall, &month).await.ok();
        sending(&hall, &month, &[]).await.ok();
        deciding(&hall, &month, &impasse, None).await.ok();
        let this = hall.today().format("%Y-%m").to_string();
        while hall.today().format("%Y-%m").to_string() == this {
            hall.working_days(5).await;
        }
        let next = hall.reform().post(SUBMISSIONS).json(&json!({})).await.created();
        assert_eq!(next["items"], json!(0), "{}", next.body);
        let again = json!({ "again": [impasse.id] });
        let next = format!("{SUBMISSIONS}/{}", next.text("/month"));
        let next = hall.reform().post(&format!("{next}/refreshing")).if_match("*").json(&again).await.ok();
        assert_eq!((next.at("/list/0/impasse"), next.at("/list/0/again")), (&json!(impasse.id), &json!(true)));
    }
}
