//! 部门协调会议 (clause D4-3): called by the reform office, held with minutes and resolutions that bind.

use std::{collections::BTreeSet, sync::Arc};

use actix_web::{HttpRequest, get, http::header::IF_NONE_MATCH, post, web::Data};
use catalog::PostingRecord;
use chrono::NaiveDate;
use escalation::meeting::{Assignment, Attendance, Call, Command, Dropped, Holding, Presence, Resolution};
use kernel::{
    Centre, Context, DepartmentCode, Instant, StaffCode, Text,
    access::{Action, may},
    id::{ImpasseId, MeetingId},
};
use persistence::{
    Connection, Shard, StoreError, Tx, hall,
    meetings::{self, Loaded},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::transfer::must_be_known;
use crate::{
    assemblies,
    auth::Caller,
    desk::Desk,
    edge::{Body, Fields, IdempotencyKey, IfMatch, PathId, Query, etag},
    paging::{Listed, PageQuery, Paging},
    problem::Answer,
    reply::Reply,
    schema,
    views::{
        Page,
        meeting::{AttendanceBody, CalledForBody, MeetingLine, MeetingView, ResolutionBody},
    },
};

/// 召集会议
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeetingRequest {
    /// 会议时间
    #[schema(schema_with = schema::instant)]
    at: Instant,
    #[schema(schema_with = schema::text::<200>)]
    place: Text<200>,
    /// 议题
    #[schema(value_type = Vec<uuid::Uuid>, min_items = 1, max_items = 50)]
    #[serde(deserialize_with = "crate::bounds::few::<_, _, _, 1, 50>")]
    agenda: Vec<ImpasseId>,
    /// 参会部门
    #[schema(schema_with = schema::some_codes::<40>)]
    #[serde(deserialize_with = "crate::bounds::few::<_, _, _, 1, 50>")]
    invited: Vec<DepartmentCode>,
    /// 议题所涉部门；未列出的议题，涉及全部参会部门
    #[schema(required = false, max_items = 50)]
    #[serde(default, deserialize_with = "crate::bounds::few::<_, _, _, 0, 50>")]
    called_for: Vec<CalledForBody>,
}

#[utoipa::path(
    tag = "协调会议", operation_id = "call_meeting", summary = "召集部门协调会议",
    description = "改革办对疑难或特别疑难的事项召集会议，受邀部门可见。可写明各议题涉及哪些参会部门：\
                   到会的部门只计入其所涉事项的涉及部门。Clauses D4-3, D12-1.",
    params(IdempotencyKey), request_body = MeetingRequest,
    responses((status = 201, body = MeetingView, description = "会议", headers(("ETag" = String), ("Location" = String))))
)]
#[post("/v1/coordination-meetings")]
pub async fn call(desk: Data<Desk>, caller: Caller, key: IdempotencyKey, body: Body<MeetingRequest>) -> Answer<Reply> {
    may(&caller, Action::HoldMeeting)?;
    let Body { value, digest } = body;
    let (by, centre, id) = (caller.clone(), caller.centre, MeetingId::fresh(desk.now(caller.centre)));
    desk.once(by, Shard::of(&id), key.stamp(Some(digest)), move |desk, tx, now| {
        let calendar = desk.calendar(tx.read(), centre)?;
        let ctx = desk.context(&caller, &calendar, now);
        let MeetingRequest { at, place, agenda, invited, called_for } = value.clone();
        must_be_known(tx, centre, &invited)?;
        let called_for = called_for.into_iter().map(Into::into).collect();
        let loaded = assemblies::call(tx, Call { id, centre, at, place, agenda, invited, called_for }, &ctx)?;
        Ok(shown(tx.read(), &loaded, &ctx)?.reply(201)?.at(format!("/v1/coordination-meetings/{id}")))
    })
    .await
}

/// The meeting as it is now.
fn shown(connection: &mut Connection, loaded: &Loaded, ctx: &Context<'_>) -> Answer<MeetingView> {
    let names = assemblies::names(connection, ctx.actor.centre, loaded.meeting.agenda.iter().copied())?;
    Ok(MeetingView::of(&loaded.meeting, &names))
}

#[utoipa::path(
    tag = "协调会议", operation_id = "list_meetings", summary = "部门协调会议列表",
    description = "部门只看到受邀或被交办的会议，最近召集的在前。Clause D4-3.",
    params(PageQuery), responses((status = 200, body = Page<MeetingLine>, description = "一页会议"))
)]
#[get("/v1/coordination-meetings")]
pub async fn list(desk: Data<Desk>, caller: Caller, query: Query<PageQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadMeetings)?;
    let PageQuery { limit, cursor } = query.into_inner();
    let paging = Paging::new(desk.secret(), "/v1/coordination-meetings", caller.scope(), &(), limit)?;
    let before: Option<MeetingId> = paging.place(cursor.as_deref())?;
    desk.store
        .read(move |connection| {
            let rows = meetings::list(connection, caller.centre, &caller.sight(), before, paging.rows());
            let rows = rows.map_err(StoreError::from)?;
            paging.page(rows, |last| last.meeting.id, |row| MeetingLine::of(&row.meeting))
        })
        .await
}

#[utoipa::path(
    tag = "协调会议", operation_id = "read_meeting", summary = "查看部门协调会议",
    description = "议题、到会情况、纪要和决议。Clause D4-3.",
    params(
        ("meeting" = String, Path, format = Uuid, description = "会议标识"),
        ("If-None-Match" = Option<String>, Header, description = "已有的 ETag")
    ),
    responses(
        (status = 200, body = MeetingView, description = "会议", headers(("ETag" = String))),
        (status = 304, description = "没有变化")
    )
)]
#[get("/v1/coordination-meetings/{meeting}")]
pub async fn read(desk: Data<Desk>, caller: Caller, meeting: PathId<MeetingId>, request: HttpRequest) -> Answer<Reply> {
    let at = Arc::clone(&desk);
    let known = request.headers().get(IF_NONE_MATCH).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
    desk.store
        .read(move |connection| {
            let loaded = assemblies::visible_meeting(connection, &caller, meeting.0)?;
            may(&caller, Action::ReadMeetings)?;
            if known.as_deref() == Some(&etag(loaded.meeting.version)) {
                return Ok(Reply::not_modified(loaded.meeting.version));
            }
            let calendar = at.calendar(connection, caller.centre)?;
            let ctx = at.context(&caller, &calendar, at.now(caller.centre));
            shown(connection, &loaded, &ctx)?.reply(200)
        })
        .await
}

/// 会议改期
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReschedulingRequest {
    /// 会议时间
    #[schema(schema_with = schema::instant)]
    at: Instant,
    #[schema(schema_with = schema::text::<200>)]
    place: Text<200>,
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
}

#[utoipa::path(
    tag = "协调会议", operation_id = "reschedule_meeting", summary = "会议改期",
    description = "说明理由，原定时间留存。Clause D4-3.",
    params(("meeting" = String, Path, format = Uuid, description = "会议标识"), IfMatch, IdempotencyKey),
    request_body = ReschedulingRequest,
    responses((status = 200, body = MeetingView, description = "会议", headers(("ETag" = String))))
)]
#[post("/v1/coordination-meetings/{meeting}/rescheduling")]
pub async fn reschedule(
    desk: Data<Desk>,
    caller: Caller,
    meeting: PathId<MeetingId>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<ReschedulingRequest>,
) -> Answer<Reply> {
    let Body { value, digest } = body;
    let on = OnMeeting { caller, id: meeting.0, seen, key };
    on.change(&desk, digest, move |_, tx, before, ctx| {
        let ReschedulingRequest { at, place, reason } = value.clone();
        assemblies::change_meeting(tx, before, Command::Reschedule { at, place, reason }, ctx)
    })
    .await
}

/// 取消会议
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancellationRequest {
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
}

#[utoipa::path(
    tag = "协调会议", operation_id = "cancel_meeting", summary = "取消会议",
    description = "说明理由；议题可以列入其他会议。Clause D4-3.",
    params(("meeting" = String, Path, format = Uuid, description = "会议标识"), IfMatch, IdempotencyKey),
    request_body = CancellationRequest,
    responses((status = 200, body = MeetingView, description = "会议", headers(("ETag" = String))))
)]
#[post("/v1/coordination-meetings/{meeting}/cancellation")]
pub async fn cancel(
    desk: Data<Desk>,
    caller: Caller,
    meeting: PathId<MeetingId>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<CancellationRequest>,
) -> Answer<Reply> {
    let Body { value, digest } = body;
    let on = OnMeeting { caller, id: meeting.0, seen, key };
    on.change(&desk, digest, move |_, tx, before, ctx| {
        assemblies::change_meeting(tx, before, Command::Cancel { reason: value.reason.clone() }, ctx)
    })
    .await
}

/// 召开情况: minutes, attendance and resolutions.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldingRequest {
    /// 会议纪要
    #[schema(schema_with = schema::text::<4000>)]
    text: Text<4000>,
    /// 到会情况, of every department that was invited.
    #[schema(min_items = 1, max_items = 50)]
    #[serde(deserialize_with = "crate::bounds::few::<_, _, _, 1, 50>")]
    attendance: Vec<AttendanceBody>,
    /// 未议
    #[schema(required = false, max_items = 50)]
    #[serde(default, deserialize_with = "crate::bounds::few::<_, _, _, 0, 50>")]
    dropped: Vec<DroppedRequest>,
    /// 决议
    #[schema(required = false, max_items = 100)]
    #[serde(default, deserialize_with = "crate::bounds::few::<_, _, _, 0, 100>")]
    resolutions: Vec<ResolutionBody>,
}

/// 未议的议题
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DroppedRequest {
    #[schema(schema_with = schema::id)]
    impasse: ImpasseId,
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
}

impl From<HoldingRequest> for Holding {
    fn from(request: HoldingRequest) -> Self {
        let dropped = request.dropped.into_iter();
        Self {
            text: request.text,
            attendance: request.attendance.into_iter().map(Into::into).collect(),
            dropped: dropped.map(|it| Dropped { impasse: it.impasse, reason: it.reason }).collect(),
            resolutions: request.resolutions.into_iter().map(Into::into).collect(),
        }
    }
}

#[utoipa::path(
    tag = "协调会议", operation_id = "hold_meeting", summary = "召开会议",
    description = "登记到会、纪要和决议；到会人员须在会议当日派驻其所代表的部门。决议即交办，指定承办的部门不得退回。\
                   全部写入，或者全部不写。Clauses D4-3, D13-1, rule L15.",
    params(("meeting" = String, Path, format = Uuid, description = "会议标识"), IfMatch, IdempotencyKey),
    request_body = HoldingRequest,
    responses((status = 200, body = MeetingView, description = "会议", headers(("ETag" = String))))
)]
#[post("/v1/coordination-meetings/{meeting}/holding")]
pub async fn hold(
    desk: Data<Desk>,
    caller: Caller,
    meeting: PathId<MeetingId>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<HoldingRequest>,
) -> Answer<Reply> {
    let Body { value, digest } = body;
    let on = OnMeeting { caller, id: meeting.0, seen, key };
    on.change(&desk, digest, move |desk, tx, before, ctx| {
        let holding = Holding::from(value.clone());
        let assigned = holding.resolutions.iter().filter_map(Resolution::assignment);
        let named: BTreeSet<&DepartmentCode> = assigned.flat_map(Assignment::departments).collect();
        must_be_known(tx, ctx.actor.centre, named)?;
        must_be_posted(tx.read(), ctx.actor.centre, &holding.attendance, before.meeting.at.day())?;
        assemblies::hold(desk, tx, before, holding, ctx)
    })
    .await
}

/// 到会人员 were posted on the day of the meeting, in whatever role, to the department that they came for; everything that is
/// wrong is told at once.
fn must_be_posted(connection: &mut Connection, centre: Centre, lines: &[Attendance], day: NaiveDate) -> Answer<()> {
    let present = lines.iter().filter_map(|line| match &line.presence {
        Presence::Present { staff, .. } => Some(staff),
        Presence::Absent { .. } => None,
    });
    let staff: BTreeSet<&StaffCode> = present.collect();
    let postings = hall::postings_of(connection, centre, &staff).map_err(StoreError::from)?;
    let mut fields = Fields::new();
    for (at, line) in lines.iter().enumerate() {
        let Presence::Present { staff, .. } = &line.presence else { continue };
        let is_there = |it: &PostingRecord| it.staff == *staff && it.department == line.department && it.in_force(day);
        if !postings.iter().any(is_there) {
            let detail = format!("工号“{staff}”在{day}未派驻到“{}”", line.department);
            fields.refuse(format!("/attendance/{at}/presence/staff"), "not_posted_there", detail);
        }
    }
    fields.finish()
}

/// A write to one meeting as it arrives.
struct OnMeeting {
    caller: Caller,
    id: MeetingId,
    seen: IfMatch,
    key: IdempotencyKey,
}

impl OnMeeting {
    async fn change(
        self,
        desk: &Arc<Desk>,
        body: [u8; 32],
        change: impl Fn(&Desk, &mut Tx<'_>, Loaded, &Context<'_>) -> Answer<Loaded> + Send + 'static,
    ) -> Answer<Reply> {
        let Self { caller, id, seen, key } = self;
        may(&caller, Action::HoldMeeting)?;
        desk.once(caller.clone(), Shard::of(&id), key.stamp(Some(body)), move |desk, tx, now| {
            let before = assemblies::visible_meeting(tx.read(), &caller, id)?;
            seen.check(before.meeting.version)?;
            let calendar = desk.calendar(tx.read(), caller.centre)?;
            let ctx = desk.context(&caller, &calendar, now);
            let after = change(desk, tx, before, &ctx)?;
            shown(tx.read(), &after, &ctx)?.reply(200)
        })
        .await
    }
}
