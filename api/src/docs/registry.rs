//! Where operations are registered: each is a route of the server and a part of the contract, from one list.

use std::mem;

use actix_web::{
    Scope,
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

use crate::edge::{Contract, Found};

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

/// The routes of a worker. The gate has found the operation already, so that no other pattern is tried on the path; and
/// they stand on shelves, so that few others are asked whether they are it: actix asks one after the other.
pub(crate) struct Shelves<'a> {
    contract: &'a Contract,
    shelves: Vec<Scope>,
}

/// Operations on a shelf: about as many as there are shelves.
const SHELF: usize = 16;

impl<'a> Shelves<'a> {
    pub fn new(contract: &'a Contract) -> Self {
        Self { contract, shelves: Vec::new() }
    }

    /// Makes them routes.
    pub fn stand_in(self, config: &mut web::ServiceConfig) {
        for (number, shelf) in self.shelves.into_iter().enumerate() {
            config.service(shelf.guard(On(number)));
        }
    }
}

impl Registry for Shelves<'_> {
    fn service<T: Handler>(&mut self, operation: T) -> &mut Self {
        let (template, methods) = (T::path(), T::methods());
        // None is lacking: the contract is made from the same list.
        let found = methods.into_iter().find_map(|of| self.contract.number(&template, &method(of)));
        if let Some(found) = found {
            let shelf = found.0 / SHELF;
            let wanted = self.shelves.len().max(shelf + 1);
            self.shelves.resize_with(wanted, || web::scope(""));
            let others = mem::replace(&mut self.shelves[shelf], web::scope(""));
            self.shelves[shelf] = others.service(web::scope("").guard(Is(found)).service(operation));
        }
        self
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

/// Whether the gate has found an operation of this shelf.
struct On(usize);

impl Guard for On {
    fn check(&self, request: &GuardContext<'_>) -> bool {
        request.req_data().get::<Found>().is_some_and(|found| found.0 / SHELF == self.0)
    }
}

/// Whether the gate has found this operation.
struct Is(Found);

impl Guard for Is {
    fn check(&self, request: &GuardContext<'_>) -> bool {
        request.req_data().get::<Found>().is_some_and(|found| *found == self.0)
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
