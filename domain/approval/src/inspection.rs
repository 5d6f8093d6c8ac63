//! 联合踏勘: one visit to the place for the whole case, by all departments together (clause B3-4).

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use kernel::{Calendar, DepartmentCode, DocumentNumber, Instant, Refusal, StaffCode, Text, ledger::Ledger};
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
    /// 踏勘意见, each by its own department.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub findings: BTreeMap<DepartmentCode, Finding>,
    /// 踏勘意见期限 of everybody who was there, from the day of the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Ledger>,
    /// 逾期未反馈踏勘意见: who was named, and on which day (列名).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub silent: BTreeMap<DepartmentCode, NaiveDate>,
}

/// 踏勘意见 of a department that was there, by one of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub text: Text<2000>,
    pub by: StaffCode,
    pub at: Instant,
}

/// 出席情况.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "attendance", rename_all = "snake_case")]
pub enum Attendance {
    /// 出席. With 踏勘意见 only where it came with the attendance.
    Attended {
        staff: BTreeSet<StaffCode>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        findings: Option<Text<2000>>,
    },
    /// 缺席
    Absent,
}

impl Attendance {
    /// 缺席默认: what follows from staying away.
    pub const CONSEQUENCE_OF_ABSENCE: &str = "视为无意见，不得就同一事项再次要求踏勘";
    /// 逾期默认: what follows from coming and not saying in time what was found.
    pub const CONSEQUENCE_OF_SILENCE: &str = "逾期未反馈踏勘意见，视为无意见";

    pub fn consequence(&self) -> Option<&'static str> {
        matches!(self, Self::Absent).then_some(Self::CONSEQUENCE_OF_ABSENCE)
    }
}

impl InspectionRecord {
    fn must_have_invited(&self, department: &DepartmentCode) -> Result<(), Refusal> {
        if self.attendance.contains_key(department) {
            return Ok(());
        }
        Err(Refusal::new("not_invited", format!("“{department}”不是参加部门")))
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

    /// 尚欠踏勘意见: who was there and has not put on record what it found.
    pub fn owing(&self) -> impl Iterator<Item = &DepartmentCode> {
        let lines = self.record.iter().flat_map(|record| record.attendance.iter().map(move |line| (record, line)));
        let owes = |(record, (department, attended)): &(&InspectionRecord, (&DepartmentCode, &Attendance))| {
            matches!(attended, Attendance::Attended { findings: None, .. })
                && !record.findings.contains_key(*department)
        };
        lines.filter(owes).map(|(_, (department, _))| department)
    }

    /// 逾期未反馈: who has let its limit pass, and counts as whoever stayed away until its findings are in after all. The
    /// limit itself is asked as well as the record, so that nothing depends on when the timer fires.
    pub fn overdue(&self, calendar: &Calendar, today: NaiveDate) -> impl Iterator<Item = &DepartmentCode> {
        let limit = self.record.as_ref().and_then(|record| record.limit.as_ref());
        let is_over = limit.is_some_and(|limit| today > limit.due(calendar, today).date);
        self.owing().filter(move |department| is_over || self.silent_since(department).is_some())
    }

    /// 列名之日 of a department that let the limit of its findings pass.
    pub fn silent_since(&self, department: &DepartmentCode) -> Option<NaiveDate> {
        self.record.as_ref()?.silent.get(department).copied()
    }

    /// Who owes its findings and has not been named for it.
    pub fn awaited(&self) -> impl Iterator<Item = &DepartmentCode> {
        self.owing().filter(|department| self.silent_since(department).is_none())
    }

    /// 列名: nothing is asked any more of whoever let its limit pass, which may still say what it found.
    pub fn record_silence(&mut self, department: DepartmentCode, on: NaiveDate) {
        if let Some(record) = &mut self.record {
            record.silent.entry(department).or_insert(on);
        }
    }

    /// The limit that a department's findings have, once the visit is on record.
    pub fn limit_of(&self, department: &DepartmentCode) -> Option<&Ledger> {
        let record = self.record.as_ref()?;
        let came = matches!(record.attendance.get(department), Some(Attendance::Attended { .. }));
        record.limit.as_ref().filter(|_| came)
    }

    /// Whether something is asked of a department still: to come, or to say within its limit what it found.
    pub fn asks(&self, department: &DepartmentCode) -> bool {
        match self.record {
            None => self.departments.contains(department),
            Some(_) => self.awaited().any(|it| it == department),
        }
    }

    /// 记录踏勘意见: by each department that was there, once, after the visit (clause B3-4).
    pub fn may_find(&self, department: &DepartmentCode) -> Result<(), Refusal> {
        self.record.as_ref().ok_or_else(not_held)?.must_have_invited(department)?;
        self.must_not_have_been_absent(department)?;
        if self.owing().any(|it| it == department) {
            return Ok(());
        }
        Err(Refusal::new("findings_given", "该部门的踏勘意见已经记录"))
    }

    /// Whether anybody may record findings now.
    pub fn must_be_owed_findings(&self) -> Result<(), Refusal> {
        self.record.as_ref().ok_or_else(not_held)?;
        match self.owing().next() {
            Some(_) => Ok(()),
            None => Err(Refusal::new("findings_given", "到场部门的踏勘意见均已记录")),
        }
    }

    pub fn record_finding(&mut self, department: DepartmentCode, finding: Finding) {
        if let Some(record) = &mut self.record {
            record.findings.insert(department, finding);
        }
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
        self.must_not_have_been_absent(department)?;
        self.must_not_have_taken_place()
    }

    /// 就现场情况提出异议: by whoever was there when it could be seen, and not before its own findings.
    pub fn may_object_on_the_site(&self, department: &DepartmentCode) -> Result<(), Refusal> {
        let unseen = || Refusal::new("inspection_not_held", "联合踏勘尚未进行，意见不能依据现场情况");
        self.record.as_ref().ok_or_else(unseen)?.must_have_invited(department)?;
        self.must_not_have_been_absent(department)?;
        if self.owing().any(|it| it == department) {
            return Err(Refusal::new("findings_missing", "依据现场情况的意见，须先记录本部门的踏勘意见"));
        }
        Ok(())
    }

    fn must_not_have_been_absent(&self, department: &DepartmentCode) -> Result<(), Refusal> {
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

fn not_held() -> Refusal {
    Refusal::new("inspection_not_held", "联合踏勘尚未进行，没有踏勘意见可以记录")
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
