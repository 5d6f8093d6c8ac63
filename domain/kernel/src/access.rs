//! Who may do what, where. One table and one predicate: every handler asks [`may`], every query is bound by [`Sight`],
//! and the first is defined by the second, so that nothing can be listed that could not be read.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::{
    code::{Centre, DepartmentCode, StaffCode, WindowCode},
    id::PartyId,
};

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
    /// 中心业务管理员: keeps the catalogue, clause B3-1.
    Manager,
    /// 系统管理员, the first of the three separate administrators (三员分立, GB/T 22239).
    SystemAdmin,
    /// 安全管理员, the second: postings and roles.
    SecurityAdmin,
    /// 安全审计员, the third: reads and verifies the record.
    AuditAdmin,
    /// 申请人.
    Applicant,
    /// 对接系统: an adapter of a platform or a third-party front end, clause G1.
    Adapter,
}

impl Role {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Clerk => "综合受理员",
            Self::Reviewer => "审批人员",
            Self::Approver => "审批负责人",
            Self::Manager => "中心业务管理员",
            Self::SystemAdmin => "系统管理员",
            Self::SecurityAdmin => "安全管理员",
            Self::AuditAdmin => "安全审计员",
            Self::Applicant => "申请人",
            Self::Adapter => "对接系统",
        }
    }

    /// Staff act only where they are posted.
    pub fn is_posted(self) -> bool {
        matches!(self, Self::Clerk | Self::Reviewer | Self::Approver)
    }
}

/// What can be done through the API. One per thing that is allowed or refused as a whole.
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
pub enum Action {
    /// 收件
    Receive,
    /// 上传材料
    AttachFile,
    /// 核验受理范围
    CheckScope,
    /// 核验材料
    CheckMaterial,
    /// 受理
    Accept,
    /// 不予受理
    Reject,
    /// 不受理
    DeclareNotRequired,
    /// 撤回申请
    Withdraw,
    /// 选择送达方式
    ChooseDelivery,
    /// 分派
    Assign,
    /// 移交
    OfferHandOver,
    /// 接受移交
    AcceptHandOver,
    /// 退回移交
    DeclineHandOver,
    /// 审核
    Review,
    /// 决定
    Decide,
    /// 即办
    DecideOnTheSpot,
    /// 出件
    IssueResult,
    /// 窗口领取
    HandOut,
    /// 寄出
    Dispatch,
    /// 物流更新
    Track,
    /// 电子送达
    DeliverElectronically,
    /// 办结归档
    Close,
    /// 查看办件
    ReadCase,
    /// 查看完整个人信息
    ReadPersonal,
    /// 查看材料附件
    ReadFile,
    /// 查看收件凭证, with the query code on it
    ReadReceipt,
    /// 查看领取码
    ReadPickUpCode,
    /// 查看待办
    ReadWorklist,
    /// 查看同事
    ReadColleagues,
    /// 查看未发布的事项
    ReadDrafts,
    /// 编辑事项
    EditItem,
    /// 发布事项
    PublishItem,
    /// 导入日历
    ImportCalendar,
    /// 查看派驻
    ReadPostings,
    /// 维护派驻
    EditPostings,
    /// 校验记录
    VerifyRecord,
}

impl Action {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Receive => "收件",
            Self::AttachFile => "上传材料",
            Self::CheckScope => "核验受理范围",
            Self::CheckMaterial => "核验材料",
            Self::Accept => "受理",
            Self::Reject => "不予受理",
            Self::DeclareNotRequired => "不受理",
            Self::Withdraw => "撤回申请",
            Self::ChooseDelivery => "选择送达方式",
            Self::Assign => "分派",
            Self::OfferHandOver => "移交",
            Self::AcceptHandOver => "接受移交",
            Self::DeclineHandOver => "退回移交",
            Self::Review => "审核",
            Self::Decide => "决定",
            Self::DecideOnTheSpot => "即办",
            Self::IssueResult => "出件",
            Self::HandOut => "窗口领取",
            Self::Dispatch => "寄出",
            Self::Track => "物流更新",
            Self::DeliverElectronically => "电子送达",
            Self::Close => "办结归档",
            Self::ReadCase => "查看办件",
            Self::ReadPersonal => "查看完整个人信息",
            Self::ReadFile => "查看材料附件",
            Self::ReadReceipt => "查看收件凭证",
            Self::ReadPickUpCode => "查看领取码",
            Self::ReadWorklist => "查看待办",
            Self::ReadColleagues => "查看同事",
            Self::ReadDrafts => "查看未发布的事项",
            Self::EditItem => "编辑事项",
            Self::PublishItem => "发布事项",
            Self::ImportCalendar => "导入日历",
            Self::ReadPostings => "查看派驻",
            Self::EditPostings => "维护派驻",
            Self::VerifyRecord => "校验记录",
        }
    }

    /// The actions that concern one case, in the order of its life.
    pub const ON_A_CASE: &[Self] = &[
        Self::AttachFile,
        Self::CheckScope,
        Self::CheckMaterial,
        Self::Accept,
        Self::Reject,
        Self::DeclareNotRequired,
        Self::Withdraw,
        Self::ChooseDelivery,
        Self::Assign,
        Self::OfferHandOver,
        Self::AcceptHandOver,
        Self::DeclineHandOver,
        Self::Review,
        Self::Decide,
        Self::DecideOnTheSpot,
        Self::IssueResult,
        Self::HandOut,
        Self::Dispatch,
        Self::Track,
        Self::DeliverElectronically,
        Self::Close,
    ];
}

/// The table: which roles an action is for. Place is checked besides.
pub fn roles_for(action: Action) -> &'static [Role] {
    use Action as A;
    use Role as R;
    match action {
        A::Receive => &[R::Clerk, R::Applicant, R::Adapter],
        A::AttachFile | A::Withdraw | A::ChooseDelivery => &[R::Clerk, R::Applicant, R::Adapter],
        A::CheckScope | A::CheckMaterial | A::Accept | A::Reject | A::DeclareNotRequired => &[R::Clerk],
        A::Assign => &[R::Reviewer, R::Approver],
        A::OfferHandOver | A::AcceptHandOver | A::DeclineHandOver | A::Review => &[R::Reviewer, R::Approver],
        A::Decide => &[R::Approver],
        A::DecideOnTheSpot
        | A::IssueResult
        | A::HandOut
        | A::Dispatch
        | A::Track
        | A::DeliverElectronically
        | A::Close => &[R::Clerk],
        A::ReadCase => &[R::Clerk, R::Reviewer, R::Approver, R::Manager, R::AuditAdmin, R::Applicant, R::Adapter],
        A::ReadPersonal => &[R::Clerk, R::Reviewer, R::Approver, R::Applicant],
        A::ReadFile => &[R::Clerk, R::Reviewer, R::Approver, R::Applicant, R::Adapter],
        A::ReadReceipt => &[R::Clerk, R::Applicant, R::Adapter],
        A::ReadPickUpCode => &[R::Applicant, R::Adapter],
        A::ReadWorklist => &[R::Clerk, R::Reviewer, R::Approver],
        A::ReadColleagues => &[R::Reviewer, R::Approver],
        A::ReadDrafts | A::EditItem | A::PublishItem => &[R::Manager],
        A::ImportCalendar => &[R::SystemAdmin],
        A::ReadPostings => &[R::SecurityAdmin, R::Manager, R::AuditAdmin],
        A::EditPostings => &[R::SecurityAdmin],
        A::VerifyRecord => &[R::AuditAdmin],
    }
}

/// 派驻, as far as authority goes: a role at one window (clerks) or in one department (reviewers, approvers).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    pub role: Role,
    pub department: DepartmentCode,
    pub window: Option<WindowCode>,
}

/// 授权范围 of a system: what its token allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scopes {
    pub read: bool,
    pub write: bool,
}

/// Who is calling, already authenticated, with the postings in force today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub centre: Centre,
    pub who: Who,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A member of staff in one role, with the postings in that role that are in force.
    Staff {
        code: StaffCode,
        role: Role,
        postings: Vec<Posting>,
    },
    /// A member of staff whose duty covers the whole centre.
    Official {
        code: StaffCode,
        role: Role,
    },
    Applicant {
        party: PartyId,
    },
    Adapter {
        client: StaffCode,
        scopes: Scopes,
    },
}

impl Actor {
    pub fn role(&self) -> Role {
        match &self.who {
            Who::Staff { role, .. } | Who::Official { role, .. } => *role,
            Who::Applicant { .. } => Role::Applicant,
            Who::Adapter { .. } => Role::Adapter,
        }
    }

    /// 工号, where the caller is a member of staff.
    pub fn staff(&self) -> Option<&StaffCode> {
        match &self.who {
            Who::Staff { code, .. } | Who::Official { code, .. } => Some(code),
            Who::Applicant { .. } | Who::Adapter { .. } => None,
        }
    }

    pub fn party(&self) -> Option<PartyId> {
        match &self.who {
            Who::Applicant { party } => Some(*party),
            _ => None,
        }
    }

    pub fn client(&self) -> Option<&StaffCode> {
        match &self.who {
            Who::Adapter { client, .. } => Some(client),
            _ => None,
        }
    }

    /// How the record names the caller: role and code, never a person's name.
    pub fn signature(&self) -> Signature {
        let code = match &self.who {
            Who::Staff { code, .. } | Who::Official { code, .. } | Who::Adapter { client: code, .. } => {
                code.to_string()
            }
            Who::Applicant { party } => party.to_string(),
        };
        Signature { role: self.role(), code }
    }

    /// What the caller can see at all.
    pub fn sight(&self) -> Sight {
        match &self.who {
            Who::Staff { role: Role::Clerk, postings, .. } => {
                Sight::Windows(postings.iter().filter_map(|p| p.window.clone()).collect())
            }
            Who::Staff { postings, .. } => Sight::Departments(postings.iter().map(|p| p.department.clone()).collect()),
            Who::Official { role: Role::Manager | Role::AuditAdmin, .. } => Sight::Centre,
            Who::Official { .. } => Sight::Nothing,
            Who::Applicant { party } => Sight::Applicant(*party),
            Who::Adapter { client, scopes } if scopes.read => Sight::Client(client.clone()),
            Who::Adapter { .. } => Sight::Nothing,
        }
    }
}

/// 经办标识: the caller as the record keeps them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    pub role: Role,
    pub code: String,
}

/// The cases a caller can see, as a predicate that a query can carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    Nothing,
    Centre,
    Windows(Vec<WindowCode>),
    Departments(Vec<DepartmentCode>),
    Applicant(PartyId),
    Client(StaffCode),
}

/// Where a case stands, for [`may`] and [`Sight::covers`].
#[derive(Clone, Copy, Debug)]
pub struct Whereabouts<'a> {
    pub centre: Centre,
    pub window: &'a WindowCode,
    pub department: &'a DepartmentCode,
    pub applicant: PartyId,
    /// The system that handed the application in, if one did.
    pub client: Option<&'a StaffCode>,
}

impl Sight {
    pub fn covers(&self, case: &Whereabouts<'_>) -> bool {
        match self {
            Self::Nothing => false,
            Self::Centre => true,
            Self::Windows(windows) => windows.contains(case.window),
            Self::Departments(departments) => departments.contains(case.department),
            Self::Applicant(party) => *party == case.applicant,
            Self::Client(client) => Some(client) == case.client,
        }
    }
}

/// Why a caller may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// The caller may not even know that it exists: 404.
    Hidden,
    /// The role does not carry this action.
    NotForRole,
    /// The token's scope does not carry this action.
    OutOfScope,
    /// Not at this window (clause A2-3): only staff posted to a window act at it.
    NotPostedHere,
}

impl Denial {
    pub fn code(self) -> &'static str {
        match self {
            Self::Hidden => "not_found",
            Self::NotForRole => "role_not_allowed",
            Self::OutOfScope => "scope_not_allowed",
            Self::NotPostedHere => "not_posted_here",
        }
    }

    /// In Chinese, for people.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Hidden => "不存在或无权知悉",
            Self::NotForRole => "当前角色无此权限",
            Self::OutOfScope => "令牌授权范围不含此操作",
            Self::NotPostedHere => "您未派驻到受理该事项的窗口",
        }
    }
}

/// May `actor` do `action` at all, wherever it is?
pub fn may(actor: &Actor, action: Action) -> Result<(), Denial> {
    if !roles_for(action).contains(&actor.role()) {
        return Err(Denial::NotForRole);
    }
    match &actor.who {
        Who::Adapter { scopes, .. } => {
            let reads =
                matches!(action, Action::ReadCase | Action::ReadFile | Action::ReadReceipt | Action::ReadPickUpCode);
            let allowed = if reads { scopes.read } else { scopes.write };
            if allowed { Ok(()) } else { Err(Denial::OutOfScope) }
        }
        _ => Ok(()),
    }
}

/// May `actor` do `action` to this case?
pub fn may_on(actor: &Actor, action: Action, case: &Whereabouts<'_>) -> Result<(), Denial> {
    if actor.centre != case.centre || !actor.sight().covers(case) {
        return Err(Denial::Hidden);
    }
    may(actor, action)
}
