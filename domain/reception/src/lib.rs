//! 大厅接待: what happens at the desk before anything is filed; now consultations (咨询). State and command give an event or
//! a refusal ([`Consultation::decide`]); events give state. Nobody who asked is ever without somebody who answers for it
//! (clauses A1-2, A1-3, B5-1).

mod consultation;
mod decide;
mod direction;
mod event;
mod leaving;

pub use consultation::{Consultation, Ending, State};
pub use decide::{Asking, Command, record};
pub use direction::{Directed, Direction, FallbackReason, Reply};
pub use event::{Asked, Event, Recorded};
