//! What callers are shown. Personal data leaves masked; what is shown unmasked has a view of its own and leaves a trace.

pub mod application;
pub mod bulletin;
pub mod case;
pub mod client;
pub mod consultation;
pub mod deadline;
pub mod enterprise;
pub mod export;
pub mod feed;
pub mod follow_up;
pub mod impasse;
pub mod item;
pub mod joint;
pub mod law;
pub mod meeting;
pub mod negative_reply;
pub mod order;
pub mod package;
pub mod package_application;
pub mod parts;
pub mod precedent;
pub mod proposal;
pub mod rating;
pub mod register;
pub mod sandbox;
pub mod submission;
pub mod summary;
pub mod through;
pub mod ticket;
pub mod triage;
pub mod webhook;
pub mod window_figure;
pub mod work_order;

use serde::Serialize;
use utoipa::ToSchema;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    pub data: Vec<T>,
    pub page: PageInfo,
}

/// Where the list goes on.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageInfo {
    /// Hand it back as `cursor`; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    pub has_more: bool,
}
