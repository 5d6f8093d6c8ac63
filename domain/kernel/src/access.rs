//! Who may do what, where. One table and one predicate: every handler asks [`may`], every query is bound by [`Sight`],
//! and the first is defined by the second, so that nothing can be listed that could not be read.

mod action;
mod role;
mod through;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use action::{Action, roles_for};
pub use role::Role;
pub use through::{Agent, Mandate, Power, Through};

use crate::{
    code::{Centre, DepartmentCode, ItemCode, StaffCode, WindowCode},
    id::PartyId,
    refusal::Refusal,
};

/// 派驻, as far as authority goes: a role at one window (clerks) or in one department (reviewers, approvers).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    pub role: Role,
    pub department: DepartmentCode,
    pub window: Option<WindowCode>,
}

/// 授权范围 of a system: what its token allows, by what it is about. In which region (地区) is said by the token's
/// centre, the one region code that a case has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scopes {
    /// 办件, and what belongs to them.
    pub cases: Reach,
    /// 办不成事
    pub impasses: Reach,
    /// 事件流, of both.
    pub events: bool,
    /// 代办: to vouch for applicants and act in their name.
    pub vouch: bool,
}

/// 查看、办理 of one kind of thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    pub read: bool,
    pub write: bool,
}

impl Scopes {
    /// Everything that a system may be granted.
    pub const ALL: Self = Self { cases: Reach::ALL, impasses: Reach::ALL, events: true, vouch: true };

    fn allow(self, action: Action) -> bool {
        let reach = if action.is_about_impasses() { self.impasses } else { self.cases };
        match action {
            Action::Vouch | Action::ReadVouchers | Action::EndVoucher => self.vouch,
            Action::ReadEvents => self.events,
            _ if action.is_reading() => reach.read,
            _ => reach.write,
        }
    }

    /// Whether there is anything that it may look at; at what, [`may`] says.
    fn show_something(self) -> bool {
        self.cases.read || self.impasses.read || self.events
    }
}

impl Reach {
    pub const ALL: Self = Self { read: true, write: true };
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
    /// An applicant for whom a system has vouched, in person or by an agent.
    Vouched {
        party: PartyId,
        through: Box<Through>,
        mandate: Mandate,
    },
    Adapter {
        client: StaffCode,
        scopes: Scopes,
    },
    /// A hotline's own system, by the code of the hotline.
    Hotline {
        hotline: StaffCode,
    },
    /// Time itself: what happens because a limit ran out. It sees nothing through the API.
    System,
}

impl Actor {
    pub fn role(&self) -> Role {
        match &self.who {
            Who::Staff { role, .. } | Who::Official { role, .. } => *role,
            Who::Applicant { .. } | Who::Vouched { .. } => Role::Applicant,
            Who::Adapter { .. } => Role::Adapter,
            Who::Hotline { .. } => Role::Hotline,
            Who::System => Role::System,
        }
    }

    /// 工号, where the caller is a member of staff.
    pub fn staff(&self) -> Option<&StaffCode> {
        match &self.who {
            Who::Staff { code, .. } | Who::Official { code, .. } => Some(code),
            Who::Applicant { .. } | Who::Vouched { .. } | Who::Adapter { .. } | Who::Hotline { .. } | Who::System => {
                None
            }
        }
    }

    /// 派驻地点: the window and department at which a clerk acts: the window that is named, or else their first one (clause A2-3).
    ///
    /// # Errors
    /// `staff_only`; `not_posted_here` where they are posted to no such window.
    pub fn posted_at(&self, named: Option<&WindowCode>) -> Result<(WindowCode, DepartmentCode), Refusal> {
        let Who::Staff { postings, .. } = &self.who else {
            return Err(Refusal::new("staff_only", "此操作须由窗口人员办理"));
        };
        let mut places = postings.iter().filter_map(|it| Some((it.window.clone()?, it.department.clone())));
        let place = places.find(|(window, _)| named.is_none_or(|named| named == window));
        place.ok_or_else(|| Refusal::new("not_posted_here", "您未派驻到该窗口"))
    }

    pub fn party(&self) -> Option<PartyId> {
        match &self.who {
            Who::Applicant { party } | Who::Vouched { party, .. } => Some(*party),
            _ => None,
        }
    }

    pub fn client(&self) -> Option<&StaffCode> {
        match &self.who {
            Who::Adapter { client, .. } | Who::Hotline { hotline: client } => Some(client),
            _ => None,
        }
    }

    /// 代办: through which system, and by whose hand, where a system has vouched.
    pub fn through(&self) -> Option<&Through> {
        match &self.who {
            Who::Vouched { through, .. } => Some(through),
            _ => None,
        }
    }

    /// Whether somebody who acts in another's place still may.
    ///
    /// # Errors
    /// `MandateEnded` after the last day of the mandate.
    pub fn must_have_mandate(&self, today: NaiveDate) -> Result<(), Denial> {
        match &self.who {
            Who::Vouched { mandate, .. } if mandate.has_ended(today) => Err(Denial::MandateEnded),
            _ => Ok(()),
        }
    }

    /// How the record names the caller: role and code, and through whom they act, never a person's name.
    pub fn signature(&self) -> Signature {
        let code = match &self.who {
            Who::Staff { code, .. }
            | Who::Official { code, .. }
            | Who::Adapter { client: code, .. }
            | Who::Hotline { hotline: code } => code.to_string(),
            Who::Applicant { party } | Who::Vouched { party, .. } => party.to_string(),
            Who::System => "system".to_owned(),
        };
        Signature { role: self.role(), code, through: self.through().cloned().map(Box::new) }
    }

    /// What the caller can see at all.
    pub fn sight(&self) -> Sight {
        match &self.who {
            Who::Staff { role: Role::Clerk, postings, .. } => {
                Sight::Windows(postings.iter().filter_map(|p| p.window.clone()).collect())
            }
            Who::Staff { postings, .. } => Sight::Departments(postings.iter().map(|p| p.department.clone()).collect()),
            Who::Official {
                role: Role::Manager | Role::AuditAdmin | Role::GovernmentHead | Role::Supervisor | Role::ReformOfficer,
                ..
            } => Sight::Centre,
            Who::Official { .. } | Who::System => Sight::Nothing,
            Who::Applicant { party } | Who::Vouched { party, .. } => Sight::Applicant(*party),
            Who::Adapter { client, scopes } if scopes.show_something() => Sight::Client(client.clone()),
            Who::Hotline { hotline } => Sight::Client(hotline.clone()),
            Who::Adapter { .. } => Sight::Nothing,
        }
    }
}

/// 经办标识: the caller as the record keeps them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    pub role: Role,
    pub code: String,
    /// 代办, where a system had vouched for whoever acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<Box<Through>>,
}

/// The cases or impasses a caller can see, as a predicate that a query can carry.
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
#[derive(Clone, Debug)]
pub struct Whereabouts<'a> {
    pub centre: Centre,
    /// 事项; none where it is about none that is known here.
    pub item: Option<&'a ItemCode>,
    /// None where it is at no window.
    pub window: Option<&'a WindowCode>,
    /// 兜底窗口, where it has the matter besides.
    pub fallback: Option<&'a WindowCode>,
    /// Other windows that have it besides: that hold it now, or to which it is offered.
    pub besides: Vec<&'a WindowCode>,
    /// None where it is with no department.
    pub department: Option<&'a DepartmentCode>,
    /// 参与部门: those that have a part in it besides.
    pub participants: Vec<&'a DepartmentCode>,
    /// Those of them whose part is still to be done.
    pub at_work: Vec<&'a DepartmentCode>,
    /// None where there is none that is known here.
    pub applicant: Option<PartyId>,
    /// The system that handed the application in, or vouched for whoever did, if one did.
    pub client: Option<&'a StaffCode>,
    /// The applicant handed it in, for whom that system vouched: it goes on seeing it, and acts on it in their name alone.
    pub vouched: bool,
}

impl Sight {
    pub fn covers(&self, case: &Whereabouts<'_>) -> bool {
        match self {
            Self::Nothing => false,
            Self::Centre => true,
            Self::Windows(windows) => {
                let mut at = case.window.into_iter().chain(case.fallback).chain(case.besides.iter().copied());
                at.any(|window| windows.contains(window))
            }
            Self::Departments(departments) => {
                case.department.iter().chain(&case.participants).any(|department| departments.contains(department))
            }
            Self::Applicant(party) => Some(*party) == case.applicant,
            Self::Client(client) => Some(client) == case.client,
        }
    }

    /// What is a system's own: its webhook endpoints and what happened to them.
    pub fn covers_client(&self, owner: &StaffCode) -> bool {
        match self {
            Self::Centre => true,
            Self::Client(client) => client == owner,
            Self::Nothing | Self::Windows(_) | Self::Departments(_) | Self::Applicant(_) => false,
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
    /// The department has a part in the case but does not handle it, or the other way round.
    OtherDepartment,
    /// What an applicant handed in is theirs (clause B1-3): a system acts on it with the token of a voucher that has not
    /// ended, and not with its own.
    VoucherRequired,
    /// 委托权限: whoever acts in the applicant's place was not given this.
    BeyondMandate,
    /// 委托事项: whoever acts in the applicant's place was not given this for this item.
    ItemBeyondMandate,
    /// 委托期限: nobody acts in the applicant's place any more.
    MandateEnded,
}

impl Denial {
    pub fn code(self) -> &'static str {
        match self {
            Self::Hidden => "not_found",
            Self::NotForRole => "role_not_allowed",
            Self::OutOfScope => "scope_not_allowed",
            Self::NotPostedHere => "not_posted_here",
            Self::OtherDepartment => "other_department",
            Self::VoucherRequired => "voucher_required",
            Self::BeyondMandate => "beyond_mandate",
            Self::ItemBeyondMandate => "item_beyond_mandate",
            Self::MandateEnded => "mandate_ended",
        }
    }

    /// In Chinese, for people.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Hidden => "不存在或无权知悉",
            Self::NotForRole => "当前角色无此权限",
            Self::OutOfScope => "令牌授权范围不含此操作",
            Self::NotPostedHere => "您未派驻到受理该事项的窗口",
            Self::OtherDepartment => "此操作由该环节的主管部门办理",
            Self::VoucherRequired => "系申请人本人提交，须以有效代办凭据取得的申请人令牌办理",
            Self::BeyondMandate => "委托书载明的权限不含此操作",
            Self::ItemBeyondMandate => "委托书载明的事项不含该事项",
            Self::MandateEnded => "委托期限已满，须凭新的委托重新取得代办凭据",
        }
    }
}

/// May `actor` do `action` at all, wherever it is?
pub fn may(actor: &Actor, action: Action) -> Result<(), Denial> {
    if !roles_for(action).contains(&actor.role()) {
        return Err(Denial::NotForRole);
    }
    match &actor.who {
        Who::Adapter { scopes, .. } if !scopes.allow(action) => Err(Denial::OutOfScope),
        Who::Vouched { mandate, .. } if !mandate.covers(action) => Err(Denial::BeyondMandate),
        _ => Ok(()),
    }
}

/// May `actor` do `action` about this item, as far as a mandate goes?
///
/// # Errors
/// `ItemBeyondMandate`
pub fn may_for(actor: &Actor, action: Action, item: Option<&ItemCode>) -> Result<(), Denial> {
    match &actor.who {
        Who::Vouched { mandate, .. } if !mandate.is_for(action, item) => Err(Denial::ItemBeyondMandate),
        _ => Ok(()),
    }
}

/// May `actor` do `action` to this case or impasse?
pub fn may_on(actor: &Actor, action: Action, case: &Whereabouts<'_>) -> Result<(), Denial> {
    if sees(actor, case) { may_on_seen(actor, action, case) } else { Err(Denial::Hidden) }
}

/// Does `actor` know of this case or impasse?
pub fn sees(actor: &Actor, case: &Whereabouts<'_>) -> bool {
    actor.centre == case.centre && actor.sight().covers(case)
}

/// May `actor` do `action` to this case or impasse, which they see?
pub fn may_on_seen(actor: &Actor, action: Action, case: &Whereabouts<'_>) -> Result<(), Denial> {
    may(actor, action)?;
    may_for(actor, action, case.item)?;
    if case.vouched && matches!(actor.who, Who::Adapter { .. }) && !action.is_reading() {
        return Err(Denial::VoucherRequired);
    }
    let in_place = match &actor.who {
        Who::Staff { role: Role::Clerk, .. } => true,
        Who::Staff { postings, .. } => {
            let posted = |department: &DepartmentCode| postings.iter().any(|posting| posting.department == *department);
            let takes_part = || case.participants.iter().any(|department| posted(department));
            let handles = || case.department.is_some_and(posted);
            if action == Action::ReadPersonal {
                // Whom it is about, unmasked, is for who has work to do on it (个人信息保护法 art. 6).
                handles() || case.at_work.iter().any(|department| posted(department))
            } else if Action::ON_AN_IMPASSE.contains(&action) || action.is_for_participants() {
                takes_part()
            } else {
                !Action::ON_A_CASE.contains(&action) || handles()
            }
        }
        _ => true,
    };
    if in_place { Ok(()) } else { Err(Denial::OtherDepartment) }
}
