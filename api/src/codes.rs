//! 查询码 and 领取码: six digits that follow from the installation's secret. Nothing is stored, so nothing can leak.

use casework::Case;
use kernel::identity::Document;

use crate::auth::Secret;

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
