//! 分类梳理.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{Answer, Caller, Impasse};

impl Caller {
    /// 开始本周分类梳理, or the one that is open: its week.
    pub async fn opens_triage(&self) -> String {
        let opened = self.call(Method::POST, "/v1/triage-sessions").await;
        if opened.status == 201 {
            return opened.text("/week");
        }
        let newest = self.get("/v1/triage-sessions").await.ok().data()[0].clone();
        newest["week"].as_str().unwrap().to_owned()
    }

    async fn settles(&self, week: &str, outcome: Value) -> Answer {
        self.post(&format!("/v1/triage-sessions/{week}/outcomes")).if_match("*").json(&outcome).await
    }

    /// 定级
    pub async fn grades(&self, week: &str, impasse: &Impasse, level: &str) -> Answer {
        let outcome = json!({ "impasse": impasse.id, "outcome": "graded", "level": level, "reason": "分类梳理。" });
        self.settles(week, outcome).await
    }

    /// 顺延
    pub async fn leaves_over(&self, week: &str, impasse: &Impasse) -> Answer {
        self.settles(week, json!({ "impasse": impasse.id, "outcome": "left_over", "reason": "待核实。" })).await
    }

    /// 结束本周分类梳理
    pub async fn holds_triage(&self, week: &str) -> Answer {
        self.post(&format!("/v1/triage-sessions/{week}/holding")).if_match("*").json(&json!({})).await
    }
}
