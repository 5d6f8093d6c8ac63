//! What a platform's adapter does under numbers of its own.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{Answer, Applicant, Caller, Case, Hall, PDF, items};

/// 附件摘要: by which a file is uploaded and named.
pub fn digest_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file like [`PDF`] with something of its own in it.
pub fn another_pdf(text: &str) -> Vec<u8> {
    [PDF, format!("\n% {text}\n").as_bytes()].concat()
}

/// 推送的申请 for the item of a person, with one file where `file` is one.
pub fn pushed(applicant: &impl Applicant, file: Option<&[u8]>) -> Value {
    let mut body = json!({
        "item": items::PROMISED, "channel": "web", "applicant": applicant.applicant(),
        "delivery": { "method": "pick_up" },
    });
    if let Some(file) = file {
        body["materials"] = json!([{ "material": "application", "files": [digest_of(file)] }]);
    }
    body
}

impl Caller {
    /// 预上传
    pub async fn uploads(&self, bytes: &[u8]) -> Answer {
        let path = format!("/v1/uploads/{}", digest_of(bytes));
        self.put(&path).body("application/pdf", bytes).await
    }

    /// 推送申请
    pub async fn pushes(&self, number: &str, body: &Value) -> Answer {
        self.put(&format!("/v1/applications/{number}")).json(body).await
    }

    /// 查看推送的申请
    pub async fn reads_pushed(&self, number: &str) -> Answer {
        self.get(&format!("/v1/applications/{number}")).await
    }

    /// 推送补正材料: files for the material `application`.
    pub async fn pushes_correction(&self, number: &str, correction: u32, files: &[&[u8]]) -> Answer {
        let files: Vec<String> = files.iter().map(|file| digest_of(file)).collect();
        let body = json!({ "materials": [{ "material": "application", "files": files }] });
        self.put(&format!("/v1/applications/{number}/corrections/{correction}")).json(&body).await
    }

    /// 推送撤回
    pub async fn pushes_withdrawal(&self, number: &str, reason: &str) -> Answer {
        self.put(&format!("/v1/applications/{number}/withdrawal")).json(&json!({ "reason": reason })).await
    }
}

impl Hall {
    /// The case that an application opened, as the centre's manager sees it.
    pub async fn pushed_case(&self, application: &Answer) -> Case {
        Case::of(&self.manager().get(&format!("/v1/cases/{}", application.text("/case"))).await.ok())
    }
}
