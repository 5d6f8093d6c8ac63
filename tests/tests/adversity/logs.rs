//! The log: every request by its id, and nobody by name.

use diesel::connection::SimpleConnection as _;
use tests::*;

use crate::PROGRAM;

const QUIET: &str = "[http]\ndrain_seconds = 0\nshutdown_seconds = 1\n";

/// As in a path or a query.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn body(person: &Person) -> Value {
    json!({
        "item": items::PROMISED, "channel": "counter", "applicant": person.applicant(),
        "delivery": { "method": "pick_up" },
    })
}

/// A person's data wherever a request has room for it, with what each must be answered.
fn requests(clerk: &Caller, person: &Person) -> Vec<(u16, Call)> {
    let Person { name, resident_id, phone, .. } = person;
    let (good, by_name) = (body(person), encoded(name));
    let with = |pointer: &str, value: &str| {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = json!(value);
        body
    };
    let mut unknown = good.clone();
    unknown[resident_id.as_str()] = json!(phone);
    let nowhere = json!({ "number": format!("331081202601{phone}"), "query_code": "000000" });
    let cases = || clerk.post("/v1/cases");
    vec![
        (201, cases().key(phone).header("user-agent", resident_id).header("referer", phone).json(&good)),
        (422, cases().json(&with("/applicant/phone", name))),
        (422, cases().json(&with("/applicant/document_number", phone))),
        (422, cases().json(&with("/channel", resident_id))),
        (400, cases().json(&unknown)),
        (400, cases().body("application/json", format!("{{\"name\":\"{name}\",\"phone\":{phone} {resident_id}"))),
        (415, cases().body(&format!("text/{phone}"), name.as_str())),
        (400, clerk.get(&format!("/v1/cases?applicant={resident_id}"))),
        (400, clerk.get(&format!("/v1/cases?{phone}={by_name}"))),
        (404, clerk.get(&format!("/v1/cases/{resident_id}"))),
        (404, clerk.get(&format!("/v1/items/{phone}"))),
        (404, clerk.get(&format!("/{by_name}/{resident_id}"))),
        (405, clerk.delete(&format!("/v1/items/{by_name}"))),
        (401, clerk.with_token(resident_id).get(&format!("/v1/cases/{phone}"))),
        (404, clerk.hall().stranger().post("/v1/progress").json(&nowhere)),
    ]
}

/// 日志不含个人信息, whatever is right or wrong with a request, and whatever is stored.
async fn the_log_tells_of_requests_and_of_nobody(database: Database) {
    let hall = Hall::open_program(database, PROGRAM, QUIET);
    let (clerk, person) = (hall.clerk("rule-of-law"), Person::new());
    let (mut ids, mut cases) = (Vec::new(), Vec::new());
    for (n, (status, call)) in requests(&clerk, &person).into_iter().enumerate() {
        let id = format!("told-{n}");
        let answer = call.header("x-request-id", &id).await;
        assert_eq!((answer.status, answer.header("x-request-id")), (status, id.as_str()), "{answer:?}");
        cases.extend((status == 201).then(|| Case::of(&answer)));
        ids.push(id);
    }
    let case = &cases[0];
    for answer in [clerk.reads(case).await, clerk.reads_personal_data(case).await] {
        ids.push(answer.ok().header("x-request-id").to_owned());
    }
    // Bytes that no client would send: a name as it stands, in the first line and in a header.
    let name = &person.name;
    hall.raw(format!("GET /v1/items?q={name} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).await;
    hall.raw(format!("GET /v1/items HTTP/1.1\r\nhost: x\r\nx-name: {name}\r\nconnection: close\r\n\r\n")).await;
    // A row that is damaged is told by its place.
    let secrets = person.secrets();
    let damage = format!("UPDATE cases SET body = '\"{}\"' WHERE id = '{}'", secrets.join(" "), case.id);
    hall.outside().batch_execute(&damage).unwrap();
    let damaged = hall.http().get(format!("http://{}{}", hall.address(), case.path("")));
    let damaged = damaged.bearer_auth(clerk.token().unwrap()).header("x-request-id", "told-of-damage").send().await;
    assert_eq!(damaged.unwrap().status(), 500);
    ids.push("told-of-damage".to_owned());

    let mut process = hall.process();
    process.terminate();
    assert!(process.exit().await.success());
    let log = std::fs::read_to_string(log_of(hall.data())).unwrap();
    for id in &ids {
        assert!(log.contains(&format!("\"request_id\":\"{id}\"")), "{id} is not in {log}");
    }
    assert!(log.contains("request failed"), "nothing is said of the damage: {log}");
    for secret in secrets.into_iter().chain([encoded(name), case.party()]) {
        assert!(!log.contains(&secret), "{secret} is in {log}");
    }
}

#[tokio::test]
async fn the_log_tells_of_requests_and_of_nobody_on_sqlite() {
    the_log_tells_of_requests_and_of_nobody(Database::Sqlite).await;
}

#[tokio::test]
async fn the_log_tells_of_requests_and_of_nobody_on_postgres() {
    if !Database::Postgres.is_left_out() {
        the_log_tells_of_requests_and_of_nobody(Database::Postgres).await;
    }
}
