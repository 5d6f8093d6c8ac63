use approval::Approval;
use chrono::NaiveDate;
use intake::Intake;
use issuance::{Delivered, Issuance, Parcel, TrackingState};
use kernel::{
    Instant, StaffCode, WorkingDays,
    ledger::{Ledger, LimitKind},
};
use routing::{Holder, Routing};

use crate::{
    case::{Case, Clocks},
    event::{Event, Received, Recorded},
    stage::Stage,
};

impl Case {
    /// The case as its first event makes it; None if the record does not begin with a receipt.
    pub fn begin(first: &Recorded) -> Option<Self> {
        let Event::Received(received) = &first.event else { return None };
        let Received {
            id,
            centre,
            number,
            item,
            channel,
            applicant,
            assurance,
            window,
            department,
            client,
            external_number,
            delivery,
        } = received.as_ref().clone();
        Some(Self {
            id,
            centre,
            number,
            version: first.version,
            stage: Stage::UnderCheck,
            item,
            channel,
            applicant,
            assurance,
            window,
            client,
            external_number,
            first_contact: posted(first),
            received_at: first.at,
            intake: Intake::default(),
            routing: Routing::to_department(department),
            approval: Approval::default(),
            issuance: Issuance::by(delivery),
            clocks: Clocks::default(),
            ended_at: None,
        })
    }

    /// The case that a whole record adds up to.
    pub fn fold(record: &[Recorded]) -> Option<Self> {
        let (first, rest) = record.split_first()?;
        let mut case = Self::begin(first)?;
        rest.iter().for_each(|recorded| case.apply(recorded));
        Some(case)
    }

    /// Lets an event happen. Total: whatever is on the record is applied, because it did happen.
    pub fn apply(&mut self, recorded: &Recorded) {
        self.version = recorded.version;
        self.first_contact = self.first_contact.take().or_else(|| posted(recorded));
        let at = recorded.at;
        match &recorded.event {
            Event::Received(_) => {}
            Event::FileAttached { material, file } => {
                let handed = self.intake.materials.entry(material.clone()).or_default();
                handed.files.push(file.clone());
                // What was checked is no longer what is there.
                handed.check = None;
            }
            Event::ScopeChecked(check) => self.intake.scope = Some(check.clone()),
            Event::MaterialChecked { material, check } => {
                self.intake.materials.entry(material.clone()).or_default().check = Some(check.clone());
            }
            Event::Accepted { acceptance, on, statutory, promised } => {
                self.intake.acceptance = Some(acceptance.clone());
                self.clocks.statutory = Some(limit(LimitKind::Statutory, *statutory, *on));
                self.clocks.promised = Some(limit(LimitKind::Promised, *promised, *on));
                self.stage = Stage::InReview;
            }
            Event::Rejected(rejection) => {
                self.intake.rejection = Some(rejection.clone());
                self.end(Stage::Rejected, at);
            }
            Event::FoundNotRequired(not_required) => {
                self.intake.not_required = Some(not_required.clone());
                self.end(Stage::NotRequired, at);
            }
            Event::Withdrawn { .. } => self.end(Stage::Withdrawn, at),
            Event::DeliveryChosen { method } => self.issuance.method = *method,
            Event::Assigned { to } => self.routing.holder = held(to, at),
            Event::HandOverOffered { to, reason, .. } => {
                if let Holder::With { staff, since } = self.routing.holder.clone() {
                    self.routing.holder = Holder::Offered { staff, since, to: to.clone(), reason: reason.clone() };
                }
            }
            Event::HandOverAccepted { to, .. } => self.routing.holder = held(to, at),
            Event::HandOverDeclined { .. } => {
                if let Holder::Offered { staff, since, .. } = self.routing.holder.clone() {
                    self.routing.holder = Holder::With { staff, since };
                }
            }
            Event::Reviewed(review) => self.approval.review = Some(review.clone()),
            Event::Decided { decision, on, delivery } => {
                self.approval.decision = Some(decision.clone());
                self.clocks.stop(*on);
                self.clocks.delivery = Some(limit(LimitKind::Delivery, *delivery, *on));
                self.stage = Stage::Decided;
            }
            Event::Issued(result) => {
                self.issuance.result = Some(result.clone());
                self.stage = Stage::Issued;
            }
            Event::Dispatched { carrier, waybill } => {
                self.issuance.parcel = Some(Parcel {
                    carrier: carrier.clone(),
                    waybill: waybill.clone(),
                    dispatched_at: at,
                    states: Vec::new(),
                });
                self.stage = Stage::InTransit;
            }
            Event::Tracked(state) => {
                if let Some(parcel) = &mut self.issuance.parcel {
                    parcel.states.push(state.clone());
                }
                if state.state == TrackingState::Returned {
                    self.stage = Stage::Issued;
                }
            }
            Event::Delivered { how, at, receipt } => {
                self.issuance.delivered = Some(Delivered { how: *how, at: *at, receipt: receipt.clone() });
                self.clocks.stop(at.day());
                self.stage = Stage::Delivered;
            }
            Event::Closed => self.end(Stage::Closed, at),
        }
    }

    fn end(&mut self, stage: Stage, at: Instant) {
        self.clocks.stop(at.day());
        self.stage = stage;
        self.ended_at = Some(at);
    }
}

impl Clocks {
    /// Stops whatever still runs; what was stopped before keeps its day.
    fn stop(&mut self, on: NaiveDate) {
        for ledger in [&mut self.statutory, &mut self.promised, &mut self.delivery].into_iter().flatten() {
            ledger.stopped.get_or_insert(on);
        }
    }
}

fn limit(kind: LimitKind, budget: WorkingDays, start: NaiveDate) -> Ledger {
    Ledger::new(kind, budget, start)
}

fn held(staff: &StaffCode, since: Instant) -> Holder {
    Holder::With { staff: staff.clone(), since }
}

/// The clerk who signed, for first-contact responsibility: the first window to touch the case.
fn posted(recorded: &Recorded) -> Option<StaffCode> {
    recorded.by.role.is_posted().then(|| recorded.by.code.parse().ok()).flatten()
}
