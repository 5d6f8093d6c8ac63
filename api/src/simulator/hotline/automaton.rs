use serde_json::{Value, json};

use super::{Inside, sender};

/// Answers each callback that asks for an answer, once: rejects a return, approves an extension, asks the caller back once
/// the order is completed.
pub(super) fn react(inside: &Inside) {
    let mut memory = inside.memory();
    let from = memory.reacted;
    let said: Vec<(String, Value)> = memory.received.iter().skip(from).filter_map(reaction).collect();
    memory.reacted = memory.received.len();
    for (external_no, body) in said {
        sender::queue(&mut memory, &external_no, false, body);
    }
}

fn reaction(it: &super::Received) -> Option<(String, Value)> {
    let body = match it.kind.as_str() {
        "returned" => json!({ "kind": "return_ruling", "upheld": false, "reason": "经核，属于贵单位职责。" }),
        "extension_asked" => json!({ "kind": "extension_ruling", "approved": true }),
        "answered" | "completed" | "route_told" => {
            json!({ "kind": "satisfaction", "responded": true, "solved": true, "satisfied": true })
        }
        "followed" if it.data["milestone"] == "answered" => {
            json!({ "kind": "satisfaction", "responded": true, "solved": true, "satisfied": true })
        }
        _ => return None,
    };
    Some((it.external_no.clone(), body))
}
