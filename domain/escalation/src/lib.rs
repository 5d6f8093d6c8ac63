//! 办不成事: the closed loop for what could not be got done. State and command give events or a refusal
//! ([`Impasse::decide`]); events give state. Nothing closes one but the applicant's satisfaction (clause D5-2).

pub mod bulletin;
mod canonical;
mod carrying;
mod category;
mod command;
mod decide;
mod due;
mod event;
pub mod figures;
mod fold;
pub mod follow_up;
pub mod hotline;
mod impasse;
mod leaving;
mod level;
pub mod meeting;
mod moves;
pub mod negative;
mod order;
mod permit;
pub mod precedent;
pub mod proposal;
pub mod redaction;
pub mod register;
mod round;
pub mod submission;
mod supervision;
mod terms;
pub mod triage;
mod turn;
mod week;

pub use carrying::{Carrying, CarryingGround, CarryingProposal, CarryingReview};
pub use category::{Category, CategoryKind};
pub use command::{Command, OrderTerms, Registration};
pub use decide::register;
pub use event::{Event, Recorded, Registered};
pub use impasse::{
    Addressee, Channel, Contact, Filing, FollowUpWay, FollowedUp, GovernmentDecision, HandOver, Impasse, LeftOver,
    Limits, Reminder, Rung, Said, State, Submitted,
};
pub use level::{Graded, Grading, Level};
pub use moves::DeadlineMove;
pub use order::{
    Basis, Completion, ExtensionRequest, Order, OrderState, ReturnRequest, Ruling, SentBack, Signed, SignedForm,
};
pub use permit::Permit;
pub use round::{Answer, Capacity, Cause, Outcome, Round, Satisfaction, Source, Speaker};
pub use supervision::{Step, Supervision};
pub use terms::Terms;
pub use turn::{Turn, Whose};
pub use week::{BadWeek, Week};
