use kernel::{DocumentNumber, Remedy, Text};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

/// 受理, 行政许可法 art. 32(1)(5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// 受理通知书; none where the matter is finished on the spot (浙江最多跑一次规定 art. 11(1)).
    pub notice: Option<DocumentNumber>,
}

/// 不予受理, 行政许可法 art. 32(1)(2): not this body's power, and the applicant is told whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    pub notice: DocumentNumber,
    pub ground: RejectionGround,
    pub reason: Text<2000>,
    pub legal_basis: Text<500>,
    /// 应向其申请的机关.
    pub competent_body: Text<200>,
    pub remedies: Vec<Remedy>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RejectionGround {
    /// 不属于本机关职权范围
    OutsidePower,
}

/// 不受理, 行政许可法 art. 32(1)(1): no licence is needed; told at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotRequired {
    pub notice: DocumentNumber,
    pub reason: Text<2000>,
    pub legal_basis: Text<500>,
    pub remedies: Vec<Remedy>,
}
