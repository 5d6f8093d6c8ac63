//! 查询码, 领取码, 系统密钥 and 推送签名密钥 follow from the installation's secret. Nothing is stored, so nothing can leak. What
//! somebody else made up is sealed with a key that follows from it, too.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use casework::Case;
use kernel::{Centre, EventId, Personal, StaffCode, id::WebhookEndpointId, identity::Document};

use crate::{auth::Secret, outbox::whsec};

const DIGITS: u32 = 1_000_000;

/// The code that opens the public progress query, printed on the receipt.
pub fn query_code(secret: &Secret, number: &str) -> String {
    six_digits(secret.digest("query_code", &[number.as_bytes()]))
}

/// 领取码 for the result at the window; a new result has a new code. None before there is a result.
pub fn pick_up_code(secret: &Secret, case: &Case) -> Option<String> {
    let result = case.issuance.result.as_ref()?;
    let parts = [case.number.as_str().as_bytes(), result.number.as_str().as_bytes()];
    Some(six_digits(secret.digest("pick_up_code", &parts)))
}

/// 系统密钥: what a program proves itself with. 256 bits that follow from the installation's secret, none stored.
pub fn client_secret(secret: &Secret, centre: Centre, client: &StaffCode, id: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(secret.digest("client_secret", &client_parts(&centre, client, id)))
}

/// Whether it is that one, in time that does not depend on where they differ.
pub fn is_client_secret(secret: &Secret, centre: Centre, client: &StaffCode, id: &str, given: &str) -> bool {
    let given = BASE64_URL_SAFE_NO_PAD.decode(given).unwrap_or_default();
    secret.verifies("client_secret", &client_parts(&centre, client, id), &given)
}

fn client_parts<'a>(centre: &'a Centre, client: &'a StaffCode, id: &'a str) -> [&'a [u8]; 3] {
    [centre.as_str().as_bytes(), client.as_str().as_bytes(), id.as_bytes()]
}

/// 推送签名密钥 of an endpoint, as Standard Webhooks write them.
pub fn webhook_secret(secret: &Secret, centre: Centre, endpoint: WebhookEndpointId, id: &str) -> String {
    let endpoint = endpoint.to_string();
    let parts = [centre.as_str().as_bytes(), endpoint.as_bytes(), id.as_bytes()];
    whsec(&secret.digest("webhook_secret", &parts))
}

/// 网关密钥 that a gateway issued, sealed for the row of that id (AES-256-GCM): nonce, text and tag in base64. None where the
/// machine has no random bytes.
pub fn seal_gateway_secret(secret: &Secret, centre: Centre, id: EventId, given: &Personal<String>) -> Option<String> {
    let mut text = given.expose().as_bytes().to_vec();
    let nonce = gateway_key(secret)?.seal_in_place_append_tag(of_row(centre, id), &mut text).ok()?;
    let nonce: &[u8; NONCE_LEN] = nonce.as_ref();
    let sealed: Vec<u8> = nonce.iter().copied().chain(text).collect();
    Some(BASE64_URL_SAFE_NO_PAD.encode(sealed))
}

/// What was sealed for this row; None for anything else.
pub fn open_gateway_secret(secret: &Secret, centre: Centre, id: EventId, sealed: &str) -> Option<String> {
    let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let (nonce, text) = bytes.split_at_mut_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let opened = gateway_key(secret)?.open_in_place(nonce, of_row(centre, id), text).ok()?;
    String::from_utf8(opened.to_vec()).ok()
}

fn gateway_key(secret: &Secret) -> Option<RandomizedNonceKey> {
    RandomizedNonceKey::new(&AES_256_GCM, &secret.digest("gateway_secret", &[])).ok()
}

/// A sealed secret opens in its own row alone.
fn of_row(centre: Centre, id: EventId) -> Aad<String> {
    Aad::from(format!("{centre} {id}"))
}

/// By which the holder of a document is found again, without the number.
pub fn document_digest(secret: &Secret, document: &Document) -> String {
    let kind: &str = document.kind().into();
    let digest = secret.digest("document", &[kind.as_bytes(), document.number().expose().as_bytes()]);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn six_digits(digest: [u8; 32]) -> String {
    let [a, b, c, d, ..] = digest;
    format!("{:06}", u32::from_be_bytes([a, b, c, d]) % DIGITS)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use kernel::Instant;

    use super::*;
    use crate::auth::Keys;

    /// Clause G1: what a gateway made up is stored as nobody can read it, and opens in its own row alone.
    #[test]
    fn a_sealed_secret_opens_in_its_own_row() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let [ours, other] = folders.each_ref().map(|folder| Keys::load_or_create(folder.path()).unwrap());
        let now = Instant::new(chrono::Utc::now());
        let (id, another) = (EventId::fresh(now), EventId::fresh(now));
        let given = Personal::new("0123456789abcdef".to_owned());
        let sealed = seal_gateway_secret(ours.secret(), Centre::WENLING, id, &given).unwrap();
        assert_ne!(seal_gateway_secret(ours.secret(), Centre::WENLING, id, &given), Some(sealed.clone()));
        let open = |keys: &Keys, id, sealed: &str| open_gateway_secret(keys.secret(), Centre::WENLING, id, sealed);
        assert_eq!(open(&ours, id, &sealed).as_deref(), Some("0123456789abcdef"));
        assert_eq!(open(&ours, another, &sealed), None);
        assert_eq!(open(&other, id, &sealed), None);
        for bad in [&sealed[2..], "", "AAAA"] {
            assert_eq!(open(&ours, id, bad), None);
        }
    }
}
