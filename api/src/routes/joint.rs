//! 联审联批 and 联合踏勘 (clauses B3-3, B3-4, rule L10).

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{get, post, web::Data};
use approval::{
    inspection::Attendance,
    joint::{Opinion, Participant, Wanted},
};
use casework::{Command, InspectionDate};
use catalog::PostingRecord;
use chrono::NaiveDate;
use kernel::{Action, DepartmentCode, MaterialCode, Role, StaffCode, Text, WorkingDays, access::may};
use persistence::{StoreError, hall, participants};
use serde::{Deserialize, Serialize};
use strum::{Display, VariantArray};
use utoipa::ToSchema;

use super::{
    on_case::{CaseChanged, OnCase},
    transfer::must_exist,
};
use crate::{
    auth::Caller,
    desk::{Desk, Matter},
    edge::{Body, Query},
    paging::{Listed, PageQuery, Paging},
    problem::{Answer, Error, FieldProblem},
    reply::Reply,
    schema,
    views::{Page, joint::TaskView},
};

/// 会审方案
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanRequest {
    /// 参与部门; the shortest plan that the item allows where absent.
    #[schema(min_items = 1, max_items = 20)]
    #[serde(default, deserialize_with = "crate::bounds::some_few::<_, _, 1, 20>")]
    participants: Option<Vec<ParticipantRequest>>,
    /// 重新制定方案的理由; required where a department that let its limit pass is asked again,
    /// and where the limits of the opinions start anew.
    #[schema(schema_with = schema::some_text::<500>)]
    #[serde(default)]
    reason: Option<Text<500>>,
}

/// 参与部门
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ParticipantRequest {
    #[schema(schema_with = schema::code::<40>)]
    department: DepartmentCode,
    /// 会审意见期限（工作日）
    #[schema(value_type = u16, minimum = 1, maximum = 30)]
    #[serde(deserialize_with = "crate::bounds::days::<_, 30>")]
    days: WorkingDays,
    /// 前置部门
    #[schema(schema_with = schema::codes::<40>, required = false)]
    #[serde(default, deserialize_with = "crate::bounds::few::<_, _, _, 0, 50>")]
    after: BTreeSet<DepartmentCode>,
}

#[utoipa::path(
    tag = "联审", operation_id = "draw_plan", summary = "制定会审方案",
    description = "牵头部门确定并联、串联或混合的方案；不列参与部门的，采用事项允许的用时最短方案。并联部门自同一受理之日起算，\
                   串联部门自前一部门书面办结起算。首个意见反馈之前可以重新制定，逾期未反馈的部门仍然列名，再次征求其意见须说明理由。\
                   重新制定的方案仍按原起算日计，有部门逾期或者余时不足的，自当日重新起算并说明理由。Clause B3-3, rule L10.",
    params(OnCase), request_body = PlanRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/joint-review")]
pub async fn draw_plan(desk: Data<Desk>, on: OnCase, body: Body<PlanRequest>) -> Answer<Reply> {
    let Body { value: PlanRequest { participants, reason }, digest } = body;
    let drawn = participants.map(|participants| {
        let drawn = participants.into_iter();
        drawn.map(|ParticipantRequest { department, days, after }| Participant { department, days, after }).collect()
    });
    let drawn: Option<Vec<Participant>> = drawn;
    desk.change(on.change(Action::DrawPlan, Some(digest)), move |matter| {
        must_exist(matter, drawn.iter().flatten().map(|participant| &participant.department))?;
        Ok(Command::DrawPlan { participants: drawn.clone(), reason: reason.clone() })
    })
    .await
}

/// 会审意见: conditions with `agree_with_conditions`, grounds with `object`, neither with `agree`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpinionBody {
    #[schema(schema_with = schema::variants::<Verdict>)]
    verdict: Verdict,
    /// 附条件同意的条件
    #[schema(schema_with = schema::some_text::<2000>)]
    #[serde(default)]
    conditions: Option<Text<2000>>,
    /// 不同意的理由
    #[schema(schema_with = schema::some_text::<2000>)]
    #[serde(default)]
    grounds: Option<Text<2000>>,
    /// 依据踏勘现场情况; refused to a department that was not at the visit.
    #[serde(default)]
    on_the_site: bool,
}

#[derive(Clone, Copy, Debug, Deserialize, Display, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Verdict {
    /// 同意
    Agree,
    /// 附条件同意
    AgreeWithConditions,
    /// 不同意
    Object,
}

impl OpinionBody {
    fn opinion(self) -> Answer<Opinion> {
        match (self.verdict, self.conditions, self.grounds) {
            (Verdict::Agree, None, None) => Ok(Opinion::Agree),
            (Verdict::AgreeWithConditions, Some(conditions), None) => Ok(Opinion::AgreeWithConditions { conditions }),
            (Verdict::Object, None, Some(grounds)) => Ok(Opinion::Object { grounds }),
            _ => Err(Error::field("/opinion/verdict", "附条件同意须写明条件，不同意须写明理由，其余不填写")),
        }
    }
}

/// 反馈会审意见
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpinionRequest {
    #[schema(schema_with = schema::code::<40>)]
    department: DepartmentCode,
    opinion: OpinionBody,
}

#[utoipa::path(
    tag = "联审", operation_id = "give_opinion", summary = "反馈会审意见",
    description = "同意、附条件同意或说明理由的不同意；决定之前可以改变意见，原意见留存。Clause B3-3.",
    params(OnCase), request_body = OpinionRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/joint-review/opinions")]
pub async fn give_opinion(desk: Data<Desk>, on: OnCase, body: Body<OpinionRequest>) -> Answer<Reply> {
    let Body { value: OpinionRequest { department, opinion }, digest } = body;
    let on_the_site = opinion.on_the_site;
    let opinion = opinion.opinion()?;
    let command = Command::GiveOpinion { department, opinion, on_the_site };
    desk.change(on.change(Action::GiveOpinion, Some(digest)), move |_| Ok(command.clone())).await
}

/// 会审要求补充
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuestionRequest {
    #[schema(schema_with = schema::code::<40>)]
    department: DepartmentCode,
    #[schema(schema_with = schema::text::<1000>)]
    what: Text<1000>,
    /// 所要的材料; none where an explanation is all that is asked for.
    #[schema(max_items = 50, required = false)]
    #[serde(default, deserialize_with = "crate::bounds::few::<_, _, _, 0, 50>")]
    materials: Vec<WantedRequest>,
}

/// 要求补充的材料
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedRequest {
    /// 办事指南中的材料代码
    #[schema(schema_with = schema::code::<40>)]
    material: MaterialCode,
    /// 须提供纸质材料; refused where the item accepts it electronically (clause B2-7).
    #[serde(default)]
    on_paper: bool,
}

#[utoipa::path(
    tag = "联审", operation_id = "ask_more", summary = "要求补充说明",
    description = "参与部门在反馈意见之前可以要求一次补充说明；不停止计时。所要的材料按办事指南列明，接受电子材料的不得要求纸质。\
                   Clauses B2-7, B3-3, rule L5.",
    params(OnCase), request_body = QuestionRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/joint-review/questions")]
pub async fn ask_more(desk: Data<Desk>, on: OnCase, body: Body<QuestionRequest>) -> Answer<Reply> {
    let Body { value: QuestionRequest { department, what, materials }, digest } = body;
    let wanted = |WantedRequest { material, on_paper }| Wanted { material, on_paper };
    let command = Command::AskMore { department, what, materials: materials.into_iter().map(wanted).collect() };
    desk.change(on.change(Action::AskMore, Some(digest)), move |_| Ok(command.clone())).await
}

/// 答复补充说明
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerRequest {
    /// The department that asked.
    #[schema(schema_with = schema::code::<40>)]
    department: DepartmentCode,
    #[schema(schema_with = schema::text::<2000>)]
    answer: Text<2000>,
}

#[utoipa::path(
    tag = "联审", operation_id = "answer_more", summary = "答复补充说明",
    params(OnCase), request_body = AnswerRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/joint-review/answers")]
pub async fn answer_more(desk: Data<Desk>, on: OnCase, body: Body<AnswerRequest>) -> Answer<Reply> {
    let Body { value: AnswerRequest { department, answer }, digest } = body;
    let command = Command::AnswerMore { department, answer };
    desk.change(on.change(Action::AnswerMore, Some(digest)), move |_| Ok(command.clone())).await
}

/// 安排联合踏勘
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InspectionRequest {
    #[schema(schema_with = schema::day)]
    #[serde(deserialize_with = "crate::day::required")]
    on: NaiveDate,
    #[schema(schema_with = schema::text::<200>)]
    place: Text<200>,
    /// 参加部门
    #[schema(schema_with = schema::some_codes::<40>)]
    #[serde(deserialize_with = "crate::bounds::few::<_, _, _, 1, 50>")]
    departments: BTreeSet<DepartmentCode>,
    /// 改期理由; for another date of the one already appointed.
    #[schema(schema_with = schema::some_text::<500>)]
    #[serde(default)]
    moved_because: Option<Text<500>>,
}

#[utoipa::path(
    tag = "联审", operation_id = "schedule_inspection", summary = "安排联合踏勘",
    description = "同一办件只踏勘一次，各部门一同到场；进行之前可以说明理由改期。事项规定踏勘属于特别程序的，由批准人安排，\
                   自书面告知之日起至踏勘之日止停止计时。Clause B3-4, rule L5.",
    params(OnCase), request_body = InspectionRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/inspection")]
pub async fn schedule_inspection(desk: Data<Desk>, on: OnCase, body: Body<InspectionRequest>) -> Answer<Reply> {
    let Body { value: InspectionRequest { on: day, place, departments, moved_because }, digest } = body;
    let date = InspectionDate { on: day, place, departments, moved_because };
    desk.change(on.change(Action::ScheduleInspection, Some(digest)), move |matter| {
        must_exist(matter, &date.departments)?;
        Ok(Command::ScheduleInspection(date.clone()))
    })
    .await
}

/// 踏勘记录
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InspectionRecordRequest {
    #[schema(schema_with = schema::day)]
    #[serde(deserialize_with = "crate::day::required")]
    held_on: NaiveDate,
    #[schema(min_items = 1, max_items = 20)]
    #[serde(deserialize_with = "crate::bounds::few::<_, _, _, 1, 20>")]
    attendance: Vec<AttendanceRequest>,
}

/// 出席情况: staff where it attended, nobody where it was absent.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttendanceRequest {
    #[schema(schema_with = schema::code::<40>)]
    department: DepartmentCode,
    /// 到场人员工号, each posted to the department on the day of the visit; nobody where the department was absent.
    #[schema(schema_with = schema::codes::<64>, required = false)]
    #[serde(default, deserialize_with = "crate::bounds::few::<_, _, _, 0, 50>")]
    staff: Vec<StaffCode>,
    /// 本部门踏勘意见, where the caller is posted to this department; every other one records its own.
    #[schema(schema_with = schema::some_text::<2000>)]
    #[serde(default)]
    findings: Option<Text<2000>>,
}

impl AttendanceRequest {
    fn attendance(&self) -> Attendance {
        if self.staff.is_empty() {
            return Attendance::Absent;
        }
        Attendance::Attended { staff: self.staff.iter().cloned().collect(), findings: self.findings.clone() }
    }
}

/// Each department once, and findings only of those that came; everything that is wrong is told at once.
fn attended(lines: &[AttendanceRequest]) -> Answer<BTreeMap<DepartmentCode, Attendance>> {
    let (mut attendance, mut wrong) = (BTreeMap::new(), Vec::new());
    for (at, line) in lines.iter().enumerate() {
        if line.staff.is_empty() && line.findings.is_some() {
            let pointer = format!("/attendance/{at}/findings");
            wrong.push(FieldProblem::at(pointer, "invalid_value", "缺席的部门没有踏勘意见；出席的须填写到场人员"));
        }
        if attendance.insert(line.department.clone(), line.attendance()).is_some() {
            let pointer = format!("/attendance/{at}/department");
            wrong.push(FieldProblem::at(pointer, "invalid_value", format!("“{}”重复", line.department)));
        }
    }
    if wrong.is_empty() { Ok(attendance) } else { Err(Error::Invalid(wrong)) }
}

/// 到场人员 are on the register, and were posted on the day of the visit to the department that they came for, one of each at
/// least as somebody who can put its findings on record. Of a department that was not invited the rules say that.
fn must_have_been_posted(matter: &mut Matter<'_, '_>, held_on: NaiveDate, lines: &[AttendanceRequest]) -> Answer<()> {
    let case = matter.case;
    let invited = |line: &AttendanceRequest| {
        case.approval.inspection.as_ref().is_some_and(|it| it.departments.contains(&line.department))
    };
    let staff: BTreeSet<&StaffCode> = lines.iter().flat_map(|line| &line.staff).collect();
    let postings = hall::postings_of(matter.tx.read(), case.centre, &staff).map_err(StoreError::from)?;
    let mut wrong = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|&(_, line)| invited(line)) {
        let named = wrong.len();
        for (nth, staff) in line.staff.iter().enumerate() {
            let pointer = format!("/attendance/{at}/staff/{nth}");
            let theirs: Vec<_> = postings.iter().filter(|posting| posting.staff == *staff).collect();
            let is_there = |it: &&PostingRecord| it.department == line.department && it.in_force(held_on);
            if theirs.is_empty() {
                wrong.push(FieldProblem::at(pointer, "staff_unknown", format!("没有工号“{staff}”")));
            } else if !theirs.iter().any(is_there) {
                let detail = format!("工号“{staff}”在{held_on}未派驻到“{}”", line.department);
                wrong.push(FieldProblem::at(pointer, "not_posted_there", detail));
            }
        }
        let finds = |it: &PostingRecord| {
            let may = matches!(it.role, Role::Reviewer | Role::Approver);
            may && it.department == line.department && it.in_force(held_on) && line.staff.contains(&it.staff)
        };
        if wrong.len() == named && !line.staff.is_empty() && !postings.iter().any(finds) {
            let detail = format!("“{}”须有本部门的审批人员或者审批负责人到场，由其反馈踏勘意见", line.department);
            wrong.push(FieldProblem::at(format!("/attendance/{at}/staff"), "nobody_to_find", detail));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::Invalid(wrong)) }
}

#[utoipa::path(
    tag = "联审", operation_id = "record_inspection", summary = "记录联合踏勘",
    description = "两名以上工作人员到场，均须当日派驻在其所代表的部门，每个部门至少一名审批人员或者审批负责人；\
                   缺席的视为无意见，不得就同一事项再次要求踏勘。\
                   踏勘意见由到场的各部门自行记录。Clause B3-4.",
    params(OnCase), request_body = InspectionRecordRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/inspection/record")]
pub async fn record_inspection(desk: Data<Desk>, on: OnCase, body: Body<InspectionRecordRequest>) -> Answer<Reply> {
    let Body { value: InspectionRecordRequest { held_on, attendance }, digest } = body;
    let command = Command::RecordInspection { held_on, attendance: attended(&attendance)? };
    desk.change(on.change(Action::RecordInspection, Some(digest)), move |matter| {
        matter.guard(Action::RecordInspection)?;
        must_have_been_posted(matter, held_on, &attendance)?;
        Ok(command.clone())
    })
    .await
}

/// 踏勘意见
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingsRequest {
    /// 本部门
    #[schema(schema_with = schema::code::<40>)]
    department: DepartmentCode,
    #[schema(schema_with = schema::text::<2000>)]
    findings: Text<2000>,
}

#[utoipa::path(
    tag = "联审", operation_id = "give_findings", summary = "反馈踏勘意见",
    description = "到场的部门各自记录本部门的踏勘意见，每个部门一次；期限内意见未齐不能作出决定，逾期未反馈的视为无意见，\
                   未记录的也不能依据现场情况反馈会审意见。Clause B3-4.",
    params(OnCase), request_body = FindingsRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/inspection/findings")]
pub async fn give_findings(desk: Data<Desk>, on: OnCase, body: Body<FindingsRequest>) -> Answer<Reply> {
    let Body { value: FindingsRequest { department, findings }, digest } = body;
    let command = Command::GiveFindings { department, findings };
    desk.change(on.change(Action::GiveFindings, Some(digest)), move |_| Ok(command.clone())).await
}

#[utoipa::path(
    tag = "联审", operation_id = "list_tasks", summary = "协办待办",
    description = "其他部门牵头、本部门尚待反馈会审意见、参加联合踏勘或者接受转办的办件，最紧的在前。Clauses B3-3, B3-4, B5-1.",
    params(PageQuery), responses((status = 200, body = Page<TaskView>, description = "一页协办待办"))
)]
#[get("/v1/tasks")]
pub async fn tasks(desk: Data<Desk>, caller: Caller, query: Query<PageQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadTasks)?;
    let PageQuery { limit, cursor } = query.into_inner();
    let paging = Paging::new(desk.secret(), "/v1/tasks", caller.scope(), &(), limit)?;
    let after: Option<TaskPlace> = paging.place(cursor.as_deref())?;
    let departments = match caller.sight() {
        kernel::access::Sight::Departments(departments) => departments,
        _ => Vec::new(),
    };
    desk.store
        .read(move |connection| {
            let after = after.map(TaskPlace::key);
            let rows = participants::tasks(connection, caller.centre, &departments, after.as_ref(), paging.rows());
            paging.page(rows.map_err(StoreError::from)?, |last| TaskPlace::of(&last.key), TaskView::of)
        })
        .await
}

/// Where a page of tasks ends, as its cursor keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct TaskPlace(Option<NaiveDate>, kernel::CaseId, DepartmentCode, casework::Part);

impl TaskPlace {
    fn of(key: &participants::TaskKey) -> Self {
        Self(key.due_on, key.case, key.department.clone(), key.part)
    }

    fn key(self) -> participants::TaskKey {
        let Self(due_on, case, department, part) = self;
        participants::TaskKey { due_on, case, department, part }
    }
}
