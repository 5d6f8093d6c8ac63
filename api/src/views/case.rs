use std::{borrow::Cow, sync::Arc};

use approval::{Decision, Outcome, Review, Ruling};
use casework::{Addressee, Case, Channel, Permit, Reminder, Stage};
use catalog::{DeliveryMethod, ItemKind, ItemVersion, Material, MaterialForm};
use chrono::NaiveDate;
use intake::{
    AcceptanceBasis, AttachedFile, CopyCheck, Handed, MaterialCheck, Presented, RejectionGround, ScopeFinding,
};
use issuance::{ResultDocument, TrackingState};
use kernel::{Action, Context, Instant, Masked, Personal, Remedy, RemedyWay, Role, identity::Assurance};
use persistence::{cases::Loaded, parties::PartyKind};
use routing::Holder;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    schema,
    views::{
        deadline::{ClockView, clocks},
        joint::{InspectionView, JointReviewView},
        law::{
            AcceptanceRevocationView, CommitmentView, ConditionView, ExtensionView, GrantEndView, NoteView, PauseView,
            ProcedureView, ReminderView, ReopeningView, ReplacedView, ResponsibleView, ReworkView, RoundView,
            TransferView,
        },
    },
};

/// 办件: where it stands, what was found, what binds it, and what this caller may do next.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseView {
    #[schema(schema_with = schema::id)]
    pub id: String,
    /// 办件编号
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
    /// 所属套餐申请
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::id)]
    pub package: Option<String>,
    /// What this caller's role can do with a case, each with whether it is possible now and if not, why not.
    pub allowed_actions: Vec<PermitView>,
}

/// 事项版本
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemView {
    pub code: String,
    pub version: u32,
    pub name: String,
    #[schema(schema_with = schema::variants::<ItemKind>)]
    pub kind: ItemKind,
}

/// 申请人, masked.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApplicantView {
    #[schema(schema_with = schema::id)]
    pub id: String,
    #[schema(value_type = String, example = "enterprise")]
    pub kind: &'static str,
    #[schema(value_type = String, example = "张*")]
    pub name: Masked,
}

impl ApplicantView {
    pub fn new(id: String, kind: PartyKind, name: &Personal<String>) -> Self {
        let name = match kind {
            PartyKind::Person => Masked::person_name(name),
            PartyKind::Enterprise => Masked::organisation_name(name),
        };
        Self { id, kind: kind.into(), name }
    }
}

/// 受理范围核验
#[derive(Debug, Serialize, ToSchema)]
pub struct ScopeCheckView {
    #[schema(schema_with = schema::variants::<ScopeFinding>)]
    pub finding: ScopeFinding,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

/// 材料: what the guide asks for, what was handed in, what was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct MaterialView {
    pub code: String,
    pub name: String,
    pub required: bool,
    #[schema(schema_with = schema::variants::<MaterialForm>)]
    pub form: MaterialForm,
    pub electronic_accepted: bool,
    pub files: Vec<FileView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<MaterialCheckView>,
}

/// 材料附件
#[derive(Debug, Serialize, ToSchema)]
pub struct FileView {
    #[schema(schema_with = schema::id)]
    pub id: String,
    /// SHA-256, hexadecimal.
    pub digest: String,
    pub media_type: String,
    pub bytes: u64,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

impl From<&AttachedFile> for FileView {
    fn from(file: &AttachedFile) -> Self {
        Self {
            id: file.id.to_string(),
            digest: file.digest.clone(),
            media_type: file.media_type.clone(),
            bytes: file.bytes,
            at: file.at,
        }
    }
}

/// 材料核验
#[derive(Debug, Serialize, ToSchema)]
pub struct MaterialCheckView {
    pub present: bool,
    pub complete: bool,
    pub legal_form: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<Presented>)]
    pub presented: Option<Presented>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<CopyCheck>)]
    pub copy_check: Option<CopyCheck>,
    /// 存在的问题
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub defect: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

/// 受理
#[derive(Debug, Serialize, ToSchema)]
pub struct AcceptanceView {
    /// 受理通知书编号; absent where the matter was finished on the spot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// The day the limits of the decision started; for 视为受理 the day of receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub on: Option<NaiveDate>,
    #[schema(schema_with = schema::variants::<AcceptanceBasis>)]
    pub basis: AcceptanceBasis,
    #[schema(value_type = String)]
    pub basis_label: &'static str,
}

/// 不予受理 or 不受理, with its grounds.
#[derive(Debug, Serialize, ToSchema)]
pub struct RejectionView {
    #[schema(value_type = String, example = "rejected")]
    pub outcome: &'static str,
    /// 不予受理的理由类别
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<RejectionGround>)]
    pub ground: Option<RejectionGround>,
    pub notice: String,
    pub reason: String,
    pub legal_basis: String,
    /// 应向其申请的机关
    #[serde(skip_serializing_if = "Option::is_none")]
    pub competent_body: Option<String>,
    pub remedies: Vec<RemedyView>,
}

/// 救济途径
#[derive(Debug, Serialize, ToSchema)]
pub struct RemedyView {
    #[schema(schema_with = schema::variants::<RemedyWay>)]
    pub way: RemedyWay,
    pub notice: String,
}

/// 移交中
#[derive(Debug, Serialize, ToSchema)]
pub struct HandOverView {
    pub from: String,
    pub to: String,
    pub reason: String,
}

/// 审核意见
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewView {
    #[schema(schema_with = schema::variants::<Outcome>)]
    pub recommends: Outcome,
    pub opinion: String,
    pub by: String,
}

/// 决定
#[derive(Debug, Serialize, ToSchema)]
pub struct DecisionView {
    #[schema(schema_with = schema::variants::<Outcome>)]
    pub outcome: Outcome,
    pub document: String,
    pub reasons: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remedies: Vec<RemedyView>,
    pub by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub on: Option<NaiveDate>,
}

/// 出件与送达
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryView {
    #[schema(schema_with = schema::variants::<DeliveryMethod>)]
    pub method: DeliveryMethod,
    /// What the item offers, the recommended one first (clause B1-3).
    #[schema(value_type = Vec<String>)]
    pub offered: Vec<DeliveryMethod>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<ResultView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parcel: Option<ParcelView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered: Option<DeliveredView>,
    /// 申请人确认收到电子送达
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub acknowledged_at: Option<Instant>,
    /// 催领
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub chased: Vec<Instant>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<ReplacedView>,
    /// 撤销 or 注销
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_end: Option<GrantEndView>,
}

/// 结果文书
#[derive(Debug, Serialize, ToSchema)]
pub struct ResultView {
    pub number: String,
    pub title: String,
    #[schema(schema_with = schema::day)]
    pub valid_from: NaiveDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub valid_until: Option<NaiveDate>,
    /// SHA-256, hexadecimal.
    pub digest: String,
}

/// 邮件
#[derive(Debug, Serialize, ToSchema)]
pub struct ParcelView {
    pub carrier: String,
    pub waybill: String,
    pub states: Vec<TrackedView>,
}

/// 物流状态
#[derive(Debug, Serialize, ToSchema)]
pub struct TrackedView {
    #[schema(schema_with = schema::variants::<TrackingState>)]
    pub state: TrackingState,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// 送达凭据
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveredView {
    #[schema(schema_with = schema::variants::<DeliveryMethod>)]
    pub how: DeliveryMethod,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    pub receipt: String,
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

impl From<Permit> for PermitView {
    fn from(permit: Permit) -> Self {
        let refusal = permit.verdict.err();
        Self {
            action: permit.action,
            label: permit.action.label(),
            allowed: refusal.is_none(),
            code: refusal.as_ref().map(|refusal| refusal.code),
            reason: refusal.map(|refusal| refusal.detail),
        }
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
    pub fn of(loaded: &Loaded, lens: &Lens<'_>) -> Self {
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
            acceptance: case.intake.acceptance.as_ref().map(|acceptance| AcceptanceView {
                notice: acceptance.notice.as_ref().map(ToString::to_string),
                on: case.clocks.statutory.as_ref().map(|ledger| ledger.start),
                basis: acceptance.basis,
                basis_label: acceptance.basis.label(),
            }),
            rejection: rejection(case),
            corrections: case.intake.rounds.iter().map(|round| RoundView::of(round, lens)).collect(),
            condition: case
                .intake
                .condition
                .as_ref()
                .map(|condition| ConditionView::of(condition, case.clocks.condition.as_ref(), lens)),
            commitment: case.intake.commitment.as_ref().map(|commitment| CommitmentView::of(commitment, lens)),
            acceptance_revocation: case.intake.revocation.as_ref().map(AcceptanceRevocationView::from),
            hand_over: match &case.routing.holder {
                Holder::Offered { staff, to, reason, .. } if lens.shows_workings() => {
                    Some(HandOverView { from: staff.to_string(), to: to.to_string(), reason: reason.to_string() })
                }
                _ => None,
            },
            delegate: case.routing.delegate.as_ref().filter(|_| lens.shows_workings()).map(ToString::to_string),
            transfer: case.routing.transfer.as_ref().filter(|_| lens.shows_workings()).map(TransferView::from),
            responsible: case.responsibility.now().map(ResponsibleView::from),
            procedures: case.approval.procedures.iter().map(ProcedureView::from).collect(),
            pauses: case.approval.pauses.iter().map(PauseView::from).collect(),
            extension: case
                .clocks
                .statutory
                .as_ref()
                .and_then(|ledger| ledger.extensions.first())
                .map(ExtensionView::from),
            joint_review: case.approval.joint.as_ref().map(|joint| JointReviewView::of(joint, lens)),
            inspection: case.approval.inspection.as_ref().map(InspectionView::of),
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
            package: case.package.map(|id| id.to_string()),
            allowed_actions: case.permits(lens.item, &lens.ctx).into_iter().map(PermitView::from).collect(),
        }
    }
}

fn material(spec: &Material, case: &Case) -> MaterialView {
    let none = Handed::default();
    let handed = case.intake.materials.get(&spec.code).unwrap_or(&none);
    MaterialView {
        code: spec.code.to_string(),
        name: spec.name.to_string(),
        required: spec.required,
        form: spec.form,
        electronic_accepted: spec.electronic_accepted,
        files: handed.files.iter().map(FileView::from).collect(),
        check: handed.check.as_ref().map(check),
    }
}

fn check(check: &MaterialCheck) -> MaterialCheckView {
    MaterialCheckView {
        present: check.present,
        complete: check.complete,
        legal_form: check.legal_form,
        presented: check.presented,
        copy_check: check.copy_check,
        defect: check.defect(),
        note: check.note.as_ref().map(ToString::to_string),
        by: check.by.to_string(),
        at: check.at,
    }
}

fn rejection(case: &Case) -> Option<RejectionView> {
    if let Some(rejected) = &case.intake.rejection {
        return Some(RejectionView {
            outcome: "rejected",
            ground: Some(rejected.ground),
            notice: rejected.notice.to_string(),
            reason: rejected.reason.to_string(),
            legal_basis: rejected.legal_basis.to_string(),
            competent_body: rejected.competent_body.as_ref().map(ToString::to_string),
            remedies: rejected.remedies.iter().cloned().map(remedy).collect(),
        });
    }
    case.intake.not_required.as_ref().map(|not_required| RejectionView {
        outcome: "not_required",
        ground: None,
        notice: not_required.notice.to_string(),
        reason: not_required.reason.to_string(),
        legal_basis: not_required.legal_basis.to_string(),
        competent_body: None,
        remedies: not_required.remedies.iter().cloned().map(remedy).collect(),
    })
}

pub(super) fn remedy(remedy: Remedy) -> RemedyView {
    RemedyView { way: remedy.way, notice: remedy.notice }
}

fn review(review: &Review) -> ReviewView {
    ReviewView { recommends: review.recommends, opinion: review.opinion.to_string(), by: review.by.to_string() }
}

fn decision(decision: &Decision, case: &Case) -> DecisionView {
    let (legal_basis, remedies) = match &decision.ruling {
        Ruling::Grant => (None, Vec::new()),
        Ruling::Refuse { legal_basis, remedies } => {
            (Some(legal_basis.to_string()), remedies.iter().cloned().map(remedy).collect())
        }
    };
    DecisionView {
        outcome: decision.ruling.outcome(),
        document: decision.document.to_string(),
        reasons: decision.reasons.to_string(),
        legal_basis,
        remedies,
        by: decision.by.to_string(),
        on: case.clocks.delivery.as_ref().map(|ledger| ledger.start),
    }
}

fn delivery(case: &Case, item: &ItemVersion) -> DeliveryView {
    let issuance = &case.issuance;
    DeliveryView {
        method: issuance.method,
        offered: item.delivery.clone(),
        result: issuance.result.as_ref().map(result),
        acknowledged_at: issuance.acknowledged_at,
        chased: issuance.chased.clone(),
        replaced: issuance.replaced.iter().map(ReplacedView::from).collect(),
        grant_end: GrantEndView::of(&issuance.standing),
        parcel: issuance.parcel.as_ref().map(|parcel| ParcelView {
            carrier: parcel.carrier.to_string(),
            waybill: parcel.waybill.to_string(),
            states: parcel
                .states
                .iter()
                .map(|state| TrackedView {
                    state: state.state,
                    at: state.at,
                    note: state.note.as_ref().map(ToString::to_string),
                })
                .collect(),
        }),
        delivered: issuance.delivered.as_ref().map(|delivered| DeliveredView {
            how: delivered.how,
            at: delivered.at,
            receipt: delivered.receipt.to_string(),
        }),
    }
}

pub(super) fn result(document: &ResultDocument) -> ResultView {
    ResultView {
        number: document.number.to_string(),
        title: document.title.to_string(),
        valid_from: document.valid_from,
        valid_until: document.valid_until,
        digest: document.digest.clone(),
    }
}
