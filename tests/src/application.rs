use serde_json::{Value, json};

use crate::{Applicant, Person};

/// Items of the reference catalogue, by what makes them useful in a test.
pub mod items {
    /// 即办件, enterprises; window `project`, department `development-reform`; courier, pick-up, electronic.
    pub const ON_THE_SPOT: &str = "project-investment-filing";
    /// 即办件, persons and enterprises; window `policy`, department `taxation`; courier, pick-up, electronic.
    pub const ON_THE_SPOT_FOR_ALL: &str = "policy-no-tax-arrears";
    /// 承诺件, persons; window `rule-of-law`, department `justice`; 7 and 3 days; courier, pick-up, electronic.
    pub const PROMISED: &str = "law-legal-aid";
    /// 承诺件, enterprises; window `project`, department `ecology-environment`; 30 and 10 days.
    pub const PROMISED_FOR_ENTERPRISES: &str = "project-environment-report";
    /// 承诺件 without electronic delivery, with materials on paper only; window `talent`, `human-resources`.
    pub const ON_PAPER: &str = "talent-foreigner-work-permit";
}

/// 申请, being filled in.
#[derive(Clone, Debug)]
pub struct Application {
    body: Value,
}

impl Application {
    /// Without an applicant, to be picked up at the window.
    pub fn for_item(item: &str) -> Self {
        Self { body: json!({ "item": item, "delivery": { "method": "pick_up" } }) }
    }

    #[must_use]
    pub fn by(self, applicant: &impl Applicant) -> Self {
        let named = self.with("applicant", applicant.applicant());
        match applicant.contact() {
            Some(contact) => named.with("contact", contact),
            None => named,
        }
    }

    #[must_use]
    pub fn courier_to(self, recipient: &Person) -> Self {
        self.with("delivery", json!({ "method": "courier", "recipient": recipient.recipient() }))
    }

    #[must_use]
    pub fn electronic(self) -> Self {
        self.with("delivery", json!({ "method": "electronic" }))
    }

    #[must_use]
    pub fn via(self, channel: &str) -> Self {
        self.with("channel", json!(channel))
    }

    /// The adapter's own number.
    #[must_use]
    pub fn numbered(self, external: &str) -> Self {
        self.with("external_number", json!(external))
    }

    /// Any field, right or wrong.
    #[must_use]
    pub fn with(mut self, field: &str, value: Value) -> Self {
        self.body[field] = value;
        self
    }

    /// As it is sent: at the counter by clerks, on the web by everybody else, unless said otherwise.
    pub fn body(self, is_clerk: bool) -> Value {
        match self.body.get("channel") {
            Some(_) => self.body,
            None => self.via(if is_clerk { "counter" } else { "web" }).body,
        }
    }
}
