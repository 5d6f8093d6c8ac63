//! 企业全景: one enterprise, by its credit code or its enterprise code, and everything open of it (clause B5-6).

use tests::*;

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
