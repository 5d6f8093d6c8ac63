//! 对接系统: who they are, what their tokens allow, and for whom they may act (clauses B1-2, B1-3, G1).

use api::auth::{Audience, Claims, Keys};
use tests::*;

const FORM: &str = "application/x-www-form-urlencoded";
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

async fn registered(hall: &Hall, code: &str, scopes: &[&str]) -> Answer {
    let client = json!({ "client": code, "role": "adapter", "name": "第三方前端", "scopes": scopes });
    hall.security_admin().post("/v1/clients").json(&client).await.created()
}

async fn asks_for_token(hall: &Hall, client: &str, secret: &str, more: &str) -> Answer {
    let form = format!("grant_type=client_credentials&client_id={client}&client_secret={secret}{more}");
    hall.stranger().post("/oauth/token").body(FORM, form).await
}

/// Whoever calls with the token that the secret is good for.
async fn with_token(hall: &Hall, client: &str, secret: &str) -> Caller {
    let token = asks_for_token(hall, client, secret, "").await.ok().text("/access_token");
    hall.adapter(client).with_token(&token)
}

fn refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status, answer["error"].as_str()), (status, Some(error)), "{}", answer.body);
}

tests::on_both_stores! {
    /// Clause G1, RFC 6749 §4.4: a registered program gets a token for its secret, and may do what it was granted.
    async fn a_program_calls_with_the_token_it_gets_for_its_secret(hall: Hall) {
        let client = registered(&hall, "zjzwfw", &["cases:read", "cases:write"]).await;
        let secret = client.text("/client_secret");
        let answer = asks_for_token(&hall, "zjzwfw", &secret, "").await.ok();
        assert_eq!((&answer["token_type"], &answer["expires_in"]), (&json!("Bearer"), &json!(900)));
        assert_eq!((answer.text("/scope").as_str(), answer.header("cache-control")), ("cases:read cases:write", "no-store"));
        let adapter = hall.adapter("zjzwfw").with_token(&answer.text("/access_token"));
        let case = adapter.receives(Application::for_item(items::PROMISED).by(&Person::new()).via("web")).await.case();
        adapter.reads(&case).await.ok();
        // The header counts as the form does, and less can be asked for than was granted.
        let basic = format!("Basic {}", base64(&format!("zjzwfw:{secret}")));
        let by_header = hall.stranger().post("/oauth/token").header("authorization", &basic);
        let narrow = by_header.body(FORM, "grant_type=client_credentials&scope=cases%3Aread").await.ok();
        let reader = hall.adapter("zjzwfw").with_token(&narrow.text("/access_token"));
        reader.reads(&case).await.ok();
        reader.withdraws(&case).await.denied(403, "scope_not_allowed");
        refused(&asks_for_token(&hall, "zjzwfw", &secret, "&scope=applicants%3Avouch").await, 400, "invalid_scope");
        // Nobody learns whether a program exists.
        let wrong = asks_for_token(&hall, "zjzwfw", "AAAA", "").await;
        let unknown = asks_for_token(&hall, "nobody", &secret, "").await;
        refused(&wrong, 401, "invalid_client");
        assert_eq!((unknown.status, &unknown.bytes), (wrong.status, &wrong.bytes));
        refused(&asks_for_token(&hall, "zjzwfw", &secret, "&centre=33").await, 400, "invalid_request");
        refused(&asks_for_token(&hall, "zjzwfw", &secret, "&centre=331082").await, 401, "invalid_client");
        let password = format!("grant_type=password&client_id=zjzwfw&client_secret={secret}");
        refused(&hall.stranger().post("/oauth/token").body(FORM, password).await, 400, "unsupported_grant_type");
        let neither = hall.stranger().post("/oauth/token").body(FORM, "grant_type=client_credentials").await;
        refused(&neither, 400, "invalid_request");
        asks_for_token(&hall, "zjzwfw", &secret, "&admin=1").await.problem(400, "malformed_request");
        hall.stranger().post("/oauth/token").json(&json!({})).await.problem(415, "unsupported_media_type");
    }

    /// Clause G1: a program goes over from one secret to the next without a moment in which none is good.
    async fn two_secrets_are_good_while_one_follows_the_other(hall: Hall) {
        let first = registered(&hall, "zjzwfw", &["cases:read"]).await;
        let (security, path) = (hall.security_admin(), "/v1/clients/zjzwfw/secrets");
        security.post(path).if_match("\"7\"").await.problem(412, "version_mismatch");
        let second = security.post(path).if_match(first.header("etag")).await.ok();
        let (old, new) = (first.text("/client_secret"), second.text("/client_secret"));
        assert_ne!(old, new);
        for secret in [&old, &new] {
            asks_for_token(&hall, "zjzwfw", secret, "").await.ok();
        }
        security.post(path).if_match("*").await.refused("two_secrets_live");
        let of_old = format!("{path}/{}", first.text("/secrets/0/id"));
        security.delete(&of_old).if_match(second.header("etag")).await.ok();
        security.delete(&of_old).if_match("*").await.hidden();
        refused(&asks_for_token(&hall, "zjzwfw", &old, "").await, 401, "invalid_client");
        asks_for_token(&hall, "zjzwfw", &new, "").await.ok();
    }

    /// Clause G1: what was granted can be taken back, and is gone within seconds.
    async fn a_token_that_is_revoked_is_not_good_for_long(hall: Hall) {
        let client = registered(&hall, "zjzwfw", &["cases:read", "cases:write", "applicants:vouch"]).await;
        let secret = client.text("/client_secret");
        let adapter = with_token(&hall, "zjzwfw", &secret).await;
        let vouched = json!({ "applicant": Person::new().applicant(), "identity_assurance": "real_name" });
        let voucher = adapter.post("/v1/vouchers").json(&vouched).await.created();
        let applicant = hall.applicant(&voucher.text("/party")).with_token(&voucher.text("/access_token"));
        adapter.get("/v1/cases").await.ok();
        applicant.get("/v1/cases").await.ok();
        hall.security_admin().post("/v1/clients/zjzwfw/revocation").if_match("*").await.ok();
        for caller in [&adapter, &applicant] {
            let gone = until("the token is no longer good", async || {
                let answer = caller.get("/v1/cases").await;
                (answer.status != 200).then_some(answer)
            });
            gone.await.problem(401, "invalid_token");
        }
        let again = until("a token issued later is good", async || {
            let answer = with_token(&hall, "zjzwfw", &secret).await.get("/v1/cases").await;
            (answer.status == 200).then_some(answer)
        });
        again.await;
        let off = json!({ "name": "第三方前端", "scopes": ["cases:read"], "active": false });
        hall.security_admin().put("/v1/clients/zjzwfw").if_match("*").json(&off).await.ok();
        refused(&asks_for_token(&hall, "zjzwfw", &secret, "").await, 401, "invalid_client");
    }

    /// Clause G1, RFC 7523: a program that signs with its own key shows no secret, and no signature counts twice.
    async fn a_signed_assertion_is_good_once(hall: Hall) {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::load_or_create(folder.path()).unwrap();
        let client = json!({
            "client": "zjzwfw", "role": "adapter", "name": "平台", "scopes": ["cases:read"], "keys": keys.jwks(),
        });
        hall.security_admin().post("/v1/clients").json(&client).await.created();
        let server = hall.manager().claims();
        let claims = |jti: &str| Claims {
            iss: "zjzwfw".to_owned(),
            sub: "zjzwfw".to_owned(),
            aud: Audience::One(server.iss.clone()),
            exp: server.iat + 120,
            jti: jti.to_owned(),
            ..server.clone()
        };
        let send = async |keys: &Keys, claims: &Claims| {
            let assertion = keys.sign(claims).unwrap();
            let form = format!(
                "grant_type=client_credentials&client_id=zjzwfw&client_assertion_type={ASSERTION}&client_assertion={assertion}"
            );
            hall.stranger().post("/oauth/token").body(FORM, form).await
        };
        let token = send(&keys, &claims("one")).await.ok().text("/access_token");
        hall.adapter("zjzwfw").with_token(&token).get("/v1/cases").await.ok();
        refused(&send(&keys, &claims("one")).await, 401, "invalid_client");
        for wrong in [
            Claims { aud: Audience::One("elsewhere".to_owned()), ..claims("two") },
            Claims { aud: Audience::Many(vec![server.iss.clone(), "elsewhere".to_owned()]), ..claims("two") },
            Claims { exp: server.iat - 120, ..claims("two") },
            Claims { exp: server.iat + 3600, ..claims("two") },
            Claims { iss: "another".to_owned(), ..claims("two") },
            Claims { sub: "another".to_owned(), ..claims("two") },
        ] {
            refused(&send(&keys, &wrong).await, 401, "invalid_client");
        }
        refused(&send(hall.keys(), &claims("two")).await, 401, "invalid_client");
        send(&keys, &claims("two")).await.ok();
    }

    /// Clause G1: a system has what it was granted, by what it is about, and in the centre of its token alone.
    async fn a_scope_is_for_one_kind_of_thing(hall: Hall) {
        let all = hall.adapter("front-end");
        let case = all.receives(Application::for_item(items::PROMISED).by(&Person::new()).via("web")).await.case();
        let cases = all.with_scope("cases:read cases:write");
        cases.reads(&case).await.ok();
        for path in ["/v1/impasses", "/v1/events"] {
            all.get(path).await.ok();
            cases.get(path).await.denied(403, "scope_not_allowed");
        }
        let impasses = all.with_scope("impasses:read impasses:write");
        impasses.get("/v1/impasses").await.ok();
        impasses.get("/v1/cases").await.denied(403, "scope_not_allowed");
        impasses.reads(&case).await.denied(403, "scope_not_allowed");
        impasses.withdraws(&case).await.denied(403, "scope_not_allowed");
        let events = all.with_scope("events:read");
        assert!(!events.get("/v1/events?wait=10").await.ok().data().is_empty());
        events.reads(&case).await.denied(403, "scope_not_allowed");
        hall.with_another_centre().await;
        all.in_centre(OTHER_CENTRE).reads(&case).await.hidden();
    }

    /// Clauses B1-2, B1-3: whoever a front end vouches for acts as themselves, first-time applicants included, and as nobody else.
    async fn a_front_end_vouches_for_an_applicant(hall: Hall) {
        let adapter = hall.adapter("front-end");
        let person = Person::new();
        let vouched = json!({ "applicant": person.applicant(), "identity_assurance": "real_person" });
        let voucher = adapter.post("/v1/vouchers").json(&vouched).await.created();
        let applicant = hall.applicant(&voucher.text("/party")).with_token(&voucher.text("/access_token"));
        let own = json!({ "item": items::PROMISED, "channel": "web", "delivery": { "method": "pick_up" } });
        let case = applicant.post("/v1/cases").json(&own).await.case();
        assert_eq!((case.party(), case.text("/identity_assurance")), (voucher.text("/party"), "real_person".to_owned()));
        applicant.reads(&case).await.ok();
        applicant.get("/v1/postings").await.denied(403, "role_not_allowed");
        let other = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        applicant.reads(&other).await.hidden();
        // The same document is the same applicant.
        assert_eq!(adapter.post("/v1/vouchers").json(&vouched).await.created().text("/party"), voucher.text("/party"));
        // Nobody is vouched for as if they stood at the window, and an enterprise acts through somebody with a mandate.
        let in_person = json!({ "applicant": person.applicant(), "identity_assurance": "in_person" });
        adapter.post("/v1/vouchers").json(&in_person).await.problem(422, "invalid_fields").names_field("/identity_assurance");
        let mut enterprise = json!({ "applicant": Enterprise::new().applicant(), "identity_assurance": "real_name" });
        adapter.post("/v1/vouchers").json(&enterprise).await.problem(422, "invalid_fields").names_field("/agent");
        enterprise["agent"] = json!({ "identity": person.identity(), "mandate": "WT-2026-1" });
        adapter.post("/v1/vouchers").json(&enterprise).await.created();
        let reading = adapter.with_scope("cases:read cases:write");
        reading.post("/v1/vouchers").json(&vouched).await.denied(403, "scope_not_allowed");
    }

    /// Clause G1: our own key changes while programs call, and no request fails.
    async fn a_key_follows_another_without_a_failed_request(hall: Hall) {
        let secret = registered(&hall, "zjzwfw", &["cases:read"]).await.text("/client_secret");
        let published = async || {
            let jwks = hall.stranger().get("/.well-known/jwks.json").await.ok();
            jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let old = with_token(&hall, "zjzwfw", &secret).await;
        let first = kid(old.token().unwrap());
        assert_eq!(published().await, std::slice::from_ref(&first));
        let soon = u64::try_from(chrono::Utc::now().timestamp()).unwrap() + 8;
        Keys::rotate(&hall.data().join("keys"), soon).unwrap();
        let mut known_before = Vec::new();
        let second = until("the next key signs", async || {
            old.anew().get("/v1/cases").await.ok();
            let new = with_token(&hall, "zjzwfw", &secret).await;
            new.get("/v1/cases").await.ok();
            let now = kid(new.token().unwrap());
            if now == first {
                known_before = published().await;
            }
            (now != first).then_some(now)
        })
        .await;
        assert_eq!(known_before, [first, second], "published before it signs");
        old.get("/v1/cases").await.ok();
    }
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::prelude::BASE64_STANDARD.encode(text)
}

/// The name of the key that a token is signed with.
fn kid(token: &str) -> String {
    use base64::Engine;
    let header = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
}
