//! 受理: the acts at the window (行政许可法 art. 32; 浙江省保障“最多跑一次”改革规定 arts. 11, 14).

use std::collections::BTreeMap;

use catalog::ItemVersion;
use chrono::NaiveDate;
use intake::{
    Acceptance, AcceptanceBasis, AcceptanceRevocation, AttachedFile, Commitment, Condition, Correction, Exception,
    MaterialCheck, NotRequired, NotReused, Rejection, RejectionGround, RevocationGround, Round, ScopeCheck,
    ScopeFinding,
};
use kernel::{
    Context, DocumentKind, DocumentNumber, MaterialCode, Refusal, Registry, Role, Text, WorkingDays,
    ledger::{Ledger, LimitKind},
    remedies,
};

use super::{Decided, check_limit, fixed, one};
use crate::{
    case::Case,
    command::{MaterialFinding, staff_of},
    event::{Event, Recorded},
    stage::Stage,
};

impl Case {
    /// Materials are handed in until acceptance; after it only what was left open (rule L8).
    pub(super) fn attach(
        &self,
        item: &ItemVersion,
        material: MaterialCode,
        files: Vec<AttachedFile>,
        ctx: &Context<'_>,
    ) -> Decided {
        if matches!(self.stage, Stage::InReview | Stage::Decided) {
            self.intake.must_be_left_open(&material)?;
        }
        self.intake.may_attach(item, &material, files.len())?;
        let files = files.into_iter().map(|file| AttachedFile { at_window: ctx.actor.role() == Role::Clerk, ..file });
        let attached = files.map(|file| Event::FileAttached { material: material.clone(), file });
        Ok(self.with_the_check_of_the_condition(attached.collect(), ctx))
    }

    /// What was left open has all come with these events, and the window has a limit to look at it (rule L8).
    fn with_the_check_of_the_condition(&self, mut events: Vec<Event>, ctx: &Context<'_>) -> Vec<Event> {
        let is_looked_at = self.clocks.condition_check.as_ref().is_some_and(Ledger::is_running);
        if self.intake.open_condition().is_none() || is_looked_at {
            return events;
        }
        let mut case = self.clone();
        for (version, event) in (case.version + 1..).zip(events.clone()) {
            case.apply(&Recorded { version, at: ctx.now, by: ctx.actor.signature(), event });
        }
        if case.intake.condition_has_come() {
            events.push(Event::ConditionHandedIn { check: check_limit(LimitKind::ConditionCheck, ctx) });
        }
        events
    }

    pub(super) fn check_scope(&self, finding: ScopeFinding, note: Option<Text<500>>, ctx: &Context<'_>) -> Decided {
        one(Event::ScopeChecked(ScopeCheck { finding, note, by: staff_of(ctx.actor)?.clone(), at: ctx.now }))
    }

    pub(super) fn check_material(&self, finding: MaterialFinding, item: &ItemVersion, ctx: &Context<'_>) -> Decided {
        let after_acceptance = self.stage != Stage::UnderCheck;
        if after_acceptance {
            self.intake.must_be_left_open(&finding.material)?;
        }
        let check = MaterialCheck {
            present: finding.present,
            complete: finding.complete,
            legal_form: finding.legal_form,
            presented: finding.presented,
            copy_check: finding.copy_check,
            note: finding.note,
            after_acceptance,
            by: staff_of(ctx.actor)?.clone(),
            at: ctx.now,
        };
        self.intake.may_check(item, &finding.material, &check)?;
        let met = check.defect().is_none() && self.intake.condition_is_met_with(item, &finding.material);
        let mut events = vec![Event::MaterialChecked { material: finding.material, check }];
        events.extend(met.then_some(Event::ConditionMet));
        Ok(self.with_the_check_of_the_condition(events, ctx))
    }

    /// 一次性告知 (clause B2-4, rules L6 and L7).
    pub(super) fn notify(
        &self,
        corrections: Vec<Correction>,
        days: WorkingDays,
        on_file: &BTreeMap<MaterialCode, String>,
        item: &ItemVersion,
        registry: &mut dyn Registry,
        ctx: &Context<'_>,
    ) -> Decided {
        self.intake.may_notify(item, &corrections, on_file)?;
        must_be_within(days, ctx.practice.longest_correction, "补正期限")?;
        one(Event::CorrectionsNotified(Box::new(Round {
            notice: registry.number(DocumentKind::CorrectionNotice)?,
            corrections,
            told_at: ctx.now,
            limit: ctx.practice.limit(LimitKind::Correction, days, ctx.today()),
            submitted_at: None,
            allowed: self.intake.exception.clone(),
        })))
    }

    pub(super) fn allow_second_notice(reason: Text<500>, ctx: &Context<'_>) -> Decided {
        one(Event::SecondNoticeAllowed(Exception { reason, by: staff_of(ctx.actor)?.clone(), at: ctx.now }))
    }

    pub(super) fn accept(item: &ItemVersion, registry: &mut dyn Registry, ctx: &Context<'_>) -> Decided {
        let notice = registry.number(DocumentKind::AcceptanceNotice)?;
        one(accepted(Some(notice), AcceptanceBasis::InOrder, item, ctx))
    }

    /// 容缺约定: what is left to come, none of it on file (rules L8, L11).
    pub(super) fn condition(
        &self,
        undertaking: Text<2000>,
        not_reused: BTreeMap<MaterialCode, NotReused>,
        on_file: &BTreeMap<MaterialCode, String>,
        item: &ItemVersion,
    ) -> Result<Condition, Refusal> {
        let missing = self.intake.may_accept_conditionally(item)?;
        self.intake.must_not_wait_for_what_is_on_file(item, &missing, &not_reused, on_file)?;
        Ok(Condition { missing, not_reused, undertaking, met_at: None, dropped_at: None })
    }

    /// 容缺受理 (clause B5-3, rule L8).
    pub(super) fn accept_conditionally(
        condition: Condition,
        days: WorkingDays,
        item: &ItemVersion,
        registry: &mut dyn Registry,
        ctx: &Context<'_>,
    ) -> Decided {
        must_be_within(days, ctx.practice.longest_correction, "补齐期限")?;
        let notice = registry.number(DocumentKind::ConditionalNotice)?;
        let limit = ctx.practice.limit(LimitKind::Condition, days, ctx.today());
        Ok(vec![
            accepted(Some(notice), AcceptanceBasis::Conditional, item, ctx),
            Event::ConditionSet { condition, limit },
        ])
    }

    /// 告知承诺 (rule L13).
    pub(super) fn accept_on_commitment(
        &self,
        undertaking: Text<2000>,
        barred: bool,
        item: &ItemVersion,
        registry: &mut dyn Registry,
        ctx: &Context<'_>,
    ) -> Decided {
        let instead_of = self.intake.may_accept_on_commitment(item)?;
        if barred {
            let detail = "该申请人曾违反承诺，不再适用告知承诺";
            return Err(Refusal::new("barred_from_commitment", detail));
        }
        let notice = registry.number(DocumentKind::AcceptanceNotice)?;
        Ok(vec![
            accepted(Some(notice), AcceptanceBasis::Commitment, item, ctx),
            Event::Committed(Commitment { instead_of, undertaking, verifications: Vec::new() }),
        ])
    }

    pub(super) fn revoke_acceptance(reason: Text<2000>, registry: &mut dyn Registry) -> Decided {
        one(acceptance_revoked(RevocationGround::StillDeficient, reason, registry)?)
    }

    pub(super) fn reject(
        &self,
        reason: Text<2000>,
        legal_basis: Text<500>,
        competent_body: Option<Text<200>>,
        item: &ItemVersion,
        registry: &mut dyn Registry,
    ) -> Decided {
        let ground = self.intake.may_reject(item)?;
        match (ground, &competent_body) {
            (RejectionGround::OutsidePower, None) => {
                return Err(Refusal::new("competent_body_missing", "不属于本机关职权范围的，须告知有权机关"));
            }
            (RejectionGround::StillDeficient | RejectionGround::PredecessorFailed, Some(_)) => {
                return Err(Refusal::new("competent_body_superfluous", "补正后仍不符合要求的，不填写有权机关"));
            }
            _ => {}
        }
        let notice = registry.number(DocumentKind::RejectionNotice)?;
        one(Event::Rejected(Rejection { notice, ground, reason, legal_basis, competent_body, remedies: remedies() }))
    }

    pub(super) fn declare_not_required(
        reason: Text<2000>,
        legal_basis: Text<500>,
        registry: &mut dyn Registry,
    ) -> Decided {
        let notice = registry.number(DocumentKind::NotRequiredNotice)?;
        one(Event::FoundNotRequired(NotRequired { notice, reason, legal_basis, remedies: remedies() }))
    }

    pub(super) fn withdraw(reason: Text<500>, registry: &mut dyn Registry) -> Decided {
        one(Event::Withdrawn { receipt: registry.number(DocumentKind::WithdrawalReceipt)?, reason })
    }
}

/// 前置事项未获准予: an item of a package that nobody can accept any more ends with a reasoned notice, at once (rule L10).
pub fn predecessor_failed(why: &Refusal, registry: &mut dyn Registry) -> Result<Event, Refusal> {
    Ok(Event::Rejected(Rejection {
        notice: registry.number(DocumentKind::RejectionNotice)?,
        ground: RejectionGround::PredecessorFailed,
        reason: fixed(&format!("{}；前置事项此后获准予的，可以申请恢复办理", why.detail))?,
        legal_basis: fixed("《浙江省保障“最多跑一次”改革规定》第五条")?,
        competent_body: None,
        remedies: remedies(),
    }))
}

pub(crate) fn accepted(
    notice: Option<DocumentNumber>,
    basis: AcceptanceBasis,
    item: &ItemVersion,
    ctx: &Context<'_>,
) -> Event {
    accepted_on(ctx.today(), None, notice, basis, item, ctx)
}

/// 受理 as of a day, which for 视为受理 lies back, as does the day on which the check `lapsed`.
pub(crate) fn accepted_on(
    on: NaiveDate,
    lapsed: Option<NaiveDate>,
    notice: Option<DocumentNumber>,
    basis: AcceptanceBasis,
    item: &ItemVersion,
    ctx: &Context<'_>,
) -> Event {
    Event::Accepted {
        acceptance: Acceptance { notice, basis },
        on,
        statutory: item.statutory,
        promised: item.promised,
        counts_start: ctx.practice.day_zero_counts,
        lapsed,
    }
}

pub(crate) fn acceptance_revoked(
    ground: RevocationGround,
    reason: Text<2000>,
    registry: &mut dyn Registry,
) -> Result<Event, Refusal> {
    let document = registry.number(DocumentKind::AcceptanceRevocation)?;
    Ok(Event::AcceptanceRevoked(AcceptanceRevocation { document, ground, reason, remedies: remedies() }))
}

pub(super) fn must_be_within(days: WorkingDays, longest: WorkingDays, what: &str) -> Result<(), Refusal> {
    if (WorkingDays(1)..=longest).contains(&days) {
        return Ok(());
    }
    Err(Refusal::new("limit_out_of_range", format!("{what}应为1至{longest}")))
}
