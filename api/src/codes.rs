//! 查询码, 领取码, 系统密钥 and 推送签名密钥 follow from the installation's secret. Nothing is stored, so nothing can leak.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use casework::Case;
use kernel::{Centre, StaffCode, id::WebhookEndpointId, identity::Document};

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
