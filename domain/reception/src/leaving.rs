//! 岗位终止: nobody answers for a consultation who is no longer posted to where it is (clause B5-1).

use kernel::{Posting, Role, StaffCode};

use crate::{consultation::Consultation, event::Event};

impl Consultation {
    /// 职责随岗位终止回到窗口: what comes of it that `running` are all the postings that `staff` has now. None where it does not
    /// rest on them, or they are still posted to where it is.
    pub fn after_leaving(&self, staff: &StaffCode, running: &[Posting]) -> Option<Event> {
        let at_the_window =
            |posting: &Posting| posting.role == Role::Clerk && posting.window.as_ref() == Some(&self.held_at);
        let is_theirs = self.answerer() == Some(staff);
        (is_theirs && !running.iter().any(at_the_window))
            .then(|| Event::ReturnedToUnit { staff: staff.clone(), window: self.held_at.clone() })
    }
}
