//! JWK sets (RFC 7517), as far as we believe in them: Ed25519 and P-256 signature keys with a decent name.

use std::{collections::HashMap, fmt};

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;

const MAX_KEYS: usize = 20;

/// 验证密钥: the keys of one issuer, by `kid`.
#[derive(Clone, Default)]
pub struct KeySet(HashMap<String, (Algorithm, DecodingKey)>);

/// Why a JWK set is of no use.
#[derive(Debug, thiserror::Error)]
pub enum BadJwks {
    #[error("not a JWK set")]
    Malformed,
    #[error("more than {MAX_KEYS} keys")]
    TooMany,
    #[error("no usable key")]
    Empty,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a set, leaving out what we cannot use.
    ///
    /// # Errors
    /// When nothing is left.
    pub fn read(json: &[u8]) -> Result<Self, BadJwks> {
        let document: Document = serde_json::from_slice(json).map_err(|_| BadJwks::Malformed)?;
        if document.keys.len() > MAX_KEYS {
            return Err(BadJwks::TooMany);
        }
        let keys = document.keys.into_iter().filter_map(|key| usable(serde_json::from_value(key).ok()?));
        let keys = Self(keys.collect());
        if keys.0.is_empty() { Err(BadJwks::Empty) } else { Ok(keys) }
    }

    /// Keys that are our own.
    pub(super) fn of(keys: impl IntoIterator<Item = (String, (Algorithm, DecodingKey))>) -> Self {
        Self(keys.into_iter().collect())
    }

    pub(super) fn get(&self, kid: &str) -> Option<&(Algorithm, DecodingKey)> {
        self.0.get(kid)
    }
}

fn usable(jwk: Jwk) -> Option<(String, (Algorithm, DecodingKey))> {
    let (algorithm, named) = match &jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        _ => return None,
    };
    let common = &jwk.common;
    let is_for_signing = common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
    let is_consistent = common.key_algorithm.is_none_or(|algorithm| algorithm == named);
    let kid = common.key_id.clone().filter(|kid| is_decent_kid(kid))?;
    let key = DecodingKey::from_jwk(&jwk).ok().filter(|_| is_for_signing && is_consistent)?;
    Some((kid, (algorithm, key)))
}

/// A name to look up, and nothing that could be a path.
pub(super) fn is_decent_kid(kid: &str) -> bool {
    let decent = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    (1..=64).contains(&kid.len()) && kid.bytes().all(decent)
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
