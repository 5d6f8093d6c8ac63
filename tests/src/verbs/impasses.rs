//! 办不成事: what is done at the fallback window, in the departments, and by the reform office.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{Answer, Applicant, Caller, Hall, Impasse, Person};

/// 申请单: what somebody could not get done.
#[derive(Clone, Debug)]
pub struct Grievance(Value);

impl Grievance {
    /// Of the sixth category, by somebody who stands there or is named.
    pub fn new(applicant: &impl Applicant) -> Self {
        let mut body = Self::in_person().0;
        body["applicant"] = applicant.applicant();
        Self(body)
    }

    /// By whoever calls.
    pub fn in_person() -> Self {
        Self(json!({
            "category": { "kind": "other", "why": "窗口无法直接受理。" },
            "subject": "露营基地备案无处受理",
            "facts": "在多个窗口咨询，均答复不属于本部门职责。",
            "wanted": "明确受理部门并办理备案。",
        }))
    }

    #[must_use]
    pub fn with(mut self, field: &str, value: Value) -> Self {
        self.0[field] = value;
        self
    }

    pub fn body(&self) -> &Value {
        &self.0
    }
}

impl Caller {
    /// 反映登记
    pub async fn registers(&self, grievance: &Grievance) -> Answer {
        self.post("/v1/impasses").json(grievance.body()).await
    }

    /// 联系申请人
    pub async fn contacts(&self, impasse: &Impasse, reached: bool) -> Answer {
        self.posts(impasse, "contacts", json!({ "reached": reached, "note": "电话联系。" })).await
    }

    /// 备案登记
    pub async fn files(&self, impasse: &Impasse) -> Answer {
        self.posts(impasse, "filing", json!({ "verified": "与申请人核实，情况属实。" })).await
    }

    /// 补充情况
    pub async fn supplements(&self, impasse: &Impasse) -> Answer {
        self.posts(impasse, "supplements", json!({ "text": "另附场地情况说明。" })).await
    }

    /// 催办
    pub async fn urges(&self, impasse: &Impasse) -> Answer {
        self.posts(impasse, "urgings", json!({ "text": "请尽快答复。" })).await
    }

    /// 移交首问责任
    pub async fn offers_impasse(&self, impasse: &Impasse, to: &str) -> Answer {
        self.posts(impasse, "hand-over", json!({ "to": to, "reason": "由专窗继续跟进。" })).await
    }

    pub async fn accepts_impasse(&self, impasse: &Impasse) -> Answer {
        self.acts(impasse, Method::POST, "hand-over/acceptance", None).await
    }

    pub async fn declines_impasse(&self, impasse: &Impasse) -> Answer {
        self.posts(impasse, "hand-over/refusal", json!({ "reason": "不属本岗位。" })).await
    }

    /// 提级
    pub async fn raises(&self, impasse: &Impasse, to: &str) -> Answer {
        self.posts(impasse, "level/raise", json!({ "to": to, "reason": "涉及多个部门。" })).await
    }

    /// 降级
    pub async fn lowers(&self, impasse: &Impasse, to: &str) -> Answer {
        self.posts(impasse, "level/lower", json!({ "to": to, "reason": "经核实较为简单。" })).await
    }

    /// 交办
    pub async fn orders(&self, impasse: &Impasse, department: &str, days: u16, binding: bool) -> Answer {
        let order = json!({ "department": department, "matter": "牵头办理备案。", "days": days, "binding": binding });
        self.posts(impasse, "orders", order).await
    }

    async fn on_order(&self, impasse: &Impasse, order: usize, what: &str, body: Value) -> Answer {
        self.posts(impasse, &format!("orders/{order}/{what}"), body).await
    }

    /// 签收
    pub async fn acknowledges_order(&self, impasse: &Impasse, order: usize, responsible: &str) -> Answer {
        self.on_order(impasse, order, "acknowledgement", json!({ "responsible": responsible })).await
    }

    /// 申请退回
    pub async fn returns_order(&self, impasse: &Impasse, order: usize) -> Answer {
        self.on_order(impasse, order, "return", json!({ "reason": "不属于本部门职责。" })).await
    }

    /// 裁定退回
    pub async fn rules_on_return(&self, impasse: &Impasse, order: usize, granted: bool) -> Answer {
        self.on_order(impasse, order, "return/ruling", json!({ "granted": granted, "reason": "依三定方案。" })).await
    }

    /// 申请延期
    pub async fn asks_for_days(&self, impasse: &Impasse, order: usize, days: u16) -> Answer {
        self.on_order(impasse, order, "extension", json!({ "days": days, "reason": "需现场核查。" })).await
    }

    /// 审批延期
    pub async fn rules_on_days(&self, impasse: &Impasse, order: usize, granted: bool) -> Answer {
        self.on_order(impasse, order, "extension/ruling", json!({ "granted": granted, "reason": "情况属实。" })).await
    }

    /// 裁定对窗口办理的督办
    pub async fn supervises_handling(&self, impasse: &Impasse, step: &str, taken: bool) -> Answer {
        let ruling = json!({ "step": step, "taken": taken, "reason": "无正当理由逾期。" });
        self.posts(impasse, "supervision", ruling).await
    }

    /// 裁定督办
    pub async fn supervises_order(&self, impasse: &Impasse, order: usize, step: &str, taken: bool) -> Answer {
        let ruling = json!({ "step": step, "taken": taken, "reason": "无正当理由逾期。" });
        self.on_order(impasse, order, "supervision", ruling).await
    }

    /// 反馈完成情况
    pub async fn completes_order(&self, impasse: &Impasse, order: usize) -> Answer {
        self.on_order(impasse, order, "completion", json!({ "text": "已完成备案。", "seal": "SEAL-1" })).await
    }

    /// 主管领导签字
    pub async fn signs_order(&self, impasse: &Impasse, order: usize) -> Answer {
        self.on_order(impasse, order, "signature", json!({})).await
    }

    /// 退回重办
    pub async fn sends_back_order(&self, impasse: &Impasse, order: usize) -> Answer {
        self.on_order(impasse, order, "send-back", json!({ "reason": "缺少备案凭证。" })).await
    }

    /// 答复申请人: done.
    pub async fn answers_impasse(&self, impasse: &Impasse) -> Answer {
        self.posts(impasse, "answer", json!({ "outcome": "solved", "text": "已明确受理部门并办结备案。" })).await
    }

    /// 答复申请人: the law does not allow it.
    pub async fn explains(&self, impasse: &Impasse) -> Answer {
        let answer =
            json!({ "outcome": "explained", "text": "依法不能办理。", "legal_basis": "《城乡规划法》第六十四条" });
        self.posts(impasse, "answer", answer).await
    }

    /// 满意度, by the applicant themself or their platform.
    pub async fn says(&self, impasse: &Impasse, satisfied: bool) -> Answer {
        let said = json!({ "responded": true, "solved": satisfied, "satisfied": satisfied, "comment": "意见。" });
        self.posts(impasse, "satisfaction", said).await
    }

    /// 满意度, recorded at the window for whoever shows this document.
    pub async fn records_word_of(&self, impasse: &Impasse, person: &Person, satisfied: bool) -> Answer {
        let said =
            json!({ "responded": true, "solved": satisfied, "satisfied": satisfied, "identity": person.identity() });
        self.posts(impasse, "satisfaction", said).await
    }

    /// 满意度 of an enterprise, for which this person speaks.
    pub async fn records_word_for(
        &self,
        impasse: &Impasse,
        person: &Person,
        speaker: Value,
        satisfied: bool,
    ) -> Answer {
        let said = json!({
            "responded": true, "solved": satisfied, "satisfied": satisfied, "identity": person.identity(), "speaker": speaker,
        });
        self.posts(impasse, "satisfaction", said).await
    }

    /// 申请挂账
    pub async fn proposes_carrying(&self, impasse: &Impasse, ground: &str) -> Answer {
        self.posts(impasse, "carrying", json!({ "ground": ground, "explanation": "已书面解释。" })).await
    }

    /// 审批挂账
    pub async fn rules_on_carrying(&self, impasse: &Impasse, granted: bool, days: u16) -> Answer {
        self.posts(impasse, "carrying/ruling", json!({ "granted": granted, "reason": "已核。", "days": days })).await
    }

    /// 复核挂账: so many days more, or taken up again.
    pub async fn reviews_carried(&self, impasse: &Impasse, keep_days: Option<u16>) -> Answer {
        self.posts(impasse, "carrying/review", json!({ "keep_days": keep_days, "reason": "政策未变。" })).await
    }

    /// 回访
    pub async fn follows_up(&self, impasse: &Impasse, good: bool) -> Answer {
        self.posts(impasse, "follow-ups", json!({ "way": "phone", "good": good, "findings": "电话回访。" })).await
    }

    /// 分类梳理, this week: opened if it is not yet, and this impasse graded.
    pub async fn triages(&self, impasse: &Impasse, level: &str) {
        let session = self.opens_triage().await;
        self.grades(&session, impasse, level).await.ok();
    }
}

impl Hall {
    /// 反映登记 at the fallback window.
    pub async fn registered_impasse(&self) -> (Impasse, Person) {
        let person = Person::new();
        (self.clerk("fallback").registers(&Grievance::new(&person)).await.impasse(), person)
    }

    /// 已备案
    pub async fn filed_impasse(&self) -> (Impasse, Person) {
        let (impasse, person) = self.registered_impasse().await;
        self.manager().files(&impasse).await.ok();
        (impasse, person)
    }

    /// 已定级
    pub async fn graded_impasse(&self, level: &str) -> (Impasse, Person) {
        let (impasse, person) = self.filed_impasse().await;
        self.manager().triages(&impasse, level).await;
        self.manager().reads(&impasse).await.ok();
        (impasse, person)
    }

    /// 一般问题, answered.
    pub async fn answered_impasse(&self) -> (Impasse, Person) {
        let (impasse, person) = self.graded_impasse("general").await;
        self.manager().answers_impasse(&impasse).await.ok();
        (impasse, person)
    }

    /// 已销号
    pub async fn closed_out_impasse(&self) -> (Impasse, Person) {
        let (impasse, person) = self.answered_impasse().await;
        self.clerk("fallback").records_word_of(&impasse, &person, true).await.ok();
        (impasse, person)
    }

    /// An order carried out and signed by both.
    pub async fn carries_out(&self, impasse: &Impasse, order: usize, department: &str) {
        let reviewer = format!("reviewer-{department}");
        self.reviewer(department).reads(impasse).await.ok();
        self.reviewer(department).acknowledges_order(impasse, order, &reviewer).await.ok();
        self.reviewer(department).completes_order(impasse, order).await.ok();
        self.head(department).signs_order(impasse, order).await.ok();
    }

    /// Whoever registered it or for whom it was registered.
    pub fn applicant_in(&self, impasse: &Impasse) -> Caller {
        self.applicant(&impasse.party())
    }
}
