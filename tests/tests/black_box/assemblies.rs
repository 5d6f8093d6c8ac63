//! 每周分类梳理、部门协调会议、每月提交市政府 (clauses D4-1 to D4-4, rule L17).

use reqwest::Method;
use tests::*;

/// A difficult impasse and a meeting called over it, with the departments that are asked to come.
async fn called(hall: &Hall, invited: &[&str]) -> (Impasse, String) {
    let (impasse, _) = hall.graded_impasse("difficult").await;
    let meeting = convened(hall, &impasse, invited).await;
    (impasse, meeting)
}

async fn convened(hall: &Hall, impasse: &Impasse, invited: &[&str]) -> String {
    let call = json!({ "at": hall.now(), "place": "三楼会议室", "agenda": [impasse.id], "invited": invited });
    let meeting = hall.reform().post("/v1/coordination-meetings").json(&call).await.created().text("/id");
    format!("/v1/coordination-meetings/{meeting}")
}

async fn held(hall: &Hall, meeting: &str, resolutions: Value) -> Answer {
    let attendance = json!([
        { "department": "commerce", "presence": { "kind": "present", "staff": "department_head-commerce", "title": "副局长" } },
        { "department": "justice", "presence": { "kind": "absent", "reason": "公务。" } },
    ]);
    let minutes = json!({ "text": "会议认为应当办理。", "attendance": attendance, "resolutions": resolutions });
    hall.reform().post(&format!("{meeting}/holding")).if_match("*").json(&minutes).await
}

fn assigned(impasse: &Impasse, department: &str) -> Value {
    let assignment = json!({ "department": department, "matter": "牵头办理。", "days": 10 });
    json!([{ "impasse": impasse.id, "resolved": { "kind": "assign", "assignment": assignment } }])
}

async fn decides(hall: &Hall, month: &str, impasse: &Impasse) -> Answer {
    let decision = json!({
        "impasse": impasse.id, "decision": "由商务局牵头。", "decided_on": hall.today(), "document": "温政阅〔2026〕1号",
        "order": { "department": "commerce", "matter": "牵头办理。", "days": 20 },
    });
    hall.reform().post(&format!("{month}/decisions")).if_match("*").json(&decision).await
}

tests::on_both_stores! {
    /// Clause D4-1: what was filed is on the agenda by itself, every item has an outcome before the session is over, and what
    /// is left over is on the next agenda, with how often.
    async fn a_session_leaves_nothing_out(hall: Hall) {
        hall.a_new_morning().await;
        let ((one, _), (other, _)) = (hall.filed_impasse().await, hall.filed_impasse().await);
        let manager = hall.manager();
        let week = manager.opens_triage().await;
        manager.call(Method::POST, "/v1/triage-sessions").await.refused("session_exists");
        let (late, _) = hall.filed_impasse().await;
        let agenda = async |week: &str| {
            let agenda = manager.get(&format!("/v1/triage-sessions/{week}/agenda")).await.ok();
            let items = agenda["items"].as_array().unwrap().iter();
            items.map(|item| (item["id"].as_str().unwrap().to_owned(), item["times_left_over"].clone())).collect::<Vec<_>>()
        };
        let first = [&one, &other, &late].map(|impasse| (impasse.id.clone(), json!(0)));
        assert_eq!(agenda(&week).await, first, "filed while it is open, it joins");
        manager.grades(&week, &one, "general").await.ok();
        manager.grades(&week, &one, "general").await.refused("not_on_agenda");
        manager.leaves_over(&week, &other).await.ok();
        manager.holds_triage(&week).await.refused("agenda_open");
        manager.grades(&week, &late, "exceptional").await.ok();
        manager.holds_triage(&week).await.ok();
        manager.grades(&week, &other, "general").await.refused("session_closed");
        hall.working_days(5).await;
        let next = manager.opens_triage().await;
        assert_ne!(next, week);
        assert_eq!(agenda(&next).await, vec![(other.id.clone(), json!(1))]);
        let held = [(&one, 0), (&other, 1), (&late, 0)].map(|(impasse, times)| (impasse.id.clone(), json!(times)));
        assert_eq!(agenda(&week).await, held, "what it settled, and nothing else");
        hall.clerk("fallback").call(Method::POST, "/v1/triage-sessions").await.denied(403, "role_not_allowed");
    }

    /// Clause D4-1: a week that ends with something waiting and no session held is an alarm: once, and late rather than never.
    async fn a_missed_week_is_an_alarm(hall: Hall) {
        hall.a_new_morning().await;
        let (waiting, _) = hall.filed_impasse().await;
        hall.working_days(15).await;
        hall.working_days(1).await;
        let sessions = hall.reform().get("/v1/triage-sessions").await.ok();
        let missed: Vec<&Value> = sessions.data().iter().filter(|session| session["state"] == "missed").collect();
        assert!(missed.len() >= 2, "{}", sessions.body);
        let weeks: std::collections::BTreeSet<&str> = missed.iter().map(|session| session["week"].as_str().unwrap()).collect();
        assert_eq!(weeks.len(), missed.len(), "each week once");
        let week = missed[0]["week"].as_str().unwrap();
        let session = hall.reform().get(&format!("/v1/triage-sessions/{week}")).await.ok();
        assert_eq!(session.at("/alarm/agenda/0/id"), &json!(waiting.id));
    }

    /// Clauses D4-3, D13-1, rule L15: a meeting assigns, and what it assigns is not returned; who was not asked does not see it.
    async fn a_meeting_rules_on_who_is_responsible(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, meeting) = called(&hall, &["commerce", "justice"]).await;
        hall.reviewer("commerce").get(&meeting).await.ok();
        hall.reviewer("taxation").get(&meeting).await.hidden();
        hall.manager().post(&format!("{meeting}/holding")).if_match("*").json(&json!({
            "text": "纪要。", "attendance": [{ "department": "justice", "presence": { "kind": "absent", "reason": "公务。" } }],
        })).await.denied(403, "role_not_allowed");
        held(&hall, &meeting, assigned(&impasse, "nowhere")).await.refused("department_unknown");
        let minutes = held(&hall, &meeting, assigned(&impasse, "taxation")).await.ok();
        assert!(minutes.text("/minutes/number").starts_with("331081会〔"), "{}", minutes.body);
        assert_eq!(minutes.text("/minutes/digest").len(), 64);
        held(&hall, &meeting, assigned(&impasse, "taxation")).await.refused("meeting_over");
        hall.reviewer("taxation").get(&meeting).await.ok();
        hall.approver("taxation").reads(&impasse).await.ok();
        assert_eq!((impasse.at("/orders/0/binding"), impasse.at("/orders/0/basis")), (json!(true), json!("meeting")));
        hall.approver("taxation").returns_order(&impasse, 1).await.refused("order_binding");
        hall.carries_out(&impasse, 1, "taxation").await;
        hall.manager().reads(&impasse).await.ok();
        hall.manager().answers_impasse(&impasse).await.ok();
    }

    /// Clauses D4-3, D5-2: who was not satisfied with what came of one meeting is not answered from it once more: a later
    /// round has a meeting of its own.
    async fn a_later_round_needs_its_own_meeting(hall: Hall) {
        hall.a_new_morning().await;
        let departments = ["commerce", "justice"];
        let (impasse, meeting) = called(&hall, &departments).await;
        held(&hall, &meeting, assigned(&impasse, "taxation")).await.ok();
        hall.carries_out(&impasse, 1, "taxation").await;
        hall.manager().reads(&impasse).await.ok();
        hall.manager().answers_impasse(&impasse).await.ok();
        hall.applicant_in(&impasse).says(&impasse, false).await.ok();
        hall.manager().reads(&impasse).await.ok();
        hall.manager().answers_impasse(&impasse).await.refused("meeting_missing");
        assert_eq!(impasse.at("/turn/whose"), "reform_office");
        let again = convened(&hall, &impasse, &departments).await;
        held(&hall, &again, assigned(&impasse, "taxation")).await.ok();
        hall.carries_out(&impasse, 2, "taxation").await;
        hall.manager().reads(&impasse).await.ok();
        assert_eq!(impasse.at("/rounds/1/meetings/0"), impasse.at("/meetings/1"));
        hall.manager().answers_impasse(&impasse).await.ok();
    }

    /// Rules L16, L17, clause D10-1: above what the centre settles by itself, time presses the reform office until the
    /// meeting is held; it does not rule on its own.
    async fn time_presses_the_reform_office_for_its_meeting(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("difficult").await;
        hall.working_days(16).await;
        hall.supervisor().reads(&impasse).await.ok();
        assert_eq!(impasse.at("/turn/whose"), "reform_office");
        let proposed = (impasse.at("/supervision/0/step"), impasse.at("/supervision/0/whose"));
        assert_eq!(proposed, (json!("criticism"), json!("reform_office")));
        let reminders = impasse.at("/reminders");
        let late = reminders.as_array().unwrap().iter().find(|it| it["limit"] == "handling" && it["rung"] == "overdue");
        assert_eq!(late.unwrap()["to"]["kind"], "reform_office", "{reminders}");
        hall.reform().reads(&impasse).await.ok();
        hall.reform().supervises_handling(&impasse, "criticism", false).await.refused("own_work");
        hall.supervisor().supervises_handling(&impasse, "criticism", true).await.ok();
    }

    /// Clause D4-4, rule L17: once a month, frozen with a digest that the packet keeps, sent, and decided item by item; what
    /// missed the month is named, and carried over to the next one.
    async fn the_government_decides_once_a_month(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, person) = hall.graded_impasse("exceptional").await;
        let reform = hall.reform();
        let drafted = reform.post("/v1/government-submissions").json(&json!({})).await.created();
        let month = format!("/v1/government-submissions/{}", drafted.text("/month"));
        reform.post("/v1/government-submissions").json(&json!({})).await.refused("submission_exists");
        let frozen = reform.call(Method::POST, &format!("{month}/freezing")).if_match("*").await.ok();
        let packet = hall.government().get(&format!("{month}/packet")).await.ok();
        let digest = persistence::chain::Digest::of(&packet.bytes).to_string();
        assert_eq!(frozen.text("/digest"), digest);
        assert!(person.secrets().iter().all(|secret| !packet.body.to_string().contains(secret)));
        let (late, _) = hall.graded_impasse("exceptional").await;
        let missed = reform.get(&format!("{month}/missed")).await.ok();
        assert_eq!((&missed.body[0]["impasse"], missed.body.as_array().unwrap().len()), (&json!(late.id), 1));
        let sending = reform.post(&format!("{month}/sending")).if_match("*").json(&json!({})).await.ok();
        assert!(sending.text("/number").starts_with("331081呈〔"), "{}", sending.body);
        decides(&hall, &month, &late).await.refused("not_in_packet");
        hall.manager().reads(&impasse).await.ok();
        hall.manager().answers_impasse(&impasse).await.refused("government_decision_missing");
        decides(&hall, &month, &impasse).await.ok();
        decides(&hall, &month, &impasse).await.refused("already_decided");
        hall.carries_out(&impasse, 1, "commerce").await;
        assert_eq!(impasse.at("/orders/0/basis"), json!("government"));
        hall.manager().reads(&impasse).await.ok();
        hall.manager().answers_impasse(&impasse).await.ok();
        let here = drafted.text("/month");
        while hall.today().format("%Y-%m").to_string() == here {
            hall.working_days(5).await;
        }
        let next = reform.post("/v1/government-submissions").json(&json!({})).await.created();
        assert_eq!((next.at("/list/0/impasse"), next.at("/list/0/carried_over_from")), (&json!(late.id), &json!(here)));
    }

    /// Clause D4-4: the packet of a month does not change any more, not even in the database.
    async fn a_frozen_packet_does_not_change(hall: Hall) {
        use diesel::connection::SimpleConnection as _;
        hall.a_new_morning().await;
        hall.graded_impasse("exceptional").await;
        let drafted = hall.reform().post("/v1/government-submissions").json(&json!({})).await.created();
        let month = format!("/v1/government-submissions/{}", drafted.text("/month"));
        hall.reform().call(Method::POST, &format!("{month}/freezing")).if_match("*").await.ok();
        let again = hall.reform().post(&format!("{month}/refreshing")).if_match("*").json(&json!({})).await;
        again.refused("wrong_submission_state");
        let mut outside = hall.outside();
        for statement in ["UPDATE submission_packets SET packet = '{}'", "DELETE FROM submission_packets"] {
            assert!(outside.batch_execute(statement).is_err(), "{statement}");
        }
    }
}
