use std::collections::BTreeSet;

use approval::{
    inspection::{Attendance, InspectionRecord, JointInspection},
    joint::{Desk as Seat, JointReview, LineState, Named, Opinion},
};
use casework::{Case, Part, Stage};
use chrono::NaiveDate;
use kernel::DepartmentCode;
use persistence::participants::Task;
use serde::Serialize;
use utoipa::ToSchema;

use super::case::Lens;
use crate::schema;

/// 联审联批: the plan as it stands today (clause B3-3).
#[derive(Debug, Serialize, ToSchema)]
pub struct JointReviewView {
    /// 共同起算日
    #[schema(schema_with = schema::day)]
    pub from: NaiveDate,
    /// 逾期未反馈的处理
    #[schema(value_type = String)]
    pub silence: &'static str,
    /// When all opinions are in, as things stand.
    #[schema(schema_with = schema::day)]
    pub ends: NaiveDate,
    pub provisional: bool,
    /// 现由谁办理: the departments whose turn it is; none while it is the lead department's.
    pub holders: Vec<String>,
    /// 重新制定方案的理由
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// 此前方案中逾期未反馈的部门: named with the limit they had, whatever plan was drawn since.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<NamedView>,
    pub participants: Vec<ParticipantView>,
}

/// 逾期未反馈
#[derive(Debug, Serialize, ToSchema)]
pub struct NamedView {
    pub department: String,
    pub working_days: u16,
    #[schema(schema_with = schema::day)]
    pub due: NaiveDate,
    /// 列名之日
    #[schema(schema_with = schema::day)]
    pub since: NaiveDate,
}

/// 参与部门
#[derive(Debug, Serialize, ToSchema)]
pub struct ParticipantView {
    pub department: String,
    pub working_days: u16,
    /// 前置部门
    pub after: Vec<String>,
    #[schema(schema_with = schema::variants::<LineState>)]
    pub state: LineState,
    #[schema(value_type = String)]
    pub state_label: &'static str,
    #[schema(schema_with = schema::day)]
    pub starts: NaiveDate,
    #[schema(schema_with = schema::day)]
    pub due: NaiveDate,
    /// 可延误的工作日数
    pub slack: u16,
    /// 关键路径
    pub critical: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub silent_since: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opinion: Option<OpinionView>,
    /// 要求补充说明
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// 要求补充的材料
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub question_materials: Vec<WantedView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

/// 要求补充的材料
#[derive(Debug, Serialize, ToSchema)]
pub struct WantedView {
    pub material: String,
    pub on_paper: bool,
}

/// 会审意见
#[derive(Debug, Serialize, ToSchema)]
pub struct OpinionView {
    #[schema(value_type = String)]
    pub verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    pub by: String,
    /// How many opinions this one replaced.
    pub replaced: usize,
    /// 须重新反馈的: what has changed since, while the case is in review; absent where the opinion stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub outdated: Option<&'static str>,
}

/// 联合踏勘 (clause B3-4)
#[derive(Debug, Serialize, ToSchema)]
pub struct InspectionView {
    #[schema(schema_with = schema::day)]
    pub on: NaiveDate,
    pub place: String,
    pub departments: Vec<String>,
    /// 改期次数
    pub moved: usize,
    /// 特别程序告知书, by which the procedure that it is is found among the case's; absent where it stops no clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub procedure: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub held_on: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attendance: Vec<AttendanceView>,
    /// 踏勘意见期限
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub findings_due: Option<NaiveDate>,
    /// 尚欠踏勘意见的部门: a decision waits for them until their limit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings_owed: Vec<String>,
}

/// 出席情况
#[derive(Debug, Serialize, ToSchema)]
pub struct AttendanceView {
    pub department: String,
    pub staff: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings: Option<String>,
    /// 踏勘意见记录人
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings_by: Option<String>,
    /// 缺席或者逾期未反馈踏勘意见的后果
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub consequence: Option<&'static str>,
    /// 踏勘意见逾期未反馈的列名之日
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub silent_since: Option<NaiveDate>,
}

/// 协办待办的一行
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskView {
    #[schema(schema_with = schema::id)]
    pub case: String,
    pub number: String,
    pub item: String,
    #[schema(schema_with = schema::variants::<Stage>)]
    pub stage: Stage,
    /// 本部门
    pub department: String,
    /// 牵头部门
    pub lead: String,
    #[schema(schema_with = schema::variants::<Part>)]
    pub part: Part,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub due: Option<NaiveDate>,
}

impl TaskView {
    pub fn of(task: Task) -> Self {
        Self {
            case: task.case.id.to_string(),
            number: task.case.number,
            item: task.case.item,
            stage: task.case.stage,
            department: task.key.department.to_string(),
            lead: task.case.department,
            part: task.key.part,
            due: task.key.due_on,
        }
    }
}

impl JointReviewView {
    pub fn of(joint: &JointReview, case: &Case, lens: &Lens<'_>) -> Self {
        let changed = case.intake.last_change();
        let outdated = |of: &DepartmentCode| joint.outdated_by(of, changed).filter(|_| case.stage == Stage::InReview);
        let schedule = joint.schedule(lens.ctx.calendar, lens.today());
        let participants = schedule.lines.iter().map(|line| {
            let participant = joint.plan.participant(&line.department);
            let seat = joint.desks.get(&line.department);
            let asked = seat.and_then(|seat| seat.asked.as_ref());
            ParticipantView {
                department: line.department.to_string(),
                working_days: participant.map_or(0, |it| it.days.0),
                after: participant.into_iter().flat_map(|it| &it.after).map(ToString::to_string).collect(),
                state: line.state,
                state_label: line.state.label(),
                starts: line.starts,
                due: line.due.date,
                slack: line.slack.0,
                critical: line.critical,
                silent_since: seat.and_then(|seat| seat.silent_since),
                opinion: seat
                    .and_then(opinion)
                    .filter(|_| lens.shows_workings())
                    .map(|given| OpinionView { outdated: outdated(&line.department), ..given }),
                question: asked.filter(|_| lens.shows_workings()).map(|asked| asked.what.to_string()),
                question_materials: asked
                    .filter(|_| lens.shows_workings())
                    .into_iter()
                    .flat_map(|asked| &asked.materials)
                    .map(|wanted| WantedView { material: wanted.material.to_string(), on_paper: wanted.on_paper })
                    .collect(),
                answer: asked
                    .filter(|_| lens.shows_workings())
                    .and_then(|asked| asked.answer.as_ref())
                    .map(|answer| answer.text.to_string()),
            }
        });
        let anew = joint.desks.keys().filter(|it| case.is_asked_anew(it));
        Self {
            from: joint.accepted_on,
            silence: joint.silence.label(),
            ends: schedule.ends.date,
            provisional: schedule.ends.provisional,
            participants: participants.collect(),
            reason: joint.reason.as_ref().filter(|_| lens.shows_workings()).map(ToString::to_string),
            named: joint.named.iter().map(NamedView::from).collect(),
            holders: schedule.holders.iter().chain(anew).map(ToString::to_string).collect(),
        }
    }
}

impl From<&Named> for NamedView {
    fn from(named: &Named) -> Self {
        Self {
            department: named.department.to_string(),
            working_days: named.days.0,
            due: named.due,
            since: named.since,
        }
    }
}

fn opinion(seat: &Seat) -> Option<OpinionView> {
    let given = seat.opinion.as_ref()?;
    let text = match &given.opinion {
        Opinion::Agree => None,
        Opinion::AgreeWithConditions { conditions: text } | Opinion::Object { grounds: text } => Some(text.to_string()),
    };
    let replaced = seat.earlier.len();
    let (verdict, by) = (given.opinion.label(), given.by.to_string());
    Some(OpinionView { verdict, text, by, replaced, outdated: None })
}

impl InspectionView {
    pub fn of(inspection: &JointInspection, lens: &Lens<'_>) -> Self {
        let record = inspection.record.as_ref();
        let (calendar, today) = (lens.ctx.calendar, lens.today());
        let overdue: BTreeSet<_> = inspection.overdue(calendar, today).collect();
        let limit = record.and_then(|record| record.limit.as_ref());
        Self {
            on: inspection.on,
            place: inspection.place.to_string(),
            departments: inspection.departments.iter().map(ToString::to_string).collect(),
            moved: inspection.moved.len(),
            procedure: inspection.procedure.as_ref().map(ToString::to_string),
            held_on: record.map(|record| record.held_on),
            attendance: record.into_iter().flat_map(|record| attendance(record, &overdue)).collect(),
            findings_due: limit.map(|limit| limit.due(calendar, today).date),
            findings_owed: inspection.owing().map(ToString::to_string).collect(),
        }
    }
}

fn attendance(record: &InspectionRecord, overdue: &BTreeSet<&DepartmentCode>) -> Vec<AttendanceView> {
    let line = |(department, attendance): (&DepartmentCode, &Attendance)| {
        let silent = overdue.contains(department).then_some(Attendance::CONSEQUENCE_OF_SILENCE);
        let own = record.findings.get(department);
        let (staff, told) = match attendance {
            Attendance::Attended { staff, findings } => {
                (staff.iter().map(ToString::to_string).collect(), findings.as_ref().map(|text| (text, &record.by)))
            }
            Attendance::Absent => (Vec::new(), None),
        };
        let found = own.map(|finding| (&finding.text, &finding.by)).or(told);
        AttendanceView {
            department: department.to_string(),
            staff,
            findings: found.map(|(text, _)| text.to_string()),
            findings_by: found.map(|(_, by)| by.to_string()),
            consequence: attendance.consequence().or(silent),
            silent_since: record.silent.get(department).copied(),
        }
    };
    record.attendance.iter().map(line).collect()
}
