use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use kernel::Instant;
use reqwest::Client;
use serde::Serialize;
use serde_json::Value;

use super::{Inside, Listed, Memory, Tokens};

/// A message that waits to be sent, with its number.
#[derive(Clone, Debug)]
pub(super) struct Message {
    external_no: String,
    sequence: u64,
    is_dispatch: bool,
    body: Value,
    /// It was answered and has not taken its number: what is said next of the order is sent in its place.
    is_refused: bool,
}

/// What was sent, and what the server said to it.
#[derive(Clone, Debug, Serialize)]
pub struct Answered {
    pub external_no: String,
    pub sequence: u64,
    pub status: u16,
    pub body: Value,
}

impl Answered {
    /// Whether the next message has the next number: this one was dealt with, or is held, or the rules refused it. One that
    /// is refused for its fields is said again under its own, and so is one that was not looked at.
    pub fn takes_its_number(&self) -> bool {
        let unread = matches!(self.body["code"].as_str(), Some("hotline_unknown" | "idempotency_in_flight"));
        matches!(self.status, 200 | 202) || (self.status == 409 && !unread)
    }
}

pub(super) struct Sender {
    client: Client,
    to: Mutex<Option<(String, Tokens)>>,
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl Sender {
    pub(super) fn new() -> reqwest::Result<Self> {
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(15)).build()?;
        Ok(Self { client, to: Mutex::default() })
    }

    pub(super) fn calls(&self, server: &str, tokens: Tokens) {
        let to = (server.trim_end_matches('/').to_owned(), tokens);
        *self.to.lock().unwrap_or_else(PoisonError::into_inner) = Some(to);
    }

    /// None where nobody answered, or nobody who could.
    async fn send(&self, message: &Message, time: usize) -> Option<Answered> {
        let (server, tokens) = self.to.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        let Message { external_no, sequence, is_dispatch, body, .. } = message.clone();
        let order = format!("{server}/v1/hotline/work-orders/{external_no}");
        let request = if is_dispatch { self.client.put(order) } else { self.client.post(format!("{order}/messages")) };
        let request =
            request.bearer_auth(tokens()).header("idempotency-key", format!("{external_no}:{sequence}:{time}"));
        let response = request.json(&body).send().await.ok()?;
        let status = response.status().as_u16();
        if status == 429 || status >= 500 {
            return None;
        }
        let body = response.json().await.unwrap_or_default();
        Some(Answered { external_no, sequence, status, body })
    }
}

/// Gives a message its number, that of one before it which has not taken it if there is such a one, and puts it where
/// [`send_all`] finds it.
pub(super) fn queue(memory: &mut Memory, external_no: &str, is_dispatch: bool, mut body: Value) {
    if let Some(refused) = memory.queue.iter_mut().find(|it| it.is_refused && it.external_no == external_no) {
        body["sequence"] = refused.sequence.into();
        (refused.is_dispatch, refused.body, refused.is_refused) = (is_dispatch, body, false);
        return;
    }
    let dispatched_at = body["dispatched_at"].as_str().and_then(Instant::parse);
    let new =
        || Listed { external_no: external_no.to_owned(), state: "dispatched".to_owned(), sequence: 0, dispatched_at };
    let order = memory.orders.entry(external_no.to_owned()).or_insert_with(new);
    order.sequence += 1;
    let sequence = order.sequence;
    body["sequence"] = sequence.into();
    memory.queue.push(Message { external_no: external_no.to_owned(), sequence, is_dispatch, body, is_refused: false });
}

/// Sends everything that waits, in the order and as often as it behaves; but not again what was refused for its fields.
pub(super) async fn send_all(inside: &Inside) -> Vec<Answered> {
    let (mut messages, behaviour) = {
        let memory = inside.memory();
        let waiting: Vec<Message> = memory.queue.iter().filter(|it| !it.is_refused).cloned().collect();
        (waiting, memory.behaviour.clone())
    };
    if behaviour.disorder {
        messages.reverse();
    }
    let mut answered = BTreeMap::new();
    for message in &messages {
        // Under a key of its own: what keeps the second from having an effect is the number of the message alone.
        for time in 0..=usize::from(behaviour.twice) {
            if let Some(answer) = inside.sender.send(message, time).await {
                answered.insert((message.external_no.clone(), message.sequence), answer);
            }
        }
    }
    let mut memory = inside.memory();
    memory.queue.retain_mut(|message| {
        let Some(answer) = answered.get(&(message.external_no.clone(), message.sequence)) else { return true };
        message.is_refused = !answer.takes_its_number();
        message.is_refused
    });
    memory.sent.extend(answered.values().cloned());
    answered.into_values().collect()
}
