//! 否定答复、回访计划、记录表和统计.

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::{Answer, Applicant, Caller, Impasse};

/// 转办不成事: what a negative reply does not say.
fn turning() -> Value {
    json!({
        "category": { "kind": "other", "why": "窗口无法直接受理。" },
        "facts": "在多个窗口咨询，均答复不属于本部门职责。",
        "wanted": "明确受理部门并办理备案。",
    })
}

impl Caller {
    /// 登记否定答复, of something that the catalogue does not have.
    pub async fn says_no_to(&self, applicant: &impl Applicant) -> Answer {
        self.gives_negative_reply(applicant, json!({ "asked": "露营基地备案" })).await
    }

    /// 登记否定答复 with these fields besides.
    pub async fn gives_negative_reply(&self, applicant: &impl Applicant, fields: Value) -> Answer {
        let mut body = json!({
            "applicant": applicant.applicant(), "reason": "不属于本窗口受理范围。", "legal_basis": "部门三定规定。",
        });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.post("/v1/negative-replies").json(&body).await
    }

    /// 否定答复转办不成事, in person.
    pub async fn turns(&self, reply: &str) -> Answer {
        self.post(&format!("/v1/negative-replies/{reply}/impasse")).if_match("*").json(&turning()).await
    }

    /// 否定答复转办不成事, for whoever shows this document.
    pub async fn turns_for(&self, reply: &str, applicant: &impl Applicant) -> Answer {
        let mut body = turning();
        body["applicant"] = applicant.applicant();
        self.post(&format!("/v1/negative-replies/{reply}/impasse")).if_match("*").json(&body).await
    }

    /// 制定回访计划 for what was closed out in these days, by telephone.
    pub async fn plans_follow_ups(&self, (from, to): (NaiveDate, NaiveDate), extent: Value, days: u16) -> Answer {
        let mut body = json!({ "from": from, "to": to, "way": "phone", "days": days });
        body.as_object_mut().unwrap().extend(extent.as_object().unwrap().clone());
        self.post("/v1/follow-up-plans").json(&body).await
    }

    /// 查看回访计划
    pub async fn reads_plan(&self, plan: &str) -> Answer {
        self.get(&format!("/v1/follow-up-plans/{plan}")).await
    }

    /// 记录表 of these days.
    pub async fn reads_register(&self, from: NaiveDate, to: NaiveDate) -> Answer {
        self.get(&format!("/v1/impasse-register?from={from}&to={to}")).await
    }

    /// 导出记录表: its text.
    pub async fn exports_register(&self, from: NaiveDate, to: NaiveDate) -> String {
        let answer = self.get(&format!("/v1/impasse-register.csv?from={from}&to={to}")).await.ok();
        String::from_utf8(answer.bytes).unwrap()
    }

    /// 交办单, as annex 2 has it.
    pub async fn reads_order(&self, impasse: &Impasse, order: usize) -> Answer {
        self.get(&impasse.path(&format!("orders/{order}"))).await
    }

    /// 统计 of these days.
    pub async fn reads_figures(&self, from: NaiveDate, to: NaiveDate) -> Answer {
        self.get(&format!("/v1/impasse-figures?from={from}&to={to}")).await
    }

    /// What stands behind a figure: the list, to the last page.
    pub async fn lists_figure(&self, figure: &str, from: NaiveDate, to: NaiveDate, narrowed: &str) -> Vec<Value> {
        let mut path = format!("/v1/impasse-figures/{figure}?from={from}&to={to}{narrowed}&limit=2");
        let mut rows = Vec::new();
        loop {
            let page = self.get(&path).await.ok();
            rows.extend(page.data().iter().cloned());
            let Some(next) = page.header("link").strip_prefix('<').and_then(|link| link.split_once('>')) else {
                return rows;
            };
            path = next.0.to_owned();
        }
    }
}
