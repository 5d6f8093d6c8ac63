//! 好差评.

use serde_json::{Value, json};

use crate::{Answer, Caller, Case};

impl Caller {
    /// 评价 of a stage of service, with what else is said.
    pub async fn rates(&self, case: &Case, stage: &str, level: &str, more: &Value) -> Answer {
        let mut body = json!({ "stage": stage, "level": level, "channel": "mobile" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.posts(case, "ratings", body).await
    }

    /// 查看办件的评价
    pub async fn reads_ratings(&self, case: &Case) -> Answer {
        self.get(&case.path("ratings")).await
    }
}
