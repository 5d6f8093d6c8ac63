use std::collections::BTreeMap;

use kernel::{DepartmentCode, Instant, StaffCode, Text};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::joint::{Asked, Named};

/// 退回重办: back to a step that was already taken, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rework {
    pub to: Step,
    pub reason: Text<1000>,
    pub by: StaffCode,
    pub at: Instant,
    /// 逾期未反馈: who stays named, where everybody is asked again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<Named>,
    /// 要求补充说明, where everybody is asked again: the one question of each stays, with its answer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub asked: BTreeMap<DepartmentCode, Asked>,
}

/// 审批环节 to which a case can be returned. Whatever comes after the step is done again, so that nobody is skipped whose
/// ground has changed.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Step {
    /// 会审
    JointReview,
    /// 审核
    Review,
}

impl Step {
    pub fn label(self) -> &'static str {
        match self {
            Self::JointReview => "会审",
            Self::Review => "审核",
        }
    }
}
