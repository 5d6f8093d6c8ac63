use chrono::NaiveDate;
use kernel::{
    Calendar,
    ledger::{Ledger, LimitKind, Suspension, binding},
};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// 期限归属: whose turn it is while a limit runs.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Turn {
    /// 申请人
    Applicant,
    /// 经办方: the window or the department that answers for the case.
    Office,
}

/// The limits that run or ran on the case, side by side (rules L2, L4, L6 to L8, L12, L13).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clocks {
    /// 受理审查期限, from the day the materials came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Ledger>,
    /// 补正期限, from the correction notice; the applicant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<Ledger>,
    /// 法定期限, from acceptance.
    pub statutory: Option<Ledger>,
    /// 承诺期限, from acceptance.
    pub promised: Option<Ledger>,
    /// 容缺补齐期限, from conditional acceptance; the applicant's, and stopped while what has come is looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Ledger>,
    /// 容缺补交审查期限, from the day on which everything left open has come; the window's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition_check: Option<Ledger>,
    /// 审核时限, from each arrival at the review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Ledger>,
    /// 送达期限, from the decision.
    pub delivery: Option<Ledger>,
    /// 承诺核查期限, from a grant on commitment; it outlives the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification: Option<Ledger>,
    /// 整改期限, from the order to mend a commitment that was not kept; the applicant's, and outlives the case too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mending: Option<Ledger>,
    /// Earlier runs of the check, and what was left open that waited for the window in the end: over, and kept for the
    /// figures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Ledger>,
}

impl Clocks {
    /// The limit of the office that binds now: of those that run, the one that ends first (rule L12). None while it is
    /// the applicant's turn, or nothing runs.
    pub fn binding(&self, calendar: &Calendar, today: NaiveDate) -> Option<&Ledger> {
        let office = [&self.check, &self.promised, &self.statutory, &self.delivery];
        binding(office.into_iter().flatten().filter(|ledger| ledger.is_running()), calendar, today)
    }

    /// In the order of a case's life; of the two that start together the promise comes first.
    pub fn all(&self) -> impl Iterator<Item = &Ledger> {
        [
            &self.check,
            &self.correction,
            &self.promised,
            &self.statutory,
            &self.condition,
            &self.condition_check,
            &self.review,
            &self.delivery,
            &self.verification,
            &self.mending,
        ]
        .into_iter()
        .flatten()
    }

    pub fn running(&self) -> impl Iterator<Item = &Ledger> {
        self.all().filter(|ledger| ledger.is_running())
    }

    /// The limits that explain where the case stands: those that run, and those of its decision.
    pub fn shown(&self) -> impl Iterator<Item = &Ledger> {
        let always = |kind| matches!(kind, LimitKind::Promised | LimitKind::Statutory | LimitKind::Delivery);
        self.all().filter(move |ledger| ledger.is_running() || always(ledger.kind))
    }

    /// 重新审查: the check runs anew, and the one before it is kept.
    pub(crate) fn check_again(&mut self, limit: Ledger) {
        self.earlier.extend(self.check.replace(limit));
    }

    /// 等待前置事项: the check stops, and begins anew when its turn has come again.
    pub(crate) fn check_waits(&mut self, on: NaiveDate) {
        halt(&mut self.check, on);
        self.earlier.extend(self.check.take());
    }

    /// 容缺材料交齐: the applicant's limit stands still, and the window's runs anew.
    pub(crate) fn check_condition(&mut self, limit: Ledger, on: NaiveDate) {
        halt(&mut self.condition, on);
        self.earlier.extend(self.condition_check.replace(limit));
    }

    /// Found wrong: it is the applicant's turn again, as far as there is time left.
    pub(crate) fn condition_fell_short(&mut self, on: NaiveDate) {
        if self.condition_check.as_ref().is_some_and(Ledger::is_running) {
            halt(&mut self.condition_check, on);
            if let Some(condition) = &mut self.condition {
                condition.stopped = None;
            }
        }
    }

    /// Nothing more is expected of what was left open.
    pub(crate) fn end_condition(&mut self, on: NaiveDate) {
        halt(&mut self.condition, on);
        halt(&mut self.condition_check, on);
    }

    /// Stops the limits of the decision and whatever led to it; the verification of a commitment goes on, and its mending. What was
    /// stopped before keeps its day.
    pub(crate) fn stop(&mut self, on: NaiveDate) {
        let limits = [
            &mut self.check,
            &mut self.correction,
            &mut self.statutory,
            &mut self.promised,
            &mut self.review,
            &mut self.delivery,
        ];
        limits.into_iter().for_each(|ledger| halt(ledger, on));
    }

    /// 特别程序 stops the limits of the decision and nothing else (rule L5).
    pub(crate) fn suspend(&mut self, suspension: &Suspension) {
        for ledger in [&mut self.statutory, &mut self.promised].into_iter().flatten() {
            ledger.suspensions.push(suspension.clone());
        }
    }

    pub(crate) fn end_suspension(&mut self, ended: &Suspension) {
        for ledger in [&mut self.statutory, &mut self.promised].into_iter().flatten() {
            let open = ledger.suspensions.iter_mut();
            let matching = |s: &&mut Suspension| s.until.is_none() && s.from == ended.from && s.ground == ended.ground;
            if let Some(suspension) = open.into_iter().find(matching) {
                suspension.until = ended.until;
            }
        }
    }
}

pub(crate) fn halt(ledger: &mut Option<Ledger>, on: NaiveDate) {
    if let Some(ledger) = ledger {
        ledger.stopped.get_or_insert(on);
    }
}
