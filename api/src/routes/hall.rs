//! 大厅: sectors, departments, windows (public), and who is posted where (clauses A2-1 to A2-3).

use std::collections::BTreeSet;

use actix_web::{get, post, web::Data, web::Json};
use catalog::PostingRecord;
use chrono::NaiveDate;
use kernel::{
    Action, Centre, DepartmentCode, PostingId, Refusal, Role, StaffCode, WindowCode, ZoneCode,
    access::{Sight, may},
};
use persistence::{
    Shard, StoreError,
    hall::{self, StoredPosting},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    auth::Caller,
    desk::Desk,
    edge::{Body, Fields, IdempotencyKey, PathId, Query},
    paging::{Listed, Paging},
    problem::{Answer, Error},
    reply::Reply,
    schema,
    views::Page,
};

/// 中心
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InCentre {
    /// 行政区划代码，默认本部署的中心
    #[param(min_length = 6, max_length = 6, pattern = "^[0-9]{6}$")]
    pub centre: Option<String>,
}

impl InCentre {
    pub fn or_default(&self, desk: &Desk) -> Answer<Centre> {
        match &self.centre {
            Some(code) => {
                code.parse().map_err(|fault: kernel::code::BadCentre| Error::parameter("centre", fault.to_string()))
            }
            None => Ok(desk.centre()),
        }
    }
}

/// 服务大厅
#[derive(Debug, Serialize, ToSchema)]
pub struct HallView {
    pub centre: String,
    pub zones: Vec<Named>,
    pub sectors: Vec<SectorView>,
    pub departments: Vec<DepartmentView>,
    pub windows: Vec<WindowView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Named {
    pub code: String,
    pub name: String,
}

/// 板块
#[derive(Debug, Serialize, ToSchema)]
pub struct SectorView {
    pub code: String,
    pub name: String,
    /// 牵头部门; absent where none has been named (clause A2-2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// 部门
#[derive(Debug, Serialize, ToSchema)]
pub struct DepartmentView {
    pub code: String,
    pub name: String,
    /// 统一社会信用代码
    pub uscc: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// 窗口
#[derive(Debug, Serialize, ToSchema)]
pub struct WindowView {
    pub code: String,
    pub name: String,
    pub zone: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector: Option<String>,
}

#[utoipa::path(
    tag = "公开", operation_id = "read_hall", summary = "服务大厅", security(()),
    description = "四个区、八个板块及其牵头部门、部门、窗口。Clauses A2-1, A2-2.",
    params(InCentre), responses((status = 200, body = HallView, description = "服务大厅"))
)]
#[get("/v1/hall")]
pub async fn read_hall(desk: Data<Desk>, query: Query<InCentre>) -> Answer<Json<HallView>> {
    let centre = query.0.or_default(&desk)?;
    let view = desk.store.read(move |connection| {
        Ok::<_, StoreError>(HallView {
            centre: centre.to_string(),
            zones: hall::zones(connection, centre)?
                .into_iter()
                .map(|zone| Named { code: zone.code.to_string(), name: zone.name.to_string() })
                .collect(),
            sectors: hall::sectors(connection, centre)?
                .into_iter()
                .map(|sector| SectorView {
                    code: sector.code.to_string(),
                    name: sector.name.to_string(),
                    lead: sector.lead.map(|lead| lead.to_string()),
                    note: sector.note.map(|note| note.to_string()),
                })
                .collect(),
            departments: hall::departments(connection, centre)?
                .into_iter()
                .map(|department| DepartmentView {
                    code: department.code.to_string(),
                    name: department.name.to_string(),
                    uscc: department.uscc.to_string(),
                    phone: department.phone.map(|phone| phone.to_string()),
                })
                .collect(),
            windows: hall::windows(connection, centre)?
                .into_iter()
                .map(|window| WindowView {
                    code: window.code.to_string(),
                    name: window.name.to_string(),
                    zone: window.zone.to_string(),
                    sector: window.sector.map(|sector| sector.to_string()),
                })
                .collect(),
        })
    });
    Ok(Json(view.await?))
}

/// 派驻
#[derive(Debug, Serialize, ToSchema)]
pub struct PostingView {
    #[schema(schema_with = schema::id)]
    pub id: String,
    pub staff: String,
    #[schema(schema_with = schema::variants::<Role>)]
    pub role: Role,
    pub department: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// 常驻
    pub resident: bool,
    #[schema(schema_with = schema::day)]
    pub from: NaiveDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub until: Option<NaiveDate>,
}

impl From<StoredPosting> for PostingView {
    fn from(stored: StoredPosting) -> Self {
        let StoredPosting { id, record } = stored;
        Self {
            id: id.to_string(),
            staff: record.staff.to_string(),
            role: record.role,
            department: record.department.to_string(),
            window: record.window.map(|window| window.to_string()),
            zone: record.zone.map(|zone| zone.to_string()),
            resident: record.resident,
            from: record.from,
            until: record.until,
        }
    }
}

/// 派驻筛选
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PostingQuery {
    /// 工号
    #[param(schema_with = schema::code::<64>)]
    staff: Option<StaffCode>,
    /// 每页条数，默认20
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// 上一页返回的 next_cursor
    #[param(schema_with = schema::cursor)]
    cursor: Option<String>,
}

#[utoipa::path(
    tag = "派驻", operation_id = "list_postings", summary = "派驻人员",
    description = "Clause A2-3.", params(PostingQuery),
    responses((status = 200, body = Page<PostingView>, description = "一页派驻记录"))
)]
#[get("/v1/postings")]
pub async fn list_postings(desk: Data<Desk>, caller: Caller, query: Query<PostingQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadPostings)?;
    let mut query = query.into_inner();
    let (limit, cursor) = (query.limit.take(), query.cursor.take());
    let paging = Paging::new(desk.secret(), "/v1/postings", caller.scope(), &query, limit)?;
    let after: Option<PostingId> = paging.place(cursor.as_deref())?;
    desk.store
        .read(move |connection| {
            let rows = hall::postings(connection, caller.centre, query.staff.as_ref(), after, paging.rows());
            paging.page(rows.map_err(StoreError::from)?, |last| last.id, PostingView::from)
        })
        .await
}

/// 同事
#[derive(Debug, Serialize, ToSchema)]
pub struct ColleagueView {
    /// 工号
    pub staff: String,
    #[schema(schema_with = schema::variants::<Role>)]
    pub role: Role,
    pub department: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
}

#[utoipa::path(
    tag = "流转", operation_id = "list_colleagues", summary = "同部门审批人员、同窗口受理人员",
    description = "分派和移交可选的人员。Clauses A2-3, A3-1.",
    responses((
        status = 200, body = Vec<ColleagueView>, description = "调用者所派驻部门的审批人员，或所派驻窗口的受理人员"
    ))
)]
#[get("/v1/colleagues")]
pub async fn list_colleagues(desk: Data<Desk>, caller: Caller) -> Answer<Json<Vec<ColleagueView>>> {
    may(&caller, Action::ReadColleagues)?;
    let today = desk.now(caller.centre).day();
    let (windows, departments) = match caller.sight() {
        Sight::Windows(windows) => (windows, Vec::new()),
        Sight::Departments(departments) => (Vec::new(), departments),
        _ => (Vec::new(), Vec::new()),
    };
    let found = desk.store.read(move |connection| {
        let mut all = Vec::new();
        for window in &windows {
            all.extend(hall::clerks(connection, caller.centre, window, today)?);
        }
        for department in &departments {
            all.extend(hall::colleagues(connection, caller.centre, department, today)?);
        }
        Ok::<_, StoreError>(all)
    });
    let view = |record: PostingRecord| ColleagueView {
        staff: record.staff.to_string(),
        role: record.role,
        department: record.department.to_string(),
        window: record.window.map(|window| window.to_string()),
    };
    Ok(Json(found.await?.into_iter().map(view).collect()))
}

/// 派驻人员到窗口或部门
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostingRequest {
    /// 工号
    #[schema(schema_with = schema::code::<64>)]
    staff: StaffCode,
    /// `clerk` at a window; `reviewer` or `approver` in a department.
    #[schema(schema_with = schema::variants::<Role>)]
    role: Role,
    #[schema(schema_with = schema::code::<40>)]
    department: DepartmentCode,
    #[schema(schema_with = schema::some_code::<40>)]
    #[serde(default)]
    window: Option<WindowCode>,
    #[schema(schema_with = schema::some_code::<40>)]
    #[serde(default)]
    zone: Option<ZoneCode>,
    /// 常驻, unless said otherwise.
    #[serde(default = "resident")]
    #[schema(default = true)]
    resident: bool,
    #[schema(schema_with = schema::day)]
    #[serde(deserialize_with = "crate::day::required")]
    from: NaiveDate,
    #[schema(schema_with = schema::some_day)]
    #[serde(default, deserialize_with = "crate::day::optional")]
    until: Option<NaiveDate>,
}

fn resident() -> bool {
    true
}

#[utoipa::path(
    tag = "派驻", operation_id = "add_posting", summary = "派驻",
    description = "安全管理员把人员派驻到窗口或部门；同一岗位的派驻期间不得重叠。Clause A2-3.",
    params(IdempotencyKey), request_body = PostingRequest,
    responses((status = 201, body = PostingView, description = "派驻记录"))
)]
#[post("/v1/postings")]
pub async fn add_posting(
    desk: Data<Desk>,
    caller: Caller,
    key: IdempotencyKey,
    body: Body<PostingRequest>,
) -> Answer<Reply> {
    may(&caller, Action::EditPostings)?;
    let Body { value, digest } = body;
    let PostingRequest { staff, role, department, window, zone, resident, from, until } = value;
    let posting = PostingRecord { staff, role, department, window, zone, resident, from, until };
    let mut fields = Fields::new();
    for flaw in posting.flaws() {
        fields.refuse(flaw.pointer, "invalid_value", flaw.detail);
    }
    fields.finish()?;
    let id = PostingId::fresh(desk.now(caller.centre));
    desk.once(caller.clone(), Shard::of("postings"), key.stamp(Some(digest)), move |_, tx, now| {
        let centre = caller.centre;
        must_exist(tx.read(), centre, &posting)?;
        hall::hold(tx.write(), centre, &posting.department).map_err(StoreError::from)?;
        must_be_new(tx.read(), centre, &posting)?;
        hall::insert_posting(tx.write(), centre, id, &posting).map_err(StoreError::from)?;
        let body = serde_json::json!({ "id": id, "posting": posting });
        tx.note(centre, "postings", "posting_added", now, &caller.signature(), &body)?;
        let view = PostingView::from(StoredPosting { id, record: posting.clone() });
        Reply::json(201, &view)
    })
    .await
}

fn must_exist(connection: &mut persistence::Connection, centre: Centre, posting: &PostingRecord) -> Answer<()> {
    let departments = hall::departments(connection, centre).map_err(StoreError::from)?;
    let windows = hall::windows(connection, centre).map_err(StoreError::from)?;
    let zones = hall::zones(connection, centre).map_err(StoreError::from)?;
    let mut fields = Fields::new();
    if !departments.iter().any(|department| department.code == posting.department) {
        fields.refuse("/department", "invalid_value", "部门不存在");
    }
    if posting.window.as_ref().is_some_and(|code| !windows.iter().any(|window| window.code == *code)) {
        fields.refuse("/window", "invalid_value", "窗口不存在");
    }
    if posting.zone.as_ref().is_some_and(|code| !zones.iter().any(|zone| zone.code == *code)) {
        fields.refuse("/zone", "invalid_value", "区不存在");
    }
    fields.finish()
}

fn must_be_new(connection: &mut persistence::Connection, centre: Centre, posting: &PostingRecord) -> Answer<()> {
    let staff = BTreeSet::from([&posting.staff]);
    let known = hall::postings_of(connection, centre, &staff).map_err(StoreError::from)?;
    if known.iter().any(|known| known.overlaps(posting)) {
        return Err(Refusal::new("posting_exists", "该人员在此期间已有同一岗位的派驻").into());
    }
    Ok(())
}

/// 结束派驻
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostingEnd {
    /// The last day.
    #[schema(schema_with = schema::day)]
    #[serde(deserialize_with = "crate::day::required")]
    until: NaiveDate,
}

#[utoipa::path(
    tag = "派驻", operation_id = "end_posting", summary = "结束派驻",
    description = "截止日过后，其名下在办件的职责回到所派驻的部门或窗口，逐件记入办理过程；仍派驻于同一部门或窗口的除外。Clauses A2-3, B5-1.",
    params(("posting" = String, Path, format = Uuid, description = "派驻标识"), IdempotencyKey),
    request_body = PostingEnd, responses((status = 200, body = PostingEnded, description = "已登记"))
)]
#[post("/v1/postings/{posting}/end")]
pub async fn end_posting(
    desk: Data<Desk>,
    caller: Caller,
    posting: PathId<PostingId>,
    key: IdempotencyKey,
    body: Body<PostingEnd>,
) -> Answer<Reply> {
    may(&caller, Action::EditPostings)?;
    let Body { value: PostingEnd { until }, digest } = body;
    let id = posting.0;
    desk.once(caller.clone(), Shard::of("postings"), key.stamp(Some(digest)), move |_, tx, now| {
        let centre = caller.centre;
        let stored = hall::posting(tx.read(), centre, id).map_err(StoreError::from)?.ok_or_else(Error::not_found)?;
        if until < stored.record.from {
            return Err(Error::field("/until", "派驻截止日不能早于起始日"));
        }
        if !hall::end_posting(tx.write(), centre, id, until).map_err(StoreError::from)? {
            return Err(Refusal::new("posting_ended", "该派驻已在该日或者更早截止").into());
        }
        let body = serde_json::json!({ "id": id, "until": until });
        tx.note(centre, "postings", "posting_ended", now, &caller.signature(), &body)?;
        Reply::json(200, &PostingEnded { id: id.to_string(), until })
    })
    .await
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PostingEnded {
    #[schema(schema_with = schema::id)]
    pub id: String,
    #[schema(schema_with = schema::day)]
    pub until: NaiveDate,
}
