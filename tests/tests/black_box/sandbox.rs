//! 演练: a clock that can be moved, and nowhere else.

use api::settings::Settings;
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use tests::*;

fn later(hall: &Hall, by: Duration) -> String {
    let now: DateTime<Utc> = hall.now().parse().unwrap();
    (now + by).to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn real(settings: &mut Settings) {
    settings.sandbox = false;
}

/// The clock of a service that serves people cannot be moved, by nobody.
#[tokio::test]
async fn a_real_clock_is_not_moved() {
    let hall = Hall::open_with(Database::Sqlite, real).await;
    let reading = hall.stranger().get("/v1/clock").await.ok();
    assert_eq!(reading["sandbox"], false);
    hall.moves_clock_to(&later(&hall, Duration::days(1))).await.problem(409, "refused");
    hall.close().await;
}

tests::on_both_stores! {
    /// It goes forward, for the system administrator, by ten years at the most, and never back.
    async fn a_sandboxs_clock_goes_forward_only(hall: Hall) {
        let reading = hall.stranger().get("/v1/clock").await.ok();
        assert_eq!(reading["sandbox"], true);
        let tomorrow = later(&hall, Duration::days(1));
        for caller in [hall.clerk("data"), hall.manager(), hall.security_admin(), hall.audit_admin(), hall.adapter("platform")] {
            caller.post("/v1/clock").json(&json!({ "to": tomorrow })).await.denied(403, "role_not_allowed");
        }
        hall.stranger().post("/v1/clock").json(&json!({ "to": tomorrow })).await.denied(401, "unauthenticated");
        hall.time_passes_to(&tomorrow).await;
        let now: DateTime<Utc> = hall.stranger().get("/v1/clock").await.ok().text("/now").parse().unwrap();
        assert!(now >= tomorrow.parse::<DateTime<Utc>>().unwrap());
        let back = hall.moves_clock_to(&later(&hall, -Duration::hours(1))).await;
        assert_eq!(back.status, 409, "{}", back.body);
        let far = hall.moves_clock_to(&later(&hall, Duration::days(4000))).await;
        assert_eq!(far.status, 409, "{}", far.body);
        hall.system_admin().post("/v1/clock").json(&json!({ "to": "tomorrow" })).await.names_field("/to");
    }

    /// A sandbox that is started again is where it was.
    async fn a_sandboxs_clock_is_kept(hall: Hall) {
        let tomorrow = later(&hall, Duration::days(1));
        hall.time_passes_to(&tomorrow).await;
        hall.restarts().await;
        let now: DateTime<Utc> = hall.stranger().get("/v1/clock").await.ok().text("/now").parse().unwrap();
        assert!(now >= tomorrow.parse::<DateTime<Utc>>().unwrap());
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        assert!(case.text("/received_at").parse::<DateTime<Utc>>().unwrap() >= tomorrow.parse::<DateTime<Utc>>().unwrap());
    }
}
