#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use actix_web::{
    App, HttpResponse,
    body::to_bytes,
    dev::{Service, ServiceResponse},
    get,
    http::{StatusCode, header},
    middleware::from_fn,
    post, test,
    test::TestRequest,
    web,
};
use futures_util::future::LocalBoxFuture;
use kernel::{Centre, Instant, PartyId, Role};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use utoipa::openapi::Paths;
use utoipa::{IntoParams, ToSchema};

use super::*;
use crate::{
    auth::{Caller, DevelopmentToken, Keys, NoPostings},
    docs::{Registry, Shelves},
    settings::Tokens,
};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Applicant {
    name: String,
    age: u8,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Request {
    applicant: Applicant,
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    centres: Vec<Centre>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Page {
    limit: Option<u8>,
}

#[utoipa::path(security(()), request_body = Request)]
#[post("/open/body")]
async fn open_body(body: Body<Request>) -> HttpResponse {
    HttpResponse::Ok().json(json!({"name": body.applicant.name, "age": body.applicant.age, "n": body.centres.len()}))
}

#[utoipa::path(security(()), params(Page))]
#[get("/open/list")]
async fn open_list(page: Query<Page>) -> HttpResponse {
    HttpResponse::Ok().json(page.0.limit)
}

#[utoipa::path(security(()), extensions(
    ("x-deprecation" = json!({ "since": "2027-01-01", "sunset": "2029-01-01", "link": "https://yichuang.example/next" }))
))]
#[get("/open/old")]
async fn open_old() -> HttpResponse {
    HttpResponse::Ok().insert_header((header::LINK, "</open/old?page=2>; rel=\"next\"")).json(())
}

#[utoipa::path(security(()))]
#[get("/open/panic")]
async fn open_panic() -> HttpResponse {
    panic!("330324199001011234")
}

#[utoipa::path()]
#[get("/closed/{party}")]
async fn closed_party(party: PathId<PartyId>, caller: Caller) -> HttpResponse {
    HttpResponse::Ok().json(json!({"party": party.0, "role": caller.role()}))
}

#[utoipa::path(params(IfMatch))]
#[post("/closed/change")]
async fn closed_change(seen: IfMatch, key: IdempotencyKey) -> Result<HttpResponse, Error> {
    seen.check(3)?;
    Ok(HttpResponse::Ok().json(key.stamp(None).map(|stamp| stamp.key)))
}

#[utoipa::path()]
#[post("/closed/slow")]
async fn closed_slow(gate: web::Data<Semaphore>) -> HttpResponse {
    let _turn = gate.acquire().await.unwrap();
    HttpResponse::Ok().finish()
}

fn routes(registry: &mut impl Registry) {
    registry.service(open_body).service(open_list).service(open_old).service(open_panic);
    registry.service(closed_change).service(closed_slow).service(closed_party);
}

type Called = LocalBoxFuture<'static, Result<ServiceResponse, actix_web::Error>>;

struct Hall {
    call: Box<dyn Fn(TestRequest) -> Called>,
    keys: Keys,
    turns: web::Data<Semaphore>,
}

async fn hall() -> Hall {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::load_or_create(folder.path()).unwrap();
    let settings = Settings::default();
    let mut paths = Paths::new();
    routes(&mut paths);
    let auth = Authenticator::new(&keys, &settings.tokens, Centre::WENLING, Arc::new(NoPostings)).unwrap();
    let edge = Data::new(Edge::new(Contract::new(&paths), auth, &settings));
    let mut shelves = Shelves::new(&edge.contract);
    routes(&mut shelves);
    let turns = web::Data::new(Semaphore::new(0));
    let app = App::new().app_data(edge.clone()).app_data(turns.clone());
    let app = app.configure(|config| shelves.stand_in(config));
    let app = test::init_service(app.wrap(from_fn(gate))).await;
    let call = move |request: TestRequest| -> Called { Box::pin(app.call(request.to_request())) };
    Hall { call: Box::new(call), keys, turns }
}

impl Hall {
    fn token(&self, role: Role) -> (&'static str, String) {
        let org = match role {
            Role::Applicant => "01890a5d-ac96-774b-bcce-b302099a8057",
            _ => "project",
        };
        let wanted = DevelopmentToken { role, org: Some(org.to_owned()), centre: Centre::WENLING, minutes: 10 };
        let token = wanted.sign(&self.keys, &Tokens::default(), Instant::new(chrono::Utc::now())).unwrap();
        ("Authorization", format!("Bearer {token}"))
    }

    async fn answer(&self, request: TestRequest) -> (StatusCode, header::HeaderMap, Value) {
        let (status, headers, body) = match (self.call)(request).await {
            Ok(response) => {
                let (status, headers) = (response.status(), response.headers().clone());
                (status, headers, test::read_body(response).await)
            }
            Err(error) => {
                let response = error.error_response();
                let (status, headers) = (response.status(), response.headers().clone());
                (status, headers, to_bytes(response.into_body()).await.unwrap())
            }
        };
        (status, headers, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// The code of a problem, and where its first fault lies.
    async fn problem(&self, request: TestRequest) -> (u16, String, Option<String>) {
        let (status, headers, body) = self.answer(request).await;
        assert_eq!(headers.get(header::CONTENT_TYPE).unwrap(), crate::problem::PROBLEM_JSON);
        assert_eq!(body["status"], status.as_u16());
        let id = headers.get("x-request-id").unwrap().to_str().unwrap();
        assert_eq!(body["instance"], format!("urn:yichuang:request:{id}"));
        let first = &body["errors"][0];
        let place = first["pointer"].as_str().or(first["parameter"].as_str()).map(str::to_owned);
        (status.as_u16(), body["code"].as_str().unwrap().to_owned(), place)
    }
}

fn body(text: &str) -> TestRequest {
    TestRequest::post()
        .uri("/open/body")
        .insert_header(("Content-Type", "application/json"))
        .set_payload(text.to_owned())
}

fn told(status: u16, code: &str, place: Option<&str>) -> (u16, String, Option<String>) {
    (status, code.to_owned(), place.map(str::to_owned))
}

#[actix_web::test]
async fn a_good_body_is_read() {
    let hall = hall().await;
    let (status, headers, answer) =
        hall.answer(body(r#"{"applicant":{"name":"某泵业公司","age":3},"centres":["331081"]}"#)).await;
    assert_eq!((status, answer), (StatusCode::OK, json!({"name": "某泵业公司", "age": 3, "n": 1})));
    assert_eq!(headers.get(header::CONTENT_TYPE).unwrap(), "application/json; charset=utf-8");
    assert_eq!(headers.get(header::CACHE_CONTROL).unwrap(), "no-store");
    assert_eq!(headers.get(header::X_CONTENT_TYPE_OPTIONS).unwrap(), "nosniff");
}

#[actix_web::test]
async fn every_fault_of_a_body_has_its_code_and_place() {
    let hall = hall().await;
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    let large = format!(r#"{{"applicant":{{"name":"{}","age":1}}}}"#, "x".repeat(300_000));
    let cases = [
        ("", told(400, "malformed_json", None)),
        ("{", told(400, "malformed_json", None)),
        (r#"{"applicant":{"name":"a","age":1}} x"#, told(400, "malformed_json", None)),
        (&deep, told(400, "body_too_deep", None)),
        (&large, told(413, "body_too_large", None)),
        (r#"{"applicant":{"name":"a\u0000","age":1}}"#, told(400, "control_character", None)),
        (r#"{"applicant":{"name":"a","age":1,"admin":true}}"#, told(400, "unknown_field", Some("/applicant/admin"))),
        (r#"{"applicant":{"name":"a","age":1},"a/b":1}"#, told(400, "unknown_field", Some("/a~1b"))),
        (r#"{"applicant":{"name":"a"}}"#, told(422, "invalid_fields", Some("/applicant/age"))),
        (r#"{"applicant":{"name":"a","age":"1"}}"#, told(422, "invalid_fields", Some("/applicant/age"))),
        (r#"{"applicant":{"name":"a","age":300}}"#, told(422, "invalid_fields", Some("/applicant/age"))),
        (
            r#"{"applicant":{"name":"a","age":1},"centres":["331081","33"]}"#,
            told(422, "invalid_fields", Some("/centres/1")),
        ),
        (r#"{"applicant":{"name":"a","age":1,"age":2}}"#, told(422, "invalid_fields", Some("/applicant/age"))),
        ("[]", told(422, "invalid_fields", Some(""))),
        ("null", told(422, "invalid_fields", Some(""))),
    ];
    for (text, expected) in cases {
        assert_eq!(hall.problem(body(text)).await, expected, "{}", text.chars().take(80).collect::<String>());
    }
}

#[actix_web::test]
async fn what_a_type_says_of_a_value_is_passed_on_and_what_serde_says_is_not() {
    let hall = hall().await;
    let (_, _, answer) = hall.answer(body(r#"{"applicant":{"name":"a","age":1},"centres":["33"]}"#)).await;
    assert_eq!(answer["errors"][0]["detail"], "行政区划代码应为6位数字");
    let (_, _, answer) = hall.answer(body(r#"{"applicant":{"name":"a","age":1,"admin":true}}"#)).await;
    assert!(!answer.to_string().contains("expected"));
}

#[actix_web::test]
async fn a_body_must_be_json_and_say_so() {
    let hall = hall().await;
    let with = |content_type: &str| body("{}").insert_header(("Content-Type", content_type.to_owned()));
    for content_type in ["text/plain", "application/xml", "application/json; charset=gbk", "application/jsonx"] {
        assert_eq!(hall.problem(with(content_type)).await.1, "unsupported_media_type", "{content_type}");
    }
    assert_eq!(hall.problem(with("application/json; charset=UTF-8")).await.1, "invalid_fields");
    let compressed = body("{}").insert_header(("Content-Encoding", "gzip"));
    assert_eq!(hall.problem(compressed).await.1, "unsupported_media_type");
    let unasked = TestRequest::get().uri("/open/list").insert_header(("Content-Length", "2"));
    assert_eq!(hall.problem(unasked).await.1, "unexpected_body");
}

#[actix_web::test]
async fn paths_methods_and_parameters_are_those_of_the_contract() {
    let hall = hall().await;
    assert_eq!(hall.problem(TestRequest::get().uri("/nowhere")).await.1, "not_found");
    assert_eq!(hall.problem(TestRequest::get().uri("/open/list/")).await.1, "not_found");
    let (status, headers, _) = hall.answer(TestRequest::delete().uri("/open/list")).await;
    assert_eq!(
        (status, headers.get(header::ALLOW).unwrap().to_str().unwrap()),
        (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD")
    );
    let list = |query: &str| TestRequest::get().uri(&format!("/open/list?{query}"));
    assert_eq!(hall.answer(list("limit=5")).await.2, 5);
    assert_eq!(hall.problem(list("limit=5&admin=1")).await, told(400, "unknown_parameter", Some("admin")));
    assert_eq!(hall.problem(list("limit=300")).await, told(400, "invalid_parameter", Some("limit")));
    assert_eq!(hall.problem(list("limit=%00")).await, told(400, "invalid_parameter", Some("limit")));
    assert_eq!(hall.problem(list("limit=1&limit=2")).await, told(400, "invalid_parameter", Some("limit")));
    let elsewhere = body(r#"{"applicant":{"name":"a","age":1}}"#).uri("/open/body?x=1");
    assert_eq!(hall.problem(elsewhere).await, told(400, "unknown_parameter", Some("x")));
}

/// RFC 9745, RFC 8594: whatever the answer is, and beside what the handler says itself. Days begin in Shanghai.
#[actix_web::test]
async fn a_deprecated_operation_says_until_when() {
    let hall = hall().await;
    for uri in ["/open/old", "/open/old?unknown=1"] {
        let (_, headers, _) = hall.answer(TestRequest::get().uri(uri)).await;
        assert_eq!(headers.get("deprecation").unwrap(), "@1798732800");
        assert_eq!(headers.get("sunset").unwrap(), "Sun, 31 Dec 2028 16:00:00 GMT");
        let links: Vec<_> = headers.get_all(header::LINK).map(|link| link.to_str().unwrap()).collect();
        assert!(links.contains(&"<https://yichuang.example/next>; rel=\"deprecation\""), "{links:?}");
        assert!(links.contains(&"<https://yichuang.example/next>; rel=\"sunset\""), "{links:?}");
        assert_eq!(links.iter().any(|link| link.ends_with("rel=\"next\"")), uri == "/open/old");
    }
    let (_, headers, _) = hall.answer(TestRequest::get().uri("/open/list")).await;
    assert!(!headers.contains_key("deprecation") && !headers.contains_key("sunset"));
}

#[actix_web::test]
async fn whatever_is_not_public_needs_a_token() {
    let hall = hall().await;
    let uri = "/closed/01890a5d-ac96-774b-bcce-b302099a8057";
    let (status, headers, answer) = hall.answer(TestRequest::get().uri(uri)).await;
    assert_eq!((status.as_u16(), &answer["code"]), (401, &json!("unauthenticated")));
    assert!(headers.contains_key(header::WWW_AUTHENTICATE));
    for token in ["Bearer nonsense", "Basic YTpi", "Bearer", "nonsense"] {
        let request = TestRequest::get().uri(uri).insert_header(("Authorization", token));
        assert_eq!(hall.problem(request).await.1, "invalid_token", "{token}");
    }
    for _ in 0..2 {
        let request = TestRequest::get().uri(uri).insert_header(hall.token(Role::Applicant));
        assert_eq!(hall.answer(request).await.2["role"], "applicant");
    }
}

#[actix_web::test]
async fn what_is_not_an_id_does_not_exist() {
    let hall = hall().await;
    for id in ["17", "..%2f..%2fetc", "%00", "01890a5d"] {
        let request = TestRequest::get().uri(&format!("/closed/{id}")).insert_header(hall.token(Role::Manager));
        assert_eq!(hall.problem(request).await.1, "not_found", "{id}");
    }
}

#[actix_web::test]
async fn a_change_names_the_version_it_was_based_on() {
    let hall = hall().await;
    let change = || TestRequest::post().uri("/closed/change").insert_header(hall.token(Role::Clerk));
    let seen = |tag: &str| change().insert_header(("If-Match", tag.to_owned()));
    assert_eq!(hall.problem(change()).await, told(428, "precondition_required", None));
    for tag in ["3", "W/\"3\"", "\"3\", \"4\"", "\"three\"", "\"\"", "\"99999999999999999999\""] {
        assert_eq!(hall.problem(seen(tag)).await, told(400, "malformed_precondition", None), "{tag}");
    }
    let (status, headers, _) = hall.answer(seen("\"2\"")).await;
    assert_eq!((status.as_u16(), headers.get(header::ETAG).unwrap().to_str().unwrap()), (412, "\"3\""));
    for tag in ["\"3\"", "\"3.m\"", "*"] {
        assert_eq!(hall.answer(seen(tag)).await.0, StatusCode::OK, "{tag}");
    }
}

#[actix_web::test]
async fn a_system_must_send_an_idempotency_key_and_a_person_may() {
    let hall = hall().await;
    let change = |role| {
        let request = TestRequest::post().uri("/closed/change").insert_header(("If-Match", "*"));
        request.insert_header(hall.token(role))
    };
    let keyed = |role, key: &str| change(role).insert_header(("Idempotency-Key", key.to_owned()));
    assert_eq!(hall.problem(change(Role::Adapter)).await.1, "idempotency_key_missing");
    assert_eq!(hall.answer(change(Role::Clerk)).await.2, Value::Null);
    assert_eq!(hall.answer(keyed(Role::Adapter, "k-1")).await.2, "k-1");
    assert_eq!(hall.answer(keyed(Role::Clerk, "\"k-1\"")).await.2, "k-1");
    for key in ["", "\"\"", "\"a", "a b", "键", &"k".repeat(256)] {
        assert_eq!(hall.problem(keyed(Role::Clerk, key)).await.1, "idempotency_key_malformed", "{key}");
    }
}

#[actix_web::test]
async fn a_key_is_taken_until_its_request_is_answered() {
    let hall = hall().await;
    let slow = |role| {
        let request = TestRequest::post().uri("/closed/slow").insert_header(("Idempotency-Key", "k"));
        request.insert_header(hall.token(role))
    };
    let first = hall.answer(slow(Role::Clerk));
    let others = async {
        assert_eq!(hall.problem(slow(Role::Clerk)).await, told(409, "idempotency_in_flight", None));
        hall.turns.add_permits(1);
        assert_eq!(hall.answer(slow(Role::Reviewer)).await.0, StatusCode::OK, "another caller's key is another key");
    };
    let ((status, ..), ()) = futures_util::future::join(first, others).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(hall.answer(slow(Role::Clerk)).await.0, StatusCode::OK);
}

#[actix_web::test]
async fn a_panic_is_a_problem_that_tells_nothing() {
    let hall = hall().await;
    let (status, headers, answer) = hall.answer(TestRequest::get().uri("/open/panic")).await;
    assert_eq!((status.as_u16(), &answer["code"]), (500, &json!("internal")));
    assert!(!answer.to_string().contains("330324"));
    assert!(headers.contains_key("x-request-id"));
}

#[actix_web::test]
async fn a_request_keeps_its_own_id_if_it_is_harmless() {
    let hall = hall().await;
    let with = |id: &str| TestRequest::get().uri("/open/list").insert_header(("X-Request-Id", id.to_owned()));
    assert_eq!(hall.answer(with("abc-1.2_3")).await.1.get("x-request-id").unwrap(), "abc-1.2_3");
    for id in ["", "a b", "<script>", &"x".repeat(65)] {
        assert_ne!(hall.answer(with(id)).await.1.get("x-request-id").unwrap().to_str().unwrap(), id);
    }
}

#[actix_web::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let payload = actix_web::dev::Payload::Stream { payload: Box::pin(futures_util::stream::pending()) as _ };
    let limits = BodyLimits { bytes: 100, deadline: Duration::ZERO };
    let error = body::collect(payload, limits).await.unwrap_err();
    assert_eq!(error.kind(), crate::problem::Kind::RequestTimeout);
}
