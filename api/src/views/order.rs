//! 交办单 as it is shown, with every field of annex 2 (clause D13-1).

use chrono::NaiveDate;
use escalation::{Basis, Impasse, Order, OrderState, Ruling, Signed, SignedForm, Step, Supervision, Whose};
use kernel::{Context, Instant};
use persistence::chain::Digest;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    deadline::{ClockView, Sighting},
    impasse::shows_workings,
};
use crate::schema;

/// 问题交办单
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderView {
    /// 序号 among the orders of the impasse; names the order in paths.
    pub sequence: u32,
    /// 编号
    pub number: String,
    #[schema(schema_with = schema::variants::<OrderState>)]
    pub state: OrderState,
    /// 第几轮
    pub round: usize,
    /// 交办依据: `centre`, `supervision`, `meeting`, `government`.
    #[schema(value_type = String)]
    pub basis: &'static str,
    /// 会议标识 or 提交月份
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis_reference: Option<String>,
    /// 指定承办，不得退回
    pub binding: bool,
    /// 交办时间
    #[schema(schema_with = schema::instant)]
    pub issued_at: Instant,
    pub issued_by: String,
    /// 承办部门
    pub department: String,
    /// 协办部门
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<String>,
    /// 完成时限
    pub limit: ClockView,
    /// 签收时限
    pub receipt: ClockView,
    /// 责任人
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responsible: Option<String>,
    /// 交办事项
    pub matter: String,
    /// 完成情况
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion: Option<String>,
    /// 责任人签字
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responsible_signature: Option<SignatureView>,
    /// 主管领导签字
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leader_signature: Option<SignatureView>,
    /// 申请人意见反馈, of the round the order belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applicant_feedback: Option<FeedbackView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_request: Option<RequestView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension_request: Option<RequestView>,
    /// 被退回重办的次数
    pub sent_back: usize,
    /// 督办，先拟的在前，只供工作人员
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub supervision: Vec<SupervisionView>,
}

/// 签字
#[derive(Debug, Serialize, ToSchema)]
pub struct SignatureView {
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    /// 签字文本的格式，见 `docs/orders.md`
    #[schema(schema_with = schema::variants::<SignedForm>)]
    pub form: SignedForm,
    /// SHA-256 of what was signed.
    pub digest: String,
    /// 签字与交办单现在的内容是否相符
    pub intact: bool,
    /// 电子印章
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seal: Option<String>,
}

impl SignatureView {
    fn of(signed: &Signed, order: &Order, impasse: &Impasse) -> Self {
        Self {
            by: signed.by.code.clone(),
            at: signed.at,
            form: signed.form,
            digest: signed.digest.clone(),
            intact: order.is_as_signed(impasse.id, signed, |text| Digest::of(text.as_bytes()).to_string()),
            seal: signed.seal.as_ref().map(ToString::to_string),
        }
    }
}

/// 申请人意见
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedbackView {
    /// 是否有回应
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responded: Option<bool>,
    /// 是否解决
    #[serde(skip_serializing_if = "Option::is_none")]
    pub solved: Option<bool>,
    pub satisfied: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

/// 退回或者延期的申请, and the ruling on it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RequestView {
    pub reason: String,
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    /// 申请延长的工作日
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ruling: Option<RulingView>,
}

/// 裁定
#[derive(Debug, Serialize, ToSchema)]
pub struct RulingView {
    pub granted: bool,
    pub reason: String,
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

impl From<&Ruling> for RulingView {
    fn from(ruling: &Ruling) -> Self {
        Self { granted: ruling.granted, reason: ruling.reason.to_string(), by: ruling.by.code.clone(), at: ruling.at }
    }
}

/// 督办措施: proposed by time, taken or waived by the reform office.
#[derive(Debug, Serialize, ToSchema)]
pub struct SupervisionView {
    #[schema(schema_with = schema::variants::<Step>)]
    pub step: Step,
    pub label: &'static str,
    /// 对谁；对交办单的督办没有，即承办部门
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<Whose>)]
    pub whose: Option<Whose>,
    /// The date that was missed.
    pub due: NaiveDate,
    #[schema(schema_with = schema::instant)]
    pub proposed_at: Instant,
    /// `granted` where the step was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ruling: Option<RulingView>,
}

impl From<&Supervision> for SupervisionView {
    fn from(proposed: &Supervision) -> Self {
        let Supervision { step, due, proposed_at, ruling, .. } = proposed;
        let (whose, ruling) = (proposed.whose(), ruling.as_ref().map(Into::into));
        Self { step: *step, label: step.label(), whose, due: *due, proposed_at: *proposed_at, ruling }
    }
}

impl OrderView {
    /// What the department asked for and how it was pressed is for those inside.
    pub fn of(order: &Order, impasse: &Impasse, ctx: &Context<'_>) -> Self {
        let inside = shows_workings(ctx.actor);
        let sight = Sighting { calendar: ctx.calendar, thresholds: &ctx.practice.thresholds, today: ctx.today() };
        let signature = |signed: &Signed| SignatureView::of(signed, order, impasse);
        let (basis, basis_reference) = match &order.basis {
            Basis::Centre => ("centre", None),
            Basis::Supervision => ("supervision", None),
            Basis::Meeting(meeting) => ("meeting", Some(meeting.to_string())),
            Basis::Government(month) => ("government", Some(month.format("%Y-%m").to_string())),
        };
        Self {
            sequence: order.sequence,
            number: order.number.to_string(),
            state: order.state,
            round: order.round,
            basis,
            basis_reference,
            binding: order.binding,
            issued_at: order.issued_at,
            issued_by: order.issued_by.code.clone(),
            department: order.department.to_string(),
            with: order.with.iter().map(ToString::to_string).collect(),
            limit: ClockView::of(&order.limit, None, &sight),
            receipt: ClockView::of(&order.receipt, None, &sight),
            responsible: order.responsible.as_ref().map(ToString::to_string),
            matter: order.matter.to_string(),
            completion: order.completion.as_ref().map(|completion| completion.text.to_string()),
            responsible_signature: order.completion.as_ref().map(|completion| signature(&completion.signed)),
            leader_signature: order.leader.as_ref().map(signature),
            applicant_feedback: impasse.word_on(order).map(|said| FeedbackView {
                responded: Some(said.responded),
                solved: Some(said.solved),
                satisfied: said.satisfied,
                comment: said.comment.as_ref().map(ToString::to_string),
                at: said.at,
            }),
            return_request: order.return_request.as_ref().filter(|_| inside).map(|request| RequestView {
                reason: request.reason.to_string(),
                by: request.by.code.clone(),
                at: request.at,
                days: None,
                ruling: request.ruling.as_ref().map(Into::into),
            }),
            extension_request: order.extension_request.as_ref().filter(|_| inside).map(|request| RequestView {
                reason: request.reason.to_string(),
                by: request.by.code.clone(),
                at: request.at,
                days: Some(request.days.0),
                ruling: request.ruling.as_ref().map(Into::into),
            }),
            sent_back: order.sent_back.len(),
            supervision: order.supervision.iter().filter(|_| inside).map(Into::into).collect(),
        }
    }
}
