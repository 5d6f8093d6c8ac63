use chrono::NaiveDate;
use kernel::{DocumentNumber, Instant, Refusal, Remedy, StaffCode, Text};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::{Delivered, Issuance, Parcel, ResultDocument};

/// 已被替代的结果文书, kept with what replaced it and why, and how it had reached the applicant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    pub document: ResultDocument,
    pub how: Replacement,
    pub reason: Text<500>,
    pub by: StaffCode,
    pub at: Instant,
    /// 原文书的邮件
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel: Option<Parcel>,
    /// 原文书的送达凭据
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered: Option<Delivered>,
    /// 申请人确认收到原文书
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<Instant>,
}

/// Why a document is made out again.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Replacement {
    /// 更正: something in it was wrong.
    Correction,
    /// 补发: it was lost or damaged.
    Reissue,
}

/// 效力: what became of the grant after the case was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// 有效
    #[default]
    InForce,
    /// 已撤销 or 已注销
    Ended(Ended),
}

/// 撤销 (行政许可法 art. 69) or 注销 (art. 70): acts of their own, with a document of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    pub document: DocumentNumber,
    pub ground: EndGround,
    pub reason: Text<2000>,
    pub legal_basis: Text<500>,
    pub remedies: Vec<Remedy>,
    pub by: StaffCode,
    pub on: NaiveDate,
}

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum EndGround {
    /// 撤销: it should not have been granted.
    Unlawful,
    /// 撤销: what was committed to was not kept (rule L13).
    CommitmentBroken,
    /// 注销: it has expired, been given up, or lost its object.
    Lapsed,
}

impl Standing {
    pub(crate) fn is_in_force(&self) -> bool {
        *self == Self::InForce
    }
}

impl Issuance {
    /// 已撤销 or 已注销.
    pub fn has_ended(&self) -> bool {
        matches!(self.standing, Standing::Ended(_))
    }

    /// Only a result that was issued and is in force can be replaced or ended.
    pub fn must_be_in_force(&self) -> Result<&ResultDocument, Refusal> {
        match (&self.result, &self.standing) {
            (Some(result), Standing::InForce) => Ok(result),
            (None, _) => Err(Refusal::new("not_issued", "尚未出件")),
            (_, Standing::Ended(_)) => Err(Refusal::new("grant_ended", "该许可已撤销或注销")),
        }
    }
}
