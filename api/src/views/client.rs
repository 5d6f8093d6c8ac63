//! 对接系统, as shown: never a secret, save in the answer that issues it.

use kernel::{Instant, Role};
use persistence::{
    clients::{Client, LiveSecret},
    gateway_credentials::Credential,
    usage::Quota,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{auth::Scope, schema};

/// 系统类别
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientRole {
    /// 平台、前端、适配器
    Adapter,
    /// 12345热线
    Hotline,
}

impl From<ClientRole> for Role {
    fn from(role: ClientRole) -> Self {
        match role {
            ClientRole::Adapter => Self::Adapter,
            ClientRole::Hotline => Self::Hotline,
        }
    }
}

/// 每日额度, by the day of the hall: past it a request is told to come again at midnight (429 `daily_quota_exceeded`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DailyQuota {
    /// 调用次数, those of applicants through the system among them; no limit where it is absent.
    #[schema(minimum = 1, maximum = 1000000000)]
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::bounds::some_within::<_, _, 1, 1_000_000_000>"
    )]
    pub calls: Option<u32>,
    /// 新申请, a case each; no limit where it is absent.
    #[schema(minimum = 1, maximum = 1000000000)]
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::bounds::some_within::<_, _, 1, 1_000_000_000>"
    )]
    pub applications: Option<u32>,
}

impl From<DailyQuota> for Quota {
    fn from(DailyQuota { calls, applications }: DailyQuota) -> Self {
        Self { calls, applications }
    }
}

/// 对接系统
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientView {
    /// 系统代码, its `client_id`.
    #[schema(value_type = String)]
    pub client: String,
    pub version: u64,
    #[schema(value_type = ClientRole)]
    pub role: Role,
    /// 名称
    pub name: String,
    /// 授权范围
    pub scopes: Vec<Scope>,
    /// 是否启用
    pub active: bool,
    /// 每日额度
    pub daily_quota: DailyQuota,
    /// 是否登记了公钥, for `private_key_jwt`.
    pub has_keys: bool,
    /// 此时刻及以前签发的令牌均已吊销
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub revoked_until: Option<Instant>,
    /// 有效密钥, at most two.
    pub secrets: Vec<SecretView>,
    /// 有效网关凭据, at most two; never their secrets.
    pub gateway_credentials: Vec<GatewayCredentialView>,
    #[schema(schema_with = schema::instant)]
    pub created_at: Instant,
    /// 密钥明文, only in the answer that issues it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
}

/// 密钥
#[derive(Debug, Serialize, ToSchema)]
pub struct SecretView {
    #[schema(schema_with = schema::id)]
    pub id: String,
    #[schema(schema_with = schema::instant)]
    pub issued_at: Instant,
}

/// 网关凭据 that the gateway issued to the system.
#[derive(Debug, Serialize, ToSchema)]
pub struct GatewayCredentialView {
    #[schema(schema_with = schema::id)]
    pub id: String,
    /// `X-BG-HMAC-ACCESS-KEY`
    pub access_key: String,
    #[schema(schema_with = schema::instant)]
    pub issued_at: Instant,
}

impl From<Credential> for GatewayCredentialView {
    fn from(credential: Credential) -> Self {
        Self {
            id: credential.id.to_string(),
            access_key: credential.access_key.to_string(),
            issued_at: credential.issued_at,
        }
    }
}

impl ClientView {
    pub fn new(client: &Client, secrets: Vec<LiveSecret>, given: Vec<Credential>) -> Self {
        let is_granted = |scope: &Scope| scope.is_in(&client.scopes);
        let secret = |LiveSecret { id, issued_at }| SecretView { id, issued_at };
        Self {
            client: client.code.to_string(),
            version: client.version,
            role: client.role,
            name: client.name.clone(),
            scopes: Scope::ALL.into_iter().filter(is_granted).collect(),
            active: client.active,
            daily_quota: DailyQuota { calls: client.daily.calls, applications: client.daily.applications },
            has_keys: client.keys.is_some(),
            revoked_until: client.revoked_until,
            secrets: secrets.into_iter().map(secret).collect(),
            gateway_credentials: given.into_iter().map(GatewayCredentialView::from).collect(),
            created_at: client.created_at,
            client_secret: None,
        }
    }
}
