//! 企业全景: one enterprise, by its credit code or its enterprise code, and everything open of it (clause B5-6).

use tests::{hotline::HOTLINE, *};

async fn reads(caller: &Caller, code: &str) -> Answer {
    caller.get(&format!("/v1/enterprises/{code}")).await
}

/// The front end `front-end` acts for the enterprise through somebody with a mandate.
async fn vouched(hall: &Hall, enterprise: &Enterprise) -> Caller {
    let voucher = json!({
        "applicant": enterprise.applicant(), "identity_assurance": "real_name",
        "agent": { "identity": Person::new().identity(), "mandate": "WT-2026-1" },
    });
    let voucher = hall.adapter("front-end").post("/v1/vouchers").json(&voucher).await.created();
    hall.applicant(&voucher.text("/party")).with_token(&voucher.text("/access_token"))
}

tests::on_both_stores! {
    /// Clause B5-6: everything open of an enterprise on one page, with limits and lights, by either of its codes.
    async fn an_enterprise_is_seen_as_a_whole(hall: Hall) {
        let enterprise = Enterprise::new();
        let apply = || Application::for_item(items::PROMISED_FOR_ENTERPRISES).by(&enterprise);
        let case = hall.received(apply(), "project").await;
        hall.accept(&case).await;
        let ended = hall.received(apply(), "project").await;
        hall.clerk("project").withdraws(&ended).await.ok();
        let items = [packages::CODE, packages::SEAL, packages::INSURANCE];
        let together = hall.package_application(&items, &enterprise).await;
        let impasse = hall.clerk("fallback").registers(&Grievance::new(&enterprise)).await.impasse();
        let seen = reads(&hall.manager(), &enterprise.uscc).await.ok();
        let numbers: Vec<&Value> = seen["cases"].as_array().unwrap().iter().map(|line| &line["number"]).collect();
        assert!(numbers.contains(&&json!(case.number)) && !numbers.contains(&&json!(ended.number)), "{}", seen.body);
        assert_eq!(numbers.len(), 4, "{}", seen.body);
        assert_eq!((seen.at("/packages/0/id"), seen.at("/impasses/0/id")), (&json!(together.id), &json!(impasse.id)));
        assert_eq!((&seen["red"], &seen["has_more"]), (&json!(0), &json!(false)));
        let line = seen["cases"].as_array().unwrap().iter().find(|line| line["number"] == case.number.as_str()).unwrap();
        assert!(line["due"].is_string() && line["light"].is_string(), "{line}");
        // 企业码
        let platform = hall.adapter("enterprise-codes");
        reads(&hall.manager(), "QYM-331081-1").await.hidden();
        let put = |code: &str, credit_code: &str| {
            let body = json!({ "credit_code": credit_code });
            platform.put(&format!("/v1/enterprise-codes/{code}")).json(&body)
        };
        put("QYM-331081-1", &enterprise.uscc).await.created();
        put("QYM-331081-1", &enterprise.uscc).await.ok();
        put("QYM-331081-1", &Enterprise::new().uscc).await.refused("enterprise_code_taken");
        put("QYM-331081-2", "91331081MA2ABC1X9G").await.names_field("/credit_code");
        assert_eq!(reads(&hall.manager(), "QYM-331081-1").await.ok().body, seen.body);
    }

    /// Clause B5-6: an enterprise code that was registered wrong is put right, or taken back, with the reason; it stands for
    /// the right enterprise at once, and what it stood for before stays to be read.
    async fn a_wrong_enterprise_code_is_put_right(hall: Hall) {
        let (wrong, right) = (Enterprise::new(), Enterprise::new());
        for enterprise in [&wrong, &right] {
            hall.received(Application::for_item(items::PROMISED_FOR_ENTERPRISES).by(enterprise), "project").await;
        }
        let (platform, path) = (hall.adapter("enterprise-codes"), "/v1/enterprise-codes/QYM-1");
        let put = |enterprise: &Enterprise| platform.put(path).json(&json!({ "credit_code": enterprise.uscc }));
        let correct = |enterprise: &Enterprise| {
            let body = json!({ "credit_code": enterprise.uscc, "reason": "登记时看错一位。" });
            platform.post("/v1/enterprise-codes/QYM-1/correction").json(&body)
        };
        let revoke = || platform.post("/v1/enterprise-codes/QYM-1/revocation").json(&json!({ "reason": "企业已注销。" }));
        let of = async || reads(&hall.manager(), "QYM-1").await.ok().at("/applicant/id").clone();
        let id = async |enterprise: &Enterprise| {
            reads(&hall.manager(), &enterprise.uscc).await.ok().at("/applicant/id").clone()
        };
        correct(&right).await.hidden();
        revoke().await.hidden();
        platform.get(path).await.hidden();
        put(&wrong).await.created();
        assert_eq!(of().await, id(&wrong).await);
        let body = json!({ "credit_code": "91331081MA2ABC1X9G", "reason": "看错。" });
        platform.post("/v1/enterprise-codes/QYM-1/correction").json(&body).await.names_field("/credit_code");
        let corrected = correct(&right).await.ok();
        assert_eq!(of().await, id(&right).await);
        assert_eq!(correct(&right).await.ok().body, corrected.body, "twice is once");
        put(&wrong).await.refused("enterprise_code_taken");
        let before = corrected.at("/before/0");
        assert_eq!((&before["how"], &before["by"]), (&json!("corrected"), &json!("enterprise-codes")));
        assert_eq!((&before["reason"], before.get("enterprise")), (&json!("登记时看错一位。"), None));
        let audited = hall.audit_admin().get(path).await.ok();
        assert_eq!(audited.at("/before/0/enterprise/id"), &id(&wrong).await);
        assert_eq!(audited.at("/stands_for/enterprise/id"), &id(&right).await);
        hall.manager().get(path).await.denied(403, "role_not_allowed");
        let revoked = revoke().await.ok();
        assert_eq!(revoke().await.ok().body, revoked.body, "twice is once");
        assert_eq!((revoked["before"].as_array().unwrap().len(), revoked.body.get("stands_for")), (2, None));
        reads(&hall.manager(), "QYM-1").await.hidden();
        correct(&wrong).await.refused("enterprise_code_revoked");
        put(&wrong).await.created();
        assert_eq!(of().await, id(&wrong).await);
        assert_eq!(platform.get(path).await.ok()["before"], revoked["before"]);
        // Another system does neither; the administrator does both, and has codes that no system changes.
        let (another, admin) = (hall.adapter("another"), hall.system_admin());
        let (correction, revocation) = (format!("{path}/correction"), format!("{path}/revocation"));
        let corrected = json!({ "credit_code": right.uscc, "reason": "登记时看错一位。" });
        let gone = json!({ "reason": "企业已注销。" });
        another.post(&correction).json(&corrected).await.refused("enterprise_code_of_another");
        another.post(&revocation).json(&gone).await.refused("enterprise_code_of_another");
        assert_eq!(of().await, id(&wrong).await);
        admin.post(&correction).json(&corrected).await.ok();
        assert_eq!(of().await, id(&right).await);
        admin.post(&revocation).json(&gone).await.ok();
        admin.put(path).json(&json!({ "credit_code": right.uscc })).await.created();
        revoke().await.refused("enterprise_code_of_another");
        assert_eq!(of().await, id(&right).await);
    }

    /// Clause B5-6: a code that was registered before it was known by whom is given to a system, which puts it right from then
    /// on; whom it stands for does not change by that.
    async fn a_code_of_nobody_is_given_to_a_system(hall: Hall) {
        let (enterprise, right) = (Enterprise::new(), Enterprise::new());
        let (platform, admin, path) = (hall.adapter("platform"), hall.system_admin(), "/v1/enterprise-codes/QYM-1");
        let assign = |client: &str| admin.put(&format!("{path}/owner")).json(&json!({ "client": client }));
        assign("platform").await.hidden();
        platform.put(path).json(&json!({ "credit_code": enterprise.uscc })).await.created();
        // As it was left by a version that did not keep who registered it.
        let forgotten = "UPDATE enterprise_codes SET client = NULL";
        diesel::connection::SimpleConnection::batch_execute(&mut hall.outside(), forgotten).unwrap();
        let correct = || {
            let body = json!({ "credit_code": right.uscc, "reason": "登记时看错一位。" });
            platform.post(&format!("{path}/correction")).json(&body)
        };
        correct().await.refused("enterprise_code_of_another");
        assign("platform").await.names_field("/client");
        let client = json!({ "client": "platform", "role": "adapter", "name": "平台", "scopes": ["cases:read", "cases:write"] });
        hall.security_admin().post("/v1/clients").json(&client).await.created();
        let before = admin.get(path).await.ok();
        let assigned = assign("platform").await.ok();
        assert_eq!((&assigned["client"], assigned.at("/stands_for")), (&json!("platform"), before.at("/stands_for")));
        assert_eq!(assign("platform").await.ok().body, assigned.body, "twice is once");
        let notes = texts(&mut hall.outside(), "SELECT kind AS line FROM events WHERE kind = 'enterprise_code_assigned'");
        assert_eq!(notes.len(), 1);
        platform.put(&format!("{path}/owner")).json(&json!({ "client": "platform" })).await.denied(403, "role_not_allowed");
        correct().await.ok();
        assert_eq!(platform.get(path).await.ok()["client"], json!("platform"), "it stays theirs");
        let off = json!({ "name": "平台", "scopes": ["cases:read"], "active": false });
        hall.security_admin().put("/v1/clients/platform").if_match("*").json(&off).await.ok();
        assign("platform").await.names_field("/client");
    }

    /// Clauses A2-3, B5-6, G2: each sees what they may see of it, and whoever may see nothing does not learn that it is known.
    async fn each_sees_of_an_enterprise_what_they_may(hall: Hall) {
        let enterprise = Enterprise::new();
        let case = hall.received(Application::for_item(items::PROMISED_FOR_ENTERPRISES).by(&enterprise), "project").await;
        let elsewhere = Application::for_item(items::ON_THE_SPOT_FOR_ALL).by(&enterprise);
        hall.received(elsewhere, "policy").await;
        assert_eq!(reads(&hall.manager(), &enterprise.uscc).await.ok()["cases"].as_array().unwrap().len(), 2);
        let at_the_window = reads(&hall.clerk("project"), &enterprise.uscc).await.ok();
        assert_eq!(at_the_window.at("/cases/0/id"), &json!(case.id));
        assert_eq!(at_the_window["cases"].as_array().unwrap().len(), 1);
        reads(&hall.clerk("finance"), &enterprise.uscc).await.hidden();
        reads(&hall.adapter("front-end"), &enterprise.uscc).await.hidden();
        reads(&hall.system_admin(), &enterprise.uscc).await.denied(403, "role_not_allowed");
        let front_end = vouched(&hall, &enterprise).await;
        assert_eq!(reads(&front_end, &enterprise.uscc).await.ok()["cases"].as_array().unwrap().len(), 2);
        let other = Enterprise::new();
        hall.received(Application::for_item(items::PROMISED_FOR_ENTERPRISES).by(&other), "project").await;
        reads(&front_end, &other.uscc).await.hidden();
        for code in [Enterprise::new().uscc.as_str(), "QYM-1", "-"] {
            reads(&hall.manager(), code).await.hidden();
        }
    }

    /// Clauses B5-1, B5-6, rule L18: what a window passed on to the hotline for an enterprise is open of it until the hotline
    /// has answered, for those who may see it.
    async fn what_was_passed_on_to_the_hotline_is_seen(hall: Hall) {
        let _hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        let (enterprise, fallback) = (Enterprise::new(), hall.clerk("fallback"));
        let id = fallback.raises_ticket(&enterprise).await.created().text("/id");
        for caller in [&fallback, &hall.manager()] {
            let seen = reads(caller, &enterprise.uscc).await.ok();
            assert_eq!((seen.at("/tickets/0/id"), &seen["has_more"]), (&json!(id), &json!(false)), "{}", seen.body);
        }
        reads(&hall.clerk("project"), &enterprise.uscc).await.hidden();
        reads(&hall.reviewer("justice"), &enterprise.uscc).await.hidden();
        let other = Enterprise::new();
        fallback.raises_ticket(&other).await.created();
        hall.received(Application::for_item(items::PROMISED_FOR_ENTERPRISES).by(&enterprise), "project").await;
        let elsewhere = reads(&hall.clerk("project"), &enterprise.uscc).await.ok();
        assert_eq!((elsewhere["cases"].as_array().unwrap().len(), &elsewhere["tickets"]), (1, &json!([])));
        let peer = hall.hotline(HOTLINE);
        peer.replies_to_ticket(&id, json!({ "outcome": "taken", "external_no": "T-1" })).await.ok();
        let taken = reads(&hall.manager(), &enterprise.uscc).await.ok();
        assert_eq!(taken.at("/tickets/0/external_no"), &json!("T-1"));
        assert_eq!(taken["tickets"].as_array().unwrap().len(), 1, "of this enterprise alone");
        peer.replies_to_ticket(&id, json!({ "outcome": "answered", "text": "已修复。" })).await.ok();
        assert_eq!(reads(&hall.manager(), &enterprise.uscc).await.ok()["tickets"], json!([]));
        assert_eq!(reads(&fallback, &enterprise.uscc).await.ok()["tickets"], json!([]), "it is still known here");
    }

    /// Clauses A1-2, B5-1, B5-6: what was asked for an enterprise is open of it until it ends, for those who may see it; a window
    /// that has nothing else of the enterprise finds it by that.
    async fn what_was_asked_for_it_is_seen(hall: Hall) {
        hall.a_new_morning().await;
        let (enterprise, other) = (Enterprise::new(), Enterprise::new());
        let (first, finance) = (hall.clerk("rule-of-law"), hall.clerk("finance"));
        let id = first.is_asked_by(&enterprise, to_window("finance")).await.created().text("/id");
        first.is_asked_by(&other, to_window("finance")).await.created();
        let front_end = vouched(&hall, &enterprise).await;
        for caller in [&first, &finance, &hall.manager(), &front_end] {
            let seen = reads(caller, &enterprise.uscc).await.ok();
            assert_eq!((seen.at("/consultations/0/id"), &seen["has_more"]), (&json!(id), &json!(false)), "{}", seen.body);
            assert_eq!(seen["consultations"].as_array().unwrap().len(), 1, "of this enterprise alone");
        }
        let shown = reads(&front_end, &enterprise.uscc).await.ok();
        assert_eq!(shown.at("/consultations/0/offered_to"), &Value::Null, "not for applicants");
        reads(&hall.clerk("project"), &enterprise.uscc).await.hidden();
        reads(&hall.reviewer("justice"), &enterprise.uscc).await.hidden();
        hall.received(Application::for_item(items::PROMISED_FOR_ENTERPRISES).by(&enterprise), "project").await;
        let elsewhere = reads(&hall.clerk("project"), &enterprise.uscc).await.ok();
        assert_eq!((elsewhere["cases"].as_array().unwrap().len(), &elsewhere["consultations"]), (1, &json!([])));
        first.concludes_consultation(&id).await.ok();
        assert_eq!(reads(&hall.manager(), &enterprise.uscc).await.ok()["consultations"], json!([]));
        assert_eq!(reads(&first, &enterprise.uscc).await.ok()["consultations"], json!([]), "it is still known here");
    }

    /// Clauses B5-7, G1, G2: what a front end filed in an applicant's name it goes on seeing, in its lists and in its feed;
    /// what the applicant filed without it, it does not.
    async fn a_front_end_goes_on_seeing_what_it_filed(hall: Hall) {
        let (front_end, enterprise) = (hall.adapter("front-end"), Enterprise::new());
        let applicant = vouched(&hall, &enterprise).await;
        let own = json!({
            "item": items::PROMISED_FOR_ENTERPRISES, "channel": "web", "contact": enterprise.contact(),
            "delivery": { "method": "courier", "recipient": Person::new().recipient() },
        });
        let case = applicant.post("/v1/cases").json(&own).await.case();
        let direct = hall.applicant_of(&case).post("/v1/cases").json(&own).await.case();
        assert_eq!(front_end.lists("").await.ok().ids(), [case.id.as_str()]);
        front_end.reads(&case).await.ok();
        front_end.reads(&direct).await.hidden();
        hall.adapter("another").reads(&case).await.hidden();
        hall.clerk("project").reads(&case).await.ok();
        hall.clerk("project").checks_scope(&case).await.ok();
        let told = until("it is in the feed", async || {
            let events = front_end.get("/v1/events").await.ok();
            (events.data().len() == 2).then_some(events)
        });
        assert!(told.await.data().iter().all(|event| event["subject"] == case.id.as_str()));
        applicant.get("/v1/events").await.denied(403, "role_not_allowed");
        let mut both = applicant.lists("").await.ok().ids();
        both.sort();
        assert_eq!(both, [case.id, direct.id], "the applicant sees all of it");
    }
}
