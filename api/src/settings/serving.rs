//! 对外服务: whom the server listens to, what it takes, and what it tells others.

use ipnet::IpNet;
use kernel::{Centre, Role};
use serde::{Deserialize, Serialize};

use super::Hidden;

/// 令牌: whose are accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tokens {
    /// `iss` of our own tokens.
    pub issuer: String,
    /// `aud` of every token.
    pub audience: String,
    /// 外部签发者
    pub trusted: Vec<TrustedIssuer>,
}

/// 外部签发者. It can speak only for the centres and in the roles it is trusted with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedIssuer {
    pub issuer: String,
    pub jwks_url: String,
    pub centres: Vec<Centre>,
    #[serde(default = "roles_of_outsiders")]
    pub roles: Vec<Role>,
}

pub(super) fn roles_of_outsiders() -> Vec<Role> {
    vec![Role::Applicant, Role::Adapter]
}

/// 推送 to systems.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Webhooks {
    /// 允许的网络, besides the public Internet.
    pub allowed_networks: Vec<IpNet>,
    /// Hours of nothing but failure after which an endpoint is disabled.
    pub disable_after_hours: u32,
    /// Days for which what was delivered or given up can be looked at and sent again.
    pub keep_days: u32,
}

impl Default for Webhooks {
    fn default() -> Self {
        Self { allowed_networks: Vec::new(), disable_after_hours: 120, keep_days: 30 }
    }
}

/// 事件流
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Feed {
    /// 保留期: days for which events can be read; 0 for ever.
    pub keep_days: u32,
}

impl Default for Feed {
    fn default() -> Self {
        Self { keep_days: 400 }
    }
}

/// 申请草稿
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Drafts {
    /// Days after its last change for which a draft is kept.
    pub keep_days: u32,
}

impl Default for Drafts {
    fn default() -> Self {
        Self { keep_days: 30 }
    }
}

/// Limits of the main listener. Times in seconds, sizes in bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Threads; 0 for one a core.
    pub workers: usize,
    /// Requests under way at once; whoever comes after is told to come again. Strangers with a body to send have a quarter
    /// as many beside.
    pub in_flight: usize,
    /// Requests that wait for news at once, counted apart; whoever comes after is answered at once.
    pub polls: usize,
    /// Open connections per worker.
    pub connections: usize,
    pub backlog: u32,
    pub head_seconds: u64,
    pub body_seconds: u64,
    pub keep_alive_seconds: u64,
    pub body_bytes: usize,
    pub drain_seconds: u64,
    pub shutdown_seconds: u64,
    /// 反向代理: networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// 跨域: origins whose pages may call; none unless said.
    pub cors_origins: Vec<String>,
}

/// 材料文件: where they are kept and how large they may be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Files {
    pub max_bytes: u64,
    pub grace_seconds: u64,
    /// Bytes a second, once the grace is over.
    pub min_rate: u64,
    /// Uploads at a time.
    pub uploads: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3: Option<S3>,
}

/// S3 兼容存储.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3 {
    pub bucket: String,
    pub endpoint: Option<String>,
    #[serde(default = "usual_region")]
    pub region: String,
    #[serde(default)]
    pub prefix: String,
    pub access_key_id: Option<String>,
    pub secret_access_key: Option<Hidden>,
    #[serde(default)]
    pub allow_http: bool,
}

fn usual_region() -> String {
    "us-east-1".to_owned()
}

/// 进度查询: limits of the public query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Progress {
    /// Queries a minute from one address.
    pub per_minute: u32,
    /// Queries a minute for one case number, from wherever they come.
    pub per_minute_and_number: u32,
}

/// 限流, in requests a second, per process; 0 for none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rates {
    /// Of one program: an adapter, a hotline, a front end for its applicants.
    pub per_second_and_client: u32,
    /// From one address, of whoever does not show who they are.
    pub per_second_and_address: u32,
}

impl Default for Tokens {
    fn default() -> Self {
        Self { issuer: "urn:yichuang".to_owned(), audience: "yichuang".to_owned(), trusted: Vec::new() }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self {
            workers: 0,
            in_flight: 512,
            polls: 256,
            connections: 2048,
            backlog: 1024,
            head_seconds: 5,
            body_seconds: 10,
            keep_alive_seconds: 60,
            body_bytes: 256 * 1024,
            drain_seconds: 1,
            shutdown_seconds: 20,
            trusted_proxies: Vec::new(),
            cors_origins: Vec::new(),
        }
    }
}

impl Default for Files {
    fn default() -> Self {
        Self { max_bytes: 20 * 1024 * 1024, grace_seconds: 10, min_rate: 16 * 1024, uploads: 64, s3: None }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self { per_minute: 30, per_minute_and_number: 10 }
    }
}

impl Default for Rates {
    fn default() -> Self {
        Self { per_second_and_client: 200, per_second_and_address: 50 }
    }
}
