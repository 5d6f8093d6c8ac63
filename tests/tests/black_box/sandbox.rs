//! 演练: centres of their own with clocks that can be moved, test systems, and nothing of it where people are served
//! (clauses B1-2, G1).

use api::settings::{Hotline, Settings};
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use reqwest::{Method, Response};
use tests::*;

const MARK: &str = "x-yichuang-sandbox";

fn later(hall: &Hall, by: Duration) -> String {
    let now: DateTime<Utc> = hall.now().parse().unwrap();
    (now + by).to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn real(settings: &mut Settings) {
    settings.sandbox = false;
}

/// What time it is in a centre.
async fn time_in(hall: &Hall, centre: &str) -> DateTime<Utc> {
    hall.stranger().get(&format!("/v1/sandbox/clock?centre={centre}")).await.ok().text("/now").parse().unwrap()
}

/// A new centre, with the secrets of its test systems.
async fn opened(hall: &Hall) -> (String, Answer) {
    let opened = hall.system_admin().post("/v1/sandbox/centres").await.created();
    (opened.text("/centre"), opened)
}

/// A test system with the token that its secret is good for.
async fn test_system(hall: &Hall, opened: &Answer, code: &str) -> Caller {
    let clients = opened["clients"].as_array().unwrap();
    let client = clients.iter().find(|client| client["client"] == code).unwrap();
    let (centre, secret) = (opened.text("/centre"), client["client_secret"].as_str().unwrap());
    let form = format!("grant_type=client_credentials&client_id={code}&client_secret={secret}&centre={centre}");
    let token = hall.stranger().post("/oauth/token").body("application/x-www-form-urlencoded", form).await.ok();
    hall.adapter(code).in_centre(&centre).with_token(&token.text("/access_token"))
}

async fn sends(hall: &Hall, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let request = hall.http().request(method, format!("http://{}{path}", hall.address()));
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().await.unwrap()
}

/// A request: method, path and headers.
type Sent<'a> = (Method, &'a str, &'a [(&'a str, &'a str)]);

tests::on_both_stores! {
    /// The clock of a service that serves people cannot be moved, by nobody, and it has no centres to give away.
    async fn a_real_clock_is_not_moved(beside: Hall) {
        let hall = Hall::open_with(beside.database(), real).await;
        let reading = hall.stranger().get("/v1/sandbox/clock").await.ok();
        assert_eq!(reading["sandbox"], false);
        hall.moves_clock_to(&later(&hall, Duration::days(1))).await.problem(409, "refused");
        hall.system_admin().post("/v1/sandbox/centres").await.problem(409, "refused");
        hall.system_admin().get("/v1/sandbox/clients").await.problem(409, "refused");
        assert!(hall.security_admin().get("/v1/clients").await.ok().data().is_empty());
        let ready = hall.stranger().get("/readyz").await.ok();
        assert_eq!((ready["sandbox"].clone(), ready.header(MARK)), (json!(false), ""));
        let contract = hall.stranger().get("/openapi.json").await.ok();
        assert_eq!(contract["info"]["x-yichuang-sandbox"], json!(null));
        hall.close().await;
    }

    /// It goes forward, for the system administrator and the systems of the centre, by ten years at the most, and never back.
    async fn a_sandboxs_clock_goes_forward_only(hall: Hall) {
        let reading = hall.stranger().get("/v1/sandbox/clock").await.ok();
        assert_eq!(reading["sandbox"], true);
        let tomorrow = later(&hall, Duration::days(1));
        let move_to = json!({ "to": tomorrow });
        for caller in [hall.clerk("data"), hall.manager(), hall.security_admin(), hall.audit_admin()] {
            caller.post("/v1/sandbox/clock").json(&move_to).await.denied(403, "role_not_allowed");
        }
        let reader = hall.adapter("platform").with_scope("cases:read");
        reader.post("/v1/sandbox/clock").json(&move_to).await.denied(403, "scope_not_allowed");
        hall.stranger().post("/v1/sandbox/clock").json(&move_to).await.denied(401, "unauthenticated");
        hall.time_passes_to(&tomorrow).await;
        assert!(time_in(&hall, "331081").await >= tomorrow.parse::<DateTime<Utc>>().unwrap());
        let back = hall.moves_clock_to(&later(&hall, -Duration::hours(1))).await;
        assert_eq!(back.status, 409, "{}", back.body);
        let far = hall.moves_clock_to(&later(&hall, Duration::days(4000))).await;
        assert_eq!(far.status, 409, "{}", far.body);
        hall.system_admin().post("/v1/sandbox/clock").json(&json!({ "to": "tomorrow" })).await.names_field("/to");
    }

    /// A sandbox that is started again is where it was.
    async fn a_sandboxs_clock_is_kept(hall: Hall) {
        let tomorrow = later(&hall, Duration::days(1));
        hall.time_passes_to(&tomorrow).await;
        hall.restarts().await;
        assert!(time_in(&hall, "331081").await >= tomorrow.parse::<DateTime<Utc>>().unwrap());
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        assert!(case.text("/received_at").parse::<DateTime<Utc>>().unwrap() >= tomorrow.parse::<DateTime<Utc>>().unwrap());
    }

    /// Rule L6, clause G1: two integrators move time each in a centre of their own; only in the one does what was left lying
    /// become accepted.
    async fn each_centre_has_its_own_time(hall: Hall) {
        let ((one, of_one), (other, of_other)) = (opened(&hall).await, opened(&hall).await);
        assert_eq!((one.as_str(), other.as_str()), ("990001", "990002"));
        let (here, there) =
            (test_system(&hall, &of_one, "sandbox-adapter").await, test_system(&hall, &of_other, "sandbox-adapter").await);
        let application = || Application::for_item(items::PROMISED).by(&Person::new()).via("web");
        let (left, same) = (here.receives(application()).await.case(), there.receives(application()).await.case());
        assert!(left.number.starts_with(&one) && same.number.starts_with(&other));

        let before = time_in(&hall, &other).await;
        let to = Utc::now() + Duration::days(40);
        let moved = here.post("/v1/sandbox/clock").json(&json!({ "to": to.to_rfc3339() })).await.ok();
        assert!(moved.text("/now").parse::<DateTime<Utc>>().unwrap() >= to);
        assert!(time_in(&hall, &one).await >= to);
        for centre in [other.as_str(), "331081"] {
            assert!(time_in(&hall, centre).await - before < Duration::minutes(5), "{centre}");
        }
        here.reads(&left).await.ok();
        there.reads(&same).await.ok();
        assert_eq!((left.stage(), same.stage()), ("in_review".to_owned(), "under_check".to_owned()));
        // Tokens live by the machine's clock.
        test_system(&hall, &of_one, "sandbox-front-end").await.get("/v1/cases").await.ok();
    }

    /// Clauses B1-2, G1: a new centre has everything but cases, and systems that can begin at once.
    async fn a_centre_of_ones_own_is_ready_for_use(hall: Hall) {
        hall.restarts_with(|settings| settings.hotlines = vec![Hotline::of_the_sandbox()]).await;
        let open = async || hall.system_admin().post("/v1/sandbox/centres").key("once").await.created();
        let (first, again) = (open().await, open().await);
        assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &first.body));
        let centre = first.text("/centre");
        for path in ["/v1/items", "/v1/packages", "/v1/hall"] {
            let here = hall.stranger().get(path).await.ok();
            let there = hall.stranger().get(&format!("{path}?centre={centre}")).await.ok();
            let of = |answer: &Answer| answer.body.to_string().replace(&centre, "331081").len();
            assert_eq!(of(&here), of(&there), "{path}");
        }
        let front_end = test_system(&hall, &first, "sandbox-front-end").await;
        assert!(front_end.get("/v1/cases").await.ok().data().is_empty());
        let vouched = json!({ "applicant": Person::new().applicant(), "identity_assurance": "real_name" });
        front_end.post("/v1/vouchers").json(&vouched).await.created();
        let case = front_end.receives(Application::for_item(items::PROMISED).by(&Person::new()).via("web")).await.case();
        hall.clerk_of(&case).in_centre(&centre).reads(&case).await.ok();
        let hotline = test_system(&hall, &first, "demo-12345").await;
        hotline.get("/v1/hotline/work-orders").await.ok();
        // Not remembered, but given again to whoever runs the sandbox.
        let admin = hall.system_admin().in_centre(&centre);
        assert_eq!(admin.get("/v1/sandbox/clients").await.ok().body, first["clients"]);
        hall.system_admin().get("/v1/sandbox/clients").await.ok();
        let secret = first.text("/clients/0/client_secret");
        let kept = texts(&mut hall.outside(), "SELECT body AS line FROM idempotency");
        assert!(!kept.is_empty() && kept.iter().all(|body| !body.contains(&secret)));
        hall.clerk("data").get("/v1/sandbox/clients").await.denied(403, "role_not_allowed");
    }

    /// Every answer says that it is a sandbox's: what went well, what did not, pages, and what only browsers see.
    async fn every_answer_of_a_sandbox_is_marked(hall: Hall) {
        let origin = "https://app.example.gov.cn";
        hall.restarts_with(|settings| settings.http.cors_origins = vec![origin.to_owned()]).await;
        let preflight = [("origin", origin), ("access-control-request-method", "POST")];
        let calls: [Sent<'_>; 8] = [
            (Method::GET, "/readyz", &[]),
            (Method::GET, "/v1/items", &[]),
            (Method::HEAD, "/v1/items", &[]),
            (Method::GET, "/v1/cases", &[]),
            (Method::GET, "/nowhere", &[]),
            (Method::DELETE, "/v1/items", &[]),
            (Method::GET, "/docs/", &[]),
            (Method::OPTIONS, "/v1/cases", &preflight),
        ];
        for (method, path, headers) in calls {
            let answer = sends(&hall, method.clone(), path, headers).await;
            let marks: Vec<_> = answer.headers().get_all(MARK).iter().collect();
            assert_eq!(marks, ["true"], "{method} {path} {}", answer.status());
        }
        assert_eq!(hall.stranger().get("/readyz").await.ok()["sandbox"], true);
        let contract = hall.stranger().get("/openapi.json").await.ok();
        assert_eq!(contract["info"]["x-yichuang-sandbox"], true);
    }

    /// A database is a sandbox from its creation or never, whatever data folder a server comes with.
    async fn a_sandbox_and_a_real_hall_never_share_a_database(hall: Hall) {
        let folder = tempfile::tempdir().unwrap();
        let fresh = |name: &str| folder.path().join(name);
        hall.close().await;
        let refusal = hall.does_not_start(|settings| (settings.data, settings.sandbox) = (fresh("a"), false)).await;
        assert!(refusal.contains("a sandbox needs --sandbox"), "{refusal}");
        let refusal = hall.does_not_start(|settings| settings.sandbox = false).await;
        assert!(refusal.contains("a sandbox needs --sandbox"), "{refusal}");

        let serving = Hall::open_with(hall.database(), real).await;
        serving.close().await;
        let sandbox = fresh("b");
        let refusal = serving.does_not_start(|settings| (settings.data, settings.sandbox) = (sandbox.clone(), true)).await;
        assert!(refusal.contains("not created as a sandbox"), "{refusal}");
        assert!(!sandbox.join("sandbox").exists(), "and the folder was not made one");
        let refusal = serving.does_not_start(|settings| settings.sandbox = true).await;
        assert!(refusal.contains("not created as a sandbox"), "{refusal}");
        serving.restarts().await;
        serving.close().await;
        hall.restarts().await;
    }
}
