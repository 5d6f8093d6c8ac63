use std::{borrow::Cow, sync::Arc};

use casework::{Addressee, Channel, Permit, Rating, Reminder, Stage};
use catalog::ItemVersion;
use chrono::NaiveDate;
use kernel::{Action, Context, Instant, Refusal, Role, identity::Assurance};
use persistence::cases::Loaded;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    schema,
    views::{
        deadline::{ClockView, clocks},
        joint::{InspectionView, JointReviewView},
        law::{
            AcceptanceRevocationView, CommitmentView, ConditionView, ExtensionView, HeldBackView, NoteView, PauseView,
            ProcedureView, ReminderView, ReopeningView, ResponsibleView, ReworkView, RoundView, TransferView,
        },
        parts::{
            AcceptanceView, ApplicantView, DecisionView, DeliveryView, HandOverView, ItemView, MaterialView,
            RejectionView, ReviewView, ScopeCheckView, acceptance, decision, delivery, hand_over, material, rejection,
            review,
        },
        rating::RatingView,
        through::AgentView,
    },
};

/// 办件: where it stands, what was found, what binds it, and what this caller may do next.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseView {
    #[schema(schema_with = schema::id)]
    pub id: String,
    /// 办件编号: unique and immutable. Serial numbers are taken in blocks of 50 and what is left of a block at a restart is lost,
    /// so a gap is not a lost case.
    #[schema(example = "33108120261123000001")]
    pub number: String,
    /// As in the `ETag`.
    pub version: u64,
    #[schema(schema_with = schema::variants::<Stage>)]
    pub stage: Stage,
    /// 状态名称
    pub stage_label: &'static str,
    pub item: ItemView,
    #[schema(schema_with = schema::variants::<Channel>)]
    pub channel: Channel,
    pub applicant: ApplicantView,
    /// 身份核验等级
    #[schema(schema_with = schema::variants::<Assurance>)]
    pub identity_assurance: Assurance,
    /// 受理窗口
    pub window: String,
    /// 承办部门
    pub department: String,
    /// 承办人
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// 首问责任人
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_contact: Option<String>,
    /// The system that handed it in, and its own number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// 代理人, where one applied in the applicant's place; who it is stands among the case's contacts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_number: Option<String>,
    #[schema(schema_with = schema::instant)]
    pub received_at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub ended_at: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope_check: Option<ScopeCheckView>,
    pub materials: Vec<MaterialView>,
    /// What stands between the application and its acceptance; empty once it is in order.
    pub obstacles: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acceptance: Option<AcceptanceView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejection: Option<RejectionView>,
    /// 一次性告知, every one there was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<RoundView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<ConditionView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commitment: Option<CommitmentView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acceptance_revocation: Option<AcceptanceRevocationView>,
    /// 移交
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hand_over: Option<HandOverView>,
    /// 委派: who does the review while the holder stays responsible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delegate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer: Option<TransferView>,
    /// 首问责任: who answers for the case now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responsible: Option<ResponsibleView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub procedures: Vec<ProcedureView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<PauseView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<ExtensionView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joint_review: Option<JointReviewView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inspection: Option<InspectionView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reworks: Vec<ReworkView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionView>,
    pub delivery: DeliveryView,
    /// The limits, side by side.
    pub clocks: Vec<ClockView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reminders: Vec<ReminderView>,
    /// 补充说明
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<NoteView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reopenings: Vec<ReopeningView>,
    /// 好差评
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ratings: Vec<RatingView>,
    /// 所属套餐申请
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::id)]
    pub package: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_back: Option<HeldBackView>,
    /// What this caller's role can do with a case, each with whether it is possible now and if not, why not.
    pub allowed_actions: Vec<PermitView>,
}

/// Whether this caller may do this now, and if not, why not.
#[derive(Debug, Serialize, ToSchema)]
pub struct PermitView {
    #[schema(schema_with = schema::variants::<Action>)]
    pub action: Action,
    /// 操作名称
    #[schema(value_type = String)]
    pub label: &'static str,
    pub allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub reason: Option<Cow<'static, str>>,
}

impl PermitView {
    pub fn new(action: Action, verdict: Result<(), Refusal>) -> Self {
        let refusal = verdict.err();
        Self {
            action,
            label: action.label(),
            allowed: refusal.is_none(),
            code: refusal.as_ref().map(|refusal| refusal.code),
            reason: refusal.map(|refusal| refusal.detail),
        }
    }
}

impl From<Permit> for PermitView {
    fn from(permit: Permit) -> Self {
        Self::new(permit.action, permit.verdict)
    }
}

/// What a view is seen by and measured with.
#[derive(Clone, Debug)]
pub struct Lens<'a> {
    pub ctx: Context<'a>,
    pub item: &'a Arc<ItemVersion>,
}

impl Lens<'_> {
    pub fn today(&self) -> NaiveDate {
        self.ctx.today()
    }

    /// The applicant is shown the reminders that were sent to them.
    fn may_see(&self, reminder: &Reminder) -> bool {
        self.shows_workings() || reminder.to == Addressee::Applicant
    }

    /// Whether the caller sees how a decision comes about, and not only what comes of it.
    pub fn shows_workings(&self) -> bool {
        !matches!(self.ctx.actor.role(), Role::Applicant | Role::Adapter)
    }
}

impl CaseView {
    /// `anonymous` are its anonymous ratings, as far as the caller may know of them.
    pub fn of(loaded: &Loaded, lens: &Lens<'_>, anonymous: &[Rating]) -> Self {
        let case = &loaded.case;
        let under_check = case.stage == Stage::UnderCheck;
        Self {
            id: case.id.to_string(),
            number: case.number.to_string(),
            version: case.version,
            stage: case.stage,
            stage_label: case.stage.label(),
            item: ItemView {
                code: case.item.code.to_string(),
                version: case.item.version,
                name: lens.item.name.to_string(),
                kind: lens.item.kind,
            },
            channel: case.channel,
            applicant: ApplicantView::new(case.applicant.to_string(), loaded.applicant_kind, &loaded.applicant_name),
            identity_assurance: case.assurance,
            window: case.window.to_string(),
            department: case.routing.department.to_string(),
            holder: case.routing.holder().map(ToString::to_string),
            first_contact: case.first_contact.as_ref().map(ToString::to_string),
            client: case.client.as_ref().map(ToString::to_string),
            agent: case.agent.as_ref().map(AgentView::from),
            external_number: case.external_number.clone(),
            received_at: case.received_at,
            ended_at: case.ended_at,
            scope_check: case.intake.scope.as_ref().map(|check| ScopeCheckView {
                finding: check.finding,
                note: check.note.as_ref().map(ToString::to_string),
                by: check.by.to_string(),
                at: check.at,
            }),
            materials: lens.item.materials.iter().map(|spec| material(spec, case)).collect(),
            obstacles: if under_check { case.intake.obstacles(lens.item) } else { Vec::new() },
            acceptance: acceptance(case),
            rejection: rejection(case),
            corrections: case.intake.rounds.iter().map(|round| RoundView::of(round, lens)).collect(),
            condition: case
                .intake
                .condition
                .as_ref()
                .map(|condition| ConditionView::of(condition, case.clocks.condition.as_ref(), lens)),
            commitment: case.intake.commitment.as_ref().map(|commitment| CommitmentView::of(commitment, lens)),
            acceptance_revocation: case.intake.revocation.as_ref().map(AcceptanceRevocationView::from),
            hand_over: hand_over(case, lens).filter(|_| lens.shows_workings()),
            delegate: case.routing.delegate.as_ref().filter(|_| lens.shows_workings()).map(ToString::to_string),
            transfer: case
                .routing
                .transfer
                .as_ref()
                .filter(|_| lens.shows_workings())
                .map(|transfer| TransferView::of(transfer, lens)),
            responsible: case.responsibility.now().map(ResponsibleView::from),
            procedures: case.approval.procedures.iter().map(ProcedureView::from).collect(),
            pauses: case.approval.pauses.iter().map(PauseView::from).collect(),
            extension: case
                .clocks
                .statutory
                .as_ref()
                .and_then(|ledger| ledger.extensions.first())
                .map(ExtensionView::from),
            joint_review: case.approval.joint.as_ref().map(|joint| JointReviewView::of(joint, case, lens)),
            inspection: case.approval.inspection.as_ref().map(|it| InspectionView::of(it, lens)),
            reworks: if lens.shows_workings() {
                case.approval.reworks.iter().map(ReworkView::from).collect()
            } else {
                Vec::new()
            },
            review: case.approval.review.as_ref().filter(|_| lens.shows_workings()).map(review),
            decision: case.approval.decision.as_ref().map(|made| decision(made, case)),
            delivery: delivery(case, lens.item),
            clocks: clocks(case, lens),
            reminders: case.reminders.iter().filter(|it| lens.may_see(it)).map(ReminderView::from).collect(),
            notes: case.notes.iter().map(NoteView::from).collect(),
            reopenings: case.reopenings.iter().map(ReopeningView::from).collect(),
            ratings: RatingView::all(case, lens.ctx.actor.role(), anonymous),
            package: case.package.map(|id| id.to_string()),
            held_back: case.held_back.as_ref().map(HeldBackView::from),
            allowed_actions: case.permits(lens.item, anonymous, &lens.ctx).into_iter().map(PermitView::from).collect(),
        }
    }
}
