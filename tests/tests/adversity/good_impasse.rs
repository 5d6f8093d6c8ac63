//! Good bodies of the closed loop (办不成事), each with every field.

use tests::*;

fn assignment() -> Value {
    json!({ "department": "commerce", "with": ["justice"], "matter": "牵头办理。", "days": 5 })
}

fn precedent() -> Value {
    json!({
        "title": "案例", "departments": ["commerce"], "items": [items::PROMISED], "situation": "情形。",
        "solution": "办法。", "lesson": "启示。", "hides_organisation": true,
    })
}

/// Bodies with every field that are refused all the same: some fields are for the window and some for systems, some exclude
/// each other, some name what must be there, and a new hotline has no categories in its code map.
pub const NEVER_WHOLE: [&str; 9] = [
    "raise_hotline_ticket",
    "give_negative_reply",
    "plan_follow_ups",
    "register_impasse",
    "record_satisfaction",
    "deliver_work_order",
    "deliver_message",
    "assign_work_order",
    "propose_item",
];

/// A body without a fault, of an operation of the closed loop.
pub fn body_of(operation: &str) -> Option<Value> {
    let (text, someone, impasse) = ("见附页。", Person::new(), uuid::Uuid::now_v7());
    let mut applicant = someone.applicant();
    applicant["phone"] = json!(someone.phone);
    applicant["address"] = json!(someone.address);
    let mut enterprise = Enterprise::new().applicant();
    (enterprise["phone"], enterprise["address"]) = (json!(someone.phone), json!(someone.address));
    let speaker =
        json!({ "name": someone.name, "capacity": "agent", "mandate": "WT-1", "identity": someone.identity() });
    let category = json!({ "kind": "emerging_field", "field": "低空经济" });
    Some(match operation {
        "register_impasse" => json!({
            "category": category, "subject": text, "facts": text, "wanted": text, "applicant": enterprise,
            "speaker": speaker, "identity_assurance": "real_person", "failed_case": impasse,
            "external_number": "WL-2026-1", "window": "fallback", "department": "justice",
        }),
        "contact_applicant" => json!({ "reached": true, "note": text }),
        "file_impasse" => json!({ "verified": text }),
        "supplement_impasse" | "urge_impasse" => json!({ "text": text }),
        "offer_impasse" => json!({ "to": "clerk-fallback", "reason": text }),
        "decline_impasse" | "return_order" | "send_back_order" => json!({ "reason": text }),
        "raise_level" | "lower_level" => json!({ "to": "difficult", "reason": text }),
        "issue_order" => {
            let mut order = assignment();
            order["binding"] = json!(true);
            order
        }
        "acknowledge_order" => json!({ "responsible": "reviewer-justice" }),
        "rule_on_return" | "rule_on_order_extension" => json!({ "granted": false, "reason": text }),
        "request_order_extension" => json!({ "days": 5, "reason": text }),
        "rule_on_order_supervision" | "rule_on_handling_supervision" | "supervise_work_order" => {
            json!({ "step": "criticism", "taken": true, "reason": text })
        }
        "register_webhook_endpoint" => json!({
            "client": "zjzwfw", "name": text, "url": "http://127.0.0.1:9/hooks",
            "types": ["cn.gov.yichuang.case.accepted.v1"], "signature": "hmac_sm3",
        }),
        "change_webhook_endpoint" => json!({
            "name": text, "url": "http://127.0.0.1:9/hooks", "types": ["cn.gov.yichuang.case.accepted.v1"],
            "signature": "hmac_sha256", "active": true,
        }),
        "issue_webhook_secret" => json!({ "overlap_hours": 1 }),
        "replay_webhook_events" => json!({ "from": now() }),
        "complete_order" => json!({ "text": text, "seal": "SEAL" }),
        "sign_order" => json!({ "seal": "SEAL" }),
        "answer_applicant" => json!({ "outcome": "explained", "text": text, "legal_basis": text }),
        "record_satisfaction" => json!({
            "responded": true, "solved": false, "satisfied": false, "comment": text, "identity": someone.identity(),
            "speaker": { "name": someone.name, "capacity": "agent", "mandate": "WT-1" }, "identity_assurance": "real_person",
        }),
        "propose_carrying" => json!({ "ground": "legal_route", "explanation": text }),
        "rule_on_carrying" => json!({ "granted": false, "reason": text, "days": 20 }),
        "review_carried" => json!({ "keep_days": 20, "reason": text }),
        "follow_up_impasse" => json!({ "way": "phone", "good": true, "findings": text }),
        "settle_triage_item" => json!({ "impasse": impasse, "outcome": "graded", "level": "general", "reason": text }),
        "hold_triage" => json!({ "note": text }),
        "call_meeting" => json!({
            "at": now(), "place": text, "agenda": [impasse], "invited": ["justice"],
            "called_for": [{ "impasse": impasse, "departments": ["justice"] }],
        }),
        "reschedule_meeting" => json!({ "at": now(), "place": text, "reason": text }),
        "cancel_meeting" => json!({ "reason": text }),
        "hold_meeting" => json!({
            "text": text,
            "attendance": [{
                "department": "justice",
                "presence": { "kind": "present", "staff": "reviewer-justice", "title": "科长" },
            }],
            "dropped": [{ "impasse": impasse, "reason": text }],
            "resolutions": [{ "impasse": impasse, "resolved": { "kind": "assign", "assignment": assignment() } }],
        }),
        "draft_submission" | "refresh_submission" => json!({ "again": [impasse] }),
        "send_submission" => json!({ "withdrawn": [{ "impasse": impasse, "reason": text }] }),
        "record_government_decision" => json!({
            "impasse": impasse, "decision": text, "decided_on": today(), "document": "温政阅〔2026〕1号",
            "order": assignment(),
        }),
        "draft_precedent" | "edit_precedent" => precedent(),
        "settle_finding" => json!({ "keep_because": text }),
        "send_back_precedent" | "correct_precedent" | "withdraw_precedent" => json!({ "reason": text }),
        "propose_item" => json!({
            "change_of": items::PROMISED, "impasses": [impasse], "precedent": impasse, "reasons": text,
            "sketch": { "name": "备案", "department": "commerce", "kind": "promised_time", "text": text },
        }),
        "adopt_proposal" => json!({ "item": items::PROMISED, "version": 1 }),
        "decline_proposal" => json!({ "reasons": text }),
        "deliver_work_order" => json!({
            "sequence": 1, "kind": "help", "category": "construction", "subject": text, "facts": text, "assigned": true,
            "lead": "市商务局", "co_organisers": ["市司法局"], "dispatched_at": now(),
            "caller": {
                "name": someone.name, "phone": someone.phone, "address": someone.address,
                "document_kind": "resident_id", "document_number": someone.resident_id,
            },
        }),
        "deliver_message" => json!({
            "sequence": 2, "kind": "urge", "reason": text, "text": text, "responded": true, "solved": true,
            "satisfied": true, "into": "GROUND-W1", "upheld": true, "approved": true, "speaker": speaker,
            "verification": "called_back",
        }),
        "return_work_order" | "return_work_order_assignment" | "ask_work_order_extension" | "decline_escalation" => {
            json!({ "reason": text })
        }
        "resend_callbacks" => json!({ "hotline": hotline::HOTLINE }),
        "assign_work_order" => json!({ "department": "justice", "window": "fallback", "note": text }),
        "tell_legal_route" => json!({ "route": "litigation", "explanation": text }),
        "answer_work_order" => json!({ "text": text }),
        "complete_work_order" => json!({ "note": text }),
        "register_work_order_impasse" => json!({
            "category": category, "wanted": text, "applicant": enterprise, "speaker": speaker, "failed_case": impasse,
        }),
        "raise_hotline_ticket" => json!({
            "hotline": hotline::HOTLINE, "applicant": applicant, "subject": text, "text": text, "window": "rule-of-law",
        }),
        "reply_to_hotline_ticket" => json!({ "outcome": "answered", "external_no": "GROUND-T1", "text": text }),
        "give_negative_reply" => json!({
            "applicant": applicant, "item": items::PROMISED, "asked": text, "case": impasse, "reason": text,
            "legal_basis": text, "window": "rule-of-law",
        }),
        "turn_negative_reply" => json!({
            "category": category, "facts": text, "wanted": text, "applicant": enterprise, "speaker": speaker,
        }),
        "record_consultation" => json!({
            "question": text, "item": items::PROMISED, "applicant": applicant, "window": "rule-of-law",
            "direction": { "to": "answered", "answer": text },
        }),
        "decline_consultation" => json!({ "reason": text }),
        // What may be said of a direction at all; later than at once no answer is one.
        "direct_consultation" => json!({ "direction": { "to": "answered", "answer": text } }),
        "conclude_consultation" => json!({ "outcome": text, "case": impasse }),
        "turn_consultation" => json!({
            "category": category, "facts": text, "wanted": text, "applicant": enterprise, "speaker": speaker,
        }),
        "plan_follow_ups" => json!({
            "from": today(), "to": today(), "count": 1, "percent": 10, "way": "phone", "days": 5,
        }),
        "put_code_maps" => json!({
            "kinds": [{ "code": "01", "kind": "help" }], "categories": [{ "code": "0201", "sector": "enterprise" }],
            "routes": [{ "code": "0901", "route": "litigation" }], "states": [{ "state": "dispatched", "code": "10" }],
        }),
        "reconcile_work_orders" => json!({
            "hotline": hotline::HOTLINE, "from": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z",
            "orders": [{ "external_no": "GROUND-W1", "state": "10", "sequence": 1 }],
        }),
        _ => return None,
    })
}

/// Somebody whose role may do that.
pub fn caller_of(hall: &Hall, operation: &str) -> Option<Caller> {
    Some(match operation {
        "register_impasse" => hall.adapter("zjzwfw"),
        "register_webhook_endpoint" | "change_webhook_endpoint" | "issue_webhook_secret" | "replay_webhook_events" => {
            hall.security_admin()
        }
        "give_negative_reply"
        | "turn_negative_reply"
        | "raise_hotline_ticket"
        | "record_consultation"
        | "decline_consultation"
        | "direct_consultation"
        | "conclude_consultation"
        | "turn_consultation" => hall.clerk("rule-of-law"),
        "reply_to_hotline_ticket" => hall.hotline(hotline::HOTLINE),
        "contact_applicant"
        | "supplement_impasse"
        | "urge_impasse"
        | "offer_impasse"
        | "decline_impasse"
        | "record_satisfaction" => hall.clerk("fallback"),
        "acknowledge_order" | "return_order" | "request_order_extension" => hall.approver("commerce"),
        "complete_order" => hall.reviewer("commerce"),
        "sign_order" => hall.head("commerce"),
        "lower_level"
        | "rule_on_order_supervision"
        | "rule_on_handling_supervision"
        | "supervise_work_order"
        | "rule_on_carrying"
        | "review_carried"
        | "follow_up_impasse"
        | "call_meeting"
        | "reschedule_meeting"
        | "cancel_meeting"
        | "hold_meeting"
        | "draft_submission"
        | "refresh_submission"
        | "send_submission"
        | "record_government_decision"
        | "propose_item"
        | "plan_follow_ups" => hall.reform(),
        "deliver_work_order" | "deliver_message" => hall.hotline(hotline::HOTLINE),
        "return_work_order_assignment" => hall.approver("justice"),
        "return_work_order"
        | "ask_work_order_extension"
        | "assign_work_order"
        | "tell_legal_route"
        | "answer_work_order"
        | "complete_work_order"
        | "register_work_order_impasse"
        | "reconcile_work_orders"
        | "resend_callbacks" => hall.supervisor(),
        "put_code_maps" => hall.system_admin(),
        "file_impasse"
        | "raise_level"
        | "issue_order"
        | "rule_on_return"
        | "rule_on_order_extension"
        | "send_back_order"
        | "answer_applicant"
        | "propose_carrying"
        | "settle_triage_item"
        | "hold_triage"
        | "draft_precedent"
        | "edit_precedent"
        | "settle_finding"
        | "send_back_precedent"
        | "correct_precedent"
        | "withdraw_precedent"
        | "adopt_proposal"
        | "decline_proposal" => hall.manager(),
        _ => return None,
    })
}
