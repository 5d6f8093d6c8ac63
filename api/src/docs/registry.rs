//! Where operations are registered: each is a route of the server and a part of the contract, from one list.

use actix_web::{
    dev::HttpServiceFactory,
    guard::{Guard, GuardContext},
    http::Method,
    web,
};
use utoipa::{
    Path,
    openapi::{Components, HttpMethod, OpenApi, Paths},
};
use utoipa_actix_web::OpenApiFactory;

use crate::edge::Template;

/// A handler with its place in the contract.
pub trait Handler: Path + OpenApiFactory + HttpServiceFactory + 'static {}

impl<T: Path + OpenApiFactory + HttpServiceFactory + 'static> Handler for T {}

/// Takes operations, one after the other.
pub trait Registry: Sized {
    fn service<T: Handler>(&mut self, operation: T) -> &mut Self;

    fn configure(&mut self, several: impl FnOnce(&mut Self)) -> &mut Self {
        several(self);
        self
    }
}

/// The routes of a worker. The gate has found the route already, so that no other pattern is tried on the path.
impl Registry for web::ServiceConfig {
    fn service<T: Handler>(&mut self, operation: T) -> &mut Self {
        let found = Found { template: T::path(), methods: T::methods().into_iter().map(method).collect() };
        self.service(web::scope("").guard(found).service(operation))
    }
}

/// What can be called and how, without what is sent: all that the server itself goes by.
impl Registry for Paths {
    fn service<T: Handler>(&mut self, operation: T) -> &mut Self {
        self.merge(operation.paths());
        self
    }
}

/// The document.
impl Registry for OpenApi {
    fn service<T: Handler>(&mut self, operation: T) -> &mut Self {
        let mut schemas = Vec::new();
        operation.schemas(&mut schemas);
        self.components.get_or_insert_with(Components::new).schemas.extend(schemas);
        self.paths.service(operation);
        self
    }
}

/// Whether the gate has found this operation.
struct Found {
    template: String,
    methods: Vec<Method>,
}

impl Guard for Found {
    fn check(&self, request: &GuardContext<'_>) -> bool {
        let is_it = |found: &Template| *found.0 == *self.template;
        self.methods.contains(&request.head().method) && request.req_data().get::<Template>().is_some_and(is_it)
    }
}

fn method(of: HttpMethod) -> Method {
    match of {
        HttpMethod::Get => Method::GET,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Delete => Method::DELETE,
        HttpMethod::Options => Method::OPTIONS,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Trace => Method::TRACE,
    }
}
