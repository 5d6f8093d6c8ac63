//! 移交: from the one who answers for a case to a colleague, at the window before acceptance and in the department after it;
//! nothing passes before it is accepted (clauses B1-1, B5-1).

use chrono::NaiveDate;
use kernel::{Calendar, Instant, Refusal, StaffCode, ledger::Ledger};
use routing::{Holder, Responsible, Taken, WindowOffer};

use crate::{case::Case, event::Event, stage::Stage};

impl Case {
    /// Before acceptance it is the window's.
    pub(crate) fn is_at_the_window(&self) -> bool {
        matches!(self.stage, Stage::UnderCheck | Stage::AwaitingCorrection)
    }

    /// 窗口移交: by the clerk who answers for it, one offer at a time.
    pub(crate) fn may_offer_at_the_window(&self, by: &StaffCode) -> Result<(), Refusal> {
        match self.responsibility.now() {
            Some(Responsible::Staff(staff)) if staff == by => {}
            Some(Responsible::Staff(_)) => return Err(Refusal::new("not_the_holder", "您不是该办件的首问责任人")),
            _ => return Err(Refusal::new("not_assigned", "该办件尚无首问责任人，首先办理的人员即为责任人")),
        }
        match self.routing.window_offer {
            Some(_) => Err(Refusal::new("handover_pending", "移交尚未被接受，不能再次移交")),
            None => Ok(()),
        }
    }

    /// Who offers the case to `to`, at the window or in the department.
    pub(crate) fn offered_to(&self, to: &StaffCode) -> Result<&StaffCode, Refusal> {
        if self.is_at_the_window() { self.routing.window_offer_to(to) } else { self.routing.offer_to(to) }
    }

    /// An offer that lapses now, as (from, to).
    pub(crate) fn open_offer(&self) -> Option<(&StaffCode, &StaffCode)> {
        match (&self.routing.window_offer, &self.routing.holder) {
            (Some(offer), _) => Some((&offer.from, &offer.to)),
            (None, Holder::Offered { staff, to, .. }) => Some((staff, to)),
            _ => None,
        }
    }

    /// 移交接受时限 of the hand-over that is on offer, at the window or in the department.
    pub fn hand_over_limit(&self) -> Option<&Ledger> {
        self.offer_until().and_then(|(_, limit)| limit)
    }

    /// When that goes back by itself, by this calendar.
    pub fn hand_over_goes_back_at(&self, calendar: &Calendar, today: NaiveDate) -> Option<Instant> {
        let (until, limit) = self.offer_until()?;
        Some(limit.map_or(until, |limit| limit.over_at(calendar, today)))
    }

    /// By the calendar of the day on which it was made, and the limit of an offer that is not of old.
    fn offer_until(&self) -> Option<(Instant, Option<&Ledger>)> {
        match (&self.routing.window_offer, &self.routing.holder) {
            (Some(offer), _) => Some((offer.until, offer.limit.as_ref())),
            (None, Holder::Offered { until: Some(until), limit, .. }) if self.stage == Stage::InReview => {
                Some((*until, limit.as_ref()))
            }
            _ => None,
        }
    }

    /// Lets an event of a hand-over happen; whatever else it is given changes nothing.
    pub(crate) fn handed_over(&mut self, event: &Event, at: Instant) {
        match event {
            Event::HandOverOffered { from, to, reason, until: Some(until), limit } if self.is_at_the_window() => {
                let (from, to, reason, limit) = (from.clone(), to.clone(), reason.clone(), limit.clone());
                self.routing.window_offer = Some(WindowOffer { from, to, reason, until: *until, limit });
            }
            Event::HandOverOffered { to, reason, until, limit, .. } => {
                if let Holder::With { staff, since } = self.routing.holder.clone() {
                    let (to, reason, limit) = (to.clone(), reason.clone(), limit.clone());
                    self.routing.holder = Holder::Offered { staff, since, to, reason, until: *until, limit };
                }
            }
            Event::HandOverAccepted { to, .. } if self.is_at_the_window() => {
                self.routing.window_offer = None;
                self.responsibility.pass(Responsible::Staff(to.clone()), Taken::Accepted, at);
            }
            Event::HandOverAccepted { to, .. } => self.held_by(to, Taken::Accepted, at),
            Event::HandOverDeclined { .. } | Event::HandOverLapsed { .. } => {
                self.routing.window_offer = None;
                if let Holder::Offered { staff, since, .. } = self.routing.holder.clone() {
                    self.routing.holder = Holder::With { staff, since };
                }
            }
            _ => {}
        }
    }
}
