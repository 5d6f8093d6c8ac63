//! What the law adds to a case: rounds of correction, undertakings, special procedures, responsibility, and what came after
//! the end. Every part is absent from a case that has none of it.

use approval::{Pause, Procedure, Rework};
use casework::{Addressee, Case, HeldBack, Note, Reminder, Reopening, Stage};
use chrono::NaiveDate;
use intake::{
    AcceptanceRevocation, Commitment, CommitmentFinding, Condition, NotReused, RevocationGround, Round, Verification,
};
use issuance::{EndGround, Replaced, Replacement, Standing};
use kernel::{
    Instant,
    ledger::{Extension, Ground, Ledger, LimitKind},
};
use routing::{Responsible, Taken, Tenure, Transfer};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    case::Lens,
    parts::{DeliveredView, ParcelView, RemedyView, ResultView, remedy, result},
};
use crate::schema;

/// 逾期后果, as the correction notice states it (rule L7).
const CONSEQUENCE: &str = "逾期未补正的，视为撤回申请；补正后仍不符合要求的，不予受理";

/// 一次性告知 (clause B2-4)
#[derive(Debug, Serialize, ToSchema)]
pub struct RoundView {
    /// 补正告知书编号
    pub notice: String,
    #[schema(schema_with = schema::instant)]
    pub told_at: Instant,
    pub corrections: Vec<CorrectionView>,
    /// 补正期限
    #[schema(schema_with = schema::day)]
    pub due: NaiveDate,
    #[schema(value_type = String)]
    pub consequence: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub submitted_at: Option<Instant>,
    /// 准许再次告知的理由; a further notice only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exception: Option<String>,
}

/// 补正事项
#[derive(Debug, Serialize, ToSchema)]
pub struct CorrectionView {
    pub material: String,
    pub wrong: String,
    pub mend: String,
    pub on_paper: bool,
    /// 不调用在档材料的原因
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<NotReused>)]
    pub not_reused: Option<NotReused>,
}

impl RoundView {
    pub fn of(round: &Round, lens: &Lens<'_>) -> Self {
        let corrections = round.corrections.iter().map(|it| CorrectionView {
            material: it.material.to_string(),
            wrong: it.wrong.to_string(),
            mend: it.mend.to_string(),
            on_paper: it.on_paper,
            not_reused: it.not_reused,
        });
        Self {
            notice: round.notice.to_string(),
            told_at: round.told_at,
            corrections: corrections.collect(),
            due: round.limit.due(lens.ctx.calendar, lens.today()).date,
            consequence: CONSEQUENCE,
            submitted_at: round.submitted_at,
            exception: round.allowed.as_ref().map(|exception| exception.reason.to_string()),
        }
    }
}

/// 暂缓办理 (rule L10): what it waits for in its package is open again, or has failed.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldBackView {
    pub reason: String,
    /// 前置事项未获准予; false while that may still be done.
    pub failed: bool,
    #[schema(schema_with = schema::day)]
    pub since: NaiveDate,
}

impl From<&HeldBack> for HeldBackView {
    fn from(held: &HeldBack) -> Self {
        Self { reason: held.reason.to_string(), failed: held.failed, since: held.since }
    }
}

/// 容缺受理 (rule L8)
#[derive(Debug, Serialize, ToSchema)]
pub struct ConditionView {
    pub missing: Vec<String>,
    /// 不调用的在档材料
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_reused: Vec<NotReusedView>,
    pub undertaking: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub due: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub met_at: Option<Instant>,
}

/// 不调用的在档材料, and why (rule L11)
#[derive(Debug, Serialize, ToSchema)]
pub struct NotReusedView {
    pub material: String,
    #[schema(schema_with = schema::variants::<NotReused>)]
    pub reason: NotReused,
}

impl ConditionView {
    pub fn of(condition: &Condition, limit: Option<&Ledger>, lens: &Lens<'_>) -> Self {
        let not_reused = condition.not_reused.iter();
        let not_reused = not_reused.map(|(it, why)| NotReusedView { material: it.to_string(), reason: *why });
        Self {
            missing: condition.missing.iter().map(ToString::to_string).collect(),
            not_reused: not_reused.collect(),
            undertaking: condition.undertaking.to_string(),
            due: limit.map(|limit| limit.due(lens.ctx.calendar, lens.today()).date),
            met_at: condition.met_at,
        }
    }
}

/// 告知承诺 (rule L13)
#[derive(Debug, Serialize, ToSchema)]
pub struct CommitmentView {
    pub instead_of: Vec<String>,
    pub undertaking: String,
    pub verifications: Vec<CommitmentCheckView>,
}

/// 承诺核查
#[derive(Debug, Serialize, ToSchema)]
pub struct CommitmentCheckView {
    #[schema(schema_with = schema::variants::<CommitmentFinding>)]
    pub finding: CommitmentFinding,
    pub note: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    /// 限期整改通知书编号
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// 整改期限
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub mend_by: Option<NaiveDate>,
}

impl CommitmentView {
    pub fn of(commitment: &Commitment, lens: &Lens<'_>) -> Self {
        let check = |it: &Verification| CommitmentCheckView {
            finding: it.finding,
            note: it.note.to_string(),
            at: it.at,
            order: it.order.as_ref().map(|order| order.document.to_string()),
            mend_by: it.order.as_ref().map(|order| order.limit.due(lens.ctx.calendar, lens.today()).date),
        };
        Self {
            instead_of: commitment.instead_of.iter().map(ToString::to_string).collect(),
            undertaking: commitment.undertaking.to_string(),
            verifications: commitment.verifications.iter().map(check).collect(),
        }
    }
}

/// 撤销受理 (rule L8)
#[derive(Debug, Serialize, ToSchema)]
pub struct AcceptanceRevocationView {
    pub document: String,
    #[schema(schema_with = schema::variants::<RevocationGround>)]
    pub ground: RevocationGround,
    pub reason: String,
    pub remedies: Vec<RemedyView>,
}

impl From<&AcceptanceRevocation> for AcceptanceRevocationView {
    fn from(it: &AcceptanceRevocation) -> Self {
        Self {
            document: it.document.to_string(),
            ground: it.ground,
            reason: it.reason.to_string(),
            remedies: it.remedies.iter().cloned().map(remedy).collect(),
        }
    }
}

/// 转办
#[derive(Debug, Serialize, ToSchema)]
pub struct TransferView {
    pub to: String,
    pub reason: String,
    /// 逾期自动退回
    #[schema(schema_with = schema::instant)]
    pub until: Instant,
}

impl TransferView {
    pub fn of(it: &Transfer, lens: &Lens<'_>) -> Self {
        let until = it.goes_back_at(lens.ctx.calendar, lens.today());
        Self { to: it.to.to_string(), reason: it.reason.to_string(), until }
    }
}

/// 责任人: one of window, department and staff.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResponsibleView {
    #[schema(value_type = String, example = "staff")]
    pub kind: &'static str,
    pub code: String,
}

impl From<&Responsible> for ResponsibleView {
    fn from(it: &Responsible) -> Self {
        let (kind, code) = match it {
            Responsible::Window(code) => ("window", code.to_string()),
            Responsible::Department(code) => ("department", code.to_string()),
            Responsible::Staff(code) => ("staff", code.to_string()),
        };
        Self { kind, code }
    }
}

/// 责任区间 (clause B5-1)
#[derive(Debug, Serialize, ToSchema)]
pub struct TenureView {
    pub who: ResponsibleView,
    #[schema(schema_with = schema::variants::<Taken>)]
    pub how: Taken,
    #[schema(schema_with = schema::instant)]
    pub from: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub until: Option<Instant>,
}

impl From<&Tenure> for TenureView {
    fn from(it: &Tenure) -> Self {
        Self { who: (&it.who).into(), how: it.how, from: it.from, until: it.until }
    }
}

/// 特别程序 (rule L5)
#[derive(Debug, Serialize, ToSchema)]
pub struct ProcedureView {
    /// 特别程序告知书编号
    pub notice: String,
    #[schema(schema_with = schema::variants::<Ground>)]
    pub ground: Ground,
    #[schema(value_type = String)]
    pub label: &'static str,
    #[schema(schema_with = schema::day)]
    pub from: NaiveDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub until: Option<NaiveDate>,
    /// 所需工作日
    pub needs: u16,
    pub reason: String,
    pub approved_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backdated: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
}

impl From<&Procedure> for ProcedureView {
    fn from(it: &Procedure) -> Self {
        Self {
            notice: it.notice.to_string(),
            ground: it.ground,
            label: it.ground.label(),
            from: it.from,
            until: it.until,
            needs: it.needs.0,
            reason: it.reason.to_string(),
            approved_by: it.approved_by.to_string(),
            backdated: it.backdated.as_ref().map(ToString::to_string),
            result: it.result.as_ref().map(ToString::to_string),
        }
    }
}

/// 登记的暂停: stops no clock.
#[derive(Debug, Serialize, ToSchema)]
pub struct PauseView {
    pub reason: String,
    #[schema(schema_with = schema::day)]
    pub from: NaiveDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub until: Option<NaiveDate>,
}

impl From<&Pause> for PauseView {
    fn from(it: &Pause) -> Self {
        Self { reason: it.reason.to_string(), from: it.from, until: it.until }
    }
}

/// 延长期限 (rules L2, L3)
#[derive(Debug, Serialize, ToSchema)]
pub struct ExtensionView {
    pub working_days: u16,
    #[schema(schema_with = schema::day)]
    pub approved_on: NaiveDate,
    pub approved_by: String,
    /// 告知申请人的理由
    pub reason: String,
}

impl From<&Extension> for ExtensionView {
    fn from(it: &Extension) -> Self {
        Self {
            working_days: it.days.0,
            approved_on: it.approved_on,
            approved_by: it.approved_by.code.clone(),
            reason: it.reason.to_string(),
        }
    }
}

/// 退回重办
#[derive(Debug, Serialize, ToSchema)]
pub struct ReworkView {
    #[schema(value_type = String)]
    pub to: &'static str,
    pub reason: String,
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

impl From<&Rework> for ReworkView {
    fn from(it: &Rework) -> Self {
        Self { to: it.to.into(), reason: it.reason.to_string(), by: it.by.to_string(), at: it.at }
    }
}

/// 提醒
#[derive(Debug, Serialize, ToSchema)]
pub struct ReminderView {
    #[schema(schema_with = schema::variants::<LimitKind>)]
    pub limit: LimitKind,
    /// amber: 临期; overdue: 逾期.
    #[schema(value_type = String, example = "amber")]
    pub rung: &'static str,
    #[schema(schema_with = schema::day)]
    pub due: NaiveDate,
    /// 提醒对象; the applicant where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<ResponsibleView>,
    /// 特别程序告知书编号, where it is of a special procedure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub procedure: Option<String>,
}

impl From<&Reminder> for ReminderView {
    fn from(it: &Reminder) -> Self {
        let to = match &it.to {
            Addressee::Applicant => None,
            Addressee::Responsible(who) => Some(who.into()),
            Addressee::Department(code) => Some((&Responsible::Department(code.clone())).into()),
        };
        let procedure = it.procedure.as_ref().map(ToString::to_string);
        Self { limit: it.limit, rung: it.rung.into(), due: it.due, to, procedure }
    }
}

/// 已被替代的结果文书
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplacedView {
    pub document: ResultView,
    #[schema(schema_with = schema::variants::<Replacement>)]
    pub how: Replacement,
    pub reason: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    /// 原文书的邮件
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parcel: Option<ParcelView>,
    /// 原文书的送达凭据
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered: Option<DeliveredView>,
    /// 申请人确认收到原文书
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub acknowledged_at: Option<Instant>,
}

impl From<&Replaced> for ReplacedView {
    fn from(it: &Replaced) -> Self {
        Self {
            document: result(&it.document),
            how: it.how,
            reason: it.reason.to_string(),
            at: it.at,
            parcel: it.parcel.as_ref().map(ParcelView::from),
            delivered: it.delivered.as_ref().map(DeliveredView::from),
            acknowledged_at: it.acknowledged_at,
        }
    }
}

/// 撤销 or 注销 of what was granted
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantEndView {
    pub document: String,
    #[schema(schema_with = schema::variants::<EndGround>)]
    pub ground: EndGround,
    pub reason: String,
    pub legal_basis: String,
    #[schema(schema_with = schema::day)]
    pub on: NaiveDate,
    pub remedies: Vec<RemedyView>,
}

impl GrantEndView {
    pub fn of(standing: &Standing) -> Option<Self> {
        let Standing::Ended(it) = standing else { return None };
        Some(Self {
            document: it.document.to_string(),
            ground: it.ground,
            reason: it.reason.to_string(),
            legal_basis: it.legal_basis.to_string(),
            on: it.on,
            remedies: it.remedies.iter().cloned().map(remedy).collect(),
        })
    }
}

/// 补充说明
#[derive(Debug, Serialize, ToSchema)]
pub struct NoteView {
    pub text: String,
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

impl From<&Note> for NoteView {
    fn from(it: &Note) -> Self {
        Self { text: it.text.to_string(), by: it.by.to_string(), at: it.at }
    }
}

/// 恢复办理
#[derive(Debug, Serialize, ToSchema)]
pub struct ReopeningView {
    #[schema(schema_with = schema::variants::<Stage>)]
    pub from: Stage,
    pub reason: String,
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

impl From<&Reopening> for ReopeningView {
    fn from(it: &Reopening) -> Self {
        Self { from: it.from, reason: it.reason.to_string(), by: it.by.code.clone(), at: it.at }
    }
}

/// 责任链, from the first touch to the end.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResponsibilityView {
    /// Absent once the case has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<ResponsibleView>,
    pub tenures: Vec<TenureView>,
}

impl ResponsibilityView {
    pub fn of(case: &Case) -> Self {
        Self {
            now: case.responsibility.now().map(ResponsibleView::from),
            tenures: case.responsibility.tenures().iter().map(TenureView::from).collect(),
        }
    }
}
