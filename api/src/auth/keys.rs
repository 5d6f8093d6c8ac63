//! The installation's own keys, made at the first start and kept in the data folder.

use std::{
    fmt,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use aws_lc_rs::{
    rand,
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Claims, KeySet, Secret};

const SIGNING: &str = "signing.pem";
const SECRET: &str = "secret";

/// 密钥: an Ed25519 pair for our tokens, and the secret for keyed digests.
pub struct Keys {
    signing: EncodingKey,
    kid: String,
    public: String,
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
        let damaged = |name| BadKeys::Damaged(folder.join(name));
        let pkcs8 = std::str::from_utf8(&read(SIGNING)?).ok().and_then(der).ok_or_else(|| damaged(SIGNING))?;
        let pair = Ed25519KeyPair::from_pkcs8(&pkcs8).map_err(|_| damaged(SIGNING))?;
        let secret: [u8; 32] = read(SECRET)?.try_into().map_err(|_| damaged(SECRET))?;
        let public = BASE64_URL_SAFE_NO_PAD.encode(pair.public_key());
        let kid = thumbprint(&public);
        Ok(Self { signing: EncodingKey::from_ed_der(&pkcs8), kid, public, secret: Secret::new(secret) })
    }

    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Our public key as a JWK set (RFC 7517).
    pub fn jwks(&self) -> Value {
        json!({"keys": [{
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.kid, "x": self.public,
        }]})
    }

    /// Our public key, for verifying.
    ///
    /// # Errors
    /// Never for keys that were loaded.
    pub fn key_set(&self) -> Result<KeySet, super::BadJwks> {
        KeySet::read(self.jwks().to_string().as_bytes())
    }

    /// A signed token (RFC 9068).
    ///
    /// # Errors
    /// When the library cannot sign.
    pub fn sign(&self, claims: &Claims) -> Result<String, jsonwebtoken::errors::Error> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.signing)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// RFC 7638.
fn thumbprint(public: &str) -> String {
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{public}"}}"#);
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
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

    use super::*;

    #[test]
    fn keys_are_made_once_and_kept_private() {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        assert!(matches!(Keys::load(&keys), Err(BadKeys::Missing(_))));
        let first = Keys::load_or_create(&keys).unwrap();
        let second = Keys::load_or_create(&keys).unwrap();
        assert_eq!((first.kid, first.public), (second.kid, second.public));
        for name in [SIGNING, SECRET] {
            assert_eq!(fs::metadata(keys.join(name)).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(&keys).unwrap().count(), 2, "no draft is left behind");
    }

    #[test]
    fn a_damaged_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        Keys::load_or_create(folder.path()).unwrap();
        fs::write(folder.path().join(SIGNING), "nonsense").unwrap();
        assert!(matches!(Keys::load(folder.path()), Err(BadKeys::Damaged(_))));
    }
}
