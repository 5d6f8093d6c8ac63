use approval::{Decision, Outcome, Review, ruling};
use catalog::{DeliveryMethod, ItemVersion};
use chrono::NaiveDate;
use intake::{Acceptance, MaterialCheck, NotRequired, Rejection, RejectionGround, ScopeCheck};
use issuance::{ResultDocument, Tracked, TrackingState};
use kernel::{Context, DocumentKind, DocumentNumber, Refusal, Registry, Role, Text, WorkingDays, remedies};

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
        assurance: receipt.assurance,
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
        self.guard(command.action(), item, ctx.actor)?;
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
            Command::Accept => one(accepted(Some(registry.number(DocumentKind::AcceptanceNotice)?), item, ctx)),
            Command::Reject { reason, legal_basis, competent_body } => {
                let notice = registry.number(DocumentKind::RejectionNotice)?;
                let ground = RejectionGround::OutsidePower;
                one(Event::Rejected(Rejection {
                    notice,
                    ground,
                    reason,
                    legal_basis,
                    competent_body,
                    remedies: remedies(),
                }))
            }
            Command::DeclareNotRequired { reason, legal_basis } => {
                let notice = registry.number(DocumentKind::NotRequiredNotice)?;
                one(Event::FoundNotRequired(NotRequired { notice, reason, legal_basis, remedies: remedies() }))
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
            Command::IssueResult(details) => self.issue(details, item, registry),
            Command::HandOut { collector } => one(handed_out(&collector, ctx)?),
            Command::Dispatch { carrier, waybill } => one(Event::Dispatched { carrier, waybill }),
            Command::Track(state) => self.track(state, ctx),
            Command::DeliverElectronically { receipt } => {
                one(Event::Delivered { how: DeliveryMethod::Electronic, at: ctx.now, receipt })
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

    fn on_the_spot(
        &self,
        sitting: OnTheSpot,
        item: &ItemVersion,
        registry: &mut dyn Registry,
        ctx: &Context<'_>,
    ) -> Decided {
        if sitting.handed_to.is_some() {
            self.issuance.must_go_by(DeliveryMethod::PickUp)?;
        }
        // Before anything takes a number.
        let result = granted(sitting.result, item, ctx.today())?;
        let mut events = vec![
            accepted(None, item, ctx),
            decision(Outcome::Grant, sitting.reasons, None, registry, ctx)?,
            self.issued(registry.number(DocumentKind::Result)?, result, registry),
        ];
        if let Some(collector) = &sitting.handed_to {
            events.extend([handed_out(collector, ctx)?, Event::Closed]);
        }
        Ok(events)
    }

    /// A grant is issued as a document of its own; of a refusal, the decision itself is what reaches the applicant.
    fn issue(&self, details: Option<ResultDetails>, item: &ItemVersion, registry: &mut dyn Registry) -> Decided {
        let (Some(decision), Some(delivery)) = (&self.approval.decision, &self.clocks.delivery) else {
            return Err(Refusal::new("not_decided", "尚未作出决定"));
        };
        match (decision.ruling.outcome(), details) {
            (Outcome::Grant, Some(details)) => {
                let granted = granted(details, item, delivery.start)?;
                let number = registry.number(DocumentKind::Result)?;
                one(self.issued(number, granted, registry))
            }
            (Outcome::Refuse, None) => {
                let title = fixed(DocumentKind::RefusalDecision.title())?;
                let refused = ResultDetails { title, valid_from: delivery.start, valid_until: None };
                one(self.issued(decision.document.clone(), refused, registry))
            }
            (Outcome::Grant, None) => Err(Refusal::new("result_missing", "准予的，须填写结果文书")),
            (Outcome::Refuse, Some(_)) => {
                Err(Refusal::new("result_superfluous", "不予许可的，送达不予许可决定书，不填写结果文书"))
            }
        }
    }

    fn issued(&self, number: DocumentNumber, details: ResultDetails, registry: &dyn Registry) -> Event {
        let ResultDetails { title, valid_from, valid_until } = details;
        let until = valid_until.map_or_else(|| "长期".to_owned(), |day| day.to_string());
        let item = format!("{} {}", self.item.code, self.item.version);
        let text = format!("{number}\n{title}\n{}\n{item}\n{valid_from} {until}\n", self.number);
        let digest = registry.seal(&text);
        Event::Issued(ResultDocument { number, title, valid_from, valid_until, digest })
    }

    fn track(&self, state: Tracked, ctx: &Context<'_>) -> Decided {
        self.issuance.may_track(&state, ctx.now)?;
        let signed = (state.state == TrackingState::Signed).then_some(state.at);
        let mut events = vec![Event::Tracked(state)];
        if let Some(at) = signed {
            events.push(Event::Delivered { how: DeliveryMethod::Courier, at, receipt: fixed("快递签收")? });
        }
        Ok(events)
    }
}

fn one(event: Event) -> Decided {
    Ok(vec![event])
}

fn accepted(notice: Option<DocumentNumber>, item: &ItemVersion, ctx: &Context<'_>) -> Event {
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

fn handed_out(collector: &Collector, ctx: &Context<'_>) -> Result<Event, Refusal> {
    Ok(Event::Delivered {
        how: DeliveryMethod::PickUp,
        at: ctx.now,
        receipt: fixed(&format!("窗口领取：{}，已核验身份", collector.relation))?,
    })
}

/// What is granted, with the validity that the item allows.
fn granted(details: ResultDetails, item: &ItemVersion, decided_on: NaiveDate) -> Result<ResultDetails, Refusal> {
    let valid_until = ResultDocument::validity(item, decided_on, details.valid_from, details.valid_until)?;
    Ok(ResultDetails { valid_until, ..details })
}

fn fixed(text: &str) -> Result<Text<200>, Refusal> {
    Text::new(text).map_err(|fault| Refusal::new("bad_text", fault.to_string()))
}
