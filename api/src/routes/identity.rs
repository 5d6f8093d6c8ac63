//! Documents as they arrive in requests, and the check of who stands at the window.

use casework::{Collector, MandateNumber};
use chrono::NaiveDate;
use kernel::{
    Personal, Refusal, Text,
    identity::{Document, DocumentKind, Phone},
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
    desk::{Desk, Matter},
    edge::Fields,
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
        return Ok(Collector { relation: "申请人本人", mandate: None });
    }
    let contacts = parties::contacts(connection, case.centre, case.id).map_err(StoreError::from)?;
    let named = |contact: &parties::Contact| {
        contact.role == ContactRole::Contact && contact.document_digest.as_deref() == Some(digest.as_str())
    };
    match contacts.iter().any(named) {
        true => Ok(Collector { relation: "联系人", mandate: None }),
        false => Err(Refusal::new("identity_differs", "出示的证件与申请人、联系人均不一致").into()),
    }
}

/// 代领人: somebody the applicant has mandated to collect the result.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentRequest {
    #[schema(schema_with = schema::text::<100>)]
    name: Personal<String>,
    #[schema(schema_with = schema::phone)]
    phone: Personal<String>,
    /// 委托书编号
    #[schema(min_length = 1, max_length = 40, pattern = "^[0-9A-Za-z-]+$")]
    mandate: String,
}

/// An agent whose document was looked at, ready to be put beside the case.
#[derive(Clone, Debug)]
pub struct Agent {
    contact: parties::Contact,
    mandate: MandateNumber,
}

impl AgentRequest {
    /// Every fault by its field.
    pub fn checked(self, document: &Document, desk: &Desk) -> Answer<Agent> {
        let mut fields = Fields::new();
        let name = fields.take("/agent/name", Text::<100>::new(self.name.expose()));
        let phone = fields.take("/agent/phone", Phone::parse(self.phone.expose()));
        let mandate =
            fields.take("/agent/mandate", self.mandate.parse::<MandateNumber>().map_err(|refusal| refusal.detail));
        let (name, phone, mandate) = fields.all((name, phone, mandate))?;
        let contact = parties::Contact {
            role: ContactRole::Agent,
            document_digest: Some(codes::document_digest(desk.secret(), document)),
            name: Personal::new(name.to_string()),
            document_number: Some(document.number().clone()),
            phone: phone.number().clone(),
            address: None,
        };
        Ok(Agent { contact, mandate })
    }
}

impl Agent {
    /// Puts the agent's name beside the case, where personal data belongs, and the mandate's number on the receipt.
    pub fn collects(&self, matter: &mut Matter<'_, '_>) -> Answer<Collector> {
        let (centre, case) = (matter.case.centre, matter.case.id);
        parties::put_contact(matter.tx.write(), centre, case, &self.contact).map_err(StoreError::from)?;
        Ok(Collector { relation: "代领人", mandate: Some(self.mandate.clone()) })
    }
}
