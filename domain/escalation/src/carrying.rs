use kernel::{Instant, Text, WorkingDays, access::Signature};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// 挂账原因: why something stays open on the register without being worked on. None of them closes it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum CarryingGround {
    /// 依法不能办理，已书面解释
    NotAllowedByLaw,
    /// 申请人无法联系
    Unreachable,
    /// 申请人不予答复
    NoAnswer,
    /// 已告知诉讼、仲裁、复议、信访等法定途径
    LegalRoute,
}

impl CarryingGround {
    pub fn label(self) -> &'static str {
        match self {
            Self::NotAllowedByLaw => "依法不能办理，已书面解释",
            Self::Unreachable => "申请人无法联系",
            Self::NoAnswer => "申请人不予答复",
            Self::LegalRoute => "已告知法定途径",
        }
    }
}

/// 挂账申请, by the centre.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarryingProposal {
    pub ground: CarryingGround,
    pub explanation: Text<2000>,
    pub by: Signature,
    pub at: Instant,
}

/// 挂账, as approved by the reform office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carrying {
    pub ground: CarryingGround,
    pub explanation: Text<2000>,
    pub approved_by: Signature,
    pub approved_at: Instant,
    /// 复核: each time it was looked at again and left as it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<CarryingReview>,
}

/// 挂账复核
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarryingReview {
    pub reason: Text<500>,
    /// Until it is looked at again.
    pub days: WorkingDays,
    pub by: Signature,
    pub at: Instant,
}
