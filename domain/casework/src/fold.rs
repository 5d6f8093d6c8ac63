use approval::{Approval, Outcome, Step, joint::JointReview};
use chrono::NaiveDate;
use intake::Intake;
use issuance::{Delivered, Issuance, Parcel, Replaced, Standing};
use kernel::{
    DocumentNumber, Instant, Role, StaffCode, Text, WorkingDays,
    ledger::{Ledger, LimitKind},
};
use routing::{Holder, Responsibility, Responsible, Routing, Taken};

use crate::{
    case::{Case, Seal},
    clocks::{Clocks, halt},
    event::{Event, Received, Recorded, Resumption},
    stage::Stage,
};

impl Case {
    /// The case as its first event makes it; None if the record does not begin with a receipt.
    pub fn begin(recorded: &Recorded) -> Option<Self> {
        let Event::Received(received) = &recorded.event else { return None };
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
            vouched,
            agent,
            external_number,
            delivery,
            check,
            package,
        } = received.as_ref().clone();
        let first = match posted(recorded) {
            Some(staff) => Responsible::Staff(staff),
            None => Responsible::Window(window.clone()),
        };
        Some(Self {
            id,
            centre,
            number,
            version: recorded.version,
            stage: Stage::UnderCheck,
            item,
            channel,
            applicant,
            assurance,
            window,
            client,
            vouched,
            agent,
            external_number,
            first_contact: posted(recorded),
            received_at: recorded.at,
            intake: Intake::default(),
            routing: Routing::to_department(department),
            approval: Approval::default(),
            issuance: Issuance::by(delivery),
            clocks: Clocks { check, ..Clocks::default() },
            ended_at: None,
            responsibility: Responsibility::begin(first, recorded.at),
            package,
            held_back: None,
            papers: Vec::new(),
            seals: Vec::new(),
            reminders: Vec::new(),
            notes: Vec::new(),
            reopenings: Vec::new(),
            ratings: Vec::new(),
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
        self.touched(recorded);
        let at = recorded.at;
        // A refusal is delivered as the decision itself.
        let paper = recorded.event.document().filter(|paper| !self.papers.contains(paper));
        self.papers.extend(paper.cloned());
        match &recorded.event {
            Event::Received(_) | Event::DeadlinesMoved { .. } => {}
            Event::FileAttached { material, file } => {
                let handed = self.intake.materials.entry(material.clone()).or_default();
                handed.files.push(file.clone());
                // What was checked is no longer what is there.
                handed.check = None;
            }
            Event::ScopeChecked(check) => self.intake.scope = Some(check.clone()),
            Event::MaterialChecked { material, check } => {
                self.intake.materials.entry(material.clone()).or_default().check = Some(check.clone());
                if check.after_acceptance && check.defect().is_some() {
                    self.clocks.condition_fell_short(at.day());
                }
            }
            Event::CheckStarted { limit } => {
                self.clocks.check = Some(limit.clone());
                self.held_back = None;
            }
            Event::HeldBack(held) => {
                self.held_back = Some(held.clone());
                if self.stage == Stage::UnderCheck {
                    self.clocks.check_waits(at.day());
                }
            }
            Event::HoldEnded => self.held_back = None,
            Event::CorrectionsNotified(round) => {
                halt(&mut self.clocks.check, at.day());
                self.clocks.correction = Some(round.limit.clone());
                self.intake.exception = None;
                self.intake.rounds.push(round.as_ref().clone());
                self.stage = Stage::AwaitingCorrection;
            }
            Event::SecondNoticeAllowed(exception) => self.intake.exception = Some(exception.clone()),
            Event::CorrectionsSubmitted { check } => self.corrected(check, at),
            Event::DeemedWithdrawn { .. } | Event::Withdrawn { .. } => self.end(Stage::Withdrawn, at),
            Event::Accepted { acceptance, on, statutory, promised, counts_start, lapsed } => {
                let limit = |kind, budget| limit(kind, budget, *on, *counts_start);
                self.intake.acceptance = Some(acceptance.clone());
                halt(&mut self.clocks.check, lapsed.unwrap_or(at.day()));
                self.clocks.statutory = Some(limit(LimitKind::Statutory, *statutory));
                self.clocks.promised = Some(limit(LimitKind::Promised, *promised));
                self.routing.window_offer = None;
                self.stage = Stage::InReview;
            }
            Event::ConditionSet { condition, limit } => {
                self.intake.condition = Some(condition.clone());
                self.clocks.condition = Some(limit.clone());
            }
            Event::ConditionHandedIn { check } => self.clocks.check_condition(check.clone(), at.day()),
            Event::ConditionMet => {
                if let Some(condition) = &mut self.intake.condition {
                    condition.met_at = Some(at);
                }
                self.clocks.end_condition(at.day());
            }
            Event::Committed(commitment) => self.intake.commitment = Some(commitment.clone()),
            Event::CommitmentVerified(verification) => {
                if let Some(commitment) = &mut self.intake.commitment {
                    commitment.verifications.push(verification.clone());
                }
                halt(&mut self.clocks.verification, at.day());
                match &verification.order {
                    Some(order) => self.clocks.mending = Some(order.limit.clone()),
                    None => halt(&mut self.clocks.mending, at.day()),
                }
            }
            Event::AcceptanceRevoked(revocation) => {
                self.intake.revocation = Some(revocation.clone());
                self.set_decision_aside();
                self.end(Stage::AcceptanceRevoked, at);
            }
            Event::Rejected(rejection) => {
                self.intake.rejection = Some(rejection.clone());
                self.end(Stage::Rejected, at);
            }
            Event::FoundNotRequired(not_required) => {
                self.intake.not_required = Some(not_required.clone());
                self.end(Stage::NotRequired, at);
            }
            Event::DeliveryChosen { method } => self.issuance.method = *method,
            Event::Assigned { to } => {
                let own = recorded.by.code == to.as_str();
                self.held_by(to, if own { Taken::Taken } else { Taken::Assigned }, at);
            }
            Event::HandOverOffered { .. }
            | Event::HandOverAccepted { .. }
            | Event::HandOverDeclined { .. }
            | Event::HandOverLapsed { .. } => self.handed_over(&recorded.event, at),
            Event::ReturnedToUnit { staff, to } => self.returned_to_unit(staff, to, at),
            Event::Delegated { to } => self.routing.delegate = Some(to.clone()),
            Event::DelegationEnded => self.routing.delegate = None,
            Event::TransferOffered(transfer) => self.routing.transfer = Some(transfer.clone()),
            Event::TransferDeclined { .. } | Event::TransferLapsed { .. } => self.routing.transfer = None,
            Event::TransferAccepted { to, staff, .. } => {
                self.routing.transfer = None;
                self.routing.department = to.clone();
                // What the first department found does not bind the one that decides now.
                self.approval.review = None;
                self.held_by(staff, Taken::Accepted, at);
            }
            Event::ReviewDue { limit } => self.clocks.review = Some(limit.clone()),
            Event::ProcedureStarted(procedure) => {
                self.clocks.suspend(&procedure.suspension());
                self.approval.procedures.push(procedure.clone());
            }
            Event::ProcedureEnded { notice, until, result, at } => self.procedure_ended(notice, *until, result, *at),
            Event::Paused(pause) => self.approval.pauses.push(pause.clone()),
            Event::Resumed { on } => {
                if let Some(pause) = self.approval.pauses.last_mut() {
                    pause.until.get_or_insert(*on);
                }
            }
            Event::Extended { extension, promise_broken, .. } => {
                let promised = self.clocks.promised.as_mut().filter(|_| !promise_broken);
                for ledger in self.clocks.statutory.as_mut().into_iter().chain(promised) {
                    ledger.extensions.push(extension.clone());
                }
            }
            Event::PlanDrawn { plan, silence, from, counts_start, reason, named, asked } => {
                let mut drawn = JointReview::new(plan.clone(), *silence, *from);
                let earlier = self.approval.joint.take().map(|joint| joint.named).unwrap_or_default();
                (drawn.counts_start, drawn.reason) = (*counts_start, reason.clone());
                drawn.named = earlier.into_iter().chain(named.iter().cloned()).collect();
                asked.iter().for_each(|(department, asked)| drawn.record_question(department, asked.clone()));
                self.approval.joint = Some(drawn);
            }
            Event::OpinionGiven { department, given } => {
                self.in_joint_review(|joint| joint.record_opinion(department, given.clone()));
            }
            Event::MoreAsked { department, asked } => {
                self.in_joint_review(|joint| joint.record_question(department, asked.clone()));
            }
            Event::MoreAnswered { department, answer } => {
                self.in_joint_review(|joint| joint.record_answer(department, answer.clone()));
            }
            Event::FellSilent { department, on } => {
                self.in_joint_review(|joint| joint.record_silence(department, *on));
            }
            Event::InspectionScheduled(inspection) => self.approval.inspection = Some(inspection.clone()),
            Event::InspectionMoved { to, reason, procedure } => {
                let by = recorded.by.code.parse();
                if let (Some(inspection), Ok(by)) = (&mut self.approval.inspection, by) {
                    inspection.record_move(*to, reason.clone(), by, at);
                    inspection.procedure = procedure.clone();
                }
            }
            Event::InspectionRecorded(record) => {
                if let Some(inspection) = &mut self.approval.inspection {
                    inspection.record(record.clone());
                }
            }
            Event::FindingsGiven { department, finding } => {
                if let Some(inspection) = &mut self.approval.inspection {
                    inspection.record_finding(department.clone(), finding.clone());
                }
            }
            Event::FindingsMissed { department, on } => {
                if let Some(inspection) = &mut self.approval.inspection {
                    inspection.record_silence(department.clone(), *on);
                }
            }
            Event::Reviewed(review) => {
                self.approval.review = Some(review.clone());
                self.routing.delegate = None;
                halt(&mut self.clocks.review, at.day());
            }
            Event::ReturnedForRework(rework) => {
                // Whatever comes after the step is done again.
                self.approval.review = None;
                if rework.to == Step::JointReview {
                    self.in_joint_review(|joint| {
                        let again = JointReview::new(joint.plan.clone(), joint.silence, at.day());
                        let (counts_start, reason) = (joint.counts_start, joint.reason.take());
                        let mut named = std::mem::take(&mut joint.named);
                        named.extend(rework.silent.iter().cloned());
                        *joint = JointReview { counts_start, reason, named, ..again };
                        // By the event, so that a return of before it kept them adds up to what was stored.
                        rework.asked.iter().for_each(|(of, asked)| joint.record_question(of, asked.clone()));
                    });
                }
                self.approval.reworks.push(rework.clone());
            }
            Event::Decided { decision, on, delivery, verification, counts_start } => {
                let limit = |kind, budget| limit(kind, budget, *on, *counts_start);
                self.approval.decision = Some(decision.clone());
                // Nobody grants what is held back, and a refusal waits for nobody.
                self.held_back = None;
                self.clocks.stop(*on);
                if self.outcome() == Some(Outcome::Refuse) {
                    // A refusal waits for nothing that was still to come.
                    self.clocks.end_condition(*on);
                    if let Some(condition) = self.intake.condition.as_mut().filter(|it| it.met_at.is_none()) {
                        condition.dropped_at = Some(at);
                    }
                }
                self.clocks.delivery = Some(limit(LimitKind::Delivery, *delivery));
                self.clocks.verification = verification.map(|budget| limit(LimitKind::Verification, budget));
                self.stage = Stage::Decided;
            }
            Event::Issued(result) => {
                self.issuance.result = Some(result.clone());
                self.issuance.issued_at = Some(at);
                if let Some(clerk) = posted(recorded) {
                    self.responsibility.pass(Responsible::Staff(clerk), Taken::Issuing, at);
                }
                self.stage = Stage::Issued;
            }
            Event::Dispatched { carrier, waybill } => {
                self.issuance.parcel = Some(Parcel {
                    carrier: carrier.clone(),
                    waybill: waybill.clone(),
                    dispatched_at: at,
                    states: Vec::new(),
                });
                self.goes_its_way(Stage::InTransit);
            }
            Event::Tracked(state) => {
                if let Some(parcel) = &mut self.issuance.parcel {
                    parcel.states.push(state.clone());
                }
                if state.state.has_failed() {
                    self.goes_its_way(Stage::Issued);
                }
            }
            Event::Delivered { how, at, receipt } => {
                self.issuance.delivered = Some(Delivered { how: *how, at: *at, receipt: receipt.clone() });
                self.clocks.stop(at.day());
                self.goes_its_way(Stage::Delivered);
            }
            Event::Chased => self.issuance.chased.push(at),
            Event::Acknowledged => self.issuance.acknowledged_at = Some(at),
            Event::Closed => self.end(Stage::Closed, at),
            Event::ResultReplaced { document, how, reason, deliver_anew } => {
                self.replaced(document, (*how, reason), *deliver_anew, recorded);
            }
            Event::GrantEnded(ended) => {
                self.issuance.standing = Standing::Ended(ended.clone());
                halt(&mut self.clocks.verification, at.day());
                halt(&mut self.clocks.mending, at.day());
                if !self.stage.is_final() {
                    self.end(Stage::Closed, at);
                }
            }
            Event::Sealed { document, seal } => {
                let (document, seal) = (document.clone(), seal.clone());
                self.seals.push(Seal { document, seal, by: recorded.by.clone(), at });
            }
            Event::NoteAdded(note) => self.notes.push(note.clone()),
            Event::Reopened { reopening, to } => {
                self.reopenings.push(reopening.clone());
                self.reopened(to, at);
            }
            Event::Rated(rating) => self.ratings.push(rating.as_ref().clone()),
            Event::Reminded(reminder) => self.reminders.push(reminder.clone()),
        }
    }

    /// The first member of staff to touch the case answers for it from then on (clause B5-1). What is back with the window is
    /// taken by somebody of the window, or of the department that has it.
    fn touched(&mut self, recorded: &Recorded) {
        let Some(staff) = posted(recorded) else { return };
        if let Some(Responsible::Window(_)) = self.responsibility.now() {
            let again = self.responsibility.returned_at().is_some();
            let with_department = matches!(self.stage, Stage::InReview | Stage::Decided);
            let of_the_unit =
                recorded.by.role == Role::Clerk || (with_department && !recorded.event.is_of_a_participant());
            if !again || of_the_unit {
                let how = if again { Taken::Taken } else { Taken::FirstContact };
                self.responsibility.pass(Responsible::Staff(staff.clone()), how, recorded.at);
            }
        }
        self.first_contact.get_or_insert(staff);
    }

    pub(crate) fn held_by(&mut self, staff: &StaffCode, how: Taken, at: Instant) {
        self.routing.holder = Holder::With { staff: staff.clone(), since: at };
        self.routing.delegate = None;
        self.responsibility.pass(Responsible::Staff(staff.clone()), how, at);
    }

    /// What was told to be wrong has come again and is to be looked at again.
    fn corrected(&mut self, check: &Ledger, at: Instant) {
        halt(&mut self.clocks.correction, at.day());
        match &self.held_back {
            Some(_) => self.clocks.check_waits(at.day()),
            None => self.clocks.check_again(check.clone()),
        }
        if let Some(round) = self.intake.rounds.last_mut() {
            round.submitted_at = Some(at);
            round.limit.stopped.get_or_insert(at.day());
            for correction in &round.corrections {
                if let Some(handed) = self.intake.materials.get_mut(&correction.material) {
                    handed.check = None;
                }
            }
        }
        self.stage = Stage::UnderCheck;
    }

    fn procedure_ended(&mut self, notice: &DocumentNumber, until: NaiveDate, result: &Text<500>, at: Option<Instant>) {
        let named = self.approval.procedures.iter_mut().find(|procedure| procedure.notice == *notice);
        if let Some(procedure) = named {
            procedure.until = Some(until);
            procedure.result = Some(result.clone());
            // By the event, so that an end of before it was kept adds up to what was stored.
            procedure.ended_at = at;
            self.clocks.end_suspension(&procedure.suspension());
        }
    }

    fn in_joint_review(&mut self, change: impl FnOnce(&mut JointReview)) {
        if let Some(joint) = &mut self.approval.joint {
            change(joint);
        }
    }

    /// 出件以后: the first result takes the case from stage to stage; what took its place after it was delivered moves nothing.
    fn goes_its_way(&mut self, stage: Stage) {
        if matches!(self.stage, Stage::Issued | Stage::InTransit) {
            self.stage = stage;
        }
    }

    fn replaced(
        &mut self,
        document: &issuance::ResultDocument,
        (how, reason): (issuance::Replacement, &Text<500>),
        deliver_anew: bool,
        recorded: &Recorded,
    ) {
        let (at, issuance) = (recorded.at, &mut self.issuance);
        let earlier = issuance.result.replace(document.clone());
        let (mut parcel, mut delivered, mut acknowledged_at) = (None, None, None);
        // By the event, so that a replacement of before there was a second delivery adds up to what was stored.
        if deliver_anew {
            (parcel, delivered) = (issuance.parcel.take(), issuance.delivered.take());
            acknowledged_at = issuance.acknowledged_at.take();
            issuance.issued_at = Some(at);
        }
        if let (Some(document), Ok(by)) = (earlier, recorded.by.code.parse()) {
            let reason = reason.clone();
            let trace = Replaced { document, how, reason, by, at, parcel, delivered, acknowledged_at };
            issuance.replaced.push(trace);
        }
        // A new document is in hand, whatever became of the parcel with the old one.
        if self.stage == Stage::Issued {
            issuance.parcel = None;
        }
    }

    fn reopened(&mut self, to: &Resumption, at: Instant) {
        self.ended_at = None;
        // By the event, so that a reopening of before it said so adds up to what was stored.
        let waited = match to {
            Resumption::Check { waited: Some(waited), .. } => *waited,
            _ => self.condition_lapsed_or_waited(),
        };
        let Clocks { check, condition, condition_check, verification, mending, mut earlier, .. } =
            std::mem::take(&mut self.clocks);
        earlier.extend(check.into_iter().chain(condition_check).chain(condition.filter(|_| waited)));
        self.clocks = Clocks { verification, mending, earlier, ..Clocks::default() };
        match to {
            Resumption::Check { limit, inspection, silent, deemed_on, .. } => {
                self.set_decision_aside();
                let intake = &mut self.intake;
                intake.deemed.extend(deemed_on);
                (intake.acceptance, intake.rejection, intake.not_required) = (None, None, None);
                (intake.condition, intake.commitment, intake.revocation) = (None, None, None);
                let Approval { earlier_decisions, mut earlier_silent, .. } = std::mem::take(&mut self.approval);
                earlier_silent.extend(silent.iter().cloned());
                let inspection = inspection.as_deref().cloned();
                self.approval = Approval { inspection, earlier_decisions, earlier_silent, ..Approval::default() };
                self.routing = Routing::to_department(self.routing.department.clone());
                self.clocks.check = Some(limit.clone());
                self.responsibility.pass(Responsible::Window(self.window.clone()), Taken::Reopened, at);
                self.stage = Stage::UnderCheck;
            }
            Resumption::Review { statutory, promised, deemed_on } => {
                self.intake.deemed.extend(deemed_on);
                self.approval.review = None;
                self.set_decision_aside();
                self.issuance = Issuance::by(self.issuance.method);
                (self.routing.holder, self.routing.delegate) = (Holder::Worklist, None);
                self.clocks.statutory = Some(statutory.clone());
                self.clocks.promised = Some(promised.clone());
                let department = self.routing.department.clone();
                self.responsibility.pass(Responsible::Department(department), Taken::Reopened, at);
                self.stage = Stage::InReview;
            }
        }
    }

    /// A decision that takes no effect, or no more, and the result made out of it.
    fn set_decision_aside(&mut self) {
        let result = self.issuance.result.take().map(|result| result.number);
        let decision = self.approval.decision.take();
        let falls = |paper: &DocumentNumber| {
            result.as_ref() == Some(paper) || decision.as_ref().is_some_and(|decision| decision.document == *paper)
        };
        self.papers.retain(|paper| !falls(paper));
        self.approval.earlier_decisions.extend(decision);
    }

    fn end(&mut self, stage: Stage, at: Instant) {
        self.clocks.stop(at.day());
        self.clocks.end_condition(at.day());
        (self.routing.transfer, self.routing.window_offer) = (None, None);
        self.held_back = None;
        self.responsibility.end(at);
        self.stage = stage;
        self.ended_at = Some(at);
    }
}

fn limit(kind: LimitKind, budget: WorkingDays, start: NaiveDate, counts_start: bool) -> Ledger {
    Ledger { counts_start, ..Ledger::new(kind, budget, start) }
}

/// The clerk who signed, for first-contact responsibility: the first window to touch the case.
fn posted(recorded: &Recorded) -> Option<StaffCode> {
    let handles = matches!(recorded.by.role, Role::Clerk | Role::Reviewer | Role::Approver);
    handles.then(|| recorded.by.code.parse().ok()).flatten()
}
