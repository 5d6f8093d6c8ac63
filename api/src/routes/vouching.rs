//! 代申请人办理: a front end or platform vouches for an applicant whose identity it has verified, and gets a token with exactly
//! that applicant's rights (clauses B1-2, B1-3, G1).

use actix_web::{post, web::Data};
use casework::MandateNumber;
use kernel::{Action, EventId, Role, access::may, identity::Assurance};
use persistence::{
    Shard, StoreError,
    clients::{self, Voucher},
    parties::PartyKind,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    identity::IdentityProof,
    receipt::{ApplicantRequest, people::Applicant},
    tokens::{LIFETIME, claims},
};
use crate::{
    auth::Caller,
    codes,
    desk::Desk,
    edge::{Body, Fields, IdempotencyKey},
    problem::{Answer, Error},
    reply::Reply,
    schema,
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

/// 经办人, with the mandate that the system has seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MandatedAgent {
    identity: IdentityProof,
    /// 委托书编号
    #[schema(min_length = 1, max_length = 40, pattern = "^[0-9A-Za-z-]+$")]
    mandate: String,
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

#[utoipa::path(
    tag = "对接", operation_id = "vouch_for_applicant", summary = "代申请人办理",
    description = "系统担保已核验的实名申请人，取得以其身份办理的令牌（15分钟）；申请人首次办理的即予登记。担保留痕。Clauses B1-2, B1-3.",
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
    let agent = agent.map(|agent| agent.checked(&desk, now)).transpose()?;
    let applicant = Applicant::of(Some(applicant), &caller, &mut fields, &desk, now);
    fields.finish()?;
    let applicant = applicant.ok_or_else(|| Error::internal("an applicant without a fault, and none"))?;
    let id = EventId::fresh(now);
    let by = client.clone();
    let reply = desk.once(caller, Shard::of(&id), key.stamp(Some(digest)), move |_, tx, now| {
        let party = applicant.registered(tx, centre, now)?;
        if party.kind == PartyKind::Enterprise && agent.is_none() {
            return Err(Error::field("/agent", "企业须填写经办人和委托书编号"));
        }
        let voucher = Voucher {
            id,
            client: by.clone(),
            party: party.id,
            assurance: identity_assurance.into(),
            agent: agent.clone(),
        };
        clients::vouch(tx.write(), centre, &voucher, now).map_err(StoreError::from)?;
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
    let reply = reply.await?;
    let mut signed = Ok(());
    let reply = reply.amended(|view| {
        let party = view["party"].as_str().unwrap_or_default().to_owned();
        let claims = claims(&desk, centre, &client, party, Role::Applicant, desk.clock.machine_now());
        match desk.keys.sign(&claims) {
            Ok(token) => drop(view.insert("access_token".to_owned(), token.into())),
            Err(error) => signed = Err(Error::internal(error)),
        }
    })?;
    signed.map(|()| reply)
}

impl MandatedAgent {
    fn checked(&self, desk: &Desk, now: kernel::Instant) -> Answer<(String, String)> {
        let document = self.identity.checked("/agent/identity", now.day())?;
        let mandate = self.mandate.parse::<MandateNumber>();
        let mandate = mandate.map_err(|refusal| Error::field("/agent/mandate", refusal.detail))?;
        Ok((codes::document_digest(desk.secret(), &document), mandate.to_string()))
    }
}
