use std::collections::BTreeMap;

use serde_json::Value;

use super::{Comparison, Way, elements, entries, resolve};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

impl<'a> Comparison<'a> {
    pub(super) fn operations(&mut self) {
        for (path, item) in entries(&self.old["paths"]) {
            for (method, old) in entries(item).filter(|(method, _)| METHODS.contains(&method.as_str())) {
                let place = format!("{} {path}", method.to_uppercase());
                match &self.new["paths"][path][method] {
                    Value::Null => self.find(&place, "removed"),
                    new => self.operation(old, new, &place),
                }
            }
        }
    }

    fn operation(&mut self, old: &'a Value, new: &'a Value, place: &str) {
        // Generated clients name their functions after it.
        if old["operationId"] != new["operationId"] {
            self.find(place, "its operationId is another one");
        }
        self.security(old, new, place);
        self.sunset(old, new, place);
        self.parameters(old, new, place);
        self.body(old, new, place);
        self.responses(old, new, place);
    }

    /// Whatever let a caller in must let it in still.
    fn security(&mut self, old: &'a Value, new: &'a Value, place: &str) {
        let (held, offered) = (alternatives(self.old, old), alternatives(self.new, new));
        if !held.iter().all(|held| offered.iter().any(|needs| is_met(needs, held))) {
            self.find(place, "security is tightened");
        }
    }

    /// Nobody who relied on the announced day is surprised before it.
    fn sunset(&mut self, old: &'a Value, new: &'a Value, place: &str) {
        let day = |of: &Value| of["x-deprecation"]["sunset"].as_str().map(ToOwned::to_owned);
        if let (Some(old), Some(new)) = (day(old), day(new))
            && new < old
        {
            self.find(place, format!("its sunset is brought forward from {old} to {new}"));
        }
    }

    fn parameters(&mut self, old: &'a Value, new: &'a Value, place: &str) {
        let (old, new) = (parameters(self.old, old), parameters(self.new, new));
        for ((of, name), before) in &old {
            let what = format!("{of} parameter '{name}'");
            match new.get(&(*of, *name)) {
                None => self.find(place, format!("{what} is removed")),
                Some(after) => {
                    if !is_required(before) && is_required(after) {
                        self.find(place, format!("{what} is now required"));
                    }
                    self.schemas(&before["schema"], &after["schema"], Way::Sent, &format!("{place} {what}"));
                }
            }
        }
        for ((of, name), _) in new.iter().filter(|(key, after)| is_required(after) && !old.contains_key(*key)) {
            self.find(place, format!("{of} parameter '{name}' is new and required"));
        }
    }

    fn body(&mut self, old: &'a Value, new: &'a Value, place: &str) {
        let (old, new) = (resolve(self.old, &old["requestBody"]), resolve(self.new, &new["requestBody"]));
        if old.is_object() && !new.is_object() {
            return self.find(place, "a body is no longer taken");
        }
        if is_required(new) && !is_required(old) {
            self.find(place, "a body is now required");
        }
        for (media, content) in entries(&old["content"]) {
            match &new["content"][media] {
                Value::Null => self.find(place, format!("a body of {media} is no longer taken")),
                after => self.schemas(&content["schema"], &after["schema"], Way::Sent, &format!("{place} body")),
            }
        }
    }

    fn responses(&mut self, old: &'a Value, new: &'a Value, place: &str) {
        let (old, new) = (&old["responses"], &new["responses"]);
        for (status, before) in entries(old) {
            match &new[status] {
                // A problem may come with any status: that is what `default` says.
                Value::Null if is_success(status) => self.find(place, format!("status {status} is removed")),
                Value::Null => {}
                after => self.response(before, after, &format!("{place} {status}")),
            }
        }
        for (status, _) in entries(new).filter(|(status, _)| is_success(status) && old[*status].is_null()) {
            self.find(place, format!("status {status} is new"));
        }
    }

    fn response(&mut self, old: &'a Value, new: &'a Value, place: &str) {
        let (old, new) = (resolve(self.old, old), resolve(self.new, new));
        for (header, _) in entries(&old["headers"]).filter(|(header, _)| new["headers"][*header].is_null()) {
            self.find(place, format!("header '{header}' is removed"));
        }
        for (media, content) in entries(&old["content"]) {
            match &new["content"][media] {
                Value::Null => self.find(place, format!("{media} is no longer answered")),
                after => self.schemas(&content["schema"], &after["schema"], Way::Answered, place),
            }
        }
    }
}

/// 2xx and 3xx.
fn is_success(status: &str) -> bool {
    status.starts_with(['2', '3'])
}

fn is_required(of: &Value) -> bool {
    of["required"] == true
}

/// By where they are and how they are called.
fn parameters<'a>(document: &'a Value, operation: &'a Value) -> BTreeMap<(&'a str, &'a str), &'a Value> {
    let all = elements(&operation["parameters"]).map(|parameter| resolve(document, parameter));
    all.filter_map(|parameter| Some(((parameter["in"].as_str()?, parameter["name"].as_str()?), parameter))).collect()
}

/// The scopes of each scheme that must be satisfied together.
type Needs = BTreeMap<String, Vec<Value>>;

/// What an operation needs, one of these; one that needs nothing where anybody may call.
fn alternatives(document: &Value, operation: &Value) -> Vec<Needs> {
    let security = if operation["security"].is_array() { &operation["security"] } else { &document["security"] };
    let needs = |of: &Value| entries(of).map(|(name, of)| (name.clone(), elements(of).cloned().collect())).collect();
    let all: Vec<Needs> = elements(security).map(needs).collect();
    if all.is_empty() { vec![Needs::new()] } else { all }
}

fn is_met(needs: &Needs, held: &Needs) -> bool {
    let has_all = |(scheme, scopes): (&String, &Vec<Value>)| {
        held.get(scheme).is_some_and(|held| scopes.iter().all(|scope| held.contains(scope)))
    };
    needs.iter().all(has_all)
}
