//! 补正, 容缺, 承诺, 期限, 转办 and what comes after the end.

use chrono::NaiveDate;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Answer, Caller, Case};

impl Caller {
    /// 核验材料: not there.
    pub async fn finds_missing(&self, case: &Case, material: &str) -> Answer {
        let finding = json!({ "present": false, "complete": false, "legal_form": false, "note": "请提交。" });
        self.checks_material(case, material, finding).await
    }

    /// 核验材料: there, and incomplete.
    pub async fn finds_incomplete(&self, case: &Case, material: &str) -> Answer {
        let finding = json!({
            "present": true, "complete": false, "legal_form": true, "presented": "electronic", "note": "缺少签字页。",
        });
        self.checks_material(case, material, finding).await
    }

    /// Scope, and every required material in order but these, which are missing.
    pub async fn checks_all_but(&self, case: &Case, missing: &[&str]) {
        self.checks_scope(case).await.ok();
        for material in case.materials().iter().filter(|material| material["required"] == true) {
            let code = material["code"].as_str().unwrap();
            match missing.contains(&code) {
                true => self.finds_missing(case, code).await.ok(),
                false => self.finds_in_order(case, code).await.ok(),
            };
        }
    }

    /// 不予受理: what was corrected is still wrong.
    pub async fn rejects_what_is_still_wrong(&self, case: &Case) -> Answer {
        let grounds = json!({
            "reason": "补正后仍不符合法定形式。", "legal_basis": "《浙江省保障“最多跑一次”改革规定》第十一条",
        });
        self.posts(case, "rejection", grounds).await
    }

    /// 一次性告知: these materials, within so many working days.
    pub async fn notifies(&self, case: &Case, materials: &[&str], days: u16) -> Answer {
        let correction =
            |material: &&str| json!({ "material": material, "wrong": "未提交或不完整。", "mend": "请补齐。" });
        let corrections: Vec<Value> = materials.iter().map(correction).collect();
        self.posts(case, "correction-notice", json!({ "corrections": corrections, "days": days })).await
    }

    /// 准许再次告知
    pub async fn allows_second_notice(&self, case: &Case) -> Answer {
        self.posts(case, "correction-notice/exception", json!({ "reason": "系统故障导致漏看。" })).await
    }

    /// 提交补正
    pub async fn submits_corrections(&self, case: &Case) -> Answer {
        self.acts(case, Method::POST, "correction", None).await
    }

    /// 已有材料
    pub async fn reads_materials_on_file(&self, case: &Case) -> Answer {
        self.get(&case.path("materials-on-file")).await
    }

    /// 确认复用已有材料
    pub async fn reuses(&self, case: &Case, material: &str, from: &Case) -> Answer {
        self.posts(case, &format!("materials/{material}/reuse"), json!({ "from_case": from.id })).await
    }

    /// 容缺受理
    pub async fn accepts_conditionally(&self, case: &Case, days: u16) -> Answer {
        let undertaking = json!({ "undertaking": "承诺按期补齐所缺材料。", "days": days });
        self.posts(case, "conditional-acceptance", undertaking).await
    }

    /// 告知承诺受理
    pub async fn accepts_on_commitment(&self, case: &Case) -> Answer {
        self.posts(case, "commitment", json!({ "undertaking": "承诺经营场所符合规定条件。" })).await
    }

    /// 承诺核查: `kept` or `broken`, and how long there is to mend it.
    pub async fn verifies_commitment(&self, case: &Case, finding: &str, mend_within: Option<u16>) -> Answer {
        let mut verification = json!({ "finding": finding, "note": "实地核查情况。" });
        if let Some(days) = mend_within {
            verification["mend_within"] = json!(days);
        }
        self.posts(case, "commitment/verification", verification).await
    }

    /// 撤销受理
    pub async fn revokes_acceptance(&self, case: &Case) -> Answer {
        self.posts(case, "acceptance/revocation", json!({ "reason": "补交的材料仍不符合要求。" })).await
    }

    /// 启动特别程序, today.
    pub async fn starts_procedure(&self, case: &Case, ground: &str) -> Answer {
        self.posts(case, "procedures", json!({ "ground": ground, "needs": 5, "reason": "依法应当进行。" })).await
    }

    /// 启动特别程序, as of an earlier day and with this reason for it, or none.
    pub async fn backdates_procedure(&self, case: &Case, ground: &str, from: NaiveDate, why: Option<&str>) -> Answer {
        let mut start = json!({ "ground": ground, "needs": 5, "reason": "依法应当进行。", "from": from });
        if let Some(why) = why {
            start["backdated"] = json!(why);
        }
        self.posts(case, "procedures", start).await
    }

    /// 结束特别程序 by the number of its notice; today where no day is named.
    pub async fn ends_procedure(&self, case: &Case, notice: &str, until: Option<NaiveDate>) -> Answer {
        let mut end = json!({ "notice": notice, "result": "已有结论。" });
        if let Some(until) = until {
            end["until"] = json!(until);
        }
        self.posts(case, "procedures/end", end).await
    }

    /// 登记暂停
    pub async fn pauses(&self, case: &Case) -> Answer {
        self.posts(case, "pause", json!({ "reason": "等待内部会议。" })).await
    }

    /// 登记恢复
    pub async fn resumes(&self, case: &Case) -> Answer {
        self.acts(case, Method::POST, "pause/end", None).await
    }

    /// 延长期限
    pub async fn extends(&self, case: &Case, days: u16) -> Answer {
        self.posts(case, "extension", json!({ "days": days, "reason": "案情复杂。" })).await
    }

    /// 委派
    pub async fn delegates(&self, case: &Case, to: &Caller) -> Answer {
        self.posts(case, "delegation", json!({ "to": to.code() })).await
    }

    /// 结束委派
    pub async fn ends_delegation(&self, case: &Case) -> Answer {
        self.acts(case, Method::POST, "delegation/end", None).await
    }

    /// 转办 to another department.
    pub async fn transfers(&self, case: &Case, department: &str) -> Answer {
        self.posts(case, "transfer", json!({ "to": department, "reason": "不属于本部门职责。" })).await
    }

    /// 接受转办
    pub async fn accepts_transfer(&self, case: &Case) -> Answer {
        self.acts(case, Method::POST, "transfer/acceptance", None).await
    }

    /// 退回转办
    pub async fn declines_transfer(&self, case: &Case) -> Answer {
        self.posts(case, "transfer/refusal", json!({ "reason": "也不属于本部门职责。" })).await
    }

    /// 退回重办: to `review` or `joint_review`.
    pub async fn returns_for_rework(&self, case: &Case, to: &str) -> Answer {
        self.posts(case, "rework", json!({ "to": to, "reason": "依据已有变化。" })).await
    }

    /// 责任链
    pub async fn reads_responsibility(&self, case: &Case) -> Answer {
        self.get(&case.path("responsibility")).await
    }

    /// 确认收到
    pub async fn acknowledges(&self, case: &Case) -> Answer {
        self.acts(case, Method::POST, "delivery/acknowledgement", None).await
    }

    /// 更正或补发结果: `correction` or `reissue`.
    pub async fn replaces_result(&self, case: &Case, how: &str) -> Answer {
        let replacement = json!({ "how": how, "reason": "文书有误或遗失。", "result": self.result() });
        self.posts(case, "result/replacement", replacement).await
    }

    /// 撤销许可
    pub async fn revokes_grant(&self, case: &Case) -> Answer {
        let end = json!({ "reason": "不符合准予的条件。", "legal_basis": "《行政许可法》第六十九条" });
        self.posts(case, "grant/revocation", end).await
    }

    /// 注销许可
    pub async fn cancels_grant(&self, case: &Case) -> Answer {
        let end = json!({ "reason": "有效期届满未延续。", "legal_basis": "《行政许可法》第七十条" });
        self.posts(case, "grant/cancellation", end).await
    }

    /// 补充说明
    pub async fn adds_note(&self, case: &Case, text: &str) -> Answer {
        self.posts(case, "notes", json!({ "text": text })).await
    }

    /// 恢复办理
    pub async fn reopens(&self, case: &Case) -> Answer {
        self.posts(case, "reopening", json!({ "reason": "申请人提出新的事实。" })).await
    }
}
