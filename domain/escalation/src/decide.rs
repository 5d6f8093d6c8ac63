//! State × command → events or a refusal. This file says which command is which act; the acts stand beside it.

mod closing;
mod handling;
mod orders;
mod register;

use kernel::{
    Context, DepartmentCode, Refusal, Registry, StaffCode, WorkingDays,
    access::Who,
    ledger::{Ledger, LimitKind},
};

pub use register::register;

use crate::{command::Command, event::Event, impasse::Impasse, terms::Terms};

pub(crate) type Decided = Result<Vec<Event>, Refusal>;

impl Impasse {
    /// What a command comes to: events, or the reason why not.
    ///
    /// # Errors
    /// With a stable code: what the state of the impasse or the rules of the loop do not allow.
    pub fn decide(&self, command: Command, terms: &Terms, registry: &mut dyn Registry, ctx: &Context<'_>) -> Decided {
        if let Some(action) = command.action() {
            self.guard(action, ctx)?;
        }
        match command {
            Command::Contact { reached, note } => Self::contact(reached, note, ctx),
            Command::File { verified } => Self::file(verified, terms, registry, ctx),
            Command::Supplement { text } => one(Event::Supplemented(said(text, ctx))),
            Command::Urge { text } => one(Event::Urged(said(text, ctx))),
            Command::Offer { to, reason } => self.offer(to, reason, ctx),
            Command::AcceptOffer => self.accept_offer(ctx),
            Command::DeclineOffer { reason } => self.decline_offer(reason, ctx),
            Command::Grade { level, reason, week } => self.grade(level, reason, week, terms, ctx),
            Command::LeaveOver { week, reason } => self.leave_over(week, reason),
            Command::Raise { to, reason } => self.raise(to, reason, terms, ctx),
            Command::Lower { to, reason } => self.lower(to, reason, terms, ctx),
            Command::Discuss { meeting, departments } => self.discuss(meeting, departments),
            Command::Submit { month, number } => self.submit(month, number),
            Command::RecordDecision { month, decision } => self.record_decision(month, decision),
            Command::IssueOrder(order) => self.issue(order, terms, registry, ctx),
            Command::Acknowledge { order, responsible } => self.acknowledge(order, responsible, ctx),
            Command::Return { order, reason } => self.ask_to_return(order, reason, terms, ctx),
            Command::RuleOnReturn { order, granted, reason, meeting } => {
                self.rule_on_return(order, orders::ruling(granted, reason, ctx), meeting, ctx)
            }
            Command::RequestExtension { order, days, reason } => self.ask_for_days(order, days, reason, terms, ctx),
            Command::RuleOnExtension { order, granted, reason } => self.rule_on_days(order, granted, reason, ctx),
            Command::RuleOnSupervision { order, step, taken, reason } => {
                self.rule_on_supervision(order, step, orders::ruling(taken, reason, ctx))
            }
            Command::Complete { order, text, seal } => self.complete(order, text, seal, registry, ctx),
            Command::Sign { order, seal } => self.sign(order, seal, registry, ctx),
            Command::SendBack { order, reason } => self.send_back(order, reason, ctx),
            Command::Answer { outcome, text, legal_basis } => self.answer(outcome, text, legal_basis, terms, ctx),
            Command::RecordSatisfaction(said) => self.record_satisfaction(said, terms, ctx),
            Command::Redo { reason } => self.redo(&reason, terms, ctx),
            Command::AwaitSpeaker => self.await_speaker(),
            Command::ProposeCarrying { ground, explanation } => self.propose_carrying(ground, explanation, terms, ctx),
            Command::RuleOnCarrying { granted, reason, days } => {
                self.rule_on_carrying(granted, reason, days, terms, ctx)
            }
            Command::ReviewCarried { keep, reason } => self.review_carried(keep, reason, terms, ctx),
            Command::FollowUp { way, good, findings } => self.follow_up(way, good, findings, terms, ctx),
        }
    }
}

fn one(event: Event) -> Decided {
    Ok(vec![event])
}

fn said(text: kernel::Text<1000>, ctx: &Context<'_>) -> crate::impasse::Said {
    crate::impasse::Said { text, by: ctx.actor.signature(), at: ctx.now }
}

/// A limit that starts today.
fn limit(kind: LimitKind, budget: WorkingDays, ctx: &Context<'_>) -> Ledger {
    ctx.practice.limit(kind, budget, ctx.today())
}

fn staff_of<'a>(ctx: &'a Context<'_>) -> Result<&'a StaffCode, Refusal> {
    ctx.actor.staff().ok_or_else(|| Refusal::new("staff_only", "此操作须由工作人员办理"))
}

/// Whoever speaks for a department is posted to it.
fn must_be_of(ctx: &Context<'_>, department: &DepartmentCode) -> Result<(), Refusal> {
    match &ctx.actor.who {
        Who::Staff { postings, .. } if postings.iter().any(|posting| posting.department == *department) => Ok(()),
        _ => Err(Refusal::new("not_of_that_department", format!("您未派驻到「{department}」"))),
    }
}

fn must_be_within(days: WorkingDays, longest: WorkingDays, what: &str) -> Result<(), Refusal> {
    if (1..=longest.0).contains(&days.0) {
        return Ok(());
    }
    Err(Refusal::new("days_out_of_range", format!("{what}应为1至{}个工作日", longest.0)))
}
