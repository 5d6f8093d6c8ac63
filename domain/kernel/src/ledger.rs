//! 时限台账. A limit is a ledger: a budget of working days, the day it starts, the intervals that do not count and the
//! extensions. Due date, remaining days and light are derived from it, and every day of it can be explained.

mod explanation;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::{
    access::Signature,
    calendar::{Calendar, Due},
    text::Text,
    time::{Instant, WorkingDays},
};
pub use explanation::DayLine;

/// 期限种类. They run side by side, each in a ledger of its own.
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
pub enum LimitKind {
    /// 法定期限, 行政许可法 art. 42.
    Statutory,
    /// 承诺期限, which binds where it is the shorter: 浙江省保障“最多跑一次”改革规定 art. 12.
    Promised,
    /// 送达期限, 行政许可法 art. 44.
    Delivery,
    /// 受理审查期限: five working days to ask for corrections, or the case is accepted, 行政许可法 art. 32(1)(4).
    Check,
    /// 补正期限, set by the correction notice: 浙江省保障“最多跑一次”改革规定 art. 11.
    Correction,
    /// 容缺补齐期限, set at conditional acceptance: the same, art. 11.
    Condition,
    /// 容缺补交审查期限: the window's, from the day on which everything left open has come: the same, art. 11.
    ConditionCheck,
    /// 承诺核查期限: sixty working days, the same, art. 14.
    Verification,
    /// 整改期限, set by the order to mend a commitment that was not kept: the same, art. 14.
    Mending,
    /// 特别程序所需时间, as told to the applicant in writing: 行政许可法 art. 45. It ends nothing; past it somebody is reminded.
    Procedure,
    /// 审核时限 of the department's own review; local practice.
    Review,
    /// 会审意见期限 of one department in a joint review.
    Opinion,
    /// 踏勘意见期限 of one department that came to a joint inspection; local practice.
    Findings,
    /// 移交接受时限: by when a hand-over is accepted, or goes back by itself (clause B5-1).
    HandOver,
    /// 转办接受时限 of the department to which a case is offered: the same.
    Transfer,
    /// 首次联系时限 of an impasse: the same day, or the next on which the hall works (clause D3-1).
    FirstContact,
    /// 备案时限 of an impasse at the centre (clause D3-1).
    Filing,
    /// 分类时限: the weekly triage (clause D4-1).
    Triage,
    /// 办理时限 of one round of an impasse (clauses D4-2 to D4-4).
    Handling,
    /// 交办时限 of an assignment order (clause D13-1).
    Order,
    /// 签收时限 of an assignment order.
    OrderReceipt,
    /// 满意度征询时限: by when the applicant is asked (clause D5-2).
    Feedback,
    /// 挂账复核期限 of what is kept open on the register.
    CarriedReview,
    /// 回访期限 of a follow-up plan (clause D8-1).
    FollowUps,
    /// 退单时限 of a hotline work order (rule L15).
    WorkOrderReturn,
    /// 工单办理时限, from dispatch (rule L15).
    WorkOrder,
    /// 提级处置时限 of a work order that the hotline wants raised and that has no impasse (clause G3).
    WorkOrderEscalation,
}

impl LimitKind {
    /// Whether it is one department's for its part in a case that another one handles.
    pub fn is_of_a_part(self) -> bool {
        matches!(self, Self::Opinion | Self::Findings | Self::Transfer)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Statutory => "法定期限",
            Self::Promised => "承诺期限",
            Self::Delivery => "送达期限",
            Self::Check => "受理审查期限",
            Self::Correction => "补正期限",
            Self::Condition => "容缺补齐期限",
            Self::ConditionCheck => "容缺补交审查期限",
            Self::Verification => "承诺核查期限",
            Self::Mending => "整改期限",
            Self::Procedure => "特别程序所需时间",
            Self::Review => "审核时限",
            Self::Opinion => "会审意见期限",
            Self::Findings => "踏勘意见期限",
            Self::HandOver => "移交接受时限",
            Self::Transfer => "转办接受时限",
            Self::FirstContact => "首次联系时限",
            Self::Filing => "备案时限",
            Self::Triage => "分类时限",
            Self::Handling => "办理时限",
            Self::Order => "交办时限",
            Self::OrderReceipt => "签收时限",
            Self::Feedback => "满意度征询时限",
            Self::CarriedReview => "挂账复核期限",
            Self::FollowUps => "回访期限",
            Self::WorkOrderReturn => "退单时限",
            Self::WorkOrder => "工单办理时限",
            Self::WorkOrderEscalation => "提级处置时限",
        }
    }

    /// 依据.
    pub fn article(self) -> &'static str {
        match self {
            Self::Statutory => "《行政许可法》第四十二条",
            Self::Promised => "《浙江省保障“最多跑一次”改革规定》第十二条",
            Self::Delivery => "《行政许可法》第四十四条",
            Self::Check => "《行政许可法》第三十二条第一款第四项",
            Self::Correction | Self::Condition | Self::ConditionCheck => "《浙江省保障“最多跑一次”改革规定》第十一条",
            Self::Verification | Self::Mending => "《浙江省保障“最多跑一次”改革规定》第十四条",
            Self::Procedure => "《行政许可法》第四十五条",
            Self::Review => "部门内部审核时限",
            Self::Opinion => "联审方案",
            Self::Findings => "联合踏勘记录",
            Self::HandOver | Self::Transfer => "首问责任制",
            Self::FirstContact
            | Self::Filing
            | Self::Triage
            | Self::Handling
            | Self::Order
            | Self::OrderReceipt
            | Self::Feedback
            | Self::CarriedReview
            | Self::FollowUps => "《温岭市“办不成事”反映（兜底）窗口闭环处理机制》",
            Self::WorkOrderReturn | Self::WorkOrder | Self::WorkOrderEscalation => "12345热线工单办理规则",
        }
    }
}

/// 特别程序 that the law leaves out of the limit: 行政许可法 art. 45. Nothing else stops the clock.
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
pub enum Ground {
    /// 听证
    Hearing,
    /// 招标
    Tender,
    /// 拍卖
    Auction,
    /// 检验
    Inspection,
    /// 检测
    Testing,
    /// 检疫
    Quarantine,
    /// 鉴定
    Appraisal,
    /// 专家评审
    ExpertReview,
}

impl Ground {
    pub fn label(self) -> &'static str {
        match self {
            Self::Hearing => "听证",
            Self::Tender => "招标",
            Self::Auction => "拍卖",
            Self::Inspection => "检验",
            Self::Testing => "检测",
            Self::Quarantine => "检疫",
            Self::Appraisal => "鉴定",
            Self::ExpertReview => "专家评审",
        }
    }
}

/// 中止: an interval whose days do not count, the first and the last included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    pub from: NaiveDate,
    /// The last day that does not count. Without it the clock stands still through today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    pub ground: Ground,
}

/// 延长: working days added to the budget, 行政许可法 art. 42.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    pub days: WorkingDays,
    pub approved_on: NaiveDate,
    pub approved_by: Signature,
    /// Told to the applicant.
    pub reason: Text<500>,
}

/// When a light turns amber. Local practice, therefore configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Amber from when this many working days remain.
    pub amber_days: WorkingDays,
}

/// 红黄灯.
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
pub enum Light {
    Green,
    Amber,
    /// After the due date.
    Red,
}

impl Light {
    pub fn label(self) -> &'static str {
        match self {
            Self::Green => "绿灯",
            Self::Amber => "黄灯",
            Self::Red => "红灯",
        }
    }
}

/// 一项期限的台账. Pure data; whoever writes to it has already asked whether the law allows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    pub kind: LimitKind,
    pub budget: WorkingDays,
    /// The day on which the clock starts, itself not counted (民法典 art. 201) unless [`Ledger::counts_start`].
    pub start: NaiveDate,
    /// 首日计入: where local practice counts the first day, to the applicant's advantage.
    #[serde(default, skip_serializing_if = "is_false")]
    pub counts_start: bool,
    /// 收到之日, of what came when the hall was closed: the clock starts on the next working day, which a new edition of the
    /// calendar may move. `start` is that day by the calendar of the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub came: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suspensions: Vec<Suspension>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<Extension>,
    /// The day on which what was due was done. Nothing is read later than it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<NaiveDate>,
}

impl Ledger {
    pub fn new(kind: LimitKind, budget: WorkingDays, start: NaiveDate) -> Self {
        Self {
            kind,
            budget,
            start,
            counts_start: false,
            came: None,
            suspensions: Vec::new(),
            extensions: Vec::new(),
            stopped: None,
        }
    }

    /// 起算日 by this calendar.
    pub fn starts_on(&self, calendar: &Calendar) -> NaiveDate {
        self.came.map_or(self.start, |came| calendar.next_working_day(came).date)
    }

    /// The last day before the count begins.
    pub(crate) fn before_first(&self, calendar: &Calendar) -> NaiveDate {
        let start = self.starts_on(calendar);
        if self.counts_start && self.total().0 > 0 { start.pred_opt().unwrap_or(start) } else { start }
    }

    pub fn is_running(&self) -> bool {
        self.stopped.is_none()
    }

    /// Budget and extensions together.
    pub fn total(&self) -> WorkingDays {
        self.extensions
            .iter()
            .fold(self.budget, |total, extension| WorkingDays(total.0.saturating_add(extension.days.0)))
    }

    /// 到期日. While a suspension is open, the date if it ended today.
    pub fn due(&self, calendar: &Calendar, today: NaiveDate) -> Due {
        self.clock(calendar, today).due()
    }

    /// 期满时刻: the midnight after the due date, from which on the limit is over.
    pub fn over_at(&self, calendar: &Calendar, today: NaiveDate) -> Instant {
        let due = self.due(calendar, today).date;
        Instant::midnight(due.succ_opt().unwrap_or(due))
    }

    /// 已用工作日: the counted days through today, or through the day on which the clock was stopped.
    pub fn used(&self, calendar: &Calendar, today: NaiveDate) -> i64 {
        self.clock(calendar, today).counted_through(self.as_of(today))
    }

    /// 剩余工作日: zero on the due date and on days off right after it, negative from the first working day after it.
    pub fn remaining(&self, calendar: &Calendar, today: NaiveDate) -> i64 {
        i64::from(self.total().0) - self.used(calendar, today)
    }

    /// 是否超期: the due date is over and it was not done by then.
    pub fn is_overdue(&self, calendar: &Calendar, today: NaiveDate) -> bool {
        self.as_of(today) > self.due(calendar, today).date
    }

    /// 红黄灯. Of a stopped clock, the light on the day it was stopped.
    pub fn light(&self, calendar: &Calendar, today: NaiveDate, thresholds: &Thresholds) -> Light {
        let day = self.as_of(today);
        let clock = self.clock(calendar, today);
        if day > clock.due().date {
            Light::Red
        } else if day >= clock.amber_from(thresholds).max(self.starts_on(calendar)) {
            Light::Amber
        } else {
            Light::Green
        }
    }

    /// The first day whose light is amber; like the due date it moves while a suspension is open.
    pub fn amber_from(&self, calendar: &Calendar, today: NaiveDate, thresholds: &Thresholds) -> NaiveDate {
        self.clock(calendar, today).amber_from(thresholds).max(self.starts_on(calendar))
    }

    /// 是否中止: today is inside a suspension.
    pub fn is_suspended(&self, today: NaiveDate) -> bool {
        self.suspension_on(today, today).is_some()
    }

    /// 逐日说明: every day from the start, not counted, through the due date. The days marked as counted are as many as
    /// [`Ledger::total`].
    pub fn explain(&self, calendar: &Calendar, today: NaiveDate) -> Vec<DayLine> {
        explanation::explain(self, calendar, today)
    }

    fn as_of(&self, today: NaiveDate) -> NaiveDate {
        self.stopped.map_or(today, |stopped| stopped.min(today))
    }

    /// The first suspension that takes `day` out of the count, as things stand on `today`.
    fn suspension_on(&self, day: NaiveDate, today: NaiveDate) -> Option<&Suspension> {
        let as_of = self.as_of(today);
        self.suspensions.iter().find(|s| s.from <= day && day <= s.until.unwrap_or(as_of))
    }

    fn clock<'a>(&self, calendar: &'a Calendar, today: NaiveDate) -> Clock<'a> {
        let (as_of, start) = (self.as_of(today), self.before_first(calendar));
        let mut gaps: Vec<Gap> = self
            .suspensions
            .iter()
            .filter_map(|s| {
                let before = s.from.pred_opt().unwrap_or(s.from).max(start);
                let last = s.until.unwrap_or(as_of);
                (before < last).then_some(Gap { before, last })
            })
            .collect();
        gaps.sort_by_key(|gap| gap.before);
        gaps.dedup_by(|later, earlier| {
            let overlaps = later.before <= earlier.last;
            if overlaps {
                earlier.last = earlier.last.max(later.last);
            }
            overlaps
        });
        Clock { calendar, start, total: i64::from(self.total().0), gaps }
    }
}

/// 约束期限: of limits that run side by side the one that ends first binds (rule L12); of two that end together the first.
pub fn binding<'a>(
    limits: impl IntoIterator<Item = &'a Ledger>,
    calendar: &Calendar,
    today: NaiveDate,
) -> Option<&'a Ledger> {
    limits.into_iter().min_by_key(|ledger| ledger.due(calendar, today).date)
}

/// Days that do not count: those after `before` through `last`.
struct Gap {
    before: NaiveDate,
    last: NaiveDate,
}

/// A ledger read on a certain day: its suspensions closed and made disjoint, so that an overlap counts once.
struct Clock<'a> {
    calendar: &'a Calendar,
    start: NaiveDate,
    total: i64,
    gaps: Vec<Gap>,
}

impl Clock<'_> {
    fn due(&self) -> Due {
        let date = self.first_day_with(self.total);
        Due { date, provisional: self.calendar.is_provisional_after(self.start, date) }
    }

    fn amber_from(&self, thresholds: &Thresholds) -> NaiveDate {
        self.first_day_with(self.total - i64::from(thresholds.amber_days.0))
    }

    fn first_day_with(&self, counted: i64) -> NaiveDate {
        self.calendar.first_day_with(self.start, |day| self.counted_through(day) >= counted)
    }

    fn counted_through(&self, day: NaiveDate) -> i64 {
        if day <= self.start {
            return 0;
        }
        let suspended: i64 = self
            .gaps
            .iter()
            .take_while(|gap| gap.before < day)
            .map(|gap| self.calendar.working_days_between(gap.before, gap.last.min(day)))
            .sum();
        self.calendar.working_days_between(self.start, day) - suspended
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests;
