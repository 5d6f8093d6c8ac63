use std::{sync::Arc, time::Duration};

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use kernel::Actor;
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use super::{
    Caller, Identity, Keys, Outside, PostingSource, Terms, Verifier, actor::actor, token::LEEWAY, token::Reason,
};
use crate::{problem::Error, settings::Tokens};

const MAX_TOKENS: u64 = 100_000;
/// How long a signature need not be checked again.
const VERIFIED: Duration = Duration::from_secs(60);
/// How long a changed posting may go unnoticed.
const POSTED: Duration = Duration::from_secs(5);

/// 认证: from the `Authorization` header to the caller.
#[derive(Debug)]
pub struct Authenticator {
    own: (Keys, Terms),
    outside: Vec<Arc<Outside>>,
    postings: Arc<dyn PostingSource>,
    verified: Cache<[u8; 32], Arc<Identity>>,
    actors: Cache<[u8; 32], Arc<Actor>>,
}

/// Why there can be no authenticator.
#[derive(Debug, thiserror::Error)]
pub enum BadTrust {
    #[error("{0}")]
    Client(#[from] reqwest::Error),
}

impl Authenticator {
    /// # Errors
    /// When a key is of no use or no HTTP client can be made.
    pub fn new(keys: &Keys, tokens: &Tokens, postings: Arc<dyn PostingSource>) -> Result<Self, BadTrust> {
        let terms =
            Terms { issuer: tokens.issuer.clone(), audience: tokens.audience.clone(), centres: None, roles: None };
        let outside = tokens.trusted.iter().map(|trusted| Outside::new(trusted, &tokens.audience).map(Arc::new));
        Ok(Self {
            own: (keys.clone(), terms),
            outside: outside.collect::<Result<_, _>>()?,
            postings,
            verified: Cache::builder().max_capacity(MAX_TOKENS).time_to_live(VERIFIED).build(),
            actors: Cache::builder().max_capacity(MAX_TOKENS).time_to_live(POSTED).build(),
        })
    }

    /// The other issuers, for someone to keep fresh.
    pub fn outside(&self) -> &[Arc<Outside>] {
        &self.outside
    }

    /// The caller, or none if no token was sent.
    ///
    /// # Errors
    /// `invalid_token` for one that is not good.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Caller>, Error> {
        let Some(token) = bearer(headers).map_err(refused)? else { return Ok(None) };
        let digest: [u8; 32] = Sha256::digest(token).into();
        let now = now();
        let identity = match self.verified.get(&digest).filter(|known| known.expires + LEEWAY > now) {
            Some(identity) => identity,
            None => {
                let identity = Arc::new(self.verify(token, now).await.map_err(refused)?);
                self.verified.insert(digest, Arc::clone(&identity));
                identity
            }
        };
        let actor = match self.actors.get(&digest) {
            Some(actor) => actor,
            None => {
                let actor = Arc::new(actor(&identity, &*self.postings).await?);
                self.actors.insert(digest, Arc::clone(&actor));
                actor
            }
        };
        Ok(Some(Caller { actor, identity }))
    }

    async fn verify(&self, token: &str, now: u64) -> Result<Identity, Reason> {
        let token = Verifier::take_apart(token)?;
        let (keys, terms) = &self.own;
        if token.issuer() == terms.issuer {
            return token.verify(&keys.key_set(), terms, now);
        }
        let outside =
            self.outside.iter().find(|outside| outside.terms.issuer == token.issuer()).ok_or("wrong_issuer")?;
        let keys = outside.keys_for(&token).await.ok_or("unknown_key")?;
        token.verify(&keys, &outside.terms, now)
    }
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Reason> {
    let mut all = headers.get_all(AUTHORIZATION);
    let Some(value) = all.next() else { return Ok(None) };
    if all.next().is_some() {
        return Err("several_headers");
    }
    let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or("not_a_bearer_token")?;
    let token = token.trim();
    if scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() { Ok(Some(token)) } else { Err("not_a_bearer_token") }
}

fn refused(reason: Reason) -> Error {
    metrics::counter!("auth_failures_total", "reason" => reason).increment(1);
    Error::Unauthenticated(Some(reason))
}

/// Seconds since 1970.
fn now() -> u64 {
    u64::try_from(chrono::Utc::now().timestamp()).unwrap_or(0)
}
