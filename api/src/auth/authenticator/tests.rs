//! What is kept of a token that was verified, and for how long it is believed.
#![allow(clippy::unwrap_used)]

use actix_web::http::header::HeaderValue;
use tempfile::TempDir;

use super::{
    super::{DevelopmentToken, NoPostings},
    *,
};

/// An authenticator, and the headers of somebody whose token is good.
fn with_a_token() -> (Authenticator, HeaderMap, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let (keys, tokens) = (Keys::load_or_create(folder.path()).unwrap(), Tokens::default());
    let wanted = DevelopmentToken { role: Role::Manager, org: None, centre: Centre::WENLING, minutes: 10 };
    let token = wanted.sign(&keys, &tokens, Instant::new(chrono::Utc::now())).unwrap();
    let authenticator = Authenticator::new(&keys, &tokens, Centre::WENLING, Arc::new(NoPostings)).unwrap();
    (authenticator, bearing(&token), folder)
}

fn bearing(token: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {token}")).unwrap());
    headers
}

async fn identity(authenticator: &Authenticator, headers: &HeaderMap) -> Arc<Identity> {
    authenticator.authenticate(headers).await.unwrap().unwrap().identity
}

#[tokio::test]
async fn a_signature_is_not_checked_twice() {
    let (authenticator, headers, _folder) = with_a_token();
    let first = identity(&authenticator, &headers).await;
    // One that was verified again would be equal and another.
    assert!(Arc::ptr_eq(&first, &identity(&authenticator, &headers).await));
}

#[tokio::test]
async fn what_was_verified_is_not_believed_longer_than_its_token() {
    let (authenticator, headers, _folder) = with_a_token();
    let first = identity(&authenticator, &headers).await;
    let token = bearer(&headers).unwrap().unwrap();
    let ended = Identity { expires: now() - LEEWAY, ..Identity::clone(&first) };
    authenticator.verified.insert(Sha256::digest(token).into(), Arc::new(ended));
    let again = identity(&authenticator, &headers).await;
    assert_eq!(again, first, "it was verified again");
    assert!(!Arc::ptr_eq(&again, &first));
}

#[tokio::test]
async fn a_token_that_is_not_good_is_not_kept() {
    let (authenticator, headers, _folder) = with_a_token();
    let token = bearer(&headers).unwrap().unwrap();
    let (signed, _) = token.rsplit_once('.').unwrap();
    let forged = bearing(&format!("{signed}.{}", "A".repeat(86)));
    for _ in 0..2 {
        assert!(authenticator.authenticate(&forged).await.is_err());
    }
    let digest: [u8; 32] = Sha256::digest(bearer(&forged).unwrap().unwrap()).into();
    assert!(authenticator.verified.get(&digest).is_none());
}
