//! 12345: a work order that goes into the closed loop, and drives nothing any more but is driven.

use api::simulator::hotline::Hotline;
use tests::*;

/// The kinds of callbacks of an order, in the order in which they came.
fn told(hotline: &Hotline, number: &str) -> Vec<String> {
    hotline.received_of(number).into_iter().map(|it| it.kind).collect()
}

tests::on_both_stores! {
    /// Clauses D2-2, D3-1, G3: what cannot be settled goes into the closed loop, its applicant verified by their document; from
    /// then on the impasse drives the order, and what the hotline says is said to the impasse.
    async fn an_impasse_hears_the_hotline(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        let section = hall.supervisor();
        section.signs_for("W-1").await.ok();
        let mut nobody = Person::new();
        nobody.resident_id = "331081199001010000".to_owned();
        section.escalates_work_order("W-1", &nobody).await.names_field("/applicant/document_number");
        let read = async |id: &str| hall.manager().get(&format!("/v1/impasses/{id}")).await.ok();
        // The contact that is due today is reminded of at once, between any two steps.
        let filed = hall.while_duties_wait(async || {
            let order = section.escalates_work_order("W-1", &Person::new()).await.ok();
            let impasse = Impasse::of(&read(&order.text("/impasse")).await);
            assert_eq!((impasse.text("/channel"), impasse.text("/subject")), ("hotline".to_owned(), "路灯长期不亮".to_owned()));
            section.answers_work_order("W-1").await.refused("impasse_drives");
            section.escalates_work_order("W-1", &Person::new()).await.refused("impasse_drives");
            hall.manager().files(&impasse).await.ok();
            impasse
        });
        let impasse = filed.await;
        hotline.says("W-1", json!({ "kind": "supplement", "text": "夜间有行人摔倒。" }));
        hotline.says("W-1", json!({ "kind": "urge", "reason": "群众再次来电。" }));
        hotline.says("W-1", json!({ "kind": "satisfaction", "responded": true, "solved": true, "satisfied": true }));
        let answers = hotline.sends().await;
        assert_eq!(answers.iter().map(|it| it.status).collect::<Vec<_>>(), [200, 200, 409], "{answers:?}");
        let heard = read(&impasse.id).await;
        assert_eq!((&heard["supplements"][0]["text"], &heard["urgings"][0]["text"]), (&json!("夜间有行人摔倒。"), &json!("群众再次来电。")));
        hall.everything_is_told(&hotline, "W-1").await;
        assert_eq!(told(&hotline, "W-1"), ["dispatched", "acknowledged", "impasse_registered", "followed"]);
        assert_eq!(hotline.received_of("W-1")[3].data["milestone"], "filed");
    }

    /// Clause D6-2: whoever registers it from a work order is shown what was solved before and is like it, as with every channel.
    async fn a_work_order_is_shown_the_nearest_precedents(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        let mut text = precedent_text();
        for field in ["title", "situation", "solution", "lesson"] {
            text[field] = json!("某路段路灯长期不亮，报修一月未修。");
        }
        let near = hall.published_precedent(text).await;
        hall.dispatched(&hotline, "W-1").await;
        let section = hall.supervisor();
        section.signs_for("W-1").await.ok();
        let order = section.escalates_work_order("W-1", &Person::new()).await.ok();
        let shown = hall.manager().get(&format!("/v1/impasses/{}/precedents", order.text("/impasse"))).await.ok().body;
        assert_eq!((&order["nearest_precedents"], &shown[0]["id"]), (&shown, &json!(near.id)));
        assert_eq!(hall.work_order("W-1").await["nearest_precedents"], Value::Null, "on registration only");
    }

    /// Clauses D5-2, G3: answered, the caller is asked by the hotline; dissatisfied, impasse and order go back together; satisfied,
    /// the impasse is closed out and the order completed.
    async fn an_impasse_drives_its_order(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        let section = hall.supervisor();
        section.signs_for("W-1").await.ok();
        let triaged = hall.while_duties_wait(async || {
            let id = section.escalates_work_order("W-1", &Person::new()).await.ok().text("/impasse");
            let impasse = Impasse::of(&hall.manager().get(&format!("/v1/impasses/{id}")).await.ok());
            hall.manager().files(&impasse).await.ok();
            hall.manager().triages(&impasse, "general").await;
            impasse
        });
        let impasse = triaged.await;
        let answered = async || {
            hall.manager().reads(&impasse).await.ok();
            hall.manager().answers_impasse(&impasse).await.ok();
            assert_eq!(hall.work_order("W-1").await["state"], "answered");
        };
        answered().await;
        let word = |satisfied: bool| json!({ "kind": "satisfaction", "responded": true, "solved": satisfied, "satisfied": satisfied });
        hotline.says("W-1", word(false));
        assert_eq!(hotline.sends().await[0].status, 200);
        let order = hall.work_order("W-1").await;
        hall.manager().reads(&impasse).await.ok();
        assert_eq!((&order["state"], &order["round"], impasse.state().as_str()), (&json!("in_handling"), &json!(2), "in_handling"));
        answered().await;
        hotline.says("W-1", json!({ "kind": "redo", "reason": "仍未修复。" }));
        hotline.sends().await;
        hall.manager().reads(&impasse).await.ok();
        assert_eq!((impasse.state().as_str(), impasse.text("/level").as_str()), ("in_handling", "difficult"), "two rounds");
        assert_eq!((impasse.at("/rounds/1/satisfaction"), impasse.at("/rounds/2/cause")), (Value::Null, json!("redo")), "nobody was asked");
        hall.everything_is_told(&hotline, "W-1").await;
        let milestones: Vec<Value> = hotline.received_of("W-1").iter().skip(3).map(|it| it.data["milestone"].clone()).collect();
        assert_eq!(milestones, ["filed", "answered", "sent_back", "answered", "sent_back"].map(|it| json!(it)));
    }

    /// Clauses D6-2, G3: whoever called is known to the finder of personal data, and whose order was merged into it as well.
    async fn whoever_called_is_taken_out_of_a_precedent(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        let callers = [("W-1", "奥依木丙"), ("W-2", "奥依木丁")];
        for (number, name) in callers {
            let mut body = hotline::dispatch(&hall.now());
            body["caller"] = json!({ "name": name, "address": "温岭市太平街道某路1号" });
            hotline.dispatches(number, body);
            hotline.sends().await;
        }
        let impasse = hall.answered_from_order("W-1", &Person::new()).await;
        hotline.says("W-2", json!({ "kind": "merge", "into": "W-1" }));
        hotline.says("W-1", json!({ "kind": "satisfaction", "responded": true, "solved": true, "satisfied": true }));
        hotline.sends().await;
        hall.manager().reads(&impasse).await.ok();
        assert_eq!(impasse.state(), "closed_out");
        let situation = format!("{}来电反映，{}也来过电话。", callers[0].1, callers[1].1);
        let drafted = hall.manager().drafts_precedent(&impasse, json!({ "situation": situation })).await.created();
        let draft = hall.manager().get(&Precedent::of(&drafted).path("")).await.ok();
        let findings = draft.at("/manuscript/findings").as_array().unwrap();
        for (_, name) in callers {
            assert!(findings.iter().any(|it| it["text"] == name && it["kind"] == "name"), "{name}: {}", draft.body);
        }
    }

    /// Clauses D5-1, D5-2, G3: only its applicant's word closes an impasse out. Satisfied, whoever else called stays with the work
    /// orders; dissatisfied, they press and end no round; once it is closed out, they reopen it.
    async fn another_callers_word_closes_nothing_out(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        hall.dispatched(&hotline, "W-2").await;
        let impasse = hall.answered_from_order("W-1", &Person::new()).await;
        let said = async |number: &str, message: Value| {
            hotline.says(number, message);
            let answers = hotline.sends().await;
            assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
            hall.manager().reads(&impasse).await.ok();
            hall.work_order("W-1").await
        };
        let word = |satisfied: bool| json!({ "kind": "satisfaction", "responded": true, "solved": satisfied, "satisfied": satisfied });
        said("W-2", json!({ "kind": "merge", "into": "W-1" })).await;
        let order = said("W-2", word(true)).await;
        assert_eq!(order["satisfactions"], json!([{ "responded": true, "solved": true, "satisfied": true }]));
        assert_eq!((&order["state"], impasse.state().as_str()), (&json!("answered"), "awaiting_applicant"));
        assert_eq!((impasse.at("/rounds/0/satisfaction"), impasse.at("/urgings")), (Value::Null, Value::Null));
        let order = said("W-2", word(false)).await;
        assert_eq!((&order["satisfactions"][1]["satisfied"], &order["round"]), (&json!(false), &json!(1)));
        let order = said("W-2", json!({ "kind": "redo", "reason": "仍不亮。" })).await;
        assert_eq!((&order["state"], &order["round"], &order["urged"]), (&json!("answered"), &json!(1), &json!(1)));
        assert_eq!((impasse.state().as_str(), impasse.at("/urgings/1/text")), ("awaiting_applicant", json!("仍不亮。")));
        assert_eq!((impasse.at("/urgings").as_array().unwrap().len(), impasse.at("/rounds").as_array().unwrap().len()), (2, 1));
        assert_eq!(impasse.at("/rounds/0/satisfaction"), Value::Null, "nobody has asked its applicant yet");
        let order = said("W-1", word(true)).await;
        assert_eq!((&order["state"], impasse.state().as_str()), (&json!("completed"), "closed_out"));
        let order = said("W-2", word(false)).await;
        assert_eq!((&order["state"], impasse.state().as_str()), (&json!("in_handling"), "in_handling"));
        assert_eq!((impasse.at("/rounds/0/satisfaction/satisfied"), impasse.at("/rounds/1/cause")), (json!(true), json!("follow_up")));
    }

    /// Clauses D2-2, G3: what the hotline asks to be raised while the applicant is being asked is not lost.
    async fn a_wish_to_escalate_is_not_lost(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        let impasse = hall.answered_from_order("W-1", &Person::new()).await;
        hotline.says("W-1", json!({ "kind": "escalate", "reason": "群众要求提级。" }));
        let answers = hotline.sends().await;
        assert_eq!(answers[0].status, 200, "{answers:?}");
        hall.manager().reads(&impasse).await.ok();
        assert_eq!(impasse.state(), "awaiting_applicant");
        assert!(impasse.text("/supplements/0/text").contains("群众要求提级"), "{}", impasse.at("/supplements"));
    }

    /// Clauses D5-2, G3: the hotline's call is the applicant's word; satisfied, the impasse is closed out and the order completed.
    async fn a_satisfied_call_closes_out(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        let impasse = hall.answered_from_order("W-1", &Person::new()).await;
        hall.everything_is_told(&hotline, "W-1").await;
        for answer in hotline.goes_on().await {
            assert_eq!(answer.status, 200, "{answer:?}");
        }
        hall.manager().reads(&impasse).await.ok();
        assert_eq!((impasse.state().as_str(), impasse.at("/rounds/0/satisfaction/source")), ("closed_out", json!("hotline_call")));
        assert_eq!(hall.work_order("W-1").await["state"], "completed");
        hall.everything_is_told(&hotline, "W-1").await;
        assert_eq!(hotline.received_of("W-1").last().unwrap().data["milestone"], "closed_out");
    }
}
