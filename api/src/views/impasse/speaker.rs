//! 代表企业的人.

use chrono::NaiveDate;
use escalation::{Capacity, Speaker};
use kernel::{
    Masked,
    identity::{Document, DocumentKind},
};
use persistence::parties::Party;
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema;

/// 代表企业反映的人, masked.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpeakerView {
    #[schema(value_type = String, example = "张*")]
    pub name: Masked,
    #[schema(schema_with = schema::variants::<Capacity>)]
    pub capacity: Capacity,
    /// 委托书编号, of an agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mandate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<DocumentKind>)]
    pub document_kind: Option<DocumentKind>,
    /// 证件号码
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, example = "331081********0012")]
    pub document_number: Option<Masked>,
}

impl SpeakerView {
    pub fn of(speaker: &Speaker, party: &Party, today: NaiveDate) -> Self {
        let kind: Option<DocumentKind> = party.document_kind.parse().ok();
        let document = kind.and_then(|kind| Document::parse(kind, party.document_number.expose(), today).ok());
        Self {
            name: Masked::person_name(&party.name),
            capacity: speaker.capacity,
            mandate: speaker.mandate.as_ref().map(ToString::to_string),
            document_kind: kind,
            document_number: document.as_ref().map(Masked::document),
        }
    }
}
