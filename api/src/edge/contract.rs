//! The OpenAPI document as something to look requests up in.

use std::{collections::HashMap, ops::RangeFrom, sync::Arc};

use actix_web::http::Method;
use utoipa::openapi::{
    PathItem, Paths, RefOr,
    path::{self, ParameterIn},
    security::SecurityRequirement,
};

use super::Deprecation;

/// All paths of the contract, as a tree of their segments.
#[derive(Debug, Default)]
pub struct Contract {
    nodes: Vec<Node>,
    routes: Vec<Route>,
}

#[derive(Debug, Default)]
struct Node {
    literal: HashMap<Box<str>, usize>,
    parameter: Option<usize>,
    route: Option<usize>,
}

/// The number of the operation that a request was found to be for; among the extensions of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found(pub usize);

/// One path and what can be done with it.
#[derive(Debug)]
pub struct Route {
    /// As in the document, e.g. `/v1/cases/{case}`.
    pub template: Arc<str>,
    pub operations: Vec<Operation>,
}

/// One operation, as far as the edge is concerned.
#[derive(Debug)]
pub struct Operation {
    /// Which of all it is.
    pub number: usize,
    pub method: Method,
    pub id: String,
    /// Whether anybody may call it, without a token.
    pub is_public: bool,
    /// Whether load balancers ask it, as often as they like.
    pub is_probe: bool,
    /// Whether it can be asked to wait for news (`wait`).
    pub may_wait: bool,
    /// Names of its query parameters.
    pub query: Vec<String>,
    pub has_body: bool,
    pub deprecation: Option<Deprecation>,
}

impl Operation {
    /// Whether somebody who has not shown who they are may keep it waiting for their body.
    pub(super) fn takes_from_strangers(&self) -> bool {
        self.is_public && self.has_body
    }
}

impl Route {
    pub fn operation(&self, method: &Method) -> Option<&Operation> {
        // Whatever can be read can be asked about (RFC 9110 §9.3.2).
        let method = if *method == Method::HEAD { &Method::GET } else { method };
        self.operations.iter().find(|operation| operation.method == *method)
    }

    /// For the `Allow` header.
    pub fn allow(&self) -> String {
        let head = self.operation(&Method::HEAD).map(|_| "HEAD");
        let methods = self.operations.iter().map(|operation| operation.method.as_str());
        methods.chain(head).collect::<Vec<_>>().join(", ")
    }
}

impl Contract {
    pub fn new(paths: &Paths) -> Self {
        let mut contract = Self { nodes: vec![Node::default()], routes: Vec::new() };
        let mut numbers = 0..;
        for (template, item) in &paths.paths {
            let operations = operations(template, item, &mut numbers);
            contract.insert(Route { template: template.as_str().into(), operations });
        }
        contract
    }

    /// The route that a path belongs to. A literal segment goes before a parameter.
    pub fn find(&self, path: &str) -> Option<&Route> {
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        self.walk(0, &segments)
    }

    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The number of the operation that is documented at `template`.
    pub fn number(&self, template: &str, method: &Method) -> Option<Found> {
        let route = self.routes.iter().find(|route| *route.template == *template)?;
        Some(Found(route.operation(method)?.number))
    }

    /// Public is what says so: `security(())` on the handler.
    pub(crate) fn is_public(operation: &path::Operation) -> bool {
        let is_open = |needs: &Vec<_>| needs.is_empty() || needs.contains(&SecurityRequirement::default());
        operation.security.as_ref().is_some_and(is_open)
    }

    fn walk(&self, node: usize, segments: &[&str]) -> Option<&Route> {
        let node = self.nodes.get(node)?;
        let Some((first, rest)) = segments.split_first() else { return self.routes.get(node.route?) };
        let literally = node.literal.get(*first).and_then(|child| self.walk(*child, rest));
        literally.or_else(|| match first.is_empty() {
            true => None,
            false => self.walk(node.parameter?, rest),
        })
    }

    fn insert(&mut self, route: Route) {
        let template = Arc::clone(&route.template);
        let mut at = 0;
        for segment in template.trim_start_matches('/').split('/') {
            let known = match segment.starts_with('{') {
                true => self.nodes[at].parameter,
                false => self.nodes[at].literal.get(segment).copied(),
            };
            at = known.unwrap_or_else(|| {
                let child = self.nodes.len();
                self.nodes.push(Node::default());
                match segment.starts_with('{') {
                    true => self.nodes[at].parameter = Some(child),
                    false => drop(self.nodes[at].literal.insert(segment.into(), child)),
                }
                child
            });
        }
        self.nodes[at].route = Some(self.routes.len());
        self.routes.push(route);
    }
}

/// The operations of a path, by method.
fn by_method(item: &PathItem) -> impl Iterator<Item = (Method, &path::Operation)> {
    let all = [
        (Method::GET, &item.get),
        (Method::POST, &item.post),
        (Method::PUT, &item.put),
        (Method::PATCH, &item.patch),
        (Method::DELETE, &item.delete),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}

fn operations(template: &str, item: &PathItem, numbers: &mut RangeFrom<usize>) -> Vec<Operation> {
    by_method(item)
        .zip(numbers)
        .map(|((method, operation), number)| {
            let query = query_names(operation);
            Operation {
                number,
                method,
                id: operation.operation_id.clone().unwrap_or_default(),
                is_public: Contract::is_public(operation),
                is_probe: matches!(template, "/healthz" | "/readyz"),
                may_wait: query.iter().any(|name| name == "wait"),
                query,
                has_body: operation.request_body.is_some(),
                deprecation: Deprecation::of(operation).ok().flatten(),
            }
        })
        .collect()
}

fn query_names(operation: &path::Operation) -> Vec<String> {
    let parameters = operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => Some(parameter.name.clone()),
        _ => None,
    });
    parameters.collect()
}
