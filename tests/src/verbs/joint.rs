//! 联审联批 and 联合踏勘.

use chrono::NaiveDate;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Answer, Caller, Case};

impl Caller {
    /// 制定会审方案: the shortest one.
    pub async fn draws_plan(&self, case: &Case) -> Answer {
        self.acts(case, Method::POST, "joint-review", Some(json!({}))).await
    }

    /// 制定会审方案: department, days, and those before it.
    pub async fn draws_plan_of(&self, case: &Case, participants: &[(&str, u16, &[&str])]) -> Answer {
        let participant = |(department, days, after): &(&str, u16, &[&str])| json!({ "department": department, "days": days, "after": after });
        let participants: Vec<Value> = participants.iter().map(participant).collect();
        self.acts(case, Method::POST, "joint-review", Some(json!({ "participants": participants }))).await
    }

    /// 重新制定会审方案, with the reason why those who were silent are asked again.
    pub async fn draws_plan_again(&self, case: &Case, reason: &str) -> Answer {
        self.posts(case, "joint-review", json!({ "reason": reason })).await
    }

    async fn opines(&self, case: &Case, department: &str, opinion: Value) -> Answer {
        self.posts(case, "joint-review/opinions", json!({ "department": department, "opinion": opinion })).await
    }

    /// 同意
    pub async fn agrees(&self, case: &Case, department: &str) -> Answer {
        self.opines(case, department, json!({ "verdict": "agree" })).await
    }

    /// 附条件同意
    pub async fn agrees_with_conditions(&self, case: &Case, department: &str) -> Answer {
        self.opines(case, department, json!({ "verdict": "agree_with_conditions", "conditions": "须落实降噪措施。" }))
            .await
    }

    /// 不同意
    pub async fn objects(&self, case: &Case, department: &str) -> Answer {
        self.opines(case, department, json!({ "verdict": "object", "grounds": "不符合环境功能区划。" })).await
    }

    /// 不同意, on account of what was to be seen on the site.
    pub async fn objects_on_the_site(&self, case: &Case, department: &str) -> Answer {
        let objection = json!({ "verdict": "object", "grounds": "现场不符合条件。", "on_the_site": true });
        self.opines(case, department, objection).await
    }

    /// 要求补充说明
    pub async fn asks_more(&self, case: &Case, department: &str) -> Answer {
        self.posts(case, "joint-review/questions", json!({ "department": department, "what": "请补充红线图。" })).await
    }

    /// 答复补充说明
    pub async fn answers_more(&self, case: &Case, department: &str) -> Answer {
        self.posts(case, "joint-review/answers", json!({ "department": department, "answer": "红线图已附卷。" })).await
    }

    /// 安排联合踏勘
    pub async fn schedules_inspection(&self, case: &Case, on: NaiveDate, departments: &[&str]) -> Answer {
        let date = json!({ "on": on, "place": "温岭市虚构工业园一号地块", "departments": departments });
        self.posts(case, "inspection", date).await
    }

    /// 改期
    pub async fn moves_inspection(&self, case: &Case, on: NaiveDate, departments: &[&str]) -> Answer {
        let date = json!({
            "on": on, "place": "温岭市虚构工业园一号地块", "departments": departments, "moved_because": "台风。",
        });
        self.posts(case, "inspection", date).await
    }

    /// 记录联合踏勘: each department with whoever came; nobody is an absence.
    pub async fn records_inspection(&self, case: &Case, held_on: NaiveDate, attendance: &[(&str, &[&str])]) -> Answer {
        let attendance = attendance.iter().map(|(department, staff)| match staff.is_empty() {
            true => json!({ "department": department }),
            false => json!({ "department": department, "staff": staff }),
        });
        let record = json!({ "held_on": held_on, "attendance": attendance.collect::<Vec<_>>() });
        self.posts(case, "inspection/record", record).await
    }

    /// 反馈踏勘意见
    pub async fn gives_findings(&self, case: &Case, department: &str) -> Answer {
        let findings = json!({ "department": department, "findings": "现场与图纸一致。" });
        self.posts(case, "inspection/findings", findings).await
    }

    /// 协办待办
    pub async fn reads_tasks(&self) -> Answer {
        self.get("/v1/tasks?limit=200").await
    }
}
