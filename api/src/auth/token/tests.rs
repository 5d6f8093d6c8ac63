//! RFC 9068 §4, RFC 8725, and what the library accepts when left alone.
#![allow(clippy::unwrap_used)]

use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;

use super::{
    super::{DevelopmentToken, Keys},
    *,
};
use crate::settings::Tokens;

struct Issuer {
    keys: Keys,
    folder: tempfile::TempDir,
}

fn now() -> u64 {
    u64::try_from(chrono::Utc::now().timestamp()).unwrap()
}

fn claims() -> Value {
    json!({
        "iss": "urn:yichuang", "aud": "yichuang", "sub": "clerk-project", "client_id": "desk", "jti": "1",
        "iat": now(), "nbf": now(), "exp": now() + 600, "centre": "331081", "role": "clerk",
    })
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name).unwrap();
    claims
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn part(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

impl Issuer {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { keys: Keys::load_or_create(folder.path()).unwrap(), folder }
    }

    fn kid(&self) -> String {
        self.keys.jwks()["keys"][0]["kid"].as_str().unwrap().to_owned()
    }

    fn header(&self) -> Value {
        json!({"alg": "EdDSA", "typ": "at+jwt", "kid": self.kid()})
    }

    /// A token with exactly this header, properly signed.
    fn token(&self, header: &Value, claims: &Value) -> String {
        let pem = std::fs::read(self.folder.path().join("signing.pem")).unwrap();
        let signing = EncodingKey::from_ed_pem(&pem).unwrap();
        let message = format!("{}.{}", part(header), part(claims));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &signing, Algorithm::EdDSA).unwrap();
        format!("{message}.{signature}")
    }

    fn verdict(&self, token: &str) -> Result<Identity, Reason> {
        let tokens = Tokens::default();
        let terms = Terms { issuer: tokens.issuer, audience: tokens.audience, centres: None, roles: None };
        Verifier::take_apart(token)?.verify(&self.keys.key_set(), &terms, now())
    }

    fn of_claims(&self, claims: &Value) -> Result<Identity, Reason> {
        self.verdict(&self.token(&self.header(), claims))
    }

    fn of_header(&self, name: &str, value: Value) -> Result<Identity, Reason> {
        let mut header = self.header();
        header[name] = value;
        self.verdict(&self.token(&header, &claims()))
    }
}

#[test]
fn a_good_token_says_who_it_is() {
    let identity = Issuer::new().of_claims(&claims()).unwrap();
    assert_eq!(
        (identity.subject.as_str(), identity.role, identity.centre),
        ("clerk-project", Role::Clerk, Centre::WENLING)
    );
}

#[test]
fn our_own_development_tokens_are_good() {
    let issuer = Issuer::new();
    for role in [Role::Clerk, Role::Adapter, Role::SystemAdmin] {
        let wanted = DevelopmentToken { role, org: Some("project".to_owned()), centre: Centre::WENLING, minutes: 60 };
        let now = kernel::Instant::new(chrono::Utc::now());
        let identity = issuer.verdict(&wanted.sign(&issuer.keys, &Tokens::default(), now).unwrap()).unwrap();
        assert_eq!(identity.role, role);
    }
}

#[test]
fn an_applicants_development_token_names_a_party() {
    let issuer = Issuer::new();
    let sign = |org: Option<&str>| {
        let wanted = DevelopmentToken {
            role: Role::Applicant,
            org: org.map(str::to_owned),
            centre: Centre::WENLING,
            minutes: 10,
        };
        wanted.sign(&issuer.keys, &Tokens::default(), kernel::Instant::new(chrono::Utc::now()))
    };
    assert!(sign(None).is_err());
    assert!(sign(Some("somebody")).is_err());
    let party = "01890a5d-ac96-774b-bcce-b302099a8057";
    assert_eq!(issuer.verdict(&sign(Some(party)).unwrap()).unwrap().subject, party);
}

#[test]
fn an_unsigned_token_is_refused() {
    let issuer = Issuer::new();
    let header = part(&json!({"alg": "none", "typ": "at+jwt", "kid": issuer.kid()}));
    for signature in ["", "AAAA"] {
        let token = format!("{header}.{}.{signature}", part(&claims()));
        assert_eq!(issuer.verdict(&token), Err("algorithm_not_allowed"));
    }
}

#[test]
fn a_token_signed_with_the_public_key_as_a_password_is_refused() {
    let issuer = Issuer::new();
    let public = issuer.keys.jwks()["keys"][0]["x"].as_str().unwrap().to_owned();
    let mut header = Header::new(Algorithm::HS256);
    header.typ = Some("at+jwt".to_owned());
    header.kid = Some(issuer.kid());
    let key = EncodingKey::from_secret(&BASE64_URL_SAFE_NO_PAD.decode(public).unwrap());
    let token = jsonwebtoken::encode(&header, &claims(), &key).unwrap();
    assert_eq!(issuer.verdict(&token), Err("algorithm_not_allowed"));
}

#[test]
fn a_key_is_used_with_its_own_algorithm_only() {
    let issuer = Issuer::new();
    assert_eq!(issuer.of_header("alg", json!("ES256")), Err("algorithm_not_allowed"));
}

#[test]
fn every_claim_is_required() {
    let issuer = Issuer::new();
    for name in ["iss", "aud", "sub", "exp", "iat", "jti", "client_id", "centre", "role"] {
        assert!(issuer.of_claims(&without(name)).is_err(), "{name} may be missing");
    }
    assert!(issuer.of_claims(&without("nbf")).is_ok());
}

#[test]
fn wrong_claims_are_refused() {
    let issuer = Issuer::new();
    let cases = [
        ("aud", json!("somebody-else"), "wrong_audience"),
        ("aud", json!([]), "wrong_audience"),
        ("iss", json!("urn:somebody-else"), "wrong_issuer"),
        ("exp", json!(now() - 31), "expired"),
        ("exp", json!("tomorrow"), "bad_claim"),
        ("exp", json!(1e300), "bad_claim"),
        ("exp", json!(now() + 3700), "lives_too_long"),
        ("iat", json!(now() + 120), "not_yet_valid"),
        ("iat", json!(now() - 3600), "lives_too_long"),
        ("nbf", json!(now() + 120), "not_yet_valid"),
        ("sub", json!(""), "bad_claim"),
        ("client_id", json!("a\nb"), "bad_claim"),
        ("centre", json!("3310"), "bad_claim"),
        ("role", json!("king"), "bad_claim"),
    ];
    for (name, value, reason) in cases {
        assert_eq!(issuer.of_claims(&with(name, value.clone())), Err(reason), "{name}: {value}");
    }
}

#[test]
fn clocks_may_differ_a_little() {
    let issuer = Issuer::new();
    assert!(issuer.of_claims(&with("exp", json!(now() - 20))).is_err_and(|reason| reason == "lives_too_long"));
    let mut just_expired = with("exp", json!(now() - 20));
    just_expired["iat"] = json!(now() - 600);
    assert!(issuer.of_claims(&just_expired).is_ok());
    assert!(issuer.of_claims(&with("iat", json!(now() + 20))).is_ok());
}

#[test]
fn a_header_that_asks_for_trust_is_refused() {
    let issuer = Issuer::new();
    let cases = [
        ("crit", json!(["exp"])),
        ("jku", json!("https://evil.example/keys")),
        ("jwk", json!({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"})),
        ("x5u", json!("https://evil.example/cert")),
        ("x5c", json!(["AAAA"])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
    ];
    for (name, value) in cases {
        assert_eq!(issuer.of_header(name, value), Err("header_not_allowed"), "{name}");
    }
}

#[test]
fn a_kid_is_a_name_and_no_path() {
    let issuer = Issuer::new();
    for kid in ["../../etc/passwd", "a/b", "", "a b", "' or 1=1", &"k".repeat(65)] {
        assert_eq!(issuer.of_header("kid", json!(kid)), Err("bad_kid"), "{kid}");
    }
    assert_eq!(issuer.of_header("kid", json!("another")), Err("unknown_key"));
    assert_eq!(issuer.of_header("kid", json!(null)), Err("bad_kid"));
}

#[test]
fn an_identity_token_is_no_access_token() {
    let issuer = Issuer::new();
    for typ in ["JWT", "id+jwt", "dpop+jwt"] {
        assert_eq!(issuer.of_header("typ", json!(typ)), Err("wrong_type"));
    }
    assert!(issuer.of_header("typ", json!("application/AT+JWT")).is_ok());
}

#[test]
fn a_changed_token_is_refused() {
    let issuer = Issuer::new();
    let token = issuer.token(&issuer.header(), &claims());
    let parts: Vec<&str> = token.split('.').collect();
    let promoted = format!("{}.{}.{}", parts[0], part(&with("role", json!("system_admin"))), parts[2]);
    assert_eq!(issuer.verdict(&promoted), Err("bad_signature"));
    assert_eq!(Issuer::new().verdict(&token), Err("unknown_key"));
    for broken in ["", "a.b", "a.b.c.d", "ä.b.c", &token[1..], &"x".repeat(5000)] {
        assert!(issuer.verdict(broken).is_err());
    }
}

#[test]
fn an_issuer_speaks_only_for_what_it_is_trusted_with() {
    let issuer = Issuer::new();
    let token = issuer.token(&issuer.header(), &claims());
    let verdict = |centres: &[&str], roles: &[Role]| {
        let terms = Terms {
            issuer: "urn:yichuang".to_owned(),
            audience: "yichuang".to_owned(),
            centres: Some(centres.iter().map(|centre| centre.parse().unwrap()).collect()),
            roles: Some(roles.to_vec()),
        };
        Verifier::take_apart(&token)?.verify(&issuer.keys.key_set(), &terms, now())
    };
    assert!(verdict(&["331081"], &[Role::Clerk]).is_ok());
    assert_eq!(verdict(&["331002"], &[Role::Clerk]), Err("centre_not_trusted"));
    assert_eq!(verdict(&["331081"], &[Role::Applicant]), Err("role_not_trusted"));
}
