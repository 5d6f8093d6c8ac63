//! Requests that are wrong as requests: not JSON, too deep, too large, of a wrong type, to a wrong path, by a wrong method,
//! with a wrong query, or not HTTP at all.

use std::time::Duration;

use reqwest::Method;
use tests::*;

use crate::rows::{contents, differences};

const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// A body that would be received if it came well.
fn application() -> Value {
    json!({
        "item": items::PROMISED, "channel": "counter", "applicant": Person::new().applicant(),
        "delivery": { "method": "pick_up" },
    })
}

fn receive(hall: &Hall) -> Call {
    hall.clerk("rule-of-law").post("/v1/cases")
}

/// A request line and headers as bytes, by a clerk.
fn head(hall: &Hall, line: &str, headers: &str) -> String {
    let token = hall.clerk("rule-of-law").token().unwrap().to_owned();
    format!("{line}\r\nhost: x\r\nauthorization: Bearer {token}\r\n{headers}\r\n")
}

fn is_problem(answer: &RawAnswer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert!(answer.text.contains("application/problem+json"), "{}", answer.text);
    assert!(answer.text.contains(&format!("\"code\":\"{code}\"")), "{}", answer.text);
}

tests::on_both_stores! {
    /// Bad input: each of these has a code of its own, and nothing of it is stored.
    async fn a_body_that_is_none_is_refused(hall: Hall) {
        let before = contents(&hall);
        let good = application().to_string();
        let deep = format!("{}{}", "[".repeat(33), "]".repeat(33));
        let deep_inside = good.replacen("{", &format!("{{\"x\":{deep},"), 1);
        let large = format!("{{\"item\":\"{}\"}}", "x".repeat(256 * 1024));
        let cut = &good[..good.len() - 1];
        for (what, body, status, code) in [
            ("empty", "", 400, "malformed_json"),
            ("blank", "  ", 400, "malformed_json"),
            ("words", "hello", 400, "malformed_json"),
            ("XML", "<a/>", 400, "malformed_json"),
            ("a form", "item=x&channel=counter", 400, "malformed_json"),
            ("cut short", cut, 400, "malformed_json"),
            ("something behind", &format!("{good}x"), 400, "malformed_json"),
            ("two", &format!("{good}{good}"), 400, "malformed_json"),
            ("a byte order mark", &format!("\u{feff}{good}"), 400, "malformed_json"),
            ("a comma behind", &good.replacen('}', ",}", 1), 400, "malformed_json"),
            ("a comment", &good.replacen('{', "{/**/", 1), 400, "malformed_json"),
            ("a lone surrogate", r#"{"item":"\ud800"}"#, 400, "malformed_json"),
            ("an escape that is none", r#"{"item":"\x"}"#, 400, "malformed_json"),
            ("a number out of this world", r#"{"item":1e999}"#, 400, "malformed_json"),
            ("a raw line break in a text", "{\"item\":\"a\nb\"}", 400, "malformed_json"),
            ("an array", "[]", 422, "invalid_fields"),
            ("a text", "\"x\"", 422, "invalid_fields"),
            ("null", "null", 422, "invalid_fields"),
            ("too deep", &deep, 400, "body_too_deep"),
            ("too deep inside", &deep_inside, 400, "body_too_deep"),
            ("too large", &large, 413, "body_too_large"),
        ] {
            let answer = receive(&hall).body("application/json", body).await;
            assert_eq!((answer.status, answer["code"].as_str()), (status, Some(code)), "{what}: {}", answer.body);
            answer.problem(status, code);
        }
        for bytes in [&b"{\"item\":\"\xff\xfe\"}"[..], b"\xc3\x28", b"{\"item\":\"\xed\xa0\x80\"}", b"\x00", b"\x1f\x8b\x08"] {
            receive(&hall).body("application/json", bytes).await.problem(400, "malformed_json");
        }
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
    }

    /// Bad input: a body of another type, or compressed, or in another encoding, is not guessed at.
    async fn a_body_of_another_type_is_refused(hall: Hall) {
        let before = contents(&hall);
        let body = application().to_string();
        for content_type in [
            "text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json",
            "application/json; charset=gbk", "application/json; charset=utf-16", "application/jsonp", "*/*",
        ] {
            receive(&hall).body(content_type, body.clone()).await.problem(415, "unsupported_media_type");
        }
        let encoded = receive(&hall).header("content-encoding", "gzip").body("application/json", body.clone());
        encoded.await.problem(415, "unsupported_media_type");
        let untyped = head(&hall, "POST /v1/cases HTTP/1.1", &format!("content-length: {}\r\n", body.len()));
        is_problem(&hall.raw(untyped + &body).await, 415, "unsupported_media_type");
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
        receive(&hall).body("Application/JSON; charset=UTF-8", body).await.created();
    }

    /// Bad input: what is too large is refused by what is announced, and by what comes where nothing is.
    async fn too_much_is_refused_as_it_comes(hall: Hall) {
        let before = contents(&hall);
        let typed = "content-type: application/json\r\n";
        let announced = format!("{typed}content-length: 999999999\r\n");
        let answer = hall.raw(head(&hall, "POST /v1/cases HTTP/1.1", &announced)).await;
        is_problem(&answer, 413, "body_too_large");
        let chunked = format!("{typed}transfer-encoding: chunked\r\n");
        let mut endless = head(&hall, "POST /v1/cases HTTP/1.1", &chunked);
        for _ in 0..5 {
            endless.push_str(&format!("10000\r\n{}\r\n", "[".repeat(0x10000)));
        }
        is_problem(&hall.raw(endless).await, 413, "body_too_large");
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
    }

    /// Bad input: an operation without a body takes none.
    async fn a_body_where_none_belongs_is_refused(hall: Hall) {
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let before = contents(&hall);
        let clerk = hall.clerk("rule-of-law");
        let accept = clerk.post(&case.path("acceptance")).if_match(&case.etag()).json(&json!({ "note": "x" }));
        accept.await.problem(400, "unexpected_body");
        clerk.get("/v1/cases").json(&json!({})).await.problem(400, "unexpected_body");
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
    }

    /// Bad input: an unknown path is a problem, however it looks, and never a redirect.
    async fn a_path_that_leads_nowhere_is_not_found(hall: Hall) {
        for path in [
            "/", "/v1", "/v1/", "/v1/cases/", "/v2/cases", "/v1/nothing", "/V1/cases", "/v1//cases", "/v1/cases/x/y/z/w",
            "/v1/cases;x=1", "/.env", "/metrics", "/v1/items/%ff%fe",
            "/v1/worklist%00", "/%c0%af", "/v1/hall%0d%0aset-cookie:x",
        ] {
            for caller in [hall.clerk("rule-of-law"), hall.stranger()] {
                let answer = caller.get(path).await;
                assert!(matches!(answer.status, 400 | 401 | 404), "{path} answered {}", answer.status);
                let (status, code) = (answer.status, answer.text("/code"));
                answer.problem(status, &code);
            }
        }
    }

    /// Bad input: steps up the tree lead nowhere. A client would take them out, so they are sent as they are.
    async fn a_path_with_steps_is_taken_literally(hall: Hall) {
        for path in ["/v1/../healthz", "/v1/%2e%2e/healthz", "/docs/../../etc/passwd", "/docs/%2e%2e/healthz", "//healthz"] {
            let answer = hall.raw(head(&hall, &format!("GET {path} HTTP/1.1"), "")).await;
            is_problem(&answer, 404, "not_found");
        }
    }

    /// Bad input: what is not an id names nothing, in the place of every parameter of every path.
    async fn what_is_not_an_id_names_nothing(hall: Hall) {
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let before = contents(&hall);
        let long = "a".repeat(3000);
        let ids = [
            "..%2f..%2fetc%2fpasswd", "%00", "a%00b", "%2f", "%252f", "%e5%8a%9e", "%ff", "-1", "0", "null", "undefined", "*",
            "'%20OR%201=1--", "{case}", "00000000-0000-0000-0000-00000000000", "%0a", &long,
        ];
        for operation in contract::operations().into_iter().filter(|operation| operation.path.contains('{')) {
            for id in ids {
                let path = operation.at(|_| id.to_owned());
                let caller = if operation.is_public() { hall.stranger() } else { hall.clerk("rule-of-law") };
                let mut call = caller.call(operation.method.clone(), &path).if_match("*");
                if operation.has_body() {
                    call = call.json(&json!({}));
                }
                let answer = call.await;
                assert!((400..500).contains(&answer.status), "{} answered {}", answer.request, answer.status);
                let (status, code) = (answer.status, answer.text("/code"));
                answer.problem(status, &code);
            }
            // A right case and a wrong rest.
            let path = operation.at(|name| if name == "case" { case.id.clone() } else { "%00".to_owned() });
            if path.contains("%00") && path.contains(&case.id) {
                let call = hall.clerk("rule-of-law").call(operation.method.clone(), &path).if_match("*");
                let call = if operation.has_body() { call.body("application/pdf", PDF) } else { call };
                let answer = call.await;
                assert!(matches!(answer.status, 404 | 415), "{} answered {}", answer.request, answer.status);
            }
        }
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
    }

    /// Bad input: another method is 405 with what is allowed, on every path of the contract (RFC 9110 §15.5.6).
    async fn a_method_that_a_path_does_not_know_is_told_which_it_does(hall: Hall) {
        let operations = contract::operations();
        for operation in &operations {
            let known: Vec<_> = operations.iter().filter(|other| other.path == operation.path).collect();
            for method in METHODS {
                let method: Method = method.parse().unwrap();
                if known.iter().any(|other| other.method == method) {
                    continue;
                }
                let path = operation.at(|_| uuid::Uuid::now_v7().to_string());
                let answer = hall.clerk("rule-of-law").call(method, &path).await.problem(405, "method_not_allowed");
                let allow = answer.header("allow");
                for other in &known {
                    assert!(allow.contains(other.method.as_str()), "{path}: {allow}");
                }
            }
        }
    }

    /// Bad input: a query name that is not in the contract is refused, on every operation, and a wrong value is named.
    async fn a_query_that_is_not_known_is_refused(hall: Hall) {
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let before = contents(&hall);
        for operation in contract::operations() {
            let path = operation.at(|name| if name == "case" { case.id.clone() } else { items::PROMISED.to_owned() });
            let caller = if operation.is_public() { hall.stranger() } else { hall.clerk("rule-of-law") };
            let answer = caller.call(operation.method, &format!("{path}?no_such=1")).await;
            let answer = answer.problem(400, "unknown_parameter");
            assert_eq!(answer.at("/errors/0/parameter"), "no_such");
        }
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
    }

    /// Bad input: values of a query.
    async fn a_wrong_value_in_a_query_is_named(hall: Hall) {
        let long = "a".repeat(2000);
        for (path, parameter) in [
            ("/v1/cases?limit=0", "limit"),
            ("/v1/cases?limit=201", "limit"),
            ("/v1/cases?limit=-1", "limit"),
            ("/v1/cases?limit=many", "limit"),
            ("/v1/cases?limit=99999999999999999999", "limit"),
            ("/v1/cases?limit=5&limit=6", "limit"),
            ("/v1/cases?stage=finished", "stage"),
            ("/v1/cases?light=blue", "light"),
            ("/v1/cases?item=Bad%20Code", "item"),
            (&format!("/v1/cases?department={long}"), "department"),
            ("/v1/cases?applicant=7", "applicant"),
            ("/v1/cases?received_from=2026-02-30", "received_from"),
            ("/v1/cases?received_to=", "received_to"),
            ("/v1/cases?item=a%00b", "item"),
            ("/v1/cases?item=%ff", "item"),
            ("/v1/calendar/deadline?start=2023-09-28&working_days=1001", "working_days"),
            ("/v1/calendar/deadline?start=2023-09-28&working_days=-1", "working_days"),
            ("/v1/calendar/deadline?start=1899-12-31&working_days=5", "start"),
            ("/v1/calendar/deadline?start=9999-12-31&working_days=5", "start"),
            ("/v1/calendar/deadline?start=%2B262142-12-31&working_days=5", "start"),
            ("/v1/calendar/deadline?working_days=5", "start"),
            ("/v1/items?centre=3310", "centre"),
            ("/v1/hall?centre=33108x", "centre"),
        ] {
            let answer = hall.clerk("rule-of-law").get(path).await.problem(400, "invalid_parameter");
            assert_eq!(answer.at("/errors/0/parameter"), parameter, "{path}");
        }
        for cursor in ["x", "..", "AAAA", &long, "%00", "eyJhIjoxfQ"] {
            let answer = hall.clerk("rule-of-law").get(&format!("/v1/cases?cursor={cursor}")).await;
            assert_eq!(answer.status, 400, "{cursor}: {}", answer.body);
        }
    }

    /// Bad input: headers that are too many or too long are refused; ours that are malformed are named by code.
    async fn headers_are_bounded_and_checked(hall: Hall) {
        let before = contents(&hall);
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let long = "x".repeat(256);
        for key in ["", " ", "a b", "钥匙", "\"unfinished", "a\"b", &long] {
            receive(&hall).key(key).json(&application()).await.problem(400, "idempotency_key_malformed");
        }
        let clerk = hall.clerk("rule-of-law");
        for tag in ["", "1", "W/\"1\"", "\"1\", \"2\"", "\"x\"", "\"-1\"", "\"99999999999999999999\"", "**"] {
            let answer = clerk.post(&case.path("acceptance")).if_match(tag).await;
            answer.problem(400, "malformed_precondition");
        }
        let many: String = (0..200).map(|n| format!("x-{n}: 1\r\n")).collect();
        let huge = format!("x-huge: {}\r\n", "x".repeat(200 * 1024));
        for headers in [many, huge] {
            let answer = hall.raw(head(&hall, "GET /v1/cases HTTP/1.1", &headers)).await;
            assert!(matches!(answer.status, 400 | 413 | 431), "{}", answer.text);
        }
        let answer = hall.raw(head(&hall, &format!("GET /{} HTTP/1.1", "x".repeat(200 * 1024)), "")).await;
        assert!(matches!(answer.status, 400 | 404 | 414 | 431), "{}", answer.text);
        let changed = differences(&before, &contents(&hall));
        assert!(changed.iter().all(|told| !told.starts_with("idempotency")), "{changed:?}");
    }

    /// Requests that two servers could read differently are refused, and what follows is not served.
    async fn ambiguous_requests_are_refused(hall: Hall) {
        let smuggled = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
        for headers in [
            "content-length: 5\r\ntransfer-encoding: chunked\r\n",
            "content-length: 5\r\ncontent-length: 6\r\n",
            "content-length: +5\r\n",
            "content-length: 5x\r\n",
            "transfer-encoding : chunked\r\n",
            "transfer-encoding: chunked, identity\r\n",
        ] {
            let request = format!("{}0\r\n\r\n{smuggled}", head(&hall, "POST /v1/cases HTTP/1.1", headers));
            let answer = hall.raw(request).await;
            assert_eq!(answer.status, 400, "{headers}: {}", answer.text);
            assert!(!answer.text.contains("alive"), "{headers}: {}", answer.text);
        }
        for request in ["GET /healthz HTTP/1.1\r\n\r\n", "hello\r\n\r\n", "GET /healthz HTTP/9.9\r\nhost: x\r\n\r\n", "\0\0\0\0\r\n\r\n"] {
            let answer = hall.raw(request).await;
            assert!(matches!(answer.status, 0 | 400 | 505), "{request}: {}", answer.text);
        }
    }

    /// Whatever a request says of its host or origin, nothing of it comes back.
    async fn what_a_request_says_of_itself_is_not_believed(hall: Hall) {
        let stranger = hall.stranger();
        let answer = stranger.get("/v1/hall").header("x-forwarded-host", "evil.example").header("host", "evil.example");
        let answer = answer.header("x-request-id", "a b<script>").header("origin", "https://evil.example").await.ok();
        let headers = format!("{:?}", answer.headers);
        assert!(!headers.contains("evil") && !headers.contains("script"), "{headers}");
        assert!(answer.headers.get("access-control-allow-origin").is_none());
    }

    /// After all of it the hall is as quick as before: nothing is stuck.
    async fn a_flood_of_nonsense_leaves_the_hall_open(hall: Hall) {
        let nonsense = (0..200).map(|n| {
            let hall = hall.clone();
            tokio::spawn(async move {
                let body = if n % 2 == 0 { "[".repeat(1000) } else { "{\"item\":".to_owned() };
                receive(&hall).body("application/json", body).await.status
            })
        });
        for answer in nonsense.collect::<Vec<_>>() {
            assert_eq!(answer.await.unwrap(), 400);
        }
        let good = receive(&hall).json(&application());
        tokio::time::timeout(Duration::from_secs(10), async { good.await.created() }).await.unwrap();
    }
}
