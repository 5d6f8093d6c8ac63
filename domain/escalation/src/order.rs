mod signed;

use chrono::NaiveDate;
use kernel::{
    DepartmentCode, DocumentNumber, Instant, Refusal, StaffCode, Text, WorkingDays, access::Signature, id::MeetingId,
    ledger::Ledger,
};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

pub use self::signed::{Signed, SignedForm};
use crate::supervision::Supervision;

/// 问题交办单: what a department is to do about an impasse, with every field of annex 2 (clause D13-1). What the applicant
/// says of it stands in the round that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// 编号
    pub number: DocumentNumber,
    /// Its place among the orders of the impasse, from 1.
    pub sequence: u32,
    /// The round of the impasse it belongs to, from 1.
    pub round: usize,
    pub basis: Basis,
    /// 承办部门
    pub department: DepartmentCode,
    /// 协办部门
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<DepartmentCode>,
    /// 交办事项
    pub matter: Text<2000>,
    pub issued_by: Signature,
    /// 交办时间
    pub issued_at: Instant,
    /// 完成时限, from the day it was issued whether or not it was acknowledged.
    pub limit: Ledger,
    pub receipt: Ledger,
    /// 指定承办: a ruling on who is responsible; it cannot be returned (rule L15).
    pub binding: bool,
    pub state: OrderState,
    /// 责任人, named on acknowledgement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsible: Option<StaffCode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_request: Option<ReturnRequest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension_request: Option<ExtensionRequest>,
    /// 完成情况, signed by the responsible person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion: Option<Completion>,
    /// 主管领导签字
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leader: Option<Signed>,
    /// 退回重办
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sent_back: Vec<SentBack>,
    /// 督办, the oldest proposal first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supervision: Vec<Supervision>,
}

/// 交办单状态
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum OrderState {
    /// 待签收
    Issued,
    /// 办理中
    Acknowledged,
    /// 申请退回，待裁定
    ReturnRequested,
    /// 已退回, or 改由其他部门承办 by a meeting: another department is responsible.
    Returned,
    /// 已反馈，待主管领导签字
    Completed,
    /// 已办结
    Signed,
}

/// 交办依据
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// 中心协调 (clause D4-2)
    Centre,
    /// 督查科转办 (clause D2-2)
    Supervision,
    /// 部门协调会议决议 (clause D4-3)
    Meeting(MeetingId),
    /// 市政府研究意见, of the month that begins on this day (clause D4-4)
    Government(NaiveDate),
}

impl Basis {
    /// Whether it rules on who is responsible, once and for all.
    pub fn rules(&self) -> bool {
        matches!(self, Self::Meeting(_) | Self::Government(_))
    }
}

/// 申请退回, and the ruling on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnRequest {
    pub reason: Text<500>,
    pub by: Signature,
    pub at: Instant,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruling: Option<Ruling>,
}

/// 申请延期
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtensionRequest {
    pub days: WorkingDays,
    pub reason: Text<500>,
    pub by: Signature,
    pub at: Instant,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruling: Option<Ruling>,
}

/// 裁定
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    pub granted: bool,
    pub reason: Text<500>,
    pub by: Signature,
    pub at: Instant,
}

/// 完成情况
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    pub text: Text<2000>,
    pub signed: Signed,
}

/// 退回重办: the completion was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentBack {
    pub completion: Completion,
    pub reason: Text<500>,
    pub by: Signature,
    pub at: Instant,
}

impl Order {
    /// 承办和协办部门
    pub fn departments(&self) -> impl Iterator<Item = &DepartmentCode> {
        std::iter::once(&self.department).chain(&self.with)
    }

    /// # Errors
    /// `wrong_order_state`.
    pub(crate) fn must_be(&self, states: &[OrderState]) -> Result<(), Refusal> {
        if states.contains(&self.state) {
            return Ok(());
        }
        Err(Refusal::new("wrong_order_state", format!("交办单{}当前状态不能进行此操作", self.number)))
    }
}
