//! 记录表、交办单、统计: the record of the loop as the annexes have it, and its figures (clauses D12-1, D13-1, G4).

use std::sync::Arc;

use actix_web::{
    HttpResponse, get,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    web::{Data, Json},
};
use chrono::{Days, NaiveDate};
use escalation::{
    CarryingGround, CategoryKind, Channel, Impasse, Level, Recorded, bulletin,
    figures::{Figure, Period},
};
use kernel::{
    Calendar, Centre, Instant,
    access::{Action, may},
    id::ImpasseId,
};
use persistence::{
    Connection, StoreError,
    figures::{self, RegisterKey},
    hall, impasses,
};
use serde::{Deserialize, Serialize};
use strum::{Display, IntoStaticStr, VariantArray};
use utoipa::IntoParams;

use crate::{
    auth::Caller,
    desk::Desk,
    edge::{PathId, Query},
    paging::{Listed, Paging},
    problem::{Answer, Error},
    routes::impasses::who_spoke,
    schema,
    views::{
        Page,
        bulletin::BulletinView,
        impasse::ImpasseLine,
        register::{FigureLine, FiguresView, Names, OrderSheet, RegisterLine, Tally, csv_header},
    },
};

/// How many impasses are fetched at a time where all of a period are asked for.
pub(super) const BATCH: i64 = 200;

/// 一个月: the longest period of an export.
const LONGEST_EXPORT: u64 = 31;

/// 一年
const LONGEST_PERIOD: u64 = 366;

/// # Errors
/// `invalid_parameter` where it ends before it begins, or is longer than so many days.
fn period(from: NaiveDate, to: NaiveDate, longest: u64) -> Answer<Period> {
    if to < from {
        return Err(Error::parameter("to", "不能早于起始日期"));
    }
    if from.checked_add_days(Days::new(longest)).is_some_and(|end| end <= to) {
        return Err(Error::parameter("to", format!("期间最长{longest}日")));
    }
    Ok(Period { from, to })
}

/// 统计期间, of a year at most.
pub(super) fn period_of_figures(from: NaiveDate, to: NaiveDate) -> Answer<Period> {
    period(from, to, LONGEST_PERIOD)
}

fn names(connection: &mut Connection, centre: Centre) -> Answer<Names> {
    let departments = hall::departments(connection, centre).map_err(StoreError::from)?;
    Ok(departments.into_iter().map(|department| (department.code, department.name.to_string())).collect())
}

/// A stretch of the register after so many lines, each with where the next one goes on.
fn stretch(
    connection: &mut Connection,
    on: (Centre, Period),
    (after, shown): (Option<RegisterKey>, u64),
    limit: i64,
    names: &Names,
) -> Result<Vec<(RegisterKey, RegisterLine)>, StoreError> {
    let (centre, period) = on;
    let impasses = figures::registered(connection, centre, period, after, limit)?;
    let records = figures::records_of(connection, centre, &impasses)?;
    let numbered = (shown + 1..).zip(impasses.iter().zip(&records));
    let line = |(sequence, (it, record)): (u64, (&Impasse, &Vec<Recorded>))| {
        ((it.registered_at, it.id), RegisterLine::of(sequence, it, record, names))
    };
    Ok(numbered.map(line).collect())
}

/// 期间的一页
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PeriodPageQuery {
    /// 起始日期，含当日
    #[param(value_type = String, format = Date)]
    #[serde(deserialize_with = "crate::day::required")]
    pub(super) from: NaiveDate,
    /// 截止日期，含当日，最长366日
    #[param(value_type = String, format = Date)]
    #[serde(deserialize_with = "crate::day::required")]
    pub(super) to: NaiveDate,
    /// 每页条数，默认20
    #[param(minimum = 1, maximum = 200)]
    pub(super) limit: Option<i64>,
    /// 上一页返回的 next_cursor
    #[param(schema_with = schema::cursor)]
    pub(super) cursor: Option<String>,
}

#[utoipa::path(
    tag = "记录表", operation_id = "read_impasse_register", summary = "“办不成事”反映（兜底）窗口记录表",
    description = "附件1：序号、时间、涉及部门、基本情况、受理过程、处理结果；按登记先后，序号在期间内连续。Clauses D6-1, D12-1.",
    params(PeriodPageQuery), responses((status = 200, body = Page<RegisterLine>, description = "一页记录"))
)]
#[get("/v1/impasse-register")]
pub async fn read(desk: Data<Desk>, caller: Caller, query: Query<PeriodPageQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadImpasseRegister)?;
    let mut query = query.into_inner();
    let (limit, cursor) = (query.limit.take(), query.cursor.take());
    let period = period(query.from, query.to, LONGEST_PERIOD)?;
    let paging = Paging::new(desk.secret(), "/v1/impasse-register", caller.scope(), &query, limit)?;
    let place: Option<(Instant, ImpasseId, u64)> = paging.place(cursor.as_deref())?;
    let (after, shown) = place.map_or((None, 0), |(at, id, shown)| (Some((at, id)), shown));
    desk.store
        .read(move |connection| {
            let names = names(connection, caller.centre)?;
            let lines = stretch(connection, (caller.centre, period), (after, shown), paging.rows(), &names)?;
            paging.page(lines, |((at, id), line)| (*at, *id, line.sequence), |(_, line)| line)
        })
        .await
}

/// 导出期间
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// 登记日期起，含当日
    #[param(value_type = String, format = Date)]
    #[serde(deserialize_with = "crate::day::required")]
    from: NaiveDate,
    /// 登记日期止，含当日，最长31日
    #[param(value_type = String, format = Date)]
    #[serde(deserialize_with = "crate::day::required")]
    to: NaiveDate,
}

#[utoipa::path(
    tag = "记录表", operation_id = "export_impasse_register", summary = "导出记录表",
    description = "附件1 的 CSV（RFC 4180，UTF-8 带 BOM），表头为附件的六栏；可能被当作公式的单元格前加撇号。一次最多31日。\
                   Clause D12-1.",
    params(ExportQuery),
    responses((status = 200, body = String, content_type = "text/csv", description = "记录表", headers(("Content-Disposition" = String))))
)]
#[get("/v1/impasse-register.csv")]
pub async fn export(desk: Data<Desk>, caller: Caller, query: Query<ExportQuery>) -> Answer<HttpResponse> {
    may(&caller, Action::ReadImpasseRegister)?;
    let ExportQuery { from, to } = query.into_inner();
    let (period, centre) = (period(from, to, LONGEST_EXPORT)?, caller.centre);
    let names = Arc::new(desk.store.read(move |connection| names(connection, centre)).await?);
    let (mut csv, mut shown, mut after) = (csv_header(), 0, None::<RegisterKey>);
    loop {
        let names = Arc::clone(&names);
        let batch = desk.store.read(move |connection| {
            Ok::<_, Error>(stretch(connection, (centre, period), (after, shown), BATCH, &names)?)
        });
        let lines = batch.await?;
        let Some((key, last)) = lines.last() else { break };
        (after, shown) = (Some(*key), last.sequence);
        lines.iter().for_each(|(_, line)| csv.push_str(&line.csv()));
    }
    let name = format!("attachment; filename=\"impasse-register-{from}-{to}.csv\"");
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, "text/csv; charset=utf-8")).insert_header((CONTENT_DISPOSITION, name));
    Ok(response.body(csv))
}

#[utoipa::path(
    tag = "记录表", operation_id = "read_assignment_order", summary = "问题交办单",
    description = "附件2 的各栏：编号、交办时间、承办部门、完成时限、责任人、交办事项、主管领导（签字）、完成情况、责任人（签字）、\
                   申请人意见反馈、申请人（签字）。Clause D13-1.",
    params(
        ("impasse" = String, Path, format = Uuid, description = "办不成事事项标识"),
        ("order" = u32, Path, minimum = 1, description = "交办单序号"),
    ),
    responses((status = 200, body = OrderSheet, description = "交办单"))
)]
#[get("/v1/impasses/{impasse}/orders/{order}")]
pub async fn order(desk: Data<Desk>, caller: Caller, path: PathId<(ImpasseId, u32)>) -> Answer<Json<OrderSheet>> {
    let (impasse, sequence) = path.0;
    desk.look_at_impasse(caller, impasse, Action::ReadImpasse, move |_, connection, loaded, ctx| {
        let order = loaded.impasse.order(sequence).ok_or_else(Error::not_found)?;
        let names = names(connection, ctx.actor.centre)?;
        let speaker = who_spoke(connection, &loaded.impasse, order, ctx.today())?;
        Ok(Json(OrderSheet::of(order, &loaded.impasse, speaker, &names, ctx)))
    })
    .await
}

/// 统计期间
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FiguresQuery {
    /// 第一日
    #[param(value_type = String, format = Date)]
    #[serde(deserialize_with = "crate::day::required")]
    from: NaiveDate,
    /// 最后一日，最长366日
    #[param(value_type = String, format = Date)]
    #[serde(deserialize_with = "crate::day::required")]
    to: NaiveDate,
}

impl FiguresQuery {
    pub(super) fn period(&self) -> Answer<Period> {
        period_of_figures(self.from, self.to)
    }
}

#[utoipa::path(
    tag = "记录表", operation_id = "read_impasse_figures", summary = "办不成事统计",
    description = "上期结转 + 本期登记 + 回访恢复 = 本期销号 + 解释挂账 + 期末在办；挂账单列，不计入销号。由记录算出，与当时一致。\
                   Clauses D5-1, D5-2, D9-1.",
    params(FiguresQuery), responses((status = 200, body = FiguresView, description = "统计"))
)]
#[get("/v1/impasse-figures")]
pub async fn read_figures(desk: Data<Desk>, caller: Caller, query: Query<FiguresQuery>) -> Answer<Json<FiguresView>> {
    may(&caller, Action::ReadImpasseRegister)?;
    let period = query.into_inner().period()?;
    let tally = tallied(&desk, caller.centre, period, |_, _| {}).await?;
    Ok(Json(tally.view(desk.now(caller.centre).min(period.end()))))
}

/// The figures of a period; `beside` is shown each impasse that takes part in it, as it was when the period ended.
async fn tallied(
    desk: &Data<Desk>,
    centre: Centre,
    period: Period,
    mut beside: impl FnMut(&Impasse, &Calendar),
) -> Answer<Tally> {
    let at = Arc::clone(desk);
    let calendar = desk.store.read(move |connection| at.calendar(connection, centre)).await?;
    let last_day = desk.now(centre).day().min(period.to);
    let (mut tally, mut after) = (Tally::new(period), None);
    loop {
        let batch = desk.store.read(move |connection| {
            Ok::<_, StoreError>(figures::at_the_end_of(connection, centre, period, after, BATCH)?)
        });
        let batch = batch.await?;
        let Some(last) = batch.last() else { return Ok(tally) };
        after = Some(last.id);
        for then in &batch {
            tally.add(then, &calendar, last_day);
            beside(then, &calendar);
        }
    }
}

#[utoipa::path(
    tag = "记录表", operation_id = "draft_impasse_bulletin", summary = "通报草稿",
    description = "由期间统计和记录拟出：数字、正面典型（首轮办结、全程未逾期、申请人满意，用时少的在前，至多二十件）、反面典型（期间内采取的督办措施）。\
                   不含个人信息，不自动发布。Clause D9-1.",
    params(FiguresQuery), responses((status = 200, body = BulletinView, description = "通报草稿"))
)]
#[get("/v1/impasse-bulletin")]
pub async fn draft_bulletin(
    desk: Data<Desk>,
    caller: Caller,
    query: Query<FiguresQuery>,
) -> Answer<Json<BulletinView>> {
    may(&caller, Action::ReadImpasseRegister)?;
    let period = query.into_inner().period()?;
    let (mut praised, mut censured) = (Vec::new(), Vec::new());
    let tally = tallied(&desk, caller.centre, period, |then, calendar| {
        praised.extend(bulletin::praised(then, period, calendar));
        censured.extend(bulletin::censured(then, period));
    });
    let tally = tally.await?;
    let centre = caller.centre;
    let names = desk.store.read(move |connection| names(connection, centre)).await?;
    Ok(Json(BulletinView::of(tally.view(desk.now(centre).min(period.end())), praised, &censured, &names)))
}

/// 期末的级别, as the rows of the figures are named.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, Display, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
enum Grade {
    /// 尚未定级
    Ungraded,
    General,
    Difficult,
    Exceptional,
}

impl Grade {
    fn is(self, level: Option<Level>) -> bool {
        <&str>::from(self) == level.map_or("ungraded", <&str>::from)
    }
}

/// 指标所含的事项
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FigureQuery {
    /// 第一日
    #[param(value_type = String, format = Date)]
    #[serde(deserialize_with = "crate::day::required")]
    from: NaiveDate,
    /// 最后一日，最长366日
    #[param(value_type = String, format = Date)]
    #[serde(deserialize_with = "crate::day::required")]
    to: NaiveDate,
    /// 期末的级别；`ungraded` 为尚未定级
    #[param(schema_with = schema::variants::<Grade>)]
    level: Option<Grade>,
    #[param(schema_with = schema::variants::<CategoryKind>)]
    category: Option<CategoryKind>,
    #[param(schema_with = schema::variants::<Channel>)]
    channel: Option<Channel>,
    /// 挂账原因
    #[param(schema_with = schema::variants::<CarryingGround>)]
    ground: Option<CarryingGround>,
    /// 每页条数，默认20
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// 上一页返回的 next_cursor
    #[param(schema_with = schema::cursor)]
    cursor: Option<String>,
}

impl FigureQuery {
    fn counts(&self, then: &Impasse) -> bool {
        self.level.is_none_or(|level| level.is(then.level))
            && self.category.is_none_or(|category| then.category.kind() == category)
            && self.channel.is_none_or(|channel| then.channel == channel)
            && self.ground.is_none_or(|ground| then.carrying.as_ref().is_some_and(|it| it.ground == ground))
    }
}

#[utoipa::path(
    tag = "记录表", operation_id = "list_impasses_of_figure", summary = "指标所含事项",
    description = "一个指标由哪些事项构成，各计几次；合计等于统计中的数字。按登记先后，显示事项的现状。Clauses D5-1, D9-1.",
    params(("figure" = inline(FigureName), Path, description = "指标"), FigureQuery),
    responses((status = 200, body = Page<FigureLine>, description = "一页事项"))
)]
#[get("/v1/impasse-figures/{figure}")]
pub async fn list_figure(
    desk: Data<Desk>,
    caller: Caller,
    figure: PathId<Figure>,
    query: Query<FigureQuery>,
) -> Answer<Listed> {
    may(&caller, Action::ReadImpasseRegister)?;
    let figure = figure.0;
    let mut query = query.into_inner();
    let (limit, cursor) = (query.limit.take(), query.cursor.take());
    let period = period(query.from, query.to, LONGEST_PERIOD)?;
    let path = format!("/v1/impasse-figures/{figure}");
    let paging = Paging::new(desk.secret(), path, caller.scope(), &query, limit)?;
    let mut after: Option<ImpasseId> = paging.place(cursor.as_deref())?;
    let at = Arc::clone(&desk);
    desk.store
        .read(move |connection| {
            let calendar = at.calendar(connection, caller.centre)?;
            let ctx = at.context(&caller, &calendar, at.now(caller.centre));
            let (wanted, last) = (usize::try_from(paging.rows()).map_err(Error::internal)?, ctx.today().min(query.to));
            let mut found = Vec::new();
            while found.len() < wanted {
                let batch = figures::at_the_end_of(connection, caller.centre, period, after, BATCH);
                let batch = batch.map_err(StoreError::from)?;
                let Some(end) = batch.last() else { break };
                after = Some(end.id);
                let counted = batch.iter().filter(|then| query.counts(then));
                let counted = counted.map(|then| (then.id, figure.of(then, period, &calendar, last)));
                found.extend(counted.filter(|(_, count)| *count > 0));
            }
            found.truncate(wanted);
            let mut rows = Vec::new();
            for (id, count) in found {
                let loaded = impasses::load(connection, caller.centre, id).map_err(StoreError::from)?;
                let loaded = loaded.ok_or_else(|| Error::internal("an impasse that is gone"))?;
                rows.push((id, FigureLine { count, impasse: ImpasseLine::of(&loaded, &ctx) }));
            }
            paging.page(rows, |(id, _)| *id, |(_, line)| line)
        })
        .await
}

/// 指标 in the path.
struct FigureName;

impl utoipa::PartialSchema for FigureName {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        schema::variants::<Figure>()
    }
}

impl utoipa::ToSchema for FigureName {}
