//! 接收端: a real HTTP server that is told by webhooks, believes only what is signed, and can be down.

use std::{
    collections::BTreeSet,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::ServerHandle,
    web::{self, Bytes, Data},
};
use serde_json::Value;

use super::Happened;
use crate::outbox::{SigningKey, verify};

#[derive(Debug, Default)]
struct Memory {
    key: Option<SigningKey>,
    fails: bool,
    refused: usize,
    told: BTreeSet<Happened>,
}

#[derive(Debug)]
pub struct Receiver {
    memory: Arc<Mutex<Memory>>,
    handle: ServerHandle,
    url: String,
}

impl Receiver {
    /// # Errors
    /// When it cannot listen.
    pub fn start() -> io::Result<Self> {
        let memory: Arc<Mutex<Memory>> = Arc::default();
        let data = Data::from(Arc::clone(&memory));
        let server = HttpServer::new(move || App::new().app_data(data.clone()).route("/events", web::post().to(told)))
            .workers(1)
            .disable_signals()
            .shutdown_timeout(1)
            .bind("127.0.0.1:0")?;
        let url = server.addrs().first().map(|address| format!("http://{address}/events")).unwrap_or_default();
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self { memory, handle, url })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// With what it is signed.
    pub fn expects(&self, secret: &str) {
        self.memory().key = SigningKey::parse(secret);
    }

    pub fn fails(&self, fails: bool) {
        self.memory().fails = fails;
    }

    pub fn refused(&self) -> usize {
        self.memory().refused
    }

    /// Of which events it was told, truly.
    pub fn told(&self) -> BTreeSet<Happened> {
        self.memory().told.clone()
    }

    pub async fn stop(&self) {
        self.handle.stop(false).await;
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn told(memory: Data<Mutex<Memory>>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let signed = (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"));
    let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
    if memory.fails {
        memory.refused += 1;
        return HttpResponse::InternalServerError().finish();
    }
    let now = chrono::Utc::now().timestamp();
    if !memory.key.as_ref().is_some_and(|key| verify(key, signed, &body, now)) {
        return HttpResponse::Unauthorized().finish();
    }
    let Ok(event) = serde_json::from_slice::<Value>(&body) else { return HttpResponse::BadRequest().finish() };
    memory.told.extend(super::consumer::happened(&event));
    HttpResponse::NoContent().finish()
}
