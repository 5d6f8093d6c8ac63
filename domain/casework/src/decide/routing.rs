//! 流转: from desk to desk; nothing is passed on before it is accepted (clause B5-1).

use catalog::{ItemVersion, JointTerms};
use kernel::{
    Context, DepartmentCode, Instant, Refusal, Role, StaffCode, Text, WorkingDays,
    access::Who,
    ledger::{Ledger, LimitKind},
};
use routing::{Colleague, Transfer, WindowColleague};

use super::{Decided, one};
use crate::{case::Case, command::staff_of, event::Event};

impl Case {
    pub(super) fn assign(&self, to: Colleague, ctx: &Context<'_>) -> Decided {
        let by_approver = ctx.actor.role() == Role::Approver;
        self.routing.may_assign(&to, staff_of(ctx.actor)?, by_approver)?;
        // From desk to desk within the department its limit runs on.
        let runs = self.clocks.review.as_ref().is_some_and(Ledger::is_running);
        let arrives = (self.approval.review.is_none() && !runs).then(|| review_due(ctx));
        Ok(std::iter::once(Event::Assigned { to: to.staff }).chain(arrives).collect())
    }

    pub(super) fn offer(&self, to: Colleague, reason: Text<500>, ctx: &Context<'_>) -> Decided {
        let from = staff_of(ctx.actor)?;
        self.routing.may_offer(&to, from)?;
        one(hand_over_offered(from.clone(), to.staff, reason, ctx))
    }

    pub(super) fn offer_at_the_window(&self, to: WindowColleague, reason: Text<500>, ctx: &Context<'_>) -> Decided {
        let from = staff_of(ctx.actor)?;
        if !self.is_at_the_window() {
            return Err(Refusal::new("wrong_stage", self.stage.forbids()));
        }
        self.may_offer_at_the_window(from)?;
        if to.window != self.window {
            return Err(Refusal::new("not_a_colleague", "只能移交给同一窗口的受理人员"));
        }
        if to.staff == *from {
            return Err(Refusal::new("handover_to_oneself", "不能移交给本人"));
        }
        one(hand_over_offered(from.clone(), to.staff, reason, ctx))
    }

    pub(super) fn accept_hand_over(&self, ctx: &Context<'_>) -> Decided {
        let to = staff_of(ctx.actor)?;
        let from = self.offered_to(to)?.clone();
        one(Event::HandOverAccepted { from, to: to.clone() })
    }

    pub(super) fn decline_hand_over(&self, reason: Text<500>, ctx: &Context<'_>) -> Decided {
        let to = staff_of(ctx.actor)?;
        let from = self.offered_to(to)?.clone();
        one(Event::HandOverDeclined { from, to: to.clone(), reason })
    }

    /// 委派
    pub(super) fn delegate(&self, to: Colleague, ctx: &Context<'_>) -> Decided {
        self.routing.may_delegate(&to, staff_of(ctx.actor)?)?;
        one(Event::Delegated { to: to.staff })
    }

    /// 转办: offered to another department, which accepts or declines.
    pub(super) fn transfer(
        &self,
        to: DepartmentCode,
        reason: Text<500>,
        item: &ItemVersion,
        ctx: &Context<'_>,
    ) -> Decided {
        self.routing.may_transfer(&to)?;
        let required = |terms: &JointTerms| terms.participants.iter().any(|participant| participant.department == to);
        let asked = self.approval.joint.as_ref().is_some_and(|joint| joint.desks.contains_key(&to));
        if asked || item.joint.as_ref().is_some_and(required) {
            return Err(Refusal::new("transfer_to_participant", "该部门为会审参与部门，不能转办"));
        }
        let by = staff_of(ctx.actor)?.clone();
        let (limit, until) = answer_limit(LimitKind::Transfer, ctx);
        one(Event::TransferOffered(Transfer { to, reason, by, until, limit: Some(limit) }))
    }

    pub(super) fn accept_transfer(&self, ctx: &Context<'_>) -> Decided {
        let to = self.routing.transfer()?.to.clone();
        let staff = staff_of(ctx.actor)?.clone();
        Ok(vec![Event::TransferAccepted { from: self.routing.department.clone(), to, staff }, review_due(ctx)])
    }

    pub(super) fn decline_transfer(&self, reason: Text<500>) -> Decided {
        one(Event::TransferDeclined { to: self.routing.transfer()?.to.clone(), reason })
    }
}

fn hand_over_offered(from: StaffCode, to: StaffCode, reason: Text<500>, ctx: &Context<'_>) -> Event {
    let (limit, until) = answer_limit(LimitKind::HandOver, ctx);
    Event::HandOverOffered { from, to, reason, until: Some(until), limit: Some(limit) }
}

/// By when an offer is answered, and the end of that day as things stand.
fn answer_limit(kind: LimitKind, ctx: &Context<'_>) -> (Ledger, Instant) {
    let limit = ctx.practice.answer_limit(kind, ctx.today());
    let until = limit.over_at(ctx.calendar, ctx.today());
    (limit, until)
}

/// The review's own limit, from today.
pub(super) fn review_due(ctx: &Context<'_>) -> Event {
    let budget = WorkingDays(ctx.practice.review.0.max(1));
    Event::ReviewDue { limit: ctx.practice.limit(LimitKind::Review, budget, ctx.today()) }
}

/// Whoever speaks for a department is posted to it.
pub(crate) fn must_be_of(ctx: &Context<'_>, department: &DepartmentCode) -> Result<(), Refusal> {
    match &ctx.actor.who {
        Who::Staff { postings, .. } if postings.iter().any(|posting| posting.department == *department) => Ok(()),
        _ => Err(Refusal::new("not_of_that_department", format!("您未派驻到「{department}」"))),
    }
}
