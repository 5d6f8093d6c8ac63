//! 办件: composes the four stages (受理 → 流转 → 审批 → 出件) into one lifecycle. State and command give events or a
//! refusal ([`Case::decide`]); events give state ([`Case::apply`]). Nothing else changes a case.

mod case;
mod command;
mod decide;
mod event;
mod fold;
mod permit;
mod stage;

pub use case::{Case, CaseNumber, Channel, ItemRef};
pub use command::{Collector, Command, MaterialFinding, OnTheSpot, Receipt, ResultDetails};
pub use decide::receive;
pub use event::{Event, Recorded};
pub use permit::Permit;
pub use stage::Stage;
