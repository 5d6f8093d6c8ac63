//! 销号: only by the applicant's satisfaction, whatever anybody tries.

use diesel::connection::SimpleConnection as _;
use tests::*;

tests::on_both_stores! {
    /// Clauses D5-1, D5-2: satisfied, and it is closed out; solved and satisfied are two questions.
    async fn satisfaction_closes_out(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, person) = hall.answered_impasse().await;
        hall.clerk("fallback").records_word_of(&impasse, &Person::new(), true).await.refused("identity_differs");
        let path = impasse.path("satisfaction");
        let unseen = json!({ "responded": true, "solved": true, "satisfied": true });
        hall.clerk("fallback").post(&path).if_match("*").json(&unseen).await.names_field("/identity");
        let said = json!({ "responded": true, "solved": false, "satisfied": true, "identity": person.identity() });
        hall.clerk("fallback").post(&path).if_match(&impasse.etag()).json(&said).await.ok();
        hall.manager().reads(&impasse).await.ok();
        assert_eq!(impasse.state(), "closed_out");
        assert_eq!((impasse.at("/rounds/0/satisfaction/solved"), impasse.at("/rounds/0/satisfaction/satisfied")), (json!(false), json!(true)));
        assert!(impasse.at("/closed_at").is_string() && impasse.at("/responsible").is_null());
    }

    /// Clause D5-2: dissatisfied, it goes back, with a round and a limit of its own; after two rounds the level rises.
    async fn dissatisfaction_sends_it_back(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.answered_impasse().await;
        let applicant = hall.applicant_in(&impasse);
        applicant.reads(&impasse).await.ok();
        applicant.says(&impasse, false).await.ok();
        assert_eq!((impasse.state().as_str(), impasse.at("/rounds/1/cause")), ("in_handling", json!("dissatisfied")));
        hall.working_days(1).await;
        hall.manager().reads(&impasse).await.ok();
        hall.manager().answers_impasse(&impasse).await.ok();
        applicant.says(&impasse, false).await.ok();
        hall.manager().reads(&impasse).await.ok();
        assert_eq!((impasse.text("/level").as_str(), impasse.at("/gradings/1/how")), ("difficult", json!("after_rounds")));
        let handling = |impasse: &Impasse| {
            let clocks = impasse.at("/clocks").as_array().cloned().unwrap();
            clocks.into_iter().find(|clock| clock["kind"] == "handling").unwrap()
        };
        assert_eq!(handling(&impasse)["due"], json!(hall.after(hall.today(), 10)));
        hall.manager().answers_impasse(&impasse).await.refused("meeting_missing");
    }

    /// Clause D5-2: an enterprise speaks through a person: its own number is public and proves nobody. Who spoke is verified
    /// by their document, and an agent by the mandate; a platform verifies nobody in person.
    async fn an_enterprise_speaks_through_a_person(hall: Hall) {
        hall.a_new_morning().await;
        let enterprise = Enterprise::new();
        let adapter = hall.adapter("zjzwfw");
        let impasse = adapter.registers(&Grievance::new(&enterprise)).await.impasse();
        let manager = hall.manager();
        manager.files(&impasse).await.ok();
        manager.triages(&impasse, "general").await;
        manager.reads(&impasse).await.ok();
        manager.answers_impasse(&impasse).await.ok();
        let clerk = hall.clerk("fallback");
        let licence = json!({ "document_kind": "unified_social_credit_code", "document_number": enterprise.uscc });
        let said = json!({ "responded": true, "solved": true, "satisfied": true, "identity": licence });
        clerk.reads(&impasse).await.ok();
        clerk.post(&impasse.path("satisfaction")).if_match("*").json(&said).await.names_field("/identity/document_kind");
        let person = Person::new();
        clerk.records_word_of(&impasse, &person, true).await.names_field("/speaker");
        let agent = |mandate: Value| json!({ "name": person.name, "capacity": "agent", "mandate": mandate });
        clerk.records_word_for(&impasse, &person, agent(Value::Null), true).await.names_field("/speaker/mandate");
        let claimed = json!({
            "responded": true, "solved": true, "satisfied": true, "identity_assurance": "in_person",
            "identity": person.identity(), "speaker": agent(json!("WT-7")),
        });
        adapter.post(&impasse.path("satisfaction")).if_match("*").json(&claimed).await.names_field("/identity_assurance");
        adapter.reads(&impasse).await.ok();
        adapter.says(&impasse, true).await.names_field("/speaker");
        clerk.reads(&impasse).await.ok();
        let closed = clerk.records_word_for(&impasse, &person, agent(json!("WT-7")), true).await.ok();
        assert_eq!((&closed["state"], closed.at("/rounds/0/satisfaction/capacity")), (&json!("closed_out"), &json!("agent")));
        assert_eq!(closed.at("/rounds/0/satisfaction/assurance"), "in_person");
        let record = texts(&mut hall.outside(), &format!("SELECT body AS line FROM events WHERE stream = '{}'", impasse.id));
        assert!(record.iter().all(|line| person.secrets().iter().all(|secret| !line.contains(secret))), "no personal data");
        let (own, somebody) = hall.answered_impasse().await;
        let for_itself = json!({ "name": somebody.name, "capacity": "legal_representative" });
        clerk.reads(&own).await.ok();
        clerk.records_word_for(&own, &somebody, for_itself, true).await.names_field("/speaker");
    }

    /// Clauses D3-1, D5-2: who speaks for an enterprise is recorded when its matter is, with the document masked and the mandate;
    /// it counts in the end only with that document shown again, and somebody else names themself as before.
    async fn the_speaker_is_recorded_at_registration(hall: Hall) {
        hall.a_new_morning().await;
        let (enterprise, agent, clerk) = (Enterprise::new(), Person::new(), hall.clerk("fallback"));
        hall.received(Application::for_item(items::PROMISED).by(&agent), "rule-of-law").await;
        let speaker = json!({ "name": agent.name, "capacity": "agent", "mandate": "WT-7", "identity": agent.identity() });
        let body = |applicant: Value, speaker: Value| {
            let mut body = Grievance::new(&enterprise).body().clone();
            (body["applicant"], body["speaker"]) = (applicant, speaker);
            body
        };
        let registers = async |applicant: Value, speaker: Value| clerk.post("/v1/impasses").json(&body(applicant, speaker)).await;
        let theirs = enterprise.applicant();
        registers(Person::new().applicant(), speaker.clone()).await.names_field("/speaker");
        let mut wrong = speaker.clone();
        wrong["mandate"] = Value::Null;
        registers(theirs.clone(), wrong).await.names_field("/speaker/mandate");
        let mut wrong = speaker.clone();
        wrong["identity"] = json!({ "document_kind": "unified_social_credit_code", "document_number": enterprise.uscc });
        registers(theirs.clone(), wrong).await.names_field("/speaker/identity/document_kind");
        let registered = registers(theirs, speaker).await.created();
        let impasse = Impasse::of(&registered);
        let shown = registered.at("/speaker");
        assert_eq!((&shown["capacity"], &shown["mandate"]), (&json!("agent"), &json!("WT-7")), "{shown}");
        let manager = hall.manager();
        assert_eq!(manager.get(&impasse.path("")).await.ok().at("/speaker"), shown);
        let text = shown.to_string();
        assert!(agent.secrets().iter().all(|secret| !text.contains(secret)) && text.contains('*'), "{text}");
        let whole = clerk.get(&impasse.path("personal-data")).await.ok();
        assert_eq!((whole.at("/contacts/0/role"), whole.at("/contacts/0/document_number")), (&json!("speaker"), &json!(agent.resident_id)));
        assert!(!whole.body.to_string().contains(&agent.address), "what their own case said of where they live");
        let record = texts(&mut hall.outside(), &format!("SELECT body AS line FROM events WHERE stream = '{}'", impasse.id));
        assert!(record.iter().all(|line| agent.secrets().iter().all(|secret| !line.contains(secret))), "no personal data");

        manager.files(&impasse).await.ok();
        manager.triages(&impasse, "general").await;
        manager.reads(&impasse).await.ok();
        manager.answers_impasse(&impasse).await.ok();
        clerk.reads(&impasse).await.ok();
        clerk.records_word_of(&impasse, &Person::new(), true).await.refused("identity_differs");
        let unseen = json!({ "responded": true, "solved": true, "satisfied": true });
        clerk.post(&impasse.path("satisfaction")).if_match("*").json(&unseen).await.names_field("/identity");
        let other = Person::new();
        let head = json!({ "name": other.name, "capacity": "legal_representative" });
        clerk.reads(&impasse).await.ok();
        let back = clerk.records_word_for(&impasse, &other, head, false).await.ok();
        assert_eq!(back.at("/rounds/0/satisfaction/capacity"), "legal_representative");
        manager.reads(&impasse).await.ok();
        manager.answers_impasse(&impasse).await.ok();
        clerk.reads(&impasse).await.ok();
        let closed = clerk.records_word_of(&impasse, &agent, true).await.ok();
        assert_eq!((&closed["state"], closed.at("/rounds/1/satisfaction/capacity")), (&json!("closed_out"), &json!("agent")));
    }

    /// Clause D5-2: the database refuses it too: the state alone, an answer that was not one, a change of an answer, and
    /// making an impasse disappear.
    async fn the_database_refuses_it_too(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.answered_impasse().await;
        let applicant = hall.applicant_in(&impasse);
        applicant.reads(&impasse).await.ok();
        applicant.says(&impasse, false).await.ok();
        hall.manager().reads(&impasse).await.ok();
        hall.manager().answers_impasse(&impasse).await.ok();
        let (id, yes) = (&impasse.id, if hall.database() == Database::Sqlite { "1" } else { "TRUE" });
        let closing = "UPDATE impasses SET state = 'closed_out', closed_at = registered_at";
        let tried = [
            format!("UPDATE impasses SET state = 'closed_out' WHERE id = '{id}'"),
            format!("{closing} WHERE id = '{id}'"),
            format!("{closing}, close_round = 2, close_satisfied = {yes} WHERE id = '{id}'"),
            format!("{closing}, close_round = 1, close_satisfied = {yes}, rounds = 1 WHERE id = '{id}'"),
            format!("UPDATE impasse_answers SET satisfied = {yes} WHERE impasse = '{id}'"),
            format!("DELETE FROM impasse_answers WHERE impasse = '{id}'"),
            format!("DELETE FROM impasses WHERE id = '{id}'"),
        ];
        let mut outside = hall.outside();
        for statement in tried {
            assert!(outside.batch_execute(&statement).is_err(), "{statement}");
        }
        drop(outside);
        hall.manager().reads(&impasse).await.ok();
        assert_eq!(impasse.state(), "awaiting_applicant");
    }

    /// Clauses D5-2, D8-1: what was opened again is not closed by the answer that closed it before, in the database neither.
    async fn an_earlier_answer_closes_nothing_again(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.closed_out_impasse().await;
        hall.reform().follows_up(&impasse, false).await.ok();
        let (id, yes) = (&impasse.id, if hall.database() == Database::Sqlite { "1" } else { "TRUE" });
        let closing = "UPDATE impasses SET state = 'closed_out', closed_at = registered_at, close_round = 1";
        let mut outside = hall.outside();
        for statement in [
            format!("{closing}, close_satisfied = {yes}, rounds = 1 WHERE id = '{id}'"),
            format!("UPDATE impasses SET rounds = 1 WHERE id = '{id}'"),
        ] {
            assert!(outside.batch_execute(&statement).is_err(), "{statement}");
        }
        drop(outside);
        hall.manager().reads(&impasse).await.ok();
        assert_eq!(impasse.state(), "in_handling");
    }

    /// Clause D5-2: what cannot be done, or whose applicant does not answer, is carried with approval, reviewed, never
    /// closed, and ends all the same when the applicant is satisfied.
    async fn what_is_carried_stays_open(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("general").await;
        let (manager, reform, applicant) = (hall.manager(), hall.reform(), hall.applicant_in(&impasse));
        manager.proposes_carrying(&impasse, "not_allowed_by_law").await.refused("ground_not_borne_out");
        manager.proposes_carrying(&impasse, "unreachable").await.refused("ground_not_borne_out");
        manager.explains(&impasse).await.ok();
        manager.proposes_carrying(&impasse, "no_answer").await.refused("ground_not_borne_out");
        manager.proposes_carrying(&impasse, "not_allowed_by_law").await.ok();
        manager.rules_on_carrying(&impasse, true, 20).await.denied(403, "role_not_allowed");
        reform.rules_on_carrying(&impasse, true, 200).await.refused("days_out_of_range");
        reform.rules_on_carrying(&impasse, true, 20).await.ok();
        assert_eq!((impasse.state().as_str(), impasse.text("/carrying/ground").as_str()), ("carried", "not_allowed_by_law"));
        assert!(impasse.at("/closed_at").is_null() && impasse.at("/responsible").is_object());
        reform.reviews_carried(&impasse, Some(30)).await.ok();
        reform.reviews_carried(&impasse, None).await.ok();
        assert_eq!((impasse.state().as_str(), impasse.at("/rounds/1/cause")), ("in_handling", json!("resumed")));
        manager.explains(&impasse).await.ok();
        manager.proposes_carrying(&impasse, "not_allowed_by_law").await.ok();
        reform.rules_on_carrying(&impasse, true, 20).await.ok();
        applicant.says(&impasse, true).await.ok();
        assert_eq!(impasse.state(), "closed_out");
    }

    /// Clause D5-2: nobody can be reached is a matter of record: so many days, none of them the same.
    async fn unreachable_is_borne_out_by_the_record(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.answered_impasse().await;
        let window = hall.clerk("fallback");
        for _ in 0..3 {
            window.contacts(&impasse, false).await.ok();
        }
        hall.manager().proposes_carrying(&impasse, "unreachable").await.refused("ground_not_borne_out");
        for _ in 0..2 {
            hall.working_days(1).await;
            window.reads(&impasse).await.ok();
            window.contacts(&impasse, false).await.ok();
        }
        hall.manager().proposes_carrying(&impasse, "unreachable").await.ok();
        let ruling = |granted: bool| json!({ "granted": granted, "reason": "已核。" });
        hall.reform().posts(&impasse, "carrying/ruling", ruling(true)).await.refused("days_missing");
        hall.reform().posts(&impasse, "carrying/ruling", ruling(false)).await.ok();
        assert_eq!(impasse.state(), "awaiting_applicant", "refused, with no day to set");
    }

    /// Clause D8-1: a bad finding of a follow-up opens it again; a good one does not.
    async fn a_bad_finding_reopens(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.closed_out_impasse().await;
        hall.manager().follows_up(&impasse, false).await.denied(403, "role_not_allowed");
        hall.reform().follows_up(&impasse, true).await.ok();
        assert_eq!(impasse.state(), "closed_out");
        hall.reform().follows_up(&impasse, false).await.ok();
        assert_eq!((impasse.state().as_str(), impasse.at("/rounds/1/cause")), ("in_handling", json!("follow_up")));
        assert!(impasse.at("/closed_at").is_null() && impasse.at("/responsible").is_object());
        hall.manager().answers_impasse(&impasse).await.ok();
        hall.applicant_in(&impasse).says(&impasse, true).await.ok();
        assert_eq!(impasse.state(), "closed_out");
    }

    /// Two who record the applicant's word at the same moment: one of them does.
    async fn two_answers_at_once_are_one(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, person) = hall.answered_impasse().await;
        let (window, applicant) = (hall.clerk("fallback"), hall.applicant_in(&impasse));
        let (one, other) = tokio::join!(window.records_word_of(&impasse, &person, true), applicant.says(&impasse, true));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!((statuses[0], matches!(statuses[1], 409 | 412)), (200, true), "{statuses:?}");
    }
}
