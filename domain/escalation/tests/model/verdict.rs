use chrono::NaiveDate;
use escalation::{CarryingGround as G, Level, State as S};
use kernel::Calendar;

use super::{Ask, By, Model, Order, OrderState as O, Way, due};
use crate::hall::Person as P;

const CLERKS: [P; 3] = [P::Clerk, P::Colleague, P::Elsewhere];
const WATCH: [P; 3] = [P::Manager, P::Supervisor, P::Reform];
const REVIEWERS: [P; 3] = [P::LandReviewer, P::LandDeputy, P::FireReviewer];
const APPROVERS: [P; 2] = [P::LandApprover, P::FireApprover];
const HEADS: [P; 2] = [P::LandHead, P::FireHead];

fn is_fire(person: P) -> bool {
    matches!(person, P::FireReviewer | P::FireApprover | P::FireHead)
}

/// Whose work it is.
fn is_for(person: P, ask: &Ask) -> bool {
    let clerk = CLERKS.contains(&person);
    let watches = WATCH.contains(&person);
    let (reviews, approves, heads) =
        (REVIEWERS.contains(&person), APPROVERS.contains(&person), HEADS.contains(&person));
    let applies = person == P::Applicant || person == P::Adapter;
    match ask {
        Ask::Contact(_) => clerk || watches || reviews || approves,
        Ask::File | Ask::Grade(_) | Ask::LeaveOver | Ask::Carry(_) => person == P::Manager,
        Ask::Supplement => clerk || applies || person == P::Manager,
        Ask::Word(Way::Hotline, _) | Ask::Redo => person == P::Hotline,
        Ask::Urge | Ask::Word(..) => clerk || applies,
        Ask::Offer(_) | Ask::Accept | Ask::Decline => clerk || watches,
        Ask::Raise(_) | Ask::Order { .. } | Ask::RuleOnReturn(..) | Ask::RuleOnDays(..) => watches,
        Ask::Lower(_) | Ask::Discuss(_) | Ask::Submit(_) | Ask::Decided(_) => person == P::Reform,
        Ask::RuleInMeeting(..) => person == P::Reform,
        Ask::RuleOnCarrying(..) | Ask::Review(_) | Ask::FollowUp(_) => person == P::Reform,
        Ask::Acknowledge(..) | Ask::MoreDays(..) => reviews || approves || heads,
        Ask::Supervise(..) => matches!(person, P::Supervisor | P::Reform),
        Ask::Return(_) => approves || heads,
        Ask::Complete(_) => reviews || approves,
        Ask::Sign(_) => heads,
        Ask::SendBack(_) => heads || watches,
        Ask::Answer { .. } => clerk || person == P::Manager || person == P::Reform,
    }
}

impl Model {
    fn sees(&self, person: P) -> bool {
        match person {
            P::Elsewhere | P::Stranger => false,
            P::Adapter | P::Hotline => self.brought_by == person,
            _ if person.department().is_some() => {
                let referred = self.brought_by == P::LandReviewer && !is_fire(person);
                referred || self.orders.iter().any(|order| order.fire == is_fire(person))
            }
            _ => true,
        }
    }

    /// Lets it happen if it may, and says whether.
    pub(crate) fn take(&mut self, person: P, ask: &Ask, today: NaiveDate, calendar: &Calendar) -> bool {
        if !self.sees(person) || !is_for(person, ask) {
            return false;
        }
        let mut after = self.clone();
        let of_the_hall = CLERKS.contains(&person) || matches!(person, P::Manager | P::Supervisor);
        if self.holder.is_none() && of_the_hall && self.state != S::ClosedOut {
            after.holder = Some(person);
        }
        let happens = match ask {
            Ask::Offer(_) if self.holder.is_some() && self.holder != Some(person) && person != P::Manager => false,
            Ask::Grade(_) | Ask::LeaveOver | Ask::Raise(_) | Ask::Lower(_) => after.levels(ask, today),
            Ask::Discuss(_) | Ask::Submit(_) | Ask::Decided(_) => after.organs(ask),
            Ask::Order { by, fire, days, binding } => after.assign(person, *by, (*fire, *days, *binding), today),
            Ask::Acknowledge(number, _)
            | Ask::Return(number)
            | Ask::RuleOnReturn(number, _)
            | Ask::MoreDays(number, _)
            | Ask::RuleOnDays(number, _)
            | Ask::Complete(number)
            | Ask::Sign(number)
            | Ask::SendBack(number) => after.on_order(person, *number, ask, today, calendar),
            Ask::RuleInMeeting(meeting, number, granted) => after.rule_in_meeting(*meeting, *number, *granted),
            Ask::Supervise(number, step, _) => after.climb(person, *number, *step),
            Ask::Answer { .. } | Ask::Word(..) | Ask::Redo => after.answer_or_word(person, ask, today),
            Ask::Carry(_) | Ask::RuleOnCarrying(..) | Ask::Review(_) | Ask::FollowUp(_) => {
                after.aside(ask, today, calendar)
            }
            _ => after.at_any_time(person, ask, today),
        };
        if happens {
            *self = after;
        }
        happens
    }

    /// Clauses D3-1, D7-1
    fn at_any_time(&mut self, person: P, ask: &Ask, today: NaiveDate) -> bool {
        if self.state == S::ClosedOut {
            return false;
        }
        let offered_to_them = self.offered.is_some_and(|(to, _)| to == person);
        match ask {
            Ask::Contact(reached) => self.contacts.push((today, *reached)),
            Ask::File if self.state == S::Registered => self.state = S::Filed,
            Ask::Supplement | Ask::Urge => {}
            Ask::Offer(to) if self.offered.is_none() && *to != person => {
                self.offered = Some((*to, today));
            }
            Ask::Accept if offered_to_them => (self.holder, self.offered) = (Some(person), None),
            Ask::Decline if offered_to_them => self.offered = None,
            _ => return false,
        }
        true
    }

    /// Clauses D4-1 to D4-4
    fn levels(&mut self, ask: &Ask, today: NaiveDate) -> bool {
        match (ask, self.state) {
            (Ask::LeaveOver, S::Registered | S::Filed) => {}
            (Ask::Grade(level), S::Filed) => {
                self.level = Some(*level);
                self.begin_round(today);
            }
            (Ask::Raise(to), S::InHandling) if Some(*to) > self.level => self.set_level(*to),
            (Ask::Lower(to), S::InHandling) if Some(*to) < self.level => self.set_level(*to),
            _ => return false,
        }
        true
    }

    fn set_level(&mut self, to: Level) {
        self.level = Some(to);
        if let Some(round) = self.rounds.last_mut() {
            round.level = to;
        }
    }

    /// Clauses D4-3, D4-4
    fn organs(&mut self, ask: &Ask) -> bool {
        let handled = self.state == S::InHandling;
        match ask {
            Ask::Discuss(number) => {
                let may = handled && self.level > Some(Level::General) && self.meetings.insert(*number);
                if may && let Some(round) = self.rounds.last_mut() {
                    round.meetings.push(*number);
                }
                may
            }
            Ask::Submit(month) => {
                let waits = self.submissions.last().is_some_and(|(_, decided)| !decided);
                let may = handled && self.level == Some(Level::Exceptional) && !waits;
                if may {
                    self.submissions.push((*month, false));
                }
                may
            }
            Ask::Decided(month) => {
                let open = self.submissions.iter_mut().find(|(of, decided)| of == month && !decided);
                let may = open.map(|(_, decided)| *decided = true).is_some();
                if may && let Some(round) = self.rounds.last_mut() {
                    round.decided.push(*month);
                }
                may
            }
            _ => false,
        }
    }

    /// Rule L15: the level says who assigns, and what is ruled binds.
    fn assign(&mut self, person: P, by: By, terms: (bool, u16, bool), today: NaiveDate) -> bool {
        let (fire, days, binding) = terms;
        let assigns = match by {
            By::Centre => self.level == Some(Level::General),
            By::Supervision => self.brought_by == P::Hotline,
            By::Meeting(number) => self.rounds.last().is_some_and(|round| round.meetings.contains(&number)),
            By::Government(month) => self.rounds.last().is_some_and(|round| round.decided.contains(&month)),
        };
        let done = |order: &Order| order.fire != fire || matches!(order.state, O::Signed | O::Returned);
        let assigns = assigns && !(by == By::Centre && binding);
        if self.state != S::InHandling || !assigns || !(1..=60).contains(&days) || !self.orders.iter().all(done) {
            return false;
        }
        self.orders.push(Order {
            fire,
            state: O::Issued,
            binding: binding || matches!(by, By::Meeting(_) | By::Government(_)),
            passed_on: by == By::Supervision,
            of_reform: by != By::Supervision && person == P::Reform,
            ruled: matches!(by, By::Meeting(_) | By::Government(_)),
            asked: false,
            round: self.rounds.len(),
            issued: today,
            days,
            extended: false,
            more: None,
            responsible: None,
            completed_by: None,
            steps: Vec::new(),
        });
        true
    }

    /// Clause D13-1, rule L15
    fn on_order(&mut self, person: P, number: u32, ask: &Ask, today: NaiveDate, calendar: &Calendar) -> bool {
        let counts = |order: &&Order| order.asked && matches!(order.state, O::Returned | O::Asked);
        let returns = self.orders.iter().filter(counts).count();
        let (handled, round) = (self.state == S::InHandling, self.rounds.len());
        let Some(order) = self.order(number).filter(|_| handled) else { return false };
        let own = person.department().is_some() && order.fire == is_fire(person);
        match (ask, order.state) {
            (Ask::Acknowledge(_, responsible), O::Issued | O::Acknowledged)
                if own && order.responsible != Some(*responsible) =>
            {
                (order.state, order.responsible) = (O::Acknowledged, Some(*responsible));
            }
            (Ask::Return(_), O::Issued | O::Acknowledged) if own && !order.binding && !order.asked && returns == 0 => {
                if today > due(calendar, order.issued, 1) {
                    return false;
                }
                (order.state, order.asked) = (O::Asked, true);
            }
            (Ask::RuleOnReturn(..), O::Asked) if order.passed_on && person != P::Supervisor => return false,
            (Ask::RuleOnReturn(..), O::Asked) if !order.passed_on && order.of_reform != (person == P::Reform) => {
                return false;
            }
            (Ask::RuleOnReturn(_, true), O::Asked) => order.state = O::Returned,
            (Ask::RuleOnReturn(_, false), O::Asked) => order.stays(person == P::Supervisor),
            (Ask::MoreDays(_, days), O::Acknowledged)
                if own && (1..=10).contains(days) && !order.extended && order.more.is_none() =>
            {
                if today > due(calendar, order.issued, order.days) {
                    return false;
                }
                order.more = Some(*days);
            }
            (Ask::RuleOnDays(..), _) if order.ruled && person != P::Reform => return false,
            (Ask::RuleOnDays(_, granted), O::Acknowledged | O::Asked | O::Completed) => {
                let Some(more) = order.more.take() else { return false };
                order.extended |= *granted;
                order.days += if *granted { more } else { 0 };
            }
            (Ask::Complete(_), O::Acknowledged) if own && order.responsible == Some(person) => {
                (order.state, order.completed_by) = (O::Completed, Some(person));
            }
            (Ask::Sign(_), O::Completed) if own && order.completed_by != Some(person) => order.state = O::Signed,
            (Ask::SendBack(_), O::Completed) if (own || WATCH.contains(&person)) && order.round == round => {
                order.state = O::Acknowledged;
            }
            (Ask::SendBack(_), O::Signed) if WATCH.contains(&person) && order.round == round => {
                order.state = O::Acknowledged;
            }
            _ => return false,
        }
        true
    }

    /// Clause D4-3, rule L15: a meeting of this round rules on whose it is, asked or not, once; what it leaves there binds.
    fn rule_in_meeting(&mut self, meeting: u8, number: u32, granted: bool) -> bool {
        let met = self.rounds.last().is_some_and(|round| round.meetings.contains(&meeting));
        let rules = met && self.state == S::InHandling;
        let Some(order) = self.order(number).filter(|_| rules) else { return false };
        if !order.is_disputable() {
            return false;
        }
        if granted {
            order.state = O::Returned;
        } else {
            order.stays(true);
        }
        true
    }

    /// Clause D10-1: the lowest step that waits, and no other; even of what is done and over.
    fn climb(&mut self, person: P, order: Option<u32>, step: escalation::Step) -> bool {
        // Whatever was late was late all the same, so the state of the impasse is no bar; the handling's begins with it.
        let Some(steps) = self.steps(order) else { return false };
        let waits =
            steps.first().is_some_and(|(first, of_reform)| *first == step && !(*of_reform && person == P::Reform));
        if waits {
            steps.remove(0);
        }
        waits
    }

    /// Clauses D5-1, D5-2
    fn answer_or_word(&mut self, person: P, ask: &Ask, today: NaiveDate) -> bool {
        match (ask, self.state) {
            (Ask::Answer { explains, basis }, S::InHandling) => {
                if !self.is_spoken_of() || self.open_orders() > 0 || (*explains && !basis) {
                    return false;
                }
                if let Some(round) = self.rounds.last_mut() {
                    (round.answered_by, round.explained) = (Some(person), *explains);
                }
                (self.state, self.answered_on) = (S::AwaitingApplicant, today);
                true
            }
            (Ask::Word(way, satisfied), S::AwaitingApplicant | S::Carried) => {
                self.hear(person, *way, *satisfied, today)
            }
            (Ask::Redo, S::AwaitingApplicant | S::Carried) => {
                if let Some(round) = self.rounds.last_mut() {
                    round.satisfied = Some(false);
                }
                self.rise_after_two();
                self.begin_round(today);
                true
            }
            // What is closed a call opens again, and never closes.
            (Ask::Word(Way::Hotline, true), S::ClosedOut) => true,
            (Ask::Word(Way::Hotline, false) | Ask::Redo, S::ClosedOut) => {
                self.begin_round(today);
                true
            }
            _ => false,
        }
    }

    fn hear(&mut self, person: P, way: Way, satisfied: bool, today: NaiveDate) -> bool {
        let theirs = match way {
            Way::Applicant => person == P::Applicant,
            Way::Window => CLERKS.contains(&person),
            Way::Platform => person == P::Adapter,
            Way::Hotline => person == P::Hotline,
        };
        let own_work = self.rounds.iter().rev().find_map(|round| round.answered_by) == Some(person)
            || self.orders.iter().any(|order| order.responsible == Some(person));
        let staff = !matches!(person, P::Applicant | P::Adapter | P::Hotline);
        if !theirs || (own_work && staff) || (satisfied && !self.answered()) {
            return false;
        }
        if let Some(round) = self.rounds.last_mut() {
            round.satisfied = Some(satisfied);
        }
        if satisfied {
            (self.state, self.offered, self.proposed) = (S::ClosedOut, None, None);
        } else {
            self.rise_after_two();
            self.begin_round(today);
        }
        true
    }

    /// Two rounds in a row, at one level, that left the applicant dissatisfied or were to be redone.
    fn rise_after_two(&mut self) {
        let words: Vec<_> = self.rounds.iter().filter_map(|round| Some((round.level, round.satisfied?))).collect();
        let [.., (before, false), (now, false)] = words[..] else { return };
        if before == now {
            self.level = match now {
                Level::General => Some(Level::Difficult),
                _ => Some(Level::Exceptional),
            };
        }
    }

    /// 挂账 and 回访 (clause D8-1).
    fn aside(&mut self, ask: &Ask, today: NaiveDate, calendar: &Calendar) -> bool {
        let pending = matches!(self.state, S::InHandling | S::AwaitingApplicant) && self.open_orders() == 0;
        match (ask, self.state) {
            (Ask::Carry(ground), _)
                if pending && self.proposed.is_none() && self.bears_out(*ground, today, calendar) =>
            {
                self.proposed = Some(*ground);
            }
            (Ask::RuleOnCarrying(false, _), S::InHandling | S::AwaitingApplicant) => {
                return self.proposed.take().is_some();
            }
            (Ask::RuleOnCarrying(true, days), _) if pending && (1..=60).contains(days) => {
                let holds = self.proposed.is_some_and(|ground| self.bears_out(ground, today, calendar));
                if holds {
                    (self.state, self.proposed) = (S::Carried, None);
                }
                return holds;
            }
            (Ask::Review(Some(days)), S::Carried) => return (1..=60).contains(days),
            (Ask::Review(None), S::Carried) | (Ask::FollowUp(false), S::ClosedOut) => self.begin_round(today),
            (Ask::FollowUp(true), S::ClosedOut) => {}
            _ => return false,
        }
        true
    }

    fn bears_out(&self, ground: G, today: NaiveDate, calendar: &Calendar) -> bool {
        match ground {
            G::NotAllowedByLaw | G::LegalRoute => self.rounds.iter().any(|round| round.explained),
            G::Unreachable => {
                let in_vain = self.contacts.iter().rev().take_while(|(_, reached)| !reached);
                in_vain.map(|(day, _)| day).collect::<std::collections::BTreeSet<_>>().len() >= 3
            }
            G::NoAnswer => self.state == S::AwaitingApplicant && today > due(calendar, self.answered_on, 3),
        }
    }
}
