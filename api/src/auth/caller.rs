use std::{ops::Deref, sync::Arc};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use futures_util::future::LocalBoxFuture;
use kernel::Actor;

use super::Identity;
use crate::{edge::Edge, problem::Error};

/// 调用者: who is calling, authenticated, with the postings of today. Reads as a [`kernel::Actor`].
#[derive(Clone, Debug)]
pub struct Caller {
    pub actor: Arc<Actor>,
    pub identity: Arc<Identity>,
}

impl Caller {
    /// Whose idempotency keys these are: centre, issuer, program, role and subject together.
    pub fn scope(&self) -> String {
        let Identity { issuer, subject, client_id, centre, role, .. } = &*self.identity;
        format!("{centre} {role} {client_id} {subject} {issuer}")
    }
}

impl Deref for Caller {
    type Target = Actor;
    fn deref(&self) -> &Actor {
        &self.actor
    }
}

/// 可能的调用者: on a public operation, who is calling if they said so.
#[derive(Clone, Debug)]
pub struct MaybeCaller(pub Option<Caller>);

impl FromRequest for Caller {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { found(&request).await?.ok_or(Error::Unauthenticated(None)) })
    }
}

impl FromRequest for MaybeCaller {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { found(&request).await.map(Self) })
    }
}

/// Whom the edge has let in; on public operations, where it does not look, whoever the token says.
async fn found(request: &HttpRequest) -> Result<Option<Caller>, Error> {
    if let Some(caller) = request.extensions().get::<Caller>() {
        return Ok(Some(caller.clone()));
    }
    let found = Edge::of(request)?.auth.caller(request).await?;
    if let Some(caller) = &found {
        request.extensions_mut().insert(caller.clone());
    }
    Ok(found)
}
