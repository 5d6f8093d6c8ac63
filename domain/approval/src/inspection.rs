//! 联合踏勘: one visit to the place for the whole case, by all departments together (clause B3-4).

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use kernel::{DepartmentCode, DocumentNumber, Instant, Refusal, StaffCode, Text};
use serde::{Deserialize, Serialize};

/// 行政许可法 art. 34: facts are verified on the spot by two or more.
const FEWEST_STAFF: usize = 2;

/// 联合踏勘.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JointInspection {
    /// The appointed day.
    pub on: NaiveDate,
    pub place: Text<200>,
    /// Everybody invited.
    pub departments: BTreeSet<DepartmentCode>,
    /// 改期: the days it was appointed for before, the first one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<Moved>,
    /// The notice of the special procedure (特别程序) that it is, where the item says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub procedure: Option<DocumentNumber>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<InspectionRecord>,
}

/// 改期: a day that was given up, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    pub from: NaiveDate,
    pub reason: Text<500>,
    pub by: StaffCode,
    pub at: Instant,
}

/// 踏勘记录.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InspectionRecord {
    pub held_on: NaiveDate,
    /// One entry for every department invited.
    pub attendance: BTreeMap<DepartmentCode, Attendance>,
    pub by: StaffCode,
    pub at: Instant,
}

/// 出席情况.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "attendance", rename_all = "snake_case")]
pub enum Attendance {
    /// 出席, with 踏勘意见.
    Attended { staff: BTreeSet<StaffCode>, findings: Text<2000> },
    /// 缺席
    Absent,
}

impl Attendance {
    /// 缺席默认: what follows from staying away.
    pub const CONSEQUENCE_OF_ABSENCE: &str = "视为无意见，不得就同一事项再次要求踏勘";

    pub fn consequence(&self) -> Option<&'static str> {
        matches!(self, Self::Absent).then_some(Self::CONSEQUENCE_OF_ABSENCE)
    }
}

impl JointInspection {
    /// Appoints the one visit of a case. `previous` is what the case has: a visit that took place is never repeated, one
    /// that is appointed is moved instead (clause B3-4).
    pub fn schedule(
        previous: Option<&Self>,
        on: NaiveDate,
        place: Text<200>,
        departments: BTreeSet<DepartmentCode>,
        today: NaiveDate,
    ) -> Result<Self, Refusal> {
        if let Some(previous) = previous {
            previous.must_not_have_taken_place()?;
            return Err(Refusal::new("inspection_scheduled", "已安排联合踏勘，需要调整的请改期"));
        }
        if departments.is_empty() {
            return Err(Refusal::new("nobody_invited", "联合踏勘须列明参加部门"));
        }
        must_not_be_past(on, today)?;
        Ok(Self { on, place, departments, moved: Vec::new(), procedure: None, record: None })
    }

    /// 改期: before it took place, also when the appointed day went by without it.
    pub fn may_move(&self, to: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
        self.must_not_have_taken_place()?;
        if to == self.on {
            return Err(Refusal::new("same_inspection_date", "改期后的日期与原日期相同"));
        }
        must_not_be_past(to, today)
    }

    pub fn record_move(&mut self, to: NaiveDate, reason: Text<500>, by: StaffCode, at: Instant) {
        let from = std::mem::replace(&mut self.on, to);
        self.moved.push(Moved { from, reason, by, at });
    }

    /// 记录踏勘: every department invited and nobody else, two of staff at least in all (行政许可法 art. 34), on the
    /// appointed day or, where nobody was absent, later. Nobody misses a visit on a day other than the one it was told.
    pub fn may_record(
        &self,
        held_on: NaiveDate,
        attendance: &BTreeMap<DepartmentCode, Attendance>,
        today: NaiveDate,
    ) -> Result<(), Refusal> {
        self.must_not_have_taken_place()?;
        if held_on < self.on {
            return Err(Refusal::new("inspection_before_its_date", "踏勘日期不能早于安排的日期"));
        }
        if held_on > today {
            return Err(Refusal::new("inspection_in_the_future", "踏勘尚未进行，不能记录"));
        }
        if let Some(missing) = self.departments.iter().find(|it| !attendance.contains_key(it)) {
            return Err(Refusal::new("attendance_missing", format!("未记录“{missing}”的出席情况")));
        }
        if let Some(stranger) = attendance.keys().find(|it| !self.departments.contains(it)) {
            return Err(Refusal::new("not_invited", format!("“{stranger}”不是参加部门")));
        }
        must_be_staffed(attendance)?;
        if held_on > self.on && attendance.values().any(|it| *it == Attendance::Absent) {
            return Err(Refusal::new("absent_on_another_day", "踏勘未在安排的日期进行，不能记为缺席，请先改期"));
        }
        Ok(())
    }

    pub fn record(&mut self, record: InspectionRecord) {
        self.record = Some(record);
    }

    pub fn took_place(&self) -> bool {
        self.record.is_some()
    }

    /// 缺席部门: those the consequence of absence falls upon.
    pub fn absent(&self) -> impl Iterator<Item = &DepartmentCode> {
        let attendance = self.record.iter().flat_map(|record| &record.attendance);
        attendance.filter(|(_, it)| **it == Attendance::Absent).map(|(department, _)| department)
    }

    /// Whether the department was invited and stayed away.
    pub fn bars(&self, department: &DepartmentCode) -> bool {
        self.absent().any(|it| it == department)
    }

    /// 再次要求踏勘: nobody may once it took place, and whoever was absent is told that this is why.
    pub fn may_demand_another(&self, department: &DepartmentCode) -> Result<(), Refusal> {
        self.may_object_on_the_site(department)?;
        self.must_not_have_taken_place()
    }

    /// 就现场情况提出异议: not whoever stayed away when it could have been seen.
    pub fn may_object_on_the_site(&self, department: &DepartmentCode) -> Result<(), Refusal> {
        if self.bars(department) {
            let detail = format!("该部门缺席联合踏勘，{}", Attendance::CONSEQUENCE_OF_ABSENCE);
            return Err(Refusal::new("absent_from_inspection", detail));
        }
        Ok(())
    }

    fn must_not_have_taken_place(&self) -> Result<(), Refusal> {
        if self.took_place() {
            return Err(Refusal::new("inspection_took_place", "联合踏勘已经进行，同一事项不再踏勘"));
        }
        Ok(())
    }
}

fn must_not_be_past(on: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    if on < today {
        return Err(Refusal::new("inspection_in_the_past", "踏勘日期不能早于今天"));
    }
    Ok(())
}

fn must_be_staffed(attendance: &BTreeMap<DepartmentCode, Attendance>) -> Result<(), Refusal> {
    let mut present = BTreeSet::new();
    for (department, attended) in attendance {
        if let Attendance::Attended { staff, .. } = attended {
            if staff.is_empty() {
                return Err(Refusal::new("attended_by_nobody", format!("“{department}”出席，须列明出席人员")));
            }
            present.extend(staff);
        }
    }
    if present.len() < FEWEST_STAFF {
        return Err(Refusal::new("too_few_inspectors", "踏勘应由两名以上工作人员进行"));
    }
    Ok(())
}
