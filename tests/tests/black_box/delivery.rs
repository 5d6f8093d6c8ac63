//! 出件与送达.

use reqwest::Method;
use serde_json::json;
use tests::*;

async fn issued(hall: &Hall, application: Application) -> Case {
    let case = hall.received(application, "rule-of-law").await;
    hall.issue(&case).await;
    case
}

tests::on_both_stores! {
    /// Clause B1-3: courier is offered first; what an item does not offer cannot be chosen.
    async fn courier_is_recommended(hall: Hall) {
        let person = Person::new();
        let case = hall.received(Application::for_item(items::PROMISED).by(&person), "rule-of-law").await;
        assert_eq!(case.at("/delivery/offered/0"), "courier");
        let enterprise = Enterprise::new();
        let application = Application::for_item(items::ON_PAPER).by(&enterprise).electronic();
        hall.clerk("talent").receives(application).await.refused("delivery_not_offered");
        let no_address = Application::for_item(items::PROMISED).by(&person).with("delivery", json!({ "method": "courier" }));
        hall.clerk("rule-of-law").receives(no_address).await.names_field("/delivery/recipient");
    }

    /// Clause B1-3: address, waybill, states of the way, signature.
    async fn a_parcel_is_tracked_until_it_is_signed_for(hall: Hall) {
        let person = Person::new();
        let case = issued(&hall, Application::for_item(items::PROMISED).by(&person).courier_to(&person)).await;
        let clerk = hall.clerk("rule-of-law");
        clerk.tracks(&case, "collected").await.refused("wrong_stage");
        clerk.dispatches(&case, "EMS1234567").await.ok();
        assert_eq!((case.stage().as_str(), case.text("/delivery/parcel/waybill").as_str()), ("in_transit", "EMS1234567"));
        for state in ["collected", "in_transit", "out_for_delivery"] {
            clerk.tracks(&case, state).await.ok();
        }
        let early = json!({ "state": "signed", "at": "2020-01-01T00:00:00Z" });
        clerk.acts(&case, Method::POST, "tracking", Some(early)).await.refused("tracking_out_of_order");
        let late = json!({ "state": "signed", "at": "2199-01-01T00:00:00Z" });
        clerk.acts(&case, Method::POST, "tracking", Some(late)).await.refused("tracking_in_future");
        clerk.tracks(&case, "signed").await.ok();
        assert_eq!((case.stage().as_str(), case.text("/delivery/delivered/how").as_str()), ("delivered", "courier"));
        assert_eq!(case.at("/delivery/parcel/states").as_array().unwrap().len(), 4);
        clerk.closes(&case).await.ok();
    }

    /// Clause B1-3: what comes back goes out again, or another way.
    async fn a_returned_parcel_is_sent_again(hall: Hall) {
        let person = Person::new();
        let case = issued(&hall, Application::for_item(items::PROMISED).by(&person).courier_to(&person)).await;
        let clerk = hall.clerk("rule-of-law");
        clerk.dispatches(&case, "EMS1").await.ok();
        clerk.tracks(&case, "returned").await.ok();
        assert_eq!(case.stage(), "issued");
        clerk.dispatches(&case, "EMS2").await.ok();
        assert_eq!(case.text("/delivery/parcel/waybill"), "EMS2");
        clerk.tracks(&case, "returned").await.ok();
        clerk.chooses_delivery(&case, "pick_up", None).await.ok();
        let code = hall.applicant_of(&case).reads_pick_up_code(&case).await.ok().text("/code");
        clerk.hands_out(&case, &code, &person).await.ok();
        assert_eq!(case.stage(), "delivered");
    }

    /// Clause B2-6: the right code and the right document, both.
    async fn a_result_is_picked_up_with_code_and_document(hall: Hall) {
        let person = Person::new();
        let case = issued(&hall, Application::for_item(items::PROMISED).by(&person)).await;
        let clerk = hall.clerk("rule-of-law");
        clerk.reads_pick_up_code(&case).await.denied(403, "role_not_allowed");
        let answer = hall.applicant_of(&case).reads_pick_up_code(&case).await.ok();
        assert_eq!(answer["window"], "rule-of-law");
        let code = answer.text("/code");
        let wrong = if code == "000000" { "000001" } else { "000000" };
        clerk.hands_out(&case, wrong, &person).await.refused("pick_up_code_differs");
        clerk.hands_out(&case, &code, &Person::new()).await.refused("identity_differs");
        assert_eq!(case.stage(), "issued");
        clerk.hands_out(&case, &code, &person).await.ok();
        assert!(case.text("/delivery/delivered/receipt").contains("申请人本人"));
    }

    /// Clause B2-6: a code is not found by trying, not even by whoever hands out.
    async fn a_pick_up_code_is_tried_a_few_times(hall: Hall) {
        let person = Person::new();
        let case = issued(&hall, Application::for_item(items::PROMISED).by(&person)).await;
        let clerk = hall.clerk("rule-of-law");
        let code = hall.applicant_of(&case).reads_pick_up_code(&case).await.ok().text("/code");
        let wrong = if code == "000000" { "000001" } else { "000000" };
        for _ in 0..5 {
            clerk.hands_out(&case, wrong, &person).await.refused("pick_up_code_differs");
        }
        clerk.hands_out(&case, &code, &person).await.problem(429, "rate_limited");
        assert_eq!(case.stage(), "issued");
    }

    /// Clause B2-6: for an enterprise the contact collects, and nobody else.
    async fn the_contact_of_an_enterprise_collects(hall: Hall) {
        let enterprise = Enterprise::new();
        let application = Application::for_item(items::PROMISED_FOR_ENTERPRISES).by(&enterprise);
        let case = hall.received(application, "project").await;
        let early = hall.applicant_of(&case).reads_pick_up_code(&case).await;
        early.refused("not_issued");
        hall.issue(&case).await;
        let code = hall.applicant_of(&case).reads_pick_up_code(&case).await.ok().text("/code");
        let clerk = hall.clerk("project");
        clerk.hands_out(&case, &code, &Person::new()).await.refused("identity_differs");
        clerk.hands_out(&case, &code, &enterprise.contact).await.ok();
        assert!(case.text("/delivery/delivered/receipt").contains("联系人"));
    }

    /// Clause B2-6: an agent collects with a mandate; who it was stands beside the case, and only the mandate's number on
    /// the record.
    async fn an_agent_collects_with_a_mandate(hall: Hall) {
        let (person, agent) = (Person::new(), Person::new());
        let case = issued(&hall, Application::for_item(items::PROMISED).by(&person)).await;
        let code = hall.applicant_of(&case).reads_pick_up_code(&case).await.ok().text("/code");
        let clerk = hall.clerk("rule-of-law");
        let wrong = if code == "000000" { "000001" } else { "000000" };
        clerk.hands_out_to_agent(&case, wrong, &agent, "WT-2026-017").await.refused("pick_up_code_differs");
        clerk.hands_out_to_agent(&case, &code, &agent, "张三的委托").await.names_field("/agent/mandate");
        let answer = clerk.hands_out_to_agent(&case, &code, &agent, "WT-2026-017").await.ok();
        assert_eq!(answer.text("/delivery/delivered/receipt"), "窗口领取：代领人，委托书WT-2026-017，已核验身份");
        assert!(!answer.body.to_string().contains(&agent.name));
        let seen = clerk.get(&case.path("personal-data")).await.ok();
        let contacts = seen["contacts"].as_array().unwrap();
        let named = contacts.iter().find(|contact| contact["role"] == "agent").unwrap();
        assert_eq!((&named["name"], &named["document_number"]), (&json!(agent.name), &json!(agent.resident_id)));
    }

    /// Clauses B1-3, B2-6: each way of delivery has its own steps.
    async fn a_step_of_another_way_is_refused(hall: Hall) {
        let person = Person::new();
        let case = issued(&hall, Application::for_item(items::PROMISED).by(&person).electronic()).await;
        let clerk = hall.clerk("rule-of-law");
        clerk.dispatches(&case, "EMS1").await.refused("other_delivery_method");
        clerk.hands_out(&case, "123456", &person).await.refused("other_delivery_method");
        hall.applicant_of(&case).reads_pick_up_code(&case).await.refused("other_delivery_method");
        clerk.delivers_electronically(&case).await.ok();
        clerk.closes(&case).await.ok();
    }

    /// Clause B1-3: the way is the applicant's to change until the result is on it.
    async fn the_way_of_delivery_can_be_changed(hall: Hall) {
        let person = Person::new();
        let case = hall.received(Application::for_item(items::PROMISED).by(&person), "rule-of-law").await;
        let applicant = hall.applicant_of(&case);
        applicant.chooses_delivery(&case, "courier", None).await.names_field("/recipient");
        applicant.chooses_delivery(&case, "pick_up", Some(&person)).await.names_field("/recipient");
        applicant.chooses_delivery(&case, "courier", Some(&person)).await.ok();
        assert_eq!(case.text("/delivery/method"), "courier");
        hall.issue(&case).await;
        hall.clerk("rule-of-law").dispatches(&case, "EMS9").await.ok();
        applicant.chooses_delivery(&case, "pick_up", None).await.refused("wrong_stage");
    }
}
