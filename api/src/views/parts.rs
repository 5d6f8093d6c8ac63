//! The parts that every view of a case is put together from: what the guide asks, what was found, decided and delivered.

use approval::{Decision, Outcome, Review, Ruling};
use casework::Case;
use catalog::{DeliveryMethod, ItemKind, ItemVersion, Material, MaterialForm};
use chrono::NaiveDate;
use intake::{
    AcceptanceBasis, AttachedFile, CopyCheck, Handed, MaterialCheck, Presented, RejectionGround, ScopeFinding,
};
use issuance::{Delivered, Parcel, ResultDocument, TrackingState};
use kernel::{Instant, Masked, Personal, Remedy, RemedyWay};
use persistence::parties::PartyKind;
use routing::Holder;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    case::Lens,
    law::{GrantEndView, ReplacedView},
};
use crate::schema;

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
    /// 逾期自动退回
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub until: Option<Instant>,
}

/// The hand-over on offer, at the window or in the department.
pub(super) fn hand_over(case: &Case, lens: &Lens<'_>) -> Option<HandOverView> {
    let (from, to, reason) = match (&case.routing.window_offer, &case.routing.holder) {
        (Some(offer), _) => (&offer.from, &offer.to, &offer.reason),
        (None, Holder::Offered { staff, to, reason, .. }) => (staff, to, reason),
        _ => return None,
    };
    let until = case.hand_over_goes_back_at(lens.ctx.calendar, lens.today());
    Some(HandOverView { from: from.to_string(), to: to.to_string(), reason: reason.to_string(), until })
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
    /// 送达凭据 of the current result: absent again once it was replaced after its delivery, until the new one is delivered.
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
    /// 文书编号: one series a kind and year, in blocks of 50; what is left of a block at a restart is lost, so a gap is not a lost
    /// document.
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

impl From<&Parcel> for ParcelView {
    fn from(it: &Parcel) -> Self {
        let states = it.states.iter().map(|state| TrackedView {
            state: state.state,
            at: state.at,
            note: state.note.as_ref().map(ToString::to_string),
        });
        Self { carrier: it.carrier.to_string(), waybill: it.waybill.to_string(), states: states.collect() }
    }
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

impl From<&Delivered> for DeliveredView {
    fn from(it: &Delivered) -> Self {
        Self { how: it.how, at: it.at, receipt: it.receipt.to_string() }
    }
}

pub(super) fn material(spec: &Material, case: &Case) -> MaterialView {
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

pub(super) fn acceptance(case: &Case) -> Option<AcceptanceView> {
    case.intake.acceptance.as_ref().map(|acceptance| AcceptanceView {
        notice: acceptance.notice.as_ref().map(ToString::to_string),
        on: case.clocks.statutory.as_ref().map(|ledger| ledger.start),
        basis: acceptance.basis,
        basis_label: acceptance.basis.label(),
    })
}

pub(super) fn rejection(case: &Case) -> Option<RejectionView> {
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

pub(super) fn review(review: &Review) -> ReviewView {
    ReviewView { recommends: review.recommends, opinion: review.opinion.to_string(), by: review.by.to_string() }
}

pub(super) fn decision(decision: &Decision, case: &Case) -> DecisionView {
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

pub(super) fn delivery(case: &Case, item: &ItemVersion) -> DeliveryView {
    let issuance = &case.issuance;
    DeliveryView {
        method: issuance.method,
        offered: item.delivery.clone(),
        result: issuance.result.as_ref().map(result),
        acknowledged_at: issuance.acknowledged_at,
        chased: issuance.chased.clone(),
        replaced: issuance.replaced.iter().map(ReplacedView::from).collect(),
        grant_end: GrantEndView::of(&issuance.standing),
        parcel: issuance.parcel.as_ref().map(ParcelView::from),
        delivered: issuance.delivered.as_ref().map(DeliveredView::from),
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
