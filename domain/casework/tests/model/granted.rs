//! From the decision on: the result, its way to the applicant, and what becomes of the grant.

use approval::Outcome;
use casework::Stage as S;
use catalog::DeliveryMethod;
use intake::CommitmentFinding;
use issuance::TrackingState;
use kernel::{Calendar, Instant};

use super::{Ask, Model, Paper, ask::seen, due};
use crate::hall::Person;

impl Model {
    pub(super) fn after_the_decision(&mut self, person: Person, ask: &Ask, now: Instant, calendar: &Calendar) -> bool {
        let clerk = person.is_clerk();
        let anyone = clerk || self.applicants_side(person);
        let decided = self.stage == S::Decided;
        match ask {
            Ask::Attach(at) | Ask::Reuse(at) if decided && anyone && self.left_open(at % self.specs.len()) => {
                return self.attach(*at, person, now);
            }
            Ask::Material(at, found) if decided && clerk && self.left_open(at % self.specs.len()) => {
                return self.look(*at, *found);
            }
            Ask::RevokeAcceptance if decided && clerk => return self.revoke_acceptance(),
            Ask::Delivery(method) if decided && anyone => return self.choose(*method),
            Ask::Issue(result)
                if decided
                    && clerk
                    && !self.open_condition()
                    && match result {
                        Some(validity) => self.outcome == Some(Outcome::Grant) && self.may_be_valid(*validity),
                        None => self.outcome == Some(Outcome::Refuse),
                    } =>
            {
                self.stage = S::Issued;
                // Of a refusal the decision itself is issued.
                if result.is_some() {
                    self.make_out(Paper::Result);
                }
            }
            Ask::Close if self.stage == S::Delivered && self.delivered && clerk => self.stage = S::Closed,
            _ => return self.about_the_grant(person, ask, now, calendar),
        }
        true
    }

    /// Clauses B1-3, B2-6: what was issued, or has taken the place of a result that was delivered.
    pub(super) fn awaits_delivery(&self) -> bool {
        match self.stage {
            S::Issued => true,
            S::Delivered | S::Closed => self.granted() && !self.delivered && !self.on_its_way,
            _ => false,
        }
    }

    /// The first result takes the case with it, a later one does not.
    fn deliver(&mut self, person: Person, ask: &Ask, now: Instant) -> bool {
        let (clerk, awaits) = (person.is_clerk(), self.awaits_delivery());
        let may_go = |by| awaits && clerk && self.method == by && !(self.lost && self.outcome == Some(Outcome::Grant));
        let stage = match ask {
            Ask::Delivery(method) if awaits && (clerk || self.applicants_side(person)) => return self.choose(*method),
            Ask::HandOut if may_go(DeliveryMethod::PickUp) => {
                self.delivered = true;
                S::Delivered
            }
            Ask::Dispatch if may_go(DeliveryMethod::Courier) => {
                (self.dispatched_on, self.last_seen) = (Some(now.day()), None);
                (self.on_its_way, self.lost) = (true, false);
                S::InTransit
            }
            Ask::DeliverElectronically if awaits && clerk && self.method == DeliveryMethod::Electronic => {
                self.delivered = true;
                S::Delivered
            }
            Ask::Track(state, ago)
                if self.on_its_way
                    && clerk
                    && *ago >= 0
                    && self.dispatched_on.is_some_and(|day| seen(now, *ago).day() >= day)
                    && self.last_seen.is_none_or(|last| seen(now, *ago) >= last) =>
            {
                (self.last_seen, self.lost) = (Some(seen(now, *ago)), *state == TrackingState::Lost);
                let stage = match state {
                    TrackingState::Signed => S::Delivered,
                    TrackingState::Returned | TrackingState::Lost => S::Issued,
                    _ => S::InTransit,
                };
                (self.on_its_way, self.delivered) = (stage == S::InTransit, stage == S::Delivered);
                stage
            }
            _ => return false,
        };
        if matches!(self.stage, S::Issued | S::InTransit) {
            self.stage = stage;
        }
        true
    }

    pub(super) fn after_the_end(&mut self, person: Person, ask: &Ask, now: Instant, calendar: &Calendar) -> bool {
        let here = self.moved.is_none();
        match ask {
            Ask::Note => person.is_clerk() || self.in_department(person),
            Ask::Reopen if person == Person::DepartmentHead && here => {
                let may = self.stage != S::Closed || !self.granted();
                if may {
                    self.reopen(now, calendar);
                }
                may
            }
            _ if self.stage == S::Closed => self.about_the_grant(person, ask, now, calendar),
            _ => false,
        }
    }

    fn about_the_grant(&mut self, person: Person, ask: &Ask, now: Instant, calendar: &Calendar) -> bool {
        let may_end = matches!(self.stage, S::Issued | S::Delivered | S::Closed) && self.granted() && !self.on_its_way;
        match ask {
            Ask::Acknowledge
                if matches!(self.stage, S::Delivered | S::Closed)
                    && self.applicants_side(person)
                    && self.method == DeliveryMethod::Electronic
                    && self.delivered
                    && !self.acknowledged =>
            {
                self.acknowledged = true;
            }
            Ask::Replace if may_end && self.heads_the_desk(person) => {
                (self.lost, self.delivered, self.acknowledged) = (false, false, false);
                self.replace_result();
            }
            Ask::RevokeGrant if may_end && person == Person::DepartmentHead && self.moved.is_none() => {
                (self.stage, self.grant_ended) = (S::Closed, true);
                self.make_out(Paper::Other);
            }
            Ask::CancelGrant if may_end && self.heads_the_desk(person) => {
                (self.stage, self.grant_ended) = (S::Closed, true);
                self.make_out(Paper::Other);
            }
            Ask::Verify(finding, mend_within) if self.in_department(person) => {
                return self.verify(*finding, *mend_within, now, calendar);
            }
            _ => return self.deliver(person, ask, now),
        }
        true
    }

    fn verify(&mut self, finding: CommitmentFinding, mend: Option<u16>, now: Instant, calendar: &Calendar) -> bool {
        let (today, granted) = (now.day(), self.outcome == Some(Outcome::Grant));
        let Some(commitment) = self.commitment.as_mut().filter(|it| granted && !it.settled && !self.grant_ended) else {
            return false;
        };
        let broken = finding == CommitmentFinding::Broken;
        let ordered = broken && commitment.looked == 0;
        let still_mending = commitment.mending.is_some_and(|(from, days)| today <= due(calendar, from, days));
        if (broken && still_mending) || ordered != mend.is_some() || mend.is_some_and(|days| days > 30) {
            return false;
        }
        commitment.mending = mend.map(|days| (today, days));
        (commitment.settled, commitment.looked) = (!broken, commitment.looked + 1);
        if ordered {
            self.make_out(Paper::Other);
        }
        true
    }
}
