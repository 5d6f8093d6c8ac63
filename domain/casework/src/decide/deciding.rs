//! 审批: review, decision, rework, and what becomes of a grant later (行政许可法 arts. 38, 69, 70; clause B3-2).

use approval::{Decision, Outcome, Review, Rework, Step, inspection::JointInspection, joint::Named, ruling};
use catalog::ItemVersion;
use intake::{CommitmentFinding, MendingOrder, Verification};
use issuance::{EndGround, Ended};
use kernel::{Context, DocumentKind, Refusal, Registry, Text, WorkingDays, ledger::LimitKind, remedies};

use super::{Decided, intake::must_be_within, one, routing::review_due};
use crate::{
    case::{Case, Note, Reopening},
    command::{GrantEnd, staff_of},
    event::{Event, Resumption},
    stage::Stage,
};

/// 送达期限: ten working days from the decision (行政许可法 art. 44, rule L4).
pub(crate) const DELIVERY_LIMIT: WorkingDays = WorkingDays(10);
/// 承诺核查期限: sixty working days from the decision (浙江省保障“最多跑一次”改革规定 art. 14, rule L13).
const VERIFICATION_LIMIT: WorkingDays = WorkingDays(60);

impl Case {
    pub(super) fn review(recommends: Outcome, opinion: Text<2000>, ctx: &Context<'_>) -> Decided {
        one(Event::Reviewed(Review { recommends, opinion, by: staff_of(ctx.actor)?.clone(), at: ctx.now }))
    }

    /// 退回重办: to a step that was taken, by name; what follows it is done again, and its limit starts anew.
    pub(super) fn return_for_rework(&self, to: Step, reason: Text<1000>, ctx: &Context<'_>) -> Decided {
        self.approval.may_return_to(to)?;
        let again = self.approval.joint.as_ref().filter(|_| to == Step::JointReview);
        let silent = again.map(|joint| joint.silences(ctx.calendar, ctx.today())).unwrap_or_default();
        let asked = again.map(|joint| joint.questions_for(&joint.plan)).unwrap_or_default();
        let rework = Rework { to, reason, by: staff_of(ctx.actor)?.clone(), at: ctx.now, silent, asked };
        Ok(vec![Event::ReturnedForRework(rework), review_due(ctx)])
    }

    pub(super) fn decide_on_merits(
        &self,
        outcome: Outcome,
        reasons: Text<2000>,
        legal_basis: Option<Text<500>>,
        registry: &mut dyn Registry,
        ctx: &Context<'_>,
    ) -> Decided {
        self.approval.must_allow(outcome)?;
        if outcome == Outcome::Grant {
            self.must_not_be_held_back()?;
        }
        one(self.decision(outcome, reasons, legal_basis, registry, ctx)?)
    }

    pub(super) fn decision(
        &self,
        outcome: Outcome,
        reasons: Text<2000>,
        legal_basis: Option<Text<500>>,
        registry: &mut dyn Registry,
        ctx: &Context<'_>,
    ) -> Result<Event, Refusal> {
        let by = staff_of(ctx.actor)?.clone();
        let ruling = ruling(outcome, legal_basis)?;
        let kind = match outcome {
            Outcome::Grant => DocumentKind::GrantDecision,
            Outcome::Refuse => DocumentKind::RefusalDecision,
        };
        let document = registry.number(kind)?;
        let decision = Decision { document, reasons, ruling, by };
        let unverified = self.intake.commitment.as_ref().is_some_and(|commitment| !commitment.is_settled());
        let verification = (unverified && outcome == Outcome::Grant).then_some(VERIFICATION_LIMIT);
        let counts_start = ctx.practice.day_zero_counts;
        Ok(Event::Decided { decision, on: ctx.today(), delivery: DELIVERY_LIMIT, verification, counts_start })
    }

    /// 承诺核查: kept, or broken; the first time broken it is ordered to be mended, the second time it may be revoked.
    pub(super) fn verify_commitment(
        &self,
        finding: CommitmentFinding,
        note: Text<1000>,
        mend_within: Option<WorkingDays>,
        registry: &mut dyn Registry,
        ctx: &Context<'_>,
    ) -> Decided {
        let commitment = self.intake.commitment.as_ref();
        let first = commitment.is_none_or(|commitment| commitment.verifications.is_empty());
        let ordered = commitment.and_then(|commitment| commitment.verifications.last()?.order.as_ref());
        let still_mending = ordered.is_some_and(|order| !order.limit.is_overdue(ctx.calendar, ctx.today()));
        if finding == CommitmentFinding::Broken && still_mending {
            return Err(Refusal::new("mending_limit_running", "整改期限未到，不能认定整改后仍与承诺不一致"));
        }
        let order = match (finding, mend_within) {
            (CommitmentFinding::Broken, Some(days)) if first => {
                must_be_within(days, ctx.practice.longest_correction, "整改期限")?;
                let document = registry.number(DocumentKind::MendingOrder)?;
                let limit = ctx.practice.limit(LimitKind::Mending, days, ctx.today());
                Some(MendingOrder { document, limit })
            }
            (CommitmentFinding::Broken, None) if first => {
                return Err(Refusal::new("mending_limit_missing", "首次核查发现与承诺不一致的，须责令限期整改"));
            }
            (_, Some(_)) => {
                return Err(Refusal::new("mending_limit_superfluous", "仅首次核查发现不一致时责令限期整改"));
            }
            (_, None) => None,
        };
        one(Event::CommitmentVerified(Verification {
            finding,
            note,
            by: staff_of(ctx.actor)?.clone(),
            at: ctx.now,
            order,
        }))
    }

    /// 撤销许可 (art. 69): unlawful from the start, or a commitment that was not kept.
    pub(super) fn revoke_grant(&self, end: GrantEnd, registry: &mut dyn Registry, ctx: &Context<'_>) -> Decided {
        let broken = self.intake.commitment.as_ref().is_some_and(|commitment| commitment.is_broken());
        let ground = if broken { EndGround::CommitmentBroken } else { EndGround::Unlawful };
        grant_ended(ground, DocumentKind::GrantRevocation, end, registry, ctx)
    }

    /// 注销许可 (art. 70)
    pub(super) fn cancel_grant(end: GrantEnd, registry: &mut dyn Registry, ctx: &Context<'_>) -> Decided {
        grant_ended(EndGround::Lapsed, DocumentKind::GrantCancellation, end, registry, ctx)
    }

    pub(super) fn add_note(text: Text<2000>, ctx: &Context<'_>) -> Decided {
        one(Event::NoteAdded(Note { text, by: staff_of(ctx.actor)?.clone(), at: ctx.now }))
    }

    /// 恢复办理: what ended before acceptance is checked again, what was refused or revoked is decided again; either way
    /// within new limits.
    pub(super) fn reopen(&self, reason: Text<1000>, item: &ItemVersion, ctx: &Context<'_>) -> Decided {
        let (today, deemed_on) = (ctx.today(), self.deemed_on());
        let to = if self.stage == Stage::Closed {
            Resumption::Review {
                statutory: ctx.practice.limit(LimitKind::Statutory, item.statutory, today),
                promised: ctx.practice.limit(LimitKind::Promised, item.promised, today),
                deemed_on,
            }
        } else {
            let visit = self.approval.inspection.clone().filter(JointInspection::took_place);
            Resumption::Check {
                limit: super::check_limit(LimitKind::Check, ctx),
                // The special procedure that it was is over with the limit that it stopped.
                inspection: visit.map(|visit| Box::new(JointInspection { procedure: None, ..visit })),
                silent: self.silent_till_the_end(ctx),
                deemed_on,
                waited: Some(self.condition_waited_for_the_window()),
            }
        };
        let reopening = Reopening { from: self.stage, reason, by: ctx.actor.signature(), at: ctx.now };
        one(Event::Reopened { reopening, to })
    }

    /// Who let a limit of the joint review pass before the case ended: after that nobody owed an opinion.
    fn silent_till_the_end(&self, ctx: &Context<'_>) -> Vec<Named> {
        let Some(joint) = &self.approval.joint else { return Vec::new() };
        let ended_on = self.ended_at.map_or_else(|| ctx.today(), |at| at.day());
        let silences = joint.silences(ctx.calendar, ended_on);
        joint.named.iter().cloned().chain(silences).collect()
    }
}

fn grant_ended(
    ground: EndGround,
    kind: DocumentKind,
    end: GrantEnd,
    registry: &mut dyn Registry,
    ctx: &Context<'_>,
) -> Decided {
    let GrantEnd { reason, legal_basis } = end;
    let document = registry.number(kind)?;
    let (by, on) = (staff_of(ctx.actor)?.clone(), ctx.today());
    one(Event::GrantEnded(Ended { document, ground, reason, legal_basis, remedies: remedies(), by, on }))
}
