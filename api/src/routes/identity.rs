//! Documents as they arrive in requests, and the check of who stands at the window.

use casework::Collector;
use chrono::NaiveDate;
use kernel::{
    Personal, Refusal,
    identity::{Document, DocumentKind},
};
use persistence::{
    StoreError,
    parties::{self, ContactRole},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    auth::Secret,
    codes,
    desk::Matter,
    problem::{Answer, Error},
    schema,
};

/// 证件, as shown.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityProof {
    #[schema(schema_with = schema::variants::<DocumentKind>)]
    pub document_kind: DocumentKind,
    /// 证件号码
    #[schema(schema_with = schema::document_number)]
    pub document_number: Personal<String>,
}

impl IdentityProof {
    /// The document of the person who stands there: an organisation's number is public and proves nobody.
    pub fn checked(&self, pointer: &str, today: NaiveDate) -> Answer<Document> {
        if self.document_kind.is_organisation() {
            return Err(Error::field(format!("{pointer}/document_kind"), "须出示自然人证件"));
        }
        Document::parse(self.document_kind, self.document_number.expose(), today)
            .map_err(|fault| Error::field(format!("{pointer}/document_number"), fault.to_string()))
    }
}

/// Whoever collects must be the applicant, or the person named as contact.
pub fn proven(secret: &Secret, matter: &mut Matter<'_, '_>, document: &Document) -> Answer<Collector> {
    let (case, connection) = (matter.case, matter.tx.read());
    let digest = codes::document_digest(secret, document);
    let party = parties::find(connection, case.centre, case.applicant).map_err(StoreError::from)?;
    if party.is_some_and(|party| party.document_digest == digest) {
        return Ok(Collector { relation: "申请人本人" });
    }
    let contacts = parties::contacts(connection, case.centre, case.id).map_err(StoreError::from)?;
    let named = |contact: &parties::Contact| {
        contact.role == ContactRole::Contact && contact.document_digest.as_deref() == Some(digest.as_str())
    };
    match contacts.iter().any(named) {
        true => Ok(Collector { relation: "联系人" }),
        false => Err(Refusal::new("identity_differs", "出示的证件与申请人、联系人均不一致").into()),
    }
}
