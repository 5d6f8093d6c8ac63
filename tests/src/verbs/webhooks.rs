//! 推送: systems that are registered, and where they are told of what they can see.

use api::{auth::Scope, outbox::SigningKey};
use serde_json::{Value, json};

use crate::{Answer, Caller, Hall, Receiver, until};

/// 推送订阅 as its owner knows it.
#[derive(Clone, Debug)]
pub struct Webhook {
    pub owner: Caller,
    pub id: String,
    pub secret: String,
}

impl Hall {
    /// A system that is registered, with everything it can be granted.
    pub async fn system(&self, code: &str) -> Caller {
        let scopes = Scope::ALL;
        let client = json!({ "client": code, "role": "adapter", "name": "第三方平台", "scopes": scopes });
        self.security_admin().post("/v1/clients").json(&client).await.created();
        self.adapter(code)
    }

    /// The hall's clock goes forward by so many seconds.
    pub async fn seconds_pass(&self, seconds: i64) {
        let now = chrono::DateTime::parse_from_rfc3339(&self.now()).unwrap();
        self.time_passes_to(&(now + chrono::Duration::seconds(seconds)).to_rfc3339()).await;
    }
}

impl Caller {
    /// 登记推送订阅 of these fields besides.
    pub async fn listens_at(&self, url: &str, fields: Value) -> Webhook {
        let mut body = json!({ "name": "平台", "url": url });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let made = self.post("/v1/webhook-endpoints").json(&body).await.created();
        Webhook { owner: self.clone(), id: made.text("/id"), secret: made.text("/secret") }
    }

    /// 登记推送订阅 of everything.
    pub async fn is_told_at(&self, receiver: &Receiver) -> Webhook {
        self.listens_at(&receiver.url(), json!({})).await
    }
}

impl Webhook {
    pub fn path(&self, rest: &str) -> String {
        format!("/v1/webhook-endpoints/{}{rest}", self.id)
    }

    pub async fn reads(&self) -> Answer {
        self.owner.get(&self.path("")).await.ok()
    }

    pub fn key(&self) -> SigningKey {
        SigningKey::parse(&self.secret).unwrap()
    }

    /// The newest deliveries, in the order in which they were written.
    pub async fn deliveries(&self, state: &str) -> Vec<Value> {
        let and = if state.is_empty() { String::new() } else { format!("&state={state}") };
        let page = self.owner.get(&self.path(&format!("/deliveries?limit=200{and}"))).await.ok();
        page.data().iter().rev().cloned().collect()
    }

    /// What its owner sees of these subjects in the feed, from the beginning.
    pub async fn feed_of(&self, subjects: &[&str]) -> Vec<Value> {
        let (mut events, mut after) = (Vec::new(), "0".to_owned());
        loop {
            let batch = self.owner.get(&format!("/v1/events?limit=200&after={after}")).await.ok();
            events.extend(
                batch.data().iter().filter(|event| subjects.contains(&event["subject"].as_str().unwrap())).cloned(),
            );
            if batch.data().is_empty() && batch["more"] == false {
                return events;
            }
            after = batch.text("/next");
        }
    }

    /// Waits until so many deliveries of these subjects were accepted, each counted once.
    pub async fn has_told(&self, receiver: &Receiver, subjects: &[&str], many: usize) -> Vec<Value> {
        until(&format!("{many} events are delivered"), async || {
            let told = once(receiver, subjects);
            (told.len() >= many).then_some(told)
        })
        .await
    }
}

/// The events of these subjects that a receiver accepted, each once, in the order in which each first came.
pub fn once(receiver: &Receiver, subjects: &[&str]) -> Vec<Value> {
    let mut events: Vec<Value> = Vec::new();
    for came in receiver.accepted() {
        if subjects.contains(&came.subject()) && !events.contains(&came.event) {
            events.push(came.event);
        }
    }
    events
}
