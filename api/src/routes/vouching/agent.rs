//! 代理人: who acts in the applicant's place, on a mandate that the system has seen.

use casework::MandateNumber;
use chrono::NaiveDate;
use kernel::{
    Centre, Instant, ItemCode, PartyId, Personal, Text,
    access::{Agent, Mandate, Power},
    identity::{Document, Phone},
};
use persistence::{
    StoreError, Tx, items,
    parties::{Party, PartyKind},
    vouchers::Mandated,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    codes,
    desk::Desk,
    edge::Fields,
    problem::{Answer, Error},
    routes::{identity::IdentityProof, receipt::people::Applicant},
    schema,
};

/// 经办人 (代理人), with the mandate that the system has seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MandatedAgent {
    identity: IdentityProof,
    /// 委托书编号
    #[schema(min_length = 1, max_length = 40, pattern = "^[0-9A-Za-z-]+$")]
    mandate: String,
    /// 姓名; together with the telephone, and then the agent is the contact of the cases that they file.
    #[schema(schema_with = schema::some_text::<100>)]
    #[serde(default)]
    name: Option<Personal<String>>,
    #[schema(schema_with = schema::some_phone)]
    #[serde(default)]
    phone: Option<Personal<String>>,
    /// 委托期限的最后一日; without an end where absent.
    #[schema(schema_with = schema::some_day)]
    #[serde(default)]
    valid_until: Option<NaiveDate>,
    /// 委托权限; everything that the applicant may do where absent.
    #[schema(schema_with = schema::powers, required = false)]
    #[serde(default, deserialize_with = "crate::bounds::some_few::<_, _, 1, 4>")]
    powers: Option<Vec<Power>>,
    /// 委托事项, by their codes; whatever the applicant may apply for where absent. What the applicant may see, the agent may.
    #[schema(schema_with = schema::some_codes::<64>, required = false)]
    #[serde(default, deserialize_with = "crate::bounds::some_few::<_, _, 1, 50>")]
    items: Option<Vec<ItemCode>>,
}

/// The same, checked.
#[derive(Clone)]
pub(super) struct Acting {
    document_digest: String,
    person: Option<Party>,
    number: Text<40>,
    mandate: Mandate,
}

impl MandatedAgent {
    /// None where a fault was found.
    ///
    /// # Errors
    /// The field of a document or a number of a mandate that is none.
    pub(super) fn checked(self, desk: &Desk, now: Instant, fields: &mut Fields) -> Answer<Option<Acting>> {
        let document = self.identity.checked("/agent/identity", now.day())?;
        let refused = |detail| Error::field("/agent/mandate", detail);
        let number = self.mandate.parse::<MandateNumber>().map_err(|refusal| refused(refusal.detail.into_owned()))?;
        let number = Text::new(&number.to_string()).map_err(|fault| refused(fault.to_string()))?;
        let mandate = Mandate {
            powers: self.powers.map(|powers| powers.into_iter().collect()),
            items: self.items.map(|items| items.into_iter().collect()),
            until: self.valid_until,
        };
        let named = (self.name, self.phone);
        let document_digest = codes::document_digest(desk.secret(), &document);
        let Some(person) = person(named, (&document, document_digest.as_str()), now, fields) else { return Ok(None) };
        Ok(Some(Acting { document_digest, person, number, mandate }))
    }
}

/// Who it is, where the system says so.
fn person(
    (name, phone): (Option<Personal<String>>, Option<Personal<String>>),
    (document, digest): (&Document, &str),
    now: Instant,
    fields: &mut Fields,
) -> Option<Option<Party>> {
    let (name, phone) = match (name, phone) {
        (None, None) => return Some(None),
        (Some(name), Some(phone)) => (name, phone),
        (name, _) => {
            let missing = if name.is_some() { "/agent/phone" } else { "/agent/name" };
            fields.refuse(missing, "required", "姓名和电话须同时填写");
            return None;
        }
    };
    let name = fields.take("/agent/name", Text::<100>::new(name.expose()));
    let phone = fields.take("/agent/phone", Phone::parse(phone.expose()));
    Some(Some(Party {
        id: PartyId::fresh(now),
        kind: PartyKind::Person,
        document_kind: document.kind().to_string(),
        document_digest: digest.to_owned(),
        name: Personal::new(name?.to_string()),
        document_number: document.number().clone(),
        phone: Some(phone?.number().clone()),
        address: None,
    }))
}

impl Acting {
    /// As the centre knows them; registered where they are new.
    pub(super) fn registered(&self, tx: &mut Tx<'_>, centre: Centre, now: Instant) -> Answer<Mandated> {
        // Here, so that a repeated request is answered as it was while the mandate stood.
        if self.mandate.has_ended(now.day()) {
            return Err(Error::field("/agent/valid_until", "委托期限已满"));
        }
        for item in self.mandate.items.iter().flatten() {
            if items::versions(tx.read(), centre, item).map_err(StoreError::from)?.is_empty() {
                return Err(Error::field("/agent/items", format!("没有此事项：{item}")));
            }
        }
        let known = |person: &Party| Applicant::Named(Box::new(person.clone())).registered(tx, centre, now);
        let party = self.person.as_ref().map(known).transpose()?.map(|known| known.id);
        Ok(Mandated {
            document_digest: self.document_digest.clone(),
            agent: Agent { party, mandate: self.number.clone() },
            phone: self.person.as_ref().and_then(|person| person.phone.clone()),
            mandate: self.mandate.clone(),
        })
    }
}
