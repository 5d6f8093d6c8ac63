//! 案例 and 事项建议: what the centre and the reform office do with what was learnt.

use std::ops::Deref;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{Answer, Caller, Case, Hall, Impasse};

/// A precedent (案例) as those who make it last saw it: acted on like a case.
#[derive(Clone, Debug)]
pub struct Precedent(Case);

/// A proposal for the catalogue (事项建议) as its callers last saw it.
#[derive(Clone, Debug)]
pub struct Proposal(Case);

impl Precedent {
    /// The draft in an answer.
    #[track_caller]
    pub fn of(answer: &Answer) -> Self {
        Self(Case::at_base(answer, "/v1/precedent-drafts"))
    }

    /// Where everybody reads it.
    pub fn public(&self) -> String {
        format!("/v1/precedents/{}", self.id)
    }
}

impl Proposal {
    /// The proposal in an answer.
    #[track_caller]
    pub fn of(answer: &Answer) -> Self {
        Self(Case::at_base(answer, "/v1/item-proposals"))
    }
}

impl Deref for Precedent {
    type Target = Case;
    fn deref(&self) -> &Case {
        &self.0
    }
}

impl Deref for Proposal {
    type Target = Case;
    fn deref(&self) -> &Case {
        &self.0
    }
}

/// 案例文字 without anybody in it.
pub fn precedent_text() -> Value {
    json!({
        "title": "露营基地备案牵头不明的办理", "departments": ["commerce"], "items": [],
        "situation": "申请备案露营基地，各窗口均答复不属于本部门职责。",
        "solution": "由牵头部门会商后明确受理，一次办结。", "lesson": "新业态先明确牵头部门。",
    })
}

impl Caller {
    /// 起草案例, with these fields on top of the lesson.
    pub async fn drafts_precedent(&self, impasse: &Impasse, fields: Value) -> Answer {
        let mut body = json!({ "lesson": "新业态先明确牵头部门。" });
        for (name, value) in fields.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        self.post(&format!("/v1/impasses/{}/precedent", impasse.id)).json(&body).await
    }

    /// 修改案例
    pub async fn edits_precedent(&self, precedent: &Precedent, text: Value) -> Answer {
        self.acts(precedent, Method::PUT, "", Some(text)).await
    }

    /// 认定: taken out.
    pub async fn redacts(&self, precedent: &Precedent, finding: usize) -> Answer {
        self.acts(precedent, Method::POST, &format!("findings/{finding}"), Some(json!({}))).await
    }

    /// 认定: left in.
    pub async fn keeps(&self, precedent: &Precedent, finding: usize) -> Answer {
        let body = json!({ "keep_because": "公开的称谓。" });
        self.acts(precedent, Method::POST, &format!("findings/{finding}"), Some(body)).await
    }

    /// 提交审核
    pub async fn submits_precedent(&self, precedent: &Precedent) -> Answer {
        self.acts(precedent, Method::POST, "submission", None).await
    }

    /// 发布
    pub async fn publishes_precedent(&self, precedent: &Precedent) -> Answer {
        self.acts(precedent, Method::POST, "publication", None).await
    }

    /// 退回修改
    pub async fn sends_back_precedent(&self, precedent: &Precedent) -> Answer {
        self.acts(precedent, Method::POST, "return", Some(json!({ "reason": "请补充依据。" }))).await
    }

    /// 修订
    pub async fn corrects_precedent(&self, precedent: &Precedent) -> Answer {
        self.acts(precedent, Method::POST, "correction", Some(json!({ "reason": "政策有变。" }))).await
    }

    /// 撤下
    pub async fn withdraws_precedent(&self, precedent: &Precedent) -> Answer {
        self.acts(precedent, Method::POST, "withdrawal", Some(json!({ "reason": "不再适用。" }))).await
    }

    /// 检索; the query without the question mark.
    pub async fn searches(&self, query: &str) -> Answer {
        self.get(&format!("/v1/precedents?{query}")).await
    }

    /// 提出事项建议: to add an item, with these fields on top.
    pub async fn proposes_item(&self, fields: Value) -> Answer {
        let mut body = json!({
            "reasons": "多次反映无处受理。",
            "sketch": {
                "name": "露营基地备案", "department": "commerce", "kind": "promised_time", "text": "一次受理，内部流转。",
            },
        });
        for (name, value) in fields.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        self.post("/v1/item-proposals").json(&body).await
    }

    /// 采纳
    pub async fn adopts(&self, proposal: &Proposal, item: &str, version: u64) -> Answer {
        self.acts(proposal, Method::POST, "adoption", Some(json!({ "item": item, "version": version }))).await
    }

    /// 不采纳
    pub async fn declines_proposal(&self, proposal: &Proposal) -> Answer {
        self.acts(proposal, Method::POST, "refusal", Some(json!({ "reasons": "已有事项可以办理。" }))).await
    }
}

impl Hall {
    /// A draft from an impasse that was closed out, with these fields.
    pub async fn drafted_precedent(&self, fields: Value) -> Precedent {
        let (impasse, _) = self.closed_out_impasse().await;
        Precedent::of(&self.manager().drafts_precedent(&impasse, fields).await.created())
    }

    /// Everything found in it taken out, reviewed and published.
    pub async fn publish_precedent(&self, precedent: &Precedent) {
        let draft = self.manager().get(&precedent.path("")).await.ok();
        for finding in 0..draft.at("/manuscript/findings").as_array().map_or(0, Vec::len) {
            self.manager().redacts(precedent, finding).await.ok();
        }
        self.manager().submits_precedent(precedent).await.ok();
        self.reform().publishes_precedent(precedent).await.ok();
    }

    /// 已发布, with these fields.
    pub async fn published_precedent(&self, fields: Value) -> Precedent {
        let precedent = self.drafted_precedent(fields).await;
        self.publish_precedent(&precedent).await;
        precedent
    }
}
