//! Idempotency keys (draft-ietf-httpapi-idempotency-key-header; promises P1, P2, P4).

use std::collections::BTreeSet;

use tests::*;

use crate::{
    line::{Line, head, under_way},
    rows::{contents, count, differences},
};

fn application() -> Value {
    json!({
        "item": items::PROMISED, "channel": "web", "applicant": Person::new().applicant(),
        "delivery": { "method": "pick_up" },
    })
}

fn replayed(answer: &Answer) -> bool {
    answer.header("idempotency-replayed") == "true"
}

/// The same answer, whole, and said to be so.
fn repeats(first: &Answer, again: &Answer) {
    assert_eq!((again.status, &again.bytes), (first.status, &first.bytes));
    for header in ["etag", "location", "content-type"] {
        assert_eq!(again.header(header), first.header(header), "{header}");
    }
    assert!(!replayed(first), "the first answer is not a repetition");
    assert!(replayed(again), "the second is");
}

/// Something of the right form for each name in a path: what has another form is not found before its key is asked for.
fn named(name: &str, case: &Case) -> String {
    match name {
        "case" => case.id.clone(),
        "number" | "order" | "finding" => "1".to_owned(),
        "digest" => pushing::digest_of(PDF),
        "subject" => "stages".to_owned(),
        "week" => "2026-W10".to_owned(),
        "month" => "2026-03".to_owned(),
        "client" | "code" | "external_no" | "holder" | "hotline" | "item" | "material" | "package" => {
            items::PROMISED.to_owned()
        }
        _ => uuid::Uuid::now_v7().to_string(),
    }
}

tests::on_both_stores! {
    /// Promise P2: the same request under the same key is done once, and answered twice alike.
    async fn a_repeated_request_has_one_effect_and_one_answer(hall: Hall) {
        let (adapter, body) = (hall.adapter("zjzwfw"), application());
        let send = || adapter.post("/v1/cases").key("first").json(&body);
        let first = send().await.created();
        let before = contents(&hall);
        repeats(&first, &send().await.created());
        repeats(&first, &send().header("idempotency-key-hint", "x").await.created());
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
        assert_eq!(count(&hall, "cases"), 1);
        // As a structured field the key is quoted, and is the same key.
        repeats(&first, &adapter.post("/v1/cases").key("\"first\"").json(&body).await.created());
    }

    /// Promise P2: a secret that is issued twice under one key is the same, and stands in no table.
    async fn a_secret_is_stored_nowhere(hall: Hall) {
        let client = json!({ "client": "front-end", "role": "adapter", "name": "前端", "scopes": ["cases:read"] });
        let send = async || hall.security_admin().post("/v1/clients").key("first").json(&client).await.created();
        let first = send().await;
        let secret = first.text("/client_secret");
        assert_eq!(send().await.text("/client_secret"), secret);
        let form = format!("grant_type=client_credentials&client_id=front-end&client_secret={secret}");
        let token = hall.stranger().post("/oauth/token").body("application/x-www-form-urlencoded", form).await.ok();
        let stored = format!("{:?}", contents(&hall));
        assert!(stored.contains(&first.text("/secrets/0/id")) && !stored.contains(&secret));
        assert!(!stored.contains(&token.text("/access_token")));
        assert!(!hall.security_admin().get("/v1/clients/front-end").await.ok().body.to_string().contains(&secret));
    }

    /// Promise P2: so is a step on a case, however far the case has gone since.
    async fn a_repeated_step_is_answered_as_it_was(hall: Hall) {
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let (clerk, tag) = (hall.clerk("rule-of-law"), case.etag());
        let send = || {
            clerk.post(&case.path("scope-check")).if_match(&tag).key("scope").json(&json!({ "finding": "within" }))
        };
        let first = send().await.ok();
        clerk.reads(&case).await;
        hall.accept(&case).await;
        let before = contents(&hall);
        repeats(&first, &send().await.ok());
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
        assert_eq!(clerk.reads(&case).await["stage"], "in_review");
    }

    /// A key belongs to one request: another body, path, query or type under it is refused, and nothing is done.
    async fn a_key_is_for_one_request(hall: Hall) {
        let (adapter, body) = (hall.adapter("zjzwfw"), application());
        let case = adapter.post("/v1/cases").key("k").json(&body).await.case();
        let before = contents(&hall);
        let others = [
            adapter.post("/v1/cases").key("k").json(&application()),
            adapter.post("/v1/cases").key("k").body("application/json", format!("{body} ")),
            adapter.post("/v1/cases").key("k").body("application/json; charset=utf-8", body.to_string()),
            adapter.post(&case.path("withdrawal")).key("k").if_match("*").json(&json!({ "reason": "x" })),
        ];
        for other in others {
            other.await.problem(422, "idempotency_key_reused");
        }
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
    }

    /// Two callers can choose the same key without meeting, also of two centres.
    async fn a_key_is_its_callers_own(hall: Hall) {
        hall.with_another_centre().await;
        let callers =
            [hall.adapter("zjzwfw"), hall.adapter("hotline"), hall.adapter("zjzwfw").in_centre(OTHER_CENTRE)];
        let mut ids = BTreeSet::new();
        for caller in &callers {
            let answer = caller.post("/v1/cases").key("same").json(&application()).await.created();
            assert!(!replayed(&answer));
            assert!(ids.insert(answer.text("/id")));
        }
        let body = json!({ "finding": "within" });
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let call = hall.clerk("rule-of-law").post(&case.path("scope-check")).key("same").if_match("*").json(&body);
        assert!(!replayed(&call.await.ok()));
        // The same caller with a new token is the same caller.
        let again = callers[0].anew().post("/v1/cases").key("same").json(&application()).await;
        again.problem(422, "idempotency_key_reused");
    }

    /// Systems must send a key with every write of the contract; reads need none.
    async fn a_system_writes_with_a_key_or_not_at_all(hall: Hall) {
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let token = hall.adapter("zjzwfw").token().unwrap().to_owned();
        let before = contents(&hall);
        let mut tried = 0;
        for operation in contract::operations() {
            // The clock of a sandbox goes to where it is told, however often.
            if operation.method.is_safe() || operation.is_public() || operation.id == "move_clock" {
                continue;
            }
            let path = operation.at(|name| named(name, &case));
            let url = format!("http://{}{path}", hall.address());
            let mut request = hall.http().request(operation.method.clone(), url).bearer_auth(&token);
            request = request.header("if-match", "*");
            if operation.has_body() {
                request = request.header("content-type", "application/json").body("{}");
            }
            let response = request.send().await.unwrap();
            let (status, body) = (response.status(), response.json::<Value>().await.unwrap());
            let missing = status == 400 && body["code"] == "idempotency_key_missing";
            assert!(missing, "{}: {status} {body}", operation.id);
            tried += 1;
        }
        assert!(tried > 20, "{tried}");
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
        hall.clerk("rule-of-law").post(&case.path("scope-check")).if_match("*").json(&json!({ "finding": "within" })).await.ok();
    }

    /// While the first request is under way, the second is told to come again; once it is done, it gets the answer.
    async fn a_key_in_use_is_told_to_wait(hall: Hall) {
        let (adapter, body) = (hall.adapter("zjzwfw"), application().to_string());
        let (one, other) = body.split_at(body.len() / 2);
        let (mut line, waits) = under_way(&adapter, "/v1/cases", "slow", one, body.len()).await;
        let waits = waits.problem(409, "idempotency_in_flight");
        assert!(waits.header("retry-after").parse::<u32>().unwrap() > 0);
        assert_eq!(waits["retryable"], true);
        adapter.post("/v1/cases").key("another").json(&application()).await.created();
        hall.adapter("hotline").post("/v1/cases").key("slow").json(&application()).await.created();
        line.says(other).await;
        let heard = line.hears().await;
        assert!(heard.starts_with("HTTP/1.1 201"), "{heard}");
        let again = adapter.post("/v1/cases").key("slow").body("application/json", body.clone()).await.created();
        assert!(replayed(&again) && heard.ends_with(&String::from_utf8(again.bytes).unwrap()));
        assert_eq!(count(&hall, "cases"), 3);
    }

    /// A key whose request broke off is free again: nothing was done under it.
    async fn a_request_that_broke_off_frees_its_key(hall: Hall) {
        let (adapter, body) = (hall.adapter("zjzwfw"), application());
        let mut line = Line::open(&hall).await;
        line.says(&head(&adapter, "/v1/cases", "idempotency-key: broken\r\n", 500)).await;
        line.says("{").await;
        drop(line);
        let send = || adapter.post("/v1/cases").key("broken").json(&body);
        let answer = until("the key is free", async || Some(send().await).filter(|answer| answer.status != 409)).await;
        assert!(!replayed(&answer.created()));
        assert_eq!(count(&hall, "cases"), 1);
    }

    /// A refusal is an answer like any other: repeated as it was, although it could be done now.
    async fn a_refusal_is_repeated_too(hall: Hall) {
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let clerk = hall.clerk("rule-of-law");
        let accept = |key: &str| clerk.post(&case.path("acceptance")).if_match("*").key(key);
        let first = accept("too-early").await.refused("not_in_order");
        clerk.checks_everything(&case).await;
        let before = contents(&hall);
        repeats(&first, &accept("too-early").await.refused("not_in_order"));
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
        accept("in-time").await.ok();
    }

    /// What was wrong with the request itself is not kept: corrected, it goes through under the same key.
    async fn a_faulty_request_does_not_use_up_its_key(hall: Hall) {
        let adapter = hall.adapter("zjzwfw");
        let mut wrong = application();
        wrong["applicant"]["document_number"] = json!("331081198002301230");
        adapter.post("/v1/cases").key("k").json(&wrong).await.names_field("/applicant/document_number");
        adapter.post("/v1/cases").key("k").body("application/json", "{").await.problem(400, "malformed_json");
        let case = adapter.post("/v1/cases").key("k").json(&application()).await.case();
        let withdraw = |tag: &str| {
            adapter.post(&case.path("withdrawal")).if_match(tag).key("w").json(&json!({ "reason": "计划有变。" }))
        };
        withdraw("\"99\"").await.problem(412, "version_mismatch");
        withdraw(&case.etag()).await.ok();
    }

    /// Promise P2: fifty at once under one key are one case; whoever did not get its answer gets it by asking again.
    async fn fifty_at_once_are_one(hall: Hall) {
        let (adapter, body) = (hall.adapter("zjzwfw"), application());
        let sent: Vec<_> = (0..50)
            .map(|_| tokio::spawn(adapter.post("/v1/cases").key("crowd").json(&body).into_future()))
            .collect();
        let (mut ids, mut done) = (BTreeSet::new(), 0);
        for answer in sent {
            let answer = answer.await.unwrap();
            if answer.status == 201 {
                ids.insert(answer.text("/id"));
                done += usize::from(!replayed(&answer));
            } else {
                answer.problem(409, "idempotency_in_flight");
            }
        }
        assert_eq!((ids.len(), done), (1, 1), "{ids:?}");
        let again = adapter.post("/v1/cases").key("crowd").json(&body).await.created();
        assert!(replayed(&again) && ids.contains(&again.text("/id")));
        assert_eq!((count(&hall, "cases"), count(&hall, "events")), (1, 1 + registers(&hall)));
    }

    /// Promise P1: the key is committed with its effect, so it outlives the server.
    async fn a_key_outlives_the_server(hall: Hall) {
        let (adapter, body) = (hall.adapter("zjzwfw"), application());
        let first = adapter.post("/v1/cases").key("before").json(&body).await.created();
        hall.restarts().await;
        let before = contents(&hall);
        repeats(&first, &adapter.post("/v1/cases").key("before").json(&body).await.created());
        adapter.post("/v1/cases").key("before").json(&application()).await.problem(422, "idempotency_key_reused");
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
    }
}

/// Events that are not of a case: the catalogue was put in.
fn registers(hall: &Hall) -> usize {
    let query = "SELECT stream AS line FROM events WHERE stream IN ('catalog', 'calendar', 'postings')";
    texts(&mut hall.outside(), query).len()
}
