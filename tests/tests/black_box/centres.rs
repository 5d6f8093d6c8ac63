//! Many centres in one database: a caller of one reaches nothing of another.

use std::collections::BTreeSet;

use tests::{
    contract::{Operation, operations},
    *,
};

use crate::walk::{Ground, in_walking_order};

/// Every row of a centre, in every table.
fn rows_of(hall: &Hall, centre: &str) -> Vec<String> {
    let mut connection = hall.outside();
    let mut rows = Vec::new();
    for table in tables(hall) {
        let lines = match hall.database() {
            Database::Sqlite => {
                let columns = texts(&mut connection, &format!("SELECT name AS line FROM pragma_table_info('{table}')"));
                let columns: Vec<String> = columns.iter().map(|column| format!("\"{column}\"")).collect();
                format!("SELECT json_array({}) AS line FROM {table} WHERE centre = '{centre}'", columns.join(", "))
            }
            // Its place in the feed comes to an event later, whatever else happens or does not.
            Database::Postgres => {
                format!("SELECT (to_jsonb(t) - 'seq')::text AS line FROM {table} t WHERE centre = '{centre}'")
            }
        };
        rows.extend(texts(&mut connection, &lines).into_iter().map(|line| format!("{table} {line}")));
    }
    rows.sort();
    rows
}

/// The names in an operation's path that stand for ids, and so for something here and nothing elsewhere; a code or a
/// number of others can stand for something in each centre.
fn ids_in(operation: &Operation) -> Vec<&'static str> {
    let all = operation.spec["parameters"].as_array().into_iter().flatten();
    let ids = all.filter(|it| it["in"] == "path" && it["schema"]["format"] == "uuid");
    ids.filter_map(|it| it["name"].as_str()).collect()
}

fn is_denial(answer: &Answer) -> bool {
    match (answer.status, answer["code"].as_str().unwrap_or_default()) {
        (404, "not_found") => true,
        (403, code) => ["role_not_allowed", "not_posted_here", "other_department"].contains(&code),
        _ => false,
    }
}

fn tables(hall: &Hall) -> Vec<String> {
    let query = match hall.database() {
        Database::Sqlite => {
            "SELECT m.name AS line FROM sqlite_master m, pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND c.name = 'centre'"
        }
        Database::Postgres => {
            "SELECT table_name::text AS line FROM information_schema.columns \
             WHERE table_schema = 'public' AND column_name = 'centre'"
        }
    };
    texts(&mut hall.outside(), query)
}

tests::on_both_stores! {
    /// Every operation, by every role of another centre with the same names and ids: nothing is read, nothing is
    /// changed. The public query by number and code is for everybody and stays out.
    async fn no_operation_reaches_into_another_centre(hall: Hall) {
        hall.with_hotline().await;
        hall.with_another_centre().await;
        let ground = Ground::prepare(&hall).await;
        let here = hall.centre().to_string();
        let before = rows_of(&hall, &here);
        assert!(before.iter().any(|row| row.contains(&ground.case.id)) && tables(&hall).len() > 10);
        let of_here: BTreeSet<&str> = operations().iter().flat_map(ids_in).collect();
        for id in ["case", "posting", "impasse", "meeting", "export", "endpoint", "credential", "application"] {
            assert!(of_here.contains(id), "{id} is an id: {of_here:?}");
        }
        let neighbours = [
            hall.clerk("rule-of-law"), hall.reviewer("justice"), hall.approver("justice"), hall.manager(),
            hall.system_admin(), hall.security_admin(), hall.audit_admin(), hall.applicant_of(&ground.case),
            hall.adapter("platform"), hall.supervisor(), hall.reform(), hall.government(), hall.head("justice"),
            hall.hotline(hotline::HOTLINE),
        ];
        let mut complaints = Vec::new();
        for operation in in_walking_order() {
            if operation.is_public() {
                continue;
            }
            for neighbour in &neighbours {
                let neighbour = neighbour.in_centre(OTHER_CENTRE);
                let answer = ground.call(&hall, &operation, &neighbour).await;
                if !ids_in(&operation).is_empty() && !is_denial(&answer) {
                    complaints.push(format!("{} was answered {} {}", answer.request, answer.status, answer.body));
                }
                let text = String::from_utf8_lossy(&answer.bytes);
                let named = ground.names_impasse(&hall, &operation);
                for mark in ground.marks().into_iter().filter(|mark| !(named && *mark == ground.impasse.id)) {
                    assert!(!text.contains(&mark), "{} was told {mark}", answer.request);
                }
            }
        }
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
        let after = rows_of(&hall, &here);
        let changed: Vec<&String> = before.iter().filter(|row| !after.contains(row)).collect();
        assert!(before == after, "changed here from elsewhere: {changed:?}");
    }

    /// The same names stand for different things in different centres, and do not meet.
    async fn two_centres_do_not_meet(hall: Hall) {
        hall.with_another_centre().await;
        let person = Person::new();
        let application = || Application::for_item(items::PROMISED).by(&person).numbered("TZ-1").via("web");
        let body = json!({
            "item": items::PROMISED, "channel": "web", "applicant": person.applicant(), "external_number": "TZ-2",
            "delivery": { "method": "pick_up" },
        });
        let (here, there) = (hall.adapter("platform"), hall.adapter("platform").in_centre(OTHER_CENTRE));
        let ours = here.receives(application()).await.case();
        let theirs = there.receives(application()).await.case();
        assert_ne!(ours.party(), theirs.party(), "one person is two applicants");
        assert!(ours.number.starts_with("331081") && theirs.number.starts_with(OTHER_CENTRE));

        let send = |caller: &Caller| caller.post("/v1/cases").key("one-key").json(&body);
        let (ours, theirs) = (send(&here).await.created(), send(&there).await.created());
        assert_eq!(theirs.header("idempotency-replayed"), "");
        assert_ne!(ours["id"], theirs["id"]);

        let content = hall.stranger().get("/v1/items/law-legal-aid").await.ok()["content"].clone();
        let manager = hall.manager().in_centre(OTHER_CENTRE);
        manager.post("/v1/items/law-legal-aid/withdrawal").await.ok();
        assert_eq!(hall.stranger().get("/v1/items/law-legal-aid").await.ok()["content"], content);
        hall.stranger().get(&format!("/v1/items/law-legal-aid?centre={OTHER_CENTRE}")).await.problem(404, "not_found");
    }

    /// A token names its centre, and the holder's postings are those of that centre.
    async fn postings_are_those_of_the_tokens_centre(hall: Hall) {
        hall.with_another_centre().await;
        let posting = json!({
            "staff": "newcomer", "role": "clerk", "department": "justice", "window": "rule-of-law", "from": today(),
        });
        hall.security_admin().post("/v1/postings").json(&posting).await.created();
        let newcomer = hall.staff(kernel::Role::Clerk, "newcomer");
        let application = || Application::for_item(items::PROMISED).by(&Person::new());
        newcomer.receives(application()).await.created();
        newcomer.in_centre(OTHER_CENTRE).receives(application()).await.denied(403, "not_posted_here");
    }
}
