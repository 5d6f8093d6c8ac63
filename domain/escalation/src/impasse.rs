use chrono::NaiveDate;
use kernel::{
    Calendar, CaseId, Centre, DepartmentCode, DocumentNumber, Instant, PartyId, Role, StaffCode, Text, Whereabouts,
    WindowCode,
    access::Signature,
    id::{ConsultationId, ImpasseId, MeetingId, NegativeReplyId},
    identity::Assurance,
    ledger::{Ledger, LimitKind},
    responsibility::{Responsibility, Responsible},
};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::{
    carrying::{Carrying, CarryingProposal},
    category::Category,
    level::{Grading, Level},
    order::{Order, OrderState},
    round::{Round, Satisfaction, Speaker},
    supervision::Supervision,
    turn::Turn,
    week::Week,
};

/// 办不成事事项: from its registration to the applicant's satisfaction. Holds no personal data: the applicant is an id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impasse {
    pub id: ImpasseId,
    pub centre: Centre,
    /// How many events have happened to it.
    pub version: u64,
    pub state: State,
    pub category: Category,
    pub channel: Channel,
    /// Where it was registered; of what came by no window, the fallback window.
    pub window: WindowCode,
    /// 兜底窗口, which has every impasse.
    pub fallback: WindowCode,
    /// 牵头登记的中心部门, which answers for all of them.
    pub department: DepartmentCode,
    /// 转来的部门 (clause D2-3)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referred_by: Option<DepartmentCode>,
    /// 不予受理或者未办成的部门: whose window said no, and with whom the case failed (clause D1-2).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused_by: Vec<DepartmentCode>,
    pub applicant: PartyId,
    /// 代表企业反映的人, as recorded at registration; its word still has to be verified (clause D5-2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<Speaker>,
    pub assurance: Assurance,
    /// The system or hotline that brought it, or vouched for the applicant who did, and what that calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<StaffCode>,
    /// 申请人本人反映: that system vouched, and did not bring it itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub vouched: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_number: Option<String>,
    /// 未办成的办件 (clause D1-2)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_case: Option<CaseId>,
    /// 由否定答复转来 (clause D7-1)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub negative_reply: Option<NegativeReplyId>,
    /// 由咨询转来 (clause A1-3)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consultation: Option<ConsultationId>,
    /// 首问责任人 of that consultation, or who gave that negative reply: asked before whoever registered it (clause B5-1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_asked: Option<StaffCode>,
    pub subject: Text<100>,
    /// 基本情况
    pub facts: Text<4000>,
    /// 诉求
    pub wanted: Text<1000>,
    pub registered_at: Instant,
    pub limits: Limits,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supplements: Vec<Said>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urgings: Vec<Said>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    /// 备案登记
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filing: Option<Filing>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Every level it was given, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gradings: Vec<Grading>,
    /// 顺延: triage sessions that left it over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_over: Vec<LeftOver>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub meetings: Vec<MeetingId>,
    /// 到会部门 of those meetings, of those that were called for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consulted: Vec<DepartmentCode>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub government: Vec<Submitted>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<Order>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<Round>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrying_proposal: Option<CarryingProposal>,
    /// 挂账, while it is carried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrying: Option<Carrying>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub follow_ups: Vec<FollowedUp>,
    pub responsibility: Responsibility,
    /// 以何岗位: in what role whoever answers came to it, or did last; none in bodies of old, and while no person answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers_as: Option<Role>,
    /// 待办环节: whose step comes next, where it is neither the applicant's nor triage's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<Turn>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand_over: Option<HandOver>,
    /// 督办 of the handling at the window, the oldest proposal first; that of orders stands with the orders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supervision: Vec<Supervision>,
    /// 提醒, each sent once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reminders: Vec<Reminder>,
    /// 待表态人: since when the word of a verified speaker is wanted for an enterprise that is said to be satisfied, or that of
    /// a person for whom somebody else was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker_awaited: Option<Instant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Instant>,
}

/// 状态. Closed out is the only end, and it can be left again (clauses D5-2, D8-1).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum State {
    /// 已登记, not yet filed at the centre.
    Registered,
    /// 已备案, waiting for the weekly triage.
    Filed,
    /// 办理中
    InHandling,
    /// 已答复, waiting for the applicant's word.
    AwaitingApplicant,
    /// 已解释、挂账: open on the register, explained and carried.
    Carried,
    /// 已销号
    ClosedOut,
}

impl State {
    pub fn label(self) -> &'static str {
        match self {
            Self::Registered => "已登记",
            Self::Filed => "已备案待分类",
            Self::InHandling => "办理中",
            Self::AwaitingApplicant => "已答复待评价",
            Self::Carried => "解释挂账",
            Self::ClosedOut => "已销号",
        }
    }
}

/// 反映渠道 (clauses D2-1 to D2-3).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Channel {
    /// “办不成事”反映(兜底)窗口
    FallbackWindow,
    /// 12345政务服务热线
    Hotline,
    /// 其他窗口
    Window,
    /// 部门
    Department,
    /// 网上
    Online,
}

impl Channel {
    pub fn label(self) -> &'static str {
        match self {
            Self::FallbackWindow => "兜底窗口",
            Self::Hotline => "12345热线",
            Self::Window => "其他窗口",
            Self::Department => "部门",
            Self::Online => "网上",
        }
    }
}

/// The limits that run now, one of each kind at most; those of orders stand with the orders.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_contact: Option<Ledger>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filing: Option<Ledger>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triage: Option<Ledger>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handling: Option<Ledger>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<Ledger>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Ledger>,
}

impl Limits {
    pub fn all(&self) -> impl Iterator<Item = &Ledger> {
        let Self { first_contact, filing, triage, handling, feedback, review } = self;
        [first_contact, filing, triage, handling, feedback, review].into_iter().flatten()
    }

    pub fn running(&self) -> impl Iterator<Item = &Ledger> {
        self.all().filter(|ledger| ledger.is_running())
    }
}

/// 补充情况 or 催办: what the applicant, or somebody for them, said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub text: Text<1000>,
    pub by: Signature,
    pub at: Instant,
}

/// 联系申请人: an attempt to reach the applicant, or the talk itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub reached: bool,
    pub note: Text<500>,
    pub by: Signature,
    pub at: Instant,
}

/// 备案登记 at the centre, after the facts were verified (clause D3-1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filing {
    pub number: DocumentNumber,
    /// 核实情况
    pub verified: Text<1000>,
    pub by: StaffCode,
    pub at: Instant,
}

/// 顺延: a triage session that could not settle the level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOver {
    pub week: Week,
    pub reason: Text<500>,
}

/// 提交市政府, and what was decided there (clause D4-4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// The first day of the month.
    pub month: NaiveDate,
    pub number: DocumentNumber,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<GovernmentDecision>,
    /// The round, from 1, that it was decided in: no other one is answered with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_in: Option<usize>,
}

/// 市政府研究意见
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GovernmentDecision {
    pub decision: Text<2000>,
    pub decided_on: NaiveDate,
    /// 文号, where it was put in writing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Text<60>>,
}

/// 回访 and what it found (clause D8-1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowedUp {
    pub way: FollowUpWay,
    pub good: bool,
    pub findings: Text<2000>,
    pub by: Signature,
    pub at: Instant,
}

/// 回访方式 (clause D8-1).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum FollowUpWay {
    /// 电话回访
    Phone,
    /// 第三方评议
    ThirdParty,
    /// 明查暗访
    UnannouncedVisit,
    /// 群众投诉
    Complaint,
    /// 行风热线
    RadioProgramme,
}

/// 移交首问责任, not yet accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOver {
    pub to: StaffCode,
    pub reason: Text<500>,
    /// When it goes back by itself, by the calendar of the day on which it was made.
    pub until: Instant,
    /// 移交接受时限, which moves with the calendar; offers of old have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Ledger>,
}

impl HandOver {
    /// When it goes back by itself, by this calendar.
    pub fn goes_back_at(&self, calendar: &Calendar, today: NaiveDate) -> Instant {
        self.limit.as_ref().map_or(self.until, |limit| limit.over_at(calendar, today))
    }
}

/// 提醒: one rung of one run of a limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    pub limit: LimitKind,
    pub rung: Rung,
    /// The order that the limit is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<u32>,
    pub start: NaiveDate,
    pub due: NaiveDate,
    pub to: Addressee,
    /// Whose turn it was, where the limit presses whoever's turn it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<Turn>,
    /// 催办通知书, of what is overdue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentNumber>,
}

/// 提醒级别
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Rung {
    /// 临期
    Amber,
    /// 逾期
    Overdue,
}

/// 提醒对象
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Addressee {
    Responsible(Responsible),
    Department(DepartmentCode),
    /// 中心
    Centre,
    /// 改革办
    ReformOffice,
    /// 市政府
    Government,
}

impl Impasse {
    pub fn whereabouts(&self) -> Whereabouts<'_> {
        Whereabouts {
            centre: self.centre,
            item: None,
            window: Some(&self.window),
            fallback: Some(&self.fallback),
            besides: Vec::new(),
            department: Some(&self.department),
            participants: self.orders.iter().flat_map(Order::departments).chain(&self.referred_by).collect(),
            at_work: Vec::new(),
            applicant: Some(self.applicant),
            client: self.client.as_ref(),
            vouched: self.vouched,
        }
    }

    /// 涉及部门, each once and by code: those the category names, those that said no or passed it on, those that met over
    /// it, and those that were given an order (clause D12-1).
    pub fn departments(&self) -> Vec<DepartmentCode> {
        let brought = self.category.departments().iter().chain(&self.refused_by).chain(&self.referred_by);
        let handling = self.consulted.iter().chain(self.orders.iter().flat_map(Order::departments));
        each_once(brought.chain(handling))
    }

    /// 承办部门, each once and by code: those the category names and those that were given an order (clauses D6-2, D9-1).
    pub fn handling_departments(&self) -> Vec<DepartmentCode> {
        each_once(self.category.departments().iter().chain(self.orders.iter().flat_map(Order::departments)))
    }

    pub fn order(&self, sequence: u32) -> Option<&Order> {
        self.orders.iter().find(|order| order.sequence == sequence)
    }

    /// Orders that somebody still has to do something about.
    pub fn open_orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.iter().filter(|order| !matches!(order.state, OrderState::Signed | OrderState::Returned))
    }

    /// 本轮
    pub fn round(&self) -> Option<&Round> {
        self.rounds.last()
    }

    /// What the government decided on it in this round, the newest.
    pub fn decided_in_this_round(&self) -> Option<&Submitted> {
        self.government.iter().rev().find(|submitted| submitted.decided_in == Some(self.rounds.len()))
    }

    /// Whether the government decided on it in this round.
    pub fn is_decided_in_this_round(&self) -> bool {
        self.decided_in_this_round().is_some()
    }

    /// 申请人意见: what was said in the round that an order belongs to.
    pub fn word_on(&self, order: &Order) -> Option<&Satisfaction> {
        let round = order.round.checked_sub(1).and_then(|index| self.rounds.get(index));
        round.and_then(|round| round.satisfaction.as_ref())
    }

    /// 移交接受时限 of the hand-over that is on offer.
    pub fn hand_over_limit(&self) -> Option<&Ledger> {
        self.hand_over.as_ref().and_then(|offer| offer.limit.as_ref())
    }

    /// The limits that run, with the order each is of.
    pub fn running(&self) -> impl Iterator<Item = (&Ledger, Option<&Order>)> {
        let of_orders = self.open_orders().flat_map(|order| {
            [&order.receipt, &order.limit]
                .into_iter()
                .filter(|ledger| ledger.is_running())
                .map(move |it| (it, Some(order)))
        });
        self.limits.running().map(|ledger| (ledger, None)).chain(of_orders)
    }
}

fn each_once<'a>(departments: impl Iterator<Item = &'a DepartmentCode>) -> Vec<DepartmentCode> {
    let mut departments: Vec<_> = departments.cloned().collect();
    departments.sort_unstable();
    departments.dedup();
    departments
}
