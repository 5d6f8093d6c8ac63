//! 事项与大厅: what the centre offers and where: zones, sectors, departments, windows, postings (clauses A2-1 to A2-3)
//! and service items with their versions (clause B3-1). Read from one document, whole or not at all.

mod check;
mod code;
mod document;
mod flaw;
mod hall;
mod import;
mod item;
mod joint;
mod package;
mod report;
mod version;

pub use check::Hall;
pub use code::{BadItemCode, BadUscc, BaseCode, ImplementationCode, Uscc};
pub use document::{Catalog, read};
pub use flaw::Flaw;
pub use hall::{Department, PostingRecord, Sector, Window, Zone};
pub use import::Import;
pub use item::{Audience, DeliveryMethod, Guide, ItemContent, ItemKind, Material, MaterialForm, mentions_paper};
pub use joint::{JointParticipant, JointTerms, ParticipantFlaw, Silence, in_order, participant_flaws};
pub use package::{MaterialUse, Member, Package, SharedMaterial, WENLING_PACKAGES, read_packages};
pub use report::{Fault, List, Report};
pub use version::{ItemVersion, VersionState, in_force};

/// The reference catalogue of the centre of Wenling (331081), as a document for [`read`]. Names follow the notice
/// 温政服〔2023〕19号; credit codes, item codes, phones, staff codes and limits are examples for the operator to replace.
pub const WENLING: &str = include_str!("../data/wenling.json");
