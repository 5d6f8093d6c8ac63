//! 网关凭据: the access key and the secret that a gateway issued to a program, kept so that its signatures are known here
//! (clause G1).

use actix_web::{delete, post, web::Data};
use kernel::{Action, Centre, EventId, ExternalNo, Instant, Personal, Refusal, StaffCode, access::may};
use persistence::{
    StoreError, Tx,
    clients::{self, Client},
    gateway_credentials::{self, Credential},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Change, ClientView, LIVE_SECRETS};
use crate::{
    auth::Caller,
    codes,
    desk::Desk,
    edge::{Body, Fields, IdempotencyKey, IfMatch, PathId},
    problem::{Answer, Error},
    reply::Reply,
};

const SHORTEST: usize = 16;
const LONGEST: usize = 256;

/// 网关凭据登记
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GatewayCredentialRequest {
    /// 访问密钥标识, as the gateway issued it: `X-BG-HMAC-ACCESS-KEY`.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    access_key: String,
    /// 密钥 of it, 16 to 256 visible ASCII characters; shown never again.
    #[schema(value_type = String, min_length = 16, max_length = 256, pattern = "^[!-~]+$")]
    secret: Personal<String>,
}

impl GatewayCredentialRequest {
    fn checked(self) -> Answer<(ExternalNo, Personal<String>)> {
        let mut fields = Fields::new();
        let key = fields.take("/access_key", self.access_key.parse::<ExternalNo>());
        let secret = self.secret.expose();
        let is_visible = secret.bytes().all(|byte| byte.is_ascii_graphic());
        if !(SHORTEST..=LONGEST).contains(&secret.len()) || !is_visible {
            fields.refuse("/secret", "invalid_value", format!("应为{SHORTEST}至{LONGEST}位可见的ASCII字符，不含空格"));
        }
        let (key,) = fields.all((key,))?;
        Ok((key, self.secret))
    }
}

#[utoipa::path(
    tag = "对接", operation_id = "add_gateway_credential", summary = "登记网关凭据",
    description = "网关（如浙江一体化智能化公共数据平台）签发给该系统的访问密钥标识和密钥；密钥加密保存，不再显示。\
                   最多同时两个有效，以便轮换；有效的标识只属于一个系统。Clause G1.",
    params(IdempotencyKey, IfMatch), request_body = GatewayCredentialRequest,
    responses((status = 200, body = ClientView, description = "已登记", headers(("ETag" = String))))
)]
#[post("/v1/clients/{client}/gateway-credentials")]
pub async fn add(
    desk: Data<Desk>,
    caller: Caller,
    code: PathId<StaffCode>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<GatewayCredentialRequest>,
) -> Answer<Reply> {
    may(&caller, Action::EditClients)?;
    let Body { value, digest } = body;
    let (access_key, secret) = value.checked()?;
    let (centre, code) = (caller.centre, code.0);
    let id = EventId::fresh(desk.now(centre));
    let sealed = codes::seal_gateway_secret(desk.secret(), centre, id, &secret);
    let sealed = sealed.ok_or_else(|| Error::internal("a secret cannot be sealed"))?;
    let change = Change { caller, code, seen, stamp: key.stamp(Some(digest)), kind: "client_gateway_credential_added" };
    let by = move |_: &Desk, tx: &mut Tx<'_>, client: &mut Client, now| {
        let given = gateway_credentials::live(tx.read(), centre, &client.code).map_err(StoreError::from)?;
        if given.len() >= LIVE_SECRETS {
            return Err(Refusal::new("two_secrets_live", "已有两个有效网关凭据，请先作废一个").into());
        }
        must_be_free(tx, centre, client, &access_key)?;
        let credential = Credential {
            id,
            client: client.code.clone(),
            access_key: access_key.clone(),
            sealed: sealed.clone(),
            issued_at: now,
        };
        let inserted = gateway_credentials::insert(tx.write(), centre, &credential);
        Ok(tx.first(inserted)?)
    };
    change.by(&desk, by).await
}

/// A key that is good is one program's alone, and no other program is called so.
fn must_be_free(tx: &mut Tx<'_>, centre: Centre, client: &Client, key: &ExternalNo) -> Answer<()> {
    let live = gateway_credentials::live_by_key(tx.read(), centre, key).map_err(StoreError::from)?;
    let named = match key.as_str().parse::<StaffCode>() {
        Ok(named) if named != client.code => clients::find(tx.read(), centre, &named).map_err(StoreError::from)?,
        _ => None,
    };
    if live.is_some() || named.is_some() {
        return Err(Refusal::new("access_key_taken", "该访问密钥标识已属于某个系统").into());
    }
    Ok(())
}

#[utoipa::path(
    tag = "对接", operation_id = "end_gateway_credential", summary = "作废网关凭据",
    description = "凭其签名的请求数秒内在所有进程不再受理。Clause G1.",
    params(
        ("client" = String, Path, description = "系统代码", max_length = 64),
        ("credential" = String, Path, format = Uuid, description = "网关凭据标识"), IdempotencyKey, IfMatch
    ),
    responses((status = 200, body = ClientView, description = "已作废", headers(("ETag" = String))))
)]
#[delete("/v1/clients/{client}/gateway-credentials/{credential}")]
pub async fn end(
    desk: Data<Desk>,
    caller: Caller,
    path: PathId<(StaffCode, EventId)>,
    seen: IfMatch,
    key: IdempotencyKey,
) -> Answer<Reply> {
    let (centre, (code, credential)) = (caller.centre, path.0);
    let change = Change { caller, code, seen, stamp: key.stamp(None), kind: "client_gateway_credential_ended" };
    let by = move |_: &Desk, tx: &mut Tx<'_>, client: &mut Client, now: Instant| {
        let ended = gateway_credentials::end(tx.write(), centre, &client.code, credential, now);
        if ended.map_err(StoreError::from)? { Ok(()) } else { Err(Error::not_found()) }
    };
    change.by(&desk, by).await
}
