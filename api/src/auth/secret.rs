use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// 服务密钥: 32 random bytes of this installation, for keyed digests of what must not be guessed: query codes, pick-up
/// codes, cursors, document numbers of persons.
#[derive(Clone)]
pub struct Secret(Hmac<Sha256>);

impl Secret {
    pub(super) fn new(bytes: [u8; 32]) -> Self {
        Self(Hmac::new_from_slice(&bytes).unwrap_or_else(|_| unreachable!("HMAC takes a key of any length")))
    }

    /// HMAC-SHA-256 of the parts, for one purpose: digests for different purposes never agree, nor do those of parts
    /// that are divided differently.
    pub fn digest(&self, purpose: &'static str, parts: &[&[u8]]) -> [u8; 32] {
        self.mac(purpose, parts).finalize().into_bytes().into()
    }

    /// Whether `digest` is that of the parts, in time that does not depend on where they differ.
    pub fn verifies(&self, purpose: &'static str, parts: &[&[u8]], digest: &[u8]) -> bool {
        self.mac(purpose, parts).verify_slice(digest).is_ok()
    }

    fn mac(&self, purpose: &'static str, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([hidden])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_differ_by_purpose_and_division() {
        let secret = Secret::new([7; 32]);
        let digest = secret.digest("query_code", &[b"ab", b"c"]);
        assert_ne!(digest, secret.digest("pick_up_code", &[b"ab", b"c"]));
        assert_ne!(digest, secret.digest("query_code", &[b"a", b"bc"]));
        assert_ne!(digest, Secret::new([8; 32]).digest("query_code", &[b"ab", b"c"]));
        assert!(secret.verifies("query_code", &[b"ab", b"c"], &digest));
        assert!(!secret.verifies("query_code", &[b"ab", b"c"], &digest[..31]));
    }
}
