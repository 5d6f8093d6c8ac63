use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use kernel::{Action, id::ImpasseId};
use utoipa::{
    IntoParams, IntoResponses,
    openapi::{
        ObjectBuilder, RefOr, Required, Response, Schema,
        path::{Parameter, ParameterBuilder, ParameterIn},
        response::ResponsesBuilder,
        schema::Type,
    },
};

use crate::{
    auth::Caller,
    edge::{IdempotencyKey, IfMatch},
    impasses::ImpasseChange,
    problem::Error,
    schema,
    views::impasse::ImpasseView,
};

/// A write to one impasse as it arrives: by whom, to which, seen at what version, under what key.
#[derive(Clone, Debug)]
pub struct OnImpasse {
    pub caller: Caller,
    pub impasse: ImpasseId,
    pub seen: IfMatch,
    pub key: IdempotencyKey,
}

impl OnImpasse {
    /// `body` is the digest of the body, where there is one.
    pub fn change(self, action: Action, body: Option<[u8; 32]>) -> ImpasseChange {
        let stamp = self.key.stamp(body);
        ImpasseChange { caller: self.caller, impasse: self.impasse, seen: self.seen, stamp, action }
    }
}

impl FromRequest for OnImpasse {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Caller>().cloned().ok_or(Error::Unauthenticated(None));
        let named = |name| request.match_info().get(name).ok_or_else(Error::not_found);
        let read = || {
            Ok(Self {
                caller: caller?,
                impasse: named("impasse")?.parse().map_err(|_| Error::not_found())?,
                key: IdempotencyKey::from_request(request, payload).into_inner()?,
                seen: IfMatch::from_request(request, payload).into_inner()?,
            })
        };
        ready(read())
    }
}

impl IntoParams for OnImpasse {
    fn into_params(within: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parameters = vec![in_path("impasse", "办不成事事项标识", schema::id())];
        parameters.extend(IfMatch::into_params(&within));
        parameters.extend(IdempotencyKey::into_params(&within));
        parameters
    }
}

/// A write to one of its assignment orders.
#[derive(Clone, Debug)]
pub struct OnOrder {
    pub on: OnImpasse,
    /// 序号 among the orders of the impasse.
    pub order: u32,
}

impl FromRequest for OnOrder {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let order = request.match_info().get("order").and_then(|order| order.parse().ok());
        let on = OnImpasse::from_request(request, payload).into_inner();
        ready(on.and_then(|on| Ok(Self { on, order: order.ok_or_else(Error::not_found)? })))
    }
}

impl IntoParams for OnOrder {
    fn into_params(within: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let sequence = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(u32::MAX));
        let mut parameters = OnImpasse::into_params(within);
        parameters.insert(1, in_path("order", "交办单序号", RefOr::T(Schema::Object(sequence.build()))));
        parameters
    }
}

/// The id of an impasse in the path of a read.
#[derive(Debug)]
pub struct ImpasseInPath;

impl IntoParams for ImpasseInPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![in_path("impasse", "办不成事事项标识", schema::id())]
    }
}

fn in_path(name: &str, description: &str, schema: RefOr<Schema>) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

/// 200, with the impasse as it is now and its new tag.
#[derive(Debug)]
pub struct ImpasseChanged;

impl IntoResponses for ImpasseChanged {
    fn responses() -> std::collections::BTreeMap<String, RefOr<Response>> {
        let response = schema::tagged::<ImpasseView>("事项的最新情况");
        ResponsesBuilder::new().response("200", response).build().responses.into_iter().collect()
    }
}
