//! Against an issuer on loopback that can misbehave.
#![allow(clippy::unwrap_used)]

use std::sync::{
    Arc, Mutex as StdMutex,
    atomic::{AtomicUsize, Ordering},
};

use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use kernel::{Centre, Instant as Now, Role};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::super::{Authenticator, Caller, DevelopmentToken, Keys, NoPostings};
use super::*;
use crate::{problem::Error, settings::Tokens};

/// Another issuer, with keys of its own and a server that answers whatever it is told to.
struct Issuer {
    keys: Keys,
    url: String,
    answer: Arc<StdMutex<String>>,
    asked: Arc<AtomicUsize>,
}

fn keys() -> Keys {
    Keys::load_or_create(tempfile::tempdir().unwrap().path()).unwrap()
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

impl Issuer {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
        let keys = keys();
        let answer = Arc::new(StdMutex::new(ok(&keys.jwks().to_string())));
        let asked = Arc::new(AtomicUsize::new(0));
        let (answers, count) = (Arc::clone(&answer), Arc::clone(&asked));
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let mut request = [0; 4096];
                let _ = connection.read(&mut request).await;
                count.fetch_add(1, Ordering::SeqCst);
                let answer = answers.lock().unwrap().clone();
                let _ = connection.write_all(answer.as_bytes()).await;
            }
        });
        Self { keys, url, answer, asked }
    }

    fn trusted(&self) -> Authenticator {
        let issuer = "https://login.example.gov.cn".to_owned();
        let (centres, roles) = (vec![Centre::WENLING], vec![Role::Adapter]);
        let trusted = vec![TrustedIssuer { issuer, jwks_url: self.url.clone(), centres, roles }];
        Authenticator::new(&keys(), &Tokens { trusted, ..Tokens::default() }, Centre::WENLING, Arc::new(NoPostings))
            .unwrap()
    }

    fn token_from(&self, keys: &Keys, role: Role) -> HeaderMap {
        let tokens = Tokens { issuer: "https://login.example.gov.cn".to_owned(), ..Tokens::default() };
        let wanted = DevelopmentToken { role, org: Some("zhejiang".to_owned()), centre: Centre::WENLING, minutes: 10 };
        let token = wanted.sign(keys, &tokens, Now::new(chrono::Utc::now())).unwrap();
        let value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        HeaderMap::from_iter([(AUTHORIZATION, value)])
    }

    async fn verdict(&self, authenticator: &Authenticator, role: Role) -> Result<Option<Caller>, Error> {
        authenticator.authenticate(&self.token_from(&self.keys, role)).await
    }
}

/// Clause G1: an adapter brings a token of its own platform.
#[tokio::test]
async fn a_trusted_issuers_token_is_good_in_its_roles() {
    let issuer = Issuer::new().await;
    let authenticator = issuer.trusted();
    let caller = issuer.verdict(&authenticator, Role::Adapter).await.unwrap().unwrap();
    assert_eq!(caller.client().unwrap().as_str(), "adapter-zhejiang");
    let denied = issuer.verdict(&authenticator, Role::Clerk).await;
    assert!(matches!(denied, Err(Error::Unauthenticated(Some("role_not_trusted")))), "{denied:?}");
    assert_eq!(issuer.asked.load(Ordering::SeqCst), 1, "keys are asked for once");
}

#[tokio::test]
async fn an_unknown_key_is_asked_for_once_a_minute() {
    let issuer = Issuer::new().await;
    let authenticator = issuer.trusted();
    for _ in 0..5 {
        let stranger = issuer.token_from(&keys(), Role::Adapter);
        let denied = authenticator.authenticate(&stranger).await;
        assert!(matches!(denied, Err(Error::Unauthenticated(Some("unknown_key")))), "{denied:?}");
    }
    assert_eq!(issuer.asked.load(Ordering::SeqCst), 1);
    assert!(issuer.verdict(&authenticator, Role::Adapter).await.is_ok(), "its own key is known by then");
}

/// Clause G1: an issuer that changes its keys is believed by its new ones, and no longer by its old ones.
#[tokio::test]
async fn changed_keys_are_known_once_they_are_fetched_again() {
    let issuer = Issuer::new().await;
    let authenticator = issuer.trusted();
    issuer.verdict(&authenticator, Role::Adapter).await.unwrap();
    let new = keys();
    *issuer.answer.lock().unwrap() = ok(&new.jwks().to_string());
    let early = authenticator.authenticate(&issuer.token_from(&new, Role::Adapter)).await;
    assert!(matches!(early, Err(Error::Unauthenticated(Some("unknown_key")))), "not asked at once: {early:?}");
    let refreshing = tokio::spawn(Arc::clone(&authenticator.outside()[0]).keep_fresh());
    let known = async {
        while authenticator.authenticate(&issuer.token_from(&new, Role::Adapter)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), known).await.unwrap();
    let denied = issuer.verdict(&authenticator, Role::Adapter).await;
    assert!(matches!(denied, Err(Error::Unauthenticated(Some("unknown_key")))), "{denied:?}");
    assert_eq!(issuer.asked.load(Ordering::SeqCst), 2, "once at first, and once by the clock");
    refreshing.abort();
}

#[tokio::test]
async fn an_issuer_that_misbehaves_is_not_believed() {
    let elsewhere = Issuer::new().await;
    let symmetric = json!({"keys": [{"kty": "oct", "kid": "a", "k": "AAAA"}]}).to_string();
    let many = json!({"keys": vec![elsewhere.keys.jwks()["keys"][0].clone(); 21]}).to_string();
    let answers = [
        format!("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", elsewhere.url),
        "HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
        ok(&" ".repeat(MAX_BYTES + 1)),
        ok(&symmetric),
        ok(&many),
        ok("[]"),
    ];
    for answer in answers {
        let issuer = Issuer::new().await;
        let start = answer.chars().take(40).collect::<String>();
        *issuer.answer.lock().unwrap() = answer;
        let denied = issuer.verdict(&issuer.trusted(), Role::Adapter).await;
        assert!(matches!(denied, Err(Error::Unauthenticated(Some("unknown_key")))), "{start}: {denied:?}");
    }
    assert_eq!(elsewhere.asked.load(Ordering::SeqCst), 0, "a redirect is not followed");
}

#[tokio::test]
async fn an_issuer_nobody_trusts_is_not_asked() {
    let issuer = Issuer::new().await;
    let authenticator = Authenticator::new(&keys(), &Tokens::default(), Centre::WENLING, Arc::new(NoPostings)).unwrap();
    let denied = issuer.verdict(&authenticator, Role::Adapter).await;
    assert!(matches!(denied, Err(Error::Unauthenticated(Some("wrong_issuer")))), "{denied:?}");
    assert_eq!(issuer.asked.load(Ordering::SeqCst), 0);
}
