//! 审批: the substantive review and the reasoned decision (clause B3-2, 行政许可法 arts. 34, 37, 38).

pub mod inspection;
pub mod joint;

mod procedure;
mod rework;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use kernel::{Calendar, DepartmentCode, DocumentNumber, Instant, Refusal, Remedy, StaffCode, Text, remedies};
pub use procedure::{ExtensionRule, Pause, Procedure};
pub use rework::{Rework, Step};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

/// 审批情况.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub review: Option<Review>,
    pub decision: Option<Decision>,
    /// 特别程序
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub procedures: Vec<Procedure>,
    /// 无法定理由的暂停
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Pause>,
    /// 联审联批
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joint: Option<joint::JointReview>,
    /// 联合踏勘
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inspection: Option<inspection::JointInspection>,
    /// 退回重办
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reworks: Vec<Rework>,
    /// 恢复办理前的决定
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_decisions: Vec<Decision>,
    /// 恢复办理前的会审逾期未反馈
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_silent: Vec<joint::Named>,
}

/// 审核意见: what the reviewer recommends, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    pub recommends: Outcome,
    pub opinion: Text<2000>,
    pub by: StaffCode,
    pub at: Instant,
}

/// 准予 or 不予.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Outcome {
    /// 准予
    Grant,
    /// 不予
    Refuse,
}

/// 决定. A refusal without grounds and remedies cannot be written down (行政许可法 art. 38(2)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub document: DocumentNumber,
    pub reasons: Text<2000>,
    pub ruling: Ruling,
    pub by: StaffCode,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Ruling {
    /// 准予
    Grant,
    /// 不予
    Refuse { legal_basis: Text<500>, remedies: Vec<Remedy> },
}

impl Ruling {
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Grant => Outcome::Grant,
            Self::Refuse { .. } => Outcome::Refuse,
        }
    }
}

impl Approval {
    /// 审批分离: a decision follows a review, and is made by somebody else. What was reviewed or opined on before its ground
    /// last changed does not carry it, and neither does an open special procedure or an opinion still owed. The ground is
    /// the materials; of a serial opinion also what its predecessors say, and of a review also opinions, findings and the
    /// results of special procedures.
    pub fn may_decide(
        &self,
        by: &StaffCode,
        changed: Option<Instant>,
        calendar: &Calendar,
        today: NaiveDate,
    ) -> Result<(), Refusal> {
        self.must_have_no_open_procedure()?;
        if let Some(joint) = &self.joint {
            joint.may_conclude()?;
            let outdated = joint.desks.keys().find_map(|it| Some((it, joint.outdated_by(it, changed)?)));
            if let Some((department, what)) = outdated {
                let detail = format!("「{department}」反馈意见后{what}有变化，须重新反馈");
                return Err(Refusal::new("opinion_outdated", detail));
            }
        }
        self.must_have_the_findings(calendar, today)?;
        let opinions =
            self.joint.iter().flat_map(|joint| joint.desks.values()).filter_map(|desk| desk.opinion.as_ref());
        let records = self.inspection.iter().filter_map(|inspection| inspection.record.as_ref());
        let found = records.flat_map(|record| record.findings.values()).map(|finding| finding.at);
        let ended = self.procedures.iter().filter_map(|procedure| procedure.ended_at);
        let changed = opinions.map(|given| given.at).chain(changed).chain(found).chain(ended).max();
        match &self.review {
            Some(review) if changed.is_some_and(|changed| review.at < changed) => {
                Err(Refusal::new("review_outdated", "审核后材料、会审意见、踏勘意见或者特别程序有变化，须重新审核"))
            }
            None => Err(Refusal::new("not_reviewed", "须先完成审核，方可作出决定")),
            Some(review) if review.by == *by => {
                Err(Refusal::new("reviewer_cannot_decide", "审核人与决定人不能为同一人"))
            }
            Some(_) => Ok(()),
        }
    }

    /// 联合踏勘 has taken place, and whoever was there has said what it found; not whoever has consented by silence since, or
    /// let the limit of its findings pass.
    fn must_have_the_findings(&self, calendar: &Calendar, today: NaiveDate) -> Result<(), Refusal> {
        let Some(inspection) = &self.inspection else { return Ok(()) };
        if !inspection.took_place() {
            return Err(Refusal::new("inspection_pending", "联合踏勘尚未进行，不能作出决定"));
        }
        let consented = |department: &DepartmentCode| {
            let joint = self.joint.as_ref();
            joint.is_some_and(|it| it.desks.get(department).is_some_and(|desk| desk.consented_on(it.silence).is_some()))
        };
        let overdue: BTreeSet<_> = inspection.overdue(calendar, today).collect();
        let waited_for = inspection.owing().filter(|&it| !consented(it) && !overdue.contains(it));
        let owing = joint::names(waited_for);
        if owing.is_empty() {
            return Ok(());
        }
        Err(Refusal::new("findings_missing", format!("尚缺以下部门的踏勘意见：{owing}")))
    }

    /// 准予 does not override an objection that stands.
    pub fn must_allow(&self, outcome: Outcome) -> Result<(), Refusal> {
        match (&self.joint, outcome) {
            (Some(joint), Outcome::Grant) => joint.must_allow_grant(),
            _ => Ok(()),
        }
    }

    fn must_have_no_open_procedure(&self) -> Result<(), Refusal> {
        match self.procedures.iter().find(|procedure| procedure.is_open()) {
            Some(open) => Err(Refusal::new("procedure_open", format!("{}尚未结束，不能作出决定", open.ground.label()))),
            None => Ok(()),
        }
    }

    /// 退回重办 goes to a step that was taken.
    pub fn may_return_to(&self, step: Step) -> Result<(), Refusal> {
        let taken = match step {
            Step::Review => self.review.is_some(),
            Step::JointReview => self.joint.is_some(),
        };
        if taken {
            return Ok(());
        }
        Err(Refusal::new("step_not_taken", format!("尚未进行{}，不能退回该环节", step.label())))
    }

    /// 联合踏勘 has taken place.
    pub fn was_inspected(&self) -> bool {
        self.inspection.as_ref().is_some_and(inspection::JointInspection::took_place)
    }

    pub fn open_pause(&self) -> Option<&Pause> {
        self.pauses.last().filter(|pause| pause.until.is_none())
    }
}

/// A ruling from what was asked for: refusing needs its legal basis, granting must not carry one.
pub fn ruling(outcome: Outcome, legal_basis: Option<Text<500>>) -> Result<Ruling, Refusal> {
    match (outcome, legal_basis) {
        (Outcome::Grant, None) => Ok(Ruling::Grant),
        (Outcome::Refuse, Some(legal_basis)) => Ok(Ruling::Refuse { legal_basis, remedies: remedies() }),
        (Outcome::Refuse, None) => Err(Refusal::new("legal_basis_missing", "不予许可须写明法律依据")),
        (Outcome::Grant, Some(_)) => Err(Refusal::new("legal_basis_superfluous", "准予决定不填写不予许可的法律依据")),
    }
}
