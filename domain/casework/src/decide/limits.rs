//! 期限: what stops a clock, what does not, and what lengthens it (rules L2, L3, L5).

use approval::{ExtensionRule, Pause, Procedure};
use catalog::ItemVersion;
use chrono::NaiveDate;
use kernel::{
    Context, DocumentKind, DocumentNumber, Refusal, Registry, Role, Text, WorkingDays,
    ledger::{Extension, Ledger},
};

use super::{Decided, intake::must_be_within, one};
use crate::{
    case::Case,
    command::{ProcedureStart, staff_of},
    event::Event,
};

/// The longest time that a notice may name: about a year. Anything above is a slip of the pen.
pub(super) const LONGEST_PROCEDURE: WorkingDays = WorkingDays(250);

impl Case {
    pub(super) fn start_procedure(
        &self,
        start: ProcedureStart,
        registry: &mut dyn Registry,
        ctx: &Context<'_>,
    ) -> Decided {
        let ProcedureStart { ground, from, needs, reason, backdated } = start;
        let from = from.unwrap_or(ctx.today());
        Procedure::may_start(from, backdated.as_ref(), self.decision_clock()?.start, ctx)?;
        must_be_within(needs, LONGEST_PROCEDURE, "特别程序所需时间")?;
        one(Event::ProcedureStarted(Procedure {
            notice: registry.number(DocumentKind::ProcedureNotice)?,
            ground,
            from,
            until: None,
            needs,
            reason,
            approved_by: staff_of(ctx.actor)?.clone(),
            backdated,
            result: None,
            ended_at: None,
        }))
    }

    pub(super) fn end_procedure(
        &self,
        notice: DocumentNumber,
        until: Option<NaiveDate>,
        result: Text<500>,
        ctx: &Context<'_>,
    ) -> Decided {
        let named = self.approval.procedures.iter().find(|procedure| procedure.notice == notice);
        let procedure = named.ok_or_else(|| Refusal::new("no_such_procedure", format!("没有{notice}特别程序")))?;
        let until = until.unwrap_or(ctx.today());
        procedure.may_end(until, ctx.today())?;
        one(Event::ProcedureEnded { notice, until, result, at: Some(ctx.now) })
    }

    pub(super) fn pause(reason: Text<500>, ctx: &Context<'_>) -> Decided {
        one(Event::Paused(Pause { reason, from: ctx.today(), until: None, by: staff_of(ctx.actor)?.clone() }))
    }

    /// 延长, for no longer than the law says.
    pub(super) fn extend(
        &self,
        days: WorkingDays,
        reason: Text<500>,
        item: &ItemVersion,
        registry: &mut dyn Registry,
        ctx: &Context<'_>,
    ) -> Decided {
        must_be_within(days, self.extension_rule(item).longest(), "延长期限")?;
        let notice = registry.number(DocumentKind::ExtensionNotice)?;
        let extension = Extension { days, approved_on: ctx.today(), approved_by: ctx.actor.signature(), reason };
        let promise = self.clocks.promised.as_ref();
        let promise_broken = promise.is_some_and(|ledger| ledger.is_overdue(ctx.calendar, ctx.today()));
        one(Event::Extended { notice, extension, promise_broken })
    }

    /// Once, before the limit is over, by whoever the law names.
    pub(crate) fn may_extend(&self, item: &ItemVersion, ctx: &Context<'_>) -> Result<(), Refusal> {
        let clock = self.decision_clock()?;
        match (self.extension_rule(item), ctx.actor.role()) {
            (ExtensionRule::ByDepartmentHead, Role::DepartmentHead)
            | (ExtensionRule::ByGovernmentHead, Role::GovernmentHead) => {}
            (ExtensionRule::ByDepartmentHead, _) => {
                return Err(Refusal::new("not_the_approving_head", "延长期限须经本行政机关负责人批准"));
            }
            (ExtensionRule::ByGovernmentHead, _) => {
                return Err(Refusal::new("not_the_approving_head", "联合办理的，延长期限须经本级人民政府负责人批准"));
            }
        }
        if !clock.extensions.is_empty() {
            return Err(Refusal::new("already_extended", "期限只能延长一次"));
        }
        if clock.is_overdue(ctx.calendar, ctx.today()) {
            return Err(Refusal::new("limit_over", "法定期限已过，不能延长"));
        }
        Ok(())
    }

    fn extension_rule(&self, item: &ItemVersion) -> ExtensionRule {
        ExtensionRule::of(self.is_joint(item))
    }

    /// 法定期限 of a case that was accepted.
    pub(super) fn decision_clock(&self) -> Result<&Ledger, Refusal> {
        self.clocks.statutory.as_ref().ok_or_else(|| Refusal::new("not_accepted", "尚未受理，期限尚未起算"))
    }
}
