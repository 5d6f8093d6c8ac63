//! 12345: by telephone, too, an enterprise is satisfied by the word of somebody who is named and verified, and a person by
//! their own.

use tests::*;

/// Satisfied, by the word of this person where one is named.
fn word(speaker: Option<&Person>) -> Value {
    let mut word = json!({ "kind": "satisfaction", "responded": true, "solved": true, "satisfied": true });
    if let Some(person) = speaker {
        word["speaker"] = json!({
            "name": person.name, "capacity": "agent", "mandate": "WT-7", "identity": person.identity(),
        });
        word["verification"] = json!("called_back");
    }
    word
}

tests::on_both_stores! {
    /// Clauses D5-2, G3: without a named speaker the three answers stay with the work order, the hotline is told what is wanting,
    /// and the impasse says so; with one it is closed out, and says how they were verified. Delivered twice it is the same.
    async fn an_enterprise_is_satisfied_by_a_named_speaker(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        let (manager, speaker) = (hall.manager(), Person::new());
        let impasse = hall.answered_from_order("W-1", &Enterprise::new()).await;
        hotline.behave(|it| it.twice = true);
        hotline.says("W-1", word(None));
        let answers = hotline.sends().await;
        assert_eq!((answers[0].status, &answers[0].body["speaker_awaited"]), (200, &json!(true)), "{answers:?}");
        manager.reads(&impasse).await.ok();
        assert_eq!(impasse.state(), "awaiting_applicant");
        assert!(impasse.at("/speaker_awaited").is_string(), "it says what is wanting");
        let order = hall.work_order("W-1").await;
        assert_eq!((&order["state"], order["satisfactions"].as_array().unwrap().len()), (&json!("answered"), 1));

        let theirs = hall.hotline(hotline::HOTLINE);
        let says = async |change: fn(&mut Value)| {
            let mut body = word(Some(&speaker));
            body["sequence"] = json!(3);
            change(&mut body);
            theirs.post("/v1/hotline/work-orders/W-1/messages").json(&body).await
        };
        says(|it| it["verification"] = Value::Null).await.names_field("/verification");
        says(|it| it["speaker"] = Value::Null).await.names_field("/verification");
        says(|it| it["speaker"]["mandate"] = Value::Null).await.names_field("/speaker/mandate");
        says(|it| it["speaker"]["identity"] = json!({
            "document_kind": "unified_social_credit_code", "document_number": Enterprise::new().uscc,
        })).await.names_field("/speaker/identity/document_kind");

        hotline.says("W-1", word(Some(&speaker)));
        let answers = hotline.sends().await;
        assert_eq!((answers[0].status, &answers[0].body["speaker_awaited"]), (200, &Value::Null), "{answers:?}");
        manager.reads(&impasse).await.ok();
        let said = impasse.at("/rounds/0/satisfaction");
        assert_eq!((impasse.state().as_str(), &said["source"]), ("closed_out", &json!("hotline_call")));
        assert_eq!((&said["capacity"], &said["verification"]), (&json!("agent"), &json!("called_back")));
        assert_eq!(impasse.at("/speaker_awaited"), Value::Null);
        let order = hall.work_order("W-1").await;
        let last = order.at("/satisfactions/1");
        assert_eq!((&order["state"], &last["verification"]), (&json!("completed"), &json!("called_back")));
        let timeline = hall.supervisor().get("/v1/hotline/work-orders/W-1/timeline?limit=200").await.ok().body.to_string();
        assert!(!timeline.contains(&speaker.name) && !timeline.contains(&speaker.resident_id), "no personal data");
    }

    /// Clauses D5-2, G3: dissatisfied, whoever speaks goes back; told that a speaker is wanting, the simulated hotline names one,
    /// in whatever order it delivers.
    async fn a_hotline_names_the_speaker_that_is_wanting(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        let impasse = hall.answered_from_order("W-1", &Enterprise::new()).await;
        let manager = hall.manager();
        hotline.says("W-1", json!({ "kind": "satisfaction", "responded": true, "solved": false, "satisfied": false }));
        assert_eq!(hotline.sends().await[0].status, 200);
        manager.reads(&impasse).await.ok();
        assert_eq!(impasse.state(), "in_handling");
        manager.answers_impasse(&impasse).await.ok();
        hall.everything_is_told(&hotline, "W-1").await;
        hotline.behave(|it| (it.twice, it.disorder) = (true, true));
        let answers = hotline.goes_on().await;
        assert!(answers.iter().all(|answer| answer.status < 300), "{answers:?}");
        manager.reads(&impasse).await.ok();
        assert_eq!((impasse.state().as_str(), impasse.at("/rounds").as_array().unwrap().len()), ("closed_out", 2));
        let said = impasse.at("/rounds/1/satisfaction");
        assert_eq!((&said["capacity"], &said["verification"]), (&json!("legal_representative"), &json!("called_back")));
        assert_eq!(hall.work_order("W-1").await["state"], "completed");
    }
    /// Clauses D5-2, G3: of what came out of its turn the hotline reads under the order's deliveries that a speaker is wanting.
    async fn what_was_held_says_that_a_speaker_is_wanting(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        hall.answered_from_order("W-1", &Enterprise::new()).await;
        hotline.behave(|it| it.disorder = true);
        hotline.says("W-1", json!({ "kind": "supplement", "text": "企业已去电核实。" }));
        hotline.says("W-1", word(None));
        let answers = hotline.sends().await;
        assert_eq!((answers[1].status, &answers[1].body["speaker_awaited"]), (202, &Value::Null), "{answers:?}");
        let theirs = hall.hotline(hotline::HOTLINE);
        let lines = theirs.get("/v1/hotline/work-orders/W-1/deliveries").await.ok().body;
        let awaited: Vec<_> = lines.as_array().unwrap().iter().map(|it| &it["speaker_awaited"]).collect();
        assert_eq!(awaited, [&Value::Null, &Value::Null, &json!(true)], "{lines}");
    }

    /// Clauses D5-2, G3: whoever else the hotline names closes nothing out for a person and, dissatisfied, ends no round; the
    /// person named does.
    async fn a_person_is_satisfied_by_their_own_word(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hall.dispatched(&hotline, "W-1").await;
        let (manager, person, somebody) = (hall.manager(), Person::new(), Person::new());
        let impasse = hall.answered_from_order("W-1", &person).await;
        hotline.says("W-1", word(Some(&somebody)));
        let answers = hotline.sends().await;
        assert_eq!((answers[0].status, &answers[0].body["speaker_awaited"]), (200, &json!(true)), "{answers:?}");
        manager.reads(&impasse).await.ok();
        assert_eq!(impasse.state(), "awaiting_applicant");
        assert!(impasse.at("/speaker_awaited").is_string(), "it says what is wanting");

        let mut dissatisfied = word(Some(&somebody));
        (dissatisfied["solved"], dissatisfied["satisfied"]) = (json!(false), json!(false));
        hotline.says("W-1", dissatisfied);
        assert_eq!(hotline.sends().await[0].status, 200);
        manager.reads(&impasse).await.ok();
        assert_eq!((impasse.state(), impasse.at("/rounds/0/satisfaction")), ("awaiting_applicant".to_owned(), Value::Null));
        assert_eq!(impasse.at("/urgings").as_array().unwrap().len(), 1, "it presses");

        hotline.says("W-1", word(Some(&person)));
        let answers = hotline.sends().await;
        assert_eq!((answers[0].status, &answers[0].body["speaker_awaited"]), (200, &Value::Null), "{answers:?}");
        manager.reads(&impasse).await.ok();
        assert_eq!((impasse.state(), impasse.at("/speaker_awaited")), ("closed_out".to_owned(), Value::Null));
        assert_eq!(hall.work_order("W-1").await["state"], "completed");
    }

    /// Clauses D5-2, G3: where nobody is named, whoever called with the document of another closes nothing out; with that of the
    /// applicant they do.
    async fn a_caller_with_another_document_closes_nothing_out(hall: Hall) {
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        let (manager, person, somebody) = (hall.manager(), Person::new(), Person::new());
        for (number, caller) in [("W-1", &somebody), ("W-2", &person)] {
            let mut body = hotline::dispatch(&hall.now());
            body["caller"] = caller.identity();
            hotline.dispatches(number, body);
            assert_eq!(hotline.sends().await[0].status, 200);
        }
        let theirs = hall.answered_from_order("W-1", &person).await;
        hotline.says("W-1", word(None));
        let answers = hotline.sends().await;
        assert_eq!((answers[0].status, &answers[0].body["speaker_awaited"]), (200, &json!(true)), "{answers:?}");
        manager.reads(&theirs).await.ok();
        assert_eq!(theirs.state(), "awaiting_applicant");
        hotline.says("W-1", word(Some(&person)));
        assert_eq!(hotline.sends().await[0].status, 200);
        manager.reads(&theirs).await.ok();
        assert_eq!(theirs.state(), "closed_out");

        let own = hall.answered_from_order("W-2", &person).await;
        hotline.says("W-2", word(None));
        let answers = hotline.sends().await;
        assert_eq!((answers[0].status, &answers[0].body["speaker_awaited"]), (200, &Value::Null), "{answers:?}");
        manager.reads(&own).await.ok();
        assert_eq!(own.state(), "closed_out");
    }
}
