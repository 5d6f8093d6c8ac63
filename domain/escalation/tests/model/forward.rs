//! What brings an impasse on, so that random lives get everywhere.

use escalation::{CarryingGround, Level, State};

use super::{Ask, By, Model, Order, OrderState, Way};
use crate::hall::Person;

impl Model {
    /// Who would do what next, by the throw of a die.
    pub(crate) fn forward(&self, die: u8) -> (Person, Ask) {
        if let Some((to, _)) = self.offered.filter(|_| die.is_multiple_of(3)) {
            return (to, if die.is_multiple_of(2) { Ask::Accept } else { Ask::Decline });
        }
        let handed_on = die % 16 == 7 && self.offered.is_none() && self.state != State::ClosedOut;
        if let Some(holder) = self.holder.filter(|_| handed_on) {
            let to = if holder == Person::Colleague { Person::Manager } else { Person::Colleague };
            return (holder, Ask::Offer(to));
        }
        if self.proposed.is_some() && !die.is_multiple_of(5) {
            return (Person::Reform, Ask::RuleOnCarrying(!die.is_multiple_of(4), 20));
        }
        let by_hotline = self.brought_by == Person::Hotline;
        match self.state {
            State::Registered => (Person::Manager, Ask::File),
            State::Filed => {
                let level =
                    [Level::General, Level::General, Level::Difficult, Level::Exceptional][usize::from(die % 4)];
                (Person::Manager, Ask::Grade(level))
            }
            State::InHandling => self.handle(die),
            State::AwaitingApplicant => match die % 8 {
                // Of what it brought, the hotline asks the applicant, or has it redone.
                4 | 5 if by_hotline => (Person::Hotline, Ask::Word(Way::Hotline, die >= 160)),
                6 if by_hotline => (Person::Hotline, Ask::Redo),
                0 => (Person::Manager, Ask::Carry(CarryingGround::NotAllowedByLaw)),
                1 => (Person::Manager, Ask::Carry(CarryingGround::NoAnswer)),
                2 => (Person::Manager, Ask::Carry(CarryingGround::LegalRoute)),
                3 => (Person::Colleague, Ask::Word(Way::Window, die >= 128)),
                _ => (Person::Applicant, Ask::Word(Way::Applicant, die >= 160)),
            },
            State::Carried => match die % 4 {
                0 => (Person::Reform, Ask::Review(Some(10))),
                1 => (Person::Reform, Ask::Review(None)),
                2 if by_hotline => (Person::Hotline, Ask::Redo),
                _ => (Person::Applicant, Ask::Word(Way::Applicant, die >= 128)),
            },
            State::ClosedOut if by_hotline && die % 8 == 1 => (Person::Hotline, Ask::Redo),
            State::ClosedOut => (Person::Reform, Ask::FollowUp(!die.is_multiple_of(4))),
        }
    }

    fn handle(&self, die: u8) -> (Person, Ask) {
        let open = |(_, order): &(usize, &Order)| !matches!(order.state, OrderState::Signed | OrderState::Returned);
        if let Some((at, order)) = self.orders.iter().enumerate().find(open) {
            let number = at as u32 + 1;
            return self.dispute(order, number, die).unwrap_or_else(|| order.forward(number, die));
        }
        if let Some(&(step, of_reform)) = self.steps.first().filter(|_| !die.is_multiple_of(3)) {
            let by = if of_reform { Person::Supervisor } else { Person::Reform };
            return (by, Ask::Supervise(None, step, die.is_multiple_of(2)));
        }
        let spoken = self.is_spoken_of();
        let fire = die >= 128;
        match (die % 6, self.level) {
            (0, _) => (Person::Clerk, Ask::Contact(false)),
            (1, _) => (Person::Manager, Ask::Carry(CarryingGround::Unreachable)),
            (_, Some(Level::Difficult)) if !spoken => (Person::Reform, Ask::Discuss(self.rounds() as u8)),
            (_, Some(Level::Exceptional)) if !spoken => match self.submissions.last() {
                Some((month, false)) => (Person::Reform, Ask::Decided(*month)),
                _ => (Person::Reform, Ask::Submit(3)),
            },
            (2 | 3, Some(Level::General)) => {
                (Person::Manager, Ask::Order { by: By::Centre, fire, days: 5, binding: false })
            }
            (2, Some(Level::Difficult)) => {
                (Person::Reform, Ask::Order { by: By::Meeting(self.rounds() as u8), fire, days: 10, binding: false })
            }
            (2, Some(Level::Exceptional)) => {
                (Person::Reform, Ask::Order { by: By::Government(3), fire, days: 20, binding: false })
            }
            (4, _) => (Person::Clerk, Ask::Answer { explains: true, basis: true }),
            _ => (Person::Clerk, Ask::Answer { explains: false, basis: false }),
        }
    }

    /// What the centre cannot settle goes to a meeting, which rules on whose it is.
    fn dispute(&self, order: &Order, number: u32, die: u8) -> Option<(Person, Ask)> {
        match (self.level, self.met()) {
            _ if !order.is_disputable() => None,
            (Some(Level::General), _) if die % 8 == 5 => Some((Person::Manager, Ask::Raise(Level::Difficult))),
            (Some(Level::Difficult), None) if !die.is_multiple_of(4) => {
                Some((Person::Reform, Ask::Discuss(self.rounds() as u8)))
            }
            (Some(Level::Difficult), Some(meeting)) if !die.is_multiple_of(3) => {
                Some((Person::Reform, Ask::RuleInMeeting(meeting, number, die.is_multiple_of(2))))
            }
            _ => None,
        }
    }
}

impl Order {
    fn forward(&self, number: u32, die: u8) -> (Person, Ask) {
        use Person as P;
        let [reviewer, approver, head] = if self.fire {
            [P::FireReviewer, P::FireApprover, P::FireHead]
        } else {
            [P::LandReviewer, P::LandApprover, P::LandHead]
        };
        if let Some(&(step, _)) = self.steps.first().filter(|_| !die.is_multiple_of(3)) {
            return (P::Reform, Ask::Supervise(Some(number), step, die.is_multiple_of(2)));
        }
        if self.more.is_some() && die.is_multiple_of(2) {
            let by = if self.ruled { P::Reform } else { P::Supervisor };
            return (by, Ask::RuleOnDays(number, die.is_multiple_of(4)));
        }
        match self.state {
            OrderState::Issued if die.is_multiple_of(3) => (approver, Ask::Return(number)),
            OrderState::Issued => (reviewer, Ask::Acknowledge(number, reviewer)),
            OrderState::Asked => {
                let rules = match (self.passed_on, self.of_reform) {
                    (true, _) => P::Supervisor,
                    (false, true) => P::Reform,
                    (false, false) => P::Manager,
                };
                (rules, Ask::RuleOnReturn(number, die.is_multiple_of(2)))
            }
            OrderState::Acknowledged if die.is_multiple_of(3) => (reviewer, Ask::MoreDays(number, 3)),
            OrderState::Acknowledged => (self.responsible.unwrap_or(reviewer), Ask::Complete(number)),
            OrderState::Completed if die.is_multiple_of(5) => (head, Ask::SendBack(number)),
            _ => (head, Ask::Sign(number)),
        }
    }
}
