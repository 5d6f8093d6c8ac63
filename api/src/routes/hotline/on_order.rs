use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use utoipa::{
    IntoParams, IntoResponses,
    openapi::{
        ObjectBuilder, RefOr, Required, Response,
        path::{Parameter, ParameterBuilder, ParameterIn},
        response::ResponsesBuilder,
        schema::Type,
    },
};

use super::OfHotline;
use crate::{
    auth::Caller,
    edge::{IdempotencyKey, IfMatch, Query},
    hotline::OrderChange,
    problem::Error,
    schema,
    views::work_order::WorkOrderView,
};

/// A write to one work order as it arrives: by whom, to which, seen at what version, under what key.
#[derive(Clone, Debug)]
pub struct OnOrder(OrderChange, IdempotencyKey);

impl OnOrder {
    /// `body` is the digest of the body, where there is one.
    pub(crate) fn change(self, body: Option<[u8; 32]>) -> OrderChange {
        OrderChange { stamp: self.1.stamp(body), ..self.0 }
    }
}

impl FromRequest for OnOrder {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Caller>().cloned().ok_or(Error::Unauthenticated(None));
        let read = || {
            let number = request.match_info().get("external_no").and_then(|number| number.parse().ok());
            let key = IdempotencyKey::from_request(request, payload).into_inner()?;
            let of = Query::<OfHotline>::from_request(request, payload).into_inner()?;
            let change = OrderChange {
                caller: caller?,
                hotline: of.0.code()?,
                number: number.ok_or_else(Error::not_found)?,
                seen: IfMatch::from_request(request, payload).into_inner()?,
                stamp: None,
            };
            Ok(Self(change, key))
        };
        ready(read())
    }
}

impl IntoParams for OnOrder {
    fn into_params(within: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parameters = vec![order_parameter()];
        parameters.extend(OfHotline::into_params(&within));
        parameters.extend(IfMatch::into_params(&within));
        parameters.extend(IdempotencyKey::into_params(&within));
        parameters
    }
}

/// The number of a work order in the path.
#[derive(Debug)]
pub struct OrderInPath;

impl IntoParams for OrderInPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![order_parameter()]
    }
}

fn order_parameter() -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(64))
        .pattern(Some("^[A-Za-z0-9][A-Za-z0-9._-]*$"));
    ParameterBuilder::new()
        .name("external_no")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("工单编号（热线的）"))
        .schema(Some(schema))
        .build()
}

/// 200, with the work order as it is now and its new tag.
#[derive(Debug)]
pub struct OrderChanged;

impl IntoResponses for OrderChanged {
    fn responses() -> std::collections::BTreeMap<String, RefOr<Response>> {
        ResponsesBuilder::new()
            .response("200", schema::tagged::<WorkOrderView>("工单的最新情况"))
            .build()
            .responses
            .into_iter()
            .collect()
    }
}
