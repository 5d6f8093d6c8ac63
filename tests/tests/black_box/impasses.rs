//! 办不成事: registration, first contact, filing, first-contact responsibility, levels, and who sees what.

use tests::*;

/// One grievance of each of the six categories.
fn categories() -> [(Value, &'static str); 6] {
    [
        (json!({ "kind": "emerging_field", "field": "露营服务" }), "/category/field"),
        (json!({ "kind": "missing_item", "legal_basis": "《浙江省旅游条例》" }), "/category/legal_basis"),
        (
            json!({ "kind": "unclear_lead", "asked": ["commerce"], "change": "机构改革后职责未明确。" }),
            "/category/change",
        ),
        (
            json!({ "kind": "cross_department", "departments": ["commerce", "natural-resources"] }),
            "/category/departments",
        ),
        (json!({ "kind": "legacy", "since": 1998, "awaits": "土地处置政策。" }), "/category/awaits"),
        (json!({ "kind": "other", "why": "窗口无法直接受理。" }), "/category/why"),
    ]
}

tests::on_both_stores! {
    /// Clauses D1-1, D2-1, D3-1: six categories, each with what must be recorded for it.
    async fn each_category_asks_for_its_own(hall: Hall) {
        let window = hall.clerk("fallback");
        for (category, needed) in categories() {
            let grievance = Grievance::new(&Person::new()).with("category", category.clone());
            let impasse = window.registers(&grievance).await.impasse();
            assert_eq!(impasse.at("/category"), category);
            let mut lacking = category.clone();
            lacking.as_object_mut().unwrap().remove(needed.rsplit('/').next().unwrap());
            window.registers(&Grievance::new(&Person::new()).with("category", lacking)).await.problem(422, "invalid_fields");
        }
        let alone = json!({ "kind": "cross_department", "departments": ["commerce", "commerce"] });
        let alone = Grievance::new(&Person::new()).with("category", alone);
        window.registers(&alone).await.refused("category_incomplete");
    }

    /// Clauses D2-1, D2-3, A1-3: the fallback window, any window, a department, the applicant online and a platform; the
    /// channel is what it is, and progress can be followed.
    async fn it_is_registered_through_every_channel(hall: Hall) {
        let person = Person::new();
        let at_the_window = hall.clerk("finance").registers(&Grievance::new(&person)).await.impasse();
        assert_eq!((at_the_window.text("/channel").as_str(), at_the_window.text("/window").as_str()), ("window", "finance"));
        let by_department = hall.reviewer("commerce").registers(&Grievance::new(&Person::new())).await.impasse();
        assert_eq!((by_department.text("/channel").as_str(), by_department.text("/referred_by").as_str()), ("department", "commerce"));
        let online = hall.applicant_in(&at_the_window).registers(&Grievance::in_person()).await.impasse();
        assert_eq!((online.text("/channel").as_str(), online.party()), ("online", at_the_window.party()));
        let grievance = Grievance::new(&Person::new()).with("external_number", json!("P-1"));
        let pushed = hall.adapter("platform").registers(&grievance).await.impasse();
        hall.adapter("platform").registers(&grievance.clone().with("subject", json!("又一件"))).await.refused("external_number_used");
        for impasse in [&at_the_window, &by_department, &online, &pushed] {
            hall.clerk("fallback").reads(impasse).await.ok();
            hall.applicant_in(impasse).reads(impasse).await.ok();
            assert_eq!(impasse.state(), "registered");
        }
        hall.clerk("finance").reads(&online).await.hidden();
        hall.reviewer("commerce").reads(&by_department).await.ok();
        hall.reviewer("justice").reads(&by_department).await.hidden();
        hall.adapter("platform").reads(&pushed).await.ok();
        hall.adapter("another").reads(&pushed).await.hidden();
    }

    /// Clauses A2-3, D2-3: whoever is posted to several departments says in whose name an impasse is passed on.
    async fn it_is_passed_on_in_the_name_of_one_department(hall: Hall) {
        let posting = json!({
            "staff": "reviewer-commerce", "role": "reviewer", "department": "justice", "zone": "approval",
            "from": today() - chrono::Days::new(30),
        });
        hall.security_admin().post("/v1/postings").json(&posting).await.created();
        let reviewer = hall.reviewer("commerce");
        let named = |department: &str| Grievance::new(&Person::new()).with("department", json!(department));
        reviewer.registers(&Grievance::new(&Person::new())).await.names_field("/department");
        reviewer.registers(&named("taxation")).await.names_field("/department");
        for department in ["justice", "commerce"] {
            let impasse = reviewer.registers(&named(department)).await.impasse();
            assert_eq!(impasse.text("/referred_by"), department);
        }
        let only = hall.approver("taxation").registers(&named("taxation")).await.impasse();
        assert_eq!(only.text("/referred_by"), "taxation");
        hall.clerk("finance").registers(&named("finance-centre")).await.names_field("/department");
        hall.adapter("platform").registers(&named("commerce")).await.names_field("/department");
    }

    /// Clause D1-2: the case that failed is linked, if it is the applicant's own.
    async fn the_failed_case_is_linked(hall: Hall) {
        let person = Person::new();
        let case = hall.received(Application::for_item(items::PROMISED).by(&person), "rule-of-law").await;
        let other = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let window = hall.clerk("fallback");
        let linked = Grievance::new(&person).with("failed_case", json!(case.id));
        assert_eq!(window.registers(&linked).await.impasse().text("/failed_case"), case.id);
        let stolen = Grievance::new(&person).with("failed_case", json!(other.id));
        window.registers(&stolen).await.refused("not_the_applicants_case");
        let found = hall.manager().get(&format!("/v1/impasses?failed_case={}", case.id)).await.ok();
        assert_eq!(found.data().len(), 1);
    }

    /// Clause D3-1: filed by the centre with a number within its limit, once; what came online is called the same day.
    async fn it_is_filed_at_the_centre_with_a_number(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.registered_impasse().await;
        hall.clerk("fallback").files(&impasse).await.denied(403, "role_not_allowed");
        hall.manager().files(&impasse).await.ok();
        assert!(impasse.filing().starts_with("331081备〔"), "{}", impasse.filing());
        assert_eq!(impasse.state(), "filed");
        hall.manager().files(&impasse).await.refused("wrong_state");
        let party = hall.applicant_in(&impasse);
        let first = |impasse: &Impasse| {
            let clocks = impasse.at("/clocks").as_array().cloned().unwrap();
            clocks.into_iter().find(|clock| clock["kind"] == "first_contact")
        };
        assert_eq!(first(&impasse), None, "whoever stood there was spoken to");
        // It is reminded of at once, between any two steps.
        let called = hall.while_duties_wait(async || {
            let online = party.registers(&Grievance::in_person()).await.impasse();
            assert_eq!(first(&online).unwrap()["due"], json!(hall.today()));
            party.contacts(&online, true).await.denied(403, "role_not_allowed");
            hall.clerk("fallback").reads(&online).await.ok();
            hall.clerk("fallback").contacts(&online, false).await.ok();
            assert!(first(&online).unwrap()["stopped"].is_null());
            hall.clerk("fallback").contacts(&online, true).await.ok();
            assert_eq!(first(&online).unwrap()["stopped"], json!(hall.today()));
        });
        called.await;
    }

    /// Clauses B5-1, D7-1: whoever was asked first stays responsible until a hand-over is accepted; not accepted in time, it
    /// goes back.
    async fn first_contact_responsibility_has_no_gap(hall: Hall) {
        hall.a_new_morning().await;
        let impasse = hall.clerk("finance").registers(&Grievance::new(&Person::new())).await.impasse();
        assert_eq!(impasse.text("/responsible/code"), "clerk-finance");
        let (finance, window) = (hall.clerk("finance"), hall.clerk("fallback"));
        window.offers_impasse(&impasse, "clerk-fallback").await.refused("not_responsible");
        finance.offers_impasse(&impasse, "clerk-fallback").await.ok();
        hall.manager().accepts_impasse(&impasse).await.refused("handover_to_other");
        window.declines_impasse(&impasse).await.ok();
        assert_eq!(impasse.text("/responsible/code"), "clerk-finance");
        finance.offers_impasse(&impasse, "clerk-fallback").await.ok();
        hall.working_days(2).await;
        finance.reads(&impasse).await.ok();
        assert_eq!((impasse.text("/responsible/code").as_str(), impasse.at("/hand_over_to")), ("clerk-finance", Value::Null));
        finance.offers_impasse(&impasse, "clerk-fallback").await.ok();
        window.accepts_impasse(&impasse).await.ok();
        assert_eq!(impasse.text("/responsible/code"), "clerk-fallback");
    }

    /// Clauses D4-1, D4-3: raised by the centre, lowered only by the reform office, never in the wrong direction.
    async fn a_level_is_lowered_by_the_reform_office_only(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("general").await;
        hall.manager().lowers(&impasse, "general").await.denied(403, "role_not_allowed");
        hall.manager().raises(&impasse, "general").await.refused("not_higher");
        hall.manager().raises(&impasse, "exceptional").await.ok();
        hall.reform().lowers(&impasse, "exceptional").await.refused("not_lower");
        hall.reform().lowers(&impasse, "difficult").await.ok();
        assert_eq!(impasse.text("/level"), "difficult");
        let how: Vec<Value> = impasse.at("/gradings").as_array().unwrap().iter().map(|it| it["how"].clone()).collect();
        assert_eq!(how, [json!("triage"), json!("raised"), json!("lowered")]);
    }

    /// Clause D6-1: supplements and urgings are on the record, which is whole, and shows nobody's data.
    async fn everything_is_on_record(hall: Hall) {
        let (impasse, person) = hall.filed_impasse().await;
        let applicant = hall.applicant_in(&impasse);
        applicant.reads(&impasse).await.ok();
        applicant.supplements(&impasse).await.ok();
        applicant.urges(&impasse).await.ok();
        let steps = hall.manager().get(&impasse.path("timeline")).await.ok();
        let kinds: Vec<&str> = steps.body.as_array().unwrap().iter().map(|step| step["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["impasse_registered", "impasse_filed", "supplemented", "urged"]);
        let shown = steps.body.to_string() + &impasse.view().to_string();
        assert!(person.secrets().iter().all(|secret| !shown.contains(secret)), "{shown}");
        let verified = hall.audit_admin().get(&impasse.path("record-verification")).await.ok();
        assert_eq!((&verified["intact"], &verified["events"]), (&json!(true), &json!(4)));
        hall.reviewer("commerce").get(&impasse.path("timeline")).await.hidden();
        let seen = hall.clerk("fallback").get(&impasse.path("personal-data")).await.ok();
        assert_eq!(seen.text("/applicant/phone"), person.phone);
        hall.reviewer("commerce").get(&impasse.path("personal-data")).await.denied(403, "role_not_allowed");
    }

    /// Clause D5-1: lists show what the caller may see, and narrow.
    async fn lists_are_bound_to_the_caller(hall: Hall) {
        hall.a_new_morning().await;
        let (general, _) = hall.graded_impasse("general").await;
        let (filed, _) = hall.filed_impasse().await;
        let elsewhere = hall.clerk("data").registers(&Grievance::new(&Person::new())).await.impasse();
        let ids = async |caller: Caller, query: &str| caller.get(&format!("/v1/impasses{query}")).await.ok().ids();
        assert_eq!(ids(hall.manager(), "").await, [&elsewhere.id, &filed.id, &general.id].map(Clone::clone));
        assert_eq!(ids(hall.clerk("data"), "").await, vec![elsewhere.id.clone()]);
        assert_eq!(ids(hall.clerk("fallback"), "?state=filed").await, vec![filed.id.clone()]);
        assert_eq!(ids(hall.reform(), "?level=general").await, vec![general.id.clone()]);
        assert_eq!(ids(hall.applicant_in(&filed), "").await, vec![filed.id.clone()]);
        assert!(ids(hall.reviewer("commerce"), "").await.is_empty());
        let first = hall.manager().get("/v1/impasses?limit=2").await.ok();
        let cursor = first.text("/page/next_cursor");
        assert_eq!(ids(hall.manager(), &format!("?limit=2&cursor={cursor}")).await, vec![general.id.clone()]);
    }

    /// Clause D13-1, rule L16: the urging notice (催办通知书) of the day after has a number of its own in a series of its own; the
    /// reminder before the day has none.
    async fn an_urging_notice_has_its_number(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("general").await;
        hall.manager().orders(&impasse, "commerce", 2, false).await.ok();
        let (other, _) = hall.filed_impasse().await;
        hall.working_days(4).await;
        hall.working_days(5).await;
        let mut numbers = Vec::new();
        for impasse in [&impasse, &other] {
            hall.manager().reads(impasse).await.ok();
            let sent = impasse.at("/reminders").as_array().unwrap().clone();
            assert!(sent.iter().all(|it| (it["rung"] == "overdue") == it["document"].is_string()), "{sent:?}");
            numbers.extend(sent.iter().filter_map(|it| it["document"].as_str()).map(str::to_owned));
            let steps = hall.manager().get(&impasse.path("timeline?limit=200")).await.ok();
            let documents = steps.body.as_array().unwrap().iter().filter(|step| step["kind"] == "reminded");
            let told: Vec<_> = documents.filter_map(|step| step["document"].as_str().map(str::to_owned)).collect();
            assert!(!told.is_empty() && told.iter().all(|number| numbers.contains(number)), "{told:?}");
        }
        assert!(numbers.iter().all(|number| number.starts_with(&format!("{}催〔", hall.centre()))), "{numbers:?}");
        let all = numbers.len();
        numbers.sort();
        numbers.dedup();
        assert!(all >= 4 && numbers.len() == all, "of the receipt, the order, the handling and the triage: {numbers:?}");
    }

    /// Clause D3-1: each limit reminds once on each rung, late rather than never, in working hours.
    async fn limits_remind_once(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.filed_impasse().await;
        hall.working_days(4).await;
        hall.working_days(5).await;
        hall.manager().reads(&impasse).await.ok();
        let steps = hall.manager().get(&impasse.path("timeline?limit=200")).await.ok();
        let reminders: Vec<(Value, Value)> = steps.body.as_array().unwrap().iter()
            .filter(|step| step["kind"] == "reminded")
            .map(|step| (step["event"]["data"]["limit"].clone(), step["event"]["data"]["rung"].clone()))
            .collect();
        let triage = |rung: &str| (json!("triage"), json!(rung));
        assert_eq!(reminders, [triage("amber"), triage("overdue")]);
        let explained = hall.manager().get(&impasse.path("deadline")).await.ok();
        assert_eq!(explained.text("/binding"), "triage");
    }
}
