//! 答复: the answer to a write, in the form in which it is also remembered for its idempotency key.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, ETAG, HeaderName, LOCATION},
    },
};
use kernel::{Centre, Instant, Refusal};
use persistence::{
    StoreError, Tx,
    chain::Digest,
    idempotency::{self, Remembered},
};
use serde::Serialize;

use crate::{
    edge::{Stamp, etag},
    problem::{Answer, Error, Kind, PROBLEM_JSON},
    views::case::CaseView,
};

/// Says that the answer is that of an earlier request under the same key.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    status: u16,
    etag: Option<String>,
    location: Option<String>,
    body: Vec<u8>,
    replayed: bool,
}

/// More than most answers need, so that they do not grow while they are written.
const ROOM: usize = 8 << 10;

impl Reply {
    pub fn json(status: u16, value: &impl Serialize) -> Answer<Self> {
        let mut body = Vec::with_capacity(ROOM);
        serde_json::to_writer(&mut body, value).map_err(Error::internal)?;
        Ok(Self { status, etag: None, location: None, body, replayed: false })
    }

    /// A case, with its version as the tag.
    pub fn case(status: u16, view: &CaseView) -> Answer<Self> {
        Ok(Self::json(status, view)?.tagged(view.version))
    }

    /// With something in it that is not to be remembered for its key.
    ///
    /// # Errors
    /// When it is not an object.
    pub fn amended(mut self, amend: impl FnOnce(&mut serde_json::Map<String, serde_json::Value>)) -> Answer<Self> {
        if self.status < 300 {
            let mut view = serde_json::from_slice(&self.body).map_err(Error::internal)?;
            amend(&mut view);
            self.body = serde_json::to_vec(&view).map_err(Error::internal)?;
        }
        Ok(self)
    }

    /// 304: the caller has this version already.
    pub fn not_modified(version: u64) -> Self {
        Self { status: 304, etag: Some(etag(version)), location: None, body: Vec::new(), replayed: false }
    }

    #[must_use]
    pub fn tagged(self, version: u64) -> Self {
        Self { etag: Some(etag(version)), ..self }
    }

    #[must_use]
    pub fn at(self, location: String) -> Self {
        Self { location: Some(location), ..self }
    }

    /// Whether something was done now: not refused, not the answer to an earlier request.
    pub fn is_first(&self) -> bool {
        !self.replayed && self.status < 300
    }

    /// Whether something is there now that was not there before.
    pub fn is_creation(&self) -> bool {
        self.is_first() && self.status == 201
    }

    /// A refusal as an answer, so that it can be remembered like any other.
    pub fn refused(refusal: Refusal) -> Answer<Self> {
        let error = Error::Refused(refusal);
        Self::json(error.kind().status().as_u16(), &error.problem(None))
    }

    /// The answer that was given under this key.
    ///
    /// # Errors
    /// `idempotency_key_reused` where it was another request's.
    pub fn recall(tx: &mut Tx<'_>, centre: Centre, stamp: &Stamp) -> Answer<Option<Self>> {
        let known = idempotency::recall(tx.read(), centre, &scope(stamp), &stamp.key).map_err(StoreError::from)?;
        let Some(known) = known else { return Ok(None) };
        if known.fingerprint != fingerprint(stamp) {
            return Err(Error::of(Kind::IdempotencyKeyReused, "同一幂等键只能用于同一请求的重试。"));
        }
        let Remembered { status, etag, location, body, .. } = known;
        Ok(Some(Self { status, etag, location, body: body.into_bytes(), replayed: true }))
    }

    pub fn remember(&self, tx: &mut Tx<'_>, centre: Centre, stamp: &Stamp, now: Instant) -> Answer<()> {
        let answer = Remembered {
            fingerprint: fingerprint(stamp),
            status: self.status,
            etag: self.etag.clone(),
            location: self.location.clone(),
            body: String::from_utf8(self.body.clone()).map_err(Error::internal)?,
        };
        let remembered = idempotency::remember(tx.write(), centre, &scope(stamp), &stamp.key, &answer, now);
        Ok(tx.first(remembered)?)
    }
}

/// Whether nothing names what was stored for a write before it ran: it was not done, or not by this answer. Where nobody
/// knows, the record may name it.
pub fn is_unnamed(outcome: &Answer<Reply>, names_it: fn(&Reply) -> bool) -> bool {
    match outcome {
        Ok(reply) => !names_it(reply),
        Err(error) => error.kind() != Kind::OutcomeUnknown,
    }
}

/// Callers are kept apart by a digest: an applicant's subject need not stand in a table of keys.
fn scope(stamp: &Stamp) -> String {
    Digest::of(stamp.scope.as_bytes()).to_string()
}

fn fingerprint(stamp: &Stamp) -> String {
    stamp.fingerprint.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Responder for Reply {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::build(status);
        let media_type = if status.is_client_error() { PROBLEM_JSON } else { "application/json; charset=utf-8" };
        response.insert_header((CONTENT_TYPE, media_type));
        if let Some(etag) = self.etag {
            response.insert_header((ETAG, etag));
        }
        if let Some(location) = self.location {
            response.insert_header((LOCATION, location));
        }
        if self.replayed {
            response.insert_header((REPLAYED, "true"));
        }
        response.body(self.body)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Clause B2-2, promise P4: a file goes where the record does not name it, and stays where the record may.
    #[test]
    fn a_file_stays_while_nobody_knows_whether_it_is_named() {
        let unnamed = |outcome: Answer<Reply>| is_unnamed(&outcome, Reply::is_first);
        let done = Reply::json(200, &"").unwrap();
        assert!(!unnamed(Ok(done.clone())));
        assert!(unnamed(Ok(Reply { replayed: true, ..done })));
        assert!(unnamed(Reply::refused(Refusal::new("material_not_listed", ""))));
        assert!(unnamed(Err(StoreError::Full.into())));
        assert!(!unnamed(Err(StoreError::OutcomeUnknown.into())));
    }
}
