//! 签名密钥, in the order in which they sign.

use std::{fs, io, path::Path};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{BadKeys, der};
use crate::auth::{
    KeySet,
    token::{LEEWAY, MAX_LIFETIME},
};

/// The first pair; those that follow say from when on.
pub(super) const SIGNING: &str = "signing.pem";
const PREFIX: &str = "signing-";
const SUFFIX: &str = ".pem";

/// The file of a pair that signs from `from` on.
pub(super) fn name(from: u64) -> String {
    format!("{PREFIX}{from}{SUFFIX}")
}

/// From when on a file's pair signs; None for what is no pair.
fn from(name: &str) -> Option<u64> {
    if name == SIGNING {
        return Some(0);
    }
    name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse().ok()
}

pub(super) struct Pair {
    /// Seconds since 1970.
    pub(super) from: u64,
    pub(super) kid: String,
    pub(super) signing: EncodingKey,
    verifying: DecodingKey,
    public: String,
}

/// At least one pair, those that sign later behind.
pub(super) struct Ring {
    pairs: Vec<Pair>,
}

impl Ring {
    pub(super) fn load(folder: &Path) -> Result<Self, BadKeys> {
        let unusable = |e: io::Error| match e.kind() {
            io::ErrorKind::NotFound => BadKeys::Missing(folder.to_owned()),
            _ => BadKeys::Unusable(folder.to_owned(), e),
        };
        let mut pairs = Vec::new();
        for entry in fs::read_dir(folder).map_err(unusable)? {
            let name = entry.map_err(unusable)?.file_name();
            if let Some(from) = name.to_str().and_then(from) {
                pairs.push(Pair::load(&folder.join(name), from)?);
            }
        }
        pairs.sort_by_key(|pair| pair.from);
        if pairs.first().is_none_or(|first| first.from != 0) {
            return Err(BadKeys::Missing(folder.to_owned()));
        }
        Ok(Self { pairs })
    }

    /// The pair that signs at a time.
    pub(super) fn signing(&self, at: u64) -> &Pair {
        let begun = self.pairs.partition_point(|pair| pair.from <= at);
        &self.pairs[begun.saturating_sub(1)]
    }

    /// All but those whose last token has run out, whatever the clocks that issued and verify it differ by.
    fn good(&self, now: u64) -> impl Iterator<Item = &Pair> {
        let ends = self.pairs.iter().skip(1).map(|next| next.from.saturating_add(MAX_LIFETIME + 2 * LEEWAY));
        let ends = ends.chain([u64::MAX]);
        self.pairs.iter().zip(ends).filter(move |(_, end)| now <= *end).map(|(pair, _)| pair)
    }

    pub(super) fn jwks(&self, now: u64) -> Value {
        json!({ "keys": self.good(now).map(Pair::jwk).collect::<Vec<_>>() })
    }

    pub(super) fn key_set(&self, now: u64) -> KeySet {
        KeySet::of(self.good(now).map(|pair| (pair.kid.clone(), (Algorithm::EdDSA, pair.verifying.clone()))))
    }
}

impl Pair {
    fn load(path: &Path, from: u64) -> Result<Self, BadKeys> {
        let text = fs::read_to_string(path).map_err(|e| BadKeys::Unusable(path.to_owned(), e))?;
        let damaged = || BadKeys::Damaged(path.to_owned());
        let pkcs8 = der(&text).ok_or_else(damaged)?;
        let pair = Ed25519KeyPair::from_pkcs8(&pkcs8).map_err(|_| damaged())?;
        let public = BASE64_URL_SAFE_NO_PAD.encode(pair.public_key());
        let verifying = DecodingKey::from_ed_components(&public).map_err(|_| damaged())?;
        Ok(Self { from, kid: thumbprint(&public), signing: EncodingKey::from_ed_der(&pkcs8), verifying, public })
    }

    fn jwk(&self) -> Value {
        json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.kid, "x": self.public })
    }
}

/// RFC 7638.
fn thumbprint(public: &str) -> String {
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{public}"}}"#);
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
}
