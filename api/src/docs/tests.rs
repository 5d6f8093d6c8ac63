#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

fn json() -> Value {
    serde_json::to_value(document()).unwrap()
}

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, operation)| (format!("{method} {path}"), operation))
    });
    all.collect()
}

/// `cargo run -- openapi > openapi.yaml` brings it up to date.
#[test]
fn the_published_file_is_what_the_code_says() {
    let published = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi.yaml")).unwrap();
    assert!(published == yaml().unwrap(), "openapi.yaml is stale: run `cargo run -- openapi > openapi.yaml`");
}

#[test]
fn every_operation_is_introduced() {
    let document = json();
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&document) {
        assert!(operation["summary"].as_str().is_some_and(|s| !s.is_ascii()), "{name} has no Chinese summary");
        assert!(operation["tags"][0].as_str().is_some_and(|s| !s.is_ascii()), "{name} has no Chinese tag");
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{name}: its operationId is used twice");
        assert!(operation["responses"]["default"].is_object(), "{name} does not document its problems");
    }
}

/// Whoever has asked too often finds in the contract where it says how much is left and when to come again.
#[test]
fn a_problem_names_the_headers_of_what_is_counted() {
    let document = json();
    let headers = &document["components"]["responses"]["Problem"]["headers"];
    for (name, of) in [("RateLimit", "string"), ("RateLimit-Policy", "string"), ("Retry-After", "integer")] {
        assert_eq!(headers[name]["schema"]["type"], of, "{name}");
    }
}

/// API3: an unknown field is refused everywhere, so every object that is sent must say so.
#[test]
fn every_object_that_is_sent_is_closed() {
    let document = json();
    for (name, operation) in operations(&document) {
        for (_, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
            closed(&document, &content["schema"], &name, &mut BTreeSet::new());
        }
    }
}

fn closed(document: &Value, schema: &Value, name: &str, seen: &mut BTreeSet<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        if seen.insert(reference.to_owned()) {
            closed(document, document.pointer(reference.trim_start_matches('#')).unwrap(), name, seen);
        }
        return;
    }
    if let Some(properties) = schema["properties"].as_object() {
        assert_eq!(schema["additionalProperties"], false, "{name}: an object is open: {schema}");
        properties.values().for_each(|property| closed(document, property, name, seen));
    }
    closed_each(document, &schema["items"], name, seen);
    for of in ["oneOf", "anyOf", "allOf"] {
        schema[of].as_array().into_iter().flatten().for_each(|one| closed(document, one, name, seen));
    }
}

fn closed_each(document: &Value, items: &Value, name: &str, seen: &mut BTreeSet<String>) {
    if items.is_object() {
        closed(document, items, name, seen);
    }
}

#[test]
fn writes_take_an_idempotency_key() {
    let document = json();
    for (name, operation) in operations(&document) {
        let is_public = operation["security"] == serde_json::json!([]);
        let takes = operation["parameters"].as_array().into_iter().flatten().any(|p| p["name"] == "Idempotency-Key");
        assert_eq!(takes, !name.starts_with("get ") && !is_public, "{name}");
    }
}

/// An operation cannot be called deprecated without a day, nor have a day that callers are not told.
#[test]
fn deprecations_are_told_as_the_edge_can_tell_them() {
    let document = document();
    for item in document.paths.paths.values() {
        for operation in [&item.get, &item.post, &item.put, &item.patch, &item.delete].into_iter().flatten() {
            let id = operation.operation_id.as_deref().unwrap();
            let told = Deprecation::of(operation).unwrap_or_else(|error| panic!("{id}: {error}"));
            assert_eq!(told.is_some(), operation.deprecated == Some(Deprecated::True), "{id}");
        }
    }
}
