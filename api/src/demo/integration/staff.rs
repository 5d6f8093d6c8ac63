//! 大厅人员: those who register programs, move the clock, handle work orders and order batches. They sign in elsewhere, so that
//! their tokens are made as `yichuang token` makes them.

use std::sync::Arc;

use kernel::{Instant, Role};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::super::{
    Player,
    client::{Client, Request, Trouble},
};

#[derive(Debug)]
pub struct Staff {
    client: Arc<Client>,
    pub manager: Player,
    pub supervisor: Player,
    pub system_admin: Player,
    pub security_admin: Player,
}

#[derive(Debug, Deserialize)]
struct Reading {
    now: Instant,
}

/// What has a version.
#[derive(Debug, Deserialize)]
struct Anything {}

impl Staff {
    pub fn of(client: &Arc<Client>) -> Self {
        let official = |role: Role| Player::new(role, role.to_string());
        Self {
            client: Arc::clone(client),
            manager: official(Role::Manager),
            supervisor: official(Role::Supervisor),
            system_admin: official(Role::SystemAdmin),
            security_admin: official(Role::SecurityAdmin),
        }
    }

    /// By the clock of the sandbox.
    pub async fn now(&self) -> Result<Instant, Trouble> {
        Ok(self.client.send::<Reading>(Request::get("/v1/sandbox/clock")).await?.value.now)
    }

    /// Lets time go by in the sandbox.
    pub async fn lets_pass(&self, by: chrono::Duration) -> Result<(), Trouble> {
        let to = json!({ "to": self.now().await?.plus(by) });
        self.post::<Reading>(&self.system_admin, "/v1/sandbox/clock", &to).await.map(|_| ())
    }

    pub async fn get<T: DeserializeOwned>(&self, by: &Player, path: &str) -> Result<T, Trouble> {
        Ok(self.client.send(Request::get(path).by(by)).await?.value)
    }

    pub async fn post<T: DeserializeOwned>(&self, by: &Player, path: &str, body: &Value) -> Result<T, Trouble> {
        Ok(self.client.send(Request::post(path).by(by).json(body)).await?.value)
    }

    /// One act on what has a version, on what is there.
    pub async fn act(&self, by: &Player, at: &str, what: &str, body: Option<Value>) -> Result<(), Trouble> {
        let seen = self.client.send::<Anything>(Request::get(at).by(by)).await?;
        let etag = seen.etag.ok_or_else(|| Trouble::NotUnderstood("没有 ETag".to_owned()))?;
        let request = Request::post(format!("{at}{what}")).by(by).seen(&etag);
        let request = match &body {
            Some(body) => request.json(body),
            None => request,
        };
        self.client.send::<Anything>(request).await.map(|_| ())
    }
}
