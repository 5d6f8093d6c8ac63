//! 服务套餐 in the hall's words, with the package of the reference catalogue that tests use.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::{Answer, Applicant, Caller, Case, Hall};

/// 企业码 before 电子印章, 参保登记 beside them; 创新券 after 企业码 and 法治体检 may be left out.
pub const NEW_ENTERPRISE: &str = "new-enterprise";
/// 即办件, window `data`.
pub const CODE: &str = "data-enterprise-code";
/// 承诺件 after [`CODE`], window `data`, one working day.
pub const SEAL: &str = "data-electronic-seal";
/// 即办件 that waits for nobody, window `talent`.
pub const INSURANCE: &str = "talent-social-insurance-registration";
/// 即办件 after [`CODE`], optional, window `innovation`.
pub const VOUCHER: &str = "innovation-voucher";
/// 即办件 that waits for nobody, optional, window `rule-of-law`, department `justice`.
pub const CHECK_UP: &str = "law-enterprise-check-up";

/// 套餐申请 as its callers last saw it. Clones are the same application.
#[derive(Clone, Debug)]
pub struct PackageApplication {
    pub id: String,
    seen: Arc<Mutex<(String, Value)>>,
}

impl PackageApplication {
    /// The application in an answer.
    #[track_caller]
    pub fn of(answer: &Answer) -> Self {
        let seen = (answer.header("etag").to_owned(), answer.body.clone());
        Self { id: answer.text("/id"), seen: Arc::new(Mutex::new(seen)) }
    }

    fn is_now(&self, answer: &Answer) {
        if answer.status == 200 && answer["id"] == self.id.as_str() {
            *self.seen.lock().unwrap() = (answer.header("etag").to_owned(), answer.body.clone());
        }
    }

    pub fn etag(&self) -> String {
        self.seen.lock().unwrap().0.clone()
    }

    pub fn view(&self) -> Value {
        self.seen.lock().unwrap().1.clone()
    }

    pub fn state(&self) -> String {
        self.view()["state"].as_str().unwrap_or_default().to_owned()
    }

    /// A member as it was last seen.
    #[track_caller]
    pub fn member(&self, item: &str) -> Value {
        of_item(&self.view()["members"], item)
    }

    /// The member's date.
    #[track_caller]
    pub fn deadline(&self, item: &str) -> Value {
        of_item(&self.view()["deadline"]["members"], item)
    }

    /// Item and standing of every member, in order.
    pub fn standings(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let members = self.view()["members"].as_array().cloned().unwrap_or_default();
        members.iter().map(|member| (text(&member["item"]), text(&member["standing"]))).collect()
    }

    pub fn path(&self, rest: &str) -> String {
        match rest {
            "" => format!("/v1/package-applications/{}", self.id),
            rest => format!("/v1/package-applications/{}/{rest}", self.id),
        }
    }
}

#[track_caller]
fn of_item(rows: &Value, item: &str) -> Value {
    let found = rows.as_array().into_iter().flatten().find(|row| row["item"] == item);
    found.unwrap_or_else(|| panic!("{item} is not among {rows}")).clone()
}

/// 套餐申请, as it is sent.
pub fn for_items(items: &[&str], by: &impl Applicant) -> Value {
    json!({
        "items": items, "channel": "web", "applicant": by.applicant(), "contact": by.contact(),
        "delivery": { "method": "pick_up" },
    })
}

impl Caller {
    /// 提出套餐申请
    pub async fn applies_for(&self, package: &str, mut application: Value) -> Answer {
        if self.role() == Some(kernel::Role::Clerk) {
            application["channel"] = json!("counter");
        }
        self.post(&format!("/v1/packages/{package}/applications")).json(&application).await
    }

    /// 查看套餐申请; the handle knows the newest version afterwards.
    pub async fn reads_application(&self, application: &PackageApplication) -> Answer {
        let answer = self.get(&application.path("")).await;
        application.is_now(&answer);
        answer
    }

    /// The case of one member.
    pub async fn case_of(&self, application: &PackageApplication, item: &str) -> Case {
        let id = application.member(item)["case"].as_str().unwrap().to_owned();
        Case::of(&self.get(&format!("/v1/cases/{id}")).await.ok())
    }

    /// 上传共用材料
    pub async fn attaches_shared(&self, application: &PackageApplication, code: &str, bytes: &[u8]) -> Answer {
        let path = application.path(&format!("shared-materials/{code}/files"));
        let answer = self.post(&path).if_match(&application.etag()).body("application/pdf", bytes).await;
        application.is_now(&answer);
        answer
    }

    /// 部分撤回
    pub async fn withdraws_part(
        &self,
        application: &PackageApplication,
        items: &[&str],
        with_dependents: bool,
    ) -> Answer {
        let body = json!({ "items": items, "reason": "计划有变。", "with_dependents": with_dependents });
        let answer = self.post(&application.path("withdrawal")).if_match(&application.etag()).json(&body).await;
        application.is_now(&answer);
        answer
    }
}

impl Hall {
    /// Handed in by the platform.
    pub async fn package_application(&self, items: &[&str], by: &impl Applicant) -> PackageApplication {
        let answer = self.adapter("platform").applies_for(NEW_ENTERPRISE, for_items(items, by)).await;
        PackageApplication::of(&answer.created())
    }

    /// Accepted, reviewed and refused by those whose business it is.
    pub async fn refuse(&self, case: &Case) {
        self.accept(case).await;
        let reviewer = self.reviewer_of(case);
        reviewer.takes(case).await.ok();
        reviewer.reviews(case, "refuse").await.ok();
        self.approver_of(case).refuses(case).await.ok();
    }
}
