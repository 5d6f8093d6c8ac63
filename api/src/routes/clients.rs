//! 对接系统: the security administrator registers programs, rotates their secrets and revokes their tokens (clauses B1-2,
//! G1).

pub(super) mod gateway;

use std::collections::BTreeSet;

use actix_web::{delete, get, post, put, web::Data};
use kernel::{Action, Centre, EventId, ExternalNo, Instant, Refusal, StaffCode, Text, access::may};
use persistence::{
    Connection, Shard, StoreError, Tx,
    clients::{self, Client},
    gateway_credentials,
    usage::Quota,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    auth::{Caller, KeySet, Scope},
    codes,
    desk::Desk,
    edge::{Body, IdempotencyKey, IfMatch, PathId, Query, Stamp},
    paging::{Listed, PageQuery, Paging},
    problem::{Answer, Error},
    reply::Reply,
    schema,
    views::{
        Page,
        client::{ClientRole, ClientView, DailyQuota},
    },
};

/// How many secrets of one program are good at the same time, so that it can go over from one to the next.
const LIVE_SECRETS: usize = 2;

/// 登记对接系统
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientRequest {
    /// 系统代码, its `client_id`.
    #[schema(schema_with = schema::code::<64>)]
    client: StaffCode,
    role: ClientRole,
    #[schema(schema_with = schema::text::<100>)]
    name: Text<100>,
    /// 授权范围
    #[schema(value_type = Vec<Scope>, max_items = 6)]
    #[serde(deserialize_with = "crate::bounds::few::<_, _, _, 0, 6>")]
    scopes: BTreeSet<Scope>,
    /// 公钥集 (JWK Set) of Ed25519 or P-256 keys, for `private_key_jwt`.
    #[serde(default)]
    keys: Option<JwkSet>,
    /// 每日额度; none unless said.
    #[serde(default)]
    daily_quota: Option<DailyQuota>,
}

/// 变更对接系统
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientChange {
    #[schema(schema_with = schema::text::<100>)]
    name: Text<100>,
    /// 授权范围
    #[schema(value_type = Vec<Scope>, max_items = 6)]
    #[serde(deserialize_with = "crate::bounds::few::<_, _, _, 0, 6>")]
    scopes: BTreeSet<Scope>,
    /// 是否启用; what is not active gets no tokens, and those it has are no longer good.
    active: bool,
    /// 公钥集 (JWK Set); none where it is not there.
    #[serde(default)]
    keys: Option<JwkSet>,
    /// 每日额度; none where it is not there.
    #[serde(default)]
    daily_quota: Option<DailyQuota>,
}

/// 公钥集 (RFC 7517), with what is needed of it and nothing that is not public.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JwkSet {
    #[schema(min_items = 1, max_items = 4)]
    #[serde(deserialize_with = "crate::bounds::few::<_, _, _, 1, 4>")]
    keys: Vec<PublicJwk>,
}

/// 公钥
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublicJwk {
    /// `OKP` or `EC`.
    #[schema(schema_with = schema::text::<8>)]
    kty: Text<8>,
    /// `Ed25519` or `P-256`.
    #[schema(schema_with = schema::text::<16>)]
    crv: Text<16>,
    #[schema(schema_with = schema::text::<64>)]
    x: Text<64>,
    /// Of P-256.
    #[schema(schema_with = schema::some_text::<64>)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    y: Option<Text<64>>,
    #[schema(schema_with = schema::text::<64>)]
    kid: Text<64>,
    /// `EdDSA` or `ES256`.
    #[schema(schema_with = schema::some_text::<8>)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alg: Option<Text<8>>,
    /// `sig`
    #[schema(schema_with = schema::some_text::<8>)]
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    purpose: Option<Text<8>>,
}

fn checked(keys: Option<JwkSet>) -> Answer<Option<String>> {
    let Some(keys) = keys else { return Ok(None) };
    let text = serde_json::to_string(&keys).map_err(Error::internal)?;
    let unusable = |_| Error::field("/keys", "其中没有可用的公钥：应为带 kid 的 Ed25519 或 P-256 签名公钥");
    KeySet::read(text.as_bytes()).map(|_| Some(text)).map_err(unusable)
}

#[utoipa::path(
    tag = "对接", operation_id = "list_clients", summary = "对接系统",
    params(PageQuery), responses((status = 200, body = Page<ClientView>, description = "一页对接系统"))
)]
#[get("/v1/clients")]
pub async fn list(desk: Data<Desk>, caller: Caller, query: Query<PageQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadClients)?;
    let PageQuery { limit, cursor } = query.into_inner();
    let paging = Paging::new(desk.secret(), "/v1/clients", caller.scope(), &(), limit)?;
    let after: Option<StaffCode> = paging.place(cursor.as_deref())?;
    let listing = desk.store.read(move |connection| {
        let rows = clients::list(connection, caller.centre, after.as_ref(), paging.rows()).map_err(StoreError::from)?;
        let shown = rows.into_iter().map(|client| shown(connection, caller.centre, client));
        let shown = shown.collect::<Answer<Vec<_>>>()?;
        paging.page(shown, |(code, _)| code.clone(), |(_, view)| view)
    });
    listing.await
}

fn shown(connection: &mut Connection, centre: Centre, client: Client) -> Answer<(StaffCode, ClientView)> {
    let secrets = clients::secrets(connection, centre, &client.code).map_err(StoreError::from)?;
    let given = gateway_credentials::live(connection, centre, &client.code).map_err(StoreError::from)?;
    Ok((client.code.clone(), ClientView::new(&client, secrets, given)))
}

fn found(connection: &mut Connection, centre: Centre, code: &StaffCode) -> Answer<Client> {
    clients::find(connection, centre, code).map_err(StoreError::from)?.ok_or_else(Error::not_found)
}

#[utoipa::path(
    tag = "对接", operation_id = "read_client", summary = "查看对接系统",
    responses((status = 200, body = ClientView, description = "对接系统", headers(("ETag" = String))))
)]
#[get("/v1/clients/{client}")]
pub async fn read(desk: Data<Desk>, caller: Caller, code: PathId<StaffCode>) -> Answer<Reply> {
    may(&caller, Action::ReadClients)?;
    let reading = desk.store.read(move |connection| {
        let client = found(connection, caller.centre, &code.0)?;
        let version = client.version;
        Ok(Reply::json(200, &shown(connection, caller.centre, client)?.1)?.tagged(version))
    });
    reading.await
}

#[utoipa::path(
    tag = "对接", operation_id = "register_client", summary = "登记对接系统",
    description = "返回首个密钥；密钥只在签发时给出，服务中不保存。Clauses B1-2, G1.",
    params(IdempotencyKey), request_body = ClientRequest,
    responses((status = 201, body = ClientView, description = "已登记", headers(("ETag" = String), ("Location" = String))))
)]
#[post("/v1/clients")]
pub async fn register(
    desk: Data<Desk>,
    caller: Caller,
    key: IdempotencyKey,
    body: Body<ClientRequest>,
) -> Answer<Reply> {
    may(&caller, Action::EditClients)?;
    let Body { value: ClientRequest { client: code, role, name, scopes, keys, daily_quota }, digest } = body;
    let client = Client {
        code: code.clone(),
        version: 1,
        role: role.into(),
        name: name.to_string(),
        scopes: Scope::joined(scopes.iter().copied()),
        active: true,
        keys: checked(keys)?,
        revoked_until: None,
        created_at: desk.now(caller.centre),
        daily: daily_quota.map(Quota::from).unwrap_or_default(),
    };
    let centre = caller.centre;
    let reply = desk.once(caller.clone(), Shard::of("clients"), key.stamp(Some(digest)), move |_, tx, now| {
        // Whoever signs with that key is somebody else.
        let key: Option<ExternalNo> = client.code.as_str().parse().ok();
        let is_a_key = key.map(|key| gateway_credentials::live_by_key(tx.read(), centre, &key)).transpose();
        if is_a_key.map_err(StoreError::from)?.flatten().is_some() {
            return Err(Refusal::new("access_key_taken", "该系统代码已是其他系统的网关访问密钥标识").into());
        }
        let inserted = clients::insert(tx.write(), centre, &client).map_err(StoreError::from)?;
        if !inserted {
            return Err(Refusal::new("client_exists", "该系统代码已登记").into());
        }
        let secret = EventId::fresh(now).to_string();
        clients::add_secret(tx.write(), centre, &client.code, &secret, now).map_err(StoreError::from)?;
        noted(tx, &caller, "client_registered", &client, now)?;
        let view = shown(tx.read(), centre, client.clone())?.1;
        Ok(Reply::json(201, &view)?.tagged(1).at(format!("/v1/clients/{}", client.code)))
    });
    with_secret(&desk, centre, &code, reply.await?)
}

/// What the record keeps of an act: everything but what must stay secret, which a [`Client`] has not.
fn noted(tx: &mut Tx<'_>, caller: &Caller, kind: &str, client: &Client, now: Instant) -> Answer<()> {
    let body = serde_json::json!({
        "client": client.code, "version": client.version, "role": client.role, "name": client.name,
        "scopes": client.scopes, "active": client.active, "keys": client.keys, "revoked_until": client.revoked_until,
        "daily_calls": client.daily.calls, "daily_applications": client.daily.applications,
    });
    Ok(tx.note(caller.centre, "clients", kind, now, &caller.signature(), &body)?)
}

/// The newest secret goes into the answer, but not into what is remembered of it.
fn with_secret(desk: &Desk, centre: Centre, code: &StaffCode, reply: Reply) -> Answer<Reply> {
    reply.amended(|view| {
        let newest = view["secrets"].as_array().and_then(|secrets| secrets.last()?["id"].as_str());
        let secret = newest.map(|id| codes::client_secret(desk.secret(), centre, code, id));
        view.insert("client_secret".to_owned(), secret.into());
    })
}

/// A write to a program's entry, by somebody, with what they had seen of it.
struct Change {
    caller: Caller,
    code: StaffCode,
    seen: IfMatch,
    stamp: Option<Stamp>,
    /// As the record names it.
    kind: &'static str,
}

impl Change {
    async fn by(
        self,
        desk: &Data<Desk>,
        change: impl Fn(&Desk, &mut Tx<'_>, &mut Client, Instant) -> Answer<()> + Send + 'static,
    ) -> Answer<Reply> {
        let Self { caller, code, seen, stamp, kind } = self;
        may(&caller, Action::EditClients)?;
        let centre = caller.centre;
        desk.once(caller.clone(), Shard::of("clients"), stamp, move |desk, tx, now| {
            let mut client = found(tx.read(), centre, &code)?;
            seen.check(client.version)?;
            change(desk, tx, &mut client, now)?;
            client.version += 1;
            if !clients::save(tx.write(), centre, &client).map_err(StoreError::from)? {
                return Err(tx.contended().into());
            }
            noted(tx, &caller, kind, &client, now)?;
            let version = client.version;
            Ok(Reply::json(200, &shown(tx.read(), centre, client)?.1)?.tagged(version))
        })
        .await
    }
}

#[utoipa::path(
    tag = "对接", operation_id = "change_client", summary = "变更对接系统",
    description = "名称、授权范围、公钥、每日额度、启用或停用；数秒内在所有进程生效。",
    params(IdempotencyKey, IfMatch), request_body = ClientChange,
    responses((status = 200, body = ClientView, description = "已变更", headers(("ETag" = String))))
)]
#[put("/v1/clients/{client}")]
pub async fn change_terms(
    desk: Data<Desk>,
    caller: Caller,
    code: PathId<StaffCode>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<ClientChange>,
) -> Answer<Reply> {
    may(&caller, Action::EditClients)?;
    let Body { value: ClientChange { name, scopes, active, keys, daily_quota }, digest } = body;
    let keys = checked(keys)?;
    let change = Change { caller, code: code.0, seen, stamp: key.stamp(Some(digest)), kind: "client_changed" };
    let by = move |_: &Desk, _: &mut Tx<'_>, client: &mut Client, _| {
        client.active = active;
        client.name = name.to_string();
        client.scopes = Scope::joined(scopes.iter().copied());
        client.keys.clone_from(&keys);
        client.daily = daily_quota.map(Quota::from).unwrap_or_default();
        Ok(())
    };
    change.by(&desk, by).await
}

#[utoipa::path(
    tag = "对接", operation_id = "issue_client_secret", summary = "签发新密钥",
    description = "最多同时两个有效，以便轮换：签发新的，系统改用后作废旧的。",
    params(IdempotencyKey, IfMatch),
    responses((status = 200, body = ClientView, description = "已签发", headers(("ETag" = String))))
)]
#[post("/v1/clients/{client}/secrets")]
pub async fn issue_secret(
    desk: Data<Desk>,
    caller: Caller,
    code: PathId<StaffCode>,
    seen: IfMatch,
    key: IdempotencyKey,
) -> Answer<Reply> {
    let (centre, code) = (caller.centre, code.0);
    let change = Change { caller, code: code.clone(), seen, stamp: key.stamp(None), kind: "client_secret_issued" };
    let by = move |_: &Desk, tx: &mut Tx<'_>, client: &mut Client, now| {
        if clients::secrets(tx.read(), centre, &client.code).map_err(StoreError::from)?.len() >= LIVE_SECRETS {
            return Err(Refusal::new("two_secrets_live", "已有两个有效密钥，请先作废一个").into());
        }
        let id = EventId::fresh(now).to_string();
        Ok(clients::add_secret(tx.write(), centre, &client.code, &id, now).map_err(StoreError::from)?)
    };
    let reply = change.by(&desk, by).await?;
    with_secret(&desk, centre, &code, reply)
}

#[utoipa::path(
    tag = "对接", operation_id = "end_client_secret", summary = "作废密钥",
    params(
        ("client" = String, Path, description = "系统代码", max_length = 64),
        ("secret" = String, Path, format = Uuid, description = "密钥标识"), IdempotencyKey, IfMatch
    ),
    responses((status = 200, body = ClientView, description = "已作废", headers(("ETag" = String))))
)]
#[delete("/v1/clients/{client}/secrets/{secret}")]
pub async fn end_secret(
    desk: Data<Desk>,
    caller: Caller,
    path: PathId<(StaffCode, EventId)>,
    seen: IfMatch,
    key: IdempotencyKey,
) -> Answer<Reply> {
    let (centre, (code, secret)) = (caller.centre, path.0);
    let change = Change { caller, code, seen, stamp: key.stamp(None), kind: "client_secret_ended" };
    let by = move |_: &Desk, tx: &mut Tx<'_>, client: &mut Client, now| {
        let ended = clients::end_secret(tx.write(), centre, &client.code, &secret.to_string(), now);
        if ended.map_err(StoreError::from)? { Ok(()) } else { Err(Error::not_found()) }
    };
    change.by(&desk, by).await
}

#[utoipa::path(
    tag = "对接", operation_id = "revoke_client_tokens", summary = "吊销令牌",
    description = "此前签发给该系统的令牌（包括其代申请人取得的）数秒内在所有进程失效；密钥仍然有效。",
    params(IdempotencyKey, IfMatch),
    responses((status = 200, body = ClientView, description = "已吊销", headers(("ETag" = String))))
)]
#[post("/v1/clients/{client}/revocation")]
pub async fn revoke(
    desk: Data<Desk>,
    caller: Caller,
    code: PathId<StaffCode>,
    seen: IfMatch,
    key: IdempotencyKey,
) -> Answer<Reply> {
    let change = Change { caller, code: code.0, seen, stamp: key.stamp(None), kind: "client_tokens_revoked" };
    let by = |desk: &Desk, _: &mut Tx<'_>, client: &mut Client, _| {
        // Tokens live by the machine's clock, whatever that of a sandbox says.
        client.revoked_until = Some(desk.clock.machine_now());
        Ok(())
    };
    change.by(&desk, by).await
}
