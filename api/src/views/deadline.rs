use casework::{Case, Turn};
use chrono::NaiveDate;
use kernel::{
    Calendar,
    ledger::{DayLine, Ledger, Light, LimitKind, Thresholds},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{schema, views::case::Lens};

/// 期限: one of the limits on a case, with everything that follows from its ledger.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClockView {
    #[schema(schema_with = schema::variants::<LimitKind>)]
    pub kind: LimitKind,
    /// 期限名称
    #[schema(value_type = String)]
    pub label: &'static str,
    /// 约束期限: the one that binds now.
    pub binding: bool,
    /// 依据
    #[schema(value_type = String)]
    pub article: &'static str,
    /// 工作日数
    pub working_days: u16,
    /// The day it started; not counted itself.
    #[schema(schema_with = schema::day)]
    pub start: NaiveDate,
    #[schema(schema_with = schema::day)]
    pub due: NaiveDate,
    /// 暂定: reaches past the last published calendar.
    pub provisional: bool,
    /// Working days left; negative once overdue. As of the day it stopped, where it has.
    pub remaining: i64,
    #[schema(schema_with = schema::variants::<Light>)]
    pub light: Light,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::day)]
    pub stopped: Option<NaiveDate>,
    /// 期限归属: whose turn it is, and so whose light; of a limit of a case, while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<Turn>)]
    pub turn: Option<Turn>,
}

impl ClockView {
    pub fn of(ledger: &Ledger, binding: Option<LimitKind>, sight: &Sighting<'_>) -> Self {
        let due = ledger.due(sight.calendar, sight.today);
        Self {
            kind: ledger.kind,
            label: ledger.kind.label(),
            binding: binding == Some(ledger.kind),
            article: ledger.kind.article(),
            working_days: ledger.total().0,
            start: ledger.starts_on(sight.calendar),
            due: due.date,
            provisional: due.provisional,
            remaining: ledger.remaining(sight.calendar, sight.today),
            light: ledger.light(sight.calendar, sight.today, sight.thresholds),
            stopped: ledger.stopped,
            turn: None,
        }
    }

    fn of_case(case: &Case, ledger: &Ledger, binding: Option<LimitKind>, sight: &Sighting<'_>) -> Self {
        let turn = ledger.is_running().then(|| case.turn(ledger.kind));
        Self { turn, ..Self::of(ledger, binding, sight) }
    }
}

/// What a ledger is read with.
#[derive(Clone, Copy, Debug)]
pub struct Sighting<'a> {
    pub calendar: &'a Calendar,
    pub thresholds: &'a Thresholds,
    pub today: NaiveDate,
}

impl<'a> From<&Lens<'a>> for Sighting<'a> {
    fn from(lens: &Lens<'a>) -> Self {
        Self { calendar: lens.ctx.calendar, thresholds: &lens.ctx.practice.thresholds, today: lens.today() }
    }
}

/// The limits of a case, side by side.
pub fn clocks(case: &Case, lens: &Lens<'_>) -> Vec<ClockView> {
    let binding = binding(case, lens);
    case.clocks.shown().map(|ledger| ClockView::of_case(case, ledger, binding, &lens.into())).collect()
}

fn binding(case: &Case, lens: &Lens<'_>) -> Option<LimitKind> {
    case.binding(lens.ctx.calendar, lens.today()).map(|ledger| ledger.kind)
}

/// 期限说明: the limits of a case, each explained day by day.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeadlineView {
    /// What binds now; absent while nothing runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::variants::<LimitKind>)]
    pub binding: Option<LimitKind>,
    pub clocks: Vec<ExplainedClock>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ExplainedClock {
    #[serde(flatten)]
    pub clock: ClockView,
    /// 参与部门, where it is the limit of its answer to a transfer, of its opinion or of its findings; 承办部门 of an assignment
    /// order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// 交办单序号, where it is the limit of an assignment order or of its receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<u32>,
    /// 特别程序告知书编号, where it is the time that the notice says the procedure needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub procedure: Option<String>,
    pub days: Vec<DayView>,
}

impl ExplainedClock {
    pub fn of(ledger: &Ledger, clock: ClockView, sight: &Sighting<'_>) -> Self {
        let days = ledger.explain(sight.calendar, sight.today).into_iter().map(DayView::from).collect();
        Self { clock, department: None, order: None, procedure: None, days }
    }
}

/// 逐日说明
#[derive(Debug, Serialize, ToSchema)]
pub struct DayView {
    #[schema(schema_with = schema::day)]
    pub date: NaiveDate,
    pub counted: bool,
    /// 第几个工作日
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ordinal: Option<u32>,
    pub reason: String,
    #[schema(value_type = String)]
    pub article: &'static str,
    pub provisional: bool,
}

impl From<DayLine> for DayView {
    fn from(line: DayLine) -> Self {
        let DayLine { date, counted, ordinal, reason, article, provisional } = line;
        Self { date, counted, ordinal, reason, article, provisional }
    }
}

impl DeadlineView {
    /// Those of the case itself, of a hand-over and of the departments' parts in it, which are workings, and the time that
    /// special procedures were said to need, which the applicant was told.
    pub fn of(case: &Case, lens: &Lens<'_>) -> Self {
        let (binding, sight) = (binding(case, lens), Sighting::from(lens));
        let explained = |ledger: &Ledger, clock: ClockView| ExplainedClock::of(ledger, clock, &sight);
        let offered = case.hand_over_limit().filter(|_| lens.shows_workings());
        let own = case.clocks.all().chain(offered);
        let own = own.map(|ledger| explained(ledger, ClockView::of_case(case, ledger, binding, &sight)));
        let beside = |ledger: &Ledger| explained(ledger, ClockView::of(ledger, None, &sight));
        let parts = case.participations().into_iter().filter(|_| lens.shows_workings());
        let parts = parts.filter_map(|it| {
            let limit = it.limit?;
            Some(ExplainedClock { department: Some(it.department.to_string()), ..beside(&limit) })
        });
        let outside = case.approval.procedures.iter().map(|procedure| {
            let limit = procedure.limit(lens.ctx.practice);
            ExplainedClock { procedure: Some(procedure.notice.to_string()), ..beside(&limit) }
        });
        Self { binding, clocks: own.chain(parts).chain(outside).collect() }
    }

    /// Limits that nobody has yet: what would be.
    pub fn what_if(limits: &[Ledger], sight: &Sighting<'_>) -> Self {
        let binding = kernel::ledger::binding(limits, sight.calendar, sight.today).map(|ledger| ledger.kind);
        let explained = |ledger| ExplainedClock::of(ledger, ClockView::of(ledger, binding, sight), sight);
        Self { binding, clocks: limits.iter().map(explained).collect() }
    }
}
