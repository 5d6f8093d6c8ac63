//! 转为办不成事事项: a work order that cannot be settled in the ordinary way goes into the closed loop (clauses D2-2, D3-1),
//! or what the hotline wants raised is declined with a reason (clause G3).

use actix_web::{post, web::Data};
use escalation::{
    Channel, Command as ImpasseCommand, Registration,
    hotline::{Act, Command, WorkOrder},
};
use kernel::{Action, CaseId, Context, Text, access::may, id::ImpasseId, identity::Assurance};
use persistence::{StoreError, Tx, impasses};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    handling::WorkOrderReasonRequest,
    on_order::{OnOrder, OrderChanged},
};
use crate::{
    desk::Desk,
    edge::{Body, Fields},
    hotline::raised,
    problem::{Answer, Error},
    reply::Reply,
    routes::{
        impasses::{RegisteredSpeakerRequest, failed_with},
        precedents::near,
        receipt::{ApplicantRequest, people::Applicant},
    },
    schema,
    views::{impasse::CategoryBody, work_order::WorkOrderView},
};

/// 转为办不成事事项: what the work order does not say. Subject and facts are those of the order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkOrderImpasseRequest {
    category: CategoryBody,
    /// 诉求
    #[schema(schema_with = schema::text::<1000>)]
    wanted: Text<1000>,
    /// 申请人, verified by their document.
    applicant: ApplicantRequest,
    /// 代表企业反映的人, of an enterprise; may speak for it at the end, once verified.
    #[serde(default)]
    #[schema(required = false)]
    speaker: Option<RegisteredSpeakerRequest>,
    /// 未办成的办件, of the same applicant.
    #[schema(value_type = Option<String>, format = Uuid)]
    #[serde(default)]
    failed_case: Option<CaseId>,
}

#[utoipa::path(
    tag = "热线", operation_id = "register_work_order_impasse", summary = "转为办不成事事项",
    description = "核实申请人身份后登记，渠道为12345热线，并给出相近案例；热线要求提级的，理由记入该事项；此后工单随该事项的备案、交办、答复、挂账、销号而变，并逐一回调。Clauses D2-2, D3-1, D6-2, G3.",
    params(OnOrder), request_body = WorkOrderImpasseRequest, responses(OrderChanged)
)]
#[post("/v1/hotline/work-orders/{external_no}/impasse")]
pub async fn register_impasse(desk: Data<Desk>, on: OnOrder, body: Body<WorkOrderImpasseRequest>) -> Answer<Reply> {
    let Body { value: WorkOrderImpasseRequest { category, wanted, applicant, speaker, failed_case }, digest } = body;
    let change = on.change(Some(digest));
    may(&change.caller, Action::HandleWorkOrder)?;
    let (now, caller) = (desk.now(change.caller.centre), change.caller.clone());
    let mut fields = Fields::new();
    let applicant = Applicant::of(Some(applicant), &caller, &mut fields, &desk, now);
    let speaker = speaker.and_then(|speaker| speaker.checked(applicant.as_ref(), now.day(), &mut fields));
    let (applicant,) = fields.all((applicant,))?;
    let id = ImpasseId::fresh(now);
    let registrar = desk.clone();
    let register = move |tx: &mut Tx<'_>, order: &WorkOrder, ctx: &Context<'_>| -> Answer<Command> {
        order.guard(Act::RegisterImpasse, ctx)?;
        let who = applicant.registered(tx, order.centre, ctx.now)?;
        let failed_with = failed_with(tx.read(), order.centre, failed_case, who.id)?;
        let speaker = speaker.as_ref();
        let speaker = speaker.map(|it| it.registered(tx, order.centre, registrar.secret(), ctx.now)).transpose()?;
        let registration = Registration {
            id,
            centre: order.centre,
            category: category.clone().into(),
            channel: Channel::Hotline,
            window: registrar.settings.escalation.window.clone(),
            fallback: registrar.settings.escalation.window.clone(),
            department: registrar.settings.escalation.department.clone(),
            referred_by: None,
            refused_by: failed_with.into_iter().collect(),
            applicant: who.id,
            speaker,
            assurance: Assurance::RealName,
            client: Some(order.hotline.clone()),
            vouched_by: None,
            external_number: Some(order.external_no.to_string()),
            failed_case,
            negative_reply: None,
            consultation: None,
            first_asked: None,
            subject: order.subject.clone(),
            facts: order.facts.clone(),
            wanted: wanted.clone(),
            in_person: false,
        };
        let loaded = crate::impasses::register(&registrar, tx, registration, (who.kind, who.name), ctx)?;
        if let Some(escalation) = order.pending_escalation() {
            let command = ImpasseCommand::Supplement { text: raised(&escalation.reason)? };
            crate::impasses::act(&registrar, tx, loaded, command, ctx)?;
        }
        Ok(Command::RegisterImpasse { impasse: id })
    };
    let show = move |tx: &mut Tx<'_>, order: &WorkOrder, view: WorkOrderView| -> Answer<WorkOrderView> {
        let loaded = impasses::load(tx.read(), order.centre, id).map_err(StoreError::from)?;
        let loaded = loaded.ok_or_else(|| Error::internal("a work order without its impasse"))?;
        Ok(WorkOrderView { nearest_precedents: near(tx.read(), &loaded.impasse)?, ..view })
    };
    desk.change_and_show_work_order(change, Act::RegisterImpasse, register, show).await
}

#[utoipa::path(
    tag = "热线", operation_id = "decline_escalation", summary = "不予提级",
    description = "热线要求提级而尚未转为办不成事事项的，督查科在提级处置时限内转为办不成事事项，或者在此说明不予提级的理由；\
                   理由回调热线。逾期未处置的留痕告警。Clauses D2-2, G3.",
    params(OnOrder), request_body = WorkOrderReasonRequest, responses(OrderChanged)
)]
#[post("/v1/hotline/work-orders/{external_no}/escalation/refusal")]
pub async fn decline(desk: Data<Desk>, on: OnOrder, body: Body<WorkOrderReasonRequest>) -> Answer<Reply> {
    let Body { value, digest } = body;
    desk.change_work_order(on.change(Some(digest)), Act::DeclineEscalation, move |_, _, _| {
        Ok(Command::DeclineEscalation { reason: value.reason.clone() })
    })
    .await
}
