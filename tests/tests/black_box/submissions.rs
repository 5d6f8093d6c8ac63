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

    /// Clause D4-4, rule L17: what was frozen and never sent is not on its way: the next month takes it over by the name of
    /// the month it was left in, and the month that sent nothing is an alarm that the reform office is told of.
    async fn what_was_frozen_and_never_sent_is_carried_over(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("exceptional").await;
        let month = drafted(&hall).await;
        freezing(&hall, &month).await.ok();
        let this = the_month_ends(&hall).await;
        let told = told_of(&hall, "cn.gov.yichuang.submission.missed.v1").await;
        assert_eq!((&told["subject"], &told["data"]["href"]), (&json!(this), &json!(month)));
        let left = hall.government().get(&month).await.ok();
        assert_eq!((&left["state"], &left["missed"]), (&json!("frozen"), &json!(1)));
        assert_eq!(left.at("/alarm/to/kind"), "reform_office");
        assert_eq!(left.at("/alarm/list/0/impasse"), &json!(impasse.id));
        let next = drafted(&hall).await;
        let draft = hall.reform().get(&next).await.ok();
        let carried = (draft.at("/list/0/impasse"), draft.at("/list/0/carried_over_from"));
        assert_eq!(carried, (&json!(impasse.id), &json!(this)), "{}", draft.body);
        freezing(&hall, &next).await.ok();
        sending(&hall, &next, &[]).await.ok();
        sending(&hall, &month, &[]).await.refused("already_submitted");
        the_month_ends(&hall).await;
        let later = hall.reform().post(SUBMISSIONS).json(&json!({})).await.created();
        assert_eq!(later["items"], json!(0), "it waits for the government: {}", later.body);
        let missed: Vec<Value> = hall.reform().get(SUBMISSIONS).await.ok().data().iter().map(|it| it["missed"].clone()).collect();
        assert_eq!(missed, [Value::Null, Value::Null, json!(1)], "a month that was sent is none that was missed");
    }

    /// Clause D4-4, rule L17: a month that ends with something for the government and nothing sent is an alarm, whether or
    /// not anybody drafted it: once, late rather than never, and a packet that is sent late does not take it away.
    async fn a_month_without_a_submission_is_an_alarm(hall: Hall) {
        hall.a_new_morning().await;
        the_month_ends(&hall).await;
        assert_eq!(hall.reform().get(SUBMISSIONS).await.ok().data().len(), 0, "nothing was for the government");
        let (impasse, _) = hall.graded_impasse("exceptional").await;
        let first = the_month_ends(&hall).await;
        hall.restarts().await;
        let second = drafted(&hall).await;
        the_month_ends(&hall).await;
        hall.reform().post(&format!("{second}/refreshing")).if_match("*").json(&json!({})).await.refused("month_over");
        let list = hall.manager().get(SUBMISSIONS).await.ok();
        let shown: Vec<_> = list.data().iter().map(|it| (it["state"].clone(), it["missed"].clone())).collect();
        assert_eq!(shown, vec![(json!("missed"), json!(1)); 2], "{}", list.body);
        let record = |month: &str| {
            let query = format!("SELECT kind || ' ' || actor AS line FROM events WHERE stream = 'submission:{month}' ORDER BY version");
            texts(&mut hall.outside(), &query)
        };
        assert_eq!(record(&first), ["submission_missed system"]);
        let third = drafted(&hall).await;
        let draft = hall.reform().get(&third).await.ok();
        assert_eq!((draft.at("/list/0/impasse"), draft.at("/list/0/carried_over_from")), (&json!(impasse.id), &json!(first)));
        freezing(&hall, &third).await.ok();
        // The month is over and nobody has looked yet when its packet goes.
        let late = hall.after(hall.today(), 45);
        hall.before_any_duty(late, async || sending(&hall, &third, &[]).await.ok()).await;
        let sent = hall.reform().get(&third).await.ok();
        assert_eq!((&sent["state"], &sent["missed"]), (&json!("submitted"), &json!(1)), "{}", sent.body);
    }

    /// Clauses D4-4, D5-2: what the government decided in one round is not answered with in the next, not even on the same
    /// day; it goes to the government again by itself.
    async fn a_later_round_needs_its_own_decision(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("exceptional").await;
        let month = drafted(&hall).await;
        freezing(&hall, &month).await.ok();
        sending(&hall, &month, &[]).await.ok();
        deciding(&hall, &month, &impasse, None).await.ok();
        hall.manager().reads(&impasse).await.ok();
        hall.manager().answers_impasse(&impasse).await.ok();
        hall.applicant_in(&impasse).says(&impasse, false).await.ok();
        hall.manager().reads(&impasse).await.ok();
        hall.manager().answers_impasse(&impasse).await.refused("government_decision_missing");
        the_month_ends(&hall).await;
        let next = hall.reform().get(&drafted(&hall).await).await.ok();
        assert_eq!((next.at("/list/0/impasse"), next.at("/list/0/again")), (&json!(impasse.id), &json!(false)));
    }

    /// Clauses D4-2, D4-4: the basis of an order is what the government decided in its round, and not in an earlier one.
    async fn an_earlier_decision_is_no_basis_of_an_order(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("exceptional").await;
        let month = drafted(&hall).await;
        freezing(&hall, &month).await.ok();
        sending(&hall, &month, &[]).await.ok();
        deciding(&hall, &month, &impasse, None).await.ok();
        let reform = hall.reform();
        reform.reads(&impasse).await.ok();
        reform.orders(&impasse, "commerce", 5, false).await.ok();
        assert_eq!(impasse.at("/orders/0/basis"), json!("government"));
        hall.carries_out(&impasse, 1, "commerce").await;
        hall.manager().reads(&impasse).await.ok();
        hall.manager().answers_impasse(&impasse).await.ok();
        hall.applicant_in(&impasse).says(&impasse, false).await.ok();
        reform.reads(&impasse).await.ok();
        reform.orders(&impasse, "justice", 5, false).await.refused("needs_meeting");
        reform.lowers(&impasse, "general").await.ok();
        reform.orders(&impasse, "justice", 5, false).await.ok();
        assert_eq!((impasse.at("/orders/1/basis"), impasse.at("/orders/1/round")), (json!("centre"), json!(2)));
    }

    /// Clause D4-4: what missed a month is named there though the next month was missed altogether, and still when it has gone.
    async fn what_missed_a_month_is_named_whatever_became_of_the_next(hall: Hall) {
        hall.a_new_morning().await;
        hall.graded_impasse("exceptional").await;
        let month = drafted(&hall).await;
        freezing(&hall, &month).await.ok();
        sending(&hall, &month, &[]).await.ok();
        let (late, _) = hall.graded_impasse("exceptional").await;
        the_month_ends(&hall).await;
        the_month_ends(&hall).await;
        let third = drafted(&hall).await;
        let named = async || {
            let missed = hall.reform().get(&format!("{month}/missed")).await.ok();
            missed.body.as_array().unwrap().iter().map(|it| it["impasse"].clone()).collect::<Vec<Value>>()
        };
        assert_eq!(named().await, [json!(late.id)], "once");
        freezing(&hall, &third).await.ok();
        sending(&hall, &third, &[]).await.ok();
        assert_eq!(named().await, [json!(late.id)], "it has gone to the government since");
    }

    /// Clause D4-4: what was to go again, and was frozen for it, goes with the next month without being named once more.
    async fn what_was_to_go_again_is_carried_over_too(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("exceptional").await;
        let month = drafted(&hall).await;
        freezing(&hall, &month).await.ok();
        sending(&hall, &month, &[]).await.ok();
        deciding(&hall, &month, &impasse, None).await.ok();
        the_month_ends(&hall).await;
        let again = json!({ "again": [impasse.id] });
        let second = hall.reform().post(SUBMISSIONS).json(&again).await.created().header("location").to_owned();
        freezing(&hall, &second).await.ok();
        let left_in = the_month_ends(&hall).await;
        let third = hall.reform().get(&drafted(&hall).await).await.ok();
        let item = (third.at("/list/0/impasse"), third.at("/list/0/again"), third.at("/list/0/carried_over_from"));
        assert_eq!(item, (&json!(impasse.id), &json!(true), &json!(left_in)), "{}", third.body);
    }
}

/// Until another month has begun. The one that is over, as `2026-11`.
async fn the_month_ends(hall: &Hall) -> String {
    let this = hall.today().format("%Y-%m").to_string();
    while hall.today().format("%Y-%m").to_string() == this {
        hall.working_days(5).await;
    }
    this
}

/// The first event of a type that the reform office reads in the feed.
pub(crate) async fn told_of(hall: &Hall, kind: &str) -> Value {
    let feed = hall.reform().get(&format!("/v1/events?types={kind}&wait=20")).await.ok();
    feed.data().first().cloned().unwrap_or_else(|| panic!("nobody was told of {kind}"))
}
