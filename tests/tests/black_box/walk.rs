//! Every operation of the contract, with something to call each with.

use kernel::Role;
use reqwest::Method;
use tests::{
    contract::{Operation, operations},
    *,
};

/// 承诺件 at the window `rule-of-law` of another department than `justice`.
const ASKED: &str = "law-abnormal-list-removal";

/// What departments do that have a part in a case without handling it.
const PARTICIPANTS: [&str; 5] = ["give_opinion", "ask_more", "give_findings", "accept_transfer", "decline_transfer"];

/// Items of a package, one of them at the window `rule-of-law` and of the department `justice`.
const TOGETHER: [&str; 4] = [packages::CODE, packages::SEAL, packages::INSURANCE, packages::CHECK_UP];

/// What the paths and bodies of all operations refer to.
pub struct Ground {
    pub case: Case,
    /// One at the same window in which the department of `case` has a part and no more.
    pub asked: Case,
    /// A package application of another applicant with one case at that window and in that department.
    pub application: PackageApplication,
    /// What a platform registered that could not be got done, with an order to that department.
    pub impasse: Impasse,
    /// A precedent in draft and a proposal, both of another impasse, which was closed out.
    pub precedent: String,
    pub proposal: String,
    /// One that is published.
    pub published: String,
    /// 本周
    pub week: String,
    pub meeting: String,
    /// 本月, whose packet is frozen.
    pub month: String,
    /// 否定答复 at that window, to the same person.
    pub negative_reply: String,
    /// 咨询 of the same person, asked at that window and offered to the fallback window.
    pub consultation: String,
    /// 工单, assigned to that department; none where the hall has no hotline.
    pub work_order: Option<String>,
    /// 转热线事项, of that window.
    pub ticket: String,
    /// 回访计划
    pub plan: String,
    /// The credit code of the applicant of `application`.
    pub enterprise: String,
    /// A case that the platform pushed under a number of its own.
    pub pushed: String,
    pub person: Person,
    pub recomputation: String,
    pub file: String,
    pub posting: String,
    pub query_code: String,
    /// The secret of the system `ground`, and its id.
    pub secret: String,
    pub secret_id: String,
    /// 网关凭据 of the system `ground`.
    pub credential: String,
    /// 交换批次 for `platform`, finished.
    pub export: String,
    /// 草稿 of the applicant of `case`.
    pub draft: String,
    /// 代办凭据 of the platform.
    pub voucher: String,
    /// 推送订阅 of the platform, which is switched off, with a secret and a delivery.
    pub webhook: Webhook,
    pub webhook_secret: String,
    pub delivery: String,
}

impl Ground {
    /// A case that a platform handed in for somebody, with a file, and one in which its department is asked for its
    /// opinion.
    pub async fn prepare(hall: &Hall) -> Self {
        let person = Person::new();
        let platform = hall.adapter("platform");
        let application = Application::for_item(items::PROMISED).by(&person).numbered("GROUND-1");
        let case = platform.receives(application).await.case();
        let pushed = platform.pushes("PUSHED-1", &pushing::pushed(&person, None)).await.created();
        platform.attaches(&case, "application", "application/pdf", PDF).await.ok();
        let query_code = platform.reads_receipt(&case).await.ok().text("/query_code");
        let postings = hall.security_admin().get("/v1/postings?staff=clerk-data").await.ok();
        let file = case.text("/materials/0/files/0/id");
        assert!(!file.is_empty());
        let asked = platform.receives(Application::for_item(ASKED).by(&Enterprise::new())).await.case();
        hall.accept(&asked).await;
        hall.reviewer_of(&asked).takes(&asked).await.ok();
        hall.reviewer_of(&asked).draws_plan_of(&asked, &[("justice", 1, &[])]).await.ok();
        let edition = json!({ "csv": "date,kind,name\n2040-01-02,holiday,元旦\n" });
        hall.system_admin().put("/v1/calendar").json(&edition).await.ok();
        let recomputation = until("the limits are computed anew", async || {
            let newest = hall.manager().get("/v1/calendar/recomputations").await.ok().data()[0].clone();
            newest["finished_at"].is_string().then(|| newest["id"].as_str().unwrap().to_owned())
        })
        .await;
        let enterprise = Enterprise::new();
        let application = hall.package_application(&TOGETHER, &enterprise).await;
        // Refused where the hall has no hotline.
        let mut order = hotline::dispatch(&hall.now());
        order["sequence"] = json!(1);
        order["caller"] = json!({ "phone": person.phone });
        let dispatched = hall.hotline(hotline::HOTLINE).put("/v1/hotline/work-orders/GROUND-W1").json(&order).await;
        let mut work_order = None;
        if dispatched.status == 200 {
            hall.supervisor().signs_for("GROUND-W1").await.ok();
            let assigned = hall.supervisor().assigns_work_order("GROUND-W1", "justice").await.ok();
            work_order = Some(assigned.text("/id"));
        }
        let grievance = Grievance::new(&person).with("external_number", json!("GROUND-2"));
        let impasse = platform.registers(&grievance).await.impasse();
        hall.manager().reads(&impasse).await.ok();
        hall.manager().files(&impasse).await.ok();
        hall.manager().triages(&impasse, "general").await;
        hall.manager().reads(&impasse).await.ok();
        hall.manager().orders(&impasse, "justice", 5, false).await.ok();
        let week = hall.manager().opens_triage().await;
        let published = hall.published_precedent(precedent_text()).await.id.clone();
        let (difficult, _) = hall.graded_impasse("difficult").await;
        let call = json!({ "at": "2099-01-05T01:00:00Z", "place": "三楼会议室", "agenda": [difficult.id], "invited": ["justice"] });
        let meeting = hall.reform().post("/v1/coordination-meetings").json(&call).await.created().text("/id");
        hall.graded_impasse("exceptional").await;
        let month = hall.reform().post("/v1/government-submissions").json(&json!({})).await.created().text("/month");
        let freezing = format!("/v1/government-submissions/{month}/freezing");
        hall.reform().call(Method::POST, &freezing).if_match("*").await.ok();
        let (solved, _) = hall.closed_out_impasse().await;
        let today = (hall.today(), hall.today());
        let plan = hall.reform().plans_follow_ups(today, json!({ "count": 1 }), 5).await.created().text("/id");
        let negative_reply = hall.clerk("rule-of-law").says_no_to(&person).await.created().text("/id");
        let asked_for = json!({ "applicant": person.applicant() });
        let consultation = hall.clerk("rule-of-law").is_asked(to_fallback(), asked_for).await.created().text("/id");
        let ticket = hall.clerk("rule-of-law").raises_ticket(&person).await.created().text("/id");
        let lesson = json!({ "lesson": "明确牵头部门。" });
        let precedent = hall.manager().post(&solved.path("precedent")).json(&lesson).await.created().text("/id");
        let proposal = json!({
            "impasses": [solved.id], "reasons": "多次反映。",
            "sketch": { "name": "露营地备案", "department": "commerce", "kind": "promised_time", "text": "新增事项。" },
        });
        let proposal = hall.manager().post("/v1/item-proposals").json(&proposal).await.created().text("/id");
        let today = hall.today();
        let order = json!({ "receiver": "platform", "from": today, "to": today });
        let export = hall.exports(&order).await.text("/id");
        let client = json!({ "client": "ground", "role": "adapter", "name": "前端", "scopes": ["cases:read"] });
        let client = hall.security_admin().post("/v1/clients").json(&client).await.created();
        let given = json!({ "access_key": "BCDSGA_ground", "secret": "0123456789abcdef0123456789abcdef" });
        let given = hall.security_admin().post("/v1/clients/ground/gateway-credentials").if_match("*").json(&given);
        let credential = given.await.ok().text("/gateway_credentials/0/id");
        let named = json!({ "credit_code": enterprise.uscc });
        hall.system_admin().put("/v1/enterprise-codes/QYM-1").json(&named).await.created();
        let draft = hall.applicant_of(&case).post("/v1/drafts").json(&draft()).await.created().text("/id");
        let voucher = platform.vouches_for(&person, "ground").await.0.text("/id");
        let webhook = hall.system("platform").await.listens_at("http://127.0.0.1:9/hooks", json!({})).await;
        let webhook_secret = webhook.reads().await.text("/secrets/0/id");
        // What happened to the endpoint itself is what it is told first, in vain.
        let delivery = until("it was tried", async || {
            let first = webhook.deliveries("pending").await.first().cloned()?;
            (first["attempts"] == 1).then(|| first["id"].as_str().unwrap().to_owned())
        })
        .await;
        let off = json!({
            "name": "平台", "url": "http://127.0.0.1:9/hooks", "types": [], "signature": "hmac_sha256", "active": false,
        });
        hall.security_admin().put(&webhook.path("")).if_match("*").json(&off).await.ok();
        Self {
            draft,
            voucher,
            webhook,
            webhook_secret,
            delivery,
            enterprise: enterprise.uscc,
            pushed: pushed.text("/case"),
            secret: client.text("/client_secret"),
            secret_id: client.text("/secrets/0/id"),
            credential,
            export,
            asked,
            negative_reply,
            consultation,
            work_order,
            ticket,
            plan,
            application,
            precedent,
            proposal,
            published,
            week,
            meeting,
            month,
            impasse,
            recomputation,
            posting: postings.ids().remove(0),
            case,
            person,
            file,
            query_code,
        }
    }

    /// Everything that names this ground and nothing else.
    pub fn marks(&self) -> Vec<String> {
        let case = &self.case;
        let mut marks = self.person.secrets();
        let ids = [
            &case.id,
            &case.number,
            &self.file,
            &self.posting,
            &self.application.id,
            &self.impasse.id,
            &self.draft,
            &self.voucher,
            &self.asked.id,
            &self.asked.number,
            &self.precedent,
            &self.published,
            &self.proposal,
            &self.meeting,
            &self.negative_reply,
            &self.consultation,
            &self.ticket,
            &self.plan,
            &self.recomputation,
            &self.export,
            &self.credential,
            &self.secret_id,
            &self.webhook.id,
            &self.webhook_secret,
            &self.delivery,
        ]
        .map(Clone::clone);
        let named = [case.party(), self.pushed.clone(), "GROUND-1".to_owned(), "GROUND-2".to_owned()];
        marks.extend(ids.into_iter().chain(named));
        // Its number is also that of one that a hotline of the same name dispatches elsewhere.
        marks.extend(self.work_order.clone());
        marks
    }

    /// The operation's path with its query, on this ground.
    pub fn path(&self, operation: &Operation) -> String {
        let path = operation.at(|name| match name {
            "case" if PARTICIPANTS.contains(&operation.id.as_str()) => self.asked.id.clone(),
            "case" => self.case.id.clone(),
            "application" => self.application.id.clone(),
            "package" => packages::NEW_ENTERPRISE.to_owned(),
            "code" if operation.path.starts_with("/v1/enterprises/") => self.enterprise.clone(),
            "code" if operation.path.starts_with("/v1/enterprise-codes/") => "QYM-1".to_owned(),
            "code" => "business-licence".to_owned(),
            "recomputation" => self.recomputation.clone(),
            "file" => self.file.clone(),
            "posting" => self.posting.clone(),
            "item" => items::PROMISED.to_owned(),
            "material" => "application".to_owned(),
            "impasse" => self.impasse.id.clone(),
            "order" => "1".to_owned(),
            "week" => self.week.clone(),
            "precedent" if operation.is_public() => self.published.clone(),
            "precedent" => self.precedent.clone(),
            "meeting" => self.meeting.clone(),
            "month" => self.month.clone(),
            "edition" => "1".to_owned(),
            "finding" => "0".to_owned(),
            "proposal" => self.proposal.clone(),
            "external_no" if operation.path.starts_with("/v1/applications/") => "PUSHED-1".to_owned(),
            "external_no" => "GROUND-W1".to_owned(),
            "number" => "1".to_owned(),
            "digest" => pushing::digest_of(PDF),
            "hotline" => hotline::HOTLINE.to_owned(),
            "holder" => "platform".to_owned(),
            "subject" => "stages".to_owned(),
            "reply" => self.negative_reply.clone(),
            "consultation" => self.consultation.clone(),
            "ticket" => self.ticket.clone(),
            "plan" => self.plan.clone(),
            "figure" => "received".to_owned(),
            "measure" => "urgings".to_owned(),
            "window" => "rule-of-law".to_owned(),
            "draft" => self.draft.clone(),
            "voucher" => self.voucher.clone(),
            "endpoint" => self.webhook.id.clone(),
            "webhook_secret" => self.webhook_secret.clone(),
            "delivery" => self.delivery.clone(),
            "client" => "ground".to_owned(),
            "secret" => self.secret_id.clone(),
            "credential" => self.credential.clone(),
            "export" => self.export.clone(),
            "name" => "up_pro_accept.ndjson".to_owned(),
            other => panic!("{}: what is {other}? Say it here.", operation.id),
        });
        match operation.id.as_str() {
            "calculate_deadline" => path + "?start=2023-09-28&working_days=5",
            "read_impasse_register"
            | "export_impasse_register"
            | "read_impasse_figures"
            | "draft_impasse_bulletin"
            | "list_impasses_of_figure"
            | "read_window_figures"
            | "read_work_order_figures"
            | "list_work_orders_of_figure"
            | "list_cases_of_window_figures" => path + "?from=2026-03-01&to=2026-03-31",
            "list_undelivered_callbacks" | "list_held_messages" => path + "?hotline=" + hotline::HOTLINE,
            _ => path,
        }
    }

    /// A good body, where the operation takes one.
    fn body(&self, hall: &Hall, operation: &Operation) -> Value {
        let result = json!({ "title": "决定书", "valid_from": today() });
        let grounds = json!({ "reason": "理由。", "legal_basis": "依据。" });
        let day = json!({ "until": today() });
        let posting = json!({
            "staff": "walker", "role": "clerk", "department": "justice", "window": "rule-of-law", "from": today(),
        });
        let inspected = json!([{ "department": "justice", "staff": ["reviewer-justice"], "findings": "一致。" }]);
        match operation.id.as_str() {
            "notify_corrections" => json!({
                "corrections": [{ "material": "application", "wrong": "缺页。", "mend": "补齐。" }], "days": 5,
            }),
            "allow_second_notice" | "pause_case" | "decline_transfer" | "reopen_case" => json!({ "reason": "理由。" }),
            "reuse_material" => json!({ "from_case": self.asked.id }),
            "accept_conditionally" => json!({ "undertaking": "承诺。", "days": 5 }),
            "accept_on_commitment" => json!({ "undertaking": "承诺。" }),
            "revoke_acceptance" => json!({ "reason": "理由。" }),
            "verify_commitment" => json!({ "finding": "kept", "note": "属实。" }),
            "start_procedure" => json!({ "ground": "hearing", "needs": 5, "reason": "依法听证。" }),
            "end_procedure" => json!({ "notice": "听证1号", "result": "已结束。" }),
            "seal_document" => json!({ "document": "331081受〔2026〕000001号", "seal": "MIIB" }),
            "extend_limit" => json!({ "days": 5, "reason": "案情复杂。" }),
            "delegate_case" => json!({ "to": "reviewer2-justice" }),
            "transfer_case" => json!({ "to": "commerce", "reason": "职责。" }),
            "return_for_rework" => json!({ "to": "review", "reason": "理由。" }),
            "draw_plan" => json!({}),
            "give_opinion" => json!({ "department": "justice", "opinion": { "verdict": "agree" } }),
            "ask_more" => json!({ "department": "justice", "what": "红线图。" }),
            "answer_more" => json!({ "department": "justice", "answer": "已附。" }),
            "give_findings" => json!({ "department": "justice", "findings": "一致。" }),
            "schedule_inspection" => json!({ "on": hall.today(), "place": "现场", "departments": ["justice"] }),
            "record_inspection" => json!({ "held_on": hall.today(), "attendance": inspected }),
            "replace_result" => json!({ "how": "correction", "reason": "笔误。", "result": result }),
            "revoke_grant" | "cancel_grant" => grounds,
            "apply_for_package" => {
                let mut application = for_items(&TOGETHER, &self.person);
                application["channel"] = json!("counter");
                application
            }
            "withdraw_from_package" => json!({ "items": [packages::CHECK_UP], "reason": "计划有变。" }),
            "add_note" => json!({ "text": "补记。" }),
            "rate_case" => json!({ "stage": "intake", "level": "satisfied", "channel": "mobile" }),
            "move_clock" => json!({ "to": "2020-01-01T00:00:00Z" }),
            "what_if" => json!({ "item": items::PROMISED, "start": "2026-03-02" }),
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
            "keep_draft" | "change_draft" => draft(),
            "order_export" => json!({ "receiver": "walked", "from": today(), "to": today() }),
            "resend_export" => json!({ "reason": "接收方丢失。" }),
            "register_client" => json!({ "client": "walked", "role": "adapter", "name": "前端", "scopes": [] }),
            "register_webhook_endpoint" => json!({
                "client": "platform", "name": "平台", "url": "http://127.0.0.1:9/hooks",
            }),
            "change_webhook_endpoint" => json!({
                "name": "平台", "url": "http://127.0.0.1:9/hooks", "types": [], "signature": "hmac_sha256", "active": false,
            }),
            "issue_webhook_secret" => json!({ "overlap_hours": 1 }),
            "replay_webhook_events" => json!({ "from": now() }),
            "change_client" => json!({ "name": "前端", "scopes": ["cases:read"], "active": true }),
            "vouch_for_applicant" => json!({
                "applicant": self.person.applicant(), "identity_assurance": "real_person",
            }),
            "add_posting" => posting,
            "end_posting" => day,
            "query_progress" => json!({ "number": self.case.number, "query_code": self.query_code }),
            "settle_triage_item" => json!({ "impasse": self.impasse.id, "outcome": "left_over", "reason": "理由。" }),
            "hold_triage" | "draft_submission" | "refresh_submission" | "send_submission" => json!({}),
            "record_government_decision" => json!({
                "impasse": self.impasse.id, "decision": "同意。", "decided_on": today(),
            }),
            "call_meeting" => json!({
                "at": "2099-01-05T01:00:00Z", "place": "会议室", "agenda": [self.impasse.id], "invited": ["justice"],
            }),
            "reschedule_meeting" => json!({ "at": "2099-01-06T01:00:00Z", "place": "会议室", "reason": "改期。" }),
            "cancel_meeting" => json!({ "reason": "理由。" }),
            "hold_meeting" => json!({
                "text": "纪要。", "attendance": [{ "department": "justice", "presence": { "kind": "absent", "reason": "公务。" } }],
            }),
            "draft_precedent" => json!({ "lesson": "明确牵头部门。" }),
            "edit_precedent" => json!({
                "title": "案例", "departments": ["commerce"], "items": [], "situation": "情形。", "solution": "办法。",
                "lesson": "启示。", "hides_organisation": false,
            }),
            "settle_finding" => json!({}),
            "send_back_precedent" | "correct_precedent" | "withdraw_precedent" => json!({ "reason": "理由。" }),
            "propose_item" => json!({
                "impasses": [self.impasse.id], "reasons": "多次反映。",
                "sketch": { "name": "备案", "department": "commerce", "kind": "promised_time", "text": "新增事项。" },
            }),
            "adopt_proposal" => json!({ "item": items::PROMISED, "version": 1 }),
            "decline_proposal" => json!({ "reasons": "理由。" }),
            "register_impasse" => Grievance::new(&self.person).body().clone(),
            "contact_applicant" => json!({ "reached": true, "note": "电话。" }),
            "file_impasse" => json!({ "verified": "属实。" }),
            "supplement_impasse" | "urge_impasse" => json!({ "text": "补充。" }),
            "offer_impasse" => json!({ "to": "clerk-fallback", "reason": "跟进。" }),
            "decline_impasse" | "return_order" | "send_back_order" => json!({ "reason": "理由。" }),
            "raise_level" | "lower_level" => json!({ "to": "difficult", "reason": "理由。" }),
            "issue_order" => json!({ "department": "commerce", "matter": "办理。", "days": 5 }),
            "acknowledge_order" => json!({ "responsible": "reviewer-justice" }),
            "rule_on_return" | "rule_on_order_extension" => json!({ "granted": false, "reason": "理由。" }),
            "request_order_extension" => json!({ "days": 5, "reason": "理由。" }),
            "rule_on_order_supervision" | "rule_on_handling_supervision" | "supervise_work_order" => {
                json!({ "step": "criticism", "taken": true, "reason": "理由。" })
            }
            "complete_order" => json!({ "text": "已办。" }),
            "sign_order" => json!({}),
            "answer_applicant" => json!({ "outcome": "solved", "text": "已办。" }),
            "record_satisfaction" => json!({ "responded": true, "solved": false, "satisfied": false }),
            "propose_carrying" => json!({ "ground": "legal_route", "explanation": "已告知。" }),
            "rule_on_carrying" => json!({ "granted": false, "reason": "理由。", "days": 20 }),
            "review_carried" => json!({ "reason": "理由。" }),
            "follow_up_impasse" => json!({ "way": "phone", "good": true, "findings": "属实。" }),
            "deliver_work_order" => {
                let mut dispatched = hotline::dispatch(&hall.now());
                dispatched["sequence"] = json!(1);
                dispatched
            }
            "deliver_message" => json!({ "sequence": 2, "kind": "urge" }),
            "return_work_order"
            | "return_work_order_assignment"
            | "ask_work_order_extension"
            | "decline_escalation" => {
                json!({ "reason": "理由。" })
            }
            "assign_work_order" => json!({ "department": "justice" }),
            "tell_legal_route" => json!({ "route": "litigation", "explanation": "请依法起诉。" }),
            "answer_work_order" => json!({ "text": "已办。" }),
            "complete_work_order" => json!({}),
            "register_work_order_impasse" => json!({
                "category": { "kind": "other", "why": "不属任何部门。" }, "wanted": "办理。", "applicant": self.person.applicant(),
            }),
            "resend_callbacks" => json!({ "hotline": hotline::HOTLINE }),
            "put_code_maps" => json!({ "kinds": [{ "code": "01", "kind": "help" }], "categories": [], "states": [] }),
            "put_application" => pushing::pushed(&self.person, None),
            "put_application_correction" => json!({
                "materials": [{ "material": "application", "files": [pushing::digest_of(PDF)] }],
            }),
            "put_application_withdrawal" => json!({ "reason": "计划有变。" }),
            "put_enterprise_code" => json!({ "credit_code": self.enterprise }),
            "correct_enterprise_code" => json!({ "credit_code": self.enterprise, "reason": "登记有误。" }),
            "assign_enterprise_code" => json!({ "client": "ground" }),
            "revoke_enterprise_code" => json!({ "reason": "企业码已停用。" }),
            "add_gateway_credential" => json!({
                "access_key": "BCDSGA_walked", "secret": "0123456789abcdef0123456789abcdef",
            }),
            "put_subject_code_map" => json!({ "pairs": [{ "ours": "in_review", "theirs": "08" }] }),
            "reconcile_work_orders" => json!({
                "hotline": hotline::HOTLINE, "from": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z", "orders": [],
            }),
            "raise_hotline_ticket" => json!({
                "hotline": hotline::HOTLINE, "applicant": self.person.applicant(), "subject": "路灯不亮", "text": "请派修。",
            }),
            "reply_to_hotline_ticket" => json!({ "outcome": "taken", "external_no": "GROUND-T1" }),
            "give_negative_reply" => json!({
                "applicant": self.person.applicant(), "asked": "备案", "reason": "理由。", "legal_basis": "依据。",
            }),
            "turn_negative_reply" => json!({
                "category": { "kind": "other", "why": "不属任何部门。" }, "facts": "情况。", "wanted": "办理。",
            }),
            "record_consultation" => json!({
                "question": "露营基地由哪个部门备案？", "direction": { "to": "answered", "answer": "请到二楼。" },
            }),
            "decline_consultation" => json!({ "reason": "理由。" }),
            "direct_consultation" => json!({ "direction": { "to": "online" } }),
            "conclude_consultation" => json!({ "outcome": "已告知。" }),
            "turn_consultation" => json!({
                "category": { "kind": "other", "why": "不属任何部门。" }, "facts": "情况。", "wanted": "办理。",
                "applicant": self.person.applicant(),
            }),
            "plan_follow_ups" => json!({
                "from": hall.today(), "to": hall.today(), "count": 1, "way": "phone", "days": 5,
            }),
            other => panic!("{other} takes a body, and none is written down here"),
        }
    }

    /// Whether the body names the impasse, so that an answer that repeats the name tells nothing.
    pub fn names_impasse(&self, hall: &Hall, operation: &Operation) -> bool {
        let of_its_own = ["attach_file", "attach_shared_file", "issue_token", "put_item_draft", "put_upload"];
        let has_one = operation.has_body() && !of_its_own.contains(&operation.id.as_str());
        has_one && self.body(hall, operation).to_string().contains(&self.impasse.id)
    }

    /// Calls the operation as well as it can be called.
    pub async fn call(&self, hall: &Hall, operation: &Operation, caller: &Caller) -> Answer {
        let call = caller.call(operation.method.clone(), &self.path(operation));
        // What several may end is there for the next one, too.
        let stays = ["delete_webhook_endpoint", "end_webhook_secret", "discard_draft"].contains(&operation.id.as_str());
        let seen = if stays { "\"999\"" } else { "*" };
        let call = if operation.is_transition() { call.if_match(seen) } else { call };
        match operation.id.as_str() {
            "attach_file" | "attach_shared_file" | "put_upload" => call.body("application/pdf", PDF).await,
            "issue_token" => {
                let form = format!("grant_type=client_credentials&client_id=ground&client_secret={}", self.secret);
                call.body("application/x-www-form-urlencoded", form).await
            }
            "put_item_draft" => {
                let item = hall.stranger().get(&self.path(operation).replace("/draft", "")).await.ok();
                call.json(&json!({ "content": item["content"] })).await
            }
            "record_satisfaction" => {
                let mut said = self.body(hall, operation);
                // What a window and a system must say of whose word it is.
                match caller.role() {
                    Some(Role::Clerk) => said["identity"] = self.person.identity(),
                    Some(Role::Adapter) => said["identity_assurance"] = json!("real_person"),
                    _ => {}
                }
                call.json(&said).await
            }
            _ if operation.has_body() => call.json(&self.body(hall, operation)).await,
            _ => call.await,
        }
    }
}

/// A draft that can be handed in.
fn draft() -> Value {
    json!({ "item": items::PROMISED, "delivery": { "method": "pick_up" } })
}

/// Every operation on a case or the hall, those that end something last: the walk is of one case and one item.
pub fn in_walking_order() -> Vec<Operation> {
    let mut all = operations();
    let ends = [
        "withdraw_case",
        "withdraw_from_package",
        "withdraw_item",
        "end_posting",
        "end_client_secret",
        "end_gateway_credential",
        "revoke_enterprise_code",
        "put_application_withdrawal",
        "submit_draft",
    ];
    all.sort_by_key(|operation| ends.contains(&operation.id.as_str()));
    all
}
