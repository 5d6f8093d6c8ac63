//! Standard Webhooks 1.0.0: HMAC-SHA-256 over `id.timestamp.body`.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const PREFIX: &str = "whsec_";
/// How far the clocks of both sides may be apart, in seconds, in either direction.
const TOLERANCE: i64 = 300;

/// 签名密钥: 24 to 64 bytes that both sides have.
#[derive(Clone)]
pub struct SigningKey(Hmac<Sha256>);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey([hidden])")
    }
}

impl SigningKey {
    /// From `whsec_` and base64. None for anything else, or a key that is too short or too long.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
        if !(24..=64).contains(&bytes.len()) {
            return None;
        }
        Hmac::new_from_slice(&bytes).ok().map(Self)
    }

    fn mac(&self, id: &str, timestamp: i64, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        mac
    }
}

/// The `webhook-signature` header: one signature for each key.
pub fn sign(keys: &[SigningKey], id: &str, timestamp: i64, body: &[u8]) -> String {
    let one =
        |key: &SigningKey| format!("v1,{}", STANDARD.encode(key.mac(id, timestamp, body).finalize().into_bytes()));
    keys.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Whether a header has a signature of this key, over these bytes, of about now.
pub fn verify(key: &SigningKey, (id, timestamp, signature): (&str, &str, &str), body: &[u8], now: i64) -> bool {
    let Ok(at) = timestamp.parse::<i64>() else { return false };
    let is_ours = |one: &str| {
        let given = one.strip_prefix("v1,").and_then(|text| STANDARD.decode(text).ok());
        given.is_some_and(|given| key.mac(id, at, body).verify_slice(&given).is_ok())
    };
    now.abs_diff(at) <= TOLERANCE.unsigned_abs() && signature.split(' ').any(is_ours)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const AT: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    #[test]
    fn a_signature_is_that_of_another_implementation() {
        let key = SigningKey::parse(SECRET).unwrap();
        assert_eq!(sign(&[key], ID, AT, BODY), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn only_the_same_bytes_by_the_same_key_at_about_the_same_time_verify() {
        let key = SigningKey::parse(SECRET).unwrap();
        let other = SigningKey::parse("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
        let header = sign(&[other.clone(), key.clone()], ID, AT, BODY);
        let at = AT.to_string();
        let good = |id, timestamp, body, now| verify(&key, (id, timestamp, &header), body, now);
        assert!(good(ID, at.as_str(), BODY, AT + 300) && good(ID, at.as_str(), BODY, AT - 300));
        assert!(verify(&other, (ID, &at, &header), BODY, AT), "two keys sign while they are changed");
        assert!(!good(ID, at.as_str(), BODY, AT + 301) && !good(ID, at.as_str(), BODY, AT - 301));
        assert!(!good("msg_other", at.as_str(), BODY, AT));
        assert!(!good(ID, "1614265331", BODY, AT));
        assert!(!good(ID, at.as_str(), b"{}", AT));
        assert!(!verify(&key, (ID, &at, "v1,AAAA v2,x"), BODY, AT));
    }

    #[test]
    fn a_weak_key_is_none() {
        for text in ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!"] {
            assert!(SigningKey::parse(text).is_none(), "{text}");
        }
    }
}
