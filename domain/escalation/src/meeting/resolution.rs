use kernel::{
    DepartmentCode, Refusal, Text, WorkingDays,
    id::{ImpasseId, MeetingId},
};
use serde::{Deserialize, Serialize};

use crate::{
    command::{Command, OrderTerms},
    level::Level,
    order::Basis,
    round::Outcome,
};

/// 会议决议 on one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    pub impasse: ImpasseId,
    pub resolved: Resolved,
}

/// 决议内容
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Resolved {
    /// 指定承办
    Assign(Assignment),
    /// 裁定承办部门 of an open order, whether or not its return was asked for: granted, it names who is responsible instead;
    /// rejected, the order binds.
    RuleOnReturn {
        order: u32,
        granted: bool,
        reason: Text<500>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead: Option<Assignment>,
    },
    /// 提级
    RaiseLevel { to: Level, reason: Text<500> },
    /// 答复意见: how the applicant is to be answered.
    AdviseAnswer { outcome: Outcome, advice: Text<2000> },
}

/// 指定承办: who does what by when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    pub department: DepartmentCode,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<DepartmentCode>,
    pub matter: Text<2000>,
    pub days: WorkingDays,
}

impl Assignment {
    /// 承办和协办部门
    pub fn departments(&self) -> impl Iterator<Item = &DepartmentCode> {
        std::iter::once(&self.department).chain(&self.with)
    }

    /// The order that it comes to, which cannot be returned (rule L15).
    pub fn order(self, basis: Basis) -> Command {
        let Self { department, with, matter, days } = self;
        Command::IssueOrder(OrderTerms { basis, department, with, matter, days, binding: true })
    }
}

impl Resolution {
    /// # Errors
    /// `ruling_incomplete`.
    pub(super) fn must_be_complete(&self) -> Result<(), Refusal> {
        match &self.resolved {
            Resolved::RuleOnReturn { granted: true, instead: None, .. } => {
                Err(Refusal::new("ruling_incomplete", "同意退回的，须指定改由哪个部门承办"))
            }
            Resolved::RuleOnReturn { granted: false, instead: Some(_), .. } => {
                Err(Refusal::new("ruling_incomplete", "不同意退回的，仍由原部门承办，不另行交办"))
            }
            _ => Ok(()),
        }
    }

    pub fn assignment(&self) -> Option<&Assignment> {
        match &self.resolved {
            Resolved::Assign(assignment) => Some(assignment),
            Resolved::RuleOnReturn { instead, .. } => instead.as_ref(),
            Resolved::RaiseLevel { .. } | Resolved::AdviseAnswer { .. } => None,
        }
    }

    /// What is done to the impasse, in this order, once it was discussed. Advice alone changes nothing.
    pub fn commands(self, meeting: MeetingId) -> Vec<Command> {
        let basis = Basis::Meeting(meeting);
        match self.resolved {
            Resolved::Assign(assignment) => vec![assignment.order(basis)],
            Resolved::RuleOnReturn { order, granted, reason, instead } => {
                let ruling = Command::RuleOnReturn { order, granted, reason, meeting: Some(meeting) };
                std::iter::once(ruling).chain(instead.map(|it| it.order(basis))).collect()
            }
            Resolved::RaiseLevel { to, reason } => vec![Command::Raise { to, reason }],
            Resolved::AdviseAnswer { .. } => Vec::new(),
        }
    }
}
