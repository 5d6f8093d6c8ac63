use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Comparison, Way, elements, entries, resolve};

/// Limits that are narrower the lower they are, and those that are narrower the higher.
const AT_MOST: [&str; 5] = ["maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties"];
const AT_LEAST: [&str; 5] = ["minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties"];

/// One shape that a value may have: everything but a choice of shapes.
#[derive(Clone, Debug)]
struct Shape<'a> {
    /// Its name in the document, if it has one.
    name: Option<&'a str>,
    /// A JSON type, `any`, or `choice` for a named choice of shapes.
    kind: &'a str,
    schema: &'a Value,
}

impl<'a> Shape<'a> {
    /// The field that tells this object from its siblings, and its value there.
    fn tag(&self) -> Option<(&'a str, &'a Value)> {
        entries(&self.schema["properties"]).find_map(|(field, schema)| match values(schema)?[..] {
            [only] => Some((field.as_str(), only)),
            _ => None,
        })
    }

    /// Whether whatever is of this JSON type is of that of `other`.
    fn is_kind_of(&self, other: &Self) -> bool {
        self.kind == other.kind || other.kind == "any" || (self.kind, other.kind) == ("integer", "number")
    }

    /// The one among `others` that takes whatever is of this shape, which is one of `own`.
    fn counterpart<'b>(&self, own: &[Self], others: &'b [Self]) -> Option<&'b Self> {
        let others: Vec<&Self> = others.iter().filter(|other| self.is_kind_of(other)).collect();
        // Nothing to be confused with: whatever differs is found inside.
        if let [only] = others[..]
            && own.iter().filter(|shape| shape.kind == self.kind).count() == 1
        {
            return Some(only);
        }
        let named = others.iter().find(|other| self.name.is_some() && self.name == other.name);
        let tagged = || others.iter().find(|other| self.tag() == other.tag() || other.tag().is_none());
        named.or_else(tagged).copied()
    }
}

impl<'a> Comparison<'a> {
    pub(super) fn named_schemas(&mut self) {
        while let Some((old_name, new_name, way)) = self.waiting.pop() {
            let (old, new) =
                (&self.old["components"]["schemas"][old_name], &self.new["components"]["schemas"][new_name]);
            let place = match way {
                Way::Sent => format!("sent {old_name}"),
                Way::Answered => format!("answered {old_name}"),
            };
            self.choices(old, new, way, &place);
        }
    }

    /// Compares what stands at one place of both contracts.
    pub(super) fn schemas(&mut self, old: &'a Value, new: &'a Value, way: Way, place: &str) {
        match (name(old), name(new)) {
            (Some(old), Some(new)) => self.later(old, new, way),
            _ => self.choices(old, new, way, place),
        }
    }

    fn later(&mut self, old: &'a str, new: &'a str, way: Way) {
        if self.known.insert((old, new, way)) {
            self.waiting.push((old, new, way));
        }
    }

    fn choices(&mut self, old: &'a Value, new: &'a Value, way: Way, place: &str) {
        let (old, new) = (shapes(self.old, old), shapes(self.new, new));
        // Who sends must find each of its shapes among the new ones; who reads must know each of the new ones.
        let (from, among) = match way {
            Way::Sent => (&old, &new),
            Way::Answered => (&new, &old),
        };
        for shape in from {
            match (shape.counterpart(from, among), way) {
                (Some(other), Way::Sent) => self.shape(shape, other, way, place),
                (Some(other), Way::Answered) => self.shape(other, shape, way, place),
                (None, _) => self.without_counterpart(shape, among, way, place),
            }
        }
    }

    fn without_counterpart(&mut self, shape: &Shape<'_>, among: &[Shape<'_>], way: Way, place: &str) {
        let what = match shape.tag() {
            Some((field, value)) => format!("{} with '{field}' {value}", shape.kind),
            None => shape.kind.to_owned(),
        };
        match way {
            Way::Sent => self.find(place, format!("{what} is no longer taken")),
            // One more value of the field that tells the shapes apart is one more value of a list.
            Way::Answered
                if shape.tag().is_some_and(|(field, _)| {
                    among.iter().any(|other| other.tag().is_some_and(|(known, _)| known == field))
                }) => {}
            Way::Answered => self.find(place, format!("may now be {what}")),
        }
    }

    fn shape(&mut self, old: &Shape<'a>, new: &Shape<'a>, way: Way, place: &str) {
        if let (Some(old), Some(new)) = (old.name, new.name) {
            return self.later(old, new, way);
        }
        if old.kind == "null" {
            return;
        }
        let (old, new) = (old.schema, new.schema);
        match way {
            Way::Sent => self.narrowed(old, new, place),
            Way::Answered => self.loosened(old, new, place),
        }
        let (old_required, new_required) = (required(old), required(new));
        let (demanded, said) = match way {
            Way::Sent => (new_required.difference(&old_required), "is now required"),
            Way::Answered => (old_required.difference(&new_required), "may now be missing"),
        };
        for field in demanded.filter(|field| way == Way::Sent || !new["properties"][**field].is_null()) {
            self.find(place, format!("field '{field}' {said}"));
        }
        self.within(old, new, way, place);
    }

    fn within(&mut self, old: &'a Value, new: &'a Value, way: Way, place: &str) {
        for (field, before) in entries(&old["properties"]) {
            match &new["properties"][field] {
                Value::Null => self.find(place, format!("field '{field}' is removed")),
                after => self.schemas(before, after, way, &format!("{place}/{field}")),
            }
        }
        for (part, at) in [("items", "[]"), ("additionalProperties", "*")] {
            if old[part].is_object() && new[part].is_object() {
                self.schemas(&old[part], &new[part], way, &format!("{place}/{at}"));
            }
        }
    }

    /// What no longer goes in.
    fn narrowed(&mut self, old: &Value, new: &Value, place: &str) {
        match (values(old), values(new)) {
            (Some(before), Some(after)) => {
                for value in before.iter().filter(|value| !after.contains(value)) {
                    self.find(place, format!("value {value} is no longer taken"));
                }
            }
            (None, Some(_)) => self.find(place, "only listed values are taken now"),
            _ => {}
        }
        for key in AT_MOST.into_iter().chain(AT_LEAST) {
            let Some(after) = new[key].as_f64() else { continue };
            let is_narrower = match old[key].as_f64() {
                Some(before) if AT_MOST.contains(&key) => after < before,
                Some(before) => after > before,
                // Nothing is shorter than nothing.
                None => !(key.starts_with("min") && key != "minimum" && after == 0.0),
            };
            if is_narrower {
                self.find(place, format!("{key} was {}, is {}", old[key], new[key]));
            }
        }
        if !new["pattern"].is_null() && new["pattern"] != old["pattern"] {
            self.find(place, "pattern is another one");
        }
        if !new["format"].is_null() && !same_format(&old["format"], &new["format"]) {
            self.find(place, format!("format was {}, is {}", old["format"], new["format"]));
        }
        if new["uniqueItems"] == true && old["uniqueItems"] != true {
            self.find(place, "its items must differ now");
        }
        if new["additionalProperties"] == false && old["additionalProperties"] != false {
            self.find(place, "no other fields are taken now");
        }
        if !old["default"].is_null() && new["default"] != old["default"] {
            self.find(place, format!("default was {}, is {}", old["default"], new["default"]));
        }
    }

    /// What could not come out before. A list of values is open; a single one is a promise.
    fn loosened(&mut self, old: &Value, new: &Value, place: &str) {
        if let Some([only]) = values(old).as_deref()
            && values(new).as_deref() != Some(&[*only])
        {
            self.find(place, format!("is no longer always {only}"));
        }
        if !old["pattern"].is_null() && new["pattern"] != old["pattern"] {
            self.find(place, "pattern is another one");
        }
        if !old["format"].is_null() && !same_format(&new["format"], &old["format"]) {
            self.find(place, format!("format was {}, is {}", old["format"], new["format"]));
        }
    }
}

/// Whether whatever is of format `narrow` is of format `wide`.
fn same_format(narrow: &Value, wide: &Value) -> bool {
    narrow == wide || (narrow == "int32" && wide == "int64")
}

fn name(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")
}

/// The only values that are allowed, where there is a list.
fn values(schema: &Value) -> Option<Vec<&Value>> {
    match (&schema["enum"], schema.get("const")) {
        (Value::Array(all), _) => Some(all.iter().collect()),
        (_, Some(only)) => Some(vec![only]),
        _ => None,
    }
}

fn required(schema: &Value) -> BTreeSet<&str> {
    elements(&schema["required"]).filter_map(Value::as_str).collect()
}

/// The shapes that a schema leaves open.
fn shapes<'a>(document: &'a Value, schema: &'a Value) -> Vec<Shape<'a>> {
    let name = name(schema);
    let schema = resolve(document, schema);
    let choice = ["oneOf", "anyOf"].into_iter().find_map(|of| schema[of].as_array());
    match (choice, name) {
        // Taken as it is: it may contain itself.
        (Some(_), Some(_)) => vec![Shape { name, kind: "choice", schema }],
        (Some(all), None) => all.iter().flat_map(|one| shapes(document, one)).collect(),
        (None, _) => kinds(schema).into_iter().map(|kind| Shape { name, kind, schema }).collect(),
    }
}

fn kinds(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ if schema["properties"].is_object() => vec!["object"],
        _ => vec!["any"],
    }
}

/// The same document with every `allOf` put together into one schema.
pub(super) fn merged(document: &Value, of: &Value) -> Value {
    match of {
        Value::Array(all) => all.iter().map(|one| merged(document, one)).collect(),
        Value::Object(all) => {
            let mut whole: Map<String, Value> = Map::new();
            for (key, value) in all.iter().filter(|(key, _)| *key != "allOf") {
                whole.insert(key.clone(), merged(document, value));
            }
            for part in elements(&of["allOf"]) {
                put_in(&mut whole, merged(document, resolve(document, part)));
            }
            Value::Object(whole)
        }
        other => other.clone(),
    }
}

fn put_in(whole: &mut Map<String, Value>, part: Value) {
    let Value::Object(part) = part else { return };
    for (key, value) in part {
        match (whole.get_mut(&key), value) {
            (Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
            (Some(Value::Array(known)), Value::Array(more)) => known.extend(more),
            (Some(_), _) => {}
            (None, value) => drop(whole.insert(key, value)),
        }
    }
}
