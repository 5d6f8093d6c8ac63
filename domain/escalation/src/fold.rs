//! Events → state. Nothing else changes an impasse.

use kernel::{
    StaffCode,
    access::{Role, Signature},
    ledger::Ledger,
    responsibility::{Responsibility, Responsible, Taken},
};

use crate::{
    event::{Event, Recorded, Registered},
    impasse::{Impasse, Limits, State, Submitted},
    order::{Order, OrderState},
    round::Round,
    supervision::Supervision,
    turn::Turn,
};

impl Impasse {
    /// The first event makes one; None for any other event.
    pub fn begin(recorded: &Recorded) -> Option<Self> {
        let Event::ImpasseRegistered(registered) = &recorded.event else { return None };
        let it: Registered = (**registered).clone();
        let staff = staff_of(&recorded.by);
        let answers_as = staff.is_some().then_some(recorded.by.role);
        let first = match staff {
            Some(staff) => Responsible::Staff(staff),
            None => Responsible::Window(it.fallback.clone()),
        };
        Some(Self {
            id: it.id,
            centre: it.centre,
            version: recorded.version,
            state: State::Registered,
            category: it.category,
            channel: it.channel,
            window: it.window,
            fallback: it.fallback,
            department: it.department,
            referred_by: it.referred_by,
            refused_by: it.refused_by,
            applicant: it.applicant,
            speaker: it.speaker,
            assurance: it.assurance,
            client: it.client,
            vouched: it.vouched,
            external_number: it.external_number,
            failed_case: it.failed_case,
            negative_reply: it.negative_reply,
            consultation: it.consultation,
            first_asked: it.first_asked,
            subject: it.subject,
            facts: it.facts,
            wanted: it.wanted,
            registered_at: recorded.at,
            limits: Limits { first_contact: it.first_contact, filing: Some(it.filing), ..Limits::default() },
            supplements: Vec::new(),
            urgings: Vec::new(),
            contacts: Vec::new(),
            filing: None,
            level: None,
            gradings: Vec::new(),
            left_over: Vec::new(),
            meetings: Vec::new(),
            consulted: Vec::new(),
            government: Vec::new(),
            orders: Vec::new(),
            rounds: Vec::new(),
            carrying_proposal: None,
            carrying: None,
            follow_ups: Vec::new(),
            responsibility: Responsibility::begin(first, recorded.at),
            answers_as,
            turn: None,
            hand_over: None,
            supervision: Vec::new(),
            reminders: Vec::new(),
            speaker_awaited: None,
            closed_at: None,
        })
    }

    /// The whole record, from the first event; None where there is none.
    pub fn fold(record: &[Recorded]) -> Option<Self> {
        let (first, rest) = record.split_first()?;
        let mut impasse = Self::begin(first)?;
        rest.iter().for_each(|recorded| impasse.apply(recorded));
        Some(impasse)
    }

    pub fn apply(&mut self, recorded: &Recorded) {
        self.version = recorded.version;
        self.touched(recorded);
        match recorded.event.clone() {
            Event::ImpasseRegistered(_) => {}
            Event::ApplicantContacted(contact) => {
                if contact.reached {
                    stop(&mut self.limits.first_contact, recorded);
                }
                self.contacts.push(contact);
            }
            Event::ImpasseFiled { filing, triage } => {
                stop(&mut self.limits.filing, recorded);
                self.limits.triage = Some(triage);
                self.filing = Some(filing);
                self.state = State::Filed;
            }
            Event::Supplemented(said) => self.supplements.push(said),
            Event::Urged(said) => self.urgings.push(said),
            Event::ResponsibilityOffered(offer) => self.hand_over = Some(offer),
            Event::ResponsibilityAccepted { by } => {
                self.hand_over = None;
                self.answers_as = Some(recorded.by.role);
                self.responsibility.pass(Responsible::Staff(by), Taken::Accepted, recorded.at);
            }
            Event::ResponsibilityDeclined { .. } | Event::ResponsibilityLapsed { .. } => self.hand_over = None,
            Event::ReturnedToUnit { staff, to } => {
                if self.hand_over.as_ref().is_some_and(|offer| offer.to == staff) {
                    self.hand_over = None;
                }
                self.answers_as = self.answers_as.filter(|_| matches!(to, Responsible::Staff(_)));
                self.responsibility.pass(to, Taken::Returned, recorded.at);
            }
            Event::LevelSet { grading, handling } => {
                stop(&mut self.limits.triage, recorded);
                self.level = Some(grading.level);
                if let Some(round) = self.rounds.last_mut().filter(|round| round.satisfaction.is_none()) {
                    round.level = grading.level;
                }
                self.gradings.push(grading);
                if let Some(handling) = handling {
                    self.limits.handling = Some(handling);
                }
            }
            Event::LeftOver(left_over) => self.left_over.push(left_over),
            Event::Discussed { meeting, departments } => {
                self.meetings.push(meeting);
                self.consulted.extend(departments);
                self.consulted.sort_unstable();
                self.consulted.dedup();
                if let Some(round) = self.rounds.last_mut() {
                    round.meetings.push(meeting);
                }
            }
            Event::SubmittedToGovernment { month, number } => {
                self.government.push(Submitted { month, number, decision: None, decided_in: None });
            }
            Event::GovernmentDecided { month, decision } => {
                if let Some(submitted) = self.government.iter_mut().rev().find(|submitted| submitted.month == month) {
                    submitted.decision = Some(decision);
                    submitted.decided_in = Some(self.rounds.len());
                }
            }
            Event::Answered { answer, feedback } => {
                stop(&mut self.limits.handling, recorded);
                self.limits.feedback = Some(feedback);
                if let Some(round) = self.rounds.last_mut() {
                    round.answer = Some(answer);
                }
                self.state = State::AwaitingApplicant;
            }
            Event::SpeakerAwaited => self.speaker_awaited = Some(recorded.at),
            Event::SatisfactionRecorded(satisfaction) => {
                self.speaker_awaited = None;
                stop(&mut self.limits.feedback, recorded);
                if let Some(round) = self.rounds.last_mut() {
                    round.satisfaction = Some(satisfaction);
                }
            }
            Event::ClosedOut => self.close_out(recorded),
            Event::RoundBegun { cause, handling } => self.begin_round(cause, handling, recorded),
            Event::CarryingProposed(proposal) => self.carrying_proposal = Some(proposal),
            Event::CarryingRefused { .. } => self.carrying_proposal = None,
            Event::CarryingApproved { carrying, review } => {
                self.carrying_proposal = None;
                self.carrying = Some(carrying);
                self.stop_all(recorded);
                self.limits.review = Some(review);
                self.state = State::Carried;
            }
            Event::CarryingKept { done, review } => {
                if let Some(carrying) = &mut self.carrying {
                    carrying.reviews.push(done);
                }
                self.limits.review = Some(review);
            }
            Event::CarryingEnded { .. } => self.carrying = None,
            Event::FollowedUp(followed_up) => self.follow_ups.push(followed_up),
            Event::Reminded(reminder) => self.reminders.push(reminder),
            Event::SupervisionProposed { order, step, due, turn } => {
                let proposed_at = recorded.at;
                self.ladder_mut(order).push(Supervision { step, due, proposed_at, turn, ruling: None });
            }
            Event::SupervisionRuled { order, ruling, .. } => {
                if let Some(waiting) = self.ladder_mut(order).iter_mut().find(|it| it.ruling.is_none()) {
                    waiting.ruling = Some(ruling);
                }
            }
            order => self.apply_to_order(order, recorded),
        }
        let whose = self.whose_turn();
        if self.turn.map(|turn| turn.whose) != whose {
            self.turn = whose.map(|whose| Turn { whose, since: recorded.at.day() });
        }
    }

    fn apply_to_order(&mut self, event: Event, recorded: &Recorded) {
        match event {
            Event::OrderIssued(order) => self.orders.push(*order),
            Event::OrderAcknowledged { order, responsible } => {
                if let Some(order) = self.order_mut(order) {
                    order.receipt.stopped.get_or_insert(recorded.at.day());
                    order.responsible = Some(responsible);
                    order.state = OrderState::Acknowledged;
                }
            }
            Event::OrderReturnRequested { order, request } => {
                if let Some(order) = self.order_mut(order) {
                    order.return_request = Some(request);
                    order.state = OrderState::ReturnRequested;
                }
            }
            Event::OrderReturnRuled { order, ruling, binds } => {
                if let Some(order) = self.order_mut(order) {
                    order.rule_on_return(ruling, binds, recorded);
                }
            }
            Event::OrderExtensionRequested { order, request } => {
                if let Some(order) = self.order_mut(order) {
                    order.extension_request = Some(request);
                }
            }
            Event::OrderExtensionRuled { order, ruling, extension } => {
                if let Some(order) = self.order_mut(order) {
                    order.limit.extensions.extend(extension);
                    if let Some(request) = &mut order.extension_request {
                        request.ruling = Some(ruling);
                    }
                }
            }
            Event::OrderCompleted { order, completion } => {
                if let Some(order) = self.order_mut(order) {
                    order.completion = Some(completion);
                    order.state = OrderState::Completed;
                }
            }
            Event::OrderSigned { order, signed } => {
                if let Some(order) = self.order_mut(order) {
                    order.leader = Some(signed);
                    order.limit.stopped = Some(recorded.at.day());
                    order.state = OrderState::Signed;
                }
            }
            Event::OrderSentBack { order, sent_back } => {
                if let Some(order) = self.order_mut(order) {
                    order.sent_back.push(sent_back);
                    order.completion = None;
                    order.leader = None;
                    order.limit.stopped = None;
                    order.state = OrderState::Acknowledged;
                }
            }
            Event::OrderReturnedToUnit { order, .. } => {
                if let Some(order) = self.order_mut(order) {
                    order.responsible = None;
                }
            }
            _ => {}
        }
    }

    /// The ladder of an order, or that of the handling.
    fn ladder_mut(&mut self, order: Option<u32>) -> &mut Vec<Supervision> {
        let of_order = order.and_then(|sequence| self.orders.iter().position(|order| order.sequence == sequence));
        match of_order {
            Some(index) => &mut self.orders[index].supervision,
            None => &mut self.supervision,
        }
    }

    fn order_mut(&mut self, sequence: u32) -> Option<&mut Order> {
        self.orders.iter_mut().find(|order| order.sequence == sequence)
    }

    fn close_out(&mut self, recorded: &Recorded) {
        self.stop_all(recorded);
        self.carrying = None;
        self.carrying_proposal = None;
        self.hand_over = None;
        self.closed_at = Some(recorded.at);
        self.responsibility.end(recorded.at);
        self.state = State::ClosedOut;
    }

    fn begin_round(&mut self, cause: crate::round::Cause, handling: Ledger, recorded: &Recorded) {
        if self.closed_at.take().is_some() {
            let last = self.responsibility.tenures().last().map(|tenure| tenure.who.clone());
            let last = last.unwrap_or_else(|| Responsible::Window(self.fallback.clone()));
            self.responsibility.pass(last, Taken::Reopened, recorded.at);
        }
        stop(&mut self.limits.review, recorded);
        stop(&mut self.limits.feedback, recorded);
        self.carrying = None;
        self.carrying_proposal = None;
        self.speaker_awaited = None;
        if let Some(level) = self.level {
            let (began, meetings) = (recorded.at.day(), Vec::new());
            self.rounds.push(Round { began, level, cause, meetings, answer: None, satisfaction: None });
        }
        self.limits.handling = Some(handling);
        self.state = State::InHandling;
    }

    /// Nothing presses any more: by now none of its orders is open.
    fn stop_all(&mut self, recorded: &Recorded) {
        let limits = &mut self.limits;
        for limit in [
            &mut limits.first_contact,
            &mut limits.filing,
            &mut limits.triage,
            &mut limits.handling,
            &mut limits.feedback,
            &mut limits.review,
        ] {
            stop(limit, recorded);
        }
    }

    /// 首问责任: of what came online, the first of the staff who takes it in hand.
    fn touched(&mut self, recorded: &Recorded) {
        let waits = matches!(self.responsibility.now(), Some(Responsible::Window(_)));
        let of_the_hall = matches!(recorded.by.role, Role::Clerk | Role::Manager | Role::Supervisor);
        if waits
            && of_the_hall
            && let Some(staff) = staff_of(&recorded.by)
        {
            self.answers_as = Some(recorded.by.role);
            self.responsibility.pass(Responsible::Staff(staff), Taken::Taken, recorded.at);
        }
    }
}

impl Order {
    fn rule_on_return(&mut self, ruling: crate::order::Ruling, binds: bool, recorded: &Recorded) {
        if ruling.granted {
            self.receipt.stopped.get_or_insert(recorded.at.day());
            self.limit.stopped = Some(recorded.at.day());
            self.state = OrderState::Returned;
        } else {
            self.binding |= binds;
            self.state = if self.responsible.is_some() { OrderState::Acknowledged } else { OrderState::Issued };
        }
        if let Some(request) = &mut self.return_request {
            request.ruling = Some(ruling);
        }
    }
}

fn stop(limit: &mut Option<Ledger>, recorded: &Recorded) {
    if let Some(ledger) = limit {
        ledger.stopped.get_or_insert(recorded.at.day());
    }
}

/// 工号, where a member of staff did it.
fn staff_of(by: &Signature) -> Option<StaffCode> {
    let outside = matches!(by.role, Role::Applicant | Role::Adapter | Role::Hotline | Role::System);
    if outside { None } else { by.code.parse().ok() }
}
