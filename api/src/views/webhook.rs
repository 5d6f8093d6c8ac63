//! 推送订阅 and 推送, as shown: never a secret, save in the answer that issues it.

use kernel::{EventId, Instant, id::WebhookEndpointId};
use persistence::{
    outbox::{Attempt, Progress, Stored},
    webhooks::{Endpoint, Secret, Signature, State},
};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::schema;

/// As strum names it.
fn name<T: ToString, S: Serializer>(it: &T, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&it.to_string())
}

/// 推送订阅
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookEndpointView {
    #[schema(schema_with = schema::id)]
    pub id: WebhookEndpointId,
    /// Of what its owner decides, as in the `ETag`; how it does is not part of it.
    pub version: u64,
    /// 系统代码 of its owner.
    pub client: String,
    /// 名称
    pub name: String,
    /// 接收地址
    pub url: String,
    /// 事件类型; all where empty.
    pub types: Vec<String>,
    /// 签名方式
    #[schema(schema_with = schema::variants::<Signature>)]
    #[serde(serialize_with = "name")]
    pub signature: Signature,
    /// 状态: `off` by its owner, `failing` after days of nothing but failure, `gone` after an answer of 410.
    #[schema(schema_with = schema::variants::<State>)]
    #[serde(serialize_with = "name")]
    pub state: State,
    /// 已推送到事件流的位置: everything up to here was delivered, given up, or stands in the deliveries.
    pub place: String,
    /// 连续失败次数, since the last attempt that did not fail.
    pub failures: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub failing_since: Option<Instant>,
    /// 暂停推送至此时刻, then with one delivery to see whether it is there again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub held_until: Option<Instant>,
    /// 有效密钥, at most two.
    pub secrets: Vec<WebhookSecretView>,
    #[schema(schema_with = schema::instant)]
    pub created_at: Instant,
    /// 密钥明文, only in the answer that issues it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// 签名密钥
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookSecretView {
    #[schema(schema_with = schema::id)]
    pub id: String,
    #[schema(schema_with = schema::instant)]
    pub issued_at: Instant,
    /// 签名至, where another one has followed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub ends_at: Option<Instant>,
}

impl WebhookEndpointView {
    pub fn new(endpoint: Endpoint, secrets: Vec<Secret>) -> Self {
        let secret = |Secret { id, issued_at, ends_at }| WebhookSecretView { id, issued_at, ends_at };
        Self {
            id: endpoint.id,
            version: endpoint.version,
            client: endpoint.client.to_string(),
            name: endpoint.name,
            url: endpoint.url,
            types: endpoint.types,
            signature: endpoint.signature,
            state: endpoint.state,
            place: endpoint.place.to_string(),
            failures: endpoint.failures,
            failing_since: endpoint.failing_since,
            held_until: endpoint.probe_at,
            secrets: secrets.into_iter().map(secret).collect(),
            created_at: endpoint.created_at,
            secret: None,
        }
    }
}

/// 推送
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookDeliveryView {
    #[schema(schema_with = schema::id)]
    pub id: EventId,
    /// 事件标识, the `webhook-id`.
    #[schema(schema_with = schema::id)]
    pub event: EventId,
    /// 事件类型
    pub r#type: String,
    /// Events of one subject are delivered in order.
    pub subject: String,
    pub sequence: String,
    #[schema(schema_with = schema::variants::<Progress>)]
    #[serde(serialize_with = "name")]
    pub state: Progress,
    /// 尝试次数, since it was last to be sent anew.
    pub attempts: u32,
    /// Of the last attempt: a status, or why there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_outcome: Option<String>,
    #[schema(schema_with = schema::instant)]
    pub created_at: Instant,
    /// Absent once it is delivered or given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub next_attempt_at: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub delivered_at: Option<Instant>,
    /// 已放弃
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub given_up_at: Option<Instant>,
}

impl From<Stored> for WebhookDeliveryView {
    fn from(letter: Stored) -> Self {
        let state = letter.progress();
        Self {
            id: letter.id,
            event: letter.message,
            state,
            r#type: letter.kind,
            subject: letter.ordering_key,
            sequence: letter.sequence.to_string(),
            attempts: letter.attempts,
            last_outcome: letter.last_outcome,
            created_at: letter.created_at,
            // What goes before all that waits is due before it was written.
            next_attempt_at: (state == Progress::Pending).then_some(letter.next_attempt_at.max(letter.created_at)),
            delivered_at: letter.delivered_at,
            given_up_at: letter.given_up_at,
        }
    }
}

/// 推送和尝试记录
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryDetailView {
    #[serde(flatten)]
    pub delivery: WebhookDeliveryView,
    /// What is sent, byte for byte.
    pub body: String,
    /// 尝试记录, the oldest first; at most 200.
    pub log: Vec<AttemptView>,
}

/// 尝试
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptView {
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    /// A status, or why there was none: `timeout`, `not_connected`, `broken_off`, `not_resolved`, `forbidden_address`,
    /// `bad_url`.
    pub outcome: String,
    /// 毫秒
    pub took_ms: u64,
}

impl From<Attempt> for AttemptView {
    fn from(Attempt { at, outcome, took_ms }: Attempt) -> Self {
        Self { at, outcome, took_ms }
    }
}
