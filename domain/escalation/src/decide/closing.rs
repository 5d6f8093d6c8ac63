//! 销号、挂账、回访: nothing closes an impasse but its applicant's satisfaction (clauses D5-1, D5-2, D8-1).

use chrono::NaiveDate;
use kernel::{
    Context, Refusal, Role, Text, WorkingDays,
    ledger::{Ledger, LimitKind},
};

use super::{Decided, limit, must_be_within, one, said};
use crate::{
    carrying::{Carrying, CarryingGround, CarryingProposal, CarryingReview},
    decide::handling::graded,
    event::Event,
    impasse::{FollowUpWay, FollowedUp, Impasse, State},
    level::{Graded, Level},
    round::{Cause, Outcome, Satisfaction},
    terms::Terms,
};

impl Impasse {
    /// The applicant's word. Satisfied, and it is closed out with it; dissatisfied, and another round begins, at a higher
    /// level after so many.
    pub(super) fn record_satisfaction(&self, said: Satisfaction, terms: &Terms, ctx: &Context<'_>) -> Decided {
        if let Some(staff) = ctx.actor.staff()
            && self.was_handled_by(staff.as_str())
        {
            return Err(Refusal::new("own_work", "经办人员不能登记对本人办理事项的满意度"));
        }
        if !said.source.is_of(ctx.actor, self.applicant) {
            return Err(Refusal::new("source_mismatch", "满意度来源与登记人不符"));
        }
        if said.satisfied {
            self.must_be_answered()?;
        }
        let satisfied = said.satisfied;
        let said = Satisfaction { by: ctx.actor.signature(), at: ctx.now, ..said };
        let mut events = vec![Event::SatisfactionRecorded(said)];
        if satisfied {
            events.push(Event::ClosedOut);
            return Ok(events);
        }
        events.extend(self.round_after(Cause::Dissatisfied, terms, ctx)?);
        Ok(events)
    }

    /// 热线要求重办: another round as after a dissatisfied word, and no word of the applicant, whom nobody asked.
    pub(super) fn redo(&self, reason: &Text<500>, terms: &Terms, ctx: &Context<'_>) -> Decided {
        if ctx.actor.role() != Role::Hotline {
            return Err(Refusal::new("source_mismatch", "只有12345热线可以要求重办"));
        }
        let text = worded(&format!("12345热线要求重办：{reason}"))?;
        let mut events = vec![Event::Supplemented(said(text, ctx))];
        events.extend(self.round_after(Cause::Redo, terms, ctx)?);
        Ok(events)
    }

    /// The round that follows one in vain, at a higher level after so many: it rises once the round has begun, so that the one
    /// in vain keeps its own.
    fn round_after(&self, cause: Cause, terms: &Terms, ctx: &Context<'_>) -> Decided {
        let level = self.level.ok_or_else(|| Refusal::new("not_graded", "该事项尚未定级"))?;
        let (before, redone) = self.rounds_in_vain_at(level);
        let rounds = before + 1;
        let next = level.above().filter(|_| rounds >= terms.rounds_before_escalation);
        let level = next.unwrap_or(level);
        let mut events = vec![begin(cause, terms.handling(level), ctx)];
        if next.is_some() {
            let reason = match redone || cause == Cause::Redo {
                true => format!("连续{rounds}轮申请人不满意或者热线要求重办，自动提级"),
                false => format!("申请人连续{rounds}轮不满意，自动提级"),
            };
            let grading = graded(level, Graded::AfterRounds(rounds), worded(&reason)?, ctx);
            events.push(Event::LevelSet { grading, handling: None });
        }
        Ok(events)
    }

    /// 待表态人: only where the word of whoever is named could close it out.
    pub(super) fn await_speaker(&self) -> Decided {
        self.must_be_answered()?;
        one(Event::SpeakerAwaited)
    }

    fn must_be_answered(&self) -> Result<(), Refusal> {
        if self.rounds.iter().any(|round| round.answer.is_some()) {
            return Ok(());
        }
        Err(Refusal::new("not_answered", "尚未答复申请人，不能销号"))
    }

    /// Rounds at this level that ended in dissatisfaction or 重办 one after the other, the one that ends now not counted; and
    /// whether any was to be redone. A round that was carried without the applicant's word is passed over.
    fn rounds_in_vain_at(&self, level: Level) -> (u32, bool) {
        let (mut count, mut redone) = (0, false);
        let mut next = None;
        for round in self.rounds.iter().rev() {
            let redo = round.satisfaction.is_none() && next == Some(Cause::Redo);
            next = Some(round.cause);
            match &round.satisfaction {
                None if !redo => continue,
                Some(said) if said.satisfied => break,
                _ if round.level != level => break,
                _ => {}
            }
            count += 1;
            redone |= redo;
        }
        (count, redone)
    }

    /// Whoever answered last, in this round or before, or did what was ordered, does not put on record how it was liked.
    fn was_handled_by(&self, staff: &str) -> bool {
        let answer = self.rounds.iter().rev().find_map(|round| round.answer.as_ref());
        let answered = answer.is_some_and(|answer| answer.by.code == staff);
        let ordered =
            |order: &crate::order::Order| order.responsible.as_ref().is_some_and(|code| code.as_str() == staff);
        answered || self.orders.iter().any(ordered)
    }

    pub(super) fn propose_carrying(
        &self,
        ground: CarryingGround,
        explanation: Text<2000>,
        terms: &Terms,
        ctx: &Context<'_>,
    ) -> Decided {
        self.must_be_so(ground, terms, ctx)?;
        let proposal = CarryingProposal { ground, explanation, by: ctx.actor.signature(), at: ctx.now };
        one(Event::CarryingProposed(proposal))
    }

    /// Whether the record bears out what is claimed.
    fn must_be_so(&self, ground: CarryingGround, terms: &Terms, ctx: &Context<'_>) -> Result<(), Refusal> {
        let claimed = |holds: bool, detail: String| {
            if holds { Ok(()) } else { Err(Refusal::new("ground_not_borne_out", detail)) }
        };
        let explained = || {
            let mut answers = self.rounds.iter().filter_map(|round| round.answer.as_ref());
            answers.any(|answer| answer.outcome == Outcome::Explained)
        };
        match ground {
            CarryingGround::NotAllowedByLaw => {
                claimed(explained(), "须先向申请人作出依法不能办理的书面答复".to_owned())
            }
            CarryingGround::Unreachable => {
                let needed = terms.contact_attempts;
                claimed(self.days_not_reached() >= needed, format!("须在{needed}个不同日期联系申请人未果"))
            }
            CarryingGround::NoAnswer => {
                let overdue = |feedback: &Ledger| feedback.is_overdue(ctx.calendar, ctx.today());
                let silent = self.limits.feedback.as_ref().is_some_and(overdue);
                claimed(silent && self.state == State::AwaitingApplicant, "须已答复且征询期限届满".to_owned())
            }
            CarryingGround::LegalRoute => claimed(explained(), "须先书面告知申请人法定途径".to_owned()),
        }
    }

    /// Days since the applicant was last reached on which it was tried in vain. What was tried before the impasse was taken
    /// up again proves nothing any more.
    fn days_not_reached(&self) -> usize {
        let since = self.contacts.iter().rposition(|contact| contact.reached).map_or(0, |last| last + 1);
        let again = self.round().filter(|round| round.cause != Cause::First).map(|round| round.began);
        let tried = self.contacts[since..].iter().map(|contact| contact.at.day());
        let mut days: Vec<NaiveDate> = tried.filter(|day| again.is_none_or(|again| *day >= again)).collect();
        days.dedup();
        days.len()
    }

    pub(super) fn rule_on_carrying(
        &self,
        granted: bool,
        reason: Text<500>,
        days: Option<WorkingDays>,
        terms: &Terms,
        ctx: &Context<'_>,
    ) -> Decided {
        let proposal = self.carrying_proposal.clone();
        let proposal = proposal.ok_or_else(|| Refusal::new("nothing_proposed", "没有待审批的挂账申请"))?;
        if !granted {
            return one(Event::CarryingRefused { reason });
        }
        let days = days.ok_or_else(|| Refusal::new("days_missing", "同意挂账的，须确定复核间隔"))?;
        must_be_within(days, terms.longest_carrying, "挂账复核期限")?;
        if let Some(order) = self.open_orders().next() {
            return Err(Refusal::new("order_open", format!("交办单{}尚未办结，不能挂账", order.number)));
        }
        self.must_be_so(proposal.ground, terms, ctx)?;
        let CarryingProposal { ground, explanation, .. } = proposal;
        let carrying = Carrying {
            ground,
            explanation,
            approved_by: ctx.actor.signature(),
            approved_at: ctx.now,
            reviews: Vec::new(),
        };
        one(Event::CarryingApproved { carrying, review: limit(LimitKind::CarriedReview, days, ctx) })
    }

    pub(super) fn review_carried(
        &self,
        keep: Option<WorkingDays>,
        reason: Text<500>,
        terms: &Terms,
        ctx: &Context<'_>,
    ) -> Decided {
        let level = self.level.ok_or_else(|| Refusal::new("not_graded", "该事项尚未定级"))?;
        let Some(days) = keep else {
            let again = begin(Cause::Resumed, terms.handling(level), ctx);
            return Ok(vec![Event::CarryingEnded { reason }, again]);
        };
        must_be_within(days, terms.longest_carrying, "挂账复核期限")?;
        let done = CarryingReview { reason, days, by: ctx.actor.signature(), at: ctx.now };
        one(Event::CarryingKept { done, review: limit(LimitKind::CarriedReview, days, ctx) })
    }

    /// 回访: a bad finding reopens (clause D8-1).
    pub(super) fn follow_up(
        &self,
        way: FollowUpWay,
        good: bool,
        findings: Text<2000>,
        terms: &Terms,
        ctx: &Context<'_>,
    ) -> Decided {
        let level = self.level.ok_or_else(|| Refusal::new("not_graded", "该事项尚未定级"))?;
        let found = FollowedUp { way, good, findings, by: ctx.actor.signature(), at: ctx.now };
        let again = (!good).then(|| begin(Cause::FollowUp, terms.handling(level), ctx));
        Ok(std::iter::once(Event::FollowedUp(found)).chain(again).collect())
    }
}

fn worded<const MAX: usize>(text: &str) -> Result<Text<MAX>, Refusal> {
    Text::new(text).map_err(|fault| Refusal::new("bad_text", fault.to_string()))
}

fn begin(cause: Cause, budget: WorkingDays, ctx: &Context<'_>) -> Event {
    Event::RoundBegun { cause, handling: limit(LimitKind::Handling, budget, ctx) }
}
