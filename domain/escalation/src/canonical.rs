//! 规范化JSON: one text for one value, so that a digest of it means something for good.

use serde::Serialize;
use serde_json::Value;

/// The value with the keys of every object in order and without blanks. Only for values without fractions, of which all
/// of ours are.
pub(crate) fn json<T: Serialize>(value: &T) -> String {
    let value = serde_json::to_value(value).unwrap_or_else(|_| unreachable!("made of texts, numbers and lists"));
    let mut text = String::new();
    write(&value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(key, _)| *key);
            text.push('{');
            for (place, (key, value)) in fields.into_iter().enumerate() {
                text.push_str(if place > 0 { "," } else { "" });
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
        Value::Array(values) => {
            text.push('[');
            for (place, value) in values.iter().enumerate() {
                text.push_str(if place > 0 { "," } else { "" });
                write(value, text);
            }
            text.push(']');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_order_whatever_order_they_came_in() {
        let value = serde_json::json!({ "b": [1, { "z": "引号\"", "a": null }], "a": true });
        assert_eq!(json(&value), r#"{"a":true,"b":[1,{"a":null,"z":"引号\""}]}"#);
    }
}
