//! 部门协调会议: called, moved, cancelled, held once, and every ruling of it over HTTP (clause D4-3, rule L15).

use tests::*;

use crate::triage::{at_once, only_one_went_through};

const MEETINGS: &str = "/v1/coordination-meetings";

fn call(hall: &Hall, agenda: &[&Impasse], invited: &[&str]) -> Value {
    let agenda: Vec<&str> = agenda.iter().map(|impasse| impasse.id.as_str()).collect();
    json!({ "at": hall.now(), "place": "中心三楼会议室", "agenda": agenda, "invited": invited })
}

async fn called(hall: &Hall, agenda: &[&Impasse]) -> String {
    let meeting = hall.reform().post(MEETINGS).json(&call(hall, agenda, &["commerce"])).await.created();
    format!("{MEETINGS}/{}", meeting.text("/id"))
}

/// Held, with the commerce department present.
fn holding(hall: &Hall, meeting: &str, resolutions: &Value) -> Call {
    let presence = json!({ "kind": "present", "staff": "department_head-commerce", "title": "分管副局长" });
    let minutes = json!({
        "text": "会议议定如下。", "attendance": [{ "department": "commerce", "presence": presence }],
        "resolutions": resolutions,
    });
    hall.reform().post(&format!("{meeting}/holding")).if_match("*").json(&minutes)
}

fn assignment(department: &str) -> Value {
    json!({ "department": department, "matter": "牵头办理备案。", "days": 10 })
}

fn assigns(impasse: &Impasse, department: &str) -> Value {
    json!({ "impasse": impasse.id, "resolved": { "kind": "assign", "assignment": assignment(department) } })
}

fn rules(impasse: &Impasse, order: u32, granted: bool, instead: Option<&str>) -> Value {
    let mut resolved =
        json!({ "kind": "rule_on_return", "order": order, "granted": granted, "reason": "依三定方案。" });
    if let Some(department) = instead {
        resolved["instead"] = assignment(department);
    }
    json!({ "impasse": impasse.id, "resolved": resolved })
}

/// A general impasse whose order a department wants to give back, and which was raised because of it.
async fn disputed(hall: &Hall) -> Impasse {
    let (impasse, _) = hall.graded_impasse("general").await;
    hall.manager().orders(&impasse, "commerce", 5, false).await.ok();
    hall.approver("commerce").reads(&impasse).await.ok();
    hall.approver("commerce").returns_order(&impasse, 1).await.ok();
    hall.manager().raises(&impasse, "difficult").await.ok();
    impasse
}

async fn seen(hall: &Hall, impasse: &Impasse) -> Value {
    hall.manager().reads(impasse).await.ok();
    impasse.view()
}

tests::on_both_stores! {
    /// Clause D4-3: an impasse waits for one meeting at a time, however many are called over it at once; a meeting that is
    /// moved keeps when it was to be, and one that is cancelled gives its agenda back.
    async fn an_impasse_waits_for_one_meeting(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("difficult").await;
        let (general, _) = hall.graded_impasse("general").await;
        let reform = hall.reform();
        reform.post(MEETINGS).json(&call(&hall, &[&general], &["commerce"])).await.refused("level_too_low");
        reform.post(MEETINGS).json(&call(&hall, &[&impasse], &["nowhere"])).await.refused("department_unknown");
        let mut stranger = call(&hall, &[&impasse], &["commerce"]);
        stranger["agenda"][0] = json!(uuid::Uuid::now_v7());
        reform.post(MEETINGS).json(&stranger).await.refused("impasse_unknown");
        let calls = (0..6).map(|_| reform.post(MEETINGS).json(&call(&hall, &[&impasse], &["commerce"])));
        let answers = at_once(calls).await;
        only_one_went_through(&answers, &["waits_for_meeting"]);
        let made = answers.iter().find(|answer| answer.status == 201).unwrap();
        let meeting = made.header("location").to_owned();
        let later = hall.after(hall.today(), 1);
        let moved = json!({ "at": format!("{later}T06:00:00Z"), "place": "市政府二楼", "reason": "场地冲突。" });
        reform.post(&format!("{meeting}/rescheduling")).if_match("\"9\"").json(&moved).await.problem(412, "version_mismatch");
        let moved = reform.post(&format!("{meeting}/rescheduling")).if_match("\"1\"").json(&moved).await.ok();
        assert_eq!(moved.at("/postponed/0/from"), &made["at"], "{}", moved.body);
        assert_eq!((&moved["place"], &moved["at"]), (&json!("市政府二楼"), &json!(format!("{later}T06:00:00Z"))));
        holding(&hall, &meeting, &json!([assigns(&impasse, "commerce")])).await.refused("too_early");
        let why = json!({ "reason": "部门已自行协调。" });
        let cancelled = reform.post(&format!("{meeting}/cancellation")).if_match("*").json(&why).await.ok();
        assert_eq!((&cancelled["state"], &cancelled["cancelled"]), (&json!("cancelled"), &why["reason"]));
        assert_eq!(seen(&hall, &impasse).await["meetings"], Value::Null, "it was never discussed");
        let next = called(&hall, &[&impasse]).await;
        holding(&hall, &next, &json!([assigns(&impasse, "commerce")])).await.ok();
    }

    /// Clause D4-3: a meeting is held once, with one set of orders, however often that is sent.
    async fn a_meeting_is_held_once(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("difficult").await;
        let meeting = called(&hall, &[&impasse]).await;
        let resolutions = json!([assigns(&impasse, "justice")]);
        let answers = at_once((0..6).map(|_| holding(&hall, &meeting, &resolutions))).await;
        only_one_went_through(&answers, &["meeting_over"]);
        let view = seen(&hall, &impasse).await;
        assert_eq!((view["orders"].as_array().unwrap().len(), view["meetings"].as_array().unwrap().len()), (1, 1));
    }

    /// Clause D4-3: whom the sealed minutes name was posted to the department that they came for.
    async fn whoever_came_was_of_that_department(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("difficult").await;
        let called = call(&hall, &[&impasse], &["commerce", "justice"]);
        let meeting = hall.reform().post(MEETINGS).json(&called).await.created().text("/id");
        let hold = async |commerce: &str, justice: &str| {
            let came = |department: &str, staff: &str| {
                let presence = json!({ "kind": "present", "staff": staff, "title": "局长" });
                json!({ "department": department, "presence": presence })
            };
            let minutes = json!({
                "text": "会议议定如下。", "attendance": [came("commerce", commerce), came("justice", justice)],
                "resolutions": [assigns(&impasse, "justice")],
            });
            hall.reform().post(&format!("{MEETINGS}/{meeting}/holding")).if_match("*").json(&minutes).await
        };
        let wrong = hold("nobody-at-all", "department_head-commerce").await;
        wrong.names_field("/attendance/0/presence/staff").names_field("/attendance/1/presence/staff");
        assert_eq!(hall.reform().get(&format!("{MEETINGS}/{meeting}")).await.ok()["state"], "called");
        hold("department_head-commerce", "reviewer-justice").await.ok();
    }

    /// Clause D4-3: everything of one holding is done, or nothing is.
    async fn a_holding_is_all_or_nothing(hall: Hall) {
        hall.a_new_morning().await;
        let ((one, _), (other, _)) = (hall.graded_impasse("difficult").await, hall.graded_impasse("exceptional").await);
        let meeting = called(&hall, &[&one, &other]).await;
        let before = (seen(&hall, &one).await["version"].clone(), seen(&hall, &other).await["version"].clone());
        let lower = json!({ "impasse": other.id, "resolved": { "kind": "raise_level", "to": "difficult", "reason": "。" } });
        let refused = holding(&hall, &meeting, &json!([assigns(&one, "justice"), lower])).await.refused("not_higher");
        let number = other.text("/number");
        assert!(refused.text("/detail").starts_with(&number), "it says of which: {}", refused.body);
        holding(&hall, &meeting, &json!([assigns(&one, "justice")])).await.refused("resolution_missing");
        assert_eq!((&seen(&hall, &one).await["version"], &seen(&hall, &other).await["version"]), (&before.0, &before.1));
        assert_eq!(hall.reform().get(&meeting).await.ok()["state"], "called");
        let advice = json!({ "kind": "advise_answer", "outcome": "explained", "advice": "依法不能办理，书面解释。" });
        let raise = json!({ "kind": "raise_level", "to": "exceptional", "reason": "需市政府协调。" });
        let resolutions = json!([
            { "impasse": one.id, "resolved": raise }, assigns(&one, "justice"), { "impasse": other.id, "resolved": advice },
        ]);
        let held = holding(&hall, &meeting, &resolutions).await.ok();
        assert_eq!(held.at("/minutes/resolutions"), &resolutions.clone(), "{}", held.body);
        let view = seen(&hall, &one).await;
        assert_eq!((&view["level"], &view["orders"][0]["basis"]), (&json!("exceptional"), &json!("meeting")));
        assert_eq!(seen(&hall, &other).await["orders"], Value::Null, "advice alone assigns nothing");
    }

    /// Clause D4-3, rule L15: a dispute that is upheld goes to the department named instead, and binds it.
    async fn an_upheld_dispute_goes_to_another_department(hall: Hall) {
        hall.a_new_morning().await;
        let impasse = disputed(&hall).await;
        let meeting = called(&hall, &[&impasse]).await;
        holding(&hall, &meeting, &json!([rules(&impasse, 1, true, None)])).await.refused("ruling_incomplete");
        holding(&hall, &meeting, &json!([rules(&impasse, 1, true, Some("justice"))])).await.ok();
        let view = seen(&hall, &impasse).await;
        assert_eq!(view["orders"][0]["state"], "returned");
        assert_eq!((&view["orders"][1]["department"], &view["orders"][1]["binding"]), (&json!("justice"), &json!(true)));
        hall.approver("justice").reads(&impasse).await.ok();
        hall.approver("justice").returns_order(&impasse, 2).await.refused("order_binding");
    }

    /// Clause D4-3, rule L15: a dispute that is rejected stays where it is, and binds.
    async fn a_rejected_dispute_binds(hall: Hall) {
        hall.a_new_morning().await;
        let impasse = disputed(&hall).await;
        let meeting = called(&hall, &[&impasse]).await;
        holding(&hall, &meeting, &json!([rules(&impasse, 1, false, None)])).await.ok();
        hall.approver("commerce").reads(&impasse).await.ok();
        hall.approver("commerce").returns_order(&impasse, 1).await.refused("order_binding");
        hall.carries_out(&impasse, 1, "commerce").await;
    }

    /// Clause D4-3, rule L15: the next department disputes it as well and can return nothing any more: the meeting rules without
    /// being asked, binding it or giving it to another, and then the applicant is answered.
    async fn a_second_dispute_is_ruled_on_by_the_meeting(hall: Hall) {
        hall.a_new_morning().await;
        for instead in [None, Some("taxation")] {
            let (impasse, _) = hall.graded_impasse("general").await;
            let manager = hall.manager();
            manager.orders(&impasse, "commerce", 5, false).await.ok();
            hall.approver("commerce").reads(&impasse).await.ok();
            hall.approver("commerce").returns_order(&impasse, 1).await.ok();
            manager.rules_on_return(&impasse, 1, true).await.ok();
            manager.orders(&impasse, "justice", 5, false).await.ok();
            hall.approver("justice").reads(&impasse).await.ok();
            hall.approver("justice").returns_order(&impasse, 2).await.refused("returns_exhausted");
            manager.raises(&impasse, "difficult").await.ok();
            let meeting = called(&hall, &[&impasse]).await;
            holding(&hall, &meeting, &json!([rules(&impasse, 1, false, None)])).await.refused("wrong_order_state");
            holding(&hall, &meeting, &json!([rules(&impasse, 2, instead.is_some(), instead)])).await.ok();
            let view = seen(&hall, &impasse).await;
            let (at, department) = if instead.is_some() { (2_usize, "taxation") } else { (1, "justice") };
            let order = &view["orders"][at];
            assert_eq!((&order["department"], &order["binding"]), (&json!(department), &json!(true)), "{view}");
            if instead.is_some() {
                assert_eq!(view["orders"][1]["state"], "returned");
            }
            hall.approver(department).reads(&impasse).await.ok();
            hall.approver(department).returns_order(&impasse, at + 1).await.refused("order_binding");
            hall.carries_out(&impasse, at + 1, department).await;
            manager.reads(&impasse).await.ok();
            manager.answers_impasse(&impasse).await.ok();
            assert_eq!(impasse.state(), "awaiting_applicant");
        }
    }

    /// Clauses D4-3, D12-1: a department that came for one item of the agenda is not named as one that the other concerns.
    async fn a_department_counts_for_its_own_item(hall: Hall) {
        hall.a_new_morning().await;
        let ((one, _), (other, _)) = (hall.graded_impasse("difficult").await, hall.graded_impasse("difficult").await);
        let called_for = |department: &str| json!([{ "impasse": one.id, "departments": [department] }]);
        let mut body = call(&hall, &[&one, &other], &["commerce", "justice"]);
        body["called_for"] = called_for("taxation");
        hall.reform().post(MEETINGS).json(&body).await.refused("not_invited");
        body["called_for"] = json!([{ "impasse": uuid::Uuid::now_v7(), "departments": ["justice"] }]);
        hall.reform().post(MEETINGS).json(&body).await.refused("not_on_agenda");
        body["called_for"] = called_for("commerce");
        let made = hall.reform().post(MEETINGS).json(&body).await.created();
        assert_eq!(made["called_for"], called_for("commerce"));
        let attendance = ["commerce", "justice"].map(|department| {
            let presence = json!({ "kind": "present", "staff": format!("department_head-{department}"), "title": "局长" });
            json!({ "department": department, "presence": presence })
        });
        let advice = json!({ "kind": "advise_answer", "outcome": "solved", "advice": "按现行规定答复。" });
        let resolutions = [&one, &other].map(|impasse| json!({ "impasse": impasse.id, "resolved": advice }));
        let minutes = json!({ "text": "会议议定如下。", "attendance": attendance, "resolutions": resolutions });
        let meeting = format!("{MEETINGS}/{}", made.text("/id"));
        let held = hall.reform().post(&format!("{meeting}/holding")).if_match("*").json(&minutes).await.ok();
        assert_eq!(held["called_for"], called_for("commerce"));
        let listed = hall.manager().get("/v1/impasses").await.ok();
        let of = |impasse: &Impasse| {
            let line = listed.data().iter().find(|line| line["id"] == impasse.id).cloned().unwrap();
            line["departments"].clone()
        };
        assert_eq!((of(&one), of(&other)), (json!(["commerce"]), json!(["commerce", "justice"])));
    }

    /// Clause D4-3: departments list the meetings that they were asked to or given something by, and know of no others.
    async fn departments_know_of_their_own_meetings(hall: Hall) {
        hall.a_new_morning().await;
        let ((one, _), (other, _)) = (hall.graded_impasse("difficult").await, hall.graded_impasse("difficult").await);
        let (first, second) = (called(&hall, &[&one]).await, called(&hall, &[&other]).await);
        holding(&hall, &first, &json!([assigns(&one, "justice")])).await.ok();
        let id = |meeting: &str| meeting.rsplit('/').next().unwrap().to_owned();
        let listed = async |caller: Caller| caller.get(MEETINGS).await.ok().ids();
        assert_eq!(listed(hall.approver("commerce")).await, [id(&second), id(&first)]);
        assert_eq!(listed(hall.reviewer("justice")).await, [id(&first)]);
        assert_eq!(listed(hall.reviewer("taxation")).await, Vec::<String>::new());
        hall.reviewer("justice").get(&second).await.hidden();
        hall.head("taxation").get(&first).await.hidden();
        let shown = hall.reviewer("justice").get(&first).await.ok();
        assert_eq!(shown.at("/agenda/0/id"), &json!(one.id));
        let page = hall.government().get(&format!("{MEETINGS}?limit=1")).await.ok();
        let cursor = page.text("/page/next_cursor");
        let rest = hall.government().get(&format!("{MEETINGS}?limit=1&cursor={cursor}")).await.ok();
        assert_eq!((page.ids(), rest.ids()), (vec![id(&second)], vec![id(&first)]));
        hall.clerk("fallback").get(MEETINGS).await.denied(403, "role_not_allowed");
        hall.clerk("fallback").get(&first).await.hidden();
        hall.manager().in_centre(OTHER_CENTRE).get(&first).await.hidden();
    }
}
