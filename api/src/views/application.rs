//! 推送的申请 as the system that pushed it reads it back: everything of the case at once, in a shape that does not follow
//! the window's, with the system's own codes beside ours.

use approval::Outcome;
use casework::{
    Channel, Event, Rating, Stage,
    codes::{Codes, Subject},
};
use catalog::DeliveryMethod;
use kernel::{Instant, ledger::Ground};
use persistence::{cases::Loaded, record::Entry};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    case::Lens,
    deadline::{ClockView, clocks},
    law::{AcceptanceRevocationView, ConditionView, ExtensionView, PauseView, ProcedureView, RoundView},
    parts::{
        AcceptanceView, DecisionView, DeliveryView, MaterialView, RejectionView, acceptance, decision, delivery,
        material, rejection,
    },
    rating::RatingView,
};
use crate::schema;

/// 推送的申请
#[derive(Debug, Serialize, ToSchema)]
pub struct PushedApplicationView {
    /// 外部编号
    pub external_no: String,
    /// 办件标识
    #[schema(schema_with = schema::id)]
    pub case: String,
    /// 办件编号
    pub number: String,
    /// As in the `ETag`: rises with every step.
    pub version: u64,
    /// 查询码: opens the public progress query together with the number.
    pub query_code: String,
    #[schema(schema_with = schema::instant)]
    pub received_at: Instant,
    pub item: PushedItemView,
    pub channel: ChannelCode,
    pub stage: StageCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub ended_at: Option<Instant>,
    pub materials: Vec<MaterialView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acceptance: Option<AcceptanceView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejection: Option<RejectionView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acceptance_revocation: Option<AcceptanceRevocationView>,
    /// 容缺受理
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<ConditionView>,
    /// 一次性告知, every one there was.
    pub correction_notices: Vec<RoundView>,
    /// 补正材料, as pushed.
    pub corrections: Vec<PushedCorrectionView>,
    /// 特别程序
    pub procedures: Vec<CodedProcedureView>,
    pub pauses: Vec<PauseView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<ExtensionView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<CodedDecisionView>,
    /// 结果和送达
    pub delivery: CodedDeliveryView,
    /// 好差评, in the order in which they were given.
    pub ratings: Vec<RatingView>,
    /// 期限, side by side.
    pub clocks: Vec<ClockView>,
    /// 办理过程, every step in order.
    pub process: Vec<StepView>,
}

/// 事项, with its national codes.
#[derive(Debug, Serialize, ToSchema)]
pub struct PushedItemView {
    pub code: String,
    /// 对方代码
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theirs: Option<String>,
    pub version: u32,
    pub name: String,
    /// 基本编码
    pub base_code: String,
    /// 实施编码
    pub implementation_code: String,
}

/// 办件状态
#[derive(Debug, Serialize, ToSchema)]
pub struct StageCode {
    #[schema(schema_with = schema::variants::<Stage>)]
    pub code: Stage,
    #[schema(value_type = String)]
    pub label: &'static str,
    /// 对方代码
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theirs: Option<String>,
}

/// 申报来源
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelCode {
    #[schema(schema_with = schema::variants::<Channel>)]
    pub code: Channel,
    /// 对方代码
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theirs: Option<String>,
}

/// 决定
#[derive(Debug, Serialize, ToSchema)]
pub struct CodedDecisionView {
    #[serde(flatten)]
    pub decision: DecisionView,
    /// 决定结果的对方代码
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome_theirs: Option<String>,
}

/// 特别程序
#[derive(Debug, Serialize, ToSchema)]
pub struct CodedProcedureView {
    #[serde(flatten)]
    pub procedure: ProcedureView,
    /// 种类的对方代码
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ground_theirs: Option<String>,
}

/// 结果和送达
#[derive(Debug, Serialize, ToSchema)]
pub struct CodedDeliveryView {
    #[serde(flatten)]
    pub delivery: DeliveryView,
    /// 送达方式的对方代码
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method_theirs: Option<String>,
    /// 领取码, once there is a result to be picked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pick_up_code: Option<String>,
}

/// 推送的补正材料
#[derive(Debug, Serialize, ToSchema)]
pub struct PushedCorrectionView {
    /// 补正序号
    pub number: u32,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

/// 办理过程的一步
#[derive(Debug, Serialize, ToSchema)]
pub struct StepView {
    pub version: u64,
    pub kind: String,
    #[schema(value_type = String)]
    pub label: &'static str,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    /// 文书编号
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
}

impl StepView {
    fn of(entry: &Entry<Event>) -> Self {
        let recorded = &entry.recorded;
        Self {
            version: recorded.version,
            kind: kernel::Fact::kind(&recorded.event).to_owned(),
            label: recorded.event.label(),
            at: recorded.at,
            document: recorded.event.document().map(ToString::to_string),
        }
    }
}

/// What stands beside the case itself.
#[derive(Debug)]
pub struct Beside {
    pub codes: Codes,
    pub steps: Vec<Entry<Event>>,
    pub corrections: Vec<(u32, Instant)>,
    pub query_code: String,
    pub pick_up_code: Option<String>,
    pub anonymous_ratings: Vec<Rating>,
}

impl PushedApplicationView {
    pub fn of(loaded: &Loaded, lens: &Lens<'_>, beside: &Beside) -> Self {
        let (case, item) = (&loaded.case, lens.item);
        let theirs = |subject, ours: &str| beside.codes.to_theirs(subject, ours).map(str::to_owned);
        let outcome = |outcome: Outcome| theirs(Subject::Outcomes, &outcome.to_string());
        let ground = |ground: Ground| theirs(Subject::Procedures, ground.into());
        let is_picked_up = case.issuance.method == DeliveryMethod::PickUp;
        Self {
            external_no: case.external_number.clone().unwrap_or_default(),
            case: case.id.to_string(),
            number: case.number.to_string(),
            version: case.version,
            query_code: beside.query_code.clone(),
            received_at: case.received_at,
            item: PushedItemView {
                code: case.item.code.to_string(),
                theirs: theirs(Subject::Items, case.item.code.as_str()),
                version: case.item.version,
                name: item.name.to_string(),
                base_code: item.base_code.to_string(),
                implementation_code: item.implementation_code.to_string(),
            },
            channel: ChannelCode { code: case.channel, theirs: theirs(Subject::Channels, case.channel.into()) },
            stage: StageCode {
                code: case.stage,
                label: case.stage.label(),
                theirs: theirs(Subject::Stages, case.stage.into()),
            },
            ended_at: case.ended_at,
            materials: item.materials.iter().map(|spec| material(spec, case)).collect(),
            acceptance: acceptance(case),
            rejection: rejection(case),
            acceptance_revocation: case.intake.revocation.as_ref().map(AcceptanceRevocationView::from),
            condition: case
                .intake
                .condition
                .as_ref()
                .map(|condition| ConditionView::of(condition, case.clocks.condition.as_ref(), lens)),
            correction_notices: case.intake.rounds.iter().map(|round| RoundView::of(round, lens)).collect(),
            corrections: beside.corrections.iter().map(|&(number, at)| PushedCorrectionView { number, at }).collect(),
            procedures: case
                .approval
                .procedures
                .iter()
                .map(|it| CodedProcedureView { procedure: it.into(), ground_theirs: ground(it.ground) })
                .collect(),
            pauses: case.approval.pauses.iter().map(PauseView::from).collect(),
            extension: case
                .clocks
                .statutory
                .as_ref()
                .and_then(|ledger| ledger.extensions.first())
                .map(ExtensionView::from),
            decision: case.approval.decision.as_ref().map(|made| CodedDecisionView {
                decision: decision(made, case),
                outcome_theirs: outcome(made.ruling.outcome()),
            }),
            delivery: CodedDeliveryView {
                delivery: delivery(case, item),
                method_theirs: theirs(Subject::DeliveryMethods, &case.issuance.method.to_string()),
                pick_up_code: beside.pick_up_code.clone().filter(|_| is_picked_up),
            },
            ratings: RatingView::all(case, lens.ctx.actor.role(), &beside.anonymous_ratings),
            clocks: clocks(case, lens),
            process: beside.steps.iter().map(StepView::of).collect(),
        }
    }
}
