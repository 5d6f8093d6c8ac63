//! Over real HTTP, on a port of its own.
#![allow(clippy::unwrap_used)]

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use super::*;
use crate::settings::Http;

struct Server {
    running: Running,
    _data: tempfile::TempDir,
}

async fn server(change: impl FnOnce(&mut Settings)) -> Server {
    let data = tempfile::tempdir().unwrap();
    let mut settings = Settings {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        management: "127.0.0.1:0".to_owned(),
        data: data.path().to_owned(),
        http: Http { workers: 1, ..Http::default() },
        ..Settings::default()
    };
    change(&mut settings);
    Server { running: start(settings).await.unwrap(), _data: data }
}

impl Server {
    async fn get(&self, path: &str) -> reqwest::Response {
        let url = format!("http://{}{path}", self.running.addr);
        Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap().get(url).send().await.unwrap()
    }

    async fn json(&self, path: &str) -> Value {
        self.get(path).await.json().await.unwrap()
    }
}

/// Clause B5-2, 行政许可法 art. 82: the National Day week of 2023 and its make-up days.
#[tokio::test]
async fn a_deadline_is_public() {
    let server = server(|_| ()).await;
    let answer = server.json("/v1/calendar/deadline?start=2023-09-28&working_days=5").await;
    assert_eq!((&answer["due"], &answer["provisional"]), (&json!("2023-10-11"), &json!(false)));
    let wrong = server.json("/v1/calendar/deadline?start=2023-02-30&working_days=5").await;
    assert_eq!((&wrong["code"], &wrong["errors"][0]["parameter"]), (&json!("invalid_parameter"), &json!("start")));
    server.running.stop_now().await;
}

#[tokio::test]
async fn it_is_ready_until_it_leaves() {
    let server = server(|_| ()).await;
    assert_eq!(server.json("/healthz").await, json!({"alive": true}));
    assert_eq!(server.json("/readyz").await, json!({"ready": true, "sandbox": false}));
    server.running.desk.leave();
    let leaving = server.get("/readyz").await;
    assert_eq!(leaving.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(leaving.json::<Value>().await.unwrap(), json!({"ready": false, "sandbox": false}));
    assert_eq!(server.get("/healthz").await.status(), StatusCode::OK);
    server.running.stop_now().await;
}

#[tokio::test]
async fn the_contract_and_its_pages_are_served() {
    let server = server(|_| ()).await;
    let contract = server.get("/openapi.json").await;
    assert!(contract.headers().contains_key("etag"));
    let contract: Value = contract.json().await.unwrap();
    assert!(contract["paths"]["/v1/calendar/deadline"]["get"].is_object());
    let page = server.get("/docs/").await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'self'"));
    assert!(page.text().await.unwrap().contains("swagger-ui"));
    let initializer = server.get("/docs/swagger-initializer.js").await.text().await.unwrap();
    assert!(initializer.contains("/openapi.json"), "{initializer}");
    assert_eq!(server.get("/docs").await.headers()["location"], "/docs/");
    assert_eq!(server.json("/docs/nothing-of-the-kind.js").await["code"], "not_found");
    let keys = server.json("/.well-known/jwks.json").await;
    assert_eq!((&keys["keys"][0]["crv"], &keys["keys"][0]["d"]), (&json!("Ed25519"), &Value::Null));
    server.running.stop_now().await;
}

#[tokio::test]
async fn figures_are_on_the_other_listener_only() {
    let server = server(|_| ()).await;
    server.get("/healthz").await;
    assert_eq!(server.get("/metrics").await.status(), StatusCode::NOT_FOUND);
    let management = server.running.management.unwrap();
    let figures = reqwest::get(format!("http://{management}/metrics")).await.unwrap().text().await.unwrap();
    assert!(
        figures.contains(r#"http_server_request_duration_seconds_count{method="GET",route="/healthz",status="200"}"#)
    );
    assert!(figures.contains("_unmatched") && !figures.contains("route=\"/metrics\""));
    let details = reqwest::get(format!("http://{management}/details")).await.unwrap().json::<Value>().await.unwrap();
    assert_eq!(details["centre"], "331081");
    server.running.stop_now().await;
}

#[tokio::test]
async fn a_second_server_on_the_same_data_is_told_so() {
    let server = server(|_| ()).await;
    let again = start(Settings { management: String::new(), ..server.running.desk.settings.clone() }).await;
    assert!(matches!(again, Err(StartError::Store(persistence::OpenError::AlreadyOpen(_)))), "{again:?}");
    server.running.stop_now().await;
}

#[tokio::test]
async fn a_taken_port_is_named_and_everything_let_go() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let data = tempfile::tempdir().unwrap();
    let settings = |management: String| Settings {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        management,
        data: data.path().to_owned(),
        http: Http { workers: 1, ..Http::default() },
        ..Settings::default()
    };
    let address = taken.local_addr().unwrap();
    let failed = start(settings(address.to_string())).await;
    assert!(matches!(failed, Err(StartError::Listen(at, _)) if at == address), "{failed:?}");
    start(settings(String::new())).await.unwrap().stop_now().await;
}

#[tokio::test]
async fn a_wrong_database_is_a_matter_of_configuration() {
    let data = tempfile::tempdir().unwrap();
    let database = crate::settings::Hidden("mysql://x".to_owned());
    let settings = Settings { database, data: data.path().to_owned(), ..Settings::default() };
    assert!(start(settings).await.is_err_and(|error| error.exit() == Exit::Config));
}
