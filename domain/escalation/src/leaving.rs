//! 岗位终止: nobody answers for an impasse, or for an order of it, who is no longer posted to where it is (clause D7-1). It
//! goes back to the unit, which time presses from then on, and the limits run on.

use kernel::{Context, Posting, Role, StaffCode, responsibility::Responsible};

use crate::{
    event::{Event, Recorded},
    impasse::{Addressee, Impasse, State},
    order::{Order, OrderState},
};

impl Impasse {
    /// 职责随岗位终止回到窗口或部门: what comes of it that `running` are all the postings that `staff` has now. Empty where
    /// nothing of it rests on them, or they are still posted to where it is, or answer for it in a role that has no posting.
    pub fn after_leaving(&self, staff: &StaffCode, running: &[Posting]) -> Vec<Event> {
        if self.state == State::ClosedOut {
            return Vec::new();
        }
        let mut events = Vec::new();
        let is_theirs = self.responsibility.now() == Some(&Responsible::Staff(staff.clone()));
        let answers = is_theirs && !self.is_an_officials();
        let is_offered = self.hand_over.as_ref().is_some_and(|offer| offer.to == *staff);
        if (answers || is_offered) && !running.iter().any(|posting| self.is_handled_from(posting)) {
            let to = if answers { Some(self.window_of(staff)) } else { self.responsibility.now().cloned() };
            events.extend(to.map(|to| Event::ReturnedToUnit { staff: staff.clone(), to }));
        }
        let left = self.orders.iter().filter(|order| order.rests_on(staff, running));
        events.extend(left.map(|order| Event::OrderReturnedToUnit { order: order.sequence, staff: staff.clone() }));
        events
    }

    /// What comes of it that all of these have left, each with the postings that they have now: one after the other, so that
    /// nothing goes back to one of them.
    pub fn after_all_left(&self, left: &[(StaffCode, Vec<Posting>)], ctx: &Context<'_>) -> Vec<Event> {
        let (mut after, mut events) = (self.clone(), Vec::new());
        for (staff, running) in left {
            for event in after.after_leaving(staff, running) {
                let (version, by) = (after.version + 1, ctx.actor.signature());
                after.apply(&Recorded { version, at: ctx.now, by, event: event.clone() });
                events.push(event);
            }
        }
        events
    }

    /// 待接手: nobody answers for it, or for an order of it, but the unit, because whoever did has left.
    pub fn is_returned(&self) -> bool {
        self.responsibility.returned_at().is_some() || self.open_orders().any(Order::is_left)
    }

    /// On whom anything of it rests.
    pub fn persons(&self) -> impl Iterator<Item = &StaffCode> {
        let answers = match self.responsibility.now() {
            Some(Responsible::Staff(staff)) => Some(staff),
            _ => None,
        };
        let offered = self.hand_over.as_ref().map(|offer| &offer.to);
        answers.into_iter().chain(offered).chain(self.open_orders().filter_map(|order| order.responsible.as_ref()))
    }

    /// Whether a reminder went to a person, and the unit is to be reminded because nobody answers for it but the unit.
    pub(crate) fn has_left_since(&self, sent: &Addressee, to: &Addressee) -> bool {
        let is_returned = self.responsibility.returned_at().is_some();
        let to_unit = matches!(to, Addressee::Responsible(Responsible::Window(_) | Responsible::Department(_)));
        is_returned && to_unit && matches!(sent, Addressee::Responsible(Responsible::Staff(_)))
    }

    /// Whether whoever answers does so in a role that is given without a posting, and so does not end with one.
    fn is_an_officials(&self) -> bool {
        matches!(self.answers_as, Some(Role::Manager | Role::Supervisor | Role::ReformOfficer))
    }

    /// Whether somebody can answer for it who is posted so: at one of its windows, or in the department that passed it on.
    fn is_handled_from(&self, posting: &Posting) -> bool {
        match posting.role {
            Role::Clerk => posting.window.as_ref().is_some_and(|at| *at == self.window || *at == self.fallback),
            Role::Reviewer | Role::Approver => self.referred_by.as_ref() == Some(&posting.department),
            _ => false,
        }
    }

    /// Where it goes back to: the window at which its first contact took it in, and of anybody else the fallback window.
    fn window_of(&self, staff: &StaffCode) -> Responsible {
        let first = self.responsibility.tenures().first().map(|tenure| &tenure.who);
        let was_first = first == Some(&Responsible::Staff(staff.clone()));
        Responsible::Window(if was_first { self.window.clone() } else { self.fallback.clone() })
    }
}

impl Order {
    /// Whoever has signed what was done has done their part, unless it is sent back.
    fn rests_on(&self, staff: &StaffCode, running: &[Posting]) -> bool {
        let is_theirs = self.responsible.as_ref() == Some(staff);
        let waits = matches!(self.state, OrderState::Acknowledged | OrderState::ReturnRequested);
        let of_department = |posting: &Posting| {
            let carries_out = matches!(posting.role, Role::Reviewer | Role::Approver | Role::DepartmentHead);
            carries_out && posting.department == self.department
        };
        is_theirs && waits && !running.iter().any(of_department)
    }

    /// 责任人已离岗: signed for, and nobody named since whoever was has left.
    fn is_left(&self) -> bool {
        self.state == OrderState::Acknowledged && self.responsible.is_none()
    }
}
