use kernel::{DocumentNumber, Remedy, Text};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// 受理, 行政许可法 art. 32(1)(5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// 受理通知书; none where the matter is finished on the spot (浙江最多跑一次规定 art. 11(1)).
    pub notice: Option<DocumentNumber>,
    #[serde(default, skip_serializing_if = "AcceptanceBasis::is_in_order")]
    pub basis: AcceptanceBasis,
}

/// 受理依据: why the case was accepted.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum AcceptanceBasis {
    /// 材料齐全、符合法定形式
    #[default]
    InOrder,
    /// 视为受理: nobody asked for corrections in time, 行政许可法 art. 32(1)(4), rule L6.
    Deemed,
    /// 容缺受理, rule L8.
    Conditional,
    /// 告知承诺, rule L13.
    Commitment,
}

impl AcceptanceBasis {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
    fn is_in_order(&self) -> bool {
        *self == Self::InOrder
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::InOrder => "材料齐全、符合法定形式",
            Self::Deemed => "逾期未告知，视为受理",
            Self::Conditional => "容缺受理",
            Self::Commitment => "告知承诺受理",
        }
    }
}

/// 不予受理: not this body's power, and the applicant is told whose it is (行政许可法 art. 32(1)(2)); or corrected and
/// still wrong (浙江最多跑一次规定 art. 11(3), rule L7); or what it waits for in its package has failed (the same, art. 5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    pub notice: DocumentNumber,
    pub ground: RejectionGround,
    pub reason: Text<2000>,
    pub legal_basis: Text<500>,
    /// 应向其申请的机关.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub competent_body: Option<Text<200>>,
    pub remedies: Vec<Remedy>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RejectionGround {
    /// 不属于本机关职权范围
    OutsidePower,
    /// 补正后仍不符合要求
    StillDeficient,
    /// 前置事项未获准予: an item of a package that waited for one that failed (rule L10).
    PredecessorFailed,
}

/// 不受理, 行政许可法 art. 32(1)(1): no licence is needed; told at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotRequired {
    pub notice: DocumentNumber,
    pub reason: Text<2000>,
    pub legal_basis: Text<500>,
    pub remedies: Vec<Remedy>,
}
