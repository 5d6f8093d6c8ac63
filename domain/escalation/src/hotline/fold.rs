use kernel::{
    Centre, Instant, Recorded, StaffCode, Text,
    id::WorkOrderId,
    ledger::{self, Ledger},
};

use super::{
    event::Event,
    external_no::ExternalNo,
    message::Dispatch,
    pressing::{OrderReminder, OrderSupervision, Urging},
    state::{Milestone, Press, State},
    work_order::{Answer, Assignment, AssignmentReturn, Escalation, Extension, Return, Ruling, WorkOrder},
};

impl WorkOrder {
    pub(super) fn begin(
        id: WorkOrderId,
        centre: Centre,
        hotline: StaffCode,
        external_no: ExternalNo,
        first: &Recorded<Event>,
    ) -> Option<Self> {
        let Event::Dispatched { dispatch, limit, return_until, returns_allowed } = &first.event else { return None };
        let dispatch = dispatch.clone();
        let Dispatch { kind, sector, route, subject, facts, assigned, lead, co_organisers, dispatched_at } = dispatch;
        Some(Self {
            id,
            centre,
            hotline,
            external_no,
            version: first.version,
            state: State::Dispatched,
            kind,
            sector,
            route,
            subject,
            facts,
            assigned,
            lead,
            co_organisers,
            dispatched_at,
            redispatched_at: Vec::new(),
            return_until: *return_until,
            returns_allowed: *returns_allowed,
            limits: limit.iter().cloned().collect(),
            ran_out: false,
            round: 1,
            returns: Vec::new(),
            extension: None,
            assignment: None,
            assignment_returns: Vec::new(),
            answers: Vec::new(),
            satisfactions: Vec::new(),
            urged: 0,
            urgings: Vec::new(),
            supplements: Vec::new(),
            escalated: 0,
            escalations: Vec::new(),
            reminders: Vec::new(),
            supervision: Vec::new(),
            merged_into: None,
            awaits_merge: None,
            impasse: None,
        })
    }

    /// Takes in what happened.
    pub fn apply(&mut self, recorded: &Recorded<Event>) {
        let Recorded { version, at, by, event } = recorded.clone();
        self.version = version;
        match event {
            Event::Dispatched { dispatch, limit, return_until, returns_allowed } => {
                let Dispatch { kind, sector, route, subject, facts, assigned, lead, co_organisers, dispatched_at } =
                    dispatch;
                (self.kind, self.sector, self.route) = (kind, sector, route);
                (self.subject, self.facts) = (subject, facts);
                (self.assigned, self.lead, self.co_organisers) = (assigned, lead, co_organisers);
                (self.return_until, self.returns_allowed) = (return_until, returns_allowed);
                self.state = State::Dispatched;
                match limit {
                    Some(limit) => self.begin_anew(limit, dispatched_at),
                    None => self.go_on(),
                }
            }
            Event::Acknowledged => self.state = State::Acknowledged,
            Event::Returned { reason } => {
                self.state = State::Returned;
                self.returns.push(Return { reason, at, by, ruling: None });
            }
            Event::ReturnRuled { upheld, reason } => {
                if let Some(last) = self.returns.last_mut() {
                    last.ruling = Some(Ruling { granted: upheld, reason: Some(reason), at });
                }
                self.state = if upheld { State::NotOurs } else { State::Acknowledged };
                if upheld {
                    self.awaits_merge = None;
                    self.settle_escalation(recorded, None);
                    self.stop(recorded);
                }
            }
            Event::Assigned { to, note, return_until } => {
                self.assignment = Some(Assignment { to, note, at, return_until });
                self.state = State::InHandling;
            }
            Event::AssignmentReturned { reason } => {
                if let Some(assignment) = self.assignment.take() {
                    self.assignment_returns.push(AssignmentReturn { from: assignment.to, reason, at, by });
                }
                self.state = State::Acknowledged;
            }
            Event::ExtensionAsked { days, reason } => {
                self.extension = Some(Extension { days, reason, at, by, ruling: None });
            }
            Event::ExtensionRuled { approved, reason } => self.rule_on_extension(approved, reason, recorded),
            Event::RouteTold { route, explanation } => {
                self.answers.push(Answer { round: self.round, text: explanation, route: Some(route), at });
                self.settle(State::RouteTold, recorded);
            }
            Event::Answered { text } => {
                self.answers.push(Answer { round: self.round, text, route: None, at });
                self.settle(State::Answered, recorded);
            }
            Event::Completed { .. } => self.settle(State::Completed, recorded),
            Event::ImpasseRegistered { impasse } => {
                (self.impasse, self.awaits_merge) = (Some(impasse), None);
                self.settle_escalation(recorded, Some(Ruling { granted: true, reason: None, at }));
                self.state = State::InHandling;
                self.go_on();
            }
            Event::Followed { milestone, limit } => self.take_step(milestone, limit, recorded),
            Event::Urged { reason } => {
                self.urged += 1;
                let to = self.assignment.as_ref().filter(|_| self.impasse.is_none()).map(|it| it.to.clone());
                self.urgings.push(Urging { reason, at, to, response: None });
            }
            Event::Supplemented { text } => self.supplements.push(text),
            Event::SatisfactionGiven { satisfaction } => self.satisfactions.push(satisfaction),
            Event::SentBack { limit, .. } => {
                // With an impasse the round begins when the impasse has gone back.
                if self.impasse.is_none() {
                    self.begin_round(limit);
                }
            }
            Event::Escalated { reason, limit } => {
                self.escalated += 1;
                let raised = |limit| Escalation { reason, at, limit, told: false, ran_out: false, ruling: None };
                self.escalations.extend(limit.map(raised));
            }
            Event::EscalationDeclined { reason } => {
                self.settle_escalation(recorded, Some(Ruling { granted: false, reason: Some(reason), at }));
            }
            Event::EscalationRanOut => {
                if let Some(last) = self.escalations.last_mut() {
                    last.ran_out = true;
                }
            }
            Event::Merged { into } => {
                (self.merged_into, self.awaits_merge) = (Some(into), None);
                self.settle_escalation(recorded, None);
                self.settle(State::Merged, recorded);
            }
            Event::MergeAwaited { into } => self.awaits_merge = Some(into),
            Event::Relayed { .. } | Event::DeadlinesMoved { .. } => {}
            Event::RanOut => self.ran_out = true,
            Event::Reminded(reminder) => self.was_told(reminder),
            Event::SupervisionProposed { step, due, against } => {
                self.supervision.push(OrderSupervision { step, due, against, proposed_at: at, ruling: None });
            }
            Event::SupervisionRuled { ruling, .. } => {
                if let Some(waiting) = self.supervision.iter_mut().find(|it| it.ruling.is_none()) {
                    waiting.ruling = Some(ruling);
                }
            }
        }
        self.respond(recorded);
    }

    fn was_told(&mut self, reminder: OrderReminder) {
        if reminder.press == Press::Raised
            && let Some(last) = self.escalations.last_mut()
        {
            last.told = true;
        }
        self.reminders.push(reminder);
    }

    fn rule_on_extension(&mut self, approved: bool, reason: Option<Text<500>>, recorded: &Recorded<Event>) {
        let Some(extension) = &mut self.extension else { return };
        extension.ruling = Some(Ruling { granted: approved, reason, at: recorded.at });
        if let Some(limit) = self.limits.last_mut().filter(|_| approved) {
            limit.extensions.push(ledger::Extension {
                days: extension.days,
                approved_on: recorded.at.day(),
                approved_by: recorded.by.clone(),
                reason: extension.reason.clone(),
            });
            self.ran_out = false;
        }
    }

    fn take_step(&mut self, milestone: Milestone, limit: Option<Ledger>, recorded: &Recorded<Event>) {
        match milestone {
            Milestone::Filed | Milestone::OrderIssued => {}
            Milestone::Answered => self.settle(State::Answered, recorded),
            Milestone::SentBack => self.begin_round(limit),
            Milestone::Carried => self.settle(State::Carried, recorded),
            Milestone::ClosedOut => self.settle(State::Completed, recorded),
        }
    }

    fn settle(&mut self, state: State, recorded: &Recorded<Event>) {
        self.state = state;
        self.stop(recorded);
    }

    fn settle_escalation(&mut self, recorded: &Recorded<Event>, ruling: Option<Ruling>) {
        if let Some(pending) = self.escalations.last_mut().filter(|it| it.limit.is_running()) {
            pending.limit.stopped = Some(recorded.at.day());
            pending.ruling = ruling;
        }
    }

    fn stop(&mut self, recorded: &Recorded<Event>) {
        if let Some(limit) = self.limits.last_mut() {
            limit.stopped.get_or_insert(recorded.at.day());
        }
    }

    fn go_on(&mut self) {
        if let Some(limit) = self.limits.last_mut() {
            limit.stopped = None;
        }
    }

    /// 改派: what ran before ended with the return, and stays as it was.
    fn begin_anew(&mut self, limit: Ledger, dispatched_at: Instant) {
        self.redispatched_at.push(dispatched_at);
        self.extension = None;
        self.ran_out = false;
        self.limits.push(limit);
    }

    fn begin_round(&mut self, limit: Option<Ledger>) {
        self.state = State::InHandling;
        self.round += 1;
        self.extension = None;
        self.ran_out = false;
        self.limits.extend(limit);
    }
}
