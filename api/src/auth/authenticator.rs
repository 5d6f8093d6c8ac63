use std::{fmt, sync::Arc, time::Duration};

use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{AUTHORIZATION, HeaderMap},
};
use kernel::{Actor, Centre, ExternalNo, Instant, Role, StaffCode};
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use super::{
    Caller, Identity, Keys, Outside, PostingSource, SignedWith, Terms, Verifier,
    actor::actor,
    gateway::{SKEW, Signed},
    token::LEEWAY,
    token::Reason,
};
use crate::{codes, problem::Error, settings::Tokens};

const MAX_TOKENS: u64 = 100_000;
const MAX_PROGRAMS: u64 = 1_000;
/// How long a signature need not be checked again.
const VERIFIED: Duration = Duration::from_secs(60);
/// How long a changed posting may go unnoticed.
const POSTED: Duration = Duration::from_secs(5);
/// How far apart reads that were signed in one second may come in: that second, and one on the way.
const COINCIDENCE: Duration = Duration::from_secs(2);

/// What a program that signs its requests does it with.
#[derive(Clone)]
struct Program {
    client: StaffCode,
    role: Role,
    scopes: String,
    /// Each with its id.
    secrets: Vec<(String, String)>,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").field("role", &self.role).finish_non_exhaustive()
    }
}

/// What the body of a signed request must be, where its program has signed that as well.
#[derive(Clone, Copy, Debug)]
pub struct SignedDigest([u8; 32]);

impl SignedDigest {
    /// # Errors
    /// `invalid_token` where the body is another one.
    pub fn check(request: &HttpRequest, body: &[u8; 32]) -> Result<(), Error> {
        match request.extensions().get::<Self>() {
            Some(Self(signed)) if signed != body => Err(refused("wrong_digest")),
            _ => Ok(()),
        }
    }
}

/// 认证: from a token or a signature to the caller.
#[derive(Debug)]
pub struct Authenticator {
    own: (Keys, Terms),
    outside: Vec<Arc<Outside>>,
    postings: Arc<dyn PostingSource>,
    /// Where programs that sign their requests are registered.
    centre: Centre,
    /// What is known of them, for as long as a change may go unnoticed.
    programs: Cache<ExternalNo, Option<Arc<Program>>>,
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
    pub fn new(
        keys: &Keys,
        tokens: &Tokens,
        centre: Centre,
        postings: Arc<dyn PostingSource>,
    ) -> Result<Self, BadTrust> {
        let terms =
            Terms { issuer: tokens.issuer.clone(), audience: tokens.audience.clone(), centres: None, roles: None };
        let outside = tokens.trusted.iter().map(|trusted| Outside::new(trusted, &tokens.audience).map(Arc::new));
        Ok(Self {
            own: (keys.clone(), terms),
            outside: outside.collect::<Result<_, _>>()?,
            postings,
            centre,
            programs: Cache::builder().max_capacity(MAX_PROGRAMS).time_to_live(POSTED).build(),
            verified: Cache::builder().max_capacity(MAX_TOKENS).time_to_live(VERIFIED).build(),
            actors: Cache::builder().max_capacity(MAX_TOKENS).time_to_live(POSTED).build(),
        })
    }

    /// The other issuers, for someone to keep fresh.
    pub fn outside(&self) -> &[Arc<Outside>] {
        &self.outside
    }

    /// The caller by its token or its signature, or none if neither was sent.
    ///
    /// # Errors
    /// `invalid_token` for one that is not good, or a signature that is not.
    pub async fn caller(&self, request: &HttpRequest) -> Result<Option<Caller>, Error> {
        match Signed::read(request).map_err(refused)? {
            None => self.authenticate(request.headers()).await,
            Some(_) if request.headers().contains_key(AUTHORIZATION) => Err(refused("several_credentials")),
            Some(signed) => {
                let caller = self.by_signature(&signed).await?;
                if let Some(digest) = signed.digest {
                    request.extensions_mut().insert(SignedDigest(digest));
                }
                Ok(Some(caller))
            }
        }
    }

    async fn by_signature(&self, signed: &Signed) -> Result<Caller, Error> {
        let (now, Signed { key, at, .. }) = (now(), signed);
        if now.abs_diff(*at) > SKEW {
            return Err(refused("clock_skew"));
        }
        let program = self.program(key).await?.ok_or_else(|| refused("bad_access_key"))?;
        let client = &program.client;
        let by = program.secrets.iter().find(|(_, secret)| signed.is_by(secret));
        let (secret_id, _) = by.ok_or_else(|| refused("bad_signature"))?;
        let until = Instant::new(chrono::Utc::now()).plus(chrono::Duration::minutes(5));
        let together = if signed.may_coincide { COINCIDENCE } else { Duration::ZERO };
        if !self.postings.use_up(self.centre, client, &signed.once, until, together).await? {
            return Err(refused("replayed"));
        }
        let identity = Identity {
            issuer: self.own.1.issuer.clone(),
            subject: client.to_string(),
            client_id: client.to_string(),
            centre: self.centre,
            role: program.role,
            scope: program.scopes.clone(),
            issued: *at,
            expires: at + SKEW,
            voucher: None,
            assurance: None,
            signed_with: Some(SignedWith { access_key: key.clone(), secret_id: secret_id.clone() }),
        };
        let actor = Arc::new(actor(&identity, &*self.postings).await?);
        Ok(Caller { actor, identity: Arc::new(identity) })
    }

    /// A program that is registered, with what the secrets under its key say.
    async fn program(&self, key: &ExternalNo) -> Result<Option<Arc<Program>>, Error> {
        if let Some(known) = self.programs.get(key) {
            return Ok(known);
        }
        let program = self.keyed(key).await?.map(Arc::new);
        self.programs.insert(key.clone(), program.clone());
        Ok(program)
    }

    /// Whose a key is: of whom the gateway issued it to, or else of the program of that name.
    async fn keyed(&self, key: &ExternalNo) -> Result<Option<Program>, Error> {
        let secret = self.own.0.secret();
        let given = self.postings.credential(self.centre, key).await?;
        let named = key.as_str().parse::<StaffCode>().ok();
        let Some(client) = given.as_ref().map(|it| it.client.clone()).or_else(|| named.clone()) else {
            return Ok(None);
        };
        let Some(standing) = self.postings.standing(self.centre, &client).await? else { return Ok(None) };
        let mut secrets = Vec::new();
        if let Some(it) = &given {
            let opened = codes::open_gateway_secret(secret, self.centre, it.id, &it.sealed);
            let opened = opened.ok_or_else(|| Error::internal("a gateway's secret does not open"))?;
            secrets.push((it.id.to_string(), opened));
        }
        if named.as_ref() == Some(&client) {
            let ours = |id: &String| (id.clone(), codes::client_secret(secret, self.centre, &client, id));
            secrets.extend(standing.secrets.iter().map(ours));
        }
        Ok(Some(Program { client, role: standing.role, secrets, scopes: standing.scopes }))
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

    /// The caller as they are now, by no cache: whoever waited may have lost what they came with.
    ///
    /// # Errors
    /// `invalid_token` where the token was revoked, what it was given for has ended, or what a request was signed with.
    pub async fn still(&self, caller: &Caller) -> Result<Caller, Error> {
        if let Some(SignedWith { access_key, secret_id }) = &caller.identity.signed_with {
            let program = self.keyed(access_key).await?;
            let is_good = |it: &Program| {
                it.client.as_str() == caller.identity.client_id && it.secrets.iter().any(|(id, _)| id == secret_id)
            };
            if !program.as_ref().is_some_and(is_good) {
                return Err(refused("bad_access_key"));
            }
        }
        let actor = Arc::new(actor(&caller.identity, &*self.postings).await?);
        Ok(Caller { actor, identity: Arc::clone(&caller.identity) })
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

#[cfg(test)]
mod tests;
