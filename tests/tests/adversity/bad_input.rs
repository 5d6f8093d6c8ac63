//! Every field of every JSON body of the contract, wrong in every way (issue of the spine, "Bad input"; D13).

use std::collections::BTreeSet;

use tests::*;

use crate::{
    faults::{self, Fault},
    good_impasse,
    rows::{contents, differences},
};

/// One operation with a JSON body: who calls it, and a body without a fault and with every field.
struct Good {
    operation: contract::Operation,
    caller: Caller,
    schema: String,
    body: Value,
}

fn draft() -> Value {
    let catalog: Value = serde_json::from_str(catalog::WENLING).unwrap();
    let items = catalog["items"].as_array().unwrap();
    let mut content = items.iter().find(|item| item["code"] == items::PROMISED_FOR_ENTERPRISES).unwrap().clone();
    for outside in ["code", "valid_from", "valid_until"] {
        content.as_object_mut().unwrap().remove(outside);
    }
    let participant = json!({ "department": "natural-resources", "days": 5, "after": ["housing-construction"] });
    let other = json!({ "department": "housing-construction", "days": 5 });
    content["materials"][0]["by_commitment"] = json!(false);
    content["joint"] = json!({ "participants": [participant, other], "silence": "open", "inspection": "testing" });
    json!({ "content": content, "valid_from": "2027-01-01", "valid_until": "2027-12-31" })
}

fn application() -> Value {
    let (enterprise, person) = (Enterprise::new(), Person::new());
    let mut applicant = enterprise.applicant();
    applicant["phone"] = json!(person.phone);
    applicant["address"] = json!(person.address);
    json!({
        "item": items::PROMISED_FOR_ENTERPRISES, "channel": "web", "applicant": applicant,
        "contact": enterprise.contact(), "identity_assurance": "real_person", "delivery": { "method": "courier", "recipient": person.recipient() },
        "external_number": "WL-2026-1",
    })
}

fn pushed() -> Value {
    let mut pushed = application();
    let whole = pushed.as_object_mut().unwrap();
    whole.remove("external_number");
    let file = json!({ "material": "application", "files": [pushing::digest_of(PDF)] });
    whole.insert("materials".to_owned(), json!([file]));
    pushed
}

/// A key set with everything that can be in one: the public key of RFC 7517, appendix A.1.
fn keys() -> Value {
    json!({ "keys": [{
        "kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", "kid": "1", "alg": "ES256", "use": "sig",
    }] })
}

/// A body without a fault.
pub(crate) fn body_of(operation: &str) -> Value {
    let (text, someone) = ("见附页。", Person::new());
    let result = json!({ "title": "批复", "valid_from": today(), "valid_until": today() });
    match operation {
        "receive_case" => application(),
        "import_calendar" => json!({ "csv": "date,kind,name\n2027-01-01,holiday,元旦\n" }),
        "assign_case" => json!({ "to": "reviewer-ecology-environment" }),
        "decide_case" => json!({ "outcome": "refuse", "reasons": text, "legal_basis": text }),
        "choose_delivery" => json!({ "method": "courier", "recipient": someone.recipient() }),
        "dispatch_result" => json!({ "carrier": "邮政速递", "waybill": "EA123456789CN" }),
        "deliver_electronically" => json!({ "receipt": text }),
        "offer_hand_over" => json!({ "to": "reviewer2-ecology-environment", "reason": text }),
        "decline_hand_over" | "withdraw_case" => json!({ "reason": text }),
        "check_material" => json!({
            "present": true, "complete": true, "legal_form": true, "presented": "copy", "copy_check": "matches",
            "note": text,
        }),
        "declare_not_required" => json!({ "reason": text, "legal_basis": text }),
        "reject_case" => json!({ "reason": text, "legal_basis": text, "competent_body": text }),
        "decide_on_the_spot" => json!({ "reasons": text, "result": result, "handed_to": someone.identity() }),
        "hand_out_result" => json!({
            "code": "123456", "identity": someone.identity(),
            "agent": { "name": someone.name, "phone": someone.phone, "mandate": "WT-2026-001" },
        }),
        "issue_result" => json!({ "result": result }),
        "review_case" => json!({ "recommends": "grant", "opinion": text }),
        "check_scope" => json!({ "finding": "within", "note": text }),
        "track_parcel" => json!({ "state": "in_transit", "at": now(), "note": text }),
        "put_item_draft" => draft(),
        "add_posting" => json!({
            "staff": "clerk-new", "role": "clerk", "department": "ecology-environment", "window": "project",
            "zone": "acceptance", "resident": true, "from": today(), "until": today(),
        }),
        "register_client" => json!({
            "client": "new-front-end", "role": "adapter", "name": "前端", "scopes": ["cases:read"], "keys": keys(),
            "daily_quota": { "calls": 1000, "applications": 10 },
        }),
        "change_client" => json!({
            "name": "前端", "scopes": ["cases:read"], "active": true, "keys": keys(),
            "daily_quota": { "calls": 1000, "applications": 10 },
        }),
        "vouch_for_applicant" => {
            let (enterprise, agent) = (Enterprise::new(), Person::new());
            let mut applicant = enterprise.applicant();
            applicant["phone"] = json!(agent.phone);
            applicant["address"] = json!(agent.address);
            json!({
                "applicant": applicant, "identity_assurance": "real_person",
                "agent": {
                    "identity": agent.identity(), "mandate": "WT-2026-001", "name": agent.name, "phone": agent.phone,
                    "valid_until": "2099-12-31", "powers": ["applications", "delivery"],
                    "items": [items::PROMISED_FOR_ENTERPRISES],
                },
            })
        }
        "end_posting" => json!({ "until": today() }),
        "query_progress" => json!({ "number": "33108120260302000001", "query_code": "123456" }),
        "notify_corrections" => json!({
            "corrections": [{
                "material": "application", "wrong": text, "mend": text, "on_paper": false, "not_reused": "declined",
            }],
            "days": 5,
        }),
        "allow_second_notice" | "pause_case" | "decline_transfer" | "revoke_acceptance" => json!({ "reason": text }),
        "reopen_case" => json!({ "reason": text }),
        "reuse_material" => json!({ "from_case": uuid::Uuid::now_v7() }),
        "accept_conditionally" => json!({
            "undertaking": text, "days": 5, "not_reused": [{ "material": "application", "reason": "declined" }],
        }),
        "accept_on_commitment" => json!({ "undertaking": text }),
        "verify_commitment" => json!({ "finding": "broken", "note": text, "mend_within": 5 }),
        "start_procedure" => json!({
            "ground": "hearing", "from": today(), "needs": 5, "reason": text, "backdated": text,
        }),
        "end_procedure" => json!({ "notice": "听证1号", "until": today(), "result": text }),
        "extend_limit" => json!({ "days": 5, "reason": text }),
        "delegate_case" => json!({ "to": "reviewer2-ecology-environment" }),
        "transfer_case" => json!({ "to": "commerce", "reason": text }),
        "return_for_rework" => json!({ "to": "review", "reason": text }),
        "draw_plan" => json!({
            "participants": [{ "department": "commerce", "days": 3, "after": ["justice"] }], "reason": text,
        }),
        "give_findings" => json!({ "department": "commerce", "findings": text }),
        "ask_more" => json!({
            "department": "commerce", "what": text, "materials": [{ "material": "application", "on_paper": false }],
        }),
        "answer_more" => json!({ "department": "commerce", "answer": text }),
        "schedule_inspection" => json!({
            "on": today(), "place": text, "departments": ["commerce"], "moved_because": text,
        }),
        "record_inspection" => json!({
            "held_on": today(), "attendance": [{ "department": "commerce", "staff": ["one"], "findings": text }],
        }),
        "replace_result" => json!({ "how": "correction", "reason": text, "result": result }),
        "revoke_grant" | "cancel_grant" => json!({ "reason": text, "legal_basis": text }),
        "seal_document" => json!({ "document": "331081受〔2026〕000001号", "seal": "TUlJQg==" }),
        "add_note" => json!({ "text": text }),
        "rate_case" => json!({
            "stage": "intake", "level": "satisfied", "channel": "mobile", "tags": ["服务态度"], "text": text,
            "anonymous": true, "additional": true,
        }),
        "move_clock" => json!({ "to": now() }),
        "apply_for_package" => {
            let mut together = application();
            let whole = together.as_object_mut().unwrap();
            whole.retain(|field, _| !matches!(field.as_str(), "item" | "external_number"));
            whole.insert("items".to_owned(), json!([packages::CODE, packages::SEAL]));
            together
        }
        "withdraw_from_package" => json!({ "items": [packages::SEAL], "with_dependents": true, "reason": text }),
        "put_application" => pushed(),
        "keep_draft" | "change_draft" => {
            let mut draft = pushed();
            let whole = draft.as_object_mut().unwrap();
            whole.retain(|field, _| !matches!(field.as_str(), "applicant" | "identity_assurance"));
            draft
        }
        "put_application_correction" => json!({
            "materials": [{ "material": "application", "files": [pushing::digest_of(PDF)] }],
        }),
        "put_application_withdrawal" => json!({ "reason": text }),
        "put_enterprise_code" => json!({ "credit_code": Enterprise::new().uscc }),
        "correct_enterprise_code" => json!({ "credit_code": Enterprise::new().uscc, "reason": text }),
        "assign_enterprise_code" => json!({ "client": "front-end" }),
        "revoke_enterprise_code" => json!({ "reason": text }),
        "add_gateway_credential" => json!({ "access_key": "BCDSGA_0", "secret": "0123456789abcdef" }),
        "put_subject_code_map" => json!({ "pairs": [{ "ours": "in_review", "theirs": "08" }] }),
        "order_export" => json!({
            "receiver": "province", "from": today(), "to": today(), "tables": ["up_pro_accept"], "format": "csv",
            "personal": "full",
        }),
        "resend_export" => json!({ "reason": text }),
        "what_if" => json!({
            "item": items::PROMISED, "start": "2026-03-02", "extension": 5,
            "suspensions": [{ "ground": "hearing", "from": "2026-03-03", "until": "2026-03-04" }],
        }),
        other => good_impasse::body_of(other).unwrap_or_else(|| panic!("{other} has a JSON body and no good one here")),
    }
}

/// Whose work it is.
pub(crate) fn caller_of(hall: &Hall, operation: &str) -> Caller {
    match operation {
        "receive_case"
        | "apply_for_package"
        | "withdraw_from_package"
        | "put_application"
        | "put_application_correction"
        | "put_application_withdrawal"
        | "rate_case" => hall.adapter("zjzwfw"),
        "import_calendar" | "move_clock" | "put_subject_code_map" | "put_enterprise_code" => hall.system_admin(),
        "correct_enterprise_code" | "revoke_enterprise_code" | "assign_enterprise_code" => hall.system_admin(),
        "allow_second_notice" | "order_export" | "resend_export" => hall.manager(),
        "extend_limit" | "revoke_grant" | "reopen_case" => hall.head("ecology-environment"),
        "transfer_case" | "start_procedure" | "return_for_rework" | "replace_result" | "cancel_grant" => {
            hall.approver("ecology-environment")
        }
        "end_procedure"
        | "pause_case"
        | "delegate_case"
        | "draw_plan"
        | "answer_more"
        | "schedule_inspection"
        | "record_inspection"
        | "give_findings"
        | "verify_commitment"
        | "ask_more"
        | "decline_transfer" => hall.reviewer("ecology-environment"),
        "what_if" => hall.stranger(),
        "assign_case" | "decide_case" => hall.approver("ecology-environment"),
        "offer_hand_over" | "decline_hand_over" | "review_case" => hall.reviewer("ecology-environment"),
        "put_item_draft" => hall.manager(),
        "vouch_for_applicant" => hall.adapter("zjzwfw"),
        "keep_draft" | "change_draft" => hall.applicant(&uuid::Uuid::now_v7().to_string()),
        "add_posting" | "end_posting" | "register_client" | "change_client" | "add_gateway_credential" => {
            hall.security_admin()
        }
        "query_progress" => hall.stranger(),
        other => good_impasse::caller_of(hall, other).unwrap_or_else(|| hall.clerk("project")),
    }
}

fn all_good(hall: &Hall) -> Vec<Good> {
    // No one body has every field of an opinion: conditions go with one verdict, grounds with another.
    let whole = contract::operations().into_iter().filter(|operation| operation.id != "give_opinion");
    let with_json = whole.filter_map(|operation| {
        let schema = faults::schema_of(operation.spec)?;
        let (caller, body) = (caller_of(hall, &operation.id), body_of(&operation.id));
        Some(Good { operation, caller, schema, body })
    });
    with_json.collect()
}

impl Good {
    fn call(&self, case: &Case, (reply, consultation): (&str, &str)) -> Call {
        let path = self.operation.at(|name| match name {
            "case" => case.id.clone(),
            "material" => "application".to_owned(),
            "posting" | "application" | "draft" | "impasse" | "endpoint" | "export" | "ticket" | "meeting"
            | "precedent" | "proposal" => uuid::Uuid::now_v7().to_string(),
            "reply" => reply.to_owned(),
            "consultation" => consultation.to_owned(),
            "order" | "finding" => "1".to_owned(),
            "week" => "2026-W10".to_owned(),
            "month" => "2026-03".to_owned(),
            "hotline" => hotline::HOTLINE.to_owned(),
            "holder" => "platform".to_owned(),
            "subject" => "stages".to_owned(),
            "external_no" => "GROUND-W1".to_owned(),
            "number" => "1".to_owned(),
            "package" => packages::NEW_ENTERPRISE.to_owned(),
            _ => "a-new-item".to_owned(),
        });
        let call = self.caller.call(self.operation.method.clone(), &path);
        if self.operation.is_transition() { call.if_match(&case.etag()) } else { call }
    }
}

/// What is wrong with the answer, if anything is.
fn complaint(fault: &Fault, answer: &Answer) -> Option<String> {
    let named: BTreeSet<&str> =
        answer["errors"].as_array().into_iter().flatten().filter_map(|error| error["pointer"].as_str()).collect();
    let right = answer.status == fault.status
        && answer["code"] == fault.code
        && answer.header("content-type").starts_with("application/problem+json")
        && fault.pointer.as_deref().is_none_or(|pointer| named.iter().any(|named| named.starts_with(pointer)));
    let told = String::from_utf8_lossy(&answer.bytes);
    (!right).then(|| format!("{}, {}: {} {told}", answer.request, fault.what, answer.status))
}

tests::on_both_stores! {
    /// Bad input: every field is bounded and checked; what is wrong is named; nothing is stored. Each refusal comes before
    /// the case is even looked at, so its stage does not matter.
    async fn every_field_is_bounded_and_checked(hall: Hall) {
        let application = Application::for_item(items::PROMISED_FOR_ENTERPRISES).by(&Enterprise::new());
        let case = hall.received(application, "project").await;
        let reply = hall.clerk("rule-of-law").says_no_to(&Person::new()).await.created().text("/id");
        let asked = hall.clerk("rule-of-law").is_asked_by(&Person::new(), to_fallback()).await.created().text("/id");
        let before = contents(&hall);
        let (mut tried, mut complaints) = (0, Vec::new());
        for good in all_good(&hall) {
            for fault in faults::of(&good.schema, &good.body) {
                let answer = good.call(&case, (&reply, &asked)).body("application/json", fault.body.clone()).await;
                // What is longer than any body may be is not even read.
                let is_too_large = fault.body.len() > 256 * 1024 && answer["code"] == "body_too_large";
                complaints.extend(complaint(&fault, &answer).filter(|_| !is_too_large));
                tried += 1;
            }
        }
        assert!(complaints.is_empty(), "{} of {tried}:\n{}", complaints.len(), complaints.join("\n"));
        assert!(tried > 1000, "only {tried} faults");
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
    }

    /// The good bodies are good: none is refused for what it says, or the test above would prove nothing.
    async fn a_body_without_a_fault_is_not_refused_for_its_fields(hall: Hall) {
        hall.system("front-end").await;
        let application = Application::for_item(items::PROMISED_FOR_ENTERPRISES).by(&Enterprise::new());
        let case = hall.received(application, "project").await;
        let reply = hall.clerk("rule-of-law").says_no_to(&Person::new()).await.created().text("/id");
        let asked = hall.clerk("rule-of-law").is_asked_by(&Person::new(), to_fallback()).await.created().text("/id");
        let whole = |good: &Good| !good_impasse::NEVER_WHOLE.contains(&good.operation.id.as_str());
        for good in all_good(&hall).into_iter().filter(whole) {
            let answer = good.call(&case, (&reply, &asked)).json(&good.body).await;
            hall.clerk("project").reads(&case).await;
            let field_faults = ["invalid_fields", "unknown_field", "malformed_json", "control_character"];
            let code = answer["code"].as_str().unwrap_or_default();
            assert!(!field_faults.contains(&code), "{}: {}", answer.request, answer.body);
        }
    }

    /// Rules of identity (GB 11643, GB 32100): a wrong check digit is named by its field, and the number not repeated.
    async fn a_wrong_check_digit_is_named_by_its_field(hall: Hall) {
        let clerk = hall.clerk("project");
        let spot = hall.received(Application::for_item(items::ON_THE_SPOT).by(&Enterprise::new()), "project").await;
        let before = contents(&hall);
        for (kind, number) in [
            ("resident_id", Person::new().resident_id),
            ("unified_social_credit_code", Enterprise::new().uscc),
        ] {
            let wrong = with_another_end(&number);
            let mut application = application();
            application["applicant"]["document_kind"] = json!(kind);
            application["applicant"]["document_number"] = json!(wrong);
            let answer = hall.adapter("zjzwfw").post("/v1/cases").json(&application).await;
            let answer = answer.names_field("/applicant/document_number");
            assert!(answer["errors"][0]["detail"].as_str().unwrap().contains("校验码"), "{}", answer.body);
            assert!(!answer.body.to_string().contains(&wrong));
        }
        let wrong = with_another_end(&Person::new().resident_id);
        let mut application = application();
        application["contact"]["document_number"] = json!(wrong);
        application["contact"]["phone"] = json!("1390000");
        application["delivery"]["recipient"]["phone"] = json!("86000000");
        let answer = hall.adapter("zjzwfw").post("/v1/cases").json(&application).await;
        // Everything at once.
        for pointer in ["/contact/document_number", "/contact/phone", "/delivery/recipient/phone"] {
            let named = answer["errors"].as_array().unwrap().iter().any(|error| error["pointer"] == pointer);
            assert!(named, "{pointer}: {}", answer.body);
        }
        answer.names_field("/contact/document_number");
        let identity = json!({ "document_kind": "resident_id", "document_number": wrong });
        for (path, body, pointer) in [
            ("pick-up", json!({ "code": "123456", "identity": identity }), "/identity/document_number"),
            (
                "on-the-spot",
                json!({ "reasons": "x", "result": { "title": "x", "valid_from": today() }, "handed_to": identity }),
                "/handed_to/document_number",
            ),
        ] {
            let answer = clerk.post(&spot.path(path)).if_match(&spot.etag()).json(&body).await;
            answer.names_field(pointer);
        }
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
    }

    /// A birthday that is not there, in the future, letters where digits belong: all named, none stored.
    async fn a_number_that_cannot_be_is_named_by_its_field(hall: Hall) {
        let before = contents(&hall);
        for (kind, number) in [
            ("resident_id", "331081198002301230"),
            ("resident_id", "331081299901011238"),
            ("resident_id", "33108119800101123"),
            ("unified_social_credit_code", "91331081I00000000X"),
            ("passport", "护照E12345678"),
            ("hk_macao_travel_permit", "X12345678"),
            ("taiwan_travel_permit", "1234567"),
            ("foreign_permanent_resident", "ABC12345678901"),
        ] {
            let application = Application::for_item(items::PROMISED).by(&Person::new());
            let applicant = json!({ "name": "瞿试", "document_kind": kind, "document_number": number });
            let answer = hall.clerk("rule-of-law").receives(application.with("applicant", applicant)).await;
            answer.names_field("/applicant/document_number");
        }
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
    }

    /// Rule of one transaction (P4): what the rules refuse leaves nothing of what was typed, with or without a key. With
    /// one, the refusal itself is kept, for the retry.
    async fn a_refused_application_leaves_nobody_behind(hall: Hall) {
        let clerk = hall.clerk("talent");
        let refused = Application::for_item(items::ON_PAPER).by(&Enterprise::new()).electronic();
        let for_others = Application::for_item(items::PROMISED_FOR_ENTERPRISES).by(&Person::new());
        let before = contents(&hall);
        clerk.receives(refused.clone()).await.refused("delivery_not_offered");
        hall.clerk("project").receives(for_others.clone()).await.refused("not_for_this_applicant");
        assert_eq!(differences(&before, &contents(&hall)), [""; 0]);
        hall.adapter("zjzwfw").receives(refused.via("web")).await.refused("delivery_not_offered");
        hall.adapter("zjzwfw").receives(for_others.via("web")).await.refused("not_for_this_applicant");
        let changed = differences(&before, &contents(&hall));
        assert!(changed.iter().all(|told| told.starts_with("idempotency:")), "{changed:?}");
    }

    /// The same for the recipient of a parcel that the item does not send.
    async fn a_refused_choice_leaves_no_recipient_behind(hall: Hall) {
        let case = hall.received(Application::for_item("data-enterprise-code").by(&Enterprise::new()), "data").await;
        let body = json!({ "method": "courier", "recipient": Person::new().recipient() });
        let before = contents(&hall);
        let choose = || hall.clerk("data").put(&case.path("delivery")).if_match(&case.etag()).json(&body);
        choose().await.refused("delivery_not_offered");
        choose().key("one-choice").await.refused("delivery_not_offered");
        let changed = differences(&before, &contents(&hall));
        assert_eq!(changed, ["idempotency: 0 → 1 rows"]);
    }
}

/// The same number with another check character that its alphabet has.
fn with_another_end(number: &str) -> String {
    let (body, end) = number.split_at(number.len() - 1);
    format!("{body}{}", if end == "1" { "2" } else { "1" })
}
