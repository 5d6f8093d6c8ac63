//! 工单 as the supervision section, whoever it is assigned to, and the hotline see it.

use std::borrow::Cow;

use escalation::{
    Capacity,
    hotline::{
        Act, Answer, Assignee, Assignment, AssignmentReturn, CodeMap, Escalation, Extension, LegalRoute, Return,
        Ruling, Satisfaction, State, Verification, WorkOrder, WorkOrderKind,
    },
};
use kernel::{
    Context, Instant, Refusal,
    access::{may_on, roles_for},
    ledger::{Ledger, Light, LimitKind},
};
use serde::Serialize;
use strum::VariantArray;
use utoipa::ToSchema;

mod exchange;
mod pressing;

pub use exchange::{
    CallbackView, DeliveryLine, DifferenceKind, DifferenceView, HeldMessageView, HotlineDeliveryView, UndeliveredView,
    WorkOrderCallerView, WorkOrderEntry, WorkOrderLine, WorkOrderMaskedCallerView,
};
pub use pressing::{MeasureLine, MeasuresView, WorkOrderReminderView, WorkOrderSupervisionView, WorkOrderUrgingView};

use super::{deadline::DayView, impasse::shows_workings, precedent::NearPrecedentView};
use crate::schema;

/// 工单
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkOrderView {
    #[schema(schema_with = schema::id)]
    pub id: String,
    pub hotline: String,
    pub external_no: String,
    pub version: u64,
    #[schema(schema_with = schema::variants::<State>)]
    pub state: State,
    #[schema(value_type = String)]
    pub state_label: &'static str,
    /// 状态代码 as the hotline is told.
    pub state_code: String,
    #[schema(schema_with = schema::variants::<WorkOrderKind>)]
    pub kind: WorkOrderKind,
    #[schema(value_type = String)]
    pub kind_label: &'static str,
    /// 板块
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector: Option<String>,
    /// 拟告知的法定途径，由热线分类代码对照得出；由人决定
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<LegalRoute>)]
    pub proposed_route: Option<LegalRoute>,
    pub subject: String,
    pub facts: String,
    /// 指定办理
    pub assigned: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead: Option<String>,
    pub co_organisers: Vec<String>,
    #[schema(schema_with = schema::instant)]
    pub dispatched_at: Instant,
    /// 退单截止
    #[schema(schema_with = schema::instant)]
    pub return_until: Instant,
    pub round: u32,
    /// 办理时限, one a dispatch and one a round; the last one is in force.
    pub limits: Vec<WorkOrderLimitView>,
    pub returns: Vec<WorkOrderReturnView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<WorkOrderExtensionView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignment: Option<WorkOrderAssignmentView>,
    pub assignment_returns: Vec<AssignmentReturnView>,
    pub answers: Vec<WorkOrderAnswerView>,
    pub satisfactions: Vec<SatisfactionAnswersView>,
    /// 催办次数
    pub urged: u32,
    /// 催办及其处置
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub urgings: Vec<WorkOrderUrgingView>,
    /// 提醒，只供工作人员; none while an impasse drives the order, whose own ladder leads there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub reminders: Vec<WorkOrderReminderView>,
    /// 督办，只供工作人员
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub supervision: Vec<WorkOrderSupervisionView>,
    pub supplements: Vec<String>,
    /// 提级次数
    pub escalated: u32,
    /// 尚未转为办不成事事项时的提级，由督查科处置
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub escalations: Vec<WorkOrderEscalationView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<String>,
    /// 待并入: to be merged once that one is dispatched; in handling until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub awaits_merge: Option<String>,
    /// 并单后在此工单办理: at the end of the chain, of a merged one that is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub followed_under: Option<String>,
    /// 并入本单的工单, at whatever remove, where the order is read; at most 200.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub merged: Vec<MergedWorkOrderView>,
    /// 办不成事事项
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impasse: Option<String>,
    /// What the caller's role can do now, and why not what it cannot.
    pub allowed_actions: Vec<ActView>,
    /// 来电人, masked, where the order is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<WorkOrderMaskedCallerView>,
    /// 相近案例 of the impasse, on its registration only (clause D6-2).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub nearest_precedents: Vec<NearPrecedentView>,
}

/// 并入的工单: what its caller said, under the one that it is followed under.
#[derive(Debug, Serialize, ToSchema)]
pub struct MergedWorkOrderView {
    pub external_no: String,
    /// Directly; this order itself, or another one of the list.
    pub merged_into: String,
    pub subject: String,
    pub facts: String,
    pub supplements: Vec<String>,
    #[schema(schema_with = schema::instant)]
    pub dispatched_at: Instant,
}

impl From<WorkOrder> for MergedWorkOrderView {
    fn from(it: WorkOrder) -> Self {
        Self {
            external_no: it.external_no.to_string(),
            merged_into: it.merged_into.as_ref().map(ToString::to_string).unwrap_or_default(),
            subject: it.subject.to_string(),
            facts: it.facts.to_string(),
            supplements: it.supplements.iter().map(ToString::to_string).collect(),
            dispatched_at: it.dispatched_at,
        }
    }
}

/// 工单办理时限
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkOrderLimitView {
    #[schema(schema_with = schema::variants::<LimitKind>)]
    pub kind: LimitKind,
    pub working_days: u16,
    #[schema(schema_with = schema::day)]
    pub start: chrono::NaiveDate,
    #[schema(schema_with = schema::day)]
    pub due: chrono::NaiveDate,
    pub provisional: bool,
    pub remaining: i64,
    #[schema(schema_with = schema::variants::<Light>)]
    pub light: Light,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub stopped: Option<chrono::NaiveDate>,
    /// 逐日说明
    pub days: Vec<DayView>,
}

/// 裁定
#[derive(Debug, Serialize, ToSchema)]
pub struct HotlineRulingView {
    pub granted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

/// 退单
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkOrderReturnView {
    pub reason: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    pub by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ruling: Option<HotlineRulingView>,
}

/// 延期
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkOrderExtensionView {
    pub days: u16,
    pub reason: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    pub by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ruling: Option<HotlineRulingView>,
}

/// 提级 of an order that had no impasse.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkOrderEscalationView {
    pub reason: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    /// 提级处置时限
    pub limit: WorkOrderLimitView,
    /// 逾期未处置
    pub ran_out: bool,
    /// 转为办不成事事项为准予，不予提级的有理由
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ruling: Option<HotlineRulingView>,
}

/// 转办
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkOrderAssignmentView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    /// 退回截止
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub return_until: Option<Instant>,
}

/// 退回转办
#[derive(Debug, Serialize, ToSchema)]
pub struct AssignmentReturnView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    pub reason: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    pub by: String,
}

/// 工单答复
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkOrderAnswerView {
    pub round: u32,
    pub text: String,
    /// 法定途径
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<LegalRoute>)]
    pub route: Option<LegalRoute>,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

/// 回访三问: three answers (rule L15).
#[derive(Debug, Serialize, ToSchema)]
pub struct SatisfactionAnswersView {
    pub responded: bool,
    pub solved: bool,
    pub satisfied: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// 代表企业表态的人的身份
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<Capacity>)]
    pub capacity: Option<Capacity>,
    /// 热线核验表态人的方式
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<Verification>)]
    pub verification: Option<Verification>,
}

/// Whether something can be done now, and if not, why not.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActView {
    #[schema(schema_with = schema::variants::<Act>)]
    pub action: Act,
    #[schema(value_type = String)]
    pub label: &'static str,
    pub allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub reason: Option<Cow<'static, str>>,
}

impl WorkOrderView {
    pub fn of(order: &WorkOrder, codes: &CodeMap, ctx: &Context<'_>) -> Self {
        let inside = shows_workings(ctx.actor);
        Self {
            id: order.id.to_string(),
            hotline: order.hotline.to_string(),
            external_no: order.external_no.to_string(),
            version: order.version,
            state: order.state,
            state_label: order.state.label(),
            state_code: codes.state(order.state).to_owned(),
            kind: order.kind,
            kind_label: order.kind.label(),
            sector: order.sector.as_ref().map(ToString::to_string),
            proposed_route: order.route,
            subject: order.subject.to_string(),
            facts: order.facts.to_string(),
            assigned: order.assigned,
            lead: order.lead.as_ref().map(ToString::to_string),
            co_organisers: order.co_organisers.iter().map(ToString::to_string).collect(),
            dispatched_at: order.dispatched_at,
            return_until: order.return_until,
            round: order.round,
            limits: order.limits.iter().map(|limit| WorkOrderLimitView::of(limit, ctx)).collect(),
            returns: order.returns.iter().map(WorkOrderReturnView::from).collect(),
            extension: order.extension.as_ref().map(WorkOrderExtensionView::from),
            assignment: order.assignment.as_ref().map(WorkOrderAssignmentView::from),
            assignment_returns: order.assignment_returns.iter().map(AssignmentReturnView::from).collect(),
            answers: order.answers.iter().map(WorkOrderAnswerView::from).collect(),
            satisfactions: order.satisfactions.iter().map(SatisfactionAnswersView::from).collect(),
            urged: order.urged,
            urgings: order.urgings.iter().map(Into::into).collect(),
            reminders: order.reminders.iter().filter(|_| inside).map(Into::into).collect(),
            supervision: order.supervision.iter().filter(|_| inside).map(Into::into).collect(),
            supplements: order.supplements.iter().map(ToString::to_string).collect(),
            escalated: order.escalated,
            escalations: order.escalations.iter().map(|it| WorkOrderEscalationView::of(it, ctx)).collect(),
            merged_into: order.merged_into.as_ref().map(ToString::to_string),
            awaits_merge: order.awaits_merge.as_ref().map(ToString::to_string),
            followed_under: None,
            merged: Vec::new(),
            impasse: order.impasse.map(|id| id.to_string()),
            allowed_actions: ActView::all(order, ctx),
            caller: None,
            nearest_precedents: Vec::new(),
        }
    }
}

impl WorkOrderLimitView {
    fn of(limit: &Ledger, ctx: &Context<'_>) -> Self {
        let due = limit.due(ctx.calendar, ctx.today());
        Self {
            kind: limit.kind,
            working_days: limit.total().0,
            start: limit.start,
            due: due.date,
            provisional: due.provisional,
            remaining: limit.remaining(ctx.calendar, ctx.today()),
            light: limit.light(ctx.calendar, ctx.today(), &ctx.practice.thresholds),
            stopped: limit.stopped,
            days: limit.explain(ctx.calendar, ctx.today()).into_iter().map(DayView::from).collect(),
        }
    }
}

impl WorkOrderEscalationView {
    fn of(it: &Escalation, ctx: &Context<'_>) -> Self {
        Self {
            reason: it.reason.to_string(),
            at: it.at,
            limit: WorkOrderLimitView::of(&it.limit, ctx),
            ran_out: it.ran_out,
            ruling: it.ruling.as_ref().map(HotlineRulingView::from),
        }
    }
}

impl ActView {
    /// What is for the caller's role.
    fn all(order: &WorkOrder, ctx: &Context<'_>) -> Vec<Self> {
        let role = ctx.actor.role();
        let for_role = Act::VARIANTS.iter().filter(|act| roles_for(act.action()).contains(&role));
        for_role.map(|act| Self::of(*act, order, ctx)).collect()
    }

    fn of(action: Act, order: &WorkOrder, ctx: &Context<'_>) -> Self {
        let denial = may_on(ctx.actor, action.action(), &order.whereabouts()).err();
        let denied = denial.map(|denial| Refusal::new(denial.code(), denial.reason()));
        let refusal = denied.or_else(|| order.guard(action, ctx).err());
        Self {
            action,
            label: action.label(),
            allowed: refusal.is_none(),
            code: refusal.as_ref().map(|refusal| refusal.code),
            reason: refusal.map(|refusal| refusal.detail),
        }
    }
}

impl From<&Ruling> for HotlineRulingView {
    fn from(it: &Ruling) -> Self {
        Self { granted: it.granted, reason: it.reason.as_ref().map(ToString::to_string), at: it.at }
    }
}

impl From<&Return> for WorkOrderReturnView {
    fn from(it: &Return) -> Self {
        let ruling = it.ruling.as_ref().map(HotlineRulingView::from);
        Self { reason: it.reason.to_string(), at: it.at, by: it.by.code.clone(), ruling }
    }
}

impl From<&Extension> for WorkOrderExtensionView {
    fn from(it: &Extension) -> Self {
        let ruling = it.ruling.as_ref().map(HotlineRulingView::from);
        Self { days: it.days.0, reason: it.reason.to_string(), at: it.at, by: it.by.code.clone(), ruling }
    }
}

impl From<&Assignment> for WorkOrderAssignmentView {
    fn from(it: &Assignment) -> Self {
        let (department, window) = codes(&it.to);
        let (note, return_until) = (it.note.as_ref().map(ToString::to_string), it.return_until);
        Self { department, window, note, at: it.at, return_until }
    }
}

impl From<&AssignmentReturn> for AssignmentReturnView {
    fn from(it: &AssignmentReturn) -> Self {
        let (department, window) = codes(&it.from);
        Self { department, window, reason: it.reason.to_string(), at: it.at, by: it.by.code.clone() }
    }
}

fn codes(to: &Assignee) -> (Option<String>, Option<String>) {
    match to {
        Assignee::Department(code) => (Some(code.to_string()), None),
        Assignee::Window(code) => (None, Some(code.to_string())),
    }
}

impl From<&Answer> for WorkOrderAnswerView {
    fn from(it: &Answer) -> Self {
        Self { round: it.round, text: it.text.to_string(), route: it.route, at: it.at }
    }
}

impl From<&Satisfaction> for SatisfactionAnswersView {
    fn from(it: &Satisfaction) -> Self {
        let Satisfaction { responded, solved, satisfied, note, spoken } = it.clone();
        Self {
            responded,
            solved,
            satisfied,
            note: note.map(|note| note.to_string()),
            capacity: spoken.as_ref().map(|spoken| spoken.by.capacity),
            verification: spoken.map(|spoken| spoken.verified),
        }
    }
}
