//! 通报 (clause D9-1): what a periodic bulletin can hold up as good and as bad, from the record alone. Nobody is praised or
//! censured by it: people choose, and say so elsewhere.

use kernel::{Calendar, DepartmentCode, DocumentNumber};

use crate::{
    figures::Period,
    impasse::{Impasse, Rung, State},
    order::Order,
    supervision::{Step, Supervision},
    turn::Whose,
};

/// 正面典型: closed out in the period, in its first round, with nothing overdue on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Praised {
    pub number: DocumentNumber,
    /// 承办部门
    pub departments: Vec<DepartmentCode>,
    /// From registration to close-out.
    pub working_days: i64,
}

/// 反面典型: a step of the ladder that was taken in the period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Censured {
    pub number: DocumentNumber,
    /// None where it is not a department that left it lying.
    pub order: Option<(DocumentNumber, DepartmentCode)>,
    /// Who did, where it is none: the centre or the reform office.
    pub whose: Option<Whose>,
    pub step: Step,
}

/// `then` is the impasse as it was when the period ended, or is now if it has not.
pub fn praised(then: &Impasse, period: Period, calendar: &Calendar) -> Option<Praised> {
    let filing = then.filing.as_ref()?;
    let closed_at = then.closed_at.filter(|at| then.state == State::ClosedOut && period.has(*at))?;
    let in_time = then.reminders.iter().all(|sent| sent.rung != Rung::Overdue);
    (then.rounds.len() == 1 && in_time).then(|| Praised {
        number: filing.number.clone(),
        departments: then.handling_departments(),
        working_days: calendar.working_days_between(then.registered_at.day(), closed_at.day()),
    })
}

/// The same of what was taken against it, in the order in which it was proposed.
pub fn censured(then: &Impasse, period: Period) -> Vec<Censured> {
    let Some(filing) = &then.filing else { return Vec::new() };
    let of = |order: &Order| (order.number.clone(), order.department.clone());
    let taken = then.supervisions().filter(|(_, it)| {
        let ruling = it.ruling.as_ref();
        ruling.is_some_and(|ruling| ruling.granted && period.has(ruling.at))
    });
    let censured = |(order, it): (Option<&Order>, &Supervision)| Censured {
        number: filing.number.clone(),
        order: order.map(of),
        whose: it.whose(),
        step: it.step,
    };
    taken.map(censured).collect()
}
