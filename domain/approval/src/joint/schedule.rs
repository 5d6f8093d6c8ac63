use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::{
    Calendar, DepartmentCode, Due, WorkingDays,
    ledger::{Ledger, LimitKind},
};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

use super::Plan;

/// What has become of a participant so far. Whoever is not mentioned has not been heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "on", rename_all = "snake_case")]
pub enum Actual {
    /// 已出具意见
    Gave(NaiveDate),
    /// 视为同意
    Consented(NaiveDate),
    /// 逾期未反馈: named, and its opinion still owed.
    Silent(NaiveDate),
}

impl Actual {
    fn completed_on(self) -> Option<NaiveDate> {
        match self {
            Self::Gave(on) | Self::Consented(on) => Some(on),
            Self::Silent(_) => None,
        }
    }
}

/// 进度: where a participant stands today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum LineState {
    /// 等候前置部门
    Waiting,
    /// 会审中
    Working,
    /// 已逾期, and not yet named.
    Overdue,
    /// 逾期未反馈
    Silent,
    /// 视为同意
    Consented,
    /// 已出具意见
    Given,
}

impl LineState {
    pub fn label(self) -> &'static str {
        match self {
            Self::Waiting => "等候前置部门",
            Self::Working => "会审中",
            Self::Overdue => "已逾期",
            Self::Silent => "逾期未反馈",
            Self::Consented => "视为同意",
            Self::Given => "已出具意见",
        }
    }

    fn holds(self) -> bool {
        matches!(self, Self::Working | Self::Overdue | Self::Silent)
    }
}

/// One participant in the schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub department: DepartmentCode,
    /// Actual where it has started, else expected.
    pub starts: NaiveDate,
    /// The last day of its limit when it starts so.
    pub due: Due,
    /// The day of its completion where that has happened; else the due date, or today once that is past.
    pub ends: NaiveDate,
    /// 机动时间: working days by which it may end later without the whole ending later.
    pub slack: WorkingDays,
    /// 关键路径: no slack at all.
    pub critical: bool,
    pub state: LineState,
}

/// 联审进度表: the dates of a plan as things stand (clause B3-3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Everyone after those it waits for.
    pub lines: Vec<Line>,
    /// The day by which all have spoken, if nothing more is late; provisional where an open line's due date is.
    pub ends: Due,
    /// 当前办理部门: who holds the case now. Nobody means that it is the lead department's turn.
    pub holders: Vec<DepartmentCode>,
}

/// Reads the dates off a plan: forward for start and end, backward for slack, all in working days. A participant
/// without predecessors starts on the day of the one acceptance, another on the day the last of its predecessors has
/// completed in writing, which is the expected day until it happens (rule L10). Whether that day counts is `counts_start`.
pub fn schedule(
    plan: &Plan,
    accepted_on: NaiveDate,
    counts_start: bool,
    actuals: &BTreeMap<DepartmentCode, Actual>,
    calendar: &Calendar,
    today: NaiveDate,
) -> Schedule {
    let mut lines: Vec<Line> = Vec::with_capacity(plan.participants().len());
    for participant in plan.participants() {
        let before = || lines.iter().filter(|line| participant.after.contains(&line.department));
        let starts = before().map(|line| line.ends).max().unwrap_or(accepted_on);
        let due = opinion_limit(participant.days, starts, counts_start).due(calendar, today);
        let actual = actuals.get(&participant.department).copied();
        let ends = actual.and_then(Actual::completed_on).unwrap_or(due.date.max(today));
        let waits = before().any(|line| !matches!(line.state, LineState::Given | LineState::Consented));
        let state = match actual {
            Some(Actual::Gave(_)) => LineState::Given,
            Some(Actual::Consented(_)) => LineState::Consented,
            Some(Actual::Silent(_)) => LineState::Silent,
            None if waits => LineState::Waiting,
            None if today > due.date => LineState::Overdue,
            None => LineState::Working,
        };
        let department = participant.department.clone();
        lines.push(Line { department, starts, due, ends, slack: WorkingDays(0), critical: false, state });
    }
    let last = lines.iter().map(|line| line.ends).max().unwrap_or(accepted_on);
    find_slack(plan, &mut lines, last, calendar);
    let open = |line: &&Line| matches!(line.state, LineState::Waiting) || line.state.holds();
    let provisional = lines.iter().filter(open).any(|line| line.due.provisional);
    let holders = lines.iter().filter(|line| line.state.holds()).map(|line| line.department.clone()).collect();
    Schedule { lines, ends: Due { date: last, provisional }, holders }
}

/// 会审意见期限 from `start` on, that day counted or not.
pub(super) fn opinion_limit(days: WorkingDays, start: NaiveDate, counts_start: bool) -> Ledger {
    Ledger { counts_start, ..Ledger::new(LimitKind::Opinion, days, start) }
}

/// The backward pass. Days off have no length, so that everything is counted in working days before `last`.
fn find_slack(plan: &Plan, lines: &mut [Line], last: NaiveDate, calendar: &Calendar) {
    let to_spare = |day| calendar.working_days_between(day, last);
    let mut needed_after: BTreeMap<DepartmentCode, i64> = BTreeMap::new();
    for (line, participant) in lines.iter_mut().zip(plan.participants()).rev() {
        let needed = needed_after.get(&line.department).copied().unwrap_or(0);
        let slack = to_spare(line.ends) - needed;
        line.slack = WorkingDays(u16::try_from(slack.max(0)).unwrap_or(u16::MAX));
        line.critical = slack <= 0;
        let needed_with_it = needed + to_spare(line.starts) - to_spare(line.ends);
        for before in &participant.after {
            let most = needed_after.entry(before.clone()).or_default();
            *most = needed_with_it.max(*most);
        }
    }
}
