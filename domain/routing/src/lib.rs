//! 流转: from the window to the department's worklist, to a person, and from person to person. A hand-over counts only
//! when it is accepted; until then the one who offered it still holds the case (clauses A3-1, B1-1).

use chrono::NaiveDate;
pub use kernel::responsibility::{Responsibility, Responsible, Taken, Tenure};
use kernel::{Calendar, DepartmentCode, Instant, Refusal, StaffCode, Text, WindowCode, ledger::Ledger};
use serde::{Deserialize, Serialize};

/// A member of staff who is known to be posted to the department as reviewer or approver today. Only the posting
/// register makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colleague {
    pub staff: StaffCode,
    pub department: DepartmentCode,
}

/// A member of staff who is known to be posted to the window as clerk today. Only the posting register makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowColleague {
    pub staff: StaffCode,
    pub window: WindowCode,
}

/// 流转情况.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routing {
    /// 承办部门
    pub department: DepartmentCode,
    pub holder: Holder,
    /// 委派: a colleague who does the work while the holder stays responsible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegate: Option<StaffCode>,
    /// 转办: offered to another department and not yet accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Transfer>,
    /// 窗口移交: before acceptance, offered to a colleague at the window and not yet accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_offer: Option<WindowOffer>,
}

/// 窗口移交: the case as the clerk who answers for it offers it to a colleague. Until it is accepted the first one answers,
/// and whoever is at the window goes on checking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowOffer {
    pub from: StaffCode,
    pub to: StaffCode,
    pub reason: Text<500>,
    /// When it goes back by itself, by the calendar of the day on which it was made.
    pub until: Instant,
    /// 移交接受时限, which moves with the calendar; offers of old have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Ledger>,
}

/// 转办: the case as offered to another department. Until it is accepted the first one stays responsible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    pub to: DepartmentCode,
    pub reason: Text<500>,
    pub by: StaffCode,
    /// When it goes back by itself, by the calendar of the day on which it was made.
    pub until: Instant,
    /// 转办接受时限, which moves with the calendar; offers of old have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Ledger>,
}

impl Transfer {
    /// When it goes back by itself, by this calendar.
    pub fn goes_back_at(&self, calendar: &Calendar, today: NaiveDate) -> Instant {
        self.limit.as_ref().map_or(self.until, |limit| limit.over_at(calendar, today))
    }
}

/// Who has the case on the desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Holder {
    /// 待分派: on the department's worklist.
    Worklist,
    /// 在办
    With { staff: StaffCode, since: Instant },
    /// 移交中: still with the one who offers.
    Offered {
        staff: StaffCode,
        since: Instant,
        to: StaffCode,
        reason: Text<500>,
        /// When it goes back by itself, by the calendar of the day on which it was made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Instant>,
        /// 移交接受时限, which moves with the calendar; offers of old have none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<Ledger>,
    },
}

impl Routing {
    pub fn to_department(department: DepartmentCode) -> Self {
        Self { department, holder: Holder::Worklist, delegate: None, transfer: None, window_offer: None }
    }

    /// 承办人: whoever answers for the case now.
    pub fn holder(&self) -> Option<&StaffCode> {
        match &self.holder {
            Holder::Worklist => None,
            Holder::With { staff, .. } | Holder::Offered { staff, .. } => Some(staff),
        }
    }

    /// The approver gives the case to anybody of the department; a reviewer may take what nobody holds.
    pub fn may_assign(&self, to: &Colleague, by: &StaffCode, by_approver: bool) -> Result<(), Refusal> {
        if to.department != self.department {
            return Err(Refusal::new("not_a_colleague", "只能分派给承办部门的审批人员"));
        }
        if by_approver {
            return Ok(());
        }
        if to.staff != *by {
            return Err(Refusal::new("only_for_oneself", "审批人员只能自行领取，分派他人须由审批负责人办理"));
        }
        self.must_be_unassigned()
    }

    /// Nobody holds the case yet.
    pub fn must_be_unassigned(&self) -> Result<(), Refusal> {
        match self.holder {
            Holder::Worklist => Ok(()),
            _ => Err(Refusal::new("already_assigned", "该办件已有承办人")),
        }
    }

    pub fn may_offer(&self, to: &Colleague, by: &StaffCode) -> Result<(), Refusal> {
        self.must_be_free_to_hand_on(by)?;
        if to.department != self.department {
            return Err(Refusal::new("not_a_colleague", "只能移交给承办部门的审批人员"));
        }
        if to.staff == *by {
            return Err(Refusal::new("handover_to_oneself", "不能移交给本人"));
        }
        Ok(())
    }

    /// Only the one to whom the case was offered answers the offer.
    pub fn offer_to<'a>(&'a self, by: &StaffCode) -> Result<&'a StaffCode, Refusal> {
        match &self.holder {
            Holder::Offered { staff, to, .. } if to == by => Ok(staff),
            Holder::Offered { .. } => Err(Refusal::new("not_offered_to_you", "该移交不是发给您的")),
            _ => Err(Refusal::new("no_handover_pending", "没有待接受的移交")),
        }
    }

    /// The same of an offer at the window: who made it.
    pub fn window_offer_to(&self, by: &StaffCode) -> Result<&StaffCode, Refusal> {
        match &self.window_offer {
            Some(offer) if offer.to == *by => Ok(&offer.from),
            Some(_) => Err(Refusal::new("not_offered_to_you", "该移交不是发给您的")),
            None => Err(Refusal::new("no_handover_pending", "没有待接受的移交")),
        }
    }

    /// Whether somebody who is no longer of the department is on its side of the case: holds it, was offered it, or works
    /// on it for the holder.
    pub fn involves(&self, staff: &StaffCode) -> bool {
        let offered = matches!(&self.holder, Holder::Offered { to, .. } if to == staff);
        offered || self.holder() == Some(staff) || self.delegate.as_ref() == Some(staff)
    }

    /// 岗位终止: what they held is on the worklist again, what was offered them is back, what was delegated to them is the
    /// holder's.
    pub fn let_go(&mut self, staff: &StaffCode) {
        if self.delegate.as_ref() == Some(staff) {
            self.delegate = None;
        }
        match self.holder.clone() {
            Holder::With { staff: holder, .. } | Holder::Offered { staff: holder, .. } if holder == *staff => {
                self.holder = Holder::Worklist;
                self.delegate = None;
            }
            Holder::Offered { staff: holder, since, to, .. } if to == *staff => {
                self.holder = Holder::With { staff: holder, since };
            }
            _ => {}
        }
    }

    /// 委派 goes to a colleague of the department; responsibility stays.
    pub fn may_delegate(&self, to: &Colleague, by: &StaffCode) -> Result<(), Refusal> {
        self.must_be_free_to_hand_on(by)?;
        if to.department != self.department {
            return Err(Refusal::new("not_a_colleague", "只能委派给承办部门的审批人员"));
        }
        if to.staff == *by {
            return Err(Refusal::new("delegation_to_oneself", "不能委派给本人"));
        }
        Ok(())
    }

    /// Either side ends a delegation.
    pub fn may_end_delegation(&self, by: &StaffCode) -> Result<(), Refusal> {
        match &self.delegate {
            None => Err(Refusal::new("no_delegation", "没有进行中的委派")),
            Some(delegate) if delegate == by || self.holder() == Some(by) => Ok(()),
            Some(_) => Err(Refusal::new("not_the_holder", "您不是该办件的承办人")),
        }
    }

    /// 转办 takes a department that has not got it already, and one offer at a time.
    pub fn may_transfer(&self, to: &DepartmentCode) -> Result<(), Refusal> {
        self.must_have_no_offer()?;
        if *to == self.department {
            return Err(Refusal::new("transfer_to_oneself", "该部门已是承办部门"));
        }
        Ok(())
    }

    /// One offer at a time, whether to a colleague or to a department.
    pub fn must_have_no_offer(&self) -> Result<(), Refusal> {
        if self.transfer.is_some() || matches!(self.holder, Holder::Offered { .. }) {
            return Err(Refusal::new("handover_pending", "移交或转办尚未被接受，暂不能办理"));
        }
        Ok(())
    }

    /// Only the holder hands on, and nothing that is already on its way.
    pub fn must_be_free_to_hand_on(&self, by: &StaffCode) -> Result<(), Refusal> {
        self.must_be_held_by(by)?;
        self.must_have_no_offer()
    }

    pub fn transfer(&self) -> Result<&Transfer, Refusal> {
        self.transfer.as_ref().ok_or_else(|| Refusal::new("no_transfer_pending", "没有待接受的转办"))
    }

    /// The work is the holder's, or of the colleague it was delegated to.
    pub fn must_be_worked_by(&self, by: &StaffCode) -> Result<(), Refusal> {
        if self.transfer.is_some() {
            return Err(Refusal::new("handover_pending", "转办尚未被接受，暂不能办理"));
        }
        match &self.delegate {
            Some(delegate) if delegate == by => Ok(()),
            _ => self.must_be_held_by(by),
        }
    }

    /// Acts on the case are the holder's alone.
    pub fn must_be_held_by(&self, by: &StaffCode) -> Result<(), Refusal> {
        match &self.holder {
            Holder::With { staff, .. } if staff == by => Ok(()),
            Holder::With { .. } => Err(Refusal::new("not_the_holder", "您不是该办件的承办人")),
            Holder::Offered { .. } => Err(Refusal::new("handover_pending", "移交尚未被接受，暂不能办理")),
            Holder::Worklist => Err(Refusal::new("not_assigned", "该办件尚未分派承办人")),
        }
    }
}
