//! 记录: append-only, chained, verifiable.

use diesel::{RunQueryDsl as _, connection::SimpleConnection as _, sql_query};
use tests::*;

async fn accepted(hall: &Hall) -> Case {
    let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
    hall.accept(&case).await;
    case
}

/// What only somebody with the database's own rights can do: takes the guard away.
fn disarm(hall: &Hall) {
    let statement = match hall.database() {
        Database::Sqlite => "DROP TRIGGER events_no_update; DROP TRIGGER events_no_delete;",
        Database::Postgres => "ALTER TABLE events DISABLE TRIGGER USER",
    };
    hall.outside().batch_execute(statement).unwrap();
}

tests::on_both_stores! {
    /// Clause D6-1: every step with who, when and what, in order, none left out.
    async fn the_timeline_is_complete(hall: Hall) {
        let case = accepted(&hall).await;
        let entries = hall.clerk("rule-of-law").reads_timeline(&case).await.ok().body;
        let entries = entries.as_array().unwrap();
        assert_eq!(entries.len() as u64, case.at("/version").as_u64().unwrap());
        for (n, entry) in (1..).zip(entries) {
            assert_eq!(entry["version"], n);
            assert_eq!((&entry["role"], &entry["by"]), (&json!("clerk"), &json!("clerk-rule-of-law")));
            assert!(!entry["label"].as_str().unwrap().is_ascii() && entry["digest"].as_str().unwrap().len() == 64);
        }
        assert_eq!(entries.last().unwrap()["document"], case.at("/acceptance/notice"));
        let rest = hall.clerk("rule-of-law").get(&case.path("timeline?after=1&limit=1")).await.ok().body;
        assert_eq!(rest, json!([entries[1]]));
    }

    /// Clause D6-1: the record refuses to be changed or shortened, whoever asks the database.
    async fn the_record_cannot_be_changed(hall: Hall) {
        let case = accepted(&hall).await;
        hall.clerk("rule-of-law").reads_personal_data(&case).await.ok();
        for statement in [
            "UPDATE events SET actor = 'somebody-else'",
            "DELETE FROM events",
            "UPDATE disclosures SET actor = 'somebody-else'",
            "DELETE FROM disclosures",
        ] {
            let refused = sql_query(statement).execute(&mut hall.outside());
            assert!(refused.unwrap_err().to_string().contains("append-only"), "{statement}");
        }
        if hall.database() == Database::Postgres {
            for statement in ["TRUNCATE events", "TRUNCATE disclosures"] {
                let refused = sql_query(statement).execute(&mut hall.outside());
                assert!(refused.unwrap_err().to_string().contains("append-only"), "{statement}");
            }
        }
        let found = hall.audit_admin().verifies(&case).await.ok();
        assert_eq!((&found["intact"], &found["events"]), (&json!(true), &case.at("/version")));
    }

    /// Clause D6-1: a record that was changed behind our back says where.
    async fn a_record_that_was_changed_says_where(hall: Hall) {
        let case = accepted(&hall).await;
        assert_eq!(hall.audit_admin().verifies(&case).await.ok()["intact"], true);
        disarm(&hall);
        let forged = format!("UPDATE events SET actor = 'somebody-else' WHERE stream = '{}' AND version = 2", case.id);
        assert_eq!(sql_query(forged).execute(&mut hall.outside()).unwrap(), 1);
        let found = hall.audit_admin().verifies(&case).await.ok();
        assert_eq!((&found["intact"], &found["broken_at"]), (&json!(false), &json!(2)));
    }

    /// Clause D6-1: one that was cut short is noticed, too.
    async fn a_record_that_was_cut_short_is_noticed(hall: Hall) {
        let case = accepted(&hall).await;
        disarm(&hall);
        let version = case.at("/version").as_u64().unwrap();
        let cut = format!("DELETE FROM events WHERE stream = '{}' AND version = {version}", case.id);
        assert_eq!(sql_query(cut).execute(&mut hall.outside()).unwrap(), 1);
        let found = hall.audit_admin().verifies(&case).await.ok();
        assert_eq!((&found["intact"], &found["broken_at"]), (&json!(false), &json!(version)));
    }

    /// Clause D6-1: verifying is the audit administrator's.
    async fn only_the_audit_administrator_verifies(hall: Hall) {
        let case = accepted(&hall).await;
        for other in [hall.clerk("rule-of-law"), hall.approver("justice"), hall.manager()] {
            other.verifies(&case).await.denied(403, "role_not_allowed");
        }
        hall.system_admin().verifies(&case).await.denied(404, "not_found");
    }

    /// Numbers are handed out once: of cases, and of each kind of document.
    async fn no_number_is_given_twice(hall: Hall) {
        let receive = async || hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let (first, second) = (receive().await, receive().await);
        hall.issue(&first).await;
        hall.issue(&second).await;
        hall.restarts().await;
        let third = receive().await;
        hall.issue(&third).await;
        for number in ["/number", "/acceptance/notice", "/decision/document", "/delivery/result/number"] {
            let given = [first.text(number), second.text(number), third.text(number)];
            assert!(given[0] < given[1] && given[1] < given[2], "{given:?}");
        }
    }
}
