//! 工作日历.

use std::sync::Arc;

use actix_web::{
    HttpResponse, get, post, put,
    web::{Data, Json},
};
use approval::ExtensionRule;
use catalog::ItemVersion;
use chrono::NaiveDate;
use kernel::{
    Action, Calendar, Centre, ItemCode, Practice, Role, Text, WorkingDays,
    access::{Signature, may},
    ledger::{Extension, Ground, Ledger, LimitKind, Suspension},
};
use persistence::{Connection, Shard, StoreError, hall, items};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::hall::InCentre;
use crate::{
    auth::Caller,
    desk::Desk,
    edge::{Body, IdempotencyKey, Query},
    editions::{self, Imported},
    problem::{Answer, Error, FieldProblem, Kind},
    reply::Reply,
    schema,
    views::deadline::{DeadlineView, Sighting},
};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DeadlineQuery {
    /// 起算日，当日不计入
    #[param(value_type = String, format = Date, pattern = "^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$", example = "2023-09-28")]
    #[serde(deserialize_with = "crate::day::required")]
    start: NaiveDate,
    /// 工作日数
    #[param(maximum = 1000, example = 5)]
    working_days: u16,
    /// 行政区划代码，默认本部署的中心
    #[param(min_length = 6, max_length = 6, pattern = "^[0-9]{6}$")]
    centre: Option<String>,
}

/// 到期日
#[derive(Debug, Serialize, ToSchema)]
struct Deadline {
    #[schema(example = "2023-09-28")]
    start: NaiveDate,
    #[schema(example = 5)]
    working_days: u16,
    #[schema(example = "2023-10-11")]
    due: NaiveDate,
    /// 暂定：所跨年份的放假安排尚未公布，日期可能变动
    provisional: bool,
    /// 放假安排已公布至
    published_through: NaiveDate,
}

/// 计算到期日
///
/// 按该中心的工作日历，从起算日次日起数工作日（行政许可法第八十二条），含调休。公开。
#[utoipa::path(
    tag = "日历", operation_id = "calculate_deadline",
    security(()),
    params(DeadlineQuery),
    responses((status = 200, description = "到期日", body = Deadline))
)]
#[get("/v1/calendar/deadline")]
pub async fn deadline(query: Query<DeadlineQuery>, desk: Data<Desk>) -> Answer<HttpResponse> {
    let DeadlineQuery { start, working_days, centre } = query.into_inner();
    if !(Calendar::FIRST..=Calendar::LAST).contains(&start) {
        return Err(Error::parameter("start", "超出日历范围（1900年至2200年）"));
    }
    if working_days > 1000 {
        return Err(Error::parameter("working_days", "不能超过1000个工作日"));
    }
    let centre = InCentre { centre }.or_default(&desk)?;
    let at = desk.clone();
    let calendar = desk.store.read(move |connection| calendar_of(&at, connection, centre)).await?;
    let due = calendar.after(start, WorkingDays(working_days));
    Ok(HttpResponse::Ok().json(Deadline {
        start,
        working_days,
        due: due.date,
        provisional: due.provisional,
        published_through: calendar.published_through(),
    }))
}

/// The calendar of a centre that anybody may name. One that is not there has none.
fn calendar_of(desk: &Desk, connection: &mut Connection, centre: Centre) -> Answer<Arc<Calendar>> {
    if centre != desk.centre() && !hall::centres(connection).map_err(StoreError::from)?.contains(&centre) {
        return Err(Error::of(Kind::NotFound, "没有这个中心。"));
    }
    Ok(desk.calendar(connection, centre)?)
}

/// Days of all the suspensions together that may be supposed.
const LONGEST_SUPPOSED: i64 = 1000;

/// 期限试算
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WhatIf {
    /// 事项代码
    #[schema(schema_with = schema::code::<64>)]
    item: ItemCode,
    /// 受理日期
    #[schema(schema_with = schema::day)]
    #[serde(deserialize_with = "crate::day::required")]
    start: NaiveDate,
    /// 假设的特别程序，合计不超过1000日
    #[schema(max_items = 20)]
    #[serde(default)]
    suspensions: Vec<SupposedSuspension>,
    /// 假设延长的工作日数，不超过该事项依法可以延长的天数：一般十个工作日，联合办理的十五个工作日
    #[schema(maximum = 15)]
    #[serde(default)]
    extension: u16,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SupposedSuspension {
    #[schema(schema_with = schema::variants::<Ground>)]
    ground: Ground,
    #[schema(schema_with = schema::day)]
    #[serde(deserialize_with = "crate::day::required")]
    from: NaiveDate,
    /// 不计入期限的最后一日
    #[schema(schema_with = schema::day)]
    #[serde(deserialize_with = "crate::day::required")]
    until: NaiveDate,
}

impl WhatIf {
    fn checked(self) -> Answer<Self> {
        let known = Calendar::FIRST..=Calendar::LAST;
        let mut wrong = Vec::new();
        if !known.contains(&self.start) {
            wrong.push(FieldProblem::at("/start", "invalid_value", "超出日历范围（1900年至2200年）"));
        }
        if self.suspensions.len() > 20 {
            wrong.push(FieldProblem::at("/suspensions", "invalid_value", "不能超过20个"));
        }
        if self.extension > 15 {
            wrong.push(FieldProblem::at("/extension", "invalid_value", "不能超过15个工作日"));
        }
        // Each day has a line in the answer, and anybody may ask.
        let (mut left, few) = (LONGEST_SUPPOSED, "合计不能超过1000日");
        for (at, it) in self.suspensions.iter().enumerate() {
            let days = (it.until - it.from).num_days() + 1;
            left -= days.max(0);
            if days < 1 || !known.contains(&it.from) || left < 0 {
                let detail = if left < 0 { few } else { "起止日期无效" };
                wrong.push(FieldProblem::at(format!("/suspensions/{at}"), "invalid_value", detail));
            }
        }
        if wrong.is_empty() { Ok(self) } else { Err(Error::Invalid(wrong)) }
    }

    /// 延长 for no longer than the law allows an item of this kind (行政许可法 art. 42).
    fn must_be_lawful_for(&self, item: &ItemVersion) -> Answer<()> {
        let longest = ExtensionRule::of(item.joint.is_some()).longest();
        if self.extension <= longest.0 {
            return Ok(());
        }
        let detail = format!("该事项依法最多延长{longest}");
        Err(Error::Invalid(vec![FieldProblem::at("/extension", "invalid_value", detail)]))
    }

    fn limit(&self, kind: LimitKind, budget: WorkingDays, practice: &Practice) -> Ledger {
        let mut ledger = practice.limit(kind, budget, self.start);
        let supposed = self.suspensions.iter();
        ledger.suspensions =
            supposed.map(|it| Suspension { from: it.from, until: Some(it.until), ground: it.ground }).collect();
        // As an extension, so that its days are told apart and name their article.
        let reason = Text::new("试算").unwrap_or_else(|_| unreachable!("a text"));
        let approved_by = Signature { role: Role::System, code: "what-if".to_owned(), through: None };
        let days = WorkingDays(self.extension);
        ledger.extensions.push(Extension { days, approved_on: self.start, approved_by, reason });
        ledger
    }
}

#[utoipa::path(
    tag = "日历", operation_id = "what_if", summary = "期限试算", security(()),
    description = "某中心的某事项自某日受理，假设有若干特别程序或者延长，法定期限和承诺期限各到何日，逐日说明。不保存。公开。Rules L1, L2, L5, L12.",
    params(InCentre), request_body = WhatIf, responses((status = 200, body = DeadlineView, description = "试算结果"))
)]
#[post("/v1/calendar/what-if")]
pub async fn what_if(desk: Data<Desk>, query: Query<InCentre>, body: Body<WhatIf>) -> Answer<Json<DeadlineView>> {
    let supposed = body.value.checked()?;
    let (at, centre) = (desk.clone(), query.0.or_default(&desk)?);
    desk.store
        .read(move |connection| {
            let calendar = calendar_of(&at, connection, centre)?;
            let today = at.now(centre).day();
            let item = items::on_offer(connection, centre, &supposed.item, today).map_err(StoreError::from)?;
            let item = item.ok_or_else(Error::not_found)?;
            supposed.must_be_lawful_for(&item)?;
            let limits = [
                supposed.limit(LimitKind::Promised, item.promised, &at.practice),
                supposed.limit(LimitKind::Statutory, item.statutory, &at.practice),
            ];
            let sight = Sighting { calendar: &calendar, thresholds: &at.practice.thresholds, today: supposed.start };
            Ok(Json(DeadlineView::what_if(&limits, &sight)))
        })
        .await
}

/// 放假调休安排: an edition of the calendar, as CSV.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EditionRequest {
    /// `date,kind,name` in the first line; then a day a line, kind `holiday` or `workday`.
    #[schema(schema_with = schema::text::<200_000>)]
    csv: String,
}

/// 导入放假调休安排
///
/// 逐日并入现有日历；有错则全部不生效，并逐行指明。
#[utoipa::path(
    tag = "日历", operation_id = "import_calendar",
    params(IdempotencyKey), request_body = EditionRequest,
    responses((status = 200, description = "已导入", body = Imported))
)]
#[put("/v1/calendar")]
pub async fn import(
    desk: Data<Desk>,
    caller: Caller,
    key: IdempotencyKey,
    body: Body<EditionRequest>,
) -> Answer<Reply> {
    may(&caller, Action::ImportCalendar)?;
    let Body { value, digest } = body;
    let edition = edition(&value.csv)?;
    let centre = caller.centre;
    let reply = desk
        .once(caller.clone(), Shard::of("calendar"), key.stamp(Some(digest)), move |desk, tx, _| {
            // Not when it was asked for: what was written until now counted by the calendar that was there.
            let now = desk.now(centre);
            let imported = editions::import(tx, centre, &edition, &caller.signature(), now)?;
            Reply::json(200, &imported)
        })
        .await?;
    desk.forget_calendar(centre);
    Ok(reply)
}

fn edition(csv: &str) -> Answer<Calendar> {
    Calendar::parse(csv).map_err(|faults| {
        let faults = faults.iter().map(|fault| FieldProblem::at("/csv", "invalid_value", fault.to_string()));
        Error::Invalid(faults.take(100).collect())
    })
}
