//! 网关签名: requests as the gateway of 浙江一体化智能化公共数据平台 signs them (clause G1).

use std::time::{Duration, Instant};

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use tests::*;

/// What a gateway made up.
const FIRST: &str = "0123456789abcdefABCDEF+/=";
const SECOND: &str = "fedcba9876543210fedcba98";

/// What a program signs: the body only together with a nonce.
struct Signing<'a> {
    key: &'a str,
    secret: &'a str,
    method: &'a str,
    path: &'a str,
    /// Seconds that its clock is behind.
    behind: i64,
    nonce: Option<&'a str>,
    signed_body: &'a [u8],
}

impl Signing<'_> {
    /// The headers, as names and values.
    fn headers(&self) -> Vec<(&'static str, String)> {
        let at = chrono::Utc::now() - chrono::Duration::seconds(self.behind);
        let date = at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let (path, query) = self.path.split_once('?').unwrap_or((self.path, ""));
        let mut string = format!("{}\n{path}\n{query}\n{}\n{date}\n", self.method, self.key);
        let digest = format!("sha-256=:{}:", BASE64_STANDARD.encode(Sha256::digest(self.signed_body)));
        if let Some(nonce) = self.nonce {
            string = format!("{string}{nonce}\n{digest}\n");
        }
        let mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).unwrap().chain_update(string);
        let mut headers = vec![
            ("x-bg-hmac-access-key", self.key.to_owned()),
            ("x-bg-hmac-signature", BASE64_STANDARD.encode(mac.finalize().into_bytes())),
            ("x-bg-hmac-algorithm", "hmac-sha256".to_owned()),
            ("x-bg-date-time", date),
        ];
        if let Some(nonce) = self.nonce {
            headers.extend([("x-yc-nonce", nonce.to_owned()), ("content-digest", digest)]);
        }
        headers
    }
}

async fn secret_of(hall: &Hall) -> String {
    let client =
        json!({ "client": "zjzwfw", "role": "adapter", "name": "平台", "scopes": ["cases:read", "cases:write"] });
    hall.security_admin().post("/v1/clients").json(&client).await.created().text("/client_secret")
}

fn with(call: Call, headers: &[(&'static str, String)]) -> Call {
    headers.iter().fold(call, |call, (name, value)| call.header(name, value))
}

tests::on_both_stores! {
    /// Clause G1: whoever reads is who signed, for as long as the clocks agree.
    async fn a_signed_request_is_its_programs(hall: Hall) {
        let secret = secret_of(&hall).await;
        let path = "/v1/cases?limit=5&stage=under_check";
        let reading =
            |secret, behind| Signing { key: "zjzwfw", secret, method: "GET", path, behind, nonce: None, signed_body: b"" };
        let stranger = hall.stranger();
        let good = reading(&secret, 0).headers();
        with(stranger.get(path), &good).await.ok();
        with(stranger.get("/v1/cases?stage=under_check&limit=5"), &reading(&secret, 30).headers()).await.ok();
        with(stranger.get(path), &reading(&secret, 60).headers()).await.ok();
        with(stranger.get(path), &reading(&secret, -60).headers()).await.ok();
        for (what, headers) in [
            ("late", reading(&secret, 120).headers()),
            ("early", reading(&secret, -120).headers()),
            ("forged", reading("another", 0).headers()),
            ("half", good[..3].to_vec()),
        ] {
            let answer = with(stranger.get(path), &headers).await;
            assert_eq!(answer.status, 401, "{what}");
            answer.problem(401, "invalid_token");
        }
        with(stranger.get("/v1/cases?limit=6&stage=under_check"), &good).await.problem(401, "invalid_token");
        with(hall.manager().get(path), &good).await.problem(401, "invalid_token");
        with(stranger.get("/v1/postings"), &Signing { path: "/v1/postings", ..reading(&secret, 0) }.headers())
            .await
            .denied(403, "role_not_allowed");
    }

    /// Clause G1: a read that was signed is good once, by whichever process; only what is signed alike because it was meant in
    /// one second is answered beside it.
    async fn a_signed_read_is_not_replayed(hall: Hall) {
        let (secret, path) = (secret_of(&hall).await, "/v1/cases?limit=5");
        let signing = |behind, nonce| {
            let secret = secret.as_str();
            Signing { key: "zjzwfw", secret, method: "GET", path, behind, nonce, signed_body: b"" }.headers()
        };
        let send = async |headers: &[(&'static str, String)]| with(hall.stranger().get(path), headers).await;
        let first = signing(0, None);
        let (one, other) = tokio::join!(send(&first), send(&first));
        one.ok();
        other.ok();
        let replayed = until("what was signed is no longer good", async || {
            let answer = send(&first).await;
            (answer.status != 200).then_some(answer)
        });
        replayed.await.problem(401, "invalid_token");
        send(&first).await.problem(401, "invalid_token");
        // Whoever polls every second signs anew each time.
        for behind in [30, 29, 28] {
            send(&signing(behind, None)).await.ok();
        }
        // With a nonce no two are alike, and none is good twice.
        let with_nonce = signing(0, Some("nonce-0123456789"));
        send(&with_nonce).await.ok();
        send(&with_nonce).await.problem(401, "invalid_token");
        send(&signing(0, Some("nonce-0123456780"))).await.ok();
    }

    /// Clause G1: a program signs with the key and the secret that its gateway issued, two of them while one follows the
    /// other; what was issued is shown to nobody, and is good for one program.
    async fn a_gateways_own_credentials_are_good(hall: Hall) {
        let ours = secret_of(&hall).await;
        let (security, path) = (hall.security_admin(), "/v1/clients/zjzwfw/gateway-credentials");
        let add = async |key: &str, secret: &str| {
            security.post(path).if_match("*").json(&json!({ "access_key": key, "secret": secret })).await
        };
        let reads = async |key: &str, secret: &str| {
            let signing =
                Signing { key, secret, method: "GET", path: "/v1/cases", behind: 0, nonce: None, signed_body: b"" };
            with(hall.stranger().get("/v1/cases"), &signing.headers()).await
        };
        for (key, secret, field) in [
            ("", FIRST, "/access_key"), ("张", FIRST, "/access_key"), ("A", "tooshort", "/secret"), ("A", "with a blank in it", "/secret"),
        ] {
            add(key, secret).await.names_field(field);
        }
        let first = add("BCDSGA_1", FIRST).await.ok();
        reads("BCDSGA_1", FIRST).await.ok();
        reads("zjzwfw", &ours).await.ok();
        add("BCDSGA_1", SECOND).await.refused("access_key_taken");
        add("BCDSGA_2", SECOND).await.ok();
        add("BCDSGA_3", SECOND).await.refused("two_secrets_live");
        for (key, secret) in [("BCDSGA_1", FIRST), ("BCDSGA_2", SECOND)] {
            reads(key, secret).await.ok();
        }
        reads("BCDSGA_2", FIRST).await.problem(401, "invalid_token");
        // Another program has neither the key nor the name.
        let another = json!({ "client": "another", "role": "adapter", "name": "平台", "scopes": ["cases:read"] });
        security.post("/v1/clients").json(&another).await.created();
        let elsewhere = "/v1/clients/another/gateway-credentials";
        for key in ["BCDSGA_1", "zjzwfw"] {
            let given = json!({ "access_key": key, "secret": FIRST });
            security.post(elsewhere).if_match("*").json(&given).await.refused("access_key_taken");
        }
        let given = json!({ "access_key": "lower-case", "secret": FIRST });
        security.post(elsewhere).if_match("*").json(&given).await.ok();
        let named = json!({ "client": "lower-case", "role": "adapter", "name": "平台", "scopes": [] });
        security.post("/v1/clients").json(&named).await.refused("access_key_taken");
        let shown = security.get("/v1/clients/zjzwfw").await.ok();
        let keys: Vec<&str> = ["/gateway_credentials/0", "/gateway_credentials/1"]
            .iter()
            .map(|at| shown.at(at)["access_key"].as_str().unwrap())
            .collect();
        assert_eq!(keys, ["BCDSGA_1", "BCDSGA_2"]);
        assert!(!shown.body.to_string().contains(FIRST) && !first.body.to_string().contains(FIRST));
        let stored = texts(&mut hall.outside(), "SELECT sealed AS line FROM gateway_credentials");
        assert!(stored.len() == 3 && stored.iter().all(|sealed| !sealed.contains(FIRST) && !sealed.contains(SECOND)));
        let of_first = format!("{path}/{}", first.text("/gateway_credentials/0/id"));
        security.delete(&of_first).if_match("*").await.ok();
        security.delete(&of_first).if_match("*").await.hidden();
        let gone = until("the credential is no longer good", async || {
            let answer = reads("BCDSGA_1", FIRST).await;
            (answer.status != 200).then_some(answer)
        });
        gone.await.problem(401, "invalid_token");
        reads("BCDSGA_2", SECOND).await.ok();
        // The gateway gives the same key a new secret.
        add("BCDSGA_1", SECOND).await.ok();
        let again = until("it is good with the new secret", async || {
            let answer = reads("BCDSGA_1", SECOND).await;
            (answer.status == 200).then_some(answer)
        });
        again.await.ok();
    }

    /// Clauses B5-7, G1: whoever waits under a key that ends meanwhile is told so within seconds, although its program goes on,
    /// and goes on under its other key.
    async fn a_wait_ends_with_its_key(hall: Hall) {
        let (security, path) = (hall.security_admin(), "/v1/clients/zjzwfw/gateway-credentials");
        let client = json!({ "client": "zjzwfw", "role": "adapter", "name": "平台", "scopes": ["events:read"] });
        let ours = security.post("/v1/clients").json(&client).await.created().text("/client_secret");
        let given = json!({ "access_key": "BCDSGA_1", "secret": FIRST });
        let given = security.post(path).if_match("*").json(&given).await.ok();
        let reading = |key: &str, secret: &str, path: &str| {
            let signing = Signing { key, secret, method: "GET", path, behind: 0, nonce: None, signed_body: b"" };
            with(hall.stranger().get(path), &signing.headers())
        };
        // From here on the keys are known to be good for as long as their end may go unnoticed at the door.
        for (key, secret) in [("BCDSGA_1", FIRST), ("zjzwfw", ours.as_str())] {
            reading(key, secret, "/v1/events?after=0").await.ok();
        }
        let (ending, staying) = (
            reading("BCDSGA_1", FIRST, "/v1/events?after=0&wait=25"),
            reading("zjzwfw", &ours, "/v1/events?after=0&wait=8"),
        );
        let (ending, staying) = (tokio::spawn(async move { ending.await }), tokio::spawn(async move { staying.await }));
        let began = Instant::now();
        let of_key = format!("{path}/{}", given.text("/gateway_credentials/0/id"));
        security.delete(&of_key).if_match("*").await.ok();
        ending.await.unwrap().problem(401, "invalid_token");
        assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
        staying.await.unwrap().ok();
    }

    /// Clause G1: a write counts once, and its body is what was signed where the program signs it.
    async fn a_signed_write_counts_once(hall: Hall) {
        let secret = secret_of(&hall).await;
        let person = Person::new();
        let body = json!({
            "item": items::PROMISED, "channel": "web", "applicant": person.applicant(),
            "delivery": { "method": "electronic" }, "external_number": "ZJ-1",
        });
        let text = body.to_string();
        let writing = |nonce, signed_body| Signing {
            key: "zjzwfw", secret: &secret, method: "POST", path: "/v1/cases", behind: 0, nonce, signed_body,
        };
        let send = async |headers: &[(&'static str, String)], key: &str, body: &str| {
            let call = hall.stranger().post("/v1/cases").key(key).body("application/json", body);
            with(call, headers).await
        };
        let plain = writing(None, b"").headers();
        let case = send(&plain, "first", &text).await.created();
        send(&plain, "first", &text).await.problem(401, "invalid_token");
        assert_eq!(hall.manager().get("/v1/cases").await.ok().data().len(), 1);
        // Retried as a program should: the same key under a new signature.
        let again = writing(Some("nonce-0123456789"), text.as_bytes()).headers();
        assert_eq!(send(&again, "first", &text).await.created()["id"], case["id"]);
        send(&again, "first", &text).await.problem(401, "invalid_token");
        let other = text.replace("ZJ-1", "ZJ-2");
        let for_another = writing(Some("nonce-0123456780"), text.as_bytes()).headers();
        send(&for_another, "second", &other).await.problem(401, "invalid_token");
        let unsigned_nonce = [&writing(None, b"").headers()[..], &[("x-yc-nonce", "nonce-0123456781".to_owned())]].concat();
        send(&unsigned_nonce, "third", &other).await.problem(401, "invalid_token");
        // A file is what was signed, too.
        let path = format!("/v1/cases/{}/materials/application/files", case["id"].as_str().unwrap());
        let attaching = async |nonce, signed_body| {
            let signing = Signing { path: &path, ..writing(Some(nonce), signed_body) };
            let call = hall.stranger().post(&path).key("file").if_match("*").body("application/pdf", PDF);
            with(call, &signing.headers()).await
        };
        attaching("nonce-0123456782", b"another file").await.problem(401, "invalid_token");
        let attached = attaching("nonce-0123456783", PDF).await.ok();
        assert_eq!(attached.at("/materials/0/files").as_array().unwrap().len(), 1);
        assert_eq!(hall.manager().get("/v1/cases").await.ok().data().len(), 1);
    }

    /// Clauses G1, G3: a hotline signs its dispatches and messages as any program does: what it signed counts once, and for its
    /// own body alone.
    async fn a_hotline_signs_what_it_pushes(hall: Hall) {
        let _hotline = hall.with_hotline().await;
        hall.a_new_morning().await;
        let client = json!({ "client": hotline::HOTLINE, "role": "hotline", "name": "12345热线", "scopes": [] });
        hall.security_admin().post("/v1/clients").json(&client).await.created();
        let credentials = format!("/v1/clients/{}/gateway-credentials", hotline::HOTLINE);
        let given = json!({ "access_key": "BCDSGA_12345", "secret": FIRST });
        hall.security_admin().post(&credentials).if_match("*").json(&given).await.ok();
        let signed = |method: &str, path: &str, nonce: &str, body: &str| {
            let (nonce, signed_body) = (Some(nonce), body.as_bytes());
            Signing { key: "BCDSGA_12345", secret: FIRST, method, path, behind: 0, nonce, signed_body }.headers()
        };
        let order = "/v1/hotline/work-orders/W-1";
        let put = async |headers: &[(&'static str, String)], key: &str, body: &str| {
            with(hall.stranger().put(order).key(key).body("application/json", body), headers).await
        };
        let mut dispatched = hotline::dispatch(&hall.now());
        dispatched["sequence"] = json!(1);
        let dispatched = dispatched.to_string();
        let good = signed("PUT", order, "nonce-0123456789", &dispatched);
        assert_eq!(put(&good, "first", &dispatched).await.ok()["state"], "applied");
        put(&good, "first", &dispatched).await.problem(401, "invalid_token");
        let for_another = signed("PUT", order, "nonce-0123456780", &dispatched);
        let changed = dispatched.replace("路灯", "井盖");
        assert_ne!(changed, dispatched);
        put(&for_another, "second", &changed).await.problem(401, "invalid_token");

        let messages = format!("{order}/messages");
        let post = async |headers: &[(&'static str, String)], body: &str| {
            with(hall.stranger().post(&messages).key("third").body("application/json", body), headers).await
        };
        let urge = json!({ "sequence": 2, "kind": "urge" }).to_string();
        let good = signed("POST", &messages, "nonce-0123456781", &urge);
        post(&good, &urge.replace("urge", "redo")).await.problem(401, "invalid_token");
        let good = signed("POST", &messages, "nonce-0123456782", &urge);
        post(&good, &urge).await.ok();
        post(&good, &urge).await.problem(401, "invalid_token");
        assert_eq!(hall.work_order("W-1").await["urged"], 1);
    }
}
