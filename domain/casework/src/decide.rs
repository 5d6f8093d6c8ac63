use approval::{Decision, Outcome, Review, ruling};
use catalog::{DeliveryMethod, ItemKind, ItemVersion};
use intake::{Acceptance, MaterialCheck, NotRequired, Rejection, RejectionGround, ScopeCheck};
use issuance::{ResultDocument, Tracked, TrackingState};
use kernel::{Context, DocumentKind, Refusal, Registry, Role, Text, WorkingDays};

use crate::{
    case::{Case, ItemRef},
    command::{Collector, Command, MaterialFinding, OnTheSpot, Receipt, ResultDetails, staff_of},
    event::{Event, Received},
};

/// 送达期限: ten working days from the decision (行政许可法 art. 44, rule L4).
const DELIVERY_LIMIT: WorkingDays = WorkingDays(10);

type Decided = Result<Vec<Event>, Refusal>;

/// 收件 opens a case. The item must be on offer today and deliver the way that was chosen.
pub fn receive(receipt: Receipt<'_>, ctx: &Context<'_>) -> Result<Event, Refusal> {
    receipt.item.must_be_on_offer(ctx.today())?;
    must_offer(receipt.item, receipt.delivery)?;
    Ok(Event::Received(Box::new(Received {
        id: receipt.id,
        centre: receipt.centre,
        number: receipt.number,
        item: ItemRef { code: receipt.item.item.clone(), version: receipt.item.version },
        channel: receipt.channel,
        applicant: receipt.applicant,
        window: receipt.item.window.clone(),
        department: receipt.item.department.clone(),
        client: ctx.actor.client().cloned(),
        external_number: receipt.external_number,
        delivery: receipt.delivery,
    })))
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
        self.guard(command.action(), ctx.actor)?;
        match command {
            Command::AttachFile { material, file } => {
                self.intake.may_attach(item, &material)?;
                one(Event::FileAttached { material, file })
            }
            Command::CheckScope { finding, note } => {
                let by = staff_of(ctx.actor)?.clone();
                one(Event::ScopeChecked(ScopeCheck { finding, note, by, at: ctx.now }))
            }
            Command::CheckMaterial(finding) => self.check_material(finding, item, ctx),
            Command::Accept => self.accept(item, registry, ctx),
            Command::Reject { reason, legal_basis, competent_body } => {
                let notice = registry.number(DocumentKind::RejectionNotice)?;
                let ground = RejectionGround::OutsidePower;
                one(Event::Rejected(Rejection { notice, ground, reason, legal_basis, competent_body }))
            }
            Command::DeclareNotRequired { reason, legal_basis } => {
                let notice = registry.number(DocumentKind::NotRequiredNotice)?;
                one(Event::FoundNotRequired(NotRequired { notice, reason, legal_basis }))
            }
            Command::Withdraw { reason } => {
                one(Event::Withdrawn { receipt: registry.number(DocumentKind::WithdrawalReceipt)?, reason })
            }
            Command::ChooseDelivery { method } => {
                must_offer(item, method)?;
                one(Event::DeliveryChosen { method })
            }
            Command::Assign { to } => {
                let by_approver = ctx.actor.role() == Role::Approver;
                self.routing.may_assign(&to, staff_of(ctx.actor)?, by_approver)?;
                one(Event::Assigned { to: to.staff })
            }
            Command::OfferHandOver { to, reason } => {
                let from = staff_of(ctx.actor)?;
                self.routing.may_offer(&to, from)?;
                one(Event::HandOverOffered { from: from.clone(), to: to.staff, reason })
            }
            Command::AcceptHandOver => {
                let to = staff_of(ctx.actor)?;
                let from = self.routing.offer_to(to)?.clone();
                one(Event::HandOverAccepted { from, to: to.clone() })
            }
            Command::DeclineHandOver { reason } => {
                let to = staff_of(ctx.actor)?;
                let from = self.routing.offer_to(to)?.clone();
                one(Event::HandOverDeclined { from, to: to.clone(), reason })
            }
            Command::Review { recommends, opinion } => {
                one(Event::Reviewed(Review { recommends, opinion, by: staff_of(ctx.actor)?.clone() }))
            }
            Command::Decide { outcome, reasons, legal_basis } => {
                one(decision(outcome, reasons, legal_basis, registry, ctx)?)
            }
            Command::DecideOnTheSpot(sitting) => self.on_the_spot(sitting, item, registry, ctx),
            Command::IssueResult(details) => {
                let outcome = self.outcome().ok_or_else(|| Refusal::new("not_decided", "尚未作出决定"))?;
                one(self.issue(details, outcome, registry)?)
            }
            Command::HandOut { collector } => one(handed_out(&collector)?),
            Command::Dispatch { carrier, waybill } => one(Event::Dispatched { carrier, waybill }),
            Command::Track(state) => self.track(state, ctx),
            Command::DeliverElectronically { receipt } => {
                one(Event::Delivered { how: DeliveryMethod::Electronic, receipt })
            }
            Command::Close => one(Event::Closed),
        }
    }

    fn check_material(&self, finding: MaterialFinding, item: &ItemVersion, ctx: &Context<'_>) -> Decided {
        let check = MaterialCheck {
            present: finding.present,
            complete: finding.complete,
            legal_form: finding.legal_form,
            presented: finding.presented,
            copy_check: finding.copy_check,
            note: finding.note,
            by: staff_of(ctx.actor)?.clone(),
            at: ctx.now,
        };
        self.intake.may_check(item, &finding.material, &check)?;
        one(Event::MaterialChecked { material: finding.material, check })
    }

    fn accept(&self, item: &ItemVersion, registry: &mut dyn Registry, ctx: &Context<'_>) -> Decided {
        self.intake.must_be_in_order(item)?;
        let notice = registry.number(DocumentKind::AcceptanceNotice)?;
        one(accepted(Some(notice), item, ctx))
    }

    fn on_the_spot(
        &self,
        sitting: OnTheSpot,
        item: &ItemVersion,
        registry: &mut dyn Registry,
        ctx: &Context<'_>,
    ) -> Decided {
        if item.kind != ItemKind::OnTheSpot {
            return Err(Refusal::new("not_on_the_spot_item", "该事项为承诺件，不能即办"));
        }
        self.intake.must_be_in_order(item)?;
        if sitting.handed_to.is_some() {
            self.issuance.must_go_by(DeliveryMethod::PickUp)?;
        }
        // Asked again when the result is issued, but by then the decision has taken a number.
        ResultDocument::must_be_valid_some_day(sitting.result.valid_from, sitting.result.valid_until)?;
        let mut events = vec![
            accepted(None, item, ctx),
            decision(sitting.outcome, sitting.reasons, sitting.legal_basis, registry, ctx)?,
            self.issue(sitting.result, sitting.outcome, registry)?,
        ];
        if let Some(collector) = &sitting.handed_to {
            events.extend([handed_out(collector)?, Event::Closed]);
        }
        Ok(events)
    }

    fn issue(&self, details: ResultDetails, outcome: Outcome, registry: &mut dyn Registry) -> Result<Event, Refusal> {
        ResultDocument::must_be_valid_some_day(details.valid_from, details.valid_until)?;
        let number = registry.number(DocumentKind::Result)?;
        let until = details.valid_until.map_or_else(|| "长期".to_owned(), |day| day.to_string());
        let text = format!(
            "{number}\n{}\n{}\n{} {}\n{outcome}\n{} {until}\n",
            details.title, self.number, self.item.code, self.item.version, details.valid_from
        );
        Ok(Event::Issued(ResultDocument {
            number,
            title: details.title,
            valid_from: details.valid_from,
            valid_until: details.valid_until,
            digest: registry.seal(&text),
        }))
    }

    fn track(&self, state: Tracked, ctx: &Context<'_>) -> Decided {
        self.issuance.may_track(&state, ctx.now)?;
        let signed = state.state == TrackingState::Signed;
        let mut events = vec![Event::Tracked(state)];
        if signed {
            events.push(Event::Delivered { how: DeliveryMethod::Courier, receipt: fixed("快递签收")? });
        }
        Ok(events)
    }
}

fn one(event: Event) -> Decided {
    Ok(vec![event])
}

fn accepted(notice: Option<kernel::DocumentNumber>, item: &ItemVersion, ctx: &Context<'_>) -> Event {
    Event::Accepted {
        acceptance: Acceptance { notice },
        on: ctx.today(),
        statutory: item.statutory,
        promised: item.promised,
    }
}

fn decision(
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
    Ok(Event::Decided { decision, on: ctx.today(), delivery: DELIVERY_LIMIT })
}

fn handed_out(collector: &Collector) -> Result<Event, Refusal> {
    Ok(Event::Delivered {
        how: DeliveryMethod::PickUp,
        receipt: fixed(&format!("窗口领取：{}，已核验身份", collector.relation))?,
    })
}

fn fixed(text: &str) -> Result<Text<200>, Refusal> {
    Text::new(text).map_err(|fault| Refusal::new("bad_text", fault.to_string()))
}
