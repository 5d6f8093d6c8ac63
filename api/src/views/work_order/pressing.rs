//! 催督 of work orders: reminders, the ladder, urgings with what was done about them, and their figures.

use escalation::{
    Ruling, Step,
    figures::Period,
    hotline::{Assignee, Measure, OrderReminder, OrderSupervision, Press, Response, Told, Urging, WorkOrder},
};
use kernel::Instant;
use serde::Serialize;
use strum::VariantArray;
use utoipa::ToSchema;

use super::{WorkOrderLine, codes};
use crate::schema;

/// 工单提醒
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkOrderReminderView {
    #[schema(schema_with = schema::variants::<Press>)]
    pub rung: Press,
    #[schema(value_type = String)]
    pub rung_label: &'static str,
    #[schema(schema_with = schema::day)]
    pub due: chrono::NaiveDate,
    /// 提醒对象
    pub to: Vec<ToldView>,
    /// 催办通知书文号
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

/// 提醒对象
#[derive(Debug, Serialize, ToSchema)]
pub struct ToldView {
    /// `assignee`, `head`, `centre`, `reform_office` or `supervision_section`.
    #[schema(value_type = String)]
    pub who: &'static str,
    #[schema(value_type = String)]
    pub label: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
}

impl From<&Told> for ToldView {
    fn from(told: &Told) -> Self {
        let (who, label) = match told {
            Told::Assignee(_) => ("assignee", "承办单位"),
            Told::Head(_) => ("head", "承办部门负责人"),
            Told::Centre => ("centre", "中心"),
            Told::ReformOffice => ("reform_office", "改革办"),
            Told::SupervisionSection => ("supervision_section", "督查科"),
        };
        let (department, window) = match told {
            Told::Assignee(assignee) => codes(assignee),
            Told::Head(department) => (Some(department.to_string()), None),
            Told::Centre | Told::ReformOffice | Told::SupervisionSection => (None, None),
        };
        Self { who, label, department, window }
    }
}

impl From<&OrderReminder> for WorkOrderReminderView {
    fn from(it: &OrderReminder) -> Self {
        Self {
            rung: it.press,
            rung_label: it.press.label(),
            due: it.due,
            to: it.to.iter().map(Into::into).collect(),
            document: it.document.as_ref().map(ToString::to_string),
            at: it.at,
        }
    }
}

/// 工单督办措施
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkOrderSupervisionView {
    #[schema(schema_with = schema::variants::<Step>)]
    pub step: Step,
    #[schema(value_type = String)]
    pub step_label: &'static str,
    /// The date that was missed.
    #[schema(schema_with = schema::day)]
    pub due: chrono::NaiveDate,
    /// 被督办的部门
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// 被督办的窗口
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    #[schema(schema_with = schema::instant)]
    pub proposed_at: Instant,
    /// 裁定; absent while it waits for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ruling: Option<StepRulingView>,
}

/// 督办裁定
#[derive(Debug, Serialize, ToSchema)]
pub struct StepRulingView {
    /// Taken, and not waived.
    pub taken: bool,
    pub reason: String,
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

impl From<&Ruling> for StepRulingView {
    fn from(it: &Ruling) -> Self {
        Self { taken: it.granted, reason: it.reason.to_string(), by: it.by.code.clone(), at: it.at }
    }
}

impl From<&OrderSupervision> for WorkOrderSupervisionView {
    fn from(it: &OrderSupervision) -> Self {
        let (department, window) = codes(&it.against);
        Self {
            step: it.step,
            step_label: it.step.label(),
            due: it.due,
            department,
            window,
            proposed_at: it.proposed_at,
            ruling: it.ruling.as_ref().map(Into::into),
        }
    }
}

/// 热线催办
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkOrderUrgingView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    /// 当时承办的部门
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// 当时承办的窗口
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// 处置; absent while nothing has been done since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<UrgingResponseView>,
}

/// 催办后的处置
#[derive(Debug, Serialize, ToSchema)]
pub struct UrgingResponseView {
    #[schema(schema_with = schema::variants::<Response>)]
    pub what: Response,
    #[schema(value_type = String)]
    pub label: &'static str,
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

impl From<&Urging> for WorkOrderUrgingView {
    fn from(it: &Urging) -> Self {
        let assignee: Option<&Assignee> = it.to.as_ref();
        let (department, window) = assignee.map(codes).unwrap_or_default();
        let response = it.response.as_ref().map(|done| UrgingResponseView {
            what: done.what,
            label: done.what.label(),
            by: done.by.code.clone(),
            at: done.at,
        });
        Self { reason: it.reason.as_ref().map(ToString::to_string), at: it.at, department, window, response }
    }
}

/// 工单督办统计
#[derive(Debug, Serialize, ToSchema)]
pub struct MeasuresView {
    #[schema(schema_with = schema::day)]
    pub from: chrono::NaiveDate,
    #[schema(schema_with = schema::day)]
    pub to: chrono::NaiveDate,
    /// Each has a list behind it: `/v1/hotline/figures/{measure}`.
    pub figures: Vec<MeasureRow>,
}

/// 一项指标
#[derive(Debug, Serialize, ToSchema)]
pub struct MeasureRow {
    #[schema(schema_with = schema::variants::<Measure>)]
    pub measure: Measure,
    #[schema(value_type = String)]
    pub label: &'static str,
    pub count: usize,
}

impl MeasuresView {
    pub fn of(period: Period) -> Self {
        let row = |&measure: &Measure| MeasureRow { measure, label: measure.label(), count: 0 };
        Self { from: period.from, to: period.to, figures: Measure::VARIANTS.iter().map(row).collect() }
    }

    pub fn add(&mut self, order: &WorkOrder, period: Period) {
        for row in &mut self.figures {
            row.count += row.measure.of(order, period);
        }
    }
}

/// 指标所含工单的一行: what it adds to the figure, and the order as it is now.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeasureLine {
    /// How much it adds to the figure.
    pub count: usize,
    pub work_order: WorkOrderLine,
}
