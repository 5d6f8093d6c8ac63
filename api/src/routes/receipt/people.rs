//! 当事人: the people in an application, from what the request says of them.

use casework::{Case, Event};
use chrono::NaiveDate;
use kernel::{
    Action, Actor, Centre, Instant, PartyId, Personal, Refusal, Role, Text,
    access::Who,
    identity::{Assurance, Document, Phone},
};
use persistence::{
    Connection, StoreError, Tx,
    parties::{self, Contact, ContactRole, Party, PartyKind},
    record, vouchers,
};

use super::{ApplicantRequest, ContactRequest, RecipientRequest};
use crate::{auth::Caller, codes, desk::Desk, edge::Fields, problem::Answer};

/// Whoever vouches says how sure they are: the window saw the document, a platform knows the account. What it said once for
/// all goes with the token of the applicant it vouched for.
pub(crate) fn assurance(claimed: Option<Assurance>, caller: &Caller, fields: &mut Fields) -> Assurance {
    match (caller.role(), claimed) {
        (Role::Clerk, None) => Assurance::InPerson,
        (Role::Adapter, Some(claimed)) if claimed != Assurance::InPerson => claimed,
        (Role::Applicant, None) => {
            let vouched = caller.identity.assurance.filter(|level| *level != Assurance::InPerson);
            vouched.unwrap_or(Assurance::RealName)
        }
        (_, None) => Assurance::RealName,
        (_, Some(_)) => {
            fields.refuse("/identity_assurance", "invalid_value", "只由对接系统填写，且不能为当面核验");
            Assurance::RealName
        }
    }
}

/// 申请人, checked: known already, or named with everything that registers them.
pub(crate) enum Applicant {
    Known(PartyId),
    Named(Box<Party>),
}

/// The applicant as the centre knows them.
pub(crate) struct Registered {
    pub(crate) id: PartyId,
    pub(crate) kind: PartyKind,
    pub(crate) name: Personal<String>,
    /// 联系人 of what is applied for now, where the request says another name or telephone than is registered.
    pub(crate) as_given: Option<Contact>,
}

impl Applicant {
    /// Whom a request is about: the caller in person, or whom it names. None where a fault was found.
    pub(crate) fn of(
        named: Option<ApplicantRequest>,
        caller: &Caller,
        fields: &mut Fields,
        desk: &Desk,
        now: Instant,
    ) -> Option<Self> {
        match (named, caller.party()) {
            (Some(applicant), None) => applicant.party(fields, desk, now).map(|party| Self::Named(Box::new(party))),
            (None, Some(party)) => Some(Self::Known(party)),
            (None, None) => {
                fields.refuse("/applicant", "required", "须填写申请人");
                None
            }
            (Some(_), Some(_)) => {
                fields.refuse("/applicant", "invalid_value", "申请人本人提交的，不另填申请人");
                None
            }
        }
    }

    /// Found by the document, or registered now.
    pub(crate) fn registered(&self, tx: &mut Tx<'_>, centre: Centre, now: Instant) -> Answer<Registered> {
        let (id, given) = match self {
            Self::Known(id) => (*id, None),
            Self::Named(party) => {
                let known = parties::find_by_document(tx.read(), centre, &party.document_kind, &party.document_digest);
                match known.map_err(StoreError::from)? {
                    Some(id) => (id, Some(party)),
                    None => {
                        let registered = parties::register(tx.write(), centre, party, now);
                        tx.first(registered)?;
                        let (kind, name) = (party.kind, party.name.clone());
                        return Ok(Registered { id: party.id, kind, name, as_given: None });
                    }
                }
            }
        };
        let party = parties::find(tx.read(), centre, id).map_err(StoreError::from)?;
        let party = party.ok_or_else(|| Refusal::new("applicant_unknown", "申请人尚未登记"))?;
        let as_given = given.and_then(|given| as_given(given, &party));
        Ok(Registered { id, kind: party.kind, name: party.name, as_given })
    }
}

/// The applicant as a request names them, where that is not how they are registered: their entry stays as it is. None
/// where they cannot be called.
fn as_given(given: &Party, registered: &Party) -> Option<Contact> {
    let is_reached_there = given.phone.is_none() || given.phone == registered.phone;
    if is_reached_there && given.name == registered.name {
        return None;
    }
    Some(Contact {
        role: ContactRole::Contact,
        document_digest: Some(given.document_digest.clone()),
        name: given.name.clone(),
        document_number: Some(given.document_number.clone()),
        phone: given.phone.clone().or_else(|| registered.phone.clone())?,
        address: given.address.clone(),
    })
}

impl ApplicantRequest {
    fn party(self, fields: &mut Fields, desk: &Desk, now: Instant) -> Option<Party> {
        let document = Document::parse(self.document_kind, self.document_number.expose(), now.day());
        let document = fields.take("/applicant/document_number", document);
        let name = personal_text::<100>(fields, "/applicant/name", &self.name);
        let phone = self.phone.map(|phone| phone_number(fields, "/applicant/phone", &phone));
        let address = self.address.map(|address| personal_text::<200>(fields, "/applicant/address", &address));
        let (document, organisation) = (document?, self.document_kind.is_organisation());
        Some(Party {
            id: PartyId::fresh(now),
            kind: if organisation { PartyKind::Enterprise } else { PartyKind::Person },
            document_kind: self.document_kind.to_string(),
            document_digest: codes::document_digest(desk.secret(), &document),
            name: name?,
            document_number: document.number().clone(),
            phone: phone.flatten(),
            address: address.flatten(),
        })
    }
}

/// 联系人 where nobody else was named: the agent who files it, as it would be at the counter (clause B1-2).
pub(crate) fn agent_as_contact(tx: &mut Tx<'_>, actor: &Actor) -> Answer<Option<Contact>> {
    let Who::Vouched { through, mandate, .. } = &actor.who else { return Ok(None) };
    let Some(agent) = through.agent.as_ref().and_then(|agent| agent.party) else { return Ok(None) };
    let Some(party) = parties::find(tx.read(), actor.centre, agent).map_err(StoreError::from)? else { return Ok(None) };
    let voucher = vouchers::find(tx.read(), actor.centre, through.voucher).map_err(StoreError::from)?;
    let given = voucher.and_then(|voucher| voucher.agent).and_then(|agent| agent.phone);
    // A result goes to the contact who shows this document, whenever that is: only to whoever was given that, without an end.
    let collects = mandate.until.is_none() && mandate.covers(Action::AcknowledgeDelivery);
    Ok(given.or(party.phone).map(|phone| Contact {
        role: ContactRole::Contact,
        document_digest: collects.then_some(party.document_digest),
        name: party.name,
        document_number: Some(party.document_number),
        phone,
        address: None,
    }))
}

/// 代理人 who applied, reached where the system said when it vouched for that; their own entry may say something else.
pub(crate) fn agent_of(connection: &mut Connection, case: &Case) -> Answer<Option<Party>> {
    let Some(agent) = case.agent.as_ref().and_then(|agent| agent.party) else { return Ok(None) };
    let Some(party) = parties::find(connection, case.centre, agent).map_err(StoreError::from)? else { return Ok(None) };
    let filed = record::timeline::<Event>(connection, case.centre, &case.id.to_string(), 0, 1);
    let through = filed.map_err(StoreError::from)?.into_iter().find_map(|entry| entry.recorded.by.through);
    let voucher = through.map(|through| vouchers::find(connection, case.centre, through.voucher)).transpose();
    let voucher = voucher.map_err(StoreError::from)?.flatten();
    let given = voucher.and_then(|voucher| voucher.agent).and_then(|agent| agent.phone);
    Ok(Some(Party { phone: given.or(party.phone), ..party }))
}

impl ContactRequest {
    pub(super) fn contact(self, fields: &mut Fields, desk: &Desk, today: NaiveDate) -> Option<Contact> {
        let name = personal_text::<100>(fields, "/contact/name", &self.name);
        let phone = phone_number(fields, "/contact/phone", &self.phone);
        let document = match (self.document_kind, &self.document_number) {
            (Some(kind), Some(number)) if !kind.is_organisation() => {
                Some(fields.take("/contact/document_number", Document::parse(kind, number.expose(), today))?)
            }
            (None, None) => None,
            _ => {
                fields.refuse(
                    "/contact/document_kind",
                    "invalid_value",
                    "联系人的证件类型和号码须同时填写，且为自然人证件",
                );
                None
            }
        };
        Some(Contact {
            role: ContactRole::Contact,
            document_digest: document.as_ref().map(|document| codes::document_digest(desk.secret(), document)),
            name: name?,
            document_number: document.map(|document| document.number().clone()),
            phone: phone?,
            address: None,
        })
    }
}

impl RecipientRequest {
    pub(super) fn contact(self, fields: &mut Fields, pointer: &str) -> Option<Contact> {
        let name = personal_text::<100>(fields, &format!("{pointer}/name"), &self.name);
        let phone = phone_number(fields, &format!("{pointer}/phone"), &self.phone);
        let address = personal_text::<200>(fields, &format!("{pointer}/address"), &self.address);
        Some(Contact {
            role: ContactRole::Recipient,
            document_digest: None,
            name: name?,
            document_number: None,
            phone: phone?,
            address: Some(address?),
        })
    }
}

fn personal_text<const MAX: usize>(
    fields: &mut Fields,
    pointer: &str,
    value: &Personal<String>,
) -> Option<Personal<String>> {
    let text = fields.take(pointer, Text::<MAX>::new(value.expose()))?;
    Some(Personal::new(text.to_string()))
}

fn phone_number(fields: &mut Fields, pointer: &str, value: &Personal<String>) -> Option<Personal<String>> {
    fields.take(pointer, Phone::parse(value.expose())).map(|phone| phone.number().clone())
}
