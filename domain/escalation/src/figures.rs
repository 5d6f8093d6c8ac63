//! 统计 of the closed loop (clauses D5-1, G4): every figure is a sum over impasses, so that behind each stands the list of
//! those that it counts. What comes in, goes out: `carried_over + received + reopened = closed_out + carried +
//! open_at_end`.

use chrono::{Days, NaiveDate};
use kernel::{Calendar, Instant, ledger::Ledger};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::{
    impasse::{Impasse, State},
    order::{Order, OrderState},
    supervision::Step,
};

/// 统计期间, first and last day in Wenling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    pub from: NaiveDate,
    pub to: NaiveDate,
}

impl Period {
    pub fn start(self) -> Instant {
        Instant::midnight(self.from)
    }

    /// The first moment after it.
    pub fn end(self) -> Instant {
        Instant::midnight(self.to.checked_add_days(Days::new(1)).unwrap_or(self.to))
    }

    pub(crate) fn has(self, at: Instant) -> bool {
        self.start() <= at && at < self.end()
    }

    fn has_day(self, day: NaiveDate) -> bool {
        (self.from..=self.to).contains(&day)
    }
}

/// 指标
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
pub enum Figure {
    /// 上期结转: open when the period began, those carried then included.
    CarriedOver,
    /// 本期登记
    Received,
    /// 回访恢复: closed out when the period began, reopened in it.
    Reopened,
    /// 本期销号, and closed out at its end.
    ClosedOut,
    /// 解释挂账 at the end: open, in a column of its own.
    Carried,
    /// 期末在办: open at the end and not carried.
    OpenAtEnd,
    /// 本期备案
    Filed,
    /// 期末逾期: open at the end with a limit that had run out.
    Overdue,
    /// 本期轮次: rounds of handling that began.
    Rounds,
    /// 不满意轮次: rounds that ended in dissatisfaction.
    DissatisfiedRounds,
    /// 本期交办单
    OrdersIssued,
    /// 本期退回的交办单
    OrdersReturned,
    /// 本期同意的交办单延期
    OrdersExtended,
    /// 期末逾期未办结的交办单
    OrdersOverdue,
    /// 本期书面批评: steps of the ladder count when they are taken.
    Criticisms,
    /// 本期挂牌警示
    Listings,
    /// 本期点名通报
    Namings,
    /// 本期问责
    Accountabilities,
    /// 期末待裁定的督办措施
    SupervisionPending,
}

impl Figure {
    pub fn label(self) -> &'static str {
        match self {
            Self::CarriedOver => "上期结转",
            Self::Received => "本期登记",
            Self::Reopened => "回访恢复办理",
            Self::ClosedOut => "本期销号",
            Self::Carried => "解释挂账",
            Self::OpenAtEnd => "期末在办",
            Self::Filed => "本期备案",
            Self::Overdue => "期末逾期",
            Self::Rounds => "办理轮次",
            Self::DissatisfiedRounds => "不满意轮次",
            Self::OrdersIssued => "交办单",
            Self::OrdersReturned => "退回的交办单",
            Self::OrdersExtended => "交办单延期",
            Self::OrdersOverdue => "逾期交办单",
            Self::Criticisms => "书面批评",
            Self::Listings => "挂牌警示",
            Self::Namings => "点名通报",
            Self::Accountabilities => "问责",
            Self::SupervisionPending => "待裁定督办",
        }
    }

    /// What one impasse adds to it. `then` is the impasse as it was when the period ended, or is now if it has not;
    /// `last` is the period's last day, or today.
    pub fn of(self, then: &Impasse, period: Period, calendar: &Calendar, last: NaiveDate) -> usize {
        let received = period.has(then.registered_at);
        let was_closed = !received && closed_by(then, period.start());
        // Closed out all the time: it was over before the period began, and takes no part in it.
        let over = was_closed && !reopened_in(then, period);
        let closed = !over && then.state == State::ClosedOut;
        let open = then.state != State::ClosedOut;
        let count = usize::from;
        match self {
            Self::CarriedOver => count(!received && !was_closed),
            Self::Received => count(received),
            Self::Reopened => count(was_closed && !over),
            Self::ClosedOut => count(closed),
            Self::Carried => count(then.state == State::Carried),
            Self::OpenAtEnd => count(open && then.state != State::Carried),
            Self::Filed => count(then.filing.as_ref().is_some_and(|filing| period.has(filing.at))),
            Self::Overdue => {
                let run_out = |(ledger, _): (&Ledger, Option<&Order>)| ledger.is_overdue(calendar, last);
                count(open && then.running().any(run_out))
            }
            Self::Rounds => then.rounds.iter().filter(|round| period.has_day(round.began)).count(),
            Self::DissatisfiedRounds => {
                let said = then.rounds.iter().filter_map(|round| round.satisfaction.as_ref());
                said.filter(|said| !said.satisfied && period.has(said.at)).count()
            }
            Self::OrdersIssued => then.orders.iter().filter(|order| period.has(order.issued_at)).count(),
            Self::OrdersReturned => then.orders.iter().filter(|order| was_returned_in(order, period)).count(),
            Self::OrdersExtended => {
                let extensions = then.orders.iter().flat_map(|order| &order.limit.extensions);
                extensions.filter(|extension| period.has_day(extension.approved_on)).count()
            }
            Self::OrdersOverdue => {
                let run_out = |order: &&Order| order.limit.is_running() && order.limit.is_overdue(calendar, last);
                then.open_orders().filter(run_out).count()
            }
            Self::Criticisms => taken(then, Step::Criticism, period),
            Self::Listings => taken(then, Step::Listing, period),
            Self::Namings => taken(then, Step::Naming, period),
            Self::Accountabilities => taken(then, Step::Accountability, period),
            Self::SupervisionPending => then.supervisions().filter(|(_, it)| it.ruling.is_none()).count(),
        }
    }
}

/// 当时已销号: closed out and not reopened again before this moment. Only a satisfied answer closes, only a bad finding of
/// a follow-up reopens, so the two take turns.
fn closed_by(impasse: &Impasse, moment: Instant) -> bool {
    let said = impasse.rounds.iter().filter_map(|round| round.satisfaction.as_ref());
    let closings = said.filter(|said| said.satisfied && said.at < moment).count();
    let reopenings = impasse.follow_ups.iter().filter(|found| !found.good && found.at < moment).count();
    closings > reopenings
}

fn reopened_in(impasse: &Impasse, period: Period) -> bool {
    impasse.follow_ups.iter().any(|found| !found.good && period.has(found.at))
}

/// 采取的督办措施
fn taken(impasse: &Impasse, step: Step, period: Period) -> usize {
    let of_step = impasse.supervisions().filter(|(_, it)| it.step == step).filter_map(|(_, it)| it.ruling.as_ref());
    of_step.filter(|ruling| ruling.granted && period.has(ruling.at)).count()
}

fn was_returned_in(order: &Order, period: Period) -> bool {
    // What a meeting gave to another department was not asked for, but ended in the same way.
    order.state == OrderState::Returned && order.limit.stopped.is_some_and(|day| period.has_day(day))
}
