//! 申请人 and the people a case is to reach: the only tables with personal data.

use diesel::prelude::*;
use kernel::{CaseId, Centre, EventId, Instant, PartyId, Personal, access::Signature};
use strum::{Display, EnumString, IntoStaticStr};

use crate::{
    connection::Connection,
    decode::parse,
    personal::PersonalText,
    schema::{case_contacts, disclosures, parties},
};

/// 自然人 or 法人和其他组织.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum PartyKind {
    Person,
    Enterprise,
}

/// An applicant as registered. `document_digest` is a keyed digest of the document, by which the same applicant is
/// found again without searching personal data.
#[derive(Clone, Debug)]
pub struct Party {
    pub id: PartyId,
    pub kind: PartyKind,
    /// A document kind of `kernel::identity`, by its stable name.
    pub document_kind: String,
    pub document_digest: String,
    pub name: Personal<String>,
    pub document_number: Personal<String>,
    pub phone: Option<Personal<String>>,
    pub address: Option<Personal<String>>,
}

/// The applicant with this document, if known.
pub fn find_by_document(
    connection: &mut Connection,
    centre: Centre,
    document_kind: &str,
    document_digest: &str,
) -> QueryResult<Option<PartyId>> {
    parties::table
        .filter(parties::centre.eq(centre.as_str()))
        .filter(parties::document_kind.eq(document_kind))
        .filter(parties::document_digest.eq(document_digest))
        .select(parties::id)
        .get_result::<String>(connection)
        .optional()?
        .map(|id| parse("party id", &id))
        .transpose()
}

/// Which applicants with documents of these kinds have these digests, each with its own. Walks the key by document.
pub fn by_digests(
    connection: &mut Connection,
    centre: Centre,
    document_kinds: &[&str],
    digests: &[&str],
) -> QueryResult<Vec<(PartyId, String)>> {
    let rows = parties::table
        .filter(parties::centre.eq(centre.as_str()))
        .filter(parties::document_kind.eq_any(document_kinds.to_vec()))
        .filter(parties::document_digest.eq_any(digests.to_vec()))
        .order(parties::id.asc())
        .select((parties::id, parties::document_digest))
        .load::<(String, String)>(connection)?;
    rows.into_iter().map(|(id, digest)| Ok((parse("party id", &id)?, digest))).collect()
}

pub fn register(connection: &mut Connection, centre: Centre, party: &Party, now: Instant) -> QueryResult<()> {
    diesel::insert_into(parties::table)
        .values((
            parties::centre.eq(centre.as_str()),
            parties::id.eq(party.id.to_string()),
            parties::kind.eq(<&str>::from(party.kind)),
            parties::document_kind.eq(&party.document_kind),
            parties::document_digest.eq(&party.document_digest),
            parties::name.eq(PersonalText::seal(&party.name)),
            parties::document_number.eq(PersonalText::seal(&party.document_number)),
            parties::phone.eq(party.phone.as_ref().map(PersonalText::seal)),
            parties::address.eq(party.address.as_ref().map(PersonalText::seal)),
            parties::created_at.eq(now.naive_utc()),
        ))
        .execute(connection)
        .map(drop)
}

type PartyRow =
    (String, String, String, String, PersonalText, PersonalText, Option<PersonalText>, Option<PersonalText>);

pub fn find(connection: &mut Connection, centre: Centre, id: PartyId) -> QueryResult<Option<Party>> {
    let row = parties::table
        .filter(parties::centre.eq(centre.as_str()))
        .filter(parties::id.eq(id.to_string()))
        .select((
            parties::id,
            parties::kind,
            parties::document_kind,
            parties::document_digest,
            parties::name,
            parties::document_number,
            parties::phone,
            parties::address,
        ))
        .get_result::<PartyRow>(connection)
        .optional()?;
    row.map(|(id, kind, document_kind, document_digest, name, document_number, phone, address)| {
        Ok(Party {
            id: parse("party id", &id)?,
            kind: parse("party kind", &kind)?,
            document_kind,
            document_digest,
            name: name.open(),
            document_number: document_number.open(),
            phone: phone.map(PersonalText::open),
            address: address.map(PersonalText::open),
        })
    })
    .transpose()
}

/// Whom a case is to reach, and as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum ContactRole {
    /// 联系人 (代理人)
    Contact,
    /// 收件人
    Recipient,
    /// 代领人
    Agent,
}

#[derive(Clone, Debug)]
pub struct Contact {
    pub role: ContactRole,
    /// Keyed digest of the document, where one was given.
    pub document_digest: Option<String>,
    pub name: Personal<String>,
    pub document_number: Option<Personal<String>>,
    pub phone: Personal<String>,
    pub address: Option<Personal<String>>,
}

/// Sets a contact of a case; there is one in each role, the latest.
pub fn put_contact(connection: &mut Connection, centre: Centre, case: CaseId, contact: &Contact) -> QueryResult<()> {
    let role = <&str>::from(contact.role);
    diesel::delete(
        case_contacts::table
            .filter(case_contacts::centre.eq(centre.as_str()))
            .filter(case_contacts::case_id.eq(case.to_string()))
            .filter(case_contacts::role.eq(role)),
    )
    .execute(connection)?;
    diesel::insert_into(case_contacts::table)
        .values((
            case_contacts::centre.eq(centre.as_str()),
            case_contacts::case_id.eq(case.to_string()),
            case_contacts::role.eq(role),
            case_contacts::document_digest.eq(contact.document_digest.as_deref()),
            case_contacts::name.eq(PersonalText::seal(&contact.name)),
            case_contacts::document_number.eq(contact.document_number.as_ref().map(PersonalText::seal)),
            case_contacts::phone.eq(PersonalText::seal(&contact.phone)),
            case_contacts::address.eq(contact.address.as_ref().map(PersonalText::seal)),
        ))
        .execute(connection)?;
    Ok(())
}

type ContactRow = (String, Option<String>, PersonalText, Option<PersonalText>, PersonalText, Option<PersonalText>);

pub fn contacts(connection: &mut Connection, centre: Centre, case: CaseId) -> QueryResult<Vec<Contact>> {
    let rows = case_contacts::table
        .filter(case_contacts::centre.eq(centre.as_str()))
        .filter(case_contacts::case_id.eq(case.to_string()))
        .order(case_contacts::role.asc())
        .select((
            case_contacts::role,
            case_contacts::document_digest,
            case_contacts::name,
            case_contacts::document_number,
            case_contacts::phone,
            case_contacts::address,
        ))
        .load::<ContactRow>(connection)?;
    let contact = |(role, document_digest, name, document_number, phone, address): ContactRow| {
        Ok(Contact {
            role: parse("contact role", &role)?,
            document_digest,
            name: name.open(),
            document_number: document_number.map(PersonalText::open),
            phone: phone.open(),
            address: address.map(PersonalText::open),
        })
    };
    rows.into_iter().map(contact).collect()
}

/// Records that somebody read a case's personal data unmasked (网络数据安全管理条例 art. 12).
pub fn disclose(
    connection: &mut Connection,
    centre: Centre,
    case: CaseId,
    by: &Signature,
    now: Instant,
) -> QueryResult<()> {
    diesel::insert_into(disclosures::table)
        .values((
            disclosures::centre.eq(centre.as_str()),
            disclosures::id.eq(EventId::fresh(now).to_string()),
            disclosures::case_id.eq(case.to_string()),
            disclosures::actor_role.eq(by.role.to_string()),
            disclosures::actor.eq(&by.code),
            disclosures::at.eq(now.naive_utc()),
        ))
        .execute(connection)?;
    Ok(())
}
