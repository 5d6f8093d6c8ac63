//! 推送 (clause B5-7, promise P3): what a system can see in the feed is sent to where it wants it, signed, in order, at least
//! once, and to nowhere that is not for it.

use api::outbox::{SigningKey, sign};
use persistence::webhooks::Signature;
use tests::*;

async fn case_of(system: &Caller) -> Case {
    system.receives(Application::for_item(items::PROMISED).by(&Person::new()).via("web")).await.case()
}

/// Until the first delivery of a subject has this outcome.
async fn outcome(webhook: &Webhook, subject: &str, outcome: &str) -> Value {
    until(&format!("it ends with {outcome}"), async || {
        let all = webhook.deliveries("").await;
        all.into_iter().find(|it| it["subject"] == subject && it["last_outcome"] == outcome)
    })
    .await
}

tests::on_both_stores! {
    /// Clauses B5-7, G1, promise P3: a system is told of its own cases what it reads in the feed, and of no others.
    async fn a_system_is_told_what_it_can_see(hall: Hall) {
        let (receiver, platform) = (Receiver::start().await, hall.system("zjzwfw").await);
        let person = Person::new();
        let earlier = case_of(&platform).await;
        until("it has its place in the feed", async || {
            let feed = platform.get("/v1/events?limit=200&after=0").await.ok();
            feed.data().iter().any(|event| event["subject"] == earlier.id.as_str()).then_some(())
        })
        .await;
        let webhook = platform.is_told_at(&receiver).await;
        let other = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let own = platform.receives(Application::for_item(items::PROMISED).by(&person).via("web")).await.case();
        platform.withdraws(&own).await.ok();
        platform.withdraws(&earlier).await.ok();
        let told = webhook.has_told(&receiver, &[&own.id], 2).await;
        assert_eq!(told, webhook.feed_of(&[&own.id]).await, "the same as in the feed, in the same order");
        let later = webhook.has_told(&receiver, &[&earlier.id], 1).await;
        assert_eq!(later[0]["type"], "cn.gov.yichuang.case.withdrawn.v1", "from its registration on");
        for came in receiver.came() {
            assert!(came.is_signed_by(&webhook.key()) && came.id == came.event["id"], "{came:?}");
            let text = String::from_utf8(came.raw).unwrap();
            assert!(!text.contains(&other.id) && person.secrets().iter().all(|secret| !text.contains(secret)));
        }
        let delivered = until("its acceptance is on record", async || {
            let all = webhook.deliveries("delivered").await;
            all.into_iter().find(|it| it["event"] == told[0]["id"])
        })
        .await;
        let one = platform.get(&webhook.path(&format!("/deliveries/{}", delivered["id"].as_str().unwrap()))).await.ok();
        assert_eq!((&one["state"], &one["event"], &one["attempts"]), (&json!("delivered"), &told[0]["id"], &json!(1)));
        assert_eq!((one.at("/log/0/outcome"), one["log"].as_array().unwrap().len()), (&json!("204"), 1));
        assert_eq!(one["body"].as_str().unwrap().parse::<Value>().unwrap(), told[0]);
        assert_eq!(webhook.deliveries("failed").await, Vec::<Value>::new());
        assert!(hall.adapter("another").get("/v1/webhook-endpoints").await.ok().data().is_empty());
        hall.adapter("another").get(&webhook.path("/deliveries")).await.hidden();
    }

    /// Clause B5-7: of the types that were asked for and no others; a type that does not exist is named.
    async fn only_the_types_that_are_wanted(hall: Hall) {
        let (receiver, platform) = (Receiver::start().await, hall.system("zjzwfw").await);
        let body = json!({ "name": "平台", "url": receiver.url(), "types": ["cn.gov.yichuang.case.no_such.v1"] });
        platform.post("/v1/webhook-endpoints").json(&body).await.names_field("/types/0");
        let types = json!({ "types": ["cn.gov.yichuang.case.withdrawn.v1"] });
        let webhook = platform.listens_at(&receiver.url(), types).await;
        let case = case_of(&platform).await;
        platform.withdraws(&case).await.ok();
        let told = webhook.has_told(&receiver, &[&case.id], 1).await;
        assert_eq!((told.len(), &told[0]["type"]), (1, &json!("cn.gov.yichuang.case.withdrawn.v1")));
        assert_eq!(receiver.came().len(), 1);
    }

    /// Promise P3: what fails holds up what comes after it of the same case, and nothing of others.
    async fn what_fails_holds_up_only_its_own_case(hall: Hall) {
        let (receiver, platform) = (Receiver::start().await, hall.system("zjzwfw").await);
        let webhook = platform.is_told_at(&receiver).await;
        let held = case_of(&platform).await;
        let subject = held.id.clone();
        webhook.has_told(&receiver, &[&held.id], 1).await;
        receiver.answers(move |came| if came.subject() == subject { Reply::Status(500, "") } else { Reply::ok() });
        platform.withdraws(&held).await.ok();
        outcome(&webhook, &held.id, "500").await;
        let free = case_of(&platform).await;
        platform.withdraws(&free).await.ok();
        webhook.has_told(&receiver, &[&free.id], 2).await;
        let failed = until("one alone waits", async || {
            let pending = webhook.deliveries("pending").await;
            (pending.len() == 1).then_some(pending)
        })
        .await;
        assert_eq!((failed.len(), &failed[0]["subject"], &failed[0]["last_outcome"]), (1, &json!(held.id), &json!("500")));
        receiver.answers(|_| Reply::ok());
        hall.seconds_pass(7).await;
        let told = webhook.has_told(&receiver, &[&held.id], 2).await;
        assert_eq!(told, webhook.feed_of(&[&held.id]).await);
    }

    /// Standard Webhooks: while one secret follows another both sign, and then only the new one; the last one stays.
    async fn two_secrets_sign_while_one_follows_the_other(hall: Hall) {
        let (receiver, platform) = (Receiver::start().await, hall.system("zjzwfw").await);
        let webhook = platform.is_told_at(&receiver).await;
        let path = webhook.path("/secrets");
        let seen = webhook.reads().await;
        let only = webhook.path(&format!("/secrets/{}", seen.text("/secrets/0/id")));
        platform.delete(&only).if_match("*").await.refused("last_secret");
        let second = platform.post(&path).if_match(seen.header("etag")).json(&json!({ "overlap_hours": 2 })).await.ok();
        platform.post(&path).if_match("*").json(&json!({})).await.refused("two_secrets_live");
        platform.post(&path).if_match(seen.header("etag")).json(&json!({})).await.problem(412, "version_mismatch");
        assert!(!webhook.reads().await.body.to_string().contains("whsec_"), "shown once");
        let (old, new) = (webhook.key(), SigningKey::parse(&second.text("/secret")).unwrap());
        let case = case_of(&platform).await;
        webhook.has_told(&receiver, &[&case.id], 1).await;
        let came = receiver.came().into_iter().find(|came| came.subject() == case.id).unwrap();
        assert!(came.is_signed_by(&old) && came.is_signed_by(&new), "{came:?}");
        assert_eq!(came.signature.split(' ').count(), 2);
        hall.seconds_pass(2 * 3600 + 1).await;
        platform.withdraws(&case).await.ok();
        webhook.has_told(&receiver, &[&case.id], 2).await;
        let came = receiver.came().into_iter().rfind(|came| came.subject() == case.id).unwrap();
        assert!(!came.is_signed_by(&old) && came.is_signed_by(&new), "{came:?}");
    }

    /// GB/T 32905: whoever wants it has signatures by HMAC-SM3, under a name that others pass over.
    async fn a_signature_by_sm3(hall: Hall) {
        let (receiver, platform) = (Receiver::start().await, hall.system("zjzwfw").await);
        let webhook = platform.listens_at(&receiver.url(), json!({ "signature": "hmac_sm3" })).await;
        let case = case_of(&platform).await;
        webhook.has_told(&receiver, &[&case.id], 1).await;
        let came = receiver.came().remove(0);
        let key = SigningKey::parse_for(Signature::HmacSm3, &webhook.secret).unwrap();
        assert!(came.is_signed_by(&key) && !came.is_signed_by(&webhook.key()), "{came:?}");
        let at = came.timestamp.parse().unwrap();
        assert_eq!(came.signature, sign(&[key], &came.id, at, &came.raw));
        assert!(came.signature.starts_with("v1sm3,"));
    }

    /// OWASP API7: no address of our own network is registered, and none is connected to that was registered before.
    async fn nothing_is_sent_into_our_own_network(hall: Hall) {
        let (receiver, platform) = (Receiver::start().await, hall.system("zjzwfw").await);
        let webhook = platform.is_told_at(&receiver).await;
        let case = case_of(&platform).await;
        webhook.has_told(&receiver, &[&case.id], 1).await;
        let connections = receiver.connections();
        hall.restarts_with(|settings| settings.webhooks.allowed_networks.clear()).await;
        let port = receiver.url().rsplit(':').next().unwrap().to_owned();
        for url in [
            receiver.url(),
            format!("https://127.0.0.1:{port}"),
            format!("https://localhost:{port}"),
            format!("https://2130706433:{port}"),
            format!("https://[::ffff:127.0.0.1]:{port}"),
            "https://169.254.169.254/latest/meta-data".to_owned(),
            "https://10.0.0.1/".to_owned(),
            "https://no-such-host.invalid/".to_owned(),
            "http://1.1.1.1/".to_owned(),
            "https://user:pass@1.1.1.1/".to_owned(),
            "gopher://1.1.1.1/".to_owned(),
            "hooks".to_owned(),
        ] {
            let body = json!({ "name": "平台", "url": url });
            platform.post("/v1/webhook-endpoints").json(&body).await.names_field("/url");
        }
        platform.withdraws(&case).await.ok();
        outcome(&webhook, &case.id, "forbidden_address").await;
        assert_eq!(receiver.connections(), connections);
    }

    /// OWASP API7: an answer that leads elsewhere is not followed.
    async fn a_redirection_is_not_followed(hall: Hall) {
        let (receiver, inner, platform) = (Receiver::start().await, Receiver::start().await, hall.system("zjzwfw").await);
        let elsewhere = inner.url();
        receiver.answers(move |_| Reply::Redirect(elsewhere.clone()));
        let webhook = platform.is_told_at(&receiver).await;
        let case = case_of(&platform).await;
        outcome(&webhook, &case.id, "307").await;
        assert_eq!(inner.connections(), 0);
    }

    /// Clause G1: a system has endpoints of its own, an administrator looks after all of them, and nobody else knows of them.
    async fn an_endpoint_is_its_systems_own(hall: Hall) {
        let platform = hall.system("zjzwfw").await;
        let url = "http://127.0.0.1:9/hooks";
        let body = json!({ "name": "平台", "url": url });
        hall.adapter("unknown").post("/v1/webhook-endpoints").json(&body).await.refused("client_not_registered");
        hall.security_admin().post("/v1/webhook-endpoints").json(&body).await.names_field("/client");
        let mut of_another = body.clone();
        of_another["client"] = json!("another");
        platform.post("/v1/webhook-endpoints").json(&of_another).await.names_field("/client");
        platform.with_scope("cases:read").post("/v1/webhook-endpoints").json(&body).await.denied(403, "scope_not_allowed");
        let webhook = platform.listens_at(url, json!({ "client": "zjzwfw" })).await;
        let change = json!({ "name": "新名", "url": url, "types": [], "signature": "hmac_sha256", "active": false });
        platform.put(&webhook.path("")).json(&change).await.problem(428, "precondition_required");
        platform.put(&webhook.path("")).if_match("\"7\"").json(&change).await.problem(412, "version_mismatch");
        hall.adapter("another").put(&webhook.path("")).if_match("*").json(&change).await.hidden();
        let changed = hall.security_admin().put(&webhook.path("")).if_match("*").json(&change).await.ok();
        assert_eq!((&changed["name"], &changed["state"], &changed["client"]), (&json!("新名"), &json!("off"), &json!("zjzwfw")));
        let listed = hall.security_admin().get("/v1/webhook-endpoints").await.ok();
        assert_eq!(listed.ids(), [webhook.id.as_str()]);
        for _ in 1..10 {
            platform.listens_at(url, json!({})).await;
        }
        platform.post("/v1/webhook-endpoints").json(&body).await.refused("too_many_endpoints");
        platform.delete(&webhook.path("")).if_match(changed.header("etag")).await.ok();
        platform.get(&webhook.path("")).await.hidden();
        platform.delete(&webhook.path("")).if_match("*").await.hidden();
        platform.listens_at(url, json!({})).await;
    }

    /// Clauses B5-7, G1, promise P3: what happened to an endpoint, its removal included, is told to its owner and the centre
    /// once it is removed, and to nobody else.
    async fn the_removal_of_an_endpoint_is_told(hall: Hall) {
        let platform = hall.system("zjzwfw").await;
        let webhook = platform.listens_at("http://127.0.0.1:9/hooks", json!({})).await;
        platform.delete(&webhook.path("")).if_match("*").await.ok();
        platform.get(&webhook.path("")).await.hidden();
        let told_to = async |owner: Caller| {
            let seen = Webhook { owner, ..webhook.clone() }.feed_of(&[&webhook.id]).await;
            seen.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let kinds = ["cn.gov.yichuang.webhook.registered.v1", "cn.gov.yichuang.webhook.deleted.v1"];
        until("its owner is told", async || (told_to(platform.clone()).await == kinds).then_some(())).await;
        assert_eq!(told_to(hall.manager()).await, kinds);
        assert!(told_to(hall.system("another").await).await.is_empty());
    }

    /// Promise P3: what happens while an endpoint or its system is off, or nobody serves, is told afterwards.
    async fn what_happens_meanwhile_is_told_afterwards(hall: Hall) {
        let (receiver, platform) = (Receiver::start().await, hall.system("zjzwfw").await);
        let webhook = platform.is_told_at(&receiver).await;
        let switched = |active: bool| {
            json!({ "name": "平台", "url": receiver.url(), "types": [], "signature": "hmac_sha256", "active": active })
        };
        platform.put(&webhook.path("")).if_match("*").json(&switched(false)).await.ok();
        let case = case_of(&platform).await;
        hall.restarts().await;
        platform.withdraws(&case).await.ok();
        let client = |active: bool| json!({ "name": "第三方平台", "scopes": ["cases:read", "cases:write", "events:read"], "active": active });
        hall.security_admin().put("/v1/clients/zjzwfw").if_match("*").json(&client(false)).await.ok();
        hall.security_admin().put(&webhook.path("")).if_match("*").json(&switched(true)).await.ok();
        // Somebody else is told of what came later, so that it was looked at.
        let (second, another) = (Receiver::start().await, hall.system("another").await);
        let control = another.is_told_at(&second).await;
        let later = case_of(&another).await;
        control.has_told(&second, &[&later.id], 1).await;
        assert!(once(&receiver, &[&case.id]).is_empty(), "a system that is off is told nothing");
        hall.security_admin().put("/v1/clients/zjzwfw").if_match("*").json(&client(true)).await.ok();
        let told = until("it is told of everything", async || {
            let told = once(&receiver, &[&case.id]);
            (told.len() == 2).then_some(told)
        })
        .await;
        let kinds: Vec<&str> = told.iter().map(|event| event["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["cn.gov.yichuang.case.received.v1", "cn.gov.yichuang.case.withdrawn.v1"]);
    }

    /// Clause B5-7, ask 66: deliveries are listed in the order in which they were put into the box, those of one moment in the
    /// order of the feed, and a page goes on where the last one ended.
    async fn deliveries_are_listed_in_their_order(hall: Hall) {
        let platform = hall.system("zjzwfw").await;
        let url = "http://127.0.0.1:9/hooks";
        let webhook = platform.listens_at(url, json!({})).await;
        let switched = |active: bool| {
            json!({ "name": "平台", "url": url, "types": [], "signature": "hmac_sha256", "active": active })
        };
        platform.put(&webhook.path("")).if_match("*").json(&switched(false)).await.ok();
        let mut cases = Vec::new();
        for _ in 0..4 {
            let case = case_of(&platform).await;
            platform.withdraws(&case).await.ok();
            cases.push(case.id.clone());
        }
        let subjects: Vec<&str> = cases.iter().map(String::as_str).collect();
        until("they have their places in the feed", async || (webhook.feed_of(&subjects).await.len() == 8).then_some(())).await;
        platform.put(&webhook.path("")).if_match("*").json(&switched(true)).await.ok();
        let of_cases = |all: Vec<Value>| -> Vec<Value> {
            all.into_iter().filter(|it| subjects.iter().any(|subject| it["subject"] == *subject)).collect()
        };
        let listed = until("they are in the box", async || {
            let all = of_cases(webhook.deliveries("").await);
            (all.len() == 8).then_some(all)
        })
        .await;
        let events = |all: &[Value], name: &str| all.iter().map(|it| it[name].clone()).collect::<Vec<_>>();
        assert_eq!(events(&listed, "event"), events(&webhook.feed_of(&subjects).await, "id"));
        for state in ["", "&state=pending"] {
            let first = webhook.path(&format!("/deliveries?limit=3{state}"));
            let (mut paged, mut next) = (Vec::new(), Some(first.clone()));
            while let Some(path) = next {
                let page = platform.get(&path).await.ok();
                paged.extend(page.data().clone());
                next = page.at("/page/next_cursor").as_str().map(|cursor| format!("{first}&cursor={cursor}"));
            }
            paged.reverse();
            assert_eq!(events(&of_cases(paged), "id"), events(&listed, "id"), "{state}");
        }
    }
}
