//! 个人信息: masked wherever it is shown, stored in its own tables and nowhere else.

use tests::*;

/// A case with personal data in every place that has room for some, brought to its end.
async fn closed(hall: &Hall) -> (Case, Vec<String>) {
    let (applicant, contact, recipient) = (Person::new(), Person::new(), Person::new());
    let application = Application::for_item(items::PROMISED).by(&applicant).courier_to(&recipient);
    let application = application.with("contact", contact.as_contact());
    let clerk = hall.clerk("rule-of-law");
    let body = application.via("counter");
    let case = clerk.receives(body).await.case();
    hall.accept(&case).await;
    hall.review(&case).await;
    hall.approver("justice").grants(&case).await.ok();
    clerk.issues(&case).await.ok();
    clerk.dispatches(&case, "EMS7").await.ok();
    clerk.tracks(&case, "signed").await.ok();
    clerk.closes(&case).await.ok();
    // What was given of each; a contact is not asked for an address, nor a recipient for a document.
    let given = [applicant.secrets(), vec![contact.name, contact.resident_id, contact.phone]];
    let given = given.into_iter().flatten().chain([recipient.name, recipient.phone, recipient.address]);
    (case, given.collect())
}

/// Every table but those named, row by row, all columns as text.
fn dump(hall: &Hall, except: &[&str]) -> Vec<(String, String)> {
    let mut connection = hall.outside();
    let tables = match hall.database() {
        Database::Sqlite => "SELECT name AS line FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
        Database::Postgres => {
            "SELECT table_name::text AS line FROM information_schema.tables WHERE table_schema = 'public'"
        }
    };
    let mut rows = Vec::new();
    for table in texts(&mut connection, tables).into_iter().filter(|table| !except.contains(&table.as_str())) {
        let columns = match hall.database() {
            Database::Sqlite => format!("SELECT name AS line FROM pragma_table_info('{table}')"),
            Database::Postgres => format!(
                "SELECT column_name::text AS line FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{table}'"
            ),
        };
        let columns: Vec<String> = texts(&mut connection, &columns)
            .iter()
            .map(|column| format!("coalesce(CAST(\"{column}\" AS TEXT), '')"))
            .collect();
        let select = format!("SELECT {} AS line FROM \"{table}\"", columns.join(" || '|' || "));
        rows.extend(texts(&mut connection, &select).into_iter().map(|row| (table.clone(), row)));
    }
    rows
}

tests::on_both_stores! {
    /// Personal data stands in `parties`, `case_contacts` and `drafts` and in no other table: not in events, not in cases, not
    /// among the remembered answers.
    async fn personal_data_is_stored_in_its_own_tables_alone(hall: Hall) {
        let person = Person::new();
        let keyed = Application::for_item(items::PROMISED).by(&person).via("web");
        hall.adapter("platform").receives(keyed).await.created();
        let (case, mut secrets) = closed(&hall).await;
        secrets.extend(person.secrets());
        hall.clerk("rule-of-law").reads_personal_data(&case).await.ok();
        let (friend, applicant) = (Person::new(), hall.applicant_of(&case));
        let draft = json!({
            "item": items::PROMISED, "contact": friend.as_contact(),
            "delivery": { "method": "courier", "recipient": friend.recipient() },
        });
        let kept = applicant.post("/v1/drafts").key("draft").json(&draft).await.created();
        applicant.put(kept.header("location")).key("again").if_match("*").json(&draft).await.ok();
        secrets.extend(friend.secrets());

        let rows = dump(&hall, &["parties", "case_contacts", "drafts"]);
        for table in ["events", "cases", "idempotency", "disclosures"] {
            assert!(rows.iter().any(|(of, _)| of == table), "{table} was looked at");
        }
        for (table, row) in &rows {
            for secret in &secrets {
                assert!(!row.contains(secret.as_str()), "{secret} stands in {table}: {row}");
            }
        }
        let own = dump(&hall, &[]);
        for secret in &secrets {
            assert!(own.iter().any(|(_, row)| row.contains(secret.as_str())), "{secret} is stored at all");
        }
    }

    /// Whatever shows a case shows a person masked, to everybody.
    async fn people_are_masked_wherever_they_are_shown(hall: Hall) {
        let (case, secrets) = closed(&hall).await;
        let readers = [
            hall.clerk("rule-of-law"), hall.reviewer("justice"), hall.approver("justice"), hall.manager(),
            hall.audit_admin(), hall.applicant_of(&case),
        ];
        for reader in readers {
            for path in ["", "timeline", "deadline", "receipt"] {
                let answer = reader.get(&case.path(path)).await;
                for secret in &secrets {
                    assert!(!answer.body.to_string().contains(secret), "{reader:?} reads {secret} in {path}");
                }
            }
            let list = reader.lists("").await.ok();
            assert!(secrets.iter().all(|secret| !list.body.to_string().contains(secret)));
            assert_eq!(list.data()[0]["applicant"]["name"], "瞿**");
        }
        assert_eq!(case.text("/applicant/name"), "瞿**");
    }

    /// 网络数据安全管理条例 art. 12: reading it unmasked leaves a trace, by whom and when.
    async fn reading_it_unmasked_leaves_a_trace(hall: Hall) {
        let (case, secrets) = closed(&hall).await;
        let traces = || texts(&mut hall.outside(), "SELECT actor_role || ' ' || actor AS line FROM disclosures ORDER BY id");
        assert_eq!(traces(), [""; 0]);
        for reader in [hall.clerk("rule-of-law"), hall.reviewer("justice")] {
            let shown = reader.reads_personal_data(&case).await.ok();
            for secret in &secrets {
                assert!(shown.body.to_string().contains(secret), "{secret} is not shown");
            }
        }
        assert_eq!(traces(), ["clerk clerk-rule-of-law", "reviewer reviewer-justice"]);
    }

    /// Whoever has no business with the case does not read it, and no trace is left.
    async fn it_is_not_shown_to_others(hall: Hall) {
        let (case, _) = closed(&hall).await;
        for other in [hall.manager(), hall.audit_admin(), hall.security_admin(), hall.system_admin()] {
            other.reads_personal_data(&case).await.denied(403, "role_not_allowed");
        }
        for other in [hall.clerk("finance"), hall.reviewer("commerce")] {
            other.reads_personal_data(&case).await.hidden();
        }
        let stranger = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        hall.applicant_of(&stranger).reads_personal_data(&case).await.hidden();
        assert_eq!(texts(&mut hall.outside(), "SELECT actor AS line FROM disclosures"), [""; 0]);
    }

    /// A problem repeats nothing of what was sent.
    async fn a_problem_repeats_no_personal_data(hall: Hall) {
        let person = Person::new();
        let mut applicant = person.applicant();
        applicant["phone"] = json!("1390000");
        applicant["document_number"] = json!(format!("{}9", person.resident_id));
        applicant["nickname"] = json!(person.name);
        let application = Application::for_item(items::PROMISED).with("applicant", applicant.clone());
        let unknown = hall.clerk("rule-of-law").receives(application).await.problem(400, "unknown_field");
        applicant.as_object_mut().unwrap().remove("nickname");
        let application = Application::for_item(items::PROMISED).with("applicant", applicant);
        let invalid = hall.clerk("rule-of-law").receives(application).await;
        let invalid = invalid.names_field("/applicant/phone").names_field("/applicant/document_number");
        for answer in [unknown, invalid] {
            let text = answer.body.to_string();
            assert!(!text.contains(&person.resident_id) && !text.contains(&person.name) && !text.contains("1390000"));
        }
    }
}
