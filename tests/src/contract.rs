//! The published contract as something to walk.

use std::sync::LazyLock;

use reqwest::Method;
use serde_json::Value;

/// The contract as JSON, made from the code.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(api::docs::document()).unwrap());

/// One operation of the contract.
#[derive(Clone, Debug)]
pub struct Operation {
    pub id: String,
    pub method: Method,
    /// As in the document, e.g. `/v1/cases/{case}`.
    pub path: String,
    /// As the document has it.
    pub spec: &'static Value,
}

impl Operation {
    /// Whether anybody may call it without a token.
    pub fn is_public(&self) -> bool {
        self.spec["security"] == serde_json::json!([])
    }

    pub fn has_body(&self) -> bool {
        self.spec["requestBody"].is_object()
    }

    /// Whether it demands `If-Match`.
    pub fn is_transition(&self) -> bool {
        let asks = |parameter: &Value| parameter["name"] == "If-Match" && parameter["required"] == true;
        self.spec["parameters"].as_array().into_iter().flatten().any(asks)
    }

    /// The path with each `{parameter}` replaced.
    pub fn at(&self, value_of: impl Fn(&str) -> String) -> String {
        let segment = |segment: &str| match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => value_of(name),
            None => segment.to_owned(),
        };
        self.path.split('/').map(segment).collect::<Vec<_>>().join("/")
    }
}

/// Every operation, in the order of the document.
pub fn operations() -> Vec<Operation> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(|(method, spec)| Operation {
            id: spec["operationId"].as_str().unwrap_or_default().to_owned(),
            method: method.to_uppercase().parse().unwrap(),
            path: path.clone(),
            spec,
        })
    });
    all.collect()
}
