use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use kernel::{Action, CaseId};
use utoipa::{
    IntoParams, IntoResponses,
    openapi::{
        RefOr, Required, Response,
        path::{Parameter, ParameterBuilder, ParameterIn},
        response::ResponsesBuilder,
    },
};

use crate::{
    auth::Caller,
    desk::Change,
    edge::{IdempotencyKey, IfMatch},
    problem::Error,
    schema,
    views::case::CaseView,
};

/// A write to one case as it arrives: by whom, to which, seen at what version, under what key.
#[derive(Clone, Debug)]
pub struct OnCase {
    pub caller: Caller,
    pub case: CaseId,
    pub seen: IfMatch,
    pub key: IdempotencyKey,
}

impl OnCase {
    /// `body` is the digest of the body, where there is one.
    pub fn change(self, action: Action, body: Option<[u8; 32]>) -> Change {
        let stamp = self.key.stamp(body);
        Change { caller: self.caller, case: self.case, seen: self.seen, stamp, action }
    }
}

impl FromRequest for OnCase {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Caller>().cloned().ok_or(Error::Unauthenticated(None));
        let read = || {
            Ok(Self {
                caller: caller?,
                case: request.match_info().get("case").and_then(|id| id.parse().ok()).ok_or_else(Error::not_found)?,
                key: IdempotencyKey::from_request(request, payload).into_inner()?,
                seen: IfMatch::from_request(request, payload).into_inner()?,
            })
        };
        ready(read())
    }
}

impl IntoParams for OnCase {
    fn into_params(within: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parameters = vec![case_parameter()];
        parameters.extend(IfMatch::into_params(&within));
        parameters.extend(IdempotencyKey::into_params(&within));
        parameters
    }
}

/// The id of a case in the path of a read.
#[derive(Debug)]
pub struct CaseInPath;

impl IntoParams for CaseInPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![case_parameter()]
    }
}

fn case_parameter() -> Parameter {
    ParameterBuilder::new()
        .name("case")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("办件标识"))
        .schema(Some(schema::id()))
        .build()
}

/// 200, with the case as it is now and its new tag.
#[derive(Debug)]
pub struct CaseChanged;

impl IntoResponses for CaseChanged {
    fn responses() -> std::collections::BTreeMap<String, RefOr<Response>> {
        ResponsesBuilder::new()
            .response("200", schema::tagged::<CaseView>("办件的最新情况"))
            .build()
            .responses
            .into_iter()
            .collect()
    }
}
