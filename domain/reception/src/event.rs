//! What happened to a consultation.

use kernel::{
    CaseId, Centre, DepartmentCode, Fact, ItemCode, PartyId, StaffCode, Text, WindowCode,
    id::{ConsultationId, ImpasseId},
};
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

use crate::direction::Direction;

/// 咨询内容: what was asked, where and of whom. It holds no personal data: the applicant is an id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub id: ConsultationId,
    pub centre: Centre,
    /// Where it was asked, and the department that was posted there.
    pub window: WindowCode,
    pub department: DepartmentCode,
    /// 兜底窗口, which knows of every one.
    pub fallback: WindowCode,
    /// 首问责任人
    pub by: StaffCode,
    /// 事项, where it is one of the catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemCode>,
    pub question: Text<1000>,
    /// 咨询人, where they said who they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applicant: Option<PartyId>,
    pub direction: Direction,
}

/// What happened to a consultation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Event {
    /// 咨询登记
    ConsultationRecorded(Box<Asked>),
    /// 重新分流
    Directed { by: StaffCode, direction: Direction },
    /// 窗口接受, and with it responsibility passes.
    Accepted { by: StaffCode, window: WindowCode },
    /// 窗口退回
    Declined {
        by: StaffCode,
        window: WindowCode,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        department: Option<DepartmentCode>,
        reason: Text<500>,
    },
    /// 办结
    Concluded {
        by: StaffCode,
        outcome: Text<1000>,
        /// 由此产生的办件
        #[serde(default, skip_serializing_if = "Option::is_none")]
        case: Option<CaseId>,
    },
    /// 转为办不成事事项, at a window that takes it over by that where it was only offered it.
    BecameImpasse { by: StaffCode, window: WindowCode, impasse: ImpasseId, applicant: PartyId },
    /// 职责随岗位终止回到窗口: `staff`, who answered for it, is no longer posted there.
    ReturnedToUnit { staff: StaffCode, window: WindowCode },
}

impl Fact for Event {
    fn kind(&self) -> &'static str {
        self.into()
    }
}

/// 登记记录: an event of a consultation as it goes on the record.
pub type Recorded = kernel::Recorded<Event>;
