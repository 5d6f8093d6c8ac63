//! 热线推送: dispatches and messages, numbered by the hotline itself (clauses D2-2, G3).

use actix_web::{post, put, web::Data};
use escalation::hotline::{CodeMap, Dispatch, ExternalNo, Message, Satisfaction, Spoken, Verification};
use kernel::{
    Action, Instant, Personal, Text,
    access::may,
    identity::{Document, DocumentKind, Phone},
};
use persistence::{
    StoreError,
    work_orders::{callers::WorkOrderCaller, code_maps},
};
use serde::Deserialize;
use strum::VariantArray;
use utoipa::ToSchema;

use super::on_order::OrderInPath;
use crate::{
    auth::Caller,
    desk::Desk,
    edge::{Fields, IdempotencyKey, PathId, PushedBody},
    hotline::{Incoming, shard},
    problem::{Answer, Error},
    reply::Reply,
    routes::impasses::{RegisteredSpeakerRequest, Registering},
    schema,
    views::work_order::HotlineDeliveryView,
};

/// No hotline says more than this of one order.
const LAST: u64 = 1_000_000;

/// 派单
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkOrderDispatchRequest {
    /// 序号: the hotline's own, per work order, from 1 and without gaps, messages included.
    #[schema(minimum = 1, maximum = 1_000_000)]
    sequence: u64,
    /// 工单类型, by the hotline's code.
    #[schema(schema_with = schema::text::<64>)]
    kind: Text<64>,
    /// 分类, by the hotline's code.
    #[schema(schema_with = schema::some_text::<64>)]
    #[serde(default)]
    category: Option<Text<64>>,
    #[schema(schema_with = schema::text::<100>)]
    subject: Text<100>,
    #[schema(schema_with = schema::text::<4000>)]
    facts: Text<4000>,
    /// 指定办理: cannot be returned.
    #[serde(default)]
    #[schema(required = false)]
    assigned: bool,
    /// 主办单位
    #[schema(schema_with = schema::some_text::<100>)]
    #[serde(default)]
    lead: Option<Text<100>>,
    /// 协办单位
    #[schema(schema_with = schema::texts::<100>, required = false)]
    #[serde(default, deserialize_with = "crate::bounds::few::<_, _, _, 0, 30>")]
    co_organisers: Vec<Text<100>>,
    #[schema(schema_with = schema::instant)]
    dispatched_at: Instant,
    /// 来电人
    #[serde(default)]
    caller: Option<WorkOrderCallerRequest>,
}

/// 来电人, as far as the hotline knows.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkOrderCallerRequest {
    #[schema(schema_with = schema::some_text::<100>)]
    #[serde(default)]
    name: Option<Personal<String>>,
    #[schema(schema_with = schema::some_phone)]
    #[serde(default)]
    phone: Option<Personal<String>>,
    #[schema(schema_with = schema::some_text::<200>)]
    #[serde(default)]
    address: Option<Personal<String>>,
    #[schema(schema_with = schema::some_variant::<DocumentKind>)]
    #[serde(default)]
    document_kind: Option<DocumentKind>,
    #[schema(schema_with = schema::some_document_number)]
    #[serde(default)]
    document_number: Option<Personal<String>>,
}

impl WorkOrderCallerRequest {
    fn checked(self, fields: &mut Fields, today: chrono::NaiveDate) -> WorkOrderCaller {
        let phone = self.phone.map(|phone| fields.take("/caller/phone", Phone::parse(phone.expose())));
        let document = match (self.document_kind, self.document_number) {
            (Some(kind), Some(number)) => {
                fields.take("/caller/document_number", Document::parse(kind, number.expose(), today))
            }
            (None, None) => None,
            _ => {
                fields.refuse("/caller/document_kind", "invalid_value", "证件类型和号码须同时填写");
                None
            }
        };
        WorkOrderCaller {
            document_kind: document.as_ref().map(|document| document.kind().to_string()),
            name: text::<100>(fields, "/caller/name", self.name),
            document_number: document.map(|document| document.number().clone()),
            phone: phone.flatten().map(|phone| phone.number().clone()),
            address: text::<200>(fields, "/caller/address", self.address),
        }
    }
}

fn text<const MOST: usize>(
    fields: &mut Fields,
    pointer: &str,
    value: Option<Personal<String>>,
) -> Option<Personal<String>> {
    let text = fields.take(pointer, Text::<MOST>::new(value?.expose()))?;
    Some(Personal::new(text.to_string()))
}

#[utoipa::path(
    tag = "热线", operation_id = "deliver_work_order", summary = "推送工单",
    description = "派单和改派；退单成立后再次派单的，自该次派单起另计办理时限。序号由热线按工单从1起连续编号，与消息共用；按规则拒绝的（409，`hotline_unknown` 和 `idempotency_in_flight` 除外）占其序号，字段有误的（422 `invalid_fields`）不占，须以同一序号更正后重推；重复推送得到同一答复，内容按 JSON 的值比较，不论成员次序和空白；先到的后号消息暂存（202），补齐后按序生效。Clauses D2-2, G3, rule L15.",
    params(OrderInPath, IdempotencyKey), request_body = WorkOrderDispatchRequest,
    responses(
        (status = 200, body = HotlineDeliveryView, description = "已生效"),
        (status = 202, body = HotlineDeliveryView, description = "暂存，等待前面的序号"),
    )
)]
#[put("/v1/hotline/work-orders/{external_no}")]
pub async fn deliver_work_order(
    desk: Data<Desk>,
    caller: Caller,
    number: PathId<String>,
    key: IdempotencyKey,
    body: PushedBody<WorkOrderDispatchRequest>,
) -> Answer<Reply> {
    may(&caller, Action::DeliverWorkOrder)?;
    let number: ExternalNo = number.0.parse().map_err(|_| Error::not_found())?;
    let hotline = caller.client().cloned().ok_or_else(Error::not_found)?;
    let (centre, of) = (caller.centre, hotline.clone());
    let codes =
        desk.store.read(move |connection| Ok::<_, StoreError>(code_maps::get(connection, centre, &of)?.map)).await?;
    let PushedBody { value, digest } = body;
    let (sequence, message, person) = value.checked(&codes, desk.now(caller.centre))?;
    let incoming = Incoming { hotline, number, sequence, body: digest, message, caller: person };
    let shard = shard(&incoming.number);
    let stamp = key.stamp(Some(digest));
    let by = caller.clone();
    desk.once(caller, shard, stamp, move |desk, tx, now| desk.receive(tx, &by, &incoming, now)).await
}

impl WorkOrderDispatchRequest {
    fn checked(self, codes: &CodeMap, now: Instant) -> Answer<(u64, Message, Option<WorkOrderCaller>)> {
        let mut fields = Fields::new();
        must_be_numbered(&mut fields, self.sequence, 1);
        let kind = fields.take("/kind", codes.kind(self.kind.as_str()));
        let category = self.category.map(|category| codes.category(category.as_str()));
        let category = fields.take_optional("/category", category);
        let caller = self.caller.map(|caller| caller.checked(&mut fields, now.day()));
        let (kind, category) = fields.all((kind, category))?;
        let (sector, route) = category.unwrap_or_default();
        let dispatch = Dispatch {
            kind,
            sector,
            route,
            subject: self.subject,
            facts: self.facts,
            assigned: self.assigned,
            lead: self.lead,
            co_organisers: self.co_organisers,
            dispatched_at: self.dispatched_at,
        };
        Ok((self.sequence, Message::Dispatch(dispatch), caller))
    }
}

fn must_be_numbered(fields: &mut Fields, sequence: u64, first: u64) {
    if !(first..=LAST).contains(&sequence) {
        fields.refuse("/sequence", "invalid_value", format!("应为{first}至{LAST}"));
    }
}

/// 消息种类 besides the dispatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, strum::Display, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MessageRequestKind {
    Urge,
    Supplement,
    Satisfaction,
    Redo,
    Merge,
    Escalate,
    ReturnRuling,
    ExtensionRuling,
}

/// 消息
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HotlineMessageRequest {
    /// 序号: the hotline's own, per work order; 1 is the dispatch.
    #[schema(minimum = 2, maximum = 1_000_000)]
    sequence: u64,
    #[schema(schema_with = schema::variants::<MessageRequestKind>)]
    kind: MessageRequestKind,
    /// 理由: of an urging, a redo, an escalation, a ruling; a note to the three answers.
    #[schema(schema_with = schema::some_text::<500>)]
    #[serde(default)]
    reason: Option<Text<500>>,
    /// 补充内容
    #[schema(schema_with = schema::some_text::<1000>)]
    #[serde(default)]
    text: Option<Text<1000>>,
    /// 是否响应, of satisfaction.
    #[serde(default)]
    responded: Option<bool>,
    /// 是否解决, of satisfaction.
    #[serde(default)]
    solved: Option<bool>,
    /// 是否满意, of satisfaction.
    #[serde(default)]
    satisfied: Option<bool>,
    /// 表态人, of a satisfaction: 代表企业表态的人, without whom nothing of an enterprise is closed out; of a person, themself.
    #[serde(default)]
    #[schema(required = false)]
    speaker: Option<RegisteredSpeakerRequest>,
    /// 核验方式, of the speaker.
    #[schema(schema_with = schema::some_variant::<Verification>)]
    #[serde(default)]
    verification: Option<Verification>,
    /// 并入的工单编号, of a merge.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    #[serde(default)]
    into: Option<ExternalNo>,
    /// 退单是否成立, of a return_ruling.
    #[serde(default)]
    upheld: Option<bool>,
    /// 是否同意延期, of an extension_ruling.
    #[serde(default)]
    approved: Option<bool>,
}

#[utoipa::path(
    tag = "热线", operation_id = "deliver_message", summary = "推送工单消息",
    description = "催办、补充、满意度（响应、解决、满意三问分别作答）、重办、并单、提级、退单裁定、延期审批。序号与派单连续；按规则拒绝的（409，`hotline_unknown` 和 `idempotency_in_flight` 除外）占其序号，字段有误的（422 `invalid_fields`）不占，须以同一序号更正后重推；并单的目标尚未派单的，待其派单后并入，其间照常办理；并单后的催办、补充、满意度、重办、提级转达到并入的工单（`passed_on_to`），成环的拒绝；重复推送得到同一答复，同一序号内容不同为 `sequence_reused`，内容按 JSON 的值比较；先到的暂存，补齐后按序生效。申请人是企业的，满意须写明由谁表态（`speaker`）和如何核验（`verification`），否则三问照记而不予销号（`speaker_awaited`），可另发一条写明的；申请人是自然人的，写明的不是其本人，或者未写明而来电人的证件不是其证件的，同样不予销号，写明本人的另发一条。Clauses D5-2, G3, rule L15.",
    params(OrderInPath, IdempotencyKey), request_body = HotlineMessageRequest,
    responses(
        (status = 200, body = HotlineDeliveryView, description = "已生效"),
        (status = 202, body = HotlineDeliveryView, description = "暂存，等待前面的序号"),
    )
)]
#[post("/v1/hotline/work-orders/{external_no}/messages")]
pub async fn deliver_message(
    desk: Data<Desk>,
    caller: Caller,
    number: PathId<String>,
    key: IdempotencyKey,
    body: PushedBody<HotlineMessageRequest>,
) -> Answer<Reply> {
    may(&caller, Action::DeliverWorkOrder)?;
    let number: ExternalNo = number.0.parse().map_err(|_| Error::not_found())?;
    let hotline = caller.client().cloned().ok_or_else(Error::not_found)?;
    let PushedBody { value, digest } = body;
    let (sequence, message, spoken) = value.checked(desk.now(caller.centre))?;
    let incoming = Incoming { hotline, number, sequence, body: digest, message, caller: None };
    let shard = shard(&incoming.number);
    let stamp = key.stamp(Some(digest));
    let by = caller.clone();
    desk.once(caller, shard, stamp, move |desk, tx, now| {
        let message = match (&incoming.message, &spoken) {
            (Message::Satisfaction(said), Some((speaker, verified))) => {
                let by = speaker.registered(tx, by.centre, desk.secret(), now)?;
                Message::Satisfaction(Satisfaction { spoken: Some(Spoken { by, verified: *verified }), ..said.clone() })
            }
            (message, _) => message.clone(),
        };
        desk.receive(tx, &by, &Incoming { message, ..incoming.clone() }, now)
    })
    .await
}

/// 表态人, to be registered, and how the hotline knows them.
type Speaking = (Registering, Verification);

impl HotlineMessageRequest {
    fn checked(mut self, now: Instant) -> Answer<(u64, Message, Option<Speaking>)> {
        let mut fields = Fields::new();
        must_be_numbered(&mut fields, self.sequence, 2);
        let sequence = self.sequence;
        let (speaker, verification) = (self.speaker.take(), self.verification);
        let is_taken = self.kind == MessageRequestKind::Satisfaction;
        match (&speaker, verification) {
            (Some(_), _) if !is_taken => fields.refuse("/speaker", "invalid_value", "此类消息不填写"),
            (None, Some(_)) => fields.refuse("/verification", "invalid_value", "只在写明表态人时填写"),
            (Some(_), None) => fields.refuse("/verification", "required", "须写明如何核验表态人"),
            _ => {}
        }
        let speaker = speaker.and_then(|speaker| speaker.named(now.day(), &mut fields));
        let message = self.message(&mut fields);
        let (message,) = fields.all((message,))?;
        Ok((sequence, message, speaker.zip(verification)))
    }

    /// Every field that the kind needs, and none besides.
    fn message(self, fields: &mut Fields) -> Option<Message> {
        use MessageRequestKind as Kind;
        let Self { kind, reason, text, responded, solved, satisfied, into, upheld, approved, .. } = self;
        let needs_reason = matches!(kind, Kind::Redo | Kind::Escalate | Kind::ReturnRuling);
        let takes_reason = !matches!(kind, Kind::Supplement | Kind::Merge);
        let of = |wanted| kind == wanted;
        for (pointer, is_there, needed, taken) in [
            ("/reason", reason.is_some(), needs_reason, takes_reason),
            ("/text", text.is_some(), of(Kind::Supplement), of(Kind::Supplement)),
            ("/responded", responded.is_some(), of(Kind::Satisfaction), of(Kind::Satisfaction)),
            ("/solved", solved.is_some(), of(Kind::Satisfaction), of(Kind::Satisfaction)),
            ("/satisfied", satisfied.is_some(), of(Kind::Satisfaction), of(Kind::Satisfaction)),
            ("/into", into.is_some(), of(Kind::Merge), of(Kind::Merge)),
            ("/upheld", upheld.is_some(), of(Kind::ReturnRuling), of(Kind::ReturnRuling)),
            ("/approved", approved.is_some(), of(Kind::ExtensionRuling), of(Kind::ExtensionRuling)),
        ] {
            if needed && !is_there {
                fields.refuse(pointer, "required", "此类消息须填写");
            } else if is_there && !taken {
                fields.refuse(pointer, "invalid_value", "此类消息不填写");
            }
        }
        Some(match kind {
            Kind::Urge => Message::Urge { reason },
            Kind::Supplement => Message::Supplement { text: text? },
            Kind::Satisfaction => Message::Satisfaction(Satisfaction {
                responded: responded?,
                solved: solved?,
                satisfied: satisfied?,
                note: reason,
                spoken: None,
            }),
            Kind::Redo => Message::Redo { reason: reason? },
            Kind::Merge => Message::Merge { into: into? },
            Kind::Escalate => Message::Escalate { reason: reason? },
            Kind::ReturnRuling => Message::ReturnRuling { upheld: upheld?, reason: reason? },
            Kind::ExtensionRuling => Message::ExtensionRuling { approved: approved?, reason },
        })
    }
}

#[cfg(test)]
mod tests {
    use escalation::hotline::MessageKind;

    use super::*;

    #[test]
    fn the_kinds_of_requests_are_those_of_the_domain_without_the_dispatch() {
        let ours: Vec<_> = MessageRequestKind::VARIANTS.iter().map(ToString::to_string).collect();
        let domain = MessageKind::VARIANTS.iter().filter(|kind| **kind != MessageKind::Dispatch);
        assert_eq!(ours, domain.map(ToString::to_string).collect::<Vec<_>>());
    }
}
