//! 转热线: a window passes on to the hotline what is the hotline's, and hears what came of it (rule L18).

use actix_web::{get, post, web::Data};
use escalation::hotline::{
    ExternalNo,
    ticket::{self, Event, Raised, Ticket, TicketState},
};
use kernel::{
    Context, StaffCode, Text, WindowCode,
    access::{Action, may, may_on},
    id::TicketId,
};
use persistence::{
    Connection, Shard, StoreError, Tx,
    cases::Saved,
    tickets::{self, Loaded},
};
use serde::{Deserialize, Serialize};
use strum::{Display, VariantArray};
use utoipa::{IntoParams, ToSchema};

use crate::{
    auth::Caller,
    desk::{Desk, recorded},
    edge::{Body, Fields, IdempotencyKey, PathId, Query},
    hotline::tell_ticket,
    paging::{Listed, Paging},
    problem::{Answer, Error},
    reply::Reply,
    routes::receipt::{ApplicantRequest, people::Applicant},
    schema,
    views::{Page, ticket::HotlineTicketView},
};

/// 转热线
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HotlineTicketRequest {
    /// 热线代码
    #[schema(schema_with = schema::code::<64>)]
    hotline: StaffCode,
    /// 来访人; the hotline is shown the masked name, and answers through the window.
    applicant: ApplicantRequest,
    /// 事由; no personal data.
    #[schema(schema_with = schema::text::<100>)]
    subject: Text<100>,
    /// 情况和诉求; no personal data.
    #[schema(schema_with = schema::text::<2000>)]
    text: Text<2000>,
    /// 转出窗口; where the clerk is posted to several.
    #[schema(schema_with = schema::some_code::<40>, required = false)]
    #[serde(default)]
    window: Option<WindowCode>,
}

#[utoipa::path(
    tag = "热线", operation_id = "raise_hotline_ticket", summary = "转热线",
    description = "来访事项属热线受理的，窗口登记后转热线：以回调送达（`ticket_raised`），热线也可自行查询；\
                   答复来访人仍是首问责任人的事。Clause B5-1, rule L18.",
    params(IdempotencyKey), request_body = HotlineTicketRequest,
    responses((status = 201, body = HotlineTicketView, description = "已转出", headers(("ETag" = String), ("Location" = String))))
)]
#[post("/v1/hotline/tickets")]
pub async fn raise(
    desk: Data<Desk>,
    caller: Caller,
    key: IdempotencyKey,
    body: Body<HotlineTicketRequest>,
) -> Answer<Reply> {
    may(&caller, Action::RaiseTicket)?;
    let Body { value, digest } = body;
    let HotlineTicketRequest { hotline, applicant, subject, text, window } = value;
    let (now, by) = (desk.now(caller.centre), caller.clone());
    let mut fields = Fields::new();
    let applicant = Applicant::of(Some(applicant), &caller, &mut fields, &desk, now);
    let (applicant,) = fields.all((applicant,))?;
    desk.hotline(&hotline)?;
    let id = TicketId::fresh(now);
    desk.once(by, Shard::of(&id), key.stamp(Some(digest)), move |desk, tx, now| {
        let calendar = desk.calendar(tx.read(), caller.centre)?;
        let ctx = desk.context(&caller, &calendar, now);
        let (window, department) = ctx.actor.posted_at(window.as_ref())?;
        let who = applicant.registered(tx, caller.centre, now)?;
        let raised = Raised {
            id,
            centre: caller.centre,
            hotline: hotline.clone(),
            window,
            department,
            fallback: desk.settings.escalation.window.clone(),
            applicant: who.id,
            subject: subject.clone(),
            text: text.clone(),
        };
        let events = recorded(0, vec![Event::TicketRaised(Box::new(raised))], &ctx);
        let ticket = Ticket::fold(&events).ok_or_else(|| Error::internal("an event begins no ticket"))?;
        let inserted = tickets::insert(tx.write(), &ticket, &events);
        let head = tx.first(inserted)?;
        tell_ticket(desk, tx, &ticket)?;
        let loaded = Loaded { ticket, head, applicant_kind: who.kind, applicant_name: who.name };
        Ok(HotlineTicketView::from(&loaded).reply(201)?.at(format!("/v1/hotline/tickets/{id}")))
    })
    .await
}

/// 转热线事项的筛选
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HotlineTicketQuery {
    /// 状态
    #[param(schema_with = schema::variants::<TicketState>)]
    state: Option<TicketState>,
    /// 每页条数，默认20
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// 上一页返回的 next_cursor
    #[param(schema_with = schema::cursor)]
    cursor: Option<String>,
}

#[utoipa::path(
    tag = "热线", operation_id = "list_hotline_tickets", summary = "转热线事项列表",
    description = "窗口看本窗口的，热线看转给自己的，兜底窗口和中心看全部；最新的在前。Rule L18.",
    params(HotlineTicketQuery), responses((status = 200, body = Page<HotlineTicketView>, description = "一页转热线事项"))
)]
#[get("/v1/hotline/tickets")]
pub async fn list(desk: Data<Desk>, caller: Caller, query: Query<HotlineTicketQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadTickets)?;
    let mut query = query.into_inner();
    let (limit, cursor) = (query.limit.take(), query.cursor.take());
    let paging = Paging::new(desk.secret(), "/v1/hotline/tickets", caller.scope(), &query, limit)?;
    let before: Option<TicketId> = paging.place(cursor.as_deref())?;
    desk.store
        .read(move |connection| {
            let sight = caller.sight();
            let filter = tickets::Filter { state: query.state, ..tickets::Filter::default() };
            let rows = tickets::list(connection, caller.centre, &sight, filter, before, paging.rows());
            let rows = rows.map_err(StoreError::from)?;
            paging.page(rows, |last| last.ticket.raised.id, |row| HotlineTicketView::from(&row))
        })
        .await
}

#[utoipa::path(
    tag = "热线", operation_id = "read_hotline_ticket", summary = "查看转热线事项",
    description = "热线的工单编号和答复。Rule L18.",
    params(("ticket" = String, Path, format = Uuid, description = "转热线事项标识")),
    responses((status = 200, body = HotlineTicketView, description = "转热线事项", headers(("ETag" = String))))
)]
#[get("/v1/hotline/tickets/{ticket}")]
pub async fn read(desk: Data<Desk>, caller: Caller, ticket: PathId<TicketId>) -> Answer<Reply> {
    may(&caller, Action::ReadTickets)?;
    desk.store
        .read(move |connection| HotlineTicketView::from(&visible(connection, &caller, ticket.0)?).reply(200))
        .await
}

/// The ticket, if the caller may know of it.
fn visible(connection: &mut Connection, caller: &Caller, id: TicketId) -> Answer<Loaded> {
    let loaded = tickets::load(connection, caller.centre, id).map_err(StoreError::from)?;
    let loaded = loaded.ok_or_else(Error::not_found)?;
    may_on(caller, Action::ReadTickets, &loaded.ticket.whereabouts())?;
    Ok(loaded)
}

/// 热线的处理
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Display, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
enum TicketOutcome {
    /// 受理
    Taken,
    /// 不予受理
    Refused,
    /// 答复
    Answered,
}

/// 热线对转办事项的处理
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TicketReplyRequest {
    #[schema(schema_with = schema::variants::<TicketOutcome>)]
    outcome: TicketOutcome,
    /// 热线工单编号; of what was taken, and of an answer where it is to be known.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$", required = false)]
    #[serde(default)]
    external_no: Option<ExternalNo>,
    /// 答复，或者不予受理的理由; no personal data.
    #[schema(schema_with = schema::some_text::<2000>, required = false)]
    #[serde(default)]
    text: Option<Text<2000>>,
}

impl TicketReplyRequest {
    /// What it says, in the order in which it is to be taken.
    fn said(self) -> Answer<Vec<ticket::Reply>> {
        let Self { outcome, external_no, text } = self;
        let number = external_no.map(ticket::Reply::Taken);
        let text = || text.ok_or_else(|| Error::field("/text", "须填写答复或者理由"));
        let said = match outcome {
            TicketOutcome::Taken if number.is_none() => {
                return Err(Error::field("/external_no", "须填写热线工单编号"));
            }
            TicketOutcome::Taken => None,
            TicketOutcome::Refused => Some(ticket::Reply::Refused(text()?)),
            TicketOutcome::Answered => Some(ticket::Reply::Answered(text()?)),
        };
        Ok(number.into_iter().chain(said).collect())
    }
}

#[utoipa::path(
    tag = "热线", operation_id = "reply_to_hotline_ticket", summary = "热线答复转办事项",
    description = "受理、不予受理或者答复。重复送达、编号晚于答复送达均无妨；已有的答复和编号不得改为别的。Rule L18.",
    params(("ticket" = String, Path, format = Uuid, description = "转热线事项标识"), IdempotencyKey),
    request_body = TicketReplyRequest,
    responses((status = 200, body = HotlineTicketView, description = "转热线事项", headers(("ETag" = String))))
)]
#[post("/v1/hotline/tickets/{ticket}/reply")]
pub async fn reply(
    desk: Data<Desk>,
    caller: Caller,
    ticket: PathId<TicketId>,
    key: IdempotencyKey,
    body: Body<TicketReplyRequest>,
) -> Answer<Reply> {
    may(&caller, Action::AnswerTicket)?;
    let Body { value, digest } = body;
    let (id, by, said) = (ticket.0, caller.clone(), value.said()?);
    desk.once(by, Shard::of(&id), key.stamp(Some(digest)), move |desk, tx, now| {
        let before = visible(tx.read(), &caller, id)?;
        let calendar = desk.calendar(tx.read(), caller.centre)?;
        let ctx = desk.context(&caller, &calendar, now);
        HotlineTicketView::from(&heard(tx, before, &said, &ctx)?).reply(200)
    })
    .await
}

fn heard(tx: &mut Tx<'_>, before: Loaded, said: &[ticket::Reply], ctx: &Context<'_>) -> Answer<Loaded> {
    let mut ticket = before.ticket.clone();
    let mut events = Vec::new();
    for word in said {
        if let Some(event) = ticket.reply(word.clone())? {
            let news = recorded(ticket.version, vec![event], ctx);
            news.iter().for_each(|event| ticket.apply(event));
            events.extend(news);
        }
    }
    if events.is_empty() {
        return Ok(before);
    }
    match tickets::save(tx.write(), &before, &ticket, &events).map_err(StoreError::from)? {
        Saved::Stale => Err(tx.contended().into()),
        Saved::Done(head) => Ok(Loaded { ticket, head, ..before }),
    }
}
