use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Answered, Inside, sender};

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

/// Says again that an enterprise is satisfied, and who said so, once an order where that was found wanting. Whether there was
/// any.
pub(super) fn name_speakers(inside: &Inside, answered: &[Answered]) -> bool {
    let mut memory = inside.memory();
    let wanting = answered.iter().filter(|it| it.body["speaker_awaited"] == true);
    let wanting: BTreeSet<&str> = wanting.map(|it| it.external_no.as_str()).collect();
    for external_no in &wanting {
        let said = json!({
            "kind": "satisfaction", "responded": true, "solved": true, "satisfied": true,
            "speaker": {
                "name": "瞿试甲", "capacity": "legal_representative",
                "identity": { "document_kind": "resident_id", "document_number": "331081199001010013" },
            },
            "verification": "called_back",
        });
        sender::queue(&mut memory, external_no, false, said);
    }
    !wanting.is_empty()
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Mutex;

    use super::*;
    use crate::outbox::SigningKey;

    #[test]
    fn a_speaker_is_named_once_an_order() {
        let key = SigningKey::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let inside = Inside { memory: Mutex::default(), key, sender: sender::Sender::new().unwrap() };
        let answer = |external_no: &str, sequence: u64, speaker_awaited: bool| Answered {
            external_no: external_no.to_owned(),
            sequence,
            status: 200,
            body: json!({ "speaker_awaited": speaker_awaited }),
        };
        assert!(!name_speakers(&inside, &[answer("W-1", 2, false)]));
        let wanting = [answer("W-1", 3, true), answer("W-1", 4, true), answer("W-2", 2, true)];
        assert!(name_speakers(&inside, &wanting));
        assert_eq!(inside.memory().queue.len(), 2);
    }
}
