//! What every stage of the lifecycle stands on: ids, time, people, the working calendar, the time-limit ledger, and
//! who may do what. Nothing here performs input or output and nothing reads a clock: `now` is always an argument.

pub mod access;
pub mod calendar;
pub mod code;
pub mod context;
pub mod document;
pub mod external_no;
pub mod id;
pub mod identity;
pub mod ledger;
pub mod personal;
pub mod practice;
pub mod record;
pub mod refusal;
pub mod remedy;
pub mod responsibility;
pub mod text;
pub mod time;

pub use access::{Action, Actor, Posting, Role, Whereabouts};
pub use calendar::{Calendar, DayKind, Due};
pub use code::{Centre, DepartmentCode, ItemCode, MaterialCode, SectorCode, StaffCode, WindowCode, ZoneCode};
pub use context::Context;
pub use document::{DocumentKind, DocumentNumber, Registry};
pub use external_no::ExternalNo;
pub use id::{CaseId, EventId, FileId, PartyId, PostingId};
pub use personal::{Masked, Personal};
pub use practice::Practice;
pub use record::{Fact, Recorded};
pub use refusal::Refusal;
pub use remedy::{Remedy, RemedyWay, remedies};
pub use text::Text;
pub use time::{Instant, WorkingDays};
