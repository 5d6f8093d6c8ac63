//! 联审联批: the lead department asks other departments for their opinions, together or one after another, by a plan it
//! draws (clause B3-3). Parallel participants start at the one acceptance, a serial one at its predecessors' written
//! completion (rule L10, 浙江省保障“最多跑一次”改革规定 art. 5(3)).
//!
//! A participant is a desk of the one case and never a case of its own, so that every figure counts the original once.

mod opinion;
mod plan;
mod review;
mod schedule;

pub use catalog::JointParticipant as Participant;
pub use opinion::{Answered, Asked, Desk, Given, Opinion, Wanted};
pub use plan::Plan;
pub use review::{JointReview, Named};
pub use schedule::{Actual, Line, LineState, Schedule, schedule};

use kernel::DepartmentCode;

pub(crate) fn names<'a>(departments: impl IntoIterator<Item = &'a DepartmentCode>) -> String {
    departments.into_iter().map(DepartmentCode::as_str).collect::<Vec<_>>().join("、")
}
