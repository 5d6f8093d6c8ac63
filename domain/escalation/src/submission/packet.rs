use kernel::{Centre, Instant};
use serde_json::{Value, json};

use super::{Entry, Month};
use crate::{canonical, impasse::Impasse};

/// 呈报件: what the government is told of each item, as canonical JSON. The impasses are those of the entries, in their
/// order. It holds no personal data, as no impasse does.
pub fn packet(centre: Centre, month: Month, entries: &[Entry], impasses: &[&Impasse], frozen_at: Instant) -> String {
    let items: Vec<Value> = entries.iter().zip(impasses).map(|(entry, impasse)| item(entry, impasse)).collect();
    canonical::json(&json!({
        "kind": "yichuang.government_submission.1",
        "centre": centre,
        "month": month,
        "frozen_at": frozen_at,
        "items": items,
    }))
}

fn item(entry: &Entry, impasse: &Impasse) -> Value {
    json!({
        "impasse": entry.impasse,
        "number": entry.number,
        "version": impasse.version,
        "subject": entry.subject,
        "category": impasse.category.kind(),
        "channel": impasse.channel,
        "facts": impasse.facts,
        "wanted": impasse.wanted,
        "departments": impasse.departments(),
        "registered_at": impasse.registered_at,
        "exceptional_since": entry.since,
        "carried_over": entry.carried_over,
        "again": entry.again,
        "gradings": impasse.gradings,
        "meetings": impasse.meetings,
        "orders": impasse.orders,
        "rounds": impasse.rounds.len(),
        "earlier_decisions": impasse.government,
    })
}
