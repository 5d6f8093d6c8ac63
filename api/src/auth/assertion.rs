//! Client assertions (`private_key_jwt`, RFC 7523): a program proves who it is with a key that only it has.

use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;

use super::{
    KeySet,
    token::{Audience, LEEWAY},
};

/// Seconds that an assertion may still be good for.
const MAX_AHEAD: u64 = 300;
const MAX_LENGTH: usize = 4096;

/// What an assertion says, once it is believed.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// It can be used once.
    pub jti: String,
    /// Seconds since 1970.
    pub expires: u64,
}

#[derive(Deserialize)]
struct Said {
    iss: String,
    sub: String,
    aud: Audience,
    exp: u64,
    jti: String,
}

impl Assertion {
    /// Reads one of `client` for `audience`. `now` in seconds since 1970. None for anything that is not one.
    pub fn read(token: &str, client: &str, audience: &str, keys: &KeySet, now: u64) -> Option<Self> {
        if token.len() > MAX_LENGTH {
            return None;
        }
        let header = jsonwebtoken::decode_header(token).ok()?;
        let (algorithm, key) = keys.get(header.kid.as_deref()?)?;
        if header.alg != *algorithm
            || !matches!(header.alg, Algorithm::EdDSA | Algorithm::ES256)
            || header.crit.is_some()
        {
            return None;
        }
        let mut validation = Validation::new(*algorithm);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_audience(&[audience]);
        validation.set_issuer(&[client]);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        let said = jsonwebtoken::decode::<Said>(token, key, &validation).ok()?.claims;
        // The library takes any one of several audiences; an assertion for somebody else as well is for nobody.
        let is_for_us = match &said.aud {
            Audience::One(one) => one == audience,
            Audience::Many(many) => matches!(&many[..], [one] if one == audience),
        };
        let is_good = is_for_us
            && said.iss == client
            && said.sub == client
            && (1..=128).contains(&said.jti.len())
            && (now.saturating_sub(LEEWAY)..=now + MAX_AHEAD + LEEWAY).contains(&said.exp);
        is_good.then_some(Self { jti: said.jti, expires: said.exp })
    }
}
