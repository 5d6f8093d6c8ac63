//! 回访计划 as it is shown: progress, what is late, what was found bad and reopened (clause D8-1).

use chrono::NaiveDate;
use escalation::{
    FollowUpWay, Rung,
    follow_up::{Extent, Plan, Reminder, Sampled},
};
use kernel::{Context, Instant};
use serde::Serialize;
use utoipa::ToSchema;

use super::deadline::{ClockView, ExplainedClock, Sighting};
use crate::{problem::Answer, reply::Reply, schema};

/// 回访计划, as listed.
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowUpPlanLine {
    #[schema(schema_with = schema::id)]
    pub id: String,
    pub version: u64,
    /// 销号日期起，含当日
    #[schema(schema_with = schema::day)]
    pub from: NaiveDate,
    /// 销号日期止，含当日
    #[schema(schema_with = schema::day)]
    pub to: NaiveDate,
    /// 抽样件数
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u16>,
    /// 抽样百分比
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    /// 回访方式
    #[schema(schema_with = schema::variants::<FollowUpWay>)]
    pub way: FollowUpWay,
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    /// 期间销号件数, from which the sample was drawn.
    pub closed_out: usize,
    /// 样本件数
    pub sampled: usize,
    /// 已回访
    pub done: usize,
    /// 发现问题, each of which reopened its impasse.
    pub bad: usize,
    /// 完成时限
    #[schema(schema_with = schema::day)]
    pub due: NaiveDate,
    /// 逾期: not finished in time.
    pub late: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub completed_at: Option<Instant>,
}

impl FollowUpPlanLine {
    pub fn of(plan: &Plan, ctx: &Context<'_>) -> Self {
        let drawn = &plan.drawn;
        let (count, percent) = match drawn.extent {
            Extent::Count(count) => (Some(count), None),
            Extent::Percent(percent) => (None, Some(percent)),
        };
        Self {
            id: drawn.id.to_string(),
            version: plan.version,
            from: drawn.from,
            to: drawn.to,
            count,
            percent,
            way: drawn.way,
            by: plan.by.code.clone(),
            at: plan.at,
            closed_out: drawn.closed_out,
            sampled: plan.sample.len(),
            done: plan.sample.len() - plan.open().count(),
            bad: plan.bad().count(),
            due: plan.due(ctx.calendar),
            late: plan.is_late(ctx.calendar, ctx.today()),
            completed_at: plan.completed_at,
        }
    }
}

/// 回访计划
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowUpPlanView {
    #[serde(flatten)]
    pub plan: FollowUpPlanLine,
    /// 期限说明
    pub deadline: ExplainedClock,
    /// 样本, in the order in which it was drawn.
    pub sample: Vec<SampledView>,
    /// 提醒
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reminders: Vec<PlanReminderView>,
}

/// 提醒
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanReminderView {
    #[schema(schema_with = schema::variants::<Rung>)]
    pub rung: Rung,
    /// 完成时限 as it was then.
    #[schema(schema_with = schema::day)]
    pub due: NaiveDate,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

impl From<&Reminder> for PlanReminderView {
    fn from(reminder: &Reminder) -> Self {
        Self { rung: reminder.rung, due: reminder.due, at: reminder.at }
    }
}

/// 样本中的一件
#[derive(Debug, Serialize, ToSchema)]
pub struct SampledView {
    #[schema(schema_with = schema::id)]
    pub impasse: String,
    /// 已回访
    pub done: bool,
    /// How it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<FollowUpWay>)]
    pub way: Option<FollowUpWay>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub good: Option<bool>,
    /// 恢复办理
    pub reopened: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub at: Option<Instant>,
}

impl From<&Sampled> for SampledView {
    fn from(sampled: &Sampled) -> Self {
        let done = sampled.done.as_ref();
        Self {
            impasse: sampled.impasse.to_string(),
            done: done.is_some(),
            way: done.map(|done| done.way),
            good: done.map(|done| done.good),
            reopened: done.is_some_and(|done| !done.good),
            at: done.map(|done| done.at),
        }
    }
}

fn deadline(plan: &Plan, ctx: &Context<'_>) -> ExplainedClock {
    let sight = Sighting { calendar: ctx.calendar, thresholds: &ctx.practice.thresholds, today: ctx.today() };
    let limit = plan.limit();
    let binding = limit.is_running().then_some(limit.kind);
    ExplainedClock::of(&limit, ClockView::of(&limit, binding, &sight), &sight)
}

impl FollowUpPlanView {
    pub fn of(plan: &Plan, ctx: &Context<'_>) -> Self {
        let sample = plan.sample.iter().map(SampledView::from).collect();
        let reminders = plan.reminders.iter().map(PlanReminderView::from).collect();
        Self { plan: FollowUpPlanLine::of(plan, ctx), deadline: deadline(plan, ctx), sample, reminders }
    }

    /// With its version as the tag.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which is a defect.
    pub fn reply(&self, status: u16) -> Answer<Reply> {
        Ok(Reply::json(status, self)?.tagged(self.plan.version))
    }
}
