use kernel::{
    Context, Instant, Refusal,
    ledger::{Ledger, LimitKind},
};

use super::{
    command::{Act, Command},
    event::Event,
    message::{Dispatch, Message},
    state::{Milestone, State},
    terms::HotlineTerms,
    work_order::WorkOrder,
};
use crate::order::Ruling;

type Decided = Result<Vec<Event>, Refusal>;

/// Signed for, and not settled: where an escalation can be dealt with.
const WITH_US: [State; 4] = [State::Acknowledged, State::InHandling, State::Answered, State::RouteTold];

fn refused<T>(code: &'static str, detail: &'static str) -> Result<T, Refusal> {
    Err(Refusal::new(code, detail))
}

/// 派单: what a new work order begins with, and 改派 what comes again after a return was upheld. Every limit runs from the
/// dispatch (rule L15).
///
/// # Errors
/// `dispatched_in_future`.
pub fn dispatch(dispatch: Dispatch, terms: &HotlineTerms, ctx: &Context<'_>) -> Result<Event, Refusal> {
    if dispatch.dispatched_at > ctx.now.plus(chrono::Duration::minutes(5)) {
        return refused("dispatched_in_future", "派单时间不能晚于当前时间");
    }
    let return_until = dispatch.dispatched_at.plus(chrono::Duration::hours(i64::from(terms.return_hours)));
    let limit = Some(Ledger::new(LimitKind::WorkOrder, terms.handling, dispatch.dispatched_at.day()));
    Ok(Event::Dispatched { dispatch, limit, return_until, returns_allowed: terms.returns })
}

impl WorkOrder {
    /// State and command give events, or a refusal.
    ///
    /// # Errors
    /// A [`Refusal`] whose code says which rule.
    pub fn decide(&self, command: Command, terms: &HotlineTerms, ctx: &Context<'_>) -> Decided {
        let one = |act, event| self.guard(act, ctx).map(|()| vec![event]);
        match command {
            Command::Receive(message) => self.receive(message, terms, ctx),
            Command::Acknowledge => one(Act::Acknowledge, Event::Acknowledged),
            Command::Return { reason } => one(Act::Return, Event::Returned { reason }),
            Command::Assign { to, note } => {
                let return_until = Some(ctx.now.plus(chrono::Duration::hours(i64::from(terms.return_hours))));
                one(Act::Assign, Event::Assigned { to, note, return_until })
            }
            Command::ReturnAssignment { reason } => one(Act::ReturnAssignment, Event::AssignmentReturned { reason }),
            Command::AskExtension { reason } => {
                one(Act::AskExtension, Event::ExtensionAsked { days: terms.extension, reason })
            }
            Command::TellRoute { route, explanation } => one(Act::TellRoute, Event::RouteTold { route, explanation }),
            Command::Answer { text } => one(Act::Answer, Event::Answered { text }),
            Command::Complete { note } => one(Act::Complete, Event::Completed { note }),
            Command::RegisterImpasse { impasse } => one(Act::RegisterImpasse, Event::ImpasseRegistered { impasse }),
            Command::DeclineEscalation { reason } => one(Act::DeclineEscalation, Event::EscalationDeclined { reason }),
            Command::RuleOnSupervision { step, taken, reason } => {
                let ruling = Ruling { granted: taken, reason, by: ctx.actor.signature(), at: ctx.now };
                self.rule_on_supervision(step, ruling)
            }
            Command::Follow(milestone) => Ok(self.follow(milestone, terms, ctx)),
        }
    }

    /// What the state of the order says to an act, whoever asks.
    ///
    /// # Errors
    /// A [`Refusal`] whose code says which rule.
    pub fn guard(&self, act: Act, ctx: &Context<'_>) -> Result<(), Refusal> {
        use State::{Acknowledged, Answered, Dispatched, InHandling, RouteTold};
        let in_state = |states: &[State]| {
            if states.contains(&self.state) {
                return Ok(());
            }
            Err(Refusal::new("wrong_state", format!("工单{}，不能{}", self.state.label(), act.label())))
        };
        match act {
            Act::Acknowledge => in_state(&[Dispatched]),
            Act::Return => {
                in_state(&[Dispatched, Acknowledged])?;
                self.may_be_returned(ctx.now)
            }
            Act::Assign => {
                in_state(&[Acknowledged, InHandling])?;
                self.must_be_without_impasse()
            }
            Act::ReturnAssignment => {
                in_state(&[InHandling])?;
                self.must_be_without_impasse()?;
                self.assignment_may_be_returned(ctx.now)
            }
            Act::AskExtension => {
                in_state(&[Acknowledged, InHandling])?;
                self.may_be_extended(ctx)
            }
            Act::TellRoute | Act::Answer => {
                in_state(&[Acknowledged, InHandling])?;
                self.must_be_without_impasse()
            }
            Act::Complete => {
                in_state(&[Answered, RouteTold])?;
                self.must_be_without_impasse()?;
                self.must_not_be_escalated()
            }
            Act::RegisterImpasse => {
                in_state(if self.pending_escalation().is_some() { &WITH_US } else { &[Acknowledged, InHandling] })?;
                self.must_be_without_impasse()
            }
            Act::DeclineEscalation => {
                if self.pending_escalation().is_none() {
                    return refused("no_escalation_pending", "没有待处置的提级");
                }
                in_state(&WITH_US)
            }
            // An order done late was late all the same.
            Act::RuleOnSupervision if self.waiting_step().is_none() => {
                refused("no_supervision_pending", "没有待裁定的督办措施")
            }
            Act::RuleOnSupervision => Ok(()),
        }
    }

    /// 退单 (rule L15): within its hours of dispatch, not when assigned, not after a ruling against it, not too often.
    fn may_be_returned(&self, now: Instant) -> Result<(), Refusal> {
        if self.assigned {
            return refused("assigned_not_returnable", "指定办理的工单不得退回");
        }
        if self.returns.iter().any(|it| it.ruling.as_ref().is_some_and(|ruling| !ruling.granted)) {
            return refused("return_rejected_before", "退单已被驳回，不得再次退回");
        }
        if u32::try_from(self.returns.len()).unwrap_or(u32::MAX) >= self.returns_allowed {
            return refused("returned_too_often", "退单次数已达上限");
        }
        if now > self.return_until {
            return refused("return_too_late", "已超过派单后可以退单的时限");
        }
        Ok(())
    }

    /// 退回转办 (rule L15): within its hours, and not what comes back to whoever returned it: that has been ruled on.
    fn assignment_may_be_returned(&self, now: Instant) -> Result<(), Refusal> {
        let Some(assignment) = &self.assignment else {
            return refused("not_assigned", "工单未转办，无从退回");
        };
        if self.assignment_returns.iter().any(|it| it.from == assignment.to) {
            return refused("return_rejected_before", "退回后又转办给本单位的工单，不得再次退回");
        }
        if assignment.return_until.is_none_or(|until| now > until) {
            return refused("return_too_late", "已超过转办后可以退回的时限");
        }
        Ok(())
    }

    fn may_be_extended(&self, ctx: &Context<'_>) -> Result<(), Refusal> {
        if self.extension.is_some() {
            return refused("extension_asked_before", "每轮办理只能申请一次延期");
        }
        let over = self.limit().is_none_or(|limit| limit.is_overdue(ctx.calendar, ctx.today()));
        if over { refused("limit_ran_out", "办理时限已过，不能再申请延期") } else { Ok(()) }
    }

    fn must_not_be_escalated(&self) -> Result<(), Refusal> {
        match self.pending_escalation() {
            Some(_) => refused("escalation_pending", "热线要求提级，须先转为办不成事事项，或者说明不予提级的理由"),
            None => Ok(()),
        }
    }

    fn must_be_without_impasse(&self) -> Result<(), Refusal> {
        match self.impasse {
            Some(_) => refused("impasse_drives", "已转为办不成事事项，由该事项的办理带动"),
            None => Ok(()),
        }
    }

    pub(super) fn receive(&self, message: Message, terms: &HotlineTerms, ctx: &Context<'_>) -> Decided {
        use State::{Answered, Carried, Completed, Merged, NotOurs, Returned, RouteTold};
        let is_gone = matches!(self.state, NotOurs | Merged);
        let must_be_ours = || {
            if is_gone { refused("not_ours", "工单已不由本中心办理") } else { Ok(()) }
        };
        let is_done = matches!(self.state, Answered | RouteTold | Carried | Completed);
        match message {
            Message::Dispatch(_) if self.state != NotOurs => refused("already_dispatched", "工单已派单，不能重复派单"),
            Message::Dispatch(anew) => Ok(vec![dispatch(anew, terms, ctx)?]),
            Message::Urge { reason } => must_be_ours().map(|()| vec![Event::Urged { reason }]),
            Message::Supplement { text } => must_be_ours().map(|()| vec![Event::Supplemented { text }]),
            Message::Satisfaction(satisfaction) => {
                must_be_ours()?;
                if !is_done {
                    return refused("not_answered", "尚未答复，不能登记满意度");
                }
                let dissatisfied = !satisfaction.satisfied;
                let mut events = vec![Event::SatisfactionGiven { satisfaction }];
                // Whatever the impasse makes of it comes back by itself.
                if dissatisfied && self.impasse.is_none() {
                    events.push(Event::SentBack { reason: None, limit: Some(new_round(terms, ctx)) });
                }
                Ok(events)
            }
            Message::Redo { reason } => {
                must_be_ours()?;
                if !is_done {
                    return refused("not_answered", "尚未答复，正在办理，无须重办");
                }
                let limit = self.impasse.is_none().then(|| new_round(terms, ctx));
                Ok(vec![Event::SentBack { reason: Some(reason), limit }])
            }
            Message::Escalate { reason } => {
                must_be_ours()?;
                // What was answered is handled again, as after 重办.
                let again = (is_done && self.impasse.is_none())
                    .then(|| Event::SentBack { reason: Some(reason.clone()), limit: Some(new_round(terms, ctx)) });
                let is_heard = self.impasse.is_some() || self.pending_escalation().is_some();
                let limit = || Ledger::new(LimitKind::WorkOrderEscalation, terms.escalation, ctx.today());
                let limit = (!is_heard).then(limit);
                // At night it is told when people are back at work.
                let is_told = self.state != Returned && ctx.practice.at_work(ctx.now, ctx.calendar);
                let telling = limit.as_ref().filter(|_| is_told);
                let telling = telling.map(|limit| Event::Reminded(self.raising(limit, ctx.calendar, ctx.now)));
                let escalated = Event::Escalated { reason, limit };
                Ok([Some(escalated), telling, again].into_iter().flatten().collect())
            }
            // Nobody has shown the other one: whoever knows it asks [`WorkOrder::merge`].
            Message::Merge { into } => self.merge(into, &[]).map(|event| vec![event]),
            Message::ReturnRuling { .. } if self.state != Returned => refused("nothing_returned", "没有待裁定的退单"),
            Message::ReturnRuling { upheld, reason } => Ok(vec![Event::ReturnRuled { upheld, reason }]),
            Message::ExtensionRuling { approved, reason } => {
                let pending = self.extension.as_ref().is_some_and(|it| it.ruling.is_none());
                if !pending || is_gone {
                    return refused("no_extension_asked", "没有待审批的延期申请");
                }
                Ok(vec![Event::ExtensionRuled { approved, reason }])
            }
        }
    }

    /// What a step of the impasse means for the order. Nothing where the order is there already.
    fn follow(&self, milestone: Milestone, terms: &HotlineTerms, ctx: &Context<'_>) -> Vec<Event> {
        if self.impasse.is_none() || matches!(self.state, State::Merged | State::NotOurs) {
            return Vec::new();
        }
        let limit = match milestone {
            Milestone::SentBack if self.state == State::InHandling && self.limit().is_some_and(Ledger::is_running) => {
                return Vec::new();
            }
            Milestone::SentBack => Some(new_round(terms, ctx)),
            _ => None,
        };
        vec![Event::Followed { milestone, limit }]
    }
}

/// 重办 has the same limit again, from the day it is asked for.
fn new_round(terms: &HotlineTerms, ctx: &Context<'_>) -> Ledger {
    Ledger::new(LimitKind::WorkOrder, terms.handling, ctx.today())
}
