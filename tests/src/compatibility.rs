//! 契约兼容性: what a program that was written for one contract would notice of the next. A program may send whatever the
//! old contract took and live with whatever it answered; new operations, optional parameters, fields of answers and
//! values of lists break none, because it ignores what it does not know.

mod operation;
mod schema;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

/// Which way something goes, seen from the program that calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Way {
    Sent,
    Answered,
}

/// Everything in `new` that breaks a program written for `old`, each in a line of its own that says where and what.
pub fn breaks(old: &Value, new: &Value) -> BTreeSet<String> {
    let (old, new) = (&schema::merged(old, old), &schema::merged(new, new));
    let mut comparison = Comparison { old, new, found: BTreeSet::new(), waiting: Vec::new(), known: HashSet::new() };
    comparison.operations();
    comparison.named_schemas();
    comparison.found
}

struct Comparison<'a> {
    old: &'a Value,
    new: &'a Value,
    found: BTreeSet<String>,
    /// Pairs of named schemas that are still to be compared; each is, once, whoever refers to it.
    waiting: Vec<(&'a str, &'a str, Way)>,
    known: HashSet<(&'a str, &'a str, Way)>,
}

impl Comparison<'_> {
    fn find(&mut self, place: &str, what: impl AsRef<str>) {
        self.found.insert(format!("{place}: {}", what.as_ref()));
    }
}

/// What stands at the end of a chain of `$ref`.
fn resolve<'a>(document: &'a Value, mut of: &'a Value) -> &'a Value {
    while let Some(at) = of["$ref"].as_str() {
        of = document.pointer(at.trim_start_matches('#')).unwrap_or(&Value::Null);
    }
    of
}

/// The entries of an object; none where it is not there.
fn entries(of: &Value) -> impl Iterator<Item = (&String, &Value)> {
    of.as_object().into_iter().flatten()
}

fn elements(of: &Value) -> impl Iterator<Item = &Value> {
    of.as_array().into_iter().flatten()
}
