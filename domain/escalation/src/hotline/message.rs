use kernel::{Instant, SectorCode, Text};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumDiscriminants, EnumString, IntoStaticStr, VariantArray};

use super::{
    external_no::ExternalNo,
    state::{LegalRoute, Verification, WorkOrderKind},
};
use crate::round::Speaker;

/// 派单: what the hotline dispatches. Who called stands elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dispatch {
    pub kind: WorkOrderKind,
    /// 板块 that the hotline's category stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sector: Option<SectorCode>,
    /// 法定途径 that the hotline's category belongs to; a person still chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<LegalRoute>,
    pub subject: Text<100>,
    pub facts: Text<4000>,
    /// 指定: ruled to be ours, so that it cannot be returned (rule L15).
    pub assigned: bool,
    /// 主办单位, where it is not the centre.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<Text<100>>,
    /// 协办单位 (rule L15: named with the lead).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub co_organisers: Vec<Text<100>>,
    /// By the hotline's clock: from here every limit runs, however late the order arrives.
    pub dispatched_at: Instant,
}

/// 回访三问: responded, solved and satisfied are three answers, none of which follows from another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Satisfaction {
    pub responded: bool,
    pub solved: bool,
    pub satisfied: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text<500>>,
    /// 表态人, of an enterprise: nothing is closed out on its word without one (clause D5-2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spoken: Option<Spoken>,
}

/// 代表企业表态的人, and how the hotline verified them. Who it is stands where personal data belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spoken {
    pub by: Speaker,
    pub verified: Verification,
}

/// What the hotline says of a work order, in an order of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, EnumDiscriminants)]
#[serde(tag = "kind", content = "of", rename_all = "snake_case")]
#[strum_discriminants(
    name(MessageKind),
    doc = "消息种类.",
    derive(PartialOrd, Ord, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray),
    serde(rename_all = "snake_case"),
    strum(serialize_all = "snake_case")
)]
pub enum Message {
    /// 派单, or 改派 of what was returned.
    Dispatch(Dispatch),
    /// 催办
    Urge {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text<500>>,
    },
    /// 补充
    Supplement { text: Text<1000> },
    /// 满意度
    Satisfaction(Satisfaction),
    /// 重办
    Redo { reason: Text<500> },
    /// 并单 into another order of the same hotline.
    Merge { into: ExternalNo },
    /// 提级: to its impasse, or to the supervision section where it has none.
    Escalate { reason: Text<500> },
    /// 退单裁定
    ReturnRuling { upheld: bool, reason: Text<500> },
    /// 延期审批
    ExtensionRuling {
        approved: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text<500>>,
    },
}

impl Message {
    pub fn kind(&self) -> MessageKind {
        self.into()
    }
}

impl MessageKind {
    pub fn label(self) -> &'static str {
        match self {
            Self::Dispatch => "派单",
            Self::Urge => "催办",
            Self::Supplement => "补充",
            Self::Satisfaction => "满意度",
            Self::Redo => "重办",
            Self::Merge => "并单",
            Self::Escalate => "提级",
            Self::ReturnRuling => "退单裁定",
            Self::ExtensionRuling => "延期审批",
        }
    }
}
