//! What goes to and fro about work orders: lines, messages, callbacks, differences.

use escalation::hotline::{ExternalNo, MessageKind, State, WorkOrder, WorkOrderKind};
use kernel::{Context, Instant, Masked, Personal, identity::Phone, ledger::Light};
use persistence::{
    outbox::Stored,
    work_orders::{callers::WorkOrderCaller, deliveries::DeliveryState},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema;

/// What became of a message of the hotline.
#[derive(Debug, Serialize, ToSchema)]
pub struct HotlineDeliveryView {
    pub external_no: String,
    pub sequence: u64,
    #[schema(schema_with = schema::variants::<MessageKind>)]
    pub kind: MessageKind,
    /// `applied`, or `held` until what comes before it is there.
    #[schema(value_type = String, example = "applied")]
    pub state: &'static str,
    /// 状态代码 of the order after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work_order_state: Option<String>,
    /// The number that is waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<u64>,
    /// 转达: the order that it is followed under, where it was merged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passed_on_to: Option<String>,
    /// 待表态人: the three answers are on record, and close nothing out, because the applicant is an enterprise and nobody is
    /// named who spoke for it, or a person and somebody else spoke; a satisfaction that names whoever it takes, under a number
    /// of its own, does.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub speaker_awaited: bool,
}

impl HotlineDeliveryView {
    pub fn applied(number: &ExternalNo, sequence: u64, kind: MessageKind, state: &str) -> Self {
        Self { state: "applied", work_order_state: Some(state.to_owned()), ..Self::begin(number, sequence, kind) }
    }

    pub fn held(number: &ExternalNo, sequence: u64, kind: MessageKind, waits_for: u64) -> Self {
        Self { waits_for: Some(waits_for), ..Self::begin(number, sequence, kind) }
    }

    fn begin(number: &ExternalNo, sequence: u64, kind: MessageKind) -> Self {
        Self {
            external_no: number.to_string(),
            sequence,
            kind,
            state: "held",
            work_order_state: None,
            waits_for: None,
            passed_on_to: None,
            speaker_awaited: false,
        }
    }
}

/// 差异种类
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    strum::Display,
    strum::VariantArray,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DifferenceKind {
    /// They have it and we do not.
    MissingHere,
    /// We have it and they do not.
    MissingThere,
    StateDiffers,
    /// The last message dealt with here is not the last one sent there.
    SequenceDiffers,
    /// 暂存: a message waits for one before it.
    MessageHeld,
    /// 回调未送达
    CallbackUndelivered,
}

/// 差异: one thing that both sides do not have alike.
#[derive(Debug, Serialize, ToSchema)]
pub struct DifferenceView {
    pub external_no: String,
    #[schema(schema_with = schema::variants::<DifferenceKind>)]
    pub kind: DifferenceKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ours: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theirs: Option<String>,
    /// Of the message or the callback.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
}

impl DifferenceView {
    pub fn new(number: &ExternalNo, kind: DifferenceKind) -> Self {
        Self { external_no: number.to_string(), kind, ours: None, theirs: None, sequence: None }
    }

    #[must_use]
    pub fn between(self, ours: String, theirs: String) -> Self {
        Self { ours: Some(ours), theirs: Some(theirs), ..self }
    }

    #[must_use]
    pub fn numbered(self, sequence: u64) -> Self {
        Self { sequence: Some(sequence), ..self }
    }
}

/// 工单列表的一行
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkOrderLine {
    #[schema(schema_with = schema::id)]
    pub id: String,
    pub hotline: String,
    pub external_no: String,
    #[schema(schema_with = schema::variants::<State>)]
    pub state: State,
    #[schema(value_type = String)]
    pub state_label: &'static str,
    #[schema(schema_with = schema::variants::<WorkOrderKind>)]
    pub kind: WorkOrderKind,
    pub subject: String,
    #[schema(schema_with = schema::instant)]
    pub dispatched_at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub due: Option<chrono::NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<Light>)]
    pub light: Option<Light>,
    /// 提级处置截止, while one waits for the supervision section.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub escalation_due: Option<chrono::NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impasse: Option<String>,
    /// 并入的工单
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<String>,
}

impl WorkOrderLine {
    pub fn of(order: &WorkOrder, ctx: &Context<'_>) -> Self {
        let thresholds = &ctx.practice.thresholds;
        Self {
            id: order.id.to_string(),
            hotline: order.hotline.to_string(),
            external_no: order.external_no.to_string(),
            state: order.state,
            state_label: order.state.label(),
            kind: order.kind,
            subject: order.subject.to_string(),
            dispatched_at: order.dispatched_at,
            due: order.due(ctx.calendar, ctx.today()),
            light: order.limit().map(|limit| limit.light(ctx.calendar, ctx.today(), thresholds)),
            escalation_due: order.pending_escalation().map(|it| it.limit.due(ctx.calendar, ctx.today()).date),
            impasse: order.impasse.map(|id| id.to_string()),
            merged_into: order.merged_into.as_ref().map(ToString::to_string),
        }
    }
}

/// 工单记录的一条
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkOrderEntry {
    pub version: u64,
    pub kind: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    #[schema(value_type = String)]
    pub role: &'static str,
    pub by: String,
    pub event: serde_json::Value,
    pub digest: String,
}

/// 消息 as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryLine {
    pub sequence: u64,
    #[schema(schema_with = schema::variants::<MessageKind>)]
    pub kind: MessageKind,
    #[schema(value_type = String)]
    pub label: &'static str,
    #[schema(schema_with = schema::variants::<DeliveryState>)]
    #[serde(serialize_with = "as_text")]
    pub state: DeliveryState,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// 待表态人: satisfied, and closes nothing out until whoever can speak for the applicant is named; also of one that was held.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub speaker_awaited: bool,
    #[schema(schema_with = schema::instant)]
    pub received_at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub settled_at: Option<Instant>,
}

/// 暂存的消息
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldMessageView {
    /// The number of the work order, which may not have been dispatched yet.
    pub external_no: String,
    pub message: DeliveryLine,
}

fn as_text<T: std::fmt::Display, S: serde::Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// 回调
#[derive(Debug, Serialize, ToSchema)]
pub struct CallbackView {
    /// `webhook-id`
    #[schema(schema_with = schema::id)]
    pub id: String,
    pub sequence: u64,
    pub kind: String,
    #[schema(schema_with = schema::instant)]
    pub created_at: Instant,
    pub attempts: u32,
    /// Absent once it is delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub next_attempt_at: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub delivered_at: Option<Instant>,
    /// Of the last attempt: a status, or why there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_outcome: Option<String>,
}

/// 未送达的回调
#[derive(Debug, Serialize, ToSchema)]
pub struct UndeliveredView {
    /// The number of the work order, or the id of the ticket (转热线事项).
    pub about: String,
    pub callback: CallbackView,
}

impl From<Stored> for UndeliveredView {
    fn from(it: Stored) -> Self {
        Self { about: it.ordering_key.clone(), callback: it.into() }
    }
}

impl From<Stored> for CallbackView {
    fn from(it: Stored) -> Self {
        Self {
            id: it.id.to_string(),
            sequence: it.sequence,
            kind: it.kind,
            created_at: it.created_at,
            attempts: it.attempts,
            next_attempt_at: it.delivered_at.is_none().then_some(it.next_attempt_at),
            delivered_at: it.delivered_at,
            last_outcome: it.last_outcome,
        }
    }
}

/// 来电人, masked.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkOrderMaskedCallerView {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub name: Option<Masked>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub phone: Option<Masked>,
}

impl From<WorkOrderCaller> for WorkOrderMaskedCallerView {
    fn from(it: WorkOrderCaller) -> Self {
        let phone = it.phone.and_then(|phone| Phone::parse(phone.expose()).ok());
        Self { name: it.name.as_ref().map(Masked::person_name), phone: phone.as_ref().map(Masked::phone) }
    }
}

/// 来电人, unmasked.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkOrderCallerView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_number: Option<String>,
}

impl From<WorkOrderCaller> for WorkOrderCallerView {
    fn from(it: WorkOrderCaller) -> Self {
        let open = |value: Option<Personal<String>>| value.map(Personal::into_exposed);
        Self {
            name: open(it.name),
            phone: open(it.phone),
            address: open(it.address),
            document_kind: it.document_kind,
            document_number: open(it.document_number),
        }
    }
}
