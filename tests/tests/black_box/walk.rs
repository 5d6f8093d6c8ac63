//! Every operation of the contract, with something to call each with.

use tests::{
    contract::{Operation, operations},
    *,
};

/// What the paths and bodies of all operations refer to.
pub struct Ground {
    pub case: Case,
    pub person: Person,
    pub file: String,
    pub posting: String,
    pub query_code: String,
}

impl Ground {
    /// A case that a platform handed in for somebody, with a file.
    pub async fn prepare(hall: &Hall) -> Self {
        let person = Person::new();
        let platform = hall.adapter("platform");
        let application = Application::for_item(items::PROMISED).by(&person).numbered("GROUND-1");
        let case = platform.receives(application).await.case();
        platform.attaches(&case, "application", "application/pdf", PDF).await.ok();
        let query_code = platform.reads_receipt(&case).await.ok().text("/query_code");
        let postings = hall.security_admin().get("/v1/postings?staff=clerk-data").await.ok();
        let file = case.text("/materials/0/files/0/id");
        assert!(!file.is_empty());
        Self { posting: postings.ids().remove(0), case, person, file, query_code }
    }

    /// Everything that names this ground and nothing else.
    pub fn marks(&self) -> Vec<String> {
        let case = &self.case;
        let mut marks = self.person.secrets();
        let ids = [&case.id, &case.number, &self.file, &self.posting].map(Clone::clone);
        marks.extend(ids.into_iter().chain([case.party(), "GROUND-1".to_owned()]));
        marks
    }

    /// The operation's path with its query, on this ground.
    pub fn path(&self, operation: &Operation) -> String {
        let path = operation.at(|name| match name {
            "case" => self.case.id.clone(),
            "file" => self.file.clone(),
            "posting" => self.posting.clone(),
            "item" => items::PROMISED.to_owned(),
            "material" => "application".to_owned(),
            other => panic!("{}: what is {other}? Say it here.", operation.id),
        });
        match operation.id.as_str() {
            "calculate_deadline" => path + "?start=2023-09-28&working_days=5",
            _ => path,
        }
    }

    /// A good body, where the operation takes one.
    fn body(&self, operation: &Operation) -> Value {
        let result = json!({ "title": "决定书", "valid_from": today() });
        let grounds = json!({ "reason": "理由。", "legal_basis": "依据。" });
        let day = json!({ "until": today() });
        let posting = json!({
            "staff": "walker", "role": "clerk", "department": "justice", "window": "rule-of-law", "from": today(),
        });
        match operation.id.as_str() {
            "import_calendar" => json!({ "csv": "date,kind,name\n2041-01-01,holiday,元旦\n" }),
            "receive_case" => json!({
                "item": items::PROMISED, "channel": "counter", "applicant": self.person.applicant(),
                "delivery": { "method": "pick_up" },
            }),
            "assign_case" => json!({ "to": "reviewer-justice" }),
            "decide_case" => json!({ "outcome": "grant", "reasons": "符合条件。" }),
            "choose_delivery" => json!({ "method": "electronic" }),
            "dispatch_result" => json!({ "carrier": "邮政速递", "waybill": "EMS1" }),
            "deliver_electronically" => json!({ "receipt": "已推送。" }),
            "offer_hand_over" => json!({ "to": "reviewer2-justice", "reason": "出差。" }),
            "decline_hand_over" | "withdraw_case" => json!({ "reason": "计划有变。" }),
            "check_material" => json!({
                "present": true, "complete": true, "legal_form": true, "presented": "original",
            }),
            "reject_case" => {
                let mut grounds = grounds;
                grounds["competent_body"] = json!("上级机关");
                grounds
            }
            "declare_not_required" => grounds,
            "decide_on_the_spot" => json!({ "reasons": "符合条件。", "result": result }),
            "hand_out_result" => json!({ "code": "000000", "identity": self.person.identity() }),
            "issue_result" => json!({ "result": result }),
            "review_case" => json!({ "recommends": "grant", "opinion": "属实。" }),
            "check_scope" => json!({ "finding": "within" }),
            "track_parcel" => json!({ "state": "collected", "at": now() }),
            "add_posting" => posting,
            "end_posting" => day,
            "query_progress" => json!({ "number": self.case.number, "query_code": self.query_code }),
            other => panic!("{other} takes a body, and none is written down here"),
        }
    }

    /// Calls the operation as well as it can be called.
    pub async fn call(&self, hall: &Hall, operation: &Operation, caller: &Caller) -> Answer {
        let call = caller.call(operation.method.clone(), &self.path(operation));
        let call = if operation.is_transition() { call.if_match("*") } else { call };
        match operation.id.as_str() {
            "attach_file" => call.body("application/pdf", PDF).await,
            "put_item_draft" => {
                let item = hall.stranger().get(&self.path(operation).replace("/draft", "")).await.ok();
                call.json(&json!({ "content": item["content"] })).await
            }
            _ if operation.has_body() => call.json(&self.body(operation)).await,
            _ => call.await,
        }
    }
}

/// Every operation, those that end something last: the walk is of one case and one item.
pub fn in_walking_order() -> Vec<Operation> {
    let mut all = operations();
    all.sort_by_key(|operation| matches!(operation.id.as_str(), "withdraw_case" | "withdraw_item" | "end_posting"));
    all
}
