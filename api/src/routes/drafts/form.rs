//! What a draft says: an application whose every part may still be missing.

use casework::Channel;
use catalog::DeliveryMethod;
use kernel::{ItemCode, Personal, Text, identity::DocumentKind};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;

use crate::{
    edge::Fields,
    problem::Answer,
    routes::{
        applications::PushedMaterial,
        receipt::{ContactRequest, DeliveryRequest, Form, RecipientRequest},
    },
    schema,
};

/// 申请草稿: as much of an application as is known so far. Whether it is right is asked when it is handed in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftApplication {
    /// 事项代码
    #[schema(schema_with = schema::code::<64>)]
    pub item: ItemCode,
    /// 申报来源; `web` unless said.
    #[schema(schema_with = schema::some_variant::<Channel>, required = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channel: Option<Channel>,
    /// 联系人
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contact: Option<DraftContact>,
    /// 送达方式
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delivery: Option<DraftDelivery>,
    /// 材料, which the front end has uploaded.
    #[schema(max_items = 50, required = false)]
    #[serde(default, deserialize_with = "crate::bounds::few::<_, _, _, 0, 50>")]
    materials: Vec<PushedMaterial>,
}

/// 联系人, as far as is known.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftContact {
    #[schema(schema_with = schema::some_text::<100>, required = false)]
    #[serde(default, serialize_with = "exposed")]
    name: Option<Personal<Text<100>>>,
    #[schema(schema_with = schema::some_text::<20>, required = false)]
    #[serde(default, serialize_with = "exposed")]
    phone: Option<Personal<Text<20>>>,
    #[schema(schema_with = schema::some_variant::<DocumentKind>, required = false)]
    #[serde(default)]
    document_kind: Option<DocumentKind>,
    /// 证件号码
    #[schema(schema_with = schema::some_text::<30>, required = false)]
    #[serde(default, serialize_with = "exposed")]
    document_number: Option<Personal<Text<30>>>,
}

/// 送达方式, as far as is known.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftDelivery {
    #[schema(schema_with = schema::some_variant::<DeliveryMethod>, required = false)]
    #[serde(default)]
    method: Option<DeliveryMethod>,
    /// 收件人
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recipient: Option<DraftRecipient>,
}

/// 收件人, as far as is known.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftRecipient {
    #[schema(schema_with = schema::some_text::<100>, required = false)]
    #[serde(default, serialize_with = "exposed")]
    name: Option<Personal<Text<100>>>,
    #[schema(schema_with = schema::some_text::<20>, required = false)]
    #[serde(default, serialize_with = "exposed")]
    phone: Option<Personal<Text<20>>>,
    #[schema(schema_with = schema::some_text::<200>, required = false)]
    #[serde(default, serialize_with = "exposed")]
    address: Option<Personal<Text<200>>>,
}

/// For the sealed column, and for the one whose words they are.
fn exposed<S: Serializer, const MAX: usize>(
    value: &Option<Personal<Text<MAX>>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    value.as_ref().map(Personal::expose).serialize(serializer)
}

impl DraftApplication {
    /// # Errors
    /// `invalid_fields` with everything that is missing.
    pub fn parts(self) -> Answer<(Form, Vec<PushedMaterial>)> {
        let Self { item: _, channel, contact, delivery, materials } = self;
        let mut fields = Fields::new();
        let contact = contact.map(|contact| contact.complete(&mut fields));
        let (method, recipient) = delivery.map_or((None, None), |it| (it.method, it.recipient));
        if method.is_none() {
            fields.refuse("/delivery/method", "required", "须选择送达方式");
        }
        let recipient = recipient.map(|recipient| recipient.complete(&mut fields));
        let (method,) = fields.all((method,))?;
        let form = Form {
            channel: channel.unwrap_or(Channel::Web),
            applicant: None,
            identity_assurance: None,
            contact: contact.flatten(),
            delivery: DeliveryRequest { method, recipient: recipient.flatten() },
            external_number: None,
        };
        Ok((form, materials))
    }
}

impl DraftContact {
    fn complete(self, fields: &mut Fields) -> Option<ContactRequest> {
        let Self { name, phone, document_kind, document_number } = self;
        let (name, phone) = (said(fields, "/contact/name", name), said(fields, "/contact/phone", phone));
        let document_number = document_number.map(plain);
        Some(ContactRequest { name: name?, phone: phone?, document_kind, document_number })
    }
}

impl DraftRecipient {
    fn complete(self, fields: &mut Fields) -> Option<RecipientRequest> {
        let name = said(fields, "/delivery/recipient/name", self.name);
        let phone = said(fields, "/delivery/recipient/phone", self.phone);
        let address = said(fields, "/delivery/recipient/address", self.address);
        Some(RecipientRequest { name: name?, phone: phone?, address: address? })
    }
}

fn said<const MAX: usize>(
    fields: &mut Fields,
    pointer: &str,
    text: Option<Personal<Text<MAX>>>,
) -> Option<Personal<String>> {
    if text.is_none() {
        fields.refuse(pointer, "required", "须填写");
    }
    text.map(plain)
}

fn plain<const MAX: usize>(text: Personal<Text<MAX>>) -> Personal<String> {
    text.map(|text| text.to_string())
}
