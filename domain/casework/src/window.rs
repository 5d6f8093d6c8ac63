//! 窗口统计: what counts for and against the window that handles a case (clauses B2-4, B5-2, C3-2; rules L6 to L8), and
//! beside it which departments were silent in its joint review (clause B3-3).

use std::{collections::BTreeSet, ops::RangeInclusive};

use approval::joint::JointReview;
use chrono::NaiveDate;
use intake::{AcceptanceBasis, RevocationGround};
use kernel::{Calendar, DepartmentCode, Instant, ledger::Ledger};

use crate::{
    case::Case,
    clocks::{Clocks, Turn},
};

/// 办件计入窗口的数: what one case adds to the figures of its window in a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WindowCount {
    /// 收件
    pub received: bool,
    /// 一次性告知
    pub notices: usize,
    /// 经准许的再次告知: a supervisor allowed it with a reason, and it counts against the window.
    pub second_notices: usize,
    /// 视为受理: each time that the window let its time pass, also before the case was taken up again.
    pub deemed: usize,
    /// 逾期的工作日: the working days on which a check was overdue at the window, each once, however many limits were.
    pub late: BTreeSet<NaiveDate>,
    /// 会审逾期未反馈: each time that a department was named, whatever plan was drawn since.
    pub silent: Vec<DepartmentCode>,
}

impl WindowCount {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Case {
    /// What it adds to the figures of its window on these days, as things stand on `today`.
    pub fn window_count(&self, days: &RangeInclusive<NaiveDate>, calendar: &Calendar, today: NaiveDate) -> WindowCount {
        let within = |at: Instant| days.contains(&at.day());
        let told = self.intake.rounds.iter().filter(|round| within(round.told_at));
        let deemed = self.intake.deemed.iter().copied().chain(self.deemed_on());
        let earlier = self.approval.earlier_silent.iter().map(|named| (&named.department, named.since));
        let silent = earlier.chain(self.approval.joint.iter().flat_map(JointReview::ever_silent));
        let silent = silent.filter(|(_, since)| days.contains(since));
        let late = self.window_limits().flat_map(|limit| late_days(limit, days, calendar, today));
        WindowCount {
            received: within(self.received_at),
            notices: told.clone().count(),
            second_notices: told.filter(|round| round.allowed.is_some()).count(),
            deemed: deemed.filter(|on| days.contains(on)).count(),
            late: late.collect(),
            silent: silent.map(|(department, _)| department.clone()).collect(),
        }
    }

    /// The day on which time accepted it, where that is how it was accepted and nobody has reopened it since.
    pub(crate) fn deemed_on(&self) -> Option<NaiveDate> {
        let acceptance = self.intake.acceptance.as_ref().filter(|it| it.basis == AcceptanceBasis::Deemed);
        acceptance.and(self.clocks.check.as_ref()).and_then(|check| check.stopped)
    }

    /// The limits that press the window: of every check, and of what was left open, once it has come.
    fn window_limits(&self) -> impl Iterator<Item = &Ledger> {
        let Clocks { check, condition, condition_check, earlier, .. } = &self.clocks;
        let waited = condition.as_ref().filter(|_| self.condition_waited_for_the_window());
        earlier.iter().chain(check).chain(condition_check).chain(waited)
    }

    /// Whether the limit to bring what was left open was, or is, the window's in the end: nothing lapses by time that has
    /// come (rule L8), and what was looked at and found wrong does not wait for the window. Where the window has a limit of
    /// its own for it, that one says how late it is.
    pub(crate) fn condition_waited_for_the_window(&self) -> bool {
        self.condition_waited(|_| true)
    }

    /// The same where a revocation by hand counts as the window's doing; what a reopening says takes its place.
    pub(crate) fn condition_lapsed_or_waited(&self) -> bool {
        self.condition_waited(|ground| ground == RevocationGround::Overdue)
    }

    fn condition_waited(&self, frees: impl Fn(RevocationGround) -> bool) -> bool {
        let Some(limit) = self.clocks.condition.as_ref().filter(|_| self.clocks.condition_check.is_none()) else {
            return false;
        };
        if limit.is_running() {
            self.turn(limit.kind) == Turn::Office
        } else {
            !self.intake.revocation.as_ref().is_some_and(|it| frees(it.ground))
        }
    }
}

/// Each working day of the period after the last one of the limit, through the day on which what was due was done.
fn late_days(
    limit: &Ledger,
    days: &RangeInclusive<NaiveDate>,
    calendar: &Calendar,
    today: NaiveDate,
) -> impl Iterator<Item = NaiveDate> {
    let first = limit.due(calendar, today).date.succ_opt().unwrap_or(NaiveDate::MAX).max(*days.start());
    let last = limit.stopped.unwrap_or(today).min(*days.end());
    first.iter_days().take_while(move |day| *day <= last).filter(move |day| calendar.is_working(*day))
}
