//! 每日额度: so many calls and so many new applications of a system on a day of the hall, and no more (clause G1).

use diesel::connection::SimpleConnection as _;
use tests::*;

async fn with_quota(hall: &Hall, code: &str, quota: Value) -> Caller {
    let scopes = ["cases:read", "cases:write", "applicants:vouch"];
    let client =
        json!({ "client": code, "role": "adapter", "name": "第三方前端", "scopes": scopes, "daily_quota": quota });
    let made = hall.security_admin().post("/v1/clients").json(&client).await.created();
    assert_eq!(made["daily_quota"], quota);
    hall.adapter(code)
}

/// What is left of the daily quota by the header; none where there is no such quota.
fn left(answer: &Answer) -> Option<u32> {
    let daily = answer.header("ratelimit").split(", ").find(|one| one.starts_with("\"daily\""))?;
    daily.split(';').find_map(|part| part.strip_prefix("r="))?.parse().ok()
}

/// Until the hall's midnight at the latest.
fn comes_again_tomorrow(hall: &Hall, answer: &Answer) {
    let now = chrono::DateTime::parse_from_rfc3339(&hall.now()).unwrap();
    let midnight = kernel::Instant::midnight(hall.today() + chrono::Days::new(1)).utc();
    let wait: i64 = answer.header("retry-after").parse().unwrap();
    let until_then = (midnight - now.to_utc()).num_seconds();
    assert!((until_then..until_then + 30).contains(&wait), "{wait} and not {until_then}");
}

tests::on_both_stores! {
    /// Clause G1: past its calls of the day a system is told to come tomorrow, its applicants with it, after a restart as well;
    /// nobody else is.
    async fn a_system_has_so_many_calls_a_day(hall: Hall) {
        hall.a_new_morning().await;
        let busy = with_quota(&hall, "busy", json!({ "calls": 6 })).await;
        let (_, applicant) = busy.vouches_for(&Person::new(), "visit-1").await;
        for expected in [4, 3] {
            let answer = busy.get("/v1/cases").await.ok();
            assert_eq!(left(&answer), Some(expected));
            assert!(answer.header("ratelimit-policy").ends_with("\"daily\";q=6;w=86400"), "{answer:?}");
        }
        applicant.get("/v1/cases").await.ok();
        hall.restarts().await;
        busy.get("/v1/cases").await.ok();
        assert_eq!(left(&busy.get("/v1/cases").await.ok()), Some(0));
        for caller in [&busy, &applicant] {
            let refused = caller.get("/v1/cases").await.problem(429, "daily_quota_exceeded");
            assert_eq!((&refused["retryable"], left(&refused)), (&json!(true), Some(0)));
            assert!(refused.header("ratelimit-policy").ends_with("\"daily\";q=6;w=86400"), "{refused:?}");
            comes_again_tomorrow(&hall, &refused);
        }
        for other in [hall.adapter("other"), hall.manager()] {
            assert_eq!(left(&other.get("/v1/cases").await.ok()), None);
        }
        hall.the_day_after(hall.today()).await;
        assert_eq!(left(&busy.anew().get("/v1/cases").await.ok()), Some(5));
    }

    /// Clause G1: an administrator gives more, or takes the limit away, and it counts within seconds.
    async fn a_quota_is_changed(hall: Hall) {
        hall.a_new_morning().await;
        let busy = with_quota(&hall, "busy", json!({ "calls": 1 })).await;
        busy.get("/v1/cases").await.ok();
        busy.get("/v1/cases").await.problem(429, "daily_quota_exceeded");
        let change = async |quota: Value| {
            let mut body = json!({ "name": "第三方前端", "scopes": ["cases:read"], "active": true });
            if !quota.is_null() {
                body["daily_quota"] = quota;
            }
            hall.security_admin().put("/v1/clients/busy").if_match("*").json(&body).await
        };
        change(json!({ "calls": 0 })).await.problem(422, "invalid_fields");
        change(json!({ "calls": 1000 })).await.ok();
        let more = until("it has more", async || {
            let answer = busy.get("/v1/cases").await;
            (answer.status == 200).then_some(answer)
        });
        assert_eq!(left(&more.await), Some(998));
        change(Value::Null).await.ok();
        until("it has no limit", async || left(&busy.get("/v1/cases").await.ok()).is_none().then_some(())).await;
    }

    /// Clause G1: where it cannot be known what is left of a quota, its system is told to come again, as by a write that cannot
    /// be done; whoever has no quota is served.
    async fn a_quota_that_cannot_be_counted_is_no_fault_of_the_request(hall: Hall) {
        let (counted, free) = (with_quota(&hall, "busy", json!({ "calls": 1000 })).await, hall.adapter("free"));
        free.get("/v1/cases").await.ok();
        let renames = |from: &str, to: &str| {
            hall.outside().batch_execute(&format!("ALTER TABLE {from} RENAME TO {to}")).unwrap();
        };
        renames("client_usage", "client_usage_away");
        let refused = counted.get("/v1/cases").await.problem(503, "unavailable");
        assert_eq!((refused.header("retry-after"), &refused["retryable"]), ("2", &json!(true)));
        free.get("/v1/cases").await.ok();
        renames("client_usage_away", "client_usage");
        assert!(left(&counted.get("/v1/cases").await.ok()).is_some());
    }

    /// Clause G1: of new applications those count that came in, whichever way; what is refused and what is repeated does not.
    async fn a_system_has_so_many_new_applications_a_day(hall: Hall) {
        hall.a_new_morning().await;
        let busy = with_quota(&hall, "busy", json!({ "applications": 3 })).await;
        let application = || Application::for_item(items::PROMISED).by(&Person::new());
        busy.receives(application().with("item", json!("no-such-item"))).await.refused("item_not_on_offer");
        let pushed = pushing::pushed(&Person::new(), None);
        busy.pushes("N-1", &pushed).await.created();
        busy.pushes("N-1", &pushed).await.ok();
        busy.receives(application()).await.created();
        let (_, applicant) = busy.vouches_for(&Person::new(), "visit-1").await;
        let draft = json!({ "item": items::PROMISED, "delivery": { "method": "pick_up" } });
        let draft = applicant.post("/v1/drafts").json(&draft).await.created();
        let submission = format!("{}/submission", draft.header("location"));
        applicant.receives(Application::for_item(items::PROMISED)).await.created();
        let body = json!({
            "item": items::PROMISED, "channel": "web", "applicant": Person::new().applicant(),
            "delivery": { "method": "pick_up" },
        });
        let one_more = async || busy.post("/v1/cases").key("one-more").json(&body).await;
        comes_again_tomorrow(&hall, &one_more().await.problem(429, "daily_quota_exceeded"));
        applicant.post(&submission).if_match("*").await.problem(429, "daily_quota_exceeded");
        busy.pushes("N-2", &pushing::pushed(&Person::new(), None)).await.problem(429, "daily_quota_exceeded");
        busy.pushes("N-1", &pushed).await.ok();
        hall.adapter("other").receives(application()).await.created();
        hall.the_day_after(hall.today()).await;
        // Nothing was remembered under the key but that it was too much for that day.
        one_more().await.created();
        applicant.post(&submission).if_match("*").await.created();
    }
}
