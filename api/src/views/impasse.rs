//! 办不成事事项 as it is shown.

use escalation::{Channel, Impasse, Level, Permit, State};
use kernel::{Actor, Context, Instant, ItemCode, Role, identity::Assurance, ledger::Ledger};
use persistence::impasses::Loaded;
use serde::Serialize;
use utoipa::ToSchema;

mod category;
mod course;
mod line;
mod pressing;
mod round;
mod speaker;

pub use category::CategoryBody;
pub use course::LeftOverView;
pub use line::ImpasseLine;
pub use pressing::AddresseeView;
pub use speaker::SpeakerView;

use self::{
    course::{ContactedView, FollowedUpView, GovernmentView, GradingView, SaidView},
    pressing::{ImpasseReminderView, TurnView},
    round::{CarryingView, ImpasseRoundView},
};
use super::{
    case::PermitView,
    deadline::{ClockView, DeadlineView, ExplainedClock, Sighting},
    law::ResponsibleView,
    order::{OrderView, SupervisionView},
    parts::ApplicantView,
    precedent::NearPrecedentView,
};
use crate::{problem::Answer, reply::Reply, schema};

/// 办不成事事项
#[derive(Debug, Serialize, ToSchema)]
pub struct ImpasseView {
    #[schema(schema_with = schema::id)]
    pub id: String,
    /// 备案登记编号, once filed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    pub version: u64,
    #[schema(schema_with = schema::variants::<State>)]
    pub state: State,
    #[schema(value_type = String)]
    pub state_label: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<Level>)]
    pub level: Option<Level>,
    pub category: CategoryBody,
    #[schema(value_type = String)]
    pub category_label: &'static str,
    #[schema(schema_with = schema::variants::<Channel>)]
    pub channel: Channel,
    pub window: String,
    /// 转来的部门
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referred_by: Option<String>,
    pub applicant: ApplicantView,
    /// 代表企业反映的人, where the impasse is registered or read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speaker: Option<SpeakerView>,
    #[schema(schema_with = schema::variants::<Assurance>)]
    pub identity_assurance: Assurance,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_number: Option<String>,
    /// 未办成的办件
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::id)]
    pub failed_case: Option<String>,
    /// 由否定答复转来
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::id)]
    pub negative_reply: Option<String>,
    /// 由咨询转来
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::id)]
    pub consultation: Option<String>,
    /// 该咨询或者否定答复的首问责任人
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_asked: Option<String>,
    pub subject: String,
    /// 基本情况
    pub facts: String,
    /// 诉求
    pub wanted: String,
    #[schema(schema_with = schema::instant)]
    pub registered_at: Instant,
    /// 核实情况
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub closed_at: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responsible: Option<ResponsibleView>,
    /// 移交首问责任, offered to
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hand_over_to: Option<String>,
    /// The limits that run or ran last, side by side.
    pub clocks: Vec<ClockView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub supplements: Vec<SaidView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub urgings: Vec<SaidView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<ContactedView>,
    /// 定级经过，只供工作人员
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gradings: Vec<GradingView>,
    /// 分类梳理顺延，只供工作人员
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_over: Vec<LeftOverView>,
    /// 部门协调会议
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub meetings: Vec<String>,
    /// 提交市政府
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub government: Vec<GovernmentView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<OrderView>,
    /// 待办环节：下一步由谁办理
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn: Option<TurnView>,
    /// 对办理的督办，先拟的在前，只供工作人员
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub supervision: Vec<SupervisionView>,
    /// 提醒，先发的在前
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reminders: Vec<ImpasseReminderView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<ImpasseRoundView>,
    /// 待表态人：热线报企业满意而未写明经核验的表态人，或者报自然人满意而表态的是他人，不予销号，自何时起待其表态
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::instant)]
    pub speaker_awaited: Option<Instant>,
    /// 挂账申请，待审批
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrying_proposal: Option<CarryingView>,
    /// 挂账
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrying: Option<CarryingView>,
    /// 回访
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub follow_ups: Vec<FollowedUpView>,
    /// 相近案例, on registration only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nearest_precedents: Vec<NearPrecedentView>,
    /// What this caller's role can do with an impasse, each with whether it is possible now and if not, why not.
    pub allowed_actions: Vec<PermitView>,
}

fn sight<'a>(ctx: &Context<'a>) -> Sighting<'a> {
    Sighting { calendar: ctx.calendar, thresholds: &ctx.practice.thresholds, today: ctx.today() }
}

/// Whether the caller sees how an answer comes about, and not only what comes of it: the level and not its reasons, the
/// limits and not who was pressed for them. Views, records and the feed ask the same.
pub fn shows_workings(actor: &Actor) -> bool {
    !matches!(actor.role(), Role::Applicant | Role::Adapter | Role::Hotline)
}

/// What is shown only inside.
fn only<'a, T, V: From<&'a T>>(inside: bool, all: &'a [T]) -> Vec<V> {
    if inside { all.iter().map(V::from).collect() } else { Vec::new() }
}

/// 期限说明, day by day, those of an order each with the order.
pub fn deadline(impasse: &Impasse, ctx: &Context<'_>) -> DeadlineView {
    let sight = sight(ctx);
    let binding = kernel::ledger::binding(impasse.running().map(|(ledger, _)| ledger), ctx.calendar, ctx.today());
    let explained = |ledger: &Ledger| {
        // Of several orders, whose limits are of one kind, only the one that binds.
        let binds = binding.filter(|it| *it == ledger).map(|it| it.kind);
        ExplainedClock::of(ledger, ClockView::of(ledger, binds, &sight), &sight)
    };
    let of_orders = impasse.orders.iter().flat_map(|order| [(order, &order.receipt), (order, &order.limit)]);
    let of_orders = of_orders.map(|(order, ledger)| ExplainedClock {
        department: Some(order.department.to_string()),
        order: Some(order.sequence),
        ..explained(ledger)
    });
    let offered = impasse.hand_over_limit().filter(|_| shows_workings(ctx.actor));
    let clocks = impasse.limits.all().map(explained).chain(of_orders).chain(offered.map(explained)).collect();
    DeadlineView { binding: binding.map(|ledger| ledger.kind), clocks }
}

impl ImpasseView {
    /// `item` is that of the case that failed, where it limits what the caller may do.
    pub fn of(loaded: &Loaded, item: Option<&ItemCode>, ctx: &Context<'_>) -> Self {
        let it = &loaded.impasse;
        let inside = shows_workings(ctx.actor);
        let binding = kernel::ledger::binding(it.limits.running(), ctx.calendar, ctx.today()).map(|ledger| ledger.kind);
        Self {
            id: it.id.to_string(),
            number: it.filing.as_ref().map(|filing| filing.number.to_string()),
            version: it.version,
            state: it.state,
            state_label: it.state.label(),
            level: it.level,
            category_label: it.category.kind().label(),
            category: it.category.clone().into(),
            channel: it.channel,
            window: it.window.to_string(),
            referred_by: it.referred_by.as_ref().map(ToString::to_string),
            applicant: ApplicantView::new(it.applicant.to_string(), loaded.applicant_kind, &loaded.applicant_name),
            speaker: None,
            identity_assurance: it.assurance,
            client: it.client.as_ref().map(ToString::to_string),
            external_number: it.external_number.clone(),
            failed_case: it.failed_case.map(|case| case.to_string()),
            negative_reply: it.negative_reply.map(|reply| reply.to_string()),
            consultation: it.consultation.map(|consultation| consultation.to_string()),
            first_asked: it.first_asked.as_ref().map(ToString::to_string),
            subject: it.subject.to_string(),
            facts: it.facts.to_string(),
            wanted: it.wanted.to_string(),
            registered_at: it.registered_at,
            verified: it.filing.as_ref().filter(|_| inside).map(|filing| filing.verified.to_string()),
            closed_at: it.closed_at,
            responsible: it.responsibility.now().map(ResponsibleView::from),
            hand_over_to: it.hand_over.as_ref().filter(|_| inside).map(|offer| offer.to.to_string()),
            clocks: it.limits.all().map(|ledger| ClockView::of(ledger, binding, &sight(ctx))).collect(),
            supplements: it.supplements.iter().map(Into::into).collect(),
            urgings: it.urgings.iter().map(Into::into).collect(),
            contacts: only(inside, &it.contacts),
            gradings: only(inside, &it.gradings),
            left_over: only(inside, &it.left_over),
            meetings: it.meetings.iter().map(ToString::to_string).collect(),
            government: it.government.iter().map(|sent| GovernmentView::of(sent, inside)).collect(),
            orders: it.orders.iter().map(|order| OrderView::of(order, it, ctx)).collect(),
            turn: it.turn.map(Into::into),
            supervision: only(inside, &it.supervision),
            reminders: only(inside, &it.reminders),
            rounds: it.rounds.iter().map(Into::into).collect(),
            speaker_awaited: it.speaker_awaited,
            carrying_proposal: it.carrying_proposal.as_ref().filter(|_| inside).map(Into::into),
            carrying: it.carrying.as_ref().map(Into::into),
            follow_ups: only(inside, &it.follow_ups),
            nearest_precedents: Vec::new(),
            allowed_actions: it.permits(item, ctx).into_iter().map(PermitView::from).collect(),
        }
    }

    /// The answer to a write, or a read, with its version as the tag.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which is a defect.
    pub fn reply(&self, status: u16) -> Answer<Reply> {
        Ok(Reply::json(status, self)?.tagged(self.version))
    }
}

impl From<Permit> for PermitView {
    fn from(permit: Permit) -> Self {
        Self::new(permit.action, permit.verdict)
    }
}
