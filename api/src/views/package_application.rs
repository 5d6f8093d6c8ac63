//! 套餐申请, as shown.

use approval::Outcome;
use casework::{
    HeldBack, Stage,
    package::{Deadline, MemberDeadline, MemberProgress, MemberStanding, ProgressState, Reckoning},
};
use catalog::{Package, SharedMaterial};
use chrono::NaiveDate;
use kernel::{Calendar, Instant, ItemCode, Practice, ledger::LimitKind};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    packages::{Bundle, Held},
    schema,
    views::{
        package::SharedMaterialView,
        parts::{ApplicantView, FileView},
    },
};

/// 套餐申请列表的一行
#[derive(Debug, Serialize, ToSchema)]
pub struct PackageApplicationLine {
    #[schema(schema_with = schema::id)]
    pub id: String,
    pub package: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applicant: Option<ApplicantView>,
    #[schema(schema_with = schema::instant)]
    pub received_at: Instant,
    #[schema(schema_with = schema::variants::<ProgressState>)]
    pub state: ProgressState,
    pub state_label: &'static str,
    /// 进度说明
    pub progress: String,
}

impl From<&Bundle> for PackageApplicationLine {
    fn from(bundle: &Bundle) -> Self {
        let progress = bundle.application.progress(&bundle.member_cases());
        Self {
            id: bundle.application.id.to_string(),
            package: bundle.application.package.to_string(),
            applicant: applicant(bundle),
            received_at: bundle.application.created_at,
            state: progress.state,
            state_label: progress.state.label(),
            progress: progress.label,
        }
    }
}

fn applicant(bundle: &Bundle) -> Option<ApplicantView> {
    let held = bundle.cases.values().next()?;
    let (kind, name) = (held.loaded.applicant_kind, &held.loaded.applicant_name);
    Some(ApplicantView::new(bundle.application.applicant.to_string(), kind, name))
}

/// 套餐申请: how far its members are together, what came of each, and by when the whole is done (clause C1-1).
#[derive(Debug, Serialize, ToSchema)]
pub struct PackageApplicationView {
    #[schema(schema_with = schema::id)]
    pub id: String,
    /// As in the `ETag`; rises with every step of every member.
    pub version: u64,
    pub package: PackageName,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applicant: Option<ApplicantView>,
    /// 统一收件时间
    #[schema(schema_with = schema::instant)]
    pub received_at: Instant,
    #[schema(schema_with = schema::variants::<ProgressState>)]
    pub state: ProgressState,
    pub state_label: &'static str,
    /// 进度说明
    pub progress: String,
    pub counts: CountsView,
    /// Each after all that it waits for.
    pub members: Vec<MemberView>,
    pub shared_materials: Vec<SharedMaterialView>,
    pub deadline: PackageDeadlineView,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PackageName {
    pub code: String,
    pub name: String,
}

/// 各类事项数
#[derive(Debug, Serialize, ToSchema)]
pub struct CountsView {
    pub total: usize,
    pub waiting: usize,
    pub blocked: usize,
    pub under_way: usize,
    pub granted: usize,
    pub refused: usize,
    pub withdrawn: usize,
    pub not_required: usize,
    /// 准予后撤销或者注销
    pub grant_ended: usize,
    pub ended: usize,
}

/// 套餐内一个事项的进展
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberView {
    pub item: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub after: Vec<String>,
    pub optional: bool,
    /// 办件标识
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::id)]
    pub case: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    #[schema(schema_with = schema::variants::<MemberStanding>)]
    pub standing: MemberStanding,
    pub standing_label: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<Stage>)]
    pub stage: Option<Stage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub stage_label: Option<&'static str>,
    /// 决定
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<Outcome>)]
    pub outcome: Option<Outcome>,
    /// Why it cannot be accepted or granted yet, or ever, for the sake of the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_up: Option<HeldUpView>,
}

/// 不能受理或者准予的原因
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldUpView {
    /// `predecessor_pending` or `predecessor_failed`.
    #[schema(value_type = String)]
    pub code: &'static str,
    pub reason: String,
}

/// 套餐时限
#[derive(Debug, Serialize, ToSchema)]
pub struct PackageDeadlineView {
    /// The day by which the last member is decided; absent where no member has a date.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub ends: Option<NaiveDate>,
    /// 暂定: reaches past the last published calendar.
    pub provisional: bool,
    /// 关键路径: the open members that the end hangs on, the first of them first.
    pub critical: Vec<String>,
    pub members: Vec<MemberDeadlineView>,
}

/// 套餐内一个事项的时限
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberDeadlineView {
    pub item: String,
    #[schema(schema_with = schema::variants::<Reckoning>)]
    pub reckoning: Reckoning,
    /// Of the limits that run, the one that binds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<LimitKind>)]
    pub limit: Option<LimitKind>,
    /// The day the clock started or is expected to; itself not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub starts: Option<NaiveDate>,
    /// The binding due date, the expected one, or the day it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub ends: Option<NaiveDate>,
    pub provisional: bool,
    pub overdue: bool,
    /// 送达期限, while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub delivery: Option<NaiveDate>,
}

impl PackageApplicationView {
    pub fn of(bundle: &Bundle, package: &Package, calendar: &Calendar, practice: &Practice, today: NaiveDate) -> Self {
        let application = &bundle.application;
        let cases = bundle.member_cases();
        let progress = application.progress(&cases);
        Self {
            id: application.id.to_string(),
            version: bundle.version(),
            package: PackageName { code: package.code.to_string(), name: package.name.to_string() },
            applicant: applicant(bundle),
            received_at: application.created_at,
            state: progress.state,
            state_label: progress.state.label(),
            counts: CountsView {
                total: progress.total,
                waiting: progress.waiting,
                blocked: progress.blocked,
                under_way: progress.under_way,
                granted: progress.granted,
                refused: progress.refused,
                withdrawn: progress.withdrawn,
                not_required: progress.not_required,
                grant_ended: progress.grant_ended,
                ended: progress.ended,
            },
            members: progress.members.iter().map(|member| MemberView::of(bundle, member)).collect(),
            shared_materials: shared_materials(bundle),
            deadline: application.deadline(&cases, calendar, practice, today).into(),
            progress: progress.label,
        }
    }
}

fn shared_materials(bundle: &Bundle) -> Vec<SharedMaterialView> {
    let files = |shared: &SharedMaterial| {
        let mut files: Vec<FileView> = Vec::new();
        for used in &shared.uses {
            let handed = bundle.cases.get(&used.item);
            let handed = handed.and_then(|held| held.loaded.case.intake.materials.get(&used.material));
            for file in handed.into_iter().flat_map(|handed| &handed.files).map(FileView::from) {
                if !files.iter().any(|known| known.id == file.id) {
                    files.push(file);
                }
            }
        }
        files
    };
    bundle.application.shared.iter().map(|shared| SharedMaterialView::of(shared, Some(files(shared)))).collect()
}

impl MemberView {
    fn of(bundle: &Bundle, progress: &MemberProgress) -> Self {
        let held: Option<&Held> = bundle.cases.get(&progress.item);
        let case = held.map(|held| &held.loaded.case);
        let member = bundle.application.member(&progress.item).ok();
        let waits = matches!(progress.standing, MemberStanding::Waiting | MemberStanding::Blocked);
        let refusal = bundle.application.may_accept(&progress.item, &bundle.member_cases()).err();
        let held_back = case.and_then(|case| case.held_back.as_ref()).map(HeldBack::refusal);
        Self {
            item: progress.item.to_string(),
            name: held.map(|held| held.item.name.to_string()),
            after: member.into_iter().flat_map(|member| &member.after).map(ItemCode::to_string).collect(),
            optional: member.is_some_and(|member| member.optional),
            case: case.map(|case| case.id.to_string()),
            number: case.map(|case| case.number.to_string()),
            window: case.map(|case| case.window.to_string()),
            department: case.map(|case| case.routing.department.to_string()),
            standing: progress.standing,
            standing_label: progress.standing.label(),
            stage: progress.stage,
            stage_label: progress.stage.map(Stage::label),
            outcome: case.and_then(|case| case.outcome()),
            held_up: held_back
                .or(refusal.filter(|_| waits))
                .map(|refusal| HeldUpView { code: refusal.code, reason: refusal.detail.into_owned() }),
        }
    }
}

impl From<Deadline> for PackageDeadlineView {
    fn from(deadline: Deadline) -> Self {
        Self {
            ends: deadline.ends.map(|due| due.date),
            provisional: deadline.ends.is_some_and(|due| due.provisional),
            critical: deadline.critical.iter().map(ItemCode::to_string).collect(),
            members: deadline.members.into_iter().map(MemberDeadlineView::from).collect(),
        }
    }
}

impl From<MemberDeadline> for MemberDeadlineView {
    fn from(member: MemberDeadline) -> Self {
        Self {
            item: member.item.to_string(),
            reckoning: member.reckoning,
            limit: member.limit,
            starts: member.starts,
            ends: member.ends.map(|due| due.date),
            provisional: member.ends.is_some_and(|due| due.provisional),
            overdue: member.overdue,
            delivery: member.delivery.map(|due| due.date),
        }
    }
}
