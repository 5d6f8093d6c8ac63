//! 代申请人办理: a system vouches for whom it has verified.

use serde_json::json;

use crate::{Answer, Applicant, Caller};

impl Caller {
    /// 代办凭据, under this key: the answer, and the applicant with the token that is in it.
    pub async fn vouches_for(&self, applicant: &impl Applicant, key: &str) -> (Answer, Caller) {
        let body = json!({ "applicant": applicant.applicant(), "identity_assurance": "real_person" });
        let voucher = self.post("/v1/vouchers").key(key).json(&body).await.created();
        let caller = self.hall().applicant(&voucher.text("/party")).with_token(&voucher.text("/access_token"));
        (voucher, caller)
    }
}
