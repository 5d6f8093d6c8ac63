//! 推送订阅: systems say where they want to be told of what they can see in the feed (clause B5-7, promise P3).

mod deliveries;
mod resend;
mod secrets;

use actix_web::{delete, get, post, put, web::Data};
use kernel::{
    Action, Centre, EventId, Instant, Refusal, StaffCode, Text,
    access::{Who, may},
    id::WebhookEndpointId,
};
use persistence::{
    Connection, Shard, StoreError, Tx, clients, feed, outbox,
    webhooks::{self, Endpoint, Signature, State},
};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::{
    auth::Caller,
    codes,
    desk::Desk,
    docs::Registry,
    edge::{Body, IdempotencyKey, IfMatch, PathId, Query, Stamp},
    feed::types as types_of_the_feed,
    outbox::webhook_target,
    paging::{Listed, PageQuery, Paging},
    problem::{Answer, Error, FieldProblem},
    reply::Reply,
    schema,
    views::{Page, webhook::WebhookEndpointView},
    webhooks::note,
};

/// How many endpoints one system can have.
const MOST: i64 = 10;

pub fn configure(registry: &mut impl Registry) {
    registry
        .service(register)
        .service(list)
        .service(read)
        .service(change_terms)
        .service(remove)
        .service(secrets::issue)
        .service(secrets::end)
        .service(deliveries::list)
        .service(deliveries::read)
        .service(resend::ping)
        .service(resend::replay)
        .service(resend::retry_all)
        .service(resend::retry);
}

/// 登记推送订阅
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookEndpointRequest {
    /// 系统代码 of its owner, where an administrator registers it; a system registers its own.
    #[schema(schema_with = schema::some_code::<64>)]
    #[serde(default)]
    client: Option<StaffCode>,
    #[schema(schema_with = schema::text::<100>)]
    name: Text<100>,
    /// 接收地址: https, with no user information and no fragment; http where the configuration names the network.
    #[schema(schema_with = schema::text::<500>)]
    url: Text<500>,
    /// 事件类型; all where empty.
    #[schema(schema_with = schema::event_types)]
    #[serde(default, deserialize_with = "crate::bounds::few::<_, _, _, 0, 200>")]
    types: Vec<Text<100>>,
    /// 签名方式; `hmac_sha256` where it is not there.
    #[schema(schema_with = schema::variants::<Signature>)]
    #[serde(default = "usual", deserialize_with = "signature")]
    signature: Signature,
}

/// 变更推送订阅
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookEndpointChange {
    #[schema(schema_with = schema::text::<100>)]
    name: Text<100>,
    /// 接收地址
    #[schema(schema_with = schema::text::<500>)]
    url: Text<500>,
    /// 事件类型; all where empty.
    #[schema(schema_with = schema::event_types)]
    #[serde(deserialize_with = "crate::bounds::few::<_, _, _, 0, 200>")]
    types: Vec<Text<100>>,
    /// 签名方式
    #[schema(schema_with = schema::variants::<Signature>)]
    #[serde(deserialize_with = "signature")]
    signature: Signature,
    /// 是否启用; what was disabled goes on where it stopped.
    active: bool,
}

fn usual() -> Signature {
    Signature::HmacSha256
}

fn signature<'de, D: Deserializer<'de>>(from: D) -> Result<Signature, D::Error> {
    let named = String::deserialize(from)?;
    named.parse().map_err(|_| serde::de::Error::custom("应为 hmac_sha256 或 hmac_sm3"))
}

/// Types that the feed has, each once.
fn checked(types: &[Text<100>]) -> Answer<Vec<String>> {
    let known = types_of_the_feed();
    let unknown = types.iter().enumerate().filter(|(_, name)| !known.iter().any(|known| known == name.as_str()));
    let told = unknown.map(|(at, _)| FieldProblem::at(format!("/types/{at}"), "invalid_value", "没有此事件类型"));
    let told: Vec<_> = told.collect();
    if !told.is_empty() {
        return Err(Error::Invalid(told));
    }
    let mut types: Vec<String> = types.iter().map(ToString::to_string).collect();
    types.sort();
    types.dedup();
    Ok(types)
}

/// An address that may be connected to, now; it is looked at again whenever it is.
async fn reachable(desk: &Desk, url: &Text<500>) -> Answer<String> {
    let checked = desk.outbox.guard.check(url.as_str()).await;
    checked.map(String::from).map_err(|unfit| Error::field("/url", unfit.to_string()))
}

/// Whose endpoints a caller can see: a system its own, the centre's administrators all.
fn owner(caller: &Caller) -> Option<StaffCode> {
    caller.client().cloned()
}

/// The endpoint, if the caller may know of it.
fn found(connection: &mut Connection, caller: &Caller, id: WebhookEndpointId) -> Answer<Endpoint> {
    let found = webhooks::find(connection, caller.centre, id).map_err(StoreError::from)?;
    let is_seen = |endpoint: &Endpoint| owner(caller).is_none_or(|owner| owner == endpoint.client);
    found.filter(is_seen).ok_or_else(Error::not_found)
}

fn shown(connection: &mut Connection, centre: Centre, endpoint: Endpoint, now: Instant) -> Answer<WebhookEndpointView> {
    let secrets = webhooks::secrets(connection, centre, endpoint.id, now).map_err(StoreError::from)?;
    Ok(WebhookEndpointView::new(endpoint, secrets))
}

#[utoipa::path(
    tag = "推送", operation_id = "list_webhook_endpoints", summary = "推送订阅列表",
    description = "对接系统只见自己的。",
    params(PageQuery), responses((status = 200, body = Page<WebhookEndpointView>, description = "一页推送订阅"))
)]
#[get("/v1/webhook-endpoints")]
pub async fn list(desk: Data<Desk>, caller: Caller, query: Query<PageQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadWebhooks)?;
    let PageQuery { limit, cursor } = query.into_inner();
    let paging = Paging::new(desk.secret(), "/v1/webhook-endpoints", caller.scope(), &(), limit)?;
    let after: Option<WebhookEndpointId> = paging.place(cursor.as_deref())?;
    let now = desk.now(caller.centre);
    let listing = desk.store.read(move |connection| {
        let owner = owner(&caller);
        let rows = webhooks::list(connection, caller.centre, owner.as_ref(), after, paging.rows());
        let rows = rows.map_err(StoreError::from)?.into_iter();
        let shown = rows.map(|endpoint| shown(connection, caller.centre, endpoint, now)).collect::<Answer<Vec<_>>>()?;
        paging.page(shown, |last| last.id, |view| view)
    });
    listing.await
}

#[utoipa::path(
    tag = "推送", operation_id = "read_webhook_endpoint", summary = "查看推送订阅",
    responses((status = 200, body = WebhookEndpointView, description = "推送订阅", headers(("ETag" = String))))
)]
#[get("/v1/webhook-endpoints/{endpoint}")]
pub async fn read(desk: Data<Desk>, caller: Caller, id: PathId<WebhookEndpointId>) -> Answer<Reply> {
    may(&caller, Action::ReadWebhooks)?;
    let now = desk.now(caller.centre);
    let reading = desk.store.read(move |connection| {
        let endpoint = found(connection, &caller, id.0)?;
        let version = endpoint.version;
        Ok(Reply::json(200, &shown(connection, caller.centre, endpoint, now)?)?.tagged(version))
    });
    reading.await
}

#[utoipa::path(
    tag = "推送", operation_id = "register_webhook_endpoint", summary = "登记推送订阅",
    description = "自登记起，该系统在事件流中可见的事件推送到此地址：内容与事件流相同，按 Standard Webhooks 签名，至少一次，\
                   同一办件的按次序。返回首个密钥；密钥只在签发时给出，服务中不保存。Clause B5-7.",
    params(IdempotencyKey), request_body = WebhookEndpointRequest,
    responses((
        status = 201, body = WebhookEndpointView, description = "已登记",
        headers(("ETag" = String), ("Location" = String))
    ))
)]
#[post("/v1/webhook-endpoints")]
pub async fn register(
    desk: Data<Desk>,
    caller: Caller,
    key: IdempotencyKey,
    body: Body<WebhookEndpointRequest>,
) -> Answer<Reply> {
    may(&caller, Action::EditWebhooks)?;
    let Body { value: WebhookEndpointRequest { client, name, url, types, signature }, digest } = body;
    let client = match (&caller.who, client) {
        (Who::Adapter { client: own, .. }, named) if named.as_ref().is_none_or(|named| named == own) => own.clone(),
        (Who::Official { .. }, Some(named)) => named,
        _ => return Err(Error::field("/client", "管理员须指明系统；系统只能登记自己的")),
    };
    let (types, url) = (checked(&types)?, reachable(&desk, &url).await?);
    let centre = caller.centre;
    let reply = desk.once(caller.clone(), Shard::of("webhooks"), key.stamp(Some(digest)), move |_, tx, now| {
        let owner = clients::find(tx.read(), centre, &client).map_err(StoreError::from)?;
        if owner.is_none() {
            return Err(Refusal::new("client_not_registered", "该系统尚未登记").into());
        }
        let own = webhooks::list(tx.read(), centre, Some(&client), None, MOST).map_err(StoreError::from)?;
        if i64::try_from(own.len()).is_ok_and(|own| own >= MOST) {
            return Err(Refusal::new("too_many_endpoints", "一个系统最多十个推送订阅").into());
        }
        let endpoint = Endpoint {
            id: WebhookEndpointId::fresh(now),
            version: 1,
            client: client.clone(),
            name: name.to_string(),
            url: url.clone(),
            types: types.clone(),
            signature,
            state: State::Active,
            place: feed::last(tx.read(), centre).map_err(StoreError::from)?,
            failures: 0,
            failing_since: None,
            probe_at: None,
            created_at: now,
        };
        webhooks::insert(tx.write(), centre, &endpoint).map_err(StoreError::from)?;
        let secret = EventId::fresh(now);
        webhooks::add_secret(tx.write(), centre, endpoint.id, secret, now).map_err(StoreError::from)?;
        note(tx, centre, &caller.signature(), "webhook_registered", &endpoint, now)?;
        let place = format!("/v1/webhook-endpoints/{}", endpoint.id);
        Ok(Reply::json(201, &shown(tx.read(), centre, endpoint, now)?)?.tagged(1).at(place))
    });
    with_secret(&desk, centre, reply.await?)
}

/// The newest secret goes into the answer, but not into what is remembered of it.
fn with_secret(desk: &Desk, centre: Centre, reply: Reply) -> Answer<Reply> {
    reply.amended(|view| {
        let endpoint = view["id"].as_str().and_then(|id| id.parse::<WebhookEndpointId>().ok());
        let newest = view["secrets"].as_array().and_then(|secrets| secrets.last()?["id"].as_str());
        let secret = endpoint.zip(newest).map(|(of, id)| codes::webhook_secret(desk.secret(), centre, of, id));
        view.insert("secret".to_owned(), secret.into());
    })
}

/// A write to an endpoint, by somebody, with what they had seen of it.
struct Change {
    caller: Caller,
    id: WebhookEndpointId,
    seen: IfMatch,
    stamp: Option<Stamp>,
    /// As the record names it.
    kind: &'static str,
}

impl Change {
    async fn by(
        self,
        desk: &Data<Desk>,
        change: impl Fn(&mut Tx<'_>, &mut Endpoint, Instant) -> Answer<()> + Send + 'static,
    ) -> Answer<Reply> {
        let Self { caller, id, seen, stamp, kind } = self;
        may(&caller, Action::EditWebhooks)?;
        let centre = caller.centre;
        desk.once(caller.clone(), Shard::of("webhooks"), stamp, move |_, tx, now| {
            let mut endpoint = found(tx.read(), &caller, id)?;
            seen.check(endpoint.version)?;
            change(tx, &mut endpoint, now)?;
            endpoint.version += 1;
            if !webhooks::save(tx.write(), centre, &endpoint).map_err(StoreError::from)? {
                return Err(tx.contended().into());
            }
            note(tx, centre, &caller.signature(), kind, &endpoint, now)?;
            let (version, now_it_is) = (endpoint.version, found(tx.read(), &caller, id)?);
            Ok(Reply::json(200, &shown(tx.read(), centre, now_it_is, now)?)?.tagged(version))
        })
        .await
    }
}

#[utoipa::path(
    tag = "推送", operation_id = "change_webhook_endpoint", summary = "变更推送订阅",
    description = "名称、地址、事件类型、签名方式、启用或停用。重新启用的从停下的地方继续，停用期间的事件一并推送。",
    params(IdempotencyKey, IfMatch), request_body = WebhookEndpointChange,
    responses((status = 200, body = WebhookEndpointView, description = "已变更", headers(("ETag" = String))))
)]
#[put("/v1/webhook-endpoints/{endpoint}")]
pub async fn change_terms(
    desk: Data<Desk>,
    caller: Caller,
    id: PathId<WebhookEndpointId>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<WebhookEndpointChange>,
) -> Answer<Reply> {
    may(&caller, Action::EditWebhooks)?;
    let Body { value: WebhookEndpointChange { name, url, types, signature, active }, digest } = body;
    let (types, url, centre) = (checked(&types)?, reachable(&desk, &url).await?, caller.centre);
    let change = Change { caller, id: id.0, seen, stamp: key.stamp(Some(digest)), kind: "webhook_changed" };
    let by = move |tx: &mut Tx<'_>, endpoint: &mut Endpoint, now| {
        let starts_again = active && endpoint.state != State::Active;
        if starts_again {
            webhooks::recovered(tx.write(), centre, endpoint.id).map_err(StoreError::from)?;
            let target = webhook_target(endpoint.id);
            outbox::hasten(tx.write(), centre, &target, now).map_err(StoreError::from)?;
        }
        endpoint.state = match (active, endpoint.state) {
            (true, _) => State::Active,
            (false, State::Active) => State::Off,
            (false, off) => off,
        };
        endpoint.name = name.to_string();
        endpoint.url.clone_from(&url);
        endpoint.types.clone_from(&types);
        endpoint.signature = signature;
        Ok(())
    };
    change.by(&desk, by).await
}

#[utoipa::path(
    tag = "推送", operation_id = "delete_webhook_endpoint", summary = "删除推送订阅",
    description = "不再推送，也不能恢复；尚未送达的不再送。",
    params(IdempotencyKey, IfMatch),
    responses((status = 200, body = WebhookEndpointView, description = "已删除"))
)]
#[delete("/v1/webhook-endpoints/{endpoint}")]
pub async fn remove(
    desk: Data<Desk>,
    caller: Caller,
    id: PathId<WebhookEndpointId>,
    seen: IfMatch,
    key: IdempotencyKey,
) -> Answer<Reply> {
    may(&caller, Action::EditWebhooks)?;
    let centre = caller.centre;
    let removing = desk.once(caller.clone(), Shard::of("webhooks"), key.stamp(None), move |_, tx, now| {
        let endpoint = found(tx.read(), &caller, id.0)?;
        seen.check(endpoint.version)?;
        if !webhooks::delete(tx.write(), centre, endpoint.id).map_err(StoreError::from)? {
            return Err(tx.contended().into());
        }
        note(tx, centre, &caller.signature(), "webhook_deleted", &endpoint, now)?;
        let last = Endpoint { state: State::Off, ..endpoint };
        Reply::json(200, &shown(tx.read(), centre, last, now)?)
    });
    removing.await
}
