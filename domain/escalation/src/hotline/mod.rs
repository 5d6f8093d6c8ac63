//! 12345 工单: a work order of the hotline, from its dispatch to the caller's three answers (clauses D2-2, G3, rule L15).
//! The hotline numbers what it says of an order; [`Line`] keeps that order, [`WorkOrder`] the law of it.

mod code_map;
mod command;
mod decide;
mod event;
mod figures;
mod fold;
mod line;
mod merging;
mod message;
mod pressing;
mod state;
mod terms;
pub mod ticket;
mod work_order;

pub use code_map::{CodeMap, UnknownCode};
pub use command::{Act, Assignee, Command};
pub use decide::dispatch;
pub use event::Event;
pub use kernel::external_no::{self, BadExternalNo, ExternalNo};
pub use line::{Line, Place};
pub use merging::chain;
pub use message::{Dispatch, Message, MessageKind, Satisfaction, Spoken};
pub use pressing::{OrderReminder, OrderSupervision, Responded, Told, Urging};
pub use state::{LegalRoute, Measure, Milestone, Press, Response, State, Verification, WorkOrderKind};
pub use terms::HotlineTerms;
pub use work_order::{Answer, Assignment, AssignmentReturn, Escalation, Extension, Return, Ruling, WorkOrder};
