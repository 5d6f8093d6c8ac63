//! State × command → events or a refusal. This file says which command is which act; the acts stand by stage beside it.

mod deciding;
mod intake;
mod issuing;
mod joint;
mod limits;
mod rating;
mod routing;

use catalog::{DeliveryMethod, ItemVersion};
use chrono::NaiveDate;
use kernel::{
    Context, Refusal, Registry, Text, WorkingDays,
    ledger::{Ledger, LimitKind},
};

use crate::{
    case::{Case, ItemRef},
    command::{Command, Receipt},
    event::{Event, Received},
};

/// 受理审查期限: five working days from the day of receipt (行政许可法 art. 32(1)(4), rule L6).
const CHECK_LIMIT: WorkingDays = WorkingDays(5);

pub(crate) use deciding::DELIVERY_LIMIT;
pub use intake::predecessor_failed;
pub(crate) use intake::{acceptance_revoked, accepted_on};
pub(crate) use routing::must_be_of;

pub(crate) type Decided = Result<Vec<Event>, Refusal>;

/// 收件 opens a case. The item must be on offer today and deliver the way that was chosen.
pub fn receive(receipt: Receipt<'_>, ctx: &Context<'_>) -> Result<Event, Refusal> {
    must_take(receipt.item, receipt.delivery, ctx.today())?;
    Ok(Event::Received(Box::new(Received {
        id: receipt.id,
        centre: receipt.centre,
        number: receipt.number,
        item: ItemRef { code: receipt.item.item.clone(), version: receipt.item.version },
        channel: receipt.channel,
        applicant: receipt.applicant,
        assurance: receipt.assurance,
        window: receipt.item.window.clone(),
        department: receipt.item.department.clone(),
        vouched: ctx.actor.client().is_none() && receipt.vouched_by.is_some(),
        client: ctx.actor.client().cloned().or(receipt.vouched_by),
        agent: ctx.actor.through().and_then(|through| through.agent.clone()),
        external_number: receipt.external_number,
        delivery: receipt.delivery,
        check: (!receipt.waits).then(|| check_limit(LimitKind::Check, ctx)),
        package: receipt.package,
    })))
}

/// Whether an application for an item is taken on a day: what [`receive`] refuses, known before a number is taken for it.
///
/// # Errors
/// Those of [`ItemVersion::must_be_on_offer`]; `delivery_not_offered`.
pub fn must_take(item: &ItemVersion, delivery: DeliveryMethod, today: NaiveDate) -> Result<(), Refusal> {
    item.must_be_on_offer(today)?;
    must_offer(item, delivery)
}

/// 串联事项: the case before it in the package was done now, and its own check begins (rule L10).
pub fn begin_check(ctx: &Context<'_>) -> Event {
    Event::CheckStarted { limit: check_limit(LimitKind::Check, ctx) }
}

/// The limit of the check for what came now.
pub(crate) fn check_limit(kind: LimitKind, ctx: &Context<'_>) -> Ledger {
    ctx.practice.limit_from_receipt(kind, CHECK_LIMIT, ctx.now, ctx.calendar)
}

fn must_offer(item: &ItemVersion, method: DeliveryMethod) -> Result<(), Refusal> {
    if item.delivers_by(method) {
        return Ok(());
    }
    Err(Refusal::new("delivery_not_offered", format!("该事项不提供{}", method.label())))
}

impl Case {
    /// What a command comes to: events, or the reason why not. `item` is the version the case began with; who may act at
    /// all has been settled before (`kernel::access`).
    pub fn decide(
        &self,
        command: Command,
        item: &ItemVersion,
        registry: &mut dyn Registry,
        ctx: &Context<'_>,
    ) -> Decided {
        self.guard(command.action(), item, ctx)?;
        match command {
            Command::AttachFile { material, file } => self.attach(item, material, vec![file], ctx),
            Command::ReuseMaterial { material, files } => self.attach(item, material, files, ctx),
            Command::CheckScope { finding, note } => self.check_scope(finding, note, ctx),
            Command::CheckMaterial(finding) => self.check_material(finding, item, ctx),
            Command::NotifyCorrections { corrections, days, on_file } => {
                self.notify(corrections, days, &on_file, item, registry, ctx)
            }
            Command::AllowSecondNotice { reason } => Self::allow_second_notice(reason, ctx),
            Command::SubmitCorrections => {
                one(Event::CorrectionsSubmitted { check: check_limit(LimitKind::Check, ctx) })
            }
            Command::Accept => Self::accept(item, registry, ctx),
            Command::AcceptConditionally { undertaking, days, on_file, not_reused } => {
                let condition = self.condition(undertaking, not_reused, &on_file, item)?;
                Self::accept_conditionally(condition, days, item, registry, ctx)
            }
            Command::AcceptOnCommitment { undertaking, barred } => {
                self.accept_on_commitment(undertaking, barred, item, registry, ctx)
            }
            Command::RevokeAcceptance { reason } => Self::revoke_acceptance(reason, registry),
            Command::Reject { reason, legal_basis, competent_body } => {
                self.reject(reason, legal_basis, competent_body, item, registry)
            }
            Command::DeclareNotRequired { reason, legal_basis } => {
                Self::declare_not_required(reason, legal_basis, registry)
            }
            Command::Withdraw { reason } => Self::withdraw(reason, registry),
            Command::ChooseDelivery { method } => {
                must_offer(item, method)?;
                one(Event::DeliveryChosen { method })
            }
            Command::Assign { to } => self.assign(to, ctx),
            Command::OfferHandOver { to, reason } => self.offer(to, reason, ctx),
            Command::OfferAtWindow { to, reason } => self.offer_at_the_window(to, reason, ctx),
            Command::AcceptHandOver => self.accept_hand_over(ctx),
            Command::DeclineHandOver { reason } => self.decline_hand_over(reason, ctx),
            Command::Delegate { to } => self.delegate(to, ctx),
            Command::EndDelegation => one(Event::DelegationEnded),
            Command::Transfer { to, reason } => self.transfer(to, reason, item, ctx),
            Command::AcceptTransfer => self.accept_transfer(ctx),
            Command::DeclineTransfer { reason } => self.decline_transfer(reason),
            Command::StartProcedure(start) => self.start_procedure(start, registry, ctx),
            Command::EndProcedure { notice, until, result } => self.end_procedure(notice, until, result, ctx),
            Command::Pause { reason } => Self::pause(reason, ctx),
            Command::Resume => one(Event::Resumed { on: ctx.today() }),
            Command::Extend { days, reason } => self.extend(days, reason, item, registry, ctx),
            Command::DrawPlan { participants, reason } => self.draw_plan(participants.as_deref(), reason, item, ctx),
            Command::GiveOpinion { department, opinion, on_the_site } => {
                self.give_opinion(department, opinion, on_the_site, ctx)
            }
            Command::AskMore { department, what, materials } => self.ask_more(department, what, materials, item, ctx),
            Command::AnswerMore { department, answer } => self.answer_more(department, answer, ctx),
            Command::ScheduleInspection(date) => self.schedule_inspection(date, item, registry, ctx),
            Command::RecordInspection { held_on, attendance } => self.record_inspection(held_on, attendance, ctx),
            Command::GiveFindings { department, findings } => self.give_findings(department, findings, ctx),
            Command::Review { recommends, opinion } => Self::review(recommends, opinion, ctx),
            Command::ReturnForRework { to, reason } => self.return_for_rework(to, reason, ctx),
            Command::Decide { outcome, reasons, legal_basis } => {
                self.decide_on_merits(outcome, reasons, legal_basis, registry, ctx)
            }
            Command::DecideOnTheSpot(sitting) => self.on_the_spot(sitting, item, registry, ctx),
            Command::IssueResult(details) => self.issue(details, item, registry),
            Command::HandOut { collector } => one(issuing::handed_out(&collector, ctx)?),
            Command::Dispatch { carrier, waybill } => one(Event::Dispatched { carrier, waybill }),
            Command::Track(state) => self.track(state, ctx),
            Command::DeliverElectronically { receipt } => {
                one(Event::Delivered { how: DeliveryMethod::Electronic, at: ctx.now, receipt })
            }
            Command::AcknowledgeDelivery => one(Event::Acknowledged),
            Command::Close => one(Event::Closed),
            Command::VerifyCommitment { finding, note, mend_within } => {
                self.verify_commitment(finding, note, mend_within, registry, ctx)
            }
            Command::ReplaceResult { how, reason, result } => self.replace_result(how, reason, result, item, registry),
            Command::RevokeGrant(end) => self.revoke_grant(end, registry, ctx),
            Command::CancelGrant(end) => Self::cancel_grant(end, registry, ctx),
            Command::Seal { document, seal } => {
                self.may_seal(&document)?;
                one(Event::Sealed { document, seal })
            }
            Command::AddNote { text } => Self::add_note(text, ctx),
            Command::Reopen { reason } => self.reopen(reason, item, ctx),
            Command::Rate { form, anonymous } => self.rate(form, &anonymous, ctx),
        }
    }
}

fn one(event: Event) -> Decided {
    Ok(vec![event])
}

pub(crate) fn fixed<const MAX: usize>(text: &str) -> Result<Text<MAX>, Refusal> {
    Text::new(text).map_err(|fault| Refusal::new("bad_text", fault.to_string()))
}
