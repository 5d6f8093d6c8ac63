use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// 角色. What a caller is; where they are it is said by their postings.
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
pub enum Role {
    /// 综合受理员: at a window of the acceptance zone, clause A2-3.
    Clerk,
    /// 审批人员: in a department's back office, clause A3-1.
    Reviewer,
    /// 审批负责人: assigns and decides for a department, clause B3-2.
    Approver,
    /// 行政机关负责人: heads a department; extends a limit, revokes and reopens (行政许可法 arts. 42, 69).
    DepartmentHead,
    /// 本级人民政府负责人: extends a limit of joint handling (行政许可法 art. 42(2)).
    GovernmentHead,
    /// 中心业务管理员: keeps the catalogue, clause B3-1.
    Manager,
    /// 系统管理员, the first of the three separate administrators (三员分立, GB/T 22239).
    SystemAdmin,
    /// 安全管理员, the second: postings and roles.
    SecurityAdmin,
    /// 安全审计员, the third: reads and verifies the record.
    AuditAdmin,
    /// 督查科: the centre's supervision section, which assigns what the hotline hands over (clause D2-2).
    Supervisor,
    /// 市委改革办: the reform office (clauses C7-1, D4-3, D4-4, D8-1).
    ReformOfficer,
    /// 申请人.
    Applicant,
    /// 对接系统: an adapter of a platform or a third-party front end, clause G1.
    Adapter,
    /// 12345 政务服务热线: the hotline's own system (clause D2-2, G3).
    Hotline,
    /// 系统: time itself, which lets limits run out. No token carries it.
    System,
}

impl Role {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Clerk => "综合受理员",
            Self::Reviewer => "审批人员",
            Self::Approver => "审批负责人",
            Self::DepartmentHead => "行政机关负责人",
            Self::GovernmentHead => "本级人民政府负责人",
            Self::Manager => "中心业务管理员",
            Self::SystemAdmin => "系统管理员",
            Self::SecurityAdmin => "安全管理员",
            Self::AuditAdmin => "安全审计员",
            Self::Supervisor => "督查科",
            Self::ReformOfficer => "改革办",
            Self::Applicant => "申请人",
            Self::Adapter => "对接系统",
            Self::Hotline => "12345热线",
            Self::System => "系统",
        }
    }

    /// All that a token can carry.
    pub const CALLERS: &[Self] = &[
        Self::Clerk,
        Self::Reviewer,
        Self::Approver,
        Self::DepartmentHead,
        Self::GovernmentHead,
        Self::Manager,
        Self::SystemAdmin,
        Self::SecurityAdmin,
        Self::AuditAdmin,
        Self::Supervisor,
        Self::ReformOfficer,
        Self::Applicant,
        Self::Adapter,
        Self::Hotline,
    ];

    /// Staff act only where they are posted.
    pub fn is_posted(self) -> bool {
        matches!(self, Self::Clerk | Self::Reviewer | Self::Approver | Self::DepartmentHead)
    }
}
