//! 外部签发者: other issuers, known by the JWK set at an address from the configuration and from nowhere else.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use reqwest::{Client, redirect};
use tokio::{sync::Mutex, time::MissedTickBehavior};

use super::{BadJwks, KeySet, Terms, Verifier};
use crate::settings::TrustedIssuer;

const REFRESH: Duration = Duration::from_secs(600);
const FOR_UNKNOWN_KEY: Duration = Duration::from_secs(60);
/// How long one waits while another asks.
const BEHIND_ANOTHER: Duration = Duration::from_secs(1);
const STALE: Duration = Duration::from_secs(24 * 3600);
const MAX_BYTES: usize = 256 * 1024;

/// One other issuer and what is known of its keys.
#[derive(Debug)]
pub struct Outside {
    pub(super) terms: Terms,
    url: String,
    client: Client,
    keys: RwLock<Option<(Arc<KeySet>, Instant)>>,
    /// When keys were last asked for; locked while they are.
    asked: Mutex<Option<Instant>>,
}

#[derive(Debug, thiserror::Error)]
enum Fetch {
    #[error("{0}")]
    Http(#[from] reqwest::Error),
    #[error("larger than {MAX_BYTES} bytes")]
    TooLarge,
    #[error("{0}")]
    Jwks(#[from] BadJwks),
}

impl Outside {
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(trusted: &TrustedIssuer, audience: &str) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(10))
            .https_only(trusted.jwks_url.starts_with("https:"))
            .build()?;
        let terms = Terms {
            issuer: trusted.issuer.clone(),
            audience: audience.to_owned(),
            centres: Some(trusted.centres.clone()),
            roles: Some(trusted.roles.clone()),
        };
        let url = trusted.jwks_url.clone();
        Ok(Self { terms, url, client, keys: RwLock::default(), asked: Mutex::default() })
    }

    /// Keeps the keys fresh, for as long as it is polled.
    pub async fn keep_fresh(self: Arc<Self>) {
        let mut tick = tokio::time::interval(REFRESH);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let mut asked = self.asked.lock().await;
            *asked = Some(Instant::now());
            self.refresh().await;
        }
    }

    /// The keys to verify a token with; asked for anew, but not often, where its key is not among them.
    pub(super) async fn keys_for(&self, token: &Verifier<'_>) -> Option<Arc<KeySet>> {
        let known = |keys: Option<Arc<KeySet>>| keys.filter(|keys| token.has_key_in(keys));
        if let Some(keys) = known(self.known()) {
            return Some(keys);
        }
        // Whoever makes tokens up must not keep a place for as long as the issuer lets us wait.
        let Ok(mut asked) = tokio::time::timeout(BEHIND_ANOTHER, self.asked.lock()).await else {
            return known(self.known());
        };
        if asked.is_none_or(|at| at.elapsed() >= FOR_UNKNOWN_KEY) {
            *asked = Some(Instant::now());
            self.refresh().await;
        }
        known(self.known())
    }

    fn known(&self) -> Option<Arc<KeySet>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.as_ref().filter(|(_, since)| since.elapsed() < STALE).map(|(keys, _)| Arc::clone(keys))
    }

    async fn refresh(&self) {
        let outcome = match self.fetch().await {
            Ok(keys) => {
                let mut known = self.keys.write().unwrap_or_else(PoisonError::into_inner);
                *known = Some((Arc::new(keys), Instant::now()));
                "ok"
            }
            Err(error) => {
                tracing::warn!(issuer = self.terms.issuer, %error, "no keys from a trusted issuer");
                "failed"
            }
        };
        metrics::counter!("jwks_refresh_total", "outcome" => outcome).increment(1);
    }

    async fn fetch(&self) -> Result<KeySet, Fetch> {
        let response = self.client.get(&self.url).send().await?.error_for_status()?;
        let (mut bytes, mut stream) = (Vec::new(), response.bytes_stream());
        while let Some(chunk) = stream.next().await {
            bytes.extend_from_slice(&chunk?);
            if bytes.len() > MAX_BYTES {
                return Err(Fetch::TooLarge);
            }
        }
        Ok(KeySet::read(&bytes)?)
    }
}

#[cfg(test)]
mod tests;
