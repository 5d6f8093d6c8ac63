//! 网关签名: requests signed as the gateway of 浙江一体化智能化公共数据平台 signs them (`X-BG-HMAC-*`), by programs that are
//! registered here, with a key and a secret of ours or of the gateway's. It leaves the body out; a program that can signs a
//! nonce and the digest of its body as well.

use actix_web::{
    HttpRequest,
    http::header::{HeaderMap, HeaderName},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use kernel::ExternalNo;
use sha2::Sha256;

use super::token::Reason;
use crate::edge::announces_body;

const ACCESS_KEY: HeaderName = HeaderName::from_static("x-bg-hmac-access-key");
const SIGNATURE: HeaderName = HeaderName::from_static("x-bg-hmac-signature");
const ALGORITHM: HeaderName = HeaderName::from_static("x-bg-hmac-algorithm");
const DATE_TIME: HeaderName = HeaderName::from_static("x-bg-date-time");
const NONCE: HeaderName = HeaderName::from_static("x-yc-nonce");
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// Seconds that the clocks may be apart, in either direction.
pub(super) const SKEW: u64 = 90;

/// What a signed request says of itself; nothing of it is believed yet.
#[derive(Debug)]
pub(super) struct Signed {
    /// Of a credential that the gateway issued, or the program's own name.
    pub(super) key: ExternalNo,
    /// Seconds since 1970.
    pub(super) at: u64,
    /// What must not come twice: the nonce, or else the signature itself.
    pub(super) once: String,
    /// A read without a nonce: the date has no more than seconds, so two that are meant sign alike within one.
    pub(super) may_coincide: bool,
    /// What the body must be.
    pub(super) digest: Option<[u8; 32]>,
    signature: Vec<u8>,
    string: String,
}

impl Signed {
    /// None for a request that is not signed so.
    pub(super) fn read(request: &HttpRequest) -> Result<Option<Self>, Reason> {
        let headers = request.headers();
        let Some(key) = one(headers, ACCESS_KEY)? else { return Ok(None) };
        let needed = |name| one(headers, name)?.ok_or("signature_incomplete");
        let (signature, date) = (needed(SIGNATURE)?, needed(DATE_TIME)?);
        if !needed(ALGORITHM)?.eq_ignore_ascii_case("hmac-sha256") {
            return Err("algorithm_not_allowed");
        }
        let at = chrono::DateTime::parse_from_rfc2822(date).map_err(|_| "bad_date")?;
        let (nonce, digest) = (one(headers, NONCE)?, one(headers, CONTENT_DIGEST)?);
        if nonce.is_some_and(|nonce| !(16..=64).contains(&nonce.len())) {
            return Err("bad_nonce");
        }
        if nonce.is_some() && digest.is_none() && announces_body(headers) {
            return Err("digest_missing");
        }
        let mut string = string_to_sign(request.method().as_str(), request.path(), request.query_string(), key, date);
        if let Some(nonce) = nonce {
            string = format!("{string}{nonce}\n{}\n", digest.unwrap_or_default());
        }
        Ok(Some(Self {
            key: key.parse().map_err(|_| "bad_access_key")?,
            at: u64::try_from(at.timestamp()).map_err(|_| "bad_date")?,
            once: nonce.unwrap_or(signature).to_owned(),
            may_coincide: nonce.is_none() && request.method().is_safe(),
            digest: nonce.and(digest).map(sha256).transpose()?,
            signature: BASE64_STANDARD.decode(signature).map_err(|_| "malformed")?,
            string,
        }))
    }

    /// Whether it was signed with this secret, in time that does not depend on where they differ.
    pub(super) fn is_by(&self, secret: &str) -> bool {
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
        mac.is_ok_and(|mac| mac.chain_update(&self.string).verify_slice(&self.signature).is_ok())
    }
}

/// `METHOD\nPATH\nSORTED_QUERY\nAK\nDATE\n`
fn string_to_sign(method: &str, path: &str, query: &str, key: &str, date: &str) -> String {
    let mut pairs: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
    pairs.sort_unstable();
    format!("{method}\n{path}\n{}\n{key}\n{date}\n", pairs.join("&"))
}

/// `sha-256=:BASE64:` (RFC 9530).
fn sha256(digest: &str) -> Result<[u8; 32], Reason> {
    let encoded = digest.trim().strip_prefix("sha-256=:").and_then(|rest| rest.strip_suffix(':'));
    let bytes = encoded.and_then(|text| BASE64_STANDARD.decode(text).ok());
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or("bad_digest")
}

fn one(headers: &HeaderMap, name: HeaderName) -> Result<Option<&str>, Reason> {
    let mut all = headers.get_all(name);
    let Some(value) = all.next() else { return Ok(None) };
    if all.next().is_some() {
        return Err("several_headers");
    }
    value.to_str().map(Some).map_err(|_| "malformed")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use actix_web::test::TestRequest;

    use super::*;

    const DATE: &str = "Mon, 27 Nov 2023 01:00:00 GMT";
    const ABOUT: &str = "8ZmA8YJU7c6Z/o/ckufY9WA7r/NTbhB75gVqKxUde5g=";

    fn request(uri: &str, signature: &str) -> TestRequest {
        let request = TestRequest::get().uri(uri);
        [(ACCESS_KEY, "test-access-key"), (SIGNATURE, signature), (ALGORITHM, "hmac-sha256"), (DATE_TIME, DATE)]
            .into_iter()
            .fold(request, |request, header| request.insert_header(header))
    }

    #[test]
    fn a_signature_is_that_of_the_gateway() {
        for uri in ["/restapi/prod/TEST/query?a=1&b=2", "/restapi/prod/TEST/query?b=2&a=1"] {
            let signed = Signed::read(&request(uri, ABOUT).to_http_request()).unwrap().unwrap();
            assert!(signed.is_by("test-secret-key"), "{uri}");
            assert!(!signed.is_by("test-secret-kez"));
            assert_eq!((signed.key.as_str(), signed.at), ("test-access-key", 1_701_046_800));
            assert_eq!((signed.once.as_str(), signed.may_coincide, signed.digest), (ABOUT, true, None));
        }
        for uri in ["/restapi/prod/TEST/query?a=1", "/restapi/prod/TEST/query?a=1&b=3", "/restapi/prod/TEST?a=1&b=2"] {
            let signed = Signed::read(&request(uri, ABOUT).to_http_request()).unwrap().unwrap();
            assert!(!signed.is_by("test-secret-key"), "{uri}");
        }
    }

    #[test]
    fn a_nonce_and_a_digest_are_signed_where_there_is_a_nonce() {
        let uri = "/restapi/prod/TEST/query?a=1&b=2";
        let with = request(uri, ABOUT).insert_header((NONCE, "0123456789abcdef")).to_http_request();
        let signed = Signed::read(&with).unwrap().unwrap();
        assert!(!signed.is_by("test-secret-key"), "the nonce is not signed");
        assert_eq!((signed.once.as_str(), signed.may_coincide), ("0123456789abcdef", false));
        let bad = request(uri, ABOUT).insert_header((NONCE, "0123456789abcdef"));
        let bad = bad.insert_header((CONTENT_DIGEST, "md5=:AAAA:")).to_http_request();
        assert_eq!(Signed::read(&bad).unwrap_err(), "bad_digest");
    }

    #[test]
    fn only_reads_without_a_nonce_may_coincide() {
        let write = request("/", ABOUT).method(actix_web::http::Method::POST).to_http_request();
        let signed = Signed::read(&write).unwrap().unwrap();
        assert_eq!((signed.once.as_str(), signed.may_coincide), (ABOUT, false));
    }

    #[test]
    fn half_a_signature_is_none() {
        let without = TestRequest::get().uri("/").insert_header((ACCESS_KEY, "test-access-key")).to_http_request();
        assert_eq!(Signed::read(&without).unwrap_err(), "signature_incomplete");
        assert!(Signed::read(&TestRequest::get().uri("/").to_http_request()).unwrap().is_none());
        let other = request("/", ABOUT).insert_header((ALGORITHM, "hmac-sm3")).to_http_request();
        assert_eq!(Signed::read(&other).unwrap_err(), "algorithm_not_allowed");
    }
}
