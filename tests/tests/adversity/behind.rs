//! 滞后: what operators are told of how far behind each consumer is.

use std::net::{SocketAddr, TcpListener};

use tests::{hotline::HOTLINE, *};

use crate::PROGRAM;

async fn details(hall: &Hall) -> Value {
    details_at(hall.management()).await
}

async fn details_at(management: SocketAddr) -> Value {
    let answer = reqwest::get(format!("http://{management}/details")).await.unwrap();
    answer.json::<Value>().await.unwrap()["behind"].clone()
}

/// Of the centre of the tests.
fn of(behind: &Value, consumers: &str, key: &str, name: &str) -> Value {
    let rows = behind[consumers].as_array().unwrap();
    rows.iter().find(|row| row[key] == name).unwrap_or_else(|| panic!("no {name}: {behind}")).clone()
}

/// The figure of this name with all these labels. Other tests of this process have figures of other names.
async fn is_published(hall: &Hall, name: &str, label: &str) -> bool {
    let text = reqwest::get(format!("http://{}/metrics", hall.management())).await.unwrap().text().await.unwrap();
    text.lines().any(|line| line.starts_with(name) && line.contains(label))
}

tests::on_both_stores! {
    /// Promise P3, clause B5-7: how far a system has read the feed, and that it has caught up.
    async fn a_reader_of_the_feed_is_behind_until_it_catches_up(hall: Hall) {
        let platform = hall.adapter("platform");
        platform.receives(Application::for_item(items::PROMISED).by(&Person::new())).await.case();
        let next = until("its event has a place", async || {
            let feed = platform.get("/v1/events").await.ok();
            (!feed.data().is_empty()).then(|| feed.text("/next"))
        })
        .await;
        let behind = details(&hall).await;
        let reader = of(&behind, "feed", "client", "platform");
        assert_eq!(reader["events"].as_u64().unwrap().to_string(), next, "it has said of none that it has it");
        platform.get(&format!("/v1/events?after={next}")).await.ok();
        let reader = of(&details(&hall).await, "feed", "client", "platform");
        assert_eq!(reader["events"], 0);
        assert!(reader["seconds"].as_f64().unwrap() < 60.0);
        hall.manager().get("/v1/events").await.ok();
        assert_eq!(details(&hall).await["feed"].as_array().unwrap().len(), 1, "people are not counted");
        assert!(is_published(&hall, "feed_lag_events", "client=\"platform\"").await);
    }

    /// Promise P3, clause B5-7: whoever has stopped reading is told of after a restart, too, with what has happened since;
    /// whoever is switched off is waited for no more.
    async fn a_reader_that_has_stopped_is_not_forgotten(hall: Hall) {
        let platform = hall.system("platform").await;
        platform.get("/v1/events?after=0").await.ok();
        platform.receives(Application::for_item(items::PROMISED).by(&Person::new())).await.case();
        hall.restarts().await;
        let lag = async || of(&details(&hall).await, "feed", "client", "platform")["events"].as_u64().unwrap();
        let before = until("it is behind", async || Some(lag().await).filter(|lag| *lag > 0)).await;
        platform.receives(Application::for_item(items::PROMISED).by(&Person::new())).await.case();
        until("it falls further behind", async || (lag().await > before).then_some(())).await;
        let off = json!({ "name": "第三方平台", "scopes": ["events:read"], "active": false });
        hall.security_admin().put("/v1/clients/platform").if_match("*").json(&off).await.ok();
        assert_eq!(lag().await, 0);
    }

    /// Promise P3: while nothing is put into the outbox for an endpoint that is away, what waits for it in the feed is told.
    async fn an_endpoint_that_is_away_is_behind(hall: Hall) {
        let away = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let platform = hall.system("zjzwfw").await;
        let webhook = platform.listens_at(&format!("http://{away}/events"), json!({})).await;
        let receive = async || platform.receives(Application::for_item(items::PROMISED).by(&Person::new())).await.case();
        for _ in 0..12 {
            receive().await;
        }
        until("the circuit opens", async || webhook.reads().await["held_until"].is_string().then_some(())).await;
        let target = format!("webhook:{}", webhook.id);
        let lag = async || of(&details(&hall).await, "webhooks", "target", &target)["events"].as_u64().unwrap();
        let before = lag().await;
        // Some of it may have been on its way into the box then; no more than had happened.
        let more = async || {
            receive().await;
            (lag().await > before + 12).then_some(())
        };
        until_within(30, "more waits for it", more).await;
        assert!(is_published(&hall, "webhook_lag_events", &webhook.id).await);
        platform.delete(&webhook.path("")).if_match("*").await.ok();
        assert_eq!(lag().await, 0, "it is deleted");
    }

    /// Clause G3: a destination that cannot be reached has letters that grow old.
    async fn a_destination_that_is_away_is_behind(hall: Hall) {
        let away = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        hall.restarts_with(|settings| {
            hotline::configured(settings, &hotline);
            settings.hotlines[0].callback_url = format!("http://{away}/callbacks");
        })
        .await;
        hall.is_called_by(&hotline);
        hall.dispatched(&hotline, "W-1").await;
        let target = format!("hotline:{HOTLINE}");
        let waits = of(&details(&hall).await, "outbox", "target", &target);
        assert!(waits["letters"].as_u64().unwrap() >= 1, "{waits}");
        hall.time_passes_to_day(hall.today(), 15, 0).await;
        let older = of(&details(&hall).await, "outbox", "target", &target);
        assert!(older["seconds"].as_f64().unwrap() > 3600.0, "{older}");
        assert!(is_published(&hall, "outbox_oldest_seconds", HOTLINE).await);
    }

    /// Promise P4: what should have happened and has not is told, and gone once it has.
    async fn time_that_is_late_is_told(hall: Hall) {
        let came = hall.a_new_morning().await;
        hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let late = hall.before_any_duty(hall.after(came, 6), async || details(&hall).await).await;
        assert!(of(&late, "timers", "of", "case")["seconds"].as_f64().unwrap() > 3600.0, "{late}");
        until("it has been looked at", async || {
            (of(&details(&hall).await, "timers", "of", "case")["seconds"] == 0.0).then_some(())
        })
        .await;
        assert!(is_published(&hall, "timers_late_seconds", "of=\"case\"").await);
    }
}

/// Promise P3, clause B5-7: a system that reads on at another process is behind at none.
#[tokio::test]
async fn a_reader_that_moves_to_another_process_is_not_behind() {
    run(Database::Postgres, async |hall: Hall| {
        let (beside, platform) = (hall.beside(PROGRAM), hall.adapter("platform"));
        platform.receives(Application::for_item(items::PROMISED).by(&Person::new())).await.case();
        let next = until("its event has a place", async || {
            let feed = platform.get("/v1/events").await.ok();
            (!feed.data().is_empty()).then(|| feed.text("/next"))
        })
        .await;
        let lag =
            async |at: SocketAddr| of(&details_at(at).await, "feed", "client", "platform")["events"].as_u64().unwrap();
        assert_ne!(lag(hall.management()).await, 0);
        let url = format!("http://{}/v1/events?after={next}", beside.address);
        let read = hall.http().get(url).bearer_auth(platform.token().unwrap()).send().await.unwrap();
        assert_eq!(read.status(), 200);
        assert_eq!(lag(beside.management).await, 0);
        until_within(30, "the first process knows", async || (lag(hall.management()).await == 0).then_some(())).await;
    })
    .await;
}
