//! 办件: composes the four stages (受理 → 流转 → 审批 → 出件) into one lifecycle. State and command give events or a
//! refusal ([`Case::decide`]); events give state ([`Case::apply`]). Nothing else changes a case.

mod case;
mod clocks;
pub mod codes;
mod command;
mod decide;
mod due;
mod event;
mod fold;
mod hand_over;
mod leaving;
mod moves;
pub mod package;
mod permit;
mod rating;
mod stage;
mod window;

pub use case::{
    Addressee, Case, CaseNumber, Channel, HeldBack, ItemRef, Note, Part, Participation, Reminder, Reopening, Rung, Seal,
};
pub use clocks::{Clocks, Turn};
pub use command::{
    Collector, Command, GrantEnd, InspectionDate, MandateNumber, MaterialFinding, OnTheSpot, ProcedureStart, Receipt,
    ResultDetails,
};
pub use decide::{begin_check, must_take, predecessor_failed, receive};
pub use event::{DeadlineMove, Event, Recorded, Resumption};
pub use permit::Permit;
pub use rating::{MOST_TAGS, Rating, RatingChannel, RatingForm, RatingLevel, ServiceStage, is_rated};
pub use stage::Stage;
pub use window::WindowCount;
