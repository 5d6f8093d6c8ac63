//! Verification of access tokens (RFC 9068). The library is used only through here: left to itself it accepts a missing
//! `aud` or `iss`, a future `iat`, an unknown `crit` and any `typ`.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Validation};
use kernel::{Centre, EventId, ExternalNo, Role, identity::Assurance};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{KeySet, jwks::is_decent_kid};

const MAX_LENGTH: usize = 4096;
const MAX_NAME: usize = 128;

/// Seconds that clocks may differ.
pub(super) const LEEWAY: u64 = 30;
/// Seconds that a token may live at most.
pub(super) const MAX_LIFETIME: u64 = 3600;

/// 令牌声明. `centre` and `role` are ours; `scope` is for systems, the names of a [`super::Scope`] each.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
    pub sub: String,
    pub aud: Audience,
    pub exp: u64,
    pub iat: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nbf: Option<u64>,
    pub jti: String,
    pub client_id: String,
    pub centre: Centre,
    pub role: Role,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org: Option<String>,
    /// 代办凭据 that an applicant's token was given for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher: Option<EventId>,
    /// 身份核验等级, as whoever vouched for the applicant says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assurance: Option<Assurance>,
}

/// One audience or several.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    One(String),
    Many(Vec<String>),
}

/// 身份: what a verified token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub issuer: String,
    pub subject: String,
    /// The program that the token was given to.
    pub client_id: String,
    pub centre: Centre,
    pub role: Role,
    pub scope: String,
    /// Seconds since 1970, as the next.
    pub issued: u64,
    pub expires: u64,
    /// 代办凭据 that it was given for; it is good for as long as that.
    pub voucher: Option<EventId>,
    /// How sure whoever vouched for the applicant is of who they are.
    pub assurance: Option<Assurance>,
    /// What it was signed with, where a program signs its requests and has no token.
    pub signed_with: Option<SignedWith>,
}

/// 签名所用: an access key, and by its id which of the secrets under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedWith {
    pub access_key: ExternalNo,
    pub secret_id: String,
}

/// What is asked of the tokens of one issuer.
#[derive(Clone, Debug)]
pub struct Terms {
    pub issuer: String,
    pub audience: String,
    /// For whom it may speak; none for no restriction.
    pub centres: Option<Vec<Centre>>,
    pub roles: Option<Vec<Role>>,
}

/// Why a token is not accepted. For logs and figures; callers learn only that it is not.
pub(super) type Reason = &'static str;

/// A token taken apart, nothing of it believed yet.
pub struct Verifier<'a> {
    token: &'a str,
    algorithm: Algorithm,
    kid: String,
    issuer: String,
}

impl fmt::Debug for Verifier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("kid", &self.kid).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Peek {
    iss: String,
}

impl<'a> Verifier<'a> {
    /// # Errors
    /// For a header that is not exactly what we expect.
    pub fn take_apart(token: &'a str) -> Result<Self, Reason> {
        if token.len() > MAX_LENGTH {
            return Err("too_long");
        }
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, _] = parts[..] else { return Err("malformed") };
        let header: serde_json::Map<String, Value> = decoded(header)?;
        // Whatever else there could be (crit, jku, jwk, x5u, x5c, b64, zip) asks the verifier to trust the token.
        if header.keys().any(|name| !matches!(name.as_str(), "alg" | "typ" | "kid" | "x5t" | "x5t#S256")) {
            return Err("header_not_allowed");
        }
        let text = |name| header.get(name).and_then(Value::as_str);
        let typ = text("typ").unwrap_or_default();
        if !typ.eq_ignore_ascii_case("at+jwt") && !typ.eq_ignore_ascii_case("application/at+jwt") {
            return Err("wrong_type");
        }
        let algorithm = match text("alg") {
            Some("EdDSA") => Algorithm::EdDSA,
            Some("ES256") => Algorithm::ES256,
            _ => return Err("algorithm_not_allowed"),
        };
        let kid = text("kid").filter(|kid| is_decent_kid(kid)).ok_or("bad_kid")?.to_owned();
        let Peek { iss: issuer } = decoded(payload)?;
        Ok(Self { token, algorithm, kid, issuer })
    }

    /// Who claims to have issued it.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(super) fn has_key_in(&self, keys: &KeySet) -> bool {
        keys.get(&self.kid).is_some()
    }

    /// Signature, times and claims. `now` in seconds since 1970.
    ///
    /// # Errors
    /// With the first thing that is wrong.
    pub fn verify(&self, keys: &KeySet, terms: &Terms, now: u64) -> Result<Identity, Reason> {
        let (algorithm, key) = keys.get(&self.kid).ok_or("unknown_key")?;
        if *algorithm != self.algorithm {
            return Err("algorithm_not_allowed");
        }
        let mut validation = Validation::new(*algorithm);
        validation.set_audience(&[&terms.audience]);
        validation.set_issuer(&[&terms.issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        let claims = jsonwebtoken::decode::<Claims>(self.token, key, &validation).map_err(|e| reason(&e))?.claims;
        check_times(&claims, now)?;
        let named = [&claims.sub, &claims.jti, &claims.client_id];
        if named.iter().any(|name| !(1..=MAX_NAME).contains(&name.len()) || name.chars().any(char::is_control)) {
            return Err("bad_claim");
        }
        if terms.centres.as_ref().is_some_and(|centres| !centres.contains(&claims.centre)) {
            return Err("centre_not_trusted");
        }
        if terms.roles.as_ref().is_some_and(|roles| !roles.contains(&claims.role)) {
            return Err("role_not_trusted");
        }
        Ok(Identity {
            issuer: claims.iss,
            subject: claims.sub,
            client_id: claims.client_id,
            centre: claims.centre,
            role: claims.role,
            scope: claims.scope.unwrap_or_default(),
            issued: claims.iat,
            expires: claims.exp,
            voucher: claims.voucher,
            assurance: claims.assurance,
            signed_with: None,
        })
    }
}

fn check_times(claims: &Claims, now: u64) -> Result<(), Reason> {
    if claims.exp.saturating_add(LEEWAY) <= now {
        return Err("expired");
    }
    if claims.iat > now.saturating_add(LEEWAY) || claims.nbf.is_some_and(|nbf| nbf > now.saturating_add(LEEWAY)) {
        return Err("not_yet_valid");
    }
    match claims.exp.checked_sub(claims.iat) {
        Some(1..=MAX_LIFETIME) => Ok(()),
        _ => Err("lives_too_long"),
    }
}

fn decoded<T: DeserializeOwned>(part: &str) -> Result<T, Reason> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| "malformed")?;
    serde_json::from_slice(&bytes).map_err(|_| "malformed")
}

fn reason(error: &jsonwebtoken::errors::Error) -> Reason {
    use jsonwebtoken::errors::ErrorKind as K;
    match error.kind() {
        K::InvalidSignature => "bad_signature",
        K::ExpiredSignature => "expired",
        K::ImmatureSignature => "not_yet_valid",
        K::InvalidAudience => "wrong_audience",
        K::InvalidIssuer => "wrong_issuer",
        K::MissingRequiredClaim(_) | K::InvalidClaimFormat(_) | K::Json(_) => "bad_claim",
        _ => "malformed",
    }
}

#[cfg(test)]
mod tests;
