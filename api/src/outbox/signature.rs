//! Standard Webhooks 1.0.0: a MAC over `id.timestamp.body`, by HMAC-SHA-256 (`v1`) or by HMAC-SM3 (`v1sm3`, GB/T 32905),
//! which whoever knows only the former passes over.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use persistence::webhooks::Signature;
use sha2::Sha256;
use sm3::Sm3;

const PREFIX: &str = "whsec_";
/// How far the clocks of both sides may be apart, in seconds, in either direction.
const TOLERANCE: i64 = 300;

/// 签名密钥: 24 to 64 bytes that both sides have, and what they sign by.
#[derive(Clone)]
pub enum SigningKey {
    Sha256(Hmac<Sha256>),
    Sm3(Hmac<Sm3>),
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey([hidden])")
    }
}

/// A secret as it is told.
pub fn whsec(bytes: &[u8]) -> String {
    format!("{PREFIX}{}", STANDARD.encode(bytes))
}

impl SigningKey {
    /// From `whsec_` and base64, for HMAC-SHA-256. None for anything else, or a key that is too short or too long.
    pub fn parse(text: &str) -> Option<Self> {
        Self::parse_for(Signature::HmacSha256, text)
    }

    /// The same, for either.
    pub fn parse_for(signature: Signature, text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
        if !(24..=64).contains(&bytes.len()) {
            return None;
        }
        match signature {
            Signature::HmacSha256 => Hmac::new_from_slice(&bytes).ok().map(Self::Sha256),
            Signature::HmacSm3 => Hmac::new_from_slice(&bytes).ok().map(Self::Sm3),
        }
    }

    fn version(&self) -> &'static str {
        match self {
            Self::Sha256(_) => "v1",
            Self::Sm3(_) => "v1sm3",
        }
    }

    fn mac(&self, id: &str, timestamp: i64, body: &[u8]) -> Vec<u8> {
        let head = format!("{id}.{timestamp}.");
        match self {
            Self::Sha256(key) => mac(key, head.as_bytes(), body),
            Self::Sm3(key) => mac(key, head.as_bytes(), body),
        }
    }
}

fn mac<M: Mac + Clone>(key: &M, head: &[u8], body: &[u8]) -> Vec<u8> {
    let mut mac = key.clone();
    mac.update(head);
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

/// The `webhook-signature` header: one signature for each key.
pub fn sign(keys: &[SigningKey], id: &str, timestamp: i64, body: &[u8]) -> String {
    let one = |key: &SigningKey| format!("{},{}", key.version(), STANDARD.encode(key.mac(id, timestamp, body)));
    keys.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Whether a header has a signature of this key, over these bytes, of about now.
pub fn verify(key: &SigningKey, (id, timestamp, signature): (&str, &str, &str), body: &[u8], now: i64) -> bool {
    let Ok(at) = timestamp.parse::<i64>() else { return false };
    let expected = key.mac(id, at, body);
    let is_ours = |one: &str| {
        let given = one.split_once(',').filter(|(version, _)| *version == key.version());
        let given = given.and_then(|(_, text)| STANDARD.decode(text).ok());
        given.is_some_and(|given| bool::from(subtle::ConstantTimeEq::ct_eq(given.as_slice(), expected.as_slice())))
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

    /// GB/T 32905: as computed with OpenSSL (`openssl mac -digest SM3 HMAC`).
    #[test]
    fn sm3_signs_under_a_name_of_its_own() {
        let key = SigningKey::parse_for(Signature::HmacSm3, SECRET).unwrap();
        let header = sign(std::slice::from_ref(&key), ID, AT, BODY);
        assert_eq!(header, "v1sm3,/HoSFIzweCy/UJPM50++HyVPa/54PFXtLisZ9sIFN1I=");
        assert!(verify(&key, (ID, &AT.to_string(), &header), BODY, AT));
        let other = SigningKey::parse(SECRET).unwrap();
        assert!(!verify(&other, (ID, &AT.to_string(), &header), BODY, AT));
    }

    #[test]
    fn a_weak_key_is_none() {
        for text in ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!"] {
            assert!(SigningKey::parse(text).is_none(), "{text}");
        }
    }
}
