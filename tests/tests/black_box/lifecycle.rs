//! 办件: the whole way, at the counter and online.

use tests::*;

tests::on_both_stores! {
    /// Clauses B1-1, B2-6: 受理 → 流转 → 审批 → 出件 → 送达, each step by the people whose business it is.
    async fn a_promised_time_item_goes_the_whole_way_at_the_counter(hall: Hall) {
        let person = Person::new();
        let clerk = hall.clerk("rule-of-law");
        let case = clerk.receives(Application::for_item(items::PROMISED).by(&person)).await.case();
        assert_eq!((case.stage().as_str(), case.text("/channel").as_str()), ("under_check", "counter"));
        assert!(case.number.starts_with("331081") && case.number.len() == 20, "{}", case.number);

        clerk.checks_everything(&case).await;
        clerk.accepts(&case).await.ok();
        assert_eq!(case.stage(), "in_review");
        assert!(case.text("/acceptance/notice").starts_with("331081受〔"));

        let reviewer = hall.reviewer("justice");
        reviewer.takes(&case).await.ok();
        reviewer.reviews(&case, "grant").await.ok();
        hall.approver("justice").grants(&case).await.ok();
        assert_eq!((case.stage().as_str(), case.text("/decision/by").as_str()), ("decided", "approver-justice"));
        assert!(case.text("/decision/document").starts_with("331081准〔"));

        clerk.issues(&case).await.ok();
        assert!(case.text("/delivery/result/number").starts_with("331081证〔"));
        assert_eq!(case.text("/delivery/result/digest").len(), 64);
        let code = hall.applicant_of(&case).reads_pick_up_code(&case).await.ok().text("/code");
        clerk.hands_out(&case, &code, &person).await.ok();
        assert_eq!(case.stage(), "delivered");
        assert_eq!(case.text("/delivery/delivered/how"), "pick_up");
        clerk.closes(&case).await.ok();
        assert_eq!(case.stage(), "closed");
        assert!(!case.text("/ended_at").is_empty());

        let timeline = clerk.reads_timeline(&case).await.ok();
        let kinds: Vec<&str> = timeline.body.as_array().unwrap().iter().filter_map(|e| e["kind"].as_str()).collect();
        assert_eq!(kinds.first(), Some(&"received"));
        let end = ["accepted", "assigned", "review_due", "reviewed", "decided", "issued", "delivered", "closed"];
        assert_eq!(kinds[kinds.len() - end.len()..], end);
    }

    /// Clause B1-2: applied for, accepted, decided and delivered online, by the same rules.
    async fn an_online_case_follows_the_same_rules(hall: Hall) {
        let enterprise = Enterprise::new();
        let platform = hall.adapter("platform");
        let application = Application::for_item(items::PROMISED_FOR_ENTERPRISES).by(&enterprise).electronic();
        let case = platform.receives(application.numbered("TZ-2026-000017")).await.case();
        assert_eq!((case.text("/channel").as_str(), case.text("/client").as_str()), ("web", "platform"));
        assert_eq!(case.at("/first_contact"), Value::Null);

        let applicant = hall.applicant_of(&case);
        for material in case.materials() {
            applicant.reads(&case).await.ok();
            applicant.attaches(&case, material["code"].as_str().unwrap(), "application/pdf", PDF).await.ok();
        }
        let clerk = hall.clerk("project");
        clerk.checks_scope(&case).await.ok();
        clerk.accepts(&case).await.refused("not_in_order");
        for material in case.materials() {
            let seen = json!({ "present": true, "complete": true, "legal_form": true, "presented": "electronic" });
            clerk.checks_material(&case, material["code"].as_str().unwrap(), seen).await.ok();
        }
        clerk.accepts(&case).await.ok();
        hall.review(&case).await;
        hall.approver_of(&case).grants(&case).await.ok();
        clerk.issues(&case).await.ok();
        clerk.hands_out(&case, "000000", &enterprise.contact).await.refused("other_delivery_method");
        clerk.delivers_electronically(&case).await.ok();
        assert_eq!((case.stage().as_str(), case.text("/delivery/delivered/how").as_str()), ("delivered", "electronic"));
        platform.reads(&case).await.ok();
        assert_eq!(case.text("/external_number"), "TZ-2026-000017");
    }

    /// Clauses B1-2, G1: what a platform hands in twice is one case.
    async fn an_external_number_is_used_once(hall: Hall) {
        let person = Person::new();
        let application = || Application::for_item(items::PROMISED).by(&person).numbered("TZ-1");
        let case = hall.adapter("platform").receives(application()).await.case();
        let again = hall.adapter("platform").receives(application()).await.refused("external_number_used");
        assert!(again.text("/detail").contains(&case.id));
        hall.adapter("another").receives(application()).await.created();
    }

    /// Clauses B1-2, G2: an applicant who is known applies in their own name and in nobody else's.
    async fn an_applicant_applies_for_themselves(hall: Hall) {
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let applicant = hall.applicant_of(&case);
        let own = applicant.receives(Application::for_item(items::PROMISED)).await.case();
        assert_eq!(own.party(), case.party());
        assert_eq!(own.text("/channel"), "web");
        let others = Application::for_item(items::PROMISED).by(&Person::new());
        applicant.receives(others).await.names_field("/applicant");
        let unknown = hall.applicant("01999999-0000-7000-8000-000000000000");
        unknown.receives(Application::for_item(items::PROMISED)).await.refused("applicant_unknown");
    }

    /// Clause B5-4: how sure of a person whoever vouches for them is; seen at the window, or said by a platform.
    async fn a_case_says_how_the_applicant_was_identified(hall: Hall) {
        let application = || Application::for_item(items::PROMISED).by(&Person::new());
        let claiming = |level: &str| application().with("identity_assurance", json!(level));
        let counter = hall.received(application(), "rule-of-law").await;
        assert_eq!(counter.text("/identity_assurance"), "in_person");
        let platform = hall.adapter("platform");
        assert_eq!(platform.receives(application()).await.case().text("/identity_assurance"), "real_name");
        let sure = platform.receives(claiming("real_person")).await.case();
        assert_eq!(sure.text("/identity_assurance"), "real_person");
        platform.receives(claiming("in_person")).await.names_field("/identity_assurance");
        hall.clerk("rule-of-law").receives(claiming("real_person")).await.names_field("/identity_assurance");
        let own = Application::for_item(items::PROMISED).with("identity_assurance", json!("real_person"));
        hall.applicant_of(&sure).receives(own).await.names_field("/identity_assurance");
    }

    /// Clause B2-5, 最多跑一次规定 art. 11(1): accepted, granted, issued and handed over in one call, without a notice.
    async fn an_on_the_spot_item_is_finished_in_one_call(hall: Hall) {
        let clerk = hall.clerk("policy");
        let person = Person::new();
        let case = clerk.receives(Application::for_item(items::ON_THE_SPOT_FOR_ALL).by(&person)).await.case();
        clerk.decides_on_the_spot(&case, Some(&person)).await.refused("not_in_order");
        clerk.checks_everything(&case).await;
        clerk.decides_on_the_spot(&case, Some(&Person::new())).await.refused("identity_differs");
        clerk.decides_on_the_spot(&case, Some(&person)).await.ok();
        assert_eq!(case.stage(), "closed");
        assert_eq!((case.at("/acceptance/notice"), case.text("/decision/outcome")), (Value::Null, "grant".to_owned()));
        assert!(case.text("/delivery/delivered/receipt").contains("申请人本人"));
    }

    /// Clause B2-5: without the applicant at the window it is issued, and delivered in the way that was chosen.
    async fn an_on_the_spot_result_can_wait_for_the_courier(hall: Hall) {
        let enterprise = Enterprise::new();
        let application = Application::for_item(items::ON_THE_SPOT).by(&enterprise).courier_to(&enterprise.contact);
        let case = hall.received(application, "project").await;
        let clerk = hall.clerk("project");
        clerk.checks_everything(&case).await;
        clerk.decides_on_the_spot(&case, Some(&enterprise.contact)).await.refused("other_delivery_method");
        clerk.decides_on_the_spot(&case, None).await.ok();
        assert_eq!(case.stage(), "issued");
        clerk.dispatches(&case, "EMS0001").await.ok();
    }

    /// Clause B2-5: only what the catalogue calls an on-the-spot item.
    async fn a_promised_time_item_is_not_decided_on_the_spot(hall: Hall) {
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let clerk = hall.clerk("rule-of-law");
        clerk.checks_everything(&case).await;
        assert_eq!(case.forbids("decide_on_the_spot"), "not_on_the_spot_item");
        clerk.decides_on_the_spot(&case, None).await.refused("not_on_the_spot_item");
    }

    /// 行政许可法 art. 32(1)(1) and (2): not this body's power and no licence needed are different outcomes, each with
    /// its document, its grounds and its remedies. Clause B2-1.
    async fn rejected_and_not_required_are_different_outcomes(hall: Hall) {
        let clerk = hall.clerk("rule-of-law");
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        clerk.rejects(&case).await.refused("scope_finding_differs");
        clerk.finds_scope(&case, "outside_power").await.ok();
        clerk.declares_not_required(&case).await.refused("scope_finding_differs");
        clerk.accepts(&case).await.refused("not_in_order");
        clerk.rejects(&case).await.ok();
        assert_eq!((case.stage().as_str(), case.text("/rejection/outcome").as_str()), ("rejected", "rejected"));
        assert!(case.text("/rejection/notice").starts_with("331081拒〔"));
        assert_eq!(case.text("/rejection/competent_body"), "台州市生态环境局");
        assert_eq!(remedies(&case.at("/rejection/remedies")), ["administrative_review", "litigation"]);

        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        clerk.finds_scope(&case, "no_licence_needed").await.ok();
        clerk.rejects(&case).await.refused("scope_finding_differs");
        clerk.declares_not_required(&case).await.ok();
        assert_eq!((case.stage().as_str(), case.text("/rejection/outcome").as_str()), ("not_required", "not_required"));
        assert!(case.text("/rejection/notice").starts_with("331081免〔"));
        assert_eq!(case.at("/rejection/competent_body"), Value::Null);
        clerk.accepts(&case).await.refused("wrong_stage");
    }

    /// The applicant may take an application back until it is decided; the window only records it for one who stands
    /// there. Clause B1-1.
    async fn an_application_is_withdrawn_by_the_applicant(hall: Hall) {
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        hall.accept(&case).await;
        hall.clerk("rule-of-law").withdraws(&case).await.refused("applicant_only");
        hall.applicant_of(&case).withdraws(&case).await.ok();
        assert_eq!(case.stage(), "withdrawn");
        hall.reviewer("justice").takes(&case).await.refused("wrong_stage");

        let counter = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        hall.clerk("rule-of-law").withdraws(&counter).await.ok();
        let online = Application::for_item(items::PROMISED).by(&Person::new());
        let online = hall.adapter("platform").receives(online).await.case();
        hall.clerk("rule-of-law").withdraws(&online).await.refused("applicant_only");
        hall.adapter("platform").withdraws(&online).await.ok();

        let decided = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        hall.grant(&decided).await;
        hall.applicant_of(&decided).withdraws(&decided).await.refused("wrong_stage");
    }

    /// Clause B3-2, 行政许可法 art. 38(2): a refusal names its grounds and both remedies, and is what is delivered.
    async fn a_refusal_is_reasoned_and_delivered(hall: Hall) {
        let person = Person::new();
        let application = Application::for_item(items::PROMISED).by(&person).courier_to(&person);
        let case = hall.received(application, "rule-of-law").await;
        hall.accept(&case).await;
        let (reviewer, approver, clerk) = (hall.reviewer_of(&case), hall.approver_of(&case), hall.clerk_of(&case));
        reviewer.takes(&case).await.ok();
        reviewer.reviews(&case, "refuse").await.ok();
        let groundless = json!({ "outcome": "refuse", "reasons": "不符合条件。" });
        approver.acts(&case, reqwest::Method::POST, "decision", Some(groundless)).await.refused("legal_basis_missing");
        approver.refuses(&case).await.ok();
        assert!(case.text("/decision/document").starts_with("331081驳〔"));
        assert_eq!(remedies(&case.at("/decision/remedies")), ["administrative_review", "litigation"]);
        clerk.issues(&case).await.refused("result_superfluous");
        clerk.issues_the_refusal(&case).await.ok();
        assert_eq!(case.at("/delivery/result/number"), case.at("/decision/document"));
        clerk.dispatches(&case, "EMS0002").await.ok();
        clerk.tracks(&case, "signed").await.ok();
        clerk.closes(&case).await.ok();
    }

    /// Clause B5-1: the first member of staff who was asked stays on record.
    async fn the_first_who_was_asked_stays_on_record(hall: Hall) {
        let counter = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        assert_eq!(counter.text("/first_contact"), "clerk-rule-of-law");
        let online = Application::for_item(items::PROMISED).by(&Person::new());
        let online = hall.adapter("platform").receives(online).await.case();
        hall.issue(&online).await;
        assert_eq!(online.text("/first_contact"), "clerk-rule-of-law");
    }

    /// Every acknowledged step is there after a restart.
    async fn a_case_survives_a_restart(hall: Hall) {
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        hall.accept(&case).await;
        let before = case.view();
        hall.restarts().await;
        let after = hall.clerk_of(&case).reads(&case).await.ok();
        assert_eq!(after["version"], before["version"]);
        hall.review(&case).await;
    }
}

fn remedies(of: &Value) -> Vec<String> {
    of.as_array().into_iter().flatten().filter_map(|remedy| Some(remedy["way"].as_str()?.to_owned())).collect()
}
