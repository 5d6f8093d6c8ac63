//! The installation's own keys, made at the first start and kept in the data folder, and followed by others without a
//! request failing.

use std::{
    fmt,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use aws_lc_rs::{rand, signature::Ed25519KeyPair};
use base64::{Engine, prelude::BASE64_STANDARD};
use jsonwebtoken::{Algorithm, Header};
use serde_json::Value;
use uuid::Uuid;

use super::{Claims, KeySet, Secret};

mod ring;

use ring::{Ring, SIGNING};

/// How long a pair that was put there by somebody else may go unnoticed.
const FRESH: Duration = Duration::from_secs(5);
const SECRET: &str = "secret";

/// 密钥: Ed25519 pairs for our tokens, one following the other, and the secret for keyed digests.
#[derive(Clone)]
pub struct Keys {
    folder: Arc<Path>,
    ring: Arc<RwLock<Arc<Ring>>>,
    secret: Secret,
}

/// Why there are no keys, in one sentence.
#[derive(Debug, thiserror::Error)]
pub enum BadKeys {
    #[error("{0} 中没有签名密钥，请先启动一次服务（no keys there: start the server once）")]
    Missing(PathBuf),
    #[error("无法读写密钥目录 {0}（{1}）")]
    Unusable(PathBuf, io::Error),
    #[error("密钥文件 {0} 已损坏（it is damaged）")]
    Damaged(PathBuf),
    #[error("无法生成密钥（no key could be generated）")]
    NotGenerated,
}

impl Keys {
    /// The keys in `folder`, made now if there are none.
    ///
    /// # Errors
    /// When the folder cannot be used or a file in it is damaged.
    pub fn load_or_create(folder: &Path) -> Result<Self, BadKeys> {
        let unusable = |e| BadKeys::Unusable(folder.to_owned(), e);
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unusable)?;
        if !folder.join(SIGNING).exists() {
            let pair = Ed25519KeyPair::generate().map_err(|_| BadKeys::NotGenerated)?;
            let pkcs8 = pair.to_pkcs8v1().map_err(|_| BadKeys::NotGenerated)?;
            put(folder, SIGNING, pem(pkcs8.as_ref()).as_bytes()).map_err(unusable)?;
        }
        if !folder.join(SECRET).exists() {
            let mut secret = [0; 32];
            rand::fill(&mut secret).map_err(|_| BadKeys::NotGenerated)?;
            put(folder, SECRET, &secret).map_err(unusable)?;
        }
        Self::load(folder)
    }

    /// The keys in `folder`.
    ///
    /// # Errors
    /// When there are none, or a file is damaged.
    pub fn load(folder: &Path) -> Result<Self, BadKeys> {
        let read = |name| {
            let path = folder.join(name);
            fs::read(&path).map_err(|e| match e.kind() {
                io::ErrorKind::NotFound => BadKeys::Missing(folder.to_owned()),
                _ => BadKeys::Unusable(path, e),
            })
        };
        let secret: [u8; 32] = read(SECRET)?.try_into().map_err(|_| BadKeys::Damaged(folder.join(SECRET)))?;
        let ring = Arc::new(Ring::load(folder)?);
        Ok(Self { folder: folder.into(), ring: Arc::new(RwLock::new(ring)), secret: Secret::new(secret) })
    }

    /// Puts a new pair into `folder` that signs from `from` on, in seconds since 1970. Until then it is published, so that
    /// whoever verifies knows it before it is used.
    ///
    /// # Errors
    /// When there are no keys yet, or the folder cannot be used.
    pub fn rotate(folder: &Path, from: u64) -> Result<(), BadKeys> {
        Ring::load(folder)?;
        let pair = Ed25519KeyPair::generate().map_err(|_| BadKeys::NotGenerated)?;
        let pkcs8 = pair.to_pkcs8v1().map_err(|_| BadKeys::NotGenerated)?;
        put(folder, &ring::name(from), pem(pkcs8.as_ref()).as_bytes())
            .map_err(|e| BadKeys::Unusable(folder.to_owned(), e))
    }

    /// Looks into the folder again, for as long as it is polled.
    pub async fn keep_fresh(self) {
        let mut tick = tokio::time::interval(FRESH);
        loop {
            tick.tick().await;
            match Ring::load(&self.folder) {
                Ok(ring) => *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring),
                Err(error) => tracing::warn!(%error, "the keys were not read again; those that are known are used"),
            }
        }
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Our public keys as a JWK set (RFC 7517): the one that signs, those that will, and those whose tokens may still be
    /// good.
    pub fn jwks(&self) -> Value {
        self.ring().jwks(now())
    }

    /// The same, for verifying: no other key is believed.
    pub fn key_set(&self) -> KeySet {
        self.ring().key_set(now())
    }

    /// A signed token (RFC 9068), by the pair that signs when it is issued.
    ///
    /// # Errors
    /// When the library cannot sign.
    pub fn sign(&self, claims: &Claims) -> Result<String, jsonwebtoken::errors::Error> {
        let ring = self.ring();
        let pair = ring.signing(claims.iat);
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(pair.kid.clone());
        jsonwebtoken::encode(&header, claims, &pair.signing)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    u64::try_from(chrono::Utc::now().timestamp()).unwrap_or(0)
}

/// Writes a new file completely or not at all, readable by us alone. One that another process wrote meanwhile stays.
fn put(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let draft = folder.join(format!(".{name}-{}", Uuid::now_v7()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, folder.join(name));
    fs::remove_file(&draft)?;
    match linked {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
        _ => {}
    }
    File::open(folder)?.sync_all()
}

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

fn pem(der: &[u8]) -> String {
    format!("{BEGIN}\n{}\n{END}\n", BASE64_STANDARD.encode(der))
}

fn der(pem: &str) -> Option<Vec<u8>> {
    let body = pem.trim().strip_prefix(BEGIN)?.strip_suffix(END)?;
    BASE64_STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::fs::PermissionsExt;

    use kernel::{Centre, Instant, Role};

    use super::*;
    use crate::{
        auth::{DevelopmentToken, Terms, Verifier},
        settings::Tokens,
    };

    #[test]
    fn keys_are_made_once_and_kept_private() {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        assert!(matches!(Keys::load(&keys), Err(BadKeys::Missing(_))));
        let first = Keys::load_or_create(&keys).unwrap();
        let second = Keys::load_or_create(&keys).unwrap();
        assert_eq!(first.jwks(), second.jwks());
        for name in [SIGNING, SECRET] {
            assert_eq!(fs::metadata(keys.join(name)).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(&keys).unwrap().count(), 2, "no draft is left behind");
    }

    /// A pair is published before it signs, and after it no longer does for as long as its tokens may be good.
    #[test]
    fn one_pair_follows_the_other() {
        let folder = tempfile::tempdir().unwrap();
        Keys::load_or_create(folder.path()).unwrap();
        Keys::rotate(folder.path(), 10_000).unwrap();
        Keys::rotate(folder.path(), 20_000).unwrap();
        let ring = Ring::load(folder.path()).unwrap();
        let kids = |now| {
            let jwks = ring.jwks(now);
            jwks["keys"]
                .as_array()
                .unwrap()
                .iter()
                .map(|key| key["kid"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        let all = kids(0);
        assert_eq!(all.len(), 3);
        for (now, signing) in [(0, 0), (9_999, 0), (10_000, 1), (19_999, 1), (20_000, 2), (u64::MAX, 2)] {
            assert_eq!(ring.signing(now).kid, all[signing], "{now}");
        }
        assert_eq!(kids(13_600), all, "a token of the first may have been issued at 9999");
        assert_eq!(kids(14_000), all[1..]);
        assert_eq!(kids(30_000), all[2..]);
    }

    /// However many pairs there were: a token of the one before is good for its life, and those that were retired open nothing.
    #[test]
    fn a_retired_pair_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let first = Keys::load_or_create(folder.path()).unwrap();
        for ago in (1..=24).rev() {
            Keys::rotate(folder.path(), now() - ago * 10_000).unwrap();
        }
        let before = Keys::load(folder.path()).unwrap();
        Keys::rotate(folder.path(), now() - 60).unwrap();
        let keys = Keys::load(folder.path()).unwrap();
        assert_eq!(keys.jwks()["keys"].as_array().unwrap().len(), 2);
        let tokens = Tokens::default();
        let verdict = |by: &Keys, ago: i64| {
            let at = Instant::new(chrono::Utc::now()).plus(-chrono::Duration::seconds(ago));
            let org = Some("project".to_owned());
            let wanted = DevelopmentToken { role: Role::Clerk, org, centre: Centre::WENLING, minutes: 60 };
            let token = wanted.sign(by, &tokens, at).unwrap();
            let (issuer, audience) = (tokens.issuer.clone(), tokens.audience.clone());
            let terms = Terms { issuer, audience, centres: None, roles: None };
            Verifier::take_apart(&token)?.verify(&keys.key_set(), &terms, now())
        };
        assert_eq!(verdict(&first, 0), Err("unknown_key"));
        assert!(verdict(&keys, 0).is_ok());
        assert!(verdict(&keys, 90).is_ok(), "it was issued before the last rotation");
        assert!(verdict(&before, 0).is_ok(), "another process has not noticed the last rotation yet");
    }

    #[test]
    fn a_damaged_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        Keys::load_or_create(folder.path()).unwrap();
        fs::write(folder.path().join(SIGNING), "nonsense").unwrap();
        assert!(matches!(Keys::load(folder.path()), Err(BadKeys::Damaged(_))));
    }
}
