//! What an integrator's client has to do: carry a token, name an `Idempotency-Key` on every write and an `If-Match` on
//! every change, and come again with the same key where the answer says that this can help.

use std::{
    collections::HashMap,
    sync::{Mutex, Once, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use kernel::{Centre, Instant, Role};
use reqwest::{
    Method, Response, StatusCode, Url,
    header::{CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderName, IF_MATCH, RETRY_AFTER},
    redirect,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::Player;
use crate::{
    auth::{Audience, Claims, Keys, Scope},
    console::complain,
    problem::Problem,
    settings::Tokens,
};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const ATTEMPTS: u32 = 6;
const CONNECT: Duration = Duration::from_secs(5);
const ANSWER: Duration = Duration::from_secs(30);
/// Seconds that a token lives, and after how many a new one is made.
const LIFETIME: u64 = 3600;
const RENEWAL: u64 = 1800;

/// The way to the server.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    keys: Keys,
    tokens: Tokens,
    centre: Centre,
    signed: Mutex<HashMap<Player, (String, u64)>>,
    told_of_waiting: Once,
}

/// One request, to be sent as often as it takes.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    method: Method,
    path: String,
    player: Option<&'a Player>,
    token: Option<String>,
    if_match: Option<&'a str>,
    body: Option<(&'static str, Bytes)>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer<T> {
    pub value: T,
    pub etag: Option<String>,
    /// By the server's clock.
    pub at: Instant,
}

/// Why there is no answer to go on with.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The server said no.
    #[error("{}：{}", problem.code, problem.detail)]
    Refused { problem: Box<Problem>, retry_after: Option<u64> },
    #[error("无法连接服务（{0}）")]
    Unreachable(String),
    #[error("连接中断（{0}）")]
    Interrupted(String),
    #[error("答复不是预期的内容（{0}）")]
    NotUnderstood(String),
    /// Something else than the play asks for.
    #[error("{0}")]
    Amiss(String),
}

impl<'a> Request<'a> {
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), player: None, token: None, if_match: None, body: None }
    }

    pub fn post(path: impl Into<String>) -> Self {
        Self { method: Method::POST, ..Self::get(path) }
    }

    pub fn put(path: impl Into<String>) -> Self {
        Self { method: Method::PUT, ..Self::get(path) }
    }

    pub fn delete(path: impl Into<String>) -> Self {
        Self { method: Method::DELETE, ..Self::get(path) }
    }

    /// With a token that the server gave, instead of one that is made here.
    pub fn bearing(self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self }
    }

    /// Without, it is anybody's.
    pub fn by(self, player: &'a Player) -> Self {
        Self { player: Some(player), ..self }
    }

    pub fn seen(self, etag: &'a str) -> Self {
        Self { if_match: Some(etag), ..self }
    }

    pub fn json(self, value: &Value) -> Self {
        self.file("application/json", value.to_string())
    }

    pub fn file(self, media_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        Self { body: Some((media_type, bytes.into())), ..self }
    }
}

impl Client {
    /// # Errors
    /// In one sentence, when `server` is not the address of one.
    pub fn new(server: &str, keys: Keys, tokens: Tokens, centre: Centre) -> Result<Self, String> {
        let url = Url::parse(server).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.host_str().is_some_and(|host| !host.is_empty())
                && url.query().is_none()
                && url.fragment().is_none()
        });
        let Some(url) = url else {
            return Err(format!("--server 应为服务地址，例如 http://127.0.0.1:8080，而不是 {server:?}（not a URL）"));
        };
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .build()
            .map_err(|error| format!("无法建立HTTP客户端（{error}）"))?;
        let base = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { http, base, keys, tokens, centre, signed: Mutex::default(), told_of_waiting: Once::new() })
    }

    /// Sends a request, again under the same key where the server says that it may help.
    pub async fn send<T: DeserializeOwned>(&self, request: Request<'_>) -> Result<Answer<T>, Trouble> {
        let key = Uuid::now_v7().to_string();
        let mut attempt = 1;
        loop {
            let trouble = match self.attempt(&request, &key).await {
                Ok(answer) => return Ok(answer),
                Err(trouble) => trouble,
            };
            match trouble.pause().filter(|_| attempt < ATTEMPTS) {
                Some(pause) => {
                    self.told_of_waiting
                        .call_once(|| complain(format_args!("{trouble}（waiting, then trying again）")));
                    tokio::time::sleep(pause).await;
                }
                None => return Err(trouble),
            }
            attempt += 1;
        }
    }

    async fn attempt<T: DeserializeOwned>(&self, request: &Request<'_>, key: &str) -> Result<Answer<T>, Trouble> {
        let mut sent = self.http.request(request.method.clone(), format!("{}{}", self.base, request.path));
        if !request.method.is_safe() {
            sent = sent.header(IDEMPOTENCY_KEY, key);
        }
        if let Some(token) = self.token_of(request)? {
            sent = sent.bearer_auth(token);
        }
        if let Some(etag) = request.if_match {
            sent = sent.header(IF_MATCH, etag);
        }
        if let Some((media_type, bytes)) = &request.body {
            sent = sent.header(CONTENT_TYPE, *media_type).body(bytes.clone());
        }
        read(sent.send().await?).await
    }

    /// What is read there, byte for byte.
    pub async fn bytes(&self, path: &str, token: &str) -> Result<Vec<u8>, Trouble> {
        let answer = self.http.get(format!("{}{path}", self.base)).bearer_auth(token).send().await?;
        match answer.status() {
            status if status.is_success() => Ok(answer.bytes().await?.to_vec()),
            status => Err(Trouble::NotUnderstood(format!("HTTP {status}"))),
        }
    }

    /// The address of the server.
    pub fn base(&self) -> &str {
        &self.base
    }

    fn token_of(&self, request: &Request<'_>) -> Result<Option<String>, Trouble> {
        match (&request.token, request.player) {
            (Some(token), _) => Ok(Some(token.clone())),
            (None, player) => player.map(|player| self.token(player)).transpose(),
        }
    }

    /// As `yichuang token` makes them, in the name of whoever plays.
    pub fn token(&self, player: &Player) -> Result<String, Trouble> {
        let now = Instant::new(Utc::now()).unix().0;
        let mut signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((token, made)) = signed.get(player)
            && now < made + RENEWAL
        {
            return Ok(token.clone());
        }
        let is_platform = player.role == Role::Adapter;
        let is_system = is_platform || player.role == Role::Hotline;
        let claims = Claims {
            iss: self.tokens.issuer.clone(),
            aud: Audience::One(self.tokens.audience.clone()),
            sub: player.code.clone(),
            client_id: if is_system { player.code.clone() } else { "yichuang-demo".to_owned() },
            iat: now,
            nbf: Some(now),
            exp: now + LIFETIME,
            jti: Uuid::now_v7().to_string(),
            centre: self.centre,
            role: player.role,
            scope: is_platform.then(|| Scope::joined(Scope::ALL)),
            org: None,
            voucher: None,
            assurance: None,
        };
        let token = self.keys.sign(&claims).map_err(|error| Trouble::Amiss(format!("令牌签名失败（{error}）")))?;
        signed.retain(|_, (_, made)| now < *made + RENEWAL);
        signed.insert(player.clone(), (token.clone(), now));
        Ok(token)
    }
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<Answer<T>, Trouble> {
    let (status, headers) = (response.status(), response.headers().clone());
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let bytes = response.bytes().await?;
    if !status.is_success() {
        let retry_after = text(RETRY_AFTER).and_then(|seconds| seconds.parse().ok());
        return Err(match serde_json::from_slice(&bytes) {
            Ok(problem) => Trouble::Refused { problem: Box::new(problem), retry_after },
            Err(_) => Trouble::NotUnderstood(format!("HTTP {status}")),
        });
    }
    let value = serde_json::from_slice(&bytes).map_err(|error| Trouble::NotUnderstood(error.to_string()))?;
    Ok(Answer { value, etag: text(ETAG).map(str::to_owned), at: date(&headers) })
}

/// The server's clock counts, not ours.
fn date(headers: &HeaderMap) -> Instant {
    let text = headers.get(DATE).and_then(|value| value.to_str().ok());
    let date = text.and_then(|text| DateTime::parse_from_rfc2822(text).ok());
    Instant::new(date.map_or_else(Utc::now, |date| date.with_timezone(&Utc)))
}

impl Trouble {
    /// Whether the server does not believe the token.
    pub fn is_distrust(&self) -> bool {
        self.is(StatusCode::UNAUTHORIZED)
    }

    /// Whether the server said no with this status.
    pub fn is(&self, status: StatusCode) -> bool {
        matches!(self, Self::Refused { problem, .. } if problem.status == status.as_u16())
    }

    /// How long to wait before the same request is worth sending again.
    fn pause(&self) -> Option<Duration> {
        match self {
            Self::Refused { problem, retry_after } if problem.retryable => {
                Some(Duration::from_secs(retry_after.unwrap_or(1)))
            }
            Self::Interrupted(_) => Some(Duration::from_secs(1)),
            _ => None,
        }
    }
}

impl From<reqwest::Error> for Trouble {
    /// Where no connection was made, nothing was done; otherwise only asking again will tell.
    fn from(error: reqwest::Error) -> Self {
        let mut deepest: &dyn std::error::Error = &error;
        while let Some(source) = deepest.source() {
            deepest = source;
        }
        let cause = deepest.to_string();
        if error.is_connect() { Self::Unreachable(cause) } else { Self::Interrupted(cause) }
    }
}
