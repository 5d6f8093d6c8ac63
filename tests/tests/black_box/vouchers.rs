//! 代办凭据: what a front end holds, what it may do by it, and that it ends (clauses B1-2, B1-3, G1).

use tests::*;

/// Until a token that was good is no longer.
async fn is_no_longer_good(applicant: &Caller) {
    let gone = until("the token is no longer good", async || {
        let answer = applicant.get("/v1/cases").await;
        (answer.status != 200).then_some(answer)
    });
    gone.await.problem(401, "invalid_token");
}

/// For an enterprise by this agent, with what else the mandate says.
async fn acting(front_end: &Caller, enterprise: &Enterprise, agent: &Person, more: &Value) -> (Value, Caller) {
    let mut named = json!({
        "identity": agent.identity(), "mandate": "WT-2026-1", "name": agent.name, "phone": agent.phone,
    });
    named.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let body = json!({ "applicant": enterprise.applicant(), "identity_assurance": "real_name", "agent": named });
    let voucher = front_end.post("/v1/vouchers").key("visit-1").json(&body).await.created();
    let caller = front_end.hall().applicant(&voucher.text("/party")).with_token(&voucher.text("/access_token"));
    (body, caller)
}

/// An application of an enterprise, by whoever acts for it.
fn by_courier(agent: &Person) -> Value {
    json!({
        "item": items::PROMISED_FOR_ENTERPRISES, "channel": "web",
        "delivery": { "method": "courier", "recipient": agent.recipient() },
    })
}

tests::on_both_stores! {
    /// Clauses B1-2, B1-3, D2-3: who files for an enterprise through a front end stands on the case as at the counter, as its
    /// contact, by the mandate besides, and on the record of everything they do, with the front end.
    async fn an_agent_stands_on_what_they_file(hall: Hall) {
        let (front_end, enterprise, agent) = (hall.adapter("front-end"), Enterprise::new(), Person::new());
        // Known before with an address and a telephone of their own; at work they are reached elsewhere.
        let own = hall.received(Application::for_item(items::PROMISED).by(&agent), "rule-of-law").await;
        let at_work = Person::new().phone;
        let (_, acting) = acting(&front_end, &enterprise, &agent, &json!({ "phone": at_work })).await;
        let case = acting.post("/v1/cases").json(&by_courier(&agent)).await.case();
        let clerk = hall.clerk("project");
        assert_eq!(clerk.reads(&case).await.ok().at("/agent/mandate"), &json!("WT-2026-1"));
        let personal = clerk.reads_personal_data(&case).await.ok();
        let contacts = personal["contacts"].as_array().unwrap();
        let roles: Vec<&str> = contacts.iter().map(|contact| contact["role"].as_str().unwrap()).collect();
        assert_eq!(roles, ["contact", "recipient"]);
        assert_eq!((&contacts[0]["name"], &contacts[0]["document_number"]), (&json!(agent.name), &json!(agent.resident_id)));
        assert_eq!((&contacts[0]["phone"], contacts[0].get("address")), (&json!(at_work), None));
        let registered = hall.clerk("rule-of-law").reads_personal_data(&own).await.ok();
        assert_eq!(registered.at("/applicant/phone"), &json!(agent.phone), "their own entry stays as it is");
        acting.withdraws(&case).await.ok();
        let timeline = clerk.reads_timeline(&case).await.ok();
        let entries = timeline.body.as_array().unwrap();
        for entry in [&entries[0], &entries[entries.len() - 1]] {
            assert_eq!((&entry["role"], &entry["by"]), (&json!("applicant"), &json!(case.party())), "{entry}");
            let (through, by) = (&entry["through"], &entry["through"]["agent"]);
            assert_eq!((&through["client"], &by["mandate"]), (&json!("front-end"), &json!("WT-2026-1")), "{entry}");
            assert_eq!(&by["id"], &case.at("/agent/id"), "{entry}");
        }
        assert!(agent.secrets().iter().all(|secret| !timeline.body.to_string().contains(secret)), "no personal data");
        assert_eq!(hall.audit_admin().verifies(&case).await.ok()["intact"], true);
        // Whoever names another contact is still known as the agent, and reached where the system said.
        let mut other = by_courier(&agent);
        other["contact"] = enterprise.contact().unwrap();
        let other = acting.post("/v1/cases").json(&other).await.case();
        let personal = clerk.reads_personal_data(&other).await.ok();
        let of = |role: &str| personal["contacts"].as_array().unwrap().iter().find(|it| it["role"] == role).unwrap();
        let named = of("mandated_agent");
        assert_eq!((&named["name"], named.get("address")), (&json!(agent.name), None), "not where they live");
        assert_eq!(named["phone"], json!(at_work), "not where they are reached in their own matters");
        let (contact, filed) = (of("contact"), enterprise.contact().unwrap());
        assert_eq!((&contact["name"], &contact["phone"]), (&filed["name"], &filed["phone"]));
        // 套餐 and 办不成事
        let together = json!({
            "items": [packages::CODE, packages::SEAL, packages::INSURANCE], "channel": "web", "delivery": { "method": "pick_up" },
        });
        let together = acting.applies_for(packages::NEW_ENTERPRISE, together).await.created();
        let member = acting.case_of(&PackageApplication::of(&together), packages::CODE).await;
        assert_eq!(member.at("/agent"), case.at("/agent"));
        let impasse = acting.registers(&Grievance::in_person()).await.impasse();
        let read = hall.manager().reads(&impasse).await.ok();
        assert_eq!((read.at("/speaker/capacity"), read.at("/speaker/mandate")), (&json!("agent"), &json!("WT-2026-1")));
        let timeline = hall.manager().get(&impasse.path("timeline")).await.ok();
        assert_eq!(timeline.body[0]["through"]["client"], "front-end");
        // Nobody acts by the voucher of another system, or at the counter through any.
        let received = hall.received(Application::for_item(items::PROMISED_FOR_ENTERPRISES).by(&enterprise), "project").await;
        assert_eq!(received.at("/agent"), Value::Null);
    }

    /// Clauses B1-3, D5-2: whoever says online by an enterprise's voucher that it is satisfied is recorded as who spoke.
    async fn an_agent_speaks_for_an_enterprise_online(hall: Hall) {
        hall.a_new_morning().await;
        let (front_end, enterprise, agent) = (hall.adapter("front-end"), Enterprise::new(), Person::new());
        let (_, acting) = acting(&front_end, &enterprise, &agent, &json!({})).await;
        let manager = hall.manager();
        // The contact that is due today is reminded of at once, between any two steps.
        let impasse = hall.while_duties_wait(async || {
            let impasse = acting.registers(&Grievance::in_person()).await.impasse();
            manager.reads(&impasse).await.ok();
            manager.files(&impasse).await.ok();
            manager.triages(&impasse, "general").await;
            manager.reads(&impasse).await.ok();
            manager.answers_impasse(&impasse).await.ok();
            acting.reads(&impasse).await.ok();
            acting.says(&impasse, true).await.ok();
            impasse
        });
        let impasse = impasse.await;
        let said = manager.reads(&impasse).await.ok();
        let word = |field: &str| said.at(&format!("/rounds/0/satisfaction/{field}")).clone();
        assert_eq!((word("source"), word("capacity")), (json!("applicant"), json!("agent")), "{}", said.body);
    }

    /// Clause B1-3: what the mandate does not give, an agent does not do, and nothing after its last day.
    async fn a_mandate_has_its_powers_and_its_end(hall: Hall) {
        let (front_end, enterprise, agent) = (hall.adapter("front-end"), Enterprise::new(), Person::new());
        let today = hall.today();
        let more = json!({ "powers": ["applications"], "valid_until": today });
        let (body, acting) = acting(&front_end, &enterprise, &agent, &more).await;
        let case = acting.post("/v1/cases").json(&by_courier(&agent)).await.case();
        let actions = case.at("/allowed_actions").as_array().cloned().unwrap_or_default();
        let withdraw = actions.iter().find(|it| it["action"] == "withdraw").unwrap();
        assert_eq!((&withdraw["allowed"], &withdraw["code"]), (&json!(false), &json!("beyond_mandate")), "{withdraw}");
        acting.withdraws(&case).await.denied(403, "beyond_mandate");
        acting.registers(&Grievance::in_person()).await.denied(403, "beyond_mandate");
        acting.reads(&case).await.ok();
        let held = front_end.get("/v1/vouchers").await.ok();
        let line = &held.data()[0];
        assert_eq!((&line["mandate_until"], &line["powers"]), (&json!(today), &json!(["applications"])), "{line}");
        let other = |field: &str, value: Value| {
            let mut wrong = body.clone();
            wrong["agent"][field] = value;
            wrong
        };
        let yesterday = json!(today.pred_opt().unwrap());
        front_end.post("/v1/vouchers").json(&other("valid_until", yesterday)).await.names_field("/agent/valid_until");
        front_end.post("/v1/vouchers").json(&other("phone", Value::Null)).await.names_field("/agent/phone");
        hall.clock_jumps_to(today.succ_opt().unwrap()).await;
        acting.get("/v1/cases").await.denied(403, "mandate_ended");
        acting.post("/v1/cases").json(&by_courier(&agent)).await.denied(403, "mandate_ended");
        front_end.post("/v1/vouchers").key("visit-1").json(&body).await.denied(403, "mandate_ended");
    }

    /// Clause B1-3: a mandate for some items is for no other: about another one nothing is filed, kept or done, and all of it is
    /// seen.
    async fn a_mandate_is_for_the_items_that_it_names(hall: Hall) {
        let (front_end, enterprise, agent) = (hall.adapter("front-end"), Enterprise::new(), Person::new());
        let (_, whole) = acting(&hall.adapter("platform"), &enterprise, &agent, &json!({})).await;
        let mut elsewhere = by_courier(&agent);
        elsewhere["item"] = json!(items::ON_THE_SPOT_FOR_ALL);
        let other = whole.post("/v1/cases").json(&elsewhere).await.case();
        let draft = whole.post("/v1/drafts").json(&json!({ "item": items::ON_THE_SPOT_FOR_ALL })).await.created();
        let more = json!({ "items": [items::PROMISED_FOR_ENTERPRISES] });
        let (body, limited) = acting(&front_end, &enterprise, &agent, &more).await;
        let case = limited.post("/v1/cases").json(&by_courier(&agent)).await.case();
        limited.post("/v1/drafts").json(&json!({ "item": items::PROMISED_FOR_ENTERPRISES })).await.created();
        let held = front_end.get("/v1/vouchers").await.ok();
        assert_eq!(held.data()[0]["items"], more["items"]);
        // Another item: filed alone, in a package, or kept.
        limited.post("/v1/cases").json(&elsewhere).await.denied(403, "item_beyond_mandate");
        let together = json!({
            "items": [packages::CODE, packages::SEAL, packages::INSURANCE], "channel": "web", "delivery": { "method": "pick_up" },
        });
        limited.applies_for(packages::NEW_ENTERPRISE, together).await.denied(403, "item_beyond_mandate");
        let keep = json!({ "item": items::ON_THE_SPOT_FOR_ALL });
        limited.post("/v1/drafts").json(&keep).await.denied(403, "item_beyond_mandate");
        let path = format!("/v1/drafts/{}", draft.text("/id"));
        limited.get(&path).await.ok();
        limited.put(&path).if_match("*").json(&keep).await.denied(403, "item_beyond_mandate");
        limited.delete(&path).if_match("*").await.denied(403, "item_beyond_mandate");
        // What is there already is seen, and left alone.
        limited.reads(&other).await.ok();
        limited.withdraws(&other).await.denied(403, "item_beyond_mandate");
        limited.attaches(&other, "id-card", "application/pdf", PDF).await.denied(403, "item_beyond_mandate");
        let actions = limited.reads(&other).await.ok()["allowed_actions"].as_array().cloned().unwrap_or_default();
        let withdraw = actions.iter().find(|it| it["action"] == "withdraw").unwrap();
        assert_eq!((&withdraw["allowed"], &withdraw["code"]), (&json!(false), &json!("item_beyond_mandate")), "{withdraw}");
        let failed = |case: &Case| Grievance::in_person().with("failed_case", json!(case.id));
        limited.registers(&failed(&other)).await.denied(403, "item_beyond_mandate");
        let impasse = whole.registers(&failed(&other)).await.impasse();
        let shown = limited.reads(&impasse).await.ok();
        for action in ["urge_impasse", "supplement_impasse", "record_satisfaction"] {
            let permit = shown.at("/allowed_actions").as_array().unwrap().iter().find(|it| it["action"] == action).unwrap();
            assert_eq!((&permit["allowed"], &permit["code"]), (&json!(false), &json!("item_beyond_mandate")), "{permit}");
        }
        let urge = |shown: &Answer| {
            let actions = shown.at("/allowed_actions").as_array().unwrap();
            actions.iter().find(|it| it["action"] == "urge_impasse").unwrap()["allowed"].clone()
        };
        assert_eq!(urge(&whole.reads(&impasse).await.ok()), json!(true));
        limited.urges(&impasse).await.denied(403, "item_beyond_mandate");
        let own = limited.registers(&failed(&case)).await.impasse();
        assert_eq!(urge(&limited.reads(&own).await.ok()), json!(true));
        limited.reads(&case).await.ok();
        limited.withdraws(&case).await.ok();
        let mut unknown = body.clone();
        unknown["agent"]["items"] = json!(["no-such-item"]);
        front_end.post("/v1/vouchers").json(&unknown).await.names_field("/agent/items");
    }

    /// Clauses B1-3, B2-6: whose mandate has a last day collects at the counter with the mandate, as it stands on that day; one
    /// without an end collects as the contact.
    async fn an_agent_with_a_last_day_collects_with_the_mandate(hall: Hall) {
        let clerk = hall.clerk("project");
        for (until, receipt) in [(Some(hall.after(hall.today(), 60)), "代领人，委托书WT-2026-1"), (None, "联系人")] {
            let (enterprise, agent) = (Enterprise::new(), Person::new());
            let more = until.map_or_else(|| json!({}), |until| json!({ "valid_until": until }));
            let front_end = hall.adapter(if until.is_some() { "front-end" } else { "platform" });
            let (_, acting) = acting(&front_end, &enterprise, &agent, &more).await;
            let mut application = by_courier(&agent);
            application["delivery"] = json!({ "method": "pick_up" });
            let case = acting.post("/v1/cases").json(&application).await.case();
            hall.issue(&case).await;
            let code = hall.applicant_of(&case).reads_pick_up_code(&case).await.ok().text("/code");
            if until.is_some() {
                clerk.hands_out(&case, &code, &agent).await.refused("identity_differs");
                clerk.hands_out_to_agent(&case, &code, &agent, "WT-2026-1").await.ok();
            } else {
                clerk.hands_out(&case, &code, &agent).await.ok();
            }
            let said = case.text("/delivery/delivered/receipt");
            assert!(said.contains(receipt), "{said}");
        }
    }

    /// Clauses B1-3, G1: with the right to vouch goes what was got by it, within seconds.
    async fn who_may_not_vouch_acts_for_nobody(hall: Hall) {
        let client = json!({ "client": "front-end", "role": "adapter", "name": "前端", "scopes": ["cases:read", "applicants:vouch"] });
        hall.security_admin().post("/v1/clients").json(&client).await.created();
        let (_, applicant) = hall.adapter("front-end").vouches_for(&Person::new(), "visit-1").await;
        applicant.get("/v1/cases").await.ok();
        let narrowed = json!({ "name": "前端", "scopes": ["cases:read"], "active": true });
        hall.security_admin().put("/v1/clients/front-end").if_match("*").json(&narrowed).await.ok();
        is_no_longer_good(&applicant).await;
    }

    /// Clauses B1-2, B1-3: a front end sees what it holds and gives it back: no token for it is good any more, and none is
    /// given again.
    async fn a_voucher_is_given_back(hall: Hall) {
        let front_end = hall.adapter("front-end");
        let (person, other) = (Person::new(), Person::new());
        let (first, applicant) = front_end.vouches_for(&person, "visit-1").await;
        let (second, another) = front_end.vouches_for(&other, "visit-2").await;
        assert_eq!(front_end.get("/v1/vouchers").await.ok().ids(), [second.text("/id"), first.text("/id")]);
        applicant.get("/v1/cases").await.ok();
        let path = format!("/v1/vouchers/{}", first.text("/id"));
        hall.adapter("another").delete(&path).await.hidden();
        assert_eq!(hall.adapter("another").get("/v1/vouchers").await.ok().ids(), [""; 0]);
        front_end.with_scope("cases:read cases:write").delete(&path).await.denied(403, "scope_not_allowed");
        applicant.delete(&path).await.denied(403, "role_not_allowed");
        let ended = front_end.delete(&path).await.ok();
        assert!(ended["ended_at"].is_string(), "{}", ended.body);
        assert_eq!(front_end.delete(&path).await.ok().body, ended.body, "twice is once");
        is_no_longer_good(&applicant).await;
        another.get("/v1/cases").await.ok();
        let body = json!({ "applicant": person.applicant(), "identity_assurance": "real_person" });
        front_end.post("/v1/vouchers").key("visit-1").json(&body).await.refused("voucher_ended");
        assert_eq!(front_end.get("/v1/vouchers?ended=false").await.ok().ids(), [second.text("/id")]);
        assert_eq!(front_end.get("/v1/vouchers?ended=true").await.ok().ids(), [first.text("/id")]);
        // A visit of its own begins anew.
        front_end.vouches_for(&person, "visit-3").await.1.get("/v1/cases").await.ok();
    }

    /// Clause B1-3: what an applicant handed in stays theirs: the front end goes on seeing it, and acts on it only in their
    /// name, while it vouches for them.
    async fn a_front_end_acts_in_the_name_of_its_applicant_alone(hall: Hall) {
        let (front_end, person) = (hall.adapter("front-end"), Person::new());
        let (voucher, applicant) = front_end.vouches_for(&person, "visit-1").await;
        let case = applicant.receives(Application::for_item(items::PROMISED)).await.case();
        let refused = async |case: &Case| {
            front_end.reads(case).await.ok();
            front_end.withdraws(case).await.denied(403, "voucher_required");
            front_end.attaches(case, "application", "application/pdf", PDF).await.denied(403, "voucher_required");
        };
        refused(&case).await;
        front_end.reads(&case).await.ok();
        let actions = case.at("/allowed_actions").as_array().cloned().unwrap_or_default();
        let withdraw = actions.iter().find(|it| it["action"] == "withdraw").unwrap();
        assert_eq!((&withdraw["allowed"], &withdraw["code"]), (&json!(false), &json!("voucher_required")), "{withdraw}");
        applicant.reads(&case).await.ok();
        applicant.attaches(&case, "application", "application/pdf", PDF).await.ok();
        front_end.delete(&format!("/v1/vouchers/{}", voucher.text("/id"))).await.ok();
        is_no_longer_good(&applicant).await;
        refused(&case).await;
        let (_, again) = front_end.vouches_for(&person, "visit-2").await;
        again.reads(&case).await.ok();
        again.withdraws(&case).await.ok();
        // What it hands in by itself is its own, for the same person too.
        let own = front_end.receives(Application::for_item(items::PROMISED).by(&person)).await.case();
        front_end.withdraws(&own).await.ok();
    }

    /// Clauses D2-3, B1-3: the front end through which somebody registers what could not be got done stands on its record,
    /// sees how it goes on, and does nothing to it by itself.
    async fn a_front_end_stands_on_the_record_of_an_impasse(hall: Hall) {
        let front_end = hall.adapter("front-end");
        let (_, applicant) = front_end.vouches_for(&Person::new(), "visit-1").await;
        let impasse = applicant.registers(&Grievance::in_person()).await.impasse();
        let read = hall.manager().reads(&impasse).await.ok();
        assert_eq!((&read["client"], &read["channel"]), (&json!("front-end"), &json!("online")), "{}", read.body);
        front_end.reads(&impasse).await.ok();
        front_end.urges(&impasse).await.denied(403, "voucher_required");
        applicant.reads(&impasse).await.ok();
        applicant.urges(&impasse).await.ok();
        hall.adapter("another").reads(&impasse).await.hidden();
        let told = until("the feed tells it", async || {
            let feed = front_end.get("/v1/events?types=cn.gov.yichuang.impasse.registered.v1").await.ok();
            feed.data().first().cloned()
        })
        .await;
        assert_eq!(told["subject"], impasse.id.as_str());
        let own = front_end.registers(&Grievance::new(&Person::new())).await.impasse();
        front_end.urges(&own).await.ok();
    }
}
