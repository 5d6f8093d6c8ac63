//! 对接系统: a program that the centre has registered. It gets its tokens where every program gets them, for its secret or
//! for an assertion that it signs with a key of its own.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::Utc;
use kernel::{Centre, Role};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::super::{
    Player,
    client::{Answer, Client, Request, Trouble},
    wire::Page,
};
use crate::{
    auth::{Audience, Claims, Keys, Scope},
    settings::Settings,
};

const FORM: &str = "application/x-www-form-urlencoded";
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Seconds that an assertion is good for.
const AHEAD: u64 = 120;

/// How it proves who it is.
#[derive(Debug)]
enum Proof {
    Secret(String),
    /// `private_key_jwt`, to the issuer of the tokens.
    Key {
        keys: Keys,
        issuer: String,
        centre: Centre,
    },
}

#[derive(Debug)]
pub struct System {
    client: Arc<Client>,
    code: String,
    name: String,
    proof: Proof,
    /// A token, and until when it is used.
    held: Mutex<Option<(String, Instant)>>,
}

#[derive(Debug, Deserialize)]
struct Registered {
    client: String,
    client_secret: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
}

impl System {
    fn new(client: &Arc<Client>, (code, name): (&str, &str), proof: Proof) -> Self {
        let (client, code, name) = (Arc::clone(client), code.to_owned(), name.to_owned());
        Self { client, code, name, proof, held: Mutex::default() }
    }

    /// 登记, by the security administrator, who hands it the secret.
    pub async fn with_secret(
        client: &Arc<Client>,
        by: &Player,
        (code, name): (&str, &str),
        scopes: &[Scope],
    ) -> Result<Self, Trouble> {
        let body = json!({ "client": code, "role": "adapter", "name": name, "scopes": scopes });
        let made = client.send::<Registered>(Request::post("/v1/clients").by(by).json(&body)).await?.value;
        Ok(Self::new(client, (code, name), Proof::Secret(secret_of(made)?)))
    }

    /// 登记 with a public key, the other half of which is in `folder` and nowhere else.
    pub async fn with_key(
        client: &Arc<Client>,
        by: &Player,
        (code, name): (&str, &str),
        scopes: &[Scope],
        folder: &Path,
    ) -> Result<Self, Trouble> {
        let keys = Keys::load_or_create(folder).map_err(|error| Trouble::Amiss(error.to_string()))?;
        let body = json!({ "client": code, "role": "adapter", "name": name, "scopes": scopes, "keys": keys.jwks() });
        client.send::<Registered>(Request::post("/v1/clients").by(by).json(&body)).await?;
        let Settings { tokens, centre, .. } = Settings::default();
        Ok(Self::new(client, (code, name), Proof::Key { keys, issuer: tokens.issuer, centre }))
    }

    /// 测试系统: registered by the sandbox, its secret given by the system administrator.
    pub async fn of_the_sandbox(
        client: &Arc<Client>,
        by: &Player,
        (code, name): (&str, &str),
    ) -> Result<Self, Trouble> {
        let all = client.send::<Vec<Registered>>(Request::get("/v1/sandbox/clients").by(by)).await?.value;
        let found = all.into_iter().find(|it| it.client == code);
        let found = found.ok_or_else(|| Trouble::Amiss(format!("演练服务没有测试系统 {code}")))?;
        Ok(Self::new(client, (code, name), Proof::Secret(secret_of(found)?)))
    }

    pub fn code(&self) -> &str {
        &self.code
    }

    /// As lines name it.
    pub fn who(&self) -> String {
        format!("{}·{}", self.name, self.code)
    }

    /// The way to the server.
    pub fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// A token of its own, a new one when half of its time is over.
    pub async fn token(&self) -> Result<String, Trouble> {
        let mut held = self.held.lock().await;
        if let Some((token, until)) = &*held
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        let asked = Request::post("/oauth/token").file(FORM, self.form()?);
        let Granted { access_token, expires_in } = self.client.send(asked).await?.value;
        *held = Some((access_token.clone(), Instant::now() + Duration::from_secs(expires_in / 2)));
        Ok(access_token)
    }

    fn form(&self) -> Result<String, Trouble> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials").append_pair("client_id", &self.code);
        match &self.proof {
            Proof::Secret(secret) => form.append_pair("client_secret", secret),
            Proof::Key { keys, issuer, centre } => {
                let assertion = assertion(keys, &self.code, issuer, *centre)?;
                form.append_pair("client_assertion_type", ASSERTION).append_pair("client_assertion", &assertion)
            }
        };
        Ok(form.finish())
    }

    pub async fn send<T: DeserializeOwned>(&self, request: Request<'_>) -> Result<Answer<T>, Trouble> {
        self.client.send(request.bearing(self.token().await?)).await
    }

    pub async fn get<T: DeserializeOwned>(&self, path: impl Into<String>) -> Result<T, Trouble> {
        Ok(self.send(Request::get(path)).await?.value)
    }

    pub async fn post<T: DeserializeOwned>(&self, path: impl Into<String>, body: &Value) -> Result<T, Trouble> {
        Ok(self.send(Request::post(path).json(body)).await?.value)
    }

    /// What is read there, byte for byte.
    pub async fn bytes(&self, path: &str) -> Result<Vec<u8>, Trouble> {
        self.client.bytes(path, &self.token().await?).await
    }

    /// A whole list, page by page.
    pub async fn all<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, Trouble> {
        let (mut found, mut address) = (Vec::new(), format!("{path}?limit=200"));
        loop {
            let page: Page<T> = self.get(address).await?;
            found.extend(page.data);
            match page.page.next_cursor {
                Some(cursor) => address = format!("{path}?limit=200&cursor={cursor}"),
                None => return Ok(found),
            }
        }
    }
}

fn secret_of(registered: Registered) -> Result<String, Trouble> {
    registered.client_secret.ok_or_else(|| Trouble::NotUnderstood("没有 client_secret".to_owned()))
}

/// Good once, for two minutes.
fn assertion(keys: &Keys, code: &str, issuer: &str, centre: Centre) -> Result<String, Trouble> {
    let now = kernel::Instant::new(Utc::now()).unix().0;
    let claims = Claims {
        iss: code.to_owned(),
        sub: code.to_owned(),
        aud: Audience::One(issuer.to_owned()),
        exp: now + AHEAD,
        iat: now,
        nbf: None,
        jti: Uuid::now_v7().to_string(),
        client_id: code.to_owned(),
        centre,
        role: Role::Adapter,
        scope: None,
        org: None,
        voucher: None,
        assurance: None,
    };
    keys.sign(&claims).map_err(|error| Trouble::Amiss(format!("签名失败（{error}）")))
}
