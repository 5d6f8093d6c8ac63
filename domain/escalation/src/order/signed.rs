//! 签字: who signed an order and when, and what exactly they signed (clause D13-1).

use chrono::NaiveDate;
use kernel::{
    DepartmentCode, DocumentNumber, Instant, StaffCode, Text, WorkingDays, access::Signature, id::ImpasseId,
    ledger::Extension,
};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use super::{Basis, Order};
use crate::canonical;

/// 签字: identity, time and a digest of what was signed. The seal is for whoever has a means to make one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    pub by: Signature,
    pub at: Instant,
    /// How what was signed is written.
    #[serde(default)]
    pub form: SignedForm,
    /// SHA-256 of what was signed, lower-case hexadecimal.
    pub digest: String,
    /// 电子印章
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<Text<4000>>,
}

/// 签字文本的格式, by its published name. What was signed in one is verified in that one for good.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
pub enum SignedForm {
    /// 编号、承办部门、交办事项、完成情况, one a line: of what was signed before forms had names.
    #[default]
    #[serde(rename = "order-1")]
    #[strum(serialize = "order-1")]
    Lines,
    /// Every field of annex 2 that stands there when it is signed, as canonical JSON (`docs/orders.md`).
    #[serde(rename = "order-2")]
    #[strum(serialize = "order-2")]
    Sheet,
}

/// What [`SignedForm::Sheet`] says. Its names are published; one that changes is another form.
#[derive(Serialize)]
struct Sheet<'a> {
    form: SignedForm,
    impasse: ImpasseId,
    number: &'a DocumentNumber,
    sequence: u32,
    round: usize,
    basis: &'a Basis,
    issued_at: Instant,
    issued_by: &'a Signature,
    department: &'a DepartmentCode,
    with: &'a [DepartmentCode],
    matter: &'a Text<2000>,
    binding: bool,
    limit: Term,
    responsible: Option<&'a StaffCode>,
    completion: &'a Text<2000>,
}

/// 完成时限: what was set and granted. Its date moves with the calendar, so that it is not signed.
#[derive(Serialize)]
struct Term {
    days: WorkingDays,
    from: NaiveDate,
    first_day_counts: bool,
    extended: Vec<Extended>,
}

#[derive(Serialize)]
struct Extended {
    days: WorkingDays,
    on: NaiveDate,
}

impl Order {
    /// What is signed, in [`SignedForm::Sheet`]: what the order is, and what was done about it.
    pub(crate) fn to_sign(&self, impasse: ImpasseId, completion: &Text<2000>) -> String {
        self.sheet(impasse, completion, &self.limit.extensions)
    }

    /// 签字与内容相符: whether the order still says what was signed. `seal` as that of [`kernel::Registry`].
    pub fn is_as_signed(&self, impasse: ImpasseId, signed: &Signed, seal: impl Fn(&str) -> String) -> bool {
        let Some(completion) = self.completion.as_ref().map(|completion| &completion.text) else { return false };
        let is_it = |text: String| seal(&text) == signed.digest;
        match signed.form {
            SignedForm::Lines => is_it(self.lines(completion)),
            SignedForm::Sheet => {
                let before = self.extensions_before(signed.at);
                is_it(self.to_sign(impasse, completion))
                    || before.is_some_and(|extensions| is_it(self.sheet(impasse, completion, extensions)))
            }
        }
    }

    /// Without an extension that was asked for before the signature and granted after it.
    fn extensions_before(&self, at: Instant) -> Option<&[Extension]> {
        let ruling = self.extension_request.as_ref().and_then(|request| request.ruling.as_ref())?;
        let (_, before) = self.limit.extensions.split_last()?;
        (ruling.granted && ruling.at >= at).then_some(before)
    }

    fn sheet(&self, impasse: ImpasseId, completion: &Text<2000>, extensions: &[Extension]) -> String {
        let extended = extensions.iter().map(|it| Extended { days: it.days, on: it.approved_on }).collect();
        let limit = &self.limit;
        canonical::json(&Sheet {
            form: SignedForm::Sheet,
            impasse,
            number: &self.number,
            sequence: self.sequence,
            round: self.round,
            basis: &self.basis,
            issued_at: self.issued_at,
            issued_by: &self.issued_by,
            department: &self.department,
            with: &self.with,
            matter: &self.matter,
            binding: self.binding,
            limit: Term { days: limit.budget, from: limit.start, first_day_counts: limit.counts_start, extended },
            responsible: self.responsible.as_ref(),
            completion,
        })
    }

    fn lines(&self, completion: &Text<2000>) -> String {
        format!("{}\n{}\n{}\n{completion}", self.number, self.department, self.matter)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use kernel::{
        Centre, DocumentKind,
        access::Role,
        ledger::{Ledger, LimitKind},
    };

    use super::*;
    use crate::order::OrderState;

    fn order() -> Order {
        let by = Signature { role: Role::Manager, code: "manager".to_owned(), through: None };
        let issued: NaiveDate = "2026-03-03".parse().unwrap();
        let mut limit = Ledger::new(LimitKind::Order, WorkingDays(5), issued);
        limit.extensions.push(Extension {
            days: WorkingDays(3),
            approved_on: "2026-03-05".parse().unwrap(),
            approved_by: by.clone(),
            reason: Text::new("需现场勘查").unwrap(),
        });
        Order {
            number: DocumentNumber::new(Centre::WENLING, DocumentKind::AssignmentOrder, 2026, 7),
            sequence: 1,
            round: 1,
            basis: Basis::Centre,
            department: "natural-resources".parse().unwrap(),
            with: vec!["fire".parse().unwrap()],
            matter: Text::new("明确备案路径").unwrap(),
            issued_by: by,
            issued_at: Instant::parse("2026-03-03T10:00:00+08:00").unwrap(),
            limit,
            receipt: Ledger::new(LimitKind::OrderReceipt, WorkingDays(1), issued),
            binding: false,
            state: OrderState::Acknowledged,
            responsible: Some("land-reviewer".parse().unwrap()),
            return_request: None,
            extension_request: None,
            completion: None,
            leader: None,
            sent_back: Vec::new(),
            supervision: Vec::new(),
        }
    }

    /// Clause D13-1: what is signed is this text and no other, or nothing that was signed could be verified any more.
    #[test]
    fn the_text_of_a_form_never_changes() {
        let impasse = "01900000-0000-7000-8000-000000000002".parse().unwrap();
        let done = Text::new("已开通备案入口").unwrap();
        let sheet = concat!(
            r#"{"basis":"centre","binding":false,"completion":"已开通备案入口","department":"natural-resources","#,
            r#""form":"order-2","impasse":"01900000-0000-7000-8000-000000000002","issued_at":"2026-03-03T02:00:00Z","#,
            r#""issued_by":{"code":"manager","role":"manager"},"limit":{"days":5,"extended":[{"days":3,"on":"2026-03-05"}],"#,
            r#""first_day_counts":false,"from":"2026-03-03"},"matter":"明确备案路径","number":"331081交〔2026〕000007号","#,
            r#""responsible":"land-reviewer","round":1,"sequence":1,"with":["fire"]}"#,
        );
        assert_eq!(order().to_sign(impasse, &done), sheet);
        assert_eq!(order().lines(&done), "331081交〔2026〕000007号\nnatural-resources\n明确备案路径\n已开通备案入口");
    }
}
