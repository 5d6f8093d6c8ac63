//! 办不成事事项 as it is shown.

use chrono::NaiveDate;
use escalation::{
    Addressee, Capacity, CarryingGround, Category, CategoryKind, Cause, Channel, Graded, Impasse, Level, Outcome,
    Permit, Reminder, Round, Rung, State, Whose,
};
use kernel::{
    Context, DepartmentCode, Instant, Role, Text,
    identity::Assurance,
    ledger::{Light, LimitKind},
};
use persistence::impasses::Loaded;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    case::PermitView,
    deadline::{ClockView, DeadlineView, Sighting},
    law::ResponsibleView,
    order::{OrderView, SupervisionView},
    parts::ApplicantView,
    precedent::NearPrecedentView,
};
use crate::{problem::Answer, reply::Reply, schema};

/// 类别, each with what must be recorded for it (clause D1-1).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum CategoryBody {
    /// (一) 新兴行业、新领域
    EmergingField {
        /// 所属行业或领域
        #[schema(schema_with = schema::text::<100>)]
        field: Text<100>,
    },
    /// (二) 未列入系统但确有法律依据
    MissingItem {
        /// 法律依据
        #[schema(schema_with = schema::text::<500>)]
        legal_basis: Text<500>,
    },
    /// (三) 改革或者机构调整致牵头不明
    UnclearLead {
        /// 已询问的部门
        #[schema(schema_with = schema::some_codes::<40>)]
        asked: Vec<DepartmentCode>,
        /// 改革或机构调整的情况
        #[schema(schema_with = schema::text::<500>)]
        change: Text<500>,
    },
    /// (四) 跨部门跨层级
    CrossDepartment {
        /// 涉及部门
        #[schema(schema_with = schema::some_codes::<40>)]
        departments: Vec<DepartmentCode>,
        /// 涉及的其他层级
        #[schema(schema_with = schema::some_text::<200>, required = false)]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        other_level: Option<Text<200>>,
    },
    /// (五) 历史遗留或有待政策处理
    Legacy {
        /// 形成年份
        #[schema(minimum = 1949, maximum = 9999)]
        since: i32,
        /// 有待明确的政策或者处理的前提
        #[schema(schema_with = schema::text::<500>)]
        awaits: Text<500>,
    },
    /// (六) 其他
    Other {
        /// 不能由窗口直接受理办理的原因
        #[schema(schema_with = schema::text::<500>)]
        why: Text<500>,
    },
}

impl From<CategoryBody> for Category {
    fn from(body: CategoryBody) -> Self {
        match body {
            CategoryBody::EmergingField { field } => Self::EmergingField { field },
            CategoryBody::MissingItem { legal_basis } => Self::MissingItem { legal_basis },
            CategoryBody::UnclearLead { asked, change } => Self::UnclearLead { asked, change },
            CategoryBody::CrossDepartment { departments, other_level } => {
                Self::CrossDepartment { departments, other_level }
            }
            CategoryBody::Legacy { since, awaits } => Self::Legacy { since, awaits },
            CategoryBody::Other { why } => Self::Other { why },
        }
    }
}

impl From<Category> for CategoryBody {
    fn from(category: Category) -> Self {
        match category {
            Category::EmergingField { field } => Self::EmergingField { field },
            Category::MissingItem { legal_basis } => Self::MissingItem { legal_basis },
            Category::UnclearLead { asked, change } => Self::UnclearLead { asked, change },
            Category::CrossDepartment { departments, other_level } => {
                Self::CrossDepartment { departments, other_level }
            }
            Category::Legacy { since, awaits } => Self::Legacy { since, awaits },
            Category::Other { why } => Self::Other { why },
        }
    }
}

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
    /// 定级经过
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gradings: Vec<GradingView>,
    /// 分类梳理顺延
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
    /// 对办理的督办，先拟的在前
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub supervision: Vec<SupervisionView>,
    /// 提醒，先发的在前
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reminders: Vec<ImpasseReminderView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<ImpasseRoundView>,
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

/// 待办环节
#[derive(Debug, Serialize, ToSchema)]
pub struct TurnView {
    #[schema(schema_with = schema::variants::<Whose>)]
    pub whose: Whose,
    #[schema(schema_with = schema::day)]
    pub since: NaiveDate,
}

/// 提醒: who was told of a limit that ends or is over.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImpasseReminderView {
    #[schema(schema_with = schema::variants::<LimitKind>)]
    pub limit: LimitKind,
    #[schema(schema_with = schema::variants::<Rung>)]
    pub rung: Rung,
    /// 交办单序号
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<u32>,
    #[schema(schema_with = schema::day)]
    pub due: NaiveDate,
    pub to: AddresseeView,
}

/// 由谁办理或者处理
#[derive(Debug, Serialize, ToSchema)]
pub struct AddresseeView {
    /// `staff`, `department` or `window`, with its code; `centre`, `reform_office` or `government`.
    #[schema(value_type = String, example = "department")]
    pub kind: &'static str,
    /// 工号、部门代码或者窗口代码
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl From<&Addressee> for AddresseeView {
    fn from(to: &Addressee) -> Self {
        match to {
            Addressee::Responsible(who) => {
                let ResponsibleView { kind, code } = who.into();
                Self { kind, code: Some(code) }
            }
            Addressee::Department(code) => Self { kind: "department", code: Some(code.to_string()) },
            Addressee::Centre => Self { kind: "centre", code: None },
            Addressee::ReformOffice => Self { kind: "reform_office", code: None },
            Addressee::Government => Self { kind: "government", code: None },
        }
    }
}

impl From<&Reminder> for ImpasseReminderView {
    fn from(it: &Reminder) -> Self {
        Self { limit: it.limit, rung: it.rung, order: it.order, due: it.due, to: (&it.to).into() }
    }
}

/// 补充情况 or 催办
#[derive(Debug, Serialize, ToSchema)]
pub struct SaidView {
    pub text: String,
    #[schema(schema_with = schema::variants::<Role>)]
    pub role: Role,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

impl From<&escalation::Said> for SaidView {
    fn from(said: &escalation::Said) -> Self {
        Self { text: said.text.to_string(), role: said.by.role, at: said.at }
    }
}

/// 联系申请人
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactedView {
    pub reached: bool,
    pub note: String,
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

/// 定级
#[derive(Debug, Serialize, ToSchema)]
pub struct GradingView {
    #[schema(schema_with = schema::variants::<Level>)]
    pub level: Level,
    #[schema(value_type = String)]
    pub level_label: &'static str,
    /// `triage`, `raised`, `lowered` or `after_rounds`.
    #[schema(value_type = String)]
    pub how: &'static str,
    /// 分类梳理的周
    #[serde(skip_serializing_if = "Option::is_none")]
    pub week: Option<String>,
    pub reason: String,
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

/// 顺延
#[derive(Debug, Serialize, ToSchema)]
pub struct LeftOverView {
    pub week: String,
    pub reason: String,
}

/// 提交市政府
#[derive(Debug, Serialize, ToSchema)]
pub struct GovernmentView {
    /// 月份, `2026-12`
    pub month: String,
    pub number: String,
    /// 研究意见
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub decided_on: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
}

/// 轮次
#[derive(Debug, Serialize, ToSchema)]
pub struct ImpasseRoundView {
    #[schema(schema_with = schema::day)]
    pub began: NaiveDate,
    #[schema(schema_with = schema::variants::<Level>)]
    pub level: Level,
    #[schema(schema_with = schema::variants::<Cause>)]
    pub cause: Cause,
    /// 本轮的部门协调会议
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub meetings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<ImpasseAnswerView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub satisfaction: Option<SatisfactionView>,
}

/// 答复
#[derive(Debug, Serialize, ToSchema)]
pub struct ImpasseAnswerView {
    #[schema(schema_with = schema::variants::<Outcome>)]
    pub outcome: Outcome,
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

/// 满意度
#[derive(Debug, Serialize, ToSchema)]
pub struct SatisfactionView {
    pub responded: bool,
    pub solved: bool,
    pub satisfied: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// `applicant`, `at_the_window`, `platform` or `hotline_call`.
    #[schema(value_type = String)]
    pub source: &'static str,
    /// 核验等级; absent where the hotline asked by telephone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<Assurance>)]
    pub assurance: Option<Assurance>,
    /// 代表企业表态的人的身份
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<Capacity>)]
    pub capacity: Option<Capacity>,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

/// 挂账
#[derive(Debug, Serialize, ToSchema)]
pub struct CarryingView {
    #[schema(schema_with = schema::variants::<CarryingGround>)]
    pub ground: CarryingGround,
    #[schema(value_type = String)]
    pub ground_label: &'static str,
    pub explanation: String,
    /// 申请人或审批人
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
    /// 复核次数
    pub reviews: usize,
}

/// 回访
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowedUpView {
    #[schema(schema_with = schema::variants::<escalation::FollowUpWay>)]
    pub way: escalation::FollowUpWay,
    pub good: bool,
    pub findings: String,
    pub by: String,
    #[schema(schema_with = schema::instant)]
    pub at: Instant,
}

impl From<&Round> for ImpasseRoundView {
    fn from(round: &Round) -> Self {
        Self {
            began: round.began,
            level: round.level,
            cause: round.cause,
            meetings: round.meetings.iter().map(ToString::to_string).collect(),
            answer: round.answer.as_ref().map(|answer| ImpasseAnswerView {
                outcome: answer.outcome,
                text: answer.text.to_string(),
                legal_basis: answer.legal_basis.as_ref().map(ToString::to_string),
                by: answer.by.code.clone(),
                at: answer.at,
            }),
            satisfaction: round.satisfaction.as_ref().map(|said| SatisfactionView {
                responded: said.responded,
                solved: said.solved,
                satisfied: said.satisfied,
                comment: said.comment.as_ref().map(ToString::to_string),
                source: said.source.name(),
                assurance: said.source.assurance(),
                capacity: said.source.speaker().map(|speaker| speaker.capacity),
                at: said.at,
            }),
        }
    }
}

fn grading(grading: &escalation::Grading) -> GradingView {
    let (how, week) = match grading.how {
        Graded::Triage(week) => ("triage", Some(week.to_string())),
        Graded::Raised => ("raised", None),
        Graded::Lowered => ("lowered", None),
        Graded::AfterRounds(_) => ("after_rounds", None),
    };
    GradingView {
        level: grading.level,
        level_label: grading.level.label(),
        how,
        week,
        reason: grading.reason.to_string(),
        by: grading.by.code.clone(),
        at: grading.at,
    }
}

fn sight<'a>(ctx: &Context<'a>) -> Sighting<'a> {
    Sighting { calendar: ctx.calendar, thresholds: &ctx.practice.thresholds, today: ctx.today() }
}

/// Whether the caller sees how an answer comes about, and not only what comes of it.
pub fn shows_workings(ctx: &Context<'_>) -> bool {
    !matches!(ctx.actor.role(), Role::Applicant | Role::Adapter | Role::Hotline)
}

/// 期限说明, day by day.
pub fn deadline(impasse: &Impasse, ctx: &Context<'_>) -> DeadlineView {
    let of_orders = impasse.orders.iter().flat_map(|order| [&order.receipt, &order.limit]);
    let binding = kernel::ledger::binding(impasse.running().map(|(ledger, _)| ledger), ctx.calendar, ctx.today());
    let binding = binding.map(|ledger| ledger.kind);
    DeadlineView::explaining(impasse.limits.all().chain(of_orders), binding, &sight(ctx))
}

impl ImpasseView {
    pub fn of(loaded: &Loaded, ctx: &Context<'_>) -> Self {
        let it = &loaded.impasse;
        let inside = shows_workings(ctx);
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
            identity_assurance: it.assurance,
            client: it.client.as_ref().map(ToString::to_string),
            external_number: it.external_number.clone(),
            failed_case: it.failed_case.map(|case| case.to_string()),
            negative_reply: it.negative_reply.map(|reply| reply.to_string()),
            subject: it.subject.to_string(),
            facts: it.facts.to_string(),
            wanted: it.wanted.to_string(),
            registered_at: it.registered_at,
            verified: it.filing.as_ref().filter(|_| inside).map(|filing| filing.verified.to_string()),
            closed_at: it.closed_at,
            responsible: it.responsibility.now().map(ResponsibleView::from),
            hand_over_to: it.hand_over.as_ref().filter(|_| inside).map(|offer| offer.to.to_string()),
            clocks: it.limits.all().map(|ledger| ClockView::of(ledger, binding, &sight(ctx))).collect(),
            supplements: it.supplements.iter().map(SaidView::from).collect(),
            urgings: it.urgings.iter().map(SaidView::from).collect(),
            contacts: if inside { it.contacts.iter().map(contacted).collect() } else { Vec::new() },
            gradings: it.gradings.iter().map(grading).collect(),
            left_over: it
                .left_over
                .iter()
                .map(|left| LeftOverView { week: left.week.to_string(), reason: left.reason.to_string() })
                .collect(),
            meetings: it.meetings.iter().map(ToString::to_string).collect(),
            government: it.government.iter().map(government).collect(),
            orders: it.orders.iter().map(|order| OrderView::of(order, it, ctx)).collect(),
            turn: it.turn.map(|turn| TurnView { whose: turn.whose, since: turn.since }),
            supervision: it.supervision.iter().map(Into::into).collect(),
            reminders: if inside { it.reminders.iter().map(Into::into).collect() } else { Vec::new() },
            rounds: it.rounds.iter().map(ImpasseRoundView::from).collect(),
            carrying_proposal: it.carrying_proposal.as_ref().filter(|_| inside).map(|proposal| CarryingView {
                ground: proposal.ground,
                ground_label: proposal.ground.label(),
                explanation: proposal.explanation.to_string(),
                by: proposal.by.code.clone(),
                at: proposal.at,
                reviews: 0,
            }),
            carrying: it.carrying.as_ref().map(|carrying| CarryingView {
                ground: carrying.ground,
                ground_label: carrying.ground.label(),
                explanation: carrying.explanation.to_string(),
                by: carrying.approved_by.code.clone(),
                at: carrying.approved_at,
                reviews: carrying.reviews.len(),
            }),
            follow_ups: if inside { it.follow_ups.iter().map(followed_up).collect() } else { Vec::new() },
            nearest_precedents: Vec::new(),
            allowed_actions: it.permits(ctx).into_iter().map(PermitView::from).collect(),
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

fn contacted(contact: &escalation::Contact) -> ContactedView {
    ContactedView {
        reached: contact.reached,
        note: contact.note.to_string(),
        by: contact.by.code.clone(),
        at: contact.at,
    }
}

fn government(submitted: &escalation::Submitted) -> GovernmentView {
    let decision = submitted.decision.as_ref();
    GovernmentView {
        month: submitted.month.format("%Y-%m").to_string(),
        number: submitted.number.to_string(),
        decision: decision.map(|it| it.decision.to_string()),
        decided_on: decision.map(|it| it.decided_on),
        document: decision.and_then(|it| it.document.as_ref()).map(ToString::to_string),
    }
}

fn followed_up(found: &escalation::FollowedUp) -> FollowedUpView {
    FollowedUpView {
        way: found.way,
        good: found.good,
        findings: found.findings.to_string(),
        by: found.by.code.clone(),
        at: found.at,
    }
}

impl From<Permit> for PermitView {
    fn from(permit: Permit) -> Self {
        Self::new(permit.action, permit.verdict)
    }
}

/// 办不成事列表的一行
#[derive(Debug, Serialize, ToSchema)]
pub struct ImpasseLine {
    #[schema(schema_with = schema::id)]
    pub id: String,
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
    #[schema(schema_with = schema::variants::<CategoryKind>)]
    pub category: CategoryKind,
    #[schema(schema_with = schema::variants::<Channel>)]
    pub channel: Channel,
    pub subject: String,
    pub applicant: ApplicantView,
    /// 涉及部门
    pub departments: Vec<String>,
    pub rounds: usize,
    #[schema(schema_with = schema::instant)]
    pub registered_at: Instant,
    /// The limit that ends first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub due: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<Light>)]
    pub light: Option<Light>,
}

impl ImpasseLine {
    pub fn of(loaded: &Loaded, ctx: &Context<'_>) -> Self {
        let it = &loaded.impasse;
        let running = it.running().map(|(ledger, _)| ledger);
        let binding = kernel::ledger::binding(running, ctx.calendar, ctx.today());
        Self {
            id: it.id.to_string(),
            number: it.filing.as_ref().map(|filing| filing.number.to_string()),
            version: it.version,
            state: it.state,
            state_label: it.state.label(),
            level: it.level,
            category: it.category.kind(),
            channel: it.channel,
            subject: it.subject.to_string(),
            applicant: ApplicantView::new(it.applicant.to_string(), loaded.applicant_kind, &loaded.applicant_name),
            departments: it.departments().iter().map(ToString::to_string).collect(),
            rounds: it.rounds.len(),
            registered_at: it.registered_at,
            due: binding.map(|ledger| ledger.due(ctx.calendar, ctx.today()).date),
            light: binding.map(|ledger| ledger.light(ctx.calendar, ctx.today(), &ctx.practice.thresholds)),
        }
    }
}
