//! Callers in a browser, and callers who only ask about a thing (clause B1-2).

use reqwest::{Method, Response, header::HeaderMap};
use tests::*;

const OURS: &str = "https://app.example.gov.cn";

fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap())
}

async fn sends(hall: &Hall, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let url = format!("http://{}{path}", hall.address());
    let request = hall.http().request(method, url);
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().await.unwrap()
}

fn preflight(origin: &str) -> [(&str, &str); 3] {
    let asked = "authorization,content-type,idempotency-key,if-match,if-range,range,traceparent,tracestate";
    [("origin", origin), ("access-control-request-method", "POST"), ("access-control-request-headers", asked)]
}

tests::on_both_stores! {
    /// Clause B1-2: pages of the origins that are configured may call, and see the headers that a call needs.
    async fn pages_of_known_origins_may_call(hall: Hall) {
        hall.restarts_with(|settings| settings.http.cors_origins = vec![OURS.to_owned()]).await;
        let asked = sends(&hall, Method::OPTIONS, "/v1/cases", &preflight(OURS)).await;
        assert_eq!((asked.status().as_u16(), value(asked.headers(), "access-control-allow-origin")), (200, Some(OURS)));
        let allowed = value(asked.headers(), "access-control-allow-headers").unwrap().to_lowercase();
        let needed = ["authorization", "content-type", "idempotency-key", "if-match", "if-range", "traceparent", "tracestate"];
        for header in needed {
            assert!(allowed.contains(header), "{allowed}");
        }
        assert!(allowed.split(',').any(|header| header.trim() == "range"), "{allowed}");
        assert_eq!(value(asked.headers(), "access-control-allow-credentials"), None);
        let token = format!("Bearer {}", hall.manager().token().unwrap());
        let read = sends(&hall, Method::GET, "/v1/cases", &[("origin", OURS), ("authorization", &token)]).await;
        let headers = read.headers();
        assert_eq!((read.status().as_u16(), value(headers, "access-control-allow-origin")), (200, Some(OURS)));
        let exposed = value(headers, "access-control-expose-headers").unwrap().to_lowercase();
        let needed = ["etag", "location", "retry-after", "x-request-id", "ratelimit"];
        let of_files = ["accept-ranges", "content-range", "content-disposition"];
        assert!(needed.iter().chain(&of_files).all(|header| exposed.contains(header)), "{exposed}");
        assert!(value(headers, "vary").unwrap().to_lowercase().contains("origin"));
        // A page must be able to read what went wrong, too.
        let refused = sends(&hall, Method::GET, "/v1/cases", &[("origin", OURS)]).await;
        assert_eq!((refused.status().as_u16(), value(refused.headers(), "access-control-allow-origin")), (401, Some(OURS)));
    }

    /// Clause B1-2: no other page may, whether some are known or none.
    async fn no_other_page_may_call(hall: Hall) {
        let token = format!("Bearer {}", hall.manager().token().unwrap());
        for known in [vec![], vec![OURS.to_owned()]] {
            hall.restarts_with(|settings| settings.http.cors_origins = known).await;
            for origin in ["https://app.example.gov.cn.evil.example", "http://app.example.gov.cn", "null", "*"] {
                let asked = sends(&hall, Method::OPTIONS, "/v1/cases", &preflight(origin)).await;
                assert!(asked.status().is_client_error(), "{origin}");
                assert_eq!(value(asked.headers(), "access-control-allow-origin"), None, "{origin}");
                let read = sends(&hall, Method::GET, "/v1/cases", &[("origin", origin), ("authorization", &token)]).await;
                assert_eq!(value(read.headers(), "access-control-allow-origin"), None, "{origin}");
            }
        }
    }

    /// RFC 9110 §9.3.2: whatever can be read can be asked about, with the same headers and without a body.
    async fn whatever_can_be_read_can_be_asked_about(hall: Hall) {
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let token = format!("Bearer {}", hall.clerk("rule-of-law").token().unwrap());
        let by_clerk = [("authorization", token.as_str())];
        for path in [format!("/v1/cases/{}", case.id), "/v1/items".to_owned(), "/healthz".to_owned()] {
            let whole = sends(&hall, Method::GET, &path, &by_clerk).await;
            let asked = sends(&hall, Method::HEAD, &path, &by_clerk).await;
            assert_eq!(asked.status(), whole.status(), "{path}");
            for header in ["content-type", "content-length", "etag"] {
                assert_eq!(value(asked.headers(), header), value(whole.headers(), header), "{path}: {header}");
            }
            assert_eq!(asked.bytes().await.unwrap().len(), 0, "{path}");
        }
        let unknown = sends(&hall, Method::HEAD, "/v1/cases", &[]).await;
        assert_eq!(unknown.status().as_u16(), 401);
        let only_written = sends(&hall, Method::HEAD, "/v1/clock-hands", &by_clerk).await;
        assert_eq!(only_written.status().as_u16(), 404);
        let not_read = sends(&hall, Method::HEAD, "/v1/progress", &by_clerk).await;
        assert_eq!((not_read.status().as_u16(), value(not_read.headers(), "allow")), (405, Some("POST")));
    }
}
