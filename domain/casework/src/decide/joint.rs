//! 联审联批 and 联合踏勘: several departments over one case (clauses B3-3, B3-4, rule L10).

use std::collections::BTreeMap;

use approval::{
    inspection::{Attendance, InspectionRecord, JointInspection},
    joint::{Answered, Asked, Given, Opinion, Participant, Plan},
};
use catalog::{ItemVersion, Silence};
use chrono::NaiveDate;
use kernel::{Context, DepartmentCode, Refusal, Text};

use super::{Decided, one, routing::must_be_of};
use crate::{
    case::Case,
    command::{InspectionDate, staff_of},
    event::Event,
};

impl Case {
    /// It may be drawn anew until the first opinion is in.
    pub(crate) fn may_draw_plan(&self) -> Result<(), Refusal> {
        let under_way =
            |joint: &approval::joint::JointReview| joint.desks.values().any(|desk| desk.gave_on().is_some());
        if self.approval.joint.as_ref().is_some_and(under_way) {
            return Err(Refusal::new("plan_under_way", "会审已有意见反馈，不能重新制定方案"));
        }
        Ok(())
    }

    /// The lead department's plan, or the shortest one.
    pub(super) fn draw_plan(&self, drawn: Option<&[Participant]>, item: &ItemVersion, ctx: &Context<'_>) -> Decided {
        let plan = match (drawn, &item.joint) {
            (Some(participants), _) => Plan::new(participants, &self.routing.department)?,
            (None, Some(terms)) => Plan::shortest(terms)?,
            (None, None) => return Err(Refusal::new("participants_missing", "该事项未规定会审部门，须列明参与部门")),
        };
        if let Some(terms) = &item.joint {
            plan.must_honour(terms)?;
        }
        // Parallel participants start at the one acceptance (rule L10), unless the plan comes too late to leave them time.
        let accepted = self.decision_clock()?.start;
        let mut first = plan.participants().iter().filter(|participant| participant.after.is_empty());
        let in_time = first.all(|participant| ctx.calendar.after(accepted, participant.days).date > ctx.today());
        let from = if self.approval.joint.is_none() && in_time { accepted } else { ctx.today() };
        let silence = item.joint.as_ref().map_or(Silence::Open, |terms| terms.silence);
        one(Event::PlanDrawn { plan, silence, from })
    }

    pub(super) fn give_opinion(
        &self,
        department: DepartmentCode,
        opinion: Opinion,
        on_the_site: bool,
        ctx: &Context<'_>,
    ) -> Decided {
        must_be_of(ctx, &department)?;
        self.joint()?.may_give(&department, ctx.calendar, ctx.today())?;
        if let (true, Some(inspection)) = (on_the_site, &self.approval.inspection) {
            inspection.may_object_on_the_site(&department)?;
        }
        let given = Given { opinion, by: staff_of(ctx.actor)?.clone(), at: ctx.now };
        one(Event::OpinionGiven { department, given })
    }

    pub(super) fn ask_more(&self, department: DepartmentCode, what: Text<1000>, ctx: &Context<'_>) -> Decided {
        must_be_of(ctx, &department)?;
        self.joint()?.may_ask(&department, ctx.calendar, ctx.today())?;
        let asked = Asked { what, by: staff_of(ctx.actor)?.clone(), on: ctx.today(), answer: None };
        one(Event::MoreAsked { department, asked })
    }

    pub(super) fn answer_more(&self, department: DepartmentCode, text: Text<2000>, ctx: &Context<'_>) -> Decided {
        self.joint()?.may_answer(&department)?;
        let answer = Answered { text, by: staff_of(ctx.actor)?.clone(), on: ctx.today() };
        one(Event::MoreAnswered { department, answer })
    }

    pub(super) fn schedule_inspection(&self, date: InspectionDate, ctx: &Context<'_>) -> Decided {
        let InspectionDate { on, place, departments, moved_because } = date;
        if let (Some(appointed), Some(reason)) = (&self.approval.inspection, moved_because) {
            appointed.may_move(on, ctx.today())?;
            return one(Event::InspectionMoved { to: on, reason });
        }
        let previous = self.approval.inspection.as_ref();
        let inspection = JointInspection::schedule(previous, on, place, departments, ctx.today())?;
        one(Event::InspectionScheduled(inspection))
    }

    pub(super) fn record_inspection(
        &self,
        held_on: NaiveDate,
        attendance: BTreeMap<DepartmentCode, Attendance>,
        ctx: &Context<'_>,
    ) -> Decided {
        let appointed = self.approval.inspection.as_ref();
        let appointed = appointed.ok_or_else(|| Refusal::new("no_inspection", "尚未安排联合踏勘"))?;
        appointed.may_record(held_on, &attendance, ctx.today())?;
        let by = staff_of(ctx.actor)?.clone();
        one(Event::InspectionRecorded(InspectionRecord { held_on, attendance, by, at: ctx.now }))
    }

    fn joint(&self) -> Result<&approval::joint::JointReview, Refusal> {
        self.approval.joint.as_ref().ok_or_else(|| Refusal::new("no_joint_review", "该办件没有联审方案"))
    }
}
