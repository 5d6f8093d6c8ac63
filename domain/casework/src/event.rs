use approval::{Decision, Review};
use catalog::DeliveryMethod;
use chrono::NaiveDate;
use intake::{Acceptance, AttachedFile, MaterialCheck, NotRequired, Rejection, ScopeCheck};
use issuance::{ResultDocument, Tracked};
use kernel::{
    CaseId, Centre, DepartmentCode, DocumentNumber, Instant, MaterialCode, PartyId, StaffCode, Text, WindowCode,
    WorkingDays, access::Signature, identity::Assurance,
};
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

use crate::case::{CaseNumber, Channel, ItemRef};

/// What happened to a case. The record is the list of these; the state is their sum. No personal data in any of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Event {
    /// 收件
    Received(Box<Received>),
    /// 材料上传
    FileAttached { material: MaterialCode, file: AttachedFile },
    /// 受理范围核验
    ScopeChecked(ScopeCheck),
    /// 材料核验
    MaterialChecked { material: MaterialCode, check: MaterialCheck },
    /// 受理, and with it the clocks start and the case goes to the department.
    Accepted { acceptance: Acceptance, on: NaiveDate, statutory: WorkingDays, promised: WorkingDays },
    /// 不予受理
    Rejected(Rejection),
    /// 不受理
    FoundNotRequired(NotRequired),
    /// 撤回
    Withdrawn { receipt: DocumentNumber, reason: Text<500> },
    /// 变更送达方式
    DeliveryChosen { method: DeliveryMethod },
    /// 分派
    Assigned { to: StaffCode },
    /// 提出移交
    HandOverOffered { from: StaffCode, to: StaffCode, reason: Text<500> },
    /// 接受移交
    HandOverAccepted { from: StaffCode, to: StaffCode },
    /// 退回移交
    HandOverDeclined { from: StaffCode, to: StaffCode, reason: Text<500> },
    /// 审核
    Reviewed(Review),
    /// 决定, and with it the decision clocks stop and the delivery clock starts.
    Decided { decision: Decision, on: NaiveDate, delivery: WorkingDays },
    /// 出件
    Issued(ResultDocument),
    /// 寄出
    Dispatched { carrier: Text<50>, waybill: Text<40> },
    /// 物流更新
    Tracked(Tracked),
    /// 送达, whichever way.
    Delivered { how: DeliveryMethod, at: Instant, receipt: Text<200> },
    /// 办结归档
    Closed,
}

/// 收件登记: everything the case begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    pub id: CaseId,
    pub centre: Centre,
    pub number: CaseNumber,
    pub item: ItemRef,
    pub channel: Channel,
    pub applicant: PartyId,
    pub assurance: Assurance,
    pub window: WindowCode,
    pub department: DepartmentCode,
    pub client: Option<StaffCode>,
    pub external_number: Option<String>,
    pub delivery: DeliveryMethod,
}

/// An event with its place in the record: the n-th, when, by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub version: u64,
    pub at: Instant,
    pub by: Signature,
    pub event: Event,
}

impl Event {
    /// Stable name, as stored and as published.
    pub fn kind(&self) -> &'static str {
        self.into()
    }

    /// For people.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Received(_) => "收件",
            Self::FileAttached { .. } => "上传材料",
            Self::ScopeChecked(_) => "核验受理范围",
            Self::MaterialChecked { .. } => "核验材料",
            Self::Accepted { .. } => "受理",
            Self::Rejected(_) => "不予受理",
            Self::FoundNotRequired(_) => "不受理",
            Self::Withdrawn { .. } => "撤回申请",
            Self::DeliveryChosen { .. } => "选择送达方式",
            Self::Assigned { .. } => "分派",
            Self::HandOverOffered { .. } => "提出移交",
            Self::HandOverAccepted { .. } => "接受移交",
            Self::HandOverDeclined { .. } => "退回移交",
            Self::Reviewed(_) => "审核",
            Self::Decided { .. } => "决定",
            Self::Issued(_) => "出件",
            Self::Dispatched { .. } => "寄出",
            Self::Tracked(_) => "物流更新",
            Self::Delivered { .. } => "送达",
            Self::Closed => "办结归档",
        }
    }

    /// The paper the event gave rise to.
    pub fn document(&self) -> Option<&DocumentNumber> {
        match self {
            Self::Accepted { acceptance, .. } => acceptance.notice.as_ref(),
            Self::Rejected(rejection) => Some(&rejection.notice),
            Self::FoundNotRequired(not_required) => Some(&not_required.notice),
            Self::Withdrawn { receipt, .. } => Some(receipt),
            Self::Decided { decision, .. } => Some(&decision.document),
            Self::Issued(result) => Some(&result.number),
            _ => None,
        }
    }
}
