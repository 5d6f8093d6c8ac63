//! 审批: the substantive review and the reasoned decision (clause B3-2, 行政许可法 arts. 34, 37, 38).

use kernel::{DocumentNumber, Refusal, Remedy, StaffCode, Text, remedies};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

/// 审批情况.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub review: Option<Review>,
    pub decision: Option<Decision>,
}

/// 审核意见: what the reviewer recommends, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    pub recommends: Outcome,
    pub opinion: Text<2000>,
    pub by: StaffCode,
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
    /// 审批分离: a decision follows a review, and is made by somebody else.
    pub fn may_decide(&self, by: &StaffCode) -> Result<(), Refusal> {
        match &self.review {
            None => Err(Refusal::new("not_reviewed", "须先完成审核，方可作出决定")),
            Some(review) if review.by == *by => {
                Err(Refusal::new("reviewer_cannot_decide", "审核人与决定人不能为同一人"))
            }
            Some(_) => Ok(()),
        }
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
