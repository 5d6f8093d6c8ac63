//! 代申请人办理: a front end or platform vouches for an applicant whose identity it has verified, and gets a token with exactly
//! that applicant's rights, until it gives the voucher back (clauses B1-2, B1-3, G1).

mod agent;

use actix_web::{delete, get, post, web::Data};
use chrono::NaiveDate;
use kernel::{
    Action, EventId, Instant, ItemCode, Refusal, Role, StaffCode,
    access::{Denial, Power, may},
    identity::Assurance,
};
use persistence::{
    Connection, Shard, StoreError,
    parties::PartyKind,
    vouchers::{self, Voucher},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use agent::MandatedAgent;

use super::{
    receipt::{ApplicantRequest, people::Applicant},
    tokens::{LIFETIME, claims},
};
use crate::{
    auth::{Caller, Claims},
    desk::Desk,
    edge::{Body, Fields, IdempotencyKey, PathId, Query},
    paging::{Listed, Paging},
    problem::{Answer, Error},
    reply::Reply,
    schema,
    views::Page,
};

/// 代办凭据申请
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoucherRequest {
    applicant: ApplicantRequest,
    /// 核验等级: how the system knows who it is; never `in_person`.
    #[schema(schema_with = schema::variants::<Assurance>)]
    identity_assurance: Assurance,
    /// 经办人, where somebody acts for the applicant; required for an enterprise.
    #[serde(default)]
    agent: Option<MandatedAgent>,
}

/// 代办凭据
#[derive(Debug, Serialize, ToSchema)]
pub struct VoucherView {
    #[schema(schema_with = schema::id)]
    pub id: String,
    /// 申请人标识
    #[schema(schema_with = schema::id)]
    pub party: String,
    #[schema(schema_with = schema::variants::<Assurance>)]
    pub identity_assurance: Assurance,
    /// 以申请人身份办理的令牌
    pub access_token: String,
    /// `Bearer`
    pub token_type: String,
    /// 有效秒数
    pub expires_in: u64,
}

/// 代办凭据 as it is on the record, without a token.
#[derive(Debug, Serialize, ToSchema)]
pub struct VoucherLine {
    #[schema(schema_with = schema::id)]
    pub id: String,
    /// 申请人标识
    #[schema(schema_with = schema::id)]
    pub party: String,
    #[schema(schema_with = schema::variants::<Assurance>)]
    pub identity_assurance: String,
    /// 委托书编号, where an agent acts for the applicant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mandate: Option<String>,
    /// 代理人标识, where the system said who it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::id)]
    pub agent: Option<String>,
    /// 委托期限的最后一日
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub mandate_until: Option<NaiveDate>,
    /// 委托权限; absent for everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::powers)]
    pub powers: Option<Vec<Power>>,
    /// 委托事项; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::some_codes::<64>)]
    pub items: Option<Vec<ItemCode>>,
    /// 担保时刻
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    /// 终止时刻; absent while it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub ended_at: Option<Instant>,
}

impl From<Voucher> for VoucherLine {
    fn from(voucher: Voucher) -> Self {
        let mandated = voucher.agent.as_ref();
        let powers = mandated.and_then(|it| it.mandate.powers.as_ref());
        let items = mandated.and_then(|it| it.mandate.items.as_ref());
        Self {
            id: voucher.id.to_string(),
            party: voucher.party.to_string(),
            mandate: mandated.map(|it| it.agent.mandate.to_string()),
            agent: mandated.and_then(|it| it.agent.party).map(|party| party.to_string()),
            mandate_until: mandated.and_then(|it| it.mandate.until),
            powers: powers.map(|powers| powers.iter().copied().collect()),
            items: items.map(|items| items.iter().cloned().collect()),
            identity_assurance: voucher.assurance,
            at: voucher.at,
            ended_at: voucher.ended_at,
        }
    }
}

/// 代办凭据筛选
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VoucherQuery {
    /// 是否已终止；默认全部
    ended: Option<bool>,
    /// 每页条数，默认20
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// 上一页返回的 next_cursor
    #[param(schema_with = schema::cursor)]
    cursor: Option<String>,
}

#[utoipa::path(
    tag = "对接", operation_id = "vouch_for_applicant", summary = "代申请人办理",
    description = "系统担保已核验的实名申请人，取得以其身份办理的令牌（15分钟）；申请人首次办理的即予登记。担保留痕。\
                   以同一幂等键重发的得到新的令牌；凭据终止后不再有。由代理人办理的，委托期限届满（403 mandate_ended）\
                   或者超出委托权限（403 beyond_mandate）、委托事项（403 item_beyond_mandate）的不予办理；代理人和委托书编号记入办件和办理过程。Clauses B1-2, B1-3.",
    params(IdempotencyKey), request_body = VoucherRequest,
    responses((status = 201, body = VoucherView, description = "代办凭据"))
)]
#[post("/v1/vouchers")]
pub async fn vouch(desk: Data<Desk>, caller: Caller, key: IdempotencyKey, body: Body<VoucherRequest>) -> Answer<Reply> {
    may(&caller, Action::Vouch)?;
    let Body { value: VoucherRequest { applicant, identity_assurance, agent }, digest } = body;
    let (now, centre) = (desk.now(caller.centre), caller.centre);
    let Some(client) = caller.client().cloned() else { return Err(Error::internal("a system without a name")) };
    let mut fields = Fields::new();
    if identity_assurance == Assurance::InPerson {
        fields.refuse("/identity_assurance", "invalid_value", "对接系统不能当面核验");
    }
    let agent = agent.map(|agent| agent.checked(&desk, now, &mut fields)).transpose()?.flatten();
    let applicant = Applicant::of(Some(applicant), &caller, &mut fields, &desk, now);
    fields.finish()?;
    let applicant = applicant.ok_or_else(|| Error::internal("an applicant without a fault, and none"))?;
    let id = EventId::fresh(now);
    let by = client.clone();
    let reply = desk.once(caller.clone(), Shard::of(&id), key.stamp(Some(digest)), move |_, tx, now| {
        let party = applicant.registered(tx, centre, now)?;
        if party.kind == PartyKind::Enterprise && agent.is_none() {
            return Err(Error::field("/agent", "企业须填写经办人和委托书编号"));
        }
        let voucher = Voucher {
            id,
            client: by.clone(),
            party: party.id,
            assurance: identity_assurance.to_string(),
            agent: agent.as_ref().map(|agent| agent.registered(tx, centre, now)).transpose()?,
            at: now,
            ended_at: None,
        };
        vouchers::insert(tx.write(), centre, &voucher).map_err(StoreError::from)?;
        // Signed when it is answered, so that no token is stored and a repeated answer has one that is still good.
        let view = VoucherView {
            id: id.to_string(),
            party: party.id.to_string(),
            identity_assurance,
            access_token: String::new(),
            token_type: "Bearer".to_owned(),
            expires_in: LIFETIME,
        };
        Reply::json(201, &view)
    });
    with_token(&desk, &caller, &client, reply.await?).await
}

/// The token goes into the answer, but not into what is remembered of it: a repeated answer has one that is still good.
async fn with_token(desk: &Data<Desk>, caller: &Caller, client: &StaffCode, reply: Reply) -> Answer<Reply> {
    let centre = caller.centre;
    let mut of = None;
    let reply = reply.amended(|view| {
        let read = |name| view[name].as_str().unwrap_or_default().to_owned();
        of = read("id").parse::<EventId>().ok().map(|id| (id, read("party")));
    })?;
    let Some((id, party)) = of else { return Ok(reply) };
    let voucher = desk.store.read(move |connection| Ok::<_, StoreError>(vouchers::find(connection, centre, id)?));
    let Some(voucher) = voucher.await?.filter(|voucher| voucher.ended_at.is_none()) else {
        return Err(Refusal::new("voucher_ended", "该代办凭据已终止，请重新核验申请人并担保").into());
    };
    let mandate = voucher.agent.as_ref().map(|it| &it.mandate);
    if mandate.is_some_and(|mandate| mandate.has_ended(desk.now(centre).day())) {
        return Err(Denial::MandateEnded.into());
    }
    let assurance = Some(voucher.assurance.parse().map_err(Error::internal)?);
    let claims = claims(desk, centre, client, party, Role::Applicant, desk.clock.machine_now());
    let token = desk.keys.sign(&Claims { voucher: Some(id), assurance, ..claims }).map_err(Error::internal)?;
    reply.amended(|view| drop(view.insert("access_token".to_owned(), token.into())))
}

fn found(connection: &mut Connection, caller: &Caller, id: EventId) -> Answer<Voucher> {
    let found = vouchers::find(connection, caller.centre, id).map_err(StoreError::from)?;
    found.filter(|voucher| caller.client() == Some(&voucher.client)).ok_or_else(Error::not_found)
}

#[utoipa::path(
    tag = "对接", operation_id = "list_vouchers", summary = "代办凭据列表",
    description = "系统自己的代办凭据，新的在前；`ended=false` 为其仍持有的。Clauses B1-2, B1-3.",
    params(VoucherQuery), responses((status = 200, body = Page<VoucherLine>, description = "一页代办凭据"))
)]
#[get("/v1/vouchers")]
pub async fn list(desk: Data<Desk>, caller: Caller, query: Query<VoucherQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadVouchers)?;
    let Some(client) = caller.client().cloned() else { return Err(Error::internal("a system without a name")) };
    let mut query = query.into_inner();
    let (limit, cursor) = (query.limit.take(), query.cursor.take());
    let paging = Paging::new(desk.secret(), "/v1/vouchers", caller.scope(), &query, limit)?;
    let before: Option<EventId> = paging.place(cursor.as_deref())?;
    let listing = desk.store.read(move |connection| {
        let rows = vouchers::list(connection, caller.centre, &client, query.ended, before, paging.rows());
        paging.page(rows.map_err(StoreError::from)?, |last| last.id, VoucherLine::from)
    });
    listing.await
}

#[utoipa::path(
    tag = "对接", operation_id = "end_voucher", summary = "终止代办凭据",
    description = "不再代该申请人办理：凭其取得的令牌数秒内在所有进程失效，也不能再取得。已终止的再次终止不变。Clauses B1-2, B1-3.",
    params(("voucher" = String, Path, format = Uuid, description = "代办凭据"), IdempotencyKey),
    responses((status = 200, body = VoucherLine, description = "已终止"))
)]
#[delete("/v1/vouchers/{voucher}")]
pub async fn end(desk: Data<Desk>, caller: Caller, id: PathId<EventId>, key: IdempotencyKey) -> Answer<Reply> {
    may(&caller, Action::EndVoucher)?;
    desk.once(caller.clone(), Shard::of(&id.0), key.stamp(None), move |_, tx, now| {
        let voucher = found(tx.read(), &caller, id.0)?;
        vouchers::end(tx.write(), caller.centre, voucher.id, now).map_err(StoreError::from)?;
        Reply::json(200, &VoucherLine::from(found(tx.read(), &caller, id.0)?))
    })
    .await
}
