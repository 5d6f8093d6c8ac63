//! 数据交换.

use serde_json::{Value, json};

use crate::{Answer, Caller, Hall, until};

impl Hall {
    /// A batch ordered by the manager, finished.
    pub async fn exports(&self, order: &Value) -> Answer {
        let ordered = self.manager().post("/v1/exports").json(order).await;
        assert_eq!(ordered.status, 202, "{}: {}", ordered.request, ordered.body);
        let at = ordered.header("location").to_owned();
        until("the batch is finished", async || {
            let export = self.manager().get(&at).await.ok();
            (export["state"] == "finished").then_some(export)
        })
        .await
    }

    /// A batch of what happened today, for somebody.
    pub async fn exports_today_for(&self, receiver: &str) -> Answer {
        self.exports(&json!({ "receiver": receiver, "from": self.today(), "to": self.today() })).await
    }
}

impl Caller {
    /// 下载交换文件
    pub async fn fetches(&self, export: &Answer, name: &str) -> Answer {
        self.get(&format!("/v1/exports/{}/files/{name}", export.text("/id"))).await
    }

    /// The rows of a table of a batch, as objects.
    pub async fn reads_rows(&self, export: &Answer, table: &str) -> Vec<Value> {
        let file = self.fetches(export, &format!("{table}.ndjson")).await.ok();
        let text = String::from_utf8(file.bytes).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}
