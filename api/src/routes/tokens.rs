//! 令牌: what a program gets for its secret or its assertion (RFC 6749 §4.4, RFC 7523).

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{AUTHORIZATION, HeaderMap, WWW_AUTHENTICATE},
    },
    post,
    web::Data,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use kernel::{Centre, Instant, Role, StaffCode};
use persistence::{
    Shard, StoreError, Tx,
    chain::Digest,
    clients::{self, Client, LiveSecret},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    auth::{Assertion, Audience, Claims, KeySet},
    codes,
    desk::Desk,
    edge::Form,
    problem::{Answer, Error, Problem},
};

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Seconds that a token lives.
pub(super) const LIFETIME: u64 = 900;

/// 申请令牌
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// `client_credentials`
    grant_type: String,
    /// 授权范围, separated by blanks; all that was granted unless said.
    #[serde(default)]
    scope: Option<String>,
    /// 行政区划代码; that of the installation unless said.
    #[serde(default)]
    centre: Option<String>,
    /// 系统代码, where it is not in the `Authorization` header.
    #[serde(default)]
    client_id: Option<String>,
    #[serde(default)]
    client_secret: Option<String>,
    #[serde(default)]
    client_assertion_type: Option<String>,
    /// A JWT signed with a registered key: `iss` and `sub` the program, `aud` the issuer of our tokens, `jti` used once, `exp`
    /// within five minutes.
    #[serde(default)]
    client_assertion: Option<String>,
}

/// 令牌
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenView {
    pub access_token: String,
    /// `Bearer`
    #[schema(value_type = String)]
    pub token_type: &'static str,
    /// 有效秒数
    pub expires_in: u64,
    pub scope: String,
}

/// Why there is no token, as RFC 6749 §5.2 wants it said.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenRefusal {
    #[schema(value_type = String)]
    pub error: &'static str,
    #[schema(value_type = String)]
    pub error_description: &'static str,
}

/// How a program proves who it is.
enum Proof {
    Secret(String),
    Assertion(String),
}

const UNKNOWN: TokenRefusal = TokenRefusal {
    error: "invalid_client",
    error_description: "系统代码或者凭据不正确，或者该系统已停用",
};

fn invalid(error_description: &'static str) -> TokenRefusal {
    TokenRefusal { error: "invalid_request", error_description }
}

impl TokenRequest {
    /// Who it is and how it proves it: one way, and one only.
    fn proof(&mut self, headers: &HeaderMap) -> Result<(String, Proof), TokenRefusal> {
        let basic = basic(headers)?;
        let ways = [basic.is_some(), self.client_secret.is_some(), self.client_assertion.is_some()];
        if ways.into_iter().filter(|way| *way).count() != 1 {
            return Err(invalid("凭据应恰好以一种方式给出"));
        }
        if let Some((client, secret)) = basic {
            let same = self.client_id.as_ref().is_none_or(|id| *id == client);
            return if same { Ok((client, Proof::Secret(secret))) } else { Err(invalid("client_id 前后不一致")) };
        }
        let client = self.client_id.take().ok_or(invalid("缺少 client_id"))?;
        if let Some(secret) = self.client_secret.take() {
            return Ok((client, Proof::Secret(secret)));
        }
        match (self.client_assertion_type.as_deref(), self.client_assertion.take()) {
            (Some(ASSERTION), Some(assertion)) => Ok((client, Proof::Assertion(assertion))),
            _ => Err(invalid("client_assertion_type 不正确")),
        }
    }
}

/// `Authorization: Basic`, its parts form-encoded as RFC 6749 §2.3.1 wants them.
fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, TokenRefusal> {
    let Some((scheme, encoded)) = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.split_once(' '))
    else {
        return Ok(None);
    };
    // A token says nothing here, good or bad: it is what is asked for.
    if !scheme.eq_ignore_ascii_case("basic") {
        return Ok(None);
    }
    let read = || {
        let text = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let (client, secret) = text.split_once(':')?;
        let plain = |part: &str| form_urlencoded::parse(part.as_bytes()).next().map(|(name, _)| name.into_owned());
        Some((plain(client)?, plain(secret)?))
    };
    read().map(Some).ok_or(UNKNOWN)
}

#[utoipa::path(
    tag = "对接", operation_id = "issue_token", summary = "申请令牌", security(()),
    description = "对接系统凭密钥（Basic 或表单）或者私钥签名（private_key_jwt）取得访问令牌，有效15分钟。RFC 6749 §4.4、RFC 7523。",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, body = TokenView, description = "令牌"),
        (status = 400, description = "请求不正确", content((TokenRefusal = "application/json"), (Problem = "application/problem+json"))),
        (status = 401, body = TokenRefusal, description = "系统代码或者凭据不正确")
    )
)]
#[post("/oauth/token")]
pub async fn issue(desk: Data<Desk>, request: HttpRequest, form: Form<TokenRequest>) -> Answer<HttpResponse> {
    Ok(match issued(&desk, request.headers(), form.0).await? {
        Ok(view) => HttpResponse::Ok().json(view),
        Err(refusal) if refusal.error == UNKNOWN.error => {
            metrics::counter!("auth_failures_total", "reason" => "client_credentials").increment(1);
            let mut response = HttpResponse::build(StatusCode::UNAUTHORIZED);
            response.insert_header((WWW_AUTHENTICATE, "Basic realm=\"yichuang\", charset=\"UTF-8\"")).json(refusal)
        }
        Err(refusal) => HttpResponse::BadRequest().json(refusal),
    })
}

async fn issued(
    desk: &Data<Desk>,
    headers: &HeaderMap,
    mut request: TokenRequest,
) -> Answer<Result<TokenView, TokenRefusal>> {
    let (client_id, proof) = match request.proof(headers) {
        Ok(found) => found,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if request.grant_type != "client_credentials" {
        let error_description = "grant_type 应为 client_credentials";
        return Ok(Err(TokenRefusal { error: "unsupported_grant_type", error_description }));
    }
    let centre = request.centre.as_deref().map_or(Ok(desk.centre()), str::parse::<Centre>);
    let Ok(centre) = centre else { return Ok(Err(invalid("centre 应为6位行政区划代码"))) };
    let Ok(code) = client_id.parse::<StaffCode>() else { return Ok(Err(UNKNOWN)) };
    let wanted = code.clone();
    let known = desk.store.read(move |connection| {
        let Some(client) = clients::find(connection, centre, &wanted)? else { return Ok(None) };
        Ok::<_, StoreError>(Some((clients::secrets(connection, centre, &wanted)?, client)))
    });
    let Some((secrets, client)) = known.await?.filter(|(_, client)| client.active) else { return Ok(Err(UNKNOWN)) };
    let is_proven = match proof {
        Proof::Secret(secret) => is_one_of(desk, centre, &code, &secrets, &secret),
        Proof::Assertion(assertion) => is_signed(desk, centre, &client, &assertion).await?,
    };
    if !is_proven {
        return Ok(Err(UNKNOWN));
    }
    let granted: Vec<&str> = client.scopes.split(' ').filter(|name| !name.is_empty()).collect();
    let asked: Vec<&str> = request.scope.as_deref().map_or(granted.clone(), |scope| scope.split_whitespace().collect());
    if asked.iter().any(|name| !granted.contains(name)) {
        return Ok(Err(TokenRefusal { error: "invalid_scope", error_description: "超出登记的授权范围" }));
    }
    let scope = asked.join(" ");
    let access_token = sign(desk, centre, &client, scope.clone())?;
    Ok(Ok(TokenView { access_token, token_type: "Bearer", expires_in: LIFETIME, scope }))
}

fn is_one_of(desk: &Desk, centre: Centre, code: &StaffCode, live: &[LiveSecret], given: &str) -> bool {
    live.iter().any(|secret| codes::is_client_secret(desk.secret(), centre, code, &secret.id, given))
}

/// Whether it is the program's own assertion, and was not used before.
async fn is_signed(desk: &Data<Desk>, centre: Centre, client: &Client, assertion: &str) -> Answer<bool> {
    let Some(keys) = client.keys.as_ref().and_then(|keys| KeySet::read(keys.as_bytes()).ok()) else { return Ok(false) };
    let now = desk.clock.machine_now();
    let audience = &desk.settings.tokens.issuer;
    let Some(read) = Assertion::read(assertion, client.code.as_str(), audience, &keys, now.unix().0) else {
        return Ok(false);
    };
    // By a digest: whoever makes up the name of an assertion decides what it says.
    let (code, digest) = (client.code.clone(), Digest::of(read.jti.as_bytes()).to_string());
    let ahead = i64::try_from(read.expires.saturating_sub(now.unix().0)).unwrap_or(i64::MAX);
    let until = now.plus(chrono::Duration::seconds(ahead) + chrono::Duration::minutes(5));
    let used = desk.store.write(Shard::of(&code), move |tx: &mut Tx<'_>| {
        Ok::<_, StoreError>(clients::use_up(tx.write(), centre, &code, &digest, until)?)
    });
    Ok(used.await?)
}

fn sign(desk: &Desk, centre: Centre, client: &Client, scope: String) -> Answer<String> {
    let subject = client.code.to_string();
    let claims = claims(desk, centre, &client.code, subject, client.role, desk.clock.machine_now());
    desk.keys.sign(&Claims { scope: Some(scope), ..claims }).map_err(Error::internal)
}

/// Of a token that `client` gets, by the machine's clock.
pub(super) fn claims(
    desk: &Desk,
    centre: Centre,
    client: &StaffCode,
    subject: String,
    role: Role,
    machine_now: Instant,
) -> Claims {
    let iat = machine_now.unix().0;
    Claims {
        iss: desk.settings.tokens.issuer.clone(),
        sub: subject,
        aud: Audience::One(desk.settings.tokens.audience.clone()),
        exp: iat + LIFETIME,
        iat,
        nbf: Some(iat),
        jti: Uuid::now_v7().to_string(),
        client_id: client.to_string(),
        centre,
        role,
        scope: None,
        org: None,
        voucher: None,
        assurance: None,
    }
}
