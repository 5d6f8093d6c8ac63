//! 咨询: what is asked at the hall and where it is sent, registered and listed here; what is done about one beside it
//! (clauses A1-2, A1-3, B5-1).

mod acting;
mod turning;

use actix_web::{get, post, web::Data};
use kernel::{
    Centre, Context, Instant, ItemCode, Text, WindowCode,
    access::{Action, may, may_on},
    id::ConsultationId,
};
use persistence::{
    Connection, Shard, StoreError, Tx,
    consultations::{self, Filter, Loaded},
    hall, items,
};
use reception::{Asking, Consultation, Direction, FallbackReason};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::receipt::{ApplicantRequest, people::Applicant};
use crate::{
    auth::Caller,
    desk::{Desk, recorded},
    docs::Registry,
    edge::{Body, Fields, IdempotencyKey, PathId, Query},
    paging::{Listed, Paging},
    problem::{Answer, Error},
    reply::Reply,
    schema,
    views::{
        Page,
        consultation::{ConsultationView, DirectionBody},
    },
};

/// Registers the routes in the order in which they are documented.
pub fn configure(registry: &mut impl Registry) {
    registry
        .service(record)
        .service(list)
        .service(read)
        .service(acting::accept)
        .service(acting::decline)
        .service(acting::direct)
        .service(acting::conclude)
        .service(turning::turn);
}

/// 咨询登记
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsultationRequest {
    /// 咨询内容; no personal data.
    #[schema(schema_with = schema::text::<1000>)]
    question: Text<1000>,
    /// 事项代码, where it is about an item of the catalogue.
    #[schema(schema_with = schema::some_code::<64>, required = false)]
    #[serde(default)]
    item: Option<ItemCode>,
    /// 咨询人, where they say who they are.
    #[serde(default)]
    #[schema(required = false)]
    applicant: Option<ApplicantRequest>,
    direction: DirectionBody,
    /// 登记窗口; where the clerk is posted to several.
    #[schema(schema_with = schema::some_code::<40>, required = false)]
    #[serde(default)]
    window: Option<WindowCode>,
}

/// A request whose every field has been checked.
struct Form {
    question: Text<1000>,
    item: Option<ItemCode>,
    applicant: Option<Applicant>,
    direction: Direction,
    window: Option<WindowCode>,
}

impl Form {
    fn checked(request: ConsultationRequest, caller: &Caller, desk: &Desk, now: Instant) -> Answer<Self> {
        let mut fields = Fields::new();
        let ConsultationRequest { question, item, applicant, direction, window } = request;
        let applicant = match applicant {
            Some(named) => Applicant::of(Some(named), caller, &mut fields, desk, now).map(Some),
            None => Some(None),
        };
        let direction = complete(direction, &mut fields);
        let (applicant, direction) = fields.all((applicant, direction))?;
        Ok(Self { question, item, applicant, direction, window })
    }

    fn record(&self, desk: &Desk, tx: &mut Tx<'_>, id: ConsultationId, ctx: &Context<'_>) -> Answer<Reply> {
        let centre = ctx.actor.centre;
        let (window, department) = ctx.actor.posted_at(self.window.as_ref())?;
        must_be_published(tx.read(), centre, self.item.as_ref(), "/item")?;
        must_lead_somewhere(tx.read(), centre, &self.direction)?;
        let who = self.applicant.as_ref().map(|it| it.registered(tx, centre, ctx.now)).transpose()?;
        let asking = Asking {
            id,
            centre,
            window,
            department,
            fallback: desk.settings.escalation.window.clone(),
            item: self.item.clone(),
            question: self.question.clone(),
            applicant: who.as_ref().map(|who| who.id),
            direction: self.direction.clone(),
        };
        let events = recorded(0, vec![reception::record(asking, ctx)?], ctx);
        let consultation = Consultation::fold(&events);
        let consultation = consultation.ok_or_else(|| Error::internal("an event begins no consultation"))?;
        let inserted = consultations::insert(tx.write(), &consultation, &events);
        let head = tx.first(inserted)?;
        let loaded = Loaded { consultation, head, applicant: who.map(|who| (who.kind, who.name)) };
        Ok(ConsultationView::of(&loaded, ctx.actor).reply(201)?.at(format!("/v1/consultations/{id}")))
    }
}

/// A direction that says all that it must.
fn complete(direction: DirectionBody, fields: &mut Fields) -> Option<Direction> {
    let direction = Direction::from(direction);
    if matches!(direction, Direction::Fallback { reason: FallbackReason::Other, words: None }) {
        fields.refuse("/direction/words", "required", "其他原因须说明");
        return None;
    }
    Some(direction)
}

fn must_be_published(
    connection: &mut Connection,
    centre: Centre,
    item: Option<&ItemCode>,
    pointer: &'static str,
) -> Answer<()> {
    let Some(item) = item else { return Ok(()) };
    let newest = items::newest_published(connection, centre, item).map_err(StoreError::from)?;
    newest.map(drop).ok_or_else(|| Error::field(pointer, "没有这一事项"))
}

/// Nobody is sent to a window, or to an item, that is not there.
fn must_lead_somewhere(connection: &mut Connection, centre: Centre, direction: &Direction) -> Answer<()> {
    match direction {
        Direction::Window { window } => {
            let windows = hall::windows(connection, centre).map_err(StoreError::from)?;
            let is_there = windows.iter().any(|known| known.code == *window);
            if is_there { Ok(()) } else { Err(Error::field("/direction/window", "没有这一窗口")) }
        }
        Direction::Online { item } => must_be_published(connection, centre, item.as_ref(), "/direction/item"),
        Direction::Answered { .. } | Direction::Assistance { .. } | Direction::Fallback { .. } => Ok(()),
    }
}

#[utoipa::path(
    tag = "咨询", operation_id = "record_consultation", summary = "咨询登记",
    description = "窗口人员登记咨询并当即分流：当场答复、到窗口办理、帮办代办、网上办理，或者转兜底窗口（无处受理、无先例、无牵头等）。\
                   登记人为首问责任人，移交被接受之前一直负责；咨询人可以不表明身份。Clauses A1-2, B5-1.",
    params(IdempotencyKey), request_body = ConsultationRequest,
    responses((status = 201, body = ConsultationView, description = "已登记", headers(("ETag" = String), ("Location" = String))))
)]
#[post("/v1/consultations")]
pub async fn record(
    desk: Data<Desk>,
    caller: Caller,
    key: IdempotencyKey,
    body: Body<ConsultationRequest>,
) -> Answer<Reply> {
    may(&caller, Action::RecordConsultation)?;
    let Body { value, digest } = body;
    let now = desk.now(caller.centre);
    let (id, by) = (ConsultationId::fresh(now), caller.clone());
    let form = Form::checked(value, &caller, &desk, now)?;
    desk.once(by, Shard::of(&id), key.stamp(Some(digest)), move |desk, tx, now| {
        let calendar = desk.calendar(tx.read(), caller.centre)?;
        form.record(desk, tx, id, &desk.context(&caller, &calendar, now))
    })
    .await
}

/// 咨询列表的筛选
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ConsultationQuery {
    /// 是否在办
    open: Option<bool>,
    /// 为 true 时，只看由本人负责的在办咨询；只供工作人员
    mine: Option<bool>,
    /// 登记、负责或者待接受的窗口
    #[param(schema_with = schema::code::<40>)]
    window: Option<WindowCode>,
    /// 每页条数，默认20
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// 上一页返回的 next_cursor
    #[param(schema_with = schema::cursor)]
    cursor: Option<String>,
}

impl ConsultationQuery {
    fn filter(self, caller: &Caller) -> Answer<Filter> {
        let responsible = match self.mine {
            Some(true) => Some(caller.staff().cloned().ok_or_else(|| Error::parameter("mine", "只供工作人员"))?),
            _ => None,
        };
        Ok(Filter { open: self.open, responsible, window: self.window, applicant: None })
    }
}

#[utoipa::path(
    tag = "咨询", operation_id = "list_consultations", summary = "咨询列表",
    description = "窗口看本窗口登记的、负责的和待接受的，兜底窗口和中心看全部，申请人看本人的；最新的在前。Clauses A1-2, B5-1.",
    params(ConsultationQuery), responses((status = 200, body = Page<ConsultationView>, description = "一页咨询"))
)]
#[get("/v1/consultations")]
pub async fn list(desk: Data<Desk>, caller: Caller, query: Query<ConsultationQuery>) -> Answer<Listed> {
    may(&caller, Action::ReadConsultations)?;
    let mut query = query.into_inner();
    let (limit, cursor) = (query.limit.take(), query.cursor.take());
    let paging = Paging::new(desk.secret(), "/v1/consultations", caller.scope(), &query, limit)?;
    let before: Option<ConsultationId> = paging.place(cursor.as_deref())?;
    let filter = query.filter(&caller)?;
    desk.store
        .read(move |connection| {
            let sight = caller.sight();
            let rows = consultations::list(connection, caller.centre, &sight, &filter, before, paging.rows());
            let rows = rows.map_err(StoreError::from)?;
            paging.page(rows, |last| last.consultation.asked.id, |row| ConsultationView::of(&row, &caller))
        })
        .await
}

#[utoipa::path(
    tag = "咨询", operation_id = "read_consultation", summary = "查看咨询",
    description = "分流经过、首问责任人和现在的责任人，以及转成的办不成事事项。Clauses A1-2, A1-3, B5-1.",
    params(("consultation" = String, Path, format = Uuid, description = "咨询标识")),
    responses((status = 200, body = ConsultationView, description = "咨询", headers(("ETag" = String))))
)]
#[get("/v1/consultations/{consultation}")]
pub async fn read(desk: Data<Desk>, caller: Caller, consultation: PathId<ConsultationId>) -> Answer<Reply> {
    may(&caller, Action::ReadConsultations)?;
    desk.store
        .read(move |connection| {
            ConsultationView::of(&visible(connection, &caller, consultation.0)?, &caller).reply(200)
        })
        .await
}

/// The consultation, if the caller may know of it.
fn visible(connection: &mut Connection, caller: &Caller, id: ConsultationId) -> Answer<Loaded> {
    let loaded = consultations::load(connection, caller.centre, id).map_err(StoreError::from)?;
    let loaded = loaded.ok_or_else(Error::not_found)?;
    may_on(caller, Action::ReadConsultations, &loaded.consultation.whereabouts())?;
    Ok(loaded)
}
