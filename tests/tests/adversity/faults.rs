//! Everything that can be wrong with one field of a JSON body, made from the contract's own schema.

use serde_json::{Map, Value, json};
use tests::contract::DOCUMENT;

/// A body with one thing wrong, and what must be said of it.
#[derive(Clone, Debug)]
pub struct Fault {
    pub what: String,
    pub body: String,
    pub status: u16,
    pub code: &'static str,
    /// Of the field that must be named.
    pub pointer: Option<String>,
}

/// All faults of a good body whose schema has this name.
pub fn of(schema: &str, good: &Value) -> Vec<Fault> {
    let mut found = Faults { good, union: None, all: Vec::new() };
    found.walk(named(schema), good, "");
    for key in good.as_object().unwrap().keys() {
        found.twice(key);
    }
    found.all
}

/// The name of the schema of an operation's JSON body.
pub fn schema_of(operation: &Value) -> Option<String> {
    let schema = operation.pointer("/requestBody/content/application~1json/schema/$ref")?;
    schema.as_str()?.rsplit('/').next().map(str::to_owned)
}

fn named(name: &str) -> &'static Value {
    let found = &DOCUMENT["components"]["schemas"][name];
    assert!(found.is_object(), "{name} is not in the contract");
    found
}

/// Behind references, and behind "this or null".
fn resolved(schema: &'static Value) -> (&'static Value, bool) {
    if let Some(reference) = schema["$ref"].as_str() {
        return resolved(named(reference.rsplit('/').next().unwrap()));
    }
    if let Some(choices) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        let some = choices.iter().find(|choice| choice["type"] != "null").unwrap();
        return (resolved(some).0, choices.iter().any(|choice| choice["type"] == "null"));
    }
    (schema, types(schema).contains(&"null"))
}

/// Whether it is one of several kinds.
fn is_union(schema: &'static Value) -> bool {
    if let Some(reference) = schema["$ref"].as_str() {
        return is_union(named(reference.rsplit('/').next().unwrap()));
    }
    let kinds = schema["oneOf"].as_array().into_iter().flatten().filter(|choice| choice["type"] != "null");
    let kinds: Vec<_> = kinds.collect();
    kinds.len() > 1 || kinds.first().is_some_and(|only| is_union(only))
}

fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

struct Faults<'a> {
    good: &'a Value,
    /// Where one of several kinds begins: what is wrong inside of it is named by it, because it is read whole before its kind is known.
    union: Option<String>,
    all: Vec<Fault>,
}

impl Faults<'_> {
    fn walk(&mut self, schema: &'static Value, value: &Value, at: &str) {
        let outer = self.union.clone();
        if is_union(schema) {
            self.union.get_or_insert_with(|| at.to_owned());
        }
        let (schema, nullable) = resolved(schema);
        let kind = types(schema).into_iter().find(|kind| *kind != "null").unwrap_or("object");
        let mut wrong_types = vec![json!(7), json!("seven"), json!(true), json!([]), json!({}), json!(1.5)];
        if !nullable && !at.is_empty() {
            wrong_types.push(Value::Null);
        }
        for other in wrong_types.into_iter().filter(|other| !fits(kind, other)) {
            self.wrong(&format!("type {other}"), at, other);
        }
        match kind {
            "object" => self.object(schema, value, at),
            "array" => self.array(schema, value, at),
            "integer" => self.integer(schema, at),
            "string" => self.string(schema, at),
            _ => {}
        }
        self.union = outer;
    }

    fn object(&mut self, schema: &'static Value, value: &Value, at: &str) {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let nothing = Map::new();
        for (name, _) in schema["properties"].as_object().unwrap_or(&nothing) {
            let field = format!("{at}/{name}");
            if required.contains(&name.as_str()) {
                let mut without = self.good.clone();
                without.pointer_mut(at).unwrap().as_object_mut().unwrap().remove(name);
                self.add("missing", without.to_string(), 422, "invalid_fields", Some(&field));
            }
            let inside = value.get(name).unwrap_or_else(|| panic!("the good body has no {field}, so it is not tried"));
            self.walk(schema["properties"].get(name).unwrap(), inside, &field);
        }
        let mut more = self.good.clone();
        more.pointer_mut(at).unwrap()["no_such_field"] = json!("x");
        self.add("unknown field", more.to_string(), 400, "unknown_field", Some(&format!("{at}/no_such_field")));
    }

    fn array(&mut self, schema: &'static Value, value: &Value, at: &str) {
        let first = value.get(0).unwrap_or_else(|| panic!("the good body's {at} is empty, so it is not tried"));
        self.walk(&schema["items"], first, &format!("{at}/0"));
        let most = schema["maxItems"].as_u64().unwrap_or_else(|| panic!("{at} has no bound"));
        self.wrong("too many", at, Value::Array(vec![first.clone(); usize::try_from(most).unwrap() + 1]));
    }

    fn integer(&mut self, schema: &Value, at: &str) {
        let most = schema["maximum"].as_u64().unwrap_or_else(|| panic!("{at} has no bound"));
        for value in [json!(most + 1), json!(-1), json!(u64::MAX), json!(1e30)] {
            self.wrong("out of range", at, value);
        }
        if schema["minimum"].as_u64().is_some_and(|least| least > 0) {
            self.wrong("out of range", at, json!(0));
        }
    }

    fn string(&mut self, schema: &Value, at: &str) {
        if schema["enum"].is_array() {
            for value in ["no_such_value", "", "GRANT", "长"] {
                self.wrong("not a variant", at, json!(value));
            }
            return self.control(at);
        }
        match schema["format"].as_str() {
            Some("date") => {
                for day in ["2026-02-30", "2026-13-01", "26-01-01", "2026/01/01", "2026-01-01T00:00:00Z", "明天", ""]
                {
                    self.wrong("not a day", at, json!(day));
                }
            }
            Some("date-time") => {
                for moment in ["2026-02-30T00:00:00Z", "2026-01-01", "yesterday", "1767225600", ""] {
                    self.wrong("not an instant", at, json!(moment));
                }
            }
            Some("uuid") => self.wrong("not an id", at, json!("7")),
            _ => {
                let most = schema["maxLength"].as_u64().unwrap_or_else(|| panic!("{at} has no bound"));
                for text in ["".to_owned(), " \t ".to_owned(), "\u{3000}".to_owned()] {
                    self.wrong("blank", at, json!(text));
                }
                for filling in ["9", "长"] {
                    self.wrong("too long", at, json!(filling.repeat(usize::try_from(most).unwrap() + 1)));
                }
            }
        }
        self.control(at);
    }

    /// However it is written, and refused before anything is read.
    fn control(&mut self, at: &str) {
        for escape in ["\\u0000", "\\u001b", "\\u0085", "\\b", "\u{7f}"] {
            let body = self.with(at, json!("@@@")).replace("@@@", &format!("甲{escape}乙"));
            self.add("control character", body, 400, "control_character", None);
        }
    }

    /// The same member of the outermost object once more.
    fn twice(&mut self, key: &str) {
        let whole = self.good.to_string();
        let body = format!("{{{}:{},{}", json!(key), self.good[key], &whole[1..]);
        self.add("twice", body, 422, "invalid_fields", Some(&format!("/{key}")));
    }

    fn with(&self, at: &str, value: Value) -> String {
        let mut body = self.good.clone();
        *body.pointer_mut(at).unwrap() = value;
        body.to_string()
    }

    fn wrong(&mut self, what: &str, at: &str, value: Value) {
        let body = self.with(at, value);
        self.add(what, body, 422, "invalid_fields", Some(at));
    }

    fn add(&mut self, what: &str, body: String, status: u16, code: &'static str, pointer: Option<&str>) {
        let what = format!("{what} at {}", pointer.unwrap_or("…"));
        let pointer = pointer.map(|pointer| self.union.clone().unwrap_or_else(|| pointer.to_owned()));
        self.all.push(Fault { what, body, status, code, pointer });
    }
}

/// Whether a value is of a type, however nonsensical otherwise.
fn fits(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64(),
        "array" => value.is_array(),
        _ => value.is_object(),
    }
}
