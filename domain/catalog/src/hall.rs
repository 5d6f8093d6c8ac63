use chrono::NaiveDate;
use kernel::{DepartmentCode, Posting, Role, SectorCode, StaffCode, Text, WindowCode, ZoneCode};
use serde::{Deserialize, Serialize};

use crate::{code::Uscc, flaw::Flaw};

/// 区: one of the hall's four zones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    pub code: ZoneCode,
    pub name: Text<50>,
}

/// 板块: one of the eight sectors, clause A2-1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sector {
    pub code: SectorCode,
    pub name: Text<50>,
    /// 牵头部门, clause A2-2. None where nobody has been named yet.
    pub lead: Option<DepartmentCode>,
    pub note: Option<Text<200>>,
}

/// 部门: a body that posts staff to the centre and decides on items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Department {
    pub code: DepartmentCode,
    pub name: Text<100>,
    pub uscc: Uscc,
    /// 咨询电话, printed on notices.
    pub phone: Option<Text<20>>,
}

/// 窗口. Who staffs it is said by the postings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    pub code: WindowCode,
    pub name: Text<50>,
    pub zone: ZoneCode,
    /// None at a window that serves no one sector, such as the fallback window.
    pub sector: Option<SectorCode>,
}

impl Department {
    pub fn flaws(&self) -> Vec<Flaw> {
        let dialable = |phone: &Text<20>| phone.as_str().bytes().all(|b| b.is_ascii_digit() || b == b'-');
        match &self.phone {
            Some(phone) if !dialable(phone) => vec![Flaw::new("/phone", "电话只能由数字和连字符组成")],
            _ => vec![],
        }
    }
}

/// 派驻: a member of staff at a window or in a department, from one day to another (clause A2-3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostingRecord {
    pub staff: StaffCode,
    pub role: Role,
    pub department: DepartmentCode,
    pub window: Option<WindowCode>,
    pub zone: Option<ZoneCode>,
    /// 常驻: the rule unless said otherwise.
    #[serde(default = "resident")]
    pub resident: bool,
    pub from: NaiveDate,
    /// The last day, or open.
    pub until: Option<NaiveDate>,
}

fn resident() -> bool {
    true
}

impl PostingRecord {
    /// What it authorises.
    pub fn posting(&self) -> Posting {
        Posting { role: self.role, department: self.department.clone(), window: self.window.clone() }
    }

    pub fn in_force(&self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }

    /// Whether the two say the same of some day.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.staff == other.staff
            && self.posting() == other.posting()
            && self.until.is_none_or(|until| other.from <= until)
            && other.until.is_none_or(|until| self.from <= until)
    }

    /// Clerks are posted to a window, reviewers, approvers and heads to a department, and nobody else is posted at all.
    pub fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        match (self.role, &self.window) {
            (Role::Clerk, None) => flaws.push(Flaw::new("/window", "综合受理员须派驻到窗口")),
            (Role::Reviewer | Role::Approver | Role::DepartmentHead, Some(_)) => {
                flaws.push(Flaw::new("/window", "审批人员和行政机关负责人派驻到部门，不填写窗口"));
            }
            (role, _) if !role.is_posted() => flaws.push(Flaw::new("/role", "该角色不需要派驻")),
            _ => {}
        }
        if self.until.is_some_and(|until| until < self.from) {
            flaws.push(Flaw::new("/until", "派驻截止日不能早于起始日"));
        }
        flaws
    }
}
