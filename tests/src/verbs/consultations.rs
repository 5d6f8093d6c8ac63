//! 咨询: what is asked at the hall, and where it is sent.

use serde_json::{Value, json};

use crate::{Answer, Applicant, Caller};

/// 到窗口办理
pub fn to_window(window: &str) -> Value {
    json!({ "to": "window", "window": window })
}

/// 转兜底窗口: no department leads.
pub fn to_fallback() -> Value {
    json!({ "to": "fallback", "reason": "no_lead" })
}

impl Caller {
    /// 咨询登记, sent there at once, with these fields besides.
    pub async fn is_asked(&self, direction: Value, fields: Value) -> Answer {
        let mut body = json!({ "question": "露营基地由哪个部门备案？", "direction": direction });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.post("/v1/consultations").json(&body).await
    }

    /// 咨询登记, of somebody who says who they are.
    pub async fn is_asked_by(&self, applicant: &impl Applicant, direction: Value) -> Answer {
        self.is_asked(direction, json!({ "applicant": applicant.applicant() })).await
    }

    /// 查看咨询
    pub async fn reads_consultation(&self, id: &str) -> Answer {
        self.get(&format!("/v1/consultations/{id}")).await
    }

    /// 接受
    pub async fn accepts_consultation(&self, id: &str) -> Answer {
        self.post(&format!("/v1/consultations/{id}/acceptance")).if_match("*").await
    }

    /// 退回
    pub async fn declines_consultation(&self, id: &str) -> Answer {
        self.on_consultation(id, "refusal", json!({ "reason": "不属于本窗口受理范围。" })).await
    }

    /// 重新分流
    pub async fn directs_consultation(&self, id: &str, direction: Value) -> Answer {
        self.on_consultation(id, "direction", json!({ "direction": direction })).await
    }

    /// 办结
    pub async fn concludes_consultation(&self, id: &str) -> Answer {
        self.on_consultation(id, "conclusion", json!({ "outcome": "已告知备案途径。" })).await
    }

    /// 办结, with the case that it led to.
    pub async fn concludes_consultation_with(&self, id: &str, case: &str) -> Answer {
        self.on_consultation(id, "conclusion", json!({ "outcome": "已收件。", "case": case })).await
    }

    /// 咨询转办不成事, for whoever shows this document.
    pub async fn turns_consultation(&self, id: &str, applicant: &impl Applicant) -> Answer {
        let turning = json!({
            "category": { "kind": "other", "why": "窗口无法直接受理。" },
            "facts": "在多个窗口咨询，均答复不属于本部门职责。",
            "wanted": "明确受理部门并办理备案。",
            "applicant": applicant.applicant(),
        });
        self.on_consultation(id, "impasse", turning).await
    }

    async fn on_consultation(&self, id: &str, what: &str, body: Value) -> Answer {
        self.post(&format!("/v1/consultations/{id}/{what}")).if_match("*").json(&body).await
    }
}
