//! What a platform says of an application, in its own codes where a code map says so.

use std::{fmt::Display, str::FromStr};

use casework::{
    Channel, Command, Stage,
    codes::{Codes, Subject},
};
use catalog::DeliveryMethod;
use kernel::{
    ExternalNo, ItemCode, Personal, Text,
    identity::{Assurance, DocumentKind},
};
use persistence::{Tx, items::NationalCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Push,
    filing::{Matter, attachments},
};
use crate::{
    auth::Caller,
    edge::Fields,
    problem::Answer,
    routes::{
        receipt::{ApplicantRequest, ContactRequest, DeliveryRequest, Form, RecipientRequest},
        uploads::FileDigest,
    },
    schema,
};

/// 推送的申请
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PushedApplicationRequest {
    /// 事项: our code or theirs, 实施编码 (31) or 基本编码 (12).
    #[schema(schema_with = schema::text::<64>)]
    item: Text<64>,
    /// 申报来源: `web`, `mobile`, `kiosk`, or their code.
    #[schema(schema_with = schema::text::<64>)]
    channel: Text<64>,
    applicant: PushedApplicant,
    /// 身份核验等级: what the platform vouches for, `real_name` unless said otherwise.
    #[schema(schema_with = schema::some_variant::<Assurance>)]
    #[serde(default)]
    identity_assurance: Option<Assurance>,
    /// 联系人; required for an enterprise. Where nobody is named, and the applicant is on record with another name or
    /// telephone, the applicant as named here.
    #[serde(default)]
    contact: Option<PushedContact>,
    delivery: PushedDelivery,
    /// 材料, uploaded before; others may follow as corrections.
    #[schema(max_items = 50, required = false)]
    #[serde(default, deserialize_with = "crate::bounds::few::<_, _, _, 0, 50>")]
    materials: Vec<PushedMaterial>,
}

/// 申请人
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PushedApplicant {
    #[schema(schema_with = schema::text::<100>)]
    name: Personal<String>,
    /// 证件类型: ours or theirs.
    #[schema(schema_with = schema::text::<64>)]
    document_kind: Text<64>,
    /// 证件号码
    #[schema(schema_with = schema::document_number)]
    document_number: Personal<String>,
    #[schema(schema_with = schema::some_phone)]
    #[serde(default)]
    phone: Option<Personal<String>>,
    #[schema(schema_with = schema::some_text::<200>)]
    #[serde(default)]
    address: Option<Personal<String>>,
}

/// 联系人 (代理人)
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PushedContact {
    #[schema(schema_with = schema::text::<100>)]
    name: Personal<String>,
    #[schema(schema_with = schema::phone)]
    phone: Personal<String>,
    /// 证件类型: ours or theirs.
    #[schema(schema_with = schema::some_text::<64>)]
    #[serde(default)]
    document_kind: Option<Text<64>>,
    #[schema(schema_with = schema::some_document_number)]
    #[serde(default)]
    document_number: Option<Personal<String>>,
}

/// 送达方式
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PushedDelivery {
    /// `courier`, `pick_up`, `electronic`, or their code.
    #[schema(schema_with = schema::text::<64>)]
    method: Text<64>,
    /// 收件人; required for courier and nothing else.
    #[serde(default)]
    recipient: Option<RecipientRequest>,
}

/// 材料: files that were uploaded before.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PushedMaterial {
    /// 材料代码, or its name as in the guide.
    #[schema(schema_with = schema::text::<200>)]
    pub(super) material: Text<200>,
    /// 附件摘要 (SHA-256, hexadecimal), as uploaded.
    #[schema(schema_with = schema::file_digests)]
    #[serde(deserialize_with = "crate::bounds::few::<_, _, _, 1, 20>")]
    pub(super) files: Vec<FileDigest>,
}

/// 补正材料
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectionPush {
    #[schema(min_items = 1, max_items = 50)]
    #[serde(deserialize_with = "crate::bounds::few::<_, _, _, 1, 50>")]
    materials: Vec<PushedMaterial>,
}

/// 事项 as it was named.
#[derive(Clone, Debug)]
pub(super) enum ItemName {
    Ours(ItemCode),
    National(NationalCode),
}

impl FromStr for ItemName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let national = || {
            let implementation = text.parse().map(NationalCode::Implementation);
            implementation.or_else(|_| text.parse().map(NationalCode::Base)).ok().map(Self::National)
        };
        // All digits is a 基本编码 rather than a code of ours.
        national().or_else(|| text.parse().ok().map(Self::Ours)).ok_or("不是本系统的事项代码、实施编码或基本编码")
    }
}

/// Ours, for theirs or ours.
fn ours<T: FromStr>(
    fields: &mut Fields,
    pointer: &str,
    (codes, subject): (&Codes, Subject),
    said: &Text<64>,
) -> Option<T> {
    let ours = codes.to_ours(subject, said.as_str()).unwrap_or(said.as_str());
    fields.take(pointer, ours.parse().map_err(|_| Unknown))
}

struct Unknown;

impl Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("不是本系统的代码，也不在代码对照中")
    }
}

impl PushedApplicationRequest {
    /// The application in our own words.
    pub(super) fn translated(
        self,
        codes: &Codes,
        number: &ExternalNo,
    ) -> Answer<(ItemName, Form, Vec<PushedMaterial>)> {
        let Self { item, channel, applicant, identity_assurance, contact, delivery, materials } = self;
        let mut fields = Fields::new();
        let item: Option<ItemName> = ours(&mut fields, "/item", (codes, Subject::Items), &item);
        let channel: Option<Channel> = ours(&mut fields, "/channel", (codes, Subject::Channels), &channel);
        let applicant = applicant.translated(codes, &mut fields);
        let contact = contact.map(|contact| contact.translated(codes, &mut fields));
        let method: Option<DeliveryMethod> =
            ours(&mut fields, "/delivery/method", (codes, Subject::DeliveryMethods), &delivery.method);
        let external_number = fields.take("/", Text::new(number.as_str()));
        let (item, channel, applicant, method, external_number) =
            fields.all((item, channel, applicant, method, external_number))?;
        let form = Form {
            channel,
            applicant: Some(applicant),
            identity_assurance,
            contact: contact.flatten(),
            delivery: DeliveryRequest { method, recipient: delivery.recipient },
            external_number: Some(external_number),
        };
        Ok((item, form, materials))
    }
}

impl PushedApplicant {
    fn translated(self, codes: &Codes, fields: &mut Fields) -> Option<ApplicantRequest> {
        let Self { name, document_kind, document_number, phone, address } = self;
        let kinds = (codes, Subject::DocumentKinds);
        let document_kind: DocumentKind = ours(fields, "/applicant/document_kind", kinds, &document_kind)?;
        Some(ApplicantRequest { name, document_kind, document_number, phone, address })
    }
}

impl PushedContact {
    fn translated(self, codes: &Codes, fields: &mut Fields) -> Option<ContactRequest> {
        let Self { name, phone, document_kind, document_number } = self;
        let kinds = (codes, Subject::DocumentKinds);
        let document_kind = match document_kind {
            Some(kind) => Some(ours(fields, "/contact/document_kind", kinds, &kind)?),
            None => None,
        };
        Some(ContactRequest { name, phone, document_kind, document_number })
    }
}

impl CorrectionPush {
    /// Everything that was supplemented; where a correction is awaited, it is this.
    pub(super) fn commands(
        &self,
        tx: &mut Tx<'_>,
        push: &Push,
        matter: &Matter<'_>,
        caller: &Caller,
    ) -> Answer<Vec<Command>> {
        let mut commands =
            attachments(tx, (caller.centre, &push.client), &self.materials, matter.item, matter.ctx.now)?;
        if matter.case.stage == Stage::AwaitingCorrection {
            commands.push(Command::SubmitCorrections);
        }
        Ok(commands)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_named_by_any_of_its_codes() {
        let named = |text: &str| text.parse::<ItemName>();
        assert!(matches!(named("law-legal-aid"), Ok(ItemName::Ours(_))));
        assert!(matches!(named("000131004000"), Ok(ItemName::National(NationalCode::Base(_)))));
        let implementation = named("11440113MB2C92966P4000131004000");
        assert!(matches!(implementation, Ok(ItemName::National(NationalCode::Implementation(_)))));
        assert!(named("11440113MB2C92966X4000131004000").is_err());
    }
}
