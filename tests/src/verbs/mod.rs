//! What callers do, in the hall's words. Each is one request.

use chrono::{NaiveDate, Utc};
use reqwest::Method;
use serde_json::{Value, json};

mod assemblies;
mod consultations;
mod exports;
mod follow_ups;
pub mod hotline;
mod impasses;
mod joint;
mod law;
mod precedents;
pub mod pushing;
mod ratings;
mod vouching;
pub mod webhooks;

pub use consultations::{to_fallback, to_window};
pub use impasses::Grievance;
pub use precedents::{Precedent, Proposal, precedent_text};

use crate::{Answer, Application, Caller, Case, Hall, Person};

/// A small file of a real type.
pub const PDF: &[u8] = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

impl Caller {
    /// 收件
    pub async fn receives(&self, application: Application) -> Answer {
        let body = application.body(self.role() == Some(kernel::Role::Clerk));
        self.post("/v1/cases").json(&body).await
    }

    /// 查看办件; the handle knows the newest version afterwards.
    pub async fn reads(&self, case: &Case) -> Answer {
        let answer = self.get(&case.path("")).await;
        case.is_now(&answer);
        answer
    }

    /// A step on a case, with the version last seen of it.
    pub async fn acts(&self, case: &Case, method: Method, rest: &str, body: Option<Value>) -> Answer {
        let call = self.call(method, &case.path(rest)).if_match(&case.etag());
        let answer = match body {
            Some(body) => call.json(&body).await,
            None => call.await,
        };
        case.is_now(&answer);
        answer
    }

    /// A result that is valid from today.
    fn result(&self) -> Value {
        json!({ "title": "准予决定文书", "valid_from": self.hall().today() })
    }

    /// A step with a body.
    pub async fn posts(&self, case: &Case, rest: &str, body: Value) -> Answer {
        self.acts(case, Method::POST, rest, Some(body)).await
    }

    /// 核验受理范围: within.
    pub async fn checks_scope(&self, case: &Case) -> Answer {
        self.finds_scope(case, "within").await
    }

    /// `within`, `outside_power` or `no_licence_needed`.
    pub async fn finds_scope(&self, case: &Case, finding: &str) -> Answer {
        self.posts(case, "scope-check", json!({ "finding": finding })).await
    }

    /// 核验材料
    pub async fn checks_material(&self, case: &Case, material: &str, finding: Value) -> Answer {
        self.acts(case, Method::PUT, &format!("materials/{material}/check"), Some(finding)).await
    }

    /// 核验材料: nothing wrong with it.
    pub async fn finds_in_order(&self, case: &Case, material: &str) -> Answer {
        let materials = case.materials();
        let spec = materials.iter().find(|spec| spec["code"] == material).cloned().unwrap_or_default();
        let mut finding = json!({ "present": true, "complete": true, "legal_form": true, "presented": "original" });
        if spec["form"] == "copy" {
            finding["presented"] = json!("copy");
            finding["copy_check"] = json!("matches");
        }
        self.checks_material(case, material, finding).await
    }

    /// Scope and every required material, nothing wrong with any.
    pub async fn checks_everything(&self, case: &Case) {
        self.checks_scope(case).await.ok();
        for material in case.materials().iter().filter(|material| material["required"] == true) {
            self.finds_in_order(case, material["code"].as_str().unwrap()).await.ok();
        }
    }

    /// 上传材料
    pub async fn attaches(&self, case: &Case, material: &str, media_type: &str, bytes: &[u8]) -> Answer {
        let path = case.path(&format!("materials/{material}/files"));
        let answer = self.post(&path).if_match(&case.etag()).body(media_type, bytes).await;
        case.is_now(&answer);
        answer
    }

    /// 受理
    pub async fn accepts(&self, case: &Case) -> Answer {
        self.acts(case, Method::POST, "acceptance", None).await
    }

    /// 不予受理
    pub async fn rejects(&self, case: &Case) -> Answer {
        let grounds = json!({
            "reason": "所申请事项由上级机关实施。", "legal_basis": "《行政许可法》第三十二条第一款第二项",
            "competent_body": "台州市生态环境局",
        });
        self.posts(case, "rejection", grounds).await
    }

    /// 不受理
    pub async fn declares_not_required(&self, case: &Case) -> Answer {
        let grounds =
            json!({ "reason": "依法不需要取得许可。", "legal_basis": "《行政许可法》第三十二条第一款第一项" });
        self.posts(case, "not-required", grounds).await
    }

    /// 撤回申请
    pub async fn withdraws(&self, case: &Case) -> Answer {
        self.posts(case, "withdrawal", json!({ "reason": "计划有变。" })).await
    }

    /// 选择送达方式
    pub async fn chooses_delivery(&self, case: &Case, method: &str, recipient: Option<&Person>) -> Answer {
        let mut choice = json!({ "method": method });
        if let Some(recipient) = recipient {
            choice["recipient"] = recipient.recipient();
        }
        self.acts(case, Method::PUT, "delivery", Some(choice)).await
    }

    /// 领取
    pub async fn takes(&self, case: &Case) -> Answer {
        self.posts(case, "assignment", json!({})).await
    }

    /// 分派
    pub async fn assigns(&self, case: &Case, to: &Caller) -> Answer {
        self.posts(case, "assignment", json!({ "to": to.code() })).await
    }

    /// 提出移交
    pub async fn offers(&self, case: &Case, to: &Caller) -> Answer {
        self.posts(case, "hand-over", json!({ "to": to.code(), "reason": "外出培训。" })).await
    }

    /// 接受移交
    pub async fn accepts_hand_over(&self, case: &Case) -> Answer {
        self.acts(case, Method::POST, "hand-over/acceptance", None).await
    }

    /// 退回移交
    pub async fn declines_hand_over(&self, case: &Case) -> Answer {
        self.posts(case, "hand-over/refusal", json!({ "reason": "手头在办件已满。" })).await
    }

    /// 审核: `grant` or `refuse`.
    pub async fn reviews(&self, case: &Case, recommends: &str) -> Answer {
        self.posts(case, "review", json!({ "recommends": recommends, "opinion": "经审核，材料属实。" })).await
    }

    /// 准予
    pub async fn grants(&self, case: &Case) -> Answer {
        self.posts(case, "decision", json!({ "outcome": "grant", "reasons": "符合法定条件。" })).await
    }

    /// 不予
    pub async fn refuses(&self, case: &Case) -> Answer {
        let ruling = json!({
            "outcome": "refuse", "reasons": "不符合法定条件。", "legal_basis": "《行政许可法》第三十八条第二款",
        });
        self.posts(case, "decision", ruling).await
    }

    /// 即办: handed to whoever stands at the window, if anybody does.
    pub async fn decides_on_the_spot(&self, case: &Case, handed_to: Option<&Person>) -> Answer {
        let mut sitting = json!({ "reasons": "符合法定条件。", "result": self.result() });
        if let Some(person) = handed_to {
            sitting["handed_to"] = person.identity();
        }
        self.posts(case, "on-the-spot", sitting).await
    }

    /// 出件: what was granted.
    pub async fn issues(&self, case: &Case) -> Answer {
        self.posts(case, "result", json!({ "result": self.result() })).await
    }

    /// 出件: the refusal itself.
    pub async fn issues_the_refusal(&self, case: &Case) -> Answer {
        self.posts(case, "result", json!({})).await
    }

    /// 领取码
    pub async fn reads_pick_up_code(&self, case: &Case) -> Answer {
        self.get(&case.path("pick-up-code")).await
    }

    /// 窗口领取
    pub async fn hands_out(&self, case: &Case, code: &str, to: &Person) -> Answer {
        self.posts(case, "pick-up", json!({ "code": code, "identity": to.identity() })).await
    }

    /// 窗口领取, by somebody the applicant has mandated.
    pub async fn hands_out_to_agent(&self, case: &Case, code: &str, agent: &Person, mandate: &str) -> Answer {
        let named = json!({ "name": agent.name, "phone": agent.phone, "mandate": mandate });
        self.posts(case, "pick-up", json!({ "code": code, "identity": agent.identity(), "agent": named })).await
    }

    /// 寄出
    pub async fn dispatches(&self, case: &Case, waybill: &str) -> Answer {
        self.posts(case, "dispatch", json!({ "carrier": "邮政速递", "waybill": waybill })).await
    }

    /// 物流更新, as of now.
    pub async fn tracks(&self, case: &Case, state: &str) -> Answer {
        self.posts(case, "tracking", json!({ "state": state, "at": self.hall().now() })).await
    }

    /// 电子送达
    pub async fn delivers_electronically(&self, case: &Case) -> Answer {
        self.posts(case, "electronic-delivery", json!({ "receipt": "已推送至企业空间" })).await
    }

    /// 办结归档
    pub async fn closes(&self, case: &Case) -> Answer {
        self.acts(case, Method::POST, "closure", None).await
    }

    pub async fn reads_timeline(&self, case: &Case) -> Answer {
        self.get(&case.path("timeline?limit=200")).await
    }

    pub async fn reads_deadline(&self, case: &Case) -> Answer {
        self.get(&case.path("deadline")).await
    }

    /// 收件凭证
    pub async fn reads_receipt(&self, case: &Case) -> Answer {
        self.get(&case.path("receipt")).await
    }

    pub async fn reads_personal_data(&self, case: &Case) -> Answer {
        self.get(&case.path("personal-data")).await
    }

    pub async fn verifies(&self, case: &Case) -> Answer {
        self.get(&case.path("record-verification")).await
    }

    /// 办件列表; the query without the question mark.
    pub async fn lists(&self, query: &str) -> Answer {
        self.get(&format!("/v1/cases?{query}")).await
    }

    pub async fn reads_worklist(&self) -> Answer {
        self.get("/v1/worklist?limit=200").await
    }

    /// 查询进度
    pub async fn asks_progress(&self, number: &str, query_code: &str) -> Answer {
        self.post("/v1/progress").json(&json!({ "number": number, "query_code": query_code })).await
    }
}

/// A case taken some way by the people whose business it is.
impl Hall {
    /// Received at the window where the item belongs.
    pub async fn received(&self, application: Application, window: &str) -> Case {
        self.clerk(window).receives(application).await.case()
    }

    /// Checked and accepted at its window.
    pub async fn accept(&self, case: &Case) {
        let clerk = self.clerk_of(case);
        clerk.checks_everything(case).await;
        clerk.accepts(case).await.ok();
    }

    /// Taken and reviewed in its department, for granting.
    pub async fn review(&self, case: &Case) {
        let reviewer = self.reviewer_of(case);
        reviewer.takes(case).await.ok();
        reviewer.reviews(case, "grant").await.ok();
    }

    /// Accepted, reviewed, granted.
    pub async fn grant(&self, case: &Case) {
        self.accept(case).await;
        self.review(case).await;
        self.approver_of(case).grants(case).await.ok();
    }

    /// Granted and issued.
    pub async fn issue(&self, case: &Case) {
        self.grant(case).await;
        self.clerk_of(case).issues(case).await.ok();
    }
}

/// The date in Wenling.
pub fn today() -> NaiveDate {
    kernel::Instant::new(Utc::now()).day()
}

/// This moment as requests write it.
pub fn now() -> String {
    Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}
