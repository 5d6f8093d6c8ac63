//! Before acceptance: the check at the window, and who of it answers for the case (rules L6 to L8, L11, L13; clause B5-1).

use approval::Outcome;
use casework::{Case, Stage as S};
use catalog::{DeliveryMethod, ItemKind};
use intake::ScopeFinding;
use kernel::{Calendar, Instant, responsibility::Responsible};

use super::{Ask, Commitment, Condition, Model, Paper, Round, due, received_on};
use crate::hall::Person;

impl Model {
    pub(super) fn is_at_the_window(&self) -> bool {
        matches!(self.stage, S::UnderCheck | S::AwaitingCorrection)
    }

    /// Clause B5-1: the first at a window or a desk who does anything answers for it.
    pub(super) fn touched_by(&mut self, person: Person) {
        if person.is_clerk() || Person::COLLEAGUES.contains(&person) {
            self.answers.get_or_insert(person);
        }
    }

    /// 窗口移交: what was not accepted in time goes back, and with its acceptance or its end a case leaves the window.
    pub(super) fn take_back_at_the_window(&mut self, now: Instant, calendar: &Calendar) {
        let (here, today) = (self.is_at_the_window(), now.day());
        self.offered_at_window = self.offered_at_window.filter(|(_, on)| here && today <= due(calendar, *on, 1));
    }

    /// Who answers at the window, and to whom the case is offered there, as the case has it.
    pub(crate) fn agrees_at_the_window(&self, case: &Case, what: &str) {
        let offer = case.routing.window_offer.as_ref().map(|offer| (offer.from.as_str(), offer.to.as_str()));
        if !self.is_at_the_window() {
            assert_eq!(offer, None, "{what}: offered at a window that has it no more");
            return;
        }
        let answers = match case.responsibility.now() {
            Some(Responsible::Staff(staff)) => Some(staff.as_str()),
            Some(Responsible::Window(window)) if *window == case.window => None,
            other => panic!("{what}: {other:?} answers at the window"),
        };
        assert_eq!(answers, self.answers.map(Person::code), "{what} in {self:?}");
        let expected = self.answers.zip(self.offered_at_window).map(|(from, (to, _))| (from.code(), to.code()));
        assert_eq!(offer, expected, "{what} in {self:?}");
    }

    pub(super) fn at_the_window(&mut self, person: Person, ask: &Ask, now: Instant, calendar: &Calendar) -> bool {
        let today = now.day();
        let clerk = person.is_clerk();
        let checking = self.stage == S::UnderCheck;
        let anyone = clerk || self.applicants_side(person);
        if self.waits && ends_the_check(ask) {
            return false;
        }
        match ask {
            Ask::Attach(at) | Ask::Reuse(at) if anyone => return self.attach(*at, person, now),
            Ask::Material(at, found) if checking && clerk => return self.look(*at, *found),
            Ask::Delivery(method) if anyone => return self.choose(*method),
            Ask::Scope(finding) if checking && clerk => self.scope = Some(*finding),
            Ask::Notify(which, days) if checking && clerk => return self.notify(*which, *days, now),
            Ask::AllowSecondNotice
                if checking && person == Person::Manager && !self.rounds.is_empty() && !self.exception =>
            {
                self.exception = true;
            }
            Ask::SubmitCorrections if !checking && anyone => {
                let Some(round) = self.rounds.last().cloned() else { return false };
                if !clerk && !round.listed.iter().all(|at| self.changed_since(*at, round.told_at)) {
                    return false;
                }
                self.corrected(&round.listed, received_on(calendar, now));
            }
            Ask::OfferAtWindow(Some(to))
                if clerk && self.answers == Some(person) && self.offered_at_window.is_none() && *to != person =>
            {
                self.offered_at_window = Some((*to, today));
            }
            Ask::AcceptHandOver if clerk && self.is_offered_at_window_to(person) => {
                (self.answers, self.offered_at_window) = (Some(person), None);
            }
            Ask::DeclineHandOver if clerk && self.is_offered_at_window_to(person) => self.offered_at_window = None,
            Ask::Accept if checking && clerk && self.in_order() => self.accept(today),
            Ask::Conditionally(days @ 1..=30) if checking && clerk && self.lacks_only(|spec| spec.tolerable) => {
                self.condition = Some(Condition { missing: self.defects(), from: today, days: *days, met: false });
                self.was_conditional = true;
                self.accept(today);
            }
            Ask::OnCommitment { barred: false } if checking && clerk && self.lacks_only(|spec| spec.by_commitment) => {
                self.commitment = Some(Commitment::default());
                self.accept(today);
            }
            Ask::Reject { competent_body } if checking && clerk => {
                let outside = !self.still_wrong() && self.scope == Some(ScopeFinding::OutsidePower);
                if *competent_body != outside || !(outside || self.still_wrong()) {
                    return false;
                }
                self.stage = S::Rejected;
                self.make_out(Paper::Other);
            }
            Ask::NotRequired if checking && clerk && self.scope == Some(ScopeFinding::NoLicenceNeeded) => {
                self.stage = S::NotRequired;
                self.make_out(Paper::Other);
            }
            Ask::Withdraw if self.applicants_side(person) || (clerk && self.at_the_counter) => {
                self.stage = S::Withdrawn;
                self.make_out(Paper::Other);
            }
            Ask::OnTheSpot { validity, handed }
                if checking
                    && clerk
                    && self.may_be_valid(*validity)
                    && self.kind == ItemKind::OnTheSpot
                    && self.in_order()
                    && (!handed || self.method == DeliveryMethod::PickUp) =>
            {
                (self.outcome, self.delivered) = (Some(Outcome::Grant), *handed);
                self.stage = if *handed { S::Closed } else { S::Issued };
                self.make_out(Paper::Decision);
                self.make_out(Paper::Result);
            }
            _ => return false,
        }
        true
    }

    fn is_offered_at_window_to(&self, person: Person) -> bool {
        self.offered_at_window.is_some_and(|(to, _)| to == person)
    }

    /// Rules L6, L7: all that is wrong, and nothing told or visible before unless it was allowed, or nobody answered it.
    fn notify(&mut self, which: i8, days: u16, now: Instant) -> bool {
        let defects = self.defects();
        let old = self.rounds.last().is_some_and(|last| {
            let again = |at: &usize| !last.submitted && last.listed.contains(at);
            let told = |at: &usize| self.rounds.iter().any(|round| round.listed.contains(at));
            defects.iter().any(|at| !again(at) && (told(at) || !self.new_since(*at, last.told_at)))
        });
        let exact = which == 0 || (which == 1 && defects.len() == self.specs.len());
        let may = self.looked_at() && !defects.is_empty() && exact && (1..=30).contains(&days);
        if !may || (old && !self.exception) {
            return false;
        }
        self.rounds.push(Round { told_at: now, listed: defects, submitted: false, days, allowed: self.exception });
        (self.stage, self.exception) = (S::AwaitingCorrection, false);
        self.make_out(Paper::Other);
        true
    }
}

/// What only a check that has begun can come to.
fn ends_the_check(ask: &Ask) -> bool {
    matches!(
        ask,
        Ask::Notify(..) | Ask::Accept | Ask::Conditionally(_) | Ask::OnCommitment { .. } | Ask::OnTheSpot { .. }
    )
}
