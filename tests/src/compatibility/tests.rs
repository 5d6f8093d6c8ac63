//! Each rule by an edit that breaks it. A rule that is dropped leaves its line out, and its test fails.

use serde_json::{Value, json};

use super::breaks;

fn base() -> Value {
    json!({
        "security": [{ "token": ["cases"] }],
        "paths": {
            "/cases": {
                "get": {
                    "operationId": "list",
                    "parameters": [
                        { "in": "query", "name": "limit", "schema": { "type": "integer", "format": "int64", "minimum": 1, "maximum": 200, "default": 20 } },
                        { "in": "query", "name": "state", "schema": { "type": "string", "enum": ["open", "closed"] } },
                        { "$ref": "#/components/parameters/Key" }
                    ],
                    "responses": {
                        "200": {
                            "headers": { "Link": { "schema": { "type": "string" } } },
                            "content": { "application/json": { "schema": { "type": "array", "items": { "$ref": "#/components/schemas/Case" } } } }
                        },
                        "304": {},
                        "409": { "$ref": "#/components/responses/Problem" },
                        "default": { "$ref": "#/components/responses/Problem" }
                    }
                },
                "post": {
                    "operationId": "receive",
                    "x-deprecation": { "since": "2026-12-01", "sunset": "2028-12-31" },
                    "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Application" } } } },
                    "responses": { "201": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Case" } } } } }
                }
            },
            "/hall": { "get": { "operationId": "hall", "security": [], "responses": { "200": { "content": { "application/json": { "schema": {} } } } } } }
        },
        "components": {
            "parameters": { "Key": { "in": "header", "name": "Key", "schema": { "type": "string" } } },
            "responses": { "Problem": { "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } } },
            "schemas": {
                "Problem": { "type": "object", "required": ["code"], "properties": { "code": { "type": "string" } } },
                "Application": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["name"],
                    "properties": {
                        "name": { "type": "string", "minLength": 1, "maxLength": 100 },
                        "pages": { "type": ["integer", "null"], "format": "int32" },
                        "amount": { "type": "number" },
                        "materials": { "type": "array", "minItems": 1, "maxItems": 20, "items": { "type": "string" } },
                        "delivery": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Delivery" }] },
                        "agent": { "$ref": "#/components/schemas/Agent" }
                    }
                },
                "Agent": { "type": "object", "properties": { "phone": { "type": "string" } } },
                "Delivery": { "oneOf": [
                    { "type": "object", "required": ["method"], "properties": { "method": { "type": "string", "enum": ["courier"] }, "address": { "type": "string" } } },
                    { "type": "object", "required": ["method"], "properties": { "method": { "type": "string", "enum": ["pick_up"] } } }
                ] },
                "Case": {
                    "allOf": [
                        { "$ref": "#/components/schemas/Named" },
                        {
                            "type": "object",
                            "required": ["state"],
                            "properties": {
                                "state": { "type": "string", "enum": ["open", "closed"] },
                                "kind": { "type": "string", "enum": ["case"] },
                                "due": { "type": "string", "format": "date" },
                                "number": { "type": "string", "pattern": "^[0-9]+$" },
                                "count": { "type": "integer", "format": "int64" },
                                "size": { "type": "integer" },
                                "labels": { "type": "object", "additionalProperties": { "type": "string" } },
                                "delivery": { "$ref": "#/components/schemas/Delivery" },
                                "parent": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Case" }] }
                            }
                        }
                    ]
                },
                "Named": { "type": "object", "required": ["id"], "properties": { "id": { "type": "string" } } }
            }
        }
    })
}

/// Puts a value where a pointer points to, at the end of a list for `-`; null takes away what is there.
fn edit(document: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/");
    match (document.pointer_mut(parent).unwrap(), value) {
        (Value::Object(of), Value::Null) => drop(of.remove(&key).unwrap()),
        (Value::Object(of), value) => drop(of.insert(key, value)),
        (Value::Array(of), Value::Null) => drop(of.remove(key.parse().unwrap())),
        (Value::Array(of), value) => of.push(value),
        _ => panic!("nothing at {pointer}"),
    }
}

/// Expects that one edit of the contract breaks exactly this.
fn breaking(pointer: &str, value: Value, lines: &[&str]) {
    let mut new = base();
    edit(&mut new, pointer, value);
    let found = breaks(&base(), &new);
    assert_eq!(found.iter().collect::<Vec<_>>(), lines, "{pointer}");
}

/// Expects that an edit is noticed by nobody.
fn harmless(pointer: &str, value: Value) {
    breaking(pointer, value, &[]);
}

const GET: &str = "/paths/~1cases/get";
const POST: &str = "/paths/~1cases/post";
const APPLICATION: &str = "/components/schemas/Application";
const CASE: &str = "/components/schemas/Case/allOf/1";

#[test]
fn a_contract_does_not_break_itself() {
    assert!(breaks(&base(), &base()).is_empty());
}

#[test]
fn operations_stay() {
    breaking("/paths/~1hall", Value::Null, &["GET /hall: removed"]);
    breaking(POST, Value::Null, &["POST /cases: removed"]);
    breaking(&format!("{POST}/operationId"), json!("take_in"), &["POST /cases: its operationId is another one"]);
    harmless("/paths/~1cases/delete", json!({ "operationId": "clear" }));
    harmless("/paths/~1items", json!({ "get": { "operationId": "items" } }));
}

#[test]
fn whoever_got_in_gets_in() {
    breaking("/paths/~1hall/get/security", Value::Null, &["GET /hall: security is tightened"]);
    breaking(&format!("{GET}/security"), json!([{ "mutual_tls": [] }]), &["GET /cases: security is tightened"]);
    breaking(
        &format!("{GET}/security"),
        json!([{ "token": ["cases", "all"] }]),
        &["GET /cases: security is tightened"],
    );
    harmless(&format!("{GET}/security"), json!([{ "token": ["cases"] }, { "mutual_tls": [] }]));
    harmless(&format!("{GET}/security"), json!([]));
}

#[test]
fn a_sunset_may_be_put_off_but_not_brought_forward() {
    let sunset = &format!("{POST}/x-deprecation/sunset");
    breaking(
        sunset,
        json!("2028-06-30"),
        &["POST /cases: its sunset is brought forward from 2028-12-31 to 2028-06-30"],
    );
    harmless(sunset, json!("2029-12-31"));
    harmless(&format!("{GET}/x-deprecation"), json!({ "since": "2026-12-01", "sunset": "2028-12-31" }));
}

#[test]
fn parameters_stay_and_none_becomes_required() {
    let parameters = &format!("{GET}/parameters");
    breaking(&format!("{parameters}/0"), Value::Null, &["GET /cases: query parameter 'limit' is removed"]);
    breaking(
        &format!("{parameters}/1/required"),
        json!(true),
        &["GET /cases: query parameter 'state' is now required"],
    );
    breaking(
        "/components/parameters/Key/required",
        json!(true),
        &["GET /cases: header parameter 'Key' is now required"],
    );
    let new = json!({ "in": "query", "name": "window", "required": true, "schema": {} });
    breaking(&format!("{parameters}/-"), new, &["GET /cases: query parameter 'window' is new and required"]);
    harmless(&format!("{parameters}/-"), json!({ "in": "query", "name": "window", "schema": {} }));
    let limit = "GET /cases query parameter 'limit'";
    breaking(&format!("{parameters}/0/schema/maximum"), json!(100), &[&format!("{limit}: maximum was 200, is 100")]);
    breaking(&format!("{parameters}/0/schema/minimum"), json!(2), &[&format!("{limit}: minimum was 1, is 2")]);
    breaking(&format!("{parameters}/0/schema/default"), json!(50), &[&format!("{limit}: default was 20, is 50")]);
    breaking(
        &format!("{parameters}/0/schema/format"),
        json!("int32"),
        &[&format!("{limit}: format was \"int64\", is \"int32\"")],
    );
    harmless(&format!("{parameters}/0/schema/maximum"), json!(500));
    harmless(&format!("{parameters}/0/schema/minimum"), json!(0));
    harmless(&format!("{parameters}/0/schema/minimum"), Value::Null);
    let state = "GET /cases query parameter 'state'";
    breaking(
        &format!("{parameters}/1/schema/enum/0"),
        Value::Null,
        &[&format!("{state}: value \"open\" is no longer taken")],
    );
    harmless(&format!("{parameters}/1/schema/enum/-"), json!("archived"));
    harmless(&format!("{parameters}/1/schema/enum"), Value::Null);
}

#[test]
fn bodies_are_taken_as_before() {
    breaking(&format!("{POST}/requestBody"), Value::Null, &["POST /cases: a body is no longer taken"]);
    breaking(&format!("{POST}/requestBody/required"), json!(true), &["POST /cases: a body is now required"]);
    let content = &format!("{POST}/requestBody/content/application~1json");
    breaking(content, Value::Null, &["POST /cases: a body of application/json is no longer taken"]);
    breaking(&format!("{GET}/requestBody"), json!({ "required": true }), &["GET /cases: a body is now required"]);
    harmless(&format!("{POST}/requestBody/content/application~1xml"), json!({}));
}

#[test]
fn answers_keep_status_headers_and_media_type() {
    let responses = &format!("{GET}/responses");
    breaking(&format!("{responses}/200"), Value::Null, &["GET /cases: status 200 is removed"]);
    breaking(&format!("{responses}/304"), Value::Null, &["GET /cases: status 304 is removed"]);
    breaking(&format!("{responses}/202"), json!({}), &["GET /cases: status 202 is new"]);
    harmless(&format!("{responses}/409"), Value::Null);
    harmless(&format!("{responses}/410"), json!({}));
    breaking(&format!("{responses}/200/headers/Link"), Value::Null, &["GET /cases 200: header 'Link' is removed"]);
    harmless(&format!("{responses}/200/headers/ETag"), json!({}));
    let content = &format!("{responses}/200/content/application~1json");
    breaking(content, Value::Null, &["GET /cases 200: application/json is no longer answered"]);
    breaking(
        "/components/schemas/Problem/properties/code",
        Value::Null,
        &["answered Problem: field 'code' is removed"],
    );
}

#[test]
fn whatever_was_sent_may_be_sent() {
    let at = |pointer: &str| format!("{APPLICATION}/{pointer}");
    breaking(&at("properties/amount"), Value::Null, &["sent Application: field 'amount' is removed"]);
    breaking(&at("required/-"), json!("amount"), &["sent Application: field 'amount' is now required"]);
    breaking(&at("required/-"), json!("new"), &["sent Application: field 'new' is now required"]);
    harmless(&at("properties/new"), json!({ "type": "string" }));
    harmless(&at("required"), Value::Null);
    breaking(&at("properties/amount/type"), json!("string"), &["sent Application/amount: number is no longer taken"]);
    breaking(&at("properties/amount/type"), json!("integer"), &["sent Application/amount: number is no longer taken"]);
    breaking(&at("properties/pages/type"), json!("integer"), &["sent Application/pages: null is no longer taken"]);
    harmless(&at("properties/pages/type"), json!(["number", "null"]));
    harmless(&at("properties/pages/format"), json!("int64"));
    breaking(&at("properties/name/maxLength"), json!(50), &["sent Application/name: maxLength was 100, is 50"]);
    breaking(&at("properties/name/minLength"), json!(2), &["sent Application/name: minLength was 1, is 2"]);
    breaking(&at("properties/name/pattern"), json!("^a"), &["sent Application/name: pattern is another one"]);
    breaking(&at("properties/name/format"), json!("uuid"), &["sent Application/name: format was null, is \"uuid\""]);
    breaking(&at("properties/name/enum"), json!(["a"]), &["sent Application/name: only listed values are taken now"]);
    breaking(&at("properties/name/const"), json!("a"), &["sent Application/name: only listed values are taken now"]);
    breaking(&at("properties/amount/maximum"), json!(9), &["sent Application/amount: maximum was null, is 9"]);
    breaking(&at("properties/amount/minimum"), json!(0), &["sent Application/amount: minimum was null, is 0"]);
    breaking(&at("properties/materials/maxItems"), json!(10), &["sent Application/materials: maxItems was 20, is 10"]);
    breaking(&at("properties/materials/minItems"), json!(2), &["sent Application/materials: minItems was 1, is 2"]);
    breaking(
        &at("properties/materials/uniqueItems"),
        json!(true),
        &["sent Application/materials: its items must differ now"],
    );
    breaking(
        &at("properties/materials/items/maxLength"),
        json!(9),
        &["sent Application/materials/[]: maxLength was null, is 9"],
    );
    harmless(&at("properties/materials/items/minLength"), json!(0));
    let phone = "/components/schemas/Agent";
    breaking(&format!("{phone}/additionalProperties"), json!(false), &["sent Agent: no other fields are taken now"]);
    breaking(&format!("{phone}/properties/phone/maxLength"), json!(9), &["sent Agent/phone: maxLength was null, is 9"]);
    let delivery = "/components/schemas/Delivery/oneOf";
    breaking(
        &format!("{delivery}/1"),
        Value::Null,
        &["sent Delivery: object with 'method' \"pick_up\" is no longer taken"],
    );
    breaking(&at("properties/delivery/oneOf/0"), Value::Null, &["sent Application/delivery: null is no longer taken"]);
    breaking(
        &format!("{delivery}/0/required/-"),
        json!("address"),
        &["sent Delivery: field 'address' is now required"],
    );
}

#[test]
fn whatever_was_answered_is_answered() {
    let at = |pointer: &str| format!("{CASE}/{pointer}");
    breaking(&at("properties/due"), Value::Null, &["answered Case: field 'due' is removed"]);
    breaking(&at("properties/state"), Value::Null, &["answered Case: field 'state' is removed"]);
    breaking(&at("required/0"), Value::Null, &["answered Case: field 'state' may now be missing"]);
    breaking("/components/schemas/Named/properties/id", Value::Null, &["answered Case: field 'id' is removed"]);
    breaking("/components/schemas/Named/required", Value::Null, &["answered Case: field 'id' may now be missing"]);
    harmless(&at("properties/new"), json!({ "type": "string" }));
    harmless(&at("required/-"), json!("due"));
    breaking(&at("properties/due/type"), json!("integer"), &["answered Case/due: may now be integer"]);
    breaking(&at("properties/due/type"), json!(["string", "null"]), &["answered Case/due: may now be null"]);
    breaking(&at("properties/size/type"), json!("number"), &["answered Case/size: may now be number"]);
    breaking(&at("properties/size/type"), Value::Null, &["answered Case/size: may now be any"]);
    breaking(
        &at("properties/due/format"),
        json!("date-time"),
        &["answered Case/due: format was \"date\", is \"date-time\""],
    );
    breaking(&at("properties/number/pattern"), json!("^[A-Z]+$"), &["answered Case/number: pattern is another one"]);
    harmless(&at("properties/count/format"), json!("int32"));
    // A list of values is open, a single one is not.
    harmless(&at("properties/state/enum/-"), json!("archived"));
    harmless(&at("properties/state/enum/1"), Value::Null);
    breaking(&at("properties/kind/enum/-"), json!("order"), &["answered Case/kind: is no longer always \"case\""]);
    breaking(
        &at("properties/labels/additionalProperties/type"),
        json!("integer"),
        &["answered Case/labels/*: may now be integer"],
    );
    harmless(&at("properties/parent/oneOf/0"), Value::Null);
    breaking(
        &at("properties/parent/oneOf/-"),
        json!({ "type": "string" }),
        &["answered Case/parent: may now be string"],
    );
    let express = json!({ "type": "object", "properties": { "method": { "type": "string", "enum": ["express"] } } });
    harmless("/components/schemas/Delivery/oneOf/-", express);
    breaking(
        "/components/schemas/Delivery/oneOf/0/properties/address/type",
        json!("integer"),
        &["answered Delivery/address: may now be integer", "sent Delivery/address: string is no longer taken"],
    );
    breaking(
        "/paths/~1cases/get/responses/200/content/application~1json/schema/items",
        json!({ "type": "string" }),
        &["GET /cases 200/[]: may now be string"],
    );
    harmless("/paths/~1hall/get/responses/200/content/application~1json/schema/type", json!("object"));
}
