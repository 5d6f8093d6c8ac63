//! 受理: the checks at the window.

use tests::*;

async fn received(hall: &Hall) -> Case {
    hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await
}

tests::on_both_stores! {
    /// Clause B2-1: who checked the scope, when, and what was found.
    async fn the_scope_check_is_on_record(hall: Hall) {
        let case = received(&hall).await;
        hall.clerk("rule-of-law").checks_scope(&case).await.ok();
        assert_eq!(case.text("/scope_check/finding"), "within");
        assert_eq!(case.text("/scope_check/by"), "clerk-rule-of-law");
        assert!(!case.text("/scope_check/at").is_empty());
    }

    /// Clause B2-1: an application for what is not on offer is not taken in.
    async fn only_published_items_are_received(hall: Hall) {
        let nothing = Application::for_item("no-such-item").by(&Person::new());
        hall.clerk("rule-of-law").receives(nothing).await.refused("item_not_on_offer");
        let for_enterprises = Application::for_item(items::ON_THE_SPOT).by(&Person::new());
        hall.clerk("project").receives(for_enterprises).await.refused("not_for_this_applicant");
    }

    /// Clause B2-2: everything that is missing is named at once, and nothing else holds acceptance up.
    async fn acceptance_names_all_that_is_missing_at_once(hall: Hall) {
        let case = received(&hall).await;
        let clerk = hall.clerk("rule-of-law");
        let required = case.materials().iter().filter(|material| material["required"] == true).count();
        assert!(required > 1);
        assert_eq!(case.at("/obstacles").as_array().unwrap().len(), required + 1, "and the scope");
        let refusal = clerk.accepts(&case).await.refused("not_in_order").text("/detail");
        for material in case.materials().iter().filter(|material| material["required"] == true) {
            assert!(refusal.contains(material["name"].as_str().unwrap()), "{refusal}");
        }
        assert_eq!(case.forbids("accept"), "not_in_order");
        clerk.checks_everything(&case).await;
        assert_eq!(case.at("/obstacles"), json!([]));
        assert!(case.allows("accept"));
        clerk.accepts(&case).await.ok();
    }

    /// Clause B2-2: present, complete, in legal form, or why not: an incoherent finding is none.
    async fn a_finding_says_why_not(hall: Hall) {
        let case = received(&hall).await;
        let clerk = hall.clerk("rule-of-law");
        let bad = [
            json!({ "present": true, "complete": true, "legal_form": true }),
            json!({ "present": false, "complete": true, "legal_form": false, "note": "无" }),
            json!({ "present": true, "complete": false, "legal_form": true, "presented": "original" }),
        ];
        for finding in bad {
            clerk.checks_material(&case, "application", finding).await.refused("check_incoherent");
        }
        let lacking = json!({
            "present": true, "complete": false, "legal_form": true, "presented": "original", "note": "缺少签名，请补签。",
        });
        clerk.checks_material(&case, "application", lacking).await.ok();
        let found = case.materials().into_iter().find(|material| material["code"] == "application").unwrap();
        assert_eq!((&found["check"]["defect"], &found["check"]["by"]), (&json!("不齐全"), &json!("clerk-rule-of-law")));
    }

    /// Clause B2-2: nobody asks for more than the guide.
    async fn a_material_that_is_not_on_the_list_is_not_checked(hall: Hall) {
        let case = received(&hall).await;
        let finding = json!({ "present": true, "complete": true, "legal_form": true, "presented": "original" });
        let clerk = hall.clerk("rule-of-law");
        clerk.checks_material(&case, "tax-return", finding).await.refused("material_not_listed");
        clerk.attaches(&case, "tax-return", "application/pdf", PDF).await.refused("material_not_listed");
    }

    /// Clause B2-3: a copy is checked against its original, by whom and when; a copy that differs is not accepted.
    async fn a_copy_is_checked_against_its_original(hall: Hall) {
        let case = received(&hall).await;
        let clerk = hall.clerk("rule-of-law");
        let copy = json!({ "present": true, "complete": true, "legal_form": true, "presented": "copy" });
        clerk.checks_material(&case, "id-card", copy.clone()).await.refused("check_incoherent");
        clerk.checks_everything(&case).await;

        let mut differs = copy.clone();
        differs["copy_check"] = json!("differs");
        differs["note"] = json!("请重新复印。");
        clerk.checks_material(&case, "id-card", differs).await.ok();
        let refusal = clerk.accepts(&case).await.refused("not_in_order").text("/detail");
        assert!(refusal.contains("复印件与原件不一致"), "{refusal}");

        let mut matches = copy;
        matches["copy_check"] = json!("matches");
        clerk.checks_material(&case, "id-card", matches).await.ok();
        let card = case.materials().into_iter().find(|material| material["code"] == "id-card").unwrap();
        assert_eq!((&card["check"]["copy_check"], &card["check"]["by"]), (&json!("matches"), &json!(clerk.code())));
        clerk.accepts(&case).await.ok();
    }

    /// Clause B2-3: where the guide asks for the original, a copy is not in legal form.
    async fn a_copy_does_not_stand_for_an_original(hall: Hall) {
        let case = received(&hall).await;
        let copy = json!({
            "present": true, "complete": true, "legal_form": true, "presented": "copy", "copy_check": "matches",
        });
        hall.clerk("rule-of-law").checks_material(&case, "application", copy).await.refused("original_required");
    }

    /// Clause B2-7: electronic material does where the guide says so, and only there.
    async fn electronic_material_does_where_the_guide_says_so(hall: Hall) {
        let application = Application::for_item(items::ON_PAPER).by(&Enterprise::new());
        let case = hall.received(application, "talent").await;
        let seen = || json!({ "present": true, "complete": true, "legal_form": true, "presented": "electronic" });
        let clerk = hall.clerk("talent");
        clerk.checks_material(&case, "health-report", seen()).await.refused("electronic_not_accepted");
        clerk.checks_material(&case, "application", seen()).await.ok();
    }

    /// Clauses B1-1, A2-3: the window takes in what belongs to it.
    async fn a_clerk_receives_at_their_own_window(hall: Hall) {
        let application = || Application::for_item(items::PROMISED).by(&Person::new());
        hall.clerk("finance").receives(application()).await.denied(403, "not_posted_here");
        hall.clerk("rule-of-law").receives(application().via("web")).await.names_field("/channel");
        hall.adapter("platform").receives(application().via("counter")).await.names_field("/channel");
        for channel in ["web", "mobile", "kiosk"] {
            let case = hall.adapter("platform").receives(application().via(channel)).await.case();
            assert_eq!(case.text("/channel"), channel);
        }
    }

    /// Whoever applies is known again by their document.
    async fn the_same_applicant_is_registered_once(hall: Hall) {
        let person = Person::new();
        let clerk = hall.clerk("rule-of-law");
        let first = clerk.receives(Application::for_item(items::PROMISED).by(&person)).await.case();
        let second = clerk.receives(Application::for_item(items::PROMISED).by(&person)).await.case();
        assert_eq!(first.party(), second.party());
        assert_ne!(first.number, second.number);
        let other = clerk.receives(Application::for_item(items::PROMISED).by(&Person::new())).await.case();
        assert_ne!(first.party(), other.party());
    }

    /// Clause B1-1: a known applicant who is called otherwise, or elsewhere, is the contact of that application as it says; their
    /// own entry, and what they filed before, stay as they are.
    async fn a_known_applicant_is_reached_where_the_application_says(hall: Hall) {
        let (person, elsewhere) = (Person::new(), Person::new().phone);
        let clerk = hall.clerk("rule-of-law");
        let contacts = async |application: Application| {
            let case = clerk.receives(application).await.case();
            let personal = clerk.reads_personal_data(&case).await.ok();
            assert_eq!((personal.at("/applicant/name"), personal.at("/applicant/phone")), (&json!(person.name), &json!(person.phone)));
            personal["contacts"].clone()
        };
        let apply = |who: &Person| Application::for_item(items::PROMISED).by(who);
        assert_eq!(contacts(apply(&person)).await, json!([]));
        let moved = Person { phone: elsewhere.clone(), ..person.clone() };
        let itself = json!([{
            "role": "contact", "name": person.name, "document_number": person.resident_id, "phone": elsewhere,
            "address": person.address,
        }]);
        assert_eq!(contacts(apply(&moved)).await, itself);
        assert_eq!(contacts(apply(&person)).await, json!([]), "as registered");
        let renamed = Person { name: "瞿新名".to_owned(), ..person.clone() };
        let mut without = renamed.applicant();
        without.as_object_mut().unwrap().remove("phone");
        let found = contacts(apply(&person).with("applicant", without)).await;
        assert_eq!((&found[0]["name"], &found[0]["phone"]), (&json!(renamed.name), &json!(person.phone)));
        let friend = Person::new();
        let found = contacts(apply(&moved).with("contact", friend.as_contact())).await;
        assert_eq!((&found[0]["name"], found.as_array().unwrap().len()), (&json!(friend.name), 1), "who is named is called");

        let pushed = hall.adapter("platform").receives(apply(&moved).via("web")).await.case();
        let personal = clerk.reads_personal_data(&pushed).await.ok();
        assert_eq!(personal.at("/contacts/0/phone"), &json!(elsewhere));
        let collected = hall.received(apply(&moved), "rule-of-law").await;
        hall.issue(&collected).await;
        let code = hall.applicant_of(&collected).reads_pick_up_code(&collected).await.ok().text("/code");
        clerk.hands_out(&collected, &code, &person).await.ok();
        assert!(collected.text("/delivery/delivered/receipt").contains("申请人本人"));
    }

    /// Wrong check digits are named by field, and nothing is stored.
    async fn a_wrong_document_number_is_named(hall: Hall) {
        let mut person = Person::new();
        let last = person.resident_id.pop().unwrap();
        person.resident_id.push(if last == '1' { '2' } else { '1' });
        let clerk = hall.clerk("rule-of-law");
        let answer = clerk.receives(Application::for_item(items::PROMISED).by(&person)).await;
        let answer = answer.names_field("/applicant/document_number");
        assert!(!answer.body.to_string().contains(&person.resident_id), "a problem repeats no number");
        assert_eq!(clerk.lists("").await.ok().data().len(), 0);
    }
}
