//! 每周分类梳理 (clause D4-1): the session of a week, its agenda, and what it says of each item.

use std::{collections::BTreeSet, sync::Arc};

use actix_web::{HttpRequest, get, http::header::IF_NONE_MATCH, post, web::Data};
use escalation::{
    Level, Week,
    triage::{Command, Outcome, State},
};
use kernel::{
    Context, Text,
    access::{Action, may},
    id::ImpasseId,
};
use persistence::{Connection, StoreError, impasses, triage as sessions};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    assemblies::{act_in_session, agenda, names, open_session, session_of, triage_shard},
    auth::Caller,
    desk::Desk,
    edge::{Body, IdempotencyKey, IfMatch, PathId, Query, etag},
    paging::{Listed, PageQuery, Paging},
    problem::{Answer, Error},
    reply::Reply,
    schema,
    views::{
        Page,
        triage::{AgendaItemView, OutcomeKind, TriageSessionLine, TriageSessionView, spoken_of},
    },
};

#[utoipa::path(
    tag = "分类梳理", operation_id = "open_triage", summary = "开始本周分类梳理",
    description = "每周一次；已登记、尚未定级的事项自动列入议程，无论是否备案，期间新登记的随之加入。Clause D4-1, rule L17.",
    params(IdempotencyKey),
    responses((status = 201, body = TriageSessionView, description = "本周的分类梳理", headers(("ETag" = String), ("Location" = String))))
)]
#[post("/v1/triage-sessions")]
pub async fn open(desk: Data<Desk>, caller: Caller, key: IdempotencyKey) -> Answer<Reply> {
    may(&caller, Action::HoldTriage)?;
    let (by, centre) = (caller.clone(), caller.centre);
    desk.once(by, triage_shard(centre), key.stamp(None), move |desk, tx, now| {
        let calendar = desk.calendar(tx.read(), centre)?;
        let ctx = desk.context(&caller, &calendar, now);
        let loaded = open_session(desk, tx, &ctx)?;
        let week = loaded.session.week;
        Ok(shown(tx.read(), &loaded, &ctx)?.reply(201)?.at(format!("/v1/triage-sessions/{week}")))
    })
    .await
}

/// The session as it is now.
fn shown(connection: &mut Connection, loaded: &sessions::Loaded, ctx: &Context<'_>) -> Answer<TriageSessionView> {
    let names = names(connection, ctx.actor.centre, spoken_of(&loaded.session))?;
    Ok(TriageSessionView::of(loaded, &names, ctx.calendar))
}

#[utoipa::path(
    tag = "分类梳理", operation_id = "list_triage_sessions", summary = "分类梳理列表",
    description = "最近的在前；本周应开未开的，列为漏开警示。Clause D4-1.",
    params(PageQuery), responses((status = 200, body = Page<TriageSessionLine>, description = "一页分类梳理"))
)]
#[get("/v1/triage-sessions")]
pub async fn list(desk: Data<Desk>, caller: Caller, query: Query<PageQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadTriage)?;
    let PageQuery { limit, cursor } = query.into_inner();
    let paging = Paging::new(desk.secret(), "/v1/triage-sessions", caller.scope(), &(), limit)?;
    let before: Option<Week> = paging.place(cursor.as_deref())?;
    let at = Arc::clone(&desk);
    desk.store
        .read(move |connection| {
            let calendar = at.calendar(connection, caller.centre)?;
            let rows = sessions::list(connection, caller.centre, before, paging.rows()).map_err(StoreError::from)?;
            paging.page(rows, |last| last.session.week, |row| TriageSessionLine::of(&row.session, &calendar))
        })
        .await
}

#[utoipa::path(
    tag = "分类梳理", operation_id = "read_triage_session", summary = "查看分类梳理",
    description = "每项的定级或顺延和理由。Clause D4-1.",
    params(
        ("week" = String, Path, description = "周，如 2026-W48", max_length = 8),
        ("If-None-Match" = Option<String>, Header, description = "已有的 ETag")
    ),
    responses(
        (status = 200, body = TriageSessionView, description = "分类梳理", headers(("ETag" = String))),
        (status = 304, description = "没有变化")
    )
)]
#[get("/v1/triage-sessions/{week}")]
pub async fn read(desk: Data<Desk>, caller: Caller, week: PathId<String>, request: HttpRequest) -> Answer<Reply> {
    may(&caller, Action::ReadTriage)?;
    let week: Week = week.0.parse().map_err(|_| Error::not_found())?;
    let at = Arc::clone(&desk);
    let known = request.headers().get(IF_NONE_MATCH).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
    desk.store
        .read(move |connection| {
            let calendar = at.calendar(connection, caller.centre)?;
            let ctx = at.context(&caller, &calendar, at.now(caller.centre));
            let loaded = session_of(connection, caller.centre, week)?;
            if known.as_deref() == Some(&etag(loaded.session.version)) {
                return Ok(Reply::not_modified(loaded.session.version));
            }
            shown(connection, &loaded, &ctx)?.reply(200)
        })
        .await
}

/// 议程
#[derive(Debug, serde::Serialize, ToSchema)]
pub struct AgendaView {
    #[schema(value_type = String)]
    week: Week,
    items: Vec<AgendaItemView>,
}

#[utoipa::path(
    tag = "分类梳理", operation_id = "read_triage_agenda", summary = "分类梳理议程",
    description = "已登记、尚未定级的事项，最早的在前，尚未备案的也在内；以前顺延的注明次数。\
                   已结束或者漏开的，列当时梳理的和漏开时仍待分类的事项。Clause D4-1.",
    params(("week" = String, Path, description = "周，如 2026-W48", max_length = 8)),
    responses((status = 200, body = AgendaView, description = "议程"))
)]
#[get("/v1/triage-sessions/{week}/agenda")]
pub async fn read_agenda(
    desk: Data<Desk>,
    caller: Caller,
    week: PathId<String>,
) -> Answer<actix_web::web::Json<AgendaView>> {
    may(&caller, Action::ReadTriage)?;
    let week: Week = week.0.parse().map_err(|_| Error::not_found())?;
    let at = Arc::clone(&desk);
    desk.store
        .read(move |connection| {
            let calendar = at.calendar(connection, caller.centre)?;
            let ctx = at.context(&caller, &calendar, at.now(caller.centre));
            let session = session_of(connection, caller.centre, week)?.session;
            let agenda: BTreeSet<ImpasseId> = match session.state {
                State::Open => agenda(&at, connection, &session)?.into_iter().collect(),
                // What was settled there awaits nothing any more, and what came since was never before it.
                State::Held | State::Missed => spoken_of(&session).collect(),
            };
            let mut items = Vec::new();
            for id in agenda {
                if let Some(loaded) = impasses::load(connection, caller.centre, id).map_err(StoreError::from)? {
                    items.push(AgendaItemView::of(&loaded.impasse, &session, &ctx));
                }
            }
            Ok(actix_web::web::Json(AgendaView { week, items }))
        })
        .await
}

/// 一项的梳理结果: a level, or left over to the next session.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TriageOutcomeRequest {
    #[schema(schema_with = schema::id)]
    impasse: ImpasseId,
    #[schema(schema_with = schema::variants::<OutcomeKind>)]
    outcome: OutcomeKind,
    /// 等级; of what is graded and nothing else.
    #[schema(schema_with = schema::some_variant::<Level>)]
    #[serde(default)]
    level: Option<Level>,
    #[schema(schema_with = schema::text::<500>)]
    reason: Text<500>,
}

impl TriageOutcomeRequest {
    fn command(&self) -> Answer<Command> {
        let outcome = match (self.outcome, self.level) {
            (OutcomeKind::Graded, Some(level)) => Outcome::Graded(level),
            (OutcomeKind::LeftOver, None) => Outcome::LeftOver,
            (OutcomeKind::Graded, None) => return Err(Error::field("/level", "定级须写明等级")),
            (OutcomeKind::LeftOver, Some(_)) => return Err(Error::field("/level", "顺延的不填写等级")),
        };
        Ok(Command::Settle { impasse: self.impasse, outcome, reason: self.reason.clone() })
    }
}

#[utoipa::path(
    tag = "分类梳理", operation_id = "settle_triage_item", summary = "定级或顺延",
    description = "说明理由；定级的即开始办理，顺延的自动列入下次议程；尚未备案的不能定级。Clauses D4-1 to D4-4.",
    params(("week" = String, Path, description = "周，如 2026-W48", max_length = 8), IfMatch, IdempotencyKey),
    request_body = TriageOutcomeRequest,
    responses((status = 200, body = TriageSessionView, description = "分类梳理", headers(("ETag" = String))))
)]
#[post("/v1/triage-sessions/{week}/outcomes")]
pub async fn settle(
    desk: Data<Desk>,
    caller: Caller,
    week: PathId<String>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<TriageOutcomeRequest>,
) -> Answer<Reply> {
    let (command, digest) = (body.value.command(), body.digest);
    in_session(desk, caller, week.0, seen, key, Some(digest), command).await
}

/// 召开情况
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TriageHoldingRequest {
    #[schema(schema_with = schema::some_text::<2000>)]
    #[serde(default)]
    note: Option<Text<2000>>,
}

#[utoipa::path(
    tag = "分类梳理", operation_id = "hold_triage", summary = "结束本周分类梳理",
    description = "议程上每项都有结果之后才能结束；本周最后一个工作日之后不能再结束，列为漏开警示。Clause D4-1.",
    params(("week" = String, Path, description = "周，如 2026-W48", max_length = 8), IfMatch, IdempotencyKey),
    request_body = TriageHoldingRequest,
    responses((status = 200, body = TriageSessionView, description = "分类梳理", headers(("ETag" = String))))
)]
#[post("/v1/triage-sessions/{week}/holding")]
pub async fn hold(
    desk: Data<Desk>,
    caller: Caller,
    week: PathId<String>,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Body<TriageHoldingRequest>,
) -> Answer<Reply> {
    let (note, digest) = (body.value.note.clone(), body.digest);
    in_session(desk, caller, week.0, seen, key, Some(digest), Ok(Command::Hold { note })).await
}

async fn in_session(
    desk: Data<Desk>,
    caller: Caller,
    week: String,
    seen: IfMatch,
    key: IdempotencyKey,
    body: Option<[u8; 32]>,
    command: Answer<Command>,
) -> Answer<Reply> {
    may(&caller, Action::HoldTriage)?;
    let week: Week = week.parse().map_err(|_| Error::not_found())?;
    let command = command?;
    let (by, centre) = (caller.clone(), caller.centre);
    desk.once(by, triage_shard(centre), key.stamp(body), move |desk, tx, now| {
        let calendar = desk.calendar(tx.read(), centre)?;
        let ctx = desk.context(&caller, &calendar, now);
        seen.check(session_of(tx.read(), centre, week)?.session.version)?;
        let loaded = act_in_session(desk, tx, week, &command, &ctx)?;
        shown(tx.read(), &loaded, &ctx)?.reply(200)
    })
    .await
}
