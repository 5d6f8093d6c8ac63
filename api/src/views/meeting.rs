//! 部门协调会议 as it is asked for and shown (clause D4-3).

use escalation::{
    Level, Outcome,
    meeting::{Assignment, Attendance, CalledFor, Meeting, Minutes, Presence, Resolution, Resolved, State},
};
use kernel::{
    DepartmentCode, Instant, StaffCode, Text, WorkingDays,
    id::{ImpasseId, MeetingId},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::triage::{ImpasseRef, Names};
use crate::{problem::Answer, reply::Reply, schema};

/// 指定承办: binding on the department.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignmentBody {
    /// 承办部门
    #[schema(schema_with = schema::code::<40>)]
    department: DepartmentCode,
    /// 协办部门
    #[schema(schema_with = schema::codes::<40>, required = false)]
    #[serde(default, deserialize_with = "crate::bounds::few::<_, _, _, 0, 50>", skip_serializing_if = "Vec::is_empty")]
    with: Vec<DepartmentCode>,
    /// 交办事项
    #[schema(schema_with = schema::text::<2000>)]
    matter: Text<2000>,
    /// 完成时限（工作日）
    #[schema(value_type = u16, minimum = 1, maximum = 250)]
    #[serde(deserialize_with = "crate::bounds::days::<_, 250>")]
    days: WorkingDays,
}

impl From<AssignmentBody> for Assignment {
    fn from(body: AssignmentBody) -> Self {
        let AssignmentBody { department, with, matter, days } = body;
        Self { department, with, matter, days }
    }
}

impl From<Assignment> for AssignmentBody {
    fn from(assignment: Assignment) -> Self {
        let Assignment { department, with, matter, days } = assignment;
        Self { department, with, matter, days }
    }
}

/// 议题所涉部门: which of the invited departments come for an item.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalledForBody {
    /// 议题
    #[schema(schema_with = schema::id)]
    impasse: ImpasseId,
    /// 所涉部门，均在参会部门之内
    #[schema(schema_with = schema::some_codes::<40>)]
    #[serde(deserialize_with = "crate::bounds::few::<_, _, _, 1, 50>")]
    departments: Vec<DepartmentCode>,
}

impl From<CalledForBody> for CalledFor {
    fn from(body: CalledForBody) -> Self {
        let CalledForBody { impasse, departments } = body;
        Self { impasse, departments }
    }
}

impl From<CalledFor> for CalledForBody {
    fn from(called_for: CalledFor) -> Self {
        let CalledFor { impasse, departments } = called_for;
        Self { impasse, departments }
    }
}

/// 决议
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolutionBody {
    /// 议题
    #[schema(schema_with = schema::id)]
    impasse: ImpasseId,
    resolved: ResolvedBody,
}

/// 决议内容
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ResolvedBody {
    /// 指定承办
    Assign { assignment: AssignmentBody },
    /// 裁定承办部门, of any open order that is not 指定承办, whether or not its return was asked for: granted needs `instead`,
    /// refused has none and makes it 指定承办.
    RuleOnReturn {
        /// 交办单序号
        #[schema(minimum = 1, maximum = 1000)]
        order: u32,
        granted: bool,
        #[schema(schema_with = schema::text::<500>)]
        reason: Text<500>,
        /// 改由哪个部门承办
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead: Option<AssignmentBody>,
    },
    /// 提级
    RaiseLevel {
        #[schema(schema_with = schema::variants::<Level>)]
        to: Level,
        #[schema(schema_with = schema::text::<500>)]
        reason: Text<500>,
    },
    /// 答复意见
    AdviseAnswer {
        #[schema(schema_with = schema::variants::<Outcome>)]
        outcome: Outcome,
        #[schema(schema_with = schema::text::<2000>)]
        advice: Text<2000>,
    },
}

impl From<ResolutionBody> for Resolution {
    fn from(body: ResolutionBody) -> Self {
        let resolved = match body.resolved {
            ResolvedBody::Assign { assignment } => Resolved::Assign(assignment.into()),
            ResolvedBody::RuleOnReturn { order, granted, reason, instead } => {
                Resolved::RuleOnReturn { order, granted, reason, instead: instead.map(Into::into) }
            }
            ResolvedBody::RaiseLevel { to, reason } => Resolved::RaiseLevel { to, reason },
            ResolvedBody::AdviseAnswer { outcome, advice } => Resolved::AdviseAnswer { outcome, advice },
        };
        Self { impasse: body.impasse, resolved }
    }
}

impl From<Resolution> for ResolutionBody {
    fn from(resolution: Resolution) -> Self {
        let resolved = match resolution.resolved {
            Resolved::Assign(assignment) => ResolvedBody::Assign { assignment: assignment.into() },
            Resolved::RuleOnReturn { order, granted, reason, instead } => {
                ResolvedBody::RuleOnReturn { order, granted, reason, instead: instead.map(Into::into) }
            }
            Resolved::RaiseLevel { to, reason } => ResolvedBody::RaiseLevel { to, reason },
            Resolved::AdviseAnswer { outcome, advice } => ResolvedBody::AdviseAnswer { outcome, advice },
        };
        Self { impasse: resolution.impasse, resolved }
    }
}

/// 到会情况 of a department.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttendanceBody {
    #[schema(schema_with = schema::code::<40>)]
    department: DepartmentCode,
    presence: PresenceBody,
}

/// 到会 or 缺席
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum PresenceBody {
    /// By code and office, never by name.
    Present {
        /// 工号
        #[schema(schema_with = schema::code::<64>)]
        staff: StaffCode,
        /// 职务，不写姓名
        #[schema(schema_with = schema::text::<40>)]
        title: Text<40>,
    },
    Absent {
        #[schema(schema_with = schema::text::<200>)]
        reason: Text<200>,
    },
}

impl From<AttendanceBody> for Attendance {
    fn from(body: AttendanceBody) -> Self {
        let presence = match body.presence {
            PresenceBody::Present { staff, title } => Presence::Present { staff, title },
            PresenceBody::Absent { reason } => Presence::Absent { reason },
        };
        Self { department: body.department, presence }
    }
}

impl From<Attendance> for AttendanceBody {
    fn from(attendance: Attendance) -> Self {
        let presence = match attendance.presence {
            Presence::Present { staff, title } => PresenceBody::Present { staff, title },
            Presence::Absent { reason } => PresenceBody::Absent { reason },
        };
        Self { department: attendance.department, presence }
    }
}

/// 一次部门协调会议
#[derive(Debug, Serialize, ToSchema)]
pub struct MeetingLine {
    #[schema(schema_with = schema::id)]
    #[schema(value_type = String)]
    pub id: MeetingId,
    #[schema(schema_with = schema::variants::<State>)]
    pub state: State,
    #[schema(value_type = String)]
    pub state_label: &'static str,
    /// 会议时间
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    /// 会议地点
    pub place: String,
    /// 参会部门
    #[schema(value_type = Vec<String>)]
    pub invited: Vec<DepartmentCode>,
    /// 议题数
    pub items: usize,
    /// 纪要编号
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
}

impl MeetingLine {
    pub fn of(meeting: &Meeting) -> Self {
        Self {
            id: meeting.id,
            state: meeting.state,
            state_label: meeting.state.label(),
            at: meeting.at,
            place: meeting.place.to_string(),
            invited: meeting.invited.clone(),
            items: meeting.agenda.len(),
            number: meeting.minutes.as_ref().map(|minutes| minutes.number.to_string()),
        }
    }
}

/// 部门协调会议
#[derive(Debug, Serialize, ToSchema)]
pub struct MeetingView {
    #[serde(flatten)]
    pub line: MeetingLine,
    pub version: u64,
    /// 议题
    pub agenda: Vec<ImpasseRef>,
    /// 议题所涉部门；未列出的议题，涉及全部参会部门
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub called_for: Vec<CalledForBody>,
    pub called_by: String,
    #[schema(schema_with = schema::instant)]
    pub called_at: Instant,
    /// 改期
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub postponed: Vec<PostponedView>,
    /// 取消的原因
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes: Option<MinutesView>,
}

/// 改期
#[derive(Debug, Serialize, ToSchema)]
pub struct PostponedView {
    /// 原定时间
    #[schema(schema_with = schema::instant)]
    pub from: Instant,
    /// 原定地点
    pub place: String,
    pub reason: String,
    pub by: String,
}

/// 会议纪要
#[derive(Debug, Serialize, ToSchema)]
pub struct MinutesView {
    /// 编号
    pub number: String,
    pub text: String,
    pub attendance: Vec<AttendanceBody>,
    /// 未议
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<LeftOutView>,
    pub resolutions: Vec<ResolutionBody>,
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    /// SHA-256 of the minutes
    pub digest: String,
}

/// An impasse that was left out, and why.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeftOutView {
    #[schema(schema_with = schema::id)]
    #[schema(value_type = String)]
    pub impasse: ImpasseId,
    pub reason: String,
}

impl MeetingView {
    pub fn of(meeting: &Meeting, names: &Names) -> Self {
        Self {
            line: MeetingLine::of(meeting),
            version: meeting.version,
            agenda: meeting.agenda.iter().map(|id| ImpasseRef::of(*id, names)).collect(),
            called_for: meeting.called_for.iter().cloned().map(Into::into).collect(),
            called_by: meeting.called_by.code.clone(),
            called_at: meeting.called_at,
            postponed: meeting
                .postponed
                .iter()
                .map(|it| PostponedView {
                    from: it.from,
                    place: it.place.to_string(),
                    reason: it.reason.to_string(),
                    by: it.by.code.clone(),
                })
                .collect(),
            cancelled: meeting.cancelled.as_ref().map(|it| it.reason.to_string()),
            minutes: meeting.minutes.as_ref().map(minutes),
        }
    }

    /// With its version as the tag.
    pub fn reply(&self, status: u16) -> Answer<Reply> {
        Ok(Reply::json(status, self)?.tagged(self.version))
    }
}

fn minutes(minutes: &Minutes) -> MinutesView {
    let dropped = minutes.dropped.iter();
    MinutesView {
        number: minutes.number.to_string(),
        text: minutes.text.to_string(),
        attendance: minutes.attendance.iter().cloned().map(Into::into).collect(),
        dropped: dropped.map(|it| LeftOutView { impasse: it.impasse, reason: it.reason.to_string() }).collect(),
        resolutions: minutes.resolutions.iter().cloned().map(Into::into).collect(),
        by: minutes.by.code.clone(),
        at: minutes.at,
        digest: minutes.digest.clone(),
    }
}
