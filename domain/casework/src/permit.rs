use approval::Outcome;
use catalog::{DeliveryMethod, ItemKind, ItemVersion};
use kernel::{
    Action, Context, DepartmentCode, Refusal, Role, StaffCode,
    access::{Denial, Who, may_on_seen, roles_for, sees},
};

use crate::{
    case::{Case, Channel},
    decide::must_be_of,
    rating::Rating,
    stage::Stage,
};

/// Whether this caller may do this to this case now, and if not, why not: `allowed_actions` in every view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    pub action: Action,
    pub verdict: Result<(), Refusal>,
}

impl Case {
    /// Every action on a case that is for this caller's role, with its verdict. `anonymous` are the case's anonymous ratings.
    pub fn permits(&self, item: &ItemVersion, anonymous: &[Rating], ctx: &Context<'_>) -> Vec<Permit> {
        let whereabouts = self.whereabouts();
        let in_sight = sees(ctx.actor, &whereabouts);
        let may_here = |action| match in_sight {
            true => may_on_seen(ctx.actor, action, &whereabouts),
            false => Err(Denial::Hidden),
        };
        let verdict = |action| match may_here(action) {
            Ok(()) if action == Action::Rate => self.may_rate(anonymous),
            Ok(()) => self.guard(action, item, ctx),
            Err(denial) => Err(Refusal::new(Denial::code(denial), Denial::reason(denial))),
        };
        let role = ctx.actor.role();
        let for_role = Action::ON_A_CASE.iter().filter(|action| roles_for(**action).contains(&role));
        for_role.map(|&action| Permit { action, verdict: verdict(action) }).collect()
    }

    /// What the state of the case says to an action, before any of its details are looked at. The same guard stands in
    /// front of [`Case::decide`], so that what is announced as allowed is not refused for the case's state. What was rated
    /// the case alone does not say ([`Case::may_rate`]).
    pub fn guard(&self, action: Action, item: &ItemVersion, ctx: &Context<'_>) -> Result<(), Refusal> {
        use Action as A;
        if !Stage::of(action).contains(&self.stage) || self.has_nothing_to_deliver(action) {
            return Err(Refusal::new("wrong_stage", self.stage.forbids()));
        }
        let ends_the_check =
            [A::NotifyCorrections, A::Accept, A::AcceptConditionally, A::AcceptOnCommitment, A::DecideOnTheSpot];
        if ends_the_check.contains(&action) && self.is_waiting() {
            self.must_not_be_held_back()?;
            return Err(Refusal::new("predecessor_pending", "套餐中的前置事项尚未办成，审查尚未开始"));
        }
        let staff = || ctx.actor.staff().ok_or_else(|| Refusal::new("staff_only", "此操作须由工作人员办理"));
        match action {
            A::AttachFile | A::ReuseMaterial | A::CheckMaterial => self.materials_are_open(),
            A::Withdraw if ctx.actor.role() == Role::Clerk => self.window_may_record_withdrawal(),
            A::NotifyCorrections => self.intake.must_be_ready_to_notify(item),
            A::AllowSecondNotice => self.may_allow_second_notice(),
            A::SubmitCorrections => self.intake.may_submit(item, ctx.actor.role() == Role::Clerk),
            A::Accept => self.intake.must_be_in_order(item),
            A::AcceptConditionally => self.intake.may_accept_conditionally(item).map(drop),
            A::AcceptOnCommitment => self.intake.may_accept_on_commitment(item).map(drop),
            A::RevokeAcceptance => self.intake.may_revoke_acceptance(item),
            A::DecideOnTheSpot if item.kind != ItemKind::OnTheSpot => {
                Err(Refusal::new("not_on_the_spot_item", "该事项为承诺件，不能即办"))
            }
            A::DecideOnTheSpot => self.intake.must_be_in_order(item),
            A::Reject => self.intake.may_reject(item).map(drop),
            A::DeclareNotRequired => self.intake.may_declare_not_required(),
            A::Assign if ctx.actor.role() != Role::Approver => self.routing.must_be_unassigned(),
            // Before acceptance from clerk to clerk, and after it among the department's own.
            A::OfferHandOver | A::AcceptHandOver | A::DeclineHandOver
                if self.is_at_the_window() != (ctx.actor.role() == Role::Clerk) =>
            {
                Err(Refusal::new("wrong_stage", self.stage.forbids()))
            }
            A::OfferHandOver if self.is_at_the_window() => self.may_offer_at_the_window(staff()?),
            A::OfferHandOver | A::Delegate => self.routing.must_be_free_to_hand_on(staff()?),
            A::AcceptHandOver | A::DeclineHandOver => self.offered_to(staff()?).map(drop),
            A::EndDelegation => self.routing.may_end_delegation(staff()?),
            A::Transfer => self.routing.must_have_no_offer(),
            A::AcceptTransfer | A::DeclineTransfer => must_be_of(ctx, &self.routing.transfer()?.to),
            A::Extend => self.may_extend(item, ctx),
            A::EndProcedure if !self.approval.procedures.iter().any(|procedure| procedure.is_open()) => {
                Err(Refusal::new("no_procedure_open", "没有进行中的特别程序"))
            }
            A::Pause if self.approval.open_pause().is_some() => Err(Refusal::new("already_paused", "已登记暂停")),
            A::Resume if self.approval.open_pause().is_none() => Err(Refusal::new("not_paused", "没有登记中的暂停")),
            A::GiveOpinion | A::AskMore | A::AnswerMore if self.approval.joint.is_none() => {
                Err(Refusal::new("no_joint_review", "该办件没有联审方案"))
            }
            A::RecordInspection | A::GiveFindings if self.approval.inspection.is_none() => {
                Err(Refusal::new("no_inspection", "尚未安排联合踏勘"))
            }
            A::GiveOpinion | A::AskMore => self.must_be_asked_for_an_opinion(ctx),
            A::GiveFindings => self.must_owe_findings(ctx),
            A::ScheduleInspection | A::RecordInspection if self.approval.was_inspected() => {
                Err(Refusal::new("inspection_took_place", "联合踏勘已经进行，同一事项不再踏勘"))
            }
            A::DrawPlan => {
                self.routing.must_be_worked_by(staff()?)?;
                self.may_draw_plan()
            }
            A::Review => self.routing.must_be_worked_by(staff()?),
            A::ScheduleInspection => self.may_schedule_inspection(item, ctx),
            A::Decide => self.may_decide(staff()?, item, ctx),
            A::IssueResult => self.may_issue(),
            A::HandOut => self.may_send(DeliveryMethod::PickUp),
            A::Dispatch => self.may_send(DeliveryMethod::Courier),
            A::DeliverElectronically => self.issuance.must_go_by(DeliveryMethod::Electronic),
            A::AcknowledgeDelivery => self.may_acknowledge(),
            A::Close if self.issuance.delivered.is_none() => {
                Err(Refusal::new("not_delivered", "更正或者补发的结果尚未送达，不能办结"))
            }
            A::VerifyCommitment => self.may_verify(),
            A::ReplaceResult | A::RevokeGrant | A::CancelGrant if self.issuance.is_in_the_post() => {
                Err(Refusal::new("wrong_stage", "结果文书正在寄送，签收或者退回后才能更正、补发、撤销、注销"))
            }
            A::ReplaceResult | A::RevokeGrant | A::CancelGrant => self.must_be_a_grant_in_force(),
            A::SealDocument if self.papers.iter().all(|paper| self.is_sealed(paper) || self.is_superseded(paper)) => {
                Err(Refusal::new("nothing_to_seal", "没有待加盖电子印章的文书"))
            }
            A::Reopen => self.may_reopen(),
            _ => Ok(()),
        }
    }

    /// 会审: for the departments of the plan, and not for whoever is only invited or offered the case.
    fn must_be_asked_for_an_opinion(&self, ctx: &Context<'_>) -> Result<(), Refusal> {
        let (own, joint) = (self.own_parts(ctx), self.approval.joint.as_ref());
        let has_a_desk = |it: &DepartmentCode| joint.is_some_and(|joint| joint.desks.contains_key(it));
        if own.is_empty() || own.into_iter().any(has_a_desk) {
            return Ok(());
        }
        Err(Refusal::new("not_a_participant", "您派驻的部门不是联审参与部门"))
    }

    /// 踏勘意见: for the departments that owe them.
    fn must_owe_findings(&self, ctx: &Context<'_>) -> Result<(), Refusal> {
        let Some(inspection) = &self.approval.inspection else { return Ok(()) };
        inspection.must_be_owed_findings()?;
        let mut why = Ok(());
        for department in self.own_parts(ctx) {
            why = inspection.may_find(department);
            if why.is_ok() {
                break;
            }
        }
        why
    }

    /// The caller's departments that have a part in the case. Whoever speaks for another one is told so by the act itself.
    fn own_parts(&self, ctx: &Context<'_>) -> Vec<&DepartmentCode> {
        let Who::Staff { postings, .. } = &ctx.actor.who else { return Vec::new() };
        self.participants().filter(|it| postings.iter().any(|posting| posting.department == **it)).collect()
    }

    /// 前置事项 are done, as far as the case has been told.
    pub(crate) fn must_not_be_held_back(&self) -> Result<(), Refusal> {
        self.held_back.as_ref().map_or(Ok(()), |held| Err(held.refusal()))
    }

    /// A serial item of a package whose turn has not come, or has gone again.
    pub fn is_waiting(&self) -> bool {
        self.stage == Stage::UnderCheck && self.clocks.check.is_none()
    }

    /// Materials are open until acceptance, and after it while a condition is.
    fn materials_are_open(&self) -> Result<(), Refusal> {
        match self.stage {
            Stage::InReview | Stage::Decided if self.intake.open_condition().is_none() => {
                Err(Refusal::new("not_left_open", "受理后只能补交和核验容缺的材料"))
            }
            _ => Ok(()),
        }
    }

    fn may_allow_second_notice(&self) -> Result<(), Refusal> {
        match (&self.intake.exception, self.intake.rounds.is_empty()) {
            (_, true) => Err(Refusal::new("no_earlier_notice", "尚未一次性告知，无需准许再次告知")),
            (Some(_), _) => Err(Refusal::new("already_allowed", "已准许再次告知")),
            (None, false) => Ok(()),
        }
    }

    fn may_decide(&self, by: &StaffCode, item: &ItemVersion, ctx: &Context<'_>) -> Result<(), Refusal> {
        if item.joint.is_some() && self.approval.joint.is_none() {
            return Err(Refusal::new("joint_review_missing", "该事项须联审联批，尚未制定会审方案"));
        }
        if self.routing.transfer.is_some() {
            return Err(Refusal::new("handover_pending", "转办尚未被接受，暂不能办理"));
        }
        self.approval.may_decide(by, self.intake.last_change(), ctx.calendar, ctx.today())
    }

    /// 容缺受理: the decision may be prepared, but nothing is issued before the materials are in (rule L8).
    fn may_issue(&self) -> Result<(), Refusal> {
        match self.intake.open_condition() {
            Some(_) => Err(Refusal::new("condition_open", "容缺材料尚未补齐，不能出件")),
            None => Ok(()),
        }
    }

    /// 送达以后: the steps of a delivery are there for what took the place of the result that was delivered, and for nothing
    /// else (clauses B1-3, B2-6).
    fn has_nothing_to_deliver(&self, action: Action) -> bool {
        match action {
            _ if !matches!(self.stage, Stage::Delivered | Stage::Closed) => false,
            Action::ChooseDelivery | Action::HandOut | Action::Dispatch | Action::DeliverElectronically => {
                !self.issuance.awaits_delivery()
            }
            Action::Track => !self.issuance.is_in_the_post(),
            _ => false,
        }
    }

    /// What was lost on its way is made out anew first; of a refusal the decision is simply printed again.
    fn may_send(&self, method: DeliveryMethod) -> Result<(), Refusal> {
        self.issuance.must_go_by(method)?;
        match self.outcome() {
            Some(Outcome::Refuse) => Ok(()),
            _ => self.issuance.must_have_the_document(),
        }
    }

    fn may_acknowledge(&self) -> Result<(), Refusal> {
        self.issuance.must_go_by(DeliveryMethod::Electronic)?;
        if self.issuance.delivered.is_none() {
            return Err(Refusal::new("not_delivered", "尚未送达，不能确认收到"));
        }
        match self.issuance.acknowledged_at {
            Some(_) => Err(Refusal::new("already_acknowledged", "已确认收到")),
            None => Ok(()),
        }
    }

    fn may_verify(&self) -> Result<(), Refusal> {
        match &self.intake.commitment {
            None => Err(Refusal::new("no_commitment", "该办件未适用告知承诺")),
            Some(commitment) if commitment.is_settled() => Err(Refusal::new("commitment_settled", "承诺核查已完成")),
            Some(_) if self.outcome() != Some(Outcome::Grant) => {
                Err(Refusal::new("nothing_granted", "未作出准予决定，无需核查"))
            }
            Some(_) if self.issuance.has_ended() => Err(Refusal::new("grant_ended", "该许可已撤销或注销")),
            Some(_) => Ok(()),
        }
    }

    fn must_be_a_grant_in_force(&self) -> Result<(), Refusal> {
        if self.outcome() != Some(Outcome::Grant) {
            return Err(Refusal::new("nothing_granted", "该办件未作出准予决定"));
        }
        self.issuance.must_be_in_force().map(drop)
    }

    /// A grant that is in force is not decided again: it is corrected, revoked or cancelled instead.
    fn may_reopen(&self) -> Result<(), Refusal> {
        if self.stage == Stage::Closed && self.must_be_a_grant_in_force().is_ok() {
            return Err(Refusal::new("grant_in_force", "准予结果仍有效，须先更正、撤销或注销"));
        }
        Ok(())
    }

    /// The window records a withdrawal only for an applicant who stands there, before acceptance; otherwise nobody but
    /// the applicant ends a case without a reasoned document.
    fn window_may_record_withdrawal(&self) -> Result<(), Refusal> {
        if self.channel == Channel::Counter && matches!(self.stage, Stage::UnderCheck | Stage::AwaitingCorrection) {
            return Ok(());
        }
        Err(Refusal::new("applicant_only", "网上申请和受理后的撤回须由申请人提出"))
    }

    /// 准予 or 不予, once decided.
    pub fn outcome(&self) -> Option<Outcome> {
        self.approval.decision.as_ref().map(|decision| decision.ruling.outcome())
    }
}
