//! 联审联批 and 联合踏勘: several departments over one case (clauses B3-3, B3-4, rule L10).

use std::collections::BTreeMap;

use approval::{
    Procedure,
    inspection::{Attendance, Finding, InspectionRecord, JointInspection},
    joint::{Answered, Asked, Given, Opinion, Participant, Plan, Wanted},
};
use catalog::{ItemVersion, Silence};
use chrono::NaiveDate;
use intake::may_be_asked_for;
use kernel::{
    Context, DepartmentCode, DocumentKind, Refusal, Registry, Role, Text, WorkingDays,
    ledger::{Ground, LimitKind},
};

use super::{Decided, fixed, intake::must_be_within, limits::LONGEST_PROCEDURE, one, routing::must_be_of};
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

    /// The lead department's plan, or the shortest one. What it replaces leaves its names: who was silent, and the questions
    /// that were asked; and its start, unless somebody was silent under it or no time is left from there.
    pub(super) fn draw_plan(
        &self,
        drawn: Option<&[Participant]>,
        reason: Option<Text<500>>,
        item: &ItemVersion,
        ctx: &Context<'_>,
    ) -> Decided {
        let plan = match (drawn, &item.joint) {
            (Some(participants), _) => Plan::new(participants, &self.routing.department)?,
            (None, Some(terms)) => Plan::shortest(terms)?,
            (None, None) => return Err(Refusal::new("participants_missing", "该事项未规定会审部门，须列明参与部门")),
        };
        if let Some(terms) = &item.joint {
            plan.must_honour(terms)?;
        }
        let (mut named, mut asked) = (Vec::new(), BTreeMap::new());
        if let Some(replaced) = &self.approval.joint {
            replaced.may_ask_again(&plan, reason.as_ref(), ctx.calendar, ctx.today())?;
            (named, asked) = (replaced.silences(ctx.calendar, ctx.today()), replaced.questions_for(&plan));
        }
        // Parallel participants start at the one acceptance (rule L10), unless the plan comes too late to leave them time.
        let replaced = self.approval.joint.as_ref();
        let start = replaced.map_or(self.decision_clock()?.start, |replaced| replaced.accepted_on);
        let mut first = plan.participants().iter().filter(|participant| participant.after.is_empty());
        let last_day = |days| ctx.practice.limit(LimitKind::Opinion, days, start).due(ctx.calendar, ctx.today()).date;
        let in_time = first.all(|participant| last_day(participant.days) > ctx.today());
        let from = if in_time && named.is_empty() { start } else { ctx.today() };
        if replaced.is_some() && from != start && reason.is_none() {
            return Err(Refusal::new("redraw_reason_missing", "重新制定方案使各部门期限重新起算的，须说明理由"));
        }
        let silence = item.joint.as_ref().map_or(Silence::Open, |terms| terms.silence);
        one(Event::PlanDrawn { plan, silence, from, counts_start: ctx.practice.day_zero_counts, reason, named, asked })
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
        if on_the_site {
            self.visit()?.may_object_on_the_site(&department)?;
        }
        let given = Given { opinion, by: staff_of(ctx.actor)?.clone(), at: ctx.now };
        one(Event::OpinionGiven { department, given })
    }

    /// 要求补充说明, in words, and by its name in the guide whatever material it is to come with (clause B2-7).
    pub(super) fn ask_more(
        &self,
        department: DepartmentCode,
        what: Text<1000>,
        materials: Vec<Wanted>,
        item: &ItemVersion,
        ctx: &Context<'_>,
    ) -> Decided {
        must_be_of(ctx, &department)?;
        self.joint()?.may_ask(&department, ctx.calendar, ctx.today())?;
        for wanted in &materials {
            may_be_asked_for(item, &wanted.material, wanted.on_paper)?;
        }
        let asked = Asked { what, materials, by: staff_of(ctx.actor)?.clone(), on: ctx.today(), answer: None };
        asked.must_name_what_is_wanted()?;
        one(Event::MoreAsked { department, asked })
    }

    pub(super) fn answer_more(&self, department: DepartmentCode, text: Text<2000>, ctx: &Context<'_>) -> Decided {
        self.joint()?.may_answer(&department)?;
        let answer = Answered { text, by: staff_of(ctx.actor)?.clone(), on: ctx.today() };
        one(Event::MoreAnswered { department, answer })
    }

    /// Whoever works on the case appoints the visit; where it stops the clock, an approver, as for every special procedure.
    pub(crate) fn may_schedule_inspection(&self, item: &ItemVersion, ctx: &Context<'_>) -> Result<(), Refusal> {
        match (inspection_ground(item), ctx.actor.role()) {
            (None, _) => self.routing.must_be_worked_by(staff_of(ctx.actor)?),
            (Some(_), Role::Approver) => Ok(()),
            (Some(ground), _) => {
                let detail = format!("该事项的联合踏勘属于特别程序（{}），须由批准人安排", ground.label());
                Err(Refusal::new("inspection_needs_approval", detail))
            }
        }
    }

    /// 安排 or 改期. Where the item says that the visit is a special procedure, it stops the clock from the day of its written
    /// notice (行政许可法 art. 45); another day needs a notice of its own.
    pub(super) fn schedule_inspection(
        &self,
        date: InspectionDate,
        item: &ItemVersion,
        registry: &mut dyn Registry,
        ctx: &Context<'_>,
    ) -> Decided {
        let InspectionDate { on, place, departments, moved_because } = date;
        let appointed = self.approval.inspection.as_ref();
        if let (Some(appointed), Some(reason)) = (appointed, moved_because) {
            appointed.may_move(on, ctx.today())?;
            if (&place, &departments) != (&appointed.place, &appointed.departments) {
                return Err(Refusal::new("inspection_differs", "改期只变更日期，地点和参加部门须与原安排一致"));
            }
            let started = self.inspection_procedure(on, item, registry, ctx)?;
            let procedure = started.as_ref().map(|it| it.notice.clone());
            let mut events: Vec<Event> =
                self.end_of_inspection_procedure(ctx.today(), "踏勘改期", ctx)?.into_iter().collect();
            events.push(Event::InspectionMoved { to: on, reason, procedure });
            events.extend(started.map(Event::ProcedureStarted));
            return Ok(events);
        }
        let inspection = JointInspection::schedule(appointed, on, place, departments, ctx.today())?;
        let started = self.inspection_procedure(on, item, registry, ctx)?;
        let procedure = started.as_ref().map(|it| it.notice.clone());
        let scheduled = Event::InspectionScheduled(JointInspection { procedure, ..inspection });
        Ok(std::iter::once(scheduled).chain(started.map(Event::ProcedureStarted)).collect())
    }

    /// The special procedure that a visit on the day `on` is, from today on; None where the visit stops nothing.
    fn inspection_procedure(
        &self,
        on: NaiveDate,
        item: &ItemVersion,
        registry: &mut dyn Registry,
        ctx: &Context<'_>,
    ) -> Result<Option<Procedure>, Refusal> {
        let Some(ground) = inspection_ground(item) else { return Ok(None) };
        let today = ctx.today();
        Procedure::may_start(today, None, self.decision_clock()?.start, ctx)?;
        // The first and the last day included, as they do not count either.
        let needs = ctx.calendar.working_days_between(today.pred_opt().unwrap_or(today), on).max(1);
        let needs = WorkingDays(u16::try_from(needs).unwrap_or(u16::MAX));
        must_be_within(needs, LONGEST_PROCEDURE, "特别程序所需时间")?;
        Ok(Some(Procedure {
            notice: registry.number(DocumentKind::ProcedureNotice)?,
            ground,
            from: today,
            until: None,
            needs,
            reason: fixed(&format!("{on}联合踏勘"))?,
            approved_by: staff_of(ctx.actor)?.clone(),
            backdated: None,
            result: None,
            ended_at: None,
        }))
    }

    /// The end of the special procedure that the visit is; None where it is none, or was ended by hand.
    fn end_of_inspection_procedure(
        &self,
        until: NaiveDate,
        result: &str,
        ctx: &Context<'_>,
    ) -> Result<Option<Event>, Refusal> {
        let notice = self.approval.inspection.as_ref().and_then(|appointed| appointed.procedure.as_ref());
        let open = |it: &&Procedure| it.is_open() && Some(&it.notice) == notice;
        let Some(procedure) = self.approval.procedures.iter().find(open) else { return Ok(None) };
        let (notice, until) = (procedure.notice.clone(), until.max(procedure.from));
        Ok(Some(Event::ProcedureEnded { notice, until, result: fixed(result)?, at: Some(ctx.now) }))
    }

    pub(super) fn record_inspection(
        &self,
        held_on: NaiveDate,
        mut attendance: BTreeMap<DepartmentCode, Attendance>,
        ctx: &Context<'_>,
    ) -> Decided {
        self.visit()?.may_record(held_on, &attendance, ctx.today())?;
        let mut found = Vec::new();
        for (department, attended) in &mut attendance {
            if let Attendance::Attended { findings, .. } = attended
                && let Some(findings) = findings.take()
            {
                found.push(finding(department.clone(), findings, ctx)?);
            }
        }
        let by = staff_of(ctx.actor)?.clone();
        let limit = ctx.practice.limit(LimitKind::Findings, ctx.practice.review, ctx.today());
        let (findings, silent, limit) = (BTreeMap::new(), BTreeMap::new(), Some(limit));
        let record = InspectionRecord { held_on, attendance, by, at: ctx.now, findings, limit, silent };
        // The day of the visit is the day of its findings, however late they are put on record.
        let ended = self.end_of_inspection_procedure(held_on, "联合踏勘已进行", ctx)?;
        Ok(std::iter::once(Event::InspectionRecorded(record)).chain(found).chain(ended).collect())
    }

    pub(super) fn give_findings(&self, department: DepartmentCode, findings: Text<2000>, ctx: &Context<'_>) -> Decided {
        self.visit()?.may_find(&department)?;
        one(finding(department, findings, ctx)?)
    }

    fn visit(&self) -> Result<&JointInspection, Refusal> {
        let visit = self.approval.inspection.as_ref();
        visit.ok_or_else(|| Refusal::new("no_inspection", "尚未安排联合踏勘"))
    }

    fn joint(&self) -> Result<&approval::joint::JointReview, Refusal> {
        self.approval.joint.as_ref().ok_or_else(|| Refusal::new("no_joint_review", "该办件没有联审方案"))
    }
}

/// 踏勘意见, by somebody of the department that found it.
fn finding(department: DepartmentCode, text: Text<2000>, ctx: &Context<'_>) -> Result<Event, Refusal> {
    must_be_of(ctx, &department)?;
    let finding = Finding { text, by: staff_of(ctx.actor)?.clone(), at: ctx.now };
    Ok(Event::FindingsGiven { department, finding })
}

/// 踏勘属于特别程序的, its kind; None where the visit counts like any other day.
fn inspection_ground(item: &ItemVersion) -> Option<Ground> {
    item.joint.as_ref().and_then(|terms| terms.inspection)
}
