//! 代表企业的人: an enterprise brings its matter, and says in the end whether it is satisfied, through a person (clause D5-2).

use casework::MandateNumber;
use chrono::NaiveDate;
use escalation::{Capacity, Impasse, Order, Speaker};
use kernel::{Actor, Centre, Instant, PartyId, Personal, Refusal, Text, identity::Document};
use persistence::{
    Connection, StoreError, Tx,
    parties::{self, Party, PartyKind},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    auth::Secret,
    codes,
    edge::Fields,
    problem::{Answer, Error},
    routes::{identity::IdentityProof, receipt::people::Applicant},
    schema,
    views::impasse::SpeakerView,
};

/// 代表企业表态的人
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpeakerRequest {
    #[schema(schema_with = schema::text::<100>)]
    name: Personal<String>,
    #[schema(schema_with = schema::variants::<Capacity>)]
    capacity: Capacity,
    /// 委托书编号; of an agent and nobody else.
    #[schema(min_length = 1, max_length = 40, pattern = "^[0-9A-Za-z-]+$")]
    #[serde(default)]
    mandate: Option<String>,
}

/// 代表企业反映的人, with the document that they named or showed.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisteredSpeakerRequest {
    #[schema(schema_with = schema::text::<100>)]
    name: Personal<String>,
    #[schema(schema_with = schema::variants::<Capacity>)]
    capacity: Capacity,
    /// 委托书编号; of an agent and nobody else.
    #[schema(min_length = 1, max_length = 40, pattern = "^[0-9A-Za-z-]+$")]
    #[serde(default)]
    mandate: Option<String>,
    /// 自然人证件; shown again before anything is closed out on their word.
    identity: IdentityProof,
}

/// 表态人, checked.
#[derive(Clone)]
pub(super) struct Speaking {
    name: Personal<String>,
    capacity: Capacity,
    mandate: Option<Text<40>>,
}

/// 代表企业反映的人, checked.
#[derive(Clone)]
pub(in crate::routes) struct Registering {
    speaking: Speaking,
    shown: Document,
}

impl SpeakerRequest {
    pub(super) fn checked(&self, fields: &mut Fields) -> Option<Speaking> {
        Speaking::checked(&self.name, self.capacity, self.mandate.as_deref(), fields)
    }
}

impl RegisteredSpeakerRequest {
    /// Of an applicant that is an enterprise. None where a fault was found, in the applicant or here.
    pub(in crate::routes) fn checked(
        &self,
        applicant: Option<&Applicant>,
        today: NaiveDate,
        fields: &mut Fields,
    ) -> Option<Registering> {
        match applicant? {
            Applicant::Named(party) if party.kind == PartyKind::Enterprise => {}
            _ => {
                fields.refuse("/speaker", "invalid_value", "只有企业由他人反映，且须同时填写申请人");
                return None;
            }
        }
        self.named(today, fields)
    }

    /// Whoever is named, of whatever applicant.
    pub(in crate::routes) fn named(&self, today: NaiveDate, fields: &mut Fields) -> Option<Registering> {
        let speaking = Speaking::checked(&self.name, self.capacity, self.mandate.as_deref(), fields);
        let IdentityProof { document_kind, document_number } = &self.identity;
        if document_kind.is_organisation() {
            fields.refuse("/speaker/identity/document_kind", "invalid_value", "须为自然人证件");
            return None;
        }
        let shown = Document::parse(*document_kind, document_number.expose(), today);
        let shown = fields.take("/speaker/identity/document_number", shown);
        Some(Registering { speaking: speaking?, shown: shown? })
    }
}

impl Registering {
    /// As the centre knows them; registered where they are new.
    pub(in crate::routes) fn registered(
        &self,
        tx: &mut Tx<'_>,
        centre: Centre,
        secret: &Secret,
        now: Instant,
    ) -> Answer<Speaker> {
        self.speaking.registered(tx, centre, (&self.shown, secret), now)
    }
}

impl Speaking {
    fn checked(
        name: &Personal<String>,
        capacity: Capacity,
        mandate: Option<&str>,
        fields: &mut Fields,
    ) -> Option<Self> {
        let name = fields.take("/speaker/name", Text::<100>::new(name.expose()));
        let number = mandate.map(|number| {
            let number = number.parse::<MandateNumber>().map_err(|refusal| refusal.detail.into_owned())?;
            Text::<40>::new(&number.to_string()).map_err(|fault| fault.to_string())
        });
        let mandate = fields.take_optional("/speaker/mandate", number)?;
        match (capacity, &mandate) {
            (Capacity::Agent, None) => fields.refuse("/speaker/mandate", "invalid_value", "代理人须填写委托书编号"),
            (Capacity::LegalRepresentative, Some(_)) => {
                fields.refuse("/speaker/mandate", "invalid_value", "只由代理人填写");
            }
            _ => {}
        }
        Some(Self { name: Personal::new(name?.to_string()), capacity, mandate })
    }

    /// Whoever shows this document, as the centre knows them; registered where they are new.
    pub(super) fn registered(
        &self,
        tx: &mut Tx<'_>,
        centre: Centre,
        (shown, secret): (&Document, &Secret),
        now: Instant,
    ) -> Answer<Speaker> {
        let Self { name, capacity, mandate } = self.clone();
        let person = Applicant::Named(Box::new(Party {
            id: PartyId::fresh(now),
            kind: PartyKind::Person,
            document_kind: shown.kind().to_string(),
            document_digest: codes::document_digest(secret, shown),
            name,
            document_number: shown.number().clone(),
            phone: None,
            address: None,
        }));
        Ok(Speaker { party: person.registered(tx, centre, now)?.id, capacity, mandate })
    }
}

/// 代理人 by whose hand an enterprise that a system vouched for brings its matter, where the system said who it is.
pub(in crate::routes) fn agent_speaks(actor: &Actor, kind: PartyKind) -> Option<Speaker> {
    let agent = actor.through().filter(|_| kind == PartyKind::Enterprise)?.agent.as_ref()?;
    Some(Speaker { party: agent.party?, capacity: Capacity::Agent, mandate: Some(agent.mandate.clone()) })
}

/// The one recorded at registration, if this is their document.
///
/// # Errors
/// `identity_differs`; a field where nobody was recorded.
pub(super) fn recorded(
    connection: &mut Connection,
    impasse: &Impasse,
    (shown, secret): (&Document, &Secret),
) -> Answer<Speaker> {
    let (speaker, party) =
        of(connection, impasse)?.ok_or_else(|| Error::field("/speaker", "申请人是企业的，须写明由谁表态及其身份"))?;
    if codes::document_digest(secret, shown) != party.document_digest {
        let detail = "出示的证件与登记的表态人不一致；由他人表态的，须写明其身份";
        return Err(Refusal::new("identity_differs", detail).into());
    }
    Ok(speaker)
}

/// Whoever was recorded at registration, with what the centre knows of them.
pub(super) fn of(connection: &mut Connection, impasse: &Impasse) -> Answer<Option<(Speaker, Party)>> {
    let Some(speaker) = impasse.speaker.clone() else { return Ok(None) };
    let party = known(connection, impasse.centre, &speaker)?;
    Ok(Some((speaker, party)))
}

fn known(connection: &mut Connection, centre: Centre, speaker: &Speaker) -> Answer<Party> {
    let party = parties::find(connection, centre, speaker.party).map_err(StoreError::from)?;
    party.ok_or_else(|| Error::internal("an impasse without its speaker"))
}

/// Whoever spoke for an enterprise in the round that an order belongs to, masked; None of a person, who spoke for
/// themself, and while nobody has spoken.
pub(in crate::routes) fn who_spoke(
    connection: &mut Connection,
    impasse: &Impasse,
    order: &Order,
    today: NaiveDate,
) -> Answer<Option<SpeakerView>> {
    let Some(speaker) = impasse.word_on(order).and_then(|said| said.source.speaker()) else { return Ok(None) };
    let party = known(connection, impasse.centre, speaker)?;
    Ok(Some(SpeakerView::of(speaker, &party, today)))
}

/// The same as it is shown: masked.
pub(super) fn shown(connection: &mut Connection, impasse: &Impasse, today: NaiveDate) -> Answer<Option<SpeakerView>> {
    Ok(of(connection, impasse)?.map(|(speaker, party)| SpeakerView::of(&speaker, &party, today)))
}
