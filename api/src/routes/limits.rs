//! 期限: special procedures stop the clock, extensions lengthen it, and any other pause is only put on record (clause
//! B5-2, rules L2, L3, L5).

use actix_web::{post, web::Data};
use casework::{Command, ProcedureStart};
use chrono::NaiveDate;
use kernel::{Action, Text, WorkingDays, ledger::Ground};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    correction::ReasonRequest,
    on_case::{CaseChanged, OnCase},
};
use crate::{desk::Desk, edge::Body, problem::Answer, reply::Reply, schema};

/// 启动特别程序
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProcedureRequest {
    #[schema(schema_with = schema::variants::<Ground>)]
    ground: Ground,
    /// 开始日期; today where absent.
    #[schema(schema_with = schema::some_day)]
    #[serde(default, deserialize_with = "crate::day::optional")]
    from: Option<NaiveDate>,
    /// 所需时间（工作日），书面告知申请人
    #[schema(value_type = u16, minimum = 1, maximum = 250)]
    #[serde(deserialize_with = "crate::bounds::days::<_, 250>")]
    needs: WorkingDays,
    /// 启动理由或依据
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
    /// 追溯登记的理由; required where it began before today.
    #[schema(schema_with = schema::some_text::<500>)]
    #[serde(default)]
    backdated: Option<Text<500>>,
}

#[utoipa::path(
    tag = "期限", operation_id = "start_procedure", summary = "启动特别程序",
    description = "听证、招标、拍卖、检验、检测、检疫、鉴定、专家评审所需时间不计入期限，并书面告知申请人。Rule L5.",
    params(OnCase), request_body = ProcedureRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/procedures")]
pub async fn start_procedure(desk: Data<Desk>, on: OnCase, body: Body<ProcedureRequest>) -> Answer<Reply> {
    let Body { value: ProcedureRequest { ground, from, needs, reason, backdated }, digest } = body;
    let command = Command::StartProcedure(ProcedureStart { ground, from, needs, reason, backdated });
    desk.change(on.change(Action::StartProcedure, Some(digest)), move |_| Ok(command.clone())).await
}

/// 结束特别程序
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProcedureEnd {
    /// 特别程序告知书编号
    #[schema(schema_with = schema::text::<40>)]
    notice: Text<40>,
    /// 不计入期限的最后一日; today where absent.
    #[schema(schema_with = schema::some_day)]
    #[serde(default, deserialize_with = "crate::day::optional")]
    until: Option<NaiveDate>,
    /// 程序结果
    #[schema(schema_with = schema::text::<500>)]
    result: Text<500>,
}

#[utoipa::path(
    tag = "期限", operation_id = "end_procedure", summary = "结束特别程序",
    description = "自结束次日起继续计算期限。Rule L5.",
    params(OnCase), request_body = ProcedureEnd, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/procedures/end")]
pub async fn end_procedure(desk: Data<Desk>, on: OnCase, body: Body<ProcedureEnd>) -> Answer<Reply> {
    let Body { value: ProcedureEnd { notice, until, result }, digest } = body;
    desk.change(on.change(Action::EndProcedure, Some(digest)), move |matter| {
        let named = matter.case.approval.procedures.iter().find(|it| it.notice.as_str() == notice.as_str());
        let named = named.ok_or_else(|| kernel::Refusal::new("no_such_procedure", format!("没有{notice}特别程序")))?;
        Ok(Command::EndProcedure { notice: named.notice.clone(), until, result: result.clone() })
    })
    .await
}

#[utoipa::path(
    tag = "期限", operation_id = "pause_case", summary = "登记暂停",
    description = "没有法定理由的暂停只作登记，不停止计时。Rule L5.",
    params(OnCase), request_body = ReasonRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/pause")]
pub async fn pause(desk: Data<Desk>, on: OnCase, body: Body<ReasonRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    let command = Command::Pause { reason: value.reason };
    desk.change(on.change(Action::Pause, Some(digest)), move |_| Ok(command.clone())).await
}

#[utoipa::path(
    tag = "期限",
    operation_id = "resume_case",
    summary = "登记恢复",
    params(OnCase),
    responses(CaseChanged)
)]
#[post("/v1/cases/{case}/pause/end")]
pub async fn resume(desk: Data<Desk>, on: OnCase) -> Answer<Reply> {
    desk.change(on.change(Action::Resume, None), |_| Ok(Command::Resume)).await
}

/// 延长期限
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtensionRequest {
    /// 延长的工作日数
    #[schema(value_type = u16, minimum = 1, maximum = 15)]
    #[serde(deserialize_with = "crate::bounds::days::<_, 15>")]
    days: WorkingDays,
    /// 理由，告知申请人
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
}

#[utoipa::path(
    tag = "期限", operation_id = "extend_limit", summary = "延长期限",
    description = "一次为限：经本行政机关负责人批准延长不超过十个工作日；联合办理的，经本级人民政府负责人批准延长不超过十五个工作日。\
                   理由告知申请人。Rules L2, L3.",
    params(OnCase), request_body = ExtensionRequest, responses(CaseChanged)
)]
#[post("/v1/cases/{case}/extension")]
pub async fn extend(desk: Data<Desk>, on: OnCase, body: Body<ExtensionRequest>) -> Answer<Reply> {
    let Body { value: ExtensionRequest { days, reason }, digest } = body;
    let command = Command::Extend { days, reason };
    desk.change(on.change(Action::Extend, Some(digest)), move |_| Ok(command.clone())).await
}
