//! 分类处理: triage, levels, meetings, the government, and the answer (clauses D4-1 to D5-1).

use chrono::NaiveDate;
use kernel::{
    Context, DepartmentCode, DocumentNumber, Refusal, Text,
    id::MeetingId,
    ledger::{Ledger, LimitKind},
};

use super::{Decided, limit, one};
use crate::{
    event::Event,
    impasse::{GovernmentDecision, Impasse, LeftOver, State},
    level::{Graded, Grading, Level},
    order::{Order, OrderState},
    round::{Answer, Cause, Outcome},
    terms::Terms,
    week::Week,
};

impl Impasse {
    /// 定级 by a session: with it handling begins.
    pub(super) fn grade(
        &self,
        level: Level,
        reason: Text<500>,
        week: Week,
        terms: &Terms,
        ctx: &Context<'_>,
    ) -> Decided {
        if self.state != State::Filed {
            return Err(Refusal::new("not_awaiting_triage", "只有已备案、尚未定级的事项才能定级"));
        }
        let grading = graded(level, Graded::Triage(week), reason, ctx);
        let handling = limit(LimitKind::Handling, terms.handling(level), ctx);
        Ok(vec![Event::LevelSet { grading, handling: None }, Event::RoundBegun { cause: Cause::First, handling }])
    }

    /// 顺延: also of what is not filed yet, so that a session says why.
    pub(super) fn leave_over(&self, week: Week, reason: Text<500>) -> Decided {
        if !matches!(self.state, State::Registered | State::Filed) {
            return Err(Refusal::new("not_awaiting_triage", "只有尚未定级的事项才能顺延"));
        }
        one(Event::LeftOver(LeftOver { week, reason }))
    }

    pub(super) fn raise(&self, to: Level, reason: Text<500>, terms: &Terms, ctx: &Context<'_>) -> Decided {
        if self.level.is_none_or(|level| to <= level) {
            return Err(Refusal::new("not_higher", "提级后的等级须高于当前等级"));
        }
        one(self.level_set(graded(to, Graded::Raised, reason, ctx), terms, ctx))
    }

    pub(super) fn lower(&self, to: Level, reason: Text<500>, terms: &Terms, ctx: &Context<'_>) -> Decided {
        if self.level.is_none_or(|level| to >= level) {
            return Err(Refusal::new("not_lower", "降级后的等级须低于当前等级"));
        }
        one(self.level_set(graded(to, Graded::Lowered, reason, ctx), terms, ctx))
    }

    /// A level that is set while the impasse is handled gives it the limit of that level, from today.
    pub(super) fn level_set(&self, grading: Grading, terms: &Terms, ctx: &Context<'_>) -> Event {
        let handled = self.limits.handling.as_ref().is_some_and(Ledger::is_running);
        let handling = handled.then(|| limit(LimitKind::Handling, terms.handling(grading.level), ctx));
        Event::LevelSet { grading, handling }
    }

    pub(super) fn discuss(&self, meeting: MeetingId, departments: Vec<DepartmentCode>) -> Decided {
        self.must_be_in_handling()?;
        if self.level.is_none_or(|level| level < Level::Difficult) {
            return Err(Refusal::new("level_too_low", "一般问题由中心协调，不上部门协调会议"));
        }
        if self.meetings.contains(&meeting) {
            return Err(Refusal::new("already_discussed", "该事项已列入本次会议"));
        }
        one(Event::Discussed { meeting, departments })
    }

    pub(super) fn submit(&self, month: NaiveDate, number: DocumentNumber) -> Decided {
        self.must_be_in_handling()?;
        if self.level != Some(Level::Exceptional) {
            return Err(Refusal::new("level_too_low", "只有特别疑难复杂问题才提交市政府"));
        }
        if self.awaits_the_government() {
            return Err(Refusal::new("already_submitted", "该事项已提交市政府，尚未形成意见"));
        }
        one(Event::SubmittedToGovernment { month, number })
    }

    pub(super) fn record_decision(&self, month: NaiveDate, decision: GovernmentDecision) -> Decided {
        let open = self.government.iter().rev().find(|submitted| submitted.month == month);
        match open {
            None => Err(Refusal::new("not_submitted", "该事项未在该月提交市政府")),
            Some(submitted) if submitted.decision.is_some() => {
                Err(Refusal::new("already_decided", "该月的研究意见已经登记"))
            }
            Some(_) => one(Event::GovernmentDecided { month, decision }),
        }
    }

    /// Submitted, and nothing decided yet.
    pub fn awaits_the_government(&self) -> bool {
        self.government.last().is_some_and(|submitted| submitted.decision.is_none())
    }

    fn must_be_in_handling(&self) -> Result<(), Refusal> {
        if self.state == State::InHandling {
            return Ok(());
        }
        Err(Refusal::new("wrong_state", self.state.forbids()))
    }

    /// 一事一回应.
    pub(super) fn answer(
        &self,
        outcome: Outcome,
        text: Text<2000>,
        legal_basis: Option<Text<500>>,
        terms: &Terms,
        ctx: &Context<'_>,
    ) -> Decided {
        if outcome == Outcome::Explained && legal_basis.is_none() {
            return Err(Refusal::new("legal_basis_missing", "依法不能办理的，答复须写明依据"));
        }
        let answer = Answer { outcome, text, legal_basis, by: ctx.actor.signature(), at: ctx.now };
        one(Event::Answered { answer, feedback: limit(LimitKind::Feedback, terms.feedback, ctx) })
    }

    /// What must have been done in the round before an answer, by the level: an answer is no way round the meeting or the
    /// government, and what an earlier round was answered with has not satisfied anybody.
    pub(crate) fn may_answer(&self) -> Result<(), Refusal> {
        if let Some(order) = self.open_orders().next() {
            return Err(Refusal::new("order_open", format!("交办单{}尚未办结", order.number)));
        }
        match self.level {
            Some(Level::Difficult) if self.meetings_of_this_round().is_empty() => {
                Err(Refusal::new("meeting_missing", "疑难复杂问题须在本轮经部门协调会议研究后答复"))
            }
            Some(Level::Exceptional) if !self.is_decided_in_this_round() => {
                Err(Refusal::new("government_decision_missing", "特别疑难复杂问题须在本轮经市政府研究后答复"))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn meetings_of_this_round(&self) -> &[MeetingId] {
        self.round().map(|round| round.meetings.as_slice()).unwrap_or_default()
    }

    /// How often the return of one of its orders was asked for and in the end not refused; what a meeting gave to another unasked is
    /// none.
    pub(super) fn returns(&self) -> usize {
        let returned = |order: &&Order| {
            order.return_request.is_some() && matches!(order.state, OrderState::Returned | OrderState::ReturnRequested)
        };
        self.orders.iter().filter(returned).count()
    }
}

pub(super) fn graded(level: Level, how: Graded, reason: Text<500>, ctx: &Context<'_>) -> Grading {
    Grading { level, how, reason, by: ctx.actor.signature(), at: ctx.now }
}
