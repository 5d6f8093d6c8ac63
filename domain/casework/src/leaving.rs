//! 岗位终止: nobody answers for a case, or is offered it, who is no longer posted to where it is (clause B5-1). It goes back
//! to the window or the department, in the same moment in which the chain of whoever left ends.

use kernel::{Instant, Posting, Role, StaffCode};
use routing::{Responsible, Taken};

use crate::{case::Case, event::Event, stage::Stage};

impl Case {
    /// 职责随岗位终止回到部门或窗口: what comes of it that `running` are all the postings that `staff` has now; None where
    /// nothing of this case rests on them, or they are still posted to where it is.
    pub fn after_leaving(&self, staff: &StaffCode, running: &[Posting]) -> Option<Event> {
        let now = self.responsibility.now()?;
        let at_window = running.iter().any(|it| it.role == Role::Clerk && it.window.as_ref() == Some(&self.window));
        let in_department = running
            .iter()
            .any(|it| matches!(it.role, Role::Reviewer | Role::Approver) && it.department == self.routing.department);
        let answers = *now == Responsible::Staff(staff.clone());
        let with_department = matches!(self.stage, Stage::InReview | Stage::Decided);
        let (unit, involved, stays) = if with_department && self.routing.involves(staff) {
            (Responsible::Department(self.routing.department.clone()), true, in_department)
        } else {
            let offered = self.routing.window_offer.as_ref().is_some_and(|offer| offer.to == *staff);
            // What nobody of the department has taken yet is answered for by whoever touched it, of either side.
            let stays = at_window || (with_department && in_department);
            (Responsible::Window(self.window.clone()), offered, stays)
        };
        let to = if answers { unit } else { now.clone() };
        (!stays && (answers || involved)).then(|| Event::ReturnedToUnit { staff: staff.clone(), to })
    }

    pub(crate) fn returned_to_unit(&mut self, staff: &StaffCode, to: &Responsible, at: Instant) {
        if self.routing.window_offer.as_ref().is_some_and(|offer| offer.from == *staff || offer.to == *staff) {
            self.routing.window_offer = None;
        }
        if !matches!(to, Responsible::Window(_)) {
            self.routing.let_go(staff);
        }
        self.responsibility.pass(to.clone(), Taken::Returned, at);
    }
}
