//! 补正: the one correction notice, what came of it, and materials that are on file already (clauses B2-4, B2-7, C3-1;
//! rules L6, L7, L11).

use std::collections::BTreeMap;

use actix_web::{
    get, post,
    web::{Data, Json},
};
use casework::Command;
use intake::{AttachedFile, Correction, NotReused};
use kernel::{Action, CaseId, Instant, MaterialCode, Refusal, Text, WorkingDays};
use persistence::{
    StoreError,
    cases::{self, Loaded},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::on_case::{CaseChanged, CaseInPath, OnCase};
use crate::{
    auth::Caller,
    desk::{Desk, Matter},
    edge::{Body, PathId},
    problem::{Answer, Error},
    reply::Reply,
    schema,
};

/// 一次性告知
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectionNotice {
    /// 全部问题，逐项列明
    #[schema(min_items = 1, max_items = 50)]
    #[serde(deserialize_with = "crate::bounds::few::<_, _, _, 1, 50>")]
    corrections: Vec<CorrectionRequest>,
    /// 补正期限（工作日）
    #[schema(value_type = u16, minimum = 1, maximum = 250)]
    #[serde(deserialize_with = "crate::bounds::days::<_, 250>")]
    days: WorkingDays,
}

/// 补正事项
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectionRequest {
    /// 材料代码
    #[schema(schema_with = schema::code::<40>)]
    material: MaterialCode,
    /// 存在的问题
    #[schema(schema_with = schema::text::<500>)]
    wrong: Text<500>,
    /// 补正办法
    #[schema(schema_with = schema::text::<500>)]
    mend: Text<500>,
    /// 须提交纸质材料; refused where the item accepts it electronically, as are words that mention 纸质 (clause B2-7).
    #[serde(default)]
    on_paper: bool,
    /// 不调用在档材料的原因; required where the material is missing and a copy on file could be taken over (rule L11).
    #[schema(schema_with = schema::some_variant::<NotReused>)]
    #[serde(default)]
    not_reused: Option<NotReused>,
}

#[utoipa::path(
    tag = "受理", operation_id = "notify_corrections", summary = "一次性告知",
    description = "当场或者五个工作日内一次告知需要补正的全部内容、期限和逾期后果；逾期不告知的，自收到材料之日起视为受理。\
                   首次告知时即可发现的问题不得再次告知。未提交而有在档材料的，先经申请人确认后调用，不得要求再次提交。\
                   Clause B2-4, rules L6, L7, L11.",
    params(OnCase), request_body = CorrectionNotice, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/correction-notice")]
pub async fn notify(desk: Data<Desk>, on: OnCase, body: Body<CorrectionNotice>) -> Answer<Reply> {
    let Body { value: CorrectionNotice { corrections, days }, digest } = body;
    let correction = |request: CorrectionRequest| {
        let CorrectionRequest { material, wrong, mend, on_paper, not_reused } = request;
        Correction { material, wrong, mend, on_paper, not_reused }
    };
    let corrections: Vec<Correction> = corrections.into_iter().map(correction).collect();
    let at = desk.clone();
    desk.change(on.change(Action::NotifyCorrections, Some(digest)), move |matter| {
        matter.guard(Action::NotifyCorrections)?;
        let earlier = numbers_on_file(&at, matter)?;
        Ok(Command::NotifyCorrections { corrections: corrections.clone(), days, on_file: earlier })
    })
    .await
}

/// 理由
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonRequest {
    #[schema(schema_with = schema::text::<500>)]
    pub(super) reason: Text<500>,
}

#[utoipa::path(
    tag = "受理", operation_id = "allow_second_notice", summary = "准许再次告知",
    description = "中心业务管理员说明理由后，窗口可以再告知一次；计入窗口考核。Clause B2-4.",
    params(OnCase), request_body = ReasonRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/correction-notice/exception")]
pub async fn allow_second(desk: Data<Desk>, on: OnCase, body: Body<ReasonRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    let command = Command::AllowSecondNotice { reason: value.reason };
    desk.change(on.change(Action::AllowSecondNotice, Some(digest)), move |_| Ok(command.clone())).await
}

#[utoipa::path(
    tag = "受理",
    operation_id = "submit_corrections",
    summary = "提交补正",
    description = "补正材料上传齐后提交，重新起算五个工作日的审查期限；窗口可以代为登记现场补交的纸质材料。Rule L7.",
    params(OnCase),
    responses(CaseChanged)
)]
#[post("/v1/cases/{case}/correction")]
pub async fn submit(desk: Data<Desk>, on: OnCase) -> Answer<Reply> {
    desk.change(on.change(Action::SubmitCorrections, None), |_| Ok(Command::SubmitCorrections)).await
}

/// 可复用的材料: handed in with an earlier case of the same applicant and found good there.
#[derive(Debug, Serialize, ToSchema)]
pub struct MaterialOnFile {
    /// 材料代码
    pub material: String,
    /// 材料名称
    pub name: String,
    /// 来源办件
    #[schema(schema_with = schema::id)]
    pub from_case: String,
    pub from_number: String,
    pub files: usize,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

#[utoipa::path(
    tag = "受理", operation_id = "list_materials_on_file", summary = "已有材料",
    description = "同一申请人以往办件中已提交并核验合格的同名材料，确认后无需再次提交。Rule L11.",
    params(CaseInPath), responses((status = 200, body = Vec<MaterialOnFile>, description = "可以复用的材料"))
)]
#[get("/v1/cases/{case}/materials-on-file")]
pub async fn on_file(desk: Data<Desk>, caller: Caller, case: PathId<CaseId>) -> Answer<Json<Vec<MaterialOnFile>>> {
    // For whoever may reuse them, and nobody else: they name other cases of the applicant.
    desk.look(caller, case.0, Action::ReuseMaterial, |desk, connection, loaded, lens| {
        let found = earlier_materials(desk, connection, &loaded.case, lens.item, lens.ctx.actor)?;
        Ok(Json(found.into_iter().map(|(found, _)| found).collect()))
    })
    .await
}

/// 复用材料
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReuseRequest {
    /// 来源办件
    #[schema(schema_with = schema::id)]
    from_case: CaseId,
}

#[utoipa::path(
    tag = "受理", operation_id = "reuse_material", summary = "确认复用已有材料",
    description = "申请人确认后，以往办件中的材料即为本次提交，不再要求重复提交。Rule L11.",
    params(OnCase, ("material" = String, Path, description = "材料代码", max_length = 40)),
    request_body = ReuseRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/materials/{material}/reuse")]
pub async fn reuse(
    desk: Data<Desk>,
    on: OnCase,
    path: PathId<(String, String)>,
    body: Body<ReuseRequest>,
) -> Answer<Reply> {
    let Body { value, digest } = body;
    let material: MaterialCode = path.0.1.parse().map_err(|_| Error::not_found())?;
    let at = desk.clone();
    desk.change(on.change(Action::ReuseMaterial, Some(digest)), move |matter| {
        matter.guard(Action::ReuseMaterial)?;
        let known = earlier_materials(&at, matter.tx.read(), matter.case, matter.item, matter.ctx.actor)?;
        let from = value.from_case.to_string();
        let chosen = known.into_iter().find(|(it, _)| it.material == material.as_str() && it.from_case == from);
        let (_, files) = chosen.ok_or_else(|| Refusal::new("not_on_file", "该申请人以往办件中没有可复用的这份材料"))?;
        let now = matter.ctx.now;
        let file = |file: AttachedFile| AttachedFile { at: now, from_case: Some(value.from_case), ..file };
        Ok(Command::ReuseMaterial { material: material.clone(), files: files.into_iter().map(file).collect() })
    })
    .await
}

/// What could be taken over, each with the number of the case that it came with.
pub(super) fn numbers_on_file(desk: &Desk, matter: &mut Matter<'_, '_>) -> Answer<BTreeMap<MaterialCode, String>> {
    let known = earlier_materials(desk, matter.tx.read(), matter.case, matter.item, matter.ctx.actor)?;
    let number = |(it, _): (MaterialOnFile, Vec<AttachedFile>)| Some((it.material.parse().ok()?, it.from_number));
    Ok(known.into_iter().filter_map(number).collect())
}

/// The newest good copy of each material of the item, by name, among the applicant's latest cases. None of what the
/// item takes on paper alone: that would be asked for again (rule L11).
fn earlier_materials(
    desk: &Desk,
    connection: &mut persistence::Connection,
    case: &casework::Case,
    item: &catalog::ItemVersion,
    caller: &kernel::Actor,
) -> Answer<Vec<(MaterialOnFile, Vec<AttachedFile>)>> {
    const LATEST: i64 = 20;
    let earlier = cases::of_applicant(connection, case.centre, case.applicant, LATEST).map_err(StoreError::from)?;
    let mut found: Vec<(MaterialOnFile, Vec<AttachedFile>)> = Vec::new();
    // A system reuses what it handed in itself; the window and the applicant whatever the applicant has on file.
    let known_to = |other: &Loaded| caller.client().is_none() || caller.sight().covers(&other.case.whereabouts());
    for other in earlier.into_iter().filter(|other| other.case.id != case.id && known_to(other)) {
        let theirs = desk.version_of(connection, &other.case)?;
        for spec in item.materials.iter().filter(|spec| spec.electronic_accepted) {
            let same = theirs.materials.iter().find(|material| material.name == spec.name);
            let handed = same.and_then(|material| other.case.intake.materials.get(&material.code));
            let good = handed.filter(|handed| {
                handed.check.as_ref().is_some_and(|check| check.present && check.defect().is_none())
                    && !handed.files.is_empty()
            });
            let known = found.iter().any(|(it, _)| it.material == spec.code.as_str());
            if let (Some(handed), false) = (good, known) {
                let at = handed.files.iter().map(|file| file.at).max().unwrap_or(other.case.received_at);
                let view = MaterialOnFile {
                    material: spec.code.to_string(),
                    name: spec.name.to_string(),
                    from_case: other.case.id.to_string(),
                    from_number: other.case.number.to_string(),
                    files: handed.files.len(),
                    at,
                };
                found.push((view, handed.files.clone()));
            }
        }
    }
    Ok(found)
}
