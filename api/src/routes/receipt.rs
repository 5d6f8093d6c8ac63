//! 收件: an application comes in, at the counter or online, by the same rules (clauses B1-1, B1-2, C1-2).

use std::sync::Arc;

use actix_web::{post, web::Data};
use casework::{CaseNumber, Channel, Receipt, must_take, receive};
use catalog::{DeliveryMethod, ItemVersion};
use kernel::{
    CaseId, Context, Instant, ItemCode, Personal, Refusal, Role, StaffCode, Text,
    access::{Action, Denial, Sight, may, may_for},
    id::PackageApplicationId,
    identity::{Assurance, DocumentKind},
};
use persistence::{
    Shard, StoreError, Tx,
    cases::{self, Loaded},
    items,
    parties::{self, Contact, ContactRole, PartyKind},
    vouchers,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    auth::Caller,
    desk::{Desk, clockwork, recorded},
    edge::{Body, Fields, IdempotencyKey},
    problem::{Answer, Error},
    quotas::count_application,
    reply::Reply,
    schema,
    views::case::{CaseView, Lens},
};

pub(crate) mod people;

use people::{Applicant, Registered, agent_as_contact, assurance};

/// 申请: what is applied for, by whom, and how the result is to be delivered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationRequest {
    /// 事项代码
    #[schema(schema_with = schema::code::<64>)]
    item: ItemCode,
    /// 申报来源: `counter` for the window's staff, the others online.
    #[schema(schema_with = schema::variants::<Channel>)]
    channel: Channel,
    /// 申请人; absent where the applicant calls in person.
    #[serde(default)]
    applicant: Option<ApplicantRequest>,
    /// 身份核验等级, of an application that a system hands in: what its platform vouches for, `real_name` unless said
    /// otherwise. At the window it is `in_person`.
    #[schema(schema_with = schema::some_variant::<Assurance>)]
    #[serde(default)]
    identity_assurance: Option<Assurance>,
    /// 联系人; required for an enterprise, and the only other person who may collect the result. Where nobody is named,
    /// and the applicant is on record with another name or telephone, the applicant as named here.
    #[serde(default)]
    contact: Option<ContactRequest>,
    delivery: DeliveryRequest,
    /// 外部编号: the system's own number for the application, once only.
    #[schema(schema_with = schema::some_text::<64>)]
    #[serde(default)]
    external_number: Option<Text<64>>,
}

/// 申请人
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicantRequest {
    #[schema(schema_with = schema::text::<100>)]
    pub(super) name: Personal<String>,
    #[schema(schema_with = schema::variants::<DocumentKind>)]
    pub(super) document_kind: DocumentKind,
    /// 证件号码
    #[schema(schema_with = schema::document_number)]
    pub(super) document_number: Personal<String>,
    #[schema(schema_with = schema::some_phone)]
    #[serde(default)]
    pub(super) phone: Option<Personal<String>>,
    #[schema(schema_with = schema::some_text::<200>)]
    #[serde(default)]
    pub(super) address: Option<Personal<String>>,
}

/// 联系人 (代理人)
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactRequest {
    #[schema(schema_with = schema::text::<100>)]
    pub(super) name: Personal<String>,
    #[schema(schema_with = schema::phone)]
    pub(super) phone: Personal<String>,
    /// Of the person; needed to collect the result at the window.
    #[schema(schema_with = schema::some_variant::<DocumentKind>)]
    #[serde(default)]
    pub(super) document_kind: Option<DocumentKind>,
    #[schema(schema_with = schema::some_document_number)]
    #[serde(default)]
    pub(super) document_number: Option<Personal<String>>,
}

/// 送达方式
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryRequest {
    #[schema(schema_with = schema::variants::<DeliveryMethod>)]
    pub(super) method: DeliveryMethod,
    /// 收件人; required for courier and nothing else.
    #[serde(default)]
    pub(super) recipient: Option<RecipientRequest>,
}

/// 收件人
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecipientRequest {
    #[schema(schema_with = schema::text::<100>)]
    pub(super) name: Personal<String>,
    #[schema(schema_with = schema::phone)]
    pub(super) phone: Personal<String>,
    #[schema(schema_with = schema::text::<200>)]
    pub(super) address: Personal<String>,
}

#[utoipa::path(
    tag = "受理", operation_id = "receive_case", summary = "收件",
    description = "窗口收件、网上申请共用；一次提交申请人、事项和送达方式，材料随后上传。Clauses B1-1, B1-2, B1-3, B2-1.",
    params(IdempotencyKey), request_body = ApplicationRequest,
    responses((status = 201, body = CaseView, description = "收件成功", headers(("ETag" = String), ("Location" = String))))
)]
#[post("/v1/cases")]
pub async fn receive_case(
    desk: Data<Desk>,
    caller: Caller,
    key: IdempotencyKey,
    body: Body<ApplicationRequest>,
) -> Answer<Reply> {
    may(&caller, Action::Receive)?;
    let Body { value, digest } = body;
    let now = desk.now(caller.centre);
    let (id, by) = (CaseId::fresh(now), caller.clone());
    let (item, form) = value.parts();
    let application = Application::checked(form, &caller, &desk, now)?;
    let stamp = key.stamp(Some(digest));
    let file = move |desk: &Desk, tx: &mut Tx<'_>, now| application.file(desk, tx, &caller, (id, &item), now);
    desk.once(by, Shard::of(&id), stamp, file).await
}

impl ApplicationRequest {
    fn parts(self) -> (ItemCode, Form) {
        let Self { item, channel, applicant, identity_assurance, contact, delivery, external_number } = self;
        (item, Form { channel, applicant, identity_assurance, contact, delivery, external_number })
    }
}

/// What an application says besides what it is for.
pub(super) struct Form {
    pub(super) channel: Channel,
    pub(super) applicant: Option<ApplicantRequest>,
    pub(super) identity_assurance: Option<Assurance>,
    pub(super) contact: Option<ContactRequest>,
    pub(super) delivery: DeliveryRequest,
    pub(super) external_number: Option<Text<64>>,
}

/// An application whose every field has been checked.
pub(super) struct Application {
    channel: Channel,
    applicant: Applicant,
    assurance: Assurance,
    contacts: Vec<Contact>,
    delivery: DeliveryMethod,
    external_number: Option<String>,
}

/// What one of the cases of an application begins with.
pub(super) struct Opening<'a> {
    pub(super) id: CaseId,
    pub(super) item: &'a ItemVersion,
    pub(super) package: Option<PackageApplicationId>,
    /// 串联事项 (rule L10)
    pub(super) waits: bool,
    /// 代办系统
    pub(super) vouched_by: Option<StaffCode>,
}

impl Application {
    pub(super) fn checked(form: Form, caller: &Caller, desk: &Desk, now: Instant) -> Answer<Self> {
        let Form { channel, applicant, identity_assurance, contact, delivery, external_number } = form;
        let mut fields = Fields::new();
        if (channel == Channel::Counter) != (caller.role() == Role::Clerk) {
            fields.refuse("/channel", "invalid_value", "窗口收件由窗口人员办理，网上申请由申请人或对接系统提交");
        }
        if external_number.is_some() && caller.client().is_none() {
            fields.refuse("/external_number", "invalid_value", "外部编号只由对接系统提交");
        }
        let assurance = assurance(identity_assurance, caller, &mut fields);
        let needs_contact = applicant.as_ref().is_some_and(|applicant| applicant.document_kind.is_organisation());
        if needs_contact && contact.is_none() {
            fields.refuse("/contact", "required", "申请人为法人或其他组织的，须填写联系人");
        }
        let by_hand = needs_contact && delivery.method == DeliveryMethod::PickUp;
        if by_hand && contact.as_ref().is_some_and(|contact| contact.document_number.is_none()) {
            fields.refuse("/contact/document_number", "required", "法人或其他组织窗口领取的，须填写联系人证件");
        }
        let applicant = Applicant::of(applicant, caller, &mut fields, desk, now);
        let contact = contact.and_then(|contact| contact.contact(&mut fields, desk, now.day()));
        let recipient = delivery.recipient.map(|recipient| recipient.contact(&mut fields, "/delivery/recipient"));
        if (delivery.method == DeliveryMethod::Courier) != recipient.is_some() {
            fields.refuse("/delivery/recipient", "required", "邮寄送达须填写收件人，其他方式不填写");
        }
        let (applicant,) = fields.all((applicant,))?;
        let contacts = contact.into_iter().chain(recipient.flatten()).collect();
        let external_number = external_number.map(|number| number.to_string());
        Ok(Self { channel, applicant, assurance, contacts, delivery: delivery.method, external_number })
    }

    fn file(
        &self,
        desk: &Desk,
        tx: &mut Tx<'_>,
        caller: &Caller,
        (id, item): (CaseId, &ItemCode),
        now: Instant,
    ) -> Answer<Reply> {
        let calendar = desk.calendar(tx.read(), caller.centre)?;
        let ctx = desk.context(caller, &calendar, now);
        let (loaded, item) = self.receive(tx, caller, (id, item), &ctx)?;
        let view = CaseView::of(&loaded, &Lens { ctx, item: &item }, &[]);
        Ok(Reply::case(201, &view)?.at(format!("/v1/cases/{id}")))
    }

    /// Opens the one case of an application that is for one item.
    pub(super) fn receive(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        (id, item): (CaseId, &ItemCode),
        ctx: &Context<'_>,
    ) -> Answer<(Loaded, Arc<ItemVersion>)> {
        let item = item_on_offer(tx, item, ctx)?;
        must_be_at_a_window(caller, [&item])?;
        self.must_be_new(tx, caller)?;
        let applicant = self.applicant_in(tx, caller, ctx.now)?;
        let vouched_by = vouched_by(tx, caller)?;
        let opening = Opening { id, item: &item, package: None, waits: false, vouched_by };
        let loaded = self.open(tx, &applicant, &opening, ctx)?;
        Ok((loaded, Arc::new(item)))
    }

    /// Opens one case of the application: its number, its first event, its contacts.
    pub(super) fn open(
        &self,
        tx: &mut Tx<'_>,
        applicant: &Registered,
        opening: &Opening<'_>,
        ctx: &Context<'_>,
    ) -> Answer<Loaded> {
        let (centre, now) = (ctx.actor.centre, ctx.now);
        may_for(ctx.actor, Action::Receive, Some(&opening.item.item))?;
        must_suit(opening.item, applicant.kind)?;
        if let Some(program) = ctx.actor.client().or(opening.vouched_by.as_ref()) {
            count_application(tx, centre, program, now)?;
        }
        must_take(opening.item, self.delivery, ctx.today())?;
        let sequence = tx.next_number(centre, "case", now.year())?;
        let receipt = Receipt {
            id: opening.id,
            centre,
            number: CaseNumber::new(centre, now.day(), sequence),
            item: opening.item,
            channel: self.channel,
            applicant: applicant.id,
            assurance: self.assurance,
            external_number: self.external_number.clone(),
            delivery: self.delivery,
            package: opening.package,
            waits: opening.waits,
            vouched_by: opening.vouched_by.clone(),
        };
        let recorded = recorded(0, vec![receive(receipt, ctx)?], ctx);
        let case = casework::Case::fold(&recorded).ok_or_else(|| Error::internal("a receipt begins no case"))?;
        let wake_at = case.wakes_at(ctx.calendar, ctx.practice, ctx.now);
        let inserted = cases::insert(tx.write(), &case, &recorded, clockwork(wake_at, ctx));
        let head = tx.first(inserted)?;
        let named = self.contacts.iter().any(|contact| contact.role == ContactRole::Contact);
        let unnamed = match named {
            true => None,
            false => agent_as_contact(tx, ctx.actor)?.or_else(|| applicant.as_given.clone()),
        };
        for contact in self.contacts.iter().chain(&unnamed) {
            parties::put_contact(tx.write(), centre, opening.id, contact).map_err(StoreError::from)?;
        }
        let (applicant_kind, applicant_name) = (applicant.kind, applicant.name.clone());
        Ok(Loaded { case, head, applicant_kind, applicant_name, wake_at })
    }

    fn must_be_new(&self, tx: &mut Tx<'_>, caller: &Caller) -> Answer<()> {
        let (Some(client), Some(number)) = (caller.client(), &self.external_number) else { return Ok(()) };
        let known = cases::by_external_number(tx.read(), caller.centre, client, number).map_err(StoreError::from)?;
        match known {
            Some(id) => Err(Refusal::new("external_number_used", format!("该外部编号已收件：{id}")).into()),
            None => Ok(()),
        }
    }

    pub(super) fn applicant_in(&self, tx: &mut Tx<'_>, caller: &Caller, now: Instant) -> Answer<Registered> {
        self.applicant.registered(tx, caller.centre, now)
    }
}

/// The front end that vouched for the applicant who calls through it: what it files for them it goes on seeing.
pub(super) fn vouched_by(tx: &mut Tx<'_>, caller: &Caller) -> Answer<Option<StaffCode>> {
    let (Some(party), Ok(client)) = (caller.party(), caller.identity.client_id.parse::<StaffCode>()) else {
        return Ok(None);
    };
    let has_vouched = vouchers::has_vouched(tx.read(), caller.centre, &client, party).map_err(StoreError::from)?;
    Ok(has_vouched.then_some(client))
}

/// The version of the item that an application of today begins with.
pub(super) fn item_on_offer(tx: &mut Tx<'_>, item: &ItemCode, ctx: &Context<'_>) -> Answer<ItemVersion> {
    let found = items::on_offer(tx.read(), ctx.actor.centre, item, ctx.today()).map_err(StoreError::from)?;
    Ok(found.ok_or_else(|| Refusal::new("item_not_on_offer", "该事项不存在或当前不对外受理"))?)
}

/// Staff take in at their own windows (clause A2-3); of several items together it takes one of theirs (rule L10: one
/// receipt for all).
pub(super) fn must_be_at_a_window<'a>(caller: &Caller, items: impl IntoIterator<Item = &'a ItemVersion>) -> Answer<()> {
    match caller.sight() {
        Sight::Windows(windows) if !items.into_iter().any(|item| windows.contains(&item.window)) => {
            Err(Denial::NotPostedHere.into())
        }
        _ => Ok(()),
    }
}

fn must_suit(item: &ItemVersion, kind: PartyKind) -> Answer<()> {
    let admitted = match kind {
        PartyKind::Person => item.audience.admits_persons(),
        PartyKind::Enterprise => item.audience.admits_enterprises(),
    };
    if admitted {
        Ok(())
    } else {
        Err(Refusal::new("not_for_this_applicant", "该事项的服务对象不包括此类申请人").into())
    }
}

/// The recipient that a way of delivery needs, and only it.
pub fn recipient_for(
    method: DeliveryMethod,
    recipient: Option<RecipientRequest>,
    pointer: &str,
) -> Answer<Option<Contact>> {
    let mut fields = Fields::new();
    if (method == DeliveryMethod::Courier) != recipient.is_some() {
        fields.refuse(pointer, "required", "邮寄送达须填写收件人，其他方式不填写");
    }
    let contact = recipient.and_then(|recipient| recipient.contact(&mut fields, pointer));
    fields.finish()?;
    Ok(contact)
}
